//! Emergencies: one person's records for one professional, with a second person's word, for a short time; counted in
//! public and looked at afterwards.

use super::{
    is_id, keep,
    lists::as_read,
    name_of, notice,
    requests::{asker, forbidden},
    written,
};
use crate::{
    cases,
    desks::{Side, random},
    fault::NotAllowed,
    routes::{
        Answer,
        ask::{person, sentence},
        fault::Fault,
        visit::{Visit, role_in_words},
    },
};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use chrono::{DateTime, TimeDelta, Utc};
use control::{BreakGlass, GlassJudgement, GlassReview, NewBreakGlass, Role};
use govern::{
    Digest, Kind, ObjectKind, Outcome, UrgencyFacts,
    agreement::clauses::Identifiability,
    care::glass::{decide_glass, may_judge, may_look},
};
use model::{Date, Identifying, NhsNumber};
use pages::{
    CaseRow, CaseState, EmergenciesView, EmergencyAskView, EmergencyRow, EmergencyView, FieldError,
    OnePersonView, PersonSide, StateWords,
};

pub(super) async fn page(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let all = control.all_break_glass(super::MOST).await?;
    let mut view = EmergenciesView {
        notice: notice(visit),
        openings: control.break_glass_openings().await?,
        may_ask: visit.role() == Some(Role::Clinician),
        ..EmergenciesView::default()
    };
    for glass in all {
        if visit.role() != Some(Role::Clinician) && glass.review_is_late(visit.now) {
            view.late += 1;
        }
        if !may_know(visit, &glass)? {
            continue;
        }
        view.rows.push(EmergencyRow {
            href: format!("/cases/emergencies/{}", glass.asked.id),
            emergency: glass.asked.emergency.clone(),
            by: name_of(visit, &glass.asked.professional).await?,
            at: glass.asked.asked_at,
            state: state(&glass, visit.now),
        });
    }
    Ok(Visit::page(&pages::emergencies(&visit.frame(), &view)))
}

/// Whether the reader may know of an emergency: their own, or their role is to agree, to oversee or to look afterwards.
fn may_know(visit: &Visit, glass: &BreakGlass) -> Result<bool, Fault> {
    let session = visit.session()?;
    let own = glass.asked.professional == session.username
        && glass.asked.organisation == session.position.organisation;
    Ok(own || visit.role() != Some(Role::Clinician))
}

fn state(glass: &BreakGlass, now: DateTime<Utc>) -> StateWords {
    let (state, words) = match (&glass.judgement, &glass.review) {
        (None, _) if now < glass.asked.approve_by => {
            (CaseState::Waiting, "Waiting for a second person")
        }
        (None, _) => (CaseState::Stopped, "Nobody agreed in time"),
        (Some(judgement), _) if !judgement.approves => (CaseState::Stopped, "Refused"),
        _ if glass.is_open(now) => (CaseState::Open, "Open"),
        (_, Some(review)) if review.justified => (CaseState::Ended, "Looked at: justified"),
        (_, Some(_)) => (CaseState::Stopped, "Looked at: not justified"),
        _ if glass.review_is_late(now) => (CaseState::Stopped, "Not looked at in time"),
        _ => (CaseState::Waiting, "To be looked at afterwards"),
    };
    StateWords {
        state,
        words: words.to_owned(),
    }
}

/// The emergencies that wait for the reader's word.
pub(super) async fn waiting(visit: &Visit) -> Result<Vec<CaseRow>, Fault> {
    let workspace = &visit.site.workspace;
    let terms = cases::glass_terms(workspace);
    let who = asker(visit)?;
    let mut rows = Vec::new();
    for glass in workspace.control.all_break_glass(super::MOST).await? {
        let facts = cases::glass_facts(&glass)?;
        let saw = Digest::parse(&glass.asked.asked_digest)?;
        if may_judge(&terms, &facts, &who, &saw, visit.now).is_ok() {
            rows.push(CaseRow {
                href: format!("/cases/emergencies/{}", glass.asked.id),
                title: glass.asked.emergency.clone(),
                agreement: "none: an emergency".to_owned(),
                size: "1".to_owned(),
                at: glass.asked.asked_at,
                state: Some(state(&glass, visit.now)),
            });
        }
    }
    Ok(rows)
}

pub(super) async fn ask(visit: &Visit) -> Answer {
    show_ask(visit, StatusCode::OK, EmergencyAskView::default()).await
}

pub(super) async fn post_ask(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let field = |name: &str| fields.get(name).map_or("", |v| v.trim());
    let mut errors = Vec::new();
    let emergency = written(
        &mut errors,
        "emergency",
        field("emergency"),
        "Say what the emergency is.",
    );
    let number = NhsNumber::parse(field("nhs_number"));
    if number.is_err() {
        errors.push(FieldError::new(
            "nhs_number",
            "Write the ten digits of the NHS number.",
        ));
    }
    let born: Option<Date> = field("date_of_birth").parse().ok();
    if born.is_none() {
        let text = "Write the date of birth as year, month and day, such as 1949-12-25.";
        errors.push(FieldError::new("date_of_birth", text));
    }
    let workspace = &visit.site.workspace;
    let session = visit.session()?;
    let late = workspace
        .control
        .late_glass_reviews(&session.username, visit.now)
        .await?;
    let (true, 0, Ok(number), Some(born)) = (errors.is_empty(), late, number, born) else {
        let view = EmergencyAskView {
            emergency,
            errors,
            ..EmergencyAskView::default()
        };
        return show_ask(visit, StatusCode::UNPROCESSABLE_ENTITY, view).await;
    };
    // Asking tells whether the index holds somebody: so it is in the log, found or not.
    keep(
        visit,
        Kind::GlassAsked,
        ObjectKind::Emergency,
        "asked",
        Outcome::Done,
        "one person's records were asked for",
    )
    .await?;
    let desk = workspace.identified()?;
    let (number, born) = (
        Identifying::new(number.reveal().to_owned()),
        Identifying::new(born.to_string()),
    );
    let Some(person_token) = desk.token_of(&number, &born).await? else {
        let text = "There is nobody of this number and date of birth. Check both.";
        let view = EmergencyAskView {
            emergency,
            errors: vec![FieldError::new("nhs_number", text)],
            ..EmergencyAskView::default()
        };
        return show_ask(visit, StatusCode::UNPROCESSABLE_ENTITY, view).await;
    };
    let config = &workspace.config.cases;
    let at = DateTime::from_timestamp_millis(visit.now.timestamp_millis()).unwrap_or(visit.now);
    let wait = i64::try_from(config.emergency_wait_minutes.min(10_000)).unwrap_or(60);
    let mut new = NewBreakGlass {
        id: random()?,
        person_token,
        emergency,
        professional: session.username.clone(),
        organisation: session.position.organisation.clone(),
        asked_at: at,
        asked_digest: Digest::none().as_str().to_owned(),
        approve_by: at + TimeDelta::minutes(wait),
        minutes: config.emergency_minutes.clamp(1, 10_000),
    };
    let digest = cases::glass_digest(&new);
    digest.as_str().clone_into(&mut new.asked_digest);
    workspace.control.ask_break_glass(&new).await?;
    let next = format!("/cases/emergencies/{}?done=asked", new.id);
    Ok(Redirect::to(&next).into_response())
}

async fn show_ask(visit: &Visit, status: StatusCode, view: EmergencyAskView) -> Answer {
    let workspace = &visit.site.workspace;
    let late = workspace
        .control
        .late_glass_reviews(&visit.session()?.username, visit.now)
        .await?;
    let view = EmergencyAskView {
        csrf: visit.csrf(),
        minutes: workspace.config.cases.emergency_minutes,
        review_days: workspace.config.cases.emergency_review_days,
        refused: (late > 0).then(|| {
            "An earlier emergency of yours has not been looked at afterwards in time. Until it is, you cannot ask again: ring a colleague, or the privacy officer.".to_owned()
        }),
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::emergency_ask(&visit.frame(), &view),
    ))
}

async fn found(visit: &Visit, id: &str) -> Result<BreakGlass, Fault> {
    if !is_id(id) {
        return Err(Fault::NotFound);
    }
    let glass = visit.site.workspace.control.break_glass(id).await?;
    let glass = glass.ok_or(Fault::NotFound)?;
    if may_know(visit, &glass)? {
        Ok(glass)
    } else {
        Err(Fault::NotFound)
    }
}

pub(super) async fn one(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let glass = found(visit, &id).await?;
    let view = EmergencyView {
        notice: notice(visit),
        ..EmergencyView::default()
    };
    show(visit, StatusCode::OK, &glass, view).await
}

async fn show(
    visit: &Visit,
    status: StatusCode,
    glass: &BreakGlass,
    view: EmergencyView,
) -> Answer {
    let workspace = &visit.site.workspace;
    let (terms, facts, who) = (
        cases::glass_terms(workspace),
        cases::glass_facts(glass)?,
        asker(visit)?,
    );
    let asked = &glass.asked;
    let saw = Digest::parse(&asked.asked_digest)?;
    let professional = name_of(visit, &asked.professional).await?;
    let mut shown = vec![
        ("Emergency", asked.emergency.clone()),
        (
            "Asked by",
            format!(
                "{professional}, {}",
                visit.site.name_of(&asked.organisation)
            ),
        ),
        ("Asked on", pages::format::moment(asked.asked_at)),
        (
            "Whose records",
            "One person's, known by number and date of birth. Nobody is named here.".to_owned(),
        ),
        (
            "How long they open",
            pages::format::counted(
                asked.minutes,
                "minute after the second word",
                "minutes after the second word",
            ),
        ),
        ("Waits until", pages::format::moment(asked.approve_by)),
    ];
    if let Some(judgement) = &glass.judgement {
        let by = name_of(visit, &judgement.by).await?;
        let role = Role::from_word(&judgement.role).map_or("", role_in_words);
        let said = if judgement.approves {
            "Agreed"
        } else {
            "Refused"
        };
        shown.push((
            said,
            format!(
                "{}, by {by}, {role}: {}",
                pages::format::moment(judgement.at),
                judgement.reason
            ),
        ));
    }
    if let Some(at) = glass.opened_at {
        let times = pages::format::counted(glass.readings, "time", "times");
        shown.push((
            "First opened",
            format!("{}, read {times}", pages::format::moment(at)),
        ));
    }
    if let Some(ends) = glass.ends_at() {
        shown.push(("Open until", pages::format::moment(ends)));
    }
    if let Some(by) = glass.review_by.filter(|_| glass.review.is_none()) {
        shown.push(("To be looked at by", pages::format::moment(by)));
    }
    if let Some(review) = &glass.review {
        let by = name_of(visit, &review.by).await?;
        shown.push((
            "Looked at",
            format!(
                "{}, by {by}: {}",
                pages::format::moment(review.at),
                review.words
            ),
        ));
    }
    let reviewed_by_third = visit.role() == Some(Role::PrivacyOfficer)
        && asked.professional != who.username
        && glass
            .judgement
            .as_ref()
            .is_some_and(|j| j.approves && j.by != who.username);
    let view = EmergencyView {
        csrf: visit.csrf(),
        href: format!("/cases/emergencies/{}", asked.id),
        state: state(glass, visit.now),
        facts: shown.into_iter().map(|(k, v)| (k.to_owned(), v)).collect(),
        saw: asked.asked_digest.clone(),
        may_judge: may_judge(&terms, &facts, &who, &saw, visit.now).is_ok(),
        may_open: may_look(&terms, &facts, &who, visit.now).is_ok(),
        may_review: reviewed_by_third && glass.review.is_none(),
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::emergency(&visit.frame(), &view),
    ))
}

pub(super) async fn judge(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let glass = found(visit, &id).await?;
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let workspace = &visit.site.workspace;
    let (terms, facts, who) = (
        cases::glass_terms(workspace),
        cases::glass_facts(&glass)?,
        asker(visit)?,
    );
    let saw = Digest::parse(field("saw")).unwrap_or_else(|_| Digest::none());
    if let Err(refusal) = may_judge(&terms, &facts, &who, &saw, visit.now) {
        keep(
            visit,
            Kind::GlassJudged,
            ObjectKind::Emergency,
            &id,
            Outcome::Refused,
            refusal.clause(),
        )
        .await?;
        let says = format!("{} {}", refusal.says(), refusal.next());
        return Ok(forbidden(visit, &says, Some(refusal.clause())));
    }
    let mut errors = Vec::new();
    let approves = match field("decision") {
        "approve" => true,
        "refuse" => false,
        _ => {
            errors.push(FieldError::new("decision", "Choose whether you agree."));
            false
        }
    };
    let reason = written(&mut errors, "reason", field("reason"), "Say why.");
    if !errors.is_empty() {
        let view = EmergencyView {
            decision: field("decision").to_owned(),
            reason,
            errors,
            ..EmergencyView::default()
        };
        return show(visit, StatusCode::UNPROCESSABLE_ENTITY, &glass, view).await;
    }
    let says = if approves { "agreed" } else { "refused" };
    keep(
        visit,
        Kind::GlassJudged,
        ObjectKind::Emergency,
        &id,
        Outcome::Done,
        says,
    )
    .await?;
    let days = i64::try_from(workspace.config.cases.emergency_review_days.min(366)).unwrap_or(3);
    let judgement = GlassJudgement {
        by: who.username,
        role: who.role,
        approves,
        reason,
        at: visit.now,
    };
    let kept = workspace
        .control
        .judge_break_glass(
            &id,
            field("saw"),
            &judgement,
            visit.now + TimeDelta::days(days),
        )
        .await?;
    if !kept {
        return Ok(forbidden(
            visit,
            "Somebody else was quicker, and this no longer waits.",
            None,
        ));
    }
    Ok(Redirect::to(&format!("/cases/emergencies/{id}?done=judged")).into_response())
}

pub(super) async fn records(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let sent = request.method() == axum::http::Method::POST;
    if sent {
        visit.form(request).await?;
    }
    let glass = found(visit, &id).await?;
    // The form is sent by a button; the page may be loaded again within its time once it has been opened.
    if !sent && glass.opened_at.is_none() {
        let next = format!("/cases/emergencies/{}", glass.asked.id);
        return Ok(Redirect::to(&next).into_response());
    }
    let workspace = &visit.site.workspace;
    let (terms, facts) = (cases::glass_terms(workspace), cases::glass_facts(&glass)?);
    if cases::glass_digest(&glass.asked) != facts.asked {
        return Err(Fault::from(anyhow::anyhow!(
            "an emergency is not what was agreed to: its digest does not match"
        )));
    }
    let who = person(visit)?;
    let asked = UrgencyFacts {
        who: who.asker(),
        terms,
        glass: facts,
        told: who.circumstances(None, None),
    };
    let audit = workspace.audit.as_ref();
    let permit = match decide_glass(audit, &workspace.policies, &asked, visit.now) {
        Ok(permit) => permit,
        Err(govern::DecideError::Refused(refusal)) => {
            let says = format!("{} {}", refusal.says(), refusal.next());
            return Ok(forbidden(visit, &says, Some(refusal.clause())));
        }
        Err(fault) => return Err(fault.into()),
    };
    let opens = who.opens_class(workspace, Identifiability::PersonalConfidential);
    if let Err(fault) = opens.await {
        return match fault.downcast_ref::<NotAllowed>() {
            Some(no) => Ok(forbidden(visit, &sentence(&no.to_string()), None)),
            None => Err(fault.into()),
        };
    }
    workspace
        .control
        .note_glass_reading(&glass.asked.id, visit.now)
        .await?;
    let desk = workspace.identified()?;
    let one = match desk.one_person(&permit).await {
        Ok(one) => one.unwrap_or_default(),
        Err(fault) => {
            return match fault.downcast_ref::<NotAllowed>() {
                Some(no) => Ok(forbidden(visit, &sentence(&no.to_string()), None)),
                None => Err(fault.into()),
            };
        }
    };
    if !one.number.reveal().is_empty() {
        let why = format!("an emergency: {}", glass.asked.emergency);
        cases::keep_about(workspace, &one.number, &who, &why)?;
    }
    let index = one.forms.iter().map(|side| PersonSide {
        from: "In the demographic index".to_owned(),
        values: values(side),
    });
    let records = one.records.iter().map(|(source, sender, side)| PersonSide {
        from: format!("Sent by {sender}, in {source}"),
        values: values(side),
    });
    let view = OnePersonView {
        csrf: visit.csrf(),
        href: format!("/cases/emergencies/{}", glass.asked.id),
        ends_at: permit.until(),
        sides: index.chain(records).collect(),
    };
    Ok(Visit::page(&pages::one_person(&visit.frame(), &view)))
}

fn values(side: &Side) -> Vec<(String, String)> {
    [
        ("NHS number", &side.nhs_number),
        ("Given name", &side.given_name),
        ("Family name", &side.family_name),
        ("Date of birth", &side.date_of_birth),
        ("Sex", &side.sex),
        ("Postcode", &side.postcode),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), as_read(value.as_ref()?.reveal()))))
    .collect()
}

pub(super) async fn end(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    visit.form(request).await?;
    let glass = found(visit, &id).await?;
    let id = &glass.asked.id;
    keep(
        visit,
        Kind::GlassOpened,
        ObjectKind::Emergency,
        id,
        Outcome::Done,
        "the records were closed",
    )
    .await?;
    let control = &visit.site.workspace.control;
    control
        .end_break_glass(id, &visit.session()?.username, visit.now)
        .await?;
    Ok(Redirect::to(&format!("/cases/emergencies/{id}?done=ended")).into_response())
}

pub(super) async fn review(visit: &Visit, mut request: Request) -> Answer {
    let id = visit.part(&mut request, "id").await?;
    let fields = visit.form(request).await?;
    let glass = found(visit, &id).await?;
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let mut errors = Vec::new();
    let justified = match field("decision") {
        "justified" => true,
        "not_justified" => false,
        _ => {
            errors.push(FieldError::new(
                "decision",
                "Choose whether the emergency justified it.",
            ));
            false
        }
    };
    let words = written(&mut errors, "reason", field("reason"), "Say why.");
    if !errors.is_empty() {
        let view = EmergencyView {
            decision: field("decision").to_owned(),
            reason: words,
            errors,
            ..EmergencyView::default()
        };
        return show(visit, StatusCode::UNPROCESSABLE_ENTITY, &glass, view).await;
    }
    let says = if justified {
        "justified"
    } else {
        "not justified"
    };
    keep(
        visit,
        Kind::GlassReviewed,
        ObjectKind::Emergency,
        &id,
        Outcome::Done,
        says,
    )
    .await?;
    let review = GlassReview {
        by: visit.session()?.username.clone(),
        justified,
        words,
        at: visit.now,
    };
    let control = &visit.site.workspace.control;
    if !control.review_break_glass(&id, &review).await? {
        return Ok(forbidden(
            visit,
            "This was looked at before, was never agreed to, or is your own.",
            None,
        ));
    }
    Ok(Redirect::to(&format!("/cases/emergencies/{id}?done=reviewed")).into_response())
}
