//! What reviewers decided about pairs, and how far they agree.

use super::{
    ids::Ids,
    intervals::real,
    links::{cell, name_of, need},
    told::Told,
};
use crate::files::{FileError, open};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// What a reviewer said of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// One person.
    Same,
    /// Two people.
    Different,
    /// It cannot be said.
    Unsure,
}

impl Judgement {
    /// From the words that reviewers use.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word.trim().to_lowercase().as_str() {
            "same" | "match" | "link" | "yes" | "y" | "true" | "1" => Self::Same,
            "different" | "no match" | "non-match" | "no link" | "no" | "n" | "false" | "0" => {
                Self::Different
            }
            "unsure" | "possible" | "maybe" | "not sure" | "?" => Self::Unsure,
            _ => return None,
        })
    }
}

/// How far two reviewers agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kappa {
    /// The one reviewer.
    pub one: String,
    /// The other.
    pub other: String,
    /// Pairs that both judged.
    pub pairs: u64,
    /// Pairs of which both said the same.
    pub agreed: u64,
    /// Cohen's kappa: agreement beyond what chance would make; none where chance alone would make it whole.
    pub kappa: Option<f64>,
    /// Where its interval of 95 % begins.
    pub low: Option<f64>,
    /// Where it ends.
    pub high: Option<f64>,
}

/// What all reviewers said of one pair.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels {
    /// For each pair what each reviewer said.
    pub of: BTreeMap<(u32, u32), BTreeMap<String, Judgement>>,
    /// Rows without a decision yet.
    pub open: u64,
}

/// Reads files with `left_id`, `right_id`, `decision` and, where there are several reviewers, `reviewer`.
pub(crate) fn read(paths: &[&Path], ids: &mut Ids, told: &mut Told) -> Result<Labels, FileError> {
    let mut labels = Labels::default();
    let mut contradicted: Vec<((u32, u32), String)> = Vec::new();
    for path in paths {
        let mut rows = open(path, &["left_id", "right_id", "decision", "reviewer"])?;
        need(
            &rows,
            path,
            &[(0, "left_id"), (1, "right_id"), (2, "decision")],
        )?;
        let file = name_of(path);
        let mut row_number = 1;
        while let Some((count, columns)) = rows.next_batch()? {
            for row in 0..count {
                row_number += 1;
                let word = cell(&columns, 2, row);
                if word.is_empty() {
                    labels.open += 1;
                    continue;
                }
                let Some(judgement) = Judgement::of(word) else {
                    told.row(
                        &file,
                        "a decision that is none of same, different, unsure; left out",
                        row_number,
                    );
                    continue;
                };
                let ends = (
                    ids.number(cell(&columns, 0, row)),
                    ids.number(cell(&columns, 1, row)),
                );
                let (Some(left), Some(right)) = ends else {
                    told.row(
                        &file,
                        "a decision without an id on both sides; left out",
                        row_number,
                    );
                    continue;
                };
                let reviewer = cell(&columns, 3, row).to_owned();
                let of_pair = labels.of.entry((left, right)).or_default();
                match of_pair.get(&reviewer) {
                    None => {
                        of_pair.insert(reviewer, judgement);
                    }
                    Some(before) if *before == judgement => {
                        told.row(
                            &file,
                            "a decision that the reviewer has made before; counted once",
                            row_number,
                        );
                    }
                    Some(_) => {
                        told.row(
                            &file,
                            "a decision against one that the reviewer has made before; none counts",
                            row_number,
                        );
                        contradicted.push(((left, right), reviewer));
                    }
                }
            }
        }
        told.odd(&file, &rows);
    }
    for (pair, reviewer) in contradicted {
        if let Some(of_pair) = labels.of.get_mut(&pair) {
            of_pair.remove(&reviewer);
        }
    }
    labels.of.retain(|_, of_pair| !of_pair.is_empty());
    Ok(labels)
}

/// What is taken of several reviewers: what more of them say than anything else; unsure where as many say another.
pub(crate) fn taken(of_pair: &BTreeMap<String, Judgement>) -> Judgement {
    let count = |wanted: Judgement| {
        of_pair
            .values()
            .filter(|judgement| **judgement == wanted)
            .count()
    };
    let (same, different) = (count(Judgement::Same), count(Judgement::Different));
    match same.cmp(&different) {
        std::cmp::Ordering::Greater => Judgement::Same,
        std::cmp::Ordering::Less => Judgement::Different,
        std::cmp::Ordering::Equal => Judgement::Unsure,
    }
}

/// Cohen's kappa of every two reviewers who judged a pair in common.
pub(crate) fn kappas(labels: &Labels) -> Vec<Kappa> {
    let mut tables: BTreeMap<(&str, &str), [[u64; 3]; 3]> = BTreeMap::new();
    for of_pair in labels.of.values() {
        for (at, (one, first)) in of_pair.iter().enumerate() {
            for (other, second) in of_pair.iter().skip(at + 1) {
                let table = tables.entry((one, other)).or_default();
                if let Some(cell) = table
                    .get_mut(*first as usize)
                    .and_then(|row| row.get_mut(*second as usize))
                {
                    *cell += 1;
                }
            }
        }
    }
    tables
        .into_iter()
        .map(|((one, other), table)| kappa(one, other, &table))
        .collect()
}

/// Cohen's kappa of two reviewers: pairs by what the one said (rows) and the other (columns), same, different and
/// unsure in this order.
pub fn kappa(one: &str, other: &str, table: &[[u64; 3]; 3]) -> Kappa {
    let pairs: u64 = table.iter().flatten().sum();
    let agreed: u64 = table
        .iter()
        .enumerate()
        .filter_map(|(at, row)| row.get(at))
        .sum();
    let all = real(pairs);
    let chance: f64 = table
        .iter()
        .enumerate()
        .map(|(at, row)| {
            let of_one: u64 = row.iter().sum();
            let of_other: u64 = table.iter().filter_map(|row| row.get(at)).sum();
            real(of_one) * real(of_other) / (all * all)
        })
        .sum();
    let share = real(agreed) / all;
    let value = (chance < 1.0).then(|| (share - chance) / (1.0 - chance));
    // Cohen (1960): the standard error of kappa, by the normal approximation.
    let error = (share * (1.0 - share) / all).sqrt() / (1.0 - chance);
    let half = 1.959_963_984_540_054 * error;
    Kappa {
        one: one.to_owned(),
        other: other.to_owned(),
        pairs,
        agreed,
        kappa: value,
        low: value.map(|value| (value - half).max(-1.0)),
        high: value.map(|value| (value + half).min(1.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cohen's measure as it is taught: 20 both yes, 5 and 10 apart, 15 both no: .7 agree, .5 by chance, kappa .4.
    #[test]
    fn kappa_is_as_worked_by_hand() {
        let of = kappa("a", "b", &[[20, 5, 0], [10, 15, 0], [0, 0, 0]]);
        assert_eq!((of.pairs, of.agreed), (50, 35));
        assert!((of.kappa.unwrap() - 0.4).abs() < 1e-12);
        // Half-width: 1.96 * sqrt(.7 * .3 / 50) / .5
        assert!(
            (of.high.unwrap() - 0.4 - 1.959_963_984_540_054 * 0.0042_f64.sqrt() / 0.5).abs()
                < 1e-12
        );
    }

    #[test]
    fn reviewers_who_only_ever_say_one_thing_have_no_kappa() {
        assert_eq!(kappa("a", "b", &[[9, 0, 0], [0; 3], [0; 3]]).kappa, None);
    }

    #[test]
    fn a_third_reviewer_settles_and_a_tie_is_unsure() {
        use Judgement::{Different, Same, Unsure};
        let of = |all: &[Judgement]| {
            taken(
                &all.iter()
                    .enumerate()
                    .map(|(at, judgement)| (at.to_string(), *judgement))
                    .collect(),
            )
        };
        assert_eq!(of(&[Same, Different, Same]), Same);
        assert_eq!(of(&[Same, Different]), Unsure);
        assert_eq!(of(&[Same, Unsure]), Same);
        assert_eq!(of(&[Unsure]), Unsure);
    }
}
