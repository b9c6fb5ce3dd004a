//! The keys (`/keys`): which there are, how old they are, and the changes that two people decide. For those who keep
//! keys and those who own the information. No key is ever shown: a view cannot hold one.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Label, Legend, Scroll, Size,
        SummaryList, SummaryRow, Table, TagColour, Textarea, button, inset_text, radios,
        summary_list, table, tag, textarea,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeysView {
    /// The keys.
    pub keys: Vec<KeyRow>,
    /// Changes, newest first.
    pub changes: Vec<KeyChangeRow>,
    /// Whether the reader may ask for changes.
    pub may_ask: bool,
    /// What is wrong with the files of keys, each in a sentence.
    pub concerns: Vec<String>,
}

/// One key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRow {
    /// What it is for, in words.
    pub what_for: String,
    /// The domain.
    pub domain: String,
    /// Its id.
    pub id: String,
    /// How it is used.
    pub algorithm: String,
    /// `in use`, `earlier` or `destroyed`.
    pub state: String,
    /// On which day it was made, and how many days ago.
    pub made: Option<(String, i64)>,
    /// Where it is held.
    pub held: String,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChangeRow {
    /// Its number.
    pub number: u64,
    /// What is to be done, in words.
    pub what: String,
    /// Who asked, when and why.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Why.
    pub why: String,
    /// `waiting`, `approved`, `refused` or `done`.
    pub state: String,
    /// Who decided, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
}

/// What the form for a change shows. It posts `csrf`, `domain`, `change` and `why` to `/keys/change`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyAskView {
    /// The token of the form.
    pub csrf: String,
    /// The domain.
    pub domain: String,
    /// What it is for.
    pub what_for: String,
    /// The key in use.
    pub id: String,
    /// `rotate` or `destroy`, once chosen.
    pub change: String,
    /// The reason as typed.
    pub why: String,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// What the page of a change shows. The form posts `csrf` and `decision` to the page itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDecideView {
    /// The token of the form.
    pub csrf: String,
    /// The change.
    pub change: KeyChangeRow,
    /// What it is for.
    pub what_for: String,
    /// What follows from it, each in a sentence.
    pub follows: Vec<String>,
    /// Whether this reader may decide: it waits, and is not their own.
    pub may_decide: bool,
    /// Why not, where they may not.
    pub why_not: Option<String>,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// The list.
pub fn keys(frame: &Frame, view: &KeysView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Keys" }
            p class="nhsuk-lede-text" { "Which keys pseudonyms are made with, how old they are, and who changes them. A key itself is never shown, to anyone." }
            @if !view.concerns.is_empty() {
                (inset_text(&html! {
                    p { "This should be put right:" }
                    ul { @for concern in &view.concerns { li class="haven-break" { (concern) } } }
                }))
            }
        }))
        (waiting(view))
        @if view.keys.is_empty() { (column(&html! { p { "No key has been made yet. The first is made with the first pseudonym." } })) }
        @else { (listed(view)) }
        (history(view))
    };
    framed(
        frame,
        &Page {
            title: "Keys",
            error: false,
            wide: true,
            parents: &[],
            body,
        },
    )
}

fn waiting(view: &KeysView) -> Markup {
    let open: Vec<&KeyChangeRow> = view
        .changes
        .iter()
        .filter(|c| c.decided.is_none())
        .collect();
    column(&html! {
        @if !open.is_empty() {
            h2 { "Waiting for a decision" }
            ul class="nhsuk-list" {
                @for change in open {
                    li {
                        a class="nhsuk-link" href={ "/keys/changes/" (change.number) } { (change.what) }
                        br;
                        "Asked for by " (change.asked_by) ", " (format::moment(change.asked_at))
                    }
                }
            }
        }
    })
}

fn listed(view: &KeysView) -> Markup {
    let mut columns: Vec<Column> = ["For", "Key", "State", "Made", "Used as", "Held in"]
        .map(Column::text)
        .into();
    if view.may_ask {
        columns.push(Column::text("Change"));
    }
    let rows = view
        .keys
        .iter()
        .map(|key| {
            let made = match &key.made {
                Some((day, 0)) => html! { (day) br; "today" },
                Some((day, days)) => html! { (day) br; (format::counted(u64::try_from(*days).unwrap_or_default(), "day ago", "days ago")) },
                None => html! { "not known" },
            };
            let mut cells = vec![
                Cell::html(html! { (key.what_for) br; span class="nhsuk-u-secondary-text-colour haven-break" { (key.domain) } }),
                Cell::text(&key.id),
                Cell::html(state(&key.state)),
                Cell::html(made),
                Cell::text(&key.algorithm),
                Cell::text(&key.held),
            ];
            if view.may_ask {
                cells.push(Cell::html(html! {
                    @if key.state == "in use" {
                        a class="nhsuk-link" href={ "/keys/change?domain=" (key.domain) } {
                            "Ask for a change" span class="nhsuk-u-visually-hidden" { " of key " (key.id) " of " (key.domain) }
                        }
                    }
                }));
            }
            cells
        })
        .collect();
    table(&Table {
        caption: "All keys",
        caption_size: Some(Size::M),
        columns,
        rows,
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn history(view: &KeysView) -> Markup {
    let decided: Vec<&KeyChangeRow> = view
        .changes
        .iter()
        .filter(|c| c.decided.is_some())
        .collect();
    if decided.is_empty() {
        return html! {};
    }
    table(&Table {
        caption: "Changes that were decided",
        caption_size: Some(Size::M),
        columns: ["Change", "Asked for by", "Decided by", "State"].map(Column::text).into(),
        rows: decided
            .iter()
            .map(|change| {
                let by = change.decided.as_ref().map(|(by, at)| format!("{by}, {}", format::moment(*at)));
                vec![
                    Cell::html(html! { a class="nhsuk-link" href={ "/keys/changes/" (change.number) } { (change.what) } }),
                    Cell::text(format!("{}, {}", change.asked_by, format::moment(change.asked_at))),
                    Cell::text(by.unwrap_or_default()),
                    Cell::html(state(&change.state)),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        scroll: Scroll::No,
        ..Table::default()
    })
}

fn state(word: &str) -> Markup {
    let colour = match word {
        "in use" | "done" => TagColour::Green,
        "waiting" | "approved" => TagColour::Yellow,
        "destroyed" | "refused" => TagColour::Red,
        _ => TagColour::Grey,
    };
    tag(&capital(word), colour)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The form for a change.
pub fn key_ask(frame: &Frame, view: &KeyAskView) -> Markup {
    let choices = [
        (
            "rotate",
            "Put a new key in use",
            "New pseudonyms carry a new key. The earlier key stays, so that what was made with it can be led over the bridge.",
        ),
        (
            "destroy",
            "Destroy every key of it",
            "What was made with them can never be made again, led back or joined to anything new. Nobody can undo this.",
        ),
    ];
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Ask for a change of a key" }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("For", &view.what_for),
                SummaryRow::new("Domain", html! { span class="haven-break" { (view.domain) } }),
                SummaryRow::new("Key in use", &view.id),
            ],
            ..SummaryList::default()
        }))
        p { "Nothing happens until another key custodian, or an information asset owner, has approved it." }
        form action="/keys/change" method="post" novalidate {
            (csrf_field(&view.csrf))
            input type="hidden" name="domain" value=(view.domain);
            (radios(&Choices {
                name: "change",
                legend: Some(Legend { text: "What should be done?", size: Some(Size::M), ..Legend::default() }),
                error: error_of(&view.errors, "change"),
                items: choices
                    .into_iter()
                    .map(|(value, text, help)| Choice {
                        value,
                        text,
                        hint: Some(html! { (help) }),
                        checked: view.change == value,
                        ..Choice::default()
                    })
                    .collect(),
                ..Choices::default()
            }))
            (textarea(&Textarea {
                name: "why",
                label: Label { text: "Why?", ..Label::default() },
                hint: Some(html! { "In a sentence, for whoever decides and for the record. Write nothing about people who receive care." }),
                error: error_of(&view.errors, "why"),
                value: &view.why,
                ..Textarea::default()
            }))
            (button(&Button { text: "Ask for this change", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/keys" { "Go back without asking for anything" } }
    };
    framed(
        frame,
        &Page {
            title: "Ask for a change of a key",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Keys", "/keys")],
            body: column(&body),
        },
    )
}

/// The page of a change, with the decision where it waits for one.
pub fn key_decide(frame: &Frame, view: &KeyDecideView) -> Markup {
    let change = &view.change;
    let decided = change
        .decided
        .as_ref()
        .map(|(by, at)| format!("{by}, {}", format::moment(*at)));
    let mut rows = vec![
        SummaryRow::new("For", &view.what_for),
        SummaryRow::new(
            "Asked for by",
            format!("{}, {}", change.asked_by, format::moment(change.asked_at)),
        ),
        SummaryRow::new("Why", &change.why),
        SummaryRow::new("State", state(&change.state)),
    ];
    rows.extend(decided.map(|decided| SummaryRow::new("Decided by", decided)));
    let body = html! {
        (form::summary(&view.errors))
        h1 { span class="nhsuk-caption-l" { "Change " (change.number) } " " (change.what) }
        (summary_list(&SummaryList { rows, ..SummaryList::default() }))
        @if !view.follows.is_empty() {
            h2 class="nhsuk-heading-m" { "What follows from it" }
            ul { @for line in &view.follows { li { (line) } } }
        }
        @if view.may_decide {
            form action={ "/keys/changes/" (change.number) } method="post" novalidate {
                (csrf_field(&view.csrf))
                (radios(&Choices {
                    name: "decision",
                    legend: Some(Legend { text: "Should this be done now?", size: Some(Size::M), ..Legend::default() }),
                    error: error_of(&view.errors, "decision"),
                    items: [("approve", "Yes, do it now"), ("refuse", "No, refuse it")]
                        .into_iter()
                        .map(|(value, text)| Choice { value, text, ..Choice::default() })
                        .collect(),
                    ..Choices::default()
                }))
                (button(&Button { text: "Decide", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
            }
        } @else if let Some(why_not) = &view.why_not {
            (inset_text(&html! { p { (why_not) } }))
        }
        p { a class="nhsuk-link" href="/keys" { "Back to all keys" } }
    };
    framed(
        frame,
        &Page {
            title: &format!("Change {} of a key", change.number),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Keys", "/keys")],
            body: column(&body),
        },
    )
}
