//! Appending: one batch, one flush, under the lock of the folder.

use super::{AuditFile, Results, held, invalid};
use govern::{
    Digest, EntryBody, KeepError, Kept, Kind, Outcome,
    audit::{
        Chain, SignedCheckpoint, Walk,
        journal::{self, Before},
        tree::{
            Edge, FullTile, TILE_ENTRIES, bundle_bytes, bundle_path, leaf_hash, tile_bytes,
            tile_path,
        },
    },
};
use model::whole_file::WholeFile;
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// How many entries the journal holds before those in full bundles leave it.
const LONGEST_JOURNAL: usize = 2_048;

/// The end of the log as this process knows it.
pub(super) struct Tail {
    /// Which file the journal was, and how long.
    seen: (u64, u64),
    /// How many entries lie before the journal.
    first: u64,
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) chain: Chain,
    pub(super) edge: Edge,
    /// Whether something that a kill cut short was taken away and has not been told yet.
    mended: bool,
}

impl AuditFile {
    /// Writes entries as one batch. Each has its own result; all that succeed are on the disk.
    pub(super) fn commit(&self, bodies: Vec<EntryBody>) -> Results {
        let count = bodies.len();
        let mut tail = held(&self.tail);
        let written = self.lock(true).and_then(|_lock| {
            let mut known = self.end(tail.take())?;
            let results = self.write(&mut known, bodies)?;
            *tail = Some(known);
            Ok(results)
        });
        match written {
            Ok(results) => results,
            Err(source) => {
                // What this process knew of the end is read anew before the next batch.
                *tail = None;
                let words = source.to_string();
                let mut results: Results = Vec::with_capacity(count);
                results.push(Err(KeepError::Unwritable(Box::new(source))));
                results.resize_with(count, || Err(KeepError::Unwritable(words.clone().into())));
                results
            }
        }
    }

    /// The end of the log, read anew when another process has moved it. The lock is held.
    pub(super) fn end(&self, known: Option<Tail>) -> io::Result<Tail> {
        let journal = self.journal();
        match std::fs::metadata(&journal) {
            Ok(found) => match known {
                Some(tail) if tail.seen == (found.ino(), found.len()) => Ok(tail),
                _ => self.load(),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                self.nothing_was_dropped(&Edge::new())?;
                let before = Before {
                    edge: Edge::new(),
                    walk: Walk::new(),
                };
                self.new_journal(&before, &[])?;
                self.load()
            }
            Err(e) => Err(e),
        }
    }

    fn load(&self) -> io::Result<Tail> {
        let path = self.journal();
        let mut file = OpenOptions::new().read(true).write(true).open(&path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut found = journal::read(&bytes).map_err(invalid)?;
        // A last batch with another digest is one that a failing machine wrote in part. One that a
        // checkpoint vouches for is another matter, and found below.
        if let Some(last) = found.batches.pop_if(|last| !last.sound) {
            found.whole = found.whole.saturating_sub(last.length);
            found.torn = true;
        }
        let mut edge = found.before.edge.clone();
        let first = edge.size();
        let mut walk = found.before.walk;
        let mut lines = Vec::new();
        let mut full = Vec::new();
        for batch in found.batches {
            if !batch.sound {
                return Err(invalid(
                    "the journal of the audit log was altered; run `haven audit verify`",
                ));
            }
            for line in batch.lines {
                let leaf = walk.step(&line).map_err(invalid)?;
                edge.push(leaf, |tile| full.push(tile));
                lines.push(line);
            }
        }
        self.nothing_was_dropped(&edge)?;
        if found.torn {
            file.set_len(found.whole)?;
            file.sync_all()?;
        }
        let seen = file.metadata().map(|m| (m.ino(), m.len()))?;
        let hash = walk.last().map_or_else(Digest::none, Digest::from_hash);
        let tail = Tail {
            seen,
            first,
            lines,
            chain: Chain::at(edge.size(), hash),
            edge,
            mended: found.torn,
        };
        // What a kill kept from being written follows from the journal.
        self.write_full(&tail, &full, false)?;
        Ok(tail)
    }

    /// Refuses to go on where a checkpoint that we signed vouches for more than there is, or for
    /// something else: it would be overwritten, and nobody would see what was dropped.
    fn nothing_was_dropped(&self, edge: &Edge) -> io::Result<()> {
        for path in [&self.places.checkpoint, &self.published()] {
            let Some(SignedCheckpoint { checkpoint, .. }) = self.signed(path)? else {
                continue;
            };
            let differs =
                checkpoint.size == edge.size() && checkpoint.root != Digest::from_hash(edge.root());
            if checkpoint.size > edge.size() || differs {
                return Err(invalid(format!(
                    "the audit log has {} entries and is not what its checkpoint of {} entries says; run `haven audit verify`",
                    edge.size(),
                    checkpoint.size
                )));
            }
        }
        Ok(())
    }

    fn write(&self, tail: &mut Tail, bodies: Vec<EntryBody>) -> io::Result<Results> {
        let mut chain = tail.chain.clone();
        let mut lines: Vec<String> = Vec::with_capacity(bodies.len() + 1);
        let mut results = Results::with_capacity(bodies.len());
        let mut add = |body: EntryBody| {
            let (entry, line) = chain.next(body)?;
            chain.accept(&entry);
            lines.push(line);
            Ok(Kept {
                seq: entry.seq,
                hash: entry.hash,
            })
        };
        if tail.mended
            && let Some(first) = bodies.first()
        {
            let told = EntryBody::new(first.time, Kind::TailMended, "haven", Outcome::Done);
            add(told).map_err(invalid)?;
        }
        results.extend(bodies.into_iter().map(add));
        if lines.is_empty() {
            return Ok(results);
        }
        let bundle = bundle_bytes(lines.iter().map(String::as_bytes));
        let bytes = journal::batch(lines.len(), &bundle);
        let mut file = OpenOptions::new().write(true).open(self.journal())?;
        file.seek(SeekFrom::Start(tail.seen.1))?;
        self.points.reach();
        if let Err(source) = file.write_all(&bytes).and_then(|()| file.sync_data()) {
            // A full disk: what was written of the batch is taken back, else the next look does it.
            let _ = file.set_len(tail.seen.1);
            return Err(source);
        }
        self.points.reach();
        tail.seen.1 += bytes.len() as u64;
        tail.mended = false;
        tail.chain = chain;
        let mut full = Vec::new();
        for line in lines {
            tail.edge
                .push(leaf_hash(line.as_bytes()), |tile| full.push(tile));
            tail.lines.push(line.into_bytes());
        }
        // The log is on the disk; a checkpoint that lags vouches for less, and for nothing wrong.
        let head = self.key.sign(tail.edge.size(), tail.edge.root());
        replace(&self.places.checkpoint, head.text().as_bytes())?;
        if !full.is_empty() {
            self.write_full(tail, &full, true)?;
            if tail.lines.len() >= LONGEST_JOURNAL {
                self.shorten(tail)?;
            }
        }
        Ok(results)
    }

    /// Writes tiles that are full, and the bundles that belong to those of level 0.
    fn write_full(&self, tail: &Tail, full: &[FullTile], new: bool) -> io::Result<()> {
        for tile in full {
            let hashes = self
                .places
                .folder
                .join(tile_path(tile.level, tile.index, usize::MAX));
            if tile.level == 0 {
                let bundle = self.places.folder.join(bundle_path(tile.index, usize::MAX));
                let start = tile.index * TILE_ENTRIES - tail.first;
                let lines = usize::try_from(start).ok().and_then(|start| {
                    tail.lines
                        .get(start..start + usize::try_from(TILE_ENTRIES).ok()?)
                });
                let lines = lines.ok_or_else(|| invalid("a bundle is not in the journal"))?;
                if new || !bundle.exists() {
                    put(&bundle, &bundle_bytes(lines.iter().map(Vec::as_slice)))?;
                }
            }
            if new || !hashes.exists() {
                put(&hashes, &tile_bytes(&tile.hashes))?;
            }
        }
        Ok(())
    }

    /// Begins a journal that holds only what is in no full bundle.
    fn shorten(&self, tail: &mut Tail) -> io::Result<()> {
        let size = tail.edge.size();
        let whole = size - size % TILE_ENTRIES;
        let gone = usize::try_from(whole - tail.first).unwrap_or(usize::MAX);
        let Some((before, rest)) = tail.lines.split_at_checked(gone) else {
            return Ok(());
        };
        let levels = (0..8)
            .map(|level| match level {
                0 => Vec::new(),
                _ => tail.edge.level(level).to_vec(),
            })
            .collect();
        let edge = Edge::from_levels(whole, levels)
            .ok_or_else(|| invalid("the edge of the audit log does not fit its size"))?;
        // The bundles' names must be on the disk before the journal lets go of what is in them.
        let mut folders = BTreeSet::new();
        for index in tail.first / TILE_ENTRIES..whole / TILE_ENTRIES {
            for path in [
                bundle_path(index, usize::MAX),
                tile_path(0, index, usize::MAX),
            ] {
                let mut folder = PathBuf::from(path);
                while folder.pop() {
                    folders.insert(folder.clone());
                }
            }
        }
        for folder in folders {
            File::open(self.places.folder.join(folder))?.sync_all()?;
        }
        let before = Before {
            edge,
            walk: match before.last() {
                Some(line) => Walk::after_line(whole, line),
                None => return Ok(()),
            },
        };
        self.points.reach();
        self.new_journal(&before, rest)?;
        self.points.reach();
        let rest = rest.to_vec();
        tail.seen = std::fs::metadata(self.journal()).map(|m| (m.ino(), m.len()))?;
        tail.first = whole;
        tail.lines = rest;
        Ok(())
    }

    pub(super) fn new_journal(&self, before: &Before, lines: &[Vec<u8>]) -> io::Result<()> {
        let mut bytes = journal::head(before)?;
        if !lines.is_empty() {
            let bundle = bundle_bytes(lines.iter().map(Vec::as_slice));
            bytes.extend_from_slice(&journal::batch(lines.len(), &bundle));
        }
        put(&self.journal(), &bytes)?;
        File::open(&self.places.folder)?.sync_all()
    }
}

/// Writes a file whole, and flushes it.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = WholeFile::shared(path)?;
    file.write_all(bytes)?;
    file.keep()
}

/// Exchanges a small file for another, whole at every moment, without a flush of its own.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.to_path_buf().into_os_string();
    beside.push(".new");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}
