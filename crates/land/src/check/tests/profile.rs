//! What a file says about its sender, against counts made row by row, and the period worked out by hand.

use super::{check_bytes, content, settings, specification};
use crate::check::{Period, Profile, Specification, codes::records};
use model::{Content, Date};
use std::collections::{BTreeMap, BTreeSet};

fn headline(profile: &Profile, name: &str) -> u64 {
    let found = profile.headlines.iter().find(|h| h.name == name).unwrap();
    assert!(found.exact);
    found.value
}

fn period(from: &str, to: &str) -> Period {
    Period {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

#[test]
fn the_example_is_counted_row_by_row() {
    let specification = specification("cld-r2");
    let content = content();
    let path = "datasets/cld-r2/examples/example.csv";
    let rows = records(content.text(path).unwrap());
    let at = |name: &str| rows[0].iter().position(|h| h == name).unwrap();
    let (nhs, key, kind) = (
        at("NHS Number"),
        at("LA Person Unique Identifier"),
        at("Event Type"),
    );
    let (client, starts, ends) = (
        at("Client Type"),
        at("Event Start Date"),
        at("Event End Date"),
    );
    let person = |row: &Vec<String>| match row[nhs].as_str() {
        "" => format!("key {}", row[key]),
        number => number.to_owned(),
    };
    let people: BTreeSet<String> = rows[1..].iter().map(person).collect();
    let carers: BTreeSet<String> = rows[1..]
        .iter()
        .filter(|row| row[client] == "Unpaid carer")
        .map(person)
        .collect();
    for (batch_rows, threads) in [(8192, 1), (7, 3)] {
        let bytes = content.bytes(path).unwrap();
        let found = check_bytes(
            &specification,
            bytes,
            settings("2026-01-15", None),
            batch_rows,
            threads,
        );
        let profile = found.outcome.profile;
        assert_eq!(headline(&profile, "people"), people.len() as u64);
        assert_eq!(headline(&profile, "carers"), carers.len() as u64);
        let of = |wanted: &str| rows[1..].iter().filter(|row| row[kind] == wanted).count() as u64;
        assert_eq!(headline(&profile, "requests"), of("Request"));
        assert_eq!(headline(&profile, "services"), of("Service"));
        let mut ended: BTreeMap<String, u64> = BTreeMap::new();
        let mut open: BTreeMap<String, u64> = BTreeMap::new();
        let day = |text: &str| Date::parse_from_str(text, "%d/%m/%Y").ok();
        for row in &rows[1..] {
            if let Some(end) = day(&row[ends]).filter(|_| row[kind] == "Request") {
                *ended.entry(end.format("%Y-%m").to_string()).or_default() += 1;
            }
            if row[kind] == "Service" {
                let start = day(&row[starts]).unwrap().format("%Y-%m").to_string();
                let end = day(&row[ends]).map(|d| d.format("%Y-%m").to_string());
                for month in 1..=12 {
                    let month = format!("2025-{month:02}");
                    if start <= month && end.as_ref().is_none_or(|end| *end >= month) {
                        *open.entry(month).or_default() += 1;
                    }
                }
            }
        }
        assert_eq!(profile.stated, Some(period("2025-01-01", "2025-12-31")));
        assert_eq!(profile.months.len(), 12);
        for month in &profile.months {
            let counted = |counts: &BTreeMap<String, u64>| {
                counts.get(&month.month).copied().unwrap_or_default()
            };
            assert_eq!(month.series["requests"], counted(&ended), "{}", month.month);
            assert_eq!(
                month.series["services_open"],
                counted(&open),
                "{}",
                month.month
            );
        }
        assert_eq!(profile.outside["requests"], 0);
        let json = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    }
}

/// Events of four kinds, each with the day on which it ends.
fn events() -> Specification {
    let dataset = r#"
name = "events"
title = "Events"
version = "1"
source = "nobody"
table = "event"
[monthly]
stated = ["start", "stop"]
[monthly.derived]
series = ["a", "b", "c", "d"]
share = 0.02
may_lack = 1
small_file = 100
[[monthly.series]]
name = "a"
title = "A ended"
rows = "kind = 'a'"
on = "ended"
[[monthly.series]]
name = "b"
title = "B ended"
rows = "kind = 'b'"
on = "ended"
[[monthly.series]]
name = "c"
title = "C ended"
rows = "kind = 'c'"
on = "ended"
[[monthly.series]]
name = "d"
title = "D ended"
rows = "kind = 'd'"
on = "ended"
[[field]]
name = "Kind"
column = "kind"
kind = "text"
means = "One of a, b, c and d."
[[field]]
name = "Ended"
column = "ended"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "When it ended."
[[field]]
name = "Start"
column = "start"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "The first day of the period."
[[field]]
name = "Stop"
column = "stop"
kind = "date"
layouts = ["%Y-%m-%d"]
means = "The last day of the period."
"#;
    let rules = r#"
[[rule]]
code = "E1"
severity = "warning"
scope = "file"
kind = "months"
finds = "other_period"
says = "x"
why = "x"
fix = "x"
source = "x"
[[rule]]
code = "E2"
severity = "warning"
scope = "file"
kind = "months"
finds = "thin_month"
series = ["a"]
below = 0.2
median_at_least = 10
says = "x"
why = "x"
fix = "x"
source = "x"
"#;
    let file = |path: &str, text: &str| (path.to_owned(), text.as_bytes().to_vec());
    let content = Content::from_files([
        file("datasets/events/dataset.toml", dataset),
        file("datasets/events/rules.toml", rules),
    ]);
    Specification::read(&content, "events").unwrap_or_else(|fault| panic!("{fault}"))
}

/// So many rows that end in a month, shared between kinds.
fn rows(text: &mut String, month: &str, count: usize, kinds: &str) {
    for (kind, _) in kinds.chars().cycle().zip(0..count) {
        text.push(kind);
        text.push(',');
        *text += month;
        *text += "-15,2025-04-01,2026-03-31\n";
    }
}

/// The worked example of the method for deriving the period: see the dataset's README for its source.
#[test]
fn the_period_is_derived_as_in_the_worked_example() {
    let specification = events();
    let mut text = "Kind,Ended,Start,Stop\n".to_owned();
    let full = [
        "2025-04", "2025-05", "2025-06", "2025-07", "2025-08", "2025-09", "2025-10",
    ];
    for month in full
        .into_iter()
        .chain(["2025-11", "2025-12", "2026-01", "2026-02"])
    {
        rows(&mut text, month, 86, "abcd");
    }
    rows(&mut text, "2026-03", 12, "abc");
    rows(&mut text, "2024-01", 30, "d");
    rows(&mut text, "2026-04", 5, "abcd");
    let found = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-04-20", None),
        100,
        2,
    );
    let profile = &found.outcome.profile;
    assert_eq!(profile.derived, Some(period("2025-04-01", "2026-02-28")));
    assert_eq!(profile.stated, Some(period("2025-04-01", "2026-03-31")));
    assert_eq!(profile.months.len(), 12);
    // 30 of January 2024 are of kind d, and of the five of April 2026 one.
    assert_eq!(profile.outside["d"], 31);
    let details: Vec<(&str, Option<&str>)> = found
        .outcome
        .file_findings
        .iter()
        .map(|f| (f.rule.as_str(), f.detail.as_deref()))
        .collect();
    // 86 rows of four kinds are 22 of the first in each month; in March 2026 it has 4 of 12, and a fifth of 22
    // is 4.4.
    let stated = "you say 1 Apr 2025 to 31 Mar 2026";
    let derived = format!("{stated}; the dates reach from 1 Apr 2025 to 28 Feb 2026");
    assert_eq!(
        details,
        [
            ("E1", Some(derived.as_str())),
            ("E2", Some("A ended: March 2026 has 4 (usual: 22)"))
        ]
    );
}

#[test]
fn a_thin_month_is_named_with_what_is_usual() {
    let specification = events();
    let mut text = "Kind,Ended,Start,Stop\n".to_owned();
    for month in 4..=12 {
        rows(&mut text, &format!("2025-{month:02}"), 20, "a");
    }
    rows(&mut text, "2026-01", 4, "a");
    rows(&mut text, "2026-02", 3, "a");
    // In the month of the check there are none yet, and the month after it is not asked for.
    let found = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-02-20", None),
        100,
        1,
    );
    let thin = found.outcome.file_findings.iter().find(|f| f.rule == "E2");
    assert_eq!(
        thin.unwrap().detail.as_deref(),
        Some("A ended: February 2026 has 3 (usual: 20)")
    );
    assert_eq!(found.outcome.profile.thin.len(), 1);
    // Nine rows a month are too few to say anything.
    let few =
        "Kind,Ended,Start,Stop\n".to_owned() + &"a,2025-05-01,2025-04-01,2025-06-30\n".repeat(9);
    let found = check_bytes(
        &specification,
        few.as_bytes(),
        settings("2026-02-20", None),
        100,
        1,
    );
    assert!(found.outcome.profile.thin.is_empty());
}

#[test]
fn in_a_small_file_every_month_with_a_row_counts() {
    let specification = events();
    let mut text = "Kind,Ended,Start,Stop\n".to_owned();
    rows(&mut text, "2025-05", 98, "abcd");
    rows(&mut text, "2024-02", 1, "d");
    let small = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-04-20", None),
        9,
        2,
    );
    assert_eq!(
        small.outcome.profile.derived,
        Some(period("2024-02-01", "2025-05-31"))
    );
    rows(&mut text, "2025-05", 1, "a");
    let whole = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-04-20", None),
        9,
        2,
    );
    assert_eq!(
        whole.outcome.profile.derived,
        Some(period("2025-05-01", "2025-05-31"))
    );
}

#[test]
fn hostile_dates_do_not_make_a_long_list() {
    let specification = events();
    let text = "Kind,Ended,Start,Stop\na,0001-01-01,0001-01-01,9999-12-31\na,9999-12-31,1900-01-01,2100-12-31\na,1950-06-01,,\n";
    let found = check_bytes(
        &specification,
        text.as_bytes(),
        settings("2026-04-20", None),
        9,
        1,
    );
    let profile = &found.outcome.profile;
    assert!(profile.months.len() <= 60, "{}", profile.months.len());
    assert_eq!(profile.stated, Some(period("0001-01-01", "9999-12-31")));
    let listed: u64 = profile.months.iter().map(|m| m.series["a"]).sum();
    assert_eq!(listed + profile.outside["a"], 3);
}
