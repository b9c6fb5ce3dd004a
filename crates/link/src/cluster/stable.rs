//! Ids of people that stay from run to run, and what changed, as events.

use super::Graph;
use sha2::{Digest as _, Sha256};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// What earlier runs assigned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The person of each record.
    pub person_of: BTreeMap<String, String>,
    /// Ids of people that are no longer in use; none of them is given again.
    pub retired: BTreeSet<String>,
}

/// What became of people between two runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// A person whom no earlier run knew.
    New {
        /// The id.
        person: String,
    },
    /// Several people are one.
    Merged {
        /// The id that stays.
        into: String,
        /// Those that records came from, in order; `into` may be among them.
        from: Vec<String>,
    },
    /// One person is several.
    Split {
        /// The id that was one person.
        from: String,
        /// Those that its records went to, in order; `from` is among them where it stays.
        into: Vec<String>,
    },
    /// An id that is no longer in use: its records are another's now, or gone.
    Retired {
        /// The id.
        person: String,
    },
}

/// The person of each record, with what changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignment {
    /// What the next run takes for known.
    pub known: Known,
    /// What changed, in order.
    pub events: Vec<Event>,
    /// People whose records are the same as before.
    pub kept: u64,
    /// Records that were known before and are not among those of this run.
    pub gone: u64,
}

/// Gives every cluster the id of a person: of the one most of whose records it has, where it has the most of that
/// person's; of several that have as many, the first in order. Other clusters get an id that is made of their first
/// record's.
pub fn assign(graph: &Graph, cluster_of: &[u32], known: &Known) -> Assignment {
    let mut clusters: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (member, cluster) in graph.members().iter().zip(cluster_of) {
        clusters.entry(*cluster).or_default().push(&member.id);
    }
    // How many records of each person each cluster has.
    let mut shared: BTreeMap<(&str, u32), u64> = BTreeMap::new();
    for (cluster, records) in &clusters {
        for person in records
            .iter()
            .filter_map(|record| known.person_of.get(*record))
        {
            *shared.entry((person, *cluster)).or_insert(0) += 1;
        }
    }
    // A cluster's number is that of its first record, so ties go by the ids of records.
    let mut wishes: Vec<(Reverse<u64>, &str, u32)> = shared
        .iter()
        .map(|((person, cluster), count)| (Reverse(*count), *person, *cluster))
        .collect();
    wishes.sort_unstable();
    let mut person_of: BTreeMap<u32, String> = BTreeMap::new();
    let mut given: BTreeSet<&str> = BTreeSet::new();
    for (_, person, cluster) in wishes {
        if !given.contains(person) && !person_of.contains_key(&cluster) {
            given.insert(person);
            person_of.insert(cluster, person.to_owned());
        }
    }
    let before: BTreeSet<&str> = known.person_of.values().map(String::as_str).collect();
    let mut assignment = Assignment {
        gone: gone(graph, known),
        ..Assignment::default()
    };
    for (cluster, records) in &clusters {
        if person_of.contains_key(cluster) {
            continue;
        }
        let first = records.first().copied().unwrap_or_default();
        let taken = |id: &String| before.contains(id.as_str()) || known.retired.contains(id);
        // One turn more than ids are taken is enough.
        let turns = (before.len() + known.retired.len()) as u64;
        if let Some(person) = (0..=turns)
            .map(|turn| made(first, turn))
            .find(|id| !taken(id))
        {
            assignment.events.push(Event::New {
                person: person.clone(),
            });
            person_of.insert(*cluster, person);
        }
    }
    let name = |cluster: u32| person_of.get(&cluster).cloned().unwrap_or_default();
    let mut into: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    let mut from: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (person, cluster) in shared.keys() {
        into.entry(person).or_default().push(*cluster);
        from.entry(*cluster).or_default().push(person);
    }
    for (cluster, persons) in &from {
        if persons.len() > 1 {
            let from = persons.iter().map(|person| (*person).to_owned()).collect();
            assignment.events.push(Event::Merged {
                into: name(*cluster),
                from,
            });
        }
    }
    for (person, clusters) in &into {
        if clusters.len() > 1 {
            let mut into: Vec<String> = clusters.iter().map(|cluster| name(*cluster)).collect();
            into.sort_unstable();
            assignment.events.push(Event::Split {
                from: (*person).to_owned(),
                into,
            });
        }
    }
    assignment.known.retired.clone_from(&known.retired);
    for person in before.iter().filter(|person| !given.contains(*person)) {
        assignment.events.push(Event::Retired {
            person: (*person).to_owned(),
        });
        assignment.known.retired.insert((*person).to_owned());
    }
    let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
    for person in known.person_of.values() {
        *sizes.entry(person).or_insert(0) += 1;
    }
    for (cluster, records) in &clusters {
        let person = name(*cluster);
        let all = sizes.get(person.as_str()).copied();
        let same = shared.get(&(person.as_str(), *cluster)).copied();
        assignment.kept +=
            u64::from(all.is_some() && all == same && same == Some(records.len() as u64));
        for record in records {
            assignment
                .known
                .person_of
                .insert((*record).to_owned(), person.clone());
        }
    }
    assignment.events.sort_unstable();
    assignment
}

/// Records that were known and are not there.
fn gone(graph: &Graph, known: &Known) -> u64 {
    let records = known.person_of.keys();
    records
        .filter(|record| graph.number(record).is_none())
        .count() as u64
}

/// An id made of a record's; another turn where it is taken.
fn made(record: &str, turn: u64) -> String {
    let mut digest = Sha256::new();
    digest.update(b"person\0");
    digest.update(turn.to_be_bytes());
    digest.update(record);
    let mut id = hex::encode(digest.finalize());
    id.truncate(32);
    id
}
