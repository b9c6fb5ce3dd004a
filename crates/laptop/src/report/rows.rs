//! Findings one by one: CSV for people, JSON lines for programs, and the JSON document.

use crate::{
    WholeFile,
    table::{Reader, Table},
};
use anyhow::Result;
use land::check::{Report, ReportFinding};
use serde::Serialize;
use std::{io::Write, path::Path};

/// The version of a line's shape. Fields are added over time, never renamed.
const LINE_SHAPE: u32 = 1;

const HEADER: [&str; 15] = [
    "Rule",
    "Level",
    "File",
    "Sheet",
    "Row",
    "Line",
    "Column",
    "Column letter",
    "Cell",
    "What is wrong",
    "What to do",
    "Perhaps meant",
    "Other rows",
    "Dataset",
    "Specification",
];

/// Every finding as a row of a CSV file.
#[derive(Debug)]
pub(super) struct Rows {
    table: Table<WholeFile>,
}

impl Rows {
    pub(super) fn begin(path: &Path) -> Result<Self> {
        let mut table = Table::new(WholeFile::new(path)?, Reader::Person)?;
        table.row(HEADER)?;
        Ok(Self { table })
    }

    pub(super) fn add(&mut self, f: &ReportFinding) -> Result<()> {
        let number = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        self.table.row([
            f.rule.as_str(),
            f.level.words(),
            &f.file,
            &text(&f.sheet),
            &number(f.row),
            &number(f.line),
            &text(&f.column),
            &text(&f.letter),
            &text(&f.value),
            &f.message,
            &f.fix,
            &text(&f.suggestion),
            &text(&f.detail),
            &f.dataset,
            &f.specification,
        ])?;
        Ok(())
    }

    pub(super) fn end(self) -> Result<()> {
        Ok(self.table.into_inner().keep()?)
    }
}

/// Every finding as a line of JSON.
#[derive(Debug)]
pub(super) struct Lines {
    file: WholeFile,
}

impl Lines {
    pub(super) fn begin(path: &Path) -> Result<Self> {
        Ok(Self {
            file: WholeFile::new(path)?,
        })
    }

    pub(super) fn add(&mut self, finding: &ReportFinding) -> Result<()> {
        line(&mut self.file, finding)
    }

    pub(super) fn end(self) -> Result<()> {
        Ok(self.file.keep()?)
    }
}

/// One finding as one line of JSON.
pub(crate) fn line(mut to: impl Write, finding: &ReportFinding) -> Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        version: u32,
        #[serde(flatten)]
        finding: &'a ReportFinding,
    }
    let version = LINE_SHAPE;
    serde_json::to_writer(&mut to, &Line { version, finding })?;
    Ok(to.write_all(b"\n")?)
}

/// The report as one JSON document.
pub(super) fn document(report: &Report, path: &Path) -> Result<()> {
    let mut file = WholeFile::new(path)?;
    serde_json::to_writer_pretty(&mut file, &serde_json::to_value(report)?)?;
    file.write_all(b"\n")?;
    Ok(file.keep()?)
}
