//! Checking a whole file: one thread reads it, all cores check, and results come back in the file's order.
//!
//! Memory does not grow with the file: only so many batches are under way at once, and a checked batch
//! gives its memory back to the reader.

use super::{
    CheckSettings, CheckedBatch, Checker, Facts, Profile, Quality, RowSet, ShadowCount,
    Specification,
    across::{Gathered, hand_on},
};
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
    /// What rules in their shadow stage found: for those who look after the rules, not for the sender.
    pub shadow: Vec<ShadowCount>,
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
    let Files { mut receiver, last } = files.into();
    let threads = threads.max(1);
    let mut gathered = Gathered::new(&specification.across, &settings.scratch);
    let mut earlier = None;
    let mut first = None;
    let mut checker = Checker::new(specification, receiver.header(), settings);
    if let Some(mut last) = last {
        first = receiver.next_batch(RawBatch::default())?;
        let first_of_last = last.next_batch(RawBatch::default())?;
        let mut before = Checker::new(specification, last.header(), checker.settings.clone());
        before.is_last(first.as_ref());
        checker.is_compared(first_of_last.as_ref());
        let mut facts = Facts::default();
        pass(last, first_of_last, &before, threads, |mut batch| {
            facts.merge(std::mem::take(&mut batch.facts));
            gathered.add(&batch.entries).map_err(LandError::Scratch)?;
            Ok::<_, E>(batch.raw)
        })?;
        earlier = Some(facts);
    }
    let mut sums = Sums::default();
    let mut facts = Facts::default();
    let mut rejected = RowSet::default();
    let read = pass(receiver, first, &checker, threads, |mut batch| {
        sums.add(&batch);
        facts.merge(std::mem::take(&mut batch.facts));
        gathered.add(&batch.entries).map_err(LandError::Scratch)?;
        for row in batch.rejected.iter() {
            rejected.insert(batch.raw.row_numbers.get(row).copied().unwrap_or_default());
        }
        let raw = on_batch(&checker, batch)?;
        on_progress(sums.progress());
        Ok::<_, E>(raw)
    })?;
    let whole = read.finish()?;
    let mut found = checker
        .judge_across(gathered, threads)
        .map_err(LandError::Scratch)?;
    let set_aside_across = std::mem::take(&mut found.set_aside).without(&rejected);
    let mut file_findings = checker.header_findings();
    file_findings.extend(checker.finish(&facts, earlier.as_ref(), &whole));
    file_findings.extend(checker.found_across(&found));
    let mut not_checked = checker.not_checked();
    not_checked.extend(checker.codes_of(&found.unfinished));
    hand_on(found, |batch| on_batch(&checker, batch).map(|_| ()))?;
    Ok(Outcome {
        shadow: checker.shadow_counts(&facts, earlier.as_ref(), &whole),
        received: whole,
        header: checker.header().clone(),
        rows_in: sums.rows,
        rows_accepted: sums.accepted - set_aside_across.len(),
        rows_rejected: sums.rejected + set_aside_across.len(),
        rows_skipped: sums.skipped,
        file_findings,
        not_checked,
        set_aside_across,
        quality: checker.quality(&facts),
        profile: checker.profile(&facts),
    })
}

/// One pass over a file: one thread reads, the others check, and batches come back in their order.
fn pass<E: From<LandError> + From<ArrowError>>(
    mut receiver: Receiver,
    first: Option<RawBatch>,
    checker: &Checker<'_>,
    threads: usize,
    mut take: impl FnMut(CheckedBatch) -> Result<RawBatch, E>,
) -> Result<Receiver, E> {
    // Two for each thread keep all busy; the memory under way is this many batches.
    let under_way = threads * 2;
    thread::scope(|scope| {
        let (permits, permitted) = sync_channel::<RawBatch>(under_way);
        let (jobs, waiting) = sync_channel::<Job>(under_way);
        let (results, done) = sync_channel::<Done>(under_way);
        for _ in 0..under_way {
            // The channel has room for each, and its other end is here.
            let _ = permits.send(RawBatch::default());
        }
        let reader =
            scope.spawn(move || read(&mut receiver, first, &permitted, &jobs).map(|()| receiver));
        let waiting = std::sync::Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let (waiting, results) = (waiting.clone(), results.clone());
            scope.spawn(move || work(checker, &waiting, &results));
        }
        drop((waiting, results));
        let delivered = deliver(&done, |batch: CheckedBatch| {
            let raw = take(batch)?;
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
    })
}

fn read(
    receiver: &mut Receiver,
    mut first: Option<RawBatch>,
    permitted: &Taking<RawBatch>,
    jobs: &SyncSender<Job>,
) -> Result<(), LandError> {
    let mut number = 0;
    // A permit that does not come, or a job that nobody takes, means that somebody gave up.
    while let Ok(reuse) = permitted.recv() {
        let batch = match first.take() {
            Some(first) => first,
            None => match receiver.next_batch(reuse)? {
                Some(batch) => batch,
                None => return Ok(()),
            },
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
