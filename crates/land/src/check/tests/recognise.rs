//! Which release a file is taken for, and from how much.

use super::content;
use crate::{
    LandError,
    check::{RecogniseError, Recognised, RecognisedBy, codes::records, recognise, usual_release},
    receive::{ReceiveSettings, open_seekable},
};
use std::io::Cursor;

fn taken(file: &[u8], most_rows: u64) -> Recognised {
    let found = recognise(
        &content(),
        "cld",
        |dataset| {
            let settings = ReceiveSettings {
                batch_rows: 7,
                ..ReceiveSettings::default()
            };
            open_seekable(Box::new(Cursor::new(file.to_vec())), dataset, &settings)
        },
        most_rows,
    );
    found.unwrap()
}

fn example(name: &str) -> Vec<u8> {
    let path = format!("datasets/{name}/examples/example.csv");
    content().bytes(&path).unwrap().to_vec()
}

/// Cells with a value of one list only, counted plainly: each release's values, without regard to capitals.
fn counted(file: &[u8], rows: usize) -> (u64, u64) {
    let content = content();
    let dataset = |name: &str| model::Dataset::read(&content, name).unwrap();
    let (r1, r2) = (dataset("cld-r1"), dataset("cld-r2"));
    let list = |name: &Option<String>| -> Vec<String> {
        let Some(name) = name else { return Vec::new() };
        let text = content.text(&format!("codes/{name}.csv")).unwrap();
        let values = records(text).into_iter().skip(1);
        values.map(|r| r[0].to_lowercase()).collect()
    };
    let mut counts = (0, 0);
    let table = records(std::str::from_utf8(file).unwrap());
    for (at, (old, new)) in r1.fields.iter().zip(&r2.fields).enumerate() {
        if old.codes == new.codes {
            continue;
        }
        let (old, new) = (list(&old.codes), list(&new.codes));
        for row in table.iter().skip(1).take(rows) {
            let cell = row[at].trim().to_lowercase();
            match (old.contains(&cell), new.contains(&cell)) {
                (true, false) => counts.0 += 1,
                (false, true) => counts.1 += 1,
                _ => {}
            }
        }
    }
    counts
}

#[test]
fn each_example_is_taken_for_its_own_release() {
    for (name, release, by) in [
        ("cld-r1", "Release 1", RecognisedBy::Values),
        ("cld-r2", "Release 2", RecognisedBy::Values),
        ("cld-v5", "Version 5", RecognisedBy::Header),
    ] {
        let found = taken(&example(name), 10_000);
        assert_eq!((found.dataset.as_str(), found.by), (name, by));
        assert_eq!(found.release, release);
        assert!(found.says.contains(release), "{}", found.says);
    }
}

#[test]
fn the_evidence_is_what_a_plain_count_gives() {
    for (name, rows) in [
        ("cld-r1", 61),
        ("cld-r2", 61),
        ("cld-r1", 20),
        ("cld-r2", 3),
    ] {
        let file = example(name);
        let found = taken(&file, rows as u64);
        let (old, new) = counted(&file, rows);
        assert_eq!(found.rows, rows as u64);
        let values: Vec<u64> = found.evidence.iter().map(|e| e.values).collect();
        assert_eq!(values, [old, new], "{name}, {rows} rows");
        assert!(old + new > 0);
    }
}

/// The header of Release 1 and 2, and rows of one column that has a code list.
fn file(column: &str, cells: &[&str]) -> Vec<u8> {
    let dataset = model::Dataset::read(&content(), "cld-r2").unwrap();
    let names: Vec<&str> = dataset.fields.iter().map(|f| f.name.as_str()).collect();
    let mut text = names.join(",");
    for cell in cells {
        text.push('\n');
        let row = dataset.fields.iter().map(|f| {
            if f.column == column {
                format!("\"{cell}\"")
            } else {
                String::new()
            }
        });
        text.push_str(&row.collect::<Vec<_>>().join(","));
    }
    text.into_bytes()
}

#[test]
fn what_cannot_be_told_is_the_usual_release() {
    for (column, cells) in [
        ("gender", vec![]),
        ("gender", vec!["Male", "Female"]),
        ("client_type", vec!["nonsense"]),
        // One of each.
        ("client_type", vec!["Carer", "Unpaid carer"]),
    ] {
        let found = taken(&file(column, &cells), 10_000);
        assert_eq!(found.dataset, "cld-r2", "{cells:?}: {}", found.says);
        assert_eq!(found.by, RecognisedBy::Usual, "{cells:?}");
    }
    assert_eq!(
        taken(b"nothing,of,ours\n1,2,3\n", 100).by,
        RecognisedBy::Usual
    );
    let usual = usual_release(&content(), "cld").unwrap();
    assert_eq!(usual.dataset, "cld-r2");
}

#[test]
fn a_single_value_is_enough_and_more_outweigh_it() {
    assert_eq!(
        taken(&file("client_type", &["Carer"]), 100).dataset,
        "cld-r1"
    );
    let mixed = ["Carer", "Carer", "Unpaid carer"];
    assert_eq!(taken(&file("client_type", &mixed), 100).dataset, "cld-r1");
    // The first rows count only.
    let mixed = ["Unpaid carer", "Carer", "Carer"];
    assert_eq!(taken(&file("client_type", &mixed), 1).dataset, "cld-r2");
}

#[test]
fn capitals_tell_where_nothing_else_does() {
    let found = taken(&file("client_type", &["Service User", "SERVICE USER"]), 100);
    assert_eq!(found.dataset, "cld-r1");
    assert_eq!(found.by, RecognisedBy::Spelling);
    let spellings: Vec<u64> = found.evidence.iter().map(|e| e.spellings).collect();
    assert_eq!(spellings, [1, 0]);
    let found = taken(&file("client_type", &["Service user"]), 100);
    assert_eq!(
        (found.dataset.as_str(), found.by),
        ("cld-r2", RecognisedBy::Spelling)
    );
}

#[test]
fn a_file_with_some_columns_missing_is_still_told_by_its_values() {
    let text = "LA Code,Client Type,Event Type,Event Outcome\n503,Carer,Request,NFA- Other\n";
    let found = taken(text.as_bytes(), 100);
    assert_eq!(
        (found.dataset.as_str(), found.by),
        ("cld-r1", RecognisedBy::Values)
    );
}

#[test]
fn a_family_that_is_not_there_is_named() {
    let none = |_: &model::Dataset| Err(LandError::Empty);
    let fault = recognise(&content(), "clx", none, 10).unwrap_err();
    assert!(matches!(fault, RecogniseError::NoFamily(name) if name == "clx"));
}
