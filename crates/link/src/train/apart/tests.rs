//! Training block by block finds again what invented pairs were made from, and says nothing of what it cannot see.

use super::*;
use crate::{match_model::MatchModel, train::pattern};

const MODEL: &str = r#"
title = "Four columns"
kind = "link"
left_id = "id"
[[column]]
name = "a"
clean = "code"
[[column]]
name = "b"
clean = "code"
[[column]]
name = "c"
clean = "code"
[[column]]
name = "d"
clean = "code"
[[comparison]]
name = "a"
column = "a"
levels = [{ name = "equal", when = "a exact" }]
[[comparison]]
name = "b"
column = "b"
levels = [{ name = "equal", when = "b exact" }, { name = "alike", when = "b edits 1" }]
[[comparison]]
name = "c"
column = "c"
levels = [{ name = "equal", when = "c exact" }]
[[comparison]]
name = "d"
column = "d"
levels = [{ name = "equal", when = "d exact" }]
[[block]]
same = ["a"]
[[block]]
same = ["b"]
name = "by b"
[[block]]
same = ["c prefix 2"]
[strangers.levels]
a = [0.01, 0.99]
b = [0.01, 0.04, 0.95]
c = [0.02, 0.98]
d = [0.05, 0.95]
[[class]]
name = "one person"
same_person = true
rate = 0.5
[class.levels]
a = [0.8, 0.2]
b = [0.7, 0.1, 0.2]
c = [0.9, 0.1]
d = [0.6, 0.4]
[decision]
probability = 0.9
"#;

/// What the invented pairs are made from.
const TRUTH: [&[f64]; 4] = [
    &[0.92, 0.08],
    &[0.8, 0.15, 0.05],
    &[0.85, 0.15],
    &[0.75, 0.25],
];
const STRANGERS: [&[f64]; 4] = [
    &[0.01, 0.99],
    &[0.01, 0.04, 0.95],
    &[0.02, 0.98],
    &[0.05, 0.95],
];
const RECORDS: f64 = 1_000_000.0;

/// The pairs that are expected of a million records with half a person each against a thousand strangers: every
/// pattern that some rule brings, with the rules that do.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of a test"
)]
fn invented() -> Candidates {
    let mut made = Candidates {
        records: RECORDS,
        ..Candidates::default()
    };
    for at in 0..2 * 3 * 2 * 2 {
        let levels = [at % 2, at / 2 % 3, at / 6 % 2, at / 12];
        let product = |shares: &[&[f64]; 4]| -> f64 {
            shares
                .iter()
                .zip(levels)
                .map(|(of, level)| of[level])
                .product()
        };
        let pairs = RECORDS * (0.5 * product(&TRUTH) + 1000.0 * product(&STRANGERS));
        let rules = u32::from(levels[0] == 0)
            | (u32::from(levels[1] == 0) << 1)
            | (u32::from(levels[2] == 0) << 2);
        let mut packed = [0u8; crate::compare::pair::MOST];
        for (slot, level) in packed.iter_mut().zip(levels) {
            *slot = u8::try_from(level).unwrap() + 1;
        }
        if rules != 0 {
            let pairs = pairs.round() as u64;
            *made.patterns.entry(pattern(&packed)).or_insert(0) += pairs;
            made.by_rules.insert((pattern(&packed), rules), pairs);
        }
    }
    made
}

fn near(found: &[f64], expected: &[f64], by: f64) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < by, "{found:?}, expected {expected:?}");
    }
}

#[test]
fn each_block_finds_again_what_its_pairs_were_made_from() {
    let model = MatchModel::from_text(MODEL, "m.toml").unwrap();
    let mut start = Parameters::of(&model);
    start.rates[0] = 1000.0;
    let runs = by_block(&model, &start, &invented());
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["a", "by b", "c prefix 2"]);
    for (block, run) in runs.iter().enumerate() {
        // Strangers have no estimates.
        assert!(run.shares[0].iter().all(Option::is_none));
        for (comparison, truth) in TRUTH.iter().enumerate() {
            let found = &run.shares[1][comparison];
            if comparison == block {
                assert_eq!(*found, None, "a block says nothing of its own keys");
            } else {
                near(found.as_ref().unwrap(), truth, 0.005);
            }
        }
    }
    let of_a: u64 = invented()
        .by_rules
        .iter()
        .filter(|((_, rules), _)| rules & 1 != 0)
        .map(|(_, n)| n)
        .sum();
    assert_eq!(runs[0].pairs, of_a);
}

#[test]
fn blocks_are_those_that_the_model_names() {
    let text = format!("{MODEL}[training]\nblocks = [[\"a\", \"c prefix 2\"], [\"by b\"]]\n");
    let model = MatchModel::from_text(&text, "m.toml").unwrap();
    let mut start = Parameters::of(&model);
    start.rates[0] = 1000.0;
    let runs = by_block(&model, &start, &invented());
    let names: Vec<&str> = runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["a; c prefix 2", "by b"]);
    let told =
        |run: &BlockRun| -> Vec<bool> { run.shares[1].iter().map(Option::is_some).collect() };
    assert_eq!(told(&runs[0]), [false, true, false, true]);
    assert_eq!(told(&runs[1]), [true, false, true, true]);
    for (wrong, says) in [
        ("[[\"a\", \"nothing\"]]", "`nothing` is no block rule"),
        ("[[]]", "at least one block rule"),
    ] {
        let text = format!("{MODEL}[training]\nblocks = {wrong}\n");
        let message = MatchModel::from_text(&text, "m.toml")
            .unwrap_err()
            .to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_block_with_few_pairs_of_a_class_says_nothing_of_it() {
    let text = format!("{MODEL}[training]\nfewest = 1e6\n");
    let model = MatchModel::from_text(&text, "m.toml").unwrap();
    let mut start = Parameters::of(&model);
    start.rates[0] = 1000.0;
    for run in by_block(&model, &start, &invented()) {
        assert!(run.shares.iter().flatten().all(Option::is_none));
    }
}

#[test]
fn the_middle_of_the_blocks_is_taken_and_sums_to_one() {
    let all = [
        vec![0.9, 0.08, 0.02],
        vec![0.7, 0.2, 0.1],
        vec![0.6, 0.1, 0.3],
    ];
    let told: Vec<&Vec<f64>> = all.iter().collect();
    // Medians 0.7, 0.1, 0.1 of nine tenths.
    near(
        &middle(&told, 3, 1e-7),
        &[0.7 / 0.9, 0.1 / 0.9, 0.1 / 0.9],
        1e-12,
    );
    // Of two the mean; rows by themselves.
    let two = [vec![0.5, 0.5, 0.2, 0.8], vec![0.7, 0.3, 0.4, 0.6]];
    let told: Vec<&Vec<f64>> = two.iter().collect();
    near(&middle(&told, 2, 1e-7), &[0.6, 0.4, 0.3, 0.7], 1e-12);
}

#[test]
fn combined_shares_are_those_that_the_pairs_were_made_from() {
    let text = format!("{MODEL}[training]\ncombine = \"median\"\n");
    let model = MatchModel::from_text(&text, "m.toml").unwrap();
    let mut start = Parameters::of(&model);
    start.rates[0] = 1000.0;
    let (_, mut history) = crate::train::train(&model.training, &start, invented(), 1000.0);
    history.blocks = by_block(&model, &start, &history.candidates);
    let found = combined(&model, &start, &mut history);
    for (comparison, truth) in TRUTH.iter().enumerate() {
        near(found.shares_of(1, comparison), truth, 0.005);
    }
    // A tenth of one percent of the pairs of one person agree in none of the three keys.
    assert!((found.rates[1] - 0.5).abs() < 0.005, "{}", found.rates[1]);
    assert!(!history.candidates.patterns.is_empty());
}
