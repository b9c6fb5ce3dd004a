//! Signing in and out.

use super::{
    Answer,
    fault::Fault,
    visit::{Visit, fields, is_local},
};
use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use control::{Password, SignInError, SignInRefusal, SignedIn};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use pages::SignInView;
use std::time::Duration;

pub(super) fn page(visit: &Visit) -> Answer {
    let next = visit
        .query("next")
        .filter(|next| is_local(next))
        .map(str::to_owned);
    if visit.session.is_some() {
        return Ok(Redirect::to(next.as_deref().unwrap_or("/")).into_response());
    }
    let notice = visit
        .query("out")
        .map(|_| "You have signed out.".to_owned());
    form(
        visit,
        StatusCode::OK,
        SignInView {
            next,
            notice,
            ..SignInView::default()
        },
    )
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let mut fields = fields(request).await?;
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (csrf, username, password) = (take("csrf"), take("username"), take("password"));
    let next = Some(take("next")).filter(|next| is_local(next));
    let again = |status, error: String| {
        form(
            visit,
            status,
            SignInView {
                username: username.clone(),
                next: next.clone(),
                error: Some(error),
                ..SignInView::default()
            },
        )
    };
    if !visit.form_token_matches(&csrf) {
        return again(
            StatusCode::FORBIDDEN,
            "The page was open for too long. Sign in again.".to_owned(),
        );
    }
    let control = &visit.site.workspace.control;
    let limit = visit.site.workspace.config.site.sign_ins_a_minute;
    let from = visit.address.map(|a| a.to_string()).unwrap_or_default();
    if control
        .count_try(
            &format!("sign in from {from}"),
            limit,
            Duration::from_mins(1),
            visit.now,
        )
        .await?
        .is_some()
    {
        return Err(Fault::TooOften);
    }
    if username.trim().is_empty() || password.is_empty() {
        return again(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Enter your user name and your password.".to_owned(),
        );
    }
    match control
        .sign_in(&username, &Password::new(password), visit.now)
        .await
    {
        Ok(signed_in) => {
            let session = &signed_in.session;
            let mut entry =
                EntryBody::new(visit.now, Kind::SignedIn, &session.username, Outcome::Done);
            entry.object_kind = Some(ObjectKind::Account);
            entry.on_behalf_of = Some(session.position.organisation.as_str().to_owned());
            entry.reason = Some(format!("as {}", session.position.role));
            visit.keep(entry).await?;
            let to = if session.positions.len() > 1 {
                "/role"
            } else {
                next.as_deref().unwrap_or("/")
            };
            Ok(signed_in_at(visit, &signed_in, to))
        }
        Err(SignInError::Refused(refusal)) => {
            // What was typed as a name may be a password or worse, so only names of accounts are kept.
            let known = control.account(&username).await?.map(|a| a.username);
            let actor = known.as_deref().unwrap_or("unknown");
            let mut entry = EntryBody::new(visit.now, Kind::SignInFailed, actor, Outcome::Refused);
            entry.object_kind = Some(ObjectKind::Account);
            visit.keep(entry).await?;
            let status = match refusal {
                SignInRefusal::WrongNameOrPassword => StatusCode::UNPROCESSABLE_ENTITY,
                SignInRefusal::Locked { .. } | SignInRefusal::Busy { .. } => {
                    StatusCode::TOO_MANY_REQUESTS
                }
            };
            again(status, in_words(&refusal))
        }
        Err(SignInError::Control(fault)) => Err(fault.into()),
    }
}

pub(super) async fn sign_out(visit: &Visit, request: Request) -> Answer {
    visit.form(request).await?;
    if let (Some(token), Ok(session)) = (&visit.token, visit.session()) {
        visit.site.workspace.control.sign_out(token).await?;
        let mut entry =
            EntryBody::new(visit.now, Kind::SignedOut, &session.username, Outcome::Done);
        entry.object_kind = Some(ObjectKind::Account);
        visit.keep(entry).await?;
    }
    let mut response = Redirect::to("/sign-in?out=1").into_response();
    set_cookie(&mut response, visit, visit.site.session_cookie(), "", true);
    // Nothing that was shown stays in the browser.
    response
        .headers_mut()
        .insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// The answer to someone who has just signed in or changed role: on to a page, with the new token.
pub(super) fn signed_in_at(visit: &Visit, signed_in: &SignedIn, to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    set_cookie(
        &mut response,
        visit,
        visit.site.session_cookie(),
        signed_in.token.reveal(),
        false,
    );
    set_cookie(&mut response, visit, visit.site.form_cookie(), "", true);
    response
}

/// The form, with a token of its own that the browser must send back twice.
fn form(visit: &Visit, status: StatusCode, view: SignInView) -> Answer {
    let csrf = visit.visitors_token()?;
    let page = pages::sign_in(
        &visit.frame(),
        &SignInView {
            csrf: csrf.clone(),
            ..view
        },
    );
    let mut response = Visit::page_with(status, &page);
    set_cookie(&mut response, visit, visit.site.form_cookie(), &csrf, false);
    Ok(response)
}

pub(super) fn set_cookie(
    response: &mut Response,
    visit: &Visit,
    name: &str,
    value: &str,
    ends: bool,
) {
    let secure = if visit.site.secure() { "; Secure" } else { "" };
    let age = if ends { "; Max-Age=0" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn in_words(refusal: &SignInRefusal) -> String {
    match refusal {
        SignInRefusal::WrongNameOrPassword => {
            "The user name or the password is not right.".to_owned()
        }
        SignInRefusal::Locked { until } => format!(
            "There were too many tries with this user name. Try again after {}.",
            pages::format::moment(*until)
        ),
        SignInRefusal::Busy { after } => {
            format!(
                "Too many people are signing in. Try again after {}.",
                pages::format::moment(*after)
            )
        }
    }
}
