//! Pages of clerical review and of what tracing returns to the sender. Used by the tests and by
//! `examples/linkage_report.rs`. The people are invented; the NHS numbers are of the range that nobody holds.

use super::linkage_view::twins;
use pages::*;

fn field(name: &str, left: &str, right: &str, says: FieldSays, level: &str) -> ReviewField {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ReviewField {
        name: name.to_owned(),
        left: value(left),
        right: value(right),
        others: vec![],
        says,
        level: level.to_owned(),
    }
}

/// A pair that could be twins.
pub(crate) fn pair() -> PairReviewView {
    PairReviewView {
        csrf: "token".to_owned(),
        pair: "p-1041".to_owned(),
        number: 1041,
        left_over: 41,
        done_today: 9,
        left_name: "Client record".to_owned(),
        right_name: "Index record".to_owned(),
        fields: vec![
            field("NHS number", "", "999 000 0018", FieldSays::Missing, ""),
            field(
                "Given name",
                "Katherine",
                "Kathleen",
                FieldSays::Alike,
                "very alike",
            ),
            ReviewField {
                others: vec!["Brindle".to_owned()],
                ..field(
                    "Family name",
                    "Thornby-Vale",
                    "Thornby-Vale",
                    FieldSays::Same,
                    "equal",
                )
            },
            field(
                "Date of birth",
                "1984-03-07",
                "1984-07-03",
                FieldSays::Differs,
                "day and month exchanged",
            ),
            field("Sex", "2", "2", FieldSays::Same, "equal"),
            field(
                "Postcode",
                "ZZ1 1AA",
                "ZZ1 4BB",
                FieldSays::Differs,
                "same district",
            ),
        ],
        waterfall: Some(twins("pair")),
        why_now: "One answer settles 12 records.".to_owned(),
        second_review: true,
        previous: Some(PreviousDecision {
            number: 1040,
            decision: PairDecision::Different,
        }),
        ..PairReviewView::default()
    }
}

/// The same pair, sent without a choice.
pub(crate) fn pair_with_error() -> PairReviewView {
    PairReviewView {
        number: 1042,
        second_review: false,
        previous: None,
        note: "A note that was typed".to_owned(),
        errors: vec![FieldError::new("decision", "Choose one of the three.")],
        ..pair()
    }
}

/// The queue.
pub(crate) fn queue() -> ReviewQueueView {
    let row = |number: u64, why: &str, second| QueueRow {
        number,
        href: format!("/review/p-{number}"),
        bits: 3.4,
        probability: 0.914,
        value: 12.2,
        why: why.to_owned(),
        second,
    };
    ReviewQueueView {
        start_href: Some("/review/p-1041".to_owned()),
        left: 41,
        left_for_second: 6,
        sample: false,
        decided: 311,
        how: "An answer is worth the records that it is expected to put right.".to_owned(),
        rows: vec![
            row(1041, "twins", true),
            row(1042, "bridge of a cluster", false),
            row(1043, "close second", false),
        ],
        paging: Some(Paging {
            page: 1,
            pages: 3,
            href: "/review?page=".to_owned(),
        }),
        agreement: Some(ReviewAgreement {
            counts: [[40, 2, 1], [1, 50, 0], [0, 3, 3]],
            kappa: Some(0.87),
            interval: Some((0.79, 0.95)),
        }),
        links: vec![Link::new("All decisions", "/review/decisions")],
    }
}

/// All decisions.
pub(crate) fn all_decisions() -> DecisionsView {
    let row = |number: u64, decision, other, undone| DecisionRow {
        number,
        href: format!("/review/p-{number}"),
        decision,
        by: "Jo Example".to_owned(),
        at: "2026-11-22T07:30:00Z".parse().unwrap(),
        note: "Born on one day, at one address".to_owned(),
        other,
        undone,
        replaced: number == 1037,
        may_undo: true,
    };
    DecisionsView {
        csrf: "token".to_owned(),
        notice: Some("Your decision on pair 1,038 was taken back.".to_owned()),
        rows: vec![
            row(
                1040,
                PairDecision::Different,
                Some(PairDecision::Different),
                false,
            ),
            row(
                1039,
                PairDecision::SamePerson,
                Some(PairDecision::NotSure),
                false,
            ),
            row(1038, PairDecision::SamePerson, None, true),
            row(1037, PairDecision::NotSure, None, false),
        ],
        paging: None,
        downloads: vec![Link::new(
            "Labels to train with, as CSV",
            "/review/decisions.csv",
        )],
    }
}

/// What tracing found.
pub(crate) fn found() -> ReturnedView {
    let row = |row: u64, kind, yours: Option<&str>, found: &str, decision| ReturnRow {
        id: format!("f{row}"),
        row,
        rows: if row == 14 { 3 } else { 1 },
        reference: format!("CL-{row}"),
        kind,
        yours: yours.map(str::to_owned),
        found: found.to_owned(),
        confidence: 98.0,
        step: "the algorithmic trace".to_owned(),
        decision,
    };
    let decided = ReturnDecision {
        accepted: false,
        why: "Her sister: we checked by telephone".to_owned(),
        by: "Sue Example".to_owned(),
        at: "2026-11-22T07:30:00Z".parse().unwrap(),
    };
    let accepted = ReturnDecision {
        accepted: true,
        why: String::new(),
        ..decided.clone()
    };
    let count = |kind: ReturnKind, found, accepted, rejected| {
        (
            ReturnCount {
                kind,
                found,
                accepted,
                rejected,
            },
            format!("/submissions/6f1c/returned?kind={}", kind.value()),
        )
    };
    ReturnedView {
        csrf: "token".to_owned(),
        action: "/submissions/6f1c/returned".to_owned(),
        result_href: "/submissions/6f1c".to_owned(),
        sender: "Southend-on-Sea City Council".to_owned(),
        traced_at: Some("2026-11-22T07:30:00Z".parse().unwrap()),
        notice: None,
        counts: vec![
            count(ReturnKind::NumberFound, 31, 2, 0),
            count(ReturnKind::NumberDiffers, 4, 0, 1),
            count(ReturnKind::Death, 2, 0, 0),
        ],
        only: None,
        all_href: "/submissions/6f1c/returned".to_owned(),
        rows: vec![
            row(14, ReturnKind::NumberFound, None, "999 000 0018", None),
            row(
                20,
                ReturnKind::NumberDiffers,
                Some("999 000 0026"),
                "999 000 0034",
                Some(decided),
            ),
            row(33, ReturnKind::Name, Some("Jo"), "Joanna", Some(accepted)),
            row(
                41,
                ReturnKind::BirthDate,
                Some("1 January 1950"),
                "11 January 1950",
                None,
            ),
            row(57, ReturnKind::Practice, None, "F81123", None),
            row(58, ReturnKind::Death, None, "3 May 2026", None),
        ],
        paging: None,
        downloads: vec![Link::new(
            "Everything as CSV",
            "/submissions/6f1c/returned.csv",
        )],
        withheld: vec![
            "12 findings: the link is not sure enough, or the index does not let us tell."
                .to_owned(),
            "3 records: several people of the index are alike.".to_owned(),
        ],
        accept_all: None,
        typed: None,
        errors: vec![],
    }
}

/// What senders decided.
pub(crate) fn decided_by_senders() -> ReturnedOverviewView {
    let total = |name: &str, accepted, rejected| ReturnedTotal {
        council: name.to_owned(),
        accepted,
        rejected,
        numbers_rejected: rejected / 2,
    };
    let reason = |name: &str, kind, why: &str, findings| ReturnedReason {
        council: name.to_owned(),
        kind,
        why: why.to_owned(),
        findings,
        last: "2026-11-22T07:30:00Z".parse().unwrap(),
    };
    ReturnedOverviewView {
        councils: vec![
            total("Southend-on-Sea City Council", 29, 2),
            total("Bournemouth, Christchurch and Poole Council", 1_204, 31),
        ],
        reasons: vec![
            reason(
                "Bournemouth, Christchurch and Poole Council",
                ReturnKind::NumberFound,
                "Our own trace says otherwise",
                30,
            ),
            reason(
                "Southend-on-Sea City Council",
                ReturnKind::Death,
                "Spoke to the person last week",
                1,
            ),
        ],
        reasons_left_out: 0,
    }
}
