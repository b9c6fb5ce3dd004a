//! What is kept of a governed table holds for exactly what it was made from: other files, other preferences, another day,
//! another version of the agreement or another key, and the answer is another. Expected values are counted by hand.

use crate::{
    agreement,
    place::{No, Place, Who, agreements, rows},
    sheet::{Kind, Sheet, Value},
    slow::{PREFERENCES, preference},
};
use govern::Agreements;
use model::{Function, FunctionKind};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use toml::Table;

const OWN: &str = r#"
linkage = []
[minimisation]
council = { {COUNCIL} = "A council" }
[opt_outs]
national_data_opt_out = true
local = false
objection = false
[datasets.support.facts]
council = "council_code"
[datasets.support.fields]
person_pseudonym = { treatment = "pseudonym", why = "x" }
service = { treatment = "as_is", why = "x" }
hours = { treatment = "as_is", why = "x" }
"#;
const PEOPLE: &str = "select person_pseudonym, hours from support";
const HOURS: &str = "select service, sum(hours) as hours from support group by service";

fn council(code: &str) -> Agreements {
    let own: Table = OWN.replace("{COUNCIL}", code).parse().unwrap();
    agreements(&agreement(&own)).unwrap_or_else(|e| panic!("{e}"))
}

/// A row is a person, a council and hours.
fn support(all: &[(&str, &str, i64)]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("person_pseudonym", Kind::Text),
        ("council_code", Kind::Text),
        ("service", Kind::Text),
        ("hours", Kind::Number),
    ]);
    for (person, council, hours) in all {
        sheet.rows.push(vec![
            Value::text(person),
            Value::text(council),
            Value::text("Home care"),
            Value::Number(*hours),
        ]);
    }
    sheet
}

fn opted_out(people: &[&str]) -> Sheet {
    let mut sheet = Sheet::new(&PREFERENCES);
    for person in people {
        let said = preference(person, "national_data_opt_out");
        sheet.rows.push(said);
    }
    sheet
}

const ALL: [(&str, &str, i64); 4] = [
    ("k1-a", "621", 1),
    ("k1-b", "621", 2),
    ("k1-c", "991", 4),
    ("k1-b", "621", 8),
];

/// A place where pseudonyms carry the number of a key, which anybody may change, and calls are counted.
async fn place() -> (Place, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (key, calls) = (Arc::new(AtomicUsize::new(1)), Arc::new(AtomicUsize::new(0)));
    let (now, count) = (Arc::clone(&key), Arc::clone(&calls));
    let swapped = Function::text_pairs("recipient_pseudonym", move |pairs| {
        count.fetch_add(pairs.len(), Ordering::SeqCst);
        let key = now.load(Ordering::SeqCst);
        if key == 0 {
            return Err("the key is locked away".to_owned());
        }
        let made = pairs
            .iter()
            .map(|(_, person)| Some(format!("key{key} of {person}")));
        Ok(made.collect())
    });
    assert!(matches!(swapped.kind, FunctionKind::TextPairs(_)));
    let place = Place::with(vec![swapped], 2, 1 << 20);
    place.put("support", &support(&ALL)).await;
    place.put("opt_out", &opted_out(&["k1-a"])).await;
    (place, key, calls)
}

async fn ask(place: &Place, under: &Agreements, sql: &str) -> Vec<Vec<String>> {
    let answer = place.ask(under, &Who::usual(), sql).await;
    let (_, mut found) = rows(&answer.unwrap_or_else(|e| panic!("{sql}: {e:?}")));
    found.sort();
    found
}

#[tokio::test]
async fn asked_again_nothing_is_worked_out_again() {
    let (place, _, calls) = place().await;
    let under = council("621");
    let first = ask(&place, &under, PEOPLE).await;
    assert_eq!(first, [["key1 of k1-b", "2"], ["key1 of k1-b", "8"]]);
    let (kept, made) = (place.kept.bytes(), calls.swap(0, Ordering::SeqCst));
    assert!(kept > 0 && made > 0);
    assert_eq!(ask(&place, &under, PEOPLE).await, first);
    assert_eq!(place.kept.bytes(), kept);
    // What a key makes of nobody is asked each time, and of the people once.
    assert_eq!(calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn new_rows_and_changed_preferences_are_seen_at_once() {
    let (place, ..) = place().await;
    let under = council("621");
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "10"]]);
    place.put("opt_out", &opted_out(&["k1-b"])).await;
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "1"]]);
    place.put("opt_out", &opted_out(&["k1-d"])).await;
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "11"]]);
    let more = [
        ALL.as_slice(),
        &[("k1-e", "621", 100), ("k1-d", "621", 200)],
    ]
    .concat();
    let before = place.kept.bytes();
    place.put("support", &support(&more)).await;
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "111"]]);
    // Of the rows that were replaced nothing is kept, whatever was asked of them.
    assert!(place.kept.bytes() < before);
    place.put("support", &support(&ALL[2..3])).await;
    assert!(ask(&place, &under, HOURS).await.is_empty());
}

#[tokio::test]
async fn a_preference_that_ends_ends_in_the_answer_too() {
    let (place, ..) = place().await;
    let mut said = opted_out(&["k1-a"]);
    let until = said.at("effective_to");
    said.rows[0][until] = Value::Day("2026-05-01".parse().unwrap());
    place.put("opt_out", &said).await;
    let under = council("621");
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "10"]]);
    let tomorrow = Who {
        now: "2026-05-02T12:00:00Z".parse().unwrap(),
        ..Who::usual()
    };
    let answer = place.ask(&under, &tomorrow, HOURS).await.unwrap();
    assert_eq!(rows(&answer).1, [["Home care", "11"]]);
}

#[tokio::test]
async fn under_another_key_there_are_other_pseudonyms_and_under_none_no_answer() {
    let (place, key, _) = place().await;
    let under = council("621");
    let people =
        |key: usize| [2, 8].map(|hours: i64| vec![format!("key{key} of k1-b"), hours.to_string()]);
    assert_eq!(ask(&place, &under, PEOPLE).await, people(1));
    key.store(2, Ordering::SeqCst);
    assert_eq!(ask(&place, &under, PEOPLE).await, people(2));
    key.store(0, Ordering::SeqCst);
    let answer = place.ask(&under, &Who::usual(), PEOPLE).await;
    assert!(
        matches!(answer, Err(No::Fault(_))),
        "kept pseudonyms of a key that is locked away"
    );
    // What needs no key is answered all the same.
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "10"]]);
    key.store(1, Ordering::SeqCst);
    assert_eq!(ask(&place, &under, PEOPLE).await, people(1));
}

#[tokio::test]
async fn a_version_that_has_ended_answers_nothing_whatever_is_kept_of_it() {
    let (place, ..) = place().await;
    let under = council("621");
    assert_eq!(ask(&place, &under, HOURS).await, [["Home care", "10"]]);
    let after_its_end = Who {
        now: "2027-04-01T12:00:00Z".parse().unwrap(),
        ..Who::usual()
    };
    let answer = place.ask(&under, &after_its_end, HOURS).await;
    assert!(matches!(answer, Err(No::Refused { .. })), "{answer:?}");
    // A new version that opens less is answered from other rows than the one before.
    assert_eq!(
        ask(&place, &council("991"), HOURS).await,
        [["Home care", "4"]]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_of_different_agreements_at_once_see_their_own_rows() {
    let (place, ..) = place().await;
    place.put("opt_out", &opted_out(&[])).await;
    let place = Arc::new(place);
    let expected = [("621", "11"), ("991", "4")];
    let mut sessions = Vec::new();
    for turn in 0..40 {
        let (code, hours) = expected[turn % 2];
        let place = Arc::clone(&place);
        sessions.push(tokio::spawn(async move {
            if turn % 5 == 0 {
                place.kept.clear();
            }
            assert_eq!(
                ask(&place, &council(code), HOURS).await,
                [["Home care", hours]]
            );
        }));
    }
    for session in sessions {
        session.await.unwrap();
    }
}
