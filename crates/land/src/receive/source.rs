//! The bytes as they come in: counted and fingerprinted as sent, uncompressed within limits.

use crate::LandError;
use flate2::Crc;
use sha2::{Digest, Sha256};
use std::{
    fmt,
    io::{self, Read, Seek},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A source that can go back to its beginning: a file, or bytes in memory.
pub trait Seekable: Read + Seek + Send {}
impl<T: Read + Seek + Send> Seekable for T {}

/// How many bytes are read at once.
pub(super) const CHUNK: usize = 256 * 1024;

/// A reader that counts and fingerprints what passes, whoever holds it. It is shared so that the bytes
/// after the last row can still be read when the file is done with.
#[derive(Clone)]
pub(super) struct Tapped(Arc<Mutex<Tap>>);

struct Tap {
    input: Box<dyn Read + Send>,
    digest: Sha256,
    bytes: u64,
}

impl Tapped {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self(Arc::new(Mutex::new(Tap {
            input,
            digest: Sha256::new(),
            bytes: 0,
        })))
    }

    fn tap(&self) -> MutexGuard<'_, Tap> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes have come in so far.
    pub(super) fn bytes(&self) -> u64 {
        self.tap().bytes
    }

    /// Reads what is left, and gives the SHA-256 and the number of bytes of the whole.
    pub(super) fn finish(mut self) -> io::Result<(String, u64)> {
        let mut rest = vec![0; CHUNK];
        while read_some(&mut self, &mut rest)? > 0 {}
        let tap = self.tap();
        Ok((hex::encode(tap.digest.clone().finalize()), tap.bytes))
    }
}

impl Read for Tapped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut tap = self.tap();
        let count = tap.input.read(buffer)?;
        tap.digest.update(buffer.get(..count).unwrap_or_default());
        tap.bytes += count as u64;
        Ok(count)
    }
}

/// The SHA-256 and the number of bytes of a source that can be read twice.
pub(super) fn fingerprint(source: &mut dyn Seekable) -> io::Result<(String, u64)> {
    source.rewind()?;
    let mut digest = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = read_some(source, &mut chunk)?;
        if count == 0 {
            break;
        }
        digest.update(chunk.get(..count).unwrap_or_default());
        bytes += count as u64;
    }
    source.rewind()?;
    Ok((hex::encode(digest.finalize()), bytes))
}

/// Reads at least one byte unless the source is at its end.
pub(super) fn read_some(source: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads until `most` bytes have come or the source is at its end.
pub(super) fn read_up_to(source: &mut (impl Read + ?Sized), most: u64) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    source.take(most).read_to_end(&mut read)?;
    Ok(read)
}

/// What uncompressing may cost.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) most_bytes: u64,
    pub(super) most_expansion: u64,
}

/// Below this size no ratio is too high: a few kilobytes of equal cells shrink a great deal.
const RATIO_COUNTS_FROM: u64 = 64 << 20;

/// A limit that was passed, carried through `io::Error`.
#[derive(Debug)]
enum Passed {
    Size(u64),
    Ratio(u64),
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a limit of uncompressing was passed")
    }
}

impl std::error::Error for Passed {}

impl Limits {
    /// Whether so much may come out of so little.
    fn check(self, compressed: u64, uncompressed: u64) -> Result<(), Passed> {
        if uncompressed > self.most_bytes {
            return Err(Passed::Size(self.most_bytes));
        }
        let most = compressed.max(1).saturating_mul(self.most_expansion);
        if uncompressed > RATIO_COUNTS_FROM && uncompressed > most {
            return Err(Passed::Ratio(self.most_expansion));
        }
        Ok(())
    }

    /// The same for sizes that an archive declares.
    pub(super) fn check_declared(
        self,
        what: &'static str,
        compressed: u64,
        uncompressed: u64,
    ) -> Result<(), LandError> {
        self.check(compressed, uncompressed)
            .map_err(|passed| passed.into_error(what))
    }
}

impl Passed {
    fn into_error(self, what: &'static str) -> LandError {
        match self {
            Self::Size(limit) => LandError::ExpandsTooFar { what, limit },
            Self::Ratio(ratio) => LandError::ExpandsTooMuch { what, ratio },
        }
    }
}

/// A reader of uncompressed bytes that stops at the limits.
pub(super) struct Limited<R> {
    inner: R,
    compressed: Compressed,
    limits: Limits,
    bytes: u64,
}

/// How many compressed bytes went in.
pub(super) enum Compressed {
    Known(u64),
    Counted(Tapped),
}

impl<R: Read> Limited<R> {
    pub(super) fn new(inner: R, compressed: Compressed, limits: Limits) -> Self {
        Self {
            inner,
            compressed,
            limits,
            bytes: 0,
        }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        let compressed = match &self.compressed {
            Compressed::Known(bytes) => *bytes,
            Compressed::Counted(tapped) => tapped.bytes(),
        };
        self.limits
            .check(compressed, self.bytes)
            .map_err(io::Error::other)?;
        Ok(count)
    }
}

/// A reader that compares the checksum at the end with the one that the archive states.
pub(super) struct Checked<R> {
    inner: R,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Checked<R> {
    pub(super) fn new(inner: R, expected: u32) -> Self {
        Self {
            inner,
            crc: Crc::new(),
            expected,
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..count).unwrap_or_default());
        if count == 0 && !buffer.is_empty() && self.crc.sum() != self.expected {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(count)
    }
}

/// What a failure to read means: a limit, a damaged archive, or a fault of the disk or network.
pub(super) fn read_fault(error: io::Error, archive: Option<&'static str>) -> LandError {
    let Some(what) = archive else {
        return LandError::Unreadable(error);
    };
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            LandError::Damaged {
                what,
                why: "its contents cannot be uncompressed",
            }
        }
        _ => match error.downcast::<Passed>() {
            Ok(passed) => passed.into_error(what),
            Err(error) => LandError::Unreadable(error),
        },
    }
}
