//! Section 14.1: clients on the last day of the year.

use std::collections::{BTreeMap, BTreeSet};

use crate::ascof::three_d::{CLIENTS, Counted, NotKnown, age_of, band_of};
use crate::ascof::{LONG_TERM, Year, name_of};
use crate::main_tables::{Event, MainTables, PersonKey};
use crate::record::Inputs;
use crate::table::{Table, shown};
use crate::text::{Text, cell, is, is_one_of};

const COMMUNITY: &str = "Long term support: Community";
const PRISON: &str = "Long term support: Prison";

/// Service type and delivery mechanism in their order, from 1.
const ORDERS: [(&str, Option<&str>); 9] = [
    ("Long term support: Nursing care", None),
    ("Long term support: Residential care", None),
    (COMMUNITY, Some("Direct payment")),
    (COMMUNITY, Some("CASSR managed personal budget")),
    (COMMUNITY, Some("CASSR commissioned support")),
    (COMMUNITY, None),
    (PRISON, Some("CASSR managed personal budget")),
    (PRISON, Some("CASSR commissioned support")),
    (PRISON, None),
];

/// A row of a client: what is listed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Support {
    order: usize,
    service_type: Text,
    component: Option<Text>,
    mechanism: Option<Text>,
}

/// A client and the rows of the smallest order.
#[derive(Debug)]
pub(super) struct Client {
    key: PersonKey,
    la_name: Option<Text>,
    band: &'static str,
    support: BTreeSet<Support>,
}

/// Section 14.1.1; no test of the event type.
fn is_counted(main: &MainTables, event: &Event, year: Year) -> bool {
    let death = main
        .person_of(event)
        .and_then(|person| person.date_of_death);
    is_one_of(event.cleaned.service_type.as_ref(), &LONG_TERM)
        && event.is_of("Service user")
        && event.start <= year.end
        && event.end.is_none_or(|end| end >= year.end)
        && event.ends_well()
        && death.is_none_or(|death| death >= year.end)
}

/// Section 14.1.2: the order of a row; a mechanism outside the list is blanked.
fn support(event: &Event) -> Option<Support> {
    let service_type = event.cleaned.service_type.clone()?;
    let component = event.cleaned.service_component.clone();
    let mechanism = if is(component.as_ref(), "Direct payment") {
        Some(Text::new("Direct payment"))
    } else {
        event.cleaned.delivery_mechanism.clone()
    };
    let trimmed = |text: &Text| Text::new(text.as_str().trim());
    let place = |wanted: Option<&Text>| {
        ORDERS.iter().position(|(listed_type, listed)| {
            trimmed(&service_type).is(listed_type)
                && match (listed, wanted) {
                    (Some(listed), Some(wanted)) => trimmed(wanted).is(listed),
                    (None, None) => true,
                    _ => false,
                }
        })
    };
    let listed = mechanism
        .as_ref()
        .and_then(|mechanism| place(Some(mechanism)));
    let at = listed.or_else(|| place(None))?;
    Some(Support {
        order: at + 1,
        service_type,
        component,
        mechanism: mechanism.filter(|_| listed.is_some()),
    })
}

/// Clients with the rows of their smallest order; those under 18 are dropped (section 14.1.3).
pub(super) fn persons(main: &MainTables, year: Year) -> Vec<Client> {
    let mut by_person: BTreeMap<PersonKey, Vec<&Event>> = BTreeMap::new();
    for event in main
        .joined
        .iter()
        .filter(|event| is_counted(main, event, year))
    {
        by_person.entry(event.person_key()).or_default().push(event);
    }
    let mut all = Vec::new();
    for (key, events) in by_person {
        let Some(first) = events.first() else {
            continue;
        };
        let band = band_of(age_of(main, first, year));
        if band == "Under 18" {
            continue;
        }
        let rows: BTreeSet<Support> = events.iter().filter_map(|event| support(event)).collect();
        let smallest = rows.iter().map(|row| row.order).min();
        let support = rows
            .into_iter()
            .filter(|row| Some(row.order) == smallest)
            .collect();
        all.push(Client {
            key,
            la_name: first.row.la_name.clone(),
            band,
            support,
        });
    }
    all
}

fn has_direct_payment(row: &Support) -> bool {
    is(row.mechanism.as_ref(), "Direct payment") || is(row.component.as_ref(), "Direct payment")
}

fn is_managed(row: &Support) -> bool {
    is(row.mechanism.as_ref(), "CASSR managed personal budget")
}

fn in_community(client: &Client) -> bool {
    client
        .support
        .iter()
        .any(|row| row.service_type.is(COMMUNITY))
}

/// Section 14.1.4: those whose kept service is Community.
pub(super) fn counted(clients: &[Client]) -> Vec<Counted> {
    let counted = |client: &Client| {
        let direct_payment = client.support.iter().any(has_direct_payment);
        Counted {
            measure: CLIENTS,
            la_code: client.key.0.clone(),
            band: client.band,
            self_directed: direct_payment || client.support.iter().any(is_managed),
            direct_payment,
        }
    };
    clients
        .iter()
        .filter(|client| in_community(client))
        .map(counted)
        .collect()
}

/// Section 14.1.6.
pub(super) fn not_known(clients: &[Client]) -> Vec<NotKnown> {
    let is_unknown = |client: &&Client| {
        client.support.iter().any(|row| {
            row.service_type.is(COMMUNITY)
                && row.mechanism.is_none()
                && !is(row.component.as_ref(), "Direct payment")
        })
    };
    let unknown = clients.iter().filter(is_unknown);
    unknown
        .map(|client| NotKnown {
            measure: CLIENTS,
            la_code: client.key.0.clone(),
        })
        .collect()
}

/// The distinct kept rows of each client.
pub(super) fn list(inputs: &Inputs, clients: &[Client]) -> Table {
    let mut table = Table::new(
        "LA_Code,LA_Name,Der_NHS_LA_Combined_Person_ID,Der_Age_Band_Reporting_End,Service_Type,\
         Service_Component,Delivery_Mechanism",
    );
    for client in clients {
        for row in &client.support {
            table.push(vec![
                cell(client.key.0.as_ref()),
                name_of(inputs, client.key.0.as_ref(), client.la_name.as_ref()),
                cell(Some(&client.key.1)),
                shown(client.band),
                cell(Some(&row.service_type)),
                cell(row.component.as_ref()),
                cell(row.mechanism.as_ref()),
            ]);
        }
    }
    table
}
