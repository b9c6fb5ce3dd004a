//! Replacing: every number of a range is shown as one and the same number.

use serde::{Deserialize, Serialize};

/// One number in place of all numbers of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// What is shown.
    pub by: u64,
}
