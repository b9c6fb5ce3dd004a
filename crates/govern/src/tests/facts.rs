//! What is known of an agreement from outside its text decides its state; a text vouches for nothing.

use super::{main_text, read, shipped};
use crate::{
    Agreement, Facts, State,
    agreement::{
        House,
        clauses::{Assent, Signature, Suspension},
    },
    judge,
};
use model::Date;
use std::sync::Arc;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn written() -> Agreement {
    let house = Arc::new(House::read(&shipped()).unwrap());
    Agreement::from_text("written", &main_text(), &house).unwrap()
}

fn assent(name: &str, on: &str) -> Assent {
    Assent {
        name: name.to_owned(),
        role: "a role".to_owned(),
        on: day(on),
    }
}

fn facts() -> Facts {
    let parties = ["621", "991", "992", "EST-ICB", "EST-HAVEN"];
    Facts {
        submitted: Some(assent("one", "2026-03-03")),
        approvals: vec![assent("two", "2026-03-04"), assent("three", "2026-03-05")],
        signatures: parties
            .iter()
            .map(|code| Signature {
                party: model::OrganisationCode::new(code).unwrap(),
                name: "Someone Invented".to_owned(),
                role: "a role".to_owned(),
                signed: day("2026-03-10"),
            })
            .collect(),
        ..Facts::default()
    }
}

fn state(facts: Facts, on: &str) -> State {
    written().with_facts(facts).state(day(on))
}

#[test]
fn a_text_does_not_vouch_for_its_own_signatures() {
    let agreement = written();
    assert_eq!(agreement.state(day("2026-05-01")), State::Draft);
    let refused = judge(&agreement, &super::allowed(), super::moment(super::NOON));
    assert_eq!(refused.unwrap_err().clause(), "submitted");
    assert_eq!(agreement.unsigned(day("2026-05-01")).len(), 5);
    // The same text as a file of content is in force.
    assert_eq!(
        read(&main_text()).unwrap().state(day("2026-05-01")),
        State::Active
    );
}

#[test]
fn each_fact_brings_an_agreement_further() {
    for (on, expected) in [
        ("2026-03-02", State::Draft),
        ("2026-03-03", State::Submitted),
        ("2026-03-04", State::Submitted),
        ("2026-03-05", State::Approved),
        ("2026-03-10", State::Signed),
        ("2026-04-01", State::Active),
        ("2027-04-01", State::Expired),
    ] {
        assert_eq!(state(facts(), on), expected, "{on}");
    }
}

#[test]
fn two_different_people_approve_and_neither_put_it_forward() {
    for approvals in [
        vec![],
        vec![assent("two", "2026-03-04")],
        vec![assent("two", "2026-03-04"), assent("two", "2026-03-05")],
        vec![assent("one", "2026-03-04"), assent("two", "2026-03-05")],
    ] {
        let facts = Facts {
            approvals,
            ..facts()
        };
        assert_eq!(state(facts, "2026-05-01"), State::Submitted);
    }
}

#[test]
fn endings_and_suspensions_are_facts() {
    let early = Facts {
        ended_early: Some(day("2026-06-30")),
        ..facts()
    };
    assert_eq!(state(early.clone(), "2026-06-30"), State::Active);
    assert_eq!(state(early.clone(), "2026-07-01"), State::Expired);
    let agreement = written().with_facts(early.clone());
    assert_eq!(agreement.ends(), day("2026-06-30"));
    assert_eq!(agreement.days_left(day("2026-06-29")), 1);
    let later = Facts {
        ended_early: Some(day("2030-01-01")),
        ..facts()
    };
    assert_eq!(
        state(later, "2027-04-01"),
        State::Expired,
        "an end is never put off"
    );
    let closing = Facts {
        closing: Some(day("2026-07-10")),
        destroyed: Some(day("2026-08-01")),
        ..early
    };
    assert_eq!(state(closing.clone(), "2026-07-09"), State::Expired);
    assert_eq!(state(closing.clone(), "2026-07-10"), State::Closing);
    assert_eq!(state(closing, "2026-08-01"), State::Destroyed);

    let stop = |from: &str, lifted: Option<&str>| Suspension {
        from: day(from),
        reason: "A laptop is missing.".to_owned(),
        lifted: lifted.map(day),
    };
    let stopped = Facts {
        suspensions: vec![
            stop("2026-05-01", Some("2026-05-03")),
            stop("2026-05-10", None),
        ],
        ..facts()
    };
    for (on, expected) in [
        ("2026-04-30", State::Active),
        ("2026-05-01", State::Suspended),
        ("2026-05-02", State::Suspended),
        ("2026-05-03", State::Active),
        ("2026-05-10", State::Suspended),
        ("2027-01-01", State::Suspended),
        ("2027-04-01", State::Expired),
    ] {
        assert_eq!(state(stopped.clone(), on), expected, "{on}");
    }
}

#[test]
fn only_one_state_permits_anything() {
    for wanted in State::ALL {
        let on = match wanted {
            State::Draft => "2026-03-02",
            State::Submitted => "2026-03-03",
            State::Approved => "2026-03-05",
            State::Signed => "2026-03-10",
            State::Expired => "2027-04-01",
            _ => "2026-05-01",
        };
        let mut known = facts();
        match wanted {
            State::Suspended => known.suspensions.push(Suspension {
                from: day("2026-04-20"),
                reason: "x".to_owned(),
                lifted: None,
            }),
            State::Closing => known.closing = Some(day("2026-04-20")),
            State::Destroyed => known.destroyed = Some(day("2026-04-20")),
            _ => {}
        }
        let agreement = written().with_facts(known);
        assert_eq!(agreement.state(day(on)), *wanted);
        let judged = judge(
            &agreement,
            &super::allowed(),
            super::moment(&format!("{on}T12:00:00Z")),
        );
        assert_eq!(judged.is_ok(), *wanted == State::Active, "{wanted:?}");
    }
}
