//! Incidents: who works on them, the clock of each report, what is stopped because of one, and the whole of it as a
//! file.

use crate::{
    agreements::workspace,
    demo::{IN_FORCE, demo},
    site::{Browser, serve, sign_in},
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
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
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
    told("ico", "2026-11-04T22:29:00Z");
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

/// What is counted by sex, which leaves without a checker.
const BY_SEX: &str = "select gender, count(distinct person_pseudonym) as people from long_term_support group by gender";

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn a_release_that_is_recalled_is_gone_and_everybody_who_had_it_is_told() {
    let workspace = Workspace::like(&demo().workspace);
    let release = [
        &["release"][..],
        &IN_FORCE,
        &["--title", "By sex", "--json", BY_SEX],
    ]
    .concat();
    let made = workspace.run(&release);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(made["state"], "released", "{made}");
    let id = made["release"].as_str().unwrap();

    let site = serve(workspace, &[]);
    let signed_in = |who: &str| sign_in(&site.address, who, &format!("invented-place-{who}"));
    let (page, csv) = (format!("/releases/{id}"), format!("/releases/{id}.csv"));
    let (mut cas, mut ivy) = (signed_in("cas"), signed_in("ivy"));
    assert_eq!(cas.get(&page).status, 200);
    assert_eq!(cas.get(&csv).status, 200);
    // Who withdraws releases knows that there is one, and does not read it.
    assert_eq!(ivy.get(&page).status, 403);
    let recall = format!("/releases/{id}/recall");
    assert!(ivy.get("/releases").links("/releases/").contains(&recall));
    assert_eq!(cas.get(&recall).status, 403);
    let before = ivy.get(&recall);
    for words in [
        "ana, for EST-ICB",
        "made it",
        "cas, for EST-HAVEN",
        "took it as CSV",
    ] {
        assert!(before.body.contains(words), "{words}");
    }

    let post = |browser: &mut Browser, fields: &[(&str, &str)]| {
        let csrf = browser.get(&recall).csrf();
        let all = [&[("csrf", csrf.as_str())][..], fields].concat();
        browser.post(&recall, &all)
    };
    assert_eq!(post(&mut ivy, &[("reason", " ")]).status, 422);
    let reason = ("reason", "A count was wrong");
    let checked = post(&mut ivy, &[reason]);
    assert!(checked.body.contains("2 people"), "{}", checked.body);
    assert_eq!(
        cas.get(&page).status,
        200,
        "nothing is done before it is checked"
    );
    let done = post(&mut ivy, &[reason, ("checked", "yes")]);
    assert_eq!(done.status, 303, "{done:?}");
    for path in [&page, &csv] {
        let gone = cas.get(path);
        assert_eq!(gone.status, 410, "{path}");
        assert!(gone.body.contains("A count was wrong."), "{path}");
    }
    assert_eq!(signed_in("ana").get(&page).status, 410);
    for who in ["ana", "cas"] {
        let start = signed_in(who).get("/");
        assert!(
            start.body.contains("was withdrawn: A count was wrong."),
            "{who}"
        );
    }
    let after = ivy.get(&recall).body;
    assert_eq!(after.matches("not read yet").count(), 2);
    assert!(!after.contains("name=\"reason\""));

    // The same at the command line is the same.
    let again = ["recall", id, "--why", "Another reason", "--as", "ivy"];
    says(
        &site.workspace.run(&again),
        0,
        "was withdrawn before; 2 people were told",
    );
    says(
        &site
            .workspace
            .run(&["recall", id, "--why", "x", "--as", "cal"]),
        4,
        "does not do this",
    );
    says(
        &site
            .workspace
            .run(&["recall", "none", "--why", "x", "--as", "ivy"]),
        2,
        "there is no release",
    );
    let register = site.workspace.run(&["register", "list", "--json"]).out;
    let register: serde_json::Value = serde_json::from_str(&register).unwrap();
    let files = register["entries"].as_array().unwrap().iter();
    let file = files
        .filter_map(|entry| entry["used"]["files"].as_array())
        .flatten()
        .find(|file| file["id"] == id)
        .unwrap();
    assert_eq!(file["withdrawn_because"], "A count was wrong");
    assert_eq!(file["withdrawn"], "2026-10-30");
    let shown = site
        .workspace
        .run(&["audit", "search", "--kind", "recalled"]);
    assert_eq!(shown.out.matches("ivy").count(), 1, "{}", shown.out);
    let tries = site.workspace.run(&[
        "audit",
        "search",
        "--kind",
        "access_refused",
        "--person",
        "cas",
    ]);
    assert!(
        tries.out.contains(&format!("release {id} .csv")),
        "{}",
        tries.out
    );
}

#[test]
fn what_is_due_after_an_end_is_told_at_90_30_and_7_days_and_once_more_when_it_is_overdue() {
    let workspace = workspace();
    let list = |moment: &str| -> serde_json::Value {
        let mut command = workspace.command(&["agreement", "list", "--json"]);
        let ended: Ended = command
            .env("HAVEN_CLOCK_STARTS_AT", moment)
            .output()
            .unwrap()
            .into();
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        serde_json::from_str(&ended.out).unwrap()
    };
    let overdue = list("2026-11-02T09:00:00Z")["due_after_end"].clone();
    let first = overdue.as_array().unwrap().first().unwrap();
    let reference = first["agreement"].as_str().unwrap();
    // The days are those of its text.
    let text = workspace.run(&["agreement", "export", reference]).out;
    let day_of = |clause: &str| -> String {
        let line = text.lines().find(|l| l.starts_with(clause)).unwrap();
        line.rsplit('=').next().unwrap().trim().to_owned()
    };
    let of_it = |list: &serde_json::Value| -> Vec<(String, String, bool)> {
        list.as_array()
            .unwrap()
            .iter()
            .filter(|due| due["agreement"] == reference)
            .map(|due| {
                let word = |name: &str| due[name].as_str().unwrap().to_owned();
                (word("what"), word("by"), due["overdue"].as_bool().unwrap())
            })
            .collect()
    };
    let (destroy, certify) = (day_of("destruction_due"), day_of("certificate_due"));
    let both = |late: bool| {
        [("destruction", &destroy), ("certificate", &certify)]
            .map(|(what, by)| (what.to_owned(), by.clone(), late))
            .to_vec()
    };
    assert_eq!(of_it(&overdue), both(true));
    let day: model::Date = destroy.parse().unwrap();
    for (days, told) in [(91, 0), (90, 1), (8, 1), (0, 1), (-1, 1)] {
        let on = day - chrono::TimeDelta::days(days);
        let due = list(&format!("{on}T10:00:00Z"))["due_after_end"].clone();
        let destruction = of_it(&due)
            .into_iter()
            .filter(|(what, ..)| what == "destruction");
        let found: Vec<bool> = destruction.map(|(.., late)| late).collect();
        assert_eq!(found, vec![days < 0; told], "{days} days before");
    }
    // Each warning is in the log once, however often somebody looks.
    list("2026-11-02T09:00:00Z");
    let search = [
        "audit",
        "search",
        "--kind",
        "retention_warned",
        "--agreement",
        reference,
    ];
    let warned = workspace.run(&search).out;
    for (words, times) in [
        (format!("destruction was due by {destroy}"), 1),
        (format!("90 days or fewer until {destroy}: destruction"), 1),
        (format!("30 days or fewer until {destroy}: destruction"), 1),
        (format!("7 days or fewer until {destroy}: destruction"), 1),
    ] {
        assert_eq!(warned.matches(&words).count(), times, "{words}: {warned}");
    }
}
