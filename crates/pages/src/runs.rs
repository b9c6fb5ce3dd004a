//! The board (`/runs`): every submission a row, every step a column, a state in each cell.

use crate::{
    components::{Cell, Column, Scroll, Size, Table, table},
    format,
    frame::{Frame, Page, framed},
    paging::{self, Paging},
    state::StepState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the board shows.
#[derive(Debug, Clone, Default)]
pub struct RunsView {
    /// The steps, in the order of the journey.
    pub steps: Vec<String>,
    /// The submissions, latest first.
    pub rows: Vec<BoardRow>,
    /// Which page of them.
    pub paging: Option<Paging>,
    /// After how many seconds the page loads itself again, until stopped.
    pub refresh_in_seconds: Option<u32>,
}

/// One submission on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    /// Its name: dataset and period, or its reference.
    pub name: String,
    /// Who sent it.
    pub sender: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// A cell for each step.
    pub cells: Vec<BoardCell>,
}

/// One step of one submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardCell {
    /// How it stands.
    pub state: StepState,
    /// The page of the run, once there is one.
    pub href: Option<String>,
}

/// The board.
pub fn runs(frame: &Frame, view: &RunsView) -> Markup {
    let waiting_for_you = count(view, StepState::NeedsYou);
    let failed = count(view, StepState::Failed);
    let body = html! {
        h1 { "Runs" }
        @if view.rows.is_empty() {
            p { "Nothing is on its way. When a file is sent, each of its steps shows here." }
        } @else {
            p {
                (format::counted(waiting_for_you, "step needs", "steps need")) " a person. "
                (format::counted(failed, "step has", "steps have")) " failed."
            }
            @if let Some(seconds) = view.refresh_in_seconds {
                p data-haven-refresh=(seconds) hidden {
                    span { "This page refreshes every " (seconds) " seconds. " }
                    button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="button" { "Stop refreshing" }
                }
            }
            (board(view))
            @if let Some(paging) = &view.paging { (paging::row(paging)) }
        }
    };
    framed(
        frame,
        &Page {
            title: "Runs",
            error: false,
            wide: true,
            parents: &[],
            body,
        },
    )
}

fn count(view: &RunsView, state: StepState) -> u64 {
    let found = view
        .rows
        .iter()
        .flat_map(|r| &r.cells)
        .filter(|c| c.state == state)
        .count();
    u64::try_from(found).unwrap_or(u64::MAX)
}

fn board(view: &RunsView) -> Markup {
    table(&Table {
        caption: "Every submission and its steps",
        caption_size: Some(Size::M),
        id: Some("board"),
        columns: [
            "Submission".to_owned(),
            "From".to_owned(),
            "Received".to_owned(),
        ]
        .into_iter()
        .chain(view.steps.iter().cloned())
        .map(Column::text)
        .collect(),
        rows: view
            .rows
            .iter()
            .map(|row| {
                [
                    Cell::text(&row.name),
                    Cell::text(&row.sender),
                    Cell::text(format::moment(row.received_at)),
                ]
                .into_iter()
                .chain(
                    row.cells
                        .iter()
                        .zip(&view.steps)
                        .map(|(c, step)| cell(row, c, step)),
                )
                .collect()
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        classes: "haven-board",
        ..Table::default()
    })
}

/// The state, as a link to the run whose hidden words say which one it is.
fn cell(row: &BoardRow, cell: &BoardCell, step: &str) -> Cell {
    Cell::html(html! {
        @if let Some(href) = &cell.href {
            a class="nhsuk-link" href=(href) {
                (cell.state.tag())
                span class="nhsuk-u-visually-hidden" { ", " (step) " of " (row.name) " from " (row.sender) }
            }
        } @else {
            (cell.state.tag())
        }
    })
}
