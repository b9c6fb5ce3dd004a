//! What may have been meant by a cell. Never for an identifier: a guessed digit can be somebody else.

use super::{
    Specification,
    columns::{Reading, read_date},
    layout::NO_DAY,
};
use model::{Date, content::nearest};

/// The first day of Excel's count, once its leap year of 1900 that never was is allowed for.
const EXCEL_DAY_ZERO: (i32, u32, u32) = (1899, 12, 30);
/// Day counts of the years 1920 to 2080; other numbers are no dates that anyone exports.
const EXCEL_DAYS: std::ops::Range<i64> = 7_306..65_745;

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
                    None => likely_value(text, || book.values()),
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

/// The value most like a text, or the only one that begins with it.
fn likely_value<'a, I: Iterator<Item = &'a str>>(
    text: &str,
    values: impl Fn() -> I,
) -> Option<String> {
    let begin: Vec<&str> = values()
        .filter(|value| {
            value
                .get(..text.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(text))
        })
        .collect();
    if let [only] = begin.as_slice() {
        return Some((*only).to_owned());
    }
    nearest(text, values()).map(str::to_owned)
}

/// The day that a text in another form stands for.
fn likely_date(text: &str) -> Option<Date> {
    let text = text.split([' ', 'T']).next()?;
    if let Ok(days) = text.parse::<i64>() {
        let (year, month, day) = EXCEL_DAY_ZERO;
        let zero = Date::from_ymd_opt(year, month, day)?;
        return EXCEL_DAYS
            .contains(&days)
            .then(|| zero.checked_add_signed(chrono::TimeDelta::days(days)))?;
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
    fn values_are_suggested_when_only_one_is_likely() {
        let values = || ["Male", "Female", "Other", "Unknown"].into_iter();
        for (text, expected) in [
            ("F", Some("Female")),
            ("femal", Some("Female")),
            ("Unknwn", Some("Unknown")),
            ("X", None),
            ("Fully", None),
        ] {
            assert_eq!(likely_value(text, values).as_deref(), expected, "{text}");
        }
    }
}
