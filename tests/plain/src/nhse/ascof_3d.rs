//! NHS England's ASCOF 3D: self-directed support and direct payments of clients and carers (section 21).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::common::{
    Key, Known, age_at, alive_on, identified, is_client, is_long_term, latest_submission, overlaps,
    setting,
};
use super::{lts003, table_of};
use crate::date::{age, birth_date};
use crate::record::{Inputs, Row};
use crate::table::{Tables, one_decimal};
use crate::text::{Text, cell, is};

/// How many people a share is of, and how many have self-directed support and a direct payment.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    all: u64,
    directed: u64,
    paid: u64,
}

impl Share {
    /// The five cells of a share; missing where there is nobody.
    fn cells(self) -> Vec<Option<String>> {
        let count = |n: u64| (n > 0).then(|| n.to_string());
        let outcome = |n: u64| (n > 0).then(|| one_decimal(100.0, n, self.all));
        vec![
            count(self.all),
            count(self.directed),
            outcome(self.directed),
            count(self.paid),
            outcome(self.paid),
        ]
    }
}

type Shares = BTreeMap<Option<Text>, Share>;

/// Long term support of clients at the snapshot, with a birth date.
fn clients(inputs: &Inputs) -> Vec<Known<'_>> {
    let snapshot = inputs.parameters.nhse_snapshot;
    let rows: Vec<&Row> = latest_submission(inputs, snapshot)
        .into_iter()
        .filter(|row| is_long_term(row) && is_client(row) && overlaps(row, snapshot, snapshot))
        .filter(|row| alive_on(row, snapshot) && age_at(row, snapshot).is_some())
        .collect();
    identified(&rows)
}

/// Section 14.1: the setting of a row; a component `Direct Payment` stands for the mechanism.
fn client_setting(row: &Row) -> Option<(usize, &'static str, &'static str)> {
    let paid = Text::new("Direct Payment");
    let component_pays = is(row.service_component.as_ref(), "Direct Payment");
    let mechanism = if component_pays {
        Some(&paid)
    } else {
        row.delivery_mechanism.as_ref()
    };
    setting(row.service_type.as_ref()?, mechanism)
}

/// One run over clients of some ages. The best order is that of the council and identifier, but a row stays if
/// its order is the best of its identifier in any council.
fn client_shares(build: &[Known<'_>], ages: impl Fn(&Row) -> bool) -> Shares {
    let placed: Vec<(&Known<'_>, usize, &str, &str)> = build
        .iter()
        .filter(|known| ages(known.row))
        .filter_map(|known| {
            client_setting(known.row)
                .map(|(order, service, mechanism)| (known, order, service, mechanism))
        })
        .collect();
    let mut best: BTreeMap<Key, usize> = BTreeMap::new();
    for (known, order, ..) in &placed {
        let smallest = best.entry(known.key()).or_insert(*order);
        *smallest = (*smallest).min(*order);
    }
    let best: BTreeSet<(&Text, usize)> = best.iter().map(|((_, id), order)| (id, *order)).collect();
    let mut people: BTreeMap<Key, BTreeSet<&str>> = BTreeMap::new();
    for (known, order, service, mechanism) in &placed {
        if best.contains(&(&known.id, *order)) && *service == "Long Term Support: Community" {
            people.entry(known.key()).or_default().insert(*mechanism);
        }
    }
    let mut shares = Shares::new();
    for ((council, _), mechanisms) in people {
        let share = shares.entry(council).or_default();
        let paid = mechanisms.contains("Direct Payment");
        share.all += 1;
        share.paid += u64::from(paid);
        let managed = mechanisms.contains("CASSR Managed Personal Budget");
        share.directed += u64::from(paid || managed);
    }
    shares
}

/// Section 14.2, with Release 1 names: the order of a carer's row. Direct support without a component and
/// without a direct payment matches nothing on a service row.
fn carer_order(row: &Row) -> Option<usize> {
    let component = row.service_component.as_ref();
    if is(row.service_type.as_ref(), lts003::DIRECT) {
        let order = lts003::mechanism_order(row);
        if order == 1 || is(component, "Direct Payment") {
            return Some(1);
        }
        if component.is_some() {
            return Some(order);
        }
    }
    lts003::order_without_direct_support(row)
}

/// The age of a carer at the period's end; a missing birth date counts as 1 January 1800.
fn carer_age(inputs: &Inputs, row: &Row) -> Option<i64> {
    let birth = birth_date(row.der_birth_year, row.der_birth_month)
        .or_else(|| birth_date(Some(1800), Some(1)))?;
    Some(age(birth, inputs.parameters.nhse_period_end))
}

/// One run over carers of some ages, each by the best order of any of its rows.
fn carer_shares(inputs: &Inputs, build: &[Known<'_>], ages: &RangeInclusive<i64>) -> Shares {
    let mut best: BTreeMap<Key, usize> = BTreeMap::new();
    for known in build {
        if let Some(order) = carer_order(known.row) {
            let smallest = best.entry(known.key()).or_insert(order);
            *smallest = (*smallest).min(order);
        }
    }
    let in_run = |known: &&Known<'_>| {
        carer_age(inputs, known.row).is_some_and(|age| ages.contains(&age))
            && carer_order(known.row) == best.get(&known.key()).copied()
    };
    let people: BTreeSet<Key> = build.iter().filter(in_run).map(Known::key).collect();
    let mut shares = Shares::new();
    for (key, order) in best.iter().filter(|(key, _)| people.contains(key)) {
        let council = key.0.clone();
        let order = *order;
        let share = shares.entry(council).or_default();
        share.all += u64::from(order <= 3);
        share.directed += u64::from(order <= 2);
        share.paid += u64::from(order == 1);
    }
    shares
}

/// Adds the table.
pub fn tables(inputs: &Inputs, tables: &mut Tables) {
    let snapshot = inputs.parameters.nhse_snapshot;
    let (clients, carers) = (clients(inputs), lts003::build(inputs));
    let aged = |ages: RangeInclusive<i64>| {
        move |row: &Row| age_at(row, snapshot).is_some_and(|age| ages.contains(&age))
    };
    let runs = [
        client_shares(&clients, |_| true),
        client_shares(&clients, aged(18..=64)),
        client_shares(&clients, aged(65..=i64::MAX)),
        carer_shares(inputs, &carers, &(18..=i64::MAX)),
        carer_shares(inputs, &carers, &(18..=64)),
        carer_shares(inputs, &carers, &(65..=200)),
    ];
    // A row for each council with clients to count.
    let [total, ..] = &runs;
    let rows = total.keys().map(|council| {
        let cells = runs
            .iter()
            .flat_map(|run| run.get(council).copied().unwrap_or_default().cells());
        [cell(council.as_ref())].into_iter().chain(cells).collect()
    });
    let mut header = vec!["LA_Code".to_owned()];
    for (who, letter) in [("Client", "a"), ("Carer", "b")] {
        for ages in ["Total", "1864", "65Over"] {
            header.push(format!("{ages}_{who}_Denom"));
            for part in ["1", "2"] {
                header.push(format!("3D{part}{letter}_{ages}_Num"));
                header.push(format!("3D{part}{letter}_{ages}_Outcome"));
            }
        }
    }
    tables.insert(
        "20_nhse_ascof_3d".to_owned(),
        table_of(&header.join(","), rows),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn made(rows: &[&str]) -> Tables {
        let row = |more: &&str| {
            format!(
                "ImportDate=2024-04-15 10:00:00.000; Reporting_Period_Start_Date=2023-04-01; \
                 Reporting_Period_End_Date=2024-03-31; Client_Type=Service User; Event_Type=Service; \
                 Der_Birth_Year=1978; Der_Birth_Month=6; Event_Start_Date=2023-06-01; {more}"
            )
        };
        let mut made = Tables::new();
        tables(
            &testing::inputs(&rows.iter().map(row).collect::<Vec<_>>()),
            &mut made,
        );
        made
    }

    #[test]
    fn section_21_clients_with_a_direct_payment_and_in_a_care_home() {
        let home_care = "Service_Type=Long Term Support: Community; Delivery_Mechanism=CASSR Commissioned support";
        let paid = "Service_Type=Long Term Support: Community; Service_Component=Direct Payment";
        let nursing =
            "Service_Type=Long Term Support: Nursing Care; LA_Code=102; LA_Name=Southmoor";
        let tables = made(&[home_care, paid]);
        let table = &tables["20_nhse_ascof_3d"];
        assert_eq!(table.cell(0, "1864_Client_Denom"), Some("1"));
        assert_eq!(table.cell(0, "3D1a_1864_Outcome"), Some("100.0"));
        assert_eq!(table.cell(0, "3D2a_Total_Num"), Some("1"));
        assert_eq!(table.cell(0, "65Over_Client_Denom"), None);
        // A row stays if its order is the best of the person in any council, so the care home elsewhere takes
        // nothing away, and commissioned support elsewhere brings back the row here.
        let tables = made(&[home_care, paid, nursing]);
        let table = &tables["20_nhse_ascof_3d"];
        assert_eq!(table.rows.len(), 1);
        assert_eq!(table.cell(0, "Total_Client_Denom"), Some("1"));
        let nursing_here = "Service_Type=Long Term Support: Nursing Care";
        assert!(
            made(&[home_care, nursing_here])["20_nhse_ascof_3d"]
                .rows
                .is_empty()
        );
        let elsewhere = format!("{home_care}; LA_Code=102; LA_Name=Southmoor");
        let tables = made(&[home_care, nursing_here, &elsewhere]);
        assert_eq!(tables["20_nhse_ascof_3d"].rows.len(), 2);
    }

    #[test]
    fn section_21_carers_of_unknown_age_count_in_the_total_alone() {
        let direct = "Client_Type=Carer; Service_Type=Carer Support: Direct to Carer; Service_Component=Meals; \
                      Delivery_Mechanism=CASSR Managed Personal Budget; Der_Birth_Year=";
        // A council has a row only if it has clients to count.
        let client = "Service_Type=Long Term Support: Community";
        assert!(made(&[direct])["20_nhse_ascof_3d"].rows.is_empty());
        let tables = made(&[client, direct]);
        let table = &tables["20_nhse_ascof_3d"];
        assert_eq!(table.cell(0, "Total_Carer_Denom"), Some("1"));
        assert_eq!(table.cell(0, "3D1b_Total_Num"), Some("1"));
        assert_eq!(table.cell(0, "3D2b_Total_Num"), None);
        assert_eq!(table.cell(0, "65Over_Carer_Denom"), None);
        let without_component = "Client_Type=Carer; Service_Type=Carer Support: Direct to Carer; \
                                 Delivery_Mechanism=CASSR Managed Personal Budget";
        let tables = made(&[client, without_component]);
        assert_eq!(
            tables["20_nhse_ascof_3d"].cell(0, "Total_Carer_Denom"),
            None
        );
    }
}
