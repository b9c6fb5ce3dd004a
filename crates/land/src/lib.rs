//! Receiving files and checking them against their specification.
//!
//! `receive` turns a file from a stranger into batches of raw cells in bounded memory; `check`
//! parses those cells once and holds them against the rules. Neither keeps anything.

pub mod check;
pub mod receive;

#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod land_error;

pub use land_error::LandError;
