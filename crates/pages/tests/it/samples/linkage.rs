//! Pages about linkage.

use super::*;
use linkage_ugly as ugly;
use linkage_view as view;
use pages::*;

/// Adds them to the others.
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Operator", &["Linkage"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    add("linkage-report", linkage_report(&frame, &view::report()));
    add(
        "linkage-report-without-truth",
        linkage_report(&frame, &view::without_truth()),
    );
    add(
        "linkage-report-nothing",
        linkage_report(&frame, &LinkageReportView::default()),
    );
    let runs = LinkageRunsView {
        runs: vec![LinkageRunRow {
            reference: "6f1c".to_owned(),
            href: "/linkage/6f1c".to_owned(),
            made_at: "2026-11-22T07:30:00Z".parse().unwrap(),
            model: "nhs-trace".to_owned(),
            pairs: 31_204,
            links: 29_987,
        }],
        passes: vec![LinkagePass {
            source: "cld_event".to_owned(),
            pass: "NHS number and birth date".to_owned(),
            records: 28_010,
            people: 27_993,
        }],
        waiting: 41,
        links: vec![Link::new("Pairs to review", "/review")],
    };
    add("linkage", linkage_runs(&frame, &runs));
    let none = LinkageRunsView::default();
    add("linkage-nothing", linkage_runs(&frame, &none));
    let sample = ReviewQueueView {
        sample: true,
        ..review::queue()
    };
    add("review-sample", review_queue(&frame, &sample));
    add("review", pair_review(&frame, &review::pair()));
    add(
        "review-error",
        pair_review(&frame, &review::pair_with_error()),
    );
    add("review-queue", review_queue(&frame, &review::queue()));
    add(
        "review-queue-nothing",
        review_queue(&frame, &ReviewQueueView::default()),
    );
    add(
        "review-decisions",
        decisions(&frame, &review::all_decisions()),
    );
    add(
        "review-decisions-nothing",
        decisions(
            &frame,
            &DecisionsView {
                notice: None,
                rows: vec![],
                ..review::all_decisions()
            },
        ),
    );
    add_returned(pages, &frame);
}

/// What goes back to senders.
fn add_returned(pages: &mut Vec<(&'static str, String)>, frame: &Frame) {
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let sender = signed_in("Submitter", &["Submissions"]);
    add("returned", returned(&sender, &review::found()));
    let wrong = ReturnedView {
        errors: vec![
            FieldError::new("decision-f14", "Choose accept or reject."),
            FieldError::new("why-f41", "Say why, so that it is not found again."),
        ],
        only: Some(ReturnKind::BirthDate),
        accept_all: Some(1_204),
        typed: Some(TypedDecision {
            id: "f41".to_owned(),
            decision: "reject".to_owned(),
            why: "=1+1".to_owned(),
        }),
        ..review::found()
    };
    add("returned-error", returned(&sender, &wrong));
    let not_yet = ReturnedView {
        counts: vec![],
        rows: vec![],
        downloads: vec![],
        withheld: vec![],
        traced_at: None,
        ..review::found()
    };
    add("returned-not-yet", returned(&sender, &not_yet));
    add(
        "returned-overview",
        returned_overview(frame, &review::decided_by_senders()),
    );
    add(
        "returned-overview-nothing",
        returned_overview(frame, &ReturnedOverviewView::default()),
    );
    let nothing = ReturnedView {
        counts: vec![],
        rows: vec![],
        downloads: vec![],
        ..review::found()
    };
    add("returned-nothing", returned(&sender, &nothing));
}

/// The drawings of reports with ugly figures, each with its name.
pub(crate) fn drawings() -> Vec<(String, String)> {
    let reports = [
        ("plain", view::report()),
        ("long", ugly::with_long_names()),
        ("none", ugly::with_no_numbers()),
        ("many", ugly::with_many()),
        ("one", ugly::with_one()),
    ];
    let mut drawings = Vec::new();
    for (name, report) in reports {
        let html = linkage_report_file(&report).into_string();
        for (at, part) in html.split("<svg ").skip(1).enumerate() {
            let svg = part.split_once("</svg>").unwrap().0;
            drawings.push((format!("linkage-{name}-{at}"), format!("<svg {svg}</svg>")));
        }
    }
    drawings
}
