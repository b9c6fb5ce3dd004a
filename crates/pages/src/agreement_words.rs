//! Questions about agreements that are answered in words: what a version newly allows, what would happen if one ended,
//! who could see a table, and why.

use crate::{
    components::{Button, ButtonVariant, button},
    form::{self, FieldError},
    form_page::{FormField, fields_of},
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
};
use maud::{Markup, html};

/// What a page of questions shows. Each form is sent to the page itself by GET.
#[derive(Debug, Clone, Default)]
pub struct AgreementWordsView {
    /// The heading of the page, and its title.
    pub heading: String,
    /// What it is about, above the heading.
    pub caption: String,
    /// Sentences before the questions.
    pub lede: Vec<String>,
    /// The questions: where each is sent, its hidden and its other fields, and the words on its button.
    pub questions: Vec<WordsQuestion>,
    /// What is wrong with what was asked.
    pub errors: Vec<FieldError>,
    /// The answer's heading.
    pub answer: Option<String>,
    /// The answer.
    pub lists: Vec<WordsList>,
    /// Ways on.
    pub links: Vec<Link>,
    /// The pages above this one.
    pub parents: Vec<Link>,
}

/// One question.
#[derive(Debug, Clone, Default)]
pub struct WordsQuestion {
    /// What is asked, as a heading.
    pub heading: String,
    /// Where it is sent.
    pub action: String,
    /// Fields that nobody sees.
    pub hidden: Vec<(String, String)>,
    /// What is to be said.
    pub fields: Vec<FormField>,
    /// The words on the button.
    pub button: String,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WordsList {
    /// Its heading.
    pub heading: String,
    /// Its lines; where there are none, `empty` is said.
    pub lines: Vec<String>,
    /// What is said where there are no lines.
    pub empty: String,
}

/// A page of questions, with the answer to one of them.
pub fn agreement_words(frame: &Frame, view: &AgreementWordsView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 {
            @if !view.caption.is_empty() { span class="nhsuk-caption-l haven-break" { (view.caption) } " " }
            (view.heading)
        }
        @for sentence in &view.lede { p { (sentence) } }
        @if let Some(answer) = &view.answer {
            section aria-labelledby="answer" {
                h2 id="answer" class="nhsuk-heading-l" { (answer) }
                @for list in &view.lists {
                    @if !list.heading.is_empty() { h3 class="nhsuk-heading-m" { (list.heading) } }
                    @if list.lines.is_empty() { p { (list.empty) } } @else { (bullets(&list.lines)) }
                }
            }
        }
        @for question in &view.questions {
            form action=(question.action) method="get" class="haven-screen-only" {
                h2 class="nhsuk-heading-m" { (question.heading) }
                @for (name, value) in &question.hidden { input type="hidden" name=(name) value=(value); }
                (fields_of(&question.fields, &view.errors))
                (button(&Button { text: &question.button, variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }
        (link_list(&view.links))
    };
    let parents: Vec<(&str, &str)> = view
        .parents
        .iter()
        .map(|link| (link.text.as_str(), link.href.as_str()))
        .collect();
    framed(
        frame,
        &Page {
            title: &match &view.answer {
                Some(answer) => format!("{}: {answer}", view.heading),
                None => view.heading.clone(),
            },
            error: !view.errors.is_empty(),
            wide: false,
            parents: &parents,
            body: column(&body),
        },
    )
}
