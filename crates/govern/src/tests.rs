//! Tests of the crate as a whole, over the agreements that are shipped.

#![expect(
    clippy::needless_raw_string_hashes,
    reason = "the tool that writes the snapshots puts them there"
)]
#![expect(clippy::too_many_lines, reason = "tables of cases are long")]

mod audit;
mod changes;
mod checks;
mod content;
mod deciding;
mod facts;
mod hostile;
mod mistakes;
mod mutations;
mod national;
mod public;
mod refusing;
mod replaying;
mod search;
mod second_judge;
mod simulating;
mod templates;
mod thousand;
mod views;
mod words;

use crate::{Action, Agreement, Asker, Circumstances, Digest, Question};
use chrono::{DateTime, Utc};
use model::{Content, ContentError, OrganisationCode};
use std::path::Path;

const MAIN: &str = "southend-icb-long-term-support";

/// The agreements that are shipped, with their house rules, and nothing else of content.
pub(crate) fn shipped() -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/agreements");
    let all = Content::from_folder(&root).unwrap();
    let mut files = Vec::new();
    for name in all.list("") {
        if all.has(name) {
            files.push((
                format!("agreements/{name}"),
                all.bytes(name).unwrap().to_vec(),
            ));
        }
    }
    for folder in ["code-sets", "register", "templates"] {
        for name in all.list(folder) {
            let bytes = all.bytes(&format!("{folder}/{name}")).unwrap().to_vec();
            files.push((format!("agreements/{folder}/{name}"), bytes));
        }
    }
    Content::from_files(files)
}

pub(crate) fn main_text() -> String {
    shipped()
        .text(&format!("agreements/{MAIN}.toml"))
        .unwrap()
        .to_owned()
}

/// An agreement from text, beside the house rules and the sets of codes.
fn content_with(text: &str) -> Content {
    let shipped = shipped();
    let mut files = vec![("agreements/test.toml".to_owned(), text.as_bytes().to_vec())];
    let sets = shipped.list("agreements/code-sets");
    let sets = sets.into_iter().map(|set| format!("code-sets/{set}"));
    for name in sets.chain(["house.toml".to_owned()]) {
        let path = format!("agreements/{name}");
        let bytes = shipped.bytes(&path).unwrap().to_vec();
        files.push((path, bytes));
    }
    Content::from_files(files)
}

pub(crate) fn read(text: &str) -> Result<Agreement, ContentError> {
    Agreement::read(&content_with(text), "test")
}

/// The main agreement with one piece of its text changed.
pub(crate) fn changed(from: &str, to: &str) -> String {
    let text = main_text();
    assert!(text.contains(from), "`{from}` is not in the agreement");
    text.replacen(from, to, 1)
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A question that the main agreement allows.
pub(crate) fn allowed() -> Question {
    question(&[
        ("cld_event", &["person_pseudonym", "event_start_month"]),
        ("hospital_spell", &["person_pseudonym", "admission_month"]),
    ])
}

fn question(reads: &[(&str, &[&str])]) -> Question {
    Question {
        agreement: "DSA-0417".to_owned(),
        purpose: "commissioning".to_owned(),
        person: Asker {
            username: "ana".to_owned(),
            organisation: OrganisationCode::new("EST-ICB").unwrap(),
            role: "analyst".to_owned(),
        },
        tables: reads.iter().map(|(t, _)| (*t).to_owned()).collect(),
        columns: reads
            .iter()
            .map(|(t, c)| ((*t).to_owned(), c.iter().map(|c| (*c).to_owned()).collect()))
            .collect(),
        action: Action::Ask,
        sql_digest: Digest::of("select"),
        preference_snapshot: Some("opt_out@3".to_owned()),
        circumstances: trained(),
    }
}

/// A person whose training counts, and nothing else that matters.
pub(crate) fn trained() -> Circumstances {
    Circumstances {
        training_valid_to: Some("2031-12-31".parse().unwrap()),
        connection: Some(at_the_office()),
        ..Circumstances::default()
    }
}

/// From where the shipped agreements let people ask.
pub(crate) fn at_the_office() -> crate::Connection {
    crate::Connection {
        territory: crate::agreement::clauses::AreaOfLaw::England,
        places: ["the network of the organisation that the person asks for".to_owned()].into(),
    }
}

pub(crate) const NOON: &str = "2026-05-01T12:00:00Z";
