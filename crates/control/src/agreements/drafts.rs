//! Drafts of agreements: the one thing of their life that is changed in place. A change is made to the revision that
//! its writer saw, so that nobody overwrites what somebody else has just written.

use super::{accounts_in, fits, list_of};
use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    secret::random_hex,
    time::to_millis,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementDraft {
    /// Its name.
    pub id: String,
    /// Grows with each change, from 1.
    pub revision: u64,
    /// What has been written; it may have mistakes.
    pub text: String,
    /// The digest of the text that it changes; empty for a new agreement.
    pub changes: String,
    /// The accounts that wrote it.
    pub writers: Vec<String>,
    /// When it was begun.
    pub begun_at: DateTime<Utc>,
    /// When it was changed last.
    pub changed_at: DateTime<Utc>,
    /// By whom.
    pub changed_by: String,
}

/// What became of a change to a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftSaved {
    /// It is kept, as this revision.
    Now(u64),
    /// Somebody changed the draft meanwhile: this is how it stands.
    Changed(Box<AgreementDraft>),
    /// There is no such draft any more.
    Gone,
}

impl Control {
    /// Begins a draft, and gives its name.
    pub async fn begin_agreement_draft(
        &self,
        text: &str,
        changes: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<String, ControlError> {
        fits(text)?;
        let id: String = random_hex()?.chars().take(20).collect();
        sqlx::query(
            "INSERT INTO agreement_drafts (id, revision, text, changes, writers, begun_at, changed_at, changed_by)
             VALUES ($1, 1, $2, $3, $4, $5, $5, $4)",
        )
        .bind(&id)
        .bind(text)
        .bind(changes)
        .bind(by)
        .bind(to_millis(at))
        .execute(&self.pool)
        .await?;
        Ok(id)
    }

    /// A draft by its name.
    pub async fn agreement_draft(&self, id: &str) -> Result<Option<AgreementDraft>, ControlError> {
        let rows = sqlx::query("SELECT * FROM agreement_drafts WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All drafts, the one that was changed last first.
    pub async fn agreement_drafts(&self) -> Result<Vec<AgreementDraft>, ControlError> {
        let rows = sqlx::query("SELECT * FROM agreement_drafts ORDER BY changed_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// Writes a new text into a draft of which the writer saw a revision.
    pub async fn save_agreement_draft(
        &self,
        id: &str,
        revision: u64,
        text: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<DraftSaved, ControlError> {
        fits(text)?;
        let Some(before) = self.agreement_draft(id).await? else {
            return Ok(DraftSaved::Gone);
        };
        if before.revision != revision {
            // The same change sent twice is one change.
            if before.text == text && before.changed_by == by {
                return Ok(DraftSaved::Now(before.revision));
            }
            return Ok(DraftSaved::Changed(Box::new(before)));
        }
        let mut writers = before.writers;
        writers.push(by.to_owned());
        let changed = sqlx::query(
            "UPDATE agreement_drafts SET revision = revision + 1, text = $3, writers = $4, changed_at = $5, changed_by = $6
             WHERE id = $1 AND revision = $2",
        )
        .bind(id)
        .bind(kept(revision, "revision")?)
        .bind(text)
        .bind(list_of(writers))
        .bind(to_millis(at))
        .bind(by)
        .execute(&self.pool)
        .await?
        .rows_affected();
        if changed == 1 {
            return Ok(DraftSaved::Now(revision + 1));
        }
        Ok(match self.agreement_draft(id).await? {
            Some(other) => DraftSaved::Changed(Box::new(other)),
            None => DraftSaved::Gone,
        })
    }

    /// Throws a draft away; one that is gone stays gone.
    pub async fn drop_agreement_draft(&self, id: &str) -> Result<(), ControlError> {
        sqlx::query("DELETE FROM agreement_drafts WHERE id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

fn read(row: &AnyRow) -> Result<AgreementDraft, ControlError> {
    let row = Read(row);
    Ok(AgreementDraft {
        id: row.text("id")?,
        revision: row.count("revision")?,
        text: row.text("text")?,
        changes: row.text("changes")?,
        writers: accounts_in(&row.text("writers")?),
        begun_at: row.moment("begun_at")?,
        changed_at: row.moment("changed_at")?,
        changed_by: row.text("changed_by")?,
    })
}
