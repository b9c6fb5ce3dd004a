//! Tables 12: medians, the diagnostics beside them, and the requests one by one (section 15.4).

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};

use super::link::Link;
use super::{Key, Kind, Numbered, band};
use crate::date;
use crate::table::{Table, Tables, shown};
use crate::text::{Text, cell, is};

const LA: &str = "LA_Code,Statistical_Reporting_Period_Start,Statistical_Reporting_Period_End,\
Modified_Working_Age_Band,Metric,Median_Waiting_Time,Number_Of_Waiting_Times_Identified";
const COUNTS: &str = "all_request_count,all_assessment_count,all_service_count";
const PART_1: &str = "response_event_request,response_event_assessment,response_event_service,\
at_short,at_long,at_invalid_and_not_mapped,at_null";
const PART_2: &str = "STS_ST_Max,LTS_Nursing,STS_Ongoing,LTS_Community,LTS_Residential,LTS_Prison,STS_Other,\
Invalid_and_not_mapped,Null";
const REQUESTS: &str = "LA_Code,Der_NHS_LA_Combined_Person_ID,request_Der_Unique_Record_ID,request_start_date,\
request_Modified_Working_Age_Band,request_event_order,request_indicates_progress,request_Der_Conversation,\
next_assessment_order,next_assessment_event_type,next_assessment_type,next_assessment_start_date,\
next_assessment_Modified_Working_Age_Band,next_assessment_indicates_progress_to_service,\
next_assessment_block_indicates_progress_to_service,next_assessment_Der_Unique_Record_ID,\
next_service_order,next_service_event_type,next_service_type,next_service_start_date,\
next_service_Modified_Working_Age_Band,next_service_Der_Unique_Record_ID,c1_request_override,\
next_assessment_service_override,modified_next_assessment_order,modified_next_assessment_event_type,\
modified_next_assessment_start_date,modified_next_assessment_Mod_Working_Age_Band,\
modified_next_assessment_Der_Unique_Record_ID,modified_next_service_order,modified_next_service_event_type,\
modified_next_service_type,modified_next_service_start_date,modified_next_service_Mod_Working_Age_Band,\
modified_next_service_Der_Unique_Record_ID,max_modified_next_assessment_order_prev,\
max_modified_next_service_order_prev,stat_reporting_period_start_request,stat_reporting_period_start_part1,\
stat_reporting_period_start_part2,stat_reporting_period_end_request,stat_reporting_period_end_part1,\
stat_reporting_period_end_part2,part1_wait_time,part2_wait_time";

/// A council, the first day of a quarter, and a band.
type Group = (Option<Text>, NaiveDate, &'static str);

/// The first day of the calendar quarter that a day is in.
pub fn quarter_start(day: NaiveDate) -> NaiveDate {
    let month = (day.month() - 1) / 3 * 3 + 1;
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}

/// The last day of the calendar quarter that a day is in.
pub fn quarter_end(day: NaiveDate) -> NaiveDate {
    let third = quarter_start(day).checked_add_months(Months::new(2));
    third.map_or(day, date::last_of_month)
}

/// The middle value, or half way between the two middle ones, with one decimal.
pub fn median(waits: &[i64]) -> Option<String> {
    let mut sorted = waits.to_vec();
    sorted.sort_unstable();
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let upper = sorted.get(sorted.len() / 2)?;
    let doubled = lower + upper;
    Some(format!("{:.1}", doubled as f64 / 2.0))
}

/// One wait and the event that ended it.
struct Wait<'a> {
    days: i64,
    ended_by: &'a Numbered<'a>,
}

/// Writes all tables 12.
pub fn write(everyone: &BTreeMap<Key, Vec<Numbered<'_>>>, links: &[Link<'_>], tables: &mut Tables) {
    let mut part_1: BTreeMap<Group, Vec<Wait<'_>>> = BTreeMap::new();
    let mut part_2: BTreeMap<Group, Vec<Wait<'_>>> = BTreeMap::new();
    for link in links {
        if let (Some(days), Some(ended_by)) = (link.wait_for_response(), &link.response) {
            part_1
                .entry(group(ended_by))
                .or_default()
                .push(Wait { days, ended_by });
        }
        if let (Some(days), Some(ended_by)) = (link.wait_for_service(), &link.service) {
            part_2
                .entry(group(ended_by))
                .or_default()
                .push(Wait { days, ended_by });
        }
    }
    let mut starting: BTreeMap<(Group, Kind), usize> = BTreeMap::new();
    for event in everyone.values().flatten() {
        *starting.entry((group(event), event.kind)).or_default() += 1;
    }

    let mut la = Table::new(LA);
    let mut diagnostics_1 = Table::new(&format!("{LA},{COUNTS},{PART_1}"));
    let mut diagnostics_2 = Table::new(&format!("{LA},{COUNTS},{PART_2}"));
    for (group, waits) in &part_1 {
        let row = la_row(group, "Wait time to first response", waits);
        if let Some(row) = row {
            la.push(row.clone());
            diagnostics_1.push([row, all_counts(group, &starting), part_1_counts(waits)].concat());
        }
    }
    for (group, waits) in &part_2 {
        let row = la_row(group, "Wait time to first service", waits);
        if let Some(row) = row {
            la.push(row.clone());
            diagnostics_2.push([row, all_counts(group, &starting), part_2_counts(waits)].concat());
        }
    }
    let mut requests = Table::new(REQUESTS);
    for link in links {
        requests.push(request_row(link));
    }
    tables.insert("12_waiting_times_la".to_owned(), la);
    tables.insert(
        "12_waiting_times_diagnostics_part1".to_owned(),
        diagnostics_1,
    );
    tables.insert(
        "12_waiting_times_diagnostics_part2".to_owned(),
        diagnostics_2,
    );
    tables.insert("12_waiting_times_requests".to_owned(), requests);
}

/// Council, quarter of the start, and band of an event.
fn group(event: &Numbered<'_>) -> Group {
    (
        event.event.row.la_code.clone(),
        quarter_start(event.event.start),
        band(event.event),
    )
}

/// A row of the table of councils; only two bands are reported.
fn la_row(group: &Group, metric: &str, waits: &[Wait<'_>]) -> Option<Vec<Option<String>>> {
    let (council, quarter, band) = group;
    let days: Vec<i64> = waits.iter().map(|wait| wait.days).collect();
    ["25 to 64", "65 and above"].contains(band).then(|| {
        vec![
            cell(council.as_ref()),
            date::cell(Some(*quarter)),
            date::cell(Some(quarter_end(*quarter))),
            shown(band),
            shown(metric),
            median(&days),
            shown(waits.len()),
        ]
    })
}

/// Requests, assessments and services that start in the quarter, of the band.
fn all_counts(group: &Group, starting: &BTreeMap<(Group, Kind), usize>) -> Vec<Option<String>> {
    [Kind::Request, Kind::Assessment, Kind::Service]
        .iter()
        .map(|kind| shown(starting.get(&(group.clone(), *kind)).unwrap_or(&0)))
        .collect()
}

/// Responses by kind, and those that are assessments by type.
fn part_1_counts(waits: &[Wait<'_>]) -> Vec<Option<String>> {
    let of_kind = |kind: Kind| {
        waits
            .iter()
            .filter(|wait| wait.ended_by.kind == kind)
            .count()
    };
    let mut row: Vec<Option<String>> = [Kind::Request, Kind::Assessment, Kind::Service]
        .iter()
        .map(|kind| shown(of_kind(*kind)))
        .collect();
    let assessments = waits
        .iter()
        .filter(|wait| wait.ended_by.kind == Kind::Assessment);
    let types: Vec<Option<&Text>> = assessments
        .map(|wait| wait.ended_by.event.cleaned.assessment_type.as_ref())
        .collect();
    row.extend(by_value(
        &types,
        &[
            "Short term assessment",
            "Long term assessment",
            "Invalid and not mapped",
        ],
    ));
    row
}

/// Services by type.
fn part_2_counts(waits: &[Wait<'_>]) -> Vec<Option<String>> {
    let types: Vec<Option<&Text>> = waits
        .iter()
        .map(|wait| wait.ended_by.event.cleaned.service_type.as_ref())
        .collect();
    by_value(
        &types,
        &[
            "Short term support: ST-Max",
            "Long term support: Nursing care",
            "Short term support: Ongoing low level",
            "Long term support: Community",
            "Long term support: Residential care",
            "Long term support: Prison",
            "Short term support: Other short term",
            "Invalid and not mapped",
        ],
    )
}

/// How many are each value, and last how many are missing.
fn by_value(types: &[Option<&Text>], values: &[&str]) -> Vec<Option<String>> {
    let count = |value: &str| types.iter().filter(|text| is(**text, value)).count();
    let mut row: Vec<Option<String>> = values.iter().map(|value| shown(count(value))).collect();
    row.push(shown(types.iter().filter(|text| text.is_none()).count()));
    row
}

/// A flag as the tables write it.
fn flag(yes: bool) -> Option<String> {
    shown(u8::from(yes))
}

/// Order, event type, start, band and record of an event; all missing if there is none.
fn event_cells(event: Option<&Numbered<'_>>) -> [Option<String>; 5] {
    [
        event.and_then(|event| shown(event.order)),
        event.and_then(|event| shown(event.kind.text())),
        event.and_then(|event| date::cell(Some(event.event.start))),
        event.and_then(|event| shown(band(event.event))),
        event.and_then(|event| shown(event.event.row.der_unique_record_id)),
    ]
}

/// One request with the columns whose meaning is plain.
fn request_row(link: &Link<'_>) -> Vec<Option<String>> {
    let request = &link.request;
    let row = &request.event.row;
    let assessment = link.next_assessment.as_ref();
    let [order_a, kind_a, since_a, band_a, record_a] = event_cells(assessment);
    let [order_s, kind_s, since_s, band_s, record_s] = event_cells(link.next_service.as_ref());
    let type_of = |event: Option<&Numbered<'_>>| {
        event.and_then(|event| cell(event.event.cleaned.service_type.as_ref()))
    };
    let mut cells = vec![
        cell(row.la_code.as_ref()),
        cell(Some(&request.event.person)),
        shown(row.der_unique_record_id),
        date::cell(Some(request.event.start)),
        shown(band(request.event)),
        shown(request.order),
        flag(super::progresses(request.event)),
        row.der_conversation.and_then(shown),
        order_a,
        kind_a,
        assessment.and_then(|event| cell(event.event.cleaned.assessment_type.as_ref())),
        since_a,
        band_a,
        assessment.and_then(|event| flag(super::progresses_to_service(event.event))),
        assessment.and_then(|event| flag(event.block_progresses)),
        record_a,
        order_s,
        kind_s,
        type_of(link.next_service.as_ref()),
        since_s,
        band_s,
        record_s,
        flag(link.conversation),
        flag(link.service_is_response),
    ];
    cells.extend(event_cells(link.response.as_ref()));
    let [order_s, kind_s, since_s, band_s, record_s] = event_cells(link.service.as_ref());
    cells.extend([
        order_s,
        kind_s,
        type_of(link.service.as_ref()),
        since_s,
        band_s,
        record_s,
    ]);
    cells.extend([
        shown(link.largest_response_before.unwrap_or(0)),
        shown(link.largest_service_before.unwrap_or(0)),
    ]);
    let starts = [Some(request), link.response.as_ref(), link.service.as_ref()].map(|event| {
        event
            .filter(|_| !link.excluded)
            .map(|event| event.event.start)
    });
    cells.extend(starts.map(|start| date::cell(start.map(quarter_start))));
    cells.extend(starts.map(|start| date::cell(start.map(quarter_end))));
    cells.extend([
        link.wait_for_response().and_then(shown),
        link.wait_for_service().and_then(shown),
    ]);
    cells
}
