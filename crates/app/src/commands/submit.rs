//! `haven submit`: check files here, then send them to a server in parts. Run again, it goes on where it stopped.

use super::server::{LONGEST_WAIT, TRIES, checked, in_words, open, patiently, word};
use crate::{
    cli::{Global, SubmitArgs},
    config::Settings,
    fault::{Exit, Usage},
    output::Output,
};
use anyhow::{Context, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use laptop::{
    Desk,
    cli::{CheckArgs, ReadingArgs, Verb},
};
use model::Content;
use remote::{
    haven::{Haven, Stands},
    http::RemoteError,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
    time::Duration,
};

/// Bytes that are sent at once.
const PIECE: usize = 4 << 20;
/// How often one file may have been sent and taken back before.
const ROUNDS: u32 = 100;

pub(crate) async fn run(
    args: &SubmitArgs,
    global: &Global,
    settings: &Settings,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    let haven = open(&args.server, settings)?;
    if args.files.iter().any(|file| file.as_os_str() == "-") {
        let words = "`-` cannot be sent, since sending could not go on after a break: write it to a file first";
        return Err(Usage(words.to_owned()).into());
    }
    if !args.anyway && check(args, content, output)? != Exit::Fine {
        output.tell("Nothing was sent. Mend what is above and run this again, or send it as it is with `--anyway`.");
        return Ok(Exit::DataHasProblems);
    }
    let (mut exit, mut documents) = (Exit::Fine, Vec::new());
    for file in &args.files {
        if global.flags.dry_run {
            let (name, to) = (file.display(), haven.address());
            output.result(&format!("would send {name} to {to}"));
            continue;
        }
        let mut document = send(&haven, args, file, output)
            .await
            .with_context(|| file.display().to_string())?;
        if args.declare && word(&document, "state") == "checked" {
            document = declare(&haven, &document, output).await?;
        }
        if matches!(word(&document, "state"), "rejected" | "expired") {
            exit = Exit::DataHasProblems;
        }
        if !output.json {
            output.result(&format!("{}  {}", file.display(), in_words(&document)));
            output.result(&next(&haven, &document));
        }
        documents.push(document);
    }
    if output.json && !global.flags.dry_run {
        output.document(&json!({"version": 1, "submissions": documents}));
    }
    Ok(exit)
}

/// The check of `haven check`, with its report where it finds something.
fn check(args: &SubmitArgs, content: &Content, output: &Output) -> Result<Exit> {
    let quiet = output.beside_a_document();
    let desk = Desk {
        content,
        output: &quiet,
        today: super::today(None)?,
        dry_run: false,
        stop: &laptop::Stop::default(),
    };
    let verb = Verb::Check(CheckArgs {
        files: args.files.clone(),
        reading: ReadingArgs {
            dataset: args.dataset.clone(),
            sheet: None,
            encoding: None,
            delimiter: None,
        },
        from: None,
        last: None,
        today: None,
        warnings: false,
        strict: false,
        report: Vec::new(),
        jsonl: false,
    });
    tokio::task::block_in_place(|| laptop::run(&verb, desk))
}

/// Sends a file and waits for its check.
async fn send(haven: &Haven, args: &SubmitArgs, file: &Path, output: &Output) -> Result<Value> {
    let mut source = File::open(file)?;
    let length = source.metadata()?.len();
    let about = About::of(args, file, &fingerprint(&mut source, length, output)?);
    for round in 0..ROUNDS {
        let key = about.key(round);
        let upload = patiently(output, async || {
            haven.begin(&key, length, &about.metadata).await
        })
        .await?;
        let Some(stands) = patiently(output, async || haven.stands(&upload).await).await? else {
            // Begun long ago and given up since.
            continue;
        };
        let path = add(haven, &upload, stands, (&mut source, length), output).await?;
        let document = checked(haven, &path, output).await?;
        // The same file may come back after it was taken back.
        if round + 1 == ROUNDS
            || !matches!(
                word(&document, "state"),
                "withdrawn" | "replaced" | "expired"
            )
        {
            return Ok(document);
        }
    }
    let words = "it was sent and taken back too often";
    Err(Usage(words.to_owned()).into())
}

/// What is said of a file.
struct About {
    metadata: String,
    /// The digest of all that makes two sendings the same.
    same: String,
}

impl About {
    fn of(args: &SubmitArgs, file: &Path, sha256: &str) -> Self {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned());
        let day = |day: Option<model::Date>| day.map(|d| d.to_string());
        let said = [
            ("filename", name),
            ("dataset", args.dataset.clone()),
            ("window", args.window.clone()),
            ("from", day(args.first_day)),
            ("to", day(args.last_day)),
        ];
        let metadata = said
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", BASE64_STANDARD.encode(value?))))
            .collect::<Vec<_>>()
            .join(",");
        let same = hex::encode(Sha256::digest(format!("{sha256} {metadata}")));
        Self { metadata, same }
    }

    fn key(&self, round: u32) -> String {
        format!("submit-{}-{round}", self.same)
    }
}

/// Sends what is missing of a file; gives the path of its submission.
async fn add(
    haven: &Haven,
    upload: &str,
    mut stands: Stands,
    (source, length): (&mut File, u64),
    output: &Output,
) -> Result<String> {
    let progress = output.progress("Sending", Some(length));
    let (mut piece, mut tried) = (vec![0; PIECE], 0);
    let path = loop {
        progress.at(stands.offset);
        if let Some(path) = stands.submission {
            break path;
        }
        source.seek(SeekFrom::Start(stands.offset))?;
        let size = fill(source, &mut piece)?;
        let (offset, body) = (stands.offset, piece.get(..size).unwrap_or_default());
        let fault = match haven.add(upload, offset, body.to_vec()).await {
            Ok(now) => {
                (stands, tried) = (now, 0);
                continue;
            }
            Err(fault) => fault,
        };
        // It may have arrived, whole or in part: the server knows how far it has come.
        let now = patiently(output, async || haven.stands(upload).await).await?;
        let Some(now) = now else {
            return Err(fault.into());
        };
        let has_moved = now.offset != offset || now.submission.is_some();
        tried = if has_moved { 0 } else { tried + 1 };
        let wait = match &fault {
            _ if has_moved => 0,
            RemoteError::Busy { seconds, .. } => *seconds,
            RemoteError::NotReached { .. } => 1 << tried,
            _ => return Err(fault.into()),
        };
        if tried >= TRIES {
            return Err(fault.into());
        }
        tokio::time::sleep(Duration::from_secs(wait.min(LONGEST_WAIT))).await;
        stands = now;
    };
    progress.end();
    Ok(path)
}

fn fill(source: &mut File, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut size = 0;
    while let Some(rest) = piece.get_mut(size..).filter(|rest| !rest.is_empty()) {
        match source.read(rest)? {
            0 => break,
            n => size += n,
        }
    }
    Ok(size)
}

fn fingerprint(source: &mut File, length: u64, output: &Output) -> Result<String> {
    let progress = output.progress("Reading", Some(length));
    let (mut digest, mut piece, mut done) = (Sha256::new(), vec![0; PIECE], 0);
    loop {
        match source.read(&mut piece)? {
            0 => break,
            n => {
                digest.update(piece.get(..n).unwrap_or_default());
                done += n as u64;
                progress.at(done);
            }
        }
    }
    progress.end();
    Ok(hex::encode(digest.finalize()))
}

async fn declare(haven: &Haven, document: &Value, output: &Output) -> Result<Value> {
    let path = super::server::path_of(word(document, "id"))?;
    // The same file may come back after it was taken back, and is then declared anew.
    let (at, to) = (word(document, "settled_at"), format!("{path}/confirm"));
    let key = format!("declare-{}-{at}", word(document, "id"));
    let body = json!({"declared": true});
    patiently(output, async || haven.post(&to, &key, &body).await).await?;
    Ok(patiently(output, async || haven.document(&path).await)
        .await?
        .0)
}

/// What to do next, in a line.
fn next(haven: &Haven, document: &Value) -> String {
    let (server, id) = (haven.address(), word(document, "id"));
    match word(document, "state") {
        "checked" => format!(
            "  Look at {server}/submissions/{id}/preview and declare it there, or run this again with `--declare`."
        ),
        "accepted" => format!("  The receipt: {server}/submissions/{id}/receipt"),
        "rejected" => format!(
            "  What to mend: {server}/submissions/{id}, or `haven results {id} --to {server}`"
        ),
        _ => format!("  {server}/submissions/{id}"),
    }
}
