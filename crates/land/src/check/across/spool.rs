//! Entries by the first bits of their keys, in memory as far as the setting allows and on the disk beyond.

use super::{
    entry::key_of,
    spill::{Block, Spill},
};
use crate::check::Scratch;
use std::{
    io::{Error, Result},
    sync::{Arc, OnceLock},
};

/// Parts of a stream; so many bits of the key tell them apart.
const PARTS: usize = 64;
const BITS: u32 = 6;
/// Parts are written out once they hold so many words; smaller ones would make many small blocks.
const SMALLEST: usize = 4096;

/// The disk behind a check, opened when it is first needed.
#[derive(Clone)]
pub(crate) struct Disk {
    scratch: Scratch,
    spill: Arc<OnceLock<Spill>>,
}

impl Disk {
    pub(crate) fn new(scratch: Scratch) -> Self {
        Self {
            scratch,
            spill: Arc::default(),
        }
    }

    /// Bytes that may stay in memory.
    pub(crate) const fn memory(&self) -> usize {
        self.scratch.memory
    }

    pub(crate) fn write(&self, words: &[u32]) -> Result<Block> {
        if self.spill.get().is_none() {
            // Where two threads open one at once, one of the two is closed again.
            let _ = self.spill.set(Spill::new(&self.scratch)?);
        }
        self.open()?.write(words)
    }

    pub(crate) fn read(&self, block: Block, out: &mut Vec<u32>) -> Result<()> {
        self.open()?.read(block, out)
    }

    fn open(&self) -> Result<&Spill> {
        self.spill
            .get()
            .ok_or_else(|| Error::other("nothing was written"))
    }
}

/// The entries of one stream.
pub(crate) struct Spool {
    width: usize,
    /// How many bits of the key are used up by the spools above.
    depth: u32,
    parts: Vec<Part>,
    held: usize,
}

/// Entries whose keys begin alike.
#[derive(Default)]
pub(crate) struct Part {
    blocks: Vec<Block>,
    held: Vec<u32>,
}

impl Part {
    /// How many words it holds, in memory and on the disk.
    pub(crate) fn words(&self) -> usize {
        self.blocks.iter().map(Block::words).sum::<usize>() + self.held.len()
    }

    /// Hands on the entries piece by piece, in the order in which they came.
    pub(crate) fn each_piece(
        &self,
        disk: &Disk,
        mut take: impl FnMut(&[u32]) -> Result<()>,
    ) -> Result<()> {
        let mut piece = Vec::new();
        for block in &self.blocks {
            piece.clear();
            disk.read(*block, &mut piece)?;
            take(&piece)?;
        }
        take(&self.held)
    }
}

impl Spool {
    pub(crate) fn new(width: usize, depth: u32) -> Self {
        Self {
            width: width.max(1),
            depth,
            parts: (0..PARTS).map(|_| Part::default()).collect(),
            held: 0,
        }
    }

    /// Whether the key has bits left by which entries could be parted further.
    pub(crate) const fn can_part(depth: u32) -> bool {
        (depth + 1) * BITS <= 60
    }

    /// Bytes that it holds in memory.
    pub(crate) const fn bytes(&self) -> usize {
        self.held * 4
    }

    pub(crate) fn add(&mut self, entries: &[u32]) {
        for entry in entries.chunks_exact(self.width) {
            let bits = key_of(entry) >> (128 - BITS * (self.depth + 1));
            let part = usize::try_from(bits & (PARTS as u128 - 1)).unwrap_or_default();
            if let Some(part) = self.parts.get_mut(part) {
                part.held.extend_from_slice(entry);
            }
        }
        self.held += entries.len();
    }

    /// Puts what it holds on the disk.
    pub(crate) fn spill(&mut self, disk: &Disk) -> Result<()> {
        for part in &mut self.parts {
            if part.held.len() >= SMALLEST {
                part.blocks.push(disk.write(&part.held)?);
                self.held -= part.held.len();
                part.held = Vec::new();
            }
        }
        Ok(())
    }

    pub(crate) fn into_parts(self) -> Vec<Part> {
        self.parts
    }
}
