//! Spans of days, as a search asks for them: a day, a month or year, from a day on, up to a day.

use super::patient::date;
use crate::trace::Day;

/// Two whole days, both included.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Day,
    pub(super) to: Day,
}

impl Span {
    /// From one or two values with `eq` (or nothing), `ge` or `le` before the date; the error says what must be.
    pub(super) fn read(values: &[&str]) -> Result<Self, &'static str> {
        match values {
            [one] => {
                let (prefix, span) = Self::one(one)?;
                Ok(match prefix {
                    Prefix::Equal => span,
                    Prefix::From => Self { to: LAST, ..span }.checked()?,
                    Prefix::To => Self {
                        from: FIRST,
                        ..span
                    },
                })
            }
            [one, other] => match (Self::one(one)?, Self::one(other)?) {
                ((Prefix::From, from), (Prefix::To, to))
                | ((Prefix::To, to), (Prefix::From, from)) => Self {
                    from: from.from,
                    to: to.to,
                }
                .checked(),
                _ => Err("must be one date, or one with ge and one with le"),
            },
            _ => Err("must be given once or twice"),
        }
    }

    fn one(text: &str) -> Result<(Prefix, Self), &'static str> {
        let prefixes = [
            ("eq", Prefix::Equal),
            ("ge", Prefix::From),
            ("le", Prefix::To),
        ];
        let (prefix, rest) = prefixes
            .into_iter()
            .find_map(|(name, prefix)| Some((prefix, text.strip_prefix(name)?)))
            .unwrap_or((Prefix::Equal, text));
        let span = date(rest).map(Self::of);
        span.map(|span| (prefix, span)).ok_or(
            "must be a date that exists (YYYY-MM-DD, YYYY-MM or YYYY) after eq, ge, le or nothing",
        )
    }

    /// All days of a day, month or year.
    pub(super) fn of(day: Day) -> Self {
        let (year, month) = (day.year(), day.month());
        if day.is_whole() {
            return Self { from: day, to: day };
        }
        let (first, last) = if month == 0 { (1, 12) } else { (month, month) };
        let to = (28..=31).rev().find_map(|d| Day::new(year, last, d));
        Self {
            from: Day::new(year, first, 1).unwrap_or_default(),
            to: to.unwrap_or_default(),
        }
    }

    fn checked(self) -> Result<Self, &'static str> {
        let holds = self.from <= self.to;
        holds.then_some(self).ok_or("must not end before it begins")
    }

    /// Whether all that a date can be lies within.
    pub(super) fn holds(self, day: Day) -> bool {
        let held = Self::of(day);
        !day.is_none() && self.from <= held.from && held.to <= self.to
    }

    /// The day, where it is only one.
    pub(super) fn day(self) -> Option<Day> {
        (self.from == self.to).then_some(self.from)
    }
}

#[derive(Clone, Copy)]
enum Prefix {
    Equal,
    From,
    To,
}

const FIRST: Day = Day::NONE;
const LAST: Day = Day::LAST;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_what_lies_within_them() {
        for (values, inside, outside) in [
            (
                &["eq1950-02-10"][..],
                &["1950-02-10"][..],
                &["1950-02-11", "1950-02", "1950"][..],
            ),
            (
                &["1950-02"],
                &["1950-02-01", "1950-02-28", "1950-02"],
                &["1950-01-31", "1950-03-01", "1950"],
            ),
            (
                &["1952"],
                &["1952-01-01", "1952-12-31", "1952-02", "1952"],
                &["1951-12-31", "1953-01-01"],
            ),
            (
                &["ge1950-02"],
                &["1950-02-01", "2020-01-01", "1950-03"],
                &["1950-01-31", "1950"],
            ),
            (
                &["le1950-02"],
                &["1950-02-28", "1890-01-01", "1949"],
                &["1950-03-01", "1950"],
            ),
            (
                &["ge1950-01-01", "le1950-12-31"],
                &["1950", "1950-06-15"],
                &["1949-12-31", "1951"],
            ),
            (&["le1950", "ge1950"], &["1950"], &["1951"]),
        ] {
            let span = Span::read(values).ok().unwrap();
            for day in inside {
                assert!(span.holds(Day::parse(day).unwrap()), "{values:?} {day}");
            }
            for day in outside {
                assert!(!span.holds(Day::parse(day).unwrap()), "{values:?} {day}");
            }
            assert!(!span.holds(Day::NONE));
        }
    }

    #[test]
    fn spans_that_make_no_sense_are_refused() {
        for values in [
            &["1950-02-30"][..],
            &["eq"],
            &[""],
            &["gt1950"],
            &["19500210"],
            &["eqeq1950"],
            &["1950-2-1"],
            &["ge1951", "le1950"],
            &["ge1950", "ge1951"],
            &["1950", "1951"],
            &["1950", "le1951"],
            &["1950", "1951", "1952"],
            &[],
        ] {
            assert!(Span::read(values).is_err(), "{values:?}");
        }
    }
}
