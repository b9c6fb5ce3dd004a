//! What an answer says that is no Patient, and where in the request the reason lies. Never a value of the request.

use super::{FhirAnswer, FhirSettings};
use serde::Serialize;

/// What an `OperationOutcome` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FhirOutcome {
    /// More people fit than may be shown.
    TooManyMatches,
    /// The request cannot be used.
    InvalidSearchData,
    /// The number was invalidated.
    InvalidatedResource,
    /// The id is no number.
    InvalidResourceId,
    /// Nobody has the number.
    ResourceNotFound,
    /// The caller may not ask.
    AccessDenied,
}

impl FhirOutcome {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::TooManyMatches,
        Self::InvalidSearchData,
        Self::InvalidatedResource,
        Self::InvalidResourceId,
        Self::ResourceNotFound,
        Self::AccessDenied,
    ];

    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooManyMatches => "TOO_MANY_MATCHES",
            Self::InvalidSearchData => "INVALID_SEARCH_DATA",
            Self::InvalidatedResource => "INVALIDATED_RESOURCE",
            Self::InvalidResourceId => "INVALID_RESOURCE_ID",
            Self::ResourceNotFound => "RESOURCE_NOT_FOUND",
            Self::AccessDenied => "ACCESS_DENIED",
        }
    }
}

/// Why a request has no better answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) outcome: FhirOutcome,
    says: Option<String>,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    None,
    /// `FHIRPath` in the body.
    Body(String),
    /// A parameter of the query.
    Query(&'static str),
}

impl Fault {
    pub(super) const fn of(outcome: FhirOutcome) -> Self {
        Self {
            outcome,
            says: None,
            place: Place::None,
        }
    }

    /// Something in the body cannot be used.
    pub(super) fn body(path: impl Into<String>, says: impl Into<String>) -> Self {
        Self {
            outcome: FhirOutcome::InvalidSearchData,
            says: Some(says.into()),
            place: Place::Body(path.into()),
        }
    }

    /// A parameter of the query cannot be used.
    pub(super) fn query(name: &'static str, says: impl Into<String>) -> Self {
        Self {
            outcome: FhirOutcome::InvalidSearchData,
            says: Some(says.into()),
            place: Place::Query(name),
        }
    }

    /// The query as a whole cannot be used.
    pub(super) fn whole_query(says: impl Into<String>) -> Self {
        Self {
            outcome: FhirOutcome::InvalidSearchData,
            says: Some(says.into()),
            place: Place::None,
        }
    }

    pub(super) fn resource<'a>(&'a self, settings: &'a FhirSettings) -> OperationOutcome<'a> {
        let of = settings.outcome(self.outcome);
        let (location, expression) = match &self.place {
            Place::None => (None, None),
            Place::Body(path) => (None, Some([path.as_str()])),
            Place::Query(name) => (Some([format!("http.{name}")]), None),
        };
        OperationOutcome {
            resource_type: "OperationOutcome",
            issue: [Issue {
                severity: &of.severity,
                code: &of.issue,
                details: Details {
                    coding: [Coding {
                        system: &settings.systems.outcome,
                        version: Some(&settings.systems.outcome_version),
                        code: self.outcome.code(),
                        display: Some(&of.display),
                    }],
                },
                diagnostics: self.says.as_deref(),
                location,
                expression,
            }],
        }
    }

    pub(super) fn answer(&self, settings: &FhirSettings) -> FhirAnswer {
        FhirAnswer {
            status: settings.outcome(self.outcome).status,
            outcome: Some(self.outcome),
            ..super::resource::answer(&self.resource(settings), 0)
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OperationOutcome<'a> {
    resource_type: &'static str,
    issue: [Issue<'a>; 1],
}

#[derive(Serialize)]
struct Issue<'a> {
    severity: &'a str,
    code: &'a str,
    details: Details<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<[String; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<[&'a str; 1]>,
}

#[derive(Serialize)]
struct Details<'a> {
    coding: [Coding<'a>; 1],
}

/// A code and whose it is.
#[derive(Serialize)]
pub(super) struct Coding<'a> {
    pub(super) system: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    pub(super) code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display: Option<&'a str>,
}
