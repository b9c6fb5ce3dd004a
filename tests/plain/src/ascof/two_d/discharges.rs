//! Section 12.2: discharges from hospital, the denominator of part 2.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::ascof::Year;
use crate::date::{age, birth_date};
use crate::main_tables::Event;
use crate::record::{HospitalRow, Inputs};
use crate::text::{Text, is, is_one_of};

const ADMISSION_METHODS: [&str; 4] = ["31", "32", "82", "83"];
const DISCHARGE_METHODS: [&str; 2] = ["4", "5"];
const DESTINATIONS: [&str; 7] = ["49", "50", "51", "52", "79", "87", "88"];
const TREATMENT_FUNCTIONS: [&str; 18] = [
    "199", "223", "290", "291", "331", "344", "345", "346", "424", "499", "501", "504", "560",
    "660", "661", "662", "840", "920",
];

/// The long term services that a person in one of them is left out for.
const HOMES: [&str; 3] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Prison",
];

/// A discharge of the year. The order of the fields makes the distinct rows of section 12.2.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Discharge {
    pub pseudonym: Text,
    pub admission: NaiveDate,
    pub discharged: NaiveDate,
    pub apcs_ident: Option<Text>,
    pub lsoa: Text,
    pub age: i64,
    pub gender: Option<Text>,
    /// The upper tier authority of residence, as the look-up names it.
    pub residence: Option<Text>,
    pub client_type: &'static str,
}

impl Discharge {
    /// The age group.
    pub(super) fn age_group(&self) -> &'static str {
        match self.age {
            ..75 => "65-74",
            75..85 => "75-84",
            85.. => "85+",
        }
    }

    /// Whether it is in a client type and a slice of the outputs.
    pub(super) fn is_in(&self, client_type: &str, slice: &str) -> bool {
        let in_type = client_type == super::TOTAL || self.client_type == client_type;
        let in_slice =
            slice == super::TOTAL || self.age_group() == slice || is(self.gender.as_ref(), slice);
        in_type && in_slice
    }
}

/// The distinct discharges of a year.
pub(super) fn discharges(inputs: &Inputs, long_term: &[&Event], year: Year) -> Vec<Discharge> {
    let all = inputs
        .hospital
        .iter()
        .filter_map(|row| discharge(inputs, row, long_term, year));
    all.collect::<BTreeSet<Discharge>>().into_iter().collect()
}

fn discharge(
    inputs: &Inputs,
    row: &HospitalRow,
    long_term: &[&Event],
    year: Year,
) -> Option<Discharge> {
    let pseudonym = row.pseudonym.clone()?;
    let (admission, discharge) = (row.admission_date?, row.discharge_date?);
    let age = age(birth_date(row.birth_year, row.birth_month)?, discharge);
    let in_time = admission >= NaiveDate::from_ymd_opt(2023, 4, 1)?
        && admission < discharge
        && year.start <= discharge
        && discharge <= year.end;
    if age < 65 || !in_time || !codes_are_counted(row) || !is(row.last_episode.as_ref(), "1") {
        return None;
    }
    let in_care = |types: &[&str]| {
        long_term.iter().any(|event| {
            event.person == pseudonym
                && is_one_of(event.cleaned.service_type.as_ref(), types)
                && event.start <= admission
                && admission <= event.end_or_open()
        })
    };
    if in_care(&HOMES) {
        return None;
    }
    let lsoa = row.lsoa_2011.clone()?;
    let upper_tier = inputs.small_areas.get(&lsoa)?;
    if !upper_tier
        .code
        .as_ref()
        .is_some_and(|code| code.begins("E"))
    {
        return None;
    }
    let community = in_care(&["Long term support: Community"]);
    Some(Discharge {
        client_type: if community {
            "Those in LT community support"
        } else {
            "Those not in any LTS"
        },
        residence: upper_tier.name.clone(),
        gender: gender(row.sex.as_ref()),
        pseudonym,
        admission,
        discharged: discharge,
        apcs_ident: row.apcs_ident.clone(),
        lsoa,
        age,
    })
}

/// The codes of section 12.2; a missing one excludes the row.
fn codes_are_counted(row: &HospitalRow) -> bool {
    let outside = |code: &Option<Text>, excluded: &[&str]| {
        code.is_some() && !is_one_of(code.as_ref(), excluded)
    };
    let treatment = row.treatment_function_code.as_ref();
    outside(&row.admission_method, &ADMISSION_METHODS)
        && outside(&row.discharge_method, &DISCHARGE_METHODS)
        && outside(&row.discharge_destination, &DESTINATIONS)
        && outside(&row.treatment_function_code, &TREATMENT_FUNCTIONS)
        && treatment.is_some_and(|code| !code.begins("65") && !code.begins("7"))
}

fn gender(sex: Option<&Text>) -> Option<Text> {
    let sex = sex?;
    Some(match sex.as_str() {
        "1" => Text::new("Male"),
        "2" => Text::new("Female"),
        "9" => Text::new("Not specified"),
        "0" => Text::new("Not known"),
        _ => sex.clone(),
    })
}
