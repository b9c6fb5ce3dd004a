//! Pairs by a sample of bits: filters that agree on some bits chosen at random are held against each other.
//!
//! The more alike two filters are, the likelier they agree on all bits of a sample. With enough samples hardly a pair
//! above the threshold is missed, and most pairs that have nothing to do with each other are never looked at. The bits
//! are chosen by a fixed seed, so the same files give the same links.

use super::{Filters, Pair, Search, dice, filters::weight, needed, search::common};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The share of pairs just at the threshold that is found at least; pairs more alike are found more surely.
pub(super) const FOUND: f64 = 0.95;
/// Samples at most.
const MOST_SAMPLES: usize = 600;
/// Records of the right with the same sample that one record of the left is held against at most.
const MOST_OF_SAMPLE: usize = 4096;
/// A bit that fewer or more filters have than this tells too little.
const TELLING: std::ops::Range<f64> = 0.1..0.9;
/// What reading one bit, ordering one record and comparing one pair cost beside each other, in nanoseconds.
const COSTS: (f64, f64, f64) = (2.0, 60.0, 60.0);

/// How many bits a sample has, how many samples there are, and from which bits they are taken.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plan {
    bits: usize,
    samples: usize,
    telling: Vec<u16>,
}

/// The cheapest plan that finds [`FOUND`] of the pairs at the threshold; none where there is none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of costs from counts"
)]
pub(super) fn plan(left: &Filters, right: &Filters, threshold: f64) -> Option<Plan> {
    let length = right.width() * 64;
    let mut counts = vec![0usize; length];
    let mut filled = 0usize;
    for record in 0..right.len() {
        let words = right.of(record);
        filled += usize::from(weight(words) > 0);
        for (at, count) in counts.iter_mut().enumerate() {
            *count += usize::from(bit(words, at));
        }
    }
    let all = filled.max(1) as f64;
    let fills: Vec<f64> = counts.iter().map(|count| *count as f64 / all).collect();
    let telling: Vec<u16> = (0u16..)
        .zip(&fills)
        .filter(|(_, fill)| TELLING.contains(fill))
        .map(|(at, _)| at)
        .collect();
    if telling.len() < 64 {
        return None;
    }
    let told = telling.iter().filter_map(|at| fills.get(usize::from(*at)));
    let by_chance = told
        .map(|fill| fill * fill + (1.0 - fill) * (1.0 - fill))
        .sum::<f64>()
        / telling.len() as f64;
    // Bits in which two filters of usual weight differ at the threshold.
    let differ = 2.0 * fills.iter().sum::<f64>() * (1.0 - threshold);
    let agree = 1.0 - differ / length as f64;
    let records = (left.len() + right.len()) as f64;
    let product = left.len() as f64 * right.len() as f64;
    let costs = (8..=32usize).filter_map(|bits| {
        let chance = agree.powf(bits as f64);
        let samples = ((1.0 - FOUND).ln() / (1.0 - chance).ln()).ceil().max(1.0);
        let one = records * (COSTS.0 * bits as f64 + COSTS.1)
            + product * by_chance.powf(bits as f64) * COSTS.2;
        (samples <= MOST_SAMPLES as f64).then_some((samples * one, bits, samples as usize))
    });
    let (_, bits, samples) = costs.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Plan {
        bits,
        samples,
        telling,
    })
}

fn bit(words: &[u64], at: usize) -> bool {
    words
        .get(at / 64)
        .is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// The pairs that a plan finds, in the order of the left, the best first.
pub(super) fn pairs(left: &Filters, right: &Filters, search: &Search, plan: &Plan) -> Vec<Pair> {
    let sides = Sides {
        left,
        right,
        weights: [left, right].map(|side| {
            (0..side.len())
                .map(|record| weight(side.of(record)))
                .collect()
        }),
        search,
    };
    let next = AtomicUsize::new(0);
    let threads = search.threads.clamp(1, plan.samples);
    let mut found: Vec<Pair> = std::thread::scope(|scope| {
        let work = || {
            let (mut mine, mut tidy) = (Vec::new(), 1 << 20);
            loop {
                let sample = next.fetch_add(1, Ordering::Relaxed);
                if sample >= plan.samples {
                    return mine;
                }
                sides.sample(&plan.places(sample), &mut |pair| {
                    mine.push(pair);
                    if mine.len() >= tidy {
                        keep_best(&mut mine, search.most);
                        tidy = (mine.len() * 2).max(1 << 20);
                    }
                });
            }
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut found = work();
        for other in others {
            found.extend(other.join().unwrap_or_default());
        }
        found
    });
    keep_best(&mut found, search.most);
    found
}

/// Each pair once, and the best ones of each record on the left.
fn keep_best(pairs: &mut Vec<Pair>, most: usize) {
    pairs.sort_unstable_by(|a, b| {
        a.left
            .cmp(&b.left)
            .then(b.similarity.total_cmp(&a.similarity))
            .then(a.right.cmp(&b.right))
    });
    pairs.dedup_by_key(|pair| (pair.left, pair.right));
    let (mut of, mut kept) = (None, 0);
    pairs.retain(|pair| {
        kept = if of == Some(pair.left) { kept + 1 } else { 1 };
        of = Some(pair.left);
        kept <= most
    });
}

impl Plan {
    /// The bits of one sample: numbers of `SplitMix64`, whose seed is the number of the sample.
    fn places(&self, sample: usize) -> Vec<u16> {
        let mut state = (sample as u64 + 1).wrapping_mul(0xD134_2543_DE82_EF95);
        let mut places: Vec<u16> = self.telling.clone();
        for at in 0..self.bits.min(places.len()) {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            let left = (places.len() - at) as u64;
            places.swap(at, at + usize::try_from(mixed % left).unwrap_or(0));
        }
        places.truncate(self.bits);
        places
    }
}

struct Sides<'a> {
    left: &'a Filters,
    right: &'a Filters,
    weights: [Vec<usize>; 2],
    search: &'a Search,
}

impl Sides<'_> {
    /// Records with a filter in the order of their sample: the sample above, the record below.
    fn ordered(side: &Filters, weights: &[usize], places: &[u16]) -> Vec<u64> {
        let filled = weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight > 0);
        let mut keys: Vec<u64> = filled
            .map(|(record, _)| {
                let words = side.of(record);
                let key = places.iter().fold(0u64, |key, at| {
                    key << 1 | u64::from(bit(words, usize::from(*at)))
                });
                key << 32 | record as u64
            })
            .collect();
        keys.sort_unstable();
        keys
    }

    fn sample(&self, places: &[u16], found: &mut dyn FnMut(Pair)) {
        let [left_weights, right_weights] = &self.weights;
        let lefts = Self::ordered(self.left, left_weights, places);
        let rights = Self::ordered(self.right, right_weights, places);
        let mut rights = rights.as_slice();
        for group in lefts.chunk_by(|a, b| a >> 32 == b >> 32) {
            let key = group.first().map_or(0, |first| first >> 32);
            let before = rights.partition_point(|other| other >> 32 < key);
            rights = rights.get(before..).unwrap_or_default();
            let same = rights
                .iter()
                .take_while(|other| **other >> 32 == key)
                .take(MOST_OF_SAMPLE);
            for left in group {
                for right in same.clone() {
                    if let Some(pair) = self.alike(record_of(*left), record_of(*right)) {
                        found(pair);
                    }
                }
            }
        }
    }

    fn alike(&self, left: u32, right: u32) -> Option<Pair> {
        let (a, b) = (self.left.of(left as usize), self.right.of(right as usize));
        let [left_weights, right_weights] = &self.weights;
        let weights = (
            *left_weights.get(left as usize)?,
            *right_weights.get(right as usize)?,
        );
        let common = common(a, b) as usize;
        (common >= needed(self.search.threshold, weights.0 + weights.1)).then(|| Pair {
            left,
            right,
            similarity: dice(common, weights.0, weights.1),
        })
    }
}

/// The record in the lower half of a key.
fn record_of(key: u64) -> u32 {
    u32::try_from(key & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
