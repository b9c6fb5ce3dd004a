//! Tables as readers see them, and the one type that says a table may leave.

use crate::{Interval, RuleSet, Unit, rules::Percentages, table::Dimension};
use model::{Releasable, Table};
use serde::{Deserialize, Serialize};

/// A table that may leave. Only this crate makes one, in [`crate::protect()`]; whoever holds one
/// holds the proof that a rule set was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ReleasableTable {
    pub(crate) table: PublishedTable,
    #[serde(skip)]
    pub(crate) percentages: Percentages,
}

/// A table as readers see it: shown numbers and symbols, and the notes without which it must not be
/// shown. It can be read back from where it is kept, and so proves nothing by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedTable {
    /// The version of this layout: fields are added, never renamed.
    pub format: u32,
    /// What the table is called.
    pub title: String,
    /// Where the figures come from.
    pub source: String,
    /// The rule set that was applied.
    pub rule_set: AppliedRuleSet,
    /// The columns of labels.
    pub dimensions: Vec<Dimension>,
    /// The columns of figures.
    pub columns: Vec<PublishedColumn>,
    /// The rows by their labels, totals last. The order tells nothing about the figures.
    pub rows: Vec<PublishedRow>,
    /// What a reader has to know.
    pub notes: Vec<Note>,
}

/// The rule set that was applied to a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedRuleSet {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Where its numbers come from.
    pub source: String,
}

/// A column of figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedColumn {
    /// The column's name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it holds.
    pub holds: Holds,
}

/// What a column of figures holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Counts.
    Count(Unit),
    /// Percentages of the column named.
    PercentageOf(String),
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedRow {
    /// A label for each dimension, `None` being the total over it.
    pub labels: Vec<Option<String>>,
    /// A cell for each column of figures.
    pub cells: Vec<Cell>,
}

/// One figure as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// A number, and the true numbers that it may stand for.
    Shown { value: u64, interval: Interval },
    /// A symbol, the true numbers that it may stand for, and why.
    Hidden {
        symbol: String,
        interval: Interval,
        reason: String,
    },
    /// A percentage in tenths of one per cent, made from shown numbers, and how many decimals to show.
    Percentage { tenths: u64, decimals: u8 },
    /// A symbol in place of a percentage, and why.
    NoPercentage { symbol: String, reason: String },
}

/// A sentence that goes wherever the table goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The symbol that it explains, if it explains one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The sentence.
    pub text: String,
}

impl Note {
    /// A sentence.
    pub fn saying(text: impl Into<String>) -> Self {
        Self {
            symbol: None,
            text: text.into(),
        }
    }
}

impl ReleasableTable {
    /// The table as readers see it.
    pub fn published(&self) -> &PublishedTable {
        &self.table
    }

    /// The handle of this table where it is kept under a name and a version.
    pub fn handle(&self, name: impl Into<String>, version: u64) -> Table<Releasable> {
        Table::at(name, version)
    }
}

impl From<&RuleSet> for AppliedRuleSet {
    fn from(rules: &RuleSet) -> Self {
        Self {
            name: rules.name.clone(),
            title: rules.title.clone(),
            version: rules.version.clone(),
            source: rules.source.clone(),
        }
    }
}

impl PublishedTable {
    /// The place of a column of figures.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The place of a dimension.
    pub fn dimension(&self, name: &str) -> Option<usize> {
        self.dimensions.iter().position(|d| d.name == name)
    }
}
