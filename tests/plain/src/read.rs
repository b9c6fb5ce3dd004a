//! Reading a folder of the contract's layout: `cld_raw.csv`, `sus_apc.csv`, `mapping/`, reference tables
//! and `parameters.json`. Each CSV may be `.csv.gz` instead.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::rc::Rc;
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use chrono::{NaiveDate, NaiveDateTime};
use csv::StringRecord;

use crate::record::{
    Council, HospitalRow, Inputs, Mapped, Mapping, Mappings, Parameters, Population, Row, UpperTier,
};
use crate::text::Text;

/// Reads all of a folder. `sus_apc.csv` may be absent.
pub fn folder(folder: &Path) -> Result<Inputs> {
    let parameters = fs::read_to_string(folder.join("parameters.json"))
        .context("`parameters.json` cannot be read")?;
    let parameters: Parameters =
        serde_json::from_str(&parameters).context("`parameters.json` is not as expected")?;
    let hospital = if open(folder, "sus_apc").is_ok() {
        lines(folder, "sus_apc", hospital_row)?
    } else {
        Vec::new()
    };
    let small_areas = lines(folder, "REF_ONS_LSOA11_UTLA23_Lookup", small_area)?;
    let mut by_area = BTreeMap::new();
    for (area, upper_tier) in small_areas {
        by_area.entry(area).or_insert(upper_tier);
    }
    Ok(Inputs {
        rows: lines(folder, "cld_raw", row)?,
        hospital,
        mappings: mappings(&folder.join("mapping"))?,
        councils: lines(folder, "REF_ONS_Codes_LA_Region_Lookup", council)?,
        small_areas: by_area,
        populations: lines(folder, "REF_ONS_Pop_Gender_Pub_Age_Bands_24", population)?,
        parameters,
    })
}

/// A timestamp with or without milliseconds, with a blank or a `T` between day and time.
pub fn timestamp(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::from_str(&text.trim().replacen(' ', "T", 1)).ok()
}

/// One line of a CSV file, with what an error needs to name the place.
struct Line<'a> {
    file: &'a str,
    number: usize,
    headers: &'a BTreeMap<String, usize>,
    cells: &'a StringRecord,
}

impl Line<'_> {
    fn cell(&self, column: &str) -> Result<&str> {
        let at = self.headers.get(column);
        let at = at.with_context(|| format!("`{}` has no column `{column}`", self.file))?;
        Ok(self.cells.get(*at).unwrap_or_default())
    }

    fn text(&self, column: &str) -> Result<Option<Text>> {
        Ok(Text::read(self.cell(column)?))
    }

    fn wrong(&self, column: &str, expected: &str) -> anyhow::Error {
        anyhow!(
            "`{}` row {}: `{column}` is not {expected}",
            self.file,
            self.number
        )
    }

    fn required(&self, column: &str) -> Result<Text> {
        self.text(column)?
            .ok_or_else(|| self.wrong(column, "there"))
    }

    fn date(&self, column: &str) -> Result<Option<NaiveDate>> {
        let cell = self.cell(column)?.trim();
        if cell.is_empty() {
            return Ok(None);
        }
        let date = NaiveDate::parse_from_str(cell, "%Y-%m-%d");
        date.map(Some).map_err(|_| self.wrong(column, "a date"))
    }

    fn number<N: FromStr>(&self, column: &str) -> Result<Option<N>> {
        let cell = self.cell(column)?.trim();
        if cell.is_empty() {
            return Ok(None);
        }
        cell.parse()
            .map(Some)
            .map_err(|_| self.wrong(column, "a whole number"))
    }
}

/// A row of a test from some of its cells; the others are missing.
#[cfg(test)]
pub(crate) fn row_of(given: &[(&str, &str)]) -> Result<Rc<Row>> {
    let cells: Vec<&str> = given.iter().map(|(_, value)| *value).chain([""]).collect();
    let names = ROW_COLUMNS
        .split(',')
        .map(|name| (name.to_owned(), given.len()));
    let mut headers: BTreeMap<String, usize> = names.collect();
    for (at, (column, _)) in given.iter().enumerate() {
        let known = headers.insert((*column).to_owned(), at);
        known.with_context(|| format!("no column `{column}`"))?;
    }
    row(&Line {
        file: "a test",
        number: 1,
        headers: &headers,
        cells: &StringRecord::from(cells),
    })
}

#[cfg(test)]
const ROW_COLUMNS: &str = "LA_Code,LA_Name,Reporting_Period_Start_Date,Reporting_Period_End_Date,GP_Practice_Name,\
    GP_Practice_Code,Gender,Ethnicity,Date_of_Death,Client_Type,Primary_Support_Reason,\
    Accommodation_Status,Employment_Status,Has_Unpaid_Carer,Autism_Spectrum_Disorder_ASD,\
    Visual_Impairment,Hearing_Impairment,Dementia,Client_Funding_Status,Event_Type,\
    Event_Reference,Event_Start_Date,Event_End_Date,Event_Outcome,Request_Route_of_Access,\
    Der_Conversation,Der_Conversation_1,Assessment_Type,Eligible_Needs_Identified,\
    Method_of_Assessment,Total_Hrs_Caring_per_week,No_of_adults_being_cared_for,\
    Adult_1_Linked_Person_ID,Adult_2_Linked_Person_ID,Adult_3_Linked_Person_ID,Service_Type,\
    Service_Component,Delivery_Mechanism,Provider_CQC_Location_Name,Provider_CQC_Location_ID,\
    Unit_Cost,Cost_Frequency_Unit_Type,Planned_Units_Per_Week,Review_Reason,\
    Review_Outcomes_Achieved,Method_of_Review,Der_DBS_Check_Status,Der_NHS_Number_Pseudo,\
    Der_NHS_Number_Traced_Pseudo,LA_Person_Unique_Identifier,Der_Birth_Year,Der_Birth_Month,\
    Der_Age_Event_Start_Date,Der_Age_Reporting_Period_End_Date,Der_Postcode_Sector,\
    Der_Postcode_Constituency_Code,Der_Postcode_District_Unitary_Authority,\
    Der_Postcode_Electoral_Ward,Der_Postcode_Local_Authority,Der_Postcode_CCG_Code,\
    Der_Postcode_LSOA_Code,Der_Postcode_MSOA_Code,Der_Postcode_yr2011_LSOA,\
    Der_Postcode_yr2011_MSOA,Der_Unique_Record_ID,ImportFileId,ImportDate";

fn open(folder: &Path, name: &str) -> Result<Box<dyn Read>> {
    let plain = folder.join(format!("{name}.csv"));
    if let Ok(file) = File::open(&plain) {
        return Ok(Box::new(file));
    }
    let packed = folder.join(format!("{name}.csv.gz"));
    let file =
        File::open(&packed).with_context(|| format!("`{}` cannot be read", plain.display()))?;
    Ok(Box::new(flate2::read::MultiGzDecoder::new(file)))
}

fn lines<T>(folder: &Path, name: &str, read: fn(&Line<'_>) -> Result<T>) -> Result<Vec<T>> {
    let mut reader = csv::Reader::from_reader(open(folder, name)?);
    let headers = reader.headers()?.iter().enumerate();
    let headers = headers
        .map(|(at, header)| (header.trim_start_matches('\u{feff}').to_owned(), at))
        .collect();
    let mut all = Vec::new();
    for (at, cells) in reader.records().enumerate() {
        let cells = cells.with_context(|| format!("`{name}` row {} cannot be read", at + 1))?;
        all.push(read(&Line {
            file: name,
            number: at + 1,
            headers: &headers,
            cells: &cells,
        })?);
    }
    Ok(all)
}

const POSTCODE_COLUMNS: [&str; 10] = [
    "Der_Postcode_Sector",
    "Der_Postcode_Constituency_Code",
    "Der_Postcode_District_Unitary_Authority",
    "Der_Postcode_Electoral_Ward",
    "Der_Postcode_Local_Authority",
    "Der_Postcode_CCG_Code",
    "Der_Postcode_LSOA_Code",
    "Der_Postcode_MSOA_Code",
    "Der_Postcode_yr2011_LSOA",
    "Der_Postcode_yr2011_MSOA",
];

fn row(line: &Line<'_>) -> Result<Rc<Row>> {
    let import_date = timestamp(line.cell("ImportDate")?);
    let postcode_columns: Result<Vec<_>> = POSTCODE_COLUMNS
        .iter()
        .map(|column| line.text(column))
        .collect();
    Ok(Rc::new(Row {
        la_code: line.text("LA_Code")?,
        la_name: line.text("LA_Name")?,
        reporting_period_start_date: line.date("Reporting_Period_Start_Date")?,
        reporting_period_end_date: line.date("Reporting_Period_End_Date")?,
        gp_practice_name: line.text("GP_Practice_Name")?,
        gp_practice_code: line.text("GP_Practice_Code")?,
        gender: line.text("Gender")?,
        ethnicity: line.text("Ethnicity")?,
        date_of_death: line.date("Date_of_Death")?,
        client_type: line.text("Client_Type")?,
        primary_support_reason: line.text("Primary_Support_Reason")?,
        accommodation_status: line.text("Accommodation_Status")?,
        employment_status: line.text("Employment_Status")?,
        has_unpaid_carer: line.text("Has_Unpaid_Carer")?,
        autism_spectrum_disorder_asd: line.text("Autism_Spectrum_Disorder_ASD")?,
        visual_impairment: line.text("Visual_Impairment")?,
        hearing_impairment: line.text("Hearing_Impairment")?,
        dementia: line.text("Dementia")?,
        client_funding_status: line.text("Client_Funding_Status")?,
        event_type: line.text("Event_Type")?,
        event_reference: line.text("Event_Reference")?,
        event_start_date: line.date("Event_Start_Date")?,
        event_end_date: line.date("Event_End_Date")?,
        event_outcome: line.text("Event_Outcome")?,
        request_route_of_access: line.text("Request_Route_of_Access")?,
        der_conversation: line.number("Der_Conversation")?,
        der_conversation_1: line.number("Der_Conversation_1")?,
        assessment_type: line.text("Assessment_Type")?,
        eligible_needs_identified: line.text("Eligible_Needs_Identified")?,
        method_of_assessment: line.text("Method_of_Assessment")?,
        total_hrs_caring_per_week: line.text("Total_Hrs_Caring_per_week")?,
        no_of_adults_being_cared_for: line.text("No_of_adults_being_cared_for")?,
        linked_adults: [
            line.text("Adult_1_Linked_Person_ID")?,
            line.text("Adult_2_Linked_Person_ID")?,
            line.text("Adult_3_Linked_Person_ID")?,
        ],
        service_type: line.text("Service_Type")?,
        service_component: line.text("Service_Component")?,
        delivery_mechanism: line.text("Delivery_Mechanism")?,
        provider_cqc_location_name: line.text("Provider_CQC_Location_Name")?,
        provider_cqc_location_id: line.text("Provider_CQC_Location_ID")?,
        unit_cost: line.text("Unit_Cost")?,
        cost_frequency_unit_type: line.text("Cost_Frequency_Unit_Type")?,
        planned_units_per_week: line.text("Planned_Units_Per_Week")?,
        review_reason: line.text("Review_Reason")?,
        review_outcomes_achieved: line.text("Review_Outcomes_Achieved")?,
        method_of_review: line.text("Method_of_Review")?,
        der_dbs_check_status: line.text("Der_DBS_Check_Status")?,
        der_nhs_number_pseudo: line.text("Der_NHS_Number_Pseudo")?,
        der_nhs_number_traced_pseudo: line.text("Der_NHS_Number_Traced_Pseudo")?,
        la_person_unique_identifier: line.text("LA_Person_Unique_Identifier")?,
        der_birth_year: line.number("Der_Birth_Year")?,
        der_birth_month: line.number("Der_Birth_Month")?,
        der_age_event_start_date: line.number("Der_Age_Event_Start_Date")?,
        der_age_reporting_period_end_date: line.number("Der_Age_Reporting_Period_End_Date")?,
        postcode_columns: postcode_columns?,
        der_unique_record_id: line
            .number("Der_Unique_Record_ID")?
            .ok_or_else(|| line.wrong("Der_Unique_Record_ID", "there"))?,
        import_file_id: line.text("ImportFileId")?,
        import_date: import_date.ok_or_else(|| line.wrong("ImportDate", "a timestamp"))?,
    }))
}

fn hospital_row(line: &Line<'_>) -> Result<HospitalRow> {
    Ok(HospitalRow {
        pseudonym: line.text("Der_DHSC_Pseudo_NHS_Number")?,
        apcs_ident: line.text("APCS_Ident")?,
        last_episode: line.text("APCS_Last_Ep_Ind")?,
        admission_date: line.date("Admission_Date")?,
        discharge_date: line.date("Discharge_Date")?,
        birth_month: line.number("Month_of_Birth_SUS")?,
        birth_year: line.number("Year_of_Birth_SUS")?,
        sex: line.text("Sex")?,
        lsoa_2011: line.text("Der_Postcode_LSOA_2011_Code")?,
        admission_method: line.text("Admission_Method")?,
        discharge_method: line.text("Discharge_Method")?,
        discharge_destination: line.text("Discharge_Destination")?,
        management_type: line.text("Der_Management_Type")?,
        treatment_function_code: line.text("Treatment_Function_Code")?,
    })
}

fn council(line: &Line<'_>) -> Result<Council> {
    Ok(Council {
        code: line.required("LA_Code")?,
        name: line.required("LA_Name")?,
        area_code: line.text("LA_Area_Code")?,
        region: line.text("Region")?,
    })
}

fn small_area(line: &Line<'_>) -> Result<(Text, UpperTier)> {
    let upper_tier = UpperTier {
        code: line.text("UTLA_Code_2023")?,
        name: line.text("UTLA_Name_2023")?,
    };
    Ok((line.required("LSOA_Code_2011")?, upper_tier))
}

fn population(line: &Line<'_>) -> Result<Population> {
    Ok(Population {
        code: line.text("Code")?,
        geography: line.text("Geography")?,
        gender: line.text("Gender")?,
        age_band: line.text("Age_Band")?,
        population: line.number("Population")?,
    })
}

/// One mapping table by its file; the columns are raw, cleaned, and in some grouped, in this order.
fn mapping(folder: &Path, field: &str) -> Result<Mapping> {
    let name = format!("REF_{field}_Mapping");
    let mut reader = csv::Reader::from_reader(open(folder, &name)?);
    let mut mapping = Mapping::new();
    for cells in reader.records() {
        let cells = cells.with_context(|| format!("`{name}` cannot be read"))?;
        let cell = |at: usize| cells.get(at).and_then(Text::read);
        if let Some(raw) = cell(0) {
            mapping.entry(raw).or_insert(Mapped {
                cleaned: cell(1),
                grouped: cell(2),
            });
        }
    }
    Ok(mapping)
}

fn mappings(folder: &Path) -> Result<Mappings> {
    let hierarchy = lines(folder, "REF_Event_Outcome_Hierarchy_R2", |line| {
        Ok((
            line.text("Event_Outcome_Spec")?,
            line.number("Event_Outcome_Hierarchy")?,
        ))
    })?;
    let known = hierarchy
        .into_iter()
        .filter_map(|(outcome, number)| Some((outcome?, number?)));
    Ok(Mappings {
        accommodation_status: mapping(folder, "Accommodation_Status")?,
        assessment_type: mapping(folder, "Assessment_Type")?,
        client_funding_status: mapping(folder, "Client_Funding_Status")?,
        client_type: mapping(folder, "Client_Type")?,
        cost_frequency_unit_type: mapping(folder, "Cost_Frequency_Unit_Type")?,
        delivery_mechanism: mapping(folder, "Delivery_Mechanism")?,
        employment_status: mapping(folder, "Employment_Status")?,
        ethnicity: mapping(folder, "Ethnicity")?,
        event_outcome: mapping(folder, "Event_Outcome")?,
        gender: mapping(folder, "Gender")?,
        has_unpaid_carer: mapping(folder, "Has_Unpaid_Carer")?,
        hearing_impairment: mapping(folder, "Hearing_Impairment")?,
        method_of_assessment: mapping(folder, "Method_Of_Assessment")?,
        method_of_review: mapping(folder, "Method_Of_Review")?,
        primary_support_reason: mapping(folder, "Primary_Support_Reason")?,
        request_route_of_access: mapping(folder, "Request_Route_Of_Access")?,
        review_outcomes_achieved: mapping(folder, "Review_Outcomes_Achieved")?,
        review_reason: mapping(folder, "Review_Reason")?,
        service_component: mapping(folder, "Service_Component")?,
        service_type: mapping(folder, "Service_Type")?,
        total_hrs_caring_per_week: mapping(folder, "Total_Hrs_Caring_Per_Week")?,
        visual_impairment: mapping(folder, "Visual_Impairment")?,
        outcome_hierarchy: known.collect(),
    })
}
