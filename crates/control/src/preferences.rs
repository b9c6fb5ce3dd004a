//! Preferences as control data: which lists were sent to be cleaned and until when their answers may be used, what
//! single people said as cases, and what each release was made from.
//!
//! INVARIANT: no NHS number is here. A person is a keyed token; reasons are words that staff choose from a list.

mod cases;

pub use cases::{CaseState, NewCase, OnWithdrawal, PreferenceCase, Settled};

use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
    words::words,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;

words! {
    /// Where a list stands.
    pub enum ListState {
        /// It was asked for, and no answer was taken yet.
        Waiting = "waiting",
        /// Its answer was taken.
        Answered = "answered",
        /// A later list took its place.
        Replaced = "replaced",
    }
}

/// A list to be cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewList {
    /// The kind of preference.
    pub kind: String,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The account that asked.
    pub requested_by: String,
    /// The file that asks, by its name in the vault.
    pub request_file: String,
    /// How many numbers it asks about.
    pub count_in: u64,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAnswer {
    /// When it was taken.
    pub answered_at: DateTime<Utc>,
    /// The account that took it.
    pub answered_by: String,
    /// The file, by its name in the vault.
    pub answer_file: String,
    /// How many numbers may be used.
    pub count_out: u64,
    /// The keyed digest of the cleaned list.
    pub digest: String,
    /// From when it must not be used.
    pub expires_at: DateTime<Utc>,
}

/// A list as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceList {
    /// Its number, from 1.
    pub number: u64,
    /// The kind of preference.
    pub kind: String,
    /// Where it stands.
    pub state: ListState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The account that asked.
    pub requested_by: String,
    /// The file that asks, by its name in the vault.
    pub request_file: String,
    /// How many numbers it asks about.
    pub count_in: u64,
    /// The message that it went out with, where it went by mailbox.
    pub message: Option<String>,
    /// What came back.
    pub answer: Option<ListAnswer>,
}

/// What a release was made from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReleaseBasis {
    /// The release.
    pub release: String,
    /// The tables with their versions, such as `spell@3`, in order and with spaces between.
    pub tables: String,
    /// The state of preferences.
    pub preference_state: String,
    /// The kinds that left people out, and the programmes.
    pub preference_policy: String,
    /// Why it waits for a checker though the rules found nothing; empty where it does not.
    pub held_because: String,
}

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

impl Control {
    /// Writes down that a list was asked for, and gives its number. Lists of the kind that still wait are replaced.
    pub async fn ask_for_list(&self, new: &NewList) -> Result<u64, ControlError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_ask(new).await {
                Err(ControlError::Database(source)) if tries < TRIES && was_taken(&source) => {}
                done => return done,
            }
        }
    }

    async fn try_to_ask(&self, new: &NewList) -> Result<u64, ControlError> {
        let mut all = self.write().await?;
        let last = sqlx::query("SELECT COALESCE(MAX(number), 0) AS last FROM preference_lists")
            .fetch_one(&mut *all)
            .await?;
        let number = Read(&last).count("last")? + 1;
        sqlx::query(
            "UPDATE preference_lists SET state = 'replaced' WHERE kind = $1 AND state = 'waiting'",
        )
        .bind(&new.kind)
        .execute(&mut *all)
        .await?;
        sqlx::query(
            "INSERT INTO preference_lists (number, kind, state, requested_at, requested_by, request_file, count_in)
             VALUES ($1, $2, 'waiting', $3, $4, $5, $6)",
        )
        .bind(kept(number, "number")?)
        .bind(&new.kind)
        .bind(to_millis(new.requested_at))
        .bind(&new.requested_by)
        .bind(&new.request_file)
        .bind(kept(new.count_in, "count_in")?)
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(number)
    }

    /// Writes down the message that a list went out with.
    pub async fn list_went_out(&self, number: u64, message: &str) -> Result<(), ControlError> {
        sqlx::query("UPDATE preference_lists SET message = $2 WHERE number = $1")
            .bind(kept(number, "number")?)
            .bind(message)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Writes down that the answer to a list was taken; the one that held before is replaced. `false` where it does not
    /// wait: somebody else took its answer, or asked anew.
    pub async fn list_answered(
        &self,
        number: u64,
        answer: &ListAnswer,
    ) -> Result<bool, ControlError> {
        let mut all = self.write().await?;
        let wanted = kept(number, "number")?;
        let rows = sqlx::query(
            "SELECT kind FROM preference_lists WHERE number = $1 AND state = 'waiting'",
        )
        .bind(wanted)
        .fetch_all(&mut *all)
        .await?;
        let Some(row) = first(rows) else {
            return Ok(false);
        };
        sqlx::query(
            "UPDATE preference_lists SET state = 'replaced' WHERE kind = $1 AND state = 'answered'",
        )
        .bind(Read(&row).text("kind")?)
        .execute(&mut *all)
        .await?;
        sqlx::query(
            "UPDATE preference_lists SET state = 'answered', answered_at = $2, answered_by = $3, answer_file = $4,
                 count_out = $5, digest = $6, expires_at = $7 WHERE number = $1",
        )
        .bind(wanted)
        .bind(to_millis(answer.answered_at))
        .bind(&answer.answered_by)
        .bind(&answer.answer_file)
        .bind(kept(answer.count_out, "count_out")?)
        .bind(&answer.digest)
        .bind(to_millis(answer.expires_at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(true)
    }

    /// All lists, the newest first.
    pub async fn preference_lists(&self) -> Result<Vec<PreferenceList>, ControlError> {
        let rows = sqlx::query("SELECT * FROM preference_lists ORDER BY number DESC")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(list).collect()
    }

    /// Keeps what a release was made from. What is kept stays as it is.
    pub async fn keep_release_basis(&self, basis: &ReleaseBasis) -> Result<(), ControlError> {
        sqlx::query(
            "INSERT INTO release_bases (release_id, tables, preference_state, preference_policy, held_because)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (release_id) DO NOTHING",
        )
        .bind(&basis.release)
        .bind(&basis.tables)
        .bind(&basis.preference_state)
        .bind(&basis.preference_policy)
        .bind(&basis.held_because)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What all releases were made from, in the order of their names.
    pub async fn release_bases(&self) -> Result<Vec<ReleaseBasis>, ControlError> {
        let rows = sqlx::query("SELECT * FROM release_bases ORDER BY release_id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok(ReleaseBasis {
                    release: row.text("release_id")?,
                    tables: row.text("tables")?,
                    preference_state: row.text("preference_state")?,
                    preference_policy: row.text("preference_policy")?,
                    held_because: row.text("held_because")?,
                })
            })
            .collect()
    }
}

fn was_taken(fault: &sqlx::Error) -> bool {
    matches!(fault, sqlx::Error::Database(database) if database.is_unique_violation())
}

fn list(row: &AnyRow) -> Result<PreferenceList, ControlError> {
    let row = Read(row);
    let answer = match row.moment_if_any("answered_at")? {
        None => None,
        Some(answered_at) => Some(ListAnswer {
            answered_at,
            answered_by: row.text("answered_by")?,
            answer_file: row.text("answer_file")?,
            count_out: row.count("count_out")?,
            digest: row.text("digest")?,
            expires_at: row.moment("expires_at")?,
        }),
    };
    Ok(PreferenceList {
        number: row.count("number")?,
        kind: row.text("kind")?,
        state: row.word("state", ListState::from_word)?,
        requested_at: row.moment("requested_at")?,
        requested_by: row.text("requested_by")?,
        request_file: row.text("request_file")?,
        count_in: row.count("count_in")?,
        message: row.text_if_any("message")?,
        answer,
    })
}
