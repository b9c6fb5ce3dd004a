//! `Spellings`: from the bytes of a cell to the value of a code list, fast for values typed exactly.
//!
//! A cell in its official spelling costs one short hash and one comparison. Anything else is folded
//! and remembered for the rest of the batch.

use super::codes::CodeBook;
use std::{collections::HashMap, sync::Arc};

/// The id of a blank cell.
pub(crate) const BLANK: u16 = 0;
/// The id of a value that the list does not know; an entry's id is its position and one.
pub(crate) const UNKNOWN: u16 = u16::MAX;

/// An open-addressed table of official spellings.
#[derive(Debug)]
pub(crate) struct Spellings {
    book: Arc<CodeBook>,
    /// Ids by hash; `BLANK` marks a free slot.
    slots: Vec<u16>,
    mask: usize,
}

/// What was seen in this batch that was not typed exactly.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<Vec<u8>, u16>);

/// At most this many inexact spellings are remembered for one column of one batch.
const REMEMBERED: usize = 4096;

impl Spellings {
    pub(crate) fn new(book: Arc<CodeBook>) -> Self {
        let size = (book.entries().len() * 4).next_power_of_two().max(16);
        let mut table = Self {
            slots: vec![BLANK; size],
            mask: size - 1,
            book,
        };
        for (position, entry) in table.book.entries().iter().enumerate() {
            let mut at = hash(entry.value.as_bytes());
            while let Some(slot) = table.slots.get_mut(at & table.mask) {
                if *slot == BLANK {
                    *slot = u16::try_from(position + 1).unwrap_or(UNKNOWN);
                    break;
                }
                at += 1;
            }
        }
        table
    }

    /// The list.
    pub(crate) fn book(&self) -> &Arc<CodeBook> {
        &self.book
    }

    /// The id of a trimmed cell that is not blank, and whether it was typed exactly.
    pub(crate) fn read(&self, cell: &[u8], seen: &mut Seen) -> (u16, bool) {
        if let Some(id) = self.exact(cell) {
            return (id, true);
        }
        if let Some(id) = seen.0.get(cell) {
            return (*id, false);
        }
        let folded = super::codes::fold(&String::from_utf8_lossy(cell));
        let id = self
            .book
            .folded_position(&folded)
            .map_or(UNKNOWN, |at| at + 1);
        if seen.0.len() < REMEMBERED {
            seen.0.insert(cell.to_vec(), id);
        }
        (id, false)
    }

    fn exact(&self, cell: &[u8]) -> Option<u16> {
        let mut at = hash(cell);
        loop {
            let id = *self.slots.get(at & self.mask)?;
            let entry = self.book.entry(id.checked_sub(1)?)?;
            if entry.value.as_bytes() == cell {
                return Some(id);
            }
            at += 1;
        }
    }
}

/// Length, first eight and last eight bytes: enough to part the values of a list, and cheap.
fn hash(cell: &[u8]) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let (first, last) = match (cell.first_chunk::<8>(), cell.last_chunk::<8>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (
            cell.iter()
                .fold(0, |word, byte| word << 8 | u64::from(*byte)),
            0,
        ),
    };
    let length = u64::try_from(cell.len()).unwrap_or_default();
    let mixed = (first ^ last.rotate_left(29) ^ length.rotate_left(17)).wrapping_mul(MIX);
    usize::try_from(mixed >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Content;

    #[test]
    fn exact_and_inexact_spellings_are_told_apart() {
        let values: Vec<String> = (0..300).map(|n| format!("Value number {n}")).collect();
        let content = Content::from_files([
            (
                "codes/x.csv".to_owned(),
                format!("value\n{}\n", values.join("\n")).into_bytes(),
            ),
            (
                "codes/x.toml".to_owned(),
                b"title = \"X\"\nsource = \"nobody\"\n".to_vec(),
            ),
        ]);
        let table = Spellings::new(Arc::new(CodeBook::read(&content, "x").unwrap()));
        let mut seen = Seen::default();
        for (at, value) in values.iter().enumerate() {
            let id = u16::try_from(at + 1).unwrap();
            assert_eq!(table.read(value.as_bytes(), &mut seen), (id, true));
            let loud = value.to_uppercase();
            assert_eq!(table.read(loud.as_bytes(), &mut seen), (id, false));
            assert_eq!(table.read(loud.as_bytes(), &mut seen), (id, false));
        }
        assert_eq!(table.read(b"Value number 300", &mut seen), (UNKNOWN, false));
        assert_eq!(table.read(b"x", &mut seen), (UNKNOWN, false));
    }
}
