//! The life of an agreement, by command and by page: handed in, approved by two, signed by all, in force, stopped at
//! once; and whoever should not is refused.

#![expect(
    clippy::too_many_lines,
    reason = "a life is told from its beginning to its end"
)]

use crate::{
    sending::Server,
    site::{Browser, list::AgreementPage},
    workspace::{Ended, Workspace},
};
use std::{fs, io::Write as _, process::Stdio};

/// Those of the demo who govern, with their roles.
pub(crate) const PEOPLE: [(&str, &str); 2] = [("meg", "agreement_manager"), ("odo", "auditor")];
const PASSWORD: &str = "invented-place-password";
const REFERENCE: &str = "DSA-0417";
/// The moment at which the pages are opened: the agreements of content are in force.
const OPEN: &str = "2026-10-30T09:00:00Z";

/// The parts that lead to something that is there, for each page of agreements. What is on its way is gone through
/// below, so its pages lead nowhere.
pub(crate) fn parts_of(page: AgreementPage) -> Vec<(&'static str, String)> {
    let id = match page {
        AgreementPage::Draft
        | AgreementPage::Text
        | AgreementPage::Part
        | AgreementPage::Submit => "none",
        _ => REFERENCE,
    };
    [
        ("id", id),
        ("digest", "none"),
        ("act", "approve"),
        ("part", "term"),
        ("number", "none"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

/// Whether a path is one of those, or of others that depend on what the invented place is like.
pub(crate) fn leads_nowhere(path: &str) -> bool {
    let below = [
        "/agreements/drafts/none",
        "/agreements/approvals/none",
        "/suspensions/none",
        "/linkage/none",
        "/review/k1-none",
    ];
    below.iter().any(|none| path.starts_with(none)) || path.contains("/00000000")
}

/// A workspace with the people of the demo who have to do with agreements.
pub(crate) fn workspace() -> Workspace {
    let workspace = Workspace::new();
    for (name, organisation, role) in [
        ("meg", "EST-HAVEN", "agreement_manager"),
        ("ivy", "EST-ICB", "ig_lead"),
        ("ira", "EST-ICB", "ig_lead"),
        ("ada", "EST-HAVEN", "asset_owner"),
        ("cal", "EST-ICB", "caldicott_guardian"),
        ("odo", "EST-HAVEN", "auditor"),
        ("ana", "EST-ICB", "analyst"),
        ("sue", "621", "submitter"),
    ] {
        let arguments = [
            "account",
            "add",
            name,
            "--name",
            name,
            "--organisation",
            organisation,
            "--role",
            role,
            "--invented",
            "--trained-until",
            "2027-10-30",
        ];
        let mut adding = workspace
            .command(&arguments)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        adding
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        let ended: Ended = adding.wait_with_output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
    }
    workspace
}

/// The text of the agreement in force, as its next version, with some of its words changed.
fn next(workspace: &Workspace, version: &str, changes: &[(&str, &str)]) -> String {
    let ended = workspace.run(&[
        "agreement",
        "export",
        REFERENCE,
        "--agreement-version",
        "1.0",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let mut text = ended
        .out
        .replace("version = \"1.0\"", &format!("version = \"{version}\""));
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let file = workspace.beside(&format!("{version}.toml"));
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn act(workspace: &Workspace, arguments: &[&str], by: &str) -> Ended {
    let mut all = vec!["agreement"];
    all.extend(arguments);
    all.extend(["--as", by]);
    workspace.run(&all)
}

#[track_caller]
fn done(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
}

#[track_caller]
fn refused(ended: &Ended, says: &str) {
    assert_eq!(ended.code, Some(4), "{}{}", ended.out, ended.err);
    assert!(ended.err.contains(says), "{}", ended.err);
}

fn submitted(workspace: &Workspace, file: &str) -> String {
    let shown = workspace.json(&[
        "agreement",
        "submit",
        file,
        "--why",
        "a longer term",
        "--as",
        "meg",
    ]);
    shown["digest"].as_str().unwrap().to_owned()
}

fn state(workspace: &Workspace) -> (String, String) {
    let shown = workspace.json(&["agreement", "show", REFERENCE]);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (text(&shown["agreement"]["version"]), text(&shown["state"]))
}

fn sign_all(workspace: &Workspace, digest: &str) {
    for party in ["621", "991", "992", "EST-ICB", "EST-HAVEN"] {
        let sign = [
            "sign",
            digest,
            "--party",
            party,
            "--name",
            "Amara Invented",
            "--role",
            "Caldicott Guardian",
            "--day",
            "2026-10-30",
            "--evidence",
            "letter of 30 October",
        ];
        assert_eq!(state(workspace).0, "1.0", "before {party} has signed");
        done(&act(workspace, &sign, "ivy"));
    }
}

#[test]
fn a_version_comes_into_force_once_two_have_approved_it_and_all_have_signed() {
    let workspace = workspace();
    let file = next(
        &workspace,
        "1.1",
        &[(
            "{ account = \"ana\", organisation = \"EST-ICB\" },",
            "{ account = \"ana\", organisation = \"EST-ICB\" },\n    { account = \"ann\", organisation = \"EST-ICB\" },",
        )],
    );
    let old = next(&workspace, "1.0", &[]);
    let checked = workspace.json(&["agreement", "check", &file]);
    assert_eq!(checked["is_an_agreement"], true, "{checked}");
    let diff = workspace.run(&["agreement", "diff", &old, &file]);
    assert!(diff.out.starts_with("Opens more"), "{}", diff.out);

    refused(
        &act(&workspace, &["submit", &file, "--why", "x"], "ana"),
        "does not do this",
    );
    let digest = submitted(&workspace, &file);
    // Handed in again it is the same; another text cannot have its version.
    assert_eq!(submitted(&workspace, &file), digest);
    let other = next(&workspace, "1.1", &[("age_in_years", "age_in_years")]);
    fs::write(
        &other,
        format!("{}\n# another text\n", fs::read_to_string(&other).unwrap()),
    )
    .unwrap();
    refused(
        &act(&workspace, &["submit", &other, "--why", "x"], "meg"),
        "is there already",
    );

    refused(
        &act(
            &workspace,
            &[
                "sign",
                &digest,
                "--party",
                "621",
                "--name",
                "A",
                "--role",
                "B",
                "--day",
                "2026-10-30",
                "--evidence",
                "c",
            ],
            "ivy",
        ),
        "once 2 people have approved",
    );
    done(&act(&workspace, &["approve", &digest], "ivy"));
    done(&act(&workspace, &["approve", &digest], "ivy"));
    refused(
        &act(&workspace, &["approve", &digest], "ira"),
        "another role",
    );
    refused(
        &act(&workspace, &["approve", &digest], "meg"),
        "does not do this",
    );
    assert_eq!(
        act(&workspace, &["approve", &"0".repeat(64)], "ada").code,
        Some(2)
    );
    done(&act(&workspace, &["approve", &digest[..12]], "ada"));

    refused(
        &act(
            &workspace,
            &[
                "sign",
                &digest,
                "--party",
                "621",
                "--name",
                "A",
                "--role",
                "B",
                "--day",
                "2026-10-30",
                "--evidence",
                "c",
            ],
            "cal",
        ),
        "you act for EST-ICB",
    );
    refused(
        &act(
            &workspace,
            &[
                "sign",
                &digest,
                "--party",
                "X99",
                "--name",
                "A",
                "--role",
                "B",
                "--day",
                "2026-10-30",
                "--evidence",
                "c",
            ],
            "ivy",
        ),
        "not a party",
    );
    refused(
        &act(
            &workspace,
            &[
                "sign",
                &digest,
                "--party",
                "621",
                "--name",
                "A",
                "--role",
                "B",
                "--day",
                "2027-10-30",
                "--evidence",
                "c",
            ],
            "ivy",
        ),
        "cannot lie ahead",
    );
    sign_all(&workspace, &digest);
    assert_eq!(state(&workspace), ("1.1".to_owned(), "active".to_owned()));
    let who = workspace.json(&["agreement", "simulate", "--table", "person_quarter"]);
    assert!(who.to_string().contains("ann, for Estuary ICB"), "{who}");

    // Each act is in the log under the digest of the text.
    let log = workspace.json(&["audit", "show", "--last", "200"]);
    let kinds = |kind: &str, outcome: &str| {
        let entries = log["entries"].as_array().unwrap();
        entries
            .iter()
            .filter(|e| {
                e["kind"] == kind && e["outcome"] == outcome && e["policy_digest"] == digest
            })
            .count()
    };
    assert_eq!(kinds("agreement_signed", "done"), 5);
    assert_eq!(kinds("agreement_approved", "refused"), 1);
    assert!(kinds("agreement_approved", "done") >= 2);
    workspace.audit_is_whole();
}

#[test]
fn what_is_suspended_permits_nothing_in_the_next_question_until_it_is_lifted() {
    let workspace = workspace();
    let open = |workspace: &Workspace| {
        let who = workspace.json(&["agreement", "simulate", "--table", "hospital_spell"]);
        who.to_string().contains("ana, for Estuary ICB")
    };
    assert!(open(&workspace));
    let suspend = [
        "suspend",
        "--agreement",
        REFERENCE,
        "--why",
        "a laptop was lost",
    ];
    refused(&act(&workspace, &suspend, "meg"), "does not do this");
    done(&act(&workspace, &suspend, "ivy"));
    done(&act(&workspace, &suspend, "cal"));
    assert_eq!(state(&workspace).1, "suspended");
    assert!(!open(&workspace));
    let shown = workspace.run(&["agreement", "show", REFERENCE]);
    assert!(shown.out.contains("a laptop was lost"), "{}", shown.out);
    done(&act(
        &workspace,
        &["lift", "1", "--why", "it was found"],
        "cal",
    ));
    assert!(open(&workspace));
    assert_eq!(
        act(&workspace, &["lift", "9", "--why", "x"], "cal").code,
        Some(2)
    );
    assert_eq!(
        act(
            &workspace,
            &["suspend", "--agreement", "DSA-9", "--why", "x"],
            "ivy"
        )
        .code,
        Some(2)
    );

    // A person is out at once, on the site too, and cannot act by command.
    let server = Server::start(&workspace, OPEN, &[]);
    let mut cal = signed_in(&server, "cal");
    assert_eq!(cal.get("/agreements").status, 200);
    refused(
        &act(
            &workspace,
            &["suspend", "--person", "ivy", "--why", "x"],
            "ivy",
        ),
        "nobody suspends themselves",
    );
    done(&act(
        &workspace,
        &["suspend", "--person", "cal", "--why", "an inquiry"],
        "ivy",
    ));
    assert_eq!(cal.get("/agreements").status, 303);
    refused(
        &act(&workspace, &["lift", "2", "--why", "x"], "cal"),
        "there is no account",
    );
    done(&act(&workspace, &["lift", "2", "--why", "cleared"], "ada"));
    assert_eq!(signed_in(&server, "cal").get("/agreements").status, 200);
    workspace.audit_is_whole();
}

fn signed_in(server: &Server, name: &str) -> Browser {
    crate::site::sign_in(&server.address, name, PASSWORD)
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let after = page
        .split(&format!("name=\"{name}\" value=\""))
        .nth(1)
        .unwrap_or_else(|| panic!("no field {name}: {page}"));
    after.split('"').next().unwrap().to_owned()
}

#[test]
fn an_agreement_is_written_approved_and_signed_on_the_site() {
    let workspace = workspace();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut meg = signed_in(&server, "meg");
    let mut cal = signed_in(&server, "cal");
    let mut ada = signed_in(&server, "ada");
    let mut ivy = signed_in(&server, "ivy");

    let csrf = meg.get("/agreements/new").csrf();
    let begun = meg.post(
        "/agreements/new",
        &[("csrf", &csrf), ("changes", REFERENCE)],
    );
    let draft = begun.header("location").to_owned();
    assert_eq!(begun.status, 303, "{begun:?}");
    assert_eq!(cal.get(&draft).status, 403, "drafts are for their writers");

    // By form: a mistake stands beside its field, and the text is kept.
    let part = format!("{draft}/part/term");
    let page = meg.get(&part);
    let revision = hidden(&page.body, "revision");
    let day = |name: &str, parts: [&str; 3]| -> Vec<(String, String)> {
        ["day", "month", "year"]
            .iter()
            .zip(parts)
            .map(|(ending, part)| (format!("{name}-{ending}"), part.to_owned()))
            .collect()
    };
    let term = |end: [&str; 3]| -> Vec<(String, String)> {
        [
            day("term.issued", ["2", "3", "2026"]),
            day("term.start", ["1", "4", "2026"]),
            day("term.end", end),
            day("term.review", ["1", "10", "2026"]),
            day("term.destruction_due", ["30", "9", "2027"]),
            day("term.certificate_due", ["31", "10", "2027"]),
        ]
        .concat()
    };
    let send =
        |browser: &mut Browser, path: &str, fields: &[(String, String)], more: &[(&str, &str)]| {
            let mut all: Vec<(&str, &str)> = fields
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect();
            all.extend(more);
            browser.post(path, &all)
        };
    let csrf = page.csrf();
    let wrong = send(
        &mut meg,
        &part,
        &term(["31", "3", "2025"]),
        &[("csrf", &csrf), ("revision", &revision)],
    );
    assert!(wrong.body.contains("<title>Error: "), "{}", wrong.body);
    assert!(wrong.body.contains("ends before it starts"));
    // Somebody who saw the draft as it was before is told, and nothing is lost.
    let stale = send(
        &mut meg,
        &part,
        &term(["30", "6", "2027"]),
        &[("csrf", &csrf), ("revision", &revision)],
    );
    assert!(
        stale.body.contains("Somebody else changed this draft"),
        "{}",
        stale.body
    );
    let revision = hidden(&stale.body, "revision");
    let saved = send(
        &mut meg,
        &part,
        &term(["30", "6", "2027"]),
        &[("csrf", &csrf), ("revision", &revision)],
    );
    assert_eq!(saved.header("location"), draft, "{saved:?}");

    // As a file: the message points at the line, and what was typed is there again.
    let text = format!("{draft}/text");
    let page = meg.get(&text);
    let revision = hidden(&page.body, "revision");
    let bad = meg.post(
        &text,
        &[
            ("csrf", &csrf),
            ("revision", &revision),
            ("text", "version = \nnonsense"),
        ],
    );
    assert!(
        bad.body.contains("Line 2") && bad.body.contains("nonsense"),
        "{}",
        bad.body
    );
    let revision = hidden(&bad.body, "revision");
    let whole = fs::read_to_string(next(
        &workspace,
        "1.1",
        &[
            ("end = 2027-03-31", "end = 2027-06-30"),
            (
                "destruction_due = 2027-06-30",
                "destruction_due = 2027-09-30",
            ),
            (
                "certificate_due = 2027-07-31",
                "certificate_due = 2027-10-31",
            ),
        ],
    ))
    .unwrap();
    let good = meg.post(
        &text,
        &[("csrf", &csrf), ("revision", &revision), ("text", &whole)],
    );
    assert_eq!(good.header("location"), draft, "{}", good.body);

    // Handing in: the answers are shown before they count.
    let submit = format!("{draft}/submit");
    let page = meg.get(&submit);
    let revision = hidden(&page.body, "revision");
    let fields = [
        ("csrf", csrf.as_str()),
        ("revision", &revision),
        ("why", "a longer term"),
    ];
    let check = meg.post(&submit, &fields);
    assert!(
        check.body.contains("Check before you hand it in"),
        "{}",
        check.body
    );
    let handed = meg.post(
        &submit,
        &[fields[0], fields[1], fields[2], ("checked", "yes")],
    );
    let version = handed.header("location").to_owned();
    assert!(version.starts_with("/agreements/approvals/"), "{handed:?}");
    assert_eq!(meg.get(&draft).status, 404, "the draft is gone");

    // Both approvers see the same page, but for what they can do.
    let (of_cal, of_ada) = (cal.get(&version).body, ada.get(&version).body);
    for body in [&of_cal, &of_ada] {
        for words in ["a longer term", "30 June 2027", "Opens more", "Approve"] {
            assert!(body.contains(words), "{words}");
        }
    }
    assert_eq!(meg.get(&format!("{version}/approve")).status, 409);
    let digest = version.rsplit('/').next().unwrap().to_owned();
    let approve = format!("{version}/approve");
    let approved = |browser: &mut Browser| {
        let csrf = browser.get(&version).csrf();
        let fields = [("csrf", csrf.as_str()), ("digest", &digest), ("words", "")];
        let check = browser.post(&approve, &fields);
        assert!(
            check.body.contains("Check before you approve"),
            "{}",
            check.body
        );
        browser.post(
            &approve,
            &[fields[0], fields[1], fields[2], ("checked", "yes")],
        )
    };
    assert_eq!(approved(&mut cal).status, 303);
    // Sent twice, it counts once.
    assert_eq!(approved(&mut cal).status, 303);
    assert_eq!(approved(&mut ada).status, 303);
    // A form that names another text than the one at its address was not given by us.
    let csrf = ivy.get(&version).csrf();
    let other = ivy.post(
        &approve,
        &[
            ("csrf", &csrf),
            ("digest", &"0".repeat(64)),
            ("checked", "yes"),
        ],
    );
    assert_eq!(other.status, 403);
    let sign = format!("{version}/sign");
    assert!(ivy.get(&sign).body.contains("Which party has signed?"));
    let without = ivy.post(
        &sign,
        &[("csrf", &csrf), ("digest", &digest), ("party", "621")],
    );
    assert_eq!(without.status, 422);
    sign_all(&workspace, &digest);
    let one = ivy.get(&format!("/agreements/{REFERENCE}"));
    assert!(
        one.body.contains("version 1.1") && one.body.contains("30 June 2027"),
        "{}",
        one.body
    );
    let file = ivy.get(&format!("/agreements/{REFERENCE}/file"));
    assert_eq!(file.body.trim_end(), whole.trim_end());
    let compared = ivy.get(&format!("/agreements/{REFERENCE}/compare"));
    assert!(
        compared
            .body
            .contains("What version 1.1 changes of version 1.0"),
        "{}",
        compared.body
    );
}

#[test]
fn the_end_is_told_of_ninety_thirty_and_seven_days_before_it_and_once() {
    let workspace = workspace();
    let at = |day: &str, arguments: &[&str]| -> Ended {
        let mut command = workspace.command(arguments);
        command.env("HAVEN_CLOCK_STARTS_AT", format!("{day}T09:00:00Z"));
        command.output().unwrap().into()
    };
    let warned = || {
        let log = workspace.json(&["audit", "show", "--last", "200"]);
        let entries = log["entries"].as_array().unwrap();
        entries
            .iter()
            .filter(|e| e["kind"] == "agreement_warned" && e["agreement"] == REFERENCE)
            .count()
    };
    // Its last day is 31 March 2027.
    for (day, words, warnings) in [
        ("2026-12-30", "", 0),
        ("2026-12-31", "ends in 90 days, on 31 March 2027", 1),
        ("2027-01-01", "ends in 89 days", 1),
        ("2027-03-01", "ends in 30 days", 2),
        ("2027-03-24", "ends in 7 days", 3),
        ("2027-03-31", "ends today", 3),
        ("2027-04-01", "is to be destroyed in 90 days", 3),
    ] {
        let ended = at(day, &["agreement", "list"]);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let told = ended.err.contains(REFERENCE);
        assert_eq!(told, !words.is_empty(), "{day}: {}", ended.err);
        assert!(ended.err.contains(words), "{day}: {}", ended.err);
        assert_eq!(warned(), warnings, "{day}");
    }
    let ended = at("2027-04-01", &["agreement", "list", "--state", "expired"]);
    assert!(ended.out.contains(REFERENCE), "{}", ended.out);

    // Those who should know find it on the start page; an analyst does not.
    let server = Server::start(&workspace, "2027-03-25T09:00:00Z", &[]);
    for (name, told) in [("ivy", true), ("meg", true), ("ana", false)] {
        let start = signed_in(&server, name).get("/").body;
        assert_eq!(start.contains("ends in 7 days"), told, "{name}");
    }
}
