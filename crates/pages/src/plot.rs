//! Drawings for figures that no bar or line chart fits: marks in named rows, curves over a measured axis, and the
//! graph of a cluster. Each is described by plain data and drawn at both widths.
//!
//! What a drawing means stands in its key and its table; colour never carries it alone.

pub(crate) mod axis;
pub(crate) mod curves;
pub(crate) mod graph;
pub(crate) mod rows;

use crate::drawing::{
    Anchor, INK, SERIES_COLOURS, Text, Width, hatch_fill, round,
    words::{self, Face},
};
use maud::{Markup, html};

pub(crate) const FACE: Face = Face::regular(14.0);
/// Of lines, from the first series on.
pub(crate) const DASHES: [Option<&str>; 4] = [None, Some("8 4"), Some("2 4"), Some("10 4 2 4")];
const SAMPLE: f64 = 24.0;
const GAP: f64 = 20.0;

/// What stands in the key of a drawing: a sample and its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyItem {
    pub(crate) sample: Sample,
    pub(crate) name: String,
}

/// A sample of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    /// A bar in the colour of a series.
    Bar(usize),
    /// A point of a series; hollow or filled.
    Dot(usize, bool),
    /// A line of a series, with its dash.
    Line(usize),
    /// A value that the figures are held against.
    Reference,
    /// A hatched stretch.
    Band,
}

impl KeyItem {
    pub(crate) fn new(sample: Sample, name: impl Into<String>) -> Self {
        Self {
            sample,
            name: name.into(),
        }
    }
}

/// The colour of the nth series.
pub(crate) fn colour(number: usize) -> &'static str {
    let colours = SERIES_COLOURS.len();
    SERIES_COLOURS.get(number % colours).copied().unwrap_or(INK)
}

/// The key, on as many lines as it needs, and where the drawing goes on below it.
pub(crate) fn key(id: &str, items: &[KeyItem], width: Width, top: f64) -> (Markup, f64) {
    if items.is_empty() {
        return (html! {}, top);
    }
    let row = FACE.line_height() + 4.0;
    let (mut x, mut y) = (0.0, top);
    let mut parts = Vec::new();
    for item in items {
        let name = words::shortened(&item.name, FACE, width.units() - SAMPLE - 8.0);
        let wide = SAMPLE + 6.0 + words::width(&name, FACE);
        if x > 0.0 && x + wide > width.units() {
            x = 0.0;
            y += row;
        }
        parts.push(html! {
            (sample(id, item.sample, width, x, y + row / 2.0))
            (Text { x: x + SAMPLE + 6.0, y: y + row / 2.0 + 5.0, words: &name, face: FACE, anchor: Anchor::Start, colour: INK }.draw())
        });
        x += wide + GAP;
    }
    (html! { @for part in &parts { (part) } }, y + row + 8.0)
}

fn sample(id: &str, sample: Sample, width: Width, x: f64, y: f64) -> Markup {
    match sample {
        Sample::Bar(number) => html! {
            rect x=(round(x)) y=(round(y - 7.0)) width=(round(SAMPLE)) height="14" fill=(colour(number)) {}
        },
        Sample::Dot(number, hollow) => point(number, hollow, x + SAMPLE / 2.0, y),
        Sample::Line(number) => html! {
            line x1=(round(x)) y1=(round(y)) x2=(round(x + SAMPLE)) y2=(round(y)) stroke=(colour(number)) stroke-width="3"
                stroke-dasharray=[DASHES.get(number).copied().flatten()] {}
        },
        Sample::Reference => html! {
            line x1=(round(x + SAMPLE / 2.0)) y1=(round(y - 8.0)) x2=(round(x + SAMPLE / 2.0)) y2=(round(y + 8.0)) stroke=(INK)
                stroke-width="2" stroke-dasharray="4 3" {}
        },
        Sample::Band => html! {
            rect x=(round(x)) y=(round(y - 7.0)) width=(round(SAMPLE)) height="14" fill=(hatch_fill(id, width)) stroke="#3D3D3D"
                stroke-width="1" {}
        },
    }
}

/// A point of the nth series, each with a shape of its own; a hollow one is another kind of the same shape.
pub(crate) fn point(number: usize, hollow: bool, x: f64, y: f64) -> Markup {
    let ink = colour(number);
    let fill = if hollow { "#FFFFFF" } else { ink };
    match number % SERIES_COLOURS.len() {
        0 => html! {
            circle cx=(round(x)) cy=(round(y)) r="4.5" fill=(fill) stroke=(ink) stroke-width="2" {}
        },
        1 => html! {
            rect x=(round(x - 4.5)) y=(round(y - 4.5)) width="9" height="9" fill=(fill) stroke=(ink) stroke-width="2" {}
        },
        2 => html! {
            path d={ "M" (round(x)) " " (round(y - 6.0)) "l6 6-6 6-6-6Z" } fill=(fill) stroke=(ink) stroke-width="2" {}
        },
        _ => html! {
            path d={ "M" (round(x)) " " (round(y - 6.0)) "l6 10h-12Z" } fill=(fill) stroke=(ink) stroke-width="2" {}
        },
    }
}
