//! A map of areas shaded by value, from ready-made outlines: five steps of one hue, hidden values
//! hatched, areas without a figure grey, the key above and the sorted table below.

pub mod categories;
mod outlines;
mod shades;

pub use outlines::{Outline, Outlines, OutlinesError};

use crate::{
    chart::{SymbolNote, Value, symbol_notes},
    components::{Cell, Column, Details, Scroll, Table, details, table},
    drawing::{
        self, About, Anchor, INK, Text, Width, hatch_fill, round,
        words::{self, Face},
    },
    format,
};
use maud::{Markup, html};
use shades::Shades;
use std::collections::BTreeMap;

const FACE: Face = Face::regular(14.0);
const ABSENT: &str = "#D0D5D9";
const TALLEST: f64 = 620.0;

/// What a map shows.
#[derive(Debug, Clone)]
pub struct AreaMap {
    /// A name that no other picture of the page has: letters, digits and hyphens.
    pub id: String,
    /// What the figures say: the headline.
    pub title: String,
    /// Measure, place and period.
    pub subtitle: String,
    /// What the areas are, such as "Neighbourhood".
    pub area_name: String,
    /// What the values are, such as "People with a service".
    pub value_name: String,
    /// The values, by the code of the area.
    pub values: Vec<AreaValue>,
    /// How many places after the point values are shown with.
    pub decimals: usize,
    /// What each symbol for a hidden value means.
    pub notes: Vec<SymbolNote>,
    /// Who made the outlines, as their licence asks.
    pub attribution: String,
}

/// The value of one area.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaValue {
    /// The code of the area.
    pub code: String,
    /// Its value.
    pub value: Value,
}

/// The picture alone, at one width.
pub fn picture(map: &AreaMap, outlines: &Outlines, width: Width) -> Markup {
    let (heading, top) = drawing::heading(&map.title, &map.subtitle, width);
    let by_code = by_code(map);
    let shades = Shades::of(map.values.iter().filter_map(|v| v.value.shown()));
    let (key, below) = key(map, outlines, &by_code, &shades, width, top);
    let (body, height) = areas(map, outlines, &by_code, &shades, width, below);
    let about = About {
        id: &map.id,
        title: &map.title,
        summary: &summary(map, outlines),
    };
    drawing::picture(&about, width, height, &html! { (heading) (key) (body) })
}

/// The picture at both widths, the notes on symbols, and the sorted table that opens below.
pub fn figure(map: &AreaMap, outlines: &Outlines) -> Markup {
    let data = data_table(map, outlines);
    html! {
        figure class="haven-figure" {
            (picture(map, outlines, Width::Wide))
            (picture(map, outlines, Width::Narrow))
            (symbol_notes(&map.notes))
            (details(&Details { summary: &format!("Table of the figures: {}", map.title), body: Some(&data), ..Details::default() }))
            @if !map.attribution.is_empty() { figcaption class="nhsuk-body-s" { (map.attribution) } }
        }
    }
}

/// What the map shows, in a sentence or two.
pub fn summary(map: &AreaMap, outlines: &Outlines) -> String {
    let sorted = sorted(map, outlines);
    let shown: Vec<&(String, &Value)> =
        sorted.iter().filter(|(_, v)| v.shown().is_some()).collect();
    let mut sentences = vec![format!(
        "Map of {} by {}.",
        map.value_name.to_lowercase(),
        map.area_name.to_lowercase()
    )];
    if let (Some(high), Some(low)) = (shown.first(), shown.last()) {
        sentences.push(format!(
            "Highest: {}, {}. Lowest: {}, {}.",
            high.0,
            high.1.words(map.decimals),
            low.0,
            low.1.words(map.decimals)
        ));
    }
    let hidden = sorted.iter().filter(|(_, v)| v.is_hidden()).count();
    if hidden > 0 {
        sentences.push(format!("Hidden: {}.", counted(hidden)));
    }
    sentences.join(" ")
}

/// The figures of the map as a table, highest first, then the hidden ones.
pub fn data_table(map: &AreaMap, outlines: &Outlines) -> Markup {
    let rows = sorted(map, outlines)
        .into_iter()
        .map(|(name, value)| vec![Cell::text(name), Cell::text(value.words(map.decimals))])
        .collect();
    table(&Table {
        caption: &map.subtitle,
        id: Some(&format!("{}-table", map.id)),
        columns: vec![
            Column::text(&map.area_name),
            Column::number(&map.value_name),
        ],
        rows,
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn by_code(map: &AreaMap) -> BTreeMap<&str, &Value> {
    map.values
        .iter()
        .map(|v| (v.code.as_str(), &v.value))
        .collect()
}

/// Names and values, highest first; equal values by name; hidden ones last.
fn sorted<'a>(map: &'a AreaMap, outlines: &Outlines) -> Vec<(String, &'a Value)> {
    let mut rows: Vec<(String, &Value)> = map
        .values
        .iter()
        .map(|v| (outlines.name(&v.code).to_owned(), &v.value))
        .collect();
    rows.sort_by(|a, b| match (a.1.shown(), b.1.shown()) {
        (Some(x), Some(y)) => y.total_cmp(&x).then_with(|| a.0.cmp(&b.0)),
        (Some(_), None) => std::cmp::Ordering::Less,
        (None, Some(_)) => std::cmp::Ordering::Greater,
        (None, None) => a.0.cmp(&b.0),
    });
    rows
}

fn counted(number: usize) -> String {
    format::counted(u64::try_from(number).unwrap_or(u64::MAX), "area", "areas")
}

/// How an area is filled.
fn fill(map: &AreaMap, value: Option<&Value>, shades: &Shades, width: Width) -> String {
    match value {
        Some(Value::Shown(number)) if number.is_finite() => shades.colour(*number).to_owned(),
        Some(Value::Hidden(_)) => hatch_fill(&map.id, width),
        _ => ABSENT.to_owned(),
    }
}

/// The key: each shade with the values it stands for, then hidden and absent where they occur.
fn key(
    map: &AreaMap,
    outlines: &Outlines,
    by_code: &BTreeMap<&str, &Value>,
    shades: &Shades,
    width: Width,
    top: f64,
) -> (Markup, f64) {
    let mut samples: Vec<(String, String)> = shades
        .classes()
        .map(|(colour, low, high)| {
            let (low, high) = (
                format::number(low, map.decimals),
                format::number(high, map.decimals),
            );
            let words = if low == high {
                low
            } else {
                format!("{low} to {high}")
            };
            (colour.to_owned(), words)
        })
        .collect();
    if by_code.values().any(|v| v.is_hidden()) {
        samples.push((hatch_fill(&map.id, width), "hidden".to_owned()));
    }
    if outlines.areas.iter().any(|a| {
        !by_code
            .get(a.code.as_str())
            .is_some_and(|v| v.is_hidden() || v.shown().is_some())
    }) {
        samples.push((ABSENT.to_owned(), "no figure".to_owned()));
    }
    let row = FACE.line_height() + 4.0;
    let (mut x, mut y) = (0.0, top);
    let mut parts = Vec::new();
    for (fill, words) in &samples {
        let wide = 26.0 + words::width(words, FACE);
        if x > 0.0 && x + wide > width.units() {
            x = 0.0;
            y += row;
        }
        parts.push(html! {
            rect x=(round(x + 0.5)) y=(round(y + 3.5)) width="20" height="15" fill=(fill) stroke="#3D3D3D" stroke-width="1" {}
            (Text { x: x + 26.0, y: y + 16.0, words, face: FACE, anchor: Anchor::Start, colour: INK }.draw())
        });
        x += wide + 18.0;
    }
    (html! { @for part in &parts { (part) } }, y + row + 10.0)
}

fn areas(
    map: &AreaMap,
    outlines: &Outlines,
    by_code: &BTreeMap<&str, &Value>,
    shades: &Shades,
    width: Width,
    top: f64,
) -> (Markup, f64) {
    let Some(bounds) = outlines.bounds() else {
        return drawing::nothing(top);
    };
    let fit = bounds.fit(width.units() - 2.0, TALLEST);
    let markup = html! {
        @for area in &outlines.areas {
            @let value = by_code.get(area.code.as_str()).copied();
            path d=(fit.path(area, 1.0, top)) fill=(fill(map, value, shades, width)) stroke="#3D3D3D"
                stroke-width="0.8" stroke-linejoin="round" fill-rule="evenodd" {
                // Browsers show this beside the pointer; the narrow drawing is for fingers.
                @if width == Width::Wide {
                    title {
                        (area.name) ": "
                        (value.map_or_else(|| "no figure".to_owned(), |v| v.words(map.decimals)))
                    }
                }
            }
        }
    };
    (markup, top + fit.height() + 6.0)
}
