//! Totals as sums of the parts that are shown.
//!
//! Such a total tells nothing beyond its parts. It is right only where the parts make up the total,
//! so a total in which somebody is counted twice, or from which somebody is missing, is refused.

use crate::{Cell, CountTable, Interval, RefusalReason, ReleaseRefusal, RuleSet, protect};
use std::collections::{BTreeMap, BTreeSet};

type Labels = Vec<Option<String>>;

/// The parts of every total of a table, added up column by column.
#[derive(Debug)]
pub struct Parts {
    sums: BTreeMap<Labels, Vec<Sum>>,
}

#[derive(Debug, Clone)]
struct Sum {
    truth: u64,
    shown: u64,
    interval: Interval,
    /// A part that is hidden: its symbol stands for the total where nothing else is shown.
    hidden: Option<String>,
}

impl Parts {
    /// Adds up the parts of each total, and refuses totals that are not their parts.
    pub fn of(rules: &RuleSet, table: &CountTable) -> Result<Self, ReleaseRefusal> {
        // Each way of leaving labels out that the table's totals use.
        let ways: BTreeSet<Vec<bool>> = table
            .rows
            .iter()
            .filter(|row| row.is_total())
            .map(|row| row.labels.iter().map(Option::is_none).collect())
            .collect();
        let mut sums: BTreeMap<Labels, Vec<Sum>> = BTreeMap::new();
        for row in table.rows.iter().filter(|row| !row.is_total()) {
            let cells: Vec<(u64, Cell)> = table
                .counts
                .iter()
                .zip(&row.counts)
                .map(|(column, count)| (*count, protect::cell(rules, column.unit, *count)))
                .collect();
            for way in &ways {
                let labels = row.labels.iter().zip(way);
                let labels = labels
                    .map(|(label, total)| label.clone().filter(|_| !total))
                    .collect();
                let totals = sums
                    .entry(labels)
                    .or_insert_with(|| vec![Sum::nothing(); cells.len()]);
                for (sum, (truth, cell)) in totals.iter_mut().zip(&cells) {
                    sum.add(*truth, cell);
                }
            }
        }
        let parts = Self { sums };
        ReleaseRefusal::unless_empty(parts.reasons(table))?;
        Ok(parts)
    }

    /// The cell of a total.
    pub fn total(&self, labels: &[Option<String>], place: usize) -> Option<Cell> {
        let sum = self.sums.get(labels)?.get(place)?;
        Some(match &sum.hidden {
            Some(symbol) if sum.shown == 0 => Cell::Hidden {
                symbol: symbol.clone(),
                interval: sum.interval,
                reason: "hidden because every part of this total is hidden or zero".to_owned(),
            },
            _ => Cell::Shown {
                value: sum.shown,
                interval: sum.interval,
            },
        })
    }

    fn reasons(&self, table: &CountTable) -> Vec<RefusalReason> {
        let mut reasons = Vec::new();
        for (number, row) in (1..).zip(&table.rows).filter(|(_, row)| row.is_total()) {
            let Some(sums) = self.sums.get(&row.labels) else {
                reasons.push(RefusalReason::TotalWithoutParts { row: number });
                continue;
            };
            for ((column, total), sum) in table.counts.iter().zip(&row.counts).zip(sums) {
                if *total != sum.truth {
                    reasons.push(RefusalReason::TotalIsNotItsParts {
                        column: column.name.clone(),
                        row: number,
                    });
                }
            }
        }
        reasons
    }
}

impl Sum {
    const fn nothing() -> Self {
        Self {
            truth: 0,
            shown: 0,
            interval: Interval::exactly(0),
            hidden: None,
        }
    }

    fn add(&mut self, truth: u64, cell: &Cell) {
        self.truth = self.truth.saturating_add(truth);
        match cell {
            Cell::Shown { value, interval } => {
                self.shown = self.shown.saturating_add(*value);
                self.interval = self.interval.plus(*interval);
            }
            Cell::Hidden {
                symbol, interval, ..
            } => {
                self.interval = self.interval.plus(*interval);
                self.hidden.get_or_insert_with(|| symbol.clone());
            }
            Cell::Percentage { .. } | Cell::NoPercentage { .. } => {}
        }
    }
}
