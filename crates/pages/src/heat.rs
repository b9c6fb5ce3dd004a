//! A heat map: shares by row and column, in a few bands that are shades of one hue, the worst hatched. Columns
//! are numbered, since their names would have to stand upright; the table beside has the names.

use crate::drawing::{
    self, About, Anchor, INK, SOFT_INK, Text, Width, hatch_fill, length, round,
    words::{self, Face},
};
use maud::{Markup, html};
use std::fmt::Write as _;

const FACE: Face = Face::regular(12.0);
const KEY_FACE: Face = Face::regular(14.0);
const ROW: f64 = 16.0;

/// What a heat map shows.
#[derive(Debug, Clone)]
pub struct HeatMap {
    /// A name that no other picture of the page has: letters, digits and hyphens.
    pub id: String,
    /// What the figures say: the headline.
    pub title: String,
    /// Measure, place and period.
    pub subtitle: String,
    /// What the columns are, such as "Column of the file".
    pub column_name: String,
    /// How many columns there are.
    pub columns: usize,
    /// The bands, best first: the least share of each, and its name.
    pub bands: Vec<(f64, String)>,
    /// The rows, from the top.
    pub rows: Vec<HeatRow>,
}

/// A row of a heat map.
#[derive(Debug, Clone)]
pub struct HeatRow {
    /// Its name.
    pub name: String,
    /// A share from 0 to 1 for each column; `None` where there is no figure.
    pub shares: Vec<Option<f64>>,
}

/// Shades of the bands, best first; the worst band is hatched.
const SHADES: [&str; 3] = ["#D6E4F5", "#8FB8DE", "#3F76B0"];

/// The picture at both widths.
pub fn figure(map: &HeatMap) -> Markup {
    html! {
        figure class="haven-figure" {
            (picture(map, Width::Wide))
            (picture(map, Width::Narrow))
        }
    }
}

/// The picture alone, at one width.
pub fn picture(map: &HeatMap, width: Width) -> Markup {
    let (heading, top) = drawing::heading(&map.title, &map.subtitle, width);
    let (key, below) = key(map, width, top);
    let (body, height) = if map.rows.is_empty() || map.columns == 0 {
        drawing::nothing(below)
    } else {
        cells(map, width, below)
    };
    let about = About {
        id: &map.id,
        title: &map.title,
        summary: &summary(map),
    };
    drawing::picture(&about, width, height, &html! { (heading) (key) (body) })
}

/// What the map shows, in a sentence.
pub fn summary(map: &HeatMap) -> String {
    let counted: Vec<String> = (0..map.bands.len())
        .filter_map(|band| {
            let number = map
                .rows
                .iter()
                .flat_map(|r| &r.shares)
                .filter(|s| band_of(map, **s) == Some(band))
                .count();
            Some(format!("{}: {number}", map.bands.get(band)?.1))
        })
        .collect();
    format!("Heat map, number of squares. {}.", counted.join(", "))
}

/// The band of a share.
fn band_of(map: &HeatMap, share: Option<f64>) -> Option<usize> {
    let share = share.filter(|s| s.is_finite())?;
    let found = map.bands.iter().position(|(least, _)| share >= *least);
    Some(found.unwrap_or(map.bands.len().saturating_sub(1)))
}

fn fill(map: &HeatMap, band: usize, width: Width) -> String {
    if band + 1 == map.bands.len() {
        hatch_fill(&map.id, width)
    } else {
        SHADES.get(band).unwrap_or(&INK).to_string()
    }
}

fn key(map: &HeatMap, width: Width, top: f64) -> (Markup, f64) {
    let row = KEY_FACE.line_height() + 4.0;
    let (mut x, mut y) = (0.0, top);
    let mut parts = Vec::new();
    let samples = map
        .bands
        .iter()
        .enumerate()
        .map(|(band, (_, name))| (fill(map, band, width), name.as_str()))
        .chain(std::iter::once(("#FFFFFF".to_owned(), "no figure")));
    for (fill, words) in samples {
        let wide = 26.0 + words::width(words, KEY_FACE);
        if x > 0.0 && x + wide > width.units() {
            x = 0.0;
            y += row;
        }
        parts.push(html! {
            rect x=(round(x + 0.5)) y=(round(y + 3.5)) width="20" height="15" fill=(fill) stroke="#3D3D3D" stroke-width="1" {}
            (Text { x: x + 26.0, y: y + 16.0, words, face: KEY_FACE, anchor: Anchor::Start, colour: INK }.draw())
        });
        x += wide + 18.0;
    }
    (html! { @for part in &parts { (part) } }, y + row + 6.0)
}

fn cells(map: &HeatMap, width: Width, top: f64) -> (Markup, f64) {
    let labels = map
        .rows
        .iter()
        .map(|r| words::width(&r.name, FACE))
        .fold(0.0, f64::max)
        .min(match width {
            Width::Wide => 170.0,
            Width::Narrow => 96.0,
        });
    let left = labels + 6.0;
    let each = (width.units() - left) / length(map.columns);
    let (numbers, first) = numbers(map, left, each, top, width.units());
    let mut paths = vec![String::new(); map.bands.len()];
    for (at, row) in map.rows.iter().enumerate() {
        let y = first + length(at) * ROW;
        let mut column = 0;
        while column < map.columns {
            let band = band_of(map, row.shares.get(column).copied().flatten());
            let start = column;
            // Neighbours of one band are one shape: the page stays small with thousands of squares.
            while column < map.columns
                && band_of(map, row.shares.get(column).copied().flatten()) == band
            {
                column += 1;
            }
            if let Some(path) = band.and_then(|b| paths.get_mut(b)) {
                // Writing to a string cannot fail.
                let _ = write!(
                    path,
                    "M{} {}h{}v{}h-{}z",
                    round(left + length(start) * each),
                    round(y),
                    round(length(column - start) * each),
                    round(ROW - 2.0),
                    round(length(column - start) * each),
                );
            }
        }
    }
    let bottom = first + length(map.rows.len()) * ROW;
    let body = html! {
        (numbers)
        @for (band, path) in paths.iter().enumerate() {
            @if !path.is_empty() { path d=(path) fill=(fill(map, band, width)) {} }
        }
        @if each >= 5.0 {
            @for column in 1..map.columns {
                line x1=(round(left + length(column) * each)) y1=(round(first)) x2=(round(left + length(column) * each))
                    y2=(round(bottom)) stroke="#FFFFFF" stroke-width="1" {}
            }
        }
        rect x=(round(left)) y=(round(first - 1.0)) width=(round(width.units() - left)) height=(round(bottom - first))
            fill="none" stroke="#3D3D3D" stroke-width="0.7" {}
        @for (at, row) in map.rows.iter().enumerate() {
            (Text {
                x: labels, y: first + length(at) * ROW + 11.0, words: &words::shortened(&row.name, FACE, labels), face: FACE,
                anchor: Anchor::End, colour: INK,
            }.draw())
        }
    };
    (body, bottom + 6.0)
}

/// What the numbers are, and the numbers themselves: so many that they keep clear of each other.
fn numbers(map: &HeatMap, left: f64, each: f64, top: f64, across: f64) -> (Markup, f64) {
    let widest = words::width(&map.columns.to_string(), FACE) + 6.0;
    let step = [1, 2, 5, 10, 20, 50]
        .into_iter()
        .find(|step| length(*step) * each >= widest)
        .unwrap_or(100);
    let name_y = top + FACE.line_height();
    let y = name_y + FACE.line_height();
    // A long name begins further to the left, so that it ends inside.
    let name_x = left
        .min(across - words::width(&map.column_name, FACE))
        .max(0.0);
    let markup = html! {
        (Text { x: name_x, y: name_y - 3.0, words: &map.column_name, face: FACE, anchor: Anchor::Start, colour: SOFT_INK }.draw())
        @for number in (1..=map.columns).filter(|n| *n == 1 || n.is_multiple_of(step)) {
            @if number != 1 || step == 1 || step > 2 {
                (Text {
                    x: left + (length(number) - 0.5) * each, y: y - 3.0, words: &number.to_string(), face: FACE,
                    anchor: Anchor::Middle, colour: SOFT_INK,
                }.draw())
            }
        }
    };
    (markup, y + 3.0)
}
