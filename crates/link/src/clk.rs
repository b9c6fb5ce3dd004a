//! Linkage without identifiers: records become filters of bits under a secret that the data owners share, and whoever
//! compares the filters sees no names. It is one record-level filter (a CLK), or one filter for each field.
//!
//! [`encode`] is what a data owner runs, [`match_filters`] what the linkage unit runs. Who may hold what, and what
//! can still be found out: `docs/clk.md`.

mod assign;
mod by_field;
mod clk_error;
mod encode;
mod encoder;
mod features;
mod filters;
mod harden;
mod match_filters;
mod sampled;
mod scheme;
mod search;
mod secret;
mod similar;
#[cfg(test)]
mod tests;

pub use assign::Assignment;
pub use by_field::{by_field, weighted};
pub use clk_error::ClkError;
pub use encode::{EncodeOptions, EncodeRun, encode};
pub use encoder::Encoder;
pub use filters::Filters;
pub use match_filters::{FieldWeights, MatchOptions, MatchRun, match_filters};
pub use scheme::{Field, Flips, Hardening, Kind, NoValues, Salt, Scheme};
pub use search::{EXACT, Found, Pair, Search, Way, pairs};
pub use secret::Secret;
pub use similar::{dice, needed};
