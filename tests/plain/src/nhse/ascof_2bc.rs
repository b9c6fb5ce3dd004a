//! NHS England's ASCOF 2B and 2C: admissions that are still open at the year's end (section 21).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::common::{EventKey, Known, age_at, identified, is_client, is_event, rows, service_key};
use super::table_of;
use crate::record::{Inputs, Row};
use crate::table::{Tables, shown};
use crate::text::{Text, cell, is_one_of};

/// Whether a row had not ended by the snapshot.
fn open_at(row: &Row, snapshot: NaiveDate) -> bool {
    row.event_end_date.is_none_or(|end| end >= snapshot)
}

/// Residential and nursing services of clients with a birth date, from all submissions.
fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let snapshot = inputs.parameters.nhse_2b2c_snapshot;
    let homes = [
        "Long Term Support: Nursing Care",
        "Long Term Support: Residential Care",
    ];
    let rows: Vec<&Row> = rows(inputs)
        .into_iter()
        .filter(|row| {
            is_event(row, "Service")
                && is_client(row)
                && is_one_of(row.service_type.as_ref(), &homes)
        })
        .filter(|row| age_at(row, snapshot).is_some())
        .collect();
    identified(&rows)
}

/// The keys whose latest edition before the cut-off ended before the snapshot, with no open copy in that file.
fn ended(build: &[Known<'_>], cutoff: NaiveDateTime, snapshot: NaiveDate) -> BTreeSet<EventKey> {
    let mut latest: BTreeMap<EventKey, NaiveDateTime> = BTreeMap::new();
    for known in build.iter().filter(|known| known.row.import_date < cutoff) {
        let import = latest
            .entry(service_key(known))
            .or_insert(known.row.import_date);
        *import = (*import).max(known.row.import_date);
    }
    let is_open = |key: &EventKey, import: NaiveDateTime| {
        build.iter().any(|known| {
            known.row.import_date == import
                && open_at(known.row, snapshot)
                && service_key(known) == *key
        })
    };
    latest
        .into_iter()
        .filter(|(key, import)| !is_open(key, *import))
        .map(|(key, _)| key)
        .collect()
}

/// Adds the list of people and the two numerators.
pub fn tables(inputs: &Inputs, tables: &mut Tables) {
    let parameters = &inputs.parameters;
    let snapshot = parameters.nhse_2b2c_snapshot;
    let build = build(inputs);
    let ended = ended(
        &build,
        parameters.nhse_import_cutoff.and_time(NaiveTime::MIN),
        snapshot,
    );
    let remaining: Vec<&Known<'_>> = build
        .iter()
        .filter(|known| open_at(known.row, snapshot) && !ended.contains(&service_key(known)))
        .collect();
    let from = parameters.nhse_2b2c_admissions_from;
    let started = |known: &Known<'_>| known.row.event_start_date;
    let previous: BTreeSet<&Text> = (remaining.iter())
        .filter(|known| started(known).is_some_and(|start| start < from))
        .map(|known| &known.id)
        .collect();
    let admissions: BTreeSet<(&Text, Option<&Text>, Option<i64>)> = (remaining.iter())
        .filter(|known| {
            started(known).is_some_and(|start| start >= from && start <= parameters.nhse_period_end)
        })
        .filter(|known| !previous.contains(&known.id))
        .map(|known| {
            (
                &known.id,
                known.row.la_code.as_ref(),
                age_at(known.row, snapshot),
            )
        })
        .collect();

    let persons = admissions
        .iter()
        .map(|(id, council, age)| vec![cell(Some(id)), cell(*council), age.and_then(shown)]);
    tables.insert(
        "20_nhse_ascof_2bc_persons".to_owned(),
        table_of("ID,LA_Code,Der_Age_Snapshot_Date", persons),
    );
    for (name, ages) in [
        ("20_nhse_ascof_2b_numerator", 18..=64),
        ("20_nhse_ascof_2c_numerator", 65..=i64::MAX),
    ] {
        let mut totals: BTreeMap<Option<&Text>, usize> = BTreeMap::new();
        for (_, council, _) in admissions
            .iter()
            .filter(|(_, _, age)| age.is_some_and(|age| ages.contains(&age)))
        {
            *totals.entry(*council).or_default() += 1;
        }
        let rows = totals
            .into_iter()
            .map(|(council, total)| vec![cell(council), shown(total)]);
        tables.insert(name.to_owned(), table_of("LA_Code,Total", rows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn stay(import: &str, start: &str, end: &str, more: &str) -> String {
        format!(
            "ImportDate={import} 10:00:00.000; Client_Type=Service User; Event_Type=Service; \
             Service_Type=Long Term Support: Nursing Care; Der_Birth_Year=1940; Der_Birth_Month=6; \
             Event_Start_Date={start}; Event_End_Date={end}; {more}"
        )
    }

    fn total(rows: &[String]) -> Option<String> {
        let mut made = Tables::new();
        tables(&testing::inputs(rows), &mut made);
        made["20_nhse_ascof_2c_numerator"]
            .cell(0, "Total")
            .map(str::to_owned)
    }

    #[test]
    fn section_21_only_admissions_that_are_open_at_the_years_end_count() {
        let open = stay("2023-10-10", "2023-06-01", "", "");
        assert_eq!(total(std::slice::from_ref(&open)).as_deref(), Some("1"));
        let ended = stay("2024-04-15", "2023-06-01", "2024-03-31", "");
        assert_eq!(total(&[open.clone(), ended]), None);
        let ended_after_cutoff = stay("2024-05-10", "2023-06-01", "2024-03-31", "");
        assert_eq!(total(&[open, ended_after_cutoff]).as_deref(), Some("1"));
    }

    #[test]
    fn section_21_an_earlier_stay_in_any_council_makes_no_admission() {
        let open = stay("2023-10-10", "2023-06-01", "", "");
        let before = stay(
            "2023-10-10",
            "2023-03-31",
            "",
            "LA_Code=102; LA_Name=Southmoor",
        );
        assert_eq!(total(&[open, before]), None);
    }
}
