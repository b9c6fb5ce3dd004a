//! Deduplication: the pairs of records of one file that are about one person.

use crate::{
    best::{Outcome, probability},
    block::{BlockCount, OwnBlocks},
    compare::pair::{Comparer, Levels, Memory, Record},
    match_model::MatchModel,
    people::{Dictionary, People},
    weigh::Weigher,
};

/// A pair of records of one file.
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

/// What a search within one file made.
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

/// Compares every pair that blocking brings together and keeps those that weigh enough.
pub fn dedupe(
    model: &MatchModel,
    dictionary: &Dictionary,
    comparer: &Comparer,
    blocks: &mut OwnBlocks,
    people: &People,
    weigher: &Weigher,
    threads: usize,
) -> Pairs {
    let least = model.decision.keep_from.exp2();
    let finders = blocks.pairs(threads, Finder::default, |finder, pairs| {
        finder.compared += pairs.len() as u64;
        let Finder {
            memory,
            levels,
            pairs: kept,
            ..
        } = finder;
        comparer.levels_of(dictionary, people, people, pairs, memory, levels);
        for ((l, r), levels) in pairs.iter().zip(levels.iter()) {
            let pair = (
                Record::new(people, *l as usize),
                Record::new(people, *r as usize),
            );
            let weight = weigher.weigh(levels, &pair.0, &pair.1);
            if weight.same < least * weight.different {
                continue;
            }
            let bits = weight.bits();
            kept.push(Pair {
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
    });
    let mut all = Pairs {
        blocks: blocks.counts().to_vec(),
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
