//! NHS numbers: each person gets one that no real person has.
//!
//! The 999 range is kept for tests and holds 909,091 numbers. Beyond it come other numbers that begin with 9, which
//! is outside every range that is issued. Neighbours in the list get numbers far apart.

use super::Person;
use crate::draw::{Draw, Topic};
use model::NhsNumber;

/// The size of the test range, before check digits rule numbers out.
const TEST_RANGE: u64 = 1_000_000;
/// Stems of eight digits after the 9 that do not begin 999.
const BEYOND: u64 = 99_000_000;
/// Steps through the ranges; no factor in common with their sizes, so that every stem is met once.
const STEP: u64 = 611_953;

/// Gives everyone a number.
pub(super) fn give(seed: u64, people: &mut [Person]) {
    let offset = Draw::of(seed, Topic::NhsNumbers, 0).below(1_000_000);
    for (person, number) in people.iter_mut().zip(numbers(u64::from(offset))) {
        person.nhs_number = number.reveal().parse().unwrap_or(0);
    }
}

/// Numbers that nobody was given, for people who once had another.
pub(super) fn spare(seed: u64, given: usize) -> impl Iterator<Item = u64> {
    let offset = Draw::of(seed, Topic::NhsNumbers, 0).below(1_000_000);
    let spare = numbers(u64::from(offset)).skip(given);
    spare.filter_map(|number| number.reveal().parse().ok())
}

/// Every number there is to give, each once.
fn numbers(offset: u64) -> impl Iterator<Item = NhsNumber> {
    let spread = move |size: u64| {
        (0..size).filter_map(move |n| u32::try_from((offset + n.wrapping_mul(STEP)) % size).ok())
    };
    spread(TEST_RANGE)
        .filter_map(NhsNumber::test_number)
        .chain(spread(BEYOND).filter_map(|n| NhsNumber::with_prefix("9", n)))
}

/// Writes a number as ten digits.
pub(crate) fn write_nhs_number(number: u64, text: &mut String) {
    use std::fmt::Write;
    // Writing to a String cannot fail.
    let _ = write!(text, "{number:010}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_beyond_the_test_range_begin_with_nine_and_none_is_given_twice() {
        let given: Vec<NhsNumber> = numbers(77).take(1_200_000).collect();
        let distinct: BTreeSet<&str> = given.iter().map(NhsNumber::reveal).collect();
        assert_eq!(distinct.len(), given.len());
        let in_test_range = |n: &&NhsNumber| n.reveal().starts_with("999");
        assert_eq!(given.iter().filter(in_test_range).count(), 909_091);
        assert!(given.iter().all(|n| n.reveal().starts_with('9')));
        assert!(given.iter().all(|n| NhsNumber::parse(n.reveal()).is_ok()));
    }
}
