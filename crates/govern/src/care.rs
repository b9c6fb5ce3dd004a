//! Re-identification for care: who may ask for it, who may approve it, and who may open what comes of it.
//!
//! Pure rules over facts, like [`judge`](crate::judge): the state of a request is worked out from what happened, and no
//! one sets it. [`decide_opening`] is the one place where an [`OpeningPermit`] is made, after its entry has been kept;
//! nobody is led back without one. Glass that is broken in an emergency has rules of its own, in [`glass`].

pub mod finding;
pub mod glass;

use crate::{
    Agreement, Asker, AuditKeeper, DecideError, DecisionFacts, Digest, EntryBody, Kind, ObjectKind,
    OpeningFacts, Outcome, Policies, Refusal, State,
    agreement::{day_of, list_in_words},
    decision::Made,
    judge::is_trained,
};
use chrono::{DateTime, TimeDelta, Utc};
use model::{Date, OrganisationCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many people of different roles have to approve, beside whoever asks.
pub const APPROVERS: usize = 2;

/// What an agreement says about leading people back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareTerms {
    /// The agreement, with its version and the digest of its text.
    pub agreement: String,
    pub version: String,
    pub policy_digest: Digest,
    /// Whether the agreement is in force on the day in question, and the duty of confidence met for the opening.
    pub in_force: bool,
    /// The purposes, by their codes, for which people may be led back. All others may not.
    pub purposes: BTreeSet<String>,
    /// The professionals whom a list may reach on the day in question.
    pub professionals: Vec<CareProfessional>,
    /// The fields that may reach the professional, by their codes.
    pub fields: Vec<String>,
    /// For how many days a list may be read, and how many people it may have.
    pub days: u64,
    pub largest: u64,
    /// The roles of which approvers come; each approves once.
    pub approver_roles: BTreeSet<String>,
    /// Whether the agreement asks for training.
    pub training: bool,
}

/// A professional with a duty of care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareProfessional {
    /// The account, and the organisation and role in which it acts.
    pub account: String,
    pub organisation: OrganisationCode,
    pub role: String,
    /// To whom the duty of care is, and why.
    pub relationship: String,
}

impl CareTerms {
    /// What an agreement says on a day; none where it has no such clause.
    pub fn of(agreement: &Agreement, on: Date) -> Option<Self> {
        let clause = agreement.reidentification.as_ref()?;
        let answer = &clause.confidentiality;
        let approved = answer
            .approvals
            .iter()
            .any(|a| a.start <= on && on <= a.end);
        let named = clause.professionals.iter().filter(|p| p.named(on));
        Some(Self {
            agreement: agreement.reference.clone(),
            version: agreement.version.clone(),
            policy_digest: agreement.digest().clone(),
            in_force: agreement.state(on) == State::Active
                && (approved || !answer.answer.needs_approval()),
            purposes: clause
                .purposes
                .iter()
                .map(|p| p.code().to_owned())
                .collect(),
            professionals: named
                .map(|p| CareProfessional {
                    account: p.account.clone(),
                    organisation: p.organisation.clone(),
                    role: p.role.clone(),
                    relationship: p.relationship.clone(),
                })
                .collect(),
            fields: clause
                .fields
                .keys()
                .map(|f| f.as_str().to_owned())
                .collect(),
            days: u64::from(clause.days),
            largest: u64::from(clause.at_most),
            approver_roles: clause.approvers.clone(),
            training: agreement.access.training.is_some(),
        })
    }

    /// The professional of this account and organisation, if the agreement names one.
    pub fn professional(
        &self,
        account: &str,
        organisation: &OrganisationCode,
    ) -> Option<&CareProfessional> {
        self.professionals
            .iter()
            .find(|p| p.account == account && p.organisation == *organisation)
    }
}

/// A request and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CareFacts {
    /// The request, by its name. No decision rests on it, and none keeps it.
    #[serde(skip)]
    pub request: String,
    /// The agreement that it was made under, by reference and digest, and the purpose.
    pub agreement: String,
    pub policy_digest: Digest,
    pub purpose: String,
    /// The digest of the sealed set, and of all that approvers are shown.
    pub set: Digest,
    pub asked: Digest,
    /// Who asked, and whom alone the list reaches.
    pub requester: String,
    pub professional: String,
    pub organisation: OrganisationCode,
    /// The fields of the list, and for how many days.
    pub fields: Vec<String>,
    pub days: u64,
    /// Until when it waits.
    pub approve_by: DateTime<Utc>,
    /// What was said to it.
    pub said: Vec<Said>,
    /// When it was taken back, stopped, or its envelope closed.
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub closed_at: Option<DateTime<Utc>>,
}

/// What one person said to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Who, and in which role.
    pub by: String,
    pub role: String,
    /// Whether they approve; else they refuse.
    pub approves: bool,
    /// The digest of what they were shown.
    pub saw: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CareState {
    /// It waits for approvals; so many have come.
    Waiting { approvals: usize },
    /// Nobody approved in time.
    Lapsed,
    /// Somebody refused.
    Refused,
    /// Its requester took it back.
    Withdrawn,
    /// It was stopped.
    Revoked,
    /// It may be opened, until this moment.
    Approved { until: DateTime<Utc> },
    /// The professional is done with it.
    Closed,
    /// Its time is over.
    Expired,
}

impl CareState {
    /// In a word or two.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Waiting { .. } => "Waiting for approval",
            Self::Lapsed => "Not approved in time",
            Self::Refused => "Refused",
            Self::Withdrawn => "Taken back",
            Self::Revoked => "Stopped",
            Self::Approved { .. } => "Approved",
            Self::Closed => "Closed",
            Self::Expired => "Ended",
        }
    }
}

/// Where a request stands at a moment.
///
/// An approval counts when it is of what was asked, in time, by somebody who neither asked nor receives, and the only
/// one of its person and its role: whatever stands in a database, two that count are always of two people and two roles.
pub fn state(facts: &CareFacts, roles: &BTreeSet<String>, now: DateTime<Utc>) -> CareState {
    if facts.revoked_at.is_some() {
        return CareState::Revoked;
    }
    if facts.withdrawn_at.is_some() {
        return CareState::Withdrawn;
    }
    if facts.said.iter().any(|s| !s.approves) {
        return CareState::Refused;
    }
    let counted = approvals(facts, roles);
    if counted.len() < APPROVERS {
        return if now < facts.approve_by {
            CareState::Waiting {
                approvals: counted.len(),
            }
        } else {
            CareState::Lapsed
        };
    }
    if facts.closed_at.is_some() {
        return CareState::Closed;
    }
    match until(facts, &counted) {
        Some(until) if now < until => CareState::Approved { until },
        _ => CareState::Expired,
    }
}

/// Until when a list may be read that these approved, if they are enough.
pub(crate) fn until(facts: &CareFacts, counted: &[&Said]) -> Option<DateTime<Utc>> {
    let last = counted.get(APPROVERS - 1)?;
    let length = i64::try_from(facts.days)
        .ok()
        .and_then(TimeDelta::try_days)?;
    last.at.checked_add_signed(length)
}

/// The approvals that count, the earliest first.
pub(crate) fn approvals<'f>(facts: &'f CareFacts, roles: &BTreeSet<String>) -> Vec<&'f Said> {
    let mut in_order: Vec<&Said> = facts.said.iter().collect();
    in_order.sort_by(|a, b| (a.at, &a.by).cmp(&(b.at, &b.by)));
    let mut counted: Vec<&Said> = Vec::new();
    for said in in_order {
        let stands = said.approves
            && said.saw == facts.asked
            && said.at < facts.approve_by
            && said.by != facts.requester
            && said.by != facts.professional
            && roles.contains(&said.role)
            && counted
                .iter()
                .all(|c| c.by != said.by && c.role != said.role);
        if stands {
            counted.push(said);
        }
    }
    counted
}

/// Whether a request may be made: its purpose is one for which people may be led back, the professional is one whom the
/// agreement names, the fields are among those of the agreement and the list is not too long.
pub fn may_ask(terms: &CareTerms, facts: &CareFacts, people: u64) -> Result<(), Refusal> {
    let reference = &terms.agreement;
    unchanged(terms, facts)?;
    if !terms.purposes.contains(&facts.purpose) {
        return no(
            "reidentification.purposes",
            format!("Agreement {reference} lets nobody be led back for this purpose."),
            "Name a purpose for which it does, or ask under another agreement.",
            "nobody may be led back for this purpose",
        );
    }
    if terms
        .professional(&facts.professional, &facts.organisation)
        .is_none()
    {
        return no(
            "reidentification.professionals",
            format!(
                "Agreement {reference} lets no list reach this person at {}.",
                facts.organisation
            ),
            "Name one of its professionals.",
            "the professional is not named",
        );
    }
    if facts.fields.is_empty() || facts.fields.iter().any(|f| !terms.fields.contains(f)) {
        return no(
            "reidentification.fields",
            format!("Agreement {reference} does not let these fields reach a professional."),
            "Choose among the fields that it lists.",
            "a field is not listed",
        );
    }
    if facts.days == 0 || facts.days > terms.days {
        return no(
            "reidentification.days",
            format!(
                "Under agreement {reference} a list may be read for {} days at most.",
                terms.days
            ),
            "Choose fewer days.",
            "it would be readable for too long",
        );
    }
    if people == 0 {
        return no(
            "reidentification.largest",
            "Nobody is in this cohort.".to_owned(),
            "Find another.",
            "the cohort is empty",
        );
    }
    if people > terms.largest {
        return no(
            "reidentification.largest",
            format!(
                "Under agreement {reference} a list has {} people at most, and this one has more.",
                terms.largest
            ),
            "Find a smaller group: those who need it most.",
            "the cohort is too large",
        );
    }
    Ok(())
}

/// Whether somebody may say something to a request that they were shown under this digest.
pub fn may_judge(
    terms: &CareTerms,
    facts: &CareFacts,
    who: &Asker,
    saw: &Digest,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    unchanged(terms, facts)?;
    if !matches!(
        state(facts, &terms.approver_roles, now),
        CareState::Waiting { .. }
    ) {
        return no(
            "reidentification.approval",
            "This request no longer waits for approval.".to_owned(),
            "Look at where it stands.",
            "it no longer waits",
        );
    }
    if who.username == facts.requester || who.username == facts.professional {
        return no(
            "reidentification.approval",
            "You asked for this list, or would receive it, so you cannot approve or refuse it."
                .to_owned(),
            "Two other people have to.",
            "it is the approver's own request",
        );
    }
    if !terms.approver_roles.contains(&who.role) {
        return no(
            "reidentification.approver_roles",
            format!(
                "Under agreement {} approvers come of these roles: {}.",
                terms.agreement,
                list_in_words(terms.approver_roles.iter().map(String::as_str), "or")
                    .replace('_', " ")
            ),
            "Switch your role, if you hold the right one.",
            "the role is none of the approvers'",
        );
    }
    if facts.said.iter().any(|s| s.by == who.username) {
        return no(
            "reidentification.approval",
            "You have said yes or no to this request already.".to_owned(),
            "Somebody in another role has to do it as well.",
            "the same person has judged before",
        );
    }
    if facts.said.iter().any(|s| s.role == who.role) {
        return no(
            "reidentification.approval",
            "Somebody in your role has said yes or no already.".to_owned(),
            "The second word has to come from another role.",
            "the same role has judged before",
        );
    }
    if *saw != facts.asked {
        return no(
            "reidentification.approval",
            "The request is not what you were shown.".to_owned(),
            "Load the page again and read it once more.",
            "it is not what was shown",
        );
    }
    Ok(())
}

/// The agreement is in force, and the one that was asked under, word for word: what changed since was not approved.
fn unchanged(terms: &CareTerms, facts: &CareFacts) -> Result<(), Refusal> {
    if !terms.in_force {
        return no(
            "reidentification",
            format!(
                "Agreement {} is not in force, or no longer lets people be led back.",
                terms.agreement
            ),
            "Ask whoever answers for it.",
            "the agreement is not in force",
        );
    }
    if terms.agreement == facts.agreement && terms.policy_digest == facts.policy_digest {
        return Ok(());
    }
    no(
        "reidentification",
        format!(
            "Agreement {} has changed since this was asked.",
            facts.agreement
        ),
        "Ask anew, so that what is approved is what holds.",
        "the agreement has changed since",
    )
}

/// Leave to lead back the people of one sealed set, for one professional. It cannot be copied or made elsewhere.
#[derive(Debug)]
pub struct OpeningPermit {
    id: String,
    request: String,
    professional: String,
    set: Digest,
    fields: Vec<String>,
    largest: u64,
    until: DateTime<Utc>,
}

impl OpeningPermit {
    /// The id: the number of the entry that keeps the decision, and the beginning of its hash.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The request that it answers.
    pub fn request(&self) -> &str {
        &self.request
    }

    /// Whom alone the list reaches.
    pub fn professional(&self) -> &str {
        &self.professional
    }

    /// The digest of the sealed set whose people may be led back.
    pub fn set(&self) -> &Digest {
        &self.set
    }

    /// The fields that may be told of them.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// How many people at most.
    pub fn largest(&self) -> u64 {
        self.largest
    }

    /// The moment from which it no longer holds.
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }
}

/// Decides whether somebody may open a list: asks both judges, keeps the decision, and makes the permit.
pub fn decide_opening(
    keeper: &dyn AuditKeeper,
    agreement: &Agreement,
    policies: &Policies,
    asked: &OpeningFacts,
    now: DateTime<Utc>,
) -> Result<OpeningPermit, DecideError> {
    let made = made(agreement, policies, asked, now);
    let kept = keeper.keep(made.entry).map_err(DecideError::NotKept)?;
    let (until, largest) = made.judged?;
    let care = &asked.care;
    Ok(OpeningPermit {
        id: format!("{}-{}", kept.seq, kept.hash.short()),
        request: care.request.clone(),
        professional: care.professional.clone(),
        set: care.set.clone(),
        fields: care.fields.clone(),
        largest,
        until,
    })
}

/// Asks both judges, purely: until when the list may be read, and how many people it may have.
pub(crate) fn made(
    agreement: &Agreement,
    policies: &Policies,
    asked: &OpeningFacts,
    now: DateTime<Utc>,
) -> Made<(DateTime<Utc>, u64)> {
    let (who, care) = (&asked.who, &asked.care);
    let mut entry = EntryBody::new(now, Kind::EnvelopeDecided, &who.username, Outcome::Allowed);
    entry.on_behalf_of = Some(who.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Envelope);
    entry.object_digest = Some(Digest::of(&care.request));
    entry.agreement = Some(agreement.reference.clone());
    entry.agreement_version = Some(agreement.version.clone());
    entry.policy_digest = Some(agreement.digest().clone());
    entry.purpose = Some(care.purpose.clone());
    let facts = DecisionFacts::Opening(Box::new(asked.clone()));
    let Some(terms) = CareTerms::of(agreement, day_of(now)) else {
        let judged = no(
            "reidentification",
            format!("Agreement {} lets nobody be led back.", agreement.reference),
            "Ask whoever answers for it.",
            "the agreement lets nobody be led back",
        );
        let weighed = policies
            .of(agreement)
            .map(|slice| slice.nothing(facts.digest()));
        return Made::of(entry, judged, weighed, facts);
    };
    let weighed = policies
        .of(agreement)
        .map(|slice| slice.weigh_opening(agreement, &terms, asked, now));
    let judged = judge_opening(&terms, agreement, asked, now);
    Made::of(entry, judged, weighed, facts)
        .where_allowed(|entry, _| entry.terms_digest = Some(care.asked.clone()))
}

fn judge_opening(
    terms: &CareTerms,
    agreement: &Agreement,
    asked: &OpeningFacts,
    now: DateTime<Utc>,
) -> Result<(DateTime<Utc>, u64), Refusal> {
    let until = may_open(terms, &asked.care, &asked.who, &asked.set, now)?;
    if let Some(training) = &agreement.access.training {
        let (course, whose) = (&training.course, &asked.who.username);
        is_trained(&terms.agreement, course, whose, &asked.told, day_of(now))?;
    }
    asked.told.may_name_people()?;
    Ok((until, terms.largest))
}

/// Whether somebody may open a list at this moment, and until when.
pub fn may_open(
    terms: &CareTerms,
    facts: &CareFacts,
    who: &Asker,
    set: &Digest,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Refusal> {
    unchanged(terms, facts)?;
    let named = terms
        .professional(&facts.professional, &facts.organisation)
        .is_some_and(|p| p.role == who.role);
    let is_it = who.username == facts.professional && who.organisation == facts.organisation;
    if !(named && is_it) {
        return no(
            "reidentification.professional",
            "This list is for one named professional, and that is not you in this role.".to_owned(),
            "If it is you, switch to the role and organisation that the request names.",
            "it is not the named professional",
        );
    }
    if !terms.purposes.contains(&facts.purpose)
        || facts.fields.iter().any(|f| !terms.fields.contains(f))
    {
        return no(
            "reidentification",
            format!(
                "Agreement {} no longer lets this list be opened.",
                terms.agreement
            ),
            "Ask anew.",
            "purpose or fields are not those of the agreement",
        );
    }
    if *set != facts.set {
        return no(
            "reidentification.set",
            "The sealed set is not the one that was approved.".to_owned(),
            "Tell the person who runs the service: this should not happen.",
            "the sealed set is not the one that was approved",
        );
    }
    match state(facts, &terms.approver_roles, now) {
        CareState::Approved { until } => Ok(until),
        other => no(
            "reidentification.approval",
            format!(
                "This list cannot be opened: {}.",
                other.words().to_lowercase()
            ),
            "Look at where the request stands.",
            "it is not approved, or no longer",
        ),
    }
}

fn no<T>(clause: &str, says: String, next: &str, for_log: &str) -> Result<T, Refusal> {
    Err(Refusal::new(clause, says, next, for_log))
}

#[cfg(test)]
mod tests;
