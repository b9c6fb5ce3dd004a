//! Rows as hashes on the disk, in parts that fit into memory. The files have no name that outlives the program.

use std::{
    fs::{File, OpenOptions},
    io::{BufReader, BufWriter, ErrorKind, Read, Result, Seek, Write},
    path::{Path, PathBuf},
};

/// How many parts there are.
pub(super) const PARTS: usize = 64;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) key: u128,
    pub(super) row: u64,
    pub(super) group: u32,
    pub(super) cells: Box<[u32]>,
}

/// The rows of one file, by the hash of their key.
pub(super) struct Shelf {
    parts: Vec<Scratch>,
    width: usize,
}

impl Shelf {
    /// A shelf for rows of so many cells.
    pub(super) fn new(width: usize) -> Result<Self> {
        Ok(Self {
            parts: (0..PARTS)
                .map(|_| Scratch::new())
                .collect::<Result<Vec<_>>>()?,
            width,
        })
    }

    pub(super) fn put(&mut self, key: u128, row: u64, group: u32, cells: &[u32]) -> Result<()> {
        let part = usize::try_from(key % PARTS as u128).unwrap_or_default();
        let Some(part) = self.parts.get_mut(part) else {
            return Ok(());
        };
        let out = &mut part.file;
        out.write_all(&key.to_le_bytes())?;
        out.write_all(&row.to_le_bytes())?;
        out.write_all(&group.to_le_bytes())?;
        for cell in cells {
            out.write_all(&cell.to_le_bytes())?;
        }
        part.lines += 1;
        Ok(())
    }

    /// The rows of a part, by key and then in the order of the file.
    pub(super) fn take(&mut self, part: usize) -> Result<Vec<Line>> {
        let Some(part) = self.parts.get_mut(part) else {
            return Ok(Vec::new());
        };
        part.file.flush()?;
        part.file.get_mut().rewind()?;
        let mut from = BufReader::with_capacity(1 << 16, part.file.get_ref());
        let mut lines = Vec::with_capacity(usize::try_from(part.lines).unwrap_or_default());
        let mut whole = vec![0; 28 + 4 * self.width];
        for _ in 0..part.lines {
            from.read_exact(&mut whole)?;
            lines.extend(line(&whole));
        }
        lines.sort_by_key(|line| (line.key, line.row));
        Ok(lines)
    }
}

fn line(bytes: &[u8]) -> Option<Line> {
    let (key, rest) = bytes.split_first_chunk()?;
    let (row, rest) = rest.split_first_chunk()?;
    let (group, rest) = rest.split_first_chunk()?;
    Some(Line {
        key: u128::from_le_bytes(*key),
        row: u64::from_le_bytes(*row),
        group: u32::from_le_bytes(*group),
        cells: rest
            .chunks_exact(4)
            .filter_map(|four| four.first_chunk().map(|four| u32::from_le_bytes(*four)))
            .collect(),
    })
}

/// A file for the time being, in the folder of the system for such.
struct Scratch {
    path: PathBuf,
    file: BufWriter<File>,
    lines: u64,
}

impl Scratch {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir();
        let mut number = 0u32;
        loop {
            let path = folder.join(format!("haven-diff-{}-{number}", std::process::id()));
            match open(&path) {
                Ok(file) => {
                    // Where files can lose their name while they are open, nothing is left even by a kill.
                    #[cfg(unix)]
                    std::fs::remove_file(&path)?;
                    return Ok(Self {
                        path,
                        file: BufWriter::with_capacity(1 << 14, file),
                        lines: 0,
                    });
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists && number < 100_000 => number += 1,
                Err(e) => return Err(e),
            }
        }
    }
}

fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // On Unix the name went when the file was opened.
        if cfg!(not(unix)) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
