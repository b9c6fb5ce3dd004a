//! Section 9: one row for each person, with the latest known value of each attribute.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::date::{age, birth_date};
use crate::main_tables::accommodation::{filled_from_services, settled_group};
use crate::main_tables::clean::INVALID;
use crate::main_tables::{Event, Person, PersonKey};
use crate::record::{Inputs, cleaned};
use crate::text::Text;

const UNKNOWN: &str = "Unknown";
const NOT_KNOWN: &str = "No data: Undeclared or not known";

/// The funding statuses that count as known (section 3.2).
const FUNDING: [&str; 3] = [
    "Fully social care funded",
    "Joint client and social care funded",
    "Fully client funded",
];

/// Every person of the joined table, as known at the end of a year (section 9).
pub(super) fn build(
    inputs: &Inputs,
    joined: &[Event],
    start: NaiveDate,
    end: NaiveDate,
) -> BTreeMap<PersonKey, Person> {
    let cared_for = cared_for(joined, start, end);
    let mut by_person: BTreeMap<PersonKey, Vec<&Event>> = BTreeMap::new();
    for event in joined {
        by_person.entry(event.person_key()).or_default().push(event);
    }
    by_person
        .into_iter()
        .map(|(key, rows)| {
            let person = one_person(inputs, &key, &rows, &cared_for, end);
            (key, person)
        })
        .collect()
}

fn one_person(
    inputs: &Inputs,
    key: &PersonKey,
    rows: &[&Event],
    cared_for: &BTreeSet<(Option<Text>, Text)>,
    end: NaiveDate,
) -> Person {
    let mut accommodation = accommodation_status(rows);
    if accommodation.is(UNKNOWN) {
        accommodation = Text::new(filled_from_services(rows));
    }
    let (birth_year, birth_month) = birth(rows);
    let birth_date = birth_date(birth_year, birth_month);
    let age_end_of_period = birth_date.map(|birth| age(birth, end));
    let is_cared_for = rows.iter().any(|event| {
        let own = event.row.la_person_unique_identifier.clone();
        own.is_some_and(|own| cared_for.contains(&(key.0.clone(), own)))
    });
    Person {
        la_code: key.0.clone(),
        person: key.1.clone(),
        la_person_latest: la_person_identifier(rows),
        la_person_all: all_identifiers(rows),
        accommodation_group: settled_group(&accommodation),
        accommodation_status: accommodation,
        employment_status: latest_known(
            rows,
            |event| or(event.cleaned.employment_status.as_ref(), INVALID),
            |value| i64::from(!(value.is(UNKNOWN) || value.is(INVALID))),
            UNKNOWN,
        ),
        gender: latest_known(
            rows,
            |event| known_or_unknown(event.cleaned.gender.as_ref()),
            |value| i64::from(!value.is(UNKNOWN)),
            UNKNOWN,
        ),
        ethnicity: ethnicity(rows),
        birth_year,
        birth_month,
        birth_date,
        date_of_death: date_of_death(rows),
        has_unpaid_carer: if is_cared_for {
            Text::new("Yes")
        } else {
            has_unpaid_carer(inputs, rows)
        },
        primary_support_reason: primary_support_reason(rows),
        client_funding_status: client_funding_status(rows),
        age_end_of_period,
        working_age_band: working_age_band(age_end_of_period),
    }
}

/// Section 9.1: of the rows ranked by known score, reference period end, end and start, all that tie for
/// the first place; their common value, or `conflict` if they have more than one.
fn latest_known(
    rows: &[&Event],
    value: impl Fn(&Event) -> Text,
    known: impl Fn(&Text) -> i64,
    conflict: &str,
) -> Text {
    let rank = |event: &Event| {
        (
            known(&value(event)),
            event.ref_end,
            event.end_or_open(),
            event.start,
        )
    };
    let best = rows.iter().map(|event| rank(event)).max();
    let tied = rows.iter().filter(|event| Some(rank(event)) == best);
    single_value(tied.map(|event| value(event)).collect(), conflict)
}

fn single_value(values: BTreeSet<Text>, conflict: &str) -> Text {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(only), None) => only,
        _ => Text::new(conflict),
    }
}

/// The value, or what stands for a missing one.
fn or(value: Option<&Text>, missing: &str) -> Text {
    value.cloned().unwrap_or_else(|| Text::new(missing))
}

/// `Unknown` for what is missing or invalid.
fn known_or_unknown(value: Option<&Text>) -> Text {
    or(value.filter(|value| !value.is(INVALID)), UNKNOWN)
}

fn accommodation_status(rows: &[&Event]) -> Text {
    latest_known(
        rows,
        |event| known_or_unknown(event.cleaned.accommodation_status.as_ref()),
        |value| i64::from(!value.is(UNKNOWN)),
        UNKNOWN,
    )
}

fn ethnicity(rows: &[&Event]) -> Text {
    latest_known(
        rows,
        |event| {
            let value = event
                .cleaned
                .ethnicity
                .as_ref()
                .filter(|value| !value.is(INVALID));
            or(value, NOT_KNOWN)
        },
        |value| match value {
            value if value.is(NOT_KNOWN) => 0,
            value if value.is("No data: Refused") => 1,
            _ => 2,
        },
        NOT_KNOWN,
    )
}

fn has_unpaid_carer(inputs: &Inputs, rows: &[&Event]) -> Text {
    let mapping = &inputs.mappings.has_unpaid_carer;
    latest_known(
        rows,
        |event| known_or_unknown(cleaned(mapping, event.row.has_unpaid_carer.as_ref()).as_ref()),
        |value| i64::from(!value.is(UNKNOWN)),
        UNKNOWN,
    )
}

fn primary_support_reason(rows: &[&Event]) -> Text {
    latest_known(
        rows,
        |event| known_or_unknown(event.cleaned.primary_support_reason.as_ref()),
        |value| {
            let carer = value.is("Social support: Support to unpaid carer");
            i64::from(!(value.is(UNKNOWN) || carer))
        },
        UNKNOWN,
    )
}

fn client_funding_status(rows: &[&Event]) -> Text {
    latest_known(
        rows,
        |event| {
            let value = event.cleaned.client_funding_status.as_ref();
            let known = value.filter(|value| FUNDING.iter().any(|status| value.is(status)));
            or(known, UNKNOWN)
        },
        |value| i64::from(!value.is(UNKNOWN)),
        UNKNOWN,
    )
}

/// As `latest_known`, and last by how many of the person's rows have the same identifier (section 9.1).
fn la_person_identifier(rows: &[&Event]) -> Text {
    let value = |event: &Event| or(event.row.la_person_unique_identifier.as_ref(), UNKNOWN);
    let same = |own: &Text| rows.iter().filter(|event| value(event) == *own).count();
    let rank = |event: &Event| {
        let own = value(event);
        let known = i64::from(!own.is(UNKNOWN));
        (
            known,
            event.ref_end,
            event.end_or_open(),
            event.start,
            same(&own),
        )
    };
    let best = rows.iter().map(|event| rank(event)).max();
    let tied = rows.iter().filter(|event| Some(rank(event)) == best);
    single_value(tied.map(|event| value(event)).collect(), UNKNOWN)
}

/// The distinct identifiers that are there, sorted, with comma and blank between.
fn all_identifiers(rows: &[&Event]) -> Option<String> {
    let distinct: BTreeSet<&Text> = rows
        .iter()
        .filter_map(|event| event.row.la_person_unique_identifier.as_ref())
        .collect();
    let shown: Vec<&str> = distinct.into_iter().map(Text::as_str).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

/// Rows with both parts first, then the latest reference period, then the earlier year and month; a
/// missing part sorts before any other.
fn birth(rows: &[&Event]) -> (Option<i32>, Option<i32>) {
    let best = rows.iter().min_by_key(|event| {
        let (year, month) = (event.row.der_birth_year, event.row.der_birth_month);
        (
            !(year.is_some() && month.is_some()),
            Reverse(event.ref_end),
            year,
            month,
        )
    });
    best.map_or((None, None), |event| {
        (event.row.der_birth_year, event.row.der_birth_month)
    })
}

/// A date that is there first, then the latest reference period, then the later date.
fn date_of_death(rows: &[&Event]) -> Option<NaiveDate> {
    let best = rows.iter().max_by_key(|event| {
        let death = event.row.date_of_death;
        (death.is_some(), event.ref_end, death)
    });
    best.and_then(|event| event.row.date_of_death)
}

/// The band of section 9.1: age 0 and ages below are unknown.
pub(crate) fn working_age_band(age: Option<i64>) -> &'static str {
    match age {
        Some(1..18) => "Under 18",
        Some(18..65) => "18 to 64",
        Some(65..) => "65 and above",
        _ => UNKNOWN,
    }
}

/// Section 9.3: the identifiers that unpaid carers of the year are linked to, by council.
fn cared_for(joined: &[Event], start: NaiveDate, end: NaiveDate) -> BTreeSet<(Option<Text>, Text)> {
    let mut all = BTreeSet::new();
    for event in joined {
        let carer = event.is_of("Unpaid carer") || event.is_of("Unpaid carer known by association");
        if carer && event.end_or_open() >= start && event.start <= end {
            let linked = event.row.linked_adults.iter().flatten();
            all.extend(linked.map(|adult| (event.row.la_code.clone(), adult.clone())));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{inputs, main_of, selected_of};

    const OLD: &str = "ImportDate=2025-04-20 10:00:00.000";
    const NEW: &str = "ImportDate=2026-04-24 10:00:00.000";

    fn persons(rows: &[String]) -> Vec<Person> {
        let periods = [
            selected_of("2025-04-20 10:00:00.000", "2024-04-01", "2025-03-31"),
            selected_of("2026-04-24 10:00:00.000", "2025-04-01", "2026-03-31"),
        ];
        main_of(&inputs(rows), &periods)
            .persons
            .into_values()
            .collect()
    }

    fn example() -> Vec<String> {
        vec![
            format!(
                "{NEW}; Event_Type=Service; Event_Start_Date=2025-05-01; \
                Service_Type=Long term support: Community; Accommodation_Status=Unknown"
            ),
            format!(
                "{NEW}; Event_Type=Review; Event_Start_Date=2025-06-01; \
                Event_End_Date=2025-06-10; Accommodation_Status=Tenant: Private landlord"
            ),
            format!(
                "{OLD}; Event_Type=Service; Event_Start_Date=2024-05-01; \
                Service_Type=Long term support: Residential care; \
                Accommodation_Status=Registered care home"
            ),
        ]
    }

    #[test]
    fn section_9_worked_example_the_known_status_of_the_later_period() {
        let found = persons(&example());
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].accommodation_status.as_str(),
            "Tenant: Private landlord"
        );
        assert_eq!(found[0].accommodation_group, Some(1));
    }

    #[test]
    fn section_9_worked_example_a_tie_is_unknown_and_services_decide() {
        let mut rows = example();
        rows.push(format!(
            "{NEW}; Event_Type=Review; Event_Start_Date=2025-06-01; \
            Event_End_Date=2025-06-10; Accommodation_Status=Refuge; Client_Type=Service user"
        ));
        let found = persons(&rows);
        // The latest open service is community care without a component.
        assert_eq!(
            found[0].accommodation_status.as_str(),
            "Unknown: Presumed in community"
        );
        assert_eq!(found[0].accommodation_group, Some(0));
    }

    #[test]
    fn section_9_1_a_withdrawn_death_is_still_used_and_birth_is_the_earlier() {
        let found = persons(&[
            format!(
                "{OLD}; Event_Type=Service; Event_Start_Date=2024-05-01; \
                Date_of_Death=2025-05-05; Der_Birth_Year=1940; Der_Birth_Month=3"
            ),
            format!(
                "{NEW}; Event_Type=Service; Event_Start_Date=2024-06-01; \
                Der_Birth_Year=1951; Der_Birth_Month=2; Event_End_Date=2025-12-01"
            ),
            format!(
                "{NEW}; Event_Type=Service; Event_Start_Date=2024-07-01; \
                Der_Birth_Year=1950; Der_Birth_Month=9"
            ),
        ]);
        assert_eq!(found[0].date_of_death.unwrap().to_string(), "2025-05-05");
        assert_eq!(found[0].birth_date.unwrap().to_string(), "1950-09-01");
        assert_eq!(found[0].working_age_band, "65 and above");
    }

    #[test]
    fn section_9_1_nothing_known_leaves_an_invalid_employment_as_it_is() {
        let found = persons(&[format!(
            "{NEW}; Event_Type=Service; Event_Start_Date=2025-06-01"
        )]);
        assert_eq!(found[0].employment_status.as_str(), INVALID);
        assert_eq!(found[0].gender.as_str(), UNKNOWN);
        assert_eq!(found[0].ethnicity.as_str(), NOT_KNOWN);
        assert_eq!(found[0].accommodation_status.as_str(), UNKNOWN);
        assert_eq!(found[0].la_person_latest.as_str(), UNKNOWN);
    }

    #[test]
    fn section_9_1_more_rows_decide_between_identifiers() {
        let row = |own: &str, event_type: &str, end: &str| {
            format!(
                "{NEW}; Event_Type={event_type}; Event_Start_Date=2025-06-01; \
                Event_End_Date={end}; LA_Person_Unique_Identifier={own}"
            )
        };
        let found = persons(&[
            row("B", "Review", "2025-07-01"),
            row("A", "Request", "2025-07-01"),
            row("B", "Request", "2025-06-15"),
        ]);
        assert_eq!(found[0].la_person_latest.as_str(), "B");
        assert_eq!(found[0].la_person_all.as_deref(), Some("A, B"));
    }

    #[test]
    fn section_9_3_a_linked_adult_has_an_unpaid_carer() {
        let found = persons(&[
            format!(
                "{NEW}; Der_NHS_Number_Traced_Pseudo=P; Event_Type=Service; \
                Event_Start_Date=2025-06-01; LA_Person_Unique_Identifier=x7; Has_Unpaid_Carer=No"
            ),
            format!(
                "{NEW}; Der_NHS_Number_Traced_Pseudo=Q; Event_Type=Assessment; \
                Event_Start_Date=2025-06-01; Event_End_Date=2025-06-02; \
                Client_Type=Unpaid carer; Adult_2_Linked_Person_ID=X7 ; Has_Unpaid_Carer=No"
            ),
        ]);
        let shown: Vec<&str> = found
            .iter()
            .map(|one| one.has_unpaid_carer.as_str())
            .collect();
        assert_eq!(shown, ["Yes", "No"]);
    }

    #[test]
    fn section_9_1_age_0_is_unknown() {
        assert_eq!(working_age_band(Some(0)), UNKNOWN);
        assert_eq!(working_age_band(Some(1)), "Under 18");
        assert_eq!(working_age_band(Some(65)), "65 and above");
    }
}
