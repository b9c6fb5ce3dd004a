//! Your submissions (`/submissions`): what is due first, then what was sent.

use crate::{
    components::{
        Button, Cell, Column, NotificationBanner, Table, TagColour, button, notification_banner,
        table, tag,
    },
    format,
    frame::{Frame, Page, framed},
    paging::{self, Paging},
    state::SubmissionState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list of submissions shows.
#[derive(Debug, Clone, Default)]
pub struct SubmissionsView {
    /// Whose submissions they are.
    pub organisation: String,
    /// What is due, soonest first.
    pub due: Vec<Due>,
    /// What was sent, latest first.
    pub submissions: Vec<SubmissionRow>,
    /// Which page of them.
    pub paging: Option<Paging>,
    /// Whether the reader may send a file.
    pub can_send: bool,
    /// One thing that has just happened.
    pub notice: Option<String>,
}

/// A file that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The dataset, as people call it.
    pub dataset: String,
    /// The period it is about.
    pub period: String,
    /// When the window closes.
    pub closes: DateTime<Utc>,
    /// Whether it has closed.
    pub late: bool,
    /// What happens to a file sent after that.
    pub afterwards: String,
}

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRow {
    /// Its result page.
    pub href: String,
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Its rows.
    pub rows: u64,
    /// How it stands.
    pub state: SubmissionState,
    /// The period that it is about, where one was stated.
    pub period: Option<String>,
    /// Whether it was sent after its window had closed.
    pub late: bool,
    /// Whether it covers less than was asked for.
    pub partial: bool,
}

/// The list of submissions.
pub fn submissions(frame: &Frame, view: &SubmissionsView) -> Markup {
    let title = if view.can_send {
        "Your submissions"
    } else {
        "Submissions"
    };
    let body = html! {
        @if let Some(text) = &view.notice {
            (notification_banner(&NotificationBanner { success: true, text }))
        }
        h1 {
            span class="nhsuk-caption-xl" { (view.organisation) }
                " "
            (title)
        }
        @if view.can_send {
            (button(&Button { text: "Send a file", href: Some("/submissions/new"), ..Button::default() }))
        }
        @if !view.due.is_empty() { (due(&view.due)) }
        @if view.submissions.is_empty() {
            h2 class="nhsuk-heading-m" { "Files you have sent" }
            p {
                "No file has been sent yet. "
                @if view.can_send { "When you send one, its result and its receipt are kept here." }
                @else { "When your organisation sends one, it shows here." }
            }
        } @else {
            (sent(&view.submissions))
            @if let Some(paging) = &view.paging { (paging::row(paging)) }
        }
    };
    framed(
        frame,
        &Page {
            title,
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn due(due: &[Due]) -> Markup {
    table(&Table {
        caption: "Files that are due",
        caption_size: Some(crate::components::Size::M),
        columns: ["Dataset", "Period", "Closes", "After that"]
            .map(Column::text)
            .into(),
        rows: due
            .iter()
            .map(|d| {
                vec![
                    Cell::text(&d.dataset),
                    Cell::text(&d.period),
                    Cell::html(html! {
                        (format::moment(d.closes))
                        @if d.late { " " (tag("Late", TagColour::Red)) }
                    }),
                    Cell::text(&d.afterwards),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn sent(rows: &[SubmissionRow]) -> Markup {
    table(&Table {
        caption: "Files, newest first",
        caption_size: Some(crate::components::Size::M),
        columns: vec![
            Column::text("File"),
            Column::text("Dataset"),
            Column::text("Received"),
            Column::number("Rows"),
            Column::text("State"),
        ],
        rows: rows
            .iter()
            .map(|r| {
                vec![
                    Cell::html(
                        html! { a class="nhsuk-link haven-break" href=(r.href) { (r.file) } },
                    ),
                    Cell::html(html! {
                        (r.dataset)
                        @if let Some(period) = &r.period { span class="haven-note" { (period) } }
                    }),
                    Cell::text(format::moment(r.received_at)),
                    Cell::text(format::count(r.rows)),
                    Cell::html(html! {
                        (r.state.tag())
                        @if r.late { " " (tag("Late", TagColour::Red)) }
                        @if r.partial { " " (tag("Part of the period", TagColour::Grey)) }
                    }),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}
