//! A rule on its way from draft to reject, day by day.

use super::{check_bytes, settings};
use crate::check::{Report, Shown, Specification, Stage};
use model::{Content, Level};

const DATASET: &str = r#"
name = "visits"
title = "Visits"
version = "1"
source = "nobody"
table = "visit"
[[field]]
name = "Start"
column = "start"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "When it began."
[[field]]
name = "Stop"
column = "stop"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "When it ended."
"#;

fn content(stages: &str) -> Content {
    let rules = format!(
        r#"[[rule]]
code = "V1"
severity = "error"
scope = "record"
kind = "condition"
fields = ["stop"]
when = "stop < start"
{stages}
says = "x"
why = "x"
fix = "x"
source = "x"
[[rule]]
code = "V2"
severity = "error"
scope = "file"
kind = "once"
fields = ["stop"]
when = "stop < start"
{stages}
says = "x"
why = "x"
fix = "x"
source = "x"
"#
    );
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    Content::from_files([
        file("datasets/visits/dataset.toml", DATASET),
        file("datasets/visits/rules.toml", &rules),
    ])
}

const STAGES: &str = r#"stages = [
    { from = 2026-09-01, stage = "shadow" },
    { from = 2027-01-01, stage = "warning" },
    { from = 2027-04-01, stage = "reject" },
]"#;

const FILE: &[u8] =
    b"Start,Stop\n2026-01-02,2026-01-01\n2026-01-02,2026-01-03\n2026-01-02,2026-01-01\n";

/// Levels of findings, rows set aside, and what the shadow counts.
type Found = (Vec<Level>, u64, Vec<(String, Option<u64>)>);

/// What is found on a day.
fn on(today: &str) -> Found {
    let specification = Specification::read(&content(STAGES), "visits").unwrap();
    let found = check_bytes(&specification, FILE, settings(today, None), 1, 2);
    let levels = found.findings.iter().map(|f| f.level).collect();
    let outcome = &found.outcome;
    let shadow = outcome.shadow.iter();
    let report = |shown| Report::new(&specification, outcome, &found.gathering, "x", shown);
    assert!(report(Shown::Cells).shadow.is_empty());
    assert_eq!(report(Shown::PlacesOnly).shadow, outcome.shadow);
    let tallied = found
        .gathering
        .tally()
        .causes()
        .map(|t| t.rows)
        .sum::<u64>();
    assert_eq!(
        tallied,
        found.findings.iter().filter(|f| f.row.is_some()).count() as u64
    );
    (
        levels,
        outcome.rows_rejected,
        shadow.map(|s| (s.rule.clone(), s.rows)).collect(),
    )
}

#[test]
fn the_day_of_the_check_decides() {
    let counted = vec![("V2".to_owned(), None), ("V1".to_owned(), Some(2))];
    assert_eq!(on("2026-08-31"), (Vec::new(), 0, Vec::new()));
    assert_eq!(on("2026-09-01"), (Vec::new(), 0, counted.clone()));
    assert_eq!(on("2026-12-31"), (Vec::new(), 0, counted));
    assert_eq!(on("2027-01-01"), (vec![Level::Warning; 3], 0, Vec::new()));
    assert_eq!(on("2027-03-31"), (vec![Level::Warning; 3], 0, Vec::new()));
    let full = vec![Level::RejectRow, Level::RejectRow, Level::RejectFile];
    assert_eq!(on("2027-04-01"), (full, 2, Vec::new()));
}

#[test]
fn a_rule_says_how_far_it_has_come() {
    let specification = Specification::read(&content(STAGES), "visits").unwrap();
    let rule = specification.rule("V1").unwrap();
    let day = |text: &str| super::day(text);
    assert_eq!(rule.stage(day("2026-08-31")), Stage::Draft);
    assert_eq!(rule.stage(day("2027-02-01")), Stage::Warning);
    assert_eq!(rule.stages_to_come(day("2027-01-01")).count(), 1);
    assert_eq!(rule.level, Level::RejectRow);
    let plain = Specification::read(&content(""), "visits").unwrap();
    assert_eq!(
        plain.rule("V1").unwrap().stage(day("1999-01-01")),
        Stage::Reject
    );
}

#[test]
fn a_mistake_in_stages_points_at_its_place() {
    let mistake = |stages: &str| {
        let fault = Specification::read(&content(stages), "visits").unwrap_err();
        fault.to_string()
    };
    expect_test::expect![[r#"
        unknown stage `shadows`
          |
        8 | stages = [{ from = 2026-09-01, stage = "shadows" }]
          |                                        ^^^^^^^^^ use one of draft, shadow, warning, reject
           content/datasets/visits/rules.toml"#]]
    .assert_eq(&mistake("stages = [{ from = 2026-09-01, stage = \"shadows\" }]"));
    expect_test::expect![[r#"
        a stage begins after the one before it, which begins 2026-09-01
          |
        8 | stages = [{ from = 2026-09-01, stage = "shadow" }, { from = 2026-09-01, stage = "reject" }]
          |                                                             ^^^^^^^^^^
           content/datasets/visits/rules.toml"#]]
    .assert_eq(&mistake(
        "stages = [{ from = 2026-09-01, stage = \"shadow\" }, { from = 2026-09-01, stage = \"reject\" }]",
    ));
    expect_test::expect![[r#"
        this is not a day
          |
        8 | stages = [{ from = 10:00:00, stage = "shadow" }]
          |                    ^^^^^^^^ write it as 2027-01-01
           content/datasets/visits/rules.toml"#]]
    .assert_eq(&mistake(
        "stages = [{ from = 10:00:00, stage = \"shadow\" }]",
    ));
}
