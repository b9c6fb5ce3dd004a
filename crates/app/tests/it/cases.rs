//! Re-identification for care and break-glass over their addresses: the case finder's journey, and everyone who tries
//! to come to a list in another way.

use crate::{
    site::{Browser, Got, Site, serve, sign_in},
    workspace::Workspace,
};
use std::sync::OnceLock;

/// The site of an invented place, made by the first test that needs it.
fn site() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let workspace = Workspace::new();
        let made = workspace.run(&["demo", "--no-serve", "--people", "2000"]);
        assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
        serve(workspace, &[])
    })
}

fn who(name: &str) -> Browser {
    sign_in(&site().address, name, &format!("invented-place-{name}"))
}

/// What a case finder chooses: few enough for a list.
const CHOSEN: [(&str, &str); 4] = [
    ("use", "DSA-0502/risk_stratification_case_finding"),
    ("age", "85 and over"),
    ("stays", "1"),
    ("title", "Over 85 and in hospital lately"),
];

/// Finds and keeps a group; gives the address of its page.
fn found(finder: &mut Browser) -> String {
    let csrf = finder.get("/cases/new").csrf();
    let mut fields = vec![("csrf", csrf.as_str()), ("do", "keep")];
    fields.extend(CHOSEN);
    let got = finder.post("/cases/new", &fields);
    assert_eq!(got.status, 303, "{}", got.body);
    let at = got.header("location");
    at.split('?').next().unwrap().to_owned()
}

fn ask(finder: &mut Browser, cohort: &str, reason: &str, step: &str) -> Got {
    let path = format!("{cohort}/ask");
    let csrf = finder.get(&path).csrf();
    finder.post(
        &path,
        &[
            ("csrf", &csrf),
            ("do", step),
            ("professional", "cleo"),
            ("relationship", "stated"),
            ("evidence", "Caseload of the community matron"),
            ("reason", reason),
            ("next_action", "Ring and offer a home check"),
            ("days", "7"),
        ],
    )
}

/// A request that waits; gives its name.
pub(crate) fn asked(finder: &mut Browser, reason: &str) -> String {
    let cohort = found(finder);
    let got = ask(finder, &cohort, reason, "send");
    assert_eq!(got.status, 303, "{}", got.body);
    let at = got.header("location").split('?').next().unwrap().to_owned();
    at.trim_start_matches("/cases/requests/").to_owned()
}

pub(crate) fn say(approver: &mut Browser, id: &str, decision: &str) -> Got {
    let path = format!("/cases/approvals/{id}");
    let page = approver.get(&path);
    if !page.body.contains("name=\"saw\"") {
        return page;
    }
    let saw = page.body.split("name=\"saw\" value=\"").nth(1).unwrap();
    let saw = saw.split('"').next().unwrap().to_owned();
    approver.post(
        &path,
        &[
            ("csrf", &page.csrf()),
            ("saw", &saw),
            ("decision", decision),
            ("reason", "Needed, and no more than needed"),
            ("do", "send"),
        ],
    )
}

pub(crate) fn open(professional: &mut Browser, id: &str) -> Got {
    let path = format!("/cases/lists/{id}");
    let page = professional.get(&path);
    if !page.body.contains("name=\"signed\"") {
        return page;
    }
    professional.post(
        &format!("{path}/open"),
        &[("csrf", &page.csrf()), ("signed", "yes")],
    )
}

/// How many people an open list has.
pub(crate) fn people(page: &Got) -> usize {
    page.body.matches("id=\"line-").count()
}

#[test]
fn a_list_reaches_its_professional_after_two_others_and_ends() {
    let (mut ana, mut cleo) = (who("ana"), who("cleo"));
    let (mut cal, mut ada) = (who("cal"), who("ada"));
    // Counted first: a number, and nobody.
    let csrf = ana.get("/cases/new").csrf();
    let mut fields = vec![("csrf", csrf.as_str()), ("do", "count")];
    fields.extend(CHOSEN);
    let counted = ana.post("/cases/new", &fields);
    assert_eq!(counted.status, 200, "{}", counted.body);
    assert!(counted.body.contains("People found: "));
    assert!(!counted.body.contains("k1-"), "a pseudonym is shown");
    let id = asked(&mut ana, "To spare them a winter stay");
    // Before it is approved there is nothing to open, for anybody.
    assert!(
        cleo.get(&format!("/cases/lists/{id}"))
            .body
            .contains("waits for its approvals")
    );
    assert_eq!(say(&mut cal, &id, "approve").status, 303);
    assert!(!open(&mut cleo, &id).body.contains("Your list"));
    assert_eq!(say(&mut ada, &id, "approve").status, 303);
    let unopened = cleo.get(&format!("/cases/lists/{id}/people"));
    assert_eq!(unopened.status, 303, "an address alone opens nothing");
    let unsigned = cleo.get(&format!("/cases/lists/{id}")).csrf();
    let unsigned = cleo.post(&format!("/cases/lists/{id}/open"), &[("csrf", &unsigned)]);
    assert_eq!(unsigned.status, 422);
    let list = open(&mut cleo, &id);
    assert_eq!(list.status, 200, "{}", list.body);
    let first = people(&list);
    assert!(first > 0, "nobody is on the list: {}", list.body);
    assert!(list.body.contains("Ring and offer a home check"));
    assert!(!list.body.contains("k1-"), "a pseudonym is shown");
    assert!(list.body.contains("<title>Your list - Haven</title>"));
    // What came of it goes back, once, however often it is sent.
    for _ in 0..2 {
        let got = cleo.post(
            &format!("/cases/lists/{id}/outcomes"),
            &[
                ("csrf", &list.csrf()),
                ("line", "1"),
                ("outcome", "already known and looked after"),
            ],
        );
        assert_eq!(got.status, 303, "{}", got.body);
    }
    for (line, outcome) in [("1", "made up"), ("0", "made up"), ("x", "")] {
        let fields = [
            ("csrf", list.csrf()),
            ("line", line.to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let got = cleo.post(&format!("/cases/lists/{id}/outcomes"), &fields);
        assert_eq!(got.status, 404, "{line} {outcome}");
    }
    let again = cleo.get(&format!("/cases/lists/{id}/people"));
    assert_eq!(people(&again), first);
    assert!(again.body.contains("already known and looked after"));
    // The requester is told of counts as the rules let them be shown, and never of a person.
    let shown = ana.get(&format!("/cases/requests/{id}")).body;
    assert!(shown.contains("What came of the contacts"));
    for others in [&mut ana, &mut cal, &mut ada] {
        assert_eq!(others.get(&format!("/cases/lists/{id}")).status, 403);
        assert_eq!(others.get(&format!("/cases/lists/{id}/people")).status, 403);
    }
    // Each person on it can be told who was led back to them, and why.
    let digits: String = list.body.replace(' ', "");
    let number = digits
        .as_bytes()
        .windows(10)
        .filter_map(|window| std::str::from_utf8(window).ok())
        .find(|window| window.starts_with("999") && model::NhsNumber::parse(window).is_ok())
        .unwrap();
    let (_, told) = crate::erasing::answer_for(&site().workspace, number);
    let exact = told["answer"]["exact"].to_string();
    assert!(exact.contains("cleo"), "{exact}");
    assert!(exact.contains("To spare them a winter stay"), "{exact}");
    // Closed, its key is gone, and so is the list.
    let keys = site().workspace.home().join("keys/envelopes");
    let csrf = again.csrf();
    assert_eq!(
        cleo.post(&format!("/cases/lists/{id}/close"), &[("csrf", &csrf)])
            .status,
        303
    );
    assert!(
        cleo.get(&format!("/cases/lists/{id}"))
            .body
            .contains("Its key was destroyed")
    );
    assert_ne!(cleo.get(&format!("/cases/lists/{id}/people")).status, 200);
    let csrf = cleo.get("/cases").csrf();
    let got = cleo.post(
        &format!("/cases/lists/{id}/open"),
        &[("csrf", &csrf), ("signed", "yes")],
    );
    assert_eq!(got.status, 403);
    assert!(keys.exists());
    site().workspace.audit_is_whole();
}

#[test]
fn a_list_that_too_few_approved_opens_to_nobody_and_both_judges_say_so() {
    let (mut ana, mut cleo, mut cal) = (who("ana"), who("cleo"), who("cal"));
    let id = asked(&mut ana, "To see that one approval is too few");
    let open = format!("/cases/lists/{id}/open");
    for approvals in 0..2 {
        if approvals == 1 {
            assert_eq!(say(&mut cal, &id, "approve").status, 303);
        }
        // Sent as a form of ours, which the page does not offer yet.
        let csrf = cleo.get(&format!("/cases/lists/{id}")).csrf();
        let got = cleo.post(&open, &[("csrf", &csrf), ("signed", "yes")]);
        assert_eq!(got.status, 403, "{}", got.body);
        assert!(!got.body.contains("Your list"));
    }
    let log = site().workspace.json(&["audit", "show", "--last", "500"]);
    let entries = log["entries"].as_array().unwrap().iter();
    let refused: Vec<String> = entries
        .filter(|e| e["kind"] == "envelope_decided" && e["outcome"] == "refused")
        .map(|e| format!("{} {}", e["determining_policies"], e["reason"]))
        .filter(|words| words.contains("global/approvers-not-separate"))
        .collect();
    assert!(refused.len() >= 2, "{log}");
    assert!(!refused.concat().contains("disagree"), "{refused:?}");
}

#[test]
fn nobody_comes_to_a_list_in_another_way() {
    let (mut ana, mut cleo) = (who("ana"), who("cleo"));
    let (mut cal, mut ada) = (who("cal"), who("ada"));
    let id = asked(&mut cleo, "To call before the winter");
    // Roles that neither find, approve nor care reach no page of it.
    for name in [
        "max", "ora", "kit", "odo", "meg", "sue", "cas", "dot", "pru",
    ] {
        let mut other = who(name);
        for path in [
            "/cases".to_owned(),
            "/cases/approvals".to_owned(),
            format!("/cases/requests/{id}"),
            format!("/cases/approvals/{id}"),
            format!("/cases/lists/{id}"),
            format!("/cases/lists/{id}/people"),
        ] {
            assert_eq!(other.get(&path).status, 403, "{name} at {path}");
        }
    }
    // An analyst who neither asked nor receives does not know of it; nor does whoever guesses.
    for path in [
        format!("/cases/requests/{id}"),
        "/cases/requests/00000000000000000000000000000000".to_owned(),
        "/cases/requests/1".to_owned(),
        "/cases/requests/..%2f..".to_owned(),
        "/cases/cohorts/00000000000000000000000000000000".to_owned(),
    ] {
        assert_eq!(ana.get(&path).status, 404, "{path}");
    }
    assert_eq!(
        cleo.get("/cases/lists/00000000000000000000000000000000")
            .status,
        404
    );
    // The same person twice; another digest than the one that was shown; a form of another session.
    assert_eq!(say(&mut cal, &id, "approve").status, 303);
    assert!(say(&mut cal, &id, "approve").body.contains("already"));
    let csrf = ada.get("/cases/approvals").header("x").to_owned();
    let path = format!("/cases/approvals/{id}");
    let page = ada.get(&path);
    let mine = page.csrf();
    for (token, saw, status) in [
        (csrf.as_str(), "0", 403),
        (mine.as_str(), "0", 403),
        (mine.as_str(), &"a".repeat(64), 403),
    ] {
        let got = ada.post(
            &path,
            &[
                ("csrf", token),
                ("saw", saw),
                ("decision", "approve"),
                ("reason", "Yes"),
                ("do", "send"),
            ],
        );
        assert_eq!(got.status, status, "{saw}");
    }
    assert!(!open(&mut cleo, &id).body.contains("Your list"));
    // A replayed approval counts once, and a refusal ends it for good.
    assert_eq!(say(&mut ada, &id, "refuse").status, 303);
    assert!(!open(&mut cleo, &id).body.contains("Your list"));
    assert!(
        cleo.get(&format!("/cases/lists/{id}"))
            .body
            .contains("Refused")
    );
}

#[test]
fn what_is_stopped_is_closed_at_once() {
    let (mut cleo, mut ivy) = (who("cleo"), who("ivy"));
    let id = asked(&mut cleo, "To look in after a stay");
    for name in ["cal", "ada"] {
        assert_eq!(say(&mut who(name), &id, "approve").status, 303);
    }
    assert!(open(&mut cleo, &id).body.contains("Your list"));
    let path = format!("/cases/requests/{id}");
    let csrf = ivy.get(&path).csrf();
    let stop = |ivy: &mut Browser, why: &str| {
        ivy.post(&path, &[("csrf", &csrf), ("do", "revoke"), ("why", why)])
            .status
    };
    assert_eq!(stop(&mut ivy, ""), 422);
    assert_eq!(stop(&mut ivy, "999 000 0018 asked us"), 422);
    assert_eq!(stop(&mut ivy, "The wrong group"), 303);
    assert_ne!(cleo.get(&format!("/cases/lists/{id}/people")).status, 200);
    assert!(
        cleo.get(&format!("/cases/lists/{id}"))
            .body
            .contains("Its key was destroyed")
    );
}

#[test]
fn a_request_is_held_to_the_agreement_and_to_plain_words() {
    let mut ana = who("ana");
    let cohort = found(&mut ana);
    assert_eq!(
        ask(&mut ana, &cohort, "Mrs X, 999 000 0018", "send").status,
        422
    );
    assert_eq!(ask(&mut ana, &cohort, "", "send").status, 422);
    let checked = ask(&mut ana, &cohort, "To spare them a fall", "check");
    assert!(checked.body.contains("Check what you ask for"));
    // The same form sent twice is one request.
    let first = ask(&mut ana, &cohort, "To spare them a fall", "send");
    let second = ask(&mut ana, &cohort, "To spare them a fall", "send");
    assert_eq!(first.header("location"), second.header("location"));
    let csrf = ana.get("/cases/new").csrf();
    for (fields, status) in [
        (
            vec![("use", "DSA-0417/commissioning"), ("age", "85 and over")],
            422,
        ),
        (vec![("use", CHOSEN[0].1), ("age", "86")], 422),
        (vec![("use", CHOSEN[0].1)], 422),
        (
            vec![
                ("use", CHOSEN[0].1),
                ("sql", "select * from person_quarter where 9990000018 = 1"),
            ],
            422,
        ),
        (
            vec![
                ("use", CHOSEN[0].1),
                ("sql", "select council_code from person_quarter"),
            ],
            422,
        ),
        (
            vec![
                ("use", CHOSEN[0].1),
                ("sql", "select person_pseudonym from person_link"),
            ],
            403,
        ),
    ] {
        let mut all = vec![("csrf", csrf.as_str()), ("do", "count")];
        all.extend(fields.clone());
        let got = ana.post("/cases/new", &all);
        assert_eq!(got.status, status, "{fields:?} {}", got.body);
    }
    let sql = "select distinct person_pseudonym from person_quarter where hospital_spells > 0 and age_band = '85 and over' and quarter_start = (select max(quarter_start) from person_quarter)";
    let by_sql = [
        ("csrf", csrf.as_str()),
        ("do", "count"),
        ("use", CHOSEN[0].1),
        ("sql", sql),
    ];
    let by_sql = ana.post("/cases/new", &by_sql).body;
    let mut by_form = vec![("csrf", csrf.as_str()), ("do", "count")];
    by_form.extend(CHOSEN);
    let by_form = ana.post("/cases/new", &by_form).body;
    let size = |page: &str| {
        let after = page
            .split("People found: ")
            .nth(1)
            .unwrap_or_else(|| panic!("{page}"));
        after.split('<').next().unwrap().to_owned()
    };
    assert_eq!(size(&by_sql), size(&by_form));
}

#[test]
fn glass_is_broken_for_one_person_by_two_and_looked_at_afterwards() {
    let place = site().workspace.home().join("place/demographic-index.csv");
    let text = std::fs::read_to_string(place).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let row: std::collections::BTreeMap<String, String> = rows
        .deserialize()
        .map(Result::unwrap)
        .find(|row: &std::collections::BTreeMap<String, String>| row["date_of_death"].is_empty())
        .unwrap();
    let (mut cleo, mut cal, mut pru) = (who("cleo"), who("cal"), who("pru"));
    let csrf = cleo.get("/cases/emergencies/new").csrf();
    let ask = |cleo: &mut Browser, number: &str, born: &str, emergency: &str| {
        cleo.post(
            "/cases/emergencies/new",
            &[
                ("csrf", &csrf),
                ("nhs_number", number),
                ("date_of_birth", born),
                ("emergency", emergency),
            ],
        )
    };
    let (number, born) = (row["nhs_number"].as_str(), row["date_of_birth"].as_str());
    for (n, b, e) in [
        (number, "1901-01-01", "Unconscious"),
        ("1234567890", born, "Unconscious"),
        (number, born, ""),
        (number, born, "It is 999 000 0018"),
    ] {
        let got = ask(&mut cleo, n, b, e);
        assert_eq!(got.status, 422);
        assert!(!got.body.contains(number), "the number is on the page");
    }
    let got = ask(
        &mut cleo,
        number,
        born,
        "Found unconscious, medicines not known",
    );
    assert_eq!(got.status, 303, "{}", got.body);
    let at = got.header("location").split('?').next().unwrap().to_owned();
    let records = format!("{at}/records");
    assert_eq!(cleo.post(&records, &[("csrf", &csrf)]).status, 403);
    let page = cal.get(&at);
    assert!(
        !page.body.contains(&row["family_name"]),
        "the second person sees a name"
    );
    let saw = page.body.split("name=\"saw\" value=\"").nth(1).unwrap();
    let saw = saw.split('"').next().unwrap().to_owned();
    let agree = [
        ("csrf", page.csrf()),
        ("saw", saw),
        ("decision", "approve".to_owned()),
        ("reason", "Life at risk".to_owned()),
    ];
    let agree: Vec<(&str, &str)> = agree.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(cal.post(&format!("{at}/judge"), &agree).status, 303);
    assert_eq!(cal.post(&format!("{at}/judge"), &agree).status, 403);
    assert_eq!(cal.get(&records).status, 403);
    let opened = cleo.post(&records, &[("csrf", &csrf)]);
    assert_eq!(opened.status, 200);
    assert!(opened.body.contains(&row["family_name"]));
    assert!(
        !opened
            .body
            .contains(&format!("<title>{}", row["given_name"]))
    );
    assert_eq!(
        cleo.post(&format!("{at}/end"), &[("csrf", &csrf)]).status,
        303
    );
    assert_eq!(cleo.get(&records).status, 403);
    let page = pru.get(&at);
    assert!(page.body.contains("To be looked at afterwards"));
    let review = [
        ("csrf", page.csrf()),
        ("decision", "justified".to_owned()),
        ("reason", "The ambulance record shows it".to_owned()),
    ];
    let review: Vec<(&str, &str)> = review.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(pru.post(&format!("{at}/review"), &review).status, 303);
    assert_eq!(pru.post(&format!("{at}/review"), &review).status, 403);
    assert!(
        who("ivy")
            .get("/cases/emergencies")
            .body
            .contains("<strong>1 time</strong>")
    );
}
