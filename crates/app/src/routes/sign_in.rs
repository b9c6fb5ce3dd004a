//! Signing in and out: a password, a code of the second factor, a first password, and a form that waited.

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
use control::{
    ControlError, Password, SessionToken, SignInError, SignInRefusal, SignInStep, SignedIn,
};
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use pages::{FirstPasswordView, KeptForm, SignInCodeView, SignInView};
use std::time::Duration;

/// How a field of a form that waits is called within a sign-in form.
const KEPT: &str = "kept.";
/// Where such a form goes.
const KEPT_ACTION: &str = "kept-action";

pub(super) async fn page(visit: &Visit) -> Answer {
    let next = visit
        .query("next")
        .filter(|next| is_local(next))
        .map(str::to_owned);
    if visit.session.is_some() {
        return Ok(Redirect::to(next.as_deref().unwrap_or("/")).into_response());
    }
    let notice = visit
        .query("out")
        .map(|out| match out {
            "password" => "Your password is set. Sign in with it.",
            _ => "You have signed out.",
        })
        .map(str::to_owned);
    // Where the reader came from a provider, its own session goes on.
    let sign_out_there = visit
        .query("from")
        .and_then(|name| Some((name, visit.site.providers.get(name)?)))
        .map(|(name, known)| {
            let called = known.mapping.called.clone();
            (called, format!("/sign-out/from/{name}"))
        });
    form(
        visit,
        StatusCode::OK,
        SignInView {
            next,
            notice,
            sign_out_there,
            ..SignInView::default()
        },
    )
    .await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let mut fields = fields(request).await?;
    let kept = kept_form(&fields);
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (csrf, username, password) = (take("csrf"), take("username"), take("password"));
    let next = Some(take("next")).filter(|next| is_local(next));
    let again = async |status, error: String| {
        let view = SignInView {
            username: username.clone(),
            next: next.clone(),
            error: Some(error),
            kept: kept.clone(),
            ..SignInView::default()
        };
        form(visit, status, view).await
    };
    if !visit.form_token_matches(&csrf) {
        return again(
            StatusCode::FORBIDDEN,
            "The page was open for too long. Sign in again.".to_owned(),
        )
        .await;
    }
    let control = &visit.site.workspace.control;
    not_too_often(visit).await?;
    if username.trim().is_empty() || password.is_empty() {
        return again(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Enter your user name and your password.".to_owned(),
        )
        .await;
    }
    match control
        .sign_in(&username, &Password::new(password), visit.now)
        .await
    {
        Ok(SignInStep::In(signed_in)) => welcome(visit, &signed_in, next, kept).await,
        Ok(SignInStep::Code(step)) => {
            let view = SignInCodeView {
                csrf: visit.visitors_token()?,
                next,
                error: None,
                kept,
            };
            let page = pages::sign_in_code(&visit.frame(), &view);
            let mut response = Visit::page(&page);
            let name = visit.site.step_cookie();
            set_cookie(&mut response, visit, name, step.reveal(), false);
            Ok(response)
        }
        Err(SignInError::Refused(refusal)) => {
            // What was typed as a name may be a password or worse, so only names of accounts are kept.
            let known = control.account(&username).await?.map(|a| a.username);
            keep_failure(visit, known.as_deref().unwrap_or("unknown"), None).await?;
            again(status_of(&refusal), in_words(&refusal)).await
        }
        Err(SignInError::Control(fault)) => Err(fault.into()),
    }
}

/// The page for a code, for somebody who loads it anew.
pub(super) async fn code_page(visit: &Visit) -> Answer {
    let step = SessionToken::shown(visit.step.clone().unwrap_or_default());
    let control = &visit.site.workspace.control;
    if control.sign_in_step(&step, visit.now).await?.is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    code_form(visit, StatusCode::OK, SignInCodeView::default())
}

/// A code of the second factor, or a recovery code.
pub(super) async fn post_code(visit: &Visit, request: Request) -> Answer {
    let mut fields = fields(request).await?;
    let kept = kept_form(&fields);
    let mut take = |name: &str| fields.remove(name).unwrap_or_default();
    let (csrf, typed) = (take("csrf"), take("code"));
    let next = Some(take("next")).filter(|next| is_local(next));
    if !visit.form_token_matches(&csrf) {
        return Err(Fault::ForeignForm);
    }
    not_too_often(visit).await?;
    let workspace = &visit.site.workspace;
    let step = SessionToken::shown(visit.step.clone().unwrap_or_default());
    let known = workspace.control.sign_in_step(&step, visit.now).await?;
    let key = workspace.account_key()?;
    let finished = workspace
        .control
        .finish_sign_in(&step, &typed, &key, visit.now)
        .await;
    match finished {
        Ok(signed_in) => {
            let mut response = welcome(visit, &signed_in, next, kept).await?;
            set_cookie(&mut response, visit, visit.site.step_cookie(), "", true);
            Ok(response)
        }
        Err(SignInError::Refused(refusal)) => {
            let actor = known.as_deref().unwrap_or("unknown");
            keep_failure(visit, actor, Some("at the second factor")).await?;
            let (status, words) = (status_of(&refusal), in_words(&refusal));
            if matches!(
                refusal,
                SignInRefusal::WrongCode | SignInRefusal::Busy { .. }
            ) {
                let view = SignInCodeView {
                    next,
                    error: Some(words),
                    kept,
                    ..SignInCodeView::default()
                };
                return code_form(visit, status, view);
            }
            let view = SignInView {
                next,
                error: Some(words),
                kept,
                ..SignInView::default()
            };
            form(visit, status, view).await
        }
        Err(SignInError::Control(fault)) => Err(fault.into()),
    }
}

fn code_form(visit: &Visit, status: StatusCode, view: SignInCodeView) -> Answer {
    let csrf = visit.visitors_token()?;
    let view = SignInCodeView {
        csrf: csrf.clone(),
        ..view
    };
    let page = pages::sign_in_code(&visit.frame(), &view);
    let mut response = Visit::page_with(status, &page);
    set_cookie(&mut response, visit, visit.site.form_cookie(), &csrf, false);
    Ok(response)
}

/// On with somebody who is in: to the form that waited, to the choice of a role, or to where they wanted to go.
pub(super) async fn welcome(
    visit: &Visit,
    signed_in: &SignedIn,
    next: Option<String>,
    kept: Option<KeptForm>,
) -> Answer {
    let session = &signed_in.session;
    let mut entry = EntryBody::new(visit.now, Kind::SignedIn, &session.username, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Account);
    entry.on_behalf_of = Some(session.position.organisation.as_str().to_owned());
    entry.reason = Some(match &session.provider {
        Some(provider) => format!(
            "as {}, through {provider}, {}",
            session.position.role, session.assurance
        ),
        None => format!("as {}, {}", session.position.role, session.assurance),
    });
    visit.keep(entry).await?;
    if let Some(kept) = kept {
        let page = pages::send_kept(&visit.frame(), session.csrf_token(), &kept);
        let mut response = Visit::page(&page);
        set_session(&mut response, visit, signed_in);
        return Ok(response);
    }
    let to = if session.positions.len() > 1 {
        "/role"
    } else {
        next.as_deref().unwrap_or("/")
    };
    Ok(signed_in_at(visit, signed_in, to))
}

/// The sign-in page for a form whose session has ended: its fields travel with the sign-in. The cookie of the ended
/// session shows that it comes from a page of ours, since no other site can make a browser send it with a form.
pub(super) async fn keep_form(visit: &Visit, request: Request) -> Answer {
    let action = visit.path().to_owned();
    let kept: Vec<(String, String)> = fields(request)
        .await?
        .into_iter()
        .filter(|(name, _)| name != "csrf" && !name.contains("password") && name != "code")
        .collect();
    let view = SignInView {
        kept: Some(KeptForm {
            action,
            fields: kept,
        }),
        ..SignInView::default()
    };
    form(visit, StatusCode::OK, view).await
}

/// A form that waits, from the fields of a sign-in form.
fn kept_form(fields: &super::visit::Fields) -> Option<KeptForm> {
    let action = fields.get(KEPT_ACTION).filter(|action| is_local(action))?;
    Some(KeptForm {
        action: action.clone(),
        fields: fields
            .iter()
            .filter_map(|(name, value)| {
                let name = name.strip_prefix(KEPT)?;
                Some((name.to_owned(), value.clone()))
            })
            .filter(|(name, _)| name != "csrf")
            .collect(),
    })
}

/// The page for a first password, for somebody with an invitation.
pub(super) async fn first_page(visit: &Visit, mut request: Request) -> Answer {
    let token = visit.part(&mut request, "token").await?;
    first_form(visit, StatusCode::OK, &token, None).await
}

pub(super) async fn post_first(visit: &Visit, mut request: Request) -> Answer {
    let token = visit.part(&mut request, "token").await?;
    let fields = fields(request).await?;
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    if !visit.form_token_matches(field("csrf")) {
        return Err(Fault::ForeignForm);
    }
    not_too_often(visit).await?;
    let password = Password::new(field("password"));
    let control = &visit.site.workspace.control;
    match control
        .accept_invitation(&token, &password, visit.now)
        .await
    {
        Ok(Some(username)) => {
            let mut entry =
                EntryBody::new(visit.now, Kind::AccountChanged, &username, Outcome::Done);
            entry.object_kind = Some(ObjectKind::Account);
            entry.reason = Some("password set by invitation".to_owned());
            visit.keep(entry).await?;
            Ok(Redirect::to("/sign-in?out=password").into_response())
        }
        Ok(None) => Err(Fault::NotFound),
        Err(ControlError::Form { .. }) => {
            let words = "Use 12 characters or more.".to_owned();
            first_form(visit, StatusCode::UNPROCESSABLE_ENTITY, &token, Some(words)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn first_form(
    visit: &Visit,
    status: StatusCode,
    token: &str,
    error: Option<String>,
) -> Answer {
    not_too_often(visit).await?;
    let control = &visit.site.workspace.control;
    let username = control
        .invited(token, visit.now)
        .await?
        .ok_or(Fault::NotFound)?;
    let csrf = visit.visitors_token()?;
    let view = FirstPasswordView {
        csrf: csrf.clone(),
        action: visit.path().to_owned(),
        username,
        error,
    };
    let mut response = Visit::page_with(status, &pages::first_password(&visit.frame(), &view));
    set_cookie(&mut response, visit, visit.site.form_cookie(), &csrf, false);
    Ok(response)
}

/// The address that leads to a provider, and back to where somebody wanted to go.
fn away(provider: &str, next: Option<&str>) -> String {
    let next: String = next
        .unwrap_or("/")
        .bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' => {
                char::from(b).to_string()
            }
            _ => format!("%{b:02X}"),
        })
        .collect();
    format!("/sign-in/with/{provider}?next={next}")
}

/// Counts a try from the visitor's network address.
pub(super) async fn not_too_often(visit: &Visit) -> Result<(), Fault> {
    let workspace = &visit.site.workspace;
    let limit = workspace.config.site.sign_ins_a_minute;
    let from = visit.address.map(|a| a.to_string()).unwrap_or_default();
    let bucket = format!("sign in from {from}");
    let minute = Duration::from_mins(1);
    match workspace
        .control
        .count_try(&bucket, limit, minute, visit.now)
        .await?
    {
        Some(_) => Err(Fault::TooOften),
        None => Ok(()),
    }
}

/// Keeps a sign-in that did not come about.
pub(super) async fn keep_failure(
    visit: &Visit,
    actor: &str,
    why: Option<&str>,
) -> Result<(), Fault> {
    let mut entry = EntryBody::new(visit.now, Kind::SignInFailed, actor, Outcome::Refused);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = why.map(str::to_owned);
    visit.keep(entry).await
}

const fn status_of(refusal: &SignInRefusal) -> StatusCode {
    match refusal {
        SignInRefusal::WrongNameOrPassword | SignInRefusal::WrongCode | SignInRefusal::TooSlow => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        SignInRefusal::Locked { .. } | SignInRefusal::Busy { .. } => StatusCode::TOO_MANY_REQUESTS,
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
    let provider = visit.session.as_ref().and_then(|s| s.provider.as_deref());
    let to = match provider {
        Some(name) => format!("/sign-in?out=1&from={name}"),
        None => "/sign-in?out=1".to_owned(),
    };
    let mut response = Redirect::to(&to).into_response();
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
    set_session(&mut response, visit, signed_in);
    response
}

fn set_session(response: &mut Response, visit: &Visit, signed_in: &SignedIn) {
    set_cookie(
        response,
        visit,
        visit.site.session_cookie(),
        signed_in.token.reveal(),
        false,
    );
    set_cookie(response, visit, visit.site.form_cookie(), "", true);
}

/// The form, with a token of its own that the browser must send back twice.
pub(super) async fn form(visit: &Visit, status: StatusCode, view: SignInView) -> Answer {
    let csrf = visit.visitors_token()?;
    let invented = visit.site.workspace.control.has_invented_people().await?;
    let page = pages::sign_in(
        &visit.frame(),
        &SignInView {
            csrf: csrf.clone(),
            invented,
            providers: visit
                .site
                .providers
                .called()
                .map(|(name, called)| (called.to_owned(), away(name, view.next.as_deref())))
                .collect(),
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
        SignInRefusal::WrongCode => {
            "The code is not right, or was used before. Wait for the next one.".to_owned()
        }
        SignInRefusal::TooSlow => "That took too long. Sign in again.".to_owned(),
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
