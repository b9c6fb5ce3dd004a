//! One request (`/cases/requests/{id}`): what was asked, what was said to it, and what the reader may do: say yes or no,
//! take it back, or stop it.

use super::{StateWords, facts};
use crate::{
    components::{
        Button, ButtonVariant, Cell, Choice, Choices, Column, Details, Label, Legend,
        NotificationBanner, Scroll, Table, Textarea, WarningCallout, button, details,
        notification_banner, radios, table, textarea, warning_callout,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Page, column, csrf_field, framed},
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What one person said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWord {
    /// Who, and in which role.
    pub by: String,
    pub role: String,
    /// Whether they approve; else they refuse.
    pub approves: bool,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the page shows. Saying yes or no posts `csrf`, `saw`, `decision` (`approve` or `refuse`), `reason` and `do`
/// (`check`, `change` or `send`) to `judge_href`; taking back posts `csrf` and `do` (`withdraw`), and stopping `csrf`,
/// `do` (`revoke`) and `why`, to the address of the request.
#[derive(Debug, Clone, Default)]
pub struct CaseRequestView {
    /// The token of the forms.
    pub csrf: String,
    /// What was just done.
    pub notice: Option<String>,
    /// The page's own heading.
    pub heading: String,
    /// Its own address.
    pub href: String,
    /// The page above it: words and address.
    pub parent: (String, String),
    /// Where it stands.
    pub state: StateWords,
    /// What was asked; the same for whoever looks.
    pub asked: Vec<(String, String)>,
    /// The question by which the people were found.
    pub question: String,
    /// What was said to it.
    pub said: Vec<CaseWord>,
    /// What became of it: opened, closed, stopped.
    pub became: Vec<(String, String)>,
    /// How outcomes stand: words and how many, as the rules let it be shown.
    pub outcomes: Vec<(String, String)>,
    /// Where the reader may say yes or no; none where they may not, and why.
    pub judge_href: Option<String>,
    pub may_not_judge: Option<String>,
    /// The digest of what is shown.
    pub saw: String,
    /// What was chosen and written, and whether it is to be checked.
    pub decision: String,
    pub reason: String,
    pub checking: bool,
    /// The list, for its professional.
    pub list_href: Option<String>,
    /// Whether the reader may take it back, or stop it.
    pub may_withdraw: bool,
    pub may_revoke: bool,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// The page.
pub fn case_request(frame: &Frame, view: &CaseRequestView) -> Markup {
    let body = html! {
        @if let Some(notice) = &view.notice { (notification_banner(&NotificationBanner { success: true, text: notice })) }
        (form::summary(&view.errors))
        h1 { (view.heading) }
        p { (view.state.tag()) }
        @if view.checking {
            (check(view))
        } @else {
            (facts(&view.asked))
            @if !view.question.is_empty() {
                (details(&Details {
                    summary: "How the people were found, as the question that was asked",
                    body: Some(&html! { pre class="haven-code haven-break" { (view.question) } }),
                    ..Details::default()
                }))
            }
            (said(view))
            @if !view.became.is_empty() {
                h2 class="nhsuk-heading-m" { "What became of it" }
                (facts(&view.became))
            }
            @if !view.outcomes.is_empty() {
                h2 class="nhsuk-heading-m" { "What came of the contacts" }
                (facts(&view.outcomes))
            }
            @if let Some(href) = &view.list_href {
                (button(&Button { text: "Go to the sealed list", href: Some(href), ..Button::default() }))
            }
            (judge(view))
            (stop(view))
        }
    };
    framed(
        frame,
        &Page {
            title: &view.heading,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[("Case finding", "/cases"), (&view.parent.0, &view.parent.1)],
            body: column(&body),
        },
    )
}

fn said(view: &CaseRequestView) -> Markup {
    html! {
        @if !view.said.is_empty() {
            (table(&Table {
                caption: "What was said to it",
                columns: ["Who", "Said", "Why", "When"].map(Column::text).into(),
                rows: view.said.iter().map(|word| vec![
                    Cell::html(html! { (word.by) br; (word.role) }),
                    Cell::text(if word.approves { "Approved" } else { "Refused" }),
                    Cell::html(html! { span class="haven-break" { (word.reason) } }),
                    Cell::text(format::moment(word.at)),
                ]).collect(),
                first_cell_is_header: true,
                responsive: true,
                scroll: Scroll::No,
                ..Table::default()
            }))
        }
    }
}

fn judge(view: &CaseRequestView) -> Markup {
    html! {
        @if let Some(href) = &view.judge_href {
            h2 class="nhsuk-heading-m" { "Your decision" }
            form method="post" action=(href) novalidate {
                (csrf_field(&view.csrf))
                input type="hidden" name="saw" value=(view.saw);
                (radios(&Choices {
                    name: "decision",
                    legend: Some(Legend { text: "Do you approve this?", ..Legend::default() }),
                    error: form::error_of(&view.errors, "decision"),
                    items: [("approve", "Yes, I approve it"), ("refuse", "No, I refuse it")]
                        .map(|(value, text)| Choice { value, text, checked: view.decision == value, ..Choice::default() })
                        .into(),
                    ..Choices::default()
                }))
                (textarea(&Textarea {
                    name: "reason",
                    label: Label { text: "Why?", ..Label::default() },
                    hint: Some(html! { "Whoever asked can read this. No names or numbers of people." }),
                    error: form::error_of(&view.errors, "reason"),
                    value: &view.reason,
                    rows: Some(3),
                    ..Textarea::default()
                }))
                (button(&Button { text: "Continue", name: Some("do"), value: Some("check"), ..Button::default() }))
            }
        } @else if let Some(why) = &view.may_not_judge {
            p { (why) }
        }
    }
}

fn check(view: &CaseRequestView) -> Markup {
    let approves = view.decision == "approve";
    let answer = [
        (
            "Your decision".to_owned(),
            if approves { "Approve" } else { "Refuse" }.to_owned(),
        ),
        ("Why".to_owned(), view.reason.clone()),
    ];
    html! {
        h2 class="nhsuk-heading-m" { "Check your decision" }
        (facts(&answer))
        h2 class="nhsuk-heading-m" { "What it is about" }
        (facts(&view.asked))
        @if let Some(href) = &view.judge_href {
            p { "It cannot be changed afterwards." }
            form method="post" action=(href) {
                (csrf_field(&view.csrf))
                input type="hidden" name="saw" value=(view.saw);
                input type="hidden" name="decision" value=(view.decision);
                input type="hidden" name="reason" value=(view.reason);
                div class="nhsuk-button-group" {
                    (button(&Button { text: if approves { "Approve" } else { "Refuse" }, name: Some("do"), value: Some("send"), prevent_double_click: Some(true), ..Button::default() }))
                    (button(&Button { text: "Change it", name: Some("do"), value: Some("change"), variant: ButtonVariant::Secondary, ..Button::default() }))
                }
            }
        }
    }
}

fn stop(view: &CaseRequestView) -> Markup {
    html! {
        @if view.may_withdraw {
            form method="post" action=(view.href) {
                (csrf_field(&view.csrf))
                (button(&Button { text: "Take this request back", name: Some("do"), value: Some("withdraw"), variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
        @if view.may_revoke {
            (warning_callout(&WarningCallout {
                heading: "Stop this list",
                level: Some(2),
                text: "It can then never be opened or read, and what was opened is closed at once. This cannot be undone.",
            }))
            form method="post" action=(view.href) novalidate {
                (csrf_field(&view.csrf))
                (textarea(&Textarea {
                    name: "why",
                    label: Label { text: "Why is it stopped?", ..Label::default() },
                    error: form::error_of(&view.errors, "why"),
                    value: "",
                    rows: Some(2),
                    ..Textarea::default()
                }))
                (button(&Button { text: "Stop it", name: Some("do"), value: Some("revoke"), variant: ButtonVariant::Warning, prevent_double_click: Some(true), ..Button::default() }))
            }
        }
    }
}
