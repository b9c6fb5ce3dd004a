//! What if it ended, who could see this, and why could they.

use super::{changed, main_text, read, shipped};
use crate::{Agreement, Agreements};
use model::Date;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn all() -> Agreements {
    Agreements::read(&shipped()).unwrap()
}

fn with(extra: Agreement) -> Agreements {
    let mut agreements = all();
    agreements.add(extra);
    agreements
}

#[test]
fn who_could_see_a_table_is_asked_of_every_agreement_in_force() {
    let agreements = all();
    let who = |table: &str, column: Option<&str>, on: &str| -> Vec<String> {
        agreements
            .who_could_see(table, column, day(on))
            .into_iter()
            .map(|s| format!("{} {}", s.agreement, s.account))
            .collect()
    };
    assert_eq!(
        who("person_quarter", None, "2026-05-01"),
        ["DSA-0417 ana", "DSA-0502 ana"]
    );
    assert_eq!(
        who("person_quarter", Some("lsoa21_code"), "2026-05-01"),
        ["DSA-0417 ana"]
    );
    assert_eq!(who("person_quarter", None, "2024-09-01"), ["DSA-0192 ana"]);
    assert_eq!(
        who("person_quarter", None, "2027-04-01"),
        Vec::<String>::new()
    );
    assert_eq!(who("death", None, "2026-05-01"), Vec::<String>::new());
    assert_eq!(
        who("long_term_support", None, "2026-05-01"),
        ["DSA-0417 ana", "DSA-0418 sol"]
    );
    let sight =
        &agreements.who_could_see("long_term_support", Some("weekly_cost"), day("2026-05-01"))[0];
    assert_eq!(sight.shown.as_deref(), Some("rounded to the nearest 5"));
}

#[test]
fn why_someone_could_see_is_a_chain_of_clauses() {
    let chains = all().why_could_see("ana", "person_quarter", Some("bed_days"), day("2026-05-01"));
    assert_eq!(chains.len(), 2);
    let clauses: Vec<&str> = chains[0].iter().map(|b| b.clause.as_str()).collect();
    assert_eq!(
        clauses,
        [
            "signatures",
            "term",
            "access.users",
            "access.roles",
            "identifiability",
            "datasets.person_quarter",
            "datasets.person_quarter.fields.bed_days",
            "linkage",
            "minimisation",
            "purposes"
        ]
    );
    assert!(
        all()
            .why_could_see("bob", "person_quarter", None, day("2026-05-01"))
            .is_empty()
    );
    assert!(
        all()
            .why_could_see("ana", "death", None, day("2026-05-01"))
            .is_empty()
    );
}

#[test]
fn what_ends_with_an_agreement_is_what_no_other_opens() {
    let agreements = all();
    let if_ended = agreements.if_ended("DSA-0417", day("2026-09-01")).unwrap();
    assert_eq!(if_ended.losses.len(), 1);
    let loss = &if_ended.losses[0];
    assert_eq!(loss.account, "ana");
    // The other agreement of hers opens these columns of the summary, and not where people live.
    let gone: Vec<&str> = loss.gone["person_quarter"]
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(gone, ["gender", "lsoa21_code"]);
    assert!(loss.kept["person_quarter"].contains("DSA-0502"));
    assert_eq!(loss.gone["cld_event"].len(), 9);
    assert_eq!(
        if_ended.destruction_due,
        day("2026-12-01"),
        "91 days, as after its own end"
    );
    assert!(
        agreements.if_ended("DSA-0192", day("2026-09-01")).is_none(),
        "it has ended"
    );
    let finding = agreements.if_ended("DSA-0502", day("2026-09-01")).unwrap();
    assert_eq!(finding.professionals, ["cleo"]);
}

#[test]
fn the_version_that_holds_is_the_newest_that_has_come_into_force() {
    let newer = read(
        &changed("version = \"1.0\"", "version = \"1.10\"").replacen(
            "start = 2026-04-01",
            "start = 2026-09-01",
            1,
        ),
    )
    .unwrap();
    let middle = read(&changed("version = \"1.0\"", "version = \"1.9\"").replacen(
        "start = 2026-04-01",
        "start = 2026-06-01",
        1,
    ))
    .unwrap();
    let mut agreements = with(newer);
    assert!(agreements.add(middle).is_none());
    let held = |on: &str| agreements.on("DSA-0417", day(on)).unwrap().version.clone();
    assert_eq!(held("2026-05-31"), "1.0");
    assert_eq!(held("2026-06-01"), "1.9");
    assert_eq!(held("2026-08-31"), "1.9");
    assert_eq!(held("2026-09-01"), "1.10");
    assert_eq!(held("2028-01-01"), "1.10");
    assert!(agreements.in_force("DSA-0417", day("2028-01-01")).is_none());
    let versions: Vec<&str> = agreements
        .versions("DSA-0417")
        .iter()
        .map(|a| a.version.as_str())
        .collect();
    assert_eq!(versions, ["1.0", "1.9", "1.10"]);
    assert_eq!(agreements.get("DSA-0417").unwrap().version, "1.10");
    // The one that is suspended is not replaced by the one before it.
    let stopped = read(&changed("version = \"1.0\"", "version = \"2.0\"").replacen(
        "[term]",
        "[suspended]\nfrom = 2026-10-01\nreason = \"A laptop is missing.\"\n\n[term]",
        1,
    ))
    .unwrap();
    let agreements = with(stopped);
    assert_eq!(
        agreements
            .on("DSA-0417", day("2026-10-01"))
            .unwrap()
            .version,
        "2.0"
    );
    assert!(agreements.in_force("DSA-0417", day("2026-10-01")).is_none());
    // A version that nobody has approved changes nothing.
    let house = std::sync::Arc::new(crate::agreement::House::read(&shipped()).unwrap());
    let draft = Agreement::from_text("draft", &main_text().replacen("1.0", "3.0", 1), &house);
    let agreements = with(draft.unwrap());
    assert_eq!(
        agreements
            .on("DSA-0417", day("2026-10-01"))
            .unwrap()
            .version,
        "1.0"
    );
    assert_eq!(agreements.get("DSA-0417").unwrap().version, "1.0");
}
