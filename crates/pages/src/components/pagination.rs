//! Pagination: the pages of a long list.

use super::icon;
use maud::{Markup, PreEscaped, html};

/// Where a reader is in a list of pages.
#[derive(Debug, Clone, Default)]
pub struct Pagination<'a> {
    /// The address of the page before.
    pub previous: Option<&'a str>,
    /// The address of the page after.
    pub next: Option<&'a str>,
    /// The pages shown by number; where empty, previous and next stand alone with their labels.
    pub pages: Vec<PageLink<'a>>,
    /// What the page before is about.
    pub previous_label: Option<&'a str>,
    /// What the page after is about.
    pub next_label: Option<&'a str>,
}

/// One place in the row of page numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLink<'a> {
    /// A page by its number.
    Page {
        /// The number.
        number: u64,
        /// Its address.
        href: &'a str,
        /// Whether it is this page.
        current: bool,
    },
    /// Pages left out.
    Gap,
}

/// The row of page numbers, or previous and next.
pub fn pagination(options: &Pagination<'_>) -> Markup {
    if options.pages.is_empty() {
        return neighbours(options);
    }
    html! {
        nav class="nhsuk-pagination nhsuk-pagination--numbered" role="navigation" aria-label="Pagination" {
            @if let Some(href) = options.previous {
                a href=(href) class="nhsuk-pagination__previous" rel="prev" {
                    (icon::arrow_left())
                    (title("Previous"))
                }
            }
            ul class="nhsuk-pagination__list" {
                @for page in &options.pages { (numbered(page)) }
            }
            @if let Some(href) = options.next {
                a href=(href) class="nhsuk-pagination__next" rel="next" {
                    (title("Next"))
                    (icon::arrow_right())
                }
            }
        }
    }
}

fn title(word: &str) -> Markup {
    html! {
        span class="nhsuk-pagination__title" {
            (word)
            span class="nhsuk-u-visually-hidden" { " page" }
        }
    }
}

fn numbered(page: &PageLink<'_>) -> Markup {
    match page {
        PageLink::Gap => html! {
            li class="nhsuk-pagination__item nhsuk-pagination__item--ellipsis" { (PreEscaped("&ctdot;")) }
        },
        PageLink::Page {
            number,
            href,
            current,
        } => {
            let class = if *current {
                "nhsuk-pagination__item nhsuk-pagination__item--current"
            } else {
                "nhsuk-pagination__item"
            };
            html! {
                li class=(class) {
                    a class="nhsuk-pagination__link" href=(href) aria-label={ "Page " (number) }
                        aria-current=[current.then_some("page")] { (number) }
                }
            }
        }
    }
}

fn neighbours(options: &Pagination<'_>) -> Markup {
    html! {
        nav class="nhsuk-pagination" role="navigation" aria-label="Pagination" {
            ul class="nhsuk-list nhsuk-pagination__list" {
                @if let Some(href) = options.previous {
                    li class="nhsuk-pagination-item--previous" {
                        a class="nhsuk-pagination__link nhsuk-pagination__link--prev" href=(href) rel="prev" {
                            (title("Previous"))
                            (about(options.previous_label))
                            (icon::arrow_left())
                        }
                    }
                }
                @if let Some(href) = options.next {
                    li class="nhsuk-pagination-item--next" {
                        a class="nhsuk-pagination__link nhsuk-pagination__link--next" href=(href) rel="next" {
                            (title("Next"))
                            (about(options.next_label))
                            (icon::arrow_right())
                        }
                    }
                }
            }
        }
    }
}

fn about(label: Option<&str>) -> Markup {
    html! {
        @if let Some(label) = label {
            span class="nhsuk-u-visually-hidden" { ":" }
            span class="nhsuk-pagination__page" { (label) }
        }
    }
}
