//! The worked examples of section 14.

use super::*;
use crate::date::day;
use crate::testing::{inputs, main};

const YEAR: fn() -> Year = || Year {
    name: "latest",
    start: day("2025-04-01"),
    end: day("2026-03-31"),
};

const OPEN: &str = "Event_Type=Service; Event_Start_Date=2025-06-01; Der_Birth_Year=1970; \
    Der_Birth_Month=5";

fn community(more: &str) -> String {
    format!("{OPEN}; Client_Type=Service user; Service_Type=Long term support: Community; {more}")
}

fn direct_to_carer(more: &str) -> String {
    format!(
        "{OPEN}; Client_Type=Unpaid carer; \
         Service_Type=Unpaid carer support: Direct to unpaid carer; {more}"
    )
}

#[test]
fn section_14_worked_example_ms_n_is_in_both_numerators() {
    let rows = [
        community(
            "Service_Component=Home support or domiciliary care; \
             Delivery_Mechanism=CASSR Commissioned support",
        ),
        community("Service_Component=Direct payment"),
    ];
    let main = main(&inputs(&rows));
    let clients = clients::persons(&main, YEAR());
    let found = clients::counted(&clients);
    assert_eq!(found.len(), 1);
    assert!(found[0].self_directed && found[0].direct_payment);
    let table = clients::list(&inputs(&rows), &clients);
    assert_eq!(table.rows.len(), 1);
    assert_eq!(table.cell(0, "Delivery_Mechanism"), Some("Direct payment"));
}

#[test]
fn section_14_worked_example_mr_o_is_unknown_or_disappears() {
    let of = |more: &str| carers::persons(&main(&inputs(&[direct_to_carer(more)])), YEAR());
    let found = of("Service_Component=Unpaid carer respite");
    assert_eq!(found[0].support, carers::Support::UnknownMechanism);
    assert_eq!(
        (
            carers::counted(&found).len(),
            carers::not_known(&found).len()
        ),
        (0, 1)
    );
    assert!(of("").is_empty());
    let found = of("Delivery_Mechanism=Direct payment");
    assert_eq!(found[0].support, carers::Support::DirectPayment);
}

#[test]
fn section_14_1_a_care_home_takes_somebody_out_of_the_denominator() {
    let rows = [
        community("Delivery_Mechanism=Direct payment"),
        format!(
            "{OPEN}; Client_Type=Service user; Service_Type=Long term support: Residential care"
        ),
    ];
    let clients = clients::persons(&main(&inputs(&rows)), YEAR());
    assert_eq!((clients.len(), clients::counted(&clients).len()), (1, 0));
}

#[test]
fn section_14_1_6_a_mechanism_outside_the_list_is_blank_and_unknown() {
    let clients = clients::persons(
        &main(&inputs(&[community("Delivery_Mechanism=By pigeon")])),
        YEAR(),
    );
    assert_eq!(
        (
            clients::counted(&clients).len(),
            clients::not_known(&clients).len()
        ),
        (1, 1)
    );
}

#[test]
fn section_14_2_assessments_advice_and_requests() {
    let of = |row: &str| {
        let row = format!(
            "Client_Type=Unpaid carer known by association; Event_Start_Date=2025-06-01; \
             Event_End_Date=2025-06-02; {row}"
        );
        let found = carers::persons(&main(&inputs(&[row])), YEAR());
        found.first().map(|carer| carer.support)
    };
    let advice = "Event_Outcome=NFA: Information and advice or signposting";
    assert_eq!(
        of("Event_Type=Assessment"),
        Some(carers::Support::NothingDirect)
    );
    assert_eq!(
        of(&format!("Event_Type=Review; {advice}")),
        Some(carers::Support::Information)
    );
    assert_eq!(
        of(&format!("Event_Type=Request; {advice}")),
        Some(carers::Support::Information)
    );
    assert_eq!(of("Event_Type=Request; Event_Outcome=NFA: Other"), None);
}

#[test]
fn section_14_the_groups_that_occur_are_filled_for_every_council() {
    let inputs = inputs(&[community(
        "Delivery_Mechanism=CASSR managed personal budget",
    )]);
    let main = main(&inputs);
    let found = clients::counted(&clients::persons(&main, YEAR()));
    let table = summary(&inputs, &found, YEAR());
    let shown: Vec<_> = (0..table.rows.len())
        .map(|row| ["Group", "Numerator", "Outcome"].map(|name| table.cell(row, name).unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ["18 to 64", "1", "100.0"],
            ["Total", "1", "100.0"],
            ["18 to 64", "0", "0.0"],
            ["Total", "0", "0.0"],
        ]
    );
}
