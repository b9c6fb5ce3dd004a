//! Pseudonyms, and the only way from identifiable to pseudonymous.
//!
//! A [`Handover`] is the allow-list of one table: the columns that may cross, each with what is done
//! to it. [`steps`] makes the crossing queries from them; what is not on the list does not cross.
//! Pseudonyms come from a [`Maker`], behind which the custodian of the keys stands: no key is here.

mod crossing;
mod handover;
pub mod preferences;
mod pseudonym;
mod words;

pub use crossing::{account, steps};
pub use handover::{Handover, HandoverError, Person, Treatment};
pub use pseudonym::{Kind, Maker, ReadPseudonym, functions, recipient_functions};
pub use words::KnownWords;

#[cfg(test)]
mod tests;
