//! What all senders decided, as counts and reasons, for the regional team.

use super::kind_named;
use crate::routes::{Answer, visit::Visit};
use chrono::{DateTime, Utc};
use pages::{ReturnKind, ReturnedOverviewView, ReturnedReason, ReturnedTotal};
use std::{cmp::Reverse, collections::BTreeMap};

/// How many reasons are shown.
const REASONS: usize = 500;

pub(in crate::routes) async fn overview(visit: &Visit) -> Answer {
    let all = visit
        .site
        .workspace
        .control
        .all_returned_decisions()
        .await?;
    let mut councils: BTreeMap<String, ReturnedTotal> = BTreeMap::new();
    let mut reasons: BTreeMap<(String, ReturnKind, String), (u64, DateTime<Utc>)> = BTreeMap::new();
    for (sender, decision) in all {
        let council = visit.site.name_of(&sender);
        let total = councils.entry(council.clone()).or_default();
        if decision.accepted {
            total.accepted += 1;
            continue;
        }
        total.rejected += 1;
        let Some(kind) = kind_named(&decision.kind) else {
            continue;
        };
        if matches!(kind, ReturnKind::NumberFound | ReturnKind::NumberDiffers) {
            total.numbers_rejected += 1;
        }
        let reason = reasons
            .entry((council, kind, decision.why))
            .or_insert((0, decision.at));
        reason.0 += 1;
        reason.1 = reason.1.max(decision.at);
    }
    let mut reasons: Vec<ReturnedReason> = reasons
        .into_iter()
        .map(|((council, kind, why), (findings, last))| ReturnedReason {
            council,
            kind,
            why,
            findings,
            last,
        })
        .collect();
    reasons.sort_by_key(|r| Reverse(r.findings));
    let left_out = reasons.len().saturating_sub(REASONS);
    reasons.truncate(REASONS);
    let view = ReturnedOverviewView {
        councils: councils
            .into_iter()
            .map(|(council, total)| ReturnedTotal { council, ..total })
            .collect(),
        reasons,
        reasons_left_out: u64::try_from(left_out).unwrap_or(u64::MAX),
    };
    Ok(Visit::page(&pages::returned_overview(
        &visit.frame(),
        &view,
    )))
}
