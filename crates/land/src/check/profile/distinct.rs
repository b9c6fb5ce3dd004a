//! Counting different values in memory of a fixed size.
//!
//! Of all 64-bit hashes the smallest are kept, so many of them. As long as there are not more, the count is
//! exact (two of 260,000 values share a hash once in five hundred million files). Once there are more, how
//! close together the smallest lie tells how many there must be, within 0.2 percent in two files of three.
//! Which hashes are kept depends on the values alone: not on their order, nor on how the file was cut up.

/// How many hashes are kept.
const MOST: usize = 1 << 18;
/// How many new ones wait until they are sorted in.
const WAITING: usize = 1 << 15;

/// Different values, and for each the headlines that count it.
#[derive(Debug, Clone)]
pub(super) struct Distinct {
    /// In rising order, each once.
    kept: Vec<(u64, u32)>,
    waiting: Vec<(u64, u32)>,
    /// No hash above this is kept any more.
    limit: u64,
    most: usize,
}

impl Default for Distinct {
    fn default() -> Self {
        Self {
            kept: Vec::new(),
            waiting: Vec::new(),
            limit: u64::MAX,
            most: MOST,
        }
    }
}

impl Distinct {
    /// Adds a value for the headlines whose bits are set.
    pub(super) fn add(&mut self, hash: u64, headlines: u32) {
        if hash > self.limit || headlines == 0 {
            return;
        }
        // Rows of a person often stand together.
        match self.waiting.last_mut() {
            Some((last, bits)) if *last == hash => *bits |= headlines,
            _ => self.waiting.push((hash, headlines)),
        }
        if self.waiting.len() >= WAITING {
            self.settle();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (hash, headlines) in other.kept.into_iter().chain(other.waiting) {
            self.add(hash, headlines);
        }
    }

    /// Sorts in what waits.
    pub(super) fn settle(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.sort_unstable();
        let mut all: Vec<(u64, u32)> = Vec::with_capacity(self.kept.len() + waiting.len());
        let mut old = std::mem::take(&mut self.kept).into_iter().peekable();
        let mut new = waiting.iter().copied().peekable();
        loop {
            let next = match (old.peek(), new.peek()) {
                (Some(a), Some(b)) if a.0 <= b.0 => old.next(),
                (_, Some(_)) => new.next(),
                (Some(_), None) => old.next(),
                (None, None) => break,
            };
            let Some((hash, headlines)) = next else { break };
            match all.last_mut() {
                Some((last, bits)) if *last == hash => *bits |= headlines,
                _ => all.push((hash, headlines)),
            }
        }
        if all.len() > self.most {
            all.truncate(self.most);
            self.limit = all.last().map_or(u64::MAX, |(hash, _)| *hash);
        }
        self.kept = all;
        waiting.clear();
        self.waiting = waiting;
    }

    /// How many values a headline counts, once all are settled, and whether that is exact.
    pub(super) fn count(&self, headline: usize) -> (u64, bool) {
        let bit = 1_u32.checked_shl(u32::try_from(headline).unwrap_or(u32::MAX));
        let bit = bit.unwrap_or_default();
        let counted = self.kept.iter().filter(|(_, bits)| bits & bit != 0).count();
        if self.limit == u64::MAX {
            return (counted as u64, true);
        }
        // The k-th smallest of n hashes lies near k/n of the way; (k - 1)/n has no bias.
        let kept = self.kept.len() as u128;
        let all = (kept.saturating_sub(1) << 64) / u128::from(self.limit.max(1));
        let estimate = (all * counted as u128 + kept / 2) / kept.max(1);
        (u64::try_from(estimate).unwrap_or(u64::MAX), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeSet, hash::Hasher};

    fn hash(value: u32) -> u64 {
        let mut hasher = std::hash::DefaultHasher::new();
        hasher.write_u32(value);
        hasher.finish()
    }

    fn of(values: impl Iterator<Item = u32>, most: usize) -> Distinct {
        let mut distinct = Distinct {
            most,
            ..Distinct::default()
        };
        for value in values {
            distinct.add(hash(value), 1 + 2 * u32::from(value % 4 == 0));
        }
        distinct
    }

    #[test]
    fn few_values_are_counted_exactly() {
        let values = || (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761) % 30_011);
        let expected: BTreeSet<u32> = values().collect();
        let mut distinct = of(values(), MOST);
        distinct.settle();
        assert_eq!(distinct.count(0), (expected.len() as u64, true));
        let fourth = expected.iter().filter(|v| **v % 4 == 0).count();
        assert_eq!(distinct.count(1), (fourth as u64, true));
    }

    #[test]
    fn many_values_are_estimated_alike_in_any_order_and_in_parts() {
        let mut forwards = of(0..300_000, 10_000);
        forwards.settle();
        let (estimate, exact) = forwards.count(0);
        assert!(!exact);
        // The standard error with ten thousand hashes is one percent.
        assert!(estimate.abs_diff(300_000) < 9_000, "{estimate}");
        assert!(forwards.count(1).0.abs_diff(75_000) < 4_500);
        let mut parts = of((0..150_000).rev(), 10_000);
        parts.merge(of((100_000..300_000).rev(), 10_000));
        parts.settle();
        assert_eq!(parts.kept, forwards.kept);
        assert_eq!(parts.count(0), (estimate, false));
    }
}
