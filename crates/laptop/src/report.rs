//! The findings as files for people and programs: one form each, chosen by the name of the file.

mod page;
pub(crate) mod rows;
mod workbook;

use crate::{VERSION, fault::Usage};
use anyhow::{Context, Result};
use land::check::{Report, ReportFinding};
use model::content::nearest;
use rows::{Lines, Rows};
use std::path::{Path, PathBuf};

/// What can be written, by the ending of the file's name.
const ENDINGS: [&str; 5] = ["xlsx", "csv", "html", "json", "jsonl"];
/// How many findings a JSON document lists one by one; JSON lines and CSV list all.
pub(crate) const LISTED: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Workbook,
    Csv,
    Page,
    Json,
    Lines,
}

impl Form {
    fn of(path: &Path) -> Result<Self> {
        let ending = path
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
        Ok(match ending.as_str() {
            "xlsx" => Self::Workbook,
            "csv" => Self::Csv,
            "html" | "htm" => Self::Page,
            "json" => Self::Json,
            "jsonl" | "ndjson" => Self::Lines,
            other => {
                let hint = nearest(other, ENDINGS).map_or_else(String::new, |near| {
                    format!("; did you mean `{}`?", path.with_extension(near).display())
                });
                return Err(Usage(format!(
                    "the report `{}` ends in none of .{}{hint}",
                    path.display(),
                    ENDINGS.join(", .")
                ))
                .into());
            }
        })
    }

    /// How many findings the form lists one by one out of the report.
    const fn listed(self) -> usize {
        match self {
            Self::Workbook => workbook::ROWS,
            Self::Page => page::ROWS,
            Self::Json => LISTED,
            Self::Csv | Self::Lines => 0,
        }
    }
}

/// The files that the findings of one check go to. What lists every finding is written as they come.
#[derive(Debug)]
pub(crate) struct Reports {
    all: Vec<Writing>,
}

#[derive(Debug)]
struct Writing {
    path: PathBuf,
    form: Form,
    rows: Option<Rows>,
    lines: Option<Lines>,
    /// How many findings in rows came so far.
    count: usize,
}

impl Reports {
    /// Begins the files; each name must have an ending that is known.
    pub(crate) fn begin(paths: &[PathBuf]) -> Result<Self> {
        let all = paths
            .iter()
            .map(|path| Writing::begin(path))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { all })
    }

    /// Whether every name has an ending that is known.
    pub(crate) fn verify(paths: &[PathBuf]) -> Result<()> {
        paths.iter().try_for_each(|path| Form::of(path).map(drop))
    }

    /// How many findings must be gathered for the forms that list them from the report.
    pub(crate) fn listed(&self) -> usize {
        let listed = self.all.iter().map(|writing| writing.form.listed());
        listed.max().unwrap_or_default()
    }

    /// Whether findings are wanted as they come.
    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// A finding, in the order of the file.
    pub(crate) fn add(&mut self, finding: &ReportFinding) -> Result<()> {
        for writing in &mut self.all {
            writing
                .add(finding)
                .with_context(|| format!("cannot write `{}`", writing.path.display()))?;
        }
        Ok(())
    }

    /// Completes the files. Gives their names.
    pub(crate) fn end(self, report: &Report) -> Result<Vec<PathBuf>> {
        let mut names = Vec::new();
        for writing in self.all {
            let path = writing.path.clone();
            names.extend(
                writing
                    .end(report)
                    .with_context(|| format!("cannot write `{}`", path.display()))?,
            );
        }
        Ok(names)
    }
}

impl Writing {
    fn begin(path: &Path) -> Result<Self> {
        let form = Form::of(path)?;
        let fault = || format!("cannot write `{}`", path.display());
        Ok(Self {
            path: path.to_owned(),
            form,
            rows: match form {
                Form::Csv => Some(Rows::begin(path).with_context(fault)?),
                _ => None,
            },
            lines: match form {
                Form::Lines => Some(Lines::begin(path).with_context(fault)?),
                _ => None,
            },
            count: 0,
        })
    }

    fn add(&mut self, finding: &ReportFinding) -> Result<()> {
        if finding.row.is_some() {
            self.count += 1;
        }
        // What the sheet of rows does not hold goes beside the workbook.
        if self.form == Form::Workbook && self.count > workbook::ROWS && self.rows.is_none() {
            self.rows = Some(Rows::begin(&rest(&self.path))?);
        }
        if let Some(rows) = &mut self.rows {
            let is_in_sheet = self.form == Form::Workbook && finding.row.is_none();
            if !is_in_sheet {
                rows.add(finding)?;
            }
        }
        if let Some(lines) = &mut self.lines {
            lines.add(finding)?;
        }
        Ok(())
    }

    fn end(self, report: &Report) -> Result<Vec<PathBuf>> {
        let path = self.path;
        let beside = (self.form == Form::Workbook && self.rows.is_some()).then(|| rest(&path));
        match self.form {
            Form::Workbook => workbook::write(report, &path, beside.as_deref())?,
            Form::Page => page::write(report, &path)?,
            Form::Json => rows::document(report, &path)?,
            Form::Csv | Form::Lines => {}
        }
        if let Some(rows) = self.rows {
            rows.end()?;
        }
        if let Some(lines) = self.lines {
            lines.end()?;
        }
        Ok(std::iter::once(path).chain(beside).collect())
    }
}

/// `march-rows.csv` beside `march.xlsx`.
fn rest(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}-rows.csv"))
}

/// What is said of the check itself, by every form: a name and a text.
fn about(report: &Report) -> Vec<(&'static str, String)> {
    let facts = &report.file;
    let mut read = vec![facts.kind.to_ascii_uppercase()];
    read.extend(facts.encoding.map(str::to_owned));
    read.extend(facts.delimiter.clone());
    read.extend(facts.wrapping.map(|w| format!("in {w}")));
    let mut about = vec![
        ("File", facts.name.clone()),
        ("Read as", read.join(", ")),
        ("Size in bytes", facts.bytes.to_string()),
        ("SHA-256", facts.sha256.clone()),
        ("Dataset", format!("{} ({})", report.title, report.dataset)),
        ("Specification", report.specification.clone()),
        ("Program", format!("haven {VERSION}")),
        (
            "Row numbers",
            "As your spreadsheet shows them: the header is row 1".to_owned(),
        ),
    ];
    if let Some(sheet) = &facts.sheet {
        about.insert(2, ("Sheet", sheet.clone()));
    }
    if !report.not_checked.is_empty() {
        about.push((
            "Not checked here, since the sender's account is needed",
            report.not_checked.join(", "),
        ));
    }
    about
}

/// The outcome in a sentence.
fn outcome(report: &Report) -> String {
    if report.file_rejected {
        return "The whole file would be rejected".to_owned();
    }
    match report.rows_rejected {
        0 => "The file would be accepted".to_owned(),
        1 => "The file would be accepted without 1 row".to_owned(),
        rows => format!(
            "The file would be accepted without {} rows",
            crate::output::thousands(rows)
        ),
    }
}

/// The counts, by every form: a name and a number.
fn counts(report: &Report) -> [(&'static str, u64); 6] {
    let would_land = if report.file_rejected {
        0
    } else {
        report.rows_accepted
    };
    [
        ("Rows in the file", report.rows_in),
        ("Rows that would land", would_land),
        ("Rows that would be rejected", report.rows_rejected),
        ("Rows with warnings", report.rows_with_warnings),
        ("Rows with notes", report.rows_with_notes),
        ("Empty rows, left out", report.rows_skipped),
    ]
}
