//! What the linkage unit runs: two files of filters in, links out.

use super::{Assignment, ClkError, Filters, Found, Pair, Search, Way, assign::assign, pairs};
use crate::files::{Cell, Column, write};
use std::{collections::BTreeMap, path::Path};

/// How filters are matched.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchOptions {
    /// Filters as alike as this (Dice) are one person; above 0, at most 1.
    pub threshold: f64,
    /// Which pairs become links.
    pub assignment: Assignment,
    /// Which pairs are looked at.
    pub way: Way,
    /// Pairs of one record that are kept at most.
    pub most: usize,
    /// Threads; 0 counts as 1.
    pub threads: usize,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            threshold: 0.8,
            assignment: Assignment::Optimal,
            way: Way::Exact,
            most: 64,
            threads: 1,
        }
    }
}

/// What matching did.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRun {
    /// Records on each side.
    pub records: (usize, usize),
    /// The share of bits that are set on each side.
    pub fill: (f64, f64),
    /// Pairs that are alike enough and were kept.
    pub alike: usize,
    /// Pairs that are alike enough and were not kept, because their record had better ones enough.
    pub not_kept: u64,
    /// Links that were written.
    pub links: u64,
    /// Groups of records too large to be assigned in the best way; they were assigned greedily.
    pub greedy_groups: usize,
}

/// Matches two files of filters and writes the links.
pub fn match_filters(
    left: &Path,
    right: &Path,
    output: &Path,
    options: &MatchOptions,
) -> Result<MatchRun, ClkError> {
    if !(options.threshold > 0.0 && options.threshold <= 1.0) {
        return Err(ClkError::OutOfRange {
            what: "the threshold",
            given: options.threshold,
            allowed: "above 0 and at most 1",
        });
    }
    let sides = (Filters::read(left)?, Filters::read(right)?);
    comparable(&sides.0, &sides.1).map_err(|problem| ClkError::NotAlike {
        left: left.to_owned(),
        right: right.to_owned(),
        problem,
    })?;
    let (left, right) = sides;
    let search = Search {
        threshold: options.threshold,
        most: options.most.max(1),
        way: options.way,
        threads: options.threads,
    };
    let Found {
        pairs: found,
        not_kept,
    } = pairs(&left, &right, &search);
    let (links, greedy_groups) = assign(&found, options.assignment);
    let next = Next::of(&found);
    let columns = [
        ("left_id", false),
        ("right_id", false),
        ("similarity", true),
        ("next", true),
    ];
    let columns = columns.map(|(name, number)| Column {
        name: name.to_owned(),
        number,
    });
    let id = |ids: &[String], at: u32| {
        Cell::Text(ids.get(at as usize).cloned().unwrap_or_default().into())
    };
    let rows = links.iter().map(|link| {
        let next = Cell::Number(next.beside(link).unwrap_or(f64::NAN));
        vec![
            id(&left.ids, link.left),
            id(&right.ids, link.right),
            Cell::Number(link.similarity),
            next,
        ]
    });
    let written = write(output, &columns, rows)?;
    Ok(MatchRun {
        records: (left.len(), right.len()),
        fill: (left.fill(), right.fill()),
        alike: found.len(),
        not_kept,
        links: written,
        greedy_groups,
    })
}

fn comparable(left: &Filters, right: &Filters) -> Result<(), &'static str> {
    if left.made_by != right.made_by {
        return Err("they were made by another scheme or with another secret");
    }
    if left.parts != right.parts {
        return Err("their columns of filters are not the same");
    }
    // A side without any filter has no length.
    let any = |filters: &Filters| filters.fill() > 0.0;
    if left.width() != right.width() && any(left) && any(right) {
        return Err("their filters are not of one length");
    }
    Ok(())
}

/// For each record its two most alike ones on the other side.
struct Next {
    left: BTreeMap<u32, [f64; 2]>,
    right: BTreeMap<u32, [f64; 2]>,
}

impl Next {
    fn of(pairs: &[Pair]) -> Self {
        let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
        for pair in pairs {
            for best in [left.entry(pair.left), right.entry(pair.right)] {
                let [first, second] = best.or_insert([f64::NAN; 2]);
                // No number is less than any.
                if first.is_nan() || pair.similarity > *first {
                    (*first, *second) = (pair.similarity, *first);
                } else if second.is_nan() || pair.similarity > *second {
                    *second = pair.similarity;
                }
            }
        }
        Self { left, right }
    }

    /// The most alike other pair of either record of a link.
    fn beside(&self, link: &Pair) -> Option<f64> {
        let other = |best: Option<&[f64; 2]>| {
            let [first, second] = *best?;
            let other = if first > link.similarity {
                first
            } else {
                second
            };
            (!other.is_nan()).then_some(other)
        };
        let others = [
            other(self.left.get(&link.left)),
            other(self.right.get(&link.right)),
        ];
        others.into_iter().flatten().max_by(f64::total_cmp)
    }
}
