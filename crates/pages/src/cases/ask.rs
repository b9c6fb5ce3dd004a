//! Ask for a list (`/cases/cohorts/{id}/ask`): the form, and its answers to check before they are sent.

use super::facts;
use crate::{
    components::{
        Button, ButtonVariant, Choice, Choices, Input, Label, Legend, Textarea, WarningCallout,
        button, input, radios, textarea, warning_callout,
    },
    form::{self, FieldError},
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// Values to choose from: what is sent, what is read, and help beside it.
pub type Chooser = Vec<(String, String, String)>;

/// What the page shows. It posts `csrf`, `professional`, `relationship`, `evidence`, `reason`, `next_action`, `days` and
/// `do` (`check`, `change` or `send`) to its own address.
#[derive(Debug, Clone, Default)]
pub struct AskCareView {
    /// The token of the form.
    pub csrf: String,
    /// The page of the group, and what it is called.
    pub cohort_href: String,
    pub cohort: String,
    /// Whom the list may reach, and by what they have to do with the people.
    pub professionals: Chooser,
    pub relationships: Chooser,
    /// For how many days at most.
    pub most_days: u64,
    /// What was chosen and written: by the names of the fields.
    pub professional: String,
    pub relationship: String,
    pub evidence: String,
    pub reason: String,
    pub next_action: String,
    pub days: String,
    /// The answers, to be checked; none while they are being written.
    pub check: Option<Vec<(String, String)>>,
    /// What a clause refuses: what, and which clause.
    pub refusal: Option<(String, String)>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

impl AskCareView {
    fn action(&self) -> String {
        format!("{}/ask", self.cohort_href)
    }

    fn written(&self) -> [(&'static str, &str); 6] {
        [
            ("professional", &self.professional),
            ("relationship", &self.relationship),
            ("evidence", &self.evidence),
            ("reason", &self.reason),
            ("next_action", &self.next_action),
            ("days", &self.days),
        ]
    }
}

/// The page.
pub fn ask_care(frame: &Frame, view: &AskCareView) -> Markup {
    let body = match &view.check {
        Some(answers) => check(view, answers),
        None => written(view),
    };
    let title = if view.check.is_some() {
        "Check what you ask for"
    } else {
        "Ask for a list"
    };
    framed(
        frame,
        &Page {
            title,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[
                ("Case finding", "/cases"),
                ("A group that you found", &view.cohort_href),
            ],
            body: column(&body),
        },
    )
}

fn check(view: &AskCareView, answers: &[(String, String)]) -> Markup {
    html! {
        h1 { "Check what you ask for" }
        p { "Two people of different roles see exactly this, and approve or refuse it. Once it is sent it cannot be changed; it can be taken back." }
        (facts(answers))
        form method="post" action=(view.action()) {
            (csrf_field(&view.csrf))
            @for (name, value) in view.written() { input type="hidden" name=(name) value=(value); }
            div class="nhsuk-button-group" {
                (button(&Button { text: "Send for approval", name: Some("do"), value: Some("send"), prevent_double_click: Some(true), ..Button::default() }))
                (button(&Button { text: "Change it", name: Some("do"), value: Some("change"), variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }
    }
}

fn written(view: &AskCareView) -> Markup {
    let choices = |name: &'static str, text: &'static str, all: &Chooser, chosen: &str| {
        radios(&Choices {
            name,
            legend: Some(Legend {
                text,
                ..Legend::default()
            }),
            error: form::error_of(&view.errors, name),
            items: all
                .iter()
                .map(|(value, text, hint)| Choice {
                    value,
                    text,
                    hint: (!hint.is_empty()).then(|| html! { (hint) }),
                    checked: value == chosen,
                    ..Choice::default()
                })
                .collect(),
            ..Choices::default()
        })
    };
    let lines = |name: &'static str, text: &'static str, hint: &str, value: &str| {
        textarea(&Textarea {
            name,
            label: Label {
                text,
                ..Label::default()
            },
            hint: Some(html! { (hint) }),
            error: form::error_of(&view.errors, name),
            value,
            rows: Some(3),
            ..Textarea::default()
        })
    };
    html! {
        (form::summary(&view.errors))
        h1 { "Ask for a list" }
        p { "Of the group " strong class="haven-break" { (view.cohort) } "." }
        @if let Some((says, clause)) = &view.refusal {
            (warning_callout(&WarningCallout { heading: "This was refused", level: Some(2), text: says }))
            p { "The clause that refuses: " (clause) "." }
        }
        form method="post" action=(view.action()) novalidate {
            (csrf_field(&view.csrf))
            (choices("professional", "Whom is the list for? It reaches nobody else.", &view.professionals, &view.professional))
            (choices("relationship", "What has the professional to do with these people?", &view.relationships, &view.relationship))
            (lines("evidence", "What shows this?", "Words or a reference, such as the list of a practice. No names or numbers of people.", &view.evidence))
            (lines("reason", "Why is it needed?", "What would go wrong for these people without it.", &view.reason))
            (lines("next_action", "What is to be done for each person?", "One action, such as a call that offers a home check. It stands beside each name.", &view.next_action))
            (input(&Input {
                name: "days",
                label: Label { text: "For how many days is the list needed?", ..Label::default() },
                hint: Some(html! { "At most " (view.most_days) " after the second approval. Then it cannot be read any more." }),
                error: form::error_of(&view.errors, "days"),
                value: Some(&view.days),
                inputmode: Some("numeric"),
                width: Some(3),
                ..Input::default()
            }))
            (button(&Button { text: "Continue", name: Some("do"), value: Some("check"), ..Button::default() }))
        }
    }
}
