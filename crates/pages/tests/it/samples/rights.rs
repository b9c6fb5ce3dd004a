//! Pages about destruction and about what people ask about their own records.

use super::*;
use pages::*;

/// Adds them to the others.
#[expect(clippy::too_many_lines, reason = "a list of samples")]
pub(super) fn add_pages(pages: &mut Vec<(&'static str, String)>) {
    let frame = signed_in("Privacy officer", &["What people ask", "Service status"]);
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let row = |id: &str, what: &str, state| DestructionRow {
        id: id.into(),
        what: what.into(),
        asked_by: "dot".into(),
        asked_at: at("2026-05-04T09:12:00Z"),
        state,
    };
    let list = DestructionsView {
        rows: vec![
            row(
                "d-0123456789ab",
                "What was made for agreement DSA-1234",
                DestructionState::Waiting,
            ),
            row(
                "d-1123456789ab",
                "Everything about one person",
                DestructionState::UnderWay,
            ),
            row(
                "d-2123456789ab",
                "Everything of submission 5f1c0e9a7b3d2c4e6f80",
                DestructionState::Done,
            ),
            row(
                "d-3123456789ab",
                "Every older version of every table",
                DestructionState::Refused,
            ),
        ],
    };
    add("destructions", destructions(&frame, &list));
    add(
        "destructions-empty",
        destructions(&frame, &DestructionsView::default()),
    );
    let ask = DestructionAskView {
        csrf: "token".into(),
        may_erase: true,
        agreements: vec![("DSA-1234".into(), "DSA-1234, Falls pilot".into())],
        ..DestructionAskView::default()
    };
    add("destruction-ask", destruction_ask(&frame, &ask));
    let errors = vec![
        FieldError::new("kind", "Say what should be destroyed"),
        FieldError::new("nhs_number", "Enter the ten digits of the NHS number"),
        FieldError::new("reason", "Say why, in 300 characters or fewer"),
    ];
    add(
        "destruction-ask-error",
        destruction_ask(&frame, &DestructionAskView { errors, ..ask }),
    );
    let found = FoundView {
        goes: vec![
            ("keys: key k1 of DSA-1234/1/EST-ICB/commissioning/linked:person_pseudonym".into(), "its key was destroyed: pseudonyms made with it can be neither made again nor led back".into()),
            ("identified/demographic_index: 2 rows".into(), "the rows were taken out".into()),
        ],
        stays: strings(&["2 released tables stay in the public register: they are counts"]),
    };
    let check = DestructionCheckView {
        csrf: "token".into(),
        kind: "agreement".into(),
        what: "DSA-1234".into(),
        about: "What was made for agreement DSA-1234".into(),
        reason: "It has ended.".into(),
        found: found.clone(),
    };
    add("destruction-check", destruction_check(&frame, &check));
    let one = DestructionView {
        csrf: "token".into(),
        id: "d-0123456789ab".into(),
        about: "What was made for agreement DSA-1234".into(),
        reason: "It has ended.".into(),
        state: DestructionState::Waiting,
        people: vec![(
            "Asked for by".into(),
            "dot (data steward), 4 May 2026 at 10:12".into(),
        )],
        found,
        certificate: None,
        may_decide: true,
        why_not: None,
        may_go_on: false,
        typed: Default::default(),
        errors: Vec::new(),
    };
    add("destruction-decide", destruction(&frame, &one));
    let own = DestructionView {
        may_decide: false,
        why_not: Some("You asked for this, so somebody else in another role has to decide.".into()),
        ..one.clone()
    };
    add("destruction-own", destruction(&frame, &own));
    let under_way = DestructionView {
        may_decide: false,
        may_go_on: true,
        state: DestructionState::UnderWay,
        ..one.clone()
    };
    add("destruction-under-way", destruction(&frame, &under_way));
    let done = DestructionView {
        may_decide: false,
        state: DestructionState::Done,
        certificate: Some(CertificateView {
            at: at("2026-05-05T09:12:00Z"),
            digest: "ab".repeat(32),
            assets: "cd".repeat(32),
            standard: "deletion of encrypted files, and destruction of keys".into(),
            keys: true,
        }),
        ..one
    };
    add("destruction-done", destruction(&frame, &done));
    rights_pages(&frame, pages);
}

fn rights_pages(frame: &Frame, pages: &mut Vec<(&'static str, String)>) {
    let mut add = |name, page: Markup| pages.push((name, page.into_string()));
    let case = |number, days: Option<i64>, state: &str| RightsRow {
        number,
        kind: "To see what is held, and how it was used".into(),
        asked_on: day(2026, 4, 2),
        due: days.map(|days| (day(2026, 5, 2), days)),
        state: state.into(),
    };
    let list = RightsView {
        works: true,
        cases: vec![
            case(4, Some(-2), "A second person has to look at who is asking"),
            case(3, Some(5), "Two people know who is asking"),
            case(2, Some(29), "The answer was made"),
            case(1, None, "The person has the answer"),
        ],
    };
    add("rights", rights(frame, &list));
    add("rights-empty", rights(frame, &RightsView::default()));
    let new = RightsNewView {
        csrf: "token".into(),
        ..RightsNewView::default()
    };
    add("rights-new", rights_new(frame, &new));
    let errors = vec![
        FieldError::new("kind", "Choose what the person asks for"),
        FieldError::new("nhs_number", "Enter the ten digits of the NHS number"),
        FieldError::new(
            "day",
            "Enter a day that is today or has passed, such as 31 3 2026",
        ),
        FieldError::new("identity", "Say how you know who is asking"),
    ];
    add(
        "rights-new-error",
        rights_new(frame, &RightsNewView { errors, ..new }),
    );
    let view = RightsCaseView {
        csrf: "token".into(),
        number: 3,
        facts: vec![
            (
                "What is asked".into(),
                "To see what is held, and how it was used".into(),
            ),
            (
                "Taken in by".into(),
                "pru, 4 May 2026 at 10:12: a passport".into(),
            ),
        ],
        due: Some((day(2026, 6, 2), 5)),
        outcomes: vec![("withdrawn".into(), "The person took it back".into())],
        ..RightsCaseView::default()
    };
    let check = RightsCaseView {
        may_check: true,
        ..view.clone()
    };
    add("rights-check", rights_case(frame, &check));
    let own = RightsCaseView {
        why_not: Some("You took this in, so somebody else has to look at who is asking.".into()),
        ..view.clone()
    };
    add("rights-own", rights_case(frame, &own));
    let answer = RightsCaseView {
        may_answer: true,
        ..view
    };
    add("rights-answer", rights_case(frame, &answer));
    let errors = vec![FieldError::new(
        "again",
        "This is another passphrase than the first",
    )];
    add(
        "rights-answer-error",
        rights_case(frame, &RightsCaseView { errors, ..answer }),
    );
}
