//! What every decision has in common: both judges are asked, the facts are kept, and one can be judged again from what
//! was kept. Not here: what is asked of the clauses, and the permits.

use crate::{
    Agreement, Digest, Entry, EntryBody, Kind, ObjectKind, Outcome, Policies, QuestionFacts,
    Refusal, Terms, Weighed,
    agreement::day_of,
    audit::fit_for_log,
    care::{self, CareTerms, finding, glass},
    decide,
    leaving::{self, LeavingFacts},
    policy::{self, OpeningFacts, PolicyError, UrgencyFacts},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest facts that an entry keeps, in bytes of their written form: a leaf of the log has a bound.
const LONGEST_FACTS: usize = 24_000;

/// The clause of a refusal that no clause of the agreement gives.
pub(crate) const POLICY: &str = "policy";

/// The facts from which a decision was made, as its entry keeps them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionFacts {
    /// Of a question.
    Question(Box<QuestionFacts>),
    /// Of a question that finds people for their care.
    Finding(Box<QuestionFacts>),
    /// Of a list of people that its professional would read.
    Opening(Box<OpeningFacts>),
    /// Of one person's records in an emergency.
    Urgency(Box<UrgencyFacts>),
    /// Of something that was released and would leave as a file.
    Leaving(Box<LeavingFacts>),
}

impl DecisionFacts {
    /// The digest that the entry has of them.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Question(facts) | Self::Finding(facts) => facts.digest(),
            Self::Opening(facts) => facts.digest(),
            Self::Urgency(facts) => facts.digest(),
            Self::Leaving(facts) => facts.digest(),
        }
    }
}

/// A decision before anything is kept of it: what came of it, and the entry that says so.
#[derive(Debug)]
pub(crate) struct Made<T> {
    pub(crate) judged: Result<T, Refusal>,
    pub(crate) entry: EntryBody,
}

impl<T> Made<T> {
    /// Puts both verdicts together, and all that they were made from into the entry.
    pub(crate) fn of(
        mut entry: EntryBody,
        judged: Result<T, Refusal>,
        weighed: Result<Weighed, PolicyError>,
        facts: DecisionFacts,
    ) -> Self {
        let judged = match &weighed {
            Ok(weighed) => agreed(judged, weighed),
            Err(fault) => judged.and_then(|_| Err(no_policies(fault))),
        };
        entry.facts_digest = Some(facts.digest());
        let long = serde_json::to_vec(&facts).map_or(usize::MAX, |form| form.len());
        entry.facts = (long <= LONGEST_FACTS).then_some(facts);
        if let Ok(weighed) = weighed {
            entry.determining_policies = weighed.determined_by;
            entry.policy_set_digest = Some(weighed.policies);
            entry.engine_version = Some(policy::engine());
        }
        if let Err(refusal) = &judged {
            entry.outcome = Outcome::Refused;
            entry.reason = Some(format!("{}: {}", refusal.clause(), refusal.for_log()));
        }
        Self { judged, entry }
    }

    /// Says more of it where it was allowed.
    pub(crate) fn where_allowed(mut self, tell: impl FnOnce(&mut EntryBody, &T)) -> Self {
        if let Ok(allowed) = &self.judged {
            tell(&mut self.entry, allowed);
        }
        self
    }
}

/// Tells the entry of a question what it would open.
pub(crate) fn tell_terms(entry: &mut EntryBody, terms: &Terms) {
    entry.row_filter_digest = Some(terms.row_filter_digest().clone());
    entry.field_mask_digest = Some(terms.field_mask_digest().clone());
    entry.terms_digest = Some(terms.digest().clone());
}

/// The beginning of the entry of a question.
pub(crate) fn entry_of_question(question: &crate::Question, now: DateTime<Utc>) -> EntryBody {
    let actor = &question.person.username;
    let mut entry = EntryBody::new(now, Kind::DecisionAllowed, actor, Outcome::Allowed);
    entry.on_behalf_of = Some(question.person.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Question);
    entry.object_digest = Some(question.sql_digest.clone());
    entry
        .preference_snapshot
        .clone_from(&question.preference_snapshot);
    entry
}

fn no_policies(fault: &PolicyError) -> Refusal {
    Refusal::new(
        POLICY,
        "No policies can be made of this agreement.",
        format!("Tell whoever runs the safe haven: {fault}."),
        "no policies can be made of the agreement",
    )
}

/// One verdict of two: yes only where both say so. Where they differ, that is said and kept.
fn agreed<T>(judged: Result<T, Refusal>, weighed: &Weighed) -> Result<T, Refusal> {
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
                "The two judges of this disagree, so nothing is opened.",
                next,
                format!("the judges disagree: the clauses allow it, the policies do not ({by})"),
            ))
        }
        (Err(refusal), true) => Err(Refusal::new(
            POLICY,
            format!(
                "{} The two judges of this disagree, and nothing is opened.",
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

/// What came of judging a kept decision again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// How it ended then.
    pub then: Verdict,
    /// How it ends now.
    pub now: Verdict,
    /// What the judges are, where they are no longer what they were then.
    pub judged_by_others: Vec<&'static str>,
}

/// How a decision ended: what was said, by which policies, and what was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub outcome: Outcome,
    pub reason: Option<String>,
    pub determining_policies: BTreeSet<String>,
    pub row_filter: Option<Digest>,
    pub field_mask: Option<Digest>,
    pub terms: Option<Digest>,
}

impl Replayed {
    /// Whether the same comes out.
    pub fn is_same(&self) -> bool {
        self.then == self.now
    }
}

/// Why a decision cannot be judged again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// It is no decision, or one from before facts were kept, or its facts were too long.
    #[error("entry {0} keeps no facts of a decision, so there is nothing to judge again")]
    NoFacts(u64),
    /// The version of the agreement is not there.
    #[error("the version of agreement {0} that was in force then is not here")]
    NoAgreement(String),
    /// The facts do not have the digest that the entry gives.
    #[error("the facts of entry {0} are not those of which it has the digest")]
    Altered(u64),
}

/// Judges the decision of an entry again, by the facts that it keeps. `agreement` is the version under which it was made,
/// as it stood at that moment.
pub fn replay(
    entry: &Entry,
    agreement: Option<&Agreement>,
    policies: &Policies,
) -> Result<Replayed, ReplayError> {
    let (seq, kept) = (entry.seq, &entry.body);
    let facts = kept.facts.as_ref().ok_or(ReplayError::NoFacts(seq))?;
    if kept.facts_digest.as_ref() != Some(&facts.digest()) {
        return Err(ReplayError::Altered(seq));
    }
    let under = || {
        let named = kept.agreement.clone().unwrap_or_default();
        let same = |a: &&Agreement| Some(a.digest()) == kept.policy_digest.as_ref();
        // Restrictions that stood then are among the lists that it kept; those of now are not asked about.
        agreement
            .filter(same)
            .map(|known| known.known_in(kept.preference_snapshot.as_deref()))
            .ok_or(ReplayError::NoAgreement(named))
    };
    let question = |facts: &QuestionFacts| {
        let text = kept.object_digest.clone().unwrap_or_else(Digest::none);
        facts
            .question(text, kept.preference_snapshot.clone())
            .ok_or(ReplayError::Altered(seq))
    };
    let again = match facts {
        DecisionFacts::Question(facts) => {
            decide::made(&under()?, policies, &question(facts)?, kept.time).entry
        }
        DecisionFacts::Finding(facts) => {
            let agreement = under()?;
            let care = CareTerms::of(&agreement, day_of(kept.time));
            let care = care.ok_or(ReplayError::Altered(seq))?;
            finding::made(&agreement, &care, policies, &question(facts)?, kept.time).entry
        }
        DecisionFacts::Opening(facts) => care::made(&under()?, policies, facts, kept.time).entry,
        DecisionFacts::Urgency(facts) => glass::made(policies, facts, kept.time).entry,
        DecisionFacts::Leaving(facts) => {
            let mut again = leaving::made(&under()?, policies, facts, kept.time).entry;
            // What it was called is no part of the decision.
            if again.outcome == kept.outcome && kept.outcome == Outcome::Done {
                again.reason.clone_from(&kept.reason);
            }
            again
        }
    };
    let mut others = Vec::new();
    if again.facts_digest != kept.facts_digest {
        others.push("the facts that are worked out");
    }
    if again.policy_set_digest != kept.policy_set_digest {
        others.push("the policies");
    }
    if again.engine_version != kept.engine_version {
        others.push("the engine that evaluates them");
    }
    Ok(Replayed {
        then: verdict(kept),
        now: verdict(&again),
        judged_by_others: others,
    })
}

fn verdict(entry: &EntryBody) -> Verdict {
    Verdict {
        outcome: entry.outcome,
        reason: entry.reason.as_deref().map(fit_for_log),
        determining_policies: entry.determining_policies.clone(),
        row_filter: entry.row_filter_digest.clone(),
        field_mask: entry.field_mask_digest.clone(),
        terms: entry.terms_digest.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge,
        tests::{NOON, allowed, moment, read},
    };

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
