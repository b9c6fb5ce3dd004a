//! A problem (`/problems/{name}`): what a machine was told, for the person who looks after it.

use crate::frame::{Frame, Page, column, framed};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct ProblemView {
    /// The last part of its address.
    pub name: String,
    /// The status that comes with it.
    pub status: u16,
    /// What is wrong.
    pub title: String,
    /// What to do.
    pub instead: String,
}

/// The page.
pub fn problem(frame: &Frame, view: &ProblemView) -> Markup {
    let body = html! {
        h1 {
            span class="nhsuk-caption-xl" { "Problem " (view.name) ", status " (view.status) }
            " "
            (view.title)
        }
        p { (view.instead) }
        p { "What is special about one case stands in the detail of the answer." }
        p { a class="nhsuk-link" href="/api/v1/openapi.json" { "Description of the interface (OpenAPI 3.1)" } }
    };
    framed(
        frame,
        &Page {
            title: &format!("Problem: {}", view.title),
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}
