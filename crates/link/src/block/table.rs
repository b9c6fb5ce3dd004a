//! A hash table from keys to rows: built once, then asked very often, mostly in vain.

use super::NO_KEY;

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    pub(super) key: u64,
    from: u32,
    pub(super) rows: u32,
}

/// The rows of each key.
#[derive(Debug)]
pub(super) struct KeyTable {
    /// A part of each key, apart from the entries, so that most questions touch little memory; 0 is free.
    tags: Vec<u32>,
    /// Eight bits or more for each key, of which one is set: most keys that are not there end here, in the cache.
    filter: Vec<u64>,
    pub(super) entries: Vec<Entry>,
    rows: Vec<u32>,
}

impl KeyTable {
    pub(super) fn new(mut pairs: Vec<(u64, u32)>) -> Self {
        pairs.sort_unstable();
        let distinct = pairs.chunk_by(|a, b| a.0 == b.0).count();
        let size = (distinct * 3).next_power_of_two().max(2);
        let mut table = Self {
            tags: vec![0; size],
            filter: vec![0; (size * 4 / 64).max(1)],
            entries: vec![Entry::default(); size],
            rows: Vec::new(),
        };
        let mut from = 0;
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((key, _)) = group.first() else {
                continue;
            };
            let rows = u32::try_from(group.len()).unwrap_or(u32::MAX);
            let mut place = spot(*key, size);
            while table.tags.get(place).is_some_and(|tag| *tag != 0) {
                place = (place + 1) & (size - 1);
            }
            if let (Some(slot), Some(entry)) =
                (table.tags.get_mut(place), table.entries.get_mut(place))
            {
                *slot = tag(*key);
                *entry = Entry {
                    key: *key,
                    from,
                    rows,
                };
            }
            let (word, bit) = filtered(*key, table.filter.len());
            if let Some(word) = table.filter.get_mut(word) {
                *word |= bit;
            }
            from = from.saturating_add(rows);
        }
        table.rows = pairs.into_iter().map(|(_, row)| row).collect();
        table
    }

    pub(super) fn find(&self, key: u64) -> Option<usize> {
        let (word, bit) = filtered(key, self.filter.len());
        if self.filter.get(word).is_none_or(|word| word & bit == 0) {
            return None;
        }
        let size = self.tags.len();
        let mut place = spot(key, size);
        let wanted = tag(key);
        loop {
            match self.tags.get(place) {
                None | Some(0) => return None,
                Some(tag)
                    if *tag == wanted && self.entries.get(place).is_some_and(|e| e.key == key) =>
                {
                    return Some(place);
                }
                Some(_) => place = (place + 1) & (size - 1),
            }
        }
    }

    pub(super) fn rows(&self, place: usize) -> &[u32] {
        let entry = self.entries.get(place).copied().unwrap_or_default();
        let from = entry.from as usize;
        self.rows
            .get(from..from + entry.rows as usize)
            .unwrap_or_default()
    }

    /// The most rows that any key has.
    pub(super) fn longest(&self) -> u64 {
        let rows = self.entries.iter().filter(|entry| entry.key != NO_KEY);
        rows.map(|entry| u64::from(entry.rows)).max().unwrap_or(0)
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

fn tag(key: u64) -> u32 {
    ((key >> 32) as u32).max(1)
}

/// The word of the filter and the bit in it that a key has.
fn filtered(key: u64, words: usize) -> (usize, u64) {
    let spread = key.rotate_left(17);
    ((spread >> 6) as usize & (words - 1), 1 << (spread & 63))
}
