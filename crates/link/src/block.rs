//! Blocking: which pairs are compared at all.
//!
//! A block rule gives a record a key; two records with one key are a pair. Each pair comes once, under the first rule
//! that makes it. Pairs are handed on one by one and never kept. A block with too many pairs is left out, counted and
//! told, so that no group of records can make the work quadratic.

use crate::{
    match_model::MatchModel,
    people::{Clean, Derive, Dictionary, MISSING, People, mix},
};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The key of a record that a rule says nothing about.
const NO_KEY: u64 = 0;
/// Rows that one thread takes at a time.
const ROWS_AT_A_TIME: usize = 4096;
/// Groups that one thread takes at a time.
const GROUPS_AT_A_TIME: usize = 256;

/// The keys of block rules, from tables of what distinct values give.
#[derive(Debug)]
pub struct Keys {
    rules: Vec<Vec<Part>>,
    tables: Vec<Table>,
}

#[derive(Debug, Clone, Copy)]
struct Part {
    column: usize,
    earlier: bool,
    table: usize,
}

#[derive(Debug)]
struct Table {
    clean: Clean,
    derive: Derive,
    /// What each code gives, where there are few enough codes for a table.
    by_code: Vec<u64>,
}

impl Keys {
    /// For the block rules of a model, over the values that the dictionary holds now.
    pub fn new(model: &MatchModel, dictionary: &Dictionary) -> Self {
        let mut keys = Self {
            rules: Vec::new(),
            tables: Vec::new(),
        };
        for block in &model.blocks {
            let mut parts = Vec::new();
            for part in &block.same {
                let words: Vec<&str> = part.get_ref().split_whitespace().collect();
                let [column, derive @ ..] = words.as_slice() else {
                    continue;
                };
                let (Some(at), Some(derive)) = (model.column(column), Derive::read(derive)) else {
                    continue;
                };
                let Some(column) = model.columns.get(at) else {
                    continue;
                };
                parts.push(Part {
                    column: at,
                    earlier: column.earlier,
                    table: keys.table(dictionary, column.clean, derive),
                });
            }
            keys.rules.push(parts);
        }
        keys
    }

    fn table(&mut self, dictionary: &Dictionary, clean: Clean, derive: Derive) -> usize {
        let known = self.tables.iter().position(|table| (table.clean, table.derive) == (clean, derive));
        known.unwrap_or_else(|| {
            let domain = dictionary.domain(clean);
            let by_code = match clean {
                Clean::Date | Clean::Number => Vec::new(),
                _ => (0..domain.distinct())
                    .map(|code| {
                        let code = u32::try_from(code).unwrap_or(u32::MAX);
                        domain.derived(code, derive).unwrap_or(NO_KEY)
                    })
                    .collect(),
            };
            self.tables.push(Table { clean, derive, by_code });
            self.tables.len() - 1
        })
    }

    /// How many rules there are.
    pub fn rules(&self) -> usize {
        self.rules.len()
    }

    fn derived(&self, dictionary: &Dictionary, part: &Part, code: u32) -> u64 {
        if code == MISSING {
            return NO_KEY;
        }
        let Some(table) = self.tables.get(part.table) else {
            return NO_KEY;
        };
        match table.clean {
            Clean::Date | Clean::Number => {
                let domain = dictionary.domain(table.clean);
                domain.derived(code, table.derive).unwrap_or(NO_KEY)
            }
            _ => table.by_code.get(code as usize).copied().unwrap_or(NO_KEY),
        }
    }

    /// The key of a row by its present values; 0 where the rule says nothing.
    fn key(&self, dictionary: &Dictionary, rule: usize, codes: &[u32]) -> u64 {
        let mut key = (rule as u64) + 1;
        for part in self.rules.get(rule).into_iter().flatten() {
            let code = codes.get(part.column).copied().unwrap_or(MISSING);
            let derived = self.derived(dictionary, part, code);
            if derived == NO_KEY {
                return NO_KEY;
            }
            key = mix(key ^ derived);
        }
        key.max(1)
    }

    /// All keys of a row by one rule: with each of its earlier values in turn.
    fn keys(&self, dictionary: &Dictionary, rule: usize, people: &People, row: usize, out: &mut Vec<u64>) {
        out.clear();
        let codes = people.row(row);
        let parts = self.rules.get(rule).map(Vec::as_slice).unwrap_or_default();
        let changes = |part: &&Part| part.earlier && !people.earlier(part.column, row).is_empty();
        if !parts.iter().any(|part| changes(&part)) {
            out.push(self.key(dictionary, rule, codes));
        } else {
            out.push((rule as u64) + 1);
            let mut next = Vec::new();
            for part in parts {
                let now = codes.get(part.column).copied().unwrap_or(MISSING);
                let earlier: &[u32] = if part.earlier { people.earlier(part.column, row) } else { &[] };
                next.clear();
                for code in std::iter::once(now).chain(earlier.iter().copied()) {
                    let derived = self.derived(dictionary, part, code);
                    if derived != NO_KEY {
                        next.extend(out.iter().map(|key| mix(key ^ derived)));
                    }
                }
                std::mem::swap(out, &mut next);
                // Nobody has so many names and addresses; a hostile history must not make a product of them.
                out.truncate(256);
            }
            for key in out.iter_mut() {
                *key = (*key).max(1);
            }
            out.sort_unstable();
            out.dedup();
        }
        out.retain(|key| *key != NO_KEY);
    }
}

/// What blocking did, by rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockCount {
    /// Pairs that this rule brought and none before it.
    pub pairs: u64,
    /// Blocks that were left out because they had too many pairs.
    pub left_out: u64,
    /// The pairs that those would have had.
    pub pairs_left_out: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    key: u64,
    from: u32,
    rows: u32,
}

#[derive(Debug)]
struct RuleTable {
    entries: Vec<Entry>,
    rows: Vec<u32>,
}

impl RuleTable {
    fn new(mut pairs: Vec<(u64, u32)>) -> Self {
        pairs.sort_unstable();
        let distinct = pairs.chunk_by(|a, b| a.0 == b.0).count();
        let size = (distinct * 2).next_power_of_two().max(2);
        let mut entries = vec![Entry::default(); size];
        let mut from = 0;
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((key, _)) = group.first() else {
                continue;
            };
            let rows = u32::try_from(group.len()).unwrap_or(u32::MAX);
            let mut place = spot(*key, size);
            while entries.get(place).is_some_and(|entry| entry.key != NO_KEY) {
                place = (place + 1) & (size - 1);
            }
            if let Some(entry) = entries.get_mut(place) {
                *entry = Entry { key: *key, from, rows };
            }
            from = from.saturating_add(rows);
        }
        let rows = pairs.into_iter().map(|(_, row)| row).collect();
        Self { entries, rows }
    }

    fn find(&self, key: u64) -> Option<usize> {
        let size = self.entries.len();
        let mut place = spot(key, size);
        loop {
            match self.entries.get(place) {
                Some(entry) if entry.key == key => return Some(place),
                Some(entry) if entry.key == NO_KEY => return None,
                None => return None,
                Some(_) => place = (place + 1) & (size - 1),
            }
        }
    }

    fn rows(&self, place: usize) -> &[u32] {
        let entry = self.entries.get(place).copied().unwrap_or_default();
        let from = entry.from as usize;
        self.rows.get(from..from + entry.rows as usize).unwrap_or_default()
    }
}

/// Keys are mixed already: their upper bits are as good as any.
#[expect(clippy::cast_possible_truncation, reason = "the mask keeps it below the size")]
fn spot(key: u64, size: usize) -> usize {
    (key >> 20) as usize & (size - 1)
}

/// The left side of a linkage, by key: the right side runs past it, row by row.
#[derive(Debug)]
pub struct LeftBlocks {
    tables: Vec<RuleTable>,
    keys: Vec<u64>,
    rules: usize,
    counts: Vec<BlockCount>,
}

impl LeftBlocks {
    /// Over the rows of the left side that `taken` says.
    pub fn new(keys: &Keys, dictionary: &Dictionary, left: &People, taken: &dyn Fn(usize) -> bool) -> Self {
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
                let of_rule = all.chunks_exact(rules).map(|slots| slots.get(rule).copied());
                let pairs = (0u32..).zip(of_rule);
                let pairs = pairs.filter_map(|(row, key)| Some((key?, row)));
                RuleTable::new(pairs.filter(|(key, _)| *key != NO_KEY).collect())
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
        let longest = |table: &RuleTable| table.entries.iter().map(|e| u64::from(e.rows)).max();
        let right_rows = right.len() as u64;
        let risky: Vec<bool> = self
            .tables
            .iter()
            .map(|table| longest(table).unwrap_or(0).saturating_mul(right_rows) > largest)
            .collect();
        let counted = self.count(keys, dictionary, right, &risky, threads);
        for (rule, (counts, table)) in counted.iter().zip(&mut self.tables).enumerate() {
            for (place, times) in counts.iter().enumerate() {
                let Some(entry) = table.entries.get_mut(place) else {
                    continue;
                };
                let pairs = u64::from(entry.rows).saturating_mul(u64::from(*times));
                if pairs <= largest {
                    continue;
                }
                let from = entry.from as usize;
                let rows = table.rows.get(from..from + entry.rows as usize);
                for row in rows.unwrap_or_default() {
                    if let Some(key) = self.keys.get_mut(*row as usize * self.rules + rule) {
                        *key = NO_KEY;
                    }
                }
                entry.rows = 0;
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
        if !risky.contains(&true) {
            return vec![Vec::new(); self.rules];
        }
        let next = AtomicUsize::new(0);
        let work = || {
            let mut counts: Vec<Vec<u32>> = self
                .tables
                .iter()
                .zip(risky)
                .map(|(table, risky)| vec![0; if *risky { table.entries.len() } else { 0 }])
                .collect();
            let mut found = Vec::new();
            while let Some(rows) = chunk(&next, right.len(), ROWS_AT_A_TIME) {
                for row in rows {
                    for (rule, (table, counts)) in self.tables.iter().zip(&mut counts).enumerate() {
                        if counts.is_empty() {
                            continue;
                        }
                        keys.keys(dictionary, rule, right, row, &mut found);
                        for key in &found {
                            if let Some(count) = table.find(*key).and_then(|at| counts.get_mut(at)) {
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

    /// Hands every pair once to `visit`, with the state of its thread, the left row, the right row and the rule.
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
            let mut found: Vec<Vec<u64>> = vec![Vec::new(); this.rules];
            while let Some(rows) = chunk(&next, right.len(), ROWS_AT_A_TIME) {
                for row in rows {
                    for (rule, out) in found.iter_mut().enumerate() {
                        keys.keys(dictionary, rule, right, row, out);
                    }
                    this.row_pairs(&found, &mut counts, |left| visit(&mut state, left, row));
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

    fn row_pairs(&self, found: &[Vec<u64>], counts: &mut [u64], mut visit: impl FnMut(usize)) {
        for (rule, (table, of_rule)) in self.tables.iter().zip(found).enumerate() {
            for key in of_rule {
                let Some(place) = table.find(*key) else {
                    continue;
                };
                for left in table.rows(place) {
                    let left = *left as usize;
                    let from = left * self.rules;
                    let before = self.keys.get(from..from + rule).unwrap_or_default();
                    let made = before
                        .iter()
                        .zip(found)
                        .any(|(key, keys)| *key != NO_KEY && keys.contains(key));
                    if !made {
                        if let Some(count) = counts.get_mut(rule) {
                            *count += 1;
                        }
                        visit(left);
                    }
                }
            }
        }
    }

    /// Whether any rule brings two rows together, blocks that are left out not counting.
    pub fn brings(&self, keys: &Keys, dictionary: &Dictionary, left: usize, right: &People, row: usize) -> bool {
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

/// The records of one file, by key.
#[derive(Debug)]
pub struct OwnBlocks {
    keys: Vec<u64>,
    rules: usize,
    /// For each rule, the rows in order of their keys, and where each group ends.
    groups: Vec<(Vec<u32>, Vec<u32>)>,
    counts: Vec<BlockCount>,
}

impl OwnBlocks {
    /// Over all rows; blocks with more pairs than `largest` are left out.
    pub fn new(keys: &Keys, dictionary: &Dictionary, people: &People, largest: u64, threads: usize) -> Self {
        let rules = keys.rules();
        let mut all = vec![NO_KEY; people.len() * rules];
        let share = people.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for (part, slots) in all.chunks_mut(share * rules).enumerate() {
                scope.spawn(move || {
                    for (at, slots) in slots.chunks_exact_mut(rules).enumerate() {
                        let codes = people.row(part * share + at);
                        for (rule, slot) in slots.iter_mut().enumerate() {
                            *slot = keys.key(dictionary, rule, codes);
                        }
                    }
                });
            }
        });
        let next = AtomicUsize::new(0);
        let grouped = {
            let all = &all;
            in_threads(threads, || {
                let mut done = Vec::new();
                while let Some(rule) = chunk(&next, rules, 1).map(|rules| rules.start) {
                    done.push((rule, group(all, rules, rule, largest)));
                }
                done
            })
        };
        let mut grouped: Vec<_> = grouped.into_iter().flatten().collect();
        grouped.sort_by_key(|(rule, _)| *rule);
        let mut blocks = Self {
            keys: Vec::new(),
            rules,
            groups: Vec::new(),
            counts: Vec::new(),
        };
        for (rule, grouped) in grouped {
            for row in grouped.left_out {
                if let Some(key) = all.get_mut(row as usize * rules + rule) {
                    *key = NO_KEY;
                }
            }
            blocks.groups.push((grouped.rows, grouped.ends));
            blocks.counts.push(grouped.count);
        }
        blocks.keys = all;
        blocks
    }

    /// Hands every pair of rows once to `visit`, the lower row first, with the state of its thread.
    pub fn pairs<S: Send>(
        &mut self,
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, usize, usize) + Sync,
    ) -> Vec<S> {
        let mut states: Vec<S> = (0..threads.max(1)).map(|_| state()).collect();
        for rule in 0..self.rules {
            let Some((rows, ends)) = self.groups.get(rule) else {
                continue;
            };
            let next = AtomicUsize::new(0);
            let this: &Self = self;
            let visit = &visit;
            let mut pairs = 0;
            std::thread::scope(|scope| {
                let workers: Vec<_> = states
                    .iter_mut()
                    .map(|state| {
                        let next = &next;
                        scope.spawn(move || {
                            let mut count = 0u64;
                            while let Some(groups) = chunk(next, ends.len(), GROUPS_AT_A_TIME) {
                                for group in groups {
                                    let before = group.checked_sub(1).and_then(|at| ends.get(at));
                                    let from = before.copied().unwrap_or(0) as usize;
                                    let to = ends.get(group).copied().unwrap_or(0) as usize;
                                    let rows = rows.get(from..to).unwrap_or_default();
                                    count += this.group_pairs(rule, rows, |a, b| visit(state, a, b));
                                }
                            }
                            count
                        })
                    })
                    .collect();
                for worker in workers {
                    pairs += worker
                        .join()
                        .unwrap_or_else(|fault| std::panic::resume_unwind(fault));
                }
            });
            if let Some(count) = self.counts.get_mut(rule) {
                count.pairs += pairs;
            }
        }
        states
    }

    fn group_pairs(&self, rule: usize, rows: &[u32], mut visit: impl FnMut(usize, usize)) -> u64 {
        let mut count = 0;
        for (at, a) in rows.iter().enumerate() {
            let a = *a as usize;
            let of_a = self.keys.get(a * self.rules..a * self.rules + rule).unwrap_or_default();
            for b in rows.iter().skip(at + 1) {
                let b = *b as usize;
                let of_b = self.keys.get(b * self.rules..b * self.rules + rule).unwrap_or_default();
                let made = of_a.iter().zip(of_b).any(|(x, y)| x == y && *x != NO_KEY);
                if !made {
                    count += 1;
                    visit(a.min(b), a.max(b));
                }
            }
        }
        count
    }

    /// Counts pairs from nothing again.
    pub fn forget_counts(&mut self) {
        self.counts.iter_mut().for_each(|count| count.pairs = 0);
    }

    /// Whether any rule brings two rows together, blocks that are left out not counting.
    pub fn brings(&self, a: usize, b: usize) -> bool {
        let of = |row: usize| self.keys.get(row * self.rules..(row + 1) * self.rules).unwrap_or_default();
        of(a).iter().zip(of(b)).any(|(x, y)| x == y && *x != NO_KEY)
    }

    /// What each rule did.
    pub fn counts(&self) -> &[BlockCount] {
        &self.counts
    }
}

struct Grouped {
    rows: Vec<u32>,
    ends: Vec<u32>,
    left_out: Vec<u32>,
    count: BlockCount,
}

/// The groups of one rule that have at least one pair and not too many.
fn group(keys: &[u64], rules: usize, rule: usize, largest: u64) -> Grouped {
    let of_rule = keys.iter().skip(rule).step_by(rules);
    let mut pairs: Vec<(u64, u32)> = of_rule
        .zip(0u32..)
        .filter(|(key, _)| **key != NO_KEY)
        .map(|(key, row)| (*key, row))
        .collect();
    pairs.sort_unstable();
    let mut grouped = Grouped {
        rows: Vec::new(),
        ends: Vec::new(),
        left_out: Vec::new(),
        count: BlockCount::default(),
    };
    for group in pairs.chunk_by(|a, b| a.0 == b.0) {
        let size = group.len() as u64;
        let rows = group.iter().map(|(_, row)| *row);
        match size * (size - 1) / 2 {
            0 => {}
            many if many > largest => {
                grouped.count.left_out += 1;
                grouped.count.pairs_left_out += many;
                grouped.left_out.extend(rows);
            }
            _ => {
                grouped.rows.extend(rows);
                grouped.ends.push(u32::try_from(grouped.rows.len()).unwrap_or(u32::MAX));
            }
        }
    }
    grouped
}

/// The next piece of work, `size` long at most.
fn chunk(next: &AtomicUsize, all: usize, size: usize) -> Option<std::ops::Range<usize>> {
    let from = next.fetch_add(size, Ordering::Relaxed);
    (from < all).then(|| from..(from + size).min(all))
}

/// Runs one piece of work in so many threads and gives back what each made.
pub(crate) fn in_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    if threads <= 1 {
        return vec![work()];
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(&work)).collect();
        let done = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
        done.map(|done| done.unwrap_or_else(|fault| std::panic::resume_unwind(fault)))
            .collect()
    })
}
