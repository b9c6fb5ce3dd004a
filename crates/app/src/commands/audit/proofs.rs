//! Proofs of one entry: written from the log, and checked by anybody.

use crate::{
    fault::{Exit, Usage},
    output::Output,
    workspace::Workspace,
};
use anyhow::{Context, Result};
use govern::audit::{
    EntryProof, PublicKey,
    search::{Concerns, Hit},
};
use model::WholeFile;
use std::{io::Write as _, path::Path};

/// A public key, or one in a file.
pub(super) fn key(text: &str) -> Result<PublicKey> {
    let read = std::fs::read_to_string(text);
    let text = read.as_deref().unwrap_or(text);
    PublicKey::parse(text).map_err(|e| Usage(format!("this is not a public key: {e}")).into())
}

pub(super) fn prove(
    workspace: &Workspace,
    entry: u64,
    out: Option<&Path>,
    output: &Output,
) -> Result<Exit> {
    let index = entry.checked_sub(1);
    let line = match index {
        Some(index) => workspace.audit.line(index)?,
        None => None,
    };
    let (Some(index), Some(line)) = (index, line) else {
        let size = workspace.audit.size()?;
        return Err(Usage(format!("there is no entry {entry}: the log has {size}")).into());
    };
    let checkpoint = workspace.audit.publish()?;
    let proof = EntryProof::make(&workspace.audit.tiles()?, &line, index, checkpoint)?;
    match out {
        None => output.result(&proof.to_string()),
        Some(path) => {
            let named = || format!("cannot write `{}`", path.display());
            let mut file = WholeFile::new(path).with_context(named)?;
            file.write_all(proof.to_string().as_bytes())
                .with_context(named)?;
            file.keep().with_context(named)?;
            output.tell(&format!(
                "The proof of entry {entry} is in `{}`. The public key of the log: {}",
                path.display(),
                workspace.audit.public_key()
            ));
        }
    }
    Ok(Exit::Fine)
}

pub(super) fn check(path: &Path, log: &str, witnesses: &[String], output: &Output) -> Result<Exit> {
    let log = key(log)?;
    let witnesses = witnesses
        .iter()
        .map(|text| key(text))
        .collect::<Result<Vec<_>>>()?;
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let proof = match EntryProof::check(&text, &log) {
        Ok(proof) => proof,
        Err(fault) => {
            output.fault(&fault.to_string());
            return Ok(Exit::DataHasProblems);
        }
    };
    let cosigned = proof.checkpoint.cosigned(&witnesses);
    let head = &proof.checkpoint.checkpoint;
    if output.json {
        let names: Vec<&str> = cosigned.iter().map(|c| c.witness.as_str()).collect();
        output.document(&serde_json::json!({
            "version": 1, "holds": true, "entry": proof.index + 1, "log": head.origin,
            "entries": head.size, "cosigned_by": names, "line": proof.line,
        }));
        return Ok(Exit::Fine);
    }
    output.result(&format!(
        "The proof holds: entry {} is in the log {} of {} entries.",
        proof.index + 1,
        head.origin,
        head.size
    ));
    if let Some(entry) = proof.entry() {
        let hit = Hit {
            entry,
            concerns: None::<Concerns>,
            served: None,
        };
        output.result(&hit.sentence());
    }
    for cosigned in cosigned {
        output.result(&format!("Cosigned by {}.", cosigned.witness));
    }
    Ok(Exit::Fine)
}
