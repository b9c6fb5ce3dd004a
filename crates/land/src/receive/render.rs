//! Typed cells of a workbook as the text that the same cell would have in a CSV file.

use calamine::{DataRef, ExcelDateTime};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use std::{borrow::Cow, fmt::Write};

/// How dates are counted and written.
pub(super) struct Dates {
    is_1904: bool,
    /// For each column of the file, a layout in chrono's letters.
    layouts: Vec<Option<String>>,
}

/// How a person in England writes a date, and the layout of a field that names none.
const USUAL: &str = "%d/%m/%Y";

impl Dates {
    pub(super) fn new(is_1904: bool) -> Self {
        Self {
            is_1904,
            layouts: Vec::new(),
        }
    }

    /// Sets the layouts, once the header is known.
    pub(super) fn layouts(&mut self, layouts: Vec<Option<String>>) {
        self.layouts = layouts;
    }

    fn layout(&self, column: usize) -> &str {
        self.layouts
            .get(column)
            .and_then(Option::as_deref)
            .unwrap_or(USUAL)
    }
}

/// The text of a cell. Numbers keep all their digits: an NHS number must not become 9.99E+09.
pub(super) fn render<'a>(
    value: &'a DataRef<'_>,
    dates: &Dates,
    column: usize,
    text: &'a mut String,
) -> Cow<'a, str> {
    text.clear();
    // Writing to a String does not fail; a layout that cannot be written is handled below.
    let _ = match value {
        DataRef::String(whole) | DataRef::DurationIso(whole) => return Cow::Borrowed(whole),
        DataRef::SharedString(whole) => return Cow::Borrowed(whole),
        DataRef::Empty => return Cow::Borrowed(""),
        DataRef::Bool(true) => return Cow::Borrowed("TRUE"),
        DataRef::Bool(false) => return Cow::Borrowed("FALSE"),
        DataRef::Int(number) => write!(text, "{number}"),
        DataRef::Float(number) => write_number(*number, text),
        DataRef::DateTime(moment) => write_moment(*moment, dates, column, text),
        DataRef::DateTimeIso(iso) => match read_iso(iso) {
            Some(moment) => write_date(moment, dates.layout(column), text),
            None => return Cow::Borrowed(iso),
        },
        DataRef::Error(error) => write!(text, "{error}"),
    };
    Cow::Borrowed(text)
}

/// A whole number with all its digits, any other as Excel shows it: of 15 figures, so that the sum of
/// 0.1 and 0.2 is 0.3.
fn write_number(number: f64, text: &mut String) -> std::fmt::Result {
    // Minus nought is nought.
    let number = if number == 0.0 { 0.0 } else { number };
    if number.fract() == 0.0 {
        return write!(text, "{number}");
    }
    write!(text, "{number:.14e}")?;
    let shown: f64 = text.parse().unwrap_or(number);
    text.clear();
    write!(text, "{shown}")
}

fn write_moment(
    moment: ExcelDateTime,
    dates: &Dates,
    column: usize,
    text: &mut String,
) -> std::fmt::Result {
    let count = moment.as_f64();
    let seconds = (count * 86_400.0).round();
    // Past the year 9999, or not a number: written as it is stored, for the checker to find.
    if !(0.0..2_958_466.0 * 86_400.0).contains(&seconds) {
        return write_number(count, text);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number between nought and 2.6e11"
    )]
    let seconds = seconds as u64;
    let (days, within) = (seconds / 86_400, seconds % 86_400);
    if moment.is_duration() {
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        return write!(text, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    }
    let time = u32::try_from(within)
        .ok()
        .and_then(|s| NaiveTime::from_num_seconds_from_midnight_opt(s, 0))
        .unwrap_or_default();
    if count < 1.0 {
        return write_time(time, text);
    }
    match day(days, dates.is_1904) {
        Some(day) => write_date(day.and_time(time), dates.layout(column), text),
        None => write_number(count, text),
    }
}

/// The civil date of a day count.
fn day(days: u64, is_1904: bool) -> Option<NaiveDate> {
    let (year, month, before_first) = match (is_1904, days) {
        (true, _) => (1904, 1, 1),
        // Excel believes in 29 February 1900, which is its day 60.
        (false, 60) => return None,
        (false, ..60) => (1899, 12, 31),
        (false, _) => (1899, 12, 30),
    };
    NaiveDate::from_ymd_opt(year, month, before_first)?.checked_add_days(Days::new(days))
}

fn write_time(time: NaiveTime, text: &mut String) -> std::fmt::Result {
    let whole = time.format("%S").to_string() == "00";
    write!(
        text,
        "{}",
        time.format(if whole { "%H:%M" } else { "%H:%M:%S" })
    )
}

/// A date in the field's layout. A time of day is written only where there is one.
fn write_date(moment: NaiveDateTime, layout: &str, text: &mut String) -> std::fmt::Result {
    if write!(text, "{}", moment.format(layout)).is_err() {
        text.clear();
        write!(text, "{}", moment.format(USUAL))?;
    }
    let has_time = ["%H", "%T", "%R", "%I", "%X", "%c"]
        .iter()
        .any(|part| layout.contains(part));
    if moment.time() != NaiveTime::MIN && !has_time {
        text.push(' ');
        write_time(moment.time(), text)?;
    }
    Ok(())
}

fn read_iso(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim_end_matches('Z');
    text.parse::<NaiveDateTime>().ok().or_else(|| {
        text.parse::<NaiveDate>()
            .ok()
            .map(|day| day.and_time(NaiveTime::MIN))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{CellErrorType, ExcelDateTimeType};

    fn check(value: &DataRef<'_>, layout: Option<&str>, expected: &str) {
        let mut dates = Dates::new(false);
        dates.layouts(vec![layout.map(str::to_owned)]);
        let mut text = "left over".to_owned();
        assert_eq!(render(value, &dates, 0, &mut text), expected, "{value:?}");
    }

    fn moment(count: f64) -> DataRef<'static> {
        DataRef::DateTime(ExcelDateTime::new(
            count,
            ExcelDateTimeType::DateTime,
            false,
        ))
    }

    #[test]
    fn cells_read_as_they_would_in_a_csv_file() {
        // Day counts as Excel shows them: 45943 is 13 October 2025, 59 is 28 February 1900.
        check(&moment(45_943.0), None, "13/10/2025");
        check(&moment(45_943.0), Some("%Y-%m-%d"), "2025-10-13");
        check(&moment(45_943.5), None, "13/10/2025 12:00");
        check(
            &moment(45_943.5),
            Some("%Y-%m-%d %H:%M:%S"),
            "2025-10-13 12:00:00",
        );
        check(&moment(45_943.0), Some("%Q"), "13/10/2025");
        check(&moment(59.0), None, "28/02/1900");
        check(&moment(60.0), None, "60");
        check(&moment(61.0), None, "01/03/1900");
        check(&moment(0.25), None, "06:00");
        check(&moment(-1.0), None, "-1");
        check(&moment(f64::NAN), None, "NaN");
        check(&moment(1e12), None, "1000000000000");
        check(&DataRef::Float(9_995_260_182.0), None, "9995260182");
        check(&DataRef::Float(0.1 + 0.2), None, "0.3");
        check(&DataRef::Float(-12.5), None, "-12.5");
        check(&DataRef::Float(1e21), None, "1000000000000000000000");
        check(&DataRef::Float(-0.0), None, "0");
        check(&DataRef::Bool(true), None, "TRUE");
        check(&DataRef::Error(CellErrorType::NA), None, "#N/A");
        check(
            &DataRef::DateTimeIso("2025-10-13T00:00:00".to_owned()),
            None,
            "13/10/2025",
        );
        let span = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        check(&DataRef::DateTime(span), None, "36:00:00");
    }

    #[test]
    fn days_are_counted_from_1904_where_the_workbook_says_so() {
        let mut text = String::new();
        let dates = Dates::new(true);
        // 1,462 days lie between the two ways of counting.
        let value = DataRef::DateTime(ExcelDateTime::new(
            45_943.0 - 1_462.0,
            ExcelDateTimeType::DateTime,
            true,
        ));
        assert_eq!(render(&value, &dates, 0, &mut text), "13/10/2025");
    }
}
