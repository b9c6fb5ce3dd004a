//! Which pairs wait for a reader: those that nobody has settled, and a share of the others that a second person judges
//! without the first one's answer. Plain functions over figures and tokens.

use crate::desks::Candidate;
use control::{PairDecision, Standing};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A pair that waits for the reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Waiting<'c> {
    /// The pair.
    pub(super) candidate: &'c Candidate,
    /// Whether one other person has judged it.
    pub(super) second: bool,
}

/// The pairs that wait for a reader, in the order in which they came.
pub(super) fn waiting<'c>(
    candidates: impl IntoIterator<Item = &'c Candidate>,
    standing: &BTreeMap<String, Standing>,
    reader: &str,
    second_percent: u64,
) -> Vec<Waiting<'c>> {
    let candidates = candidates.into_iter();
    candidates
        .filter_map(|candidate| {
            let second = match standing.get(&candidate.pair) {
                None => false,
                Some(standing) => {
                    let [only] = standing.decisions.as_slice() else {
                        return None;
                    };
                    // Who could not tell leaves the pair to another person.
                    let asked_twice = only.decision == PairDecision::NotSure
                        || takes_two(&candidate.pair, second_percent);
                    if only.by == reader || !asked_twice {
                        return None;
                    }
                    true
                }
            };
            Some(Waiting { candidate, second })
        })
        .collect()
}

/// Whether a pair is of the share that two people judge. It follows from the token alone, so that it is the same for
/// everybody and on every day, and says nothing of the pair.
pub(super) fn takes_two(pair: &str, percent: u64) -> bool {
    let digest = Sha256::digest(pair.as_bytes());
    let number = digest
        .iter()
        .take(7)
        .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    number % 100 < percent
}

/// Why a pair is asked about.
pub(super) fn why(candidate: &Candidate) -> &'static str {
    match candidate.outcome.as_str() {
        "link" if candidate.elsewhere > 0 => "A pass found another person",
        "veto" | "weak" if candidate.linked > 0 => "A pass links them, the weight does not",
        "close" => "Another person is nearly as good",
        "link" => "Linked, near the threshold",
        _ => "Not linked, near the threshold",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use control::LinkDecision;

    fn candidate(pair: &str, outcome: &str, linked: u64, elsewhere: u64) -> Candidate {
        Candidate {
            pair: pair.to_owned(),
            bits: 1.0,
            probability: 0.5,
            outcome: outcome.to_owned(),
            records: 3,
            linked,
            elsewhere,
            worth: 1.5,
        }
    }

    fn said(all: &[(&str, PairDecision)]) -> Standing {
        let decision = |(by, decision): &(&str, PairDecision)| LinkDecision {
            number: 1,
            pair: "p".to_owned(),
            left: "l".to_owned(),
            right: "r".to_owned(),
            decision: *decision,
            blind: false,
            note: String::new(),
            by: (*by).to_owned(),
            at: "2026-11-22T09:00:00Z".parse().unwrap(),
            undone: None,
        };
        Standing {
            decisions: all.iter().map(decision).collect(),
        }
    }

    /// What waits for `ana`: `Some(second)` or nothing.
    fn check(all: &[(&str, PairDecision)], second_percent: u64, expected: Option<bool>) {
        let candidates = [candidate("p", "close", 0, 0)];
        let mut standing = BTreeMap::new();
        if !all.is_empty() {
            standing.insert("p".to_owned(), said(all));
        }
        let found = waiting(&candidates, &standing, "ana", second_percent);
        assert_eq!(found.first().map(|w| w.second), expected, "{all:?}");
    }

    #[test]
    fn a_pair_waits_until_it_is_settled_and_for_a_second_person_where_it_takes_two() {
        use PairDecision::{Different, NotSure, SamePerson};
        check(&[], 0, Some(false));
        check(&[], 100, Some(false));
        check(&[("ben", SamePerson)], 0, None);
        check(&[("ben", SamePerson)], 100, Some(true));
        check(&[("ana", SamePerson)], 100, None);
        check(&[("ana", NotSure)], 100, None);
        check(&[("ben", NotSure)], 0, Some(true));
        check(&[("ben", Different), ("cy", SamePerson)], 100, None);
        check(&[("ben", NotSure), ("cy", NotSure)], 100, None);
    }

    #[test]
    fn the_share_that_takes_two_is_about_what_was_asked_for_and_stays() {
        let pairs: Vec<String> = (0..10_000).map(|n| format!("key-{n:032x}")).collect();
        for (percent, low, high) in [(0, 0, 0), (10, 900, 1_100), (100, 10_000, 10_000)] {
            let two = pairs.iter().filter(|p| takes_two(p, percent)).count();
            assert!((low..=high).contains(&two), "{percent} %: {two}");
        }
        // Whoever takes two at ten in a hundred does so at twenty.
        let grows = |p: &String| !takes_two(p, 10) || takes_two(p, 20);
        assert!(pairs.iter().all(grows));
    }

    #[test]
    fn a_disagreement_between_pass_and_weight_is_told_first() {
        for (outcome, linked, elsewhere, expected) in [
            ("link", 0, 1, "A pass found another person"),
            ("link", 1, 0, "Linked, near the threshold"),
            ("weak", 1, 0, "A pass links them, the weight does not"),
            ("veto", 2, 0, "A pass links them, the weight does not"),
            ("close", 0, 0, "Another person is nearly as good"),
            ("weak", 0, 0, "Not linked, near the threshold"),
        ] {
            assert_eq!(why(&candidate("p", outcome, linked, elsewhere)), expected);
        }
    }
}
