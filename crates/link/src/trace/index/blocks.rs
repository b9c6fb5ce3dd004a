//! Who shares a key with whom: sorted lists of digests and people, one for each block of the settings.
//!
//! An entry is eight bytes: the upper half of a digest, and the place of a person. Two keys may share half a
//! digest; a candidate too many is scored and falls through, so that costs time and no truth.

use super::{
    names::{Names, Places, place_digests},
    texts::joined,
};
use crate::trace::{BlockKey, Day};

/// Entries in order, and where each run of leading bits begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sorted {
    entries: Vec<u64>,
    starts: Vec<u32>,
    shift: u32,
}

impl Sorted {
    pub(crate) fn new(mut entries: Vec<u64>) -> Self {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        let bits = (entries.len() / 8).max(2).ilog2().min(28);
        let shift = 64 - bits;
        let mut starts = vec![0u32; (1 << bits) + 1];
        for entry in &entries {
            let bucket = usize::try_from(entry >> shift).unwrap_or_default();
            if let Some(start) = starts.get_mut(bucket + 1) {
                *start += 1;
            }
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        Self {
            entries,
            starts,
            shift,
        }
    }

    /// The entries from one to another, both included.
    pub(crate) fn between(&self, from: u64, to: u64) -> &[u64] {
        let start = |entry: u64, after: usize| {
            let bucket = usize::try_from(entry >> self.shift).unwrap_or(usize::MAX - 1);
            self.starts.get(bucket + after).map(|at| *at as usize)
        };
        let (Some(first), Some(last)) = (start(from, 0), start(to, 1)) else {
            return &[];
        };
        let near = self.entries.get(first..last).unwrap_or_default();
        let first = near.partition_point(|entry| *entry < from);
        let last = near.partition_point(|entry| *entry <= to);
        near.get(first..last).unwrap_or_default()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.entries.capacity() * 8 + self.starts.capacity() * 4
    }
}

/// The details of one form of a person, or of a row, that keys are made of; 0 where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Details {
    pub(crate) family: u64,
    pub(crate) family_sound: u64,
    pub(crate) given: u64,
    pub(crate) born: Day,
    pub(crate) sex: u8,
    pub(crate) postcode: u64,
    pub(crate) outward: u64,
}

impl Details {
    /// The digest of these keys; `None` where a detail is missing.
    pub(crate) fn digest(&self, keys: &[BlockKey]) -> Option<u64> {
        keys.iter().try_fold(0, |all, key| {
            let part = match key {
                BlockKey::FamilyName => self.family,
                BlockKey::FamilySound => self.family_sound,
                BlockKey::GivenName => self.given,
                BlockKey::BothNames if self.family == 0 || self.given == 0 => 0,
                BlockKey::BothNames => {
                    joined(self.family.min(self.given), self.family.max(self.given))
                }
                BlockKey::DateOfBirth if !self.born.is_whole() => 0,
                BlockKey::DateOfBirth => whole_day(self.born),
                BlockKey::BirthYear => u64::from(self.born.year()),
                BlockKey::Postcode => self.postcode,
                BlockKey::Outward => self.outward,
                BlockKey::Sex => u64::from(self.sex),
            };
            (part != 0).then(|| joined(all, part))
        })
    }

    /// Sets the names.
    pub(crate) fn named(&mut self, names: &Names, family: u32, given: u32) {
        [self.family, _, self.family_sound] = names.digests(family);
        [_, self.given, _] = names.digests(given);
    }

    /// Sets the place.
    pub(crate) fn at(&mut self, places: &Places, postcode: u32) {
        [self.postcode, self.outward] = places.digests(postcode);
    }

    /// Sets the place from a cleaned postcode.
    pub(crate) fn set_place(&mut self, place: &str) {
        [self.postcode, self.outward] = place_digests(place);
    }
}

const fn whole_day(day: Day) -> u64 {
    ((day.year() as u64) << 9) | day.month_and_day() as u64
}

/// An entry of a block.
pub(crate) fn entry(digest: u64, person: u32) -> u64 {
    (digest & !u64::from(u32::MAX)) | u64::from(person)
}

/// All entries with this digest.
pub(crate) fn entries(digest: u64) -> (u64, u64) {
    (entry(digest, 0), entry(digest, u32::MAX))
}

/// People are numbered in so many bits in the list of exact details.
const PERSON_BITS: u32 = 31;
const DAY_BITS: u32 = 9;

/// An entry of the list of exact details: 24 bits for family name and year, nine for the day, the rest the person.
pub(crate) fn exact_entry(family: u64, born: Day, person: u32) -> u64 {
    exact(family, born.year(), born.month_and_day()) | u64::from(person & (u32::MAX >> 1))
}

/// All entries with this family name and what is known of the date of birth.
pub(crate) fn exact_entries(family: u64, born: Day) -> (u64, u64) {
    let (first, last) = match (born.month(), born.day()) {
        (0, _) => (0, 511),
        (_, 0) => (born.month_and_day(), born.month_and_day() | 31),
        _ => (born.month_and_day(), born.month_and_day()),
    };
    let person = (1 << PERSON_BITS) - 1;
    (
        exact(family, born.year(), first),
        exact(family, born.year(), last) | person,
    )
}

fn exact(family: u64, year: u32, month_and_day: u32) -> u64 {
    let digest = joined(family, u64::from(year)) >> (PERSON_BITS + DAY_BITS);
    (digest << (PERSON_BITS + DAY_BITS)) | (u64::from(month_and_day) << PERSON_BITS)
}

/// The person of an entry of the list of exact details.
pub(crate) const fn exact_person(entry: u64) -> u32 {
    (entry & ((1 << PERSON_BITS) - 1)) as u32
}

/// The person of an entry of a block.
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
pub(crate) const fn person(entry: u64) -> u32 {
    entry as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_span_holds_what_a_scan_finds(
            entries in prop::collection::vec(prop_oneof![0u64..50, any::<u64>()], 0..200),
            from in prop_oneof![0u64..50, any::<u64>()],
            more in prop_oneof![0u64..20, any::<u64>()],
        ) {
            let to = from.saturating_add(more);
            let sorted = Sorted::new(entries.clone());
            let mut expected: Vec<u64> = entries.into_iter().filter(|e| (from..=to).contains(e)).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(sorted.between(from, to), expected);
        }
    }

    #[test]
    fn exact_entries_are_found_by_day_month_and_year() {
        let day = |text: &str| Day::parse(text).unwrap();
        let people = [
            "1950-03-02",
            "1950-03-31",
            "1950-04-01",
            "1950-03",
            "1950",
            "1951-03-02",
        ];
        let entries = (0..)
            .zip(people)
            .map(|(at, born)| exact_entry(7, day(born), at));
        let sorted = Sorted::new(entries.collect());
        for (asked, expected) in [
            ("1950-03-02", vec![0]),
            ("1950-03", vec![0, 1, 3]),
            ("1950", vec![0, 1, 2, 3, 4]),
            ("1952", vec![]),
        ] {
            let (from, to) = exact_entries(7, day(asked));
            let mut found: Vec<u32> = sorted
                .between(from, to)
                .iter()
                .map(|e| exact_person(*e))
                .collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{asked}");
        }
    }
}
