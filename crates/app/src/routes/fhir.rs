//! Tracing over FHIR R4, below `/fhir/R4`: `Patient/$match`, Patient search, reading a Patient, what is there.
//!
//! What an answer says is made in `link`. Here is who may ask, how often and how long, in which form; the index that
//! they are held against; and the audit entry, which is on the disk before an answer goes out. No value of a request
//! is logged or kept: entries name the address as it stands in the list.

mod capabilities;
mod refused;
mod traced;

pub(super) use traced::Traced;

use super::{
    api::{FromBody, recognise_token},
    calls::{FHIR, FHIR_BASE, FhirAddress, Interaction},
    check::{Held, hold},
    site::Site,
    visit::Visit,
};
use axum::{
    Router,
    body::Body,
    extract::{Form, FromRequest, Query, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::any,
};
use control::Role;
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use link::trace::{
    Tracing,
    fhir::{Caller, FhirAnswer, MEDIA_TYPE, match_patient, read, search},
};
use refused::Refused;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// The longest query, in an address or as a form.
const LONGEST_QUERY: usize = 8 * 1024;
/// How long a request waits for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// What a client sends to find its request again; it comes back as it was.
const ECHOED: [&str; 2] = ["x-request-id", "x-correlation-id"];

/// What was asked.
enum Asked {
    Match(String),
    Search(Vec<(String, String)>),
    Read(String),
}

/// Adds the addresses to the router.
pub(super) fn addresses(mut router: Router, site: &Arc<Site>) -> Router {
    for path in ["", "/", "/{*rest}"] {
        let site = Arc::clone(site);
        let asked = any(move |request: Request| {
            let visit = Visit::of(Arc::clone(&site), &request);
            async move { answer(visit, request).await }
        });
        router = router.route(&format!("{FHIR_BASE}{path}"), asked);
    }
    router
}

async fn answer(mut visit: Visit, mut request: Request) -> Response {
    let headers = request.headers().clone();
    let path = visit.part(&mut request, "rest").await.unwrap_or_default();
    let answered = match address(request.method(), &path) {
        Ok((address, id)) => reply(&mut visit, address, id, request).await,
        Err(refused) => Err(refused),
    };
    let (answer, header) = match answered {
        Ok(answer) => (answer, None),
        Err(refused) => (refused.answer(&visit.site.traced.fhir), refused.header()),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, MEDIA_TYPE)];
    let mut response = (status, kind, answer.body).into_response();
    let more = response.headers_mut();
    more.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for name in ECHOED {
        if let Some(value) = headers.get(name).filter(|value| is_an_id(value)) {
            more.insert(HeaderName::from_static(name), value.clone());
        }
    }
    if let Some((name, value)) = header
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        more.insert(HeaderName::from_static(name), value);
    }
    response
}

/// The address of the list that was asked for, and what stands in its changing part.
fn address(method: &Method, path: &str) -> Result<(&'static FhirAddress, String), Refused> {
    let there: Vec<(&FhirAddress, String)> = FHIR
        .iter()
        .filter_map(|address| Some((address, fits(address.path, path)?)))
        .collect();
    // A name stands before a changing part, as in `Patient/_search`.
    let plain = there.iter().any(|(address, _)| address.path == path);
    let there = there
        .into_iter()
        .filter(|(address, _)| !plain || address.path == path);
    let asked = if method == Method::HEAD {
        Method::GET
    } else {
        method.clone()
    };
    let (same, others): (Vec<_>, Vec<_>) =
        there.partition(|(address, _)| address.method == asked.as_str());
    match (same.into_iter().next(), others.is_empty()) {
        (Some(found), _) => Ok(found),
        (None, true) => Err(Refused::Unknown),
        (None, false) => {
            let ways: Vec<&str> = others.iter().map(|(address, _)| address.method).collect();
            Err(Refused::Method(ways.join(", ")))
        }
    }
}

/// What stands in the changing part of a path; empty where it has none.
fn fits(template: &str, path: &str) -> Option<String> {
    let mut id = String::new();
    let mut parts = path.split('/');
    for expected in template.split('/') {
        let part = parts.next()?;
        if expected == "{id}" && !part.is_empty() {
            part.clone_into(&mut id);
        } else if expected != part {
            return None;
        }
    }
    parts.next().is_none().then_some(id)
}

async fn reply(
    visit: &mut Visit,
    address: &'static FhirAddress,
    id: String,
    request: Request,
) -> Result<FhirAnswer, Refused> {
    let headers = request.headers().clone();
    if address.open {
        let name = &visit.site.workspace.config.site.name;
        return Ok(FhirAnswer {
            status: 200,
            body: capabilities::statement(name).to_string(),
            people: 0,
            outcome: None,
        });
    }
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok());
    recognise_token(visit, shown.unwrap_or_default())
        .await
        .map_err(Refused::ours)?;
    let Some(role) = visit.role() else {
        return Err(Refused::NotSignedIn);
    };
    let purpose = purpose(visit, &headers);
    let answered = match (&purpose, caller(role)) {
        (_, None) => Err(Refused::WrongRole),
        (Err(refused), _) => Err(refused.clone()),
        (Ok(_), Some(caller)) => answered(visit, address, caller, id, request).await,
    };
    keep(visit, address, purpose.ok(), &answered).await?;
    answered
}

/// As whom a role asks; none where it may not.
const fn caller(role: Role) -> Option<Caller> {
    match role {
        Role::Operator => Some(Caller::Clinician),
        Role::Tracer => Some(Caller::System),
        _ => None,
    }
}

/// What the client asks for, as far as it says so.
fn purpose(visit: &Visit, headers: &HeaderMap) -> Result<String, Refused> {
    let asking = &visit.site.traced.fhir.asking;
    let stated = headers.get(asking.purpose_header.as_str());
    let held = match stated {
        None => asking.purposes.first(),
        Some(stated) => {
            let mut all = asking.purposes.iter();
            all.find(|purpose| purpose.as_bytes() == stated.as_bytes())
        }
    };
    held.cloned().ok_or_else(|| {
        let (name, all) = (&asking.purpose_header, asking.purposes.join(", "));
        Refused::Invalid(format!("the header `{name}` must be one of {all}"))
    })
}

async fn answered(
    visit: &Visit,
    address: &FhirAddress,
    caller: Caller,
    id: String,
    request: Request,
) -> Result<FhirAnswer, Refused> {
    limit(visit).await?;
    json_is_wanted(visit, request.headers())?;
    let traced = Arc::clone(&visit.site.traced);
    let asked = match address.interaction {
        Interaction::Match => {
            let kinds = [MEDIA_TYPE, "application/json"];
            is_of(request.headers(), &kinds, MEDIA_TYPE)?;
            Asked::Match(body(request, traced.fhir.matching.most_bytes).await?)
        }
        Interaction::Search => Asked::Search(query(request.uri())?),
        Interaction::SearchByForm => {
            let form = "application/x-www-form-urlencoded";
            is_of(request.headers(), &[form], form)?;
            let mut all = query(request.uri())?;
            all.extend(pairs(body(request, LONGEST_QUERY).await?).await?);
            Asked::Search(all)
        }
        Interaction::Read | Interaction::Capabilities => Asked::Read(id),
    };
    let held = traced.index(&visit.site.workspace).await?;
    let turn = timeout(TURN_WITHIN, Arc::clone(&traced.turns).acquire_owned()).await;
    let Ok(Ok(turn)) = turn else {
        return Err(Refused::Busy {
            seconds: 5,
            says: "too many requests are being answered at once",
        });
    };
    let today = visit.today();
    let done = tokio::task::spawn_blocking(move || {
        let tracing = Tracing::new(&held.index, &traced.settings, today, 0);
        let answer = match &asked {
            Asked::Match(body) => match_patient(body, &tracing, &traced.fhir),
            Asked::Search(query) => search(query, caller, &tracing, &traced.fhir),
            Asked::Read(id) => read(id, &tracing, &traced.fhir),
        };
        // Held until the work has ended, also where whoever asked has gone by then.
        drop(turn);
        answer
    });
    done.await.map_err(Refused::ours)
}

/// Counts a request of this account.
async fn limit(visit: &Visit) -> Result<(), Refused> {
    let Some(session) = &visit.session else {
        return Err(Refused::NotSignedIn);
    };
    let workspace = &visit.site.workspace;
    let bucket = format!(
        "fhir of {} of {}",
        session.username, session.position.organisation
    );
    let most = workspace.config.trace.asks_a_minute;
    let minute = Duration::from_mins(1);
    let over = workspace
        .control
        .count_try(&bucket, most, minute, visit.now);
    match over.await.map_err(Refused::ours)? {
        None => Ok(()),
        Some(until) => {
            let left = u64::try_from((until - visit.now).num_seconds()).unwrap_or_default();
            Err(Refused::TooOften { seconds: left + 1 })
        }
    }
}

/// Refuses whoever can read nothing but another form.
fn json_is_wanted(visit: &Visit, headers: &HeaderMap) -> Result<(), Refused> {
    let all = headers.get_all(header::ACCEPT);
    let mut wanted = all
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    let any = wanted.peek().is_none();
    let fits = wanted.flat_map(|value| value.split(',')).any(|kind| {
        kind.contains("json") || kind.contains("*/*") || kind.contains("application/*")
    });
    let format = visit.query("_format");
    if (any || fits) && format.is_none_or(|format| format.contains("json")) {
        Ok(())
    } else {
        Err(Refused::OtherForm)
    }
}

fn is_of(headers: &HeaderMap, kinds: &[&str], wanted: &'static str) -> Result<(), Refused> {
    let sent = headers.get(header::CONTENT_TYPE);
    let sent = sent
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default().trim();
    if kinds.iter().any(|kind| kind.eq_ignore_ascii_case(sent)) {
        Ok(())
    } else {
        Err(Refused::MediaType(wanted))
    }
}

async fn body(request: Request, most: usize) -> Result<String, Refused> {
    let bytes = u64::try_from(most).unwrap_or(u64::MAX);
    let held = match hold(FromBody::new(request.into_body()), bytes).await {
        Held::Whole(held) => held,
        Held::TooLarge => return Err(Refused::TooLong { bytes }),
        Held::BrokenOff => return Err(Refused::BrokenOff),
    };
    String::from_utf8(held).map_err(|_| Refused::Invalid("the request must be UTF-8".to_owned()))
}

/// The parameters of an address, each as often as it stands there.
fn query(uri: &Uri) -> Result<Vec<(String, String)>, Refused> {
    if uri.query().is_some_and(|query| query.len() > LONGEST_QUERY) {
        let bytes = LONGEST_QUERY;
        return Err(Refused::LongAddress { bytes });
    }
    let read = Query::<Vec<(String, String)>>::try_from_uri(uri);
    read.map(|all| all.0)
        .map_err(|_| Refused::Invalid("the query cannot be read".to_owned()))
}

/// The parameters of a form.
async fn pairs(form: String) -> Result<Vec<(String, String)>, Refused> {
    let fault = || Refused::Invalid("the form cannot be read".to_owned());
    let request = Request::post("/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .map_err(|_| fault())?;
    let read = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    read.map(|all| all.0).map_err(|_| fault())
}

/// Keeps the entry of an answer. Whose record it was is in no entry.
async fn keep(
    visit: &Visit,
    address: &FhirAddress,
    purpose: Option<String>,
    answered: &Result<FhirAnswer, Refused>,
) -> Result<(), Refused> {
    let actor = visit.session.as_ref().map(|session| &session.username);
    let Some(actor) = actor else {
        return Ok(());
    };
    let asked = format!("{} {FHIR_BASE}/{}", address.method, address.path);
    let (outcome, people, says) = match answered {
        Ok(answer) => (
            Outcome::Done,
            answer.people,
            answer.outcome.map(link::trace::fhir::FhirOutcome::code),
        ),
        Err(refused) => match refused.in_the_log() {
            None => return Ok(()),
            Some(says) => (Outcome::Refused, 0, Some(says)),
        },
    };
    let mut entry = EntryBody::new(visit.now, Kind::Traced, actor, outcome);
    entry.object_kind = Some(ObjectKind::Table);
    entry.purpose = purpose;
    entry.rows = Some(people as u64);
    entry.reason = Some(says.map_or_else(|| asked.clone(), |says| format!("{asked}: {says}")));
    visit.keep(entry).await.map_err(|fault| match fault {
        super::fault::Fault::Ours { fault, .. } => Refused::ours(fault),
        _ => Refused::NotSignedIn,
    })
}

/// Whether a header is the id of a request and nothing else.
fn is_an_id(value: &HeaderValue) -> bool {
    let letters = value.as_bytes();
    (1..=64).contains(&letters.len())
        && letters
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
}
