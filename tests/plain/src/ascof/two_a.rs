//! ASCOF 2A (section 10): what followed reablement of new clients.

mod sequel;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::ascof::clusters::{Cluster, clusters, is_st_max};
use crate::ascof::{LONG_TERM, Line, SUMMARY, Year, summary_row};
use crate::date::{self, age, days};
use crate::main_tables::clean::{INVALID, working_age_band};
use crate::main_tables::{Event, MainTables, Person};
use crate::record::Inputs;
use crate::table::{Table, Tables, shown};
use crate::text::{Text, cell, is_one_of};

const DESCRIPTION: &str = "The proportion of people who received short-term services during the \
    year - who previously were not receiving services - where no further request was made for \
    ongoing support (%)";

/// The outcomes that cannot be classified: 100 is added to their number (section 10.1).
const UNCLASSIFIED: [&str; 6] = [
    "Continuation of support or services",
    "Progress to support planning or services",
    "Progress to assessment, review or reassessment",
    "Progress to reablement/ST-Max",
    "Release 1 specification only: Not mapped",
    INVALID,
];

/// Final outcomes in the denominator alone (section 10.5).
const DENOMINATOR_ONLY: [&str; 5] = [
    "Long term support: Community",
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Prison",
    "Short term support: Residential or Nursing care",
];

/// Final outcomes in numerator and denominator (section 10.5).
const NUMERATOR: [&str; 9] = [
    "Short term support: Ongoing low level",
    "Short term support: Other short term",
    "NFA: Information and advice or signposting",
    "NFA: Support ended as planned",
    "NFA: Responsibility moved to another local authority",
    "NFA: Referral to other service within the local authority",
    "NFA: Support ended for other reason",
    "NFA: No services offered for other reason",
    "NFA: Other",
];

/// One episode of reablement and what came of it.
#[derive(Debug)]
struct Episode<'a> {
    cluster: Cluster<'a>,
    outcome: Text,
    band: &'static str,
    label: &'static str,
    final_outcome: Text,
}

/// Adds tables 07 for a year.
pub(super) fn tables(inputs: &Inputs, main: &MainTables, year: Year, tables: &mut Tables) {
    let episodes = episodes(main, year);
    let name = year.name;
    tables.insert(format!("07_ascof_2a_episodes_{name}"), list(&episodes));
    tables.insert(
        format!("07_ascof_2a_disaggregated_{name}"),
        disaggregated(&episodes, year),
    );
    tables.insert(
        format!("07_ascof_2a_summary_{name}"),
        summary(inputs, &episodes, year),
    );
}

/// The cleaned outcome, a missing one as invalid (section 10.1).
fn outcome(event: &Event) -> Text {
    event
        .cleaned
        .event_outcome
        .clone()
        .unwrap_or_else(|| Text::new(INVALID))
}

/// The adjusted hierarchy h (section 10.1).
fn adjusted(event: &Event) -> i64 {
    let Some(number) = event.outcome_hierarchy else {
        return 999;
    };
    let unclassified = is_one_of(Some(&outcome(event)), &UNCLASSIFIED);
    number + if unclassified { 100 } else { 0 }
}

/// Whether an outcome of this h says what became of somebody.
fn usable(h: i64) -> bool {
    h < 100
}

/// Sections 10.1 to 10.4.
fn episodes(main: &MainTables, year: Year) -> Vec<Episode<'_>> {
    let base: Vec<&Event> = main
        .joined
        .iter()
        .filter(|event| event.is_of("Service user") && event.ends_well())
        .collect();
    let st_max = base.iter().copied().filter(|event| is_st_max(event));
    let mut all = Vec::new();
    for cluster in clusters(st_max, adjusted) {
        if cluster.end < year.start || cluster.end > year.end {
            continue;
        }
        let key = (cluster.la_code.clone(), cluster.person.clone());
        let person = main.persons.get(&key);
        let Some(band) = band_if_counted(&cluster, person) else {
            continue;
        };
        let others = others(&base, &cluster);
        if is_existing_client(&others, cluster.start) {
            continue;
        }
        let death = person.and_then(|person| person.date_of_death);
        let (label, final_outcome) = sequel::sequel(&cluster, &others, death);
        let (outcome, _) = cluster_outcome(&cluster);
        all.push(Episode {
            cluster,
            outcome,
            band,
            label,
            final_outcome,
        });
    }
    all
}

/// The outcome of the event with the latest end, then the best h, then the largest number (section 10.2).
fn cluster_outcome(cluster: &Cluster<'_>) -> (Text, i64) {
    let last = cluster.events.iter().max_by_key(|event| {
        (
            event.end_or_open(),
            Reverse(adjusted(event)),
            event.record_id(),
        )
    });
    last.map_or_else(
        || (Text::new(INVALID), 999),
        |event| (outcome(event), adjusted(event)),
    )
}

/// The band at the cluster's end, unless the person is under 18 or died before the cluster (section 10.3).
fn band_if_counted(cluster: &Cluster<'_>, person: Option<&Person>) -> Option<&'static str> {
    let age = person
        .and_then(|person| person.birth_date)
        .map(|birth| age(birth, cluster.end));
    let death = person.and_then(|person| person.date_of_death);
    let counted =
        age.is_none_or(|age| age >= 18) && death.is_none_or(|death| death >= cluster.start);
    counted.then(|| working_age_band(age))
}

/// All base events of the person but the cluster's own (section 10.3).
fn others<'a>(base: &[&'a Event], cluster: &Cluster<'_>) -> Vec<&'a Event> {
    let own = |event: &Event| {
        is_st_max(event) && cluster.start <= event.start && event.start <= cluster.end
    };
    let of_person =
        |event: &Event| event.row.la_code == cluster.la_code && event.person == cluster.person;
    base.iter()
        .copied()
        .filter(|event| of_person(event) && !own(event))
        .collect()
}

/// Whether a long term service ended less than 91 days before the cluster, or runs on (section 10.3).
fn is_existing_client(others: &[&Event], cluster_start: NaiveDate) -> bool {
    others.iter().any(|event| {
        is_one_of(event.cleaned.service_type.as_ref(), &LONG_TERM)
            && event.start < cluster_start
            && days(event.end_or_open(), cluster_start) < 91
    })
}

fn in_denominator(final_outcome: &Text) -> bool {
    is_one_of(Some(final_outcome), &DENOMINATOR_ONLY) || in_numerator(final_outcome)
}

fn in_numerator(final_outcome: &Text) -> bool {
    is_one_of(Some(final_outcome), &NUMERATOR)
}

fn yes_or_no(yes: bool) -> Option<String> {
    shown(if yes { "Y" } else { "N" })
}

fn list(episodes: &[Episode<'_>]) -> Table {
    let mut table = Table::new(
        "LA_Code,Der_NHS_LA_Combined_Person_ID,ST_Max_Cluster_Start,ST_Max_Cluster_End,\
         ST_Max_Cluster_Event_Outcome,ST_Max_Cluster_Working_Age_Band,Sequel_Type,Final_Outcome",
    );
    for one in episodes {
        table.push(vec![
            cell(one.cluster.la_code.as_ref()),
            cell(Some(&one.cluster.person)),
            date::cell(Some(one.cluster.start)),
            date::cell(Some(one.cluster.end)),
            cell(Some(&one.outcome)),
            shown(one.band),
            shown(one.label),
            cell(Some(&one.final_outcome)),
        ]);
    }
    table
}

/// Section 10.6: counts of clusters by band, label and final outcome.
fn disaggregated(episodes: &[Episode<'_>], year: Year) -> Table {
    let mut table = Table::new(
        "Reporting_Period,LA_Code,LA_Name,Age_Band,Sequel_Type,Final_Outcome,Included_In_Denom,\
         Included_In_Num,Incl_In_Unable_To_Classify,ST_Max_Count",
    );
    let mut counts: BTreeMap<_, u64> = BTreeMap::new();
    for one in episodes {
        let (code, name) = (&one.cluster.la_code, &one.cluster.la_name);
        let key = (code, name, one.band, one.label, &one.final_outcome);
        *counts.entry(key).or_default() += 1;
    }
    for ((code, name, band, label, outcome), count) in counts {
        table.push(vec![
            shown(year.label()),
            cell(code.as_ref()),
            cell(name.as_ref()),
            shown(band),
            shown(label),
            cell(Some(outcome)),
            yes_or_no(in_denominator(outcome)),
            yes_or_no(in_numerator(outcome)),
            yes_or_no(is_one_of(Some(outcome), &UNCLASSIFIED)),
            shown(count),
        ]);
    }
    table
}

/// Section 10.6: every council of the look-up by three groups.
fn summary(inputs: &Inputs, episodes: &[Episode<'_>], year: Year) -> Table {
    let mut table = Table::new(SUMMARY);
    for council in &inputs.councils {
        for group in ["18 to 64", "65 and above", "Total"] {
            let counted = |test: fn(&Text) -> bool| {
                let all = episodes.iter().filter(|one| {
                    one.cluster.la_code.as_ref() == Some(&council.code)
                        && (group == "Total" || one.band == group)
                        && test(&one.final_outcome)
                });
                all.count() as u64
            };
            let line = Line {
                council,
                measure: "ASCOF 2A",
                description: DESCRIPTION,
                group,
            };
            let (n, d) = (counted(in_numerator), counted(in_denominator));
            table.push(summary_row(year, &line, 100.0, n, d));
        }
    }
    table
}

#[cfg(test)]
mod tests;
