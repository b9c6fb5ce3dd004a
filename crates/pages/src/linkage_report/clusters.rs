//! People as clusters of records: how large they are, and one of them as a graph.

use super::exhibit::{DataTable, Datum, Exhibit, Section, both, figure, weight_words};
use crate::{
    format,
    plot::{
        KeyItem, Sample,
        axis::{Steps, Unit, is_figure},
        graph::{self, Edge, GraphPlot},
        rows::{self, Mark, PlotRow, RowPlot},
    },
};
use serde::{Deserialize, Serialize};

/// So many records of one cluster are drawn; more could not be told apart.
const MOST_DRAWN: usize = 24;

/// Clusters of one size.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterSize {
    /// How many records.
    pub records: u64,
    /// How many clusters.
    pub clusters: u64,
}

/// One cluster as a graph.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterGraph {
    /// What it is called: a number, never a name.
    pub name: String,
    /// Why it is shown, such as "the largest", or "a bridge of 3.1 bits".
    pub why: String,
    /// Its records: a short label, such as `A`, and the source it is of.
    pub records: Vec<(String, String)>,
    /// The pairs that were linked.
    pub links: Vec<ClusterLink>,
}

/// A pair within a cluster.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClusterLink {
    /// A record, by its place in the list.
    pub from: usize,
    /// The other.
    pub to: usize,
    /// What the pair weighs.
    pub bits: f64,
    /// Whether the cluster would fall apart without it.
    pub bridge: bool,
}

/// How large clusters are.
pub(super) fn sizes(sizes: &[ClusterSize], graphs: &[ClusterGraph]) -> Option<Section> {
    let mut exhibits = Vec::new();
    if !sizes.is_empty() {
        exhibits.push(of_sizes(sizes));
    }
    exhibits.extend(
        graphs
            .iter()
            .enumerate()
            .map(|(at, cluster)| of_graph(at, cluster)),
    );
    (!exhibits.is_empty()).then(|| Section {
        id: "clusters",
        heading: "Clusters",
        prose: Vec::new(),
        exhibits,
    })
}

fn of_sizes(sizes: &[ClusterSize]) -> Exhibit {
    let mut table = DataTable::new(
        "cluster-sizes",
        "Clusters by how many records they have",
        &["Records in the cluster", "#Clusters", "#Records in all"],
    );
    let mut rows = Vec::new();
    for size in sizes {
        table.rows.push(vec![
            Datum::Count(size.records),
            Datum::Count(size.clusters),
            Datum::Count(size.records.saturating_mul(size.clusters)),
        ]);
        rows.push(PlotRow::Row {
            label: format::counted(size.records, "record", "records"),
            figures: vec![format::count(size.clusters)],
            marks: vec![Mark::Dot {
                at: figure(size.clusters),
                series: 0,
                hollow: false,
            }],
        });
    }
    let largest = sizes
        .iter()
        .filter(|s| s.clusters > 0)
        .map(|s| s.records)
        .max();
    let title = format!(
        "The largest cluster has {}",
        format::counted(largest.unwrap_or(0), "record", "records")
    );
    let plot = RowPlot {
        id: "cluster-sizes",
        title: &title,
        subtitle: "Clusters by how many records they have. Each line is ten times the one before.",
        summary: &format!("{title}. The table has every size."),
        unit: Unit::Number,
        steps: Steps::Tenfold,
        key: Vec::new(),
        reference: None,
        figures: vec!["Clusters"],
        rows,
    };
    Exhibit::new(vec![both(|w| rows::picture(&plot, w))], table)
}

fn of_graph(at: usize, cluster: &ClusterGraph) -> Exhibit {
    let id = format!("cluster-{}", at + 1);
    let label = |at: usize| {
        cluster
            .records
            .get(at)
            .map_or("", |(label, _)| label.as_str())
    };
    let source = |at: usize| {
        cluster
            .records
            .get(at)
            .map_or("", |(_, source)| source.as_str())
    };
    let mut table = DataTable::new(
        &id,
        format!("Cluster {}: pairs that were linked", cluster.name),
        &[
            "Record",
            "Source",
            "Linked to",
            "Its source",
            "#Bits",
            "Bridge",
        ],
    );
    for link in &cluster.links {
        table.rows.push(vec![
            Datum::words(label(link.from)),
            Datum::words(source(link.from)),
            Datum::words(label(link.to)),
            Datum::words(source(link.to)),
            Datum::Number(link.bits, 1),
            Datum::words(if link.bridge { "yes" } else { "" }),
        ]);
    }
    let bits = || {
        cluster
            .links
            .iter()
            .map(|l| l.bits)
            .filter(|b| is_figure(*b))
    };
    let (low, high) = (
        bits().fold(f64::INFINITY, f64::min),
        bits().fold(0.0, f64::max),
    );
    let edges = cluster.links.iter().map(|link| Edge {
        from: link.from,
        to: link.to,
        words: weight_words(link.bits),
        heavy: if high > low && is_figure(link.bits) {
            (link.bits - low) / (high - low)
        } else {
            1.0
        },
        bridge: link.bridge,
    });
    let records = u64::try_from(cluster.records.len()).unwrap_or(u64::MAX);
    let title = format!(
        "Cluster {}: {}, {}",
        cluster.name,
        format::counted(records, "record", "records"),
        format::counted(
            u64::try_from(cluster.links.len()).unwrap_or(u64::MAX),
            "link",
            "links"
        )
    );
    let subtitle = format!(
        "{}. The thicker the line, the heavier the pair, in bits.",
        cluster.why
    );
    let bridges = cluster.links.iter().any(|l| l.bridge);
    let key = bridges.then(|| {
        KeyItem::new(
            Sample::Line(3),
            "a bridge: without it the cluster falls apart",
        )
    });
    let drawn = cluster.records.iter().take(MOST_DRAWN);
    let plot = GraphPlot {
        id: &id,
        title: &title,
        subtitle: &subtitle,
        summary: &format!("{title}. {subtitle} The table has every link."),
        key: key.into_iter().collect(),
        nodes: drawn.map(|(label, _)| label.clone()).collect(),
        edges: edges.collect(),
    };
    let mut exhibit = Exhibit::new(vec![both(|w| graph::picture(&plot, w))], table);
    if cluster.records.len() > MOST_DRAWN {
        exhibit.notes.push(format!(
            "The first {MOST_DRAWN} records are drawn. The table has all links."
        ));
    }
    exhibit
}
