//! Whether a table has the shape of a count table: nothing at person level, nothing that is no count.

use crate::{ColumnDescription, ColumnKind, CountTable, RefusalReason, Row, Unit};
use model::NhsNumber;
use std::collections::{BTreeMap, BTreeSet};

/// The word that stands for a total where a table is written as text.
pub const TOTAL: &str = "Total";

/// Every reason in the columns why a table may not leave; empty where there is none.
pub fn shape_refusals(columns: &[ColumnDescription]) -> Vec<RefusalReason> {
    let mut reasons = Vec::new();
    let mut names = BTreeSet::new();
    for column in columns {
        let name = column.name.clone();
        if !names.insert(&column.name) {
            reasons.push(RefusalReason::ColumnTwice {
                column: name.clone(),
            });
        }
        match &column.kind {
            // A count of different people is made from their pseudonyms and is not one.
            ColumnKind::CountOfPeople | ColumnKind::CountOfRows | ColumnKind::CountOfThings => {}
            _ if column.person_level => {
                reasons.push(RefusalReason::PersonLevelColumn { column: name });
            }
            ColumnKind::Dimension => {}
            ColumnKind::Other(reason) => reasons.push(RefusalReason::NotACount {
                column: name,
                reason: reason.clone(),
            }),
        }
    }
    let counted = columns.iter().any(|column| {
        matches!(
            column.kind,
            ColumnKind::CountOfPeople | ColumnKind::CountOfRows | ColumnKind::CountOfThings
        )
    });
    if !counted {
        reasons.push(RefusalReason::NoCount);
    }
    reasons
}

/// Every reason in the rows why a table may not leave.
pub(crate) fn row_refusals(table: &CountTable) -> Vec<RefusalReason> {
    let mut reasons = rows_that_do_not_fit(table);
    reasons.extend(labels_that_mislead(table));
    reasons.extend(person_level_rows(table));
    reasons
}

fn rows_that_do_not_fit(table: &CountTable) -> Vec<RefusalReason> {
    let mut reasons = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, row) in (1..).zip(&table.rows) {
        if row.labels.len() != table.dimensions.len() || row.counts.len() != table.counts.len() {
            reasons.push(RefusalReason::RowDoesNotFit { row: number });
        } else if !seen.insert(&row.labels) {
            reasons.push(RefusalReason::RowTwice { row: number });
        }
    }
    reasons
}

fn labels_that_mislead(table: &CountTable) -> Vec<RefusalReason> {
    let mut reasons = Vec::new();
    for (place, dimension) in table.dimensions.iter().enumerate() {
        let labels = || {
            let cells = table.rows.iter().filter_map(move |r| r.labels.get(place));
            cells.filter_map(Option::as_deref)
        };
        if labels().any(|label| label.trim().is_empty() || label.trim().eq_ignore_ascii_case(TOTAL))
        {
            reasons.push(RefusalReason::LabelReadsAsTotal {
                column: dimension.name.clone(),
            });
        }
        if labels().any(|label| NhsNumber::parse(label).is_ok()) {
            reasons.push(RefusalReason::LabelsLookLikeNhsNumbers {
                column: dimension.name.clone(),
            });
        }
    }
    reasons
}

/// A table with a row for each person, or more rows than people, is a list and no table. Rows that
/// are totals over the same dimensions are a table of their own; a table that counts nobody tells
/// nothing about anybody.
fn person_level_rows(table: &CountTable) -> Vec<RefusalReason> {
    let mut reasons = Vec::new();
    for (place, column) in table.counts.iter().enumerate() {
        if column.unit == Unit::Things {
            continue;
        }
        let count = |row: &Row| row.counts.get(place).copied().unwrap_or_default();
        let whole = table
            .rows
            .iter()
            .find(|row| row.labels.iter().all(Option::is_none))
            .map(count);
        let mut levels: BTreeMap<Vec<bool>, Vec<u64>> = BTreeMap::new();
        for row in &table.rows {
            let level = row.labels.iter().map(Option::is_none).collect();
            levels.entry(level).or_default().push(count(row));
        }
        let (name, unit) = (&column.name, column.unit);
        if levels.values().any(|counts| one_in_each(counts)) {
            let column = name.clone();
            reasons.push(RefusalReason::OneInEachRow { column, unit });
        } else if levels.values().any(|counts| too_sparse(counts, whole)) {
            let column = name.clone();
            reasons.push(RefusalReason::MoreRowsThanCounted { column, unit });
        }
    }
    reasons
}

/// Whether several rows hold somebody and each holds one.
fn one_in_each(counts: &[u64]) -> bool {
    let held = counts.iter().filter(|n| **n > 0).count();
    held > 1 && counts.iter().all(|n| *n <= 1)
}

/// Whether there are more rows than people. Where people can be in several rows, the table's own
/// total is the number of people.
fn too_sparse(counts: &[u64], whole: Option<u64>) -> bool {
    let counted = whole.unwrap_or_else(|| counts.iter().fold(0, |a, b| a.saturating_add(*b)));
    counted > 0 && u64::try_from(counts.len()).is_ok_and(|rows| rows > counted)
}
