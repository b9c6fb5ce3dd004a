//! Case finding (`/cases`): what a reader found, asked for and may open. One file for each part of the way.
//!
//! INVARIANT: values of people are on the page of an open list and of an emergency's records, and nowhere else: not in
//! titles, addresses or logs; each look is in the audit log before the page is made. Nothing here has an address for
//! machines, and no address gives more than one list.

mod ask;
mod emergencies;
mod find;
mod lists;
mod requests;

use super::{Answer, fault::Fault, list::Page, visit::Visit};
use crate::{cases, desks::agreements::AgreementBook};
use axum::extract::Request;
use control::{CaseRequest, Cohort, Role};
use govern::{EntryBody, Kind, ObjectKind, Outcome, care::CareState};
use model::OrganisationCode;
use pages::{CaseRow, CaseState, CasesView, FieldError, StateWords};
use std::sync::Arc;

/// How many lines a list has at most: more than anybody works through.
const MOST: u64 = 200;

/// The pages of this part. Any other page is answered elsewhere.
pub(super) async fn answer(visit: &Visit, page: Page, request: Request) -> Answer {
    match page {
        Page::Cases => home(visit).await,
        Page::CaseFind => find::page(visit).await,
        Page::PostCaseFind => find::post(visit, request).await,
        Page::CaseCohort => find::cohort(visit, request).await,
        Page::CaseAsk => ask::page(visit, request).await,
        Page::PostCaseAsk => ask::post(visit, request).await,
        Page::CaseRequest => requests::page(visit, request).await,
        Page::PostCaseRequest => requests::post(visit, request).await,
        Page::CaseApprovals => requests::approvals(visit).await,
        Page::CaseApproval => requests::approval(visit, request).await,
        Page::PostCaseApproval => requests::post_approval(visit, request).await,
        Page::CaseList => lists::page(visit, request).await,
        Page::PostCaseListOpen => lists::open(visit, request).await,
        Page::CaseListPeople => lists::people(visit, request).await,
        Page::PostCaseOutcome => lists::outcome(visit, request).await,
        Page::PostCaseListClose => lists::close(visit, request).await,
        Page::Emergencies => emergencies::page(visit).await,
        Page::EmergencyAsk => emergencies::ask(visit).await,
        Page::PostEmergencyAsk => emergencies::post_ask(visit, request).await,
        Page::Emergency => emergencies::one(visit, request).await,
        Page::PostEmergencyJudge => emergencies::judge(visit, request).await,
        Page::EmergencyRecords | Page::PostEmergencyRecords => {
            emergencies::records(visit, request).await
        }
        Page::PostEmergencyEnd => emergencies::end(visit, request).await,
        Page::PostEmergencyReview => emergencies::review(visit, request).await,
        _ => Err(Fault::NotFound),
    }
}

async fn home(visit: &Visit) -> Answer {
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let agreements = agreements(visit).await?;
    let oversees = visit.role() == Some(Role::IgLead);
    let may_find = matches!(visit.role(), Some(Role::Clinician | Role::Analyst));
    let mut view = CasesView {
        notice: notice(visit),
        may_find,
        emergencies: matches!(visit.role(), Some(Role::Clinician | Role::IgLead)),
        oversees,
        ..CasesView::default()
    };
    if may_find {
        let mine = control
            .cohorts_of(&session.username, &session.position.organisation, MOST)
            .await?;
        view.cohorts = mine
            .iter()
            .map(|cohort| CaseRow {
                href: format!("/cases/cohorts/{}", cohort.id),
                title: cohort.title.clone(),
                agreement: cohort.agreement.clone(),
                size: cohort.size_shown.clone(),
                at: cohort.made_at,
                state: None,
            })
            .collect();
    }
    for request in control.case_requests(MOST).await? {
        let asked = &request.asked;
        let here = |organisation: &OrganisationCode| *organisation == session.position.organisation;
        let own = asked.requester == session.username && here(&asked.requester_organisation);
        let for_me = visit.role() == Some(Role::Clinician)
            && asked.professional == session.username
            && here(&asked.organisation);
        if !(own || for_me || oversees) {
            continue;
        }
        let (row, state) = row(visit, &agreements, &request).await?;
        if for_me && matches!(state, CareState::Approved { .. }) {
            view.lists.push(CaseRow {
                href: format!("/cases/lists/{}", asked.id),
                ..row.clone()
            });
        }
        if own || oversees || for_me {
            view.requests.push(row);
        }
    }
    Ok(Visit::page(&pages::cases(&visit.frame(), &view)))
}

/// What was just done, by the word in the address.
fn notice(visit: &Visit) -> Option<String> {
    let words = match visit.query("done")? {
        "sent" => "The request was sent. Two people of different roles have to approve it.",
        "withdrawn" => "The request was taken back.",
        "revoked" => "The list was stopped. It can no longer be opened or read.",
        "approved" => "Your approval is kept.",
        "refused" => "Your refusal is kept. The list will not be opened.",
        "closed" => "The list is closed and its key is destroyed. Nobody can read it any more.",
        "kept" => "The group is kept, sealed.",
        "outcome" => "What came of the contact is kept.",
        "asked" => "A second person has to agree. Ring one: nobody is told by this page.",
        "judged" => "Your decision is kept.",
        "ended" => "The records are closed.",
        "reviewed" => "What you found is kept.",
        _ => return None,
    };
    Some(words.to_owned())
}

async fn agreements(visit: &Visit) -> Result<Arc<AgreementBook>, Fault> {
    Ok(visit.site.workspace.agreements().await?)
}

/// A request with its cohort.
async fn found(visit: &Visit, id: &str) -> Result<(CaseRequest, Cohort), Fault> {
    if !is_id(id) {
        return Err(Fault::NotFound);
    }
    let control = &visit.site.workspace.control;
    let request = control.case_request(id).await?.ok_or(Fault::NotFound)?;
    let cohort = control.cohort(&request.asked.cohort).await?;
    Ok((request, cohort.ok_or(Fault::NotFound)?))
}

/// Whether a text has the form of our names. Any other is nobody's, and is not asked for.
fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A request as a line of a list, and where it stands.
async fn row(
    visit: &Visit,
    agreements: &govern::Agreements,
    request: &CaseRequest,
) -> Result<(CaseRow, CareState), Fault> {
    let control = &visit.site.workspace.control;
    let envelope = control.envelope(&request.asked.id).await?;
    let state = cases::state(agreements, request, envelope.as_ref(), visit.now)?;
    let cohort = control.cohort(&request.asked.cohort).await?;
    let (title, size) = cohort.map_or_else(Default::default, |c| (c.title, c.size_shown));
    let row = CaseRow {
        href: format!("/cases/requests/{}", request.asked.id),
        title,
        agreement: request.asked.agreement.clone(),
        size,
        at: request.asked.asked_at,
        state: Some(words_of(state)),
    };
    Ok((row, state))
}

fn words_of(state: CareState) -> StateWords {
    let kind = match state {
        CareState::Waiting { .. } => CaseState::Waiting,
        CareState::Approved { .. } => CaseState::Open,
        CareState::Closed | CareState::Expired => CaseState::Ended,
        CareState::Lapsed | CareState::Refused | CareState::Withdrawn | CareState::Revoked => {
            CaseState::Stopped
        }
    };
    let words = match state {
        CareState::Waiting { approvals: 1 } => "One of two approvals".to_owned(),
        CareState::Waiting { .. } => "Waiting for two approvals".to_owned(),
        other => other.words().to_owned(),
    };
    StateWords { state: kind, words }
}

/// A text that somebody wrote, fit to be kept; the fault stands with its field.
fn written(errors: &mut Vec<FieldError>, field: &str, text: &str, blank: &str) -> String {
    match control::cases::plain_words(text) {
        Ok(line) if line.is_empty() => {
            errors.push(FieldError::new(field, blank));
            String::new()
        }
        Ok(line) => line,
        Err(why) => {
            errors.push(FieldError::new(field, format!("This text {why}.")));
            text.chars().take(2_000).collect()
        }
    }
}

/// Keeps an entry about a request; the request is there as a digest.
async fn keep(
    visit: &Visit,
    kind: Kind,
    object: ObjectKind,
    id: &str,
    outcome: Outcome,
    reason: &str,
) -> Result<(), Fault> {
    let actor = &visit.session()?.username;
    let mut entry = EntryBody::new(visit.now, kind, actor, outcome);
    entry.object_kind = Some(object);
    entry.object_digest = Some(govern::Digest::of(id));
    entry.reason = Some(reason.to_owned());
    visit.keep(entry).await
}

/// What people call an account.
async fn name_of(visit: &Visit, account: &str) -> Result<String, Fault> {
    let found = visit.site.workspace.control.account(account).await?;
    Ok(found.map_or_else(|| account.to_owned(), |a| a.display_name))
}
