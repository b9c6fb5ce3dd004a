//! `haven audit`: prove the log, and read its newest entries.

use crate::{
    cli::AuditVerb,
    config::Config,
    fault::Exit,
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use govern::Checkpoint;
use model::Content;
use std::sync::Arc;

pub(crate) async fn run(
    verb: &AuditVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    match verb {
        AuditVerb::Verify { checkpoint } => {
            let against =
                match checkpoint {
                    Some(path) => {
                        let text = std::fs::read_to_string(path)
                            .with_context(|| format!("cannot read `{}`", path.display()))?;
                        Some(text.parse::<Checkpoint>().map_err(|e| {
                            crate::fault::Usage(format!("`{}`: {e}", path.display()))
                        })?)
                    }
                    None => workspace.audit.checkpoint()?,
                };
            verify(&workspace, against.as_ref(), output)
        }
        AuditVerb::Show { last } => {
            let entries = workspace.audit.newest(*last)?;
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
    }
}

/// Proves the log and tells what came of it.
pub(crate) fn verify(
    workspace: &Workspace,
    against: Option<&Checkpoint>,
    output: &Output,
) -> Result<Exit> {
    match workspace.audit.verify(against)? {
        Ok(verified) => {
            if output.json {
                output.document(&serde_json::json!({
                    "version": 1, "whole": true, "entries": verified.entries, "hash": verified.hash.to_string(),
                    "torn_tail": verified.torn_tail, "vouched": verified.vouched,
                }));
            } else {
                output.result(&format!(
                    "The audit log is whole: {} entries, last hash {}",
                    verified.entries, verified.hash
                ));
                match verified.vouched {
                    Some(size) => output.result(&format!(
                        "The checkpoint kept outside the log vouches for the first {size}."
                    )),
                    None => output
                        .result("No checkpoint was given, so a dropped tail could not be noticed."),
                }
                if verified.torn_tail {
                    output.result("The last line was cut off while it was written; nothing was done under it.");
                }
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
