//! An output checker decides about a release that waits (`/releases/{id}/decide`): approve it or send it back, with a
//! reason, never their own. The database holds the last word.

use super::{
    super::{agreements::one_line, ask::sentence},
    Answer, Fault, Visit, figures, shown, view,
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use control::{
    NewReleaseDecision, ReleaseDecided, ReleaseDecision, ReleaseRecord, ReleaseState, SuspendedKind,
};
use govern::{
    Digest, EntryBody, Kind, ObjectKind, Outcome, State,
    agreement::{clauses::Checker, day_of},
};
use pages::{CheckAnswersView, FieldError, FormField, Link, ReleaseDecideView, format};
use release::{Cell, PublishedTable};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

pub(in crate::routes) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let record = asked(visit, &mut request).await?;
    show(visit, &record, &Fields::new(), Vec::new()).await
}

pub(in crate::routes) async fn post(visit: &Visit, mut request: Request) -> Answer {
    let record = asked(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let approves = match fields.get("decision").map_or("", String::as_str) {
        "approve" => Some(true),
        "return" => Some(false),
        _ => None,
    };
    let reason = one_line(fields.get("reason").map_or("", String::as_str));
    let mut errors = Vec::new();
    if approves.is_none() {
        errors.push(FieldError::new(
            "decision",
            "Choose whether the table may leave.",
        ));
    }
    if reason.is_empty() {
        errors.push(FieldError::new("reason", "Say why."));
    }
    let (Some(approves), true) = (approves, errors.is_empty()) else {
        return show(visit, &record, &fields, errors).await;
    };
    if let Some(why_not) = why_not(visit, &record, approves).await? {
        let error = FieldError::new("decision", why_not);
        return show(visit, &record, &fields, vec![error]).await;
    }
    if !fields.contains_key("checked") {
        return Ok(check(visit, &record, approves, &reason));
    }
    let by = visit.session()?.username.clone();
    // The entry comes first: a decision that is not in the log does not count.
    let mut entry = EntryBody::new(visit.now, Kind::ReleaseDecided, &by, Outcome::Done);
    entry.agreement = Some(record.agreement.clone());
    entry.agreement_version = Some(record.agreement_version.clone());
    entry.purpose = Some(record.purpose.clone());
    entry.object_kind = Some(ObjectKind::Release);
    entry.object_digest = Some(Digest::of(&record.table_json));
    let word = if approves { "approved" } else { "sent back" };
    entry.reason = Some(format!("release {} {word}: {reason}", record.id));
    visit.keep(entry).await?;
    let new = NewReleaseDecision {
        release: record.id.clone(),
        approves,
        reason,
        needed: needed(visit, &record).await?,
        by,
        at: visit.now,
    };
    let decided = visit.site.workspace.control.decide_release(&new);
    let says = match decided.await {
        Ok(ReleaseDecided::Left | ReleaseDecided::SentBack | ReleaseDecided::WaitsForAnother) => {
            let here = format!("/releases/{}/decide?done=1", record.id);
            return Ok(Redirect::to(&here).into_response());
        }
        Ok(ReleaseDecided::NotWaiting) => "Somebody else was quicker: it does not wait any more.",
        Ok(ReleaseDecided::OwnRelease) => OWN,
        Ok(ReleaseDecided::SaidBefore) => SAID,
        Ok(ReleaseDecided::None) => return Err(Fault::NotFound),
        Err(control::ControlError::Form { .. }) => "Say why in up to 500 characters, on one line.",
        Err(fault) => return Err(fault.into()),
    };
    let error = FieldError::new("reason", says);
    show(visit, &record, &fields, vec![error]).await
}

const OWN: &str = "You made this table, so somebody else decides about it.";
const SAID: &str = "You have approved it already. Another person has to as well.";

async fn asked(visit: &Visit, request: &mut Request) -> Result<ReleaseRecord, Fault> {
    let id = visit.part(request, "id").await?;
    let found = visit.site.workspace.control.any_release(&id).await?;
    let found = found.ok_or(Fault::NotFound)?;
    match found.state {
        ReleaseState::Withdrawn => Err(Fault::NotFound),
        _ => Ok(found),
    }
}

/// How many people have to approve a release.
async fn needed(visit: &Visit, record: &ReleaseRecord) -> Result<u64, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let checker = agreements.get(&record.agreement).map(|a| a.outputs.checker);
    Ok(match checker {
        Some(Checker::WhenRulesFindSomething | Checker::OnePerson) => 1,
        Some(Checker::TwoPeople) | None => 2,
    })
}

/// Why the reader cannot say that it leaves, or that it does not.
async fn why_not(
    visit: &Visit,
    record: &ReleaseRecord,
    approves: bool,
) -> Result<Option<String>, Fault> {
    let (workspace, by) = (&visit.site.workspace, &visit.session()?.username);
    if record.state != ReleaseState::InReview {
        return Ok(Some("It does not wait for a checker.".to_owned()));
    }
    if record.created_by == *by {
        return Ok(Some(OWN.to_owned()));
    }
    let said = workspace.control.release_decisions(&record.id).await?;
    if said.iter().any(|decision| decision.by == *by) {
        return Ok(Some(SAID.to_owned()));
    }
    if !approves {
        return Ok(None);
    }
    let stopped = workspace
        .control
        .suspension_of(SuspendedKind::Release, &record.id);
    if let Some(stopped) = stopped.await? {
        return Ok(Some(format!("It is suspended: {}", stopped.reason)));
    }
    let agreements = workspace.agreements().await?;
    let today = day_of(visit.now);
    let holds = agreements.get(&record.agreement);
    Ok(holds
        .is_none_or(|agreement| agreement.state(today) != State::Active)
        .then(|| {
            format!(
                "Agreement {} is not in force today, so nothing leaves under it.",
                record.agreement
            )
        }))
}

async fn show(
    visit: &Visit,
    record: &ReleaseRecord,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let mut look = shown(visit, record)?;
    look.reason = Some(format!("release {} to decide about it", record.id));
    visit.keep(look).await?;
    let control = &visit.site.workspace.control;
    let table = PublishedTable::from_json(&record.table_json)?;
    let said = control.release_decisions(&record.id).await?;
    let (chart, map) = figures::of(visit, record, &table);
    let release = view(visit, record, &table, chart, map).await?;
    let needed = needed(visit, record).await?;
    let waits = record.state == ReleaseState::InReview;
    let why_not = why_not(visit, record, false).await?;
    let may = why_not.is_none();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let people = format::counted(needed, "person", "people");
    let view = ReleaseDecideView {
        facts: vec![
            ("State".to_owned(), state_in_words(record.state).to_owned()),
            (
                "Agreement".to_owned(),
                format!("{} version {}", record.agreement, record.agreement_version),
            ),
            ("Purpose".to_owned(), release.purpose.clone()),
            ("Made by".to_owned(), record.created_by.clone()),
            ("Made".to_owned(), format::moment(record.created_at)),
            (
                "Who decides".to_owned(),
                format!("{people}, not whoever made it"),
            ),
        ],
        checks: checks(&table, &release.held_because, &release.rule_set),
        said: said.iter().map(in_a_sentence).collect(),
        done: visit
            .query("done")
            .filter(|_| errors.is_empty())
            .map(|_| done(record.state).to_owned()),
        why_not: why_not.filter(|_| waits && errors.is_empty() && visit.query("done").is_none()),
        fields: if may { questions(fields) } else { Vec::new() },
        csrf: visit.csrf(),
        errors,
        release,
    };
    Ok(Visit::page_with(
        status,
        &pages::release_decide(&visit.frame(), &view),
    ))
}

const fn state_in_words(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::InReview => "Waits for a checker",
        ReleaseState::Released => "It has left",
        ReleaseState::Returned => "Sent back by a checker",
        ReleaseState::Withdrawn => "Withdrawn",
    }
}

const fn done(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::InReview => "Your approval is kept. Another person has to approve it too.",
        ReleaseState::Released => "It may leave, and is in the public register.",
        ReleaseState::Returned => "It was sent back to whoever made it.",
        ReleaseState::Withdrawn => "It was withdrawn.",
    }
}

fn in_a_sentence(decision: &ReleaseDecision) -> String {
    let word = if decision.approves {
        "approved it"
    } else {
        "sent it back"
    };
    let at = format::moment(decision.at);
    let reason = sentence(&decision.reason);
    format!("{} {word} on {at}: {reason}", decision.by)
}

/// What a checker has to look at: what the table itself tells, and what was found beside it.
fn checks(table: &PublishedTable, held_because: &str, rule_set: &str) -> Vec<(String, String)> {
    let cells = || table.rows.iter().flat_map(|row| &row.cells);
    let hidden = cells()
        .filter(|cell| matches!(cell, Cell::Hidden { .. }))
        .count() as u64;
    let smallest = cells()
        .filter_map(|cell| match cell {
            Cell::Shown { value, .. } => Some(*value),
            _ => None,
        })
        .min();
    let totals = table
        .rows
        .iter()
        .any(|row| row.labels.iter().any(Option::is_none));
    let pair = |name: &str, value: String| (name.to_owned(), value);
    vec![
        pair("Rules that were applied", rule_set.to_owned()),
        pair(
            "Hidden numbers",
            match (hidden, totals) {
                (0, _) => "None".to_owned(),
                (n, true) => format!(
                    "{}, and totals are shown: look whether one can be worked out",
                    format::count(n)
                ),
                (n, false) => format::count(n),
            },
        ),
        pair(
            "Smallest number shown",
            smallest.map_or_else(|| "None is shown".to_owned(), format::count),
        ),
        pair(
            "Beside earlier releases",
            if held_because.is_empty() {
                "Nothing was found".to_owned()
            } else {
                held_because.to_owned()
            },
        ),
        pair(
            "Not checked by the program",
            "Whether a hidden number can be worked out from totals or from other tables".to_owned(),
        ),
    ]
}

fn questions(fields: &Fields) -> Vec<FormField> {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let choice = |value: &str, label: &str, hint: &str| {
        (value.to_owned(), label.to_owned(), hint.to_owned())
    };
    vec![
        FormField::One {
            name: "decision".to_owned(),
            label: "May this table leave?".to_owned(),
            hint: String::new(),
            items: vec![
                choice("approve", "Yes, approve it", ""),
                choice(
                    "return",
                    "No, send it back",
                    "Whoever made it can make another.",
                ),
            ],
            value: typed("decision"),
        },
        FormField::Area {
            name: "reason".to_owned(),
            label: "Why?".to_owned(),
            hint:
                "Up to 500 characters. It stands in the audit log and is shown to other checkers."
                    .to_owned(),
            value: typed("reason"),
            rows: 3,
            code: false,
        },
    ]
}

fn check(
    visit: &Visit,
    record: &ReleaseRecord,
    approves: bool,
    reason: &str,
) -> axum::response::Response {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let here = format!("/releases/{}/decide", record.id);
    let (word, words, button) = if approves {
        ("approve", "It may leave", "Approve it now")
    } else {
        ("return", "It is sent back", "Send it back now")
    };
    let view = CheckAnswersView {
        heading: "Check before you decide".to_owned(),
        lede: vec!["It cannot be undone. What has left can only be withdrawn.".to_owned()],
        answers: vec![
            pair("Release", &record.title),
            pair("Decision", words),
            pair("Why", reason),
        ],
        action: here.clone(),
        csrf: visit.csrf(),
        hidden: vec![pair("decision", word), pair("reason", reason)],
        button: button.to_owned(),
        back: Link::new("Go back without deciding", &here),
        parents: vec![Link::new("Releases", "/releases")],
        ..CheckAnswersView::default()
    };
    Visit::page(&pages::check_answers(&visit.frame(), &view))
}
