//! The settings of tracing, read from `content/linkage/tracing.toml` and printed in the report of every run.
//!
//! Whatever the public descriptions leave open is here by name; nothing of it has a default in Rust.

use crate::trace::Column;
use model::{Content, ContentError, Date};
use serde::{Deserialize, Serialize};

/// Where the settings are, below `content/`.
const PATH: &str = "linkage/tracing.toml";

/// The settings of tracing.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What people call it.
    pub title: String,
    /// How requests are read.
    pub request: RequestSettings,
    /// Step 0: what counts as a detail.
    pub quality: QualitySettings,
    /// Steps 1a and 1b: number and date of birth.
    pub cross_check: CrossCheckSettings,
    /// Step 3: exact details.
    pub alphanumeric: AlphanumericSettings,
    /// Step 4: scores.
    pub algorithmic: AlgorithmicSettings,
    /// Step 5: people who are in no index.
    pub bucket: BucketSettings,
    /// What is sensitive.
    pub sensitive: SensitiveSettings,
}

/// How requests are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RequestSettings {
    /// The most rows of a file.
    pub maximum_records: u32,
    /// The most characters of a field.
    pub maximum_field_length: usize,
    /// What is done with a column that is none of a request's.
    pub unknown_columns: UnknownColumns,
    /// What is done with a number that is none.
    pub malformed_number: MalformedNumber,
    /// Workflows that the first line of an older file may name.
    pub older_workflows: Vec<String>,
    /// The order of the columns of an older file.
    pub older_columns: Vec<Column>,
}

/// What is done with a column that is none of a request's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownColumns {
    /// The file is refused.
    Refuse,
    /// It is read past, and the report says so.
    Tell,
}

/// What is done with a number that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MalformedNumber {
    /// The row is traced without it.
    Ignore,
    /// The row is refused.
    Refuse,
}

/// Step 0: what counts as a detail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QualitySettings {
    /// The first plausible date of birth.
    pub earliest_date_of_birth: Date,
    /// Dates that stand for "not known".
    pub placeholder_dates_of_birth: Vec<Date>,
    /// What is done with a date that is not plausible.
    pub implausible_date_of_birth: ImplausibleDate,
    /// Words that stand where a name should be.
    pub not_names: Vec<String>,
    /// Outward parts of postcodes that say no place.
    pub not_places: Vec<String>,
    /// Codes of sex that say nothing.
    pub not_sexes: Vec<String>,
}

/// What is done with a date of birth that is not plausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ImplausibleDate {
    /// Nothing more is tried.
    Stop,
    /// The row is traced without it.
    Missing,
}

/// Steps 1a and 1b: number and date of birth.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CrossCheckSettings {
    /// How many of year, month and day must be equal where not all are.
    pub partial_date_parts: u8,
    /// Whether day and month may be exchanged.
    pub day_and_month_exchanged: bool,
    /// How many first letters of family names must be equal.
    pub family_name_letters: usize,
    /// How many first letters of given names must be equal.
    pub given_name_letters: usize,
    /// Whether the outward part of the postcode may stand for the names.
    pub outward_postcode: bool,
    /// Whether former names and postcodes count.
    pub history: bool,
}

/// Step 3: exact details.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AlphanumericSettings {
    /// Which other details must agree where they were sent.
    pub also: Vec<OtherDetail>,
    /// Whether former names and postcodes count.
    pub history: bool,
    /// The most people of one family name and date of birth.
    pub maximum_candidates: usize,
}

/// A detail that step 3 compares where it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherDetail {
    /// The given name.
    GivenName,
    /// Other given names.
    OtherGivenName,
    /// The postcode.
    Postcode,
    /// The code of the practice.
    GpPractice,
    /// The day of death.
    DateOfDeath,
}

/// Step 4: scores.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AlgorithmicSettings {
    /// The least number of fields that a row must have.
    pub minimum_fields: usize,
    /// The least total that is a match.
    pub minimum_total: u32,
    /// No other person may be within so many points of the best.
    pub close_gap: u32,
    /// Whether former names and postcodes count.
    pub history: bool,
    /// Who is a candidate.
    pub blocks: Vec<Vec<BlockKey>>,
    /// The most people in a block that is used.
    pub maximum_candidates: usize,
    /// Points of the total for each field.
    pub weights: Weights,
    /// Scores of fields that are near.
    pub near: NearScores,
}

/// A key that the people of a block share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockKey {
    /// The family name.
    FamilyName,
    /// The family name as Soundex hears it.
    FamilySound,
    /// The first given name.
    GivenName,
    /// First given name and family name, either way round.
    BothNames,
    /// The whole date of birth.
    DateOfBirth,
    /// The year of birth.
    BirthYear,
    /// The postcode.
    Postcode,
    /// The outward part of the postcode.
    Outward,
    /// The sex.
    Sex,
}

/// One of the five fields that are scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoredField {
    /// The family name.
    FamilyName,
    /// The given name.
    GivenName,
    /// The sex.
    Sex,
    /// The date of birth.
    DateOfBirth,
    /// The postcode.
    Postcode,
}

impl ScoredField {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::FamilyName,
        Self::GivenName,
        Self::Sex,
        Self::DateOfBirth,
        Self::Postcode,
    ];
}

/// Points of the total for each field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct Weights {
    pub family_name: u32,
    pub given_name: u32,
    pub sex: u32,
    pub date_of_birth: u32,
    pub postcode: u32,
}

/// Scores of fields that are near.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NearScores {
    /// The least Jaro-Winkler similarity of names that are near.
    pub name_similarity: f64,
    /// The score there.
    pub name_least: u32,
    /// The score that names come close to as they come close to being equal.
    pub name_most: u32,
    /// An initial that fits.
    pub initial: u32,
    /// The first of several given names is equal.
    pub first_given_name: u32,
    /// Given and family name stand in each other's place.
    pub names_exchanged: u32,
    /// Day and month are exchanged.
    pub day_and_month_exchanged: u32,
    /// Two of year, month and day are equal.
    pub two_date_parts: u32,
    /// One digit of the date is another.
    pub one_digit: u32,
    /// Postcodes are one edit apart.
    pub postcode_one_edit: u32,
    /// The sector is equal.
    pub sector: u32,
    /// The outward part is equal.
    pub outward: u32,
}

/// Step 5: people who are in no index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BucketSettings {
    /// What a row must have to be looked up and kept.
    pub needs: Vec<ScoredField>,
}

/// What is sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SensitiveSettings {
    /// Confidentiality codes that are not.
    pub open: Vec<String>,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file is missing or has a mistake; the message points at it.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A value is readable and makes no sense.
    #[error("`{setting}` of content/{PATH} {must}")]
    Senseless {
        setting: &'static str,
        must: &'static str,
    },
}

impl Settings {
    /// Reads and checks the settings.
    pub fn read(content: &Content) -> Result<Self, SettingsError> {
        let settings: Self = content.toml(PATH)?;
        settings.check()?;
        Ok(settings)
    }

    /// The settings as they are printed in a report.
    pub fn as_text(&self) -> String {
        toml::to_string_pretty(self).unwrap_or_default()
    }

    fn check(&self) -> Result<(), SettingsError> {
        let must = |holds: bool, setting: &'static str, must: &'static str| {
            holds
                .then_some(())
                .ok_or(SettingsError::Senseless { setting, must })
        };
        let request = &self.request;
        must(
            (1..ROWS).contains(&request.maximum_records),
            "request.maximum_records",
            "must be from 1 to 60,466,175, which is what a one-time id can hold",
        )?;
        must(
            request.maximum_field_length > 0,
            "request.maximum_field_length",
            "must be above 0",
        )?;
        let mut columns = request.older_columns.clone();
        columns.sort_unstable();
        columns.dedup();
        must(
            columns.len() == request.older_columns.len() && columns.contains(&Column::Reference),
            "request.older_columns",
            "must name `UNIQUE REFERENCE`, and no column twice",
        )?;
        must(
            (1..=3).contains(&self.cross_check.partial_date_parts),
            "cross_check.partial_date_parts",
            "must be 1, 2 or 3",
        )?;
        let algorithmic = &self.algorithmic;
        must(
            (1..=5).contains(&algorithmic.minimum_fields),
            "algorithmic.minimum_fields",
            "must be from 1 to 5",
        )?;
        must(
            (1..=100).contains(&algorithmic.minimum_total),
            "algorithmic.minimum_total",
            "must be from 1 to 100",
        )?;
        must(
            algorithmic.close_gap <= 100,
            "algorithmic.close_gap",
            "must be at most 100",
        )?;
        must(
            algorithmic.blocks.iter().all(|keys| !keys.is_empty()),
            "algorithmic.blocks",
            "must have a key in every block",
        )?;
        let weights = &algorithmic.weights;
        let parts = [
            weights.family_name,
            weights.given_name,
            weights.sex,
            weights.date_of_birth,
            weights.postcode,
        ];
        must(
            parts.iter().all(|w| *w <= 100) && parts.iter().sum::<u32>() == 100,
            "algorithmic.weights",
            "must sum to 100",
        )?;
        let near = &algorithmic.near;
        must(
            (0.0..1.0).contains(&near.name_similarity),
            "algorithmic.near.name_similarity",
            "must be from 0 to below 1",
        )?;
        let scores = [
            near.name_least,
            near.name_most,
            near.initial,
            near.first_given_name,
            near.names_exchanged,
            near.day_and_month_exchanged,
            near.two_date_parts,
            near.one_digit,
            near.postcode_one_edit,
            near.sector,
            near.outward,
        ];
        must(
            scores.iter().all(|s| *s <= 100) && near.name_least <= near.name_most,
            "algorithmic.near",
            "must have scores from 0 to 100, and `name_least` not above `name_most`",
        )?;
        let needs = &self.bucket.needs;
        must(
            [ScoredField::DateOfBirth, ScoredField::Postcode]
                .iter()
                .all(|field| needs.contains(field)),
            "bucket.needs",
            "must name date_of_birth and postcode, by which earlier rows are found",
        )
    }
}

/// One more than the rows that a one-time id can hold.
const ROWS: u32 = 36u32.pow(5);

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::path::Path;

    pub(crate) fn text() -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/tracing.toml");
        std::fs::read_to_string(path).unwrap()
    }

    fn read(text: String) -> Result<Settings, SettingsError> {
        Settings::read(&Content::from_files([(PATH.to_owned(), text.into_bytes())]))
    }

    /// The settings that are shipped.
    pub(crate) fn settings() -> Settings {
        read(text()).unwrap()
    }

    #[test]
    fn shipped_settings_are_read_and_print_as_they_can_be_read_again() {
        let settings = settings();
        assert_eq!(read(settings.as_text()).unwrap(), settings);
        assert_eq!(settings.request.older_columns, Column::ALL);
    }

    #[test]
    fn a_key_that_is_none_is_refused_with_its_place() {
        let mistaken = text().replace("close_gap = 10", "close_gab = 10");
        let line = mistaken
            .lines()
            .position(|l| l.starts_with("close_gab"))
            .unwrap();
        let message = read(mistaken).unwrap_err().to_string();
        assert!(message.contains(&format!("line {}", line + 1)), "{message}");
        assert!(message.contains("`close_gab`"), "{message}");
        assert!(
            message.contains("content/linkage/tracing.toml"),
            "{message}"
        );
    }

    #[test]
    fn every_setting_must_stand_in_the_file() {
        let lines = text();
        for line in lines
            .lines()
            .filter(|l| l.contains(" = ") && !l.starts_with('#'))
        {
            let (key, value) = line.split_once(" = ").unwrap();
            if value == "[" {
                continue;
            }
            let without = lines.replacen(&format!("{line}\n"), "", 1);
            assert!(read(without).is_err(), "without {key}");
        }
    }

    #[test]
    fn values_that_make_no_sense_are_refused_by_name() {
        for (from, to, setting) in [
            ("sex = 20", "sex = 21", "algorithmic.weights"),
            ("minimum_total = 50", "minimum_total = 0", "minimum_total"),
            (
                "maximum_records = 5_000_000",
                "maximum_records = 60_466_176",
                "maximum_records",
            ),
            (
                "name_similarity = 0.88",
                "name_similarity = 1.0",
                "name_similarity",
            ),
            ("outward = 60", "outward = 101", "algorithmic.near"),
            ("    [\"both_names\"],", "    [],", "algorithmic.blocks"),
            ("\"GENDER\", ", "\"NHS_NO\", ", "older_columns"),
            ("needs = [\"date_of_birth\", ", "needs = [", "bucket.needs"),
        ] {
            let lines = text();
            assert!(lines.contains(from), "{from}");
            let message = read(lines.replace(from, to)).unwrap_err().to_string();
            assert!(message.contains(setting), "{message}");
        }
    }
}
