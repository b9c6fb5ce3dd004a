//! What is held about one person and how it was used, brought together for that person.
//!
//! It is exact where detail about the person was kept beside the log: lists that led back to them, and emergencies.
//! Everything else is told as what could have held them, since the log does not hold whose rows were shown.

use crate::{
    desks::{AnalysisDesk, IdentifiedDesk, PersonHere, RowsAbout},
    workspace::Workspace,
};
use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use custody::SealedFor;
use govern::{
    AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, agreement::day_of,
    audit::search::moment,
};
use model::{Dataset, Ident, Sql, Zone, sql};
use pages::{AccessDocument, HeldTable, UseLine};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Engine, Store,
    arrow::{
        array::RecordBatch,
        util::display::{ArrayFormatter, FormatOptions},
    },
};

/// The most rows of one table that a document holds.
const MOST_ROWS: i64 = 20_000;
/// The column of a person's pseudonym in the analysis side.
const PSEUDONYM: &str = "person_pseudonym";

/// The answer to a person, in both forms, sealed for them.
pub(crate) struct Answered {
    /// To read and to print.
    pub(crate) page: Vec<u8>,
    /// For machines.
    pub(crate) data: Vec<u8>,
    /// How many rows are in it.
    pub(crate) rows: u64,
}

/// Brings everything about the person of a case together, and seals it for them. That it was made is in the log first.
pub(crate) async fn answer(
    workspace: &Workspace,
    case: &control::RightsCase,
    by: &str,
    to: &SealedFor,
) -> Result<Answered> {
    if case.checked.is_none() || case.closed.is_some() {
        bail!(
            "case {} is not one that two people have looked at and that is open",
            case.number
        );
    }
    let now = workspace.clock.now();
    let document = document(workspace, case, now).await?;
    let rows = document.held.iter().map(|t| t.rows.len() as u64).sum();
    let mut entry = EntryBody::new(now, Kind::AccessAnswered, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Subject);
    entry.rows = Some(rows);
    entry.reason = Some(format!("case {} of what people ask", case.number));
    workspace.audit.keep(entry)?;
    let service = &workspace.config.site.name;
    let page = pages::access_document(service, &document).into_string();
    let data = serde_json::to_vec_pretty(&serde_json::json!({"version": 1, "answer": document}))?;
    Ok(Answered {
        page: to.seal(page.as_bytes())?,
        data: to.seal(&data)?,
        rows,
    })
}

async fn document(
    workspace: &Workspace,
    case: &control::RightsCase,
    now: DateTime<Utc>,
) -> Result<AccessDocument> {
    let desk = workspace.identified()?;
    let digests = workspace.person_digests()?;
    let numbers = desk.numbers_of(&case.taken.subject, &digests).await?;
    let mut document = AccessDocument {
        case: case.number,
        asked_on: case.taken.asked_on,
        made_at: now,
        ..AccessDocument::default()
    };
    if numbers.is_empty() {
        document
            .not_told
            .push("No record here has your NHS number, nor any number that it replaced. Records that were sent without a number, and that could not be matched to you, would not be found.".to_owned());
        return Ok(document);
    }
    let person = desk.person_here(numbers).await?;
    let about = desk.rows_about(&person).await?;
    for place in &about {
        let table = identified_rows(workspace, &desk, place).await?;
        document.held.extend(table);
    }
    came_from(workspace, &desk, &about, &mut document).await?;
    let pseudonyms = desk.pseudonyms_of(&person).await?;
    drop(desk);
    let analysis = workspace.analysis()?;
    let tables = pseudonymous_rows(&analysis, &pseudonyms, &mut document).await?;
    drop(analysis);
    wishes(workspace, &person, &mut document).await?;
    exact(workspace, &person, &mut document)?;
    possible(workspace, &tables, &mut document).await?;
    document.not_told.extend([
        "The log holds which tables were open and how many rows were shown, not whose. Where it says that your records were among those that could be read, they may have been shown or counted, or neither.".to_owned(),
        "Rows about other people that only point at you, such as those of somebody who cares for you, are theirs and are not here.".to_owned(),
        "Names of people at work here stand for accounts, so that you can ask about what each of them did.".to_owned(),
    ]);
    Ok(document)
}

async fn identified_rows(
    workspace: &Workspace,
    desk: &IdentifiedDesk<'_>,
    about: &RowsAbout,
) -> Result<Option<HeldTable>> {
    let Some(table) = Ident::new(&about.table) else {
        return Ok(None);
    };
    let query = sql!(
        "select t.* from {} as t where {} limit {}",
        table,
        about.rows,
        Sql::number(MOST_ROWS)
    );
    let rows = desk
        .engine
        .look(&[&desk.store], &[about.table.as_str()], &query)
        .await?;
    let means = meanings(workspace, &about.table);
    let title = if about.title.is_empty() {
        about.table.replace('_', " ")
    } else {
        about.title.clone()
    };
    held(
        "Records that identify you",
        &about.table,
        title,
        &rows,
        &means,
    )
}

/// What the columns of a landed table mean.
fn meanings(workspace: &Workspace, table: &str) -> BTreeMap<String, String> {
    let content = &workspace.content;
    let of = Dataset::names(content)
        .into_iter()
        .filter_map(|name| Dataset::read(content, &name).ok())
        .filter(|dataset| dataset.table == table);
    of.flat_map(|dataset| dataset.fields)
        .map(|field| (field.column, field.means))
        .collect()
}

fn held(
    zone: &str,
    table: &str,
    title: String,
    batches: &[RecordBatch],
    means: &BTreeMap<String, String>,
) -> Result<Option<HeldTable>> {
    let options = FormatOptions::default().with_null("");
    let mut rows = Vec::new();
    let mut columns = Vec::new();
    for batch in batches {
        if columns.is_empty() {
            columns = batch
                .schema()
                .fields()
                .iter()
                .map(|f| {
                    (
                        f.name().clone(),
                        means.get(f.name()).cloned().unwrap_or_default(),
                    )
                })
                .collect();
        }
        let cells = batch
            .columns()
            .iter()
            .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(
                cells
                    .iter()
                    .map(|cells| cells.value(row).to_string())
                    .collect::<Vec<String>>(),
            );
        }
    }
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(Some(HeldTable {
        zone: zone.to_owned(),
        table: table.to_owned(),
        title,
        columns,
        rows,
    }))
}

/// Who sent the records, when, and how many.
async fn came_from(
    workspace: &Workspace,
    desk: &IdentifiedDesk<'_>,
    about: &[RowsAbout],
    document: &mut AccessDocument,
) -> Result<()> {
    let own: Vec<RowsAbout> = about
        .iter()
        .map(|place| RowsAbout {
            pointing: Vec::new(),
            ..place.clone()
        })
        .collect();
    let places = desk.places(&own).await?;
    for record in workspace.control.all_submissions().await? {
        let Some(rows) = places.get(record.id.as_str()) else {
            continue;
        };
        let dataset = Dataset::read(&workspace.content, &record.dataset)
            .map_or_else(|_| record.dataset.clone(), |d| d.title);
        document.sources.push(format!(
            "On {}, {} sent “{dataset}” with {} about you.",
            moment(record.received_at),
            record.sender,
            pages::format::counted(rows.len() as u64, "row", "rows")
        ));
    }
    Ok(())
}

/// Rows under the person's pseudonyms; gives the tables that have any.
async fn pseudonymous_rows(
    desk: &AnalysisDesk<'_>,
    pseudonyms: &BTreeSet<String>,
    document: &mut AccessDocument,
) -> Result<BTreeSet<String>> {
    let mut tables = BTreeSet::new();
    if pseudonyms.is_empty() {
        return Ok(tables);
    }
    let handed = (
        "Records under a pseudonym, as they are handed over",
        &desk.handover,
    );
    let derived = (
        "What was worked out for analysis, under a pseudonym",
        &desk.store,
    );
    for (zone, store) in [handed, derived] {
        for table in store.names().await? {
            let found = under(&desk.engine, store, &table, pseudonyms).await?;
            let title = table.replace('_', " ");
            if let Some(rows) = held(zone, &table, title, &found, &BTreeMap::new())? {
                tables.insert(table);
                document.held.push(rows);
            }
        }
    }
    Ok(tables)
}

async fn under<Z: Zone>(
    engine: &Engine,
    store: &Store<Z>,
    table: &str,
    pseudonyms: &BTreeSet<String>,
) -> Result<Vec<RecordBatch>> {
    let has = store
        .schema(table)
        .await?
        .is_some_and(|schema| schema.field_with_name(PSEUDONYM).is_ok());
    let (true, Some(name)) = (has, Ident::new(table)) else {
        return Ok(Vec::new());
    };
    let query = sql!(
        "select t.* from {} as t where t.person_pseudonym in ({}) limit {}",
        name,
        Sql::join(pseudonyms.iter().map(|p| Sql::text(p)), ", "),
        Sql::number(MOST_ROWS)
    );
    Ok(engine.look(&[store], &[table], &query).await?)
}

/// What the person said about the use of their records.
async fn wishes(
    workspace: &Workspace,
    person: &PersonHere,
    document: &mut AccessDocument,
) -> Result<()> {
    let desk = workspace.identified()?;
    let tokens = desk.preference_tokens(person).await?;
    for case in workspace.control.preference_cases().await? {
        if tokens.contains(&case.subject) {
            document.wishes.push(format!(
                "On {} you said: {}. It was taken in on {}. Where it stands: {}.",
                pages::format::date(case.said_on),
                case.kind.replace('_', " "),
                moment(case.taken_at),
                case.state.as_str().replace('_', " ")
            ));
        }
    }
    Ok(())
}

/// Uses of which detail about the person was kept.
fn exact(workspace: &Workspace, person: &PersonHere, document: &mut AccessDocument) -> Result<()> {
    let subjects = workspace.subjects()?;
    for name in person.subjects() {
        for detail in subjects.details_of(&workspace.audit, &name)? {
            document.exact.push(UseLine {
                says: detail.text,
                entry: detail.seq,
                times: 1,
            });
        }
    }
    Ok(())
}

/// What belongs together in the log: kind, who for, agreement, purpose, tables.
type Together = (Kind, String, String, String, Vec<String>);

/// Uses whose tables could have held the person, counted by who read them and what for.
async fn possible(
    workspace: &Workspace,
    tables: &BTreeSet<String>,
    document: &mut AccessDocument,
) -> Result<()> {
    let book = workspace.agreements().await?;
    let today = day_of(workspace.clock.now());
    // A table of an agreement is made from tables of the zone.
    let mut views: BTreeMap<(String, String), bool> = BTreeMap::new();
    let mut could = |agreement: &str, table: &str| {
        *views
            .entry((agreement.to_owned(), table.to_owned()))
            .or_insert_with(|| {
                tables.contains(table)
                    || book.on(agreement, today).is_none_or(|known| {
                        let wanted = BTreeSet::from([table.to_owned()]);
                        known
                            .planning_views(&wanted)
                            .iter()
                            .any(|view| view.reads.iter().any(|read| tables.contains(read)))
                    })
            })
    };
    let mut found: BTreeMap<Together, (u64, DateTime<Utc>, DateTime<Utc>)> = BTreeMap::new();
    let mut traced: Option<(u64, DateTime<Utc>, DateTime<Utc>)> = None;
    workspace.audit.each(|entry| {
        let body = &entry.body;
        let count = |known: &mut (u64, DateTime<Utc>, DateTime<Utc>)| {
            known.0 += 1;
            known.2 = known.2.max(body.time);
        };
        if body.kind == Kind::Traced {
            count(traced.get_or_insert((0, body.time, body.time)));
        }
        let shown = matches!(
            body.kind,
            Kind::Answered | Kind::Released | Kind::CohortSealed | Kind::Exported
        );
        let agreement = body.agreement.clone().unwrap_or_default();
        if !shown || !body.tables.iter().any(|table| could(&agreement, table)) {
            return;
        }
        let key = (
            body.kind,
            body.on_behalf_of.clone().unwrap_or_default(),
            agreement,
            body.purpose.clone().unwrap_or_default(),
            body.tables.clone(),
        );
        count(found.entry(key).or_insert((0, body.time, body.time)));
    })?;
    for ((kind, whom, agreement, purpose, tables), (times, first, last)) in found {
        let title = book
            .on(&agreement, today)
            .map(|known| format!(" (“{}”)", known.title))
            .unwrap_or_default();
        let did = match kind {
            Kind::Released => "made counts that may be published from",
            Kind::CohortSealed => "looked, unseen, for people who may need care in",
            Kind::Exported => "was given counts made from",
            _ => "was shown answers from",
        };
        document.possible.push(UseLine {
            says: format!(
                "{} {did} {}, under agreement {agreement}{title}, for {}, {} between {} and {}. Your record was among those that the tables hold.",
                if whom.is_empty() { "Somebody" } else { whom.as_str() },
                tables.join(" and ").replace('_', " "),
                purpose.replace('_', " "),
                pages::format::counted(times, "time", "times"),
                moment(first),
                moment(last),
            ),
            entry: None,
            times,
        });
    }
    if let Some((times, first, last)) = traced {
        document.possible.push(UseLine {
            says: format!(
                "Care systems asked who somebody is {} between {} and {}. Your details were among those in which they looked.",
                pages::format::counted(times, "time", "times"),
                moment(first),
                moment(last)
            ),
            entry: None,
            times,
        });
    }
    Ok(())
}
