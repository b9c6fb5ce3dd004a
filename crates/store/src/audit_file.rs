//! The audit log as a file: one entry a line, appended under a lock and on the disk before it counts.
//!
//! The checkpoint is kept outside the log, so that a dropped tail is noticed.

use crate::{StoreError, WritePoints};
use govern::{
    AuditKeeper, Chain, Checkpoint, Entry, EntryBody, KeepError, Kept, Kind, Outcome,
    audit::{self, LONGEST_LINE},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

/// The audit log of a workspace.
#[derive(Debug)]
pub struct AuditFile {
    log: PathBuf,
    checkpoint: PathBuf,
    origin: String,
    points: Arc<WritePoints>,
    /// Threads of one process wait here; processes wait at the lock of the file.
    turn: Mutex<()>,
}

impl AuditFile {
    /// A log in a file and its checkpoint in another, which should lie elsewhere.
    pub fn open(
        log: PathBuf,
        checkpoint: PathBuf,
        origin: &str,
        points: Arc<WritePoints>,
    ) -> Result<Self, StoreError> {
        for path in [&log, &checkpoint] {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|source| StoreError::Audit { source })?;
            }
        }
        Ok(Self {
            log,
            checkpoint,
            origin: origin.to_owned(),
            points,
            turn: Mutex::new(()),
        })
    }

    /// Where the log is.
    pub fn path(&self) -> &Path {
        &self.log
    }

    /// Where the checkpoint is kept.
    pub fn checkpoint_path(&self) -> &Path {
        &self.checkpoint
    }

    /// The checkpoint kept outside the log, if any was written yet.
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>, StoreError> {
        match std::fs::read_to_string(&self.checkpoint) {
            Ok(text) => text.parse().map(Some).map_err(|e| StoreError::Audit {
                source: io::Error::new(io::ErrorKind::InvalidData, e),
            }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Audit { source }),
        }
    }

    /// Reads the whole log and proves it, against the checkpoint where there is one. An absent log is an empty one.
    pub fn verify(
        &self,
        against: Option<&Checkpoint>,
    ) -> Result<Result<govern::Verified, govern::AuditFault>, StoreError> {
        let _turn = self.turn.lock();
        let reader: Box<dyn io::BufRead> = match File::open(&self.log) {
            Ok(file) => {
                // A writer of another process may be half-way through a line.
                file.lock_shared()
                    .map_err(|source| StoreError::Audit { source })?;
                Box::new(BufReader::with_capacity(1 << 20, file))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => Box::new(io::empty()),
            Err(source) => return Err(StoreError::Audit { source }),
        };
        Ok(govern::verify(audit::lines(reader), against))
    }

    /// Shows every entry to `look`, oldest first, one at a time.
    pub fn each(&self, mut look: impl FnMut(&Entry)) -> Result<(), StoreError> {
        let fault = |source| StoreError::Audit { source };
        let _turn = self.turn.lock();
        let file = match File::open(&self.log) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(source) => return Err(fault(source)),
        };
        file.lock_shared().map_err(fault)?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut line = String::new();
        loop {
            line.clear();
            if reader.read_line(&mut line).map_err(fault)? == 0 {
                return Ok(());
            }
            if let Ok(entry) = Entry::read(line.trim_end()) {
                look(&entry);
            }
        }
    }

    /// The newest entries, newest first.
    pub fn newest(&self, how_many: usize) -> Result<Vec<Entry>, StoreError> {
        let fault = |source| StoreError::Audit { source };
        let mut file = match File::open(&self.log) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(fault(source)),
        };
        let tail = tail_of(
            &mut file,
            (LONGEST_LINE as u64 + 1).saturating_mul(how_many.min(200) as u64),
        )
        .map_err(fault)?;
        let tail = String::from_utf8_lossy(&tail);
        Ok(tail
            .lines()
            .rev()
            .filter_map(|line| Entry::read(line).ok())
            .take(how_many)
            .collect())
    }

    fn append(&self, body: EntryBody) -> Result<Kept, KeepError> {
        let _turn = self.turn.lock();
        let fault = |e: io::Error| KeepError::Unwritable(Box::new(e));
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&self.log)
            .map_err(fault)?;
        file.lock().map_err(fault)?;
        let (mut chain, mended) = end_of(&mut file).map_err(fault)?;
        let mut lines = String::new();
        if mended {
            let about = EntryBody::new(body.time, Kind::TailMended, "haven", Outcome::Done);
            let (entry, line) = chain.next(about)?;
            chain.accept(&entry);
            lines.push_str(&line);
            lines.push('\n');
        }
        let (entry, line) = chain.next(body)?;
        chain.accept(&entry);
        lines.push_str(&line);
        lines.push('\n');
        self.points.reach();
        file.write_all(lines.as_bytes()).map_err(fault)?;
        file.sync_data().map_err(fault)?;
        self.points.reach();
        self.write_checkpoint(&chain.checkpoint(&self.origin))
            .map_err(fault)?;
        // The lock is released when the file is closed.
        Ok(Kept {
            seq: entry.seq,
            hash: entry.hash,
        })
    }

    fn write_checkpoint(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let mut beside = self.checkpoint.clone().into_os_string();
        beside.push(".new");
        let mut file = File::create(&beside)?;
        file.write_all(checkpoint.to_string().as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&beside, &self.checkpoint)
    }
}

impl AuditKeeper for AuditFile {
    fn keep(&self, entry: EntryBody) -> Result<Kept, KeepError> {
        self.append(entry)
    }
}

/// The end of the chain, and whether a line that a kill cut short was taken away: it was never acted on.
fn end_of(file: &mut File) -> io::Result<(Chain, bool)> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok((Chain::start(), false));
    }
    let tail = tail_of(file, 2 * (LONGEST_LINE as u64 + 1))?;
    // Counted in bytes: a kill may have cut a character in two.
    let whole = tail
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let torn = tail.len() - whole;
    if torn > 0 {
        file.set_len(length - torn as u64)?;
    }
    let lines = String::from_utf8_lossy(tail.get(..whole).unwrap_or_default());
    match lines.lines().next_back() {
        None => Ok((Chain::start(), torn > 0)),
        Some(line) => Entry::read(line)
            .map(|entry| (Chain::after(&entry), torn > 0))
            .map_err(|_| {
                let message =
                    "the last entry of the audit log was altered; run `haven audit verify`";
                io::Error::new(io::ErrorKind::InvalidData, message)
            }),
    }
}

fn tail_of(file: &mut File, bytes: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    Ok(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> EntryBody {
        EntryBody::new(
            chrono::DateTime::UNIX_EPOCH,
            Kind::Landed,
            "test",
            Outcome::Done,
        )
    }

    #[test]
    fn a_torn_line_is_taken_away_and_said() {
        let home = tempfile::tempdir().unwrap();
        let (log, note) = (
            home.path().join("log.jsonl"),
            home.path().join("checkpoint.txt"),
        );
        let audit = AuditFile::open(log.clone(), note, "test", Arc::default()).unwrap();
        audit.keep(entry()).unwrap();
        let mut file = OpenOptions::new().append(true).open(&log).unwrap();
        // Cut in the middle of a character.
        file.write_all(b"{\"half a line \xe2\x82").unwrap();
        let kept = audit.keep(entry()).unwrap();
        assert_eq!(kept.seq, 3);
        let kinds: Vec<Kind> = audit
            .newest(3)
            .unwrap()
            .iter()
            .map(|e| e.body.kind)
            .collect();
        assert_eq!(kinds, [Kind::Landed, Kind::TailMended, Kind::Landed]);
        let verified = audit
            .verify(audit.checkpoint().unwrap().as_ref())
            .unwrap()
            .unwrap();
        assert_eq!((verified.entries, verified.vouched), (3, Some(3)));
    }

    #[test]
    fn threads_take_turns() {
        let home = tempfile::tempdir().unwrap();
        let (log, note) = (
            home.path().join("log.jsonl"),
            home.path().join("checkpoint.txt"),
        );
        // Each thread has an opening of its own, as each process would.
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let audit =
                    AuditFile::open(log.clone(), note.clone(), "test", Arc::default()).unwrap();
                scope.spawn(move || (0..25).for_each(|_| drop(audit.keep(entry()).unwrap())));
            }
        });
        let audit = AuditFile::open(log, note, "test", Arc::default()).unwrap();
        let verified = audit
            .verify(audit.checkpoint().unwrap().as_ref())
            .unwrap()
            .unwrap();
        assert_eq!(verified.entries, 100);
    }
}
