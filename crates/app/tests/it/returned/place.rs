//! A council's file and an index of people, made for what is returned: each record has one thing to be found.

use crate::{
    sending::workspace,
    workspace::{Workspace, copy_folder},
};
use std::{collections::BTreeMap, fmt::Write, path::Path};

pub(super) const COUNCIL: &str = "503";

/// The tenth digit of an NHS number; `None` where there is none (ten, of eleven).
fn check_digit(nine: &str) -> Option<u32> {
    let sum: u32 = (2..=10)
        .rev()
        .zip(nine.chars())
        .map(|(weight, digit)| weight * digit.to_digit(10).unwrap())
        .sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => Some(digit),
    }
}

/// The nth NHS number of the range that nobody has.
pub(super) fn number(nth: usize) -> String {
    (0..)
        .map(|n| format!("9990{n:05}"))
        .filter_map(|nine| Some(format!("{nine}{}", check_digit(&nine)?)))
        .nth(nth + 3)
        .unwrap()
}

/// A person of the index: given name, family name, day of birth, day of death, practice, mark.
struct Person(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const PEOPLE: [Person; 11] = [
    Person("Ada", "Thornby", "1941-03-14", "", "Y99901", ""),
    Person("Bea", "Fenwick", "1942-04-15", "", "Y99901", ""),
    Person("Cleo", "Marlow", "1943-05-16", "", "Y99901", "N"),
    Person("Dora", "Harding", "1944-06-17", "", "Y99901", ""),
    Person("Edna", "Selwick", "1945-07-18", "", "Y99902", ""),
    Person("Flora", "Brindle", "1946-08-19", "2025-05-19", "Y99901", ""),
    Person("Greta", "Aldous", "1947-09-20", "", "Y99901", ""),
    // Two people whom nothing tells apart.
    Person("Ivy", "Keld", "1949-11-22", "", "Y99901", ""),
    Person("Ivy", "Keld", "1949-11-22", "", "Y99901", ""),
    // Nobody may be told of her.
    Person("Jane", "Quill", "1950-12-23", "2025-01-02", "Y99903", "S"),
    // Registered nowhere.
    Person("Kay", "Lunt", "1951-01-24", "", "V81997", ""),
];
const POSTCODE: &str = "LN99 9ZA";

fn index(marked: bool) -> String {
    let mut text = "nhs_number,given_name,other_given_name,family_name,sex,date_of_birth,date_of_death,postcode,gp_practice_code".to_owned();
    text.push_str(if marked { ",confidentiality\n" } else { "\n" });
    for (nth, p) in PEOPLE.iter().enumerate() {
        let mark = if marked {
            format!(",{}", p.5)
        } else {
            String::new()
        };
        writeln!(
            text,
            "{},{},,{},2,{},{},{POSTCODE},{}{mark}",
            number(nth),
            p.0,
            p.1,
            p.2,
            p.3,
            p.4
        )
        .unwrap();
    }
    text
}

/// A row of the council's file, as changes to the first row of the example.
fn row(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    changes
        .iter()
        .map(|(name, cell)| ((*name).to_owned(), (*cell).to_owned()))
        .collect()
}

/// A record of a person of the index, with the council's own reference.
fn of(reference: &str, nth: usize, more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let p = &PEOPLE[nth];
    let born: Vec<&str> = p.2.split('-').collect();
    let born = format!("{}/{}/{}", born[2], born[1], born[0]);
    let mut cells = row(&[
        ("LA Person Unique Identifier", reference),
        ("NHS Number", &number(nth)),
        ("First Name", p.0),
        ("Last Name", p.1),
        ("Date of Birth", &born),
        ("Gender", "Female"),
        ("Postcode", POSTCODE),
        ("GP Practice Code", "Y99901"),
    ]);
    cells.extend(row(more));
    cells
}

/// The file of the council. Beside each record stands what has to be found about it.
pub(super) fn rows() -> Vec<BTreeMap<String, String>> {
    let other = number(40);
    vec![
        // Row 2 and 3: no number, all else as in the index.
        of("A1", 0, &[("NHS Number", "")]),
        of("A1", 0, &[("NHS Number", "")]),
        // Row 4: a number that nobody has.
        of("B1", 1, &[("NHS Number", &other)]),
        // Row 5: another family name.
        of("C1", 2, &[("Last Name", "=Brook")]),
        // Row 6: another day of birth.
        of("D1", 3, &[("Date of Birth", "18/06/1944")]),
        // Row 7: no practice.
        of("E1", 4, &[("GP Practice Code", "")]),
        // Row 8: has died.
        of("F1", 5, &[]),
        // Row 9: name, birthday and sex agree, and nothing else: not sure enough.
        of("G1", 6, &[("NHS Number", ""), ("Postcode", "LN99 8ZZ")]),
        // Row 10: nobody.
        of(
            "H1",
            6,
            &[
                ("NHS Number", ""),
                ("First Name", "Nell"),
                ("Last Name", "Ormsby"),
            ],
        ),
        // Row 11: two people.
        of("I1", 7, &[("NHS Number", "")]),
        // Row 12: sensitive: her death, practice and number are not told.
        of("J1", 9, &[("NHS Number", "")]),
        // Row 13: no practice in the index, so nothing differs.
        of("K1", 10, &[]),
    ]
}

pub(super) fn file(rows: &[BTreeMap<String, String>]) -> Vec<u8> {
    let example = crate::sending::example();
    let mut reader = csv::Reader::from_reader(&example[..]);
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let first: Vec<String> = reader
        .records()
        .next()
        .unwrap()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(&header).unwrap();
    for (n, changes) in rows.iter().enumerate() {
        let cells = header.iter().zip(&first).map(|(name, cell)| {
            if name == "Event Reference" {
                format!("EX-R-{n:04}")
            } else {
                changes.get(name).unwrap_or(cell).clone()
            }
        });
        out.write_record(cells).unwrap();
    }
    out.into_inner().unwrap()
}

pub(super) fn land(workspace: &Workspace, name: &str, file: &[u8], more: &[&str]) -> String {
    let path = workspace.beside(name);
    std::fs::write(&path, file).unwrap();
    let landed = workspace.json(&[&["land", path.to_str().unwrap()], more].concat());
    let receipt = &landed["receipts"][0];
    assert_eq!(receipt["landed"], true, "{landed}");
    receipt["id"].as_str().unwrap().to_owned()
}

fn land_index(workspace: &Workspace, marked: bool) {
    let name = if marked {
        "index.csv"
    } else {
        "plain-index.csv"
    };
    let more = ["--dataset", "demographic-index", "--from", "PDS"];
    land(workspace, name, index(marked).as_bytes(), &more);
}

/// Links by plain passes from here on: what they find can be worked out by hand, and weights cannot.
fn by_passes_alone(workspace: &Workspace) {
    let content = workspace.beside("content");
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content");
    copy_folder(Path::new(shipped), &content);
    let defaults = std::fs::read_to_string(content.join("defaults.toml")).unwrap();
    let passes = defaults.replace("\"probabilistic\"", "\"deterministic\"");
    assert_ne!(defaults, passes);
    std::fs::write(content.join("defaults.toml"), passes).unwrap();
    let settings = format!("content = \"{}\"\n", content.display());
    std::fs::write(workspace.beside("haven.toml"), settings).unwrap();
}

/// A workspace in which the council's file has landed and was linked, and the id of the file.
pub(super) fn traced() -> (Workspace, String) {
    let workspace = workspace();
    by_passes_alone(&workspace);
    // An index of the earlier form first, without the column of marks.
    land_index(&workspace, false);
    land_index(&workspace, true);
    let id = land(
        &workspace,
        "march.csv",
        &file(&rows()),
        &["--from", COUNCIL],
    );
    workspace.json(&["link"]);
    (workspace, id)
}
