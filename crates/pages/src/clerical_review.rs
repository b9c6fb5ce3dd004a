//! Clerical review of one pair (`/review/{pair}`): both records side by side, why the model weighs them as it does, and
//! a decision that takes a few seconds by keyboard alone.
//!
//! The values on this page are those of people: `app` reveals them under a permit of its own. Titles, addresses and
//! the choices carry none. Without scripts the first choice has the focus, arrow keys choose and Enter sends; with the
//! site's script one key is enough.

mod decisions;
mod queue;

pub use decisions::{DecisionRow, DecisionsView, decisions};
pub use queue::{QueueRow, ReviewAgreement, ReviewQueueView, review_queue};

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Details, Input, Label, Size, Table,
        button, details, input, radios, table,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, csrf_field, framed},
    waterfall::{Waterfall, waterfall},
};
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

/// What a person may decide about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairDecision {
    /// Both records are of one person.
    SamePerson,
    /// They are of different people.
    Different,
    /// It cannot be told from what is here.
    NotSure,
}

impl PairDecision {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::SamePerson, Self::Different, Self::NotSure];

    /// The word that the form sends.
    pub const fn value(self) -> &'static str {
        match self {
            Self::SamePerson => "same_person",
            Self::Different => "different",
            Self::NotSure => "not_sure",
        }
    }

    /// The decision that a form sent.
    pub fn of_value(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.value() == value)
    }

    /// The decision in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SamePerson => "Same person",
            Self::Different => "Different people",
            Self::NotSure => "Not sure",
        }
    }
}

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldSays {
    /// They are equal.
    Same,
    /// They are alike, and the level says how.
    Alike,
    /// They differ.
    Differs,
    /// At least one side has none.
    #[default]
    Missing,
}

impl FieldSays {
    const fn words(self) -> &'static str {
        match self {
            Self::Same => "Same",
            Self::Alike => "Alike",
            Self::Differs => "Differs",
            Self::Missing => "Missing",
        }
    }
}

/// One field of both records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReviewField {
    /// Its name, as people call it.
    pub name: String,
    /// The value on the left.
    pub left: Option<String>,
    /// The value on the right.
    pub right: Option<String>,
    /// Other values on the right, such as earlier ones.
    pub others: Vec<String>,
    /// How they compare.
    pub says: FieldSays,
    /// The level that held, such as "nickname".
    pub level: String,
}

/// The decision before this one, which can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDecision {
    /// The number of the decision.
    pub number: u64,
    /// What was decided.
    pub decision: PairDecision,
}

/// What the page of a pair shows. The form posts `csrf`, `pair`, `decision` and `note` to `/review`, and `mode` in a sample;
/// taking back posts `csrf` and `number` to `/review/undo`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PairReviewView {
    /// The token of the forms.
    pub csrf: String,
    /// What the pair is called in addresses and forms: never a value of a record.
    pub pair: String,
    /// The number of the pair among those of the reader's day.
    pub number: u64,
    /// How many are left, with this one.
    pub left_over: u64,
    /// How many the reader has decided today.
    pub done_today: u64,
    /// What the left record is, such as "Client record".
    pub left_name: String,
    /// What the right record is.
    pub right_name: String,
    /// The fields, in the order of the model.
    pub fields: Vec<ReviewField>,
    /// What the pair weighs; `None` in a sample that measures the model, which must not sway who judges it.
    pub waterfall: Option<Waterfall>,
    /// Whether the pair is of a sample that measures the model.
    pub sample: bool,
    /// Why this pair is asked about now, such as "One answer settles 12 records".
    pub why_now: String,
    /// Whether another person has judged this pair before, whose answer is not shown.
    pub second_review: bool,
    /// The decision before this one.
    pub previous: Option<PreviousDecision>,
    /// What was chosen, where the form comes back.
    pub chosen: Option<PairDecision>,
    /// The note, where the form comes back.
    pub note: String,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The page of a pair.
pub fn pair_review(frame: &Frame, view: &PairReviewView) -> Markup {
    let title = format!(
        "Review pair {}, {} left",
        format::count(view.number),
        format::count(view.left_over)
    );
    let body = html! {
        (form::summary(&view.errors))
        h1 class="nhsuk-heading-l" { "Is this one person?" }
        (progress(view))
        // Beside each other where there is room, so that the question with the focus does not push the records away.
        div class="haven-beside" {
            div { (records(view)) }
            div { (decide(view)) }
        }
        @if let Some(weighed) = &view.waterfall {
            h2 class="nhsuk-heading-m" { "What the model makes of it" }
            (waterfall(weighed))
        } @else if view.sample {
            p class="nhsuk-hint" { "What the model makes of this pair is not shown: your answer measures the model." }
        }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: !view.errors.is_empty(),
            wide: true,
            parents: &[("Linkage", "/linkage"), ("Review", "/review")],
            body,
        },
    )
}

/// How far the reader is, and the way back.
fn progress(view: &PairReviewView) -> Markup {
    html! {
        p {
            "Pair " (format::count(view.number)) ". "
            strong { (format::counted(view.left_over, "pair", "pairs")) " left" }
            ", " (format::count(view.done_today)) " decided today."
            @if !view.why_now.is_empty() { " " (view.why_now) }
        }
        @if view.second_review {
            p { "Another person has judged this pair too. Their answer is not shown, so that yours is your own." }
        }
        @if let Some(previous) = &view.previous {
            form class="haven-undo" method="post" action="/review/undo" data-haven-undo {
                (csrf_field(&view.csrf))
                input type="hidden" name="number" value=(previous.number);
                @if view.sample { input type="hidden" name="mode" value="sample"; }
                p class="haven-undo__words" {
                    "Of the pair before (decision " (format::count(previous.number)) ") you said "
                    strong { (previous.decision.words().to_lowercase()) } "."
                }
                (button(&Button { text: "Undo that", variant: ButtonVariant::Secondary, small: true, ..Button::default() }))
            }
        }
    }
}

/// Both records, field by field.
fn records(view: &PairReviewView) -> Markup {
    let rows = view.fields.iter().map(|field| {
        let (left, right) = marked(field);
        vec![
            Cell::text(&field.name),
            Cell::html(left),
            Cell::html(html! {
                (right)
                @for other in &field.others {
                    span class="haven-note" { "also: " span class="haven-break" { (other) } }
                }
            }),
            Cell::html(html! {
                @if field.says == FieldSays::Differs { strong { (field.says.words()) } } @else { (field.says.words()) }
                @if !field.level.is_empty() { span class="haven-note" { (field.level) } }
            }),
        ]
    });
    table(&Table {
        caption: "The two records",
        id: Some("records"),
        columns: vec![
            Column::text("Field"),
            Column::text(&view.left_name),
            Column::text(&view.right_name),
            Column::text("Compare"),
        ],
        rows: rows.collect(),
        first_cell_is_header: true,
        compact: true,
        responsive: true,
        classes: "haven-pair",
        ..Table::default()
    })
}

/// Both values, with what differs between them marked.
fn marked(field: &ReviewField) -> (Markup, Markup) {
    let none = || html! { span class="haven-note" { "nothing here" } };
    let plain = |value: &Option<String>| {
        value
            .as_ref()
            .map_or_else(none, |v| html! { span class="haven-cell" { (v) } })
    };
    match (&field.left, &field.right) {
        (Some(left), Some(right)) if left != right => {
            let (start, end) = shared(left, right);
            (with_mark(left, start, end), with_mark(right, start, end))
        }
        _ => (plain(&field.left), plain(&field.right)),
    }
}

/// How many characters two texts share at the start, and then at the end.
fn shared(left: &str, right: &str) -> (usize, usize) {
    let start = left
        .chars()
        .zip(right.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let most = left.chars().count().min(right.chars().count()) - start;
    let ends = left.chars().rev().zip(right.chars().rev());
    (start, ends.take(most).take_while(|(a, b)| a == b).count())
}

fn with_mark(value: &str, start: usize, end: usize) -> Markup {
    let count = value.chars().count();
    let part = |from: usize, to: usize| -> String {
        value
            .chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect()
    };
    let middle = part(start, count - end);
    html! {
        span class="haven-cell" {
            (part(0, start))
            @if !middle.is_empty() { mark class="haven-differs" { (middle) } }
            (part(count - end, count))
        }
    }
}

/// What a listener hears with the question: how the fields compare, without their values.
fn in_words(view: &PairReviewView) -> String {
    let of = |says: FieldSays| -> Vec<String> {
        let fields = view.fields.iter().filter(|f| f.says == says);
        fields.map(|f| f.name.clone()).collect()
    };
    let sentences = [
        FieldSays::Same,
        FieldSays::Alike,
        FieldSays::Differs,
        FieldSays::Missing,
    ];
    let sentences = sentences.into_iter().filter_map(|says| {
        let names = of(says);
        (!names.is_empty()).then(|| format!("{}: {}.", says.words(), format::listed(&names)))
    });
    sentences.collect::<Vec<_>>().join(" ")
}

fn decide(view: &PairReviewView) -> Markup {
    let note = input(&Input {
        name: "note",
        label: Label {
            text: "Why (if you want to say)",
            ..Label::default()
        },
        hint: Some(html! { "Without names, numbers or addresses." }),
        value: (!view.note.is_empty()).then_some(view.note.as_str()),
        autocomplete: Some("off"),
        ..Input::default()
    });
    html! {
        form method="post" action="/review" novalidate data-haven-decide="s:same_person d:different n:not_sure" {
            (csrf_field(&view.csrf))
            input type="hidden" name="pair" value=(view.pair);
            @if view.sample { input type="hidden" name="mode" value="sample"; }
            (radios(&Choices {
                name: "decision",
                legend: Some(Label { text: "Are they the same person?", size: Some(Size::M), ..Label::default() }),
                hint: Some(html! { (in_words(view)) }),
                error: form::error_of(&view.errors, "decision"),
                items: PairDecision::ALL.iter().map(|d| Choice {
                    value: d.value(),
                    text: d.words(),
                    checked: view.chosen == Some(*d),
                    ..Choice::default()
                }).collect(),
                // Where something is wrong the summary at the top has the focus.
                autofocus: view.errors.is_empty(),
                ..Choices::default()
            }))
            p class="nhsuk-hint" hidden data-haven-keys {
                "One key decides while you are in this form: S same person, D different people, N not sure, U undo the one before."
            }
            (details(&Details { summary: "Add a note", body: Some(&note), open: !view.note.is_empty(), classes: "" }))
            (button(&Button { text: "Save and go to the next", prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(left: &str, right: &str, expected: (&str, &str)) {
        let field = ReviewField {
            left: Some(left.to_owned()),
            right: Some(right.to_owned()),
            ..ReviewField::default()
        };
        let (left, right) = marked(&field);
        let short = |markup: Markup| {
            let text = markup
                .into_string()
                .replace("<mark class=\"haven-differs\">", "[");
            let text = text.replace("</mark>", "]").replace("</span>", "");
            text.replace("<span class=\"haven-cell\">", "")
        };
        assert_eq!((short(left).as_str(), short(right).as_str()), expected);
    }

    #[test]
    fn what_differs_is_marked_and_nothing_else() {
        check("KATE", "KATE", ("KATE", "KATE"));
        check("SMITH", "SMYTH", ("SM[I]TH", "SM[Y]TH"));
        check("ANN", "ANNA", ("ANN", "ANN[A]"));
        check("1984-03-07", "1984-07-03", ("1984-0[3-07]", "1984-0[7-03]"));
        check("AA", "A", ("A[A]", "A"));
        check("Zoë", "Zoé", ("Zo[ë]", "Zo[é]"));
        check("", "X", ("", "[X]"));
    }

    #[test]
    fn what_a_form_sends_is_what_was_meant() {
        for decision in PairDecision::ALL {
            assert_eq!(PairDecision::of_value(decision.value()), Some(decision));
        }
        assert_eq!(PairDecision::of_value("yes"), None);
    }
}
