//! Whether a difference is more than chance: Fisher's exact test of two shares, Holm's correction where several are tested,
//! and the chi-squared test of all shares at once.
//!
//! Sources: R. A. Fisher (1935), The Design of Experiments, chapter 2; S. Holm (1979), Scandinavian Journal of
//! Statistics 6, 65-70; K. Pearson (1900), Philosophical Magazine 50, 157-175.

use super::intervals::{Share, real};

/// Fisher's exact test, two-sided: how likely shares are that are at least as far apart where there is no difference. None
/// where either is of nothing.
pub(crate) fn fisher(one: &Share, other: &Share) -> Option<f64> {
    let (mine, theirs) = (one.of, other.of);
    if mine == 0 || theirs == 0 || one.count > mine || other.count > theirs {
        return None;
    }
    let hits = one.count + other.count;
    let (lowest, highest) = (hits.saturating_sub(theirs), hits.min(mine));
    let likeliest = ((real(mine) + 1.0) * (real(hits) + 1.0) / (real(mine + theirs) + 2.0)).floor();
    let steps = |from: u64, to: u64| -> f64 {
        // How much likelier one hit more is than `from`, up to `to`, as a logarithm.
        (from..to).map(|at| more(at, mine, theirs, hits).ln()).sum()
    };
    let mode = whole(likeliest).clamp(lowest, highest);
    let observed = if one.count >= mode {
        steps(mode, one.count)
    } else {
        -steps(one.count, mode)
    }
    .exp();
    // Equal but for rounding counts as equal.
    let as_far = |weight: f64| weight <= observed * (1.0 + 1e-7);
    let (mut all, mut far) = (1.0, f64::from(u8::from(as_far(1.0))));
    let mut weight = 1.0;
    for at in mode..highest {
        weight *= more(at, mine, theirs, hits);
        all += weight;
        far += if as_far(weight) { weight } else { 0.0 };
        if weight < NEGLIGIBLE {
            break;
        }
    }
    weight = 1.0;
    for at in (lowest..mode).rev() {
        weight /= more(at, mine, theirs, hits);
        all += weight;
        far += if as_far(weight) { weight } else { 0.0 };
        if weight < NEGLIGIBLE {
            break;
        }
    }
    Some((far / all).min(1.0))
}

/// Less than this times the likeliest table adds nothing that could be told.
const NEGLIGIBLE: f64 = 1e-18;

/// How much likelier `at + 1` hits among mine are than `at`.
fn more(at: u64, mine: u64, theirs: u64, hits: u64) -> f64 {
    let rest = real(theirs) - real(hits) + real(at) + 1.0;
    real(mine - at) * real(hits - at) / (real(at + 1) * rest)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count, rounded down"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

/// Holm's correction: what each of several tests says where all of them are looked at.
pub(crate) fn holm(tests: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = tests
        .iter()
        .enumerate()
        .filter_map(|(at, test)| Some((at, (*test)?)))
        .collect();
    order.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let mut corrected = vec![None; tests.len()];
    let (mut left, mut before) = (real(order.len() as u64), 0.0_f64);
    for (at, test) in order {
        before = before.max((test * left).min(1.0));
        left -= 1.0;
        if let Some(slot) = corrected.get_mut(at) {
            *slot = Some(before);
        }
    }
    corrected
}

/// The chi-squared test that all shares are one; none where fewer than two are of anything, or none or all are hits.
pub(crate) fn all_alike(shares: &[Share]) -> Option<f64> {
    let (hits, of) = shares
        .iter()
        .fold((0, 0), |sum, share| (sum.0 + share.count, sum.1 + share.of));
    let groups = shares.iter().filter(|share| share.of > 0).count() as u64;
    if groups < 2 || hits == 0 || hits == of {
        return None;
    }
    let rate = real(hits) / real(of);
    let statistic: f64 = shares
        .iter()
        .filter(|share| share.of > 0)
        .map(|share| {
            let apart = real(share.count) - real(share.of) * rate;
            apart * apart / (real(share.of) * rate * (1.0 - rate))
        })
        .sum();
    Some(beyond(statistic, groups - 1))
}

/// How likely chi-squared with so many degrees of freedom is to be as large: the regularised upper incomplete gamma
/// function, which for whole and half degrees is a finite sum.
fn beyond(statistic: f64, degrees: u64) -> f64 {
    let half = statistic / 2.0;
    // Q(a + 1, x) = Q(a, x) + x^a e^-x / gamma(a + 1), from Q(1, x) = e^-x or Q(1/2, x) = erfc(sqrt x).
    let (mut order, mut sum, mut log_gamma) = if degrees.is_multiple_of(2) {
        (1.0, (-half).exp(), 0.0)
    } else {
        (0.5, erfc(half.sqrt()), std::f64::consts::PI.sqrt().ln())
    };
    while order + 0.25 < real(degrees) / 2.0 {
        log_gamma += f64::ln(order);
        sum += (order * half.max(f64::MIN_POSITIVE).ln() - half - log_gamma).exp();
        order += 1.0;
    }
    sum.clamp(0.0, 1.0)
}

/// The complementary error function, for what is not negative: a series near 0, a continued fraction beyond.
fn erfc(x: f64) -> f64 {
    let root = std::f64::consts::PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for at in 1..80 {
            let at = f64::from(at);
            term *= -x * x / at;
            sum += term / (2.0 * at + 1.0);
        }
        return (1.0 - 2.0 / root * sum).max(0.0);
    }
    let mut fraction = x;
    for at in (1..80).rev() {
        fraction = x + f64::from(at) / 2.0 / fraction;
    }
    (-x * x).exp() / root / fraction
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(is: f64, expected: f64, by: f64) {
        assert!((is - expected).abs() < by, "{is} is not {expected}");
    }

    /// The lady who tastes tea (Fisher 1935): 3 of 4 against 1 of 4. Twins of convicts (Fisher 1962, Science Progress):
    /// 2 of 17 against 10 of 13.
    #[test]
    fn the_exact_test_is_as_published() {
        let test = |one: (u64, u64), other: (u64, u64)| {
            fisher(&Share::new(one.0, one.1), &Share::new(other.0, other.1)).unwrap()
        };
        near(test((3, 4), (1, 4)), 34.0 / 70.0, 1e-12);
        near(test((2, 17), (10, 13)), 0.000_536_7, 5e-8);
        near(test((0, 5), (0, 9)), 1.0, 1e-12);
        near(test((50_000, 1_000_000), (50_000, 1_000_000)), 1.0, 1e-9);
        assert!(test((60_000, 1_000_000), (50_000, 1_000_000)) < 1e-12);
        assert_eq!(fisher(&Share::new(0, 0), &Share::new(1, 2)), None);
    }

    /// Points of the tables of chi-squared that every textbook has.
    #[test]
    fn chi_squared_is_as_in_the_tables() {
        for (degrees, statistic, likely) in [
            (1, 3.841_459, 0.05),
            (1, 10.827_566, 0.001),
            (2, 5.991_465, 0.05),
            (5, 11.070_498, 0.05),
            (10, 18.307_038, 0.05),
            (19, 30.143_527, 0.05),
        ] {
            near(beyond(statistic, degrees), likely, 1e-7);
        }
        near(beyond(0.0, 3), 1.0, 1e-12);
        assert!(beyond(4_000.0, 9) < 1e-300);
    }

    /// Three tests of .01, .04 and .03: .03, .06 and .06 (Holm's own procedure).
    #[test]
    fn several_tests_are_corrected_as_by_hand() {
        let corrected = holm(&[Some(0.01), None, Some(0.04), Some(0.03)]);
        assert_eq!(corrected[1], None);
        for (is, expected) in [
            (corrected[0], 0.03),
            (corrected[2], 0.06),
            (corrected[3], 0.06),
        ] {
            near(is.unwrap(), expected, 1e-12);
        }
    }

    fn choose(of: u64, many: u64) -> f64 {
        (0..many).map(|at| real(of - at) / real(at + 1)).product()
    }

    proptest! {
        /// Against every table with the same margins, one by one.
        #[test]
        fn the_exact_test_is_as_summed_one_by_one(a in 0_u64..12, b in 0_u64..12, c in 0_u64..12, d in 0_u64..12) {
            let (mine, theirs, hits) = (a + b, c + d, a + c);
            prop_assume!(mine > 0 && theirs > 0);
            let weight = |x: u64| choose(mine, x) * choose(theirs, hits - x);
            let all: Vec<f64> = (hits.saturating_sub(theirs)..=hits.min(mine)).map(weight).collect();
            let slow: f64 = all.iter().filter(|w| **w <= weight(a) * (1.0 + 1e-7)).sum();
            let fast = fisher(&Share::new(a, mine), &Share::new(c, theirs)).unwrap();
            prop_assert!((fast - slow / all.iter().sum::<f64>()).abs() < 1e-9, "{} {}", fast, slow);
        }
    }

    #[test]
    fn shares_that_are_alike_are_no_more_than_chance() {
        let share = |count, of| Share::new(count, of);
        near(
            all_alike(&[share(10, 100), share(20, 200), share(0, 0)]).unwrap(),
            1.0,
            1e-12,
        );
        // Pearson's statistic by hand: 15 of 100 and 5 of 100 are each 5 away from 10: 25/9 + 25/9 = 5.5556.
        near(
            all_alike(&[share(15, 100), share(5, 100)]).unwrap(),
            beyond(50.0 / 9.0, 1),
            1e-12,
        );
        assert_eq!(all_alike(&[share(0, 10), share(0, 20)]), None);
        assert_eq!(all_alike(&[share(1, 10)]), None);
    }
}
