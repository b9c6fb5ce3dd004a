//! ASCOF 2B and 2C (section 11): new admissions to residential and nursing care.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::ascof::{Line, SUMMARY, Year, distinct, summary_row};
use crate::date::{age, days};
use crate::main_tables::{Event, MainTables, PersonKey};
use crate::record::{Council, Inputs};
use crate::table::{Table, Tables, shown};
use crate::text::{cell, has, is, is_one_of};

const YOUNGER: &str = "18 to 64";
const OLDER: &str = "65 and above";

/// Measure, description and band.
const MEASURES: [(&str, &str, &str); 2] = [
    (
        "ASCOF 2B",
        "The number of adults whose long-term support needs are met by admission to residential \
         and nursing care homes, for 18-64yrs (per 100,000 population)",
        YOUNGER,
    ),
    (
        "ASCOF 2C",
        "The number of adults whose long-term support needs are met by admission to residential \
         and nursing care homes, for 65 and over (per 100,000 population)",
        OLDER,
    ),
];

/// Adds tables 08 for a year.
pub(super) fn tables(inputs: &Inputs, main: &MainTables, year: Year, tables: &mut Tables) {
    let persons = newly_admitted(main, year);
    let name = year.name;
    let mut list = Table::new("LA_Code,Der_NHS_LA_Combined_Person_ID,Age_Band");
    for ((code, person), band) in &persons {
        list.push(vec![cell(code.as_ref()), cell(Some(person)), shown(band)]);
    }
    tables.insert(format!("08_ascof_2b_2c_persons_{name}"), list);
    tables.insert(
        format!("08_ascof_2b_2c_{name}"),
        summary(inputs, &persons, year),
    );
}

/// A stay in residential or nursing care (section 11.1).
struct Stay<'a> {
    event: &'a Event,
    person: PersonKey,
    age: i64,
}

/// Section 11.1. A missing component fails both tests of it, so it excludes the row.
fn build(main: &MainTables, year: Year) -> Vec<Stay<'_>> {
    let homes = [
        "Long term support: Residential care",
        "Long term support: Nursing care",
    ];
    let mut all = Vec::new();
    for event in &main.joined {
        let component = event.cleaned.service_component.as_ref();
        let counted = event.is_a("Service")
            && event.is_of("Service user")
            && is_one_of(event.cleaned.service_type.as_ref(), &homes)
            && (has(component, "Residential") || has(component, "Nursing"))
            && !has(component, "Short");
        let Some(person) = main.person_of(event).filter(|_| counted) else {
            continue;
        };
        let alive = person.date_of_death.is_none_or(|death| death >= year.start);
        let Some(birth) = person.birth_date.filter(|_| alive) else {
            continue;
        };
        all.push(Stay {
            event,
            person: event.person_key(),
            age: age(birth, event.start),
        });
    }
    all
}

/// Whether a stay is an admission of the year (section 11.2).
fn is_admission(stay: &Stay<'_>, year: Year) -> bool {
    let outcome = stay.event.cleaned.event_outcome.as_ref();
    year.start <= stay.event.start
        && stay.event.start <= year.end
        && !is(outcome, "NFA: Self-funded client or under 12wk disregard")
}

/// Whether the person was in a home less than 365 days before (section 11.3).
fn is_existing(stays: &[Stay<'_>], person: &PersonKey, admission: NaiveDate) -> bool {
    stays.iter().any(|earlier| {
        earlier.person == *person
            && earlier.event.start < admission
            && earlier
                .event
                .end
                .is_none_or(|end| days(end, admission) < 365)
    })
}

/// The band of each person with a new admission (sections 11.3 and 11.4).
fn newly_admitted(main: &MainTables, year: Year) -> BTreeMap<PersonKey, &'static str> {
    let stays = build(main, year);
    let admissions: BTreeSet<(PersonKey, NaiveDate, i64)> = stays
        .iter()
        .filter(|stay| is_admission(stay, year))
        .map(|stay| (stay.person.clone(), stay.event.start, stay.age))
        .collect();
    let mut bands: BTreeMap<PersonKey, &'static str> = BTreeMap::new();
    for (person, start, age) in admissions {
        if age >= 18 && !is_existing(&stays, &person, start) {
            let band = bands.entry(person).or_insert(OLDER);
            if age < 65 {
                *band = YOUNGER;
            }
        }
    }
    bands
}

/// The residents of a council in a band (section 3.3).
fn population(inputs: &Inputs, council: &Council, band: &str) -> Option<u64> {
    let area = council.area_code.as_ref()?;
    let line = inputs.populations.iter().find(|line| {
        line.code.as_ref() == Some(area)
            && is(line.geography.as_ref(), "Local Authority")
            && is(line.gender.as_ref(), "All")
            && is(line.age_band.as_ref(), band)
    });
    u64::try_from(line?.population?).ok()
}

/// Section 11.5: every council of the look-up that has a count of residents.
fn summary(inputs: &Inputs, persons: &BTreeMap<PersonKey, &str>, year: Year) -> Table {
    let mut table = Table::new(SUMMARY);
    for council in &inputs.councils {
        for (measure, description, group) in MEASURES {
            let Some(residents) = population(inputs, council, group) else {
                continue;
            };
            let admitted = distinct(persons.iter().filter(|((code, _), band)| {
                code.as_ref() == Some(&council.code) && **band == group
            }));
            let line = Line {
                council,
                measure,
                description,
                group,
            };
            table.push(summary_row(year, &line, 100_000.0, admitted, residents));
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::day;
    use crate::record::Population;
    use crate::testing::{inputs, main};
    use crate::text::Text;

    const YEAR: fn() -> Year = || Year {
        name: "latest",
        start: day("2025-04-01"),
        end: day("2026-03-31"),
    };

    fn stay(kind: &str, dates: &str, more: &str) -> String {
        let (start, end) = dates.split_once("..").unwrap();
        format!(
            "Client_Type=Service user; Event_Type=Service; Service_Type=Long term support: {kind}; \
             Service_Component=Long term {kind}; Event_Start_Date={start}; Event_End_Date={end}; \
             {more}"
        )
    }

    fn bands(rows: &[String]) -> Vec<&'static str> {
        newly_admitted(&main(&inputs(rows)), YEAR())
            .into_values()
            .collect()
    }

    #[test]
    fn section_11_worked_example_mrs_j() {
        let born = "Der_Birth_Year=1955; Der_Birth_Month=2";
        let nursing = stay("Nursing care", "2025-06-20..", born);
        let first = stay("Residential care", "2024-01-10..2024-07-01", born);
        assert!(bands(&[first, nursing.clone()]).is_empty());
        let first = stay("Residential care", "2024-01-10..2024-06-19", born);
        assert_eq!(bands(&[first, nursing]), [OLDER]);
    }

    #[test]
    fn section_11_worked_example_mr_k_counts_once_in_2b() {
        let born = "Der_Birth_Year=1960; Der_Birth_Month=7";
        let rows = [
            stay("Residential care", "2025-05-01..2025-06-01", born),
            stay("Residential care", "2025-08-01..", born),
        ];
        let mut inputs = inputs(&rows);
        for (band, residents) in [(YOUNGER, 120_000), (OLDER, 50_000)] {
            inputs.populations.push(Population {
                code: Text::read("E06999901"),
                geography: Text::read("Local Authority"),
                gender: Text::read("All"),
                age_band: Text::read(band),
                population: Some(residents),
            });
        }
        let persons = newly_admitted(&main(&inputs), YEAR());
        assert_eq!(persons.values().collect::<Vec<_>>(), [&YOUNGER]);
        let table = summary(&inputs, &persons, YEAR());
        assert_eq!(table.cell(0, "Measure"), Some("ASCOF 2B"));
        assert_eq!(table.cell(0, "Outcome"), Some("0.8"));
        assert_eq!(table.cell(1, "Numerator"), Some("0"));
        assert_eq!(table.cell(1, "Outcome"), Some("0.0"));
    }

    #[test]
    fn section_11_1_a_missing_or_short_component_is_left_out() {
        let born = "Der_Birth_Year=1955; Der_Birth_Month=2";
        let of = |component: &str| {
            let row = stay("Nursing care", "2025-06-20..", born);
            let (before, _) = row.split_once("Service_Component=").unwrap();
            let rest = "Event_Start_Date=2025-06-20";
            bands(&[format!(
                "{before}Service_Component={component}; {rest}; {born}"
            )])
            .len()
        };
        assert_eq!(of("Long term nursing care"), 1);
        assert_eq!(of("Short term nursing care"), 0);
        assert_eq!(of(""), 0);
    }

    #[test]
    fn section_11_2_a_self_funded_stay_is_no_admission_but_is_an_earlier_stay() {
        let born = "Der_Birth_Year=1955; Der_Birth_Month=2";
        let own = "Event_Outcome=NFA: Self-funded client or under 12wk disregard";
        let paid = stay(
            "Nursing care",
            "2025-06-20..2025-07-01",
            &format!("{born}; {own}"),
        );
        assert!(bands(std::slice::from_ref(&paid)).is_empty());
        assert!(bands(&[paid, stay("Nursing care", "2025-09-01..", born)]).is_empty());
    }
}
