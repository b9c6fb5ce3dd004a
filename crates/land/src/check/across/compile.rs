//! From the expressions of a rule across rows to what is carried and what is asked of rows together.

use super::{
    Carried, Figure, FigureKind, From, KeyPart,
    build::Builder,
    mixed::{MixedDays, MixedNumber, MixedTruth, Side},
};
use crate::check::{
    codes::Standing,
    columns::Reading,
    expression::{
        Mistake,
        compile::{Compiler, Needs, Scope, Typed},
        syntax::{Expression, ExpressionKind},
    },
    layout,
};

/// What stands before the name of a column of the other row.
const OTHER: &str = "other.";
/// What stands before a figure of the last submission.
const LAST: &str = "last.";

/// A figure that conditions may name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) is_date: bool,
}

/// Turns expressions into conditions on several rows.
pub(crate) struct Mixer<'m, 'a> {
    pub(crate) compiler: &'m mut Compiler<'a>,
    pub(crate) builder: &'m mut Builder,
    pub(crate) readings: &'m [Reading],
    /// The figures over the group, in their order.
    pub(crate) figures: &'m [Named],
    /// Whether a condition may speak of the row itself.
    pub(crate) own: bool,
    /// Whether it may speak of another row.
    pub(crate) other: bool,
    pub(crate) cell: Option<usize>,
    pub(crate) needs: Needs,
}

enum Mixed {
    Truth(MixedTruth),
    Days(MixedDays),
    Number(MixedNumber),
    Text(Side, usize),
}

impl Mixed {
    const fn words(&self) -> &'static str {
        match self {
            Self::Truth(_) => "a condition",
            Self::Days(_) => "a date",
            Self::Number(_) => "a number",
            Self::Text(..) => "a text",
        }
    }
}

/// What an expression speaks of.
#[derive(Debug, Clone, Copy, Default)]
struct Touches {
    own: bool,
    other: bool,
    figure: bool,
}

impl Mixer<'_, '_> {
    /// A condition on rows together.
    pub(crate) fn truth(&mut self, of: &Expression) -> Result<MixedTruth, Mistake> {
        match self.mixed(of)? {
            Mixed::Truth(truth) => Ok(truth),
            found => Err(needed(of, "something true or false", &found)),
        }
    }

    /// A number for each group.
    pub(crate) fn number(&mut self, of: &Expression) -> Result<MixedNumber, Mistake> {
        match self.mixed(of)? {
            Mixed::Number(number) => Ok(number),
            found => Err(needed(of, "a number", &found)),
        }
    }

    fn days(&mut self, of: &Expression) -> Result<MixedDays, Mistake> {
        match self.mixed(of)? {
            Mixed::Days(days) => Ok(days),
            found => Err(needed(of, "a date", &found)),
        }
    }

    /// A part of a key.
    pub(crate) fn key_part(&mut self, of: &Expression) -> Result<KeyPart, Mistake> {
        let typed = self.one_row(of)?;
        match self.carried(typed) {
            Some(carried) => Ok(KeyPart::Value(carried)),
            None => Err(Mistake::new(
                of.at.clone(),
                "a condition is no key: name a column, a date, a number or a text",
            )),
        }
    }

    /// A figure over the rows of a group, and whether it is a date.
    pub(crate) fn figure(&mut self, of: &Expression) -> Result<(Figure, bool), Mistake> {
        let usage = || {
            Mistake::new(
                of.at.clone(),
                "a figure over a group is written count(condition), distinct(column), earliest(date), \
                 latest(date), sum(number) or mean(number); `last.` before it means the last submission",
            )
        };
        let ExpressionKind::Call {
            name, arguments, ..
        } = &of.kind
        else {
            return Err(usage());
        };
        let (from, name) = match name.strip_prefix(LAST) {
            Some(name) => (From::Last, name),
            None => (From::This, name.as_str()),
        };
        self.needs.last |= from == From::Last;
        let [argument] = arguments.as_slice() else {
            return Err(usage());
        };
        let typed = self.one_row(argument)?;
        let wrong = |wanted: &str| {
            Mistake::new(
                argument.at.clone(),
                format!("`{name}` is taken of {wanted}"),
            )
        };
        let (kind, is_date) = match (name, typed) {
            ("count", Typed::Truth(truth)) => (FigureKind::Count(self.builder.truth(truth)), false),
            ("count", _) => return Err(wrong("a condition")),
            ("distinct", Typed::Truth(_)) => return Err(wrong("a column or a value")),
            ("distinct", typed) => {
                let value = self.value(typed).ok_or_else(usage)?;
                (FigureKind::Distinct(value), false)
            }
            ("earliest" | "latest", typed @ Typed::Days(_)) => {
                let value = self.value(typed).ok_or_else(usage)?;
                let kind = if name == "earliest" {
                    FigureKind::Earliest(value)
                } else {
                    FigureKind::Latest(value)
                };
                (kind, true)
            }
            ("earliest" | "latest", _) => return Err(wrong("a date")),
            ("sum" | "mean", typed @ Typed::Number(_)) => {
                let value = self.value(typed).ok_or_else(usage)?;
                let kind = if name == "sum" {
                    FigureKind::Sum(value)
                } else {
                    FigureKind::Mean(value)
                };
                (kind, false)
            }
            ("sum" | "mean", _) => return Err(wrong("a number")),
            _ => return Err(usage()),
        };
        Ok((Figure { from, of: kind }, is_date))
    }

    /// An expression on one row, worked out while the file is read.
    pub(crate) fn one_row(&mut self, of: &Expression) -> Result<Typed, Mistake> {
        let scope = Scope {
            cell: self.cell,
            counted: &[],
        };
        let (typed, needs) = self.compiler.typed(of, scope)?;
        self.needs = self.needs.and(needs);
        Ok(typed)
    }

    /// The position of a value that entries carry; `None` for a condition.
    pub(crate) fn value(&mut self, typed: Typed) -> Option<usize> {
        let carried = self.carried(typed)?;
        Some(self.builder.value(carried))
    }

    fn carried(&self, typed: Typed) -> Option<Carried> {
        Some(match typed {
            Typed::Truth(_) => return None,
            Typed::Days(days) => Carried::Days(days),
            Typed::Number(number) => Carried::Number(number),
            Typed::Text(text) => Carried::Text(text),
            Typed::Code(field) => self.code(field),
        })
    }

    /// A code; a value of an earlier release counts as what took its place.
    fn code(&self, field: usize) -> Carried {
        let mut counts_as = vec![0];
        if let Some(Reading::Code(spellings)) = self.readings.get(field) {
            let entries = spellings.book().entries().iter();
            counts_as.extend((1..).zip(entries).map(|(id, entry)| match entry.standing {
                Standing::Earlier {
                    equivalent: Some(now),
                    ..
                } => u32::from(now) + 1,
                _ => id,
            }));
        }
        Carried::Code { field, counts_as }
    }

    fn mixed(&mut self, of: &Expression) -> Result<Mixed, Mistake> {
        let touches = self.touches(of);
        if touches.other && !self.other {
            return Err(Mistake::new(
                of.at.clone(),
                "`other.` has a meaning only in rules of the kind `pair`",
            ));
        }
        if touches.own && !self.own {
            return Err(Mistake::new(
                of.at.clone(),
                "this condition is asked of whole groups: name the figures under `counts`",
            ));
        }
        match (touches.own, touches.other, touches.figure) {
            (_, false, false) => self.of_one_side(of, Side::Own),
            (false, true, false) => self.of_one_side(&without_other(of), Side::Other),
            _ => self.together(of),
        }
    }

    fn of_one_side(&mut self, of: &Expression, side: Side) -> Result<Mixed, Mistake> {
        match &of.kind {
            ExpressionKind::Truth(value) => return Ok(Mixed::Truth(MixedTruth::Constant(*value))),
            ExpressionKind::Number(number) => {
                return Ok(Mixed::Number(MixedNumber::Fixed(*number)));
            }
            ExpressionKind::Date(date) => {
                return Ok(Mixed::Days(MixedDays::Fixed(layout::days(*date))));
            }
            _ => {}
        }
        let typed = self.one_row(of)?;
        if let Typed::Truth(truth) = typed {
            let at = self.builder.truth(truth);
            return Ok(Mixed::Truth(MixedTruth::Carried(side, at)));
        }
        let Some(carried) = self.carried(typed) else {
            return Err(Mistake::new(of.at.clone(), "this cannot be compared"));
        };
        let is = carried.clone();
        let at = self.builder.value(carried);
        Ok(match is {
            Carried::Days(_) => Mixed::Days(MixedDays::Carried(side, at)),
            Carried::Number(_) => Mixed::Number(MixedNumber::Carried(side, at)),
            Carried::Text(_) | Carried::Code { .. } => Mixed::Text(side, at),
        })
    }

    fn together(&mut self, of: &Expression) -> Result<Mixed, Mistake> {
        Ok(match &of.kind {
            ExpressionKind::Name(name) => {
                let at = self.figures.iter().position(|figure| figure.name == *name);
                let at = at.unwrap_or_default();
                if self.figures.get(at).is_some_and(|figure| figure.is_date) {
                    Mixed::Days(MixedDays::Figure(at))
                } else {
                    Mixed::Number(MixedNumber::Figure(at))
                }
            }
            ExpressionKind::Not(inner) => {
                Mixed::Truth(MixedTruth::Not(Box::new(self.truth(inner)?)))
            }
            ExpressionKind::And(left, right) => Mixed::Truth(MixedTruth::And(
                Box::new(self.truth(left)?),
                Box::new(self.truth(right)?),
            )),
            ExpressionKind::Or(left, right) => Mixed::Truth(MixedTruth::Or(
                Box::new(self.truth(left)?),
                Box::new(self.truth(right)?),
            )),
            ExpressionKind::Compare { how, left, right } => {
                let at = left.at.start..right.at.end;
                Mixed::Truth(match (self.mixed(left)?, self.mixed(right)?) {
                    (Mixed::Days(left), Mixed::Days(right)) => MixedTruth::Days(*how, left, right),
                    (Mixed::Number(left), Mixed::Number(right)) => {
                        MixedTruth::Numbers(*how, left, right)
                    }
                    (Mixed::Text(a, left), Mixed::Text(b, right)) if how.is_sameness() => {
                        let same = MixedTruth::SameText((a, left), (b, right));
                        if *how == crate::check::expression::syntax::Comparison::Equal {
                            same
                        } else {
                            MixedTruth::Not(Box::new(same))
                        }
                    }
                    (left, right) => {
                        let says = format!(
                            "{} cannot be compared with {} so",
                            left.words(),
                            right.words()
                        );
                        return Err(Mistake::new(at, says));
                    }
                })
            }
            ExpressionKind::Arithmetic { how, left, right } => {
                use crate::check::expression::syntax::Arithmetic;
                match (self.mixed(left)?, *how, self.mixed(right)?) {
                    (Mixed::Number(left), how, Mixed::Number(right)) => Mixed::Number(
                        MixedNumber::Arithmetic(how, Box::new(left), Box::new(right)),
                    ),
                    (Mixed::Days(left), Arithmetic::Subtract, Mixed::Days(right)) => {
                        Mixed::Number(MixedNumber::DaysBetween(Box::new(left), Box::new(right)))
                    }
                    (Mixed::Days(date), Arithmetic::Add, Mixed::Number(days)) => {
                        Mixed::Days(MixedDays::AddDays(Box::new(date), Box::new(days)))
                    }
                    (Mixed::Days(date), Arithmetic::Subtract, Mixed::Number(days)) => {
                        let back = MixedNumber::Arithmetic(
                            Arithmetic::Subtract,
                            Box::new(MixedNumber::Fixed(0.0)),
                            Box::new(days),
                        );
                        Mixed::Days(MixedDays::AddDays(Box::new(date), Box::new(back)))
                    }
                    (left, _, right) => {
                        let says = format!(
                            "{} and {} cannot be put together so",
                            left.words(),
                            right.words()
                        );
                        return Err(Mistake::new(of.at.clone(), says));
                    }
                }
            }
            ExpressionKind::Call {
                name, arguments, ..
            } => self.call(of, name, arguments)?,
            ExpressionKind::Negative(_)
            | ExpressionKind::In { .. }
            | ExpressionKind::Truth(_)
            | ExpressionKind::Text(_)
            | ExpressionKind::Number(_)
            | ExpressionKind::Date(_) => {
                return Err(Mistake::new(
                    of.at.clone(),
                    "this cannot be asked of two rows together: use comparisons with and, or, not",
                ));
            }
        })
    }

    /// The functions that may bring rows together.
    fn call(
        &mut self,
        of: &Expression,
        name: &str,
        arguments: &[Expression],
    ) -> Result<Mixed, Mistake> {
        Ok(match (name, arguments) {
            ("earliest", [left, right]) => Mixed::Days(MixedDays::Earliest(
                Box::new(self.days(left)?),
                Box::new(self.days(right)?),
            )),
            ("latest", [left, right]) => Mixed::Days(MixedDays::Latest(
                Box::new(self.days(left)?),
                Box::new(self.days(right)?),
            )),
            ("add_months" | "add_years", [date, count]) => {
                let date = Box::new(self.days(date)?);
                let count = self.number(count)?;
                let months = if name == "add_years" {
                    MixedNumber::Arithmetic(
                        crate::check::expression::syntax::Arithmetic::Multiply,
                        Box::new(count),
                        Box::new(MixedNumber::Fixed(12.0)),
                    )
                } else {
                    count
                };
                Mixed::Days(MixedDays::AddMonths(date, Box::new(months)))
            }
            ("absolute", [number]) => {
                Mixed::Number(MixedNumber::Absolute(Box::new(self.number(number)?)))
            }
            ("first_known", [first, second]) => match (self.mixed(first)?, self.mixed(second)?) {
                (Mixed::Days(first), Mixed::Days(second)) => {
                    Mixed::Days(MixedDays::FirstKnown(Box::new(first), Box::new(second)))
                }
                (Mixed::Number(first), Mixed::Number(second)) => {
                    Mixed::Number(MixedNumber::FirstKnown(Box::new(first), Box::new(second)))
                }
                (first, _) => return Err(needed(of, "two dates or two numbers", &first)),
            },
            _ => {
                return Err(Mistake::new(
                    of.at.clone(),
                    format!("`{name}` is asked of one row, not of two together"),
                )
                .hinting(Some(
                    "rows are brought together by comparisons, earliest, latest, add_months, add_years, \
                     first_known and absolute"
                        .to_owned(),
                )));
            }
        })
    }

    fn touches(&self, of: &Expression) -> Touches {
        let mut touches = Touches::default();
        each_name(of, &mut |name| {
            if name.starts_with(OTHER) {
                touches.other = true;
            } else if self.figures.iter().any(|figure| figure.name == name) {
                touches.figure = true;
            } else {
                touches.own = true;
            }
        });
        touches
    }
}

fn needed(of: &Expression, wanted: &str, found: &Mixed) -> Mistake {
    Mistake::new(
        of.at.clone(),
        format!("this is {}, where {wanted} is needed", found.words()),
    )
}

fn each_name(of: &Expression, see: &mut dyn FnMut(&str)) {
    match &of.kind {
        ExpressionKind::Name(name) => see(name),
        ExpressionKind::Call { arguments, .. } => {
            for argument in arguments {
                each_name(argument, see);
            }
        }
        ExpressionKind::Not(inner) | ExpressionKind::Negative(inner) => each_name(inner, see),
        ExpressionKind::And(left, right)
        | ExpressionKind::Or(left, right)
        | ExpressionKind::Compare { left, right, .. }
        | ExpressionKind::Arithmetic { left, right, .. } => {
            each_name(left, see);
            each_name(right, see);
        }
        ExpressionKind::In { of, values } => {
            each_name(of, see);
            for value in values {
                each_name(value, see);
            }
        }
        ExpressionKind::Truth(_)
        | ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Date(_) => {}
    }
}

/// The expression as the other row itself would say it.
pub(crate) fn without_other(of: &Expression) -> Expression {
    let inner = |of: &Expression| Box::new(without_other(of));
    let kind = match &of.kind {
        ExpressionKind::Name(name) => {
            ExpressionKind::Name(name.strip_prefix(OTHER).unwrap_or(name).to_owned())
        }
        ExpressionKind::Call {
            name,
            name_at,
            arguments,
        } => ExpressionKind::Call {
            name: name.clone(),
            name_at: name_at.clone(),
            arguments: arguments.iter().map(without_other).collect(),
        },
        ExpressionKind::Not(of) => ExpressionKind::Not(inner(of)),
        ExpressionKind::Negative(of) => ExpressionKind::Negative(inner(of)),
        ExpressionKind::And(left, right) => ExpressionKind::And(inner(left), inner(right)),
        ExpressionKind::Or(left, right) => ExpressionKind::Or(inner(left), inner(right)),
        ExpressionKind::Compare { how, left, right } => ExpressionKind::Compare {
            how: *how,
            left: inner(left),
            right: inner(right),
        },
        ExpressionKind::Arithmetic { how, left, right } => ExpressionKind::Arithmetic {
            how: *how,
            left: inner(left),
            right: inner(right),
        },
        ExpressionKind::In { of, values } => ExpressionKind::In {
            of: inner(of),
            values: values.iter().map(without_other).collect(),
        },
        literal @ (ExpressionKind::Truth(_)
        | ExpressionKind::Text(_)
        | ExpressionKind::Number(_)
        | ExpressionKind::Date(_)) => literal.clone(),
    };
    Expression {
        kind,
        at: of.at.clone(),
    }
}
