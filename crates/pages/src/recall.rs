//! Withdrawing a release (`/releases/{id}/recall`), and what readers find in its place afterwards.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Size, SummaryList, SummaryRow,
        Table, WarningCallout, button, notification_banner, summary_list, table, warning_callout,
    },
    form::{self, FieldError},
    form_page::{FormField, fields_of},
    format,
    frame::{Frame, Link, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page of a recall shows. The form is sent to the same address with `csrf`, `reason` and `incident`.
#[derive(Debug, Clone, Default)]
pub struct RecallView {
    /// The release.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is known of it: each with its name.
    pub facts: Vec<(String, String)>,
    /// What has just been done, in a sentence.
    pub done: Option<String>,
    /// When it was withdrawn, and why.
    pub withdrawn: Option<(DateTime<Utc>, String)>,
    /// Who had it, by name.
    pub had: Vec<HadRow>,
    /// What is asked; nothing once it is withdrawn.
    pub fields: Vec<FormField>,
    /// The token of the form.
    pub csrf: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// Somebody who had a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HadRow {
    /// Their account, and for whom they acted.
    pub who: String,
    /// How they had it, such as "read it as a page".
    pub how: String,
    /// When last.
    pub last: DateTime<Utc>,
    /// Whether they were told, and have read it, in words.
    pub told: String,
}

/// What stands where a release was.
#[derive(Debug, Clone)]
pub struct WithdrawnView {
    /// The release.
    pub id: String,
    /// What it was called.
    pub title: String,
    /// When it was withdrawn.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// The agreement that it was made under.
    pub agreement: Link,
}

/// The page of a recall.
pub fn recall(frame: &Frame, view: &RecallView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        @if let Some(done) = &view.done { (notification_banner(&NotificationBanner { success: true, text: done })) }
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { "Release " (view.id) }
                " "
                (view.title)
            }
            (summary_list(&SummaryList {
                rows: view.facts.iter().map(|(name, fact)| SummaryRow::new(name, fact)).collect(),
                ..SummaryList::default()
            }))
            @if let Some((at, reason)) = &view.withdrawn {
                (warning_callout(&WarningCallout { heading: "Withdrawn", level: Some(2), text: reason }))
                p { "On " (format::moment(*at)) ". Nobody can open or download it, and the public register says so." }
            }
        }))
        @if view.had.is_empty() {
            h2 class="nhsuk-heading-m" { "Who had it" }
            p { "Nobody, as the audit log has it." }
        } @else { (had(&view.had)) }
        @if !view.fields.is_empty() {
            (column(&html! {
                h2 class="nhsuk-heading-m" { "Withdraw it" }
                p { "Nobody can open or download it any more, everybody in the list above is told, and it cannot be undone." }
                form action={ "/releases/" (view.id) "/recall" } method="post" novalidate {
                    (csrf_field(&view.csrf))
                    (fields_of(&view.fields, &view.errors))
                    (button(&Button { text: "Go on", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
                }
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Withdraw a release: {}", view.title),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Releases", "/releases")],
            body,
        },
    )
}

fn had(rows: &[HadRow]) -> Markup {
    table(&Table {
        caption: "Who had it",
        caption_size: Some(Size::M),
        columns: ["Who", "How", "Last", "Told"].map(Column::text).into(),
        rows: rows
            .iter()
            .map(|row| {
                vec![
                    Cell::text(&row.who),
                    Cell::text(&row.how),
                    Cell::text(format::moment(row.last)),
                    Cell::text(&row.told),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

/// What stands where a release was.
pub fn release_withdrawn(frame: &Frame, view: &WithdrawnView) -> Markup {
    let body = column(&html! {
        h1 {
            span class="nhsuk-caption-xl" { "Release " (view.id) }
            " "
            (view.title)
        }
        (warning_callout(&WarningCallout { heading: "This release was withdrawn", level: Some(2), text: &view.reason }))
        p { "It was withdrawn on " (format::moment(view.at)) ". Delete every copy that you have, and whatever was made from it." }
        p { "It was made under agreement " a class="nhsuk-link" href=(view.agreement.href) { (view.agreement.text) } "." }
    });
    framed(
        frame,
        &Page {
            title: &format!("Release withdrawn: {}", view.title),
            error: false,
            wide: false,
            parents: &[("Releases", "/releases")],
            body,
        },
    )
}
