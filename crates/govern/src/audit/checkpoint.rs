//! A checkpoint: how far the log had come, as a small text to keep elsewhere or to print.

use crate::Digest;
use std::{fmt, str::FromStr};

/// The state of a log at a moment. Three lines of text: the log's name, its size, its last hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: one line of text.
    pub origin: String,
    /// How many entries it had.
    pub size: u64,
    /// The hash of the last of them, or 64 zeros.
    pub hash: Digest,
}

/// A text that is not a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a checkpoint is three lines: the name of the log, its number of entries, and its last hash"
)]
pub struct NotACheckpoint;

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.lines().next().unwrap_or_default();
        writeln!(f, "{origin}\n{}\n{}", self.size, self.hash)
    }
}

impl FromStr for Checkpoint {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        let mut lines = text.lines();
        let mut next = || lines.next().map(str::trim).ok_or(NotACheckpoint);
        let (origin, size, hash) = (next()?, next()?, next()?);
        let shaped = !origin.is_empty() && lines.all(|line| line.trim().is_empty());
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().map_err(|_| NotACheckpoint)?,
            hash: Digest::parse(hash).map_err(|_| NotACheckpoint)?,
        };
        if shaped {
            Ok(checkpoint)
        } else {
            Err(NotACheckpoint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_reads_back() {
        let checkpoint = Checkpoint {
            origin: "haven.example/audit".into(),
            size: 42,
            hash: Digest::of("x"),
        };
        assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        for wrong in ["", "a\n1\n", "a\nb\nc", "a\n-1\n0", "\n1\n2"] {
            assert_eq!(
                wrong.parse::<Checkpoint>(),
                Err(NotACheckpoint),
                "{wrong:?}"
            );
        }
    }
}
