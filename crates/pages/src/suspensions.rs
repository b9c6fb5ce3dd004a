//! What is stopped at once (`/suspensions`): agreements, people and releases, with the reason, and what was lifted.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Size, Table, button,
        notification_banner, table,
    },
    format,
    frame::{Frame, Page, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct SuspensionsView {
    /// What has just been done, in a sentence.
    pub done: Option<String>,
    /// What is stopped now.
    pub standing: Vec<SuspensionRow>,
    /// What was, the newest first.
    pub lifted: Vec<SuspensionRow>,
    /// Where something is stopped, where the reader may.
    pub suspend_href: Option<String>,
}

/// One suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionRow {
    /// What is stopped, such as "agreement DSA-1234".
    pub what: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Where it is lifted, where the reader may.
    pub lift_href: Option<String>,
    /// When, by whom and why it was lifted.
    pub lifted: Option<(DateTime<Utc>, String, String)>,
}

/// The page.
pub fn suspensions(frame: &Frame, view: &SuspensionsView) -> Markup {
    let body = html! {
        @if let Some(done) = &view.done { (notification_banner(&NotificationBanner { success: true, text: done })) }
        h1 { "Suspensions" }
        p { "A suspension holds from the next request on, until it is lifted. Both are in the audit log, with the reason." }
        @if let Some(href) = &view.suspend_href {
            (button(&Button { text: "Suspend something now", href: Some(href), variant: ButtonVariant::Warning, ..Button::default() }))
        }
        @if view.standing.is_empty() {
            p { "Nothing is suspended." }
        } @else {
            (table(&Table {
                caption: "Suspended now",
                caption_size: Some(Size::M),
                columns: ["What", "Why", "Since", "Lift"].map(Column::text).into(),
                rows: view.standing.iter().map(standing).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
        @if !view.lifted.is_empty() {
            (table(&Table {
                caption: "Lifted",
                caption_size: Some(Size::M),
                columns: ["What", "Why it was suspended", "From", "Why it was lifted"].map(Column::text).into(),
                rows: view.lifted.iter().map(lifted).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Suspensions",
            error: false,
            wide: false,
            parents: &[("Agreements", "/agreements")],
            body,
        },
    )
}

fn standing(row: &SuspensionRow) -> Vec<Cell> {
    vec![
        Cell::text(&row.what),
        Cell::text(&row.reason),
        since(row),
        Cell::html(html! {
            @if let Some(href) = &row.lift_href {
                a class="nhsuk-link" href=(href) { "Lift" span class="nhsuk-u-visually-hidden" { " the suspension of " (row.what) } }
            } @else { "for those who may suspend" }
        }),
    ]
}

fn lifted(row: &SuspensionRow) -> Vec<Cell> {
    let how = row.lifted.as_ref().map(|(at, by, why)| {
        html! { (why) " " span class="haven-note" { (format::moment(*at)) " by " (by) } }
    });
    vec![
        Cell::text(&row.what),
        Cell::text(&row.reason),
        since(row),
        Cell::html(how.unwrap_or_default()),
    ]
}

fn since(row: &SuspensionRow) -> Cell {
    Cell::html(html! {
        (format::moment(row.at)) " " span class="haven-note" { "by " (row.by) }
    })
}
