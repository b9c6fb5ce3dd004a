//! Joining records into clusters, from the heaviest pair on, under what sources and reviewers allow.
//!
//! Pairs are taken in falling weight (Kruskal's order), so one pass gives the clusters of every threshold, each within
//! those of a lower one. A pair that would bring two records together that reviewers keep apart is cut: it is the
//! weakest on the way between them, because all others on it were taken before.

use super::{Forest, Graph};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What reviewers decided, by ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// Pairs that are one person, whatever they weigh.
    pub must: Vec<(String, String)>,
    /// Pairs that are two people: they never end up in one cluster.
    pub cannot: Vec<(String, String)>,
}

/// What is done with pairs that weigh the same and shut each other out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// None of them is taken.
    Drop,
    /// The one with the lowest id.
    LowestId,
}

/// Which pairs may join where a cluster has at most one record of each source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Best {
    /// Only pairs that are the best of both their records towards the other's source.
    OfBoth,
    /// The heaviest that is still possible.
    StillPossible,
}

/// At most one record of each source in a cluster; of two sources this is one to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnePerSource {
    /// Which pairs may join.
    pub best: Best,
    /// What is done with ties.
    pub ties: Ties,
}

/// How records are joined.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JoinRules {
    /// The match weights from which on pairs join.
    pub thresholds: Vec<f64>,
    /// Whether a cluster has at most one record of each source.
    pub one_per_source: Option<OnePerSource>,
    /// What reviewers decided.
    pub constraints: Constraints,
}

/// The clusters at one threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// The threshold.
    pub threshold: f64,
    /// For each record, by number, the least record of its cluster.
    pub cluster_of: Vec<u32>,
}

/// Why a pair was not taken though it weighs enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutCause {
    /// It would bring two records together that reviewers keep apart: the pair, by its place among `cannot`.
    KeptApart(usize),
    /// The same, and reviewers also say that this pair is one person: they contradict each other.
    Contradiction(usize),
    /// The cluster would have two records of one source.
    SecondOfSource,
    /// Another pair is better for one of its records.
    NotBest,
    /// Another pair weighs the same.
    Tie,
}

/// A pair that was not taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cut {
    /// The lesser record.
    pub left: u32,
    /// The other.
    pub right: u32,
    /// What it weighs; infinite for what reviewers say.
    pub bits: f64,
    /// Why.
    pub because: CutCause,
}

/// What joining made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clusters {
    /// The clusters at each threshold, the highest threshold first.
    pub levels: Vec<Level>,
    /// Pairs that weigh enough for the lowest threshold and were not taken.
    pub cut: Vec<Cut>,
    /// Decisions about records that are not there, or about one record twice: `must` and `cannot`.
    pub ignored: (u64, u64),
}

type Map<K, V> = HashMap<K, V, ahash::RandomState>;

fn map<K, V>() -> Map<K, V> {
    HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4))
}

/// Joins records into clusters.
pub fn join(graph: &Graph, rules: &JoinRules) -> Clusters {
    let records = graph.members().len();
    let mut made = Clusters::default();
    let numbers = |pairs: &[(String, String)], ignored: &mut u64| {
        let mut known: Vec<(u32, u32, usize)> = Vec::new();
        for (at, (left, right)) in pairs.iter().enumerate() {
            match (graph.number(left), graph.number(right)) {
                (Some(left), Some(right)) if left != right => {
                    known.push((left.min(right), left.max(right), at));
                }
                _ => *ignored += 1,
            }
        }
        known.sort_unstable();
        known.dedup_by_key(|(left, right, _)| (*left, *right));
        known
    };
    let must = numbers(&rules.constraints.must, &mut made.ignored.0);
    let cannot = numbers(&rules.constraints.cannot, &mut made.ignored.1);
    let mut joiner = Joiner {
        forest: Forest::new(records),
        apart: Apart::new(records, &cannot),
        sources: rules.one_per_source.map(|_| sources(graph)),
    };
    for (left, right, _) in must {
        if let Err(CutCause::KeptApart(at)) = joiner.take(left, right, true) {
            let because = CutCause::Contradiction(at);
            made.cut.push(Cut {
                left,
                right,
                bits: f64::INFINITY,
                because,
            });
        }
    }
    let mut thresholds = rules.thresholds.clone();
    thresholds.retain(|threshold| !threshold.is_nan());
    thresholds.sort_unstable_by(|a, b| b.total_cmp(a));
    thresholds.dedup();
    let allowed = rules.one_per_source.map(|rule| Allowed::new(graph, rule));
    let mut edges = graph.edges().iter().peekable();
    for threshold in thresholds {
        while let Some((left, right, bits)) = edges.next_if(|(_, _, bits)| *bits >= threshold) {
            let verdict = allowed.as_ref().map_or(Ok(()), |allowed| {
                allowed.verdict(graph, *left, *right, *bits)
            });
            if let Err(because) = verdict.and_then(|()| joiner.take(*left, *right, false)) {
                made.cut.push(Cut {
                    left: *left,
                    right: *right,
                    bits: *bits,
                    because,
                });
            }
        }
        made.levels.push(Level {
            threshold,
            cluster_of: joiner.forest.roots(),
        });
    }
    made
}

fn sources(graph: &Graph) -> Vec<HashSet<u32>> {
    let of = source_numbers(graph);
    of.into_iter()
        .map(|source| HashSet::from([source]))
        .collect()
}

/// The source of each record as a number.
fn source_numbers(graph: &Graph) -> Vec<u32> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let numbered = graph.members().iter().map(|member| {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(member.source.as_str()).or_insert(next)
    });
    numbered.collect()
}

struct Joiner {
    forest: Forest,
    apart: Apart,
    /// For each root the sources that its cluster has a record of.
    sources: Option<Vec<HashSet<u32>>>,
}

impl Joiner {
    /// Takes a pair, unless something forbids it. What reviewers say goes before sources.
    fn take(&mut self, left: u32, right: u32, must: bool) -> Result<(), CutCause> {
        let (one, other) = (self.forest.root(left), self.forest.root(right));
        if one == other {
            return Ok(());
        }
        if let Some(at) = self.apart.witness(one, other) {
            return Err(CutCause::KeptApart(at));
        }
        let (least, gone) = (one.min(other), one.max(other));
        if let Some(sources) = &mut self.sources {
            let empty = HashSet::new();
            let of = |root: u32| sources.get(root as usize).unwrap_or(&empty);
            if !must && !of(least).is_disjoint(of(gone)) {
                return Err(CutCause::SecondOfSource);
            }
            let moved = sources
                .get_mut(gone as usize)
                .map(std::mem::take)
                .unwrap_or_default();
            if let Some(kept) = sources.get_mut(least as usize) {
                kept.extend(moved);
            }
        }
        self.forest.join(least, gone);
        self.apart.joined(least, gone);
        Ok(())
    }
}

/// Which clusters must stay apart. Each cluster that any decision is about has a label, and for each label those that it
/// may not meet, with the first decision that says so. When clusters join, the shorter list goes to the longer.
struct Apart {
    /// For each root its label.
    labels: Vec<u32>,
    enemies: Map<u32, Map<u32, usize>>,
}

impl Apart {
    fn new(records: usize, cannot: &[(u32, u32, usize)]) -> Self {
        let mut enemies: Map<u32, Map<u32, usize>> = map();
        for (left, right, at) in cannot {
            enemies.entry(*left).or_insert_with(map).insert(*right, *at);
            enemies.entry(*right).or_insert_with(map).insert(*left, *at);
        }
        Self {
            labels: (0..u32::try_from(records).unwrap_or(u32::MAX)).collect(),
            enemies,
        }
    }

    fn label(&self, root: u32) -> u32 {
        self.labels.get(root as usize).copied().unwrap_or(root)
    }

    /// The decision that keeps two clusters apart.
    fn witness(&self, one: u32, other: u32) -> Option<usize> {
        self.enemies
            .get(&self.label(one))?
            .get(&self.label(other))
            .copied()
    }

    /// The cluster of `root` took in that of `gone`.
    fn joined(&mut self, root: u32, gone: u32) {
        let (one, other) = (self.label(root), self.label(gone));
        let many = |label: u32| self.enemies.get(&label).map_or(0, HashMap::len);
        let (kept, lost) = if many(one) >= many(other) {
            (one, other)
        } else {
            (other, one)
        };
        if let Some(slot) = self.labels.get_mut(root as usize) {
            *slot = kept;
        }
        let mut moved: Vec<(u32, usize)> =
            self.enemies.remove(&lost).into_iter().flatten().collect();
        moved.sort_unstable();
        for (enemy, at) in moved {
            let least = |of: &mut Map<u32, usize>, label: u32| {
                let known = of.entry(label).or_insert(at);
                *known = at.min(*known);
            };
            least(self.enemies.entry(kept).or_insert_with(map), enemy);
            if let Some(of_enemy) = self.enemies.get_mut(&enemy) {
                of_enemy.remove(&lost);
                least(of_enemy, kept);
            }
        }
    }
}

/// Which pairs may join at all where each cluster has at most one record of a source.
struct Allowed {
    rule: OnePerSource,
    sources: Vec<u32>,
    /// For a record and a source, the best weight, the lowest record that has it, and whether others have it too.
    best: Map<(u32, u32), (f64, u32, bool)>,
    /// A record, a source and a weight that several records of that source have.
    tied: HashSet<(u32, u32, u64), ahash::RandomState>,
}

impl Allowed {
    fn new(graph: &Graph, rule: OnePerSource) -> Self {
        let sources = source_numbers(graph);
        let of = |record: u32| sources.get(record as usize).copied().unwrap_or(0);
        let mut best: Map<(u32, u32), (f64, u32, bool)> = map();
        let mut seen = HashSet::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut tied = HashSet::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        for (left, right, bits) in graph.edges() {
            for (record, other) in [(*left, *right), (*right, *left)] {
                let place = (record, of(other));
                if !seen.insert((record, of(other), bits.to_bits())) {
                    tied.insert((record, of(other), bits.to_bits()));
                }
                let known = best.entry(place).or_insert((*bits, other, false));
                // Pairs come in falling weight, so an equal one is a tie of the best.
                if known.1 != other && known.0 <= *bits {
                    *known = (known.0, known.1.min(other), true);
                }
            }
        }
        Self {
            rule,
            sources,
            best,
            tied,
        }
    }

    fn verdict(&self, graph: &Graph, left: u32, right: u32, bits: f64) -> Result<(), CutCause> {
        debug_assert!(graph.members().len() >= self.sources.len());
        let of = |record: u32| self.sources.get(record as usize).copied().unwrap_or(0);
        if of(left) == of(right) {
            return Err(CutCause::SecondOfSource);
        }
        for (record, other) in [(left, right), (right, left)] {
            match (self.rule.best, self.rule.ties) {
                (Best::StillPossible, Ties::LowestId) => {}
                (Best::StillPossible, Ties::Drop) => {
                    if self.tied.contains(&(record, of(other), bits.to_bits())) {
                        return Err(CutCause::Tie);
                    }
                }
                (Best::OfBoth, ties) => match self.best.get(&(record, of(other))) {
                    Some((best, _, _)) if *best > bits => return Err(CutCause::NotBest),
                    Some((_, _, true)) if ties == Ties::Drop => return Err(CutCause::Tie),
                    Some((_, lowest, _)) if *lowest != other => return Err(CutCause::Tie),
                    _ => {}
                },
            }
        }
        Ok(())
    }
}
