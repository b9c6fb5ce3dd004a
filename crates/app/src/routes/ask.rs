//! Ask (`/ask`): a question under an agreement, and what came of it.

use super::{Answer, fault::Fault, site::Kept, visit::Visit};
use crate::{
    desks::{Asked, Person, Question, Standing},
    fault,
};
use axum::{extract::Request, http::StatusCode};
use govern::{Agreement, DecideError, State};
use pages::{AskOutcome, AskTable, AskView, FieldError, UseChoice};

pub(super) async fn page(visit: &Visit) -> Answer {
    show(visit, StatusCode::OK, AskView::default()).await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let mut fields = visit.form(request).await?;
    let (chosen, sql) = (
        fields.remove("use").unwrap_or_default(),
        fields.remove("sql").unwrap_or_default(),
    );
    let view = AskView {
        chosen: Some(chosen.clone()),
        sql: sql.clone(),
        ..AskView::default()
    };
    let mut errors = Vec::new();
    let Some((agreement, purpose)) = chosen.split_once('/') else {
        errors.push(FieldError::new(
            "use",
            "Choose the agreement and the purpose.",
        ));
        return show(
            visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            AskView { errors, ..view },
        )
        .await;
    };
    if sql.trim().is_empty() {
        errors.push(FieldError::new("sql", "Write a question."));
        return show(
            visit,
            StatusCode::UNPROCESSABLE_ENTITY,
            AskView { errors, ..view },
        )
        .await;
    }
    let question = Question {
        agreement: agreement.to_owned(),
        purpose: purpose.to_owned(),
        person: person(visit)?,
        sql,
    };
    let _turn = visit.site.asking.acquire().await?;
    let desk = visit.site.workspace.analysis()?;
    match desk.ask(&question).await {
        Ok(asked) => {
            let outcome = Some(AskOutcome::Answered(
                answered(visit, &asked, question).await?,
            ));
            show(visit, StatusCode::OK, AskView { outcome, ..view }).await
        }
        Err(fault) => match refused(fault)? {
            No::Agreement { says, clause, next } => {
                let clause = format!("agreement {agreement}, clause {clause}");
                let outcome = Some(AskOutcome::Refused {
                    reason: says,
                    clause,
                    instead: next,
                });
                show(visit, StatusCode::FORBIDDEN, AskView { outcome, ..view }).await
            }
            No::Question(words) => {
                let errors = vec![FieldError::new("sql", words)];
                show(
                    visit,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    AskView { errors, ..view },
                )
                .await
            }
        },
    }
}

/// Why a question was not answered, where that is for the person who asked to know.
pub(super) enum No {
    Agreement {
        says: String,
        clause: String,
        next: String,
    },
    Question(String),
}

/// Tells what the person can do something about from what is our fault.
pub(super) fn refused(fault: anyhow::Error) -> Result<No, Fault> {
    if let Some(DecideError::Refused(refusal)) = fault.downcast_ref::<DecideError>() {
        return Ok(No::Agreement {
            says: refusal.says().to_owned(),
            clause: refusal.clause().to_owned(),
            next: refusal.next().to_owned(),
        });
    }
    match fault::exit_of(&fault) {
        fault::Exit::OurFault => Err(fault.into()),
        _ => Ok(No::Question(sentence(&fault.to_string()))),
    }
}

/// The reader as one who asks.
pub(super) fn person(visit: &Visit) -> Result<Person, Fault> {
    let session = visit.session()?;
    Ok(Person {
        username: session.username.clone(),
        organisation: session.position.organisation.clone(),
        role: session.position.role.to_string(),
        standing: Standing::of_session(session, &visit.site.workspace.content, visit.address)?,
    })
}

/// A message as a sentence.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if message.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}

async fn answered(
    visit: &Visit,
    asked: &Asked,
    question: Question,
) -> Result<pages::Answer, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let terms = asked.permit.terms();
    let mut applied = Vec::new();
    if let Some(agreement) = agreements.get(terms.agreement()) {
        applied.push(format!(
            "Only rows {} were read.",
            agreement.rows_in_words()
        ));
        for view in terms.views() {
            let table = view.table.as_str();
            let Some((_, dataset)) = agreement
                .datasets
                .iter()
                .find(|(name, _)| name.as_str() == table)
            else {
                continue;
            };
            for (column, field) in &dataset.fields {
                if field.treatment != govern::agreement::treatment::Treatment::AsIs
                    && view
                        .columns
                        .iter()
                        .any(|c| c.name.as_str() == column.as_str())
                {
                    applied.push(format!(
                        "{table}.{} is shown {}.",
                        column.as_str(),
                        field.treatment.words()
                    ));
                }
            }
        }
    }
    applied.extend(asked.notes());
    applied.push(format!(
        "Permit {}: the question and this answer are in the audit log.",
        asked.permit.id()
    ));
    let reference = uuid::Uuid::new_v4().simple().to_string();
    visit.site.remember(Kept {
        reference: reference.clone(),
        question,
    });
    let seconds = std::time::Duration::try_from_secs_f64(asked.seconds).unwrap_or_default();
    Ok(pages::Answer {
        columns: asked.columns(),
        rows: asked.cells()?,
        cut: asked.cut_off(),
        milliseconds: u64::try_from(seconds.as_millis()).unwrap_or(u64::MAX),
        applied,
        release_href: asked
            .counts()
            .then(|| format!("/releases/new?question={reference}")),
    })
}

async fn show(visit: &Visit, status: StatusCode, view: AskView) -> Answer {
    let agreements = visit.site.workspace.agreements().await?;
    let open: Vec<&Agreement> = agreements
        .iter_on(visit.today())
        .filter(|a| may_ask(visit, a))
        .collect();
    let limits = &visit.site.workspace.config.engine;
    let mut tables: Vec<AskTable> = Vec::new();
    let chosen = view
        .chosen
        .as_deref()
        .and_then(|c| c.split_once('/'))
        .map(|(agreement, _)| agreement);
    for agreement in open
        .iter()
        .filter(|a| chosen.is_none_or(|c| a.reference == c))
    {
        for (name, terms) in &agreement.datasets {
            if tables.iter().all(|t| t.name != name.as_str()) {
                tables.push(AskTable {
                    name: name.as_str().to_owned(),
                    means: format!("{} {}", sentence(&terms.title), terms.why),
                    columns: terms.fields.keys().map(|c| c.as_str().to_owned()).collect(),
                });
            }
        }
    }
    let view = AskView {
        csrf: visit.csrf(),
        uses: open
            .iter()
            .flat_map(|a| {
                a.purposes.iter().map(|p| UseChoice {
                    value: format!("{}/{}", a.reference, p.code.code()),
                    text: format!("{} {}: {}", a.reference, a.title, p.code.words()),
                })
            })
            .collect(),
        row_limit: u64::try_from(limits.answer_rows).unwrap_or(u64::MAX),
        time_limit_in_seconds: limits.answer_seconds,
        tables,
        ..view
    };
    Ok(Visit::page_with(status, &pages::ask(&visit.frame(), &view)))
}

/// Whether an agreement in force names the reader. Only for the list: each question is judged by itself.
fn may_ask(visit: &Visit, agreement: &Agreement) -> bool {
    let Ok(session) = visit.session() else {
        return false;
    };
    let (position, access) = (&session.position, &agreement.access);
    agreement.state(visit.today()) == State::Active
        && access.organisations.contains(&position.organisation)
        && access.roles.iter().any(|r| r == position.role.as_str())
        && access
            .users
            .iter()
            .any(|u| u.account == session.username && u.organisation == position.organisation)
}
