//! What people decided about pairs (`/review/decisions`), newest first, each with a way to take it back.

use super::PairDecision;
use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Scroll, Table, TagColour, button,
        notification_banner, table, tag,
    },
    format,
    frame::{Frame, Link, Page, column, csrf_field, framed, link_list},
    paging::{self, Paging},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list shows. Taking back posts `csrf`, `number` and `back` to `/review/undo`.
#[derive(Debug, Clone, Default)]
pub struct DecisionsView {
    /// The token of the forms.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<String>,
    /// The decisions, newest first.
    pub rows: Vec<DecisionRow>,
    /// Which page of them is shown.
    pub paging: Option<Paging>,
    /// The decisions as files, such as labels to train with.
    pub downloads: Vec<Link>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// The number of the decision.
    pub number: u64,
    /// The page of the pair.
    pub href: String,
    /// What was decided.
    pub decision: PairDecision,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, in their words.
    pub note: String,
    /// What another person said of the same pair.
    pub other: Option<PairDecision>,
    /// Whether it was taken back.
    pub undone: bool,
    /// Whether the same person said something later of the pair.
    pub replaced: bool,
    /// Whether the reader may take it back.
    pub may_undo: bool,
}

/// The decisions.
pub fn decisions(frame: &Frame, view: &DecisionsView) -> Markup {
    let body = html! {
        (column(&html! {
            @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
            h1 { "Decisions on pairs" }
            @if view.rows.is_empty() {
                p { "Nobody has decided on a pair yet. " a class="nhsuk-link" href="/review" { "Go to the pairs that wait" } "." }
            } @else {
                p { "Later runs keep to these decisions and learn from them. One that was taken back stays in the list and no longer counts." }
            }
            (link_list(&view.downloads))
        }))
        @if !view.rows.is_empty() { (rows(view)) }
        @if let Some(paging) = &view.paging { (paging::row(paging)) }
    };
    framed(
        frame,
        &Page {
            title: "Decisions on pairs",
            error: false,
            wide: false,
            parents: &[("Linkage", "/linkage"), ("Review", "/review")],
            body,
        },
    )
}

fn state(row: &DecisionRow) -> Markup {
    match row.other {
        _ if row.undone => tag("Taken back", TagColour::Grey),
        _ if row.replaced => tag("Replaced", TagColour::Grey),
        Some(other) if other == row.decision => tag("Two agree", TagColour::Green),
        Some(_) => tag("Two differ", TagColour::Orange),
        None => tag("Counts", TagColour::Blue),
    }
}

fn rows(view: &DecisionsView) -> Markup {
    table(&Table {
        caption: "Newest first",
        id: Some("decisions"),
        columns: ["Number", "Decision", "By", "When", "Why", "State", "Take back"].map(Column::text).into(),
        rows: view
            .rows
            .iter()
            .map(|row| {
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(row.href) { "Decision " (format::count(row.number)) } }),
                    Cell::html(html! {
                        @if row.undone { s { (row.decision.words()) } } @else { (row.decision.words()) }
                        @if let Some(other) = row.other {
                            span class="haven-note" { "another person: " (other.words().to_lowercase()) }
                        }
                    }),
                    Cell::text(&row.by),
                    Cell::text(format::moment(row.at)),
                    Cell::html(html! { span class="haven-break" { (row.note) } }),
                    Cell::html(state(row)),
                    Cell::html(html! {
                        @if row.may_undo && !row.undone {
                            form method="post" action="/review/undo" {
                                (csrf_field(&view.csrf))
                                input type="hidden" name="number" value=(row.number);
                                input type="hidden" name="back" value="decisions";
                                (button(&Button {
                                    text: &format!("Undo decision {}", format::count(row.number)),
                                    variant: ButtonVariant::Secondary,
                                    small: true,
                                    ..Button::default()
                                }))
                            }
                        }
                    }),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}
