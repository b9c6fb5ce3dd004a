//! Writing an incident down (`/incidents/new`).

use super::{Answer, Fields, Visit, moment_in, redirect, sentence, when};
use crate::{
    desks::incidents::{IncidentFault, Opening},
    routes::{
        agreements::{actor, day_in, one_line, typed_day},
        fault::Fault,
    },
};
use axum::{extract::Request, http::StatusCode};
use govern::incident::IncidentRules;
use pages::{FieldError, FormField, FormPageView, Link};

pub(super) async fn page(visit: &Visit) -> Answer {
    form(visit, &Fields::new(), Vec::new()).await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let workspace = &visit.site.workspace;
    let rules = workspace.incident_rules()?;
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let mut errors = Vec::new();
    if rules.category(&text("category")).is_none() {
        errors.push(FieldError::new("category", "Choose what kind it is."));
    }
    if text("title").is_empty() {
        errors.push(FieldError::new(
            "title",
            "Say in a few words what went wrong.",
        ));
    }
    let noticed_at = moment_in(&fields);
    if noticed_at.is_none() {
        errors.push(FieldError::new(
            "at",
            "Write the day, such as 22 11 2026, and the time, such as 14:05.",
        ));
    }
    if text("words").is_empty() {
        errors.push(FieldError::new("words", "Say what was noticed."));
    }
    let no_day = ["day", "month", "year"]
        .iter()
        .all(|part| text(&format!("due-{part}")).is_empty());
    let due = day_in(&fields, "due");
    if due.is_none() && !no_day {
        errors.push(FieldError::new(
            "due",
            "Write a day, such as 22 12 2026, or leave it empty.",
        ));
    }
    let Some(noticed_at) = noticed_at.filter(|_| errors.is_empty()) else {
        return form(visit, &fields, errors).await;
    };
    let opening = Opening {
        category: text("category"),
        title: text("title"),
        noticed_at,
        words: text("words"),
        owner: Some(text("owner")).filter(|owner| !owner.is_empty()),
        due,
    };
    match workspace.open_incident(&actor(visit)?, &opening).await? {
        Ok(number) => redirect(&format!("/incidents/{number}?done=1")),
        Err(fault) => {
            let error = FieldError::new(field_of(&fault), sentence(&fault.to_string()));
            form(visit, &fields, vec![error]).await
        }
    }
}

/// The question that a fault is about.
fn field_of(fault: &IncidentFault) -> &'static str {
    match fault {
        IncidentFault::Words { what, .. } | IncidentFault::Number { what }
            if *what == "the title" =>
        {
            "title"
        }
        IncidentFault::Category { .. } => "category",
        IncidentFault::Ahead => "at",
        IncidentFault::Owner(_) => "owner",
        IncidentFault::DuePassed => "due",
        _ => "words",
    }
}

async fn form(visit: &Visit, fields: &Fields, errors: Vec<FieldError>) -> Answer {
    let rules = visit.site.workspace.incident_rules()?;
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let owner = match typed("owner").as_str() {
        "" => visit.session()?.username.clone(),
        typed => typed.to_owned(),
    };
    let [day, time] = when(visit, fields, "When was it first noticed?");
    let view = FormPageView {
        heading: "Write down an incident".to_owned(),
        lede: vec![
            "Write nothing that says whose records they are: no names, no numbers of people. The clock of each report runs from the moment at which it was first noticed."
                .to_owned(),
        ],
        action: "/incidents/new".to_owned(),
        csrf: visit.csrf(),
        fields: vec![
            FormField::One {
                name: "category".to_owned(),
                label: "What kind is it?".to_owned(),
                hint: String::new(),
                items: rules
                    .categories
                    .iter()
                    .map(|c| (c.code.clone(), c.title.clone(), c.means.clone()))
                    .collect(),
                value: typed("category"),
            },
            FormField::Line {
                name: "title".to_owned(),
                label: "What went wrong, in a few words?".to_owned(),
                hint: "Up to 120 characters".to_owned(),
                value: typed("title"),
            },
            day,
            time,
            FormField::Area {
                name: "words".to_owned(),
                label: "What was noticed?".to_owned(),
                hint: "It is the first line of the timeline.".to_owned(),
                value: typed("words"),
                rows: 5,
                code: false,
            },
            owner_field(visit, &rules, owner).await?,
            FormField::Day {
                name: "due".to_owned(),
                label: "By which day? (optional)".to_owned(),
                hint: "Left empty, it is what the kind asks for.".to_owned(),
                value: typed_day(fields, "due"),
            },
        ],
        button: "Write it down".to_owned(),
        back: Link::new("Go back to the incidents", "/incidents"),
        parents: vec![Link::new("Incidents", "/incidents")],
        errors,
        ..FormPageView::default()
    };
    Ok(Visit::page_with(
        status,
        &pages::form_page(&visit.frame(), &view),
    ))
}

/// Who sees to it: everybody who works on incidents.
pub(super) async fn owner_field(
    visit: &Visit,
    rules: &IncidentRules,
    value: String,
) -> Result<FormField, Fault> {
    let accounts = visit.site.workspace.control.accounts().await?;
    let works = |role: &str| rules.work.iter().any(|works| works == role);
    Ok(FormField::Pick {
        name: "owner".to_owned(),
        label: "Who sees to it?".to_owned(),
        hint: "Somebody else closes it.".to_owned(),
        items: accounts
            .iter()
            .filter(|a| a.disabled_at.is_none())
            .filter(|a| a.positions.iter().any(|p| works(p.role.as_str())))
            .map(|a| {
                (
                    a.username.clone(),
                    format!("{} ({})", a.display_name, a.username),
                )
            })
            .collect(),
        value,
    })
}
