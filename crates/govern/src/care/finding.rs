//! Finding people for their care on data that point at nobody: what may be counted and sealed, without a row being seen.
//!
//! Those whom the agreement names may find, and so may the professionals of its clause on re-identification: they find
//! through the eyes of those who may ask, and are told a protected number. [`decide_finding`] is the one place where a
//! [`FindingPermit`] is made.

use super::{CareTerms, no};
use crate::{
    Agreement, AuditKeeper, DecideError, DecisionFacts, EntryBody, Kind, ObjectKind, Outcome,
    Policies, Question, QuestionFacts, Refusal, Terms,
    agreement::day_of,
    decide::{entry_under, refusing},
    decision::{Made, tell_terms},
    judge,
};
use chrono::{DateTime, Utc};

/// Leave to count and seal what a question finds. Nothing of it may be shown.
#[derive(Debug)]
pub struct FindingPermit {
    id: String,
    actor: String,
    terms: Terms,
}

impl FindingPermit {
    /// The id: the number of the entry that keeps the decision, and the beginning of its hash.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What may be looked through, and the rules for what is told.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The beginning of an entry about what was done under this permit.
    pub fn entry(&self, kind: Kind, now: DateTime<Utc>) -> EntryBody {
        let mut entry = EntryBody::new(now, kind, &self.actor, Outcome::Done);
        entry.on_behalf_of = Some(self.terms.organisation().as_str().to_owned());
        entry.object_kind = Some(ObjectKind::Cohort);
        entry.agreement = Some(self.terms.agreement().to_owned());
        entry.agreement_version = Some(self.terms.version().to_owned());
        entry.purpose = Some(self.terms.purpose().to_owned());
        entry.decision_id = Some(self.id.clone());
        entry.preference_snapshot = self.terms.preference_snapshot().map(str::to_owned);
        entry
    }
}

/// Decides whether a question may be used to find people for their care: asks both judges, keeps the decision, makes the
/// permit.
pub fn decide_finding(
    keeper: &dyn AuditKeeper,
    agreement: &Agreement,
    care: &CareTerms,
    policies: &Policies,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<FindingPermit, DecideError> {
    let made = made(agreement, care, policies, question, now);
    let kept = keeper.keep(made.entry).map_err(DecideError::NotKept)?;
    Ok(FindingPermit {
        terms: made.judged?,
        id: format!("{}-{}", kept.seq, kept.hash.short()),
        actor: question.person.username.clone(),
    })
}

/// Asks both judges, purely.
pub(crate) fn made(
    agreement: &Agreement,
    care: &CareTerms,
    policies: &Policies,
    question: &Question,
    now: DateTime<Utc>,
) -> Made<Terms> {
    let facts = QuestionFacts::of(agreement, question, now);
    let weighed = policies.of(agreement).map(|slice| slice.weigh(&facts));
    let judged = judge_finding(agreement, care, question, now);
    let facts = DecisionFacts::Finding(Box::new(facts));
    let entry = entry_under(agreement, question, now);
    refusing(
        Made::of(entry, judged, weighed, facts).where_allowed(|entry, terms| {
            tell_terms(entry, terms);
            entry.reason = Some("to find people for their care, unseen".to_owned());
        }),
    )
}

/// Whether a question may be used so. All clauses are asked as they are of those who may ask.
fn judge_finding(
    agreement: &Agreement,
    care: &CareTerms,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Terms, Refusal> {
    if !care.purposes.contains(&question.purpose) {
        return no(
            "reidentification.purposes",
            format!(
                "Agreement {} lets nobody be found for this purpose.",
                agreement.reference
            ),
            "Name a purpose for which it does.",
            "nobody may be found for this purpose",
        );
    }
    let person = &question.person;
    let is_professional = care
        .professional(&person.username, &person.organisation)
        .is_some_and(|p| p.role == person.role);
    if !is_professional {
        return judge(agreement, question, now);
    }
    let today = day_of(now);
    let access = &agreement.access;
    let eyes = access.users.iter().find(|u| {
        let known = access.person(&u.account, &u.organisation, today).is_some();
        known && u.named(today) && access.organisations.contains(&u.organisation)
    });
    let role = agreement.access.roles.first();
    let (Some(eyes), Some(role)) = (eyes, role) else {
        return no(
            "access.users",
            format!(
                "Agreement {} names nobody who may ask today.",
                agreement.reference
            ),
            "Ask whoever answers for it.",
            "nobody may ask today",
        );
    };
    let mut through = question.clone();
    through.person.username.clone_from(&eyes.account);
    through.person.organisation = eyes.organisation.clone();
    through.person.role.clone_from(role);
    judge(agreement, &through, now)
}
