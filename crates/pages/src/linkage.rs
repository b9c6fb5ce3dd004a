//! The linkage runs of the workspace (`/linkage`): the newest first, each with its report.

use crate::{
    components::{Cell, Column, Scroll, Table, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinkageRunsView {
    /// The runs, newest first.
    pub runs: Vec<LinkageRunRow>,
    /// Records of the tables of today by source and pass, with how many people they are.
    pub passes: Vec<LinkagePass>,
    /// How many pairs wait for the reader.
    pub waiting: u64,
    /// Ways on.
    pub links: Vec<Link>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkageRunRow {
    /// Its reference.
    pub reference: String,
    /// Its report.
    pub href: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The model, in words.
    pub model: String,
    /// Pairs that it weighed.
    pub pairs: u64,
    /// Of these, links.
    pub links: u64,
}

/// One pass, for one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkagePass {
    /// The source.
    pub source: String,
    /// The pass, in words.
    pub pass: String,
    /// Records that it decided.
    pub records: u64,
    /// People whom they are about.
    pub people: u64,
}

/// The runs.
pub fn linkage_runs(frame: &Frame, view: &LinkageRunsView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Linkage" }
            @if view.runs.is_empty() && view.passes.is_empty() {
                p class="nhsuk-lede-text" { "No linkage has run yet." }
                p { "Linkage says who each record is about. It runs with " code { "haven link" } ", after files have landed." }
            } @else {
                p class="nhsuk-lede-text" { "Who each record is about, how that was found, and how sure it is." }
                p {
                    a class="nhsuk-link" href="/review" {
                        @if view.waiting == 0 { "No pair waits for you" }
                        @else if view.waiting == 1 { "One pair waits for you" }
                        @else { (format::count(view.waiting)) " pairs wait for you" }
                    }
                    "."
                }
            }
            (link_list(&view.links))
        }))
        @if !view.runs.is_empty() { (runs(view)) }
        @if !view.passes.is_empty() { (passes(view)) }
    };
    framed(
        frame,
        &Page {
            title: "Linkage",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn runs(view: &LinkageRunsView) -> Markup {
    let row = |run: &LinkageRunRow| {
        vec![
            Cell::html(html! { a class="nhsuk-link" href=(run.href) { (run.reference) } }),
            Cell::text(format::moment(run.made_at)),
            Cell::text(&run.model),
            Cell::text(format::count(run.pairs)),
            Cell::text(format::count(run.links)),
        ]
    };
    table(&Table {
        caption: "Runs, the newest first",
        id: Some("runs"),
        columns: vec![
            Column::text("Report"),
            Column::text("Made"),
            Column::text("Model"),
            Column::number("Pairs weighed"),
            Column::number("Links"),
        ],
        rows: view.runs.iter().map(row).collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn passes(view: &LinkageRunsView) -> Markup {
    let row = |pass: &LinkagePass| {
        vec![
            Cell::text(&pass.source),
            Cell::text(&pass.pass),
            Cell::text(format::count(pass.records)),
            Cell::text(format::count(pass.people)),
        ]
    };
    table(&Table {
        caption: "How records found their person, by source",
        id: Some("passes"),
        columns: vec![
            Column::text("Source"),
            Column::text("Found by"),
            Column::number("Records"),
            Column::number("People"),
        ],
        rows: view.passes.iter().map(row).collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}
