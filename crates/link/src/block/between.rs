//! Pairs between two sides: the left side stands in tables by key, and the right side runs past it.
//!
//! What is in memory depends on the left side only. The right side is taken in batches, one rule after the other, so
//! that one table is asked at a time.

use super::{BlockCount, Keys, NO_KEY, PAIRS, chunk, in_threads, table::KeyTable};
use crate::people::{Dictionary, People};
use std::sync::atomic::AtomicUsize;

/// Rows of the right side that one thread takes at a time.
const BATCH: usize = 16_384;

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
#[derive(Default)]
struct BatchKeys {
    /// How many rows there are.
    rows: usize,
    /// For each rule, the key of each row by present values.
    present: Vec<u64>,
    /// Row, rule and key, for what earlier values add; in that order.
    earlier: Vec<(usize, usize, u64)>,
    /// For each row, where its part of `earlier` ends.
    ends: Vec<usize>,
}

impl BatchKeys {
    fn fill(&mut self, keys: &Keys, dictionary: &Dictionary, right: &People, rows: &[usize]) {
        let rules = keys.rules();
        self.rows = rows.len();
        self.present.clear();
        self.present.resize(rows.len() * rules, NO_KEY);
        self.earlier.clear();
        self.ends.clear();
        let mut more = Vec::new();
        let any_earlier = right.any_earlier();
        for (at, row) in rows.iter().copied().enumerate() {
            let codes = right.row(row);
            let changed = any_earlier && right.has_earlier(row);
            for rule in 0..rules {
                let key = keys.key(dictionary, rule, codes);
                if let Some(slot) = self.present.get_mut(rule * self.rows + at) {
                    *slot = key;
                }
                if changed && keys.changes(rule, right, row) {
                    keys.keys(dictionary, rule, right, row, &mut more);
                    let added = more.iter().filter(|other| **other != key);
                    self.earlier.extend(added.map(|key| (at, rule, *key)));
                }
            }
            self.ends.push(self.earlier.len());
        }
    }

    /// The keys by one rule.
    fn of_rule(&self, rule: usize) -> &[u64] {
        let from = rule * self.rows;
        self.present.get(from..from + self.rows).unwrap_or_default()
    }

    /// The key of one row by one rule.
    fn key(&self, rule: usize, at: usize) -> u64 {
        self.present
            .get(rule * self.rows + at)
            .copied()
            .unwrap_or(NO_KEY)
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

    /// Hands every pair of a left and a right row once to `visit`, many at a time, with the state of its thread.
    pub fn pairs<S: Send>(
        &mut self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &[(u32, u32)]) + Sync,
    ) -> Vec<S> {
        let (states, counts) = self.run(keys, dictionary, right, None, threads, state, visit);
        for (count, pairs) in self.counts.iter_mut().zip(counts) {
            count.pairs += pairs;
        }
        states
    }

    /// The same for some rows of the right side only; these pairs are not counted.
    #[expect(clippy::too_many_arguments, reason = "as `pairs`, and the rows")]
    pub fn pairs_of<S: Send>(
        &self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        rows: &[usize],
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &[(u32, u32)]) + Sync,
    ) -> Vec<S> {
        self.run(keys, dictionary, right, Some(rows), threads, state, visit)
            .0
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one loop over one side, in one place"
    )]
    fn run<S: Send>(
        &self,
        keys: &Keys,
        dictionary: &Dictionary,
        right: &People,
        some: Option<&[usize]>,
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &[(u32, u32)]) + Sync,
    ) -> (Vec<S>, Vec<u64>) {
        let next = AtomicUsize::new(0);
        let all = some.map_or(right.len(), <[usize]>::len);
        let work = || {
            let mut state = state();
            let mut counts = vec![0u64; self.rules];
            let mut batch = BatchKeys::default();
            let mut hits = Vec::new();
            let mut rows = Vec::new();
            let mut pairs = Vec::with_capacity(2 * PAIRS);
            while let Some(places) = chunk(&next, all, BATCH) {
                rows.clear();
                match some {
                    Some(some) => rows.extend_from_slice(some.get(places).unwrap_or_default()),
                    None => rows.extend(places),
                }
                batch.fill(keys, dictionary, right, &rows);
                for (rule, count) in counts.iter_mut().enumerate() {
                    self.hits(&batch, rule, &mut hits);
                    for (at, place) in &hits {
                        let row = rows.get(*at).copied().unwrap_or_default();
                        let row = u32::try_from(row).unwrap_or(u32::MAX);
                        *count +=
                            self.hit(&batch, rule, *at, *place, |left| pairs.push((left, row)));
                        if pairs.len() >= PAIRS {
                            visit(&mut state, &pairs);
                            pairs.clear();
                        }
                    }
                    visit(&mut state, &pairs);
                    pairs.clear();
                }
            }
            (state, counts)
        };
        let mut states = Vec::new();
        let mut sums = vec![0; self.rules];
        for (state, counts) in in_threads(threads, work) {
            sums.iter_mut()
                .zip(counts)
                .for_each(|(sum, pairs)| *sum += pairs);
            states.push(state);
        }
        (states, sums)
    }

    /// The rows of a batch whose key some left row has, each with the place of that key.
    fn hits(&self, batch: &BatchKeys, rule: usize, hits: &mut Vec<(usize, usize)>) {
        hits.clear();
        let Some(table) = self.tables.get(rule) else {
            return;
        };
        for (at, key) in batch.of_rule(rule).iter().enumerate() {
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
        mut visit: impl FnMut(u32),
    ) -> u64 {
        let Some(table) = self.tables.get(rule) else {
            return 0;
        };
        let earlier = batch.earlier_of(at);
        let mut count = 0;
        for left in table.rows(place) {
            let from = *left as usize * self.rules;
            let before = self.keys.get(from..from + rule).unwrap_or_default();
            let keys = before.iter().enumerate();
            let made = keys
                .into_iter()
                .any(|(rule, key)| *key != NO_KEY && batch.key(rule, at) == *key);
            let made = made
                || earlier
                    .iter()
                    .any(|(_, of, key)| before.get(*of).is_some_and(|left| left == key));
            if !made {
                count += 1;
                visit(*left);
            }
        }
        count
    }

    /// What each rule did.
    pub fn counts(&self) -> &[BlockCount] {
        &self.counts
    }
}
