//! The notes that commits of submissions carry: enough to write every record again.

use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{Confirmed, NewSubmission, Settlement, Stated, SubmissionState};
use model::{Identifying, OrganisationCode, SubmissionId};
use serde::{Deserialize, Serialize};

/// What a commit did.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Note {
    /// Rows came.
    Landed(Box<Landed>),
    /// Rows left, because their sender took them back.
    Withdrawn(Withdrawn),
}

/// Rows of a submission came.
#[derive(Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those in the notes of commits that were made"
)]
pub(super) struct Landed {
    pub(super) submission: SubmissionId,
    dataset: String,
    pub(super) sender: OrganisationCode,
    file_name: String,
    sha256: String,
    bytes: u64,
    received_at: DateTime<Utc>,
    received_by: String,
    specification: String,
    engine: String,
    rows_in: u64,
    rows_landed: u64,
    rows_set_aside: u64,
    #[serde(default)]
    straight: bool,
    #[serde(default)]
    stated: Option<Stated>,
    #[serde(default)]
    confirmed: Option<Confirmed>,
    /// The submissions whose rows left in the same commit.
    #[serde(default)]
    pub(super) replaces: Vec<SubmissionId>,
    summary: serde_json::Value,
}

/// Rows of a submission left.
#[derive(Debug, Serialize, Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the name tells this note from the other"
)]
pub(super) struct Withdrawn {
    pub(super) withdrawn: SubmissionId,
    pub(super) sender: OrganisationCode,
    pub(super) by: String,
    pub(super) at: DateTime<Utc>,
}

/// The note of rows that come.
pub(super) fn landed(
    new: &NewSubmission,
    settlement: &Settlement,
    replaces: &[SubmissionId],
) -> Result<String> {
    Ok(serde_json::to_string(&Landed {
        submission: new.id.clone(),
        dataset: new.dataset.clone(),
        sender: new.sender.clone(),
        file_name: new.file_name.reveal().clone(),
        sha256: new.sha256.clone(),
        bytes: new.bytes,
        received_at: new.received_at,
        received_by: new.received_by.clone(),
        specification: new.specification_version.clone(),
        engine: new.engine_version.clone(),
        rows_in: settlement.rows_in,
        rows_landed: settlement.rows_landed,
        rows_set_aside: settlement.rows_set_aside,
        straight: new.straight,
        stated: new.stated.clone(),
        confirmed: settlement.confirmed.clone(),
        replaces: replaces.to_vec(),
        summary: settlement.summary.clone(),
    })?)
}

impl Landed {
    /// The record as it would have been written.
    pub(super) fn read(self, now: DateTime<Utc>) -> (NewSubmission, Settlement) {
        let settlement = Settlement {
            state: SubmissionState::Landed,
            rows_in: self.rows_in,
            rows_landed: self.rows_landed,
            rows_set_aside: self.rows_set_aside,
            table_version: None,
            parked: None,
            settled_at: self.confirmed.as_ref().map_or(now, |c| c.at),
            confirmed: self.confirmed,
            summary: self.summary,
        };
        let new = NewSubmission {
            id: self.submission,
            dataset: self.dataset,
            sender: self.sender,
            file_name: Identifying::new(self.file_name),
            sha256: self.sha256,
            bytes: self.bytes,
            received_at: self.received_at,
            received_by: self.received_by,
            specification_version: self.specification,
            engine_version: self.engine,
            straight: self.straight,
            stated: self.stated,
        };
        (new, settlement)
    }
}
