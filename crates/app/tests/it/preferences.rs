//! Preferences: a list is sent to be cleaned, its answer decides who is used, and what is odd is refused.

use crate::{
    demo::{IN_FORCE, cells, demo, engine, open, wait},
    site::{Browser, serve, sign_in},
    workspace::{Ended, TODAY, Workspace},
};
use model::{Pseudonymous, Sql};
use std::collections::BTreeSet;

/// A workspace in which the whole journey was run, to be changed.
fn place() -> Workspace {
    Workspace::like(&demo().workspace)
}

fn check(workspace: &Workspace, way: &str, file: &str) -> Ended {
    let path = workspace.beside(file);
    workspace.run(&["preferences", "check", way, path.to_str().unwrap()])
}

/// The lines of the file that asks.
fn asked(workspace: &Workspace) -> Vec<String> {
    let ended = check(workspace, "--request", "numbers.dat");
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let file = std::fs::read_to_string(workspace.beside("numbers.dat")).unwrap();
    file.lines().map(str::to_owned).collect()
}

fn answer(workspace: &Workspace, lines: &[String]) -> Ended {
    let text: String = lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect();
    std::fs::write(workspace.beside("answer.dat"), text).unwrap();
    check(workspace, "--answer", "answer.dat")
}

/// The pseudonyms that are left out by the national opt-out, and why each is.
fn left_out(workspace: &Workspace) -> BTreeSet<(String, String)> {
    let home = workspace.home();
    let store = open::<Pseudonymous>(&home, "handover", "handover");
    let sql = "select person_pseudonym, basis from opt_out where kind = 'national_data_opt_out'";
    let engine = engine(&home.join("look"));
    let rows = wait(engine.look(&[&store], &["opt_out"], &Sql::content(sql))).unwrap();
    cells(&rows)
        .into_iter()
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect()
}

#[test]
fn who_is_absent_from_the_answer_is_left_out_and_the_next_answer_takes_its_place() {
    let workspace = place();
    let lines = asked(&workspace);
    let sorted = lines.windows(2).all(|pair| pair[0] < pair[1]);
    let shaped = lines
        .iter()
        .all(|l| l.len() == 11 && l.ends_with(',') && l.starts_with('9'));
    assert!(
        lines.len() > 500 && sorted && shaped,
        "{} lines",
        lines.len()
    );

    let before = left_out(&workspace);
    let cleaned =
        |of: &BTreeSet<(String, String)>| of.iter().filter(|(_, basis)| basis == "cleaned").count();
    assert!(cleaned(&before) > 0);
    // Two in a hundred are absent, at places that have nothing to do with the first answer.
    let kept = |n: usize| -> Vec<String> {
        let there = lines.iter().enumerate().filter(|(at, _)| at % 50 != n);
        there.map(|(_, line)| line.clone()).collect()
    };
    let ended = answer(&workspace, &kept(7));
    assert_eq!(ended.code, Some(0), "{}{}", ended.out, ended.err);
    let first = left_out(&workspace);
    assert_eq!(cleaned(&first), lines.len() - kept(7).len());
    let again = answer(&workspace, &kept(7));
    assert_eq!(
        again.code,
        Some(0),
        "the same answer is known: {}",
        again.err
    );
    assert!(again.out.contains("taken before"), "{}", again.out);

    asked(&workspace);
    assert_eq!(answer(&workspace, &kept(8)).code, Some(0));
    let second = left_out(&workspace);
    assert_eq!(cleaned(&second), lines.len() - kept(8).len());
    let both = first
        .intersection(&second)
        .filter(|(_, basis)| basis == "cleaned");
    assert_eq!(both.count(), 0, "nobody stays on a list that was replaced");
    workspace.audit_is_whole();
}

#[test]
fn an_odd_answer_changes_nothing_and_is_refused_in_words_without_a_number() {
    let workspace = place();
    let lines = asked(&workspace);
    let before = left_out(&workspace);
    let with = |line: &str| [&lines[..3], &[line.to_owned()]].concat();
    for (answered, words) in [
        (
            vec!["ERROR: malformed number".to_owned()],
            "single line of error",
        ),
        (with(&lines[0]), "repeats a number"),
        (with("9999999999,"), "not asked about"),
        (with("999000001"), "is not an NHS number"),
        (lines[..lines.len() / 2].to_vec(), "cut short"),
    ] {
        let ended = answer(&workspace, &answered);
        assert_eq!(ended.code, Some(1), "{words}: {}{}", ended.out, ended.err);
        assert!(ended.err.contains(words), "{words}: {}", ended.err);
        assert!(!ended.err.contains(&lines[0][..10]));
        assert_eq!(left_out(&workspace), before);
    }
    // The request still waits, and takes the right answer.
    assert_eq!(answer(&workspace, &lines).code, Some(0));
    assert!(
        left_out(&workspace)
            .iter()
            .all(|(_, basis)| basis != "cleaned")
    );
}

#[test]
fn no_number_is_in_what_is_known_about_lists() {
    let workspace = place();
    let lines = asked(&workspace);
    let known = workspace.json(&["preferences", "lists"]);
    assert_eq!(known["lists"][0]["count_in"], lines.len());
    let control = std::fs::read(workspace.home().join("control/haven.sqlite")).unwrap();
    let log = workspace
        .run(&["audit", "show", "--last", "200", "--json"])
        .out;
    for line in lines.iter().take(20) {
        let number = &line[..10];
        assert!(!known.to_string().contains(number) && !log.contains(number));
        assert!(!control.windows(10).any(|bytes| bytes == number.as_bytes()));
    }
}

/// Those whom the agreement of the demo leaves out on its day, row by row.
pub(crate) fn opted_out() -> BTreeSet<String> {
    let applied = ["national_data_opt_out", "local", "objection"];
    let columns = ["person_pseudonym", "kind", "effective_from", "effective_to"];
    let said = crate::demo::table("handover", "handover", "opt_out", &columns);
    said.into_iter()
        .filter(|row| applied.contains(&row[1].as_str()))
        .filter(|row| row[2].is_empty() || row[2].as_str() <= TODAY)
        .filter(|row| row[3].is_empty() || row[3].as_str() >= TODAY)
        .map(|row| row[0].clone())
        .collect()
}

#[test]
fn a_list_that_ran_out_refuses_every_question_before_anything_is_read() {
    let asked = |moment: &str, days: &str| -> Ended {
        let mut command = demo().workspace.command(
            &[
                &["ask"][..],
                &IN_FORCE,
                &["select count(*) from long_term_support"],
            ]
            .concat(),
        );
        command
            .env("HAVEN_CLOCK_STARTS_AT", moment)
            .env("HAVEN_PREFERENCES__LIST_DAYS", days);
        command.output().unwrap().into()
    };
    // Asked for on 30 October at nine, for seven days.
    let fresh = asked("2026-11-06T08:00:00Z", "7");
    assert_eq!(fresh.code, Some(0), "{}", fresh.err);
    // A longer setting keeps no list alive that was taken under a shorter one; a shorter one ends it.
    for (moment, days) in [
        ("2026-11-06T10:00:00Z", "7"),
        ("2026-11-07T08:00:00Z", "60"),
        ("2026-11-01T10:00:00Z", "1"),
    ] {
        let stale = asked(moment, days);
        assert_eq!(stale.code, Some(4), "{moment}: {}{}", stale.out, stale.err);
        assert!(stale.err.contains("too old"), "{}", stale.err);
        assert_eq!(stale.out, "");
    }
}

#[test]
fn a_carers_row_that_points_at_somebody_who_opted_out_goes_whole() {
    let opted = opted_out();
    let columns = [
        "person_pseudonym",
        "la_code",
        "event_start_date",
        "adult_1_person_pseudonym",
        "adult_2_person_pseudonym",
        "adult_3_person_pseudonym",
    ];
    let (mut kept, mut pointing) = (0u64, 0u64);
    for row in crate::demo::table("handover", "handover", "cld_event", &columns) {
        let within =
            ["621", "991", "992"].contains(&row[1].as_str()) && row[2].as_str() >= "2023-04-01";
        if !within || opted.contains(&row[0]) {
            continue;
        }
        if row[3..].iter().any(|other| opted.contains(other)) {
            pointing += 1;
        } else {
            kept += 1;
        }
    }
    assert!(
        pointing > 0,
        "no carer cares for somebody who opted out, so nothing is shown here"
    );
    let told = demo().rows("select count(*) from cld_event");
    assert_eq!(told[0][0].as_deref(), Some(kept.to_string().as_str()));
}

/// The first table that the demo released.
const RELEASED: &str =
    "select gender, count(distinct person_pseudonym) as people from person_quarter group by gender";

#[test]
fn the_same_table_under_other_preferences_is_not_released_a_second_time() {
    let workspace = place();
    let release = |sql: &str| {
        workspace.run(&[&["release"][..], &IN_FORCE, &["--title", "Again", sql]].concat())
    };
    let first = release(RELEASED);
    assert_eq!(first.code, Some(0), "{}{}", first.out, first.err);
    let lines = asked(&workspace);
    let kept: Vec<String> = lines
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 7 != 0)
        .map(|(_, l)| l.clone())
        .collect();
    assert_eq!(answer(&workspace, &kept).code, Some(0));
    let crossed = workspace.run(&["pseudonymise"]);
    assert_eq!(crossed.code, Some(0), "{}", crossed.err);
    let again = release(RELEASED);
    assert_eq!(again.code, Some(4), "{}{}", again.out, again.err);
    assert!(
        again.err.contains("tell of those who opted out"),
        "{}",
        again.err
    );
    // Another shape of the same people waits for a checker.
    let other = release(
        "select council_code, count(distinct person_pseudonym) as people from person_quarter group by council_code",
    );
    assert_eq!(other.code, Some(0), "{}{}", other.out, other.err);
    let log = workspace
        .run(&["audit", "show", "--last", "50", "--json"])
        .out;
    assert!(log.contains("it would tell who opted out"));
}

#[test]
fn who_was_left_out_is_told_in_protected_counts() {
    let report = demo().workspace.json(&["preferences", "report"]);
    let rows = report["left_out"].as_array().unwrap();
    assert!(
        rows.iter()
            .any(|row| row["kind"] == "national_data_opt_out")
    );
    for row in rows {
        let people = row["people"].as_str().unwrap();
        let number: Result<u64, _> = people.replace(',', "").parse();
        // The rule of these agreements: fewer than eight are a star, the rest to the nearest five.
        assert!(
            people == "*" || number.is_ok_and(|n| n % 5 == 0),
            "{people}"
        );
    }
}

#[test]
fn what_a_person_says_on_the_site_leaves_them_out_and_nobody_decides_their_own_case() {
    let workspace = place();
    let lines = asked(&workspace);
    let person = lines.iter().nth_back(3).unwrap()[..10].to_owned();
    let site = serve(workspace, &[]);
    let pru = || sign_in(&site.address, "pru", "invented-place-pru");
    let cal = || sign_in(&site.address, "cal", "invented-place-cal");
    let said = |kind: &str, number: &str| {
        let mut who = pru();
        let csrf = who.get("/preferences/new").csrf();
        who.post(
            "/preferences/new",
            &[
                ("csrf", &csrf),
                ("kind", kind),
                ("nhs_number", number),
                ("programme", ""),
                ("channel", "letter"),
                ("reason", "not_said"),
                ("day", "1"),
                ("month", "10"),
                ("year", "2026"),
            ],
        )
    };
    let wrong = said("local", "9990000019");
    assert_eq!(wrong.status, 422);
    assert!(
        !wrong.body.contains("9990000019"),
        "a page never holds a number"
    );
    let got = said("objection", &person);
    assert_eq!(got.status, 303, "{got:?}");
    let case = got.header("location").to_owned();
    let by_case = || -> usize {
        let home = site.workspace.home();
        let store = open::<Pseudonymous>(&home, "handover", "handover");
        let sql = Sql::content(
            "select person_pseudonym from opt_out where basis = 'case' and kind = 'objection' and effective_to is null",
        );
        let engine = engine(&home.join("look"));
        cells(&wait(engine.look(&[&store], &["opt_out"], &sql)).unwrap()).len()
    };
    let open_now = by_case();
    let decide = |mut who: Browser, decision: &str| {
        let csrf = who.get(&case).csrf();
        who.post(
            &case,
            &[
                ("csrf", &csrf),
                ("decision", decision),
                ("why", "The use does not need this person."),
                ("day", "1"),
                ("month", "10"),
                ("year", "2027"),
            ],
        )
    };
    assert_eq!(decide(pru(), "not_upheld").status, 403, "not their own");
    assert_eq!(decide(cal(), "not_upheld").status, 303);
    assert_eq!(by_case(), open_now - 1, "turned down, it counts no longer");
    assert!(cal().get(&case).body.contains("Not upheld"));
    let lead = sign_in(&site.address, "ivy", "invented-place-ivy").get("/preferences");
    assert_eq!(lead.status, 200);
    assert!(
        !lead.body.contains("/preferences/cases"),
        "the lead sees counts only"
    );
    site.workspace.audit_is_whole();
}

#[test]
fn who_agreed_is_on_the_list_of_the_programme_and_who_took_it_back_is_not() {
    let cross =
        |name: &str, columns: &[&str]| crate::demo::table("handover", "handover", name, columns);
    let said = cross("opt_out", &["person_pseudonym", "kind", "programme"]);
    let who = |kind: &str| -> Vec<String> {
        let of_kind = said
            .iter()
            .filter(|row| row[1] == kind && row[2] == "estuary_cohort");
        of_kind.map(|row| row[0].clone()).collect()
    };
    let (agreed, took_back) = (who("consent"), who("consent_withdrawn"));
    assert_eq!((agreed.len(), took_back.len()), (1, 1), "{said:?}");
    let listed = cross("cohort_member", &["person_pseudonym", "cohort"]);
    let expected = vec![vec![agreed[0].clone(), "estuary_cohort".to_owned()]];
    assert_eq!(listed, expected);
    // Agreements look for the lists where they are written.
    let content = |path: &str| -> toml::Table {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        std::fs::read_to_string(root.join(path))
            .unwrap()
            .parse()
            .unwrap()
    };
    assert_eq!(
        content("agreements/house.toml")["cohorts_table"],
        content("preferences/recorded.toml")["consented"]["table"]
    );
}
