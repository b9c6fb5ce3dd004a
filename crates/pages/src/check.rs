//! Check a file (`/check`): looked at in memory, told what is wrong, and forgotten.

use crate::{
    components::{
        Button, FileUpload, Label, Size, SummaryList, SummaryRow, button, file_upload, inset_text,
        summary_list,
    },
    form::{self, FieldError},
    format,
    frame::{Frame, Link, Page, column, csrf_field, framed},
    result::{CauseRow, causes, not_checked},
    upload::{DatasetChoice, dataset, release},
};
use maud::{Markup, html};

/// What the page shows. The form posts `csrf`, `dataset` and `file`, in this order, as multipart form data to
/// `/check`; `dataset` is a hidden field where there is only one.
#[derive(Debug, Clone, Default)]
pub struct CheckView {
    /// The token of the form.
    pub csrf: String,
    /// The datasets that can be checked.
    pub datasets: Vec<DatasetChoice>,
    /// The name of the one chosen before.
    pub chosen: Option<String>,
    /// The name of the release that was stated before.
    pub release: Option<String>,
    /// The largest file that is checked here.
    pub limit_in_bytes: u64,
    /// What the last check found.
    pub outcome: Option<CheckOutcome>,
    /// Whether the reader may send files.
    pub can_send: bool,
    /// What is wrong with what was sent.
    pub errors: Vec<FieldError>,
}

/// What a check found. It has no page of its own: nothing of the file is kept.
#[derive(Debug, Clone, Default)]
pub struct CheckOutcome {
    /// The name of the file.
    pub file: String,
    /// The dataset, as people call it.
    pub dataset: String,
    /// Whether the file would not be accepted as a whole.
    pub rejected: bool,
    /// Rows in the file.
    pub rows_in: u64,
    /// Rows that would be used.
    pub rows_accepted: u64,
    /// The fingerprint of the file.
    pub sha256: String,
    /// The specification it was checked against, with its version.
    pub specification: String,
    /// The version of the checker.
    pub engine: String,
    /// Which release the file was taken for and why, in a sentence, where nobody stated it.
    pub recognised: Option<String>,
    /// What was found out about the file itself.
    pub detected: Vec<String>,
    /// The causes, worst first. Their links lead to the rules.
    pub causes: Vec<CauseRow>,
    /// The rules that could not be judged here.
    pub not_checked: Vec<Link>,
}

/// The page.
pub fn check(frame: &Frame, view: &CheckView) -> Markup {
    let (title, body) = match &view.outcome {
        Some(outcome) => {
            let headline = headline(outcome);
            (
                format!("Check: {headline}"),
                found(view, outcome, &headline),
            )
        }
        None => ("Check a file".to_owned(), column(&ask(view))),
    };
    framed(
        frame,
        &Page {
            title: &title,
            error: !view.errors.is_empty(),
            wide: false,
            parents: &[],
            body,
        },
    )
}

fn ask(view: &CheckView) -> Markup {
    html! {
        (form::summary(&view.errors))
        h1 { "Check a file" }
        p { "The file is checked in memory and forgotten. Nothing is kept, and nothing is sent on." }
        (upload_form(view))
    }
}

fn upload_form(view: &CheckView) -> Markup {
    html! {
        form action="/check" method="post" enctype="multipart/form-data" novalidate {
            (csrf_field(&view.csrf))
            (dataset(&view.datasets, view.chosen.as_deref(), form::error_of(&view.errors, "dataset")))
            (release(&view.datasets, view.release.as_deref()))
            (file_upload(&FileUpload {
                name: "file",
                label: Label { text: "Choose your file", size: Some(Size::M), ..Label::default() },
                hint: Some(html! {
                    "CSV or Excel (XLSX), at most " (format::bytes(view.limit_in_bytes))
                    ". Check larger ones on your own machine with "
                    span class="haven-code" { "haven check" } "."
                }),
                error: form::error_of(&view.errors, "file"),
                ..FileUpload::default()
            }))
            (button(&Button { text: "Check", prevent_double_click: Some(true), ..Button::default() }))
        }
    }
}

fn headline(outcome: &CheckOutcome) -> String {
    let to_fix = outcome.causes.iter().filter(|c| c.level.rejects()).count();
    match to_fix {
        0 => "nothing to fix".to_owned(),
        n => format!(
            "{} to fix",
            format::counted(u64::try_from(n).unwrap_or(u64::MAX), "cause", "causes")
        ),
    }
}

fn found(view: &CheckView, outcome: &CheckOutcome, headline: &str) -> Markup {
    let (to_fix, to_know): (Vec<&CauseRow>, Vec<&CauseRow>) =
        outcome.causes.iter().partition(|c| c.level.rejects());
    let aside = outcome.rows_in.saturating_sub(outcome.rows_accepted);
    let sentence = if outcome.rejected {
        "The file would not be accepted.".to_owned()
    } else if aside == 0 {
        format!(
            "All {} would be accepted.",
            format::counted(outcome.rows_in, "row", "rows")
        )
    } else {
        format!(
            "{} would be accepted and {} set aside.",
            format::counted(outcome.rows_accepted, "row", "rows"),
            format::count(aside)
        )
    };
    html! {
        (column(&html! {
            h1 {
                span class="nhsuk-caption-xl" { (outcome.dataset) }
                " "
                "Check: " (headline)
            }
            (inset_text(&html! { p { (sentence) " Nothing has been kept or sent on." } }))
            @if view.can_send {
                p { a class="nhsuk-link" href="/submissions/new" { @if to_fix.is_empty() { "Send this file" } @else { "Send it as it is" } } }
            }
        }))
        (summary_list(&SummaryList { rows: facts(outcome), ..SummaryList::default() }))
        @if !to_fix.is_empty() { (causes("Causes to fix", &to_fix, outcome.rows_in)) }
        @if !to_know.is_empty() { (causes("Worth a look", &to_know, outcome.rows_in)) }
        (not_checked("They compare the file with what you sent before, or with your account. They are checked when you send it.", &outcome.not_checked))
        (column(&html! {
            h2 class="nhsuk-heading-m" { "Check another file" }
            (upload_form(view))
        }))
    }
}

fn facts(outcome: &CheckOutcome) -> Vec<SummaryRow<'_>> {
    [
        Some(SummaryRow::new(
            "File",
            html! { span class="haven-break" { (outcome.file) } },
        )),
        Some(SummaryRow::new(
            "Rows in the file",
            format::count(outcome.rows_in),
        )),
        (!outcome.detected.is_empty())
            .then(|| SummaryRow::new("What we detected", format::listed(&outcome.detected))),
        Some(SummaryRow::new(
            "Checked against",
            html! {
                (outcome.specification) ", with checker " (outcome.engine)
                @if let Some(recognised) = &outcome.recognised { br; (recognised) }
            },
        )),
        Some(SummaryRow::new(
            "Fingerprint (SHA-256)",
            html! { span class="haven-hash" { (outcome.sha256) } },
        )),
    ]
    .into_iter()
    .flatten()
    .collect()
}
