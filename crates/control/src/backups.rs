//! Backups: when each was made, until when it is kept, and the digest of its list of files.

use crate::{
    Control, ControlError,
    row::{Read, kept},
    time::to_millis,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its name.
    pub id: String,
    /// When it was begun.
    pub made_at: DateTime<Utc>,
    /// The moment from which it is to be gone.
    pub kept_until: DateTime<Utc>,
    /// How many files it has.
    pub files: u64,
    /// The digest of its list of files.
    pub digest: String,
}

impl Control {
    /// Writes down a backup; the same one again changes nothing.
    pub async fn add_backup(&self, backup: &Backup) -> Result<(), ControlError> {
        sqlx::query(
            "INSERT INTO backups (id, made_at, kept_until, files, digest) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO NOTHING",
        )
        .bind(&backup.id)
        .bind(to_millis(backup.made_at))
        .bind(to_millis(backup.kept_until))
        .bind(kept(backup.files, "files")?)
        .bind(&backup.digest)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Writes down that a backup was put back. Lists of people's wishes that were cleaned before may be older than they
    /// look: none of them counts any more.
    pub async fn put_back(&self, backup: &str, at: DateTime<Utc>) -> Result<(), ControlError> {
        let mut all = self.write().await?;
        sqlx::query(
            "INSERT INTO restores (restored_at, backup) VALUES ($1, $2) ON CONFLICT (restored_at) DO NOTHING",
        )
        .bind(to_millis(at))
        .bind(backup)
        .execute(&mut *all)
        .await?;
        sqlx::query("UPDATE preference_lists SET expires_at = $1 WHERE expires_at > $1")
            .bind(to_millis(at))
            .execute(&mut *all)
            .await?;
        all.commit().await?;
        Ok(())
    }

    /// When a backup was put back last.
    pub async fn last_put_back(&self) -> Result<Option<DateTime<Utc>>, ControlError> {
        let row = sqlx::query("SELECT MAX(restored_at) AS last FROM restores")
            .fetch_one(&self.pool)
            .await?;
        Read(&row).moment_if_any("last")
    }

    /// When a backup was put back of which nobody has said yet that what people said after it was made was taken in
    /// again.
    pub async fn put_back_waiting(&self) -> Result<Option<DateTime<Utc>>, ControlError> {
        let row =
            sqlx::query("SELECT MAX(restored_at) AS last FROM restores WHERE taken_in_at IS NULL")
                .fetch_one(&self.pool)
                .await?;
        Read(&row).moment_if_any("last")
    }

    /// Writes down that what people said after a backup was made was taken in again. `false` where none waits.
    pub async fn taken_in_again(&self, by: &str, at: DateTime<Utc>) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "UPDATE restores SET taken_in_at = $1, taken_in_by = $2 WHERE taken_in_at IS NULL",
        )
        .bind(to_millis(at))
        .bind(by)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Every backup, the newest first.
    pub async fn backups(&self) -> Result<Vec<Backup>, ControlError> {
        let rows = sqlx::query("SELECT * FROM backups ORDER BY made_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(Backup {
                    id: row.text("id")?,
                    made_at: row.moment("made_at")?,
                    kept_until: row.moment("kept_until")?,
                    files: row.count("files")?,
                    digest: row.text("digest")?,
                })
            })
            .collect()
    }

    /// A copy of the whole database as one file, taken while others go on writing. `false` where the database is a
    /// server: that is backed up with its own tools.
    pub async fn copy_to(&self, path: &std::path::Path) -> Result<bool, ControlError> {
        let Some(path) = path.to_str().filter(|_| self.is_file()) else {
            return Ok(false);
        };
        sqlx::query("VACUUM INTO $1")
            .bind(path)
            .execute(&self.pool)
            .await?;
        Ok(true)
    }
}
