//! Five steps of one hue: which values share a shade.
//!
//! Each shade holds about as many areas as the next, and equal values always share one. The key names
//! the least and the greatest value that is really there, so no shade stands for values nobody has.

const HUE: [&str; 5] = ["#DCE8F3", "#A9C6E0", "#6F9FCB", "#3A6FA3", "#12436D"];

/// Shades for a set of values.
#[derive(Debug, Clone)]
pub(super) struct Shades {
    classes: Vec<(&'static str, f64, f64)>,
}

impl Shades {
    /// Shades for these values.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let mut groups: Vec<(f64, f64)> = Vec::new();
        let mut group_of_last = usize::MAX;
        for (position, value) in values.iter().enumerate() {
            let group = position * HUE.len() / values.len();
            match groups.last_mut() {
                Some((_, high)) if *high >= *value || group == group_of_last => *high = *value,
                _ => {
                    groups.push((*value, *value));
                    group_of_last = group;
                }
            }
        }
        let spare = HUE.len() - groups.len().min(HUE.len());
        // Few groups take the darker shades, which stand out from the page.
        let classes = HUE
            .into_iter()
            .skip(spare.min(2))
            .zip(groups)
            .map(|(colour, (low, high))| (colour, low, high))
            .collect();
        Self { classes }
    }

    /// The shade of a value.
    pub(super) fn colour(&self, value: f64) -> &'static str {
        self.classes
            .iter()
            .find(|(_, _, high)| value <= *high)
            .or(self.classes.last())
            .map_or(HUE[2], |(colour, _, _)| colour)
    }

    /// Each shade with the least and the greatest value it stands for.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&'static str, f64, f64)> + '_ {
        self.classes.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: &[(f64, f64)]) {
        let shades = Shades::of(values.iter().copied());
        let found: Vec<(f64, f64)> = shades.classes().map(|(_, low, high)| (low, high)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn shades_hold_as_many_areas_each_and_equal_values_share_one() {
        check(
            &[10.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
            &[(1.0, 2.0), (3.0, 4.0), (5.0, 6.0), (7.0, 8.0), (9.0, 10.0)],
        );
        check(&[5.0; 7], &[(5.0, 5.0)]);
        check(&[], &[]);
        check(&[1.0, 1.0, 1.0, 1.0, 9.0], &[(1.0, 1.0), (9.0, 9.0)]);
    }

    #[test]
    fn no_two_shades_overlap_whatever_the_values() {
        let mut state = 7_u32;
        for size in 1..200_usize {
            let values: Vec<f64> = (0..size)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    f64::from(state >> 28) * 5.0
                })
                .collect();
            let shades = Shades::of(values.iter().copied());
            let classes: Vec<_> = shades.classes().collect();
            assert!(classes.len() <= 5);
            assert!(classes.windows(2).all(|w| w[0].2 < w[1].1), "{classes:?}");
            for value in values {
                assert!(classes.iter().any(|(c, low, high)| *low <= value
                    && value <= *high
                    && shades.colour(value) == *c));
            }
        }
    }
}
