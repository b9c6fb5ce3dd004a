//! Deciding: ask both judges, have the decision kept, and only then make a permit.
//!
//! This is the one place where a [`Permit`] is made. Nothing is read without one, so nothing is
//! read without an entry in the audit log.

use crate::{
    Agreement, Agreements, AuditKeeper, DecisionFacts, Digest, EntryBody, KeepError, Kept, Kind,
    Outcome, Policies, Question, QuestionFacts, Refusal, Terms,
    agreement::day_of,
    audit::touched,
    decision::{Made, entry_of_question, tell_terms},
    judge,
    refusal::{several, shown},
};
use chrono::{DateTime, Utc};
use model::{Clock, content::nearest};

/// Leave to read what its terms say, once the decision has been kept. It cannot be copied or made
/// elsewhere.
#[derive(Debug)]
pub struct Permit {
    id: String,
    kept: Kept,
    actor: String,
    /// What the entry of the decision says that it touches.
    told: EntryBody,
    terms: Terms,
}

/// Why there is no permit.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The agreement says no. The refusal has been kept.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The decision could not be kept, so it does not stand, whichever way it went.
    #[error("nothing can be read while the audit log cannot be written")]
    NotKept(#[source] KeepError),
}

/// Decides a question: asks both judges, keeps the decision, and makes the permit.
pub fn decide(
    keeper: &dyn AuditKeeper,
    agreements: &Agreements,
    policies: &Policies,
    question: &Question,
    clock: &dyn Clock,
) -> Result<Permit, DecideError> {
    let now = clock.now();
    let made = match agreements.on(&question.agreement, day_of(now)) {
        Some(agreement) => made(agreement, policies, question, now),
        None => no_agreement(agreements, question, now),
    };
    let told = made.entry.clone();
    let kept = keeper.keep(made.entry).map_err(DecideError::NotKept)?;
    let terms = made.judged?;
    Ok(Permit {
        told,
        id: format!("{}-{}", kept.seq, kept.hash.short()),
        kept,
        actor: question.person.username.clone(),
        terms,
    })
}

/// Asks both judges, purely. Told again from the same inputs, the answer is the same.
pub(crate) fn made(
    agreement: &Agreement,
    policies: &Policies,
    question: &Question,
    now: DateTime<Utc>,
) -> Made<Terms> {
    let facts = QuestionFacts::of(agreement, question, now);
    let weighed = policies.of(agreement).map(|slice| slice.weigh(&facts));
    let judged = judge(agreement, question, now);
    let facts = DecisionFacts::Question(Box::new(facts));
    let entry = entry_under(agreement, question, now);
    let made = Made::of(entry, judged, weighed, facts).where_allowed(|entry, terms| {
        tell_terms(entry, terms);
        entry.reason = Some(format!("to {}", terms.action().code()));
    });
    refusing(made)
}

/// The beginning of an entry of a question under an agreement. What the person typed is kept only where it is a word of
/// the agreement.
pub(crate) fn entry_under(
    agreement: &Agreement,
    question: &Question,
    now: DateTime<Utc>,
) -> EntryBody {
    let mut entry = entry_of_question(question, now);
    entry.agreement = Some(agreement.reference.clone());
    entry.agreement_version = Some(agreement.version.clone());
    entry.policy_digest = Some(agreement.digest().clone());
    entry.purpose = agreement
        .purposes
        .iter()
        .map(|p| p.code.code())
        .find(|code| *code == question.purpose)
        .map(str::to_owned);
    touched(&mut entry, agreement, question);
    entry
}

/// A refused question has a kind of its own.
pub(crate) fn refusing(mut made: Made<Terms>) -> Made<Terms> {
    if made.judged.is_err() {
        made.entry.kind = Kind::DecisionRefused;
    }
    made
}

/// Without an agreement there is no policy to ask and no fact to keep.
fn no_agreement(agreements: &Agreements, question: &Question, now: DateTime<Utc>) -> Made<Terms> {
    let refusal = unknown(agreements, question);
    let mut entry = entry_of_question(question, now);
    entry.outcome = Outcome::Refused;
    entry.reason = Some(format!("{}: {}", refusal.clause(), refusal.for_log()));
    refusing(Made {
        judged: Err(refusal),
        entry,
    })
}

fn unknown(agreements: &Agreements, question: &Question) -> Refusal {
    let references: Vec<&str> = agreements.iter().map(|a| a.reference.as_str()).collect();
    let next = match nearest(&question.agreement, references.iter().copied()) {
        Some(near) => format!("Did you mean {near}?"),
        None if references.is_empty() => "There are none yet.".to_owned(),
        None => format!("There are {}.", several(references)),
    };
    Refusal::new(
        "reference",
        format!("There is no agreement {}.", shown(&question.agreement)),
        next,
        "there is no such agreement",
    )
}

impl Permit {
    /// The id: the number of the entry that keeps the decision, and the beginning of its hash.
    /// Later entries about the same decision carry it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where the decision is kept.
    pub fn kept(&self) -> &Kept {
        &self.kept
    }

    /// What it allows.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether it allows this question at this moment.
    pub fn covers(&self, sql_digest: &Digest, now: DateTime<Utc>) -> bool {
        now < self.terms.expires() && sql_digest == self.terms.sql_digest()
    }

    /// The beginning of an entry about what was done under this permit.
    pub fn entry(&self, kind: Kind, now: DateTime<Utc>) -> EntryBody {
        let mut entry = EntryBody::new(now, kind, &self.actor, Outcome::Done);
        entry.on_behalf_of = Some(self.terms.organisation().as_str().to_owned());
        entry.agreement = Some(self.terms.agreement().to_owned());
        entry.agreement_version = Some(self.terms.version().to_owned());
        entry.purpose = Some(self.terms.purpose().to_owned());
        entry.decision_id = Some(self.id.clone());
        entry.tables.clone_from(&self.told.tables);
        entry.columns.clone_from(&self.told.columns);
        entry.areas.clone_from(&self.told.areas);
        entry.preference_snapshot = self.terms.preference_snapshot().map(str::to_owned);
        entry
    }
}
