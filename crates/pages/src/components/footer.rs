//! Footer: help and the statements, in the same order on every page.

use maud::{Markup, html};

/// The foot of every page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Footer<'a> {
    /// Support links, as text and address.
    pub links: &'a [(&'a str, &'a str)],
    /// A sentence under the links.
    pub text: Option<&'a str>,
    /// Whose the page is.
    pub copyright: Option<&'a str>,
}

/// The footer.
pub fn footer(options: &Footer<'_>) -> Markup {
    html! {
        footer class="nhsuk-footer" role="contentinfo" {
            div class="nhsuk-width-container" {
                div class="nhsuk-footer__meta" {
                    @if !options.links.is_empty() {
                        h2 class="nhsuk-u-visually-hidden" { "Support links" }
                        ul class="nhsuk-footer__list" {
                            @for (text, href) in options.links {
                                li class="nhsuk-footer__list-item" {
                                    a class="nhsuk-footer__list-item-link" href=(href) { (text) }
                                }
                            }
                        }
                    }
                    @if let Some(text) = options.text { p class="nhsuk-body-s" { (text) } }
                    @if let Some(text) = options.copyright { p class="nhsuk-body-s" { (text) } }
                }
            }
        }
    }
}
