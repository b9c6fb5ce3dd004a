//! Sign in (`/sign-in`), and choosing a role where there is more than one (`/role`).

use crate::{
    components::{
        Button, Choice, Choices, ErrorLink, ErrorSummary, Input, Label, Size, button,
        error_summary, input, inset_text, radios,
    },
    form::{self, FieldError},
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};

/// What the sign-in page shows. The form posts `username`, `password`, `csrf` and `next` to `/sign-in`.
#[derive(Debug, Clone, Default)]
pub struct SignInView {
    /// The token of the form.
    pub csrf: String,
    /// What was typed before.
    pub username: String,
    /// Where to go afterwards.
    pub next: Option<String>,
    /// Why the sign-in did not work, without saying which part was wrong.
    pub error: Option<String>,
    /// What has just happened, such as "You have signed out."
    pub notice: Option<String>,
}

/// What the page for choosing a role shows. The form posts `role` and `csrf` to `/role`.
#[derive(Debug, Clone, Default)]
pub struct RoleView {
    /// The token of the form.
    pub csrf: String,
    /// The roles of this person.
    pub roles: Vec<RoleChoice>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// One role in one organisation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoleChoice {
    /// What the form sends.
    pub value: String,
    /// The role.
    pub role: String,
    /// The organisation.
    pub organisation: String,
    /// Whether it is the one in use.
    pub current: bool,
}

/// The sign-in page.
pub fn sign_in(frame: &Frame, view: &SignInView) -> Markup {
    let errors: Vec<ErrorLink> = view
        .error
        .iter()
        .map(|text| ErrorLink {
            text: text.clone(),
            href: Some("#username".to_owned()),
        })
        .collect();
    let body = html! {
        @if !errors.is_empty() {
            (error_summary(&ErrorSummary { heading: "There is a problem", description: None, errors: &errors }))
        }
        h1 { "Sign in" }
        @if let Some(notice) = &view.notice { (inset_text(&html! { p { (notice) } })) }
        form action="/sign-in" method="post" novalidate {
            (csrf_field(&view.csrf))
            @if let Some(next) = &view.next { input type="hidden" name="next" value=(next); }
            (input(&Input {
                name: "username",
                label: Label { text: "User name", ..Label::default() },
                error: view.error.as_deref(),
                value: (!view.username.is_empty()).then_some(view.username.as_str()),
                autocomplete: Some("username"),
                spellcheck: Some(false),
                width: Some(20),
                ..Input::default()
            }))
            (input(&Input {
                name: "password",
                label: Label { text: "Password", ..Label::default() },
                kind: Some("password"),
                autocomplete: Some("current-password"),
                width: Some(20),
                ..Input::default()
            }))
            (button(&Button { text: "Sign in", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { "If you cannot sign in, " a class="nhsuk-link" href=(frame.help_href) { "ask for help" } "." }
    };
    framed(
        frame,
        &Page {
            title: "Sign in",
            error: view.error.is_some(),
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// The page for choosing a role.
pub fn choose_role(frame: &Frame, view: &RoleView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        form action="/role" method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "role",
                legend: Some(Label { text: "Which role do you want to work in?", size: Some(Size::L), page_heading: true, classes: "" }),
                hint: Some(html! { "Everything you do is recorded under this role and organisation." }),
                error: form::error_of(&view.errors, "role"),
                items: view.roles.iter().map(|r| Choice {
                    value: &r.value,
                    text: &r.role,
                    hint: Some(html! { (r.organisation) }),
                    checked: r.current,
                    disabled: false,
                }).collect(),
                ..Choices::default()
            }))
            (button(&Button { text: "Continue", prevent_double_click: Some(true), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Choose a role",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}
