//! The functions of the language: their names, how they are used, and the plain code behind them.

use crate::check::layout::{self, NO_DAY};
use model::{Date, nhs_number};

/// A function as the guide and the messages show it.
pub(crate) struct Usage {
    pub(crate) name: &'static str,
    pub(crate) written: &'static str,
    pub(crate) means: &'static str,
}

macro_rules! usages {
    ($($usage:literal => $means:literal),* $(,)?) => {
        &[$(Usage { name: name_of($usage), written: $usage, means: $means }),*]
    };
}

const fn name_of(usage: &'static str) -> &'static str {
    let mut at = 0;
    while at < usage.len() {
        if let Some((name, rest)) = usage.split_at_checked(at)
            && let [b'(', ..] = rest.as_bytes()
        {
            return name;
        }
        at += 1;
    }
    usage
}

/// Every function, in the order of the guide.
pub(crate) const FUNCTIONS: &[Usage] = usages![
    "blank(column, ...)" => "every one of the cells is empty after trimming",
    "filled(column, ...)" => "every one of the cells holds something",
    "count_filled(column, ...)" => "how many of the cells hold something",
    "blank_row()" => "every cell of the row is empty after trimming",
    "repeats_header()" => "the first filled cell is the name of its own column, and so are half of those that are filled",
    "totals_row('word', ...)" => "the first filled cell begins with one of the words, the others are numbers, and half the row is blank",
    "readable(column)" => "the cell is filled and reads as the kind of its column",
    "unreadable(column)" => "the cell is filled and does not read as the kind of its column",
    "on_list(column)" => "the value is on the column's code list",
    "unlisted(column)" => "the cell is filled, and the code list knows nothing of the value or only that a later release has it",
    "withdrawn(column)" => "the list knows the value but its status is not `current`",
    "earlier(column)" => "the value is of an earlier release only, and what replaced it is confirmed or known to be nothing",
    "earlier_unsure(column)" => "the value is of an earlier release only, and what replaced it is not confirmed",
    "without_equivalent(column)" => "the value is one of the earlier of two releases, and nothing in the later one stands for it",
    "later(column)" => "the value is of a later release only",
    "other_release(column)" => "the value is of another release only, earlier or later",
    "only_in_this_release(column)" => "the value is on the list, and not on that of the release that is mapped to it",
    "inexact(column)" => "the list knows the value, but it differs in letter case, dashes or spaces",
    "in_group(column, 'group', ...)" => "the code list puts the value in one of these groups",
    "code_has(column, 'attribute', 'text', ...)" => "the code list states one of these texts for the value in the column `attribute`",
    "code_number(column, 'attribute')" => "the number that the code list states for the value in the column `attribute`",
    "matches(text, 'pattern')" => "the text matches the regular expression somewhere",
    "one_of(text, 'word', ...)" => "the text is one of the words, ignoring letter case",
    "same(text, text)" => "the two texts are the same, ignoring letter case",
    "listed(text, 'list')" => "the text is a value of the named code list, in any state",
    "length(text)" => "how many characters the text has",
    "upper(text)" => "the text in capital letters",
    "without(text, 'characters')" => "the text without these characters",
    "ten_digits(text)" => "ten digits, once spaces and hyphens are out",
    "check_digit_holds(text)" => "ten digits of which the last is the Modulus 11 check digit",
    "holds_nhs_number(text)" => "ten digits with a right check digit stand somewhere in the text",
    "looks_like_formula(text)" => "begins with = + - or @ and is not a number",
    "looks_scientific(text)" => "has the form 9.99E+9 of a spreadsheet",
    "untidy(column)" => "outer, doubled or non-breaking spaces in the cell as sent",
    "has_control_character(column)" => "a control character other than tab and line end",
    "add_months(date, number)" => "the same day that many months later, or the last day of that month",
    "add_years(date, number)" => "the same day that many years later, or the 28th of February",
    "start_of_month(date)" => "the first day of the date's month",
    "end_of_month(date)" => "the last day of the date's month",
    "day(date)" => "the day of the month as a number",
    "month(date)" => "the month as a number",
    "year(date)" => "the year as a number",
    "age_in_years(born, on)" => "whole years from one date to another",
    "first_known(value, value)" => "the first, or where it is blank or unreadable the second; dates or numbers",
    "only_where(condition, date)" => "the date where the condition is true, and blank elsewhere",
    "earliest(date, date)" => "the earlier of the two dates",
    "latest(date, date)" => "the later of the two dates",
    "absolute(number)" => "the number without its sign",
];

/// Values that are known without a column.
pub(crate) const VALUES: [(&str, &str); 4] = [
    ("today", "the date on which the file is checked"),
    (
        "sender",
        "the code of the organisation whose account sends the file; rules that use it are not checked where it is not known",
    ),
    ("row_width", "how many cells the row has in the file"),
    ("header_width", "how many cells the header has in the file"),
];

/// Whole years between two days; missing where either is.
pub(crate) fn age(born: i32, on: i32) -> f64 {
    if born == NO_DAY || on == NO_DAY {
        return f64::NAN;
    }
    let (born_year, born_month, born_day) = layout::civil(born);
    let (year, month, day) = layout::civil(on);
    let before_birthday = (month, day) < (born_month, born_day);
    f64::from(year - born_year - i32::from(before_birthday))
}

/// The same day some months later, or the last day of that month.
pub(crate) fn add_months(day: i32, months: f64) -> i32 {
    let Some(date) = layout::date(day) else {
        return NO_DAY;
    };
    shift(date, months).map_or(NO_DAY, layout::days)
}

fn shift(date: Date, months: f64) -> Option<Date> {
    let count = whole(months)?;
    let by = chrono::Months::new(count.unsigned_abs());
    if count < 0 {
        date.checked_sub_months(by)
    } else {
        date.checked_add_months(by)
    }
}

/// The earlier or later of two days; missing where either is.
pub(crate) fn edge(left: i32, right: i32, choose: fn(i32, i32) -> i32) -> i32 {
    if left == NO_DAY || right == NO_DAY {
        NO_DAY
    } else {
        choose(left, right)
    }
}

/// A day some days later.
pub(crate) fn add_days(day: i32, count: f64) -> i32 {
    match whole(count) {
        Some(count) if day != NO_DAY => day.checked_add(count).unwrap_or(NO_DAY),
        _ => NO_DAY,
    }
}

/// A number without a fraction, small enough to count days; calendars do not go further.
fn whole(number: f64) -> Option<i32> {
    const MOST: f64 = 10_000_000.0;
    if number.is_nan() || number.abs() > MOST {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the number is within ten million, and its fraction is dropped on purpose"
    )]
    Some(number.trunc() as i32)
}

/// The first or last day of a day's month.
pub(crate) fn month_edge(day: i32, last: bool) -> i32 {
    if day == NO_DAY {
        return NO_DAY;
    }
    let (_, _, of_month) = layout::civil(day);
    let first = day - of_month + 1;
    if !last {
        return first;
    }
    // The 32nd day after a first is always in the next month.
    let (_, _, beyond) = layout::civil(first + 31);
    first + 31 - beyond
}

pub(crate) fn ten_digits(text: &[u8]) -> Option<[u8; 10]> {
    nhs_number::ten_digits(std::str::from_utf8(text).ok()?)
}

pub(crate) fn check_digit_holds(text: &[u8]) -> bool {
    ten_digits(text).is_some_and(|digits| nhs_number::check_digit_holds(&digits))
}

/// Whether ten digits that pass the check stand in the text, alone or as 3, 3 and 4 with single
/// spaces or hyphens between, and with no digit beside them.
pub(crate) fn holds_nhs_number(text: &[u8]) -> bool {
    let mut run: Vec<u8> = Vec::new();
    let mut gap = false;
    let closes = |run: &[u8]| {
        <[u8; 10]>::try_from(run).is_ok_and(|digits| nhs_number::check_digit_holds(&digits))
    };
    for byte in text {
        match byte {
            b'0'..=b'9' => {
                gap = false;
                if run.len() <= 10 {
                    run.push(byte - b'0');
                }
            }
            b' ' | b'-' if !gap && matches!(run.len(), 3 | 6) => gap = true,
            _ => {
                if closes(&run) {
                    return true;
                }
                run.clear();
                gap = false;
            }
        }
    }
    closes(&run)
}

pub(crate) fn looks_like_formula(text: &[u8]) -> bool {
    let [b'=' | b'+' | b'-' | b'@', rest @ ..] = text else {
        return false;
    };
    let is_number = !rest.is_empty()
        && rest
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    !is_number
}

/// `^[0-9](\.[0-9]+)?E\+[0-9]+$`
pub(crate) fn looks_scientific(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|b| matches!(b, b'E' | b'e')) else {
        return false;
    };
    let (Some(mantissa), Some([b'+', exponent @ ..])) = (text.get(..at), text.get(at + 1..)) else {
        return false;
    };
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mantissa_shaped = match mantissa {
        [whole] => whole.is_ascii_digit(),
        [whole, b'.', fraction @ ..] => whole.is_ascii_digit() && digits(fraction),
        _ => false,
    };
    mantissa_shaped && digits(exponent)
}

/// Whether a cell as sent has outer, doubled or non-breaking spaces.
pub(crate) fn untidy(cell: &[u8]) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    edge(cell.first())
        || edge(cell.last())
        || cell
            .windows(2)
            .any(|pair| pair == b"  " || pair == "\u{a0}".as_bytes())
}

/// Whether a cell as sent holds a control character other than tab and line ends.
pub(crate) fn has_control(cell: &[u8]) -> bool {
    std::str::from_utf8(cell).is_ok_and(|text| {
        text.chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        layout::days(text.parse().unwrap())
    }

    #[test]
    fn ages_count_whole_years() {
        for (born, on, expected) in [
            ("2000-03-01", "2018-02-28", 17.0),
            ("2000-03-01", "2018-03-01", 18.0),
            ("2000-02-29", "2018-02-28", 17.0),
            ("2000-02-29", "2018-03-01", 18.0),
            ("2000-01-01", "1999-12-31", -1.0),
        ] {
            assert!((age(day(born), day(on)) - expected).abs() < 0.1, "{born}");
        }
        assert!(age(NO_DAY, day("2000-01-01")).is_nan());
    }

    #[test]
    fn months_end_where_they_end() {
        for (from, last) in [
            ("2024-02-10", "2024-02-29"),
            ("2025-02-01", "2025-02-28"),
            ("2025-12-31", "2025-12-31"),
            ("2025-04-30", "2025-04-30"),
        ] {
            assert_eq!(month_edge(day(from), true), day(last));
        }
        assert_eq!(month_edge(day("2025-04-30"), false), day("2025-04-01"));
        assert_eq!(add_months(day("2025-01-31"), 1.0), day("2025-02-28"));
        assert_eq!(add_months(day("2025-01-31"), -2.0), day("2024-11-30"));
        assert_eq!(add_months(NO_DAY, 1.0), NO_DAY);
        assert_eq!(add_months(day("2025-01-31"), f64::NAN), NO_DAY);
    }

    #[test]
    fn odd_texts_are_seen() {
        // 943 476 5919 is the NHS Data Dictionary's own example of a number that holds.
        for (text, expected) in [
            ("call 943 476 5919 today", true),
            ("9434765919", true),
            ("943-476-5919.", true),
            ("94347659190", false),
            ("9434765918", false),
            ("943  476 5919", false),
            ("", false),
        ] {
            assert_eq!(holds_nhs_number(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("=A1", true),
            ("-5", false),
            ("+44 20", true),
            ("-", true),
            ("@x", true),
            ("a=b", false),
        ] {
            assert_eq!(looks_like_formula(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("9.99E+09", true),
            ("9E+9", true),
            ("99E+9", false),
            ("9.E+9", false),
            ("9.9E9", false),
            ("EE+9", false),
        ] {
            assert_eq!(looks_scientific(text.as_bytes()), expected, "{text}");
        }
    }
}
