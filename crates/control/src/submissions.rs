//! Submissions: what was sent, by whom, and what became of it. Counts only, never the cells.

use crate::{
    Control, ControlError,
    file_name::sanitised,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use model::{Date, Identifying, OrganisationCode, SubmissionId};
use sqlx::any::AnyRow;

words! {
    /// Where a submission stands.
    pub enum SubmissionState {
        /// It is here and has not been landed yet.
        Received = "received",
        /// It passed its check, and its rows wait for the declaration.
        Checked = "checked",
        /// Its rows are in the table.
        Landed = "landed",
        /// It was not accepted as a whole; the attempt is kept for a while.
        Rejected = "rejected",
        /// Its sender took it back.
        Withdrawn = "withdrawn",
        /// A later file of the same sender took its place.
        Replaced = "replaced",
        /// Nobody sent it on in time, and the file was deleted. Its counts are kept.
        Expired = "expired",
    }
}

/// The period that a sender states, and the window that asks for it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stated {
    /// The name of the window, where there is one.
    pub window: Option<String>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A declaration: who sent a file on, when, and how it stood to its window.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Confirmed {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// Whether the window had closed.
    pub late: bool,
    /// Whether the stated period is shorter than the one that was asked for.
    pub partial: bool,
}

/// Rows that are written and wait for the declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedFile {
    /// The name of their file.
    pub file: String,
    /// Its size.
    pub bytes: u64,
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
    /// Whether it lands without a declaration, as an operator's does.
    pub straight: bool,
    /// The period that it is about, where the sender states one.
    pub stated: Option<Stated>,
}

/// What became of a submission.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Where it stands now: checked, landed or rejected.
    pub state: SubmissionState,
    /// How many rows the file has.
    pub rows_in: u64,
    /// How many of them are in the table.
    pub rows_landed: u64,
    /// How many were set aside.
    pub rows_set_aside: u64,
    /// The version of the table that first holds them.
    pub table_version: Option<u64>,
    /// The rows that wait for the declaration.
    pub parked: Option<ParkedFile>,
    /// The declaration.
    pub confirmed: Option<Confirmed>,
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
    /// Whether it lands without a declaration.
    pub straight: bool,
    /// The period that it is about, where the sender stated one.
    pub stated: Option<Stated>,
    /// The rows that wait for the declaration.
    pub parked: Option<ParkedFile>,
    /// The declaration.
    pub confirmed: Option<Confirmed>,
    /// The submission that took its place.
    pub replaced_by: Option<SubmissionId>,
}

impl Control {
    /// Keeps a submission. `false` where it is here already: that record stays as it is.
    pub async fn receive_submission(&self, new: &NewSubmission) -> Result<bool, ControlError> {
        let made = sqlx::query(
            "INSERT INTO submissions (id, dataset, sender, file_name, sha256, bytes, received_at,
                 received_by, specification_version, engine_version, state, rows_in, rows_landed,
                 rows_set_aside, summary, straight, window_name, period_from, period_to, late, partial)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'received', 0, 0, 0, 'null', $11, $12, $13,
                 $14, 0, 0)
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
        .bind(i64::from(new.straight))
        .bind(new.stated.as_ref().and_then(|s| s.window.clone()))
        .bind(new.stated.as_ref().map(|s| s.from.to_string()))
        .bind(new.stated.as_ref().map(|s| s.to.to_string()))
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
        let version = settlement.table_version;
        let parked = settlement.parked.as_ref();
        let confirmed = settlement.confirmed.as_ref();
        let changed = sqlx::query(
            "UPDATE submissions SET state = $2, settled_at = $3, rows_in = $4, rows_landed = $5,
                 rows_set_aside = $6, table_version = $7, summary = $8, parked_file = $9,
                 parked_bytes = $10, confirmed_at = $11, confirmed_by = $12, late = $13, partial = $14,
                 replaced_by = NULL
             WHERE id = $1 AND (state = 'received' OR (state = 'checked' AND $2 = 'landed'))",
        )
        .bind(id.as_str())
        .bind(settlement.state.as_str())
        .bind(to_millis(settlement.settled_at))
        .bind(kept(rows_in, "rows_in")?)
        .bind(kept(rows_landed, "rows_landed")?)
        .bind(kept(rows_set_aside, "rows_set_aside")?)
        .bind(version.map(|v| kept(v, "table_version")).transpose()?)
        .bind(settlement.summary.to_string())
        .bind(parked.map(|p| p.file.clone()))
        .bind(parked.map(|p| kept(p.bytes, "parked_bytes")).transpose()?)
        .bind(confirmed.map(|c| to_millis(c.at)))
        .bind(confirmed.map(|c| c.by.clone()))
        .bind(i64::from(confirmed.is_some_and(|c| c.late)))
        .bind(i64::from(confirmed.is_some_and(|c| c.partial)))
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
            "UPDATE submissions SET state = 'withdrawn', settled_at = $3, parked_file = NULL,
                 parked_bytes = NULL
             WHERE id = $1 AND sender = $2 AND state IN ('checked', 'landed', 'rejected')",
        )
        .bind(id.as_str())
        .bind(sender.as_str())
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Writes down that a later file took the place of a submission. `false` where it counted no more.
    pub async fn replace_submission(
        &self,
        id: &SubmissionId,
        by: &SubmissionId,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE submissions SET state = 'replaced', settled_at = $3, replaced_by = $2
             WHERE id = $1 AND state = 'landed'",
        )
        .bind(id.as_str())
        .bind(by.as_str())
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// Writes down that the file of an attempt was deleted. `false` where it is no attempt.
    pub async fn expire_submission(
        &self,
        id: &SubmissionId,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE submissions SET state = 'expired', settled_at = $2, parked_file = NULL,
                 parked_bytes = NULL
             WHERE id = $1 AND state IN ('checked', 'rejected')",
        )
        .bind(id.as_str())
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// The attempts that were settled then or before and have not been sent on.
    pub async fn attempts_until(
        &self,
        moment: DateTime<Utc>,
    ) -> Result<Vec<SubmissionRecord>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM submissions WHERE state IN ('checked', 'rejected') AND straight = 0
                 AND settled_at <= $1 ORDER BY settled_at, id",
        )
        .bind(to_millis(moment))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }

    /// Whether another submission than this one is of the same bytes and has not lost them.
    pub async fn has_other_use(
        &self,
        sha256: &str,
        besides: &SubmissionId,
    ) -> Result<bool, ControlError> {
        let rows = sqlx::query(
            "SELECT id FROM submissions WHERE sha256 = $1 AND id <> $2 AND state <> 'expired' LIMIT 1",
        )
        .bind(sha256)
        .bind(besides.as_str())
        .fetch_all(&self.pool)
        .await?;
        Ok(!rows.is_empty())
    }

    /// Makes a submission that does not count a received one again, as when the same file is sent once
    /// more under a newer specification. `false` where it counts, or is being checked.
    pub async fn receive_again(&self, new: &NewSubmission) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE submissions SET state = 'received', settled_at = NULL, table_version = NULL,
                 rows_in = 0, rows_landed = 0, rows_set_aside = 0, summary = 'null',
                 file_name = $3, received_at = $4, received_by = $5, specification_version = $6,
                 engine_version = $7, straight = $8, window_name = $9, period_from = $10,
                 period_to = $11, parked_file = NULL, parked_bytes = NULL, confirmed_at = NULL,
                 confirmed_by = NULL, late = 0, partial = 0, replaced_by = NULL
             WHERE id = $1 AND sender = $2 AND state NOT IN ('received', 'landed')",
        )
        .bind(new.id.as_str())
        .bind(new.sender.as_str())
        .bind(sanitised(new.file_name.reveal()))
        .bind(to_millis(new.received_at))
        .bind(&new.received_by)
        .bind(&new.specification_version)
        .bind(&new.engine_version)
        .bind(i64::from(new.straight))
        .bind(new.stated.as_ref().and_then(|s| s.window.clone()))
        .bind(new.stated.as_ref().map(|s| s.from.to_string()))
        .bind(new.stated.as_ref().map(|s| s.to.to_string()))
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
        straight: row.count("straight")? == 1,
        stated: stated(&row)?,
        parked: match row.text_if_any("parked_file")? {
            None => None,
            Some(file) => Some(ParkedFile {
                file,
                bytes: row.count_if_any("parked_bytes")?.unwrap_or_default(),
            }),
        },
        confirmed: match row.moment_if_any("confirmed_at")? {
            None => None,
            Some(at) => Some(Confirmed {
                at,
                by: row.text_if_any("confirmed_by")?.unwrap_or_default(),
                late: row.count("late")? == 1,
                partial: row.count("partial")? == 1,
            }),
        },
        replaced_by: row
            .text_if_any("replaced_by")?
            .map(|id| SubmissionId::from_digest(&id)),
    })
}

/// The period of a row that has one.
pub(crate) fn stated(row: &Read<'_>) -> Result<Option<Stated>, ControlError> {
    let day = |column: &'static str| -> Result<Option<Date>, ControlError> {
        row.text_if_any(column)?
            .map(|text| {
                text.parse()
                    .map_err(|_| ControlError::Unreadable { column })
            })
            .transpose()
    };
    let (Some(from), Some(to)) = (day("period_from")?, day("period_to")?) else {
        return Ok(None);
    };
    Ok(Some(Stated {
        window: row.text_if_any("window_name")?,
        from,
        to,
    }))
}
