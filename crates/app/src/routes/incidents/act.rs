//! What is done about an incident (`/incidents/{number}/{act}`): adding to its timeline, stopping something at once,
//! saying who sees to it, closing it.

use super::{Answer, Fields, Visit, found, moment_in, new::owner_field, redirect, sentence, when};
use crate::{
    desks::{
        agreements::SuspendWhat,
        incidents::{IncidentFault, Line},
    },
    routes::{
        agreements::{actor, day_in, one_line, typed_day},
        fault::Fault,
    },
};
use axum::{extract::Request, http::StatusCode, response::Response};
use control::{Incident, IncidentFact, IncidentLineKind, SuspendedKind};
use govern::incident::IncidentRules;
use pages::{CheckAnswersView, FieldError, FormField, FormPageView, Link, format};

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Add,
    Stop,
    Assign,
    Close,
}

impl Act {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "add" => Self::Add,
            "stop" => Self::Stop,
            "assign" => Self::Assign,
            "close" => Self::Close,
            _ => return None,
        })
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Stop => "stop",
            Self::Assign => "assign",
            Self::Close => "close",
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Add => "Add to the timeline",
            Self::Stop => "Stop something at once",
            Self::Assign => "Say who sees to it",
            Self::Close => "Close the incident",
        }
    }

    const fn button(self) -> &'static str {
        match self {
            Self::Add => "Add it",
            Self::Assign => "Keep",
            Self::Stop | Self::Close => "Go on",
        }
    }
}

/// What was asked for in a form.
enum Said {
    Line(Line),
    Stop(SuspendWhat, String),
    Assign(String, model::Date, String),
    Close(String),
}

/// The kinds of line that people write, with what each says.
const KINDS: [(IncidentLineKind, &str, &str); 5] = [
    (
        IncidentLineKind::Noticed,
        "Noticed",
        "Somebody saw something.",
    ),
    (
        IncidentLineKind::Contained,
        "Contained",
        "It was kept from going on.",
    ),
    (
        IncidentLineKind::Assessed,
        "Assessed",
        "How bad it is, and whether it has to be reported.",
    ),
    (IncidentLineKind::Told, "Told", "Somebody was told of it."),
    (
        IncidentLineKind::PutRight,
        "Put right",
        "Something was mended, or will not happen again.",
    ),
];

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let (incident, act) = asked(visit, &mut request).await?;
    form(visit, &incident, act, &Fields::new(), Vec::new()).await
}

pub(super) async fn post(visit: &Visit, mut request: Request) -> Answer {
    let (incident, act) = asked(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let said = match said(visit, act, &fields)? {
        Ok(said) => said,
        Err(errors) => return form(visit, &incident, act, &fields, errors).await,
    };
    if !fields.contains_key("checked") {
        match &said {
            Said::Stop(what, why) => return Ok(check_stop(visit, &incident, what, why)),
            Said::Close(words) => return Ok(check_close(visit, &incident, words)),
            Said::Line(_) | Said::Assign(..) => {}
        }
    }
    let (who, number) = (actor(visit)?, incident.number);
    let workspace = &visit.site.workspace;
    let done = match said {
        Said::Line(line) => workspace.add_to_incident(&who, number, line).await?,
        Said::Stop(what, reason) => {
            workspace
                .stop_for_incident(&who, number, &what, &reason)
                .await?
        }
        Said::Assign(owner, due, words) => {
            workspace
                .assign_incident(&who, number, (&owner, due), &words)
                .await?
        }
        Said::Close(words) => workspace.close_incident(&who, number, &words).await?,
    };
    match done {
        Ok(line) => redirect(&format!("/incidents/{number}?done={line}")),
        Err(fault) => {
            let error = FieldError::new(field_of(&fault), sentence(&fault.to_string()));
            form(visit, &incident, act, &fields, vec![error]).await
        }
    }
}

/// The question that a fault is about.
fn field_of(fault: &IncidentFault) -> &'static str {
    match fault {
        IncidentFault::Stopping(_) => "subject",
        IncidentFault::Ahead => "at",
        IncidentFault::Owner(_) => "owner",
        IncidentFault::DuePassed => "due",
        IncidentFault::Report { .. } => "report",
        _ => "words",
    }
}

/// The open incident of an address, and what is to be done about it.
async fn asked(visit: &Visit, request: &mut Request) -> Result<(Incident, Act), Fault> {
    let number = visit.part(request, "number").await?;
    let act = visit.part(request, "act").await?;
    let act = Act::from_word(&act).ok_or(Fault::NotFound)?;
    Ok((found(visit, &number).await?, act))
}

fn said(visit: &Visit, act: Act, fields: &Fields) -> Result<Result<Said, Vec<FieldError>>, Fault> {
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let rules = visit.site.workspace.incident_rules()?;
    let mut errors = Vec::new();
    let words = text("words");
    if words.is_empty() {
        let missing = match act {
            Act::Add => "Say what happened.",
            Act::Stop | Act::Assign => "Say why.",
            Act::Close => "Say what came of it, and what was learned.",
        };
        errors.push(FieldError::new("words", missing));
    }
    let said = match act {
        Act::Add => line_in(fields, &rules, words, &mut errors).map(Said::Line),
        Act::Stop => what_in(fields, &mut errors).map(|what| Said::Stop(what, words)),
        Act::Assign => {
            let due = day_in(fields, "due");
            if due.is_none() {
                errors.push(FieldError::new("due", "Write a day, such as 22 12 2026."));
            }
            due.map(|due| Said::Assign(text("owner"), due, words))
        }
        Act::Close => Some(Said::Close(words)),
    };
    Ok(said.filter(|_| errors.is_empty()).ok_or(errors))
}

fn line_in(
    fields: &Fields,
    rules: &IncidentRules,
    words: String,
    errors: &mut Vec<FieldError>,
) -> Option<Line> {
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let kind = KINDS
        .iter()
        .find(|(kind, ..)| kind.as_str() == text("kind"));
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what the line is about."));
    }
    let happened_at = moment_in(fields);
    if happened_at.is_none() {
        let wanted = "Write the day, such as 22 11 2026, and the time, such as 14:05.";
        errors.push(FieldError::new("at", wanted));
    }
    let (kind, ..) = kind?;
    let fact = match (kind, text("must_report").as_str(), text("report")) {
        (IncidentLineKind::Assessed, "yes", _) => Some(IncidentFact::MustReport(true)),
        (IncidentLineKind::Assessed, "no", _) => Some(IncidentFact::MustReport(false)),
        (IncidentLineKind::Told, _, code) if rules.report(&code).is_some() => {
            Some(IncidentFact::Reported(code))
        }
        _ => None,
    };
    Some(Line {
        kind: *kind,
        happened_at: happened_at?,
        words,
        fact,
    })
}

fn what_in(fields: &Fields, errors: &mut Vec<FieldError>) -> Option<SuspendWhat> {
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let kind = SuspendedKind::from_word(&text("kind"));
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what is to be stopped."));
    }
    let subject = text("subject");
    if subject.is_empty() {
        let missing = "Write which: a reference, the name of an account, or the name of a release.";
        errors.push(FieldError::new("subject", missing));
    }
    Some(SuspendWhat {
        kind: kind?,
        subject,
    })
}

async fn form(
    visit: &Visit,
    incident: &Incident,
    act: Act,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let here = format!("/incidents/{}", incident.number);
    let rules = visit.site.workspace.incident_rules()?;
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = FormPageView {
        heading: act.heading().to_owned(),
        caption: format!("Incident {}: {}", incident.number, incident.title),
        lede: vec![
            match act {
                Act::Add => "Write nothing that says whose records they are.",
                Act::Stop => "It holds from the next request on, until somebody lifts it.",
                Act::Assign => "They are told, and they see it on their start page.",
                Act::Close => {
                    "Whoever sees to it does not close it, and nothing is added afterwards."
                }
            }
            .to_owned(),
        ],
        action: format!("{here}/{}", act.word()),
        csrf: visit.csrf(),
        fields: match act {
            Act::Add => add_fields(visit, &rules, fields),
            Act::Stop => stop_fields(fields),
            Act::Assign => assign_fields(visit, &rules, incident, fields).await?,
            Act::Close => vec![words(
                fields,
                "What came of it, and what was learned?",
                "It is the last line of the timeline.",
            )],
        },
        button: act.button().to_owned(),
        back: Link::new("Go back to the incident", &here),
        parents: above(incident),
        errors,
        ..FormPageView::default()
    };
    Ok(Visit::page_with(
        status,
        &pages::form_page(&visit.frame(), &view),
    ))
}

fn add_fields(visit: &Visit, rules: &IncidentRules, fields: &Fields) -> Vec<FormField> {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let [day, time] = when(visit, fields, "When did it happen?");
    let nobody = (String::new(), "Somebody else".to_owned());
    let reports = rules.reports.iter().map(|r| (r.code.clone(), r.to.clone()));
    let choice = |value: &str, says: &str| (value.to_owned(), says.to_owned(), String::new());
    vec![
        FormField::One {
            name: "kind".to_owned(),
            label: "What is the line about?".to_owned(),
            hint: String::new(),
            items: KINDS
                .iter()
                .map(|(kind, says, more)| {
                    (kind.to_string(), (*says).to_owned(), (*more).to_owned())
                })
                .collect(),
            value: typed("kind"),
        },
        day,
        time,
        words(fields, "What happened?", "Up to 1,000 characters"),
        FormField::One {
            name: "must_report".to_owned(),
            label: "If it was assessed: does it have to be reported?".to_owned(),
            hint: "Leave it where that is not known yet.".to_owned(),
            items: vec![
                choice("yes", "Yes"),
                choice(
                    "no",
                    "No: a risk to people is unlikely, for the reason given above",
                ),
            ],
            value: typed("must_report"),
        },
        FormField::Pick {
            name: "report".to_owned(),
            label: "If somebody was told: who?".to_owned(),
            hint: String::new(),
            items: std::iter::once(nobody).chain(reports).collect(),
            value: typed("report"),
        },
    ]
}

fn stop_fields(fields: &Fields) -> Vec<FormField> {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let item = |kind: SuspendedKind, says: &str, more: &str| {
        (kind.to_string(), says.to_owned(), more.to_owned())
    };
    vec![
        FormField::One {
            name: "kind".to_owned(),
            label: "What is to be stopped?".to_owned(),
            hint: String::new(),
            items: vec![
                item(
                    SuspendedKind::Agreement,
                    "An agreement",
                    "Nobody can ask anything under it.",
                ),
                item(
                    SuspendedKind::Person,
                    "A person",
                    "Their sessions and tokens end, and they cannot sign in.",
                ),
                item(
                    SuspendedKind::Release,
                    "A release",
                    "Nobody can open it. To take it back for good, use its own page.",
                ),
            ],
            value: typed("kind"),
        },
        FormField::Line {
            name: "subject".to_owned(),
            label: "Which?".to_owned(),
            hint:
                "The reference of the agreement, the name of the account, or the name of the release"
                    .to_owned(),
            value: typed("subject"),
        },
        words(
            fields,
            "Why?",
            "It is shown to those whom it stops. Write nothing about people who receive care.",
        ),
    ]
}

async fn assign_fields(
    visit: &Visit,
    rules: &IncidentRules,
    incident: &Incident,
    fields: &Fields,
) -> Result<Vec<FormField>, Fault> {
    let owner = fields.get("owner").cloned();
    let owner = owner.or_else(|| incident.assigned().map(|(owner, _)| owner.to_owned()));
    Ok(vec![
        owner_field(visit, rules, owner.unwrap_or_default()).await?,
        FormField::Day {
            name: "due".to_owned(),
            label: "By which day?".to_owned(),
            hint: "The day, such as 22 12 2026".to_owned(),
            value: typed_day(fields, "due"),
        },
        words(fields, "Why them, or why then?", "Up to 1,000 characters"),
    ])
}

fn words(fields: &Fields, label: &str, hint: &str) -> FormField {
    FormField::Area {
        name: "words".to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: fields.get("words").cloned().unwrap_or_default(),
        rows: 5,
        code: false,
    }
}

/// What stops somebody is shown once more.
fn check_stop(visit: &Visit, incident: &Incident, what: &SuspendWhat, why: &str) -> Response {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let view = CheckAnswersView {
        heading: "Check before you stop it".to_owned(),
        answers: vec![
            pair("What", &format!("{} {}", what.kind, what.subject)),
            pair("Why", why),
        ],
        hidden: vec![
            pair("kind", what.kind.as_str()),
            pair("subject", &what.subject),
            pair("words", why),
        ],
        button: "Stop it now".to_owned(),
        stops: true,
        ..CheckAnswersView::default()
    };
    check(visit, incident, Act::Stop, view)
}

/// What cannot be undone is shown once more.
fn check_close(visit: &Visit, incident: &Incident, words: &str) -> Response {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let view = CheckAnswersView {
        heading: "Check before you close it".to_owned(),
        answers: vec![
            pair("First noticed", &format::moment(incident.noticed_at())),
            pair("What came of it", words),
        ],
        hidden: vec![pair("words", words)],
        button: "Close the incident".to_owned(),
        ..CheckAnswersView::default()
    };
    check(visit, incident, Act::Close, view)
}

fn check(visit: &Visit, incident: &Incident, act: Act, view: CheckAnswersView) -> Response {
    let here = format!("/incidents/{}", incident.number);
    let view = CheckAnswersView {
        caption: format!("Incident {}: {}", incident.number, incident.title),
        action: format!("{here}/{}", act.word()),
        csrf: visit.csrf(),
        back: Link::new("Go back to the incident", &here),
        parents: above(incident),
        ..view
    };
    Visit::page(&pages::check_answers(&visit.frame(), &view))
}

fn above(incident: &Incident) -> Vec<Link> {
    vec![
        Link::new("Incidents", "/incidents"),
        Link::new(
            format!("Incident {}", incident.number),
            format!("/incidents/{}", incident.number),
        ),
    ]
}
