//! Keys, pseudonyms, and the only way from identifiable to pseudonymous.
//!
//! A [`KeyRing`] holds one key for each domain: the analysis zone is one, each recipient's line of
//! an agreement another. A [`Handover`] is the allow-list of one table: the columns that may cross,
//! each with what is done to it. [`steps`] makes the crossing queries from them; what is not on
//! the list does not cross.

mod crossing;
mod handover;
mod key_ring;
pub mod preferences;
mod pseudonym;
mod words;

pub use crossing::{account, steps};
pub use handover::{Handover, HandoverError, Person, Treatment};
pub use key_ring::{KeyError, KeyRing};
pub use pseudonym::{ReadPseudonym, functions, recipient_functions};
pub use words::KnownWords;

#[cfg(test)]
mod tests;
