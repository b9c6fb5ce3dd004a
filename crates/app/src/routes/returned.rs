//! What tracing found about a sender's records: a page, files, and the sender's decisions. For the organisation that
//! sent the file and nobody else; the regional team sees counts and reasons.
//!
//! Every look is in the audit log before it is answered. No value is in an address or in a log.

mod decide;
mod files;
mod overview;

use super::{Answer, ask::person, fault::Fault, submissions::find, visit::Visit};
use crate::desks::{FoundRow, MOST_FINDINGS};
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use chrono::{DateTime, Utc};
use control::{ReturnedDecision, Role, SubmissionRecord, SubmissionState};
use govern::{Digest, EntryBody, Kind, ObjectKind, Outcome, agreement::clauses::Identifiability};
use link::About;
use model::Date;
use pages::{
    FieldError, Link, Paging, ReturnCount, ReturnDecision, ReturnKind, ReturnRow, ReturnedView,
    TypedDecision, format,
};
use std::collections::BTreeMap;

pub(super) use decide::{Decided, decide, unfit};
pub(super) use files::{csv_of, workbook_of};
pub(super) use overview::overview;

const PER_PAGE: usize = 50;

/// A finding with what the sender decided about it.
pub(super) struct Finding {
    pub(super) row: FoundRow,
    pub(super) kind: ReturnKind,
    /// The step in words.
    pub(super) why: String,
    pub(super) decision: Option<ReturnedDecision>,
}

/// What is told about a submission.
pub(super) struct Told {
    pub(super) traced_at: DateTime<Utc>,
    pub(super) findings: Vec<Finding>,
    /// What is not told, with counts.
    pub(super) withheld: Withheld,
}

/// What is not told, as counts.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(super) struct Withheld {
    /// Findings: the link is not sure enough, or the index does not let us tell.
    pub(super) held_back: u64,
    /// Records: several people of the index are alike.
    pub(super) several: u64,
    /// Records: nobody was found.
    pub(super) not_found: u64,
    /// Numbers that the sender rejected before.
    pub(super) rejected_before: u64,
    /// Whether there are more findings than are told at once.
    pub(super) cut: bool,
}

impl Finding {
    pub(super) fn waits(&self) -> bool {
        self.decision.is_none()
    }

    /// The confidence, from 0 to 100.
    pub(super) fn confidence(&self) -> f64 {
        self.row.confidence * 100.0
    }
}

/// The submission of the path, where it is the reader's own and counts.
pub(super) async fn own(visit: &Visit, request: &mut Request) -> Result<SubmissionRecord, Fault> {
    let record = find(visit, request).await?;
    let owner = visit.role() == Some(Role::Submitter) && *visit.organisation()? == record.sender;
    if !owner || record.state != SubmissionState::Landed {
        return Err(Fault::NotFound);
    }
    Ok(record)
}

/// What is told about a submission; `None` where it was not traced yet.
pub(super) async fn gather(
    visit: &Visit,
    record: &SubmissionRecord,
) -> Result<Option<Told>, Fault> {
    let site = &visit.site;
    let Some(dataset) = site.datasets.get(&record.dataset) else {
        return Ok(None);
    };
    let (model, settings) = (&site.linkage, &site.returning);
    let found = {
        let _turn = site.asking.acquire().await?;
        let desk = site.workspace.identified()?;
        desk.found_for_sender(record, &dataset.table, model, settings)
            .await?
    };
    let Some(found) = found else {
        return Ok(None);
    };
    let control = &site.workspace.control;
    let mut decisions = control.returned_decisions(&record.sender).await?;
    let mut withheld = Withheld {
        held_back: found.held_back,
        several: found.several,
        not_found: found.not_found,
        rejected_before: 0,
        cut: found.cut,
    };
    let mut findings = Vec::new();
    for row in found.findings {
        let decision = decisions.remove(&row.token);
        let of_earlier = decision
            .as_ref()
            .is_some_and(|d| !d.accepted && d.submission != record.id);
        if row.about == About::Number && of_earlier {
            withheld.rejected_before += 1;
            continue;
        }
        findings.push(Finding {
            kind: kind_of(&row),
            why: settings.why(model, &row.pass).to_owned(),
            decision,
            row,
        });
    }
    Ok(Some(Told {
        traced_at: found.traced_at,
        findings,
        withheld,
    }))
}

/// Writes a look down, before anything is shown.
pub(super) async fn keep_look(
    visit: &Visit,
    record: &SubmissionRecord,
    shown: usize,
) -> Result<(), Fault> {
    // What tracing found are numbers of people: the session reads nothing under pseudonyms any more.
    person(visit)?
        .opens_class(&visit.site.workspace, Identifiability::PersonalConfidential)
        .await?;
    visit
        .keep(entry(
            visit,
            record,
            Kind::PageServed,
            shown,
            "what tracing found",
        )?)
        .await
}

fn entry(
    visit: &Visit,
    record: &SubmissionRecord,
    kind: Kind,
    rows: usize,
    what: &str,
) -> Result<EntryBody, Fault> {
    let by = &visit.session()?.username;
    let mut entry = EntryBody::new(visit.now, kind, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Submission);
    entry.object_digest = Digest::parse(&record.sha256).ok();
    entry.rows = u64::try_from(rows).ok();
    entry.reason = Some(what.to_owned());
    Ok(entry)
}

pub(super) async fn page(visit: &Visit, mut request: Request) -> Answer {
    let record = own(visit, &mut request).await?;
    let told = gather(visit, &record).await?;
    shown(visit, &record, told, StatusCode::OK, Vec::new(), None).await
}

pub(super) async fn post(visit: &Visit, mut request: Request) -> Answer {
    // The form before anything else, so that one that is not ours tells nothing of what there is.
    let record = own(visit, &mut request).await;
    let fields = visit.form(request).await?;
    let record = record?;
    let Some(told) = gather(visit, &record).await? else {
        return Err(Fault::NotFound);
    };
    let wrong = match fields.get("all") {
        Some(kind) => accept_all(visit, &record, &told, kind, &fields).await?,
        None => decide_one(visit, &record, &told, &fields).await?,
    };
    let Some((errors, typed)) = wrong else {
        let to = format!("{}&done=1", here(visit, &record));
        return Ok(Redirect::to(&to).into_response());
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    shown(visit, &record, Some(told), status, errors, typed).await
}

/// What is wrong with a form, and what was typed into it.
type Wrong = Option<(Vec<FieldError>, Option<TypedDecision>)>;

async fn decide_one(
    visit: &Visit,
    record: &SubmissionRecord,
    told: &Told,
    fields: &BTreeMap<String, String>,
) -> Result<Wrong, Fault> {
    let field = |name: &str| fields.get(name).map_or("", String::as_str).trim();
    let id = field("found");
    let finding = told
        .findings
        .iter()
        .find(|f| f.row.token == id)
        .ok_or(Fault::NotFound)?;
    let accepted = match field("decision") {
        "accept" => Some(true),
        "reject" => Some(false),
        _ => None,
    };
    let why = field("why");
    let mut errors = Vec::new();
    if accepted.is_none() {
        errors.push(FieldError::new(
            format!("decision-{id}"),
            "Choose accept or reject.",
        ));
    }
    if let Some(unfit) = unfit(why, accepted == Some(false), finding) {
        errors.push(FieldError::new(format!("why-{id}"), unfit.words()));
    }
    let (Some(accepted), true) = (accepted, errors.is_empty()) else {
        let typed = TypedDecision {
            id: id.to_owned(),
            decision: field("decision").to_owned(),
            why: why.to_owned(),
        };
        return Ok(Some((errors, Some(typed))));
    };
    let decided = [Decided {
        finding,
        accepted,
        why: why.to_owned(),
    }];
    decide(visit, record, &decided).await?;
    Ok(None)
}

/// All that wait of one kind, if they are as many as the sender has seen.
async fn accept_all(
    visit: &Visit,
    record: &SubmissionRecord,
    told: &Told,
    kind: &str,
    fields: &BTreeMap<String, String>,
) -> Result<Wrong, Fault> {
    let kind = kind_named(kind).ok_or(Fault::NotFound)?;
    let waiting: Vec<&Finding> = told
        .findings
        .iter()
        .filter(|f| f.kind == kind && f.waits())
        .collect();
    // The second click of two finds nothing left to do.
    if waiting.is_empty() {
        return Ok(None);
    }
    let said = |text: &str| Ok(Some((vec![FieldError::new("checked", text)], None)));
    if fields.get("checked").map(String::as_str) != Some("yes") {
        return said("Tick the box to say that you have checked them all.");
    }
    if fields.get("seen").map(String::as_str) != Some(waiting.len().to_string().as_str()) {
        return said("There are not as many as when you looked. Check them again.");
    }
    let decided: Vec<Decided<'_>> = waiting
        .into_iter()
        .map(|finding| Decided {
            finding,
            accepted: true,
            why: String::new(),
        })
        .collect();
    decide(visit, record, &decided).await?;
    Ok(None)
}

pub(super) async fn csv(visit: &Visit, mut request: Request) -> Answer {
    let record = own(visit, &mut request).await?;
    let told = whole(visit, &record).await?;
    let body = csv_of(told.as_ref())?;
    let name = format!("{}-returned.csv", record.id);
    Ok(Visit::file("text/csv; charset=utf-8", &name, body))
}

pub(super) async fn xlsx(visit: &Visit, mut request: Request) -> Answer {
    let record = own(visit, &mut request).await?;
    let told = whole(visit, &record).await?;
    let body = workbook_of(visit, &record, told.as_ref())?;
    let name = format!("{}-returned.xlsx", record.id);
    Ok(Visit::file(super::sheets::KIND, &name, body))
}

/// Everything that is told, with the look written down.
pub(super) async fn whole(visit: &Visit, record: &SubmissionRecord) -> Result<Option<Told>, Fault> {
    let told = gather(visit, record).await?;
    let shown = told.as_ref().map_or(0, |t| t.findings.len());
    keep_look(visit, record, shown).await?;
    Ok(told)
}

/// The address of what the reader looks at, with the kind and the page.
fn here(visit: &Visit, record: &SubmissionRecord) -> String {
    let kind = kind_asked(visit).map_or("", ReturnKind::value);
    format!(
        "/submissions/{}/returned?kind={kind}&page={}",
        record.id,
        visit.page_number()
    )
}

fn kind_asked(visit: &Visit) -> Option<ReturnKind> {
    visit.query("kind").and_then(kind_named)
}

pub(super) fn kind_named(word: &str) -> Option<ReturnKind> {
    ReturnKind::ALL.into_iter().find(|k| k.value() == word)
}

async fn shown(
    visit: &Visit,
    record: &SubmissionRecord,
    told: Option<Told>,
    status: StatusCode,
    errors: Vec<FieldError>,
    typed: Option<TypedDecision>,
) -> Answer {
    let only = kind_asked(visit);
    let of_kind: Vec<&Finding> = told
        .iter()
        .flat_map(|t| &t.findings)
        .filter(|f| only.is_none_or(|kind| f.kind == kind))
        .collect();
    let page = visit.page_number();
    let skip = usize::try_from(page - 1)
        .unwrap_or(usize::MAX)
        .saturating_mul(PER_PAGE);
    let lines: Vec<&Finding> = of_kind.iter().skip(skip).take(PER_PAGE).copied().collect();
    keep_look(visit, record, lines.len()).await?;
    let names = names(visit, &lines).await?;
    let base = format!("/submissions/{}/returned", record.id);
    let waiting = of_kind.iter().filter(|f| f.waits()).count();
    let kind = only.map_or("", ReturnKind::value);
    let view = ReturnedView {
        csrf: visit.csrf(),
        action: here(visit, record),
        result_href: format!("/submissions/{}", record.id),
        sender: visit.site.name_of(&record.sender),
        traced_at: told.as_ref().map(|t| t.traced_at),
        notice: visit
            .query("done")
            .filter(|_| errors.is_empty())
            .map(|_| "Your decision is kept.".to_owned()),
        counts: told.as_ref().map(|t| counts(t, &base)).unwrap_or_default(),
        only,
        all_href: base.clone(),
        rows: lines.iter().map(|f| line(f, &names)).collect(),
        paging: Some(Paging {
            page,
            pages: u64::try_from(of_kind.len().div_ceil(PER_PAGE))
                .unwrap_or(1)
                .max(1),
            href: format!("{base}?kind={kind}&page="),
        }),
        downloads: if told.as_ref().is_some_and(|t| !t.findings.is_empty()) {
            vec![
                Link::new("Everything as CSV", format!("{base}.csv")),
                Link::new("Everything as Excel", format!("{base}.xlsx")),
            ]
        } else {
            Vec::new()
        },
        withheld: told
            .as_ref()
            .map(|t| in_sentences(&t.withheld))
            .unwrap_or_default(),
        accept_all: (only.is_some() && waiting > 0)
            .then(|| u64::try_from(waiting).unwrap_or(u64::MAX)),
        typed,
        errors,
    };
    Ok(Visit::page_with(
        status,
        &pages::returned(&visit.frame(), &view),
    ))
}

fn counts(told: &Told, base: &str) -> Vec<(ReturnCount, String)> {
    ReturnKind::ALL
        .into_iter()
        .filter_map(|kind| {
            let mut count = ReturnCount {
                kind,
                found: 0,
                accepted: 0,
                rejected: 0,
            };
            for finding in told.findings.iter().filter(|f| f.kind == kind) {
                count.found += 1;
                match &finding.decision {
                    Some(decision) if decision.accepted => count.accepted += 1,
                    Some(_) => count.rejected += 1,
                    None => {}
                }
            }
            (count.found > 0).then(|| (count, format!("{base}?kind={}", kind.value())))
        })
        .collect()
}

/// What is not told, for the sender.
pub(super) fn in_sentences(withheld: &Withheld) -> Vec<String> {
    let line = |number: u64, one: &str, many: &str, why: &str| {
        (number > 0).then(|| format!("{}: {why}", format::counted(number, one, many)))
    };
    let mut lines: Vec<String> = [
        line(
            withheld.held_back,
            "finding",
            "findings",
            "the link is not sure enough, or the index does not let us tell.",
        ),
        line(
            withheld.several,
            "record",
            "records",
            "several people of the index are alike, so nothing is told of any of them.",
        ),
        line(
            withheld.not_found,
            "record",
            "records",
            "nobody was found in the index.",
        ),
        line(
            withheld.rejected_before,
            "NHS number",
            "NHS numbers",
            "you rejected it before. To change that, go to the file where you did.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if withheld.cut {
        lines.push(format!(
            "There are more than {} findings. The rest shows once these are corrected.",
            format::count(MOST_FINDINGS)
        ));
    }
    lines
}

fn kind_of(row: &FoundRow) -> ReturnKind {
    let has_number = row
        .yours
        .as_ref()
        .is_some_and(|yours| link::nhs_number_key(yours.reveal()).is_some());
    match row.about {
        About::Number if has_number => ReturnKind::NumberDiffers,
        About::Number => ReturnKind::NumberFound,
        About::Name => ReturnKind::Name,
        About::BirthDate => ReturnKind::BirthDate,
        About::Practice => ReturnKind::Practice,
        About::Death => ReturnKind::Death,
    }
}

/// A finding on its sender's own page.
fn line(finding: &Finding, names: &BTreeMap<String, String>) -> ReturnRow {
    let row = &finding.row;
    let readable = |value: &model::Identifying<String>| readable(row.about, value.reveal());
    ReturnRow {
        id: row.token.clone(),
        row: row.row,
        rows: row.rows,
        reference: row.reference.reveal().clone(),
        kind: finding.kind,
        yours: row.yours.as_ref().map(readable),
        found: readable(&row.found),
        confidence: finding.confidence(),
        step: finding.why.clone(),
        decision: finding.decision.as_ref().map(|d| ReturnDecision {
            accepted: d.accepted,
            why: d.why.clone(),
            by: names.get(&d.by).unwrap_or(&d.by).clone(),
            at: d.at,
        }),
    }
}

/// Days and numbers as people read them.
fn readable(about: About, value: &str) -> String {
    match about {
        About::BirthDate | About::Death => value
            .parse::<Date>()
            .map_or_else(|_| value.to_owned(), format::date),
        About::Number => match (value.get(..3), value.get(3..6), value.get(6..)) {
            (Some(a), Some(b), Some(c))
                if value.len() == 10 && value.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                format!("{a} {b} {c}")
            }
            _ => value.to_owned(),
        },
        About::Name | About::Practice => value.to_owned(),
    }
}

/// What those who decided are called.
async fn names(visit: &Visit, lines: &[&Finding]) -> Result<BTreeMap<String, String>, Fault> {
    let mut names = BTreeMap::new();
    for decision in lines.iter().filter_map(|f| f.decision.as_ref()) {
        if names.contains_key(&decision.by) {
            continue;
        }
        let account = visit.site.workspace.control.account(&decision.by).await?;
        let name = account.map_or_else(|| decision.by.clone(), |a| a.display_name);
        names.insert(decision.by.clone(), name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_numbers_are_written_as_people_read_them() {
        for (about, value, expected) in [
            (About::Number, "9990000018", "999 000 0018"),
            (About::Number, "999 000 0018", "999 000 0018"),
            (About::Number, "not kn\u{f6}wn", "not kn\u{f6}wn"),
            (About::BirthDate, "1949-12-25", "25 December 1949"),
            (About::Death, "soon", "soon"),
            (About::Name, "Ada Thornby", "Ada Thornby"),
        ] {
            assert_eq!(readable(about, value), expected);
        }
    }
}
