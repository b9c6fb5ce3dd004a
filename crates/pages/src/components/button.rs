//! Button: does something, or starts something; a link that looks like one where `href` is given.

use super::{class_names, when};
use maud::{Markup, html};

/// What a button says and does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Button<'a> {
    /// The words on it.
    pub text: &'a str,
    /// Where it leads; makes it a link.
    pub href: Option<&'a str>,
    /// Its looks.
    pub variant: ButtonVariant,
    /// Whether it is the smaller one.
    pub small: bool,
    /// The name it is sent under.
    pub name: Option<&'a str>,
    /// The value it is sent with.
    pub value: Option<&'a str>,
    /// Whether a second press within a second is ignored, or the choice is left to the frontend.
    pub prevent_double_click: Option<bool>,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// The looks of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ButtonVariant {
    /// The main action of the page: one at most.
    #[default]
    Primary,
    /// Anything beside the main action.
    Secondary,
    /// The same, filled, for use on a tint.
    SecondarySolid,
    /// On a dark background.
    Reverse,
    /// What cannot be undone.
    Warning,
    /// Leads to a sign-in.
    Login,
}

impl ButtonVariant {
    const fn modifier(self) -> Option<&'static str> {
        match self {
            Self::Primary => None,
            Self::Secondary => Some("nhsuk-button--secondary"),
            Self::SecondarySolid => Some("nhsuk-button--secondary-solid"),
            Self::Reverse => Some("nhsuk-button--reverse"),
            Self::Warning => Some("nhsuk-button--warning"),
            Self::Login => Some("nhsuk-button--login"),
        }
    }
}

/// A button that sends its form, or a link that looks like one.
pub fn button(options: &Button<'_>) -> Markup {
    let class = class_names(
        "nhsuk-button",
        [
            options.variant.modifier().map(str::to_owned),
            when(options.small, "nhsuk-button--small"),
        ],
        "",
    );
    let prevents = options.prevent_double_click.map(|p| p.to_string());
    html! {
        @if let Some(href) = options.href {
            a class=(class) data-module="nhsuk-button" data-prevent-double-click=[prevents]
                href=(href) role="button" draggable="false" { (options.text) }
        } @else {
            button class=(class) name=[options.name] data-module="nhsuk-button"
                data-prevent-double-click=[prevents] type="submit" value=[options.value]
                disabled[options.disabled] aria-disabled=[options.disabled.then_some("true")] {
                (options.text)
            }
        }
    }
}
