//! Pairs between two sides: the left side stands in tables by key, and the right side runs past it.
//!
//! What is in memory depends on the left side only. The right side is taken in batches: every rule is asked for all rows
//! of a batch, one table after the other, and then each row gathers the left rows that any rule found for it.

use super::{BlockCount, Keys, NO_KEY, PAIRS, chunk, in_threads, keys::RowParts, table::KeyTable};
use crate::people::{Dictionary, People};
use std::sync::atomic::AtomicUsize;

/// Rows of the right side that one thread takes at a time.
const BATCH: usize = 16_384;

/// The left side of a linkage, by key.
#[derive(Debug)]
pub struct LeftBlocks {
    tables: Vec<KeyTable>,
    rules: usize,
    counts: Vec<BlockCount>,
}

/// A row of a batch for which a rule found left rows: the rule, and the group of them.
#[derive(Debug, Clone, Copy, Default)]
struct Hit {
    row: u32,
    rule: u32,
    group: u32,
}

/// A batch of right rows.
#[derive(Debug, Default)]
struct Batch {
    /// The rows.
    rows: Vec<usize>,
    /// For each rule, the key of each row by present values.
    present: Vec<u64>,
    /// For each rule, row and key of what earlier values add.
    earlier: Vec<Vec<(u32, u64)>>,
    /// What the rules found, in the order of rules.
    found: Vec<Hit>,
    /// The same, in the order of rows.
    hits: Vec<Hit>,
    parts: RowParts,
}

impl Batch {
    fn fill(&mut self, keys: &Keys, dictionary: &Dictionary, right: &People) {
        let (rules, count) = (keys.rules(), self.rows.len());
        self.present.clear();
        self.present.resize(count * rules, NO_KEY);
        self.earlier.resize_with(rules, Vec::new);
        self.earlier.iter_mut().for_each(Vec::clear);
        let any_earlier = right.any_earlier();
        for (at, row) in (0u32..).zip(&self.rows) {
            let present = &mut self.present;
            keys.present(dictionary, right.row(*row), &mut self.parts, |rule, key| {
                if let Some(slot) = present.get_mut(rule * count + at as usize) {
                    *slot = key;
                }
            });
            if any_earlier {
                let earlier = &mut self.earlier;
                keys.earlier(dictionary, right, *row, &mut self.parts, |rule, key| {
                    if let Some(of_rule) = earlier.get_mut(rule) {
                        of_rule.push((at, key));
                    }
                });
            }
        }
    }

    /// Asks each table for all rows, and puts what was found in the order of rows; of one row, in the order of rules.
    fn ask(&mut self, tables: &[KeyTable]) {
        let count = self.rows.len().max(1);
        self.found.clear();
        let keys = self.present.chunks(count).zip(&self.earlier);
        for ((rule, table), (present, earlier)) in (0u32..).zip(tables).zip(keys) {
            let present = (0u32..).zip(present.iter().copied());
            let present = present.filter(|(_, key)| *key != NO_KEY);
            for (row, key) in present.chain(earlier.iter().copied()) {
                if let Some(group) = table.find(key) {
                    self.found.push(Hit { row, rule, group });
                }
            }
        }
        let mut ends = vec![0usize; self.rows.len() + 1];
        for hit in &self.found {
            if let Some(end) = ends.get_mut(hit.row as usize + 1) {
                *end += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        self.hits.clear();
        self.hits.resize(self.found.len(), Hit::default());
        for hit in &self.found {
            if let Some(next) = ends.get_mut(hit.row as usize) {
                if let Some(slot) = self.hits.get_mut(*next) {
                    *slot = *hit;
                }
                *next += 1;
            }
        }
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
        let mut parts = RowParts::default();
        for row in (0..left.len()).filter(|row| taken(*row)) {
            keys.present(dictionary, left.row(row), &mut parts, |rule, key| {
                if let Some(slot) = all.get_mut(rule * left.len() + row) {
                    *slot = key;
                }
            });
        }
        let of_rules = (0..rules).map(|rule| {
            let from = rule * left.len();
            all.get(from..from + left.len()).unwrap_or_default()
        });
        Self {
            tables: of_rules
                .map(|keys| KeyTable::new(keys.iter().copied()))
                .collect(),
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
        let tables = self.tables.iter_mut().zip(&mut self.counts);
        for (counts, (table, count)) in counted.iter().zip(tables) {
            let mut left_out = Vec::new();
            for (group, times) in (0u32..).zip(counts) {
                let rows = table.rows(group).len() as u64;
                let pairs = rows.saturating_mul(u64::from(*times));
                if pairs > largest {
                    left_out.push(group as usize);
                    count.left_out += 1;
                    count.pairs_left_out = count.pairs_left_out.saturating_add(pairs);
                }
            }
            table.leave_out(left_out);
        }
        self
    }

    /// How often the right side asks for each group of the rules that could be too large.
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
                .map(|(table, risky)| vec![0; if *risky { table.groups() } else { 0 }])
                .collect();
            let mut parts = RowParts::default();
            while let Some(rows) = chunk(&next, right.len(), BATCH) {
                for row in rows {
                    let mut asked = |rule: usize, key: u64| {
                        let table = self.tables.get(rule).zip(counts.get_mut(rule));
                        let Some((table, counts)) = table.filter(|(_, counts)| !counts.is_empty())
                        else {
                            return;
                        };
                        let group = (key != NO_KEY).then(|| table.find(key)).flatten();
                        if let Some(count) = group.and_then(|at| counts.get_mut(at as usize)) {
                            *count = count.saturating_add(1);
                        }
                    };
                    keys.present(dictionary, right.row(row), &mut parts, &mut asked);
                    keys.earlier(dictionary, right, row, &mut parts, &mut asked);
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
            let mut batch = Batch::default();
            let mut met = Vec::new();
            let mut pairs = Vec::with_capacity(2 * PAIRS);
            while let Some(places) = chunk(&next, all, BATCH) {
                batch.rows.clear();
                match some {
                    Some(some) => {
                        let some = some.get(places).unwrap_or_default();
                        batch.rows.extend_from_slice(some);
                    }
                    None => batch.rows.extend(places),
                }
                batch.fill(keys, dictionary, right);
                batch.ask(&self.tables);
                for hits in batch.hits.chunk_by(|a, b| a.row == b.row) {
                    self.met(hits, &mut met);
                    let row = hits
                        .first()
                        .and_then(|hit| batch.rows.get(hit.row as usize));
                    let row = row.map_or(u32::MAX, |row| u32::try_from(*row).unwrap_or(u32::MAX));
                    for (left, rule) in &met {
                        if let Some(count) = counts.get_mut(*rule as usize) {
                            *count += 1;
                        }
                        pairs.push((*left, row));
                        if pairs.len() >= PAIRS {
                            visit(&mut state, &pairs);
                            pairs.clear();
                        }
                    }
                }
                visit(&mut state, &pairs);
                pairs.clear();
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

    /// The left rows that one row of the right side meets, each with the first rule that brings them together.
    fn met(&self, hits: &[Hit], met: &mut Vec<(u32, u32)>) {
        met.clear();
        for hit in hits {
            if let Some(table) = self.tables.get(hit.rule as usize) {
                let rows = table.rows(hit.group).iter();
                met.extend(rows.map(|left| (*left, hit.rule)));
            }
        }
        if hits.len() > 1 {
            met.sort_unstable();
            met.dedup_by_key(|(left, _)| *left);
        }
    }

    /// What each rule did.
    pub fn counts(&self) -> &[BlockCount] {
        &self.counts
    }
}
