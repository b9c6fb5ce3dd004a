//! Pairs within one file.

use super::{BlockCount, Keys, NO_KEY, PAIRS, chunk, in_threads};
use crate::people::{Dictionary, People};
use std::sync::atomic::AtomicUsize;

/// Groups that one thread takes at a time.
const GROUPS_AT_A_TIME: usize = 256;

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
        for (at, a) in rows.iter().enumerate() {
            let from = *a as usize * self.rules;
            let of_a = self.keys.get(from..from + rule).unwrap_or_default();
            for b in rows.iter().skip(at + 1) {
                let from = *b as usize * self.rules;
                let of_b = self.keys.get(from..from + rule).unwrap_or_default();
                let made = of_a.iter().zip(of_b).any(|(x, y)| x == y && *x != NO_KEY);
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
                grouped
                    .ends
                    .push(u32::try_from(grouped.rows.len()).unwrap_or(u32::MAX));
            }
        }
    }
    grouped
}
