//! The settings of tracing over FHIR, read from `content/linkage/fhir.toml`; nothing of it has a default in Rust.

use super::FhirOutcome;
use model::{Content, ContentError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the settings are, below `content/`.
const PATH: &str = "linkage/fhir.toml";

/// The settings of tracing over FHIR.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FhirSettings {
    /// What people call it.
    pub title: String,
    /// What a client may ask for.
    pub asking: AskingSettings,
    /// Names of systems of identifiers and codes.
    pub systems: Systems,
    /// What each gender is in the index.
    pub gender: GenderCodes,
    /// `Patient/$match`.
    #[serde(rename = "match")]
    pub matching: MatchSettings,
    /// Patient search.
    pub search: SearchSettings,
    /// What the answers say, by code.
    outcomes: BTreeMap<String, OutcomeSettings>,
    #[serde(skip)]
    by_outcome: Vec<OutcomeSettings>,
}

/// What a client may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskingSettings {
    /// The header in which it says so, in lower case.
    pub purpose_header: String,
    /// What it may say; the first holds where it says nothing.
    pub purposes: Vec<String>,
}

/// Names of systems of identifiers and codes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct Systems {
    pub nhs_number: String,
    pub organisation: String,
    pub verification_extension: String,
    pub verification_status: String,
    pub verified_code: String,
    pub verified_display: String,
    pub match_grade: String,
    pub trace_step: String,
    pub confidentiality: String,
    pub outcome: String,
    pub outcome_version: String,
}

/// What each gender of FHIR is in the index.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names say it all")]
pub struct GenderCodes {
    pub male: String,
    pub female: String,
    pub other: String,
    pub unknown: String,
}

/// `Patient/$match`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MatchSettings {
    /// Whether only a certain match comes back where the request does not say.
    pub only_certain: bool,
    /// How many candidates come back where the request does not say.
    pub count: usize,
    /// How many come back at most.
    pub most_count: usize,
    /// The least total of step 4 that is probable.
    pub probable: u32,
    /// The most bytes of a request.
    pub most_bytes: usize,
    /// Whether postcode, practice and day of death count towards a sensitive person.
    pub sensitive_by_blanked_details: bool,
}

/// Patient search.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSettings {
    /// How many results a clinician gets where the request does not say.
    pub results: usize,
    /// How many may be asked for.
    pub most_results: usize,
    /// How many characters a wildcard needs before it.
    pub characters_before_wildcard: usize,
    /// The most people that are looked at.
    pub most_candidates: usize,
    /// Whether postcode, practice or day of death may find a sensitive person.
    pub sensitive_by_blanked_details: bool,
    /// Scores of what is not equal.
    pub scores: SearchScores,
}

/// Scores of what is not equal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SearchScores {
    /// The part before the wildcard is equal.
    pub wildcard: u32,
    /// A former name or postcode is.
    pub former: u32,
    /// Names sound alike.
    pub sound: u32,
    /// Given and family name stand in each other's place.
    pub exchanged: u32,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeSettings {
    /// The status of HTTP.
    pub status: u16,
    /// `error` or `information`.
    pub severity: String,
    /// The kind of issue in FHIR.
    pub issue: String,
    /// What it means, in words.
    pub display: String,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FhirSettingsError {
    /// The file is missing or has a mistake; the message points at it.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A value is readable and makes no sense.
    #[error("`{setting}` of content/{PATH} {must}")]
    Senseless {
        setting: &'static str,
        must: &'static str,
    },
    /// An answer has no words.
    #[error("content/{PATH} must have `[outcomes.{code}]` and no outcomes beyond the six")]
    Outcome { code: &'static str },
}

impl FhirSettings {
    /// Reads and checks the settings.
    pub fn read(content: &Content) -> Result<Self, FhirSettingsError> {
        let mut settings: Self = content.toml(PATH)?;
        settings.check()?;
        for outcome in FhirOutcome::ALL {
            let code = outcome.code();
            let says = settings.outcomes.get(code).cloned();
            let says = says.filter(|_| settings.outcomes.len() == FhirOutcome::ALL.len());
            let says = says.ok_or(FhirSettingsError::Outcome { code })?;
            settings.by_outcome.push(says);
        }
        Ok(settings)
    }

    fn check(&self) -> Result<(), FhirSettingsError> {
        let must = |holds: bool, setting, must| {
            let fault = FhirSettingsError::Senseless { setting, must };
            if holds { Ok(()) } else { Err(fault) }
        };
        let (matching, search) = (&self.matching, &self.search);
        let word = |text: &String| {
            let letter = |c: char| c.is_ascii_lowercase() || c == '-';
            (1..=64).contains(&text.len()) && text.chars().all(letter)
        };
        must(
            word(&self.asking.purpose_header)
                && !self.asking.purposes.is_empty()
                && self.asking.purposes.iter().all(word),
            "asking",
            "must have a header and at least one purpose, of lower-case letters and hyphens",
        )?;
        must(
            (1..=matching.most_count).contains(&matching.count),
            "match.count",
            "must be from 1 to `most_count`",
        )?;
        must(
            matching.probable <= 100,
            "match.probable",
            "must be at most 100",
        )?;
        must(
            (1..=search.most_results).contains(&search.results),
            "search.results",
            "must be from 1 to `most_results`",
        )?;
        must(
            search.characters_before_wildcard >= 1,
            "search.characters_before_wildcard",
            "must be at least 1",
        )?;
        let scores = &search.scores;
        must(
            [
                scores.wildcard,
                scores.former,
                scores.sound,
                scores.exchanged,
            ]
            .iter()
            .all(|score| *score < 100),
            "search.scores",
            "must have scores below 100, which is for what is equal",
        )?;
        let statuses = self.outcomes.values().map(|says| says.status);
        must(
            statuses
                .into_iter()
                .all(|s| s == 200 || (400..600).contains(&s)),
            "outcomes.status",
            "must be 200, or from 400 to 599",
        )?;
        let genders = self.gender.in_order().map(|(_, code)| code);
        must(
            genders.iter().all(|code| code.len() == 1)
                && genders
                    .iter()
                    .all(|code| genders.iter().filter(|c| c == &code).count() == 1),
            "gender",
            "must have a code of one character for each, all different",
        )
    }

    pub(super) fn outcome(&self, outcome: FhirOutcome) -> &OutcomeSettings {
        static UNREAD: OutcomeSettings = OutcomeSettings {
            status: 500,
            severity: String::new(),
            issue: String::new(),
            display: String::new(),
        };
        self.by_outcome.get(outcome as usize).unwrap_or(&UNREAD)
    }
}

impl GenderCodes {
    const fn in_order(&self) -> [(&'static str, &String); 4] {
        [
            ("male", &self.male),
            ("female", &self.female),
            ("other", &self.other),
            ("unknown", &self.unknown),
        ]
    }

    /// The code in the index for a gender of FHIR.
    pub(super) fn code(&self, gender: &str) -> Option<&str> {
        let mut all = self.in_order().into_iter();
        all.find(|(name, _)| *name == gender)
            .map(|(_, code)| code.as_str())
    }

    /// The gender of FHIR for a code in the index.
    pub(super) fn gender(&self, code: u8) -> Option<&'static str> {
        let mut all = self.in_order().into_iter();
        all.find(|(_, held)| held.as_bytes() == [code])
            .map(|(name, _)| name)
    }
}
