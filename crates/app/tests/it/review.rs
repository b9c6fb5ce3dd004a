//! Clerical review over its addresses: what waits and in which order, deciding, taking back, a second person, and that
//! values of people are on the page of a pair and nowhere else.

mod place;

use crate::site::{Browser, Got};
use place::{VALUES, WAITING, place, signed_in, token};
use std::fmt::Write as _;

/// Sends a decision from the page of a pair.
fn decide(who: &mut Browser, pair: &str, decision: &str, more: &[(&str, &str)]) -> Got {
    let csrf = who.get(&format!("/review/{pair}")).csrf();
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("pair", pair),
        ("decision", decision),
    ];
    fields.extend_from_slice(more);
    who.post("/review", &fields)
}

/// The pairs of the queue, in order.
fn queue(who: &mut Browser) -> Vec<String> {
    let mut links = who.get("/review").links("/review/k1-");
    // The button leads to the first one as well.
    if !links.is_empty() {
        links.remove(0);
    }
    let tokens = links.iter();
    tokens
        .map(|href| href.trim_start_matches("/review/").to_owned())
        .collect()
}

fn tokens(numbers: &[usize]) -> Vec<String> {
    numbers.iter().copied().map(token).collect()
}

#[test]
fn pairs_wait_by_what_an_answer_is_worth_and_settled_ones_leave() {
    let site = place("0");
    let mut ora = signed_in(&site, "ora");
    assert_eq!(queue(&mut ora), tokens(&WAITING));
    let page = ora.get("/review").body;
    for words in [
        "Another person is nearly as good",
        "A pass found another person",
        "A pass links them, the weight does not",
        "Linked, near the threshold",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // Each decision leads to the next pair that waits, and the last one back to the queue.
    let answers = [
        "same_person",
        "different",
        "not_sure",
        "different",
        "same_person",
    ];
    for (at, decision) in answers.iter().enumerate() {
        let pair = token(WAITING[at]);
        let shown = ora.get(&format!("/review/{pair}")).body;
        let left = WAITING.len() - at;
        let title = format!("<title>Review pair {}, {left} left - Haven</title>", at + 1);
        assert!(shown.contains(&title), "{title}");
        let got = decide(&mut ora, &pair, decision, &[]);
        let next = WAITING
            .get(at + 1)
            .map_or("/review".to_owned(), |n| format!("/review/{}", token(*n)));
        assert_eq!((got.status, got.header("location")), (303, next.as_str()));
    }
    assert!(queue(&mut ora).is_empty());
    assert!(ora.get("/review").body.contains("No pair waits for you."));
    // Whom nobody could tell apart waits for somebody else, without share or not.
    let mut vera = signed_in(&site, "vera");
    assert_eq!(queue(&mut vera), [token(WAITING[2])]);
    site.workspace.audit_is_whole();
}

#[test]
fn a_decision_counts_once_and_only_its_author_takes_it_back() {
    let site = place("0");
    let (mut ora, mut vera) = (signed_in(&site, "ora"), signed_in(&site, "vera"));
    let pair = token(2);
    let csrf = ora.get(&format!("/review/{pair}")).csrf();
    let fields = [
        ("csrf", csrf.as_str()),
        ("pair", pair.as_str()),
        ("decision", "same_person"),
        ("note", "Seen at one address"),
    ];
    // A double click, and a page that is sent again.
    for _ in 0..3 {
        assert_eq!(ora.post("/review", &fields).status, 303);
    }
    let list = ora.get("/review/decisions");
    assert_eq!(list.body.matches("Seen at one address").count(), 1);
    let csrf = vera.get("/review/decisions").csrf();
    for number in ["1", "2", "0", "-1", "one", "99999999999999999999", ""] {
        let got = vera.post("/review/undo", &[("csrf", &csrf), ("number", number)]);
        assert_eq!(got.status, 404, "{number}");
    }
    assert!(!queue(&mut ora).contains(&pair));
    // From the next pair back to this one, where it can be decided anew; twice comes to the same.
    let next = ora.get(&format!("/review/{}", token(4)));
    assert!(next.body.contains("action=\"/review/undo\""));
    let csrf = next.csrf();
    for _ in 0..2 {
        let got = ora.post("/review/undo", &[("csrf", &csrf), ("number", "1")]);
        let back = format!("/review/{pair}");
        assert_eq!((got.status, got.header("location")), (303, back.as_str()));
    }
    assert_eq!(queue(&mut ora)[0], pair);
    let list = ora.get("/review/decisions?undone=1").body;
    assert!(list.contains("Taken back") && list.contains("no longer counts"));
    assert!(!ora.get("/review/decisions.csv").body.contains("same,ora"));
    // A change of mind replaces what was said before.
    decide(&mut ora, &pair, "same_person", &[]);
    decide(&mut ora, &pair, "different", &[]);
    let labels = ora.get("/review/decisions.csv").body;
    assert_eq!(labels.lines().count(), 2, "{labels}");
    assert!(labels.contains(",different,ora,yes"));
    assert!(ora.get("/review/decisions").body.contains("Replaced"));
    let from_list = [
        ("csrf", csrf.as_str()),
        ("number", "3"),
        ("back", "decisions"),
    ];
    let got = ora.post("/review/undo", &from_list);
    assert_eq!(got.header("location"), "/review/decisions?undone=3");
    assert!(
        ora.get("/review/decisions.csv")
            .body
            .contains(",same,ora,yes")
    );
}

#[test]
fn a_second_person_judges_without_the_answer_of_the_first() {
    let site = place("100");
    let (mut ora, mut vera) = (signed_in(&site, "ora"), signed_in(&site, "vera"));
    for (number, decision) in [
        (2, "same_person"),
        (4, "different"),
        (8, "different"),
        (3, "not_sure"),
    ] {
        decide(
            &mut ora,
            &token(number),
            decision,
            &[("note", "Because of the nickname")],
        );
    }
    assert_eq!(queue(&mut ora), tokens(&[1]));
    let waits = vera.get("/review").body;
    assert_eq!(waits.matches("Second review").count(), 4);
    assert!(!waits.contains("How far two people agree"));
    let page = vera.get(&format!("/review/{}", token(2))).body;
    assert!(page.contains("Another person has judged this pair too"));
    assert!(!page.contains("Because of the nickname") && !page.contains(" checked"));
    for (number, decision) in [
        (2, "same_person"),
        (4, "different"),
        (8, "same_person"),
        (3, "not_sure"),
    ] {
        decide(&mut vera, &token(number), decision, &[]);
    }
    assert_eq!(queue(&mut vera), tokens(&[1]));
    // Three of four agree; by chance (1*2 + 2*1 + 1*1) / 16 would: (.75 - .3125) / .6875 = .636.
    let agreed = vera.get("/review").body;
    assert!(agreed.contains("They agree on 3 of 4 pairs"), "{agreed}");
    assert!(agreed.contains("Kappa is 0.64"), "{agreed}");
    let list = vera.get("/review/decisions").body;
    assert!(list.contains("Two agree") && list.contains("Two differ"));
}

#[test]
fn values_are_on_the_page_of_a_pair_alone_and_each_look_is_in_the_log() {
    let site = place("0");
    let mut ora = signed_in(&site, "ora");
    let looks = |site: &crate::site::Site| {
        let shown = site.workspace.json(&["audit", "show", "--last", "20000"]);
        let entries = shown["entries"].as_array().unwrap().clone();
        let of_pair = entries.into_iter().filter(|e| e["object_kind"] == "pair");
        of_pair.collect::<Vec<_>>()
    };
    let pair = format!("/review/{}", token(2));
    let before = looks(&site).len();
    let page = ora.get(&pair);
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, "no-store")
    );
    for value in [
        "Quenby",
        "Larkspurre",
        "Wrenfield",
        "999 000 0002",
        "1984-03-0",
        "ZZ9 1AA",
    ] {
        assert!(page.body.contains(value), "{value}");
    }
    assert!(
        page.body
            .contains("also: <span class=\"haven-break\">Wrenfield</span>")
    );
    assert!(
        page.body
            .contains("One answer settles 4 records. They are not linked now.")
    );
    let after = looks(&site);
    assert_eq!(after.len(), before + 1);
    let entry = &after[before];
    assert_eq!(
        (&entry["kind"], &entry["actor"]),
        (&"page_served".into(), &"ora".into())
    );
    assert_eq!(entry["rows"], 1);
    // Refused and unknown looks show nothing.
    let mut ana = signed_in(&site, "ana");
    assert_eq!(ana.get(&pair).status, 403);
    assert_eq!(ora.get("/review/k1-00").status, 404);
    assert_eq!(looks(&site).len(), before + 1);

    decide(
        &mut ora,
        &token(2),
        "same_person",
        &[("note", "One of twins, I think")],
    );
    let sent_back = decide(
        &mut ora,
        &token(4),
        "different",
        &[("note", "Larkspurre is her sister")],
    );
    assert_eq!(sent_back.status, 422);
    assert!(sent_back.body.contains("<title>Error: Review pair"));
    assert!(sent_back.body.contains("out of the note"));
    for path in [
        "/review",
        "/review?mode=sample",
        "/review/decisions",
        "/review/decisions.csv",
        "/linkage",
    ] {
        let got = ora.get(path);
        assert_eq!(got.status, 200, "{path}");
        for value in VALUES {
            assert!(!got.body.contains(value), "{path} tells of {value}");
        }
    }
    let log = site
        .workspace
        .json(&["audit", "show", "--last", "20000"])
        .to_string();
    for name in ["haven.sqlite", "haven.sqlite-wal"] {
        let control = std::fs::read(site.workspace.home().join("control").join(name));
        let control = String::from_utf8_lossy(&control.unwrap()).into_owned();
        for value in VALUES {
            assert!(!log.contains(value) && !control.contains(value), "{value}");
        }
    }
    site.workspace.audit_is_whole();
}

#[test]
fn a_sample_does_not_show_what_the_model_makes_of_its_pairs() {
    let site = place("0");
    let mut ora = signed_in(&site, "ora");
    let first = ora.get("/review?mode=sample");
    let links = first.links("/review/k1-");
    assert_eq!(links.len(), 1, "the pairs of a sample are not listed");
    assert!(first.body.contains("Waiting"));
    let page = ora.get(&links[0]);
    assert!(
        page.body
            .contains("What the model makes of this pair is not shown")
    );
    assert!(!page.body.contains("<svg class=\"haven-picture") && !page.body.contains("linked now"));
    let pair = links[0]
        .trim_start_matches("/review/")
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let got = decide(&mut ora, &pair, "different", &[("mode", "sample")]);
    assert!(got.header("location").ends_with("?mode=sample"));
    assert!(
        ora.get("/review/decisions.csv")
            .body
            .contains(",different,ora,no")
    );
    // Outside a sample the bars are there, and end in the weight.
    let page = ora.get(&format!("/review/{}", token(4))).body;
    assert!(
        page.contains("What the model makes of it") && page.contains("How rare these values are")
    );
    assert!(page.contains("+11.0 bits in all"), "{page}");
    assert!(page.contains("99.0% likely"), "{page}");
}

#[test]
fn odd_names_of_pairs_and_forms_end_in_order() {
    let site = place("0");
    let mut ora = signed_in(&site, "ora");
    let long = "k".repeat(20_000);
    for odd in [
        "%27%20or%201=1",
        "k1-%00",
        "%2e%2e%2f",
        "k1-%F0%9F%91%A9",
        "undo%20",
        "{pair}",
        &long,
    ] {
        let got = ora.get(&format!("/review/{odd}"));
        assert!(
            matches!(got.status, 404 | 414 | 431),
            "{odd}: {}",
            got.status
        );
    }
    let csrf = ora.get(&format!("/review/{}", token(2))).csrf();
    let pair = token(2);
    for (fields, status) in [
        (vec![("pair", pair.as_str())], 422),
        (vec![("pair", pair.as_str()), ("decision", "yes")], 422),
        (
            vec![("pair", "' or 1=1 --"), ("decision", "different")],
            404,
        ),
        (vec![("pair", ""), ("decision", "different")], 404),
        (vec![("decision", "different")], 404),
        (
            vec![
                ("pair", pair.as_str()),
                ("decision", "different"),
                ("note", "9990000018"),
            ],
            422,
        ),
        (
            vec![
                ("pair", pair.as_str()),
                ("decision", "different"),
                ("note", long.as_str()),
            ],
            422,
        ),
    ] {
        let all: Vec<(&str, &str)> = fields
            .iter()
            .copied()
            .chain([("csrf", csrf.as_str())])
            .collect();
        assert_eq!(ora.post("/review", &all).status, status, "{fields:?}");
    }
    let foreign = signed_in(&site, "vera")
        .get(&format!("/review/{pair}"))
        .csrf();
    let fields = [
        ("csrf", foreign.as_str()),
        ("pair", &pair),
        ("decision", "different"),
    ];
    assert_eq!(ora.post("/review", &fields).status, 403);
    for page in ["0", "-1", "999999999999", "x"] {
        assert_eq!(
            ora.get(&format!("/review?page={page}")).status,
            200,
            "{page}"
        );
        assert_eq!(
            ora.get(&format!("/review/decisions?page={page}")).status,
            200,
            "{page}"
        );
    }
    assert_eq!(queue(&mut ora), tokens(&WAITING), "nothing was decided");
    for odd in ["none", "%2e%2e", "a.html", "a.json", "a/b.csv"] {
        assert_eq!(ora.get(&format!("/linkage/{odd}")).status, 404, "{odd}");
    }
}

#[test]
fn a_workspace_without_a_run_has_pages_that_say_so() {
    let workspace = crate::workspace::Workspace::new();
    place::add_operator(&workspace);
    let site = crate::site::serve(workspace, &[]);
    let mut ora = signed_in(&site, "ora");
    assert!(ora.get("/linkage").body.contains("No linkage has run yet."));
    for path in ["/review", "/review?mode=sample"] {
        assert!(
            ora.get(path).body.contains("No pair waits for you."),
            "{path}"
        );
    }
    assert!(
        ora.get("/review/decisions")
            .body
            .contains("Nobody has decided")
    );
    assert_eq!(ora.get("/review/k1-00").status, 404);
}

#[test]
fn labels_are_read_by_the_command_that_estimates() {
    let site = place("0");
    let mut ora = signed_in(&site, "ora");
    for (number, decision) in [(2, "same_person"), (4, "different"), (3, "not_sure")] {
        decide(&mut ora, &token(number), decision, &[]);
    }
    let labels = ora.get("/review/decisions.csv");
    assert_eq!(labels.header("content-type"), "text/csv; charset=utf-8");
    assert!(
        labels
            .header("content-disposition")
            .starts_with("attachment")
    );
    let head = labels.body.lines().next().unwrap();
    assert_eq!(head, "left_id,right_id,decision,reviewer,model_shown");
    // Links of the same ids, as a run on files writes them.
    let mut links = "left_id,right_id,match_weight,decision\n".to_owned();
    for line in labels.body.lines().skip(1) {
        let ids: Vec<&str> = line.split(',').take(2).collect();
        assert!(
            ids.iter().all(|id| id.contains('-') && id.len() > 20),
            "{line}"
        );
        writeln!(links, "{},{},8.0,link", ids[0], ids[1]).unwrap();
    }
    let workspace = &site.workspace;
    let put = |name: &str, text: &str| {
        let path = workspace.beside(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (links, labels) = (put("links.csv", &links), put("labels.csv", &labels.body));
    let found = workspace.json(&["link", "estimate", &links, "--labels", &labels]);
    assert_eq!(
        (&found["estimate"]["pairs"], &found["estimate"]["judged"]),
        (&3.into(), &3.into()),
        "{found}"
    );
}
