//! What leaves as a file: whether the agreement lets a table that was released leave in this form. Both judges are asked,
//! and the decision is kept before a byte is handed out. Not here: whether the table itself may leave.

use crate::{
    Agreement, Asker, AuditKeeper, DecideError, DecisionFacts, Digest, EntryBody, Kind, ObjectKind,
    Outcome, Policies, Refusal, agreement::clauses::FileKind, agreement::list_in_words,
    decision::Made,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Somebody would have something that was released as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeavingFacts {
    /// Who would have it, as their session knows them.
    pub who: Asker,
    /// The agreement under which it was released, and the purpose.
    pub agreement: String,
    pub purpose: String,
    /// The kind of file.
    pub kind: FileKind,
}

impl LeavingFacts {
    /// The digest of their one written form.
    pub fn digest(&self) -> Digest {
        // A structure of plain values always has a written form.
        Digest::of(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// Decides whether something that was released may leave as a file of a kind. `released` is its digest, and `told` what
/// the entry says of it.
pub fn decide_leaving(
    keeper: &dyn AuditKeeper,
    agreement: &Agreement,
    policies: &Policies,
    asked: &LeavingFacts,
    (released, told): (Digest, String),
    now: DateTime<Utc>,
) -> Result<(), DecideError> {
    let mut made = made(agreement, policies, asked, now);
    made.entry.object_digest = Some(released);
    if made.judged.is_ok() {
        made.entry.reason = Some(told);
    }
    keeper.keep(made.entry).map_err(DecideError::NotKept)?;
    Ok(made.judged?)
}

/// Asks both judges, purely.
pub(crate) fn made(
    agreement: &Agreement,
    policies: &Policies,
    asked: &LeavingFacts,
    now: DateTime<Utc>,
) -> Made<()> {
    let who = &asked.who;
    let mut entry = EntryBody::new(now, Kind::Exported, &who.username, Outcome::Done);
    entry.on_behalf_of = Some(who.organisation.as_str().to_owned());
    entry.object_kind = Some(ObjectKind::Release);
    entry.agreement = Some(agreement.reference.clone());
    entry.agreement_version = Some(agreement.version.clone());
    entry.policy_digest = Some(agreement.digest().clone());
    entry.purpose = Some(asked.purpose.clone());
    let weighed = policies
        .of(agreement)
        .map(|slice| slice.weigh_leaving(agreement, asked));
    let facts = DecisionFacts::Leaving(Box::new(asked.clone()));
    Made::of(entry, may_leave(agreement, asked), weighed, facts)
}

fn may_leave(agreement: &Agreement, asked: &LeavingFacts) -> Result<(), Refusal> {
    let kinds = &agreement.outputs.file_kinds;
    if asked.agreement == agreement.reference && kinds.contains(&asked.kind) {
        return Ok(());
    }
    Err(Refusal::new(
        "outputs.file_kinds",
        format!(
            "Agreement {} lets nothing leave as {}.",
            agreement.reference,
            asked.kind.words()
        ),
        format!(
            "What it lets leave: {}.",
            list_in_words(kinds.iter().map(|kind| kind.words()), "and")
        ),
        format!("no file of the kind {} may leave", asked.kind.code()),
    ))
}
