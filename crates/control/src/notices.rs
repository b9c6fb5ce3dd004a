//! Notices: what a person is told because it touches what they did. Words and addresses; nothing about patients.

use crate::{Control, ControlError, row::Read, time::to_millis};
use chrono::{DateTime, Utc};

/// A notice to one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The account that is told.
    pub username: String,
    /// The event, so that nobody is told of it twice.
    pub about: String,
    /// When.
    pub told_at: DateTime<Utc>,
    /// What happened and what to do, in words.
    pub words: String,
    /// Where there is more.
    pub href: String,
    /// When the person said that they had read it.
    pub read_at: Option<DateTime<Utc>>,
}

impl Control {
    /// Tells a person; `false` where they were told of this event before.
    pub async fn tell(&self, notice: &Notice) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "INSERT INTO notices (username, about, told_at, words, href) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (username, about) DO NOTHING",
        )
        .bind(&notice.username)
        .bind(&notice.about)
        .bind(to_millis(notice.told_at))
        .bind(&notice.words)
        .bind(&notice.href)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// What a person was told and has not read, newest first.
    pub async fn unread(&self, username: &str) -> Result<Vec<Notice>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM notices WHERE username = $1 AND read_at IS NULL ORDER BY told_at DESC, about",
        )
        .bind(username)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(notice).collect()
    }

    /// Who was told of an event.
    pub async fn told_of(&self, about: &str) -> Result<Vec<Notice>, ControlError> {
        let rows = sqlx::query("SELECT * FROM notices WHERE about = $1 ORDER BY username")
            .bind(about)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(notice).collect()
    }

    /// Writes down that a person has read a notice; the first moment counts.
    pub async fn mark_read(
        &self,
        username: &str,
        about: &str,
        at: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE notices SET read_at = $1 WHERE username = $2 AND about = $3 AND read_at IS NULL",
        )
        .bind(to_millis(at))
        .bind(username)
        .bind(about)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn notice(row: &sqlx::any::AnyRow) -> Result<Notice, ControlError> {
    let row = Read(row);
    Ok(Notice {
        username: row.text("username")?,
        about: row.text("about")?,
        told_at: row.moment("told_at")?,
        words: row.text("words")?,
        href: row.text("href")?,
        read_at: row.moment_if_any("read_at")?,
    })
}
