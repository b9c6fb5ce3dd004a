//! Curves, columns and points over two measured axes.

use super::{
    DASHES, FACE, KeyItem, Sample,
    axis::{Axis, Steps, Unit, is_figure},
    colour, key, point,
};
use crate::drawing::{
    self, About, Anchor, GRID, INK, SOFT_INK, Text, Width, hatch_fill, round, words,
};
use maud::{Markup, html};

const TALL: f64 = 280.0;
/// With more points than this the shapes would run into each other.
const MOST_POINTS: usize = 24;

/// Curves over two axes.
#[derive(Debug, Clone)]
pub(crate) struct CurvePlot<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) summary: &'a str,
    pub(crate) across: AxisOf<'a>,
    pub(crate) up: AxisOf<'a>,
    pub(crate) curves: Vec<Curve>,
    /// Upright lines at values that matter, each with its name in the key.
    pub(crate) references: Vec<(f64, String)>,
    /// A hatched stretch across, with its name in the key.
    pub(crate) band: Option<(f64, f64, String)>,
    /// Whether the line on which both axes are equal is drawn, and what it is called.
    pub(crate) diagonal: Option<&'a str>,
}

/// An axis before it is laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AxisOf<'a> {
    pub(crate) name: &'a str,
    pub(crate) unit: Unit,
    pub(crate) steps: Steps,
}

/// One series.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) kind: CurveKind,
}

/// How a series is drawn.
#[derive(Debug, Clone)]
pub(crate) enum CurveKind {
    /// A line through points.
    Line(Vec<(f64, f64)>),
    /// Columns from one value to another, each with its height.
    Columns(Vec<(f64, f64, f64)>),
    /// Points, each with the stretch in which its height may lie.
    Points(Vec<(f64, f64, (f64, f64))>),
}

impl CurveKind {
    fn is_empty(&self) -> bool {
        match self {
            Self::Line(points) => points.is_empty(),
            Self::Columns(columns) => columns.is_empty(),
            Self::Points(points) => points.is_empty(),
        }
    }

    fn across(&self) -> Vec<f64> {
        match self {
            Self::Line(points) => points.iter().map(|p| p.0).collect(),
            Self::Columns(columns) => columns.iter().flat_map(|c| [c.0, c.1]).collect(),
            Self::Points(points) => points.iter().map(|p| p.0).collect(),
        }
    }

    fn up(&self) -> Vec<f64> {
        match self {
            Self::Line(points) => points.iter().map(|p| p.1).collect(),
            // Columns stand on one, so that on a tenfold axis a single one does not stand on itself.
            Self::Columns(columns) => columns.iter().map(|c| c.2).chain([1.0]).collect(),
            Self::Points(points) => points.iter().flat_map(|p| [p.1, p.2.0, p.2.1]).collect(),
        }
    }

    const fn sample(&self, number: usize) -> Sample {
        match self {
            Self::Line(_) => Sample::Line(number),
            Self::Columns(_) => Sample::Bar(number),
            Self::Points(_) => Sample::Dot(number, false),
        }
    }
}

/// The picture at one width.
pub(crate) fn picture(plot: &CurvePlot<'_>, width: Width) -> Markup {
    let (heading, top) = drawing::heading(plot.title, plot.subtitle, width);
    let (the_key, below) = key(plot.id, &keys(plot), width, top);
    let (body, height) = if plot.curves.iter().all(|c| c.kind.is_empty()) {
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

fn keys(plot: &CurvePlot<'_>) -> Vec<KeyItem> {
    let others = plot.references.len()
        + usize::from(plot.band.is_some())
        + usize::from(plot.diagonal.is_some());
    let mut items = Vec::new();
    // A single series needs no key, unless something else is in the drawing.
    if plot.curves.len() > 1 || others > 0 {
        let curves = plot.curves.iter().enumerate();
        items.extend(curves.map(|(at, c)| KeyItem::new(c.kind.sample(at), &c.name)));
    }
    let references = plot.references.iter();
    items.extend(references.map(|(_, name)| KeyItem::new(Sample::Reference, name)));
    items.extend(
        plot.diagonal
            .map(|name| KeyItem::new(Sample::Reference, name)),
    );
    let band = plot.band.iter();
    items.extend(band.map(|(_, _, name)| KeyItem::new(Sample::Band, name)));
    items
}

fn draw(plot: &CurvePlot<'_>, width: Width, top: f64) -> (Markup, f64) {
    let line_height = FACE.line_height();
    let (plot_top, plot_end) = (top + line_height + 12.0, top + line_height + TALL);
    let ups = plot.curves.iter().flat_map(|c| c.kind.up());
    let up = Axis::new(ups, (plot_end, plot_top), 4.0, plot.up.unit, plot.up.steps);
    let left = up.widest() + 10.0;
    let band = plot.band.iter().flat_map(|(a, b, _)| [*a, *b]);
    let values = plot.curves.iter().flat_map(|c| c.kind.across());
    let values = values
        .chain(plot.references.iter().map(|r| r.0))
        .chain(band);
    let steps = if width == Width::Wide { 7.0 } else { 4.0 };
    let right = width.units() - 8.0;
    let across = Axis::new(
        values,
        (left, right),
        steps,
        plot.across.unit,
        plot.across.steps,
    );
    let name = |words: &str| words::shortened(words, FACE, width.units());
    let names_y = plot_end + 2.0 * line_height + 4.0;
    let body = html! {
        (Text { x: 0.0, y: top + line_height - 5.0, words: &name(plot.up.name), face: FACE, anchor: Anchor::Start, colour: SOFT_INK }.draw())
        @for (tick, words) in &up.ticks {
            @let y = up.place(*tick);
            line x1=(round(left)) y1=(round(y)) x2=(round(right)) y2=(round(y)) stroke=(GRID) stroke-width="1" {}
            (Text { x: left - 8.0, y: y + 5.0, words, face: FACE, anchor: Anchor::End, colour: SOFT_INK }.draw())
        }
        @if let Some((from, to, _)) = &plot.band {
            @let (a, b) = (across.place(*from), across.place(*to));
            rect x=(round(a.min(b))) y=(round(plot_top)) width=(round((b - a).abs())) height=(round(plot_end - plot_top))
                fill=(hatch_fill(plot.id, width)) fill-opacity="0.4" {}
        }
        @if plot.diagonal.is_some() {
            @let (low, high) = (0.0, 1.0);
            line x1=(round(across.place(low))) y1=(round(up.place(low))) x2=(round(across.place(high))) y2=(round(up.place(high)))
                stroke=(INK) stroke-width="2" stroke-dasharray="4 3" {}
        }
        @for (number, curve) in plot.curves.iter().enumerate() { (draw_curve(number, &curve.kind, &across, &up, plot_end)) }
        @for (at, _) in &plot.references {
            line x1=(round(across.place(*at))) y1=(round(plot_top)) x2=(round(across.place(*at))) y2=(round(plot_end)) stroke=(INK)
                stroke-width="2" stroke-dasharray="4 3" {}
        }
        line x1=(round(left)) y1=(round(plot_end)) x2=(round(right)) y2=(round(plot_end)) stroke=(INK) stroke-width="1" {}
        (across.numbers(plot_end + line_height, width.units()))
        (Text { x: width.units(), y: names_y, words: &name(plot.across.name), face: FACE, anchor: Anchor::End, colour: SOFT_INK }.draw())
    };
    (body, names_y + 8.0)
}

fn draw_curve(number: usize, kind: &CurveKind, across: &Axis, up: &Axis, end: f64) -> Markup {
    match kind {
        CurveKind::Line(points) => {
            let points: Vec<(f64, f64)> = points
                .iter()
                .filter(|(x, y)| is_figure(*x) && is_figure(*y))
                .map(|(x, y)| (across.place(*x), up.place(*y)))
                .collect();
            let joined: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{},{}", round(*x), round(*y)))
                .collect();
            html! {
                @if points.len() > 1 {
                    polyline points=(joined.join(" ")) fill="none" stroke=(colour(number)) stroke-width="3" stroke-linejoin="round"
                        stroke-dasharray=[DASHES.get(number).copied().flatten()] {}
                }
                @if points.len() <= MOST_POINTS { @for (x, y) in &points { (point(number, false, *x, *y)) } }
            }
        }
        CurveKind::Columns(columns) => html! {
            @for (from, to, height) in columns {
                @let (a, b, top) = (across.place(*from), across.place(*to), up.place(*height));
                @if *height > 0.0 && is_figure(*from) && is_figure(*to) && from < to {
                    rect x=(round(a)) y=(round(top)) width=(round((b - a - 1.0).max(1.0))) height=(round((end - top).max(1.0)))
                        fill=(colour(number)) {}
                }
            }
        },
        CurveKind::Points(points) => html! {
            @for (x, y, (low, high)) in points.iter().filter(|p| is_figure(p.0) && is_figure(p.1)) {
                line x1=(round(across.place(*x))) y1=(round(up.place(*low))) x2=(round(across.place(*x))) y2=(round(up.place(*high)))
                    stroke=(INK) stroke-width="2" {}
                (point(number, false, across.place(*x), up.place(*y)))
            }
        },
    }
}
