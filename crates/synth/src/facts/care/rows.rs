//! `care.toml` and `providers.csv` as they are written, before their texts are kept as words.

use super::{AfterReview, Cost, Next, PackageStage, RouteKind, Setting, Spans};
use crate::facts::{ByAge, Texts};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Aged {
    pub(super) value: String,
    pub(super) working_age: f64,
    pub(super) older: f64,
}

/// Texts that stand for fixed ideas.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordsRow {
    pub(super) male: String,
    pub(super) female: String,
    pub(super) service_user: String,
    pub(super) carer: String,
    pub(super) carer_by_association: String,
    pub(super) request: String,
    pub(super) assessment: String,
    pub(super) service: String,
    pub(super) review: String,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) unknown: String,
    pub(super) carer_reason: String,
    pub(super) ethnicity_refused: String,
    pub(super) ethnicity_unknown: String,
    pub(super) continuing: String,
    pub(super) died: String,
    pub(super) moved: String,
    pub(super) changed: String,
    pub(super) ended: String,
    pub(super) ended_as_planned: String,
    pub(super) to_assessment: String,
    pub(super) review_of_short_term: String,
    pub(super) method_person: String,
    pub(super) method_carer: String,
    pub(super) method_both: String,
    pub(super) long_assessment: String,
    pub(super) short_assessment: String,
    pub(super) care_home: String,
    pub(super) nursing_home: String,
    pub(super) label_request: Vec<String>,
    pub(super) label_assessment: Vec<String>,
    pub(super) label_review: Vec<String>,
    pub(super) label_carer_assessment: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CareFile {
    pub(super) words: WordsRow,
    pub(super) caring_hours: Texts,
    pub(super) short_assessment_share: f64,
    pub(super) days: Spans,
    pub(super) reason: Vec<ReasonRow>,
    pub(super) people: PeopleRow,
    pub(super) route: Vec<RouteRow>,
    pub(super) decision: Vec<DecisionRow>,
    pub(super) after_short_term: Vec<AfterRow>,
    pub(super) finding: Vec<AfterRow>,
    pub(super) review_reason: Vec<ReviewReasonRow>,
    pub(super) review_outcome: Vec<ReviewOutcomeRow>,
    pub(super) review: ReviewRow,
    pub(super) package: Vec<PackageRow>,
    pub(super) carer: CarerRow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonRow {
    pub(super) value: String,
    pub(super) working_age: f64,
    pub(super) older: f64,
    pub(super) autism: f64,
    pub(super) dementia: ByAge,
    #[serde(default)]
    pub(super) employment: bool,
    #[serde(default)]
    pub(super) sight: Texts,
    #[serde(default)]
    pub(super) hearing: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PeopleRow {
    pub(super) homes: Vec<Aged>,
    pub(super) carer_homes: Vec<Aged>,
    pub(super) employment: Texts,
    pub(super) funding: Texts,
    pub(super) funding_without_reablement: Texts,
    pub(super) sight: Texts,
    pub(super) hearing: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteRow {
    pub(super) value: String,
    pub(super) kind: RouteKind,
    pub(super) working_age: f64,
    pub(super) older: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionRow {
    pub(super) value: String,
    pub(super) next: Next,
    pub(super) working_age: f64,
    pub(super) older: f64,
    pub(super) from_hospital: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AfterRow {
    pub(super) value: String,
    pub(super) next: Next,
    pub(super) share: f64,
    #[serde(default)]
    pub(super) eligible: String,
    #[serde(default)]
    pub(super) never_reviewed: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewReasonRow {
    pub(super) value: String,
    pub(super) planned: bool,
    pub(super) share: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewOutcomeRow {
    pub(super) value: String,
    pub(super) next: AfterReview,
    pub(super) share: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewRow {
    pub(super) results: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CarerRow {
    pub(super) finding_service: String,
    pub(super) finding_none: String,
    pub(super) given_service: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackageRow {
    pub(super) stage: PackageStage,
    pub(super) setting: Setting,
    pub(super) service: String,
    pub(super) component: String,
    pub(super) label: String,
    pub(super) mechanisms: Texts,
    #[serde(default)]
    pub(super) cost: Option<Cost>,
    #[serde(default)]
    pub(super) provider: String,
    pub(super) working_age: f64,
    pub(super) older: f64,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProviderRow {
    pub(super) kind: String,
    pub(super) council: String,
    pub(super) key: String,
    pub(super) name: String,
}
