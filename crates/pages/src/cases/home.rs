//! Case finding (`/cases`), and the requests that wait for an approver (`/cases/approvals`).

use super::StateWords;
use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Scroll, Table, button,
        notification_banner, table,
    },
    format,
    frame::{Frame, Page, column, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// One line of a list of cohorts, requests or sealed lists.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseRow {
    /// Its page.
    pub href: String,
    /// What it is called.
    pub title: String,
    /// The agreement.
    pub agreement: String,
    /// How many people, as the rules let it be shown.
    pub size: String,
    /// When it was made or asked.
    pub at: DateTime<Utc>,
    /// Where it stands; none for a cohort.
    pub state: Option<StateWords>,
}

/// What the page shows.
#[derive(Debug, Clone, Default)]
pub struct CasesView {
    /// What was just done.
    pub notice: Option<String>,
    /// Whether the reader may find people.
    pub may_find: bool,
    /// Whether the reader may ask for one person's records in an emergency, or looks at those of others.
    pub emergencies: bool,
    /// Lists that are for the reader.
    pub lists: Vec<CaseRow>,
    /// Cohorts that the reader found.
    pub cohorts: Vec<CaseRow>,
    /// Requests: the reader's own, or all for whoever oversees them.
    pub requests: Vec<CaseRow>,
    /// Whether the reader sees everybody's requests.
    pub oversees: bool,
}

/// The page.
pub fn cases(frame: &Frame, view: &CasesView) -> Markup {
    let body = html! {
        (column(&html! {
            @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
            h1 { "Case finding" }
            @if view.oversees {
                p { "Each list of people that was asked for, and where it stands. Who is on a list is shown to nobody here." }
            } @else {
                p { "People are found without anybody seeing who they are. Who they are reaches one named professional, in a sealed list, once two other people have approved it." }
            }
            @if view.may_find {
                (button(&Button { text: "Find people", href: Some("/cases/new"), ..Button::default() }))
            }
            @if !view.oversees {
                h2 class="nhsuk-heading-m" { "Sealed lists for you" }
                @if view.lists.is_empty() { p { "There is none. A list comes here once it has been asked for and approved." } }
            }
        }))
        @if !view.lists.is_empty() { (rows("Lists for you", "lists", &view.lists)) }
        @if view.may_find {
            (column(&html! {
                h2 class="nhsuk-heading-m" { "Groups that you found" }
                @if view.cohorts.is_empty() { p { "You have found none yet." } }
            }))
            @if !view.cohorts.is_empty() { (rows("Groups that you found", "cohorts", &view.cohorts)) }
        }
        (column(&html! {
            h2 class="nhsuk-heading-m" { @if view.oversees { "All requests" } @else { "Requests that you made" } }
            @if view.requests.is_empty() { p { "There is none yet." } }
        }))
        @if !view.requests.is_empty() { (rows("Requests", "requests", &view.requests)) }
        @if view.emergencies {
            (column(&html! {
                h2 class="nhsuk-heading-m" { "Emergencies" }
                p { "In an emergency one person's records can be opened for a short time, with a second person's word. Each time is counted in public and looked at afterwards." }
                (button(&Button { text: "See emergencies", href: Some("/cases/emergencies"), variant: ButtonVariant::Secondary, ..Button::default() }))
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Case finding",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

/// What waits for an approver.
#[derive(Debug, Clone, Default)]
pub struct ApprovalsView {
    /// What was just done.
    pub notice: Option<String>,
    /// Requests that wait for the reader.
    pub waiting: Vec<CaseRow>,
    /// Emergencies that wait for the reader.
    pub emergencies: Vec<CaseRow>,
    /// What was said before, whoever said it.
    pub before: Vec<CaseRow>,
}

/// What waits for an approver.
pub fn case_approvals(frame: &Frame, view: &ApprovalsView) -> Markup {
    let body = html! {
        (column(&html! {
            @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
            h1 { "Lists of people to approve" }
            p { "Two people of different roles approve each list, and neither of them asked for it or receives it. You see exactly what was asked." }
            @if !view.emergencies.is_empty() { h2 class="nhsuk-heading-m" { "Emergencies, which cannot wait" } }
        }))
        @if !view.emergencies.is_empty() { (rows("Emergencies", "emergencies", &view.emergencies)) }
        (column(&html! {
            h2 class="nhsuk-heading-m" { "Waiting for you" }
            @if view.waiting.is_empty() { p { "Nothing waits for you." } }
        }))
        @if !view.waiting.is_empty() { (rows("Waiting for you", "waiting", &view.waiting)) }
        @if !view.before.is_empty() {
            (column(&html! { h2 class="nhsuk-heading-m" { "The others" } }))
            (rows("Other requests", "before", &view.before))
        }
    };
    framed(
        frame,
        &Page {
            title: "Lists of people to approve",
            error: false,
            wide: false,
            parents: &[("Case finding", "/cases")],
            body,
        },
    )
}

fn rows(caption: &str, id: &str, rows: &[CaseRow]) -> Markup {
    let stated = rows.iter().any(|r| r.state.is_some());
    let mut columns = vec![
        Column::text("Name"),
        Column::text("Agreement"),
        Column::text("People"),
        Column::text("When"),
    ];
    if stated {
        columns.push(Column::text("State"));
    }
    table(&Table {
        caption,
        id: Some(id),
        columns,
        rows: rows
            .iter()
            .map(|row| {
                let mut cells = vec![
                    Cell::html(
                        html! { a class="nhsuk-link haven-break" href=(row.href) { (row.title) } },
                    ),
                    Cell::text(&row.agreement),
                    Cell::text(&row.size),
                    Cell::text(format::moment(row.at)),
                ];
                if stated {
                    cells.push(Cell::html(
                        row.state.as_ref().map_or_else(|| html! {}, StateWords::tag),
                    ));
                }
                cells
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        scroll: Scroll::No,
        ..Table::default()
    })
}
