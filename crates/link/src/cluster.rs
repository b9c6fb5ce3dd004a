//! From pairs to people: which records are one person, given the pairs that were found.

mod forest;

pub use forest::Forest;
