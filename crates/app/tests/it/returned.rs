//! What is returned to a sender: on its page, as files and for machines; what is not told; what a decision comes to.

mod place;

use crate::{
    api::Machine,
    sending::{OPEN, Server},
    site::Browser,
    workspace::Workspace,
};
use place::{COUNCIL, file, land, number, rows, traced};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Reference, kind, row, rows, what the sender has, what was found, how sure, step.
type Found = (
    String,
    String,
    u64,
    u64,
    Option<String>,
    String,
    f64,
    String,
);

fn found(
    (reference, kind): (&str, &str),
    (row, rows): (u64, u64),
    yours: Option<&str>,
    found: &str,
    (sure, step): (f64, &str),
) -> Found {
    (
        reference.into(),
        kind.into(),
        row,
        rows,
        yours.map(Into::into),
        found.into(),
        sure,
        step.into(),
    )
}

/// What has to be told, worked out by hand from the two files.
fn expected() -> Vec<Found> {
    let other = number(40);
    let certain = (100.0, "number_and_birth_date");
    let full = (99.9, "full_details");
    let partly = (99.5, "number_and_part_of_birth_date");
    vec![
        found(
            ("C1", "name"),
            (5, 1),
            Some("Cleo =Brook"),
            "Cleo Marlow",
            certain,
        ),
        found(("E1", "practice"), (7, 1), None, "Y99902", certain),
        found(("F1", "death"), (8, 1), None, "2025-05-19", certain),
        found(("A1", "number_found"), (2, 2), None, &number(0), full),
        found(
            ("B1", "number_differs"),
            (4, 1),
            Some(&other),
            &number(1),
            full,
        ),
        found(
            ("D1", "birth_date"),
            (6, 1),
            Some("1944-06-18"),
            "1944-06-17",
            partly,
        ),
    ]
}

fn items(document: &Value) -> Vec<Found> {
    let text = |v: &Value| v.as_str().map(str::to_owned);
    document["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (
                text(&item["reference"]).unwrap(),
                text(&item["kind"]).unwrap(),
                item["row"].as_u64().unwrap(),
                item["rows"].as_u64().unwrap(),
                text(&item["yours"]),
                text(&item["found"]).unwrap(),
                (item["confidence"].as_f64().unwrap() * 1e6).round() / 1e6,
                text(&item["step"]).unwrap(),
            )
        })
        .collect()
}

fn id_of(document: &Value, reference: &str) -> String {
    let items = document["items"].as_array().unwrap();
    let item = items.iter().find(|i| i["reference"] == reference).unwrap();
    item["id"].as_str().unwrap().to_owned()
}

/// The entries of the log about what was returned, first to last: who, what, how many rows.
fn looks(workspace: &Workspace) -> Vec<(String, String, u64)> {
    let shown = workspace.json(&["audit", "show", "--last", "20000"]);
    shown["entries"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .filter(|e| e["kind"] == "page_served" || e["kind"] == "return_decided")
        .map(|e| {
            (
                e["actor"].as_str().unwrap().to_owned(),
                e["kind"].as_str().unwrap().to_owned(),
                e["rows"].as_u64().unwrap(),
            )
        })
        .collect()
}

fn decide(browser: &mut Browser, page: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let csrf = browser.get(page).csrf();
    let mut all = vec![("csrf", csrf.as_str())];
    all.extend_from_slice(fields);
    let got = browser.post(page, &all);
    (got.status, got.body)
}

#[test]
fn what_was_found_is_told_to_its_sender_alone_and_only_where_it_is_sure() {
    let (workspace, id) = traced();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let here = format!("/api/v1/submissions/{id}/returned");
    let told = machine.call("GET", &here, &[], b"").json();
    assert_eq!(items(&told), expected());
    // One number of G1, and number, practice and death of J1.
    assert_eq!(
        told["not_shown"],
        json!({"held_back": 4, "several": 1, "not_found": 1, "rejected_before": 0, "cut": false})
    );
    // A page at a time comes to the same.
    let (mut paged, mut next) = (Vec::new(), format!("{here}?limit=4"));
    loop {
        let page = machine.call("GET", &next, &[], b"").json();
        paged.extend(items(&page));
        match page["next"].as_str() {
            Some(address) => address.clone_into(&mut next),
            None => break,
        }
    }
    assert_eq!(paged, expected());
    for wrong in ["?limit=0", "?limit=1001", "?cursor=x", "?format=exe"] {
        let got = machine.call("GET", &format!("{here}{wrong}"), &[], b"");
        assert_eq!(got.status, 400, "{wrong}");
    }
    // The page, and the files.
    let mut sue = server.sign_in("sue");
    let page = format!("/submissions/{id}/returned");
    assert!(sue.get(&format!("/submissions/{id}")).body.contains(&page));
    let got = sue.get(&page);
    assert_eq!(got.header("cache-control"), "no-store");
    for words in [
        "6 findings wait",
        "Cleo Marlow",
        "17 June 1944",
        "19 May 2025",
        "Also in 1 other row of this record",
        "99%: both names, date of birth, sex and postcode are one person",
        "4 findings: the link is not sure enough, or the index does not let us tell.",
        "1 record: several people",
        "1 record: nobody was found",
    ] {
        assert!(got.body.contains(words), "{words}: {}", got.body);
    }
    let one = sue.get(&format!("{page}?kind=death")).body;
    assert!(one.contains("19 May 2025") && !one.contains("Cleo Marlow"));
    let csv = sue.get(&format!("{page}.csv"));
    assert_eq!(csv.body.lines().count(), 7);
    assert!(csv.body.contains("Cleo =Brook") && csv.body.contains(&number(1)));
    assert_eq!(csv.header("cache-control"), "no-store");
    assert!(sue.get(&format!("{page}.xlsx")).body.starts_with("PK"));
    // Nothing of those of whom nothing may be told, anywhere.
    let secret = [
        number(6),
        number(7),
        number(8),
        number(9),
        "Y99903".to_owned(),
    ];
    for body in [&got.body, &csv.body, &told.to_string()] {
        assert!(secret.iter().all(|s| !body.contains(s.as_str())));
        assert!(!body.contains("J1") && !body.contains("G1"));
    }
    // Nobody else.
    let other = Machine::of(&server, &workspace, "714", "submitter");
    assert_eq!(other.call("GET", &here, &[], b"").status, 404);
    for (who, status) in [("vic", 404), ("ora", 403)] {
        let mut browser = server.sign_in(who);
        for ending in ["", ".csv", ".xlsx"] {
            let got = browser.get(&format!("{page}{ending}"));
            assert_eq!(got.status, status, "{who}{ending}");
            assert!(!got.body.contains("Marlow"));
        }
    }
    // Every look was written down with how much it showed, and what the server said holds no value.
    let seen: Vec<u64> = looks(&workspace).into_iter().map(|l| l.2).collect();
    assert_eq!(seen, [6, 4, 2, 6, 1, 6, 6]);
    let said = server.kill();
    assert!(
        !said.contains("Marlow") && !said.contains(&number(0)),
        "{said}"
    );
    workspace.audit_is_whole();
}

#[test]
fn what_cannot_be_kept_of_a_decision_is_said_beside_it() {
    let (workspace, id) = traced();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let here = format!("/api/v1/submissions/{id}/returned");
    let told = machine.call("GET", &here, &[], b"").json();
    let (a, b) = (id_of(&told, "A1"), id_of(&told, "B1"));
    let mut sue = server.sign_in("sue");
    let page = format!("/submissions/{id}/returned");
    // What cannot be kept is said, with what was typed.
    for (fields, says) in [
        (
            vec![("found", a.as_str()), ("why", "x")],
            "Choose accept or reject.",
        ),
        (
            vec![("found", a.as_str()), ("decision", "reject"), ("why", "")],
            "Say why it is not right",
        ),
        (
            vec![
                ("found", b.as_str()),
                ("decision", "reject"),
                ("why", "it is 999 000 1234"),
            ],
            "Leave out names, numbers and dates",
        ),
    ] {
        let (status, body) = decide(&mut sue, &page, &fields);
        assert_eq!(status, 422, "{says}");
        assert!(
            body.contains(says) && body.contains("<title>Error: "),
            "{says}"
        );
    }
    assert_eq!(
        decide(
            &mut sue,
            &page,
            &[("found", "k1-x"), ("decision", "accept")]
        )
        .0,
        404
    );
}

#[test]
fn a_decision_is_remembered_in_later_files_and_a_rejected_number_is_not_offered_again() {
    let (workspace, id) = traced();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let here = format!("/api/v1/submissions/{id}/returned");
    let told = machine.call("GET", &here, &[], b"").json();
    let (a, b, d) = (id_of(&told, "A1"), id_of(&told, "B1"), id_of(&told, "D1"));
    let mut sue = server.sign_in("sue");
    let page = format!("/submissions/{id}/returned");
    // Two clicks are one decision.
    let rejected = [
        ("found", b.as_str()),
        ("decision", "reject"),
        ("why", "She is her sister"),
    ];
    for _ in 0..2 {
        assert_eq!(decide(&mut sue, &page, &rejected).0, 303);
    }
    let accepted = [("found", d.as_str()), ("decision", "accept"), ("why", "")];
    assert_eq!(decide(&mut sue, &page, &accepted).0, 303);
    let shown = sue.get(&format!("{page}?done=1")).body;
    for words in [
        "4 findings wait",
        "Her sister",
        "Your decision is kept",
        "Decide again on row 4",
    ] {
        let same = shown.to_lowercase().contains(&words.to_lowercase());
        assert!(same, "{words}: {shown}");
    }
    // A later file of the same council, with the same faults.
    let mut later = rows();
    later.truncate(6);
    let second = land(&workspace, "april.csv", &file(&later), &["--from", COUNCIL]);
    let before = machine.call(
        "GET",
        &format!("/api/v1/submissions/{second}/returned"),
        &[],
        b"",
    );
    assert_eq!(
        before.json()["traced_at"],
        Value::Null,
        "it was not traced yet"
    );
    assert!(
        sue.get(&format!("/submissions/{second}/returned"))
            .body
            .contains("not been traced yet")
    );
    workspace.json(&["link"]);
    let again = machine
        .call(
            "GET",
            &format!("/api/v1/submissions/{second}/returned"),
            &[],
            b"",
        )
        .json();
    let references: BTreeSet<String> = items(&again).into_iter().map(|i| i.0).collect();
    assert_eq!(
        references,
        ["A1", "C1", "D1", "E1"].map(str::to_owned).into()
    );
    assert_eq!(again["not_shown"]["rejected_before"], 1);
    let birthday = again["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|i| i["reference"] == "D1")
        .unwrap();
    assert_eq!(birthday["decision"]["accepted"], true);
    assert_eq!(birthday["decision"]["submission"], json!(id));
    assert_eq!(id_of(&again, "A1"), a, "the same finding has the same name");
    assert!(
        !sue.get(&format!("/submissions/{second}/returned"))
            .body
            .contains(&number(1))
    );
    // The regional team sees counts and reasons, and no record.
    let seen = server.sign_in("ora").get("/returned");
    assert_eq!(seen.status, 200);
    assert!(
        seen.body.contains("She is her sister") && seen.body.contains("Another NHS number found")
    );
    assert!(
        !seen.body.contains("B1") && !seen.body.contains(&b) && !seen.body.contains(&number(1))
    );
    assert_eq!(server.sign_in("vic").get("/returned").status, 403);
    // What is kept of a decision holds no value of a record.
    server.kill();
    let control = std::fs::read(workspace.home().join("control/haven.sqlite")).unwrap();
    let log = std::fs::read(workspace.home().join("control/haven.sqlite-wal")).unwrap_or_default();
    for value in [number(1), number(40), "Fenwick".to_owned()] {
        let there = |bytes: &[u8]| bytes.windows(value.len()).any(|w| w == value.as_bytes());
        assert!(!there(&control) && !there(&log));
    }
}

#[test]
fn all_of_a_kind_are_accepted_together_once_somebody_says_that_they_were_checked() {
    let (workspace, id) = traced();
    let server = Server::start(&workspace, OPEN, &[]);
    let mut sue = server.sign_in("sue");
    let page = format!("/submissions/{id}/returned?kind=number_found");
    assert!(sue.get(&page).body.contains("Accept 1 finding"));
    for (fields, says) in [
        (vec![("all", "number_found"), ("seen", "1")], "Tick the box"),
        (
            vec![("all", "number_found"), ("seen", "2"), ("checked", "yes")],
            "not as many as when you looked",
        ),
    ] {
        let (status, body) = decide(&mut sue, &page, &fields);
        assert_eq!(status, 422);
        assert!(body.contains(says), "{says}");
    }
    let all = [("all", "number_found"), ("seen", "1"), ("checked", "yes")];
    assert_eq!(decide(&mut sue, &page, &all).0, 303);
    assert_eq!(
        decide(&mut sue, &page, &all).0,
        303,
        "a second click does nothing"
    );
    assert_eq!(decide(&mut sue, &page, &[("all", "nonsense")]).0, 404);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let told = machine
        .call(
            "GET",
            &format!("/api/v1/submissions/{id}/returned"),
            &[],
            b"",
        )
        .json();
    let accepted: Vec<&str> = told["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|i| i["decision"]["accepted"] == true)
        .map(|i| i["reference"].as_str().unwrap())
        .collect();
    assert_eq!(accepted, ["A1"]);
    let decided = looks(&workspace)
        .into_iter()
        .filter(|l| l.1 == "return_decided")
        .count();
    assert_eq!(decided, 1);
}

#[test]
fn machines_decide_all_or_nothing_and_once_under_a_key() {
    let (workspace, id) = traced();
    let server = Server::start(&workspace, OPEN, &[]);
    let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
    let here = format!("/api/v1/submissions/{id}/returned");
    let told = machine.call("GET", &here, &[], b"").json();
    let (a, b) = (id_of(&told, "A1"), id_of(&told, "B1"));
    let decisions = format!("{here}/decisions");
    let send = |body: &Value, headers: &[(&str, &str)]| {
        machine.call("POST", &decisions, headers, body.to_string().as_bytes())
    };
    for (body, status, problem) in [
        (json!({}), 400, "not-understood"),
        (json!({"decisions": [{"id": a}]}), 400, "not-understood"),
        (
            json!({"decisions": [{"id": a, "accepted": true, "more": 1}]}),
            400,
            "not-understood",
        ),
        (
            json!({"decisions": [{"id": "k1-x", "accepted": true}]}),
            422,
            "not-decided",
        ),
        (
            json!({"decisions": [{"id": a, "accepted": true}, {"id": b, "accepted": false}]}),
            422,
            "not-decided",
        ),
        (
            json!({"decisions": [{"id": b, "accepted": false, "why": "it is Bea"}]}),
            422,
            "not-decided",
        ),
    ] {
        let got = send(&body, &[]);
        assert_eq!(
            (got.status, got.problem().as_str()),
            (status, problem),
            "{body}"
        );
    }
    let nothing = machine.call("GET", &here, &[], b"").json();
    assert!(
        nothing["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|i| i["decision"].is_null())
    );
    let good = json!({"decisions": [{"id": a, "accepted": true}, {"id": b, "accepted": false, "why": "her sister"}]});
    let key = [("Idempotency-Key", "april-1")];
    let first = send(&good, &key);
    assert_eq!(
        first.json(),
        json!({"version": 1, "kept": 2, "decisions": 2})
    );
    assert_eq!(send(&good, &key).json(), first.json(), "answered as it was");
    assert_eq!(send(&json!({"decisions": []}), &key).problem(), "key-used");
    let again = send(&good, &[]);
    assert_eq!(again.json()["kept"], 0, "nothing of it is new");
}

#[test]
fn killed_at_any_write_a_decision_is_whole_or_not_there_and_can_be_made_again() {
    let (start, id) = traced();
    let here = format!("/api/v1/submissions/{id}/returned");
    let mut point = 0;
    loop {
        point += 1;
        let workspace = Workspace::like(&start);
        let at = point.to_string();
        let kill = [("HAVEN_KILL_AT_WRITE_POINT", at.as_str())];
        let Some(server) = Server::try_start(&workspace, OPEN, &kill) else {
            continue;
        };
        let machine = Machine::of(&server, &workspace, COUNCIL, "submitter");
        let body = |told: &Value| {
            json!({"decisions": [
                {"id": id_of(told, "A1"), "accepted": true},
                {"id": id_of(told, "B1"), "accepted": false, "why": "her sister"},
            ]})
            .to_string()
        };
        let mut survived = false;
        if let Some(got) = machine
            .raw("GET", &here, &[], b"")
            .filter(|got| got.status == 200)
        {
            let told = got.json();
            let decisions = format!("{here}/decisions");
            survived = machine
                .raw("POST", &decisions, &[], body(&told).as_bytes())
                .is_some_and(|got| got.status == 200);
        }
        server.kill();
        let server = Server::start(&workspace, OPEN, &[]);
        let machine = Machine {
            address: server.address.clone(),
            token: machine.token,
        };
        let told = machine.call("GET", &here, &[], b"").json();
        let decided = told["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|i| !i["decision"].is_null())
            .count();
        assert!(
            decided == 0 || decided == 2,
            "write point {point}: {decided} of two decisions"
        );
        let kept = machine
            .call(
                "POST",
                &format!("{here}/decisions"),
                &[],
                body(&told).as_bytes(),
            )
            .json();
        assert_eq!(kept["kept"], 2 - decided, "write point {point}");
        workspace.audit_is_whole();
        if survived {
            break;
        }
        assert!(point < 40, "it never ends well");
    }
    assert!(point > 1, "no write point was met");
}
