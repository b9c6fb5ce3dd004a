//! Horizontal bars: labels to the left on a wide drawing, above the bars on a narrow one.

use super::{Chart, Series, Value, colour, key, panel_name, panels};
use crate::{
    drawing::{
        Anchor, GRID, INK, SOFT_INK, Text, Width, hatch_fill, length, round,
        scale::Scale,
        words::{self, Face},
    },
    format,
};
use maud::{Markup, html};

const FACE: Face = Face::regular(14.0);
/// A hidden value has no length: its hatched block is always this wide.
const HIDDEN_WIDTH: f64 = 48.0;
/// Above the bars, labels keep clear of the axis.
const NARROW_INDENT: f64 = 5.0;
/// From this many categories on, the numbers of the axis stand above the bars too.
const LONG: usize = 20;

/// The bars, and the height of the drawing.
pub(super) fn draw(chart: &Chart, width: Width, top: f64) -> (Markup, f64) {
    let panels = panels(chart);
    let many = panels.len() > 1;
    let mut y = top;
    let mut parts = Vec::new();
    for series in &panels {
        if many {
            let (name, below) = panel_name(series, width, y);
            parts.push(name);
            y = below;
        }
        let (the_key, below) = key::draw(series, width, y, key::bar_sample);
        parts.push(the_key);
        let (body, end) = panel(chart, series, width, below);
        parts.push(body);
        y = end + if many { 14.0 } else { 0.0 };
    }
    (html! { @for part in &parts { (part) } }, y)
}

/// Where the columns of a panel stand.
struct Columns {
    labels: f64,
    left: f64,
    right: f64,
    thick: f64,
    gap: f64,
}

fn columns(chart: &Chart, series: &[(usize, &Series)], width: Width) -> Columns {
    let values = || series.iter().flat_map(|(_, s)| &s.values);
    let widest = |negative: bool| {
        values()
            .filter(|v| v.shown().is_some_and(|n| n < 0.0) == negative)
            .map(|v| {
                words::width(
                    &words::shortened(&v.words(chart.decimals), FACE, 90.0),
                    FACE,
                ) + 6.0
            })
            .fold(0.0, f64::max)
    };
    let labels = match width {
        Width::Wide => chart
            .categories
            .iter()
            .map(|c| words::width(c, FACE))
            .fold(0.0, f64::max)
            .min(230.0),
        Width::Narrow => 0.0,
    };
    let beside = if labels > 0.0 { 10.0 } else { 0.0 };
    let many = chart.categories.len() > 60;
    Columns {
        labels,
        left: labels + beside + widest(true),
        right: width.units() - widest(false),
        thick: if series.len() > 1 || many { 14.0 } else { 18.0 },
        gap: match (width, many) {
            (Width::Wide, true) => 4.0,
            (Width::Wide, false) => 9.0,
            (Width::Narrow, _) => 12.0,
        },
    }
}

fn panel(chart: &Chart, series: &[(usize, &Series)], width: Width, top: f64) -> (Markup, f64) {
    let columns = columns(chart, series, width);
    let scale = Scale::around(
        series
            .iter()
            .flat_map(|(_, s)| &s.values)
            .filter_map(Value::shown),
        columns.left,
        columns.right,
        if width == Width::Wide { 5.0 } else { 3.0 },
    );
    let long = chart.categories.len() > LONG;
    let tick_height = FACE.line_height();
    let bars_top = if long { top + tick_height + 4.0 } else { top };
    let mut y = bars_top + columns.gap / 2.0;
    let mut rows = Vec::new();
    for (position, category) in chart.categories.iter().enumerate() {
        let (row, below) = row(
            chart,
            series,
            width,
            &columns,
            &scale,
            (position, category),
            y,
        );
        rows.push(row);
        y = below + columns.gap;
    }
    let bars_end = y - columns.gap / 2.0;
    let any_shown = series
        .iter()
        .flat_map(|(_, s)| &s.values)
        .any(|v| v.shown().is_some());
    let body = html! {
        @if any_shown {
            @if long { (numbers(&scale, top + tick_height - 4.0, width)) }
            @for tick in scale.ticks() {
                line x1=(round(scale.place(tick))) y1=(round(bars_top)) x2=(round(scale.place(tick))) y2=(round(bars_end))
                    stroke=(GRID) stroke-width="1" {}
            }
            (numbers(&scale, bars_end + tick_height, width))
        }
        @for row in &rows { (row) }
        line x1=(round(scale.place(0.0))) y1=(round(bars_top)) x2=(round(scale.place(0.0))) y2=(round(bars_end))
            stroke=(INK) stroke-width="1" {}
    };
    (body, bars_end + tick_height + 6.0)
}

/// One category: its label and a bar for each series.
fn row(
    chart: &Chart,
    series: &[(usize, &Series)],
    width: Width,
    columns: &Columns,
    scale: &Scale,
    (position, category): (usize, &str),
    top: f64,
) -> (Markup, f64) {
    let bars = length(series.len()) * (columns.thick + 2.0) - 2.0;
    let (lines, line_height) = (label_lines(category, width, columns), FACE.line_height());
    let label_height = length(lines.len()) * line_height;
    let (bars_top, label_top, bottom) = match width {
        // Beside each other, both in the middle of the row.
        Width::Wide => {
            let tall = bars.max(label_height);
            (
                top + (tall - bars) / 2.0,
                top + (tall - label_height) / 2.0,
                top + tall,
            )
        }
        Width::Narrow => (
            top + label_height + 2.0,
            top,
            top + label_height + 2.0 + bars,
        ),
    };
    let (label_x, anchor) = match width {
        Width::Wide => (columns.labels, Anchor::End),
        Width::Narrow => (NARROW_INDENT, Anchor::Start),
    };
    let markup = html! {
        @for (line, text) in lines.iter().enumerate() {
            (Text { x: label_x, y: label_top + length(line + 1) * line_height - 5.0, words: text, face: FACE, anchor, colour: INK }.draw())
        }
        @for (place, (number, one)) in series.iter().enumerate() {
            @if let Some(value) = one.values.get(position) {
                (bar(chart, width, scale, columns, colour(*number), value, bars_top + length(place) * (columns.thick + 2.0)))
            }
        }
    };
    (markup, bottom)
}

fn label_lines(category: &str, width: Width, columns: &Columns) -> Vec<String> {
    match width {
        Width::Wide => words::wrapped(category, FACE, columns.labels, 2),
        Width::Narrow => words::wrapped(category, FACE, width.units() - NARROW_INDENT, 2),
    }
}

fn bar(
    chart: &Chart,
    width: Width,
    scale: &Scale,
    columns: &Columns,
    fill: &str,
    value: &Value,
    top: f64,
) -> Markup {
    let zero = scale.place(0.0);
    let words = words::shortened(&value.words(chart.decimals), FACE, 90.0);
    let middle = top + columns.thick / 2.0 + 5.0;
    let (from, to, fill) = match value {
        Value::Shown(number) if number.is_finite() => {
            let end = scale.place(*number);
            (zero.min(end), zero.max(end), fill.to_owned())
        }
        Value::Shown(_) => (zero, zero, fill.to_owned()),
        Value::Hidden(_) => {
            let end = (zero + HIDDEN_WIDTH).min(columns.right);
            (zero, end, hatch_fill(&chart.id, width))
        }
    };
    let negative = value.shown().is_some_and(|n| n < 0.0);
    let (x, anchor) = if negative {
        (from - 5.0, Anchor::End)
    } else {
        (to + 5.0, Anchor::Start)
    };
    html! {
        rect x=(round(from)) y=(round(top)) width=(round(to - from)) height=(round(columns.thick)) fill=(fill)
            stroke=[value.is_hidden().then_some("#3D3D3D")] {}
        (Text { x, y: middle, words: &words, face: FACE, anchor, colour: INK }.draw())
    }
}

/// The numbers of the axis; where two would touch, every other one is left out.
fn numbers(scale: &Scale, y: f64, width: Width) -> Markup {
    let mut last_end = f64::NEG_INFINITY;
    let mut texts = Vec::new();
    for tick in scale.ticks() {
        let words = format::number(tick, scale.decimals());
        let wide = words::width(&words, FACE);
        let x = scale
            .place(tick)
            .clamp(wide / 2.0, (width.units() - wide / 2.0).max(wide / 2.0));
        // A number pushed aside by the edge would stand at the wrong line.
        let moved = (x - scale.place(tick)).abs() > wide / 2.0 + 0.5;
        if x - wide / 2.0 > last_end + 8.0 && !moved {
            last_end = x + wide / 2.0;
            texts.push(
                Text {
                    x,
                    y: y - 4.0,
                    words: &words,
                    face: FACE,
                    anchor: Anchor::Middle,
                    colour: SOFT_INK,
                }
                .draw(),
            );
        }
    }
    html! { @for text in &texts { (text) } }
}
