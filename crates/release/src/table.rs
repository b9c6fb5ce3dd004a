//! A count table: what `protect` is given. True counts, so it never leaves by itself.

use crate::{RefusalReason, ReleaseRefusal, shape};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Different people.
    People,
    /// Things that happened to people: rows, spells, attendances, services.
    Events,
    /// Things that are not about single people: providers, beds.
    Things,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::People => "people",
            Self::Events => "events",
            Self::Things => "things",
        })
    }
}

/// What the caller knows about a column of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDescription {
    /// The column's name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether it comes from a pseudonym or a column that is marked as about single people.
    pub person_level: bool,
}

/// What a column of an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// Labels that the counts are grouped by.
    Dimension,
    /// A count of different people.
    CountOfPeople,
    /// A count of rows, such as events, spells or services.
    CountOfRows,
    /// A count of things that are not about single people.
    CountOfThings,
    /// Something else, and why it is no count, in words that follow "is not a count:".
    Other(String),
}

/// A column of labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    /// The column's name.
    pub name: String,
    /// What people call it.
    pub title: String,
}

/// A column of counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountColumn {
    /// The column's name.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What is counted.
    pub unit: Unit,
}

/// One row: its labels, `None` being the total over that dimension, and its true counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// A label for each dimension.
    pub labels: Vec<Option<String>>,
    /// A number for each count column.
    pub counts: Vec<u64>,
}

impl Row {
    /// Whether any label is a total.
    pub fn is_total(&self) -> bool {
        self.labels.iter().any(Option::is_none)
    }
}

/// Counts by their labels. Made by [`CountTable::new`] alone, so its shape has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountTable {
    pub(crate) title: String,
    pub(crate) source: String,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) counts: Vec<CountColumn>,
    pub(crate) rows: Vec<Row>,
}

impl CountTable {
    /// A count table, refused where a column is about single people or is not a count, or where the
    /// rows do not fit. `columns` describes the dimensions and the counts, each in the order of the cells.
    pub fn new(
        title: impl Into<String>,
        source: impl Into<String>,
        columns: &[ColumnDescription],
        rows: Vec<Row>,
    ) -> Result<Self, ReleaseRefusal> {
        ReleaseRefusal::unless_empty(shape::shape_refusals(columns))?;
        let mut table = Self {
            title: title.into(),
            source: source.into(),
            dimensions: Vec::new(),
            counts: Vec::new(),
            rows,
        };
        for column in columns {
            let (name, title) = (column.name.clone(), column.title.clone());
            let unit = match column.kind {
                ColumnKind::CountOfPeople => Unit::People,
                ColumnKind::CountOfRows => Unit::Events,
                ColumnKind::CountOfThings => Unit::Things,
                ColumnKind::Dimension | ColumnKind::Other(_) => {
                    table.dimensions.push(Dimension { name, title });
                    continue;
                }
            };
            table.counts.push(CountColumn { name, title, unit });
        }
        ReleaseRefusal::unless_empty(shape::row_refusals(&table))?;
        Ok(table)
    }

    /// The same table with a total over one dimension added for each combination of the others.
    /// Right only where each person is counted under one label of that dimension; where someone can
    /// be under several, count the totals in the query instead.
    pub fn with_totals(mut self, dimension: &str) -> Result<Self, ReleaseRefusal> {
        let place = self
            .dimensions
            .iter()
            .position(|d| d.name == dimension)
            .ok_or_else(|| self.unknown(dimension))?;
        let mut totals: BTreeMap<Vec<Option<String>>, Option<Vec<u64>>> = BTreeMap::new();
        for row in &self.rows {
            let mut labels = row.labels.clone();
            let Some(label) = labels.get_mut(place) else {
                continue;
            };
            if label.take().is_none() {
                // The total is there already, from the query, and that one is true for certain.
                totals.insert(labels, None);
                continue;
            }
            let sums = totals
                .entry(labels)
                .or_insert_with(|| Some(vec![0; row.counts.len()]));
            for (sum, count) in sums.iter_mut().flatten().zip(&row.counts) {
                *sum = sum.saturating_add(*count);
            }
        }
        self.rows.extend(
            totals
                .into_iter()
                .filter_map(|(labels, counts)| counts.map(|counts| Row { labels, counts })),
        );
        Ok(self)
    }

    /// What the table is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How many rows there are, totals included.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn unknown(&self, column: &str) -> RefusalReason {
        let names = self.dimensions.iter().map(|d| d.name.as_str());
        RefusalReason::UnknownColumn {
            column: column.to_owned(),
            nearest: model::content::nearest(column, names).map(str::to_owned),
        }
    }
}
