//! Ask (`/ask`): a question in SQL, under an agreement and for a purpose that it names.

use crate::{
    components::{
        Button, Cell, Column, Details, Label, Scroll, Select, SelectItem, Size, Table, Textarea,
        WarningCallout, button, details, select, table, textarea, warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, bullets, csrf_field, framed},
};
use maud::{Markup, html};

/// What the ask page shows. The form posts `csrf`, `use` and `sql` to `/ask`.
#[derive(Debug, Clone, Default)]
pub struct AskView {
    /// The token of the form.
    pub csrf: String,
    /// The agreements and purposes under which this reader may ask.
    pub uses: Vec<UseChoice>,
    /// The value of the one chosen.
    pub chosen: Option<String>,
    /// What was asked.
    pub sql: String,
    /// The most rows that come back.
    pub row_limit: u64,
    /// The longest a question may run.
    pub time_limit_in_seconds: u64,
    /// The tables that may be named, each with its columns.
    pub tables: Vec<AskTable>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
    /// What came of it.
    pub outcome: Option<AskOutcome>,
}

/// One agreement with one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseChoice {
    /// What the form sends.
    pub value: String,
    /// Agreement and purpose in words.
    pub text: String,
}

/// A table that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AskTable {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub means: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskOutcome {
    /// An answer.
    Answered(Answer),
    /// The agreement says no.
    Refused {
        /// Why, in words.
        reason: String,
        /// The clause that refuses.
        clause: String,
        /// What the reader can do.
        instead: String,
    },
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// The columns, each with whether it holds numbers.
    pub columns: Vec<(String, bool)>,
    /// The rows; `None` is no value.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there were more rows than the limit lets back.
    pub cut: bool,
    /// How long it took.
    pub milliseconds: u64,
    /// What the agreement did to the data on the way, in sentences.
    pub applied: Vec<String>,
    /// Where the answer can be made into a release.
    pub release_href: Option<String>,
}

/// The ask page.
pub fn ask(frame: &Frame, view: &AskView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Ask a question" }
        @if let Some(AskOutcome::Refused { reason, clause, instead }) = &view.outcome {
            (refused(reason, clause, instead))
        }
        @if view.uses.is_empty() {
            p { "No agreement in force lets you ask. " a class="nhsuk-link" href="/agreements" { "See the agreements" } "." }
            @if !view.sql.trim().is_empty() { (kept(&view.sql)) }
        } @else {
            (question(view))
        }
        @if let Some(AskOutcome::Answered(answer)) = &view.outcome { (answered(answer)) }
    };
    let title = match &view.outcome {
        Some(AskOutcome::Answered(_)) => "Answer",
        Some(AskOutcome::Refused { .. }) => "Not allowed",
        None => "Ask a question",
    };
    framed(
        frame,
        &Page {
            title,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[],
            body,
        },
    )
}

/// What was typed and cannot be asked, so that it is not lost.
fn kept(sql: &str) -> Markup {
    textarea(&Textarea {
        name: "sql",
        label: Label {
            text: "Your question, in SQL",
            ..Label::default()
        },
        hint: Some(html! { "It was not answered. Copy it if you want to keep it." }),
        value: sql,
        rows: Some(8),
        spellcheck: Some(false),
        classes: "haven-code",
        ..Textarea::default()
    })
}

fn question(view: &AskView) -> Markup {
    let limits = format!(
        "At most {} come back, and a question may run for {}.",
        format::counted(view.row_limit, "row", "rows"),
        format::counted(view.time_limit_in_seconds, "second", "seconds")
    );
    html! {
        form action="/ask" method="post" novalidate {
            (csrf_field(&view.csrf))
            (select(&Select {
                name: "use",
                label: Label { text: "Agreement and purpose", ..Label::default() },
                hint: Some(html! { "The answer holds only what this agreement allows for this purpose." }),
                error: form::error_of(&view.errors, "use"),
                items: view.uses.iter().map(|u| SelectItem { value: &u.value, text: &u.text, ..SelectItem::default() }).collect(),
                value: view.chosen.as_deref(),
                ..Select::default()
            }))
            (textarea(&Textarea {
                name: "sql",
                label: Label { text: "Your question, in SQL", ..Label::default() },
                hint: Some(html! { (limits) }),
                error: form::error_of(&view.errors, "sql"),
                value: &view.sql,
                rows: Some(8),
                spellcheck: Some(false),
                classes: "haven-code",
                ..Textarea::default()
            }))
            (button(&Button { text: "Ask", prevent_double_click: Some(true), ..Button::default() }))
        }
        @if !view.tables.is_empty() {
            (details(&Details { summary: "Tables you can ask", body: Some(&tables(&view.tables)), ..Details::default() }))
        }
    }
}

fn tables(tables: &[AskTable]) -> Markup {
    html! {
        @for table in tables {
            h2 class="nhsuk-heading-s haven-code" { (table.name) }
            p { (table.means) }
            p class="haven-code" { (table.columns.join(", ")) }
        }
    }
}

fn answered(answer: &Answer) -> Markup {
    let number = u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
    html! {
        h2 class="nhsuk-heading-m" id="answer" { "Answer" }
        @if answer.rows.is_empty() {
            p { "The question ran and found no rows. Check the names and the values it looks for." }
        } @else {
            p {
                (format::counted(number, "row", "rows")) " in " (format::duration(answer.milliseconds)) "."
                @if answer.cut { " There were more: only the first are shown." }
            }
            (table(&Table {
                caption: "What came back",
                caption_size: Some(Size::S),
                id: Some("answer-table"),
                columns: answer.columns.iter().map(|(name, numeric)| Column { name: name.clone(), numeric: *numeric }).collect(),
                rows: answer.rows.iter().map(|row| row.iter().map(|value| {
                    value.as_ref().map_or_else(|| Cell::text("no value"), Cell::text)
                }).collect()).collect(),
                compact: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
        @if !answer.applied.is_empty() {
            h3 class="nhsuk-heading-s" { "What the agreement did" }
            (bullets(&answer.applied))
        }
        @if let Some(href) = &answer.release_href {
            p { "These figures may not leave as they are. A release rounds them and hides small numbers." }
            (button(&Button { text: "Make a release", href: Some(href), variant: crate::components::ButtonVariant::Secondary, ..Button::default() }))
        }
    }
}

fn refused(reason: &str, clause: &str, instead: &str) -> Markup {
    html! {
        (warning_callout(&WarningCallout { heading: "The agreement does not allow this", level: Some(2), text: reason }))
        p { "Refused by: " strong { (clause) } }
        @if !instead.is_empty() { p { (instead) } }
    }
}
