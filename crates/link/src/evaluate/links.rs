//! Reading a file of links: as a run writes it, or any other with ids and a match weight.

use super::{ids::Ids, told::Told};
use crate::files::{FileError, Rows, open};
use arrow_array::{Array as _, StringArray};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, path::Path};

/// What a run decided about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// One person.
    Link,
    /// The best, but another is nearly as good.
    Close,
    /// Not good enough.
    Weak,
    /// Never linked, whatever it weighs.
    Veto,
    /// The file does not say.
    Unsaid,
}

impl Decision {
    fn of(word: &str) -> Option<Self> {
        Some(match word {
            "link" => Self::Link,
            "close" => Self::Close,
            "weak" => Self::Weak,
            "veto" => Self::Veto,
            "" => Self::Unsaid,
            _ => return None,
        })
    }
}

/// A pair that a run wrote.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Link {
    pub left: u32,
    pub right: u32,
    pub weight: f64,
    pub probability: f64,
    /// Infinite where no other person was found.
    pub margin: f64,
    pub decision: Decision,
    pub row: u64,
}

/// All pairs of a file, each once, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    pub rows: Vec<Link>,
    /// Whether the file says what was decided.
    pub decided: bool,
    /// Whether it says how far the best is ahead.
    pub margins: bool,
}

impl Links {
    /// Takes other people for those on the right, and each pair once again.
    pub(crate) fn follow(&mut self, person: impl Fn(u32) -> u32) {
        for link in &mut self.rows {
            link.right = person(link.right);
        }
        sort(&mut self.rows);
        self.rows.dedup_by_key(|link| (link.left, link.right));
    }
}

/// The probability that belongs to a match weight.
pub(crate) fn probability_of(weight: f64) -> f64 {
    1.0 / (1.0 + (-weight).exp2())
}

/// How a file is called in notices.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    )
}

/// Fails where a column is not there.
pub(crate) fn need(rows: &Rows, path: &Path, wanted: &[(usize, &str)]) -> Result<(), FileError> {
    match wanted.iter().find(|(at, _)| !rows.has(*at)) {
        None => Ok(()),
        Some((_, column)) => Err(FileError::NoColumn {
            path: path.to_owned(),
            column: (*column).to_owned(),
            columns: rows.columns().join(", "),
        }),
    }
}

/// A cell as text; empty where there is none.
pub(crate) fn cell(columns: &[Option<StringArray>], at: usize, row: usize) -> &str {
    match columns.get(at) {
        Some(Some(column)) if row < column.len() && column.is_valid(row) => {
            column.value(row).trim()
        }
        _ => "",
    }
}

/// What the two ends of a link are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// A record and what it was held against, by ids of one kind.
    Ordered,
    /// Two records of one file: the pair is the same whichever of them stands first.
    Unordered,
    /// Records of two files: equal ids of the two are different records.
    TwoFiles,
}

/// Reads a file of links.
pub(crate) fn read(
    path: &Path,
    ends: Ends,
    ids: &mut Ids,
    told: &mut Told,
) -> Result<Links, FileError> {
    let wanted = [
        "left_id",
        "right_id",
        "match_weight",
        "probability",
        "margin",
        "decision",
    ];
    let mut rows = open(path, &wanted)?;
    need(
        &rows,
        path,
        &[(0, "left_id"), (1, "right_id"), (2, "match_weight")],
    )?;
    let (file, probabilities) = (name_of(path), rows.has(3));
    let mut all = Links {
        rows: Vec::new(),
        decided: rows.has(5),
        margins: rows.has(4),
    };
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let pair = (
                ids.number(cell(&columns, 0, row)),
                ids.number_in(usize::from(ends == Ends::TwoFiles), cell(&columns, 1, row)),
            );
            let (Some(left), Some(right)) = pair else {
                told.row(
                    &file,
                    "a link without an id on both sides; left out",
                    row_number,
                );
                continue;
            };
            let Some(weight) = finite(cell(&columns, 2, row)) else {
                told.row(
                    &file,
                    "a link whose match weight is not a number; left out",
                    row_number,
                );
                continue;
            };
            let probability = match finite(cell(&columns, 3, row)) {
                Some(probability) if (0.0..=1.0).contains(&probability) => probability,
                _ => {
                    if probabilities {
                        told.row(
                            &file,
                            "a probability that is not between 0 and 1; worked out from the weight",
                            row_number,
                        );
                    }
                    probability_of(weight)
                }
            };
            let decision = Decision::of(cell(&columns, 5, row)).unwrap_or_else(|| {
                told.row(
                    &file,
                    "a decision that is none of link, close, weak, veto; taken as not linked",
                    row_number,
                );
                Decision::Unsaid
            });
            let unordered = ends == Ends::Unordered;
            let (left, right) = if unordered {
                (left.min(right), left.max(right))
            } else {
                (left, right)
            };
            if unordered && left == right {
                told.row(
                    &file,
                    "a link of a record with itself; left out",
                    row_number,
                );
                continue;
            }
            let margin = finite(cell(&columns, 4, row)).unwrap_or(f64::INFINITY);
            all.rows.push(Link {
                left,
                right,
                weight,
                probability,
                margin,
                decision,
                row: row_number,
            });
        }
    }
    told.odd(&file, &rows);
    once(&mut all.rows, &file, told);
    Ok(all)
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Heavier first, then by everything else, so that the order of rows never shows.
fn heavier(a: &Link, b: &Link) -> Ordering {
    b.weight
        .total_cmp(&a.weight)
        .then(a.decision.cmp(&b.decision))
        .then(b.probability.total_cmp(&a.probability))
        .then(b.margin.total_cmp(&a.margin))
}

fn sort(links: &mut [Link]) {
    links.sort_unstable_by(|a, b| {
        (a.left, a.right)
            .cmp(&(b.left, b.right))
            .then_with(|| heavier(a, b))
            .then(a.row.cmp(&b.row))
    });
}

/// Each pair once, by its heaviest row.
fn once(links: &mut Vec<Link>, file: &str, told: &mut Told) {
    sort(links);
    links.dedup_by(|next, kept| {
        let again = (next.left, next.right) == (kept.left, kept.right);
        if again {
            told.row(
                file,
                "a pair that stands there before; the heavier counts",
                next.row.max(kept.row),
            );
        }
        again
    });
}
