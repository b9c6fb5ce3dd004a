//! Whom linkage misses, group by group, and why.

use super::exhibit::{
    DataTable, Datum, Exhibit, Section, both, figure, quotient, share_words, total, wilson,
};
use crate::plot::{
    KeyItem, Sample,
    axis::{Steps, Unit},
    rows::{self, Mark, PlotRow, RowPlot},
};
use serde::{Deserialize, Serialize};

/// A group of fewer records than this is not shown: its interval would say nothing, and its people might be known.
pub const LEAST_OF_A_GROUP: u64 = 10;

/// Groups by one column, such as ethnic group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupComparison {
    /// The column, as people call it.
    pub column: String,
    /// The groups, in the order in which they are shown.
    pub groups: Vec<GroupRow>,
}

/// One group: of its records that have a person to be found, how many were found, and why others were not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupRow {
    /// What it is called.
    pub name: String,
    /// Records whose person is there to be found.
    pub records: u64,
    /// Those that were linked to the right person.
    pub found: u64,
    /// All links that were given to records of this group.
    pub links: u64,
    /// Those that lead to a wrong person.
    pub wrong_links: u64,
    /// Missed because no block rule brought the pair.
    pub blocked_out: u64,
    /// Missed because the pair weighs too little.
    pub below_threshold: u64,
    /// Missed because another person is nearly as good.
    pub margin: u64,
    /// Missed because a veto forbids the pair.
    pub veto: u64,
    /// Missed because a wrong person was best.
    pub wrong_best: u64,
}

impl GroupComparison {
    /// Without groups that are too small, and how many those were.
    pub(super) fn safe(&self) -> (Self, usize) {
        let groups: Vec<GroupRow> = self
            .groups
            .iter()
            .filter(|g| g.records >= LEAST_OF_A_GROUP)
            .cloned()
            .collect();
        let left_out = self.groups.len() - groups.len();
        let column = self.column.clone();
        (Self { column, groups }, left_out)
    }
}

fn interval_words(interval: Option<(f64, f64)>) -> String {
    interval.map_or(String::new(), |(low, high)| {
        format!("{} to {}", share_words(low), share_words(high))
    })
}

/// Whom linkage misses.
pub(super) fn groups(comparisons: &[GroupComparison]) -> Option<Section> {
    let exhibits: Vec<Exhibit> = comparisons
        .iter()
        .enumerate()
        .filter(|(_, c)| !c.groups.is_empty())
        .map(|(at, comparison)| one(at, comparison))
        .collect();
    (!exhibits.is_empty()).then(|| Section {
        id: "whom-linkage-misses",
        heading: "Whom linkage misses",
        prose: vec![
            "Recall of each group at the threshold that all share, with 95% intervals (Wilson). Where two intervals overlap, chance alone may explain the difference."
                .to_owned(),
            format!("Groups of fewer than {LEAST_OF_A_GROUP} records are not shown."),
        ],
        exhibits,
    })
}

fn one(at: usize, comparison: &GroupComparison) -> Exhibit {
    let (safe, left_out) = comparison.safe();
    let id = format!("groups-{}", at + 1);
    let mut exhibit = Exhibit::new(
        vec![recall(&id, &safe), causes(&id, &safe)],
        table(&id, &safe),
    );
    if left_out > 0 {
        let groups = u64::try_from(left_out).unwrap_or(u64::MAX);
        let words = crate::format::counted(groups, "group is", "groups are");
        exhibit
            .notes
            .push(format!("{words} too small to be shown."));
    }
    exhibit
}

fn table(id: &str, comparison: &GroupComparison) -> DataTable {
    let name = comparison.column.as_str();
    let columns = [
        name,
        "#Records",
        "#Found",
        "#Recall",
        "95% interval",
        "#Behind the best",
        "#Wrong links",
        "#Of all links",
        "#Blocked out",
        "#Below the threshold",
        "#Margin",
        "#Veto",
        "#A wrong one was best",
    ];
    let mut table = DataTable::new(
        id,
        format!("{name}: who is found and who is missed"),
        &columns,
    );
    let best = comparison
        .groups
        .iter()
        .filter_map(|g| quotient(g.found, g.records));
    let best = best.fold(0.0, f64::max);
    for group in &comparison.groups {
        let behind = quotient(group.found, group.records).map(|recall| (best - recall).max(0.0));
        table.rows.push(vec![
            Datum::words(&group.name),
            Datum::Count(group.records),
            Datum::Count(group.found),
            Datum::share(group.found, group.records),
            Datum::words(interval_words(wilson(group.found, group.records))),
            behind.map_or(Datum::Nothing, Datum::Share),
            Datum::Count(group.wrong_links),
            Datum::share(group.wrong_links, group.links),
            Datum::Count(group.blocked_out),
            Datum::Count(group.below_threshold),
            Datum::Count(group.margin),
            Datum::Count(group.veto),
            Datum::Count(group.wrong_best),
        ]);
    }
    table
}

/// Recall of each group with its interval.
fn recall(id: &str, comparison: &GroupComparison) -> [maud::Markup; 2] {
    let records = total(comparison.groups.iter().map(|g| g.records));
    let found = total(comparison.groups.iter().map(|g| g.found));
    let rows = comparison.groups.iter().map(|group| {
        let mut marks = Vec::new();
        if let (Some((low, high)), Some(at)) = (
            wilson(group.found, group.records),
            quotient(group.found, group.records),
        ) {
            marks.push(Mark::Stretch {
                from: low,
                to: high,
            });
            marks.push(Mark::Dot {
                at,
                series: 0,
                hollow: false,
            });
        }
        PlotRow::Row {
            label: group.name.clone(),
            figures: vec![Datum::share(group.found, group.records).shown()],
            marks,
        }
    });
    let by_recall = |a: &&GroupRow, b: &&GroupRow| {
        let recall = |g: &GroupRow| quotient(g.found, g.records).unwrap_or(0.0);
        recall(a).total_cmp(&recall(b))
    };
    let worst = comparison.groups.iter().min_by(by_recall);
    let best = comparison.groups.iter().max_by(by_recall);
    let title = match (worst, best) {
        (Some(worst), Some(best)) if comparison.groups.len() > 1 => {
            let (low, high) = (
                wilson(best.found, best.records),
                wilson(worst.found, worst.records),
            );
            let apart = low.zip(high).is_some_and(|(best, worst)| best.0 > worst.1);
            format!(
                "{}: {} is found least, {} most; {}",
                comparison.column,
                worst.name,
                best.name,
                if apart {
                    "more than chance explains"
                } else {
                    "chance may explain it"
                }
            )
        }
        _ => format!("{}: recall by group", comparison.column),
    };
    let plot = RowPlot {
        id,
        title: &title,
        subtitle: "Share of records linked to the right person, with 95% intervals.",
        summary: &format!("{title}. The table has every group."),
        unit: Unit::Share,
        steps: Steps::Free,
        key: vec![
            KeyItem::new(Sample::Dot(0, false), "recall"),
            KeyItem::new(Sample::Reference, "all together"),
        ],
        reference: quotient(found, records),
        figures: vec!["Recall"],
        rows: rows.collect(),
    };
    both(|w| rows::picture(&plot, w))
}

/// Why records of each group were missed.
fn causes(id: &str, comparison: &GroupComparison) -> [maud::Markup; 2] {
    let names = [
        "blocked out",
        "below the threshold",
        "margin",
        "veto",
        "a wrong one was best",
    ];
    let rows = comparison.groups.iter().map(|group| {
        let counts = [
            group.blocked_out,
            group.below_threshold,
            group.margin,
            group.veto,
            group.wrong_best,
        ];
        let marks = counts.iter().enumerate().filter_map(|(series, count)| {
            Some(Mark::Dot {
                at: figure(*count) / quotient(group.records, 1)?,
                series,
                hollow: series >= 4,
            })
        });
        let missed = group.records.saturating_sub(group.found);
        PlotRow::Row {
            label: group.name.clone(),
            figures: vec![Datum::share(missed, group.records).shown()],
            marks: marks.collect(),
        }
    });
    let of = |pick: fn(&GroupRow) -> u64| total(comparison.groups.iter().map(pick));
    let totals = [
        of(|g| g.blocked_out),
        of(|g| g.below_threshold),
        of(|g| g.margin),
        of(|g| g.veto),
        of(|g| g.wrong_best),
    ];
    let most = totals.iter().zip(names).max_by_key(|(count, _)| **count);
    let title = match most {
        Some((count, name)) if *count > 0 => format!("Most are missed for one cause: {name}"),
        _ => "Nobody is missed".to_owned(),
    };
    let id = format!("{id}-causes");
    let keys = names.iter().enumerate();
    let plot = RowPlot {
        id: &id,
        title: &title,
        subtitle: "Share of each group’s records that is missed, by cause.",
        summary: &format!("{title}. The table has every group."),
        unit: Unit::Share,
        steps: Steps::FromZero,
        key: keys
            .map(|(at, name)| KeyItem::new(Sample::Dot(at, at >= 4), *name))
            .collect(),
        reference: None,
        figures: vec!["Missed"],
        rows: rows.collect(),
    };
    both(|w| rows::picture(&plot, w))
}
