//! The back link and the skip link.

use maud::{Markup, html};

/// A link to the page before this one, above the heading.
pub fn back_link(text: &str, href: &str) -> Markup {
    html! { a class="nhsuk-back-link" href=(href) { (text) } }
}

/// The same, saying to a screen reader where it goes back to.
pub(crate) fn back_link_to(page: &str, href: &str) -> Markup {
    html! {
        a class="nhsuk-back-link" href=(href) {
            span class="nhsuk-u-visually-hidden" { "Back to " }
            (page)
        }
    }
}

/// The first link of every page: past the header, straight to the content.
pub fn skip_link(text: &str, href: &str) -> Markup {
    html! { a class="nhsuk-skip-link" data-module="nhsuk-skip-link" href=(href) { (text) } }
}
