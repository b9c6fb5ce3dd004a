//! Withdrawing a release (`/releases/{id}/recall`): who had it, the reason in public words, and everybody is told.

use super::{
    super::{
        agreements::{actor, one_line},
        ask::sentence,
    },
    Answer, Fault, Visit, titled,
};
use crate::desks::recall::Had;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use control::{ReleaseRecord, ReleaseState};
use pages::{
    CheckAnswersView, FieldError, FormField, HadRow, Link, RecallView, WithdrawnView, format,
};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

pub(in crate::routes) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let record = asked(visit, &mut request).await?;
    let mut fields = Fields::new();
    if let Some(incident) = visit.query("incident") {
        fields.insert("incident".to_owned(), incident.chars().take(20).collect());
    }
    shown(visit, &record, &fields, Vec::new()).await
}

pub(in crate::routes) async fn post(visit: &Visit, mut request: Request) -> Answer {
    let record = asked(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let reason = one_line(fields.get("reason").map_or("", String::as_str));
    let incident = fields.get("incident").map_or("", |text| text.trim());
    let number: Option<u64> = incident.parse().ok();
    let mut errors = Vec::new();
    if reason.is_empty() {
        errors.push(FieldError::new(
            "reason",
            "Say why, in words for the public.",
        ));
    }
    if number.is_none() && !incident.is_empty() {
        errors.push(FieldError::new(
            "incident",
            "Choose an incident of the list, or none.",
        ));
    }
    if !errors.is_empty() {
        return shown(visit, &record, &fields, errors).await;
    }
    if !fields.contains_key("checked") {
        return check(visit, &record, &reason, number).await;
    }
    let who = actor(visit)?;
    let workspace = &visit.site.workspace;
    match workspace.recall(&who, &record.id, &reason, number).await? {
        Ok(_) => {
            Ok(Redirect::to(&format!("/releases/{}/recall?done=1", record.id)).into_response())
        }
        Err(fault) => {
            let error = FieldError::new("reason", sentence(&fault.to_string()));
            shown(visit, &record, &fields, vec![error]).await
        }
    }
}

/// What readers find where a release was.
pub(super) async fn gone(visit: &Visit, record: &ReleaseRecord, agreement: Link) -> Answer {
    let kept = visit.site.workspace.control.withdrawals().await?;
    let kept = kept.into_iter().find(|w| w.release == record.id);
    let (at, reason) = kept.map_or_else(
        || (record.created_at, "No reason is on record.".to_owned()),
        |w| (w.at, sentence(&w.reason)),
    );
    let view = WithdrawnView {
        id: record.id.clone(),
        title: record.title.clone(),
        at,
        reason,
        agreement,
    };
    Ok(Visit::page_with(
        StatusCode::GONE,
        &pages::release_withdrawn(&visit.frame(), &view),
    ))
}

async fn asked(visit: &Visit, request: &mut Request) -> Result<ReleaseRecord, Fault> {
    let id = visit.part(request, "id").await?;
    let found = visit.site.workspace.control.any_release(&id).await?;
    found.ok_or(Fault::NotFound)
}

async fn shown(
    visit: &Visit,
    record: &ReleaseRecord,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let workspace = &visit.site.workspace;
    let withdrawals = workspace.control.withdrawals().await?;
    let withdrawn = withdrawals
        .into_iter()
        .find(|w| w.release == record.id)
        .map(|w| (w.at, sentence(&w.reason)));
    let open = matches!(
        record.state,
        ReleaseState::InReview | ReleaseState::Released
    );
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = RecallView {
        id: record.id.clone(),
        title: record.title.clone(),
        facts: vec![
            ("State".to_owned(), titled_state(record.state).to_owned()),
            (
                "Agreement".to_owned(),
                format!("{} version {}", record.agreement, record.agreement_version),
            ),
            ("Made".to_owned(), format::moment(record.created_at)),
        ],
        done: visit
            .query("done")
            .filter(|_| withdrawn.is_some())
            .map(|_| {
                format!(
                    "{} Everybody who had it was told.",
                    sentence(&format!("{} is withdrawn", titled(record)))
                )
            }),
        withdrawn,
        had: had(visit, record).await?,
        fields: if open {
            questions(visit, fields).await?
        } else {
            Vec::new()
        },
        csrf: visit.csrf(),
        errors,
    };
    Ok(Visit::page_with(
        status,
        &pages::recall(&visit.frame(), &view),
    ))
}

const fn titled_state(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::InReview => "Waits for a checker",
        ReleaseState::Released => "It has left",
        ReleaseState::Returned => "Sent back by a checker",
        ReleaseState::Withdrawn => "Withdrawn",
    }
}

/// Who had it, each with whether they were told and have read it.
async fn had(visit: &Visit, record: &ReleaseRecord) -> Result<Vec<HadRow>, Fault> {
    let workspace = &visit.site.workspace;
    let about = format!("release-recalled-{}", record.id);
    let told = workspace.control.told_of(&about).await?;
    let withdrawn = record.state == ReleaseState::Withdrawn;
    let row = |had: Had| {
        let notice = told.iter().find(|n| n.username == had.username);
        let told = match notice.map(|n| (n.told_at, n.read_at)) {
            Some((_, Some(read))) => format!("read on {}", format::moment(read)),
            Some((told, None)) => format!("told on {}, not read yet", format::moment(told)),
            None if withdrawn => "not reached: they have no account here any more".to_owned(),
            None => "not yet".to_owned(),
        };
        let organisations: Vec<String> = had.organisations.into_iter().collect();
        HadRow {
            who: if organisations.is_empty() {
                had.username
            } else {
                format!("{}, for {}", had.username, format::listed(&organisations))
            },
            how: format::listed(&had.how.into_iter().collect::<Vec<_>>()),
            last: had.last,
            told,
        }
    };
    let all = workspace.who_had(&record.id).await?;
    Ok(all.into_iter().map(row).collect())
}

async fn questions(visit: &Visit, fields: &Fields) -> Result<Vec<FormField>, Fault> {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let all = visit.site.workspace.control.incidents().await?;
    let none = (String::new(), "None".to_owned());
    let open = all
        .iter()
        .filter(|i| i.closed().is_none())
        .map(|i| (i.number.to_string(), format!("{}: {}", i.number, i.title)));
    Ok(vec![
        FormField::Area {
            name: "reason".to_owned(),
            label: "Why, in words for the public?".to_owned(),
            hint: "Up to 500 characters. It stands in the public register, on the page of the release and in what people are told.".to_owned(),
            value: typed("reason"),
            rows: 4,
            code: false,
        },
        FormField::Pick {
            name: "incident".to_owned(),
            label: "Because of which incident? (optional)".to_owned(),
            hint: String::new(),
            items: std::iter::once(none).chain(open).collect(),
            value: typed("incident"),
        },
    ])
}

async fn check(
    visit: &Visit,
    record: &ReleaseRecord,
    reason: &str,
    incident: Option<u64>,
) -> Answer {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let had = visit.site.workspace.who_had(&record.id).await?.len() as u64;
    let number = incident.map(|n| n.to_string()).unwrap_or_default();
    let mut answers = vec![
        pair("Release", &record.title),
        pair("Why", reason),
        pair("Who is told", &format::counted(had, "person", "people")),
    ];
    if !number.is_empty() {
        answers.push(pair("Incident", &number));
    }
    let here = format!("/releases/{}/recall", record.id);
    let view = CheckAnswersView {
        heading: "Check before you withdraw it".to_owned(),
        lede: vec!["It cannot be undone.".to_owned()],
        answers,
        action: here.clone(),
        csrf: visit.csrf(),
        hidden: vec![pair("reason", reason), pair("incident", &number)],
        button: "Withdraw it now".to_owned(),
        stops: true,
        back: Link::new("Go back without withdrawing it", &here),
        parents: vec![Link::new("Releases", "/releases")],
        ..CheckAnswersView::default()
    };
    Ok(Visit::page(&pages::check_answers(&visit.frame(), &view)))
}
