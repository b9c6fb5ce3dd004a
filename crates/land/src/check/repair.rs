//! What may be done to a cell without changing what it says, for `haven fix`.
//!
//! Nothing here guesses: a cell that a person could read in two ways is left as it is.

use super::{
    CheckedBatch, Checker, Specification,
    codes::fold,
    columns::{Reading, read_date},
    layout::{Layout, NO_DAY, date},
    rule_file::Mend,
};
use serde::Serialize;
use std::borrow::Cow;

/// A kind of repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Repair {
    /// White space before or after the text is taken off.
    OuterSpaces,
    /// Doubled and non-breaking spaces become one space.
    InnerSpaces,
    /// Spaces and hyphens between the digits of a number are taken out.
    Grouping,
    /// A date that can be read in one way only is written in the layout of the specification.
    DateLayout,
    /// A value of a code list gets the letter case, dashes and spaces of the list.
    Spelling,
    /// A word such as NULL, which a rule names, becomes a blank.
    Blank,
}

impl Repair {
    /// What was done, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::OuterSpaces => "Spaces before or after taken off",
            Self::InnerSpaces => "Doubled or non-breaking spaces made one",
            Self::Grouping => "Spaces and hyphens between digits taken out",
            Self::DateLayout => "Date written in the layout of the specification",
            Self::Spelling => "Code written as on the list",
            Self::Blank => "Word that stands for a blank made blank",
        }
    }
}

/// A cell after its repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The cell now.
    pub cell: String,
    /// What was done, in the order in which it was done.
    pub repairs: Vec<Repair>,
}

impl Specification {
    /// A cell of a field with everything mended that cannot change its meaning; `None` where there is nothing to mend.
    pub fn mend(&self, field: usize, cell: &str) -> Option<Mended> {
        let reading = self.readings.get(field)?;
        if is_plain(cell) && matches!(reading, Reading::Text) {
            return None;
        }
        let mut now = Cow::Borrowed(cell);
        let mut repairs = Vec::new();
        let mut step = |next: Option<String>, repair: Repair, now: &mut Cow<'_, str>| {
            if let Some(next) = next.filter(|next| *next != **now) {
                *now = Cow::Owned(next);
                repairs.push(repair);
            }
        };
        step(Some(cell.trim().to_owned()), Repair::OuterSpaces, &mut now);
        match reading {
            Reading::Text => {
                step(Some(single_spaced(&now)), Repair::InnerSpaces, &mut now);
                if self.dataset.fields.get(field).is_some_and(|f| f.grouped) {
                    step(digits_only(&now), Repair::Grouping, &mut now);
                }
            }
            Reading::Code(spellings) => {
                let listed = spellings.book().official(&now);
                // Other names of a value are the sender's words and stay.
                let official = listed.filter(|official| fold(official) == fold(&now));
                step(official.map(str::to_owned), Repair::Spelling, &mut now);
            }
            Reading::Date(layouts) => {
                let form = self.dataset.fields.get(field)?.layouts.first();
                let form = form.map_or("%d/%m/%Y", String::as_str);
                step(
                    certain_date(&now, layouts, form),
                    Repair::DateLayout,
                    &mut now,
                );
            }
            Reading::Integer | Reading::Decimal | Reading::Number => {}
        }
        (!repairs.is_empty()).then(|| Mended {
            cell: now.into_owned(),
            repairs,
        })
    }
}

impl Checker<'_> {
    /// The cells that a rule lets `haven fix` make blank: row in the batch and field, row by row.
    pub fn blanks(&self, batch: &CheckedBatch) -> Vec<(usize, usize)> {
        let rules = &self.specification.rules;
        let mut cells: Vec<(usize, usize)> = batch
            .hits
            .iter()
            .filter(|hit| {
                let rule = rules.get(hit.rule);
                rule.is_some_and(|rule| rule.mend == Some(Mend::Blank))
            })
            .filter_map(|hit| Some((hit, hit.field?)))
            .flat_map(|(hit, field)| hit.rows.iter().map(move |row| (row, field)))
            .filter(|(row, field)| !self.is_listed(batch, *row, *field))
            .collect();
        cells.sort_unstable();
        cells.dedup();
        cells
    }

    /// Whether a cell holds a value of its column's own list, which no rule can take for a blank.
    fn is_listed(&self, batch: &CheckedBatch, row: usize, field: usize) -> bool {
        let book = self.specification.code_book(field);
        book.zip(batch.raw.columns.get(field))
            .is_some_and(|(book, column)| {
                let cell = String::from_utf8_lossy(column.cell(row));
                book.official(&cell).is_some()
            })
    }
}

/// Whether nothing about spaces can be mended, seen from the bytes alone.
fn is_plain(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    let outer = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_whitespace() || *b == 0x0b);
    cell.is_ascii()
        && !outer(bytes.first())
        && !outer(bytes.last())
        && !bytes.contains(&b' ')
        && !bytes.contains(&b'-')
}

/// Each run of spaces, of which some may not break, as one space. Line breaks and tabs stay.
fn single_spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_space = false;
    for c in text.chars() {
        let is_space = matches!(c, ' ' | '\u{a0}' | '\u{2007}' | '\u{202f}');
        if is_space && after_space {
            continue;
        }
        out.push(if is_space { ' ' } else { c });
        after_space = is_space;
    }
    out
}

/// The digits of a number that is written in groups; `None` where anything else stands among them.
fn digits_only(text: &str) -> Option<String> {
    let is_between = |c: char| c == '-' || c == ' ' || ('\u{2010}'..='\u{2015}').contains(&c);
    let ends_in_digits = text.starts_with(|c: char| c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_digit());
    let digits: String = text.chars().filter(|c| !is_between(*c)).collect();
    (ends_in_digits && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// A date in the first layout, where the text can be read in one way only.
fn certain_date(text: &str, layouts: &[Layout], form: &str) -> Option<String> {
    if text.is_empty() || read_date(text.as_bytes(), layouts) != NO_DAY {
        return None;
    }
    let without_time = without_midnight(text);
    let known = read_date(without_time.as_bytes(), layouts);
    let day = if known == NO_DAY {
        one_way(without_time)?
    } else {
        date(known)?
    };
    let written = day.format(form).to_string();
    (read_date(written.as_bytes(), layouts) != NO_DAY).then_some(written)
}

/// A date without a time of day, where that time is midnight: it was added by a program.
fn without_midnight(text: &str) -> &str {
    let Some((day, time)) = text.split_once([' ', 'T']) else {
        return text;
    };
    let time = time.trim_end_matches('Z');
    let is_midnight =
        time.starts_with("00:00") && time.bytes().all(|b| matches!(b, b'0' | b':' | b'.'));
    if is_midnight { day } else { text }
}

/// The day that a text stands for in every country: year first, or the month by its name, or a day over 12 before
/// the month.
fn one_way(text: &str) -> Option<model::Date> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).collect();
    let [first, second, third] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str, most: usize| {
        let fits = !part.is_empty() && part.len() <= most;
        (fits && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (year, month, day) = if first.len() == 4 {
        // ISO 8601; with other signs between, some write the day before the month.
        if !text.contains('-') || text.contains(['/', '.', ' ']) || second.len() != 2 {
            return None;
        }
        (number(first, 4)?, number(second, 2)?, number(third, 2)?)
    } else if third.len() == 4 {
        let day = number(first, 2)?;
        match number(second, 2) {
            Some(month) if day > 12 => (number(third, 4)?, month, day),
            Some(_) => return None,
            None => (number(third, 4)?, named_month(second)?, day),
        }
    } else {
        return None;
    };
    model::Date::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn named_month(text: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let text = text.to_ascii_lowercase();
    let at = NAMES
        .iter()
        .position(|name| *name == text || (text.len() == 3 && name.starts_with(&text)))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_mended_only_when_there_is_one_way_to_read_them() {
        let layouts = [Layout::new("%d/%m/%Y").unwrap()];
        for (text, expected) in [
            ("2025-03-04", Some("04/03/2025")),
            ("2025-03-04T00:00:00", Some("04/03/2025")),
            ("2025-03-04 00:00:00.000", Some("04/03/2025")),
            ("04/03/2025 00:00", Some("04/03/2025")),
            ("25-03-2025", Some("25/03/2025")),
            ("25/3/2025", Some("25/03/2025")),
            ("4 Mar 2025", Some("04/03/2025")),
            ("4-March-2025", Some("04/03/2025")),
            ("04/03/2025", None),
            ("4/3/2025", None),
            ("04-03-2025", None),
            ("03/25/2025", None),
            ("2025/03/04", None),
            ("2025-03-04 10:30", None),
            ("04/03/25", None),
            ("31-02-2025", None),
            ("45720", None),
            ("", None),
            ("soon", None),
        ] {
            assert_eq!(
                certain_date(text, &layouts, "%d/%m/%Y").as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn only_digits_in_groups_lose_what_is_between() {
        for (text, expected) in [
            ("999 526 0182", Some("9995260182")),
            ("999-526-0182", Some("9995260182")),
            ("9995260182", Some("9995260182")),
            ("999 526 018X", None),
            ("-9995260182", None),
            ("9.99E+09", None),
            ("", None),
        ] {
            assert_eq!(digits_only(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn runs_of_spaces_become_one_and_line_breaks_stay() {
        assert_eq!(single_spaced("a\u{a0} b  c\nd"), "a b c\nd");
    }
}
