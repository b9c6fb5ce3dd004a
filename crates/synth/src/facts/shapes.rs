//! The shapes of the files: `files.toml`, typed. A column holds one of a fixed set of things; which file of which
//! dataset has which columns is content.

use super::Source;
use crate::{SynthError, days::Layout};
use serde::Deserialize;

/// One kind of file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileShape {
    pub(crate) kind: FileKind,
    pub(crate) dataset: String,
    /// Its path, where `{council}`, `{period_end}` and `{again}` are filled in.
    pub(crate) path: String,
    /// What `{again}` is for a file that is sent a second time.
    #[serde(default)]
    pub(crate) again: String,
    /// Who sends it; blank where each council sends its own.
    #[serde(default)]
    pub(crate) sender: String,
    pub(crate) dates: Layout,
    pub(crate) columns: Vec<(String, Holds)>,
}

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileKind {
    CouncilCare,
    Index,
    IndexHistory,
    SupersededNumbers,
    Spells,
    Attendances,
    Deaths,
    OptOuts,
    Postcodes,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Holds {
    Acuity,
    AdmissionMethod,
    AdultsCaredFor,
    Area,
    ArrivalTime,
    Assessment,
    AssessmentMethod,
    Autism,
    Born,
    CaringHours,
    Cause,
    ChiefComplaint,
    Client,
    Component,
    Confidentiality,
    CostUnit,
    Council,
    Dementia,
    Department,
    Deprivation,
    Diagnosis,
    Died,
    DischargeDestination,
    DischargeStatus,
    Eligible,
    Employment,
    End,
    EthnicCategory,
    EthnicGroup,
    Event,
    FamilyName,
    Field,
    Funding,
    Gender,
    GivenName,
    HasCarer,
    Hearing,
    Home,
    Hospital,
    Label,
    #[serde(rename = "linked_1")]
    Linked1,
    #[serde(rename = "linked_2")]
    Linked2,
    #[serde(rename = "linked_3")]
    Linked3,
    LocalKey,
    Mechanism,
    NhsNumber,
    OptOut,
    OtherGivenName,
    Outcome,
    PeriodEnd,
    PeriodStart,
    Postcode,
    Practice,
    PracticeName,
    ProviderKey,
    ProviderName,
    Reason,
    Reference,
    ReplacedBy,
    ReviewMethod,
    ReviewReason,
    ReviewResult,
    Route,
    Service,
    Sex,
    Sight,
    Start,
    TreatmentFunction,
    UnitCost,
    Units,
    Value,
    Ward,
    WiderArea,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilesFile {
    file: Vec<FileShape>,
}

/// Reads the shapes.
pub(crate) fn read(source: &Source<'_>) -> Result<Vec<FileShape>, SynthError> {
    let file: FilesFile = source.toml("files.toml")?;
    for shape in &file.file {
        if (shape.kind == FileKind::CouncilCare) != shape.sender.is_empty() {
            return Err(SynthError::facts(
                "files.toml",
                format!(
                    "`{}`: councils send their own files, every other file needs a `sender`",
                    shape.dataset
                ),
            ));
        }
    }
    Ok(file.file)
}
