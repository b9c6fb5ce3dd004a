//! What was stopped at once: an agreement, a person, a release; and when that was lifted. A suspension holds from the
//! moment at which it is kept.

use crate::{
    Control, ControlError,
    accounts::plain,
    agreements::{TRIES, in_words},
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// What can be stopped.
    pub enum SuspendedKind {
        /// An agreement, by its reference: nothing is permitted under it.
        Agreement = "agreement",
        /// A person, by the name of their account: their sessions and tokens end, and they cannot sign in.
        Person = "person",
        /// A release, by its name: nobody can open it.
        Release = "release",
    }
}

/// What is stopped or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    /// Its number, from 1.
    pub number: u64,
    /// What kind of thing.
    pub kind: SuspendedKind,
    /// Which.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// When, by whom and why it was lifted.
    pub lifted: Option<(DateTime<Utc>, String, String)>,
}

/// What became of stopping something or of lifting that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuspensionDone {
    /// It is done now, under this number.
    Now(u64),
    /// It was done already, under this number.
    Already(u64),
    /// There is no such suspension.
    None,
}

impl Control {
    /// Stops something at once. What is stopped already stays so, for the reason that was given first.
    pub async fn suspend(
        &self,
        kind: SuspendedKind,
        subject: &str,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<SuspensionDone, ControlError> {
        in_words("the reason for a suspension", reason)?;
        if subject.is_empty() || subject.len() > 200 || subject.contains(char::is_control) {
            return Err(ControlError::Form {
                what: "what is suspended",
                wanted: "has 1 to 200 characters, on one line",
            });
        }
        let subject = match kind {
            SuspendedKind::Person => plain(subject),
            SuspendedKind::Agreement | SuspendedKind::Release => subject.to_owned(),
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_suspend(kind, &subject, reason, by, at).await {
                Err(ControlError::Database(sqlx::Error::Database(fault)))
                    if tries < TRIES && fault.is_unique_violation() => {}
                done => return done,
            }
        }
    }

    async fn try_to_suspend(
        &self,
        kind: SuspendedKind,
        subject: &str,
        reason: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<SuspensionDone, ControlError> {
        let mut all = self.write().await?;
        // The number first: whatever is kept from here on takes it, and this try with it.
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM suspensions")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        let standing = sqlx::query(
            "SELECT * FROM suspensions WHERE kind = $1 AND subject = $2 AND lifted_at IS NULL",
        )
        .bind(kind.as_str())
        .bind(subject)
        .fetch_all(&mut *all)
        .await?;
        if let Some(row) = first(standing) {
            return Ok(SuspensionDone::Already(Read(&row).count("number")?));
        }
        sqlx::query(
            "INSERT INTO suspensions (number, kind, subject, reason, suspended_at, suspended_by)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(kept(number, "number")?)
        .bind(kind.as_str())
        .bind(subject)
        .bind(reason)
        .bind(to_millis(at))
        .bind(by)
        .execute(&mut *all)
        .await?;
        if kind == SuspendedKind::Person {
            // Tokens too: those of before do not come back to life when the suspension is lifted.
            for ended in [
                "DELETE FROM sessions WHERE username = $1",
                "DELETE FROM access_tokens WHERE username = $1",
            ] {
                sqlx::query(ended).bind(subject).execute(&mut *all).await?;
            }
        }
        all.commit().await?;
        Ok(SuspensionDone::Now(number))
    }

    /// Lifts a suspension. Lifted twice, it is lifted once.
    pub async fn lift(
        &self,
        number: u64,
        why: &str,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<SuspensionDone, ControlError> {
        in_words("the reason for lifting", why)?;
        let Ok(wanted) = kept(number, "number") else {
            return Ok(SuspensionDone::None);
        };
        let changed = sqlx::query(
            "UPDATE suspensions SET lifted_at = $2, lifted_by = $3, lifted_why = $4
             WHERE number = $1 AND lifted_at IS NULL",
        )
        .bind(wanted)
        .bind(to_millis(at))
        .bind(by)
        .bind(why)
        .execute(&self.pool)
        .await?
        .rows_affected();
        if changed == 1 {
            return Ok(SuspensionDone::Now(number));
        }
        let known = sqlx::query("SELECT number FROM suspensions WHERE number = $1")
            .bind(wanted)
            .fetch_all(&self.pool)
            .await?;
        Ok(if known.is_empty() {
            SuspensionDone::None
        } else {
            SuspensionDone::Already(number)
        })
    }

    /// All suspensions, those that were lifted among them, first to last.
    pub async fn suspensions(&self) -> Result<Vec<Suspension>, ControlError> {
        let rows = sqlx::query("SELECT * FROM suspensions ORDER BY number")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// The suspension of something that stands now.
    pub async fn suspension_of(
        &self,
        kind: SuspendedKind,
        subject: &str,
    ) -> Result<Option<Suspension>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM suspensions WHERE kind = $1 AND subject = $2 AND lifted_at IS NULL",
        )
        .bind(kind.as_str())
        .bind(subject)
        .fetch_all(&self.pool)
        .await?;
        first(rows).as_ref().map(read).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Suspension, ControlError> {
    let row = Read(row);
    let lifted_at = row.moment_if_any("lifted_at")?;
    let lifted = lifted_at
        .zip(row.text_if_any("lifted_by")?)
        .zip(row.text_if_any("lifted_why")?)
        .map(|((at, by), why)| (at, by, why));
    Ok(Suspension {
        number: row.count("number")?,
        kind: row.word("kind", SuspendedKind::from_word)?,
        subject: row.text("subject")?,
        reason: row.text("reason")?,
        at: row.moment("suspended_at")?,
        by: row.text("suspended_by")?,
        lifted,
    })
}
