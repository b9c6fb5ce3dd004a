//! The chain: where the log stands, and what its next entry is. It writes nothing.

use super::{Checkpoint, Entry, EntryBody, KeepError, LONGEST_LINE, Verified};
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
        Self {
            size: 0,
            hash: Digest::none(),
        }
    }

    /// The end of a log that was read and found whole.
    pub fn resume(verified: &Verified) -> Self {
        Self {
            size: verified.entries,
            hash: verified.hash.clone(),
        }
    }

    /// The end of a log whose last entry is known.
    pub fn after(last: &Entry) -> Self {
        Self {
            size: last.seq,
            hash: last.hash.clone(),
        }
    }

    /// The next entry and its line. The chain moves on only when [`Chain::accept`] is called, which
    /// the keeper does once the line is on stable storage.
    pub fn next(&self, body: EntryBody) -> Result<(Entry, String), KeepError> {
        let entry = Entry::after(&self.hash, self.size + 1, body)?;
        let line = entry.line()?;
        if line.len() > LONGEST_LINE {
            return Err(KeepError::TooLong { bytes: line.len() });
        }
        Ok((entry, line))
    }

    /// Moves on past an entry that has been kept.
    pub fn accept(&mut self, kept: &Entry) {
        *self = Self::after(kept);
    }

    /// How many entries there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hash of the last entry.
    pub fn hash(&self) -> &Digest {
        &self.hash
    }

    /// What to keep outside the log, so that a dropped tail is noticed.
    pub fn checkpoint(&self, origin: &str) -> Checkpoint {
        Checkpoint {
            origin: origin.to_owned(),
            size: self.size,
            hash: self.hash.clone(),
        }
    }
}
