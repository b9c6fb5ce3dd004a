//! Preferences (`/preferences`): the state of each list, what single people said as cases, and who was left out, in
//! counts. Nobody's number is on any of these pages but in the field of the form that takes one in.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Input, Label, Legend, Scroll, Select,
        SelectItem, Size, SummaryList, SummaryRow, Table, TagColour, Textarea, button, input,
        inset_text, radios, select, summary_list, table, tag, textarea,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Date;

/// What the first page shows.
#[derive(Debug, Clone, Default)]
pub struct PreferencesView {
    /// Lists that were sent to be cleaned, newest first.
    pub lists: Vec<PreferenceListRow>,
    /// Whether questions that leave out people with a National Data Opt-out are refused now, and why.
    pub refused: Option<String>,
    /// How many cases there are, by kind and state.
    pub cases: Vec<(String, String, u64)>,
    /// Who was left out, in counts that are protected.
    pub left_out: Vec<LeftOutRow>,
    /// The rules of those counts, in a sentence.
    pub rules: String,
    /// Whether the reader may take cases in and see them.
    pub works_on_cases: bool,
}

/// A list.
#[derive(Debug, Clone)]
pub struct PreferenceListRow {
    /// Its number.
    pub number: u64,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// How many numbers it asks about.
    pub count_in: u64,
    /// How many may be used.
    pub count_out: Option<u64>,
    /// Until when.
    pub expires_at: Option<DateTime<Utc>>,
    /// Where it stands.
    pub state: PreferenceListState,
}

/// Where a list stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreferenceListState {
    /// No answer was taken yet.
    Waiting,
    /// It may be used.
    Holds,
    /// It is out of date.
    OutOfDate,
    /// Another took its place.
    Replaced,
}

/// Who was left out of one table under one agreement.
#[derive(Debug, Clone)]
pub struct LeftOutRow {
    /// The agreement.
    pub agreement: String,
    /// The table.
    pub table: String,
    /// The kind of preference.
    pub kind: String,
    /// How many people, protected.
    pub people: String,
}

/// The first page.
pub fn preferences(frame: &Frame, view: &PreferencesView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Preferences" }
            p class="nhsuk-lede-text" { "What people said about the use of their records, and until when each list may be used." }
            @if let Some(why) = &view.refused {
                (inset_text(&html! { p { strong { "Questions are refused now. " } (why) } }))
            }
            h2 class="nhsuk-heading-m" { "National Data Opt-out" }
            p { "The check service is asked with a file of NHS numbers and answers with those that may be used. The files are made and taken in with " code { "haven preferences check" } "." }
        }))
        @if view.lists.is_empty() { (column(&html! { p { "No list was asked for yet. Agreements that apply this opt-out open nothing until one is." } })) }
        @else { (lists(view)) }
        (column(&html! {
            h2 class="nhsuk-heading-m" { "What single people said" }
            @if view.cases.is_empty() { p { "Nothing was taken in yet." } }
        }))
        @if !view.cases.is_empty() { (cases_in_counts(view)) }
        @if view.works_on_cases {
            p {
                a class="nhsuk-link" href="/preferences/new" { "Take in what a person said" }
            }
            p { a class="nhsuk-link" href="/preferences/cases" { "See the cases" } }
        }
        (column(&html! {
            h2 class="nhsuk-heading-m" { "Who was left out" }
            p { "People, by agreement, table and kind of preference. " (view.rules) " Nobody can be looked up." }
        }))
        @if view.left_out.is_empty() { (column(&html! { p { "Nobody was left out, or no table has come across yet." } })) }
        @else { (left_out(view)) }
    };
    framed(
        frame,
        &Page {
            title: "Preferences",
            error: false,
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn lists(view: &PreferencesView) -> Markup {
    let state = |state| match state {
        PreferenceListState::Waiting => tag("Waits for its answer", TagColour::Yellow),
        PreferenceListState::Holds => tag("Holds", TagColour::Green),
        PreferenceListState::OutOfDate => tag("Out of date", TagColour::Red),
        PreferenceListState::Replaced => tag("Replaced", TagColour::Grey),
    };
    let count =
        |count: Option<u64>| count.map_or_else(|| "not known yet".to_owned(), format::count);
    table(&Table {
        caption: "Lists of NHS numbers that were sent to be checked",
        caption_size: Some(Size::S),
        columns: vec![
            Column::text("List"),
            Column::text("Asked for"),
            Column::number("Numbers"),
            Column::number("May be used"),
            Column::text("Until"),
            Column::text("State"),
        ],
        rows: view
            .lists
            .iter()
            .map(|list| {
                vec![
                    Cell::text(list.number.to_string()),
                    Cell::text(format::moment(list.requested_at)),
                    Cell::text(format::count(list.count_in)),
                    Cell::text(count(list.count_out)),
                    Cell::text(list.expires_at.map(format::moment).unwrap_or_default()),
                    Cell::html(state(list.state)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn cases_in_counts(view: &PreferencesView) -> Markup {
    table(&Table {
        caption: "Cases by kind and state",
        caption_size: Some(Size::S),
        columns: vec![
            Column::text("Kind"),
            Column::text("State"),
            Column::number("Cases"),
        ],
        rows: view
            .cases
            .iter()
            .map(|(kind, state, cases)| {
                vec![
                    Cell::text(kind),
                    Cell::text(state),
                    Cell::text(format::count(*cases)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn left_out(view: &PreferencesView) -> Markup {
    table(&Table {
        caption: "People who were left out",
        caption_size: Some(Size::S),
        columns: vec![
            Column::text("Agreement"),
            Column::text("Table"),
            Column::text("Preference"),
            Column::number("People"),
        ],
        rows: view
            .left_out
            .iter()
            .map(|row| {
                vec![
                    Cell::text(&row.agreement),
                    Cell::text(&row.table),
                    Cell::text(&row.kind),
                    Cell::text(&row.people),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

/// What the form shows that takes in what a person said. It posts `csrf`, `kind`, `nhs_number`, `programme`, `channel`,
/// `reason`, `wording`, `day`, `month` and `year` to `/preferences/new`.
#[derive(Debug, Clone, Default)]
pub struct PreferenceNewView {
    /// The token of the form.
    pub csrf: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
    /// What may be chosen: value and words, and what was chosen.
    pub kinds: (Vec<(String, String)>, String),
    /// The programmes.
    pub programmes: (Vec<(String, String)>, String),
    /// How it was said.
    pub channels: (Vec<(String, String)>, String),
    /// Why.
    pub reasons: (Vec<(String, String)>, String),
    /// The day, the month and the year as typed.
    pub said_on: [String; 3],
}

/// The form.
pub fn preference_new(frame: &Frame, view: &PreferenceNewView) -> Markup {
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Take in what a person said" }
        p { "It counts from the day on which the person said it, as soon as it is kept. An objection counts until another person has decided it." }
        form action="/preferences/new" method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "kind",
                legend: Some(Legend { text: "What did the person say?", size: Some(Size::S), ..Legend::default() }),
                error: error_of(&view.errors, "kind"),
                items: choices(&view.kinds),
                ..Choices::default()
            }))
            (input(&Input {
                name: "nhs_number",
                label: Label { text: "NHS number", ..Label::default() },
                hint: Some(html! { "Ten digits. It is kept encrypted beside the records and shown nowhere." }),
                error: error_of(&view.errors, "nhs_number"),
                inputmode: Some("numeric"),
                autocomplete: Some("off"),
                width: Some(10),
                ..Input::default()
            }))
            (drop_down("programme", "Programme", &view.programmes, &view.errors))
            (drop_down("channel", "How the person said it", &view.channels, &view.errors))
            (drop_down("reason", "Why", &view.reasons, &view.errors))
            (said_on(view))
            (button(&Button { text: "Keep", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/preferences" { "Go back without keeping anything" } }
    };
    framed(
        frame,
        &Page {
            title: "Take in what a person said",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Preferences", "/preferences")],
            body: column(&body),
        },
    )
}

fn choices((all, chosen): &(Vec<(String, String)>, String)) -> Vec<Choice<'_>> {
    all.iter()
        .map(|(value, text)| Choice {
            value,
            text,
            checked: value == chosen,
            ..Choice::default()
        })
        .collect()
}

fn drop_down(
    name: &'static str,
    text: &'static str,
    (all, chosen): &(Vec<(String, String)>, String),
    errors: &[FieldError],
) -> Markup {
    select(&Select {
        name,
        label: Label {
            text,
            ..Label::default()
        },
        error: error_of(errors, name),
        items: all
            .iter()
            .map(|(value, text)| SelectItem {
                value,
                text,
                ..SelectItem::default()
            })
            .collect(),
        value: Some(chosen),
        ..Select::default()
    })
}

fn said_on(view: &PreferenceNewView) -> Markup {
    crate::council_change::day_parts(
        "When the person said it",
        "For example, 31 3 2026.",
        &view.said_on,
        error_of(&view.errors, "day"),
    )
}

/// The list of cases.
#[derive(Debug, Clone, Default)]
pub struct PreferenceCasesView {
    /// The cases, newest first.
    pub cases: Vec<PreferenceCaseRow>,
}

/// A case in the list.
#[derive(Debug, Clone)]
pub struct PreferenceCaseRow {
    /// Its number.
    pub number: u64,
    /// The kind.
    pub kind: String,
    /// The programme; empty where it is about all.
    pub programme: String,
    /// The day on which the person said it.
    pub said_on: Date,
    /// Where it stands.
    pub state: String,
    /// When a decision is looked at again.
    pub review_on: Option<Date>,
}

/// The list.
pub fn preference_cases(frame: &Frame, view: &PreferenceCasesView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Cases" }
            p { "What single people said. Cases have numbers and no names." }
            @if view.cases.is_empty() { p { "There are none yet." } }
        }))
        @if !view.cases.is_empty() {
            (table(&Table {
                caption: "Cases, newest first",
                caption_size: Some(Size::S),
                columns: ["Case", "Kind", "Programme", "Said on", "State", "Review"].map(Column::text).into(),
                rows: view
                    .cases
                    .iter()
                    .map(|case| {
                        let href = format!("/preferences/cases/{}", case.number);
                        vec![
                            Cell::html(html! { a class="nhsuk-link" href=(href) { "Case " (case.number) } }),
                            Cell::text(&case.kind),
                            Cell::text(if case.programme.is_empty() { "All" } else { &case.programme }),
                            Cell::text(format::date(case.said_on)),
                            Cell::text(&case.state),
                            Cell::text(case.review_on.map(format::date).unwrap_or_default()),
                        ]
                    })
                    .collect(),
                first_cell_is_header: true,
                compact: true,
                scroll: Scroll::Focusable,
                ..Table::default()
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: "Cases",
            error: false,
            wide: false,
            parents: &[("Preferences", "/preferences")],
            body,
        },
    )
}

/// One case. The forms post `csrf` to its own address: to decide `decision`, `why` and, where it is upheld, `day`,
/// `month` and `year` of the review; to take it back `withdraw`.
#[derive(Debug, Clone, Default)]
pub struct PreferenceCaseView {
    /// The token of the forms.
    pub csrf: String,
    /// Its number.
    pub number: u64,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
    /// What is known of it.
    pub facts: Vec<(String, String)>,
    /// Whether the reader may decide it.
    pub may_decide: bool,
    /// Why the reader may not decide it, where it waits for a decision.
    pub may_not: Option<String>,
    /// Whether it can be taken back, and whether it is a consent.
    pub withdraw: Option<bool>,
    /// What was typed: the decision, why, and the day of the review.
    pub typed: (String, String, [String; 3]),
}

/// The page of a case.
pub fn preference_case(frame: &Frame, view: &PreferenceCaseView) -> Markup {
    let action = format!("/preferences/cases/{}", view.number);
    let title = format!("Case {}", view.number);
    let body = html! {
        (form::summary(&view.errors))
        h1 { (title) }
        (summary_list(&SummaryList {
            rows: view.facts.iter().map(|(name, value)| SummaryRow::new(name, value)).collect(),
            ..SummaryList::default()
        }))
        @if let Some(why) = &view.may_not { (inset_text(&html! { p { (why) } })) }
        @if view.may_decide { (decide(view, &action)) }
        @if let Some(consent) = view.withdraw {
            h2 class="nhsuk-heading-m" { @if consent { "The person takes consent back" } @else { "The person takes it back" } }
            form action=(action) method="post" novalidate {
                (csrf_field(&view.csrf))
                @if consent {
                    (radios(&Choices {
                        name: "withdraw",
                        legend: Some(Legend { text: "What does the person ask for?", size: Some(Size::S), ..Legend::default() }),
                        error: error_of(&view.errors, "withdraw"),
                        items: vec![
                            Choice { value: "stop_future", text: "Stop using their records from now on", ..Choice::default() },
                            Choice { value: "erase", text: "Stop, and erase what can be erased", ..Choice::default() },
                        ],
                        ..Choices::default()
                    }))
                } @else {
                    input type="hidden" name="withdraw" value="stop";
                }
                (button(&Button { text: "Taken back today", variant: ButtonVariant::Secondary, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[
                ("Preferences", "/preferences"),
                ("Cases", "/preferences/cases"),
            ],
            body: column(&body),
        },
    )
}

fn decide(view: &PreferenceCaseView, action: &str) -> Markup {
    let (decision, why, review) = &view.typed;
    let choice = |value: &'static str, text: &'static str| Choice {
        value,
        text,
        checked: decision == value,
        ..Choice::default()
    };
    html! {
        h2 class="nhsuk-heading-m" { "Decide" }
        form action=(action) method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "decision",
                legend: Some(Legend { text: "Is the objection upheld?", size: Some(Size::S), ..Legend::default() }),
                error: error_of(&view.errors, "decision"),
                items: vec![
                    choice("upheld", "Yes: the person stays out"),
                    choice("not_upheld", "No: there are grounds that override it"),
                ],
                ..Choices::default()
            }))
            (textarea(&Textarea {
                name: "why",
                label: Label { text: "Why", ..Label::default() },
                hint: Some(html! { "Others will read it. Write nothing from which the person could be known." }),
                error: error_of(&view.errors, "why"),
                value: why,
                ..Textarea::default()
            }))
            (crate::council_change::day_parts(
                "When the decision is looked at again",
                "For example, 31 3 2027.",
                review,
                error_of(&view.errors, "day"),
            ))
            (button(&Button { text: "Decide", prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}

/// The public page on opting out, in plain words.
#[derive(Debug, Clone, Default)]
pub struct OptingOutView {
    /// Each part: its heading and its paragraphs.
    pub parts: Vec<(String, Vec<String>)>,
    /// Programmes that a person can say no to: title and what it is.
    pub programmes: Vec<(String, String)>,
}

/// The public page.
pub fn opting_out(frame: &Frame, view: &OptingOutView) -> Markup {
    let body = html! {
        h1 { "Saying no to the use of your records" }
        @for (heading, paragraphs) in &view.parts {
            h2 class="nhsuk-heading-m" { (heading) }
            @for paragraph in paragraphs { p { (format::with_links(paragraph)) } }
        }
        @if !view.programmes.is_empty() {
            h2 class="nhsuk-heading-m" { "What you can say no to here" }
            dl {
                @for (title, lay) in &view.programmes {
                    dt { strong { (title) } }
                    dd { (lay) }
                }
            }
        }
        p { a class="nhsuk-link" href=(frame.help_href) { "Ask us, or tell us no" } }
        p { a class="nhsuk-link" href="/register" { "See every use of the records we hold" } }
    };
    framed(
        frame,
        &Page {
            title: "Saying no to the use of your records",
            error: false,
            wide: false,
            parents: &[("Register of data uses", "/register")],
            body: column(&body),
        },
    )
}
