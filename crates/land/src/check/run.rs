//! Checking a whole file: one thread reads it, all cores check, and results come back in the file's order.
//!
//! Memory does not grow with the file: only so many batches are under way at once, and a checked batch
//! gives its memory back to the reader.

use super::{CheckSettings, CheckedBatch, Checker, Facts, Profile, Quality, RowSet, Specification};
use crate::{
    LandError,
    receive::{HeaderMatch, RawBatch, Received, Receiver},
};
use arrow_schema::ArrowError;
use model::Finding;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        mpsc::{Receiver as Taking, SyncSender, sync_channel},
    },
    thread,
};

/// How far the check has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Rows checked so far.
    pub rows: u64,
    /// Bytes of cells checked so far: of what is in the file, not of the file as it is packed.
    pub bytes: u64,
    /// Rows set aside so far.
    pub rows_set_aside: u64,
}

/// What came of checking a whole file.
#[derive(Debug)]
pub struct Outcome {
    /// What the file was.
    pub received: Received,
    /// How its header fits.
    pub header: HeaderMatch,
    /// Rows in the file.
    pub rows_in: u64,
    /// Rows that may land.
    pub rows_accepted: u64,
    /// Rows set aside because a rule rejects them.
    pub rows_rejected: u64,
    /// Rows set aside because there is nothing in them.
    pub rows_skipped: u64,
    /// What concerns the header or the file as a whole.
    pub file_findings: Vec<Finding>,
    /// Rules that could not be judged with what is known here.
    pub not_checked: Vec<String>,
    /// Rows that rules across rows set aside beyond those that were set aside by themselves. They were
    /// handed on as accepted: who keeps rows runs again and leaves these out.
    pub set_aside_across: RowSet,
    /// How usable the cells of each field are.
    pub quality: Quality,
    /// What the file says about its sender.
    pub profile: Profile,
}

impl Outcome {
    /// Whether the whole file is not accepted.
    pub fn is_file_rejected(&self) -> bool {
        self.file_findings.iter().any(|f| f.level.rejects())
    }
}

/// The file to be checked, and the one it is compared with.
pub struct Files {
    /// The file to be checked.
    pub receiver: Receiver,
    /// The last accepted submission of the same sender, where it is at hand.
    pub last: Option<Receiver>,
}

impl From<Receiver> for Files {
    fn from(receiver: Receiver) -> Self {
        Self {
            receiver,
            last: None,
        }
    }
}

type Job = (u64, RawBatch);
/// A batch without a result was lost in a panic.
type Done = (u64, Option<Result<CheckedBatch, ArrowError>>);

/// Reads and checks a file on so many threads beside the reader. `on_batch` gets every batch in the order of the
/// file, together with the checker, and gives back its raw rows so that their memory is used again.
pub fn run<E: From<LandError> + From<ArrowError>>(
    files: impl Into<Files>,
    specification: &Specification,
    settings: CheckSettings,
    threads: usize,
    mut on_batch: impl FnMut(&Checker<'_>, CheckedBatch) -> Result<RawBatch, E>,
    mut on_progress: impl FnMut(Progress),
) -> Result<Outcome, E> {
    let Files { mut receiver, .. } = files.into();
    let checker = Checker::new(specification, receiver.header(), settings);
    let threads = threads.max(1);
    // Two for each thread keep all busy; the memory under way is this many batches.
    let under_way = threads * 2;
    let mut sums = Sums::default();
    let mut facts = Facts::default();
    let read = thread::scope(|scope| {
        let (permits, permitted) = sync_channel::<RawBatch>(under_way);
        let (jobs, waiting) = sync_channel::<Job>(under_way);
        let (results, done) = sync_channel::<Done>(under_way);
        for _ in 0..under_way {
            // The channel has room for each, and its other end is here.
            let _ = permits.send(RawBatch::default());
        }
        let reader = scope.spawn(move || read(&mut receiver, &permitted, &jobs).map(|()| receiver));
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let (waiting, results) = (waiting.clone(), results.clone());
            let checker = &checker;
            scope.spawn(move || work(checker, &waiting, &results));
        }
        drop((waiting, results));
        let delivered = deliver(&done, |batch: CheckedBatch| {
            sums.add(&batch);
            let mut batch = batch;
            facts.merge(std::mem::take(&mut batch.facts));
            let raw = on_batch(&checker, batch)?;
            on_progress(sums.progress());
            // When the reader has reached the end there is nobody to take the memory.
            let _ = permits.send(raw);
            Ok::<(), E>(())
        });
        // Without permits and without takers every thread comes to its end.
        drop((permits, done));
        let read = reader.join();
        delivered?;
        match read {
            Ok(read) => read.map_err(E::from),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })?;
    let whole = read.finish()?;
    let mut file_findings = checker.header_findings();
    file_findings.extend(checker.finish(&facts, &whole));
    Ok(Outcome {
        received: whole,
        header: checker.header().clone(),
        rows_in: sums.rows,
        rows_accepted: sums.accepted,
        rows_rejected: sums.rejected,
        rows_skipped: sums.skipped,
        file_findings,
        not_checked: checker.not_checked(),
        set_aside_across: RowSet::default(),
        quality: checker.quality(&facts),
        profile: checker.profile(&facts),
    })
}

fn read(
    receiver: &mut Receiver,
    permitted: &Taking<RawBatch>,
    jobs: &SyncSender<Job>,
) -> Result<(), LandError> {
    let mut number = 0;
    // A permit that does not come, or a job that nobody takes, means that somebody gave up.
    while let Ok(reuse) = permitted.recv() {
        let Some(batch) = receiver.next_batch(reuse)? else {
            return Ok(());
        };
        if jobs.send((number, batch)).is_err() {
            return Ok(());
        }
        number += 1;
    }
    Ok(())
}

fn work(checker: &Checker<'_>, waiting: &Mutex<Taking<Job>>, results: &SyncSender<Done>) {
    loop {
        let job = match waiting.lock() {
            Ok(jobs) => jobs.recv(),
            // Another worker panicked while it waited; that panic is the one to tell of.
            Err(_) => return,
        };
        let Ok((number, raw)) = job else { return };
        let mut batch = UnderWay {
            number,
            result: None,
            results,
        };
        batch.result = Some(checker.check(raw));
    }
}

/// Sends what came of a batch when it goes out of scope, so that a panic cannot leave the others waiting.
struct UnderWay<'a> {
    number: u64,
    result: Option<Result<CheckedBatch, ArrowError>>,
    results: &'a SyncSender<Done>,
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // Nobody takes results any more when somebody gave up; then the queue of jobs ends as well.
        let _ = self.results.send((self.number, self.result.take()));
    }
}

/// Hands results on in order. Those that come early wait, and there are never more than permits.
fn deliver<E: From<ArrowError>>(
    done: &Taking<Done>,
    mut take: impl FnMut(CheckedBatch) -> Result<(), E>,
) -> Result<(), E> {
    let mut next = 0;
    let mut early = BTreeMap::new();
    while let Ok((number, result)) = done.recv() {
        early.insert(number, result);
        while let Some(result) = early.remove(&next) {
            let Some(result) = result else {
                // The panic comes on when the threads are joined.
                return Ok(());
            };
            take(result?)?;
            next += 1;
        }
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Sums {
    rows: u64,
    bytes: u64,
    accepted: u64,
    rejected: u64,
    skipped: u64,
}

impl Sums {
    fn add(&mut self, batch: &CheckedBatch) {
        self.rows += batch.raw.rows as u64;
        let cells = batch.raw.columns.iter().map(|c| c.bytes.len() as u64);
        self.bytes += cells.sum::<u64>();
        self.accepted += batch.rows_accepted as u64;
        self.rejected += batch.rows_rejected as u64;
        self.skipped += batch.rows_skipped as u64;
    }

    const fn progress(&self) -> Progress {
        Progress {
            rows: self.rows,
            bytes: self.bytes,
            rows_set_aside: self.rejected + self.skipped,
        }
    }
}
