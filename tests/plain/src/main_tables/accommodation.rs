//! Section 9.2: an unknown accommodation filled from services; and the settled group of section 3.2.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::main_tables::Event;
use crate::text::{Text, is};

/// The services in the order of section 9.2.
const SERVICES: [&str; 7] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
    "Short term support: ST-Max",
    "Short term support: Ongoing low level",
    "Short term support: Other short term",
];

/// The components that tell where somebody lives.
const COMPONENTS: [&str; 4] = [
    "Shared Lives",
    "Community supported living",
    "Extra care housing",
    "Home support or domiciliary care",
];

const SETTLED: [&str; 10] = [
    "Owner occupier or shared ownership scheme",
    "Tenant: Local authority or other social housing provider",
    "Tenant: Private landlord",
    "Settled mainstream housing with family or friends",
    "Supported accommodation, supported lodgings or supported group home",
    "Shared Lives scheme",
    "Approved premises for offenders released from prison or under probation supervision",
    "Sheltered housing, extra care housing or other sheltered housing",
    "Mobile accommodation for Gypsy, Roma and Traveller communities",
    "Unknown: Presumed at home",
];

const UNSETTLED: [&str; 12] = [
    "Rough sleeper or squatting",
    "Night shelter, emergency hostel or direct access hostel",
    "Refuge",
    "Placed in temporary accommodation by the council (inc. homelessness resettlement)",
    "Staying with family or friends as a short term guest",
    "Acute hospital or long term healthcare residential facility",
    "Registered care home",
    "Registered nursing home",
    "Prison, young offenders institution or detention centre",
    "Other temporary accommodation",
    "Unknown",
    "Unknown: Presumed in community",
];

/// 1 if the person lives at home or with family, 0 if not, nothing for a value outside the list.
pub(super) fn settled_group(status: &Text) -> Option<u8> {
    if SETTLED.iter().any(|value| status.is(value)) {
        Some(1)
    } else if UNSETTLED.iter().any(|value| status.is(value)) {
        Some(0)
    } else {
        None
    }
}

/// The order of a service type, 99 for any other.
fn order(event: &Event) -> usize {
    let service_type = event.cleaned.service_type.as_ref();
    SERVICES
        .iter()
        .position(|value| is(service_type, value))
        .map_or(99, |at| at + 1)
}

/// Which of the four components an event has.
fn component(event: &Event) -> Option<&'static str> {
    let component = event.cleaned.service_component.as_ref();
    COMPONENTS.into_iter().find(|value| is(component, value))
}

/// Sections 9.2.1 to 9.2.4.
pub(super) fn filled_from_services(rows: &[&Event]) -> &'static str {
    let services: Vec<&&Event> = rows.iter().filter(|event| event.is_a("Service")).collect();
    let rank = |event: &Event| {
        (
            Reverse(event.end_or_open()),
            order(event),
            component(event).is_none(),
            Reverse(event.start),
        )
    };
    let best = services.iter().map(|event| rank(event)).min();
    let tied: Vec<&&&Event> = services
        .iter()
        .filter(|event| Some(rank(event)) == best)
        .collect();
    let types: BTreeSet<usize> = tied
        .iter()
        .map(|event| order(event))
        .filter(|order| *order < 99)
        .collect();
    let components: BTreeSet<&str> = tied.iter().filter_map(|event| component(event)).collect();
    status(only(types), only(components))
}

/// The single element, if there is exactly one.
fn only<T>(values: BTreeSet<T>) -> Option<T> {
    let mut values = values.into_iter();
    let first = values.next();
    if values.next().is_some() { None } else { first }
}

/// Section 9.2.4: the first match wins.
fn status(service_order: Option<usize>, component: Option<&str>) -> &'static str {
    match (service_order, component) {
        (Some(1), _) => "Registered nursing home",
        (Some(2), _) => "Registered care home",
        (_, Some("Shared Lives")) => "Shared Lives scheme",
        (_, Some("Extra care housing")) => {
            "Sheltered housing, extra care housing or other sheltered housing"
        }
        (_, Some("Community supported living")) => {
            "Supported accommodation, supported lodgings or supported group home"
        }
        (Some(3), Some("Home support or domiciliary care")) => "Unknown: Presumed at home",
        (Some(3), None) => "Unknown: Presumed in community",
        (Some(4), _) => "Prison, young offenders institution or detention centre",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{inputs, main_of, selected};

    fn filled(services: &[&str]) -> String {
        let rows: Vec<String> = services
            .iter()
            .map(|service| format!("Event_Type=Service; Event_Start_Date=2025-06-01; {service}"))
            .collect();
        let inputs = inputs(&rows);
        let main = main_of(&inputs, &[selected(&inputs, "2025-04-01", "2026-03-31")]);
        let person = main.persons.values().next().unwrap();
        person.accommodation_status.as_str().to_owned()
    }

    #[test]
    fn section_9_2_services_tell_where_somebody_lives() {
        let community = "Service_Type=Long term support: Community";
        assert_eq!(
            filled(&[&format!(
                "{community}; Service_Component=Home Support or domiciliary care"
            )]),
            "Unknown: Presumed at home"
        );
        assert_eq!(
            filled(&[&format!("{community}; Service_Component=Meals")]),
            "Unknown: Presumed in community"
        );
        assert_eq!(
            filled(&[
                &format!("{community}; Service_Component=Shared Lives"),
                "Service_Type=Long term support: Nursing care",
            ]),
            "Registered nursing home"
        );
        assert_eq!(
            filled(&[
                &format!("{community}; Service_Component=Shared Lives"),
                &format!("{community}; Service_Component=Extra care housing"),
            ]),
            "Unknown: Presumed in community"
        );
        assert_eq!(
            filled(&["Service_Type=Long term support: Prison"]),
            "Prison, young offenders institution or detention centre"
        );
        assert_eq!(
            filled(&["Service_Type=Short term support: ST-Max; Service_Component=Shared Lives"]),
            "Shared Lives scheme"
        );
        assert_eq!(
            filled(&["Service_Type=Short term support: ST-Max"]),
            "Unknown"
        );
    }

    #[test]
    fn section_3_2_groups() {
        assert_eq!(
            settled_group(&Text::new("Unknown: Presumed at Home")),
            Some(1)
        );
        assert_eq!(settled_group(&Text::new("Unknown")), Some(0));
        assert_eq!(settled_group(&Text::new("A tent")), None);
    }
}
