//! Somebody's records may only be kept for now: they leave every governed read, are led back to nobody, and come back
//! when their case is closed.

use crate::{
    cases::{asked, open, people, say},
    demo::{IN_FORCE, demo, with_input},
    site::{Browser, serve, sign_in},
    workspace::{Ended, Workspace, key_text},
};
use std::collections::BTreeMap;

const COUNT: &str = "select count(*) as records from long_term_support";

fn good(ended: Ended) -> Ended {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    ended
}

fn ask(place: &Workspace) -> Ended {
    let command = place.command(&[&["ask"][..], &IN_FORCE[..], &["--json", "-"][..]].concat());
    with_input(command, COUNT)
}

/// How many records the analyst is told of.
fn records(place: &Workspace) -> u64 {
    let answer: serde_json::Value = serde_json::from_str(&good(ask(place)).out).unwrap();
    let text = answer["rows"][0][0].to_string();
    text.trim_matches('"').parse().unwrap()
}

/// Somebody of whom the analyst is shown records, and how many: worked out from the tables below the agreement.
fn somebody(place: &Workspace) -> (String, u64) {
    let opted = crate::preferences::opted_out();
    let columns = ["person_pseudonym", "council_code", "period_end"];
    let mut shown: BTreeMap<String, u64> = BTreeMap::new();
    for row in crate::demo::table("analysis", "own", "long_term_support", &columns) {
        let council = ["621", "991", "992"].contains(&row[1].as_str());
        if council && row[2].as_str() >= "2023-04-01" && !opted.contains(&row[0]) {
            *shown.entry(row[0].clone()).or_default() += 1;
        }
    }
    let mut numbers = Vec::new();
    let mut ids = Vec::new();
    for line in place.identified("preference_person") {
        let (mut id, mut number) = line.split_once('|').unwrap();
        if id.len() == 10 {
            (id, number) = (number, id);
        }
        ids.push(id.to_owned());
        numbers.push(number.to_owned());
    }
    let ring = custody::Ring::parse(&key_text(&place.home(), "keys/pseudonyms.keys")).unwrap();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let made = ring
        .pseudonyms("analysis", None, custody::Kind::Person, &ids)
        .unwrap();
    let found = made.iter().zip(numbers).find_map(|(made, number)| {
        let rows = shown.get(made)?;
        Some((number, *rows))
    });
    found.unwrap()
}

fn take(place: &Workspace, number: &str, settings: &[(&str, &str)]) -> Ended {
    let mut command = place.command(&[
        "subject-access",
        "take",
        "--kind",
        "restriction",
        "--channel",
        "by letter",
        "--identity",
        "a passport",
        "--words",
        "the address is being looked into",
        "--as",
        "pru",
    ]);
    command.envs(settings.iter().copied());
    with_input(command, &format!("{number}\n"))
}

fn close(place: &Workspace, case: &str) {
    good(place.run(&[
        "subject-access",
        "close",
        case,
        "--outcome",
        "withdrawn",
        "--words",
        "the person wrote again",
        "--as",
        "pru",
    ]));
}

/// The newest entry of a kind.
fn newest(log: &serde_json::Value, kind: &str) -> serde_json::Value {
    let entries = log["entries"].as_array().unwrap().iter();
    let of_kind = entries.filter(|entry| entry["kind"] == kind);
    of_kind.max_by_key(|e| e["seq"].as_u64()).unwrap().clone()
}

#[test]
fn a_restriction_takes_its_person_out_of_every_read_until_its_case_is_closed() {
    let place = Workspace::like(&demo().workspace);
    let (number, rows) = somebody(&place);
    let before = records(&place);
    assert!(rows > 0 && before > rows);
    good(take(&place, &number, &[]));
    assert_eq!(records(&place), before - rows);

    // The decision keeps the digest of the list, and nothing tells who is on it.
    let log = place.json(&["audit", "show", "--last", "20"]);
    let decision = newest(&log, "decision_allowed");
    let state = decision["preference_snapshot"].as_str().unwrap();
    let list = state.split("restriction=").nth(1).unwrap();
    assert_eq!(list.split(',').next().unwrap().len(), 64, "{state}");
    assert!(!log.to_string().contains(&number));
    let control = std::fs::read(place.home().join("control/haven.sqlite")).unwrap();
    assert!(!control.windows(10).any(|bytes| bytes == number.as_bytes()));

    // It is counted, under the rules for small numbers.
    let report = place.json(&["preferences", "report"]);
    let counted = report["left_out"].as_array().unwrap().iter().find(|row| {
        row["kind"] == "restriction"
            && row["agreement"] == IN_FORCE[1]
            && row["table"] == "long_term_support"
    });
    assert_ne!(counted.unwrap()["people"], "1", "{report}");

    // Of two cases about one person both have to be closed.
    good(take(&place, &number, &[]));
    close(&place, "1");
    assert_eq!(records(&place), before - rows);
    close(&place, "2");
    assert_eq!(records(&place), before);
    let log = place.json(&["audit", "show", "--last", "10"]);
    let state = &newest(&log, "decision_allowed")["preference_snapshot"];
    assert!(!state.to_string().contains("restriction="), "{state}");
    // A decision is judged again as what was known then.
    let again = place.json(&["audit", "replay", &decision["seq"].to_string()]);
    assert_eq!(again["same"], true, "{again}");
    place.audit_is_whole();
}

#[test]
fn until_a_restriction_has_come_across_nobody_is_answered() {
    let place = Workspace::like(&demo().workspace);
    let (number, rows) = somebody(&place);
    let before = records(&place);
    let killed = take(&place, &number, &[("HAVEN_KILL_AT_WRITE_POINT", "2")]);
    assert_ne!(killed.code, Some(0), "{}", killed.out);
    let cases = place.json(&["subject-access", "list"]);
    assert_eq!(cases["cases"].as_array().unwrap().len(), 1, "{cases}");
    let refused = ask(&place);
    assert_eq!(refused.code, Some(4), "{}{}", refused.out, refused.err);
    assert!(
        refused.err.contains("haven preferences apply"),
        "{}",
        refused.err
    );
    let shown = place.json(&["audit", "show", "--last", "5"]);
    let policies = &newest(&shown, "decision_refused")["determining_policies"];
    assert_eq!(policies[0], "global/preferences-missing-or-stale");
    good(place.run(&["preferences", "apply"]));
    assert_eq!(records(&place), before - rows);
}

#[test]
fn nobody_is_led_back_to_somebody_whose_records_are_restricted() {
    let workspace = Workspace::new();
    good(workspace.run(&["demo", "--no-serve", "--people", "2000"]));
    let site = serve(workspace, &[]);
    let who = |name: &str| sign_in(&site.address, name, &format!("invented-place-{name}"));
    let (mut ana, mut cleo, mut pru) = (who("ana"), who("cleo"), who("pru"));
    let id = asked(&mut ana, "To spare them a winter stay");
    for name in ["cal", "ada"] {
        assert_eq!(say(&mut who(name), &id, "approve").status, 303);
    }
    let list = open(&mut cleo, &id);
    let first = people(&list);
    assert!(first > 0, "{}", list.body);
    let digits = list.body.replace(' ', "");
    let number = digits
        .as_bytes()
        .windows(10)
        .filter_map(|window| std::str::from_utf8(window).ok())
        .find(|window| window.starts_with("999") && model::NhsNumber::parse(window).is_ok())
        .unwrap();

    let csrf = pru.get("/subject-access/new").csrf();
    let taken = pru.post(
        "/subject-access/new",
        &[
            ("csrf", &csrf),
            ("kind", "restriction"),
            ("nhs_number", number),
            ("day", "1"),
            ("month", "10"),
            ("year", "2026"),
            ("channel", "By letter"),
            ("identity", "A passport"),
            ("words", "The address is being looked into"),
        ],
    );
    assert_eq!(taken.status, 303, "{}", taken.body);
    let case = taken.header("location").to_owned();

    // The list that was open is read without them, and an emergency does not open them either.
    let again = cleo.get(&format!("/cases/lists/{id}/people"));
    assert_eq!(people(&again), first - 1, "{}", again.body);
    assert!(!again.body.replace(' ', "").contains(number));
    let emergency = broken_glass(&mut cleo, &mut who("cal"), &site.workspace, number);
    assert_eq!(emergency.status, 403, "{}", emergency.body);
    assert!(emergency.body.contains("may only be kept for now"));

    let csrf = pru.get(&case).csrf();
    let closed = pru.post(
        &case,
        &[
            ("csrf", &csrf),
            ("do", "close"),
            ("outcome", "withdrawn"),
            ("words", "The person wrote again"),
        ],
    );
    assert_eq!(closed.status, 303, "{}", closed.body);
    let back = cleo.get(&format!("/cases/lists/{id}/people"));
    assert_eq!(people(&back), first);
}

/// What a professional gets in an emergency to which a second person has agreed.
fn broken_glass(
    professional: &mut Browser,
    second: &mut Browser,
    workspace: &Workspace,
    number: &str,
) -> crate::site::Got {
    let text = std::fs::read_to_string(workspace.home().join("place/demographic-index.csv"));
    let mut rows = csv::Reader::from_reader(text.as_ref().unwrap().as_bytes());
    let born = rows
        .deserialize()
        .map(Result::unwrap)
        .find(|row: &BTreeMap<String, String>| row["nhs_number"].replace(' ', "") == number)
        .unwrap()["date_of_birth"]
        .clone();
    let csrf = professional.get("/cases/emergencies/new").csrf();
    let asked = professional.post(
        "/cases/emergencies/new",
        &[
            ("csrf", &csrf),
            ("nhs_number", number),
            ("date_of_birth", &born),
            ("emergency", "Found unconscious, medicines not known"),
        ],
    );
    assert_eq!(asked.status, 303, "{}", asked.body);
    let at = asked.header("location").split('?').next().unwrap();
    let page = second.get(at);
    let saw = page.body.split("name=\"saw\" value=\"").nth(1).unwrap();
    let saw = saw.split('"').next().unwrap();
    let agreed = second.post(
        &format!("{at}/judge"),
        &[
            ("csrf", &page.csrf()),
            ("saw", saw),
            ("decision", "approve"),
            ("reason", "Life at risk"),
        ],
    );
    assert_eq!(agreed.status, 303, "{}", agreed.body);
    professional.post(&format!("{at}/records"), &[("csrf", &csrf)])
}
