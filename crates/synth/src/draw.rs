//! Drawing lots: one stream of chance per topic and number, the same on every platform.
//!
//! `ChaCha` is read as fixed-width whole numbers and compared with fixed-point shares. Nothing here uses `usize`,
//! logarithms or the order of a hash map, which differ between platforms or runs.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// What a stream is for. Streams do not disturb each other: more faults leave the people as they were.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Topic {
    Households = 1,
    NhsNumbers,
    Care,
    Carers,
    Keys,
    Hospital,
    RowFaults,
    PersonFaults,
    Index,
    Deaths,
    OptOuts,
    HospitalRows,
    CareHomes,
    Streets,
    Sectors,
    Clients,
    Copies,
    Slips,
    Shuffle,
    Confidentiality,
    Renumbered,
}

/// A stream of chance.
pub(crate) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of a topic and a number, under a seed.
    pub(crate) fn of(seed: u64, topic: Topic, number: u64) -> Self {
        let mut key = [0u8; 32];
        let words = [seed, topic as u64];
        for (slot, byte) in key
            .iter_mut()
            .zip(words.into_iter().flat_map(u64::to_le_bytes))
        {
            *slot = byte;
        }
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(number);
        Self(rng)
    }

    /// A whole number below `n`; 0 where `n` is 0.
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(n);
        u32::try_from(wide >> 32).unwrap_or(0)
    }

    /// A whole number below `n`, for totals that need more than 32 bits.
    fn below_wide(&mut self, n: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(n);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i32, high: i32) -> i32 {
        let width = u32::try_from(i64::from(high) - i64::from(low) + 1).unwrap_or(1);
        low + i32::try_from(self.below(width)).unwrap_or(0)
    }

    /// A number from a pair of bounds, both included.
    pub(crate) fn within(&mut self, bounds: [i32; 2]) -> i32 {
        let [low, high] = bounds;
        self.between(low, high)
    }

    /// True in this share of cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        u64::from(self.0.next_u32()) < fixed(share, 4_294_967_296.0)
    }

    /// A rank spread evenly over 0 to 1.
    pub(crate) fn rank(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// One of these, each as likely; `None` of none.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let n = u32::try_from(from.len()).unwrap_or(u32::MAX);
        let at = self.below(n);
        from.get(at as usize)
    }
}

/// A share as a whole number of parts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares are clamped to be positive and finite, and the cast of a float saturates"
)]
pub(crate) fn fixed(share: f64, parts: f64) -> u64 {
    (share.max(0.0) * parts) as u64
}

/// Things with weights, one of which is drawn.
#[derive(Debug, Clone)]
pub(crate) struct Shares<T> {
    items: Vec<T>,
    /// Running totals of the weights, in millionths.
    upto: Vec<u64>,
}

impl<T> Default for Shares<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            upto: Vec::new(),
        }
    }
}

impl<T> Shares<T> {
    /// From things and their weights; those of no weight are never drawn.
    pub(crate) fn new(weighted: impl IntoIterator<Item = (T, f64)>) -> Self {
        let mut total = 0u64;
        let (items, upto) = weighted
            .into_iter()
            .map(|(item, weight)| {
                total += fixed(weight, 1_000_000.0);
                (item, total)
            })
            .unzip();
        Self { items, upto }
    }

    /// One of them; `None` where nothing has a weight.
    pub(crate) fn draw(&self, draw: &mut Draw) -> Option<&T> {
        let total = *self.upto.last()?;
        if total == 0 {
            return None;
        }
        let mark = draw.below_wide(total);
        self.items.get(self.upto.partition_point(|&u| u <= mark))
    }

    /// The one at a mark among all numbers; `None` where nothing has a weight.
    pub(crate) fn at(&self, mark: u64) -> Option<&T> {
        let total = u128::from(*self.upto.last()?);
        let mark = u64::try_from((u128::from(mark) * total) >> 64).unwrap_or(0);
        self.items.get(self.upto.partition_point(|&u| u <= mark))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_numbers() {
        let draws = |seed, topic| {
            let mut draw = Draw::of(seed, topic, 7);
            [draw.below(1000), draw.below(1000), draw.below(1000)]
        };
        assert_eq!(draws(1, Topic::Care), draws(1, Topic::Care));
        assert_ne!(draws(1, Topic::Care), draws(2, Topic::Care));
        assert_ne!(draws(1, Topic::Care), draws(1, Topic::Households));
    }

    #[test]
    fn shares_are_kept() {
        let shares = Shares::new([('a', 3.0), ('b', 0.0), ('c', 1.0)]);
        let mut draw = Draw::of(1, Topic::Households, 0);
        let drawn: Vec<char> = (0..40_000)
            .filter_map(|_| shares.draw(&mut draw).copied())
            .collect();
        let a = drawn.iter().filter(|c| **c == 'a').count();
        assert!((29_500..30_500).contains(&a), "{a}");
        assert!(!drawn.contains(&'b'));
        assert_eq!(Shares::<u8>::new([]).draw(&mut draw), None);
    }
}
