//! An object store on a local folder in which every file is encrypted: what is listed, read and
//! written above is plain, what lies on disk is not.
//!
//! Layout of a file: 8 bytes of mark, 16 bytes of salt, then chunks of 64 KiB, each sealed by
//! AES-256-GCM under a key of its own file (HMAC-SHA-256 of the salt under the zone's key). The nonce is
//! the chunk's number and whether it is the last, so chunks can be neither moved, dropped nor cut off.
//! The plain size follows from the size on disk, so that listing needs no read.
//!
//! The salt is written masked by a digest of the file's name, under the zone's key: a file that stands in the place
//! of another gives another salt, so another key, and nothing of it opens. Files of the first version have their salt
//! as it is. They are read, and written no more.

use crate::{StoreError, WritePoints};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce},
};
use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use hmac::{Hmac, Mac};
use object_store::{
    Attributes, CopyMode, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult,
    MultipartUpload, ObjectMeta, ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload,
    PutResult, Result, UploadPart, local::LocalFileSystem, path::Path as Location,
};
use sha2::Sha256;
use std::{
    fmt,
    fs::File,
    io,
    ops::Range,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroizing;

/// The mark of files whose salt is not masked.
const MARK_BEFORE: &[u8; 8] = b"HAVENV01";
const MARK: &[u8; 8] = b"HAVENV02";
const SALT_BYTES: usize = 16;
const HEADER: u64 = 24;
const HEADER_BYTES: usize = 24;
const CHUNK: u64 = CHUNK_BYTES as u64;
const CHUNK_BYTES: usize = 64 * 1024;
const TAG: u64 = TAG_BYTES as u64;
const TAG_BYTES: usize = 16;
const SEALED: u64 = CHUNK + TAG;
const ABANDONED_AFTER: Duration = Duration::from_hours(24);

/// The key of a zone. It is never printed.
#[derive(Clone)]
pub struct ZoneKey(Zeroizing<[u8; 32]>);

impl ZoneKey {
    /// A new random key.
    pub fn generate() -> io::Result<Self> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes).map_err(|e| io::Error::other(e.to_string()))?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// From 64 hexadecimal digits, as a key file holds them.
    pub fn parse(text: &str, zone: &'static str) -> std::result::Result<Self, StoreError> {
        let mut bytes = [0u8; 32];
        hex::decode_to_slice(text.trim(), &mut bytes).map_err(|_| StoreError::BadKey { zone })?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// As a key file holds it.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}\n", hex::encode(self.0.as_ref())))
    }

    /// A digest of a text that only the holder of the key can make, in hexadecimal: what the text was cannot be tried
    /// out without it. `purpose` keeps the digests of different purposes apart.
    pub fn keyed_digest(&self, purpose: &str, text: &str) -> io::Result<String> {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_ref()).map_err(io::Error::other)?;
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(text.as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }

    fn cipher(&self, salt: &[u8]) -> io::Result<Aes256Gcm> {
        Aes256Gcm::new_from_slice(self.digest(b"haven file key", salt)?.as_slice())
            .map_err(io::Error::other)
    }

    /// A salt as it is written for a name, or a written one as it is.
    fn masked(&self, salt: &[u8], name: &str) -> io::Result<[u8; SALT_BYTES]> {
        let mask = self.digest(b"haven file name", name.as_bytes())?;
        let mut masked = [0u8; SALT_BYTES];
        for ((slot, salt), mask) in masked.iter_mut().zip(salt).zip(mask.iter()) {
            *slot = salt ^ mask;
        }
        Ok(masked)
    }

    fn digest(&self, of: &[u8], what: &[u8]) -> io::Result<Zeroizing<[u8; 32]>> {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(self.0.as_ref()).map_err(io::Error::other)?;
        mac.update(of);
        mac.update(what);
        Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for ZoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ZoneKey(…)")
    }
}

/// The plain size of a file with this many bytes on disk.
pub(crate) fn plain_size(on_disk: u64) -> u64 {
    let body = on_disk.saturating_sub(HEADER);
    body.saturating_sub(body.div_ceil(SEALED) * TAG)
}

fn nonce(chunk: u64, last: bool) -> Nonce<Aes256Gcm> {
    let mut bytes = [0u8; 12];
    for (slot, byte) in bytes.iter_mut().zip(chunk.to_be_bytes()) {
        *slot = byte;
    }
    let [.., end] = &mut bytes;
    *end = u8::from(last);
    bytes.into()
}

fn damaged() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the file is damaged, was altered, or belongs to another key",
    )
}

/// An encrypting object store on a folder.
pub(crate) struct EncryptedFolder {
    root: PathBuf,
    staging: PathBuf,
    /// What the files here are, as part of their names: no file of another room opens here.
    room: &'static str,
    key: ZoneKey,
    listing: LocalFileSystem,
    pub(crate) points: Arc<WritePoints>,
}

impl EncryptedFolder {
    /// Opens (and makes) the folder `objects` and, beside it, `staging` for what is being written.
    pub(crate) fn open(
        folder: &Path,
        kind: &'static str,
        key: ZoneKey,
        points: Arc<WritePoints>,
    ) -> std::result::Result<Self, StoreError> {
        let (root, staging) = (folder.join("objects"), folder.join("staging"));
        for path in [&root, &staging] {
            std::fs::create_dir_all(path).map_err(|source| StoreError::File {
                doing: "make the folder",
                path: path.display().to_string(),
                source,
            })?;
        }
        sweep(&staging);
        let listing =
            LocalFileSystem::new_with_prefix(&root).map_err(|source| StoreError::Storage {
                doing: "open the folder",
                source,
            })?;
        Ok(Self {
            root,
            staging,
            room: kind,
            key,
            listing,
            points,
        })
    }

    pub(crate) fn path(&self, location: &Location) -> PathBuf {
        location
            .parts()
            .fold(self.root.clone(), |path, part| path.join(part.as_ref()))
    }

    /// What opens the file at a place: the key, and the name that the file was sealed for.
    pub(crate) fn opener(&self, path: &Path) -> Opener {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        Opener {
            key: self.key.clone(),
            name: format!("{}/{}", self.room, below.display()),
        }
    }

    pub(crate) fn begin(&self) -> io::Result<Sealing> {
        let mut salt = [0u8; 16];
        getrandom::fill(&mut salt).map_err(|e| io::Error::other(e.to_string()))?;
        let mut name = [0u8; 12];
        getrandom::fill(&mut name).map_err(|e| io::Error::other(e.to_string()))?;
        let path = self.staging.join(hex::encode(name));
        self.points.reach();
        let file = File::options().write(true).create_new(true).open(&path)?;
        file.write_all_at(MARK, 0)?;
        Ok(Sealing {
            file,
            path,
            salt,
            cipher: self.key.cipher(&salt)?,
            chunk: 0,
            waiting: Vec::new(),
        })
    }
}

/// Takes away what killed processes left half-written. A day is longer than any write takes, so a file that
/// another process is writing now stays.
fn sweep(staging: &Path) {
    let abandoned = |entry: &std::fs::DirEntry| {
        let age = entry
            .metadata()
            .and_then(|facts| facts.modified())
            .ok()
            .and_then(|moment| moment.elapsed().ok());
        age.is_some_and(|age| age > ABANDONED_AFTER)
    };
    let entries = std::fs::read_dir(staging).into_iter().flatten().flatten();
    for entry in entries.filter(abandoned) {
        let _ = std::fs::remove_file(entry.path());
    }
}

/// A file that is being sealed in the staging folder.
pub(crate) struct Sealing {
    file: File,
    path: PathBuf,
    salt: [u8; SALT_BYTES],
    cipher: Aes256Gcm,
    chunk: u64,
    waiting: Vec<u8>,
}

impl Sealing {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        // A chunk is sealed only once a byte beyond it is known, since the last one is sealed differently.
        let whole = CHUNK_BYTES;
        let mut from = 0;
        while self.waiting.len() - from > whole {
            let plain = self
                .waiting
                .get(from..from + whole)
                .ok_or_else(damaged)?
                .to_vec();
            self.seal(&plain, false)?;
            from += whole;
        }
        self.waiting.drain(..from);
        Ok(())
    }

    fn seal(&mut self, plain: &[u8], last: bool) -> io::Result<()> {
        let sealed = self
            .cipher
            .encrypt(&nonce(self.chunk, last), plain)
            .map_err(|_| damaged())?;
        self.file
            .write_all_at(&sealed, HEADER + self.chunk * SEALED)?;
        self.chunk += 1;
        Ok(())
    }

    /// Writes the last chunk, seals the file to its name, and brings all to the disk.
    fn close(&mut self, opener: &Opener) -> io::Result<()> {
        let rest = std::mem::take(&mut self.waiting);
        self.seal(&rest, true)?;
        let salt = opener.key.masked(&self.salt, &opener.name)?;
        self.file.write_all_at(&salt, MARK.len() as u64)?;
        self.file.sync_all()
    }

    /// Gives the file its name. Without `replace`, a name that is taken is an error.
    pub(crate) fn publish(
        &mut self,
        to: &Path,
        opener: &Opener,
        replace: bool,
        points: &WritePoints,
    ) -> io::Result<()> {
        self.close(opener)?;
        let parent = to.parent().ok_or_else(damaged)?;
        std::fs::create_dir_all(parent)?;
        points.reach();
        if replace {
            std::fs::rename(&self.path, to)?;
        } else {
            // A hard link fails when the name is taken, which a rename would not.
            std::fs::hard_link(&self.path, to)?;
            std::fs::remove_file(&self.path)?;
        }
        File::open(parent)?.sync_all()?;
        points.reach();
        Ok(())
    }
}

impl Drop for Sealing {
    fn drop(&mut self) {
        // Published files have moved away; what is left is a file that nobody will ask for.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// The key of a folder and the name of one of its files.
#[derive(Debug, Clone)]
pub(crate) struct Opener {
    key: ZoneKey,
    name: String,
}

impl Opener {
    fn cipher(&self, header: &[u8; HEADER_BYTES]) -> io::Result<Aes256Gcm> {
        let (mark, salt) = header.split_at(MARK.len());
        if mark == MARK {
            self.key.cipher(&self.key.masked(salt, &self.name)?)
        } else if mark == MARK_BEFORE {
            self.key.cipher(salt)
        } else {
            Err(damaged())
        }
    }
}

/// Reads and unseals a range of plain bytes.
pub(crate) fn unseal(
    file: &File,
    by: &Opener,
    on_disk: u64,
    range: Range<u64>,
) -> io::Result<Vec<u8>> {
    let mut header = [0u8; HEADER_BYTES];
    file.read_exact_at(&mut header, 0)?;
    let cipher = by.cipher(&header)?;
    let chunks = (on_disk - HEADER).div_ceil(SEALED);
    let first = range.start / CHUNK;
    let last = range.end.saturating_sub(1).max(range.start) / CHUNK;
    let mut plain =
        Vec::with_capacity(usize::try_from(range.end - range.start).map_err(io::Error::other)?);
    let from = HEADER + first * SEALED;
    let to = (HEADER + (last + 1) * SEALED).min(on_disk);
    let mut sealed = vec![
        0u8;
        usize::try_from(to.checked_sub(from).ok_or_else(damaged)?)
            .map_err(io::Error::other)?
    ];
    file.read_exact_at(&mut sealed, from)?;
    for (number, piece) in (first..).zip(sealed.chunks(CHUNK_BYTES + TAG_BYTES)) {
        let opened = cipher
            .decrypt(&nonce(number, number + 1 == chunks), piece)
            .map_err(|_| damaged())?;
        let start = number * CHUNK;
        // A place beyond the chunk is the end of the chunk.
        let within = |place: u64| {
            usize::try_from(place.saturating_sub(start))
                .unwrap_or(usize::MAX)
                .min(opened.len())
        };
        plain.extend_from_slice(
            opened
                .get(within(range.start)..within(range.end))
                .unwrap_or_default(),
        );
    }
    Ok(plain)
}

fn fault(location: &Location, source: io::Error) -> object_store::Error {
    let path = location.to_string();
    match source.kind() {
        io::ErrorKind::NotFound => object_store::Error::NotFound {
            path,
            source: source.into(),
        },
        io::ErrorKind::AlreadyExists => object_store::Error::AlreadyExists {
            path,
            source: source.into(),
        },
        _ => object_store::Error::Generic {
            store: "encrypted folder",
            source: source.into(),
        },
    }
}

async fn blocking<T: Send + 'static>(
    location: &Location,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)
        .and_then(|done| done)
        .map_err(|e| fault(location, e))
}

fn outward(mut meta: ObjectMeta) -> ObjectMeta {
    meta.size = plain_size(meta.size);
    meta
}

impl fmt::Debug for EncryptedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedFolder")
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for EncryptedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "encrypted folder {}", self.root.display())
    }
}

#[async_trait]
impl ObjectStore for EncryptedFolder {
    async fn put_opts(
        &self,
        location: &Location,
        payload: PutPayload,
        opts: PutOptions,
    ) -> Result<PutResult> {
        let replace = match opts.mode {
            PutMode::Overwrite => true,
            PutMode::Create => false,
            PutMode::Update(_) => {
                return Err(object_store::Error::NotImplemented {
                    operation: "conditional update".to_owned(),
                    implementer: "encrypted folder".to_owned(),
                });
            }
        };
        let mut sealing = self.begin().map_err(|e| fault(location, e))?;
        let (to, points) = (self.path(location), Arc::clone(&self.points));
        let opener = self.opener(&to);
        blocking(location, move || {
            for bytes in &payload {
                sealing.write(bytes)?;
            }
            sealing.publish(&to, &opener, replace, &points)
        })
        .await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn put_multipart_opts(
        &self,
        location: &Location,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let sealing = self.begin().map_err(|e| fault(location, e))?;
        let to = self.path(location);
        Ok(Box::new(Upload {
            sealing: Some(sealing),
            opener: self.opener(&to),
            to,
            location: location.clone(),
            points: Arc::clone(&self.points),
        }))
    }

    async fn get_opts(&self, location: &Location, options: GetOptions) -> Result<GetResult> {
        let (path, here) = (self.path(location), location.clone());
        let opener = self.opener(&path);
        let (meta, range, bytes) = blocking(location, move || {
            let file = File::open(&path)?;
            let facts = file.metadata()?;
            if facts.is_dir() {
                return Err(io::ErrorKind::NotFound.into());
            }
            let size = plain_size(facts.len());
            let meta = ObjectMeta {
                location: here,
                last_modified: facts.modified()?.into(),
                size,
                e_tag: None,
                version: None,
            };
            if options.head {
                return Ok((meta, 0..size, Vec::new()));
            }
            let range = match &options.range {
                Some(wanted) => wanted.as_range(size).map_err(io::Error::other)?,
                None => 0..size,
            };
            let bytes = unseal(&file, &opener, facts.len(), range.clone())?;
            Ok((meta, range, bytes))
        })
        .await?;
        let payload = GetResultPayload::Stream(
            futures::stream::once(async move { Ok(bytes.into()) }).boxed(),
        );
        Ok(GetResult {
            payload,
            meta,
            range,
            attributes: Attributes::new(),
        })
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<Location>>,
    ) -> BoxStream<'static, Result<Location>> {
        self.listing.delete_stream(locations)
    }

    // The table format reads its log in the order of the listing, as object stores give it: by name.
    fn list(&self, prefix: Option<&Location>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = self.listing.list(prefix).map_ok(outward);
        futures::stream::once(async move {
            let mut found: Vec<ObjectMeta> = listed.try_collect().await?;
            found.sort_by(|a, b| a.location.cmp(&b.location));
            Ok::<_, object_store::Error>(futures::stream::iter(found.into_iter().map(Ok)))
        })
        .try_flatten()
        .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Location>) -> Result<ListResult> {
        let mut found = self.listing.list_with_delimiter(prefix).await?;
        found.objects = found.objects.into_iter().map(outward).collect();
        Ok(found)
    }

    async fn copy_opts(&self, from: &Location, to: &Location, options: CopyOptions) -> Result<()> {
        let mode = match options.mode {
            CopyMode::Overwrite => PutMode::Overwrite,
            CopyMode::Create => PutMode::Create,
        };
        let payload = self
            .get_opts(from, GetOptions::default())
            .await?
            .bytes()
            .await?;
        self.put_opts(
            to,
            payload.into(),
            PutOptions {
                mode,
                ..PutOptions::default()
            },
        )
        .await
        .map(|_| ())
    }
}

/// A file written in parts.
struct Upload {
    sealing: Option<Sealing>,
    opener: Opener,
    to: PathBuf,
    location: Location,
    points: Arc<WritePoints>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        // Parts come in order and are sealed in order, so the work is done here and not in the future.
        let done = match &mut self.sealing {
            Some(sealing) => data.iter().try_for_each(|bytes| sealing.write(bytes)),
            None => Err(io::Error::other("the upload has ended")),
        };
        let done = done.map_err(|e| fault(&self.location, e));
        Box::pin(async move { done })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let mut sealing = self
            .sealing
            .take()
            .ok_or_else(|| fault(&self.location, io::Error::other("the upload has ended")))?;
        let (to, points) = (self.to.clone(), Arc::clone(&self.points));
        let opener = self.opener.clone();
        let publish = move || sealing.publish(&to, &opener, true, &points);
        blocking(&self.location, publish).await?;
        Ok(PutResult {
            e_tag: None,
            version: None,
        })
    }

    async fn abort(&mut self) -> Result<()> {
        self.sealing = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::ObjectStoreExt;

    fn folder() -> (tempfile::TempDir, EncryptedFolder) {
        let home = tempfile::tempdir().unwrap();
        let store = EncryptedFolder::open(
            home.path(),
            "own",
            ZoneKey::generate().unwrap(),
            Arc::default(),
        )
        .unwrap();
        (home, store)
    }

    #[tokio::test]
    async fn every_size_and_range_reads_back() {
        let (home, store) = folder();
        for size in [0usize, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let plain: Vec<u8> = (0..size)
                .map(|i| u8::try_from(i * 31 % 251).unwrap())
                .collect();
            let at = Location::from(format!("t/{size}"));
            store.put(&at, plain.clone().into()).await.unwrap();
            assert_eq!(store.head(&at).await.unwrap().size, size as u64);
            assert_eq!(store.get(&at).await.unwrap().bytes().await.unwrap(), plain);
            for (from, to) in [
                (0, 1),
                (65_530, 65_540),
                (size.saturating_sub(3), size),
                (1, size),
            ] {
                if from < to && to <= size {
                    let got = store.get_range(&at, from as u64..to as u64).await.unwrap();
                    assert_eq!(got, plain[from..to], "{size} {from}..{to}");
                }
            }
            let on_disk = std::fs::read(home.path().join(format!("objects/t/{size}"))).unwrap();
            assert!(
                size < 100 || !on_disk.windows(32).any(|w| plain.starts_with(w)),
                "plain text on disk"
            );
        }
    }

    #[tokio::test]
    async fn a_changed_or_cut_file_is_refused() {
        let (home, store) = folder();
        let at = Location::from("t/x");
        store.put(&at, vec![7u8; 150_000].into()).await.unwrap();
        let path = home.path().join("objects/t/x");
        let whole = std::fs::read(&path).unwrap();
        for (name, bytes) in [
            ("flipped", {
                let mut b = whole.clone();
                b[70_000] ^= 1;
                b
            }),
            ("cut at a chunk", whole[..24 + 65_552].to_vec()),
            ("cut inside a chunk", whole[..100_000].to_vec()),
        ] {
            std::fs::write(&path, bytes).unwrap();
            let read = async { store.get(&at).await?.bytes().await }.await;
            assert!(read.is_err(), "{name}");
        }
    }

    #[tokio::test]
    async fn a_file_in_the_place_of_another_is_refused() {
        let (home, store) = folder();
        for name in ["t/x", "t/y"] {
            let plain = vec![name.as_bytes()[2]; 100_000];
            store
                .put(&Location::from(name), plain.into())
                .await
                .unwrap();
        }
        let path = |name: &str| home.path().join("objects/t").join(name);
        std::fs::rename(path("x"), path("x.kept")).unwrap();
        std::fs::copy(path("y"), path("x")).unwrap();
        let read = async |name: &str| store.get(&Location::from(name)).await?.bytes().await;
        assert!(
            read("t/x").await.is_err(),
            "whole, with a range of its own, or"
        );
        let some = store.get_range(&Location::from("t/x"), 0..10).await;
        assert!(some.is_err(), "in part");
        assert_eq!(read("t/y").await.unwrap()[0], b'y');
        std::fs::rename(path("x.kept"), path("x")).unwrap();
        assert_eq!(read("t/x").await.unwrap()[0], b'x');
        // The same name and key, in another room.
        let other = EncryptedFolder::open(home.path(), "vault", store.key.clone(), Arc::default());
        assert!(other.unwrap().get(&Location::from("t/x")).await.is_err());
    }

    #[tokio::test]
    async fn a_file_of_the_first_version_is_read() {
        let (home, store) = folder();
        let path = home.path().join("objects/t/old");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let salt = [9u8; SALT_BYTES];
        let sealed = store
            .key
            .cipher(&salt)
            .unwrap()
            .encrypt(&nonce(0, true), &b"from before"[..]);
        let whole = [MARK_BEFORE.as_slice(), &salt, &sealed.unwrap()].concat();
        std::fs::write(&path, whole).unwrap();
        let read = store.get(&Location::from("t/old")).await.unwrap();
        assert_eq!(read.bytes().await.unwrap(), "from before");
    }

    #[tokio::test]
    async fn a_taken_name_is_not_overwritten() {
        let (_home, store) = folder();
        let at = Location::from("log/0.json");
        let create = || PutOptions {
            mode: PutMode::Create,
            ..PutOptions::default()
        };
        store.put_opts(&at, "first".into(), create()).await.unwrap();
        let again = store.put_opts(&at, "second".into(), create()).await;
        assert!(matches!(
            again,
            Err(object_store::Error::AlreadyExists { .. })
        ));
        assert_eq!(
            store.get(&at).await.unwrap().bytes().await.unwrap(),
            "first"
        );
    }
}
