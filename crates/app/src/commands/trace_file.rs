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
use model::{Content, WholeFile};
use std::{fs::File, io::BufReader, num::NonZero, path::Path};

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
    let mut response = whole(out)?;
    let mut diagnostics = match &args.diagnostics {
        Some(path) => Some((path, whole(path)?)),
        None => None,
    };
    let report = link::trace::run(
        open(request)?,
        &run,
        &index,
        &settings,
        &mut bucket,
        &mut response,
        diagnostics.as_mut().map(|(_, file)| file),
    )?;
    // The file of unmatched people goes first: a response must not name an id that the next run would give again.
    if let Some(path) = &args.unmatched {
        let mut kept = whole(path)?;
        let written = bucket.write(&mut kept).and_then(|()| kept.keep());
        written.with_context(|| cannot_write(path))?;
    }
    if let Some((path, file)) = diagnostics {
        file.keep().with_context(|| cannot_write(path))?;
    }
    response.keep().with_context(|| cannot_write(out))?;
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

fn whole(path: &Path) -> Result<WholeFile> {
    WholeFile::new(path).with_context(|| cannot_write(path))
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
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
