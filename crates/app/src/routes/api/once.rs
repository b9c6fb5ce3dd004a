//! A write with an idempotency key is done once: sent again with the same key, it is answered as it was.

use super::{Problem, Reply, json};
use crate::routes::visit::Visit;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use control::IdempotencyKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What a write came to, as it can be kept and said again.
pub(super) struct Done {
    pub(super) status: u16,
    /// Where what was made is.
    pub(super) location: Option<String>,
    pub(super) document: Value,
}

impl Done {
    pub(super) fn response(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let mut response = json(status, &self.document);
        if let Some(location) = &self.location {
            response = super::with(response, "location", location);
        }
        if self.status == 202 {
            response = super::with(response, "retry-after", "2");
        }
        super::tagged(response, &self.document)
    }
}

/// Does a write, unless the same one was answered under its key. `what` says all that the write depends on.
pub(super) async fn once(
    visit: &Visit,
    headers: &HeaderMap,
    what: &[&str],
    work: impl AsyncFnOnce() -> Result<Done, Problem>,
) -> Reply {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(work().await?.response());
    };
    let session = visit.session()?;
    let scope = format!("{} {}", session.position.organisation, session.username);
    let wrong = || {
        Problem::new("not-understood")
            .detail("The header `Idempotency-Key` has 1 to 200 characters.")
    };
    let key = key
        .to_str()
        .ok()
        .filter(|k| (1..=200).contains(&k.len()))
        .ok_or_else(wrong)?;
    let mut digest = Sha256::new();
    for part in what {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    let digest = hex::encode(digest.finalize());
    let control = &visit.site.workspace.control;
    match control.claim_key(&scope, key, &digest, visit.now).await? {
        IdempotencyKey::Answered(answer) => match read(&answer) {
            Some(done) => return Ok(done.response()),
            None => return Ok(work().await?.response()),
        },
        IdempotencyKey::OtherRequest => return Err(Problem::new("key-used")),
        // Every write of ours can be done twice without harm.
        IdempotencyKey::New | IdempotencyKey::Unanswered => {}
    }
    let done = work().await?;
    // What is still under way is not kept: asked again, it is told how it stands then.
    if done.status != 202 {
        let answer =
            json!({"status": done.status, "location": done.location, "document": done.document});
        control.answer_key(&scope, key, &answer.to_string()).await?;
    }
    Ok(done.response())
}

fn read(answer: &str) -> Option<Done> {
    let kept: Value = serde_json::from_str(answer).ok()?;
    Some(Done {
        status: u16::try_from(kept.get("status")?.as_u64()?).ok()?,
        location: kept
            .get("location")
            .and_then(Value::as_str)
            .map(str::to_owned),
        document: kept.get("document")?.clone(),
    })
}
