//! An incident as one document: its timeline, its reports, what was stopped, and every entry of the audit log that
//! belongs to it, with the checkpoint against which each can be proven.

use super::{clocks, digest_of};
use crate::workspace::Workspace;
use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{Incident, IncidentFact, IncidentLine};
use govern::{
    AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome,
    incident::{Clock, Report},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

impl Workspace {
    /// Puts into the log that somebody takes an incident as a file.
    pub(crate) fn log_export(&self, username: &str, incident: &Incident) -> Result<()> {
        let now = self.clock.now();
        let mut entry = EntryBody::new(now, Kind::Exported, username, Outcome::Done);
        entry.object_kind = Some(ObjectKind::Incident);
        entry.object_digest = Some(digest_of(
            &incident.category,
            &incident.title,
            &incident.opened_by,
        ));
        entry.reason = Some(format!("incident {} as a file", incident.number));
        self.audit.keep(entry)?;
        Ok(())
    }

    /// The document of an incident.
    pub(crate) async fn incident_document(&self, incident: &Incident) -> Result<Value> {
        let rules = self.incident_rules()?;
        let now = self.clock.now();
        let assigned = incident.assigned();
        let stopped: BTreeSet<String> = incident
            .stopped()
            .map(|(kind, which)| format!("{kind} {which}"))
            .collect();
        let (checkpoint, entries) = self.entries_of(incident, stopped.clone()).await?;
        Ok(json!({
            "version": 1,
            "incident": incident.number,
            "category": incident.category,
            "title": incident.title,
            "noticed_at": incident.noticed_at(),
            "opened_at": incident.opened_at,
            "opened_by": incident.opened_by,
            "owner": assigned.map(|(owner, _)| owner),
            "due": assigned.map(|(_, due)| due),
            "closed_at": incident.closed().map(|line| line.happened_at),
            "reports": clocks(&rules, incident, now)
                .into_iter()
                .map(|(report, clock)| report_in(report, clock))
                .collect::<Vec<_>>(),
            "timeline": incident.lines.iter().map(line).collect::<Vec<_>>(),
            "stopped": stopped,
            "written_at": now,
            "log": {"checkpoint": checkpoint, "entries": entries},
        }))
    }

    /// The entries of the log about an incident, and about what was stopped because of it since it was noticed.
    async fn entries_of(
        &self,
        incident: &Incident,
        stopped: BTreeSet<String>,
    ) -> Result<(Option<String>, Vec<Value>)> {
        let digest = digest_of(&incident.category, &incident.title, &incident.opened_by);
        let since = incident.noticed_at();
        let audit = Arc::clone(&self.audit);
        tokio::task::spawn_blocking(move || {
            let belongs = |body: &EntryBody| match body.kind {
                Kind::Suspended | Kind::SuspensionLifted | Kind::Recalled => {
                    body.time >= since
                        && body
                            .reason
                            .as_ref()
                            .is_some_and(|why| stopped.contains(why))
                }
                _ => {
                    body.object_kind == Some(ObjectKind::Incident)
                        && body.object_digest.as_ref() == Some(&digest)
                }
            };
            let mut entries = Vec::new();
            audit.each(|entry| {
                if belongs(&entry.body) {
                    entries.push(json!({
                        "entry": entry.seq, "leaf": entry.hash.as_str(), "body": entry.body,
                    }));
                }
            })?;
            let checkpoint = audit.checkpoint()?.map(|c| c.checkpoint.to_string());
            Ok((checkpoint, entries))
        })
        .await?
    }
}

fn report_in(report: &Report, clock: Clock) -> Value {
    let (state, at): (&str, Option<DateTime<Utc>>) = match clock {
        Clock::Made { at, late: false } => ("made", Some(at)),
        Clock::Made { at, late: true } => ("made_late", Some(at)),
        Clock::NotNeeded => ("not_needed", None),
        Clock::Runs { until } => ("due", Some(until)),
        Clock::Overdue { since } => ("overdue", Some(since)),
        Clock::Waits => ("without_undue_delay", None),
    };
    json!({"report": report.code, "to": report.to, "state": state, "at": at})
}

fn line(line: &IncidentLine) -> Value {
    let fact = match &line.fact {
        None => Value::Null,
        Some(IncidentFact::Stopped(kind, which)) => json!({"stopped": kind, "which": which}),
        Some(IncidentFact::MustReport(must)) => json!({"must_report": must}),
        Some(IncidentFact::Reported(code)) => json!({"reported_to": code}),
        Some(IncidentFact::Assigned(owner, due)) => json!({"owner": owner, "due": due}),
    };
    json!({
        "line": line.line, "kind": line.kind, "happened_at": line.happened_at, "words": line.words,
        "fact": fact, "written_at": line.written_at, "written_by": line.written_by,
    })
}
