//! What may have been meant by a cell. Never for an identifier: a guessed digit can be somebody else.

use super::{
    Specification,
    columns::{Reading, read_date},
    layout::NO_DAY,
};
use model::Date;

/// The first day of Excel's count, once its leap year of 1900 that never was is allowed for.
const EXCEL_DAY_ZERO: (i32, u32, u32) = (1899, 12, 30);
/// Day counts of the years 1920 to 2080; other numbers are no dates that anyone exports.
pub(super) const EXCEL_DAYS: std::ops::Range<i64> = 7_306..65_745;

impl Specification {
    /// What may have been meant by a cell that its rules do not accept, if anything is likely enough.
    pub fn suggestion(&self, field: usize, cell: &str) -> Option<String> {
        let text = cell.trim();
        if text.is_empty() {
            return None;
        }
        match self.readings.get(field)? {
            Reading::Code(spellings) => {
                let book = spellings.book();
                let official = book.official(text).or_else(|| book.equivalent(text));
                match official {
                    Some(official) if official == text => None,
                    Some(official) => Some(official.to_owned()),
                    None => likely_value(text, book.letters()),
                }
            }
            Reading::Date(layouts) => {
                if read_date(text.as_bytes(), layouts) != NO_DAY {
                    return None;
                }
                let layout = self.dataset.fields.get(field)?.layouts.first();
                let form = layout.map_or("%d/%m/%Y", String::as_str);
                Some(likely_date(text)?.format(form).to_string())
            }
            Reading::Text | Reading::Integer | Reading::Decimal | Reading::Number => None,
        }
    }
}

/// The value that differs from a text in punctuation or a slip of the pen, or the only one that begins with
/// it. Nothing looser: another value of the list is another meaning. Values without letters are keys, and
/// a key is never guessed.
fn likely_value(text: &str, worded: &[(String, String)]) -> Option<String> {
    let sent = letters(text);
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = worded.iter().filter(|(_, letters)| fits(letters));
        match (fitting.next(), fitting.next()) {
            (Some((value, _)), None) => Some(value.clone()),
            _ => None,
        }
    };
    if !sent.chars().any(char::is_alphabetic) {
        return None;
    }
    let slips = match sent.chars().count() {
        0..5 => 0,
        5..12 => 1,
        _ => 2,
    };
    only(&|value| value == sent)
        .or_else(|| only(&|value| value.starts_with(&sent)))
        .or_else(|| only(&|value| is_within(&sent, value, slips)))
}

/// A text without case, spaces and punctuation.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether so few letters put in, left out or changed turn one text into the other.
fn is_within(a: &str, b: &str, slips: usize) -> bool {
    let b: Vec<char> = b.chars().collect();
    if a.chars().count().abs_diff(b.len()) > slips {
        return false;
    }
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut corner = std::mem::replace(above.first_mut().unwrap_or(&mut 0), left);
        for (y, cell) in b.iter().zip(above.iter_mut().skip(1)) {
            left = (corner + usize::from(x != *y)).min(left + 1).min(*cell + 1);
            corner = std::mem::replace(cell, left);
        }
    }
    above.last().is_some_and(|distance| *distance <= slips)
}

/// The day that a text in another form stands for.
fn likely_date(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next()?;
    if text.parse::<i64>().is_ok() {
        return from_day_count(text);
    }
    let parts: Vec<&str> = text.split(['/', '-', '.']).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let numbers = [a.parse::<u32>().ok()?, b.parse().ok()?, c.parse().ok()?];
    let [first, second, third] = numbers;
    let (year, month, day) = if a.len() == 4 {
        (first, second, third)
    } else if c.len() == 4 && second > 12 {
        // Month first, as in America.
        (third, first, second)
    } else if c.len() == 4 {
        (third, second, first)
    } else {
        return None;
    };
    Date::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

/// The day that a spreadsheet counts with a number.
pub(super) fn from_day_count(text: &str) -> Option<Date> {
    let days = text.parse::<i64>().ok()?;
    let (year, month, day) = EXCEL_DAY_ZERO;
    let zero = Date::from_ymd_opt(year, month, day)?;
    EXCEL_DAYS
        .contains(&days)
        .then(|| zero.checked_add_signed(chrono::TimeDelta::days(days)))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_other_forms_are_recognised() {
        for (text, expected) in [
            ("12/25/1949", Some("1949-12-25")),
            ("1949-12-25", Some("1949-12-25")),
            ("1/2/2025", Some("2025-02-01")),
            ("01-02-2025 00:00:00", Some("2025-02-01")),
            ("45658", Some("2025-01-01")),
            ("31/02/2025", None),
            ("01/02/25", None),
            ("soon", None),
            ("9434765919", None),
        ] {
            let expected = expected.map(|d| d.parse::<Date>().unwrap());
            assert_eq!(likely_date(text), expected, "{text}");
        }
    }

    #[test]
    fn another_meaning_is_never_suggested() {
        let values = ["White: Irish", "White: Roma", "NFA: Other", "999"]
            .map(|value| (value.to_owned(), letters(value)));
        for (text, expected) in [
            ("White British", None),
            ("White", None),
            ("NFA - Other", Some("NFA: Other")),
            ("White - Irsh", Some("White: Irish")),
            ("499", None),
        ] {
            assert_eq!(likely_value(text, &values).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn values_are_suggested_when_only_one_is_likely() {
        let values =
            ["Male", "Female", "Other", "Unknown"].map(|value| (value.to_owned(), letters(value)));
        for (text, expected) in [
            ("F", Some("Female")),
            ("femal", Some("Female")),
            ("Unknwn", Some("Unknown")),
            ("X", None),
            ("Fully", None),
            ("499", None),
        ] {
            assert_eq!(likely_value(text, &values).as_deref(), expected, "{text}");
        }
    }
}
