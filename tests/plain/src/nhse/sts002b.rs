//! SALT `STS002b`: ST-Max of existing clients (section 20.2).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::common::{Key, Known};
use super::sts001::{existing_at, without_case};
use super::sts002a::{build, clusters};
use super::table_of;
use crate::record::Inputs;
use crate::table::{Tables, shown};
use crate::text::cell;

/// Adds the list and the counts of clusters.
pub fn tables(inputs: &Inputs, tables: &mut Tables) -> Result<()> {
    let build = build(inputs);
    let mut events: BTreeMap<Key, Vec<Known<'_>>> = BTreeMap::new();
    for known in &build {
        events.entry(known.key()).or_default().push(known.clone());
    }
    let mut rows = BTreeMap::new();
    let mut counted = BTreeMap::new();
    for cluster in clusters(inputs, &build, |_| true)? {
        let events = events
            .get(&cluster.key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        // The match is on outcome too: clusters without one are lost.
        if cluster.outcome.is_none() || !existing_at(cluster.start, events) {
            continue;
        }
        let (council, id) = &cluster.key;
        counted
            .entry(council.clone())
            .or_insert_with(BTreeSet::new)
            .insert((id.clone(), cluster.number));
        let row = vec![
            cell(council.as_ref()),
            cell(Some(id)),
            shown(cluster.start),
            shown(cluster.end),
            cell(cluster.outcome.as_ref()),
            shown(cluster.number),
        ];
        rows.insert(without_case(&row), row);
    }
    let header = "LA_Code,ID,Cluster_Start_Date,Cluster_End_Date,Event_Outcome,ST_MAX_COUNT";
    tables.insert(
        "20_salt_sts002b".to_owned(),
        table_of(header, rows.into_values()),
    );
    let counts = counted
        .into_iter()
        .map(|(council, clusters)| vec![cell(council.as_ref()), shown(clusters.len())]);
    tables.insert(
        "20_salt_sts002b_counts".to_owned(),
        table_of("LA_Code,Count", counts),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn section_20_2_clusters_of_existing_clients_and_those_without_outcome_are_lost() {
        let event = |service: &str, start: &str, end: &str, more: &str| {
            format!(
                "ImportDate=2024-04-15 10:00:00.000; Client_Type=Service User; Event_Type=Service; \
                 Service_Type={service}; Event_Start_Date={start}; Event_End_Date={end}; {more}"
            )
        };
        let st_max = |start: &str, end: &str, more: &str| {
            event("Short Term Support: ST-Max", start, end, more)
        };
        let outcome = "Event_Outcome=NFA- Other";
        let mut made = Tables::new();
        let inputs = testing::inputs(&[
            event(
                "Long Term Support: Community",
                "2022-01-01",
                "2023-07-01",
                "",
            ),
            st_max("2023-06-01", "2023-06-10", outcome),
            st_max("2023-06-11", "2023-06-20", outcome),
            st_max("2023-06-25", "2023-06-26", ""),
            st_max("2023-07-02", "2023-07-03", outcome),
        ]);
        tables(&inputs, &mut made).unwrap();
        let list = &made["20_salt_sts002b"];
        assert_eq!(list.rows.len(), 1);
        assert_eq!(list.cell(0, "Cluster_Start_Date"), Some("2023-06-01"));
        assert_eq!(list.cell(0, "Cluster_End_Date"), Some("2023-06-20"));
        assert_eq!(made["20_salt_sts002b_counts"].cell(0, "Count"), Some("1"));
    }
}
