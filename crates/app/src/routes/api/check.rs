//! `POST /api/v1/checks`: one file as the body, checked in memory and forgotten.

use super::{FromBody, Problem, Reply, json, send::about};
use crate::routes::{
    check::{CheckFault, Held, hold, report_on},
    visit::Visit,
};
use axum::{extract::Request, http::StatusCode};
use land::check::Shown;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn check(visit: &Visit, request: Request) -> Reply {
    let (dataset, _) = about(visit, |name| visit.query(name).map(str::to_owned))?;
    let limit = visit.site.check_limit_in_bytes();
    let _turn = Arc::clone(&visit.site.checking)
        .try_acquire_owned()
        .map_err(|_| Problem::new("busy").retry_after(2))?;
    let bytes = match hold(FromBody::new(request.into_body()), limit).await {
        Held::Whole(bytes) => bytes,
        Held::TooLarge => return Err(Problem::too_large(limit)),
        Held::BrokenOff => return Err(Problem::new("broken-off")),
    };
    let (workspace, today) = (Arc::clone(&visit.site.workspace), visit.today());
    let sender = visit.organisation()?.as_str().to_owned();
    let checked = tokio::task::spawn_blocking(move || {
        report_on(
            &workspace,
            &dataset,
            Some(sender),
            today,
            bytes,
            Shown::PlacesOnly,
        )
    })
    .await
    .map_err(anyhow::Error::from)?;
    match checked {
        Ok((report, sha256)) => {
            let report = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
            Ok(json(
                StatusCode::OK,
                &json!({"sha256": sha256, "report": report}),
            ))
        }
        Err(CheckFault::Land(land)) => Err(Problem::new("not-readable").detail(land.sentence())),
        Err(CheckFault::Other(fault)) => Err(fault.into()),
    }
}
