//! Samples of every dataset that content has, held against the whole check.

use super::{Judge, made, vary::Maker, whole};
use crate::table::{Reader, Table};
use land::check::{CheckSettings, Specification};
use model::{Dataset, NhsNumber};

fn sample(name: &str, rows: u64, seed: u64) -> Vec<Vec<String>> {
    let content = crate::content(None).unwrap();
    let specification = Specification::read(&content, name).unwrap();
    let settings = CheckSettings::on("2026-01-15".parse().unwrap());
    let judge = Judge::new(&specification, settings.clone()).unwrap();
    let mut maker = Maker::new(&specification, &content, seed).unwrap();
    assert!(
        maker
            .keep_those_that_fit(settings.today, |rows| judge.fit(rows))
            .unwrap(),
        "{name}"
    );
    let numbers: Vec<u64> = (0..rows).collect();
    made(&numbers, &mut maker, &judge).unwrap()
}

#[test]
fn every_row_of_a_sample_of_every_dataset_keeps_the_rules_about_rows_and_about_the_file() {
    let content = crate::content(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in Dataset::names(&content) {
        let specification = Specification::read(&content, &name).unwrap();
        let path = folder.path().join("sample.csv");
        let file = std::fs::File::create(&path).unwrap();
        let mut table = Table::new(file, Reader::Forwarded).unwrap();
        let fields = &specification.dataset().fields;
        table.row(fields.iter().map(|f| f.name.as_str())).unwrap();
        for row in sample(&name, 300, 7) {
            table.row(row.iter().map(String::as_str)).unwrap();
        }
        drop(table);
        let settings = CheckSettings::on("2026-01-15".parse().unwrap());
        let mut rejecting = whole(&path, &specification, settings).unwrap();
        // Small tables of reference have fewer keys than a sample has rows; the command says so where it is so.
        let across = ["duplicate", "varies", "group", "pair", "tally"];
        rejecting.retain(|code| {
            let rule = specification.rule(code).unwrap();
            !across.contains(&rule.kind())
        });
        assert!(rejecting.is_empty(), "{name}: {rejecting:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_rows_and_people_are_of_the_test_range() {
    let name = "deaths";
    let rows = sample(name, 200, 1);
    assert_eq!(rows, sample(name, 200, 1));
    assert_ne!(rows, sample(name, 200, 2));
    let mut numbers: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    // Some examples have no number, and then neither have the rows made from them.
    numbers.retain(|number| !number.is_empty());
    let with_number = numbers.len();
    assert!(with_number > 50, "{with_number}");
    assert!(
        numbers
            .iter()
            .all(|n| n.starts_with("999") && NhsNumber::parse(n).is_ok())
    );
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), with_number);
}
