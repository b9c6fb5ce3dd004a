//! Tracing: for each record on the left the best person on the right, by how much it is ahead of the next different
//! person, and how likely it is when all candidates are seen together.
//!
//! The candidates of one record compete: at most one of them is the person, and the person may not be there at all.
//! With `o` the odds of each pair and `a` the share of records whose person is not there, `P(i) = o_i / (a + sum of o)`.
//! Two candidates that weigh the same have at most one half each.

use crate::{
    block::{BlockCount, Keys, LeftBlocks},
    compare::pair::{Comparer, Levels, Memory, Record},
    match_model::MatchModel,
    people::{Dictionary, People},
    weigh::Weigher,
};
use std::collections::{HashMap, HashSet};

/// Odds below this change no probability that anyone could tell.
pub(crate) const NEGLIGIBLE: f64 = 1e-6;

/// However many are found, so large a share counts as not there, or as not brought together by any block rule.
pub(crate) const ABSENT: f64 = 0.01;
/// What the shares say of how many are there counts as so many records.
pub(crate) const KNOWN_BEFORE: f64 = 20.0;
/// Rounds in which the share of records whose person is there comes to rest, at most.
pub(crate) const ROUNDS: usize = 100;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The best candidate is the person.
    Link,
    /// Another person is nearly as good.
    Close,
    /// Nobody is good enough.
    Weak,
    /// The pair is never linked, whatever its weight: the veto by its place in the model.
    Vetoed(usize),
}

impl Outcome {
    /// The word that stands in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Close => "close",
            Self::Weak => "weak",
            Self::Vetoed(_) => "veto",
        }
    }
}

/// The best candidate of a record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The record on the left.
    pub left: u32,
    /// The record on the right.
    pub right: u32,
    /// The match weight of the pair alone.
    pub pair_bits: f64,
    /// The match weight when all candidates are seen together.
    pub bits: f64,
    /// The probability that belongs to `bits`.
    pub probability: f64,
    /// How far the pair is ahead of the next different person; where there is none, of the lightest that would be told.
    pub margin: f64,
    /// The level of each comparison.
    pub levels: Levels,
    /// What became of it.
    pub outcome: Outcome,
}

/// All that a linkage of two sides needs.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The model.
    pub model: &'a MatchModel,
    /// The distinct values of both sides.
    pub dictionary: &'a Dictionary,
    /// The comparisons, ready to run.
    pub comparer: &'a Comparer,
    /// The block keys.
    pub keys: &'a Keys,
    /// The left side.
    pub left: &'a People,
    /// The right side.
    pub right: &'a People,
    /// How many threads work.
    pub threads: usize,
    /// Pairs that people decided are not one person.
    pub apart: &'a Apart,
}

/// Pairs that people decided are not one person: a row on the left and who is on the right.
#[derive(Debug, Clone, Default)]
pub struct Apart(HashSet<(u32, u32)>);

impl Apart {
    /// From pairs of ids; those that name nobody are passed over.
    pub fn new(pairs: &[(String, String)], left: &People, right: &People) -> Self {
        if pairs.is_empty() {
            return Self::default();
        }
        let mut wanted: HashMap<&str, Vec<&str>> = HashMap::new();
        for (l, r) in pairs {
            wanted.entry(l.as_str()).or_default().push(r.as_str());
        }
        let of_right: HashSet<&str> = pairs.iter().map(|(_, r)| r.as_str()).collect();
        let mut people: HashMap<String, u32> = HashMap::new();
        for row in 0..right.len() {
            let id = right.ids().of(row);
            if of_right.contains(id.as_ref()) {
                people.insert(id.into_owned(), right.person(row));
            }
        }
        let mut apart = HashSet::new();
        for row in 0..left.len() {
            for id in wanted
                .get(left.ids().of(row).as_ref())
                .into_iter()
                .flatten()
            {
                if let Some(person) = people.get(*id) {
                    apart.insert((u32::try_from(row).unwrap_or(u32::MAX), *person));
                }
            }
        }
        Self(apart)
    }

    fn holds(&self, left: u32, person: impl FnOnce() -> u32) -> bool {
        !self.0.is_empty() && self.0.contains(&(left, person()))
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    odds: f64,
    rank: u64,
    right: u32,
}

const NOBODY: Candidate = Candidate {
    odds: 0.0,
    rank: u64::MAX,
    right: u32::MAX,
};

/// The best candidates of each record, as many as compete, the heaviest first; those that weigh the same in the order of
/// their ids.
struct Finder {
    memory: Memory,
    levels: Vec<Levels>,
    kept: Vec<Candidate>,
    /// Record, person and odds of pairs that people set apart: they say how many are there, and nothing else.
    set_apart: Vec<(u32, u32, f64)>,
    compared: u64,
}

fn ahead(a: &Candidate, b: &Candidate) -> bool {
    a.odds > b.odds || (a.odds >= b.odds && a.rank < b.rank)
}

fn keep(kept: &mut [Candidate], new: Candidate, people: &People) {
    let person = |candidate: &Candidate| {
        (candidate.right != u32::MAX).then(|| people.person(candidate.right as usize))
    };
    // Rows about one person count once, by the best of them.
    let of_new = person(&new);
    if let Some(at) = kept.iter().position(|old| person(old) == of_new) {
        let better = kept.get(at).is_some_and(|old| ahead(&new, old));
        if !better {
            return;
        }
        if let Some(tail) = kept.get_mut(at..) {
            tail.rotate_left(1);
        }
        if let Some(last) = kept.last_mut() {
            *last = NOBODY;
        }
    }
    if let Some(at) = kept.iter().position(|old| ahead(&new, old))
        && let Some(tail) = kept.get_mut(at..)
    {
        tail.rotate_right(1);
        if let Some(first) = tail.first_mut() {
            *first = new;
        }
    }
}

/// What a search for the best made.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The best candidate of each record that has one worth writing, in the order of the left side.
    pub best: Vec<Best>,
    /// Pairs that were compared.
    pub compared: u64,
    /// What each block rule did.
    pub blocks: Vec<BlockCount>,
}

/// Finds the best person for each record on the left.
pub fn best(sides: &Sides<'_>, blocks: &mut LeftBlocks, weigher: &Weigher) -> Found {
    let Sides {
        model,
        dictionary,
        comparer,
        keys,
        left,
        right,
        threads,
        apart,
    } = *sides;
    let most = usize::from(model.decision.candidates.max(1));
    let state = || Finder {
        memory: Memory::default(),
        levels: Vec::new(),
        kept: vec![NOBODY; left.len() * most],
        set_apart: Vec::new(),
        compared: 0,
    };
    let finders = blocks.pairs(keys, dictionary, right, threads, state, |finder, pairs| {
        finder.compared += pairs.len() as u64;
        let Finder {
            memory,
            kept,
            levels,
            set_apart,
            ..
        } = finder;
        comparer.levels_of(dictionary, left, right, pairs, memory, levels);
        for (pair, levels) in pairs.iter().zip(levels.iter()) {
            let (l, r) = (pair.0 as usize, pair.1 as usize);
            let weight = weigher.weigh(levels, &Record::new(left, l), &Record::new(right, r));
            let odds = weight.same / weight.different;
            if odds < NEGLIGIBLE {
                continue;
            }
            if apart.holds(pair.0, || right.person(r)) {
                set_apart.push((pair.0, right.person(r), odds));
                continue;
            }
            if let Some(kept) = kept.get_mut(l * most..(l + 1) * most) {
                let rank = right.ids().rank(r);
                let row = u32::try_from(r).unwrap_or(u32::MAX);
                keep(
                    kept,
                    Candidate {
                        odds,
                        rank,
                        right: row,
                    },
                    right,
                );
            }
        }
    });
    let mut found = Found {
        blocks: blocks.counts().to_vec(),
        ..Found::default()
    };
    let mut finders = finders.into_iter();
    let Some(mut first) = finders.next() else {
        return found;
    };
    found.compared = first.compared;
    for other in finders {
        found.compared += other.compared;
        first.set_apart.extend(other.set_apart);
        let kept = first.kept.chunks_exact_mut(most);
        for (kept, more) in kept.zip(other.kept.chunks_exact(most)) {
            for candidate in more.iter().filter(|candidate| candidate.right != u32::MAX) {
                keep(kept, *candidate, right);
            }
        }
    }
    let mut memory = first.memory;
    let sums = first.kept.chunks_exact(most).map(|kept| {
        let odds = kept.iter().map(|candidate| candidate.odds);
        odds.sum::<f64>()
    });
    let mut sums: Vec<f64> = sums.collect();
    first
        .set_apart
        .sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
    // Rows about one person count once, by the best of them.
    first
        .set_apart
        .dedup_by_key(|(left, person, _)| (*left, *person));
    for (left, _, odds) in &first.set_apart {
        if let Some(sum) = sums.get_mut(*left as usize) {
            *sum += odds;
        }
    }
    let there = There::of(&sums, weigher.same_rate());
    for (l, kept) in first.kept.chunks_exact(most).enumerate() {
        if let Some(best) = decide(sides, l, kept, there, &mut memory) {
            found.best.push(best);
        }
    }
    found
}

/// What all records together say of how many persons are there.
#[derive(Debug, Clone, Copy)]
struct There {
    /// What the odds of a pair are multiplied by: the share here against the share that the weights took for granted.
    more: f64,
    /// The share of records whose person is not there or was not brought together.
    absent: f64,
}

impl There {
    /// By expectation and maximisation over one number. Sums are of whole numbers, so that the order of records does
    /// not matter.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share in steps of 2 to the power of -40"
    )]
    fn of(sums: &[f64], rate: f64) -> Self {
        const STEPS: f64 = (1u64 << 40) as f64;
        const AT_REST: f64 = 1e-13;
        const THOUSAND: f64 = 1000.0;
        let before = rate.clamp(ABSENT, 1.0 - ABSENT);
        let mut share = before;
        for _ in 0..ROUNDS {
            let each = sums.iter().map(|sum| {
                let there = share * sum / rate;
                let part = if there.is_finite() {
                    there / (1.0 - share + there)
                } else {
                    1.0
                };
                u128::from((part * STEPS) as u64)
            });
            let sum = each.sum::<u128>() as f64 / STEPS;
            let last = share;
            share = KNOWN_BEFORE.mul_add(before, sum) / (sums.len() as f64 + KNOWN_BEFORE);
            if (share - last).abs() < AT_REST {
                break;
            }
        }
        // No sample says it more exactly, and so one record more or less changes nothing for the others.
        let share = (share * THOUSAND).round().max(1.0) / THOUSAND;
        Self {
            more: share / rate,
            absent: (1.0 - share).max(ABSENT),
        }
    }
}

fn decide(
    sides: &Sides<'_>,
    l: usize,
    kept: &[Candidate],
    there: There,
    memory: &mut Memory,
) -> Option<Best> {
    let [first, others @ ..] = kept else {
        return None;
    };
    if first.right == u32::MAX {
        return None;
    }
    let second = others.first().map_or(0.0, |second| second.odds);
    let others: f64 = others.iter().map(|candidate| candidate.odds).sum();
    let here = first.odds.log2() + there.more.log2();
    let bits = here - others.mul_add(there.more, there.absent).log2();
    let decision = &sides.model.decision;
    if bits < decision.keep_from {
        return None;
    }
    let r = first.right as usize;
    let pair = (Record::new(sides.left, l), Record::new(sides.right, r));
    let margin = first.odds.log2() - second.max(NEGLIGIBLE).log2();
    let probability = probability(bits);
    let outcome = match sides.comparer.veto(sides.dictionary, &pair.0, &pair.1) {
        Some(veto) => Outcome::Vetoed(veto),
        None if probability >= decision.probability && margin >= decision.margin => Outcome::Link,
        None if crate::best::probability(here - there.absent.log2()) >= decision.probability => {
            Outcome::Close
        }
        None => Outcome::Weak,
    };
    Some(Best {
        left: u32::try_from(l).unwrap_or(u32::MAX),
        right: first.right,
        pair_bits: first.odds.log2(),
        bits,
        probability,
        margin,
        levels: sides
            .comparer
            .levels(sides.dictionary, &pair.0, &pair.1, memory),
        outcome,
    })
}

/// The probability of a match weight.
pub fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}
