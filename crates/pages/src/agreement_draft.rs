//! A draft of an agreement (`/agreements/drafts/{id}`): its parts, what is still wrong with it, and what it would allow.

use crate::{
    components::{
        Button, ButtonVariant, TagColour, WarningCallout, button, inset_text, tag, warning_callout,
    },
    frame::{Frame, Link, Page, bullets, column, csrf_field, framed, link_list},
};
use maud::{Markup, html};

/// What the page of a draft shows. It is thrown away by a form that is sent to `drop_href` by POST.
#[derive(Debug, Clone, Default)]
pub struct AgreementDraftView {
    /// Its reference and version, as far as they are written.
    pub id: String,
    /// What it is called, or that it has no title yet.
    pub title: String,
    /// Who changed it last, and when, in words.
    pub changed: String,
    /// The parts in which it is written.
    pub sections: Vec<DraftSection>,
    /// Who may see what, where it can be read.
    pub sentence: Option<String>,
    /// What stops it from being handed in: each as the message that points at the line.
    pub stops: Vec<String>,
    /// What is worth another look.
    pub warns: Vec<String>,
    /// What it changes of the version in force, in words.
    pub changes: Vec<(String, Vec<String>)>,
    /// Where it is handed in, once nothing stops it.
    pub submit_href: Option<String>,
    /// Its text as a file, and other ways on.
    pub links: Vec<Link>,
    /// Where it is thrown away.
    pub drop_href: String,
    /// The token of the form.
    pub csrf: String,
}

/// One part of an agreement that is written by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftSection {
    /// What it is called.
    pub title: String,
    /// Its form.
    pub href: String,
    /// What it says so far.
    pub hint: String,
    /// Whether something in it stops the agreement.
    pub stops: bool,
}

/// A draft.
pub fn agreement_draft(frame: &Frame, view: &AgreementDraftView) -> Markup {
    let body = html! {
        h1 { span class="nhsuk-caption-l haven-break" { (view.id) } " " (view.title) }
        p class="haven-note" { (view.changed) }
        @if let Some(first) = view.stops.first() {
            (warning_callout(&WarningCallout {
                heading: "It cannot be handed in yet",
                level: Some(2),
                text: first.lines().next().unwrap_or_default(),
            }))
            @for message in &view.stops {
                div class="nhsuk-scroll__content" role="region" aria-label={ "Mistake: " (message.lines().next().unwrap_or_default()) } tabindex="0" {
                    pre class="haven-code" { (message) }
                }
            }
        }
        @if let Some(sentence) = &view.sentence { (inset_text(&html! { p { (sentence) } })) }
        h2 class="nhsuk-heading-m" { "Parts" }
        ul class="nhsuk-task-list" {
            @for section in &view.sections { (part(section)) }
        }
        @if !view.warns.is_empty() {
            h2 class="nhsuk-heading-m" { "Worth another look" }
            (bullets(&view.warns))
        }
        @for (heading, lines) in &view.changes {
            h2 class="nhsuk-heading-m" { (heading) }
            (bullets(lines))
        }
        (link_list(&view.links))
        @if let Some(href) = &view.submit_href {
            (button(&Button { text: "Check and hand in", href: Some(href), ..Button::default() }))
        }
        form method="post" action=(view.drop_href) {
            (csrf_field(&view.csrf))
            (button(&Button { text: "Throw this draft away", variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: &format!("Draft: {}", view.title),
            error: false,
            wide: false,
            parents: &[("Agreements", "/agreements")],
            body: column(&body),
        },
    )
}

fn part(section: &DraftSection) -> Markup {
    let status = if section.stops {
        tag("Needs you", TagColour::Yellow)
    } else {
        tag("Done", TagColour::Green)
    };
    html! {
        li class="nhsuk-task-list__item nhsuk-task-list__item--with-link" {
            div class="nhsuk-task-list__name-and-hint" {
                a class="nhsuk-link nhsuk-task-list__link" href=(section.href) { (section.title) }
                @if !section.hint.is_empty() { div class="nhsuk-task-list__hint" { (section.hint) } }
            }
            div class="nhsuk-task-list__status" { (status) }
        }
    }
}
