//! Shuffling more rows than memory holds, and files that appear only when they are whole.

use crate::{SynthError, draw::Draw};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// Rows in no order: up to `size` of them are held, and each further one takes the place of one drawn.
pub(super) struct Deck<T> {
    size: usize,
    held: Vec<T>,
    draw: Draw,
}

impl<T> Deck<T> {
    pub(super) fn new(size: u32, draw: Draw) -> Self {
        Self {
            size: size as usize,
            held: Vec::new(),
            draw,
        }
    }

    /// Takes a row, and gives one back when it holds enough.
    pub(super) fn push(&mut self, row: T) -> Option<T> {
        if self.held.len() < self.size {
            self.held.push(row);
            return None;
        }
        let at = self
            .draw
            .below(u32::try_from(self.size).unwrap_or(u32::MAX));
        let slot = self.held.get_mut(at as usize)?;
        Some(std::mem::replace(slot, row))
    }

    /// The rows still held, shuffled.
    pub(super) fn rest(mut self) -> Vec<T> {
        for last in (1..self.held.len()).rev() {
            let below = u32::try_from(last + 1).unwrap_or(u32::MAX);
            self.held.swap(last, self.draw.below(below) as usize);
        }
        self.held
    }
}

/// A CSV file in the making, under a name of its own until it is finished.
pub(super) struct Sheet {
    path: PathBuf,
    part: PathBuf,
    out: BufWriter<File>,
    rows: u64,
    finished: bool,
}

impl Sheet {
    pub(super) fn open(folder: &Path, name: &str, header: &str) -> Result<Self, SynthError> {
        let path = folder.join(name);
        let part = folder.join(format!(".{name}.part"));
        let file = File::create(&part).map_err(SynthError::write(&part))?;
        let mut sheet = Self {
            path,
            part,
            out: BufWriter::with_capacity(1 << 20, file),
            rows: 0,
            finished: false,
        };
        sheet.write(header.as_bytes())?;
        sheet.write(b"\n")?;
        Ok(sheet)
    }

    /// Rows so far, without the header.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// A part of a row.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SynthError> {
        self.out
            .write_all(bytes)
            .map_err(SynthError::write(&self.part))
    }

    /// A whole row, or the end of one, with its line end.
    pub(super) fn row(&mut self, bytes: &[u8]) -> Result<(), SynthError> {
        self.rows += 1;
        self.write(bytes)
    }

    /// Several whole rows.
    pub(super) fn rows_of(&mut self, bytes: &[u8], count: u64) -> Result<(), SynthError> {
        self.rows += count;
        self.write(bytes)
    }

    /// Gives the file its name; returns its rows.
    pub(super) fn finish(mut self) -> Result<u64, SynthError> {
        self.out.flush().map_err(SynthError::write(&self.part))?;
        std::fs::rename(&self.part, &self.path).map_err(SynthError::write(&self.path))?;
        self.finished = true;
        Ok(self.rows)
    }
}

impl Drop for Sheet {
    fn drop(&mut self) {
        if !self.finished {
            // What could not be finished is of no use; that it cannot be removed changes nothing.
            let _ = std::fs::remove_file(&self.part);
        }
    }
}
