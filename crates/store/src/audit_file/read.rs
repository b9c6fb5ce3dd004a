//! Reading: entries by their place, from bundles and the journal, and tiles for proofs.

use super::{AuditFile, StoreError, fault, invalid};
use govern::{
    Entry,
    audit::{
        Tiles,
        journal::{self, Journal},
        tree::{Edge, Hash, TILE, TILE_ENTRIES, bundle_lines, bundle_path, tile_hashes, tile_path},
    },
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The log at a moment: what is in full bundles, and what follows them.
pub(super) struct Snapshot {
    /// How many entries are in full bundles that the journal lets be.
    pub(super) first: u64,
    pub(super) journal: Option<Journal>,
    /// The entries after them.
    pub(super) lines: Vec<Vec<u8>>,
}

/// The tiles of a log in a folder, with what is in no tile yet.
pub struct LogTiles {
    folder: PathBuf,
    edge: Edge,
}

impl AuditFile {
    /// The log as it is now. What was cut off while it was written is not part of it.
    pub(super) fn snapshot(&self) -> io::Result<Snapshot> {
        // A writer of another thread or process may be half-way through a batch.
        let _lock = self.lock(false)?;
        let bytes = match fs::read(self.journal()) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Ok(Snapshot {
                    first: 0,
                    journal: None,
                    lines: Vec::new(),
                });
            }
            Err(e) => return Err(e),
        };
        let journal = journal::read(&bytes).map_err(invalid)?;
        let whole = match journal.batches.split_last() {
            Some((last, before)) if !last.sound => before,
            _ => journal.batches.as_slice(),
        };
        let lines = whole.iter().flat_map(|batch| batch.lines.clone()).collect();
        Ok(Snapshot {
            first: journal.before.edge.size(),
            lines,
            journal: Some(journal),
        })
    }

    /// How many entries the log has.
    pub fn size(&self) -> Result<u64, StoreError> {
        let snapshot = self.snapshot().map_err(fault)?;
        Ok(snapshot.first + snapshot.lines.len() as u64)
    }

    /// Shows every entry to `look`, oldest first, one at a time.
    pub fn each(&self, mut look: impl FnMut(&Entry)) -> Result<(), StoreError> {
        self.each_line(0, |_, line| {
            if let Ok(line) = std::str::from_utf8(line)
                && let Ok(entry) = Entry::read(line)
            {
                look(&entry);
            }
            true
        })
    }

    /// Shows the lines of entries to `look`, from a place on that is counted from 0, until it says
    /// that it has seen enough.
    pub fn each_line(
        &self,
        from: u64,
        mut look: impl FnMut(u64, &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        let snapshot = self.snapshot().map_err(fault)?;
        let mut at = from - from % TILE_ENTRIES;
        while at < snapshot.first {
            let bytes = self.bundle(at / TILE_ENTRIES).map_err(fault)?;
            for line in bundle_lines(&bytes).unwrap_or_default() {
                if at >= from && !look(at, line) {
                    return Ok(());
                }
                at += 1;
            }
            // A bundle that was altered may have another number of entries; its neighbours are read all the same.
            at = at.next_multiple_of(TILE_ENTRIES).max(at);
        }
        for (line, at) in snapshot.lines.iter().zip(snapshot.first..) {
            if at >= from && !look(at, line) {
                break;
            }
        }
        Ok(())
    }

    /// The newest entries, newest first.
    pub fn newest(&self, how_many: usize) -> Result<Vec<Entry>, StoreError> {
        let size = self.size()?;
        let mut entries = Vec::new();
        self.each_line(size.saturating_sub(how_many as u64), |_, line| {
            entries.extend(
                std::str::from_utf8(line)
                    .ok()
                    .and_then(|l| Entry::read(l).ok()),
            );
            true
        })?;
        entries.reverse();
        entries.truncate(how_many);
        Ok(entries)
    }

    /// The line of an entry, by its place counted from 0.
    pub fn line(&self, index: u64) -> Result<Option<String>, StoreError> {
        let mut found = None;
        self.each_line(index, |at, line| {
            if at == index {
                found = String::from_utf8(line.to_vec()).ok();
            }
            false
        })?;
        Ok(found)
    }

    pub(super) fn bundle(&self, index: u64) -> io::Result<Vec<u8>> {
        fs::read(self.places.folder.join(bundle_path(index, TILE)))
    }

    /// The tiles of the log as it is now.
    pub fn tiles(&self) -> Result<LogTiles, StoreError> {
        let edge = self.settled(|tail| tail.edge.clone()).map_err(fault)?;
        Ok(LogTiles {
            folder: self.places.folder.clone(),
            edge,
        })
    }
}

impl LogTiles {
    /// How many entries they cover.
    pub const fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The root of them all.
    pub fn root(&self) -> Hash {
        self.edge.root()
    }
}

impl Tiles for LogTiles {
    fn hashes(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, String> {
        let unfinished = self
            .edge
            .unfinished()
            .find(|(at, number, _)| (*at, *number) == (level, index));
        let hashes = match unfinished {
            Some((_, _, hashes)) => hashes.to_vec(),
            None => read_tile(&self.folder, level, index)
                .map_err(|e| e.to_string())?
                .ok_or_else(|| format!("`{}` is missing", tile_path(level, index, TILE)))?,
        };
        if hashes.len() >= width {
            Ok(hashes)
        } else {
            Err(format!("`{}` is too short", tile_path(level, index, TILE)))
        }
    }
}

/// A full tile of hashes; `None` where there is none.
pub(super) fn read_tile(folder: &Path, level: u8, index: u64) -> io::Result<Option<Vec<Hash>>> {
    match fs::read(folder.join(tile_path(level, index, TILE))) {
        Ok(bytes) => Ok(Some(tile_hashes(&bytes).unwrap_or_default())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e),
    }
}
