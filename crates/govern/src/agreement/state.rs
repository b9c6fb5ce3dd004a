//! The state of an agreement: worked out from its facts and a day, never set by hand.

use super::clauses::{Clauses, Party};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use model::Date;
use serde::Serialize;
use std::fmt;

/// Whether an agreement permits anything on a day. Only `Active` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not every party has signed.
    Draft,
    /// Signed, and not yet begun.
    Signed,
    /// In force.
    Active,
    /// In force, and stopped for now.
    Suspended,
    /// Past its last day.
    Expired,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Signed => "signed, not yet started",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
        })
    }
}

impl Clauses {
    /// The state on a day. An agreement that was never signed by all was never in force,
    /// so a missing signature comes before an end that has passed.
    pub fn state(&self, on: Date) -> State {
        let stopped = self
            .suspended
            .as_ref()
            .is_some_and(|s| s.from <= on && s.lifted.is_none_or(|lifted| on < lifted));
        if !self.unsigned(on).is_empty() {
            State::Draft
        } else if on > self.term.end {
            State::Expired
        } else if stopped {
            State::Suspended
        } else if on < self.term.start {
            State::Signed
        } else {
            State::Active
        }
    }

    /// The parties that have not signed by a day.
    pub fn unsigned(&self, on: Date) -> Vec<&Party> {
        self.parties
            .iter()
            .filter(|party| {
                !self
                    .signatures
                    .iter()
                    .any(|s| s.party == party.organisation && s.signed <= on)
            })
            .collect()
    }

    /// How many days are left after this one; negative once it has ended.
    pub fn days_left(&self, on: Date) -> i64 {
        (self.term.end - on).num_days()
    }
}

/// The day in the United Kingdom: agreements are written in its dates.
pub fn day_of(moment: DateTime<Utc>) -> Date {
    moment.with_timezone(&London).date_naive()
}

/// The moment at which the day in the United Kingdom ends.
pub(crate) fn end_of_day(moment: DateTime<Utc>) -> DateTime<Utc> {
    day_of(moment)
        .succ_opt()
        .and_then(|next| next.and_hms_opt(0, 0, 0))
        .and_then(|midnight| midnight.and_local_timezone(London).earliest())
        .map_or(moment, |midnight| midnight.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn summer_days_begin_an_hour_earlier_than_in_utc() {
        assert_eq!(
            day_of(moment("2027-03-31T23:30:00Z")).to_string(),
            "2027-04-01"
        );
        assert_eq!(
            day_of(moment("2026-12-31T23:30:00Z")).to_string(),
            "2026-12-31"
        );
        assert_eq!(
            end_of_day(moment("2026-05-01T10:00:00Z")),
            moment("2026-05-01T23:00:00Z")
        );
        assert_eq!(
            end_of_day(moment("2026-12-01T10:00:00Z")),
            moment("2026-12-02T00:00:00Z")
        );
    }
}
