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
