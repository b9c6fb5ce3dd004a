//! Small invented inputs for the worked examples: rows as `Column=value; Column=value`, and mappings in
//! which every value given stands for itself.

use std::rc::Rc;

use chrono::NaiveDate;

use crate::date::day;
use crate::main_tables::{MainTables, Selected, of_selected};
use crate::read::{self, timestamp};
use crate::record::{Council, Inputs, Mapped, Mapping, Mappings, Parameters, Row};
use crate::text::Text;

/// When the file of a row came, unless the row says otherwise.
pub(crate) const IMPORTED: &str = "2026-04-24 10:00:00.000";

/// The outcomes in the order of section 3.2.
const OUTCOMES: [&str; 17] = [
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Release 1 specification only: Not mapped",
    "Progress to support planning or services",
    "Continuation of support or services",
    "Admitted to hospital",
    "NFA: Responsibility moved to another local authority",
    "NFA: Referral to NHS services or NHS funded social care",
    "NFA: Self-funded client or under 12wk disregard",
    "NFA: Information and advice or signposting",
    "NFA: Referral to other service within the local authority",
    "NFA: Support declined",
    "NFA: Deceased",
    "NFA: Support ended as planned",
    "NFA: Support ended for other reason",
    "NFA: No services offered for other reason",
    "NFA: Other",
];

/// A row of council 101, Northmoor, of person P, unless it says otherwise.
pub(crate) fn row(text: &str) -> Rc<Row> {
    let mut cells = vec![
        ("LA_Code", "101"),
        ("LA_Name", "Northmoor"),
        ("ImportDate", IMPORTED),
        ("Der_Unique_Record_ID", "1"),
        ("Der_NHS_Number_Traced_Pseudo", "P"),
    ];
    for pair in text
        .split(';')
        .map(str::trim_start)
        .filter(|pair| !pair.trim().is_empty())
    {
        let (column, value) = pair.split_once('=').expect("a column and its value");
        cells.retain(|(name, _)| *name != column);
        cells.push((column, value));
    }
    read::row_of(&cells).expect("a row")
}

/// The same row so many times.
pub(crate) fn repeated(text: &str, times: usize) -> Vec<String> {
    vec![text.to_owned(); times]
}

/// Inputs with these rows, the council of `row`, and the year 2025/26 as the latest.
pub(crate) fn inputs<T: AsRef<str>>(rows: &[T]) -> Inputs {
    let rows: Vec<Rc<Row>> = rows.iter().map(|text| row(text.as_ref())).collect();
    let mappings = mappings(&rows);
    Inputs {
        rows,
        hospital: Vec::new(),
        mappings,
        councils: vec![Council {
            code: Text::new("101"),
            name: Text::new("Northmoor"),
            area_code: Text::read("E06999901"),
            region: Text::read("Nowhere"),
        }],
        small_areas: std::collections::BTreeMap::new(),
        populations: Vec::new(),
        parameters: parameters(),
    }
}

/// The file that came at this time, used for this period.
pub(crate) fn selected_of(import_date: &str, start: &str, end: &str) -> Selected {
    Selected {
        la_name: Text::new("Northmoor"),
        import_date: timestamp(import_date).expect("a timestamp"),
        ref_start: day(start),
        ref_end: day(end),
    }
}

/// The file of the first row, used for this period.
pub(crate) fn selected(inputs: &Inputs, start: &str, end: &str) -> Selected {
    let first = inputs.rows.first().expect("a row");
    selected_of(&first.import_date.to_string(), start, end)
}

/// The main tables of rows that are selected already.
pub(crate) fn main_of(inputs: &Inputs, selected: &[Selected]) -> MainTables {
    of_selected(inputs, selected)
}

/// The main tables of one file, imported at `IMPORTED` and used for April 2023 to March 2026.
pub(crate) fn main(inputs: &Inputs) -> MainTables {
    of_selected(inputs, &[selected_of(IMPORTED, "2023-04-01", "2026-03-31")])
}

fn parameters() -> Parameters {
    let date = |text: &str| -> NaiveDate { day(text) };
    Parameters {
        joined_start: date("2023-04-01"),
        joined_end: date("2026-03-31"),
        single_start: date("2025-04-01"),
        single_end: date("2026-03-31"),
        as_of: date("2026-05-05"),
        excluded_import_timestamps: Vec::new(),
        latest_start: date("2025-04-01"),
        latest_end: date("2026-03-31"),
        previous_start: date("2024-04-01"),
        previous_end: date("2025-03-31"),
        ascof2d_latest_start: date("2025-01-01"),
        ascof2d_latest_end: date("2025-12-31"),
        ascof2d_previous_start: date("2024-01-01"),
        ascof2d_previous_end: date("2024-12-31"),
        waiting_times_dashboard_lower_limit: date("2024-04-01"),
        nhse_period_start: date("2023-04-01"),
        nhse_period_end: date("2024-03-31"),
        nhse_snapshot: date("2024-03-31"),
        nhse_import_cutoff: date("2024-05-01"),
        nhse_run_date_used_for_open_ends: date("2024-05-20"),
        nhse_lts001c_chain_start_before: date("2023-04-01"),
        nhse_2b2c_snapshot: date("2024-04-01"),
        nhse_2b2c_admissions_from: date("2023-04-01"),
    }
}

/// Every value that a row has stands for itself.
fn mappings(rows: &[Rc<Row>]) -> Mappings {
    let of = |value: fn(&Row) -> &Option<Text>| -> Mapping {
        let values = rows.iter().filter_map(|row| value(row).clone());
        values
            .map(|value| {
                (
                    value.clone(),
                    Mapped {
                        grouped: group(&value),
                        cleaned: Some(value),
                    },
                )
            })
            .collect()
    };
    let numbered = OUTCOMES.iter().zip(1..);
    Mappings {
        accommodation_status: of(|row| &row.accommodation_status),
        assessment_type: of(|row| &row.assessment_type),
        client_funding_status: of(|row| &row.client_funding_status),
        client_type: of(|row| &row.client_type),
        cost_frequency_unit_type: of(|row| &row.cost_frequency_unit_type),
        delivery_mechanism: of(|row| &row.delivery_mechanism),
        employment_status: of(|row| &row.employment_status),
        ethnicity: of(|row| &row.ethnicity),
        event_outcome: of(|row| &row.event_outcome),
        gender: of(|row| &row.gender),
        has_unpaid_carer: of(|row| &row.has_unpaid_carer),
        hearing_impairment: of(|row| &row.hearing_impairment),
        method_of_assessment: of(|row| &row.method_of_assessment),
        method_of_review: of(|row| &row.method_of_review),
        primary_support_reason: of(|row| &row.primary_support_reason),
        request_route_of_access: of(|row| &row.request_route_of_access),
        review_outcomes_achieved: of(|row| &row.review_outcomes_achieved),
        review_reason: of(|row| &row.review_reason),
        service_component: of(|row| &row.service_component),
        service_type: of(|row| &row.service_type),
        total_hrs_caring_per_week: of(|row| &row.total_hrs_caring_per_week),
        visual_impairment: of(|row| &row.visual_impairment),
        outcome_hierarchy: numbered
            .map(|(outcome, number)| (Text::new(outcome), number))
            .collect(),
    }
}

/// `NFA` for outcomes without further action, what is before a colon otherwise, else the value itself.
fn group(value: &Text) -> Option<Text> {
    let before = value.as_str().split(':').next()?;
    Some(Text::new(before))
}
