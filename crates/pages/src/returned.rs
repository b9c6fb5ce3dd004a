//! Returned to the sender (`/submissions/{id}/returned`): what tracing found that the sender's own records lack or have
//! otherwise, each with how sure it is and which step found it, to be accepted or rejected.
//!
//! The values are the sender's own and what the index holds beside them: `app` shows them to that sender alone. Titles
//! and addresses carry none.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Details, Input, Label,
        NotificationBanner, Scroll, SummaryList, SummaryRow, Table, TagColour, button, checkboxes,
        details, input, inset_text, notification_banner, radios, summary_list, table, tag,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Link, Page, column, csrf_field, framed, link_list},
    paging::{self, Paging},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnKind {
    /// The record has no NHS number, and one was found.
    NumberFound,
    /// The record has an NHS number, and another one was found.
    NumberDiffers,
    /// The name differs.
    Name,
    /// The birth date differs.
    BirthDate,
    /// The practice differs or is missing.
    Practice,
    /// The person has died.
    Death,
}

impl ReturnKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::NumberFound,
        Self::NumberDiffers,
        Self::Name,
        Self::BirthDate,
        Self::Practice,
        Self::Death,
    ];

    /// The word that stands in addresses and files.
    pub const fn value(self) -> &'static str {
        match self {
            Self::NumberFound => "number_found",
            Self::NumberDiffers => "number_differs",
            Self::Name => "name",
            Self::BirthDate => "birth_date",
            Self::Practice => "practice",
            Self::Death => "death",
        }
    }

    /// What was found, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NumberFound => "NHS number found",
            Self::NumberDiffers => "Another NHS number found",
            Self::Name => "Name differs",
            Self::BirthDate => "Date of birth differs",
            Self::Practice => "GP practice found",
            Self::Death => "Has died",
        }
    }
}

/// What the sender decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnDecision {
    /// Whether it was accepted; rejected otherwise.
    pub accepted: bool,
    /// Why, in their words.
    pub why: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct ReturnRow {
    /// What it is called in forms: letters, digits and hyphens, never a value of a record.
    pub id: String,
    /// The row of the file: the first of those concerned.
    pub row: u64,
    /// How many rows of the record it concerns.
    pub rows: u64,
    /// The sender's own reference for the record.
    pub reference: String,
    /// What was found.
    pub kind: ReturnKind,
    /// What the sender has; `None` where there is nothing.
    pub yours: Option<String>,
    /// What was found.
    pub found: String,
    /// How sure it is, from 0 to 100.
    pub confidence: f64,
    /// The step that linked the record, in words.
    pub step: String,
    /// What the sender decided before.
    pub decision: Option<ReturnDecision>,
}

/// How many of one kind were found, and what became of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCount {
    /// The kind.
    pub kind: ReturnKind,
    /// How many were found.
    pub found: u64,
    /// How many were accepted.
    pub accepted: u64,
    /// How many were rejected.
    pub rejected: u64,
}

/// What was sent with a form that could not be kept, so that nobody types it twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TypedDecision {
    /// The id of the row.
    pub id: String,
    /// `accept`, `reject` or nothing.
    pub decision: String,
    /// Why.
    pub why: String,
}

/// What the page shows. Each form posts `csrf`, `found`, `why` and `decision` (`accept` or `reject`) to `action`; that
/// for all of a kind posts `csrf`, `all` (the kind), `seen` (how many there were) and `checked`.
#[derive(Debug, Clone)]
pub struct ReturnedView {
    /// The token of the forms.
    pub csrf: String,
    /// Where the forms go.
    pub action: String,
    /// The result of the submission, which is the page before.
    pub result_href: String,
    /// Who sent it.
    pub sender: String,
    /// When it was traced; `None` where that is still to come.
    pub traced_at: Option<DateTime<Utc>>,
    /// What was just done.
    pub notice: Option<String>,
    /// How many of each kind, each with the address that shows only those.
    pub counts: Vec<(ReturnCount, String)>,
    /// The kind that alone is shown.
    pub only: Option<ReturnKind>,
    /// The address that shows all kinds.
    pub all_href: String,
    /// What was found, the surest first.
    pub rows: Vec<ReturnRow>,
    /// Which page of them is shown.
    pub paging: Option<Paging>,
    /// The same as files.
    pub downloads: Vec<Link>,
    /// What is not told and why, with counts, in sentences.
    pub withheld: Vec<String>,
    /// How many findings of the kind that is shown wait, where they can be accepted together.
    pub accept_all: Option<u64>,
    /// What was sent with the form that has errors.
    pub typed: Option<TypedDecision>,
    /// What is wrong with what was sent; the field is `decision-` or `why-` and the id of the row, or `checked`.
    pub errors: Vec<FieldError>,
}

/// What tracing found, for the sender.
pub fn returned(frame: &Frame, view: &ReturnedView) -> Markup {
    let waiting: u64 = view
        .counts
        .iter()
        .map(|(c, _)| {
            c.found
                .saturating_sub(c.accepted.saturating_add(c.rejected))
        })
        .fold(0, u64::saturating_add);
    let body = html! {
        (column(&html! {
            (form::summary(&view.errors))
            @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
            h1 { span class="nhsuk-caption-xl" { (view.sender) } " What tracing found about your records" }
            (standing(view, waiting))
        }))
        @if !view.counts.is_empty() { (counts(view)) }
        (column(&html! {
            (withheld(view))
            @if let Some(only) = view.only {
                p { "Shown: " strong { (only.words()) } ". " a class="nhsuk-link" href=(view.all_href) { "Show everything" } }
                @if let Some(waiting) = view.accept_all { (accept_all(view, only, waiting)) }
            }
            @for row in &view.rows { (one(view, row)) }
            @if view.rows.is_empty() && !view.counts.is_empty() { p { "There is nothing of this kind." } }
            @if let Some(paging) = &view.paging { (paging::row(paging)) }
            @if !view.downloads.is_empty() {
                h2 class="nhsuk-heading-m" { "Take it with you" }
                (link_list(&view.downloads))
            }
        }))
    };
    framed(
        frame,
        &Page {
            title: &format!(
                "What tracing found: {}",
                format::counted(waiting, "decision to make", "decisions to make")
            ),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[
                ("Submissions", "/submissions"),
                ("Result", &view.result_href),
            ],
            body,
        },
    )
}

/// How it stands, in a few sentences.
fn standing(view: &ReturnedView, waiting: u64) -> Markup {
    let Some(traced_at) = view.traced_at else {
        return html! {
            p class="nhsuk-lede-text" { "This file has not been traced yet." }
            p { "What is found will be on this page. You can close it and come back." }
        };
    };
    html! {
        @if view.counts.is_empty() {
            p class="nhsuk-lede-text" { "Nothing to tell." }
            p { "Nothing that we may tell stands otherwise in the index than in your file." }
        } @else {
            p class="nhsuk-lede-text" { (format::counted(waiting, "finding waits", "findings wait")) " for your decision." }
            (inset_text(&html! {
                p { "Check in your own system before you accept. What you accept or reject is remembered, so that you are not asked again." }
            }))
        }
        p { "Traced on " (format::moment(traced_at)) "." }
    }
}

/// What is not told, and why.
fn withheld(view: &ReturnedView) -> Markup {
    html! {
        @if !view.withheld.is_empty() {
            h2 class="nhsuk-heading-m" { "What is not shown" }
            ul class="nhsuk-list nhsuk-list--bullet" {
                @for line in &view.withheld { li { (line) } }
            }
        }
    }
}

/// One form for all that wait of one kind. The box is there so that no stray click accepts a thousand findings.
fn accept_all(view: &ReturnedView, kind: ReturnKind, waiting: u64) -> Markup {
    let button_text = format!("Accept {}", format::counted(waiting, "finding", "findings"));
    html! {
        form method="post" action=(view.action) novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="all" value=(kind.value());
            input type="hidden" name="seen" value=(waiting);
            (checkboxes(&Choices {
                name: "checked",
                legend: Some(Label { text: &format!("All that wait: {}", kind.words()), ..Label::default() }),
                error: form::error_of(&view.errors, "checked"),
                items: vec![Choice {
                    value: "yes",
                    text: "We have checked them all in our own system",
                    ..Choice::default()
                }],
                small: true,
                ..Choices::default()
            }))
            (button(&Button { text: &button_text, variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
        }
    }
}

fn counts(view: &ReturnedView) -> Markup {
    table(&Table {
        caption: "What was found",
        id: Some("counts"),
        columns: vec![
            Column::text("Kind"),
            Column::number("Found"),
            Column::number("Accepted"),
            Column::number("Rejected"),
            Column::number("Waiting"),
        ],
        rows: view
            .counts
            .iter()
            .map(|(count, href)| {
                let done = count.accepted.saturating_add(count.rejected);
                vec![
                    Cell::html(html! { a class="nhsuk-link" href=(href) { (count.kind.words()) } }),
                    Cell::text(format::count(count.found)),
                    Cell::text(format::count(count.accepted)),
                    Cell::text(format::count(count.rejected)),
                    Cell::text(format::count(count.found.saturating_sub(done))),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

/// One finding with its form.
fn one(view: &ReturnedView, row: &ReturnRow) -> Markup {
    let state = match &row.decision {
        None => tag("Needs you", TagColour::Orange),
        Some(decision) if decision.accepted => tag("Accepted", TagColour::Green),
        Some(_) => tag("Rejected", TagColour::Grey),
    };
    let yours = row.yours.as_ref().map_or_else(
        || html! { "nothing" },
        |value| html! { span class="haven-cell" { (value) } },
    );
    let mut rows = vec![
        SummaryRow::new(
            "Your reference",
            html! { span class="haven-break" { (row.reference) } },
        ),
        SummaryRow::new("You have", yours),
        SummaryRow::new("Found", html! { span class="haven-cell" { (row.found) } }),
        SummaryRow::new("How sure", how_sure(row)),
        SummaryRow::new("State", state),
    ];
    if row.rows > 1 {
        let others = format::counted(row.rows - 1, "other row", "other rows");
        rows.insert(
            1,
            SummaryRow::new("Rows", format!("Also in {others} of this record")),
        );
    }
    if let Some(decision) = &row.decision {
        rows.push(SummaryRow::new(
            "Decided",
            html! {
                (decision.by) ", " (format::moment(decision.at))
                @if !decision.why.is_empty() { span class="haven-note haven-break" { (decision.why) } }
            },
        ));
    }
    let form = decide(view, row);
    html! {
        div class="haven-found" {
            h2 class="nhsuk-heading-s" { "Row " (format::count(row.row)) ": " (row.kind.words()) }
            (summary_list(&SummaryList { rows, no_border: true, ..SummaryList::default() }))
            @if row.decision.is_some() {
                (details(&Details {
                    summary: &format!("Decide again on row {}: {}", format::count(row.row), row.kind.words()),
                    body: Some(&form),
                    ..Details::default()
                }))
            } @else { (form) }
        }
    }
}

/// The confidence, rounded down: nothing is called certain that is not.
fn how_sure(row: &ReturnRow) -> String {
    format!(
        "{}%: {}",
        format::number(row.confidence.floor(), 0),
        row.step
    )
}

fn decide(view: &ReturnedView, row: &ReturnRow) -> Markup {
    let (choice, why) = (format!("decision-{}", row.id), format!("why-{}", row.id));
    let typed = view.typed.as_ref().filter(|typed| typed.id == row.id);
    let number = format::count(row.row);
    // One button, and nothing chosen beforehand: Enter in the field must not accept what somebody is rejecting.
    html! {
        form method="post" action=(view.action) novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="found" value=(row.id);
            (radios(&Choices {
                name: "decision",
                id_prefix: Some(&choice),
                legend: Some(Label { text: &format!("Is what was found for row {number} right?"), ..Label::default() }),
                error: form::error_of(&view.errors, &choice),
                items: [("accept", "Accept"), ("reject", "Reject")]
                    .map(|(value, text)| Choice {
                        value,
                        text,
                        checked: typed.is_some_and(|t| t.decision == value),
                        ..Choice::default()
                    })
                    .into(),
                small: true,
                inline: true,
                ..Choices::default()
            }))
            (input(&Input {
                name: "why",
                id: Some(&why),
                label: Label { text: "Why (needed if you reject)", ..Label::default() },
                hint: Some(html! { "Only the reason: no name, number or date of a person." }),
                error: form::error_of(&view.errors, &why),
                value: typed.map(|t| t.why.as_str()),
                autocomplete: Some("off"),
                ..Input::default()
            }))
            (button(&Button {
                text: &format!("Save for row {number}"),
                variant: ButtonVariant::Secondary,
                small: true,
                ..Button::default()
            }))
        }
    }
}
