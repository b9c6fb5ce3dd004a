//! Linkage a second time, slowly and plainly, for tests only: every record is held against every
//! form of every person of the index. What the queries of [`crate::steps()`] give must equal this.
//!
//! It shares the model and the cleaning functions with the queries, and nothing else.

use crate::{
    BirthDate, Detail, Equality, LinkageModel, Pass, Several, Sex, Source, first_name_key,
    internal_identity, name_key, nhs_number_key, postcode_key,
};
use chrono::Datelike;
use model::{Date, Ident};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// A landed row as text by column, dates as `2025-06-30`; a blank cell is an empty text or absent.
pub type Row = BTreeMap<String, String>;
/// Landed tables by name.
pub type Tables = BTreeMap<String, Vec<Row>>;
/// The identity and the pass of each record, by source and source key.
pub type Links = BTreeMap<(String, String), (String, String)>;

/// What is known of a person or a record, cleaned.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Details {
    nhs_number: Option<String>,
    given_name: Option<String>,
    first_name: Option<String>,
    family_name: Option<String>,
    sex: Option<String>,
    birth: Option<Date>,
    postcode: Option<String>,
}

/// A record with every valid number that it was sent with.
struct Record {
    place: (String, String),
    numbers: BTreeSet<String>,
    details: Details,
}

/// What the passes found for a record.
enum Choice {
    Person(String, String),
    Several,
    Nobody,
}

/// Who each record is about.
pub fn link(model: &LinkageModel, tables: &Tables) -> Links {
    let index = &model.index;
    let steps = replaced(model, tables);
    let forms: Vec<Details> = forms(model, tables)
        .iter()
        .map(|row| details(model, index, row))
        .filter_map(|form| {
            let nhs_number = Some(now(&steps, form.nhs_number.clone()?));
            Some(Details { nhs_number, ..form })
        })
        .collect();
    let mut links = Links::new();
    let mut alone = Vec::new();
    for source in &model.sources {
        for mut record in records(model, source, rows(tables, source)) {
            let numbers = std::mem::take(&mut record.numbers).into_iter();
            record.numbers = numbers.map(|number| now(&steps, number)).collect();
            match choose(model, &record, &forms) {
                Choice::Person(number, pass) => {
                    links.insert(record.place, (identity(&format!("index|{number}")), pass));
                }
                Choice::Several => alone.push((record, true)),
                Choice::Nobody => alone.push((record, false)),
            }
        }
    }
    links.extend(of_their_own(&alone, &forms));
    for row in rows(tables, index) {
        let place = (index.name().to_owned(), key(row, index));
        let number = cell(row, index.columns.nhs_number.as_ref()).and_then(nhs_number_key);
        let number = number.map(|number| now(&steps, number));
        let from = number.map_or_else(
            || format!("record|{}|{}", place.0, place.1),
            |number| format!("index|{number}"),
        );
        links.insert(place, (identity(&from), "index".to_owned()));
    }
    links
}

/// The number that took the place of each, the latest landed.
fn replaced(model: &LinkageModel, tables: &Tables) -> BTreeMap<String, String> {
    let mut latest: BTreeMap<String, (&str, String)> = BTreeMap::new();
    let Some(superseded) = &model.superseded else {
        return BTreeMap::new();
    };
    for row in tables.get(superseded.table.as_str()).into_iter().flatten() {
        let number = |column| cell(row, Some(column)).and_then(nhs_number_key);
        let pair = (
            number(&superseded.nhs_number),
            number(&superseded.replaced_by),
        );
        let (Some(old), Some(new)) = pair else {
            continue;
        };
        let received = row.get("received_at").map_or("", String::as_str);
        let before = latest.get(&old).map_or("", |(at, _)| *at);
        if old != new && (before.is_empty() || received > before) {
            latest.insert(old, (received, new));
        }
    }
    latest
        .into_iter()
        .map(|(old, (_, new))| (old, new))
        .collect()
}

/// Where a number leads, in five steps at most; in a circle, its least.
fn now(steps: &BTreeMap<String, String>, number: String) -> String {
    let mut way: Vec<&String> = Vec::new();
    while way.len() < 5
        && let Some(next) = steps.get(way.last().map_or(&number, |last| last))
    {
        way.push(next);
    }
    match way.split_last() {
        None => number,
        Some((last, before)) if way.len() == 5 && before.contains(last) => {
            way.iter().min().map_or(number, |least| (*least).clone())
        }
        Some((last, _)) => (*last).clone(),
    }
}

/// The rows of the index, and each again with every earlier value in its place.
fn forms(model: &LinkageModel, tables: &Tables) -> Vec<Row> {
    let index = &model.index;
    let mut forms = rows(tables, index).to_vec();
    let Some(past) = &model.history else {
        return forms;
    };
    for before in tables.get(past.table.as_str()).into_iter().flatten() {
        let of = |row: &Row, column| cell(row, column).and_then(nhs_number_key);
        let column = match cell(before, Some(&past.field)) {
            Some("given_name") => &index.columns.given_name,
            Some("family_name") => &index.columns.family_name,
            Some("postcode") => &index.columns.postcode,
            _ => continue,
        };
        let (Some(column), Some(value)) = (column, cell(before, Some(&past.value))) else {
            continue;
        };
        for row in rows(tables, index) {
            let number = of(row, index.columns.nhs_number.as_ref());
            if number.is_some() && number == of(before, Some(&past.nhs_number)) {
                let mut form = row.clone();
                form.insert(column.as_str().to_owned(), value.to_owned());
                forms.push(form);
            }
        }
    }
    forms
}

/// The first pass that finds anyone.
fn choose(model: &LinkageModel, record: &Record, forms: &[Details]) -> Choice {
    for pass in &model.passes {
        let found: BTreeSet<&String> = forms
            .iter()
            .filter(|person| finds(pass, record, person))
            .filter_map(|person| person.nhs_number.as_ref())
            .collect();
        match (found.len(), found.first()) {
            (1, Some(number)) => {
                let conflict = record.numbers.len() > 1 && pass.compares(Detail::NhsNumber);
                let name = if conflict {
                    "nhs_number_conflict"
                } else {
                    &pass.name
                };
                return Choice::Person((*number).clone(), name.to_owned());
            }
            (0, _) => {}
            _ if pass.several == Several::GoOn => {}
            _ => return Choice::Several,
        }
    }
    Choice::Nobody
}

/// Whether a pass takes a record for a person, with any of the numbers that the record was sent with.
fn finds(pass: &Pass, record: &Record, person: &Details) -> bool {
    let numbers: Vec<Option<String>> = if record.numbers.is_empty() {
        vec![None]
    } else {
        record.numbers.iter().cloned().map(Some).collect()
    };
    numbers.into_iter().any(|nhs_number| {
        let sent = Details {
            nhs_number,
            ..record.details.clone()
        };
        let estimated = |born: Date| {
            pass.not_born_on
                .iter()
                .any(|day| (u32::from(day.month), u32::from(day.day)) == (born.month(), born.day()))
        };
        let place_meant = pass.sources.is_empty() || pass.sources.contains(&record.place.0);
        let any_group = pass.any_of.is_empty()
            || pass
                .any_of
                .iter()
                .any(|group| group.iter().all(|pair| same(*pair, &sent, person)));
        place_meant
            && any_group
            && birth_agrees(pass.birth_date, sent.birth, person.birth)
            && pass.equal.iter().all(|pair| same(*pair, &sent, person))
            && !pass
                .may_not_disagree
                .iter()
                .any(|pair| differs(*pair, &sent, person))
            && (pass.not_born_on.is_empty() || sent.birth.is_some_and(|born| !estimated(born)))
    })
}

fn birth_agrees(asked: BirthDate, sent: Option<Date>, held: Option<Date>) -> bool {
    if asked == BirthDate::NotSupplied {
        return sent.is_none();
    }
    let (Some(sent), Some(held)) = (sent, held) else {
        return false;
    };
    let exchanged = sent.year() == held.year()
        && sent.month() == held.day()
        && sent.day() == held.month()
        && sent.month() != sent.day();
    let parts = [
        sent.year() == held.year(),
        sent.month() == held.month(),
        sent.day() == held.day(),
    ];
    match asked {
        BirthDate::Equal => sent == held,
        BirthDate::Exchanged => exchanged,
        BirthDate::Partly => exchanged || parts.into_iter().filter(|same| *same).count() >= 2,
        BirthDate::NotSupplied => false,
    }
}

fn same(pair: Equality, sent: &Details, held: &Details) -> bool {
    let sent = detail(sent, pair.record);
    sent.is_some() && sent == detail(held, pair.index)
}

fn differs(pair: Equality, sent: &Details, held: &Details) -> bool {
    match (detail(sent, pair.record), detail(held, pair.index)) {
        (Some(sent), Some(held)) => sent != held,
        _ => false,
    }
}

fn detail(of: &Details, which: Detail) -> Option<String> {
    let start = |text: &Option<String>, letters| {
        text.as_ref()
            .map(|text| text.chars().take(letters).collect())
    };
    match which {
        Detail::NhsNumber => of.nhs_number.clone(),
        Detail::GivenName => of.given_name.clone(),
        Detail::FirstName => of.first_name.clone(),
        Detail::GivenInitial => start(&of.given_name, 1),
        Detail::FamilyName => of.family_name.clone(),
        Detail::FamilyStart => start(&of.family_name, 3),
        Detail::Sex => of.sex.clone(),
        Detail::Postcode => of.postcode.clone(),
        Detail::Outward => outward(of.postcode.as_ref()),
    }
}

/// The identities of those whom no pass linked; with each record, whether several were found.
fn of_their_own(alone: &[(Record, bool)], forms: &[Details]) -> Links {
    let own_number = |record: &Record| match (record.numbers.len(), record.numbers.first()) {
        (1, Some(number)) => {
            let known = forms
                .iter()
                .any(|form| form.nhs_number.as_ref() == Some(number));
            (!known).then(|| number.clone())
        }
        _ => None,
    };
    let by_number = |record: &Record| {
        let number = own_number(record)?;
        let earliest = || {
            let others = alone
                .iter()
                .filter(|(other, _)| own_number(other).as_ref() == Some(&number));
            others.filter_map(|(other, _)| other.details.birth).min()
        };
        let birth = record.details.birth.or_else(earliest);
        Some(format!(
            "{number}|{}",
            birth.map(|birth| birth.to_string()).unwrap_or_default()
        ))
    };
    let full = |record: &Record, several: bool| {
        let of = &record.details;
        let (given, family) = (of.given_name.as_ref()?, of.family_name.as_ref()?);
        let (birth, postcode) = (of.birth?, of.postcode.as_ref()?);
        (!several).then(|| format!("{given}|{family}|{birth}|{postcode}"))
    };
    let mut links = Links::new();
    for (record, several) in alone {
        let details = full(record, *several);
        let number = by_number(record).or_else(|| {
            let wanted = details.as_ref()?;
            let alike = alone
                .iter()
                .filter(|(other, several)| full(other, *several).as_ref() == Some(wanted));
            let numbers: BTreeSet<String> =
                alike.filter_map(|(other, _)| by_number(other)).collect();
            numbers.first().filter(|_| numbers.len() == 1).cloned()
        });
        let (from, outcome) = match (number, details) {
            (Some(number), _) => (format!("number|{number}"), "unmatched_by_number"),
            (None, Some(details)) => (format!("details|{details}"), "unmatched_by_details"),
            (None, None) => (
                format!("record|{}|{}", record.place.0, record.place.1),
                "unmatched",
            ),
        };
        let outcome = if *several { "several" } else { outcome };
        links.insert(record.place.clone(), (identity(&from), outcome.to_owned()));
    }
    links
}

/// The records of a source: the rows of each key, and of each detail the latest that was sent.
fn records(model: &LinkageModel, source: &Source, rows: &[Row]) -> Vec<Record> {
    type Sent = (Option<String>, Details, Vec<Option<String>>);
    let mut by_key: BTreeMap<String, BTreeMap<Vec<Option<String>>, Sent>> = BTreeMap::new();
    for row in rows {
        let number = cell(row, source.columns.nhs_number.as_ref()).map(str::to_owned);
        let latest: Vec<Option<String>> = source
            .latest_by
            .iter()
            .map(|by| cell(row, Some(by)).map(str::to_owned))
            .collect();
        let group = as_sent(source, row);
        let kept = by_key
            .entry(key(row, source))
            .or_default()
            .entry(group)
            .or_insert_with(|| (number, details(model, source, row), latest.clone()));
        for (kept, sent) in kept.2.iter_mut().zip(latest) {
            *kept = kept.take().max(sent);
        }
    }
    by_key
        .into_iter()
        .map(|(key, sent)| {
            // Groups come in the order of their text, blanks last, so a stable sort settles ties.
            let mut sent: Vec<(Vec<Option<String>>, Sent)> = sent.into_iter().collect();
            sent.sort_by_key(|(group, _)| blanks_last(group));
            sent.sort_by_key(|(_, (_, _, latest))| Reverse(latest.clone()));
            let mut details = Details::default();
            let mut numbers = BTreeSet::new();
            for (_, (_, one, _)) in sent {
                numbers.extend(one.nhs_number);
                details.given_name = details.given_name.or(one.given_name);
                details.first_name = details.first_name.or(one.first_name);
                details.family_name = details.family_name.or(one.family_name);
                details.sex = details.sex.or(one.sex);
                details.birth = details.birth.or(one.birth);
                details.postcode = details.postcode.or(one.postcode);
            }
            Record {
                place: (source.name().to_owned(), key),
                numbers,
                details,
            }
        })
        .collect()
}

/// The details as they were sent, in the order in which ties between rows are settled.
fn as_sent(source: &Source, row: &Row) -> Vec<Option<String>> {
    let held = &source.columns;
    let mut sent: Vec<Option<String>> = [&held.nhs_number, &held.given_name, &held.family_name]
        .into_iter()
        .map(|column| cell(row, column.as_ref()).map(str::to_owned))
        .collect();
    sent.push(sex(source, row));
    sent.extend(
        [&held.date_of_birth, &held.postcode]
            .into_iter()
            .map(|column| cell(row, column.as_ref()).map(str::to_owned)),
    );
    sent.push(row.get("sender").cloned());
    sent
}

fn blanks_last(group: &[Option<String>]) -> Vec<(bool, Option<String>)> {
    group
        .iter()
        .map(|cell| (cell.is_none(), cell.clone()))
        .collect()
}

fn details(model: &LinkageModel, source: &Source, row: &Row) -> Details {
    let held = &source.columns;
    let name = |key: Option<String>| key.filter(|key| !model.not_names.contains(key));
    let given = cell(row, held.given_name.as_ref());
    let postcode = cell(row, held.postcode.as_ref()).and_then(postcode_key);
    let nowhere =
        outward(postcode.as_ref()).is_some_and(|outward| model.not_places.contains(&outward));
    let received = row.get("received_at").and_then(|at| date(at));
    Details {
        nhs_number: cell(row, held.nhs_number.as_ref()).and_then(nhs_number_key),
        given_name: name(given.and_then(name_key)),
        first_name: name(given.and_then(first_name_key)),
        family_name: name(cell(row, held.family_name.as_ref()).and_then(name_key)),
        sex: sex(source, row),
        birth: cell(row, held.date_of_birth.as_ref())
            .and_then(date)
            .filter(|born| *born >= model.earliest_birth_date && Some(*born) <= received),
        postcode: postcode.filter(|_| !nowhere),
    }
}

fn sex(source: &Source, row: &Row) -> Option<String> {
    let word = cell(row, source.columns.sex.as_ref())?;
    let code = match source.sex.get(word)? {
        Sex::Male => "1",
        Sex::Female => "2",
    };
    Some(code.to_owned())
}

fn key(row: &Row, source: &Source) -> String {
    let parts: Option<Vec<&str>> = source
        .source_key
        .iter()
        .map(|part| cell(row, Some(part)))
        .collect();
    parts.map_or_else(
        || {
            let of = |column: &str| row.get(column).cloned().unwrap_or_default();
            format!("row|{}|{}", of("submission_id"), of("row_number"))
        },
        |parts| parts.join("|"),
    )
}

fn rows<'a>(tables: &'a Tables, source: &Source) -> &'a [Row] {
    tables.get(source.name()).map_or(&[], Vec::as_slice)
}

fn cell<'a>(row: &'a Row, column: Option<&Ident>) -> Option<&'a str> {
    row.get(column?.as_str())
        .map(String::as_str)
        .filter(|text| !text.is_empty())
}

fn date(text: &str) -> Option<Date> {
    Date::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

fn outward(postcode: Option<&String>) -> Option<String> {
    postcode.and_then(|postcode| Some(postcode.split_once(' ')?.0.to_owned()))
}

fn identity(from: &str) -> String {
    internal_identity(from).unwrap_or_default()
}
