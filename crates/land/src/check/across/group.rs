//! Figures over the rows of one group, taken in row by row.

use super::{
    Carried, Figure, FigureKind, From, GroupRule, Plan,
    entry::{Entry, NO_TEXT},
    sorted::NAMED,
};
use crate::check::layout::NO_DAY;
use std::collections::HashSet;

/// Different values of a group are counted up to so many.
const DIFFERENT: usize = 100_000;

/// What is known of a group so far.
pub(crate) struct GroupState {
    figures: Vec<Running>,
    /// Rows of this submission.
    rows: u64,
    pub(crate) first: Option<(u64, u64)>,
    beside: [u64; NAMED],
    /// The word of the code that names the group.
    pub(crate) label: u32,
}

enum Running {
    Count(u64),
    Distinct {
        first: Option<u64>,
        more: HashSet<u64>,
    },
    Day(i32),
    Sum {
        sum: f64,
        values: u64,
    },
    Mean {
        sum: f64,
        values: u64,
    },
}

impl GroupState {
    pub(crate) fn new(rule: &GroupRule) -> Self {
        Self {
            figures: rule
                .figures
                .iter()
                .map(|figure| match figure.of {
                    FigureKind::Count(_) => Running::Count(0),
                    FigureKind::Distinct(_) => Running::Distinct {
                        first: None,
                        more: HashSet::new(),
                    },
                    FigureKind::Earliest(_) | FigureKind::Latest(_) => Running::Day(NO_DAY),
                    FigureKind::Sum(_) => Running::Sum {
                        sum: 0.0,
                        values: 0,
                    },
                    FigureKind::Mean(_) => Running::Mean {
                        sum: 0.0,
                        values: 0,
                    },
                })
                .collect(),
            rows: 0,
            first: None,
            beside: [0; NAMED],
            label: NO_TEXT,
        }
    }

    /// Takes in a row that takes part.
    pub(crate) fn add(
        &mut self,
        plan: &Plan,
        rule: &GroupRule,
        entry: Entry<'_>,
        label: Option<usize>,
    ) {
        if let Some(value) = label {
            self.label = entry.text(value);
        }
        if !entry.is_of_last() {
            if self.first.is_none() {
                self.first = Some((entry.row(), entry.line()));
            } else if let Some(place) = self.beside.iter_mut().find(|row| **row == 0) {
                *place = entry.row();
            }
            self.rows += 1;
        }
        for (figure, running) in rule.figures.iter().zip(&mut self.figures) {
            let is_meant = match figure.from {
                From::This => !entry.is_of_last(),
                From::Last => entry.is_of_last(),
            };
            if is_meant {
                running.add(plan, figure, entry);
            }
        }
    }

    /// Rows of this submission, and the first ones beside the first.
    pub(crate) const fn rows(&self) -> (u64, [u64; NAMED]) {
        (self.rows, self.beside)
    }

    /// The figures in the order of the rule; what cannot be told is not a number.
    pub(crate) fn figures(&self) -> Vec<f64> {
        self.figures.iter().map(Running::value).collect()
    }
}

impl Running {
    fn add(&mut self, plan: &Plan, figure: &Figure, entry: Entry<'_>) {
        match (self, figure.of) {
            (Self::Count(count), FigureKind::Count(truth)) => {
                *count += u64::from(entry.truth(truth) == Some(true));
            }
            (Self::Distinct { first, more }, FigureKind::Distinct(value)) => {
                let Some(key) = comparable(plan, entry, value) else {
                    return;
                };
                // Most groups have one value, and need no set.
                if *first.get_or_insert(key) != key && more.len() < DIFFERENT {
                    more.insert(key);
                }
            }
            (Self::Day(day), FigureKind::Earliest(value)) => {
                *day = known_edge(*day, entry.days(value), i32::min);
            }
            (Self::Day(day), FigureKind::Latest(value)) => {
                *day = known_edge(*day, entry.days(value), i32::max);
            }
            (
                Self::Sum { sum, values } | Self::Mean { sum, values },
                FigureKind::Sum(value) | FigureKind::Mean(value),
            ) => {
                let number = entry.number(value);
                if !number.is_nan() {
                    *sum += number;
                    *values += 1;
                }
            }
            // INVARIANT: `new` makes a running figure of the kind that the rule states.
            _ => {}
        }
    }

    fn value(&self) -> f64 {
        match self {
            Self::Count(count) => as_number(*count),
            Self::Distinct { first, more } => {
                as_number(u64::from(first.is_some()) + more.len() as u64)
            }
            Self::Day(NO_DAY) | Self::Mean { values: 0, .. } => f64::NAN,
            Self::Day(day) => f64::from(*day),
            Self::Sum { sum, .. } => *sum,
            Self::Mean { sum, values } => sum / as_number(*values),
        }
    }
}

/// A value as bits that are equal where the values are; `None` where it is blank.
fn comparable(plan: &Plan, entry: Entry<'_>, value: usize) -> Option<u64> {
    match plan.values.get(value)? {
        Carried::Days(_) => {
            let day = entry.days(value);
            (day != NO_DAY).then(|| u64::from(day.cast_unsigned()))
        }
        Carried::Number(_) => {
            let number = entry.number(value);
            (!number.is_nan()).then(|| number.to_bits())
        }
        Carried::Text(_) | Carried::Code { .. } => {
            let text = entry.text(value);
            (text != NO_TEXT).then(|| u64::from(text))
        }
    }
}

fn known_edge(known: i32, day: i32, choose: fn(i32, i32) -> i32) -> i32 {
    match (known, day) {
        (known, NO_DAY) => known,
        (NO_DAY, day) => day,
        (known, day) => choose(known, day),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "exact up to nine thousand million million rows"
)]
pub(crate) const fn as_number(n: u64) -> f64 {
    n as f64
}
