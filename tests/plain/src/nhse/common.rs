//! What the NHS England methods share (section 16): rows, latest submissions, identifiers, editions, chains.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use crate::date::{age, birth_date, take_days};
use crate::record::{Inputs, Row};
use crate::text::{Text, fold, is, is_one_of};

/// The four long term service types.
pub const LONG_TERM: [&str; 4] = [
    "Long Term Support: Nursing Care",
    "Long Term Support: Residential Care",
    "Long Term Support: Community",
    "Long Term Support: Prison",
];
/// Short term support to maximise independence.
pub const ST_MAX: &str = "Short Term Support: ST-Max";
/// Ongoing low level support.
pub const LOW_LEVEL: &str = "Short Term Support: Ongoing Low Level";
/// Other short term support.
pub const OTHER_SHORT: &str = "Short Term Support: Other Short Term";
/// The four event types.
pub const EVENT_TYPES: [&str; 4] = ["Request", "Assessment", "Service", "Review"];
/// The outcome of advice only.
pub const SIGNPOSTING: &str = "NFA - Information & Advice / Signposting only";

/// A row and the identifier that section 16.2 gives it.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// The submitted record.
    pub row: &'a Row,
    /// The identifier.
    pub id: Text,
}

/// A council and an identifier.
pub type Key = (Option<Text>, Text);

impl Known<'_> {
    /// The council and the identifier.
    pub fn key(&self) -> Key {
        (self.row.la_code.clone(), self.id.clone())
    }
}

/// Midnight at the start of a day.
fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// All rows that were there on the run date.
pub fn rows(inputs: &Inputs) -> Vec<&Row> {
    let run_date = midnight(inputs.parameters.nhse_run_date_used_for_open_ends);
    inputs
        .rows
        .iter()
        .map(AsRef::as_ref)
        .filter(|row: &&Row| row.import_date < run_date)
        .collect()
}

/// Section 16.1: the rows of each council's latest file about the whole year to `end`, as stated.
pub fn latest_submission(inputs: &Inputs, end: NaiveDate) -> Vec<&Row> {
    type File = (Text, Option<Text>, NaiveDateTime);
    let file = |row: &Row| -> Option<File> {
        Some((row.la_name.clone()?, row.la_code.clone(), row.import_date))
    };
    let all = rows(inputs);
    let mut stated: BTreeMap<File, (Option<NaiveDate>, Option<NaiveDate>)> = BTreeMap::new();
    for row in &all {
        let Some(file) = file(row) else { continue };
        let (first, last) = stated.entry(file).or_default();
        let start = row.reporting_period_start_date;
        *first = if first.is_some() && start.is_some() {
            (*first).min(start)
        } else {
            first.or(start)
        };
        *last = (*last).max(row.reporting_period_end_date);
    }
    let parameters = &inputs.parameters;
    let mut latest: BTreeMap<(Text, Option<Text>), NaiveDateTime> = BTreeMap::new();
    for ((name, code, import), (first, last)) in stated {
        let whole_year = first.is_some_and(|first| first <= parameters.nhse_period_start)
            && last.is_some_and(|last| last >= end);
        let in_time = import > midnight(end) && import.date() <= parameters.nhse_import_cutoff;
        if whole_year && in_time {
            let newest = latest.entry((name, code)).or_insert(import);
            *newest = (*newest).max(import);
        }
    }
    let is_latest = |row: &&Row| {
        file(row).is_some_and(|(name, code, import)| latest.get(&(name, code)) == Some(&import))
    };
    all.into_iter().filter(is_latest).collect()
}

/// Section 16.2: gives each row of a build table its identifier; rows without one are left out.
pub fn identified<'a>(build: &[&'a Row]) -> Vec<Known<'a>> {
    let on_traced_rows: BTreeSet<&Text> = build
        .iter()
        .filter(|row| row.der_nhs_number_traced_pseudo.is_some())
        .filter_map(|row| row.la_person_unique_identifier.as_ref())
        .collect();
    let id = |row: &Row| {
        let own = row
            .la_person_unique_identifier
            .as_ref()
            .filter(|own| !on_traced_rows.contains(own));
        row.der_nhs_number_traced_pseudo.as_ref().or(own).cloned()
    };
    build
        .iter()
        .filter_map(|row| Some(Known { row, id: id(row)? }))
        .collect()
}

/// Section 16.3: the age of a row on a day; missing without birth year and month.
pub fn age_at(row: &Row, day: NaiveDate) -> Option<i64> {
    birth_date(row.der_birth_year, row.der_birth_month).map(|birth| age(birth, day))
}

/// Section 16.4: what tells one service or request from another.
pub type EventKey = (Key, Vec<String>);

/// Section 16.4: the key of a service.
pub fn service_key(known: &Known<'_>) -> EventKey {
    let row = known.row;
    let parts = [
        &row.client_type,
        &row.service_type,
        &row.service_component,
        &row.delivery_mechanism,
    ]
    .map(|text| folded(text.as_ref()));
    (
        known.key(),
        [parts.to_vec(), vec![day_text(row.event_start_date)]].concat(),
    )
}

/// Section 16.4: the key of a request.
pub fn request_key(known: &Known<'_>) -> EventKey {
    let row = known.row;
    let parts = [&row.client_type, &row.request_route_of_access].map(|text| folded(text.as_ref()));
    (
        known.key(),
        [parts.to_vec(), vec![day_text(row.event_start_date)]].concat(),
    )
}

fn folded(text: Option<&Text>) -> String {
    text.map(|text| fold(text.as_str())).unwrap_or_default()
}

fn day_text(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// Section 16.4: of rows imported up to the cut-off, those of the latest import of their key.
pub fn latest_edition<'a>(
    rows: Vec<Known<'a>>,
    key: fn(&Known<'_>) -> EventKey,
    cutoff: NaiveDate,
) -> Vec<Known<'a>> {
    let mut latest: BTreeMap<EventKey, NaiveDateTime> = BTreeMap::new();
    let in_time: Vec<Known<'a>> = rows
        .into_iter()
        .filter(|known| known.row.import_date <= midnight(cutoff))
        .collect();
    for known in &in_time {
        let import = latest.entry(key(known)).or_insert(known.row.import_date);
        *import = (*import).max(known.row.import_date);
    }
    in_time
        .into_iter()
        .filter(|known| latest.get(&key(known)) == Some(&known.row.import_date))
        .collect()
}

/// Whether a row is of this event type.
pub fn is_event(row: &Row, event_type: &str) -> bool {
    is(row.event_type.as_ref(), event_type)
}

/// Whether a row is a client's.
pub fn is_client(row: &Row) -> bool {
    is(row.client_type.as_ref(), "Service User")
}

/// Whether a row has one of the four long term service types.
pub fn is_long_term(row: &Row) -> bool {
    is_one_of(row.service_type.as_ref(), &LONG_TERM)
}

/// Whether the row starts by `end` and ends in or after the period, or not at all.
pub fn overlaps(row: &Row, start: NaiveDate, end: NaiveDate) -> bool {
    row.event_start_date.is_some_and(|day| day <= end)
        && row.event_end_date.is_none_or(|day| day >= start)
}

/// Whether the person is not known to have died before a day.
pub fn alive_on(row: &Row, day: NaiveDate) -> bool {
    row.date_of_death.is_none_or(|death| death >= day)
}

/// A row with a start and an end, the missing end replaced, and its chain.
#[derive(Debug, Clone)]
pub struct Chained<'a> {
    /// The row.
    pub known: Known<'a>,
    /// Its start.
    pub start: NaiveDate,
    /// Its end; the run date where it is missing.
    pub end: NaiveDate,
    /// The number of its chain among those of the council and identifier.
    pub number: usize,
    /// The earliest start in the chain.
    pub chain_start: NaiveDate,
}

/// Section 16.5: chains rows of one council and identifier when at most `gap` days lie between a row and
/// the one just before it. Rows with one start and end follow one another and share the number of the last of
/// them. The number goes back to rows by identifier, start and end, whatever the council.
pub fn chained<'a>(rows: &[Known<'a>], gap: u64, run_date: NaiveDate) -> Result<Vec<Chained<'a>>> {
    let mut of_person: BTreeMap<Key, Vec<(NaiveDate, NaiveDate)>> = BTreeMap::new();
    for known in rows {
        if let Some(start) = known.row.event_start_date {
            of_person
                .entry(known.key())
                .or_default()
                .push((start, known.row.event_end_date.unwrap_or(run_date)));
        }
    }
    let mut numbers: BTreeMap<(Text, NaiveDate, NaiveDate), BTreeSet<usize>> = BTreeMap::new();
    for ((_, id), spans) in &mut of_person {
        spans.sort_unstable();
        let mut number = 0;
        let mut previous_end: Option<NaiveDate> = None;
        let mut of_span: BTreeMap<(NaiveDate, NaiveDate), usize> = BTreeMap::new();
        for (start, end) in spans.iter() {
            let limit = take_days(*start, gap)?;
            if previous_end.is_none_or(|previous| previous < limit) {
                number += 1;
            }
            previous_end = Some(*end);
            of_span.insert((*start, *end), number);
        }
        for ((start, end), number) in of_span {
            numbers
                .entry((id.clone(), start, end))
                .or_default()
                .insert(number);
        }
    }
    let mut chained = Vec::new();
    for known in rows {
        let Some(start) = known.row.event_start_date else {
            continue;
        };
        let end = known.row.event_end_date.unwrap_or(run_date);
        for number in numbers
            .get(&(known.id.clone(), start, end))
            .into_iter()
            .flatten()
        {
            chained.push(Chained {
                known: known.clone(),
                start,
                end,
                number: *number,
                chain_start: start,
            });
        }
    }
    let mut starts: BTreeMap<(Key, usize), NaiveDate> = BTreeMap::new();
    for row in &chained {
        let first = starts
            .entry((row.known.key(), row.number))
            .or_insert(row.start);
        *first = (*first).min(row.start);
    }
    for row in &mut chained {
        if let Some(first) = starts.get(&(row.known.key(), row.number)) {
            row.chain_start = *first;
        }
    }
    Ok(chained)
}

/// Section 17.2 and 14.1: the pairs of setting and mechanism, strongest first.
const SETTINGS: [(&str, &str); 9] = [
    ("Long Term Support: Nursing Care", ""),
    ("Long Term Support: Residential Care", ""),
    ("Long Term Support: Community", "Direct Payment"),
    (
        "Long Term Support: Community",
        "CASSR Managed Personal Budget",
    ),
    ("Long Term Support: Community", "CASSR Commissioned Support"),
    ("Long Term Support: Community", ""),
    ("Long Term Support: Prison", "CASSR Managed Personal Budget"),
    ("Long Term Support: Prison", "CASSR Commissioned Support"),
    ("Long Term Support: Prison", ""),
];

/// Section 17.2: the place of a service type and mechanism in the list, from 1, and the pair itself; a mechanism
/// that makes no pair with a community or prison service is blank. Both are trimmed.
pub fn setting(
    service_type: &Text,
    mechanism: Option<&Text>,
) -> Option<(usize, &'static str, &'static str)> {
    let trimmed = |text: &Text| fold(text.as_str().trim());
    let service = trimmed(service_type);
    let mechanism = mechanism.map(trimmed).unwrap_or_default();
    let pairs = || {
        (1..)
            .zip(SETTINGS)
            .filter(|(_, (name, _))| fold(name) == service)
    };
    let exact = pairs().find(|(_, (_, listed))| fold(listed) == mechanism);
    let blank = pairs().find(|(_, (_, listed))| listed.is_empty());
    exact
        .or(blank)
        .map(|(order, (name, listed))| (order, name, listed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::testing;

    #[test]
    fn section_16_2_worked_example() {
        let rows = [
            testing::row("Der_NHS_Number_Traced_Pseudo=123"),
            testing::row("Der_NHS_Number_Traced_Pseudo=123; LA_Person_Unique_Identifier=456"),
            testing::row("Der_NHS_Number_Traced_Pseudo=; LA_Person_Unique_Identifier=456"),
            testing::row(
                "Der_NHS_Number_Traced_Pseudo=; LA_Person_Unique_Identifier=789; LA_Code=102",
            ),
        ];
        let build: Vec<&Row> = rows.iter().map(AsRef::as_ref).collect();
        let ids: Vec<String> = identified(&build)
            .iter()
            .map(|known| known.id.to_string())
            .collect();
        assert_eq!(ids, ["123", "123", "789"]);
    }

    #[test]
    fn section_16_5_a_row_is_held_against_the_one_just_before_it() {
        let span = |start: &str, end: &str| {
            testing::row(&format!("Event_Start_Date={start}; Event_End_Date={end}"))
        };
        let rows = [
            span("2023-01-01", "2023-12-31"),
            span("2023-02-01", "2023-03-01"),
            span("2023-06-01", "2023-06-30"),
        ];
        let build: Vec<&Row> = rows.iter().map(AsRef::as_ref).collect();
        let chains = chained(&identified(&build), 1, day("2024-05-20")).unwrap();
        let numbers: Vec<usize> = chains.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 1, 2]);
        let chain_start = chains.last().map(|row| row.chain_start);
        assert_eq!(chain_start, Some(day("2023-06-01")));
    }

    #[test]
    fn section_16_5_copies_share_the_number_of_the_last_of_them() {
        // It ends well before it starts, so its copy starts a chain of its own.
        let row = testing::row("Event_Start_Date=2023-06-10; Event_End_Date=2023-06-01");
        let build = [row.as_ref(), row.as_ref()];
        let chains = chained(&identified(&build), 4, day("2024-05-20")).unwrap();
        let numbers: Vec<usize> = chains.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 2]);
    }

    #[test]
    fn section_16_1_the_latest_file_about_the_whole_year_within_the_cut_off() {
        let file = |import: &str, start: &str| {
            format!(
                "ImportDate={import} 10:00:00.000; Reporting_Period_Start_Date={start}; \
                 Reporting_Period_End_Date=2024-03-31"
            )
        };
        let inputs = testing::inputs(&[
            file("2024-04-10", "2023-04-01"),
            file("2024-04-20", "2023-04-02"),
            file("2024-05-02", "2023-04-01"),
            file("2024-04-15", "2023-01-01"),
        ]);
        let rows = latest_submission(&inputs, day("2024-03-31"));
        let days: Vec<NaiveDate> = rows.iter().map(|row| row.import_date.date()).collect();
        assert_eq!(days, [day("2024-04-15")]);
    }

    #[test]
    fn section_17_2_a_mechanism_that_makes_no_pair_is_blank() {
        let order = |service: &str, mechanism: &str| {
            setting(&Text::new(service), Text::read(mechanism).as_ref()).map(|(order, ..)| order)
        };
        assert_eq!(
            order("Long Term Support: Community", " direct payment"),
            Some(3)
        );
        assert_eq!(order("Long Term Support: Community", "Other"), Some(6));
        assert_eq!(
            order("Long Term Support: Prison", "Direct Payment"),
            Some(9)
        );
        assert_eq!(
            order("Long Term Support: Nursing Care", "Direct Payment"),
            Some(1)
        );
    }
}
