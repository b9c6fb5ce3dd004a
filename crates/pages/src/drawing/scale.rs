//! From a value to a place: a scale that holds zero, with round steps.

/// A scale from values to places along an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    step: f64,
}

impl Scale {
    /// A scale that holds zero and all the values, from one end of the axis to the other, with about
    /// `steps` steps. Where no value is given it runs from zero to one.
    pub(crate) fn around(
        values: impl Iterator<Item = f64>,
        from: f64,
        to: f64,
        steps: f64,
    ) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values.filter(|v| v.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if high - low <= 0.0 {
            high = 1.0;
        }
        let step = round_step((high - low) / steps);
        Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            from,
            to,
            step,
        }
    }

    /// Where a value stands; what is beyond the scale stands at its end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// The values that get a line and a number.
    pub(crate) fn ticks(&self) -> Vec<f64> {
        let mut ticks = Vec::new();
        let mut count = 0.0;
        loop {
            let tick = self.low + count * self.step;
            if tick > self.high + self.step / 2.0 {
                return ticks;
            }
            ticks.push(if tick.abs() < self.step / 1e6 {
                0.0
            } else {
                tick
            });
            count += 1.0;
        }
    }

    /// How many places after the point the ticks need.
    pub(crate) fn decimals(&self) -> usize {
        if self.step >= 1.0 {
            0
        } else if self.step >= 0.1 {
            1
        } else {
            2
        }
    }
}

/// The nearest step above of the form 1, 2 or 5 with noughts.
fn round_step(step: f64) -> f64 {
    let power = 10.0_f64.powf(step.log10().floor());
    let lead = step / power;
    let round = if lead <= 1.0 {
        1.0
    } else if lead <= 2.0 {
        2.0
    } else if lead <= 5.0 {
        5.0
    } else {
        10.0
    };
    round * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], expected: &[f64]) {
        let scale = Scale::around(values.iter().copied(), 0.0, 100.0, 5.0);
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), expected.len(), "{ticks:?}");
        for (tick, expected) in ticks.iter().zip(expected) {
            assert!((tick - expected).abs() < 1e-9, "{ticks:?}");
        }
    }

    #[test]
    fn steps_are_round_and_hold_zero() {
        check(&[95.0, 12.0], &[0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        check(&[3.0], &[0.0, 1.0, 2.0, 3.0]);
        check(&[-40.0, 60.0], &[-40.0, -20.0, 0.0, 20.0, 40.0, 60.0]);
        check(&[], &[0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    }

    #[test]
    fn zero_stands_at_the_start_where_nothing_is_negative() {
        let scale = Scale::around([50.0].into_iter(), 10.0, 110.0, 5.0);
        assert!((scale.place(0.0) - 10.0).abs() < 1e-9);
        assert!((scale.place(50.0) - 110.0).abs() < 1e-9);
    }
}
