//! Making good what a kill left behind: the commits of the tables are what happened, and the records follow.

use super::{
    IdentifiedDesk, entry,
    note::{Landed, Note, Withdrawn},
    sending::withdrawal,
};
use anyhow::Result;
use control::{SubmissionRecord, SubmissionState};
use govern::{AuditKeeper, EntryBody};
use model::{OrganisationCode, SubmissionId};
use std::collections::BTreeSet;

impl IdentifiedDesk<'_> {
    /// Makes good what a kill left behind: every commit of a submission gets its entry and its record.
    pub(crate) async fn mend(&self) -> Result<u64> {
        let mut mended = 0;
        for name in model::Dataset::names(&self.workspace.content) {
            let Ok(dataset) = model::Dataset::read(&self.workspace.content, &name) else {
                continue;
            };
            // The newest note about a submission says how it stands; older ones are history.
            let mut told = BTreeSet::new();
            for note in self.store.notes(&dataset.table).await? {
                mended += match serde_json::from_str::<Note>(&note) {
                    Ok(Note::Landed(note)) => self.mend_landed(*note, &mut told).await?,
                    Ok(Note::Withdrawn(note)) => self.mend_withdrawn(&note, &mut told).await?,
                    Err(_) => 0,
                };
            }
        }
        Ok(mended)
    }

    async fn mend_landed(&self, note: Landed, told: &mut BTreeSet<SubmissionId>) -> Result<u64> {
        let (id, sender, replaces) = (
            note.submission.clone(),
            note.sender.clone(),
            note.replaces.clone(),
        );
        let mut mended = 0;
        if told.insert(id.clone()) && !self.is_landed(&id, &sender).await? {
            let _turn = self.turn().await?;
            // The process that landed it may have been alive, and is done now.
            if !self.is_landed(&id, &sender).await? {
                let (new, settlement) = note.read(self.workspace.clock.now());
                self.workspace.control.receive_submission(&new).await?;
                if self.is_in_the_log(&entry(&new, &settlement))? {
                    self.settle(&new, &settlement).await?;
                } else {
                    self.write_down(&new, &settlement).await?;
                }
                mended += 1;
            }
        }
        for earlier in replaces {
            if told.insert(earlier.clone()) && self.counts(&earlier, &sender).await? {
                let _turn = self.turn().await?;
                let control = &self.workspace.control;
                let now = self.workspace.clock.now();
                mended += u64::from(control.replace_submission(&earlier, &id, now).await?);
            }
        }
        Ok(mended)
    }

    async fn mend_withdrawn(
        &self,
        note: &Withdrawn,
        told: &mut BTreeSet<SubmissionId>,
    ) -> Result<u64> {
        let (id, sender) = (&note.withdrawn, &note.sender);
        if !told.insert(id.clone()) || !self.counts(id, sender).await? {
            return Ok(0);
        }
        let _turn = self.turn().await?;
        let Some(record) = self.record(id, sender).await? else {
            return Ok(0);
        };
        if record.state != SubmissionState::Landed {
            return Ok(0);
        }
        let entry = withdrawal(&record, &note.by, note.at);
        if !self.is_in_the_log(&entry)? {
            self.workspace.audit.keep(entry)?;
        }
        let control = &self.workspace.control;
        Ok(u64::from(
            control.withdraw_submission(id, sender, note.at).await?,
        ))
    }

    pub(super) async fn record(
        &self,
        id: &SubmissionId,
        sender: &OrganisationCode,
    ) -> Result<Option<SubmissionRecord>> {
        Ok(self.workspace.control.submission(id, sender).await?)
    }

    /// Whether the record of rows that are in the table has been written. An attempt's record waits for it.
    async fn is_landed(&self, id: &SubmissionId, sender: &OrganisationCode) -> Result<bool> {
        Ok(self.record(id, sender).await?.is_some_and(|r| {
            !matches!(
                r.state,
                SubmissionState::Received | SubmissionState::Checked
            )
        }))
    }

    async fn counts(&self, id: &SubmissionId, sender: &OrganisationCode) -> Result<bool> {
        let record = self.record(id, sender).await?;
        Ok(record.is_some_and(|r| r.state == SubmissionState::Landed))
    }

    /// Whether the log has an entry for this already, by what it is about and not by its moment.
    fn is_in_the_log(&self, wanted: &EntryBody) -> Result<bool> {
        let about = |e: &EntryBody| {
            (
                e.kind,
                e.outcome,
                e.on_behalf_of.clone(),
                e.object_digest.clone(),
                e.rows,
            )
        };
        let mut there = false;
        self.workspace
            .audit
            .each(|kept| there |= about(&kept.body) == about(wanted))?;
        Ok(there)
    }
}
