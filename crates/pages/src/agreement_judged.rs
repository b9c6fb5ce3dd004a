//! Versions that wait for approvals and signatures (`/agreements/approvals`), and one of them: each approver sees
//! exactly what the other saw, for everything on the page is made from the text that was handed in.

use crate::{
    agreement::{AgreementView, clauses_of},
    agreements::WaitingRow,
    components::{
        Button, ButtonVariant, Cell, Column, Size, SummaryList, SummaryRow, Table, button,
        inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
};
use maud::{Markup, html};

/// What the queue shows.
#[derive(Debug, Clone, Default)]
pub struct AgreementQueueView {
    /// Versions that wait for approvals.
    pub to_approve: Vec<WaitingRow>,
    /// Versions that wait for signatures.
    pub to_sign: Vec<WaitingRow>,
    /// Versions that went back or were taken back.
    pub over: Vec<WaitingRow>,
}

/// What the page of a version on its way shows.
#[derive(Debug, Clone)]
pub struct AgreementVersionView {
    /// The document.
    pub document: AgreementView,
    /// Its digest.
    pub digest: String,
    /// Why it was written, in its writer's words.
    pub why: String,
    /// Who wrote it and when it was handed in, in words.
    pub written: String,
    /// What it is compared with, in words.
    pub compared_with: String,
    /// What changes, in words: each heading with its lines; what is newly allowed comes first.
    pub changes: Vec<(String, Vec<String>)>,
    /// Acts so far: when and by whom, and what.
    pub acts: Vec<(String, String)>,
    /// What it waits for, in a sentence.
    pub waits_for: String,
    /// What the reader can do with it: the first is the main one.
    pub actions: Vec<Link>,
    /// Why the reader can not, in a sentence.
    pub cannot: Option<String>,
    /// Its text as a file, and other ways on.
    pub links: Vec<Link>,
}

/// The queue.
pub fn agreement_queue(frame: &Frame, view: &AgreementQueueView) -> Markup {
    let body = html! {
        h1 { "Approvals and signatures" }
        p { "Two people of different roles approve each version. Neither of them wrote it. Then every party signs." }
        (queue("Waiting for approval", &view.to_approve, "No version waits for approval. One comes here when its writer hands it in."))
        (queue("Waiting for signatures", &view.to_sign, "No version waits for signatures."))
        @if !view.over.is_empty() { (queue("Sent back or taken back", &view.over, "")) }
    };
    framed(
        frame,
        &Page {
            title: "Approvals and signatures",
            error: false,
            wide: false,
            parents: &[("Agreements", "/agreements")],
            body,
        },
    )
}

fn queue(caption: &str, rows: &[WaitingRow], empty: &str) -> Markup {
    if rows.is_empty() {
        return html! { h2 class="nhsuk-heading-m" { (caption) } p { (empty) } };
    }
    table(&Table {
        caption,
        caption_size: Some(Size::M),
        columns: ["Agreement", "How far it is", "By", "Since"]
            .map(Column::text)
            .into(),
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    Cell::html(html! {
                        a class="nhsuk-link" href=(row.href) { (row.title) }
                        " " span class="haven-note haven-break" { (row.id) }
                    }),
                    Cell::text(&row.waits_for),
                    Cell::text(&row.by),
                    Cell::text(format::moment(row.at)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

/// A version on its way.
pub fn agreement_version(frame: &Frame, view: &AgreementVersionView) -> Markup {
    let document = &view.document;
    let body = html! {
        h1 {
            span class="nhsuk-caption-xl" { (document.id) ", version " (document.version) }
            " "
            (document.title)
        }
        (inset_text(&html! { p { (document.sentence) } }))
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("State", document.state.tag()),
                SummaryRow::new("Waits for", &view.waits_for),
                SummaryRow::new("Written", &view.written),
                SummaryRow::new("Why", &view.why),
                SummaryRow::new("Digest of the text", html! { span class="haven-hash" { (view.digest) } }),
            ],
            ..SummaryList::default()
        }))
        div class="haven-screen-only haven-buttons" {
            @for (at, action) in view.actions.iter().enumerate() {
                (button(&Button {
                    text: &action.text,
                    href: Some(&action.href),
                    variant: if at == 0 { ButtonVariant::Primary } else { ButtonVariant::Secondary },
                    ..Button::default()
                }))
            }
        }
        @if let Some(cannot) = &view.cannot { p { (cannot) } }
        h2 class="nhsuk-heading-l" { "What it changes" }
        p { (view.compared_with) }
        @for (heading, lines) in &view.changes {
            h3 class="nhsuk-heading-m" { (heading) }
            (bullets(lines))
        }
        @if !view.acts.is_empty() {
            h2 class="nhsuk-heading-l" { "What was done with it" }
            (summary_list(&SummaryList {
                rows: view.acts.iter().map(|(when, what)| SummaryRow::new(when, what)).collect(),
                ..SummaryList::default()
            }))
        }
        h2 class="nhsuk-heading-l" { "What it says" }
        (clauses_of(document))
        div class="haven-screen-only" { (link_list(&view.links)) }
    };
    framed(
        frame,
        &Page {
            title: &format!(
                "Agreement {} version {}: {}",
                document.id, document.version, document.title
            ),
            error: false,
            wide: false,
            parents: &[
                ("Agreements", "/agreements"),
                ("Approvals and signatures", "/agreements/approvals"),
            ],
            body: column(&body),
        },
    )
}
