//! Proofs: that an entry is in a log, and that a log only grew.
//!
//! The arithmetic is that of `tlog_tiles`; the form of a proof on paper is C2SP's tlog-proof.

use super::{
    Entry,
    note::{NotACheckpoint, PublicKey, SignedCheckpoint},
    tree::{Hash, TILE, leaf_hash, perfect_root},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::fmt;
use tlog_tiles::HashReader;

/// How a proof begins.
const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// Where tiles come from: a folder, a running log, or another machine.
pub trait Tiles {
    /// The hashes of a tile, at least the first `width` of them.
    fn hashes(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, String>;
}

/// Why there is no proof, or why one is not believed.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The tiles do not hold what is needed.
    #[error("the tiles of the log do not hold what a proof needs: {0}")]
    Tiles(String),
    /// The log is shorter.
    #[error("the log has {size} entries at this checkpoint, and no entry {entry}")]
    NoSuchEntry { entry: u64, size: u64 },
    /// The text is no proof.
    #[error(
        "this is not a proof: it begins with `{MAGIC}`, then has an entry, hashes, and a checkpoint"
    )]
    Shape,
    /// The checkpoint of a proof is not to be relied on.
    #[error(transparent)]
    Checkpoint(#[from] NotACheckpoint),
    /// The hashes do not lead from the entry to the root.
    #[error(
        "the proof does not hold: the hashes do not lead from the entry to the root of the checkpoint"
    )]
    DoesNotHold,
    /// The log did not only grow.
    #[error(
        "the log at {to} entries does not begin with the log at {from}: it has been written anew"
    )]
    NotGrown { from: u64, to: u64 },
}

/// Reads nodes of the tree out of tiles, for a log of some size.
struct Nodes<'t> {
    tiles: &'t dyn Tiles,
    size: u64,
}

impl HashReader for Nodes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        indexes
            .iter()
            .map(|index| {
                let (height, number) = tlog_tiles::split_stored_hash_index(*index);
                self.node(height, number)
                    .map_err(tlog_tiles::Error::InvalidInput)
            })
            .collect()
    }
}

impl Nodes<'_> {
    fn node(&self, height: u8, number: u64) -> Result<Hash, String> {
        let (level, inner) = (height / 8, height % 8);
        let first = number << inner;
        let index = first / TILE as u64;
        let within = usize::try_from(first % TILE as u64).unwrap_or_default();
        let all = self.size >> (8 * u32::from(level));
        let width = usize::try_from(all.saturating_sub(index * TILE as u64))
            .unwrap_or(TILE)
            .min(TILE);
        let hashes = self.tiles.hashes(level, index, width)?;
        hashes
            .get(within..within + (1 << inner))
            .map(perfect_root)
            .ok_or_else(|| format!("tile {index} of level {level} is too short"))
    }
}

fn tiles_fault(error: tlog_tiles::Error) -> ProofError {
    match error {
        tlog_tiles::Error::InvalidInput(words) => ProofError::Tiles(words),
        other => ProofError::Tiles(other.to_string()),
    }
}

/// The root of the first `size` entries, out of tiles.
pub fn root_of(tiles: &dyn Tiles, size: u64) -> Result<Hash, ProofError> {
    tlog_tiles::tree_hash(size, &Nodes { tiles, size }).map_err(tiles_fault)
}

/// The hashes that lead from an entry, counted from 0, to the root.
pub fn inclusion(tiles: &dyn Tiles, index: u64, size: u64) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchEntry {
            entry: index + 1,
            size,
        });
    }
    tlog_tiles::prove_record(size, index, &Nodes { tiles, size }).map_err(tiles_fault)
}

/// The hashes that show that a log of `to` entries begins with the log of `from`.
pub fn consistency(tiles: &dyn Tiles, from: u64, to: u64) -> Result<Vec<Hash>, ProofError> {
    if from == 0 {
        return Ok(Vec::new());
    }
    if from > to {
        return Err(ProofError::NotGrown { from, to });
    }
    tlog_tiles::prove_tree(to, from, &Nodes { tiles, size: to }).map_err(tiles_fault)
}

/// Whether hashes lead from a leaf to a root.
pub fn check_inclusion(
    hashes: &[Hash],
    size: u64,
    root: Hash,
    index: u64,
    leaf: Hash,
) -> Result<(), ProofError> {
    tlog_tiles::check_record(&hashes.to_vec(), size, root, index, leaf)
        .map_err(|_| ProofError::DoesNotHold)
}

/// Whether hashes show that the log of the first size and root is the beginning of the second.
pub fn check_consistency(
    hashes: &[Hash],
    (from, before): (u64, Hash),
    (to, after): (u64, Hash),
) -> Result<(), ProofError> {
    let fault = ProofError::NotGrown { from, to };
    if from == 0 {
        // Every log begins with the empty one.
        let empty = before == tlog_tiles::EMPTY_HASH && hashes.is_empty();
        return if empty { Ok(()) } else { Err(fault) };
    }
    tlog_tiles::check_tree(&hashes.to_vec(), to, after, from, before).map_err(|_| fault)
}

/// A proof that an entry is in a log, for somebody who has nothing but the log's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProof {
    /// The line of the entry.
    pub line: String,
    /// Its place, counted from 0.
    pub index: u64,
    hashes: Vec<[u8; 32]>,
    pub checkpoint: SignedCheckpoint,
}

impl EntryProof {
    /// A proof of an entry against a checkpoint, out of tiles.
    pub fn make(
        tiles: &dyn Tiles,
        line: &str,
        index: u64,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, ProofError> {
        let hashes = inclusion(tiles, index, checkpoint.checkpoint.size)?;
        let proof = Self {
            line: line.to_owned(),
            index,
            hashes: hashes.into_iter().map(|hash| hash.0).collect(),
            checkpoint,
        };
        proof.holds()?;
        Ok(proof)
    }

    fn holds(&self) -> Result<(), ProofError> {
        let head = &self.checkpoint.checkpoint;
        let hashes: Vec<Hash> = self.hashes.iter().map(|hash| Hash(*hash)).collect();
        check_inclusion(
            &hashes,
            head.size,
            head.root.to_hash(),
            self.index,
            leaf_hash(self.line.as_bytes()),
        )
    }

    /// Reads a proof and checks it: its checkpoint is signed by the log, and the entry leads to its root.
    pub fn check(text: &str, key: &PublicKey) -> Result<Self, ProofError> {
        let proof = Self::read(text).ok_or(ProofError::Shape)?;
        SignedCheckpoint::open(proof.checkpoint.text(), key)?;
        proof.holds()?;
        Ok(proof)
    }

    /// What the entry says.
    pub fn entry(&self) -> Option<Entry> {
        Entry::read(&self.line).ok()
    }

    fn read(text: &str) -> Option<Self> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        (lines.next()? == MAGIC).then_some(())?;
        let extra = lines.next()?.strip_prefix("extra ")?;
        let line = String::from_utf8(BASE64_STANDARD.decode(extra).ok()?).ok()?;
        let index: u64 = lines.next()?.strip_prefix("index ")?.parse().ok()?;
        let mut hashes = Vec::new();
        for hash in lines {
            // No tree has more than 64 levels.
            (hashes.len() < 64).then_some(())?;
            hashes.push(BASE64_STANDARD.decode(hash).ok()?.try_into().ok()?);
        }
        Some(Self {
            line,
            index,
            hashes,
            checkpoint: SignedCheckpoint::read(note).ok()?,
        })
    }
}

impl fmt::Display for EntryProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        writeln!(f, "extra {}", BASE64_STANDARD.encode(&self.line))?;
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", BASE64_STANDARD.encode(hash))?;
        }
        write!(f, "\n{}", self.checkpoint.text())
    }
}
