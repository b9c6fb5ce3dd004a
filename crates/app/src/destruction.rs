//! Destruction: what was approved is carried out in every copy that is known, and certified.
//!
//! Each part can be done twice with the same end, so a destruction that was killed is carried out again from its
//! beginning until its certificate is kept.

pub(crate) mod agreement;
mod found;
pub(crate) mod person;

pub(crate) use found::Found;

use crate::{
    desks::IdentifiedDesk,
    fault::{NotAllowed, Usage},
    journey::{self, Watcher},
    workspace::Workspace,
};
use anyhow::{Context, Result, bail};
use control::{
    Destruction, DestructionApproval, DestructionKind, NewDestruction, SubmissionRecord,
    SubmissionState,
};
use govern::{AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome};
use laptop::Defaults;
use link::LinkageModel;
use model::Zone;
use serde::{Deserialize, Serialize};
use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write as _},
    path::Path,
};
use store::Store;

/// The certificate of a destruction. Its digest is in the audit log and in control data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Certificate {
    pub(crate) version: u8,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) what: String,
    pub(crate) reason: String,
    pub(crate) requested_by: String,
    pub(crate) approved_by: String,
    pub(crate) done_at: chrono::DateTime<chrono::Utc>,
    /// Every copy that went, or was not there any more.
    pub(crate) copies: Vec<Copy>,
    /// The digest of the list of copies.
    pub(crate) asset_set_digest: String,
    pub(crate) key_destroyed: bool,
    /// What the method is called.
    pub(crate) standard: String,
    /// Copies that this program does not reach: backups, each with the day until which it is kept.
    pub(crate) exceptions: Vec<String>,
}

/// One copy of what was destroyed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Copy {
    /// Where it was: the store and the file below it.
    pub(crate) place: String,
    pub(crate) bytes: u64,
    pub(crate) method: String,
}

pub(crate) const DELETED: &str =
    "deleted; it was encrypted under a key of its own that was derived from the file";

/// How many rows, in words.
fn rows_in_words(rows: u64) -> String {
    pages::format::counted(rows, "row", "rows")
}

/// Carries out a destruction that was approved, and keeps its certificate.
pub(crate) async fn carry_out(
    workspace: &Workspace,
    destruction: &Destruction,
    teller: &mut dyn Watcher,
) -> Result<Certificate> {
    let Some(approved_by) = destruction.approved_by.clone() else {
        bail!("destruction {} was not approved", destruction.id);
    };
    let found = match destruction.kind {
        DestructionKind::Submission => {
            let identified = workspace.identified()?;
            identified.mend().await?;
            let copies = take_away(workspace, &identified, destruction, &approved_by).await?;
            drop(identified);
            make_again(workspace, teller).await?;
            Found {
                copies,
                ..Found::default()
            }
        }
        DestructionKind::Person => {
            let found = person::take_away(workspace, destruction, &approved_by).await?;
            make_again(workspace, teller).await?;
            found
        }
        DestructionKind::Agreement => {
            agreement::take_away(workspace, destruction, &approved_by).await?
        }
        DestructionKind::OldVersions => Found::default(),
    };
    let mut copies = found.copies;
    copies.extend(old_versions(workspace).await?);
    workspace.let_go_of_kept();
    let mut exceptions = found.kept;
    exceptions.extend(backups(workspace).await?);
    let listed: Vec<&str> = copies.iter().map(|copy| copy.place.as_str()).collect();
    let certificate = Certificate {
        version: 1,
        id: destruction.id.clone(),
        kind: destruction.kind.to_string(),
        what: destruction.what.clone(),
        reason: destruction.reason.clone(),
        requested_by: destruction.requested_by.clone(),
        approved_by: approved_by.clone(),
        done_at: workspace.clock.now(),
        asset_set_digest: Digest::of_parts(listed).to_string(),
        copies,
        key_destroyed: found.keys,
        standard: "deletion of encrypted files and of every older version that held the rows, and destruction of keys"
            .to_owned(),
        exceptions,
    };
    let text = serde_json::to_string_pretty(&certificate)?;
    let mut entry = EntryBody::new(
        certificate.done_at,
        Kind::Destroyed,
        &approved_by,
        Outcome::Done,
    );
    entry.object_kind = Some(ObjectKind::Certificate);
    entry.object_digest = Some(Digest::of(&text));
    entry.bytes = Some(certificate.copies.iter().map(|c| c.bytes).sum());
    entry.reason = Some(format!("destruction {}", destruction.id));
    workspace.audit.keep(entry)?;
    workspace.points().reach();
    write_down(workspace, destruction).await?;
    workspace.points().reach();
    if destruction.kind == DestructionKind::Agreement {
        agreement::is_destroyed(workspace, destruction, &approved_by).await?;
    }
    workspace
        .control
        .certify_destruction(&destruction.id, &text, certificate.done_at)
        .await?;
    Ok(certificate)
}

/// A line of the list that outlives backups: what was destroyed, so that it is destroyed again when one is put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) kind: DestructionKind,
    pub(crate) what: String,
    pub(crate) reason: String,
    pub(crate) requested_by: String,
    pub(crate) requested_role: String,
    pub(crate) approved_by: String,
    pub(crate) approved_role: String,
    /// The keyed digests of a person's numbers, where a person was erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) people: Vec<String>,
}

/// Adds a destruction to the list, once.
async fn write_down(workspace: &Workspace, destruction: &Destruction) -> Result<()> {
    let path = workspace.config.place(&workspace.config.destructions);
    if lines(&path)?.iter().any(|line| line.id == destruction.id) {
        return Ok(());
    }
    let erased = workspace.control.erased_people().await?;
    let line = Line {
        people: erased
            .into_iter()
            .filter(|(_, by)| *by == destruction.id)
            .map(|(digest, _)| digest)
            .collect(),
        id: destruction.id.clone(),
        kind: destruction.kind,
        what: destruction.what.clone(),
        reason: destruction.reason.clone(),
        requested_by: destruction.requested_by.clone(),
        requested_role: destruction.requested_role.clone(),
        approved_by: destruction.approved_by.clone().unwrap_or_default(),
        approved_role: destruction.approved_role.clone().unwrap_or_default(),
    };
    let cannot = || format!("cannot write `{}`", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(cannot)?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .with_context(cannot)?;
    // A line that a kill cut off is closed first, so that this one stands alone.
    let text = format!("\n{}\n", serde_json::to_string(&line)?);
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.sync_all().with_context(cannot)
}

/// The list; none where it is not there. A line that a kill cut off was never acknowledged, and is passed over.
pub(crate) fn lines(path: &Path) -> Result<Vec<Line>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// Destroys again what a list names and this workspace, put back from a backup, still has or never heard of.
pub(crate) async fn again(
    workspace: &Workspace,
    list: &[Line],
    teller: &mut dyn Watcher,
) -> Result<u64> {
    let mut done = 0;
    for line in list {
        let now = workspace.clock.now();
        let control = &workspace.control;
        let new = NewDestruction {
            id: line.id.clone(),
            kind: line.kind,
            what: line.what.clone(),
            reason: line.reason.clone(),
            by: line.requested_by.clone(),
            role: line.requested_role.clone(),
            at: now,
        };
        // Before anything else is done, so that nothing brings the person in meanwhile.
        control.keep_erased(&line.people, &line.id, now).await?;
        control.request_destruction(&new).await?;
        control
            .approve_destruction(&line.id, (&line.approved_by, &line.approved_role), now)
            .await?;
        let known = control.destruction(&line.id).await?;
        let Some(destruction) = known.filter(|d| d.done_at.is_none()) else {
            continue;
        };
        carry_out(workspace, &destruction, teller).await?;
        done += 1;
    }
    Ok(done)
}

/// The submission leaves its table; its rows, findings and original go.
async fn take_away(
    workspace: &Workspace,
    desk: &IdentifiedDesk<'_>,
    destruction: &Destruction,
    by: &str,
) -> Result<Vec<Copy>> {
    let all = workspace.control.all_submissions().await?;
    // A backup may be from before it came.
    let Some(record) = all.into_iter().find(|r| r.id.as_str() == destruction.what) else {
        return Ok(Vec::new());
    };
    if matches!(
        record.state,
        SubmissionState::Landed | SubmissionState::Checked | SubmissionState::Rejected
    ) {
        desk.withdraw(&record.id, &record.sender, by).await?;
    }
    desk.destroy(&record).await?;
    Ok(vec![
        Copy {
            place: format!(
                "identified/vault: the file that was sent, SHA-256 {}",
                record.sha256
            ),
            bytes: record.bytes,
            method: DELETED.to_owned(),
        },
        Copy {
            place: format!("identified: rows and findings of submission {}", record.id),
            bytes: 0,
            method: DELETED.to_owned(),
        },
    ])
}

/// What a destruction would take, before anybody has asked for it.
pub(crate) async fn would_take(
    workspace: &Workspace,
    kind: DestructionKind,
    what: &str,
) -> Result<Found> {
    let mut found = match kind {
        DestructionKind::Agreement => agreement::find(workspace, what).await?,
        DestructionKind::Person => person::find(workspace, what).await?,
        DestructionKind::Submission => {
            let record = submission(workspace, what).await?;
            let mut found = Found::default();
            found.copies.push(Copy {
                place: format!(
                    "identified: {} and the findings of submission {}, and the file as {} sent it",
                    rows_in_words(record.rows_landed),
                    record.id,
                    record.sender
                ),
                bytes: record.bytes,
                method: DELETED.to_owned(),
            });
            found
        }
        DestructionKind::OldVersions => Found::default(),
    };
    found.copies.push(Copy {
        place: "identified, handover, analysis: every older version of every table".to_owned(),
        bytes: 0,
        method: DELETED.to_owned(),
    });
    found.kept.extend(backups(workspace).await?);
    Ok(found)
}

/// Who may ask for a destruction.
pub(crate) const ASKING: [&str; 4] = [
    "privacy_officer",
    "asset_owner",
    "caldicott_guardian",
    "data_steward",
];

/// Who may approve or refuse one, and ask for one about a person.
pub(crate) const DECIDING: [&str; 3] = ["privacy_officer", "asset_owner", "caldicott_guardian"];

/// Asks for a destruction, for somebody whose role was looked at. Gives its id.
pub(crate) async fn request(
    workspace: &Workspace,
    kind: DestructionKind,
    what: &str,
    reason: &str,
    (by, role): (&str, &str),
) -> Result<String> {
    let may = match kind {
        DestructionKind::Person => DECIDING.contains(&role),
        _ => ASKING.contains(&role),
    };
    if !may {
        return Err(NotAllowed(format!(
            "`{by}` has none of the roles that may: {}",
            DECIDING.join(", ")
        ))
        .into());
    }
    let reason =
        control::cases::plain_words(reason).map_err(|why| Usage(format!("the reason {why}")))?;
    if reason.is_empty() {
        return Err(Usage("say why it should be destroyed".to_owned()).into());
    }
    let at = workspace.clock.now();
    let id = format!("d-{}", Digest::of(format!("{what}{by}{at}")).short());
    let new = NewDestruction {
        id: id.clone(),
        kind,
        what: what.to_owned(),
        reason,
        by: by.to_owned(),
        role: role.to_owned(),
        at,
    };
    asked(workspace, by, &format!("asked for destruction {id}"))?;
    workspace.control.request_destruction(&new).await?;
    Ok(id)
}

/// Approves a destruction; what it came to, where it does not stand, is a refusal in words.
pub(crate) async fn approve(
    workspace: &Workspace,
    id: &str,
    (by, role): (&str, &str),
) -> Result<Destruction> {
    let known = workspace.control.destruction(id).await?;
    let known = known.with_context(|| format!("there is no destruction `{id}`"))?;
    if known.kind == DestructionKind::Agreement && known.approved_by.is_none() {
        agreement::may_go(workspace, &known.what).await?;
    }
    asked(workspace, by, &format!("approves destruction {id}"))?;
    let no = |words: &str| Err(NotAllowed(words.to_owned()).into());
    let now = workspace.clock.now();
    match workspace
        .control
        .approve_destruction(id, (by, role), now)
        .await?
    {
        DestructionApproval::Now | DestructionApproval::Already => {}
        DestructionApproval::OwnRequest => return no("nobody approves what they asked for"),
        DestructionApproval::SameRole => {
            return no("the second person acts in another role than the first");
        }
        DestructionApproval::Refused => {
            return no("it was refused; ask anew where that has changed");
        }
        DestructionApproval::Unknown => bail!("there is no destruction `{id}`"),
    }
    let known = workspace.control.destruction(id).await?;
    known.with_context(|| format!("there is no destruction `{id}`"))
}

/// Keeps that somebody asked for a destruction or decided about one.
pub(crate) fn asked(workspace: &Workspace, by: &str, says: &str) -> Result<()> {
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::DestructionAsked, by, Outcome::Done);
    entry.reason = Some(says.to_owned());
    workspace.audit.keep(entry)?;
    Ok(())
}

/// The submission with this id, whoever sent it.
pub(crate) async fn submission(workspace: &Workspace, id: &str) -> Result<SubmissionRecord> {
    let all = workspace.control.all_submissions().await?;
    all.into_iter()
        .find(|record| record.id.as_str() == id)
        .with_context(|| format!("there is no submission `{id}`"))
}

/// All that was made from the rows is made again without them.
async fn make_again(workspace: &Workspace, teller: &mut dyn Watcher) -> Result<()> {
    let content = &workspace.content;
    let model = LinkageModel::read(content, &Defaults::read(content)?.linkage)?;
    let identified = workspace.identified()?;
    journey::link(&identified, &model, teller).await?;
    journey::hand_over(&identified, teller).await?;
    drop(identified);
    journey::derive(&workspace.analysis()?, teller).await
}

/// Every file of an older version of a table, in all stores.
async fn old_versions(workspace: &Workspace) -> Result<Vec<Copy>> {
    let mut gone = Vec::new();
    let identified = workspace.identified()?;
    gone.extend(of_store("identified", &identified.store).await?);
    gone.extend(of_store("handover", &identified.handover).await?);
    drop(identified);
    let analysis = workspace.analysis()?;
    gone.extend(of_store("analysis", &analysis.store).await?);
    Ok(gone)
}

async fn of_store<Z: Zone>(name: &str, store: &Store<Z>) -> Result<Vec<Copy>> {
    let mut gone = Vec::new();
    for table in store.names().await? {
        for (file, bytes) in store.erase_old_versions(&table).await? {
            gone.push(Copy {
                place: format!("{name}/{file}"),
                bytes,
                method: DELETED.to_owned(),
            });
        }
        store.points().reach();
    }
    Ok(gone)
}

/// Backups that still hold what was destroyed, in words.
async fn backups(workspace: &Workspace) -> Result<Vec<String>> {
    let now = workspace.clock.now();
    let kept = workspace.control.backups().await?;
    Ok(kept
        .into_iter()
        .filter(|backup| backup.kept_until > now)
        .map(|backup| {
            format!(
                "backup {} of {}, kept until {}; a restore destroys it again before anyone can read",
                backup.id,
                pages::format::date(backup.made_at.date_naive()),
                pages::format::date(backup.kept_until.date_naive())
            )
        })
        .collect())
}

/// Destructions that were approved and have no certificate yet: a kill came between, or a backup was put back.
pub(crate) async fn unfinished(workspace: &Workspace) -> Result<Vec<Destruction>> {
    let all = workspace.control.destructions().await?;
    Ok(all
        .into_iter()
        .filter(|d| d.approved_by.is_some() && d.done_at.is_none())
        .collect())
}
