//! Conditions that speak of two rows, or of a row and figures over its group.
//!
//! Whatever concerns one row alone is worked out while the file is read and carried in its entry; what is left
//! here are the operations that bring the two sides together.

use super::entry::{Entry, FREE_TEXT, NO_TEXT};
use crate::check::{
    expression::{
        functions,
        syntax::{Arithmetic, Comparison},
    },
    layout::NO_DAY,
};

/// Which of two rows a value is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Own,
    Other,
}

#[derive(Debug, Clone)]
pub(crate) enum MixedTruth {
    Constant(bool),
    Carried(Side, usize),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Days(Comparison, MixedDays, MixedDays),
    Numbers(Comparison, MixedNumber, MixedNumber),
    /// Both must be filled.
    SameText((Side, usize), (Side, usize)),
}

#[derive(Debug, Clone)]
pub(crate) enum MixedDays {
    Carried(Side, usize),
    Fixed(i32),
    /// A figure that is a date.
    Figure(usize),
    AddDays(Box<Self>, Box<MixedNumber>),
    AddMonths(Box<Self>, Box<MixedNumber>),
    FirstKnown(Box<Self>, Box<Self>),
    Earliest(Box<Self>, Box<Self>),
    Latest(Box<Self>, Box<Self>),
}

#[derive(Debug, Clone)]
pub(crate) enum MixedNumber {
    Carried(Side, usize),
    Fixed(f64),
    Figure(usize),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    DaysBetween(Box<MixedDays>, Box<MixedDays>),
    FirstKnown(Box<Self>, Box<Self>),
    Absolute(Box<Self>),
}

/// What a condition is asked of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) own: Option<Entry<'a>>,
    pub(crate) other: Option<Entry<'a>>,
    /// Figures over the group; a date stands as its days.
    pub(crate) figures: &'a [f64],
}

impl<'a> Asked<'a> {
    const fn side(&self, side: Side) -> Option<Entry<'a>> {
        match side {
            Side::Own => self.own,
            Side::Other => self.other,
        }
    }

    fn figure(&self, at: usize) -> f64 {
        self.figures.get(at).copied().unwrap_or(f64::NAN)
    }
}

impl MixedTruth {
    /// True, false, or unknown, with the logic of conditions on one row.
    pub(crate) fn ask(&self, of: &Asked<'_>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Carried(side, truth) => of.side(*side).and_then(|entry| entry.truth(*truth)),
            Self::Not(inner) => inner.ask(of).map(|value| !value),
            Self::And(left, right) => match left.ask(of) {
                Some(false) => Some(false),
                Some(true) => right.ask(of),
                None => right.ask(of).filter(|value| !value),
            },
            Self::Or(left, right) => match left.ask(of) {
                Some(true) => Some(true),
                Some(false) => right.ask(of),
                None => right.ask(of).filter(|value| *value),
            },
            Self::Days(how, left, right) => {
                let (left, right) = (left.of(of), right.of(of));
                (left != NO_DAY && right != NO_DAY).then(|| how.holds(&left, &right))
            }
            Self::Numbers(how, left, right) => {
                let (left, right) = (left.of(of), right.of(of));
                (!left.is_nan() && !right.is_nan()).then(|| how.holds(&left, &right))
            }
            Self::SameText(left, right) => {
                let word = |(side, value): (Side, usize)| {
                    of.side(side).map_or(NO_TEXT, |entry| entry.text(value))
                };
                let (left, right) = (word(*left), word(*right));
                (left != NO_TEXT && right != NO_TEXT).then_some(left == right)
            }
        }
    }

    /// Whether it is true, not false and not unknown.
    pub(crate) fn holds(&self, of: &Asked<'_>) -> bool {
        self.ask(of) == Some(true)
    }
}

impl MixedDays {
    fn of(&self, asked: &Asked<'_>) -> i32 {
        match self {
            Self::Carried(side, value) => asked.side(*side).map_or(NO_DAY, |e| e.days(*value)),
            Self::Fixed(day) => *day,
            Self::Figure(at) => as_day(asked.figure(*at)),
            Self::AddDays(date, count) => functions::add_days(date.of(asked), count.of(asked)),
            Self::AddMonths(date, count) => functions::add_months(date.of(asked), count.of(asked)),
            Self::FirstKnown(first, second) => match first.of(asked) {
                NO_DAY => second.of(asked),
                day => day,
            },
            Self::Earliest(left, right) => {
                functions::edge(left.of(asked), right.of(asked), i32::min)
            }
            Self::Latest(left, right) => functions::edge(left.of(asked), right.of(asked), i32::max),
        }
    }
}

impl MixedNumber {
    pub(crate) fn of(&self, asked: &Asked<'_>) -> f64 {
        match self {
            Self::Carried(side, value) => asked.side(*side).map_or(f64::NAN, |e| e.number(*value)),
            Self::Fixed(number) => *number,
            Self::Figure(at) => asked.figure(*at),
            Self::Arithmetic(how, left, right) => {
                let (left, right) = (left.of(asked), right.of(asked));
                match how {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide if right == 0.0 => f64::NAN,
                    Arithmetic::Divide => left / right,
                }
            }
            Self::DaysBetween(left, right) => {
                let (left, right) = (left.of(asked), right.of(asked));
                if left == NO_DAY || right == NO_DAY {
                    f64::NAN
                } else {
                    f64::from(left) - f64::from(right)
                }
            }
            Self::FirstKnown(first, second) => {
                let first = first.of(asked);
                if first.is_nan() {
                    second.of(asked)
                } else {
                    first
                }
            }
            Self::Absolute(of) => of.of(asked).abs(),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a figure that is a date was made from days of 32 bits"
)]
const fn as_day(figure: f64) -> i32 {
    if figure.is_nan() {
        NO_DAY
    } else {
        figure as i32
    }
}

/// The position in its code list of the value that a word stands for.
pub(crate) fn code_position(word: u32) -> Option<u16> {
    if word == NO_TEXT || word & FREE_TEXT != 0 {
        return None;
    }
    u16::try_from(word - 1).ok()
}
