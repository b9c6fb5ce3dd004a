//! How a cell would read without a mishap of one kind.

use super::LikelyKind;
use crate::check::{
    Specification,
    codes::Standing,
    columns::{Reading, read_date},
    expression::functions::looks_scientific,
    layout::{self, NO_DAY},
    suggest::from_day_count,
};
use chrono::Months;

/// What a kind says of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undone {
    /// It was not this.
    No,
    /// It was, whatever the cell should have been.
    Sure,
    /// It was, if the rule has nothing against this.
    Reads(String),
}

pub(super) fn undone(
    kind: LikelyKind,
    cell: &[u8],
    specification: &Specification,
    field: usize,
) -> Undone {
    let (Ok(text), Some(reading)) = (std::str::from_utf8(cell), specification.readings.get(field))
    else {
        return Undone::No;
    };
    if text.is_empty() {
        return Undone::No;
    }
    let form = || {
        let stated = specification.dataset.fields.get(field);
        let first = stated.and_then(|f| f.layouts.first());
        first.map_or("%d/%m/%Y", String::as_str)
    };
    let changed = match (kind, reading) {
        (LikelyKind::PreviousYear, Reading::Date(layouts)) => {
            let day = read_date(cell, layouts);
            let date = (day != NO_DAY).then(|| layout::date(day)).flatten();
            date.and_then(|date| date.checked_add_months(Months::new(12)))
                .map(|date| date.format(form()).to_string())
        }
        (LikelyKind::DayMonthSwapped, Reading::Date(_)) => swapped(text),
        (LikelyKind::DayCount, Reading::Date(_)) => {
            from_day_count(text).map(|date| date.format(form()).to_string())
        }
        (LikelyKind::LeadingZeros, Reading::Date(_)) => padded_date(text),
        (LikelyKind::LeadingZeros, Reading::Code(_) | Reading::Text) => {
            let is_number = text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| format!("0{text}"))
        }
        (LikelyKind::Scientific, _) => {
            return if looks_scientific(cell) {
                Undone::Sure
            } else {
                Undone::No
            };
        }
        (LikelyKind::LetterCase, Reading::Code(spellings)) => {
            let official = spellings.book().official(text);
            official
                .filter(|o| o.to_lowercase() == text.to_lowercase())
                .map(str::to_owned)
        }
        (LikelyKind::LetterCase, Reading::Text) => Some(text.to_uppercase()),
        (LikelyKind::OtherRelease, Reading::Code(spellings)) => {
            let book = spellings.book();
            let entry = book.position(text).and_then(|at| book.entry(at));
            let is_earlier =
                |e: &crate::check::codes::Entry| matches!(e.standing, Standing::Earlier { .. });
            return if entry.is_some_and(is_earlier) {
                Undone::Sure
            } else {
                Undone::No
            };
        }
        _ => None,
    };
    changed
        .filter(|changed| changed != text)
        .map_or(Undone::No, Undone::Reads)
}

/// A date in figures with its day and month in each other's place, whatever stands between them.
fn swapped(text: &str) -> Option<String> {
    let (parts, between) = parts(text)?;
    let [a, b, c] = parts;
    if a.len() == 4 {
        return Some(format!("{a}{between}{c}{between}{b}"));
    }
    Some(format!("{b}{between}{a}{between}{c}"))
}

/// A date in figures with two for each day and month.
fn padded_date(text: &str) -> Option<String> {
    let ([a, b, c], between) = parts(text)?;
    let two = |part: &str| format!("{part:0>2}");
    Some([two(a), two(b), two(c)].join(&between.to_string()))
}

/// The three numbers of a date, and what stands between them.
fn parts(text: &str) -> Option<([&str; 3], char)> {
    let between = text.chars().find(|c| !c.is_ascii_digit())?;
    let parts: Vec<&str> = text.split(between).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let is_number =
        |part: &&str| matches!(part.len(), 1 | 2 | 4) && part.bytes().all(|b| b.is_ascii_digit());
    [a, b, c]
        .into_iter()
        .all(is_number)
        .then_some(([a, b, c], between))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_figures_are_taken_apart() {
        for (text, turned, full) in [
            ("12/25/1949", Some("25/12/1949"), Some("12/25/1949")),
            ("2025-25-12", Some("2025-12-25"), Some("2025-25-12")),
            ("1/2/2025", Some("2/1/2025"), Some("01/02/2025")),
            ("01.02/2025", None, None),
            ("1/2/3/4", None, None),
            ("a/b/c", None, None),
            ("45000", None, None),
            ("1/2/20255", None, None),
        ] {
            assert_eq!(swapped(text).as_deref(), turned, "{text}");
            assert_eq!(padded_date(text).as_deref(), full, "{text}");
        }
    }
}
