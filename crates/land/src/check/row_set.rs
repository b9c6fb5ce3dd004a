//! `RowSet`: a set of spreadsheet rows, one bit for each row of the file.

/// A set of row numbers. It takes one bit a row up to the highest in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    count: u64,
}

impl RowSet {
    /// Adds a row. `true` where it was not there.
    pub fn insert(&mut self, row: u64) -> bool {
        let Some((word, bit)) = place(row) else {
            return false;
        };
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let Some(held) = self.words.get_mut(word) else {
            return false;
        };
        let is_new = *held & bit == 0;
        *held |= bit;
        self.count += u64::from(is_new);
        is_new
    }

    /// Adds the rows of another set.
    pub fn join(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
        self.count = self.words.iter().map(|w| u64::from(w.count_ones())).sum();
    }

    /// The rows that are not in another set.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let theirs = other.words.iter().chain(std::iter::repeat(&0));
        let words: Vec<u64> = self
            .words
            .iter()
            .zip(theirs)
            .map(|(mine, theirs)| mine & !theirs)
            .collect();
        Self {
            count: words.iter().map(|w| u64::from(w.count_ones())).sum(),
            words,
        }
    }

    /// Whether a row is in it.
    pub fn contains(&self, row: u64) -> bool {
        place(row).is_some_and(|(word, bit)| self.words.get(word).is_some_and(|w| w & bit != 0))
    }

    /// How many rows are in it.
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

fn place(row: u64) -> Option<(usize, u64)> {
    usize::try_from(row / 64)
        .ok()
        .map(|word| (word, 1 << (row % 64)))
}

#[cfg(test)]
mod tests {
    use super::RowSet;

    #[test]
    fn rows_are_counted_once() {
        let mut rows = RowSet::default();
        assert!(rows.is_empty());
        assert!(rows.insert(2) && rows.insert(64) && !rows.insert(2));
        assert_eq!(rows.len(), 2);
        assert!(rows.contains(64) && !rows.contains(63) && !rows.contains(1 << 40));
    }
}
