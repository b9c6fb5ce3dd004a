//! Publishing: the checkpoint, and the partial tiles that belong to it, as files that anyone may be
//! served; and the cosignatures that witnesses give.

use super::{
    AuditFile, StoreError,
    append::{Tail, put},
    fault, held, invalid,
};
use govern::audit::{
    PublicKey, SignedCheckpoint,
    tree::{TILE, TILE_ENTRIES, bundle_bytes, bundle_path, tile_bytes, tile_path},
};
use std::{fs, io, path::PathBuf};

impl AuditFile {
    /// The checkpoint that is published.
    pub(super) fn published(&self) -> PathBuf {
        self.places.folder.join("checkpoint")
    }

    fn cosigned_file(&self) -> PathBuf {
        self.places.folder.join("cosigned")
    }

    /// Looks at the end of the log, as a writer does: a kill's leavings are put right.
    pub(super) fn settled<T>(&self, look: impl FnOnce(&Tail) -> T) -> io::Result<T> {
        let mut tail = held(&self.tail);
        let _lock = self.lock(true)?;
        let known = self.end(tail.take())?;
        let seen = look(&known);
        *tail = Some(known);
        Ok(seen)
    }

    /// Publishes the log as it is: partial tiles first, then the checkpoint.
    pub fn publish(&self) -> Result<SignedCheckpoint, StoreError> {
        let mut tail = held(&self.tail);
        let _lock = self.lock(true).map_err(fault)?;
        let known = self.end(tail.take()).map_err(fault)?;
        let published = self.publish_end(&known).map_err(fault);
        *tail = Some(known);
        published
    }

    fn publish_end(&self, tail: &Tail) -> io::Result<SignedCheckpoint> {
        let size = tail.edge.size();
        if let Some(there) = self.signed(&self.published())?
            && there.checkpoint.size == size
        {
            return Ok(there);
        }
        let folder = &self.places.folder;
        for (level, index, hashes) in tail.edge.unfinished() {
            put(
                &folder.join(tile_path(level, index, hashes.len())),
                &tile_bytes(hashes),
            )?;
            self.drop_partials(&tile_path(level, index.wrapping_sub(1), TILE));
        }
        let width = usize::try_from(size % TILE_ENTRIES).unwrap_or_default();
        if width > 0 {
            let start = tail.lines.len().saturating_sub(width);
            let lines = tail.lines.get(start..).unwrap_or_default();
            let index = size / TILE_ENTRIES;
            put(
                &folder.join(bundle_path(index, width)),
                &bundle_bytes(lines.iter().map(Vec::as_slice)),
            )?;
            self.drop_partials(&bundle_path(index.wrapping_sub(1), TILE));
        }
        let checkpoint = self.key.sign(size, tail.edge.root());
        put(&self.published(), checkpoint.text().as_bytes())?;
        Ok(checkpoint)
    }

    /// Partial tiles of one that is full are not needed: whoever asks for one is given the full one.
    fn drop_partials(&self, full: &str) {
        let mut name = self.places.folder.join(full).into_os_string();
        name.push(".p");
        let _ = fs::remove_dir_all(PathBuf::from(name));
    }

    /// The newest checkpoint that witnesses have cosigned, with the lines of those that are known.
    pub fn cosigned(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.signed(&self.cosigned_file()).map_err(fault)
    }

    /// Takes cosignatures in: of a checkpoint that we signed, by witnesses that are known. Gives how
    /// many of them are on the checkpoint now, or `None` where it is not ours or older than what
    /// witnesses have cosigned already.
    pub fn take_cosignatures(
        &self,
        note: &str,
        witnesses: &[PublicKey],
    ) -> Result<Option<usize>, StoreError> {
        let Ok(given) = SignedCheckpoint::open(note, &self.key.public()) else {
            return Ok(None);
        };
        if given.cosigned(witnesses).is_empty() {
            return Ok(None);
        }
        let _tail = held(&self.tail);
        let _lock = self.lock(true).map_err(fault)?;
        let there = self.signed(&self.cosigned_file()).map_err(fault)?;
        // Only our own line and those of known witnesses are published, whatever the note came with.
        let size = given.checkpoint.size;
        let bare = self.key.sign(size, given.checkpoint.root.to_hash());
        if bare.checkpoint != given.checkpoint {
            return Err(fault(invalid("a checkpoint cannot be signed again")));
        }
        let mut kept = bare.with_cosignatures(&given, witnesses);
        if let Some(there) = there {
            if there.checkpoint.size > size {
                return Ok(None);
            }
            kept = kept.with_cosignatures(&there, witnesses);
        }
        put(&self.cosigned_file(), kept.text().as_bytes()).map_err(fault)?;
        Ok(Some(kept.cosigned(witnesses).len()))
    }

    /// A published file of hashes or entries, by its path below the log's address. A partial one that
    /// has become full since is given in full, which begins with the same bytes.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        use govern::audit::tree::Tile;
        let Some(tile) = Tile::parse(path) else {
            return Ok(None);
        };
        let full = match tile {
            Tile::Hashes { level, index, .. } => tile_path(level, index, TILE),
            Tile::Entries { index, .. } => bundle_path(index, TILE),
        };
        for path in [path, full.as_str()] {
            match fs::read(self.places.folder.join(path)) {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(fault(e)),
            }
        }
        Ok(None)
    }
}
