//! The picture of a released table: a map where its labels are areas that we have outlines of, bars otherwise.

use super::super::visit::Visit;
use control::ReleaseRecord;
use pages::{
    MapView,
    chart::{Chart, ChartKind, Series, SymbolNote, Value},
    map::{AreaMap, AreaValue},
};
use release::{Cell, PublishedTable};
use std::sync::Arc;

/// More bars than this say less than the table.
const MOST_BARS: usize = 60;

/// The chart or the map of a table, where it has one.
pub(super) fn of(
    visit: &Visit,
    record: &ReleaseRecord,
    table: &PublishedTable,
) -> (Option<Chart>, Option<MapView>) {
    let Some(figures) = table.columns.first() else {
        return (None, None);
    };
    let map = match table.dimensions.as_slice() {
        [only] => visit
            .site
            .service
            .maps
            .iter()
            .find(|m| m.column == only.name),
        _ => None,
    };
    if let Some((words, outlines)) =
        map.and_then(|m| Some((m, visit.site.outlines.get(&m.column)?)))
    {
        let values = table
            .rows
            .iter()
            .filter_map(|row| match (row.labels.as_slice(), row.cells.first()) {
                ([Some(code)], Some(cell)) => Some(AreaValue {
                    code: code.clone(),
                    value: value(cell),
                }),
                _ => None,
            })
            .collect();
        let map = AreaMap {
            id: format!("map-{}", record.id),
            title: record.title.clone(),
            subtitle: figures.title.clone(),
            area_name: words.area_name.clone(),
            value_name: figures.title.clone(),
            values,
            decimals: 0,
            notes: notes(table),
            attribution: format!("{}. {}", outlines.source, outlines.licence),
        };
        return (
            None,
            Some(MapView {
                map,
                outlines: Arc::clone(outlines),
            }),
        );
    }
    (chart(record, table, &figures.title), None)
}

/// What the symbols of a table mean.
pub(super) fn notes(table: &PublishedTable) -> Vec<SymbolNote> {
    table
        .notes
        .iter()
        .filter_map(|n| {
            Some(SymbolNote {
                symbol: n.symbol.clone()?,
                meaning: n.text.clone(),
            })
        })
        .collect()
}

/// Bars for the first column of figures: the first dimension down, the second as series.
fn chart(record: &ReleaseRecord, table: &PublishedTable, measure: &str) -> Option<Chart> {
    let (down, across) = match table.dimensions.as_slice() {
        [down] => (down, None),
        [down, across] => (down, Some(across)),
        _ => return None,
    };
    let mut categories: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut cells: Vec<(String, String, Value)> = Vec::new();
    for row in &table.rows {
        // Totals would dwarf their parts.
        let Some(labels) = row.labels.iter().cloned().collect::<Option<Vec<String>>>() else {
            continue;
        };
        let Some(category) = labels.first().cloned() else {
            continue;
        };
        let name = labels.get(1).cloned().unwrap_or_else(|| measure.to_owned());
        if !categories.contains(&category) {
            categories.push(category.clone());
        }
        if !names.contains(&name) {
            names.push(name.clone());
        }
        cells.push((category, name, row.cells.first().map(value)?));
    }
    if categories.is_empty() || categories.len().saturating_mul(names.len()) > MOST_BARS {
        return None;
    }
    let series = names
        .into_iter()
        .map(|name| {
            let of = |category: &String| {
                cells
                    .iter()
                    .find(|(c, n, _)| c == category && *n == name)
                    .map(|(_, _, v)| v.clone())
            };
            // A pair of labels without a row has no figure. Zero would say what some rule sets hide.
            Series {
                values: categories
                    .iter()
                    .map(|c| of(c).unwrap_or(Value::Shown(f64::NAN)))
                    .collect(),
                name,
            }
        })
        .collect();
    Some(Chart {
        id: format!("chart-{}", record.id),
        kind: ChartKind::Bars,
        title: record.title.clone(),
        subtitle: across.map_or_else(
            || measure.to_owned(),
            |a| format!("{measure}, by {}", a.title.to_lowercase()),
        ),
        category_name: down.title.clone(),
        categories,
        series,
        decimals: 0,
        notes: notes(table),
    })
}

fn value(cell: &Cell) -> Value {
    match cell {
        // Counts of people are far below where this would lose a digit.
        Cell::Shown { value, .. } => {
            Value::Shown(u32::try_from(*value).map_or(f64::INFINITY, f64::from))
        }
        Cell::Percentage { tenths, .. } => {
            Value::Shown(u32::try_from(*tenths).map_or(f64::INFINITY, |t| f64::from(t) / 10.0))
        }
        Cell::Hidden { symbol, .. } | Cell::NoPercentage { symbol, .. } => {
            Value::Hidden(symbol.clone())
        }
    }
}
