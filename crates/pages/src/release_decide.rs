//! An output checker decides about a release that waits (`/releases/{id}/decide`): the table, what was checked, what
//! others said, and the form.

use crate::{
    chart,
    components::{
        Button, NotificationBanner, SummaryList, SummaryRow, WarningCallout, button,
        notification_banner, summary_list, warning_callout,
    },
    form::{self, FieldError},
    form_page::{FormField, fields_of},
    frame::{Frame, Page, bullets, column, csrf_field, framed},
    release::{ReleaseView, safe_table},
};
use maud::{Markup, html};

/// What the page shows. The form is sent to the same address with `csrf`, `decision` and `reason`.
#[derive(Debug, Clone)]
pub struct ReleaseDecideView {
    /// The release itself.
    pub release: ReleaseView,
    /// What is known of it: each with its name.
    pub facts: Vec<(String, String)>,
    /// What was checked, and what came of it.
    pub checks: Vec<(String, String)>,
    /// What checkers said before, in sentences.
    pub said: Vec<String>,
    /// What has just been done, in a sentence.
    pub done: Option<String>,
    /// Why the reader cannot decide, where they cannot.
    pub why_not: Option<String>,
    /// What is asked; nothing where the reader cannot decide.
    pub fields: Vec<FormField>,
    /// The token of the form.
    pub csrf: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The page.
pub fn release_decide(frame: &Frame, view: &ReleaseDecideView) -> Markup {
    let release = &view.release;
    let listed = |rows: &[(String, String)]| {
        summary_list(&SummaryList {
            rows: rows
                .iter()
                .map(|(name, value)| SummaryRow::new(name, value))
                .collect(),
            ..SummaryList::default()
        })
    };
    let body = html! {
        (form::summary(&view.errors))
        @if let Some(done) = &view.done { (notification_banner(&NotificationBanner { success: true, text: done })) }
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { "Release " (release.id) }
                " "
                (release.title)
            }
            @if let Some(why_not) = &view.why_not {
                (warning_callout(&WarningCallout { heading: "You cannot decide this one", level: Some(2), text: why_not }))
            }
            (listed(&view.facts))
        }))
        (safe_table(release))
        (chart::symbol_notes(&release.notes))
        (column(&html! {
            h2 class="nhsuk-heading-m" { "What was checked" }
            (listed(&view.checks))
            @if !release.rules.is_empty() {
                h2 class="nhsuk-heading-m" { "What the rules did" }
                (bullets(&release.rules))
            }
            @if !view.said.is_empty() {
                h2 class="nhsuk-heading-m" { "What checkers said" }
                (bullets(&view.said))
            }
            @if !view.fields.is_empty() {
                h2 class="nhsuk-heading-m" { "Decide" }
                form action={ "/releases/" (release.id) "/decide" } method="post" novalidate {
                    (csrf_field(&view.csrf))
                    (fields_of(&view.fields, &view.errors))
                    (button(&Button { text: "Go on", prevent_double_click: Some(true), ..Button::default() }))
                }
            }
        }))
    };
    framed(
        frame,
        &Page {
            title: &format!("Decide about a release: {}", release.title),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Releases", "/releases")],
            body,
        },
    )
}
