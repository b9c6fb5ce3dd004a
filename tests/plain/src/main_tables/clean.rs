//! Section 7: mapping, identifiers, what tells events apart, cropping of open services, ages.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::date::{age, birth_date};
use crate::main_tables::{Cleaned, Event, EventKey, InPeriod};
use crate::record::{Inputs, Mappings, Row, cleaned, grouped};
use crate::text::{self, Text, has};

/// The value of a mapping for what cannot be interpreted.
pub(crate) const INVALID: &str = "Invalid and not mapped";

/// Cleans the rows of a table; those without any identifier are dropped (section 7).
pub(super) fn events(inputs: &Inputs, rows: &[InPeriod]) -> Vec<Event> {
    let mut all: Vec<Event> = rows
        .iter()
        .filter_map(|row| event(&inputs.mappings, row))
        .collect();
    crop(&mut all);
    for event in &mut all {
        event.latest_age = latest_age(event);
    }
    all
}

/// All but the cropping and the age, which look at the table as a whole and at its result.
fn event(mappings: &Mappings, in_period: &InPeriod) -> Option<Event> {
    let row = &in_period.row;
    let person = combined_person_id(row)?;
    let cleaned = clean(mappings, row);
    let outcome = cleaned
        .event_outcome
        .as_ref()
        .filter(|outcome| !outcome.is(INVALID));
    let key = event_key(row, in_period.start, in_period.end, &person);
    Some(Event {
        row: row.clone(),
        ref_start: in_period.ref_start,
        ref_end: in_period.ref_end,
        start: in_period.start,
        end: in_period.end,
        end_before_cropping: in_period.end,
        cropped: false,
        person,
        key,
        latest_age: None,
        outcome_hierarchy: outcome
            .and_then(|outcome| mappings.outcome_hierarchy.get(outcome))
            .copied(),
        review_type: review_type(row.event_type.as_ref(), cleaned.review_reason.as_ref()),
        cleaned,
    })
}

/// Sections 7.1 and 7.7.
fn clean(by: &Mappings, row: &Row) -> Cleaned {
    let ethnicity = row.ethnicity.as_ref();
    let outcome = row.event_outcome.as_ref();
    let service_type = row.service_type.as_ref();
    let hours = row.total_hrs_caring_per_week.as_ref();
    let frequency = row.cost_frequency_unit_type.as_ref();
    let achieved = row.review_outcomes_achieved.as_ref();
    Cleaned {
        gender: cleaned(&by.gender, row.gender.as_ref()),
        ethnicity: cleaned(&by.ethnicity, ethnicity),
        ethnicity_grouped: grouped(&by.ethnicity, ethnicity),
        event_outcome: cleaned(&by.event_outcome, outcome),
        event_outcome_grouped: grouped(&by.event_outcome, outcome),
        service_type: cleaned(&by.service_type, service_type),
        service_type_grouped: grouped(&by.service_type, service_type),
        review_reason: cleaned(&by.review_reason, row.review_reason.as_ref()),
        client_funding_status: cleaned(
            &by.client_funding_status,
            row.client_funding_status.as_ref(),
        ),
        client_type: cleaned(&by.client_type, row.client_type.as_ref()),
        delivery_mechanism: cleaned(&by.delivery_mechanism, row.delivery_mechanism.as_ref()),
        assessment_type: cleaned(&by.assessment_type, row.assessment_type.as_ref()),
        hearing_impairment: cleaned(&by.hearing_impairment, row.hearing_impairment.as_ref()),
        method_of_assessment: cleaned(&by.method_of_assessment, row.method_of_assessment.as_ref()),
        method_of_review: cleaned(&by.method_of_review, row.method_of_review.as_ref()),
        primary_support_reason: cleaned(
            &by.primary_support_reason,
            row.primary_support_reason.as_ref(),
        ),
        request_route_of_access: cleaned(
            &by.request_route_of_access,
            row.request_route_of_access.as_ref(),
        ),
        review_outcomes_achieved: cleaned(&by.review_outcomes_achieved, achieved),
        accommodation_status: cleaned(&by.accommodation_status, row.accommodation_status.as_ref()),
        cost_frequency_unit_type: cleaned(&by.cost_frequency_unit_type, frequency),
        employment_status: cleaned(&by.employment_status, row.employment_status.as_ref()),
        service_component: cleaned(&by.service_component, row.service_component.as_ref()),
        total_hrs_caring_per_week: cleaned(&by.total_hrs_caring_per_week, hours),
        visual_impairment: cleaned(&by.visual_impairment, row.visual_impairment.as_ref()),
    }
}

/// Section 7.2.
fn review_type(event_type: Option<&Text>, reason: Option<&Text>) -> Option<&'static str> {
    let reason = reason.filter(|_| text::is(event_type, "Review"))?;
    Some(if reason.begins("Unplanned") {
        "Unplanned"
    } else if reason.begins("Planned") {
        "Planned review of long term support"
    } else if reason.is("Review of short term support") {
        "Review of short term support"
    } else {
        "Review Type Unknown"
    })
}

/// Section 7.3: traced, else submitted, else the council's own under the council's code.
fn combined_person_id(row: &Row) -> Option<Text> {
    let national = row
        .der_nhs_number_traced_pseudo
        .as_ref()
        .or(row.der_nhs_number_pseudo.as_ref());
    if let Some(number) = national {
        return Some(number.clone());
    }
    let (council, own) = (
        row.la_code.as_ref()?,
        row.la_person_unique_identifier.as_ref()?,
    );
    Some(Text::new(&format!("{council}_{own}")))
}

/// Section 7.4.
fn event_key(row: &Row, start: NaiveDate, end: Option<NaiveDate>, person: &Text) -> EventKey {
    let event_type = row.event_type.as_ref();
    let service = has(event_type, "service");
    let only = |wanted: bool, value: &Option<Text>| value.clone().filter(|_| wanted);
    EventKey {
        la_code: row.la_code.clone(),
        start,
        end: end.filter(|_| !service),
        client_type_raw: row.client_type.clone(),
        person: person.clone(),
        event_type: row.event_type.clone(),
        route_raw: only(has(event_type, "request"), &row.request_route_of_access),
        assessment_type_raw: only(has(event_type, "assessment"), &row.assessment_type),
        service_type_raw: only(service, &row.service_type),
        service_component_raw: only(service, &row.service_component),
    }
}

/// Section 7.5: a service that runs on, in a prior reference period, and is not in the period that
/// follows, ends with its reference period.
fn crop(events: &mut [Event]) {
    let mut latest_start: BTreeMap<Option<Text>, NaiveDate> = BTreeMap::new();
    for event in events.iter() {
        let latest = latest_start
            .entry(event.row.la_name.clone())
            .or_insert(event.ref_start);
        *latest = event.ref_start.max(*latest);
    }
    let present: BTreeSet<(EventKey, NaiveDate)> = events
        .iter()
        .map(|event| (event.key.clone(), event.ref_start))
        .collect();
    for event in events.iter_mut() {
        let prior = latest_start.get(&event.row.la_name) != Some(&event.ref_start);
        let runs_on = event.end.is_none_or(|end| end > event.ref_end);
        if !(prior && runs_on) {
            continue;
        }
        let next_start = event.ref_end.succ_opt();
        let found = next_start.is_some_and(|start| present.contains(&(event.key.clone(), start)));
        if !found {
            event.end = Some(event.ref_end);
            event.cropped = true;
        }
    }
}

/// Section 7.6.
fn latest_age(event: &Event) -> Option<i64> {
    let birth = birth_date(event.row.der_birth_year, event.row.der_birth_month)?;
    let at = event.end.or_else(|| {
        Some(event.ref_end).filter(|_| has(event.row.event_type.as_ref(), "service"))
    })?;
    Some(age(birth, at))
}

/// `Der_Age_Band` (section 7.6).
pub(crate) fn age_band(age: Option<i64>) -> &'static str {
    match age {
        None => "Unknown",
        Some(..18) => "Under 18",
        Some(18..25) => "18 to 24",
        Some(25..45) => "25 to 44",
        Some(45..65) => "45 to 64",
        Some(65..75) => "65 to 74",
        Some(75..85) => "75 to 84",
        Some(85..95) => "85 to 94",
        Some(95..) => "95 and above",
    }
}

/// `Der_Working_Age_Band` (section 7.6).
pub(crate) fn working_age_band(age: Option<i64>) -> &'static str {
    match age {
        None => "Unknown",
        Some(..18) => "Under 18",
        Some(18..65) => "18 to 64",
        Some(65..) => "65 and above",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::{cell, day};
    use crate::main_tables::filter::in_period;
    use crate::testing::{inputs, selected_of};

    const P1: &str = "2025-07-20 10:00:00.000";
    const P2: &str = "2026-04-24 10:00:00.000";

    /// Cleaned events of files P1 (January to March 2025) and P2 (April 2025 to March 2026).
    fn cleaned_rows(rows: &[String]) -> Vec<Event> {
        let inputs = inputs(rows);
        let periods = [
            selected_of(P1, "2025-01-01", "2025-03-31"),
            selected_of(P2, "2025-04-01", "2026-03-31"),
        ];
        events(&inputs, &in_period(&inputs, &periods))
    }

    fn service(import: &str, person: &str, component: &str, more: &str) -> String {
        format!(
            "ImportDate={import}; Der_NHS_Number_Traced_Pseudo={person}; Event_Type=Service; \
             Service_Type=Long term support: Community; Service_Component={component}; {more}"
        )
    }

    #[test]
    fn section_7_5_worked_example() {
        let found = cleaned_rows(&[
            service(
                P1,
                "E",
                "Home support or domiciliary care",
                "Event_Start_Date=2024-12-01",
            ),
            service(
                P2,
                "E",
                "Home support or domiciliary care",
                "Event_Start_Date=2024-12-01",
            ),
            service(P1, "F", "Day support", "Event_Start_Date=2024-10-10"),
            service(
                P2,
                "F",
                "Other long term support",
                "Event_Start_Date=2024-10-10",
            ),
            service(
                P1,
                "G",
                "Meals",
                "Event_Start_Date=2024-10-10; Event_End_Date=2025-06-30",
            ),
        ]);
        let mut shown: Vec<String> = found
            .iter()
            .map(|event| {
                let end = cell(event.end).unwrap_or_else(|| "open".to_owned());
                format!(
                    "{} {} {end} {}",
                    event.person, event.ref_start, event.cropped
                )
            })
            .collect();
        shown.sort();
        assert_eq!(
            shown,
            [
                "E 2025-01-01 open false",
                "E 2025-04-01 open false",
                "F 2025-01-01 2025-03-31 true",
                "F 2025-04-01 open false",
                "G 2025-01-01 2025-03-31 true",
            ]
        );
    }

    #[test]
    fn section_7_4_spellings_that_differ_in_case_are_one_event() {
        let of = |client_type: &str| {
            let more = format!("Event_Start_Date=2025-05-01; Client_Type={client_type}");
            service(P2, "H", "Meals", &more)
        };
        let found = cleaned_rows(&[of("Service User"), of("Service user"), of("Client")]);
        assert_eq!(found[0].key, found[1].key);
        assert_ne!(found[0].key, found[2].key);
    }

    #[test]
    fn section_7_3_the_traced_number_comes_first_and_the_own_one_bears_the_council() {
        let of = |ids: &str| {
            let more = "Event_Start_Date=2025-05-01";
            let row = service(P2, "", "Meals", more);
            format!("{row}; {ids}")
        };
        let found = cleaned_rows(&[
            of("Der_NHS_Number_Traced_Pseudo=T; Der_NHS_Number_Pseudo=S"),
            of("Der_NHS_Number_Pseudo=S; LA_Person_Unique_Identifier=7"),
            of("LA_Person_Unique_Identifier=7"),
            of(""),
        ]);
        let ids: Vec<&str> = found.iter().map(|event| event.person.as_str()).collect();
        assert_eq!(ids, ["T", "S", "101_7"]);
    }

    #[test]
    fn section_7_6_the_age_of_an_open_service_is_at_the_end_of_its_period() {
        let open = "Event_Start_Date=2025-05-01; Der_Birth_Year=1961; Der_Birth_Month=1";
        let found = cleaned_rows(&[
            service(P2, "H", "Meals", open),
            service(
                P2,
                "I",
                "Meals",
                &format!("{open}; Event_End_Date=2025-09-30"),
            ),
            service(
                P2,
                "J",
                "Meals",
                "Event_Start_Date=2025-05-01; Der_Birth_Year=1961",
            ),
        ]);
        let ages: Vec<Option<i64>> = found.iter().map(|event| event.latest_age).collect();
        assert_eq!(ages, [Some(65), Some(64), None]);
        assert_eq!(found[0].start, day("2025-05-01"));
    }

    #[test]
    fn section_7_2_review_types() {
        let of =
            |reason: &str| review_type(Text::read("REVIEW ").as_ref(), Text::read(reason).as_ref());
        assert_eq!(
            of("Unplanned: Hospital (planned and unplanned)"),
            Some("Unplanned")
        );
        assert_eq!(of("planned"), Some("Planned review of long term support"));
        assert_eq!(
            of("Review of short term support"),
            Some("Review of short term support")
        );
        assert_eq!(of(INVALID), Some("Review Type Unknown"));
        assert_eq!(of("other"), Some("Review Type Unknown"));
        assert_eq!(of(""), None);
        assert_eq!(
            review_type(
                Text::read("Service").as_ref(),
                Text::read("Planned").as_ref()
            ),
            None
        );
    }
}
