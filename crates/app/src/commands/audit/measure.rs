//! Measuring a log on the disk at hand: many threads that each wait for their own entry, then a long log
//! proven on all cores.

use crate::{fault::Exit, output::Output};
use anyhow::{Context, Result, bail};
use chrono::DateTime;
use govern::{AuditKeeper as _, Digest, EntryBody, Kind, ObjectKind, Outcome, audit::NoteKey};
use std::{fs, path::Path, sync::Arc, time::Instant};
use store::{AuditFile, AuditPlaces};

/// How many a second.
#[expect(
    clippy::cast_precision_loss,
    reason = "a rate that people read; no count of ours is beyond 2^52"
)]
fn rate(n: u64, seconds: f64) -> f64 {
    n as f64 / seconds.max(f64::EPSILON)
}

/// How many entries are written at once while the log is filled.
const AT_ONCE: u64 = 1_024;

/// An entry of the usual length.
fn entry(n: u64) -> EntryBody {
    let time = DateTime::from_timestamp_millis(1_790_000_000_000 + i64::try_from(n).unwrap_or(0));
    let mut body = EntryBody::new(
        time.unwrap_or_default(),
        Kind::Answered,
        "ana",
        Outcome::Done,
    );
    body.on_behalf_of = Some("EST-ICB".to_owned());
    body.agreement = Some("DSA-1234".to_owned());
    body.purpose = Some("commissioning".to_owned());
    body.object_kind = Some(ObjectKind::Question);
    body.rows = Some(n);
    body.request = Some(Digest::of(n.to_string()).short().to_owned());
    body
}

pub(super) fn run(
    folder: &Path,
    kept: u64,
    threads: usize,
    entries: u64,
    cores: usize,
    output: &Output,
) -> Result<Exit> {
    if folder.exists() {
        bail!(
            "`{}` is there already; name a folder that is not",
            folder.display()
        );
    }
    let places = AuditPlaces {
        folder: folder.join("audit"),
        chain: folder.join("none"),
        checkpoint: folder.join("checkpoint.txt"),
    };
    let key = NoteKey::for_log("measure", &[1; 32])?;
    let log = AuditFile::open(places, key, Arc::default(), DateTime::UNIX_EPOCH)?;
    let measured = measure(&log, kept, threads, entries, cores, output);
    fs::remove_dir_all(folder).with_context(|| format!("cannot remove `{}`", folder.display()))?;
    let (keeping, proving, size) = measured?;
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "kept": kept, "threads": threads, "keeping_seconds": keeping,
            "kept_a_second": rate(kept, keeping), "proven": size, "cores": cores,
            "proving_seconds": proving, "proven_a_second": rate(size, proving),
        }));
        return Ok(Exit::Fine);
    }
    output.result(&format!(
        "Kept: {kept} entries by {threads} threads in {keeping:.2} s, {:.0} a second, each on the disk before its thread went on.",
        rate(kept, keeping)
    ));
    output.result(&format!(
        "Proven: {size} entries on {cores} cores in {proving:.2} s, {:.0} a second.",
        rate(size, proving)
    ));
    Ok(Exit::Fine)
}

fn measure(
    log: &AuditFile,
    kept: u64,
    threads: usize,
    entries: u64,
    cores: usize,
    output: &Output,
) -> Result<(f64, f64, u64)> {
    let each = kept / threads.max(1) as u64;
    let started = Instant::now();
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.max(1) as u64)
            .map(|thread| {
                scope.spawn(move || {
                    (0..each)
                        .filter(|n| log.keep(entry(thread * each + n)).is_err())
                        .count()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or(1))
            .sum::<usize>()
    });
    let keeping = started.elapsed().as_secs_f64();
    if failed > 0 {
        bail!("{failed} entries could not be kept");
    }
    let bar = output.progress("Entries written", Some(entries));
    let mut size = log.size()?;
    while size < entries {
        let end = (size + AT_ONCE).min(entries);
        for result in log.keep_all((size..end).map(entry).collect()) {
            result?;
        }
        size = end;
        bar.at(size);
    }
    bar.end();
    let started = Instant::now();
    let verified = log.verify(&[], &[], cores, &|_| {})??;
    Ok((keeping, started.elapsed().as_secs_f64(), verified.entries))
}
