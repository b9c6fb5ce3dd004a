//! One council of the collection (`/collection/{code}`): what is on record, what it has sent, and the history
//! of both. For the regional team.

use crate::{
    collection::CouncilState,
    components::{
        Cell, Column, NotificationBanner, Scroll, SummaryAction, SummaryList, SummaryRow, Table,
        inset_text, notification_banner, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, column, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the page of a council shows.
#[derive(Debug, Clone)]
pub struct CouncilView {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: String,
    /// Its region.
    pub region: String,
    /// How far it has come.
    pub state: CouncilState,
    /// Which fact makes it so.
    pub because: String,
    /// What was just put on record.
    pub notice: Option<String>,
    /// Facts: what, the fact where there is one, and the page that changes it.
    pub facts: Vec<(String, Option<String>, String)>,
    /// The steps.
    pub steps: Vec<CouncilStep>,
    /// People to reach.
    pub contacts: Vec<CouncilContact>,
    /// The page that adds one.
    pub add_contact_href: String,
    /// What was said, newest first.
    pub notes: Vec<CouncilNote>,
    /// The page that adds a note.
    pub add_note_href: String,
    /// What it has sent, newest first.
    pub submissions: Vec<CouncilSubmission>,
    /// Everything that was ever put on record, newest first: when, who, what.
    pub history: Vec<(DateTime<Utc>, String, String)>,
}

/// A step on the way to submitting.
#[derive(Debug, Clone)]
pub struct CouncilStep {
    /// What it is.
    pub title: String,
    /// Its day, where it is done or planned.
    pub day: Option<Date>,
    /// Whether that day lies ahead.
    pub planned: bool,
    /// The page that changes it.
    pub href: String,
}

/// Somebody to reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CouncilContact {
    /// Their name.
    pub name: String,
    /// What they do.
    pub job: String,
    /// Their address.
    pub email: String,
    /// Their telephone number.
    pub telephone: String,
    /// The page that changes or removes them.
    pub href: String,
}

/// What was said.
#[derive(Debug, Clone)]
pub struct CouncilNote {
    /// When it was written.
    pub at: DateTime<Utc>,
    /// Who wrote it.
    pub by: String,
    /// What it says.
    pub text: String,
}

/// A file that it has sent.
#[derive(Debug, Clone)]
pub struct CouncilSubmission {
    /// When.
    pub at: DateTime<Utc>,
    /// Its page.
    pub href: String,
    /// What became of it.
    pub state: crate::state::SubmissionState,
    /// How many rows.
    pub rows: u64,
    /// How good it was, in words.
    pub quality: Option<String>,
}

/// One council.
pub fn council(frame: &Frame, view: &CouncilView) -> Markup {
    let body = html! {
        (column(&html! {
            @if let Some(text) = &view.notice {
                (notification_banner(&NotificationBanner { success: true, text }))
            }
            h1 { span class="nhsuk-caption-xl" { "Council " (view.code) ", " (view.region) } " " (view.name) }
            p { (view.state.tag()) }
            p { (view.because) }
            h2 class="nhsuk-heading-m" { "On record" }
            (facts(view))
            (steps(view))
            (contacts(view))
        }))
        (submissions(view))
        (column(&notes(view)))
        (history(view))
    };
    framed(
        frame,
        &Page {
            title: &format!("{}: onboarding record", view.name),
            error: false,
            wide: false,
            parents: &[("Collection overview", "/collection")],
            body,
        },
    )
}

fn facts(view: &CouncilView) -> Markup {
    let lower: Vec<String> = view
        .facts
        .iter()
        .map(|(what, _, _)| what.to_lowercase())
        .collect();
    summary_list(&SummaryList {
        rows: view
            .facts
            .iter()
            .zip(&lower)
            .map(|((what, fact, href), hidden_text)| SummaryRow {
                key: what,
                value: html! { (fact.as_deref().unwrap_or("not on record")) },
                actions: vec![SummaryAction {
                    text: "Change",
                    href,
                    hidden_text,
                }],
            })
            .collect(),
        ..SummaryList::default()
    })
}

fn steps(view: &CouncilView) -> Markup {
    let lower: Vec<String> = view.steps.iter().map(|s| s.title.to_lowercase()).collect();
    html! {
        h2 class="nhsuk-heading-m" { "Steps" }
        (summary_list(&SummaryList {
            rows: view
                .steps
                .iter()
                .zip(&lower)
                .map(|(step, hidden_text)| SummaryRow {
                    key: &step.title,
                    value: html! {
                        @match (step.day, step.planned) {
                            (Some(day), false) => { "Done on " (format::date(day)) }
                            (Some(day), true) => { "Planned for " (format::date(day)) }
                            (None, _) => { "Not yet" }
                        }
                    },
                    actions: vec![SummaryAction { text: "Change", href: &step.href, hidden_text }],
                })
                .collect(),
            ..SummaryList::default()
        }))
    }
}

fn contacts(view: &CouncilView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Contacts" }
        @if view.contacts.is_empty() {
            p { "Nobody is on record. Add the person who sends the files, and the one who signs." }
        }
        @for contact in &view.contacts {
            h3 class="nhsuk-heading-s nhsuk-u-margin-bottom-1" { (contact.name) }
            p {
                @for line in [&contact.job, &contact.email, &contact.telephone] {
                    @if !line.is_empty() { span class="haven-break" { (line) } br; }
                }
                a class="nhsuk-link" href=(contact.href) {
                    "Change or remove" span class="nhsuk-u-visually-hidden" { " " (contact.name) }
                }
            }
        }
        p { a class="nhsuk-link" href=(view.add_contact_href) { "Add a contact" } }
    }
}

fn notes(view: &CouncilView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Notes" }
        @if view.notes.is_empty() { p { "There are no notes yet." } }
        @for note in &view.notes {
            (inset_text(&html! {
                @for line in note.text.lines().filter(|l| !l.trim().is_empty()) { p { (line) } }
                p class="nhsuk-body-s" { (note.by) ", " (format::moment(note.at)) }
            }))
        }
        p { a class="nhsuk-link" href=(view.add_note_href) { "Add a note" } }
    }
}

fn submissions(view: &CouncilView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "What it has sent" }
        @if view.submissions.is_empty() {
            p { "It has sent nothing yet. Files show here as soon as they arrive." }
        } @else {
            (table(&Table {
                caption: "Files, newest first",
                id: Some("sent"),
                columns: vec![
                    Column::text("Received"),
                    Column::text("State"),
                    Column::number("Rows"),
                    Column::number("Good cells"),
                ],
                rows: view
                    .submissions
                    .iter()
                    .map(|s| vec![
                        Cell::html(html! { a class="nhsuk-link" href=(s.href) { (format::moment(s.at)) } }),
                        Cell::html(s.state.tag()),
                        Cell::text(format::count(s.rows)),
                        Cell::text(s.quality.as_deref().unwrap_or("not known")),
                    ])
                    .collect(),
                first_cell_is_header: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
    }
}

fn history(view: &CouncilView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "History" }
        @if view.history.is_empty() { p { "Nothing was ever put on record." } }
        @else {
            (table(&Table {
                caption: "Everything put on record, newest first",
                id: Some("history"),
                columns: vec![Column::text("When"), Column::text("Who"), Column::text("What")],
                rows: view
                    .history
                    .iter()
                    .map(|(when, who, what)| vec![
                        Cell::text(format::moment(*when)),
                        Cell::text(who),
                        Cell::html(html! { span class="haven-break" { (what) } }),
                    ])
                    .collect(),
                compact: true,
                responsive: true,
                ..Table::default()
            }))
        }
    }
}

/// The page above those that change a council's record.
pub(crate) fn above(name: &str, href: &str) -> Link {
    Link::new(name, href)
}
