//! Which messages were answered, so that none is answered twice though it is still in the inbox.

use super::Done;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::PathBuf,
};

/// How long a note is kept: longer than the service keeps a message.
const KEPT: TimeDelta = TimeDelta::days(45);

/// A folder of notes, one for each message. They hold no name of a file and no cell.
pub(super) struct Sent(PathBuf);

impl Sent {
    pub(super) fn open(workspace: &Workspace) -> Result<Self> {
        let config = &workspace.config;
        let folder = config.place(&config.identified.folder).join("answered");
        fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
        Ok(Self(folder))
    }

    /// What a message came to that was answered.
    pub(super) fn of(&self, message: &str) -> Result<Option<Done>> {
        let path = self.path(message);
        match fs::read(&path) {
            Ok(note) => Ok(serde_json::from_slice(&note).ok()),
            Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(fault).with_context(|| format!("cannot read `{}`", path.display())),
        }
    }

    /// Notes that a message was answered. A note is there whole or not at all.
    pub(super) fn note(&self, message: &str, done: &Done) -> Result<()> {
        let path = self.path(message);
        let beside = path.with_extension("new");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec(done)?)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Deletes notes of long ago.
    pub(super) fn sweep(&self, now: DateTime<Utc>) -> Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let written = DateTime::<Utc>::from(entry.metadata()?.modified()?);
            if now - written > KEPT {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// The name of a message comes from elsewhere; its digest is safe as the name of a file.
    fn path(&self, message: &str) -> PathBuf {
        let digest = hex::encode(Sha256::digest(message));
        self.0.join(format!("{digest}.json"))
    }
}
