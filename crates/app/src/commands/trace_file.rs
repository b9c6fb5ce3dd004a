//! `haven trace REQUEST`: a batch trace request answered from index files, no workspace.

use super::today;
use crate::{
    cli::TraceArgs,
    fault::{Exit, Usage},
    output::{Output, table, thousands},
};
use anyhow::{Context as _, Result};
use link::trace::{
    Bucket, Index, IndexBuilder, ResponseForm, Run, Settings, TraceReport, read_history,
    read_people, read_superseded,
};
use model::Content;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    num::NonZero,
    path::{Path, PathBuf},
};

pub(crate) fn trace(
    args: &TraceArgs,
    request: &Path,
    content: &Content,
    output: &Output,
) -> Result<Exit> {
    let Some(out) = &args.out else {
        return Err(Usage("say where the response goes: -o RESPONSE.csv".to_owned()).into());
    };
    let settings = Settings::read(content)?;
    let index = index(args, &settings, output)?;
    let mut bucket = match &args.unmatched {
        Some(path) if path.exists() => {
            Bucket::read(open(path)?).with_context(|| format!("cannot read {}", path.display()))?
        }
        _ => Bucket::default(),
    };
    let name = request
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let run = Run {
        file_name: name.as_deref(),
        submission: args.submission,
        today: today(None)?,
        threads: std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        form: ResponseForm {
            older: args.older,
            ..ResponseForm::default()
        },
    };
    let response = Beside::create(out)?;
    let diagnostics = args
        .diagnostics
        .as_deref()
        .map(Beside::create)
        .transpose()?;
    let report = link::trace::run(
        open(request)?,
        &run,
        &index,
        &settings,
        &mut bucket,
        &response.file,
        diagnostics.as_ref().map(|beside| &beside.file),
    )?;
    // The file of unmatched people goes first: a response must not name an id that the next run would give again.
    if let Some(path) = &args.unmatched {
        let kept = Beside::create(path)?;
        let mut writer = BufWriter::new(&kept.file);
        bucket
            .write(&mut writer)
            .and_then(|()| writer.flush())
            .with_context(|| format!("cannot write {}", path.display()))?;
        drop(writer);
        kept.keep()?;
    }
    if let Some(diagnostics) = diagnostics {
        diagnostics.keep()?;
    }
    response.keep()?;
    if output.json {
        output.document(&serde_json::json!({"version": 1, "trace": report}));
    } else {
        output.result(&in_words(&report));
    }
    Ok(if report.refused.is_some() {
        Exit::DataHasProblems
    } else {
        Exit::Fine
    })
}

fn index(args: &TraceArgs, settings: &Settings, output: &Output) -> Result<Index> {
    let Some(people) = &args.index else {
        return Err(Usage("say which index: --index PEOPLE.csv".to_owned()).into());
    };
    let mut builder = IndexBuilder::new(settings);
    let told = |path: &Path, report: link::trace::FilesReport| {
        output.tell(&format!(
            "  {}: {} rows",
            path.display(),
            thousands(report.rows)
        ));
        for (reason, (rows, first)) in &report.left_out {
            output.tell(&format!(
                "    left out: {} rows, the first in row {first}: {reason}",
                thousands(*rows)
            ));
        }
    };
    let at = |path: &Path| format!("cannot use {}", path.display());
    told(
        people,
        read_people(open(people)?, &mut builder).with_context(|| at(people))?,
    );
    if let Some(path) = &args.history {
        told(
            path,
            read_history(open(path)?, &mut builder).with_context(|| at(path))?,
        );
    }
    if let Some(path) = &args.superseded {
        told(
            path,
            read_superseded(open(path)?, &mut builder).with_context(|| at(path))?,
        );
    }
    Ok(builder.finish(std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)))
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(BufReader::with_capacity(1 << 20, file))
}

/// A file that takes its name when it is whole.
struct Beside {
    file: File,
    written_to: PathBuf,
    target: PathBuf,
}

impl Beside {
    fn create(target: &Path) -> Result<Self> {
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let beside = target.with_file_name(name);
        let file =
            File::create(&beside).with_context(|| format!("cannot write {}", target.display()))?;
        Ok(Self {
            file,
            written_to: beside,
            target: target.to_owned(),
        })
    }

    fn keep(self) -> Result<()> {
        let fault = || format!("cannot write {}", self.target.display());
        self.file.sync_all().with_context(fault)?;
        std::fs::rename(&self.written_to, &self.target).with_context(fault)
    }
}

fn in_words(report: &TraceReport) -> String {
    if let Some(refused) = &report.refused {
        return format!(
            "the request was refused with code {}: {}",
            refused.code.number(),
            refused.says
        );
    }
    let header = ["Code", "Meaning", "Rows"].map(str::to_owned);
    let rows: Vec<_> = report
        .by_code
        .iter()
        .map(|(code, rows)| {
            vec![
                Some(format!("{:02}", code.number())),
                Some(code.means().to_owned()),
                Some(thousands(*rows)),
            ]
        })
        .collect();
    let steps = ["Step that gave the id", "Rows"].map(str::to_owned);
    let by_step: Vec<_> = report
        .by_successful_step
        .iter()
        .map(|(step, rows)| vec![Some(step.name().to_owned()), Some(thousands(*rows))])
        .collect();
    format!(
        "{} rows, {} with another number than was sent, {} superseded\n{}\n{}\nsettings\n{}",
        thousands(report.rows),
        thousands(report.number_differs),
        thousands(report.superseded),
        table(&header, &rows),
        table(&steps, &by_step),
        report.settings.as_text()
    )
}
