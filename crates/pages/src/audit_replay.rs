//! A decision of the audit log judged again from the facts that its entry keeps (`/audit/{entry}/replay`).

use crate::{
    components::{
        Cell, Column, Size, SummaryList, SummaryRow, Table, WarningCallout, inset_text,
        summary_list, table, warning_callout,
    },
    frame::{Frame, Page, column, framed},
};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct AuditReplayView {
    /// The entry.
    pub number: u64,
    /// Whether the same comes out; none where it cannot be judged again.
    pub same: Option<bool>,
    /// What came of it, in sentences; or why it cannot be judged again.
    pub sentences: Vec<String>,
    /// How it ended then and now: what, then, now.
    pub compared: Vec<(String, String, String)>,
    /// The facts that the entry keeps: each with its name.
    pub facts: Vec<(String, String)>,
}

/// The page.
pub fn audit_replay(frame: &Frame, view: &AuditReplayView) -> Markup {
    let title = format!("Entry {}, judged again", view.number);
    let at = format!("/audit/{}", view.number);
    let entry = format!("Entry {}", view.number);
    let said = html! { @for sentence in &view.sentences { p { (sentence) } } };
    let body = html! {
        (column(&html! {
            h1 { (title) }
            @match view.same {
                Some(false) => {
                    (warning_callout(&WarningCallout {
                        heading: "Something else comes out",
                        level: Some(2),
                        text: "Tell whoever answers for the log: what was judged then is not what would be judged from the same facts now.",
                    }))
                    (said)
                }
                _ => { (inset_text(&said)) }
            }
        }))
        @if !view.compared.is_empty() {
            (table(&Table {
                caption: "Then and now",
                caption_size: Some(Size::M),
                columns: ["What", "Then", "Now"].map(Column::text).into(),
                rows: view.compared.iter().map(|(what, then, now)| vec![
                    Cell::text(what),
                    Cell::html(html! { span class="haven-hash" { (then) } }),
                    Cell::html(html! { span class="haven-hash" { (now) } }),
                ]).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
        @if !view.facts.is_empty() {
            h2 class="nhsuk-heading-m" { "The facts that were kept" }
            (summary_list(&SummaryList {
                rows: view.facts.iter().map(|(name, value)| SummaryRow::new(name, html! { span class="haven-hash" { (value) } })).collect(),
                ..SummaryList::default()
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[("Audit log", "/audit"), (&entry, &at)],
            body,
        },
    )
}
