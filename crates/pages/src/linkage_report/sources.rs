//! How complete each source is, and how its values are spread.

use super::exhibit::{DataTable, Datum, Exhibit, Section, both, quotient, share_words};
use crate::plot::{
    KeyItem, Sample,
    axis::{Steps, Unit},
    rows::{self, Mark, PlotRow, RowPlot},
};
use serde::{Deserialize, Serialize};

/// One source of records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceProfile {
    /// What it is called.
    pub name: String,
    /// How many records it has.
    pub records: u64,
    /// Its columns, in the order of the model.
    pub columns: Vec<ColumnProfile>,
}

/// One column of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// How many records have a value that can be used.
    pub filled: u64,
    /// How many different values there are.
    pub distinct: u64,
    /// How many records hold the commonest value.
    pub commonest: u64,
}

/// How complete each source is.
pub(super) fn profile(sources: &[SourceProfile]) -> Option<Section> {
    let mut columns: Vec<&str> = Vec::new();
    for column in sources.iter().flat_map(|s| &s.columns) {
        if !columns.contains(&column.name.as_str()) {
            columns.push(&column.name);
        }
    }
    if columns.is_empty() {
        return None;
    }
    let mut table = DataTable::new(
        "sources",
        "Completeness and values of each column by source",
        &[
            "Column",
            "Source",
            "#Records",
            "#Filled",
            "#Share",
            "#Different values",
            "#Share of the commonest",
        ],
    );
    let mut rows = Vec::new();
    let mut worst: Option<(f64, &str, &str)> = None;
    for column in &columns {
        let mut marks = Vec::new();
        for (at, source) in sources.iter().enumerate() {
            let Some(of_source) = source.columns.iter().find(|c| c.name == *column) else {
                continue;
            };
            table.rows.push(vec![
                Datum::words(*column),
                Datum::words(&source.name),
                Datum::Count(source.records),
                Datum::Count(of_source.filled),
                Datum::share(of_source.filled, source.records),
                Datum::Count(of_source.distinct),
                Datum::share(of_source.commonest, of_source.filled),
            ]);
            let Some(share) = quotient(of_source.filled, source.records) else {
                continue;
            };
            if worst.is_none_or(|(least, _, _)| share < least) {
                worst = Some((share, *column, &source.name));
            }
            marks.push(Mark::Dot {
                at: share,
                series: at,
                hollow: at >= 4,
            });
        }
        rows.push(PlotRow::Row {
            label: (*column).to_owned(),
            figures: Vec::new(),
            marks,
        });
    }
    let title = worst.map_or_else(
        || "There are no records".to_owned(),
        |(share, column, source)| {
            format!(
                "{column} is filled least, in {source}: {}",
                share_words(share)
            )
        },
    );
    let key = sources.iter().take(8).enumerate();
    let plot = RowPlot {
        id: "sources",
        title: &title,
        subtitle: "Share of records with a value that can be used, by column and source.",
        summary: &format!("{title}. The table has every column of every source."),
        unit: Unit::Share,
        steps: Steps::Whole,
        key: key
            .map(|(at, source)| KeyItem::new(Sample::Dot(at, at >= 4), &source.name))
            .collect(),
        reference: None,
        figures: Vec::new(),
        rows,
    };
    Some(Section {
        id: "completeness",
        heading: "How complete the sources are",
        prose: Vec::new(),
        exhibits: vec![Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)],
    })
}
