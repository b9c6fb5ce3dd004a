//! The facts of opening a list of people, and of breaking glass: what is kept of such a decision, and what the policies
//! read of it. No fact is about a person whose records they are.

use super::{
    facts::{Circumstances, count},
    set::{number, word, words, yes},
    text::day_number,
};
use crate::{
    Agreement, Asker, Digest,
    agreement::{
        clauses::Identifiability::{self, PersonalConfidential},
        day_of,
    },
    care::{
        self, APPROVERS, CareFacts, CareTerms,
        glass::{GlassFacts, GlassTerms},
    },
};
use cedar_policy::RestrictedExpression;
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The attributes of a request as the schema names them.
pub(super) type Attributes = Vec<(String, RestrictedExpression)>;

/// Somebody would read a list of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningFacts {
    /// Who would read it, as their session knows them.
    pub who: Asker,
    /// What was asked, and what was said to it.
    pub care: CareFacts,
    /// The digest of the sealed set as it lies there now.
    pub set: Digest,
    /// What is known beside it.
    pub told: Circumstances,
}

/// Somebody would read one person's records in an emergency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrgencyFacts {
    /// Who would read them, as their session knows them.
    pub who: Asker,
    /// The rules of the house.
    pub terms: GlassTerms,
    /// What was asked, and what was said to it.
    pub glass: GlassFacts,
    /// What is known beside it.
    pub told: Circumstances,
}

impl OpeningFacts {
    /// The digest of their one written form.
    pub fn digest(&self) -> Digest {
        // A structure of plain values always has a written form.
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }

    /// What the policies read of them under an agreement at a moment.
    pub(super) fn context(
        &self,
        agreement: &Agreement,
        terms: &CareTerms,
        now: DateTime<Utc>,
    ) -> Attributes {
        let (today, care) = (day_of(now), &self.care);
        let counted = care::approvals(care, &terms.approver_roles);
        let accounts: BTreeSet<&str> = counted.iter().map(|s| s.by.as_str()).collect();
        let roles: BTreeSet<&str> = counted.iter().map(|s| s.role.as_str()).collect();
        let own = [&care.requester, &care.professional, &self.who.username];
        let stops = [care.withdrawn_at, care.revoked_at, care.closed_at];
        let refused = care.said.iter().any(|s| !s.approves);
        [
            ("agreement", word(&care.agreement)),
            ("version", word(&terms.version)),
            ("terms", word(terms.policy_digest.as_str())),
            ("asked_under", word(care.policy_digest.as_str())),
            ("purpose", word(&care.purpose)),
            ("organisation", word(self.who.organisation.as_str())),
            ("role", word(&self.who.role)),
            ("day", number(day_number(today))),
            ("first_day", number(day_number(agreement.term.start))),
            ("last_day", number(day_number(agreement.ends()))),
            ("active", yes(terms.in_force)),
            (
                "is_professional",
                yes(is(&self.who, &care.professional, &care.organisation)),
            ),
            ("fields", words(care.fields.iter().map(String::as_str))),
            ("days", number(i64::try_from(care.days).unwrap_or(i64::MAX))),
            ("set_unchanged", yes(self.set == care.set)),
            ("stopped", yes(refused || stops.iter().any(Option::is_some))),
            (
                "in_time",
                yes(care::until(care, &counted).is_some_and(|until| now < until)),
            ),
            ("training_needed", yes(terms.training)),
            ("training_in_date", yes(self.told.is_trained_on(today))),
            ("classes", classes(&self.told)),
            ("approvers_needed", number(needed(APPROVERS))),
            ("approvers", number(count(accounts.len()).into())),
            ("approver_roles", number(count(roles.len()).into())),
            ("approved_in", words(roles.into_iter())),
            (
                "approver_is_asker",
                yes(own.iter().any(|name| accounts.contains(name.as_str()))),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

impl UrgencyFacts {
    /// The digest of their one written form.
    pub fn digest(&self) -> Digest {
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }

    /// What the policies read of them at a moment.
    pub(super) fn context(&self, now: DateTime<Utc>) -> Attributes {
        let (terms, glass) = (&self.terms, &self.glass);
        let agreed = glass.agreed.as_ref();
        let approvers = count(agreed.iter().count()).into();
        [
            ("role", word(&self.who.role)),
            ("professional_role", word(&terms.professional_role)),
            (
                "is_professional",
                yes(is(&self.who, &glass.professional, &glass.organisation)),
            ),
            (
                "in_time",
                yes(agreed.is_some_and(|(_, _, until)| now < *until)),
            ),
            (
                "approver_may",
                yes(agreed.is_some_and(|(_, role, _)| terms.approver_roles.contains(role))),
            ),
            ("classes", classes(&self.told)),
            ("approvers_needed", number(1)),
            ("approvers", number(approvers)),
            ("approver_roles", number(approvers)),
            (
                "approver_is_asker",
                yes(agreed.is_some_and(|(by, _, _)| *by == glass.professional)),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

fn is(who: &Asker, professional: &str, organisation: &OrganisationCode) -> bool {
    who.username == professional && who.organisation == *organisation
}

fn needed(people: usize) -> i64 {
    i64::from(count(people))
}

/// The classes that the session has opened, and the one that is opened now.
fn classes(told: &Circumstances) -> RestrictedExpression {
    let mut all: BTreeSet<Identifiability> = told.classes_open.clone();
    all.insert(PersonalConfidential);
    words(all.into_iter().map(Identifiability::code))
}
