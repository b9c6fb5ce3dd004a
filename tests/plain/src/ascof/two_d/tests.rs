//! The worked example of section 12.

use super::*;
use crate::date::day;
use crate::record::{HospitalRow, UpperTier};
use crate::table::Table;
use crate::testing::{inputs, main};

const YEAR: fn() -> Year = || Year {
    name: "latest",
    start: day("2025-01-01"),
    end: day("2025-12-31"),
};

fn spell(ident: &str, admission: &str, discharge: &str) -> HospitalRow {
    HospitalRow {
        pseudonym: Text::read("L"),
        apcs_ident: Text::read(ident),
        last_episode: Text::read("1"),
        admission_date: Some(day(admission)),
        discharge_date: Some(day(discharge)),
        birth_month: Some(3),
        birth_year: Some(1943),
        sex: Text::read("2"),
        lsoa_2011: Text::read("E01999901"),
        admission_method: Text::read("11"),
        discharge_method: Text::read("1"),
        discharge_destination: Text::read("19"),
        management_type: Text::read("EM"),
        treatment_function_code: Text::read("300"),
    }
}

fn reablement(dates: &str, more: &str) -> String {
    let (start, end) = dates.split_once("..").unwrap();
    format!(
        "Der_NHS_Number_Traced_Pseudo=L; Client_Type=Service user; Event_Type=Service; \
         Service_Type=Short term support: ST-Max; Service_Component=Reablement; \
         Event_Start_Date={start}; Event_End_Date={end}; {more}"
    )
}

/// The tables of these rows and spells, in the year 2025, without their common ending.
fn built(rows: &[String], spells: &[HospitalRow]) -> impl Fn(&str) -> Table + use<> {
    let mut inputs = inputs(rows);
    inputs.hospital = spells.to_vec();
    let upper_tier = UpperTier {
        code: Text::read("E06999901"),
        name: Text::read("Northmoor"),
    };
    inputs
        .small_areas
        .insert(Text::new("E01999901"), upper_tier);
    let main = main(&inputs);
    let mut found = Tables::new();
    tables(&inputs, &main, YEAR(), &mut found).unwrap();
    move |name| found[&format!("09_ascof_2d_{name}_latest")].clone()
}

/// The row of an area's total in a table of totals.
fn total(table: &Table, area: &str, column: &str) -> Option<String> {
    let at = (0..table.rows.len()).find(|row| {
        table.cell(*row, "Area") == Some(area) && table.cell(*row, "Client_Type") == Some(TOTAL)
    });
    table.cell(at?, column).map(str::to_owned)
}

fn mrs_l() -> (Vec<String>, Vec<HospitalRow>) {
    let spells = vec![
        spell("S1", "2025-06-01", "2025-06-10"),
        spell("S2", "2025-08-30", "2025-09-04"),
    ];
    (vec![reablement("2025-06-12..2025-07-20", "")], spells)
}

#[test]
fn section_12_worked_example_mrs_l_is_readmitted_on_day_81() {
    let (rows, spells) = mrs_l();
    let found = built(&rows, &spells);
    let links = found("links");
    assert_eq!(links.rows.len(), 1);
    assert_eq!(links.cell(0, "Readmissions_Cluster_Flag"), Some("1"));
    assert_eq!(links.cell(0, "Der_Age_Grouped"), Some("75-84"));
    let one = found("part1");
    for (column, value) in [
        ("Denominator", "1"),
        ("Numerator", "0"),
        ("Outcome_Percent", "0.00"),
        ("Readmitted", "1"),
    ] {
        assert_eq!(
            total(&one, "Northmoor", column).as_deref(),
            Some(value),
            "{column}"
        );
    }
    let two = found("part2");
    assert_eq!(total(&two, "Northmoor", "Discharges").as_deref(), Some("2"));
    assert_eq!(
        total(&two, "Northmoor", "Reablement_Count").as_deref(),
        Some("1")
    );
    assert_eq!(
        total(&two, "England", "Outcome_Percent").as_deref(),
        Some("50.00")
    );
    let venn = found("venn");
    assert_eq!(
        total(&venn, "England", "Readmission_Only").as_deref(),
        Some("1")
    );
    assert_eq!(
        total(&venn, "England", "All_3_Outcomes").as_deref(),
        Some("0")
    );
}

#[test]
fn section_12_2_a_missing_code_excludes_a_spell() {
    let (rows, mut spells) = mrs_l();
    spells[0].treatment_function_code = None;
    assert!(built(&rows, &spells)("links").rows.is_empty());
    spells[0].treatment_function_code = Text::read("653");
    assert!(built(&rows, &spells)("links").rows.is_empty());
}

#[test]
fn section_12_2_somebody_in_a_home_on_admission_is_left_out_and_in_the_community_is_told_apart() {
    let (mut rows, spells) = mrs_l();
    let care = |kind: &str, dates: &str| {
        reablement(dates, "")
            .replace("Short term support: ST-Max", kind)
            .replace("=Service;", "=Review;")
    };
    rows.push(care(
        "Long term support: Community",
        "2025-02-01..2025-06-01",
    ));
    let links = built(&rows, &spells)("links");
    assert_eq!(
        links.cell(0, "Client_Type"),
        Some("Those in LT community support")
    );
    rows.push(care("Long term support: Prison", "2025-06-01..2025-06-02"));
    assert!(built(&rows, &spells)("links").rows.is_empty());
}

#[test]
fn section_12_3_a_spell_of_the_same_discharge_date_is_kept_and_counts_once() {
    let (rows, mut spells) = mrs_l();
    spells.push(spell("S3", "2025-06-14", "2025-06-15"));
    spells.push(spell("S4", "2025-06-11", "2025-06-15"));
    let found = built(&rows, &spells);
    // S4 is a candidate (three days after the start), S3 fails the admission test and is kept with it.
    let links = found("links");
    let mut idents: Vec<_> = (0..links.rows.len())
        .map(|row| links.cell(row, "APCS_Ident"))
        .collect();
    idents.sort();
    assert_eq!(idents, [Some("S3"), Some("S4")]);
    assert_eq!(
        total(&found("part1"), "England", "Denominator").as_deref(),
        Some("1")
    );
}

#[test]
fn section_12_4_a_death_and_a_home_within_84_days() {
    let (mut rows, mut spells) = mrs_l();
    spells.truncate(1);
    rows[0].push_str("; Date_of_Death=2025-09-02");
    rows.push(reablement("2025-09-02..", "").replace(
        "Short term support: ST-Max",
        "Long term support: Nursing care",
    ));
    let venn = built(&rows, &spells)("venn");
    assert_eq!(total(&venn, "Northmoor", "Death_LTS").as_deref(), Some("1"));
    spells[0].discharge_date = Some(day("2025-06-09"));
    let venn = built(&rows, &spells)("venn");
    assert_eq!(total(&venn, "Northmoor", "Death_LTS").as_deref(), Some("0"));
}
