//! Stopping something at once (`/suspensions`): an agreement, a person or a release, with the reason; and lifting that.

use super::{Answer, Fault, Visit, actor, holds, known, one_line, redirect};
use crate::desks::agreements::{LifeRules, SuspendWhat};
use axum::{extract::Request, http::StatusCode};
use control::{SuspendedKind, Suspension};
use pages::{
    CheckAnswersView, FieldError, FormField, FormPageView, Link, SuspensionRow, SuspensionsView,
};
use std::collections::BTreeMap;

type Fields = BTreeMap<String, String>;

pub(super) async fn page(visit: &Visit) -> Answer {
    let (book, rules) = known(visit).await?;
    let (lifted, standing): (Vec<_>, Vec<_>) = book
        .suspensions
        .iter()
        .rev()
        .map(|s| row(visit, &rules, s))
        .partition(|row| row.lifted.is_some());
    let view = SuspensionsView {
        done: done(visit, &book.suspensions),
        standing,
        lifted,
        suspend_href: holds(visit, &rules.suspend).then(|| "/suspensions/new".to_owned()),
    };
    Ok(Visit::page(&pages::suspensions(&visit.frame(), &view)))
}

/// What the reader has just done. The address names a number only, and the words come from what is on record.
fn done(visit: &Visit, all: &[Suspension]) -> Option<String> {
    let number: u64 = visit.query("done")?.parse().ok()?;
    let suspension = all.iter().find(|s| s.number == number)?;
    let what = super::sentence(&what_in_words(suspension.kind, &suspension.subject));
    let what = what.trim_end_matches('.');
    Some(match suspension.lifted {
        Some(_) => format!("{what} is no longer suspended."),
        None => format!("{what} is suspended from now on."),
    })
}

fn row(visit: &Visit, rules: &LifeRules, s: &Suspension) -> SuspensionRow {
    let may = holds(visit, &rules.suspend);
    SuspensionRow {
        what: what_in_words(s.kind, &s.subject),
        reason: s.reason.clone(),
        at: s.at,
        by: s.by.clone(),
        lift_href: may.then(|| format!("/suspensions/{}/lift", s.number)),
        lifted: s.lifted.clone(),
    }
}

fn what_in_words(kind: SuspendedKind, subject: &str) -> String {
    match kind {
        SuspendedKind::Agreement => format!("agreement {subject}"),
        SuspendedKind::Person => format!("person {subject}"),
        SuspendedKind::Release => format!("release {subject}"),
    }
}

pub(super) fn suspend(visit: &Visit) -> axum::response::Response {
    let mut fields = Fields::new();
    for name in ["kind", "subject"] {
        if let Some(value) = visit.query(name) {
            fields.insert(name.to_owned(), value.chars().take(200).collect());
        }
    }
    form(visit, &fields, Vec::new())
}

pub(super) async fn post_suspend(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let kind = SuspendedKind::from_word(&text("kind"));
    let (subject, reason) = (text("subject"), text("reason"));
    let mut errors = Vec::new();
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what is to be suspended."));
    }
    if subject.is_empty() {
        let missing = "Write which: a reference, the name of an account, or the name of a release.";
        errors.push(FieldError::new("subject", missing));
    }
    errors.extend(reason_fault(&reason, "reason"));
    let Some(kind) = kind.filter(|_| errors.is_empty()) else {
        return Ok(form(visit, &fields, errors));
    };
    let what = SuspendWhat { kind, subject };
    if !fields.contains_key("checked") {
        return Ok(check(visit, &what, &reason));
    }
    let who = actor(visit)?;
    match visit.site.workspace.suspend(&who, &what, &reason).await? {
        Ok(number) => redirect(&format!("/suspensions?done={number}")),
        Err(refusal) => {
            let error = FieldError::new("subject", super::sentence(&refusal.to_string()));
            Ok(form(visit, &fields, vec![error]))
        }
    }
}

fn reason_fault(reason: &str, field: &str) -> Option<FieldError> {
    if reason.is_empty() {
        return Some(FieldError::new(
            field,
            "Say why. It is shown to those whom it stops.",
        ));
    }
    (reason.chars().count() > 1_000)
        .then(|| FieldError::new(field, "Use 1,000 characters or fewer."))
}

fn form(visit: &Visit, fields: &Fields, errors: Vec<FieldError>) -> axum::response::Response {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let item = |kind: SuspendedKind, says: &str, more: &str| {
        (kind.to_string(), says.to_owned(), more.to_owned())
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = FormPageView {
        heading: "Suspend at once".to_owned(),
        lede: vec!["It holds from the next request on, until somebody lifts it.".to_owned()],
        action: "/suspensions/new".to_owned(),
        csrf: visit.csrf(),
        fields: vec![
            FormField::One {
                name: "kind".to_owned(),
                label: "What is to be suspended?".to_owned(),
                hint: String::new(),
                items: vec![
                    item(SuspendedKind::Agreement, "An agreement", "Nobody can ask anything under it."),
                    item(SuspendedKind::Person, "A person", "They are signed out and cannot sign in."),
                    item(SuspendedKind::Release, "A release", "Nobody can open it, and it leaves the public register."),
                ],
                value: typed("kind"),
            },
            FormField::Line {
                name: "subject".to_owned(),
                label: "Which?".to_owned(),
                hint: "The reference of the agreement, the name of the account, or the name of the release".to_owned(),
                value: typed("subject"),
            },
            FormField::Area {
                name: "reason".to_owned(),
                label: "Why?".to_owned(),
                hint: "It is shown to those whom it stops. Write nothing about people who receive care.".to_owned(),
                value: typed("reason"),
                rows: 4,
                code: false,
            },
        ],
        button: "Go on".to_owned(),
        back: Link::new("Go back to the suspensions", "/suspensions"),
        parents: above(),
        errors,
        ..FormPageView::default()
    };
    Visit::page_with(status, &pages::form_page(&visit.frame(), &view))
}

fn check(visit: &Visit, what: &SuspendWhat, reason: &str) -> axum::response::Response {
    let view = CheckAnswersView {
        heading: "Check before you suspend".to_owned(),
        lede: vec![
            "It holds from the next request on. You and others who may suspend can lift it."
                .to_owned(),
        ],
        answers: vec![
            ("What".to_owned(), what_in_words(what.kind, &what.subject)),
            ("Why".to_owned(), reason.to_owned()),
        ],
        action: "/suspensions/new".to_owned(),
        csrf: visit.csrf(),
        hidden: vec![
            ("kind".to_owned(), what.kind.to_string()),
            ("subject".to_owned(), what.subject.clone()),
            ("reason".to_owned(), reason.to_owned()),
        ],
        button: "Suspend now".to_owned(),
        stops: true,
        back: Link::new("Go back without suspending anything", "/suspensions"),
        parents: above(),
        ..CheckAnswersView::default()
    };
    Visit::page(&pages::check_answers(&visit.frame(), &view))
}

fn above() -> Vec<Link> {
    vec![
        Link::new("Agreements", "/agreements"),
        Link::new("Suspensions", "/suspensions"),
    ]
}

/// The suspension of an address, where it stands.
async fn standing(visit: &Visit, request: &mut Request) -> Result<Suspension, Fault> {
    let number = visit.part(request, "number").await?;
    let (book, _) = known(visit).await?;
    let number: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    book.suspensions
        .iter()
        .find(|s| s.number == number)
        .cloned()
        .ok_or(Fault::NotFound)
}

pub(super) async fn lift(visit: &Visit, mut request: Request) -> Answer {
    let suspension = standing(visit, &mut request).await?;
    Ok(lift_form(visit, &suspension, "", Vec::new()))
}

pub(super) async fn post_lift(visit: &Visit, mut request: Request) -> Answer {
    let suspension = standing(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let why = one_line(fields.get("why").map_or("", String::as_str));
    let fault = match why.chars().count() {
        0 => Some("Say why it can be lifted."),
        1..=1_000 => None,
        _ => Some("Use 1,000 characters or fewer."),
    };
    if let Some(fault) = fault {
        let errors = vec![FieldError::new("why", fault)];
        return Ok(lift_form(visit, &suspension, &why, errors));
    }
    let who = actor(visit)?;
    let workspace = &visit.site.workspace;
    match workspace
        .lift_suspension(&who, suspension.number, &why)
        .await?
    {
        Ok(_) => redirect(&format!("/suspensions?done={}", suspension.number)),
        Err(refusal) => {
            let error = FieldError::new("why", super::sentence(&refusal.to_string()));
            Ok(lift_form(visit, &suspension, &why, vec![error]))
        }
    }
}

fn lift_form(
    visit: &Visit,
    suspension: &Suspension,
    why: &str,
    errors: Vec<FieldError>,
) -> axum::response::Response {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let what = what_in_words(suspension.kind, &suspension.subject);
    let view = FormPageView {
        heading: "Lift a suspension".to_owned(),
        caption: what.clone(),
        lede: vec![format!(
            "Suspended on {} by {}: {}",
            pages::format::moment(suspension.at),
            suspension.by,
            suspension.reason
        )],
        action: format!("/suspensions/{}/lift", suspension.number),
        csrf: visit.csrf(),
        fields: vec![FormField::Area {
            name: "why".to_owned(),
            label: "Why can it be lifted?".to_owned(),
            hint: "It is kept with your name. Write nothing about people who receive care."
                .to_owned(),
            value: why.to_owned(),
            rows: 4,
            code: false,
        }],
        button: "Lift the suspension".to_owned(),
        back: Link::new("Go back without lifting it", "/suspensions"),
        parents: above(),
        errors,
        ..FormPageView::default()
    };
    Visit::page_with(status, &pages::form_page(&visit.frame(), &view))
}
