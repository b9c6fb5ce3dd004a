//! Corrections (`/linkage/corrections`): which runs of linkage gave records another person, which releases had used
//! them by then, and who was told. Counts, names of releases and accounts; nothing about patients.

use crate::{
    components::{
        Cell, Column, Scroll, SummaryList, SummaryRow, Table, inset_text, summary_list, table,
    },
    format,
    frame::{Frame, Page, column, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page shows, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorrectionsView {
    /// The corrections.
    pub corrections: Vec<CorrectionView>,
    /// Decisions that no run has applied yet.
    pub waiting: u64,
}

/// One correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionView {
    /// The version of the links that it made.
    pub links: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Records by table: because a person decided so, and because the evidence changed.
    pub records: Vec<(String, u64, u64)>,
    /// The tables made from them, which were made again.
    pub tables: Vec<String>,
    /// Releases that had used them: title, address, who made it.
    pub releases: Vec<(String, String, String)>,
    /// Who was told: the account, and when they read it.
    pub told: Vec<(String, Option<DateTime<Utc>>)>,
}

/// The corrections.
pub fn corrections(frame: &Frame, view: &CorrectionsView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Corrections of links" }
            p class="nhsuk-lede-text" { "When a record turns out to be about another person, the link is undone and everything made from it is made again." }
            @if view.waiting > 0 {
                (inset_text(&html! {
                    p {
                        (format::counted(view.waiting, "decision has", "decisions have"))
                        " not been applied yet. Run " code { "haven correct" } " to apply them."
                    }
                }))
            }
            @if view.corrections.is_empty() { p { "No record has come to be about another person so far." } }
        }))
        @for correction in &view.corrections { (one(correction)) }
    };
    framed(
        frame,
        &Page {
            title: "Corrections of links",
            error: false,
            wide: false,
            parents: &[("Linkage", "/linkage")],
            body,
        },
    )
}

fn one(correction: &CorrectionView) -> Markup {
    let told = |(account, read): &(String, Option<DateTime<Utc>>)| match read {
        Some(at) => format!("{account}, who read it {}", format::moment(*at)),
        None => format!("{account}, who has not read it yet"),
    };
    let lines = |lines: Vec<String>, none: &str| {
        html! {
            @if lines.is_empty() { (none) }
            @for line in &lines { div { (line) } }
        }
    };
    html! {
        section aria-labelledby={ "links-" (correction.links) } {
            (column(&html! {
                h2 class="nhsuk-heading-m" id={ "links-" (correction.links) } { "Links, version " (correction.links) }
                (summary_list(&SummaryList {
                    rows: vec![
                        SummaryRow::new("Written", format::moment(correction.at)),
                        SummaryRow::new("Made again", lines(correction.tables.clone(), "nothing")),
                        SummaryRow::new("Told", lines(correction.told.iter().map(told).collect(), "nobody had used it")),
                    ],
                    ..SummaryList::default()
                }))
            }))
            (table(&Table {
                caption: &format!("Records of version {} that are about another person", correction.links),
                columns: vec![
                    Column::text("Table"),
                    Column::number("Decided by a person"),
                    Column::number("By new evidence"),
                ],
                rows: correction
                    .records
                    .iter()
                    .map(|(name, decided, evidence)| {
                        vec![
                            Cell::text(name),
                            Cell::text(format::count(*decided)),
                            Cell::text(format::count(*evidence)),
                        ]
                    })
                    .collect(),
                first_cell_is_header: true,
                compact: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
            @if !correction.releases.is_empty() {
                (table(&Table {
                    caption: &format!("Releases made before version {} from what it changed", correction.links),
                    columns: ["Release", "Made by"].map(Column::text).into(),
                    rows: correction
                        .releases
                        .iter()
                        .map(|(title, href, by)| {
                            vec![Cell::html(html! { a class="nhsuk-link" href=(href) { (title) } }), Cell::text(by)]
                        })
                        .collect(),
                    first_cell_is_header: true,
                    compact: true,
                    scroll: Scroll::Focusable,
                    ..Table::default()
                }))
            }
        }
    }
}
