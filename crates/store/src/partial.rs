//! Uploads that are not whole yet: pieces in the order in which they came, each encrypted and each on the
//! disk before it counts. Killed at any moment, an upload has all pieces that were acknowledged.

use crate::{
    StoreError, WritePoints, ZoneKey,
    encrypted::{EncryptedFolder, Opener, plain_size, unseal},
};
use object_store::path::Path as Location;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Uploads on their way.
#[derive(Debug)]
pub struct Partials {
    folder: EncryptedFolder,
}

impl Partials {
    /// Opens (and makes, when absent) the folder of uploads.
    pub fn open(folder: &Path, key: ZoneKey, points: Arc<WritePoints>) -> Result<Self, StoreError> {
        Ok(Self {
            folder: EncryptedFolder::open(folder, "uploads", key, points)?,
        })
    }

    /// How many bytes of an upload are here.
    pub fn size(&self, id: &str) -> Result<u64, StoreError> {
        Ok(self.pieces(id)?.iter().map(|piece| piece.size).sum())
    }

    /// Adds a piece that begins at `offset`. Whoever comes second with the same offset meets an error of
    /// kind `AlreadyExists`.
    pub fn append(&self, id: &str, offset: u64, piece: &[u8]) -> Result<(), StoreError> {
        let keep = || {
            let mut sealing = self.folder.begin()?;
            sealing.write(piece)?;
            let to = self.place(id).join(format!("{offset:020}"));
            sealing.publish(&to, &self.folder.opener(&to), false, &self.folder.points)
        };
        keep().map_err(fault("keep"))
    }

    /// All bytes of an upload, one piece after the other.
    pub fn read(&self, id: &str) -> Result<impl Read + use<>, StoreError> {
        Ok(Joined {
            pieces: self.pieces(id)?.into_iter(),
            now: io::Cursor::new(Vec::new()),
        })
    }

    /// Throws an upload away. One that is not there is no mistake.
    pub fn forget(&self, id: &str) -> Result<(), StoreError> {
        match std::fs::remove_dir_all(self.place(id)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(fault("throw away")(e)),
            _ => Ok(()),
        }
    }

    fn place(&self, id: &str) -> PathBuf {
        let name: String = id.chars().filter(char::is_ascii_alphanumeric).collect();
        self.folder.path(&Location::from(name))
    }

    /// The pieces from the beginning, as far as they join.
    fn pieces(&self, id: &str) -> Result<Vec<Piece>, StoreError> {
        let entries = match std::fs::read_dir(self.place(id)) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(fault("read")(e)),
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fault("read"))?;
            let offset: Option<u64> = entry.file_name().to_str().and_then(|n| n.parse().ok());
            if let Some(offset) = offset {
                let on_disk = entry.metadata().map_err(fault("read"))?.len();
                let size = plain_size(on_disk);
                let path = entry.path();
                found.push((
                    offset,
                    Piece {
                        opener: self.folder.opener(&path),
                        path,
                        on_disk,
                        size,
                    },
                ));
            }
        }
        found.sort_by_key(|(offset, _)| *offset);
        let (mut joined, mut end) = (Vec::new(), 0);
        for (offset, piece) in found {
            if offset != end {
                break;
            }
            end += piece.size;
            joined.push(piece);
        }
        Ok(joined)
    }
}

fn fault(doing: &'static str) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::File {
        doing,
        path: "an upload that is not whole yet".to_owned(),
        source,
    }
}

struct Piece {
    opener: Opener,
    path: PathBuf,
    on_disk: u64,
    size: u64,
}

/// Reads pieces, one at a time in memory.
struct Joined {
    pieces: std::vec::IntoIter<Piece>,
    now: io::Cursor<Vec<u8>>,
}

impl Read for Joined {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.now.read(out)?;
            if count > 0 || out.is_empty() {
                return Ok(count);
            }
            let Some(piece) = self.pieces.next() else {
                return Ok(0);
            };
            let file = File::open(&piece.path)?;
            self.now = io::Cursor::new(unseal(&file, &piece.opener, piece.on_disk, 0..piece.size)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_in_their_order_and_a_second_at_the_same_place_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let key = ZoneKey::generate().unwrap();
        let open = || Partials::open(home.path(), key.clone(), Arc::default()).unwrap();
        let plain: Vec<u8> = (0..300_000u32).map(|i| (i % 251) as u8).collect();
        let (first, second) = plain.split_at(170_001);
        open().append("ab12", 0, first).unwrap();
        // Another process, or the same after a kill, goes on where the first one stopped.
        let uploads = open();
        assert_eq!(uploads.size("ab12").unwrap(), 170_001);
        uploads.append("ab12", 170_001, second).unwrap();
        let taken = uploads.append("ab12", 170_001, b"x").unwrap_err();
        assert!(
            matches!(taken, StoreError::File { source, .. } if source.kind() == io::ErrorKind::AlreadyExists)
        );
        let mut all = Vec::new();
        uploads.read("ab12").unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, plain);
        uploads.forget("ab12").unwrap();
        assert_eq!(uploads.size("ab12").unwrap(), 0);
    }

    #[test]
    fn what_comes_after_a_gap_does_not_count() {
        let home = tempfile::tempdir().unwrap();
        let uploads =
            Partials::open(home.path(), ZoneKey::generate().unwrap(), Arc::default()).unwrap();
        uploads.append("cd", 0, b"0123").unwrap();
        uploads.append("cd", 9, b"9").unwrap();
        assert_eq!(uploads.size("cd").unwrap(), 4);
    }
}
