//! `haven key check`: what is wrong with the files of keys and stores, by their names. Nothing is opened for writing,
//! and no key is shown.

use crate::{
    config::{Config, ProcessZone},
    fault::Exit,
    output::Output,
};
use anyhow::Result;
use custody::{Concern, Guard, Ring, is_protected, look_at, shielded};
use std::{os::unix::fs::MetadataExt, path::Path};

pub(crate) fn run(config: &Config, output: &Output) -> Result<Exit> {
    let guard = Guard::new(config.identity(), crate::keys::passphrase(config)?);
    let concerns = concerns(config, &guard)?;
    if output.json {
        let all: Vec<_> = concerns
            .iter()
            .map(|c| serde_json::json!({"path": c.path, "what": c.what}))
            .collect();
        output.document(&serde_json::json!({"version": 1, "concerns": all}));
    } else if concerns.is_empty() {
        output.result("Nothing to put right.");
    } else {
        for concern in &concerns {
            output.result(&concern.to_string());
        }
    }
    Ok(if concerns.is_empty() {
        Exit::Fine
    } else {
        Exit::DataHasProblems
    })
}

/// What should be put right about the files of keys and stores.
pub(crate) fn concerns(config: &Config, guard: &Guard) -> Result<Vec<Concern>> {
    // The owner of what this process is.
    let me = std::fs::metadata("/proc/self")?.uid();
    let mut found = Vec::new();
    let mut paths = config.key_files();
    paths.push(config.identity());
    let secrets = [
        &config.custody.passphrase_file,
        &config.custody.credential_file,
        &config.custody.token.pin_file,
        &config.site.key_file,
    ];
    paths.extend(secrets.into_iter().flatten().map(|path| config.place(path)));
    for path in &paths {
        found.extend(look_at(path, me));
    }
    // Where zones are apart, the folder of a store is its zone's alone; what is in it is encrypted in any case.
    if config.zone != ProcessZone::All {
        for zone in [&config.identified, &config.analysis] {
            let folder = config.place(&zone.folder);
            if !shielded(&folder, me) {
                found.extend(look_at(&folder, me));
            }
        }
    }
    for path in config.key_files().iter().filter(|path| path.exists()) {
        let concern = |what: String| Concern {
            path: path.clone(),
            what,
        };
        match is_protected(path) {
            Ok(true) => {}
            Ok(false) => found.push(concern(
                "is plain: `haven key protect` protects it".to_owned(),
            )),
            Err(fault) => {
                found.push(concern(format!("cannot be read: {fault}")));
                continue;
            }
        }
        match guard.read(path) {
            Ok(bytes) if is_ring(config, path) => {
                let text = std::str::from_utf8(&bytes).unwrap_or_default();
                if let Err(fault) = Ring::parse(text) {
                    found.push(concern(fault.to_string()));
                }
            }
            Ok(_) => {}
            Err(fault) => found.push(concern(fault.to_string())),
        }
    }
    let identity = config.identity();
    if identity.starts_with(&config.home) && identity.exists() {
        found.push(Concern {
            path: identity,
            what: "lies within the workspace, so that a copy of the workspace opens its own keys: move it elsewhere and set `custody.identity_file`".to_owned(),
        });
    }
    Ok(found)
}

fn is_ring(config: &Config, path: &Path) -> bool {
    [&config.pseudonym_keys, &config.recipient_keys]
        .into_iter()
        .any(|ring| config.place(ring) == path)
}
