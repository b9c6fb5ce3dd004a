//! A witness: keeps the last checkpoint of a log that it has seen, checks that the log only grew, and
//! cosigns. It trusts the log in nothing but its key.

use super::proofs::key;
use crate::{
    cli::WitnessArgs,
    clock::SystemClock,
    fault::{Exit, Usage},
    output::Output,
    workspace::VERSION,
};
use anyhow::{Context, Result, bail};
use govern::audit::{
    NoteKey, PublicKey, SignedCheckpoint, Tiles, check_consistency, consistency,
    tree::{Hash, TILE, tile_hashes, tile_path},
};
use model::{Clock as _, WholeFile};
use remote::{http::Tls, log::Log};
use std::{
    fs,
    io::{ErrorKind, Write as _},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where the published part of a log is.
enum Published {
    Folder(PathBuf),
    Address(Log),
}

impl Published {
    fn file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Self::Folder(folder) => match fs::read(folder.join(path)) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
                Err(e) => Err(e).with_context(|| format!("cannot read `{path}` of the log")),
            },
            // The arithmetic of proofs waits for no one; the command has a thread to spare.
            Self::Address(log) => Ok(tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(log.file(path))
            })?),
        }
    }
}

impl Tiles for Published {
    fn hashes(&self, level: u8, index: u64, width: usize) -> Result<Vec<Hash>, String> {
        let full = tile_path(level, index, TILE);
        let mut paths = vec![tile_path(level, index, width)];
        if width < TILE {
            paths.push(full.clone());
        }
        for path in paths {
            if let Some(bytes) = self.file(&path).map_err(|e| e.to_string())? {
                return tile_hashes(&bytes)
                    .filter(|hashes| hashes.len() >= width)
                    .ok_or_else(|| format!("`{path}` is not a tile"));
            }
        }
        Err(format!("`{full}` is missing"))
    }
}

pub(super) fn run(args: &WitnessArgs, output: &Output) -> Result<Exit> {
    let log_key = key(&args.log_key)?;
    let own = own_key(&args.state, &args.name)?;
    let published = if Path::new(&args.log).is_dir() {
        Published::Folder(PathBuf::from(&args.log))
    } else {
        let mut tls = Tls::default();
        if let Some(path) = &args.authorities {
            let bytes =
                fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
            tls.authorities = Some(bytes);
        }
        Published::Address(Log::open(
            &args.log,
            &tls,
            &format!("haven-witness/{VERSION}"),
        )?)
    };
    let note = published
        .file("checkpoint")?
        .context("the log has no checkpoint yet")?;
    let note = SignedCheckpoint::open(&String::from_utf8_lossy(&note), &log_key)
        .map_err(|e| Usage(format!("the checkpoint at `{}`: {e}", args.log)))?;
    let seen_file = args
        .state
        .join(format!("{}.seen", file_name(log_key.name())));
    // Nobody else of this witness may be between looking and signing.
    let lock = fs::OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(args.state.join("lock"))?;
    lock.lock()?;
    let before = seen(&seen_file, &log_key)?;
    if let Err(fault) = grew(&published, before.as_ref(), &note) {
        if output.json {
            output.document(
                &serde_json::json!({"version": 1, "cosigned": false, "fault": fault.to_string()}),
            );
        }
        output.fault(&format!(
            "NOT cosigned: {fault}. Keep `{}` and the log's checkpoint as they are, and tell others",
            seen_file.display()
        ));
        return Ok(Exit::DataHasProblems);
    }
    let at = u64::try_from(SystemClock.now().timestamp()).unwrap_or_default();
    let cosigned = note.clone().with_line(&own.cosign(&note.checkpoint, at));
    // What was signed is remembered before anyone has the signature.
    put(&seen_file, note.text())?;
    let path = args
        .state
        .join(format!("{}.cosigned", file_name(log_key.name())));
    put(&path, cosigned.text())?;
    drop(lock);
    if let Published::Address(log) = &published {
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(log.bring(cosigned.text()))
        })?;
    }
    let from = before.map_or(0, |before| before.checkpoint.size);
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "cosigned": true, "log": note.checkpoint.origin, "from": from,
            "entries": note.checkpoint.size, "key": own.public().to_string(), "note": cosigned.text(),
        }));
        return Ok(Exit::Fine);
    }
    output.result(&format!(
        "Cosigned {} at {} entries; it only grew since {from}. The note is in `{}`.",
        note.checkpoint.origin,
        note.checkpoint.size,
        path.display()
    ));
    output.tell(&format!("The public key of this witness: {}", own.public()));
    Ok(Exit::Fine)
}

/// Whether a log begins with what was seen of it before.
fn grew(
    published: &Published,
    before: Option<&SignedCheckpoint>,
    now: &SignedCheckpoint,
) -> Result<()> {
    let Some(before) = before else {
        return Ok(());
    };
    let (from, to) = (before.checkpoint.size, now.checkpoint.size);
    if to < from {
        bail!("the log had {from} entries and has {to} now");
    }
    let proof = consistency(published, from, to)?;
    let roots = |note: &SignedCheckpoint| (note.checkpoint.size, note.checkpoint.root.to_hash());
    check_consistency(&proof, roots(before), roots(now))?;
    Ok(())
}

fn seen(path: &Path, log: &PublicKey) -> Result<Option<SignedCheckpoint>> {
    match fs::read_to_string(path) {
        Ok(text) => SignedCheckpoint::open(&text, log)
            .map(Some)
            .with_context(|| format!("`{}` was changed by somebody", path.display())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("cannot read `{}`", path.display())),
    }
}

/// The witness's key, made where there is none.
fn own_key(state: &Path, name: &str) -> Result<NoteKey> {
    fs::create_dir_all(state).with_context(|| format!("cannot make `{}`", state.display()))?;
    let path = state.join("witness.key");
    if !path.exists() {
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut()).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
        let key = NoteKey::for_witness(name, &seed)
            .map_err(|_| Usage("a witness's name has no spaces and no plus signs".to_owned()))?;
        // Readable by its owner only, as every whole file is.
        put(&path, &key.to_file_text())?;
    }
    let text = Zeroizing::new(fs::read_to_string(&path)?);
    let key = NoteKey::parse(&text).with_context(|| format!("cannot use `{}`", path.display()))?;
    if key.public().name() != name || !key.public().cosigns() {
        let words = format!("`{}` is the key of {}", path.display(), key.public().name());
        return Err(Usage(words).into());
    }
    Ok(key)
}

fn put(path: &Path, text: &str) -> Result<()> {
    let named = || format!("cannot write `{}`", path.display());
    let mut file = WholeFile::new(path).with_context(named)?;
    file.write_all(text.as_bytes()).with_context(named)?;
    file.keep().with_context(named)
}

/// The name of a log as the name of a file.
fn file_name(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect()
}
