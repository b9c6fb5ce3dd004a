//! Pairs that show how a model weighs, a few from each part of the weights. Of a person nothing is told but how the
//! record is called, and not even that where it is called by its NHS number.

use super::Drawn;
use crate::{
    best::{Best, Outcome, probability},
    compare::pair::{Levels, Record},
    dedupe::Pair,
    match_model::MatchModel,
    nhs_number_key,
    people::{Ids, People},
    weigh::{Bar, BarKind},
};
use std::cmp::Ordering;

/// Longer ids are cut off.
const LONGEST: usize = 40;

/// A row of the output, as far as charts need it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    /// The record on the left.
    pub left: u32,
    /// The record on the right.
    pub right: u32,
    /// The match weight of the pair alone.
    pub pair_bits: f64,
    /// The match weight that was written.
    pub bits: f64,
    /// The level of each comparison.
    pub levels: Levels,
    /// What became of it.
    pub outcome: Outcome,
}

impl From<&Best> for Shown {
    fn from(best: &Best) -> Self {
        Self {
            left: best.left,
            right: best.right,
            pair_bits: best.pair_bits,
            bits: best.bits,
            levels: best.levels,
            outcome: best.outcome,
        }
    }
}

impl From<&Pair> for Shown {
    fn from(pair: &Pair) -> Self {
        Self {
            left: pair.left,
            right: pair.right,
            pair_bits: pair.bits,
            bits: pair.bits,
            levels: pair.levels,
            outcome: pair.outcome,
        }
    }
}

/// A pair that shows how the model weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// Why it is shown, and of which records it is.
    pub why: String,
    /// What it weighs, bar by bar.
    pub bars: Vec<Bar>,
    /// The probability that was written.
    pub probability: f64,
}

/// How a record is called, where that may be shown.
pub(super) fn id_of(people: &People, row: u32) -> Option<String> {
    if matches!(people.ids(), Ids::Numbers(_)) {
        return None;
    }
    let id = people.ids().of(row as usize);
    (nhs_number_key(&id).is_none()).then(|| id.chars().take(LONGEST).collect())
}

/// Which rows are shown: why, which, from which weight on they are near, and how many.
struct Wanted {
    why: Vec<String>,
    which: Box<dyn Fn(&Shown) -> bool>,
    near: f64,
}

fn wanted(model: &MatchModel, heaviest: f64) -> Vec<Wanted> {
    let of = |why: &[&str], outcome: Outcome, near: f64| Wanted {
        why: why.iter().map(|why| (*why).to_owned()).collect(),
        which: Box::new(move |row| row.outcome == outcome),
        near,
    };
    let up = f64::INFINITY;
    let odds = model.decision.probability / (1.0 - model.decision.probability);
    let half = f64::midpoint(odds.log2(), heaviest);
    let mut all = vec![
        of(&["The heaviest link"], Outcome::Link, up),
        of(&["A link of middling weight"], Outcome::Link, half),
        of(
            &["The lightest link", "The next lightest link"],
            Outcome::Link,
            -up,
        ),
        of(
            &[
                "The heaviest pair that is no link",
                "The next heaviest pair that is no link",
            ],
            Outcome::Weak,
            up,
        ),
        of(
            &["No link, for another person is nearly as good"],
            Outcome::Close,
            up,
        ),
    ];
    all.extend(model.vetoes.iter().enumerate().map(|(at, veto)| {
        let why = format!("Never a link: {}", veto.says);
        of(&[&why], Outcome::Vetoed(at), up)
    }));
    all.push(of(
        &["The lightest pair that was written"],
        Outcome::Weak,
        -up,
    ));
    all
}

/// How far a weight is from where it is looked for; of an end, the side counts.
fn distance(bits: f64, near: f64) -> f64 {
    if near == f64::INFINITY {
        -bits
    } else if near == f64::NEG_INFINITY {
        bits
    } else {
        (bits - near).abs()
    }
}

/// The pairs that are shown. Which they are depends on weights and ids, not on the order of rows; none stands twice.
pub(super) fn examples(drawn: &Drawn<'_>) -> Vec<Example> {
    let sides = drawn.sides;
    let (left, right) = (sides.left, sides.right);
    let rank = |row: &Shown| {
        let of = |people: &People, at: u32| people.ids().rank(at as usize);
        (of(left, row.left), of(right, row.right))
    };
    let links = (drawn.rows)().filter(|row| row.outcome == Outcome::Link);
    let heaviest = links.map(|row| row.bits).fold(f64::NEG_INFINITY, f64::max);
    let mut taken: Vec<(u32, u32)> = Vec::new();
    let mut examples = Vec::new();
    for Wanted { why, which, near } in wanted(sides.model, heaviest) {
        let order = |a: &Shown, b: &Shown| {
            let nearer = distance(a.bits, near).total_cmp(&distance(b.bits, near));
            nearer.then_with(|| rank(a).cmp(&rank(b)))
        };
        for why in why {
            let free = |row: &Shown| which(row) && !taken.contains(&(row.left, row.right));
            let nearest = (drawn.rows)().filter(free).reduce(|best, row| {
                if order(&row, &best) == Ordering::Less {
                    row
                } else {
                    best
                }
            });
            let Some(row) = nearest else {
                break;
            };
            taken.push((row.left, row.right));
            examples.push(example(drawn, &why, &row));
        }
    }
    examples
}

fn example(drawn: &Drawn<'_>, why: &str, row: &Shown) -> Example {
    let sides = drawn.sides;
    let (a, b) = (
        Record::new(sides.left, row.left as usize),
        Record::new(sides.right, row.right as usize),
    );
    let mut bars = drawn.weigher.bars(sides.model, &row.levels, &a, &b);
    let others = row.bits - row.pair_bits;
    if others.abs() > f64::EPSILON {
        bars.push(Bar {
            kind: BarKind::OtherCandidates,
            name: "Other candidates, and whether the person is there at all".to_owned(),
            level: String::new(),
            bits: others,
        });
    }
    let ids = (id_of(sides.left, row.left), id_of(sides.right, row.right));
    let of = match ids {
        (Some(left), Some(right)) => format!(": records {left} and {right}"),
        (Some(one), None) | (None, Some(one)) => format!(": record {one}"),
        (None, None) => String::new(),
    };
    Example {
        why: format!("{why}{of}"),
        bars,
        probability: probability(row.bits),
    }
}
