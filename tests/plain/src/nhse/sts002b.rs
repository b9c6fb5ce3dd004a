//! SALT `STS002b`: ST-Max of existing clients (section 20.2).

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::common::{Key, Known};
use super::sts001::existing_at;
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
    let mut rows = BTreeSet::new();
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
        rows.insert(vec![
            cell(council.as_ref()),
            cell(Some(id)),
            shown(cluster.start),
            shown(cluster.end),
            cell(cluster.outcome.as_ref()),
            None,
        ]);
    }
    let header = "LA_Code,ID,Cluster_Start_Date,Cluster_End_Date,Event_Outcome,ST_MAX_COUNT";
    tables.insert("20_salt_sts002b".to_owned(), table_of(header, rows));
    let counts = counted
        .into_iter()
        .map(|(council, clusters)| vec![cell(council.as_ref()), shown(clusters.len())]);
    tables.insert(
        "20_salt_sts002b_counts".to_owned(),
        table_of("LA_Code,Count", counts),
    );
    Ok(())
}
