//! Step 3: exactly one person who agrees in family name, sex, date of birth as far as it was sent, and in every
//! other detail that was sent. The NHS number is not used.

use super::Tracer;
use crate::trace::{Day, OtherDetail, index::name_digest, subject::Subject};

/// Whether a row has what the step needs.
pub(super) const fn can_be_tried(subject: &Subject) -> bool {
    !subject.family.is_empty() && subject.sex != 0 && !subject.born.is_none()
}

impl Tracer<'_> {
    /// Step 3.
    pub(super) fn alphanumeric(&self, subject: &Subject) -> Option<u32> {
        let people = self
            .index
            .exactly(name_digest(&subject.family), subject.born);
        if people.len() > self.settings.alphanumeric.maximum_candidates {
            return None;
        }
        let mut found = None;
        for person in people.filter(|person| self.is_exactly(*person, subject)) {
            if found.is_some_and(|other| other != person) {
                return None;
            }
            found = Some(person);
        }
        found
    }

    fn is_exactly(&self, at: u32, subject: &Subject) -> bool {
        let settings = &self.settings.alphanumeric;
        let history = settings.history;
        let Some(person) = self.index.person(at) else {
            return false;
        };
        let index = self.index;
        person.sex == subject.sex
            && agrees_as_far_as_sent(subject.born, person.born)
            && index
                .families(at, history)
                .any(|name| name == subject.family)
            && settings.also.iter().all(|detail| match detail {
                OtherDetail::GivenName => {
                    subject.given.is_empty()
                        || index
                            .givens(at, history)
                            .any(|(given, _)| given == subject.given)
                }
                OtherDetail::OtherGivenName => {
                    subject.other.is_empty()
                        || index.others(at, history).any(|name| name == subject.other)
                }
                OtherDetail::Postcode => {
                    subject.postcode.is_empty()
                        || index
                            .postcodes(at, history)
                            .any(|place| place == subject.postcode)
                }
                OtherDetail::GpPractice => {
                    subject.practice.is_empty()
                        || index
                            .practices(at, history)
                            .any(|code| code == subject.practice)
                }
                OtherDetail::DateOfDeath => subject.died.is_none() || subject.died == person.died,
            })
    }
}

fn agrees_as_far_as_sent(sent: Day, held: Day) -> bool {
    sent.year() == held.year()
        && (sent.month() == 0 || sent.month() == held.month())
        && (sent.day() == 0 || sent.day() == held.day())
}
