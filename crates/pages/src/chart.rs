//! A chart from a small description: the picture, one sentence about it, and its table.
//!
//! Drawn on the server, complete without scripts. More than four series become one small drawing each.

mod bars;
mod key;
mod lines;

use crate::{
    components::{Cell, Column, Details, Scroll, Table, details, table},
    drawing::{
        self, About, Anchor, Text, Width,
        words::{self, Face},
    },
    format,
};
use maud::{Markup, html};

/// What a chart shows.
#[derive(Debug, Clone)]
pub struct Chart {
    /// A name that no other picture of the page has: letters, digits and hyphens.
    pub id: String,
    /// How it is drawn.
    pub kind: ChartKind,
    /// What the figures say: the headline.
    pub title: String,
    /// Measure, place and period.
    pub subtitle: String,
    /// What the categories are, such as "Age band".
    pub category_name: String,
    /// The categories, in the order of the drawing.
    pub categories: Vec<String>,
    /// The series, in the order of their colours.
    pub series: Vec<Series>,
    /// How many places after the point values are shown with.
    pub decimals: usize,
    /// What each symbol for a hidden value means.
    pub notes: Vec<SymbolNote>,
}

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Horizontal bars, for categories.
    Bars,
    /// Lines, for periods.
    Lines,
}

/// One series of values, one for each category.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Its values; a category without one has no figure.
    pub values: Vec<Value>,
}

/// A value that may be shown, or the symbol that stands for one that may not.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The value.
    Shown(f64),
    /// The symbol of the rule set, such as `*`.
    Hidden(String),
}

/// What a symbol means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolNote {
    /// The symbol.
    pub symbol: String,
    /// Its meaning in words.
    pub meaning: String,
}

impl Value {
    /// The value as it stands in a table.
    pub fn words(&self, decimals: usize) -> String {
        match self {
            Self::Shown(value) if value.is_finite() => format::number(*value, decimals),
            Self::Shown(_) => "no figure".to_owned(),
            Self::Hidden(symbol) => symbol.clone(),
        }
    }

    /// Whether a symbol stands for it.
    pub const fn is_hidden(&self) -> bool {
        matches!(self, Self::Hidden(_))
    }

    /// The number, where there is one and it may be shown.
    pub const fn shown(&self) -> Option<f64> {
        match self {
            Self::Shown(value) if value.is_finite() => Some(*value),
            _ => None,
        }
    }
}

/// The picture alone, at one width.
pub fn picture(chart: &Chart, width: Width) -> Markup {
    let (heading, top) = drawing::heading(&chart.title, &chart.subtitle, width);
    let (body, height) = if chart.series.iter().all(|s| s.values.is_empty()) {
        drawing::nothing(top)
    } else {
        match chart.kind {
            ChartKind::Bars => bars::draw(chart, width, top),
            ChartKind::Lines => lines::draw(chart, width, top),
        }
    };
    let about = About {
        id: &chart.id,
        title: &chart.title,
        summary: &summary(chart),
    };
    drawing::picture(&about, width, height, &html! { (heading) (body) })
}

/// The picture at both widths, the notes on symbols, and the table that opens below.
pub fn figure(chart: &Chart) -> Markup {
    let data = data_table(chart);
    html! {
        figure class="haven-figure" {
            (picture(chart, Width::Wide))
            (picture(chart, Width::Narrow))
            (symbol_notes(&chart.notes))
            (details(&Details { summary: &format!("Table of the figures: {}", chart.title), body: Some(&data), ..Details::default() }))
        }
    }
}

/// What the chart shows, in a sentence or two.
pub fn summary(chart: &Chart) -> String {
    let kind = match chart.kind {
        ChartKind::Bars => "Bar chart",
        ChartKind::Lines => "Line chart",
    };
    let mut sentences = vec![format!(
        "{kind} of {} by {}.",
        counted(chart.categories.len(), "figure", "figures"),
        chart.category_name.to_lowercase()
    )];
    if let [series] = chart.series.as_slice() {
        let mut shown: Vec<(&str, f64)> = chart
            .categories
            .iter()
            .zip(&series.values)
            .filter_map(|(c, v)| v.shown().map(|n| (c.as_str(), n)))
            .collect();
        shown.sort_by(|a, b| a.1.total_cmp(&b.1));
        if let (Some(low), Some(high)) = (shown.first(), shown.last()) {
            if (high.1 - low.1).abs() > f64::EPSILON {
                sentences.push(format!(
                    "Highest: {}, {}. Lowest: {}, {}.",
                    high.0,
                    format::number(high.1, chart.decimals),
                    low.0,
                    format::number(low.1, chart.decimals)
                ));
            } else {
                sentences.push(format!(
                    "Each is {}.",
                    format::number(high.1, chart.decimals)
                ));
            }
        }
    } else {
        let names: Vec<String> = chart.series.iter().map(|s| s.name.clone()).collect();
        sentences.push(format!("Series: {}.", format::listed(&names)));
    }
    let hidden = chart
        .series
        .iter()
        .flat_map(|s| &s.values)
        .filter(|v| v.is_hidden())
        .count();
    if hidden > 0 {
        sentences.push(format!("Hidden: {}.", counted(hidden, "value", "values")));
    }
    sentences.join(" ")
}

/// The figures of the chart as a table.
pub fn data_table(chart: &Chart) -> Markup {
    let columns = std::iter::once(Column::text(&chart.category_name))
        .chain(chart.series.iter().map(|s| Column::number(&s.name)))
        .collect();
    let rows = chart
        .categories
        .iter()
        .enumerate()
        .map(|(position, category)| {
            std::iter::once(Cell::text(category))
                .chain(chart.series.iter().map(|s| {
                    Cell::text(
                        s.values
                            .get(position)
                            .map_or_else(|| "no figure".to_owned(), |v| v.words(chart.decimals)),
                    )
                }))
                .collect()
        })
        .collect();
    table(&Table {
        caption: &chart.subtitle,
        id: Some(&format!("{}-table", chart.id)),
        columns,
        rows,
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

/// What the symbols mean, under a picture or a table.
pub fn symbol_notes(notes: &[SymbolNote]) -> Markup {
    html! {
        @if !notes.is_empty() {
            dl class="haven-notes" {
                @for note in notes {
                    div { dt { (note.symbol) } dd { (note.meaning) } }
                }
            }
        }
    }
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format::counted(u64::try_from(number).unwrap_or(u64::MAX), one, many)
}

/// The series of each drawing: all in one, or one each where they are too many to tell apart.
fn panels(chart: &Chart) -> Vec<Vec<(usize, &Series)>> {
    if chart.series.len() > drawing::SERIES_COLOURS.len() {
        chart.series.iter().map(|s| vec![(0, s)]).collect()
    } else {
        vec![chart.series.iter().enumerate().collect()]
    }
}

/// The name of the one series of a small drawing, and where the drawing goes on below it.
fn panel_name(series: &[(usize, &Series)], width: Width, top: f64) -> (Markup, f64) {
    let face = Face::bold(14.0);
    let Some((_, only)) = series.first() else {
        return (html! {}, top);
    };
    let y = top + face.line_height();
    let name = words::shortened(&only.name, face, width.units());
    let text = Text {
        x: 0.0,
        y: y - 4.0,
        words: &name,
        face,
        anchor: Anchor::Start,
        colour: drawing::INK,
    };
    (text.draw(), y + 4.0)
}

/// The colour of the nth series of a drawing.
fn colour(position: usize) -> &'static str {
    drawing::SERIES_COLOURS
        .get(position)
        .copied()
        .unwrap_or(drawing::INK)
}
