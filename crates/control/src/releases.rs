//! Releases: tables that left, with the agreement, the purpose and the rules under which they did.
//!
//! The table is kept as the exact text that was released, beside its digest. Only the crate
//! `release` makes such tables; this is where they are kept.

mod decisions;

pub use decisions::{NewReleaseDecision, ReleaseDecided, ReleaseDecision};

use crate::{
    Control, ControlError,
    agreements::in_words,
    row::{Read, first},
    secret::digest,
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// Where a release stands.
    pub enum ReleaseState {
        /// A checker has to decide.
        InReview = "in_review",
        /// It has left and is in the public register.
        Released = "released",
        /// A checker sent it back.
        Returned = "returned",
        /// It was taken back.
        Withdrawn = "withdrawn",
    }
}

/// A release to be kept.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Its name, unique.
    pub id: String,
    /// What the table is called.
    pub title: String,
    /// The agreement under which it was made.
    pub agreement: String,
    /// The version of that agreement.
    pub agreement_version: String,
    /// The purpose that was named.
    pub purpose: String,
    /// The rule set that was applied.
    pub rule_set: String,
    /// The released table as a JSON document.
    pub table_json: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The account that made it.
    pub created_by: String,
    /// Where it stands at first.
    pub state: ReleaseState,
}

/// A release as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRecord {
    /// Its name.
    pub id: String,
    /// What the table is called.
    pub title: String,
    /// The agreement under which it was made.
    pub agreement: String,
    /// The version of that agreement.
    pub agreement_version: String,
    /// The purpose that was named.
    pub purpose: String,
    /// The rule set that was applied.
    pub rule_set: String,
    /// The released table as a JSON document, exactly as kept.
    pub table_json: String,
    /// SHA-256 of that document, in hexadecimal.
    pub digest: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The account that made it. Not for the public register.
    pub created_by: String,
    /// Where it stands.
    pub state: ReleaseState,
}

/// A release that somebody takes back.
#[derive(Debug, Clone)]
pub struct NewWithdrawal {
    /// The release.
    pub release: String,
    /// Why, in words for the public.
    pub reason: String,
    /// Who takes it back.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A release that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The release.
    pub release: String,
    /// Why, in words for the public.
    pub reason: String,
    /// Who took it back. Not for the public register.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it had left before.
    pub had_left: bool,
}

/// What became of taking a release back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawn {
    /// It is taken back now.
    Now,
    /// It was taken back before; the reason that was given first stands.
    Already,
    /// It never left and cannot any more: a checker sent it back.
    SentBack,
    /// There is none of that name.
    None,
}

impl Control {
    /// Keeps a release. `false` where one of that name is kept already: it stays as it is.
    pub async fn add_release(&self, new: &NewRelease) -> Result<bool, ControlError> {
        serde_json::from_str::<serde::de::IgnoredAny>(&new.table_json).map_err(|source| {
            ControlError::NotJson {
                what: "released table",
                source,
            }
        })?;
        let made = sqlx::query(
            "INSERT INTO releases (id, title, agreement, agreement_version, purpose, rule_set,
                 table_json, digest, created_at, created_by, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING",
        )
        .bind(&new.id)
        .bind(&new.title)
        .bind(&new.agreement)
        .bind(&new.agreement_version)
        .bind(&new.purpose)
        .bind(&new.rule_set)
        .bind(&new.table_json)
        .bind(digest(&new.table_json))
        .bind(to_millis(new.created_at))
        .bind(&new.created_by)
        .bind(new.state.as_str())
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(made == 1)
    }

    /// Moves a release from one state to another. `false` where it is not in the first: somebody
    /// else was quicker, and their decision stands.
    pub async fn move_release(
        &self,
        id: &str,
        from: ReleaseState,
        to: ReleaseState,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query("UPDATE releases SET state = $3 WHERE id = $1 AND state = $2")
            .bind(id)
            .bind(from.as_str())
            .bind(to.as_str())
            .execute(&self.pool)
            .await?
            .rows_affected();
        Ok(changed == 1)
    }

    /// Takes a release back for good.
    pub async fn withdraw_release(&self, new: &NewWithdrawal) -> Result<Withdrawn, ControlError> {
        in_words("the reason for taking a release back", &new.reason)?;
        let mut all = self.write().await?;
        let rows = sqlx::query("SELECT state FROM releases WHERE id = $1")
            .bind(&new.release)
            .fetch_all(&mut *all)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(Withdrawn::None);
        };
        let state = Read(&row).word("state", ReleaseState::from_word)?;
        match state {
            ReleaseState::Withdrawn => return Ok(Withdrawn::Already),
            ReleaseState::Returned => return Ok(Withdrawn::SentBack),
            ReleaseState::InReview | ReleaseState::Released => {}
        }
        let moved =
            sqlx::query("UPDATE releases SET state = 'withdrawn' WHERE id = $1 AND state = $2")
                .bind(&new.release)
                .bind(state.as_str())
                .execute(&mut *all)
                .await?
                .rows_affected();
        if moved != 1 {
            // Somebody took it back, or decided about it, in the meantime.
            return Ok(Withdrawn::Already);
        }
        sqlx::query(
            "INSERT INTO release_withdrawals (release_id, withdrawn_at, withdrawn_by, reason, had_left)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (release_id) DO NOTHING",
        )
        .bind(&new.release)
        .bind(to_millis(new.at))
        .bind(&new.by)
        .bind(&new.reason)
        .bind(i64::from(state == ReleaseState::Released))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Withdrawn::Now)
    }

    /// Every release that was taken back, in the order of their names.
    pub async fn withdrawals(&self) -> Result<Vec<Withdrawal>, ControlError> {
        let rows = sqlx::query("SELECT * FROM release_withdrawals ORDER BY release_id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(Withdrawal {
                    release: row.text("release_id")?,
                    reason: row.text("reason")?,
                    by: row.text("withdrawn_by")?,
                    at: row.moment("withdrawn_at")?,
                    had_left: row.count("had_left")? == 1,
                })
            })
            .collect()
    }

    /// A release in any state.
    pub async fn any_release(&self, id: &str) -> Result<Option<ReleaseRecord>, ControlError> {
        let rows = sqlx::query("SELECT * FROM releases WHERE id = $1")
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// All releases in any state, the newest first.
    pub async fn all_releases(&self) -> Result<Vec<ReleaseRecord>, ControlError> {
        let rows = sqlx::query("SELECT * FROM releases ORDER BY created_at DESC, id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// A release that everybody may see: what was stopped at once is none.
    pub async fn public_release(&self, id: &str) -> Result<Option<ReleaseRecord>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM releases WHERE id = $1 AND state = 'released' AND NOT EXISTS (SELECT 1 FROM suspensions x
                 WHERE x.kind = 'release' AND x.subject = releases.id AND x.lifted_at IS NULL)",
        )
            .bind(id)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// The releases that everybody may see, the newest first.
    pub async fn public_releases(&self) -> Result<Vec<ReleaseRecord>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM releases WHERE state = 'released' AND NOT EXISTS (SELECT 1 FROM suspensions x
                 WHERE x.kind = 'release' AND x.subject = releases.id AND x.lifted_at IS NULL)
             ORDER BY created_at DESC, id",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<ReleaseRecord, ControlError> {
    let row = Read(row);
    let record = ReleaseRecord {
        id: row.text("id")?,
        title: row.text("title")?,
        agreement: row.text("agreement")?,
        agreement_version: row.text("agreement_version")?,
        purpose: row.text("purpose")?,
        rule_set: row.text("rule_set")?,
        table_json: row.text("table_json")?,
        digest: row.text("digest")?,
        created_at: row.moment("created_at")?,
        created_by: row.text("created_by")?,
        state: row.word("state", ReleaseState::from_word)?,
    };
    if digest(&record.table_json) != record.digest {
        return Err(ControlError::Altered { id: record.id });
    }
    Ok(record)
}
