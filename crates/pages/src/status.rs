//! Service status (`/status`): public, no sign-in.

use crate::{
    components::{Cell, Column, Size, Table, table},
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
    state::PartState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the status page shows.
#[derive(Debug, Clone)]
pub struct StatusView {
    /// When it was looked at.
    pub checked_at: DateTime<Utc>,
    /// The parts of the service.
    pub parts: Vec<StatusPart>,
    /// What is due to be destroyed, for those who govern: each in a sentence with its page.
    pub due: Vec<Link>,
}

/// One part of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusPart {
    /// What it is.
    pub name: String,
    /// How it is doing.
    pub state: PartState,
    /// What a reader should know.
    pub note: String,
}

/// The status page.
pub fn status(frame: &Frame, view: &StatusView) -> Markup {
    let troubled = view
        .parts
        .iter()
        .filter(|p| p.state != PartState::Working)
        .count();
    let headline = match troubled {
        0 => "Everything is working".to_owned(),
        1 => "1 part of the service is in trouble".to_owned(),
        many => format!("{many} parts of the service are in trouble"),
    };
    let body = html! {
        h1 { (headline) }
        p { "Last looked at " (format::moment(view.checked_at)) "." }
        (table(&Table {
            caption: "Parts of the service",
            caption_size: Some(Size::M),
            columns: ["Part", "State", "What you should know"].map(Column::text).into(),
            rows: view.parts.iter().map(|p| vec![
                Cell::text(&p.name),
                Cell::html(p.state.tag()),
                Cell::text(if p.note.is_empty() { "Nothing to report" } else { &p.note }),
            ]).collect(),
            first_cell_is_header: true,
            responsive: true,
            ..Table::default()
        }))
        @if !view.due.is_empty() {
            h2 class="nhsuk-heading-m" { "What is due after the end of agreements" }
            (link_list(&view.due))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Service status: {}", headline.to_lowercase()),
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}
