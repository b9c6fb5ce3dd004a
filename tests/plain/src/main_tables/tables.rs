//! The main tables as the contract lays them out (tables 01 to 06).

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use crate::date;
use crate::main_tables::clean::{age_band, working_age_band};
use crate::main_tables::periods::length_in_months;
use crate::main_tables::{Event, EventKey, InPeriod, MainTables, Selected};
use crate::table::{Table, Tables, shown};
use crate::text::{Text, cell};

/// Adds tables 01 to 06.
pub fn write(main: &MainTables, tables: &mut Tables) {
    let mut add = |name: &str, table: Table| tables.insert(name.to_owned(), table);
    add("01_reporting_periods", reporting_periods(main));
    add(
        "02_selected_joined_by_quarter",
        selected(&main.selected_by_quarter),
    );
    add(
        "02_selected_joined_reference_periods",
        selected(&main.selected_joined),
    );
    add("02_selected_single", selected(&main.selected_single));
    add(
        "03_events_in_period_joined",
        in_period(&main.in_period_joined),
    );
    add(
        "03_events_in_period_single",
        in_period(&main.in_period_single),
    );
    add(
        "04_derived_fields_joined",
        derived_fields(&main.cleaned_joined),
    );
    add(
        "04_derived_fields_single",
        derived_fields(&main.cleaned_single),
    );
    add(
        "05_unique_events_joined",
        unique_events(&main.joined, false),
    );
    add("05_unique_events_single", unique_events(&main.single, true));
    add("06_person_details", person_details(main));
}

/// A timestamp with milliseconds.
pub fn timestamp(at: NaiveDateTime) -> Option<String> {
    Some(at.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
}

fn reporting_periods(main: &MainTables) -> Table {
    let mut table = Table::new(
        "LA_Code,LA_Name,ImportDate,n_Reporting_Periods,Reporting_Period_Start_Date,\
         Reporting_Period_End_Date,Reporting_Period_Length,Der_Reporting_Period_Start_Date,\
         Der_Reporting_Period_End_Date,Der_Reporting_Period_Length",
    );
    for file in &main.submissions {
        table.push(vec![
            cell(file.la_code.as_ref()),
            cell(file.la_name.as_ref()),
            timestamp(file.import_date),
            shown(file.stated_periods),
            date::cell(file.stated_start),
            date::cell(file.stated_end),
            length_in_months(file.stated_start, file.stated_end).and_then(shown),
            date::cell(file.derived_start),
            date::cell(file.derived_end),
            length_in_months(file.derived_start, file.derived_end).and_then(shown),
        ]);
    }
    table
}

fn selected(files: &[Selected]) -> Table {
    let mut table = Table::new("LA_Name,ImportDate,Ref_Period_Start_Date,Ref_Period_End_Date");
    for file in files {
        table.push(vec![
            cell(Some(&file.la_name)),
            timestamp(file.import_date),
            date::cell(Some(file.ref_start)),
            date::cell(Some(file.ref_end)),
        ]);
    }
    table
}

fn in_period(rows: &[InPeriod]) -> Table {
    let mut table = Table::new(
        "Der_Unique_Record_ID,Ref_Period_Start_Date,Ref_Period_End_Date,Event_End_Date_Raw,\
         Der_Event_End_Date",
    );
    for one in rows {
        table.push(vec![
            shown(one.row.der_unique_record_id),
            date::cell(Some(one.ref_start)),
            date::cell(Some(one.ref_end)),
            date::cell(one.row.event_end_date),
            date::cell(one.end),
        ]);
    }
    table
}

fn derived_fields(events: &[Event]) -> Table {
    let mut table = Table::new(
        "Der_Unique_Record_ID,Ref_Period_End_Date,Der_NHS_LA_Combined_Person_ID,Event_Group,\
         Event_Group_First_Record_ID,Der_Event_End_Date,Cropped,Der_Latest_Age,\
         Event_Outcome_Hierarchy",
    );
    let groups = event_groups(events);
    for event in events {
        let (number, first) = groups.get(&event.key).copied().unwrap_or_default();
        let council = event.row.la_code.as_ref().map_or("", Text::as_str);
        table.push(vec![
            shown(event.record_id()),
            date::cell(Some(event.ref_end)),
            cell(Some(&event.person)),
            shown(format!("{council}_{number}")),
            shown(first),
            date::cell(event.end),
            shown(u8::from(event.cropped)),
            event.latest_age.and_then(shown),
            event.outcome_hierarchy.and_then(shown),
        ]);
    }
    table
}

/// The number of each event within its council, from 1, and the smallest record number in it.
fn event_groups(events: &[Event]) -> BTreeMap<&EventKey, (usize, i64)> {
    let mut groups: BTreeMap<&EventKey, (usize, i64)> = BTreeMap::new();
    for event in events {
        let group = groups.entry(&event.key).or_insert((0, event.record_id()));
        group.1 = group.1.min(event.record_id());
    }
    let mut last: BTreeMap<&Option<Text>, usize> = BTreeMap::new();
    for (key, group) in &mut groups {
        let number = last.entry(&key.la_code).or_default();
        *number += 1;
        group.0 = *number;
    }
    groups
}

const UNIQUE: &str = "Der_Unique_Record_ID,LA_Code,Ref_Period_Start_Date,Ref_Period_End_Date,\
    Der_NHS_LA_Combined_Person_ID,Event_Type,Event_Start_Date,Event_End_Date_Raw,Der_Event_End_Date,\
    Client_Type_Cleaned,Service_Type_Cleaned,Service_Type_Grouped,Service_Component_Cleaned,\
    Delivery_Mechanism_Cleaned,Event_Outcome_Cleaned,Event_Outcome_Hierarchy,Event_Outcome_Grouped,\
    Request_Route_Of_Access_Cleaned,Assessment_Type_Cleaned,Review_Reason_Cleaned,Review_Type,\
    Gender_Cleaned,Ethnicity_Cleaned,Ethnicity_Grouped,Primary_Support_Reason_Cleaned,\
    Accommodation_Status_Cleaned,Employment_Status_Cleaned,Client_Funding_Status_Cleaned,\
    Der_Latest_Age,Der_Age_Band,Der_Working_Age_Band";

const COSTS: &str = ",Unit_Cost,Cost_Frequency_Unit_Type_Cleaned,Planned_Units_Per_Week";

fn unique_events(events: &[Event], with_costs: bool) -> Table {
    let mut table = Table::new(&format!("{UNIQUE}{}", if with_costs { COSTS } else { "" }));
    for event in events {
        let (row, clean) = (&event.row, &event.cleaned);
        let mut cells = vec![
            shown(event.record_id()),
            cell(row.la_code.as_ref()),
            date::cell(Some(event.ref_start)),
            date::cell(Some(event.ref_end)),
            cell(Some(&event.person)),
            cell(row.event_type.as_ref()),
            date::cell(Some(event.start)),
            date::cell(row.event_end_date),
            date::cell(event.end),
            cell(clean.client_type.as_ref()),
            cell(clean.service_type.as_ref()),
            cell(clean.service_type_grouped.as_ref()),
            cell(clean.service_component.as_ref()),
            cell(clean.delivery_mechanism.as_ref()),
            cell(clean.event_outcome.as_ref()),
            event.outcome_hierarchy.and_then(shown),
            cell(clean.event_outcome_grouped.as_ref()),
            cell(clean.request_route_of_access.as_ref()),
            cell(clean.assessment_type.as_ref()),
            cell(clean.review_reason.as_ref()),
            event.review_type.and_then(shown),
            cell(clean.gender.as_ref()),
            cell(clean.ethnicity.as_ref()),
            cell(clean.ethnicity_grouped.as_ref()),
            cell(clean.primary_support_reason.as_ref()),
            cell(clean.accommodation_status.as_ref()),
            cell(clean.employment_status.as_ref()),
            cell(clean.client_funding_status.as_ref()),
            event.latest_age.and_then(shown),
            shown(age_band(event.latest_age)),
            shown(working_age_band(event.latest_age)),
        ];
        if with_costs {
            cells.push(cell(row.unit_cost.as_ref()));
            cells.push(cell(clean.cost_frequency_unit_type.as_ref()));
            cells.push(cell(row.planned_units_per_week.as_ref()));
        }
        table.push(cells);
    }
    table
}

fn person_details(main: &MainTables) -> Table {
    let mut table = Table::new(
        "Reporting_Period_End_Date,LA_Code,Der_NHS_LA_Combined_Person_ID,\
         LA_Person_Unique_Identifier_Latest,LA_Person_Unique_Identifier_Concat,\
         Accommodation_Status,Accommodation_Status_Group,Employment_Status,Gender,Ethnicity,\
         Der_Birth_Year,Der_Birth_Month,Der_Birth_Date,Der_Working_Age_Band_End_Of_Period,\
         Date_of_Death,Has_Unpaid_Carer,Primary_Support_Reason,Client_Funding_Status,\
         Der_Age_End_Of_Period",
    );
    for one in main.persons.values() {
        table.push(vec![
            shown(date::short(main.persons_at)),
            cell(one.la_code.as_ref()),
            cell(Some(&one.person)),
            cell(Some(&one.la_person_latest)),
            one.la_person_all.clone(),
            cell(Some(&one.accommodation_status)),
            one.accommodation_group.and_then(shown),
            cell(Some(&one.employment_status)),
            cell(Some(&one.gender)),
            cell(Some(&one.ethnicity)),
            one.birth_year.and_then(shown),
            one.birth_month.and_then(shown),
            date::cell(one.birth_date),
            shown(one.working_age_band),
            date::cell(one.date_of_death),
            cell(Some(&one.has_unpaid_carer)),
            cell(Some(&one.primary_support_reason)),
            cell(Some(&one.client_funding_status)),
            one.age_end_of_period.and_then(shown),
        ]);
    }
    table
}
