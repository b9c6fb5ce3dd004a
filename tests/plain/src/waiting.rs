//! Waiting times (section 15): from a request to the first response and to the first service.

pub mod link;
pub mod tables;

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::NaiveDate;

use crate::date::take_months;
use crate::main_tables::{Event, MainTables};
use crate::record::Inputs;
use crate::table::Tables;
use crate::text::{Text, has, is, is_one_of};

/// A council and a person.
pub type Key = (Option<Text>, Text);

/// The event types that waiting times tell apart, in the order in which one day's events are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A request for support.
    Request,
    /// An assessment.
    Assessment,
    /// A service.
    Service,
}

impl Kind {
    /// As the tables write it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::Assessment => "Assessment",
            Self::Service => "Service",
        }
    }
}

/// An event that takes part, with its number in the person's order.
#[derive(Debug, Clone)]
pub struct Numbered<'a> {
    /// What kind.
    pub kind: Kind,
    /// Its number, from 1.
    pub order: i64,
    /// Whether the run of assessments that it belongs to progresses to a service; assessments only.
    pub block_progresses: bool,
    /// The row of the joined table.
    pub event: &'a Event,
}

const LONG_TERM: [&str; 4] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
];
const ST_MAX: &str = "Short term support: ST-Max";
const OTHER_SHORT: &str = "Short term support: Other short term";
const LOW_LEVEL: &str = "Short term support: Ongoing low level";

/// Section 15, first part: the event type by what its text contains; nothing for reviews and others.
fn kind(event: &Event) -> Option<Kind> {
    let text = event.row.event_type.as_ref();
    if has(text, "service") {
        Some(Kind::Service)
    } else if has(text, "assessment") {
        Some(Kind::Assessment)
    } else if has(text, "request") {
        Some(Kind::Request)
    } else {
        None
    }
}

/// The council and person of an event.
pub fn key(event: &Event) -> Key {
    (event.row.la_code.clone(), event.person.clone())
}

/// Whether the processor's age at the start of the event is 25 or more; a missing age is not.
fn is_25_at_start(event: &Event) -> bool {
    event
        .row
        .der_age_event_start_date
        .is_some_and(|age| age >= 25)
}

/// Section 15.1: the band of an event, by the age at its end, with the working ages renamed.
pub fn band(event: &Event) -> &'static str {
    match event.latest_age {
        None => "Unknown",
        Some(age) if age < 18 => "Under 18",
        Some(age) if age < 65 => "25 to 64",
        Some(_) => "65 and above",
    }
}

/// Section 15.1: assessments and services that can follow a request.
fn is_follow_up(event: &Event) -> bool {
    let cleaned = &event.cleaned;
    match kind(event) {
        Some(Kind::Assessment) => is_one_of(
            cleaned.assessment_type.as_ref(),
            &["Short term assessment", "Long term assessment"],
        ),
        Some(Kind::Service) => {
            let service = cleaned.service_type.as_ref();
            is_one_of(service, &LONG_TERM) || is_one_of(service, &[ST_MAX, OTHER_SHORT, LOW_LEVEL])
        }
        _ => false,
    }
}

/// Section 15.1: requests of clients of 25 and over, from April 2023 on.
fn is_candidate_request(event: &Event, first_day: NaiveDate) -> bool {
    kind(event) == Some(Kind::Request)
        && is(event.cleaned.client_type.as_ref(), "Service user")
        && event.start >= first_day
        && is_25_at_start(event)
}

/// Section 15.1: whether a service shows that the person was no new client at the request.
fn shows_existing_client(service: &Event, request: &Event) -> Result<bool> {
    if kind(service) != Some(Kind::Service) || service.start >= request.start {
        return Ok(false);
    }
    let service_type = service.cleaned.service_type.as_ref();
    let months = if is_one_of(service_type, &LONG_TERM) {
        12
    } else if is_one_of(service_type, &[ST_MAX, OTHER_SHORT]) {
        3
    } else {
        return Ok(false);
    };
    let limit = take_months(request.start, months)?;
    Ok(service.end.is_none_or(|end| end >= limit))
}

/// Section 15.1: the outcome group neither ends the matter nor is missing.
fn goes_on(request: &Event) -> bool {
    let group = request.cleaned.event_outcome_grouped.as_ref();
    group.is_some_and(|group| !group.is("NFA") && !group.is("Admitted to hospital"))
}

/// Section 15.2: whether the outcome of an assessment progresses to a service.
pub fn progresses_to_service(event: &Event) -> bool {
    is_one_of(
        event.cleaned.event_outcome.as_ref(),
        &[
            "Progress to reablement/ST-Max",
            "Progress to support planning or services",
            "Continuation of support or services",
        ],
    )
}

/// Section 15.2: whether the outcome of a request progresses.
pub fn progresses(event: &Event) -> bool {
    progresses_to_service(event)
        || is_one_of(
            event.cleaned.event_outcome.as_ref(),
            &[
                "Progress to assessment, review or reassessment",
                "Release 1 specification only: Not mapped",
            ],
        )
}

/// Section 15.2: everyone's events in order, also of people without a valid request.
pub fn order(joined: &[Event]) -> Result<BTreeMap<Key, Vec<Numbered<'_>>>> {
    let mut follow_ups: BTreeMap<Key, Vec<&Event>> = BTreeMap::new();
    for event in joined.iter().filter(|event| is_follow_up(event)) {
        follow_ups.entry(key(event)).or_default().push(event);
    }
    let mut chosen: BTreeMap<Key, Vec<(Kind, &Event)>> = BTreeMap::new();
    for (person, events) in &follow_ups {
        for event in events.iter().filter(|event| is_25_at_start(event)) {
            if let Some(kind) = kind(event) {
                chosen
                    .entry(person.clone())
                    .or_default()
                    .push((kind, event));
            }
        }
    }
    let first_day = NaiveDate::from_ymd_opt(2023, 4, 1).unwrap_or_default();
    for request in joined
        .iter()
        .filter(|event| is_candidate_request(event, first_day) && goes_on(event))
    {
        let mut is_new = true;
        for service in follow_ups.get(&key(request)).into_iter().flatten() {
            is_new = is_new && !shows_existing_client(service, request)?;
        }
        if is_new {
            chosen
                .entry(key(request))
                .or_default()
                .push((Kind::Request, request));
        }
    }
    Ok(chosen
        .into_iter()
        .map(|(person, events)| (person, number(events)))
        .collect())
}

/// Section 15.2: numbers a person's events by start, then kind, then the latest import, then the largest record.
fn number(mut events: Vec<(Kind, &Event)>) -> Vec<Numbered<'_>> {
    events.sort_by(|(kind, one), (other_kind, other)| {
        (one.start.cmp(&other.start))
            .then(kind.cmp(other_kind))
            .then(other.row.import_date.cmp(&one.row.import_date))
            .then(
                other
                    .row
                    .der_unique_record_id
                    .cmp(&one.row.der_unique_record_id),
            )
    });
    let mut numbered: Vec<Numbered<'_>> = (events.into_iter().zip(1..))
        .map(|((kind, event), order)| Numbered {
            kind,
            order,
            block_progresses: false,
            event,
        })
        .collect();
    for run in numbered
        .chunk_by_mut(|one, next| one.kind == Kind::Assessment && next.kind == Kind::Assessment)
    {
        let progresses = run.iter().any(|member| progresses_to_service(member.event));
        for member in run {
            member.block_progresses = member.kind == Kind::Assessment && progresses;
        }
    }
    numbered
}

/// Adds tables 12.
pub fn tables(_inputs: &Inputs, main: &MainTables, tables: &mut Tables) -> Result<()> {
    let everyone = order(&main.joined)?;
    let links = everyone
        .values()
        .flat_map(|events| link::link(events))
        .collect::<Vec<_>>();
    tables::write(&everyone, &links, tables);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn row(record: i64, event: &str, start: &str, more: &str) -> String {
        format!(
            "Der_Unique_Record_ID={record}; Event_Type={event}; Event_Start_Date={start}; Event_End_Date={start}; \
             Client_Type=Service user; Der_Age_Event_Start_Date=70; Der_Birth_Year=1955; Der_Birth_Month=2; {more}"
        )
    }

    fn mr_p() -> Vec<String> {
        let to_assessment = "Event_Outcome=Progress to assessment, review or reassessment";
        let to_services = "Event_Outcome=Progress to support planning or services";
        let long = "Assessment_Type=Long term assessment";
        vec![
            row(1, "Request", "2025-08-01", to_assessment),
            row(
                2,
                "Assessment",
                "2025-08-11",
                &format!("{long}; {to_assessment}"),
            ),
            row(
                3,
                "Assessment",
                "2025-08-20",
                &format!("{long}; {to_services}"),
            ),
            row(4, "Request", "2025-08-25", to_assessment),
            row(
                5,
                "Service",
                "2025-09-10",
                "Service_Type=Long term support: Community",
            ),
        ]
    }

    fn tables_of(rows: &[String]) -> Tables {
        let inputs = testing::inputs(rows);
        let mut made = Tables::new();
        tables(&inputs, &testing::main(&inputs), &mut made).unwrap();
        made
    }

    #[test]
    fn section_15_worked_example() {
        let made = tables_of(&mr_p());
        let requests = &made["12_waiting_times_requests"];
        assert_eq!(requests.rows.len(), 2);
        assert_eq!(requests.cell(0, "request_event_order"), Some("1"));
        assert_eq!(
            requests.cell(0, "modified_next_assessment_order"),
            Some("2")
        );
        assert_eq!(
            requests.cell(0, "next_assessment_block_indicates_progress_to_service"),
            Some("1")
        );
        assert_eq!(requests.cell(0, "part1_wait_time"), Some("10"));
        assert_eq!(requests.cell(0, "part2_wait_time"), Some("40"));
        assert_eq!(requests.cell(1, "request_event_order"), Some("4"));
        assert_eq!(
            requests.cell(1, "modified_next_assessment_order"),
            Some("5")
        );
        assert_eq!(requests.cell(1, "part1_wait_time"), None);
        assert_eq!(requests.cell(1, "part2_wait_time"), None);

        let la = &made["12_waiting_times_la"];
        assert_eq!(la.rows.len(), 2);
        assert_eq!(
            la.cell(0, "Statistical_Reporting_Period_Start"),
            Some("2025-07-01")
        );
        assert_eq!(
            la.cell(0, "Statistical_Reporting_Period_End"),
            Some("2025-09-30")
        );
        assert_eq!(
            la.cell(0, "Modified_Working_Age_Band"),
            Some("65 and above")
        );
        assert_eq!(la.cell(0, "Median_Waiting_Time"), Some("10.0"));
        assert_eq!(la.cell(1, "Median_Waiting_Time"), Some("40.0"));
        let part_1 = &made["12_waiting_times_diagnostics_part1"];
        assert_eq!(part_1.cell(0, "all_request_count"), Some("2"));
        assert_eq!(part_1.cell(0, "at_long"), Some("1"));
    }

    #[test]
    fn section_15_1_a_missing_outcome_group_drops_the_request() {
        let mut rows = mr_p();
        rows[0] = row(1, "Request", "2025-08-01", "");
        assert_eq!(tables_of(&rows)["12_waiting_times_requests"].rows.len(), 1);
    }

    #[test]
    fn section_15_1_support_that_ended_within_twelve_months_makes_no_new_client() {
        let support = |end: &str| {
            let mut rows = mr_p();
            let more = format!("Event_End_Date={end}; Service_Type=Long term support: Community");
            rows.push(row(6, "Service", "2024-01-01", &more));
            tables_of(&rows)["12_waiting_times_requests"].rows.len()
        };
        assert_eq!(support("2024-07-31"), 2);
        assert_eq!(support("2024-08-01"), 1);
        assert_eq!(support("2024-08-25"), 0);
    }

    #[test]
    fn section_15_3_a_conversation_answers_its_own_request_before_july_2025() {
        let rows = |day: &str| {
            let outcome =
                "Event_Outcome=Progress to support planning or services; Der_Conversation=1";
            let service = "Service_Type=Short term support: ST-Max";
            vec![
                row(1, "Request", day, outcome),
                row(2, "Service", "2025-07-20", service),
            ]
        };
        let response = |day: &str| {
            let made = tables_of(&rows(day));
            let kind =
                made["12_waiting_times_requests"].cell(0, "modified_next_assessment_event_type");
            kind.map(str::to_owned)
        };
        let made = tables_of(&rows("2025-07-01"));
        let request = &made["12_waiting_times_requests"];
        assert_eq!(request.cell(0, "c1_request_override"), Some("1"));
        assert_eq!(
            request.cell(0, "max_modified_next_service_order_prev"),
            Some("0")
        );
        assert_eq!(response("2025-06-30").as_deref(), Some("Request"));
        assert_eq!(response("2025-07-01").as_deref(), Some("Service"));
    }

    #[test]
    fn section_15_4_the_median_lies_between_the_middle_values() {
        assert_eq!(tables::median(&[]), None);
        assert_eq!(tables::median(&[4, 1, 9]).as_deref(), Some("4.0"));
        assert_eq!(tables::median(&[4, 1, 9, 7]).as_deref(), Some("5.5"));
    }
}
