//! Landing one file: kept, checked, written, committed, written down. Whole or not at all.
//!
//! The commit of the table is the moment at which a submission is there. What follows it (the audit
//! entry, the record for the pages) is made good by [`IdentifiedDesk::mend`] after a kill.
//!
//! A file that its sender has to declare is checked and written alike, and waits for its commit: see `sending`.

mod earlier;
mod erased;
mod findings;
mod mend;
mod note;
mod pass;
mod release;
mod sending;

pub(crate) use findings::{CommonValue, FindingRow};
pub(crate) use release::followed;
pub(crate) use sending::{Declared, Sent};

use super::IdentifiedDesk;
use crate::workspace::VERSION;
use anyhow::{Context, Result};
use control::{NewSubmission, Settlement, Stated, SubmissionRecord, SubmissionState};
use govern::{AuditKeeper, Digest, EntryBody, Kind, ObjectKind, Outcome};
use land::{
    LandError,
    check::{CheckSettings, Files, Report, Shown, Specification},
    receive::{ReceiveSettings, open_seekable},
};
use model::{Date, Finding, Identifying, OrganisationCode, SubmissionId};
use pass::{CheckStopped, Own, Pass};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::{fs::File, io::Read, sync::Arc};
use store::{
    Original,
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringArray},
        datatypes::{DataType, Field, Schema, SchemaRef},
    },
};

/// The table of findings, in the identified zone: its cells are the sender's.
pub(super) const FINDINGS: &str = "finding";
/// How many findings of one submission are kept row by row; all are counted.
const FINDINGS_KEPT: u64 = 1_000_000;

/// A file to be landed.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    pub(crate) dataset: String,
    pub(crate) sender: OrganisationCode,
    pub(crate) file_name: Identifying<String>,
    pub(crate) received_by: String,
    pub(crate) today: Date,
    pub(crate) reading: ReceiveSettings,
    /// Whether it lands at once, as an operator's does; otherwise it waits for the declaration.
    pub(crate) straight: bool,
    /// The period that it is about, where the sender states one.
    pub(crate) stated: Option<Stated>,
    /// Which release the file was taken for and why, in a sentence, where the sender did not state it.
    pub(crate) recognised: Option<String>,
}

/// What became of a file.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Receipt {
    pub(crate) id: SubmissionId,
    pub(crate) dataset: String,
    pub(crate) sender: OrganisationCode,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) received_at: chrono::DateTime<chrono::Utc>,
    pub(crate) landed: bool,
    pub(crate) state: SubmissionState,
    /// Whether the same file had been landed before.
    pub(crate) was_there: bool,
    pub(crate) rows_in: u64,
    pub(crate) rows_landed: u64,
    pub(crate) rows_set_aside: u64,
    pub(crate) causes: Vec<serde_json::Value>,
}

impl IdentifiedDesk<'_> {
    /// Keeps the bytes of a file, encrypted, whatever becomes of it.
    pub(crate) fn keep_original(
        &self,
        from: impl Read,
        progress: impl FnMut(u64),
    ) -> Result<Original> {
        let limit = self
            .workspace
            .config
            .largest_file_mb
            .saturating_mul(1_000_000);
        Ok(self.vault.keep(from, limit, progress)?)
    }

    /// Writes down that a file is here, before it is checked: from then on no kill loses it.
    pub(crate) async fn note_receipt(
        &self,
        original: &Original,
        submission: &Submission,
    ) -> Result<SubmissionId> {
        let content = &self.workspace.content;
        let specification = Specification::read(content, &submission.dataset)?;
        let id = submission_id(submission, original);
        let table = &specification.dataset().table;
        if !self.store.has_commit(table, id.as_str()).await? {
            self.receive(original, submission, &specification).await?;
        }
        Ok(id)
    }

    async fn receive(
        &self,
        original: &Original,
        submission: &Submission,
        specification: &Specification,
    ) -> Result<NewSubmission> {
        let (control, dataset) = (&self.workspace.control, specification.dataset());
        let mut new = NewSubmission {
            id: submission_id(submission, original),
            dataset: submission.dataset.clone(),
            sender: submission.sender.clone(),
            file_name: submission.file_name.clone(),
            sha256: original.sha256.clone(),
            bytes: original.bytes,
            received_at: self.workspace.clock.now(),
            received_by: submission.received_by.clone(),
            specification_version: dataset.version.clone(),
            engine_version: VERSION.to_owned(),
            straight: submission.straight,
            stated: submission.stated.clone(),
        };
        let before = self.record(&new.id, &new.sender).await?;
        self.store.points().reach();
        // A file that does not count may be sent again: the specification may have changed.
        if !control.receive_submission(&new).await? {
            if control.receive_again(&new).await? {
                self.discard_parked(&dataset.table, before.as_ref()).await?;
            } else if let Some(begun) = self.record(&new.id, &new.sender).await? {
                // Another process is landing it, or was killed while it did: rows and record have the same moment.
                new.received_at = begun.received_at;
            }
        }
        self.store.points().reach();
        Ok(new)
    }

    /// Lands a kept file, or checks it and leaves its rows for the declaration to come.
    pub(crate) async fn land(
        &self,
        original: &Original,
        submission: Submission,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<Receipt> {
        let workspace = self.workspace;
        let specification = Arc::new(Specification::read(
            &workspace.content,
            &submission.dataset,
        )?);
        let id = submission_id(&submission, original);
        let table = specification.dataset().table.clone();
        if self.store.has_commit(&table, id.as_str()).await? {
            return self.landed_before(&id, &submission.sender).await;
        }
        let new = self.receive(original, &submission, &specification).await?;
        let checked = self
            .check_and_write(
                original,
                &submission,
                &id,
                new.received_at,
                Arc::clone(&specification),
                progress,
            )
            .await;
        let (report, rows, erased) = match checked {
            Ok(done) => done,
            Err(fault) => {
                return self
                    .could_not_read(fault, &specification, &submission, &new)
                    .await;
            }
        };
        let summary = summary(&report, submission.recognised.as_deref(), erased);
        // Before the commit: it is of this file whatever becomes of it, and finishing the work twice writes it twice.
        let counts =
            serde_json::json!({"version": 1, "quality": report.quality, "profile": report.profile});
        workspace
            .control
            .keep_report(&id, &counts, workspace.clock.now())
            .await?;
        let (state, rows_landed) = match (report.file_rejected, submission.straight) {
            (true, _) => (SubmissionState::Rejected, 0),
            // Rows about people who were erased were accepted, and are not among those that are written.
            (false, true) => (SubmissionState::Landed, rows.rows()),
            (false, false) => (SubmissionState::Checked, rows.rows()),
        };
        let settlement = Settlement {
            state,
            rows_in: report.rows_in,
            rows_landed,
            rows_set_aside: report.rows_in - rows_landed,
            table_version: None,
            parked: None,
            confirmed: None,
            summary: summary.clone(),
            settled_at: workspace.clock.now(),
        };
        if state == SubmissionState::Checked {
            return self.park(&table, rows, &new, settlement).await;
        }
        let turn = self.turn().await?;
        let settlement = if state == SubmissionState::Landed {
            let note = note::landed(&new, &settlement, &[])?;
            let committed = rows.append(id.as_str(), &note).await?;
            if committed.was_there {
                drop(turn);
                return self.landed_before(&id, &submission.sender).await;
            }
            Settlement {
                table_version: Some(committed.table.version()),
                ..settlement
            }
        } else {
            drop(rows);
            settlement
        };
        self.write_down(&new, &settlement).await?;
        self.forget_erased(&new.id, &new.sha256, &settlement.summary)
            .await?;
        drop(turn);
        let record = workspace
            .control
            .submission(&id, &submission.sender)
            .await?;
        record
            .map(|r| receipt(&r, false))
            .context("the submission was not written down")
    }

    /// The receipt of a submission whose rows are in the table already.
    async fn landed_before(&self, id: &SubmissionId, sender: &OrganisationCode) -> Result<Receipt> {
        self.mend().await?;
        let record = self.workspace.control.submission(id, sender).await?;
        record
            .map(|r| receipt(&r, true))
            .context("a landed submission has no record")
    }

    /// From the commit to the record one process alone is at work, so that no other takes what is not
    /// written down yet for what a kill left behind. The turn ends with the file, or with the process.
    async fn turn(&self) -> Result<File> {
        let path = self
            .workspace
            .config
            .place(&self.workspace.config.identified.folder)
            .join("landing.lock");
        let waiting = tokio::task::spawn_blocking(move || {
            let file = File::create(path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        });
        waiting.await?.context("cannot take a turn at landing")
    }

    /// Checks a kept file and writes its rows and findings, with the rows not yet committed.
    async fn check_and_write(
        &self,
        original: &Original,
        submission: &Submission,
        id: &SubmissionId,
        received_at: chrono::DateTime<chrono::Utc>,
        specification: Arc<Specification>,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<(Report, store::TableWriter<'_, model::Identifiable>, u64)> {
        let reader = self.vault.read(&original.sha256)?;
        let receiver = open_seekable(
            Box::new(reader),
            specification.dataset(),
            &submission.reading,
        )?;
        let schema = specification.dataset().schema();
        let table = &specification.dataset().table;
        let mut rows = self.store.writer_for(table, &schema, id.as_str())?;
        let mut findings = self
            .store
            .writer_for(FINDINGS, &finding_schema(), id.as_str())?;
        let erased = self.erased(specification.dataset()).await?;
        let own = Own {
            erased: erased.clone(),
            id: id.clone(),
            sender: submission.sender.clone(),
            received_at,
            schema,
        };
        let before = self
            .sent_before(specification.dataset(), &submission.sender, id)
            .await?;
        let settings = CheckSettings {
            sender: Some(submission.sender.as_str().to_owned()),
            keep_accepted: true,
            earlier: Some(before.earlier),
            scratch: self.workspace.config.scratch(),
            ..CheckSettings::on(submission.today)
        };
        let pass = Pass {
            files: Files {
                receiver,
                last: before.last,
            },
            specification: Arc::clone(&specification),
            settings: settings.clone(),
            own: own.clone(),
            threads: self.workspace.config.threads(),
        };
        let (outcome, gathering) = pass
            .carry_out(&mut rows, Some(&mut findings), progress)
            .await?;
        if !outcome.set_aside_across.is_empty() && !outcome.is_file_rejected() {
            // Rows that others spoil are known only when all were read: those that stay are written again.
            rows = self.store.writer_for(table, &own.schema, id.as_str())?;
            let again = Pass {
                files: open_seekable(
                    Box::new(self.vault.read(&original.sha256)?),
                    specification.dataset(),
                    &submission.reading,
                )?
                .into(),
                specification: Arc::clone(&specification),
                settings: CheckSettings {
                    leave_out: Some(Arc::new(outcome.set_aside_across.clone())),
                    ..settings
                },
                own,
                threads: self.workspace.config.threads(),
            };
            again.carry_out(&mut rows, None, |_| {}).await?;
        }
        let key = findings_key(id, &specification.dataset().version);
        findings.append(&key, "findings").await?;
        // Cells are for the sender; the report that goes into the record has none.
        let report = Report::new(&specification, &outcome, &gathering, "", Shown::PlacesOnly);
        // A file that is gone over twice would count them twice, and whether there is any is all that matters.
        let touched = erased.map_or(0, |erased| erased.touched());
        Ok((report, rows, touched))
    }

    /// Deletes the file of a submission of which rows about erased people were left out: they are still in it.
    async fn forget_erased(
        &self,
        id: &SubmissionId,
        sha256: &str,
        summary: &serde_json::Value,
    ) -> Result<()> {
        let erased = summary.get("erased").and_then(serde_json::Value::as_u64);
        let control = &self.workspace.control;
        if erased.is_some_and(|rows| rows > 0) && !control.has_other_use(sha256, id).await? {
            self.vault.forget(sha256)?;
            self.store.points().reach();
        }
        Ok(())
    }

    /// A file that could not be read to its end is written down as a rejected attempt, with the reason.
    async fn could_not_read(
        &self,
        fault: anyhow::Error,
        specification: &Specification,
        submission: &Submission,
        new: &NewSubmission,
    ) -> Result<Receipt> {
        if let Some(land) = land_error(&fault) {
            let rule = specification.finding_of(land).map(|f| f.rule);
            let cause = serde_json::json!({"rule": rule, "level": "reject_file", "message": land.to_string(), "rows": null});
            let settlement = Settlement {
                state: SubmissionState::Rejected,
                rows_in: 0,
                rows_landed: 0,
                rows_set_aside: 0,
                table_version: None,
                parked: None,
                confirmed: None,
                summary: serde_json::json!({ "causes": [cause], "recognised": submission.recognised }),
                settled_at: self.workspace.clock.now(),
            };
            self.write_down(new, &settlement).await?;
        }
        Err(fault)
    }

    /// The audit entry first, then the record: a submission that the pages show is in the log.
    async fn write_down(&self, new: &NewSubmission, settlement: &Settlement) -> Result<()> {
        self.workspace.audit.keep(entry(new, settlement))?;
        self.settle(new, settlement).await
    }

    async fn settle(&self, new: &NewSubmission, settlement: &Settlement) -> Result<()> {
        self.store.points().reach();
        self.workspace
            .control
            .settle_submission(&new.id, settlement)
            .await?;
        self.store.points().reach();
        Ok(())
    }
}

/// The entry about what became of a submission.
fn entry(new: &NewSubmission, settlement: &Settlement) -> EntryBody {
    let (kind, outcome) = match settlement.state {
        SubmissionState::Landed => (Kind::Landed, Outcome::Done),
        SubmissionState::Checked => (Kind::Checked, Outcome::Done),
        _ => (Kind::Landed, Outcome::Refused),
    };
    let by = settlement
        .confirmed
        .as_ref()
        .map_or(&new.received_by, |c| &c.by);
    let mut entry = EntryBody::new(settlement.settled_at, kind, by, outcome);
    entry.on_behalf_of = Some(new.sender.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Submission);
    entry.object_digest = Digest::parse(&new.sha256).ok();
    entry.rows = Some(settlement.rows_landed);
    entry.bytes = Some(new.bytes);
    entry.reason = Some(format!("submission {}", in_groups(&new.id)));
    entry
}

/// Why a file could not be read, where that is what a fault is about.
pub(crate) fn land_error(fault: &anyhow::Error) -> Option<&LandError> {
    fault
        .downcast_ref::<LandError>()
        .or_else(|| match fault.downcast_ref::<CheckStopped>() {
            Some(CheckStopped::Land(land)) => Some(land),
            _ => None,
        })
}

/// The name of a submission: the same file of the same sender for the same dataset has the same one.
fn submission_id(submission: &Submission, original: &Original) -> SubmissionId {
    let mut digest = Sha256::new();
    for part in [
        &submission.dataset,
        submission.sender.as_str(),
        &original.sha256,
    ] {
        digest.update(part);
        digest.update([0]);
    }
    SubmissionId::from_digest(&hex::encode(digest.finalize()))
}

/// The key of a submission's findings under one version of a specification.
fn findings_key(id: &SubmissionId, version: &str) -> String {
    format!("{id} {version}")
}

fn finding_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let number = |name| Field::new(name, DataType::Int64, true);
    Arc::new(Schema::new(vec![
        text("submission_id"),
        text("specification"),
        text("rule"),
        text("level"),
        number("row_number"),
        number("line"),
        number("column_position"),
        text("field"),
        text("cell"),
        text("detail"),
    ]))
}

fn finding_batch(
    id: &SubmissionId,
    specification: &str,
    findings: &[Finding],
) -> Result<RecordBatch, store::arrow::error::ArrowError> {
    let n = findings.len();
    let numbers = |read: fn(&Finding) -> Option<u64>| -> ArrayRef {
        Arc::new(
            findings
                .iter()
                .map(|f| read(f).and_then(|v| i64::try_from(v).ok()))
                .collect::<Int64Array>(),
        )
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            id.as_str(),
            n,
        ))),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
            specification,
            n,
        ))),
        Arc::new(StringArray::from_iter_values(
            findings.iter().map(|f| f.rule.as_str()),
        )),
        Arc::new(StringArray::from_iter_values(
            findings.iter().map(|f| f.level.words()),
        )),
        numbers(|f| f.row),
        numbers(|f| f.line),
        numbers(|f| f.column.map(u64::from)),
        Arc::new(
            findings
                .iter()
                .map(|f| f.field.as_deref())
                .collect::<StringArray>(),
        ),
        // A cell of the sender's file, in the identified zone, for the sender's own report.
        Arc::new(
            findings
                .iter()
                .map(|f| f.cell.as_ref().map(|c| c.reveal().as_str()))
                .collect::<StringArray>(),
        ),
        Arc::new(
            findings
                .iter()
                .map(|f| f.detail.as_deref())
                .collect::<StringArray>(),
        ),
    ];
    RecordBatch::try_new(finding_schema(), columns)
}

/// Causes with their counts, for the record: no cell of the file.
fn summary(report: &Report, recognised: Option<&str>, erased: u64) -> serde_json::Value {
    let causes: Vec<serde_json::Value> = report
        .causes
        .iter()
        .map(|c| {
            serde_json::json!({
                "rule": c.rule, "level": c.level, "column": c.column, "letter": c.letter,
                "message": c.message, "why": c.why, "fix": c.fix, "rows": c.rows, "share": c.share,
                "detail": c.detail, "likely": c.likely_words(),
            })
        })
        .collect();
    serde_json::json!({
        "causes": causes,
        "encoding": report.file.encoding,
        "delimiter": report.file.delimiter,
        "kind": report.file.kind,
        "columns": report.file.columns,
        "not_checked": report.not_checked,
        "rows_skipped": report.rows_skipped,
        "recognised": recognised,
        "erased": erased,
    })
}

/// An id in groups of five with full stops between: the log strikes out long runs of digits, in case
/// one is somebody's number.
fn in_groups(id: &SubmissionId) -> String {
    let letters: Vec<char> = id.as_str().chars().collect();
    letters
        .chunks(5)
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(".")
}

/// The receipt of a submission from its record.
pub(crate) fn receipt(record: &SubmissionRecord, was_there: bool) -> Receipt {
    Receipt {
        id: record.id.clone(),
        dataset: record.dataset.clone(),
        sender: record.sender.clone(),
        sha256: record.sha256.clone(),
        bytes: record.bytes,
        received_at: record.received_at,
        landed: record.state == SubmissionState::Landed,
        state: record.state,
        was_there,
        rows_in: record.rows_in,
        rows_landed: record.rows_landed,
        rows_set_aside: record.rows_set_aside,
        causes: record
            .summary
            .get("causes")
            .and_then(|c| c.as_array())
            .cloned()
            .unwrap_or_default(),
    }
}
