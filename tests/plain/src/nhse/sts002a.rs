//! SALT `STS002a`: what followed ST-Max of new clients (section 20.1), and NHS England's ASCOF 2A (section 21).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::NaiveDate;

use super::common::{
    EVENT_TYPES, Key, Known, LONG_TERM, LOW_LEVEL, OTHER_SHORT, ST_MAX, alive_on, chained,
    identified, is_client, is_event, latest_edition, rows, service_key,
};
use super::sequel::{
    Found, Rules, Tie, best_service, different, outcome_order, prefixed, search, with_latest_end,
};
use super::sts001::{self, counted, with_stable, without_case};
use super::table_of;
use crate::record::{Inputs, Row};
use crate::table::{Tables, shown};
use crate::text::{Text, begins, cell, is, is_one_of};

const SERVICES: [&str; 6] = [
    LONG_TERM[0],
    LONG_TERM[1],
    LONG_TERM[2],
    LONG_TERM[3],
    LOW_LEVEL,
    OTHER_SHORT,
];

const ANY_SETTING: &str = "Long Term Support (any setting)";
const LOW: &str = "Ongoing Low Level Support";
const SHORT: &str = "Short Term Support (other)";
const UNIVERSAL: &str = "No Services Provided – Universal Services / signposted to other services";
const OTHER: &str = "No services provided – other";
const OTHER_WITH_HYPHEN: &str = "No services provided - other";
const EARLY: &str = "Early cessation of service (not leading to long term support) - 100% NHS funded care/End of Life/deceased";

/// Section 20.1, step 7: outcomes and what they are mapped to.
const MAPPED: [(&str, &str); 11] = [
    ("NFA - 100% NHS funded care", EARLY),
    ("NFA - Deceased", EARLY),
    (
        "NFA - Self-funded client (Inc. 12wk disregard)",
        "No services provided – needs identified but self-funding",
    ),
    (
        "NFA - Support declined",
        "No services provided – needs identified but support declined",
    ),
    ("NFA - Information & Advice / Signposting only", UNIVERSAL),
    ("NFA - Moved to another LA", OTHER),
    ("NFA- Other", OTHER),
    ("NFA - No services offered: Other reason", OTHER),
    ("NFA - Support ended: Other reason", OTHER),
    ("Progress to End of Life Care", OTHER),
    ("Admitted to hospital", OTHER),
];

/// The mapping of an outcome.
fn mapped(outcome: Option<&Text>) -> Option<&'static str> {
    MAPPED
        .iter()
        .find(|(listed, _)| is(outcome, listed))
        .map(|(_, mapped)| *mapped)
}

/// The mapping of a service type of `SERVICES`.
fn mapped_service(service: &str) -> &'static str {
    match service {
        LOW_LEVEL => LOW,
        OTHER_SHORT => SHORT,
        _ => ANY_SETTING,
    }
}

/// Whether the service type of a row is ST-Max, on any event type.
fn is_st_max(row: &Row) -> bool {
    is(row.service_type.as_ref(), ST_MAX)
}

/// Section 20.1, step 1: the events; services reduced to their latest edition, the others not.
pub fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let parameters = &inputs.parameters;
    let kept: Vec<&Row> = rows(inputs)
        .into_iter()
        .filter(|row| is_one_of(row.event_type.as_ref(), &EVENT_TYPES) && is_client(row))
        .filter(|row| {
            row.event_start_date
                .is_some_and(|start| start <= parameters.nhse_period_end)
        })
        .collect();
    let (services, others): (Vec<Known<'_>>, Vec<Known<'_>>) = identified(&kept)
        .into_iter()
        .partition(|known| is_event(known.row, "Service"));
    [
        latest_edition(services, service_key, parameters.nhse_import_cutoff),
        others,
    ]
    .concat()
}

/// A cluster of ST-Max with one of its outcomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cluster {
    /// Council and identifier.
    pub key: Key,
    /// The number of the chain.
    pub number: usize,
    /// Its start.
    pub start: NaiveDate,
    /// Its end.
    pub end: NaiveDate,
    /// Its outcome.
    pub outcome: Option<Text>,
}

/// Section 20.1, steps 2 and 3, and 20.2: the clusters of some ST-Max services that end inside the period, with each
/// outcome of the last day. Rows of one start, end and outcome are one.
pub fn clusters(
    inputs: &Inputs,
    build: &[Known<'_>],
    of_interest: impl Fn(&Known<'_>) -> bool,
) -> Result<BTreeSet<Cluster>> {
    let parameters = &inputs.parameters;
    let mut alike = BTreeSet::new();
    let rows: Vec<Known<'_>> = build
        .iter()
        .filter(|known| is_event(known.row, "Service") && is_st_max(known.row))
        .filter(|known| alive_on(known.row, parameters.nhse_period_start))
        .filter(|known| of_interest(known))
        .filter(|known| {
            let row = known.row;
            let outcome = row.event_outcome.clone();
            alike.insert((
                known.key(),
                row.event_start_date,
                row.event_end_date,
                outcome,
            ))
        })
        .cloned()
        .collect();
    let chains = chained(&rows, 1, parameters.nhse_run_date_used_for_open_ends)?;
    let mut ends: BTreeMap<(Key, usize), NaiveDate> = BTreeMap::new();
    for row in &chains {
        let end = ends.entry((row.known.key(), row.number)).or_insert(row.end);
        *end = (*end).max(row.end);
    }
    let cluster = |row: &super::common::Chained<'_>| {
        let end = *ends.get(&(row.known.key(), row.number))?;
        let inside = end >= parameters.nhse_period_start && end <= parameters.nhse_period_end;
        (inside && row.end == end).then(|| Cluster {
            key: row.known.key(),
            number: row.number,
            start: row.chain_start,
            end,
            outcome: row.known.row.event_outcome.clone(),
        })
    };
    Ok(chains.iter().filter_map(cluster).collect())
}

/// Section 20.1, step 4: the outcomes of the smallest order of each cluster.
fn best_outcomes(clusters: BTreeSet<Cluster>) -> Vec<Cluster> {
    let mut smallest: BTreeMap<(Key, usize), usize> = BTreeMap::new();
    for cluster in &clusters {
        let order = outcome_order(cluster.outcome.as_ref());
        let best = smallest
            .entry((cluster.key.clone(), cluster.number))
            .or_insert(order);
        *best = (*best).min(order);
    }
    let is_best = |cluster: &Cluster| {
        smallest.get(&(cluster.key.clone(), cluster.number))
            == Some(&outcome_order(cluster.outcome.as_ref()))
    };
    clusters.into_iter().filter(is_best).collect()
}

/// The rows of one cluster and what followed them.
struct Followed<'a> {
    rows: Vec<Cluster>,
    found: Found<'a>,
}

/// What tells a cluster row to record type 5: council and identifier, start, end and outcome.
type Told = (Key, NaiveDate, NaiveDate, Option<Text>);

fn told(cluster: &Cluster) -> Told {
    let (start, end) = (cluster.start, cluster.end);
    (cluster.key.clone(), start, end, cluster.outcome.clone())
}

/// Section 20.1, steps 5 to 8: the rows of one cluster row: final outcome, mapped outcome, record type.
fn sequels(
    cluster: &Cluster,
    followed: &Followed<'_>,
    told_usable: &BTreeSet<Told>,
) -> Vec<(Option<String>, Option<String>, u8)> {
    let found = &followed.found;
    let outcome = cluster.outcome.as_ref();
    let planned = is(outcome, "Service ended as planned");
    let no_chronology = || {
        let label = match mapped(outcome) {
            _ if planned => OTHER.to_owned(),
            Some(mapped) => format!("No_Chronology_{mapped}"),
            None => "No_Chronology_Unable_To_Classify".to_owned(),
        };
        (prefixed("No_Chronology_", outcome), Some(label))
    };
    let mut rows = Vec::new();
    if !found.any || outcome.is_none() {
        let (outcome, label) = no_chronology();
        rows.push((outcome, label, 1));
    }
    let is_nfa = |row: &Row| begins(row.event_outcome.as_ref(), "NFA");
    if let Some(service) = best_service(&found.usable, &SERVICES) {
        rows.push((shown(service), shown(mapped_service(service)), 2));
    } else if found.usable.iter().any(|row| is_nfa(row)) {
        let nfa: Vec<&Row> = found
            .usable
            .iter()
            .filter(|row| is_nfa(row))
            .copied()
            .collect();
        let last = with_latest_end(&nfa, is_nfa);
        let alone = followed.rows.len() == 1 && different(&last) == 1;
        rows.push(match last.first().filter(|_| alone) {
            Some(only) => (
                cell(only.event_outcome.as_ref()),
                mapped(only.event_outcome.as_ref()).and_then(shown),
                3,
            ),
            None => (shown("NFA- Other"), shown(OTHER), 3),
        });
    } else if !found.usable.is_empty() {
        let label = match outcome {
            Some(nfa) if nfa.begins("NFA") => mapped(outcome).and_then(shown),
            _ if planned => shown(OTHER_WITH_HYPHEN),
            _ => shown("No Service Found"),
        };
        rows.push((prefixed("No Service Found_", outcome), label, 4));
    }
    if found.any && (outcome.is_none() || !told_usable.contains(&told(cluster))) {
        let (outcome, label) = no_chronology();
        rows.push((outcome, label, 5));
    }
    rows
}

/// All rows of `STS002a` with one order of events on a day.
fn run(inputs: &Inputs, tie: Tie) -> Result<Vec<Vec<Option<String>>>> {
    let cohort = sts001::cohort(&sts001::run(inputs, tie)?);
    let build = build(inputs);
    let mut events: BTreeMap<Key, Vec<Known<'_>>> = BTreeMap::new();
    for known in &build {
        events.entry(known.key()).or_default().push(known.clone());
    }
    let in_cohort = |known: &Known<'_>| {
        known
            .row
            .event_start_date
            .is_some_and(|start| cohort.contains(&(known.key(), start)))
    };
    let mut chains: BTreeMap<(Key, usize), Vec<Cluster>> = BTreeMap::new();
    for cluster in best_outcomes(clusters(inputs, &build, in_cohort)?) {
        let chain = (cluster.key.clone(), cluster.number);
        chains.entry(chain).or_default().push(cluster);
    }
    let rules = Rules {
        window: 3,
        own_kind: is_st_max,
    };
    let follow = |((key, _), rows): ((Key, usize), Vec<Cluster>)| {
        let days = rows.first().map(|first| (first.start, first.end))?;
        let events = events.get(&key).map(Vec::as_slice).unwrap_or_default();
        let found = search(days, rows.len(), events, rules, tie);
        Some(Followed { rows, found })
    };
    let chains: Vec<Followed<'_>> = chains.into_iter().filter_map(follow).collect();
    let told_usable: BTreeSet<Told> = chains
        .iter()
        .filter(|chain| !chain.found.usable.is_empty())
        .flat_map(|chain| chain.rows.iter().map(told))
        .collect();
    let mut rows = Vec::new();
    let mut seen = BTreeSet::new();
    for chain in &chains {
        for cluster in &chain.rows {
            for (outcome, label, record_type) in sequels(cluster, chain, &told_usable) {
                let (council, id) = &cluster.key;
                let row = vec![
                    cell(council.as_ref()),
                    cell(Some(id)),
                    outcome,
                    label,
                    shown(record_type),
                ];
                // Type 3 is written once for a person, whatever the cluster.
                if record_type != 3 || seen.insert(without_case(&row)) {
                    rows.push(row);
                }
            }
        }
    }
    Ok(rows)
}

/// Section 21: how many rows of each council have one of these labels.
fn labelled(rows: &[Vec<Option<String>>], labels: &[&str], tie: Tie) -> Vec<Vec<Option<String>>> {
    let counts = |row: &Vec<Option<String>>| {
        let label = row.get(3).cloned().flatten().map(|label| Text::new(&label));
        is_one_of(label.as_ref(), labels).then(|| row.first().cloned().flatten())
    };
    let councils: Vec<Vec<Option<String>>> = rows
        .iter()
        .filter_map(counts)
        .map(|council| vec![council])
        .collect();
    let with_variant = |row: Vec<Option<String>>| [vec![shown(tie.letter())], row].concat();
    counted(&councils, &[0])
        .into_iter()
        .map(with_variant)
        .collect()
}

/// Adds the list, its counts, and the two counts of ASCOF 2A.
pub fn tables(inputs: &Inputs, tables: &mut Tables) -> Result<()> {
    let (ascending, descending) = (
        run(inputs, Tie::EndAscending)?,
        run(inputs, Tie::EndDescending)?,
    );
    let denominator = [ANY_SETTING, LOW, SHORT, UNIVERSAL, OTHER];
    for (name, column, labels) in [
        (
            "21_nhse_ascof_2a_denominator",
            "ASCOF_2A_DENOMINATOR",
            denominator.as_slice(),
        ),
        (
            "21_nhse_ascof_2a_numerator",
            "ASCOF_2A_NUMERATOR",
            &[LOW, SHORT, UNIVERSAL, OTHER],
        ),
    ] {
        let rows = [
            labelled(&ascending, labels, Tie::EndAscending),
            labelled(&descending, labels, Tie::EndDescending),
        ]
        .concat();
        tables.insert(
            name.to_owned(),
            table_of(&format!("tie_variant,LA_Code,{column}"), rows),
        );
    }
    let counts = table_of(
        "LA_Code,FINAL_OUTCOME_MAPPED,Count",
        counted(&ascending, &[0, 3]),
    );
    tables.insert("21_salt_sts002a_counts".to_owned(), counts);
    let header = "LA_Code,ID,FINAL_OUTCOME,FINAL_OUTCOME_MAPPED,Record_Type,stable";
    tables.insert(
        "21_salt_sts002a".to_owned(),
        table_of(header, with_stable(ascending, descending)),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn event(kind: &str, start: &str, end: &str, more: &str) -> String {
        format!(
            "ImportDate=2024-04-15 10:00:00.000; Client_Type=Service User; Event_Type={kind}; Der_Birth_Year=1950; \
             Der_Birth_Month=6; Event_Start_Date={start}; Event_End_Date={end}; {more}"
        )
    }

    /// A request, ST-Max of a new client with this outcome, and what follows.
    fn labels(outcome: &str, then: &[String]) -> Vec<String> {
        let request = "Event_Outcome=Progress to Reablement/ST-Max; Request_Route_of_Access=Prison";
        let st_max = format!("Service_Type=Short Term Support: ST-Max; Event_Outcome={outcome}");
        let mut rows = vec![
            event("Request", "2023-06-01", "2023-06-10", request),
            event("Service", "2023-06-12", "2023-07-01", &st_max),
        ];
        rows.extend_from_slice(then);
        let rows = run(&testing::inputs(&rows), Tie::EndAscending).unwrap();
        rows.into_iter().filter_map(|row| row[3].clone()).collect()
    }

    #[test]
    fn section_20_1_the_outcome_is_one_of_the_last_day_and_of_a_service() {
        let st_max = |kind: &str, start: &str, end: &str, outcome: &str| {
            let more = format!(
                "Service_Type=Short Term Support: ST-Max; Event_Outcome={outcome}; Service_Component={start}"
            );
            event(kind, start, end, &more)
        };
        let earlier = st_max(
            "Service",
            "2023-06-12",
            "2023-06-20",
            "Progress to Assessment",
        );
        let review = st_max("Review", "2023-06-12", "2023-07-01", "Admitted to hospital");
        let planned = "Service ended as planned";
        assert_eq!(labels(planned, &[earlier]), [OTHER]);
        assert_eq!(labels(planned, &[review]), [OTHER]);
    }

    #[test]
    fn section_20_1_labels_with_and_without_prefix_and_with_a_hyphen() {
        let review = |outcome: &str| {
            event(
                "Review",
                "2023-07-02",
                "2023-07-03",
                &format!("Event_Outcome={outcome}"),
            )
        };
        let onward = review("Progress to Assessment");
        assert_eq!(labels("Service ended as planned", &[]), [OTHER]);
        assert_eq!(
            labels("Service ended as planned", std::slice::from_ref(&onward)),
            [OTHER_WITH_HYPHEN]
        );
        assert_eq!(
            labels("NFA- Other", &[]),
            [format!("No_Chronology_{OTHER}")]
        );
        assert_eq!(labels("NFA- Other", std::slice::from_ref(&onward)), [OTHER]);
        assert_eq!(
            labels("Progress to Assessment", &[]),
            ["No_Chronology_Unable_To_Classify"]
        );
        assert_eq!(
            labels("Progress to Assessment", &[onward]),
            ["No Service Found"]
        );
        assert_eq!(labels("NFA- Other", &[review("NFA - Deceased")]), [EARLY]);
        let meals = event(
            "Service",
            "2023-07-04",
            "",
            "Service_Type=Short Term Support: Ongoing Low Level",
        );
        assert_eq!(labels("Service ended as planned", &[meals]), [LOW]);
        // Four days later is too late, unless the first event is open: its days do not count.
        let low_level = "Service_Type=Short Term Support: Ongoing Low Level";
        let late = event("Service", "2023-07-05", "2023-07-20", low_level);
        assert_eq!(labels("Service ended as planned", &[late]), [OTHER]);
        let open = event("Service", "2023-07-05", "", low_level);
        assert_eq!(labels("Service ended as planned", &[open]), [LOW]);
    }
}
