//! What people ask about their own records (`/subject-access`): the cases with their last days, taking one in, looking at
//! who is asking as a second person, making the answer, and closing it. No number and no name of a person is on any.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Input, Label, Legend, Scroll, Size,
        SummaryList, SummaryRow, Table, TagColour, Textarea, button, input, inset_text, radios,
        summary_list, table, tag, textarea,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use maud::{Markup, html};
use model::Date;

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightsView {
    /// The cases: those that are open first, by their last day.
    pub cases: Vec<RightsRow>,
    /// Whether the reader takes cases in.
    pub works: bool,
}

/// A case in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsRow {
    /// Its number.
    pub number: u64,
    /// What is asked for, in words.
    pub kind: String,
    /// The day on which it was asked.
    pub asked_on: Date,
    /// The last day for an answer, and how many days are left; none once it is closed.
    pub due: Option<(Date, i64)>,
    /// Where it stands, in words.
    pub state: String,
}

/// How long there is for an answer, and whether that is a warning.
fn left(due: Date, days: i64) -> Markup {
    let (words, colour) = match days {
        ..0 => ("Overdue".to_owned(), TagColour::Red),
        0 => ("Due today".to_owned(), TagColour::Red),
        1..=7 => (
            format::counted(
                u64::try_from(days).unwrap_or_default(),
                "day left",
                "days left",
            ),
            TagColour::Orange,
        ),
        _ => (
            format::counted(
                u64::try_from(days).unwrap_or_default(),
                "day left",
                "days left",
            ),
            TagColour::Grey,
        ),
    };
    html! { (format::date(due)) " " (tag(&words, colour)) }
}

/// The list.
pub fn rights(frame: &Frame, view: &RightsView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "What people ask about their records" }
            p class="nhsuk-lede-text" { "To see what is held and how it was used, to have it put right, or not used for now. There is one month for an answer." }
            @if view.works { (button(&Button { text: "Take in what a person asks", href: Some("/subject-access/new"), ..Button::default() })) }
            p { a class="nhsuk-link" href="/destruction" { "Destruction, and erasing a person" } }
            @if view.cases.is_empty() { p { "Nobody has asked yet." } }
        }))
        @if !view.cases.is_empty() {
            (table(&Table {
                caption: "Cases, the most pressing first",
                caption_size: Some(Size::M),
                columns: ["Case", "What is asked", "Asked on", "Answer by", "State"].map(Column::text).into(),
                rows: view.cases.iter().map(|case| vec![
                    Cell::html(html! { a class="nhsuk-link" href={ "/subject-access/" (case.number) } { "Case " (case.number) } }),
                    Cell::text(&case.kind),
                    Cell::text(format::date(case.asked_on)),
                    Cell::html(case.due.map_or_else(|| html! { "Closed" }, |(due, days)| left(due, days))),
                    Cell::text(&case.state),
                ]).collect(),
                first_cell_is_header: true,
                responsive: true,
                scroll: Scroll::No,
                ..Table::default()
            }))
        }
    };
    framed(
        frame,
        &Page {
            title: "What people ask about their records",
            error: false,
            wide: true,
            parents: &[],
            body,
        },
    )
}

/// What the form shows that takes a case in. It posts `csrf`, `kind`, `nhs_number`, `channel`, `identity`, `words`, `day`,
/// `month` and `year` to `/subject-access/new`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightsNewView {
    /// The token of the form.
    pub csrf: String,
    /// What was chosen.
    pub kind: String,
    /// How it came, how the person is known, and what is asked for, as typed.
    pub typed: [String; 3],
    /// The day, the month and the year as typed.
    pub asked_on: [String; 3],
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// The form.
pub fn rights_new(frame: &Frame, view: &RightsNewView) -> Markup {
    let error = |name| error_of(&view.errors, name);
    let kinds = [
        (
            "access",
            "To see what is held about them, and how it was used",
        ),
        ("rectification", "To have something put right"),
        ("restriction", "That their records are not used for now"),
    ];
    let [channel, identity, words] = &view.typed;
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Take in what a person asks" }
        p { "Nothing is shown or sent until a second person has looked at who is asking." }
        form action="/subject-access/new" method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "kind",
                legend: Some(Legend { text: "What does the person ask for?", size: Some(Size::S), ..Legend::default() }),
                error: error("kind"),
                items: kinds.into_iter().map(|(value, text)| Choice { value, text, checked: view.kind == value, ..Choice::default() }).collect(),
                ..Choices::default()
            }))
            (input(&Input {
                name: "nhs_number",
                label: Label { text: "NHS number", ..Label::default() },
                hint: Some(html! { "Ten digits. Only a keyed digest of it is kept, and it is shown nowhere." }),
                error: error("nhs_number"),
                inputmode: Some("numeric"),
                autocomplete: Some("off"),
                width: Some(10),
                ..Input::default()
            }))
            (crate::council_change::day_parts("When the person asked", "For example, 31 3 2026.", &view.asked_on, error("day")))
            (input(&Input {
                name: "channel",
                label: Label { text: "How it came", ..Label::default() },
                hint: Some(html! { "Such as by letter, or at the front desk." }),
                error: error("channel"),
                value: Some(channel),
                ..Input::default()
            }))
            (textarea(&Textarea {
                name: "identity",
                label: Label { text: "How you know that it is this person", ..Label::default() },
                hint: Some(html! { "What you were shown, such as a passport and a letter with the address. Write no number, name or address." }),
                error: error("identity"),
                value: identity,
                ..Textarea::default()
            }))
            (textarea(&Textarea {
                name: "words",
                label: Label { text: "What should be put right, or why it should not be used", ..Label::default() },
                hint: Some(html! { "Leave it empty where the person asks to see what is held. Write nothing from which the person could be known." }),
                error: error("words"),
                value: words,
                ..Textarea::default()
            }))
            (button(&Button { text: "Keep", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/subject-access" { "Go back without keeping anything" } }
    };
    framed(
        frame,
        &Page {
            title: "Take in what a person asks",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("What people ask", "/subject-access")],
            body: column(&body),
        },
    )
}

/// What the page of a case shows. Its forms post `csrf` and `do` to the page itself: `check` with `identity`, `answer` with
/// `passphrase`, `again`, `recipient` and `form`, `close` with `outcome` and `words`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RightsCaseView {
    /// The token of the forms.
    pub csrf: String,
    /// Its number.
    pub number: u64,
    /// What is known of it: label and words.
    pub facts: Vec<(String, String)>,
    /// The last day for an answer, and how many days are left, while it is open.
    pub due: Option<(Date, i64)>,
    /// Whether this reader may look at who is asking, as the second person.
    pub may_check: bool,
    /// Whether the answer may be made.
    pub may_answer: bool,
    /// What may come of it: value and words; none where it cannot be closed now.
    pub outcomes: Vec<(String, String)>,
    /// Why nothing can be done by this reader now, in a sentence.
    pub why_not: Option<String>,
    /// What was typed: how the person is known, the recipient, and what came of it.
    pub typed: [String; 3],
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// The page of a case.
pub fn rights_case(frame: &Frame, view: &RightsCaseView) -> Markup {
    let title = format!("Case {}", view.number);
    let action = format!("/subject-access/{}", view.number);
    let mut rows: Vec<SummaryRow<'_>> = view
        .facts
        .iter()
        .map(|(label, words)| SummaryRow::new(label.as_str(), words))
        .collect();
    if let Some((due, days)) = view.due {
        rows.push(SummaryRow::new("Answer by", left(due, days)));
    }
    let body = html! {
        (form::summary(&view.errors))
        h1 { (title) }
        (summary_list(&SummaryList { rows, ..SummaryList::default() }))
        @if let Some(why_not) = &view.why_not { (inset_text(&html! { p { (why_not) } })) }
        @if view.may_check { (check(view, &action)) }
        @if view.may_answer { (answer(view, &action)) }
        @if !view.outcomes.is_empty() { (close(view, &action)) }
        p { a class="nhsuk-link" href="/subject-access" { "Back to all cases" } }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("What people ask", "/subject-access")],
            body: column(&body),
        },
    )
}

fn doing(view: &RightsCaseView, what: &'static str) -> Markup {
    html! {
        (csrf_field(&view.csrf))
        input type="hidden" name="do" value=(what);
    }
}

fn check(view: &RightsCaseView, action: &str) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Look at who is asking, as the second person" }
        form action=(action) method="post" novalidate {
            (doing(view, "check"))
            (textarea(&Textarea {
                name: "identity",
                label: Label { text: "How you know that it is this person", ..Label::default() },
                hint: Some(html! { "What you looked at yourself. Write no number, name or address." }),
                error: error_of(&view.errors, "identity"),
                value: view.typed.first().map_or("", String::as_str),
                ..Textarea::default()
            }))
            (button(&Button { text: "It is this person", prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}

fn answer(view: &RightsCaseView, action: &str) -> Markup {
    let secret = |name: &'static str, text: &'static str, hint: Option<Markup>| {
        input(&Input {
            name,
            label: Label {
                text,
                ..Label::default()
            },
            hint,
            error: error_of(&view.errors, name),
            kind: Some("password"),
            autocomplete: Some("new-password"),
            ..Input::default()
        })
    };
    html! {
        h2 class="nhsuk-heading-m" { "Make the answer" }
        p { "Everything that is held about the person in all zones, and every use that is known. It is sealed for them: you cannot read it, and it is kept nowhere here." }
        form action=(action) method="post" novalidate {
            (doing(view, "answer"))
            (secret("passphrase", "Passphrase", Some(html! { "At least 12 characters. Tell the person in another way than you send the file." })))
            (secret("again", "The same passphrase again", None))
            (input(&Input {
                name: "recipient",
                label: Label { text: "Or the person’s own key", ..Label::default() },
                hint: Some(html! { "An age recipient, which begins with age1. Leave the passphrase empty then." }),
                error: error_of(&view.errors, "recipient"),
                value: view.typed.get(1).map(String::as_str),
                autocomplete: Some("off"),
                ..Input::default()
            }))
            (radios(&Choices {
                name: "form",
                legend: Some(Legend { text: "In which form?", size: Some(Size::S), ..Legend::default() }),
                error: error_of(&view.errors, "form"),
                items: vec![
                    Choice { value: "page", text: "To read and to print", checked: true, ..Choice::default() },
                    Choice { value: "data", text: "For other programs (JSON)", ..Choice::default() },
                ],
                ..Choices::default()
            }))
            (button(&Button { text: "Make the answer", ..Button::default() }))
        }
    }
}

fn close(view: &RightsCaseView, action: &str) -> Markup {
    html! {
        h2 class="nhsuk-heading-m" { "Close the case" }
        form action=(action) method="post" novalidate {
            (doing(view, "close"))
            (radios(&Choices {
                name: "outcome",
                legend: Some(Legend { text: "What came of it?", size: Some(Size::S), ..Legend::default() }),
                error: error_of(&view.errors, "outcome"),
                items: view.outcomes.iter().map(|(value, text)| Choice { value, text, ..Choice::default() }).collect(),
                ..Choices::default()
            }))
            (textarea(&Textarea {
                name: "words",
                label: Label { text: "In a sentence", ..Label::default() },
                hint: Some(html! { "What was done and what the person was told. Write nothing from which the person could be known." }),
                error: error_of(&view.errors, "words"),
                value: view.typed.get(2).map_or("", String::as_str),
                ..Textarea::default()
            }))
            (button(&Button { text: "Close", variant: ButtonVariant::Secondary, prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}
