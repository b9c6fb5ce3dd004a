//! Counts of right and wrong answers, and the rates that people make of them.
//!
//! Over queries an answer is right, wrong (another person though the right one is in the index) or false (a person for
//! somebody who is not in it). Over pairs there is no "wrong": a pair is one person's or it is not.

use super::intervals::{ratio, real};
use serde::{Deserialize, Serialize};

/// What was given, against what is true.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Right answers: true positives.
    pub right: u64,
    /// Another person though the right one is there.
    pub wrong: u64,
    /// A link where there is none to find.
    pub falsely: u64,
    /// All that there is to find: queries whose person is in the index, or pairs of one person.
    pub positives: u64,
    /// All where there is nothing to find; none where nobody said how many.
    pub negatives: Option<u64>,
}

/// The rates of a tally. What would be a share of nothing is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// What they are made of.
    pub tally: Tally,
    /// Right over all links given.
    pub precision: Option<f64>,
    /// Right over all that there is to find.
    pub recall: Option<f64>,
    /// 1 less precision: the share of links that are false. Not false positives over negatives, which some call so.
    pub false_match_rate: Option<f64>,
    /// 1 less recall.
    pub missed_match_rate: Option<f64>,
    /// Another person though the right one is in the index, over all whose person is in it. Of pairs there is none.
    #[serde(default)]
    pub wrong_person_rate: Option<f64>,
    /// Links where there is nothing to find, over all where there is nothing to find: 1 less specificity.
    #[serde(default)]
    pub false_trace_rate: Option<f64>,
    /// The harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// F with precision counting for more.
    pub f_half: Option<f64>,
    /// F with recall counting for more.
    pub f2: Option<f64>,
    /// Matthews' correlation.
    pub mcc: Option<f64>,
    /// Rightly not linked over all where there is nothing to find.
    pub specificity: Option<f64>,
    /// Rightly not linked over all not linked.
    pub npv: Option<f64>,
}

impl Tally {
    /// Links given.
    pub fn given(&self) -> u64 {
        self.right + self.wrong + self.falsely
    }

    /// What there is to find and was not found: no answer, or another.
    pub fn missed(&self) -> u64 {
        self.positives.saturating_sub(self.right)
    }

    /// The rates.
    pub fn measures(self) -> Measures {
        let (right, missed) = (real(self.right), real(self.missed()));
        let false_links = real(self.wrong + self.falsely);
        let f = |beta: f64| {
            let whole = (1.0 + beta * beta) * right;
            let all = whole + beta * beta * missed + false_links;
            (all > 0.0).then(|| whole / all)
        };
        let precision = ratio(self.right, self.given());
        let recall = ratio(self.right, self.positives);
        let rightly_none = self.negatives.map(|all| all.saturating_sub(self.falsely));
        let unanswered = self.missed().saturating_sub(self.wrong);
        let mcc = rightly_none.and_then(|none| {
            let none = real(none);
            let sides = [
                right + false_links,
                right + missed,
                none + false_links,
                none + missed,
            ];
            let below: f64 = sides.iter().map(|side| side.sqrt()).product();
            (below > 0.0).then(|| (right * none - false_links * missed) / below)
        });
        Measures {
            tally: self,
            precision,
            recall,
            false_match_rate: ratio(self.wrong + self.falsely, self.given()),
            missed_match_rate: ratio(self.missed(), self.positives),
            wrong_person_rate: ratio(self.wrong, self.positives),
            false_trace_rate: self.negatives.and_then(|all| ratio(self.falsely, all)),
            f1: f(1.0),
            f_half: f(0.5),
            f2: f(2.0),
            mcc,
            specificity: self.negatives.and_then(|all| ratio(rightly_none?, all)),
            npv: rightly_none.and_then(|none| ratio(none, none + unanswered)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(is: Option<f64>, expected: f64) {
        let is = is.unwrap();
        assert!((is - expected).abs() < 1e-9, "{is} is not {expected}");
    }

    /// Worked by hand: 90 right, 10 false, 120 to find, 880 where there is nothing.
    #[test]
    fn rates_of_pairs_are_as_worked_by_hand() {
        let measures = Tally {
            right: 90,
            wrong: 0,
            falsely: 10,
            positives: 120,
            negatives: Some(880),
        }
        .measures();
        near(measures.precision, 0.9);
        near(measures.recall, 0.75);
        near(measures.false_match_rate, 0.1);
        near(measures.missed_match_rate, 0.25);
        near(measures.f1, 180.0 / 220.0);
        near(measures.f_half, 112.5 / 130.0);
        near(measures.f2, 450.0 / 580.0);
        near(measures.specificity, 870.0 / 880.0);
        near(measures.npv, 870.0 / 900.0);
        // (90 * 870 - 10 * 30) / sqrt(100 * 120 * 880 * 900)
        near(measures.mcc, 78_000.0 / 9_504_000_000.0_f64.sqrt());
    }

    /// 100 queries: 70 in the index (60 right, 4 wrong, 6 none), 30 not (2 false, 28 none).
    #[test]
    fn a_wrong_person_is_a_false_link_and_a_miss() {
        let measures = Tally {
            right: 60,
            wrong: 4,
            falsely: 2,
            positives: 70,
            negatives: Some(30),
        }
        .measures();
        near(measures.precision, 60.0 / 66.0);
        near(measures.recall, 60.0 / 70.0);
        near(measures.specificity, 28.0 / 30.0);
        near(measures.npv, 28.0 / 34.0);
    }

    #[test]
    fn nothing_given_and_nothing_to_find_have_no_rates() {
        let measures = Tally::default().measures();
        assert_eq!(
            (
                measures.precision,
                measures.recall,
                measures.f1,
                measures.mcc
            ),
            (None, None, None, None)
        );
        let unknown = Tally {
            right: 1,
            positives: 1,
            ..Tally::default()
        }
        .measures();
        assert_eq!(
            (unknown.specificity, unknown.npv, unknown.mcc),
            (None, None, None)
        );
    }
}
