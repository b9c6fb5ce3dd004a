//! Take a file back (`/submissions/{id}/withdraw`): what it does, and one button.

use crate::{
    components::{Button, ButtonVariant, SummaryList, SummaryRow, button, summary_list},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the page shows. The form posts `csrf` to its own address.
#[derive(Debug, Clone, Default)]
pub struct WithdrawView {
    /// The token of the form.
    pub csrf: String,
    /// The result page of the file.
    pub result_href: String,
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// The stated period, where there is one.
    pub period: Option<String>,
    /// Rows that count now; none where the file has not been sent.
    pub rows: Option<u64>,
    /// Until when another file may be sent, and what happens after that.
    pub window: Option<String>,
}

/// The page.
pub fn withdraw(frame: &Frame, view: &WithdrawView) -> Markup {
    let title = if view.rows.is_some() {
        "Withdraw this file"
    } else {
        "Delete this attempt"
    };
    let rows = [
        Some(SummaryRow::new(
            "File",
            html! { span class="haven-break" { (view.file) } },
        )),
        Some(SummaryRow::new("Dataset", &view.dataset)),
        view.period.as_ref().map(|p| SummaryRow::new("Period", p)),
        view.rows
            .map(|rows| SummaryRow::new("Rows in use", format::count(rows))),
    ];
    let body = html! {
        h1 { (title) }
        (summary_list(&SummaryList { rows: rows.into_iter().flatten().collect(), ..SummaryList::default() }))
        @if view.rows.is_some() {
            p { "Its rows are no longer used from the moment you withdraw it. Tables that were made before keep what they had." }
            p { "A file whose place it took does not come back by itself. You can send that file, or this one, again." }
        } @else {
            p { "It has not been sent, and it never will be. You can upload the file again at any time." }
        }
        @if let Some(window) = &view.window { p { (window) } }
        form method="post" action={ (view.result_href) "/withdraw" } {
            (csrf_field(&view.csrf))
            (button(&Button { text: title, variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href=(view.result_href) { "Keep it, and go back to the result" } }
    };
    framed(
        frame,
        &Page {
            title,
            error: false,
            wide: false,
            parents: &[
                ("Submissions", "/submissions"),
                ("Result", &view.result_href),
            ],
            body: column(&body),
        },
    )
}
