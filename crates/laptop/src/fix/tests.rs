//! Whole files through `haven fix`, and through `haven check` before and after.

use crate::{
    Desk, Stop,
    cli::{CheckArgs, FixArgs, Flags, ReadingArgs},
    fault::Exit,
    output::Output,
};
use model::Content;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

fn quiet() -> Flags {
    Flags {
        content: None,
        json: false,
        quiet: true,
        no_color: true,
        dry_run: false,
    }
}

fn reading() -> ReadingArgs {
    ReadingArgs {
        dataset: None,
        sheet: None,
        encoding: None,
        delimiter: None,
    }
}

struct Place {
    content: Content,
    output: Output,
    stop: Stop,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            content: crate::content(None).unwrap(),
            output: Output::new(&quiet(), true),
            stop: Stop::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            content: &self.content,
            output: &self.output,
            today: "2026-01-15".parse().unwrap(),
            dry_run: false,
            stop: &self.stop,
        }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fix(&self, file: &Path, out: &Path) -> anyhow::Result<Exit> {
        let args = FixArgs {
            file: file.to_owned(),
            out: Some(out.to_owned()),
            list: Some(self.at("list.csv")),
            reading: reading(),
        };
        super::run(&args, self.desk())
    }

    /// How many findings each rule has in a file.
    fn found(&self, file: &Path) -> BTreeMap<String, u64> {
        let report = self.at("report.json");
        let args = CheckArgs {
            last: None,
            files: vec![file.to_owned()],
            reading: reading(),
            from: None,
            today: None,
            warnings: false,
            strict: false,
            report: vec![report.clone()],
            jsonl: false,
        };
        crate::check::run(&args, self.desk()).unwrap();
        let report: serde_json::Value =
            serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        let mut found = BTreeMap::new();
        for finding in report["findings"].as_array().unwrap() {
            let rule = finding["rule"].as_str().unwrap().to_owned();
            *found.entry(rule).or_default() += 1;
        }
        found
    }
}

/// The dataset's own example, whose cells are then spoiled in ways that keep their meaning.
fn example() -> Vec<Vec<String>> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../content/datasets/cld-r2/examples/example.csv"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines().map(cells);
    let header = lines.next().unwrap();
    // Cells with a delimiter in them would need quotes in one form and not in another.
    let plain = |cell: &String| cell.replace([',', ';', '"'], " and");
    std::iter::once(header)
        .chain(lines.map(|row| row.iter().map(plain).collect()))
        .collect()
}

/// The cells of a line, of which some are in quotes.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut within = false;
    for c in line.chars() {
        match c {
            '"' => within = !within,
            ',' if !within => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

fn written(rows: &[Vec<String>], delimiter: &str) -> String {
    let lines: Vec<String> = rows.iter().map(|cells| cells.join(delimiter)).collect();
    lines.join("\n") + "\n"
}

#[test]
fn what_was_mended_is_found_no_more_and_every_row_is_there() {
    let place = Place::new();
    let rows = example();
    let mut spoiled = rows.clone();
    let column = |name: &str| rows[0].iter().position(|n| n == name).unwrap();
    for (at, row) in spoiled.iter_mut().enumerate() {
        row.push(if at == 0 {
            "Team".into()
        } else {
            format!(" {at}  ")
        });
    }
    spoiled[0][column("Event Type")] = "event_type".into();
    for row in &mut spoiled[1..] {
        let number = &mut row[column("NHS Number")];
        if number.len() == 10 {
            *number = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
        }
        row[column("Gender")].make_ascii_uppercase();
        let birth = &mut row[column("Date of Birth")];
        let parts: Vec<String> = birth.split('/').map(str::to_owned).collect();
        if let [day, month, year] = parts.as_slice() {
            *birth = format!("{year}-{month}-{day}");
        }
        let first = &mut row[column("First Name")];
        *first = format!("  {first}\u{a0}");
    }
    let (file, out, again) = (
        place.at("in.csv"),
        place.at("out.csv"),
        place.at("again.csv"),
    );
    std::fs::write(&file, written(&spoiled, ";")).unwrap();
    assert_eq!(place.fix(&file, &out).unwrap(), Exit::Fine);

    // The rows as they were before they were spoiled, beside a column that is not ours and stays as it was sent.
    let mut expected = rows.clone();
    for (at, row) in expected.iter_mut().enumerate() {
        row.push(spoiled[at].last().unwrap().clone());
    }
    let mended = std::fs::read_to_string(&out).unwrap();
    assert_eq!(mended, written(&expected, ",").replace('\n', "\r\n"));

    let clean = place.at("clean.csv");
    std::fs::write(&clean, written(&expected, ",")).unwrap();
    assert_eq!(place.found(&out), place.found(&clean));
    assert!(place.found(&file).len() > place.found(&out).len());

    assert_eq!(place.fix(&out, &again).unwrap(), Exit::Fine);
    assert_eq!(std::fs::read_to_string(&again).unwrap(), mended);
}

#[test]
fn rows_that_do_not_fit_the_header_stay_as_they_are() {
    let place = Place::new();
    let (file, out) = (place.at("in.csv"), place.at("out.csv"));
    let text = "\nLA Code,Gender,Mine,Mine\n503,male,a,b\n503,male\n\n503,male,a,b,past,\"x,y\"\n503,NULL,NULL,\n";
    std::fs::write(&file, text).unwrap();
    place.fix(&file, &out).unwrap();
    assert_eq!(
        std::fs::read_to_string(&out).unwrap(),
        "\r\nLA Code,Gender,Mine,Mine\r\n503,Male,a,b\r\n503,Male\r\n\r\n503,Male,a,b,past,\"x,y\"\r\n503,,NULL,\r\n"
    );
    let repairs = std::fs::read_to_string(place.at("list.csv")).unwrap();
    let last = repairs.lines().last().unwrap();
    assert_eq!(
        last,
        "7,7,Gender,B,Word that stands for a blank made blank,NULL,"
    );
}

#[test]
fn a_file_that_cannot_be_passed_on_whole_is_not_passed_on() {
    let place = Place::new();
    let (file, out) = (place.at("in.csv"), place.at("out.csv"));
    for text in [
        "LA Code,Gender\n503,\"male\n503,male\n",
        "LA Code,Gender\n503,m\u{0}le\u{e9}\n",
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = place.fix(&file, &out);
        if text.contains('"') {
            let fault = ended.unwrap_err().to_string();
            assert!(fault.contains("never closed"), "{fault}");
            assert!(!out.exists());
        } else {
            assert_eq!(ended.unwrap(), Exit::Fine);
        }
    }
    let fault = place.fix(&file, &file).unwrap_err().to_string();
    assert!(fault.contains("the file itself"), "{fault}");
}
