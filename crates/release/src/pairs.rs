//! Two tables of the same people side by side: whether subtracting one from the other would tell anything.
//!
//! Cells are held against each other by their labels, whatever the columns are called, and figures by what they count.
//! This is the comparison of two tables of one shape. Tables that add up to each other are not found here.

use crate::{
    Cell, PublishedTable,
    published::{Holds, PublishedRow},
};
use std::collections::BTreeMap;

/// How two tables stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// They have no row in common.
    Apart,
    /// Every figure that both have is shown alike.
    Alike,
    /// Some figures are shown otherwise: so many.
    Differs(u64),
}

/// Holds two tables against each other.
pub fn side_by_side(one: &PublishedTable, other: &PublishedTable) -> Side {
    let rows = by_labels(one);
    let (mut met, mut differs) = (false, 0);
    for row in &other.rows {
        let Some(of_one) = rows.get(&key(row)) else {
            continue;
        };
        for (mine, figure) in one.columns.iter().zip(&of_one.cells) {
            for (theirs, other_figure) in other.columns.iter().zip(&row.cells) {
                if !counts_alike(&mine.holds, &theirs.holds) {
                    continue;
                }
                met = true;
                differs += u64::from(shown(figure) != shown(other_figure));
            }
        }
    }
    match (met, differs) {
        (false, _) => Side::Apart,
        (true, 0) => Side::Alike,
        (true, differs) => Side::Differs(differs),
    }
}

fn by_labels(table: &PublishedTable) -> BTreeMap<Vec<Option<&str>>, &PublishedRow> {
    table.rows.iter().map(|row| (key(row), row)).collect()
}

/// The labels of a row in no order: a column may stand elsewhere, and totals over other columns are no labels.
fn key(row: &PublishedRow) -> Vec<Option<&str>> {
    let mut labels: Vec<Option<&str>> = row
        .labels
        .iter()
        .filter(|label| label.is_some())
        .map(Option::as_deref)
        .collect();
    labels.sort_unstable();
    labels
}

fn counts_alike(one: &Holds, other: &Holds) -> bool {
    match (one, other) {
        (Holds::Count(one), Holds::Count(other)) => one == other,
        (Holds::PercentageOf(_), Holds::PercentageOf(_)) => true,
        _ => false,
    }
}

fn shown(cell: &Cell) -> String {
    cell.words()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Interval, Unit,
        published::{AppliedRuleSet, PublishedColumn},
        table::Dimension,
    };

    fn table(name: &str, rows: &[(&[Option<&str>], u64)]) -> PublishedTable {
        let labels = rows.first().map_or(0, |(labels, _)| labels.len());
        let dimension = |n: usize| Dimension {
            name: format!("{name}_{n}"),
            title: format!("{name} {n}"),
        };
        PublishedTable {
            format: 1,
            title: name.into(),
            source: "invented".into(),
            rule_set: AppliedRuleSet {
                name: "r".into(),
                title: "R".into(),
                version: "1".into(),
                source: "invented".into(),
            },
            dimensions: (0..labels).map(dimension).collect(),
            columns: vec![PublishedColumn {
                name: name.into(),
                title: name.into(),
                holds: Holds::Count(Unit::People),
            }],
            rows: rows
                .iter()
                .map(|(labels, value)| PublishedRow {
                    labels: labels.iter().map(|l| l.map(str::to_owned)).collect(),
                    cells: vec![Cell::Shown {
                        value: *value,
                        interval: Interval::exactly(*value),
                    }],
                })
                .collect(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_same_people_with_and_without_opt_outs_differ_by_those_who_opted_out() {
        let with = table(
            "people",
            &[(&[Some("18 to 64")], 240), (&[Some("65 and over")], 90)],
        );
        let without = table(
            "n",
            &[(&[Some("65 and over")], 90), (&[Some("18 to 64")], 245)],
        );
        assert_eq!(side_by_side(&with, &without), Side::Differs(1));
        assert_eq!(side_by_side(&without, &with), Side::Differs(1));
        assert_eq!(side_by_side(&with, &with), Side::Alike);
    }

    #[test]
    fn the_order_of_columns_and_totals_hides_nothing() {
        let one = table(
            "a",
            &[
                (&[Some("North"), Some("Female")], 10),
                (&[Some("North"), None], 25),
            ],
        );
        let other = table("b", &[(&[Some("Female"), Some("North")], 15)]);
        let total = table("c", &[(&[Some("North")], 30)]);
        assert_eq!(side_by_side(&one, &other), Side::Differs(1));
        assert_eq!(side_by_side(&one, &total), Side::Differs(1));
        assert_eq!(side_by_side(&other, &total), Side::Apart);
    }
}
