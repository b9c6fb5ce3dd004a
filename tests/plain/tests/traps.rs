//! The invented councils hold every trap of the methods, and often enough to tell two versions apart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use plain::invent::{Size, invent};
use plain::table::Tables;

const SEEDS: u64 = 15;

/// Cells by column name.
type Cells = BTreeMap<String, String>;

fn csv_rows(path: &Path) -> Result<Vec<Cells>> {
    Ok(csv::Reader::from_path(path)?
        .deserialize()
        .collect::<Result<_, _>>()?)
}

/// How often each trap was met.
#[derive(Default)]
struct Met(BTreeMap<String, usize>);

impl Met {
    fn add(&mut self, trap: &str, times: usize) {
        *self.0.entry(trap.to_owned()).or_default() += times;
    }

    fn rows(&mut self, trap: &str, rows: &[Cells], is: impl Fn(&Cells) -> bool) {
        self.add(trap, rows.iter().filter(|row| is(row)).count());
    }
}

fn at<'a>(row: &'a Cells, column: &str) -> &'a str {
    row[column].as_str()
}

fn says(row: &Cells, column: &str, value: &str) -> bool {
    at(row, column).trim_end().eq_ignore_ascii_case(value)
}

fn is_empty(row: &Cells, column: &str) -> bool {
    at(row, column).is_empty()
}

/// Faults of single rows.
fn look_at_rows(rows: &[Cells], met: &mut Met) {
    let outcome = |row: &Cells| at(row, "Event_Outcome").to_owned();
    met.rows("blanks behind", rows, |row| outcome(row).ends_with(' '));
    met.rows("upper case", rows, |row| {
        outcome(row).len() > 3 && outcome(row) == outcome(row).to_uppercase()
    });
    met.rows("blanks before a mechanism", rows, |row| {
        at(row, "Delivery_Mechanism").starts_with(' ')
    });
    met.rows("words of release 1", rows, |row| {
        outcome(row).starts_with("NFA - ")
    });
    met.rows("words of release 2", rows, |row| {
        outcome(row).starts_with("NFA: ")
    });
    met.rows("not in the mapping", rows, |row| {
        says(row, "Event_Outcome", "Not on any list")
    });
    met.rows("mapped to invalid", rows, |row| {
        says(row, "Event_Outcome", "Old system value")
    });
    met.rows("outcome as section 19.4 spells it", rows, |row| {
        outcome(row).contains("NHS-funded")
    });
    met.rows("no outcome of a request", rows, |row| {
        says(row, "Event_Type", "Request") && outcome(row).is_empty()
    });
    met.rows("no route of a request", rows, |row| {
        says(row, "Event_Type", "Request") && is_empty(row, "Request_Route_of_Access")
    });
    met.rows("care home without component", rows, |row| {
        at(row, "Service_Type")
            .to_lowercase()
            .contains("residential care")
            && is_empty(row, "Service_Component")
    });
    met.rows("direct support without component", rows, |row| {
        at(row, "Service_Type").to_lowercase().contains("direct to")
            && is_empty(row, "Service_Component")
    });
    met.rows("service words on another row", rows, |row| {
        !at(row, "Event_Type").to_lowercase().contains("service") && !is_empty(row, "Service_Type")
    });
    met.rows("event type missing", rows, |row| {
        is_empty(row, "Event_Type")
    });
    met.rows("event type that only contains service", rows, |row| {
        at(row, "Event_Type").to_lowercase().starts_with("service ")
            && !says(row, "Event_Type", "service")
    });
    met.rows("no council's name", rows, |row| is_empty(row, "LA_Name"));
    met.rows("no start", rows, |row| is_empty(row, "Event_Start_Date"));
    let start = |row: &Cells| at(row, "Event_Start_Date").to_owned();
    let end = |row: &Cells| at(row, "Event_End_Date").to_owned();
    let death = |row: &Cells| at(row, "Date_of_Death").to_owned();
    met.rows("end before start", rows, |row| {
        !end(row).is_empty() && end(row) < start(row)
    });
    met.rows("open assessment", rows, |row| {
        says(row, "Event_Type", "Assessment") && end(row).is_empty()
    });
    met.rows("open on the day of death", rows, |row| {
        end(row).is_empty() && !death(row).is_empty() && death(row) == start(row)
    });
    met.rows("death within", rows, |row| {
        !death(row).is_empty() && start(row) < death(row) && death(row) < end(row)
    });
    met.rows("death before", rows, |row| {
        !death(row).is_empty() && death(row) < start(row)
    });
    let (traced, submitted, own) = (
        "Der_NHS_Number_Traced_Pseudo",
        "Der_NHS_Number_Pseudo",
        "LA_Person_Unique_Identifier",
    );
    met.rows("no identifier", rows, |row| {
        [traced, submitted, own]
            .iter()
            .all(|column| is_empty(row, column))
    });
    met.rows("traced is not submitted", rows, |row| {
        !is_empty(row, traced)
            && !is_empty(row, submitted)
            && !says(row, traced, at(row, submitted).trim_end())
    });
    met.rows("year without month of birth", rows, |row| {
        !is_empty(row, "Der_Birth_Year") && is_empty(row, "Der_Birth_Month")
    });
    met.rows("born in 1800", rows, |row| {
        says(row, "Der_Birth_Year", "1800")
    });
    met.rows("born after", rows, |row| {
        at(row, "Der_Age_Event_Start_Date").starts_with('-')
    });
    met.rows("cost of nought", rows, |row| {
        ["0", "0.00"].contains(&at(row, "Unit_Cost"))
    });
    met.rows("cost with three decimals", rows, |row| {
        says(row, "Unit_Cost", "12.495")
    });
}

/// Faults between rows: identifiers that meet, files that overlap.
fn look_across(rows: &[Cells], met: &mut Met) {
    let mut councils_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut numbers_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut own_of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut rows_of: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows {
        let (traced, own) = (
            at(row, "Der_NHS_Number_Traced_Pseudo"),
            at(row, "LA_Person_Unique_Identifier"),
        );
        if !traced.is_empty() {
            councils_of
                .entry(traced)
                .or_default()
                .insert(at(row, "LA_Code"));
            numbers_of.entry(own).or_default().insert(traced);
            own_of.entry(traced).or_default().insert(own);
        }
        *rows_of
            .entry((at(row, "LA_Code"), at(row, "ImportDate")))
            .or_default() += 1;
    }
    let several =
        |of: &BTreeMap<&str, BTreeSet<&str>>| of.values().filter(|values| values.len() > 1).count();
    met.add("person of two councils", several(&councils_of));
    met.add("identifier of two people", several(&numbers_of));
    met.add("person with two identifiers", several(&own_of));
    met.add(
        "file below 100 rows",
        rows_of.values().filter(|count| **count < 100).count(),
    );
    met.add(
        "file of 100 rows and more",
        rows_of.values().filter(|count| **count >= 100).count(),
    );
    let mut council_types: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in rows {
        council_types
            .entry(at(row, "LA_Code"))
            .or_default()
            .insert(at(row, "Event_Type").trim_end().to_lowercase());
    }
    met.add(
        "council without reviews",
        council_types
            .values()
            .filter(|types| !types.contains("review"))
            .count(),
    );
}

/// When files came.
fn look_at_files(rows: &[Cells], parameters: &serde_json::Value, met: &mut Met) {
    let day = |name: &str| parameters[name].as_str().unwrap_or_default().to_owned();
    let imports: BTreeSet<&str> = rows.iter().map(|row| at(row, "ImportDate")).collect();
    let on = |name: &str| {
        imports
            .iter()
            .filter(|import| import.starts_with(&day(name)))
            .count()
    };
    met.add("came on the last day allowed", on("as_of"));
    met.add(
        "came on the period's last day",
        on("joined_end") + on("nhse_period_end"),
    );
    met.add("came on the cut-off day", on("nhse_import_cutoff"));
    met.add(
        "came too late",
        imports
            .iter()
            .filter(|import| import[..10] > *day("as_of"))
            .count(),
    );
    let excluded = parameters["excluded_import_timestamps"].as_array();
    let times = excluded
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_str);
    met.add(
        "excluded",
        times.filter(|time| imports.contains(time)).count(),
    );
}

/// Stays in hospital.
fn look_at_hospital(rows: &[Cells], met: &mut Met) {
    for column in [
        "Admission_Method",
        "Discharge_Method",
        "Discharge_Destination",
        "Treatment_Function_Code",
    ] {
        met.rows("hospital code missing", rows, |row| is_empty(row, column));
    }
    met.rows("admission that does not count", rows, |row| {
        ["31", "32", "82", "83"].contains(&at(row, "Admission_Method"))
    });
    met.rows("in and out on one day", rows, |row| {
        at(row, "Admission_Date") == at(row, "Discharge_Date")
    });
    met.rows("area of nowhere", rows, |row| {
        !at(row, "Der_Postcode_LSOA_2011_Code").starts_with("E0100")
    });
}

/// What came of it: the values of these columns.
fn look_at_tables(tables: &Tables, met: &mut Met) {
    let mut count = |table: &str, column: &str| {
        for row in 0..tables[table].rows.len() {
            let value = tables[table].cell(row, column).unwrap_or("missing");
            met.add(&format!("{column} {value}"), 1);
        }
    };
    for year in ["latest", "previous"] {
        count(&format!("07_ascof_2a_episodes_{year}"), "Sequel_Type");
        for flag in [
            "Deaths_Flag",
            "Readmissions_Flag",
            "LTS_ResNurs_Flag",
            "Client_Type",
        ] {
            count(&format!("09_ascof_2d_links_{year}"), flag);
        }
        count(
            &format!("11_ascof_3d_carer_persons_{year}"),
            "Support_Provided",
        );
        count(
            &format!("10_ascof_2e_all_persons_{year}"),
            "Person_Working_Age_Band",
        );
    }
    count("04_derived_fields_joined", "Cropped");
    for flag in ["c1_request_override", "next_assessment_service_override"] {
        count("12_waiting_times_requests", flag);
    }
    for table in ["21_salt_sts001", "21_salt_sts002a"] {
        count(table, "Record_Type");
        count(table, "stable");
    }
    count("06_person_details", "Accommodation_Status");
}

#[test]
fn every_trap_is_met_often() {
    let mut met = Met::default();
    for seed in 1..=SEEDS {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("traps-{seed}"));
        invent(seed, Size::default(), &folder).unwrap();
        let rows = csv_rows(&folder.join("cld_raw.csv")).unwrap();
        look_at_rows(&rows, &mut met);
        look_across(&rows, &mut met);
        let parameters = std::fs::read(folder.join("parameters.json")).unwrap();
        look_at_files(
            &rows,
            &serde_json::from_slice(&parameters).unwrap(),
            &mut met,
        );
        look_at_hospital(&csv_rows(&folder.join("sus_apc.csv")).unwrap(), &mut met);
        look_at_tables(
            &plain::run(&plain::read::folder(&folder).unwrap()).unwrap(),
            &mut met,
        );
    }
    for trap in [
        "Sequel_Type 1",
        "Sequel_Type 2",
        "Sequel_Type 3",
        "Sequel_Type 4a",
        "Sequel_Type 4b",
        "Sequel_Type 4c",
        "Sequel_Type 5",
        "Sequel_Type 6",
        "Deaths_Flag 1",
        "Readmissions_Flag 1",
        "LTS_ResNurs_Flag 1",
        "Client_Type Those in LT community support",
        "Support_Provided Direct Payment only",
        "Support_Provided CASSR Managed Personal Budget",
        "Support_Provided CASSR Commissioned Support only",
        "Support_Provided Support Direct to Carer: Unknown Delivery Mech",
        "Support_Provided No Direct Support Provided to Carer",
        "Support_Provided Information, Advice and Other Universal Services / Signposting",
        "Person_Working_Age_Band Unknown",
        "Cropped 1",
        "c1_request_override 1",
        "next_assessment_service_override 1",
        "Record_Type 1",
        "Record_Type 2",
        "Record_Type 3",
        "Record_Type 4",
        "Record_Type 5",
        "stable 0",
        "Accommodation_Status Unknown: Presumed at home",
        "Accommodation_Status Unknown: Presumed in community",
        "Accommodation_Status Unknown",
    ] {
        met.add(trap, 0);
    }
    let seldom: Vec<_> = met.0.iter().filter(|(_, times)| **times < 2).collect();
    assert_eq!(seldom, Vec::<(&String, &usize)>::new());
}
