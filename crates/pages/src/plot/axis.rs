//! A measured axis: equal steps, or equal factors where figures differ by powers of ten.

use super::FACE;
use crate::{
    drawing::{Anchor, SOFT_INK, Text, words},
    format,
};
use maud::{Markup, html};

/// What the figures of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// A number as it stands.
    Number,
    /// A share from 0 to 1, written as a percentage.
    Share,
}

/// How an axis is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Steps {
    /// Equal steps from zero on.
    FromZero,
    /// Equal steps over the values that occur.
    Free,
    /// Equal steps from 0 to 1, whatever occurs.
    Whole,
    /// Each line ten times the one before; what is not above zero stands at its end.
    Tenfold,
}

/// From a value to a place, with the values that get a line and a number.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    tenfold: bool,
    pub(crate) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis that holds the values, from one end to the other, with about `count` steps.
    pub(crate) fn new(
        values: impl Iterator<Item = f64>,
        (from, to): (f64, f64),
        count: f64,
        unit: Unit,
        steps: Steps,
    ) -> Self {
        let values = values.filter(|v| is_figure(*v));
        match steps {
            Steps::Tenfold => Self::tenfold(values, (from, to), count, unit),
            Steps::Whole => Self::equal((0.0, 1.0), (from, to), count, unit),
            Steps::FromZero => {
                let range = values.fold((0.0_f64, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
                Self::equal(range, (from, to), count, unit)
            }
            Steps::Free => {
                let nothing = (f64::INFINITY, f64::NEG_INFINITY);
                let range = values.fold(nothing, |(a, b), v| (a.min(v), b.max(v)));
                let range = if range.0 <= range.1 {
                    range
                } else {
                    (0.0, 1.0)
                };
                // One share alone stands in a stretch around it that no share can leave.
                let alone = unit == Unit::Share && range.0 >= range.1 && range.1 <= 1.0;
                let range = if alone {
                    ((range.0 - 0.1).max(0.0), (range.1 + 0.1).min(1.0))
                } else {
                    range
                };
                Self::equal(range, (from, to), count, unit)
            }
        }
    }

    fn equal((low, high): (f64, f64), (from, to): (f64, f64), count: f64, unit: Unit) -> Self {
        let high = if high - low <= 0.0 { low + 1.0 } else { high };
        let step = round_step((high - low) / count);
        let (low, high) = ((low / step).floor() * step, (high / step).ceil() * step);
        let mut ticks = Vec::new();
        let mut at = 0.0;
        // A scale of extreme figures could have steps that its own precision cannot tell apart.
        while low + at * step <= high + step / 2.0 && at < 50.0 {
            let tick = low + at * step;
            let tick = if tick.abs() < step / 1e6 { 0.0 } else { tick };
            ticks.push((tick, words_of(tick, step, unit)));
            at += 1.0;
        }
        Self {
            low,
            high,
            from,
            to,
            tenfold: false,
            ticks,
        }
    }

    fn tenfold(
        values: impl Iterator<Item = f64>,
        (from, to): (f64, f64),
        count: f64,
        unit: Unit,
    ) -> Self {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        let range = values
            .filter(|v| *v > 0.0)
            .fold(nothing, |(a, b), v| (a.min(v), b.max(v)));
        let range = if range.0 <= range.1 {
            range
        } else {
            (0.1, 1.0)
        };
        let low = range.0.log10().floor().max(-12.0);
        let high = range.1.log10().ceil().min(18.0).max(low + 1.0);
        let every = ((high - low) / count).ceil().max(1.0);
        let mut ticks = Vec::new();
        let mut at = high;
        while at >= low - 1e-9 {
            let tick = 10.0_f64.powf(at);
            ticks.push((tick, words_of(tick, tick, unit)));
            at -= every;
        }
        ticks.reverse();
        Self {
            low,
            high,
            from,
            to,
            tenfold: true,
            ticks,
        }
    }

    /// Where a value stands; what is beyond the axis stands at its end.
    pub(crate) fn place(&self, value: f64) -> f64 {
        let value = match (self.tenfold, value > 0.0) {
            (true, true) => value.log10(),
            (true, false) => self.low,
            _ => value,
        };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + if share.is_nan() { 0.0 } else { share } * (self.to - self.from)
    }

    /// How wide the widest number is.
    pub(crate) fn widest(&self) -> f64 {
        let widths = self.ticks.iter().map(|(_, w)| words::width(w, FACE));
        widths.fold(0.0, f64::max)
    }

    /// The numbers below a drawing, left out where two would touch or one would reach beyond `most`.
    pub(crate) fn numbers(&self, y: f64, most: f64) -> Markup {
        let mut last_end = f64::NEG_INFINITY;
        let mut texts = Vec::new();
        for (tick, words) in &self.ticks {
            let wide = words::width(words, FACE);
            let place = self.place(*tick);
            let x = place.clamp(wide / 2.0, (most - wide / 2.0).max(wide / 2.0));
            // A number pushed aside by the edge would stand at the wrong line.
            let moved = (x - place).abs() > wide / 2.0 + 0.5;
            if x - wide / 2.0 > last_end + 8.0 && !moved {
                last_end = x + wide / 2.0;
                let text = Text {
                    x,
                    y,
                    words,
                    face: FACE,
                    anchor: Anchor::Middle,
                    colour: SOFT_INK,
                };
                texts.push(text.draw());
            }
        }
        html! { @for text in &texts { (text) } }
    }
}

/// Whether a number can be drawn and written: neither none nor beyond all measure.
pub(crate) fn is_figure(value: f64) -> bool {
    value.abs() < 1e15
}

/// A tick in words; `step` says how many places after the point it needs.
fn words_of(tick: f64, step: f64, unit: Unit) -> String {
    let (value, step, sign) = match unit {
        Unit::Number => (tick, step, ""),
        Unit::Share => (tick * 100.0, step * 100.0, "%"),
    };
    let decimals = (0..9)
        .zip(std::iter::successors(Some(1.0), |power| Some(power / 10.0)))
        .find(|(_, power)| step >= power - power * 1e-6)
        .map_or(9, |(decimals, _)| decimals);
    format!("{}{sign}", format::number(value, decimals))
}

/// The nearest step above of the form 1, 2 or 5 with noughts.
fn round_step(step: f64) -> f64 {
    let power = 10.0_f64.powf(step.log10().floor());
    let lead = step / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|r| lead <= *r + 1e-9);
    round.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[f64], unit: Unit, steps: Steps, expected: &[&str]) {
        let axis = Axis::new(values.iter().copied(), (0.0, 100.0), 5.0, unit, steps);
        let words: Vec<&str> = axis.ticks.iter().map(|(_, w)| w.as_str()).collect();
        assert_eq!(words, expected);
        for value in values {
            assert!((0.0..=100.0).contains(&axis.place(*value)));
        }
    }

    #[test]
    fn numbers_of_an_axis_are_round() {
        let (number, share) = (Unit::Number, Unit::Share);
        check(
            &[-19.9, 31.0],
            number,
            Steps::FromZero,
            &["-20", "0", "20", "40"],
        );
        check(
            &[0.95, 0.999],
            share,
            Steps::Free,
            &["95%", "96%", "97%", "98%", "99%", "100%"],
        );
        check(
            &[1.0],
            share,
            Steps::Free,
            &["90%", "92%", "94%", "96%", "98%", "100%"],
        );
        check(
            &[0.2],
            share,
            Steps::Whole,
            &["0%", "20%", "40%", "60%", "80%", "100%"],
        );
        check(
            &[1e-5, 0.93],
            share,
            Steps::Tenfold,
            &["0.001%", "0.01%", "0.1%", "1%", "10%", "100%"],
        );
        check(
            &[30.0, 4_000_000.0],
            number,
            Steps::Tenfold,
            &["10", "1,000", "100,000", "10,000,000"],
        );
        check(
            &[],
            number,
            Steps::Free,
            &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"],
        );
    }

    #[test]
    fn a_tenth_takes_as_much_room_as_a_tenth_of_that() {
        let values = [0.01, 1.0];
        let axis = Axis::new(
            values.into_iter(),
            (0.0, 100.0),
            5.0,
            Unit::Share,
            Steps::Tenfold,
        );
        assert!((axis.place(0.1) - 50.0).abs() < 1e-9);
        assert!(axis.place(0.0).abs() < 1e-9);
        assert!(axis.place(f64::NAN).abs() < 1e-9);
    }
}
