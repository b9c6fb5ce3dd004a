//! SALT `LTS001a`, `LTS001b` and `LTS001c`: long term support, each person once by the highest setting (section 17).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::NaiveDate;

use super::common::{
    Key, Known, age_at, alive_on, chained, identified, is_client, is_long_term, latest_submission,
    overlaps, setting,
};
use super::{insert_with_counts, table_of};
use crate::record::{Inputs, Row};
use crate::table::{Table, Tables, shown};
use crate::text::{Text, cell, is};

/// The primary support reasons that are listed.
pub const REASONS: [&str; 13] = [
    "Physical Support: Access & mobility only",
    "Physical Support: Personal care support",
    "Sensory Support: Support for visual impairment",
    "Sensory Support: Support for hearing impairment",
    "Sensory Support: Support for dual impairment",
    "Support with Memory & Cognition",
    "Learning Disability Support",
    "Mental Health Support",
    "Social Support: Substance misuse support",
    "Social Support: Asylum seeker support",
    "Social Support: Support for Social Isolation/Other",
    "Social Support: Support to Carer",
    "Unknown",
];

const CARERS: [&str; 3] = ["Yes", "No", "Invalid"];

const ETHNICITIES: [&str; 21] = [
    "White - English, Welsh, Scottish, Northern Irish or British",
    "White - Irish",
    "White - Gypsy or Irish Traveller",
    "White - Roma",
    "White - Any other White background",
    "Mixed or multiple ethnic groups - White and Black Caribbean",
    "Mixed or multiple ethnic groups - White and Black African",
    "Mixed or multiple ethnic groups - White and Asian",
    "Mixed or multiple ethnic groups - Any other Mixed or multiple ethnic background",
    "Asian or Asian British - Indian",
    "Asian or Asian British - Pakistani",
    "Asian or Asian British - Bangladeshi",
    "Asian or Asian British - Chinese",
    "Asian or Asian British - Any other Asian background",
    "Black, Black British, Caribbean or African - African",
    "Black, Black British, Caribbean or African - Caribbean",
    "Black, Black British, Caribbean or African - Any other Black, Black British or Caribbean background",
    "Other ethnic group - Arab",
    "Other ethnic group - Any other ethnic group",
    "No data - Refused",
    "No data - Undeclared or Not known",
];

/// An attribute that a table is by.
#[derive(Debug, Clone, Copy)]
struct Attribute {
    column: &'static str,
    of: fn(&Row) -> &Option<Text>,
    unknown: &'static str,
    /// The values that stay; none means that every raw value stays (`LTS001c`).
    listed: Option<&'static [&'static str]>,
}

const BY_REASON: Attribute = Attribute {
    column: "Primary_Support_Reason",
    of: |row| &row.primary_support_reason,
    unknown: "Unknown",
    listed: Some(&REASONS),
};
const BY_RAW_REASON: Attribute = Attribute {
    listed: None,
    ..BY_REASON
};
const BY_CARER: Attribute = Attribute {
    column: "Has_Unpaid_Carer",
    of: |row| &row.has_unpaid_carer,
    unknown: "Unknown",
    listed: Some(&CARERS),
};
const BY_ETHNICITY: Attribute = Attribute {
    column: "Ethnicity",
    of: |row| &row.ethnicity,
    unknown: "No data - Undeclared or Not known",
    listed: Some(&ETHNICITIES),
};

/// Section 17.1: the rows of `LTS001a`, and of `LTS001b` with the snapshot as both ends.
fn build(inputs: &Inputs, start: NaiveDate, end: NaiveDate) -> Vec<Known<'_>> {
    let rows: Vec<&Row> = latest_submission(inputs, end)
        .into_iter()
        .filter(|row| is_long_term(row) && is_client(row) && overlaps(row, start, end))
        .filter(|row| alive_on(row, start) && age_at(row, end).is_some())
        .collect();
    identified(&rows)
}

/// Section 17.1: the rows of `LTS001c`: chains that began early enough, rows that last to the snapshot.
fn build_long(inputs: &Inputs) -> Result<Vec<Known<'_>>> {
    let parameters = &inputs.parameters;
    let snapshot = parameters.nhse_snapshot;
    let rows: Vec<&Row> = latest_submission(inputs, snapshot)
        .into_iter()
        .filter(|row| is_long_term(row) && is_client(row) && alive_on(row, snapshot))
        .filter(|row| {
            row.event_start_date.is_some_and(|start| start <= snapshot)
                && age_at(row, snapshot).is_some()
        })
        .collect();
    let known = identified(&rows);
    let chains = chained(&known, 1, parameters.nhse_run_date_used_for_open_ends)?;
    Ok((chains.into_iter())
        .filter(|row| {
            row.chain_start < parameters.nhse_lts001c_chain_start_before && row.end >= snapshot
        })
        .map(|row| row.known)
        .collect())
}

/// Section 17.3: what is left of one person's rows.
fn select(rows: &[&Known<'_>], attribute: Attribute) -> Option<[Option<String>; 3]> {
    let placed = rows.iter().filter_map(|known| {
        let row = known.row;
        Some((
            setting(row.service_type.as_ref()?, row.delivery_mechanism.as_ref())?,
            row,
        ))
    });
    let placed: Vec<_> = placed.collect();
    // 1: the smallest order.
    let best = placed.iter().map(|((order, ..), _)| *order).min()?;
    let kept: Vec<_> = placed
        .into_iter()
        .filter(|((order, ..), _)| *order == best)
        .collect();
    let (_, service_type, mechanism) = kept.first()?.0;
    // 2: known beats unknown.
    let value = |row: &Row| (attribute.of)(row).clone();
    let is_known = |row: &Row| value(row).is_some_and(|text| !text.is(attribute.unknown));
    let any_known = kept.iter().any(|(_, row)| is_known(row));
    let kept: Vec<&Row> = kept
        .into_iter()
        .map(|(_, row)| row)
        .filter(|row| is_known(row) == any_known)
        .collect();
    // 3: the latest start.
    let latest = kept.iter().map(|row| row.event_start_date).max()?;
    // 4: values off the list; 5: a conflict is unknown.
    let values: BTreeSet<Option<Text>> = kept
        .iter()
        .filter(|row| row.event_start_date == latest)
        .map(|row| listed(value(row), attribute))
        .collect();
    let chosen = if values.len() == 1 {
        values.into_iter().next()?
    } else {
        Some(Text::new(attribute.unknown))
    };
    let mechanism = (!mechanism.is_empty()).then(|| mechanism.to_owned());
    Some([cell(chosen.as_ref()), shown(service_type), mechanism])
}

/// Section 17.3, step 4.
fn listed(value: Option<Text>, attribute: Attribute) -> Option<Text> {
    let Some(list) = attribute.listed else {
        return value;
    };
    let found = list.iter().find(|listed| is(value.as_ref(), listed));
    Some(Text::new(found.copied().unwrap_or("Invalid/NULL")))
}

/// One table: the rows of the build that it is about, each person once.
fn one_table(build: &[Known<'_>], about: impl Fn(&Row) -> bool, attribute: Attribute) -> Table {
    let mut people: BTreeMap<Key, Vec<&Known<'_>>> = BTreeMap::new();
    for known in build.iter().filter(|known| about(known.row)) {
        people.entry(known.key()).or_default().push(known);
    }
    let header = format!(
        "LA_Code,{},Service_Type,Delivery_Mechanism,ID",
        attribute.column
    );
    let rows = people.iter().filter_map(|((council, id), rows)| {
        let [value, service_type, mechanism] = select(rows, attribute)?;
        Some(vec![
            cell(council.as_ref()),
            value,
            service_type,
            mechanism,
            cell(Some(id)),
        ])
    });
    table_of(&header, rows)
}

/// Adds the nine tables and their counts.
pub fn tables(inputs: &Inputs, tables: &mut Tables) -> Result<()> {
    let parameters = &inputs.parameters;
    let (start, end, snapshot) = (
        parameters.nhse_period_start,
        parameters.nhse_period_end,
        parameters.nhse_snapshot,
    );
    let working = |day: NaiveDate| {
        move |row: &Row| age_at(row, day).is_some_and(|age| (18..=64).contains(&age))
    };
    let older = |day: NaiveDate| move |row: &Row| age_at(row, day).is_some_and(|age| age > 64);
    let gender = |gender: &'static str| move |row: &Row| is(row.gender.as_ref(), gender);

    let in_year = build(inputs, start, end);
    let at_snapshot = build(inputs, snapshot, snapshot);
    let long = build_long(inputs)?;
    let all = [
        (
            "20_salt_lts001a_t1a",
            one_table(&in_year, working(end), BY_REASON),
        ),
        (
            "20_salt_lts001a_t1b",
            one_table(&in_year, older(end), BY_REASON),
        ),
        (
            "20_salt_lts001b_t1a",
            one_table(&at_snapshot, working(snapshot), BY_REASON),
        ),
        (
            "20_salt_lts001b_t1b",
            one_table(&at_snapshot, older(snapshot), BY_REASON),
        ),
        (
            "20_salt_lts001b_t2",
            one_table(&at_snapshot, |_| true, BY_CARER),
        ),
        (
            "20_salt_lts001b_t3a",
            one_table(&at_snapshot, gender("Male"), BY_ETHNICITY),
        ),
        (
            "20_salt_lts001b_t3b",
            one_table(&at_snapshot, gender("Female"), BY_ETHNICITY),
        ),
        (
            "20_salt_lts001c_t1a",
            one_table(&long, working(snapshot), BY_RAW_REASON),
        ),
        (
            "20_salt_lts001c_t1b",
            one_table(&long, older(snapshot), BY_RAW_REASON),
        ),
    ];
    for (name, table) in all {
        insert_with_counts(name, table, tables);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn service(start: &str, more: &str) -> String {
        format!(
            "ImportDate=2024-04-15 10:00:00.000; Reporting_Period_Start_Date=2023-04-01; \
             Reporting_Period_End_Date=2024-03-31; Client_Type=Service User; Event_Type=Service; \
             Der_Birth_Year=1978; Der_Birth_Month=6; Event_Start_Date={start}; {more}"
        )
    }

    /// The one row of a table: attribute, service type, mechanism.
    fn only(tables: &Tables, name: &str) -> [Option<String>; 3] {
        let [row] = tables[name].rows.as_slice() else {
            panic!("{:?}", tables[name])
        };
        [row[1].clone(), row[2].clone(), row[3].clone()]
    }

    #[test]
    fn section_17_worked_example() {
        let inputs = testing::inputs(&[
            service(
                "2023-06-01",
                "Service_Type=Long Term Support: Community; Delivery_Mechanism=CASSR Commissioned Support; \
                 Primary_Support_Reason=Mental Health Support",
            ),
            service(
                "2023-09-01",
                "Service_Type=Long Term Support: Community; Delivery_Mechanism=Other; \
                 Primary_Support_Reason=Learning Disability Support",
            ),
            service(
                "2023-05-01",
                "Service_Type=Long Term Support: Residential Care; Event_End_Date=2023-05-20",
            ),
        ]);
        let mut made = Tables::new();
        tables(&inputs, &mut made).unwrap();
        let residential = shown("Long Term Support: Residential Care");
        assert_eq!(
            only(&made, "20_salt_lts001a_t1a"),
            [shown("Invalid/NULL"), residential, None]
        );
        assert_eq!(
            only(&made, "20_salt_lts001b_t1a"),
            [
                shown("Mental Health Support"),
                shown("Long Term Support: Community"),
                shown("CASSR Commissioned Support")
            ]
        );
        assert_eq!(
            made["20_salt_lts001a_t1a_counts"].cell(0, "Count"),
            Some("1")
        );
        assert!(made["20_salt_lts001a_t1b"].rows.is_empty());
    }

    #[test]
    fn section_17_3_a_conflict_is_unknown_and_a_listed_unknown_carer_is_not() {
        let of = |one: &str, other: &str| {
            let row = |carer: &str| {
                service(
                    "2023-06-01",
                    &format!("Service_Type=Long Term Support: Community; Has_Unpaid_Carer={carer}"),
                )
            };
            let inputs = testing::inputs(&[row(one), row(other)]);
            let mut made = Tables::new();
            tables(&inputs, &mut made).unwrap();
            only(&made, "20_salt_lts001b_t2")[0].clone()
        };
        assert_eq!(of("Yes", "No").as_deref(), Some("Unknown"));
        assert_eq!(of("Yes", "Unknown").as_deref(), Some("Yes"));
        assert_eq!(of("Unknown", "Unknown").as_deref(), Some("Invalid/NULL"));
    }
}
