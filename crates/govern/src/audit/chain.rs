//! The chain: where the log stands, and what its next entry is. It writes nothing.

use super::{Entry, EntryBody, KeepError, LONGEST_LINE};
use crate::Digest;

/// The end of a log: how many entries it has, and the hash of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    size: u64,
    hash: Digest,
}

impl Chain {
    /// The end of a log that has no entry yet.
    pub fn start() -> Self {
        Self::at(0, Digest::none())
    }

    /// The end of a log with so many entries, the last with this hash.
    pub const fn at(size: u64, hash: Digest) -> Self {
        Self { size, hash }
    }

    /// The next entry and its line. The chain moves on only when [`Chain::accept`] is called, which
    /// the keeper does once the line is on stable storage.
    pub fn next(&self, body: EntryBody) -> Result<(Entry, String), KeepError> {
        let (entry, line) = Entry::after(&self.hash, self.size + 1, body)?;
        if line.len() > LONGEST_LINE {
            return Err(KeepError::TooLong { bytes: line.len() });
        }
        Ok((entry, line))
    }

    /// Moves on past an entry that has been kept.
    pub fn accept(&mut self, kept: &Entry) {
        *self = Self::at(kept.seq, kept.hash.clone());
    }

    /// How many entries there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the last entry.
    pub const fn hash(&self) -> &Digest {
        &self.hash
    }
}
