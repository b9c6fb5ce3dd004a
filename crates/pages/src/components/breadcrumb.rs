//! Breadcrumb: where this page stands, as links to the pages above it.

use super::links::back_link_to;
use maud::{Markup, html};

/// The pages above this one, outermost first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Breadcrumb<'a> {
    /// Each page as text and address.
    pub items: &'a [(&'a str, &'a str)],
}

/// A trail of links; on a narrow screen only the link back to the last page shows.
pub fn breadcrumb(options: &Breadcrumb<'_>) -> Markup {
    html! {
        nav class="nhsuk-breadcrumb" aria-label="Breadcrumb" {
            ol class="nhsuk-breadcrumb__list" {
                @for (text, href) in options.items {
                    li class="nhsuk-breadcrumb__list-item" {
                        a class="nhsuk-breadcrumb__link" href=(href) { (text) }
                    }
                }
            }
            @if let Some((text, href)) = options.items.last() {
                (back_link_to(text, href))
            }
        }
    }
}
