//! Destruction (`/destruction`): what was asked for, how far it has come, one with its certificate, and the forms to ask
//! for one and to decide. No number of a person is on any of them.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Input, Label, Legend, Scroll, Select,
        SelectItem, Size, SummaryList, SummaryRow, Table, TagColour, Textarea, WarningCallout,
        button, input, inset_text, radios, select, summary_list, table, tag, textarea,
        warning_callout,
    },
    form::{self, FieldError, error_of},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestructionsView {
    /// The destructions, newest first.
    pub rows: Vec<DestructionRow>,
}

/// A destruction in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestructionRow {
    /// Its id.
    pub id: String,
    /// What it is about, in words.
    pub what: String,
    /// Who asked, and when.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Where it stands.
    pub state: DestructionState,
}

/// Where a destruction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestructionState {
    /// It waits for a second person.
    Waiting,
    /// Approved, and not finished.
    UnderWay,
    /// Done, with a certificate.
    Done,
    /// Refused.
    Refused,
}

impl DestructionState {
    fn tag(self) -> Markup {
        match self {
            Self::Waiting => tag("Waiting", TagColour::Yellow),
            Self::UnderWay => tag("Under way", TagColour::Blue),
            Self::Done => tag("Done", TagColour::Green),
            Self::Refused => tag("Refused", TagColour::Grey),
        }
    }
}

/// The list.
pub fn destructions(frame: &Frame, view: &DestructionsView) -> Markup {
    let body = html! {
        (column(&html! {
            h1 { "Destruction" }
            p class="nhsuk-lede-text" { "What was destroyed for good, what waits for a second person, and the certificates." }
            (button(&Button { text: "Ask for something to be destroyed", href: Some("/destruction/new"), ..Button::default() }))
            @if view.rows.is_empty() { p { "Nothing has been asked for yet." } }
        }))
        @if !view.rows.is_empty() {
            (table(&Table {
                caption: "All destructions, newest first",
                caption_size: Some(Size::M),
                columns: ["Destruction", "What", "Asked for by", "State"].map(Column::text).into(),
                rows: view.rows.iter().map(|row| vec![
                    Cell::html(html! { a class="nhsuk-link haven-break" href={ "/destruction/" (row.id) } { (row.id) } }),
                    Cell::html(html! { span class="haven-break" { (row.what) } }),
                    Cell::text(format!("{}, {}", row.asked_by, format::moment(row.asked_at))),
                    Cell::html(row.state.tag()),
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
            title: "Destruction",
            error: false,
            wide: true,
            parents: &[],
            body,
        },
    )
}

/// What the form shows. It posts `csrf`, `kind`, `submission`, `agreement`, `nhs_number` and `reason` to
/// `/destruction/new`, which shows what would go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestructionAskView {
    /// The token of the form.
    pub csrf: String,
    /// What was chosen: `agreement`, `person`, `submission` or `old_versions`.
    pub kind: String,
    /// Whether the reader may ask for a person to be erased.
    pub may_erase: bool,
    /// Agreements that have ended: reference and title.
    pub agreements: Vec<(String, String)>,
    /// The agreement that was chosen.
    pub agreement: String,
    /// The id of a submission as typed.
    pub submission: String,
    /// The reason as typed.
    pub reason: String,
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// What can be destroyed.
fn scopes(view: &DestructionAskView) -> Vec<Choice<'_>> {
    let mut items = vec![Choice {
        value: "agreement",
        text: "What was made for an agreement that has ended",
        hint: Some(
            html! { "Its drafts, sealed lists and sets, and the keys of its recipients’ pseudonyms." },
        ),
        checked: view.kind == "agreement",
        ..Choice::default()
    }];
    if view.may_erase {
        items.push(Choice {
            value: "person",
            text: "Everything about one person",
            hint: Some(html! { "In every zone, with every older version. Later files no longer bring the person in." }),
            checked: view.kind == "person",
                ..Choice::default()
        });
    }
    items.push(Choice {
        value: "submission",
        text: "Everything of one submission",
        hint: Some(html! { "The file, its rows and findings; what was made from it is made again without it." }),
        checked: view.kind == "submission",
        ..Choice::default()
    });
    items.push(Choice {
        value: "old_versions",
        text: "Every older version of every table",
        checked: view.kind == "old_versions",
        ..Choice::default()
    });
    items
}

/// The form.
pub fn destruction_ask(frame: &Frame, view: &DestructionAskView) -> Markup {
    let error = |name| error_of(&view.errors, name);
    let agreement = html! {
        (select(&Select {
            name: "agreement",
            label: Label { text: "Agreement, if you chose one", ..Label::default() },
            error: error("agreement"),
            items: std::iter::once(SelectItem { value: "", text: "Choose one that has ended", ..SelectItem::default() })
                .chain(view.agreements.iter().map(|(value, text)| SelectItem { value, text, ..SelectItem::default() }))
                .collect(),
            value: Some(&view.agreement),
            ..Select::default()
        }))
    };
    let person = html! {
        (input(&Input {
            name: "nhs_number",
            label: Label { text: "NHS number, if you chose a person", ..Label::default() },
            hint: Some(html! { "Ten digits. It is used to find the person, and only a keyed digest of it is kept." }),
            error: error("nhs_number"),
            inputmode: Some("numeric"),
            autocomplete: Some("off"),
            width: Some(10),
            ..Input::default()
        }))
    };
    let submission = html! {
        (input(&Input {
            name: "submission",
            label: Label { text: "Submission, if you chose one", ..Label::default() },
            hint: Some(html! { "Its id, as receipts and runs show it." }),
            error: error("submission"),
            value: Some(&view.submission),
            autocomplete: Some("off"),
            ..Input::default()
        }))
    };
    let body = html! {
        (form::summary(&view.errors))
        h1 { "Ask for something to be destroyed" }
        p { "You see what would go before you ask. Nothing goes until a second person, in another role, has approved it." }
        form action="/destruction/new" method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "kind",
                legend: Some(Legend { text: "What should be destroyed?", size: Some(Size::M), ..Legend::default() }),
                error: error("kind"),
                items: scopes(view),
                ..Choices::default()
            }))
            (agreement)
            @if view.may_erase { (person) }
            (submission)
            (textarea(&Textarea {
                name: "reason",
                label: Label { text: "Why?", ..Label::default() },
                hint: Some(html! { "In a sentence, for whoever decides and for the certificate. Write nothing from which a person could be known." }),
                error: error("reason"),
                value: &view.reason,
                ..Textarea::default()
            }))
            (button(&Button { text: "See what would go", prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/destruction" { "Go back without asking for anything" } }
    };
    framed(
        frame,
        &Page {
            title: "Ask for something to be destroyed",
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Destruction", "/destruction")],
            body: column(&body),
        },
    )
}

/// What the page before the request shows. Its form posts `csrf`, `kind`, `what`, `reason` and `do` to
/// `/destruction/new`; of a person `what` is a keyed digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestructionCheckView {
    /// The token of the form.
    pub csrf: String,
    /// What is sent on.
    pub kind: String,
    /// The same.
    pub what: String,
    /// What it is about, in words.
    pub about: String,
    /// Why.
    pub reason: String,
    /// What goes and what stays.
    pub found: FoundView,
}

/// What goes and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundView {
    /// Each copy that goes: where it is, and how it goes.
    pub goes: Vec<(String, String)>,
    /// What stays, each in a sentence.
    pub stays: Vec<String>,
}

fn found(view: &FoundView) -> Markup {
    html! {
        (table(&Table {
            caption: "What goes",
            caption_size: Some(Size::M),
            columns: ["Where it is", "How it goes"].map(Column::text).into(),
            rows: view.goes.iter().map(|(place, method)| vec![
                Cell::html(html! { span class="haven-break" { (place) } }),
                Cell::text(method),
            ]).collect(),
            responsive: true,
            scroll: Scroll::No,
            ..Table::default()
        }))
        @if !view.stays.is_empty() {
            h2 class="nhsuk-heading-m" { "What stays, and why" }
            ul { @for line in &view.stays { li class="haven-break" { (capital(line)) "." } } }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The page before the request.
pub fn destruction_check(frame: &Frame, view: &DestructionCheckView) -> Markup {
    let body = html! {
        h1 { "Check what would go" }
        (summary_list(&SummaryList {
            rows: vec![
                SummaryRow::new("What", html! { span class="haven-break" { (view.about) } }),
                SummaryRow::new("Why", &view.reason),
            ],
            ..SummaryList::default()
        }))
        (found(&view.found))
        form action="/destruction/new" method="post" novalidate {
            (csrf_field(&view.csrf))
            @for (name, value) in [("kind", &view.kind), ("what", &view.what), ("reason", &view.reason)] {
                input type="hidden" name=(name) value=(value);
            }
            input type="hidden" name="do" value="ask";
            (button(&Button { text: "Ask for this to be destroyed", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
        }
        p { a class="nhsuk-link" href="/destruction" { "Go back without asking for anything" } }
    };
    framed(
        frame,
        &Page {
            title: "Check what would go",
            error: false,
            wide: false,
            parents: &[("Destruction", "/destruction")],
            body: column(&body),
        },
    )
}

/// What the page of one destruction shows. Its forms post `csrf`, `decision` and `why`, or `csrf` and `do`, to the page
/// itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestructionView {
    /// The token of the forms.
    pub csrf: String,
    /// Its id.
    pub id: String,
    /// What it is about, in words.
    pub about: String,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub state: DestructionState,
    /// Who asked, approved, refused and when: label and words.
    pub people: Vec<(String, String)>,
    /// What goes or went, and what stays.
    pub found: FoundView,
    /// The certificate: the day, the digests, and where it is as a file.
    pub certificate: Option<CertificateView>,
    /// Whether this reader may decide.
    pub may_decide: bool,
    /// Why not, where they may not.
    pub why_not: Option<String>,
    /// Whether this reader may have it gone on with.
    pub may_go_on: bool,
    /// The decision and the reason as typed.
    pub typed: (String, String),
    /// What is wrong.
    pub errors: Vec<FieldError>,
}

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateView {
    /// When it was given.
    pub at: DateTime<Utc>,
    /// The digest of the certificate, which is in the audit log.
    pub digest: String,
    /// The digest of the list of copies.
    pub assets: String,
    /// What the method is called.
    pub standard: String,
    /// Whether keys were destroyed.
    pub keys: bool,
}

/// The page of one destruction.
pub fn destruction(frame: &Frame, view: &DestructionView) -> Markup {
    let action = format!("/destruction/{}", view.id);
    let mut rows = vec![
        SummaryRow::new("What", html! { span class="haven-break" { (view.about) } }),
        SummaryRow::new("Why", &view.reason),
        SummaryRow::new("State", view.state.tag()),
    ];
    for (label, words) in &view.people {
        rows.push(SummaryRow::new(label.as_str(), words));
    }
    let body = html! {
        (form::summary(&view.errors))
        h1 { span class="nhsuk-caption-l" { (view.id) } @if view.certificate.is_some() { "Certificate of destruction" } @else { "Destruction" } }
        (summary_list(&SummaryList { rows, ..SummaryList::default() }))
        @if let Some(certificate) = &view.certificate {
            (summary_list(&SummaryList {
                rows: vec![
                    SummaryRow::new("Done", format::moment(certificate.at)),
                    SummaryRow::new("How", capital(&certificate.standard)),
                    SummaryRow::new("Keys destroyed", if certificate.keys { "Yes" } else { "No" }),
                    SummaryRow::new("Digest of this certificate", html! { span class="haven-break" { (certificate.digest) } }),
                    SummaryRow::new("Digest of the list of copies", html! { span class="haven-break" { (certificate.assets) } }),
                ],
                ..SummaryList::default()
            }))
            p { a class="nhsuk-link" href={ (action) ".json" } { "Keep the certificate (JSON)" } }
        }
        (found(&view.found))
        @if view.may_decide { (decide(view, &action)) }
        @if let Some(why_not) = &view.why_not { (inset_text(&html! { p { (why_not) } })) }
        @if view.may_go_on {
            form action=(action) method="post" novalidate {
                (csrf_field(&view.csrf))
                input type="hidden" name="do" value="go_on";
                p { "It is carried out now, or was interrupted. Done twice it comes to the same." }
                (button(&Button { text: "Go on with it", variant: ButtonVariant::Secondary, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
        p { a class="nhsuk-link" href="/destruction" { "Back to all destructions" } }
    };
    framed(
        frame,
        &Page {
            title: &format!("Destruction {}", view.id),
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Destruction", "/destruction")],
            body: column(&body),
        },
    )
}

fn decide(view: &DestructionView, action: &str) -> Markup {
    let (decision, why) = &view.typed;
    html! {
        (warning_callout(&WarningCallout {
            heading: "Nobody can undo this",
            level: Some(2),
            text: "What goes is gone from every copy that this service knows, its older versions included.",
        }))
        form action=(action) method="post" novalidate {
            (csrf_field(&view.csrf))
            (radios(&Choices {
                name: "decision",
                legend: Some(Legend { text: "Should this be destroyed now?", size: Some(Size::M), ..Legend::default() }),
                error: error_of(&view.errors, "decision"),
                items: [("approve", "Yes, destroy it now"), ("refuse", "No, refuse it")]
                    .into_iter()
                    .map(|(value, text)| Choice { value, text, checked: decision == value, ..Choice::default() })
                    .collect(),
                ..Choices::default()
            }))
            (textarea(&Textarea {
                name: "why",
                label: Label { text: "Why not, if you refuse it", ..Label::default() },
                error: error_of(&view.errors, "why"),
                value: why,
                ..Textarea::default()
            }))
            (button(&Button { text: "Decide", variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}
