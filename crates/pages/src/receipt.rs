//! Receipt (`/submissions/{id}/receipt`): that it came, when, what it was, and what happens next.

use crate::{
    components::{Panel, SummaryList, SummaryRow, panel, summary_list},
    format,
    frame::{Frame, Page, bullets, column, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What a receipt shows.
#[derive(Debug, Clone)]
pub struct ReceiptView {
    /// The result page of the file.
    pub result_href: String,
    /// The reference to quote.
    pub reference: String,
    /// Who sent it.
    pub organisation: String,
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// The stated period, where there is one.
    pub period: Option<String>,
    /// When it was sent, and by whom, where its sender declared it.
    pub sent: Option<(DateTime<Utc>, String)>,
    /// What is special about it, such as that it was late, each in a sentence.
    pub marks: Vec<String>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// The fingerprint of the file.
    pub sha256: String,
    /// Its size.
    pub size_in_bytes: u64,
    /// Rows in the file.
    pub rows_in: u64,
    /// Rows that went on.
    pub rows_landed: u64,
    /// Rows set aside.
    pub rows_set_aside: u64,
    /// Why rows were set aside, with how many for each reason.
    pub reasons: Vec<(String, u64)>,
    /// What happens next, and when.
    pub next: Vec<String>,
}

/// A receipt.
pub fn receipt(frame: &Frame, view: &ReceiptView) -> Markup {
    let reference = html! { "Reference " strong { (view.reference) } };
    let body = html! {
        (panel(&Panel { heading: "We have your file", size: None, body: Some(&reference) }))
        (summary_list(&SummaryList {
            rows: [
                Some(SummaryRow::new("Sent by", &view.organisation)),
                Some(SummaryRow::new("File", html! { span class="haven-break" { (view.file) } ", " (format::bytes(view.size_in_bytes)) })),
                Some(SummaryRow::new("Dataset", &view.dataset)),
                view.period.as_ref().map(|p| SummaryRow::new("Period", p)),
                Some(SummaryRow::new("Received", format::moment(view.received_at))),
                view.sent.as_ref().map(|(at, by)| SummaryRow::new("Declared and sent", html! { (format::moment(*at)) ", by " (by) })),
                Some(SummaryRow::new("Rows in the file", format::count(view.rows_in))),
                Some(SummaryRow::new("Rows accepted", format::count(view.rows_landed))),
                Some(SummaryRow::new("Rows set aside", aside(view))),
                Some(SummaryRow::new("Fingerprint (SHA-256)", html! { span class="haven-hash" { (view.sha256) } })),
            ].into_iter().flatten().collect(),
            ..SummaryList::default()
        }))
        (bullets(&view.marks))
        p { "The fingerprint proves which file this receipt is for: any change to the file changes it." }
        @if !view.next.is_empty() {
            h2 class="nhsuk-heading-m" { "What happens next" }
            (bullets(&view.next))
        }
        p class="haven-screen-only" {
            button class="nhsuk-button nhsuk-button--secondary" type="button" data-haven-print hidden { "Print this page" }
        }
    };
    framed(
        frame,
        &Page {
            title: "Receipt",
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

fn aside(view: &ReceiptView) -> Markup {
    html! {
        (format::count(view.rows_set_aside))
        @if !view.reasons.is_empty() {
            ul class="nhsuk-list nhsuk-list--bullet nhsuk-u-margin-top-2" {
                @for (reason, rows) in &view.reasons { li { (reason) ": " (format::counted(*rows, "row", "rows")) } }
            }
        }
    }
}
