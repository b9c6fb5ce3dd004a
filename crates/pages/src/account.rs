//! My account (`/account`): who I am here, my second factor, my sessions. And the page that sets a second factor up.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Input, Label, NotificationBanner, Size, SummaryList,
        SummaryRow, Table, WarningCallout, button, input, inset_text, notification_banner,
        summary_list, table, warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
    qr::qr,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the page about one's own account shows.
#[derive(Debug, Clone, Default)]
pub struct AccountView {
    /// The token of the forms.
    pub csrf: String,
    /// What has just been done.
    pub notice: Option<String>,
    /// The name to show.
    pub name: String,
    /// The name to sign in with.
    pub username: String,
    /// The roles, each with its organisation.
    pub roles: Vec<(String, String)>,
    /// What the person came through, where it is not this place itself.
    pub provider: Option<String>,
    /// How sure it is who they are, in words.
    pub assurance: String,
    /// The second factor.
    pub second_factor: SecondFactorState,
    /// Who employs them.
    pub employer: Option<String>,
    /// The last day of their employment.
    pub employed_until: Option<Date>,
    /// The last day of their training.
    pub trained_until: Option<Date>,
    /// Why some pages are closed to them now, and what to do.
    pub closed: Vec<String>,
    /// Their open sessions.
    pub sessions: Vec<SessionRow>,
}

/// How somebody stands with their second factor.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SecondFactorState {
    /// It counts.
    Set {
        /// Since when.
        since: DateTime<Utc>,
        /// How many recovery codes are left.
        codes_left: u64,
    },
    /// There is none, and the role asks for one.
    Needed,
    /// There is none, and the role asks for none.
    #[default]
    NotNeeded,
    /// The provider sees to it.
    Elsewhere,
}

/// One open session. Each is ended by posting its `id` to `/account/sessions`; an empty `id` ends all others.
#[derive(Debug, Clone, Default)]
pub struct SessionRow {
    /// What names it.
    pub id: String,
    /// The role and the organisation.
    pub position: String,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it was last used.
    pub seen_at: DateTime<Utc>,
    /// Whether it is this one.
    pub this: bool,
}

/// What the page that sets a second factor up shows. It posts `code` and `csrf` to `/account/second-factor`, and `csrf`
/// to `/account/second-factor/start` where nothing is under way.
#[derive(Debug, Clone, Default)]
pub struct SecondFactorView {
    /// The token of the forms.
    pub csrf: String,
    /// The role that asks for it.
    pub needed_for: Option<String>,
    /// The address that an authenticator opens and the secret in letters, once it is under way.
    pub secret: Option<(String, String)>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// My account.
pub fn account(frame: &Frame, view: &AccountView) -> Markup {
    let body = html! {
        @if let Some(text) = &view.notice {
            (notification_banner(&NotificationBanner { success: true, text }))
        }
        h1 { "Your account" }
        @for text in &view.closed {
            (warning_callout(&WarningCallout { heading: "Some pages are closed to you", level: Some(2), text }))
        }
        (summary_list(&SummaryList { rows: facts(view), ..SummaryList::default() }))
        (second_factor_part(view))
        (sessions_part(view))
    };
    framed(
        frame,
        &Page {
            title: "Your account",
            error: false,
            wide: false,
            parents: &[],
            body: column(&body),
        },
    )
}

fn facts(view: &AccountView) -> Vec<SummaryRow<'_>> {
    let mut rows = vec![
        SummaryRow::new("Name", &view.name),
        SummaryRow::new(
            "User name",
            html! { span class="haven-break" { (view.username) } },
        ),
        SummaryRow::new(
            "Roles",
            html! { @for (role, organisation) in &view.roles { (role) ", " (organisation) br; } },
        ),
    ];
    if let Some(provider) = &view.provider {
        rows.push(SummaryRow::new("You sign in with", provider));
    }
    rows.push(SummaryRow::new("How you signed in", &view.assurance));
    if let Some(employer) = &view.employer {
        rows.push(SummaryRow::new("Employer", employer));
    }
    if let Some(day) = view.employed_until {
        rows.push(SummaryRow::new("Employed until", format::date(day)));
    }
    rows.push(SummaryRow::new(
        "Training counts until",
        view.trained_until
            .map_or_else(|| "not on record".to_owned(), format::date),
    ));
    rows
}

fn second_factor_part(view: &AccountView) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Second factor" }
        @match &view.second_factor {
            SecondFactorState::Set { since, codes_left } => {
                p { "Your authenticator has been set up since " (format::moment(*since)) ". "
                    (format::counted(*codes_left, "recovery code is", "recovery codes are")) " left." }
                p { "If you have lost it, or want another one, ask an administrator: two people reset it together." }
            }
            SecondFactorState::Needed => {
                p { "Your role asks for a second factor. You have none yet." }
                (button(&Button { text: "Set up a second factor", href: Some("/account/second-factor"), ..Button::default() }))
            }
            SecondFactorState::NotNeeded => {
                p { "You have none. You are not asked for one, and you may set one up." }
                (button(&Button { text: "Set up a second factor", href: Some("/account/second-factor"), variant: ButtonVariant::Secondary, ..Button::default() }))
            }
            SecondFactorState::Elsewhere => { p { "Whoever you sign in with sees to it." } }
        }
    }
}

fn sessions_part(view: &AccountView) -> Markup {
    let end = |row: &SessionRow| {
        if row.this {
            return Cell::text("This one");
        }
        Cell::html(html! {
            form action="/account/sessions" method="post" novalidate {
                (csrf_field(&view.csrf))
                input type="hidden" name="id" value=(row.id);
                button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small nhsuk-u-margin-bottom-0" type="submit" {
                    "End" span class="nhsuk-u-visually-hidden" { " the session that began " (format::moment(row.began_at)) }
                }
            }
        })
    };
    html! {
        (table(&Table {
            caption: "Where you are signed in",
            caption_size: Some(Size::M),
            columns: ["Role", "Since", "Last used", "End it"].map(Column::text).into(),
            rows: view.sessions.iter().map(|row| vec![
                Cell::text(&row.position),
                Cell::text(format::moment(row.began_at)),
                Cell::text(format::moment(row.seen_at)),
                end(row),
            ]).collect(),
            first_cell_is_header: true,
            responsive: true,
            ..Table::default()
        }))
        @if view.sessions.len() > 1 {
            form action="/account/sessions" method="post" novalidate {
                (csrf_field(&view.csrf))
                input type="hidden" name="id" value="";
                (button(&Button { text: "Sign out everywhere else", variant: ButtonVariant::Secondary, ..Button::default() }))
            }
        }
    }
}

/// The page that sets a second factor up.
pub fn second_factor(frame: &Frame, view: &SecondFactorView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Set up a second factor" }
        @if let Some(role) = &view.needed_for {
            (inset_text(&html! { p { "The role “" (role) "” asks for a second factor. Its pages open once you have one." } }))
        }
        @match &view.secret {
            None => {
                p { "A second factor is a code of six digits that an authenticator makes anew every 30 seconds. The authenticator is an app on your telephone, or a part of the program that keeps your passwords." }
                form action="/account/second-factor/start" method="post" novalidate {
                    (csrf_field(&view.csrf))
                    (button(&Button { text: "Begin", prevent_double_click: Some(true), ..Button::default() }))
                }
            }
            Some((address, secret)) => {
                h2 class="nhsuk-heading-m" { "1. Tell your authenticator" }
                p { "If it is on this device, " a class="nhsuk-link" href=(address) { "open it with this link" } "." }
                p { "If it is on a telephone, let it read this picture:" }
                (qr(address, "A code for your authenticator. The same is in the link above and in the letters below."))
                p { "If it can do neither, copy these letters into it:" }
                p class="haven-code" id="secret" { (in_groups(secret)) }
                form action="/account/second-factor" method="post" novalidate {
                    (csrf_field(&view.csrf))
                    h2 class="nhsuk-heading-m" { "2. Show that it works" }
                    (code_field("The code that it shows now", form::error_of(&view.errors, "code")))
                    (button(&Button { text: "Use this authenticator", prevent_double_click: Some(true), ..Button::default() }))
                }
            }
        }
        p { a class="nhsuk-link" href="/account" { "Go back to your account" } }
    };
    framed(
        frame,
        &Page {
            title: "Set up a second factor",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Your account", "/account")],
            body: column(&body),
        },
    )
}

/// The recovery codes, shown once.
pub fn recovery_codes(frame: &Frame, codes: &[String]) -> Markup {
    let body = html! {
        (notification_banner(&NotificationBanner { success: true, text: "Your second factor is set up. Your other sessions have ended." }))
        h1 { "Keep your recovery codes" }
        p { "Each of these codes takes the place of your authenticator once. Keep them where you keep your passwords, or print this page. " strong { "They are shown now and never again." } }
        pre class="haven-code" id="codes" tabindex="0" { @for code in codes { (code) "\n" } }
        button class="nhsuk-button nhsuk-button--secondary" type="button" data-haven-print="" hidden { "Print this page" }
        p { a class="nhsuk-link" href="/" { "I have kept them: go on" } }
    };
    framed(
        frame,
        &Page {
            title: "Keep your recovery codes",
            error: false,
            wide: false,
            parents: &[("Your account", "/account")],
            body: column(&body),
        },
    )
}

/// The field for a code: pasted, filled in by the browser, or typed.
pub(crate) fn code_field(text: &str, error: Option<&str>) -> Markup {
    input(&Input {
        name: "code",
        label: Label {
            text,
            ..Label::default()
        },
        error,
        autocomplete: Some("one-time-code"),
        spellcheck: Some(false),
        width: Some(20),
        ..Input::default()
    })
}

fn in_groups(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|c| c.iter().collect()).collect();
    groups.join(" ")
}
