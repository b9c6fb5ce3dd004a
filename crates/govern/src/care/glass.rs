//! Break-glass: one person's records for one professional in an emergency, for so many minutes, with the word of a
//! second person. [`decide_glass`] is the one place where a [`GlassPermit`] is made.

use super::no;
use crate::{
    Asker, AuditKeeper, DecideError, DecisionFacts, Digest, EntryBody, Kind, ObjectKind, Outcome,
    Policies, Refusal, UrgencyFacts, decision::Made,
};
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The rules of this safe haven about emergencies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassTerms {
    /// The role in which somebody may ask.
    pub professional_role: String,
    /// The roles of which the second person comes.
    pub approver_roles: BTreeSet<String>,
}

/// What was asked, and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassFacts {
    /// The request, by its name. No decision rests on it, and none keeps it.
    #[serde(skip)]
    pub request: String,
    /// The person, by a keyed token. No decision rests on it, and none keeps it.
    #[serde(skip)]
    pub person: String,
    /// The digest of all that the second person is shown.
    pub asked: Digest,
    /// Who asked and alone may look.
    pub professional: String,
    pub organisation: OrganisationCode,
    /// Until when it waits, and whether the second person has said anything.
    pub approve_by: DateTime<Utc>,
    pub judged: bool,
    /// Who agreed, in which role, and until when it may be read.
    pub agreed: Option<(String, String, DateTime<Utc>)>,
}

/// Whether somebody may say yes or no.
pub fn may_judge(
    terms: &GlassTerms,
    facts: &GlassFacts,
    who: &Asker,
    saw: &Digest,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if who.username == facts.professional {
        return no(
            "break_glass.approval",
            "You asked for this, so you cannot approve it.".to_owned(),
            "A second person has to.",
            "it is the approver's own request",
        );
    }
    if !terms.approver_roles.contains(&who.role) {
        return no(
            "break_glass.approver_roles",
            "Your role is none of those that may agree to this.".to_owned(),
            "Switch your role, if you hold the right one.",
            "the role is none of the approvers'",
        );
    }
    if facts.judged || now >= facts.approve_by {
        return no(
            "break_glass.approval",
            "This request no longer waits.".to_owned(),
            "Where the emergency goes on, it can be asked anew.",
            "it no longer waits",
        );
    }
    if *saw != facts.asked {
        return no(
            "break_glass.approval",
            "The request is not what you were shown.".to_owned(),
            "Load the page again and read it once more.",
            "it is not what was shown",
        );
    }
    Ok(())
}

/// Leave to read one person's records now. It cannot be copied or made elsewhere.
#[derive(Debug)]
pub struct GlassPermit {
    id: String,
    person: String,
    until: DateTime<Utc>,
}

impl GlassPermit {
    /// The id: the number of the entry that keeps the decision, and the beginning of its hash.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The person, by a keyed token.
    pub fn person(&self) -> &str {
        &self.person
    }

    /// The moment from which it no longer holds.
    pub fn until(&self) -> DateTime<Utc> {
        self.until
    }
}

/// Decides whether somebody may look: asks both judges, keeps the decision, and makes the permit.
pub fn decide_glass(
    keeper: &dyn AuditKeeper,
    policies: &Policies,
    asked: &UrgencyFacts,
    now: DateTime<Utc>,
) -> Result<GlassPermit, DecideError> {
    let made = made(policies, asked, now);
    let kept = keeper.keep(made.entry).map_err(DecideError::NotKept)?;
    Ok(GlassPermit {
        until: made.judged?,
        id: format!("{}-{}", kept.seq, kept.hash.short()),
        person: asked.glass.person.clone(),
    })
}

/// Asks both judges, purely.
pub(crate) fn made(
    policies: &Policies,
    asked: &UrgencyFacts,
    now: DateTime<Utc>,
) -> Made<DateTime<Utc>> {
    let who = &asked.who;
    let mut entry = EntryBody::new(now, Kind::GlassOpened, &who.username, Outcome::Allowed);
    entry.on_behalf_of = Some(who.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Emergency);
    entry.object_digest = Some(Digest::of(&asked.glass.request));
    let judged = may_look(&asked.terms, &asked.glass, who, now)
        .and_then(|until| asked.told.may_name_people().map(|()| until));
    let weighed = Ok(policies.emergency().weigh_emergency(asked, now));
    let facts = DecisionFacts::Urgency(Box::new(asked.clone()));
    Made::of(entry, judged, weighed, facts).where_allowed(|entry, _| entry.rows = Some(1))
}

/// Whether somebody may look at this moment, and until when.
pub fn may_look(
    terms: &GlassTerms,
    facts: &GlassFacts,
    who: &Asker,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Refusal> {
    let named = who.username == facts.professional
        && who.organisation == facts.organisation
        && who.role == terms.professional_role;
    if !named {
        return no(
            "break_glass.professional",
            "This is open to one named professional, and that is not you in this role.".to_owned(),
            "If it is you, switch to the role and organisation that the request names.",
            "it is not the named professional",
        );
    }
    let agreed = facts
        .agreed
        .as_ref()
        .filter(|(by, role, _)| *by != facts.professional && terms.approver_roles.contains(role));
    match agreed {
        Some((_, _, until)) if now < *until => Ok(*until),
        Some(_) => no(
            "break_glass.time",
            "The time for this is over.".to_owned(),
            "Where the emergency goes on, ask anew.",
            "its time is over",
        ),
        None => no(
            "break_glass.approval",
            "No second person has agreed to this.".to_owned(),
            "Ask a Caldicott Guardian or an information asset owner.",
            "no second person has agreed",
        ),
    }
}
