//! One decision judged again from what its entry keeps (`/audit/{entry}/replay`), as `haven audit replay` does.

use super::super::{Answer, fault::Fault, visit::Visit};
use crate::commands::audit::replay::{Again, again, sentences};
use axum::extract::Request;
use govern::{Digest, Verdict};
use pages::AuditReplayView;

pub(in crate::routes) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let asked = visit.part(&mut request, "entry").await?;
    let number: u64 = asked.parse().map_err(|_| Fault::NotFound)?;
    let Again { entry, replayed } = again(&visit.site.workspace, number)
        .await?
        .ok_or(Fault::NotFound)?;
    let facts = match &entry.body.facts {
        Some(facts) => flat(&serde_json::to_value(facts)?),
        None => Vec::new(),
    };
    let view = match replayed {
        Ok(replayed) => AuditReplayView {
            number,
            same: Some(replayed.is_same()),
            sentences: sentences(&entry, &replayed),
            compared: compared(&replayed.then, &replayed.now),
            facts,
        },
        Err(fault) => AuditReplayView {
            number,
            sentences: vec![super::super::ask::sentence(&fault.to_string())],
            facts,
            ..AuditReplayView::default()
        },
    };
    Ok(Visit::page(&pages::audit_replay(&visit.frame(), &view)))
}

fn compared(then: &Verdict, now: &Verdict) -> Vec<(String, String, String)> {
    let outcome = |verdict: &Verdict| format!("{:?}", verdict.outcome).to_lowercase();
    let reason = |verdict: &Verdict| verdict.reason.clone().unwrap_or_default();
    let policies = |verdict: &Verdict| {
        let ids = verdict.determining_policies.iter().map(String::as_str);
        ids.collect::<Vec<_>>().join(", ")
    };
    let digest = |digest: &Option<Digest>| digest.as_ref().map(Digest::to_string);
    let digest = |of: &Option<Digest>| digest(of).unwrap_or_default();
    let all = [
        ("Outcome", outcome(then), outcome(now)),
        ("Why", reason(then), reason(now)),
        ("By which policies", policies(then), policies(now)),
        (
            "Digest of the rows",
            digest(&then.row_filter),
            digest(&now.row_filter),
        ),
        (
            "Digest of the columns",
            digest(&then.field_mask),
            digest(&now.field_mask),
        ),
        (
            "Digest of the terms",
            digest(&then.terms),
            digest(&now.terms),
        ),
    ];
    let said = all
        .into_iter()
        .filter(|(_, then, now)| !(then.is_empty() && now.is_empty()));
    said.map(|(what, then, now)| (what.to_owned(), then, now))
        .collect()
}

/// Facts as names and values, however deep they stand.
fn flat(facts: &serde_json::Value) -> Vec<(String, String)> {
    fn walk(name: &str, value: &serde_json::Value, all: &mut Vec<(String, String)>) {
        use serde_json::Value::{Array, Bool, Null, Object, String};
        let words = match value {
            Null => return,
            Object(parts) => {
                for (part, value) in parts {
                    let part = part.replace('_', " ");
                    let name = if name.is_empty() {
                        part
                    } else {
                        format!("{name}: {part}")
                    };
                    walk(&name, value, all);
                }
                return;
            }
            Array(parts) if parts.iter().all(serde_json::Value::is_string) => {
                let words: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
                words.join(", ")
            }
            Bool(true) => "yes".to_owned(),
            Bool(false) => "no".to_owned(),
            String(text) => text.clone(),
            other => other.to_string(),
        };
        if !words.is_empty() {
            all.push((name.to_owned(), words));
        }
    }
    let mut all = Vec::new();
    // What kind of decision it is stands around the facts; the page says it already.
    match facts.as_object().and_then(|parts| parts.values().next()) {
        Some(facts) => walk("", facts, &mut all),
        None => walk("", facts, &mut all),
    }
    all
}
