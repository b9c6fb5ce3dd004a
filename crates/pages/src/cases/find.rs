//! Find people (`/cases/new`) by a form or in SQL, and one group that was found (`/cases/cohorts/{id}`). Nobody is shown.

use super::facts;
use crate::{
    components::{
        Button, ButtonVariant, Choice, Choices, Details, Input, Label, Legend, NotificationBanner,
        Size, Textarea, WarningCallout, button, checkboxes, details, input, inset_text,
        notification_banner, radios, textarea, warning_callout,
    },
    form::{self, FieldError},
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// A value to choose, with its words and whether it is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindChoice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// One question of the form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindQuestion {
    /// The name of its field.
    pub id: String,
    /// What it asks.
    pub asks: String,
    /// When it holds, such as "in the latest quarter".
    pub hint: String,
    /// Its boxes; none where it takes a number.
    pub choices: Vec<FindChoice>,
    /// The number that was typed.
    pub typed: String,
}

/// How many people were found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FindSize {
    /// The number as the rules let it be shown.
    pub size: String,
    /// How they were found, in words.
    pub words: Vec<String>,
    /// Whether they are more than the agreement lets be led back at a time, or nobody; and what to do.
    pub refused: Option<String>,
}

/// What the page shows. It posts `csrf`, `use`, the questions by their ids, `sql` where it may be written, `title`, and
/// `do` (`count` or `keep`) to `/cases/new`.
#[derive(Debug, Clone, Default)]
pub struct FindView {
    /// The token of the form.
    pub csrf: String,
    /// The agreements and purposes for which people may be led back.
    pub uses: Vec<FindChoice>,
    /// The questions under the chosen one.
    pub questions: Vec<FindQuestion>,
    /// Whether the reader may write SQL in place of the form; what was written.
    pub sql: Option<String>,
    /// What the group is to be called.
    pub title: String,
    /// How many were found.
    pub found: Option<FindSize>,
    /// What a clause refuses: what, and which clause.
    pub refusal: Option<(String, String)>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The page.
pub fn find_people(frame: &Frame, view: &FindView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Find people" }
        p { "You choose what they have in common. You are told how many they are, not who." }
        @if view.uses.is_empty() {
            p { "No agreement names you as somebody who may find people for their care. Ask the person who answers for your agreements." }
        } @else {
            @if let Some((says, clause)) = &view.refusal {
                (warning_callout(&WarningCallout { heading: "This was refused", level: Some(2), text: says }))
                p { "The clause that refuses: " (clause) "." }
            }
            @if let Some(found) = &view.found { (size(found)) }
            form method="post" action="/cases/new" novalidate {
                (csrf_field(&view.csrf))
                (uses(view))
                @for question in &view.questions { (one(question, &view.errors)) }
                @if let Some(sql) = &view.sql {
                    (details(&Details {
                        summary: "Write the question in SQL instead",
                        open: !sql.is_empty(),
                        body: Some(&textarea(&Textarea {
                            name: "sql",
                            label: Label { text: "A question that gives the column person_pseudonym", ..Label::default() },
                            hint: Some(html! { "Where this is filled in, the choices above do not count." }),
                            error: form::error_of(&view.errors, "sql"),
                            value: sql,
                            rows: Some(6),
                            spellcheck: Some(false),
                            classes: "haven-code",
                            ..Textarea::default()
                        })),
                        ..Details::default()
                    }))
                }
                (input(&Input {
                    name: "title",
                    label: Label { text: "What to call this group", ..Label::default() },
                    hint: Some(html! { "Needed to keep it. No names or numbers of people." }),
                    error: form::error_of(&view.errors, "title"),
                    value: Some(&view.title),
                    ..Input::default()
                }))
                div class="nhsuk-button-group" {
                    (button(&Button { text: "Count them", name: Some("do"), value: Some("count"), ..Button::default() }))
                    @if view.found.as_ref().is_some_and(|f| f.refused.is_none()) {
                        (button(&Button { text: "Keep this group, sealed", name: Some("do"), value: Some("keep"), variant: ButtonVariant::Secondary, prevent_double_click: Some(true), ..Button::default() }))
                    }
                }
            }
        }
    };
    framed(
        frame,
        &Page {
            title: "Find people",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Case finding", "/cases")],
            body: column(&body),
        },
    )
}

fn size(found: &FindSize) -> Markup {
    html! {
        (inset_text(&html! {
            h2 class="nhsuk-heading-m" { "People found: " (found.size) }
            ul class="nhsuk-list nhsuk-list--bullet" { @for line in &found.words { li { (line) } } }
            @if let Some(refused) = &found.refused { p { strong { (refused) } } }
            @else { p { "The number is rounded so that it points at nobody." } }
        }))
    }
}

fn uses(view: &FindView) -> Markup {
    radios(&Choices {
        name: "use",
        legend: Some(Legend {
            text: "For which agreement and purpose?",
            size: Some(Size::M),
            ..Legend::default()
        }),
        error: form::error_of(&view.errors, "use"),
        items: view
            .uses
            .iter()
            .map(|u| Choice {
                value: &u.value,
                text: &u.text,
                checked: u.chosen,
                ..Choice::default()
            })
            .collect(),
        ..Choices::default()
    })
}

fn one(question: &FindQuestion, errors: &[FieldError]) -> Markup {
    let hint = Some(html! { (question.hint) });
    if question.choices.is_empty() {
        return input(&Input {
            name: &question.id,
            label: Label {
                text: &question.asks,
                ..Label::default()
            },
            hint,
            error: form::error_of(errors, &question.id),
            value: Some(&question.typed),
            inputmode: Some("numeric"),
            width: Some(4),
            ..Input::default()
        });
    }
    checkboxes(&Choices {
        name: &question.id,
        legend: Some(Legend {
            text: &question.asks,
            ..Legend::default()
        }),
        hint,
        error: form::error_of(errors, &question.id),
        items: question
            .choices
            .iter()
            .map(|c| Choice {
                value: &c.value,
                text: &c.text,
                checked: c.chosen,
                ..Choice::default()
            })
            .collect(),
        small: true,
        ..Choices::default()
    })
}

/// What the page of a group shows.
#[derive(Debug, Clone, Default)]
pub struct CohortView {
    /// What was just done.
    pub notice: Option<String>,
    /// What it is called.
    pub title: String,
    /// What is known of it: how it was found, when, how many.
    pub facts: Vec<(String, String)>,
    /// The question, as it was asked.
    pub question: String,
    /// Where to ask for a list of it; none where it cannot be asked for.
    pub ask_href: Option<String>,
}

/// One group that was found.
pub fn cohort(frame: &Frame, view: &CohortView) -> Markup {
    let body = html! {
        @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
        h1 { (view.title) }
        p { "This group is sealed: who is in it is shown to nobody until a list has been approved." }
        (facts(&view.facts))
        (details(&Details {
            summary: "The question, as it was asked",
            body: Some(&html! { pre class="haven-code haven-break" { (view.question) } }),
            ..Details::default()
        }))
        @if let Some(href) = &view.ask_href {
            (button(&Button { text: "Ask for a list of these people", href: Some(href), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: "A group that you found",
            error: false,
            wide: false,
            parents: &[("Case finding", "/cases")],
            body: column(&body),
        },
    )
}
