//! Deciding: ask both judges, have the decision kept, and only then make a permit.
//!
//! This is the one place where a [`Permit`] is made. Nothing is read without one, so nothing is
//! read without an entry in the audit log.

use crate::{
    Agreement, Agreements, AuditKeeper, Digest, EntryBody, KeepError, Kept, Kind, ObjectKind,
    Outcome, Policies, Question, QuestionFacts, Refusal, Terms,
    agreement::day_of,
    audit::touched,
    judge,
    policy::{self, Weighed},
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
    let agreement = agreements.on(&question.agreement, day_of(now));
    let (judged, weighed) = match agreement {
        Some(agreement) => both(agreement, policies, question, now),
        None => (Err(unknown(agreements, question)), None),
    };

    let mut entry = EntryBody::new(
        now,
        Kind::DecisionAllowed,
        &question.person.username,
        Outcome::Allowed,
    );
    entry.on_behalf_of = Some(question.person.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Question);
    entry.object_digest = Some(question.sql_digest.clone());
    entry
        .preference_snapshot
        .clone_from(&question.preference_snapshot);
    // What the person typed is kept only where it is a word of an agreement.
    if let Some(agreement) = agreement {
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
    }
    if let Some(weighed) = weighed {
        entry.determining_policies = weighed.determined_by;
        entry.policy_set_digest = Some(weighed.policies);
        entry.facts_digest = Some(weighed.facts);
        entry.engine_version = Some(policy::engine());
    }
    match judged {
        Ok(terms) => {
            entry.row_filter_digest = Some(terms.row_filter_digest().clone());
            entry.field_mask_digest = Some(terms.field_mask_digest().clone());
            entry.terms_digest = Some(terms.digest().clone());
            entry.reason = Some(format!("to {}", terms.action().code()));
            let told = entry.clone();
            let kept = keeper.keep(entry).map_err(DecideError::NotKept)?;
            Ok(Permit {
                told,
                id: format!("{}-{}", kept.seq, kept.hash.short()),
                kept,
                actor: question.person.username.clone(),
                terms,
            })
        }
        Err(refusal) => {
            entry.kind = Kind::DecisionRefused;
            entry.outcome = Outcome::Refused;
            entry.reason = Some(format!("{}: {}", refusal.clause(), refusal.for_log()));
            keeper.keep(entry).map_err(DecideError::NotKept)?;
            Err(refusal.into())
        }
    }
}

/// Asks both judges, purely. Told again from the same inputs, the answer is the same.
fn both(
    agreement: &Agreement,
    policies: &Policies,
    question: &Question,
    now: DateTime<Utc>,
) -> (Result<Terms, Refusal>, Option<Weighed>) {
    let judged = judge(agreement, question, now);
    let facts = QuestionFacts::of(agreement, question, now);
    match policies.of(agreement) {
        Ok(slice) => {
            let weighed = slice.weigh(&facts);
            (agreed(judged, &weighed), Some(weighed))
        }
        Err(fault) => {
            let refused = judged.and(Err(Refusal::new(
                POLICY,
                format!(
                    "Agreement {} cannot be made into policies.",
                    agreement.reference
                ),
                format!("Tell whoever runs the safe haven: {fault}."),
                "no policies can be made of the agreement",
            )));
            (refused, None)
        }
    }
}

/// The clause of a refusal that no clause of the agreement gives.
const POLICY: &str = "policy";

/// One verdict of two: yes only where both say so. Where they differ, that is said and kept.
fn agreed(judged: Result<Terms, Refusal>, weighed: &Weighed) -> Result<Terms, Refusal> {
    let next = "Tell whoever runs the safe haven, with the time of this answer.";
    match (judged, weighed.allowed) {
        (Ok(terms), true) => Ok(terms),
        (Err(refusal), false) => Err(refusal),
        (Ok(_), false) => {
            let by: Vec<&str> = weighed
                .determined_by
                .iter()
                .chain(&weighed.erred)
                .map(String::as_str)
                .collect();
            let by = if by.is_empty() {
                "no policy permits this".to_owned()
            } else {
                by.join(", ")
            };
            Err(Refusal::new(
                POLICY,
                "The two judges of this question disagree, so nothing is opened.",
                next,
                format!("the judges disagree: the clauses allow it, the policies do not ({by})"),
            ))
        }
        (Err(refusal), true) => Err(Refusal::new(
            POLICY,
            format!(
                "{} The two judges of this question disagree, and nothing is opened.",
                refusal.says()
            ),
            next,
            format!(
                "the judges disagree: the policies allow it, {} does not ({})",
                refusal.clause(),
                refusal.for_log()
            ),
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{NOON, allowed, moment, read};
    use std::collections::BTreeSet;

    fn weighed(allowed: bool) -> Weighed {
        Weighed {
            allowed,
            determined_by: BTreeSet::from(["global/x".to_owned()]),
            erred: BTreeSet::new(),
            policies: Digest::none(),
            facts: Digest::none(),
        }
    }

    #[test]
    fn judges_that_disagree_open_nothing_and_say_so() {
        let agreement = read(&crate::tests::main_text()).unwrap();
        let yes = || judge(&agreement, &allowed(), moment(NOON));
        let mut outside = allowed();
        outside.purpose = "research".into();
        let no = || judge(&agreement, &outside, moment(NOON));
        assert!(agreed(yes(), &weighed(true)).is_ok());
        assert_eq!(
            agreed(no(), &weighed(false)).unwrap_err().clause(),
            "purposes"
        );
        for (refusal, names) in [
            (agreed(yes(), &weighed(false)).unwrap_err(), "global/x"),
            (agreed(no(), &weighed(true)).unwrap_err(), "purposes"),
        ] {
            assert_eq!(refusal.clause(), POLICY);
            assert!(refusal.says().contains("disagree"), "{refusal}");
            assert!(refusal.for_log().contains("disagree"), "{refusal}");
            assert!(refusal.for_log().contains(names), "{}", refusal.for_log());
        }
    }
}
