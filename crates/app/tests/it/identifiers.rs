//! No identifier crosses: every file of the de-identified side is decoded and searched for every identifier
//! of the invented place, by a scanner that is first shown to find them where they are.

use crate::demo::{IN_FORCE, cells, demo, engine, open, wait};
use aho_corasick::AhoCorasick;
use model::{Identifiable, Pseudonymous, Sql, Zone};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use store::{Store, arrow::datatypes::DataType};

/// Everything that points at a person of the invented place.
struct Scanner {
    /// What is looked for anywhere, in any case of letters.
    anywhere: AhoCorasick,
    /// The kind of each pattern of `anywhere`.
    kinds: Vec<&'static str>,
    /// What is looked for as a whole cell of text: short keys, and dates that stand alone.
    whole: BTreeMap<String, &'static str>,
}

/// How often each kind of identifier was found.
type Found = BTreeMap<&'static str, BTreeSet<String>>;

impl Scanner {
    /// From the files that the systems sent and the truth about who is who.
    fn of(home: &Path) -> Self {
        let mut anywhere: BTreeMap<String, &'static str> = BTreeMap::new();
        let mut whole: BTreeMap<String, &'static str> = BTreeMap::new();
        for file in files(&home.join("place"))
            .into_iter()
            .chain([home.join("place-truth/people.csv")])
        {
            if file.extension().is_none_or(|ending| ending != "csv")
                || file.ends_with("postcode-areas.csv")
            {
                continue;
            }
            let bytes = fs::read(&file).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            let mut reader = csv::ReaderBuilder::new()
                .flexible(true)
                .from_reader(text.as_bytes());
            let header: Vec<String> = reader
                .headers()
                .unwrap()
                .iter()
                .map(|h| h.to_lowercase().replace([' ', '_'], ""))
                .collect();
            for record in reader.records() {
                let record = record.unwrap();
                let row: BTreeMap<&str, &str> = header
                    .iter()
                    .map(String::as_str)
                    .zip(record.iter().map(str::trim))
                    .collect();
                of_row(&row, &mut anywhere, &mut whole);
            }
        }
        let (patterns, kinds): (Vec<String>, Vec<&'static str>) = anywhere.into_iter().unzip();
        let anywhere = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&patterns)
            .unwrap();
        Self {
            anywhere,
            kinds,
            whole,
        }
    }

    fn bytes(&self, bytes: &[u8], found: &mut Found) {
        for hit in self.anywhere.find_overlapping_iter(bytes) {
            let text = String::from_utf8_lossy(&bytes[hit.start()..hit.end()]).to_lowercase();
            found
                .entry(self.kinds[hit.pattern().as_usize()])
                .or_default()
                .insert(text);
        }
    }

    fn cell(&self, cell: &str, is_text: bool, found: &mut Found) {
        self.bytes(cell.as_bytes(), found);
        if let Some(kind) = self.whole.get(cell).filter(|_| is_text) {
            found.entry(kind).or_default().insert(cell.to_owned());
        }
    }
}

fn of_row(
    row: &BTreeMap<&str, &str>,
    anywhere: &mut BTreeMap<String, &'static str>,
    whole: &mut BTreeMap<String, &'static str>,
) {
    let cell = |names: &[&str]| {
        names
            .iter()
            .filter_map(|name| row.get(name))
            .find(|cell| !cell.is_empty())
            .copied()
    };
    if let Some(number) = cell(&["nhsnumber"]) {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if let (10, Some((first, middle, last))) = (digits.len(), parts(&digits)) {
            anywhere.insert(format!("{first} {middle} {last}"), "NHS number");
            anywhere.insert(format!("{first}-{middle}-{last}"), "NHS number");
            anywhere.insert(digits, "NHS number");
        }
    }
    for name in ["postcode", "formerpostcode"] {
        let letters: String = row
            .get(name)
            .copied()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        if (5..=7).contains(&letters.len()) && letters.is_ascii() {
            let (outward, inward) = letters.split_at(letters.len() - 3);
            anywhere.insert(format!("{outward} {inward}").to_lowercase(), "postcode");
            anywhere.insert(letters.to_lowercase(), "postcode");
        }
    }
    for family in ["lastname", "familyname", "familynameatbirth"]
        .iter()
        .filter_map(|name| row.get(name))
    {
        if let (Some(given), false) = (cell(&["firstname", "givenname"]), family.is_empty()) {
            for pair in [
                format!("{given} {family}"),
                format!("{family} {given}"),
                format!("{family}, {given}"),
                format!("{given}|{family}"),
            ] {
                anywhere.insert(pair.to_lowercase(), "name");
            }
        }
    }
    let keys = [
        ("lapersonuniqueidentifier", "local key"),
        ("adult1linkedpersonid", "local key"),
        ("eventreference", "event reference"),
        ("spellid", "spell id"),
        ("attendanceid", "attendance id"),
    ];
    for (name, kind) in keys {
        if let Some(key) = row.get(name).filter(|key| !key.is_empty()) {
            // A short number stands by chance in amounts and times, so it counts as a whole cell only.
            if key.len() >= 7 && key.chars().any(char::is_alphabetic) {
                anywhere.insert(key.to_lowercase(), kind);
            }
            whole.insert((*key).to_owned(), kind);
        }
    }
    if let Some(born) = cell(&["dateofbirth"]) {
        let pieces: Vec<&str> = born.split(['/', '-']).collect();
        if let [a, b, c] = pieces.as_slice() {
            let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
            for text in [
                format!("{year}-{month}-{day}"),
                format!("{day}/{month}/{year}"),
            ] {
                whole.insert(text, "date of birth");
            }
        }
    }
}

fn parts(digits: &str) -> Option<(&str, &str, &str)> {
    Some((digits.get(..3)?, digits.get(3..6)?, digits.get(6..)?))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// Every cell of every table of a store, and every byte of its files before encryption.
fn look_through<Z: Zone>(scanner: &Scanner, store: &Store<Z>, spill: &Path) -> (Found, usize) {
    let (mut found, mut looked) = (Found::new(), 0);
    let engine = engine(spill);
    for table in wait(store.names()).unwrap() {
        let sql = Sql::content(format!("select * from {table}"));
        for batch in wait(engine.look(&[store], &[&table], &sql)).unwrap() {
            let text: Vec<bool> = batch
                .schema()
                .fields()
                .iter()
                .map(|f| *f.data_type() == DataType::Utf8)
                .collect();
            for row in cells(std::slice::from_ref(&batch)) {
                for (cell, is_text) in row.iter().zip(&text) {
                    scanner.cell(cell, *is_text, &mut found);
                    looked += 1;
                }
            }
        }
    }
    wait(store.each_file(|_, bytes| scanner.bytes(bytes, &mut found))).unwrap();
    (found, looked)
}

#[test]
fn no_identifier_is_on_the_side_without_names() {
    let demo = demo();
    let home = demo.workspace.home();
    let scanner = Scanner::of(&home);
    let kinds = [
        "NHS number",
        "postcode",
        "name",
        "local key",
        "event reference",
        "spell id",
        "attendance id",
    ];
    for kind in kinds {
        assert!(
            scanner.kinds.iter().filter(|k| **k == kind).count() > 30,
            "too few of {kind} to look for"
        );
    }

    // The scanner finds them where they are.
    let (found, _) = look_through(
        &scanner,
        &open::<Identifiable>(&home, "identified", "own"),
        &home.join("look"),
    );
    let columns_of_names: Vec<String> = {
        let store = open::<Identifiable>(&home, "identified", "own");
        let sql = Sql::fixed(
            "select distinct given_name || ' ' || family_name from demographic_index where family_name is not null",
        );
        cells(
            &wait(engine(&home.join("look")).look(&[&store], &["demographic_index"], &sql))
                .unwrap(),
        )
        .into_iter()
        .flatten()
        .collect()
    };
    let mut names = Found::new();
    for name in &columns_of_names {
        scanner.cell(name, true, &mut names);
    }
    for kind in kinds.into_iter().filter(|kind| *kind != "name") {
        assert!(
            found.get(kind).is_some_and(|all| all.len() > 30),
            "the scanner does not find {kind} on the identified side"
        );
    }
    assert!(names["name"].len() > 1000);

    // Without the keys nothing is found in any store.
    let mut sealed = Found::new();
    for folder in ["identified", "handover", "analysis"] {
        for file in files(&home.join(folder)) {
            scanner.bytes(&fs::read(&file).unwrap(), &mut sealed);
        }
    }
    assert_eq!(
        sealed,
        Found::new(),
        "a file of a store can be read without its key"
    );

    // With the keys, nothing is found on the side without names.
    for (folder, part) in [("handover", "handover"), ("analysis", "own")] {
        let (found, looked) = look_through(
            &scanner,
            &open::<Pseudonymous>(&home, folder, part),
            &home.join("look"),
        );
        assert!(looked > 5_000, "{folder}: only {looked} cells");
        assert_eq!(found, Found::new(), "in {folder}");
    }

    // Nor in what lies open beside them, what the run said, or what was let out.
    let table = demo.workspace.beside("released.csv");
    let mut release = vec!["release", "-o", table.to_str().unwrap()];
    release.extend(IN_FORCE);
    release.push("select lsoa21_code, gender, count(distinct person_pseudonym) as people from long_term_support group by lsoa21_code, gender");
    let ended = demo.workspace.run(&release);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let mut open_files = vec![table.clone(), table.with_extension("notes.txt")];
    for folder in [
        "control",
        "audit",
        "checkpoint",
        "analysis/spill",
        "analysis/staging",
        "handover/staging",
        "identified/spill",
    ] {
        open_files.extend(files(&home.join(folder)));
    }
    assert!(
        open_files
            .iter()
            .any(|f| f.ends_with("control/haven.sqlite"))
    );
    for file in open_files {
        let (mut found, bytes) = (Found::new(), fs::read(&file).unwrap());
        scanner.bytes(&bytes, &mut found);
        assert_eq!(found, Found::new(), "in {}", file.display());
    }
    for said in [&demo.ran.out, &demo.ran.err, &ended.out, &ended.err] {
        let mut found = Found::new();
        scanner.bytes(said.as_bytes(), &mut found);
        assert_eq!(found, Found::new(), "in what the program said");
    }
}
