//! What spreadsheets and other programs do to cells, named for what it is. Nothing is put right here.

use super::{
    Specification,
    columns::{Reading, read_date},
    layout::NO_DAY,
    suggest::EXCEL_DAYS,
};
use model::Finding;

/// The longest text that a cell of Excel holds.
const LONGEST_IN_EXCEL: usize = 32_767;

impl Specification {
    /// What happened to a cell, where it shows.
    pub fn damage(&self, field: usize, cell: &str) -> Option<&'static str> {
        let text = cell.trim();
        let reading = self.readings.get(field)?;
        if text.len() >= 4 && text.bytes().all(|b| b == b'#') {
            return Some("signs that a spreadsheet shows where a column is too narrow");
        }
        if is_scientific(text) {
            return Some("a number in the scientific notation of a spreadsheet");
        }
        match reading {
            Reading::Date(layouts) if read_date(text.as_bytes(), layouts) == NO_DAY => {
                damaged_date(text)
            }
            Reading::Integer | Reading::Decimal | Reading::Number => damaged_number(text),
            Reading::Text if cell.chars().count() == LONGEST_IN_EXCEL => {
                Some("text that a spreadsheet has cut off, as long as one of its cells can be")
            }
            Reading::Text | Reading::Code(_) | Reading::Date(_) => None,
        }
    }

    /// What happened to all of a few cells, in a sentence that names none of them.
    pub(crate) fn likely_cause(&self, field: usize, findings: &[Finding]) -> Option<String> {
        let cells = findings.iter().map(|f| f.cell.as_ref());
        let mut damages = cells.map(|cell| self.damage(field, cell?.reveal()));
        let first = damages.next()??;
        damages
            .all(|damage| damage == Some(first))
            .then(|| format!("Likely cause: {first}."))
    }
}

fn is_scientific(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    whole.len() == 1
        && is_digits(whole)
        && is_digits(part)
        && exponent.strip_prefix('+').is_some_and(is_digits)
}

fn damaged_date(text: &str) -> Option<&'static str> {
    let whole = text.split_once('.').map_or(text, |(days, _)| days);
    if whole.parse().is_ok_and(|days| EXCEL_DAYS.contains(&days)) {
        return Some("a spreadsheet's count of days in place of a date");
    }
    let (day, rest) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let number = |t: &str| t.parse::<u32>().ok();
    match (number(a), number(b), number(c)) {
        (Some(1_900..=2_100), Some(1..=12), Some(1..=31)) => Some("the year stands first"),
        (Some(1..=12), Some(13..=31), Some(_)) => Some("the month stands before the day"),
        (Some(1..=31), Some(1..=12), Some(_)) if c.len() == 2 => Some("a year of two digits"),
        (Some(1..=31), Some(1..=12), Some(_)) if !rest.is_empty() => {
            Some("a time stands behind the date")
        }
        (Some(_), None, Some(_)) if b.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some("the month is written as a word")
        }
        _ => None,
    }
}

fn damaged_number(text: &str) -> Option<&'static str> {
    let bare = text.strip_prefix('-').unwrap_or(text);
    if bare.starts_with(['£', '$', '€']) {
        return Some("a currency sign before the number");
    }
    if bare.ends_with('%') {
        return Some("a per cent sign behind the number");
    }
    let (whole, part) = bare.split_once('.').unwrap_or((bare, "0"));
    let groups: Vec<&str> = whole.split(',').collect();
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let [first, others @ ..] = groups.as_slice() else {
        return None;
    };
    (!others.is_empty()
        && (1..=3).contains(&first.len())
        && digits(first)
        && digits(part)
        && others.iter().all(|group| group.len() == 3 && digits(group)))
    .then_some("commas between thousands")
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Content;
    use std::path::Path;

    #[test]
    fn damage_is_named_for_what_it_is() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let content = Content::from_folder(&root).unwrap();
        let specification = Specification::read(&content, "cld-r2").unwrap();
        let fields = &specification.dataset().fields;
        for (column, cell, expected) in [
            (
                "date_of_birth",
                "15049",
                Some("a spreadsheet's count of days in place of a date"),
            ),
            (
                "date_of_birth",
                "15049.5",
                Some("a spreadsheet's count of days in place of a date"),
            ),
            (
                "date_of_birth",
                "12/25/1949",
                Some("the month stands before the day"),
            ),
            ("date_of_birth", "1949-12-25", Some("the year stands first")),
            ("date_of_birth", "25/12/49", Some("a year of two digits")),
            (
                "date_of_birth",
                "25/12/1949 00:00",
                Some("a time stands behind the date"),
            ),
            (
                "date_of_birth",
                "25-Dec-1949",
                Some("the month is written as a word"),
            ),
            (
                "date_of_birth",
                "########",
                Some("signs that a spreadsheet shows where a column is too narrow"),
            ),
            ("date_of_birth", "25/12/1949", None),
            ("date_of_birth", "12", None),
            ("date_of_birth", "never", None),
            ("unit_cost", "1,234.50", Some("commas between thousands")),
            ("unit_cost", "-12,345,678", Some("commas between thousands")),
            ("unit_cost", "1,23", None),
            (
                "unit_cost",
                "£12",
                Some("a currency sign before the number"),
            ),
            (
                "unit_cost",
                "12%",
                Some("a per cent sign behind the number"),
            ),
            ("unit_cost", "12.50", None),
            (
                "nhs_number",
                "9.99E+09",
                Some("a number in the scientific notation of a spreadsheet"),
            ),
            ("nhs_number", "9995260182", None),
            ("gender", "F", None),
        ] {
            let field = fields.iter().position(|f| f.column == column).unwrap();
            assert_eq!(
                specification.damage(field, cell),
                expected,
                "{column} {cell}"
            );
        }
        let long = "x".repeat(LONGEST_IN_EXCEL);
        let text = fields
            .iter()
            .position(|f| f.column == "event_description")
            .unwrap();
        assert!(
            specification
                .damage(text, &long)
                .unwrap()
                .contains("cut off")
        );
        assert_eq!(specification.damage(text, &long[1..]), None);
    }
}
