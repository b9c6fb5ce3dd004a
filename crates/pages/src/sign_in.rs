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
    /// Whether there are invented people here, who are not asked for a second factor.
    pub invented: bool,
    /// The providers through which somebody may come: what each is called, and the address that leads there.
    pub providers: Vec<(String, String)>,
    /// Where a provider ends its own session too.
    pub sign_out_there: Option<(String, String)>,
    /// The fields of a form that waits for its sender to sign in again, with where it goes.
    pub kept: Option<KeptForm>,
}

/// A form that came after its session had ended. Its fields travel with the sign-in, so that nothing is typed twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptForm {
    /// Where it goes.
    pub action: String,
    /// Its fields, without the token.
    pub fields: Vec<(String, String)>,
}

/// What the page for a code of the second factor shows. The form posts `code`, `csrf` and `next` to `/sign-in/code`.
#[derive(Debug, Clone, Default)]
pub struct SignInCodeView {
    /// The token of the form.
    pub csrf: String,
    /// Where to go afterwards.
    pub next: Option<String>,
    /// Why the code did not count.
    pub error: Option<String>,
    /// A form that waits.
    pub kept: Option<KeptForm>,
}

/// What the page for a first password shows. The form posts `password` and `csrf` to its own address.
#[derive(Debug, Clone, Default)]
pub struct FirstPasswordView {
    /// The token of the form.
    pub csrf: String,
    /// Where it is posted to.
    pub action: String,
    /// The name to sign in with.
    pub username: String,
    /// What is wrong.
    pub error: Option<String>,
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
        @if let Some((called, href)) = &view.sign_out_there {
            p { "You may still be signed in at " (called) ". " a class="nhsuk-link" href=(href) { "Sign out there too" } }
        }
        @if view.kept.is_some() {
            (inset_text(&html! { p { "You were signed out because nothing was asked for a while. What you typed is kept on this page: sign in, and it can be sent." } }))
        }
        @for (called, href) in &view.providers {
            (button(&Button { text: &format!("Sign in with {called}"), href: Some(href), ..Button::default() }))
        }
        @if !view.providers.is_empty() {
            h2 class="nhsuk-heading-m" { "Or with a password" }
        }
        form action="/sign-in" method="post" novalidate {
            (csrf_field(&view.csrf))
            @if let Some(next) = &view.next { input type="hidden" name="next" value=(next); }
            (kept_fields(view.kept.as_ref()))
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
        @if view.invented {
            (inset_text(&html! { p { "This place is invented, for showing and testing. Its invented people sign in without a second factor; in a real place their roles ask for one." } }))
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

/// The page for a code of the second factor.
pub fn sign_in_code(frame: &Frame, view: &SignInCodeView) -> Markup {
    let errors: Vec<FieldError> = view
        .error
        .iter()
        .map(|text| FieldError::new("code", text))
        .collect();
    let body = html! {
        (form::summary(&errors))
        h1 { "Enter your code" }
        form action="/sign-in/code" method="post" novalidate {
            (csrf_field(&view.csrf))
            @if let Some(next) = &view.next { input type="hidden" name="next" value=(next); }
            (kept_fields(view.kept.as_ref()))
            (crate::account::code_field("The code that your authenticator shows, or one of your recovery codes", view.error.as_deref()))
            (button(&Button { text: "Sign in", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/sign-in" { "Begin again" } }
        p { "If you have neither your authenticator nor a recovery code, " a class="nhsuk-link" href=(frame.help_href) { "ask for help" } ": two people reset it together." }
    };
    framed(
        frame,
        &Page {
            title: "Enter your code",
            error: view.error.is_some(),
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// The page for a first password.
pub fn first_password(frame: &Frame, view: &FirstPasswordView) -> Markup {
    let errors: Vec<FieldError> = view
        .error
        .iter()
        .map(|text| FieldError::new("password", text))
        .collect();
    let body = html! {
        (form::summary(&errors))
        h1 { "Choose a password" }
        form action=(view.action) method="post" novalidate {
            (csrf_field(&view.csrf))
            (input(&Input {
                name: "username",
                label: Label { text: "Your user name", ..Label::default() },
                value: Some(&view.username),
                autocomplete: Some("username"),
                spellcheck: Some(false),
                width: Some(20),
                ..Input::default()
            }))
            (input(&Input {
                name: "password",
                label: Label { text: "New password", ..Label::default() },
                hint: Some(html! { "12 characters or more. Let the program that keeps your passwords make one." }),
                error: view.error.as_deref(),
                kind: Some("password"),
                autocomplete: Some("new-password"),
                width: Some(20),
                ..Input::default()
            }))
            (button(&Button { text: "Save the password", prevent_double_click: Some(true), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Choose a password",
            error: view.error.is_some(),
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// The page on which somebody who has signed in again sends what they had typed.
pub fn send_kept(frame: &Frame, csrf: &str, kept: &KeptForm) -> Markup {
    let body = html! {
        h1 { "Send what you typed" }
        p { "You are signed in again. Nothing has been sent yet, and nothing was lost." }
        form action=(kept.action) method="post" novalidate {
            (csrf_field(csrf))
            @for (name, value) in &kept.fields { input type="hidden" name=(name) value=(value); }
            (button(&Button { text: "Send it now", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/" { "Go to the start page without sending it" } }
    };
    framed(
        frame,
        &Page {
            title: "Send what you typed",
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

/// What a sign-in form carries of a form that waits.
fn kept_fields(kept: Option<&KeptForm>) -> Markup {
    html! {
        @if let Some(kept) = kept {
            input type="hidden" name="kept-action" value=(kept.action);
            @for (name, value) in &kept.fields {
                input type="hidden" name={ "kept." (name) } value=(value);
            }
        }
    }
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
