//! Pairs between two sides: the left side stands in tables by key, and the right side runs past it.
//!
//! What is in memory depends on the left side only. The right side is taken in batches, one rule after the other, so
//! that one table is asked at a time.

use super::{BlockCount, Keys, NO_KEY, chunk, in_threads, table::KeyTable};
use crate::people::{Dictionary, People};
use std::{ops::Range, sync::atomic::AtomicUsize};

/// Rows of the right side that one thread takes at a time.
const BATCH: usize = 4096;

/// The left side of a linkage, by key.
#[derive(Debug)]
pub struct LeftBlocks {
    tables: Vec<KeyTable>,
    /// The keys of each left row; those of blocks that are left out are gone.
    keys: Vec<u64>,
    rules: usize,
    counts: Vec<BlockCount>,
}

/// The keys of a batch of right rows.
struct BatchKeys {
    /// For each row and rule, the key by present values.
    present: Vec<u64>,
    /// Row, rule and key, for what earlier values add; in that order.
    earlier: Vec<(usize, usize, u64)>,
    /// For each row, where its part of `earlier` ends.
    ends: Vec<usize>,
}

impl BatchKeys {
    fn fill(&mut self, keys: &Keys, dictionary: &Dictionary, right: &People, rows: Range<usize>) {
        let rules = keys.rules();
        self.present.clear();
        self.present.resize(rows.len() * rules, NO_KEY);
        self.earlier.clear();
        self.ends.clear();
        let mut more = Vec::new();
        for (slots, row) in self.present.chunks_exact_mut(rules).zip(rows.clone()) {
            let codes = right.row(row);
            let changed = right.has_earlier(row);
            for (rule, slot) in slots.iter_mut().enumerate() {
                *slot = keys.key(dictionary, rule, codes);
                if changed && keys.changes(rule, right, row) {
                    keys.keys(dictionary, rule, right, row, &mut more);
                    let added = more.iter().filter(|key| **key != *slot);
                    self.earlier
                        .extend(added.map(|key| (row - rows.start, rule, *key)));
                }
            }
            self.ends.push(self.earlier.len());
        }
    }

    /// What earlier values add to the keys of one row.
    fn earlier_of(&self, at: usize) -> &[(usize, usize, u64)] {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let from = before.copied().unwrap_or(0);
        let to = self.ends.get(at).copied().unwrap_or(from);
        self.earlier.get(from..to).unwrap_or_default()
    }
}

impl LeftBlocks {
    /// Over the rows of the left side that `taken` says.
    pub fn new(
        keys: &Keys,
        dictionary: &Dictionary,
        left: &People,
        taken: &dyn Fn(usize) -> bool,
    ) -> Self {
        let rules = keys.rules();
        let mut all = vec![NO_KEY; left.len() * rules];
        for (row, slots) in all.chunks_exact_mut(rules).enumerate() {
            if taken(row) {
                for (rule, slot) in slots.iter_mut().enumerate() {
                    *slot = keys.key(dictionary, rule, left.row(row));
                }
            }
        }
        let tables = (0..rules)
            .map(|rule| {
                let of_rule = all.iter().skip(rule).step_by(rules);
                let pairs = of_rule.zip(0u32..).filter(|(key, _)| **key != NO_KEY);
                KeyTable::new(pairs.map(|(key, row)| (*key, row)).collect())
            })
            .collect();
        Self {
            tables,
            keys: all,
            rules,
            counts: vec![BlockCount::default(); rules],
        }
    }

    /// Leaves out blocks with more pairs than `largest`; both sides are counted before anything is compared.
    #[must_use]
    pub fn without_giants(
        mut self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        largest: u64,
        threads: usize,
    ) -> Self {
        if self
            .tables
            .iter()
            .all(|table| table.longest().saturating_mul(right.len() as u64) <= largest)
        {
            return self;
        }
        let most = keys.most_rows(dictionary, right);
        let bounds = self.tables.iter().zip(most);
        let risky: Vec<bool> = bounds
            .map(|(table, most)| table.longest().saturating_mul(most) > largest)
            .collect();
        if !risky.contains(&true) {
            return self;
        }
        let counted = self.count(keys, dictionary, right, &risky, threads);
        for (rule, (counts, table)) in counted.iter().zip(&mut self.tables).enumerate() {
            for (place, times) in counts.iter().enumerate() {
                let rows = table
                    .entries
                    .get(place)
                    .map_or(0, |entry| u64::from(entry.rows));
                let pairs = rows.saturating_mul(u64::from(*times));
                if pairs <= largest {
                    continue;
                }
                for row in table.rows(place) {
                    if let Some(key) = self.keys.get_mut(*row as usize * self.rules + rule) {
                        *key = NO_KEY;
                    }
                }
                if let Some(entry) = table.entries.get_mut(place) {
                    entry.rows = 0;
                }
                if let Some(count) = self.counts.get_mut(rule) {
                    count.left_out += 1;
                    count.pairs_left_out = count.pairs_left_out.saturating_add(pairs);
                }
            }
        }
        self
    }

    /// How often the right side asks for each entry of the rules that could be too large.
    fn count(
        &self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        risky: &[bool],
        threads: usize,
    ) -> Vec<Vec<u32>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let tables = self.tables.iter().zip(risky);
            let mut counts: Vec<Vec<u32>> = tables
                .map(|(table, risky)| vec![0; if *risky { table.entries.len() } else { 0 }])
                .collect();
            let mut found = Vec::new();
            while let Some(rows) = chunk(&next, right.len(), BATCH) {
                for (rule, (table, counts)) in self.tables.iter().zip(&mut counts).enumerate() {
                    if counts.is_empty() {
                        continue;
                    }
                    for row in rows.clone() {
                        found.clear();
                        if keys.changes(rule, right, row) {
                            keys.keys(dictionary, rule, right, row, &mut found);
                        } else {
                            found.push(keys.key(dictionary, rule, right.row(row)));
                        }
                        for key in found.iter().filter(|key| **key != NO_KEY) {
                            if let Some(count) = table.find(*key).and_then(|at| counts.get_mut(at))
                            {
                                *count = count.saturating_add(1);
                            }
                        }
                    }
                }
            }
            counts
        };
        let mut parts = in_threads(threads, work).into_iter();
        let mut all = parts.next().unwrap_or_default();
        for part in parts {
            for (into, from) in all.iter_mut().zip(part) {
                for (sum, more) in into.iter_mut().zip(from) {
                    *sum = sum.saturating_add(more);
                }
            }
        }
        all
    }

    /// Hands every pair once to `visit`, with the state of its thread, the left row and the right row.
    pub fn pairs<S: Send>(
        &mut self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, usize, usize) + Sync,
    ) -> Vec<S> {
        let next = AtomicUsize::new(0);
        let this: &Self = self;
        let work = || {
            let mut state = state();
            let mut counts = vec![0u64; this.rules];
            let mut batch = BatchKeys {
                present: Vec::new(),
                earlier: Vec::new(),
                ends: Vec::new(),
            };
            let mut hits = Vec::new();
            while let Some(rows) = chunk(&next, right.len(), BATCH) {
                batch.fill(keys, dictionary, right, rows.clone());
                for (rule, count) in counts.iter_mut().enumerate() {
                    this.hits(&batch, rule, &mut hits);
                    for (at, place) in &hits {
                        *count += this.hit(&batch, rule, *at, *place, |left| {
                            visit(&mut state, left, rows.start + at)
                        });
                    }
                }
            }
            (state, counts)
        };
        let done = in_threads(threads, work);
        let mut states = Vec::with_capacity(done.len());
        for (state, counts) in done {
            for (count, pairs) in self.counts.iter_mut().zip(counts) {
                count.pairs += pairs;
            }
            states.push(state);
        }
        states
    }

    /// The rows of a batch whose key some left row has, each with the place of that key.
    fn hits(&self, batch: &BatchKeys, rule: usize, hits: &mut Vec<(usize, usize)>) {
        hits.clear();
        let Some(table) = self.tables.get(rule) else {
            return;
        };
        for (at, key) in batch
            .present
            .iter()
            .skip(rule)
            .step_by(self.rules)
            .enumerate()
        {
            if *key != NO_KEY {
                hits.extend(table.find(*key).map(|place| (at, place)));
            }
        }
        for (at, of, key) in &batch.earlier {
            if *of == rule {
                hits.extend(table.find(*key).map(|place| (*at, place)));
            }
        }
    }

    /// The left rows of one hit that no rule before has brought together with the right row.
    fn hit(
        &self,
        batch: &BatchKeys,
        rule: usize,
        at: usize,
        place: usize,
        mut visit: impl FnMut(usize),
    ) -> u64 {
        let Some(table) = self.tables.get(rule) else {
            return 0;
        };
        let present = batch.present.get(at * self.rules..at * self.rules + rule);
        let present = present.unwrap_or_default();
        let earlier = batch.earlier_of(at);
        let mut count = 0;
        for left in table.rows(place) {
            let left = *left as usize;
            let from = left * self.rules;
            let before = self.keys.get(from..from + rule).unwrap_or_default();
            let made = before
                .iter()
                .zip(present)
                .any(|(a, b)| a == b && *a != NO_KEY);
            let made = made
                || earlier
                    .iter()
                    .any(|(_, of, key)| before.get(*of).is_some_and(|left| left == key));
            if !made {
                count += 1;
                visit(left);
            }
        }
        count
    }

    /// Whether any rule brings two rows together, blocks that are left out not counting.
    pub fn brings(
        &self,
        keys: &Keys,
        dictionary: &Dictionary,
        left: usize,
        right: &People,
        row: usize,
    ) -> bool {
        let mut found = Vec::new();
        (0..self.rules).any(|rule| {
            keys.keys(dictionary, rule, right, row, &mut found);
            let key = self.keys.get(left * self.rules + rule);
            key.is_some_and(|key| *key != NO_KEY && found.contains(key))
        })
    }

    /// What each rule did.
    pub fn counts(&self) -> &[BlockCount] {
        &self.counts
    }
}
