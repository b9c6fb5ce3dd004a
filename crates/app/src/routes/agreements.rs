//! Agreements: the list, and one as a page, a printed document and a rule; all from the text that machines obey.

mod document;
mod drafting;
mod judging;
mod parts;
mod questions;
mod stopping;

use super::{Answer, fault::Fault, list::AgreementPage, visit::Visit};
use crate::desks::agreements::{AgreementBook, LifeRefusal, LifeRules, due_after_end, ends_soon};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use control::{AgreementActor, Role, Stage, VersionLife};
use govern::{Agreement, State};
use pages::{AgreementRow, AgreementState, AgreementsView, Link, WaitingRow};
use std::{collections::BTreeSet, sync::Arc};

pub(crate) use document::machine_rule;
pub(super) use document::rule_set_title;
pub(super) use judging::{day_in, typed_day};
pub(crate) use questions::{because, between, ended, seen};

/// Everything under `/agreements` and `/suspensions`.
pub(super) async fn answer(visit: &Visit, page: AgreementPage, request: Request) -> Answer {
    match page {
        AgreementPage::List => list(visit).await,
        AgreementPage::One => document::page(visit, request).await,
        AgreementPage::File => document::file(visit, request).await,
        AgreementPage::Rule => document::rule(visit, request).await,
        AgreementPage::Compare => questions::compare(visit, request).await,
        AgreementPage::WhatIf => questions::what_if(visit, request).await,
        AgreementPage::New => drafting::new(visit).await,
        AgreementPage::PostNew => drafting::post_new(visit, request).await,
        AgreementPage::Draft => drafting::draft(visit, request).await,
        AgreementPage::PostDrop => drafting::post_drop(visit, request).await,
        AgreementPage::Text => drafting::text(visit, request).await,
        AgreementPage::PostText => drafting::post_text(visit, request).await,
        AgreementPage::Part => drafting::part(visit, request).await,
        AgreementPage::PostPart => drafting::post_part(visit, request).await,
        AgreementPage::Submit => drafting::submit(visit, request).await,
        AgreementPage::PostSubmit => drafting::post_submit(visit, request).await,
        AgreementPage::Approvals => judging::queue(visit).await,
        AgreementPage::Version => judging::version(visit, request).await,
        AgreementPage::Act => judging::act(visit, request).await,
        AgreementPage::PostAct => judging::post_act(visit, request).await,
        AgreementPage::Suspensions => stopping::page(visit).await,
        AgreementPage::Suspend => Ok(stopping::suspend(visit)),
        AgreementPage::PostSuspend => stopping::post_suspend(visit, request).await,
        AgreementPage::Lift => stopping::lift(visit, request).await,
        AgreementPage::PostLift => stopping::post_lift(visit, request).await,
    }
}

async fn list(visit: &Visit) -> Answer {
    let (book, rules) = known(visit).await?;
    let today = visit.today();
    let query = visit.query("q").unwrap_or_default().trim().to_owned();
    let state = visit.query("state").unwrap_or_default().to_owned();
    let mine: Vec<&Agreement> = book
        .iter_on(today)
        .filter(|a| may_know(visit, &rules, a))
        .collect();
    let fits = |a: &&&Agreement| {
        (state.is_empty() || a.state(today).code() == state)
            && query
                .to_lowercase()
                .split_whitespace()
                .all(|word| searched(a).contains(word))
    };
    let warned = ends_soon(&book, &rules, today);
    let certified = visit.site.workspace.certified().await?;
    let due = due_after_end(&book, &rules, &certified, today);
    let known_references: BTreeSet<&str> = mine.iter().map(|a| a.reference.as_str()).collect();
    let writes = holds(visit, &rules.write);
    let view = AgreementsView {
        all: mine.len(),
        agreements: mine.iter().filter(fits).map(|a| row(visit, a)).collect(),
        states: State::ALL
            .iter()
            .map(|s| (s.code().to_owned(), s.words().to_owned()))
            .collect(),
        warnings: warned
            .iter()
            .filter(|end| known_references.contains(end.reference.as_str()))
            .map(|end| Link::new(&end.words, format!("/agreements/{}", end.reference)))
            .collect(),
        due: due
            .iter()
            .filter(|due| known_references.contains(due.reference.as_str()))
            .map(|due| Link::new(&due.words, format!("/agreements/{}", due.reference)))
            .collect(),
        waiting: if knows_all(visit, &rules) {
            waiting(&book, &rules, &[Stage::Submitted, Stage::Approved])
        } else {
            Vec::new()
        },
        drafts: if writes {
            drafting::rows(visit, &book).await?
        } else {
            Vec::new()
        },
        actions: actions(visit, &rules),
        query,
        state,
    };
    Ok(Visit::page(&pages::agreements(&visit.frame(), &view)))
}

/// What the reader can do beside reading.
fn actions(visit: &Visit, rules: &LifeRules) -> Vec<Link> {
    let mut actions = Vec::new();
    if holds(visit, &rules.write) {
        actions.push(Link::new("Write a new agreement", "/agreements/new"));
    }
    if knows_all(visit, rules) {
        actions.push(Link::new(
            "Approvals and signatures",
            "/agreements/approvals",
        ));
        actions.push(Link::new(
            "Who could see a table, and why",
            "/agreements/what-if",
        ));
        actions.push(Link::new("Suspensions", "/suspensions"));
    }
    actions
}

fn row(visit: &Visit, agreement: &Agreement) -> AgreementRow {
    let left = agreement.days_left(visit.today());
    let in_time = matches!(
        agreement.state(visit.today()),
        State::Active | State::Suspended
    );
    AgreementRow {
        id: format!("{}, version {}", agreement.reference, agreement.version),
        href: format!("/agreements/{}", agreement.reference),
        title: agreement.title.clone(),
        sentence: agreement.sentence(),
        state: state_of(visit, agreement),
        ends: agreement.ends(),
        left: match u64::try_from(left) {
            Ok(days) if in_time => format!("{} left", pages::format::counted(days, "day", "days")),
            _ => String::new(),
        },
    }
}

/// The versions that have come so far, as lines of a queue.
fn waiting(book: &AgreementBook, rules: &LifeRules, stages: &[Stage]) -> Vec<WaitingRow> {
    let approval = rules.approval();
    book.lives
        .iter()
        .rev()
        .filter(|life| stages.contains(&life.stage(&approval)))
        .filter(|life| !(life.stage(&approval) == Stage::Approved && signed_by_all(book, life)))
        .map(|life| {
            let version = &life.version;
            WaitingRow {
                id: format!("{}, version {}", version.reference, version.version),
                href: format!("/agreements/approvals/{}", version.digest),
                title: book
                    .by_digest(&version.digest)
                    .map_or_else(|| version.reference.clone(), |a| a.title.clone()),
                waits_for: waits_for(book, rules, life),
                by: version.by.clone(),
                at: version.at,
            }
        })
        .collect()
}

/// What a version waits for, in words.
fn waits_for(book: &AgreementBook, rules: &LifeRules, life: &VersionLife) -> String {
    let approval = rules.approval();
    if let Some(act) = life.over() {
        let what = match life.stage(&approval) {
            Stage::Returned => "sent back",
            _ => "taken back",
        };
        return format!("{what} by {}: {}", act.by, act.words);
    }
    let given = life.approvals().count();
    if life.stage(&approval) == Stage::Submitted {
        return match book.later(life) {
            Some(later) => format!("nothing: version {later} was handed in after it"),
            None => format!("{given} of {} approvals are given", approval.needed),
        };
    }
    let Some(agreement) = book.by_digest(&life.version.digest) else {
        return "it can no longer be read".to_owned();
    };
    let missing: Vec<String> = agreement
        .unsigned(model::Date::MAX)
        .into_iter()
        .map(|party| party.name.clone())
        .collect();
    if missing.is_empty() {
        "nothing: every party has signed".to_owned()
    } else {
        format!("the signature of {}", pages::format::listed(&missing))
    }
}

fn signed_by_all(book: &AgreementBook, life: &VersionLife) -> bool {
    book.by_digest(&life.version.digest)
        .is_some_and(|a| a.unsigned(model::Date::MAX).is_empty())
}

/// The text that a search goes through.
fn searched(a: &Agreement) -> String {
    let mut words = vec![a.reference.as_str(), &a.title, &a.lay_summary];
    words.extend(a.parties.iter().map(|p| p.name.as_str()));
    words.extend(a.datasets.keys().map(govern::agreement::Name::as_str));
    words.extend(a.datasets.values().map(|d| d.title.as_str()));
    words.extend(a.purposes.iter().map(|p| p.code.words()));
    words.join(" ").to_lowercase()
}

/// The agreements that there are, and who does what with them.
async fn known(visit: &Visit) -> Result<(Arc<AgreementBook>, LifeRules), Fault> {
    let workspace = &visit.site.workspace;
    Ok((
        workspace.agreements().await?,
        LifeRules::read(&workspace.content)?,
    ))
}

/// The reader as one who acts.
pub(super) fn actor(visit: &Visit) -> Result<AgreementActor, Fault> {
    let session = visit.session()?;
    Ok(AgreementActor {
        username: session.username.clone(),
        role: session.position.role.to_string(),
        organisation: session.position.organisation.to_string(),
    })
}

/// Whether the reader acts in one of these roles.
fn holds(visit: &Visit, roles: &[String]) -> bool {
    visit
        .role()
        .is_some_and(|role| roles.iter().any(|r| r == role.as_str()))
}

fn knows_all(visit: &Visit, rules: &LifeRules) -> bool {
    holds(visit, &rules.know_all)
}

/// Those who govern know all agreements, others those of their organisation.
fn may_know(visit: &Visit, rules: &LifeRules, agreement: &Agreement) -> bool {
    knows_all(visit, rules) || is_party(visit, agreement)
}

/// Whether the reader acts for a party, or answers for information governance.
pub(super) fn may_know_of(visit: &Visit, agreement: &Agreement) -> bool {
    visit.role() == Some(Role::IgLead) || is_party(visit, agreement)
}

fn is_party(visit: &Visit, agreement: &Agreement) -> bool {
    visit
        .organisation()
        .is_ok_and(|o| agreement.party(o).is_some())
}

fn state_of(visit: &Visit, agreement: &Agreement) -> AgreementState {
    let today = visit.today();
    match agreement.state(today) {
        State::Draft => AgreementState::Draft,
        State::Submitted => AgreementState::WaitsForApproval,
        State::Approved => AgreementState::WaitsForSignatures,
        State::Signed => AgreementState::NotYet,
        State::Active if agreement.days_left(today) <= SOON_IN_DAYS => AgreementState::EndsSoon,
        State::Active => AgreementState::InForce,
        State::Suspended => AgreementState::Suspended,
        State::Expired => AgreementState::Ended,
        State::Closing => AgreementState::Closing,
        State::Destroyed => AgreementState::Destroyed,
    }
}

/// From how many days before its last one an agreement is said to end soon.
const SOON_IN_DAYS: i64 = 90;

/// A sentence made of words that begin with a small letter and have no full stop.
fn sentence(words: &str) -> String {
    super::ask::sentence(words)
}

/// A text of several lines as one line, as control data and the audit log keep it.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What an act was refused for, as a page.
fn refused(visit: &Visit, refusal: &LifeRefusal) -> axum::response::Response {
    let view = pages::ForbiddenView {
        reason: sentence(&refusal.to_string()),
        clause: None,
        instead: Some("Nothing has been changed. Go back and look at it again.".to_owned()),
    };
    Visit::page_with(
        StatusCode::CONFLICT,
        &pages::forbidden(&visit.frame(), &view),
    )
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is the whole answer of the pages that end with it"
)]
fn redirect(to: &str) -> Answer {
    Ok(Redirect::to(to).into_response())
}
