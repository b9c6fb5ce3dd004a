//! Marks in named rows over one measured axis: bars from one value to another, points, and stretches. Labels stand to
//! the left on a wide drawing and above the marks on a narrow one; figures in words stand to the right.

use super::{
    FACE, KeyItem,
    axis::{Axis, Steps, Unit, is_figure},
    colour, key, point,
};
use crate::drawing::{
    self, About, Anchor, GRID, INK, SOFT_INK, Text, Width, length, round,
    words::{self, Face},
};
use maud::{Markup, html};

const BOLD: Face = Face::bold(14.0);
const THICK: f64 = 18.0;
/// From this many rows on, the numbers of the axis stand above the rows too.
const LONG: usize = 20;

/// Marks in rows.
#[derive(Debug, Clone)]
pub(crate) struct RowPlot<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) unit: Unit,
    pub(crate) steps: Steps,
    pub(crate) key: Vec<KeyItem>,
    /// A value that the rows are held against.
    pub(crate) reference: Option<f64>,
    /// What the figures to the right are, one name for each.
    pub(crate) figures: Vec<&'a str>,
    pub(crate) rows: Vec<PlotRow>,
}

/// A row, or the name of those below it.
#[derive(Debug, Clone)]
pub(crate) enum PlotRow {
    Group(String),
    Row {
        label: String,
        figures: Vec<String>,
        marks: Vec<Mark>,
    },
}

/// Something drawn in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mark {
    Bar {
        from: f64,
        to: f64,
        series: usize,
    },
    /// A thin line, such as an interval.
    Stretch {
        from: f64,
        to: f64,
    },
    Dot {
        at: f64,
        series: usize,
        hollow: bool,
    },
}

impl Mark {
    fn values(self) -> [f64; 2] {
        match self {
            Self::Bar { from, to, .. } | Self::Stretch { from, to } => [from, to],
            Self::Dot { at, .. } => [at, at],
        }
    }
}

/// Where the columns stand.
struct Columns {
    labels: f64,
    left: f64,
    right: f64,
    /// Where each column of figures ends.
    ends: Vec<f64>,
}

/// The picture at one width.
pub(crate) fn picture(plot: &RowPlot<'_>, width: Width) -> Markup {
    let (heading, top) = drawing::heading(plot.title, plot.subtitle, width);
    let (the_key, below) = key(plot.id, &plot.key, width, top);
    let (body, height) = if plot.rows.is_empty() {
        drawing::nothing(below)
    } else {
        draw(plot, width, below)
    };
    let about = About {
        id: plot.id,
        title: plot.title,
        summary: plot.summary,
    };
    drawing::picture(&about, width, height, &html! { (heading) (the_key) (body) })
}

fn columns(plot: &RowPlot<'_>, width: Width) -> Columns {
    let rows = || {
        plot.rows.iter().filter_map(|row| match row {
            PlotRow::Row { label, figures, .. } => Some((label, figures)),
            PlotRow::Group(_) => None,
        })
    };
    let labels = match width {
        Width::Wide => rows()
            .map(|(label, _)| words::width(label, FACE))
            .fold(0.0, f64::max)
            .min(230.0),
        Width::Narrow => 0.0,
    };
    let mut right = width.units();
    let mut ends = Vec::new();
    for (at, name) in plot.figures.iter().enumerate().rev() {
        let texts = rows().filter_map(|(_, figures)| figures.get(at));
        let widest = texts.map(|f| words::width(f, FACE)).fold(0.0, f64::max);
        ends.push(right);
        right -= widest.max(words::width(name, FACE)).min(150.0) + 12.0;
    }
    ends.reverse();
    Columns {
        labels,
        left: labels + if labels > 0.0 { 12.0 } else { 8.0 },
        right: right - 4.0,
        ends,
    }
}

fn draw(plot: &RowPlot<'_>, width: Width, top: f64) -> (Markup, f64) {
    let columns = columns(plot, width);
    let marks = plot.rows.iter().flat_map(|row| match row {
        PlotRow::Row { marks, .. } => marks.as_slice(),
        PlotRow::Group(_) => &[],
    });
    let values = marks.flat_map(|mark| mark.values()).chain(plot.reference);
    let axis = Axis::new(
        values,
        (columns.left, columns.right),
        if width == Width::Wide { 6.0 } else { 3.0 },
        plot.unit,
        plot.steps,
    );
    let line_height = FACE.line_height();
    let names_end = top
        + if plot.figures.is_empty() {
            0.0
        } else {
            line_height
        };
    let long = plot.rows.len() > LONG;
    let rows_top = names_end + if long { line_height + 4.0 } else { 0.0 };
    let mut y = rows_top + 5.0;
    let mut parts = Vec::new();
    for row in &plot.rows {
        let (part, below) = match row {
            PlotRow::Group(name) => group(name, width, &columns, y),
            PlotRow::Row {
                label,
                figures,
                marks,
            } => one(label, figures, marks, &axis, width, &columns, y),
        };
        parts.push(part);
        y = below + if width == Width::Wide { 8.0 } else { 10.0 };
    }
    let end = y - 3.0;
    let upright = |at: f64, stroke: &str, wide: &str, dash: Option<&str>| {
        html! {
            line x1=(round(axis.place(at))) y1=(round(rows_top)) x2=(round(axis.place(at))) y2=(round(end))
                stroke=(stroke) stroke-width=(wide) stroke-dasharray=[dash] {}
        }
    };
    let most = columns.right + if plot.figures.is_empty() { 4.0 } else { 0.0 };
    let body = html! {
        @for (name, end) in plot.figures.iter().zip(&columns.ends) {
            (Text { x: *end, y: names_end - 5.0, words: name, face: FACE, anchor: Anchor::End, colour: SOFT_INK }.draw())
        }
        @if long { (axis.numbers(rows_top - 5.0, most)) }
        @for (tick, _) in &axis.ticks { (upright(*tick, GRID, "1", None)) }
        @if matches!(plot.steps, Steps::FromZero | Steps::Whole) { (upright(0.0, INK, "1", None)) }
        @if let Some(reference) = plot.reference { (upright(reference, INK, "2", Some("4 3"))) }
        @for part in &parts { (part) }
        (axis.numbers(end + line_height - 3.0, most))
    };
    (body, end + line_height + 4.0)
}

/// The name of the rows below it.
fn group(name: &str, width: Width, columns: &Columns, top: f64) -> (Markup, f64) {
    // On a wide drawing the name stands over the labels; where it is longer, it may reach over the grid.
    let room = match width {
        Width::Wide => columns.right,
        Width::Narrow => width.units(),
    };
    let name = words::shortened(name, BOLD, room);
    let text = Text {
        x: 0.0,
        y: top + BOLD.line_height(),
        words: &name,
        face: BOLD,
        anchor: Anchor::Start,
        colour: INK,
    };
    (text.draw(), top + BOLD.line_height() + 2.0)
}

fn one(
    label: &str,
    figures: &[String],
    marks: &[Mark],
    axis: &Axis,
    width: Width,
    columns: &Columns,
    top: f64,
) -> (Markup, f64) {
    let line_height = FACE.line_height();
    let lines = match width {
        Width::Wide => words::wrapped(label, FACE, columns.labels.max(1.0), 2),
        Width::Narrow => words::wrapped(label, FACE, width.units(), 2),
    };
    let label_height = length(lines.len()) * line_height;
    let (marks_top, label_top, bottom) = match width {
        Width::Wide => {
            let tall = THICK.max(label_height);
            let middle = |own: f64| top + (tall - own) / 2.0;
            (middle(THICK), middle(label_height), top + tall)
        }
        Width::Narrow => (
            top + label_height + 2.0,
            top,
            top + label_height + 2.0 + THICK,
        ),
    };
    let (label_x, anchor) = match width {
        Width::Wide => (columns.labels, Anchor::End),
        Width::Narrow => (0.0, Anchor::Start),
    };
    let middle = marks_top + THICK / 2.0;
    let markup = html! {
        @for (line, text) in lines.iter().enumerate() {
            // On a narrow drawing labels stand over the grid, so they have white behind them.
            @if width == Width::Narrow {
                rect x="0" y=(round(label_top + length(line) * line_height)) width=(round(words::width(text, FACE) + 3.0))
                    height=(round(line_height)) fill="#FFFFFF" {}
            }
            (Text { x: label_x, y: label_top + length(line + 1) * line_height - 5.0, words: text, face: FACE, anchor, colour: INK }.draw())
        }
        @for mark in marks.iter().filter(|m| m.values().into_iter().all(is_figure)) { (draw_mark(*mark, axis, marks_top, middle)) }
        @for (text, end) in figures.iter().zip(&columns.ends) {
            (Text { x: *end, y: middle + 5.0, words: &words::shortened(text, FACE, 150.0), face: FACE, anchor: Anchor::End, colour: INK }.draw())
        }
    };
    (markup, bottom)
}

fn draw_mark(mark: Mark, axis: &Axis, top: f64, middle: f64) -> Markup {
    match mark {
        Mark::Bar { from, to, series } => {
            let (a, b) = (axis.place(from), axis.place(to));
            html! {
                rect x=(round(a.min(b))) y=(round(top)) width=(round((b - a).abs().max(1.5))) height=(round(THICK)) fill=(colour(series)) {}
            }
        }
        Mark::Stretch { from, to } => html! {
            line x1=(round(axis.place(from))) y1=(round(middle)) x2=(round(axis.place(to))) y2=(round(middle)) stroke=(INK)
                stroke-width="2" {}
        },
        Mark::Dot { at, series, hollow } => point(series, hollow, axis.place(at), middle),
    }
}
