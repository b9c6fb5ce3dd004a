//! Putting the plan together: keys, conditions and values that rules share are kept once, and keys that some
//! rule holds against each other come into one stream.

use super::{AcrossRule, Carried, Feed, KeyPart, Plan, Stream, entry::EntryLayout};
use crate::check::expression::node::TruthId;
use std::{
    collections::{BTreeMap, BTreeSet},
    mem::take,
};

/// A plan while rules are added to it.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    values: Vec<Carried>,
    truths: Vec<TruthId>,
    known_values: BTreeMap<String, usize>,
    feeds: Vec<Feed>,
    known_feeds: BTreeMap<String, usize>,
    rules: Vec<Placed>,
    /// What the rule that is being added uses.
    uses: Uses,
    /// How many figures over all groups there are.
    slots: usize,
}

#[derive(Debug, Default, Clone)]
struct Uses {
    values: BTreeSet<usize>,
    truths: BTreeSet<usize>,
    feeds: BTreeSet<usize>,
}

#[derive(Debug)]
struct Placed {
    rule: AcrossRule,
    uses: Uses,
}

impl Builder {
    /// The position of a value that entries carry.
    pub(crate) fn value(&mut self, carried: Carried) -> usize {
        let next = self.values.len();
        let at = *self
            .known_values
            .entry(format!("{carried:?}"))
            .or_insert(next);
        if at == next {
            self.values.push(carried);
        }
        self.uses.values.insert(at);
        at
    }

    /// The position of a condition that entries carry.
    pub(crate) fn truth(&mut self, truth: TruthId) -> usize {
        let known = self.truths.iter().position(|known| *known == truth);
        let at = known.unwrap_or(self.truths.len());
        if known.is_none() {
            self.truths.push(truth);
        }
        self.uses.truths.insert(at);
        at
    }

    /// The feed with a key, and a condition under which rows come into it.
    pub(crate) fn feed(&mut self, key: Vec<KeyPart>, blanks: bool, role: usize) -> usize {
        let next = self.feeds.len();
        let at = *self
            .known_feeds
            .entry(format!("{blanks} {key:?}"))
            .or_insert(next);
        if at == next {
            self.feeds.push(Feed {
                id: at,
                key,
                blanks,
                roles: Vec::new(),
            });
        }
        if let Some(feed) = self.feeds.get_mut(at)
            && !feed.roles.contains(&role)
        {
            feed.roles.push(role);
        }
        self.uses.feeds.insert(at);
        at
    }

    /// Room for figures over all groups; the position of the first.
    pub(crate) const fn slots(&mut self, count: usize) -> usize {
        let first = self.slots;
        self.slots += count;
        first
    }

    /// Adds a rule that uses what was asked for since the last one.
    pub(crate) fn add(&mut self, rule: AcrossRule) {
        let uses = take(&mut self.uses);
        self.rules.push(Placed { rule, uses });
    }

    pub(crate) fn finish(self) -> Plan {
        let streams = stream_of_each_feed(self.feeds.len(), &self.rules);
        let mut feeds: BTreeMap<usize, Vec<Feed>> = BTreeMap::new();
        for feed in self.feeds {
            let stream = streams.get(feed.id).copied().unwrap_or_default();
            feeds.entry(stream).or_default().push(feed);
        }
        let mut rules: BTreeMap<usize, (Vec<AcrossRule>, Uses)> = BTreeMap::new();
        for placed in self.rules {
            let stream = placed
                .uses
                .feeds
                .first()
                .and_then(|feed| streams.get(*feed));
            let (of_stream, uses) = rules
                .entry(stream.copied().unwrap_or_default())
                .or_default();
            of_stream.push(placed.rule);
            uses.values.extend(placed.uses.values);
            uses.truths.extend(placed.uses.truths);
        }
        let (values, truths) = (self.values, self.truths);
        let streams = rules
            .into_iter()
            .map(|(stream, (rules, uses))| {
                let used = |of: &BTreeSet<usize>, count: usize| -> Vec<bool> {
                    (0..count).map(|at| of.contains(&at)).collect()
                };
                Stream {
                    feeds: feeds.remove(&stream).unwrap_or_default(),
                    rules,
                    layout: EntryLayout::new(
                        &values,
                        &used(&uses.truths, truths.len()),
                        &used(&uses.values, values.len()),
                    ),
                }
            })
            .collect();
        Plan {
            streams,
            values,
            truths,
            slots: self.slots,
        }
    }
}

/// Feeds that one rule uses belong together, and whatever belongs to either belongs to both.
fn stream_of_each_feed(feeds: usize, rules: &[Placed]) -> Vec<usize> {
    let mut streams: Vec<usize> = (0..feeds).collect();
    for placed in rules {
        let of_rule: Vec<usize> = placed
            .uses
            .feeds
            .iter()
            .filter_map(|feed| streams.get(*feed).copied())
            .collect();
        let Some(least) = of_rule.iter().min().copied() else {
            continue;
        };
        for stream in &mut streams {
            if of_rule.contains(stream) {
                *stream = least;
            }
        }
    }
    streams
}
