//! People as columns of codes: what the engine that compares pairs reads.
//!
//! Every distinct value is cleaned and described once, in a [`Dictionary`] that both sides of a linkage share; a
//! record is a short row of codes. Two values are equal where their codes are. Code 0 is no value.

mod clean;
mod dictionary;
mod domain;
mod seen;

use std::borrow::Cow;

pub use clean::{Clean, Cleaned};
pub use dictionary::{Dictionary, Lists, Split};
pub use domain::{Derive, Domain, MISSING};
pub(crate) use domain::{
    Facts, date_parts, is_number, mix, number_bytes, number_digits, number_text, packed_letters,
};
pub(crate) use seen::Seen;

/// Where a column's earlier values are: those of row `r` are `codes[starts[r]..starts[r + 1]]`.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    starts: Vec<u32>,
    codes: Vec<u32>,
}

impl Earlier {
    /// From pairs of row and code, in any order; each pair counts once.
    pub fn new(rows: usize, pairs: &[(u32, u32)]) -> Self {
        // First in the order of rows, by counting; then the few values of each row in their order.
        let mut ends = vec![0u32; rows + 1];
        for (row, _) in pairs {
            if let Some(count) = ends.get_mut(*row as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut all = vec![MISSING; pairs.len()];
        for (row, code) in pairs {
            if let Some(next) = ends.get_mut(*row as usize) {
                if let Some(slot) = all.get_mut(*next as usize) {
                    *slot = *code;
                }
                *next += 1;
            }
        }
        let (mut starts, mut codes) = (Vec::with_capacity(rows + 1), Vec::new());
        let mut from = 0;
        for end in ends.iter().take(rows).map(|end| *end as usize) {
            starts.push(u32::try_from(codes.len()).unwrap_or(u32::MAX));
            let of_row = all.get_mut(from..end).unwrap_or_default();
            of_row.sort_unstable();
            for same in of_row.chunk_by(|a, b| a == b) {
                codes.extend(same.first());
            }
            from = end;
        }
        starts.push(u32::try_from(codes.len()).unwrap_or(u32::MAX));
        Self { starts, codes }
    }

    /// The earlier values of a row.
    pub fn of(&self, row: usize) -> &[u32] {
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(from), Some(to)) => self
                .codes
                .get(*from as usize..*to as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }
}

/// What names the records.
#[derive(Debug, Clone)]
pub enum Ids {
    /// Numbers, as their codes say them.
    Numbers(Vec<u32>),
    /// Text, one after another.
    Texts { text: String, ends: Vec<usize> },
}

impl Ids {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(codes) => codes.len(),
            Self::Texts { ends, .. } => ends.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id of a row, as text.
    pub fn of(&self, row: usize) -> Cow<'_, str> {
        match self {
            Self::Numbers(codes) => number_text(codes.get(row).copied().unwrap_or_default())
                .unwrap_or_default()
                .into(),
            Self::Texts { text, ends } => {
                let from = match row.checked_sub(1) {
                    Some(before) => ends.get(before).copied().unwrap_or_default(),
                    None => 0,
                };
                let to = ends.get(row).copied().unwrap_or_default();
                text.get(from..to).unwrap_or_default().into()
            }
        }
    }

    /// A number that depends on the id alone, so that ties fall alike in any order of rows.
    pub fn rank(&self, row: usize) -> u64 {
        match self {
            Self::Numbers(codes) => mix(u64::from(codes.get(row).copied().unwrap_or_default())),
            Self::Texts { .. } => domain::hash(self.of(row).as_bytes()),
        }
    }
}

/// The records of one side.
#[derive(Debug, Clone)]
pub struct People {
    width: usize,
    codes: Vec<u32>,
    ids: Ids,
    /// For each column, its earlier values where there are any.
    earlier: Vec<Option<Earlier>>,
}

impl People {
    /// From rows of codes, `width` to a row.
    pub fn new(width: usize, codes: Vec<u32>, ids: Ids) -> Self {
        Self {
            width,
            codes,
            ids,
            earlier: vec![None; width],
        }
    }

    /// The records of both sides as one, these first. Earlier values are not among them.
    #[must_use]
    pub fn joined(self, other: &Self) -> Self {
        let ids = match (&self.ids, &other.ids) {
            (Ids::Numbers(own), Ids::Numbers(others)) => {
                Ids::Numbers(own.iter().chain(others).copied().collect())
            }
            (own, others) => {
                let (mut text, mut ends) = (String::new(), Vec::new());
                for ids in [own, others] {
                    for row in 0..ids.len() {
                        text.push_str(&ids.of(row));
                        ends.push(text.len());
                    }
                }
                Ids::Texts { text, ends }
            }
        };
        let mut codes = self.codes;
        codes.extend_from_slice(&other.codes);
        Self::new(self.width, codes, ids)
    }

    /// The same with the earlier values of a column.
    #[must_use]
    pub fn with_earlier(mut self, column: usize, earlier: Earlier) -> Self {
        if let Some(slot) = self.earlier.get_mut(column) {
            *slot = Some(earlier);
        }
        self
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.width
    }

    /// What names the records.
    pub fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The codes of a row.
    pub fn row(&self, row: usize) -> &[u32] {
        let from = row * self.width;
        self.codes.get(from..from + self.width).unwrap_or_default()
    }

    /// The earlier values of a column in a row.
    pub fn earlier(&self, column: usize, row: usize) -> &[u32] {
        match self.earlier.get(column) {
            Some(Some(earlier)) => earlier.of(row),
            _ => &[],
        }
    }

    /// Whether any row has earlier values.
    pub fn any_earlier(&self) -> bool {
        self.earlier.iter().any(Option::is_some)
    }

    /// Whether any column of a row has earlier values.
    pub fn has_earlier(&self, row: usize) -> bool {
        let mut columns = self.earlier.iter().flatten();
        columns.any(|earlier| !earlier.of(row).is_empty())
    }

    /// How often each value of a column occurs, earlier values counted too.
    pub fn counts_with_earlier(&self, column: usize, distinct: usize) -> Vec<u32> {
        let (mut counts, _) = self.counts(column, distinct);
        if let Some(Some(earlier)) = self.earlier.get(column) {
            for code in &earlier.codes {
                if let Some(count) = counts.get_mut(*code as usize) {
                    *count = count.saturating_add(1);
                }
            }
        }
        counts
    }

    /// Who a row is about: rows with one number are one person.
    pub fn person(&self, row: usize) -> u32 {
        match &self.ids {
            Ids::Numbers(codes) => codes.get(row).copied().unwrap_or_default(),
            Ids::Texts { .. } => u32::try_from(row).unwrap_or(u32::MAX),
        }
    }

    /// How often each value of a column occurs, and in how many rows there is one.
    pub fn counts(&self, column: usize, distinct: usize) -> (Vec<u32>, u64) {
        let mut counts = vec![0u32; distinct];
        let mut filled = 0;
        for row in self.codes.chunks_exact(self.width.max(1)) {
            let code = row.get(column).copied().unwrap_or_default();
            if code != MISSING {
                filled += 1;
                if let Some(count) = counts.get_mut(code as usize) {
                    *count = count.saturating_add(1);
                }
            }
        }
        (counts, filled)
    }
}
