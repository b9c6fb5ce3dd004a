//! Re-identification for care: cohorts, requests, what approvers said, envelopes and what came of contacts.
//!
//! INVARIANT: nothing here is about a person. A cohort is the digest of a set that lies elsewhere, an envelope the digest
//! of a list that lies elsewhere, and an outcome belongs to a line of that list. What people write goes through
//! [`plain_words`] first, which takes no number that could be somebody's. Facts are only added; who may do what is for
//! `govern` to say, and the statements here hold the same line once more while they write.

mod envelopes;
mod judging;
mod requests;

pub use envelopes::{CaseOutcome, Envelope, NewEnvelope, NewOutcome, Recorded};
pub use judging::{CaseJudgement, Judged, NewJudgement};
pub use requests::{CaseRequest, Cohort, NewCaseRequest};

use crate::ControlError;

/// The longest text that a person writes about a cohort or a request, in characters.
pub const LONGEST_WORDS: usize = 1_000;

/// How many digits such a text may have: fewer than the shortest number that names a person, a day or a place.
pub const MOST_DIGITS: usize = 5;

/// A text on one line, or why it cannot be kept: control data hold nothing that points at a person.
pub fn plain_words(text: &str) -> Result<String, &'static str> {
    let line = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if line.chars().count() > LONGEST_WORDS {
        return Err("is longer than 1,000 characters");
    }
    if digits_in_a_row(&line) > MOST_DIGITS {
        return Err("has a number that could point at a person; leave it out");
    }
    Ok(line)
}

/// The most digits that stand together, blanks and the signs within numbers and dates between them or not.
fn digits_in_a_row(text: &str) -> usize {
    let (mut most, mut now) = (0, 0);
    for c in text.chars() {
        if c.is_numeric() {
            now += 1;
            most = most.max(now);
        } else if !matches!(c, ' ' | '-' | '/' | '.') {
            now = 0;
        }
    }
    most
}

/// Refuses what is blank where something must be said, and what no page of ours would send.
fn fits(what: &'static str, text: &str, least: usize) -> Result<(), ControlError> {
    let length = text.chars().count();
    if length < least || length > LONGEST_WORDS * 20 || text.contains('\0') {
        return Err(ControlError::Form {
            what,
            wanted: "is filled in, and not longer than a page",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_kept_on_one_line_and_numbers_of_people_are_not_kept() {
        for (typed, kept) in [
            ("  Falls clinic,\r\n week 12 ", Ok("Falls clinic, week 12")),
            ("reference FC-2026/4", Ok("reference FC-2026/4")),
            ("", Ok("")),
        ] {
            assert_eq!(plain_words(typed).as_deref(), kept.as_deref());
        }
        for typed in [
            "999 000 0018",
            "999-000-0018",
            "born 07/03/1984",
            "born 1984-03-07",
            "case 123456",
            "٩٩٩٠٠٠٠٠١٨",
        ] {
            assert!(plain_words(typed).is_err(), "{typed}");
        }
        assert!(plain_words(&"x".repeat(1_001)).is_err());
    }
}
