//! Files exactly as they were sent, kept encrypted under the digest of their content.

use crate::{
    StoreError, WritePoints, ZoneKey,
    encrypted::{EncryptedFolder, Opener, plain_size, unseal},
};
use object_store::path::Path as Location;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

/// How many plain bytes are unsealed at a time while a file is read.
const WINDOW: u64 = 1024 * 1024;

/// The originals of one zone.
#[derive(Debug)]
pub struct Vault {
    folder: EncryptedFolder,
}

/// A file that the vault keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// SHA-256 of the bytes as sent, in hexadecimal.
    pub sha256: String,
    /// How many bytes were sent.
    pub bytes: u64,
}

impl Vault {
    /// Opens (and makes, when absent) the vault in a folder.
    pub fn open(folder: &Path, key: ZoneKey, points: Arc<WritePoints>) -> Result<Self, StoreError> {
        Ok(Self {
            folder: EncryptedFolder::open(folder, "vault", key, points)?,
        })
    }

    /// Keeps all bytes of a reader, up to `limit`. Keeping the same bytes twice keeps them once.
    pub fn keep(
        &self,
        mut from: impl Read,
        limit: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Original, StoreError> {
        let fault = |source| StoreError::File {
            doing: "keep",
            path: "the file that was sent".to_owned(),
            source,
        };
        let mut sealing = self.folder.begin().map_err(fault)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0u8; 256 * 1024]);
        loop {
            let read = match from.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(fault(e)),
            };
            let piece = buffer.get(..read).unwrap_or_default();
            hash.update(piece);
            bytes += read as u64;
            if bytes > limit {
                let too_big = format!(
                    "it is larger than the limit of {} MB; compress it (zip or gzip) or split it",
                    limit / 1_000_000
                );
                return Err(fault(io::Error::new(io::ErrorKind::FileTooLarge, too_big)));
            }
            sealing.write(piece).map_err(fault)?;
            progress(bytes);
        }
        let sha256 = hex::encode(hash.finalize());
        let to = self.folder.path(&place(&sha256));
        sealing
            .publish(&to, &self.folder.opener(&to), true, &self.folder.points)
            .map_err(fault)?;
        Ok(Original { sha256, bytes })
    }

    /// Whether a file is kept.
    pub fn holds(&self, sha256: &str) -> bool {
        self.folder.path(&place(sha256)).exists()
    }

    /// The digests of all kept files, in their order.
    pub fn all(&self) -> Result<Vec<String>, StoreError> {
        let fault = |source| StoreError::File {
            doing: "list",
            path: "what was sent".to_owned(),
            source,
        };
        let mut found = Vec::new();
        let root = self.folder.path(&Location::from(""));
        for below in std::fs::read_dir(root).map_err(fault)? {
            let below = below.map_err(fault)?;
            if !below.file_type().map_err(fault)?.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(below.path()).map_err(fault)? {
                let name = file.map_err(fault)?.file_name();
                found.extend(name.to_str().filter(|n| n.len() == 64).map(str::to_owned));
            }
        }
        found.sort();
        Ok(found)
    }

    /// Deletes a kept file. One that is not there is no mistake.
    pub fn forget(&self, sha256: &str) -> Result<(), StoreError> {
        match std::fs::remove_file(self.folder.path(&place(sha256))) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StoreError::File {
                doing: "delete",
                path: format!("original {sha256}"),
                source,
            }),
            _ => Ok(()),
        }
    }

    /// Opens a kept file for reading from any position.
    pub fn read(&self, sha256: &str) -> Result<VaultReader, StoreError> {
        let path = self.folder.path(&place(sha256));
        let fault = |source| StoreError::File {
            doing: "open",
            path: format!("original {sha256}"),
            source,
        };
        let file = File::open(&path).map_err(fault)?;
        let on_disk = file.metadata().map_err(fault)?.len();
        Ok(VaultReader {
            file,
            opener: self.folder.opener(&path),
            on_disk,
            size: plain_size(on_disk),
            position: 0,
            window: Vec::new(),
            window_at: 0,
        })
    }
}

fn place(sha256: &str) -> Location {
    let shelf: String = sha256.chars().take(2).collect();
    Location::from(format!("{shelf}/{sha256}"))
}

/// Reads a kept file, unsealing a window at a time; the plain bytes never touch the disk.
pub struct VaultReader {
    file: File,
    opener: Opener,
    on_disk: u64,
    size: u64,
    position: u64,
    window: Vec<u8>,
    window_at: u64,
}

impl VaultReader {
    /// How many plain bytes there are.
    pub fn size(&self) -> u64 {
        self.size
    }
}

impl Read for VaultReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || out.is_empty() {
            return Ok(0);
        }
        let end = self.window_at + self.window.len() as u64;
        if !(self.window_at..end).contains(&self.position) {
            let from = self.position / WINDOW * WINDOW;
            self.window = unseal(
                &self.file,
                &self.opener,
                self.on_disk,
                from..(from + WINDOW).min(self.size),
            )?;
            self.window_at = from;
        }
        let offset = usize::try_from(self.position - self.window_at).map_err(io::Error::other)?;
        let rest = self.window.get(offset..).unwrap_or_default();
        let count = rest.len().min(out.len());
        for (slot, byte) in out.iter_mut().zip(rest) {
            *slot = *byte;
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for VaultReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let base = match to {
            SeekFrom::Start(at) => {
                self.position = at;
                return Ok(at);
            }
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
        };
        self.position = base.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_file_reads_back_from_any_position() {
        let home = tempfile::tempdir().unwrap();
        let vault = Vault::open(home.path(), ZoneKey::generate().unwrap(), Arc::default()).unwrap();
        let plain: Vec<u8> = (0..3_000_000u32).map(|i| (i % 253) as u8).collect();
        let kept = vault.keep(plain.as_slice(), 10_000_000, |_| {}).unwrap();
        assert_eq!(kept.bytes, 3_000_000);
        let mut reader = vault.read(&kept.sha256).unwrap();
        reader.seek(SeekFrom::End(-1_234_567)).unwrap();
        let mut rest = Vec::new();
        reader.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, plain[3_000_000 - 1_234_567..]);
        assert!(
            vault.keep(plain.as_slice(), 1_000, |_| {}).is_err(),
            "over the limit"
        );
    }
}
