//! Training without labels: the shares of levels among strangers are counted, those of the other classes come from
//! expectation and maximisation over the patterns of levels among candidate pairs.

use crate::{
    block::{BlockCount, Keys, LeftBlocks, OwnBlocks},
    compare::pair::{Comparer, Levels, Memory, Record, SAYS_NOTHING},
    match_model::{MatchModel, Training},
    people::{Dictionary, People, mix},
    weigh::{Counts, Parameters},
};
use std::collections::{BTreeMap, HashMap};

/// Patterns of levels, each with how many pairs have it.
pub type Patterns = BTreeMap<u64, u64>;

/// How training went.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// After each round, the rates of the classes.
    pub rates: Vec<Vec<f64>>,
    /// The greatest change of a share in each round.
    pub changes: Vec<f64>,
    /// What should be looked at.
    pub warnings: Vec<String>,
    /// The patterns that were trained on.
    pub patterns: Patterns,
    /// How many records' candidates they are.
    pub records: f64,
}

/// The levels of a pair as one number, five bits a comparison.
pub fn pattern(levels: &Levels) -> u64 {
    levels.iter().rev().fold(0, |pattern, level| (pattern << 5) | u64::from(*level))
}

/// The level of a comparison in a pattern.
pub fn level_in(pattern: u64, comparison: usize) -> u8 {
    u8::try_from((pattern >> (5 * comparison)) & 31).unwrap_or(0)
}

/// The shares of levels among strangers: exact agreement by counting values, the other levels over random pairs.
pub fn strangers(
    model: &MatchModel,
    comparer: &Comparer,
    dictionary: &Dictionary,
    left: &People,
    right: Option<&People>,
    counts: &Counts,
) -> Vec<Vec<f64>> {
    let training = &model.training;
    let other = right.unwrap_or(left);
    let (a, b) = (sample(left, 4000, training.seed), sample(other, 4000, training.seed ^ 1));
    let mut tallies: Vec<Vec<u64>> = (0..model.comparisons.len())
        .map(|at| vec![0; model.level_names(at).len()])
        .collect();
    let mut memory = Memory::default();
    let rounds = training.random_pairs.div_ceil(a.len().max(1));
    'pairs: for round in 0..rounds {
        for (at, row) in a.iter().enumerate() {
            let Some(with) = b.get((at + round) % b.len().max(1)) else {
                break 'pairs;
            };
            if right.is_none() && row == with {
                continue;
            }
            let pair = (Record::new(left, *row), Record::new(other, *with));
            let levels = comparer.levels(dictionary, &pair.0, &pair.1, &mut memory);
            for (tally, level) in tallies.iter_mut().zip(levels) {
                if let Some(slot) = usize::from(level).checked_sub(1).and_then(|at| tally.get_mut(at)) {
                    *slot += 1;
                }
            }
        }
    }
    let exact = counts.exact.iter();
    tallies
        .iter()
        .zip(exact)
        .zip(&model.comparisons)
        .map(|((tally, exact), comparison)| {
            let first_is_exact = comparison.levels.first().is_some_and(|level| {
                *level.when.get_ref() == format!("{} exact", comparison.column.get_ref())
            });
            shares(tally, exact.filter(|_| first_is_exact), training.least)
        })
        .collect()
}

/// Counts as shares; the first one may be known exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of a sample")]
fn shares(tally: &[u64], exact: Option<f64>, least: f64) -> Vec<f64> {
    let others: u64 = tally.iter().skip(usize::from(exact.is_some())).sum();
    let rest = 1.0 - exact.unwrap_or(0.0);
    let mut shares: Vec<f64> = tally
        .iter()
        .map(|count| rest * (*count as f64 + 0.5) / (others as f64 + 0.5 * tally.len() as f64))
        .collect();
    if let (Some(first), Some(exact)) = (shares.first_mut(), exact) {
        *first = exact;
    }
    normalise(&mut shares, least);
    shares
}

fn normalise(shares: &mut [f64], least: f64) {
    let sum: f64 = shares.iter().sum();
    for share in shares.iter_mut() {
        *share = if sum > 0.0 { (*share / sum).max(least) } else { least };
    }
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
}

/// Rows that a seed chooses by their ids, so that their order does not matter.
fn sample(people: &People, most: usize, seed: u64) -> Vec<usize> {
    let ranked = (0..people.len()).map(|row| (mix(people.ids().rank(row) ^ mix(seed)), row));
    let mut ranked: Vec<(u64, usize)> = ranked.collect();
    if ranked.len() > most {
        ranked.select_nth_unstable(most);
        ranked.truncate(most);
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, row)| row).collect()
}

/// The patterns among the candidates of a sample of left records, and how many records that is.
#[expect(clippy::cast_precision_loss, reason = "no file has 2 to the power of 52 records")]
pub fn candidates_of_sample(
    model: &MatchModel,
    comparer: &Comparer,
    keys: &Keys,
    dictionary: &Dictionary,
    left: &People,
    right: &People,
    threads: usize,
) -> (Patterns, f64, Vec<BlockCount>) {
    let chosen = sample(left, model.training.records, model.training.seed ^ 2);
    let records = chosen.len();
    let mut taken = vec![false; left.len()];
    for row in chosen {
        if let Some(slot) = taken.get_mut(row) {
            *slot = true;
        }
    }
    let taken = |row: usize| taken.get(row).copied().unwrap_or(false);
    let largest = model.decision.largest_block;
    let blocks = LeftBlocks::new(keys, dictionary, left, &taken);
    let mut blocks = blocks.without_giants(keys, dictionary, right, largest, threads);
    let tallies = blocks.pairs(
        keys,
        dictionary,
        right,
        threads,
        Tally::default,
        |tally, of_left, of_right| {
            let pair = (Record::new(left, of_left), Record::new(right, of_right));
            let levels = comparer.levels(dictionary, &pair.0, &pair.1, &mut tally.memory);
            tally.add(pattern(&levels));
        },
    );
    (merged(tallies), records as f64, blocks.counts().to_vec())
}

/// The patterns among candidate pairs within one file, over a sample of records.
#[expect(clippy::cast_precision_loss, reason = "no file has 2 to the power of 52 records")]
pub fn candidates_within(
    model: &MatchModel,
    comparer: &Comparer,
    blocks: &mut OwnBlocks,
    dictionary: &Dictionary,
    people: &People,
    threads: usize,
) -> (Patterns, f64) {
    let chosen = sample(people, model.training.records, model.training.seed ^ 2);
    let (all, some) = (people.len() as f64, chosen.len() as f64);
    let mut taken = vec![false; people.len()];
    for row in chosen {
        if let Some(slot) = taken.get_mut(row) {
            *slot = true;
        }
    }
    let taken = |row: usize| taken.get(row).copied().unwrap_or(false);
    let tallies = blocks.pairs(threads, Tally::default, |tally, a, b| {
        if taken(a) || taken(b) {
            let pair = (Record::new(people, a), Record::new(people, b));
            let levels = comparer.levels(dictionary, &pair.0, &pair.1, &mut tally.memory);
            tally.add(pattern(&levels));
        }
    });
    let share = some / all.max(1.0);
    (merged(tallies), all * share * (2.0 - share))
}

#[derive(Debug, Default)]
struct Tally {
    memory: Memory,
    counts: HashMap<u64, u64, ahash::RandomState>,
}

impl Tally {
    fn add(&mut self, pattern: u64) {
        *self.counts.entry(pattern).or_insert(0) += 1;
    }
}

fn merged(tallies: Vec<Tally>) -> Patterns {
    let mut all = Patterns::new();
    for tally in tallies {
        #[expect(clippy::iter_over_hash_type, reason = "sums of whole numbers in any order are the same")]
        for (pattern, count) in tally.counts {
            *all.entry(pattern).or_insert(0) += count;
        }
    }
    all
}

/// Expectation and maximisation over patterns. Strangers stay as they were counted.
pub fn train(
    training: &Training,
    start: &Parameters,
    patterns: Patterns,
    records: f64,
    strangers: f64,
) -> (Parameters, History) {
    let mut now = start.clone();
    if let Some(rate) = now.rates.first_mut() {
        *rate = strangers;
    }
    let mut history = History {
        records,
        ..History::default()
    };
    let comparisons = now.shares.first().map_or(0, Vec::len);
    for _ in 0..training.rounds {
        let (sums, totals) = expect(&now, &patterns, comparisons);
        let before = now.clone();
        maximise(training, &mut now, &sums, &totals, records);
        let change = greatest_change(&before, &now);
        history.rates.push(now.rates.clone());
        history.changes.push(change);
        if change < training.enough {
            break;
        }
    }
    warn(&now, &mut history);
    history.patterns = patterns;
    (now, history)
}

type Sums = Vec<Vec<Vec<f64>>>;

/// How many pairs of each class there are at each level, by the shares so far.
#[expect(clippy::cast_precision_loss, reason = "counts of pairs of a sample")]
fn expect(now: &Parameters, patterns: &Patterns, comparisons: usize) -> (Sums, Vec<f64>) {
    let classes = now.classes();
    let mut sums: Sums = now
        .shares
        .iter()
        .map(|of_class| of_class.iter().map(|levels| vec![0.0; levels.len()]).collect())
        .collect();
    let mut totals = vec![0.0; classes];
    for (pattern, count) in patterns {
        let mut expected = now.rates.clone();
        for (of_class, slot) in now.shares.iter().zip(&mut expected) {
            for (comparison, shares) in of_class.iter().enumerate() {
                let level = level_in(*pattern, comparison);
                if level != SAYS_NOTHING {
                    *slot *= shares.get(usize::from(level) - 1).copied().unwrap_or(1.0);
                }
            }
        }
        let all: f64 = expected.iter().sum();
        if all <= 0.0 {
            continue;
        }
        for ((share, of_class), total) in expected.iter().zip(&mut sums).zip(&mut totals) {
            let pairs = share / all * (*count as f64);
            *total += pairs;
            for comparison in 0..comparisons {
                let level = level_in(*pattern, comparison);
                let slot = usize::from(level)
                    .checked_sub(1)
                    .and_then(|level| of_class.get_mut(comparison)?.get_mut(level));
                if let Some(slot) = slot {
                    *slot += pairs;
                }
            }
        }
    }
    (sums, totals)
}

fn maximise(training: &Training, now: &mut Parameters, sums: &Sums, totals: &[f64], records: f64) {
    for class in 1..now.classes() {
        let total = totals.get(class).copied().unwrap_or(0.0);
        if now.fixed.get(class).copied().unwrap_or(true) {
            continue;
        }
        if let Some(rate) = now.rates.get_mut(class) {
            *rate = (total / records).max(1e-9);
        }
        let comparisons = now.shares.get(class).map_or(0, Vec::len);
        for comparison in 0..comparisons {
            let owner = |of: usize| now.owner.get(of).and_then(|of| of.get(comparison)).copied();
            if owner(class) != Some(class) {
                continue;
            }
            // Classes that share their shares learn them together.
            let together = (class..now.classes()).filter(|other| owner(*other) == Some(class));
            let mut summed: Vec<f64> = Vec::new();
            for other in together {
                let sums = sums.get(other).and_then(|of| of.get(comparison));
                let sums = sums.map(Vec::as_slice).unwrap_or_default();
                summed.resize(sums.len(), 0.0);
                summed.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
            }
            let all: f64 = summed.iter().sum();
            // A comparison that was hardly ever made in this class keeps what the model has.
            if all < training.fewest {
                continue;
            }
            let shares = now.shares.get_mut(class).and_then(|of| of.get_mut(comparison));
            for (share, sum) in shares.into_iter().flatten().zip(&summed) {
                *share = (sum + 0.05) / all;
            }
            if let Some(shares) = now.shares.get_mut(class).and_then(|of| of.get_mut(comparison)) {
                normalise(shares, training.least);
            }
        }
    }
    now.share_out();
}

fn greatest_change(before: &Parameters, now: &Parameters) -> f64 {
    let all = |parameters: &Parameters| -> Vec<f64> {
        parameters.shares.iter().flatten().flatten().copied().collect()
    };
    let pairs = all(before).into_iter().zip(all(now));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn warn(now: &Parameters, history: &mut History) {
    let same: f64 = now.rates.iter().zip(&now.same_person).filter(|(_, same)| **same).map(|(rate, _)| rate).sum();
    if same > 50.0 || same < 1e-6 {
        history.warnings.push(format!(
            "training found {same:.6} pairs of one person for each record, which cannot be right: the shipped shares are safer"
        ));
    }
}
