//! What senders decided about what tracing found (`/returned`): counts and reasons by council, for the regional team.
//! Never a row and never a value of a record.

use crate::{
    components::{Cell, Column, Scroll, Table, table},
    format,
    frame::{Frame, Page, column, framed},
    returned::ReturnKind,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct ReturnedOverviewView {
    /// The councils that decided anything.
    pub councils: Vec<ReturnedTotal>,
    /// Why findings were rejected, the most common first.
    pub reasons: Vec<ReturnedReason>,
    /// How many reasons there are beyond those.
    pub reasons_left_out: u64,
}

/// What one council decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReturnedTotal {
    /// What it is called.
    pub council: String,
    /// How many findings it accepted.
    pub accepted: u64,
    /// How many it rejected.
    pub rejected: u64,
    /// How many of those were NHS numbers: each is a link that may be wrong.
    pub numbers_rejected: u64,
}

/// One reason of one council.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedReason {
    /// What the council is called.
    pub council: String,
    /// What was rejected.
    pub kind: ReturnKind,
    /// Why, in its words.
    pub why: String,
    /// How many findings it gave it for.
    pub findings: u64,
    /// When last.
    pub last: DateTime<Utc>,
}

/// What senders decided.
pub fn returned_overview(frame: &Frame, view: &ReturnedOverviewView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "What councils say of what tracing found" }
            p class="nhsuk-lede-text" { "What each council accepted and rejected, and why. Counts and reasons only: records are for their senders." }
            @if view.councils.is_empty() {
                p { "No council has decided anything yet." }
            } @else {
                p { "An NHS number that was rejected is not offered to that council again. It may be a wrong link: look at the pairs of that pass." }
            }
        }))
        @if !view.councils.is_empty() { (councils(view)) }
        @if !view.reasons.is_empty() { (reasons(view)) }
        @if view.reasons_left_out > 0 {
            p { "Not shown: " (format::counted(view.reasons_left_out, "more reason", "more reasons")) "." }
        }
    };
    framed(
        frame,
        &Page {
            title: "What councils say of what tracing found",
            error: false,
            wide: false,
            parents: &[("Collection overview", "/collection")],
            body,
        },
    )
}

fn councils(view: &ReturnedOverviewView) -> Markup {
    table(&Table {
        caption: "Decisions by council",
        id: Some("councils"),
        columns: vec![
            Column::text("Council"),
            Column::number("Accepted"),
            Column::number("Rejected"),
            Column::number("Rejected NHS numbers"),
        ],
        rows: view
            .councils
            .iter()
            .map(|line| {
                vec![
                    Cell::text(line.council.as_str()),
                    Cell::text(format::count(line.accepted)),
                    Cell::text(format::count(line.rejected)),
                    Cell::text(format::count(line.numbers_rejected)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn reasons(view: &ReturnedOverviewView) -> Markup {
    table(&Table {
        caption: "Why findings were rejected",
        id: Some("reasons"),
        columns: vec![
            Column::text("Council"),
            Column::text("What was found"),
            Column::text("Why it was rejected"),
            Column::number("Findings"),
            Column::text("Last"),
        ],
        rows: view
            .reasons
            .iter()
            .map(|line| {
                vec![
                    Cell::text(line.council.as_str()),
                    Cell::text(line.kind.words()),
                    Cell::html(html! { span class="haven-break" { (line.why) } }),
                    Cell::text(format::count(line.findings)),
                    Cell::text(format::moment(line.last)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}
