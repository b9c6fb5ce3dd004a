//! Details: more for those who want it, opened without a script.

use super::class_names;
use maud::{Markup, html};

/// A line that opens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Details<'a> {
    /// The line.
    pub summary: &'a str,
    /// What it opens.
    pub body: Option<&'a Markup>,
    /// Whether it is open from the start.
    pub open: bool,
    /// Classes of our own, such as `nhsuk-expander`.
    pub classes: &'a str,
}

/// A line that opens to show more.
pub fn details(options: &Details<'_>) -> Markup {
    html! {
        details class=(class_names("nhsuk-details", [], options.classes)) open[options.open] {
            summary class="nhsuk-details__summary" {
                span class="nhsuk-details__summary-text" { (options.summary) }
            }
            div class="nhsuk-details__text" {
                @if let Some(body) = options.body { (body) }
            }
        }
    }
}
