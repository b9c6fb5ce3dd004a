//! Dates of which the day, or day and month, may be unknown; four bytes each.

use model::Date;

/// A date, a month or a year, or nothing at all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Day(u32);

impl Day {
    /// No date.
    pub const NONE: Self = Self(0);

    /// The last day that can be told.
    pub(crate) const LAST: Self = Self((9999 << 9) | (12 << 5) | 31);

    /// From its parts; month and day are 0 where they are unknown. `None` where there is no such date.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        let real = match (month, day) {
            (0, 0) => true,
            (_, 0) => month <= 12,
            _ => Date::from_ymd_opt(i32::try_from(year).ok()?, month, day).is_some(),
        };
        (real && (1..=9999).contains(&year)).then_some(Self((year << 9) | (month << 5) | day))
    }

    /// Reads `YYYYMMDD`, `YYYYMM` or `YYYY`.
    pub fn parse_compact(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let part = |from: usize, to: usize| text.get(from..to)?.parse().ok();
        match text.len() {
            4 if digits => Self::new(part(0, 4)?, 0, 0),
            6 if digits => Self::new(part(0, 4)?, known(part(4, 6)?)?, 0),
            8 if digits => Self::new(part(0, 4)?, known(part(4, 6)?)?, known(part(6, 8)?)?),
            _ => None,
        }
    }

    /// Reads `YYYY-MM-DD`, `YYYY-MM`, `YYYY`, or any of them without hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        if !text.contains('-') {
            return Self::parse_compact(text);
        }
        let shaped = matches!(
            text.as_bytes(),
            [_, _, _, _, b'-', _, _] | [_, _, _, _, b'-', _, _, b'-', _, _]
        );
        shaped
            .then(|| Self::parse_compact(&text.replace('-', "")))
            .flatten()
    }

    /// The year.
    pub const fn year(self) -> u32 {
        self.0 >> 9
    }

    /// The month, 0 where it is unknown.
    pub const fn month(self) -> u32 {
        (self.0 >> 5) & 15
    }

    /// The day of the month, 0 where it is unknown.
    pub const fn day(self) -> u32 {
        self.0 & 31
    }

    /// Month and day in nine bits.
    pub(crate) const fn month_and_day(self) -> u32 {
        self.0 & 511
    }

    /// Whether there is no date at all.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether day, month and year are known.
    pub const fn is_whole(self) -> bool {
        self.day() != 0
    }

    /// The date, where all of it is known.
    pub fn date(self) -> Option<Date> {
        if self.is_whole() {
            Date::from_ymd_opt(i32::try_from(self.year()).ok()?, self.month(), self.day())
        } else {
            None
        }
    }

    /// As files have it: `YYYYMMDD`, or as much as is known.
    pub fn compact(self) -> String {
        self.written("")
    }

    /// As people have it: `YYYY-MM-DD`, or as much as is known.
    pub fn iso(self) -> String {
        self.written("-")
    }

    fn written(self, between: &str) -> String {
        let (year, month, day) = (self.year(), self.month(), self.day());
        match (year, month, day) {
            (0, ..) => String::new(),
            (_, 0, _) => format!("{year:04}"),
            (_, _, 0) => format!("{year:04}{between}{month:02}"),
            _ => format!("{year:04}{between}{month:02}{between}{day:02}"),
        }
    }

    /// How many of year, month and day are known on both sides and equal.
    pub const fn parts_equal(self, other: Self) -> u8 {
        const fn same(a: u32, b: u32) -> u8 {
            (a != 0 && a == b) as u8
        }
        same(self.year(), other.year())
            + same(self.month(), other.month())
            + same(self.day(), other.day())
    }

    /// Whether the year is the same and day and month stand in each other's place.
    pub const fn is_exchanged(self, other: Self) -> bool {
        self.is_whole()
            && self.year() == other.year()
            && self.month() == other.day()
            && self.day() == other.month()
            && self.0 != other.0
    }
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        use chrono::Datelike;
        let year = u32::try_from(date.year()).unwrap_or_default();
        Self::new(year, date.month(), date.day()).unwrap_or_default()
    }
}

/// A day of birth points at a person, so it does not print.
impl std::fmt::Debug for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("‹day›")
    }
}

const fn known(part: u32) -> Option<u32> {
    if part == 0 { None } else { Some(part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_and_years_are_read_and_written() {
        for (text, iso) in [
            ("19500302", "1950-03-02"),
            ("195003", "1950-03"),
            ("1950", "1950"),
            ("20000229", "2000-02-29"),
        ] {
            let day = Day::parse_compact(text).unwrap();
            assert_eq!(day.compact(), text);
            assert_eq!(day.iso(), iso);
            assert_eq!(Day::parse(iso).unwrap().compact(), text);
        }
        assert_eq!(Day::NONE.iso(), "");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "0",
            "19",
            "1950-",
            "19500230",
            "19501301",
            "19500001",
            "19500100",
            "195000",
            "0000",
            "1900022９",
            "+9500101",
            "1950-3-2",
            "19000229",
            "1950-0302",
            "195-00302",
            "1950--0302",
        ] {
            assert!(Day::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn parts_and_exchange() {
        let day = |text: &str| Day::parse(text).unwrap();
        for (a, b, parts, exchanged) in [
            ("1950-03-02", "1950-03-02", 3, false),
            ("1950-03-02", "1950-02-03", 1, true),
            ("1950-03-03", "1950-03-03", 3, false),
            ("1950-03-02", "1950-03-09", 2, false),
            ("1950", "1950-03-02", 1, false),
            ("1950-03", "1950-03-02", 2, false),
            ("1950", "1950", 1, false),
            ("1950-03-02", "1951-02-03", 0, false),
        ] {
            assert_eq!(day(a).parts_equal(day(b)), parts, "{a} {b}");
            assert_eq!(day(a).is_exchanged(day(b)), exchanged, "{a} {b}");
            assert_eq!(day(b).parts_equal(day(a)), parts, "{b} {a}");
            assert_eq!(day(b).is_exchanged(day(a)), exchanged, "{b} {a}");
        }
    }
}
