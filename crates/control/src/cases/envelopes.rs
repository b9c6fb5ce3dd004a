//! Envelopes: that a list was sealed, each time it was read, what came of each contact, and when it ended.

use super::fits;
use crate::{
    Control, ControlError,
    row::{Read, first, kept},
    time::to_millis,
};
use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// An envelope to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEnvelope {
    /// The request that it answers.
    pub request: String,
    /// The name of its key and its folder.
    pub seal: String,
    /// The digest of the list.
    pub content_digest: String,
    /// When it was sealed, and until when it may be read.
    pub sealed_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    /// How many people are on the list.
    pub rows: u64,
    /// How many were left out: whom the agreement does not open now, a preference among the reasons; who has not the
    /// stated relationship; who could not be found with certainty, or has died.
    pub not_open_now: u64,
    pub no_relationship: u64,
    pub not_found: u64,
    /// The state of preferences that was used.
    pub preference_snapshot: Option<String>,
    /// The decision under which it was opened.
    pub decision_id: String,
}

/// An envelope as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What was sealed.
    pub sealed: NewEnvelope,
    /// When the professional closed it.
    pub closed_at: Option<DateTime<Utc>>,
    /// When its key was destroyed.
    pub destroyed_at: Option<DateTime<Utc>>,
    /// Each time it was read: by whom, when and how many rows.
    pub readings: Vec<(String, DateTime<Utc>, u64)>,
}

/// What came of a contact, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutcome {
    /// The request.
    pub request: String,
    /// The line of its list, from 1.
    pub line: u64,
    /// What came of it, by its code in content.
    pub outcome: String,
    /// Who says so, and when.
    pub by: String,
    pub at: DateTime<Utc>,
}

/// What came of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    /// The line of the list.
    pub line: u64,
    /// Which entry of that line, from 1.
    pub turn: u64,
    /// What came of it, by its code in content.
    pub outcome: String,
    /// When it was recorded.
    pub at: DateTime<Utc>,
}

/// What became of an outcome that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is kept, as the entry of that number of its line.
    Kept(u64),
    /// The line says so already, in the entry of that number.
    Already(u64),
    /// There is no such line, or its envelope has ended.
    NotOpen,
}

impl Control {
    /// Keeps an envelope. `false` where the request has one already, or was stopped meanwhile.
    pub async fn seal_envelope(&self, new: &NewEnvelope) -> Result<bool, ControlError> {
        let mut all = self.write().await?;
        let held = sqlx::query(
            "UPDATE case_request SET touched = touched + 1
             WHERE id = $1 AND withdrawn_at IS NULL AND revoked_at IS NULL",
        )
        .bind(&new.request)
        .execute(&mut *all)
        .await?
        .rows_affected();
        if held == 0 {
            return Ok(false);
        }
        let made = sqlx::query(
            "INSERT INTO case_envelope (request, seal, content_digest, sealed_at, ends_at, rows_in, not_open_now,
                 no_relationship, not_found, preference_snapshot, decision_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        )
        .bind(&new.request)
        .bind(&new.seal)
        .bind(&new.content_digest)
        .bind(to_millis(new.sealed_at))
        .bind(to_millis(new.ends_at))
        .bind(kept(new.rows, "rows_in")?)
        .bind(kept(new.not_open_now, "not_open_now")?)
        .bind(kept(new.no_relationship, "no_relationship")?)
        .bind(kept(new.not_found, "not_found")?)
        .bind(&new.preference_snapshot)
        .bind(&new.decision_id)
        .execute(&mut *all)
        .await?
        .rows_affected();
        all.commit().await?;
        Ok(made == 1)
    }

    /// The envelope of a request.
    pub async fn envelope(&self, request: &str) -> Result<Option<Envelope>, ControlError> {
        let rows = sqlx::query("SELECT * FROM case_envelope WHERE request = $1")
            .bind(request)
            .fetch_all(&self.pool)
            .await?;
        let Some(row) = first(rows) else {
            return Ok(None);
        };
        let readings = sqlx::query("SELECT * FROM case_reading WHERE request = $1 ORDER BY turn")
            .bind(request)
            .fetch_all(&self.pool)
            .await?;
        let readings = readings
            .iter()
            .map(|row| {
                let row = Read(row);
                Ok((
                    row.text("read_by")?,
                    row.moment("read_at")?,
                    row.count("rows_shown")?,
                ))
            })
            .collect::<Result<_, ControlError>>()?;
        read(&row, readings).map(Some)
    }

    /// Notes that an envelope was read, and gives the number of the reading. `None` where it may not be read any more.
    pub async fn read_envelope(
        &self,
        request: &str,
        by: &str,
        rows: u64,
        now: DateTime<Utc>,
    ) -> Result<Option<u64>, ControlError> {
        let mut all = self.write().await?;
        if !held(&mut all, request, now).await? {
            return Ok(None);
        }
        let last = sqlx::query(
            "SELECT COALESCE(MAX(turn), 0) AS last FROM case_reading WHERE request = $1",
        )
        .bind(request)
        .fetch_one(&mut *all)
        .await?;
        let turn = Read(&last).count("last")? + 1;
        sqlx::query(
            "INSERT INTO case_reading (request, turn, read_by, read_at, rows_shown) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(request)
        .bind(kept(turn, "turn")?)
        .bind(by)
        .bind(to_millis(now))
        .bind(kept(rows, "rows_shown")?)
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Some(turn))
    }

    /// Closes an envelope before its time. Done twice, it is done once.
    pub async fn close_envelope(
        &self,
        request: &str,
        now: DateTime<Utc>,
    ) -> Result<bool, ControlError> {
        let changed = sqlx::query(
            "UPDATE case_envelope SET closed_at = $2 WHERE request = $1 AND closed_at IS NULL",
        )
        .bind(request)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?
        .rows_affected();
        Ok(changed == 1)
    }

    /// The envelopes whose time is over, or whose request was stopped, and whose key has not been destroyed: request
    /// and seal.
    pub async fn ended_envelopes(
        &self,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, ControlError> {
        let rows = sqlx::query(
            "SELECT e.request AS request, e.seal AS seal FROM case_envelope AS e
             JOIN case_request AS r ON r.id = e.request
             WHERE e.destroyed_at IS NULL AND (e.closed_at IS NOT NULL OR e.ends_at <= $1
               OR r.withdrawn_at IS NOT NULL OR r.revoked_at IS NOT NULL)
             ORDER BY e.request",
        )
        .bind(to_millis(now))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((Read(row).text("request")?, Read(row).text("seal")?)))
            .collect()
    }

    /// The seals of all envelopes, so that what a killed process left beside them is known for that.
    pub async fn seals(&self) -> Result<Vec<String>, ControlError> {
        let rows = sqlx::query("SELECT seal FROM case_envelope ORDER BY seal")
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Read(row).text("seal")).collect()
    }

    /// Notes that the key of an envelope was destroyed. The first moment stays.
    pub async fn envelope_destroyed(
        &self,
        request: &str,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "UPDATE case_envelope SET destroyed_at = $2 WHERE request = $1 AND destroyed_at IS NULL",
        )
        .bind(request)
        .bind(to_millis(now))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Keeps what came of a contact. Sent twice, it is kept once.
    pub async fn record_outcome(&self, new: &NewOutcome) -> Result<Recorded, ControlError> {
        fits("an outcome", &new.outcome, 1)?;
        let Ok(line) = kept(new.line, "line") else {
            return Ok(Recorded::NotOpen);
        };
        let mut all = self.write().await?;
        if !held(&mut all, &new.request, new.at).await? {
            return Ok(Recorded::NotOpen);
        }
        let rows = sqlx::query("SELECT rows_in FROM case_envelope WHERE request = $1")
            .bind(&new.request)
            .fetch_all(&mut *all)
            .await?;
        let lines = first(rows).map_or(Ok(0), |row| Read(&row).count("rows_in"))?;
        if new.line == 0 || new.line > lines {
            return Ok(Recorded::NotOpen);
        }
        let rows = sqlx::query(
            "SELECT * FROM case_outcome WHERE request = $1 AND line = $2 ORDER BY turn DESC LIMIT 1",
        )
        .bind(&new.request)
        .bind(line)
        .fetch_all(&mut *all)
        .await?;
        let latest = first(rows).as_ref().map(outcome).transpose()?;
        if let Some(same) = latest.as_ref().filter(|o| o.outcome == new.outcome) {
            return Ok(Recorded::Already(same.turn));
        }
        let turn = latest.map_or(1, |o| o.turn + 1);
        sqlx::query(
            "INSERT INTO case_outcome (request, line, turn, outcome, recorded_by, recorded_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&new.request)
        .bind(line)
        .bind(kept(turn, "turn")?)
        .bind(&new.outcome)
        .bind(&new.by)
        .bind(to_millis(new.at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Recorded::Kept(turn))
    }

    /// What came of the contacts of a list: of each line the latest, by line.
    pub async fn outcomes(
        &self,
        request: &str,
    ) -> Result<BTreeMap<u64, CaseOutcome>, ControlError> {
        let rows = sqlx::query("SELECT * FROM case_outcome WHERE request = $1 ORDER BY line, turn")
            .bind(request)
            .fetch_all(&self.pool)
            .await?;
        let mut latest = BTreeMap::new();
        for row in &rows {
            let outcome = outcome(row)?;
            latest.insert(outcome.line, outcome);
        }
        Ok(latest)
    }
}

/// Takes the request of an envelope that may still be read, so that whoever closes or stops it takes turns.
async fn held(
    all: &mut sqlx::Transaction<'static, sqlx::Any>,
    request: &str,
    now: DateTime<Utc>,
) -> Result<bool, ControlError> {
    let held = sqlx::query(
        "UPDATE case_request SET touched = touched + 1
         WHERE id = $1 AND withdrawn_at IS NULL AND revoked_at IS NULL AND EXISTS (
           SELECT 1 FROM case_envelope AS e
           WHERE e.request = case_request.id AND e.closed_at IS NULL AND e.destroyed_at IS NULL AND e.ends_at > $2)",
    )
    .bind(request)
    .bind(to_millis(now))
    .execute(&mut **all)
    .await?
    .rows_affected();
    Ok(held == 1)
}

fn outcome(row: &AnyRow) -> Result<CaseOutcome, ControlError> {
    let row = Read(row);
    Ok(CaseOutcome {
        line: row.count("line")?,
        turn: row.count("turn")?,
        outcome: row.text("outcome")?,
        at: row.moment("recorded_at")?,
    })
}

fn read(
    row: &AnyRow,
    readings: Vec<(String, DateTime<Utc>, u64)>,
) -> Result<Envelope, ControlError> {
    let row = Read(row);
    Ok(Envelope {
        closed_at: row.moment_if_any("closed_at")?,
        destroyed_at: row.moment_if_any("destroyed_at")?,
        readings,
        sealed: NewEnvelope {
            request: row.text("request")?,
            seal: row.text("seal")?,
            content_digest: row.text("content_digest")?,
            sealed_at: row.moment("sealed_at")?,
            ends_at: row.moment("ends_at")?,
            rows: row.count("rows_in")?,
            not_open_now: row.count("not_open_now")?,
            no_relationship: row.count("no_relationship")?,
            not_found: row.count("not_found")?,
            preference_snapshot: row.text_if_any("preference_snapshot")?,
            decision_id: row.text("decision_id")?,
        },
    })
}
