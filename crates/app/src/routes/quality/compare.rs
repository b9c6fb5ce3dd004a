//! Comparing a council with others: the middle half of their figures, where there are enough of them.

/// The middle half of some figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::routes) struct Middle {
    pub(in crate::routes) low: f64,
    pub(in crate::routes) median: f64,
    pub(in crate::routes) high: f64,
    pub(in crate::routes) councils: usize,
}

impl Middle {
    /// The middle half, as spreadsheets work out quartiles (QUARTILE.INC); `None` of fewer than `fewest` figures.
    pub(in crate::routes) fn of(
        figures: impl IntoIterator<Item = f64>,
        fewest: usize,
    ) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().filter(|f| f.is_finite()).collect();
        if sorted.is_empty() || sorted.len() < fewest {
            return None;
        }
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            low: quantile(&sorted, 1),
            median: quantile(&sorted, 2),
            high: quantile(&sorted, 3),
            councils: sorted.len(),
        })
    }

    /// "96.1% to 99.8%", of shares.
    pub(in crate::routes) fn shares(&self) -> String {
        format!("{} to {}", per_cent(self.low), per_cent(self.high))
    }

    /// "1,204 to 3,310", of counts.
    pub(in crate::routes) fn counts(&self) -> String {
        format!(
            "{} to {}",
            pages::format::number(self.low, 0),
            pages::format::number(self.high, 0)
        )
    }
}

/// A share from 0 to 1, per cent.
pub(in crate::routes) fn per_cent(share: f64) -> String {
    format!("{}%", pages::format::number(share * 100.0, 1))
}

/// The quarter-th quartile of figures in order, between the two it lies between.
fn quantile(sorted: &[f64], quarter: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let (whole, rest) = (last * quarter / 4, last * quarter % 4);
    let at = |place: usize| sorted.get(place.min(last)).copied().unwrap_or(f64::NAN);
    let part = match rest {
        1 => 0.25,
        2 => 0.5,
        3 => 0.75,
        _ => return at(whole),
    };
    at(whole) + part * (at(whole + 1) - at(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values as Excel's QUARTILE.INC gives them.
    #[test]
    fn quartiles_are_those_of_spreadsheets() {
        for (figures, low, median, high) in [
            (&[1.0, 2.0, 3.0, 4.0, 5.0][..], 2.0, 3.0, 4.0),
            (&[4.0, 1.0, 3.0, 2.0], 1.75, 2.5, 3.25),
            (&[7.0], 7.0, 7.0, 7.0),
            (
                &[
                    6.0, 7.0, 15.0, 36.0, 39.0, 40.0, 41.0, 42.0, 43.0, 47.0, 49.0,
                ],
                25.5,
                40.0,
                42.5,
            ),
        ] {
            let middle = Middle::of(figures.iter().copied(), 1).unwrap();
            for (found, expected) in [
                (middle.low, low),
                (middle.median, median),
                (middle.high, high),
            ] {
                assert!((found - expected).abs() < 1e-9, "{figures:?}: {middle:?}");
            }
        }
    }

    #[test]
    fn too_few_are_not_compared_with() {
        assert_eq!(Middle::of([1.0, 2.0, 3.0, 4.0], 5), None);
        assert_eq!(Middle::of([], 0), None);
        assert_eq!(Middle::of([f64::NAN], 1), None);
    }
}
