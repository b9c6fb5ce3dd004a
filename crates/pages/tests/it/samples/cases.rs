//! Pages of case finding in their states. The people are invented; the NHS numbers are of the range that nobody holds.

use super::{at, signed_in};
use pages::*;

fn facts(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn words(state: CaseState, words: &str) -> StateWords {
    StateWords {
        state,
        words: words.to_owned(),
    }
}

fn row(title: &str, state: Option<StateWords>) -> CaseRow {
    CaseRow {
        href: "/cases/requests/1".to_owned(),
        title: title.to_owned(),
        agreement: "DSA-0502".to_owned(),
        size: "* (hidden because there are 1 to 7)".to_owned(),
        at: at("2026-10-30T09:00:00Z"),
        state,
    }
}

fn request() -> CaseRequestView {
    CaseRequestView {
        csrf: "token".to_owned(),
        heading: "A list to approve".to_owned(),
        href: "/cases/requests/1".to_owned(),
        parent: ("Lists to approve".to_owned(), "/cases/approvals".to_owned()),
        state: words(CaseState::Waiting, "One of two approvals"),
        asked: facts(&[
            ("Group", "Over 85 and in hospital lately"),
            ("People", "15"),
            (
                "What they have in common",
                "Age: 85 and over, in the latest quarter\nStays in hospital, at least: 2, in the latest quarter",
            ),
            ("For", "Cleo Example, Estuary ICB"),
        ]),
        question: "select distinct person_pseudonym from person_quarter where averyveryveryverylongcolumnname = 'x'".to_owned(),
        said: vec![CaseWord {
            by: "Cal Example".to_owned(),
            role: "Caldicott Guardian".to_owned(),
            approves: true,
            reason: "Needed, and no more than needed".to_owned(),
            at: at("2026-10-30T10:00:00Z"),
        }],
        judge_href: Some("/cases/approvals/1".to_owned()),
        saw: "0".repeat(64),
        may_withdraw: true,
        may_revoke: true,
        ..CaseRequestView::default()
    }
}

fn find() -> FindView {
    FindView {
        csrf: "token".to_owned(),
        uses: vec![FindChoice {
            value: "DSA-0502/risk_stratification_case_finding".to_owned(),
            text: "DSA-0502 Risk stratification for case finding".to_owned(),
            chosen: true,
        }],
        questions: vec![
            FindQuestion {
                id: "age".to_owned(),
                asks: "Age".to_owned(),
                hint: "In the latest quarter.".to_owned(),
                choices: ["75 to 84", "85 and over"]
                    .map(|text| FindChoice {
                        value: text.to_owned(),
                        text: text.to_owned(),
                        chosen: false,
                    })
                    .to_vec(),
                typed: String::new(),
            },
            FindQuestion {
                id: "stays".to_owned(),
                asks: "Stays in hospital, at least".to_owned(),
                hint: "In the latest quarter.".to_owned(),
                choices: Vec::new(),
                typed: "2".to_owned(),
            },
        ],
        sql: Some(String::new()),
        ..FindView::default()
    }
}

fn list() -> CaseListView {
    let line = |line: u64, name: &str, outcome: Option<&str>| CaseLine {
        line,
        name: name.to_owned(),
        fields: facts(&[
            ("Date of birth", "1938-02-01"),
            ("NHS number", "9990000018"),
            ("Postcode", "ZZ1 1AA"),
        ]),
        withheld: line == 2,
        outcome: outcome.map(str::to_owned),
    };
    CaseListView {
        csrf: "token".to_owned(),
        href: "/cases/lists/1".to_owned(),
        notice: Some("What came of the contact is kept.".to_owned()),
        next_action: "Ring and offer a home check".to_owned(),
        ends_at: at("2026-11-06T10:00:00Z"),
        left_out: vec![
            "1 person was left out because the data do not show the relationship.".to_owned(),
        ],
        people: vec![
            line(
                1,
                "Quenby Larkspurre",
                Some("already known and looked after"),
            ),
            line(2, "Thornby Wrenfield-Featherstonehaugh", None),
        ],
        outcomes: vec![(
            "already known and looked after".to_owned(),
            "already known and looked after".to_owned(),
        )],
    }
}

fn emergency_page(may: bool) -> EmergencyView {
    EmergencyView {
        csrf: "token".to_owned(),
        href: "/cases/emergencies/1".to_owned(),
        state: words(CaseState::Waiting, "Waiting for a second person"),
        facts: facts(&[("Emergency", "Found unconscious, medicines not known")]),
        saw: "0".repeat(64),
        may_judge: may,
        may_open: !may,
        ..EmergencyView::default()
    }
}

type Pages = Vec<(&'static str, String)>;

pub(crate) fn add_pages(pages: &mut Pages) {
    let frame = signed_in(
        "Clinician or social worker",
        &["Case finding", "Emergencies"],
    );
    finding(&frame, pages);
    asking(&frame, pages);
    opening(&frame, pages);
    breaking(&frame, pages);
}

fn finding(frame: &Frame, pages: &mut Pages) {
    let mut add = |name, page: Markup| pages.push((name, page.0));
    let open = words(CaseState::Open, "Approved");
    let home = CasesView {
        may_find: true,
        emergencies: true,
        lists: vec![row("Over 85 and in hospital lately", Some(open.clone()))],
        cohorts: vec![row("Over 85 and in hospital lately", None)],
        requests: vec![row("Over 85 and in hospital lately", Some(open))],
        ..CasesView::default()
    };
    add("cases", cases(frame, &home));
    add(
        "cases-none",
        cases(
            frame,
            &CasesView {
                may_find: true,
                ..CasesView::default()
            },
        ),
    );
    add("cases-find", find_people(frame, &find()));
    let found = FindView {
        found: Some(FindSize {
            size: "15".to_owned(),
            words: vec!["Age: 85 and over, in the latest quarter".to_owned()],
            refused: None,
        }),
        errors: vec![FieldError::new("title", "Say what to call this group.")],
        ..find()
    };
    add("cases-found-error", find_people(frame, &found));
    let group = CohortView {
        title: "Over 85 and in hospital lately".to_owned(),
        facts: request().asked,
        question: request().question,
        ask_href: Some("/cases/cohorts/1/ask".to_owned()),
        ..CohortView::default()
    };
    add("cases-cohort", cohort(frame, &group));
}

fn asking(frame: &Frame, pages: &mut Pages) {
    let mut add = |name, page: Markup| pages.push((name, page.0));
    let choice = |value: &str| {
        (
            value.to_owned(),
            format!("The {value}"),
            "A hint".to_owned(),
        )
    };
    let asking = AskCareView {
        csrf: "token".to_owned(),
        cohort_href: "/cases/cohorts/1".to_owned(),
        cohort: "Over 85".to_owned(),
        professionals: vec![choice("cleo")],
        relationships: vec![choice("stated"), choice("registered")],
        most_days: 14,
        ..AskCareView::default()
    };
    add("cases-ask", ask_care(frame, &asking));
    add(
        "cases-ask-check",
        ask_care(
            frame,
            &AskCareView {
                check: Some(request().asked),
                ..asking
            },
        ),
    );
    add("cases-request", case_request(frame, &request()));
    let checking = CaseRequestView {
        checking: true,
        decision: "approve".to_owned(),
        reason: "Needed".to_owned(),
        ..request()
    };
    add("cases-request-check", case_request(frame, &checking));
    let waiting = ApprovalsView {
        waiting: vec![row(
            "Over 85",
            Some(words(CaseState::Waiting, "Waiting for two approvals")),
        )],
        emergencies: vec![row(
            "Found unconscious",
            Some(words(CaseState::Waiting, "Waiting for a second person")),
        )],
        ..ApprovalsView::default()
    };
    add("cases-approvals", case_approvals(frame, &waiting));
}

fn opening(frame: &Frame, pages: &mut Pages) {
    let mut add = |name, page: Markup| pages.push((name, page.0));
    let sealed = EnvelopeView {
        csrf: "token".to_owned(),
        href: "/cases/lists/1".to_owned(),
        state: words(CaseState::Open, "Approved"),
        facts: request().asked,
        may_open: true,
        signs_for: "I care for these people.".to_owned(),
        ..EnvelopeView::default()
    };
    add("cases-envelope", envelope(frame, &sealed));
    add("cases-list", case_list(frame, &list()));
}

fn breaking(frame: &Frame, pages: &mut Pages) {
    let mut add = |name, page: Markup| pages.push((name, page.0));
    let all = EmergenciesView {
        openings: 1,
        late: 1,
        may_ask: true,
        rows: vec![EmergencyRow {
            href: "/cases/emergencies/1".to_owned(),
            emergency: "Found unconscious".to_owned(),
            by: "Cleo Example".to_owned(),
            at: at("2026-10-30T09:00:00Z"),
            state: words(CaseState::Ended, "Looked at: justified"),
        }],
        ..EmergenciesView::default()
    };
    add("cases-emergencies", emergencies(frame, &all));
    let asking = EmergencyAskView {
        csrf: "token".to_owned(),
        minutes: 60,
        review_days: 3,
        ..EmergencyAskView::default()
    };
    add("cases-emergency-ask", emergency_ask(frame, &asking));
    add(
        "cases-emergency-judge",
        emergency(frame, &emergency_page(true)),
    );
    add(
        "cases-emergency-open",
        emergency(frame, &emergency_page(false)),
    );
    let one = OnePersonView {
        csrf: "token".to_owned(),
        href: "/cases/emergencies/1".to_owned(),
        ends_at: at("2026-10-30T10:00:00Z"),
        sides: vec![PersonSide {
            from: "In the demographic index".to_owned(),
            values: facts(&[("Family name", "Larkspurre")]),
        }],
    };
    add("cases-one-person", one_person(frame, &one));
}
