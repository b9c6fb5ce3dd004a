//! Start (`/`): what the service is for, and what a reader can do next.

use crate::{
    components::{Button, ButtonVariant, button, inset_text},
    frame::{Frame, Page, bullets, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the start page shows.
#[derive(Debug, Clone, Default)]
pub struct StartView {
    /// What the reader can do, where signed in; otherwise empty.
    pub tasks: Vec<Task>,
    /// What a sender needs before they begin.
    pub before_you_start: Vec<String>,
    /// What the reader was told and has not read.
    pub notices: Vec<StartNotice>,
    /// The token of the forms.
    pub csrf: String,
}

/// Something that a reader was told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartNotice {
    /// What it is called in the form that puts it away.
    pub about: String,
    /// What happened and what to do.
    pub words: String,
    /// Where there is more.
    pub href: String,
}

/// One thing that the reader can do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Task {
    /// What it is.
    pub text: String,
    /// Where it starts.
    pub href: String,
    /// A line about it.
    pub hint: String,
}

/// The start page.
pub fn start(frame: &Frame, view: &StartView) -> Markup {
    let body = html! {
        h1 { (frame.service) }
        p class="nhsuk-lede-text" {
            "A safe place to bring health and care records together, so that services can be planned well and nobody's privacy is lost."
        }
        @for notice in &view.notices { (told(notice, &view.csrf)) }
        @if frame.reader.is_some() { (tasks(&view.tasks)) } @else { (welcome(view)) }
    };
    framed(
        frame,
        &Page {
            title: "Start",
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// A notice with the button that puts it away.
fn told(notice: &StartNotice, csrf: &str) -> Markup {
    html! {
        (inset_text(&html! {
            p { (notice.words) " " a class="nhsuk-link" href=(notice.href) { "See what changed" } "." }
            form method="post" action="/notices/read" {
                (csrf_field(csrf))
                input type="hidden" name="about" value=(notice.about);
                (button(&Button { text: "I have read this", variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
            }
        }))
    }
}

fn tasks(tasks: &[Task]) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "What you can do" }
        @if tasks.is_empty() {
            p { "Your role has no tasks here yet. Ask the person who set up your account." }
        }
        ul class="nhsuk-task-list" {
            @for task in tasks {
                li class="nhsuk-task-list__item nhsuk-task-list__item--with-link" {
                    div class="nhsuk-task-list__name-and-hint" {
                        a class="nhsuk-link nhsuk-task-list__link" href=(task.href) { (task.text) }
                        @if !task.hint.is_empty() { div class="nhsuk-task-list__hint" { (task.hint) } }
                    }
                }
            }
        }
    }
}

fn welcome(view: &StartView) -> Markup {
    html! {
        p { "Use this service to:" }
        (bullets(&[
            "send a file of care records and see at once what to fix".to_owned(),
            "see which agreements allow data to be used, and for what".to_owned(),
            "ask questions of data that names nobody".to_owned(),
        ]))
        @if !view.before_you_start.is_empty() {
            h2 class="nhsuk-heading-m" { "Before you start" }
            p { "To send a file you need:" }
            (bullets(&view.before_you_start))
        }
        p { "You can " a class="nhsuk-link" href="/check" { "check a file" } " first, without an account. Nothing of it is kept." }
        (button(&Button { text: "Sign in", href: Some("/sign-in"), ..Button::default() }))
        h2 class="nhsuk-heading-m" { "For everyone" }
        p {
            "The " a class="nhsuk-link" href="/register" { "register of data uses" }
            " says who uses people's records, what for, and until when. You do not need to sign in to read it."
        }
    }
}
