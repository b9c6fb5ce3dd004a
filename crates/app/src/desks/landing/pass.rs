//! One pass over a kept file: checked on all cores, its rows and findings written as they come.

use super::{FINDINGS_KEPT, erased::Erased, finding_batch};
use anyhow::{Context, Result};
use land::{
    LandError,
    check::{CheckSettings, Files, Gathering, Outcome, Specification, run},
};
use model::{Finding, Identifiable, OrganisationCode, SubmissionId};
use std::sync::Arc;
use store::{
    TableWriter,
    arrow::{
        array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray},
        datatypes::Schema,
    },
};

/// A pass over a file.
pub(super) struct Pass {
    pub(super) files: Files,
    pub(super) specification: Arc<Specification>,
    pub(super) settings: CheckSettings,
    pub(super) own: Own,
    pub(super) threads: usize,
}

/// What the checking threads send to the writer.
struct Written {
    rows: Option<RecordBatch>,
    findings: Option<RecordBatch>,
}

/// Why a check stopped.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckStopped {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] store::arrow::error::ArrowError),
    #[error("the rows could not be written")]
    WriterGone,
}

impl Pass {
    /// Checks the file and writes its rows, and its findings where they are wanted. Nothing is committed.
    pub(super) async fn carry_out(
        self,
        rows: &mut TableWriter<'_, Identifiable>,
        mut findings: Option<&mut TableWriter<'_, Identifiable>>,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<(Outcome, Gathering)> {
        let (send, mut take) = tokio::sync::mpsc::channel::<Written>(self.threads * 2);
        let wants_findings = findings.is_some();
        let checking =
            tokio::task::spawn_blocking(move || self.check(wants_findings, &send, progress));
        while let Some(written) = take.recv().await {
            if let Some(batch) = written.rows {
                rows.write(&batch).await?;
            }
            if let (Some(batch), Some(findings)) = (written.findings, findings.as_mut()) {
                findings.write(&batch).await?;
            }
        }
        match checking.await.context("the check ended early")? {
            // As itself, so that it is told as what it is: a file that cannot be read.
            Err(CheckStopped::Land(land)) => Err(land.into()),
            done => Ok(done?),
        }
    }

    fn check(
        self,
        wants_findings: bool,
        send: &tokio::sync::mpsc::Sender<Written>,
        progress: impl Fn(u64),
    ) -> Result<(Outcome, Gathering), CheckStopped> {
        let Self {
            files,
            specification,
            settings,
            own,
            threads,
        } = self;
        let version = specification.dataset().version.clone();
        let most = if wants_findings { FINDINGS_KEPT } else { 0 };
        let mut gathering = Gathering::new(0);
        let mut kept = 0u64;
        let written = |rows, findings| {
            send.blocking_send(Written { rows, findings })
                .map_err(|_| CheckStopped::WriterGone)
        };
        let outcome = run(
            files,
            &specification,
            settings,
            threads,
            |checker, mut batch| {
                gathering.add(checker, &batch);
                let room = usize::try_from(most.saturating_sub(kept)).unwrap_or(usize::MAX);
                let found: Vec<Finding> = checker.findings(&batch).take(room).collect();
                kept += found.len() as u64;
                let rows = batch
                    .accepted
                    .take()
                    .map(|accepted| own.beside(&accepted))
                    .transpose()?;
                let findings = (!found.is_empty())
                    .then(|| finding_batch(&own.id, &version, &found))
                    .transpose()?;
                written(rows, findings)?;
                Ok::<_, CheckStopped>(batch.raw)
            },
            |state| progress(state.rows),
        )?;
        if wants_findings && !outcome.file_findings.is_empty() {
            let batch = finding_batch(&own.id, &version, &outcome.file_findings)?;
            written(None, Some(batch))?;
        }
        Ok((outcome, gathering))
    }
}

/// The columns that Haven adds to every row.
#[derive(Clone)]
pub(super) struct Own {
    /// Whose rows are not taken in.
    pub(super) erased: Option<Arc<Erased>>,
    pub(super) id: SubmissionId,
    pub(super) sender: OrganisationCode,
    pub(super) received_at: chrono::DateTime<chrono::Utc>,
    pub(super) schema: Arc<Schema>,
}

impl Own {
    fn beside(
        &self,
        accepted: &RecordBatch,
    ) -> Result<RecordBatch, store::arrow::error::ArrowError> {
        let rows = accepted.num_rows();
        let moments =
            TimestampMicrosecondArray::from_value(self.received_at.timestamp_micros(), rows)
                .with_timezone("UTC");
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                self.id.as_str(),
                rows,
            ))),
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                self.sender.as_str(),
                rows,
            ))),
            Arc::new(moments),
        ];
        columns.extend(accepted.columns().iter().cloned());
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)?;
        match &self.erased {
            Some(erased) => erased.left_out(&batch),
            None => Ok(batch),
        }
    }
}
