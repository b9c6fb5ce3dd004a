//! Section 14.2: unpaid carers over the whole year.

use std::collections::BTreeMap;

use crate::ascof::three_d::{CARERS, Counted, NotKnown, age_of, band_of};
use crate::ascof::{Year, name_of};
use crate::main_tables::{Event, MainTables, PersonKey};
use crate::record::Inputs;
use crate::table::{Table, shown};
use crate::text::{Text, cell, is, is_one_of};

/// The client types of carers, those of release 1 last.
const CLIENT_TYPES: [&str; 4] = [
    "Unpaid carer",
    "Unpaid carer known by association",
    "Carer",
    "Carer known by association",
];

const DIRECT: &str = "Unpaid carer support: Direct to unpaid carer";
const INVOLVING: &str = "Unpaid carer support: Support involving the person cared-for";
const ADVICE: &str = "NFA: Information and advice or signposting";

/// What a carer was given, in the order of section 14.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Support {
    DirectPayment = 1,
    ManagedBudget = 2,
    Commissioned = 3,
    UnknownMechanism = 4,
    Information = 5,
    NothingDirect = 6,
}

impl Support {
    fn label(self) -> &'static str {
        match self {
            Self::DirectPayment => "Direct Payment only",
            Self::ManagedBudget => "CASSR Managed Personal Budget",
            Self::Commissioned => "CASSR Commissioned Support only",
            Self::UnknownMechanism => "Support Direct to Carer: Unknown Delivery Mech",
            Self::Information => "Information, Advice and Other Universal Services / Signposting",
            Self::NothingDirect => "No Direct Support Provided to Carer",
        }
    }
}

/// A carer and the support of the smallest order.
#[derive(Debug)]
pub(super) struct Carer {
    key: PersonKey,
    la_name: Option<Text>,
    band: &'static str,
    pub(super) support: Support,
}

/// Section 14.2.1.
fn is_counted(main: &MainTables, event: &Event, year: Year) -> bool {
    let death = main
        .person_of(event)
        .and_then(|person| person.date_of_death);
    let service_type = event.cleaned.service_type.as_ref();
    let advised = service_type.is_none() && is(event.cleaned.event_outcome.as_ref(), ADVICE);
    let supported = is_one_of(service_type, &[DIRECT, INVOLVING]);
    let looked_at = service_type.is_none() && (event.is_a("Assessment") || event.is_a("Review"));
    is_one_of(event.cleaned.client_type.as_ref(), &CLIENT_TYPES)
        && event.start <= year.end
        && event.end.is_none_or(|end| end >= year.start)
        && event.ends_well()
        && death.is_none_or(|death| death >= year.start)
        && (advised || supported || looked_at)
}

/// Section 14.2.2: the first match. A direct service without a component matches nothing, unless it is
/// a direct payment by its mechanism.
fn support(event: &Event) -> Option<Support> {
    let service_type = event.cleaned.service_type.as_ref();
    let component = event.cleaned.service_component.as_ref();
    let mechanism = event.cleaned.delivery_mechanism.as_ref();
    let direct = is(service_type, DIRECT);
    let other_component = component.is_some_and(|component| !component.is("Direct payment"));
    if direct && (is(mechanism, "Direct payment") || is(component, "Direct payment")) {
        Some(Support::DirectPayment)
    } else if direct && other_component && is(mechanism, "CASSR managed personal budget") {
        Some(Support::ManagedBudget)
    } else if direct && other_component && is(mechanism, "CASSR commissioned support") {
        Some(Support::Commissioned)
    } else if direct && other_component {
        Some(Support::UnknownMechanism)
    } else if is(service_type, INVOLVING) {
        Some(Support::NothingDirect)
    } else if event.is_a("Assessment") || event.is_a("Review") {
        let advised = is(event.cleaned.event_outcome.as_ref(), ADVICE);
        Some(if advised {
            Support::Information
        } else {
            Support::NothingDirect
        })
    } else if event.is_a("Request") {
        Some(Support::Information)
    } else {
        None
    }
}

/// Carers with their smallest order, 18 and over or of unknown age (section 14.2.3).
pub(super) fn persons(main: &MainTables, year: Year) -> Vec<Carer> {
    let mut by_person: BTreeMap<PersonKey, Carer> = BTreeMap::new();
    for event in main
        .joined
        .iter()
        .filter(|event| is_counted(main, event, year))
    {
        let band = band_of(age_of(main, event, year));
        let Some(support) = support(event).filter(|_| band != "Under 18") else {
            continue;
        };
        let key = event.person_key();
        let la_name = event.row.la_name.clone();
        let carer = by_person.entry(key.clone()).or_insert(Carer {
            key,
            la_name,
            band,
            support,
        });
        carer.support = carer.support.min(support);
    }
    by_person.into_values().collect()
}

/// Section 14.2.4: orders 1 to 3.
pub(super) fn counted(carers: &[Carer]) -> Vec<Counted> {
    let in_denominator = carers
        .iter()
        .filter(|carer| carer.support <= Support::Commissioned);
    in_denominator
        .map(|carer| Counted {
            measure: CARERS,
            la_code: carer.key.0.clone(),
            band: carer.band,
            self_directed: carer.support <= Support::ManagedBudget,
            direct_payment: carer.support == Support::DirectPayment,
        })
        .collect()
}

/// Section 14.2.4: order 4.
pub(super) fn not_known(carers: &[Carer]) -> Vec<NotKnown> {
    let unknown = carers
        .iter()
        .filter(|carer| carer.support == Support::UnknownMechanism);
    unknown
        .map(|carer| NotKnown {
            measure: CARERS,
            la_code: carer.key.0.clone(),
        })
        .collect()
}

/// Each carer with the support provided.
pub(super) fn list(inputs: &Inputs, carers: &[Carer]) -> Table {
    let mut table = Table::new(
        "LA_Code,LA_Name,Der_NHS_LA_Combined_Person_ID,Der_Age_Band_Reporting_End,Support_Provided",
    );
    for carer in carers {
        table.push(vec![
            cell(carer.key.0.as_ref()),
            name_of(inputs, carer.key.0.as_ref(), carer.la_name.as_ref()),
            cell(Some(&carer.key.1)),
            shown(carer.band),
            shown(carer.support.label()),
        ]);
    }
    table
}
