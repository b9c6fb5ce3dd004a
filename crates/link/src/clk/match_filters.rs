//! What the linkage unit runs: two files of filters in, links out.

use super::{
    Assignment, ClkError, Filters, Found, Pair, Scheme, Search, Way, assign::assign, by_field,
    pairs, weighted,
};
use crate::files::{Cell, Column, write};
use std::{collections::BTreeMap, path::Path};

/// How filters are matched.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchOptions {
    /// Filters as alike as this (Dice) are one person; above 0, at most 1.
    pub threshold: f64,
    /// Of filters of fields: how much each field counts. Without it all bits of all fields count alike.
    pub fields: Option<FieldWeights>,
    /// Which pairs become links.
    pub assignment: Assignment,
    /// Which pairs are looked at.
    pub way: Way,
    /// Pairs of one record that are kept at most.
    pub most: usize,
    /// Threads; 0 counts as 1.
    pub threads: usize,
}

/// How filters of fields are weighed.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldWeights {
    /// Pairs less alike than this, all bits of all fields taken together, are not weighed.
    pub candidates: f64,
    /// For each field how much it counts; fields that are not named count nothing.
    pub weights: BTreeMap<String, f64>,
}

impl FieldWeights {
    /// As a scheme has them; pairs are weighed from somewhat below its threshold on.
    pub fn of(scheme: &Scheme) -> Self {
        let weights = scheme
            .fields
            .iter()
            .map(|field| (field.name.clone(), field.weight));
        Self {
            candidates: scheme.threshold * 0.75,
            weights: weights.collect(),
        }
    }
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self {
            threshold: 0.8,
            fields: None,
            assignment: Assignment::Optimal,
            way: Way::Auto,
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
    /// Records on the left of which as many pairs are kept as may be: some of theirs may be missing.
    pub full: usize,
    /// Whether every pair was looked at; where not, about one in twenty of the pairs just at the threshold is missed.
    pub exact: bool,
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
    let candidates = options
        .fields
        .as_ref()
        .map(|fields| ("the threshold of candidates", fields.candidates));
    for (what, given) in [("the threshold", options.threshold)]
        .into_iter()
        .chain(candidates)
    {
        if !(given > 0.0 && given <= 1.0) {
            return Err(ClkError::OutOfRange {
                what,
                given,
                allowed: "above 0 and at most 1",
            });
        }
    }
    let sides = (Filters::read(left)?, Filters::read(right)?);
    comparable(&sides.0, &sides.1).map_err(|problem| ClkError::NotAlike {
        left: left.to_owned(),
        right: right.to_owned(),
        problem,
    })?;
    let (left, right) = sides;
    let search = Search {
        threshold: options
            .fields
            .as_ref()
            .map_or(options.threshold, |fields| fields.candidates),
        most: options.most.max(1),
        way: options.way,
        threads: options.threads,
    };
    let mut found = pairs(&left, &right, &search);
    if let Some(fields) = &options.fields {
        weigh(&left, &right, fields, options.threshold, &mut found.pairs);
    }
    let Found {
        pairs: found,
        full,
        exact,
    } = found;
    let (links, greedy_groups) = assign(&found, options.assignment);
    let next = Next::of(&found);
    let written = write_links(
        &left,
        &right,
        &links,
        &next,
        output,
        options.fields.is_some(),
    )?;
    Ok(MatchRun {
        records: (left.len(), right.len()),
        fill: (left.fill(), right.fill()),
        alike: found.len(),
        full,
        exact,
        links: written,
        greedy_groups,
    })
}

/// Writes the links, with the likeness of each field where fields are weighed.
fn write_links(
    left: &Filters,
    right: &Filters,
    links: &[Pair],
    next: &Next,
    output: &Path,
    fields: bool,
) -> Result<u64, ClkError> {
    let columns = [
        ("left_id", false),
        ("right_id", false),
        ("similarity", true),
        ("next", true),
    ];
    let mut columns: Vec<Column> = columns
        .map(|(name, number)| Column {
            name: name.to_owned(),
            number,
        })
        .into();
    if fields {
        let parts = left.parts.iter().map(|part| format!("{part}_similarity"));
        columns.extend(parts.map(|name| Column { name, number: true }));
    }
    let (lefts, rights) = (&left.ids, &right.ids);
    let id = |id: Option<&String>| Cell::Text(id.cloned().unwrap_or_default().into());
    // What is not finite is written as an empty cell.
    let number = |number: Option<f64>| Cell::Number(number.unwrap_or(f64::NAN));
    let rows = links.iter().map(|link| {
        let mut row = vec![
            id(lefts.get(link.left as usize)),
            id(rights.get(link.right as usize)),
        ];
        row.extend([Some(link.similarity), next.beside(link)].map(number));
        if fields {
            row.extend(by_field(left, right, link).into_iter().map(number));
        }
        row
    });
    Ok(write(output, &columns, rows)?)
}

/// Gives each pair its weighted likeness, and drops those below the threshold.
fn weigh(
    left: &Filters,
    right: &Filters,
    fields: &FieldWeights,
    threshold: f64,
    pairs: &mut Vec<Pair>,
) {
    let weights: Vec<f64> = left
        .parts
        .iter()
        .map(|part| fields.weights.get(part).copied().unwrap_or(0.0))
        .collect();
    for pair in pairs.iter_mut() {
        pair.similarity = weighted(&by_field(left, right, pair), &weights);
    }
    pairs.retain(|pair| pair.similarity >= threshold);
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
