//! SALT LTS004: employment and accommodation of people of 18 to 64 with a learning disability (section 18.2).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::common::{
    Key, Known, age_at, alive_on, identified, is_client, is_event, is_long_term, latest_submission,
    overlaps,
};
use super::{insert_with_counts, table_of};
use crate::record::{Inputs, Row};
use crate::table::Tables;
use crate::text::{Text, cell, is, is_one_of};

/// Accommodation at home or with family.
pub const SETTLED: [&str; 9] = [
    "Owner occupier or shared ownership scheme",
    "Tenant",
    "Tenant - private landlord",
    "Settled mainstream housing with family / friends",
    "Supported accommodation / supported lodgings / supported group home",
    "Shared Lives scheme",
    "Approved premises for offenders released from prison or under probation supervision",
    "Sheltered housing / extra care housing / other sheltered housing",
    "Mobile accommodation for Gypsy / Roma and Traveller communities",
];

const UNSETTLED: [&str; 11] = [
    "Rough sleeper / squatting",
    "Night shelter / emergency hostel / direct access hostel",
    "Refuge",
    "Placed in temporary accommodation by the council (inc. homelessness resettlement)",
    "Staying with family / friends as a short-term guest",
    "Acute / long-term healthcare residential facility or hospital",
    "Registered care home",
    "Registered nursing home",
    "Prison / Young offenders institution / detention centre",
    "Other temporary accommodation",
    "Unknown",
];

const EMPLOYMENT: [&str; 7] = [
    "Paid: Less than 16 hours a week",
    "Paid: 16 or more hours a week",
    "Paid: Hours per week unknown",
    "Not in Paid Employment (seeking work)",
    "Not in Paid Employment (not actively seeking work / retired)",
    "Not in Paid Employment (voluntary work only)",
    "Unknown",
];

/// A council, an identifier and a gender.
type Person = (Option<Text>, Text, Option<Text>);

/// Section 18.2: the rows that are looked at.
fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let (start, end) = (
        inputs.parameters.nhse_period_start,
        inputs.parameters.nhse_period_end,
    );
    let rows: Vec<&Row> = latest_submission(inputs, end)
        .into_iter()
        .filter(|row| is_event(row, "Service") && is_long_term(row) && is_client(row))
        .filter(|row| {
            is(
                row.primary_support_reason.as_ref(),
                "Learning Disability Support",
            )
        })
        .filter(|row| overlaps(row, start, end) && alive_on(row, start))
        .filter(|row| age_at(row, end).is_some_and(|age| (18..=64).contains(&age)))
        .collect();
    identified(&rows)
}

/// Whether a status is on a list, blanks on either side aside.
fn is_listed(status: Option<&Text>, list: &[&str]) -> bool {
    status.is_some_and(|status| is_one_of(Some(&Text::new(status.as_str().trim())), list))
}

/// The status of each person: listed ones, the latest start, then known; a conflict is unknown. It stays as
/// submitted. Somebody without a listed status is in no table.
fn statuses(
    build: &[Known<'_>],
    status: fn(&Row) -> &Option<Text>,
    list: &[&str],
) -> BTreeSet<(Person, Text)> {
    let person = |known: &Known<'_>| {
        let (council, id) = known.key();
        (council, id, known.row.gender.clone())
    };
    let on_list: Vec<&Known<'_>> = build
        .iter()
        .filter(|known| is_listed(status(known.row).as_ref(), list))
        .collect();
    // The latest start is the identifier's, whatever the council; what is known then is the council's.
    let mut latest: BTreeMap<&Text, Option<NaiveDate>> = BTreeMap::new();
    for known in &on_list {
        let start = latest.entry(&known.id).or_default();
        *start = (*start).max(known.row.event_start_date);
    }
    let at_latest: Vec<&Known<'_>> = on_list
        .iter()
        .copied()
        .filter(|known| latest.get(&known.id) == Some(&known.row.event_start_date))
        .collect();
    let is_known = |known: &Known<'_>| !is(status(known.row).as_ref(), "Unknown");
    let with_known: BTreeSet<Key> = at_latest
        .iter()
        .filter(|known| is_known(known))
        .map(|known| known.key())
        .collect();
    let mut values: BTreeMap<Person, BTreeSet<Text>> = BTreeMap::new();
    for known in at_latest {
        if is_known(known) == with_known.contains(&known.key()) {
            let own = values.entry(person(known)).or_default();
            own.extend(status(known.row).clone());
        }
    }
    let mut chosen = BTreeSet::new();
    for (person, own) in values {
        // A missing gender equals no other, so two statuses of such a person both stay.
        if own.len() > 1 && person.2.is_some() {
            chosen.insert((person, Text::new("Unknown")));
        } else {
            chosen.extend(own.into_iter().map(|status| (person.clone(), status)));
        }
    }
    chosen
}

/// Adds the three tables and their counts.
pub fn tables(inputs: &Inputs, tables: &mut Tables) {
    let build = build(inputs);
    let employment = statuses(&build, |row| &row.employment_status, &EMPLOYMENT);
    let everywhere = [SETTLED.as_slice(), UNSETTLED.as_slice()].concat();
    let accommodation = statuses(&build, |row| &row.accommodation_status, &everywhere);
    // Here the blank before a status counts, so such a status is in neither table.
    let of = |list: &[&str]| {
        let chosen = accommodation.iter();
        let own = chosen.filter(|(_, status)| is_one_of(Some(status), list));
        own.cloned().collect::<BTreeSet<_>>()
    };
    let (settled, unsettled) = (of(&SETTLED), of(&UNSETTLED));
    for (name, column, chosen) in [
        ("20_salt_lts004_t1", "Employment_Status", employment),
        ("20_salt_lts004_t2a", "Accommodation_Status", settled),
        ("20_salt_lts004_t2b", "Accommodation_Status", unsettled),
    ] {
        let rows = chosen.into_iter().map(|((council, id, gender), status)| {
            vec![
                cell(council.as_ref()),
                cell(gender.as_ref()),
                cell(Some(&status)),
                cell(Some(&id)),
            ]
        });
        insert_with_counts(
            name,
            table_of(&format!("LA_Code,Gender,{column},ID"), rows),
            tables,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn row(start: &str, more: &str) -> String {
        format!(
            "ImportDate=2024-04-15 10:00:00.000; Reporting_Period_Start_Date=2023-04-01; \
             Reporting_Period_End_Date=2024-03-31; Client_Type=Service User; Event_Type=Service; Gender=Male; \
             Service_Type=Long Term Support: Community; Primary_Support_Reason=Learning Disability Support; \
             Der_Birth_Year=1978; Der_Birth_Month=6; Event_Start_Date={start}; {more}"
        )
    }

    /// Council, gender and status of each row of a table.
    fn rows_of(rows: &[String], name: &str) -> Vec<String> {
        let mut made = Tables::new();
        tables(&testing::inputs(rows), &mut made);
        let text = |row: &Vec<Option<String>>| {
            row[..3]
                .iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(" ")
        };
        made[name].rows.iter().map(text).collect()
    }

    #[test]
    fn section_18_2_the_latest_start_is_the_persons_across_councils() {
        let here = row("2023-06-01", "Employment_Status=Unknown");
        let there = row(
            "2023-09-01",
            "LA_Code=102; LA_Name=Southmoor; Employment_Status=Paid: 16 or more hours a week",
        );
        assert_eq!(
            rows_of(&[here, there], "20_salt_lts004_t1"),
            ["102 Male Paid: 16 or more hours a week"]
        );
    }

    #[test]
    fn section_18_2_two_genders_count_once_in_each_and_a_conflict_is_unknown() {
        let tied = |more: &str| row("2023-06-01", more);
        let refuge = tied("Accommodation_Status=Refuge");
        let woman = tied("Accommodation_Status=Tenant; Gender=Female");
        let both = [refuge.clone(), woman];
        assert_eq!(rows_of(&both, "20_salt_lts004_t2a"), ["101 Female Tenant"]);
        assert_eq!(rows_of(&both, "20_salt_lts004_t2b"), ["101 Male Refuge"]);
        let conflict = [refuge, tied("Accommodation_Status=Tenant")];
        assert_eq!(
            rows_of(&conflict, "20_salt_lts004_t2b"),
            ["101 Male Unknown"]
        );
    }

    #[test]
    fn section_18_2_people_with_unlisted_values_alone_are_in_no_table() {
        let unlisted = row("2023-06-01", "Accommodation_Status=Castle");
        assert!(rows_of(std::slice::from_ref(&unlisted), "20_salt_lts004_t2b").is_empty());
        let earlier = row("2023-05-01", "Accommodation_Status=Tenant");
        assert_eq!(
            rows_of(&[unlisted, earlier], "20_salt_lts004_t2a"),
            ["101 Male Tenant"]
        );
    }
}
