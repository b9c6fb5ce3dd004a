//! Precision and recall without truth: from a clerical sample that is weighted back to all pairs, and from the scores.
//!
//! Recall is relative: over the pairs of one person among those in the links. What blocking left out cannot be seen.

use super::{
    ids::Ids,
    intervals::{Share, real, wilson},
    labels::{self, Judgement, Kappa},
    links,
    sample::{self, Sampling, Strata, Stratum},
    told::{Notice, Told},
};
use crate::files::FileError;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, path::Path};

/// A rate with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// The estimate.
    pub value: f64,
    /// Where the interval begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
}

/// One stratum with what reviewers said of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// The stratum.
    pub stratum: Stratum,
    /// Those of one person among those judged.
    pub same: Share,
    /// Pairs that reviewers could not tell or did not agree about; they are not in the share.
    pub unsure: u64,
}

/// Precision and recall of one way of deciding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimated {
    /// What people call it.
    pub name: String,
    /// The threshold; none where the run decided.
    pub threshold: Option<f64>,
    /// Links that it gives.
    pub links: u64,
    /// False links that the scores expect.
    pub expected_false: f64,
    /// The share of links that are right; none where a stratum with links has no judged pair.
    pub precision: Option<Rate>,
    /// The precision if everything that is unsure were two people, and if it were one.
    pub precision_if_unsure: Option<(f64, f64)>,
    /// The share of pairs of one person in the links that are given; none where any stratum has no judged pair.
    pub recall: Option<Rate>,
}

/// What can be said without truth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Pairs in the links.
    pub pairs: u64,
    /// Pairs that were judged.
    pub judged: u64,
    /// The strata, from the lowest.
    pub strata: Vec<Labelled>,
    /// What the run decided, and each weight that parts two bands.
    pub points: Vec<Estimated>,
    /// How far reviewers agree.
    pub kappas: Vec<Kappa>,
    /// What was wrong with the files.
    pub notices: Vec<Notice>,
}

/// Estimates precision and recall from a file of links and files of labels; without labels from the scores alone. Labels
/// count only for pairs of the sample that these settings draw: others were not chosen by chance.
pub fn estimate(
    links: &Path,
    labelled: &[&Path],
    sampling: &Sampling,
) -> Result<Estimate, FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let file = links::name_of(links);
    let links = links::read(links, links::Ends::Ordered, &mut ids, &mut told)?;
    let strata = sample::strata(&links, sampling);
    let labels = labels::read(labelled, &mut ids, &mut told)?;
    let mut stratum_of: HashMap<(u32, u32), usize, ahash::RandomState> =
        HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
    for (at, places) in sample::lots(&links, &strata, sampling, &ids)
        .iter()
        .enumerate()
    {
        for link in places.iter().filter_map(|place| links.rows.get(*place)) {
            stratum_of.insert((link.left, link.right), at);
        }
    }
    let mut counts = vec![Counts::default(); strata.strata.len()];
    let mut outside = 0;
    for ((left, right), of_pair) in &labels.of {
        let at = stratum_of
            .get(&(*left, *right))
            .or_else(|| stratum_of.get(&(*right, *left)));
        let Some(counts) = at.and_then(|at| counts.get_mut(*at)) else {
            outside += 1;
            continue;
        };
        match labels::taken(of_pair) {
            Judgement::Same => counts.same += 1,
            Judgement::Different => counts.different += 1,
            Judgement::Unsure => counts.unsure += 1,
        }
    }
    if outside > 0 {
        told.say(
            &file,
            "judged pairs are not of the sample that was drawn; left out".to_owned(),
            outside,
        );
    }
    if labels.open > 0 {
        told.say(
            &file,
            "pairs of the sample are not judged yet".to_owned(),
            labels.open,
        );
    }
    Ok(Estimate {
        pairs: links.rows.len() as u64,
        judged: counts
            .iter()
            .map(|counts| counts.judged() + counts.unsure)
            .sum(),
        points: points(&strata, &counts),
        strata: strata
            .strata
            .iter()
            .zip(&counts)
            .map(|(stratum, counts)| Labelled {
                stratum: *stratum,
                same: Share::new(counts.same, counts.judged()),
                unsure: counts.unsure,
            })
            .collect(),
        kappas: labels::kappas(&labels),
        notices: told.notices(),
    })
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    same: u64,
    different: u64,
    unsure: u64,
}

impl Counts {
    fn judged(self) -> u64 {
        self.same + self.different
    }
}

/// Pairs of one person in some strata: how many, with a guarded share for the variance, which a few judged pairs that
/// are all alike would make nothing.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    pairs: f64,
    same: f64,
    guarded: f64,
    variance: f64,
    unknown: bool,
    if_different: f64,
    if_same: f64,
}

impl Sum {
    fn add(&mut self, stratum: &Stratum, counts: Counts) {
        let (pairs, judged) = (real(stratum.pairs), real(counts.judged()));
        self.pairs += pairs;
        if counts.judged() == 0 {
            self.unknown = true;
            return;
        }
        let guarded = (real(counts.same) + 0.5) / (judged + 1.0);
        self.same += pairs * real(counts.same) / judged;
        self.guarded += pairs * guarded;
        let rest = (1.0 - judged / pairs).max(0.0);
        self.variance += pairs * pairs * guarded * (1.0 - guarded) / (judged + 2.0) * rest;
        let looked_at = judged + real(counts.unsure);
        self.if_different += pairs * real(counts.same) / looked_at;
        self.if_same += pairs * real(counts.same + counts.unsure) / looked_at;
    }
}

/// A rate whose interval is Wilson's for as many pairs as a simple sample of that variance would have.
fn rate(value: f64, guarded: f64, variance: f64) -> Rate {
    if variance <= 0.0 {
        return Rate {
            value,
            low: value,
            high: value,
        };
    }
    let (low, high) = wilson(value.clamp(0.0, 1.0), guarded * (1.0 - guarded) / variance);
    Rate { value, low, high }
}

fn points(strata: &Strata, counts: &[Counts]) -> Vec<Estimated> {
    let mut points = vec![point(
        "as the run decided".to_owned(),
        None,
        strata,
        counts,
        &|stratum| stratum.linked,
    )];
    let mut edges: Vec<f64> = strata
        .strata
        .iter()
        .filter_map(|stratum| stratum.from)
        .collect();
    edges.sort_unstable_by(f64::total_cmp);
    edges.dedup();
    for edge in edges.into_iter().rev() {
        let name = format!("from a match weight of {edge}");
        points.push(point(name, Some(edge), strata, counts, &|stratum| {
            stratum.from.is_some_and(|from| from >= edge)
        }));
    }
    points
}

fn point(
    name: String,
    threshold: Option<f64>,
    strata: &Strata,
    counts: &[Counts],
    given: &dyn Fn(&Stratum) -> bool,
) -> Estimated {
    let (mut of_given, mut of_others) = (Sum::default(), Sum::default());
    let (mut links, mut expected_false) = (0, 0.0);
    for (stratum, counts) in strata.strata.iter().zip(counts) {
        if given(stratum) {
            of_given.add(stratum, *counts);
            links += stratum.pairs;
            expected_false += real(stratum.pairs) - stratum.said;
        } else {
            of_others.add(stratum, *counts);
        }
    }
    let known = links > 0 && !of_given.unknown;
    let all = of_given.pairs;
    let precision = known.then(|| {
        rate(
            of_given.same / all,
            of_given.guarded / all,
            of_given.variance / (all * all),
        )
    });
    let (found, lost) = (of_given.guarded, of_others.guarded);
    let whole = found + lost;
    let variance =
        (lost * lost * of_given.variance + found * found * of_others.variance) / whole.powi(4);
    let same = of_given.same + of_others.same;
    let recall = known && !of_others.unknown && same > 0.0;
    Estimated {
        name,
        threshold,
        links,
        expected_false,
        precision,
        precision_if_unsure: known.then(|| (of_given.if_different / all, of_given.if_same / all)),
        recall: recall.then(|| rate(of_given.same / same, found / whole, variance)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::draw;
    use proptest::prelude::*;
    use std::{fmt::Write as _, fs, path::PathBuf};

    fn stratum(from: Option<f64>, linked: bool, pairs: u64) -> Stratum {
        Stratum {
            from,
            to: None,
            linked,
            pairs,
            draw: 0,
            said: 0.0,
        }
    }

    fn counts(same: u64, different: u64) -> Counts {
        Counts {
            same,
            different,
            unsure: 0,
        }
    }

    fn strata(strata: Vec<Stratum>) -> Strata {
        Strata {
            pairs: vec![Vec::new(); strata.len()],
            strata,
        }
    }

    /// 1,000 links of which 45 of 50 are right, 500 others of which 5 of 50 are one person: 900 and 50.
    #[test]
    fn a_sample_is_weighted_back_as_worked_by_hand() {
        let strata = strata(vec![
            stratum(None, false, 500),
            stratum(Some(0.0), true, 1000),
        ]);
        let points = points(&strata, &[counts(5, 45), counts(45, 5)]);
        let decided = &points[0];
        assert!((decided.precision.unwrap().value - 0.9).abs() < 1e-12);
        assert!((decided.recall.unwrap().value - 900.0 / 950.0).abs() < 1e-12);
        let Rate { low, high, .. } = decided.precision.unwrap();
        // A simple sample of 50 has (0.786, 0.957); this one is of a small population and somewhat narrower.
        assert!(
            low > 0.786 && low < 0.81 && high > 0.94 && high < 0.957,
            "{low} {high}"
        );
    }

    #[test]
    fn a_stratum_that_nobody_judged_leaves_its_rate_open() {
        let strata = strata(vec![
            stratum(None, false, 500),
            stratum(Some(0.0), true, 1000),
        ]);
        let points = points(&strata, &[counts(0, 0), counts(50, 0)]);
        assert!(points[0].precision.unwrap().value >= 1.0);
        assert!(points[0].precision.unwrap().low < 0.95);
        assert_eq!(points[0].recall, None);
    }

    /// Intervals that are to hold 95 % of the time do so at least 90 % of the time, on 2,000 samples by lot.
    #[test]
    fn intervals_hold_the_truth_about_as_often_as_they_say() {
        let shares = [
            (4000_u64, 0.02, false, 60_u64),
            (800, 0.5, false, 80),
            (900, 0.9, true, 80),
            (9000, 0.995, true, 60),
        ];
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        let strata = strata(
            shares
                .iter()
                .map(|(pairs, _, linked, _)| stratum(None, *linked, *pairs))
                .collect(),
        );
        let total = |linked: Option<bool>| -> f64 {
            shares
                .iter()
                .filter(|share| linked.is_none_or(|l| l == share.2))
                .map(|share| real(share.0) * share.1)
                .sum()
        };
        let precision = total(Some(true)) / 9900.0;
        let recall = total(Some(true)) / total(None);
        let (mut precise, mut recalled) = (0, 0);
        for _ in 0..2000 {
            let drawn: Vec<Counts> = shares
                .iter()
                .map(|(_, share, _, judged)| {
                    let same = (0..*judged).filter(|_| next() < *share).count() as u64;
                    counts(same, judged - same)
                })
                .collect();
            let decided = points(&strata, &drawn).remove(0);
            let holds = |rate: Option<Rate>, truth: f64| {
                rate.is_some_and(|rate| rate.low <= truth && truth <= rate.high)
            };
            precise += u32::from(holds(decided.precision, precision));
            recalled += u32::from(holds(decided.recall, recall));
        }
        assert!(precise > 1800 && recalled > 1800, "{precise} {recalled}");
    }

    fn file(folder: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn links(order: impl Iterator<Item = u32>) -> String {
        let mut text = "left_id,right_id,match_weight,decision\n".to_owned();
        for at in order {
            let weight = f64::from(at % 40) - 10.0;
            writeln!(
                text,
                "a{at},b{at},{weight},{}",
                if weight > 5.0 { "link" } else { "weak" }
            )
            .unwrap();
        }
        text
    }

    #[test]
    fn a_sample_is_the_same_whatever_the_order_of_rows() {
        let folder = tempfile::tempdir().unwrap();
        let sampling = Sampling {
            size: 100,
            ..Sampling::default()
        };
        let one = draw(&file(&folder, "one.csv", &links(0..1000)), &sampling).unwrap();
        let other = draw(
            &file(&folder, "other.csv", &links((0..1000).rev())),
            &sampling,
        )
        .unwrap();
        assert_eq!(one.drawn, other.drawn);
        let another = Sampling {
            seed: 2,
            ..sampling
        };
        assert_ne!(
            one.drawn,
            draw(&file(&folder, "one.csv", &links(0..1000)), &another)
                .unwrap()
                .drawn
        );
    }

    #[test]
    fn labels_of_the_sample_count_and_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let links = file(&folder, "links.csv", &links(0..1000));
        let sampling = Sampling::default();
        let sample = draw(&links, &sampling).unwrap();
        let drawn: Vec<&str> = sample
            .drawn
            .iter()
            .map(|drawn| drawn.left.as_str())
            .collect();
        let outside = (0..1000)
            .map(|at| format!("a{at}"))
            .find(|id| !drawn.contains(&id.as_str()))
            .unwrap();
        let mut labels = "left_id,right_id,decision,reviewer\n".to_owned();
        for drawn in &sample.drawn {
            // Either way round; true from a weight of 3 on.
            let at: u32 = drawn.left[1..].parse().unwrap();
            writeln!(
                labels,
                "{},{},{},kim",
                drawn.right,
                drawn.left,
                if at % 40 >= 13 { "same" } else { "different" }
            )
            .unwrap();
        }
        writeln!(labels, "{outside},b{},same,kim", &outside[1..]).unwrap();
        let labels = file(&folder, "labels.csv", &labels);
        let estimate = estimate(&links, &[&labels], &sampling).unwrap();
        assert_eq!(estimate.judged, sample.drawn.len() as u64);
        assert!(
            estimate
                .notices
                .iter()
                .any(|notice| notice.message.contains("not of the sample") && notice.count == 1)
        );
        // 16 to 39 of each 40 are linked and right; 13 to 39 are one person.
        assert!((estimate.points[0].precision.unwrap().value - 1.0).abs() < 1e-12);
        assert!((estimate.points[0].recall.unwrap().value - 24.0 / 27.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn as_many_are_drawn_as_are_asked_for_and_there(size in 0_u64..400, least in 0_u64..9, pairs in 0_u32..300) {
            let folder = tempfile::tempdir().unwrap();
            let sampling = Sampling { size, least, ..Sampling::default() };
            let sample = draw(&file(&folder, "links.csv", &links(0..pairs)), &sampling).unwrap();
            let floor: u64 = sample.strata.iter().map(|stratum| stratum.pairs.min(least)).sum();
            prop_assert_eq!(sample.drawn.len() as u64, size.min(u64::from(pairs)).max(floor));
            prop_assert!(sample.strata.iter().all(|stratum| stratum.draw <= stratum.pairs));
        }
    }
}
