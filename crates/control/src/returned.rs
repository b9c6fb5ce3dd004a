//! What senders decided about what tracing found in their records. Entries are only added; the latest of each finding
//! is what holds. No value of a record is kept here: a finding is a keyed token.

use crate::{
    Control, ControlError,
    row::{Read, kept},
    time::to_millis,
};
use chrono::{DateTime, Utc};
use model::{OrganisationCode, SubmissionId};
use sqlx::{Any, Transaction, any::AnyRow};
use std::collections::BTreeMap;

/// What a sender decided about one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedDecision {
    /// The finding, by its token.
    pub finding: String,
    /// The submission on whose page it was decided.
    pub submission: SubmissionId,
    /// What kind of finding it is, such as `number_found`.
    pub kind: String,
    /// Whether it was accepted; rejected otherwise.
    pub accepted: bool,
    /// Why, in the sender's words; empty where nothing was said.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The account that decided.
    pub by: String,
}

/// How often a number is taken anew where somebody else took it first.
const TRIES: usize = 5;

impl Control {
    /// Keeps decisions of a sender, all or none, and gives how many of them are new: one that says what holds already
    /// is not kept again.
    pub async fn decide_returned(
        &self,
        sender: &OrganisationCode,
        decisions: &[ReturnedDecision],
    ) -> Result<u64, ControlError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_decide_returned(sender, decisions).await {
                Err(ControlError::Database(sqlx::Error::Database(fault)))
                    if tries < TRIES && fault.is_unique_violation() => {}
                done => return done,
            }
        }
    }

    async fn try_to_decide_returned(
        &self,
        sender: &OrganisationCode,
        decisions: &[ReturnedDecision],
    ) -> Result<u64, ControlError> {
        let mut all = self.write().await?;
        let mut new = 0;
        for decision in decisions {
            let last = last(&mut all, sender, &decision.finding).await?;
            let same = last.as_ref().is_some_and(|(_, held)| {
                held.accepted == decision.accepted && held.why == decision.why
            });
            if same {
                continue;
            }
            let number = last.map_or(0, |(number, _)| number) + 1;
            sqlx::query(
                "INSERT INTO returned_decisions
                    (sender, finding, number, submission, kind, accepted, why, decided_at, decided_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(sender.as_str())
            .bind(&decision.finding)
            .bind(kept(number, "number")?)
            .bind(decision.submission.as_str())
            .bind(&decision.kind)
            .bind(i64::from(decision.accepted))
            .bind(&decision.why)
            .bind(to_millis(decision.at))
            .bind(&decision.by)
            .execute(&mut *all)
            .await?;
            new += 1;
        }
        all.commit().await?;
        Ok(new)
    }

    /// What holds of a sender's decisions, by finding.
    pub async fn returned_decisions(
        &self,
        sender: &OrganisationCode,
    ) -> Result<BTreeMap<String, ReturnedDecision>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM returned_decisions WHERE sender = $1 ORDER BY finding, number",
        )
        .bind(sender.as_str())
        .fetch_all(&self.pool)
        .await?;
        let mut held = BTreeMap::new();
        for row in &rows {
            let decision = decision(row)?;
            held.insert(decision.finding.clone(), decision);
        }
        Ok(held)
    }

    /// What holds of the decisions of all senders, each with its sender, in their order.
    pub async fn all_returned_decisions(
        &self,
    ) -> Result<Vec<(OrganisationCode, ReturnedDecision)>, ControlError> {
        let rows = sqlx::query(
            "SELECT * FROM returned_decisions AS d WHERE NOT EXISTS (
                SELECT 1 FROM returned_decisions AS l
                WHERE l.sender = d.sender AND l.finding = d.finding AND l.number > d.number)
             ORDER BY sender, finding",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok((Read(row).organisation("sender")?, decision(row)?)))
            .collect()
    }
}

/// The latest decision about a finding, with its number.
async fn last(
    all: &mut Transaction<'static, Any>,
    sender: &OrganisationCode,
    finding: &str,
) -> Result<Option<(u64, ReturnedDecision)>, ControlError> {
    let rows = sqlx::query(
        "SELECT * FROM returned_decisions WHERE sender = $1 AND finding = $2
         ORDER BY number DESC LIMIT 1",
    )
    .bind(sender.as_str())
    .bind(finding)
    .fetch_all(&mut **all)
    .await?;
    rows.first()
        .map(|row| Ok((Read(row).count("number")?, decision(row)?)))
        .transpose()
}

fn decision(row: &AnyRow) -> Result<ReturnedDecision, ControlError> {
    let row = Read(row);
    Ok(ReturnedDecision {
        finding: row.text("finding")?,
        submission: SubmissionId::from_digest(&row.text("submission")?),
        kind: row.text("kind")?,
        accepted: row.number("accepted")? != 0,
        why: row.text("why")?,
        at: row.moment("decided_at")?,
        by: row.text("decided_by")?,
    })
}
