//! What people ask about their own records (`/subject-access`). A number is typed into a form and goes on as a keyed
//! digest; the answer is sealed before it leaves, and is kept nowhere.

use super::{
    Answer,
    destruction::on_a_thread,
    fault::Fault,
    taking::at_desk,
    visit::{Fields, Visit},
};
use crate::subject_access;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use control::{
    ControlError, NewRightsCase, RightsActed, RightsCase, RightsKind, RightsOutcome, Role,
};
use custody::SealedFor;
use govern::{EntryBody, Kind, ObjectKind, Outcome};
use model::{Date, NhsNumber};
use pages::{FieldError, RightsCaseView, RightsNewView, RightsRow, RightsView};
use std::sync::Arc;

pub(super) async fn page(visit: &Visit) -> Answer {
    let all = visit.site.workspace.control.rights_cases().await?;
    let view = RightsView {
        cases: all.iter().map(|case| row(visit, case)).collect(),
        works: visit.role() == Some(Role::PrivacyOfficer),
    };
    Ok(Visit::page(&pages::rights(&visit.frame(), &view)))
}

fn row(visit: &Visit, case: &RightsCase) -> RightsRow {
    RightsRow {
        number: case.number,
        kind: kind_in_words(case.taken.kind).to_owned(),
        asked_on: case.taken.asked_on,
        due: due(visit, case),
        state: state_in_words(case).to_owned(),
    }
}

fn due(visit: &Visit, case: &RightsCase) -> Option<(Date, i64)> {
    let days = (case.due_on - visit.today()).num_days();
    case.closed.is_none().then_some((case.due_on, days))
}

const fn kind_in_words(kind: RightsKind) -> &'static str {
    match kind {
        RightsKind::Access => "To see what is held, and how it was used",
        RightsKind::Rectification => "To have something put right",
        RightsKind::Restriction => "That records are not used for now",
    }
}

const fn outcome_in_words(outcome: RightsOutcome) -> &'static str {
    match outcome {
        RightsOutcome::Answered => "The person has the answer",
        RightsOutcome::Done => "It was done",
        RightsOutcome::NotDone => "It was not done, and the person was told why",
        RightsOutcome::Withdrawn => "The person took it back",
    }
}

fn state_in_words(case: &RightsCase) -> &'static str {
    match (&case.closed, &case.checked, case.answers) {
        (Some((outcome, ..)), ..) => outcome_in_words(*outcome),
        (None, None, _) => "A second person has to look at who is asking",
        (None, Some(_), 0) => "Two people know who is asking",
        (None, Some(_), _) => "The answer was made",
    }
}

pub(super) fn new(visit: &Visit) -> Response {
    let view = RightsNewView {
        csrf: visit.csrf(),
        ..RightsNewView::default()
    };
    Visit::page(&pages::rights_new(&visit.frame(), &view))
}

pub(super) async fn post_new(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    let mut errors = Vec::new();
    let kind = RightsKind::from_word(said("kind"));
    if kind.is_none() {
        errors.push(FieldError::new("kind", "Choose what the person asks for"));
    }
    let number = NhsNumber::parse(said("nhs_number"));
    if number.is_err() {
        errors.push(FieldError::new("nhs_number", "Enter the ten digits of the NHS number. Its last digit is a check of the others, and does not fit"));
    }
    let asked_on = day(&fields).filter(|day| *day <= visit.today());
    if asked_on.is_none() {
        errors.push(FieldError::new(
            "day",
            "Enter a day that is today or has passed, such as 31 3 2026",
        ));
    }
    for (name, needed, what) in [
        ("channel", true, "Say how it came"),
        ("identity", true, "Say how you know who is asking"),
        (
            "words",
            kind.is_some_and(|k| k != RightsKind::Access),
            "Say what is asked for",
        ),
    ] {
        match control::cases::plain_words(said(name)) {
            Err(why) => errors.push(FieldError::new(name, format!("This {why}"))),
            Ok(words) if needed && words.is_empty() => errors.push(FieldError::new(name, what)),
            Ok(_) => {}
        }
    }
    let (Some(kind), Ok(number), Some(asked_on), true) =
        (kind, number, asked_on, errors.is_empty())
    else {
        let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let view = RightsNewView {
            csrf: visit.csrf(),
            kind: typed("kind"),
            typed: ["channel", "identity", "words"].map(typed),
            asked_on: ["day", "month", "year"].map(typed),
            errors,
        };
        let page = pages::rights_new(&visit.frame(), &view);
        return Ok(Visit::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page));
    };
    let workspace = &visit.site.workspace;
    let new = NewRightsCase {
        kind,
        subject: workspace.person_digests()?.of(number.reveal())?,
        asked_on,
        channel: said("channel").to_owned(),
        identity: said("identity").to_owned(),
        words: said("words").to_owned(),
        by: visit.session()?.username.clone(),
        at: visit.now,
    };
    let case = workspace.control.take_rights_case(&new).await?;
    keep(visit, case, "taken in").await?;
    if kind == RightsKind::Restriction {
        brought_across(visit).await?;
    }
    Ok(Redirect::to(&format!("/subject-access/{case}")).into_response())
}

/// What stands of restrictions reaches the analysis side at once. Until it has, nobody is answered.
async fn brought_across(visit: &Visit) -> Result<(), Fault> {
    at_desk(&visit.site, async |desk| {
        desk.hand_over_preferences(&mut |_| {}).await
    })
    .await??;
    Ok(())
}

fn day(fields: &Fields) -> Option<Date> {
    let part = |name: &str| fields.get(name)?.trim().parse::<u32>().ok();
    let year = i32::try_from(part("year")?).ok()?;
    Date::from_ymd_opt(year, part("month")?, part("day")?).filter(|_| (1900..3000).contains(&year))
}

async fn keep(visit: &Visit, number: u64, says: &str) -> Result<(), Fault> {
    let by = visit.session()?.username.clone();
    let mut entry = EntryBody::new(visit.now, Kind::RightsCase, &by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Subject);
    entry.reason = Some(format!("case {number} of what people ask: {says}"));
    visit.keep(entry).await
}

pub(super) async fn one(visit: &Visit, mut request: Request) -> Answer {
    let case = find(visit, &mut request).await?;
    shown(visit, StatusCode::OK, &case, &Fields::new(), Vec::new())
}

async fn find(visit: &Visit, request: &mut Request) -> Result<RightsCase, Fault> {
    let number = visit.part(request, "number").await?;
    let number: u64 = number.parse().map_err(|_| Fault::NotFound)?;
    let control = &visit.site.workspace.control;
    control.rights_case(number).await?.ok_or(Fault::NotFound)
}

fn shown(
    visit: &Visit,
    status: StatusCode,
    case: &RightsCase,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let own = case.taken.by == visit.session()?.username;
    let open = case.closed.is_none();
    // Others look at who is asking, and do no more.
    let works = visit.role() == Some(Role::PrivacyOfficer);
    let at = pages::format::moment;
    let mut facts = vec![
        (
            "What is asked".to_owned(),
            kind_in_words(case.taken.kind).to_owned(),
        ),
        (
            "Asked on".to_owned(),
            format!(
                "{}, {}",
                pages::format::date(case.taken.asked_on),
                case.taken.channel
            ),
        ),
        (
            "Taken in by".to_owned(),
            format!(
                "{}, {}: {}",
                case.taken.by,
                at(case.taken.at),
                case.taken.identity
            ),
        ),
    ];
    if !case.taken.words.is_empty() {
        facts.push(("In words".to_owned(), case.taken.words.clone()));
    }
    if let Some((identity, by, when)) = &case.checked {
        let second = format!("{by}, {}: {identity}", at(*when));
        facts.push(("Second person".to_owned(), second));
    }
    if let Some((by, when)) = &case.answered {
        let times = pages::format::counted(case.answers, "time", "times");
        facts.push((
            "Answer made".to_owned(),
            format!("{times}, last by {by}, {}", at(*when)),
        ));
    }
    if let Some((_, words, by, when)) = &case.closed {
        facts.push((
            "Closed by".to_owned(),
            format!("{by}, {}: {words}", at(*when)),
        ));
    }
    if open && case.taken.kind == RightsKind::Restriction {
        facts.push((
            "In force".to_owned(),
            "These records are left out of every question, list and emergency until this case is closed. Tell the person before you close it.".to_owned(),
        ));
    }
    facts.push(("State".to_owned(), state_in_words(case).to_owned()));
    let outcomes: &[RightsOutcome] = match (open, &case.checked, case.taken.kind) {
        (false, ..) => &[],
        (true, None, _) => &[RightsOutcome::Withdrawn],
        (true, Some(_), RightsKind::Access) if case.answers > 0 => &[
            RightsOutcome::Answered,
            RightsOutcome::NotDone,
            RightsOutcome::Withdrawn,
        ],
        (true, Some(_), RightsKind::Access) => &[RightsOutcome::NotDone, RightsOutcome::Withdrawn],
        (true, Some(_), _) => &[
            RightsOutcome::Done,
            RightsOutcome::NotDone,
            RightsOutcome::Withdrawn,
        ],
    };
    let view = RightsCaseView {
        csrf: visit.csrf(),
        number: case.number,
        facts,
        due: due(visit, case),
        may_check: open && case.checked.is_none() && !own,
        may_answer: open
            && works
            && case.checked.is_some()
            && case.taken.kind == RightsKind::Access,
        outcomes: outcomes
            .iter()
            .filter(|_| works)
            .map(|o| (o.to_string(), outcome_in_words(*o).to_owned()))
            .collect(),
        why_not: (open && case.checked.is_none() && own)
            .then(|| "You took this in, so somebody else has to look at who is asking.".to_owned()),
        typed: ["identity", "recipient", "words"].map(typed),
        errors,
    };
    let page = pages::rights_case(&visit.frame(), &view);
    Ok(Visit::page_with(status, &page))
}

pub(super) async fn post_one(visit: &Visit, mut request: Request) -> Answer {
    let case = find(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let said = |name: &str| fields.get(name).map_or("", |value| value.trim());
    if said("do") != "check" && visit.role() != Some(Role::PrivacyOfficer) {
        return Err(Fault::WrongRole);
    }
    let (control, by) = (
        &visit.site.workspace.control,
        visit.session()?.username.clone(),
    );
    let error = match said("do") {
        "check" => {
            keep(visit, case.number, "looked at by a second person").await?;
            let who = (by.as_str(), visit.now);
            came_to(
                "identity",
                control
                    .check_rights_case(case.number, said("identity"), who)
                    .await,
            )?
        }
        "answer" => match sealed_for(&fields) {
            Err(error) => Some(error),
            Ok(to) => return answer(visit, case, by, to, said("form") == "data").await,
        },
        "close" => match RightsOutcome::from_word(said("outcome")) {
            None => Some(FieldError::new("outcome", "Say what came of it")),
            Some(outcome) => {
                keep(visit, case.number, "closed").await?;
                let who = (by.as_str(), visit.now);
                let done = control
                    .close_rights_case(case.number, outcome, said("words"), who)
                    .await;
                let error = came_to("words", done)?;
                if error.is_none() && case.taken.kind == RightsKind::Restriction {
                    brought_across(visit).await?;
                }
                error
            }
        },
        _ => return Err(Fault::NotFound),
    };
    match error {
        None => Ok(Redirect::to(&format!("/subject-access/{}", case.number)).into_response()),
        Some(error) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            shown(visit, status, &case, &fields, vec![error])
        }
    }
}

/// What an act came to, as a line for the page where it does not stand.
fn came_to(
    field: &'static str,
    done: Result<RightsActed, ControlError>,
) -> Result<Option<FieldError>, Fault> {
    Ok(match done {
        Ok(RightsActed::Done) => None,
        Ok(RightsActed::OwnCase) => Some(FieldError::new(
            field,
            "You took this in, so somebody else has to look at who is asking",
        )),
        Ok(RightsActed::NotChecked) => Some(FieldError::new(
            field,
            "A second person has to look at who is asking first",
        )),
        Ok(RightsActed::Over) => Some(FieldError::new(field, "Somebody else was quicker")),
        Ok(RightsActed::Unknown) => return Err(Fault::NotFound),
        Err(ControlError::Form { what, wanted }) => Some(FieldError::new(
            field,
            format!("Make sure that {what} {wanted}"),
        )),
        Err(fault) => return Err(fault.into()),
    })
}

/// For whom the answer is sealed.
fn sealed_for(fields: &Fields) -> Result<SealedFor, FieldError> {
    let said = |name: &str| fields.get(name).map_or("", String::as_str);
    let (passphrase, recipient) = (said("passphrase"), said("recipient").trim());
    match (passphrase.is_empty(), recipient.is_empty()) {
        (true, true) => Err(FieldError::new(
            "passphrase",
            "Give a passphrase, or the person’s own key",
        )),
        (true, false) => SealedFor::recipient(recipient)
            .map_err(|_| FieldError::new("recipient", "This is no age recipient")),
        (false, _) if passphrase != said("again") => Err(FieldError::new(
            "again",
            "This is another passphrase than the first",
        )),
        (false, _) => SealedFor::passphrase(passphrase)
            .map_err(|fault| FieldError::new("passphrase", fault.to_string())),
    }
}

async fn answer(visit: &Visit, case: RightsCase, by: String, to: SealedFor, data: bool) -> Answer {
    let number = case.number;
    let who = by.clone();
    let made = on_a_thread(Arc::clone(&visit.site), async move |site| {
        subject_access::answer(&site.workspace, &case, &by, &to).await
    })
    .await??;
    let control = &visit.site.workspace.control;
    control
        .answer_rights_case(number, (&who, visit.now))
        .await?;
    let (body, ending) = if data {
        (made.data, "json")
    } else {
        (made.page, "html")
    };
    let name = format!("answer-{number}.{ending}.age");
    Ok(Visit::file("application/octet-stream", &name, body))
}
