//! The audit log as a folder: tiles and bundles as C2SP lays them out, and a journal before them.
//!
//! An entry counts once its batch is in the journal and on the disk; threads that wait at the same time
//! share a batch. Full bundles and tiles follow from the journal. The checkpoint is kept outside the
//! folder as well, so that a dropped tail is noticed.

mod append;
mod migrate;
mod prove;
mod publish;
mod read;

use crate::{StoreError, WritePoints};
use append::Tail;
use govern::{
    AuditKeeper, EntryBody, KeepError, Kept,
    audit::{NotACheckpoint, NoteKey, PublicKey, SignedCheckpoint},
};
pub use prove::Against;
pub use read::LogTiles;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// How many entries are written at once at most.
const LARGEST_BATCH: usize = 1_024;

/// Where the parts of a log lie.
#[derive(Debug, Clone)]
pub struct AuditPlaces {
    /// Tiles, bundles and the journal.
    pub folder: PathBuf,
    /// The file of an earlier version, a chain of lines, which is taken over once.
    pub chain: PathBuf,
    /// The last checkpoint; better on another disk.
    pub checkpoint: PathBuf,
}

/// The audit log of a workspace.
pub struct AuditFile {
    places: AuditPlaces,
    key: NoteKey,
    points: Arc<WritePoints>,
    /// Threads of one process wait here; processes wait at the lock of the folder.
    queue: Mutex<Queue>,
    moved: Condvar,
    tail: Mutex<Option<Tail>>,
    attending: Option<Box<dyn Attending>>,
}

/// Somebody who adds to entries what every entry of a request has, and hears what was kept.
pub trait Attending: Send + Sync {
    /// Before an entry is kept, on the thread that asks for it.
    fn before(&self, entry: &mut EntryBody);
    /// After it is on the disk.
    fn after(&self, entry: &EntryBody, kept: &Kept);
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Ticket>,
    /// Whether one of the threads is writing for all.
    led: bool,
}

struct Ticket {
    bodies: Vec<EntryBody>,
    slot: Arc<Slot>,
}

type Results = Vec<Result<Kept, KeepError>>;

#[derive(Default)]
struct Slot(Mutex<Option<Results>>);

impl std::fmt::Debug for AuditFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditFile")
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn fault(source: io::Error) -> StoreError {
    StoreError::Audit { source }
}

fn invalid(message: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

impl AuditFile {
    /// Opens a log, and takes over the chain of an earlier version where there is one.
    pub fn open(
        places: AuditPlaces,
        key: NoteKey,
        points: Arc<WritePoints>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(&places.folder).map_err(fault)?;
        if let Some(folder) = places.checkpoint.parent() {
            std::fs::create_dir_all(folder).map_err(fault)?;
        }
        let log = Self {
            places,
            key,
            points,
            queue: Mutex::default(),
            moved: Condvar::new(),
            tail: Mutex::default(),
            attending: None,
        };
        log.migrate(now).map_err(fault)?;
        Ok(log)
    }

    /// The same log, with somebody who hears of every entry.
    #[must_use]
    pub fn attended(mut self, attending: Box<dyn Attending>) -> Self {
        self.attending = Some(attending);
        self
    }

    /// The folder of the log.
    pub fn folder(&self) -> &Path {
        &self.places.folder
    }

    /// The public key of the log.
    pub fn public_key(&self) -> PublicKey {
        self.key.public()
    }

    /// The checkpoint kept outside the log, if any was written yet.
    pub fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, StoreError> {
        self.signed(&self.places.checkpoint).map_err(fault)
    }

    /// A note of ours in a file.
    fn signed(&self, path: &Path) -> io::Result<Option<SignedCheckpoint>> {
        match std::fs::read_to_string(path) {
            Ok(text) => SignedCheckpoint::open(&text, &self.key.public())
                .map(Some)
                .map_err(|e: NotACheckpoint| invalid(format!("`{}`: {e}", path.display()))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Adds entries to the log, one after the other, all on stable storage when this returns.
    pub fn keep_all(&self, mut bodies: Vec<EntryBody>) -> Results {
        if let Some(attending) = &self.attending {
            for body in &mut bodies {
                attending.before(body);
            }
        }
        let told = self.attending.as_ref().map(|_| bodies.clone());
        let slot = Arc::new(Slot::default());
        let mut queue = held(&self.queue);
        queue.waiting.push(Ticket {
            bodies,
            slot: Arc::clone(&slot),
        });
        let results = loop {
            if let Some(results) = held(&slot.0).take() {
                break results;
            }
            if queue.led {
                queue = self
                    .moved
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            queue.led = true;
            let tickets = next_batch(&mut queue.waiting);
            drop(queue);
            self.write_for(tickets);
            queue = held(&self.queue);
            queue.led = false;
            self.moved.notify_all();
        };
        drop(queue);
        if let (Some(attending), Some(told)) = (&self.attending, told) {
            for (body, result) in told.iter().zip(&results) {
                if let Ok(kept) = result {
                    attending.after(body, kept);
                }
            }
        }
        results
    }

    /// Writes the entries of several threads with one flush, and tells each what came of its own.
    fn write_for(&self, tickets: Vec<Ticket>) {
        let counts: Vec<usize> = tickets.iter().map(|ticket| ticket.bodies.len()).collect();
        let (bodies, slots): (Vec<_>, Vec<_>) =
            tickets.into_iter().map(|t| (t.bodies, t.slot)).unzip();
        let mut results = self
            .commit(bodies.into_iter().flatten().collect())
            .into_iter();
        for (slot, count) in slots.into_iter().zip(counts) {
            *held(&slot.0) = Some(results.by_ref().take(count).collect());
        }
    }

    /// The lock that holds between processes; it ends when it is dropped.
    fn lock(&self, exclusive: bool) -> io::Result<File> {
        let file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .read(true)
            .open(self.places.folder.join("lock"))?;
        if exclusive {
            file.lock()?;
        } else {
            file.lock_shared()?;
        }
        Ok(file)
    }

    fn journal(&self) -> PathBuf {
        self.places.folder.join("journal")
    }
}

/// As many tickets as make a batch, in the order in which they came.
fn next_batch(waiting: &mut Vec<Ticket>) -> Vec<Ticket> {
    let mut entries = 0;
    let end = waiting
        .iter()
        .position(|ticket| {
            let full = entries >= LARGEST_BATCH;
            entries += ticket.bodies.len();
            full
        })
        .unwrap_or(waiting.len());
    waiting.drain(..end).collect()
}

impl AuditKeeper for AuditFile {
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError> {
        let none = || KeepError::Unwritable("the log gave no answer".into());
        self.keep_all(vec![entry])
            .pop()
            .unwrap_or_else(|| Err(none()))
    }
}

#[cfg(test)]
mod tests;
