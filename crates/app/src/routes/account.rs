//! My account (`/account`): what is on record about the reader, the second factor, open sessions, and staying signed in.

use super::{
    Answer,
    sign_in::signed_in_at,
    visit::{Visit, is_local, role_in_words},
};
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
};
use control::Assurance;
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use pages::{AccountView, FieldError, SecondFactorState, SecondFactorView, SessionRow};
use std::time::Duration;

/// How many codes a minute one account may try while it sets its authenticator up.
const TRIES_A_MINUTE: u64 = 10;

pub(super) async fn page(visit: &Visit) -> Answer {
    shown(visit, None).await
}

async fn shown(visit: &Visit, notice: Option<String>) -> Answer {
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let token = visit.token.as_deref().unwrap_or_default();
    let position = |p: &control::Position| {
        let organisation = visit.site.name_of(&p.organisation);
        (role_in_words(p.role).to_owned(), organisation)
    };
    let needed = visit.site.roles.of(session.position.role).second_factor && !session.invented;
    let second_factor = match control.second_factor(&session.username).await? {
        Some(known) => SecondFactorState::Set {
            since: known.since,
            codes_left: known.codes_left,
        },
        None if session.provider.is_some() => SecondFactorState::Elsewhere,
        None if needed => SecondFactorState::Needed,
        None => SecondFactorState::NotNeeded,
    };
    let closed = visit.site.roles.closed(session, visit.today());
    let view = AccountView {
        csrf: visit.csrf(),
        notice,
        name: session.display_name.clone(),
        username: session.username.clone(),
        roles: session.positions.iter().map(position).collect(),
        provider: session.provider.clone(),
        assurance: assurance_in_words(session.assurance).to_owned(),
        second_factor,
        employer: session.facts.employer.clone(),
        employed_until: session.facts.employed_until,
        trained_until: session.facts.trained_until,
        closed: closed
            .map(crate::roles::Closed::in_words)
            .into_iter()
            .collect(),
        sessions: control
            .open_sessions(token, visit.now)
            .await?
            .into_iter()
            .map(|open| {
                let (role, organisation) = position(&open.position);
                SessionRow {
                    id: open.id,
                    position: format!("{role}, {organisation}"),
                    began_at: open.began_at,
                    seen_at: open.seen_at,
                    this: open.this,
                }
            })
            .collect(),
    };
    Ok(Visit::page(&pages::account(&visit.frame(), &view)))
}

const fn assurance_in_words(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::One => "With one factor (assurance level 1)",
        Assurance::Two => "With two factors (assurance level 2)",
        Assurance::Three => "With two factors, one of them a device (assurance level 3)",
    }
}

/// Ends another session of the reader's, or all others.
pub(super) async fn end_sessions(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let id = fields
        .get("id")
        .map(String::as_str)
        .filter(|id| !id.is_empty());
    let what = if id.is_some() {
        "ended another session"
    } else {
        "signed out everywhere else"
    };
    keep(visit, Kind::SignedOut, Outcome::Done, what).await?;
    let token = visit.token.as_deref().unwrap_or_default();
    let ended = visit
        .site
        .workspace
        .control
        .end_other_sessions(token, id)
        .await?;
    let words = pages::format::counted(ended, "session has ended.", "sessions have ended.");
    shown(visit, Some(words)).await
}

/// Keeps the session: opening any page does. Goes back to where the reader was, or tells a script the seconds.
pub(super) fn stay(visit: &Visit, request: &Request) -> Answer {
    let session = visit.session()?;
    let accepts = request.headers().get(header::ACCEPT);
    if accepts.is_some_and(|kind| kind == "application/json") {
        let seconds = (session.idle_ends_at - visit.now).num_seconds().max(0);
        let kind = [(header::CONTENT_TYPE, "application/json")];
        return Ok((kind, format!("{{\"seconds\":{seconds}}}")).into_response());
    }
    let next = visit.query("next").filter(|next| is_local(next));
    Ok(Redirect::to(next.unwrap_or("/")).into_response())
}

pub(super) async fn second_factor(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let session = visit.session()?;
    if session.provider.is_some() || control.second_factor(&session.username).await?.is_some() {
        return Ok(Redirect::to("/account").into_response());
    }
    form(visit, StatusCode::OK, Vec::new()).await
}

/// Makes a new secret, and shows what the authenticator is to be told.
pub(super) async fn begin_second_factor(visit: &Visit, request: Request) -> Answer {
    visit.form(request).await?;
    let session = visit.session()?;
    if session.provider.is_none() {
        let key = visit.site.workspace.account_key()?;
        let control = &visit.site.workspace.control;
        control
            .begin_second_factor(&session.username, &key, visit.now)
            .await?;
    }
    Ok(Redirect::to("/account/second-factor").into_response())
}

/// Lets the authenticator count once it has shown a code, and shows the recovery codes.
pub(super) async fn confirm_second_factor(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let bucket = format!("second factor of {}", session.username);
    let minute = Duration::from_mins(1);
    let tried = control
        .count_try(&bucket, TRIES_A_MINUTE, minute, visit.now)
        .await?;
    if tried.is_some() {
        return Err(super::fault::Fault::TooOften);
    }
    let typed = fields.get("code").map_or("", String::as_str);
    let key = visit.site.workspace.account_key()?;
    let Some(codes) = control
        .confirm_second_factor(&session.username, typed, &key, visit.now)
        .await?
    else {
        keep(
            visit,
            Kind::AccountChanged,
            Outcome::Refused,
            "second factor not set up: wrong code",
        )
        .await?;
        let words = "The code is not right. Wait for the next one, and check that the clock of the device is right.";
        let errors = vec![FieldError::new("code", words)];
        return form(visit, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    };
    keep(
        visit,
        Kind::AccountChanged,
        Outcome::Done,
        "second factor set up",
    )
    .await?;
    let token = visit.token.as_deref().unwrap_or_default();
    let Some(raised) = control.raise_session(token, visit.now).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let codes: Vec<String> = codes.reveal().map(str::to_owned).collect();
    let mut frame = visit.frame();
    if let Some(reader) = &mut frame.reader {
        // The session has another secret from now on.
        raised.session.csrf_token().clone_into(&mut reader.csrf);
    }
    let page = pages::recovery_codes(&frame, &codes);
    let mut response = signed_in_at(visit, &raised, "/");
    let shown = Visit::page(&page);
    let (parts, body) = shown.into_parts();
    *response.status_mut() = parts.status;
    *response.body_mut() = body;
    response.headers_mut().remove(header::LOCATION);
    response.headers_mut().extend(parts.headers);
    Ok(response)
}

async fn form(visit: &Visit, status: StatusCode, errors: Vec<FieldError>) -> Answer {
    let session = visit.session()?;
    let workspace = &visit.site.workspace;
    let key = workspace.account_key()?;
    let under_way = workspace
        .control
        .enrolment(&session.username, &workspace.config.site.name, &key)
        .await?;
    let role = session.position.role;
    let needed = visit.site.roles.of(role).second_factor && !session.invented;
    let view = SecondFactorView {
        csrf: visit.csrf(),
        needed_for: needed.then(|| role_in_words(role).to_owned()),
        secret: under_way.map(|e| (e.address.to_string(), e.secret.to_string())),
        errors,
    };
    let page = pages::second_factor(&visit.frame(), &view);
    Ok(Visit::page_with(status, &page))
}

async fn keep(
    visit: &Visit,
    kind: Kind,
    outcome: Outcome,
    what: &str,
) -> Result<(), super::fault::Fault> {
    let mut entry = EntryBody::new(visit.now, kind, &visit.session()?.username, outcome);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(what.to_owned());
    visit.keep(entry).await
}
