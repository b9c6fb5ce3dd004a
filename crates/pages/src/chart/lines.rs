//! Lines over periods. Series differ by colour, by dash and by the shape of their points; a hidden
//! value breaks the line and stands as a hatched band.

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
const DASHES: [Option<&str>; 4] = [None, Some("8 4"), Some("2 4"), Some("10 4 2 4")];

/// The lines, and the height of the drawing.
pub(super) fn draw(chart: &Chart, width: Width, top: f64) -> (Markup, f64) {
    let panels = panels(chart);
    let many = panels.len() > 1;
    let mut y = top;
    let mut parts = Vec::new();
    for (number, series) in panels.iter().enumerate() {
        if many {
            let (name, below) = panel_name(series, width, y);
            parts.push(name);
            y = below;
        }
        let (the_key, below) = key::draw(series, width, y, sample);
        parts.push(the_key);
        let tall = if many { 140.0 } else { 260.0 };
        let (body, end) = panel(chart, series, width, below, tall);
        parts.push(body);
        y = end + if number + 1 < panels.len() { 14.0 } else { 0.0 };
    }
    (html! { @for part in &parts { (part) } }, y)
}

fn panel(
    chart: &Chart,
    series: &[(usize, &Series)],
    width: Width,
    top: f64,
    tall: f64,
) -> (Markup, f64) {
    let line_height = FACE.line_height();
    let (plot_top, plot_end) = (top + line_height / 2.0 + 2.0, top + tall);
    let scale = Scale::around(
        series
            .iter()
            .flat_map(|(_, s)| &s.values)
            .filter_map(Value::shown),
        plot_end,
        plot_top,
        4.0,
    );
    let ticks: Vec<(f64, String)> = scale
        .ticks()
        .into_iter()
        .map(|t| (t, format::number(t, scale.decimals())))
        .collect();
    let tick_width = ticks
        .iter()
        .map(|(_, w)| words::width(w, FACE))
        .fold(0.0, f64::max);
    let labels: Vec<String> = chart
        .categories
        .iter()
        .map(|c| words::shortened(c, FACE, 110.0))
        .collect();
    let half = |label: Option<&String>| label.map_or(0.0, |l| words::width(l, FACE) / 2.0);
    let across = Across {
        from: (tick_width + 10.0).max(half(labels.first())) + 6.0,
        to: width.units() - half(labels.last()).max(6.0) - 2.0,
        count: labels.len(),
        numbers_end: tick_width + 2.0,
    };
    let any_shown = series
        .iter()
        .flat_map(|(_, s)| &s.values)
        .any(|v| v.shown().is_some());
    let body = html! {
        @for (tick, words) in &ticks {
            @let y = scale.place(*tick);
            line x1=(round(tick_width + 8.0)) y1=(round(y)) x2=(round(width.units())) y2=(round(y)) stroke=(GRID) stroke-width="1" {}
            @if any_shown {
                (Text { x: tick_width, y: y + 5.0, words, face: FACE, anchor: Anchor::End, colour: SOFT_INK }.draw())
            }
        }
        (hidden_bands(chart, series, width, &across, (plot_top, plot_end)))
        line x1=(round(tick_width + 8.0)) y1=(round(scale.place(0.0))) x2=(round(width.units())) y2=(round(scale.place(0.0)))
            stroke=(INK) stroke-width="1" {}
        @for (number, one) in series { (line(*number, one, &across, &scale)) }
        (periods(&labels, &across, plot_end + line_height + 4.0))
    };
    (body, plot_end + line_height + 12.0)
}

/// Where the periods stand from left to right.
struct Across {
    from: f64,
    to: f64,
    count: usize,
    /// Where the numbers of the other axis end.
    numbers_end: f64,
}

impl Across {
    fn place(&self, position: usize) -> f64 {
        if self.count < 2 {
            return f64::midpoint(self.from, self.to);
        }
        self.from + (self.to - self.from) * length(position) / length(self.count - 1)
    }

    fn step(&self) -> f64 {
        if self.count < 2 {
            self.to - self.from
        } else {
            (self.to - self.from) / length(self.count - 1)
        }
    }
}

/// The names of the periods; where they would touch, every second, third ... one is shown.
fn periods(labels: &[String], across: &Across, y: f64) -> Markup {
    let mut last_end = f64::NEG_INFINITY;
    let mut texts = Vec::new();
    for (position, label) in labels.iter().enumerate() {
        let (x, wide) = (across.place(position), words::width(label, FACE));
        if x - wide / 2.0 > last_end + 10.0 {
            last_end = x + wide / 2.0;
            texts.push(
                Text {
                    x,
                    y,
                    words: label,
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

/// The unbroken stretches of a series, with a point at each value.
fn line(number: usize, series: &Series, across: &Across, scale: &Scale) -> Markup {
    let mut stretches: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    for (position, value) in series.values.iter().take(across.count).enumerate() {
        match (value.shown(), stretches.last_mut()) {
            (Some(shown), Some(last)) => last.push((across.place(position), scale.place(shown))),
            _ => stretches.push(Vec::new()),
        }
    }
    // With many points the shapes would run into each other; the dashes still tell the lines apart.
    let points = across.step() >= 12.0 || series.values.len() < 2;
    html! {
        @for stretch in stretches.iter().filter(|s| !s.is_empty()) {
            @if let [(x, y)] = stretch.as_slice() {
                (point(number, *x, *y))
            } @else {
                polyline points=(joined(stretch)) fill="none" stroke=(colour(number)) stroke-width="3"
                    stroke-linejoin="round" stroke-dasharray=[DASHES.get(number).copied().flatten()] {}
                @if points { @for (x, y) in stretch { (point(number, *x, *y)) } }
            }
        }
    }
}

fn joined(stretch: &[(f64, f64)]) -> String {
    stretch
        .iter()
        .map(|(x, y)| format!("{},{}", round(*x), round(*y)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A point of the nth series, each with a shape of its own.
fn point(number: usize, x: f64, y: f64) -> Markup {
    let fill = colour(number);
    match number {
        0 => html! { circle cx=(round(x)) cy=(round(y)) r="4.5" fill=(fill) {} },
        1 => {
            html! { rect x=(round(x - 4.5)) y=(round(y - 4.5)) width="9" height="9" fill=(fill) {} }
        }
        2 => {
            html! { path d={ "M" (round(x)) " " (round(y - 6.0)) "l6 6-6 6-6-6Z" } fill=(fill) {} }
        }
        _ => html! { path d={ "M" (round(x)) " " (round(y - 6.0)) "l6 10h-12Z" } fill=(fill) {} },
    }
}

fn sample(number: usize, x: f64, y: f64) -> Markup {
    html! {
        line x1=(round(x)) y1=(round(y)) x2=(round(x + 24.0)) y2=(round(y)) stroke=(colour(number)) stroke-width="3"
            stroke-dasharray=[DASHES.get(number).copied().flatten()] {}
        (point(number, x + 12.0, y))
    }
}

/// A hatched band for each run of periods in which some series is hidden, with its symbols where they fit.
fn hidden_bands(
    chart: &Chart,
    series: &[(usize, &Series)],
    width: Width,
    across: &Across,
    (top, end): (f64, f64),
) -> Markup {
    let half = (across.step() / 2.0).min(10.0);
    let mut runs: Vec<(usize, usize, Vec<&str>)> = Vec::new();
    for position in 0..across.count {
        let symbols: Vec<&str> = series
            .iter()
            .filter_map(|(_, s)| match s.values.get(position) {
                Some(Value::Hidden(symbol)) => Some(symbol.as_str()),
                _ => None,
            })
            .collect();
        if symbols.is_empty() {
            continue;
        }
        match runs.last_mut() {
            Some((_, last, known)) if *last + 1 == position && half < 10.0 => {
                *last = position;
                known.extend(
                    symbols
                        .iter()
                        .filter(|s| !known.contains(s))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
            _ => {
                let mut known: Vec<&str> = Vec::new();
                for symbol in symbols {
                    if !known.contains(&symbol) {
                        known.push(symbol);
                    }
                }
                runs.push((position, position, known));
            }
        }
    }
    let mut last_end = f64::NEG_INFINITY;
    html! {
        @for (first, last, symbols) in &runs {
            @let from = (across.place(*first) - half).max(0.0);
            @let to = (across.place(*last) + half).min(width.units());
            @let words = words::shortened(&symbols.join(", "), FACE, 60.0);
            @let (middle, wide) = (f64::midpoint(from, to), words::width(&words, FACE) + 6.0);
            rect x=(round(from)) y=(round(top)) width=(round(to - from)) height=(round(end - top))
                fill=(hatch_fill(&chart.id, width)) fill-opacity="0.5" {}
            @if middle - wide / 2.0 > last_end && middle - wide / 2.0 >= across.numbers_end && middle + wide / 2.0 <= width.units() {
                // The symbol stands on white, so that it can be read on the hatching.
                rect x=(round(middle - wide / 2.0)) y=(round(end - 24.0)) width=(round(wide)) height="20" fill="#FFFFFF" {}
                (Text { x: middle, y: end - 9.0, words: &words, face: FACE, anchor: Anchor::Middle, colour: INK }.draw())
                ({ last_end = middle + wide / 2.0; "" })
            }
        }
    }
}
