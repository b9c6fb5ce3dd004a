//! The shape of the audit log: what an entry says, how it is written, how it is proven, and who keeps it.
//!
//! Each entry is a leaf of a tree, in the tiles of C2SP; the log signs how far it has come, and others
//! cosign it. This crate has the pure part: entries, tree, notes and proofs. Files belong to `store`.

mod chain;
mod entry;
pub mod journal;
mod note;
mod proof;
pub mod search;
mod touched;
pub mod tree;
mod walk;

pub use chain::Chain;
pub(crate) use entry::fit_for_log;
pub use entry::{Entry, EntryBody, Kind, LONGEST_LINE, NotAnEntry, ObjectKind, Outcome};
pub use note::{
    Checkpoint, Cosigned, NotACheckpoint, NotAKey, NoteKey, PublicKey, SignedCheckpoint,
};
pub use proof::{
    EntryProof, ProofError, Tiles, check_consistency, check_inclusion, consistency, inclusion,
    root_of,
};
pub(crate) use touched::touched;
pub use walk::{AuditFault, Verified, Walk, follows};

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
    /// Its leaf.
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
