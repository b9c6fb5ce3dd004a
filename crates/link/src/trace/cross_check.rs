//! Step 1a in bulk: which of many rows have a number and a date of birth that stand together in the index.
//!
//! On clean data this step settles nearly every row, so it is made for columns, not rows. Both sides are divided
//! by the leading digits of the number into parts small enough for a cache; a part of the index is then spread
//! over a table with one place for each possible number, and its rows are looked up there. The tenth digit
//! follows from the nine before it, so numbers that fail it are never looked up.
//!
//! Nothing here depends on the number of threads.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::atomic::{AtomicU8, Ordering},
    thread,
};

/// The possible first nine digits.
const STEMS: u64 = 1_000_000_000;
/// Both sides are divided into so many parts.
const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 12;
/// Numbers in a part: 2^18 · 2^12 is above 10^9.
const STEM_BITS: u32 = 18;
const PLACES: usize = 1 << STEM_BITS;
const STEM_MASK: u64 = (1 << STEM_BITS) - 1;
/// Days are held in 18 bits, from this one, which is in 1551, to one in 2268. Zero is no day.
const DAY_BITS: u32 = 18;
const DAY_MASK: u64 = (1 << DAY_BITS) - 1;
const FIRST_DAY: i32 = -153_000;
/// Rows of a request are handed round in chunks whose numbers of rows fit in what is left of 64 bits.
const ROW_BITS: u32 = 64 - STEM_BITS - DAY_BITS;
const CHUNK: usize = 1 << (ROW_BITS - 1);
/// Entries gathered for a part before they are written out: one line of cache.
const GATHERED: usize = 8;

/// What the index says of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum CrossCheck {
    /// The number is not in the index, or is none.
    NotFound = 0,
    /// The number is in the index with another date of birth, or one side has no date.
    Differs = 1,
    /// The number and the date of birth are those of one record.
    Equal = 2,
    /// The number was replaced by another; the live index must be asked.
    Superseded = 3,
}

/// Date of birth for rows that have none.
pub const NO_DATE: i32 = i32::MIN;

/// The side of the index, divided and ready to be asked any number of times.
#[derive(Debug)]
pub struct CrossCheckIndex {
    /// For each thread that built it, its entries by part.
    divided: Vec<Divided>,
    refused: u64,
}

/// Entries in the order of their parts. An entry is a place, a day and a flag or a row.
#[derive(Debug)]
struct Divided {
    entries: Vec<u64>,
    ends: Vec<usize>,
    refused: u64,
}

impl Divided {
    fn part(&self, part: usize) -> &[u64] {
        let from = part
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or_default();
        let to = self.ends.get(part).copied().unwrap_or(from);
        self.entries.get(from..to).unwrap_or_default()
    }
}

impl CrossCheckIndex {
    /// Divides the index. `births` are days since 1970-01-01 beside `numbers`, [`NO_DATE`] where unknown;
    /// `superseded` are the numbers that were replaced, whether or not they stand in `numbers` too.
    ///
    /// Of a number that stands twice the first counts. Numbers that fail their check digit are left out and
    /// counted.
    pub fn build(
        numbers: &[u64],
        births: &[i32],
        superseded: &[u64],
        threads: NonZero<usize>,
    ) -> Self {
        let mut divided = in_chunks(numbers, births, threads, |numbers, births| {
            divide(numbers.len(), |row| {
                let number = numbers.get(row).copied()?;
                let day = day(births.get(row).copied().unwrap_or(NO_DATE));
                Some((stem(number)?, day))
            })
        });
        // The flag stands where a request has the row.
        divided.push(divide(superseded.len(), |row| {
            let number = superseded.get(row).copied()?;
            Some((stem(number)?, FLAG))
        }));
        Self {
            refused: divided.iter().map(|d| d.refused).sum(),
            divided,
        }
    }

    /// Numbers that were left out, since they are none.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Bytes that the divided index takes.
    pub fn bytes(&self) -> usize {
        self.divided.iter().map(|d| d.entries.len() * 8).sum()
    }

    /// What the index says of each row.
    pub fn check(
        &self,
        numbers: &[u64],
        births: &[i32],
        threads: NonZero<usize>,
    ) -> Vec<CrossCheck> {
        let mut answers = Vec::with_capacity(numbers.len());
        for (at, numbers) in numbers.chunks(CHUNK).enumerate() {
            let births = births.get(at * CHUNK..).unwrap_or_default();
            self.check_chunk(numbers, births, threads, &mut answers);
        }
        answers
    }

    fn check_chunk(
        &self,
        numbers: &[u64],
        births: &[i32],
        threads: NonZero<usize>,
        answers: &mut Vec<CrossCheck>,
    ) {
        let length = numbers.len().div_ceil(threads.get()).max(1);
        let asked = in_chunks(numbers, births, threads, |numbers, births| {
            divide(numbers.len(), |row| {
                let number = numbers.get(row).copied()?;
                let day = day(births.get(row).copied().unwrap_or(NO_DATE));
                Some((stem(number)?, day | ((row as u64) << DAY_BITS)))
            })
        });
        let told: Vec<AtomicU8> = (0..numbers.len()).map(|_| AtomicU8::new(0)).collect();
        let share = PARTS.div_ceil(threads.get());
        thread::scope(|scope| {
            for first in (0..PARTS).step_by(share) {
                let (asked, told) = (&asked, &told);
                scope.spawn(move || {
                    let mut table = vec![0u32; PLACES];
                    for part in first..(first + share).min(PARTS) {
                        self.spread(part, &mut table);
                        for (side, told) in asked.iter().zip(told.chunks(length)) {
                            answer(side.part(part), &table, told);
                        }
                        self.sweep(part, &mut table);
                    }
                });
            }
        });
        answers.extend(told.into_iter().map(|a| meaning(a.into_inner())));
    }

    /// Writes a part of the index into the table.
    fn spread(&self, part: usize, table: &mut [u32]) {
        for side in &self.divided {
            for entry in side.part(part) {
                if let Some(place) = table.get_mut(place(*entry)) {
                    let held = low(entry >> STEM_BITS);
                    if held & SUPERSEDED != 0 {
                        *place = PRESENT | SUPERSEDED;
                    } else if *place == 0 {
                        *place = PRESENT | held;
                    }
                }
            }
        }
    }

    /// Empties the table again, touching only what was written.
    fn sweep(&self, part: usize, table: &mut [u32]) {
        for side in &self.divided {
            for entry in side.part(part) {
                if let Some(place) = table.get_mut(place(*entry)) {
                    *place = 0;
                }
            }
        }
    }
}

/// In an entry above the stem, and in a place of the table: the number was superseded.
const FLAG: u64 = 1 << DAY_BITS;
const SUPERSEDED: u32 = 1 << DAY_BITS;
/// In a place of the table: there is such a number.
const PRESENT: u32 = 1 << 31;

/// Answers the rows of one part.
fn answer(asked: &[u64], table: &[u32], told: &[AtomicU8]) {
    for entry in asked {
        let held = table.get(place(*entry)).copied().unwrap_or_default();
        let day = low((entry >> STEM_BITS) & DAY_MASK);
        let verdict = if held == 0 {
            CrossCheck::NotFound
        } else if held & SUPERSEDED != 0 {
            CrossCheck::Superseded
        } else if day != 0 && held == PRESENT | day {
            CrossCheck::Equal
        } else {
            CrossCheck::Differs
        };
        let row = usize::try_from(entry >> (STEM_BITS + DAY_BITS)).unwrap_or(usize::MAX);
        if let Some(told) = told.get(row) {
            told.store(verdict as u8, Ordering::Relaxed);
        }
    }
}

/// Runs the same work over equal shares of two columns, one for each thread, and keeps the order.
fn in_chunks<T: Send>(
    numbers: &[u64],
    births: &[i32],
    threads: NonZero<usize>,
    work: impl Fn(&[u64], &[i32]) -> T + Sync,
) -> Vec<T> {
    let length = numbers.len().div_ceil(threads.get()).max(1);
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = numbers
            .chunks(length)
            .enumerate()
            .map(|(at, numbers)| {
                let births = births.get(at * length..).unwrap_or_default();
                scope.spawn(move || work(numbers, births))
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|cause| resume_unwind(cause)))
            .collect()
    })
}

/// Divides rows by part: counts first, then writes each entry to its place, gathered by lines of cache.
fn divide(rows: usize, entry: impl Fn(usize) -> Option<(u64, u64)>) -> Divided {
    let mut ends = vec![0usize; PARTS];
    let mut refused = 0;
    for row in 0..rows {
        match entry(row) {
            Some((stem, _)) => {
                if let Some(end) = ends.get_mut(part(stem)) {
                    *end += 1;
                }
            }
            None => refused += 1,
        }
    }
    let mut next = vec![0usize; PARTS];
    let mut total = 0;
    for (end, next) in ends.iter_mut().zip(&mut next) {
        *next = total;
        total += *end;
        *end = total;
    }
    let mut entries = vec![0u64; total];
    let mut gathered = vec![[0u64; GATHERED]; PARTS];
    let mut held = vec![0u8; PARTS];
    for (stem, rest) in (0..rows).filter_map(entry) {
        let part = part(stem);
        let (Some(line), Some(held), Some(next)) = (
            gathered.get_mut(part),
            held.get_mut(part),
            next.get_mut(part),
        ) else {
            continue;
        };
        if let Some(place) = line.get_mut(usize::from(*held)) {
            *place = (stem & STEM_MASK) | (rest << STEM_BITS);
        }
        *held += 1;
        if usize::from(*held) == GATHERED {
            write_out(&mut entries, next, line);
            *held = 0;
        }
    }
    for ((line, held), next) in gathered.iter().zip(&held).zip(&mut next) {
        write_out(
            &mut entries,
            next,
            line.get(..usize::from(*held)).unwrap_or_default(),
        );
    }
    Divided {
        entries,
        ends,
        refused,
    }
}

fn write_out(entries: &mut [u64], next: &mut usize, line: &[u64]) {
    if let Some(place) = entries.get_mut(*next..*next + line.len()) {
        place.copy_from_slice(line);
    }
    *next += line.len();
}

/// The first nine digits of a number that is one; ten equal digits are none.
fn stem(number: u64) -> Option<u64> {
    let stem = number / 10;
    if stem >= STEMS {
        return None;
    }
    // The tenth digit makes the weighted sum a multiple of eleven.
    let [low, middle, high] = &WEIGHED;
    let sum = weighed(low, number % 1_000)
        + weighed(middle, number / 1_000 % 1_000)
        + weighed(high, number / 1_000_000 % 1_000)
        + number / 1_000_000_000 * 10;
    (sum.is_multiple_of(11) && !number.is_multiple_of(1_111_111_111)).then_some(stem)
}

/// The weighted sums of three digits, for the weights 1 to 3, 4 to 6 and 7 to 9 from the right.
static WEIGHED: [[u8; 1_000]; 3] = [weights(1), weights(4), weights(7)];

#[expect(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "worked out by the compiler; the largest sum is 9 · (7 + 8 + 9)"
)]
const fn weights(lowest: usize) -> [u8; 1_000] {
    let mut sums = [0; 1_000];
    let mut digits = 0;
    while digits < 1_000 {
        let sum =
            digits % 10 * lowest + digits / 10 % 10 * (lowest + 1) + digits / 100 * (lowest + 2);
        sums[digits] = sum as u8;
        digits += 1;
    }
    sums
}

fn weighed(sums: &[u8; 1_000], digits: u64) -> u64 {
    let sum = usize::try_from(digits).ok().and_then(|at| sums.get(at));
    u64::from(sum.copied().unwrap_or_default())
}

/// A day as it is held: zero where there is none, or none that a person could be born on.
fn day(date: i32) -> u64 {
    let since = i64::from(date) - i64::from(FIRST_DAY);
    u64::try_from(since)
        .ok()
        .filter(|day| *day <= DAY_MASK)
        .unwrap_or_default()
}

fn part(stem: u64) -> usize {
    usize::try_from(stem >> STEM_BITS).unwrap_or(usize::MAX)
}

fn place(entry: u64) -> usize {
    usize::try_from(entry & STEM_MASK).unwrap_or_default()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only the low bits are wanted"
)]
const fn low(bits: u64) -> u32 {
    bits as u32
}

const fn meaning(told: u8) -> CrossCheck {
    match told {
        3 => CrossCheck::Superseded,
        2 => CrossCheck::Equal,
        1 => CrossCheck::Differs,
        _ => CrossCheck::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::NhsNumber;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn number(prefix: &str, n: u32) -> Option<u64> {
        let number = NhsNumber::with_prefix(prefix, n)?;
        number.reveal().parse().ok()
    }

    /// The same, one row after the other through a map.
    fn plainly(index: &[(u64, i32)], superseded: &[u64], rows: &[(u64, i32)]) -> Vec<CrossCheck> {
        let mut held: BTreeMap<u64, i32> = BTreeMap::new();
        for (number, born) in index {
            held.entry(*number).or_insert(*born);
        }
        let good = |number: u64| {
            let text = format!("{number:010}");
            crate::nhs_number_key(&text).is_some()
        };
        rows.iter()
            .map(|(number, born)| {
                if !good(*number) {
                    CrossCheck::NotFound
                } else if superseded.contains(number) {
                    CrossCheck::Superseded
                } else {
                    match held.get(number) {
                        None => CrossCheck::NotFound,
                        Some(held) if *held != NO_DATE && held == born => CrossCheck::Equal,
                        Some(_) => CrossCheck::Differs,
                    }
                }
            })
            .collect()
    }

    fn some_number() -> impl Strategy<Value = u64> {
        prop_oneof![
            (0u32..300).prop_filter_map("no check digit", |n| number("999", n)),
            (0u32..300)
                .prop_filter_map("no check digit", |n| number("9", n * 262_147 % 99_999_999)),
            0u64..20_000_000_000,
            Just(0),
            Just(9_999_999_999),
            Just(u64::MAX),
        ]
    }

    fn some_day() -> impl Strategy<Value = i32> {
        prop_oneof![-40_000i32..20_000, 0i32..3, Just(NO_DATE)]
    }

    proptest! {
        #[test]
        fn bulk_and_row_by_row_agree_whatever_the_threads(
            index in prop::collection::vec((some_number(), some_day()), 0..400),
            superseded in prop::collection::vec(some_number(), 0..40),
            rows in prop::collection::vec((some_number(), some_day()), 0..400),
            threads in 1usize..5,
        ) {
            let threads = NonZero::new(threads).unwrap();
            let (numbers, births): (Vec<u64>, Vec<i32>) = index.iter().copied().unzip();
            let (asked, born): (Vec<u64>, Vec<i32>) = rows.iter().copied().unzip();
            let divided = CrossCheckIndex::build(&numbers, &births, &superseded, threads);
            prop_assert_eq!(divided.check(&asked, &born, threads), plainly(&index, &superseded, &rows));
        }
    }

    #[test]
    fn nothing_asked_is_nothing_told() {
        let one = NonZero::<usize>::MIN;
        let index = CrossCheckIndex::build(&[], &[], &[], one);
        assert!(index.check(&[], &[], one).is_empty());
        assert_eq!(
            index.check(&[9_990_000_018], &[0], one),
            [CrossCheck::NotFound]
        );
    }

    #[test]
    fn the_whole_span_of_dates_is_told_apart() {
        let one = NonZero::<usize>::MIN;
        let number = 9_990_000_018;
        // 1600-01-01, 1895-01-01, 1969-12-31, 2262-04-11.
        for born in [-135_140, -27_393, -1, 106_751] {
            let index = CrossCheckIndex::build(&[number], &[born], &[], one);
            let told = index.check(&[number; 3], &[born, born + 1, NO_DATE], one);
            assert_eq!(
                told,
                [CrossCheck::Equal, CrossCheck::Differs, CrossCheck::Differs]
            );
        }
    }

    #[test]
    fn what_is_no_number_is_left_out_and_counted() {
        let index = CrossCheckIndex::build(
            &[9_990_000_018, 9_990_000_019, 1_111_111_111],
            &[0; 3],
            &[],
            NonZero::<usize>::MIN,
        );
        assert_eq!(index.refused(), 2);
    }
}
