//! Shares of counts with their uncertainty: Wilson's interval for a share, Newcombe's for the difference of two.
//!
//! Sources: E. B. Wilson (1927), J. Am. Stat. Assoc. 22; R. G. Newcombe (1998), Statistics in Medicine 17, 857-872
//! (method 3, without continuity correction) and 873-890 (method 10).

use serde::{Deserialize, Serialize};

/// The normal deviate of an interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A count as a share of another, with its interval of 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The share; there is none of nothing.
    pub share: Option<f64>,
    /// Where the interval begins.
    pub low: Option<f64>,
    /// Where it ends.
    pub high: Option<f64>,
}

/// How far one share is from another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The share less the one that it is held against.
    pub difference: f64,
    /// Where the interval of the difference begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// The share over the one that it is held against; none where that is nothing.
    pub ratio: Option<f64>,
    /// Whether the interval leaves out no difference at all.
    pub clear: bool,
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no count reaches 2 to the power of 52"
)]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// One count over another; none over nothing.
pub(crate) fn ratio(count: u64, of: u64) -> Option<f64> {
    (of > 0).then(|| real(count) / real(of))
}

/// Wilson's interval for a share of so many, which need not be whole where a sample was weighted.
pub(crate) fn wilson(share: f64, of: f64) -> (f64, f64) {
    let turn = Z * Z / of;
    let middle = (share + turn / 2.0) / (1.0 + turn);
    let half = Z / (1.0 + turn) * (share * (1.0 - share) / of + turn / (4.0 * of)).sqrt();
    // At the ends the interval reaches the end itself; rounding would leave a speck.
    let low = if share <= 0.0 {
        0.0
    } else {
        (middle - half).max(0.0)
    };
    let high = if share >= 1.0 {
        1.0
    } else {
        (middle + half).min(1.0)
    };
    (low, high)
}

impl Share {
    /// A count as a share of another.
    pub fn new(count: u64, of: u64) -> Self {
        let share = ratio(count, of);
        let interval = share.map(|share| wilson(share, real(of)));
        Self {
            count,
            of,
            share,
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        }
    }

    /// How far it is from another; none where either is of nothing.
    pub fn against(&self, other: &Self) -> Option<Gap> {
        let (mine, theirs) = (self.share?, other.share?);
        let difference = mine - theirs;
        let low = difference - (mine - self.low?).hypot(other.high? - theirs);
        let high = difference + (self.high? - mine).hypot(theirs - other.low?);
        Some(Gap {
            difference,
            low,
            high,
            ratio: (theirs > 0.0).then(|| mine / theirs),
            clear: low > 0.0 || high < 0.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(is: f64, expected: f64) {
        assert!((is - expected).abs() < 5e-5, "{is} is not {expected}");
    }

    /// Table I of Newcombe (1998), pages 857-872.
    #[test]
    fn a_share_has_the_published_interval() {
        for (count, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::new(count, of);
            near(share.low.unwrap(), low);
            near(share.high.unwrap(), high);
        }
    }

    /// Table II of Newcombe (1998), pages 873-890.
    #[test]
    fn a_difference_has_the_published_interval() {
        for (one, other, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let gap = Share::new(one.0, one.1)
                .against(&Share::new(other.0, other.1))
                .unwrap();
            near(gap.low, low);
            near(gap.high, high);
        }
    }

    #[test]
    fn nothing_of_nothing_is_no_share() {
        let nothing = Share::new(0, 0);
        assert_eq!(nothing.share, None);
        assert_eq!(nothing.against(&Share::new(1, 2)), None);
        assert_eq!(
            Share::new(1, 2).against(&Share::new(0, 5)).unwrap().ratio,
            None
        );
    }
}
