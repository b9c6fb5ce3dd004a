//! What the invented hospital writes: `hospital.toml`, typed.

use super::{Source, Stage, Texts};
use crate::{SynthError, people::Sex};
use serde::Deserialize;

/// All of `hospital.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HospitalFacts {
    pub(crate) admission_emergency_department: String,
    pub(crate) admission_emergency_other: Texts,
    pub(crate) admission_planned: Texts,
    pub(crate) admission_maternity: Texts,
    pub(crate) destination_home: String,
    pub(crate) destination_care_home: String,
    pub(crate) destination_died: String,
    pub(crate) destination_other: Texts,
    #[serde(rename = "condition")]
    pub(crate) conditions: Vec<Condition>,
    pub(crate) emergency_department: EmergencyDepartment,
}

/// A primary diagnosis and where it is treated.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    pub(crate) code: String,
    pub(crate) treatment: String,
    #[serde(default)]
    pub(crate) sex: Option<Sex>,
    #[serde(default)]
    emergency: ByStageOfLife,
    #[serde(default)]
    planned: ByStageOfLife,
    #[serde(default)]
    maternity: ByStageOfLife,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ByStageOfLife {
    child: f64,
    working_age: f64,
    older: f64,
}

impl ByStageOfLife {
    const fn at(self, stage: Stage) -> f64 {
        match stage {
            Stage::Child => self.child,
            Stage::WorkingAge => self.working_age,
            Stage::Older => self.older,
        }
    }
}

/// Why a person is in hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpellKind {
    Emergency,
    Planned,
    Maternity,
}

impl Condition {
    /// Its weight among spells of a kind.
    pub(crate) const fn weight(&self, kind: SpellKind, stage: Stage) -> f64 {
        match kind {
            SpellKind::Emergency => self.emergency.at(stage),
            SpellKind::Planned => self.planned.at(stage),
            SpellKind::Maternity => self.maternity.at(stage),
        }
    }
}

/// What the emergency department writes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmergencyDepartment {
    pub(crate) types: Texts,
    pub(crate) acuity: Texts,
    pub(crate) acuity_admitted: Texts,
    pub(crate) status_admitted: String,
    pub(crate) status: Texts,
    pub(crate) hours: Vec<f64>,
    pub(crate) complaints: Vec<Complaint>,
}

/// What people come with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Complaint {
    pub(crate) value: String,
    child: f64,
    working_age: f64,
    older: f64,
}

impl Complaint {
    /// Its weight at a stage of life.
    pub(crate) const fn weight(&self, stage: Stage) -> f64 {
        match stage {
            Stage::Child => self.child,
            Stage::WorkingAge => self.working_age,
            Stage::Older => self.older,
        }
    }
}

impl HospitalFacts {
    pub(crate) fn read(source: &Source<'_>) -> Result<Self, SynthError> {
        let facts: Self = source.toml("hospital.toml")?;
        if facts.emergency_department.hours.len() != 24 {
            return Err(SynthError::facts(
                "hospital.toml",
                "`hours` needs 24 shares, one for each hour",
            ));
        }
        Ok(facts)
    }
}
