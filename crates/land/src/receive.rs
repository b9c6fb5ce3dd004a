//! Turning a file from a stranger into batches of raw cells, in bounded memory.
//!
//! What the file is shows in its bytes: text in several encodings and delimiters, an Excel workbook, or
//! one of these in gzip or zip. Cells come out as text, in the order of the dataset's fields; what they
//! mean is for the checker. Trouble with the header, quotes or characters is handed on as facts.

mod archive;
mod batch;
mod decode;
mod detect;
mod header;
mod marks;
mod names;
mod render;
mod sheet;
mod source;
mod split;
mod text;
mod workbook;

#[cfg(any(test, fuzzing))]
#[expect(clippy::indexing_slicing, reason = "only tests and fuzzing use it")]
pub(crate) mod slow;

#[cfg(test)]
mod tests;

pub use batch::{RawBatch, RawColumn, past_cells};
pub use decode::Encoding;
pub(crate) use header::alike;
pub use header::{HeaderMatch, MissingColumn};
pub use source::Seekable;
pub use split::Place;

use crate::LandError;
use archive::{Holds, ZIP};
use batch::BatchLimits;
use decode::TextSource;
use detect::{LOOKED_AT, Outside};
use flate2::read::MultiGzDecoder;
use model::Dataset;
use sheet::SheetRows;
use source::{Compressed, Limited, Limits, Tapped, fingerprint, read_fault, read_up_to};
use std::{
    fs::File,
    io::{self, Cursor, Read},
    path::Path,
    time::SystemTime,
};
use text::TextRows;

/// How a file is read. What is `None` is found out.
#[derive(Debug, Clone)]
pub struct ReceiveSettings {
    /// The encoding of a text.
    pub encoding: Option<Encoding>,
    /// The delimiter of a text.
    pub delimiter: Option<u8>,
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The longest cell.
    pub max_cell_bytes: usize,
    /// The widest header.
    pub max_columns: usize,
    /// The most that may come out of a compressed file.
    pub max_decompressed_bytes: u64,
    /// How many times larger than the compressed file that may be, once it is over 64 MiB.
    pub max_expansion: u64,
    /// The most that is held of a zip file or workbook that cannot be read twice.
    pub max_held_bytes: u64,
    /// Whether columns that the dataset does not have are handed on too, after its fields: those in
    /// [`HeaderMatch::rest`], then one of cells past the header's width, each as [`past_cells`] reads them.
    pub every_column: bool,
    /// How many rows make a batch.
    pub batch_rows: usize,
    /// How many bytes of cells make a batch.
    pub batch_bytes: usize,
}

impl Default for ReceiveSettings {
    fn default() -> Self {
        Self {
            encoding: None,
            delimiter: None,
            sheet: None,
            max_cell_bytes: 1 << 20,
            max_columns: 2_000,
            max_decompressed_bytes: 8 << 30,
            max_expansion: 200,
            max_held_bytes: 128 << 20,
            every_column: false,
            batch_rows: 8_192,
            batch_bytes: 16 << 20,
        }
    }
}

impl ReceiveSettings {
    const fn limits(&self) -> Limits {
        Limits {
            most_bytes: self.max_decompressed_bytes,
            most_expansion: self.max_expansion,
        }
    }

    /// A row may hold sixteen cells of the largest size.
    const fn batch_limits(&self) -> BatchLimits {
        BatchLimits {
            rows: self.batch_rows,
            bytes: self.batch_bytes,
            row_bytes: self.max_cell_bytes.saturating_mul(16),
        }
    }
}

/// The kind of a file, whatever it is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A table as text.
    Csv,
    /// An Excel workbook.
    Xlsx,
}

/// What a file is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// gzip.
    Gzip,
    /// zip with one file in it.
    Zip,
}

/// What was found out about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// What it is.
    pub kind: FileKind,
    /// What it came in.
    pub wrapping: Option<Wrapping>,
    /// The encoding, as far as it is known by now: Windows-1252 may show only in the last row.
    pub encoding: Option<Encoding>,
    /// Whether it began with a byte-order mark.
    pub byte_order_mark: bool,
    /// The delimiter.
    pub delimiter: Option<u8>,
    /// The sheet that is read.
    pub sheet: Option<String>,
    /// How many other sheets with cells the workbook has, hidden ones included.
    pub other_sheets: usize,
}

/// What is known once a file was read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What the file was, now certain.
    pub detected: Detected,
    /// SHA-256 of the bytes as sent, in hexadecimal.
    pub sha256: String,
    /// How many bytes were sent.
    pub bytes: u64,
    /// How many rows were handed out, blank ones included, the header not.
    pub rows: u64,
    /// Whether a quote was still open at the end.
    pub unterminated_quote: bool,
    /// Where that quote was opened.
    pub open_quote: Option<Place>,
    /// NUL bytes outside UTF-16.
    pub nul_bytes: u64,
    /// Bytes that are no characters in the encoding; each was replaced by U+FFFD.
    pub encoding_faults: u64,
}

/// A file that is being read.
pub struct Receiver {
    detected: Detected,
    header: HeaderMatch,
    rows: Rows,
    fingerprint: Fingerprint,
    count: u64,
    /// The file on disk, where there is one.
    watched: Option<Watched>,
}

enum Rows {
    Text(Box<TextRows>),
    Sheet(SheetRows),
}

enum Fingerprint {
    Done { sha256: String, bytes: u64 },
    Counting(Tapped),
}

/// Opens a file that comes as a stream. A zip file or workbook is held in memory up to a limit.
pub fn open(
    source: Box<dyn Read + Send>,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    check_settings(settings)?;
    let mut tapped = Tapped::new(source);
    let first = read_up_to(&mut tapped, LOOKED_AT)?;
    if detect::outside(&first)? == Outside::Zip {
        let whole = hold(Cursor::new(first).chain(tapped), settings)?;
        return open_zip(Box::new(Cursor::new(whole)), dataset, settings);
    }
    open_stream(first, tapped, dataset, settings)
}

/// Opens a file that can be read twice, such as one on disk.
pub fn open_seekable(
    mut source: Box<dyn Seekable>,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    check_settings(settings)?;
    source.rewind()?;
    let first = read_up_to(&mut source, LOOKED_AT)?;
    if detect::outside(&first)? == Outside::Zip {
        return open_zip(source, dataset, settings);
    }
    source.rewind()?;
    let mut tapped = Tapped::new(Box::new(source));
    let first = read_up_to(&mut tapped, LOOKED_AT)?;
    open_stream(first, tapped, dataset, settings)
}

/// Opens a file by its path. A pipe is read as a stream.
pub fn open_path(
    path: &Path,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    let facts = std::fs::metadata(path).map_err(of_path)?;
    if facts.is_dir() {
        return Err(LandError::Folder);
    }
    let file = File::open(path).map_err(of_path)?;
    if !facts.is_file() {
        return open(Box::new(file), dataset, settings);
    }
    let watched = Watched::new(file.try_clone()?)?;
    let mut receiver = match open_seekable(Box::new(file), dataset, settings) {
        Ok(receiver) => receiver,
        Err(fault) => return watched.check().and(Err(fault)),
    };
    receiver.watched = Some(watched);
    Ok(receiver)
}

/// What it means that a file cannot be opened.
fn of_path(error: io::Error) -> LandError {
    /// Windows: another program has opened the file for itself alone.
    const SHARING_VIOLATION: i32 = 32;
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LandError::NoSuchFile,
        io::ErrorKind::PermissionDenied => LandError::NotPermitted,
        _ if cfg!(windows) && error.raw_os_error() == Some(SHARING_VIOLATION) => LandError::InUse,
        _ => LandError::Unreadable(error),
    }
}

/// A file that must not change while it is read: its fingerprint would be of other bytes than its rows.
struct Watched {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl Watched {
    fn new(file: File) -> Result<Self, LandError> {
        let facts = file.metadata()?;
        Ok(Self {
            length: facts.len(),
            modified: facts.modified().ok(),
            file,
        })
    }

    fn check(&self) -> Result<(), LandError> {
        let facts = self.file.metadata()?;
        if facts.len() == self.length && facts.modified().ok() == self.modified {
            Ok(())
        } else {
            Err(LandError::Changed)
        }
    }
}

impl Receiver {
    /// What was found out so far.
    pub fn detected(&self) -> &Detected {
        &self.detected
    }

    /// How the header fits the dataset.
    pub fn header(&self) -> &HeaderMatch {
        &self.header
    }

    /// The next rows, `None` at the end. The memory of `reuse` is used again.
    pub fn next_batch(&mut self, reuse: RawBatch) -> Result<Option<RawBatch>, LandError> {
        let batch = match &mut self.rows {
            Rows::Text(rows) => rows.next_batch(reuse),
            Rows::Sheet(rows) => rows.next_batch(reuse),
        };
        // What is wrong with half a file is of no use to anybody.
        let batch = batch.or_else(|fault| self.check_unchanged().and(Err(fault)))?;
        self.count += batch.as_ref().map_or(0, |b| b.rows as u64);
        Ok(batch)
    }

    fn check_unchanged(&self) -> Result<(), LandError> {
        self.watched.as_ref().map_or(Ok(()), Watched::check)
    }

    /// Reads the bytes that are left, and says what is known of the whole.
    pub fn finish(mut self) -> Result<Received, LandError> {
        let facts = match &self.rows {
            Rows::Text(rows) => Some(rows.facts()),
            Rows::Sheet(_) => None,
        };
        let (sha256, bytes) = match self.fingerprint {
            Fingerprint::Done { sha256, bytes } => (sha256, bytes),
            Fingerprint::Counting(tapped) => tapped.finish()?,
        };
        if let Some(watched) = &self.watched {
            watched.check()?;
        }
        if let Some(facts) = &facts {
            self.detected.encoding = Some(facts.encoding);
        }
        let open_quote = facts.as_ref().and_then(|f| f.open_quote);
        Ok(Received {
            detected: self.detected,
            sha256,
            bytes,
            rows: self.count,
            unterminated_quote: open_quote.is_some(),
            open_quote,
            nul_bytes: facts.as_ref().map_or(0, |f| f.nul_bytes),
            encoding_faults: facts.as_ref().map_or(0, |f| f.faults),
        })
    }
}

fn check_settings(settings: &ReceiveSettings) -> Result<(), LandError> {
    match settings.delimiter {
        Some(b'"' | b'\r' | b'\n' | 0 | 0x80..) => Err(LandError::BadDelimiter),
        _ => Ok(()),
    }
}

/// Text, or gzip, of which `first` is the beginning.
fn open_stream(
    first: Vec<u8>,
    tapped: Tapped,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    let fingerprint = Fingerprint::Counting(tapped.clone());
    let gzip = detect::outside(&first)? == Outside::Gzip;
    let whole = Cursor::new(first).chain(tapped.clone());
    if !gzip {
        let inside = Inside {
            input: Box::new(whole),
            wrapping: None,
        };
        return open_inside(inside, fingerprint, dataset, settings);
    }
    let input = Limited::new(
        MultiGzDecoder::new(whole),
        Compressed::Counted(tapped),
        settings.limits(),
    );
    let inside = Inside {
        input: Box::new(input),
        wrapping: Some(Wrapping::Gzip),
    };
    open_inside(inside, fingerprint, dataset, settings)
}

/// A zip file: a workbook, or one file inside.
fn open_zip(
    mut source: Box<dyn Seekable>,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    let (sha256, bytes) = fingerprint(&mut *source)?;
    let fingerprint = Fingerprint::Done { sha256, bytes };
    let (source, holds) = archive::inspect(source)?;
    match holds {
        Holds::Workbook(parts) => {
            open_workbook(source, &parts, None, fingerprint, dataset, settings)
        }
        Holds::Single(entry) => {
            settings
                .limits()
                .check_declared(ZIP, entry.compressed, entry.size)?;
            let inside = Inside {
                input: Box::new(entry.read(source, settings.limits(), ZIP)?),
                wrapping: Some(Wrapping::Zip),
            };
            open_inside(inside, fingerprint, dataset, settings)
        }
    }
}

/// The bytes of the table or workbook itself.
struct Inside {
    input: Box<dyn Read + Send>,
    wrapping: Option<Wrapping>,
}

impl Inside {
    /// What it came out of, for messages.
    const fn what(&self) -> Option<&'static str> {
        match self.wrapping {
            None => None,
            Some(Wrapping::Gzip) => Some("gzip file"),
            Some(Wrapping::Zip) => Some(ZIP),
        }
    }
}

fn open_inside(
    mut inside: Inside,
    fingerprint: Fingerprint,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    let what = inside.what();
    let first = read_up_to(&mut inside.input, LOOKED_AT).map_err(|e| read_fault(e, what))?;
    match (detect::outside(&first)?, what) {
        (Outside::Text, _) => {}
        (Outside::Zip, Some(what)) => {
            let whole = hold(Cursor::new(first).chain(inside.input), settings)
                .map_err(|e| refine(e, what))?;
            let (source, holds) = archive::inspect(Box::new(Cursor::new(whole)))?;
            return match holds {
                Holds::Workbook(parts) => {
                    let wrapping = inside.wrapping;
                    open_workbook(source, &parts, wrapping, fingerprint, dataset, settings)
                }
                Holds::Single(_) => Err(LandError::CompressedTwice { what }),
            };
        }
        (Outside::Gzip | Outside::Zip, what) => {
            return Err(LandError::CompressedTwice {
                what: what.unwrap_or(ZIP),
            });
        }
    }
    let writing = detect::writing(&first)?;
    let encoding = settings.encoding.unwrap_or(writing.encoding);
    let byte_order_mark = writing.mark > 0 && encoding == writing.encoding;
    let mut whole = Cursor::new(first);
    if byte_order_mark {
        whole.set_position(writing.mark as u64);
    }
    let wrapping = inside.wrapping;
    let source = TextSource::new(
        Box::new(whole.chain(inside.input)),
        what,
        encoding,
        byte_order_mark || settings.encoding.is_some(),
    );
    let (rows, header) = TextRows::open(source, dataset, settings)?;
    let detected = Detected {
        kind: FileKind::Csv,
        wrapping,
        encoding: Some(rows.facts().encoding),
        byte_order_mark,
        delimiter: Some(rows.delimiter),
        sheet: None,
        other_sheets: 0,
    };
    Ok(Receiver {
        detected,
        header,
        rows: Rows::Text(Box::new(rows)),
        fingerprint,
        count: 0,
        watched: None,
    })
}

fn open_workbook(
    mut source: Box<dyn Seekable>,
    parts: &[archive::Entry],
    wrapping: Option<Wrapping>,
    fingerprint: Fingerprint,
    dataset: &Dataset,
    settings: &ReceiveSettings,
) -> Result<Receiver, LandError> {
    workbook::verify(&mut *source, parts, settings.limits())?;
    source.rewind()?;
    let (rows, chosen, header) = SheetRows::open(source, dataset, settings)?;
    let detected = Detected {
        kind: FileKind::Xlsx,
        wrapping,
        encoding: None,
        byte_order_mark: false,
        delimiter: None,
        sheet: Some(chosen.sheet),
        other_sheets: chosen.others,
    };
    Ok(Receiver {
        detected,
        header,
        rows: Rows::Sheet(rows),
        fingerprint,
        count: 0,
        watched: None,
    })
}

/// Reads a file whole, if it is small enough.
fn hold(mut source: impl Read, settings: &ReceiveSettings) -> Result<Vec<u8>, LandError> {
    let limit = settings.max_held_bytes;
    let whole = read_up_to(&mut source, limit.saturating_add(1))?;
    if whole.len() as u64 > limit {
        return Err(LandError::StreamTooLarge { limit });
    }
    Ok(whole)
}

/// A failure to read, once it is known that the bytes come out of an archive.
fn refine(error: LandError, what: &'static str) -> LandError {
    match error {
        LandError::Unreadable(error) => read_fault(error, Some(what)),
        other => other,
    }
}
