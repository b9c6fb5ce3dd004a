//! The sealed list (`/cases/lists/{id}`), first closed and to be signed for, then open: name, contact and next action.

use super::{StateWords, facts};
use crate::{
    components::{
        Button, ButtonVariant, Choice, Choices, Details, NotificationBanner, TagColour,
        WarningCallout, button, checkboxes, details, inset_text, notification_banner, tag,
        warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// The outside of the envelope. Opening posts `csrf` and `signed` (`yes`) to `{href}/open`.
#[derive(Debug, Clone, Default)]
pub struct EnvelopeView {
    /// The token of the form.
    pub csrf: String,
    /// Its own address.
    pub href: String,
    /// Where it stands.
    pub state: StateWords,
    /// What is written on it.
    pub facts: Vec<(String, String)>,
    /// Whether it can be opened now.
    pub may_open: bool,
    /// Why it cannot be opened, or not any more.
    pub says: Option<String>,
    /// What a clause refuses: what, and which clause.
    pub refusal: Option<(String, String)>,
    /// What the professional signs for.
    pub signs_for: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The outside of the envelope.
pub fn envelope(frame: &Frame, view: &EnvelopeView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "A sealed list" }
        p { (view.state.tag()) }
        @if let Some((says, clause)) = &view.refusal {
            (warning_callout(&WarningCallout { heading: "This was refused", level: Some(2), text: says }))
            p { "The clause that refuses: " (clause) "." }
        }
        @if let Some(says) = &view.says { (inset_text(&html! { p { (says) } })) }
        (facts(&view.facts))
        @if view.may_open {
            form method="post" action={ (view.href) "/open" } novalidate {
                (csrf_field(&view.csrf))
                (checkboxes(&Choices {
                    name: "signed",
                    error: form::error_of(&view.errors, "signed"),
                    items: vec![Choice { value: "yes", text: &view.signs_for, ..Choice::default() }],
                    ..Choices::default()
                }))
                (button(&Button { text: "Sign and open", prevent_double_click: Some(true), ..Button::default() }))
            }
        }
    };
    framed(
        frame,
        &Page {
            title: "A sealed list",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Case finding", "/cases")],
            body: column(&body),
        },
    )
}

/// One person of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseLine {
    /// The line of the list, from 1.
    pub line: u64,
    /// The name.
    pub name: String,
    /// The other fields: what each is, and its value.
    pub fields: Vec<(String, String)>,
    /// Whether nothing may be told of where the person is.
    pub withheld: bool,
    /// What came of the contact, where that is known.
    pub outcome: Option<String>,
}

/// The open list. An outcome posts `csrf`, `line` and `outcome` to `{href}/outcomes`; closing `csrf` to `{href}/close`.
#[derive(Debug, Clone, Default)]
pub struct CaseListView {
    /// The token of the forms.
    pub csrf: String,
    /// Its own address.
    pub href: String,
    /// What was just done.
    pub notice: Option<String>,
    /// What is to be done for each person.
    pub next_action: String,
    /// Until when the list can be read.
    pub ends_at: DateTime<Utc>,
    /// Who was left out, in sentences with counts.
    pub left_out: Vec<String>,
    /// The people.
    pub people: Vec<CaseLine>,
    /// What may come of a contact: what is sent and what is read.
    pub outcomes: Vec<(String, String)>,
}

/// The open list.
pub fn case_list(frame: &Frame, view: &CaseListView) -> Markup {
    let body = html! {
        @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
        h1 { "Your list" }
        p { "For your eyes, to do one thing for each person: " strong { (view.next_action) } "." }
        p { "It can be read until " (format::moment(view.ends_at)) ". That you opened it is written down each time." }
        @for line in &view.left_out { p { (line) } }
        @if view.people.is_empty() { p { "Nobody is on this list." } }
        @for person in &view.people {
            div class="nhsuk-card" id={ "line-" (person.line) } {
                div class="nhsuk-card__content" {
                    h2 class="nhsuk-card__heading nhsuk-heading-m" { (person.name) }
                    @if let Some(outcome) = &person.outcome { p { (tag(outcome, TagColour::Green)) } }
                    (facts(&person.fields))
                    @if person.withheld {
                        p { "Where this person is may not be told. Ask the person's own practice to make contact." }
                    }
                    p { "Make sure that it is the right person before you say why you call." }
                    (details(&Details {
                        summary: if person.outcome.is_some() { "Change what came of it" } else { "What came of it?" },
                        body: Some(&outcomes(view, person)),
                        ..Details::default()
                    }))
                }
            }
        }
        h2 class="nhsuk-heading-m" { "When you are done" }
        p { "Closing the list destroys its key. Nobody can read it any more, and neither can you. What came of the contacts stays as counts." }
        form method="post" action={ (view.href) "/close" } {
            (csrf_field(&view.csrf))
            (button(&Button { text: "Close this list for good", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Your list",
            error: false,
            wide: false,
            parents: &[("Case finding", "/cases"), ("A sealed list", &view.href)],
            body: column(&body),
        },
    )
}

/// One button for each outcome: a line to open and a button are two clicks, with or without scripts.
fn outcomes(view: &CaseListView, person: &CaseLine) -> Markup {
    html! {
        form method="post" action={ (view.href) "/outcomes" } {
            (csrf_field(&view.csrf))
            input type="hidden" name="line" value=(person.line);
            @for (value, text) in &view.outcomes {
                (button(&Button { text, name: Some("outcome"), value: Some(value), variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
                " "
            }
        }
    }
}
