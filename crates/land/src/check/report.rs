//! The report of a check, as the JSON of `haven check --json` and as the source of every other form.
//!
//! Fields are added over time, never renamed. Cells are shown on the sender's own screen only.

pub(super) mod terminal;

use super::{
    CheckedBatch, Checker, LikelyKind, Outcome, Profile, Quality, Recognised, RowSet, ShadowCount,
    Specification, Tally, profile::words::thousands, tally::RuleTally,
};
use crate::receive::{FileKind, HeaderMatch, Wrapping};
use model::{Finding, Level, finding::column_letters};
use serde::Serialize;

/// The version of the report's shape.
const SHAPE: u32 = 1;
/// How many wrong values are named for a cause.
const COMMON: usize = 3;

/// Who will read the report, and so whether cells may be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The sender's own screen or laptop: cells are shown.
    Cells,
    /// Anywhere else: rows and columns are named, cells are not.
    PlacesOnly,
}

/// What a check found, whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The version of this document's shape.
    pub version: u32,
    /// The dataset's name.
    pub dataset: String,
    /// The dataset's title.
    pub title: String,
    /// The version of the specification.
    pub specification: String,
    /// Which release the file was taken for and why, where nobody stated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognised: Option<Recognised>,
    pub file: FileFacts,
    /// Whether the whole file would be rejected.
    pub file_rejected: bool,
    pub rows_in: u64,
    pub rows_accepted: u64,
    /// Rows that a rule sets aside.
    pub rows_rejected: u64,
    /// Rows with nothing in them.
    pub rows_skipped: u64,
    /// How many rows have at least one warning.
    pub rows_with_warnings: u64,
    /// How many rows have at least one note.
    pub rows_with_notes: u64,
    /// Findings by cause, worst first.
    pub causes: Vec<Cause>,
    /// The findings one by one, in the order of the file: those of the file first.
    pub findings: Vec<ReportFinding>,
    /// How many findings there are beyond those listed.
    pub findings_left_out: u64,
    /// Rules that could not be judged with what is known here.
    pub not_checked: Vec<String>,
    /// How usable the cells of each field are.
    pub quality: Quality,
    /// What the file says about its sender.
    pub profile: Profile,
    /// What rules in their shadow stage found; never in a report for the sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shadow: Vec<ShadowCount>,
}

/// What was found out about the file itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    pub name: String,
    pub sheet: Option<String>,
    /// How many other sheets the workbook has; they are not read.
    pub other_sheets: usize,
    pub kind: &'static str,
    pub wrapping: Option<&'static str>,
    pub encoding: Option<&'static str>,
    pub delimiter: Option<String>,
    pub columns: usize,
    pub bytes: u64,
    pub sha256: String,
}

/// All findings of one rule at one column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    pub rule: String,
    pub level: Level,
    pub column: Option<String>,
    pub letter: Option<String>,
    pub message: String,
    pub why: String,
    pub fix: String,
    /// What more is known about it: of the file as a whole, or what happened to the cells.
    pub detail: Option<String>,
    /// How many rows; `None` for the file as a whole.
    pub rows: Option<u64>,
    /// The share of the file's rows, from 0 to 1.
    pub share: Option<f64>,
    /// The most common wrong values, where the column has a code list.
    pub most_common: Vec<WrongValue>,
    /// What most likely went wrong, most common first, where the data shows it.
    pub likely: Vec<Likely>,
    /// The first few findings.
    pub first: Vec<ReportFinding>,
}

/// What most likely went wrong in some of the rows of a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Likely {
    pub cause: LikelyKind,
    pub rows: u64,
    /// The same in words, with the name of the column.
    pub words: String,
}

impl Cause {
    /// What most likely went wrong in a line: `Most common: End Date typed in the previous year (1,117 rows)`.
    pub fn likely_words(&self) -> Option<String> {
        let first = self.likely.first()?;
        let most = self.rows.is_some_and(|rows| first.rows * 2 > rows);
        let parts: Vec<String> = self
            .likely
            .iter()
            .map(|l| {
                let plural = if l.rows == 1 { "" } else { "s" };
                format!("{} ({} row{plural})", l.words, thousands(l.rows))
            })
            .collect();
        let opening = if most { "Most common" } else { "Among them" };
        Some(format!("{opening}: {}", parts.join(", ")))
    }
}

/// A wrong value of a code and how often it stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongValue {
    pub value: String,
    pub rows: u64,
    pub suggestion: Option<String>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportFinding {
    pub rule: String,
    pub level: Level,
    pub file: String,
    pub sheet: Option<String>,
    pub row: Option<u64>,
    pub line: Option<u64>,
    pub column: Option<String>,
    pub letter: Option<String>,
    pub value: Option<String>,
    pub message: String,
    pub fix: String,
    pub suggestion: Option<String>,
    /// The other rows concerned, or how many there are.
    pub detail: Option<String>,
    /// The dataset's name, which tells its release.
    pub dataset: String,
    /// How many rows it is about, this one included.
    #[serde(skip)]
    pub rows: u64,
    pub specification: String,
}

/// What a report is made from, gathered while batches come.
#[derive(Debug)]
pub struct Gathering {
    tally: Tally,
    findings: Vec<Finding>,
    most: usize,
    with_warnings: RowSet,
    with_notes: RowSet,
}

impl Gathering {
    /// At most so many findings are listed one by one; all are counted.
    pub fn new(most: usize) -> Self {
        Self {
            tally: Tally::default(),
            findings: Vec::new(),
            most,
            with_warnings: RowSet::default(),
            with_notes: RowSet::default(),
        }
    }

    /// Adds a batch, in the order of the file.
    pub fn add(&mut self, checker: &Checker<'_>, batch: &CheckedBatch) {
        self.tally.add(checker, batch);
        batch.add_rows_at(checker, Level::Warning, &mut self.with_warnings);
        batch.add_rows_at(checker, Level::Note, &mut self.with_notes);
        let wanted = self.most.saturating_sub(self.findings.len());
        if wanted > 0 {
            self.findings.extend(checker.findings(batch).take(wanted));
        }
    }

    /// The counts so far.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }
}

impl Report {
    /// The report of a file, once it was checked to its end.
    pub fn new(
        specification: &Specification,
        outcome: &Outcome,
        gathering: &Gathering,
        file_name: &str,
        shown: Shown,
    ) -> Self {
        let writer = Writer {
            outcome,
            wording: Wording {
                specification,
                header: &outcome.header,
                sheet: outcome.received.detected.sheet.as_deref(),
                file_name,
                shown,
            },
        };
        let dataset = specification.dataset();
        let of_file = outcome.file_findings.iter();
        let mut causes: Vec<Cause> = of_file.clone().map(|f| writer.file_cause(f)).collect();
        causes.extend(gathering.tally.causes().map(|cause| writer.cause(cause)));
        causes.sort_by_key(|cause| (cause.level, std::cmp::Reverse(cause.rows)));
        let in_rows: u64 = gathering.tally.causes().map(|cause| cause.findings).sum();
        Self {
            version: SHAPE,
            dataset: dataset.name.clone(),
            title: dataset.title.clone(),
            specification: dataset.version.clone(),
            recognised: None,
            file: writer.file_facts(),
            file_rejected: outcome.is_file_rejected(),
            rows_in: outcome.rows_in,
            rows_accepted: outcome.rows_accepted,
            rows_rejected: outcome.rows_rejected,
            rows_skipped: outcome.rows_skipped,
            rows_with_warnings: gathering.with_warnings.len(),
            rows_with_notes: gathering.with_notes.len(),
            causes,
            findings: of_file
                .chain(&gathering.findings)
                .map(|finding| writer.wording.finding(finding))
                .collect(),
            findings_left_out: in_rows.saturating_sub(gathering.findings.len() as u64),
            not_checked: outcome.not_checked.clone(),
            quality: outcome.quality.clone(),
            profile: outcome.profile.clone(),
            shadow: match shown {
                Shown::Cells => Vec::new(),
                Shown::PlacesOnly => outcome.shadow.clone(),
            },
        }
    }

    /// The report with what is known of how the release was found out.
    #[must_use]
    pub fn recognised(mut self, recognised: Option<Recognised>) -> Self {
        self.recognised = recognised;
        self
    }

    /// How many causes there are at a level.
    pub fn causes_at(&self, level: Level) -> usize {
        self.causes.iter().filter(|c| c.level == level).count()
    }
}

struct Writer<'a> {
    outcome: &'a Outcome,
    wording: Wording<'a>,
}

/// What is needed to say a finding in words, as soon as it is found.
#[derive(Debug, Clone, Copy)]
pub struct Wording<'a> {
    /// The rules.
    pub specification: &'a Specification,
    /// How the header of the file fits.
    pub header: &'a HeaderMatch,
    /// The sheet that is read, in a workbook.
    pub sheet: Option<&'a str>,
    /// What the file is called.
    pub file_name: &'a str,
    /// Who will read it.
    pub shown: Shown,
}

impl Writer<'_> {
    fn file_facts(&self) -> FileFacts {
        let received = &self.outcome.received;
        let detected = &received.detected;
        FileFacts {
            name: self.wording.file_name.to_owned(),
            sheet: detected.sheet.clone(),
            other_sheets: detected.other_sheets,
            kind: match detected.kind {
                FileKind::Csv => "csv",
                FileKind::Xlsx => "xlsx",
            },
            wrapping: detected.wrapping.map(|wrapping| match wrapping {
                Wrapping::Gzip => "gzip",
                Wrapping::Zip => "zip",
            }),
            encoding: detected.encoding.map(crate::receive::Encoding::words),
            delimiter: detected.delimiter.map(|byte| match byte {
                b',' => "comma".to_owned(),
                b';' => "semicolon".to_owned(),
                b'\t' => "tab".to_owned(),
                b'|' => "pipe".to_owned(),
                other => char::from(other).to_string(),
            }),
            columns: self.outcome.header.width,
            bytes: received.bytes,
            sha256: received.sha256.clone(),
        }
    }

    fn cause(&self, tally: &RuleTally) -> Cause {
        let rule = self.wording.specification.rule(&tally.rule);
        let dataset = self.wording.specification.dataset();
        let field = tally.field.and_then(|at| dataset.fields.get(at));
        let name = field.map(|f| f.name.as_str());
        let position = tally
            .field
            .and_then(|at| self.outcome.header.columns.get(at).copied().flatten());
        let most_common = match self.wording.shown {
            Shown::Cells => tally.most_common(COMMON),
            Shown::PlacesOnly => Vec::new(),
        };
        Cause {
            rule: tally.rule.clone(),
            level: tally.level,
            column: name.map(str::to_owned),
            letter: position.map(column_letters),
            message: rule.map_or_else(String::new, |r| r.says_of(name)),
            why: rule.map_or_else(String::new, |r| r.why.clone()),
            fix: rule.map_or_else(String::new, |r| r.fix_of(name)),
            detail: tally
                .field
                .and_then(|at| self.wording.specification.likely_cause(at, &tally.first)),
            rows: Some(tally.rows),
            share: share(tally.rows, self.outcome.rows_in),
            most_common: most_common
                .into_iter()
                .map(|(value, rows)| WrongValue {
                    suggestion: tally
                        .field
                        .and_then(|at| self.wording.specification.suggestion(at, &value)),
                    value,
                    rows,
                })
                .collect(),
            likely: tally
                .likely()
                .into_iter()
                .map(|(cause, rows)| Likely {
                    cause,
                    rows,
                    words: cause.words(name.unwrap_or_default()),
                })
                .collect(),
            first: tally
                .first
                .iter()
                .map(|f| self.wording.finding(f))
                .collect(),
        }
    }

    fn file_cause(&self, finding: &Finding) -> Cause {
        let shown = self.wording.finding(finding);
        let rule = self.wording.specification.rule(&finding.rule);
        Cause {
            rule: shown.rule.clone(),
            level: shown.level,
            column: shown.column.clone(),
            letter: shown.letter.clone(),
            message: shown.message.clone(),
            why: rule.map_or_else(String::new, |r| r.why.clone()),
            fix: shown.fix.clone(),
            detail: shown.detail.clone(),
            rows: None,
            share: None,
            most_common: Vec::new(),
            likely: Vec::new(),
            first: Vec::new(),
        }
    }
}

impl Wording<'_> {
    /// A finding in words.
    pub fn finding(&self, finding: &Finding) -> ReportFinding {
        let rule = self.specification.rule(&finding.rule);
        let cell = finding
            .cell
            .as_ref()
            .filter(|_| self.shown == Shown::Cells)
            .map(|cell| cell.reveal().clone());
        // A column that the specification does not know has only the name it was sent with.
        let sent_as = cell
            .clone()
            .filter(|_| finding.row.is_none() && finding.field.is_none());
        let name = finding.field.as_deref().or(sent_as.as_deref());
        let suggestion = match (finding.row, &finding.field, &cell) {
            (Some(_), Some(field), Some(cell)) => self
                .position(field)
                .and_then(|at| self.specification.suggestion(at, cell)),
            (None, Some(field), None) => self.missing_column(field),
            _ => None,
        };
        ReportFinding {
            rule: finding.rule.clone(),
            level: finding.level,
            file: self.file_name.to_owned(),
            sheet: self.sheet.map(str::to_owned),
            row: finding.row,
            line: finding.line,
            column: name.map(str::to_owned),
            letter: finding.column.map(column_letters),
            value: cell,
            message: rule.map_or_else(String::new, |r| r.says_of(name)),
            fix: rule.map_or_else(String::new, |r| r.fix_of(name)),
            suggestion,
            detail: finding.detail.clone(),
            dataset: self.specification.dataset().name.clone(),
            rows: finding.rows,
            specification: self.specification.dataset().version.clone(),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let fields = &self.specification.dataset().fields;
        fields.iter().position(|f| f.name == name)
    }

    /// The column of the file that may have been meant by one that is missing.
    fn missing_column(&self, name: &str) -> Option<String> {
        let at = self.position(name)?;
        let missing = self.header.missing.iter();
        let (sent, position) = missing
            .filter(|m| m.field == at)
            .find_map(|m| m.nearest.clone())?;
        Some(format!("{sent} (column {})", column_letters(position)))
    }
}

fn share(rows: u64, of: u64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share is shown with one decimal place"
    )]
    (of > 0).then(|| rows as f64 / of as f64)
}
