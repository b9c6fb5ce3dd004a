//! Proving the whole log: every entry in its place, every tile that of its entries, and the root what
//! was signed. Bundles are read on all cores.

use super::{
    AuditFile, StoreError,
    append::put,
    fault,
    read::{Snapshot, read_tile},
};
use govern::{
    AuditFault, Digest, Verified,
    audit::{
        PublicKey, SignedCheckpoint, Walk, follows,
        journal::Batch,
        tree::{
            Edge, Hash, TILE, TILE_ENTRIES, bundle_lines, bundle_lines_and_rest, leaf_hash,
            perfect_root, tile_bytes, tile_path,
        },
    },
};
use std::{
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// How many bundles a thread takes at a time.
const BUNDLES: u64 = 256;

/// What a log is held against.
#[derive(Debug, Clone)]
pub enum Against {
    /// A checkpoint that the log signed.
    Signed(SignedCheckpoint),
    /// A checkpoint of an earlier version: how many entries, and the hash of the last.
    Chain { size: u64, hash: Digest },
}

/// A checkpoint of an earlier version: three lines.
pub(super) fn old_checkpoint(text: &str) -> Option<Against> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    match lines.as_slice() {
        [_, size, hash] => Some(Against::Chain {
            size: size.parse().ok()?,
            hash: Digest::parse(hash).ok()?,
        }),
        _ => None,
    }
}

/// What came of some neighbouring bundles.
struct Part {
    roots: Vec<Hash>,
    first: Vec<u8>,
    walk: Walk,
    missing: Vec<(u64, Vec<Hash>)>,
}

type Proof<T> = Result<T, AuditFault>;

impl AuditFile {
    /// Reads a text as a checkpoint of this log.
    pub fn against(&self, text: &str) -> Option<Against> {
        SignedCheckpoint::open(text, &self.public_key())
            .map(Against::Signed)
            .ok()
            .or_else(|| old_checkpoint(text))
    }

    /// Reads the whole log and proves it: against its own checkpoints, those that witnesses cosigned,
    /// and one from elsewhere. `tell` hears how many entries have been looked at.
    pub fn verify(
        &self,
        against: &[Against],
        witnesses: &[PublicKey],
        threads: usize,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Result<Result<Verified, AuditFault>, StoreError> {
        let snapshot = match self.snapshot() {
            Ok(snapshot) => snapshot,
            Err(source) if source.kind() == io::ErrorKind::InvalidData => {
                let entry = self.full_bundles() * TILE_ENTRIES + 1;
                return Ok(Err(AuditFault::Unreadable { entry, source }));
            }
            Err(source) => return Err(fault(source)),
        };
        let mut all = against.to_vec();
        let mut cosignatures = 0;
        for path in [
            self.places.checkpoint.clone(),
            self.published(),
            self.places.folder.join("cosigned"),
        ] {
            match self.signed(&path) {
                Ok(Some(note)) => {
                    cosignatures += note.cosigned(witnesses).len() as u64;
                    all.push(Against::Signed(note));
                }
                Ok(None) => {}
                Err(source) if source.kind() == io::ErrorKind::InvalidData => {
                    return Ok(Err(AuditFault::Checkpoint(source.to_string())));
                }
                Err(source) => return Err(fault(source)),
            }
        }
        // A checkpoint may be newer than the snapshot, where somebody has appended in between.
        let grown = self.size()?;
        let snapshot = if grown > snapshot.first + snapshot.lines.len() as u64 {
            self.snapshot().map_err(fault)?
        } else {
            snapshot
        };
        Ok(self
            .prove(&snapshot, &all, threads, tell)
            .map(|mut verified| {
                verified.cosignatures = cosignatures;
                verified
            }))
    }

    fn full_bundles(&self) -> u64 {
        let mut index = 0;
        while self.bundle(index).is_ok() {
            index += 1;
        }
        index
    }

    fn prove(
        &self,
        snapshot: &Snapshot,
        against: &[Against],
        threads: usize,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Proof<Verified> {
        let bundles = snapshot.first / TILE_ENTRIES;
        let parts = self.prove_bundles(bundles, snapshot, threads, tell)?;
        let mut walk = Walk::new();
        let mut roots = Vec::new();
        let mut missing = Vec::new();
        for part in parts {
            if !follows(&walk, &part.first) {
                return Err(AuditFault::Unlinked {
                    entry: walk.size() + 1,
                });
            }
            walk = part.walk;
            roots.extend(part.roots);
            missing.extend(part.missing);
        }
        let missing_tiles = missing.len() as u64 + self.upper_tiles(&roots)?;
        let mut edge = Edge::from_roots(&roots);
        let mut torn_tail = false;
        if let Some(journal) = &snapshot.journal {
            if journal.before.edge.root() != edge.root() || journal.before.walk != walk {
                return Err(AuditFault::TileDiffers {
                    path: "journal".to_owned(),
                });
            }
            let vouched = signed_size(against);
            torn_tail = Self::walk_journal(&journal.batches, vouched, &mut walk, &mut edge)?
                || journal.torn;
        }
        tell(edge.size());
        let vouched = self.meet(against, snapshot, &roots, &edge)?;
        for (index, hashes) in missing {
            // The root is the one that was signed, so these are the tiles that were there.
            if vouched.is_some() {
                let path = self.places.folder.join(tile_path(0, index, TILE));
                let _ = put(&path, &tile_bytes(&hashes));
            }
        }
        Ok(Verified {
            entries: edge.size(),
            root: Digest::from_hash(edge.root()),
            torn_tail,
            vouched,
            cosignatures: 0,
            missing_tiles,
        })
    }

    fn prove_bundles(
        &self,
        bundles: u64,
        snapshot: &Snapshot,
        threads: usize,
        tell: &(dyn Fn(u64) + Sync),
    ) -> Proof<Vec<Part>> {
        let next = AtomicU64::new(0);
        let done = AtomicU64::new(0);
        let stop = AtomicBool::new(false);
        let found: Mutex<Vec<(u64, Proof<Part>)>> = Mutex::default();
        std::thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| {
                    loop {
                        let part = next.fetch_add(1, Ordering::Relaxed);
                        let start = part * BUNDLES;
                        if start >= bundles || stop.load(Ordering::Relaxed) {
                            return;
                        }
                        let end = (start + BUNDLES).min(bundles);
                        let proof = self.prove_part(start, end, snapshot);
                        if proof.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        let entries = (end - start) * TILE_ENTRIES;
                        tell(done.fetch_add(entries, Ordering::Relaxed) + entries);
                        found
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((part, proof));
                    }
                });
            }
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort_by_key(|(part, _)| *part);
        found.into_iter().map(|(_, proof)| proof).collect()
    }

    fn prove_part(&self, start: u64, end: u64, snapshot: &Snapshot) -> Proof<Part> {
        let mut part = Part {
            roots: Vec::new(),
            first: Vec::new(),
            walk: Walk::in_the_middle(start * TILE_ENTRIES),
            missing: Vec::new(),
        };
        for index in start..end {
            let entry = index * TILE_ENTRIES + 1;
            let unreadable = |source| AuditFault::Unreadable { entry, source };
            let bytes = self.bundle(index).map_err(unreadable)?;
            let tile = read_tile(&self.places.folder, 0, index).map_err(unreadable)?;
            let (lines, left) = bundle_lines_and_rest(&bytes);
            let mut leaves = Vec::with_capacity(TILE);
            let mut stopped = None;
            for line in &lines {
                match part.walk.step(line) {
                    Ok(leaf) => leaves.push(leaf),
                    Err(fault) => {
                        stopped = Some(fault);
                        break;
                    }
                }
            }
            let whole = stopped.is_none() && left.is_empty() && leaves.len() == TILE;
            match tile {
                Some(tile) if whole && tile == leaves => {}
                None if whole => part.missing.push((index, leaves.clone())),
                tile => {
                    let after = self.first_line_after(index, snapshot);
                    return Err(blame(
                        index,
                        &lines,
                        tile.as_deref(),
                        stopped,
                        after.as_deref(),
                    ));
                }
            }
            if index == start {
                part.first = lines.first().map(|line| line.to_vec()).unwrap_or_default();
            }
            part.roots.push(perfect_root(&leaves));
        }
        Ok(part)
    }

    fn first_line_after(&self, index: u64, snapshot: &Snapshot) -> Option<Vec<u8>> {
        if (index + 1) * TILE_ENTRIES >= snapshot.first {
            return snapshot.lines.first().cloned();
        }
        let bytes = self.bundle(index + 1).ok()?;
        bundle_lines(&bytes)?.first().map(|line| line.to_vec())
    }

    /// Looks at the tiles above those of entries; gives how many are not there.
    fn upper_tiles(&self, roots: &[Hash]) -> Proof<u64> {
        let mut missing = 0;
        let mut nodes = roots.to_vec();
        for level in 1..8 {
            let (full, _) = nodes.as_chunks::<TILE>();
            for (hashes, index) in full.iter().zip(0..) {
                let path = tile_path(level, index, TILE);
                match read_tile(&self.places.folder, level, index) {
                    Ok(Some(there)) if there == hashes => {}
                    Ok(None) => missing += 1,
                    _ => return Err(AuditFault::TileDiffers { path }),
                }
            }
            nodes = full.iter().map(|hashes| perfect_root(hashes)).collect();
        }
        Ok(missing)
    }

    /// Walks over the journal; says whether its last batch was cut off.
    fn walk_journal(
        batches: &[Batch],
        vouched: u64,
        walk: &mut Walk,
        edge: &mut Edge,
    ) -> Proof<bool> {
        let mut doubted = None;
        for (number, batch) in batches.iter().enumerate() {
            let start = walk.size();
            if !batch.sound && number + 1 == batches.len() && vouched <= start {
                return Ok(true);
            }
            if !batch.sound && batch.lines.is_empty() {
                return Err(AuditFault::Altered { entry: start + 1 });
            }
            for line in &batch.lines {
                match walk.step(line) {
                    Ok(leaf) => edge.push(leaf, |_| {}),
                    // The entry before is the one that was altered, where its batch is not what was written.
                    Err(AuditFault::Unlinked { entry })
                        if doubted == Some(entry - 1) || (!batch.sound && entry > start + 1) =>
                    {
                        return Err(AuditFault::Altered { entry: entry - 1 });
                    }
                    Err(fault) => return Err(fault),
                }
            }
            doubted = (!batch.sound).then(|| walk.size());
        }
        match doubted {
            Some(entry) => Err(AuditFault::Altered { entry }),
            None => Ok(false),
        }
    }

    /// Holds the log against checkpoints. Gives how many entries they vouch for.
    fn meet(
        &self,
        against: &[Against],
        snapshot: &Snapshot,
        roots: &[Hash],
        edge: &Edge,
    ) -> Proof<Option<u64>> {
        let mut vouched = None;
        for checkpoint in against {
            let size = match checkpoint {
                Against::Signed(note) => note.checkpoint.size,
                Against::Chain { size, .. } => *size,
            };
            if size > edge.size() {
                return Err(AuditFault::TailDropped {
                    entries: edge.size(),
                    size,
                });
            }
            let agrees = match checkpoint {
                Against::Signed(note) => {
                    Digest::from_hash(self.root_at(size, snapshot, roots)?) == note.checkpoint.root
                }
                Against::Chain { size: 0, hash } => *hash == Digest::none(),
                Against::Chain { size, hash } => {
                    let line = self.line(size - 1).ok().flatten().unwrap_or_default();
                    line.ends_with(&format!("\"hash\":\"{hash}\"}}"))
                }
            };
            if !agrees {
                return Err(AuditFault::CheckpointDiffers { entry: size });
            }
            vouched = vouched.max(Some(size));
        }
        Ok(vouched)
    }

    fn root_at(&self, size: u64, snapshot: &Snapshot, roots: &[Hash]) -> Proof<Hash> {
        let whole = (size / TILE_ENTRIES).min(roots.len() as u64);
        let before = usize::try_from(whole)
            .ok()
            .and_then(|whole| roots.get(..whole))
            .unwrap_or_default();
        let mut edge = Edge::from_roots(before);
        let rest = usize::try_from(size - edge.size()).unwrap_or(usize::MAX);
        if size <= snapshot.first {
            if rest > 0 {
                let bytes = self
                    .bundle(whole)
                    .map_err(|source| AuditFault::Unreadable {
                        entry: size,
                        source,
                    })?;
                for line in bundle_lines(&bytes).unwrap_or_default().iter().take(rest) {
                    edge.push(leaf_hash(line), |_| {});
                }
            }
        } else {
            for line in snapshot.lines.iter().take(rest) {
                edge.push(leaf_hash(line), |_| {});
            }
        }
        Ok(edge.root())
    }
}

fn signed_size(against: &[Against]) -> u64 {
    against
        .iter()
        .map(|checkpoint| match checkpoint {
            Against::Signed(note) => note.checkpoint.size,
            Against::Chain { size, .. } => *size,
        })
        .max()
        .unwrap_or_default()
}

/// Which entry of a bundle is not what was written, or that its tile is not.
fn blame(
    index: u64,
    lines: &[&[u8]],
    tile: Option<&[Hash]>,
    stopped: Option<AuditFault>,
    after: Option<&[u8]>,
) -> AuditFault {
    let first = index * TILE_ENTRIES + 1;
    let path = || tile_path(0, index, TILE);
    let Some(tile) = tile else {
        return stopped.unwrap_or(AuditFault::Altered {
            entry: first + lines.len() as u64,
        });
    };
    let differs = (0..TILE).find(|at| {
        let leaf = lines.get(*at).map(|line| leaf_hash(line));
        leaf.is_none() || leaf != tile.get(*at).copied()
    });
    let Some(at) = differs else {
        return stopped.unwrap_or(AuditFault::Altered {
            entry: first + TILE_ENTRIES,
        });
    };
    let entry = first + at as u64;
    match (stopped, lines.get(at)) {
        (
            Some(AuditFault::OutOfPlace {
                entry: place,
                found,
            }),
            _,
        ) if place == entry => AuditFault::OutOfPlace { entry, found },
        (Some(_), _) | (None, None) => AuditFault::Altered { entry },
        // All entries follow one another: what comes after says whether the entry or the tile is at fault.
        (None, Some(line)) => {
            let next = lines.get(at + 1).copied().or(after);
            let walk = Walk::after_line(entry, line);
            if next.is_some_and(|next| follows(&walk, next)) {
                AuditFault::TileDiffers { path: path() }
            } else {
                AuditFault::Altered { entry }
            }
        }
    }
}
