//! What the file of a submission says of itself: a JSON document of counts, beside its record.
//!
//! INVARIANT: never a cell of a file. Whoever writes a report makes it of counts.

use crate::{Control, ControlError, row::Read, time::to_millis};
use chrono::{DateTime, Utc};
use model::SubmissionId;
use std::collections::BTreeMap;

impl Control {
    /// Keeps the report of a submission; a later one takes its place, since the file may be checked again.
    pub async fn keep_report(
        &self,
        submission: &SubmissionId,
        report: &serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<(), ControlError> {
        sqlx::query(
            "INSERT INTO submission_reports (submission, written_at, report) VALUES ($1, $2, $3)
             ON CONFLICT (submission) DO UPDATE SET written_at = excluded.written_at, report = excluded.report",
        )
        .bind(submission.as_str())
        .bind(to_millis(now))
        .bind(report.to_string())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The report of a submission.
    pub async fn report(
        &self,
        submission: &SubmissionId,
    ) -> Result<Option<serde_json::Value>, ControlError> {
        let rows = sqlx::query("SELECT report FROM submission_reports WHERE submission = $1")
            .bind(submission.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.first()
            .map(|row| parsed(&Read(row).text("report")?))
            .transpose()
    }

    /// The reports of a dataset's submissions, by submission.
    pub async fn reports_of(
        &self,
        dataset: &str,
    ) -> Result<BTreeMap<SubmissionId, serde_json::Value>, ControlError> {
        let rows = sqlx::query(
            "SELECT r.submission AS submission, r.report AS report FROM submission_reports r
             JOIN submissions s ON s.id = r.submission WHERE s.dataset = $1",
        )
        .bind(dataset)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let row = Read(row);
                Ok((
                    SubmissionId::from_digest(&row.text("submission")?),
                    parsed(&row.text("report")?)?,
                ))
            })
            .collect()
    }
}

fn parsed(text: &str) -> Result<serde_json::Value, ControlError> {
    serde_json::from_str(text).map_err(|source| ControlError::NotJson {
        what: "report of a submission",
        source,
    })
}
