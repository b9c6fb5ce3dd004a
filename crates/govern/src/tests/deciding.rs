//! Deciding: the decision is kept first, and only then is there a permit.

use super::{NOON, allowed, moment, shipped};
use crate::{
    Agreements, AuditKeeper, Chain, DecideError, Digest, Entry, EntryBody, KeepError, Kept, Kind,
    ObjectKind, Outcome, Policies, Question, decide,
};
use model::FixedClock;
use std::sync::Mutex;

/// Keeps entries in memory.
struct Book(Mutex<(Chain, Vec<String>)>);

impl Book {
    fn new() -> Self {
        Self(Mutex::new((Chain::start(), Vec::new())))
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().1.clone()
    }

    fn last(&self) -> EntryBody {
        Entry::read(self.lines().last().unwrap()).unwrap().body
    }
}

impl AuditKeeper for Book {
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError> {
        let mut book = self.0.lock().unwrap();
        let (entry, line) = book.0.next(entry)?;
        book.1.push(line);
        book.0.accept(&entry);
        Ok(Kept {
            seq: entry.seq,
            hash: entry.hash,
        })
    }
}

/// A log whose disk is full.
struct Full;

impl AuditKeeper for Full {
    fn keep(&self, _: EntryBody) -> Result<Kept, KeepError> {
        Err(KeepError::Unwritable("no space is left".into()))
    }
}

fn agreements() -> Agreements {
    Agreements::read(&shipped()).unwrap()
}

fn policies() -> Policies {
    Policies::new().unwrap()
}

fn clock() -> FixedClock {
    FixedClock(moment(NOON))
}

fn refused(question: &Question) -> (Book, String) {
    let book = Book::new();
    match decide(&book, &agreements(), &policies(), question, &clock()) {
        Err(DecideError::Refused(refusal)) => (book, refusal.clause().to_owned()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_permit_names_the_entry_that_keeps_its_decision() {
    let book = Book::new();
    let agreements = agreements();
    let permit = decide(&book, &agreements, &policies(), &allowed(), &clock()).unwrap();
    let lines = book.lines();
    assert_eq!(lines.len(), 1);
    let entry = Entry::read(&lines[0]).unwrap();
    assert_eq!(permit.kept().seq, 1);
    assert_eq!(permit.kept().hash, entry.hash);
    assert_eq!(permit.id(), format!("1-{}", entry.hash.short()));
    let body = entry.body;
    assert_eq!(
        (body.kind, body.outcome),
        (Kind::DecisionAllowed, Outcome::Allowed)
    );
    assert_eq!(body.actor, "ana");
    assert_eq!(body.on_behalf_of.as_deref(), Some("EST-ICB"));
    assert_eq!(body.agreement.as_deref(), Some("DSA-0417"));
    assert_eq!(body.agreement_version.as_deref(), Some("1.0"));
    assert_eq!(body.purpose.as_deref(), Some("commissioning"));
    assert_eq!(body.object_kind, Some(ObjectKind::Question));
    assert_eq!(body.object_digest, Some(Digest::of("select")));
    assert_eq!(body.preference_snapshot.as_deref(), Some("opt_out@3"));
    assert_eq!(
        body.policy_digest.as_ref(),
        Some(agreements.get("DSA-0417").unwrap().digest())
    );
    assert_eq!(
        body.row_filter_digest.as_ref(),
        Some(permit.terms().row_filter_digest())
    );
    assert_eq!(
        body.field_mask_digest.as_ref(),
        Some(permit.terms().field_mask_digest())
    );
    assert_eq!(body.terms_digest.as_ref(), Some(permit.terms().digest()));
    assert_eq!(
        body.determining_policies,
        ["DSA-0417/1.0/commissioning/deidentified".to_owned()].into()
    );
    assert!(body.facts_digest.is_some() && body.policy_set_digest.is_some());
    assert!(body.engine_version.unwrap().starts_with("cedar-policy 4."));
}

#[test]
fn a_permit_holds_for_its_question_until_the_day_ends() {
    let permit = decide(
        &Book::new(),
        &agreements(),
        &policies(),
        &allowed(),
        &clock(),
    )
    .unwrap();
    let digest = Digest::of("select");
    assert!(permit.covers(&digest, moment(NOON)));
    assert!(permit.covers(&digest, moment("2026-05-01T22:59:59Z")));
    assert!(!permit.covers(&digest, moment("2026-05-01T23:00:00Z")));
    assert!(!permit.covers(&Digest::of("select more"), moment(NOON)));
}

#[test]
fn a_refusal_is_kept_with_its_clause() {
    let mut question = allowed();
    question.purpose = "research".into();
    let (book, clause) = refused(&question);
    assert_eq!(clause, "purposes");
    let body = book.last();
    assert_eq!(
        (body.kind, body.outcome),
        (Kind::DecisionRefused, Outcome::Refused)
    );
    assert_eq!(
        body.reason.as_deref(),
        Some("purposes: the purpose is not one of the agreement")
    );
    assert_eq!(body.purpose, None);
}

#[test]
fn an_agreement_that_is_not_there_refuses() {
    let mut question = allowed();
    question.agreement = "DSA-0471".into();
    let book = Book::new();
    let error = decide(&book, &agreements(), &policies(), &question, &clock()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "There is no agreement DSA-0471. Did you mean DSA-0417?"
    );
    assert_eq!(book.last().agreement, None);
}

#[test]
fn without_its_entry_a_decision_does_not_stand() {
    let error = decide(&Full, &agreements(), &policies(), &allowed(), &clock()).unwrap_err();
    assert!(matches!(error, DecideError::NotKept(_)));
    let mut question = allowed();
    question.purpose = "research".into();
    let error = decide(&Full, &agreements(), &policies(), &question, &clock()).unwrap_err();
    assert!(
        matches!(error, DecideError::NotKept(_)),
        "refusals are kept too"
    );
}

#[test]
fn nothing_that_was_typed_enters_the_log() {
    let typed = "thornby";
    let changes: [&dyn Fn(&mut Question); 5] = [
        &|q| q.agreement = typed.into(),
        &|q| q.purpose = typed.into(),
        &|q| q.person.role = typed.into(),
        &|q| {
            q.tables.insert(typed.into());
        },
        &|q| {
            q.columns.get_mut("cld_event").unwrap().insert(typed.into());
        },
    ];
    for change in changes {
        let mut question = allowed();
        change(&mut question);
        let (book, _) = refused(&question);
        assert!(!book.lines()[0].contains(typed), "{}", book.lines()[0]);
    }
}

#[test]
fn what_is_done_under_a_permit_carries_its_id() {
    let book = Book::new();
    let permit = decide(&book, &agreements(), &policies(), &allowed(), &clock()).unwrap();
    let mut entry = permit.entry(Kind::Answered, moment(NOON));
    entry.rows = Some(12);
    book.keep(entry).unwrap();
    assert_eq!(book.last().decision_id.as_deref(), Some(permit.id()));
    let lines = book.lines();
    let mut walk = crate::audit::Walk::new();
    for line in &lines {
        walk.step(line.as_bytes()).unwrap();
    }
    assert_eq!(walk.size(), 2);
}
