//! What followed a cluster of requests or of short term support (section 19.5), for STS001 and `STS002a`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::common::Known;
use crate::date::days;
use crate::record::Row;
use crate::text::{Text, is};

/// The order of outcomes within a cluster (section 19.4); anything else is 99.
const OUTCOMES: [&str; 19] = [
    "Progress to Reablement/ST-Max",
    "Progress to Assessment",
    "Admitted to Hospital",
    "Progress to Re-assessment / Unplanned Review",
    "Progress to Support Planning / Services",
    "Progress to End of Life Care",
    "No change in package",
    "Service ended as planned",
    "Progress to financial assessment",
    "Provision of service",
    "NFA - Deceased",
    "NFA - Moved to another LA",
    "NFA - 100% NHS-funded care",
    "NFA - Information & Advice / Signposting only",
    "NFA - Self-funded client (inc. 12wk disregard)",
    "NFA - Support declined",
    "NFA - Support ended – other reason",
    "NFA - No services offered - other reason",
    "NFA- Other",
];

/// Section 19.4: the order of an outcome.
pub fn outcome_order(outcome: Option<&Text>) -> usize {
    (1..)
        .zip(OUTCOMES)
        .find(|(_, listed)| is(outcome, listed))
        .map_or(99, |(order, _)| order)
}

/// The order of two events on one day, which the published code leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// By end, missing first.
    EndAscending,
    /// By end downwards, missing last.
    EndDescending,
}

impl Tie {
    /// The letter of the variant.
    pub fn letter(self) -> &'static str {
        match self {
            Self::EndAscending => "a",
            Self::EndDescending => "b",
        }
    }
}

/// What STS001 and `STS002a` do differently.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The most days from the end of the cluster to the first event.
    pub window: i64,
    /// The events of the cluster's own kind: some are the cluster itself, others break the search.
    pub own_kind: fn(&Row) -> bool,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// Whether any event is joined at all.
    pub any: bool,
    /// The events that are in scope and before any break.
    pub usable: Vec<&'a Row>,
}

/// Section 19.5: searches the events of the cluster's council and identifier. A chain of several cluster rows
/// meets each event several times, so that a copy of an event comes after the event itself.
pub fn search<'a>(
    (start, end): (NaiveDate, NaiveDate),
    cluster_rows: usize,
    events: &[Known<'a>],
    rules: Rules,
    tie: Tie,
) -> Found<'a> {
    let mut joined: Vec<(NaiveDate, &'a Row)> = events
        .iter()
        .filter_map(|known| Some((known.row.event_start_date?, known.row)))
        .filter(|(event_start, _)| *event_start >= end)
        .collect();
    // Only the first number matters: events on the earliest day, before anything is deleted.
    let first_day = joined.iter().map(|(event_start, _)| *event_start).min();
    joined.retain(|(event_start, row)| {
        let itself = *event_start == start || row.event_end_date == Some(end);
        !((rules.own_kind)(row) && itself)
    });
    if cluster_rows > 1 {
        joined.extend(joined.clone());
    }
    joined.sort_by(|(one_start, one), (other_start, other)| {
        let by_end = match tie {
            Tie::EndAscending => one.event_end_date.cmp(&other.event_end_date),
            Tie::EndDescending => Reverse(one.event_end_date).cmp(&Reverse(other.event_end_date)),
        };
        one_start.cmp(other_start).then(by_end)
    });

    // Flags: 0 when more than 3 days lie between the end of the event before and the start.
    let mut flags: BTreeMap<NaiveDate, bool> = BTreeMap::new();
    let mut previous: Option<&Row> = None;
    for (event_start, row) in &joined {
        let previous_end = previous.and_then(|previous| previous.event_end_date);
        let near = previous_end.is_none_or(|previous_end| days(previous_end, *event_start) <= 3);
        let all_near = flags.entry(*event_start).or_insert(true);
        *all_near = *all_near && near;
        previous = Some(row);
    }
    // In chain, then in scope: both smallest so far, by day.
    let mut smallest_flag = true;
    let mut in_scope_so_far = true;
    let mut in_scope: BTreeMap<NaiveDate, bool> = BTreeMap::new();
    for (day, near) in &flags {
        smallest_flag = smallest_flag && *near;
        let is_first = Some(*day) == first_day;
        let of_day = joined.iter().filter(|(event_start, _)| event_start == day);
        let in_chain = of_day.map(|(_, row)| match row.event_end_date {
            None if is_first => true,
            _ if is_first && days(end, *day) > rules.window => false,
            _ => smallest_flag,
        });
        in_scope_so_far = in_chain.fold(in_scope_so_far, |so_far, one| so_far && one);
        in_scope.insert(*day, in_scope_so_far);
    }
    let first_break = joined
        .iter()
        .filter(|(_, row)| (rules.own_kind)(row))
        .map(|(event_start, _)| *event_start)
        .min();
    let usable = joined.iter().filter(|(event_start, _)| {
        in_scope.get(event_start) == Some(&true)
            && first_break.is_none_or(|first| *event_start < first)
    });
    Found {
        any: !joined.is_empty(),
        usable: usable.map(|(_, row)| *row).collect(),
    }
}

/// The first service type of an order that any usable event has.
pub fn best_service(usable: &[&Row], order: &[&'static str]) -> Option<&'static str> {
    order
        .iter()
        .find(|service| {
            usable
                .iter()
                .any(|row| is(row.service_type.as_ref(), service))
        })
        .copied()
}

/// The usable events that end on the latest day on which one that counts ends; a missing end comes last.
pub fn with_latest_end<'a>(usable: &[&'a Row], counts: impl Fn(&Row) -> bool) -> Vec<&'a Row> {
    let latest = usable
        .iter()
        .filter(|row| counts(row))
        .map(|row| row.event_end_date)
        .max();
    usable
        .iter()
        .filter(|row| Some(row.event_end_date) == latest)
        .copied()
        .collect()
}

/// How many of these events differ in type, start, end or outcome.
pub fn different(events: &[&Row]) -> usize {
    let told_by = |row: &&Row| {
        (
            row.event_type.clone(),
            row.event_start_date,
            row.event_end_date,
            row.event_outcome.clone(),
        )
    };
    events.iter().map(told_by).collect::<BTreeSet<_>>().len()
}

/// A prefix before an outcome; missing if the outcome is.
pub fn prefixed(prefix: &str, outcome: Option<&Text>) -> Option<String> {
    outcome.map(|outcome| format!("{prefix}{outcome}"))
}
