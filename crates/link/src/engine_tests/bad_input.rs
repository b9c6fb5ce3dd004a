//! Files that somebody got wrong: each is answered by a reason, or read as far as it can be; nothing panics,
//! nothing is left half written, and no block of records makes the work quadratic.

use super::{
    Desk, content,
    invented::{self, Row, World, at},
    learning, quick, shipped, untrained,
};
use crate::{
    files::{Cell, Column, FileError, How, Inputs, LinkRun, run, write},
    match_model::MatchModel,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const HEADER: &str =
    "record_id,nhs_number,given_name,other_given_name,family_name,sex,dob,postcode,gp_practice\n";

/// A folder with files of any bytes.
struct Raw(TempDir);

impl Raw {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Traces one file against another, into `out.csv`.
    fn trace(&self, left: &Path, right: &Path) -> Result<LinkRun, FileError> {
        Self::link_into(left, right, &self.0.path().join("out.csv"))
    }

    fn link_into(left: &Path, right: &Path, out: &Path) -> Result<LinkRun, FileError> {
        let model = quick(&shipped("nhs-trace"));
        let inputs = Inputs {
            left: left.to_owned(),
            right: Some(right.to_owned()),
            ..Inputs::default()
        };
        run(content(), &model, &inputs, out, &how(&model), &mut |_| {})
    }

    fn out(&self) -> Vec<super::Cells> {
        let mut reader = csv::Reader::from_path(self.0.path().join("out.csv")).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    }

    /// What is in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

pub(super) fn how(model: &MatchModel) -> How {
    How {
        learn: untrained(model),
        threads: 2,
        pictures: false,
        today: None,
        apart: Vec::new(),
    }
}

/// An index of some people, with one in front.
fn index(person: &str) -> String {
    let others = invented::csv(&World::new(31, 200, 0).index);
    let others = others.split_once('\n').unwrap().1;
    format!("{HEADER}{person}\n{others}")
}

const GRACE: &str = "x,9990900012,Zoë,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009";

/// The level of a comparison and the decision for the one client of a trace against [`GRACE`].
fn level(client: impl AsRef<[u8]>, comparison: &str) -> (String, String) {
    let raw = Raw::new();
    let person = invented::number(9999);
    let grace = GRACE.replace("9990900012", &person);
    let (left, right) = (raw.put("l.csv", client), raw.put("r.csv", index(&grace)));
    raw.trace(&left, &right).unwrap();
    let row = &raw.out()[0];
    assert_eq!(row["right_id"], person);
    (
        row[&format!("{comparison}_level")].clone(),
        row["decision"].clone(),
    )
}

fn linked(level: &str) -> (String, String) {
    (level.to_owned(), "link".to_owned())
}

#[track_caller]
fn refused(result: Result<LinkRun, FileError>, words: &[&str]) {
    let message = result
        .err()
        .map(|fault| fault.to_string())
        .unwrap_or_default();
    for word in words {
        assert!(message.contains(word), "`{message}` does not say `{word}`");
    }
}

// Encodings.

#[test]
fn text_in_an_older_encoding_is_read_as_windows_1252() {
    let mut client = HEADER.as_bytes().to_vec();
    client.extend_from_slice(b"c,,Zo\xEB,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n");
    assert_eq!(level(client, "given_name"), linked("equal"));
}

#[test]
fn text_that_is_in_no_encoding_is_read_as_far_as_it_can_be() {
    let mut client = HEADER.as_bytes().to_vec();
    client.extend_from_slice(
        b"c,,Zo\xC3\xAB\x81\x9D,,Whitfield\xFF\xFE,2,1984-06-17,ZA4 4QT,Z81009\n",
    );
    let (level, _) = level(client, "dob");
    assert_eq!(level, "equal");
}

#[test]
fn a_mark_of_utf_8_is_passed_over() {
    let client = format!("\u{FEFF}{HEADER}c,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n");
    assert_eq!(level(client, "given_name"), linked("equal"));
}

#[test]
fn utf_16_is_told_as_such() {
    let raw = Raw::new();
    let right = raw.put("r.csv", index(GRACE));
    for big in [true, false] {
        let units = format!("\u{FEFF}{HEADER}")
            .encode_utf16()
            .collect::<Vec<u16>>();
        let bytes = units.iter().flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        let left = raw.put("l.csv", bytes.collect::<Vec<u8>>());
        refused(raw.trace(&left, &right), &["l.csv", "UTF-16", "save it as"]);
    }
    let without_mark: Vec<u8> = HEADER.bytes().flat_map(|byte| [byte, 0]).collect();
    let left = raw.put("l.csv", without_mark);
    refused(raw.trace(&left, &right), &["l.csv", "zero bytes"]);
}

#[test]
fn names_in_other_scripts_are_names() {
    for (given, family) in [
        ("小龙", "李"),
        ("Мария", "Иванова"),
        ("محمد", "صديقي"),
        ("Ολυμπία", "Παπαδοπούλου"),
        ("प्रिया", "शर्मा"),
    ] {
        let person = invented::number(9999);
        let row = |id: &str, number: &str| {
            format!("{id},{number},{given},,{family},2,1984-06-17,ZA4 4QT,Z81009")
        };
        let raw = Raw::new();
        let left = raw.put("l.csv", format!("{HEADER}{}\n", row("c", "")));
        let right = raw.put("r.csv", index(&row("x", &person)));
        raw.trace(&left, &right).unwrap();
        let found = &raw.out()[0];
        assert_eq!(
            (found["right_id"].as_str(), found["decision"].as_str()),
            (person.as_str(), "link")
        );
        assert_eq!(
            (
                found["given_name_level"].as_str(),
                found["family_name_level"].as_str()
            ),
            ("equal", "equal")
        );
    }
}

#[test]
fn names_of_two_hundred_letters_and_of_a_million_are_read() {
    // Beyond a thousand letters no more are read: that two texts of a million are alike would take a day to find.
    for (letters, near) in [(200, "one edit"), (1_000_000, "equal")] {
        let long = "Wolfeschlegelsteinhausen".repeat(letters / 24 + 1);
        let client =
            |end: &str| format!("{HEADER}c,,{long}{end},,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n");
        let raw = Raw::new();
        let person = invented::number(9999);
        let grace = GRACE.replace("9990900012", &person).replace("Zoë", &long);
        let right = raw.put("r.csv", index(&grace));
        for (end, level) in [("", "equal"), ("x", near)] {
            let left = raw.put("l.csv", client(end));
            raw.trace(&left, &right).unwrap();
            assert_eq!(raw.out()[0]["given_name_level"], level);
        }
    }
}

// Nothing, or all the same.

#[test]
fn rows_without_a_single_value_meet_nobody() {
    let model = quick(&shipped("nhs-trace"));
    let blank = |id: String| Row {
        id,
        cells: Default::default(),
    };
    let clients: Vec<Row> = (0..50).map(|n| blank(format!("c{n}"))).collect();
    let mut index: Vec<Row> = (0..50).map(|_| blank(String::new())).collect();
    for learn in [untrained(&model), learning(&model)] {
        let desk = Desk::new(
            &invented::csv(&clients),
            Some(&invented::csv(&index)),
            None,
            None,
        );
        let (run, rows) = desk.link(&model, &learn, 2).unwrap();
        assert_eq!((run.compared, rows.len()), (0, 0));
        assert!(
            run.notes
                .iter()
                .any(|note| note.contains("50 rows") && note.contains("row 2")),
            "{:?}",
            run.notes
        );
    }
    // With numbers, but nothing else.
    for (n, row) in index.iter_mut().enumerate() {
        row.cells[at::NUMBER] = invented::number(n);
    }
    let desk = Desk::new(
        &invented::csv(&clients),
        Some(&invented::csv(&index)),
        None,
        None,
    );
    assert!(
        desk.link(&model, &learning(&model), 2)
            .unwrap()
            .1
            .is_empty()
    );
    let within = quick(&shipped("person-dedupe"));
    let desk = Desk::new(&invented::csv(&clients), None, None, None);
    assert!(
        desk.link(&within, &learning(&within), 2)
            .unwrap()
            .1
            .is_empty()
    );
}

#[test]
fn a_file_with_a_header_only_gives_one_with_a_header_only() {
    let (trace, within) = (
        quick(&shipped("nhs-trace")),
        quick(&shipped("person-dedupe")),
    );
    let some = invented::csv(&World::new(32, 30, 0).index);
    for (left, right) in [(HEADER, some.as_str()), (&some, HEADER), (HEADER, HEADER)] {
        for learn in [untrained(&trace), learning(&trace)] {
            let (run, rows) = Desk::new(left, Some(right), None, None)
                .link(&trace, &learn, 2)
                .unwrap();
            assert_eq!((run.written, rows.len()), (0, 0));
        }
    }
    let one = format!("{HEADER}{GRACE}\n");
    for file in [HEADER, &one] {
        for learn in [untrained(&within), learning(&within)] {
            assert!(
                Desk::new(file, None, None, None)
                    .link(&within, &learn, 2)
                    .unwrap()
                    .1
                    .is_empty()
            );
        }
    }
}

#[test]
fn ten_thousand_records_that_are_all_the_same_end_quickly_and_their_blocks_are_told() {
    // Fifty million pairs by each rule, of which none may be compared.
    let model = quick(&shipped("person-dedupe"));
    let one = World::new(33, 1, 0)
        .index
        .remove(0)
        .with(at::OTHER, "A")
        .with(at::DOB, "1980-01-01");
    let one = one
        .with(at::POSTCODE, "ZA1 1AA")
        .with(at::PRACTICE, "Z81009");
    let rows = (0..10_000).map(|n| Row {
        id: format!("r{n}"),
        ..one.clone()
    });
    let file = invented::csv(&rows.collect::<Vec<_>>());
    for learn in [untrained(&model), learning(&model)] {
        let (run, rows) = Desk::new(&file, None, None, None)
            .link(&model, &learn, 2)
            .unwrap();
        assert_eq!((run.compared, rows.len()), (0, 0));
        for block in &run.blocks {
            assert_eq!(
                (block.pairs, block.left_out, block.pairs_left_out),
                (0, 1, 49_995_000)
            );
        }
    }
}

#[test]
fn a_block_with_more_pairs_than_allowed_is_left_out_and_counted_and_the_others_stay() {
    let text = shipped("nhs-trace").replace("[decision]", "[decision]\nlargest_block = 500");
    let model = quick(&text);
    // Forty clients and forty people at one postcode with one initial, 1,600 pairs; elsewhere all is as it was.
    let mut world = World::new(34, 300, 100);
    for n in 0..40 {
        let crowd = |id: String, number: String| Row {
            id,
            cells: [
                &number,
                "Quentin",
                "",
                &format!("Ab{}", "c".repeat(n)),
                "1",
                &format!("{}-03-04", 1930 + n),
                "ZQ1 1QQ",
                "",
            ]
            .map(str::to_owned),
        };
        world.clients.push(crowd(format!("q{n}"), String::new()));
        world
            .index
            .push(crowd(String::new(), invented::number(2000 + n)));
    }
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        None,
        None,
    );
    let (run, rows) = desk.link(&model, &untrained(&model), 2).unwrap();
    let rule = model
        .blocks
        .iter()
        .position(|block| block.title() == "postcode, given_name initial")
        .unwrap();
    assert!(run.blocks[rule].left_out >= 1);
    assert!(run.blocks[rule].pairs_left_out >= 1600);
    // Other rules still bring each of them to himself.
    let crowd = rows.iter().filter(|row| row["left_id"].starts_with('q'));
    assert_eq!(crowd.filter(|row| row["decision"] == "link").count(), 40);
}

// Values.

#[test]
fn dates_that_are_none_say_nothing() {
    for day in [
        "31/02/1980",
        "1980-02-30",
        "0000-00-00",
        "99999999",
        "today",
        "1980-13-01",
        "1984-06-170",
        "1984-6-17",
        "1800-01-01",
        "--",
        "１９８４-06-17",
    ] {
        let client = format!("{HEADER}c,,Zoe,,Whitfield,2,{day},ZA4 4QT,Z81009\n");
        assert_eq!(level(client, "dob").0, "missing", "{day}");
    }
    for day in [
        "1984-06-17",
        "19840617",
        " 1984-06-17 ",
        "1984-06-17T00:00:00",
        "1984-06-17 00:00",
    ] {
        let client = format!("{HEADER}c,,Zoe,,Whitfield,2,{day},ZA4 4QT,Z81009\n");
        assert_eq!(level(client, "dob").0, "equal", "{day}");
    }
}

#[test]
fn ten_equal_digits_are_a_message_and_no_number() {
    for number in [
        "0000000000",
        "9999999999",
        "999 999 9999",
        "123",
        "99900000l8",
        "1e9",
    ] {
        let client = format!("{HEADER}c,{number},Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n");
        assert_eq!(level(client, "nhs_number"), linked("missing"), "{number}");
    }
}

#[test]
fn people_of_the_index_without_a_valid_number_are_left_out_and_told() {
    let raw = Raw::new();
    let left = raw.put(
        "l.csv",
        format!("{HEADER}c,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n"),
    );
    for number in ["", "9999999999", "12345", "9990000019"] {
        let right = raw.put("r.csv", index(&GRACE.replace("9990900012", number)));
        let run = raw.trace(&left, &right).unwrap();
        assert!(
            run.notes
                .iter()
                .any(|note| note.contains("1 rows") && note.contains("row 2")),
            "{number} {:?}",
            run.notes
        );
        // Nobody is linked to a person who cannot be named.
        assert!(
            raw.out()
                .iter()
                .all(|row| !row["right_id"].is_empty() && row["decision"] != "link"),
            "{number}"
        );
    }
}

// Columns and rows.

#[test]
fn columns_that_are_missing_are_told_and_the_others_compared() {
    let raw = Raw::new();
    let person = invented::number(9999);
    let right = raw.put("r.csv", index(&GRACE.replace("9990900012", &person)));
    let left = raw.put(
        "l.csv",
        "family_name,record_id,dob,given_name,postcode\nWhitfield,c,1984-06-17,Zoe,ZA4 4QT\n",
    );
    let run = raw.trace(&left, &right).unwrap();
    assert_eq!(raw.out()[0]["right_id"], person);
    assert!(
        run.notes
            .iter()
            .any(|note| note.contains("l.csv has no column sex")),
        "{:?}",
        run.notes
    );
    let without_id = raw.put("l.csv", "family_name,dob\nWhitfield,1984-06-17\n");
    refused(
        raw.trace(&without_id, &right),
        &["l.csv", "no column `record_id`", "family_name, dob"],
    );
    let other = raw.put("l.csv", "record_id,colour\n1,red\n");
    refused(
        raw.trace(&other, &right),
        &["l.csv", "none of the columns", "family_name"],
    );
    let empty = raw.put("l.csv", "");
    refused(
        raw.trace(&empty, &right),
        &["l.csv", "no column `record_id`"],
    );
}

#[test]
fn records_with_one_id_are_each_answered() {
    let raw = Raw::new();
    let person = invented::number(9999);
    let right = raw.put("r.csv", index(&GRACE.replace("9990900012", &person)));
    let row = "same,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n";
    let left = raw.put("l.csv", format!("{HEADER}{row}{row}"));
    raw.trace(&left, &right).unwrap();
    let found: Vec<String> = raw
        .out()
        .iter()
        .map(|row| format!("{} {}", row["left_id"], row["decision"]))
        .collect();
    assert_eq!(found, ["same link", "same link"]);
}

#[test]
fn rows_with_too_few_or_too_many_cells_are_read_as_far_as_they_go() {
    for (row, expected) in [
        ("c,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT\n", "missing"),
        (
            "c,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009,and,more,cells\n",
            "equal",
        ),
    ] {
        assert_eq!(
            level(format!("{HEADER}{row}"), "gp_practice").0,
            expected,
            "{row}"
        );
    }
}

// Files that are none.

fn parquet(raw: &Raw, name: &str) -> PathBuf {
    let path = raw.0.path().join(name);
    let names = HEADER.trim().split(',');
    let columns: Vec<Column> = names
        .map(|name| Column {
            name: name.to_owned(),
            number: false,
        })
        .collect();
    let world = World::new(35, 200, 0);
    let rows = world.index.iter().map(|row| {
        let cells = std::iter::once(&row.id).chain(&row.cells);
        cells.map(|cell| Cell::Text(cell.clone().into())).collect()
    });
    write(&path, &columns, rows).unwrap();
    path
}

#[test]
fn parquet_says_what_csv_says() {
    let raw = Raw::new();
    let right = parquet(&raw, "r.parquet");
    let world = World::new(35, 200, 100);
    let left = raw.put("l.csv", invented::csv(&world.clients));
    raw.trace(&left, &right).unwrap();
    let found = raw.out();
    let other = raw.put("r.csv", invented::csv(&world.index));
    raw.trace(&left, &other).unwrap();
    assert!(!found.is_empty());
    assert_eq!(found, raw.out());
}

#[test]
fn parquet_that_is_cut_short_or_damaged_is_refused_or_read() {
    let raw = Raw::new();
    let whole = fs::read(parquet(&raw, "r.parquet")).unwrap();
    let left = raw.put(
        "l.csv",
        format!("{HEADER}c,,Zoe,,Whitfield,2,1984-06-17,ZA4 4QT,Z81009\n"),
    );
    for cut in [
        0,
        3,
        4,
        8,
        100,
        whole.len() / 2,
        whole.len() - 9,
        whole.len() - 1,
    ] {
        let cut = raw.put("cut.parquet", &whole[..cut]);
        refused(
            raw.trace(&left, &cut),
            &["cut.parquet", "cannot be read as Parquet"],
        );
    }
    for place in (0..whole.len()).step_by(whole.len() / 150) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x41;
        let path = raw.put("damaged.parquet", damaged);
        // What the damage hits may not matter; where it does, the file is named.
        if let Err(fault) = raw.trace(&left, &path) {
            assert!(fault.to_string().contains("damaged.parquet"), "{fault}");
        }
    }
    let text = raw.put("text.parquet", HEADER);
    refused(
        raw.trace(&left, &text),
        &["text.parquet", "cannot be read as Parquet"],
    );
}

#[test]
fn a_folder_or_nothing_in_place_of_a_file_is_told() {
    let raw = Raw::new();
    let right = raw.put("r.csv", index(GRACE));
    for name in ["folder", "folder.parquet"] {
        let folder = raw.0.path().join(name);
        fs::create_dir(&folder).unwrap();
        refused(raw.trace(&folder, &right), &[name]);
        refused(raw.trace(&right, &folder), &[name]);
    }
    refused(
        raw.trace(&raw.0.path().join("nothing.csv"), &right),
        &["cannot read", "nothing.csv"],
    );
}

#[test]
fn where_the_output_cannot_be_written_nothing_is_left() {
    let raw = Raw::new();
    let person = invented::number(9999);
    let (left, right) = (
        raw.put("l.csv", index(GRACE)),
        raw.put("r.csv", index(&GRACE.replace("9990900012", &person))),
    );
    let folder = raw.0.path().join("folder.csv");
    fs::create_dir(&folder).unwrap();
    let before = raw.names();
    refused(
        Raw::link_into(&left, &right, &folder),
        &["cannot write", "folder.csv"],
    );
    refused(
        Raw::link_into(&left, &right, &raw.0.path().join("no/such/out.parquet")),
        &["cannot write", "out.parquet"],
    );
    assert_eq!(raw.names(), before);
    // What was there before a run that fails stays as it was.
    let kept = raw.put("out.csv", "kept");
    refused(
        raw.trace(&raw.put("bad.csv", "colour\nred\n"), &right),
        &["bad.csv"],
    );
    assert_eq!(fs::read_to_string(kept).unwrap(), "kept");
}

#[test]
fn earlier_values_and_superseded_numbers_of_nobody_are_counted_and_told() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(36, 100, 20);
    let history =
        "nhs_number,field,value\n9990000018,colour,red\n,family_name,Smith\n123,postcode,ZA1 1AA\n";
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        Some(history),
        Some("nhs_number,replaced_by\nx,y\n,\n"),
    );
    let (run, _) = desk.link(&model, &untrained(&model), 2).unwrap();
    assert!(
        run.notes
            .iter()
            .any(|note| note.contains("2 rows") && note.contains("about nobody")),
        "{:?}",
        run.notes
    );
    assert!(
        run.notes
            .iter()
            .any(|note| note.contains("1 rows") && note.contains("does not compare")),
        "{:?}",
        run.notes
    );
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        Some("a,b\n1,2\n"),
        None,
    );
    refused(
        desk.link(&model, &untrained(&model), 2).map(|(run, _)| run),
        &["history.csv", "no column `nhs_number`", "a, b"],
    );
}
