//! Date layouts, read strictly: a cell is a date only if it has exactly the stated shape and the day exists.

use model::Date;

/// A date that is blank or unreadable.
pub(crate) const NO_DAY: i32 = i32::MIN;

/// Days from the first of January of year 1 (day 1, as chrono counts) to the first of January 1970.
const EPOCH: i32 = 719_163;

/// A layout such as `%d/%m/%Y`, taken apart.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    parts: Vec<Part>,
    /// Whether it is the common `dd?mm?yyyy`, with this byte between.
    slashed: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Day,
    Month,
    Year,
    MonthName,
    Byte(u8),
}

const MONTHS: [&[u8; 3]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

impl Layout {
    /// Takes a layout apart; the fault names the letter that is not known.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                parts.push(Part::Byte(byte));
                continue;
            }
            parts.push(match bytes.next() {
                Some(b'd') => Part::Day,
                Some(b'm') => Part::Month,
                Some(b'Y') => Part::Year,
                Some(b'b') => Part::MonthName,
                other => {
                    let letter = other.map_or(String::new(), |b| char::from(b).to_string());
                    return Err(format!(
                        "date layout `{text}`: `%{letter}` is not known, use %d, %m, %b and %Y"
                    ));
                }
            });
        }
        for (needed, name) in [(Part::Day, "%d"), (Part::Year, "%Y")] {
            if parts.iter().filter(|p| **p == needed).count() != 1 {
                return Err(format!("date layout `{text}` needs {name} once"));
            }
        }
        let months = |p: &&Part| matches!(p, Part::Month | Part::MonthName);
        if parts.iter().filter(months).count() != 1 {
            return Err(format!("date layout `{text}` needs %m or %b once"));
        }
        let slashed = match parts.as_slice() {
            [
                Part::Day,
                Part::Byte(a),
                Part::Month,
                Part::Byte(b),
                Part::Year,
            ] if a == b => Some(*a),
            _ => None,
        };
        Ok(Self { parts, slashed })
    }

    /// The day, as days since 1970, or [`NO_DAY`].
    pub(crate) fn read(&self, cell: &[u8]) -> i32 {
        match self.slashed {
            Some(between) => read_slashed(cell, between),
            None => self.read_parts(cell).unwrap_or(NO_DAY),
        }
    }

    fn read_parts(&self, mut cell: &[u8]) -> Option<i32> {
        let (mut day, mut month, mut year) = (0, 0, 0);
        for part in &self.parts {
            let width = match part {
                Part::Day | Part::Month => 2,
                Part::Year => 4,
                Part::MonthName => 3,
                Part::Byte(_) => 1,
            };
            let (piece, rest) = cell.split_at_checked(width)?;
            cell = rest;
            match part {
                Part::Day => day = digits(piece)?,
                Part::Month => month = digits(piece)?,
                Part::Year => year = digits(piece)?,
                Part::MonthName => {
                    let at = MONTHS
                        .iter()
                        .position(|name| name.eq_ignore_ascii_case(piece))?;
                    month = u32::try_from(at + 1).ok()?;
                }
                Part::Byte(byte) => {
                    if piece != [*byte] {
                        return None;
                    }
                }
            }
        }
        if !cell.is_empty() {
            return None;
        }
        day_number(year, month, day)
    }
}

fn read_slashed(cell: &[u8], between: u8) -> i32 {
    let Ok([d1, d2, s1, m1, m2, s2, y1, y2, y3, y4]) = <[u8; 10]>::try_from(cell) else {
        return NO_DAY;
    };
    let pieces = [d1, d2, m1, m2, y1, y2, y3, y4].map(|b| b.wrapping_sub(b'0'));
    if s1 != between || s2 != between || pieces.iter().any(|d| *d > 9) {
        return NO_DAY;
    }
    let [d1, d2, m1, m2, y1, y2, y3, y4] = pieces.map(u32::from);
    let year = ((y1 * 10 + y2) * 10 + y3) * 10 + y4;
    day_number(year, m1 * 10 + m2, d1 * 10 + d2).unwrap_or(NO_DAY)
}

fn digits(piece: &[u8]) -> Option<u32> {
    piece.iter().try_fold(0, |n, byte| {
        byte.is_ascii_digit()
            .then(|| n * 10 + u32::from(byte - b'0'))
    })
}

/// Days since 1970 of a day that exists, year 1 or later.
fn day_number(year: u32, month: u32, day: u32) -> Option<i32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if day == 0 || day > longest || year == 0 {
        return None;
    }
    // Days by era of 400 years that begin in March (Howard Hinnant's civil calendar).
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    i32::try_from(era * 146_097 + of_era)
        .ok()
        .map(|days| days - 719_468)
}

/// Year, month and day of a number of days since 1970 that is not [`NO_DAY`].
pub(crate) const fn civil(days: i32) -> (i32, i32, i32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Days since 1970 of a date.
pub(crate) fn days(date: Date) -> i32 {
    use chrono::Datelike;
    date.num_days_from_ce() - EPOCH
}

/// The date of a number of days since 1970; `None` for [`NO_DAY`].
pub(crate) fn date(days: i32) -> Option<Date> {
    if days == NO_DAY {
        return None;
    }
    Date::from_num_days_from_ce_opt(days.checked_add(EPOCH)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_five_centuries_is_read_as_the_calendar_has_it() {
        let layout = Layout::new("%d/%m/%Y").unwrap();
        let named = Layout::new("%d-%b-%Y").unwrap();
        let plain = Layout::new("%Y%m%d").unwrap();
        let mut day = Date::from_ymd_opt(1601, 1, 1).unwrap();
        let last = Date::from_ymd_opt(2105, 1, 1).unwrap();
        while day < last {
            let expected = days(day);
            for (layout, form) in [
                (&layout, "%d/%m/%Y"),
                (&named, "%d-%b-%Y"),
                (&plain, "%Y%m%d"),
            ] {
                assert_eq!(
                    layout.read(day.format(form).to_string().as_bytes()),
                    expected
                );
            }
            assert_eq!(date(expected), Some(day));
            let (year, month, of_month) = civil(expected);
            assert_eq!(
                Date::from_ymd_opt(
                    year,
                    month.try_into().unwrap(),
                    of_month.try_into().unwrap()
                ),
                Some(day)
            );
            day = day.succ_opt().unwrap();
        }
    }

    #[test]
    fn other_shapes_are_unreadable() {
        let layout = Layout::new("%d/%m/%Y").unwrap();
        for cell in [
            "31/02/2025",
            "29/02/2025",
            "00/01/2025",
            "01/13/2025",
            "1/1/2025",
            "01/01/25",
            "01-01-2025",
            "2025-01-01",
            "01/01/2025 00:00",
            "45000",
            "NULL",
            "01/01/0000",
            "",
        ] {
            assert_eq!(layout.read(cell.as_bytes()), NO_DAY, "{cell}");
        }
        assert_ne!(layout.read(b"29/02/2024"), NO_DAY);
        assert!(Layout::new("%d/%q/%Y").unwrap_err().contains("%q"));
    }
}
