//! Linkage in a workspace: what people decide about pairs holds, what changes is an event, and who used it is told.

use crate::{
    demo::{IN_FORCE, cells, demo, engine, open, wait},
    workspace::Workspace,
};
use chrono::{DateTime, Utc};
use control::{Control, NewLinkDecision, PairDecision};
use model::{Identifiable, Sql};
use std::collections::BTreeMap;

/// A copy of the invented place, in which things may be decided.
struct Place {
    workspace: Workspace,
}

/// A pair: its token, the token of its subject, and how many records have that subject.
type Pair = (String, String, u64);

impl Place {
    fn new() -> Self {
        Self {
            workspace: Workspace::like(&demo().workspace),
        }
    }

    fn rows(&self, tables: &[&str], sql: &str) -> Vec<Vec<String>> {
        let home = self.workspace.home();
        let store = open::<Identifiable>(&home, "identified", "own");
        let engine = engine(&home.join("look"));
        let sql = Sql::content(sql.to_owned());
        cells(&wait(engine.look(&[&store], tables, &sql)).unwrap())
    }

    /// The person, the pass and the grade of each record.
    fn links(&self) -> BTreeMap<(String, String), [String; 3]> {
        self.rows(
            &["person_link"],
            "select source, source_key, person_id, pass, grade from person_link",
        )
        .into_iter()
        .map(|row| {
            let [source, key, person, pass, grade] = row.try_into().unwrap();
            ((source, key), [person, pass, grade])
        })
        .collect()
    }

    /// A pair of the last run that some records were linked by, or were not, on its weight alone.
    fn pair(&self, outcome: &str, pass: &str) -> Pair {
        let sql = format!(
            "select p.pair, p.subject, count(*) as records from link_pair as p join link_choice as c on c.subject = p.subject
             where p.outcome = '{outcome}' and coalesce(c.pass, 'nobody') = '{pass}' group by p.pair, p.subject order by p.pair limit 1"
        );
        let rows = self.rows(&["link_pair", "link_choice"], &sql);
        let [pair, subject, records] = rows[0].clone().try_into().unwrap();
        (pair, subject, records.parse().unwrap())
    }

    fn decide(&self, pair: &Pair, decision: PairDecision) -> u64 {
        let control = self.control();
        let new = NewLinkDecision {
            pair: pair.0.clone(),
            left: pair.1.clone(),
            right: "somebody".to_owned(),
            decision,
            blind: false,
            note: String::new(),
            by: "op".to_owned(),
            at: moment(),
        };
        wait(control.decide_pair(&new)).unwrap().number()
    }

    fn control(&self) -> Control {
        wait(Control::open_file(
            &self.workspace.home().join("control/haven.sqlite"),
        ))
        .unwrap()
    }

    fn correct(&self) -> serde_json::Value {
        self.workspace.json(&["correct"])
    }

    fn records_of(&self, pair: &Pair) -> Vec<(String, String)> {
        let sql = format!(
            "select source, source_key from link_choice where subject = '{}'",
            pair.1
        );
        let rows = self.rows(&["link_choice"], &sql).into_iter();
        rows.map(|row| (row[0].clone(), row[1].clone())).collect()
    }
}

fn moment() -> DateTime<Utc> {
    "2026-05-01T09:00:00Z".parse().unwrap()
}

fn sum(counts: &serde_json::Value) -> u64 {
    let counts: BTreeMap<String, u64> = serde_json::from_value(counts.clone()).unwrap();
    counts.values().sum()
}

#[test]
fn a_link_that_people_find_wrong_is_undone_and_what_is_taken_back_comes_back() {
    let place = Place::new();
    let pair = place.pair("link", "weighed");
    let before = place.links();
    let number = place.decide(&pair, PairDecision::Different);
    let first = place.correct();
    assert_eq!(sum(&first["changed"]["by_decision"]), pair.2, "{first}");
    assert_eq!(sum(&first["changed"]["by_evidence"]), 0, "{first}");
    let apart = place.links();
    let theirs = place.records_of(&pair);
    assert_eq!(theirs.len() as u64, pair.2);
    for (record, now) in &apart {
        let was = &before[record];
        if theirs.contains(record) {
            assert_ne!(now[0], was[0], "the record is about somebody else");
        } else {
            assert_eq!(now, was, "nothing changes for other records");
        }
    }
    // Nothing is done twice: neither the links nor the telling.
    let again = place.correct();
    assert_eq!(sum(&again["changed"]["by_decision"]), 0);
    assert_eq!(again["told"], 0);
    assert_eq!(place.links(), apart);

    let undone = wait(place.control().undo_pair_decision(number, "op", moment()));
    assert!(matches!(undone.unwrap(), control::Undone::Now(_)));
    let back = place.correct();
    assert_eq!(sum(&back["changed"]["by_decision"]), pair.2, "{back}");
    assert_eq!(place.links(), before);
    let events = place.rows(
        &["link_change"],
        "select cause, count(*) as records from link_change group by cause",
    );
    assert_eq!(events, [["decision".to_owned(), (pair.2 * 2).to_string()]]);
}

#[test]
fn a_pair_that_people_say_is_one_person_is_linked_whatever_it_weighs() {
    let place = Place::new();
    let pair = place.pair("weak", "nobody");
    place.decide(&pair, PairDecision::SamePerson);
    place.correct();
    let links = place.links();
    let sql = format!(
        "select person_number from link_pair where pair = '{}'",
        pair.0
    );
    let number = place.rows(&["link_pair"], &sql)[0][0].clone();
    let person = links[&("demographic_index".to_owned(), number)][0].clone();
    for record in place.records_of(&pair) {
        let [of_record, pass, grade] = &links[&record];
        assert_eq!([pass.as_str(), grade], ["clerical", "certain"]);
        assert_eq!(*of_record, person);
    }
}

#[test]
fn those_who_used_what_a_wrong_link_was_in_are_told_once() {
    let place = Place::new();
    let ask = [
        &["ask"][..],
        &IN_FORCE,
        &["select count(*) as people from long_term_support"],
    ]
    .concat();
    assert_eq!(place.workspace.run(&ask).code, Some(0));
    let pair = place.pair("link", "weighed");
    place.decide(&pair, PairDecision::Different);
    let corrected = place.correct();
    // The demo's analyst made the releases of the demo, and asked.
    assert_eq!(corrected["told"], 1, "{corrected}");
    let notices = wait(place.control().unread("ana")).unwrap();
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].words.contains("DSA-0417"),
        "{}",
        notices[0].words
    );
    assert!(wait(place.control().unread("ines")).unwrap().is_empty());
    assert_eq!(place.correct()["told"], 0);
    let about = notices[0].about.clone();
    wait(place.control().mark_read("ana", &about, moment())).unwrap();
    assert!(wait(place.control().unread("ana")).unwrap().is_empty());
    place.workspace.audit_is_whole();
}

#[test]
fn linked_rows_take_along_how_sure_the_link_is() {
    let home = demo().workspace.home();
    let store = open::<model::Pseudonymous>(&home, "handover", "handover");
    let engine = engine(&home.join("look"));
    let sql = Sql::content("select link_grade, count(*) as rows, count(link_weight_band) as bands, count(link_model) as models from cld_event group by link_grade order by link_grade".to_owned());
    let rows = cells(&wait(engine.look(&[&store], &["cld_event"], &sql)).unwrap());
    let certain = rows.iter().find(|row| row[0] == "certain").unwrap();
    assert!(certain[1].parse::<u64>().unwrap() > 500, "{rows:?}");
    // The person of a pass is mostly the one with the most weight too.
    let [all, weighed] = [1, 2].map(|at| certain[at].parse::<u64>().unwrap());
    assert!(
        weighed * 10 > all * 9 && certain[2] == certain[3],
        "{rows:?}"
    );
}

#[test]
fn no_wrong_link_of_the_invented_place_goes_without_an_explanation() {
    let place = Place::new();
    let truth = place.workspace.home().join("place-truth");
    let truth = truth.to_str().unwrap();
    let told = place.workspace.json(&["link", "--truth", truth]);
    let sources = told["truth"]["sources"].as_array().unwrap();
    let count = |of: &str| -> u64 { sources.iter().map(|s| s[of].as_u64().unwrap()).sum() };
    let wrong = told["truth"]["wrong"].as_array().unwrap();
    let explained: u64 = wrong.iter().map(|w| w["records"].as_u64().unwrap()).sum();
    assert_eq!(explained, count("wrong"));
    assert!(wrong.iter().all(|w| !w["why"].as_str().unwrap().is_empty()));
    // Far more links are right than the passes alone would find, and hardly any is wrong.
    assert!(
        count("right") > 2_000 && count("wrong") * 1_000 <= count("right"),
        "{told}"
    );
    assert!(count("missed") * 50 <= count("right"), "{told}");
}
