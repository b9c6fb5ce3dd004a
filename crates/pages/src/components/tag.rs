//! Tag: a state in a word. The colour helps and never carries the meaning alone.

use super::class_names;
use maud::{Markup, html};

/// The colours of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "a colour is what its name says")]
pub enum TagColour {
    /// The frontend's own dark blue.
    #[default]
    Plain,
    /// No colour at all.
    NoColour,
    White,
    Grey,
    Green,
    AquaGreen,
    Blue,
    Purple,
    Pink,
    Red,
    Orange,
    Yellow,
}

impl TagColour {
    const fn modifier(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::NoColour => Some("nhsuk-tag--no-colour"),
            Self::White => Some("nhsuk-tag--white"),
            Self::Grey => Some("nhsuk-tag--grey"),
            Self::Green => Some("nhsuk-tag--green"),
            Self::AquaGreen => Some("nhsuk-tag--aqua-green"),
            Self::Blue => Some("nhsuk-tag--blue"),
            Self::Purple => Some("nhsuk-tag--purple"),
            Self::Pink => Some("nhsuk-tag--pink"),
            Self::Red => Some("nhsuk-tag--red"),
            Self::Orange => Some("nhsuk-tag--orange"),
            Self::Yellow => Some("nhsuk-tag--yellow"),
        }
    }
}

/// A state in a word.
pub fn tag(text: &str, colour: TagColour) -> Markup {
    let class = class_names("nhsuk-tag", [colour.modifier().map(str::to_owned)], "");
    html! { strong class=(class) { (text) } }
}
