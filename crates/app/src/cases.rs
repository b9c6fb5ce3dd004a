//! Re-identification for care: from control data to the facts that `govern` judges, and the steps of opening a list.
//!
//! Who may do what is in `govern::care`; what is kept in `control::cases`; what is read at the two desks. Here is what
//! joins them, for the pages and for the keeping of the house.

mod questions;

pub(crate) use questions::{
    CaseQuestions, Chosen, QuestionKind, QuestionTable, Relationship, choose, relationships,
};

use crate::{
    desks::{LedPerson, OpenNow, Person, Seal, SealedSet, subject_of},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use chrono::{DateTime, Datelike, Utc};
use control::{
    BreakGlass, CaseRequest, Cohort, Envelope, NewBreakGlass, NewCaseRequest, NewEnvelope,
};
use govern::{
    Agreement, Agreements, AuditKeeper, DecideError, Digest, EntryBody, Kind, ObjectKind,
    OpeningFacts, Outcome,
    agreement::{clauses::Identifiability, day_of},
    audit::search::moment,
    care::{
        self, CareFacts, CareState, CareTerms, OpeningPermit, Said, decide_opening,
        glass::{GlassFacts, GlassTerms},
    },
};
use link::LinkageModel;
use model::{Date, Identifying};
use std::collections::BTreeSet;

/// Why a list could not be opened, where that is for the professional to know.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpeningError {
    /// There is no such agreement any more, or it no longer lets people be led back.
    #[error("agreement {0} no longer lets anybody be led back")]
    NoClause(String),
    /// Its time is over, or it was stopped.
    #[error("the list is no longer there to be read: its key has been destroyed")]
    Gone,
    /// What stands there is not what was approved.
    #[error("the request is not what was approved: tell the person who runs the service")]
    Changed,
    /// Stopped in the moment in which it was opened.
    #[error("the request was stopped while the list was being opened")]
    Stopped,
}

/// What an agreement says about leading people back today.
pub(crate) fn terms(agreement: &Agreement, now: DateTime<Utc>) -> Option<CareTerms> {
    CareTerms::of(agreement, day_of(now))
}

/// The digest of all that approvers are shown: of the cohort and of the request, in one order.
pub(crate) fn asked_digest(cohort: &Cohort, request: &NewCaseRequest) -> Digest {
    let (days, until) = (request.days.to_string(), request.approve_by.to_rfc3339());
    let mut parts = vec![
        cohort.id.as_str(),
        &cohort.title,
        &cohort.words,
        &cohort.question,
        &cohort.set_digest,
        &cohort.size_shown,
        &cohort.data_versions,
        cohort.preference_snapshot.as_deref().unwrap_or_default(),
        &cohort.made_by,
        &request.id,
        &request.agreement,
        &request.agreement_version,
        &request.policy_digest,
        &request.purpose,
        &request.set_digest,
        &request.professional,
        request.organisation.as_str(),
        &request.relationship,
        &request.evidence,
        &request.reason,
        &request.next_action,
        &days,
        &request.requester,
        request.requester_organisation.as_str(),
        &until,
    ];
    parts.extend(request.fields.iter().map(String::as_str));
    Digest::of_parts(parts)
}

/// A request with what happened to it, as `govern` judges it.
pub(crate) fn facts(request: &CaseRequest, closed_at: Option<DateTime<Utc>>) -> Result<CareFacts> {
    let asked = &request.asked;
    let said = request.judgements.iter().map(|judgement| {
        Ok(Said {
            by: judgement.by.clone(),
            role: judgement.role.clone(),
            approves: judgement.approves,
            saw: Digest::parse(&judgement.saw_digest)?,
            at: judgement.at,
        })
    });
    Ok(CareFacts {
        request: asked.id.clone(),
        agreement: asked.agreement.clone(),
        policy_digest: Digest::parse(&asked.policy_digest)?,
        purpose: asked.purpose.clone(),
        set: Digest::parse(&asked.set_digest)?,
        asked: Digest::parse(&asked.asked_digest)?,
        requester: asked.requester.clone(),
        professional: asked.professional.clone(),
        organisation: asked.organisation.clone(),
        fields: asked.fields.clone(),
        days: asked.days,
        approve_by: asked.approve_by,
        said: said.collect::<Result<_>>()?,
        withdrawn_at: request.withdrawn_at,
        revoked_at: request.revoked.as_ref().map(|(at, ..)| *at),
        closed_at,
    })
}

/// Where a request stands now; the roles of approvers are those of the agreement as it is today.
pub(crate) fn state(
    agreements: &Agreements,
    request: &CaseRequest,
    envelope: Option<&Envelope>,
    now: DateTime<Utc>,
) -> Result<CareState> {
    let facts = facts(request, envelope.and_then(|e| e.closed_at))?;
    let roles = agreements
        .get(&request.asked.agreement)
        .and_then(|agreement| terms(agreement, now))
        .map(|terms| terms.approver_roles)
        .unwrap_or_default();
    Ok(care::state(&facts, &roles, now))
}

/// Reads the list of a request for its professional: judged and kept each time; made and sealed the first time; and each
/// time without those whom the agreement no longer opens.
pub(crate) async fn open_list(
    workspace: &Workspace,
    model: &LinkageModel,
    request: &CaseRequest,
    cohort: &Cohort,
    person: &Person,
) -> Result<(Vec<(u64, LedPerson)>, Envelope)> {
    let (now, asked) = (workspace.clock.now(), &request.asked);
    let agreements = workspace.agreements().await?;
    let no_clause = || OpeningError::NoClause(asked.agreement.clone());
    let agreement = agreements.get(&asked.agreement).ok_or_else(no_clause)?;
    let terms = terms(agreement, now).ok_or_else(no_clause)?;
    if asked_digest(cohort, asked).as_str() != asked.asked_digest {
        return Err(OpeningError::Changed.into());
    }
    let held = workspace.control.envelope(&asked.id).await?;
    let facts = facts(request, held.as_ref().and_then(|e| e.closed_at))?;
    let analysis = workspace.analysis()?;
    let set = analysis.sealed_cohort(&cohort.set_digest)?;
    let asking = OpeningFacts {
        who: person.asker(),
        care: facts,
        set: set.digest(),
        told: person.circumstances(Some(agreement), None),
    };
    let (audit, policies) = (workspace.audit.as_ref(), &workspace.policies);
    let permit = decide_opening(audit, agreement, policies, &asking, now)?;
    person
        .opens_class(workspace, Identifiability::PersonalConfidential)
        .await?;
    let open = analysis
        .open_now(
            agreement,
            &terms,
            &asked.purpose,
            person,
            &cohort.reads,
            &set,
        )
        .await?;
    let envelope = match held {
        Some(envelope) => envelope,
        None => sealed(workspace, model, request, &set, &open, &permit).await?,
    };
    let people = workspace
        .envelopes()
        .open(&Seal {
            seal: envelope.sealed.seal.clone(),
            content_digest: envelope.sealed.content_digest.clone(),
        })?
        .ok_or(OpeningError::Gone)?;
    let shown: Vec<(u64, LedPerson)> = (1..)
        .zip(people)
        .filter(|(_, person)| open.people.contains(&person.pseudonym))
        .collect();
    // The entry first, then the note, and only then the list.
    let mut entry = EntryBody::new(now, Kind::EnvelopeOpened, &person.username, Outcome::Done);
    entry.on_behalf_of = Some(person.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Envelope);
    entry.object_digest = Some(Digest::of(&asked.id));
    entry.agreement = Some(asked.agreement.clone());
    entry.agreement_version = Some(asked.agreement_version.clone());
    entry.purpose = Some(asked.purpose.clone());
    entry.decision_id = Some(permit.id().to_owned());
    entry.preference_snapshot = open.preference_snapshot;
    entry.rows = Some(shown.len() as u64);
    entry.reason = Some("a list of people was read by its professional".to_owned());
    workspace.audit.keep(entry)?;
    let led: BTreeSet<String> = shown.iter().map(|(_, p)| p.pseudonym.clone()).collect();
    let numbers = workspace
        .identified()?
        .lead_back(&set, &led, &permit)
        .await?;
    let why = format!(
        "a list of people for their care, under agreement {} for {}: {}",
        asked.agreement,
        asked.purpose.replace('_', " "),
        asked.reason
    );
    for number in numbers.values() {
        keep_about(workspace, number, person, &why)?;
    }
    let read = workspace
        .control
        .read_envelope(&asked.id, &person.username, shown.len() as u64, now)
        .await?;
    read.ok_or(OpeningError::Gone)?;
    Ok((shown, envelope))
}

/// Keeps beside the log, under the key of the person, that somebody was led back to them, and why: before it is done.
pub(crate) fn keep_about(
    workspace: &Workspace,
    number: &Identifying<String>,
    who: &Person,
    why: &str,
) -> Result<()> {
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::DetailKept, &who.username, Outcome::Done);
    entry.on_behalf_of = Some(who.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Subject);
    let says = format!(
        "On {}, {} ({}, for {}) was led back to you in {why}.",
        moment(now),
        who.username,
        who.role.replace('_', " "),
        who.organisation
    );
    let subject = subject_of(number);
    workspace
        .subjects()?
        .keep_about(&workspace.audit, entry, &subject, &says)?;
    Ok(())
}

/// Leads people back and seals their list, once; whoever comes second finds the first one's.
async fn sealed(
    workspace: &Workspace,
    model: &LinkageModel,
    request: &CaseRequest,
    set: &SealedSet,
    open: &OpenNow,
    permit: &OpeningPermit,
) -> Result<Envelope> {
    let (asked, envelopes) = (&request.asked, workspace.envelopes());
    let every = relationships(&workspace.content, asked.organisation.as_str())?;
    let relationship = every
        .iter()
        .find(|r| r.code == asked.relationship)
        .context("the relationship of this request is no longer among those of its organisation")?;
    let identified = workspace.identified()?;
    let led = identified
        .lead_back_for_care(set, &open.people, relationship, model, permit)
        .await?;
    let seal = envelopes.seal(&led.people)?;
    let new = NewEnvelope {
        request: asked.id.clone(),
        seal: seal.seal.clone(),
        content_digest: seal.content_digest,
        sealed_at: workspace.clock.now(),
        ends_at: permit.until(),
        rows: led.people.len() as u64,
        not_open_now: open.not_open,
        no_relationship: led.no_relationship,
        not_found: led.not_found,
        preference_snapshot: open.preference_snapshot.clone(),
        decision_id: permit.id().to_owned(),
    };
    if !workspace.control.seal_envelope(&new).await? {
        // Somebody was quicker, or it was stopped: this one is nobody's.
        envelopes.destroy(&seal.seal)?;
    }
    let kept = workspace.control.envelope(&asked.id).await?;
    Ok(kept.ok_or(OpeningError::Stopped)?)
}

/// Tells the analysis zone what came of a contact. Told twice, it is told once.
pub(crate) async fn tell_outcome(
    workspace: &Workspace,
    request: &NewCaseRequest,
    envelope: &Envelope,
    (line, turn): (u64, u64),
    outcome: &str,
) -> Result<()> {
    let seal = Seal {
        seal: envelope.sealed.seal.clone(),
        content_digest: envelope.sealed.content_digest.clone(),
    };
    let people = workspace
        .envelopes()
        .open(&seal)?
        .ok_or(OpeningError::Gone)?;
    let place = usize::try_from(line)
        .ok()
        .and_then(|line| line.checked_sub(1));
    let person = place
        .and_then(|place| people.get(place))
        .context("the list has no such line")?;
    let today = day_of(workspace.clock.now());
    let month = Date::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today);
    workspace
        .analysis()?
        .tell_outcome(
            &format!("{}/{line}/{turn}", request.id),
            &person.pseudonym,
            &request.agreement,
            &request.cohort,
            outcome,
            month,
        )
        .await
}

/// Destroys the keys of envelopes that have ended, and what killed processes left.
pub(crate) async fn sweep(workspace: &Workspace) -> Result<()> {
    let now = workspace.clock.now();
    let envelopes = workspace.envelopes();
    for (request, seal) in workspace.control.ended_envelopes(now).await? {
        envelopes.destroy(&seal)?;
        let mut entry = EntryBody::new(now, Kind::EnvelopeClosed, "house", Outcome::Done);
        entry.object_kind = Some(ObjectKind::Envelope);
        entry.object_digest = Some(Digest::of(&request));
        entry.reason = Some("the list has ended and its key was destroyed".to_owned());
        workspace.audit.keep(entry)?;
        workspace.control.envelope_destroyed(&request, now).await?;
    }
    let known: BTreeSet<String> = workspace.control.seals().await?.into_iter().collect();
    envelopes.tidy(&known)
}

/// The rules of this safe haven about emergencies, from its settings.
pub(crate) fn glass_terms(workspace: &Workspace) -> GlassTerms {
    let config = &workspace.config.cases;
    GlassTerms {
        professional_role: config.emergency_role.clone(),
        approver_roles: config.emergency_approvers.iter().cloned().collect(),
    }
}

/// The digest of all that the second person is shown of an emergency.
pub(crate) fn glass_digest(new: &NewBreakGlass) -> Digest {
    let (minutes, until) = (new.minutes.to_string(), new.approve_by.to_rfc3339());
    Digest::of_parts([
        new.id.as_str(),
        &new.person_token,
        &new.emergency,
        &new.professional,
        new.organisation.as_str(),
        &minutes,
        &until,
    ])
}

/// An emergency with what happened to it, as `govern` judges it.
pub(crate) fn glass_facts(glass: &BreakGlass) -> Result<GlassFacts> {
    let agreed = glass.judgement.as_ref().filter(|j| j.approves);
    Ok(GlassFacts {
        request: glass.asked.id.clone(),
        person: glass.asked.person_token.clone(),
        asked: Digest::parse(&glass.asked.asked_digest)?,
        professional: glass.asked.professional.clone(),
        organisation: glass.asked.organisation.clone(),
        approve_by: glass.asked.approve_by,
        judged: glass.judgement.is_some(),
        agreed: agreed
            .zip(glass.ends_at())
            .map(|(j, ends)| (j.by.clone(), j.role.clone(), ends)),
    })
}

/// The refusal in a fault, if a clause refused.
pub(crate) fn refusal(fault: &anyhow::Error) -> Option<&govern::Refusal> {
    match fault.downcast_ref::<DecideError>() {
        Some(DecideError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}
