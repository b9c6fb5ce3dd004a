//! Steps 1a and 1b: number and date of birth.
//!
//! 1a takes a number that was not replaced, with the whole date of birth. 1b follows a replaced number to the one
//! that holds, and forgives a date that agrees in part where the number was replaced or where names or the outward
//! part of the postcode agree as well.

use super::Tracer;
use crate::trace::{
    Day,
    index::{Followed, outward},
    subject::Subject,
};

impl Tracer<'_> {
    /// Step 1a.
    pub(super) fn cached_cross_check(&self, number: u64, subject: &Subject) -> Option<u32> {
        let person = self.index.find(number)?;
        let agrees = self.index.follow(number) == Followed::Itself
            && subject.born.is_whole()
            && self.index.person(person)?.born == subject.born;
        agrees.then_some(person)
    }

    /// Step 1b.
    pub(super) fn live_cross_check(&self, number: u64, subject: &Subject) -> Option<u32> {
        let (person, agrees) = match self.index.follow(number) {
            Followed::By(holds) => (self.index.find(holds)?, true),
            Followed::Itself => {
                let person = self.index.find(number)?;
                let agrees =
                    self.names_agree(person, subject) || self.place_agrees(person, subject);
                (person, agrees)
            }
            Followed::Cancelled | Followed::Loop => return None,
        };
        let born = self.index.person(person)?.born;
        (agrees && (born == subject.born || self.partly(born, subject.born))).then_some(person)
    }

    /// Whether dates agree in part.
    fn partly(&self, a: Day, b: Day) -> bool {
        let settings = &self.settings.cross_check;
        a.parts_equal(b) >= settings.partial_date_parts
            || (settings.day_and_month_exchanged && a.is_exchanged(b))
    }

    fn names_agree(&self, person: u32, subject: &Subject) -> bool {
        let settings = &self.settings.cross_check;
        let agrees = |a: &str, b: &str, letters: usize| {
            !a.is_empty() && a.chars().take(letters).eq(b.chars().take(letters))
        };
        self.index
            .families(person, settings.history)
            .any(|family| agrees(&subject.family, family, settings.family_name_letters))
            && self
                .index
                .givens(person, settings.history)
                .any(|(given, _)| agrees(&subject.given, given, settings.given_name_letters))
    }

    fn place_agrees(&self, person: u32, subject: &Subject) -> bool {
        let settings = &self.settings.cross_check;
        settings.outward_postcode
            && !subject.postcode.is_empty()
            && self
                .index
                .postcodes(person, settings.history)
                .any(|postcode| outward(postcode) == subject.outward())
    }
}
