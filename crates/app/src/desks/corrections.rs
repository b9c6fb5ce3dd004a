//! Corrections: what was made from records that came to be about another person, which releases had used it, and who
//! has to know. Reads control data, agreements and the audit log; no desk is opened.

use super::linking::Correction;
use crate::workspace::Workspace;
use anyhow::Result;
use control::{Notice, ReleaseRecord};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// What a correction touches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    /// The tables of the analysis side that were made from the records, in alphabetical order.
    pub(crate) tables: BTreeSet<String>,
    /// Releases that were made from them before.
    pub(crate) releases: Vec<ReleaseRecord>,
    /// Accounts that made these or asked questions of the tables before, each with the agreements.
    pub(crate) people: BTreeMap<String, BTreeSet<String>>,
}

/// What an event is called in notices.
pub(crate) fn about(correction: &Correction) -> String {
    format!("links-{}", correction.links)
}

/// What a correction touches: by the tables that its records stand in and what is made from them.
pub(crate) async fn touched(workspace: &Workspace, correction: &Correction) -> Result<Touched> {
    let content = &workspace.content;
    let changed = &correction.changed;
    let sources = changed.by_decision.keys().chain(changed.by_evidence.keys());
    let mut tables: BTreeSet<String> = sources.cloned().collect();
    for step in analyse::steps(&analyse::Derivation::all(content)?)? {
        if step.reads.iter().any(|table| tables.contains(table)) {
            tables.insert(step.writes);
        }
    }
    let agreements = workspace.agreements().await?;
    let concerned: BTreeSet<&str> = agreements
        .iter()
        .filter(|agreement| {
            agreement
                .sources()
                .keys()
                .any(|table| tables.contains(table))
        })
        .map(|agreement| agreement.reference.as_str())
        .collect();
    let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut releases = workspace.control.all_releases().await?;
    releases.retain(|release| {
        release.created_at < correction.at && concerned.contains(release.agreement.as_str())
    });
    for release in &releases {
        let agreements = people.entry(release.created_by.clone()).or_default();
        agreements.insert(release.agreement.clone());
    }
    workspace.audit.each(|entry| {
        let body = &entry.body;
        if let Some(agreement) = &body.agreement
            && body.kind == Kind::Answered
            && body.time < correction.at
            && concerned.contains(agreement.as_str())
        {
            let agreements = people.entry(body.actor.clone()).or_default();
            agreements.insert(agreement.clone());
        }
    })?;
    Ok(Touched {
        tables,
        releases,
        people,
    })
}

/// Tells everybody whom a correction by decision concerns; whoever was told before is not told again. Gives how many
/// were told now.
pub(crate) async fn tell(
    workspace: &Workspace,
    correction: &Correction,
    touched: &Touched,
) -> Result<u64> {
    let records: u64 = correction.changed.by_decision.values().sum();
    if records == 0 {
        return Ok(0);
    }
    let mut told = 0;
    for (username, agreements) in &touched.people {
        let agreements: Vec<&str> = agreements.iter().map(String::as_str).collect();
        let words = format!(
            "Links of {records} {} were found wrong and put right. Tables that you used under {} were made again: look at what you made from them before.",
            if records == 1 { "record" } else { "records" },
            agreements.join(" and ")
        );
        let notice = Notice {
            username: username.clone(),
            about: about(correction),
            told_at: workspace.clock.now(),
            words,
            href: format!("/linkage/corrections#{}", about(correction)),
            read_at: None,
        };
        told += u64::from(workspace.control.tell(&notice).await?);
    }
    if told > 0 {
        let mut entry = EntryBody::new(
            workspace.clock.now(),
            Kind::Corrected,
            "pipeline",
            Outcome::Done,
        );
        entry.object_kind = Some(ObjectKind::Table);
        entry.rows = Some(records);
        entry.reason = Some(format!("{}, {told} people told", about(correction)));
        workspace.audit.keep(entry)?;
    }
    Ok(told)
}
