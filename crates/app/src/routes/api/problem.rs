//! Problems: what a machine is told when the answer is no, after RFC 9457. The type of each is the address of a
//! page that says what it means and what to do; types are never renamed.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// A kind of problem.
#[derive(Debug, Clone, Copy)]
pub(in crate::routes) struct Kind {
    /// The last part of its address.
    pub(in crate::routes) name: &'static str,
    pub(in crate::routes) status: u16,
    pub(in crate::routes) title: &'static str,
    /// What to do.
    pub(in crate::routes) instead: &'static str,
}

const fn kind(name: &'static str, status: u16, title: &'static str, instead: &'static str) -> Kind {
    Kind {
        name,
        status,
        title,
        instead,
    }
}

/// Every kind.
#[rustfmt::skip]
pub(in crate::routes) const KINDS: &[Kind] = &[
    kind("not-found", 404, "There is no such thing, or it is not yours", "Check the address. What belongs to another organisation is not told apart from what is not there."),
    kind("sign-in", 401, "The call carries no token that counts", "Send the header `Authorization: Bearer` with a token. Tokens end by themselves; the person who runs the service makes new ones with `haven account token`."),
    kind("wrong-role", 403, "The token is for another role", "Use a token with the role of a submitter."),
    kind("foreign-form", 403, "The call did not come from a page of this session", "Load the page again. Machines use a token and need nothing else."),
    kind("too-large", 413, "The file is too large", "Compress it (zip or gzip) or split it. The detail names the limit."),
    kind("not-understood", 400, "The call cannot be understood", "The detail says which part and why. The description of the interface is at `/api/v1/openapi.json`."),
    kind("not-readable", 422, "The file cannot be read", "The detail says why. The attempt is kept for some days with this reason."),
    kind("period", 422, "The period cannot be taken", "State a window that takes files now, and days that lie within it."),
    kind("broken-off", 400, "The file did not arrive whole", "Send it again, or in parts: an upload in parts goes on where it stopped."),
    kind("not-declared", 422, "The declaration is missing", "Send `{\"declared\": true}` once somebody has looked at the result."),
    kind("not-an-attempt", 409, "The file is not one that can be sent on", "Look at its state. One that was withdrawn, replaced or deleted has to be sent again."),
    kind("not-decided", 422, "A decision cannot be kept", "Nothing of the call was kept. The detail says which decision it is, and what to do."),
    kind("check-again", 409, "The rules have changed since the check", "The file has been checked again. Look at the result, then confirm."),
    kind("window", 409, "The window does not take this now", "The detail says when it opens or closed."),
    kind("changed", 412, "It has changed since you looked", "Fetch it again, and send the new entity tag with `If-Match`."),
    kind("key-used", 422, "The idempotency key was used for another call", "Use a new key for each call, and the same key only to repeat a call."),
    kind("busy", 503, "The service is busy", "Wait for as long as `Retry-After` says, then call again."),
    kind("offset", 409, "The upload is at another place", "Ask where it is with `HEAD`, and go on from `Upload-Offset`."),
    kind("locked", 423, "Another call is adding to this upload", "Wait until it ends, ask where the upload is with `HEAD`, and go on from there."),
    kind("checksum", 460, "The piece is not what its checksum says", "Send the piece again. Nothing of it was kept."),
    kind("tus-version", 412, "The version of the upload protocol is missing or unknown", "Send `Tus-Resumable: 1.0.0`."),
    kind("piece-type", 415, "The piece does not say what it is", "Send `Content-Type: application/offset+octet-stream`."),
    kind("mailbox", 403, "The mailbox is not known here", "Nothing of the file was kept. Ask the person who runs the service to add your mailbox, then send the file again."),
    kind("workflow", 422, "The workflow is not one that is taken here", "Nothing of the file was kept. Send it again with one of the workflows that the detail names."),
    kind("our-fault", 500, "Something went wrong on our side", "Try again later, and quote the reference when you get in touch."),
];

static OURS: Kind = kind("our-fault", 500, "Something went wrong on our side", "");

/// One problem.
#[derive(Debug)]
pub(in crate::routes) struct Problem {
    kind: &'static Kind,
    detail: Option<String>,
    retry_after: Option<u64>,
    instance: Option<String>,
}

impl Problem {
    /// A problem of a kind. A name that there is not is our own fault.
    pub(in crate::routes) fn new(name: &str) -> Self {
        Self {
            kind: KINDS.iter().find(|k| k.name == name).unwrap_or(&OURS),
            detail: None,
            retry_after: None,
            instance: None,
        }
    }

    pub(in crate::routes) fn too_large(limit_in_bytes: u64) -> Self {
        let limit = pages::format::bytes(limit_in_bytes);
        Self::new("too-large").detail(format!("The limit is {limit}."))
    }

    #[must_use]
    pub(in crate::routes) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub(in crate::routes) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What the problem is about.
    #[must_use]
    pub(in crate::routes) fn about(mut self, address: String) -> Self {
        self.instance = Some(address);
        self
    }
}

impl Problem {
    /// The problem as a document.
    pub(in crate::routes) fn document(&self) -> Value {
        let mut body = json!({
            "type": format!("/problems/{}", self.kind.name),
            "title": self.kind.title,
            "status": self.kind.status,
        });
        if let Some(fields) = body.as_object_mut() {
            for (name, value) in [("detail", &self.detail), ("instance", &self.instance)] {
                if let Some(value) = value {
                    fields.insert(name.to_owned(), value.as_str().into());
                }
            }
        }
        body
    }

    /// The address of the submission that the problem is about.
    pub(super) fn instance_of_submission(&self) -> Option<String> {
        self.instance.clone()
    }
}

/// Whatever fails beneath is our own fault.
impl From<anyhow::Error> for Problem {
    fn from(fault: anyhow::Error) -> Self {
        let reference = crate::routes::fault::told(&fault);
        Self::new("our-fault").detail(format!("Nothing has been changed. Reference {reference}."))
    }
}

impl From<control::ControlError> for Problem {
    fn from(fault: control::ControlError) -> Self {
        anyhow::Error::from(fault).into()
    }
}

impl From<store::StoreError> for Problem {
    fn from(fault: store::StoreError) -> Self {
        anyhow::Error::from(fault).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.kind.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.document().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"haven\""),
            );
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
