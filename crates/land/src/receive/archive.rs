//! Zip files: which single file is inside, or whether the whole is an Excel workbook.

use super::source::{Checked, Compressed, Limited, Limits, Seekable, read_fault};
use crate::LandError;
use flate2::read::DeflateDecoder;
use std::io::{self, Read, Seek, SeekFrom};
use zip::{CompressionMethod, ZipArchive};

/// The archive's name in messages.
pub(super) const ZIP: &str = "zip file";
/// A workbook's name in messages.
pub(super) const WORKBOOK: &str = "Excel workbook";

/// More entries than any workbook has.
const MOST_ENTRIES: usize = 20_000;

/// What a zip file holds.
pub(super) enum Holds {
    /// An Excel workbook, of these parts.
    Workbook(Vec<Entry>),
    /// One file.
    Single(Entry),
}

/// Where the bytes of one file are in an archive.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    start: u64,
    pub(super) compressed: u64,
    pub(super) size: u64,
    method: CompressionMethod,
    crc: u32,
    encrypted: bool,
}

/// Reads the directory of an archive.
pub(super) fn inspect(source: Box<dyn Seekable>) -> Result<(Box<dyn Seekable>, Holds), LandError> {
    let broken = |_| LandError::Damaged {
        what: ZIP,
        why: "its list of contents is not there",
    };
    let mut archive = ZipArchive::new(source).map_err(broken)?;
    if archive.len() > MOST_ENTRIES {
        return Err(LandError::SeveralFiles {
            files: archive.len(),
        });
    }
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(broken)?;
        if file.is_dir() {
            continue;
        }
        entries.push(Entry {
            name: file.name().unwrap_or_default().replace('\\', "/"),
            start: file.data_start().unwrap_or_default(),
            compressed: file.compressed_size(),
            size: file.size(),
            method: file.compression(),
            crc: file.crc32(),
            encrypted: file.encrypted(),
        });
    }
    Ok((archive.into_inner(), holds(entries)?))
}

/// Office documents are told by the names of their parts.
fn holds(mut entries: Vec<Entry>) -> Result<Holds, LandError> {
    let has = |wanted: &str| entries.iter().any(|e| e.name.eq_ignore_ascii_case(wanted));
    let below = |folder: &str| entries.iter().any(|e| e.name.starts_with(folder));
    if has("[Content_Types].xml") {
        if has("xl/workbook.bin") {
            return Err(LandError::SaveAs {
                looks_like: "a binary Excel workbook (.xlsb)",
                instead: "CSV or .xlsx",
            });
        }
        if below("word/") {
            return Err(LandError::OtherKind {
                looks_like: "a Word document",
            });
        }
        if below("ppt/") {
            return Err(LandError::OtherKind {
                looks_like: "a PowerPoint presentation",
            });
        }
        return Ok(Holds::Workbook(entries));
    }
    if below("Index/") && has("Index/Document.iwa") {
        return Err(LandError::SaveAs {
            looks_like: "an Apple Numbers document",
            instead: "CSV or .xlsx",
        });
    }
    if has("mimetype") && has("META-INF/manifest.xml") {
        return Err(LandError::SaveAs {
            looks_like: "an OpenDocument file",
            instead: "CSV or .xlsx",
        });
    }
    // What macOS and Windows add on their own is not what was sent.
    entries.retain(|e| {
        let name = e.name.rsplit('/').next().unwrap_or_default();
        !e.name.starts_with("__MACOSX/") && !matches!(name, ".DS_Store" | "Thumbs.db")
    });
    let files = entries.len();
    match entries.pop() {
        None => Err(LandError::NoFileInside),
        Some(only) if files == 1 => Ok(Holds::Single(only)),
        Some(_) => Err(LandError::SeveralFiles { files }),
    }
}

impl Entry {
    /// The uncompressed bytes.
    pub(super) fn read<S: Read + Seek + Send>(
        &self,
        mut source: S,
        limits: Limits,
        what: &'static str,
    ) -> Result<impl Read + Send + use<S>, LandError> {
        if self.encrypted {
            return Err(LandError::Password { what });
        }
        source
            .seek(SeekFrom::Start(self.start))
            .map_err(|e| read_fault(e, Some(what)))?;
        let bytes = source.take(self.compressed);
        let plain = match self.method {
            CompressionMethod::Stored => Plain::Stored(bytes),
            CompressionMethod::Deflated => Plain::Deflated(DeflateDecoder::new(bytes)),
            _ => return Err(LandError::UnknownCompression),
        };
        Ok(Limited::new(
            Checked::new(plain, self.crc),
            Compressed::Known(self.compressed),
            limits,
        ))
    }
}

enum Plain<R> {
    Stored(R),
    Deflated(DeflateDecoder<R>),
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(bytes) => bytes.read(buffer),
            Self::Deflated(bytes) => bytes.read(buffer),
        }
    }
}
