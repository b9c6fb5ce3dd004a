//! Recalling a release: it is withdrawn for good, and everybody who had it is told. Who had it is what the audit log
//! says.

use super::incidents::{IncidentFault, Line, fit};
use crate::workspace::Workspace;
use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{
    AgreementActor, IncidentFact, IncidentLineKind, IncidentRefusal, NewWithdrawal, Notice,
    ReleaseRecord, ReleaseState, SuspendedKind, Withdrawn,
};
use govern::{AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Why a release is not withdrawn, in words for whoever asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecallFault {
    /// No such release.
    #[error("there is no release `{0}`")]
    Nothing(String),
    /// It cannot leave any more.
    #[error("a checker sent it back, so it has not left and cannot")]
    SentBack,
    /// The role is not one that does this.
    #[error("the role {role} does not withdraw releases; {may} does")]
    Role { role: String, may: String },
    /// The words, or the incident that is named.
    #[error(transparent)]
    Incident(#[from] IncidentFault),
}

/// Somebody who had a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Had {
    pub(crate) username: String,
    /// The organisations for which they acted.
    pub(crate) organisations: BTreeSet<String>,
    pub(crate) first: DateTime<Utc>,
    pub(crate) last: DateTime<Utc>,
    /// How: made, read as a page, taken as a file of some kind.
    pub(crate) how: BTreeSet<String>,
}

/// What a recall came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recall {
    /// Whether it had been withdrawn before.
    pub(crate) already: bool,
    /// Whom a notice reached.
    pub(crate) told: Vec<String>,
    /// Who had it and has no account here any more: they are told by other means.
    pub(crate) out_of_reach: Vec<String>,
}

impl Workspace {
    /// Everybody who had a release, by name, as the audit log has it.
    pub(crate) async fn who_had(&self, release: &str) -> Result<Vec<Had>> {
        let audit = Arc::clone(&self.audit);
        let release = release.to_owned();
        tokio::task::spawn_blocking(move || {
            let mut all: BTreeMap<String, Had> = BTreeMap::new();
            audit.each(|entry| {
                let body = &entry.body;
                let Some(how) = how_they_had_it(body, &release) else {
                    return;
                };
                let had = all.entry(body.actor.clone()).or_insert_with(|| Had {
                    username: body.actor.clone(),
                    organisations: BTreeSet::new(),
                    first: body.time,
                    last: body.time,
                    how: BTreeSet::new(),
                });
                had.organisations.extend(body.on_behalf_of.clone());
                had.last = had.last.max(body.time);
                had.how.insert(how);
            })?;
            Ok(all.into_values().collect())
        })
        .await?
    }

    /// Withdraws a release, and tells everybody who had it. Done twice, it is done once.
    pub(crate) async fn recall(
        &self,
        who: &AgreementActor,
        release: &str,
        reason: &str,
        incident: Option<u64>,
    ) -> Result<Result<Recall, RecallFault>> {
        let rules = self.incident_rules()?;
        if !rules.recall.contains(&who.role) {
            return Ok(Err(RecallFault::Role {
                role: who.role.clone(),
                may: rules.recall.join(" or "),
            }));
        }
        if let Err(fault) = fit("the reason", reason, LONGEST) {
            return Ok(Err(fault.into()));
        }
        let Some(record) = self.control.any_release(release).await? else {
            let named = release.chars().filter(|c| !c.is_control()).take(60);
            return Ok(Err(RecallFault::Nothing(named.collect())));
        };
        if record.state == ReleaseState::Returned {
            return Ok(Err(RecallFault::SentBack));
        }
        if let Some(number) = incident {
            let refusal = match self.incident(number).await? {
                None => Some(IncidentRefusal::None),
                Some(known) => known.closed().map(|_| IncidentRefusal::Closed),
            };
            if let Some(refusal) = refusal {
                return Ok(Err(IncidentFault::from(refusal).into()));
            }
        }
        let already = record.state == ReleaseState::Withdrawn;
        if !already {
            self.audit.keep(entry_about(self, who, &record))?;
        }
        let withdrawal = NewWithdrawal {
            release: record.id.clone(),
            reason: reason.to_owned(),
            by: who.username.clone(),
            at: self.clock.now(),
        };
        match self.control.withdraw_release(&withdrawal).await? {
            Withdrawn::Now | Withdrawn::Already => {}
            Withdrawn::SentBack => return Ok(Err(RecallFault::SentBack)),
            Withdrawn::None => return Ok(Err(RecallFault::Nothing(record.id))),
        }
        let (told, out_of_reach) = self.tell_of_recall(&record).await?;
        if let Some(number) = incident {
            let line = Line {
                kind: IncidentLineKind::Contained,
                happened_at: self.clock.now(),
                words: reason.to_owned(),
                fact: Some(IncidentFact::Stopped(
                    SuspendedKind::Release,
                    record.id.clone(),
                )),
            };
            if let Err(fault) = self.add_to_incident(who, number, line).await? {
                return Ok(Err(fault.into()));
            }
        }
        Ok(Ok(Recall {
            already,
            told,
            out_of_reach,
        }))
    }

    /// A notice to each who had it: whom it reached, and whom it could not reach.
    async fn tell_of_recall(&self, record: &ReleaseRecord) -> Result<(Vec<String>, Vec<String>)> {
        let kept = self.control.withdrawals().await?;
        let kept = kept.iter().find(|w| w.release == record.id);
        let reason = kept.map_or("", |w| w.reason.as_str());
        let words = format!(
            "The table “{}” was withdrawn: {} Delete every copy that you have, and whatever was made from it.",
            record.title,
            crate::routes::sentence(reason)
        );
        let (mut told, mut out_of_reach) = (Vec::new(), Vec::new());
        for had in self.who_had(&record.id).await? {
            if self.control.account(&had.username).await?.is_none() {
                out_of_reach.push(had.username);
                continue;
            }
            let notice = Notice {
                username: had.username.clone(),
                about: format!("release-recalled-{}", record.id),
                told_at: self.clock.now(),
                words: words.clone(),
                href: format!("/releases/{}", record.id),
                read_at: None,
            };
            self.control.tell(&notice).await?;
            told.push(had.username);
        }
        Ok((told, out_of_reach))
    }
}

/// How the actor of an entry had a release, where the entry says so.
fn how_they_had_it(body: &EntryBody, release: &str) -> Option<String> {
    let rest = body.reason.as_deref()?.strip_prefix("release ")?;
    let rest = rest.strip_prefix(release)?;
    let had = matches!(body.outcome, Outcome::Done | Outcome::Allowed);
    if body.object_kind != Some(ObjectKind::Release) || !had {
        return None;
    }
    match (body.kind, rest) {
        (Kind::Released, "") => Some("made it".to_owned()),
        (Kind::Exported, " as a page") => Some("read it as a page".to_owned()),
        (Kind::Exported, ending) => {
            let ending = ending.strip_prefix(" .")?;
            Some(format!("took it as {}", ending.to_uppercase()))
        }
        _ => None,
    }
}

fn entry_about(workspace: &Workspace, who: &AgreementActor, record: &ReleaseRecord) -> EntryBody {
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::Recalled, &who.username, Outcome::Done);
    entry.on_behalf_of = Some(who.organisation.clone());
    entry.role = Some(who.role.clone());
    entry.agreement = Some(record.agreement.clone());
    entry.agreement_version = Some(record.agreement_version.clone());
    entry.purpose = Some(record.purpose.clone());
    entry.object_kind = Some(ObjectKind::Release);
    entry.object_digest = Some(Digest::of(&record.table_json));
    entry.reason = Some(format!("release {}", record.id));
    entry
}
