//! Each regime on every count from 0 to 60 and beyond, against the rule written out a second time by
//! hand, and its intervals against all counts tried one by one.

use super::*;
use crate::rules::Mark;
use std::collections::BTreeMap;

/// To the nearest five, by the last digit.
fn five(n: u64) -> String {
    let (tens, last) = (n / 10 * 10, n % 10);
    let nearest = match last {
        0..=2 => tens,
        3..=7 => tens + 5,
        _ => tens + 10,
    };
    nearest.to_string()
}

/// 1 to 6 become 3, 7 to 12 become 9, 13 to 18 become 15 and so on, by counting up.
fn middle_of_six(n: u64) -> String {
    let mut group = (1..=6, 3);
    while !group.0.contains(&n) {
        group = (group.0.start() + 6..=group.0.end() + 6, group.1 + 6);
    }
    group.1.to_string()
}

fn as_is(n: u64) -> String {
    n.to_string()
}

/// The table of governance.md section 2: zero, the largest small number and what stands for small
/// ones, and the rest.
fn by_hand(name: &str, n: u64) -> String {
    type Rest = fn(u64) -> String;
    let (zero, largest_small, small, rest): (&str, u64, &str, Rest) = match name {
        "hes-sub-national" => ("0", 7, "*", five),
        "hes-national" => ("0", 0, "", as_is),
        "hes-before-2018" => ("0", 5, "*", as_is),
        "hes-central-variant" => ("0", 7, "5", five),
        "opensafely-rounding" => ("0", 7, "[REDACTED]", five),
        "opensafely-midpoint-6" => ("0", 6, "3", middle_of_six),
        "adult-social-care" => ("0", 4, "c1", five),
        "friends-and-family" => ("0", 4, "*", as_is),
        "threshold-3" => ("0", 2, "*", as_is),
        "threshold-5" => ("0", 4, "<5", as_is),
        "threshold-10" => ("*", 9, "*", as_is),
        "threshold-10-rounded-5" => ("0", 9, "*", five),
        _ => panic!("write {name} out by hand here"),
    };
    match n {
        0 => zero.to_owned(),
        n if n <= largest_small => small.to_owned(),
        n => rest(n),
    }
}

fn shown(rules: &RuleSet, n: u64) -> String {
    match rules.mark(n) {
        Mark::Number(value) => value.to_string(),
        Mark::Symbol(hide) => hide.symbol.clone(),
    }
}

#[test]
fn every_regime_shows_what_the_reference_says() {
    let content = content();
    let names = RuleSet::names(&content);
    assert_eq!(names.len(), 12);
    for name in names {
        let rules = RuleSet::read(&content, &name).unwrap();
        for n in (0..=60).chain(990..=1010) {
            assert_eq!(shown(&rules, n), by_hand(&name, n), "{n} under {name}");
        }
    }
}

#[test]
fn intervals_hold_exactly_the_counts_that_are_shown_so() {
    let content = content();
    for name in RuleSet::names(&content) {
        let rules = RuleSet::read(&content, &name).unwrap();
        let mut behind: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for n in 0..=2_000 {
            behind.entry(by_hand(&name, n)).or_default().push(n);
        }
        for (mark, counts) in behind {
            // Near the end of the tried range some counts are missing.
            if counts.contains(&1_990) || counts[0] > 1_980 {
                continue;
            }
            let interval = match mark.parse() {
                Ok(number) => rules.interval_of_number(number),
                Err(_) => rules.interval_of_symbol(&mark),
            }
            .unwrap();
            let tried: Vec<u64> = (interval.low..=interval.high).collect();
            assert_eq!(tried, counts, "{mark} under {name}");
        }
    }
}

#[test]
fn the_star_of_the_hospital_rule_is_1_to_7_and_a_shown_10_at_least_8() {
    let rules = rules("hes-sub-national");
    let interval = |i: Option<crate::Interval>| i.map(|i| (i.low, i.high));
    assert_eq!(interval(rules.interval_of_symbol("*")), Some((1, 7)));
    assert_eq!(interval(rules.interval_of_number(0)), Some((0, 0)));
    assert_eq!(interval(rules.interval_of_number(10)), Some((8, 12)));
    assert_eq!(interval(rules.interval_of_number(15)), Some((13, 17)));
    assert_eq!(interval(rules.interval_of_number(5)), None);
    assert_eq!(interval(rules.interval_of_number(11)), None);
    assert_eq!(interval(rules.interval_of_symbol("c")), None);
}

#[test]
fn a_number_once_shown_is_shown_the_same_again() {
    let content = content();
    for name in RuleSet::names(&content) {
        let rules = RuleSet::read(&content, &name).unwrap();
        for n in 0..=5_000 {
            if let Mark::Number(value) = rules.mark(n) {
                // Under the central variant a hidden number is shown as 5, which is again 5.
                assert_eq!(rules.mark(value), Mark::Number(value), "{n} under {name}");
            }
        }
    }
}

#[test]
fn averages_are_shown_from_the_stated_size() {
    for (name, over, expected) in [
        ("hes-sub-national", 7, false),
        ("hes-sub-national", 8, true),
        ("hes-national", 1, true),
        ("hes-national", 0, false),
        ("adult-social-care", 4, false),
        ("adult-social-care", 5, true),
        ("hes-central-variant", 7, false),
        ("opensafely-rounding", 7, false),
        ("opensafely-rounding", 8, true),
        ("threshold-10", 9, false),
    ] {
        assert_eq!(
            rules(name).average_may_be_shown(over),
            expected,
            "{over} under {name}"
        );
    }
}

#[test]
fn the_largest_counts_do_not_overflow() {
    let content = content();
    for name in RuleSet::names(&content) {
        let rules = RuleSet::read(&content, &name).unwrap();
        for n in [u64::MAX, u64::MAX - 1, u64::MAX - 3] {
            assert!(matches!(rules.mark(n), Mark::Number(_)), "{name}");
        }
    }
}

#[test]
fn rule_sets_with_a_mistake_are_not_read() {
    let whole = "name = \"x\"\ntitle = \"x\"\nversion = \"1\"\nsource = \"x\"\nstanding = \"verified\"\ntotals = \"true_values\"\npercentages = \"from_shown_numbers\"\nexempt = []\nnotes = []\n";
    for (bands, expected) in [
        ("", "missing field `band`"),
        ("band = []", "there is no `[[band]]`"),
        ("[[band]]\nfrom = 1\nshow = \"as_is\"", "begins at 1"),
        (
            "[[band]]\nfrom = 0\nto = 3\nshow = \"as_is\"",
            "no band says what happens from 4 upwards",
        ),
        (
            "[[band]]\nfrom = 0\nto = 3\nshow = \"as_is\"\n[[band]]\nfrom = 3\nshow = \"as_is\"",
            "begins at 3",
        ),
        (
            "[[band]]\nfrom = 0\nshow = { hidden = { symbol = \"*\", because = \"x\" } }",
            "give it an end",
        ),
        (
            "[[band]]\nfrom = 0\nto = 4\nshow = { hidden = { symbol = \"5\", because = \"x\" } }",
            "could be read as a number",
        ),
        (
            "[[band]]\nfrom = 0\nshow = { rounded = { base = 10 } }",
            "rounding to 10 has ties",
        ),
        (
            "[[band]]\nfrom = 0\nshow = { midpoint = { base = 6 } }",
            "zero has no midpoint",
        ),
        (
            "[[band]]\nfrom = 0\nshow = \"as_is\"\nextra = 1",
            "unknown field `extra`",
        ),
    ] {
        let text = format!("{whole}{bands}");
        let content = Content::from_files([("releases/x.toml".to_owned(), text.into_bytes())]);
        let mistake = RuleSet::read(&content, "x").unwrap_err().to_string();
        assert!(mistake.contains(expected), "{mistake}");
    }
    let missing = RuleSet::read(&content(), "hes-subnational").unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("releases/hes-sub-national.toml")
    );
}
