//! `haven check`: validate files offline; nothing is kept.

mod end;
mod last;
pub(crate) mod source;

use crate::{
    Desk, Stated,
    cli::CheckArgs,
    fault::Exit,
    output::Output,
    receive_settings,
    report::{LISTED, Reports, rows::line},
    stated,
};
use anyhow::{Context, Result};
use end::{Ended, named, stopped, summary};
use land::{
    LandError,
    check::{
        CheckSettings, Colour, Files, Gathering, ROWS_LOOKED_AT, RecogniseError, Recognised,
        Rendering, Report, Shown, Specification, Wording, recognise, render, run as check_file,
        usual_release,
    },
    receive::{ReceiveSettings, Receiver, open_path},
};
use last::Last;
use model::{Content, Level};
use source::{Source, Stream};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    path::{Path, PathBuf},
    time::Instant,
};

pub(crate) fn run(args: &CheckArgs, desk: Desk<'_>) -> Result<Exit> {
    let output = desk.output;
    Reports::verify(&args.report)?;
    let stated = stated(args.reading.dataset.as_deref(), desk.content)?;
    let mut releases = Releases::default();
    let mut ends = Vec::new();
    let mut documents = Vec::new();
    let mut exit = Exit::Fine;
    for file in &args.files {
        match check(args, file, &stated, &mut releases, desk) {
            Ok(report) => {
                exit = worse(exit, exit_of(&report, args.strict));
                documents.push(serde_json::to_value(&report)?);
                ends.push((file.clone(), Ended::of(&report)));
            }
            Err(fault) if fault.is::<Stopped>() => return Ok(Exit::Interrupted),
            Err(fault) => {
                if args.files.len() == 1 && !output.json {
                    return Err(fault);
                }
                exit = worse(exit, Exit::Unreadable);
                let words: Vec<String> = fault.chain().map(ToString::to_string).collect();
                let words = words.join(": ");
                output.fault(&words);
                documents.push(
                    serde_json::json!({"version": 1, "file": {"name": file.display().to_string()}, "error": words}),
                );
                ends.push((file.clone(), Ended::Unreadable));
            }
        }
    }
    if output.json {
        match documents.as_slice() {
            [one] => output.document(one),
            several => output.document(&serde_json::json!({"version": 1, "files": several})),
        }
    } else if !args.jsonl && ends.len() > 1 {
        output.result(&summary(&ends));
    }
    Ok(exit)
}

fn exit_of(report: &Report, strict: bool) -> Exit {
    let rejects = report.file_rejected || report.rows_rejected > 0;
    let warned = report.causes_at(Level::Warning) > 0;
    if rejects || (strict && warned) {
        Exit::DataHasProblems
    } else {
        Exit::Fine
    }
}

/// Of several files the worst end counts: one that could not be read is worse than one with problems.
fn worse(before: Exit, now: Exit) -> Exit {
    match (before, now) {
        (Exit::Unreadable, _) | (_, Exit::Unreadable) => Exit::Unreadable,
        (Exit::DataHasProblems, _) | (_, Exit::DataHasProblems) => Exit::DataHasProblems,
        _ => now,
    }
}

/// Where the reports of one file go; told and not written where nothing is to be done.
fn report_paths(args: &CheckArgs, file: &Path, desk: Desk<'_>) -> Vec<PathBuf> {
    let of_file = args
        .report
        .iter()
        .map(|path| named(path, file, args.files.len()));
    if desk.dry_run {
        for path in of_file {
            desk.output.tell(&format!("would write {}", path.display()));
        }
        return Vec::new();
    }
    of_file.collect()
}

fn check(
    args: &CheckArgs,
    file: &Path,
    stated: &Stated,
    releases: &mut Releases,
    desk: Desk<'_>,
) -> Result<Report> {
    let output = desk.output;
    let begun_at = Instant::now();
    let wanted_reports = report_paths(args, file, desk);
    let reading = receive_settings(&args.reading)?;
    let context = || file.display().to_string();
    let begun = Stream::begin(file).with_context(context)?;
    let (dataset, recognised) = which(file, stated, begun.as_ref(), &reading, desk.content)?;
    let specification = releases.of(&dataset, desk.content)?;
    let source =
        Source::go_on(file, begun, specification.dataset(), &reading).with_context(context)?;
    let (settings, last) = beside(args, specification, &reading, desk)?;
    let mut work = Work {
        gathering: Gathering::new(0),
        reports: Reports::begin(&wanted_reports)?,
        lines: args.jsonl.then(|| output.clone()),
        written: Vec::new(),
        rows: 0,
    };
    let json = if output.json { LISTED } else { 0 };
    work.gathering = Gathering::new(work.reports.listed().max(json));
    let header = source.receiver.header().clone();
    let sheet = source.receiver.detected().sheet.clone();
    let name = source.name.clone();
    // The check runs on the sender's own machine, so its report may show the cells.
    let wording = Wording {
        specification,
        header: &header,
        sheet: sheet.as_deref(),
        file_name: &name,
        shown: Shown::Cells,
    };
    let mut meter = output.meter(&format!("Checking {name}"));
    let (position, threads) = (source.position, threads());
    let outcome = check_file::<CheckFault>(
        Files {
            receiver: source.receiver,
            last,
        },
        specification,
        settings,
        threads,
        |checker, batch| {
            if desk.stop.is_asked() {
                return Err(CheckFault::Stopped(Stopped));
            }
            work.gathering.add(checker, &batch);
            work.rows += batch.raw.rows as u64;
            if work.wants_each() {
                for finding in checker.findings(&batch) {
                    work.say(&wording.finding(&finding))?;
                }
                work.write_out();
            }
            Ok(batch.raw)
        },
        |state| meter.at(state.rows, position.part(), state.rows_set_aside),
    );
    meter.end();
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(CheckFault::Stopped(fault)) => {
            output.tell(&stopped(file, specification, &work.gathering, work.rows));
            return Err(fault.into());
        }
        Err(fault) => return Err(fault.told()).with_context(|| file.display().to_string()),
    };
    for finding in &outcome.file_findings {
        work.say(&wording.finding(finding))?;
    }
    work.write_out();
    let report = Report::new(
        specification,
        &outcome,
        &work.gathering,
        &name,
        Shown::Cells,
    )
    .recognised(recognised);
    if !output.json && !args.jsonl {
        output.result(&render(
            &report,
            Rendering {
                colour: if output.colour {
                    Colour::On
                } else {
                    Colour::Off
                },
                warnings: args.warnings,
                file: &file.display().to_string(),
                seconds: Some(begun_at.elapsed().as_secs_f64()),
            },
        ));
    }
    for path in work.reports.end(&report)? {
        output.tell(&format!("Findings are in {}", path.display()));
    }
    Ok(report)
}

/// The settings of a check, and the file that is held beside.
fn beside(
    args: &CheckArgs,
    specification: &Specification,
    reading: &ReceiveSettings,
    desk: Desk<'_>,
) -> Result<(CheckSettings, Option<Receiver>)> {
    let last = args
        .last
        .as_deref()
        .map(|last| Last::open(last, specification.dataset(), reading, desk.content))
        .transpose()?;
    let (earlier, last) = last.map(|l| (l.earlier, l.receiver)).unzip();
    let settings = CheckSettings {
        sender: args.from.clone(),
        earlier,
        ..CheckSettings::on(args.today.unwrap_or(desk.today))
    };
    Ok((settings, last))
}

/// The specifications of the files so far: several files of one release need it once.
#[derive(Debug, Default)]
struct Releases(BTreeMap<String, Specification>);

impl Releases {
    fn of(&mut self, dataset: &str, content: &Content) -> Result<&Specification> {
        match self.0.entry(dataset.to_owned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => Ok(new.insert(Specification::read(content, dataset)?)),
        }
    }
}

/// The dataset of a file: as stated, or as the file itself tells.
fn which(
    file: &Path,
    stated: &Stated,
    begun: Option<&Stream>,
    reading: &ReceiveSettings,
    content: &Content,
) -> Result<(String, Option<Recognised>)> {
    let family = match stated {
        Stated::Dataset(dataset) => return Ok((dataset.clone(), None)),
        Stated::Family(family) => family,
    };
    let found = recognise(
        content,
        family,
        |dataset| match begun {
            Some(stream) => stream.open_head(dataset, reading),
            None => open_path(file, dataset, reading),
        },
        ROWS_LOOKED_AT,
    );
    let recognised = match found {
        // The beginning of a workbook is no workbook: what cannot be looked into is checked as usual.
        Err(RecogniseError::Land(_)) if begun.is_some() => usual_release(content, family)?,
        // As itself, so that it is told as what it is: a file that cannot be read.
        Err(RecogniseError::Land(fault)) => {
            return Err(anyhow::Error::new(fault)).with_context(|| file.display().to_string());
        }
        found => found?,
    };
    Ok((recognised.dataset.clone(), Some(recognised)))
}

/// All cores check; one thread beside them reads.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Bytes of lines that are written out at once.
const AT_ONCE: usize = 1 << 16;

/// Where the findings go while batches come.
struct Work {
    gathering: Gathering,
    reports: Reports,
    lines: Option<Output>,
    /// Lines that are not written out yet.
    written: Vec<u8>,
    rows: u64,
}

impl Work {
    const fn wants_each(&self) -> bool {
        self.lines.is_some() || !self.reports.is_empty()
    }

    fn say(&mut self, finding: &land::check::ReportFinding) -> Result<()> {
        if self.lines.is_some() {
            line(&mut self.written, finding)?;
            if self.written.len() >= AT_ONCE {
                self.write_out();
            }
        }
        self.reports.add(finding)
    }

    /// Writes out the lines so far.
    fn write_out(&mut self) {
        if let Some(output) = &self.lines {
            output.bytes(&self.written);
            self.written.clear();
        }
    }
}

/// The person pressed Ctrl-C.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Stopped;

#[derive(Debug, thiserror::Error)]
enum CheckFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// A report could not be written.
    #[error(transparent)]
    Report(#[from] anyhow::Error),
}

impl CheckFault {
    /// As itself, so that it is told as what it is: a file that cannot be read, or one that cannot be written.
    fn told(self) -> anyhow::Error {
        match self {
            Self::Land(land) => land.into(),
            Self::Arrow(arrow) => arrow.into(),
            Self::Stopped(stopped) => stopped.into(),
            Self::Report(report) => report,
        }
    }
}
