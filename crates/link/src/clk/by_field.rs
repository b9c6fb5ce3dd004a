//! Filters of fields weighed: how alike two records are in each field, and in all of them by weight.

use super::{Filters, Pair, dice, filters::weight, search::common};

/// How alike two records are in each field; `None` where one of them has no filter of it.
pub fn by_field(left: &Filters, right: &Filters, pair: &Pair) -> Vec<Option<f64>> {
    let words = (left.width() / left.parts.len().max(1)).max(1);
    let parts = left
        .of(pair.left as usize)
        .chunks(words)
        .zip(right.of(pair.right as usize).chunks(words));
    parts
        .map(|(left, right)| {
            let weights = (weight(left), weight(right));
            let known = weights.0 > 0 && weights.1 > 0;
            known.then(|| dice(common(left, right) as usize, weights.0, weights.1))
        })
        .collect()
}

/// The mean likeness of the fields that both records have, by weight; 0 where they have none.
pub fn weighted(alike: &[Option<f64>], weights: &[f64]) -> f64 {
    let known = alike
        .iter()
        .zip(weights)
        .filter_map(|(alike, weight)| alike.map(|alike| (alike, *weight)));
    let (sum, all) = known.fold((0.0, 0.0), |(sum, all), (alike, weight)| {
        (sum + alike * weight, all + weight)
    });
    if all > 0.0 { sum / all } else { 0.0 }
}
