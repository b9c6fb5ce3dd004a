//! Sending a checked file on, taking it back, and its receipt.

use super::{
    Answer,
    fault::Fault,
    site::Site,
    submissions::{causes, file_name, find},
    taking::{at_desk, window_of},
    visit::Visit,
};
use crate::{
    desks::{Declared, Sent},
    windows::{Standing, Window},
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use control::{Stated, SubmissionRecord, SubmissionState};
use model::Level;
use pages::{ConfirmView, FieldError, ReceiptView, WithdrawView, format};
use std::sync::Arc;

pub(super) async fn confirm(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    if record.state != SubmissionState::Checked {
        return Ok(back(&record));
    }
    page(visit, &record, StatusCode::OK, Vec::new()).await
}

pub(super) async fn post_confirm(visit: &Visit, mut request: Request) -> Answer {
    // The form before anything else, so that one that is not ours tells nothing of what there is.
    let record = find(visit, &mut request).await;
    let fields = visit.form(request).await?;
    let record = record?;
    if fields.get("declared").map(String::as_str) != Some("yes") {
        let errors = vec![FieldError::new(
            "declared",
            "Tick the box to say that this is the file you mean to send.",
        )];
        return page(visit, &record, StatusCode::UNPROCESSABLE_ENTITY, errors).await;
    }
    let by = visit.session()?.username.clone();
    match send_on(&visit.site, &record, visit.now, by).await? {
        Outcome::Sent => {
            Ok(Redirect::to(&format!("/submissions/{}/receipt", record.id)).into_response())
        }
        Outcome::CheckedAgain | Outcome::NotAnAttempt => Ok(back(&record)),
        Outcome::Refused(why) => {
            let errors = vec![FieldError::new("", why)];
            page(visit, &record, StatusCode::CONFLICT, errors).await
        }
    }
}

/// What became of a declaration.
#[derive(Debug)]
pub(super) enum Outcome {
    Sent,
    /// The rules have changed since the check, so it was checked again and has to be looked at again.
    CheckedAgain,
    NotAnAttempt,
    /// Its window takes no files now; in a sentence.
    Refused(String),
}

/// Sends a file on, as its window allows.
pub(super) async fn send_on(
    site: &Arc<Site>,
    record: &SubmissionRecord,
    now: DateTime<Utc>,
    by: String,
) -> Result<Outcome, Fault> {
    let window = window_of(site, &record.dataset, record.stated.as_ref());
    if let Some(why) = window.and_then(|w| refusal(w, now)) {
        return Ok(Outcome::Refused(why));
    }
    let (id, sender) = (record.id.clone(), record.sender.clone());
    let declared = Declared {
        by,
        late: is_late(window, now),
        partial: is_partial(window, record.stated.as_ref()),
    };
    let sent = at_desk(site, async move |desk| {
        desk.send_on(&id, &sender, &declared).await
    })
    .await?
    .map_err(|fault| Fault::Ours {
        fault,
        assurance: "Your file is safe. Look at its page to see whether it was sent.",
    })?;
    match sent {
        Sent::Whole => Ok(Outcome::Sent),
        Sent::NotAnAttempt => Ok(Outcome::NotAnAttempt),
        Sent::CheckAgain => {
            let record = record.clone();
            at_desk(site, async move |desk| desk.check_again(&record).await).await??;
            Ok(Outcome::CheckedAgain)
        }
    }
}

/// Takes a file back for its sender; a sentence where the window does not allow it any more.
pub(super) async fn take_back(
    visit: &Visit,
    record: &SubmissionRecord,
) -> Result<Result<bool, String>, Fault> {
    if !may_withdraw(visit, record) {
        return Ok(Err(
            "The window has closed, so the file can no longer be withdrawn here. Get in touch with us."
                .to_owned(),
        ));
    }
    let (id, sender) = (record.id.clone(), record.sender.clone());
    let by = visit.session()?.username.clone();
    let done = at_desk(&visit.site, async move |desk| {
        desk.withdraw(&id, &sender, &by).await
    })
    .await?
    .map_err(|fault| Fault::Ours {
        fault,
        assurance: "Look at the page of the file to see whether it was withdrawn.",
    })?;
    Ok(Ok(done))
}

pub(super) async fn withdraw(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    if !can_be_taken_back(&record) || !may_withdraw(visit, &record) {
        return Ok(back(&record));
    }
    let view = WithdrawView {
        csrf: visit.csrf(),
        result_href: format!("/submissions/{}", record.id),
        file: file_name(visit, &record),
        dataset: visit.site.title_of(&record.dataset),
        period: record.stated.as_ref().map(period_in_words),
        rows: (record.state == SubmissionState::Landed).then_some(record.rows_landed),
        window: window_in_words(visit, &record),
    };
    Ok(Visit::page(&pages::withdraw(&visit.frame(), &view)))
}

pub(super) async fn post_withdraw(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await;
    visit.form(request).await?;
    let record = record?;
    // Whatever it came to, the page of the file says how it stands.
    let _ = take_back(visit, &record).await?;
    Ok(back(&record))
}

pub(super) async fn receipt(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    if record.state != SubmissionState::Landed {
        return Err(Fault::NotFound);
    }
    let confirmed = record.confirmed.as_ref();
    let sent = match confirmed {
        Some(c) => {
            let account = visit.site.workspace.control.account(&c.by).await?;
            Some((
                c.at,
                account.map_or_else(|| c.by.clone(), |a| a.display_name),
            ))
        }
        None => None,
    };
    let mut marks = Vec::new();
    if confirmed.is_some_and(|c| c.late) {
        marks.push("It was sent after the window had closed, and is marked as late.".to_owned());
    }
    if confirmed.is_some_and(|c| c.partial) {
        marks.push("It covers a part of the period that was asked for.".to_owned());
    }
    let view = ReceiptView {
        result_href: format!("/submissions/{}", record.id),
        reference: record.id.to_string(),
        organisation: visit.site.name_of(&record.sender),
        file: file_name(visit, &record),
        dataset: visit.site.title_of(&record.dataset),
        period: record.stated.as_ref().map(period_in_words),
        sent,
        marks,
        received_at: record.received_at,
        sha256: record.sha256.clone(),
        size_in_bytes: record.bytes,
        rows_in: record.rows_in,
        rows_landed: record.rows_landed,
        rows_set_aside: record.rows_set_aside,
        reasons: causes(&record)
            .into_iter()
            .filter(|c| c.level.rejects())
            .map(|c| (c.message, c.rows.unwrap_or_default()))
            .collect(),
        next: visit.site.service.after_landing.clone(),
    };
    Ok(Visit::page(&pages::receipt(&visit.frame(), &view)))
}

async fn page(
    visit: &Visit,
    record: &SubmissionRecord,
    status: StatusCode,
    errors: Vec<FieldError>,
) -> Answer {
    let window = window_of(&visit.site, &record.dataset, record.stated.as_ref());
    let mut beware = Vec::new();
    if is_late(window, visit.now) {
        beware.push((
            "The window has closed".to_owned(),
            "The file will be accepted and marked as late.".to_owned(),
        ));
    }
    if is_partial(window, record.stated.as_ref()) {
        beware.push((
            "It covers a part of the period".to_owned(),
            "The file will be accepted and marked. Send the whole period if you can.".to_owned(),
        ));
    }
    for earlier in visit
        .site
        .workspace
        .identified()?
        .replaced_by(record)
        .await?
    {
        if let Some(earlier) = visit
            .site
            .workspace
            .control
            .submission(&earlier, &record.sender)
            .await?
        {
            beware.push((
                "It takes the place of a file".to_owned(),
                format!(
                    "The file {}, received on {}, with {}, no longer counts once you send this one.",
                    earlier.file_name.reveal(),
                    format::moment(earlier.received_at),
                    format::counted(earlier.rows_landed, "row", "rows")
                ),
            ));
        }
    }
    let warnings = causes(record)
        .iter()
        .filter(|c| c.level == Level::Warning)
        .count();
    let view = ConfirmView {
        csrf: visit.csrf(),
        result_href: format!("/submissions/{}", record.id),
        organisation: visit.site.name_of(&record.sender),
        file: file_name(visit, record),
        dataset: visit.site.title_of(&record.dataset),
        period: record.stated.as_ref().map(period_in_words),
        sha256: record.sha256.clone(),
        rows_in: record.rows_in,
        rows_landed: record.rows_landed,
        rows_set_aside: record.rows_set_aside,
        warnings: u64::try_from(warnings).unwrap_or(u64::MAX),
        window: window_in_words(visit, record),
        beware,
        declaration: visit.site.sending.declaration.clone(),
        errors,
    };
    Ok(Visit::page_with(
        status,
        &pages::confirm(&visit.frame(), &view),
    ))
}

fn back(record: &SubmissionRecord) -> Response {
    Redirect::to(&format!("/submissions/{}", record.id)).into_response()
}

/// Why a window takes no files now, where it takes none.
fn refusal(window: &Window, now: DateTime<Utc>) -> Option<String> {
    match window.standing(now) {
        Standing::Before => Some(format!(
            "The window opens on {}. Your file is kept until then, and can be sent from that moment.",
            format::moment(window.opens)
        )),
        Standing::Closed if !window.takes_late => Some(format!(
            "The window closed on {}, and takes no files after that.",
            format::moment(window.closes)
        )),
        _ => None,
    }
}

fn is_late(window: Option<&Window>, now: DateTime<Utc>) -> bool {
    window.is_some_and(|w| w.standing(now) == Standing::Closed)
}

fn is_partial(window: Option<&Window>, stated: Option<&Stated>) -> bool {
    window
        .zip(stated)
        .is_some_and(|(window, stated)| window.is_partial(stated))
}

/// Whether there is anything to take back.
pub(super) fn can_be_taken_back(record: &SubmissionRecord) -> bool {
    matches!(
        record.state,
        SubmissionState::Checked | SubmissionState::Landed | SubmissionState::Rejected
    )
}

/// An attempt can be deleted at any time, and what counts be withdrawn until its window closes.
pub(super) fn may_withdraw(visit: &Visit, record: &SubmissionRecord) -> bool {
    let window = window_of(&visit.site, &record.dataset, record.stated.as_ref());
    record.state != SubmissionState::Landed || !is_late(window, visit.now)
}

/// A period as people read it.
pub(super) fn period_in_words(stated: &Stated) -> String {
    format!(
        "{} to {}",
        format::date(stated.from),
        format::date(stated.to)
    )
}

/// When the window of a file opens or closes, and what happens to files after that.
pub(super) fn window_in_words(visit: &Visit, record: &SubmissionRecord) -> Option<String> {
    window_of(&visit.site, &record.dataset, record.stated.as_ref())
        .map(|window| words_of(window, visit.now))
}

/// When a window opens or closes, and what happens to files after that.
pub(super) fn words_of(window: &Window, now: DateTime<Utc>) -> String {
    let closes = format::moment(window.closes);
    match window.standing(now) {
        Standing::Before => format!(
            "The window opens on {} and closes on {closes}. {}",
            format::moment(window.opens),
            window.after
        ),
        Standing::Open => format!("The window closes on {closes}. {}", window.after),
        Standing::Closed => format!("The window closed on {closes}. {}", window.after),
    }
}
