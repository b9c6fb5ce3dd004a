//! Submissions: what was sent, by whom, and what became of it. Counts only, never the cells.

use crate::{
    Control, ControlError,
    file_name::sanitised,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use model::{Identifying, OrganisationCode, SubmissionId};
use sqlx::any::AnyRow;

words! {
    /// Where a submission stands.
    pub enum SubmissionState {
        /// It is here and has not been landed yet.
        Received = "received",
        /// Its rows are in the table.
        Landed = "landed",
        /// It was not accepted as a whole; the attempt is kept.
        Rejected = "rejected",
        /// Its sender took it back.
        Withdrawn = "withdrawn",
    }
}

/// A file that has just been received.
#[derive(Debug, Clone)]
pub struct NewSubmission {
    /// Its name, made from dataset, sender and content.
    pub id: SubmissionId,
    /// The dataset.
    pub dataset: String,
    /// The organisation that sent it.
    pub sender: OrganisationCode,
    /// The file's name as sent; it is made safe before it is kept.
    pub file_name: Identifying<String>,
    /// The digest of the file, in hexadecimal.
    pub sha256: String,
    /// The size of the file.
    pub bytes: u64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Who sent it: an account, or the command that took it in.
    pub received_by: String,
    /// The version of the dataset's specification.
    pub specification_version: String,
    /// The version of this program.
    pub engine_version: String,
}

/// What became of a submission.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Whether its rows are in the table; otherwise the file was rejected.
    pub landed: bool,
    /// How many rows the file has.
    pub rows_in: u64,
    /// How many of them are in the table.
    pub rows_landed: u64,
    /// How many were set aside.
    pub rows_set_aside: u64,
    /// The version of the table that first holds them.
    pub table_version: Option<u64>,
    /// Causes with their counts. INVARIANT: never a cell of the file.
    pub summary: serde_json::Value,
    /// When.
    pub settled_at: DateTime<Utc>,
}

/// A submission as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct SubmissionRecord {
    /// Its name.
    pub id: SubmissionId,
    /// The dataset.
    pub dataset: String,
    /// The organisation that sent it.
    pub sender: OrganisationCode,
    /// The file's name, made safe. It may still name somebody, so it is for the sender's own pages.
    pub file_name: Identifying<String>,
    /// The digest of the file, in hexadecimal.
    pub sha256: String,
    /// The size of the file.
    pub bytes: u64,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// Who sent it.
    pub received_by: String,
    /// The version of the dataset's specification.
    pub specification_version: String,
    /// The version of this program.
    pub engine_version: String,
    /// Where it stands.
    pub state: SubmissionState,
    /// When it was landed, rejected or withdrawn.
    pub settled_at: Option<DateTime<Utc>>,
    /// How many rows the file has; 0 until it is settled.
    pub rows_in: u64,
    /// How many of them are in the table.
    pub rows_landed: u64,
    /// How many were set aside.
    pub rows_set_aside: u64,
    /// The version of the table that first holds them.
    pub table_version: Option<u64>,
    /// Causes with their counts.
    pub summary: serde_json::Value,
}

impl Control {
    /// Keeps a submission. `false` where it is here already: that record stays as it is.
    pub async fn receive_submission(&self, new: &NewSubmission) -> Result<bool, ControlError> {
        let made = sqlx::query(
            "INSERT INTO submissions (id, dataset, sender, file_name, sha256, bytes, received_at,
                 received_by, specification_version, engine_version, state, rows_in, rows_landed,
                 rows_set_aside, summary)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'received', 0, 0, 0, 'null')
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(new.id.as_str())
        .bind(&new.dataset)
        .bind(new.sender.as_str())
        .bind(sanitised(new.file_name.reveal()))
        .bind(&new.sha256)
        .bind(kept(new.bytes, "bytes")?)
        .bind(to_millis(new.received_at))
        .bind(&new.received_by)
        .bind(&new.specification_version)
        .bind(&new.engine_version)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// Writes down what became of a submission. `false` where that is written already: the first
    /// answer stands, so that finishing the same work twice changes nothing.
    pub async fn settle_submission(
        &self,
        id: &SubmissionId,
        settlement: &Settlement,
    ) -> Result<bool, ControlError> {
        let Settlement {
            rows_in,
            rows_landed,
            rows_set_aside,
            ..
        } = *settlement;
        if rows_landed.checked_add(rows_set_aside) != Some(rows_in) {
            return Err(ControlError::RowsDoNotAdd {
                rows_in,
                rows_landed,
                rows_set_aside,
            });
        }
        let state = if settlement.landed {
            SubmissionState::Landed
        } else {
            SubmissionState::Rejected
        };
        let version = settlement.table_version;
        let changed = sqlx::query(
            "UPDATE submissions SET state = $2, settled_at = $3, rows_in = $4, rows_landed = $5,
                 rows_set_aside = $6, table_version = $7, summary = $8
             WHERE id = $1 AND state = 'received'",
        )
        .bind(id.as_str())
        .bind(state.as_str())
        .bind(to_millis(settlement.settled_at))
        .bind(kept(rows_in, "rows_in")?)
        .bind(kept(rows_landed, "rows_landed")?)
        .bind(kept(rows_set_aside, "rows_set_aside")?)
        .bind(version.map(|v| kept(v, "table_version")).transpose()?)
        .bind(settlement.summary.to_string())
        .execute(&self.pool)
        .await?
        .rows_affected();
        if changed == 0 && self.any_submission(id).await?.is_none() {
            return Err(ControlError::Missing {
                what: "submission",
                id: id.to_string(),
            });
        }
        Ok(changed == 1)
    }

    /// Takes a submission back, for its sender. `false` where this sender has none that could be.
    pub async fn withdraw_submission(
        &self,
        id: &SubmissionId,
        sender: &OrganisationCode,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE submissions SET state = 'withdrawn', settled_at = $3
             WHERE id = $1 AND sender = $2 AND state IN ('landed', 'rejected')",
        )
        .bind(id.as_str())
        .bind(sender.as_str())
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Makes a rejected or withdrawn submission a received one again, as when the same file is sent
    /// once more under a newer specification. `false` where it is neither.
    pub async fn receive_again(&self, new: &NewSubmission) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE submissions SET state = 'received', settled_at = NULL, table_version = NULL,
                 rows_in = 0, rows_landed = 0, rows_set_aside = 0, summary = 'null',
                 file_name = $3, received_at = $4, received_by = $5, specification_version = $6,
                 engine_version = $7
             WHERE id = $1 AND sender = $2 AND state IN ('rejected', 'withdrawn')",
        )
        .bind(new.id.as_str())
        .bind(new.sender.as_str())
        .bind(sanitised(new.file_name.reveal()))
        .bind(to_millis(new.received_at))
        .bind(&new.received_by)
        .bind(&new.specification_version)
        .bind(&new.engine_version)
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// A submission of this sender. Another sender's is not found, as if it were not there.
    pub async fn submission(
        &self,
        id: &SubmissionId,
        sender: &OrganisationCode,
    ) -> Result<Option<SubmissionRecord>, ControlError> {
        let rows = sqlx::query("SELECT * FROM submissions WHERE id = $1 AND sender = $2")
            .bind(id.as_str())
            .bind(sender.as_str())
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// The submissions of this sender, the newest first.
    pub async fn submissions_of(
        &self,
        sender: &OrganisationCode,
    ) -> Result<Vec<SubmissionRecord>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM submissions WHERE sender = $1 ORDER BY received_at DESC, id",
        )
        .bind(sender.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// A submission whoever sent it: for operators, never for a submitter's page.
    pub async fn any_submission(
        &self,
        id: &SubmissionId,
    ) -> Result<Option<SubmissionRecord>, ControlError> {
        let rows = sqlx::query("SELECT * FROM submissions WHERE id = $1")
            .bind(id.as_str())
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All submissions, the newest first: for operators, never for a submitter's page.
    pub async fn all_submissions(&self) -> Result<Vec<SubmissionRecord>, ControlError> {
        let rows = sqlx::query("SELECT * FROM submissions ORDER BY received_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<SubmissionRecord, ControlError> {
    let row = Read(row);
    let summary = row.text("summary")?;
    Ok(SubmissionRecord {
        id: SubmissionId::from_digest(&row.text("id")?),
        dataset: row.text("dataset")?,
        sender: row.organisation("sender")?,
        file_name: Identifying::new(row.text("file_name")?),
        sha256: row.text("sha256")?,
        bytes: row.count("bytes")?,
        received_at: row.moment("received_at")?,
        received_by: row.text("received_by")?,
        specification_version: row.text("specification_version")?,
        engine_version: row.text("engine_version")?,
        state: row.word("state", SubmissionState::from_word)?,
        settled_at: row.moment_if_any("settled_at")?,
        rows_in: row.count("rows_in")?,
        rows_landed: row.count("rows_landed")?,
        rows_set_aside: row.count("rows_set_aside")?,
        table_version: row.count_if_any("table_version")?,
        summary: serde_json::from_str(&summary)
            .map_err(|_| ControlError::Unreadable { column: "summary" })?,
    })
}
