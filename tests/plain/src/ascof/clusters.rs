//! Section 10.2: events that follow one another closely are one cluster. 2A and 2D use it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::date::days;
use crate::main_tables::Event;
use crate::text::Text;

/// The longest gap, in days, within a cluster.
const GAP: i64 = 7;

/// Council, its name, and person.
type Whose = (Option<Text>, Option<Text>, Text);

/// Events of one person with no gap of more than seven days.
#[derive(Debug, Clone)]
pub(super) struct Cluster<'a> {
    /// The council.
    pub la_code: Option<Text>,
    /// Its name.
    pub la_name: Option<Text>,
    /// The person.
    pub person: Text,
    /// The number of the cluster among the person's, from 1.
    pub number: usize,
    /// The earliest start.
    pub start: NaiveDate,
    /// The latest end, 9999-01-01 if one is open.
    pub end: NaiveDate,
    /// The events, in order.
    pub events: Vec<&'a Event>,
}

/// Whether an event is reablement: a service of the type ST-Max (section 10.2).
pub(super) fn is_st_max(event: &Event) -> bool {
    let service_type = event.cleaned.service_type.as_ref();
    event.is_a("Service") && crate::text::is(service_type, "Short term support: ST-Max")
}

/// The clusters of these events; `order` is the hierarchy that orders events with the same dates.
pub(super) fn clusters<'a>(
    events: impl Iterator<Item = &'a Event>,
    order: impl Fn(&Event) -> i64,
) -> Vec<Cluster<'a>> {
    let mut by_person: BTreeMap<Whose, Vec<&Event>> = BTreeMap::new();
    for event in events {
        let (code, name) = (event.row.la_code.clone(), event.row.la_name.clone());
        by_person
            .entry((code, name, event.person.clone()))
            .or_default()
            .push(event);
    }
    let mut all: Vec<Cluster<'a>> = Vec::new();
    for ((la_code, la_name, person), mut events) in by_person {
        events.sort_by_key(|event| {
            (
                event.start,
                event.end_or_open(),
                order(event),
                Reverse(event.record_id()),
            )
        });
        let mut current: Option<Cluster<'a>> = None;
        let mut number = 0;
        for event in events {
            let joins = current
                .as_mut()
                .filter(|cluster| days(cluster.end, event.start) <= GAP);
            if let Some(cluster) = joins {
                // The end is the running maximum of earlier ends.
                cluster.end = cluster.end.max(event.end_or_open());
                cluster.events.push(event);
            } else {
                number += 1;
                all.extend(current.replace(Cluster {
                    la_code: la_code.clone(),
                    la_name: la_name.clone(),
                    person: person.clone(),
                    number,
                    start: event.start,
                    end: event.end_or_open(),
                    events: vec![event],
                }));
            }
        }
        all.extend(current);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{inputs, main};

    fn found(services: &[(&str, &str)]) -> Vec<String> {
        let rows: Vec<String> = services
            .iter()
            .map(|(start, end)| {
                format!(
                    "Event_Type=Service; Service_Type=Short term support: ST-Max; \
                     Event_Start_Date={start}; Event_End_Date={end}"
                )
            })
            .collect();
        let main = main(&inputs(&rows));
        let found = clusters(main.joined.iter(), |_| 999);
        found
            .iter()
            .map(|one| format!("{} {} {}", one.number, one.start, one.end))
            .collect()
    }

    #[test]
    fn section_10_2_a_gap_of_seven_days_joins_and_one_of_eight_does_not() {
        assert_eq!(
            found(&[
                ("2025-05-01", "2025-05-10"),
                ("2025-05-17", "2025-05-20"),
                ("2025-05-28", "")
            ]),
            ["1 2025-05-01 2025-05-20", "2 2025-05-28 9999-01-01"]
        );
    }

    #[test]
    fn section_10_2_the_running_maximum_of_ends_holds_a_cluster_together() {
        assert_eq!(
            found(&[
                ("2025-05-01", "2025-06-30"),
                ("2025-05-05", "2025-05-06"),
                ("2025-07-01", "2025-07-02"),
            ]),
            ["1 2025-05-01 2025-07-02"]
        );
    }
}
