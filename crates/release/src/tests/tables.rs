//! Whole tables: worked examples, totals, percentages, notes, and how they are written.
#![expect(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes them when it updates"
)]

use super::*;
use crate::{
    Cell, Interval, PublishedTable, RefusalReason, Share, protect, protect::NOT_YET_COMPLEMENTARY,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write;

/// The table of governance.md section 3.2.
const BY_AREA_AND_AGE: &str = "area | age | people
North | 18-64 | 12
North | 65-79 | 31
North | 80+ | 44
South | 18-64 | 4
South | 65-79 | 27
South | 80+ | 39
East | 18-64 | 18
East | 65-79 | 22
East | 80+ | 6
West | 18-64 | 25
West | 65-79 | 35
West | 80+ | 41";

fn check(rule_set: &str, text: &str, expected: &Expect) {
    let out = protect(&rules(rule_set), &table(text).unwrap()).unwrap();
    expected.assert_eq(&figures(out.published()));
}

/// The rows alone, without notes.
fn figures(table: &PublishedTable) -> String {
    table.csv().replace("\r\n", "\n")
}

#[test]
fn totals_come_from_true_values_and_need_not_add_up() {
    let with_totals = table(BY_AREA_AND_AGE)
        .unwrap()
        .with_totals("age")
        .unwrap()
        .with_totals("area")
        .unwrap();
    let out = protect(&rules("hes-sub-national"), &with_totals).unwrap();
    // By hand: 12, 31, 44 and 87 become 10, 30, 45 and 85; 304 becomes 305.
    expect![[r#"
        area,age,people
        East,18-64,20
        East,65-79,20
        East,80+,*
        East,Total,45
        North,18-64,10
        North,65-79,30
        North,80+,45
        North,Total,85
        South,18-64,*
        South,65-79,25
        South,80+,40
        South,Total,70
        West,18-64,25
        West,65-79,35
        West,80+,40
        West,Total,100
        Total,18-64,60
        Total,65-79,115
        Total,80+,130
        Total,Total,305
    "#]]
    .assert_eq(&figures(out.published()));
}

#[test]
fn the_worked_leaks_look_as_the_reference_says() {
    // governance.md 3.1: truth 8, 8, 1 under the national total 17; and 7, 6 under the rounded total.
    check(
        "hes-sub-national",
        "provider | people\nA | 8\nB | 8\nC | 1",
        &expect![[r#"
        provider,people
        A,10
        B,10
        C,*
    "#]],
    );
    check(
        "hes-national",
        "country | people\nEngland | 17",
        &expect![[r#"
        country,people
        England,17
    "#]],
    );
    check(
        "hes-sub-national",
        "place | people\nA | 7\nB | 6\nTotal | 13",
        &expect![[r#"
        place,people
        A,*
        B,*
        Total,15
    "#]],
    );
}

#[test]
fn counts_of_things_are_exempt_and_events_are_not() {
    check(
        "hes-sub-national",
        "area | people | events | things\nA | 3 | 6 | 2\nB | 20 | 41 | 3",
        &expect![[r#"
        area,people,events,things
        A,*,*,2
        B,20,40,3
    "#]],
    );
    check(
        "threshold-5",
        "area | things\nA | 3\nB | 20",
        &expect![[r#"
        area,things
        A,<5
        B,20
    "#]],
    );
}

#[test]
fn rows_lose_the_order_of_the_caller() {
    // By size, South would be known to be the smaller of the two hidden ones.
    check(
        "adult-social-care",
        "area | people\nWest | 61\n10 North | 12\nEast | 4\nSouth | 2\n9 North | 12\nTotal | 91",
        &expect![[r#"
        area,people
        9 North,10
        10 North,10
        East,c1
        South,c1
        West,60
        Total,90
    "#]],
    );
}

#[test]
fn sums_of_shown_parts_leave_hidden_parts_out() {
    check(
        "opensafely-rounding",
        "area | people\nA | 12\nB | 7\nC | 23\nTotal | 42",
        &expect![[r#"
        area,people
        A,10
        B,[REDACTED]
        C,25
        Total,35
    "#]],
    );
    let hidden = table("area | people\nA | 6\nB | 7\nC | 0\nTotal | 13").unwrap();
    let out = protect(&rules("opensafely-rounding"), &hidden).unwrap();
    assert_eq!(
        out.published().rows[3].cells,
        [Cell::Hidden {
            symbol: "[REDACTED]".into(),
            interval: Interval { low: 2, high: 14 },
            reason: "hidden because every part of this total is hidden or zero".into(),
        }]
    );
}

#[test]
fn sums_of_shown_parts_need_totals_that_are_their_parts() {
    let twice = table("group | people\na | 20\nb | 20\nTotal | 30").unwrap();
    let refused = protect(&rules("opensafely-rounding"), &twice).unwrap_err();
    assert_eq!(
        refused.reasons,
        [RefusalReason::TotalIsNotItsParts {
            column: "people".into(),
            row: 3
        }]
    );
    let alone = table("group | people\nTotal | 30").unwrap();
    let refused = protect(&rules("opensafely-rounding"), &alone).unwrap_err();
    assert_eq!(
        refused.reasons,
        [RefusalReason::TotalWithoutParts { row: 1 }]
    );
    // Where totals are true values of their own, both are fine.
    assert!(protect(&rules("hes-sub-national"), &twice).is_ok());
}

#[test]
fn percentages_are_made_from_shown_numbers() {
    // governance.md 3.1: 3 of 23 people is 13.0%, which would give the 3 away.
    let list = table("answer | people\nyes | 3\nno | 20\nTotal | 23").unwrap();
    let out = protect(&rules("adult-social-care"), &list).unwrap();
    let out = out
        .with_percentage("share", "Share", "people", Share::OfTotalOver("answer"))
        .unwrap();
    expect![[r#"
        answer,people,share
        no,20,80
        yes,c1,c1
        Total,25,100
    "#]]
    .assert_eq(&figures(out.published()));

    let large = table("area | people | events\nA | 331 | 1000\nB | 0 | 0\nC | 47 | 98").unwrap();
    let out = protect(&rules("hes-national"), &large).unwrap();
    let out = out
        .with_percentage("rate", "Rate", "people", Share::OfColumn("events"))
        .unwrap();
    // 33.1%, nothing to divide by, and 47.96 without decimals since it is of fewer than 100.
    expect![[r#"
        area,people,events,rate
        A,331,1000,33.1
        B,0,0,[z]
        C,47,98,48
    "#]]
    .assert_eq(&figures(out.published()));
    assert!(out.published().notes[0].text.contains("Percentages"));

    let refused = out
        .clone()
        .with_percentage("more", "More", "peopel", Share::OfColumn("events"));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("nearest is `people`")
    );
    let refused = out.with_percentage("rate", "Rate", "people", Share::OfColumn("events"));
    assert!(refused.is_err());
}

#[test]
fn every_table_that_can_hide_says_what_has_not_been_done() {
    let content = content();
    for name in RuleSet::names(&content) {
        let rules = RuleSet::read(&content, &name).unwrap();
        let out = protect(&rules, &table("area | people\nA | 50").unwrap()).unwrap();
        let text = out.published().notes_text();
        assert_eq!(
            text.contains(NOT_YET_COMPLEMENTARY),
            rules.hides(),
            "{name}"
        );
        assert!(
            text.contains(&format!("Rule set {name}, version 1")),
            "{name}"
        );
        assert!(text.contains("Source: invented"), "{name}");
    }
}

#[test]
fn a_terminal_table_reads_well() {
    let text = "area | people\nNorth | 1204\nSouth | 3\nTotal | 1207";
    let out = protect(&rules("hes-sub-national"), &table(text).unwrap()).unwrap();
    expect![[r#"
        A table

        area   people
        ─────  ──────
        North   1,205
        South       *
        Total   1,205

        Source: invented
        0: shown as it is.
        * = 1 to 7: hidden, because the number is between 1 and 7.
        8 or more: rounded to the nearest 5.
        Totals are made from the true numbers and then treated like any other number, so parts need not add up to them.
        Standardised rates, their intervals and regression results are exempt from this rule.
        Means and medians over 1 to 7 are shown as *.
        Complementary suppression has not been applied yet: hidden cells may be worked out from totals.
        Rule set hes-sub-national, version 1: Hospital figures below national level (HES, ECDS). Source of the rule: NHS England secondary care disclosure rule, as cited in agreements as the HES Analysis Guide.
    "#]]
    .assert_eq(&out.published().terminal());
}

#[test]
fn json_can_be_read_back_as_a_published_table() {
    let out = protect(&rules("hes-sub-national"), &table(BY_AREA_AND_AGE).unwrap()).unwrap();
    let json = out.published().json().unwrap();
    assert_eq!(&PublishedTable::from_json(&json).unwrap(), out.published());
    assert!(json.contains(r#"{"hidden":{"symbol":"*","interval":{"low":1,"high":7},"#));
    assert_eq!(serde_json::to_string(&out).unwrap(), json);
}

/// A table of two dimensions with counts as given, zeros included.
fn grid(counts: &[Vec<u64>]) -> Option<CountTable> {
    let mut text = "row | column | people".to_owned();
    for (r, row) in counts.iter().enumerate() {
        for (c, count) in row.iter().enumerate() {
            write!(text, "\nr{r} | c{c} | {count}").ok()?;
        }
    }
    table(&text).ok()
}

proptest! {
    #[test]
    fn shown_cells_hold_the_truth_and_totals_are_what_the_rule_says(
        counts in prop::collection::vec(prop::collection::vec(0u64..60, 3), 1..5),
        summed in any::<bool>(),
    ) {
        let Some(parts) = grid(&counts) else { return Ok(()); };
        let whole = parts.with_totals("column").unwrap().with_totals("row").unwrap();
        let rules = rules(if summed { "opensafely-rounding" } else { "hes-sub-national" });
        let out = protect(&rules, &whole).unwrap();
        prop_assert_eq!(out.published().rows.len(), (counts.len() + 1) * 4);
        for row in &out.published().rows {
            // Slowly, from the numbers that went in.
            let index = |label: &Option<String>| label.as_ref().map(|l| l[1..].parse::<usize>().unwrap());
            let (r, c) = (index(&row.labels[0]), index(&row.labels[1]));
            let mut truth = 0;
            let mut shown_sum = 0;
            for (i, line) in counts.iter().enumerate() {
                for (j, n) in line.iter().enumerate() {
                    if r.is_none_or(|r| r == i) && c.is_none_or(|c| c == j) {
                        truth += n;
                        shown_sum += if (1..=7).contains(n) { 0 } else { (n + 2) / 5 * 5 };
                    }
                }
            }
            let total = r.is_none() || c.is_none();
            match &row.cells[0] {
                Cell::Shown { value, interval } => {
                    prop_assert!(interval.low <= truth && truth <= interval.high);
                    let expected = if summed && total { shown_sum } else { (truth + 2) / 5 * 5 };
                    prop_assert_eq!(*value, expected);
                }
                Cell::Hidden { interval, .. } => {
                    prop_assert!(interval.low <= truth && truth <= interval.high);
                    prop_assert!((summed && total) || (1..=7).contains(&truth));
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
