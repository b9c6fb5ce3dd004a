//! The graph of one cluster: its records on a circle, a line for each pair that was linked, as thick as the pair is
//! heavy. The weight stands on its line where there is room, and always in the table.

use super::{FACE, KeyItem, colour, key};
use crate::drawing::{
    self, About, Anchor, INK, Text, Width, length, round,
    words::{self, Face},
};
use maud::{Markup, html};

const SMALL: Face = Face::regular(12.0);
const NODE: f64 = 14.0;

/// The graph of a cluster.
#[derive(Debug, Clone)]
pub(crate) struct GraphPlot<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) key: Vec<KeyItem>,
    /// A short name for each record.
    pub(crate) nodes: Vec<String>,
    pub(crate) edges: Vec<Edge>,
}

/// A pair that was linked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) words: String,
    /// From 0, the lightest, to 1, the heaviest.
    pub(crate) heavy: f64,
    /// Whether it alone holds two parts together.
    pub(crate) bridge: bool,
}

/// The picture at one width.
pub(crate) fn picture(plot: &GraphPlot<'_>, width: Width) -> Markup {
    let (heading, top) = drawing::heading(plot.title, plot.subtitle, width);
    let (the_key, below) = key(plot.id, &plot.key, width, top);
    let (body, height) = if plot.nodes.is_empty() {
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

/// A box that something takes up.
#[derive(Clone, Copy)]
struct Taken {
    x: f64,
    y: f64,
    half_wide: f64,
    half_tall: f64,
}

impl Taken {
    fn meets(&self, other: &Self) -> bool {
        (self.x - other.x).abs() < self.half_wide + other.half_wide
            && (self.y - other.y).abs() < self.half_tall + other.half_tall
    }
}

fn draw(plot: &GraphPlot<'_>, width: Width, top: f64) -> (Markup, f64) {
    let across = match width {
        Width::Wide => 420.0,
        Width::Narrow => 280.0,
    };
    let radius = across / 2.0 - NODE - 4.0;
    let (centre_x, centre_y) = (width.units() / 2.0, top + across / 2.0);
    let count = length(plot.nodes.len());
    let place = |at: usize| {
        let turn = std::f64::consts::TAU * length(at) / count - std::f64::consts::FRAC_PI_2;
        let out = if plot.nodes.len() == 1 { 0.0 } else { radius };
        (centre_x + out * turn.cos(), centre_y + out * turn.sin())
    };
    let mut taken: Vec<Taken> = (0..plot.nodes.len())
        .map(place)
        .map(|(x, y)| Taken {
            x,
            y,
            half_wide: NODE + 2.0,
            half_tall: NODE + 2.0,
        })
        .collect();
    let edges: Vec<&Edge> = plot
        .edges
        .iter()
        .filter(|e| e.from < plot.nodes.len() && e.to < plot.nodes.len() && e.from != e.to)
        .collect();
    let labels: Vec<Option<Taken>> = edges
        .iter()
        .map(|edge| {
            let spot = room(place(edge.from), place(edge.to), &edge.words, &taken)?;
            taken.push(spot);
            Some(spot)
        })
        .collect();
    let name_of = |name: &str| words::shortened(name, FACE, NODE * 2.0 - 4.0);
    let body = html! {
        @for edge in &edges {
            @let (a, b) = (place(edge.from), place(edge.to));
            line x1=(round(a.0)) y1=(round(a.1)) x2=(round(b.0)) y2=(round(b.1)) stroke=(colour(if edge.bridge { 3 } else { 0 }))
                stroke-width=(round(1.5 + 3.5 * edge.heavy.clamp(0.0, 1.0))) stroke-dasharray=[edge.bridge.then_some("8 4")] {}
        }
        @for (edge, spot) in edges.iter().zip(&labels) {
            @if let Some(spot) = spot {
                rect x=(round(spot.x - spot.half_wide)) y=(round(spot.y - spot.half_tall)) width=(round(spot.half_wide * 2.0))
                    height=(round(spot.half_tall * 2.0)) fill="#FFFFFF" {}
                (Text { x: spot.x, y: spot.y + 4.0, words: &edge.words, face: SMALL, anchor: Anchor::Middle, colour: INK }.draw())
            }
        }
        @for (at, name) in plot.nodes.iter().enumerate() {
            @let (x, y) = place(at);
            circle cx=(round(x)) cy=(round(y)) r=(round(NODE)) fill="#FFFFFF" stroke=(INK) stroke-width="2" {}
            (Text { x, y: y + 5.0, words: &name_of(name), face: FACE, anchor: Anchor::Middle, colour: INK }.draw())
        }
    };
    (body, top + across + 4.0)
}

/// A spot along a line where the words meet nothing else.
fn room(a: (f64, f64), b: (f64, f64), text: &str, taken: &[Taken]) -> Option<Taken> {
    let spots = [0.5, 0.4, 0.6, 0.33, 0.67, 0.25, 0.75].map(|along| Taken {
        x: a.0 + (b.0 - a.0) * along,
        y: a.1 + (b.1 - a.1) * along,
        half_wide: words::width(text, SMALL) / 2.0 + 2.0,
        half_tall: 8.0,
    });
    let free = |spot: &Taken| !taken.iter().any(|other| other.meets(spot));
    spots.into_iter().find(free)
}
