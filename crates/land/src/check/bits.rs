//! `Bits`: one bit for each row of a batch, held as words so that rules combine 64 rows at a time.

/// One bit for each of a fixed number of rows. Bits past the last row are always clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    rows: usize,
}

impl Bits {
    /// All clear.
    pub(crate) fn none(rows: usize) -> Self {
        Self {
            words: vec![0; rows.div_ceil(64)],
            rows,
        }
    }

    /// All set.
    pub(crate) fn all(rows: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; rows.div_ceil(64)],
            rows,
        };
        bits.clear_tail();
        bits
    }

    /// A bit for each value of a slice.
    pub(crate) fn of<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let words = values
            .chunks(64)
            .map(|chunk| {
                let mut word = 0;
                for (bit, value) in chunk.iter().enumerate() {
                    word |= u64::from(test(*value)) << bit;
                }
                word
            })
            .collect();
        Self {
            words,
            rows: values.len(),
        }
    }

    /// A bit for each pair of values of two slices of one length.
    pub(crate) fn of_pairs<T: Copy>(a: &[T], b: &[T], test: impl Fn(T, T) -> bool) -> Self {
        let words = a
            .chunks(64)
            .zip(b.chunks(64))
            .map(|(a, b)| {
                let mut word = 0;
                for (bit, (a, b)) in a.iter().zip(b).enumerate() {
                    word |= u64::from(test(*a, *b)) << bit;
                }
                word
            })
            .collect();
        Self {
            words,
            rows: a.len(),
        }
    }

    /// A bit for each row number, with the test called once for each row in order.
    pub(crate) fn by_row(rows: usize, mut test: impl FnMut(usize) -> bool) -> Self {
        let mut bits = Self::none(rows);
        for (at, word) in bits.words.iter_mut().enumerate() {
            let first = at * 64;
            for bit in 0..64.min(rows - first) {
                *word |= u64::from(test(first + bit)) << bit;
            }
        }
        bits
    }

    /// How many rows there are.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// The bits, 64 rows to a word, the first row in the lowest bit.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Sets the bit of a row; a row that does not exist is ignored.
    pub(crate) fn set(&mut self, row: usize) {
        if row < self.rows
            && let Some(word) = self.words.get_mut(row / 64)
        {
            *word |= 1 << (row % 64);
        }
    }

    /// Whether the bit of a row is set.
    pub(crate) fn has(&self, row: usize) -> bool {
        self.words
            .get(row / 64)
            .is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// How many bits are set.
    pub(crate) fn count(&self) -> usize {
        self.words
            .iter()
            .map(|w| usize::try_from(w.count_ones()).unwrap_or_default())
            .sum()
    }

    /// Whether no bit is set.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// Whether every bit is set.
    pub(crate) fn is_full(&self) -> bool {
        self.count() == self.rows
    }

    /// Rows that are in both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & b)
    }

    /// Rows that are in either.
    pub(crate) fn or(&self, other: &Self) -> Self {
        self.with(other, |a, b| a | b)
    }

    /// Rows that are in the first and not in the second.
    pub(crate) fn without(&self, other: &Self) -> Self {
        self.with(other, |a, b| a & !b)
    }

    /// Rows that are not in this one.
    pub(crate) fn not(&self) -> Self {
        let mut bits = Self {
            words: self.words.iter().map(|w| !w).collect(),
            rows: self.rows,
        };
        bits.clear_tail();
        bits
    }

    /// Adds the rows of another.
    pub(crate) fn add(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a |= b;
        }
    }

    /// The rows that are set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                (left != 0).then(|| {
                    let bit = left.trailing_zeros();
                    left &= left - 1;
                    at * 64 + usize::try_from(bit).unwrap_or_default()
                })
            })
        })
    }

    fn with(&self, other: &Self, join: impl Fn(u64, u64) -> u64) -> Self {
        Self {
            words: self
                .words
                .iter()
                .zip(&other.words)
                .map(|(a, b)| join(*a, *b))
                .collect(),
            rows: self.rows,
        }
    }

    fn clear_tail(&mut self) {
        let used = self.rows % 64;
        if used != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << used) - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_past_the_last_row_stay_clear() {
        for rows in [0, 1, 63, 64, 65, 200] {
            assert_eq!(Bits::all(rows).count(), rows);
            assert_eq!(Bits::none(rows).not().count(), rows);
            assert!(Bits::all(rows).is_full());
        }
    }

    #[test]
    fn rows_come_out_in_order() {
        let every_third = Bits::by_row(200, |row| row % 3 == 0);
        let expected: Vec<usize> = (0..200).filter(|row| row % 3 == 0).collect();
        assert_eq!(every_third.iter().collect::<Vec<_>>(), expected);
        let values: Vec<usize> = (0..200).collect();
        assert_eq!(Bits::of(&values, |v| v % 3 == 0), every_third);
        assert_eq!(
            Bits::of_pairs(&values, &values, |a, b| (a + b) % 6 == 0),
            every_third
        );
    }
}
