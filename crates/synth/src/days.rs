//! Days: adding, ages, periods, and dates as files write them.

use chrono::{Datelike, Days, Months};
use model::Date;

/// A date some days later, or earlier where `days` is negative.
pub(crate) fn plus(date: Date, days: i32) -> Date {
    let span = Days::new(u64::from(days.unsigned_abs()));
    let moved = if days < 0 {
        date.checked_sub_days(span)
    } else {
        date.checked_add_days(span)
    };
    moved.unwrap_or(date)
}

/// The same day so many months later, or earlier.
pub(crate) fn plus_months(date: Date, months: i32) -> Date {
    let span = Months::new(months.unsigned_abs());
    let moved = if months < 0 {
        date.checked_sub_months(span)
    } else {
        date.checked_add_months(span)
    };
    moved.unwrap_or(date)
}

/// Days from one date to another.
pub(crate) fn between(from: Date, to: Date) -> i32 {
    i32::try_from((to - from).num_days()).unwrap_or(0)
}

/// Whole years lived by a day.
pub(crate) fn age(born: Date, on: Date) -> u32 {
    on.years_since(born).unwrap_or(0)
}

/// The 18th birthday.
pub(crate) fn of_age(born: Date) -> Date {
    let birthday = plus_months(born, 18 * 12);
    // Someone born on 29 February is 18 on 1 March of a common year.
    if age(born, birthday) < 18 {
        plus(birthday, 1)
    } else {
        birthday
    }
}

/// The last quarter day (end of March, June, September or December) up to a day.
pub(crate) fn quarter_end(day: Date) -> Date {
    let next = plus(day, 1);
    let quarter = (next.month0() / 3) * 3 + 1;
    Date::from_ymd_opt(next.year(), quarter, 1).map_or(day, |first| plus(first, -1))
}

/// The first day of the twelve months that end on a day.
pub(crate) fn year_before(end: Date) -> Date {
    plus_months(plus(end, 1), -12)
}

/// How a file writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub(crate) enum Layout {
    /// Day, month, year with slashes.
    #[serde(rename = "%d/%m/%Y")]
    DayFirst,
    /// Year, month, day with hyphens.
    #[serde(rename = "%Y-%m-%d")]
    YearFirst,
}

impl Layout {
    /// Writes a date at the end of a text. By hand: a generic formatter costs more than the rest of the row.
    pub(crate) fn write(self, date: Date, text: &mut String) {
        let (y, m, d) = (date.year().unsigned_abs(), date.month(), date.day());
        match self {
            Self::DayFirst => {
                digits(text, d, 2);
                text.push('/');
                digits(text, m, 2);
                text.push('/');
                digits(text, y, 4);
            }
            Self::YearFirst => {
                digits(text, y, 4);
                text.push('-');
                digits(text, m, 2);
                text.push('-');
                digits(text, d, 2);
            }
        }
    }

    /// Reads a date that `write` wrote.
    pub(crate) fn read(self, text: &str) -> Option<Date> {
        let format = match self {
            Self::DayFirst => "%d/%m/%Y",
            Self::YearFirst => "%Y-%m-%d",
        };
        Date::parse_from_str(text, format).ok()
    }
}

/// Writes a number with leading zeros.
pub(crate) fn digits(text: &mut String, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10u32.pow(place) % 10;
        text.push(char::from_digit(digit, 10).unwrap_or('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Layout::YearFirst.read(text).unwrap()
    }

    #[test]
    fn quarters_end_where_they_should() {
        for (on, end) in [
            ("2026-09-30", "2026-09-30"),
            ("2026-09-29", "2026-06-30"),
            ("2026-12-31", "2026-12-31"),
            ("2026-01-15", "2025-12-31"),
        ] {
            assert_eq!(quarter_end(day(on)), day(end), "{on}");
        }
        assert_eq!(year_before(day("2026-06-30")), day("2025-07-01"));
        assert_eq!(year_before(day("2024-03-31")), day("2023-04-01"));
    }

    #[test]
    fn a_leapling_comes_of_age_in_march() {
        assert_eq!(of_age(day("2004-02-29")), day("2022-03-01"));
        assert_eq!(of_age(day("2004-05-02")), day("2022-05-02"));
    }

    #[test]
    fn both_layouts_come_back() {
        for layout in [Layout::DayFirst, Layout::YearFirst] {
            let mut text = String::new();
            layout.write(day("1949-02-07"), &mut text);
            assert_eq!(layout.read(&text), Some(day("1949-02-07")));
        }
    }
}
