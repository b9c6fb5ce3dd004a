//! People and roles (`/people`): the list, adding somebody, and what waits for a second person (`/people/requests`).

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Input, Label, NotificationBanner, Select, SelectItem,
        Size, Table, TagColour, button, input, inset_text, notification_banner, select, table, tag,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
    paging::{self, Paging},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list of people shows. The search is sent as `q` by GET.
#[derive(Debug, Clone, Default)]
pub struct PeopleView {
    /// What was searched for.
    pub query: String,
    /// Those who were found.
    pub people: Vec<PersonRow>,
    /// How many were found on all pages.
    pub found: u64,
    /// Which page is shown.
    pub paging: Option<Paging>,
    /// How many requests wait for a second person.
    pub waiting: u64,
}

/// One person of the list.
#[derive(Debug, Clone, Default)]
pub struct PersonRow {
    /// Their page.
    pub href: String,
    /// The name to show.
    pub name: String,
    /// The name to sign in with.
    pub username: String,
    /// The roles, each with its organisation.
    pub roles: Vec<String>,
    /// How the account stands.
    pub state: PersonState,
    /// Whether there is a second factor.
    pub second_factor: bool,
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PersonState {
    /// It can be used.
    #[default]
    Open,
    /// It can be used, and the training of its person does not count any more or is not on record.
    Untrained,
    /// Its person has left.
    Left,
    /// It was disabled.
    Disabled,
}

impl PersonState {
    pub(crate) fn tag(self) -> Markup {
        match self {
            Self::Open => tag("Open", TagColour::Green),
            Self::Untrained => tag("No training", TagColour::Orange),
            Self::Left => tag("Has left", TagColour::Grey),
            Self::Disabled => tag("Disabled", TagColour::Red),
        }
    }
}

/// What the form for somebody new shows. It posts `username`, `name`, `organisation`, `role`, `reason` and `csrf` to
/// `/people`.
#[derive(Debug, Clone, Default)]
pub struct PersonNewView {
    /// The token of the form.
    pub csrf: String,
    /// What was typed: the name to sign in with.
    pub username: String,
    /// The name to show.
    pub name: String,
    /// The organisation's code.
    pub organisation: String,
    /// The role.
    pub role: String,
    /// Why.
    pub reason: String,
    /// The roles to choose from: the word that is sent, and what is read.
    pub roles: Vec<(String, String)>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// What waits for a second person.
#[derive(Debug, Clone, Default)]
pub struct RequestsView {
    /// The token of the forms.
    pub csrf: String,
    /// What has just been done.
    pub notice: Option<String>,
    /// What waits.
    pub requests: Vec<RequestRow>,
}

/// One request. It is decided by posting `decision` (`approve`, `refuse` or `withdraw`) to its address.
#[derive(Debug, Clone, Default)]
pub struct RequestRow {
    /// Where its decision is posted to.
    pub action: String,
    /// What is asked for.
    pub what: String,
    /// Whose account it is about.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Who asked.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What the reader may do with it.
    pub may: RequestMay,
}

/// What a reader may do with a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum RequestMay {
    /// Decide.
    Decide,
    /// Take it back: it is their own.
    Withdraw,
    /// Nothing, and why.
    Nothing(String),
    /// Nothing: it is decided; what became of it.
    #[default]
    Decided,
}

/// The list of people.
pub fn people(frame: &Frame, view: &PeopleView) -> Markup {
    let body = html! {
        h1 { "People and roles" }
        @if view.waiting > 0 {
            (inset_text(&html! { p {
                a class="nhsuk-link" href="/people/requests" { (format::counted(view.waiting, "request waits", "requests wait")) " for a second person" }
            } }))
        }
        div class="haven-buttons" {
            (button(&Button { text: "Add somebody", href: Some("/people/new"), ..Button::default() }))
            (button(&Button { text: "What waits for a second person", href: Some("/people/requests"), variant: ButtonVariant::Secondary, ..Button::default() }))
        }
        form action="/people" method="get" role="search" {
            (input(&Input {
                name: "q",
                label: Label { text: "Search by name, user name, role or organisation", ..Label::default() },
                value: (!view.query.is_empty()).then_some(view.query.as_str()),
                width: Some(20),
                ..Input::default()
            }))
            (button(&Button { text: "Search", variant: ButtonVariant::Secondary, ..Button::default() }))
        }
        @if view.people.is_empty() {
            p { "Nobody was found. " a class="nhsuk-link" href="/people" { "Show everybody" } }
        } @else {
            (list(view))
            @if let Some(paging) = &view.paging { (paging::row(paging)) }
        }
        p { a class="nhsuk-link" href="/people.csv" { "Download everybody with every role (CSV)" } }
    };
    framed(
        frame,
        &Page {
            title: "People and roles",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn list(view: &PeopleView) -> Markup {
    let caption = if view.query.is_empty() {
        format::counted(view.found, "person", "people")
    } else {
        format!("{} found", format::counted(view.found, "person", "people"))
    };
    table(&Table {
        caption: &caption,
        caption_size: Some(Size::M),
        columns: ["Name", "User name", "Roles", "Second factor", "State"]
            .map(Column::text)
            .into(),
        rows: view
            .people
            .iter()
            .map(|p| {
                vec![
                    Cell::html(
                        html! { a class="nhsuk-link haven-break" href=(p.href) { (p.name) } },
                    ),
                    Cell::html(html! { span class="haven-break" { (p.username) } }),
                    Cell::html(html! {
                        @if p.roles.is_empty() { "none" }
                        @for role in &p.roles { span class="haven-line" { (role) } }
                    }),
                    Cell::text(if p.second_factor { "Set up" } else { "None" }),
                    Cell::html(p.state.tag()),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

/// The form for somebody new.
pub fn person_new(frame: &Frame, view: &PersonNewView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Add somebody" }
        p { "You get a link to pass on. With it they choose a password, once, within three days." }
        form action="/people" method="post" novalidate {
            (csrf_field(&view.csrf))
            (text_field(&view.errors, "name", "Full name", None, &view.name))
            (text_field(&view.errors, "username", "User name", Some("Small letters, digits, and any of . _ - @. It cannot be changed."), &view.username))
            (position_fields(&view.errors, &view.roles, &view.role, &view.organisation, &view.reason))
            (button(&Button { text: "Add", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/people" { "Go back without adding anybody" } }
    };
    framed(
        frame,
        &Page {
            title: "Add somebody",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("People and roles", "/people")],
            body: column(&body),
        },
    )
}

/// A field of one line.
pub(crate) fn text_field(
    errors: &[FieldError],
    name: &str,
    text: &str,
    help: Option<&str>,
    value: &str,
) -> Markup {
    input(&Input {
        name,
        label: Label {
            text,
            ..Label::default()
        },
        hint: help.map(|help| html! { (help) }),
        error: error_of(errors, name),
        value: (!value.is_empty()).then_some(value),
        autocomplete: Some("off"),
        spellcheck: Some(false),
        ..Input::default()
    })
}

/// The fields for a role in an organisation, and why.
pub(crate) fn position_fields(
    errors: &[FieldError],
    roles: &[(String, String)],
    role: &str,
    organisation: &str,
    reason: &str,
) -> Markup {
    let choose = SelectItem {
        value: "",
        text: "Choose a role",
        ..SelectItem::default()
    };
    let items = std::iter::once(choose).chain(roles.iter().map(|(value, text)| SelectItem {
        value,
        text,
        ..SelectItem::default()
    }));
    html! {
        (select(&Select {
            name: "role",
            label: Label { text: "Role", ..Label::default() },
            error: error_of(errors, "role"),
            items: items.collect(),
            value: Some(role),
            ..Select::default()
        }))
        (text_field(errors, "organisation", "Organisation", Some("Its code, such as 621 or QH8."), organisation))
        (text_field(errors, "reason", "Why", Some("One line, which stays on record. Write nothing about people who receive care."), reason))
    }
}

/// What waits for a second person.
pub fn account_requests(frame: &Frame, view: &RequestsView) -> Markup {
    let body = html! {
        @if let Some(text) = &view.notice {
            (notification_banner(&NotificationBanner { success: true, text }))
        }
        h1 { "What waits for a second person" }
        p { "Roles that see people’s data, and second factors that are to be reset, take two people: one who asks and one who decides. Nobody decides about themselves." }
        @if view.requests.is_empty() {
            p { "Nothing waits. When somebody asks for a role or a reset, it shows here for 14 days." }
        }
        @for row in &view.requests { (request(&view.csrf, row)) }
    };
    framed(
        frame,
        &Page {
            title: "What waits for a second person",
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

fn request(csrf: &str, row: &RequestRow) -> Markup {
    let decision = |text: &'static str, value: &'static str, variant| {
        html! {
            form action=(row.action) method="post" novalidate {
                (csrf_field(csrf))
                input type="hidden" name="decision" value=(value);
                (button(&Button { text, variant, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
    };
    html! {
        div class="haven-found" {
            h2 class="nhsuk-heading-s" { (row.what) }
            p { "For " strong { (row.person) } ". Asked by " (row.asked_by) ", " (format::moment(row.asked_at)) "." br; "Why: " (row.reason) }
            @match &row.may {
                RequestMay::Decide => {
                    div class="haven-buttons" {
                        (decision("Approve", "approve", ButtonVariant::Primary))
                        (decision("Refuse", "refuse", ButtonVariant::Secondary))
                    }
                }
                RequestMay::Withdraw => { (decision("Take it back", "withdraw", ButtonVariant::Secondary)) }
                RequestMay::Nothing(why) => { p { (why) } }
                RequestMay::Decided => {}
            }
        }
    }
}
