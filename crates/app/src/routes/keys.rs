//! The keys (`/keys`), asking for a change of one, and deciding about it. No page can show a key: the desk gives none.

use super::{
    Answer,
    fault::Fault,
    visit::{Fields, Visit},
};
use crate::{
    commands::key_concerns,
    desks::custody::{ALL, CustodyDesk, Keyholder, age, what_for},
    fault::NotAllowed,
    keys::ANALYSIS_DOMAIN,
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use control::{KeyChange, KeyRequest, KeyRequestState, Role};
use custody::{Algorithm, KeyFacts, KeyState};
use pages::{FieldError, KeyAskView, KeyChangeRow, KeyDecideView, KeyRow, KeysView};

pub(super) async fn page(visit: &Visit) -> Answer {
    let workspace = &visit.site.workspace;
    let desk = CustodyDesk::new(workspace);
    let requests = workspace.control.key_requests().await?;
    let concerns = key_concerns(&workspace.config, workspace.keys.guard())?;
    let view = KeysView {
        keys: desk
            .facts()?
            .iter()
            .map(|key| row(key, age(key, visit.now)))
            .collect(),
        changes: requests.iter().map(change).collect(),
        may_ask: visit.role() == Some(Role::KeyCustodian),
        concerns: concerns.iter().map(ToString::to_string).collect(),
    };
    Ok(Visit::page(&pages::keys(&visit.frame(), &view)))
}

/// The form for a change of the key that the address names.
pub(super) fn ask(visit: &Visit) -> Answer {
    let domain = visit.query("domain").unwrap_or_default();
    let view = asking(visit, domain)?;
    Ok(Visit::page(&pages::key_ask(&visit.frame(), &view)))
}

fn asking(visit: &Visit, domain: &str) -> Result<KeyAskView, Fault> {
    let facts = CustodyDesk::new(&visit.site.workspace).facts()?;
    let mut keys = facts.iter().filter(|key| key.domain == domain);
    let key = keys
        .rfind(|key| key.state == KeyState::InUse)
        .ok_or(Fault::NotFound)?;
    Ok(KeyAskView {
        csrf: visit.csrf(),
        domain: key.domain.clone(),
        what_for: what_for(domain),
        id: key.id.clone(),
        ..KeyAskView::default()
    })
}

pub(super) async fn post_ask(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    let mut view = asking(visit, said("domain"))?;
    view.change = said("change").to_owned();
    view.why = said("why").to_owned();
    let change = KeyChange::from_word(&view.change);
    if change.is_none() {
        view.errors
            .push(FieldError::new("change", "Say what should be done"));
    }
    if view.why.is_empty() || view.why.chars().count() > 300 {
        view.errors.push(FieldError::new(
            "why",
            "Say why, in 300 characters or fewer",
        ));
    }
    if let (Some(change), true) = (change, view.errors.is_empty()) {
        let desk = CustodyDesk::new(&visit.site.workspace);
        match desk
            .ask(&keyholder(visit)?, &view.domain, change, None, &view.why)
            .await
        {
            Ok(_) => return Ok(Redirect::to("/keys").into_response()),
            Err(fault) => view.errors.push(FieldError::new("", refused(fault)?)),
        }
    }
    let page = pages::key_ask(&visit.frame(), &view);
    Ok(Visit::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

pub(super) async fn one(visit: &Visit, mut request: Request) -> Answer {
    let number = visit.part(&mut request, "number").await?;
    let found = find(visit, &number).await?;
    let view = deciding(visit, &found)?;
    Ok(Visit::page(&pages::key_decide(&visit.frame(), &view)))
}

pub(super) async fn post_one(visit: &Visit, mut request: Request) -> Answer {
    let number = visit.part(&mut request, "number").await?;
    let fields: Fields = visit.form(request).await?;
    let found = find(visit, &number).await?;
    let decision = fields.get("decision").map_or("", String::as_str);
    let mut view = deciding(visit, &found)?;
    let approve = match decision {
        "approve" => Some(true),
        "refuse" => Some(false),
        _ => None,
    };
    match approve {
        None => view
            .errors
            .push(FieldError::new("decision", "Say whether it should be done")),
        Some(approve) => {
            let desk = CustodyDesk::new(&visit.site.workspace);
            match desk.decide(&keyholder(visit)?, found.number, approve).await {
                Ok(_) => return Ok(Redirect::to("/keys").into_response()),
                Err(fault) => view.errors.push(FieldError::new("", refused(fault)?)),
            }
        }
    }
    let page = pages::key_decide(&visit.frame(), &view);
    Ok(Visit::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

/// A refusal as a sentence for the page; anything else is a fault.
fn refused(fault: anyhow::Error) -> Result<String, Fault> {
    if fault.is::<NotAllowed>() {
        Ok(fault.to_string())
    } else {
        Err(fault.into())
    }
}

fn keyholder(visit: &Visit) -> Result<Keyholder, Fault> {
    let session = visit.session()?;
    Ok(Keyholder {
        username: session.username.clone(),
        role: session.position.role,
        organisation: session.position.organisation.as_str().to_owned(),
    })
}

async fn find(visit: &Visit, number: &str) -> Result<KeyRequest, Fault> {
    let number: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    let control = &visit.site.workspace.control;
    control.key_request(number).await?.ok_or(Fault::NotFound)
}

fn deciding(visit: &Visit, request: &KeyRequest) -> Result<KeyDecideView, Fault> {
    let own = request.asked.asked_by == visit.session()?.username;
    let waits = request.state() == KeyRequestState::Waiting;
    let why_not = (waits && own).then(|| {
        "You asked for this change, so somebody else has to decide: another key custodian, or an information asset owner.".to_owned()
    });
    Ok(KeyDecideView {
        csrf: visit.csrf(),
        change: change(request),
        what_for: what_for(&request.asked.domain),
        follows: if waits { follows(request) } else { Vec::new() },
        may_decide: waits && !own,
        why_not,
        errors: Vec::new(),
    })
}

/// What follows from a change, in sentences.
fn follows(request: &KeyRequest) -> Vec<String> {
    let lines: &[&str] = match (request.asked.change, request.asked.domain.as_str()) {
        (KeyChange::Destroy, _) => &[
            "What was made with the key can never be made again or led back, here or anywhere.",
            "Copies of the key file in backups still hold the key until they are destroyed too.",
            "Nobody can undo this.",
        ],
        (KeyChange::Rotate, ANALYSIS_DOMAIN) => &[
            "Every table of the analysis zone is made again with new pseudonyms at the next run.",
            "The pseudonyms of every recipient change too, since they are made from these.",
            "The earlier key stays, so that the bridge can be made.",
        ],
        (KeyChange::Rotate, _) => &[
            "This recipient's pseudonyms change with their next table.",
            "Tables they already hold keep the earlier pseudonyms, and can be joined to new ones only over the bridge.",
            "The earlier key stays, so that the bridge can be made.",
        ],
    };
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn row(key: &KeyFacts, days: Option<i64>) -> KeyRow {
    KeyRow {
        what_for: what_for(&key.domain),
        domain: key.domain.clone(),
        id: key.id.clone(),
        algorithm: match key.algorithm {
            Algorithm::HmacSha256 => "HMAC-SHA-256, one way".to_owned(),
            Algorithm::Aes256Siv => "AES-SIV, led back by its holder".to_owned(),
        },
        state: match &key.state {
            KeyState::InUse => "in use".to_owned(),
            KeyState::Earlier => "earlier".to_owned(),
            KeyState::Destroyed { .. } => "destroyed".to_owned(),
        },
        made: key
            .made
            .as_ref()
            .map(|day| {
                day.parse()
                    .map_or_else(|_| day.clone(), pages::format::date)
            })
            .zip(days),
        held: match key.held {
            "file" => "a protected file".to_owned(),
            "token" => "a token".to_owned(),
            other => other.to_owned(),
        },
    }
}

fn change(request: &KeyRequest) -> KeyChangeRow {
    let asked = &request.asked;
    let what = match asked.change {
        KeyChange::Rotate => format!("New key {} for {}", asked.key_id, asked.domain),
        KeyChange::Destroy if asked.key_id == ALL => {
            format!("Destroy every key of {}", asked.domain)
        }
        KeyChange::Destroy => format!("Destroy key {} of {}", asked.key_id, asked.domain),
    };
    KeyChangeRow {
        number: request.number,
        what,
        asked_by: asked.asked_by.clone(),
        asked_at: asked.asked_at,
        why: asked.why.clone(),
        state: request.state().to_string(),
        decided: request.decided.clone(),
    }
}
