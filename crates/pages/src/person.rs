//! One person (`/people/{id}`): their roles, facts and second factor, and what an administrator may change.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, NotificationBanner, Size, SummaryList, SummaryRow,
        Table, button, inset_text, notification_banner, summary_list, table,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
    people::{PersonState, position_fields, text_field},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the page of one person shows. Its forms post to `{href}/roles`, `/take`, `/facts`, `/disable`, `/enable`,
/// `/invite`, `/reset` and `/end-sessions`.
#[derive(Debug, Clone, Default)]
pub struct PersonView {
    /// The token of the forms.
    pub csrf: String,
    /// The address of the page.
    pub href: String,
    /// What has just been done.
    pub notice: Option<String>,
    /// A link to pass on, shown once.
    pub invitation: Option<String>,
    /// The name to show.
    pub name: String,
    /// The name to sign in with.
    pub username: String,
    /// How the account stands.
    pub state: PersonState,
    /// What they come through, where it is not this place itself.
    pub provider: Option<String>,
    /// Whether it is an invented person.
    pub invented: bool,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// Since when there is a second factor.
    pub second_factor: Option<DateTime<Utc>>,
    /// The roles: the value that is sent to take it, the role, the organisation.
    pub roles: Vec<(String, String, String)>,
    /// Who employs them.
    pub employer: String,
    /// The last day of their employment.
    pub employed_until: Option<Date>,
    /// The last day of their training.
    pub trained_until: Option<Date>,
    /// What was asked for them: what, by whom, when, and what became of it.
    pub requests: Vec<(String, String, DateTime<Utc>, String)>,
    /// Whether the reader may change anything: not where it is their own account.
    pub own: bool,
    /// The roles to choose from.
    pub choices: Vec<(String, String)>,
    /// The roles, in words, that a second person has to approve.
    pub approved_roles: Vec<String>,
    /// What was typed for a role: role, organisation, reason.
    pub typed: [String; 3],
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// The page of one person.
pub fn person(frame: &Frame, view: &PersonView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        @if let Some(text) = &view.notice {
            (notification_banner(&NotificationBanner { success: true, text }))
        }
        h1 { span class="nhsuk-caption-l haven-break" { (view.username) } " " (view.name) }
        @if let Some(link) = &view.invitation {
            (inset_text(&html! {
                p { "Pass this link on. It is shown once, and holds for three days:" }
                p class="haven-code" id="invitation" { (link) }
            }))
        }
        @if view.own {
            (inset_text(&html! { p { "This is your own account. Nobody changes their own roles: ask another administrator. " a class="nhsuk-link" href="/account" { "Go to your account" } } }))
        }
        (summary_list(&SummaryList { rows: facts(view), ..SummaryList::default() }))
        (roles(view))
        @if !view.requests.is_empty() { (requests(view)) }
        @if !view.own { (changes(view)) }
    };
    framed(
        frame,
        &Page {
            title: "Person",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("People and roles", "/people")],
            body: column(&body),
        },
    )
}

fn facts(view: &PersonView) -> Vec<SummaryRow<'_>> {
    let day = |day: Option<Date>| day.map_or_else(|| "not on record".to_owned(), format::date);
    let mut rows = vec![
        SummaryRow::new("State", view.state.tag()),
        SummaryRow::new("Account since", format::moment(view.created_at)),
    ];
    if let Some(provider) = &view.provider {
        rows.push(SummaryRow::new("Signs in with", provider));
    }
    let second = match (&view.second_factor, view.invented) {
        (Some(since), _) => format!("set up since {}", format::moment(*since)),
        (None, true) => "none: an invented person is not asked for one".to_owned(),
        (None, false) => "none".to_owned(),
    };
    rows.push(SummaryRow::new("Second factor", second));
    if !view.employer.is_empty() {
        rows.push(SummaryRow::new("Employer", &view.employer));
    }
    rows.push(SummaryRow::new("Employed until", day(view.employed_until)));
    rows.push(SummaryRow::new(
        "Training counts until",
        day(view.trained_until),
    ));
    rows
}

fn roles(view: &PersonView) -> Markup {
    if view.roles.is_empty() {
        return html! { h2 class="nhsuk-heading-m" { "Roles" } p { "None: this person cannot sign in." } };
    }
    let take = |(value, role, organisation): &(String, String, String)| {
        if view.own {
            return Cell::text("");
        }
        Cell::html(html! {
            form action={ (view.href) "/take" } method="post" novalidate {
                (csrf_field(&view.csrf))
                input type="hidden" name="role" value=(value);
                button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small nhsuk-u-margin-bottom-0" type="submit" {
                    "Take away" span class="nhsuk-u-visually-hidden" { " " (role) " of " (organisation) }
                }
            }
        })
    };
    table(&Table {
        caption: "Roles",
        caption_size: Some(Size::M),
        columns: ["Role", "Organisation", "Change"].map(Column::text).into(),
        rows: view
            .roles
            .iter()
            .map(|row| vec![Cell::text(&row.1), Cell::text(&row.2), take(row)])
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn requests(view: &PersonView) -> Markup {
    table(&Table {
        caption: "What was asked for this person",
        caption_size: Some(Size::M),
        columns: ["What", "Asked by", "When", "Became"]
            .map(Column::text)
            .into(),
        rows: view
            .requests
            .iter()
            .map(|(what, by, when, became)| {
                vec![
                    Cell::text(what),
                    Cell::text(by),
                    Cell::text(format::moment(*when)),
                    Cell::text(became),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn changes(view: &PersonView) -> Markup {
    let [role, organisation, reason] = &view.typed;
    let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
    html! {
        h2 class="nhsuk-heading-m" { "Give a role" }
        p { "A second person approves these before they count: " (format::listed(&view.approved_roles)) "." }
        form action={ (view.href) "/roles" } method="post" novalidate {
            (csrf_field(&view.csrf))
            (position_fields(&view.errors, &view.choices, role, organisation, reason))
            (button(&Button { text: "Give this role", variant: ButtonVariant::Secondary, prevent_double_click: Some(true), ..Button::default() }))
        }
        h2 class="nhsuk-heading-m" { "Employment and training" }
        form action={ (view.href) "/facts" } method="post" novalidate {
            (csrf_field(&view.csrf))
            (text_field(&view.errors, "employer", "Employer", None, &view.employer))
            (text_field(&view.errors, "employed_until", "Last day of employment or honorary contract", Some("Such as 2027-03-31; empty where none is known."), &day(view.employed_until)))
            (text_field(&view.errors, "trained_until", "Last day on which the training counts", Some("Such as 2027-03-31. Without it, pages that need training stay closed."), &day(view.trained_until)))
            (button(&Button { text: "Put on record", variant: ButtonVariant::Secondary, ..Button::default() }))
        }
        h2 class="nhsuk-heading-m" { "The account" }
        @if view.second_factor.is_some() {
            form action={ (view.href) "/reset" } method="post" novalidate {
                (csrf_field(&view.csrf))
                (text_field(&view.errors, "why", "Why the second factor is to be reset", Some("A second person decides."), ""))
                (button(&Button { text: "Ask for a reset", variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }
        div class="haven-buttons" {
            (act(view, "end-sessions", "End all sessions", ButtonVariant::Secondary))
            @if view.state == PersonState::Disabled {
                (act(view, "enable", "Let the account be used again", ButtonVariant::Secondary))
            } @else {
                @if view.provider.is_none() { (act(view, "invite", "Make a link for a new password", ButtonVariant::Secondary)) }
                (act(view, "disable", "Disable the account", ButtonVariant::Warning))
            }
        }
    }
}

fn act(view: &PersonView, what: &str, text: &'static str, variant: ButtonVariant) -> Markup {
    html! {
        form action={ (view.href) "/" (what) } method="post" novalidate {
            (csrf_field(&view.csrf))
            (button(&Button { text, variant, prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}
