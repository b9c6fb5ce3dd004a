//! Walking over entries: each in its place, each after the one before it.

use super::{
    entry::{Tail, chained_well, number_of},
    tree::{Hash, leaf_hash},
};
use crate::Digest;
use std::{fmt, io};

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// The root of the tree over them.
    pub root: Digest,
    /// Whether something follows that was cut off while it was written. It was never acknowledged,
    /// so nothing was done on the strength of it.
    pub torn_tail: bool,
    /// How many of the entries checkpoints that were signed vouch for.
    pub vouched: Option<u64>,
    /// How many cosignatures of witnesses agree with it.
    pub cosignatures: u64,
    /// How many tiles of hashes were not there, and can be made again.
    pub missing_tiles: u64,
}

/// Where a log is not what was written. Entries are counted from 1.
#[derive(Debug, thiserror::Error)]
pub enum AuditFault {
    /// The log cannot be read.
    #[error("entry {entry} cannot be read")]
    Unreadable {
        entry: u64,
        #[source]
        source: io::Error,
    },
    /// The entry is not as it was written.
    #[error("entry {entry} has been altered")]
    Altered { entry: u64 },
    /// Another entry stands in its place: one was dropped, put in, or moved.
    #[error("entry {entry} is not in its place: entry {found} stands there")]
    OutOfPlace { entry: u64, found: u64 },
    /// The entry is whole and numbered right, but was not written after the one before it.
    #[error("entry {entry} does not follow the entry before it: one of the two has been replaced")]
    Unlinked { entry: u64 },
    /// The log ends before the checkpoint.
    #[error(
        "the log ends at entry {entries}, and its checkpoint was taken at entry {size}: the end has been dropped"
    )]
    TailDropped { entries: u64, size: u64 },
    /// The log is whole in itself, but it is another one than the checkpoint was taken of.
    #[error(
        "the first {entry} entries are not those that the checkpoint was taken of: the log has been written anew"
    )]
    CheckpointDiffers { entry: u64 },
    /// A checkpoint that lies with the log is not one that the log signed.
    #[error("a checkpoint of the log cannot be relied on: {0}")]
    Checkpoint(String),
    /// A tile of hashes is not that of the entries.
    #[error("the tile `{path}` is not that of the entries: it has been altered")]
    TileDiffers { path: String },
}

/// What a later entry has to follow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Walk {
    size: u64,
    last: Option<(Hash, Option<Digest>)>,
}

impl Walk {
    /// Before the first entry.
    pub fn new() -> Self {
        Self::default()
    }

    /// In the middle of a log: what stands before the first entry that is looked at is not known.
    pub fn in_the_middle(size: u64) -> Self {
        Self { size, last: None }
    }

    /// After so many entries, the last of them with this leaf and, in a chain, this hash.
    pub fn after(size: u64, leaf: Option<Hash>, chained: Option<Digest>) -> Self {
        Self {
            size,
            last: leaf.map(|leaf| (leaf, chained)),
        }
    }

    /// After an entry, whatever it says of its place.
    pub fn after_line(size: u64, line: &[u8]) -> Self {
        let chained = Tail::of(line).and_then(|tail| tail.chained);
        Self::after(size, Some(leaf_hash(line)), chained)
    }

    /// How many entries lie behind.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The leaf of the last entry, when one was looked at.
    pub fn last(&self) -> Option<Hash> {
        self.last.as_ref().map(|(leaf, _)| *leaf)
    }

    /// The hash of the last entry, where it is one of a chain of an earlier version.
    pub fn chained(&self) -> Option<&Digest> {
        self.last.as_ref().and_then(|(_, chained)| chained.as_ref())
    }

    /// Looks at the next entry, and gives its leaf.
    pub fn step(&mut self, line: &[u8]) -> Result<Hash, AuditFault> {
        let entry = self.size + 1;
        let leaf = leaf_hash(line);
        let tail = Tail::of(line).ok_or(AuditFault::Altered { entry })?;
        match number_of(line) {
            Some(number) if number == entry => {}
            Some(found) => return Err(AuditFault::OutOfPlace { entry, found }),
            None => return Err(AuditFault::Altered { entry }),
        }
        if tail.chained.is_some() && !chained_well(line) {
            return Err(AuditFault::Altered { entry });
        }
        let follows = match (&self.last, &tail.chained) {
            (None, _) if self.size > 0 => true,
            (None, _) => tail.prev_hash == Digest::none(),
            (Some((_, before)), Some(_)) => before.as_ref() == Some(&tail.prev_hash),
            (Some((leaf, _)), None) => tail.prev_hash.to_hash() == *leaf,
        };
        if !follows {
            return Err(AuditFault::Unlinked { entry });
        }
        self.size = entry;
        self.last = Some((leaf, tail.chained));
        Ok(leaf)
    }
}

/// What the first line after the one that was looked at has to name, and what it does name: for parts
/// of a log that were looked at apart.
pub fn follows(before: &Walk, line: &[u8]) -> bool {
    let mut walk = before.clone();
    walk.step(line).is_ok()
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entries {
            0 => f.write_str("the log is empty")?,
            1 => f.write_str("1 entry, as it was written")?,
            n => write!(f, "{n} entries, each as it was written")?,
        }
        if self.torn_tail {
            write!(
                f,
                "; torn tail after entry {}: something was cut off while it was written",
                self.entries
            )?;
        }
        match self.vouched {
            Some(size) => write!(f, "; the checkpoint vouches for {size}"),
            None => f.write_str("; without a checkpoint, a dropped end cannot be seen"),
        }
    }
}
