//! Find people (`/cases/new`), and one group that was found (`/cases/cohorts/{id}`).

use super::{agreements, is_id, notice, written};
use crate::{
    cases::{self, CaseQuestions, QuestionKind, QuestionTable},
    desks::{FindingError, FoundPeople, Person, Question, random},
    routes::{
        Answer,
        ask::{No, person, refused, sentence},
        fault::Fault,
        visit::Visit,
    },
};
use axum::{
    extract::{Form, FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{Cohort, Role};
use govern::{Agreement, Agreements, care::CareTerms, preferences::state::PreferenceState};
use pages::{CohortView, FieldError, FindChoice, FindQuestion, FindSize, FindView};
use std::collections::BTreeMap;

/// What was sent, by field; boxes send a field more than once.
type Sent = BTreeMap<String, Vec<String>>;

pub(super) async fn page(visit: &Visit) -> Answer {
    show(visit, StatusCode::OK, &Sent::new(), FindView::default()).await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let Form(pairs) = Form::<Vec<(String, String)>>::from_request(request, &())
        .await
        .map_err(|_| Fault::ForeignForm)?;
    let mut sent = Sent::new();
    for (name, value) in pairs {
        sent.entry(name).or_default().push(value);
    }
    visit.check_csrf(one(&sent, "csrf"))?;
    let keeps = one(&sent, "do") == "keep";
    let mut errors = Vec::new();
    let all = agreements(visit).await?;
    let chosen_use = uses(visit, &all)?
        .into_iter()
        .find(|(agreement, _, purpose)| value_of(agreement, purpose) == one(&sent, "use"));
    let Some((agreement, care, purpose)) = chosen_use else {
        errors.push(FieldError::new(
            "use",
            "Choose the agreement and the purpose.",
        ));
        return show(visit, StatusCode::UNPROCESSABLE_ENTITY, &sent, with(errors)).await;
    };
    let sql = sql_of(visit, &sent);
    if holds_a_person(&sql) {
        let text = "Take numbers and pseudonyms of people out of the question.";
        errors.push(FieldError::new("sql", text));
    }
    let tables = CaseQuestions::read(&visit.site.workspace.content)?.under(agreement);
    let chosen = match cases::choose(&tables, &sent) {
        Ok(chosen) => chosen,
        Err((field, text)) => {
            errors.push(FieldError::new(field, text));
            cases::Chosen::default()
        }
    };
    if errors.is_empty() && sql.is_empty() && chosen.is_empty() {
        let first = tables.iter().flat_map(|t| &t.questions).next();
        let field = first.map_or("use", |q| q.id.as_str());
        errors.push(FieldError::new(
            field,
            "Choose at least one thing that they have in common.",
        ));
    }
    let mut title = one(&sent, "title").to_owned();
    if keeps {
        title = written(&mut errors, "title", &title, "Say what to call this group.");
    }
    if !errors.is_empty() {
        return show(visit, StatusCode::UNPROCESSABLE_ENTITY, &sent, with(errors)).await;
    }
    let (words, question) = if sql.is_empty() {
        (chosen.words.clone(), chosen.question().as_str().to_owned())
    } else {
        (vec!["By a question in SQL".to_owned()], sql.clone())
    };
    let who = person(visit)?;
    let _turn = visit.site.asking.acquire().await?;
    let desk = visit.site.workspace.analysis()?;
    let looked = if sql.is_empty() {
        desk.find_by_form(agreement, &care, &purpose, &who, &chosen)
            .await
    } else {
        let asked = Question {
            agreement: agreement.reference.clone(),
            purpose: purpose.clone(),
            person: who.clone(),
            sql,
        };
        desk.find_by_sql(agreement, &care, &asked).await
    };
    let found = match looked {
        Ok(found) => found,
        Err(fault) => return no(visit, &sent, agreement, fault).await,
    };
    let refused = too_many(&care, &found);
    if keeps && refused.is_none() {
        desk.seal_cohort(&found, &who, &purpose, agreement)?;
        let named = (title, purpose, words.join("\n"), question);
        return kept(visit, agreement, who, named, found).await;
    }
    let view = FindView {
        found: Some(FindSize {
            size: found.size_shown,
            words,
            refused,
        }),
        ..FindView::default()
    };
    show(visit, StatusCode::OK, &sent, view).await
}

/// Keeps a group that has been sealed, and leads to its page.
async fn kept(
    visit: &Visit,
    agreement: &Agreement,
    who: Person,
    (title, purpose, words, question): (String, String, String, String),
    found: FoundPeople,
) -> Answer {
    let cohort = Cohort {
        id: random()?,
        title,
        agreement: agreement.reference.clone(),
        agreement_version: found.agreement_version,
        policy_digest: found.policy_digest,
        purpose,
        words,
        question,
        reads: found.reads,
        set_digest: found.set.digest().as_str().to_owned(),
        size_shown: found.size_shown,
        rule_set: found.rule_set,
        data_versions: found.data_versions,
        preference_snapshot: found.preference_snapshot,
        decision_id: found.decision_id,
        made_by: who.username,
        organisation: who.organisation,
        made_at: visit.now,
    };
    visit.site.workspace.control.add_cohort(&cohort).await?;
    let next = format!("/cases/cohorts/{}?done=kept", cohort.id);
    Ok(Redirect::to(&next).into_response())
}

/// Why a group of this size cannot be asked for.
fn too_many(care: &CareTerms, found: &FoundPeople) -> Option<String> {
    if found.set.size() == 0 {
        return Some("Nobody has all of this in common. Choose less.".to_owned());
    }
    (found.set.size() > care.largest).then(|| {
        format!(
            "That is more than the {} that may be on a list. Choose more, so that those remain who need it most.",
            care.largest
        )
    })
}

async fn no(visit: &Visit, sent: &Sent, agreement: &Agreement, fault: anyhow::Error) -> Answer {
    if let Some(why) = fault.downcast_ref::<FindingError>() {
        let errors = vec![FieldError::new("sql", sentence(&why.to_string()))];
        return show(visit, StatusCode::UNPROCESSABLE_ENTITY, sent, with(errors)).await;
    }
    match refused(fault)? {
        No::Agreement { says, clause, next } => {
            let clause = format!("agreement {}, clause {clause}", agreement.reference);
            let view = FindView {
                refusal: Some((format!("{says} {next}"), clause)),
                ..FindView::default()
            };
            show(visit, StatusCode::FORBIDDEN, sent, view).await
        }
        No::Question(words) => {
            let errors = vec![FieldError::new("sql", words)];
            show(visit, StatusCode::UNPROCESSABLE_ENTITY, sent, with(errors)).await
        }
    }
}

fn with(errors: Vec<FieldError>) -> FindView {
    FindView {
        errors,
        ..FindView::default()
    }
}

async fn show(visit: &Visit, status: StatusCode, sent: &Sent, view: FindView) -> Answer {
    let all = agreements(visit).await?;
    let uses = uses(visit, &all)?;
    let chosen = uses
        .iter()
        .find(|(agreement, _, purpose)| value_of(agreement, purpose) == one(sent, "use"))
        .or_else(|| uses.first());
    let tables = match chosen {
        Some((agreement, ..)) => {
            CaseQuestions::read(&visit.site.workspace.content)?.under(agreement)
        }
        None => Vec::new(),
    };
    let sql = (visit.role() == Some(Role::Analyst)).then(|| sql_of(visit, sent));
    let view = FindView {
        csrf: visit.csrf(),
        uses: uses
            .iter()
            .map(|(agreement, _, purpose)| FindChoice {
                value: value_of(agreement, purpose),
                text: format!("{} {}", agreement.reference, agreement.title),
                chosen: chosen
                    .is_some_and(|(c, _, p)| c.reference == agreement.reference && p == purpose),
            })
            .collect(),
        questions: tables
            .iter()
            .flat_map(|table| questions(table, sent))
            .collect(),
        sql,
        title: one(sent, "title").to_owned(),
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::find_people(&visit.frame(), &view),
    ))
}

fn questions(table: &QuestionTable, sent: &Sent) -> Vec<FindQuestion> {
    let ticked = |id: &str, value: &String| sent.get(id).is_some_and(|all| all.contains(value));
    table
        .questions
        .iter()
        .map(|question| FindQuestion {
            id: question.id.clone(),
            asks: question.asks.clone(),
            hint: format!("{}.", sentence(&table.words).trim_end_matches('.')),
            choices: match question.kind {
                QuestionKind::AnyOf => question
                    .choices
                    .iter()
                    .map(|choice| FindChoice {
                        value: choice.clone(),
                        text: choice.clone(),
                        chosen: ticked(&question.id, choice),
                    })
                    .collect(),
                QuestionKind::AtLeast => Vec::new(),
            },
            typed: one(sent, &question.id).to_owned(),
        })
        .collect()
}

fn one<'s>(sent: &'s Sent, field: &str) -> &'s str {
    sent.get(field)
        .and_then(|all| all.first())
        .map_or("", String::as_str)
}

/// The question in SQL, for those who may write one.
fn sql_of(visit: &Visit, sent: &Sent) -> String {
    if visit.role() == Some(Role::Analyst) {
        one(sent, "sql").trim().to_owned()
    } else {
        String::new()
    }
}

fn value_of(agreement: &Agreement, purpose: &str) -> String {
    format!("{}/{purpose}", agreement.reference)
}

/// The agreements and purposes under which the reader may find people for their care.
fn uses<'a>(
    visit: &Visit,
    all: &'a Agreements,
) -> Result<Vec<(&'a Agreement, CareTerms, String)>, Fault> {
    let session = visit.session()?;
    let (position, today) = (&session.position, visit.today());
    let mut uses = Vec::new();
    for agreement in all.iter() {
        let Some(care) = cases::terms(agreement, visit.now).filter(|care| care.in_force) else {
            continue;
        };
        let professional = care
            .professional(&session.username, &position.organisation)
            .is_some_and(|p| p.role == position.role.as_str());
        let access = &agreement.access;
        let named = access
            .person(&session.username, &position.organisation, today)
            .is_some()
            && access.organisations.contains(&position.organisation)
            && access.roles.iter().any(|r| r == position.role.as_str());
        if professional || named {
            let purposes = care.purposes.iter().cloned();
            uses.extend(purposes.map(|purpose| (agreement, care.clone(), purpose)));
        }
    }
    Ok(uses)
}

/// Whether a question names somebody: a pseudonym, or a run of digits as long as a number of a person.
fn holds_a_person(sql: &str) -> bool {
    let mut digits = 0;
    for c in sql.chars() {
        if c.is_numeric() {
            digits += 1;
        } else if !matches!(c, ' ' | '-') {
            digits = 0;
        }
        if digits >= 10 {
            return true;
        }
    }
    sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .any(|word| pseudonymise::ReadPseudonym::of(word).is_some())
}

pub(super) async fn cohort(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let cohort = mine(visit, &id).await?;
    let view = CohortView {
        notice: notice(visit),
        title: cohort.title.clone(),
        facts: facts_of(visit, &cohort).await?,
        question: cohort.question.clone(),
        ask_href: Some(format!("/cases/cohorts/{}/ask", cohort.id)),
    };
    Ok(Visit::page(&pages::cohort(&visit.frame(), &view)))
}

/// A cohort that the reader found, in this organisation.
pub(super) async fn mine(visit: &Visit, id: &str) -> Result<Cohort, Fault> {
    if !is_id(id) {
        return Err(Fault::NotFound);
    }
    let session = visit.session()?;
    let cohort = visit.site.workspace.control.cohort(id).await?;
    cohort
        .filter(|c| {
            c.made_by == session.username && c.organisation == session.position.organisation
        })
        .ok_or(Fault::NotFound)
}

/// What is known of a cohort.
pub(super) async fn facts_of(
    visit: &Visit,
    cohort: &Cohort,
) -> Result<Vec<(String, String)>, Fault> {
    let by = super::name_of(visit, &cohort.made_by).await?;
    Ok([
        ("Group", cohort.title.clone()),
        ("People", cohort.size_shown.clone()),
        ("What they have in common", cohort.words.clone()),
        (
            "Found by",
            format!("{by}, {}", visit.site.name_of(&cohort.organisation)),
        ),
        ("Found on", pages::format::moment(cohort.made_at)),
        ("Data", cohort.data_versions.clone()),
        (
            "Opt-outs applied",
            cohort.preference_snapshot.as_deref().map_or_else(
                || "none are applied".to_owned(),
                |line| PreferenceState::read(line).words(),
            ),
        ),
        ("Seal", cohort.set_digest.chars().take(12).collect()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec())
}
