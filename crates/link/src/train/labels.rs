//! The shares of one person from pairs that somebody judged: the levels of those that are one person, counted.

use super::{History, Kept, ONE_PERSON, place, rounds, summed_rows, towards};
use crate::{
    best::Sides,
    compare::pair::{Memory, Record, SAYS_NOTHING},
    evaluate::{Judgement, ids::Ids, labels, told::Told},
    files::FileError,
    people::People,
    weigh::Parameters,
};
use std::{collections::HashMap, path::Path};

/// What judged pairs said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labelled {
    /// Pairs of one person, which were counted.
    pub same: u64,
    /// Pairs of different people.
    pub different: u64,
    /// Pairs of which nobody was sure.
    pub unsure: u64,
    /// Pairs with a record that is not in the files.
    pub unknown: u64,
    /// What was wrong with the files of judgements.
    pub notes: Vec<String>,
}

impl Labelled {
    /// What a reader should know of it.
    pub fn told(&self, class: &str) -> Vec<String> {
        let used = format!(
            "the shares of `{class}` come from {} judged pairs of one person; not used are {} of different people, \
             {} of which nobody was sure, and {} with a record that is not in the files",
            self.same, self.different, self.unsure, self.unknown
        );
        let mut notes = self.notes.clone();
        notes.push(used);
        notes
    }
}

/// The rows of the records that are asked for, the first where an id stands twice.
fn rows<'a>(wanted: &[&'a str], people: &People) -> HashMap<&'a str, usize, ahash::RandomState> {
    let seeds = || ahash::RandomState::with_seeds(1, 2, 3, 4);
    let mut known: HashMap<&str, &'a str, ahash::RandomState> = HashMap::with_hasher(seeds());
    known.extend(wanted.iter().map(|id| (*id, *id)));
    let mut rows = HashMap::with_hasher(seeds());
    for row in 0..people.len() {
        if let Some(id) = known.get(people.ids().of(row).trim()) {
            rows.entry(*id).or_insert(row);
        }
    }
    rows
}

/// Sets the shares of the first class of one person from judged pairs, drawn towards what training found as if so many
/// pairs more had been seen; what follows from them is learned again where there was training.
pub fn from_labels(
    sides: &Sides<'_>,
    two: bool,
    files: &[&Path],
    parameters: &mut Parameters,
    history: Option<&mut History>,
) -> Result<Labelled, FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let labels = labels::read(files, &mut ids, &mut told)?;
    let mut judged = Labelled::default();
    let mut same: Vec<(u32, u32)> = Vec::new();
    for (pair, of_pair) in &labels.of {
        match labels::taken(of_pair) {
            Judgement::Same => same.push(*pair),
            Judgement::Different => judged.different += 1,
            Judgement::Unsure => judged.unsure += 1,
        }
    }
    let texts = |side: fn(&(u32, u32)) -> u32| -> Vec<&str> {
        same.iter().map(|pair| ids.text(side(pair))).collect()
    };
    let (left, right) = (texts(|pair| pair.0), texts(|pair| pair.1));
    let (of_left, of_right) = if two {
        (rows(&left, sides.left), rows(&right, sides.right))
    } else {
        let both = [left.as_slice(), right.as_slice()].concat();
        let rows = rows(&both, sides.left);
        (rows.clone(), rows)
    };
    let shape = &parameters.shape;
    let mut counts: Vec<Vec<f64>> = (0..shape.len())
        .map(|at| vec![0.0; parameters.shares_of(ONE_PERSON, at).len()])
        .collect();
    let mut memory = Memory::default();
    for (left, right) in left.iter().zip(&right) {
        let rows = (of_left.get(left), of_right.get(right));
        let (Some(l), Some(r)) = rows else {
            judged.unknown += 1;
            continue;
        };
        judged.same += 1;
        let pair = (Record::new(sides.left, *l), Record::new(sides.right, *r));
        let levels = sides
            .comparer
            .levels(sides.dictionary, &pair.0, &pair.1, &mut memory);
        let level = |at: usize| levels.get(at).copied().unwrap_or(SAYS_NOTHING);
        for (at, counts) in counts.iter_mut().enumerate() {
            let own = place(shape, at, &level);
            if let Some(slot) = own.and_then(|place| counts.get_mut(place)) {
                *slot += 1.0;
            }
        }
    }
    for notice in told.notices() {
        judged.notes.push(format!(
            "{}: {} ({} times)",
            notice.file, notice.message, notice.count
        ));
    }
    let held = set(sides, parameters, &counts);
    if let Some(history) = history {
        let mut kept = Kept {
            unseen: Vec::new(),
            held: vec![Vec::new(); parameters.classes()],
        };
        if let Some(slot) = kept.held.get_mut(ONE_PERSON) {
            *slot = held;
        }
        let candidates = std::mem::take(&mut history.candidates);
        let (patterns, records) = (&candidates.patterns, candidates.records);
        rounds(
            &sides.model.training,
            parameters,
            patterns,
            records,
            &kept,
            history,
        );
        history.candidates = candidates;
    }
    Ok(judged)
}

/// Sets the shares of every comparison that was seen, and says which those are.
fn set(sides: &Sides<'_>, parameters: &mut Parameters, counts: &[Vec<f64>]) -> Vec<bool> {
    let least = sides.model.training.least;
    let mut held = Vec::new();
    for (at, of_all) in counts.iter().enumerate() {
        let seen = of_all.iter().sum::<f64>() > 0.0;
        held.push(seen);
        let levels = parameters.shape.get(at).map_or(1, |(levels, _)| *levels);
        let levels = levels.max(1);
        let before = parameters.shares_of(ONE_PERSON, at).to_vec();
        let rows = of_all.chunks(levels).zip(before.chunks(levels));
        let rows = rows.enumerate().map(|(row, (counts, before))| {
            // The first row is for where the comparison that it depends on says nothing: that of all pairs.
            if row == 0 {
                let all = summed_rows(of_all.iter().copied(), levels);
                towards(&all, before, least)
            } else {
                towards(counts, before, least)
            }
        });
        let shares: Vec<f64> = rows.flatten().collect();
        let of_class = parameters.shares.get_mut(ONE_PERSON);
        if let Some(slot) = of_class.and_then(|of| of.get_mut(at)).filter(|_| seen) {
            *slot = shares;
        }
    }
    parameters.share_out();
    held
}
