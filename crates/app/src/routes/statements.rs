//! Help, the accessibility statement, cookies and privacy.

use super::{Answer, visit::Visit};
use axum::{extract::Request, response::Response};
use pages::{AccessibilityView, CookiesView, PrivacyView};

pub(super) fn help(visit: &Visit) -> Response {
    Visit::page(&pages::help(&visit.frame(), &visit.site.contact()))
}

pub(super) fn accessibility(visit: &Visit) -> Response {
    let words = &visit.site.service.accessibility;
    let view = AccessibilityView {
        contact: visit.site.contact(),
        tested: words.tested,
        known_problems: words.known_problems.clone(),
    };
    Visit::page(&pages::accessibility(&visit.frame(), &view))
}

pub(super) fn cookies(visit: &Visit) -> Response {
    let cookie =
        |name: &str, why: &str, lasts: &str| (name.to_owned(), why.to_owned(), lasts.to_owned());
    let view = CookiesView {
        cookies: vec![
            cookie(
                visit.site.session_cookie(),
                "It shows that you have signed in.",
                "Until you sign out or close the browser, and at most 12 hours; 30 minutes if you do nothing.",
            ),
            cookie(
                visit.site.form_cookie(),
                "It shows that the sign-in form came from us.",
                "Until you have signed in or close the browser.",
            ),
        ],
    };
    Visit::page(&pages::cookies(&visit.frame(), &view))
}

pub(super) fn privacy(visit: &Visit) -> Response {
    let view = PrivacyView {
        contact: visit.site.contact(),
        kept_for: visit.site.service.privacy.kept_for.clone(),
    };
    Visit::page(&pages::privacy(&visit.frame(), &view))
}

/// What a problem of the interface for machines means, and what to do.
pub(super) async fn problem(visit: &Visit, mut request: Request) -> Answer {
    let name = visit.part(&mut request, "name").await?;
    let kind = super::api::problem::KINDS
        .iter()
        .find(|k| k.name == name)
        .ok_or(super::fault::Fault::NotFound)?;
    let view = pages::ProblemView {
        name: kind.name.to_owned(),
        status: kind.status,
        title: kind.title.to_owned(),
        instead: kind.instead.to_owned(),
    };
    Ok(Visit::page(&pages::problem(&visit.frame(), &view)))
}
