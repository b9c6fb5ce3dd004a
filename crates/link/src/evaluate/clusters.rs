//! Whether clusters are people: pairwise, B-cubed, closest cluster and exact clusters.
//!
//! Pairwise: pairs within clusters against pairs within people. B-cubed (Bagga and Baldwin 1998): for each record the
//! share of its cluster that is of its person, and of its person that is in its cluster, on average. Closest cluster
//! (Benjelloun and others 2009, The VLDB Journal 18): for each cluster the highest Jaccard index with any person, and
//! for each person with any cluster, on average. Exact: clusters that are a person, no record more and none less.

use super::{
    intervals::{Share, ratio, real},
    judged::pairs_of,
};
use serde::{Deserialize, Serialize};

/// Precision, recall and what lies between them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Balance {
    /// The share of what was made that is right.
    pub precision: Option<f64>,
    /// The share of what there is that was made.
    pub recall: Option<f64>,
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

impl Balance {
    fn new(precision: Option<f64>, recall: Option<f64>) -> Self {
        let f1 = precision.zip(recall).map(|(p, r)| {
            if p + r > 0.0 {
                2.0 * p * r / (p + r)
            } else {
                0.0
            }
        });
        Self {
            precision,
            recall,
            f1,
        }
    }
}

/// How well clusters agree with people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterMeasures {
    /// Records in both.
    pub records: u64,
    /// People that there are.
    pub people: u64,
    /// Clusters that were made, records on their own among them.
    pub clusters: u64,
    /// Records of the largest cluster.
    pub largest: u64,
    /// Over pairs of records in one cluster.
    pub pairwise: Balance,
    /// Over records.
    pub b_cubed: Balance,
    /// Over clusters and people, each with the one that is most like it.
    pub closest: Balance,
    /// People whose cluster is exactly theirs.
    pub exact: Share,
    /// The same among people with more than one record.
    pub exact_of_several: Share,
}

/// Holds clusters against people: for each record the cluster and the person that it is of, as numbers of any kind.
pub fn cluster_measures(clusters: &[u32], people: &[u32]) -> ClusterMeasures {
    let mut cells: Vec<(u32, u32)> = compact(clusters).into_iter().zip(compact(people)).collect();
    cells.sort_unstable();
    let records = cells.len() as u64;
    let (of_cluster, cluster_count) = sizes(cells.iter().map(|(cluster, _)| *cluster));
    let (of_person, person_count) = sizes(cells.iter().map(|(_, person)| *person));
    let size = |sizes: &[u64], at: u32| sizes.get(at as usize).copied().unwrap_or(0);
    let (mut both, mut b_precision, mut b_recall) = (0_u64, 0.0, 0.0);
    let (mut exact, mut exact_of_several) = (0, 0);
    let mut closest_of_person = vec![0.0_f64; of_person.len()];
    let mut closest_sum = 0.0;
    for cluster in cells.chunk_by(|a, b| a.0 == b.0) {
        let mut closest = 0.0_f64;
        for cell in cluster.chunk_by(|a, b| a.1 == b.1) {
            let Some((cluster, person)) = cell.first().copied() else {
                continue;
            };
            let shared = cell.len() as u64;
            let (made, there) = (size(&of_cluster, cluster), size(&of_person, person));
            both += pairs_of(shared);
            b_precision += real(shared) * real(shared) / real(made);
            b_recall += real(shared) * real(shared) / real(there);
            let jaccard = real(shared) / real(made + there - shared);
            closest = closest.max(jaccard);
            if let Some(best) = closest_of_person.get_mut(person as usize) {
                *best = best.max(jaccard);
            }
            if shared == made && shared == there {
                exact += 1;
                exact_of_several += u64::from(there > 1);
            }
        }
        closest_sum += closest;
    }
    let pairs = |sizes: &[u64]| sizes.iter().map(|size| pairs_of(*size)).sum::<u64>();
    let of = |sum: f64, many: u64| (many > 0).then(|| sum / real(many));
    let several = of_person.iter().filter(|size| **size > 1).count() as u64;
    ClusterMeasures {
        records,
        people: person_count,
        clusters: cluster_count,
        largest: of_cluster.iter().copied().max().unwrap_or(0),
        pairwise: Balance::new(
            ratio(both, pairs(&of_cluster)),
            ratio(both, pairs(&of_person)),
        ),
        b_cubed: Balance::new(of(b_precision, records), of(b_recall, records)),
        closest: Balance::new(
            of(closest_sum, cluster_count),
            of(closest_of_person.iter().sum(), person_count),
        ),
        exact: Share::new(exact, person_count),
        exact_of_several: Share::new(exact_of_several, several),
    }
}

/// The same numbers without holes, so that a list by number is no longer than there are numbers.
fn compact(numbers: &[u32]) -> Vec<u32> {
    let mut distinct = numbers.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let place = |number: &u32| distinct.partition_point(|other| other < number);
    numbers
        .iter()
        .map(|number| u32::try_from(place(number)).unwrap_or(u32::MAX))
        .collect()
}

/// How many there are of each number, and of how many numbers there are any.
fn sizes(numbers: impl Iterator<Item = u32>) -> (Vec<u64>, u64) {
    let mut sizes: Vec<u64> = Vec::new();
    for number in numbers {
        let at = number as usize;
        if sizes.len() <= at {
            sizes.resize(at + 1, 0);
        }
        if let Some(size) = sizes.get_mut(at) {
            *size += 1;
        }
    }
    let some = sizes.iter().filter(|size| **size > 0).count() as u64;
    (sizes, some)
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "the counts of a test are small")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn near(is: Option<f64>, expected: f64) {
        let is = is.unwrap();
        assert!((is - expected).abs() < 1e-12, "{is} is not {expected}");
    }

    /// Worked by hand: people {a b c} {d e} {f}, clusters {a b} {c d e} {f}.
    #[test]
    fn a_small_case_is_as_worked_by_hand() {
        let measures = cluster_measures(&[0, 0, 1, 1, 1, 2], &[0, 0, 0, 1, 1, 2]);
        assert_eq!(
            (
                measures.records,
                measures.people,
                measures.clusters,
                measures.largest
            ),
            (6, 3, 3, 3)
        );
        // Pairs in clusters: ab, cd, ce, de. In people: ab, ac, bc, de. Both: ab, de.
        near(measures.pairwise.precision, 0.5);
        near(measures.pairwise.recall, 0.5);
        // a, b: 2/2 and 2/3; c: 1/3 and 1/3; d, e: 2/3 and 2/2; f: 1 and 1.
        near(
            measures.b_cubed.precision,
            (2.0 + 1.0 / 3.0 + 4.0 / 3.0 + 1.0) / 6.0,
        );
        near(
            measures.b_cubed.recall,
            (4.0 / 3.0 + 1.0 / 3.0 + 2.0 + 1.0) / 6.0,
        );
        // {a b}: 2/3 with {a b c}; {c d e}: 2/3 with {d e}; {f}: 1.
        near(measures.closest.precision, 7.0 / 9.0);
        near(measures.closest.recall, 7.0 / 9.0);
        assert_eq!((measures.exact.count, measures.exact.of), (1, 3));
        assert_eq!(
            (
                measures.exact_of_several.count,
                measures.exact_of_several.of
            ),
            (0, 2)
        );
    }

    type Sets = Vec<BTreeSet<usize>>;

    fn sets(labels: &[u32]) -> Sets {
        let distinct: BTreeSet<u32> = labels.iter().copied().collect();
        let members = |label: u32| {
            (0..labels.len())
                .filter(|at| labels[*at] == label)
                .collect()
        };
        distinct.into_iter().map(members).collect()
    }

    fn jaccard(a: &BTreeSet<usize>, b: &BTreeSet<usize>) -> f64 {
        a.intersection(b).count() as f64 / a.union(b).count() as f64
    }

    fn closest(from: &Sets, to: &Sets) -> f64 {
        let best = |set: &BTreeSet<usize>| {
            to.iter()
                .map(|other| jaccard(set, other))
                .fold(0.0, f64::max)
        };
        from.iter().map(best).sum::<f64>() / from.len() as f64
    }

    proptest! {
        #[test]
        fn every_measure_is_as_its_definition_says(pairs in prop::collection::vec((0_u32..6, 0_u32..6), 1..25)) {
            let (clusters, people): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
            let measures = cluster_measures(&clusters, &people);
            let (made, there) = (sets(&clusters), sets(&people));
            let all = 0..pairs.len();
            let (mut in_cluster, mut in_person, mut in_both) = (0, 0, 0);
            for a in all.clone() {
                for b in a + 1..pairs.len() {
                    let (cluster, person) = (clusters[a] == clusters[b], people[a] == people[b]);
                    in_cluster += u32::from(cluster);
                    in_person += u32::from(person);
                    in_both += u32::from(cluster && person);
                }
            }
            let share = |of: u32| (of > 0).then(|| f64::from(in_both) / f64::from(of));
            prop_assert_eq!(measures.pairwise.precision, share(in_cluster));
            prop_assert_eq!(measures.pairwise.recall, share(in_person));
            let of_record = |sets: &Sets, at: usize| sets.iter().find(|set| set.contains(&at)).unwrap().clone();
            let (mut precision, mut recall) = (0.0, 0.0);
            for at in all {
                let (cluster, person) = (of_record(&made, at), of_record(&there, at));
                let shared = cluster.intersection(&person).count() as f64;
                precision += shared / cluster.len() as f64 / pairs.len() as f64;
                recall += shared / person.len() as f64 / pairs.len() as f64;
            }
            near(measures.b_cubed.precision, precision);
            near(measures.b_cubed.recall, recall);
            near(measures.closest.precision, closest(&made, &there));
            near(measures.closest.recall, closest(&there, &made));
            let exact = there.iter().filter(|person| made.contains(person)).count() as u64;
            prop_assert_eq!(measures.exact.count, exact);
        }

        #[test]
        fn names_and_order_of_clusters_do_not_show(mut pairs in prop::collection::vec((0_u32..6, 0_u32..6), 1..25)) {
            let of = |pairs: &[(u32, u32)]| {
                let (clusters, people): (Vec<u32>, Vec<u32>) = pairs.iter().copied().unzip();
                cluster_measures(&clusters, &people)
            };
            let first = of(&pairs);
            pairs.reverse();
            for pair in &mut pairs {
                pair.0 = 40 - pair.0 * 3;
            }
            let second = of(&pairs);
            prop_assert_eq!(first.pairwise, second.pairwise);
            prop_assert_eq!(first.exact, second.exact);
            near(second.b_cubed.f1, first.b_cubed.f1.unwrap());
            near(second.closest.f1, first.closest.f1.unwrap());
        }
    }
}
