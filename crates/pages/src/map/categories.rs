//! A map of states: each area has one of a few, in shades of one hue with a letter where there is room, the
//! least of them hatched. The key says which is which, and a table always stands beside the map.

use super::Outlines;
use crate::drawing::{
    self, About, Anchor, INK, Text, Width, hatch_fill, round,
    words::{self, Face},
};
use maud::{Markup, html};
use std::collections::BTreeMap;

const FACE: Face = Face::regular(14.0);
const TALLEST: f64 = 620.0;

/// What a map of states shows.
#[derive(Debug, Clone)]
pub struct StateMap {
    /// A name that no other picture of the page has: letters, digits and hyphens.
    pub id: String,
    /// What the map says: the headline.
    pub title: String,
    /// Measure, place and period.
    pub subtitle: String,
    /// The states, in order.
    pub states: Vec<MapState>,
    /// Areas by code, each with the position of its state; an area that is not here has none.
    pub areas: BTreeMap<String, usize>,
    /// Whether all areas are alike in size, so that each has room for the letter of its state.
    pub letters: bool,
    /// Who made the outlines, as their licence asks.
    pub attribution: String,
}

/// A state on a map.
#[derive(Debug, Clone)]
pub struct MapState {
    /// Its name.
    pub name: String,
    /// The letter that stands for it.
    pub letter: char,
    /// How it is filled.
    pub fill: MapFill,
}

/// How an area is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapFill {
    /// Hatched: there is nothing.
    Hatched,
    /// A shade of the one hue, from 0, the lightest, to 3.
    Shade(usize),
}

/// The shades, each with the colour of letters on it.
const SHADES: [(&str, &str); 4] = [
    ("#D6E4F5", INK),
    ("#8FB8DE", INK),
    ("#3F76B0", "#FFFFFF"),
    ("#12436D", "#FFFFFF"),
];
const ABSENT: &str = "#FFFFFF";

/// The small picture, of which two stand side by side on a desk.
pub fn figure(map: &StateMap, outlines: &Outlines) -> Markup {
    html! {
        figure class="haven-figure haven-small" {
            (picture(map, outlines, Width::Narrow))
            @if !map.attribution.is_empty() { figcaption class="nhsuk-body-s" { (map.attribution) } }
        }
    }
}

/// The picture alone, at one width.
pub fn picture(map: &StateMap, outlines: &Outlines, width: Width) -> Markup {
    let (heading, top) = drawing::heading(&map.title, &map.subtitle, width);
    let (key, below) = key(map, width, top);
    let (body, height) = areas(map, outlines, width, below);
    let about = About {
        id: &map.id,
        title: &map.title,
        summary: &summary(map),
    };
    drawing::picture(&about, width, height, &html! { (heading) (key) (body) })
}

/// What the map shows, in a sentence.
pub fn summary(map: &StateMap) -> String {
    let counted: Vec<String> = map
        .states
        .iter()
        .enumerate()
        .map(|(at, state)| {
            let number = map.areas.values().filter(|s| **s == at).count();
            format!("{} {number}", state.name.to_lowercase())
        })
        .collect();
    format!(
        "Map of {}: {}.",
        map.subtitle.to_lowercase(),
        counted.join(", ")
    )
}

fn fill_of(map: &StateMap, state: Option<&MapState>, width: Width) -> (String, &'static str) {
    match state.map(|s| s.fill) {
        Some(MapFill::Hatched) => (hatch_fill(&map.id, width), INK),
        Some(MapFill::Shade(shade)) => {
            let (colour, letters) = SHADES.get(shade).copied().unwrap_or((ABSENT, INK));
            (colour.to_owned(), letters)
        }
        None => (ABSENT.to_owned(), INK),
    }
}

fn key(map: &StateMap, width: Width, top: f64) -> (Markup, f64) {
    let row = FACE.line_height() + 4.0;
    let (mut x, mut y) = (0.0, top);
    let mut parts = Vec::new();
    for state in &map.states {
        let words = if map.letters {
            format!("{} {}", state.letter, state.name)
        } else {
            state.name.clone()
        };
        let wide = 26.0 + words::width(&words, FACE);
        if x > 0.0 && x + wide > width.units() {
            x = 0.0;
            y += row;
        }
        let (fill, _) = fill_of(map, Some(state), width);
        parts.push(html! {
            rect x=(round(x + 0.5)) y=(round(y + 3.5)) width="20" height="15" fill=(fill) stroke="#3D3D3D" stroke-width="1" {}
            (Text { x: x + 26.0, y: y + 16.0, words: &words, face: FACE, anchor: Anchor::Start, colour: INK }.draw())
        });
        x += wide + 18.0;
    }
    (html! { @for part in &parts { (part) } }, y + row + 10.0)
}

fn areas(map: &StateMap, outlines: &Outlines, width: Width, top: f64) -> (Markup, f64) {
    let Some(bounds) = outlines.bounds() else {
        return drawing::nothing(top);
    };
    let fit = bounds.fit(width.units() - 2.0, TALLEST);
    // In the middle where the areas are narrower than the drawing.
    let left = 1.0 + ((width.units() - 2.0 - fit.width()) / 2.0).max(0.0);
    // As large as a hexagon of either width holds.
    let letter = Face::bold(if width == Width::Wide { 12.0 } else { 9.0 });
    let markup = html! {
        @for area in &outlines.areas {
            @let state = map.areas.get(&area.code).and_then(|at| map.states.get(*at));
            @let (fill, letters) = fill_of(map, state, width);
            path d=(fit.path(area, left, top)) fill=(fill) stroke="#3D3D3D" stroke-width="0.7" stroke-linejoin="round"
                fill-rule="evenodd" {
                // Browsers show this beside the pointer.
                title { (area.name) ": " (state.map_or("not in the collection", |s| s.name.as_str())) }
            }
            @if let (true, Some(state), Some((x, y))) = (map.letters, state, fit.middle(area, left, top)) {
                // A hatched area has a white ground under its letter.
                @if state.fill == MapFill::Hatched {
                    circle cx=(round(x)) cy=(round(y)) r=(round(letter.size * 0.62)) fill="#FFFFFF" {}
                }
                (Text { x, y: y + letter.size * 0.36, words: state.letter.encode_utf8(&mut [0; 4]), face: letter, anchor: Anchor::Middle, colour: letters }.draw())
            }
        }
    };
    (markup, top + fit.height() + 6.0)
}
