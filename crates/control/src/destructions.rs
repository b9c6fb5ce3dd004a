//! Destructions: who asked for one, who approved it, and the certificate. Two people of two roles, always.

use crate::{Control, ControlError, row::Read, time::to_millis, words::words};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

words! {
    /// What a destruction is about.
    pub enum DestructionKind {
        /// Everything of one submission.
        Submission = "submission",
        /// What was made for one agreement.
        Agreement = "agreement",
        /// Versions of tables that newer ones have taken the place of.
        OldVersions = "old_versions",
    }
}

/// A destruction that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewDestruction {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub kind: DestructionKind,
    /// Which one, by its id or reference.
    pub what: String,
    /// Why, in words without anyone's details.
    pub reason: String,
    /// Who asks.
    pub by: String,
    /// In which role.
    pub role: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A destruction, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destruction {
    pub id: String,
    pub kind: DestructionKind,
    pub what: String,
    pub reason: String,
    pub requested_by: String,
    pub requested_role: String,
    pub requested_at: DateTime<Utc>,
    pub approved_by: Option<String>,
    pub approved_role: Option<String>,
    pub approved_at: Option<DateTime<Utc>>,
    /// The certificate, exactly as it was made.
    pub certificate: Option<String>,
    /// Its SHA-256, in hexadecimal.
    pub digest: Option<String>,
    pub done_at: Option<DateTime<Utc>>,
}

/// What an approval came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DestructionApproval {
    /// It counts; the destruction may be carried out.
    Now,
    /// It was approved before.
    Already,
    /// Nobody approves what they asked for.
    OwnRequest,
    /// The second person acts in another role.
    SameRole,
    /// There is no such request.
    Unknown,
}

impl Control {
    /// Keeps a request. `false` where one of that name is kept already.
    pub async fn request_destruction(&self, new: &NewDestruction) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "INSERT INTO destructions (id, kind, what, reason, requested_by, requested_role, requested_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(new.kind.as_str())
        .bind(&new.what)
        .bind(&new.reason)
        .bind(&new.by)
        .bind(&new.role)
        .bind(to_millis(new.at))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Every destruction, the newest request first.
    pub async fn destructions(&self) -> Result<Vec<Destruction>, ControlError> {
        let rows = sqlx::query("SELECT * FROM destructions ORDER BY requested_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(destruction).collect()
    }

    /// One destruction.
    pub async fn destruction(&self, id: &str) -> Result<Option<Destruction>, ControlError> {
        let row = sqlx::query("SELECT * FROM destructions WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(destruction).transpose()
    }

    /// A second person of another role approves. The first approval stands.
    pub async fn approve_destruction(
        &self,
        id: &str,
        (by, role): (&str, &str),
        at: DateTime<Utc>,
    ) -> Result<DestructionApproval, ControlError> {
        let done = sqlx::query(
            "UPDATE destructions SET approved_by = $1, approved_role = $2, approved_at = $3
             WHERE id = $4 AND approved_by IS NULL AND requested_by <> $1 AND requested_role <> $2",
        )
        .bind(by)
        .bind(role)
        .bind(to_millis(at))
        .bind(id)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 1 {
            return Ok(DestructionApproval::Now);
        }
        Ok(match self.destruction(id).await? {
            None => DestructionApproval::Unknown,
            Some(known) if known.approved_by.is_some() => DestructionApproval::Already,
            Some(known) if known.requested_by == by => DestructionApproval::OwnRequest,
            Some(_) => DestructionApproval::SameRole,
        })
    }

    /// Keeps the certificate. The first one stands: what was destroyed is not destroyed again.
    pub async fn certify_destruction(
        &self,
        id: &str,
        certificate: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let digest = hex::encode(Sha256::digest(certificate.as_bytes()));
        let done = sqlx::query(
            "UPDATE destructions SET certificate = $1, digest = $2, done_at = $3
             WHERE id = $4 AND approved_by IS NOT NULL AND done_at IS NULL",
        )
        .bind(certificate)
        .bind(digest)
        .bind(to_millis(at))
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

fn destruction(row: &sqlx::any::AnyRow) -> Result<Destruction, ControlError> {
    let row = Read(row);
    Ok(Destruction {
        id: row.text("id")?,
        kind: row.word("kind", DestructionKind::from_word)?,
        what: row.text("what")?,
        reason: row.text("reason")?,
        requested_by: row.text("requested_by")?,
        requested_role: row.text("requested_role")?,
        requested_at: row.moment("requested_at")?,
        approved_by: row.text_if_any("approved_by")?,
        approved_role: row.text_if_any("approved_role")?,
        approved_at: row.moment_if_any("approved_at")?,
        certificate: row.text_if_any("certificate")?,
        digest: row.text_if_any("digest")?,
        done_at: row.moment_if_any("done_at")?,
    })
}
