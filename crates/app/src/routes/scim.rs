//! SCIM 2.0 (RFC 7643, RFC 7644) below `/scim/v2`: a directory makes, changes and ends accounts, under a credential of
//! its own. Groups give roles where `content/directory.toml` says so.

mod groups;
mod patch;
mod schemas;
mod users;

use super::{fault::told, site::Site, visit::Visit};
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use control::{ControlError, DirectoryRefusal, GroupRoles, Position, Role};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, OrganisationCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

const KIND: &str = "application/scim+json";
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The longest document that a call may carry, and how many entries an answer has at most.
const LONGEST: usize = 256 * 1024;
const MOST: usize = 200;
/// How many calls a minute one directory, and one network address without a credential, may make.
const CALLS_A_MINUTE: u64 = 1_200;
const TRIES_A_MINUTE: u64 = 60;

/// One call of a directory.
struct Call<'v> {
    visit: &'v Visit,
    directory: String,
    roles: &'v GroupRoles,
    headers: HeaderMap,
}

/// Why a call is not done.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
}

type Reply = Result<Response, Refused>;

/// What the groups of a directory give: `content/directory.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default, rename = "group")]
    groups: Vec<WrittenGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenGroup {
    name: String,
    role: Role,
    organisation: String,
}

/// Reads what groups give.
pub(super) fn group_roles(content: &Content) -> anyhow::Result<GroupRoles> {
    let written: Written = content.toml("directory.toml")?;
    let mut roles: BTreeMap<String, Vec<Position>> = BTreeMap::new();
    for group in written.groups {
        roles.entry(group.name).or_default().push(Position {
            role: group.role,
            organisation: OrganisationCode::new(&group.organisation)?,
        });
    }
    Ok(roles)
}

/// Adds the addresses to the router.
pub(super) fn addresses(router: Router, site: &Arc<Site>) -> Router {
    let site = Arc::clone(site);
    let answer = any(move |request: Request| {
        let visit = Visit::of(Arc::clone(&site), &request);
        async move { answer(&visit, request).await }
    });
    router.route("/scim/v2/{*rest}", answer)
}

async fn answer(visit: &Visit, request: Request) -> Response {
    match reply(visit, request).await {
        Ok(response) => response,
        Err(refused) => refused.response(),
    }
}

async fn reply(visit: &Visit, request: Request) -> Reply {
    let call = recognised(visit, request.headers().clone()).await?;
    let path = visit.path().trim_start_matches("/scim/v2/").to_owned();
    let method = request.method().clone();
    let parts: Vec<&str> = path.split('/').collect();
    match (&method, parts.as_slice()) {
        (&Method::GET, ["ServiceProviderConfig"]) => {
            Ok(document(StatusCode::OK, &schemas::service()))
        }
        (&Method::GET, ["ResourceTypes"]) => Ok(document(
            StatusCode::OK,
            &schemas::resource_types(&call.base()),
        )),
        (&Method::GET, ["Schemas"]) => {
            Ok(document(StatusCode::OK, &schemas::schemas(&call.base())))
        }
        (_, ["Users", rest @ ..]) => users::reply(&call, &method, rest, request).await,
        (_, ["Groups", rest @ ..]) => groups::reply(&call, &method, rest, request).await,
        (_, ["ServiceProviderConfig" | "ResourceTypes" | "Schemas"]) => Err(not_so()),
        _ => Err(missing()),
    }
}

/// Who calls. A wrong credential costs a try of its network address, and is in the log.
async fn recognised(visit: &Visit, headers: HeaderMap) -> Result<Call<'_>, Refused> {
    let control = &visit.site.workspace.control;
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = match shown.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => "",
    };
    let minute = Duration::from_mins(1);
    let known = control.directory_of(token, visit.now).await?;
    let (bucket, limit) = if let Some(directory) = &known {
        (format!("scim of {directory}"), CALLS_A_MINUTE)
    } else {
        let from = visit.address.map(|a| a.to_string()).unwrap_or_default();
        (format!("scim from {from}"), TRIES_A_MINUTE)
    };
    if control
        .count_try(&bucket, limit, minute, visit.now)
        .await?
        .is_some()
    {
        return Err(Refused::new(
            StatusCode::TOO_MANY_REQUESTS,
            None,
            "Too many calls. Wait a minute.",
        ));
    }
    let Some(directory) = known else {
        let mut entry = EntryBody::new(visit.now, Kind::SignInFailed, "unknown", Outcome::Refused);
        entry.object_kind = Some(ObjectKind::Account);
        entry.reason = Some("credential of a directory".to_owned());
        keep(visit, entry).await?;
        return Err(Refused::new(
            StatusCode::UNAUTHORIZED,
            None,
            "Show the credential of a directory as a bearer token.",
        ));
    };
    Ok(Call {
        visit,
        directory,
        roles: &visit.site.group_roles,
        headers,
    })
}

async fn keep(visit: &Visit, entry: EntryBody) -> Result<(), Refused> {
    visit
        .keep(entry)
        .await
        .map_err(|_| Refused::ours(&anyhow::anyhow!("the audit log could not be written")))
}

impl Call<'_> {
    /// Where resources are, for their `location`.
    fn base(&self) -> String {
        format!("{}/scim/v2", self.visit.site.public_address())
    }

    /// Keeps what a directory does, before it is done.
    async fn keep(&self, what: String) -> Result<(), Refused> {
        let actor = format!("directory {}", self.directory);
        let mut entry = EntryBody::new(self.visit.now, Kind::AccountChanged, &actor, Outcome::Done);
        entry.object_kind = Some(ObjectKind::Account);
        entry.reason = Some(what);
        keep(self.visit, entry).await
    }
}

impl Refused {
    fn new(status: StatusCode, kind: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            detail: detail.into(),
        }
    }

    fn ours(fault: &anyhow::Error) -> Self {
        let reference = told(fault);
        let detail = format!("Something went wrong on our side. Reference {reference}.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, detail)
    }

    fn response(self) -> Response {
        let mut body = json!({
            "schemas": [ERROR],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let (Some(kind), Value::Object(body)) = (self.kind, &mut body) {
            body.insert("scimType".to_owned(), json!(kind));
        }
        let mut response = document(self.status, &body);
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

impl From<ControlError> for Refused {
    fn from(fault: ControlError) -> Self {
        match fault {
            ControlError::Form { what, wanted } => invalid(format!("{what} {wanted}")),
            other => Self::ours(&other.into()),
        }
    }
}

impl From<DirectoryRefusal> for Refused {
    fn from(refusal: DirectoryRefusal) -> Self {
        match refusal {
            DirectoryRefusal::Missing => missing(),
            DirectoryRefusal::Taken => Self::new(
                StatusCode::CONFLICT,
                Some("uniqueness"),
                "The name is taken.",
            ),
            DirectoryRefusal::Changed => changed(),
            DirectoryRefusal::UnknownMember => {
                invalid("A member is not one of this directory's people.")
            }
        }
    }
}

fn missing() -> Refused {
    Refused::new(
        StatusCode::NOT_FOUND,
        None,
        "There is none of that id or address.",
    )
}

fn not_so() -> Refused {
    Refused::new(
        StatusCode::METHOD_NOT_ALLOWED,
        None,
        "This address does not take that method.",
    )
}

fn changed() -> Refused {
    Refused::new(
        StatusCode::PRECONDITION_FAILED,
        None,
        "It was changed since it was read.",
    )
}

fn invalid(detail: impl Into<String>) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, Some("invalidValue"), detail)
}

fn document(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, KIND)], body.to_string()).into_response()
}

/// A resource with its version.
fn resource(status: StatusCode, body: &Value, version: u64) -> Response {
    let mut response = document(status, body);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag(version)) {
        headers.insert(header::ETAG, tag);
    }
    let location = body.pointer("/meta/location").and_then(Value::as_str);
    if status == StatusCode::CREATED
        && let Some(Ok(location)) = location.map(HeaderValue::from_str)
    {
        headers.insert(header::LOCATION, location);
    }
    response
}

fn tag(version: u64) -> String {
    format!("W/\"{version}\"")
}

/// Whether a header names this version: `*`, or the tag, weak or strong, alone or in a list.
fn names(headers: &HeaderMap, header: header::HeaderName, version: u64) -> Option<bool> {
    let value = headers.get(header)?.to_str().ok()?;
    let wanted = format!("\"{version}\"");
    Some(value.split(',').any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == wanted
    }))
}

/// The document that a call carries.
async fn body(request: Request) -> Result<Value, Refused> {
    let syntax =
        |detail: String| Refused::new(StatusCode::BAD_REQUEST, Some("invalidSyntax"), detail);
    let reading = axum::body::to_bytes(request.into_body(), LONGEST);
    let bytes = tokio::time::timeout(Duration::from_mins(1), reading)
        .await
        .map_err(|_| syntax("The document did not come in time.".to_owned()))?
        .map_err(|_| syntax("The document is too long or broke off.".to_owned()))?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| {
        syntax(format!(
            "The document is not JSON: line {}, column {}.",
            e.line(),
            e.column()
        ))
    })?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(syntax("The document is an object.".to_owned()))
    }
}

/// An attribute of an object, whatever the case of its name (RFC 7643, section 2.1).
fn attribute<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Object(all) = object else {
        return None;
    };
    let mut found = all.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found
        .next()
        .map(|(_, value)| value)
        .filter(|value| !value.is_null())
}

/// An attribute that is text of a sensible length.
fn text(object: &Value, name: &str) -> Result<Option<String>, Refused> {
    match attribute(object, name) {
        None => Ok(None),
        Some(Value::String(text))
            if text.chars().count() <= 200 && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        }
        Some(_) => Err(invalid(format!(
            "`{name}` is text in one line of at most 200 characters."
        ))),
    }
}

/// Yes or no, also as the words that some directories send.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The one comparison that a filter may make: an attribute that equals a text. Its parts, or what is wrong.
fn filter(text: &str) -> Result<(String, String), Refused> {
    let wrong = || {
        let detail = "A filter has the form: attribute eq \"text\".";
        Refused::new(StatusCode::BAD_REQUEST, Some("invalidFilter"), detail)
    };
    let (name, rest) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let (operator, value) = rest.trim_start().split_once(' ').ok_or_else(wrong)?;
    if !operator.eq_ignore_ascii_case("eq") || text.len() > 1_000 {
        return Err(wrong());
    }
    let value: Value = serde_json::from_str(value.trim()).map_err(|_| wrong())?;
    let value = match value {
        Value::String(text) => text,
        Value::Bool(yes) => yes.to_string(),
        _ => return Err(wrong()),
    };
    Ok((name.to_lowercase(), value))
}

/// A page of a list, as `startIndex` and `count` ask for it.
fn listed(visit: &Visit, all: Vec<Value>) -> Response {
    let number = |name: &str| visit.query(name).and_then(|n| n.trim().parse::<i64>().ok());
    let start = usize::try_from(number("startIndex").unwrap_or(1).max(1)).unwrap_or(1);
    let count = number("count").map_or(MOST, |n| {
        usize::try_from(n.max(0)).unwrap_or(MOST).min(MOST)
    });
    let total = all.len();
    let page: Vec<Value> = all.into_iter().skip(start - 1).take(count).collect();
    document(
        StatusCode::OK,
        &json!({
            "schemas": [LIST],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": page.len(),
            "Resources": page,
        }),
    )
}
