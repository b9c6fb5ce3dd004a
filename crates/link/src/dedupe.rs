//! The pairs of records that are about one person, where any number of records may be: within one file, or between
//! two.

use crate::{
    best::{Outcome, Sides, probability},
    block::{BlockCount, LeftBlocks, OwnBlocks},
    compare::pair::{Levels, Memory, Record},
    people::People,
    weigh::Weigher,
};
use std::collections::HashMap;

/// A pair of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one record.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// The match weight.
    pub bits: f64,
    /// The probability that belongs to it.
    pub probability: f64,
    /// The level of each comparison.
    pub levels: Levels,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a search for pairs made.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    /// The pairs that weigh enough to be written, in the order of their rows.
    pub pairs: Vec<Pair>,
    /// Pairs that were compared.
    pub compared: u64,
    /// What each block rule did.
    pub blocks: Vec<BlockCount>,
}

#[derive(Default)]
struct Finder {
    memory: Memory,
    levels: Vec<Levels>,
    compared: u64,
    pairs: Vec<Pair>,
}

impl Finder {
    /// Weighs pairs and keeps those that weigh enough.
    fn look(&mut self, sides: &Sides<'_>, weigher: &Weigher, pairs: &[(u32, u32)]) {
        let Sides {
            model,
            dictionary,
            comparer,
            left,
            right,
            ..
        } = *sides;
        let least = model.decision.keep_from.exp2();
        self.compared += pairs.len() as u64;
        comparer.levels_of(
            dictionary,
            left,
            right,
            pairs,
            &mut self.memory,
            &mut self.levels,
        );
        for ((l, r), levels) in pairs.iter().zip(&self.levels) {
            let pair = (
                Record::new(left, *l as usize),
                Record::new(right, *r as usize),
            );
            let weight = weigher.weigh(levels, &pair.0, &pair.1);
            if weight.same < least * weight.different {
                continue;
            }
            let bits = weight.bits();
            self.pairs.push(Pair {
                left: *l,
                right: *r,
                bits,
                probability: probability(bits),
                levels: *levels,
                outcome: match comparer.veto(dictionary, &pair.0, &pair.1) {
                    Some(veto) => Outcome::Vetoed(veto),
                    None if probability(bits) >= model.decision.probability => Outcome::Link,
                    None => Outcome::Weak,
                },
            });
        }
    }
}

/// Compares every pair that blocking brings together within one file, which stands on both sides.
pub fn dedupe(sides: &Sides<'_>, blocks: &mut OwnBlocks, weigher: &Weigher) -> Pairs {
    let finders = blocks.pairs(sides.threads, Finder::default, |finder, pairs| {
        finder.look(sides, weigher, pairs);
    });
    gathered(finders, blocks.counts())
}

/// Compares every pair that blocking brings together between two files.
pub fn between(sides: &Sides<'_>, blocks: &mut LeftBlocks, weigher: &Weigher) -> Pairs {
    let Sides {
        keys,
        dictionary,
        right,
        threads,
        ..
    } = *sides;
    let finders = blocks.pairs(
        keys,
        dictionary,
        right,
        threads,
        Finder::default,
        |finder, pairs| {
            finder.look(sides, weigher, pairs);
        },
    );
    gathered(finders, blocks.counts())
}

/// Leaves a link only where each of its two people is the other's best: the heaviest and, of those that weigh the same,
/// the one with the lowest ids. A pair that would be a link but for that is close.
pub fn one_to_one(pairs: &mut [Pair], left: &People, right: &People) {
    let ahead = |a: &Pair, b: &Pair| {
        let ids = |pair: &Pair| {
            let of = |people: &People, row: u32| people.ids().of(row as usize).into_owned();
            (
                of(left, pair.left),
                of(right, pair.right),
                pair.left,
                pair.right,
            )
        };
        a.bits > b.bits || (a.bits >= b.bits && ids(a) < ids(b))
    };
    let seeds = || ahash::RandomState::with_seeds(1, 2, 3, 4);
    let mut best: [HashMap<u32, Pair, ahash::RandomState>; 2] =
        [HashMap::with_hasher(seeds()), HashMap::with_hasher(seeds())];
    let ends = |pair: &Pair| {
        [
            left.person(pair.left as usize),
            right.person(pair.right as usize),
        ]
    };
    for pair in pairs.iter().filter(|pair| pair.outcome == Outcome::Link) {
        for (best, person) in best.iter_mut().zip(ends(pair)) {
            let known = best.entry(person).or_insert(*pair);
            if ahead(pair, known) {
                *known = *pair;
            }
        }
    }
    for pair in pairs
        .iter_mut()
        .filter(|pair| pair.outcome == Outcome::Link)
    {
        let rows = |pair: &Pair| (pair.left, pair.right);
        let mut of_both = best.iter().zip(ends(pair));
        if !of_both.all(|(best, person)| best.get(&person).map(rows) == Some(rows(pair))) {
            pair.outcome = Outcome::Close;
        }
    }
}

fn gathered(finders: Vec<Finder>, blocks: &[BlockCount]) -> Pairs {
    let mut all = Pairs {
        blocks: blocks.to_vec(),
        ..Pairs::default()
    };
    for finder in finders {
        all.compared += finder.compared;
        all.pairs.extend(finder.pairs);
    }
    all.pairs
        .sort_unstable_by_key(|pair| (pair.left, pair.right));
    all
}
