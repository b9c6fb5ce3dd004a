//! Releases: making one from an answer, the list, and one of them as a page, as CSV and as a picture.

pub(super) mod decide;
mod figures;
pub(super) mod recall;

use super::{
    Answer,
    agreements::{may_know_of, rule_set_title},
    ask::{No, person, refused, sentence},
    fault::Fault,
    site::Kept,
    visit::Visit,
};
use crate::journey;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use control::{ReleaseRecord, ReleaseState, Role, SuspendedKind};
use govern::{
    Agreement, DecideError, Digest, EntryBody, Kind, LeavingFacts, ObjectKind, Outcome, Refusal,
    agreement::clauses::FileKind, decide_leaving,
};
use pages::{
    FieldError, ForbiddenView, Link, ReleaseNewView, ReleaseRow, ReleaseView, ReleasesView,
    RuleSetChoice,
};
use release::{PublishedTable, ReleaseRefusal};

const LONGEST_TITLE: usize = 200;

pub(super) async fn new(visit: &Visit) -> Answer {
    let kept = question(visit, visit.query("question").unwrap_or_default())?;
    form(visit, StatusCode::OK, &kept, ReleaseNewView::default()).await
}

pub(super) async fn post(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let value = |name: &str| {
        fields
            .get(name)
            .map(|v| v.trim().to_owned())
            .unwrap_or_default()
    };
    let mut kept = question(visit, &value("question"))?;
    // What is known of the person may have changed since they asked.
    kept.question.person = person(visit)?;
    let title = value("title");
    let chosen = value("rule_set");
    let mut errors = Vec::new();
    if title.is_empty() || title.chars().count() > LONGEST_TITLE {
        errors.push(FieldError::new(
            "title",
            format!("Say what the table is called, in at most {LONGEST_TITLE} characters."),
        ));
    }
    if rule_set(visit, &kept).await? != chosen {
        errors.push(FieldError::new(
            "rule_set",
            "Choose the rules that the agreement asks for.",
        ));
    }
    let view = ReleaseNewView {
        title: title.clone(),
        errors,
        ..ReleaseNewView::default()
    };
    if !view.errors.is_empty() {
        return form(visit, StatusCode::UNPROCESSABLE_ENTITY, &kept, view).await;
    }
    let _turn = visit.site.asking.acquire().await?;
    let desk = visit.site.workspace.analysis()?;
    let fault = match journey::answer(&desk, &kept.question, &title).await {
        Ok(released) => {
            return Ok(Redirect::to(&format!("/releases/{}", released.id)).into_response());
        }
        Err(fault) => fault,
    };
    let refusal = if let Some(refusal) = fault.downcast_ref::<ReleaseRefusal>() {
        let reasons: Vec<String> = refusal
            .reasons
            .iter()
            .map(|r| sentence(&r.to_string()))
            .collect();
        (
            reasons.join(" "),
            format!(
                "the rules of disclosure, set {}",
                rule_set(visit, &kept).await?
            ),
        )
    } else {
        match refused(fault)? {
            No::Agreement { says, clause, next } => (
                format!("{says} {next}"),
                format!("agreement {}, clause {clause}", kept.question.agreement),
            ),
            No::Question(words) => (words, "the question itself".to_owned()),
        }
    };
    form(
        visit,
        StatusCode::FORBIDDEN,
        &kept,
        ReleaseNewView {
            refusal: Some(refusal),
            ..view
        },
    )
    .await
}

pub(super) async fn page(visit: &Visit) -> Answer {
    let records = known(visit, visit.site.workspace.control.all_releases().await?).await?;
    let checks = visit.role() == Some(Role::Checker);
    let waits = |r: &ReleaseRecord| checks && r.state == ReleaseState::InReview;
    let row = |r: &ReleaseRecord| ReleaseRow {
        href: if recalls(visit) {
            format!("/releases/{}/recall", r.id)
        } else if waits(r) {
            format!("/releases/{}/decide", r.id)
        } else {
            format!("/releases/{}", r.id)
        },
        title: if waits(r) { r.title.clone() } else { titled(r) },
        agreement: r.agreement.clone(),
        rule_set: rule_set_title(visit, &r.rule_set),
        released_at: r.created_at,
    };
    let view = ReleasesView {
        // What waits longest comes first.
        waiting: records.iter().rev().filter(|r| waits(r)).map(row).collect(),
        releases: records.iter().filter(|r| !waits(r)).map(row).collect(),
    };
    Ok(Visit::page(&pages::releases(&visit.frame(), &view)))
}

pub(super) async fn release(visit: &Visit, mut request: Request) -> Answer {
    let asked = visit.part(&mut request, "id").await?;
    let (id, ending) = visit.without_ending(&asked);
    let record = visit.site.workspace.control.any_release(id).await?;
    let record = known(visit, record.into_iter().collect())
        .await?
        .pop()
        .ok_or(Fault::NotFound)?;
    if record.state == ReleaseState::Withdrawn {
        let mut entry = shown(visit, &record)?;
        entry.kind = Kind::AccessRefused;
        entry.outcome = Outcome::Refused;
        if !ending.is_empty() {
            entry.reason = Some(format!("release {} {ending}", record.id));
        }
        visit.keep(entry).await?;
        return recall::gone(visit, &record, agreement_link(visit, &record).await?).await;
    }
    let control = &visit.site.workspace.control;
    if let Some(stopped) = control
        .suspension_of(SuspendedKind::Release, &record.id)
        .await?
    {
        let view = ForbiddenView {
            reason: format!("This release is suspended: {}", stopped.reason),
            clause: None,
            instead: Some("It can be read again once the suspension is lifted.".to_owned()),
        };
        return Ok(Visit::page_with(
            StatusCode::FORBIDDEN,
            &pages::forbidden(&visit.frame(), &view),
        ));
    }
    if record.state != ReleaseState::Released && !ending.is_empty() {
        let mut entry = shown(visit, &record)?;
        entry.kind = Kind::AccessRefused;
        entry.outcome = Outcome::Refused;
        entry.reason = Some(format!("release {} {ending}", record.id));
        visit.keep(entry).await?;
        let view = ForbiddenView {
            reason: "No file of this table may leave: a checker has not let it out.".to_owned(),
            clause: None,
            instead: Some("Its page shows where it stands.".to_owned()),
        };
        return Ok(Visit::page_with(
            StatusCode::FORBIDDEN,
            &pages::forbidden(&visit.frame(), &view),
        ));
    }
    let table = PublishedTable::from_json(&record.table_json)?;
    let agreements = visit.site.workspace.agreements().await?;
    let agreement = agreements.get(&record.agreement);
    match (kind_of(ending), agreement) {
        (None, _) => visit.keep(shown(visit, &record)?).await?,
        (Some(_), None) => return Err(Fault::NotFound),
        (Some(kind), Some(agreement)) => {
            if let Some(refusal) = leaves(visit, agreement, &record, kind)? {
                let view = ForbiddenView {
                    reason: refusal.says().to_owned(),
                    clause: Some(format!(
                        "agreement {}, clause {}",
                        record.agreement,
                        refusal.clause()
                    )),
                    instead: Some(refusal.next().to_owned()),
                };
                return Ok(Visit::page_with(
                    StatusCode::FORBIDDEN,
                    &pages::forbidden(&visit.frame(), &view),
                ));
            }
        }
    }
    let (chart, map) = figures::of(visit, &record, &table);
    match ending {
        "" => {
            let view = view(visit, &record, &table, chart, map).await?;
            Ok(Visit::page(&pages::release(&visit.frame(), &view)))
        }
        // The mark by which spreadsheets know UTF-8.
        ".csv" => Ok(Visit::file(
            "text/csv; charset=utf-8",
            &asked,
            format!("\u{feff}{}", table.csv()),
        )),
        ".svg" => {
            let width = pages::drawing::Width::Wide;
            let picture = match (&map, &chart) {
                (Some(map), _) => pages::map::picture(&map.map, &map.outlines, width),
                (None, Some(chart)) => pages::chart::picture(chart, width),
                (None, None) => return Err(Fault::NotFound),
            };
            Ok(Visit::file("image/svg+xml", &asked, picture.0))
        }
        _ => Err(Fault::NotFound),
    }
}

/// The kind of file that an ending asks for; the page itself is none.
fn kind_of(ending: &str) -> Option<FileKind> {
    let ending = ending.strip_prefix('.')?;
    let mut all = FileKind::ALL.iter().copied();
    all.find(|kind| kind.code() == ending)
}

/// Decides whether a release may leave as a file. What is handed out is in the log first; the entry of the release under
/// the same digest has its decision.
fn leaves(
    visit: &Visit,
    agreement: &Agreement,
    record: &ReleaseRecord,
    kind: FileKind,
) -> Result<Option<Refusal>, Fault> {
    let w = &visit.site.workspace;
    let facts = LeavingFacts {
        who: person(visit)?.asker(),
        agreement: record.agreement.clone(),
        purpose: record.purpose.clone(),
        kind,
    };
    let told = format!("release {} .{}", record.id, kind.code());
    let release = (Digest::of(&record.table_json), told);
    match decide_leaving(
        w.audit.as_ref(),
        agreement,
        &w.policies,
        &facts,
        release,
        visit.now,
    ) {
        Ok(()) => Ok(None),
        Err(DecideError::Refused(refusal)) => Ok(Some(refusal)),
        Err(fault) => Err(fault.into()),
    }
}

/// That a release was shown as a page.
fn shown(visit: &Visit, record: &ReleaseRecord) -> Result<EntryBody, Fault> {
    let username = &visit.session()?.username;
    let mut entry = EntryBody::new(visit.now, Kind::Exported, username, Outcome::Done);
    entry.agreement = Some(record.agreement.clone());
    entry.agreement_version = Some(record.agreement_version.clone());
    entry.purpose = Some(record.purpose.clone());
    entry.object_kind = Some(ObjectKind::Release);
    entry.object_digest = Some(Digest::of(&record.table_json));
    entry.reason = Some(format!("release {} as a page", record.id));
    Ok(entry)
}

async fn view(
    visit: &Visit,
    record: &ReleaseRecord,
    table: &PublishedTable,
    chart: Option<pages::chart::Chart>,
    map: Option<pages::MapView>,
) -> Result<ReleaseView, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let agreement = agreements.get(&record.agreement);
    let control = &visit.site.workspace.control;
    let rests_on = control.release_bases().await?;
    let basis = rests_on.into_iter().find(|one| one.release == record.id);
    let purpose = agreement
        .and_then(|a| a.purposes.iter().find(|p| p.code.code() == record.purpose))
        .map_or(record.purpose.as_str(), |p| p.code.words());
    let href = format!("/releases/{}", record.id);
    let left = record.state == ReleaseState::Released;
    let lets = |kind| left && agreement.is_some_and(|a| a.outputs.file_kinds.contains(&kind));
    let mut downloads = Vec::new();
    if lets(FileKind::Csv) {
        downloads.push(Link::new("This table as CSV", format!("{href}.csv")));
    }
    if lets(FileKind::Svg) && (chart.is_some() || map.is_some()) {
        downloads.push(Link::new("The picture as SVG", format!("{href}.svg")));
    }
    let labels = table.dimensions.iter().map(|d| (d.title.clone(), false));
    Ok(ReleaseView {
        id: record.id.clone(),
        title: titled(record),
        released_at: record.created_at,
        agreement: agreement_link(visit, record).await?,
        waits: record.state == ReleaseState::InReview,
        held_because: basis.map(|basis| basis.held_because).unwrap_or_default(),
        purpose: sentence(purpose),
        rule_set: table.rule_set.title.clone(),
        rules: table
            .notes
            .iter()
            .filter(|n| n.symbol.is_none())
            .map(|n| n.text.clone())
            .collect(),
        // No rule set protects hidden numbers from being worked out from the rest.
        complementary_suppression: false,
        columns: labels
            .chain(table.columns.iter().map(|c| (c.title.clone(), true)))
            .collect(),
        rows: table
            .rows
            .iter()
            .map(|row| {
                let labels = row
                    .labels
                    .iter()
                    .map(|l| l.clone().unwrap_or_else(|| "Total".to_owned()));
                labels
                    .chain(row.cells.iter().map(release::Cell::words))
                    .collect()
            })
            .collect(),
        notes: figures::notes(table),
        chart,
        map,
        downloads,
        birth_certificate: vec![
            ("Source".to_owned(), table.source.clone()),
            (
                "Agreement".to_owned(),
                format!("{} version {}", record.agreement, record.agreement_version),
            ),
            ("Purpose".to_owned(), record.purpose.clone()),
            (
                "Rule set".to_owned(),
                format!(
                    "{} version {}; {}",
                    record.rule_set, table.rule_set.version, table.rule_set.source
                ),
            ),
            ("Made by".to_owned(), record.created_by.clone()),
            (
                "Made at".to_owned(),
                pages::format::moment(record.created_at),
            ),
            (
                "Fingerprint of the table (SHA-256)".to_owned(),
                record.digest.clone(),
            ),
        ],
    })
}

/// The agreement of a release, where the reader may read it; else its entry in the register.
async fn agreement_link(visit: &Visit, record: &ReleaseRecord) -> Result<Link, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let readable = visit.role() == Some(Role::Analyst)
        && agreements
            .get(&record.agreement)
            .is_some_and(|a| may_know_of(visit, a));
    let place = if readable { "agreements" } else { "register" };
    let href = format!("/{place}/{}", record.agreement);
    Ok(Link::new(&record.agreement, href))
}

/// Whether the reader knows of releases in order to withdraw them, and not to read them.
fn recalls(visit: &Visit) -> bool {
    !matches!(visit.role(), Some(Role::Analyst | Role::Checker))
}

/// The releases that the reader may know of: a checker all, an analyst those under agreements to which
/// their organisation is a party, what was sent back only if they made it; who withdraws releases, that there are any.
async fn known(visit: &Visit, records: Vec<ReleaseRecord>) -> Result<Vec<ReleaseRecord>, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let checks = visit.role() == Some(Role::Checker);
    let username = &visit.session()?.username;
    Ok(records
        .into_iter()
        .filter(|r| {
            let party = agreements
                .get(&r.agreement)
                .is_some_and(|a| may_know_of(visit, a));
            let left = matches!(r.state, ReleaseState::Released | ReleaseState::Withdrawn);
            checks || recalls(visit) || (party && (left || r.created_by == *username))
        })
        .collect())
}

/// The title, with the state where the table may not leave.
fn titled(record: &ReleaseRecord) -> String {
    match record.state {
        ReleaseState::Released => record.title.clone(),
        ReleaseState::InReview => format!("{} (waits for a checker)", record.title),
        ReleaseState::Returned => format!("{} (sent back by a checker)", record.title),
        ReleaseState::Withdrawn => format!("{} (withdrawn)", record.title),
    }
}

fn question(visit: &Visit, reference: &str) -> Result<Kept, Fault> {
    let session = visit.session()?;
    visit
        .site
        .question(reference, &session.username, &session.position.organisation)
        .ok_or(Fault::NotFound)
}

/// The rule set of the agreement under which a question was asked.
async fn rule_set(visit: &Visit, kept: &Kept) -> Result<String, Fault> {
    let agreements = visit.site.workspace.agreements().await?;
    let agreement = agreements
        .get(&kept.question.agreement)
        .ok_or(Fault::NotFound)?;
    Ok(agreement.outputs.rule_set.clone())
}

async fn form(visit: &Visit, status: StatusCode, kept: &Kept, view: ReleaseNewView) -> Answer {
    let name = rule_set(visit, kept).await?;
    let rules = release::RuleSet::read(&visit.site.workspace.content, &name)?;
    let view = ReleaseNewView {
        csrf: visit.csrf(),
        question: kept.reference.clone(),
        sql: kept.question.sql.clone(),
        used_under: format!("{}, for {}", kept.question.agreement, kept.question.purpose),
        // There is one to choose, and it is chosen.
        chosen: Some(name.clone()),
        rule_sets: vec![RuleSetChoice {
            name,
            title: rules.title.clone(),
            means: format!("The agreement asks for these rules. {}.", rules.source),
        }],
        ..view
    };
    Ok(Visit::page_with(
        status,
        &pages::release_new(&visit.frame(), &view),
    ))
}
