//! What no agreement can permit, fired through the desks that people use: each time both judges say no, and the entry of
//! the decision names the policy.

use crate::{
    demo::{IN_FORCE, with_input},
    site::{Browser, Site, serve, sign_in},
    workspace::{Ended, Workspace},
};
use std::{path::Path, sync::OnceLock};

const COUNT: &str = "select count(*) as records from long_term_support";

/// The place after the whole journey; each test works on a copy.
fn place() -> Workspace {
    static MADE: OnceLock<Workspace> = OnceLock::new();
    Workspace::like(MADE.get_or_init(|| {
        let workspace = Workspace::new();
        let made = workspace.run(&["demo", "--no-serve", "--people", "800"]);
        assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
        workspace
    }))
}

fn ask(place: &Workspace, settings: &[(&str, &str)], before: &[&str]) -> Ended {
    let mut command = place.command(&[before, &["ask"][..], &IN_FORCE[..], &["-"][..]].concat());
    command.envs(settings.iter().copied());
    with_input(command, COUNT)
}

/// The newest decision in the log: the policies that decided, and why not.
fn decided(place: &Workspace) -> (Vec<String>, String) {
    let shown = place.json(&["audit", "show", "--last", "20"]);
    let entries = shown["entries"].as_array().unwrap();
    let decision = |e: &&serde_json::Value| e["kind"].as_str().unwrap().starts_with("decision_");
    let newest = entries
        .iter()
        .filter(decision)
        .max_by_key(|e| e["seq"].as_u64())
        .unwrap_or_else(|| panic!("{shown}"));
    let by = newest["determining_policies"].as_array().cloned();
    (
        by.unwrap_or_default()
            .iter()
            .map(|id| id.as_str().unwrap().to_owned())
            .collect(),
        newest["reason"].as_str().unwrap_or_default().to_owned(),
    )
}

fn refused(place: &Workspace, ended: &Ended, words: &str, clause: &str, policy: &str) {
    assert_eq!(ended.code, Some(4), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains(words), "{words}: {}", ended.err);
    assert_eq!(ended.out, "");
    let (by, reason) = decided(place);
    assert!(reason.starts_with(clause), "{reason}");
    assert!(!reason.contains("disagree"), "{reason}");
    assert_eq!(by, [policy], "{reason}");
}

#[test]
fn training_that_lapsed_or_was_never_recorded_opens_nothing() {
    let place = place();
    assert_eq!(ask(&place, &[], &[]).code, Some(0));
    let (by, _) = decided(&place);
    assert_eq!(by, ["DSA-0417/1.0/commissioning/deidentified"]);
    for (until, words) in [
        ("2026-10-29", "counted until 29 October 2026"),
        (
            "",
            "Ask an administrator to put on record until when your training counts.",
        ),
    ] {
        let recorded = place.run(&["account", "record", "ana", "--trained-until", until]);
        assert_eq!(recorded.code, Some(0), "{}", recorded.err);
        let ended = ask(&place, &[], &[]);
        refused(
            &place,
            &ended,
            words,
            "access.training",
            "global/training-lapsed",
        );
    }
}

#[test]
fn a_list_of_opt_outs_that_is_too_old_opens_nothing() {
    let place = place();
    let ended = ask(&place, &[("HAVEN_PREFERENCES__LIST_DAYS", "0")], &[]);
    refused(
        &place,
        &ended,
        "too old",
        "opt_outs",
        "global/preferences-missing-or-stale",
    );
}

#[test]
fn an_honorary_contract_that_has_ended_opens_nothing() {
    let place = place();
    let content = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "    { account = \"ana\", organisation = \"EST-ICB\" },\n]\n",
        "    { account = \"ana\", organisation = \"EST-ICB\", employer = \"Another Body\" },\n]\nhonorary_contracts = [\n    { account = \"ana\", employer = \"Another Body\", host = \"EST-ICB\", contract = \"HC-1\", start = 2026-04-01, end = 2026-10-29 },\n]\n",
    );
    let ended = ask(&place, &[], &["--content", &content]);
    refused(
        &place,
        &ended,
        "honorary contract is not in date",
        "access.honorary_contracts",
        "global/honorary-contract-missing-or-ended",
    );
}

#[test]
fn an_agreement_that_has_ended_opens_nothing() {
    let place = place();
    let content = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "\nend = 2027-03-31\n",
        "\nend = 2026-10-29\n",
    );
    let ended = ask(&place, &[], &["--content", &content]);
    refused(
        &place,
        &ended,
        "29 October 2026",
        "term.end",
        "global/agreement-not-active",
    );
}

#[test]
fn an_agreement_whose_approval_has_ended_opens_nothing() {
    let place = place();
    for (last_day, open) in [("2026-10-30", true), ("2026-10-29", false)] {
        let content = with_agreement(
            &place,
            "southend-icb-long-term-support",
            "answer = \"not_confidential_in_recipients_hands\"",
            &format!(
                "answer = \"section_251\"\napprovals = [{{ reference = \"CAG-1\", start = 2025-05-01, end = {last_day}, annual_review = {last_day} }}]"
            ),
        );
        let ended = ask(&place, &[], &["--content", &content]);
        if open {
            assert_eq!(ended.code, Some(0), "{}", ended.err);
            continue;
        }
        refused(
            &place,
            &ended,
            "rests on an approval that is not in date today",
            "legal.confidentiality",
            "global/approval-not-in-date",
        );
    }
}

#[test]
fn an_agreement_that_leaves_its_rows_undefined_opens_nothing() {
    let place = place();
    let before = place.json(&["audit", "show", "--last", "1"]);
    // Its minimisation speaks of a council, and the table no longer says where it keeps one.
    let content = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "facts = { council = \"council_code\", period = \"period_end\" }",
        "facts = { period = \"period_end\" }",
    );
    let ended = ask(&place, &[], &["--content", &content]);
    assert_ne!(ended.code, Some(0), "{}", ended.out);
    assert_eq!(ended.out, "");
    assert!(
        ended.err.contains("does not say where it keeps it"),
        "{}",
        ended.err
    );
    let after = place.json(&["audit", "show", "--last", "1"]);
    assert_eq!(before["entries"][0]["seq"], after["entries"][0]["seq"]);
}

#[test]
fn a_network_that_is_not_on_the_map_is_none_from_which_one_may_ask() {
    let place = place();
    for (from, to, words) in [
        ("127.0.0.0/8", "192.0.2.0/24", "is not known"),
        ("\"england\"", "\"wales\"", "you connect from elsewhere"),
        (
            "that the person asks for",
            "next door",
            "you connect from elsewhere",
        ),
    ] {
        let content = with_content(&place, "networks.toml", from, to);
        let ended = ask(&place, &[], &["--content", &content]);
        refused(
            &place,
            &ended,
            words,
            "access.location",
            "global/location-not-agreed",
        );
    }
}

#[test]
fn nothing_leaves_as_a_kind_of_file_that_the_agreement_does_not_list() {
    let place = place();
    let content = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "file_kinds = [\"csv\", ",
        "file_kinds = [",
    );
    let out = place.beside("counts.csv");
    let sql = "select gender, count(distinct person_pseudonym) as people from long_term_support where period_end = (select max(period_end) from long_term_support) group by gender";
    let release = |before: &[&str]| {
        let out = out.to_str().unwrap();
        let named = [
            &["--out", out, "--title", "Counts by gender"][..],
            &["-"][..],
        ]
        .concat();
        let arguments = [before, &["release"][..], &IN_FORCE[..], &named[..]].concat();
        with_input(place.command(&arguments), sql)
    };
    let ended = release(&["--content", &content]);
    assert_eq!(ended.code, Some(4), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("tables (CSV)"), "{}", ended.err);
    assert!(!out.exists(), "it was written");
    let kept = place.json(&["audit", "search", "--kind", "exported", "--last", "5"]);
    assert!(kept.to_string().contains("refused"), "{kept}");
    let ended = release(&[]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    assert!(out.exists());
}

#[test]
fn figures_from_a_newer_state_do_not_leave_before_they_are_due() {
    let place = place();
    let sql = "select gender, count(distinct person_pseudonym) as people from long_term_support where period_end = (select max(period_end) from long_term_support) group by gender";
    let release = || {
        let named = [&["release"][..], &IN_FORCE[..], &["-"][..]].concat();
        with_input(place.command(&named), sql)
    };
    // From the state that the demo's own releases were made from, as often as one likes.
    let ended = release();
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let content = with_content(
        &place,
        "derivations/long-term-support/derive.sql",
        "-- version: 2",
        "-- version: 3",
    );
    let derived = place.run(&["--content", &content, "derive"]);
    assert_eq!(derived.code, Some(0), "{}{}", derived.out, derived.err);
    // The agreement lets a newer state leave every quarter, and one left in this one.
    let ended = release();
    refused(
        &place,
        &ended,
        "a newer state of long_term_support is let out every quarter",
        "datasets.long_term_support.refresh",
        "global/newer-state-let-out-too-soon",
    );
    assert_eq!(ask(&place, &[], &[]).code, Some(0), "inside it is answered");
}

#[test]
fn a_decision_of_the_real_log_is_judged_again() {
    let place = place();
    assert_eq!(ask(&place, &[], &[]).code, Some(0));
    let recorded = place.run(&["account", "record", "ana", "--trained-until", "2026-10-29"]);
    assert_eq!(recorded.code, Some(0), "{}", recorded.err);
    assert_eq!(ask(&place, &[], &[]).code, Some(4));
    let shown = place.json(&["audit", "show", "--last", "20000"]);
    let mut judged = Vec::new();
    for entry in shown["entries"].as_array().unwrap() {
        if entry["facts"].is_null() {
            continue;
        }
        let number = entry["seq"].to_string();
        let again = place.json(&["audit", "replay", &number]);
        assert_eq!(again["same"], true, "{entry} {again}");
        judged.push(entry["kind"].as_str().unwrap().to_owned());
    }
    // Those of the demo's releases, the answer, and the refusal, which holds though the training was recorded since.
    assert!(
        judged.contains(&"decision_allowed".to_owned()),
        "{judged:?}"
    );
    assert!(
        judged.contains(&"decision_refused".to_owned()),
        "{judged:?}"
    );
    // Under a version that is not the one of then, nothing is judged.
    let other = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "end = 2027-03-31",
        "end = 2027-03-30",
    );
    let newest = shown["entries"].as_array().unwrap().iter();
    let newest = newest.rev().find(|e| !e["facts"].is_null()).unwrap();
    let ended = place.run(&[
        "--content",
        &other,
        "audit",
        "replay",
        &newest["seq"].to_string(),
    ]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains("is not here"), "{}", ended.err);
}

/// A copy of what Haven knows, with a piece of an agreement changed.
pub(crate) fn with_agreement(place: &Workspace, name: &str, from: &str, to: &str) -> String {
    with_content(place, &format!("agreements/{name}.toml"), from, to)
}

fn with_content(place: &Workspace, name: &str, from: &str, to: &str) -> String {
    let folder = place.beside("content");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content"),
        &folder,
    );
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "`{from}` is not in {name}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    folder.to_str().unwrap().to_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, at) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &at);
        } else {
            std::fs::copy(&path, &at).unwrap();
        }
    }
}

/// A place in which one person both asks about rows under pseudonyms and cares for people.
fn of_two_roles() -> &'static Site {
    static SITE: OnceLock<Site> = OnceLock::new();
    SITE.get_or_init(|| {
        let place = place();
        for (role, organisation) in [("clinician", "EST-ICB"), ("operator", "EST-HAVEN")] {
            let given = place.run(&[
                "account",
                "give",
                "ana",
                "--role",
                role,
                "--organisation",
                organisation,
                "--reason",
                "Also works there",
            ]);
            assert_eq!(given.code, Some(0), "{}{}", given.out, given.err);
        }
        let site = serve(place, &[]);
        let mut ada = who(&site, "ada");
        for _ in 0..2 {
            let page = ada.get("/people/requests");
            let actions = page
                .body
                .split("action=\"")
                .filter_map(|r| r.split('"').next());
            let action = actions
                .into_iter()
                .find(|a| a.starts_with("/people/requests/"));
            let action = action.unwrap_or_else(|| panic!("{}", page.body)).to_owned();
            let csrf = page.csrf();
            let approved = ada.post(&action, &[("csrf", &csrf), ("decision", "approve")]);
            assert_eq!(approved.status, 303, "{}", approved.body);
        }
        site
    })
}

fn who(site: &Site, name: &str) -> Browser {
    sign_in(&site.address, name, &format!("invented-place-{name}"))
}

fn act_as(person: &mut Browser, role: &str) {
    let csrf = person.get("/role").csrf();
    let changed = person.post("/role", &[("csrf", &csrf), ("role", role)]);
    assert_eq!(changed.status, 303, "{role}: {}", changed.body);
}

fn asks(person: &mut Browser) -> crate::site::Got {
    let csrf = person.get("/ask").csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("use", "DSA-0417/commissioning"),
        ("sql", COUNT),
    ];
    person.post("/ask", &fields)
}

/// An emergency of this professional to which a second person has agreed; gives its address.
fn emergency(site: &Site, professional: &mut Browser) -> String {
    let index = site.workspace.home().join("place/demographic-index.csv");
    let text = std::fs::read_to_string(index).unwrap();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let row: std::collections::BTreeMap<String, String> = rows
        .deserialize()
        .map(Result::unwrap)
        .find(|row: &std::collections::BTreeMap<String, String>| row["date_of_death"].is_empty())
        .unwrap();
    let csrf = professional.get("/cases/emergencies/new").csrf();
    let asked = professional.post(
        "/cases/emergencies/new",
        &[
            ("csrf", &csrf),
            ("nhs_number", &row["nhs_number"]),
            ("date_of_birth", &row["date_of_birth"]),
            ("emergency", "Found unconscious, medicines not known"),
        ],
    );
    assert_eq!(asked.status, 303, "{}", asked.body);
    let at = asked
        .header("location")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let mut cal = who(site, "cal");
    let page = cal.get(&at);
    let saw = page.body.split("name=\"saw\" value=\"").nth(1).unwrap();
    let saw = saw.split('"').next().unwrap();
    let fields = [
        ("csrf", page.csrf()),
        ("saw", saw.to_owned()),
        ("decision", "approve".to_owned()),
        ("reason", "Life at risk".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(cal.post(&format!("{at}/judge"), &fields).status, 303);
    at
}

#[test]
fn one_session_never_opens_identified_and_pseudonymised_data() {
    let site = of_two_roles();
    let (analyst, clinician) = ("analyst@EST-ICB", "clinician@EST-ICB");
    // Rows under pseudonyms first: then nobody is named in this session.
    let mut ana = who(site, "ana");
    act_as(&mut ana, analyst);
    assert_eq!(asks(&mut ana).status, 200);
    act_as(&mut ana, clinician);
    let at = emergency(site, &mut ana);
    let csrf = ana.get(&at).csrf();
    let opened = ana.post(&format!("{at}/records"), &[("csrf", &csrf)]);
    assert_eq!(opened.status, 403, "{}", opened.body);
    assert!(opened.body.contains("one session"), "{}", opened.body);
    // In a session of its own it opens, and rows under pseudonyms do not any more.
    let mut ana = who(site, "ana");
    act_as(&mut ana, clinician);
    let csrf = ana.get(&at).csrf();
    let opened = ana.post(&format!("{at}/records"), &[("csrf", &csrf)]);
    assert_eq!(opened.status, 200, "{}", opened.body);
    act_as(&mut ana, analyst);
    let refused = asks(&mut ana);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("one session"), "{}", refused.body);
    assert!(refused.body.contains(COUNT), "what was typed is kept");
    let (by, reason) = decided(&site.workspace);
    assert!(reason.starts_with("session"), "{reason}");
    assert_eq!(by, ["global/classes-mixed-in-one-session"]);
    // And again in another.
    let mut ana = who(site, "ana");
    act_as(&mut ana, analyst);
    assert_eq!(asks(&mut ana).status, 200);
}

#[test]
fn reviewing_a_pair_opens_identified_data_for_the_session() {
    let site = of_two_roles();
    let (analyst, operator) = ("analyst@EST-ICB", "operator@EST-HAVEN");
    let a_pair = |person: &mut Browser| {
        let mut found = person.get("/review").links("/review/k1-");
        found.extend(person.get("/review?mode=sample").links("/review/k1-"));
        found.first().unwrap().clone()
    };
    // Rows under pseudonyms first: then no pair is shown in this session. The list of pairs names nobody.
    let mut ana = who(site, "ana");
    act_as(&mut ana, analyst);
    assert_eq!(asks(&mut ana).status, 200);
    act_as(&mut ana, operator);
    let pair = a_pair(&mut ana);
    let refused = ana.get(&pair);
    assert_eq!(refused.status, 403, "{}", refused.body);
    assert!(refused.body.contains("one session"), "{}", refused.body);
    // And the other way round.
    let mut ana = who(site, "ana");
    act_as(&mut ana, operator);
    assert_eq!(ana.get(&pair).status, 200);
    act_as(&mut ana, analyst);
    let refused = asks(&mut ana);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("one session"), "{}", refused.body);
}
