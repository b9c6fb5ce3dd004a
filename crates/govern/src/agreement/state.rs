//! The state of an agreement: worked out from its clauses, the facts about it, and a day; never set by hand.

use super::{
    clauses::{Clauses, Party},
    facts::{APPROVALS_NEEDED, Facts},
    list::closed_list,
};
use chrono::{DateTime, Utc};
use chrono_tz::Europe::London;
use model::Date;
use std::fmt;

closed_list! {
    /// Whether an agreement permits anything on a day. Only `Active` does.
    State {
        /// Nobody has put it forward.
        Draft = "draft", "draft";
        /// Put forward, and not yet approved by two people.
        Submitted = "submitted", "waiting for approval";
        /// Approved, and not yet signed by every party.
        Approved = "approved", "approved, not yet signed by all";
        /// Signed, and not yet begun.
        Signed = "signed", "signed, not yet started";
        /// In force.
        Active = "active", "active";
        /// In force, and stopped for now.
        Suspended = "suspended", "suspended";
        /// Past its last day.
        Expired = "expired", "expired";
        /// Being wound up.
        Closing = "closing", "closing";
        /// Everything made for it is destroyed.
        Destroyed = "destroyed", "destroyed";
    }
}

impl State {
    /// Whether it has been in force, or is.
    pub const fn came_into_force(self) -> bool {
        matches!(
            self,
            Self::Active | Self::Suspended | Self::Expired | Self::Closing | Self::Destroyed
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

/// Why an agreement permits nothing for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The clause that stops it.
    pub clause: String,
    pub since: Date,
    /// A sentence, or the words of whoever suspended it.
    pub reason: String,
}

impl Clauses {
    /// The state on a day, with what the text says of itself as the only facts.
    pub fn state(&self, on: Date) -> State {
        self.state_with(&Facts::of_a_file(), on)
    }

    /// The state on a day. An agreement that was never approved and signed by all was never in force,
    /// so what is missing comes before an end that has passed.
    pub fn state_with(&self, facts: &Facts, on: Date) -> State {
        let past = |day: Option<Date>| day.is_some_and(|day| day <= on);
        if past(facts.destroyed) {
            State::Destroyed
        } else if past(facts.closing) {
            State::Closing
        } else if facts.submission(self).is_none_or(|s| s.on > on) {
            State::Draft
        } else if facts.approvals_by(self, on).len() < APPROVALS_NEEDED {
            State::Submitted
        } else if !self.unsigned_with(facts, on).is_empty() {
            State::Approved
        } else if on > self.last_day(facts) {
            State::Expired
        } else if !self.stops_with(facts, on).is_empty() {
            State::Suspended
        } else if on < self.term.start {
            State::Signed
        } else {
            State::Active
        }
    }

    /// The last day on which it holds.
    pub fn last_day(&self, facts: &Facts) -> Date {
        facts
            .ended_early
            .map_or(self.term.end, |early| early.min(self.term.end))
    }

    /// The parties that have not signed by a day, with what the text says as the only facts.
    pub fn unsigned(&self, on: Date) -> Vec<&Party> {
        self.unsigned_with(&Facts::of_a_file(), on)
    }

    /// The parties that have not signed by a day.
    pub fn unsigned_with(&self, facts: &Facts, on: Date) -> Vec<&Party> {
        self.parties
            .iter()
            .filter(|party| {
                !facts
                    .signatures(self)
                    .any(|s| s.party == party.organisation && s.signed <= on)
            })
            .collect()
    }

    /// What stops it on a day: suspensions, and what every party must have in date.
    pub fn stops_with(&self, facts: &Facts, on: Date) -> Vec<Stop> {
        let suspended = facts
            .suspensions(self)
            .filter(|s| s.from <= on && s.lifted.is_none_or(|lifted| on < lifted))
            .map(|s| Stop {
                clause: "suspended".to_owned(),
                since: s.from,
                reason: s.reason.clone(),
            });
        let lapse = |clause: String, last: Date, reason: String| {
            (last < on).then(|| Stop {
                clause,
                since: last.succ_opt().unwrap_or(last),
                reason,
            })
        };
        let contracts = self.framework_contracts.iter().enumerate();
        let contracts = contracts.filter_map(|(index, contract)| {
            let reason = format!("The framework contract {} has ended.", contract.reference);
            lapse(
                format!("framework_contracts.{index}"),
                contract.ends?,
                reason,
            )
        });
        let parties = self.parties.iter().enumerate().flat_map(|(index, party)| {
            let assurance = party.dspt.as_ref().and_then(|dspt| {
                let reason = format!("The security assurance of {} has run out.", party.name);
                lapse(format!("parties.{index}.dspt"), dspt.expires, reason)
            });
            let registration = party.registration.as_ref().and_then(|entry| {
                let reason = format!(
                    "The data-protection registration of {} has run out.",
                    party.name
                );
                lapse(
                    format!("parties.{index}.registration"),
                    entry.expires,
                    reason,
                )
            });
            [assurance, registration]
        });
        suspended
            .chain(contracts)
            .chain(parties.flatten())
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
