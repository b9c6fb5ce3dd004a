//! Result (`/submissions/{id}`): what became of a file, with its problems grouped by cause.

use crate::{
    components::{
        Button, Cell, Column, Size, SummaryList, SummaryRow, Table, button, inset_text,
        summary_list, table,
    },
    format,
    frame::{Frame, Link, Page, bullets, column, framed, link_list},
    state::SubmissionState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};
use model::Level;

/// What the result page shows.
#[derive(Debug, Clone)]
pub struct ResultView {
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// The period, where one is known; it is part of the title.
    pub period: Option<String>,
    /// When the file came.
    pub received_at: DateTime<Utc>,
    /// How it stands.
    pub state: SubmissionState,
    /// Rows in the file.
    pub rows_in: u64,
    /// Rows that went on.
    pub rows_landed: u64,
    /// Rows set aside.
    pub rows_set_aside: u64,
    /// The fingerprint of the file.
    pub sha256: String,
    /// The specification it was checked against, with its version.
    pub specification: String,
    /// The version of the checker.
    pub engine: String,
    /// What was found out about the file itself, such as its encoding.
    pub detected: Vec<String>,
    /// The causes, worst first.
    pub causes: Vec<CauseRow>,
    /// What could not be checked, and why.
    pub not_checked: Vec<String>,
    /// The receipt, where the file was accepted.
    pub receipt_href: Option<String>,
    /// The findings as files.
    pub downloads: Vec<Link>,
    /// Whether the reader may send another file.
    pub can_send: bool,
}

/// One cause: a rule, and how often the file breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRow {
    /// The code of the rule.
    pub rule: String,
    /// Its page.
    pub href: String,
    /// What is wrong, in words.
    pub says: String,
    /// What it does.
    pub level: Level,
    /// How many rows.
    pub rows: u64,
    /// What to do.
    pub fix: String,
}

/// The result of one file.
pub fn result(frame: &Frame, view: &ResultView) -> Markup {
    let (to_fix, to_know): (Vec<&CauseRow>, Vec<&CauseRow>) =
        view.causes.iter().partition(|c| c.level.rejects());
    let number = u64::try_from(to_fix.len()).unwrap_or(u64::MAX);
    let headline = headline(view, number);
    let title = match &view.period {
        Some(period) => format!("Result: {headline}, {period}"),
        None => format!("Result: {headline}"),
    };
    let body = html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { (view.dataset) @if let Some(period) = &view.period { ", " (period) } }
                " "
                "Result: " (headline)
            }
            (outcome(view, number))
        }))
        (facts(view))
        @if let Some(href) = &view.receipt_href {
            (button(&Button { text: "See the receipt", href: Some(href), variant: crate::components::ButtonVariant::Secondary, ..Button::default() }))
        }
        @if !to_fix.is_empty() { (causes("Causes to fix", &to_fix, view.rows_in)) }
        @if !to_know.is_empty() { (causes("Worth a look", &to_know, view.rows_in)) }
        @if !view.not_checked.is_empty() {
            h2 class="nhsuk-heading-m" { "Not checked" }
            (bullets(&view.not_checked))
        }
        @if !view.downloads.is_empty() {
            h2 class="nhsuk-heading-m" { "Take the findings with you" }
            (link_list(&view.downloads))
        }
        @if view.can_send && number > 0 {
            (button(&Button { text: "Send a new file", href: Some("/submissions/new"), ..Button::default() }))
        }
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[("Your submissions", "/submissions")],
            body,
        },
    )
}

fn headline(view: &ResultView, to_fix: u64) -> String {
    match view.state {
        SubmissionState::Waiting => "waiting to be checked".to_owned(),
        SubmissionState::Running => "being checked".to_owned(),
        SubmissionState::Failed => "we could not check it".to_owned(),
        SubmissionState::Withdrawn => "withdrawn".to_owned(),
        SubmissionState::Replaced => "replaced by a later file".to_owned(),
        _ if to_fix == 0 => "nothing to fix".to_owned(),
        _ => format!("{} to fix", format::counted(to_fix, "cause", "causes")),
    }
}

/// What it means, in one place: what was right first.
fn outcome(view: &ResultView, to_fix: u64) -> Markup {
    let landed = format::counted(view.rows_landed, "row", "rows");
    let aside = format::counted(view.rows_set_aside, "row", "rows");
    let sentence = match view.state {
        SubmissionState::Waiting | SubmissionState::Running => {
            "Your file is safe with us. The result will be on this page; you can close it and come back.".to_owned()
        }
        SubmissionState::Failed => {
            "Something went wrong on our side. Your file is safe and has not been used. We have been told.".to_owned()
        }
        SubmissionState::Withdrawn => "You took this file back. Nothing in it is used.".to_owned(),
        SubmissionState::Replaced => "A later file took the place of this one.".to_owned(),
        SubmissionState::NotAccepted => format!(
            "The file was not accepted, and none of its {} are used. Fix {} and send it again.",
            format::counted(view.rows_in, "row", "rows"),
            if to_fix == 1 { "the cause below" } else { "the causes below" }
        ),
        SubmissionState::Accepted | SubmissionState::NeedsYou if view.rows_set_aside == 0 => {
            format!("All {landed} were accepted. There is nothing more to do.")
        }
        SubmissionState::Accepted | SubmissionState::NeedsYou => format!(
            "{landed} {} accepted. {aside} {} set aside and not used. Fix {} in your own system and send the whole file again.",
            if view.rows_landed == 1 { "was" } else { "were" },
            if view.rows_set_aside == 1 { "was" } else { "were" },
            if to_fix == 1 { "the cause below" } else { "the causes below" }
        ),
    };
    inset_text(&html! { p { (sentence) } })
}

fn facts(view: &ResultView) -> Markup {
    summary_list(&SummaryList {
        rows: [
            Some(SummaryRow::new("State", view.state.tag())),
            Some(SummaryRow::new("File", &view.file)),
            Some(SummaryRow::new(
                "Received",
                format::moment(view.received_at),
            )),
            Some(SummaryRow::new(
                "Rows in the file",
                format::count(view.rows_in),
            )),
            Some(SummaryRow::new(
                "Rows accepted",
                format::count(view.rows_landed),
            )),
            Some(SummaryRow::new(
                "Rows set aside",
                format::count(view.rows_set_aside),
            )),
            (!view.detected.is_empty())
                .then(|| SummaryRow::new("What we detected", format::listed(&view.detected))),
            Some(SummaryRow::new(
                "Checked against",
                html! { (view.specification) ", with checker " (view.engine) },
            )),
            Some(SummaryRow::new(
                "Fingerprint (SHA-256)",
                html! { span class="haven-hash" { (view.sha256) } },
            )),
        ]
        .into_iter()
        .flatten()
        .collect(),
        ..SummaryList::default()
    })
}

fn causes(caption: &str, causes: &[&CauseRow], rows_in: u64) -> Markup {
    table(&Table {
        caption,
        caption_size: Some(Size::M),
        columns: vec![
            Column::text("Cause"),
            Column::text("What it does"),
            Column::number("Rows"),
            Column::number("Share of file"),
            Column::text("How to fix it"),
        ],
        rows: causes
            .iter()
            .map(|cause| {
                vec![
                    Cell::html(html! {
                        a class="nhsuk-link" href=(cause.href) { (cause.says) }
                        " " span class="haven-note" { (cause.rule) }
                    }),
                    Cell::text(does(cause.level)),
                    Cell::text(if cause.rows == 0 {
                        "whole file".to_owned()
                    } else {
                        format::count(cause.rows)
                    }),
                    Cell::text(
                        format::share(cause.rows, rows_in)
                            .filter(|_| cause.rows > 0)
                            .unwrap_or_else(|| "all".to_owned()),
                    ),
                    Cell::text(&cause.fix),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

/// What a level does to the sender's file, in their words.
pub(crate) const fn does(level: Level) -> &'static str {
    match level {
        Level::RejectFile => "File not accepted",
        Level::RejectRow => "Row set aside",
        Level::Warning => "Warning",
        Level::Note => "Note",
    }
}
