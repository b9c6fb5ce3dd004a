//! Tokens for programs (`/oauth/token`): client credentials with a signed assertion (RFC 7523).
//!
//! The program is told that it may not come; why is in the log.

use super::{site::Site, visit::Visit, visit::fields};
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::TimeDelta;
use control::{AssertionRefusal, AssertionRules};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How many assertions a minute may come from one network address.
const TRIES_A_MINUTE: u64 = 60;

/// Adds the address to the router.
pub(super) fn addresses(router: Router, site: &Arc<Site>) -> Router {
    let site = Arc::clone(site);
    let answer = post(move |request: Request| {
        let visit = Visit::of(Arc::clone(&site), &request);
        async move { answer(&visit, request).await }
    });
    router.route("/oauth/token", answer)
}

async fn answer(visit: &Visit, request: Request) -> Response {
    match token(visit, request).await {
        Ok(response) => response,
        Err(fault) => {
            let reference = super::fault::told(&fault);
            let description = format!("Something went wrong on our side. Reference {reference}.");
            said(
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                &description,
            )
        }
    }
}

async fn token(visit: &Visit, request: Request) -> anyhow::Result<Response> {
    let control = &visit.site.workspace.control;
    let from = visit.address.map(|a| a.to_string()).unwrap_or_default();
    let bucket = format!("assertions from {from}");
    let minute = Duration::from_mins(1);
    if control
        .count_try(&bucket, TRIES_A_MINUTE, minute, visit.now)
        .await?
        .is_some()
    {
        let mut response = said(
            StatusCode::TOO_MANY_REQUESTS,
            "temporarily_unavailable",
            "Too many tries. Wait a minute.",
        );
        let wait = HeaderValue::from_static("60");
        response.headers_mut().insert(header::RETRY_AFTER, wait);
        return Ok(response);
    }
    let Ok(fields) = fields(request).await else {
        return Ok(invalid("The request is a form with each field once."));
    };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if field("grant_type") != "client_credentials" {
        return Ok(said(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "The grant type is client_credentials.",
        ));
    }
    if field("client_assertion_type") != KIND || field("client_assertion").is_empty() {
        return Ok(invalid(
            "Send client_assertion_type and client_assertion, as RFC 7523 has it.",
        ));
    }
    let config = &visit.site.workspace.config.accounts;
    let address = visit.site.public_address();
    let seconds = i64::try_from(config.token_seconds.clamp(60, 3_600))?;
    let rules = AssertionRules {
        audiences: vec![format!("{address}/oauth/token"), address],
        skew: TimeDelta::seconds(i64::try_from(config.clock_skew_seconds.min(300))?),
        token_lasts: TimeDelta::seconds(seconds),
    };
    let granted = control
        .token_for_assertion(field("client_assertion"), &rules, visit.now)
        .await?;
    match granted {
        Ok(granted) => {
            let mut entry =
                EntryBody::new(visit.now, Kind::SignedIn, &granted.client_id, Outcome::Done);
            entry.object_kind = Some(ObjectKind::Account);
            entry.on_behalf_of = Some(granted.position.organisation.to_string());
            entry.reason = Some(format!(
                "as {}, by a signed assertion",
                granted.position.role
            ));
            kept(visit, entry).await?;
            let body = json!({
                "access_token": granted.token.reveal(),
                "token_type": "Bearer",
                "expires_in": seconds,
                "scope": granted.position.role.as_str(),
            });
            Ok(document(StatusCode::OK, &body))
        }
        Err(refusal) => {
            let entry = refused(visit, refusal);
            kept(visit, entry).await?;
            let response = said(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "The assertion does not count. Its name, key, signature, audience, times or id are not right, or it was shown before.",
            );
            Ok(response)
        }
    }
}

fn refused(visit: &Visit, refusal: AssertionRefusal) -> EntryBody {
    let mut entry = EntryBody::new(visit.now, Kind::SignInFailed, "unknown", Outcome::Refused);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(format!("signed assertion: {refusal}"));
    entry
}

async fn kept(visit: &Visit, entry: EntryBody) -> anyhow::Result<()> {
    let kept = visit.keep(entry).await;
    kept.map_err(|_| anyhow::anyhow!("the audit log could not be written"))
}

fn invalid(description: &str) -> Response {
    said(StatusCode::BAD_REQUEST, "invalid_request", description)
}

fn said(status: StatusCode, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description });
    document(status, &body)
}

fn document(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, body.to_string()).into_response()
}
