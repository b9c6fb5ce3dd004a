//! From pairs to people: which records are one person, given the pairs that were found.
//!
//! Records are numbered in the order of their ids and pairs are taken from the heaviest on, so that nothing depends on
//! the order in which rows came, and pairs that come later give what all pairs at once would have given.
//!
//! - [`join`]: connected components at one or several thresholds, nested, in one pass; with at most one record of a
//!   source where that is asked for, and with what reviewers decided: must-link and cannot-link;
//! - [`check`]: what is suspicious in a cluster: bridges, density, size, two NHS numbers, two dates of death;
//! - [`read`], [`write_people`]: the same on files alone;
//! - [`assign`]: ids of people that stay from run to run, and what changed, as events.

mod checks;
mod files;
mod forest;
mod graph;
mod join;
mod stable;

#[cfg(test)]
mod tests;

pub use checks::{Checks, ClusterCheck, Flag, check};
pub use files::{
    ClusterFiles, ClusterInputs, read, read_known, write_checks, write_events, write_people,
};
pub use forest::Forest;
pub use graph::{Edge, Graph, Member};
pub use join::{
    Best, Clusters, Constraints, Cut, CutCause, JoinRules, Level, OnePerSource, Ties, join,
};
pub use stable::{Assignment, Event, Known, assign};
