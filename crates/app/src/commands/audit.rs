//! `haven audit`: prove the log, search it, prove one entry, export, watch the log of another.

pub(crate) mod export;
mod measure;
mod proofs;
pub(crate) mod replay;
mod search;
mod witness;

pub(crate) use search::{area, found, moment_of, outcome};

use crate::{
    cli::AuditVerb,
    config::Config,
    fault::{Exit, Usage},
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, Verified};
use model::Content;
use std::{path::Path, sync::Arc};
use store::Against;

pub(crate) async fn run(
    verb: &AuditVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    match verb {
        AuditVerb::CheckProof {
            proof,
            key,
            witness,
        } => return proofs::check(proof, key, witness, output),
        AuditVerb::Witness(args) => return witness::run(args, output),
        AuditVerb::Measure {
            folder,
            kept,
            threads,
            entries,
        } => return measure::run(folder, *kept, *threads, *entries, config.threads(), output),
        _ => {}
    }
    let workspace = Workspace::open(config, content).await?;
    match verb {
        AuditVerb::Verify { checkpoint } => {
            let against = match checkpoint {
                Some(path) => {
                    let read = workspace.audit.against(&read(path)?);
                    vec![read.ok_or_else(|| {
                        Usage(format!(
                            "`{}` is not a checkpoint that this log has signed",
                            path.display()
                        ))
                    })?]
                }
                None => Vec::new(),
            };
            verify(&workspace, &against, output)
        }
        AuditVerb::Show { last } => show(&workspace, *last, output),
        AuditVerb::Search { filter, last } => search::run(&workspace, filter, *last, output),
        AuditVerb::Prove { entry, out } => {
            proofs::prove(&workspace, *entry, out.as_deref(), output)
        }
        AuditVerb::Replay { entry } => replay::run(&workspace, *entry, output).await,
        AuditVerb::Export { out, filter } => search::export(&workspace, filter, out, output),
        AuditVerb::Publish => {
            let note = workspace.audit.publish()?;
            output.result(note.text());
            Ok(Exit::Fine)
        }
        AuditVerb::Key => {
            output.result(&workspace.audit.public_key().to_string());
            Ok(Exit::Fine)
        }
        AuditVerb::TakeCosignature { note } => take(&workspace, &read(note)?, output),
        AuditVerb::CheckProof { .. } | AuditVerb::Witness(_) | AuditVerb::Measure { .. } => {
            Ok(Exit::Fine)
        }
    }
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn take(workspace: &Workspace, note: &str, output: &Output) -> Result<Exit> {
    let witnesses = workspace.witnesses()?;
    let Some(cosignatures) = workspace.audit.take_cosignatures(note, &witnesses)? else {
        let words = "the note is not a checkpoint of this log with a cosignature of a witness in `audit.witnesses`, or a newer one has been cosigned";
        return Err(Usage(words.to_owned()).into());
    };
    let mut entry = EntryBody::new(
        workspace.clock.now(),
        Kind::Cosigned,
        "haven audit",
        Outcome::Done,
    );
    entry.object_kind = Some(ObjectKind::Log);
    entry.reason = Some(format!("cosignatures on the checkpoint: {cosignatures}"));
    workspace.audit.keep(entry)?;
    output.result(&format!("Cosignatures on the checkpoint: {cosignatures}"));
    Ok(Exit::Fine)
}

fn show(workspace: &Workspace, last: usize, output: &Output) -> Result<Exit> {
    let entries = workspace.audit.newest(last)?;
    if output.json {
        let lines: Vec<serde_json::Value> = entries
            .iter()
            .filter_map(|e| e.line().ok())
            .filter_map(|line| serde_json::from_str(&line).ok())
            .collect();
        output.document(&serde_json::json!({"version": 1, "entries": lines}));
        return Ok(Exit::Fine);
    }
    let header = [
        "Entry",
        "Time",
        "What",
        "Who",
        "Agreement",
        "Purpose",
        "Outcome",
        "Reason",
    ]
    .map(str::to_owned);
    let word = |value: &dyn std::fmt::Debug| Some(format!("{value:?}"));
    let rows: Vec<_> = entries
        .iter()
        .map(|e| {
            let b = &e.body;
            vec![
                Some(e.seq.to_string()),
                Some(b.time.format("%Y-%m-%d %H:%M:%S").to_string()),
                word(&b.kind),
                Some(b.actor.clone()),
                b.agreement.clone(),
                b.purpose.clone(),
                word(&b.outcome),
                b.reason.clone(),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    Ok(Exit::Fine)
}

/// Proves the log and tells what came of it.
pub(crate) fn verify(workspace: &Workspace, against: &[Against], output: &Output) -> Result<Exit> {
    let audit = &workspace.audit;
    let witnesses = workspace.witnesses()?;
    let bar = output.progress("Entries looked at", Some(audit.size().unwrap_or_default()));
    let verified = audit.verify(against, &witnesses, workspace.config.threads(), &|done| {
        bar.at(done);
    })?;
    bar.end();
    match verified {
        Ok(verified) => {
            if output.json {
                output.document(&serde_json::json!({
                    "version": 1, "whole": true, "entries": verified.entries, "root": verified.root.to_string(),
                    "torn_tail": verified.torn_tail, "vouched": verified.vouched,
                    "cosignatures": verified.cosignatures, "missing_tiles": verified.missing_tiles,
                }));
            } else {
                told(&verified, output);
            }
            Ok(Exit::Fine)
        }
        Err(fault) => {
            if output.json {
                output.document(
                    &serde_json::json!({"version": 1, "whole": false, "fault": fault.to_string()}),
                );
            } else {
                output.fault(&format!("the audit log is not whole: {fault}"));
            }
            Ok(Exit::DataHasProblems)
        }
    }
}

fn told(verified: &Verified, output: &Output) {
    output.result(&format!(
        "The audit log is whole: {} entries, root {}",
        verified.entries, verified.root
    ));
    match verified.vouched {
        Some(size) => output.result(&format!("Signed checkpoints vouch for the first {size}.")),
        None => output.result("There is no checkpoint, so a dropped tail could not be noticed."),
    }
    if verified.cosignatures > 0 {
        output.result(&format!(
            "Cosignatures of witnesses that agree with it: {}.",
            verified.cosignatures
        ));
    }
    if verified.torn_tail {
        output.result(
            "The last entries were cut off while they were written; nothing was done under them.",
        );
    }
    if verified.missing_tiles > 0 {
        output.result(&format!(
            "Tiles that were missing and were made again from the entries: {}.",
            verified.missing_tiles
        ));
    }
}
