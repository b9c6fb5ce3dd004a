//! Lists that go to the check service of the National Data Opt-out by the mailbox, and come back by it.

use super::{Done, Outcome, Pieces, Post, ours, settings};
use crate::{
    clock::SystemClock,
    desks::preferences::refusal,
    routes::taking::{Kept, at_desk, keep},
    workspace::Workspace,
};
use anyhow::{Result, anyhow};
use remote::mesh::{Incoming, Label, Mailbox, ReceiveError};
use std::sync::Arc;

/// How the names begin that we give to lists.
const OURS: &str = "haven-list-";

/// Sends the file that asks, and gives the name of the message.
pub(crate) async fn send_list(workspace: &Workspace, number: u64, file: &[u8]) -> Result<String> {
    let config = &workspace.config;
    // The service compares the minute with its own, whatever our clock was set to.
    let mailbox = Mailbox::open(&settings::opening(config)?, Arc::new(SystemClock))?;
    let label = Label {
        to: config.preferences.recipient.clone(),
        workflow: config.preferences.workflow.clone(),
        local_id: format!("{OURS}{number}"),
        subject: "Haven: a list to be checked".to_owned(),
        file_name: format!("{OURS}{number}.dat"),
        content_type: "text/plain".to_owned(),
    };
    let chunk = config.mesh.chunk_kb.max(1).saturating_mul(1_000);
    Ok(mailbox.send(&label, file, chunk).await?)
}

impl Post {
    /// Whether a message is an answer of the check service.
    pub(super) fn is_a_list(&self, incoming: &Incoming<'_>) -> bool {
        let config = &self.site.workspace.config.preferences;
        incoming.workflow == config.workflow
            && incoming.from == config.recipient.to_uppercase()
            && incoming.kind != "REPORT"
    }

    /// Takes the answer in, or refuses it; either way the message has done its work.
    pub(super) async fn take_list(
        &self,
        message: &str,
        mut incoming: Incoming<'_>,
    ) -> Result<Done> {
        let about = |outcome| Done {
            from: incoming.from.clone(),
            workflow: incoming.workflow.clone(),
            ..Done::of(message, outcome)
        };
        let (taken, refused) = (about(Outcome::Accepted), about(Outcome::Refused));
        let no = |why: String| Done {
            why: Some(why),
            ..refused
        };
        let by = format!("mesh {}", incoming.from);
        let of = incoming
            .local_id
            .strip_prefix(OURS)
            .and_then(|n| n.parse().ok());
        let mut failure = None;
        let pieces = Pieces {
            incoming: &mut incoming,
            failure: &mut failure,
        };
        let kept = keep(&self.site, pieces).await.map_err(ours)?;
        let done = match (kept, failure) {
            (Kept::Whole(original), _) => {
                let at = at_desk(&self.site, async move |desk| {
                    let taken = desk.take_kept(original, &by, of).await;
                    if taken.is_ok() {
                        desk.hand_over_preferences(&mut |_| {}).await?;
                    }
                    anyhow::Ok(taken.map(|_| ()))
                });
                match at.await.map_err(ours)?? {
                    Ok(()) => taken,
                    Err(fault) => match refusal(&fault) {
                        Some(why) => no(why.to_string()),
                        None => return Err(fault),
                    },
                }
            }
            (Kept::TooLarge, _) => no("the answer is larger than what is taken in".to_owned()),
            (Kept::BrokenOff, Some(ReceiveError::Damaged(why))) => no(why),
            (Kept::BrokenOff, Some(ReceiveError::Remote(fault))) => return Err(fault.into()),
            (Kept::BrokenOff, None) => return Err(anyhow!("the message broke off")),
        };
        incoming.leave().await;
        self.sent.note(message, &done)?;
        self.mailbox.acknowledge(message).await?;
        Ok(done)
    }
}
