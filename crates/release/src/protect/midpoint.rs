//! Midpoint rounding: each number is shown as the middle of the group of numbers that it falls in.
//!
//! With base 6 the groups are 1 to 6, 7 to 12 and so on, shown as 6 x ceil(n / 6) - 3: 3, 9, 15. Zero
//! falls in none and needs a band of its own.

use crate::Interval;
use serde::{Deserialize, Serialize};

/// Rounding to the middle of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Midpoint {
    /// How many numbers form a group; even.
    pub base: u64,
}

impl Midpoint {
    /// What is wrong with the settings, if anything is.
    pub fn fault(self, from: u64) -> Option<String> {
        if self.base < 2 || !self.base.is_multiple_of(2) {
            Some("a midpoint base is an even number".to_owned())
        } else if from == 0 {
            Some("zero has no midpoint; give it a band of its own".to_owned())
        } else {
            None
        }
    }

    /// The number shown.
    pub fn apply(self, count: u64) -> u64 {
        let base = self.base.max(2);
        (count.div_ceil(base).saturating_mul(base)).saturating_sub(base / 2)
    }

    /// The numbers that are shown so; `None` where none is.
    pub fn came_from(self, shown: u64) -> Option<Interval> {
        let base = self.base.max(2);
        let high = shown.checked_add(base / 2)?;
        (shown > 0 && high.is_multiple_of(base)).then(|| Interval {
            low: high - base + 1,
            high,
        })
    }
}
