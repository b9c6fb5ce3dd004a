//! New release (`/releases/new`): an answer, the rules that make it safe, and what it is called.

use crate::{
    components::{
        Button, Choice, Choices, Input, Label, Size, SummaryList, SummaryRow, WarningCallout,
        button, input, radios, summary_list, warning_callout,
    },
    form::{self, FieldError},
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the page for a new release shows. The form posts `csrf`, `question`, `title` and `rule_set` to
/// `/releases`.
#[derive(Debug, Clone, Default)]
pub struct ReleaseNewView {
    /// The token of the form.
    pub csrf: String,
    /// The question whose answer is released, by its reference.
    pub question: String,
    /// The question in SQL.
    pub sql: String,
    /// Agreement and purpose in words.
    pub used_under: String,
    /// What the release is called.
    pub title: String,
    /// The rule sets that the agreement allows.
    pub rule_sets: Vec<RuleSetChoice>,
    /// The name of the one chosen.
    pub chosen: Option<String>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
    /// Why the release is refused, where it is: the reason and the rule that refuses.
    pub refusal: Option<(String, String)>,
}

/// A set of disclosure rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleSetChoice {
    /// Its name in content.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it does, in a sentence.
    pub means: String,
}

/// The page for a new release.
pub fn release_new(frame: &Frame, view: &ReleaseNewView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Make a release" }
        @if let Some((reason, rule)) = &view.refusal {
            (warning_callout(&WarningCallout { heading: "This cannot be released", level: Some(2), text: reason }))
            p { "Refused by: " strong { (rule) } }
        }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("Used under", &view.used_under),
                SummaryRow::new("Question", html! { span class="haven-code" { (view.sql) } }),
            ],
            ..SummaryList::default()
        }))
        form action="/releases" method="post" novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="question" value=(view.question);
            (input(&Input {
                name: "title",
                label: Label { text: "What the table is called", size: Some(Size::M), ..Label::default() },
                hint: Some(html! { "Measure, place and period, so that it can be understood on its own." }),
                error: form::error_of(&view.errors, "title"),
                value: (!view.title.is_empty()).then_some(view.title.as_str()),
                autocomplete: Some("off"),
                ..Input::default()
            }))
            (radios(&Choices {
                name: "rule_set",
                legend: Some(Label { text: "Which rules make it safe?", size: Some(Size::M), ..Label::default() }),
                error: form::error_of(&view.errors, "rule_set"),
                items: view.rule_sets.iter().map(|r| Choice {
                    value: &r.name,
                    text: &r.title,
                    hint: Some(html! { (r.means) }),
                    checked: view.chosen.as_deref() == Some(r.name.as_str()),
                    disabled: false,
                }).collect(),
                ..Choices::default()
            }))
            (button(&Button { text: "Make the release", prevent_double_click: Some(true), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Make a release",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Ask a question", "/ask")],
            body: column(&body),
        },
    )
}
