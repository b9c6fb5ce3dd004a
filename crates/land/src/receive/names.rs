//! Finding the header: the first row in which something stands, unless it is a title and the names come below.

use super::{
    ReceiveSettings,
    header::{HeaderMatch, KnownNames},
    split::Sink,
};
use crate::LandError;
use model::Dataset;

/// How many rows in which something stands are looked at.
const LOOKED_AT: u64 = 20;

/// A row of names that takes up more is none.
const LONGEST_ROW: usize = 1 << 20;

/// A row that may be the header.
#[derive(Debug, Default)]
pub(super) struct Names {
    cells: Vec<String>,
    width: usize,
    row: u64,
    /// Rows above it in which something stands.
    above: u64,
    /// How many of its cells are columns of the dataset.
    score: usize,
}

/// Looks for the header row by row.
///
/// It is the first row in which half the names are known, or half the columns named, among the first
/// twenty; where there is none, it is the first row, whatever stands there.
pub(super) struct HeaderSearch {
    known: KnownNames,
    most_columns: usize,
    /// The row at hand, and the bytes of its cells.
    at_hand: Names,
    bytes: usize,
    filled_rows: u64,
    widest: usize,
    first: Option<Names>,
    good: Option<Names>,
    /// The row to stop at, where it is known.
    stop_at: Option<u64>,
    passed: bool,
}

impl HeaderSearch {
    pub(super) fn new(dataset: &Dataset, most_columns: usize) -> Self {
        Self {
            known: KnownNames::new(dataset),
            most_columns,
            at_hand: Names::default(),
            bytes: 0,
            filled_rows: 0,
            widest: 0,
            first: None,
            good: None,
            stop_at: None,
            passed: false,
        }
    }

    /// A search that ends with a row that was found before.
    pub(super) fn again(dataset: &Dataset, most_columns: usize, row: u64) -> Self {
        Self {
            stop_at: Some(row),
            ..Self::new(dataset, most_columns)
        }
    }

    /// The header, once a row was seen.
    pub(super) fn found(&self) -> Option<&Names> {
        self.good.as_ref().or(self.first.as_ref())
    }

    /// Whether the row at hand has too many columns already.
    pub(super) fn is_too_wide(&self) -> bool {
        self.at_hand.width > self.most_columns
    }

    /// Rows in which something stands, as far as they were seen.
    pub(super) const fn filled_rows(&self) -> u64 {
        self.filled_rows
    }

    /// How many such rows stand above a good header.
    pub(super) fn good_after(&self) -> Option<u64> {
        self.good.as_ref().map(|names| names.above)
    }

    /// To tell delimiters apart: a good header, the further up the better, then known names, then width.
    pub(super) fn rank(&self) -> impl PartialOrd + use<> {
        (
            self.good.is_some(),
            std::cmp::Reverse(self.good_after()),
            self.found().map_or(0, |names| names.score),
            self.widest.max(self.at_hand.width),
        )
    }
}

impl Names {
    /// Matches the names to the fields of a dataset.
    pub(super) fn matched(
        &self,
        dataset: &Dataset,
        settings: &ReceiveSettings,
        sheet: Option<&str>,
    ) -> Result<HeaderMatch, LandError> {
        if self.width > settings.max_columns {
            return Err(LandError::TooManyColumns {
                limit: settings.max_columns,
            });
        }
        if self.cells.len() < self.width {
            return Err(LandError::HeaderTooLong {
                limit: LONGEST_ROW as u64,
            });
        }
        let mut header = HeaderMatch::new(&self.cells, self.row, dataset, sheet)?;
        header.rows_above = self.above;
        Ok(header)
    }
}

impl Sink for HeaderSearch {
    fn cell(&mut self, column: usize, cell: &[u8]) {
        self.at_hand.width = column + 1;
        self.bytes = self.bytes.saturating_add(cell.len());
        // What is too much is counted and not kept.
        if column < self.most_columns && self.bytes <= LONGEST_ROW {
            let name = String::from_utf8_lossy(cell).into_owned();
            self.at_hand.cells.push(name);
        }
    }

    fn end_row(&mut self, row: u64, _: u64, width: usize) {
        let mut names = std::mem::take(&mut self.at_hand);
        let bytes = std::mem::take(&mut self.bytes);
        self.passed |= self.stop_at == Some(row);
        self.widest = self.widest.max(width);
        let filled = names.cells.iter().filter(|c| !c.trim().is_empty()).count();
        let is_whole = width <= self.most_columns && bytes <= LONGEST_ROW;
        if filled == 0 && is_whole {
            return;
        }
        names.width = width;
        names.row = row;
        names.above = self.filled_rows;
        names.score = self.known.score(&names.cells);
        self.filled_rows += 1;
        let half = filled.min(self.known.fields()).div_ceil(2);
        if is_whole && names.score >= half.max(1) {
            self.good = Some(names);
        } else if self.first.is_none() {
            self.first = Some(names);
        }
    }

    fn is_full(&self) -> bool {
        self.passed
            || self.stop_at.is_none() && (self.good.is_some() || self.filled_rows >= LOOKED_AT)
    }

    fn overfull(&self) -> Option<usize> {
        None
    }
}
