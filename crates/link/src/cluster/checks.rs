//! What is suspicious in a cluster: a weak bridge, few pairs for its size, many records, and records that contradict
//! each other.

use super::Graph;
use crate::nhs_number_key;
use std::collections::BTreeSet;

/// From when on a cluster is suspicious.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Checks {
    /// A bridge that weighs less.
    pub weak_bridge: f64,
    /// A smaller share of all possible pairs.
    pub least_density: f64,
    /// More records.
    pub largest: usize,
}

impl Default for Checks {
    fn default() -> Self {
        Self {
            weak_bridge: 10.0,
            least_density: 0.3,
            largest: 20,
        }
    }
}

/// What is suspicious.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// It hangs together by one weak pair.
    WeakBridge,
    /// Few of its possible pairs were found.
    Thin,
    /// It has very many records.
    Large,
    /// Two of its records have different valid NHS numbers.
    TwoNumbers,
    /// Two of its records have different days of death.
    TwoDeaths,
}

/// A cluster of several records, looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ClusterCheck {
    /// Its least record, which names it.
    pub cluster: u32,
    /// Its records.
    pub records: Vec<u32>,
    /// Its pairs that were found.
    pub pairs: u64,
    /// Its pairs over all that are possible.
    pub density: f64,
    /// The pairs of the record with the most.
    pub most_pairs: u64,
    /// Pairs without which it would fall apart, the weakest first.
    pub bridges: Vec<(u32, u32, f64)>,
    /// What is suspicious.
    pub flags: Vec<Flag>,
}

/// Looks at every cluster of several records. `cluster_of` is a level of [`super::join`], and `threshold` its own; pairs
/// within a cluster that weigh as much are its pairs.
pub fn check(
    graph: &Graph,
    cluster_of: &[u32],
    threshold: f64,
    checks: &Checks,
) -> Vec<ClusterCheck> {
    let same = |left: u32, right: u32| {
        let of = |record: u32| cluster_of.get(record as usize).copied();
        of(left).is_some() && of(left) == of(right)
    };
    let within: Vec<(u32, u32, f64)> = graph
        .edges()
        .iter()
        .filter(|(left, right, bits)| *bits >= threshold && same(*left, *right))
        .copied()
        .collect();
    let links = Links::new(cluster_of.len(), &within);
    let mut bridges: Vec<(u32, u32, f64)> = links
        .bridges()
        .into_iter()
        .filter_map(|at| within.get(at).copied())
        .collect();
    let cluster = |record: u32| cluster_of.get(record as usize).copied().unwrap_or(record);
    bridges.sort_unstable_by(|a, b| {
        cluster(a.0)
            .cmp(&cluster(b.0))
            .then(a.2.total_cmp(&b.2))
            .then((a.0, a.1).cmp(&(b.0, b.1)))
    });
    let mut order: Vec<(u32, u32)> = cluster_of
        .iter()
        .zip(0..)
        .map(|(cluster, record): (&u32, u32)| (*cluster, record))
        .collect();
    order.sort_unstable();
    let mut bridges = bridges.into_iter().peekable();
    let mut all = Vec::new();
    for records in order.chunk_by(|a, b| a.0 == b.0) {
        let Some((name, _)) = records.first().copied() else {
            continue;
        };
        let records: Vec<u32> = records.iter().map(|(_, record)| *record).collect();
        let mut own = Vec::new();
        while let Some(bridge) = bridges.next_if(|bridge| cluster(bridge.0) == name) {
            own.push(bridge);
        }
        if records.len() > 1 {
            all.push(one(graph, name, records, own, &links, checks));
        }
    }
    all
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no cluster has 2 to the power of 52 pairs"
)]
fn one(
    graph: &Graph,
    cluster: u32,
    records: Vec<u32>,
    bridges: Vec<(u32, u32, f64)>,
    links: &Links,
    checks: &Checks,
) -> ClusterCheck {
    let degrees = || records.iter().map(|record| links.of(*record).len() as u64);
    let pairs = degrees().sum::<u64>() / 2;
    let size = records.len() as f64;
    let density = pairs as f64 / (size * (size - 1.0) / 2.0);
    let members = || {
        records
            .iter()
            .filter_map(|record| graph.members().get(*record as usize))
    };
    let numbers: BTreeSet<String> = members()
        .filter_map(|member| nhs_number_key(member.nhs_number.as_deref()?))
        .collect();
    let deaths: BTreeSet<&str> = members()
        .filter_map(|member| member.died.as_deref().map(str::trim))
        .filter(|died| !died.is_empty())
        .collect();
    let mut flags = Vec::new();
    let mut flag = |raised: bool, flag: Flag| {
        if raised {
            flags.push(flag);
        }
    };
    flag(
        bridges
            .first()
            .is_some_and(|(_, _, bits)| *bits < checks.weak_bridge),
        Flag::WeakBridge,
    );
    flag(density < checks.least_density, Flag::Thin);
    flag(records.len() > checks.largest, Flag::Large);
    flag(numbers.len() > 1, Flag::TwoNumbers);
    flag(deaths.len() > 1, Flag::TwoDeaths);
    let most_pairs = degrees().max().unwrap_or(0);
    ClusterCheck {
        cluster,
        records,
        pairs,
        density,
        most_pairs,
        bridges,
        flags,
    }
}

/// The pairs of each record, one list after the other.
struct Links {
    starts: Vec<usize>,
    /// The other record and the place of the pair.
    others: Vec<(u32, usize)>,
}

impl Links {
    fn new(records: usize, pairs: &[(u32, u32, f64)]) -> Self {
        let mut ends: Vec<(u32, u32, usize)> = Vec::with_capacity(pairs.len() * 2);
        for (at, (left, right, _)) in pairs.iter().enumerate() {
            ends.push((*left, *right, at));
            ends.push((*right, *left, at));
        }
        ends.sort_unstable();
        let starts =
            (0..=records).map(|record| ends.partition_point(|end| (end.0 as usize) < record));
        Self {
            starts: starts.collect(),
            others: ends.iter().map(|(_, other, at)| (*other, *at)).collect(),
        }
    }

    fn of(&self, record: u32) -> &[(u32, usize)] {
        let at = record as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => self.others.get(*from..*to).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The places of pairs without which two records would not hang together (Tarjan 1974), without recursion: a chain
    /// of a million records is no deeper than another.
    fn bridges(&self) -> Vec<usize> {
        let records = self.starts.len().saturating_sub(1);
        let (mut order, mut low) = (vec![0_u32; records], vec![0_u32; records]);
        let (mut bridges, mut next) = (Vec::new(), 1);
        for start in 0..u32::try_from(records).unwrap_or(u32::MAX) {
            if order.get(start as usize) != Some(&0) {
                continue;
            }
            // A record, the pair by which it was come to, and how many of its pairs were followed.
            let mut way: Vec<(u32, usize, usize)> = vec![(start, usize::MAX, 0)];
            set(&mut order, start, next);
            set(&mut low, start, next);
            next += 1;
            while let Some((record, by, followed)) = way.last_mut() {
                let (record, by) = (*record, *by);
                if let Some((other, at)) = self.of(record).get(*followed).copied() {
                    *followed += 1;
                    if at == by {
                        continue;
                    }
                    let seen = get(&order, other);
                    if seen == 0 {
                        set(&mut order, other, next);
                        set(&mut low, other, next);
                        next += 1;
                        way.push((other, at, 0));
                    } else {
                        let least = get(&low, record).min(seen);
                        set(&mut low, record, least);
                    }
                } else {
                    way.pop();
                    if let Some((before, _, _)) = way.last() {
                        let least = get(&low, *before).min(get(&low, record));
                        set(&mut low, *before, least);
                        if get(&low, record) > get(&order, *before) {
                            bridges.push(by);
                        }
                    }
                }
            }
        }
        bridges
    }
}

fn get(numbers: &[u32], at: u32) -> u32 {
    numbers.get(at as usize).copied().unwrap_or(0)
}

fn set(numbers: &mut [u32], at: u32, value: u32) {
    if let Some(slot) = numbers.get_mut(at as usize) {
        *slot = value;
    }
}
