//! The main tables of the published methods (sections 4 to 9).

mod accommodation;
pub(crate) mod clean;
mod filter;
mod periods;
pub(crate) mod persons;
mod select;
pub mod tables;
mod unique;

use std::collections::BTreeMap;
use std::rc::Rc;

use anyhow::Result;
use chrono::{NaiveDate, NaiveDateTime};

use crate::date;
use crate::record::{Inputs, Row};
use crate::text::{self, Text};

/// A submission and the period that it covers (section 4).
#[derive(Debug, Clone)]
pub struct Submission {
    /// The council.
    pub la_code: Option<Text>,
    /// Its name.
    pub la_name: Option<Text>,
    /// When the file came.
    pub import_date: NaiveDateTime,
    /// How many distinct stated periods its rows have.
    pub stated_periods: usize,
    /// The earliest stated start.
    pub stated_start: Option<NaiveDate>,
    /// The latest stated end.
    pub stated_end: Option<NaiveDate>,
    /// The start derived from event ends.
    pub derived_start: Option<NaiveDate>,
    /// The end derived from event ends.
    pub derived_end: Option<NaiveDate>,
}

/// A submission that was chosen for a reference period (section 5).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selected {
    /// The council's name.
    pub la_name: Text,
    /// When the file came.
    pub import_date: NaiveDateTime,
    /// The first day that it is used for.
    pub ref_start: NaiveDate,
    /// The last day that it is used for.
    pub ref_end: NaiveDate,
}

/// One row within a reference period (section 6), cleaned (section 7). The raw values are in `row`.
#[derive(Debug, Clone)]
pub struct Event {
    /// The submitted record.
    pub row: Rc<Row>,
    /// The first day of the reference period.
    pub ref_start: NaiveDate,
    /// The last day of the reference period.
    pub ref_end: NaiveDate,
    /// The start; every kept row has one.
    pub start: NaiveDate,
    /// `Der_Event_End_Date`: corrected by the date of death, and cropped.
    pub end: Option<NaiveDate>,
    /// The end before it was cropped: section 7.4 tells events apart by it.
    pub end_before_cropping: Option<NaiveDate>,
    /// Whether section 7.5 set the end.
    pub cropped: bool,
    /// `Der_NHS_LA_Combined_Person_ID`.
    pub person: Text,
    /// What tells events apart (section 7.4).
    pub key: EventKey,
    /// `Der_Latest_Age`.
    pub latest_age: Option<i64>,
    /// `Event_Outcome_Hierarchy`.
    pub outcome_hierarchy: Option<i64>,
    /// `Review_Type`.
    pub review_type: Option<&'static str>,
    /// The mapped values.
    pub cleaned: Cleaned,
}

/// What two rows share when they are about one event (section 7.4); missing equals missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    pub la_code: Option<Text>,
    pub start: NaiveDate,
    /// Of non-services only.
    pub end: Option<NaiveDate>,
    pub client_type_raw: Option<Text>,
    pub person: Text,
    pub event_type: Option<Text>,
    /// Of requests only.
    pub route_raw: Option<Text>,
    /// Of assessments only.
    pub assessment_type_raw: Option<Text>,
    /// Of services only.
    pub service_type_raw: Option<Text>,
    /// Of services only.
    pub service_component_raw: Option<Text>,
}

/// The mapped values of a row (sections 7.1 and 7.7).
#[derive(Debug, Clone, Default)]
pub struct Cleaned {
    pub gender: Option<Text>,
    pub ethnicity: Option<Text>,
    pub ethnicity_grouped: Option<Text>,
    pub event_outcome: Option<Text>,
    pub event_outcome_grouped: Option<Text>,
    pub service_type: Option<Text>,
    pub service_type_grouped: Option<Text>,
    pub review_reason: Option<Text>,
    pub client_funding_status: Option<Text>,
    pub client_type: Option<Text>,
    pub delivery_mechanism: Option<Text>,
    pub assessment_type: Option<Text>,
    pub hearing_impairment: Option<Text>,
    pub method_of_assessment: Option<Text>,
    pub method_of_review: Option<Text>,
    pub primary_support_reason: Option<Text>,
    pub request_route_of_access: Option<Text>,
    pub review_outcomes_achieved: Option<Text>,
    pub accommodation_status: Option<Text>,
    pub cost_frequency_unit_type: Option<Text>,
    pub employment_status: Option<Text>,
    pub service_component: Option<Text>,
    pub total_hrs_caring_per_week: Option<Text>,
    pub visual_impairment: Option<Text>,
}

/// The latest known details of a person (section 9).
#[derive(Debug, Clone)]
pub struct Person {
    pub la_code: Option<Text>,
    pub person: Text,
    pub la_person_latest: Text,
    /// The distinct identifiers, sorted, with comma and blank between.
    pub la_person_all: Option<String>,
    pub accommodation_status: Text,
    pub accommodation_group: Option<u8>,
    pub employment_status: Text,
    pub gender: Text,
    pub ethnicity: Text,
    pub birth_year: Option<i32>,
    pub birth_month: Option<i32>,
    pub birth_date: Option<NaiveDate>,
    pub date_of_death: Option<NaiveDate>,
    pub has_unpaid_carer: Text,
    pub primary_support_reason: Text,
    pub client_funding_status: Text,
    pub age_end_of_period: Option<i64>,
    pub working_age_band: &'static str,
}

/// The main tables: what every measure of the Department of Health and Social Care starts from.
#[derive(Debug, Clone, Default)]
pub struct MainTables {
    /// Every submission and its derived period (section 4).
    pub submissions: Vec<Submission>,
    /// The submissions chosen for each quarter (section 5).
    pub selected_by_quarter: Vec<Selected>,
    /// The same, one reference period to a file (section 5).
    pub selected_joined: Vec<Selected>,
    /// The submissions chosen for the single table (section 5).
    pub selected_single: Vec<Selected>,
    /// Rows in the period, before any is dropped for want of an identifier (section 6).
    pub in_period_joined: Vec<InPeriod>,
    /// The same of the single table.
    pub in_period_single: Vec<InPeriod>,
    /// All cleaned rows of the joined table (section 7).
    pub cleaned_joined: Vec<Event>,
    /// All cleaned rows of the single table (section 7).
    pub cleaned_single: Vec<Event>,
    /// The joined table: unique events (section 8).
    pub joined: Vec<Event>,
    /// The single table: unique events (section 8).
    pub single: Vec<Event>,
    /// Person details, built once for the latest year (section 9).
    pub persons: BTreeMap<PersonKey, Person>,
    /// The last day of the year that `persons` was built for.
    pub persons_at: NaiveDate,
}

/// A row that is within its file's reference period (section 6).
#[derive(Debug, Clone)]
pub struct InPeriod {
    /// The submitted record.
    pub row: Rc<Row>,
    /// The first day of the reference period.
    pub ref_start: NaiveDate,
    /// The last day of the reference period.
    pub ref_end: NaiveDate,
    /// The start.
    pub start: NaiveDate,
    /// The end corrected by the date of death.
    pub end: Option<NaiveDate>,
}

/// A person of a council: `LA_Code` and `Der_NHS_LA_Combined_Person_ID` (section 1.9).
pub type PersonKey = (Option<Text>, Text);

impl Event {
    /// The person.
    pub fn person_key(&self) -> PersonKey {
        (self.row.la_code.clone(), self.person.clone())
    }

    /// Whether the event type is exactly this.
    pub fn is_a(&self, event_type: &str) -> bool {
        text::is(self.row.event_type.as_ref(), event_type)
    }

    /// Whether the cleaned client type is exactly this.
    pub fn is_of(&self, client_type: &str) -> bool {
        text::is(self.cleaned.client_type.as_ref(), client_type)
    }

    /// The end, or 9999-01-01 if it is missing.
    pub fn end_or_open(&self) -> NaiveDate {
        self.end.unwrap_or(date::OPEN)
    }

    /// Whether the end is missing or not before the start.
    pub fn ends_well(&self) -> bool {
        self.end.is_none_or(|end| end >= self.start)
    }

    /// The number of the record.
    pub fn record_id(&self) -> i64 {
        self.row.der_unique_record_id
    }
}

impl MainTables {
    /// Builds them all.
    pub fn build(inputs: &Inputs) -> Result<Self> {
        let dates = &inputs.parameters;
        let submissions = periods::submissions(inputs);
        let selected_by_quarter =
            select::by_quarter(inputs, &submissions, dates.joined_start, dates.joined_end)?;
        let selected_joined = select::collapsed(&selected_by_quarter);
        let selected_single =
            select::one_period(inputs, &submissions, dates.single_start, dates.single_end)?;
        let main = Self {
            submissions,
            selected_by_quarter,
            ..Self::default()
        };
        Ok(main.with_selected(inputs, selected_joined, selected_single))
    }

    /// Builds what follows once submissions are selected (sections 6 to 9).
    fn with_selected(
        mut self,
        inputs: &Inputs,
        selected_joined: Vec<Selected>,
        selected_single: Vec<Selected>,
    ) -> Self {
        self.in_period_joined = filter::in_period(inputs, &selected_joined);
        self.in_period_single = filter::in_period(inputs, &selected_single);
        self.selected_joined = selected_joined;
        self.selected_single = selected_single;
        self.cleaned_joined = clean::events(inputs, &self.in_period_joined);
        self.cleaned_single = clean::events(inputs, &self.in_period_single);
        self.joined = unique::joined(&self.cleaned_joined);
        self.single = unique::single(&self.cleaned_single);
        let dates = &inputs.parameters;
        self.persons = persons::build(inputs, &self.joined, dates.latest_start, dates.latest_end);
        self.persons_at = dates.latest_end;
        self
    }

    /// The latest known details of the person of an event.
    pub fn person_of(&self, event: &Event) -> Option<&Person> {
        self.persons.get(&event.person_key())
    }
}

/// The worked examples of a section start from rows that are selected already.
#[cfg(test)]
pub(crate) fn of_selected(inputs: &Inputs, selected: &[Selected]) -> MainTables {
    MainTables::default().with_selected(inputs, selected.to_vec(), selected.to_vec())
}
