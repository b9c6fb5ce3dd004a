//! What goes in: rows, hospital rows, mappings, reference tables and parameters, as plain structs.

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{NaiveDate, NaiveDateTime};

use crate::text::Text;

/// Everything that a run reads.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// All rows of all submissions.
    pub rows: Vec<Rc<Row>>,
    /// The hospital rows of ASCOF 2D; none if the file is not there.
    pub hospital: Vec<HospitalRow>,
    /// The mapping tables.
    pub mappings: Mappings,
    /// Reference tables.
    pub councils: Vec<Council>,
    /// The 2023 upper tier authority of each 2011 small area.
    pub small_areas: BTreeMap<Text, UpperTier>,
    /// Counts of residents.
    pub populations: Vec<Population>,
    /// The dates of the run.
    pub parameters: Parameters,
}

/// One submitted record: every column of section 2, missing as nothing.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub la_code: Option<Text>,
    pub la_name: Option<Text>,
    pub reporting_period_start_date: Option<NaiveDate>,
    pub reporting_period_end_date: Option<NaiveDate>,
    pub gp_practice_name: Option<Text>,
    pub gp_practice_code: Option<Text>,
    pub gender: Option<Text>,
    pub ethnicity: Option<Text>,
    pub date_of_death: Option<NaiveDate>,
    pub client_type: Option<Text>,
    pub primary_support_reason: Option<Text>,
    pub accommodation_status: Option<Text>,
    pub employment_status: Option<Text>,
    pub has_unpaid_carer: Option<Text>,
    pub autism_spectrum_disorder_asd: Option<Text>,
    pub visual_impairment: Option<Text>,
    pub hearing_impairment: Option<Text>,
    pub dementia: Option<Text>,
    pub client_funding_status: Option<Text>,
    pub event_type: Option<Text>,
    pub event_reference: Option<Text>,
    pub event_start_date: Option<NaiveDate>,
    pub event_end_date: Option<NaiveDate>,
    pub event_outcome: Option<Text>,
    pub request_route_of_access: Option<Text>,
    pub der_conversation: Option<i64>,
    pub der_conversation_1: Option<i64>,
    pub assessment_type: Option<Text>,
    pub eligible_needs_identified: Option<Text>,
    pub method_of_assessment: Option<Text>,
    pub total_hrs_caring_per_week: Option<Text>,
    pub no_of_adults_being_cared_for: Option<Text>,
    /// `Adult_1_Linked_Person_ID` to `Adult_3_Linked_Person_ID`.
    pub linked_adults: [Option<Text>; 3],
    pub service_type: Option<Text>,
    pub service_component: Option<Text>,
    pub delivery_mechanism: Option<Text>,
    pub provider_cqc_location_name: Option<Text>,
    pub provider_cqc_location_id: Option<Text>,
    /// A number, as written.
    pub unit_cost: Option<Text>,
    pub cost_frequency_unit_type: Option<Text>,
    /// A number, as written.
    pub planned_units_per_week: Option<Text>,
    pub review_reason: Option<Text>,
    pub review_outcomes_achieved: Option<Text>,
    pub method_of_review: Option<Text>,
    pub der_dbs_check_status: Option<Text>,
    pub der_nhs_number_pseudo: Option<Text>,
    pub der_nhs_number_traced_pseudo: Option<Text>,
    pub la_person_unique_identifier: Option<Text>,
    pub der_birth_year: Option<i32>,
    pub der_birth_month: Option<i32>,
    pub der_age_event_start_date: Option<i64>,
    pub der_age_reporting_period_end_date: Option<i64>,
    /// The ten `Der_Postcode_` columns in the order of the file; no method uses them.
    pub postcode_columns: Vec<Option<Text>>,
    pub der_unique_record_id: i64,
    pub import_file_id: Option<Text>,
    pub import_date: NaiveDateTime,
}

/// One row of hospital inpatient data (section 12).
#[derive(Debug, Clone, Default)]
pub struct HospitalRow {
    pub pseudonym: Option<Text>,
    pub apcs_ident: Option<Text>,
    pub last_episode: Option<Text>,
    pub admission_date: Option<NaiveDate>,
    pub discharge_date: Option<NaiveDate>,
    pub birth_month: Option<i32>,
    pub birth_year: Option<i32>,
    pub sex: Option<Text>,
    pub lsoa_2011: Option<Text>,
    pub admission_method: Option<Text>,
    pub discharge_method: Option<Text>,
    pub discharge_destination: Option<Text>,
    pub management_type: Option<Text>,
    pub treatment_function_code: Option<Text>,
}

/// What a raw value maps to.
#[derive(Debug, Clone, Default)]
pub struct Mapped {
    /// The value of release 2.
    pub cleaned: Option<Text>,
    /// Its group, in the three tables that have one.
    pub grouped: Option<Text>,
}

/// One mapping table: raw value to cleaned and grouped value.
pub type Mapping = BTreeMap<Text, Mapped>;

/// The mapping tables (section 3.1), one for each cleaned field.
#[derive(Debug, Clone, Default)]
pub struct Mappings {
    pub accommodation_status: Mapping,
    pub assessment_type: Mapping,
    pub client_funding_status: Mapping,
    pub client_type: Mapping,
    pub cost_frequency_unit_type: Mapping,
    pub delivery_mechanism: Mapping,
    pub employment_status: Mapping,
    pub ethnicity: Mapping,
    pub event_outcome: Mapping,
    pub gender: Mapping,
    pub has_unpaid_carer: Mapping,
    pub hearing_impairment: Mapping,
    pub method_of_assessment: Mapping,
    pub method_of_review: Mapping,
    pub primary_support_reason: Mapping,
    pub request_route_of_access: Mapping,
    pub review_outcomes_achieved: Mapping,
    pub review_reason: Mapping,
    pub service_component: Mapping,
    pub service_type: Mapping,
    pub total_hrs_caring_per_week: Mapping,
    pub visual_impairment: Mapping,
    /// The number of each cleaned outcome, 1 the strongest.
    pub outcome_hierarchy: BTreeMap<Text, i64>,
}

/// The cleaned value of a raw one; nothing if it is missing or not in the table.
pub fn cleaned(mapping: &Mapping, raw: Option<&Text>) -> Option<Text> {
    mapping.get(raw?)?.cleaned.clone()
}

/// The group of a raw value; nothing if it is missing or not in the table.
pub fn grouped(mapping: &Mapping, raw: Option<&Text>) -> Option<Text> {
    mapping.get(raw?)?.grouped.clone()
}

/// One line of the look-up of councils.
#[derive(Debug, Clone)]
pub struct Council {
    /// The code in client level data.
    pub code: Text,
    /// The name.
    pub name: Text,
    /// The code of the Office for National Statistics.
    pub area_code: Option<Text>,
    /// The region.
    pub region: Option<Text>,
}

/// The 2023 upper tier authority of a small area.
#[derive(Debug, Clone)]
pub struct UpperTier {
    /// Its code, beginning E in England.
    pub code: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
}

/// A count of residents.
#[derive(Debug, Clone)]
pub struct Population {
    pub code: Option<Text>,
    pub geography: Option<Text>,
    pub gender: Option<Text>,
    pub age_band: Option<Text>,
    pub population: Option<i64>,
}

/// The dates of a run.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Parameters {
    pub joined_start: NaiveDate,
    pub joined_end: NaiveDate,
    pub single_start: NaiveDate,
    pub single_end: NaiveDate,
    pub as_of: NaiveDate,
    pub excluded_import_timestamps: Vec<String>,
    pub latest_start: NaiveDate,
    pub latest_end: NaiveDate,
    pub previous_start: NaiveDate,
    pub previous_end: NaiveDate,
    pub ascof2d_latest_start: NaiveDate,
    pub ascof2d_latest_end: NaiveDate,
    pub ascof2d_previous_start: NaiveDate,
    pub ascof2d_previous_end: NaiveDate,
    pub waiting_times_dashboard_lower_limit: NaiveDate,
    pub nhse_period_start: NaiveDate,
    pub nhse_period_end: NaiveDate,
    pub nhse_snapshot: NaiveDate,
    pub nhse_import_cutoff: NaiveDate,
    pub nhse_run_date_used_for_open_ends: NaiveDate,
    pub nhse_lts001c_chain_start_before: NaiveDate,
    pub nhse_2b2c_snapshot: NaiveDate,
    pub nhse_2b2c_admissions_from: NaiveDate,
}
