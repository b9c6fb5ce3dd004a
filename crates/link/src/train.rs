//! Training without labels: the shares of levels among strangers are counted, those of the other classes come from
//! expectation and maximisation over the patterns of levels among candidate pairs.

mod apart;
mod labels;

pub use apart::{BlockRun, by_block, combined};
pub use labels::{Labelled, from_labels};

use crate::{
    best::Sides,
    block::{Keys, LeftBlocks, OwnBlocks, SharedMemory},
    compare::pair::{Comparer, Levels, Memory, Record, SAYS_NOTHING},
    match_model::{MatchModel, Training},
    people::{Dictionary, People, mix},
    weigh::{Counts, ONE_PERSON, Parameters},
};
use std::collections::{BTreeMap, HashMap};

/// Patterns of levels, each with how many pairs have it.
pub type Patterns = BTreeMap<u64, u64>;

/// For each pattern, the first pair by its rows that has it.
pub type FirstPairs = BTreeMap<u64, (u32, u32)>;

/// What candidate pairs look like.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// How many pairs have each pattern.
    pub patterns: Patterns,
    /// An example of each.
    pub first: FirstPairs,
    /// The same counts by the block rules that bring the pairs, one bit each, where that was asked for.
    pub by_rules: BTreeMap<(u64, u32), u64>,
    /// How many records' candidates they are.
    pub records: f64,
}

/// How training went.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// After each round, the rates of the classes.
    pub rates: Vec<Vec<f64>>,
    /// The greatest change of a share in each round.
    pub changes: Vec<f64>,
    /// What should be looked at.
    pub warnings: Vec<String>,
    /// What was trained on.
    pub candidates: Candidates,
    /// What each training block says by itself, where that was asked for.
    pub blocks: Vec<BlockRun>,
}

/// What a round of training leaves as it is.
#[derive(Debug, Clone, Default)]
struct Kept {
    /// By comparison, whether it is not looked at: the keys of a training block say nothing within it.
    unseen: Vec<bool>,
    /// By class and comparison, whether its shares stay.
    held: Vec<Vec<bool>>,
}

impl Kept {
    fn unseen(&self, comparison: usize) -> bool {
        self.unseen.get(comparison).copied().unwrap_or(false)
    }

    fn held(&self, class: usize, comparison: usize) -> bool {
        let of_class = self.held.get(class);
        let held = of_class.and_then(|of| of.get(comparison)).copied();
        held.unwrap_or(false) || self.unseen(comparison)
    }
}

/// The levels of a pair as one number, five bits a comparison.
pub fn pattern(levels: &Levels) -> u64 {
    levels
        .iter()
        .rev()
        .fold(0, |pattern, level| (pattern << 5) | u64::from(*level))
}

/// The level of a comparison in a pattern.
pub fn level_in(pattern: u64, comparison: usize) -> u8 {
    u8::try_from((pattern >> (5 * comparison)) & 31).unwrap_or(0)
}

/// A row of shares is drawn towards the shares of all rows as if so many pairs more had been seen.
const DRAWN: f64 = 20.0;

/// The match weight of a pattern, values counting as often as they do on average.
pub fn pattern_bits(parameters: &Parameters, pattern: u64) -> f64 {
    let level = |at: usize| level_in(pattern, at);
    let (mut same, mut different) = (0.0, 0.0);
    for (class, rate) in parameters.rates.iter().enumerate() {
        let mut expected = *rate;
        for at in 0..parameters.shape.len() {
            if let Some(place) = place(&parameters.shape, at, &level) {
                expected *= parameters
                    .shares_of(class, at)
                    .get(place)
                    .copied()
                    .unwrap_or(1.0);
            }
        }
        if parameters.same_person.get(class).copied().unwrap_or(false) {
            same += expected;
        } else {
            different += expected;
        }
    }
    same.log2() - different.log2()
}

/// The shares of levels among strangers: exact agreement by counting values, the other levels over random pairs.
#[expect(clippy::cast_precision_loss, reason = "counts of a sample")]
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
    let (a, b) = (
        sample(left, 4000, training.seed),
        sample(other, 4000, training.seed ^ 1),
    );
    let shape: Vec<(usize, Option<usize>)> = (0..model.comparisons.len())
        .map(|at| (model.level_names(at).len(), model.depends_on(at)))
        .collect();
    let rows = |at: usize| model.share_rows(at);
    let mut tallies: Vec<Vec<u64>> = shape
        .iter()
        .enumerate()
        .map(|(at, (levels, _))| vec![0; levels * rows(at)])
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
            let level = |at: usize| levels.get(at).copied().unwrap_or(SAYS_NOTHING);
            for (at, tally) in tallies.iter_mut().enumerate() {
                if let Some(slot) = place(&shape, at, &level).and_then(|place| tally.get_mut(place))
                {
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
            let levels = comparison.levels.len() + 1;
            let marginal = summed_rows(tally.iter().map(|count| *count as f64), levels);
            let exact = exact.filter(|_| first_is_exact && tally.len() == levels);
            let mut marginal = shares(&marginal, exact, training.least);
            if tally.len() == levels {
                return marginal;
            }
            let rows = tally.chunks(levels).map(|row| {
                let counts: Vec<f64> = row.iter().map(|count| *count as f64).collect();
                towards(&counts, &marginal, training.least)
            });
            let rows: Vec<f64> = rows.collect::<Vec<_>>().concat();
            let rest = rows.get(levels..).unwrap_or_default();
            marginal.extend_from_slice(rest);
            marginal
        })
        .collect()
}

/// Where a comparison's level stands among its shares; `None` where it says nothing.
fn place(
    shape: &[(usize, Option<usize>)],
    comparison: usize,
    level: &dyn Fn(usize) -> u8,
) -> Option<usize> {
    let (levels, parent) = shape.get(comparison)?;
    let own = usize::from(level(comparison)).checked_sub(1)?;
    Some(parent.map_or(0, |parent| usize::from(level(parent)) * levels) + own)
}

/// The sum of rows of shares, level by level.
fn summed_rows(counts: impl Iterator<Item = f64>, levels: usize) -> Vec<f64> {
    let mut sums = vec![0.0; levels];
    for (at, count) in counts.enumerate() {
        if let Some(sum) = sums.get_mut(at % levels.max(1)) {
            *sum += count;
        }
    }
    sums
}

/// Counts of one row as shares, drawn towards those of all rows where there are few.
fn towards(counts: &[f64], marginal: &[f64], least: f64) -> Vec<f64> {
    let mut row: Vec<f64> = counts
        .iter()
        .zip(marginal)
        .map(|(count, share)| count + DRAWN * share)
        .collect();
    normalise(&mut row, least);
    row
}

/// Counts as shares; the first one may be known exactly.
#[expect(clippy::cast_precision_loss, reason = "a comparison has few levels")]
fn shares(tally: &[f64], exact: Option<f64>, least: f64) -> Vec<f64> {
    let others: f64 = tally.iter().skip(usize::from(exact.is_some())).sum();
    let rest = 1.0 - exact.unwrap_or(0.0);
    let mut shares: Vec<f64> = tally
        .iter()
        .map(|count| rest * (count + 0.5) / (others + 0.5 * tally.len() as f64))
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
        *share = if sum > 0.0 {
            (*share / sum).max(least)
        } else {
            least
        };
    }
    let sum: f64 = shares.iter().sum();
    for share in shares {
        *share /= sum;
    }
}

/// Rows that a seed chooses by their ids, so that their order does not matter.
pub(crate) fn sample(people: &People, most: usize, seed: u64) -> Vec<usize> {
    let ranked = (0..people.len()).map(|row| (mix(people.ids().rank(row) ^ mix(seed)), row));
    let mut ranked: Vec<(u64, usize)> = ranked.collect();
    if ranked.len() > most {
        ranked.select_nth_unstable(most);
        ranked.truncate(most);
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, row)| row).collect()
}

/// The patterns among candidate pairs of all left records and a sample of the right side, and as many records as
/// would have so many candidates on the whole right side; with `apart` by the rules that bring them too.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no file has 2 to the power of 52 records"
)]
pub fn candidates_of_sample(
    sides: &Sides<'_>,
    blocks: &LeftBlocks,
    apart: Option<&Keys>,
) -> Candidates {
    let Sides {
        model,
        dictionary,
        comparer,
        keys,
        left,
        right,
        threads,
        ..
    } = *sides;
    let share = (model.training.records as f64 / left.len().max(1) as f64).min(1.0);
    let most = (share * right.len() as f64).ceil() as usize;
    let mut rows = sample(right, most, model.training.seed ^ 2);
    rows.sort_unstable();
    let tallies = blocks.pairs_of(
        keys,
        dictionary,
        right,
        &rows,
        threads,
        Tally::default,
        |tally, pairs| {
            comparer.levels_of(
                dictionary,
                left,
                right,
                pairs,
                &mut tally.memory,
                &mut tally.levels,
            );
            tally.add(pairs, |(l, r), memory| {
                let (l, r) = ((left, l as usize), (right, r as usize));
                apart.map_or(0, |keys| keys.shared(dictionary, l, r, memory))
            });
        },
    );
    let records = left.len() as f64 * rows.len() as f64 / right.len().max(1) as f64;
    merged(tallies, records)
}

/// The patterns among candidate pairs within one file, over a sample of records; with `apart` by the rules that bring
/// them too.
#[expect(
    clippy::cast_precision_loss,
    reason = "no file has 2 to the power of 52 records"
)]
pub fn candidates_within(
    model: &MatchModel,
    comparer: &Comparer,
    blocks: &mut OwnBlocks,
    dictionary: &Dictionary,
    people: &People,
    threads: usize,
    apart: Option<&Keys>,
) -> Candidates {
    let chosen = sample(people, model.training.records, model.training.seed ^ 2);
    let (all, some) = (people.len() as f64, chosen.len() as f64);
    let mut taken = vec![false; people.len()];
    for row in chosen {
        if let Some(slot) = taken.get_mut(row) {
            *slot = true;
        }
    }
    let taken = |row: usize| taken.get(row).copied().unwrap_or(false);
    let tallies = blocks.pairs(threads, Tally::default, |tally, pairs| {
        let mut some = std::mem::take(&mut tally.pairs);
        some.clear();
        some.extend(
            pairs
                .iter()
                .filter(|(a, b)| taken(*a as usize) || taken(*b as usize)),
        );
        comparer.levels_of(
            dictionary,
            people,
            people,
            &some,
            &mut tally.memory,
            &mut tally.levels,
        );
        tally.add(&some, |(l, r), memory| {
            let (l, r) = ((people, l as usize), (people, r as usize));
            apart.map_or(0, |keys| keys.shared(dictionary, l, r, memory))
        });
        tally.pairs = some;
    });
    let share = some / all.max(1.0);
    merged(tallies, all * share * (2.0 - share))
}

/// How many pairs, and the first of them by its rows.
type Seen = (u64, (u32, u32));

#[derive(Debug, Default)]
struct Tally {
    memory: Memory,
    levels: Vec<Levels>,
    pairs: Vec<(u32, u32)>,
    /// For each pattern and the rules that bring it, how many pairs there are, and the first of them.
    counts: HashMap<(u64, u32), Seen, ahash::RandomState>,
    keys: SharedMemory,
}

impl Tally {
    fn add(&mut self, pairs: &[(u32, u32)], rules: impl Fn((u32, u32), &mut SharedMemory) -> u32) {
        for (levels, pair) in self.levels.iter().zip(pairs) {
            let key = (pattern(levels), rules(*pair, &mut self.keys));
            let (count, first) = self.counts.entry(key).or_insert((0, *pair));
            *count += 1;
            *first = (*first).min(*pair);
        }
    }
}

fn merged(tallies: Vec<Tally>, records: f64) -> Candidates {
    let mut all = Candidates {
        records,
        ..Candidates::default()
    };
    for tally in tallies {
        #[expect(
            clippy::iter_over_hash_type,
            reason = "sums and least values of whole numbers in any order are the same"
        )]
        for ((pattern, rules), (count, pair)) in tally.counts {
            *all.patterns.entry(pattern).or_insert(0) += count;
            if rules != 0 {
                *all.by_rules.entry((pattern, rules)).or_insert(0) += count;
            }
            let first = all.first.entry(pattern).or_insert(pair);
            *first = (*first).min(pair);
        }
    }
    all
}

/// Expectation and maximisation over patterns. Strangers stay as they were counted.
pub fn train(
    training: &Training,
    start: &Parameters,
    candidates: Candidates,
    strangers: f64,
) -> (Parameters, History) {
    let mut now = start.clone();
    if let Some(rate) = now.rates.first_mut() {
        *rate = strangers;
    }
    let mut history = History::default();
    let (patterns, records) = (&candidates.patterns, candidates.records);
    let kept = Kept::default();
    rounds(training, &mut now, patterns, records, &kept, &mut history);
    warn(&now, &mut history);
    history.candidates = candidates;
    (now, history)
}

/// Rounds of expectation and maximisation, until little changes.
fn rounds(
    training: &Training,
    now: &mut Parameters,
    patterns: &Patterns,
    records: f64,
    kept: &Kept,
    history: &mut History,
) {
    for _ in 0..training.rounds {
        let (sums, totals) = expect(now, patterns, kept);
        let before = now.clone();
        maximise(training, now, &sums, &totals, records, kept);
        let change = greatest_change(&before, now);
        history.rates.push(now.rates.clone());
        history.changes.push(change);
        if change < training.enough {
            break;
        }
    }
}

type Sums = Vec<Vec<Vec<f64>>>;

/// How many pairs of each class there are at each level, by the shares so far.
#[expect(clippy::cast_precision_loss, reason = "counts of pairs of a sample")]
fn expect(now: &Parameters, patterns: &Patterns, kept: &Kept) -> (Sums, Vec<f64>) {
    let classes = now.classes();
    let comparisons = now.shape.len();
    let mut sums: Sums = now
        .shares
        .iter()
        .map(|of_class| {
            of_class
                .iter()
                .map(|levels| vec![0.0; levels.len()])
                .collect()
        })
        .collect();
    let mut totals = vec![0.0; classes];
    let mut places = Vec::with_capacity(comparisons);
    let mut expected = Vec::with_capacity(classes);
    for (pattern, count) in patterns {
        let level = |at: usize| level_in(*pattern, at);
        places.clear();
        // What a comparison depends on says which row counts, even where it is not looked at itself.
        let seen = |at: usize| place(&now.shape, at, &level).filter(|_| !kept.unseen(at));
        places.extend((0..comparisons).map(seen));
        expected.clone_from(&now.rates);
        for (of_class, slot) in now.shares.iter().zip(&mut expected) {
            for (place, shares) in places.iter().zip(of_class) {
                if let Some(place) = place {
                    *slot *= shares.get(*place).copied().unwrap_or(1.0);
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
            for (place, sums) in places.iter().zip(of_class) {
                if let Some(slot) = place.and_then(|place| sums.get_mut(place)) {
                    *slot += pairs;
                }
            }
        }
    }
    (sums, totals)
}

fn maximise(
    training: &Training,
    now: &mut Parameters,
    sums: &Sums,
    totals: &[f64],
    records: f64,
    kept: &Kept,
) {
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
            if owner(class) != Some(class) || kept.held(class, comparison) {
                continue;
            }
            // Classes that share their shares learn them together.
            let together = (class..now.classes()).filter(|other| owner(*other) == Some(class));
            let mut summed: Vec<f64> = Vec::new();
            for other in together {
                let sums = sums.get(other).and_then(|of| of.get(comparison));
                let sums = sums.map(Vec::as_slice).unwrap_or_default();
                summed.resize(sums.len(), 0.0);
                summed
                    .iter_mut()
                    .zip(sums)
                    .for_each(|(sum, more)| *sum += more);
            }
            let all: f64 = summed.iter().sum();
            // A comparison that was hardly ever made in this class keeps what the model has.
            if all < training.fewest {
                continue;
            }
            if let Some(agrees) = now
                .agrees
                .get(class)
                .and_then(|of| of.get(comparison))
                .copied()
                .flatten()
            {
                let levels = now
                    .shares_of(ONE_PERSON, comparison)
                    .iter()
                    .zip(now.shares_of(0, comparison))
                    .zip(&summed);
                let same: f64 = levels
                    .map(|((same, other), sum)| {
                        let (same, other) = (agrees * same, (1.0 - agrees) * other);
                        sum * same / (same + other).max(f64::MIN_POSITIVE)
                    })
                    .sum();
                let slot = now
                    .agrees
                    .get_mut(class)
                    .and_then(|of| of.get_mut(comparison));
                // What the model has as certain stays so.
                if let Some(slot) = slot.filter(|_| agrees > 0.0 && agrees < 1.0) {
                    *slot = Some(((same + 0.01) / (all + 0.02)).clamp(1e-6, 1.0 - 1e-6));
                }
                continue;
            }
            let levels = now.shape.get(comparison).map_or(1, |(levels, _)| *levels);
            let marginal = summed_rows(summed.iter().copied(), levels);
            let mut marginal: Vec<f64> = marginal.iter().map(|sum| sum + 0.05).collect();
            normalise(&mut marginal, training.least);
            let rows = summed.chunks(levels).skip(1);
            let rows: Vec<Vec<f64>> = rows
                .map(|row| towards(row, &marginal, training.least))
                .collect();
            if let Some(shares) = now
                .shares
                .get_mut(class)
                .and_then(|of| of.get_mut(comparison))
            {
                *shares = marginal;
                shares.extend(rows.concat());
            }
        }
    }
    now.share_out();
}

fn greatest_change(before: &Parameters, now: &Parameters) -> f64 {
    let all = |parameters: &Parameters| -> Vec<f64> {
        parameters
            .shares
            .iter()
            .flatten()
            .flatten()
            .copied()
            .collect()
    };
    let pairs = all(before).into_iter().zip(all(now));
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn warn(now: &Parameters, history: &mut History) {
    let same: f64 = now
        .rates
        .iter()
        .zip(&now.same_person)
        .filter(|(_, same)| **same)
        .map(|(rate, _)| rate)
        .sum();
    if !(1e-6..=50.0).contains(&same) {
        history.warnings.push(format!(
            "training found {same:.6} pairs of one person for each record, which cannot be right: the shipped shares are safer"
        ));
    }
}
