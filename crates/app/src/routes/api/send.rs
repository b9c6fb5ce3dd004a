//! `POST /api/v1/submissions`: one file as the body, checked and kept as an attempt.

use super::{
    FromBody, Problem, Reply,
    once::{Done, once},
    submissions::shown,
};
use crate::routes::{
    taking::{Kept, Offered, PeriodFault, Taken, keep, period, take_in},
    visit::Visit,
};
use axum::extract::Request;
use control::{Stated, SubmissionState};
use model::{Date, Identifying, SubmissionId};
use std::time::Duration;
use store::Original;

/// How long an answer waits for the check; after that the check goes on and the answer says where to look.
const CHECKED_WITHIN: Duration = Duration::from_secs(30);
/// How many files are on their way in at a time.
pub(in crate::routes) const AT_A_TIME: usize = 32;

pub(super) async fn send(visit: &Visit, request: Request) -> Reply {
    let (parts, body) = request.into_parts();
    let (dataset, stated) = about(visit, |name| visit.query(name).map(str::to_owned))?;
    let limit = visit.site.limit_in_bytes();
    let length = parts
        .headers
        .get("content-length")
        .and_then(|l| l.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|l| l > limit) {
        return Err(Problem::too_large(limit));
    }
    let _place = place(visit)?;
    let original = match keep(&visit.site, FromBody::new(body)).await? {
        Kept::Whole(original) => original,
        Kept::TooLarge => return Err(Problem::too_large(limit)),
        Kept::BrokenOff => return Err(Problem::new("broken-off")),
    };
    let patience = if prefers_async(&parts.headers) {
        Duration::ZERO
    } else {
        CHECKED_WITHIN
    };
    let offered = Offered {
        dataset,
        organisation: visit.organisation()?.clone(),
        file_name: Identifying::new(visit.query("file_name").unwrap_or_default().to_owned()),
        username: visit.session()?.username.clone(),
        today: visit.today(),
        stated,
    };
    let period = offered
        .stated
        .as_ref()
        .map(|s| format!("{:?} {} {}", s.window, s.from, s.to))
        .unwrap_or_default();
    let (of_file, of_set) = (original.sha256.clone(), offered.dataset.clone());
    let what = ["send", &of_set, &period, &of_file];
    once(visit, &parts.headers, &what, async || {
        taken(visit, original, offered, patience).await
    })
    .await
}

/// Takes a kept file in, and says how it stands.
pub(super) async fn taken(
    visit: &Visit,
    original: Original,
    offered: Offered,
    patience: Duration,
) -> Result<Done, Problem> {
    let id = match take_in(&visit.site, original, offered, patience).await? {
        Taken::Checked(receipt) => receipt.id,
        Taken::UnderWay(id) => id,
        Taken::NotReadable(id, sentence) => {
            return Err(Problem::new("not-readable")
                .detail(sentence)
                .about(address(&id)));
        }
    };
    let control = &visit.site.workspace.control;
    let record = control
        .submission(&id, visit.organisation()?)
        .await?
        .ok_or_else(|| Problem::new("not-found"))?;
    Ok(Done {
        status: if record.state == SubmissionState::Received {
            202
        } else {
            201
        },
        location: Some(address(&id)),
        document: shown(&visit.site, &record),
    })
}

pub(super) fn address(id: &SubmissionId) -> String {
    format!("/api/v1/submissions/{id}")
}

/// A place among those whose files are on their way in; a problem where all are taken.
pub(super) fn place(visit: &Visit) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
    std::sync::Arc::clone(&visit.site.sending_in)
        .try_acquire_owned()
        .map_err(|_| {
            Problem::new("busy")
                .detail(format!("{AT_A_TIME} files are on their way in already."))
                .retry_after(5)
        })
}

fn prefers_async(headers: &axum::http::HeaderMap) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|wish| wish.trim().eq_ignore_ascii_case("respond-async"))
}

/// The dataset and the period that a sender names.
pub(super) fn about(
    visit: &Visit,
    named: impl Fn(&str) -> Option<String>,
) -> Result<(String, Option<Stated>), Problem> {
    let datasets = &visit.site.service.datasets;
    let dataset = match (named("dataset"), datasets.as_slice()) {
        (Some(named), _) if visit.site.takes(&named) => named,
        (None, [only]) => only.clone(),
        _ => {
            return Err(Problem::new("not-understood").detail(format!(
                "State `dataset` as one of {}.",
                datasets.join(", ")
            )));
        }
    };
    let day = |name: &str| -> Result<Option<Date>, Problem> {
        named(name)
            .filter(|text| !text.is_empty())
            .map(|text| {
                text.parse().map_err(|_| {
                    Problem::new("period")
                        .detail(format!("State `{name}` as a day, such as 2026-04-01."))
                })
            })
            .transpose()
    };
    let days = match (day("from")?, day("to")?) {
        (Some(from), Some(to)) => Some((from, to)),
        (None, None) => None,
        _ => {
            return Err(Problem::new("period").detail("State both `from` and `to`, or neither."));
        }
    };
    let window = named("window").filter(|w| !w.is_empty());
    let stated =
        period(&visit.site, &dataset, window.as_deref(), days, visit.now).map_err(|fault| {
            match fault {
                PeriodFault::NoWindow => {
                    Problem::new("period").detail("There is no window of that name.")
                }
                PeriodFault::Period(why) => Problem::new("period").detail(format!("{why}.")),
            }
        })?;
    Ok((dataset, stated))
}
