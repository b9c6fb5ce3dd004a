//! Records and the pairs between them, in an order of their own.

use std::collections::BTreeMap;

/// A record with what speaks against its being somebody else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Member {
    /// Its id.
    pub id: String,
    /// The file or system that it is from.
    pub source: String,
    /// Its NHS number, as it was sent.
    pub nhs_number: Option<String>,
    /// The day of death.
    pub died: Option<String>,
}

/// A pair that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The one record.
    pub left: String,
    /// The other.
    pub right: String,
    /// The match weight.
    pub bits: f64,
}

/// Records in the order of their ids, and each pair once, the heaviest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    members: Vec<Member>,
    edges: Vec<(u32, u32, f64)>,
}

impl Graph {
    /// From records and pairs in any order. Of a record that comes twice the first counts in the order of its values; of
    /// a pair that comes twice the heavier. A record that only stands in a pair is one without anything known of it. A
    /// pair of a record with itself, or with a weight that is no number, is none.
    pub fn new(members: Vec<Member>, edges: &[Edge]) -> Self {
        let mut graph = Self::default();
        graph.extend(members, edges);
        graph
    }

    /// Adds records and pairs: the same as if all had been there from the beginning.
    pub fn extend(&mut self, members: Vec<Member>, edges: &[Edge]) {
        let mut all: BTreeMap<String, Member> = BTreeMap::new();
        let before = std::mem::take(&mut self.members);
        let names: Vec<String> = before.iter().map(|member| member.id.clone()).collect();
        for member in before.into_iter().chain(members) {
            match all.get_mut(&member.id) {
                None => {
                    all.insert(member.id.clone(), member);
                }
                Some(known) => *known = agreed(std::mem::take(known), member),
            }
        }
        for id in edges.iter().flat_map(|edge| [&edge.left, &edge.right]) {
            if !all.contains_key(id) {
                all.insert(
                    id.clone(),
                    Member {
                        id: id.clone(),
                        ..Member::default()
                    },
                );
            }
        }
        self.members = all.into_values().collect();
        let moved: Vec<Option<u32>> = names.iter().map(|name| self.number(name)).collect();
        let place = |old: u32| moved.get(old as usize).copied().flatten();
        let mut all: Vec<(u32, u32, f64)> = self
            .edges
            .iter()
            .filter_map(|(left, right, bits)| Some((place(*left)?, place(*right)?, *bits)))
            .collect();
        all.extend(
            edges
                .iter()
                .filter(|edge| !edge.bits.is_nan())
                .filter_map(|edge| {
                    let (left, right) = (self.number(&edge.left)?, self.number(&edge.right)?);
                    // 0 and -0 are one weight.
                    (left != right).then(|| (left.min(right), left.max(right), edge.bits + 0.0))
                }),
        );
        all.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
        all.dedup_by_key(|(left, right, _)| (*left, *right));
        all.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        self.edges = all;
    }

    /// The records, in the order of their ids.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The pairs by the numbers of their records, the lesser first; the heaviest pair first.
    pub fn edges(&self) -> &[(u32, u32, f64)] {
        &self.edges
    }

    /// The number of a record.
    pub fn number(&self, id: &str) -> Option<u32> {
        let at = self
            .members
            .binary_search_by(|member| member.id.as_str().cmp(id))
            .ok()?;
        u32::try_from(at).ok()
    }

    /// The id of a record.
    pub fn id(&self, number: u32) -> &str {
        self.members
            .get(number as usize)
            .map_or("", |member| member.id.as_str())
    }
}

/// One record of two with the same id: each value that only one has, and the lesser of two.
fn agreed(one: Member, other: Member) -> Member {
    let value = |one: Option<String>, other: Option<String>| match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let source = if one.source.is_empty() || (!other.source.is_empty() && other.source < one.source)
    {
        other.source
    } else {
        one.source
    };
    Member {
        id: one.id,
        source,
        nhs_number: value(one.nhs_number, other.nhs_number),
        died: value(one.died, other.died),
    }
}
