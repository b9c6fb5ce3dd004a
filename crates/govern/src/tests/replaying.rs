//! Decisions about lists and emergencies are kept before anything opens; and whatever was decided can be judged again from
//! what its entry keeps.

use super::{NOON, allowed, moment, shipped, trained};
use crate::{
    Agreement, Agreements, Asker, AuditKeeper, Chain, DecideError, DecisionFacts, Entry, EntryBody,
    KeepError, Kept, Kind, OpeningFacts, Outcome, Policies, Question, ReplayError, UrgencyFacts,
    agreement::day_of,
    care::{
        CareFacts, CareTerms, Said, decide_opening,
        finding::decide_finding,
        glass::{GlassFacts, GlassTerms, decide_glass},
    },
    decide, replay,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::{FixedClock, OrganisationCode};
use std::sync::Mutex;

/// Keeps entries as the log writes them, or has no room.
struct Book {
    lines: Mutex<(Chain, Vec<String>)>,
    full: bool,
}

impl Book {
    fn new(full: bool) -> Self {
        Self {
            lines: Mutex::new((Chain::start(), Vec::new())),
            full,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let lines = &self.lines.lock().unwrap().1;
        lines.iter().map(|l| Entry::read(l).unwrap()).collect()
    }
}

impl AuditKeeper for Book {
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError> {
        if self.full {
            return Err(KeepError::TooLong { bytes: 0 });
        }
        let mut book = self.lines.lock().unwrap();
        let (entry, line) = book.0.next(entry)?;
        book.1.push(line);
        book.0.accept(&entry);
        Ok(Kept {
            seq: entry.seq,
            hash: entry.hash,
        })
    }
}

fn agreements() -> Agreements {
    Agreements::read(&shipped()).unwrap()
}

fn policies() -> Policies {
    Policies::new().unwrap()
}

/// The shipped agreement that lets people be led back.
fn finding() -> Agreement {
    let all = agreements();
    let leads = |a: &&Agreement| a.reidentification.is_some();
    all.iter().find(leads).unwrap().clone()
}

fn at(minutes: i64) -> DateTime<Utc> {
    moment(NOON) + TimeDelta::minutes(minutes)
}

fn who(name: &str, role: &str) -> Asker {
    Asker {
        username: name.into(),
        organisation: OrganisationCode::new("EST-ICB").unwrap(),
        role: role.into(),
    }
}

fn opening(agreement: &Agreement) -> OpeningFacts {
    let digest = |text: &str| crate::Digest::of(text);
    let said = |by: &str, role: &str, minutes| Said {
        by: by.into(),
        role: role.into(),
        approves: true,
        saw: digest("asked"),
        at: at(minutes),
    };
    OpeningFacts {
        who: who("cleo", "clinician"),
        care: CareFacts {
            request: "r1".into(),
            agreement: agreement.reference.clone(),
            policy_digest: agreement.digest().clone(),
            purpose: "risk_stratification_case_finding".into(),
            set: digest("set"),
            asked: digest("asked"),
            requester: "ana".into(),
            professional: "cleo".into(),
            organisation: OrganisationCode::new("EST-ICB").unwrap(),
            fields: vec!["nhs_number".into()],
            days: 7,
            approve_by: at(1_000),
            said: vec![
                said("cal", "caldicott_guardian", 10),
                said("ada", "asset_owner", 20),
            ],
            withdrawn_at: None,
            revoked_at: None,
            closed_at: None,
        },
        set: digest("set"),
        told: trained(),
    }
}

fn urgency() -> UrgencyFacts {
    let roles = ["caldicott_guardian", "asset_owner"].map(str::to_owned);
    UrgencyFacts {
        who: who("cleo", "clinician"),
        terms: GlassTerms {
            professional_role: "clinician".into(),
            approver_roles: roles.into(),
        },
        glass: GlassFacts {
            request: "g1".into(),
            person: "k1-0".into(),
            asked: crate::Digest::of("asked"),
            professional: "cleo".into(),
            organisation: OrganisationCode::new("EST-ICB").unwrap(),
            approve_by: at(30),
            judged: true,
            agreed: Some(("cal".into(), "caldicott_guardian".into(), at(70))),
        },
        told: trained(),
    }
}

/// A question that finds people under the shipped agreement.
fn looking(agreement: &Agreement, person: Asker) -> Question {
    let (table, terms) = agreement.datasets.iter().next().unwrap();
    let columns = terms.fields.keys().take(2).map(|f| f.as_str().to_owned());
    Question {
        agreement: agreement.reference.clone(),
        purpose: "risk_stratification_case_finding".into(),
        person,
        tables: [table.as_str().to_owned()].into(),
        columns: [(table.as_str().to_owned(), columns.collect())].into(),
        action: crate::Action::Find,
        ..allowed()
    }
}

#[test]
fn a_list_is_opened_after_its_entry_and_never_without() {
    let (agreement, policies) = (finding(), policies());
    let open = |book: &Book, asked: &OpeningFacts| {
        decide_opening(book, &agreement, &policies, asked, at(21))
    };
    let book = Book::new(false);
    let permit = open(&book, &opening(&agreement)).unwrap();
    assert!(permit.id().starts_with("1-"));
    assert_eq!((permit.professional(), permit.largest()), ("cleo", 50));
    assert_eq!(permit.fields(), ["nhs_number"]);
    let mut waiting = opening(&agreement);
    waiting.care.said.clear();
    assert!(open(&book, &waiting).is_err());
    let kept = book.entries();
    let outcomes: Vec<Outcome> = kept.iter().map(|e| e.body.outcome).collect();
    assert_eq!(outcomes, [Outcome::Allowed, Outcome::Refused]);
    assert!(kept.iter().all(|e| e.body.kind == Kind::EnvelopeDecided));
    // The request is there as a digest: whoever reads the log cannot go to it by guessing from the entry.
    assert_eq!(kept[0].body.object_digest, Some(crate::Digest::of("r1")));
    assert!(!book.lines.lock().unwrap().1[0].contains("r1\""));
    let by = &kept[0].body.determining_policies;
    assert!(by.iter().all(|id| id.ends_with("/open")) && by.len() == 1);
    let full = open(&Book::new(true), &opening(&agreement));
    assert!(matches!(full, Err(DecideError::NotKept(_))));
}

#[test]
fn a_list_asks_for_training_and_for_a_session_of_its_own() {
    let (agreement, policies, book) = (finding(), policies(), Book::new(false));
    let clause =
        |asked: &OpeningFacts| match decide_opening(&book, &agreement, &policies, asked, at(21)) {
            Err(DecideError::Refused(refusal)) => refusal.clause().to_owned(),
            other => panic!("{other:?}"),
        };
    let mut untrained = opening(&agreement);
    untrained.told.training_valid_to = None;
    assert_eq!(clause(&untrained), "access.training");
    let mut mixed = opening(&agreement);
    let pseudonymised = crate::agreement::clauses::Identifiability::Deidentified;
    mixed.told.classes_open.insert(pseudonymised);
    assert_eq!(clause(&mixed), "session");
    for entry in book.entries() {
        assert!(!entry.body.reason.unwrap().contains("disagree"));
    }
}

#[test]
fn glass_is_broken_after_its_entry_and_in_a_session_of_its_own() {
    let (policies, book) = (policies(), Book::new(false));
    let permit = decide_glass(&book, &policies, &urgency(), at(10)).unwrap();
    assert_eq!((permit.person(), permit.until()), ("k1-0", at(70)));
    let mut waiting = urgency();
    waiting.glass.agreed = None;
    assert!(decide_glass(&book, &policies, &waiting, at(10)).is_err());
    let mut mixed = urgency();
    let pseudonymised = crate::agreement::clauses::Identifiability::Deidentified;
    mixed.told.classes_open.insert(pseudonymised);
    assert!(decide_glass(&book, &policies, &mixed, at(10)).is_err());
    let kept = book.entries();
    let rows: Vec<Option<u64>> = kept.iter().map(|e| e.body.rows).collect();
    assert_eq!(rows, [Some(1), None, None]);
    // Whose records they are is nowhere in what was kept.
    assert!(!book.lines.lock().unwrap().1.join("").contains("k1-0"));
}

#[test]
fn those_who_find_are_judged_twice_and_so_are_the_professionals() {
    let (agreement, policies, book) = (finding(), policies(), Book::new(false));
    let care = CareTerms::of(&agreement, day_of(at(0))).unwrap();
    let find =
        |question: &Question| decide_finding(&book, &agreement, &care, &policies, question, at(0));
    let analyst = looking(&agreement, who("ana", "analyst"));
    let professional = looking(&agreement, who("cleo", "clinician"));
    for question in [&analyst, &professional] {
        find(question).unwrap_or_else(|e| panic!("{e}"));
    }
    for person in [
        who("cleo", "analyst"),
        who("cody", "clinician"),
        who("max", "administrator"),
    ] {
        assert!(find(&looking(&agreement, person)).is_err());
    }
    let mut untrained = professional.clone();
    untrained.circumstances.training_valid_to = None;
    assert!(find(&untrained).is_err());
    let kept = book.entries();
    for entry in &kept {
        let reason = entry.body.reason.clone().unwrap();
        assert!(!reason.contains("disagree"), "{reason}");
    }
    assert!(
        kept[1]
            .body
            .determining_policies
            .iter()
            .all(|id| id.ends_with("/find"))
    );
}

#[test]
fn every_decision_is_told_again_from_what_its_entry_keeps() {
    let (agreements, policies, book) = (agreements(), policies(), Book::new(false));
    let care_agreement = finding();
    let care = CareTerms::of(&care_agreement, day_of(at(0))).unwrap();
    let clock = FixedClock(at(0));
    let ask = |change: &dyn Fn(&mut Question)| {
        let mut question = allowed();
        change(&mut question);
        let _ = decide(&book, &agreements, &policies, &question, &clock);
    };
    ask(&|_| {});
    ask(&|q| q.purpose = "the purpose of 999 000 0018".into());
    ask(&|q| q.circumstances.training_valid_to = None);
    ask(&|q| q.preference_snapshot = None);
    ask(&|q| q.person.username = "sol".into());
    ask(&|q| {
        q.tables.insert("table_of_9990000018".into());
    });
    ask(&|q| {
        let columns = q.columns.get_mut("cld_event").unwrap();
        columns.insert("9990000018".into());
    });
    let _ = decide_finding(
        &book,
        &care_agreement,
        &care,
        &policies,
        &looking(&care_agreement, who("cleo", "clinician")),
        at(0),
    );
    let _ = decide_opening(
        &book,
        &care_agreement,
        &policies,
        &opening(&care_agreement),
        at(21),
    );
    let _ = decide_glass(&book, &policies, &urgency(), at(10));

    let lines = book.lines.lock().unwrap().1.join("\n");
    assert!(
        !lines.contains("9990000018"),
        "what was typed is in the log"
    );
    let kept = book.entries();
    assert_eq!(kept.len(), 10);
    for entry in &kept {
        let under = entry.body.agreement.as_deref();
        let agreement = under.and_then(|reference| agreements.get(reference));
        let again = replay(entry, agreement, &policies).unwrap_or_else(|e| panic!("{e}"));
        assert!(again.is_same(), "{again:?}");
        assert_eq!(again.judged_by_others, Vec::<&str>::new());
    }
}

#[test]
fn what_was_altered_or_is_no_decision_is_not_told_again() {
    let (agreements, policies, book) = (agreements(), policies(), Book::new(false));
    let clock = FixedClock(at(0));
    decide(&book, &agreements, &policies, &allowed(), &clock).unwrap();
    let entry = book.entries().remove(0);
    let agreement = agreements.get("DSA-0417");
    let mut altered = entry.clone();
    if let Some(DecisionFacts::Question(facts)) = &mut altered.body.facts {
        facts.role = "administrator".into();
    }
    let said = replay(&altered, agreement, &policies);
    assert_eq!(said, Err(ReplayError::Altered(1)));
    let other = finding();
    assert!(matches!(
        replay(&entry, Some(&other), &policies),
        Err(ReplayError::NoAgreement(_))
    ));
    let mut bare = entry;
    bare.body.facts = None;
    assert_eq!(
        replay(&bare, agreement, &policies),
        Err(ReplayError::NoFacts(1))
    );
}

#[test]
fn a_version_that_no_longer_stands_as_it_did_says_something_else() {
    let (agreements, policies, book) = (agreements(), policies(), Book::new(false));
    let clock = FixedClock(at(0));
    decide(&book, &agreements, &policies, &allowed(), &clock).unwrap();
    let entry = book.entries().remove(0);
    let agreement = agreements.get("DSA-0417").unwrap().clone();
    let nobody_signed = agreement.with_facts(crate::Facts::default());
    let again = replay(&entry, Some(&nobody_signed), &policies).unwrap();
    assert!(!again.is_same());
    assert_eq!(again.now.outcome, Outcome::Refused);
}
