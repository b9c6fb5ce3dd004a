//! Days, months and ages as the methods count them (sections 1.4 to 1.7).

use anyhow::{Context, Result};
use chrono::{Datelike, Days, Months, NaiveDate};

/// The midnights crossed from one date to another, negative if the second is earlier (section 1.4).
pub fn days(from: NaiveDate, to: NaiveDate) -> i64 {
    (to - from).num_days()
}

/// The first day of a birth month; nothing if either part is missing or no such month exists.
pub fn birth_date(year: Option<i32>, month: Option<i32>) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year?, u32::try_from(month?).ok()?, 1)
}

/// Days since the first of the birth month over 365.25, rounded down (section 1.5).
pub fn age(birth: NaiveDate, at: NaiveDate) -> i64 {
    (days(birth, at) * 4).div_euclid(1461)
}

/// `1 Apr 25` (section 1.7).
pub fn short(date: NaiveDate) -> String {
    date.format("%-d %b %y").to_string()
}

/// `1 Apr 25 - 31 Mar 26`, the label of a reporting period (section 1.7).
pub fn label(start: NaiveDate, end: NaiveDate) -> String {
    format!("{} - {}", short(start), short(end))
}

/// ISO, for a cell.
pub fn cell(date: Option<NaiveDate>) -> Option<String> {
    date.map(|date| date.format("%Y-%m-%d").to_string())
}

/// The first day of the month that a date is in.
pub fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// The last day of the month that a date is in.
pub fn last_of_month(date: NaiveDate) -> NaiveDate {
    let next = first_of_month(date).checked_add_months(Months::new(1));
    next.and_then(|next| next.pred_opt()).unwrap_or(date)
}

/// Months added, clipped to the end of the month.
pub fn add_months(date: NaiveDate, months: u32) -> Result<NaiveDate> {
    date.checked_add_months(Months::new(months))
        .context("a date out of range")
}

/// Months taken away, clipped to the end of the month.
pub fn take_months(date: NaiveDate, months: u32) -> Result<NaiveDate> {
    date.checked_sub_months(Months::new(months))
        .context("a date out of range")
}

/// Days added.
pub fn add_days(date: NaiveDate, days: u64) -> Result<NaiveDate> {
    date.checked_add_days(Days::new(days))
        .context("a date out of range")
}

/// Days taken away.
pub fn take_days(date: NaiveDate, days: u64) -> Result<NaiveDate> {
    date.checked_sub_days(Days::new(days))
        .context("a date out of range")
}

/// 9999-01-01, which several measures put in place of a missing end (section 1.6).
pub const OPEN: NaiveDate = match NaiveDate::from_ymd_opt(9999, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

/// A date of a test, `2025-04-01`.
#[cfg(test)]
pub(crate) fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("a date")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_1_5_a_birth_month_of_june_2000_is_17_on_the_first_of_june_2018() {
        let birth = birth_date(Some(2000), Some(6)).unwrap();
        assert_eq!(days(birth, day("2018-06-01")), 6574);
        assert_eq!(age(birth, day("2018-06-01")), 17);
        assert_eq!(age(birth, day("2018-06-02")), 18);
        assert_eq!(age(birth, day("2000-05-31")), -1);
    }

    #[test]
    fn section_1_7_the_label_has_no_leading_noughts() {
        assert_eq!(
            label(day("2025-04-01"), day("2026-03-31")),
            "1 Apr 25 - 31 Mar 26"
        );
    }

    #[test]
    fn the_last_of_a_month_is_found_in_leap_years() {
        assert_eq!(last_of_month(day("2024-02-01")), day("2024-02-29"));
        assert_eq!(last_of_month(day("2025-12-31")), day("2025-12-31"));
    }
}
