//! What the same sender sent before: a file is held against the last one that was accepted.

use super::super::IdentifiedDesk;
use anyhow::Result;
use control::{SubmissionRecord, SubmissionState};
use land::{
    check::Earlier,
    receive::{ReceiveSettings, Receiver, open_seekable},
};
use model::{Dataset, OrganisationCode, SubmissionId};

/// Earlier submissions, as far as they are at hand.
pub(super) struct SentBefore {
    pub(super) earlier: Earlier,
    /// The last accepted file, opened; absent where there is none, or where it was deleted.
    pub(super) last: Option<Receiver>,
}

impl IdentifiedDesk<'_> {
    /// What a sender had accepted before this submission, into the same table.
    pub(super) async fn sent_before(
        &self,
        dataset: &Dataset,
        sender: &OrganisationCode,
        this: &SubmissionId,
    ) -> Result<SentBefore> {
        let all = self.workspace.control.submissions_of(sender).await?;
        let mut accepted: Vec<(SubmissionRecord, Dataset)> = Vec::new();
        for record in all {
            let was_accepted = matches!(
                record.state,
                SubmissionState::Landed | SubmissionState::Replaced
            );
            if record.id == *this || !was_accepted {
                continue;
            }
            // A dataset that content no longer knows cannot be compared with.
            if let Ok(of) = Dataset::read(&self.workspace.content, &record.dataset)
                && of.table == dataset.table
            {
                accepted.push((record, of));
            }
        }
        let is_usual = |of: &Dataset| of.family.as_ref().is_none_or(|family| family.usual);
        let newest = accepted.first();
        let last = newest.and_then(|(record, _)| {
            let reader = self.vault.read(&record.sha256).ok()?;
            open_seekable(Box::new(reader), dataset, &ReceiveSettings::default()).ok()
        });
        Ok(SentBefore {
            earlier: Earlier {
                of_later_release: newest.is_some_and(|(_, of)| is_usual(of) && !is_usual(dataset)),
                sha256: accepted.iter().map(|(r, _)| r.sha256.clone()).collect(),
            },
            last,
        })
    }
}
