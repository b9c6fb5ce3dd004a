//! Result (`/submissions/{id}`): what became of a file, with its problems grouped by cause.

use crate::{
    components::{
        Button, ButtonVariant, Cell, Column, Details, Size, SummaryList, SummaryRow, Table,
        TagColour, button, details, inset_text, summary_list, table, tag,
    },
    format,
    frame::{Frame, Link, Page, column, framed, link_list},
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
    /// Which release the file was taken for and why, in a sentence, where nobody stated it.
    pub recognised: Option<String>,
    /// What was found out about the file itself, such as its encoding.
    pub detected: Vec<String>,
    /// The causes, worst first.
    pub causes: Vec<CauseRow>,
    /// The rules that could not be judged.
    pub not_checked: Vec<Link>,
    /// The receipt, where the file was accepted.
    pub receipt_href: Option<String>,
    /// The findings as files.
    pub downloads: Vec<Link>,
    /// Whether the reader may send another file.
    pub can_send: bool,
    /// What the sender can do with this file now.
    pub next: NextSteps,
}

/// What a sender can do with a file, and until when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NextSteps {
    /// This page, to be looked at again while the file is being checked.
    pub here_href: String,
    /// Where it is sent on.
    pub confirm_href: Option<String>,
    /// What the file says about the sender, beside the last one.
    pub preview_href: Option<String>,
    /// What tracing found about its records.
    pub returned_href: Option<String>,
    /// Where it is taken back.
    pub withdraw_href: Option<String>,
    /// Where another file takes its place.
    pub replace_href: Option<String>,
    /// When the window closes or closed, and what happens after that, in sentences.
    pub window: Option<String>,
    /// Until when an attempt is kept.
    pub kept_until: Option<DateTime<Utc>>,
    /// Whether it was sent after its window had closed.
    pub late: bool,
    /// Whether it covers less than was asked for.
    pub partial: bool,
    /// The page of the file that took its place.
    pub replaced_href: Option<String>,
}

/// One cause: a rule, and how often the file breaks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CauseRow {
    /// The code of the rule.
    pub rule: String,
    /// Its page; empty where it has none.
    pub href: String,
    /// What is wrong, in words.
    pub says: String,
    /// What it does.
    pub level: Level,
    /// How many rows.
    pub rows: u64,
    /// What to do.
    pub fix: String,
    /// The most common wrong values in words, where the reader may see cells.
    pub values: Vec<String>,
    /// What most likely went wrong, where the data shows it.
    pub likely: Option<String>,
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
            @if let Some(window) = &view.next.window { p { (window) } }
            (onwards(view))
        }))
        (facts(view))
        @if !to_fix.is_empty() { (causes("Causes to fix", &to_fix, view.rows_in)) }
        @if !to_know.is_empty() { (causes("Worth a look", &to_know, view.rows_in)) }
        (not_checked("They need what was not known, such as your last accepted file.", &view.not_checked))
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: false,
            wide: false,
            parents: &[("Submissions", "/submissions")],
            body,
        },
    )
}

/// What to do now: the one main action, then the others.
fn onwards(view: &ResultView) -> Markup {
    let next = &view.next;
    let secondary = |text, href: &String| {
        button(&Button {
            text,
            href: Some(href),
            variant: ButtonVariant::Secondary,
            ..Button::default()
        })
    };
    let under_way = matches!(
        view.state,
        SubmissionState::Waiting | SubmissionState::Running
    );
    html! {
        @if under_way {
            p { a class="nhsuk-link" href=(next.here_href) { "See whether it is done" } }
            p data-haven-refresh="5" hidden {
                span { "This page looks again every 5 seconds." } " "
                button class="nhsuk-button nhsuk-button--secondary nhsuk-button--small" type="button" { "Stop" }
            }
        }
        @if let Some(href) = &next.preview_href {
            p { a class="nhsuk-link" href=(href) { "What this file says about you" } }
        }
        @if let Some(href) = &next.returned_href {
            p { a class="nhsuk-link" href=(href) { "What tracing found about your records" } }
        }
        @if let Some(href) = &next.replaced_href {
            p { a class="nhsuk-link" href=(href) { "See the file that took its place" } }
        }
        @for link in &view.downloads {
            p { a class="nhsuk-link" href=(link.href) { (link.text) } }
        }
        div class="haven-buttons" {
            @if view.can_send && matches!(view.state, SubmissionState::NotAccepted | SubmissionState::Withdrawn | SubmissionState::Expired) {
                (button(&Button { text: "Send a new file", href: Some("/submissions/new"), ..Button::default() }))
            }
            @if let Some(href) = &next.confirm_href {
                (button(&Button { text: "Check and send", href: Some(href), ..Button::default() }))
            }
            @if let Some(href) = &view.receipt_href { (secondary("See the receipt", href)) }
            @if let Some(href) = &next.replace_href { (secondary("Replace this file", href)) }
            @if let Some(href) = &next.withdraw_href {
                (secondary(if next.confirm_href.is_some() { "Delete this attempt" } else { "Withdraw this file" }, href))
            }
        }
    }
}

fn headline(view: &ResultView, to_fix: u64) -> String {
    match view.state {
        SubmissionState::Waiting => "waiting to be checked".to_owned(),
        SubmissionState::Running => "being checked".to_owned(),
        SubmissionState::Failed => "we could not check it".to_owned(),
        SubmissionState::Withdrawn => "withdrawn".to_owned(),
        SubmissionState::Replaced => "replaced by a later file".to_owned(),
        SubmissionState::Expired => "not sent in time".to_owned(),
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
        SubmissionState::Expired => {
            "This file was checked and not sent, so it was deleted. What was found is still here. Upload it again to send it.".to_owned()
        }
        SubmissionState::NotSent => format!(
            "{} would be accepted{}. Nothing has been sent yet{}.",
            landed,
            if view.rows_set_aside == 0 { String::new() } else { format!(" and {aside} set aside") },
            view.next.kept_until.map(|until| format!(": the file is kept until {}, then deleted", format::moment(until))).unwrap_or_default(),
        ),
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
            Some(SummaryRow::new(
                "State",
                html! {
                    (view.state.tag())
                    @if view.next.late { " " (tag("Late", TagColour::Red)) }
                    @if view.next.partial { " " (tag("Part of the period", TagColour::Grey)) }
                },
            )),
            Some(SummaryRow::new(
                "File",
                html! { span class="haven-break" { (view.file) } },
            )),
            view.period.as_ref().map(|p| SummaryRow::new("Period", p)),
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
                html! {
                    (view.specification) ", with checker " (view.engine)
                    @if let Some(recognised) = &view.recognised { br; (recognised) }
                },
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

/// Rules that could not be judged, and why that is.
pub(crate) fn not_checked(why: &str, rules: &[Link]) -> Markup {
    html! {
        @if !rules.is_empty() {
            h2 class="nhsuk-heading-m" { "Not checked here" }
            (details(&Details {
                summary: &format!("{} not checked", format::counted(u64::try_from(rules.len()).unwrap_or(u64::MAX), "rule was", "rules were")),
                body: Some(&html! { p { (why) } (link_list(rules)) }),
                ..Details::default()
            }))
        }
    }
}

/// Causes as a table.
pub(crate) fn causes(caption: &str, causes: &[&CauseRow], rows_in: u64) -> Markup {
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
                        @if cause.href.is_empty() { (cause.says) }
                        @else { a class="nhsuk-link" href=(cause.href) { (cause.says) } }
                        " " span class="haven-note" { (cause.rule) }
                        @if let Some(likely) = &cause.likely { " " span class="haven-note" { (likely) } }
                        @if !cause.values.is_empty() {
                            " " span class="haven-note" { "Most common: " (cause.values.join(", ")) }
                        }
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
                    Cell::html(format::with_code(&cause.fix)),
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
