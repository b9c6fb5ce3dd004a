//! What approvers said to a request: one judgement of a person, one of a role.

use super::fits;
use crate::{Control, ControlError, row::Read, time::to_millis};
use chrono::{DateTime, Utc};
use model::OrganisationCode;
use sqlx::any::AnyRow;

/// A judgement to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJudgement {
    /// The request.
    pub request: String,
    /// Who says it, in which role and for whom.
    pub by: String,
    pub role: String,
    pub organisation: OrganisationCode,
    /// Whether they approve; else they refuse.
    pub approves: bool,
    /// Why.
    pub reason: String,
    /// The digest of what they were shown.
    pub saw_digest: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A judgement as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseJudgement {
    /// Who said it, in which role and for whom.
    pub by: String,
    pub role: String,
    pub organisation: OrganisationCode,
    /// Whether they approve; else they refuse.
    pub approves: bool,
    /// Why.
    pub reason: String,
    /// The digest of what they were shown.
    pub saw_digest: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a judgement that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// It is kept.
    Kept,
    /// This person said the same before.
    Already,
    /// This person, or somebody of this role, said something before.
    Taken,
    /// The request no longer waits, is not what was shown, or is this person's own.
    NotOpen,
}

impl Control {
    /// Keeps a judgement. Sent twice, it is kept once.
    ///
    /// INVARIANT: nobody judges what they asked for or would receive, or anything but what they were shown.
    pub async fn judge_case_request(&self, new: &NewJudgement) -> Result<Judged, ControlError> {
        fits("the reason of a judgement", &new.reason, 1)?;
        let mut all = self.write().await?;
        // Takes the request, so that whoever judges, stops or opens it at the same moment takes turns.
        let held = sqlx::query(
            "UPDATE case_request SET touched = touched + 1
             WHERE id = $1 AND asked_digest = $2 AND requester <> $3 AND professional <> $3 AND approve_by > $4
               AND withdrawn_at IS NULL AND revoked_at IS NULL",
        )
        .bind(&new.request)
        .bind(&new.saw_digest)
        .bind(&new.by)
        .bind(to_millis(new.at))
        .execute(&mut *all)
        .await?
        .rows_affected();
        if held == 0 {
            return Ok(Judged::NotOpen);
        }
        let rows = sqlx::query("SELECT * FROM case_judgement WHERE request = $1")
            .bind(&new.request)
            .fetch_all(&mut *all)
            .await?;
        let before = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        if let Some(mine) = before.iter().find(|j| j.by == new.by) {
            let same = mine.approves == new.approves && mine.role == new.role;
            return Ok(if same { Judged::Already } else { Judged::Taken });
        }
        if before.iter().any(|j| !j.approves) {
            return Ok(Judged::NotOpen);
        }
        if before.iter().any(|j| j.role == new.role) {
            return Ok(Judged::Taken);
        }
        sqlx::query(
            "INSERT INTO case_judgement (request, judged_by, role, organisation, approves, reason, saw_digest, judged_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&new.request)
        .bind(&new.by)
        .bind(&new.role)
        .bind(new.organisation.as_str())
        .bind(i64::from(new.approves))
        .bind(&new.reason)
        .bind(&new.saw_digest)
        .bind(to_millis(new.at))
        .execute(&mut *all)
        .await?;
        all.commit().await?;
        Ok(Judged::Kept)
    }

    /// What was said to a request, the earliest first.
    pub(crate) async fn case_judgements(
        &self,
        request: &str,
    ) -> Result<Vec<CaseJudgement>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM case_judgement WHERE request = $1 ORDER BY judged_at, judged_by",
        )
        .bind(request)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<CaseJudgement, ControlError> {
    let row = Read(row);
    Ok(CaseJudgement {
        by: row.text("judged_by")?,
        role: row.text("role")?,
        organisation: row.organisation("organisation")?,
        approves: row.number("approves")? == 1,
        reason: row.text("reason")?,
        saw_digest: row.text("saw_digest")?,
        at: row.moment("judged_at")?,
    })
}
