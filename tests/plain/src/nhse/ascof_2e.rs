//! NHS England's ASCOF 2E: people with long term support who live at home or with family (section 21).

use std::collections::{BTreeMap, BTreeSet};

use super::common::{
    Key, Known, LONG_TERM, alive_on, identified, is_client, latest_submission, overlaps,
};
use super::lts004::SETTLED;
use super::table_of;
use crate::record::{Inputs, Row};
use crate::table::Tables;
use crate::text::{Text, cell, is_one_of};

/// Nursing, residential and community services of clients in the year; no birth date is needed.
fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let (start, end) = (
        inputs.parameters.nhse_period_start,
        inputs.parameters.nhse_period_end,
    );
    let [nursing, residential, community, _] = LONG_TERM;
    let rows: Vec<&Row> = latest_submission(inputs, end)
        .into_iter()
        .filter(|row| {
            is_one_of(
                row.service_type.as_ref(),
                &[nursing, residential, community],
            )
        })
        .filter(|row| is_client(row) && overlaps(row, start, end) && alive_on(row, start))
        .collect();
    identified(&rows)
}

/// The status for each gender of a council and identifier: the latest start, then known, and a conflict of
/// rows of one gender is unknown.
fn select(rows: &[&Known<'_>]) -> BTreeSet<(Option<Text>, Option<Text>)> {
    let latest = rows
        .iter()
        .map(|known| known.row.event_start_date)
        .max()
        .flatten();
    let at_latest = rows
        .iter()
        .map(|known| known.row)
        .filter(|row| row.event_start_date == latest);
    let is_known = |row: &Row| {
        row.accommodation_status
            .as_ref()
            .is_some_and(|status| !status.is("Unknown"))
    };
    let at_latest: Vec<&Row> = at_latest.collect();
    let any_known = at_latest.iter().any(|row| is_known(row));
    let kept: Vec<&Row> = at_latest
        .into_iter()
        .filter(|row| is_known(row) == any_known)
        .collect();
    let pairs: BTreeSet<(Option<Text>, Option<Text>)> = kept
        .iter()
        .map(|row| (row.gender.clone(), row.accommodation_status.clone()))
        .collect();
    // A missing gender equals no other, so its statuses are in no conflict.
    let in_conflict = |gender: &Option<Text>| {
        gender.is_some() && pairs.iter().filter(|(other, _)| other == gender).count() > 1
    };
    pairs
        .iter()
        .map(|(gender, status)| {
            let unknown = in_conflict(gender).then(|| Text::new("Unknown"));
            (gender.clone(), unknown.or_else(|| status.clone()))
        })
        .collect()
}

/// A count that is missing where there is nobody.
fn somebody(people: &BTreeSet<&Text>) -> Option<String> {
    (!people.is_empty()).then(|| people.len().to_string())
}

/// A share in per cent, not rounded; missing if there is nobody in it.
fn outcome(settled: &BTreeSet<&Text>, all: &BTreeSet<&Text>) -> Option<String> {
    let share = 100.0 * settled.len() as f64 / all.len() as f64;
    (!settled.is_empty()).then(|| share.to_string())
}

/// Adds the list of people and the table of councils.
pub fn tables(inputs: &Inputs, tables: &mut Tables) {
    let build = build(inputs);
    let mut people: BTreeMap<Key, Vec<&Known<'_>>> = BTreeMap::new();
    for known in &build {
        people.entry(known.key()).or_default().push(known);
    }
    let mut persons = Vec::new();
    // Of each council: everyone, men, women; then those of each who are settled.
    let mut councils: BTreeMap<&Option<Text>, [BTreeSet<&Text>; 6]> = BTreeMap::new();
    for ((council, id), rows) in &people {
        for (gender, status) in select(rows) {
            let own = match gender.as_ref() {
                Some(gender) if gender.is("Male") => Some(1),
                Some(gender) if gender.is("Female") => Some(2),
                _ => None,
            };
            if let Some(own) = own {
                let settled = is_one_of(status.as_ref(), &SETTLED);
                let counts = councils.entry(council).or_default();
                for (at, set) in counts.iter_mut().enumerate() {
                    if (at % 3 == 0 || at % 3 == own) && (at < 3 || settled) {
                        set.insert(id);
                    }
                }
            }
            persons.push(vec![
                cell(council.as_ref()),
                cell(gender.as_ref()),
                cell(status.as_ref()),
                cell(Some(id)),
            ]);
        }
    }
    let rows = councils.into_iter().map(|(council, counts)| {
        let [all, men, women, all_home, men_home, women_home] = &counts;
        let shares = [
            outcome(all_home, all),
            outcome(men_home, men),
            outcome(women_home, women),
        ];
        [
            vec![cell(council.as_ref())],
            counts.iter().map(somebody).collect(),
            shares.to_vec(),
        ]
        .concat()
    });
    let header = "LA_Code,Total_Denom,Male_Denom,Female_Denom,Total_Num,Male_Num,Female_Num,\
                  Total_Outcome,Male_Outcome,Female_Outcome";
    tables.insert("20_nhse_ascof_2e".to_owned(), table_of(header, rows));
    tables.insert(
        "20_nhse_ascof_2e_persons".to_owned(),
        table_of("LA_Code,Gender,Accommodation_Status,ID", persons),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn section_21_the_latest_start_then_known_and_a_conflict_is_unknown() {
        let row = |start: &str, more: &str| {
            format!(
                "ImportDate=2024-04-15 10:00:00.000; Reporting_Period_Start_Date=2023-04-01; \
                 Reporting_Period_End_Date=2024-03-31; Client_Type=Service User; Event_Type=Service; Gender=Male; \
                 Service_Type=Long Term Support: Community; Event_Start_Date={start}; {more}"
            )
        };
        let shares = |rows: &[String]| {
            let mut made = Tables::new();
            tables(&testing::inputs(rows), &mut made);
            let cell = |column: &str| {
                made["20_nhse_ascof_2e"]
                    .cell(0, column)
                    .unwrap_or("none")
                    .to_owned()
            };
            [
                cell("Total_Denom"),
                cell("Male_Num"),
                cell("Total_Outcome"),
                cell("Female_Outcome"),
            ]
        };
        let tenant = row("2023-06-01", "Accommodation_Status=tenant");
        let unknown = row("2023-06-01", "Accommodation_Status=Unknown");
        assert_eq!(
            shares(&[tenant.clone(), unknown.clone()]),
            ["1", "1", "100", "none"]
        );
        let refuge = row("2023-06-01", "Accommodation_Status=Refuge");
        assert_eq!(
            shares(&[tenant.clone(), refuge.clone()]),
            ["1", "none", "none", "none"]
        );
        let later = row("2023-06-02", "");
        assert_eq!(
            shares(&[tenant.clone(), later]),
            ["1", "none", "none", "none"]
        );
        // Rows of two genders are in no conflict, and the person counts once in the total.
        let woman = row("2023-06-01", "Accommodation_Status=Refuge; Gender=Female");
        assert_eq!(shares(&[tenant.clone(), woman]), ["1", "1", "100", "none"]);
        let other = row("2023-06-01", "Gender=Other; Der_NHS_Number_Traced_Pseudo=Q");
        assert_eq!(shares(&[tenant, unknown, other]), ["1", "1", "100", "none"]);
    }
}
