//! Releases that wait: an output checker lets them out or sends them back, and no file leaves before.

use crate::{
    demo::{IN_FORCE, demo, with_input},
    forbids::with_agreement,
    site::{Browser, serve, sign_in},
    workspace::{Ended, Workspace},
};

/// What is counted by sex, which leaves without a checker where the agreement asks for none.
const BY_SEX: &str = "select gender, count(distinct person_pseudonym) as people from long_term_support group by gender";

/// Makes a table under an agreement that lets nothing out without a checker.
fn release(place: &Workspace, content: &str, title: &str, more: &[&str]) -> Ended {
    let named = ["--title", title, "--json"];
    let before = ["--content", content, "release"];
    let all = [&before[..], &IN_FORCE, &named, more, &["-"]].concat();
    with_input(place.command(&all), BY_SEX)
}

fn waiting(place: &Workspace, content: &str, title: &str) -> String {
    let made = release(place, content, title, &[]);
    assert_eq!(made.code, Some(0), "{}{}", made.out, made.err);
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(made["state"], "in_review", "{made}");
    made["release"].as_str().unwrap().to_owned()
}

/// Sends a decision as a browser does: the form, then the check.
fn decide(checker: &mut Browser, id: &str, decision: &str) -> crate::site::Got {
    let here = format!("/releases/{id}/decide");
    let csrf = checker.get(&here).csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("decision", decision),
        ("reason", "No number can be worked out"),
    ];
    let asked = checker.post(&here, &fields);
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert!(asked.body.contains("Check before you decide"));
    checker.post(&here, &[&fields[..], &[("checked", "yes")]].concat())
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
fn an_output_checker_lets_a_table_out_or_sends_it_back_and_no_file_leaves_before() {
    let place = Workspace::like(&demo().workspace);
    let content = with_agreement(
        &place,
        "southend-icb-long-term-support",
        "checker = \"when_rules_find_something\"",
        "checker = \"one_person\"",
    );
    let out = place.beside("by-sex.csv");
    let refused = release(
        &place,
        &content,
        "As a file",
        &["--out", out.to_str().unwrap()],
    );
    assert_eq!(refused.code, Some(4), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("waits for a checker"));
    assert!(!out.exists());
    let (first, second) = (
        waiting(&place, &content, "By sex"),
        waiting(&place, &content, "By sex again"),
    );

    let site = serve(place, &[]);
    let who = |name: &str| sign_in(&site.address, name, &format!("invented-place-{name}"));
    let (mut cas, mut ana) = (who("cas"), who("ana"));
    let csv = format!("/releases/{first}.csv");
    for person in [&mut cas, &mut ana] {
        let early = person.get(&csv);
        assert_eq!(early.status, 403, "{}", early.body);
        assert!(early.body.contains("a checker has not let it out"));
    }
    let here = format!("/releases/{first}/decide");
    assert!(cas.get("/releases").links("/releases/").contains(&here));
    assert_eq!(ana.get(&here).status, 403, "nobody but a checker decides");
    let page = cas.get(&here);
    assert_eq!(page.status, 200, "{}", page.body);
    for words in [
        "By sex",
        "What was checked",
        "Smallest number shown",
        "1 person, not whoever made it",
        "May this table leave?",
    ] {
        assert!(page.body.contains(words), "{words}");
    }
    // Nothing is decided without a reason, a choice, and the form that we gave.
    let csrf = page.csrf();
    for fields in [
        &[("csrf", csrf.as_str()), ("decision", "approve")][..],
        &[("csrf", csrf.as_str()), ("reason", "Fine")],
        &[
            ("csrf", csrf.as_str()),
            ("decision", "perhaps"),
            ("reason", "Fine"),
        ],
    ] {
        assert_eq!(cas.post(&here, fields).status, 422);
    }
    let foreign = [
        ("decision", "approve"),
        ("reason", "Fine"),
        ("checked", "yes"),
    ];
    assert_eq!(cas.post(&here, &foreign).status, 403);
    assert_eq!(cas.get(&csv).status, 403);

    let left = decide(&mut cas, &first, "approve");
    assert_eq!(left.status, 303, "{}", left.body);
    let after = cas.get(left.header("location"));
    assert!(after.body.contains("It may leave"), "{}", after.body);
    assert_eq!(cas.get(&csv).status, 200);
    assert_eq!(ana.get(&csv).status, 200);
    let back = decide(&mut cas, &second, "return");
    assert_eq!(back.status, 303, "{}", back.body);
    assert_eq!(ana.get(&format!("/releases/{second}.csv")).status, 403);
    assert!(ana.get("/releases").body.contains("sent back by a checker"));
    // What is decided is decided.
    for id in [&first, &second] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("decision", "return"),
            ("reason", "On second thoughts"),
            ("checked", "yes"),
        ];
        let again = cas.post(&format!("/releases/{id}/decide"), &fields);
        assert_eq!(again.status, 422, "{}", again.body);
        assert!(again.body.contains("does not wait for a checker"));
    }
    let kept = site.workspace.json(&[
        "audit",
        "search",
        "--kind",
        "release_decided",
        "--last",
        "9",
    ]);
    let text = kept.to_string();
    assert!(
        text.contains(&format!("release {first} approved")),
        "{text}"
    );
    assert!(
        text.contains(&format!("release {second} sent back")),
        "{text}"
    );
    assert!(
        !text.contains("On second thoughts"),
        "what did not count is not told as a decision: {text}"
    );
    site.workspace.audit_is_whole();
}

#[test]
fn a_decision_is_judged_again_on_a_page_from_the_facts_that_it_keeps() {
    let place = Workspace::like(&demo().workspace);
    let asked = [
        &["ask"][..],
        &IN_FORCE,
        &["select count(*) from long_term_support"],
    ];
    let asked = place.run(&asked.concat());
    assert_eq!(asked.code, Some(0), "{}", asked.err);
    let shown = place.json(&["audit", "show", "--last", "5"]);
    let entries = shown["entries"].as_array().unwrap();
    let decision = entries.iter().find(|e| e["kind"] == "decision_allowed");
    let number = decision.unwrap()["seq"].to_string();
    let other = entries.iter().find(|e| e["facts"].is_null()).unwrap()["seq"].to_string();

    let site = serve(place, &[]);
    let who = |name: &str| sign_in(&site.address, name, &format!("invented-place-{name}"));
    let mut odo = who("odo");
    let here = format!("/audit/{number}/replay");
    let entry = odo.get(&format!("/audit/{number}"));
    assert!(entry.links("/audit/").contains(&here), "{}", entry.body);
    let page = odo.get(&here);
    assert_eq!(page.status, 200, "{}", page.body);
    for words in [
        "The same comes out: allowed",
        "DSA-0417/1.0/commissioning/deidentified",
        "Digest of the rows",
        "The facts that were kept",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // What is no decision has nothing to be judged again.
    let entry = odo.get(&format!("/audit/{other}"));
    let replay = format!("/audit/{other}/replay");
    assert!(!entry.links("/audit/").contains(&replay));
    let page = odo.get(&replay);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(!page.body.contains("Then and now"));
    assert_eq!(odo.get("/audit/999999/replay").status, 404);
    assert_eq!(odo.get("/audit/x/replay").status, 404);
    assert_eq!(who("ana").get(&here).status, 403);
}
