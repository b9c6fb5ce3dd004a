//! The key of a chart with several series: a sample of each, with its name, on as many lines as needed.

use super::{Series, colour};
use crate::drawing::{
    Anchor, INK, Text, Width, round,
    words::{self, Face},
};
use maud::{Markup, html};

const FACE: Face = Face::regular(14.0);
const SAMPLE: f64 = 24.0;
const GAP: f64 = 20.0;

/// The key, and where the drawing goes on below it. One series needs none.
pub(super) fn draw(
    series: &[(usize, &Series)],
    width: Width,
    top: f64,
    sample: impl Fn(usize, f64, f64) -> Markup,
) -> (Markup, f64) {
    if series.len() < 2 {
        return (html! {}, top);
    }
    let row = FACE.line_height() + 4.0;
    let (mut x, mut y) = (0.0, top);
    let mut parts = Vec::new();
    for (position, one) in series {
        let name = words::shortened(&one.name, FACE, width.units() - SAMPLE - 8.0);
        let wide = SAMPLE + 6.0 + words::width(&name, FACE);
        if x > 0.0 && x + wide > width.units() {
            x = 0.0;
            y += row;
        }
        parts.push(html! {
            (sample(*position, x, y + row / 2.0))
            (Text { x: x + SAMPLE + 6.0, y: y + row / 2.0 + 5.0, words: &name, face: FACE, anchor: Anchor::Start, colour: INK }.draw())
        });
        x += wide + GAP;
    }
    (html! { @for part in &parts { (part) } }, y + row + 8.0)
}

/// A sample of a bar.
pub(super) fn bar_sample(position: usize, x: f64, y: f64) -> Markup {
    html! {
        rect x=(round(x)) y=(round(y - 7.0)) width=(round(SAMPLE)) height="14" fill=(colour(position)) {}
    }
}
