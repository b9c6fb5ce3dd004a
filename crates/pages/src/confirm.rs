//! Check and send (`/submissions/{id}/confirm`): what is about to be sent, and one declaration.

use crate::{
    components::{
        Button, Choice, Choices, SummaryList, SummaryRow, WarningCallout, button, checkboxes,
        summary_list, warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the page shows. The form posts `csrf` and `declared` (`yes`) to its own address.
#[derive(Debug, Clone, Default)]
pub struct ConfirmView {
    /// The token of the form.
    pub csrf: String,
    /// The result page of the file.
    pub result_href: String,
    /// Who sends it.
    pub organisation: String,
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// The stated period, where there is one.
    pub period: Option<String>,
    /// The fingerprint of the file.
    pub sha256: String,
    /// Rows in the file.
    pub rows_in: u64,
    /// Rows that will go on.
    pub rows_landed: u64,
    /// Rows set aside.
    pub rows_set_aside: u64,
    /// Warnings that did not set rows aside.
    pub warnings: u64,
    /// When the window closes or closed, and what that means, in sentences.
    pub window: Option<String>,
    /// What else the sender must know before sending, each in a heading and a sentence.
    pub beware: Vec<(String, String)>,
    /// What the sender declares.
    pub declaration: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The page.
pub fn confirm(frame: &Frame, view: &ConfirmView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Check and send" }
        p { "Nothing has been sent yet. Check that this is the right file." }
        (summary_list(&SummaryList { rows: facts(view), ..SummaryList::default() }))
        @if let Some(window) = &view.window { p { (window) } }
        @for (heading, text) in &view.beware {
            (warning_callout(&WarningCallout { heading, level: Some(2), text }))
        }
        form method="post" action={ (view.result_href) "/confirm" } novalidate {
            (csrf_field(&view.csrf))
            (checkboxes(&Choices {
                name: "declared",
                error: form::error_of(&view.errors, "declared"),
                items: vec![Choice { value: "yes", text: &view.declaration, ..Choice::default() }],
                ..Choices::default()
            }))
            (button(&Button { text: "Send", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href=(view.result_href) { "Go back to the result" } }
    };
    framed(
        frame,
        &Page {
            title: "Check and send",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[
                ("Submissions", "/submissions"),
                ("Result", &view.result_href),
            ],
            body: column(&body),
        },
    )
}

fn facts(view: &ConfirmView) -> Vec<SummaryRow<'_>> {
    [
        Some(SummaryRow::new("Sent by", &view.organisation)),
        Some(SummaryRow::new(
            "File",
            html! { span class="haven-break" { (view.file) } },
        )),
        Some(SummaryRow::new("Dataset", &view.dataset)),
        view.period.as_ref().map(|p| SummaryRow::new("Period", p)),
        Some(SummaryRow::new(
            "Rows in the file",
            format::count(view.rows_in),
        )),
        Some(SummaryRow::new(
            "Rows that will be used",
            format::count(view.rows_landed),
        )),
        Some(SummaryRow::new(
            "Rows set aside",
            format::count(view.rows_set_aside),
        )),
        Some(SummaryRow::new(
            "Warnings",
            format::counted(view.warnings, "cause", "causes"),
        )),
        Some(SummaryRow::new(
            "Fingerprint (SHA-256)",
            html! { span class="haven-hash" { (view.sha256) } },
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}
