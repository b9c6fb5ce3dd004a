//! `haven destroy`: one person asks, another of another role approves, and what was approved is carried out and certified.

use super::steps::Teller;
use crate::{
    cli::{DestroyVerb, DestroyWhat},
    config::Config,
    destruction::{self, Certificate, Found},
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use control::DestructionKind;
use model::{Content, NhsNumber};
use std::{
    io::{BufRead as _, Read as _},
    sync::Arc,
};

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
        DestroyVerb::Refuse { id, by, why } => refuse(&workspace, id, by, why, output).await,
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
    let (kind, which) = named(workspace, what).await?;
    if what.dry_run {
        let found = destruction::would_take(workspace, kind, &which).await?;
        if output.json {
            output.document(&serde_json::json!({"version": 1, "found": found}));
        } else {
            output.result(&would_go(&found));
        }
        return Ok(Exit::Fine);
    }
    let role = role_of(workspace, &what.by, &destruction::ASKING).await?;
    let id = destruction::request(workspace, kind, &which, &what.reason, (&what.by, &role)).await?;
    output.result(&format!(
        "{id} waits for a second person of another role: haven destroy approve {id} --as USERNAME"
    ));
    Ok(Exit::Fine)
}

/// What the arguments name. A person's number comes in on standard input, and goes on as a keyed digest.
async fn named(workspace: &Workspace, what: &DestroyWhat) -> Result<(DestructionKind, String)> {
    let chosen = [
        what.submission.is_some(),
        what.agreement.is_some(),
        what.person,
        what.old_versions,
    ];
    if chosen.into_iter().filter(|chosen| *chosen).count() != 1 {
        return Err(Usage(
            "name a submission or an agreement, or say `--person` or `--old-versions`".to_owned(),
        )
        .into());
    }
    if let Some(id) = &what.submission {
        let record = destruction::submission(workspace, id).await?;
        return Ok((DestructionKind::Submission, record.id.as_str().to_owned()));
    }
    if let Some(reference) = &what.agreement {
        destruction::agreement::may_go(workspace, reference).await?;
        return Ok((DestructionKind::Agreement, reference.clone()));
    }
    if what.person {
        let number = number_typed()?;
        let digest = workspace.person_digests()?.of(number.reveal())?;
        return Ok((DestructionKind::Person, digest));
    }
    Ok((DestructionKind::OldVersions, "all tables".to_owned()))
}

/// An NHS number from the first line of standard input: never an argument, which other programs can read.
pub(crate) fn number_typed() -> Result<NhsNumber> {
    let mut line = Vec::new();
    std::io::stdin()
        .lock()
        .take(100)
        .read_until(b'\n', &mut line)
        .context("cannot read the NHS number from standard input")?;
    // What is no text is no number either, and no fault of ours.
    NhsNumber::parse(String::from_utf8_lossy(&line).trim()).map_err(|_| {
        Usage(
            "give the NHS number on standard input: ten digits, of which the last is a check digit"
                .to_owned(),
        )
        .into()
    })
}

fn would_go(found: &Found) -> String {
    let mut lines = vec!["Would go:".to_owned()];
    lines.extend(found.copies.iter().map(|copy| format!("  {}", copy.place)));
    lines.push("Would stay:".to_owned());
    lines.extend(found.kept.iter().map(|kept| format!("  {kept}")));
    lines.join("\n")
}

async fn approve(workspace: &Workspace, id: &str, by: &str, output: &Output) -> Result<Exit> {
    let role = role_of(workspace, by, &destruction::DECIDING).await?;
    let known = destruction::approve(workspace, id, (by, &role)).await?;
    if known.done_at.is_some() {
        output.result(&format!("{id} was carried out before."));
        return Ok(Exit::Fine);
    }
    carry_out(workspace, &known, output).await?;
    Ok(Exit::Fine)
}

async fn refuse(
    workspace: &Workspace,
    id: &str,
    by: &str,
    why: &str,
    output: &Output,
) -> Result<Exit> {
    role_of(workspace, by, &destruction::DECIDING).await?;
    destruction::asked(workspace, by, &format!("refuses destruction {id}"))?;
    let now = workspace.clock.now();
    if !workspace
        .control
        .refuse_destruction(id, by, why, now)
        .await?
    {
        return Err(NotAllowed(format!(
            "`{id}` is not there, was decided before, or is your own request"
        ))
        .into());
    }
    output.result(&format!("{id} is refused. Nothing was destroyed."));
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
                (None, _) if d.refused.is_some() => "refused",
                (None, _) => "waits for approval",
                (Some(_), None) => "approved, not finished: haven destroy resume",
                (Some(_), Some(_)) => "done",
            };
            let what = match d.kind {
                // A digest tells nothing, and is long.
                DestructionKind::Person => "one person".to_owned(),
                _ => format!("{} {}", d.kind, d.what).replace('_', " "),
            };
            vec![
                Some(d.id),
                Some(what),
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
async fn role_of(workspace: &Workspace, username: &str, roles: &[&str]) -> Result<String> {
    let account = workspace.control.account(username).await?;
    account
        .filter(|account| account.disabled_at.is_none())
        .and_then(|account| {
            let role = account
                .positions
                .iter()
                .map(|p| p.role.as_str())
                .find(|role| roles.contains(role))?;
            Some(role.to_owned())
        })
        .ok_or_else(|| {
            NotAllowed(format!(
                "`{username}` has none of the roles that may: {}",
                roles.join(", ")
            ))
            .into()
        })
}
