//! The worked example of section 10, and its steps one by one.

use super::*;
use crate::date::day;
use crate::testing::{inputs, main};

const YEAR: fn() -> Year = || Year {
    name: "latest",
    start: day("2025-04-01"),
    end: day("2026-03-31"),
};

/// An event of Mr H, born in May 1944.
fn h(event: &str) -> String {
    format!("Client_Type=Service user; Der_Birth_Year=1944; Der_Birth_Month=5; {event}")
}

fn st_max(start: &str, end: &str, outcome: &str) -> String {
    h(&format!(
        "Event_Type=Service; Service_Type=Short term support: ST-Max; Event_Start_Date={start}; \
         Event_End_Date={end}; Event_Outcome={outcome}"
    ))
}

fn community(start: &str, end: &str) -> String {
    h(&format!(
        "Event_Type=Service; Service_Type=Long term support: Community; \
         Event_Start_Date={start}; Event_End_Date={end}"
    ))
}

fn shown_of(rows: &[String]) -> Vec<String> {
    let main = main(&inputs(rows));
    let found = episodes(&main, YEAR());
    let line = |one: &Episode<'_>| {
        let cluster = &one.cluster;
        format!(
            "{} {} {} {} {}",
            cluster.start, cluster.end, one.band, one.label, one.final_outcome
        )
    };
    found.iter().map(line).collect()
}

fn mr_h() -> Vec<String> {
    vec![
        h("Event_Type=Request; Event_Start_Date=2025-05-01; Event_End_Date=2025-05-02"),
        st_max(
            "2025-05-05",
            "2025-05-20",
            "Continuation of support or services",
        ),
        st_max("2025-05-26", "2025-06-15", ""),
        h(
            "Event_Type=Review; Event_Start_Date=2025-06-10; Event_End_Date=2025-06-12; \
           Event_Outcome=NFA: Support ended as planned",
        ),
    ]
}

#[test]
fn section_10_worked_example_the_nested_review_decides() {
    let expected = "2025-05-05 2025-06-15 65 and above 4c NFA: Support ended as planned";
    assert_eq!(shown_of(&mr_h()), [expected]);
    let inputs = inputs(&mr_h());
    let main = main(&inputs);
    let found = episodes(&main, YEAR());
    assert_eq!(found[0].outcome.as_str(), INVALID);
    let table = summary(&inputs, &found, YEAR());
    let cells: Vec<_> = (0..3)
        .map(|row| {
            ["Group", "Numerator", "Denominator", "Outcome"].map(|name| table.cell(row, name))
        })
        .collect();
    assert_eq!(
        cells[0],
        [Some("18 to 64"), Some("0"), Some("0"), Some("0.0")]
    );
    assert_eq!(
        cells[1],
        [Some("65 and above"), Some("1"), Some("1"), Some("100.0")]
    );
    assert_eq!(
        cells[2],
        [Some("Total"), Some("1"), Some("1"), Some("100.0")]
    );
}

#[test]
fn section_10_worked_example_care_seven_days_later_is_seen_and_eight_is_not() {
    let mut rows = mr_h();
    rows.push(community("2025-06-22", ""));
    assert_eq!(
        shown_of(&rows),
        ["2025-05-05 2025-06-15 65 and above 3 Long term support: Community"]
    );
    let mut rows = mr_h();
    rows.push(community("2025-06-23", ""));
    assert_eq!(
        shown_of(&rows),
        ["2025-05-05 2025-06-15 65 and above 4c NFA: Support ended as planned"]
    );
}

#[test]
fn section_10_3_care_that_ended_90_days_before_makes_an_existing_client_and_91_does_not() {
    let mut rows = mr_h();
    rows.push(community("2024-06-01", "2025-02-04"));
    assert!(shown_of(&rows).is_empty());
    let mut rows = mr_h();
    rows.push(community("2024-06-01", "2025-02-03"));
    assert_eq!(shown_of(&rows).len(), 1);
}

#[test]
fn section_10_4_death_then_hospital_come_first() {
    let episode = |outcome: &str, death: &str| {
        let row = st_max("2025-05-05", "2025-05-20", outcome);
        shown_of(&[format!("{row}; Date_of_Death={death}")]).remove(0)
    };
    let hospital = "Admitted to hospital";
    assert!(episode(hospital, "2025-05-27").ends_with("1 NFA: Deceased"));
    assert!(episode(hospital, "2025-05-28").ends_with("2 Admitted to hospital"));
    assert!(episode("NFA: Other", "").ends_with("4a NFA: Other"));
}

#[test]
fn section_10_4_a_window_of_rejected_events_alone_leaves_the_own_outcome_with_label_6() {
    let review = h(
        "Event_Type=Review; Event_Start_Date=2025-05-19; Event_End_Date=2025-05-25; \
         Event_Outcome=NFA: Support ended as planned",
    );
    let rows = [st_max("2025-05-05", "2025-05-20", "NFA: Other"), review];
    assert_eq!(
        shown_of(&rows),
        ["2025-05-05 2025-05-20 65 and above 6 NFA: Other"]
    );
}

#[test]
fn section_10_4_short_term_care_homes_and_equipment() {
    let own = st_max("2025-05-05", "2025-05-20", "");
    let short = |component: &str| {
        h(&format!(
            "Event_Type=Service; Event_Start_Date=2025-05-21; Service_Component={component}; \
             Service_Type=Short term support: Other short term"
        ))
    };
    let found = shown_of(&[
        own.clone(),
        short("Meals"),
        short("Short term nursing care"),
    ]);
    assert!(found[0].ends_with("3 Short term support: Residential or Nursing care"));
    let equipment = h("Event_Type=Service; Event_Start_Date=2025-05-06; \
        Event_End_Date=2025-05-06; Service_Component=Equipment");
    let found = shown_of(&[own.clone(), equipment]);
    assert!(found[0].ends_with("5 Short term support: Ongoing low level"));
    assert!(shown_of(&[own])[0].ends_with("6 Invalid and not mapped"));
}

#[test]
fn section_10_4_the_better_of_the_own_and_the_later_outcome() {
    let later = h("Event_Type=Assessment; Event_Start_Date=2025-05-19; \
        Event_End_Date=2025-05-25; Event_Outcome=NFA: Support declined");
    let found = shown_of(&[
        st_max("2025-05-05", "2025-05-20", "NFA: Other"),
        later.clone(),
    ]);
    assert!(found[0].ends_with("4b NFA: Support declined"));
    let better = "NFA: Responsibility moved to another local authority";
    let found = shown_of(&[st_max("2025-05-05", "2025-05-20", better), later]);
    assert!(found[0].ends_with(&format!("4a {better}")));
}
