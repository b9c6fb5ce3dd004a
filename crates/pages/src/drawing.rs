//! Drawing SVG: text that is measured before it is placed, hatching, scales. No styles inside, only
//! presentation attributes, so that a strict policy and a saved file both work.

pub(crate) mod scale;
pub mod words;

use maud::{Markup, html};
use words::Face;

/// The colours of series, in their order; each is 3:1 against white and against its neighbour.
pub(crate) const SERIES_COLOURS: [&str; 4] = ["#12436D", "#28A197", "#801650", "#F46A25"];
/// Text and outlines.
pub(crate) const INK: &str = "#212B32";
/// Second lines and axis labels.
pub(crate) const SOFT_INK: &str = "#4C6272";
/// Grid lines.
pub(crate) const GRID: &str = "#D8DDE0";

/// The white around a drawing.
const MARGIN: f64 = 12.0;

/// How wide a drawing is laid out. A page holds both and shows the one that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// For a desk, and for a file.
    Wide,
    /// For a phone.
    Narrow,
}

impl Width {
    /// The width in the drawing's own units.
    pub const fn units(self) -> f64 {
        match self {
            Self::Wide => 640.0,
            Self::Narrow => 300.0,
        }
    }

    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// Where a text stands on its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; `y` is its baseline.
pub(crate) struct Text<'a> {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) words: &'a str,
    pub(crate) face: Face,
    pub(crate) anchor: Anchor,
    pub(crate) colour: &'a str,
}

impl Text<'_> {
    /// The text as an element.
    pub(crate) fn draw(&self) -> Markup {
        let anchor = match self.anchor {
            Anchor::Start => None,
            Anchor::Middle => Some("middle"),
            Anchor::End => Some("end"),
        };
        html! {
            text x=(round(self.x)) y=(round(self.y)) font-size=(self.face.size)
                font-weight=[self.face.bold.then_some("700")] text-anchor=[anchor] fill=(self.colour) {
                (self.words)
            }
        }
    }
}

/// The lines of the title and the subtitle, and where the drawing goes on below them.
pub(crate) fn heading(title: &str, subtitle: &str, width: Width) -> (Markup, f64) {
    let (title_face, subtitle_face) = (Face::bold(heading_size(width)), Face::regular(14.0));
    let mut y = 0.0;
    let mut lines = Vec::new();
    for (text, face, colour, most) in [
        (title, title_face, INK, 6),
        (subtitle, subtitle_face, SOFT_INK, 4),
    ] {
        for line in words::wrapped(text, face, width.units(), most) {
            y += face.line_height();
            lines.push(
                Text {
                    x: 0.0,
                    y: y - face.descent(),
                    words: &line,
                    face,
                    anchor: Anchor::Start,
                    colour,
                }
                .draw(),
            );
        }
    }
    (html! { @for line in &lines { (line) } }, y + 10.0)
}

const fn heading_size(width: Width) -> f64 {
    match width {
        Width::Wide => 19.0,
        Width::Narrow => 16.0,
    }
}

/// The whole picture, named by its title and described by a sentence.
pub(crate) fn picture(about: &About<'_>, width: Width, height: f64, body: &Markup) -> Markup {
    let id = format!("{}-{}", about.id, width.suffix());
    let (across, down) = (width.units() + 2.0 * MARGIN, height.ceil() + 2.0 * MARGIN);
    html! {
        svg class={ "haven-picture haven-picture--" (width.suffix()) } xmlns="http://www.w3.org/2000/svg"
            viewBox={ (round(-MARGIN)) " " (round(-MARGIN)) " " (round(across)) " " (round(down)) } role="img"
            aria-labelledby={ (id) "-title " (id) "-desc" } font-family="Arial, sans-serif" {
            title id={ (id) "-title" } { (about.title) }
            desc id={ (id) "-desc" } { (about.summary) }
            defs { (hatch(&id)) }
            rect x=(round(-MARGIN)) y=(round(-MARGIN)) width=(round(across)) height=(round(down)) fill="#FFFFFF" {}
            (body)
        }
    }
}

/// What a picture is called.
pub(crate) struct About<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) summary: &'a str,
}

/// The hatching of hidden values; each picture has its own, since a page may hide the other one.
fn hatch(id: &str) -> Markup {
    html! {
        pattern id={ (id) "-hatch" } width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
            rect width="6" height="6" fill="#FFFFFF" {}
            line x1="1" y1="0" x2="1" y2="6" stroke="#3D3D3D" stroke-width="1.5" {}
        }
    }
}

/// The fill that refers to the hatching of a picture.
pub(crate) fn hatch_fill(id: &str, width: Width) -> String {
    format!("url(#{id}-{}-hatch)", width.suffix())
}

/// A coordinate with one place after the point, and none where it is whole.
pub(crate) fn round(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0" } else { text }.to_owned()
}

/// A count as a length; no drawing has so many parts that precision is lost.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of bars and points are far below 2^52"
)]
pub(crate) const fn length(count: usize) -> f64 {
    count as f64
}

/// What stands in place of a drawing where there are no figures at all.
pub(crate) fn nothing(top: f64) -> (Markup, f64) {
    let face = Face::regular(14.0);
    let line = Text {
        x: 0.0,
        y: top + face.line_height(),
        words: "There are no figures to draw.",
        face,
        anchor: Anchor::Start,
        colour: INK,
    };
    (line.draw(), top + face.line_height() + 10.0)
}
