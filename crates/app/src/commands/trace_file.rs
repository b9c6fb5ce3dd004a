//! `haven trace REQUEST`: a batch trace request, answered from the index of the workspace; or from index files, and
//! then without a workspace.

use super::today;
use crate::{
    cli::TraceArgs,
    config::Config,
    fault::{Exit, Usage},
    output::{Output, table, thousands},
    workspace::Workspace,
};
use anyhow::{Context as _, Result};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome};
use link::trace::{
    Bucket, FilesReport, Index, IndexBuilder, IndexTables, ResponseForm, Run, Settings,
    TraceReport, read_history, read_people, read_superseded,
};
use model::{Content, WholeFile};
use std::{fs::File, io::BufReader, num::NonZero, path::Path, sync::Arc};

pub(crate) async fn trace(
    args: &TraceArgs,
    request: &Path,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let Some(out) = &args.out else {
        return Err(Usage("say where the response goes: -o RESPONSE.csv".to_owned()).into());
    };
    let settings = Settings::read(&content)?;
    let (index, workspace) = if let Some(people) = &args.index {
        (index(people, args, &settings, output)?, None)
    } else {
        let workspace = Workspace::open(config, content).await?;
        let index = index_of(&workspace, &settings, output).await?;
        (index, Some(workspace))
    };
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
    // Whatever is told about people of the workspace is in its audit log before it can be read.
    if let Some(workspace) = &workspace {
        let mut entry = EntryBody::new(
            workspace.clock.now(),
            Kind::Traced,
            "haven trace",
            Outcome::Done,
        );
        entry.object_kind = Some(ObjectKind::Table);
        entry.rows = Some(report.rows);
        workspace.audit.keep(entry)?;
    }
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

/// The index of a workspace, read into memory.
async fn index_of(workspace: &Workspace, settings: &Settings, output: &Output) -> Result<Index> {
    let tables = IndexTables::read(&workspace.content)?;
    let desk = workspace.identified()?;
    desk.mend().await?;
    let read = desk.trace_index(&tables, settings).await?;
    for (table, report) in &read.read {
        tell(output, table, report);
    }
    Ok(read.index)
}

fn tell(output: &Output, name: &str, report: &FilesReport) {
    output.tell(&format!("  {name}: {} rows", thousands(report.rows)));
    for (reason, (rows, first)) in &report.left_out {
        output.tell(&format!(
            "    left out: {} rows, the first in row {first}: {reason}",
            thousands(*rows)
        ));
    }
}

fn index(people: &Path, args: &TraceArgs, settings: &Settings, output: &Output) -> Result<Index> {
    let mut builder = IndexBuilder::new(settings);
    let told = |path: &Path, report: FilesReport| {
        tell(output, &path.display().to_string(), &report);
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
