//! What is told of changes to come, and what is kept about each council.

use super::*;

#[test]
fn the_feed_of_changes_has_what_readers_need() {
    let got = visitor().get("/changes.atom");
    assert_eq!(
        got.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let (feed, entries) = got.body.split_once("<entry>").unwrap();
    assert!(feed.starts_with("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns="));
    let entries: Vec<&str> = entries.split("<entry>").collect();
    let mut ids = std::collections::BTreeSet::new();
    let mut updated = Vec::new();
    for part in entries.iter().copied().chain([feed]) {
        for element in ["id", "title", "updated"] {
            let (open, close) = (format!("<{element}>"), format!("</{element}>"));
            assert_eq!(part.matches(&open).count(), 1, "{element} in {part}");
            assert_eq!(part.matches(&close).count(), 1, "{element} in {part}");
        }
        let between = |open: &str| {
            let after = part.split(open).nth(1).unwrap();
            after.split('<').next().unwrap().to_owned()
        };
        assert!(ids.insert(between("<id>")), "an id twice: {part}");
        updated.push(between("<updated>"));
    }
    let newest = updated.pop().unwrap();
    assert!(updated.is_sorted_by(|a, b| a >= b), "{updated:?}");
    assert_eq!(newest, updated[0], "the feed is as new as its newest entry");
    for link in got.body.split("<link ").skip(1) {
        let href = link
            .split("href=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        assert_eq!(visitor().get(href).status, 200, "{href}");
    }
}

#[test]
fn what_is_put_on_record_holds_and_stays_in_the_history() {
    let mut ora = signed_in("ora");
    let council = "/collection/E06000064";
    assert!(ora.get(council).body.contains("No contact"));
    for (what, fields, shown) in [
        (
            "fact-supplier",
            vec![("entry", "Brindle Care IT")],
            "Brindle Care IT",
        ),
        (
            "fact-supplier",
            vec![("entry", "Fenwick & Sons <IT>")],
            "Fenwick &amp; Sons &lt;IT&gt;",
        ),
        (
            "step-agreement-signed",
            vec![("day", "5"), ("month", "1"), ("year", "2026")],
            "Done on 5 January 2026",
        ),
    ] {
        let path = format!("{council}/change/{what}");
        let csrf = ora.get(&path).csrf();
        let fields: Vec<(&str, &str)> = fields
            .into_iter()
            .chain([("csrf", csrf.as_str())])
            .collect();
        assert_eq!(ora.post(&path, &fields).status, 303, "{path}");
        assert!(ora.get(council).body.contains(shown), "{shown}");
    }
    let page = ora.get(council).body;
    assert!(
        page.contains("Agreed") && !page.contains(">No contact<"),
        "the step gives the state"
    );
    let history = page.split("id=\"history\"").nth(1).unwrap();
    assert!(
        history.contains("Brindle Care IT"),
        "what held before stays in the history"
    );
    for (what, fields) in [
        (
            "step-firewall",
            vec![("day", "31"), ("month", "2"), ("year", "2026")],
        ),
        ("note", vec![("entry", " ")]),
        ("contact", vec![("name", ""), ("email", "x")]),
    ] {
        let path = format!("{council}/change/{what}");
        let csrf = ora.get(&path).csrf();
        let fields: Vec<(&str, &str)> = fields
            .into_iter()
            .chain([("csrf", csrf.as_str())])
            .collect();
        let got = ora.post(&path, &fields);
        assert_eq!(got.status, 422, "{path}");
        assert!(got.body.contains("<title>Error: "), "{path}");
    }
    for path in [
        format!("{council}/change/step-none"),
        format!("{council}/change/contact-99"),
        "/collection/000".to_owned(),
    ] {
        assert_eq!(ora.get(&path).status, 404, "{path}");
    }
}
