//! Scores and confidences: hundredths of a point from 0 to 100, so that sums do not depend on rounding.

use std::fmt;

/// A score from 0 to 100, exact to two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Score(u16);

impl Score {
    /// No agreement.
    pub const ZERO: Self = Self(0);
    /// Full agreement.
    pub const FULL: Self = Self(10_000);

    /// From whole points; more than 100 is 100.
    pub fn points(points: u32) -> Self {
        Self::hundredths_of(points.saturating_mul(100))
    }

    /// From hundredths of a point; more than 100 points is 100.
    pub fn hundredths_of(hundredths: u32) -> Self {
        u16::try_from(hundredths).map_or(Self::FULL, |h| Self(h).min(Self::FULL))
    }

    /// Hundredths of a point.
    pub const fn hundredths(self) -> u32 {
        self.0 as u32
    }

    /// Reads `85`, `85.5` or `85.50`.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part)
        {
            return None;
        }
        let hundredths = match part.len() {
            0 => 0,
            1 => part.parse::<u32>().ok()? * 10,
            _ => part.parse().ok()?,
        };
        let score = whole.parse::<u32>().ok()? * 100 + hundredths;
        (score <= 10_000).then(|| Self::hundredths_of(score))
    }

    /// Without decimals where there are none.
    pub fn short(self) -> String {
        if self.0.is_multiple_of(100) {
            (self.0 / 100).to_string()
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// The scores of the five fields of step 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct FieldScores {
    pub family_name: Score,
    pub given_name: Score,
    pub date_of_birth: Score,
    pub sex: Score,
    pub postcode: Score,
}

impl FieldScores {
    /// In the order of the files: family name, given name, date of birth, gender, postcode.
    pub const fn in_order(&self) -> [Score; 5] {
        [
            self.family_name,
            self.given_name,
            self.date_of_birth,
            self.sex,
            self.postcode,
        ]
    }

    /// From the order of the files.
    pub const fn from_order(scores: [Score; 5]) -> Self {
        let [family_name, given_name, date_of_birth, sex, postcode] = scores;
        Self {
            family_name,
            given_name,
            date_of_birth,
            sex,
            postcode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_written_with_two_decimals_and_read_back() {
        for (text, hundredths, short) in [
            ("100.00", 10_000, "100"),
            ("0.00", 0, "0"),
            ("66.67", 6_667, "66.67"),
            ("7.05", 705, "7.05"),
        ] {
            let score = Score::parse(text).unwrap();
            assert_eq!(score.hundredths(), hundredths);
            assert_eq!(score.to_string(), text);
            assert_eq!(score.short(), short);
            assert_eq!(Score::parse(short), Some(score));
        }
        assert_eq!(Score::parse("85.5"), Some(Score::hundredths_of(8_550)));
        for none in [
            "", ".", ".5", "100.01", "101", "1.234", "-1", "1e2", "1000", "५",
        ] {
            assert_eq!(Score::parse(none), None, "{none}");
        }
    }
}
