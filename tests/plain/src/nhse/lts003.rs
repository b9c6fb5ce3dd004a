//! SALT LTS003: carers by the support they had (section 18.1), and what 3D counts of them (section 21).

use std::collections::BTreeMap;

use super::common::{
    EVENT_TYPES, Key, Known, SIGNPOSTING, alive_on, identified, is_event, latest_submission,
    overlaps,
};
use super::{insert_with_counts, table_of};
use crate::record::{Inputs, Row};
use crate::table::{Tables, shown};
use crate::text::{cell, is, is_one_of};

/// Direct support of a carer.
pub const DIRECT: &str = "Carer Support: Direct to Carer";
/// Support of a carer through the person cared for.
pub const INVOLVING: &str = "Carer Support: Support involving the person cared-for";

/// The labels of support, in their order from 1 (section 14.2).
pub const SUPPORT: [&str; 6] = [
    "Direct Payment only",
    "CASSR Managed Personal Budget",
    "CASSR Commissioned Support only",
    "Support Direct to Carer: Unknown Delivery Mech",
    "Information, Advice and Other Universal Services / Signposting",
    "No Direct Support Provided to Carer",
];

/// Sections 18.1 and 14.2: the rows about carers of the four event types, each with an identifier.
pub fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let (start, end) = (
        inputs.parameters.nhse_period_start,
        inputs.parameters.nhse_period_end,
    );
    let rows: Vec<&Row> = latest_submission(inputs, end)
        .into_iter()
        .filter(|row| is_one_of(row.event_type.as_ref(), &EVENT_TYPES))
        .filter(|row| {
            is_one_of(
                row.client_type.as_ref(),
                &["Carer", "Carer known by association"],
            )
        })
        .filter(|row| overlaps(row, start, end) && alive_on(row, start) && is_about_support(row))
        .collect();
    identified(&rows)
}

/// Section 18.1: advice without a service, a carer service, or an assessment or review without a service.
fn is_about_support(row: &Row) -> bool {
    let service = row.service_type.as_ref();
    let looked_at = is_event(row, "Assessment") || is_event(row, "Review");
    (service.is_none() && is(row.event_outcome.as_ref(), SIGNPOSTING))
        || is_one_of(service, &[DIRECT, INVOLVING])
        || (looked_at && service.is_none())
}

/// Section 18.1: the order of the support of a row, by the delivery mechanism alone; nothing matches a service
/// row with advice and no service type.
pub fn order(row: &Row) -> Option<usize> {
    let service = row.service_type.as_ref();
    if is(service, DIRECT) {
        return Some(mechanism_order(row));
    }
    order_without_direct_support(row)
}

/// The order of direct support by delivery mechanism.
pub fn mechanism_order(row: &Row) -> usize {
    let mechanism = row.delivery_mechanism.as_ref();
    let listed = [
        "Direct Payment",
        "CASSR Managed Personal Budget",
        "CASSR Commissioned Support",
    ];
    (1..)
        .zip(listed)
        .find(|(_, name)| is(mechanism, name))
        .map_or(4, |(order, _)| order)
}

/// The order of everything but direct support.
pub fn order_without_direct_support(row: &Row) -> Option<usize> {
    if is(row.service_type.as_ref(), INVOLVING) {
        Some(6)
    } else if is_event(row, "Assessment") || is_event(row, "Review") {
        Some(if is(row.event_outcome.as_ref(), SIGNPOSTING) {
            5
        } else {
            6
        })
    } else if is_event(row, "Request") {
        Some(5)
    } else {
        None
    }
}

/// Adds the table and its counts.
pub fn tables(inputs: &Inputs, tables: &mut Tables) {
    let mut best: BTreeMap<Key, usize> = BTreeMap::new();
    for known in build(inputs) {
        if let Some(order) = order(known.row) {
            let smallest = best.entry(known.key()).or_insert(order);
            *smallest = (*smallest).min(order);
        }
    }
    let rows = best.iter().map(|((council, id), order)| {
        let label = SUPPORT.get(order - 1).and_then(shown);
        vec![cell(council.as_ref()), cell(Some(id)), label]
    });
    insert_with_counts(
        "20_salt_lts003",
        table_of("LA_Code,ID,Support_Provided", rows),
        tables,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn support(rows: &[&str]) -> Vec<Option<String>> {
        let row = |more: &&str| {
            format!(
                "ImportDate=2024-04-15 10:00:00.000; Reporting_Period_Start_Date=2023-04-01; \
                 Reporting_Period_End_Date=2024-03-31; Client_Type=Carer; Event_Start_Date=2023-06-01; {more}"
            )
        };
        let inputs = testing::inputs(&rows.iter().map(row).collect::<Vec<_>>());
        let mut made = Tables::new();
        tables(&inputs, &mut made);
        made["20_salt_lts003"]
            .rows
            .iter()
            .map(|row| row[2].clone())
            .collect()
    }

    #[test]
    fn section_18_1_support_is_by_mechanism_and_the_smallest_order_counts() {
        let direct = "Event_Type=Service; Service_Type=Carer Support: Direct to Carer";
        let paid = format!("{direct}; Delivery_Mechanism=direct payment");
        let review = "Event_Type=Review; Event_Outcome=Progress to Assessment";
        let advised = format!("Event_Type=Review; Event_Outcome={SIGNPOSTING}");
        assert_eq!(support(&[direct]), [shown(SUPPORT[3])]);
        assert_eq!(support(&[direct, &paid]), [shown(SUPPORT[0])]);
        assert_eq!(support(&[review]), [shown(SUPPORT[5])]);
        assert_eq!(support(&[review, &advised]), [shown(SUPPORT[4])]);
        assert_eq!(
            support(&["Event_Type=Request; Event_Outcome=NFA - Deceased"]),
            []
        );
        assert_eq!(
            support(&[&format!("Event_Type=Service; Event_Outcome={SIGNPOSTING}")]),
            []
        );
    }
}
