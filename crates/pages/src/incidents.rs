//! What went wrong: the list (`/incidents`) and one with its timeline (`/incidents/{number}`).

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Size, SummaryList, SummaryRow,
        Table, button, notification_banner, summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, framed, link_list},
    state::{IncidentState, ReportState},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct IncidentsView {
    /// What is open, what is overdue first.
    pub open: Vec<IncidentRow>,
    /// What is closed, the newest first.
    pub closed: Vec<IncidentRow>,
    /// What else the reader can do.
    pub actions: Vec<Link>,
}

/// One incident in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// Its number.
    pub number: u64,
    /// What it is called.
    pub title: String,
    /// What kind it is.
    pub category: String,
    /// Where it stands.
    pub state: IncidentState,
    /// Who sees to it.
    pub owner: String,
    /// By which day.
    pub due: Option<Date>,
    /// Who has to be told next, and by when, in words; empty where nobody has to.
    pub next_report: String,
}

/// What the page of one shows.
#[derive(Debug, Clone)]
pub struct IncidentView {
    /// Its number.
    pub number: u64,
    /// What it is called.
    pub title: String,
    /// What kind it is.
    pub category: String,
    /// Where it stands.
    pub state: IncidentState,
    /// When it was first noticed.
    pub noticed_at: DateTime<Utc>,
    /// When it was written down, and by whom.
    pub opened: (DateTime<Utc>, String),
    /// Who sees to it.
    pub owner: String,
    /// By which day.
    pub due: Option<Date>,
    /// What has just been done, in a sentence.
    pub done: Option<String>,
    /// Who has to be told.
    pub reports: Vec<ReportRow>,
    /// What happened, the first first.
    pub timeline: Vec<TimelineRow>,
    /// What was stopped because of it: what, how it stands now, and where it is lifted.
    pub stopped: Vec<(Link, String)>,
    /// What the reader can do.
    pub actions: Vec<Link>,
    /// The whole of it as a file.
    pub downloads: Vec<Link>,
}

/// Somebody who has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Who.
    pub to: String,
    /// How it stands.
    pub state: ReportState,
    /// The same with its times, in a sentence.
    pub says: String,
    /// Which law or policy says so.
    pub source: String,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRow {
    /// When it happened.
    pub happened_at: DateTime<Utc>,
    /// What it is about, such as "Contained".
    pub kind: String,
    /// What happened.
    pub words: String,
    /// What it says beyond that, such as what was stopped.
    pub more: String,
    /// Who wrote it down, and when.
    pub written: (String, DateTime<Utc>),
}

/// The list.
pub fn incidents(frame: &Frame, view: &IncidentsView) -> Markup {
    let body = html! {
        h1 { "Incidents" }
        p { "What went wrong, what was not done as agreed, and what audits found. The public register has the number of them, and nothing else." }
        div class="haven-buttons" {
            (button(&Button { text: "Write down an incident", href: Some("/incidents/new"), ..Button::default() }))
            @for action in &view.actions {
                (button(&Button { text: &action.text, href: Some(&action.href), variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }
        @if view.open.is_empty() { p { "Nothing is open." } } @else { (rows("Open", &view.open)) }
        @if !view.closed.is_empty() { (rows("Closed", &view.closed)) }
    };
    framed(
        frame,
        &Page {
            title: "Incidents",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn rows(caption: &str, rows: &[IncidentRow]) -> Markup {
    table(&Table {
        caption,
        caption_size: Some(Size::M),
        columns: ["Incident", "State", "Who sees to it", "Report"]
            .map(Column::text)
            .into(),
        rows: rows.iter().map(row).collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn row(row: &IncidentRow) -> Vec<Cell> {
    vec![
        Cell::html(html! {
            a class="nhsuk-link" href={ "/incidents/" (row.number) } { (row.title) }
            " " span class="haven-note" { "Incident " (row.number) ", " (row.category) }
        }),
        Cell::html(row.state.tag()),
        Cell::html(html! {
            (row.owner)
            @if let Some(due) = row.due { " " span class="haven-note" { "by " (format::date(due)) } }
        }),
        Cell::text(if row.next_report.is_empty() {
            "Nobody has to be told"
        } else {
            &row.next_report
        }),
    ]
}

/// One incident.
pub fn incident(frame: &Frame, view: &IncidentView) -> Markup {
    let body = html! {
        @if let Some(done) = &view.done { (notification_banner(&NotificationBanner { success: true, text: done })) }
        h1 {
            span class="nhsuk-caption-xl" { "Incident " (view.number) ", " (view.category) }
            " "
            (view.title)
        }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("State", view.state.tag()),
                SummaryRow::new("First noticed", format::moment(view.noticed_at)),
                SummaryRow::new("Written down", html! { (format::moment(view.opened.0)) " by " (view.opened.1) }),
                SummaryRow::new("Who sees to it", html! {
                    (view.owner)
                    @if let Some(due) = view.due { ", by " (format::date(due)) }
                }),
            ],
            ..SummaryList::default()
        }))
        @if !view.actions.is_empty() {
            div class="haven-screen-only haven-buttons" {
                @for action in &view.actions {
                    (button(&Button { text: &action.text, href: Some(&action.href), variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
                }
            }
        }
        (reports(&view.reports))
        (timeline(&view.timeline))
        @if !view.stopped.is_empty() {
            (table(&Table {
                caption: "What was stopped because of it",
                caption_size: Some(Size::M),
                columns: ["What", "Now"].map(Column::text).into(),
                rows: view.stopped.iter().map(|(what, now)| vec![
                    Cell::html(html! { a class="nhsuk-link" href=(what.href) { (what.text) } }),
                    Cell::text(now),
                ]).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
        @if !view.downloads.is_empty() {
            div class="haven-screen-only" {
                h2 class="nhsuk-heading-m" { "Take it with you" }
                (link_list(&view.downloads))
            }
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Incident {}: {}", view.number, view.title),
            error: false,
            wide: false,
            parents: &[("Incidents", "/incidents")],
            body,
        },
    )
}

fn reports(reports: &[ReportRow]) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Who has to be told" }
        @if reports.is_empty() {
            p { "Nobody has to be told of one of this kind." }
        }
        @for report in reports {
            h3 class="nhsuk-heading-s nhsuk-u-margin-bottom-1" { (report.to) }
            p class="nhsuk-u-margin-bottom-1" { (report.state.tag()) " " (report.says) }
            p class="nhsuk-body-s nhsuk-u-secondary-text-colour" { (report.source) }
        }
    }
}

fn timeline(lines: &[TimelineRow]) -> Markup {
    table(&Table {
        caption: "Timeline",
        caption_size: Some(Size::M),
        columns: ["When", "What happened", "Written down"]
            .map(Column::text)
            .into(),
        rows: lines
            .iter()
            .map(|line| {
                vec![
                    Cell::text(format::moment(line.happened_at)),
                    Cell::html(html! {
                        strong { (line.kind) }
                        @if !line.words.is_empty() { ": " span class="haven-break" { (line.words) } }
                        @if !line.more.is_empty() { " " span class="haven-note haven-break" { (line.more) } }
                    }),
                    Cell::html(html! {
                        (line.written.0) " " span class="haven-note" { (format::moment(line.written.1)) }
                    }),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}
