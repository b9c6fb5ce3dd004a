//! `haven destroy`: one person asks, another of another role approves, and what was approved is carried out and certified.

use super::steps::Teller;
use crate::{
    cli::{DestroyVerb, DestroyWhat},
    config::Config,
    destruction::{self, Certificate},
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table, thousands},
    workspace::Workspace,
};
use anyhow::{Context, Result, bail};
use control::{DestructionApproval, DestructionKind, NewDestruction};
use govern::{AuditKeeper as _, Digest, EntryBody, Kind, Outcome};
use model::Content;
use std::sync::Arc;

/// Who may ask for a destruction and approve one.
const ROLES: [&str; 3] = ["privacy_officer", "asset_owner", "caldicott_guardian"];

pub(crate) async fn run(
    verb: &DestroyVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    match verb {
        DestroyVerb::Request(what) => request(&workspace, what, output).await,
        DestroyVerb::Approve { id, by } => approve(&workspace, id, by, output).await,
        DestroyVerb::Resume => {
            for waiting in destruction::unfinished(&workspace).await? {
                carry_out(&workspace, &waiting, output).await?;
            }
            Ok(Exit::Fine)
        }
        DestroyVerb::List => list(&workspace, output).await,
        DestroyVerb::Certificate { id } => {
            let found = workspace.control.destruction(id).await?;
            let certificate = found
                .with_context(|| format!("there is no destruction `{id}`"))?
                .certificate
                .with_context(|| format!("destruction `{id}` has not been carried out"))?;
            output.result(&certificate);
            Ok(Exit::Fine)
        }
    }
}

async fn request(workspace: &Workspace, what: &DestroyWhat, output: &Output) -> Result<Exit> {
    let (kind, which) = match (&what.submission, what.old_versions) {
        (Some(id), false) => {
            let record = destruction::submission(workspace, id).await?;
            output.tell(&format!(
                "Submission {} of {}: {} rows, the file as it was sent, its findings; all that was made from it is made again without it, and every older version of every table goes.",
                record.id,
                record.sender,
                thousands(record.rows_landed)
            ));
            (DestructionKind::Submission, record.id.as_str().to_owned())
        }
        (None, true) => (DestructionKind::OldVersions, "all tables".to_owned()),
        _ => return Err(Usage("name a submission, or say `--old-versions`".to_owned()).into()),
    };
    if what.dry_run {
        return Ok(Exit::Fine);
    }
    let role = role_of(workspace, &what.by).await?;
    let at = workspace.clock.now();
    let id = format!(
        "d-{}",
        Digest::of(format!("{which}{}{at}", what.by)).short()
    );
    let new = NewDestruction {
        id: id.clone(),
        kind,
        what: which,
        reason: what.reason.clone(),
        by: what.by.clone(),
        role,
        at,
    };
    keep(workspace, &what.by, &format!("asked for destruction {id}"))?;
    workspace.control.request_destruction(&new).await?;
    output.result(&format!(
        "{id} waits for a second person of another role: haven destroy approve {id} --as USERNAME"
    ));
    Ok(Exit::Fine)
}

async fn approve(workspace: &Workspace, id: &str, by: &str, output: &Output) -> Result<Exit> {
    let role = role_of(workspace, by).await?;
    keep(workspace, by, &format!("approves destruction {id}"))?;
    let now = workspace.clock.now();
    let came_to = workspace
        .control
        .approve_destruction(id, (by, &role), now)
        .await?;
    match came_to {
        DestructionApproval::Now | DestructionApproval::Already => {}
        DestructionApproval::OwnRequest => {
            return Err(NotAllowed("nobody approves what they asked for".to_owned()).into());
        }
        DestructionApproval::SameRole => {
            return Err(NotAllowed(
                "the second person acts in another role than the first".to_owned(),
            )
            .into());
        }
        DestructionApproval::Unknown => bail!("there is no destruction `{id}`"),
    }
    let known = workspace.control.destruction(id).await?;
    let known = known.with_context(|| format!("there is no destruction `{id}`"))?;
    if known.done_at.is_some() {
        output.result(&format!("{id} was carried out before."));
        return Ok(Exit::Fine);
    }
    carry_out(workspace, &known, output).await?;
    Ok(Exit::Fine)
}

async fn carry_out(
    workspace: &Workspace,
    known: &control::Destruction,
    output: &Output,
) -> Result<()> {
    let mut teller = Teller::new(output);
    let certificate = destruction::carry_out(workspace, known, &mut teller).await?;
    if output.json {
        output.document(&serde_json::to_value(&certificate)?);
    } else {
        output.result(&in_words(&certificate));
    }
    Ok(())
}

fn in_words(certificate: &Certificate) -> String {
    let bytes: u64 = certificate.copies.iter().map(|c| c.bytes).sum();
    let mut lines = vec![
        format!("Certificate of destruction {}", certificate.id),
        format!(
            "  What       {} {}",
            certificate.kind.replace('_', " "),
            certificate.what
        ),
        format!("  Asked by   {}", certificate.requested_by),
        format!("  Approved   {}", certificate.approved_by),
        format!(
            "  Copies     {} files, {}",
            certificate.copies.len(),
            pages::format::bytes(bytes)
        ),
        format!("  Proof      asset set {}", certificate.asset_set_digest),
    ];
    for exception in &certificate.exceptions {
        lines.push(format!("  Remains    {exception}"));
    }
    lines.push(format!(
        "haven destroy certificate {} prints the whole of it.",
        certificate.id
    ));
    lines.join("\n")
}

async fn list(workspace: &Workspace, output: &Output) -> Result<Exit> {
    let all = workspace.control.destructions().await?;
    if output.json {
        output.document(&serde_json::json!({"version": 1, "destructions": all}));
        return Ok(Exit::Fine);
    }
    let header = ["Destruction", "What", "Asked by", "Approved by", "State"].map(str::to_owned);
    let rows: Vec<_> = all
        .into_iter()
        .map(|d| {
            let state = match (&d.approved_by, &d.done_at) {
                (None, _) => "waits for approval",
                (Some(_), None) => "approved, not finished: haven destroy resume",
                (Some(_), Some(_)) => "done",
            };
            vec![
                Some(d.id),
                Some(format!("{} {}", d.kind, d.what).replace('_', " ")),
                Some(d.requested_by),
                d.approved_by,
                Some(state.to_owned()),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    Ok(Exit::Fine)
}

/// The role in which an account may ask for destructions and approve them.
async fn role_of(workspace: &Workspace, username: &str) -> Result<String> {
    let account = workspace.control.account(username).await?;
    account
        .filter(|account| account.disabled_at.is_none())
        .and_then(|account| {
            let role = account
                .positions
                .iter()
                .map(|p| p.role.as_str())
                .find(|role| ROLES.contains(role))?;
            Some(role.to_owned())
        })
        .ok_or_else(|| {
            NotAllowed(format!(
                "`{username}` has none of the roles that may: {}",
                ROLES.join(", ")
            ))
            .into()
        })
}

fn keep(workspace: &Workspace, actor: &str, reason: &str) -> Result<()> {
    let mut entry = EntryBody::new(
        workspace.clock.now(),
        Kind::DestructionAsked,
        actor,
        Outcome::Done,
    );
    entry.reason = Some(reason.to_owned());
    workspace.audit.keep(entry)?;
    Ok(())
}
