//! Help, the accessibility statement, cookies and privacy.

use crate::{
    components::{Cell, Column, Size, Table, table},
    format,
    frame::{Frame, Page, bullets, column, framed},
};
use maud::{Markup, html};
use model::Date;

/// How to reach the people who run the service.
#[derive(Debug, Clone, Default)]
pub struct Contact {
    /// An e-mail address.
    pub email: String,
    /// A telephone number, where there is one.
    pub telephone: Option<String>,
    /// When somebody answers.
    pub hours: Option<String>,
}

/// What the accessibility statement shows.
#[derive(Debug, Clone)]
pub struct AccessibilityView {
    /// Whom to tell.
    pub contact: Contact,
    /// When the pages were last tested.
    pub tested: Date,
    /// What does not work for everybody yet.
    pub known_problems: Vec<String>,
}

/// What the cookies page shows.
#[derive(Debug, Clone, Default)]
pub struct CookiesView {
    /// Each cookie: its name, what it is for, how long it stays.
    pub cookies: Vec<(String, String, String)>,
}

/// What the privacy page shows.
#[derive(Debug, Clone, Default)]
pub struct PrivacyView {
    /// Whom to ask.
    pub contact: Contact,
    /// How long an account and what it did are kept.
    pub kept_for: String,
}

/// The help page.
pub fn help(frame: &Frame, contact: &Contact) -> Markup {
    let body = html! {
        h1 { "Help" }
        p { "Tell us what you were trying to do and what you saw. Quote the reference, if the page shows one." }
        p { strong { "Do not send us names, NHS numbers or files of records." } " We do not need them to help you." }
        (reach(contact))
    };
    statement(frame, "Help", &body)
}

/// The accessibility statement.
pub fn accessibility(frame: &Frame, view: &AccessibilityView) -> Markup {
    let body = html! {
        h1 { "Accessibility statement" }
        p { "We want everyone to be able to use " (frame.service) ". You should be able to:" }
        (bullets(&[
            "zoom in up to 400% without losing anything".to_owned(),
            "use every page with a keyboard alone".to_owned(),
            "use every page with a screen reader".to_owned(),
            "use every page without scripts".to_owned(),
        ]))
        h2 class="nhsuk-heading-m" { "How accessible it is" }
        p { "We work to level AA of the Web Content Accessibility Guidelines, version 2.2. The pages were last tested on " (format::date(view.tested)) "." }
        h2 class="nhsuk-heading-m" { "What does not work for everyone yet" }
        @if view.known_problems.is_empty() { p { "We know of nothing. If you do, tell us." } }
        @else { (bullets(&view.known_problems)) }
        h2 class="nhsuk-heading-m" { "Tell us about a problem" }
        (reach(&view.contact))
        p { "If you are not happy with our answer, the Equality Advisory and Support Service can help you." }
    };
    statement(frame, "Accessibility statement", &body)
}

/// The cookies page.
pub fn cookies(frame: &Frame, view: &CookiesView) -> Markup {
    let body = html! {
        h1 { "Cookies" }
        p { "A cookie is a small piece of text that a site asks your browser to keep." }
        @if view.cookies.is_empty() {
            p { "This service sets no cookies." }
        } @else {
            p { "We set only the cookies that signing in needs. We do not follow what you do, here or elsewhere, so there is nothing to accept or refuse. The public pages set none." }
            (table(&Table {
                caption: "Cookies we set when you sign in",
                caption_size: Some(Size::M),
                columns: ["Name", "What it is for", "How long it stays"].map(Column::text).into(),
                rows: view.cookies.iter().map(|(name, why, lasts)| vec![Cell::text(name), Cell::text(why), Cell::text(lasts)]).collect(),
                first_cell_is_header: true,
                responsive: true,
                ..Table::default()
            }))
        }
    };
    statement(frame, "Cookies", &body)
}

/// The privacy page.
pub fn privacy(frame: &Frame, view: &PrivacyView) -> Markup {
    let body = html! {
        h1 { "Privacy" }
        p { "This page is about people who use this site. The " a class="nhsuk-link" href="/register" { "register of data uses" } " says what is done with health and care records." }
        h2 class="nhsuk-heading-m" { "What we keep about you" }
        (bullets(&[
            "your name, your role and your organisation".to_owned(),
            "when you signed in, and what you asked for or sent".to_owned(),
        ]))
        h2 class="nhsuk-heading-m" { "Why" }
        p { "So that anyone whose records are used can find out who used them, under which agreement, and why." }
        @if !view.kept_for.is_empty() { h2 class="nhsuk-heading-m" { "How long" } p { (view.kept_for) } }
        h2 class="nhsuk-heading-m" { "Ask us" }
        (reach(&view.contact))
    };
    statement(frame, "Privacy", &body)
}

fn statement(frame: &Frame, title: &str, body: &Markup) -> Markup {
    framed(
        frame,
        &Page {
            title,
            error: false,
            wide: false,
            parents: &[],
            body: column(body),
        },
    )
}

fn reach(contact: &Contact) -> Markup {
    html! {
        p {
            "E-mail: "
            a class="nhsuk-link" href={ "mailto:" (contact.email) } { (contact.email) }
            @if let Some(telephone) = &contact.telephone { br; "Telephone: " (telephone) }
            @if let Some(hours) = &contact.hours { br; (hours) }
        }
    }
}
