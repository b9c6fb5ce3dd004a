//! Panel: it is done, and here is the reference.

use super::Size;
use maud::{Markup, html};

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Panel<'a> {
    /// The heading of the page.
    pub heading: &'a str,
    /// Its size.
    pub size: Option<Size>,
    /// The line under it.
    pub body: Option<&'a Markup>,
}

/// A panel whose heading is the heading of the page.
pub fn panel(options: &Panel<'_>) -> Markup {
    let class = super::class_names(
        "nhsuk-panel__heading",
        [options
            .size
            .map(|s| format!("nhsuk-panel__heading--{}", s.suffix()))],
        "",
    );
    html! {
        div class="nhsuk-panel" {
            h1 class=(class) { (options.heading) }
            @if let Some(body) = options.body { div class="nhsuk-panel__body" { (body) } }
        }
    }
}
