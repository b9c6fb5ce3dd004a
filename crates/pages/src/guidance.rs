//! Guidance (`/guidance`): the questions that people ask, with answers in plain words. Public.

use crate::{
    components::{Details, details},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct GuidanceView {
    /// The topics in order.
    pub topics: Vec<GuidanceTopic>,
    /// Where to read on.
    pub more: Vec<Link>,
}

/// A topic with its questions.
#[derive(Debug, Clone, Default)]
pub struct GuidanceTopic {
    /// What it is called.
    pub title: String,
    /// Questions with the paragraphs of their answers.
    pub questions: Vec<(String, Vec<String>)>,
}

/// The questions that people ask.
pub fn guidance(frame: &Frame, view: &GuidanceView) -> Markup {
    let body = html! {
        h1 { "Help with sending files" }
        p class="nhsuk-lede-text" { "These are the questions that people ask most." }
        @if view.topics.is_empty() { p { "There are no answers here yet. Use the help page to ask us." } }
        @for topic in &view.topics {
            h2 class="nhsuk-heading-m" { (topic.title) }
            @for (question, answer) in &topic.questions {
                (details(&Details {
                    summary: question,
                    body: Some(&html! { @for paragraph in answer { p { (format::with_code(paragraph)) } } }),
                    ..Details::default()
                }))
            }
        }
        @if !view.more.is_empty() {
            h2 class="nhsuk-heading-m" { "Read on" }
            (link_list(&view.more))
        }
        p { a class="nhsuk-link" href=(frame.help_href) { "Your question is not here? Ask us" } }
    };
    framed(
        frame,
        &Page {
            title: "Help with sending files",
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}
