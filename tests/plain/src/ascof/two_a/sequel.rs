//! Section 10.4: what followed a cluster; the first step that applies.

use chrono::NaiveDate;

use crate::ascof::clusters::{Cluster, is_st_max};
use crate::ascof::two_a::{adjusted, cluster_outcome, outcome, usable};
use crate::date::days;
use crate::main_tables::Event;
use crate::text::{Text, is, is_one_of};

/// The services that tell what followed, in order (step 3).
const SERVICES: [&str; 7] = [
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
    "Short term support: ST-Max",
    "Short term support: Ongoing low level",
    "Short term support: Other short term",
];

const OTHER_SHORT_TERM: &str = "Short term support: Other short term";

/// The components that come first within an order (step 3).
const SHORT_TERM_CARE: [&str; 2] = ["Short term residential care", "Short term nursing care"];

/// The label and the final outcome of a cluster.
pub(super) fn sequel(
    cluster: &Cluster<'_>,
    others: &[&Event],
    death: Option<NaiveDate>,
) -> (&'static str, Text) {
    let (own_outcome, own_h) = cluster_outcome(cluster);
    if death.is_some_and(|death| days(cluster.end, death) <= 7) {
        return ("1", Text::new("NFA: Deceased"));
    }
    if own_outcome.is("Admitted to hospital") {
        return ("2", own_outcome);
    }
    let window = forward_window(cluster, others);
    if let Some(service) = service_found(&window) {
        return ("3", service);
    }
    if let Some(best) = best_outcome(cluster, others, &window, (&own_outcome, own_h)) {
        return best;
    }
    if equipment_within(cluster, others) {
        return ("5", Text::new("Short term support: Ongoing low level"));
    }
    ("6", own_outcome)
}

/// Events from the cluster's start to seven days after its end that outlive it, but none from the first
/// reablement among them on.
fn forward_window<'a>(cluster: &Cluster<'_>, others: &[&'a Event]) -> Vec<&'a Event> {
    let seen = |event: &Event| {
        event.start >= cluster.start
            && event.end_or_open() > cluster.end
            && days(cluster.end, event.start) <= 7
    };
    let window: Vec<&Event> = others.iter().copied().filter(|event| seen(event)).collect();
    let first = window
        .iter()
        .filter(|event| is_st_max(event))
        .map(|event| event.start)
        .min();
    window
        .into_iter()
        .filter(|event| first.is_none_or(|first| event.start < first))
        .collect()
}

/// Step 3: the recognised service of the lowest order.
fn service_found(window: &[&Event]) -> Option<Text> {
    let order = |event: &Event| {
        let service_type = event.cleaned.service_type.as_ref();
        SERVICES.iter().position(|value| is(service_type, value))
    };
    let short_term_care =
        |event: &Event| is_one_of(event.cleaned.service_component.as_ref(), &SHORT_TERM_CARE);
    let best = window
        .iter()
        .filter_map(|event| Some((order(event)?, !short_term_care(event))))
        .min()?;
    let service_type = SERVICES.get(best.0)?;
    if *service_type == OTHER_SHORT_TERM && !best.1 {
        return Some(Text::new("Short term support: Residential or Nursing care"));
    }
    Some(Text::new(service_type))
}

/// Step 4: the candidate of the smallest h, and the source that it comes from.
fn best_outcome(
    cluster: &Cluster<'_>,
    others: &[&Event],
    window: &[&Event],
    own: (&Text, i64),
) -> Option<(&'static str, Text)> {
    let (own_outcome, own_h) = own;
    let mut candidates: Vec<(i64, &'static str, Text)> = Vec::new();
    if window.is_empty() && usable(own_h) {
        candidates.push((own_h, "4a", own_outcome.clone()));
    }
    let considered: Vec<&&Event> = window
        .iter()
        .filter(|event| {
            !event.is_a("Service")
                && !outcome(event).is("NFA: Support ended as planned")
                && (usable(own_h) || usable(adjusted(event)))
        })
        .collect();
    if !considered.is_empty() {
        candidates.push((own_h, "4a", own_outcome.clone()));
    }
    for event in considered
        .into_iter()
        .filter(|event| usable(adjusted(event)))
    {
        candidates.push((adjusted(event), "4b", outcome(event)));
    }
    if let Some(event) = nested_outcome(cluster, others) {
        candidates.push((adjusted(event), "4c", outcome(event)));
    }
    let best = candidates
        .into_iter()
        .min_by_key(|(h, source, _)| (*h, *source))?;
    Some((best.1, best.2))
}

/// Step 4c: the last assessment or review within the cluster that tells what became of the person.
fn nested_outcome<'a>(cluster: &Cluster<'_>, others: &[&'a Event]) -> Option<&'a Event> {
    let nested = others.iter().copied().filter(|event| {
        let end = event.end_or_open();
        (event.is_a("Assessment") || event.is_a("Review"))
            && event.start >= cluster.start
            && end > cluster.start
            && end <= cluster.end
            && days(end, cluster.end) < 14
            && usable(adjusted(event))
    });
    nested.max_by_key(|event| {
        (
            event.end_or_open(),
            std::cmp::Reverse(adjusted(event)),
            event.record_id(),
        )
    })
}

/// Step 5.
fn equipment_within(cluster: &Cluster<'_>, others: &[&Event]) -> bool {
    others.iter().any(|event| {
        let end = event.end_or_open();
        event.is_a("Service")
            && is(event.cleaned.service_component.as_ref(), "Equipment")
            && event.start >= cluster.start
            && cluster.start < end
            && end <= cluster.end
    })
}
