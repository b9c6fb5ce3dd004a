//! Putting the rows of two extracts side by side.

use super::shelf::Line;
use std::collections::BTreeMap;

/// How many rows are named as examples.
const EXAMPLES: usize = 5;
/// How many changes are listed one by one; all are counted.
const LISTED: usize = 500_000;

/// One row that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    /// Where it stands in the new file, and in the old one.
    pub(super) new: Option<u64>,
    pub(super) old: Option<u64>,
    /// The columns that differ, by position among those compared.
    pub(super) columns: Vec<u16>,
}

/// How many rows of a group came, went and changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) changed: u64,
}

/// How many rows differ at a column, and the first of them: old row and new row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ColumnChanges {
    pub(super) rows: u64,
    pub(super) first: Vec<(u64, u64)>,
}

/// Everything that differs.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) total: Counts,
    pub(super) same: u64,
    pub(super) groups: BTreeMap<u32, Counts>,
    pub(super) columns: Vec<ColumnChanges>,
    pub(super) listed: Vec<Change>,
    pub(super) not_listed: u64,
}

impl Changes {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns: vec![ColumnChanges::default(); columns],
            ..Self::default()
        }
    }

    /// Puts what is listed in the order of the new file, and rows that are gone after it.
    pub(super) fn sort(&mut self) {
        self.listed
            .sort_by_key(|change| (change.new.is_none(), change.new, change.old));
    }

    fn list(&mut self, change: Change) {
        if self.listed.len() < LISTED {
            self.listed.push(change);
        } else {
            self.not_listed += 1;
        }
    }

    fn added(&mut self, line: &Line) {
        self.total.added += 1;
        self.groups.entry(line.group).or_default().added += 1;
        self.list(Change {
            new: Some(line.row),
            old: None,
            columns: Vec::new(),
        });
    }

    fn removed(&mut self, line: &Line) {
        self.total.removed += 1;
        self.groups.entry(line.group).or_default().removed += 1;
        self.list(Change {
            new: None,
            old: Some(line.row),
            columns: Vec::new(),
        });
    }

    fn changed(&mut self, old: &Line, new: &Line) {
        self.total.changed += 1;
        self.groups.entry(new.group).or_default().changed += 1;
        let cells = old.cells.iter().zip(&new.cells);
        let mut differ = Vec::new();
        for ((at, counts), (before, now)) in (0u16..).zip(&mut self.columns).zip(cells) {
            if before == now {
                continue;
            }
            counts.rows += 1;
            counts.first.push((old.row, new.row));
            counts.first.sort_unstable();
            counts.first.truncate(EXAMPLES);
            differ.push(at);
        }
        self.list(Change {
            new: Some(new.row),
            old: Some(old.row),
            columns: differ,
        });
    }
}

/// Pairs the rows of one part. Of several rows with one key, those that are alike in everything belong together, then
/// the rest in the order of the files.
pub(super) fn pair(old: Vec<Line>, new: Vec<Line>, changes: &mut Changes) {
    let mut old = old.into_iter().peekable();
    let mut new = new.into_iter().peekable();
    loop {
        let key = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(line), None) | (None, Some(line)) => line.key,
            (Some(a), Some(b)) => a.key.min(b.key),
        };
        let mut before = Vec::new();
        while let Some(line) = old.next_if(|line| line.key == key) {
            before.push(line);
        }
        let mut now = Vec::new();
        while let Some(line) = new.next_if(|line| line.key == key) {
            now.push(line);
        }
        one_key(before, now, changes);
    }
}

fn one_key(before: Vec<Line>, now: Vec<Line>, changes: &mut Changes) {
    let mut alike: BTreeMap<Box<[u32]>, u64> = BTreeMap::new();
    for line in &before {
        *alike.entry(line.cells.clone()).or_default() += 1;
    }
    let mut same: BTreeMap<Box<[u32]>, u64> = BTreeMap::new();
    let mut left_now = Vec::new();
    for line in now {
        match alike.get_mut(&line.cells) {
            Some(count) if *count > 0 => {
                *count -= 1;
                *same.entry(line.cells).or_default() += 1;
                changes.same += 1;
            }
            _ => left_now.push(line),
        }
    }
    let mut left_before = Vec::new();
    for line in before {
        match same.get_mut(&line.cells) {
            Some(count) if *count > 0 => *count -= 1,
            _ => left_before.push(line),
        }
    }
    for (old, new) in left_before.iter().zip(&left_now) {
        changes.changed(old, new);
    }
    for line in left_before.iter().skip(left_now.len()) {
        changes.removed(line);
    }
    for line in left_now.iter().skip(left_before.len()) {
        changes.added(line);
    }
}
