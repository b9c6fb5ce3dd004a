//! What waits for a second person (`/people/requests`).

use super::{
    super::{Answer, fault::Fault, visit::Visit},
    in_words, keep,
};
use axum::{
    extract::Request,
    response::{IntoResponse, Redirect},
};
use control::{AccountRequest, RequestKind, RequestRefusal, RequestState};
use govern::Outcome;
use pages::{RequestMay, RequestRow, RequestsView};

pub(crate) async fn waiting(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let mut rows = Vec::new();
    for request in control.waiting_account_requests(visit.now).await? {
        rows.push(row(visit, request).await?);
    }
    let notice = match visit.query("done") {
        Some("approved") => Some("It is approved, and done."),
        Some("refused") => Some("It is refused."),
        Some("withdrawn") => Some("It is taken back."),
        Some("not") => Some("Nothing was done: it no longer waits, or it is not yours to decide."),
        _ => None,
    };
    let view = RequestsView {
        csrf: visit.csrf(),
        notice: notice.map(str::to_owned),
        requests: rows,
    };
    Ok(Visit::page(&pages::account_requests(&visit.frame(), &view)))
}

async fn row(visit: &Visit, request: AccountRequest) -> Result<RequestRow, Fault> {
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let known = control.account(&request.username).await?;
    let name = known
        .map(|account| account.display_name)
        .unwrap_or_default();
    let may = if request.asked_by == session.username {
        RequestMay::Withdraw
    } else if request.username == session.username {
        RequestMay::Nothing("It is about you: somebody else decides.".to_owned())
    } else if visit.site.roles.may_approve(session.position.role) {
        RequestMay::Decide
    } else {
        RequestMay::Nothing("Your role does not decide it.".to_owned())
    };
    Ok(RequestRow {
        action: format!("/people/requests/{}", request.id),
        what: match (request.kind, &request.position) {
            (RequestKind::GiveRole, Some(position)) => in_words(visit, position),
            _ => "Reset of the second factor".to_owned(),
        },
        person: format!("{name} ({})", request.username),
        reason: request.reason,
        asked_by: request.asked_by,
        asked_at: request.asked_at,
        may,
    })
}

pub(crate) async fn decide(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let session = visit.session()?;
    let control = &visit.site.workspace.control;
    let about = control.account_request(&id).await?.ok_or(Fault::NotFound)?;
    let what = match &about.position {
        Some(p) => format!(
            "role {} of {} for {}",
            p.role, p.organisation, about.username
        ),
        None => format!("reset of the second factor of {}", about.username),
    };
    let to =
        |done: &str| Ok(Redirect::to(&format!("/people/requests?done={done}")).into_response());
    let approve = match fields.get("decision").map(String::as_str) {
        Some("approve") => true,
        Some("refuse") => false,
        Some("withdraw") => {
            let gone = control
                .withdraw_account_request(&id, &session.username, visit.now)
                .await?;
            keep(visit, outcome(gone), format!("{what} taken back")).await?;
            return to(if gone { "withdrawn" } else { "not" });
        }
        _ => return Err(Fault::NotFound),
    };
    if !visit.site.roles.may_approve(session.position.role) {
        return Err(Fault::WrongRole);
    }
    // In the log before it is done: no act without its entry.
    let word = if approve { "approved" } else { "refused" };
    let allowed = about.asked_by != session.username
        && about.username != session.username
        && about.state == RequestState::Waiting;
    keep(visit, outcome(allowed), format!("{what} {word}")).await?;
    let decided: Result<_, RequestRefusal> = control
        .decide_account_request(&id, &session.username, approve, visit.now)
        .await?;
    to(match decided {
        Ok(_) if approve => "approved",
        Ok(_) => "refused",
        Err(_) => "not",
    })
}

const fn outcome(done: bool) -> Outcome {
    if done {
        Outcome::Done
    } else {
        Outcome::Refused
    }
}
