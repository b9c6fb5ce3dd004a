//! Approving and signing (`/agreements/approvals`): a form names the digest of the text that its reader saw, and each
//! act is shown once more before it counts.

use super::{
    Answer, Fault, Visit, actor, document, holds, known, knows_all, may_know, one_line, questions,
    redirect, refused, waiting, waits_for,
};
use crate::desks::agreements::{AgreementBook, LifeRules};
use axum::{extract::Request, http::StatusCode};
use control::{ActKind, NewSignature, Stage, VersionLife};
use govern::{Agreement, agreement::clauses::Party};
use model::Date;
use pages::{
    AgreementQueueView, AgreementVersionView, CheckAnswersView, FieldError, FormField,
    FormPageView, Link, format,
};
use std::{collections::BTreeMap, sync::Arc};

type Fields = BTreeMap<String, String>;

/// The queue.
pub(super) async fn queue(visit: &Visit) -> Answer {
    let (book, rules) = known(visit).await?;
    let mut over = waiting(&book, &rules, &[Stage::Returned, Stage::Withdrawn]);
    over.truncate(20);
    let view = AgreementQueueView {
        to_approve: waiting(&book, &rules, &[Stage::Submitted]),
        to_sign: waiting(&book, &rules, &[Stage::Approved]),
        over,
    };
    Ok(Visit::page(&pages::agreement_queue(&visit.frame(), &view)))
}

/// A version on its way.
struct OnItsWay {
    book: Arc<AgreementBook>,
    rules: LifeRules,
    life: VersionLife,
    agreement: Agreement,
}

async fn asked(visit: &Visit, request: &mut Request) -> Result<OnItsWay, Fault> {
    let digest = visit.part(request, "digest").await?;
    let (book, rules) = known(visit).await?;
    let life = book.life(&digest).cloned().ok_or(Fault::NotFound)?;
    let agreement = book
        .by_digest(&digest)
        .filter(|a| may_know(visit, &rules, a))
        .ok_or(Fault::NotFound)?;
    Ok(OnItsWay {
        book,
        rules,
        life,
        agreement,
    })
}

/// What the reader may do with a version now, or why not.
fn open_acts(visit: &Visit, it: &OnItsWay) -> Result<(Vec<Act>, Option<String>), Fault> {
    let who = actor(visit)?;
    let approval = it.rules.approval();
    let later = it.book.later(&it.life);
    let mut open = Vec::new();
    let mut cannot = None;
    if holds(visit, &it.rules.approve) {
        match it.life.may_approve(&who, later, &approval) {
            Ok(()) => open.push(Act::Approve),
            Err(refusal) => cannot = Some(super::sentence(&refusal.to_string())),
        }
        if it.life.may_return(&who, later, &approval).is_ok() {
            open.push(Act::Return);
        }
    }
    if it.life.may_withdraw(&who, &approval).is_ok() {
        open.push(Act::Withdraw);
    }
    if it.life.stage(&approval) == Stage::Approved && !parties_to_sign(visit, it)?.is_empty() {
        open.push(Act::Sign);
        cannot = None;
    }
    Ok((open, cannot))
}

/// The parties whose signature the reader may put on record.
fn parties_to_sign<'a>(visit: &Visit, it: &'a OnItsWay) -> Result<Vec<&'a Party>, Fault> {
    let own = visit.organisation()?;
    let any = holds(visit, &it.rules.sign_for_others);
    let mine = holds(visit, &it.rules.sign);
    Ok(it
        .agreement
        .unsigned(Date::MAX)
        .into_iter()
        .filter(|party| any || (mine && party.organisation == *own))
        .collect())
}

/// What can be done with a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Approve,
    Return,
    Withdraw,
    Sign,
}

impl Act {
    const ALL: [Self; 4] = [Self::Approve, Self::Return, Self::Withdraw, Self::Sign];

    const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
            Self::Sign => "sign",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Approve => "Approve",
            Self::Return => "Send back",
            Self::Withdraw => "Take back",
            Self::Sign => "Put a signature on record",
        }
    }

    const fn kind(self) -> ActKind {
        match self {
            Self::Approve => ActKind::Approved,
            Self::Return => ActKind::Returned,
            Self::Withdraw => ActKind::Withdrawn,
            Self::Sign => ActKind::Signed,
        }
    }
}

/// The page of a version.
pub(super) async fn version(visit: &Visit, mut request: Request) -> Answer {
    let it = asked(visit, &mut request).await?;
    if visit.query("file").is_some() {
        let content = &visit.site.workspace.content;
        let text = it.book.text(content, &it.life.version.digest);
        return Ok(document::text_file(
            &it.agreement,
            text.ok_or(Fault::NotFound)?,
        ));
    }
    let version = &it.life.version;
    let here = format!("/agreements/approvals/{}", version.digest);
    let (open, cannot) = open_acts(visit, &it)?;
    let (compared_with, changes) = questions::changes_of(&it.book, version, &it.agreement);
    let view = AgreementVersionView {
        document: document::view(visit, &it.agreement),
        digest: version.digest.clone(),
        why: version.why.clone(),
        written: format!(
            "by {}, handed in on {}",
            version.writers.join(" and "),
            format::moment(version.at)
        ),
        compared_with,
        changes,
        acts: document::told(&it.life)
            .into_iter()
            .map(|(at, what)| (format::moment(at), what))
            .collect(),
        waits_for: super::sentence(&waits_for(&it.book, &it.rules, &it.life)),
        actions: open
            .iter()
            .map(|act| Link::new(act.title(), format!("{here}/{}", act.word())))
            .collect(),
        cannot,
        links: vec![Link::new(
            "The text as a file (TOML)",
            format!("{here}?file=toml"),
        )],
    };
    Ok(Visit::page(&pages::agreement_version(
        &visit.frame(),
        &view,
    )))
}

/// The act of an address, where it is open to the reader.
async fn acting(visit: &Visit, request: &mut Request) -> Result<(OnItsWay, Act), Fault> {
    let word = visit.part(request, "act").await?;
    let it = asked(visit, request).await?;
    let act = Act::ALL
        .into_iter()
        .find(|act| act.word() == word)
        .ok_or(Fault::NotFound)?;
    if !knows_all(visit, &it.rules) {
        return Err(Fault::NotFound);
    }
    Ok((it, act))
}

pub(super) async fn act(visit: &Visit, mut request: Request) -> Answer {
    let (it, act) = acting(visit, &mut request).await?;
    let (open, cannot) = open_acts(visit, &it)?;
    if !open.contains(&act) {
        let text = cannot.unwrap_or_else(|| "This cannot be done with it now.".to_owned());
        let view = pages::ForbiddenView {
            reason: text,
            clause: None,
            instead: Some("Go back to the version to see what it waits for.".to_owned()),
        };
        return Ok(Visit::page_with(
            StatusCode::CONFLICT,
            &pages::forbidden(&visit.frame(), &view),
        ));
    }
    form(visit, &it, act, &Fields::new(), Vec::new())
}

pub(super) async fn post_act(visit: &Visit, mut request: Request) -> Answer {
    let (it, act) = acting(visit, &mut request).await?;
    let fields = visit.form(request).await?;
    let digest = it.life.version.digest.clone();
    // The form carries the digest that its reader saw; the address alone would do, were it not for copied links.
    if fields.get("digest") != Some(&digest) {
        return Err(Fault::ForeignForm);
    }
    let said = match said(visit, &it, act, &fields) {
        Ok(said) => said,
        Err(errors) => return form(visit, &it, act, &fields, errors),
    };
    if !fields.contains_key("checked") {
        return Ok(checked(visit, &it, act, &said));
    }
    let who = actor(visit)?;
    let workspace = &visit.site.workspace;
    let done = match &said {
        Said::Words(words) => {
            workspace
                .judge_agreement(act.kind(), &who, &digest, words)
                .await?
        }
        Said::Signature(signature) => workspace.sign_agreement(&who, &digest, signature).await?,
    };
    match done {
        Ok(_) => redirect(&format!("/agreements/approvals/{digest}")),
        Err(refusal) => Ok(refused(visit, &refusal)),
    }
}

enum Said {
    Words(String),
    Signature(NewSignature),
}

fn said(visit: &Visit, it: &OnItsWay, act: Act, fields: &Fields) -> Result<Said, Vec<FieldError>> {
    let text = |name: &str| one_line(fields.get(name).map_or("", String::as_str));
    let mut errors = Vec::new();
    let mut needed = |name: &str, missing: &str| {
        let value = text(name);
        if value.is_empty() {
            errors.push(FieldError::new(name, missing));
        } else if value.chars().count() > 1_000 {
            errors.push(FieldError::new(name, "Use 1,000 characters or fewer."));
        }
        value
    };
    if act != Act::Sign {
        let words = match act {
            Act::Approve => text("words"),
            _ => needed("words", "Say why, so that its writers know what to change."),
        };
        if words.chars().count() > 1_000 {
            errors.push(FieldError::new("words", "Use 1,000 characters or fewer."));
        }
        return if errors.is_empty() {
            Ok(Said::Words(words))
        } else {
            Err(errors)
        };
    }
    let party = needed("party", "Choose the party that has signed.");
    let name = needed("name", "Write who signed for it.");
    let role = needed("role", "Write as what they signed.");
    let evidence = needed("evidence", "Say where the signed letter lies.");
    let day = day_in(fields, "day");
    match day {
        None => errors.push(FieldError::new(
            "day",
            "Write the day on which it was signed.",
        )),
        Some(day) if day > visit.today() => {
            errors.push(FieldError::new(
                "day",
                "The day of a signature cannot lie ahead.",
            ));
        }
        Some(_) => {}
    }
    let mine = parties_to_sign(visit, it).unwrap_or_default();
    if !party.is_empty() && mine.iter().all(|p| p.organisation.as_str() != party) {
        errors.push(FieldError::new(
            "party",
            "Choose a party from the list: the others have signed, or sign by themselves.",
        ));
    }
    match day {
        Some(day) if errors.is_empty() => Ok(Said::Signature(NewSignature {
            party,
            name,
            role,
            day,
            evidence,
        })),
        _ => Err(errors),
    }
}

/// The day of three fields.
pub(in crate::routes) fn day_in(fields: &Fields, name: &str) -> Option<Date> {
    let part = |ending: &str| -> Option<u32> {
        fields.get(&format!("{name}-{ending}"))?.trim().parse().ok()
    };
    let year = i32::try_from(part("year")?).ok().filter(|y| *y > 1900)?;
    Date::from_ymd_opt(year, part("month")?, part("day")?)
}

/// The three fields of a day, as they were typed.
pub(in crate::routes) fn typed_day(fields: &Fields, name: &str) -> [String; 3] {
    ["day", "month", "year"].map(|ending| {
        fields
            .get(&format!("{name}-{ending}"))
            .cloned()
            .unwrap_or_default()
    })
}

fn form(
    visit: &Visit,
    it: &OnItsWay,
    act: Act,
    fields: &Fields,
    errors: Vec<FieldError>,
) -> Answer {
    let here = format!("/agreements/approvals/{}", it.life.version.digest);
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let asked = match act {
        Act::Sign => sign_fields(visit, it, fields)?,
        _ => vec![FormField::Area {
            name: "words".to_owned(),
            label: match act {
                Act::Approve => "A remark for the record (optional)",
                Act::Return => "Why it goes back",
                _ => "Why you take it back",
            }
            .to_owned(),
            hint: "Everyone who knows the agreement can read it. Write nothing about people who receive care."
                .to_owned(),
            value: typed("words"),
            rows: 4,
            code: false,
        }],
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let view = FormPageView {
        heading: act.title().to_owned(),
        caption: caption(it),
        lede: vec![it.agreement.sentence()],
        action: format!("{here}/{}", act.word()),
        csrf: visit.csrf(),
        hidden: vec![("digest".to_owned(), it.life.version.digest.clone())],
        fields: asked,
        button: "Go on".to_owned(),
        back: Link::new("Go back to the version", here.as_str()),
        parents: above(it),
        errors,
        ..FormPageView::default()
    };
    Ok(Visit::page_with(
        status,
        &pages::form_page(&visit.frame(), &view),
    ))
}

fn sign_fields(visit: &Visit, it: &OnItsWay, fields: &Fields) -> Result<Vec<FormField>, Fault> {
    let typed = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let line = |name: &str, label: &str, hint: &str| FormField::Line {
        name: name.to_owned(),
        label: label.to_owned(),
        hint: hint.to_owned(),
        value: typed(name),
    };
    let parties = parties_to_sign(visit, it)?;
    let items: Vec<(String, String, String)> = parties
        .iter()
        .map(|p| (p.organisation.to_string(), p.name.clone(), String::new()))
        .collect();
    let only = items.first().filter(|_| items.len() == 1);
    let value = only.map_or_else(|| typed("party"), |(code, ..)| code.clone());
    Ok(vec![
        FormField::One {
            name: "party".to_owned(),
            label: "Which party has signed?".to_owned(),
            hint: String::new(),
            items,
            value,
        },
        line("name", "Who signed for it", "Their full name"),
        line("role", "As what", "For example, Caldicott Guardian"),
        FormField::Day {
            name: "day".to_owned(),
            label: "When was it signed?".to_owned(),
            hint: "For example, 31 3 2026".to_owned(),
            value: typed_day(fields, "day"),
        },
        line(
            "evidence",
            "Where the evidence lies",
            "For example, the signed letter of 31 March in folder 12",
        ),
    ])
}

fn checked(visit: &Visit, it: &OnItsWay, act: Act, said: &Said) -> axum::response::Response {
    let version = &it.life.version;
    let here = format!("/agreements/approvals/{}", version.digest);
    let mut answers = vec![(
        "Agreement".to_owned(),
        format!(
            "{} version {}: {}",
            version.reference, version.version, it.agreement.title
        ),
    )];
    let mut hidden = vec![("digest".to_owned(), version.digest.clone())];
    let mut add = |shown: &str, name: &str, value: &str| {
        if !value.is_empty() {
            answers.push((shown.to_owned(), value.to_owned()));
        }
        hidden.push((name.to_owned(), value.to_owned()));
    };
    match said {
        Said::Words(words) => add("Your words", "words", words),
        Said::Signature(s) => {
            add("Party", "party", &s.party);
            add("Signed by", "name", &s.name);
            add("As", "role", &s.role);
            add("Evidence", "evidence", &s.evidence);
            answers.push(("On".to_owned(), format::date(s.day)));
            for (ending, pattern) in [("day", "%-d"), ("month", "%-m"), ("year", "%Y")] {
                hidden.push((format!("day-{ending}"), s.day.format(pattern).to_string()));
            }
        }
    }
    answers.push(("Digest of the text".to_owned(), version.digest.clone()));
    let view = CheckAnswersView {
        heading: match act {
            Act::Approve => "Check before you approve",
            Act::Return => "Check before you send it back",
            Act::Withdraw => "Check before you take it back",
            Act::Sign => "Check the signature",
        }
        .to_owned(),
        caption: caption(it),
        lede: vec![
            "This cannot be undone. It is kept with your name and role, and in the audit log."
                .to_owned(),
        ],
        beware: None,
        answers,
        action: format!("{here}/{}", act.word()),
        csrf: visit.csrf(),
        hidden,
        button: act.title().to_owned(),
        stops: matches!(act, Act::Return | Act::Withdraw),
        back: Link::new("Go back to the version", here.as_str()),
        parents: above(it),
    };
    Visit::page(&pages::check_answers(&visit.frame(), &view))
}

fn caption(it: &OnItsWay) -> String {
    let version = &it.life.version;
    format!("{}, version {}", version.reference, version.version)
}

fn above(it: &OnItsWay) -> Vec<Link> {
    vec![
        Link::new("Agreements", "/agreements"),
        Link::new("Approvals and signatures", "/agreements/approvals"),
        Link::new(
            caption(it),
            format!("/agreements/approvals/{}", it.life.version.digest),
        ),
    ]
}
