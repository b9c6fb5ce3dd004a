//! From an attempt to a submission: declared, withdrawn, replaced, or run out.
//!
//! An attempt has its rows written and parked. The declaration commits them, and the rows of the submission whose
//! place it takes leave in the same commit. Withdrawing is a commit in which the rows leave.

use super::{
    FINDINGS, IdentifiedDesk, Receipt, Submission, entry, findings_key, in_groups, note, receipt,
};
use crate::workspace::VERSION;
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use control::{
    Confirmed, NewSubmission, ParkedFile, Settlement, SubmissionRecord, SubmissionState,
};
use govern::{AuditKeeper, Digest, EntryBody, Kind, ObjectKind, Outcome};
use land::{check::Specification, receive::ReceiveSettings};
use model::{Dataset, Identifiable, OrganisationCode, SubmissionId};
use store::{Original, Parked, TableWriter};

/// A declaration, and how the file stands to its window.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) by: String,
    pub(crate) late: bool,
    pub(crate) partial: bool,
}

/// What became of a declaration.
#[derive(Debug)]
pub(crate) enum Sent {
    /// The rows count. Said alike of a declaration that is made twice.
    Whole,
    /// The specification or the program has changed since the check: the file has to be checked again first.
    CheckAgain,
    /// It is no attempt any more: withdrawn, run out, or never accepted.
    NotAnAttempt,
}

impl IdentifiedDesk<'_> {
    /// Leaves the rows of a file that passed for the declaration to come.
    pub(super) async fn park(
        &self,
        table: &str,
        rows: TableWriter<'_, Identifiable>,
        new: &NewSubmission,
        settlement: Settlement,
    ) -> Result<Receipt> {
        let parked = rows.park().await?;
        let settlement = Settlement {
            parked: Some(ParkedFile {
                file: parked.file.clone(),
                bytes: parked.bytes,
            }),
            ..settlement
        };
        self.workspace.audit.keep(entry(new, &settlement))?;
        self.store.points().reach();
        let control = &self.workspace.control;
        if !control.settle_submission(&new.id, &settlement).await? {
            // Somebody else came to the end of the same check first.
            self.store.discard(table, &parked.file).await?;
        }
        self.store.points().reach();
        let record = self.record(&new.id, &new.sender).await?;
        record
            .map(|r| receipt(&r, false))
            .context("the attempt was not written down")
    }

    pub(super) async fn discard_parked(
        &self,
        table: &str,
        record: Option<&SubmissionRecord>,
    ) -> Result<()> {
        if let Some(parked) = record.and_then(|r| r.parked.as_ref()) {
            self.store.discard(table, &parked.file).await?;
        }
        Ok(())
    }

    /// Sends an attempt on: its rows count from here, and those of an earlier file for the same period do not.
    pub(crate) async fn send_on(
        &self,
        id: &SubmissionId,
        sender: &OrganisationCode,
        declared: &Declared,
    ) -> Result<Sent> {
        let _turn = self.turn().await?;
        let Some(record) = self.record(id, sender).await? else {
            return Ok(Sent::NotAnAttempt);
        };
        match record.state {
            SubmissionState::Checked => {}
            SubmissionState::Landed => return Ok(Sent::Whole),
            _ => return Ok(Sent::NotAnAttempt),
        }
        let content = &self.workspace.content;
        let specification = Specification::read(content, &record.dataset)?;
        let dataset = specification.dataset();
        let as_checked =
            dataset.version == record.specification_version && record.engine_version == VERSION;
        let Some(parked) = record.parked.clone().filter(|_| as_checked) else {
            return Ok(Sent::CheckAgain);
        };
        let now = self.workspace.clock.now();
        let settlement = Settlement {
            state: SubmissionState::Landed,
            rows_in: record.rows_in,
            rows_landed: record.rows_landed,
            rows_set_aside: record.rows_set_aside,
            table_version: None,
            parked: None,
            confirmed: Some(Confirmed {
                at: now,
                by: declared.by.clone(),
                late: declared.late,
                partial: declared.partial,
            }),
            summary: record.summary.clone(),
            settled_at: now,
        };
        let new = as_new(&record);
        let replaces = self.replaced_by(&record).await?;
        let others: Vec<&str> = replaces.iter().map(SubmissionId::as_str).collect();
        let rows = Parked {
            file: parked.file,
            bytes: parked.bytes,
            rows: record.rows_landed,
        };
        let committed = self
            .store
            .append_parked(
                &dataset.table,
                &dataset.schema(),
                &rows,
                id.as_str(),
                &others,
                &note::landed(&new, &settlement, &replaces)?,
            )
            .await?;
        let settlement = Settlement {
            table_version: Some(committed.table.version()),
            ..settlement
        };
        self.write_down(&new, &settlement).await?;
        self.forget_erased(id, &new.sha256, &settlement.summary)
            .await?;
        for earlier in &replaces {
            let control = &self.workspace.control;
            control.replace_submission(earlier, id, now).await?;
            self.store.points().reach();
        }
        Ok(Sent::Whole)
    }

    /// The submissions whose place an attempt will take: those of the same sender that count for the same period.
    pub(crate) async fn replaced_by(
        &self,
        attempt: &SubmissionRecord,
    ) -> Result<Vec<SubmissionId>> {
        let all = self
            .workspace
            .control
            .submissions_of(&attempt.sender)
            .await?;
        Ok(all
            .into_iter()
            .filter(|r| {
                r.id != attempt.id
                    && r.dataset == attempt.dataset
                    && r.state == SubmissionState::Landed
                    && same_period(r, attempt)
            })
            .map(|r| r.id)
            .collect())
    }

    /// Takes a submission back for its sender: its rows leave the table, or its parked rows are deleted. `false`
    /// where there is nothing to take back.
    pub(crate) async fn withdraw(
        &self,
        id: &SubmissionId,
        sender: &OrganisationCode,
        by: &str,
    ) -> Result<bool> {
        let turn = self.turn().await?;
        let Some(record) = self.record(id, sender).await? else {
            return Ok(false);
        };
        let (control, now) = (&self.workspace.control, self.workspace.clock.now());
        let table = Dataset::read(&self.workspace.content, &record.dataset)?.table;
        match record.state {
            SubmissionState::Landed => {
                let note = serde_json::to_string(&note::Withdrawn {
                    withdrawn: id.clone(),
                    sender: sender.clone(),
                    by: by.to_owned(),
                    at: now,
                })?;
                self.store.take_out(&table, id.as_str(), &note).await?;
            }
            SubmissionState::Checked | SubmissionState::Rejected => {}
            _ => return Ok(false),
        }
        self.workspace.audit.keep(withdrawal(&record, by, now))?;
        self.store.points().reach();
        let done = control.withdraw_submission(id, sender, now).await?;
        self.store.points().reach();
        drop(turn);
        self.delete(&record).await?;
        Ok(done)
    }

    /// Checks a kept file once more, as when the specification has changed since.
    pub(crate) async fn check_again(&self, record: &SubmissionRecord) -> Result<Receipt> {
        let original = Original {
            sha256: record.sha256.clone(),
            bytes: record.bytes,
        };
        let submission = Submission {
            dataset: record.dataset.clone(),
            sender: record.sender.clone(),
            file_name: record.file_name.clone(),
            received_by: record.received_by.clone(),
            today: laptop::london_day(record.received_at)?,
            reading: ReceiveSettings::default(),
            straight: record.straight,
            stated: record.stated.clone(),
            recognised: record
                .summary
                .get("recognised")
                .and_then(|says| says.as_str())
                .map(str::to_owned),
        };
        self.land(&original, submission, |_| {}).await
    }

    /// Checks what was received and not checked to its end, because the process was killed. Files that an
    /// operator lands are for the operator to land again.
    pub(crate) async fn resume(&self) -> Result<u64> {
        let mut resumed = 0;
        for record in self.workspace.control.all_submissions().await? {
            if record.state != SubmissionState::Received || record.straight {
                continue;
            }
            match self.check_again(&record).await {
                Ok(_) => resumed += 1,
                // Written down as an attempt that was not accepted.
                Err(fault) if super::land_error(&fault).is_some() => resumed += 1,
                Err(fault) => return Err(fault),
            }
        }
        Ok(resumed)
    }

    /// Deletes the files of attempts that nobody sent on in time, with their rows and cells. Counts stay.
    pub(crate) async fn sweep(&self) -> Result<u64> {
        let workspace = self.workspace;
        let (control, now) = (&workspace.control, workspace.clock.now());
        let days = i64::try_from(workspace.config.attempt_days).unwrap_or(i64::MAX);
        let kept = TimeDelta::try_days(days).unwrap_or(TimeDelta::MAX);
        let Some(until) = now.checked_sub_signed(kept) else {
            return Ok(0);
        };
        let mut swept = 0;
        for record in control.attempts_until(until).await? {
            let _turn = self.turn().await?;
            // The record first: what it no longer offers, nobody can send on while it is deleted.
            if control.expire_submission(&record.id, now).await? {
                let mut entry = about(&record, Kind::Expired, "haven", now);
                entry.rows = Some(record.rows_in);
                workspace.audit.keep(entry)?;
                swept += 1;
            }
        }
        // What has just run out, and what a kill kept from being deleted.
        for record in control.all_submissions().await? {
            let lately = record
                .settled_at
                .is_some_and(|at| now - at < TimeDelta::days(2));
            if lately && is_over(&record) {
                self.delete(&record).await?;
            }
        }
        for id in control.ended_uploads(now).await? {
            self.partials.forget(&id)?;
            control.forget_upload(&id).await?;
        }
        Ok(swept)
    }

    /// Deletes what an attempt was made of, once it is none any more.
    async fn delete(&self, record: &SubmissionRecord) -> Result<()> {
        let _turn = self.turn().await?;
        // It may have been sent again in the meantime.
        match self.record(&record.id, &record.sender).await? {
            Some(now) if is_over(&now) => {}
            _ => return Ok(()),
        }
        let table = Dataset::read(&self.workspace.content, &record.dataset)?.table;
        self.store.erase(&table, record.id.as_str()).await?;
        let key = findings_key(&record.id, &record.specification_version);
        self.store.take_out(FINDINGS, &key, "findings").await?;
        self.store.erase(FINDINGS, record.id.as_str()).await?;
        let control = &self.workspace.control;
        if !control.has_other_use(&record.sha256, &record.id).await? {
            self.vault.forget(&record.sha256)?;
        }
        Ok(())
    }

    /// Deletes the rows, findings and original of a submission that has left its table, whatever it once was. The
    /// original stays where another submission is of the same file.
    pub(crate) async fn destroy(&self, record: &SubmissionRecord) -> Result<()> {
        let _turn = self.turn().await?;
        let table = Dataset::read(&self.workspace.content, &record.dataset)?.table;
        self.store.erase(&table, record.id.as_str()).await?;
        let key = findings_key(&record.id, &record.specification_version);
        self.store.take_out(FINDINGS, &key, "findings").await?;
        self.store.erase(FINDINGS, record.id.as_str()).await?;
        let control = &self.workspace.control;
        if !control.has_other_use(&record.sha256, &record.id).await? {
            self.vault.forget(&record.sha256)?;
        }
        self.store.points().reach();
        Ok(())
    }
}

/// Whether a record is of an attempt that is none any more. One that counted is history, and stays.
fn is_over(record: &SubmissionRecord) -> bool {
    !record.straight
        && record.confirmed.is_none()
        && matches!(
            record.state,
            SubmissionState::Expired | SubmissionState::Withdrawn
        )
}

/// Whether two submissions are about the same period: asked for by the same window, or of the same days.
fn same_period(one: &SubmissionRecord, other: &SubmissionRecord) -> bool {
    match (&one.stated, &other.stated) {
        (Some(one), Some(other)) => match (&one.window, &other.window) {
            (Some(one), Some(other)) => one == other,
            (None, None) => (one.from, one.to) == (other.from, other.to),
            _ => false,
        },
        _ => false,
    }
}

fn as_new(record: &SubmissionRecord) -> NewSubmission {
    NewSubmission {
        id: record.id.clone(),
        dataset: record.dataset.clone(),
        sender: record.sender.clone(),
        file_name: record.file_name.clone(),
        sha256: record.sha256.clone(),
        bytes: record.bytes,
        received_at: record.received_at,
        received_by: record.received_by.clone(),
        specification_version: record.specification_version.clone(),
        engine_version: record.engine_version.clone(),
        straight: record.straight,
        stated: record.stated.clone(),
    }
}

/// The entry about a submission that was taken back.
pub(super) fn withdrawal(record: &SubmissionRecord, by: &str, at: DateTime<Utc>) -> EntryBody {
    let mut entry = about(record, Kind::Withdrawn, by, at);
    entry.rows = Some(record.rows_landed);
    entry
}

fn about(record: &SubmissionRecord, kind: Kind, by: &str, at: DateTime<Utc>) -> EntryBody {
    let mut entry = EntryBody::new(at, kind, by, Outcome::Done);
    entry.on_behalf_of = Some(record.sender.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Submission);
    entry.object_digest = Digest::parse(&record.sha256).ok();
    entry.reason = Some(format!("submission {}", in_groups(&record.id)));
    entry
}
