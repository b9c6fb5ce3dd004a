//! Verification: one pass over the log, in bounded memory, that finds the first place where it is
//! not what was written.

use super::{Checkpoint, Entry, LONGEST_LINE};
use crate::Digest;
use chrono::{DateTime, Utc};
use std::{fmt, io};

/// A log that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many whole entries it has.
    pub entries: u64,
    /// The hash of the last of them, or 64 zeros.
    pub hash: Digest,
    pub first: Option<DateTime<Utc>>,
    pub last: Option<DateTime<Utc>>,
    /// Whether a line follows that was cut off while it was written. Its entry was never
    /// acknowledged, so nothing was done on the strength of it.
    pub torn_tail: bool,
    /// How many of the entries a checkpoint from outside the log vouches for.
    pub vouched: Option<u64>,
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
        "entry {entry} is not the one that the checkpoint was taken at: the log has been written anew"
    )]
    CheckpointDiffers { entry: u64 },
}

/// Reads a log line by line and proves it, or says where it is not what was written. A log that
/// was cut short at the end of a line shows it only against a checkpoint from outside.
pub fn verify(
    lines: impl Iterator<Item = Result<String, io::Error>>,
    checkpoint: Option<&Checkpoint>,
) -> Result<Verified, AuditFault> {
    let mut so_far = Verified {
        entries: 0,
        hash: Digest::none(),
        first: None,
        last: None,
        torn_tail: false,
        vouched: None,
    };
    meet(&mut so_far, checkpoint)?;
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let expected = so_far.entries + 1;
        let line = line.map_err(|source| AuditFault::Unreadable {
            entry: expected,
            source,
        })?;
        let Ok(entry) = Entry::read(&line) else {
            if lines.peek().is_none() && is_torn(&line) {
                so_far.torn_tail = true;
                break;
            }
            return Err(AuditFault::Altered { entry: expected });
        };
        if entry.seq != expected {
            return Err(AuditFault::OutOfPlace {
                entry: expected,
                found: entry.seq,
            });
        }
        if entry.prev_hash != so_far.hash {
            return Err(AuditFault::Unlinked { entry: expected });
        }
        so_far.entries = expected;
        so_far.hash = entry.hash;
        so_far.first = so_far.first.or(Some(entry.body.time));
        so_far.last = Some(entry.body.time);
        meet(&mut so_far, checkpoint)?;
    }
    match checkpoint {
        Some(checkpoint) if so_far.entries < checkpoint.size => Err(AuditFault::TailDropped {
            entries: so_far.entries,
            size: checkpoint.size,
        }),
        _ => Ok(so_far),
    }
}

/// Compares the log with the checkpoint where it was taken.
fn meet(so_far: &mut Verified, checkpoint: Option<&Checkpoint>) -> Result<(), AuditFault> {
    let Some(checkpoint) = checkpoint.filter(|c| c.size == so_far.entries) else {
        return Ok(());
    };
    if checkpoint.hash != so_far.hash {
        return Err(AuditFault::CheckpointDiffers {
            entry: so_far.entries,
        });
    }
    so_far.vouched = Some(so_far.entries);
    Ok(())
}

/// Whether a line could be the beginning of an entry whose writing was cut off: it reads well up to
/// its end, and stops before its own end. A changed byte in a whole line is not that.
fn is_torn(line: &str) -> bool {
    const BEFORE_HASH: &str = "\",\"hash\":\"";
    let ends_early =
        serde_json::from_str::<serde::de::IgnoredAny>(line).is_err_and(|error| error.is_eof());
    let room = line
        .rsplit_once(BEFORE_HASH)
        .is_none_or(|(_, hash)| hash.len() <= 64 + 1);
    !line.is_empty() && ends_early && room && "{\"seq\":".starts_with(line.get(..7).unwrap_or(line))
}

/// The lines of a log, split at line feeds only and never longer than an entry can be, so that a
/// file that is no log is told in bounded memory.
pub fn lines(mut from: impl io::BufRead) -> impl Iterator<Item = Result<String, io::Error>> {
    std::iter::from_fn(move || {
        let mut bytes = Vec::new();
        let most = LONGEST_LINE as u64 + 1;
        let mut limited = io::Read::take(&mut from, most);
        match io::BufRead::read_until(&mut limited, b'\n', &mut bytes) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => return Some(Err(error)),
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if bytes.len() > LONGEST_LINE {
            let error = io::Error::new(io::ErrorKind::InvalidData, "a line is too long");
            return Some(Err(error));
        }
        Some(
            String::from_utf8(bytes)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error())),
        )
    })
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
                "; torn tail after entry {}: a line was cut off while it was written",
                self.entries
            )?;
        }
        match self.vouched {
            Some(size) => write!(f, "; the checkpoint vouches for {size}"),
            None => f.write_str("; without a checkpoint, a dropped end cannot be seen"),
        }
    }
}
