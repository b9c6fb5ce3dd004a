//! `haven backup` and `haven restore`: the whole workspace but its keys, copied while the service runs, and put back.
//!
//! Control data are copied first, then the stores, the log last: what is newer in a later part is repaired from it, as
//! after a kill. The files of stores are encrypted already; control data and the log are sealed under the key of the
//! identified zone. Keys are never in a backup.

use super::steps::Teller;
use crate::{
    cli::{BackupVerb, RestoreArgs},
    config::Config,
    destruction,
    fault::{Exit, Usage},
    output::{Output, thousands},
    workspace::{RESTORING, Workspace},
};
use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use control::Backup;
use govern::{AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, WholeFile};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Component, Path, PathBuf},
    sync::Arc,
};
use store::Vault;

/// What a backup is made of.
const MANIFEST: &str = "backup.json";
/// Sealed files lie here, by their digest.
const SEALED: &str = "sealed";
/// The largest file that is sealed: control data or a part of the log.
const LARGEST: u64 = u64::MAX;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    version: u8,
    id: String,
    made_at: DateTime<Utc>,
    kept_until: DateTime<Utc>,
    program: String,
    /// In the order of their paths.
    files: Vec<Copied>,
}

/// One file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Copied {
    /// Where it was, below the workspace.
    path: String,
    bytes: u64,
    sha256: String,
    /// Whether it lies sealed, under its digest.
    sealed: bool,
}

pub(crate) async fn run(
    verb: &BackupVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    match verb {
        BackupVerb::Make { folder, keep_days } => {
            make(folder, *keep_days, config, content, output).await
        }
        BackupVerb::Verify { folder } => {
            let (manifest, _) = checked(folder, output)?;
            output.result(&format!(
                "Backup {} of {} is whole: {} files, to be deleted from {} on.",
                manifest.id,
                pages::format::moment(manifest.made_at),
                thousands(manifest.files.len() as u64),
                pages::format::date(manifest.kept_until.date_naive())
            ));
            Ok(Exit::Fine)
        }
    }
}

async fn make(
    folder: &Path,
    keep_days: Option<u64>,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let config = &workspace.config;
    fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let home = fs::canonicalize(&config.home)?;
    if fs::canonicalize(folder)?.starts_with(&home) {
        return Err(Usage(
            "a backup lies outside of the workspace, best on another disk".to_owned(),
        )
        .into());
    }
    if folder.join(MANIFEST).exists() {
        return Err(Usage(format!(
            "there is a backup in `{}` already",
            folder.display()
        ))
        .into());
    }
    let made_at = workspace.clock.now();
    let kept_until = made_at + chrono::Days::new(keep_days.unwrap_or(config.backup_days));
    let vault = Workspace::sealed(config, &folder.join(SEALED))?;
    let mut files = BTreeSet::new();

    let copy = folder.join("control.copy");
    remove(&copy)?;
    if workspace.control.copy_to(&copy).await? {
        let path = below(&home, &config.place(Path::new(&config.control)))?;
        files.insert(seal(&vault, &copy, path)?);
        remove(&copy)?;
    } else {
        output.tell("Control data are on a server: back it up with its own tools, before this.");
    }
    let progress = output.progress("Copying", None);
    for zone in [&config.identified, &config.handover, &config.analysis] {
        let at = config.place(&zone.folder);
        let mut found = Vec::new();
        walk(&at, &mut found)?;
        // Commits first: all rows that they speak of are there by then.
        found.sort_by_key(|path| !path.components().any(|c| c.as_os_str() == "_delta_log"));
        for path in found {
            let name = below(&home, &path)?;
            if let Some(copied) = copy_file(&path, folder, &name)? {
                files.insert(copied);
                progress.at(files.len() as u64);
            }
        }
    }
    let mut found = Vec::new();
    walk(&config.place(&config.audit.folder), &mut found)?;
    for path in found {
        files.insert(seal(&vault, &path, below(&home, &path)?)?);
    }
    drop(progress);

    let files: Vec<Copied> = files.into_iter().collect();
    let digest = digest_of(&files);
    let manifest = Manifest {
        version: 1,
        id: format!("b-{}", digest.short()),
        made_at,
        kept_until,
        program: crate::workspace::VERSION.to_owned(),
        files,
    };
    whole(
        &folder.join(MANIFEST),
        &serde_json::to_vec_pretty(&manifest)?,
    )?;
    let count = manifest.files.len() as u64;
    let mut entry = EntryBody::new(made_at, Kind::BackedUp, "operator", Outcome::Done);
    entry.object_kind = Some(ObjectKind::Backup);
    entry.object_digest = Some(digest.clone());
    entry.bytes = Some(manifest.files.iter().map(|f| f.bytes).sum());
    entry.reason = Some(format!("backup {}", manifest.id));
    workspace.audit.keep(entry)?;
    workspace
        .control
        .add_backup(&Backup {
            id: manifest.id.clone(),
            made_at,
            kept_until,
            files: count,
            digest: digest.to_string(),
        })
        .await?;
    output.result(&format!(
        "Backup {}: {} files in {}. It holds no key: keep the keys elsewhere, and never beside it.\nDelete it from {} on.",
        manifest.id,
        thousands(count),
        folder.display(),
        pages::format::date(kept_until.date_naive())
    ));
    Ok(Exit::Fine)
}

/// Puts a backup into an empty workspace. What was destroyed since is destroyed again before anyone can read.
pub(crate) async fn restore(
    args: &RestoreArgs,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let folder = args.folder.as_path();
    let (manifest, _) = checked(folder, output)?;
    let home = config.home.clone();
    let marker = home.join(RESTORING);
    let stage = fs::read_to_string(&marker).unwrap_or_default();
    let (begun, copied) = (manifest.id.clone(), format!("{} copied", manifest.id));
    if stage != begun && stage != copied && config.place(Path::new(&config.control)).exists() {
        return Err(Usage(format!(
            "`{}` is not empty: name a new workspace with `--home`",
            home.display()
        ))
        .into());
    }
    let list_path = args
        .destructions
        .clone()
        .unwrap_or_else(|| config.place(&config.destructions));
    // The list of the backup itself is older than what was destroyed since.
    if args.destructions.is_none() && !list_path.exists() {
        return Err(Usage(
            "name the list of what was destroyed since, with `--destructions FILE`; an empty file where nothing was"
                .to_owned(),
        )
        .into());
    }
    let list = destruction::lines(&list_path)?;
    fs::create_dir_all(&home)?;
    // From here until the end nobody else can open the workspace. Once all is copied, what is there is newer.
    if stage != copied {
        whole(&marker, begun.as_bytes())?;
        put_back(&manifest, folder, &home, &config)?;
        whole(&marker, copied.as_bytes())?;
    }
    let workspace = Workspace::open_restored(config, content).await?;
    let mut entry = EntryBody::new(
        workspace.clock.now(),
        Kind::Restored,
        "operator",
        Outcome::Done,
    );
    entry.object_kind = Some(ObjectKind::Backup);
    entry.object_digest = Some(digest_of(&manifest.files));
    entry.reason = Some(format!("backup {}", manifest.id));
    workspace.audit.keep(entry)?;
    workspace
        .control
        .put_back(&manifest.id, workspace.clock.now())
        .await?;
    let mut teller = Teller::new(output);
    let again = destruction::again(&workspace, &list, &mut teller).await?;
    fs::remove_file(&marker)?;
    output.result(&format!(
        "Backup {} is back: {} files, {} destructions carried out again.\nNothing is answered where opt-outs apply until the check service was asked anew: haven preferences check\nNothing is answered at all until what people said after {} was taken in again from the letters, and a privacy officer says so: haven preferences taken-in-again --as USERNAME",
        manifest.id,
        thousands(manifest.files.len() as u64),
        again,
        pages::format::moment(manifest.made_at)
    ));
    Ok(Exit::Fine)
}

/// Puts every file of a backup where it was.
fn put_back(manifest: &Manifest, folder: &Path, home: &Path, config: &Config) -> Result<()> {
    let vault = Workspace::sealed(config, &folder.join(SEALED))?;
    for file in &manifest.files {
        let to = home.join(inside(&file.path)?);
        if to.metadata().is_ok_and(|known| known.len() == file.bytes) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = WholeFile::new(&to)?;
        if file.sealed {
            let mut from = vault.read(&file.sha256)?;
            std::io::copy(&mut from, &mut out)?;
        } else {
            std::io::copy(&mut File::open(folder.join(inside(&file.path)?))?, &mut out)?;
        }
        out.keep()?;
    }
    Ok(())
}

/// A backup whose every file is what its list says.
fn checked(folder: &Path, output: &Output) -> Result<(Manifest, u64)> {
    let path = folder.join(MANIFEST);
    let text =
        fs::read(&path).with_context(|| format!("there is no backup in `{}`", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .with_context(|| format!("`{}` cannot be read", path.display()))?;
    let progress = output.progress("Verifying", Some(manifest.files.len() as u64));
    let mut bytes = 0;
    for (number, file) in manifest.files.iter().enumerate() {
        let name = inside(&file.path)?;
        if file.sealed {
            // Its content is checked where it is opened, which needs the key.
            bytes += file.bytes;
        } else {
            let (read, sha256) = digest_of_file(&folder.join(&name))
                .with_context(|| format!("`{}` of the backup cannot be read", name.display()))?;
            if read != file.bytes || sha256 != file.sha256 {
                bail!("`{}` of the backup has been altered", name.display());
            }
            bytes += read;
        }
        progress.at(number as u64 + 1);
    }
    if format!("b-{}", digest_of(&manifest.files).short()) != manifest.id {
        bail!("the list of files of the backup has been altered");
    }
    Ok((manifest, bytes))
}

fn seal(vault: &Vault, from: &Path, path: String) -> Result<Copied> {
    let file = File::open(from).with_context(|| format!("cannot read `{}`", from.display()))?;
    let kept = vault.keep(file, LARGEST, |_| {})?;
    Ok(Copied {
        path,
        bytes: kept.bytes,
        sha256: kept.sha256,
        sealed: true,
    })
}

/// Copies a file that is never changed once it is there; none where it has gone in the meantime.
fn copy_file(from: &Path, folder: &Path, name: &str) -> Result<Option<Copied>> {
    let to = folder.join(inside(name)?);
    let mut file = match File::open(from) {
        Ok(file) => file,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => {
            return Err(fault).with_context(|| format!("cannot read `{}`", from.display()));
        }
    };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut out = WholeFile::new(&to)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0u8; 1 << 18]);
    loop {
        let read = file.read(&mut buffer)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            break;
        }
        hash.update(piece);
        bytes += read as u64;
        out.write_all(piece)?;
    }
    out.keep()?;
    Ok(Some(Copied {
        path: name.to_owned(),
        bytes,
        sha256: hex::encode(hash.finalize()),
        sealed: false,
    }))
}

/// Every file below a folder that belongs in a backup: no locks, no spilled rows, no uploads under way.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(()),
        Err(fault) => {
            return Err(fault).with_context(|| format!("cannot read `{}`", folder.display()));
        }
    };
    for entry in entries {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            if !matches!(name.as_ref(), "spill" | "uploads") {
                walk(&path, found)?;
            }
        } else if !name.ends_with(".lock") && !name.ends_with(".new") && !name.starts_with('.') {
            found.push(path);
        }
    }
    Ok(())
}

/// A file's place below the workspace. What lies elsewhere by settings is for whoever put it there.
fn below(home: &Path, path: &Path) -> Result<String> {
    let path = fs::canonicalize(path)
        .or_else(|_| Ok::<_, std::io::Error>(path.to_owned()))
        .context("cannot find a file")?;
    path.strip_prefix(home)
        .ok()
        .and_then(|name| name.to_str())
        .map(str::to_owned)
        .with_context(|| {
            format!(
                "`{}` lies outside of the workspace: back it up beside this",
                path.display()
            )
        })
}

/// A path of a list, which may lead nowhere but below.
fn inside(path: &str) -> Result<PathBuf> {
    let path = PathBuf::from(path);
    if path
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        Ok(path)
    } else {
        bail!(
            "the list of the backup names `{}`, which lies outside",
            path.display()
        )
    }
}

fn digest_of(files: &[Copied]) -> Digest {
    Digest::of_parts(
        files
            .iter()
            .flat_map(|f| [f.path.as_str(), f.sha256.as_str()]),
    )
}

fn digest_of_file(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0u8; 1 << 18]);
    loop {
        let read = file.read(&mut buffer)?;
        let piece = buffer.get(..read).unwrap_or_default();
        if piece.is_empty() {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        hash.update(piece);
        bytes += read as u64;
    }
}

fn whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write `{}`", path.display());
    let mut file = WholeFile::new(path).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    file.keep().with_context(cannot)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => {
            Err(fault).with_context(|| format!("cannot remove `{}`", path.display()))
        }
        _ => Ok(()),
    }
}
