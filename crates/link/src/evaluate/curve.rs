//! Measures by threshold. A threshold takes everything that weighs as much or more: what weighs the same is never parted.

use super::measures::{Measures, Tally};
use serde::{Deserialize, Serialize};

/// What is true of a link that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is right.
    Right,
    /// Another person is the right one.
    Wrong,
    /// There is nothing to find.
    Falsely,
}

/// The measures at a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AtThreshold {
    /// The match weight from which on links are given.
    pub threshold: f64,
    /// What comes of it.
    pub measures: Measures,
}

/// The best recall at a precision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RecallAtPrecision {
    /// The precision that is kept.
    pub precision: f64,
    /// The threshold with the highest recall that keeps it; none where no threshold does.
    pub at: Option<AtThreshold>,
}

/// Tallies for every threshold that makes a difference.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    /// Thresholds, falling, each with the tally of all at or above it.
    steps: Vec<(f64, Tally)>,
    none: Tally,
}

impl Curve {
    /// From what was scored; the totals say how much there is to find.
    pub(crate) fn new(
        mut scored: Vec<(f64, Verdict)>,
        positives: u64,
        negatives: Option<u64>,
    ) -> Self {
        scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let none = Tally {
            positives,
            negatives,
            ..Tally::default()
        };
        let mut steps: Vec<(f64, Tally)> = Vec::new();
        let mut tally = none;
        for (weight, verdict) in scored {
            match verdict {
                Verdict::Right => tally.right += 1,
                Verdict::Wrong => tally.wrong += 1,
                Verdict::Falsely => tally.falsely += 1,
            }
            match steps.last_mut() {
                // Equal as numbers, so that 0 and -0 fall together.
                Some(last) if last.0 <= weight => last.1 = tally,
                _ => steps.push((weight, tally)),
            }
        }
        Self { steps, none }
    }

    /// The tally at a threshold.
    pub(crate) fn tally(&self, threshold: f64) -> Tally {
        let below = self
            .steps
            .partition_point(|(weight, _)| *weight >= threshold);
        let last = below.checked_sub(1).and_then(|at| self.steps.get(at));
        last.map_or(self.none, |(_, tally)| *tally)
    }

    fn at(&self, threshold: f64) -> AtThreshold {
        AtThreshold {
            threshold,
            measures: self.tally(threshold).measures(),
        }
    }

    /// The threshold with the best F1; of several the highest. None where nothing is right.
    pub(crate) fn best_f1(&self) -> Option<AtThreshold> {
        let mut best: Option<AtThreshold> = None;
        for (threshold, tally) in &self.steps {
            let measures = tally.measures();
            let better = best
                .as_ref()
                .is_none_or(|best| measures.f1 > best.measures.f1);
            if better && tally.right > 0 {
                best = Some(AtThreshold {
                    threshold: *threshold,
                    measures,
                });
            }
        }
        best
    }

    /// The highest recall of any threshold that keeps a precision; of several thresholds the highest.
    pub(crate) fn recall_at(&self, precision: f64) -> RecallAtPrecision {
        let mut at: Option<AtThreshold> = None;
        for (threshold, tally) in &self.steps {
            let measures = tally.measures();
            let keeps = measures.precision.is_some_and(|p| p >= precision);
            let more = at
                .as_ref()
                .is_none_or(|at| tally.right > at.measures.tally.right);
            if keeps && more && tally.right > 0 {
                at = Some(AtThreshold {
                    threshold: *threshold,
                    measures,
                });
            }
        }
        RecallAtPrecision { precision, at }
    }

    /// A table of thresholds in even steps of whole bits, at most `most` rows, the highest first, and those asked for.
    pub(crate) fn table(&self, most: u32, asked: &[f64]) -> Vec<AtThreshold> {
        let (Some((highest, _)), Some((lowest, _))) = (self.steps.first(), self.steps.last())
        else {
            return asked.iter().map(|threshold| self.at(*threshold)).collect();
        };
        let (from, to) = (highest.ceil(), lowest.floor());
        let step = ((from - to) / f64::from(most.max(2) - 1)).ceil().max(1.0);
        let mut thresholds: Vec<f64> = (0..most)
            .map(|at| from - f64::from(at) * step)
            .take_while(|threshold| *threshold > to - step)
            .chain(asked.iter().copied())
            .collect();
        thresholds.sort_unstable_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        thresholds
            .into_iter()
            .map(|threshold| self.at(threshold))
            .collect()
    }

    /// At most `most` of the thresholds that make a difference, evenly over them, the first and the last among them:
    /// for the charts of precision by recall and of ROC.
    pub(crate) fn points(&self, most: usize) -> Vec<AtThreshold> {
        let last = self.steps.len().saturating_sub(1);
        let count = most.min(self.steps.len());
        let places = (0..count).map(|at| at * last / count.saturating_sub(1).max(1));
        let steps = places.filter_map(|place| self.steps.get(place));
        steps
            .map(|(threshold, tally)| AtThreshold {
                threshold: *threshold,
                measures: tally.measures(),
            })
            .collect()
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "the counts of a test are small")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![3 => Just(Verdict::Right), 1 => Just(Verdict::Wrong), 1 => Just(Verdict::Falsely)]
    }

    /// Few weights, so that many are equal.
    fn scored() -> impl Strategy<Value = Vec<(f64, Verdict)>> {
        prop::collection::vec(
            ((-6_i32..12).prop_map(|w| f64::from(w) / 2.0), verdict()),
            0..60,
        )
    }

    fn count(scored: &[(f64, Verdict)], threshold: f64, wanted: Verdict) -> u64 {
        scored
            .iter()
            .filter(|(weight, verdict)| *weight >= threshold && *verdict == wanted)
            .count() as u64
    }

    proptest! {
        #[test]
        fn every_threshold_is_as_counted_one_by_one(scored in scored(), threshold in -8.0_f64..8.0) {
            let curve = Curve::new(scored.clone(), 100, Some(100));
            let tally = curve.tally(threshold);
            prop_assert_eq!(tally.right, count(&scored, threshold, Verdict::Right));
            prop_assert_eq!(tally.wrong, count(&scored, threshold, Verdict::Wrong));
            prop_assert_eq!(tally.falsely, count(&scored, threshold, Verdict::Falsely));
        }

        #[test]
        fn recall_at_a_precision_is_the_best_of_all_thresholds(mut scored in scored(), precision in 0.3_f64..1.0) {
            let slow = scored
                .iter()
                .filter_map(|(threshold, _)| {
                    let right = count(&scored, *threshold, Verdict::Right);
                    let given = scored.iter().filter(|(weight, _)| weight >= threshold).count() as f64;
                    (right > 0 && right as f64 / given >= precision).then_some(right)
                })
                .max();
            let fast = Curve::new(scored.clone(), 100, None).recall_at(precision);
            prop_assert_eq!(fast.at.map(|at| at.measures.tally.right), slow);
            scored.reverse();
            prop_assert_eq!(Curve::new(scored, 100, None).recall_at(precision), fast);
        }

        #[test]
        fn best_f1_is_the_best_of_all_thresholds(scored in scored()) {
            let f1 = |threshold: f64| {
                let right = count(&scored, threshold, Verdict::Right) as f64;
                let given = scored.iter().filter(|(weight, _)| *weight >= threshold).count() as f64;
                2.0 * right / (given + 100.0)
            };
            let slow = scored.iter().map(|(threshold, _)| f1(*threshold)).fold(0.0, f64::max);
            let fast = Curve::new(scored.clone(), 100, None).best_f1();
            prop_assert!((fast.map_or(0.0, |at| at.measures.f1.unwrap()) - slow).abs() < 1e-12);
        }
    }

    /// A thousand right and one false that weighs as much as the last ten right: the ten go with it or stay without it.
    #[test]
    fn what_weighs_the_same_is_never_parted() {
        let mut scored = vec![(9.0, Verdict::Right); 989];
        scored.extend(vec![(5.0, Verdict::Right); 10]);
        scored.push((5.0, Verdict::Falsely));
        let curve = Curve::new(scored, 1000, None);
        assert_eq!(curve.recall_at(0.999).at.unwrap().measures.tally.right, 999);
        assert_eq!(
            curve.recall_at(0.9995).at.unwrap().measures.tally.right,
            989
        );
    }

    #[test]
    fn a_precision_that_nothing_keeps_has_no_threshold() {
        let curve = Curve::new(vec![(1.0, Verdict::Falsely)], 5, None);
        assert_eq!(curve.recall_at(0.5).at, None);
    }

    #[test]
    fn a_table_of_huge_and_equal_weights_stays_small() {
        let curve = Curve::new(
            vec![(1e300, Verdict::Right), (-1e300, Verdict::Right)],
            2,
            None,
        );
        assert!(curve.table(100, &[]).len() <= 101);
        let flat = Curve::new(vec![(2.0, Verdict::Right); 5], 5, None);
        let thresholds: Vec<f64> = flat
            .table(100, &[-1.0])
            .iter()
            .map(|row| row.threshold)
            .collect();
        assert_eq!(thresholds, [2.0, -1.0]);
        assert!(Curve::new(Vec::new(), 5, None).table(100, &[]).is_empty());
        assert!(Curve::new(Vec::new(), 5, None).points(10).is_empty());
    }
}
