//! A finding: a row, a column or a file breaks a rule. Expected, counted, shown; never an error.

use crate::Identifying;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a finding does to the row or the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The whole file is not accepted.
    RejectFile,
    /// The row is set aside.
    RejectRow,
    /// Accepted, and reported.
    Warning,
    /// A note.
    Note,
}

impl Level {
    /// The level in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::RejectFile => "reject file",
            Self::RejectRow => "reject row",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Whether the row or the file is not accepted.
    pub const fn rejects(self) -> bool {
        matches!(self, Self::RejectFile | Self::RejectRow)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// One rule broken in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's code, such as `CLD-P003`.
    pub rule: String,
    /// What it does.
    pub level: Level,
    /// The spreadsheet row, the header being row 1; `None` for the file as a whole.
    pub row: Option<u64>,
    /// The physical line on which the record begins, where the file has lines.
    pub line: Option<u64>,
    /// The position of the column in the sender's file, from 0; `None` where no column is meant or it is absent.
    pub column: Option<u32>,
    /// The column's name, as in the specification.
    pub field: Option<String>,
    /// The cell, for the sender's own report only.
    pub cell: Option<Identifying<String>>,
    /// What belongs to it, such as the other rows concerned or how many; never a value.
    pub detail: Option<String>,
    /// How many rows it is about; 0 for the file as a whole.
    pub rows: u64,
}

/// The letters by which a spreadsheet names a column, from position 0: A, B, ... Z, AA.
pub fn column_letters(position: u32) -> String {
    let mut left = u64::from(position) + 1;
    let mut letters = Vec::new();
    while left > 0 {
        left -= 1;
        letters.push(char::from(
            b'A' + u8::try_from(left % 26).unwrap_or_default(),
        ));
        left /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_match_the_spreadsheet() {
        assert_eq!(
            [0, 25, 26, 49, 701, 702].map(column_letters),
            ["A", "Z", "AA", "AX", "ZZ", "AAA"]
        );
    }
}
