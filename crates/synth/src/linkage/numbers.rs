//! NHS numbers for as many people as there are in a country, each once, none that a patient holds.
//!
//! First the 999 range that is kept for tests, then other numbers that begin with 9. Neighbours get numbers far
//! apart. Any place in the sequence can be asked for, so nothing has to be remembered.

/// Stems of nine digits in the test range.
const TEST_RANGE: u64 = 1_000_000;
/// Stems that begin with 9 but not with 999.
const BEYOND: u64 = 99_000_000;
/// Steps through the ranges; no factor in common with their sizes, so that every stem is met once.
const STEP: u64 = 611_953;

/// The numbers of one run.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    offset: u64,
    next: u64,
}

impl Numbers {
    pub(super) fn new(offset: u32) -> Self {
        Self {
            offset: u64::from(offset),
            next: 0,
        }
    }

    /// The next number.
    pub(super) fn take(&mut self) -> u64 {
        loop {
            let number = self.at(self.next);
            self.next += 1;
            if let Some(number) = number {
                return number;
            }
        }
    }

    /// How many places have been passed.
    pub(super) fn passed(&self) -> u64 {
        self.next
    }

    /// The number at a place, or at the first one after it that has one.
    pub(super) fn near(&self, place: u64) -> u64 {
        (place..)
            .find_map(|place| self.at(place))
            .unwrap_or_default()
    }

    fn at(&self, place: u64) -> Option<u64> {
        let spread = |place: u64, size: u64| (self.offset + place.wrapping_mul(STEP) % size) % size;
        let stem = match place.checked_sub(TEST_RANGE) {
            None => 999_000_000 + spread(place, TEST_RANGE),
            Some(beyond) => 900_000_000 + spread(beyond, BEYOND),
        };
        // Ten equal digits are a message, not a number.
        (stem != 999_999_999)
            .then(|| with_check_digit(stem))
            .flatten()
    }
}

/// Nine digits and the one that checks them; `None` where there is none.
fn with_check_digit(stem: u64) -> Option<u64> {
    let mut rest = stem;
    let mut sum = 0;
    for weight in 2..=10 {
        sum += rest % 10 * weight;
        rest /= 10;
    }
    match 11 - sum % 11 {
        10 => None,
        11 => Some(stem * 10),
        digit => Some(stem * 10 + digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::NhsNumber;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_are_valid_begin_with_nine_and_come_once() {
        let mut numbers = Numbers::new(77);
        let given: BTreeSet<u64> = (0..1_500_000).map(|_| numbers.take()).collect();
        assert_eq!(given.len(), 1_500_000);
        for number in &given {
            let text = number.to_string();
            assert!(text.starts_with('9'));
            assert!(NhsNumber::parse(&text).is_ok(), "{text}");
        }
        let test_range = given.iter().filter(|n| **n >= 9_990_000_000).count();
        assert!((909_090..=909_091).contains(&test_range), "{test_range}");
    }

    #[test]
    fn check_digits_are_those_of_the_published_numbers() {
        assert_eq!(with_check_digit(943_476_591), Some(9_434_765_919));
        assert_eq!(with_check_digit(400_000_000), Some(4_000_000_004));
        assert_eq!(with_check_digit(123_456_789), None);
    }
}
