//! Uploads in parts: what is known of a file before it is whole. Its bytes are in the identified zone.

use crate::{
    Control, ControlError, Stated,
    file_name::sanitised,
    row::{Read, first, kept},
    submissions::stated,
    time::to_millis,
};
use chrono::{DateTime, Utc};
use model::{Identifying, OrganisationCode, SubmissionId};
use sqlx::any::AnyRow;

/// A file that is sent in parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its name: letters and digits.
    pub id: String,
    /// Who sends it.
    pub username: String,
    /// For whom.
    pub organisation: OrganisationCode,
    /// The dataset.
    pub dataset: String,
    /// The file's name as sent; it is made safe before it is kept.
    pub file_name: Identifying<String>,
    /// The period that it is about.
    pub stated: Option<Stated>,
    /// How many bytes it will have.
    pub bytes: u64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it is thrown away unless it is whole by then.
    pub ends_at: DateTime<Utc>,
    /// What it became once it was whole.
    pub submission: Option<SubmissionId>,
}

impl Control {
    /// Keeps an upload that begins.
    pub async fn begin_upload(&self, upload: &Upload) -> Result<(), ControlError> {
        sqlx::query(
            "INSERT INTO uploads (id, username, organisation, dataset, file_name, window_name,
                 period_from, period_to, bytes, created_at, ends_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&upload.id)
        .bind(&upload.username)
        .bind(upload.organisation.as_str())
        .bind(&upload.dataset)
        .bind(sanitised(upload.file_name.reveal()))
        .bind(upload.stated.as_ref().and_then(|s| s.window.clone()))
        .bind(upload.stated.as_ref().map(|s| s.from.to_string()))
        .bind(upload.stated.as_ref().map(|s| s.to.to_string()))
        .bind(kept(upload.bytes, "bytes")?)
        .bind(to_millis(upload.created_at))
        .bind(to_millis(upload.ends_at))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// An upload of this organisation that has not run out. Another's is not found, as if it were not there.
    pub async fn upload(
        &self,
        id: &str,
        organisation: &OrganisationCode,
        now: DateTime<Utc>,
    ) -> Result<Option<Upload>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM uploads WHERE id = $1 AND organisation = $2 AND ends_at > $3",
        )
        .bind(id)
        .bind(organisation.as_str())
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// Writes down what an upload became.
    pub async fn finish_upload(
        &self,
        id: &str,
        submission: &SubmissionId,
    ) -> Result<(), ControlError> {
        sqlx::query("UPDATE uploads SET submission = $2 WHERE id = $1")
            .bind(id)
            .bind(submission.as_str())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets an upload.
    pub async fn forget_upload(&self, id: &str) -> Result<(), ControlError> {
        sqlx::query("DELETE FROM uploads WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The names of uploads that have run out.
    pub async fn ended_uploads(&self, now: DateTime<Utc>) -> Result<Vec<String>, ControlError> {
        let rows = sqlx::query("SELECT id FROM uploads WHERE ends_at <= $1 ORDER BY id")
            .bind(to_millis(now))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Read(row).text("id")).collect()
    }
}

fn read(row: &AnyRow) -> Result<Upload, ControlError> {
    let row = Read(row);
    Ok(Upload {
        id: row.text("id")?,
        username: row.text("username")?,
        organisation: row.organisation("organisation")?,
        dataset: row.text("dataset")?,
        file_name: Identifying::new(row.text("file_name")?),
        stated: stated(&row)?,
        bytes: row.count("bytes")?,
        created_at: row.moment("created_at")?,
        ends_at: row.moment("ends_at")?,
        submission: row
            .text_if_any("submission")?
            .map(|id| SubmissionId::from_digest(&id)),
    })
}
