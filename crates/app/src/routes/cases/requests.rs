//! One request (`/cases/requests/{id}`), and the same for those who approve (`/cases/approvals`).

use super::{agreements, ask::asked, find::facts_of, found, keep, notice, row, words_of, written};
use crate::{
    cases,
    routes::{
        Answer,
        fault::Fault,
        visit::{Visit, role_in_words},
    },
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{CaseRequest, Cohort, Envelope, Judged, NewJudgement, Role};
use govern::{
    Asker, Digest, Kind, ObjectKind, Outcome, Refusal,
    care::{CareState, may_judge},
};
use pages::{ApprovalsView, CaseRequestView, CaseWord, FieldError, ForbiddenView};
use std::collections::BTreeMap;

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let (request, cohort) = found(visit, &id).await?;
    if !may_know(visit, &request)? {
        return Err(Fault::NotFound);
    }
    let view = CaseRequestView {
        notice: notice(visit),
        ..CaseRequestView::default()
    };
    show(visit, StatusCode::OK, &request, &cohort, view).await
}

/// Whether the request is the reader's own, for them, or theirs to oversee.
fn may_know(visit: &Visit, request: &CaseRequest) -> Result<bool, Fault> {
    let session = visit.session()?;
    let (asked, here) = (&request.asked, &session.position.organisation);
    let own = asked.requester == session.username && asked.requester_organisation == *here;
    let for_me = asked.professional == session.username && asked.organisation == *here;
    Ok(own || for_me || visit.role() == Some(Role::IgLead))
}

pub(super) async fn post(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let (request, cohort) = found(visit, &id).await?;
    if !may_know(visit, &request)? {
        return Err(Fault::NotFound);
    }
    let workspace = &visit.site.workspace;
    let by = &visit.session()?.username;
    match fields.get("do").map(String::as_str) {
        Some("withdraw") if request.asked.requester == *by => {
            keep(
                visit,
                Kind::CareAsked,
                ObjectKind::Envelope,
                &id,
                Outcome::Done,
                "taken back",
            )
            .await?;
            workspace
                .control
                .withdraw_case_request(&id, by, visit.now)
                .await?;
            cases::sweep(workspace).await?;
            Ok(Redirect::to(&format!("/cases/requests/{id}?done=withdrawn")).into_response())
        }
        Some("revoke") if visit.role() == Some(Role::IgLead) => {
            let mut errors = Vec::new();
            let why = fields.get("why").map_or("", String::as_str);
            let why = written(&mut errors, "why", why, "Say why it is stopped.");
            if !errors.is_empty() {
                let view = CaseRequestView {
                    errors,
                    ..CaseRequestView::default()
                };
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return show(visit, status, &request, &cohort, view).await;
            }
            keep(
                visit,
                Kind::CareJudged,
                ObjectKind::Envelope,
                &id,
                Outcome::Done,
                "stopped",
            )
            .await?;
            workspace
                .control
                .revoke_case_request(&id, by, &why, visit.now)
                .await?;
            cases::sweep(workspace).await?;
            Ok(Redirect::to(&format!("/cases/requests/{id}?done=revoked")).into_response())
        }
        _ => Err(Fault::NotFound),
    }
}

pub(super) async fn approvals(visit: &Visit) -> Answer {
    let all = agreements(visit).await?;
    let control = &visit.site.workspace.control;
    let who = asker(visit)?;
    let mut view = ApprovalsView {
        notice: notice(visit),
        ..ApprovalsView::default()
    };
    for request in control.case_requests(super::MOST).await? {
        // A request whose agreement is there no more waits for nobody, and keeps nobody from the others.
        let (mut row, _) = match row(visit, &all, &request).await {
            Err(Fault::NotFound) => continue,
            other => other?,
        };
        row.href = format!("/cases/approvals/{}", request.asked.id);
        let judged = match judged(visit, &request, &who, &request.asked.asked_digest).await {
            Err(Fault::NotFound) => continue,
            other => other?,
        };
        if judged.is_ok() {
            view.waiting.push(row);
        } else {
            view.before.push(row);
        }
    }
    view.emergencies = super::emergencies::waiting(visit).await?;
    Ok(Visit::page(&pages::case_approvals(&visit.frame(), &view)))
}

pub(super) async fn approval(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let (request, cohort) = found(visit, &id).await?;
    show(
        visit,
        StatusCode::OK,
        &request,
        &cohort,
        CaseRequestView::default(),
    )
    .await
}

pub(super) async fn post_approval(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let (request, cohort) = found(visit, &id).await?;
    let who = asker(visit)?;
    let saw = field("saw");
    // What is approved is what was shown, and what was shown is what stands there now.
    let same = cases::asked_digest(&cohort, &request.asked);
    let judged = judged(visit, &request, &who, saw).await?;
    if let Err(refusal) = &judged {
        return refused(visit, &id, refusal).await;
    }
    if same.as_str() != request.asked.asked_digest {
        return Err(Fault::from(anyhow::anyhow!(
            "a request is not what was asked: its digest does not match"
        )));
    }
    let mut errors = Vec::new();
    let approves = match field("decision") {
        "approve" => Some(true),
        "refuse" => Some(false),
        _ => {
            errors.push(FieldError::new(
                "decision",
                "Choose whether you approve it.",
            ));
            None
        }
    };
    let reason = written(&mut errors, "reason", field("reason"), "Say why.");
    let mut view = CaseRequestView {
        decision: field("decision").to_owned(),
        reason: reason.clone(),
        ..CaseRequestView::default()
    };
    let (true, Some(approves)) = (errors.is_empty(), approves) else {
        view.errors = errors;
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show(visit, status, &request, &cohort, view).await;
    };
    if field("do") != "send" {
        view.checking = field("do") != "change";
        return show(visit, StatusCode::OK, &request, &cohort, view).await;
    }
    let says = if approves { "approved" } else { "refused" };
    keep(
        visit,
        Kind::CareJudged,
        ObjectKind::Envelope,
        &id,
        Outcome::Done,
        says,
    )
    .await?;
    let judgement = NewJudgement {
        request: id.clone(),
        by: who.username.clone(),
        role: who.role.clone(),
        organisation: who.organisation.clone(),
        approves,
        reason,
        saw_digest: saw.to_owned(),
        at: visit.now,
    };
    let control = &visit.site.workspace.control;
    match control.judge_case_request(&judgement).await? {
        Judged::Kept | Judged::Already => {
            let next = format!("/cases/approvals?done={says}");
            Ok(Redirect::to(&next).into_response())
        }
        Judged::Taken | Judged::NotOpen => {
            // Somebody was quicker.
            let says = "Somebody else said something in the same moment, and the request no longer waits for you.";
            Ok(forbidden(visit, says, None))
        }
    }
}

async fn refused(visit: &Visit, id: &str, refusal: &Refusal) -> Answer {
    keep(
        visit,
        Kind::CareJudged,
        ObjectKind::Envelope,
        id,
        Outcome::Refused,
        refusal.clause(),
    )
    .await?;
    let says = format!("{} {}", refusal.says(), refusal.next());
    Ok(forbidden(visit, &says, Some(refusal.clause())))
}

/// A page that says no, with the clause.
pub(super) fn forbidden(
    visit: &Visit,
    says: &str,
    clause: Option<&str>,
) -> axum::response::Response {
    let view = ForbiddenView {
        reason: says.to_owned(),
        clause: clause.map(str::to_owned),
        instead: None,
    };
    Visit::page_with(
        StatusCode::FORBIDDEN,
        &pages::forbidden(&visit.frame(), &view),
    )
}

/// The reader as one who judges.
pub(super) fn asker(visit: &Visit) -> Result<Asker, Fault> {
    let session = visit.session()?;
    Ok(Asker {
        username: session.username.clone(),
        organisation: session.position.organisation.clone(),
        role: session.position.role.as_str().to_owned(),
    })
}

/// Whether the reader may say yes or no to a request that they were shown under this digest.
async fn judged(
    visit: &Visit,
    request: &CaseRequest,
    who: &Asker,
    saw: &str,
) -> Result<Result<(), Refusal>, Fault> {
    let all = agreements(visit).await?;
    let care = all
        .get(&request.asked.agreement)
        .and_then(|a| cases::terms(a, visit.now))
        .ok_or(Fault::NotFound)?;
    let saw = Digest::parse(saw).unwrap_or_else(|_| Digest::none());
    Ok(may_judge(
        &care,
        &cases::facts(request, None)?,
        who,
        &saw,
        visit.now,
    ))
}

async fn show(
    visit: &Visit,
    status: StatusCode,
    request: &CaseRequest,
    cohort: &Cohort,
    view: CaseRequestView,
) -> Answer {
    let (asked_for, id) = (&request.asked, &request.asked.id);
    let control = &visit.site.workspace.control;
    let all = agreements(visit).await?;
    let envelope = control.envelope(id).await?;
    let state = cases::state(&all, request, envelope.as_ref(), visit.now)?;
    let approving = visit.path().starts_with("/cases/approvals");
    let (mut judge_href, mut may_not_judge) = (None, None);
    if approving {
        match judged(visit, request, &asker(visit)?, &asked_for.asked_digest).await? {
            Ok(()) => judge_href = Some(format!("/cases/approvals/{id}")),
            Err(refusal) => may_not_judge = Some(refusal.says().to_owned()),
        }
    }
    let session = visit.session()?;
    let own = !approving && asked_for.requester == session.username;
    let live = matches!(
        state,
        CareState::Waiting { .. } | CareState::Approved { .. }
    );
    let for_me =
        visit.role() == Some(Role::Clinician) && asked_for.professional == session.username;
    let mut said = Vec::new();
    for judgement in &request.judgements {
        said.push(CaseWord {
            by: super::name_of(visit, &judgement.by).await?,
            role: Role::from_word(&judgement.role)
                .map_or_else(|| judgement.role.clone(), |r| role_in_words(r).to_owned()),
            approves: judgement.approves,
            reason: judgement.reason.clone(),
            at: judgement.at,
        });
    }
    let heading = if approving {
        "A list to approve"
    } else {
        "A list that was asked for"
    };
    let parent = if approving {
        ("Lists to approve", "/cases/approvals")
    } else {
        ("Requests", "/cases")
    };
    let mut shown = asked(visit, cohort, asked_for).await?;
    if shown.is_empty() {
        shown = facts_of(visit, cohort).await?;
    }
    let view = CaseRequestView {
        csrf: visit.csrf(),
        heading: heading.to_owned(),
        href: format!("/cases/requests/{id}"),
        parent: (parent.0.to_owned(), parent.1.to_owned()),
        state: words_of(state),
        asked: shown,
        question: cohort.question.clone(),
        said,
        became: became(visit, request, envelope.as_ref(), state).await?,
        outcomes: outcomes(visit, request, cohort).await?,
        judge_href,
        may_not_judge,
        saw: asked_for.asked_digest.clone(),
        list_href: (for_me && !approving && matches!(state, CareState::Approved { .. }))
            .then(|| format!("/cases/lists/{id}")),
        may_withdraw: own && live,
        may_revoke: visit.role() == Some(Role::IgLead) && live,
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::case_request(&visit.frame(), &view),
    ))
}

/// What became of a request: that it was opened and closed, with whom it left out as counts.
async fn became(
    visit: &Visit,
    request: &CaseRequest,
    envelope: Option<&Envelope>,
    state: CareState,
) -> Result<Vec<(String, String)>, Fault> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    if let CareState::Approved { until } = state {
        facts.push(("It can be opened until", pages::format::moment(until)));
    }
    if let Some((at, by, why)) = &request.revoked {
        let by = super::name_of(visit, by).await?;
        facts.push((
            "Stopped",
            format!("{}, by {by}: {why}", pages::format::moment(*at)),
        ));
    }
    if let Some(at) = request.withdrawn_at {
        facts.push(("Taken back", pages::format::moment(at)));
    }
    if let Some(envelope) = envelope {
        let sealed = &envelope.sealed;
        facts.push(("First opened", pages::format::moment(sealed.sealed_at)));
        facts.push((
            "Read",
            pages::format::counted(envelope.readings.len() as u64, "time", "times"),
        ));
        if let Some(at) = envelope.closed_at {
            facts.push(("Closed", pages::format::moment(at)));
        }
        if let Some(at) = envelope.destroyed_at {
            facts.push(("Key destroyed", pages::format::moment(at)));
        }
    }
    Ok(facts
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect())
}

/// What came of the contacts, as the disclosure rules let it be shown.
async fn outcomes(
    visit: &Visit,
    request: &CaseRequest,
    cohort: &Cohort,
) -> Result<Vec<(String, String)>, Fault> {
    let kept = visit
        .site
        .workspace
        .control
        .outcomes(&request.asked.id)
        .await?;
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for outcome in kept.into_values() {
        *counts.entry(outcome.outcome).or_default() += 1;
    }
    if counts.is_empty() {
        return Ok(Vec::new());
    }
    let desk = visit.site.workspace.analysis()?;
    counts
        .into_iter()
        .map(|(words, count)| Ok((words, desk.size_shown(&cohort.rule_set, count)?)))
        .collect()
}
