//! What output checkers say of releases that wait: each once, nobody of their own, and as many as the agreement asks for
//! before one leaves.

use super::ReleaseState;
use crate::{
    Control, ControlError,
    agreements::in_words,
    row::{Read, first},
    time::to_millis,
};
use chrono::{DateTime, Utc};

/// What a checker says of a release.
#[derive(Debug, Clone)]
pub struct NewReleaseDecision {
    /// The release.
    pub release: String,
    /// Whether it may leave; else it is sent back.
    pub approves: bool,
    /// Why, in words.
    pub reason: String,
    /// How many people have to approve it.
    pub needed: u64,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What a checker said of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseDecision {
    /// Whether it may leave.
    pub approves: bool,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a decision about a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseDecided {
    /// It has left.
    Left,
    /// It was sent back.
    SentBack,
    /// Another person has to approve it too.
    WaitsForAnother,
    /// It does not wait: somebody was quicker, or it never did.
    NotWaiting,
    /// Nobody decides about what they made.
    OwnRelease,
    /// They have said so before.
    SaidBefore,
    /// There is none of that name.
    None,
}

impl Control {
    /// Writes down what a checker says of a release that waits, and moves it where that is enough.
    pub async fn decide_release(
        &self,
        new: &NewReleaseDecision,
    ) -> Result<ReleaseDecided, ControlError> {
        in_words("the reason for a decision about a release", &new.reason)?;
        let mut all = self.write().await?;
        // Holds the row, so that of two at once the second is judged on what the first left behind.
        sqlx::query("UPDATE releases SET state = state WHERE id = $1")
            .bind(&new.release)
            .execute(&mut *all)
            .await?;
        let rows = sqlx::query("SELECT state, created_by FROM releases WHERE id = $1")
            .bind(&new.release)
            .fetch_all(&mut *all)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(ReleaseDecided::None);
        };
        let made_by = Read(&row).text("created_by")?;
        if made_by == new.by {
            return Ok(ReleaseDecided::OwnRelease);
        }
        if Read(&row).word("state", ReleaseState::from_word)? != ReleaseState::InReview {
            return Ok(ReleaseDecided::NotWaiting);
        }
        let said = sqlx::query(
            "INSERT INTO release_decisions (release_id, made_by, decided_by, decided_at, approves, reason)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (release_id, decided_by) DO NOTHING",
        )
        .bind(&new.release)
        .bind(&made_by)
        .bind(&new.by)
        .bind(to_millis(new.at))
        .bind(i64::from(new.approves))
        .bind(&new.reason)
        .execute(&mut *all)
        .await?
        .rows_affected();
        if said != 1 {
            return Ok(ReleaseDecided::SaidBefore);
        }
        let row = sqlx::query(
            "SELECT COUNT(*) AS approved FROM release_decisions WHERE release_id = $1 AND approves = 1",
        )
        .bind(&new.release)
        .fetch_one(&mut *all)
        .await?;
        let (to, came_to) = if !new.approves {
            (Some(ReleaseState::Returned), ReleaseDecided::SentBack)
        } else if Read(&row).count("approved")? >= new.needed {
            (Some(ReleaseState::Released), ReleaseDecided::Left)
        } else {
            (None, ReleaseDecided::WaitsForAnother)
        };
        if let Some(to) = to {
            sqlx::query("UPDATE releases SET state = $2 WHERE id = $1 AND state = 'in_review'")
                .bind(&new.release)
                .bind(to.as_str())
                .execute(&mut *all)
                .await?;
        }
        all.commit().await?;
        Ok(came_to)
    }

    /// What checkers said of a release, the first one first.
    pub async fn release_decisions(
        &self,
        release: &str,
    ) -> Result<Vec<ReleaseDecision>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM release_decisions WHERE release_id = $1 ORDER BY decided_at, decided_by",
        )
        .bind(release)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(ReleaseDecision {
                    approves: row.count("approves")? == 1,
                    reason: row.text("reason")?,
                    by: row.text("decided_by")?,
                    at: row.moment("decided_at")?,
                })
            })
            .collect()
    }
}
