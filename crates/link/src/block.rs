//! Blocking: which pairs are compared at all.
//!
//! A block rule gives a record a key; two records with one key are a pair. Each pair comes once, under the first rule
//! that makes it. Pairs are handed on one by one and never kept. A block with too many pairs is left out, counted and
//! told, so that no group of records can make the work quadratic.

mod between;
mod keys;
mod table;
mod within;

pub use between::LeftBlocks;
pub use keys::{Keys, SharedMemory};
pub use within::OwnBlocks;

use std::sync::atomic::{AtomicUsize, Ordering};

/// Pairs that are handed on at a time: enough that what is fetched for one pair is on its way while another is
/// compared, few enough to stay in the cache.
pub(crate) const PAIRS: usize = 1024;

/// The key of a record that a rule says nothing about.
const NO_KEY: u64 = 0;

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
