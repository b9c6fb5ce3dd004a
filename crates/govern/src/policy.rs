//! The second judge: Cedar policies that are written from agreements, beside a handful of global forbids.
//!
//! [`judge`](crate::judge) says why not, in words; this says yes or no, by policies that can be read and compared.
//! A permit needs both. Cedar skips a policy that errs, so a forbid could fail open; hence requests are held against
//! a schema, any error denies, and every permit asks for every fact that a forbid reads. No row filter is made here.

mod facts;
mod opening;
mod set;
mod text;

pub use facts::{Approver, Circumstances, Connection, QuestionFacts};
pub use opening::{OpeningFacts, UrgencyFacts};
pub use set::{Policies, PolicyError, PolicySlice, Weighed, engine};

#[cfg(test)]
pub(crate) use set::in_text;

#[cfg(test)]
mod tests;
