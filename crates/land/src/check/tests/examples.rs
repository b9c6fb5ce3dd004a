//! The examples beside each rule, and the example files of each dataset.

use super::{check_bytes, content, settings, specification};
use crate::check::{Specification, codes::records};
use model::{Dataset, Level};
use std::collections::BTreeMap;

#[test]
fn every_rule_does_what_its_examples_say() {
    let content = content();
    for name in Dataset::names(&content) {
        let specification =
            Specification::read(&content, &name).unwrap_or_else(|fault| panic!("{fault}"));
        if specification.rules().is_empty() {
            continue;
        }
        let faults: Vec<String> = specification
            .check_examples()
            .iter()
            .map(|fault| format!("{}: {}", fault.rule, fault.says))
            .collect();
        assert!(faults.is_empty(), "{name}:\n{}", faults.join("\n"));
    }
}

#[test]
fn every_rule_says_why_and_what_to_do_in_few_words() {
    let content = content();
    for name in Dataset::names(&content) {
        for rule in specification(&name).rules() {
            let code = &rule.code;
            assert!(rule.says.chars().count() <= 92, "{code}: {}", rule.says);
            assert!(!rule.why.is_empty() && !rule.fix.is_empty(), "{code}");
            assert!(!rule.source.is_empty(), "{code}");
            for word in ["invalid", "please", "oops"] {
                let text = format!("{} {}", rule.says, rule.fix).to_lowercase();
                assert!(!text.contains(word), "{code} says {word}");
            }
        }
    }
}

#[test]
fn the_example_with_faults_gives_exactly_the_expected_errors() {
    let specification = specification("cld-r2");
    let content = content();
    let folder = "datasets/cld-r2/examples";
    let file = content
        .bytes(&format!("{folder}/example_with_errors.csv"))
        .unwrap();
    let found = check_bytes(&specification, file, settings("2026-01-15", None), 8192, 2);
    let mut errors: Vec<(Option<u64>, String, String)> = found
        .findings
        .iter()
        .filter(|f| f.level.rejects())
        .map(|f| (f.row, f.field.clone().unwrap_or_default(), f.rule.clone()))
        .collect();
    errors.sort();
    let expected = records(
        content
            .text(&format!("{folder}/example_with_errors.expected.csv"))
            .unwrap(),
    );
    let wanted = |severity: &str| {
        let mut wanted: Vec<(Option<u64>, String, String)> = expected
            .iter()
            .skip(1)
            .filter(|r| r[5] == severity)
            .map(|r| (r[1].parse().ok(), r[3].clone(), r[4].clone()))
            .collect();
        wanted.sort();
        wanted
    };
    assert_eq!(errors, wanted("error"));
    for warning in wanted("warning") {
        let is_found = found.findings.iter().any(|f| {
            f.level == Level::Warning
                && (
                    f.row,
                    f.field.as_deref().unwrap_or_default(),
                    f.rule.as_str(),
                ) == (warning.0, warning.1.as_str(), warning.2.as_str())
        });
        assert!(is_found, "{warning:?}");
    }
    assert!(found.outcome.is_file_rejected());
    let mut rows: std::collections::BTreeSet<u64> = errors.iter().filter_map(|e| e.0).collect();
    // Two dates of birth are told once, and concern every row of the person.
    rows.extend([36, 37, 38, 39]);
    assert_eq!(found.outcome.rows_rejected, rows.len() as u64);
    assert_eq!(found.outcome.rows_in, 62);
    assert_eq!(
        found.outcome.rows_accepted + found.outcome.rows_rejected,
        62
    );
}

#[test]
fn the_clean_example_has_no_errors() {
    let specification = specification("cld-r2");
    let content = content();
    let file = content
        .bytes("datasets/cld-r2/examples/example.csv")
        .unwrap();
    let found = check_bytes(
        &specification,
        file,
        settings("2026-01-15", Some("503")),
        7,
        2,
    );
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &found.findings {
        *by_rule.entry(&finding.rule).or_default() += 1;
        assert!(!finding.level.rejects(), "{finding:?}");
    }
    // 58 rows have an NHS number, each in the range for tests, and 3 have none.
    let expected = BTreeMap::from([
        ("CLD-A008", 1),
        ("CLD-P001", 3),
        ("CLD-P006", 58),
        ("CLD-P041", 2),
        // Row 48 has no assessment before it; row 61 links two people who are said to have no carer.
        ("CLD-X016", 1),
        ("CLD-X020", 2),
    ]);
    assert_eq!(by_rule, expected);
    assert_eq!(found.outcome.rows_accepted, 61);
    let rows: usize = found
        .accepted
        .iter()
        .map(arrow_array::RecordBatch::num_rows)
        .sum();
    assert_eq!(rows, 61);
}

#[test]
fn the_example_files_of_every_dataset_have_no_errors() {
    let content = content();
    let mut checked = 0;
    for name in Dataset::names(&content) {
        let specification = specification(&name);
        let folder = format!("datasets/{name}/examples");
        for file in content.list(&folder) {
            let is_clean = file == "example.csv" || file.ends_with(".csv.gz");
            if !is_clean {
                continue;
            }
            let bytes = content.bytes(&format!("{folder}/{file}")).unwrap();
            let found = check_bytes(&specification, bytes, settings("2026-01-15", None), 500, 2);
            let rejecting: Vec<_> = found
                .findings
                .iter()
                .filter(|f| f.level.rejects())
                .collect();
            assert!(
                rejecting.is_empty(),
                "{name}/{file}: {:?}",
                rejecting.first()
            );
            assert!(found.outcome.rows_accepted > 0, "{name}/{file}");
            checked += 1;
        }
    }
    assert!(checked >= 10, "{checked}");
}

/// The guide for those who write rules, which is written by hand, names all that there is.
#[test]
fn the_guide_names_every_function_value_and_kind() {
    let guide = include_str!("../../../../../docs/rules.md");
    for (usage, means) in crate::check::functions() {
        assert!(guide.contains(&format!("`{usage}`")), "{usage}");
        assert!(guide.contains(means), "{means}");
    }
    for (value, means) in crate::check::values() {
        assert!(guide.contains(&format!("`{value}`")), "{value}");
        assert!(guide.contains(means), "{means}");
    }
    for name in Dataset::names(&content()) {
        for rule in specification(&name).rules() {
            assert!(
                guide.contains(&format!("`{}`", rule.kind())),
                "{}",
                rule.kind()
            );
        }
    }
}

/// Every rule of the reference is a rule here or is listed with the reason why it is not.
#[test]
fn every_rule_of_the_reference_exists_or_is_listed_with_a_reason() {
    let content = content();
    let later = content.text("datasets/cld-r2/rules-not-yet.md").unwrap();
    let releases = ["cld-r1", "cld-r2"].map(specification);
    let families = [
        ("F", 20),
        ("S", 18),
        ("P", 60),
        ("E", 30),
        ("Q", 6),
        ("A", 10),
        ("V", 20),
        ("W", 9),
        ("L", 6),
        ("C", 14),
        ("X", 25),
        ("H", 15),
    ];
    for (family, count) in families {
        for number in 1..=count {
            let code = format!("CLD-{family}{number:03}");
            let exists = releases.iter().any(|release| release.rule(&code).is_some());
            let listed = later.contains(&format!("| {code} |"));
            assert!(exists != listed, "{code}: exists {exists}, listed {listed}");
        }
    }
}

#[test]
fn rules_about_the_sender_are_named_when_the_sender_is_not_known() {
    let specification = specification("cld-r2");
    let content = content();
    let file = content
        .bytes("datasets/cld-r2/examples/example.csv")
        .unwrap();
    let unknown = check_bytes(&specification, file, settings("2026-01-15", None), 100, 1);
    let not_checked = unknown.outcome.not_checked.iter();
    let of_sender: Vec<&String> = not_checked.filter(|c| !c.starts_with("CLD-H")).collect();
    assert_eq!(of_sender, ["CLD-S005"]);
    assert!(!unknown.outcome.is_file_rejected());
    let other = check_bytes(
        &specification,
        file,
        settings("2026-01-15", Some("991")),
        100,
        1,
    );
    let mut not_checked = other.outcome.not_checked.iter();
    assert!(not_checked.all(|c| c.starts_with("CLD-H")));
    assert!(other.outcome.is_file_rejected());
}
