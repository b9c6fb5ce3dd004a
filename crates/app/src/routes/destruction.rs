//! Destruction (`/destruction`): asking for one by its scope, deciding it as a second person, and its certificate. A
//! person's number is typed into a form and goes on as a keyed digest.

use super::{
    Answer,
    fault::{Fault, without_values},
    site::Site,
    visit::{Fields, Visit},
};
use crate::{
    destruction::{self, Certificate, Found},
    fault::{NotAllowed, Usage},
    journey::Watcher,
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use control::{Destruction, DestructionKind};
use govern::agreement::State;
use model::NhsNumber;
use pages::{
    CertificateView, DestructionAskView, DestructionCheckView, DestructionRow, DestructionState,
    DestructionView, DestructionsView, FieldError, FoundView,
};
use std::sync::Arc;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;

pub(super) async fn page(visit: &Visit) -> Answer {
    let all = visit.site.workspace.control.destructions().await?;
    let rows = all.iter().map(|known| DestructionRow {
        id: known.id.clone(),
        what: about(known),
        asked_by: known.requested_by.clone(),
        asked_at: known.requested_at,
        state: state(known),
    });
    let view = DestructionsView {
        rows: rows.collect(),
    };
    Ok(Visit::page(&pages::destructions(&visit.frame(), &view)))
}

fn state(known: &Destruction) -> DestructionState {
    match (&known.approved_by, known.done_at) {
        (_, Some(_)) => DestructionState::Done,
        (Some(_), None) => DestructionState::UnderWay,
        (None, None) if known.refused.is_some() => DestructionState::Refused,
        (None, None) => DestructionState::Waiting,
    }
}

fn about(known: &Destruction) -> String {
    in_words(known.kind, &known.what)
}

fn in_words(kind: DestructionKind, what: &str) -> String {
    match kind {
        DestructionKind::Submission => format!("Everything of submission {what}"),
        DestructionKind::Agreement => format!("What was made for agreement {what}"),
        DestructionKind::OldVersions => "Every older version of every table".to_owned(),
        // A digest tells the reader nothing.
        DestructionKind::Person => "Everything about one person".to_owned(),
    }
}

pub(super) async fn ask(visit: &Visit) -> Answer {
    let view = asking(visit, &Fields::new(), Vec::new()).await?;
    Ok(Visit::page(&pages::destruction_ask(&visit.frame(), &view)))
}

async fn asking(
    visit: &Visit,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Result<DestructionAskView, Fault> {
    let said = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let book = visit.site.workspace.agreements().await?;
    let today = visit.today();
    let mut agreements = Vec::new();
    for agreement in book.iter_on(today) {
        if matches!(agreement.state(today), State::Expired | State::Closing) {
            let reference = agreement.reference.clone();
            let text = format!("{reference}, {}", agreement.title);
            agreements.push((reference, text));
        }
    }
    Ok(DestructionAskView {
        csrf: visit.csrf(),
        kind: said("kind"),
        may_erase: may_decide(visit),
        agreements,
        agreement: said("agreement"),
        submission: said("submission"),
        reason: said("reason"),
        errors,
    })
}

fn may_decide(visit: &Visit) -> bool {
    visit
        .role()
        .is_some_and(|role| destruction::DECIDING.contains(&role.as_str()))
}

pub(super) async fn post_ask(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    let kind = DestructionKind::from_word(said("kind"))
        .filter(|kind| *kind != DestructionKind::Person || may_decide(visit));
    let mut errors = Vec::new();
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Say what should be destroyed"));
    }
    let reason = said("reason");
    if let Err(why) = control::cases::plain_words(reason) {
        errors.push(FieldError::new("reason", format!("The reason {why}")));
    } else if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        errors.push(FieldError::new(
            "reason",
            "Say why, in 300 characters or fewer",
        ));
    }
    let sent = said("do") == "ask";
    let what = match kind {
        Some(kind) => match named(visit, kind, &fields, sent).await {
            Ok(what) => Some(what),
            Err(error) => {
                errors.push(error);
                None
            }
        },
        None => None,
    };
    let (Some(kind), Some(what), true) = (kind, what, errors.is_empty()) else {
        let view = asking(visit, &fields, errors).await?;
        let page = pages::destruction_ask(&visit.frame(), &view);
        return Ok(Visit::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let workspace = &visit.site.workspace;
    if sent {
        let session = visit.session()?;
        let who = (session.username.as_str(), session.position.role.as_str());
        let id = destruction::request(workspace, kind, &what, reason, who).await?;
        return Ok(Redirect::to(&format!("/destruction/{id}")).into_response());
    }
    let (site, which) = (Arc::clone(&visit.site), what.clone());
    let found = on_a_thread(site, async move |site| {
        destruction::would_take(&site.workspace, kind, &which).await
    })
    .await??;
    let view = DestructionCheckView {
        csrf: visit.csrf(),
        kind: kind.to_string(),
        about: in_words(kind, &what),
        what,
        reason: reason.to_owned(),
        found: found_view(&found),
    };
    Ok(Visit::page(&pages::destruction_check(
        &visit.frame(),
        &view,
    )))
}

/// What a form names; of a person the keyed digest. What was checked before comes back as it was sent on.
async fn named(
    visit: &Visit,
    kind: DestructionKind,
    fields: &Fields,
    sent: bool,
) -> Result<String, FieldError> {
    let workspace = &visit.site.workspace;
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    let value = |name| if sent { said("what") } else { said(name) };
    match kind {
        DestructionKind::OldVersions => Ok("all tables".to_owned()),
        DestructionKind::Submission => {
            let id = value("submission");
            let known = destruction::submission(workspace, id).await;
            known
                .map(|record| record.id.as_str().to_owned())
                .map_err(|_| FieldError::new("submission", "There is no submission with this id"))
        }
        DestructionKind::Agreement => {
            let reference = value("agreement");
            destruction::agreement::may_go(workspace, reference)
                .await
                .map(|()| reference.to_owned())
                .map_err(|_| FieldError::new("agreement", "Choose an agreement that has ended"))
        }
        DestructionKind::Person if sent => {
            let digest = said("what");
            let shaped = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
            let again = || FieldError::new("nhs_number", "Enter the NHS number again");
            shaped.then(|| digest.to_owned()).ok_or_else(again)
        }
        DestructionKind::Person => {
            let wrong = |_| {
                FieldError::new(
                    "nhs_number",
                    "Enter the ten digits of the NHS number. Its last digit is a check of the others, and does not fit",
                )
            };
            let number = NhsNumber::parse(said("nhs_number")).map_err(wrong)?;
            let cannot = |_| {
                FieldError::new(
                    "nhs_number",
                    "This process does not open the zone in which people are known",
                )
            };
            let digests = workspace.person_digests().map_err(cannot)?;
            digests.of(number.reveal()).map_err(cannot)
        }
    }
}

fn found_view(found: &Found) -> FoundView {
    FoundView {
        goes: found
            .copies
            .iter()
            .map(|copy| (copy.place.clone(), copy.method.clone()))
            .collect(),
        stays: found.kept.clone(),
    }
}

pub(super) async fn one(visit: &Visit, mut request: Request) -> Answer {
    let part = visit.part(&mut request, "id").await?;
    let (id, ending) = visit.without_ending(&part);
    let known = find(visit, id).await?;
    if ending == ".json" {
        let certificate = known.certificate.ok_or(Fault::NotFound)?;
        return Ok(Visit::file(
            "application/json",
            &format!("certificate-{id}.json"),
            certificate,
        ));
    }
    shown(visit, StatusCode::OK, &known, &Fields::new(), Vec::new()).await
}

async fn find(visit: &Visit, id: &str) -> Result<Destruction, Fault> {
    let control = &visit.site.workspace.control;
    control.destruction(id).await?.ok_or(Fault::NotFound)
}

async fn shown(
    visit: &Visit,
    status: StatusCode,
    known: &Destruction,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let session = visit.session()?;
    let said = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let certificate: Option<Certificate> = known
        .certificate
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let waits = state(known) == DestructionState::Waiting;
    let (kind, what) = (known.kind, known.what.clone());
    let found = match (&certificate, &known.found) {
        (Some(certificate), _) => Found {
            copies: certificate.copies.clone(),
            kept: certificate.exceptions.clone(),
            keys: certificate.key_destroyed,
        },
        (None, Some(text)) => serde_json::from_str(text).unwrap_or_default(),
        (None, None) if waits => {
            on_a_thread(Arc::clone(&visit.site), async move |site| {
                destruction::would_take(&site.workspace, kind, &what).await
            })
            .await?
            // What it would take may have gone in the meantime.
            .unwrap_or_default()
        }
        (None, None) => Found::default(),
    };
    let mut people = vec![(
        "Asked for by".to_owned(),
        format!(
            "{} ({}), {}",
            known.requested_by,
            known.requested_role.replace('_', " "),
            pages::format::moment(known.requested_at)
        ),
    )];
    if let (Some(by), Some(role), Some(at)) =
        (&known.approved_by, &known.approved_role, known.approved_at)
    {
        let at = pages::format::moment(at);
        let words = format!("{by} ({}), {at}", role.replace('_', " "));
        people.push(("Approved by".to_owned(), words));
    }
    if let Some((by, at, why)) = &known.refused {
        let words = format!("{by}, {}: {why}", pages::format::moment(*at));
        people.push(("Refused by".to_owned(), words));
    }
    let own = known.requested_by == session.username;
    let same_role = known.requested_role == session.position.role.as_str();
    let why_not = match (waits, own, may_decide(visit)) {
        (true, true, _) => {
            Some("You asked for this, so somebody else in another role has to decide.")
        }
        (true, false, false) => Some("Your role asks for destructions and does not decide them."),
        (true, false, true) if same_role => {
            Some("Somebody in your role asked for this, so another role has to decide.")
        }
        (false, ..) | (true, false, true) => None,
    };
    let view = DestructionView {
        csrf: visit.csrf(),
        id: known.id.clone(),
        about: about(known),
        reason: known.reason.clone(),
        state: state(known),
        people,
        found: found_view(&found),
        certificate: certificate
            .as_ref()
            .zip(known.digest.as_ref())
            .map(|(c, digest)| CertificateView {
                at: c.done_at,
                digest: digest.clone(),
                assets: c.asset_set_digest.clone(),
                standard: c.standard.clone(),
                keys: c.key_destroyed,
            }),
        may_decide: waits && why_not.is_none(),
        why_not: why_not.map(str::to_owned),
        may_go_on: state(known) == DestructionState::UnderWay && may_decide(visit),
        typed: (said("decision"), said("why")),
        errors,
    };
    let page = pages::destruction(&visit.frame(), &view);
    Ok(Visit::page_with(status, &page))
}

pub(super) async fn post_one(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let known = find(visit, &id).await?;
    let (workspace, session) = (&visit.site.workspace, visit.session()?);
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    let back = Redirect::to(&format!("/destruction/{id}")).into_response();
    if said("do") == "go_on" && state(&known) == DestructionState::UnderWay {
        begin(&visit.site, known);
        return Ok(back);
    }
    let error = match said("decision") {
        "approve" => {
            let who = (session.username.as_str(), session.position.role.as_str());
            match destruction::approve(workspace, &id, who).await {
                Ok(approved) if approved.done_at.is_none() => {
                    begin(&visit.site, approved);
                    return Ok(back);
                }
                Ok(_) => return Ok(back),
                Err(fault) => FieldError::new("", refused(fault)?),
            }
        }
        "refuse" => {
            let why = said("why");
            if why.is_empty() || control::cases::plain_words(why).is_err() {
                FieldError::new("why", "Say why not, without anyone’s details")
            } else {
                let says = format!("refuses destruction {id}");
                destruction::asked(workspace, &session.username, &says)?;
                let by = session.username.as_str();
                if workspace
                    .control
                    .refuse_destruction(&id, by, why, visit.now)
                    .await?
                {
                    return Ok(back);
                }
                FieldError::new(
                    "",
                    "Nobody refuses their own request, and it is decided once",
                )
            }
        }
        _ => FieldError::new("decision", "Say whether it should be destroyed"),
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    shown(visit, status, &known, &fields, vec![error]).await
}

/// A refusal as a sentence for the page; anything else is a fault.
fn refused(fault: anyhow::Error) -> Result<String, Fault> {
    if fault.is::<NotAllowed>() || fault.is::<Usage>() {
        Ok(fault.to_string())
    } else {
        Err(fault.into())
    }
}

/// Nobody waits for the steps.
struct Nobody;

impl Watcher for Nobody {
    fn landed(&mut self, _: &crate::desks::Receipt) {}
    fn left_out(&mut self, _: &analyse::LeftOut) {}
    fn stepped(&mut self, _: &crate::desks::StepDone) {}
    fn progress(&self) -> Box<dyn Fn(u64) + Send> {
        Box::new(|_| {})
    }
}

/// Carries out what was approved, while its reader goes on. Where it is cut off, whoever comes goes on with it.
fn begin(site: &Arc<Site>, approved: Destruction) {
    let site = Arc::clone(site);
    tokio::spawn(async move {
        let done = on_a_thread(site, async move |site| {
            destruction::carry_out(&site.workspace, &approved, &mut Nobody).await
        })
        .await;
        if let Ok(Err(fault)) = done {
            tracing::error!(
                "a destruction was not carried out to its end: {}",
                without_values(&fault)
            );
        }
    });
}

/// Work at several desks, on a thread of its own, since the writers of tables stay on one.
pub(super) async fn on_a_thread<T: Send + 'static>(
    site: Arc<Site>,
    work: impl AsyncFnOnce(Arc<Site>) -> anyhow::Result<T> + Send + 'static,
) -> Result<anyhow::Result<T>, Fault> {
    let runtime = tokio::runtime::Handle::current();
    let done = tokio::task::spawn_blocking(move || runtime.block_on(work(site)));
    Ok(done.await?)
}
