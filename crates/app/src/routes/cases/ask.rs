//! Ask for a list of a cohort (`/cases/cohorts/{id}/ask`): a form, its answers to check, and sending.

use super::{
    agreements,
    find::{facts_of, mine},
    keep, written,
};
use crate::{
    cases,
    desks::detail,
    routes::{
        Answer,
        fault::Fault,
        visit::{Fields, Visit},
    },
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use chrono::TimeDelta;
use control::{CaseRequest, Cohort, NewCaseRequest};
use govern::{
    Digest, Kind, ObjectKind, Outcome,
    care::{CareTerms, may_ask},
};
use model::OrganisationCode;
use pages::{AskCareView, FieldError};

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let cohort = mine(visit, &id).await?;
    let care = terms(visit, &cohort).await?;
    let view = AskCareView {
        days: care.days.to_string(),
        ..AskCareView::default()
    };
    show(visit, StatusCode::OK, &cohort, &care, view).await
}

pub(super) async fn post(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let cohort = mine(visit, &id).await?;
    let care = terms(visit, &cohort).await?;
    let mut errors = Vec::new();
    let view = read(&fields, &mut errors, &care);
    let professional = care
        .professionals
        .iter()
        .find(|p| p.account == view.professional);
    if professional.is_none() {
        errors.push(FieldError::new(
            "professional",
            "Choose whom the list is for.",
        ));
    }
    let organisation = professional.map(|p| p.organisation.clone());
    let relationship = match &organisation {
        Some(code) => cases::relationships(&visit.site.workspace.content, code.as_str())?
            .into_iter()
            .find(|r| r.code == view.relationship),
        None => None,
    };
    if relationship.is_none() {
        errors.push(FieldError::new(
            "relationship",
            "Choose what the professional has to do with these people.",
        ));
    }
    let days: u64 = view.days.parse().unwrap_or_default();
    if !(1..=care.days).contains(&days) {
        let text = format!("Write a number of days from 1 to {}.", care.days);
        errors.push(FieldError::new("days", text));
    }
    let (true, Some(organisation)) = (errors.is_empty(), organisation) else {
        let view = AskCareView { errors, ..view };
        return show(
            visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            &cohort,
            &care,
            view,
        )
        .await;
    };
    if view_wants(&fields, "change") {
        return show(visit, StatusCode::OK, &cohort, &care, view).await;
    }
    let new = new_request(visit, &cohort, &care, &view, organisation, days)?;
    let kept = unsaid(new);
    let people = visit
        .site
        .workspace
        .analysis()?
        .sealed_cohort(&cohort.set_digest)?
        .size();
    if let Err(refusal) = may_ask(&care, &cases::facts(&kept, None)?, people) {
        let why = format!("agreement {}, clause {}", care.agreement, refusal.clause());
        keep(
            visit,
            Kind::CareAsked,
            ObjectKind::Envelope,
            &kept.asked.id,
            Outcome::Refused,
            refusal.clause(),
        )
        .await?;
        let view = AskCareView {
            refusal: Some((format!("{} {}", refusal.says(), refusal.next()), why)),
            ..view
        };
        return show(visit, StatusCode::FORBIDDEN, &cohort, &care, view).await;
    }
    if !view_wants(&fields, "send") {
        let view = AskCareView {
            check: Some(asked(visit, &cohort, &kept.asked).await?),
            ..view
        };
        return show(visit, StatusCode::OK, &cohort, &care, view).await;
    }
    let control = &visit.site.workspace.control;
    if control.case_request(&kept.asked.id).await?.is_none() {
        // The entry comes first: a request that is not in the log does not count.
        let says = "people are to be led back for their care";
        keep(
            visit,
            Kind::CareAsked,
            ObjectKind::Envelope,
            &kept.asked.id,
            Outcome::Done,
            says,
        )
        .await?;
        control.add_case_request(&kept.asked).await?;
    }
    let next = format!("/cases/requests/{}?done=sent", kept.asked.id);
    Ok(Redirect::to(&next).into_response())
}

/// A request to which nobody has said anything.
fn unsaid(asked: NewCaseRequest) -> CaseRequest {
    CaseRequest {
        asked,
        withdrawn_at: None,
        revoked: None,
        judgements: Vec::new(),
    }
}

fn view_wants(fields: &Fields, what: &str) -> bool {
    fields.get("do").is_some_and(|word| word == what)
}

async fn terms(visit: &Visit, cohort: &Cohort) -> Result<CareTerms, Fault> {
    let all = agreements(visit).await?;
    all.get(&cohort.agreement)
        .and_then(|agreement| cases::terms(agreement, visit.now))
        .filter(|care| care.in_force)
        .ok_or(Fault::NotFound)
}

fn read(fields: &Fields, errors: &mut Vec<FieldError>, care: &CareTerms) -> AskCareView {
    let field = |name: &str| fields.get(name).map_or("", |v| v.trim()).to_owned();
    AskCareView {
        professional: field("professional"),
        relationship: field("relationship"),
        evidence: written(
            errors,
            "evidence",
            &field("evidence"),
            "Say what shows the relationship.",
        ),
        reason: written(
            errors,
            "reason",
            &field("reason"),
            "Say why the list is needed.",
        ),
        next_action: written(
            errors,
            "next_action",
            &field("next_action"),
            "Say what is to be done for each person.",
        ),
        days: field("days"),
        most_days: care.days,
        ..AskCareView::default()
    }
}

/// The request that the answers make. Its name follows from them and from the secret of the session: the same form sent
/// twice is one request, and nobody can guess the name.
fn new_request(
    visit: &Visit,
    cohort: &Cohort,
    care: &CareTerms,
    view: &AskCareView,
    organisation: OrganisationCode,
    days: u64,
) -> Result<NewCaseRequest, Fault> {
    let session = visit.session()?;
    let name = Digest::of_parts([
        session.csrf_token(),
        &cohort.id,
        &view.professional,
        &view.relationship,
        &view.evidence,
        &view.reason,
        &view.next_action,
        &view.days,
    ]);
    let wait = visit.site.workspace.config.cases.approve_days;
    let wait = TimeDelta::days(i64::try_from(wait.min(366)).unwrap_or(366));
    let mut new = NewCaseRequest {
        id: name.as_str().chars().take(32).collect(),
        cohort: cohort.id.clone(),
        agreement: care.agreement.clone(),
        agreement_version: care.version.clone(),
        policy_digest: care.policy_digest.as_str().to_owned(),
        purpose: cohort.purpose.clone(),
        set_digest: cohort.set_digest.clone(),
        asked_digest: Digest::none().as_str().to_owned(),
        professional: view.professional.clone(),
        organisation,
        relationship: view.relationship.clone(),
        evidence: view.evidence.clone(),
        reason: view.reason.clone(),
        next_action: view.next_action.clone(),
        fields: care.fields.clone(),
        days,
        requester: session.username.clone(),
        requester_organisation: session.position.organisation.clone(),
        asked_at: visit.now,
        approve_by: visit.now + wait,
    };
    // Moments are kept to the millisecond, and the digest is of what is kept.
    let kept = |moment: chrono::DateTime<chrono::Utc>| {
        chrono::DateTime::from_timestamp_millis(moment.timestamp_millis()).unwrap_or(moment)
    };
    new.asked_at = kept(new.asked_at);
    new.approve_by = kept(new.approve_by);
    let digest = cases::asked_digest(cohort, &new);
    digest.as_str().clone_into(&mut new.asked_digest);
    Ok(new)
}

/// What was asked, as facts: the same for the requester who checks it and for each approver.
pub(super) async fn asked(
    visit: &Visit,
    cohort: &Cohort,
    request: &NewCaseRequest,
) -> Result<Vec<(String, String)>, Fault> {
    let all = agreements(visit).await?;
    let agreement = all.get(&request.agreement);
    let care = agreement.and_then(|a| cases::terms(a, visit.now));
    let duty = care
        .as_ref()
        .and_then(|care| care.professional(&request.professional, &request.organisation))
        .map_or_else(String::new, |p| p.relationship.clone());
    let relationships =
        cases::relationships(&visit.site.workspace.content, request.organisation.as_str())?;
    let relationship = relationships
        .iter()
        .find(|r| r.code == request.relationship)
        .map_or_else(
            || request.relationship.clone(),
            |r| {
                let checked = if r.is_checked() {
                    "Checked against the data: whoever has it not is left out."
                } else {
                    "Data here cannot show it: judge the evidence."
                };
                format!("{}\n{checked}", r.words)
            },
        );
    let index = &visit.site.linkage.index;
    let fields: Vec<&str> = request
        .fields
        .iter()
        .map(|field| detail(index, field).map_or(field.as_str(), |(_, words)| words))
        .collect();
    let purpose = agreement
        .and_then(|a| a.purposes.iter().find(|p| p.code.code() == request.purpose))
        .map_or_else(|| request.purpose.clone(), |p| p.code.words().to_owned());
    let professional = super::name_of(visit, &request.professional).await?;
    let requester = super::name_of(visit, &request.requester).await?;
    let mut facts = facts_of(visit, cohort).await?;
    facts.extend(
        [
            (
                "For",
                format!(
                    "{professional}, {}",
                    visit.site.name_of(&request.organisation)
                ),
            ),
            ("Duty of care", duty),
            ("Relationship with the people", relationship),
            ("What shows it", request.evidence.clone()),
            ("Why it is needed", request.reason.clone()),
            ("Next action for each person", request.next_action.clone()),
            (
                "What the list shows",
                format!("{}, and the next action", fields.join(", ")),
            ),
            (
                "How long it can be read",
                pages::format::counted(
                    request.days,
                    "day after the second approval",
                    "days after the second approval",
                ),
            ),
            ("Purpose", purpose),
            (
                "Agreement",
                format!(
                    "{}, version {}",
                    request.agreement, request.agreement_version
                ),
            ),
            (
                "Asked by",
                format!(
                    "{requester}, {}",
                    visit.site.name_of(&request.requester_organisation)
                ),
            ),
            ("Waits until", pages::format::moment(request.approve_by)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    Ok(facts)
}

async fn show(
    visit: &Visit,
    status: StatusCode,
    cohort: &Cohort,
    care: &CareTerms,
    view: AskCareView,
) -> Answer {
    let mut professionals = Vec::new();
    let mut relationships = Vec::new();
    for one in &care.professionals {
        let name = super::name_of(visit, &one.account).await?;
        let text = format!("{name}, {}", visit.site.name_of(&one.organisation));
        professionals.push((one.account.clone(), text, one.relationship.clone()));
        for r in cases::relationships(&visit.site.workspace.content, one.organisation.as_str())? {
            let hint = if r.is_checked() {
                "Checked against the data.".to_owned()
            } else {
                "Data here cannot show it; the approvers judge the evidence.".to_owned()
            };
            let choice = (r.code, r.words, hint);
            if !relationships.contains(&choice) {
                relationships.push(choice);
            }
        }
    }
    let view = AskCareView {
        csrf: visit.csrf(),
        cohort_href: format!("/cases/cohorts/{}", cohort.id),
        cohort: cohort.title.clone(),
        professionals,
        relationships,
        most_days: care.days,
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::ask_care(&visit.frame(), &view),
    ))
}
