//! Agreements (`/agreements`): who may see what, for which purpose, until when; and what waits for somebody.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Details, Input, Label, Select, SelectItem, Size,
        Table, WarningCallout, button, details, input, select, table, warning_callout,
    },
    format,
    frame::{Frame, Link, Page, framed, link_list},
    state::AgreementState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the list of agreements shows. The search is sent to `/agreements` by GET as `q` and `state`.
#[derive(Debug, Clone, Default)]
pub struct AgreementsView {
    /// The agreements that the reader may know of, as far as the search finds them.
    pub agreements: Vec<AgreementRow>,
    /// How many there are without the search.
    pub all: usize,
    /// What was searched for.
    pub query: String,
    /// The state that was chosen, empty for any.
    pub state: String,
    /// The states that can be chosen: what is sent and what is read.
    pub states: Vec<(String, String)>,
    /// Ends that are near, each in a sentence with the agreement's page.
    pub warnings: Vec<Link>,
    /// What is due after an end, or overdue, each in a sentence with the agreement's page.
    pub due: Vec<Link>,
    /// Versions that wait for approvals or signatures.
    pub waiting: Vec<WaitingRow>,
    /// What is being written, where the reader writes.
    pub drafts: Vec<WaitingRow>,
    /// What the reader can do here.
    pub actions: Vec<Link>,
}

/// One agreement in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementRow {
    /// Its reference and version.
    pub id: String,
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// Who may see what, for which purpose.
    pub sentence: String,
    /// How it stands today.
    pub state: AgreementState,
    /// Its last day.
    pub ends: Date,
    /// How many days are left, or how long ago it ended, in words.
    pub left: String,
}

/// A version or a draft on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// Its reference and version.
    pub id: String,
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// What it waits for.
    pub waits_for: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The list of agreements.
pub fn agreements(frame: &Frame, view: &AgreementsView) -> Markup {
    let body = html! {
        h1 { "Agreements" }
        p { "Nothing here is read without an agreement that allows it. Access stops by itself on the last day." }
        @if !view.warnings.is_empty() { (ends(&view.warnings)) }
        @if !view.due.is_empty() { (due(&view.due)) }
        (link_list(&view.actions))
        @if !view.waiting.is_empty() { (on_the_way("Waiting for somebody", "Waits for", &view.waiting)) }
        @if !view.drafts.is_empty() { (on_the_way("Being written", "Stands at", &view.drafts)) }
        @if view.all == 0 {
            p { "There is no agreement yet. One begins as a file that every party signs." }
        } @else {
            (search(view))
            @if view.agreements.is_empty() {
                p { "No agreement fits the search. " a class="nhsuk-link" href="/agreements" { "Show all agreements" } "." }
            } @else {
                (table(&Table {
                    caption: "Agreements",
                    caption_size: Some(Size::M),
                    columns: ["Agreement", "What it allows", "State", "Last day"].map(Column::text).into(),
                    rows: view.agreements.iter().map(row).collect(),
                    first_cell_is_header: true,
                    responsive: true,
                    ..Table::default()
                }))
            }
        }
    };
    framed(
        frame,
        &Page {
            title: "Agreements",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

/// The agreements whose end is near.
fn ends(warnings: &[Link]) -> Markup {
    let heading = if warnings.len() == 1 {
        "An agreement ends soon".to_owned()
    } else {
        format!("{} agreements end soon", warnings.len())
    };
    warned(&heading, warnings)
}

/// What is due after the end of an agreement.
fn due(due: &[Link]) -> Markup {
    let heading = if due.len() == 1 {
        "Something is due after an agreement’s end".to_owned()
    } else {
        format!("{} things are due after agreements’ ends", due.len())
    };
    warned(&heading, due)
}

/// The first of several warnings in a box, all of them in a list that opens.
fn warned(heading: &str, warnings: &[Link]) -> Markup {
    let first = warnings
        .first()
        .map(|w| w.text.as_str())
        .unwrap_or_default();
    html! {
        (warning_callout(&WarningCallout { heading, level: Some(2), text: first }))
        @if warnings.len() > 1 {
            (details(&Details { summary: "All of them", body: Some(&link_list(warnings)), ..Details::default() }))
        }
    }
}

fn search(view: &AgreementsView) -> Markup {
    let any = SelectItem {
        value: "",
        text: "Any state",
        ..SelectItem::default()
    };
    let states = view.states.iter().map(|(value, text)| SelectItem {
        value,
        text,
        ..SelectItem::default()
    });
    html! {
        form action="/agreements" method="get" role="search" class="haven-screen-only" {
            (input(&Input {
                name: "q",
                label: Label { text: "Search in references, titles, organisations and tables", ..Label::default() },
                value: (!view.query.is_empty()).then_some(view.query.as_str()),
                kind: Some("search"),
                ..Input::default()
            }))
            (select(&Select {
                name: "state",
                label: Label { text: "State", ..Label::default() },
                items: std::iter::once(any).chain(states).collect(),
                value: Some(&view.state),
                ..Select::default()
            }))
            (button(&Button { text: "Search", variant: ButtonVariant::Secondary, ..Button::default() }))
        }
    }
}

fn on_the_way(caption: &str, waits: &str, rows: &[WaitingRow]) -> Markup {
    table(&Table {
        caption,
        caption_size: Some(Size::M),
        columns: ["Agreement", waits, "By", "Since"].map(Column::text).into(),
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    named(&row.href, &row.title, &row.id),
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

fn named(href: &str, title: &str, id: &str) -> Cell {
    Cell::html(html! {
        a class="nhsuk-link" href=(href) { (title) }
        " " span class="haven-note haven-break" { (id) }
    })
}

fn row(agreement: &AgreementRow) -> Vec<Cell> {
    vec![
        named(&agreement.href, &agreement.title, &agreement.id),
        Cell::text(&agreement.sentence),
        Cell::html(agreement.state.tag()),
        Cell::html(html! {
            (format::date(agreement.ends))
            @if !agreement.left.is_empty() { " " span class="haven-note" { (agreement.left) } }
        }),
    ]
}
