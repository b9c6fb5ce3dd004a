//! `haven check`: validate files offline; nothing is kept.

use crate::{Desk, cli::CheckArgs, dataset, fault::Exit, receive_settings, report::workbook};
use anyhow::{Context, Result};
use land::{
    LandError,
    check::{
        CheckSettings, Colour, Gathering, Rendering, Report, Shown, Specification, render,
        run as check_file,
    },
    receive::{open, open_path},
};
use std::{path::Path, time::Instant};

/// How many findings of a file are listed one by one in the JSON document; `--jsonl` lists all.
const LISTED: usize = 100_000;

pub(crate) fn run(args: &CheckArgs, desk: Desk<'_>) -> Result<Exit> {
    let (content, output) = (desk.content, desk.output);
    let name = dataset(args.reading.dataset.as_deref(), content)?;
    let specification = Specification::read(content, &name)?;
    let mut exit = Exit::Fine;
    let mut reports = Vec::new();
    for file in &args.files {
        let started = Instant::now();
        match check(args, file, &specification, desk) {
            Ok(report) => {
                let rejects = report.file_rejected || report.rows_rejected > 0;
                let warned = report
                    .causes
                    .iter()
                    .any(|c| c.level == model::Level::Warning);
                if exit == Exit::Fine && (rejects || (args.strict && warned)) {
                    exit = Exit::DataHasProblems;
                }
                if !output.json && !args.jsonl {
                    let name = file.display().to_string();
                    output.result(&render(
                        &report,
                        Rendering {
                            colour: if output.colour {
                                Colour::On
                            } else {
                                Colour::Off
                            },
                            warnings: args.warnings,
                            file: &name,
                            seconds: Some(started.elapsed().as_secs_f64()),
                        },
                    ));
                }
                if let Some(path) = &args.report {
                    workbook::write(&report, path)
                        .with_context(|| format!("cannot write `{}`", path.display()))?;
                    output.tell(&format!("Findings are in {}", path.display()));
                }
                reports.push(serde_json::to_value(&report)?);
            }
            Err(fault) => {
                if args.files.len() == 1 && !output.json {
                    return Err(fault);
                }
                exit = Exit::Unreadable;
                let words: Vec<String> = fault.chain().map(ToString::to_string).collect();
                output.fault(&words.join(": "));
                reports.push(serde_json::json!({"file": {"name": file.display().to_string()}, "error": words.join(": ")}));
            }
        }
    }
    if output.json {
        match reports.as_slice() {
            [one] => output.document(one),
            several => output.document(&serde_json::json!({"version": 1, "files": several})),
        }
    }
    Ok(exit)
}

fn check(
    args: &CheckArgs,
    file: &Path,
    specification: &Specification,
    desk: Desk<'_>,
) -> Result<Report> {
    let output = desk.output;
    let settings = CheckSettings {
        sender: args.from.clone(),
        ..CheckSettings::on(args.today.unwrap_or(desk.today))
    };
    let reading = receive_settings(&args.reading)?;
    let receiver = if file == Path::new("-") {
        open(
            Box::new(std::io::stdin()),
            specification.dataset(),
            &reading,
        )
    } else {
        open_path(file, specification.dataset(), &reading)
    }
    .with_context(|| file.display().to_string())?;
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let progress = output.progress("Checking", None);
    let mut gathering = Gathering::new(match (output.json, &args.report) {
        (true, _) => LISTED,
        (false, Some(_)) => workbook::ROWS,
        (false, None) => 0,
    });
    let name = file.file_name().map_or_else(
        || "standard input".to_owned(),
        |n| n.to_string_lossy().into_owned(),
    );
    let lines = args.jsonl.then(|| output.clone());
    let outcome = check_file::<CheckFault>(
        receiver,
        specification,
        settings,
        threads,
        |checker, batch| {
            gathering.add(checker, &batch);
            if let Some(lines) = &lines {
                for finding in checker.findings(&batch) {
                    lines.result(&line(specification, &finding).to_string());
                }
            }
            Ok(batch.raw)
        },
        |state| progress.at(state.rows),
    )
    .map_err(|fault| match fault {
        // As itself, so that it is told as what it is: a file that cannot be read.
        CheckFault::Land(land) => anyhow::Error::new(land),
        CheckFault::Arrow(arrow) => anyhow::Error::new(arrow),
    })
    .with_context(|| file.display().to_string())?;
    progress.end();
    if let Some(lines) = &lines {
        for finding in &outcome.file_findings {
            lines.result(&line(specification, finding).to_string());
        }
    }
    // The check runs on the sender's own machine, so its report may show the cells.
    Ok(Report::new(
        specification,
        &outcome,
        &gathering,
        &name,
        Shown::Cells,
    ))
}

#[derive(Debug, thiserror::Error)]
enum CheckFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] arrow_schema::ArrowError),
}

fn line(specification: &Specification, finding: &model::Finding) -> serde_json::Value {
    let rule = specification.rule(&finding.rule);
    serde_json::json!({
        "rule": finding.rule,
        "level": finding.level,
        "row": finding.row,
        "line": finding.line,
        "column": finding.field,
        "letter": finding.column.map(model::finding::column_letters),
        "value": finding.cell.as_ref().map(|c| c.reveal().clone()),
        "message": rule.map(|r| r.says_of(finding.field.as_deref())),
        "fix": rule.map(|r| r.fix_of(finding.field.as_deref())),
    })
}
