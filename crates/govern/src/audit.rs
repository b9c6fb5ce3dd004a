//! The shape of the audit log: what an entry says, how it is written, and who keeps it.
//!
//! Each entry carries the hash of the one before, so the log proves itself. This crate has the
//! pure part: the chain, its written form and its verification. Files belong to `store`.

mod chain;
mod checkpoint;
mod entry;
mod verify;

pub use chain::Chain;
pub use checkpoint::{Checkpoint, NotACheckpoint};
pub use entry::{Entry, EntryBody, Kind, LONGEST_LINE, NotAnEntry, ObjectKind, Outcome};
pub use verify::{AuditFault, Verified, lines, verify};

use crate::Digest;

/// Keeps entries, each on stable storage before it returns.
pub trait AuditKeeper: Send + Sync {
    /// Adds an entry to the log and says where it stands.
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError>;
}

/// Where an entry stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The number of the entry, from 1.
    pub seq: u64,
    pub hash: Digest,
}

/// Why an entry could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The log could not be written.
    #[error("the audit log cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The entry is longer than a line of the log may be.
    #[error("an audit entry of {bytes} bytes is longer than the {LONGEST_LINE} that fit")]
    TooLong { bytes: usize },
    /// The entry could not be put into words.
    #[error("an audit entry cannot be written as a line")]
    NoLine(#[from] serde_json::Error),
}
