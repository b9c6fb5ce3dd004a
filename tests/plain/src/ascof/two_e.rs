//! ASCOF 2E (section 13): who lives at home or with family.

use std::collections::{BTreeMap, BTreeSet};

use crate::ascof::{LONG_TERM, Line, SUMMARY, UNKNOWN_COUNTS, Year, name_of, summary_row};
use crate::date::age;
use crate::main_tables::persons::working_age_band;
use crate::main_tables::{Event, MainTables, Person, PersonKey};
use crate::record::Inputs;
use crate::table::{Table, Tables, shown};
use crate::text::{Text, cell, is_one_of};

const YOUNGER: (&str, &str) = (
    "18 to 64",
    "The proportion of people aged 18-64 who receive long-term support who live in their home or \
     with family (%)",
);
const OLDER: (&str, &str) = (
    "65 and above",
    "The proportion of people aged 65+ who receive long-term support who live in their home or \
     with family (%)",
);

const UNKNOWN_STATUS: &str = "Accommodation status = unknown or invalid";

/// One of the two runs.
struct Run {
    /// In the names of its tables.
    name: &'static str,
    measure: &'static str,
    /// Whether only people with a learning disability, aged 18 to 64, count.
    learning_disability: bool,
    /// The bands that it tells of, each with its description.
    bands: &'static [(&'static str, &'static str)],
}

const RUNS: [Run; 2] = [
    Run {
        name: "ld",
        measure: "ASCOF 2E LD",
        learning_disability: true,
        bands: &[YOUNGER],
    },
    Run {
        name: "all",
        measure: "ASCOF 2E",
        learning_disability: false,
        bands: &[YOUNGER, OLDER],
    },
];

/// A person of the cohort.
struct Member<'a> {
    name: Option<String>,
    details: &'a Person,
    age: Option<i64>,
    band: &'static str,
}

/// Adds tables 10 for a year.
pub(super) fn tables(inputs: &Inputs, main: &MainTables, year: Year, tables: &mut Tables) {
    for run in &RUNS {
        let cohort = cohort(inputs, main, year, run);
        let name = format!("10_ascof_2e_{}", run.name);
        tables.insert(
            format!("{name}_{}", year.name),
            summary(inputs, &cohort, year, run),
        );
        tables.insert(format!("{name}_persons_{}", year.name), list(&cohort));
        tables.insert(
            format!("{name}_unknown_{}", year.name),
            unknown(inputs, &cohort, year, run),
        );
    }
}

/// Section 13.1.
fn is_in_cohort(event: &Event, year: Year) -> bool {
    event.is_of("Service user")
        && event.is_a("Service")
        && is_one_of(event.cleaned.service_type.as_ref(), &LONG_TERM)
        && event.ends_well()
        && event.start <= year.end
        && event.end.is_none_or(|end| end >= year.start)
}

/// Sections 13.1 to 13.4.
fn cohort<'a>(inputs: &Inputs, main: &'a MainTables, year: Year, run: &Run) -> Vec<Member<'a>> {
    let mut by_person: BTreeMap<PersonKey, Vec<&Event>> = BTreeMap::new();
    for event in main.joined.iter().filter(|event| is_in_cohort(event, year)) {
        by_person.entry(event.person_key()).or_default().push(event);
    }
    let mut all = Vec::new();
    for (key, events) in by_person {
        let Some(details) = main.persons.get(&key) else {
            continue;
        };
        let alive = details
            .date_of_death
            .is_none_or(|death| death >= year.start);
        let wanted = !run.learning_disability
            || details
                .primary_support_reason
                .is("Learning disability support");
        // The latest of the ends, each no later than the end of the year.
        let ends = events.iter().map(|event| event.end_or_open().min(year.end));
        let latest_end = ends.max().unwrap_or(year.end);
        let age = details.birth_date.map(|birth| age(birth, latest_end));
        let band = working_age_band(age);
        let of_age =
            age.is_none_or(|age| age >= 18) && (!run.learning_disability || band == YOUNGER.0);
        if alive && wanted && of_age {
            let own = events.first().and_then(|event| event.row.la_name.as_ref());
            let name = name_of(inputs, key.0.as_ref(), own);
            all.push(Member {
                name,
                details,
                age,
                band,
            });
        }
    }
    all
}

fn list(cohort: &[Member<'_>]) -> Table {
    let mut table = Table::new(
        "LA_Code,LA_Name,Der_NHS_LA_Combined_Person_ID,Accommodation_Status,Gender,Person_Age,\
         Person_Working_Age_Band,Accommodation_Status_Group",
    );
    for one in cohort {
        table.push(vec![
            cell(one.details.la_code.as_ref()),
            one.name.clone(),
            cell(Some(&one.details.person)),
            cell(Some(&one.details.accommodation_status)),
            cell(Some(&one.details.gender)),
            one.age.and_then(shown),
            shown(one.band),
            one.details.accommodation_group.and_then(shown),
        ]);
    }
    table
}

/// Sections 13.5 and 13.6. Unknown ages are in no band, so they never count.
fn summary(inputs: &Inputs, cohort: &[Member<'_>], year: Year, run: &Run) -> Table {
    let mut table = Table::new(SUMMARY);
    let counted = |one: &&Member<'_>| run.bands.iter().any(|(band, _)| one.band == *band);
    let genders: BTreeSet<&Text> = cohort
        .iter()
        .filter(counted)
        .map(|one| &one.details.gender)
        .collect();
    let occurs = |group: &str| {
        (group == "Total" && !genders.is_empty()) || genders.iter().any(|gender| gender.is(group))
    };
    for council in &inputs.councils {
        for (band, description) in run.bands.iter().copied() {
            for group in ["Male", "Female", "Total"]
                .into_iter()
                .filter(|group| occurs(group))
            {
                let members = cohort.iter().filter(|one| {
                    one.details.la_code.as_ref() == Some(&council.code)
                        && one.band == band
                        && (group == "Total" || one.details.gender.is(group))
                });
                let settled: Vec<bool> = members
                    .map(|one| one.details.accommodation_group == Some(1))
                    .collect();
                let n = settled.iter().filter(|settled| **settled).count() as u64;
                let line = Line {
                    council,
                    measure: run.measure,
                    description,
                    group,
                };
                table.push(summary_row(year, &line, 100.0, n, settled.len() as u64));
            }
        }
    }
    table
}

/// Section 13.7. Those presumed at home are in the numerator and in this count.
fn unknown(inputs: &Inputs, cohort: &[Member<'_>], year: Year, run: &Run) -> Table {
    let mut table = Table::new(UNKNOWN_COUNTS);
    for council in &inputs.councils {
        let unknown = cohort.iter().filter(|one| {
            let status = Some(&one.details.accommodation_status);
            let not_known = is_one_of(
                status,
                &[
                    "Unknown",
                    "Unknown: Presumed at home",
                    "Unknown: Presumed in community",
                ],
            );
            one.details.la_code.as_ref() == Some(&council.code)
                && (not_known || one.details.accommodation_group.is_none())
        });
        table.push(vec![
            shown(year.label()),
            shown(&council.code),
            shown(&council.name),
            shown(run.measure),
            shown(UNKNOWN_STATUS),
            shown(unknown.count()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::testing::{inputs, main};

    const YEAR: fn() -> Year = || Year {
        name: "latest",
        start: day("2025-04-01"),
        end: day("2026-03-31"),
    };

    fn service(person: &str, more: &str) -> String {
        format!(
            "Der_NHS_Number_Traced_Pseudo={person}; Client_Type=Service user; Event_Type=Service; \
             Service_Type=Long term support: Community; Event_Start_Date=2025-01-10; {more}"
        )
    }

    fn bands(rows: &[String], run: &Run) -> Vec<(Option<i64>, &'static str)> {
        let inputs = inputs(rows);
        let main = main(&inputs);
        cohort(&inputs, &main, YEAR(), run)
            .iter()
            .map(|one| (one.age, one.band))
            .collect()
    }

    #[test]
    fn section_13_worked_example_mr_m() {
        let born = "Der_Birth_Year=1961; Der_Birth_Month=1";
        let ended = service("M", &format!("{born}; Event_End_Date=2025-09-30"));
        assert_eq!(bands(&[ended], &RUNS[1]), [(Some(64), "18 to 64")]);
        assert_eq!(
            bands(&[service("M", born)], &RUNS[1]),
            [(Some(65), "65 and above")]
        );
    }

    #[test]
    fn section_13_3_an_infant_is_out_and_an_unknown_age_is_listed_but_not_counted() {
        let infant = service("A", "Der_Birth_Year=2025; Der_Birth_Month=9");
        let unknown = service("B", "Gender=Other; Accommodation_Status=Refuge");
        let rows = [infant, unknown];
        assert_eq!(bands(&rows, &RUNS[1]), [(None, "Unknown")]);
        let inputs = inputs(&rows);
        let main = main(&inputs);
        let cohort = cohort(&inputs, &main, YEAR(), &RUNS[1]);
        // Nobody is counted, so no group occurs.
        let nobody = summary(&inputs, &cohort, YEAR(), &RUNS[1]);
        assert!(nobody.rows.is_empty());
    }

    #[test]
    fn section_13_7_those_presumed_at_home_count_twice() {
        let born = "Der_Birth_Year=1980; Der_Birth_Month=1; Gender=Female";
        let component = "Service_Component=Home support or domiciliary care";
        let inputs = inputs(&[service("A", &format!("{born}; {component}"))]);
        let main = main(&inputs);
        let cohort = cohort(&inputs, &main, YEAR(), &RUNS[1]);
        let table = summary(&inputs, &cohort, YEAR(), &RUNS[1]);
        assert_eq!(table.cell(0, "Group"), Some("Female"));
        assert_eq!(table.cell(0, "Outcome"), Some("100.0"));
        assert_eq!(
            unknown(&inputs, &cohort, YEAR(), &RUNS[1]).cell(0, "Count"),
            Some("1")
        );
    }
}
