//! A run (`/runs/{id}`): inputs by hash, versions, counts in and out, timings, and why.

use crate::{
    components::{
        Cell, Column, Scroll, Size, SummaryList, SummaryRow, Table, WarningCallout, summary_list,
        table, warning_callout,
    },
    format,
    frame::{Frame, Page, framed},
    state::StepState,
};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

/// What the page of a run shows.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its reference.
    pub id: String,
    /// What it was about: dataset and period.
    pub name: String,
    /// Who sent the file.
    pub sender: String,
    /// How it stands.
    pub state: StepState,
    /// When it began.
    pub started_at: Option<DateTime<Utc>>,
    /// How long it took, or has taken so far.
    pub milliseconds: Option<u64>,
    /// The version of the program.
    pub code_version: String,
    /// The versions of what it knew: specification, linkage, derivations.
    pub content_versions: Vec<(String, String)>,
    /// What it read.
    pub inputs: Vec<RunInput>,
    /// What it did.
    pub steps: Vec<RunStep>,
    /// Why rows were set aside, with how many for each reason.
    pub reasons: Vec<(String, u64)>,
    /// Where it goes on after an interruption.
    pub resumes_at: Option<String>,
    /// What went wrong, and the reference to quote.
    pub problem: Option<String>,
}

/// One input of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunInput {
    /// The file or table.
    pub name: String,
    /// Its version, where it has one.
    pub version: Option<u64>,
    /// The fingerprint of its content.
    pub sha256: String,
    /// Its rows.
    pub rows: u64,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunStep {
    /// Its name.
    pub name: String,
    /// Why it is there.
    pub why: String,
    /// How it stands.
    pub state: StepState,
    /// Rows in.
    pub rows_in: Option<u64>,
    /// Rows out.
    pub rows_out: Option<u64>,
    /// Rows set aside.
    pub rows_set_aside: Option<u64>,
    /// How long it took.
    pub milliseconds: Option<u64>,
}

/// A run.
pub fn run(frame: &Frame, view: &RunView) -> Markup {
    let body = html! {
        h1 {
            span class="nhsuk-caption-xl" { (view.sender) }
                " "
            "Run: " (view.name)
        }
        @if let Some(problem) = &view.problem {
            (warning_callout(&WarningCallout { heading: "This run has failed", level: Some(2), text: problem }))
        }
        (facts(view))
        (inputs(&view.inputs))
        (steps(&view.steps))
        @if !view.reasons.is_empty() { (reasons(&view.reasons)) }
    };
    framed(
        frame,
        &Page {
            title: &format!("Run {}", view.id),
            error: false,
            wide: false,
            parents: &[("Runs", "/runs")],
            body,
        },
    )
}

fn facts(view: &RunView) -> Markup {
    let mut rows = vec![
        SummaryRow::new("Reference", &view.id),
        SummaryRow::new("State", view.state.tag()),
    ];
    if let Some(started) = view.started_at {
        rows.push(SummaryRow::new("Started", format::moment(started)));
    }
    if let Some(milliseconds) = view.milliseconds {
        rows.push(SummaryRow::new(
            "Time taken",
            format::duration(milliseconds),
        ));
    }
    if let Some(step) = &view.resumes_at {
        rows.push(SummaryRow::new("Goes on at", step));
    }
    rows.push(SummaryRow::new("Program version", &view.code_version));
    for (name, version) in &view.content_versions {
        rows.push(SummaryRow::new(name, version));
    }
    summary_list(&SummaryList {
        rows,
        ..SummaryList::default()
    })
}

fn inputs(inputs: &[RunInput]) -> Markup {
    table(&Table {
        caption: "What it read",
        caption_size: Some(Size::M),
        id: Some("inputs"),
        columns: vec![
            Column::text("File or table"),
            Column::number("Version"),
            Column::number("Rows"),
            Column::text("Fingerprint (SHA-256)"),
        ],
        rows: inputs
            .iter()
            .map(|input| {
                vec![
                    Cell::text(&input.name),
                    Cell::text(or_dash(input.version)),
                    Cell::text(format::count(input.rows)),
                    Cell::html(html! { span class="haven-hash" { (input.sha256) } }),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        responsive: true,
        ..Table::default()
    })
}

fn steps(steps: &[RunStep]) -> Markup {
    table(&Table {
        caption: "What it did",
        caption_size: Some(Size::M),
        id: Some("steps"),
        columns: vec![
            Column::text("Step"),
            Column::text("State"),
            Column::number("Rows in"),
            Column::number("Rows out"),
            Column::number("Set aside"),
            Column::number("Time"),
        ],
        rows: steps
            .iter()
            .map(|step| {
                vec![
                    Cell::html(html! { (step.name) " " span class="haven-note" { (step.why) } }),
                    Cell::html(step.state.tag()),
                    Cell::text(or_dash(step.rows_in)),
                    Cell::text(or_dash(step.rows_out)),
                    Cell::text(or_dash(step.rows_set_aside)),
                    Cell::text(
                        step.milliseconds
                            .map_or_else(|| "-".to_owned(), format::duration),
                    ),
                ]
            })
            .collect(),
        first_cell_is_header: true,
        compact: true,
        scroll: Scroll::Focusable,
        ..Table::default()
    })
}

fn reasons(reasons: &[(String, u64)]) -> Markup {
    table(&Table {
        caption: "Why rows were set aside",
        caption_size: Some(Size::M),
        id: Some("reasons"),
        columns: vec![Column::text("Reason"), Column::number("Rows")],
        rows: reasons
            .iter()
            .map(|(reason, rows)| vec![Cell::text(reason), Cell::text(format::count(*rows))])
            .collect(),
        first_cell_is_header: true,
        ..Table::default()
    })
}

fn or_dash(number: Option<u64>) -> String {
    number.map_or_else(|| "-".to_owned(), format::count)
}
