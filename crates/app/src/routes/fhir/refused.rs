//! Why a request over FHIR has no answer from the index: an `OperationOutcome` that names no value of the request.

use crate::{desks::TraceIndexError, routes::fault::told};
use axum::http::StatusCode;
use link::trace::fhir::{FhirAnswer, FhirOutcome, FhirSettings, denied, invalid};
use serde_json::json;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no such address or resource.
    Unknown,
    /// The address is not asked in this way; these are its ways.
    Method(String),
    /// No token that counts.
    NotSignedIn,
    /// A token for another role.
    WrongRole,
    /// The answer is wanted in another form.
    OtherForm,
    /// The request comes in another form than this.
    MediaType(&'static str),
    /// The request is longer than so many bytes.
    TooLong { bytes: u64 },
    /// The address is longer than so many bytes.
    LongAddress { bytes: usize },
    /// The request did not arrive whole.
    BrokenOff,
    /// It is no text, or its purpose is none: how it must be.
    Invalid(String),
    /// Too many of this account in a minute.
    TooOften { seconds: u64 },
    /// Others are being answered, or the index is being made.
    Busy { seconds: u64, says: &'static str },
    /// There is no index that could be asked.
    NoIndex(String),
    /// A fault of ours, under this reference in the log.
    Ours { reference: String },
}

impl Refused {
    /// A fault of ours, written into the log.
    pub(super) fn ours(fault: impl Into<anyhow::Error>) -> Self {
        Self::Ours {
            reference: told(&fault.into()),
        }
    }

    /// The answer that says so.
    pub(super) fn answer(&self, settings: &FhirSettings) -> FhirAnswer {
        let (status, issue, says) = match self {
            Self::NotSignedIn => {
                return with_status(denied(settings), StatusCode::UNAUTHORIZED);
            }
            Self::WrongRole => return denied(settings),
            Self::Invalid(says) => return invalid(says.as_str(), settings),
            Self::Unknown => (
                StatusCode::NOT_FOUND,
                "not-supported",
                "there is no such address; /fhir/R4/metadata lists those that there are".to_owned(),
            ),
            Self::Method(allowed) => (
                StatusCode::METHOD_NOT_ALLOWED,
                "not-supported",
                format!("the address is asked by {allowed}"),
            ),
            Self::OtherForm => (
                StatusCode::NOT_ACCEPTABLE,
                "not-supported",
                "answers come as application/fhir+json".to_owned(),
            ),
            Self::MediaType(wanted) => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-supported",
                format!("the request must be {wanted}"),
            ),
            Self::TooLong { bytes } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-long",
                format!("a request has at most {bytes} bytes"),
            ),
            Self::LongAddress { bytes } => (
                StatusCode::URI_TOO_LONG,
                "too-long",
                format!("a query has at most {bytes} bytes"),
            ),
            Self::BrokenOff => (
                StatusCode::BAD_REQUEST,
                "incomplete",
                "the request did not arrive whole".to_owned(),
            ),
            Self::TooOften { seconds } => (
                StatusCode::TOO_MANY_REQUESTS,
                "throttled",
                format!("too many requests; ask again in {seconds} seconds"),
            ),
            Self::Busy { says, .. } => (
                StatusCode::SERVICE_UNAVAILABLE,
                "transient",
                (*says).to_owned(),
            ),
            Self::NoIndex(says) => (StatusCode::SERVICE_UNAVAILABLE, "incomplete", says.clone()),
            Self::Ours { reference } => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "exception",
                format!("something went wrong on our side; the reference is {reference}"),
            ),
        };
        let body = json!({
            "resourceType": "OperationOutcome",
            "issue": [{"severity": "error", "code": issue, "diagnostics": says}],
        });
        FhirAnswer {
            status: status.as_u16(),
            body: body.to_string(),
            people: 0,
            outcome: None,
        }
    }

    /// A header that goes with it.
    pub(super) fn header(&self) -> Option<(&'static str, String)> {
        match self {
            Self::NotSignedIn => Some(("www-authenticate", "Bearer realm=\"haven\"".to_owned())),
            Self::Method(allowed) => Some(("allow", allowed.clone())),
            Self::TooOften { seconds } | Self::Busy { seconds, .. } => {
                Some(("retry-after", seconds.to_string()))
            }
            _ => None,
        }
    }

    /// What the audit log says of it; nothing where nobody known asked, or too often to be kept.
    pub(super) fn in_the_log(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown | Self::Method(_) | Self::NotSignedIn | Self::TooOften { .. } => {
                return None;
            }
            Self::WrongRole => FhirOutcome::AccessDenied.code(),
            Self::Invalid(_) => FhirOutcome::InvalidSearchData.code(),
            Self::OtherForm | Self::MediaType(_) => "another form",
            Self::TooLong { .. } | Self::LongAddress { .. } => "too long",
            Self::BrokenOff => "not whole",
            Self::Busy { .. } => "busy",
            Self::NoIndex(_) => "no index",
            Self::Ours { .. } => "our fault",
        })
    }
}

impl From<&TraceIndexError> for Refused {
    fn from(fault: &TraceIndexError) -> Self {
        match fault {
            // Whoever asks over the network cannot mend it, and is not told of tables and settings.
            TraceIndexError::Nobody { .. } => {
                Self::NoIndex("no index of people has been landed here yet".to_owned())
            }
            TraceIndexError::TooLarge { .. } => Self::NoIndex(
                "the index of people is too large for the memory that it may take; whoever runs the service can raise it"
                    .to_owned(),
            ),
            TraceIndexError::Store(_) => Self::NoIndex("the index of people cannot be read".to_owned()),
        }
    }
}

fn with_status(answer: FhirAnswer, status: StatusCode) -> FhirAnswer {
    FhirAnswer {
        status: status.as_u16(),
        ..answer
    }
}
