//! Which pairs of records count: any two of one file, or one of each of two files.

use super::{judged::pairs_of, links::cell};
use crate::files::{FileError, open};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, path::Path};

/// Which pairs of records count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Any two records.
    OneFile,
    /// Two records of different files; two of one file are neither to be found nor false.
    TwoFiles,
}

/// What pairs there are, by the ids of both files: where no id stands on both sides, the sides are two files.
pub(crate) fn found(
    links: &Path,
    truth: &Path,
    columns: (&str, &str),
) -> Result<Counted, FileError> {
    // A bit for each side on which an id stands.
    let mut sides: HashMap<Box<str>, u8, ahash::RandomState> =
        HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
    for (path, columns) in [(truth, columns), (links, ("left_id", "right_id"))] {
        let mut rows = open(path, &[columns.0, columns.1])?;
        while let Some((count, columns)) = rows.next_batch()? {
            for row in 0..count {
                for (at, side) in [(0, 1_u8), (1, 2)] {
                    let id = cell(&columns, at, row);
                    if id.is_empty() {
                        continue;
                    }
                    let on = if let Some(on) = sides.get_mut(id) {
                        *on |= side;
                        *on
                    } else {
                        sides.insert(id.into(), side);
                        side
                    };
                    if on == 3 {
                        return Ok(Counted::OneFile);
                    }
                }
            }
        }
    }
    Ok(Counted::TwoFiles)
}

/// How many records there are of each file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sizes {
    of: Vec<(u32, u64)>,
    all: u64,
}

impl Sizes {
    /// Adds records of a file.
    pub(crate) fn add(&mut self, file: u32, records: u64) {
        self.all += records;
        match self.of.iter_mut().find(|(known, _)| *known == file) {
            Some((_, count)) => *count += records,
            None => self.of.push((file, records)),
        }
    }

    /// Takes other records away from these.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = self.clone();
        rest.all = self.all.saturating_sub(other.all);
        for (file, records) in &other.of {
            if let Some((_, count)) = rest.of.iter_mut().find(|(known, _)| known == file) {
                *count = count.saturating_sub(*records);
            }
        }
        rest
    }

    /// Pairs of two records that count.
    pub(crate) fn pairs(&self, counted: Counted) -> u64 {
        let all = pairs_of(self.all);
        match counted {
            Counted::OneFile => all,
            Counted::TwoFiles => {
                let within = self.of.iter().map(|(_, records)| pairs_of(*records));
                all.saturating_sub(within.sum())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three of one file and two of another: ten pairs of which six are between the two.
    #[test]
    fn pairs_between_files_are_those_less_the_pairs_within_each() {
        let mut sizes = Sizes::default();
        sizes.add(0, 2);
        sizes.add(7, 2);
        sizes.add(0, 1);
        assert_eq!(
            (
                sizes.pairs(Counted::OneFile),
                sizes.pairs(Counted::TwoFiles)
            ),
            (10, 6)
        );
        let mut other = Sizes::default();
        other.add(7, 1);
        let rest = sizes.without(&other);
        assert_eq!(
            (rest.pairs(Counted::OneFile), rest.pairs(Counted::TwoFiles)),
            (6, 3)
        );
    }
}
