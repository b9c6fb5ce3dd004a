//! What a reader can infer about a count from what is shown: the smallest and largest true value.

use serde::{Deserialize, Serialize};

/// The true values that a shown number or symbol may stand for, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The smallest.
    pub low: u64,
    /// The largest.
    pub high: u64,
}

impl Interval {
    /// One value and no other.
    pub const fn exactly(value: u64) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    /// The values that lie in both, if there are any.
    pub fn within(self, other: Self) -> Option<Self> {
        let both = Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        };
        (both.low <= both.high).then_some(both)
    }

    /// The smallest interval around both.
    #[must_use]
    pub fn around(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// What is known of the sum of two counts.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            low: self.low.saturating_add(other.low),
            high: self.high.saturating_add(other.high),
        }
    }
}
