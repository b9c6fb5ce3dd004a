//! Emergencies: all of them (`/cases/emergencies`), asking (`/cases/emergencies/new`), one with its second word and its
//! look afterwards (`/cases/emergencies/{id}`), and the one person's records (`/cases/emergencies/{id}/records`).

use super::{StateWords, facts};
use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Input, Label, Legend,
        NotificationBanner, Scroll, Table, Textarea, WarningCallout, button, input,
        notification_banner, radios, table, textarea, warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// One emergency in the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EmergencyRow {
    /// Its page.
    pub href: String,
    /// What the emergency was.
    pub emergency: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Where it stands.
    pub state: StateWords,
}

/// What the list shows.
#[derive(Debug, Clone, Default)]
pub struct EmergenciesView {
    /// What was just done.
    pub notice: Option<String>,
    /// How often records were opened so: the public figure.
    pub openings: u64,
    /// How many look-backs are late.
    pub late: u64,
    /// Whether the reader may ask.
    pub may_ask: bool,
    /// Those that the reader may know of.
    pub rows: Vec<EmergencyRow>,
}

/// The list.
pub fn emergencies(frame: &Frame, view: &EmergenciesView) -> Markup {
    let body = html! {
        (column(&html! {
            @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
            h1 { "Emergencies" }
            p { "One person's records were opened in an emergency " strong { (format::counted(view.openings, "time", "times")) } " so far. Anybody can read this figure." }
            @if view.late > 0 {
                (warning_callout(&WarningCallout {
                    heading: "Not looked at in time",
                    level: Some(2),
                    text: &format!("{} not been looked at afterwards in time.", if view.late == 1 { "1 emergency has".to_owned() } else { format!("{} emergencies have", format::count(view.late)) }),
                }))
            }
            @if view.may_ask {
                (button(&Button { text: "Ask for one person's records", href: Some("/cases/emergencies/new"), variant: ButtonVariant::Warning, ..Button::default() }))
            }
            @if view.rows.is_empty() { p { "There is none that concerns you." } }
        }))
        @if !view.rows.is_empty() {
            (table(&Table {
                caption: "Newest first",
                id: Some("emergencies"),
                columns: ["Emergency", "Asked by", "When", "State"].map(Column::text).into(),
                rows: view.rows.iter().map(|row| vec![
                    Cell::html(html! { a class="nhsuk-link haven-break" href=(row.href) { (row.emergency) } }),
                    Cell::text(&row.by),
                    Cell::text(format::moment(row.at)),
                    Cell::html(row.state.tag()),
                ]).collect(),
                first_cell_is_header: true,
                responsive: true,
                scroll: Scroll::No,
                ..Table::default()
            }))
        }
    };
    page(
        frame,
        "Emergencies",
        false,
        &[("Case finding", "/cases")],
        body,
    )
}

/// Asking. It posts `csrf`, `nhs_number`, `date_of_birth` and `emergency` to `/cases/emergencies/new`.
#[derive(Debug, Clone, Default)]
pub struct EmergencyAskView {
    /// The token of the form.
    pub csrf: String,
    /// For how many minutes the records open, and within how many days it is looked at.
    pub minutes: u64,
    pub review_days: u64,
    /// What the emergency is.
    pub emergency: String,
    /// Why it cannot be asked.
    pub refused: Option<String>,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// Asking.
pub fn emergency_ask(frame: &Frame, view: &EmergencyAskView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Ask for one person's records in an emergency" }
        (warning_callout(&WarningCallout {
            heading: "Only in an emergency",
            level: Some(2),
            text: &format!("A second person has to agree. The records then open for you alone, for {}. It is counted in public, and a privacy officer looks at it within {}.", format::counted(view.minutes, "minute", "minutes"), format::counted(view.review_days, "day", "days")),
        }))
        @if let Some(refused) = &view.refused {
            p { strong { (refused) } }
        } @else {
            form method="post" action="/cases/emergencies/new" novalidate {
                (csrf_field(&view.csrf))
                (input(&Input {
                    name: "nhs_number",
                    label: Label { text: "NHS number", ..Label::default() },
                    hint: Some(html! { "It is turned into a token and not kept." }),
                    error: form::error_of(&view.errors, "nhs_number"),
                    autocomplete: Some("off"),
                    inputmode: Some("numeric"),
                    width: Some(10),
                    ..Input::default()
                }))
                (input(&Input {
                    name: "date_of_birth",
                    label: Label { text: "Date of birth", ..Label::default() },
                    hint: Some(html! { "Such as 1949-12-25. Number and day have to be of one person." }),
                    error: form::error_of(&view.errors, "date_of_birth"),
                    autocomplete: Some("off"),
                    width: Some(10),
                    ..Input::default()
                }))
                (textarea(&Textarea {
                    name: "emergency",
                    label: Label { text: "What is the emergency?", ..Label::default() },
                    hint: Some(html! { "No names or numbers of people." }),
                    error: form::error_of(&view.errors, "emergency"),
                    value: &view.emergency,
                    rows: Some(3),
                    ..Textarea::default()
                }))
                (button(&Button { text: "Ask a second person", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
    };
    let parents = [
        ("Case finding", "/cases"),
        ("Emergencies", "/cases/emergencies"),
    ];
    page(
        frame,
        "Ask in an emergency",
        !view.errors.is_empty(),
        &parents,
        column(&body),
    )
}

/// One emergency. The second word posts `csrf`, `saw`, `decision` and `reason` to `{href}/judge`; opening `csrf` to
/// `{href}/records`; ending `csrf` to `{href}/end`; the look afterwards `csrf`, `decision` (`justified` or
/// `not_justified`) and `reason` to `{href}/review`.
#[derive(Debug, Clone, Default)]
pub struct EmergencyView {
    /// The token of the forms.
    pub csrf: String,
    /// Its own address.
    pub href: String,
    /// What was just done.
    pub notice: Option<String>,
    /// Where it stands.
    pub state: StateWords,
    /// What is known of it; the same for whoever looks.
    pub facts: Vec<(String, String)>,
    /// The digest of what is shown.
    pub saw: String,
    /// What the reader may do.
    pub may_judge: bool,
    pub may_open: bool,
    pub may_review: bool,
    /// What was chosen and written.
    pub decision: String,
    pub reason: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// One emergency.
pub fn emergency(frame: &Frame, view: &EmergencyView) -> Markup {
    let judging = [("approve", "Yes, I agree"), ("refuse", "No, I refuse it")];
    let reviewing = [
        ("justified", "Yes, the emergency justified it"),
        ("not_justified", "No, it did not"),
    ];
    let body = html! {
        @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
        (form::summary(&view.errors))
        h1 { "One person's records in an emergency" }
        p { (view.state.tag()) }
        (facts(&view.facts))
        @if view.may_judge {
            (words(view, "judge", "Do you agree that these records are opened now?", &judging, "Send your decision"))
        }
        @if view.may_open {
            form method="post" action={ (view.href) "/records" } {
                (csrf_field(&view.csrf))
                (button(&Button { text: "Open the records", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
        @if view.may_review {
            (words(view, "review", "Did the emergency justify it?", &reviewing, "Keep what you found"))
        }
    };
    let parents = [
        ("Case finding", "/cases"),
        ("Emergencies", "/cases/emergencies"),
    ];
    page(
        frame,
        "One person's records in an emergency",
        !view.errors.is_empty(),
        &parents,
        column(&body),
    )
}

fn words(
    view: &EmergencyView,
    to: &str,
    asks: &str,
    choices: &[(&str, &str)],
    sends: &str,
) -> Markup {
    html! {
        form method="post" action={ (view.href) "/" (to) } novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="saw" value=(view.saw);
            (radios(&Choices {
                name: "decision",
                legend: Some(Legend { text: asks, ..Legend::default() }),
                error: form::error_of(&view.errors, "decision"),
                items: choices.iter().map(|(value, text)| Choice { value, text, checked: view.decision == *value, ..Choice::default() }).collect(),
                ..Choices::default()
            }))
            (textarea(&Textarea {
                name: "reason",
                label: Label { text: "Why?", ..Label::default() },
                hint: Some(html! { "No names or numbers of people." }),
                error: form::error_of(&view.errors, "reason"),
                value: &view.reason,
                rows: Some(3),
                ..Textarea::default()
            }))
            (button(&Button { text: sends, prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}

/// The details of one person as one source has them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonSide {
    /// Where they stand: the index, or who sent them.
    pub from: String,
    /// What each is, and its value.
    pub values: Vec<(String, String)>,
}

/// One person's records.
#[derive(Debug, Clone, Default)]
pub struct OnePersonView {
    /// The token of the form.
    pub csrf: String,
    /// The page of the emergency.
    pub href: String,
    /// Until when they can be read.
    pub ends_at: DateTime<Utc>,
    /// The forms in which the person stands in the index, and the records that are linked to them.
    pub sides: Vec<PersonSide>,
}

/// One person's records. The title says nothing of the person.
pub fn one_person(frame: &Frame, view: &OnePersonView) -> Markup {
    let body = html! {
        h1 { "The person's records" }
        p { "For your eyes, until " (format::moment(view.ends_at)) ". That you read them is written down." }
        @if view.sides.is_empty() { p { "There are none." } }
        @for side in &view.sides {
            h2 class="nhsuk-heading-s" { (side.from) }
            (facts(&side.values))
        }
        form method="post" action={ (view.href) "/end" } {
            (csrf_field(&view.csrf))
            (button(&Button { text: "I am done: close them", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
        }
    };
    let parents = [
        ("Emergencies", "/cases/emergencies"),
        ("This emergency", view.href.as_str()),
    ];
    page(
        frame,
        "The person's records",
        false,
        &parents,
        column(&body),
    )
}

fn page(frame: &Frame, title: &str, error: bool, parents: &[(&str, &str)], body: Markup) -> Markup {
    framed(
        frame,
        &Page {
            title,
            error,
            wide: false,
            parents,
            body,
        },
    )
}
