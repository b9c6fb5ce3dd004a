//! Whether probabilities are true: what was said against what was so, by band of probability.

use super::{
    curve::Verdict,
    intervals::{Share, real},
    judged::Judged,
    links::Decision,
};
use serde::{Deserialize, Serialize};

/// Where the bands of probability begin; the last one ends at 1.
const BANDS: [f64; 12] = [
    0.0, 0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 0.9999, 0.99999,
];

/// One band of probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBand {
    /// Where it begins.
    pub from: f64,
    /// Where the next one begins.
    pub to: f64,
    /// The probability that was said, on average.
    pub said: f64,
    /// The share that is right.
    pub is: Share,
}

/// Whether probabilities are true. What a veto forbids is left out: its probability was not believed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The bands in which there are any links.
    pub bands: Vec<CalibrationBand>,
    /// How far said and true are apart, on average over links.
    pub error: Option<f64>,
    /// The mean square of what was said less what is so (Brier).
    pub brier: Option<f64>,
}

/// The band that a probability falls in.
fn band(probability: f64) -> usize {
    BANDS
        .partition_point(|from| *from <= probability)
        .saturating_sub(1)
}

/// Holds probabilities against the truth.
pub(crate) fn calibration(judged: &Judged) -> Calibration {
    let mut sums = [(0_u64, 0_u64, 0.0_f64); BANDS.len()];
    let (mut all, mut brier) = (0_u64, 0.0);
    for scored in judged
        .scored
        .iter()
        .filter(|scored| scored.decision != Decision::Veto)
    {
        let right = scored.verdict == Verdict::Right;
        if let Some(sum) = sums.get_mut(band(scored.probability)) {
            sum.0 += 1;
            sum.1 += u64::from(right);
            sum.2 += scored.probability;
        }
        all += 1;
        brier += (scored.probability - f64::from(u8::from(right))).powi(2);
    }
    let mut calibration = Calibration::default();
    let mut apart = 0.0;
    for (at, (from, (count, right, said))) in BANDS.iter().zip(sums).enumerate() {
        if count == 0 {
            continue;
        }
        apart += (said - real(right)).abs();
        calibration.bands.push(CalibrationBand {
            from: *from,
            to: BANDS.get(at + 1).copied().unwrap_or(1.0),
            said: said / real(count),
            is: Share::new(right, count),
        });
    }
    calibration.error = (all > 0).then(|| apart / real(all));
    calibration.brier = (all > 0).then(|| brier / real(all));
    calibration
}
