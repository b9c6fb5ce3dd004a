//! Pages of those who run the journey.

use super::*;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in(
        "Regional operator",
        &[
            "Runs",
            "Agreements",
            "Ask a question",
            "Releases",
            "Service status",
            "Register",
        ],
    );
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("runs", runs(&frame, &runs_view()));
    add("runs-empty", runs(&frame, &RunsView::default()));
    add("run", run(&frame, &run_view()));
    add("corrections", corrections(&frame, &corrections_view()));
    add(
        "corrections-empty",
        corrections(&frame, &CorrectionsView::default()),
    );
}

fn corrections_view() -> CorrectionsView {
    CorrectionsView {
        waiting: 2,
        corrections: vec![
            CorrectionView {
                links: 7,
                at: at("2026-05-04T09:12:00Z"),
                records: vec![("cld_event".into(), 3, 0), ("hospital_spell".into(), 0, 12)],
                tables: vec!["cld_event".into(), "person_quarter".into()],
                releases: vec![(
                    "Support by area".into(),
                    "/releases/0a1b2c".into(),
                    "ana".into(),
                )],
                told: vec![
                    ("ana".into(), Some(at("2026-05-05T08:00:00Z"))),
                    ("bo".into(), None),
                ],
            },
            CorrectionView {
                links: 2,
                at: at("2026-04-02T10:00:00Z"),
                records: vec![("death".into(), 0, 1)],
                tables: vec![],
                releases: vec![],
                told: vec![],
            },
        ],
    }
}

fn runs_view() -> RunsView {
    use StepState::{Done, Failed, NeedsYou, Running, Waiting};
    let row = |name: &str, states: [StepState; 6]| BoardRow {
        name: name.into(),
        sender: "Estuary Vale".into(),
        received_at: at("2026-03-31T16:00:00Z"),
        cells: states
            .into_iter()
            .map(|state| BoardCell {
                state,
                href: (state != Waiting).then(|| "/runs/17".into()),
            })
            .collect(),
    };
    RunsView {
        steps: strings(&["Land", "Check", "Link", "Pseudonymise", "Derive", "Release"]),
        rows: vec![
            row(
                "Client level data, March 2026",
                [Done, Done, Running, Waiting, Waiting, Waiting],
            ),
            row(
                "Hospital stays, March 2026",
                [Done, NeedsYou, Waiting, Waiting, Waiting, Waiting],
            ),
            row(
                "Client level data, February 2026",
                [Done, Done, Done, Done, Done, Failed],
            ),
        ],
        paging: None,
        refresh_in_seconds: Some(30),
    }
}

fn run_view() -> RunView {
    let step = |name: &str, state, rows: Option<u64>| RunStep {
        name: name.into(),
        why: "Rows whose NHS number is in the index are the same person.".into(),
        state,
        rows_in: rows,
        rows_out: rows.map(|r| r - 10),
        rows_set_aside: rows.map(|_| 10),
        milliseconds: rows.map(|r| r / 10),
    };
    RunView {
        id: "17".into(),
        name: "Client level data, March 2026".into(),
        sender: "Estuary Vale".into(),
        state: StepState::Failed,
        started_at: Some(at("2026-03-31T16:00:00Z")),
        milliseconds: Some(61_000),
        code_version: "haven 0.1.0".into(),
        content_versions: vec![
            ("Specification".into(), "client level data 2.1".into()),
            ("Linkage".into(), "deterministic 1".into()),
        ],
        inputs: vec![
            RunInput {
                name: "march.csv".into(),
                version: None,
                sha256: HASH.into(),
                rows: 412_806,
            },
            RunInput {
                name: "demographic_index".into(),
                version: Some(3),
                sha256: HASH.into(),
                rows: 190_000,
            },
        ],
        steps: vec![
            step("link.pass.nhs_number", StepState::Done, Some(412_806)),
            step("link.pass.name_and_birth", StepState::Failed, None),
        ],
        reasons: vec![("Event end date is before event start date".into(), 1_204)],
        resumes_at: Some("link.pass.name_and_birth".into()),
        problem: Some(
            "The disk is full. Free 2 GB and run the step again. Reference 7QK-231.".into(),
        ),
    }
}
