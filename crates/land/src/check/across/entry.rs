//! What a row leaves behind for rules across rows: words of 32 bits, all of one length in a stream.
//!
//! `key (4) | row (2) | feed and submission (1) | line (1) | conditions | values`

use super::Carried;

/// Words before the conditions.
pub(crate) const HEAD: usize = 8;
/// The value of a text or a code that is blank.
pub(crate) const NO_TEXT: u32 = 0;
/// Marks a text that is no value of a code list.
pub(crate) const FREE_TEXT: u32 = 1 << 31;
const OF_LAST: u32 = 1 << 31;
/// Each condition takes a bit for yes and a bit for unknown.
const IN_A_WORD: usize = 16;

/// Where the entries of a stream hold what.
#[derive(Debug, Default, Clone)]
pub(crate) struct EntryLayout {
    /// For each truth of the plan its position here.
    truths: Vec<Option<usize>>,
    /// For each value of the plan its word here.
    values: Vec<Option<usize>>,
    width: usize,
}

impl EntryLayout {
    pub(crate) fn new(plan_values: &[Carried], truths: &[bool], values: &[bool]) -> Self {
        let mut held = 0;
        let truths: Vec<Option<usize>> = truths
            .iter()
            .map(|used| {
                used.then(|| {
                    held += 1;
                    held - 1
                })
            })
            .collect();
        let mut word = HEAD + held.div_ceil(IN_A_WORD);
        let values = plan_values
            .iter()
            .zip(values)
            .map(|(carried, used)| {
                used.then(|| {
                    let at = word;
                    word += match carried {
                        Carried::Number(_) => 2,
                        _ => 1,
                    };
                    at
                })
            })
            .collect();
        Self {
            truths,
            values,
            width: word,
        }
    }

    /// Words in an entry.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The truths of the plan that entries hold, with their positions here.
    pub(crate) fn truths(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        held(&self.truths)
    }

    /// The values of the plan that entries hold, with their words.
    pub(crate) fn values(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        held(&self.values)
    }

    fn bits(&self, words: &[u32], truth: usize) -> u32 {
        let Some(at) = self.truths.get(truth).copied().flatten() else {
            return 0;
        };
        words
            .get(HEAD + at / IN_A_WORD)
            .map_or(0, |word| word >> (2 * (at % IN_A_WORD)) & 3)
    }

    fn word(&self, value: usize) -> Option<usize> {
        self.values.get(value).copied().flatten()
    }
}

fn held(places: &[Option<usize>]) -> impl Iterator<Item = (usize, usize)> + '_ {
    places
        .iter()
        .enumerate()
        .filter_map(|(at, place)| place.map(|place| (at, place)))
}

/// Where a truth's two bits stand: its word after the head, and the shift.
pub(crate) const fn truth_place(position: usize) -> (usize, usize) {
    (HEAD + position / IN_A_WORD, 2 * (position % IN_A_WORD))
}

/// Writes the head of an entry.
pub(crate) fn head(key: u128, row: u64, line: u64, feed: usize, of_last: bool) -> [u32; HEAD] {
    let low = |n: u128| u32::try_from(n & u128::from(u32::MAX)).unwrap_or_default();
    let feed = u32::try_from(feed & 0xffff).unwrap_or_default();
    // Lines run ahead of rows by the line breaks in cells; the difference fits 32 bits and wraps.
    let beyond = low(u128::from(line.wrapping_sub(row)));
    [
        low(key >> 96),
        low(key >> 64),
        low(key >> 32),
        low(key),
        low(u128::from(row >> 32)),
        low(u128::from(row)),
        feed | if of_last { OF_LAST } else { 0 },
        beyond,
    ]
}

/// One entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) words: &'a [u32],
    pub(crate) layout: &'a EntryLayout,
}

impl Entry<'_> {
    fn at(&self, word: usize) -> u32 {
        self.words.get(word).copied().unwrap_or_default()
    }

    pub(crate) fn row(&self) -> u64 {
        u64::from(self.at(4)) << 32 | u64::from(self.at(5))
    }

    pub(crate) fn line(&self) -> u64 {
        let beyond = self.at(7).cast_signed();
        self.row().wrapping_add_signed(i64::from(beyond))
    }

    pub(crate) fn feed(&self) -> usize {
        (self.at(6) & 0xffff) as usize
    }

    pub(crate) fn is_of_last(&self) -> bool {
        self.at(6) & OF_LAST != 0
    }

    /// Whether a condition is true, or `None` where it cannot be told.
    pub(crate) fn truth(&self, truth: usize) -> Option<bool> {
        match self.layout.bits(self.words, truth) {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn days(&self, value: usize) -> i32 {
        self.layout
            .word(value)
            .map_or(crate::check::layout::NO_DAY, |word| {
                self.at(word).cast_signed()
            })
    }

    pub(crate) fn number(&self, value: usize) -> f64 {
        self.layout.word(value).map_or(f64::NAN, |word| {
            f64::from_bits(u64::from(self.at(word)) << 32 | u64::from(self.at(word + 1)))
        })
    }

    pub(crate) fn text(&self, value: usize) -> u32 {
        self.layout
            .word(value)
            .map_or(NO_TEXT, |word| self.at(word))
    }
}

/// The key of an entry.
pub(crate) fn key_of(words: &[u32]) -> u128 {
    words
        .iter()
        .take(4)
        .fold(0, |key, word| key << 32 | u128::from(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_as_it_was_written() {
        let layout = EntryLayout::default();
        for (key, row, line, feed, of_last) in [
            (u128::MAX - 5, 2, 2, 0, false),
            (7, 5_000_000_000, 5_000_000_123, 3, true),
        ] {
            let words = head(key, row, line, feed, of_last);
            let entry = Entry {
                words: &words,
                layout: &layout,
            };
            assert_eq!(
                (
                    key_of(&words),
                    entry.row(),
                    entry.line(),
                    entry.feed(),
                    entry.is_of_last()
                ),
                (key, row, line, feed, of_last)
            );
        }
    }
}
