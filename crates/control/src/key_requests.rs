//! Changes of keys that need two people: one asks, another decides, and then it is carried out. Nobody decides what
//! they asked for. No key is here, only its domain and id.

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};

words! {
    /// What is to be done to a key.
    pub enum KeyChange {
        /// A new one is put in its place.
        Rotate = "rotate",
        /// It is destroyed, with all that it could open.
        Destroy = "destroy",
    }
}

words! {
    /// Where a change of a key stands.
    pub enum KeyRequestState {
        /// Nobody has decided yet.
        Waiting = "waiting",
        /// Approved, and not carried out yet.
        Approved = "approved",
        /// Refused.
        Refused = "refused",
        /// Carried out.
        Done = "done",
    }
}

/// A change that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKeyRequest {
    /// The domain whose key it is.
    pub domain: String,
    /// What is to be done.
    pub change: KeyChange,
    /// The id of the key that comes to be, or that is destroyed; `all` for every key of the domain.
    pub key_id: String,
    /// Why, in the person's words.
    pub why: String,
    /// The account that asks.
    pub asked_by: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

/// A change of a key, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRequest {
    /// Its number.
    pub number: u64,
    /// What was asked for.
    pub asked: NewKeyRequest,
    /// Who decided, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
    /// Whether they approved.
    pub approved: bool,
    /// When it was carried out.
    pub done_at: Option<DateTime<Utc>>,
}

impl KeyRequest {
    /// Where it stands.
    pub const fn state(&self) -> KeyRequestState {
        match (&self.decided, self.approved, &self.done_at) {
            (_, _, Some(_)) => KeyRequestState::Done,
            (None, ..) => KeyRequestState::Waiting,
            (Some(_), true, None) => KeyRequestState::Approved,
            (Some(_), false, None) => KeyRequestState::Refused,
        }
    }
}

const LONGEST_WHY: usize = 300;

impl Control {
    /// Asks for a change and gives its number; none where a change of this domain waits already.
    pub async fn ask_key_change(&self, new: &NewKeyRequest) -> Result<Option<u64>, ControlError> {
        if new.why.trim().is_empty() || new.why.chars().count() > LONGEST_WHY {
            return Err(ControlError::Form {
                what: "the reason for the change",
                wanted: "has to have between 1 and 300 characters",
            });
        }
        let mut all = self.write().await?;
        let open = sqlx::query(
            "SELECT number FROM key_requests
             WHERE domain = $1 AND done_at IS NULL AND (decided_at IS NULL OR approved = 1)",
        )
        .bind(&new.domain)
        .fetch_all(&mut *all)
        .await?;
        if !open.is_empty() {
            return Ok(None);
        }
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS number FROM key_requests")
            .fetch_all(&mut *all)
            .await?;
        let number = 1 + first(last).map_or(Ok(0), |row| Read(&row).count("number"))?;
        sqlx::query(
            "INSERT INTO key_requests (number, domain, change, key_id, why, asked_by, asked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(kept(number, "number")?)
        .bind(&new.domain)
        .bind(new.change.as_str())
        .bind(&new.key_id)
        .bind(new.why.trim())
        .bind(&new.asked_by)
        .bind(to_millis(new.asked_at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Some(number))
    }

    /// All changes, newest first.
    pub async fn key_requests(&self) -> Result<Vec<KeyRequest>, ControlError> {
        let rows = sqlx::query("SELECT * FROM key_requests ORDER BY number DESC")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(read).collect()
    }

    /// A change by its number.
    pub async fn key_request(&self, number: u64) -> Result<Option<KeyRequest>, ControlError> {
        let rows = sqlx::query("SELECT * FROM key_requests WHERE number = $1")
            .bind(kept(number, "number")?)
            .fetch_all(&self.pool)
            .await?;
        first(rows).as_ref().map(read).transpose()
    }

    /// Approves or refuses a change. `false` where nothing came of it: there is no such change, somebody has decided
    /// already, or it is this person's own.
    pub async fn decide_key_change(
        &self,
        number: u64,
        by: &str,
        approve: bool,
        at: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let done = sqlx::query(
            "UPDATE key_requests SET decided_by = $1, decided_at = $2, approved = $3
             WHERE number = $4 AND decided_at IS NULL AND asked_by <> $1",
        )
        .bind(by)
        .bind(to_millis(at))
        .bind(i64::from(approve))
        .bind(kept(number, "number")?)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes down that an approved change was carried out; the first moment counts.
    pub async fn key_change_done(
        &self,
        number: u64,
        at: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE key_requests SET done_at = $1
             WHERE number = $2 AND approved = 1 AND done_at IS NULL",
        )
        .bind(to_millis(at))
        .bind(kept(number, "number")?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn read(row: &sqlx::any::AnyRow) -> Result<KeyRequest, ControlError> {
    let row = Read(row);
    let by = row.text_if_any("decided_by")?;
    Ok(KeyRequest {
        number: row.count("number")?,
        asked: NewKeyRequest {
            domain: row.text("domain")?,
            change: row.word("change", KeyChange::from_word)?,
            key_id: row.text("key_id")?,
            why: row.text("why")?,
            asked_by: row.text("asked_by")?,
            asked_at: row.moment("asked_at")?,
        },
        decided: by.zip(row.moment_if_any("decided_at")?),
        approved: row.number("approved")? == 1,
        done_at: row.moment_if_any("done_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
    }

    fn new(domain: &str, by: &str) -> NewKeyRequest {
        NewKeyRequest {
            domain: domain.to_owned(),
            change: KeyChange::Rotate,
            key_id: "k2".to_owned(),
            why: "a year has passed".to_owned(),
            asked_by: by.to_owned(),
            asked_at: at(0),
        }
    }

    #[tokio::test]
    async fn nobody_decides_what_they_asked_for_and_nobody_decides_twice() {
        let folder = tempfile::tempdir().unwrap();
        let control = Control::open_file(&folder.path().join("c.sqlite"))
            .await
            .unwrap();
        let number = control
            .ask_key_change(&new("analysis", "kit"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(
            control
                .ask_key_change(&new("analysis", "kay"))
                .await
                .unwrap(),
            None
        );
        assert_eq!(
            control.ask_key_change(&new("other", "kit")).await.unwrap(),
            Some(2)
        );
        assert!(
            !control
                .decide_key_change(number, "kit", true, at(1))
                .await
                .unwrap()
        );
        assert!(
            !control
                .decide_key_change(77, "ada", true, at(1))
                .await
                .unwrap()
        );
        control.key_change_done(number, at(1)).await.unwrap();
        let state = async || control.key_request(number).await.unwrap().unwrap().state();
        assert_eq!(
            state().await,
            KeyRequestState::Waiting,
            "not before it is approved"
        );
        assert!(
            control
                .decide_key_change(number, "ada", true, at(2))
                .await
                .unwrap()
        );
        assert!(
            !control
                .decide_key_change(number, "kay", false, at(3))
                .await
                .unwrap()
        );
        assert_eq!(state().await, KeyRequestState::Approved);
        assert_eq!(
            control
                .ask_key_change(&new("analysis", "kay"))
                .await
                .unwrap(),
            None
        );
        control.key_change_done(number, at(4)).await.unwrap();
        control.key_change_done(number, at(5)).await.unwrap();
        let done = control.key_request(number).await.unwrap().unwrap();
        assert_eq!(
            (done.state(), done.done_at),
            (KeyRequestState::Done, Some(at(4)))
        );
        assert!(
            control
                .decide_key_change(2, "ada", false, at(2))
                .await
                .unwrap()
        );
        assert_eq!(
            control.key_requests().await.unwrap()[0].state(),
            KeyRequestState::Refused
        );
        assert_eq!(
            control.ask_key_change(&new("other", "kit")).await.unwrap(),
            Some(3)
        );
    }

    #[tokio::test]
    async fn a_change_has_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let control = Control::open_file(&folder.path().join("c.sqlite"))
            .await
            .unwrap();
        for why in [String::new(), "  ".to_owned(), "x".repeat(301)] {
            let new = NewKeyRequest {
                why,
                ..new("analysis", "kit")
            };
            assert!(control.ask_key_change(&new).await.is_err());
        }
    }
}
