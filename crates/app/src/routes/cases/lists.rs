//! The sealed list of a request, for its professional: closed (`/cases/lists/{id}`), signed for and opened, read again
//! (`/cases/lists/{id}/people`), what came of each contact, and closing it for good.

use super::{agreements, found, is_id, keep, notice, requests::forbidden, words_of};
use crate::{
    cases::{self, OpeningError},
    desks::{LedPerson, detail},
    routes::{Answer, ask::person, fault::Fault, visit::Visit},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{CaseRequest, Cohort, Envelope, NewOutcome, Recorded};
use govern::{Kind, ObjectKind, Outcome, care::CareState};
use pages::{CaseLine, CaseListView, EnvelopeView, FieldError};

/// The request of a list, where it is for the reader in this organisation; nobody else may know of it.
async fn mine(visit: &Visit, id: &str) -> Result<(CaseRequest, Cohort), Fault> {
    if !is_id(id) {
        return Err(Fault::NotFound);
    }
    let (request, cohort) = found(visit, id).await?;
    let session = visit.session()?;
    let asked = &request.asked;
    let is_it = asked.professional == session.username
        && asked.organisation == session.position.organisation;
    if is_it {
        Ok((request, cohort))
    } else {
        Err(Fault::NotFound)
    }
}

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let (request, cohort) = mine(visit, &id).await?;
    cover(
        visit,
        StatusCode::OK,
        &request,
        &cohort,
        EnvelopeView::default(),
    )
    .await
}

pub(super) async fn open(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let (request, cohort) = mine(visit, &id).await?;
    if fields.get("signed").map(String::as_str) != Some("yes") {
        let text = "Tick the box to sign for the list.";
        let view = EnvelopeView {
            errors: vec![FieldError::new("signed", text)],
            ..EnvelopeView::default()
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return cover(visit, status, &request, &cohort, view).await;
    }
    read(visit, &request, &cohort).await
}

pub(super) async fn people(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let (request, cohort) = mine(visit, &id).await?;
    // Nothing opens by an address alone: it is signed for first.
    if visit.site.workspace.control.envelope(&id).await?.is_none() {
        return Ok(Redirect::to(&format!("/cases/lists/{id}")).into_response());
    }
    read(visit, &request, &cohort).await
}

/// The open list, once the look at it is in the log.
async fn read(visit: &Visit, request: &CaseRequest, cohort: &Cohort) -> Answer {
    let site = &visit.site;
    let _turn = site.asking.acquire().await?;
    let who = person(visit)?;
    let opened = cases::open_list(&site.workspace, &site.linkage, request, cohort, &who).await;
    let (people, envelope) = match opened {
        Ok(opened) => opened,
        Err(fault) => {
            if let Some(refusal) = cases::refusal(&fault) {
                let says = format!("{} {}", refusal.says(), refusal.next());
                let clause = format!(
                    "agreement {}, clause {}",
                    request.asked.agreement,
                    refusal.clause()
                );
                let view = EnvelopeView {
                    refusal: Some((says, clause)),
                    ..EnvelopeView::default()
                };
                return cover(visit, StatusCode::FORBIDDEN, request, cohort, view).await;
            }
            if let Some(why) = fault.downcast_ref::<OpeningError>() {
                let view = EnvelopeView {
                    says: Some(crate::routes::ask::sentence(&why.to_string())),
                    ..EnvelopeView::default()
                };
                return cover(visit, StatusCode::FORBIDDEN, request, cohort, view).await;
            }
            return Err(fault.into());
        }
    };
    let kept = site.workspace.control.outcomes(&request.asked.id).await?;
    let sealed = &envelope.sealed;
    let since = sealed.rows.saturating_sub(people.len() as u64);
    let mut left_out = Vec::new();
    for (count, words) in [
        (
            sealed.not_open_now,
            "left out because the agreement does not open their records now; they may have opted out",
        ),
        (
            sealed.no_relationship,
            "left out because the data do not show the relationship",
        ),
        (
            sealed.not_found,
            "left out because they could not be found with certainty, or have died",
        ),
        (
            since,
            "left out since the list was sealed; they may have opted out",
        ),
    ] {
        if count > 0 {
            left_out.push(format!(
                "{} {words}.",
                pages::format::counted(count, "person was", "people were")
            ));
        }
    }
    let view = CaseListView {
        csrf: visit.csrf(),
        href: format!("/cases/lists/{}", request.asked.id),
        notice: notice(visit),
        next_action: request.asked.next_action.clone(),
        ends_at: sealed.ends_at,
        left_out,
        people: people
            .iter()
            .map(|(line, person)| {
                let outcome = kept.get(line).map(|o| o.outcome.clone());
                line_of(visit, *line, person, outcome)
            })
            .collect(),
        outcomes: choices(visit, request)
            .await?
            .into_iter()
            .map(|words| (words.clone(), words))
            .collect(),
    };
    Ok(Visit::page(&pages::case_list(&visit.frame(), &view)))
}

/// A day as people read it; anything else as it is.
pub(super) fn as_read(value: &str) -> String {
    value
        .parse()
        .map_or_else(|_| value.to_owned(), pages::format::date)
}

fn line_of(visit: &Visit, line: u64, person: &LedPerson, outcome: Option<String>) -> CaseLine {
    let index = &visit.site.linkage.index;
    let value = |wanted: &str| {
        person
            .fields
            .iter()
            .find(|(field, _)| detail(index, field).is_some_and(|(name, _)| name == wanted))
            .map(|(_, value)| value.reveal().as_str())
    };
    let name = [value("given_name"), value("family_name")];
    let name: Vec<&str> = name.into_iter().flatten().collect();
    let others = [
        "date_of_birth",
        "nhs_number",
        "sex",
        "postcode",
        "gp_practice",
    ];
    let fields = others.into_iter().filter_map(|wanted| {
        let (_, words) = detail(index, wanted)?;
        Some((words.to_owned(), as_read(value(wanted)?)))
    });
    CaseLine {
        line,
        name: if name.is_empty() {
            format!("Person {line}")
        } else {
            name.join(" ")
        },
        fields: fields.collect(),
        withheld: person.whereabouts_withheld,
        outcome,
    }
}

/// What the agreement lets be answered about each person.
async fn choices(visit: &Visit, request: &CaseRequest) -> Result<Vec<String>, Fault> {
    let all = agreements(visit).await?;
    let clause = all
        .get(&request.asked.agreement)
        .and_then(|a| a.reidentification.as_ref());
    Ok(clause.map(|c| c.outcomes.clone()).unwrap_or_default())
}

pub(super) async fn outcome(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let (request, _) = mine(visit, &id).await?;
    let line: u64 = fields
        .get("line")
        .and_then(|line| line.parse().ok())
        .ok_or(Fault::NotFound)?;
    let outcome = fields.get("outcome").cloned().unwrap_or_default();
    if !choices(visit, &request).await?.contains(&outcome) {
        return Err(Fault::NotFound);
    }
    keep(
        visit,
        Kind::OutcomeRecorded,
        ObjectKind::Envelope,
        &id,
        Outcome::Done,
        "what came of a contact",
    )
    .await?;
    let workspace = &visit.site.workspace;
    let new = NewOutcome {
        request: id.clone(),
        line,
        outcome: outcome.clone(),
        by: visit.session()?.username.clone(),
        at: visit.now,
    };
    match workspace.control.record_outcome(&new).await? {
        Recorded::Kept(turn) | Recorded::Already(turn) => {
            let envelope = workspace
                .control
                .envelope(&id)
                .await?
                .ok_or(Fault::NotFound)?;
            cases::tell_outcome(workspace, &request.asked, &envelope, (line, turn), &outcome)
                .await?;
            let next = format!("/cases/lists/{id}/people?done=outcome#line-{line}");
            Ok(Redirect::to(&next).into_response())
        }
        Recorded::NotOpen => Ok(forbidden(
            visit,
            "The list has ended, or it has no such line. Nothing was kept.",
            None,
        )),
    }
}

pub(super) async fn close(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let _fields = visit.form(request).await?;
    let (request, _) = mine(visit, &id).await?;
    let workspace = &visit.site.workspace;
    let says = "closed by its professional";
    keep(
        visit,
        Kind::EnvelopeClosed,
        ObjectKind::Envelope,
        &id,
        Outcome::Done,
        says,
    )
    .await?;
    workspace
        .control
        .close_envelope(&request.asked.id, visit.now)
        .await?;
    cases::sweep(workspace).await?;
    Ok(Redirect::to("/cases?done=closed").into_response())
}

/// The outside of the envelope.
async fn cover(
    visit: &Visit,
    status: StatusCode,
    request: &CaseRequest,
    cohort: &Cohort,
    view: EnvelopeView,
) -> Answer {
    let asked = &request.asked;
    let control = &visit.site.workspace.control;
    let envelope: Option<Envelope> = control.envelope(&asked.id).await?;
    let all = agreements(visit).await?;
    let state = cases::state(&all, request, envelope.as_ref(), visit.now)?;
    let professional = super::name_of(visit, &asked.professional).await?;
    let until = match state {
        CareState::Approved { until } => pages::format::moment(until),
        _ => "It cannot be opened now.".to_owned(),
    };
    let gone = envelope.as_ref().and_then(|e| e.destroyed_at);
    let says = view.says.clone().or_else(|| match (state, gone) {
        (CareState::Approved { .. }, None) => None,
        (_, Some(at)) => Some(format!(
            "This list has ended. Its key was destroyed on {}, so nobody can read it any more.",
            pages::format::moment(at)
        )),
        (CareState::Waiting { .. }, _) => Some("This list waits for its approvals.".to_owned()),
        (other, _) => Some(format!(
            "This list cannot be read: {}.",
            other.words().to_lowercase()
        )),
    });
    let facts = [
        (
            "For",
            format!(
                "{professional}, {}, and nobody else",
                visit.site.name_of(&asked.organisation)
            ),
        ),
        ("What for", asked.reason.clone()),
        ("Next action for each person", asked.next_action.clone()),
        ("Group", cohort.title.clone()),
        ("People in the group", cohort.size_shown.clone()),
        ("Can be read until", until),
    ];
    let view = EnvelopeView {
        csrf: visit.csrf(),
        href: format!("/cases/lists/{}", asked.id),
        state: words_of(state),
        facts: facts.map(|(key, value)| (key.to_owned(), value)).to_vec(),
        may_open: matches!(state, CareState::Approved { .. }) && gone.is_none(),
        says,
        signs_for: format!(
            "I am {professional}. I care for these people, I need this list for that and for nothing else, and I show it to nobody."
        ),
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::envelope(&visit.frame(), &view),
    ))
}
