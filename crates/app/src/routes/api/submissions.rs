//! Submissions as documents: how each stands, its receipt, and what can be done with it.

use super::{
    Problem, Reply, document, json,
    once::{Done, once},
    tagged, text,
};
use crate::{
    desks::receipt as receipt_of,
    routes::{
        sending::{self, Outcome},
        site::Site,
        submissions::{causes, find},
        taking::window_of,
        visit::Visit,
    },
};
use axum::{
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use chrono::{DateTime, SecondsFormat, Utc};
use control::{SubmissionRecord, SubmissionState};
use serde_json::{Value, json};

/// How many submissions a page of the list has, unless fewer are asked for.
const PER_PAGE: usize = 50;

pub(super) async fn list(visit: &Visit) -> Reply {
    let control = &visit.site.workspace.control;
    let all = control.submissions_of(visit.organisation()?).await?;
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
    // A cursor is the submission that was last: what has come since does not move the rest.
    let from = match visit.query("cursor") {
        None => 0,
        Some(cursor) => {
            all.iter()
                .position(|r| r.id.as_str() == cursor)
                .ok_or_else(|| wrong("cursor"))?
                + 1
        }
    };
    let page: Vec<&SubmissionRecord> = all.iter().skip(from).take(limit).collect();
    let next = page
        .last()
        .filter(|_| from + limit < all.len())
        .map(|last| format!("/api/v1/submissions?limit={limit}&cursor={}", last.id));
    let items: Vec<Value> = page.iter().map(|r| shown(&visit.site, r)).collect();
    Ok(json(StatusCode::OK, &json!({"items": items, "next": next})))
}

pub(super) async fn one(visit: &Visit, mut request: Request) -> Reply {
    let record = find(visit, &mut request).await?;
    let document = shown(&visit.site, &record);
    if text(&request, "if-none-match").is_some_and(|tags| names(tags, &document)) {
        return Ok(tagged(StatusCode::NOT_MODIFIED.into_response(), &document));
    }
    let mut response = tagged(json(StatusCode::OK, &document), &document);
    if record.state == SubmissionState::Received {
        response = super::with(response, "retry-after", "2");
    }
    Ok(response)
}

pub(super) async fn receipt(visit: &Visit, mut request: Request) -> Reply {
    let record = find(visit, &mut request).await?;
    if record.state != SubmissionState::Landed {
        return Err(
            Problem::new("not-found").detail("There is a receipt once the file has been sent on.")
        );
    }
    Ok(json(StatusCode::OK, &receipt_document(&record)?))
}

pub(super) async fn confirm(visit: &Visit, mut request: Request) -> Reply {
    let record = find(visit, &mut request).await?;
    let headers = request.headers().clone();
    let declared = document(request).await?;
    if declared.get("declared") != Some(&Value::Bool(true)) {
        return Err(Problem::new("not-declared"));
    }
    let what = ["confirm", record.id.as_str()];
    once(visit, &headers, &what, async || {
        unchanged(visit, &headers, &record)?;
        match sending::send_on(
            &visit.site,
            &record,
            visit.now,
            visit.session()?.username.clone(),
        )
        .await?
        {
            Outcome::Sent => {}
            Outcome::CheckedAgain => return Err(Problem::new("check-again")),
            Outcome::NotAnAttempt => return Err(Problem::new("not-an-attempt")),
            Outcome::Refused(why) => return Err(Problem::new("window").detail(why)),
        }
        let record = again(visit, &record).await?;
        Ok(Done {
            status: 200,
            location: None,
            document: receipt_document(&record)?,
        })
    })
    .await
}

pub(super) async fn withdraw(visit: &Visit, mut request: Request) -> Reply {
    let record = find(visit, &mut request).await?;
    let headers = request.headers().clone();
    document(request).await?;
    let what = ["withdraw", record.id.as_str()];
    once(visit, &headers, &what, async || {
        unchanged(visit, &headers, &record)?;
        match sending::take_back(visit, &record).await? {
            Ok(true) => {}
            // Taken back already: said again alike.
            Ok(false) if record.state == SubmissionState::Withdrawn => {}
            Ok(false) => return Err(Problem::new("not-an-attempt")),
            Err(why) => return Err(Problem::new("window").detail(why)),
        }
        let record = again(visit, &record).await?;
        Ok(Done {
            status: 200,
            location: None,
            document: shown(&visit.site, &record),
        })
    })
    .await
}

async fn again(visit: &Visit, record: &SubmissionRecord) -> Result<SubmissionRecord, Problem> {
    let control = &visit.site.workspace.control;
    control
        .submission(&record.id, &record.sender)
        .await?
        .ok_or_else(|| Problem::new("not-found"))
}

/// Refuses a change by somebody who has seen another state.
fn unchanged(visit: &Visit, headers: &HeaderMap, record: &SubmissionRecord) -> Result<(), Problem> {
    let Some(wanted) = headers.get("if-match").map(|v| v.to_str()) else {
        return Ok(());
    };
    match wanted {
        Ok(tags) if names(tags, &shown(&visit.site, record)) => Ok(()),
        _ => Err(Problem::new("changed")),
    }
}

/// The receipt, the same whichever road the file came by.
pub(in crate::routes) fn receipt_document(record: &SubmissionRecord) -> Result<Value, Problem> {
    let mut document =
        serde_json::to_value(receipt_of(record, false)).map_err(anyhow::Error::from)?;
    if let Some(fields) = document.as_object_mut() {
        fields.remove("was_there");
        fields.insert("period".to_owned(), json!(record.stated));
        fields.insert("declared".to_owned(), json!(record.confirmed));
        fields.insert(
            "specification".to_owned(),
            json!(record.specification_version),
        );
        fields.insert("engine".to_owned(), json!(record.engine_version));
    }
    Ok(document)
}

/// How a submission stands.
pub(in crate::routes) fn shown(site: &Site, record: &SubmissionRecord) -> Value {
    let here = super::send::address(&record.id);
    let window = window_of(site, &record.dataset, record.stated.as_ref());
    let confirmed = record.confirmed.as_ref();
    let causes: Vec<Value> = causes(record)
        .into_iter()
        .map(|c| {
            json!({"rule": c.rule, "level": c.level, "message": c.message, "fix": c.fix, "rows": c.rows})
        })
        .collect();
    json!({
        "id": record.id,
        "dataset": record.dataset,
        "organisation": record.sender,
        "file_name": record.file_name.reveal(),
        "state": word(record.state),
        "period": record.stated,
        "late": confirmed.map(|c| c.late),
        "partial": confirmed.map(|c| c.partial),
        "received_at": moment(record.received_at),
        "settled_at": record.settled_at.map(moment),
        "sha256": record.sha256,
        "bytes": record.bytes,
        "rows_in": record.rows_in,
        "rows_accepted": record.rows_landed,
        "rows_set_aside": record.rows_set_aside,
        "specification": record.specification_version,
        "engine": record.engine_version,
        "recognised": record.summary.get("recognised"),
        "replaced_by": record.replaced_by,
        "window": window.map(|w| json!({
            "name": w.name, "opens": moment(w.opens), "closes": moment(w.closes), "after": w.after,
        })),
        "causes": causes,
        "links": {
            "self": here,
            "report": format!("{here}/report"),
            "confirm": (record.state == SubmissionState::Checked).then(|| format!("{here}/confirm")),
            "receipt": (record.state == SubmissionState::Landed).then(|| format!("{here}/receipt")),
            "returned": (record.state == SubmissionState::Landed).then(|| format!("{here}/returned")),
            "withdraw": sending::can_be_taken_back(record).then(|| format!("{here}/withdraw")),
            "page": format!("/submissions/{}", record.id),
        },
    })
}

/// The state as machines read it; these words are never changed.
const fn word(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Received => "checking",
        SubmissionState::Checked => "checked",
        SubmissionState::Landed => "accepted",
        SubmissionState::Rejected => "rejected",
        SubmissionState::Withdrawn => "withdrawn",
        SubmissionState::Replaced => "replaced",
        SubmissionState::Expired => "expired",
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Whether a list of entity tags names a document.
fn names(tags: &str, document: &Value) -> bool {
    let tag = super::tag(document);
    tags.split(',').any(|t| {
        let t = t.trim();
        t == "*" || t.trim_start_matches("W/") == tag
    })
}
