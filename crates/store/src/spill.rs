//! What the query engine spills: files without a name, each encrypted under a key that is never written.
//!
//! A file is a row of sealed pieces of at most 64 KiB, AES-256-GCM, with the number of the piece as its nonce. The
//! engine reads a file while it is still being written, so what was flushed is readable at once. When the process
//! ends, however it ends, the files are gone and so are their keys.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce},
};
use bytes::Bytes;
use datafusion::{
    error::{DataFusionError, Result},
    execution::{SpillFile, SpillWriter, TempFileFactory},
};
use futures::Stream;
use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::PathBuf,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use zeroize::Zeroizing;

/// How an error says that no more may be spilled.
pub(crate) const FULL: &str = "engine.spill_mb";

const PIECE: usize = 64 * 1024;
/// Before each piece stands how long it is.
const LENGTH: usize = 4;
/// How many bytes of pieces are unsealed at a time.
const AT_A_TIME: usize = 1024 * 1024;

/// Makes spill files in a folder, until they hold so much together.
pub(crate) struct SpillFolder {
    folder: PathBuf,
    limit: u64,
    used: Arc<AtomicU64>,
}

impl SpillFolder {
    /// Files in a folder that is there.
    pub(crate) fn new(folder: PathBuf, limit: u64) -> Self {
        Self {
            folder,
            limit,
            used: Arc::default(),
        }
    }

    fn open(&self) -> io::Result<Sealed> {
        let mut name = [0u8; 12];
        let mut key = Zeroizing::new([0u8; 32]);
        for bytes in [name.as_mut_slice(), key.as_mut_slice()] {
            getrandom::fill(bytes).map_err(|e| io::Error::other(e.to_string()))?;
        }
        let path = self.folder.join(format!(".{}", hex::encode(name)));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?;
        // The file stays as long as it is open, and goes with the process that has it open.
        std::fs::remove_file(&path)?;
        Ok(Sealed {
            file,
            cipher: Aes256Gcm::new_from_slice(key.as_slice()).map_err(io::Error::other)?,
            written: AtomicU64::new(0),
            pieces: AtomicU64::new(0),
            writing: Mutex::new(()),
            limit: self.limit,
            used: Arc::clone(&self.used),
        })
    }
}

impl TempFileFactory for SpillFolder {
    fn create_temp_file(&self, _: &str) -> Result<Arc<dyn SpillFile>> {
        let file = self.open().map_err(DataFusionError::IoError)?;
        Ok(Arc::new(Spilled(Arc::new(file))))
    }
}

/// One file and its key.
struct Sealed {
    file: File,
    cipher: Aes256Gcm,
    /// How many bytes of whole pieces are in the file.
    written: AtomicU64,
    pieces: AtomicU64,
    writing: Mutex<()>,
    limit: u64,
    used: Arc<AtomicU64>,
}

impl Sealed {
    fn append(&self, plain: &[u8]) -> io::Result<()> {
        // INVARIANT: a number is given to one piece only, since it is the nonce.
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.pieces.fetch_add(1, Ordering::Relaxed);
        let sealed = self
            .cipher
            .encrypt(&nonce(number), plain)
            .map_err(|_| damaged())?;
        let length = u32::try_from(sealed.len()).map_err(io::Error::other)?;
        let more = (LENGTH + sealed.len()) as u64;
        if self.used.fetch_add(more, Ordering::Relaxed) + more > self.limit {
            self.used.fetch_sub(more, Ordering::Relaxed);
            return Err(io::Error::other(format!(
                "the query spilled more than it may: the limit is `{FULL}`"
            )));
        }
        let at = self.written.load(Ordering::Relaxed);
        let mut record = Vec::with_capacity(LENGTH + sealed.len());
        record.extend_from_slice(&length.to_be_bytes());
        record.extend_from_slice(&sealed);
        if let Err(fault) = self.file.write_all_at(&record, at) {
            self.used.fetch_sub(more, Ordering::Relaxed);
            return Err(fault);
        }
        self.written.store(at + more, Ordering::Release);
        Ok(())
    }

    /// The plain bytes of some pieces from a place on, with the place and number after them; none at the end.
    fn read(&self, mut at: u64, mut number: u64) -> io::Result<Option<(Bytes, u64, u64)>> {
        let end = self.written.load(Ordering::Acquire);
        let mut plain = Vec::new();
        while at < end && plain.len() < AT_A_TIME {
            let mut length = [0u8; LENGTH];
            self.file.read_exact_at(&mut length, at)?;
            let length = u32::from_be_bytes(length) as usize;
            if length > PIECE + 16 {
                return Err(damaged());
            }
            let mut sealed = vec![0u8; length];
            self.file.read_exact_at(&mut sealed, at + LENGTH as u64)?;
            let piece = self.cipher.decrypt(&nonce(number), sealed.as_slice());
            plain.extend_from_slice(&piece.map_err(|_| damaged())?);
            at += (LENGTH + length) as u64;
            number += 1;
        }
        Ok((!plain.is_empty()).then(|| (plain.into(), at, number)))
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        self.used
            .fetch_sub(self.written.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// A file as the engine knows it.
struct Spilled(Arc<Sealed>);

impl SpillFile for Spilled {
    fn size(&self) -> Option<u64> {
        Some(self.0.written.load(Ordering::Acquire))
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        let from = (Arc::clone(&self.0), 0, 0);
        Ok(Box::pin(futures::stream::try_unfold(
            from,
            |(file, at, number)| async move {
                let reading = Arc::clone(&file);
                let read = tokio::task::spawn_blocking(move || reading.read(at, number)).await;
                let read = read.map_err(io::Error::other).and_then(|read| read);
                Ok(read
                    .map_err(DataFusionError::IoError)?
                    .map(|(plain, at, number)| (plain, (file, at, number))))
            },
        )))
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(Writer {
            file: Arc::clone(&self.0),
            waiting: Vec::with_capacity(PIECE),
        }))
    }
}

/// Gathers what is written to whole pieces.
struct Writer {
    file: Arc<Sealed>,
    waiting: Vec<u8>,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.waiting.len();
        let taken = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        self.waiting.extend_from_slice(taken);
        if self.waiting.len() == PIECE {
            self.flush()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.file.append(&self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }
}

impl SpillWriter for Writer {
    fn finish(&mut self) -> Result<()> {
        self.flush().map_err(DataFusionError::IoError)
    }
}

fn nonce(number: u64) -> Nonce<Aes256Gcm> {
    let mut bytes = [0u8; 12];
    for (slot, byte) in bytes.iter_mut().zip(number.to_be_bytes()) {
        *slot = byte;
    }
    bytes.into()
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "a file that the query spilled was altered",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::TryStreamExt;

    fn folder(limit: u64) -> (tempfile::TempDir, SpillFolder) {
        let home = tempfile::tempdir().unwrap();
        let folder = SpillFolder::new(home.path().to_owned(), limit);
        (home, folder)
    }

    fn plain(bytes: usize) -> Vec<u8> {
        (0..bytes)
            .map(|i| u8::try_from(i * 31 % 251).unwrap())
            .collect()
    }

    async fn read(file: &Arc<dyn SpillFile>) -> Vec<u8> {
        let pieces: Vec<Bytes> = file.read_stream().unwrap().try_collect().await.unwrap();
        pieces.concat()
    }

    #[tokio::test]
    async fn what_is_spilled_reads_back_and_is_not_plain_on_the_disk() {
        let (home, folder) = folder(100 << 20);
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3_000_000] {
            let plain = plain(size);
            let sealed = Spilled(Arc::new(folder.open().unwrap()));
            let beneath = Arc::clone(&sealed.0);
            let file: Arc<dyn SpillFile> = Arc::new(sealed);
            let mut writer = file.open_writer().unwrap();
            writer.write_all(&plain).unwrap();
            writer.finish().unwrap();
            assert_eq!(read(&file).await, plain, "{size}");
            let mut on_disk = vec![0; usize::try_from(file.size().unwrap()).unwrap()];
            beneath.file.read_exact_at(&mut on_disk, 0).unwrap();
            assert!(
                size < 100 || !on_disk.windows(32).any(|w| plain.starts_with(w)),
                "plain text on disk"
            );
            assert_eq!(
                std::fs::read_dir(home.path()).unwrap().count(),
                0,
                "no name is left"
            );
        }
        assert_eq!(
            folder.used.load(Ordering::Relaxed),
            0,
            "all room is given back"
        );
    }

    #[tokio::test]
    async fn what_was_flushed_is_read_while_the_rest_is_written() {
        let (_home, folder) = folder(100 << 20);
        let file = folder.create_temp_file("").unwrap();
        let mut writer = file.open_writer().unwrap();
        writer.write_all(b"first").unwrap();
        assert_eq!(read(&file).await, b"");
        writer.flush().unwrap();
        let mut stream = file.read_stream().unwrap();
        assert_eq!(stream.try_next().await.unwrap().unwrap(), "first");
        writer.write_all(b"second").unwrap();
        writer.finish().unwrap();
        assert_eq!(stream.try_next().await.unwrap().unwrap(), "second");
        assert!(stream.try_next().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_altered_or_moved_piece_is_refused() {
        let (_home, folder) = folder(100 << 20);
        let sealed = Arc::new(folder.open().unwrap());
        let file: Arc<dyn SpillFile> = Arc::new(Spilled(Arc::clone(&sealed)));
        let mut writer = file.open_writer().unwrap();
        writer.write_all(&plain(2 * PIECE)).unwrap();
        writer.finish().unwrap();
        let record = LENGTH + PIECE + 16;
        let mut first = vec![0; record];
        sealed.file.read_exact_at(&mut first, 0).unwrap();
        sealed.file.write_all_at(&first, record as u64).unwrap();
        let all: Result<Vec<Bytes>> = file.read_stream().unwrap().try_collect().await;
        assert!(all.is_err(), "the first piece in the place of the second");
    }

    #[test]
    fn no_more_is_spilled_than_may_be() {
        let (_home, folder) = folder(200_000);
        let file = folder.create_temp_file("").unwrap();
        let mut writer = file.open_writer().unwrap();
        let fault = writer.write_all(&plain(300_000)).unwrap_err();
        assert!(fault.to_string().contains(FULL), "{fault}");
        drop((writer, file));
        let again = folder.create_temp_file("").unwrap();
        let mut writer = again.open_writer().unwrap();
        writer.write_all(&plain(150_000)).unwrap();
        writer.finish().unwrap();
    }
}
