//! What the public reads: the notice of every agreement, its reading age, the headings of the national registers, and
//! the evidence.

use super::{MAIN, shipped};
use crate::{
    Agreements, Clauses,
    agreement::clauses::{Identifiability, OnwardSharing, PartyRole, Retention},
    evidence::{Evidence, Met},
    reading::reading_age,
    register::{ReleasedFile, Used},
};
use model::{Content, Date};
use std::path::Path;

/// About twelve, and what names of organisations and of care add to it.
const READING_AGE: f64 = 13.5;

fn main_clauses() -> Clauses {
    let agreements = Agreements::read(&shipped()).unwrap();
    let main = agreements.iter().find(|a| a.name() == MAIN).unwrap();
    Clauses::clone(main)
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn the_notice_of_every_agreement_can_be_read_at_about_twelve() {
    for agreement in Agreements::read(&shipped()).unwrap().every_version() {
        let notice = agreement.notice();
        let age = reading_age(&notice.plain_text()).unwrap();
        assert!(age <= READING_AGE, "{}: {age:.1}", agreement.reference);
        let summary = reading_age(&agreement.lay_summary).unwrap();
        assert!(
            summary <= READING_AGE,
            "{}, its summary: {summary:.1}",
            agreement.reference
        );
        for section in &notice.sections {
            assert!(!section.says.is_empty(), "{:?} says nothing", section.part);
        }
    }
}

#[test]
fn every_clause_that_the_public_reads_changes_the_notice() {
    type Change = (&'static str, fn(&mut Clauses));
    let changes: [Change; 27] = [
        ("lay_title", |c| c.lay_title = Some("Another name".into())),
        ("lay_summary", |c| c.lay_summary.push_str(" More.")),
        ("purpose", |c| {
            c.purposes[0].lay_summary = "To do another thing.".into();
        }),
        ("benefit", |c| {
            c.purposes[0].benefits[0].what = "Another good".into();
        }),
        ("benefit by", |c| {
            c.purposes[0].benefits[0].by = day("2030-01-01");
        }),
        ("commercial", |c| c.purposes[0].commercial = true),
        ("party", |c| c.parties[0].name = "Another Council".into()),
        ("roles", |c| {
            c.parties[0].roles = [PartyRole::Funder].into();
        }),
        ("users", |c| c.access.users.clear()),
        ("organisations", |c| c.access.organisations.clear()),
        ("training", |c| c.access.training = None),
        ("datasets", |c| {
            c.datasets.pop_first();
        }),
        ("dataset title", |c| {
            c.datasets.first_entry().unwrap().get_mut().title = "other things".into();
        }),
        ("dataset why", |c| {
            c.datasets.first_entry().unwrap().get_mut().why = "Another reason.".into();
        }),
        ("fields", |c| {
            let mut first = c.datasets.first_entry().unwrap();
            first.get_mut().fields.pop_first();
        }),
        ("linkage", |c| c.linkage.clear()),
        ("linkage why", |c| {
            c.linkage[0].why = "Another reason.".into();
        }),
        ("minimisation", |c| {
            c.minimisation = crate::agreement::predicate::Predicate::Everyone("x".into());
        }),
        ("identifiability", |c| {
            c.identifiability = Identifiability::AnonymousAggregate;
        }),
        ("storage", |c| c.storage[0].place = "another place".into()),
        ("term start", |c| c.term.start = day("2026-05-01")),
        ("term end", |c| c.term.end = day("2027-04-30")),
        ("destruction", |c| {
            c.term.destruction_due = day("2029-01-01");
        }),
        ("retention", |c| {
            c.term.retention = Some(Retention {
                what: "the final tables".into(),
                until: day("2035-01-01"),
                why: "the law asks it".into(),
            });
        }),
        ("opt-outs", |c| {
            let applied = &mut c.opt_outs.national_data_opt_out.apply;
            *applied = !*applied;
        }),
        ("onward", |c| c.onward.sharing = OnwardSharing::None),
        ("contact", |c| c.contact.name = "Someone Else".into()),
    ];
    let before = main_clauses();
    for (clause, change) in changes {
        let mut after = before.clone();
        change(&mut after);
        assert_ne!(before, after, "{clause} was not changed");
        assert_ne!(before.notice(), after.notice(), "{clause}");
    }
}

#[test]
fn both_national_formats_say_what_the_agreement_says() {
    let clauses = main_clauses();
    let used = Used {
        files: vec![ReleasedFile {
            id: "r1".into(),
            title: "A table".into(),
            purpose: "commissioning".into(),
            rule_set: "hes-sub-national".into(),
            released_at: "2026-10-30T23:30:00Z".parse().unwrap(),
            withdrawn: None,
            withdrawn_because: None,
        }],
        ..Used::default()
    };
    let national = clauses.national_use(&used);
    assert_eq!(national.agreement_reference, "DSA-0417");
    assert_eq!(national.controller_type, "Joint controllers");
    assert_eq!(national.controllers.len(), 4);
    assert_eq!(national.datasets.len(), clauses.datasets.len());
    assert_eq!(national.opt_outs.len(), 6);
    // Half past eleven at night in winter time is still the same day.
    assert_eq!(national.files[0].release_date, day("2026-10-30"));
    let alliance = clauses.alliance_use(&crate::Facts::of_a_file(), &used, day("2026-10-30"));
    assert_eq!(alliance.project_id, "DSA-0417");
    assert_eq!(alliance.organisation_name, "Estuary ICB");
    assert!(alliance.national_data_opt_out_applied);
    assert_eq!(alliance.outputs, ["/releases/r1"]);
}

#[test]
fn every_statement_of_the_standard_has_an_answer_with_what_shows_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let content = Content::from_folder(&root).unwrap();
    let evidence = Evidence::read(&content, "satre").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(evidence.statements.len(), 130);
    for statement in &evidence.statements {
        assert!(statement.answer.how.len() > 10, "{}", statement.id);
        for guide in &statement.answer.guides {
            let path = root.join("..").join(guide);
            assert!(path.is_file(), "{}: {guide} is not there", statement.id);
        }
    }
    assert!(
        evidence
            .statements
            .iter()
            .any(|s| s.answer.met == Met::NotMet)
    );
    // A test that is named is a test that is there.
    let sources = sources(&root.join("../crates"));
    for test in evidence.tests() {
        assert!(
            sources.contains(&format!("fn {test}(")),
            "there is no test `{test}`"
        );
    }
}

/// All Rust of a folder, as one text.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    text
}
