//! Taking in the entries of all batches, and handing on what judging them came to, in the order of the file.

use super::{
    Plan,
    extract::Entries,
    judge::{Judging, Verdict},
    sorted::{Record, Sorted},
    spool::{Disk, Part, Spool},
};
use crate::check::{RowSet, Scratch};
use std::{
    collections::BTreeSet,
    io::Result,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// The least memory with which parts are sorted, in bytes.
const LEAST: usize = 1 << 20;
/// Findings that are handed on at once.
const AT_ONCE: usize = 8192;

/// The entries of a file, and of the one before it.
pub(crate) struct Gathered<'a> {
    plan: &'a Plan,
    disk: Disk,
    spools: Vec<Spool>,
}

/// What judging came to, beside the findings in rows.
pub(crate) struct Found {
    pub(crate) set_aside: RowSet,
    /// Figures over all groups, by slot.
    pub(crate) over: Vec<f64>,
    pub(crate) of_file: Vec<(usize, u32)>,
    pub(crate) unfinished: BTreeSet<usize>,
    records: Sorted,
}

impl<'a> Gathered<'a> {
    pub(crate) fn new(plan: &'a Plan, scratch: &Scratch) -> Self {
        Self {
            plan,
            disk: Disk::new(scratch.clone()),
            spools: plan
                .streams
                .iter()
                .map(|stream| Spool::new(stream.layout.width(), 0))
                .collect(),
        }
    }

    /// Takes in the entries of a batch. Batches come in the order of the file.
    pub(crate) fn add(&mut self, entries: &Entries) -> Result<()> {
        for (spool, entries) in self.spools.iter_mut().zip(entries) {
            spool.add(entries);
        }
        let held: usize = self.spools.iter().map(Spool::bytes).sum();
        if held > self.disk.memory() {
            for spool in &mut self.spools {
                spool.spill(&self.disk)?;
            }
        }
        Ok(())
    }

    /// Judges everything on so many threads.
    pub(crate) fn judge(
        self,
        threads: usize,
        rejects: &(dyn Fn(usize) -> bool + Sync),
        wanted: &(dyn Fn(usize) -> bool + Sync),
    ) -> Result<Found> {
        let Self { plan, disk, spools } = self;
        let slots = plan.slots;
        let at_once = (disk.memory() / (2 * threads)).max(LEAST) / 4;
        let jobs: Vec<(usize, Part)> = spools
            .into_iter()
            .enumerate()
            .flat_map(|(stream, spool)| {
                let parts = spool.into_parts().into_iter();
                parts.map(move |part| (stream, part))
            })
            .filter(|(_, part)| part.words() > 0)
            .collect();
        let next = AtomicUsize::new(0);
        let sorted = Mutex::new(Sorted::new(disk.clone()));
        let work = || -> Result<Verdict> {
            let mut all = Verdict {
                over: vec![0.0; slots],
                ..Verdict::default()
            };
            while let Some((stream, part)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                let Some(stream) = plan.streams.get(*stream) else {
                    continue;
                };
                let judging = Judging {
                    plan,
                    stream,
                    disk: &disk,
                    at_once,
                    rejects,
                    wanted,
                };
                judging.part(part, 1, &mut all)?;
                let records = std::mem::take(&mut all.records);
                if let Ok(mut sorted) = sorted.lock() {
                    sorted.add(records)?;
                }
            }
            Ok(all)
        };
        let verdicts = thread::scope(|scope| {
            let running: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
            running
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(verdict) => verdict,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect::<Result<Vec<Verdict>>>()
        })?;
        let records = sorted
            .into_inner()
            .map_err(|_| std::io::Error::other("another thread stopped while it judged"))?;
        let mut found = Found {
            set_aside: RowSet::default(),
            over: vec![0.0; slots],
            of_file: Vec::new(),
            unfinished: BTreeSet::new(),
            records,
        };
        for verdict in verdicts {
            found.add(plan, verdict);
        }
        found.of_file.sort_unstable();
        Ok(found)
    }
}

impl Found {
    fn add(&mut self, plan: &Plan, verdict: Verdict) {
        self.set_aside.join(&verdict.set_aside);
        for (at, (sum, more)) in self.over.iter_mut().zip(verdict.over).enumerate() {
            if plan.is_largest(at) {
                *sum = sum.max(more);
            } else {
                *sum += more;
            }
        }
        self.of_file.extend(verdict.of_file);
        self.unfinished.extend(verdict.unfinished);
    }

    /// Hands on the findings in rows.
    pub(crate) fn hand_on<E>(
        self,
        take: impl FnMut(&[Record]) -> std::result::Result<(), E>,
        fault: impl Fn(std::io::Error) -> E,
    ) -> std::result::Result<(), E> {
        self.records.drain(AT_ONCE, take, fault)
    }
}
