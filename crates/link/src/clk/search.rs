//! All pairs of filters that are alike enough: popcounts of many candidates at once, and a bound that ends early.
//!
//! The candidates of the right stand in groups as columns of bits, in the order of their weight. A record of the left
//! counts, bit by bit of its own, in how many columns each candidate stands: carries go upwards through planes of bits, so
//! that one addition serves a whole group. Once no candidate of a group can reach the bits it needs, the group is left.

use super::{Filters, dice, filters::weight, needed, sampled};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Records of the left that one thread takes at a time.
const CHUNK: usize = 128;
/// Columns that are counted together.
const STRIDE: usize = 16;
/// So few candidates are counted one by one instead of with their group.
const FEW: u32 = 8;

/// So many pairs are looked at one by one unless told otherwise: a minute or so on two cores.
pub const EXACT: u64 = 50_000_000_000;

/// What to look for, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// The Dice coefficient from which filters are alike.
    pub threshold: f64,
    /// Pairs of a record on the left that are kept at most: the best ones.
    pub most: usize,
    /// Every pair, or a sample of bits.
    pub way: Way,
    /// Threads; 0 counts as 1.
    pub threads: usize,
}

/// Which pairs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Every pair that the bounds leave: finds all.
    Exact,
    /// Pairs that agree on a sample of bits: finds at least 19 of 20 at the threshold, and more above it.
    Sampled,
    /// Every pair up to [`EXACT`], a sample beyond.
    Auto,
}

/// Two filters that are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The record on the left.
    pub left: u32,
    /// The record on the right.
    pub right: u32,
    /// The Dice coefficient.
    pub similarity: f64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// In the order of the left, the best first, then in the order of the right.
    pub pairs: Vec<Pair>,
    /// Records on the left of which as many pairs are kept as may be: some of theirs may be missing.
    pub full: usize,
    /// Whether every pair was looked at.
    pub exact: bool,
}

/// All pairs of filters that are alike enough. Widths must be the same.
pub fn pairs(left: &Filters, right: &Filters, search: &Search) -> Found {
    let all = left.len() as u64 * right.len() as u64;
    let sampled = search.way == Way::Sampled || (search.way == Way::Auto && all > EXACT);
    let plan = if sampled {
        sampled::plan(left, right, search.threshold)
    } else {
        None
    };
    let pairs = match &plan {
        Some(plan) => sampled::pairs(left, right, search, plan),
        None => every(left, right, search),
    };
    let full = pairs
        .chunk_by(|a, b| a.left == b.left)
        .filter(|of| of.len() >= search.most)
        .count();
    Found {
        pairs,
        full,
        exact: plan.is_none(),
    }
}

fn every(left: &Filters, right: &Filters, search: &Search) -> Vec<Pair> {
    let index = Index::new(right, search.threshold);
    let chunks = left.len().div_ceil(CHUNK);
    let next = AtomicUsize::new(0);
    let threads = search.threads.clamp(1, chunks.max(1));
    let mut done: Vec<(usize, Vec<Pair>)> = std::thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            loop {
                let chunk = next.fetch_add(1, Ordering::Relaxed);
                if chunk >= chunks {
                    return mine;
                }
                mine.push((
                    chunk,
                    index.chunk(
                        left,
                        chunk * CHUNK..((chunk + 1) * CHUNK).min(left.len()),
                        search,
                    ),
                ));
            }
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            // A thread ends early only if it panics, and nothing in it does.
            done.extend(other.join().unwrap_or_default());
        }
        done
    });
    done.sort_unstable_by_key(|(chunk, _)| *chunk);
    done.into_iter().flat_map(|(_, pairs)| pairs).collect()
}

/// A bit for each of 256 candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Lanes([u64; 4]);

const LANES: usize = 256;

impl Lanes {
    const NONE: Self = Self([0; 4]);
    const ALL: Self = Self([u64::MAX; 4]);

    #[inline]
    fn with(self, other: Self, both: impl Fn(u64, u64) -> u64) -> Self {
        let ([m0, m1, m2, m3], [t0, t1, t2, t3]) = (self.0, other.0);
        Self([both(m0, t0), both(m1, t1), both(m2, t2), both(m3, t3)])
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    #[inline]
    fn or(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    #[inline]
    fn xor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }

    fn is_none(self) -> bool {
        self == Self::NONE
    }

    fn count(self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).sum()
    }

    fn has(self, lane: usize) -> bool {
        self.0
            .get(lane / 64)
            .is_some_and(|word| word >> (lane % 64) & 1 == 1)
    }
}

/// Adds two bits to a plane; what is over goes to the next one.
fn add(plane: &mut Lanes, one: Lanes, other: Lanes) -> Lanes {
    let differ = one.xor(other);
    let over = one.and(other).or(differ.and(*plane));
    *plane = plane.xor(differ);
    over
}

/// How many columns each candidate stands in: plane `p` holds the bit of 2^p.
#[derive(Default)]
struct Counter {
    low: [Lanes; 4],
    high: [Lanes; 12],
}

impl Counter {
    fn add(&mut self, columns: &[Lanes; STRIDE], levels: usize) {
        let [ones, twos, fours, eights] = &mut self.low;
        let mut four = |columns: [Lanes; 4]| {
            let [first, second, third, fourth] = columns;
            let one = add(ones, first, second);
            let other = add(ones, third, fourth);
            add(twos, one, other)
        };
        let (quarters, _) = columns.as_chunks::<4>();
        let [first, second, third, fourth] =
            [0, 1, 2, 3].map(|at| four(quarters.get(at).copied().unwrap_or_default()));
        let one = add(fours, first, second);
        let other = add(fours, third, fourth);
        let mut over = add(eights, one, other);
        for plane in self.high.iter_mut().take(levels) {
            let next = plane.and(over);
            *plane = plane.xor(over);
            over = next;
        }
    }

    /// The candidates that stand in at least so many columns.
    fn at_least(&self, count: usize) -> Lanes {
        if count == 0 {
            return Lanes::ALL;
        }
        let (mut more, mut same) = (Lanes::NONE, Lanes::ALL);
        let high = self
            .high
            .iter()
            .enumerate()
            .map(|(at, plane)| (at + self.low.len(), plane))
            .rev();
        for (at, plane) in high.chain(self.low.iter().enumerate().rev()) {
            if count >> at & 1 == 1 {
                same = same.and(*plane);
            } else {
                more = more.or(same.and(*plane));
                same = same.and(plane.xor(Lanes::ALL));
            }
        }
        more.or(same)
    }
}

/// The right side, as columns.
struct Index<'a> {
    right: &'a Filters,
    /// Records with a filter, by weight; for each its weight.
    order: Vec<(u32, u32)>,
    /// For each group its columns, and one column after them that nobody stands in.
    columns: Vec<Lanes>,
    bits: usize,
    /// For each number of bits that two filters have together, the fewest that they must share.
    needed: Vec<u32>,
    /// For each bit, its place among all bits when those come first that few candidates have.
    rank: Vec<u16>,
    /// The bits in that order.
    ranked: Vec<u16>,
}

impl<'a> Index<'a> {
    fn new(right: &'a Filters, threshold: f64) -> Self {
        let bits = right.width() * 64;
        let of = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let mut order: Vec<(u32, u32)> = (0..right.len())
            .map(|record| (of(weight(right.of(record))), of(record)))
            .filter(|(weight, _)| *weight > 0)
            .collect();
        order.sort_unstable();
        let stride = bits + 1;
        let mut columns = vec![Lanes::NONE; order.len().div_ceil(LANES) * stride];
        let mut counts = vec![0u32; bits];
        for (place, (_, record)) in order.iter().enumerate() {
            let group = columns
                .get_mut(place / LANES * stride..)
                .unwrap_or_default();
            let lane = place % LANES;
            each_bit(right.of(*record as usize), |bit| {
                if let Some(count) = counts.get_mut(bit) {
                    *count += 1;
                }
                if let Some(word) = group
                    .get_mut(bit)
                    .and_then(|lanes| lanes.0.get_mut(lane / 64))
                {
                    *word |= 1 << (lane % 64);
                }
            });
        }
        let mut ranked: Vec<u16> = (0..bits)
            .map(|bit| u16::try_from(bit).unwrap_or(u16::MAX))
            .collect();
        ranked.sort_by_key(|bit| counts.get(usize::from(*bit)));
        let mut rank = vec![0u16; bits];
        for (at, bit) in ranked.iter().enumerate() {
            if let Some(rank) = rank.get_mut(usize::from(*bit)) {
                *rank = u16::try_from(at).unwrap_or(u16::MAX);
            }
        }
        Self {
            needed: (0..=bits * 2)
                .map(|both| of(needed(threshold, both)))
                .collect(),
            right,
            order,
            columns,
            bits,
            rank,
            ranked,
        }
    }

    fn needed(&self, left: u32, right: u32) -> u32 {
        self.needed
            .get((left + right) as usize)
            .copied()
            .unwrap_or(u32::MAX)
    }

    /// The pairs of some records of the left.
    fn chunk(&self, left: &Filters, records: std::ops::Range<usize>, search: &Search) -> Vec<Pair> {
        let mut askers: Vec<Asker> = records.map(|record| self.asker(left, record)).collect();
        for (group, members) in self.order.chunks(LANES).enumerate() {
            let columns = self
                .columns
                .get(group * (self.bits + 1)..(group + 1) * (self.bits + 1));
            for asker in &mut askers {
                self.group(asker, members, columns.unwrap_or_default(), search);
            }
        }
        for asker in &mut askers {
            asker.keep(search.most);
        }
        askers.into_iter().flat_map(|asker| asker.kept).collect()
    }

    fn asker<'f>(&self, left: &'f Filters, record: usize) -> Asker<'f> {
        let words = left.of(record);
        let mut ranks: Vec<u16> = Vec::new();
        each_bit(words, |bit| ranks.extend(self.rank.get(bit)));
        ranks.sort_unstable();
        let mut bits: Vec<u16> = ranks
            .iter()
            .filter_map(|rank| self.ranked.get(usize::from(*rank)))
            .copied()
            .collect();
        let weight = bits.len();
        // The column that nobody stands in fills up the last stride.
        bits.resize(
            weight.next_multiple_of(STRIDE),
            u16::try_from(self.bits).unwrap_or(u16::MAX),
        );
        Asker {
            record: u32::try_from(record).unwrap_or(u32::MAX),
            words,
            weight: u32::try_from(weight).unwrap_or(u32::MAX),
            bits,
            kept: Vec::new(),
        }
    }

    /// The pairs of one record of the left with one group of the right.
    fn group(&self, asker: &mut Asker, members: &[(u32, u32)], columns: &[Lanes], search: &Search) {
        let (Some((lightest, _)), Some((heaviest, _))) = (members.first(), members.last()) else {
            return;
        };
        let least = self.needed(asker.weight, *lightest);
        if asker.weight == 0 || least > asker.weight.min(*heaviest) {
            return;
        }
        let mut counter = Counter::default();
        let (strides, _) = asker.bits.as_chunks::<STRIDE>();
        let mut alike = Lanes::ALL;
        for (stride, bits) in strides.iter().enumerate() {
            let columns =
                bits.map(|bit| columns.get(usize::from(bit)).copied().unwrap_or_default());
            let done = (stride + 1) * STRIDE;
            counter.add(&columns, done.ilog2() as usize - 3);
            let left = (asker.weight as usize).saturating_sub(done);
            if (stride % 2 == 0 && left > 0) || left >= least as usize {
                continue;
            }
            alike = counter.at_least(least as usize - left);
            if alike.is_none() {
                return;
            }
            if alike.count() <= FEW {
                break;
            }
        }
        for (lane, (weight, record)) in members.iter().enumerate() {
            if alike.has(lane) {
                let common = common(asker.words, self.right.of(*record as usize));
                if common >= self.needed(asker.weight, *weight) {
                    asker.found(
                        *record,
                        dice(common as usize, asker.weight as usize, *weight as usize),
                        search.most,
                    );
                }
            }
        }
    }
}

fn each_bit(words: &[u64], mut each: impl FnMut(usize)) {
    for (at, word) in words.iter().enumerate() {
        let mut left = *word;
        while left != 0 {
            each(at * 64 + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

/// Bits that both have.
pub(super) fn common(left: &[u64], right: &[u64]) -> u32 {
    left.iter()
        .zip(right)
        .map(|(left, right)| (left & right).count_ones())
        .sum()
}

/// A record of the left.
struct Asker<'a> {
    record: u32,
    words: &'a [u64],
    weight: u32,
    /// Its bits, rare ones first, filled up to whole strides.
    bits: Vec<u16>,
    kept: Vec<Pair>,
}

impl Asker<'_> {
    fn found(&mut self, right: u32, similarity: f64, most: usize) {
        self.kept.push(Pair {
            left: self.record,
            right,
            similarity,
        });
        if self.kept.len() >= most.saturating_mul(2).saturating_add(64) {
            self.keep(most);
        }
    }

    fn keep(&mut self, most: usize) {
        self.kept.sort_unstable_by(|a, b| {
            b.similarity
                .total_cmp(&a.similarity)
                .then(a.right.cmp(&b.right))
        });
        self.kept.truncate(most);
    }
}
