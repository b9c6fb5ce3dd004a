//! Derived tables and measures, as queries.
//!
//! A derivation is a folder in `content/derivations/`: `derive.sql`, whose first comment lines say what it
//! is, and `example/`, small tables in and the table that must come out. [`steps`] puts derivations in an
//! order in which each finds what it reads. A method is a folder in `content/measures/`: `method.toml` and one
//! query for each step; [`methods`] puts the steps of all methods in order. This crate runs nothing.

mod derivation;
pub mod example;
mod front;
pub mod methods;

pub use derivation::{AnalyseError, Derivation, LeftOut, ready, steps};
