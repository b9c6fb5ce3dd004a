//! Evidence (`/evidence`): every statement of a standard, whether it is met, and what shows it.

use crate::{
    components::{SummaryList, SummaryRow, TagColour, summary_list, tag},
    format,
    frame::{Frame, Page, bullets, column, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page shows.
#[derive(Debug, Clone)]
pub struct EvidenceView {
    /// The standard, with its version.
    pub title: String,
    /// Where its statements are from.
    pub source: String,
    /// When the live facts were looked up.
    pub at: DateTime<Utc>,
    /// For each role of software: what it is, how many statements, how many are met.
    pub totals: Vec<(String, u64, u64)>,
    /// In the order of the standard.
    pub chapters: Vec<EvidenceChapter>,
}

/// A chapter of the standard.
#[derive(Debug, Clone)]
pub struct EvidenceChapter {
    /// What it is called.
    pub title: String,
    /// Its statements.
    pub statements: Vec<EvidenceStatement>,
}

/// One statement.
#[derive(Debug, Clone)]
pub struct EvidenceStatement {
    /// Its number.
    pub id: String,
    /// What it asks.
    pub gist: String,
    /// How the standard weighs it.
    pub importance: String,
    /// What Haven does about it.
    pub role: String,
    /// Whether it is met.
    pub met: EvidenceMet,
    /// How, or why not.
    pub how: String,
    /// The tests that show it.
    pub tests: Vec<String>,
    /// The facts that show it, as they were looked up.
    pub facts: Vec<String>,
    /// Guides that say more.
    pub guides: Vec<String>,
}

/// Whether a statement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceMet {
    /// It is.
    Met,
    /// A part of it is.
    Partly,
    /// It is not.
    NotMet,
    /// It is for those who run the service.
    Operator,
}

/// The page.
pub fn evidence(frame: &Frame, view: &EvidenceView) -> Markup {
    let body = html! {
        h1 { "Evidence: " (view.title) }
        p class="nhsuk-lede-text" {
            "Every statement of the standard that software can do something about, whether it is met, and what shows it."
        }
        (summary_list(&SummaryList {
            rows: view
                .totals
                .iter()
                .map(|(role, all, met)| {
                    SummaryRow::new(role, format!("{} of {} met", format::count(*met), format::count(*all)))
                })
                .collect(),
            ..SummaryList::default()
        }))
        p { "Facts were looked up on " (format::moment(view.at)) ". Source of the statements: " (view.source) }
        @for chapter in &view.chapters {
            h2 class="nhsuk-heading-m" { (chapter.title) }
            @for statement in &chapter.statements { (one(statement)) }
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Evidence: {}", view.title),
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

fn one(statement: &EvidenceStatement) -> Markup {
    let (text, colour) = match statement.met {
        EvidenceMet::Met => ("Met", TagColour::Green),
        EvidenceMet::Partly => ("Partly met", TagColour::Orange),
        EvidenceMet::NotMet => ("Not met", TagColour::Red),
        EvidenceMet::Operator => ("For those who run it", TagColour::Grey),
    };
    html! {
        h3 class="nhsuk-heading-s nhsuk-u-margin-bottom-1" id={ "s" (statement.id) } {
            (statement.id) " " (tag(text, colour))
        }
        p class="nhsuk-u-margin-bottom-1" { (statement.gist) }
        p class="nhsuk-body-s nhsuk-u-secondary-text-colour nhsuk-u-margin-bottom-1" {
            (statement.importance) ". " (statement.role) "."
        }
        p class="nhsuk-u-margin-bottom-1" { (statement.how) }
        @for (what, shown) in [
            ("Facts", &statement.facts),
            ("Tests", &statement.tests),
            ("Guides", &statement.guides),
        ] {
            @if !shown.is_empty() {
                p class="nhsuk-body-s nhsuk-u-margin-bottom-1" { (what) ":" }
                (bullets(shown))
            }
        }
    }
}
