//! Incidents: who works on them, the clock of each report, what is stopped because of one, and the whole of it as a
//! file.

use crate::{
    agreements::workspace,
    site::Browser,
    workspace::{Ended, Workspace},
};

/// Somebody does something about an incident, at a moment.
fn at(workspace: &Workspace, moment: &str, arguments: &[&str], by: &str) -> Ended {
    let mut all = vec!["incident"];
    all.extend(arguments);
    all.extend(["--as", by]);
    let mut command = workspace.command(&all);
    command.env("HAVEN_CLOCK_STARTS_AT", moment);
    command.output().unwrap().into()
}

#[track_caller]
fn says(ended: &Ended, code: i32, words: &str) {
    let told = format!("{}{}", ended.out, ended.err);
    assert_eq!(ended.code, Some(code), "{told}");
    assert!(told.contains(words), "{words}: {told}");
}

fn file(workspace: &Workspace, number: &str) -> serde_json::Value {
    let exported = at(
        workspace,
        "2026-11-10T09:00:00Z",
        &["export", number],
        "ivy",
    );
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    serde_json::from_str(&exported.out).unwrap()
}

fn opening<'a>(category: &'a str, words: &'a str) -> Vec<&'a str> {
    let title = "A laptop was lost";
    vec![
        "open",
        "--category",
        category,
        "--title",
        title,
        "--words",
        words,
        "--owner",
        "ada",
    ]
}

/// Writes one down on a page, and gives its number.
pub(crate) fn written_down(browser: &mut Browser) -> String {
    let csrf = browser.get("/incidents/new").csrf();
    let got = browser.post(
        "/incidents/new",
        &[
            ("csrf", &csrf),
            ("category", "deviation"),
            ("title", "The check of a backup was left out"),
            ("at-day", "1"),
            ("at-month", "10"),
            ("at-year", "2026"),
            ("time", "14:05"),
            ("words", "Nobody looked on Friday"),
            ("owner", "ada"),
        ],
    );
    assert_eq!(got.status, 303, "{got:?}");
    let to = got.header("location");
    let number = to
        .trim_start_matches("/incidents/")
        .trim_end_matches("?done=1");
    number.to_owned()
}

#[test]
fn an_incident_is_reported_within_72_hours_and_closed_by_somebody_else() {
    let workspace = workspace();
    let monday = "2026-11-02T09:00:00Z";
    let mut open = opening("personal_data_breach", "It was left on a train");
    open.extend(["--noticed", "2026-11-01T22:30"]);
    for (who, code, words) in [
        ("ana", 4, "does not do this"),
        ("cal", 4, "does not do this"),
        ("ivy", 0, "by 4 November 2026 at 10:30pm"),
        // The same one again is the same one.
        ("ivy", 0, "Incident 1 is on record"),
    ] {
        says(&at(&workspace, monday, &open, who), code, words);
    }
    let mut wrong = opening("personal_data_breach", "It held 999 000 0018 alone");
    says(
        &at(&workspace, monday, &wrong, "ivy"),
        2,
        "take the NHS number out",
    );
    wrong = opening("no_such_thing", "x");
    says(
        &at(&workspace, monday, &wrong, "ivy"),
        2,
        "there is no category",
    );
    wrong = opening("deviation", "x");
    wrong.extend(["--noticed", "2026-11-03T09:00"]);
    says(&at(&workspace, monday, &wrong, "ivy"), 2, "after now");
    wrong = opening("deviation", "x");
    wrong.extend(["--due", "2026-11-01"]);
    says(&at(&workspace, monday, &wrong, "ivy"), 2, "has passed");

    let close = [
        "close",
        "1",
        "--why",
        "It was found, and is encrypted from now on",
    ];
    says(
        &at(&workspace, monday, &close, "ada"),
        4,
        "somebody else closes it",
    );
    says(
        &at(&workspace, monday, &close, "ivy"),
        4,
        "Information Commissioner",
    );
    let overdue = at(&workspace, "2026-11-04T22:31:00Z", &["list"], "ivy");
    says(
        &overdue,
        0,
        "should have been reported to the Information Commissioner",
    );
    let told = |to, moment| {
        let add = [
            "add",
            "1",
            "--kind",
            "told",
            "--words",
            "By its form",
            "--to",
            to,
        ];
        says(
            &at(&workspace, moment, &add, "ada"),
            0,
            "is in the timeline",
        );
    };
    told("ico", "2026-11-04T22:30:00Z");
    says(&at(&workspace, monday, &close, "ivy"), 4, "NHS England");
    told("dspt", "2026-11-05T09:00:00Z");
    says(
        &at(&workspace, "2026-11-06T09:00:00Z", &close, "ivy"),
        0,
        "is closed",
    );
    let late = ["add", "1", "--kind", "put-right", "--words", "Too late"];
    says(
        &at(&workspace, "2026-11-06T10:00:00Z", &late, "ada"),
        2,
        "it is closed",
    );

    let file = file(&workspace, "1");
    let states: Vec<(&str, &str)> = file["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["report"].as_str().unwrap(), r["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("ico", "made"), ("dspt", "made_late")]);
    let lines: Vec<&str> = file["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["kind"].as_str().unwrap())
        .collect();
    assert_eq!(lines, ["noticed", "assigned", "told", "told", "closed"]);
    let entries: Vec<(&str, &str)> = file["log"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let body = &e["body"];
            (
                body["kind"].as_str().unwrap(),
                body["outcome"].as_str().unwrap(),
            )
        })
        .collect();
    // The second writing down and the line that came too late are there, as they were asked for.
    for (kind, outcome, number) in [
        ("incident_opened", "done", 2),
        ("incident_noted", "done", 3),
        ("incident_noted", "refused", 1),
        ("incident_closed", "refused", 3),
        ("incident_closed", "done", 1),
        ("exported", "done", 1),
    ] {
        let found = entries.iter().filter(|e| **e == (kind, outcome)).count();
        assert_eq!(found, number, "{kind} {outcome}: {entries:?}");
    }
    assert!(
        !file["log"].to_string().contains("train"),
        "{}",
        file["log"]
    );
    workspace.audit_is_whole();
}

#[test]
fn what_nobody_has_to_be_told_of_is_closed_once_that_was_assessed() {
    let workspace = workspace();
    let now = "2026-11-02T09:00:00Z";
    let open = opening("personal_data_breach", "It is encrypted");
    says(&at(&workspace, now, &open, "ivy"), 0, "Incident 1");
    let close = ["close", "1", "--why", "Nothing could be read"];
    says(&at(&workspace, now, &close, "ivy"), 4, "has not been told");
    let assessed = |must, words| {
        let add = [
            "add",
            "1",
            "--kind",
            "assessed",
            "--words",
            words,
            "--must-report",
            must,
        ];
        says(&at(&workspace, now, &add, "ivy"), 0, "is in the timeline");
    };
    assessed("no", "The disk is encrypted");
    assessed("yes", "The key was beside it");
    says(&at(&workspace, now, &close, "ivy"), 4, "has not been told");
    assessed("no", "The key was that of a test");
    says(&at(&workspace, now, &close, "ivy"), 0, "is closed");
    let mixed = [
        "add",
        "1",
        "--kind",
        "told",
        "--words",
        "x",
        "--must-report",
        "no",
    ];
    says(&at(&workspace, now, &mixed, "ivy"), 2, "--must-report");
}

#[test]
fn what_is_stopped_for_an_incident_is_in_its_file_and_the_public_reads_a_number_alone() {
    let workspace = workspace();
    let now = "2026-11-02T09:00:00Z";
    says(
        &at(
            &workspace,
            now,
            &opening("audit_finding", "Shared password"),
            "ivy",
        ),
        0,
        "Incident 1",
    );
    let stop = |who: &str| {
        let stop = [
            "stop",
            "1",
            "--person",
            "ana",
            "--why",
            "Their password was shared",
        ];
        at(&workspace, now, &stop, who)
    };
    says(&stop("meg"), 4, "does not do this");
    says(&stop("ada"), 0, "is suspended from now on");
    let unknown = ["stop", "1", "--release", "none", "--why", "x"];
    says(
        &at(&workspace, now, &unknown, "ada"),
        4,
        "there is no release",
    );
    let list = workspace.json(&["agreement", "list"]);
    assert_eq!(list["suspended"][0]["subject"], "ana");

    let file = file(&workspace, "1");
    assert_eq!(file["stopped"], serde_json::json!(["person ana"]));
    let kinds: Vec<&str> = file["log"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["body"]["kind"].as_str().unwrap())
        .collect();
    assert!(kinds.contains(&"suspended"), "{kinds:?}");

    let register = workspace.run(&["register", "list", "--json"]);
    assert_eq!(register.code, Some(0), "{}", register.err);
    let register: serde_json::Value = serde_json::from_str(&register.out).unwrap();
    assert_eq!(register["incidents"]["audit_finding"], 1);
    assert_eq!(register["incidents"]["personal_data_breach"], 0);
    assert!(!register.to_string().contains("laptop"));
}
