//! What was found, in the order of the file, however much it is.

use super::{spill::Block, spool::Disk};
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    io::Result,
};

/// How many rows beside it a finding names.
pub(crate) const NAMED: usize = 3;
/// Words of one record on the disk.
const WORDS: usize = 8 + 2 * NAMED;
/// Records that are sorted in memory at once.
const AT_ONCE: usize = 100_000;
/// Records of a block on the disk.
const IN_A_BLOCK: usize = 4096;

/// A finding of a rule across rows. Its order is that of the file, then that of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    pub(crate) row: u64,
    pub(crate) rule: u32,
    /// The field, or `u32::MAX`.
    pub(crate) field: u32,
    pub(crate) line: u64,
    /// How many rows are concerned.
    pub(crate) rows: u64,
    /// The first rows beside it, 0 where there are fewer.
    pub(crate) beside: [u64; NAMED],
}

/// Takes records in any order and gives them back in theirs.
pub(crate) struct Sorted {
    disk: Disk,
    held: Vec<Record>,
    runs: Vec<VecDeque<Block>>,
}

impl Sorted {
    pub(crate) const fn new(disk: Disk) -> Self {
        Self {
            disk,
            held: Vec::new(),
            runs: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, records: Vec<Record>) -> Result<()> {
        self.held.extend(records);
        if self.held.len() >= AT_ONCE {
            self.held.sort_unstable();
            let mut run = VecDeque::new();
            for piece in self.held.chunks(IN_A_BLOCK) {
                let words: Vec<u32> = piece.iter().flat_map(Record::write).collect();
                run.push_back(self.disk.write(&words)?);
            }
            self.runs.push(run);
            self.held.clear();
        }
        Ok(())
    }

    /// Hands on all records in order, so many at a time.
    pub(crate) fn drain<E>(
        mut self,
        at_once: usize,
        mut take: impl FnMut(&[Record]) -> std::result::Result<(), E>,
        fault: impl Fn(std::io::Error) -> E,
    ) -> std::result::Result<(), E> {
        self.held.sort_unstable();
        let mut runs: Vec<Run> = self.runs.into_iter().map(Run::of_blocks).collect();
        runs.push(Run {
            blocks: VecDeque::new(),
            ready: self.held.into(),
        });
        let mut next = BinaryHeap::new();
        for (at, run) in runs.iter_mut().enumerate() {
            if let Some(record) = run.next(&self.disk).map_err(&fault)? {
                next.push(Reverse((record, at)));
            }
        }
        let mut together = Vec::new();
        while let Some(Reverse((record, at))) = next.pop() {
            together.push(record);
            if together.len() >= at_once {
                take(&together)?;
                together.clear();
            }
            if let Some(run) = runs.get_mut(at)
                && let Some(record) = run.next(&self.disk).map_err(&fault)?
            {
                next.push(Reverse((record, at)));
            }
        }
        if together.is_empty() {
            return Ok(());
        }
        take(&together)
    }
}

struct Run {
    blocks: VecDeque<Block>,
    ready: VecDeque<Record>,
}

impl Run {
    const fn of_blocks(blocks: VecDeque<Block>) -> Self {
        Self {
            blocks,
            ready: VecDeque::new(),
        }
    }

    fn next(&mut self, disk: &Disk) -> Result<Option<Record>> {
        if self.ready.is_empty()
            && let Some(block) = self.blocks.pop_front()
        {
            let mut words = Vec::new();
            disk.read(block, &mut words)?;
            self.ready
                .extend(words.chunks_exact(WORDS).map(Record::read));
        }
        Ok(self.ready.pop_front())
    }
}

impl Record {
    fn write(&self) -> [u32; WORDS] {
        let mut words = [0; WORDS];
        let halves = |n: u64| {
            [
                u32::try_from(n >> 32).unwrap_or_default(),
                u32::try_from(n & u64::from(u32::MAX)).unwrap_or_default(),
            ]
        };
        let all = [self.row, self.line, self.rows]
            .into_iter()
            .chain(self.beside)
            .flat_map(halves)
            .chain([self.rule, self.field]);
        for (place, word) in words.iter_mut().zip(all) {
            *place = word;
        }
        words
    }

    fn read(words: &[u32]) -> Self {
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let long = |at: usize| u64::from(word(at)) << 32 | u64::from(word(at + 1));
        let mut beside = [0; NAMED];
        for (at, row) in beside.iter_mut().enumerate() {
            *row = long(6 + 2 * at);
        }
        Self {
            row: long(0),
            line: long(2),
            rows: long(4),
            beside,
            rule: word(6 + 2 * NAMED),
            field: word(7 + 2 * NAMED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Scratch;

    #[test]
    fn more_than_fits_comes_back_in_order() {
        let mut sorted = Sorted::new(Disk::new(Scratch::default()));
        let mut expected: Vec<Record> = (0..250_000u64)
            .map(|n| Record {
                row: n * 7_919 % 250_007,
                rule: u32::try_from(n % 5).unwrap(),
                field: u32::MAX,
                line: n,
                rows: 1 + n % 3,
                beside: [n, 0, n << 33],
            })
            .collect();
        for piece in expected.chunks(1000) {
            sorted.add(piece.to_vec()).unwrap();
        }
        let mut back = Vec::new();
        sorted
            .drain(
                997,
                |records| {
                    back.extend_from_slice(records);
                    Ok(())
                },
                |fault| fault,
            )
            .unwrap();
        expected.sort();
        assert!(back == expected);
    }
}
