//! A hash table from keys to rows: built once, then asked very often, mostly in vain.

use super::NO_KEY;

/// The rows of each key.
#[derive(Debug)]
pub(super) struct KeyTable {
    /// A part of each key and the number of its group; a group of 0 is free.
    slots: Vec<(u32, u32)>,
    /// Eight bits or more for each key, of which one is set: most keys that are not there end here, in the cache.
    filter: Vec<u64>,
    /// The key of each group, in the order in which they were first seen; the first stands for none.
    keys: Vec<u64>,
    /// Where the rows of each group begin, and of the group after the last.
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// Groups that are left out.
    left_out: Vec<usize>,
}

impl KeyTable {
    /// From the key of each row, in their order; rows without one are in no group.
    pub(super) fn new(keys: impl Iterator<Item = u64> + Clone) -> Self {
        let filled = keys.clone().filter(|key| *key != NO_KEY).count();
        let size = (filled * 2).next_power_of_two().max(2);
        let mut table = Self {
            slots: vec![(0, 0); size],
            filter: vec![0; (size * 4 / 64).max(1)],
            keys: vec![NO_KEY],
            starts: vec![0, 0],
            rows: vec![0; filled],
            left_out: Vec::new(),
        };
        let mut groups = Vec::with_capacity(filled);
        for key in keys.clone().filter(|key| *key != NO_KEY) {
            let group = table.group(key);
            groups.push(group);
            if let Some(count) = table.starts.get_mut(group as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut table.starts {
            sum += *start;
            *start = sum;
        }
        let mut next = table.starts.clone();
        let rows = (0u32..).zip(keys).filter(|(_, key)| *key != NO_KEY);
        for (group, (row, _)) in groups.into_iter().zip(rows) {
            if let Some(place) = next.get_mut(group as usize) {
                if let Some(slot) = table.rows.get_mut(*place as usize) {
                    *slot = row;
                }
                *place += 1;
            }
        }
        table
    }

    /// The number of a key's group, new where it was not seen before.
    fn group(&mut self, key: u64) -> u32 {
        let size = self.slots.len();
        let mut place = spot(key, size);
        loop {
            match self.slots.get(place).copied() {
                Some((_, 0)) | None => break,
                Some((part, group)) if part == tag(key) && self.key(group) == key => return group,
                Some(_) => place = (place + 1) & (size - 1),
            }
        }
        let group = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key);
        self.starts.push(0);
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = (tag(key), group);
        }
        let (word, bit) = filtered(key, self.filter.len());
        if let Some(word) = self.filter.get_mut(word) {
            *word |= bit;
        }
        group
    }

    fn key(&self, group: u32) -> u64 {
        self.keys.get(group as usize).copied().unwrap_or(NO_KEY)
    }

    /// The group of a key.
    pub(super) fn find(&self, key: u64) -> Option<u32> {
        let (word, bit) = filtered(key, self.filter.len());
        if self.filter.get(word).is_none_or(|word| word & bit == 0) {
            return None;
        }
        let size = self.slots.len();
        let mut place = spot(key, size);
        loop {
            match self.slots.get(place).copied() {
                None | Some((_, 0)) => return None,
                Some((part, group)) if part == tag(key) && self.key(group) == key => {
                    return Some(group);
                }
                Some(_) => place = (place + 1) & (size - 1),
            }
        }
    }

    /// How many groups there are, the one that stands for none among them.
    pub(super) fn groups(&self) -> usize {
        self.keys.len()
    }

    /// The rows of a group.
    pub(super) fn rows(&self, group: u32) -> &[u32] {
        let at = group as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) if !self.is_left_out(at) => self
                .rows
                .get(*from as usize..*to as usize)
                .unwrap_or_default(),
            _ => &[],
        }
    }

    fn is_left_out(&self, group: usize) -> bool {
        !self.left_out.is_empty() && self.left_out.binary_search(&group).is_ok()
    }

    /// Leaves out groups, told in their order.
    pub(super) fn leave_out(&mut self, groups: Vec<usize>) {
        self.left_out = groups;
    }

    /// The most rows that any key has.
    pub(super) fn longest(&self) -> u64 {
        let pairs = self.starts.iter().zip(self.starts.iter().skip(1));
        let longest = pairs.map(|(from, to)| u64::from(to - from)).max();
        longest.unwrap_or(0)
    }
}

/// Keys are mixed: any of their bits are as good as others.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the mask keeps it below the size"
)]
fn spot(key: u64, size: usize) -> usize {
    key as usize & (size - 1)
}

const fn tag(key: u64) -> u32 {
    (key >> 32) as u32
}

/// The word of the filter and the bit in it that a key has.
fn filtered(key: u64, words: usize) -> (usize, u64) {
    let spread = key.rotate_left(17);
    ((spread >> 6) as usize & (words - 1), 1 << (spread & 63))
}
