//! Three ways to make something stand out: inset text, a warning callout, a notification banner.

use super::{class_names, when};
use maud::{Markup, html};

/// A box that a reader must not miss.
#[derive(Debug, Clone, Copy, Default)]
pub struct WarningCallout<'a> {
    /// What it is about.
    pub heading: &'a str,
    /// The level of the heading: 3 unless given.
    pub level: Option<u8>,
    /// One paragraph.
    pub text: &'a str,
}

/// One thing that has happened, at the top of a page.
#[derive(Debug, Clone, Copy, Default)]
pub struct NotificationBanner<'a> {
    /// Whether it tells of success; otherwise of something important.
    pub success: bool,
    /// What has happened.
    pub text: &'a str,
}

/// Text set apart from the rest.
pub fn inset_text(body: &Markup) -> Markup {
    html! {
        div class="nhsuk-inset-text" {
            span class="nhsuk-u-visually-hidden" { "Information: " }
            (body)
        }
    }
}

/// A box that a reader must not miss.
pub fn warning_callout(options: &WarningCallout<'_>) -> Markup {
    // A heading that already says "important" is not announced as such a second time.
    let announced = options.heading.to_lowercase().contains("important");
    let heading = html! {
        @if announced { (options.heading) }
        @else {
            span role="text" {
                span class="nhsuk-u-visually-hidden" { "Important: " }
                (options.heading)
            }
        }
    };
    html! {
        div class="nhsuk-card nhsuk-card--warning" {
            div class="nhsuk-card__content" {
                @if !options.heading.is_empty() {
                    @match options.level {
                        Some(2) => { h2 class="nhsuk-card__heading" { (heading) } }
                        _ => { h3 class="nhsuk-card__heading" { (heading) } }
                    }
                }
                p class="nhsuk-card__description" { (options.text) }
            }
        }
    }
}

/// One thing that has happened.
pub fn notification_banner(options: &NotificationBanner<'_>) -> Markup {
    let class = class_names(
        "nhsuk-notification-banner",
        [when(options.success, "nhsuk-notification-banner--success")],
        "",
    );
    html! {
        div class=(class) data-module="nhsuk-notification-banner"
            role=(if options.success { "alert" } else { "region" })
            aria-labelledby="nhsuk-notification-banner-title" {
            div class="nhsuk-notification-banner__header" {
                h2 class="nhsuk-notification-banner__title" id="nhsuk-notification-banner-title" {
                    (if options.success { "Success" } else { "Important" })
                }
            }
            div class="nhsuk-notification-banner__content" {
                p class="nhsuk-notification-banner__heading" { (options.text) }
            }
        }
    }
}
