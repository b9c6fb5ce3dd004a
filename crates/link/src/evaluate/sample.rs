//! A sample for clerical review where there is no truth: drawn from bands of match weight, more from where it is
//! uncertain, the same pairs for the same seed whatever the order of rows.

use super::{
    ids::Ids,
    links::{self, Decision, Ends, Link},
    told::{Notice, Told},
};
use crate::files::{Cell, Column, FileError, write};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// How a sample is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampling {
    /// The match weights that part the bands, rising.
    pub bands: Vec<f64>,
    /// Pairs to draw in all; a stratum with fewer gives what it has.
    pub size: u64,
    /// Pairs to draw of each stratum at least.
    pub least: u64,
    /// The seed: with another one come other pairs.
    pub seed: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            bands: vec![-5.0, 0.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0],
            size: 500,
            least: 20,
            seed: 1,
        }
    }
}

/// Pairs of one band of match weight that were, or were not, linked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stratum {
    /// The weight from which it begins; none for the lowest.
    pub from: Option<f64>,
    /// The weight where the next one begins; none for the highest.
    pub to: Option<f64>,
    /// Whether the run linked them.
    pub linked: bool,
    /// How many there are.
    pub pairs: u64,
    /// How many of them to draw.
    pub draw: u64,
    /// The sum of their probabilities.
    pub said: f64,
}

/// A pair to be looked at. Its weight is not shown, so that it sways nobody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Drawn {
    /// The record on the left.
    pub left: String,
    /// The record on the right.
    pub right: String,
}

/// A sample for clerical review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Where it is drawn from.
    pub strata: Vec<Stratum>,
    /// The pairs, in an order that says nothing of their weight.
    pub drawn: Vec<Drawn>,
    /// What was wrong with the links.
    pub notices: Vec<Notice>,
}

/// The strata of a file of links, and the pairs of each.
pub(crate) struct Strata {
    pub strata: Vec<Stratum>,
    /// For each stratum its pairs by their place in the links.
    pub pairs: Vec<Vec<usize>>,
}

/// Whether a pair was linked: as decided, or as more likely than not where the file does not say.
pub(crate) fn linked(link: &Link, decided: bool) -> bool {
    if decided {
        link.decision == Decision::Link
    } else {
        link.probability >= 0.5
    }
}

/// Parts links into strata and says how many to draw of each.
pub(crate) fn strata(links: &links::Links, sampling: &Sampling) -> Strata {
    let mut edges: Vec<f64> = sampling
        .bands
        .iter()
        .copied()
        .filter(|edge| edge.is_finite())
        .collect();
    edges.sort_unstable_by(f64::total_cmp);
    edges.dedup();
    let mut strata = Vec::new();
    for band in 0..=edges.len() {
        for linked in [false, true] {
            let from = band.checked_sub(1).and_then(|at| edges.get(at)).copied();
            strata.push(Stratum {
                from,
                to: edges.get(band).copied(),
                linked,
                pairs: 0,
                draw: 0,
                said: 0.0,
            });
        }
    }
    let mut pairs = vec![Vec::new(); strata.len()];
    for (place, link) in links.rows.iter().enumerate() {
        let band = edges.partition_point(|edge| *edge <= link.weight);
        let at = band * 2 + usize::from(linked(link, links.decided));
        if let (Some(stratum), Some(pairs)) = (strata.get_mut(at), pairs.get_mut(at)) {
            stratum.pairs += 1;
            stratum.said += link.probability;
            pairs.push(place);
        }
    }
    allocate(&mut strata, sampling);
    let (strata, pairs) = strata
        .into_iter()
        .zip(pairs)
        .filter(|(stratum, _)| stratum.pairs > 0)
        .unzip();
    Strata { strata, pairs }
}

/// Draws in proportion to the number of pairs times the spread that the scores expect (Neyman's allocation), and of
/// each stratum a least number, because scores that are sure may be wrong.
#[expect(
    clippy::cast_precision_loss,
    reason = "no count reaches 2 to the power of 52"
)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of the size of the sample"
)]
fn allocate(strata: &mut [Stratum], sampling: &Sampling) {
    for stratum in strata.iter_mut() {
        stratum.draw = stratum.pairs.min(sampling.least);
    }
    let spread = |stratum: &Stratum| {
        let share = (stratum.said / stratum.pairs.max(1) as f64).clamp(0.005, 0.995);
        stratum.pairs as f64 * (share * (1.0 - share)).sqrt()
    };
    loop {
        let drawn: u64 = strata.iter().map(|stratum| stratum.draw).sum();
        let left = sampling.size.saturating_sub(drawn);
        let open = |stratum: &Stratum| stratum.draw < stratum.pairs;
        let whole: f64 = strata
            .iter()
            .filter(|stratum| open(stratum))
            .map(spread)
            .sum();
        if left == 0 || whole <= 0.0 {
            return;
        }
        let mut more = 0;
        for stratum in strata.iter_mut().filter(|stratum| open(stratum)) {
            let part = (left as f64 * spread(stratum) / whole) as u64;
            let part = part.min(stratum.pairs - stratum.draw).min(left - more);
            stratum.draw += part;
            more += part;
        }
        if more == 0 {
            // Less than one for each: to the widest spread that is open.
            let widest = strata
                .iter_mut()
                .filter(|stratum| stratum.draw < stratum.pairs);
            if let Some(stratum) = widest.max_by(|a, b| spread(a).total_cmp(&spread(b))) {
                stratum.draw += 1;
            }
        }
    }
}

/// A number for a pair that depends on its ids and the seed alone.
pub(crate) fn lot(seed: u64, left: &str, right: &str) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(seed.to_be_bytes());
    digest.update((left.len() as u64).to_be_bytes());
    digest.update(left);
    digest.update(right);
    digest.finalize().into()
}

/// The pairs of each stratum that are drawn, by their place in the links.
pub(crate) fn lots(
    links: &links::Links,
    strata: &Strata,
    sampling: &Sampling,
    ids: &Ids,
) -> Vec<Vec<usize>> {
    let drawn = strata
        .strata
        .iter()
        .zip(&strata.pairs)
        .map(|(stratum, pairs)| {
            let lots = pairs.iter().filter_map(|place| {
                let link = links.rows.get(*place)?;
                Some((
                    lot(sampling.seed, ids.text(link.left), ids.text(link.right)),
                    *place,
                ))
            });
            let mut lots: Vec<([u8; 32], usize)> = lots.collect();
            lots.sort_unstable();
            lots.truncate(usize::try_from(stratum.draw).unwrap_or(usize::MAX));
            lots.into_iter().map(|(_, place)| place).collect()
        });
    drawn.collect()
}

/// Draws a sample of the pairs in a file of links.
pub fn draw(links: &Path, sampling: &Sampling) -> Result<Sample, FileError> {
    let (mut ids, mut told) = (Ids::default(), Told::default());
    let links = links::read(links, Ends::Ordered, &mut ids, &mut told)?;
    let strata = strata(&links, sampling);
    let mut drawn: Vec<([u8; 32], Drawn)> = Vec::new();
    for place in lots(&links, &strata, sampling, &ids).into_iter().flatten() {
        if let Some(link) = links.rows.get(place) {
            let (left, right) = (
                ids.text(link.left).to_owned(),
                ids.text(link.right).to_owned(),
            );
            drawn.push((lot(sampling.seed, &left, &right), Drawn { left, right }));
        }
    }
    drawn.sort_unstable();
    Ok(Sample {
        strata: strata.strata,
        drawn: drawn.into_iter().map(|(_, drawn)| drawn).collect(),
        notices: told.notices(),
    })
}

/// Writes a sample for reviewers to fill in: the ids, a decision and who made it.
pub fn write_sample(path: &Path, sample: &Sample) -> Result<u64, FileError> {
    let column = |name: &str| Column {
        name: name.to_owned(),
        number: false,
    };
    let columns = ["left_id", "right_id", "decision", "reviewer"].map(column);
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let rows = sample
        .drawn
        .iter()
        .map(|drawn| vec![text(&drawn.left), text(&drawn.right), text(""), text("")]);
    write(path, &columns, rows)
}
