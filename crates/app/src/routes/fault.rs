//! Why a page is not shown, as a page.

use super::visit::Visit;
use crate::{fault::NotAllowed, roles::Closed};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use pages::{ForbiddenView, OurFaultView, TooLargeView};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// No such page, or none that this reader may know of: which of the two is not told.
    NotFound,
    /// Sign in first, then go on.
    SignIn,
    /// Not for this role.
    WrongRole,
    /// The reader has the role, and its pages are closed to them for now.
    Closed(Closed),
    /// The form is not one that we gave to this reader.
    ForeignForm,
    /// The file is larger than the limit.
    TooLarge {
        size_in_bytes: Option<u64>,
        limit_in_bytes: u64,
    },
    /// Asked too often.
    TooOften,
    /// Not allowed, in words.
    NotAllowed(String),
    /// Our fault; `assurance` says what is safe.
    Ours {
        fault: anyhow::Error,
        assurance: &'static str,
    },
}

impl<E: Into<anyhow::Error>> From<E> for Fault {
    fn from(fault: E) -> Self {
        let fault = fault.into();
        if let Some(no) = fault.downcast_ref::<NotAllowed>() {
            return Self::NotAllowed(no.to_string());
        }
        Self::Ours {
            fault,
            assurance: "Nothing has been changed.",
        }
    }
}

impl Fault {
    /// The page that tells the reader.
    pub(super) fn response(self, visit: &Visit) -> Response {
        let frame = visit.frame();
        match self {
            Self::NotFound => Visit::page_with(StatusCode::NOT_FOUND, &pages::not_found(&frame)),
            Self::SignIn => {
                Redirect::to(&format!("/sign-in?next={}", visit.path())).into_response()
            }
            Self::WrongRole => {
                let reason = format!(
                    "You are working as {}. This page is for people in another role.",
                    visit.role_in_words()
                );
                let instead = "If you have another role, switch to it from the top of the page. If you need one, ask the person who runs the service.";
                let view = ForbiddenView {
                    reason,
                    clause: None,
                    instead: Some(instead.to_owned()),
                };
                Visit::page_with(StatusCode::FORBIDDEN, &pages::forbidden(&frame, &view))
            }
            Self::Closed(Closed::SecondFactor) => {
                Redirect::to("/account/second-factor").into_response()
            }
            Self::Closed(why) => {
                let view = ForbiddenView {
                    reason: why.in_words(),
                    clause: None,
                    instead: Some("Your account shows what is on record about you.".to_owned()),
                };
                Visit::page_with(StatusCode::FORBIDDEN, &pages::forbidden(&frame, &view))
            }
            Self::ForeignForm => {
                let view = ForbiddenView {
                    reason: "The form was not sent from a page that we gave you, or the page was open for too long. Nothing has been changed.".to_owned(),
                    clause: None,
                    instead: Some("Go back, load the page again and send the form once more.".to_owned()),
                };
                Visit::page_with(StatusCode::FORBIDDEN, &pages::forbidden(&frame, &view))
            }
            Self::TooLarge {
                size_in_bytes,
                limit_in_bytes,
            } => {
                let view = TooLargeView {
                    size_in_bytes,
                    limit_in_bytes,
                };
                Visit::page_with(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    &pages::too_large(&frame, &view),
                )
            }
            Self::TooOften => {
                let view = ForbiddenView {
                    reason: "Too many tries came from your address in a short time.".to_owned(),
                    clause: None,
                    instead: Some("Wait a minute, then try again.".to_owned()),
                };
                Visit::page_with(
                    StatusCode::TOO_MANY_REQUESTS,
                    &pages::forbidden(&frame, &view),
                )
            }
            Self::NotAllowed(words) => {
                let view = ForbiddenView {
                    reason: super::ask::sentence(&words),
                    clause: None,
                    instead: None,
                };
                Visit::page_with(StatusCode::FORBIDDEN, &pages::forbidden(&frame, &view))
            }
            Self::Ours { fault, assurance } => {
                let view = OurFaultView {
                    reference: told(&fault),
                    assurance: assurance.to_owned(),
                };
                Visit::page_with(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &pages::our_fault(&frame, &view),
                )
            }
        }
    }
}

/// Writes a fault of ours into the log, and gives the reference under which it is found there.
pub(super) fn told(fault: &anyhow::Error) -> String {
    let reference: String = uuid::Uuid::new_v4()
        .simple()
        .to_string()
        .chars()
        .take(8)
        .collect();
    tracing::error!(reference, "{}", without_values(fault));
    reference
}

/// A fault in words for the log. What lies below our own errors is left out: the engine's and the
/// database's messages can quote a value.
pub(super) fn without_values(fault: &anyhow::Error) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in fault.chain() {
        words.push(cause.to_string());
        if cause.is::<store::StoreError>() || cause.is::<control::ControlError>() {
            break;
        }
    }
    words.join(": ")
}
