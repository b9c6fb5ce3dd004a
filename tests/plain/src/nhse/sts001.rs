//! SALT STS001: requests of new clients by what followed (section 19).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::NaiveDate;

use super::common::{
    Chained, EVENT_TYPES, Key, Known, LONG_TERM, LOW_LEVEL, OTHER_SHORT, ST_MAX, age_at, alive_on,
    chained, identified, is_client, is_event, is_long_term, latest_edition, request_key, rows,
    service_key,
};
use super::sequel::{
    Found, Rules, Tie, best_service, different, outcome_order, prefixed, search, with_latest_end,
};
use super::table_of;
use crate::record::{Inputs, Row};
use crate::table::{Tables, shown};
use crate::text::{Text, cell, fold, is, is_one_of};

const SERVICES: [&str; 7] = [
    ST_MAX,
    LONG_TERM[0],
    LONG_TERM[1],
    LONG_TERM[2],
    LONG_TERM[3],
    LOW_LEVEL,
    OTHER_SHORT,
];

const OTHER_REASON: &str = "No Services Provided - other reason";
const UNABLE: &str = "Unable_To_Classify";

/// Section 19.6: outcomes that end the matter (code 1), and what they are mapped to.
const MAPPED: [(&str, &str); 10] = [
    ("Progress to End of Life Care", "End of Life"),
    ("NFA - 100% NHS funded care", "100% NHS Funded Care"),
    (
        "NFA - Information & Advice / Signposting only",
        "Universal Services/ Signposted to other services",
    ),
    ("NFA - Deceased", "No Services Provided - Deceased"),
    ("NFA - Moved to another LA", OTHER_REASON),
    (
        "NFA - Self-funded client (Inc. 12wk disregard)",
        OTHER_REASON,
    ),
    ("NFA - Support declined", OTHER_REASON),
    ("NFA - No services offered: Other reason", OTHER_REASON),
    ("NFA - Support ended: Other reason", OTHER_REASON),
    ("NFA- Other", OTHER_REASON),
];

/// Section 19.6: outcomes that cannot be classified (code 2).
const UNCLASSIFIED: [&str; 9] = [
    "Progress to Reablement/ST-Max",
    "Progress to Assessment",
    "Admitted to hospital",
    "Progress to Re-assessment / Unplanned Review",
    "Progress to Support Planning / Services",
    "No change in package",
    "Service ended as planned",
    "Progress to financial assessment",
    "Provision of service",
];

/// The mapping of an outcome with code 1.
fn mapped_1(outcome: Option<&Text>) -> Option<&'static str> {
    MAPPED
        .iter()
        .find(|(listed, _)| is(outcome, listed))
        .map(|(_, mapped)| *mapped)
}

/// The mapping of an outcome with either code; missing when unlisted.
fn mapped(outcome: Option<&Text>) -> Option<&'static str> {
    mapped_1(outcome).or(is_one_of(outcome, &UNCLASSIFIED).then_some(UNABLE))
}

/// A cluster row: one chain with the values of one of its last requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cluster {
    /// Council and identifier.
    pub key: Key,
    /// The number of the chain.
    pub number: usize,
    /// The earliest start of the chain.
    pub start: NaiveDate,
    /// The latest end inside the period.
    pub end: NaiveDate,
    /// Age at the period's end.
    pub age: Option<i64>,
    /// Route of access.
    pub route: Option<Text>,
    /// Outcome.
    pub outcome: Option<Text>,
}

/// Section 19.1: the events, requests and services reduced to their latest edition.
pub fn build(inputs: &Inputs) -> Vec<Known<'_>> {
    let parameters = &inputs.parameters;
    let kept: Vec<&Row> = rows(inputs)
        .into_iter()
        .filter(|row| is_one_of(row.event_type.as_ref(), &EVENT_TYPES) && is_client(row))
        .filter(|row| {
            row.event_start_date
                .is_some_and(|start| start <= parameters.nhse_period_end)
        })
        .filter(|row| {
            age_at(row, parameters.nhse_period_end).is_some()
                && alive_on(row, parameters.nhse_period_start)
        })
        .collect();
    let (requests, others): (Vec<Known<'_>>, Vec<Known<'_>>) = identified(&kept)
        .into_iter()
        .partition(|known| is_event(known.row, "Request"));
    let (services, others): (Vec<Known<'_>>, Vec<Known<'_>>) = others
        .into_iter()
        .partition(|known| is_event(known.row, "Service"));
    let requests = latest_edition(requests, request_key, parameters.nhse_import_cutoff);
    let services = latest_edition(services, service_key, parameters.nhse_import_cutoff);
    [requests, services, others].concat()
}

/// Section 19.2: the clusters of requests.
pub fn clusters(inputs: &Inputs, build: &[Known<'_>]) -> Result<BTreeSet<Cluster>> {
    let parameters = &inputs.parameters;
    let requests: Vec<Known<'_>> = build
        .iter()
        .filter(|known| is_event(known.row, "Request"))
        .cloned()
        .collect();
    let in_period: Vec<Chained<'_>> =
        chained(&requests, 4, parameters.nhse_run_date_used_for_open_ends)?
            .into_iter()
            .filter(|row| {
                row.end >= parameters.nhse_period_start && row.end <= parameters.nhse_period_end
            })
            .collect();
    let mut latest: BTreeMap<(Key, usize), NaiveDate> = BTreeMap::new();
    for row in &in_period {
        let end = latest
            .entry((row.known.key(), row.number))
            .or_insert(row.end);
        *end = (*end).max(row.end);
    }
    let last = in_period
        .iter()
        .filter(|row| latest.get(&(row.known.key(), row.number)) == Some(&row.end));
    Ok(last
        .map(|row| Cluster {
            key: row.known.key(),
            number: row.number,
            start: row.chain_start,
            end: row.end,
            age: age_at(row.known.row, parameters.nhse_period_end),
            route: row.known.row.request_route_of_access.clone(),
            outcome: row.known.row.event_outcome.clone(),
        })
        .collect())
}

/// Sections 19.3 and 20.2: whether long term support covers the start of a cluster.
pub fn existing_at(start: NaiveDate, events: &[Known<'_>]) -> bool {
    events
        .iter()
        .map(|known| known.row)
        .filter(|row| is_long_term(row))
        .any(|row| {
            row.event_start_date.is_some_and(|first| first <= start)
                && row.event_end_date.is_none_or(|end| end >= start)
        })
}

/// Section 19.4: the rows with the smallest order, each as often as the rows it meets on route and order.
pub fn one_outcome(clusters: Vec<Cluster>) -> Vec<(Cluster, usize)> {
    let mut of_cluster: BTreeMap<(Key, usize), Vec<Cluster>> = BTreeMap::new();
    for cluster in clusters {
        of_cluster
            .entry((cluster.key.clone(), cluster.number))
            .or_default()
            .push(cluster);
    }
    let mut chosen = Vec::new();
    for rows in of_cluster.into_values() {
        let smallest = rows
            .iter()
            .map(|row| outcome_order(row.outcome.as_ref()))
            .min();
        let best: Vec<&Cluster> = rows
            .iter()
            .filter(|row| Some(outcome_order(row.outcome.as_ref())) == smallest)
            .collect();
        for row in best.iter().filter(|row| row.route.is_some()) {
            let copies = best.iter().filter(|other| other.route == row.route).count();
            chosen.push(((*row).clone(), copies));
        }
    }
    chosen
}

/// A row of the output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sequel {
    /// The cluster row.
    pub cluster: Cluster,
    /// Final outcome.
    pub outcome: Option<String>,
    /// Mapped outcome.
    pub mapped: Option<String>,
    /// Record type, 1 to 5.
    pub record_type: u8,
    /// The starts of usable ST-Max events, when ST-Max is the best service.
    pub st_max_starts: Vec<NaiveDate>,
}

/// The rows of one cluster, each with its number of copies, and what followed them.
struct Followed<'a> {
    rows: Vec<(Cluster, usize)>,
    found: Found<'a>,
}

/// What tells a cluster row to record type 5: council and identifier, start, end and outcome.
type Told = (Key, NaiveDate, NaiveDate, Option<Text>);

fn told(cluster: &Cluster) -> Told {
    let (start, end) = (cluster.start, cluster.end);
    (cluster.key.clone(), start, end, cluster.outcome.clone())
}

/// Section 19.5: the rows of one cluster row among the `rows` of its chain, all but record type 5.
fn sequels(cluster: &Cluster, copies: usize, followed: &Followed<'_>) -> Vec<Sequel> {
    let found = &followed.found;
    let outcome = cluster.outcome.as_ref();
    let row = |record_type: u8, outcome: Option<String>, mapped: Option<String>| Sequel {
        cluster: cluster.clone(),
        outcome,
        mapped,
        record_type,
        st_max_starts: Vec::new(),
    };
    let mut rows = Vec::new();
    // Type 1 matches on outcome, so a missing one always lands here, and goes on below.
    if !found.any || outcome.is_none() {
        let mapped = format!("No_Chronology_{}", mapped(outcome).unwrap_or(UNABLE));
        let sequel = row(1, prefixed("No_Chronology_", outcome), Some(mapped));
        rows.extend(vec![sequel; copies]);
    }
    if let Some(service) = best_service(&found.usable, &SERVICES) {
        let mut sequel = row(2, shown(service), shown(service));
        if service == ST_MAX {
            let st_max = found
                .usable
                .iter()
                .filter(|row| is(row.service_type.as_ref(), ST_MAX));
            sequel.st_max_starts = st_max.filter_map(|row| row.event_start_date).collect();
        }
        rows.push(sequel);
    } else if found
        .usable
        .iter()
        .any(|row| mapped_1(row.event_outcome.as_ref()).is_some())
    {
        let last = with_latest_end(&found.usable, |row| {
            mapped_1(row.event_outcome.as_ref()).is_some()
        });
        // A row for each cluster row and each event that differs.
        let alone = followed.rows.len() == 1 && different(&last) == 1;
        rows.push(match last.first().filter(|_| alone) {
            Some(only) => {
                let outcome = only.event_outcome.as_ref();
                row(3, cell(outcome), mapped(outcome).and_then(shown))
            }
            None => row(3, shown("NFA- Other"), shown(OTHER_REASON)),
        });
    } else if !found.usable.is_empty() {
        let mapped = mapped_1(outcome).map_or("No Service Found".to_owned(), |mapped| {
            format!("No Service Found_{mapped}")
        });
        rows.push(row(4, prefixed("No Service Found_", outcome), Some(mapped)));
    }
    rows
}

/// Section 19.5, record type 5: events were found, but no usable one belongs to a row that is told alike.
/// It matches on outcome too.
fn out_of_scope(
    cluster: &Cluster,
    followed: &Followed<'_>,
    usable: &BTreeSet<Told>,
) -> Option<Sequel> {
    let outcome = cluster.outcome.as_ref();
    let unmatched = outcome.is_none() || !usable.contains(&told(cluster));
    (followed.found.any && unmatched).then(|| Sequel {
        cluster: cluster.clone(),
        outcome: prefixed("No_Chronology_", outcome),
        mapped: mapped(outcome).map(|mapped| format!("No_Chronology_{mapped}")),
        record_type: 5,
        st_max_starts: Vec::new(),
    })
}

/// Whether the row is the first of its kind: types 3 and 5 are written without the number of the cluster.
fn is_first(sequel: &Sequel, seen: &mut BTreeSet<Vec<Option<String>>>) -> bool {
    let cluster = &sequel.cluster;
    let mut row = list_row(sequel);
    match sequel.record_type {
        3 => {}
        5 => row.extend([shown(cluster.start), shown(cluster.end)]),
        _ => return true,
    }
    seen.insert(without_case(&row))
}

/// All rows of STS001 with one order of events on a day.
pub fn run(inputs: &Inputs, tie: Tie) -> Result<Vec<Sequel>> {
    let build = build(inputs);
    let mut events: BTreeMap<Key, Vec<Known<'_>>> = BTreeMap::new();
    for known in &build {
        events.entry(known.key()).or_default().push(known.clone());
    }
    let of = |key: &Key| events.get(key).map(Vec::as_slice).unwrap_or_default();
    // Section 19.3 matches on route and outcome: without either, an existing client stays.
    let is_new = |cluster: &Cluster| {
        cluster.route.is_none()
            || cluster.outcome.is_none()
            || !existing_at(cluster.start, of(&cluster.key))
    };
    let new: Vec<Cluster> = clusters(inputs, &build)?
        .into_iter()
        .filter(is_new)
        .collect();
    let mut chains: BTreeMap<(Key, usize), Vec<(Cluster, usize)>> = BTreeMap::new();
    for (cluster, copies) in one_outcome(new) {
        let chain = (cluster.key.clone(), cluster.number);
        chains.entry(chain).or_default().push((cluster, copies));
    }
    let rules = Rules {
        window: 28,
        own_kind: |row| is_event(row, "Request"),
    };
    let follow = |((key, _), rows): ((Key, usize), Vec<(Cluster, usize)>)| {
        let days = rows.first().map(|(first, _)| (first.start, first.end))?;
        let found = search(days, rows.len(), of(&key), rules, tie);
        Some(Followed { rows, found })
    };
    let chains: Vec<Followed<'_>> = chains.into_iter().filter_map(follow).collect();
    let usable: BTreeSet<Told> = chains
        .iter()
        .filter(|chain| !chain.found.usable.is_empty())
        .flat_map(|chain| chain.rows.iter().map(|(cluster, _)| told(cluster)))
        .collect();
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for chain in &chains {
        for (cluster, copies) in &chain.rows {
            let mut rows = sequels(cluster, *copies, chain);
            rows.extend(out_of_scope(cluster, chain, &usable));
            rows.retain(|sequel| is_first(sequel, &mut seen));
            all.extend(rows);
        }
    }
    Ok(all)
}

/// The clusters that `STS002a` starts from: council, identifier and the starts of ST-Max.
pub fn cohort(sequels: &[Sequel]) -> BTreeSet<(Key, NaiveDate)> {
    let pairs = |sequel: &Sequel| {
        let key = sequel.cluster.key.clone();
        sequel
            .st_max_starts
            .clone()
            .into_iter()
            .map(move |start| (key.clone(), start))
    };
    sequels.iter().flat_map(pairs).collect()
}

/// Marks each row of `rows` as stable if it is also one of `others`.
pub fn with_stable(
    rows: Vec<Vec<Option<String>>>,
    mut others: Vec<Vec<Option<String>>>,
) -> Vec<Vec<Option<String>>> {
    let mut marked = Vec::new();
    for mut row in rows {
        let twin = others
            .iter()
            .position(|other| without_case(other) == without_case(&row));
        if let Some(at) = twin {
            others.swap_remove(at);
        }
        row.push(shown(u8::from(twin.is_some())));
        marked.push(row);
    }
    marked
}

/// The cells of a row as they are compared.
pub fn without_case(row: &[Option<String>]) -> Vec<Option<String>> {
    row.iter().map(|cell| cell.as_deref().map(fold)).collect()
}

fn list_row(sequel: &Sequel) -> Vec<Option<String>> {
    let (council, id) = &sequel.cluster.key;
    vec![
        cell(council.as_ref()),
        cell(Some(id)),
        sequel.cluster.age.and_then(shown),
        cell(sequel.cluster.route.as_ref()),
        sequel.outcome.clone(),
        sequel.mapped.clone(),
        shown(sequel.record_type),
    ]
}

fn list(sequels: &[Sequel]) -> Vec<Vec<Option<String>>> {
    sequels.iter().map(list_row).collect()
}

fn cohort_list(sequels: &[Sequel]) -> Vec<Vec<Option<String>>> {
    let mut rows = BTreeMap::new();
    for sequel in sequels {
        let (council, id) = &sequel.cluster.key;
        for start in &sequel.st_max_starts {
            let row = vec![
                cell(council.as_ref()),
                cell(Some(id)),
                shown(sequel.cluster.start),
                shown(sequel.cluster.end),
                cell(sequel.cluster.outcome.as_ref()),
                shown(sequel.cluster.number),
                shown(start),
                sequel.outcome.clone(),
            ];
            rows.insert(without_case(&row), row);
        }
    }
    rows.into_values().collect()
}

/// Adds the list, its counts and the cohort of `STS002a`.
pub fn tables(inputs: &Inputs, tables: &mut Tables) -> Result<()> {
    let (ascending, descending) = (
        run(inputs, Tie::EndAscending)?,
        run(inputs, Tie::EndDescending)?,
    );
    let rows = with_stable(list(&ascending), list(&descending));
    let header =
        "LA_CODE,ID,AGE,ROUTE_Of_ACCESS,FINAL_OUTCOME,FINAL_OUTCOME_MAPPED,Record_Type,stable";
    let counts = "LA_CODE,FINAL_OUTCOME_MAPPED,Count";
    tables.insert(
        "21_salt_sts001_counts".to_owned(),
        table_of(counts, counted(&list(&ascending), &[0, 5])),
    );
    tables.insert("21_salt_sts001".to_owned(), table_of(header, rows));
    let rows = with_stable(cohort_list(&ascending), cohort_list(&descending));
    let header = "LA_Code,ID,Cluster_Start_Date,Cluster_End_Date,Event_Outcome,REQUEST_COUNT,\
                  Sequel_Event_Start_Date,FINAL_OUTCOME,stable";
    tables.insert("21_salt_sts002a_cohort".to_owned(), table_of(header, rows));
    Ok(())
}

/// How many rows there are of each combination of some cells.
pub fn counted(rows: &[Vec<Option<String>>], places: &[usize]) -> Vec<Vec<Option<String>>> {
    let mut counts: BTreeMap<Vec<Option<String>>, usize> = BTreeMap::new();
    for row in rows {
        let group = places
            .iter()
            .map(|place| row.get(*place).cloned().flatten())
            .collect();
        *counts.entry(group).or_default() += 1;
    }
    let with_count = |(mut group, count): (Vec<Option<String>>, usize)| {
        group.push(shown(count));
        group
    };
    counts.into_iter().map(with_count).collect()
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

    fn request(start: &str, end: &str) -> String {
        let more =
            "Event_Outcome=Progress to Assessment; Request_Route_of_Access=Community / Other route";
        event("Request", start, end, more)
    }

    /// Record type, final and mapped outcome of each row.
    fn rows_of(rows: &[String]) -> Vec<(u8, Option<String>, Option<String>)> {
        let sequels = run(&testing::inputs(rows), Tie::EndAscending).unwrap();
        sequels
            .into_iter()
            .map(|sequel| (sequel.record_type, sequel.outcome, sequel.mapped))
            .collect()
    }

    const DECLINED: &str = "Event_Outcome=NFA - Support declined";
    const COMMUNITY: &str = "Service_Type=Long Term Support: Community";

    #[test]
    fn section_19_worked_example() {
        let rows = rows_of(&[
            request("2023-06-01", "2023-06-10"),
            event("Assessment", "2023-06-20", "2023-06-25", DECLINED),
            event("Service", "2023-07-10", "", COMMUNITY),
        ]);
        assert_eq!(
            rows,
            [(3, shown("NFA - Support declined"), shown(OTHER_REASON))]
        );
    }

    #[test]
    fn section_19_5_after_a_request_of_one_day_the_28_days_do_not_count() {
        let late = |request_start: &str| {
            rows_of(&[
                request(request_start, "2023-06-10"),
                event("Assessment", "2023-09-20", "2023-09-25", DECLINED),
            ])
        };
        assert_eq!(
            late("2023-06-10"),
            [(3, shown("NFA - Support declined"), shown(OTHER_REASON))]
        );
        let no_chronology = shown("No_Chronology_Progress to Assessment");
        assert_eq!(
            late("2023-06-01"),
            [(5, no_chronology, shown("No_Chronology_Unable_To_Classify"))]
        );
    }

    #[test]
    fn section_19_5_a_missing_outcome_lands_in_type_1_and_goes_on() {
        let without = event(
            "Request",
            "2023-06-01",
            "2023-06-10",
            "Request_Route_of_Access=Prison",
        );
        let types = |rows: &[String]| rows_of(rows).iter().map(|row| row.0).collect::<Vec<_>>();
        let unable = shown("No_Chronology_Unable_To_Classify");
        assert_eq!(rows_of(std::slice::from_ref(&without)), [(1, None, unable)]);
        let service = event("Service", "2023-06-12", "", COMMUNITY);
        assert_eq!(types(&[without, service]), [1, 2, 5]);
    }

    #[test]
    fn section_19_5_a_resubmitted_copy_is_not_another_row_and_another_event_is() {
        let declined = event("Assessment", "2023-06-20", "2023-06-25", DECLINED);
        let again = declined.replace("2024-04-15", "2024-04-20");
        let asked = request("2023-06-01", "2023-06-10");
        let only = (3, shown("NFA - Support declined"), shown(OTHER_REASON));
        assert_eq!(
            rows_of(&[asked.clone(), declined.clone(), again]),
            std::slice::from_ref(&only)
        );
        let later = event("Assessment", "2023-06-21", "2023-06-25", DECLINED);
        let several = (3, shown("NFA- Other"), shown(OTHER_REASON));
        assert_eq!(rows_of(&[asked, declined.clone(), later]), [several]);
        // Two clusters of a person that ended alike are one row.
        let others = [request("2023-10-01", "2023-10-10"), {
            event("Assessment", "2023-10-20", "2023-10-25", DECLINED)
        }];
        let rows = [
            vec![request("2023-06-01", "2023-06-10"), declined],
            others.to_vec(),
        ]
        .concat();
        assert_eq!(rows_of(&rows), [only]);
    }

    #[test]
    fn section_19_4_two_rows_of_one_route_and_order_become_two_copies_each() {
        let off_the_list = |outcome: &str| {
            let more = format!("Event_Outcome={outcome}; Request_Route_of_Access=Prison");
            event("Request", "2023-06-01", "2023-06-10", &more)
        };
        let rows = rows_of(&[off_the_list("one"), off_the_list("other")]);
        assert_eq!(rows.len(), 4);
        assert!(rows.iter().all(|row| row.0 == 1));
    }
}
