//! Pairs within one file.

use super::{BlockCount, Keys, NO_KEY, PAIRS, chunk, in_threads, keys::RowParts};
use crate::people::{Dictionary, People};
use std::sync::atomic::AtomicUsize;

/// Groups that one thread takes at a time.
const GROUPS_AT_A_TIME: usize = 256;

/// The records of one file, by key.
#[derive(Debug)]
pub struct OwnBlocks {
    /// For each row the number of its group by each rule, or none.
    of_row: Vec<u32>,
    rules: usize,
    /// For each rule, the rows in order of their keys, and where each group ends.
    groups: Vec<(Vec<u32>, Vec<u32>)>,
    counts: Vec<BlockCount>,
}

/// The group of a row that shares its key with no other.
const NO_GROUP: u32 = 0;

impl OwnBlocks {
    /// Over all rows; blocks with more pairs than `largest` are left out.
    pub fn new(
        keys: &Keys,
        dictionary: &Dictionary,
        people: &People,
        largest: u64,
        threads: usize,
    ) -> Self {
        let rules = keys.rules();
        let mut all = vec![NO_KEY; people.len() * rules];
        let share = people.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            for (part, slots) in all.chunks_mut(share * rules).enumerate() {
                scope.spawn(move || {
                    let mut parts = RowParts::default();
                    for (at, slots) in slots.chunks_exact_mut(rules).enumerate() {
                        let codes = people.row(part * share + at);
                        keys.present(dictionary, codes, &mut parts, |rule, key| {
                            if let Some(slot) = slots.get_mut(rule) {
                                *slot = key;
                            }
                        });
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
        drop(all);
        let mut grouped: Vec<_> = grouped.into_iter().flatten().collect();
        grouped.sort_by_key(|(rule, _)| *rule);
        let mut blocks = Self {
            of_row: vec![NO_GROUP; people.len() * rules],
            rules,
            groups: Vec::new(),
            counts: Vec::new(),
        };
        for (rule, grouped) in grouped {
            let mut from = 0;
            for (number, end) in (NO_GROUP + 1..).zip(&grouped.ends) {
                let rows = grouped.rows.get(from..*end as usize).unwrap_or_default();
                for row in rows {
                    if let Some(slot) = blocks.of_row.get_mut(*row as usize * rules + rule) {
                        *slot = number;
                    }
                }
                from = *end as usize;
            }
            blocks.groups.push((grouped.rows, grouped.ends));
            blocks.counts.push(grouped.count);
        }
        blocks
    }

    /// Hands every pair of rows once to `visit`, the lower row first, many at a time, with the state of its thread.
    pub fn pairs<S: Send>(
        &mut self,
        threads: usize,
        state: impl Fn() -> S + Sync,
        visit: impl Fn(&mut S, &[(u32, u32)]) + Sync,
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
                            let mut pairs = Vec::with_capacity(2 * PAIRS);
                            while let Some(groups) = chunk(next, ends.len(), GROUPS_AT_A_TIME) {
                                for group in groups {
                                    let before = group.checked_sub(1).and_then(|at| ends.get(at));
                                    let from = before.copied().unwrap_or(0) as usize;
                                    let to = ends.get(group).copied().unwrap_or(0) as usize;
                                    let rows = rows.get(from..to).unwrap_or_default();
                                    count += this.group_pairs(rule, rows, |a, b| {
                                        pairs.push((a, b));
                                        if pairs.len() >= PAIRS {
                                            visit(state, &pairs);
                                            pairs.clear();
                                        }
                                    });
                                }
                                visit(state, &pairs);
                                pairs.clear();
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

    fn group_pairs(&self, rule: usize, rows: &[u32], mut visit: impl FnMut(u32, u32)) -> u64 {
        let mut count = 0;
        let before = |row: u32| {
            let from = row as usize * self.rules;
            self.of_row.get(from..from + rule).unwrap_or_default()
        };
        for (at, a) in rows.iter().enumerate() {
            let of_a = before(*a);
            for b in rows.iter().skip(at + 1) {
                // Without a branch: the groups of two rows are compared all at once.
                let groups = of_a.iter().zip(before(*b));
                let together = groups.map(|(x, y)| u32::from(x == y && *x != NO_GROUP));
                let made = together.sum::<u32>() > 0;
                if !made {
                    count += 1;
                    visit(*a.min(b), *a.max(b));
                }
            }
        }
        count
    }

    /// Counts pairs from nothing again.
    pub fn forget_counts(&mut self) {
        self.counts.iter_mut().for_each(|count| count.pairs = 0);
    }

    /// What each rule did.
    pub fn counts(&self) -> &[BlockCount] {
        &self.counts
    }
}

struct Grouped {
    rows: Vec<u32>,
    ends: Vec<u32>,
    count: BlockCount,
}

/// Keys are parted by so many of their first bits before they are sorted, so that each part fits the cache.
const BITS: u32 = 10;

/// The groups of one rule that have at least one pair and not too many, in the order of their keys.
fn group(keys: &[u64], rules: usize, rule: usize, largest: u64) -> Grouped {
    let of_rule = keys.iter().skip(rule).step_by(rules).copied();
    let of_rule = of_rule.zip(0u32..).filter(|(key, _)| *key != NO_KEY);
    let mut grouped = Grouped {
        rows: Vec::new(),
        ends: Vec::new(),
        count: BlockCount::default(),
    };
    let (mut pairs, ends) = parted(of_rule);
    let mut from = 0;
    for end in ends {
        let part = pairs.get_mut(from..end).unwrap_or_default();
        from = end;
        part.sort_unstable();
        for group in part.chunk_by(|a, b| a.0 == b.0) {
            let size = group.len() as u64;
            match size * (size - 1) / 2 {
                0 => {}
                many if many > largest => {
                    grouped.count.left_out += 1;
                    grouped.count.pairs_left_out += many;
                }
                _ => {
                    grouped.rows.extend(group.iter().map(|(_, row)| *row));
                    let end = u32::try_from(grouped.rows.len()).unwrap_or(u32::MAX);
                    grouped.ends.push(end);
                }
            }
        }
    }
    grouped
}

/// Keys and rows by the first bits of the keys, and where each part ends.
fn parted(pairs: impl Iterator<Item = (u64, u32)> + Clone) -> (Vec<(u64, u32)>, Vec<usize>) {
    let part = |key: u64| usize::try_from(key >> (64 - BITS)).unwrap_or(0);
    let mut ends = vec![0usize; 1 << BITS];
    for (key, _) in pairs.clone() {
        if let Some(count) = ends.get_mut(part(key)) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += std::mem::replace(end, sum);
    }
    let mut all = vec![(NO_KEY, 0); sum];
    for (key, row) in pairs {
        if let Some(next) = ends.get_mut(part(key)) {
            if let Some(slot) = all.get_mut(*next) {
                *slot = (key, row);
            }
            *next += 1;
        }
    }
    (all, ends)
}
