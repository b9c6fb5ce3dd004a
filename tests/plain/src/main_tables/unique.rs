//! Section 8: one row for each event.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::main_tables::{Event, EventKey};
use crate::text::{Text, has};

/// The joined table: the best row of each event (section 8).
pub(super) fn joined(events: &[Event]) -> Vec<Event> {
    let mut groups: BTreeMap<&EventKey, Vec<&Event>> = BTreeMap::new();
    for event in events {
        groups.entry(&event.key).or_default().push(event);
    }
    let best = groups.into_values().filter_map(|group| {
        group
            .into_iter()
            .min_by_key(|event| (Reverse(event.ref_end), rank(event)))
    });
    best.cloned().collect()
}

/// The single table: services also differ by how they are delivered and what they cost (section 8).
pub(super) fn single(events: &[Event]) -> Vec<Event> {
    let mut groups: BTreeMap<(&EventKey, [String; 4]), Vec<&Event>> = BTreeMap::new();
    for event in events {
        groups
            .entry((&event.key, cost_key(event)))
            .or_default()
            .push(event);
    }
    let best = groups
        .into_values()
        .filter_map(|group| group.into_iter().min_by_key(|event| rank(event)));
    best.cloned().collect()
}

/// Smallest first: open ends, then later ends; the outcome hierarchy; a conversation; the larger number.
fn rank(event: &Event) -> impl Ord + use<> {
    (
        event.end.is_some(),
        Reverse(event.end),
        event.outcome_hierarchy.unwrap_or(999),
        Reverse(event.row.der_conversation),
        Reverse(event.record_id()),
    )
}

/// What a service is told apart by in the single table; missing counts as empty text.
fn cost_key(event: &Event) -> [String; 4] {
    if !has(event.row.event_type.as_ref(), "service") {
        return Default::default();
    }
    let folded = |text: &Option<Text>| text.as_ref().map(|text| text.folded().to_owned());
    [
        folded(&event.cleaned.delivery_mechanism).unwrap_or_default(),
        event
            .row
            .unit_cost
            .as_ref()
            .map(two_places)
            .unwrap_or_default(),
        folded(&event.cleaned.cost_frequency_unit_type).unwrap_or_default(),
        event
            .row
            .planned_units_per_week
            .as_ref()
            .map(two_places)
            .unwrap_or_default(),
    ]
}

/// A number rounded half away from zero to two places, by its decimal digits; other text as it is.
fn two_places(number: &Text) -> String {
    let text = number.as_str().trim();
    let (minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let cents: String = part.chars().chain("000".chars()).take(2).collect();
    let rounds_up = part
        .chars()
        .nth(2)
        .is_some_and(|digit| ('5'..='9').contains(&digit));
    let whole = if whole.is_empty() { "0" } else { whole };
    let Ok(hundredths) = format!("{whole}{cents}").parse::<i128>() else {
        return number.folded().to_owned();
    };
    let hundredths = hundredths + i128::from(rounds_up);
    let sign = if minus && hundredths != 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::main_tables::MainTables;
    use crate::testing::{inputs, main_of, selected_of};

    fn built(rows: &[String]) -> MainTables {
        let periods = [
            selected_of("2025-07-20 10:00:00.000", "2025-01-01", "2025-03-31"),
            selected_of("2026-04-24 10:00:00.000", "2025-04-01", "2026-03-31"),
        ];
        main_of(&inputs(rows), &periods)
    }

    fn service(number: u32, import: &str, more: &str) -> String {
        format!(
            "Der_Unique_Record_ID={number}; ImportDate={import} 10:00:00.000; Event_Type=Service; \
             Event_Start_Date=2024-12-01; Service_Type=Long term support: Community; {more}"
        )
    }

    #[test]
    fn section_8_worked_example_the_better_outcome_of_the_later_period_wins() {
        let main = built(&[
            service(
                700,
                "2025-07-20",
                "Event_Outcome=Continuation of support or services",
            ),
            service(900, "2026-04-24", ""),
            service(
                880,
                "2026-04-24",
                "Event_Outcome=Progress to support planning or services",
            ),
        ]);
        let kept: Vec<i64> = main.joined.iter().map(Event::record_id).collect();
        assert_eq!(kept, [880]);
    }

    #[test]
    fn section_8_a_double_package_collapses_when_joined_and_stays_when_costs_differ() {
        let main = built(&[
            service(1, "2026-04-24", "Unit_Cost=23.504"),
            service(2, "2026-04-24", "Unit_Cost=23.50"),
            service(3, "2026-04-24", "Unit_Cost=0"),
            service(4, "2026-04-24", ""),
        ]);
        assert_eq!(
            main.joined.iter().map(Event::record_id).collect::<Vec<_>>(),
            [4]
        );
        let mut single: Vec<i64> = main.single.iter().map(Event::record_id).collect();
        single.sort_unstable();
        assert_eq!(single, [2, 3, 4]);
    }

    #[test]
    fn numbers_round_by_their_decimal_digits() {
        let of = |text: &str| two_places(&Text::new(text));
        assert_eq!(of("1.005"), "1.01");
        assert_eq!(of("-1.005"), "-1.01");
        assert_eq!(of("-0.001"), "0.00");
        assert_eq!(of(".5"), "0.50");
        assert_eq!(of("12"), "12.00");
    }
}
