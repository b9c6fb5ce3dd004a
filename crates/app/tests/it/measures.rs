//! `haven measure`: every worked example of the content, and the methods held against their plain second version.

mod tables;

use crate::workspace::Workspace;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use tables::{Cells, differences};

/// Columns that say how a run went rather than what is counted: their values are free.
const FREE: [&str; 3] = ["Event_Group", "REQUEST_COUNT", "ST_MAX_COUNT"];

fn content() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/measures")
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn run(given: &Path, out: &Path, more: &[&str]) {
    let home = Workspace::new();
    let mut arguments = vec!["measure", "run", "--in", given.to_str().unwrap()];
    arguments.extend(["--out", out.to_str().unwrap(), "--person-level", "--quiet"]);
    arguments.extend(more);
    let ended = home.run(&arguments);
    assert_eq!(ended.code, Some(0), "{}: {}", given.display(), ended.err);
}

#[test]
fn every_worked_example_comes_out_as_its_text_says() {
    let mut faults = Vec::new();
    let mut examples = 0;
    for method in folders(&content()) {
        for example in folders(&method.join("examples")) {
            examples += 1;
            let out = tempfile::tempdir().unwrap();
            let name = method.file_name().unwrap().to_str().unwrap().to_owned();
            run(&example, out.path(), &[&name, "--every-step"]);
            for entry in std::fs::read_dir(example.join("expected")).unwrap() {
                let expected = entry.unwrap().path();
                let table = expected.file_name().unwrap();
                let found = out.path().join(table);
                if !found.is_file() {
                    faults.push(format!("{}: there is no such table", expected.display()));
                    continue;
                }
                let (expected_cells, found_cells) = (Cells::read(&expected), Cells::read(&found));
                let columns = expected_cells.columns();
                for fault in differences(&expected_cells, &found_cells, &columns) {
                    faults.push(format!("{}: {fault}", expected.display()));
                }
            }
        }
    }
    assert!(examples >= 20, "{examples} examples");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_methods_agree_with_their_plain_second_version() {
    let mut faults = Vec::new();
    for seed in 1..=4 {
        let folder = tempfile::tempdir().unwrap();
        let (given, out) = (folder.path().join("in"), folder.path().join("out"));
        plain::invent::invent(seed, plain::invent::Size::default(), &given).unwrap();
        run(&given, &out, &["--all"]);
        let plainly = plain::run(&plain::read::folder(&given).unwrap()).unwrap();
        assert!(plainly.len() > 60, "{} tables", plainly.len());
        for (name, table) in &plainly {
            let path = out.join(format!("{name}.csv"));
            if !path.is_file() {
                faults.push(format!("seed {seed}: {name} is not there"));
                continue;
            }
            let (expected, found) = (Cells::plain(table), Cells::read(&path));
            let compared = shared(&expected, &found);
            let (expected, found) = (settled(expected), settled(found));
            for fault in differences(&expected, &found, &compared) {
                faults.push(format!("seed {seed}: {name}: {fault}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_same_folder_in_twice_gives_the_same_bytes_out() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("in");
    plain::invent::invent(7, plain::invent::Size::default(), &given).unwrap();
    let outs = [folder.path().join("first"), folder.path().join("second")];
    for out in &outs {
        run(&given, out, &["--all"]);
    }
    let names = |out: &Path| -> BTreeSet<_> {
        std::fs::read_dir(out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect()
    };
    assert_eq!(names(&outs[0]), names(&outs[1]));
    for name in names(&outs[0]) {
        let [first, second] = [0, 1].map(|n| std::fs::read(outs[n].join(&name)).unwrap());
        assert!(first == second, "{}", name.display());
    }
}

#[test]
fn what_cannot_be_read_is_named_by_row_and_column_and_its_value_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let given = folder.path().join("in");
    plain::invent::invent(7, plain::invent::Size::default(), &given).unwrap();
    let raw = given.join("cld_raw.csv");
    let whole = std::fs::read_to_string(&raw).unwrap();
    let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
    lines[4] = lines[4].replacen("-0", "-x", 1);
    std::fs::write(&raw, lines.join("\n")).unwrap();
    let out = folder.path().join("out");
    let home = Workspace::new();
    let arguments = |name: &'static str| {
        let (given, out) = (given.to_str().unwrap(), out.to_str().unwrap());
        [name, "--in", given, "--out", out].map(str::to_owned)
    };
    let run = |name| {
        let mut all = vec!["measure".to_owned(), "run".to_owned()];
        all.extend(arguments(name));
        home.run(&all)
    };
    let ended = run("ascof-2e");
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    assert!(
        ended.err.contains("row 5, column `Reporting_Period_"),
        "{}",
        ended.err
    );
    assert!(!ended.err.contains("-x"), "{}", ended.err);
    // Nothing half-done is left behind.
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 0);
    std::fs::remove_file(given.join("sus_apc.csv")).unwrap();
    let ended = run("ascof-2d");
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("`sus_apc`"), "{}", ended.err);
    let ended = run("ascof-9z");
    assert_eq!(ended.code, Some(2), "{}", ended.err);
    assert!(ended.err.contains("ascof-2a"), "{}", ended.err);
}

/// The columns that both sides have and that are compared.
fn shared(expected: &Cells, found: &Cells) -> Vec<String> {
    let there: BTreeSet<String> = found.columns().iter().map(|c| c.to_lowercase()).collect();
    expected
        .columns()
        .into_iter()
        .filter(|column| there.contains(&column.to_lowercase()))
        .filter(|column| !FREE.iter().any(|free| free.eq_ignore_ascii_case(column)))
        .collect()
}

/// Rows whose order the published code leaves open are marked, and may differ.
fn settled(cells: Cells) -> Cells {
    cells.only("stable", "1")
}
