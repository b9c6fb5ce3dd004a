//! The same road for machines, below `/api/v1`: check, send, look, confirm, withdraw, and uploads in parts.
//!
//! A machine shows a bearer token. A browser that is signed in may call too, and then every call that changes
//! something carries the token of its forms. Every "no" is a problem of RFC 9457, whose type is a page.

mod check;
mod once;
pub(super) mod problem;
pub(super) mod report;
mod returned;
mod send;
pub(super) mod submissions;
mod tus;

pub(super) use send::AT_A_TIME;

use super::{
    calls::{API, ApiAddress, Call},
    fault::{Fault, told},
    site::Site,
    visit::Visit,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{MethodFilter, on},
};
use control::Role;
use futures::StreamExt;
use problem::Problem;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// The description of the interface.
const OPENAPI: &str = include_str!("api/openapi.json");
/// How long a sender may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// The longest document that a call may carry beside files.
const LONGEST_DOCUMENT: usize = 64 * 1024;

/// An answer, or why there is none.
pub(super) type Reply = Result<Response, Problem>;

/// Adds the addresses to the router.
pub(super) fn addresses(mut router: Router, site: &Arc<Site>) -> Router {
    for address in API {
        let Ok(method) = Method::try_from(address.method) else {
            continue;
        };
        let Ok(filter) = MethodFilter::try_from(method) else {
            continue;
        };
        let site = Arc::clone(site);
        let call = on(filter, move |request: Request| {
            let visit = Visit::of(Arc::clone(&site), &request);
            async move { answer(visit, address, request).await }
        });
        router = router.route(address.path, call);
    }
    router
}

async fn answer(mut visit: Visit, address: &'static ApiAddress, request: Request) -> Response {
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let replied = match recognise(&mut visit, address, &headers, &method).await {
        Ok(()) => reply(&visit, address.call, request).await,
        Err(problem) => Err(problem),
    };
    let mut response = replied.unwrap_or_else(IntoResponse::into_response);
    if address.path.starts_with("/api/v1/uploads") {
        let name = HeaderName::from_static("tus-resumable");
        let version = HeaderValue::from_static("1.0.0");
        response.headers_mut().insert(name, version);
    }
    response
}

async fn reply(visit: &Visit, call: Call, request: Request) -> Reply {
    match call {
        Call::OpenApi => Ok(json_text(StatusCode::OK, OPENAPI.to_owned())),
        Call::Check => check::check(visit, request).await,
        Call::Send => send::send(visit, request).await,
        Call::List => submissions::list(visit).await,
        Call::One => submissions::one(visit, request).await,
        Call::Report => report::report(visit, request).await,
        Call::Confirm => submissions::confirm(visit, request).await,
        Call::Receipt => submissions::receipt(visit, request).await,
        Call::Returned => returned::list(visit, request).await,
        Call::DecideReturned => returned::decide(visit, request).await,
        Call::Withdraw => submissions::withdraw(visit, request).await,
        Call::UploadOptions => Ok(tus::options(visit)),
        Call::UploadCreate => tus::create(visit, request).await,
        Call::UploadHead => tus::head(visit, request).await,
        Call::UploadPatch => tus::patch(visit, request).await,
        Call::UploadDelete => tus::delete(visit, request).await,
    }
}

/// Who calls, and whether they may.
async fn recognise(
    visit: &mut Visit,
    address: &ApiAddress,
    headers: &HeaderMap,
    method: &Method,
) -> Result<(), Problem> {
    if address.open {
        return Ok(());
    }
    let given = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(shown) = given("authorization") {
        recognise_token(visit, shown).await?;
    } else {
        visit.recognise().await?;
        let changes = !matches!(*method, Method::GET | Method::HEAD);
        let csrf = given("x-csrf-token").unwrap_or_default();
        if changes
            && visit
                .session
                .as_ref()
                .is_some_and(|s| !s.csrf_matches(csrf))
        {
            return Err(Problem::new("foreign-form"));
        }
    }
    match visit.role() {
        None => Err(Problem::new("sign-in")),
        Some(Role::Submitter) => Ok(visit.is_open()?),
        Some(_) => Err(Problem::new("wrong-role")),
    }
}

/// Who a bearer token stands for.
pub(super) async fn recognise_token(
    visit: &mut Visit,
    shown: &str,
) -> Result<(), control::ControlError> {
    let control = &visit.site.workspace.control;
    visit.session = match shown.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            control.session_of_token(token.trim(), visit.now).await?
        }
        _ => None,
    };
    Ok(())
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::new("not-found"),
            Fault::SignIn => Self::new("sign-in"),
            Fault::WrongRole => Self::new("wrong-role"),
            Fault::Closed(why) => Self::new("wrong-role").detail(why.in_words()),
            Fault::ForeignForm => Self::new("foreign-form"),
            Fault::TooLarge { limit_in_bytes, .. } => Self::too_large(limit_in_bytes),
            Fault::TooOften => Self::new("busy").retry_after(60),
            Fault::NotAllowed(words) => Self::new("wrong-role").detail(words),
            Fault::Ours { fault, assurance } => {
                let reference = told(&fault);
                Self::new("our-fault").detail(format!("{assurance} Reference {reference}."))
            }
        }
    }
}

/// A document.
fn json(status: StatusCode, document: &Value) -> Response {
    json_text(status, document.to_string())
}

fn json_text(status: StatusCode, text: String) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (status, kind, text).into_response()
}

/// Adds a header whose value we made.
fn with(mut response: Response, name: &'static str, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), value);
    }
    response
}

/// The entity tag of a document.
fn tag(document: &Value) -> String {
    let digest = hex::encode(Sha256::digest(document.to_string()));
    let short: String = digest.chars().take(32).collect();
    format!("\"{short}\"")
}

/// A response with the entity tag of a document.
fn tagged(response: Response, document: &Value) -> Response {
    with(response, "etag", &tag(document))
}

/// The text of a header.
fn text<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers().get(name).and_then(|v| v.to_str().ok())
}

/// A document that a call carries; nothing is an empty one.
async fn document(request: Request) -> Result<Value, Problem> {
    let reading = axum::body::to_bytes(request.into_body(), LONGEST_DOCUMENT);
    let bytes = timeout(PATIENCE, reading)
        .await
        .map_err(|_| Problem::new("broken-off"))?
        .map_err(|_| {
            Problem::new("not-understood").detail("The document is too long or broke off.")
        })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(&bytes).map_err(|e| {
        Problem::new("not-understood").detail(format!("The document is not JSON: {e}."))
    })
}

/// The body of a call as a source of bytes.
pub(super) struct FromBody(axum::body::BodyDataStream);

impl FromBody {
    pub(super) fn new(body: Body) -> Self {
        Self(body.into_data_stream())
    }
}

impl super::taking::Source for FromBody {
    async fn next(&mut self) -> Result<Option<Bytes>, super::taking::Gone> {
        match timeout(PATIENCE, self.0.next()).await {
            Ok(Some(Ok(piece))) => Ok(Some(piece)),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) | Err(_) => Err(super::taking::Gone),
        }
    }
}
