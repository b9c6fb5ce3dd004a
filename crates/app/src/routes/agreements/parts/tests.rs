//! Writing an agreement by form is writing its text.

use super::*;
use govern::agreement::{House, review};

fn content() -> Content {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../content");
    Content::from_folder(std::path::Path::new(folder)).unwrap()
}

fn draft(text: &str) -> AgreementDraft {
    AgreementDraft {
        id: "d".into(),
        revision: 1,
        text: text.into(),
        changes: String::new(),
        writers: vec!["meg".into()],
        begun_at: chrono::DateTime::UNIX_EPOCH,
        changed_at: chrono::DateTime::UNIX_EPOCH,
        changed_by: "meg".into(),
    }
}

/// The fields of a form as a browser sends them back.
fn sent(view: &FormPageView) -> Fields {
    let mut fields = Fields::new();
    for field in &view.fields {
        match field {
            FormField::Line { name, value, .. }
            | FormField::Area { name, value, .. }
            | FormField::One { name, value, .. }
            | FormField::Pick { name, value, .. } => {
                fields.insert(name.clone(), value.clone());
            }
            FormField::Day { name, value, .. } => {
                for (ending, part) in ["day", "month", "year"].iter().zip(value) {
                    fields.insert(format!("{name}-{ending}"), part.clone());
                }
            }
            FormField::Many { name, items, .. } => {
                for (ending, _, holds) in items {
                    if *holds {
                        fields.insert(format!("{name}-{ending}"), "yes".into());
                    }
                }
            }
            FormField::Heading(_) | FormField::File { .. } => {}
        }
    }
    fields
}

fn every_part(content: &Content, text: &str) -> Vec<String> {
    let sections = sections(content, &draft(text), &[]).unwrap();
    sections
        .iter()
        .map(|s| s.href.rsplit('/').next().unwrap().to_owned())
        .collect()
}

fn agreements(content: &Content) -> Vec<String> {
    govern::agreement::names(content)
        .iter()
        .map(|name| {
            content
                .text(&format!("agreements/{name}.toml"))
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_form_that_is_sent_back_as_it_came_changes_nothing_that_the_agreement_says() {
    let content = content();
    let house = House::read(&content).unwrap();
    for text in agreements(&content) {
        let (before, _) = review(&text, &house);
        for part in every_part(&content, &text) {
            let view = form(&content, &draft(&text), &part, None).unwrap().unwrap();
            let written = apply(&content, &draft(&text), &part, &sent(&view)).unwrap();
            let written = written.unwrap_or_else(|e| panic!("{part}: {e:?}"));
            let (after, _) = review(&written, &house);
            assert_eq!(after, before, "{part}:\n{written}");
        }
    }
}

#[test]
fn what_is_typed_stands_in_the_text_and_comments_stay() {
    let content = content();
    let text = content
        .text("agreements/southend-icb-long-term-support.toml")
        .unwrap();
    let edit = |text: &str, part: &str, changes: &[(&str, &str)]| {
        let view = form(&content, &draft(text), part, None).unwrap().unwrap();
        let mut fields = sent(&view);
        for (name, value) in changes {
            fields.insert((*name).to_owned(), (*value).to_owned());
        }
        apply(&content, &draft(text), part, &fields).unwrap()
    };
    let house = House::read(&content).unwrap();
    let read = |text: &str| review(text, &house).0.unwrap();

    let longer = edit(
        text,
        "term",
        &[("term.end-day", "30"), ("term.end-month", "6")],
    )
    .unwrap();
    assert_eq!(read(&longer).term.end.to_string(), "2027-06-30");
    assert!(longer.contains("are invented, and so is everyone named here"));

    let before = read(text);
    let new = [
        ("access.users.+.account", "cid"),
        ("access.users.+.organisation", "EST-ICB"),
    ];
    let more = edit(text, "people", &new).unwrap();
    let people: Vec<String> = read(&more)
        .access
        .users
        .iter()
        .map(|u| u.account.clone())
        .collect();
    assert_eq!(people.len(), before.access.users.len() + 1);
    assert!(people.contains(&"cid".to_owned()));
    let fewer = edit(&more, "people", &[("access.users.0-take-away", "yes")]).unwrap();
    assert_eq!(read(&fewer).access.users.len(), before.access.users.len());

    let field = [
        ("datasets.person_quarter.fields.+.name", "requests_band"),
        (
            "datasets.person_quarter.fields.+.treatment",
            "{ rounded = { to = 5 } }",
        ),
        ("datasets.person_quarter.fields.+.from", "requests"),
        (
            "datasets.person_quarter.fields.+.why",
            "to see how many ask",
        ),
    ];
    let field = edit(text, "table.person_quarter", &field).unwrap();
    let table = &read(&field).datasets["person_quarter"];
    assert!(table.fields.contains_key("requests_band"));

    for (part, name, value) in [
        ("term", "term.end-month", "13"),
        ("rows", "minimisation", "{ all = ["),
        (
            "table.person_quarter",
            "datasets.person_quarter.fields.+.treatment",
            "\"as_is",
        ),
        ("data", "datasets.+.title", "a table without a name"),
    ] {
        assert!(edit(text, part, &[(name, value)]).is_err(), "{part}");
    }
    assert!(
        form(&content, &draft(text), "table.nothing", None)
            .unwrap()
            .is_none()
    );
}

#[test]
fn what_is_wrong_with_a_clause_stands_beside_its_field() {
    let content = content();
    let house = House::read(&content).unwrap();
    let text = content
        .text("agreements/southend-own-counts.toml")
        .unwrap()
        .replace("end = 2027-03-31", "end = 2025-03-31");
    let (_, findings) = review(&text, &house);
    let view = form(&content, &draft(&text), "term", None)
        .unwrap()
        .unwrap();
    let errors = errors_in(&view, &findings);
    assert!(errors.iter().any(|e| e.field == "term.end"), "{errors:?}");
    let stopped: Vec<String> = sections(&content, &draft(&text), &findings)
        .unwrap()
        .into_iter()
        .filter(|s| s.stops)
        .map(|s| s.title)
        .collect();
    assert!(stopped.contains(&"Term".to_owned()), "{stopped:?}");
    assert!(!stopped.contains(&"Purposes".to_owned()), "{stopped:?}");
}
