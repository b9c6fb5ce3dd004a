//! Tracing: which person of the index each row of a request is about, as the national services answer it.

mod codes;
mod cross_check;

pub use codes::{Outcome, ResultCode};
pub use cross_check::{CrossCheck, CrossCheckIndex, NO_DATE};
