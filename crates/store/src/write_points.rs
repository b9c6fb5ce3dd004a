//! The moments at which something durable happens, counted, so that a test can kill the process at each.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts write points, and ends the process at one of them when a test asks for it.
#[derive(Debug, Default)]
pub struct WritePoints {
    reached: AtomicU64,
    kill_at: Option<u64>,
}

impl WritePoints {
    /// A counter; with `kill_at`, the process ends without any clean-up at that point (counted from 1).
    pub const fn new(kill_at: Option<u64>) -> Self {
        Self {
            reached: AtomicU64::new(0),
            kill_at,
        }
    }

    /// A write point has been reached. Called just before and just after each durable change.
    pub fn reach(&self) {
        let now = self.reached.fetch_add(1, Ordering::SeqCst) + 1;
        if self.kill_at == Some(now) {
            std::process::abort();
        }
    }

    /// How many write points have been reached.
    pub fn count(&self) -> u64 {
        self.reached.load(Ordering::SeqCst)
    }
}
