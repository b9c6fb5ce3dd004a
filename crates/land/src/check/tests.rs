//! The check as a whole, on the datasets of `content/`.

#[expect(clippy::cast_precision_loss, reason = "a test on small numbers")]
mod across;
#[expect(
    clippy::cast_precision_loss,
    reason = "generated files have a few hundred rows"
)]
mod agreement;
mod difference;
mod examples;
mod likely;
mod mistakes;
mod odd_files;
mod profile;
mod quality;
mod recognise;
mod releases;
mod repair;
mod stages;
mod whole_files;

use super::{
    CheckSettings, CheckedBatch, Checker, Facts, Outcome, Specification, report::Gathering,
    run::run,
};
use crate::{
    LandError,
    receive::{RawBatch, ReceiveSettings, open},
};
use arrow_schema::ArrowError;
use model::{Content, Date, Finding};
use std::{io::Cursor, path::Path};

fn content() -> Content {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    Content::from_folder(&root).unwrap()
}

fn specification(name: &str) -> Specification {
    Specification::read(&content(), name).unwrap_or_else(|fault| panic!("{fault}"))
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn settings(today: &str, sender: Option<&str>) -> CheckSettings {
    CheckSettings {
        sender: sender.map(str::to_owned),
        keep_accepted: true,
        ..CheckSettings::on(day(today))
    }
}

#[derive(Debug, thiserror::Error)]
enum TestError {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    #[error("told to stop")]
    Stop,
}

/// All that a check of a file gives.
struct Checked {
    outcome: Outcome,
    findings: Vec<Finding>,
    gathering: Gathering,
    accepted: Vec<arrow_array::RecordBatch>,
}

fn check_bytes(
    specification: &Specification,
    bytes: &[u8],
    settings: CheckSettings,
    batch_rows: usize,
    threads: usize,
) -> Checked {
    let receive = ReceiveSettings {
        batch_rows,
        ..ReceiveSettings::default()
    };
    let source = Box::new(Cursor::new(bytes.to_vec()));
    let receiver = open(source, specification.dataset(), &receive).unwrap();
    let mut gathering = Gathering::new(1_000);
    let mut findings = Vec::new();
    let mut accepted = Vec::new();
    let outcome = run::<TestError>(
        receiver,
        specification,
        settings,
        threads,
        |checker, batch: CheckedBatch| {
            gathering.add(checker, &batch);
            findings.extend(checker.findings(&batch));
            accepted.extend(batch.accepted);
            Ok(batch.raw)
        },
        |_| {},
    )
    .unwrap();
    findings.extend(outcome.file_findings.iter().cloned());
    Checked {
        outcome,
        findings,
        gathering,
        accepted,
    }
}

/// A file of rows that name some columns and leave the others empty.
fn csv(specification: &Specification, rows: &[Vec<String>]) -> Vec<u8> {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let header: Vec<String> = specification
        .dataset()
        .fields
        .iter()
        .map(|f| quoted(&f.name))
        .collect();
    let mut text = header.join(",");
    text.push('\n');
    for row in rows {
        let cells: Vec<String> = row.iter().map(|c| quoted(c)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text.into_bytes()
}

fn check_batches(checker: &Checker<'_>, batches: Vec<RawBatch>) -> (Vec<Finding>, Facts) {
    let mut findings = Vec::new();
    let mut facts = Facts::default();
    for raw in batches {
        let mut batch = checker.check(raw).unwrap();
        findings.extend(checker.findings(&batch));
        facts.merge(std::mem::take(&mut batch.facts));
    }
    (findings, facts)
}
