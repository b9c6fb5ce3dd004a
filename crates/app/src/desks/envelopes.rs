//! Envelopes: lists of people for one professional, each sealed under a key of its own that is destroyed with it.
//!
//! The list lies in the identified zone, its key in a folder of keys elsewhere. Without the key nobody can read the
//! list, wherever a copy of the zone may be. The folder of keys is not to be copied: docs/case-finding.md says so.
//!
//! INVARIANT: this is the one place where an [`Identifying`] value of a list is written, and it is written encrypted.

use super::leading_back::LedPerson;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use govern::Digest;
use model::{Identifying, Zone};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{Vault, WritePoints, ZoneKey};
use zeroize::Zeroizing;

/// The largest list, in bytes.
const LARGEST: u64 = 16 << 20;
/// What a killed process left is taken away after this time: longer than sealing takes.
const ABANDONED_AFTER: Duration = Duration::from_hours(1);

/// Where envelopes and their keys are.
pub(crate) struct Envelopes {
    lists: PathBuf,
    keys: PathBuf,
    points: Arc<WritePoints>,
}

/// What a sealed list is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) seal: String,
    pub(crate) content_digest: String,
}

/// A list as it is written within its envelope. The salt keeps the digest of a short list from being guessed.
#[derive(Serialize, Deserialize)]
struct Written {
    salt: String,
    people: Vec<WrittenPerson>,
}

#[derive(Serialize, Deserialize)]
struct WrittenPerson {
    pseudonym: String,
    fields: Vec<(String, String)>,
    whereabouts_withheld: bool,
}

impl Envelopes {
    pub(crate) fn of(workspace: &Workspace, points: Arc<WritePoints>) -> Self {
        let config = &workspace.config;
        Self {
            lists: config.place(&config.identified.folder).join("envelopes"),
            keys: config.place(&config.cases.envelope_keys),
            points,
        }
    }

    /// Seals a list under a new key. Until its seal is kept in control data nobody can open it.
    pub(crate) fn seal(&self, people: &[LedPerson]) -> Result<Seal> {
        let seal = random()?;
        let written = Written {
            salt: random()?,
            people: people
                .iter()
                .map(|person| WrittenPerson {
                    pseudonym: person.pseudonym.clone(),
                    fields: person
                        .fields
                        .iter()
                        .map(|(name, value)| (name.clone(), value.reveal().clone()))
                        .collect(),
                    whereabouts_withheld: person.whereabouts_withheld,
                })
                .collect(),
        };
        let text = Zeroizing::new(serde_json::to_vec(&written)?);
        let key = ZoneKey::generate()?;
        self.keep_key(&seal, &key)?;
        let kept = self
            .vault(&seal, key)?
            .keep(text.as_slice(), LARGEST, |_| {})?;
        Ok(Seal {
            seal,
            content_digest: kept.sha256,
        })
    }

    /// The people of a sealed list; `None` where its key is gone.
    pub(crate) fn open(&self, seal: &Seal) -> Result<Option<Vec<LedPerson>>> {
        let text = match fs::read_to_string(self.key_of(&seal.seal)?) {
            Ok(text) => Zeroizing::new(text),
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).context("the key of an envelope cannot be read"),
        };
        let key = ZoneKey::parse(&text, model::Identifiable::NAME)?;
        let mut bytes = Zeroizing::new(Vec::new());
        self.vault(&seal.seal, key)?
            .read(&seal.content_digest)?
            .take(LARGEST)
            .read_to_end(&mut bytes)
            .context("a sealed list cannot be read")?;
        if Digest::of(bytes.as_slice()).as_str() != seal.content_digest {
            bail!("a sealed list is not the one that was sealed");
        }
        let written: Written = serde_json::from_slice(&bytes)?;
        let people = written.people.into_iter().map(|person| LedPerson {
            pseudonym: person.pseudonym,
            fields: person
                .fields
                .into_iter()
                .map(|(name, value)| (name, Identifying::new(value)))
                .collect(),
            whereabouts_withheld: person.whereabouts_withheld,
        });
        Ok(Some(people.collect()))
    }

    /// Destroys the key of a list, and then the list. Done twice, it is done once.
    pub(crate) fn destroy(&self, seal: &str) -> Result<()> {
        let key = self.key_of(seal)?;
        self.points.reach();
        match OpenOptions::new().write(true).open(&key) {
            Ok(mut file) => {
                // Over the key first: a name that is gone leaves its bytes on some disks.
                file.write_all(&[b'0'; 65])?;
                file.sync_all()?;
                fs::remove_file(&key)?;
                File::open(&self.keys)?.sync_all()?;
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e).context("the key of an envelope cannot be destroyed"),
        }
        self.points.reach();
        match fs::remove_dir_all(self.lists.join(seal)) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(e).context("a sealed list whose key is destroyed cannot be deleted")
            }
            _ => Ok(()),
        }
    }

    /// Destroys what killed processes left: keys and lists that control data do not know.
    pub(crate) fn tidy(&self, known: &BTreeSet<String>) -> Result<()> {
        for folder in [&self.keys, &self.lists] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                let seal = name.trim_end_matches(".key").to_owned();
                let facts = entry.metadata().and_then(|facts| facts.modified()).ok();
                let age = facts.and_then(|moment| moment.elapsed().ok());
                if !known.contains(&seal) && age.is_some_and(|age| age > ABANDONED_AFTER) {
                    self.destroy(&seal)?;
                }
            }
        }
        Ok(())
    }

    fn vault(&self, seal: &str, key: ZoneKey) -> Result<Vault> {
        Ok(Vault::open(
            &self.lists.join(seal),
            key,
            Arc::clone(&self.points),
        )?)
    }

    fn key_of(&self, seal: &str) -> Result<PathBuf> {
        let shaped = seal.len() == 32 && seal.bytes().all(|b| b.is_ascii_hexdigit());
        if !shaped {
            bail!("an envelope has a name that is none of ours");
        }
        Ok(self.keys.join(format!("{seal}.key")))
    }

    fn keep_key(&self, seal: &str, key: &ZoneKey) -> Result<()> {
        fs::create_dir_all(&self.keys).context("the folder of envelope keys cannot be made")?;
        self.points.reach();
        let write = |path: &Path| -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(key.to_file_text().as_bytes())?;
            file.sync_all()?;
            File::open(&self.keys)?.sync_all()
        };
        write(&self.key_of(seal)?).context("the key of an envelope cannot be written")?;
        self.points.reach();
        Ok(())
    }
}

/// 128 random bits in hexadecimal.
pub(crate) fn random() -> Result<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| anyhow::anyhow!("no random numbers could be had: {e}"))?;
    Ok(hex::encode(bytes))
}
