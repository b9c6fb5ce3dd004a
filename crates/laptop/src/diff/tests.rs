//! Two extracts compared, also by a slow and obvious second way.

use crate::{
    Desk, Stop,
    cli::{DiffArgs, Flags, ReadingArgs},
    output::Output,
};
use std::path::Path;

struct Place {
    content: model::Content,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            content: crate::content(None).unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// What differs, as the lines of the CSV file.
    fn diff(&self, old: &str, new: &str, key: &[&str]) -> anyhow::Result<Vec<String>> {
        let at = |name: &str| self.folder.path().join(name);
        std::fs::write(at("old.csv"), old).unwrap();
        std::fs::write(at("new.csv"), new).unwrap();
        let flags = Flags {
            content: None,
            json: false,
            quiet: true,
            no_color: true,
            dry_run: false,
        };
        let args = DiffArgs {
            old: at("old.csv"),
            new: at("new.csv"),
            key: key.iter().map(|k| (*k).to_owned()).collect(),
            report: Some(at("report.csv")),
            reading: ReadingArgs {
                dataset: None,
                sheet: None,
                encoding: None,
                delimiter: None,
            },
        };
        let desk = Desk {
            content: &self.content,
            output: &Output::new(&flags, true),
            today: "2026-01-15".parse().unwrap(),
            dry_run: false,
            stop: &Stop::default(),
        };
        super::run(&args, desk)?;
        Ok(lines(&at("report.csv")))
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

const HEADER: &str =
    "LA Person Unique Identifier,Event Type,Event Start Date,Event Reference,Gender,Event Outcome";

fn file(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

#[test]
fn rows_that_came_went_and_changed_are_told_apart() {
    let old = file(&[
        "A1,Service,01/04/2025,R1,Male,",
        "A2,Service,01/04/2025,R2,Male,NFA: Other",
        "A3,Request,02/05/2025,R3,Female,",
    ]);
    let new = file(&[
        "A4,Request,03/06/2025,R4,Female,",
        "A2,Service,01/04/2025,R2,Female,",
        "A1,Service,01/04/2025,R1,Male,",
    ]);
    assert_eq!(
        Place::new().diff(&old, &new, &[]).unwrap(),
        [
            "added,2,,",
            "changed,3,3,Gender; Event Outcome",
            "removed,,4,"
        ]
    );
}

#[test]
fn another_way_of_writing_is_no_change() {
    let old = file(&["A1,Service,01/04/2025,R1,Male,NFA: Other"]);
    let new = "Event Outcome;gender;LA_Person_Unique_Identifier;Event Type;Event Start Date;Event Reference\nnfa:  other;MALE; A1 ;service;2025-04-01;R1\n";
    assert!(Place::new().diff(&old, new, &[]).unwrap().is_empty());
}

#[test]
fn rows_with_one_key_are_paired_with_their_like_first() {
    let old = file(&[
        "A1,Service,01/04/2025,R1,Male,",
        "A1,Service,01/04/2025,R1,Female,",
    ]);
    let new = file(&[
        "A1,Service,01/04/2025,R1,Female,",
        "A1,Service,01/04/2025,R1,Male,",
        "A1,Service,01/04/2025,R1,Male,",
    ]);
    let found = Place::new().diff(&old, &new, &[]).unwrap();
    assert_eq!(found, ["added,4,,"]);
}

#[test]
fn a_key_that_one_file_lacks_is_refused_and_another_may_be_named() {
    let old = "Gender,Event Reference\nMale,R1\n";
    let new = "Gender,Event Reference\nFemale,R1\n";
    let place = Place::new();
    let fault = place.diff(old, new, &[]).unwrap_err().to_string();
    assert!(fault.contains("LA Person Unique Identifier"), "{fault}");
    assert_eq!(
        place.diff(old, new, &["event_reference"]).unwrap(),
        ["changed,2,2,Gender"]
    );
    let fault = place
        .diff(old, new, &["Evnt Reference"])
        .unwrap_err()
        .to_string();
    assert!(fault.contains("did you mean `Event Reference`"), "{fault}");
}

#[test]
fn many_rows_are_told_apart_as_by_hand() {
    // Every row has a number: those divisible by 7 are gone, by 11 new, by 13 changed.
    let row = |n: u32, gender: &str| format!("A{n},Service,01/04/2025,R{n},{gender},");
    let (mut old, mut new, mut expected) = (Vec::new(), Vec::new(), [0; 3]);
    for n in 1..5_000u32 {
        let (is_gone, is_new) = (n % 7 == 0, n % 11 == 0 && n % 7 != 0);
        if !is_new {
            old.push(row(n, "Male"));
        }
        if !is_gone {
            new.push(row(n, if n % 13 == 0 { "Female" } else { "Male" }));
        }
        expected[0] += u32::from(is_new);
        expected[1] += u32::from(is_gone);
        expected[2] += u32::from(!is_new && !is_gone && n % 13 == 0);
    }
    new.reverse();
    let text = |rows: &[String]| format!("{HEADER}\n{}\n", rows.join("\n"));
    let found = Place::new().diff(&text(&old), &text(&new), &[]).unwrap();
    let count = |word: &str| {
        let lines = found.iter().filter(|line| line.starts_with(word));
        u32::try_from(lines.count()).unwrap()
    };
    assert_eq!(["added", "removed", "changed"].map(count), expected);
}
