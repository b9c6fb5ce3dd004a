//! What tracing found as documents, and the sender's decisions about it.

use super::{
    Problem, Reply, document, json,
    once::{Done, once},
};
use crate::routes::{
    returned::{self, Decided, Finding, Told, csv_of, decide as keep, own, unfit, workbook_of},
    sheets,
    visit::Visit,
};
use axum::{extract::Request, http::StatusCode};
use chrono::SecondsFormat;
use control::SubmissionRecord;
use serde::Deserialize;
use serde_json::{Value, json};

/// How many findings a page has, unless fewer are asked for.
const PER_PAGE: usize = 1_000;
/// How many decisions a call may carry.
const DECISIONS: usize = 500;

pub(super) async fn list(visit: &Visit, mut request: Request) -> Reply {
    let record = own(visit, &mut request).await?;
    let accepts = super::text(&request, "accept").unwrap_or_default();
    let wanted = match visit.query("format") {
        Some(named) => named,
        None if accepts.contains("text/csv") => "csv",
        None if accepts.contains("spreadsheetml") => "xlsx",
        None => "json",
    };
    match wanted {
        "json" => page(visit, &record).await,
        "csv" => {
            let told = returned::whole(visit, &record).await?;
            let name = format!("{}-returned.csv", record.id);
            let body = csv_of(told.as_ref())?;
            Ok(Visit::file("text/csv; charset=utf-8", &name, body))
        }
        "xlsx" => {
            let told = returned::whole(visit, &record).await?;
            let name = format!("{}-returned.xlsx", record.id);
            let body = workbook_of(visit, &record, told.as_ref())?;
            Ok(Visit::file(sheets::KIND, &name, body))
        }
        _ => Err(Problem::new("not-understood").detail("State `format` as json, csv or xlsx.")),
    }
}

async fn page(visit: &Visit, record: &SubmissionRecord) -> Reply {
    let wrong = |name: &str| {
        Problem::new("not-understood")
            .detail(format!("The value of `{name}` is not one that we gave."))
    };
    let limit = match visit.query("limit") {
        None => PER_PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| (1..=PER_PAGE).contains(n))
            .ok_or_else(|| wrong("limit"))?,
    };
    let told = returned::gather(visit, record).await?;
    let all: &[Finding] = told.as_ref().map_or(&[], |t| &t.findings);
    let from = match visit.query("cursor") {
        None => 0,
        Some(cursor) => {
            all.iter()
                .position(|f| f.row.token == cursor)
                .ok_or_else(|| wrong("cursor"))?
                + 1
        }
    };
    let items: Vec<&Finding> = all.iter().skip(from).take(limit).collect();
    returned::keep_look(visit, record, items.len()).await?;
    let next = items
        .last()
        .filter(|_| from + limit < all.len())
        .map(|last| {
            format!(
                "{}/returned?limit={limit}&cursor={}",
                super::send::address(&record.id),
                last.row.token
            )
        });
    let items: Vec<Value> = items.into_iter().map(shown).collect();
    Ok(json(
        StatusCode::OK,
        &json!({
            "version": 1,
            "submission": record.id,
            "traced_at": told.as_ref().map(|t| t.traced_at.to_rfc3339_opts(SecondsFormat::Millis, true)),
            "items": items,
            "not_shown": told.as_ref().map(|t| t.withheld).unwrap_or_default(),
            "next": next,
        }),
    ))
}

/// A finding as a document.
fn shown(finding: &Finding) -> Value {
    let row = &finding.row;
    json!({
        "id": row.token,
        "kind": finding.kind.value(),
        "row": row.row,
        "rows": row.rows,
        "reference": row.reference.reveal(),
        "yours": row.yours.as_ref().map(model::Identifying::reveal),
        "found": row.found.reveal(),
        "confidence": finding.confidence(),
        "step": row.pass,
        "step_in_words": finding.why,
        "decision": finding.decision.as_ref().map(|d| json!({
            "accepted": d.accepted,
            "why": d.why,
            "by": d.by,
            "at": d.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "submission": d.submission,
        })),
    })
}

/// What a machine sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decisions {
    decisions: Vec<OneDecision>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneDecision {
    id: String,
    accepted: bool,
    #[serde(default)]
    why: String,
}

pub(super) async fn decide(visit: &Visit, mut request: Request) -> Reply {
    let record = own(visit, &mut request).await?;
    let headers = request.headers().clone();
    let sent = document(request).await?;
    let text = sent.to_string();
    // The fault of a reader names what it has read, which may be a value: only that it is wrong is told.
    let decisions: Decisions = serde_json::from_value(sent).map_err(|_| {
        Problem::new("not-understood").detail(
            "Send `{\"decisions\": [{\"id\": \"...\", \"accepted\": true, \"why\": \"...\"}]}`.",
        )
    })?;
    let decisions = decisions.decisions;
    if decisions.len() > DECISIONS {
        return Err(Problem::new("not-understood")
            .detail(format!("Send {DECISIONS} decisions at most in one call.")));
    }
    let what = ["decide-returned", record.id.as_str(), text.as_str()];
    once(visit, &headers, &what, async || {
        let told = returned::gather(visit, &record).await?;
        let decided = checked(told.as_ref(), &decisions)?;
        let new = if decided.is_empty() {
            0
        } else {
            keep(visit, &record, &decided).await?
        };
        Ok(Done {
            status: 200,
            location: None,
            document: json!({"version": 1, "kept": new, "decisions": decided.len()}),
        })
    })
    .await
}

/// The decisions with their findings; all or none.
fn checked<'t>(
    told: Option<&'t Told>,
    decisions: &[OneDecision],
) -> Result<Vec<Decided<'t>>, Problem> {
    let findings: &'t [Finding] = told.map_or(&[], |t| &t.findings);
    (1..)
        .zip(decisions)
        .map(|(number, decision): (usize, _)| {
            let wrong = |says: &str| {
                Problem::new("not-decided").detail(format!("Decision {number}: {says}"))
            };
            let finding = findings
                .iter()
                .find(|f| f.row.token == decision.id)
                .ok_or_else(|| wrong("there is no such finding in this submission."))?;
            let why = decision.why.trim();
            if let Some(unfit) = unfit(why, !decision.accepted, finding) {
                return Err(wrong(unfit.words()));
            }
            Ok(Decided {
                finding,
                accepted: decision.accepted,
                why: why.to_owned(),
            })
        })
        .collect()
}
