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
use crate::table::{Tables, one_decimal, shown};
use crate::text::{Text, cell, is};

/// How many people a share is of, and how many have self-directed support and a direct payment.
#[derive(Debug, Clone, Copy, Default)]
struct Share {
    all: u64,
    directed: u64,
    paid: u64,
}

impl Share {
    /// The five cells of a share; the outcomes are missing if there is nobody.
    fn cells(self) -> Vec<Option<String>> {
        let outcome = |n: u64| (self.all > 0).then(|| one_decimal(100.0, n, self.all));
        vec![
            shown(self.all),
            shown(self.directed),
            outcome(self.directed),
            shown(self.paid),
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

/// One run over clients of some ages; the best order is the identifier's, whatever the council.
fn client_shares(build: &[Known<'_>], ages: impl Fn(&Row) -> bool) -> Shares {
    let placed: Vec<(&Known<'_>, usize, &str, &str)> = build
        .iter()
        .filter(|known| ages(known.row))
        .filter_map(|known| {
            client_setting(known.row)
                .map(|(order, service, mechanism)| (known, order, service, mechanism))
        })
        .collect();
    let mut best: BTreeMap<&Text, usize> = BTreeMap::new();
    for (known, order, ..) in &placed {
        let smallest = best.entry(&known.id).or_insert(*order);
        *smallest = (*smallest).min(*order);
    }
    let mut people: BTreeMap<Key, &str> = BTreeMap::new();
    for (known, order, service, mechanism) in placed {
        if best.get(&known.id) == Some(&order) && service == "Long Term Support: Community" {
            people.insert(known.key(), mechanism);
        }
    }
    let mut shares = Shares::new();
    for ((council, _), mechanism) in people {
        let share = shares.entry(council).or_default();
        let paid = mechanism == "Direct Payment";
        share.all += 1;
        share.paid += u64::from(paid);
        share.directed += u64::from(paid || mechanism == "CASSR Managed Personal Budget");
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

/// One run over carers of some ages.
fn carer_shares(inputs: &Inputs, build: &[Known<'_>], ages: &RangeInclusive<i64>) -> Shares {
    let mut best: BTreeMap<Key, usize> = BTreeMap::new();
    for known in build {
        let in_run = carer_age(inputs, known.row).is_some_and(|age| ages.contains(&age));
        if let Some(order) = carer_order(known.row).filter(|_| in_run) {
            let smallest = best.entry(known.key()).or_insert(order);
            *smallest = (*smallest).min(order);
        }
    }
    let mut shares = Shares::new();
    for ((council, _), order) in best {
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
    let councils: BTreeSet<&Option<Text>> = runs.iter().flat_map(BTreeMap::keys).collect();
    let rows = councils.into_iter().map(|council| {
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
