//! Writing responses: the current form with what the person service adds, or the older one on request.

use super::ResponseRow;
use crate::trace::{Answer, FileFault, OlderHead, ResponseColumn, ResultCode};
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// What a response is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseForm {
    /// The scores of five fields, after the columns of a batch trace.
    pub scores: bool,
    /// The diagnostics, after everything else.
    pub diagnostics: bool,
    /// The older form: a first line about the file, no column names, and neither scores nor diagnostics.
    pub older: bool,
}

impl Default for ResponseForm {
    fn default() -> Self {
        Self {
            scores: true,
            diagnostics: false,
            older: false,
        }
    }
}

/// Writes a response, and the diagnostics beside it.
pub struct ResponseWriter<W: Write, D: Write> {
    rows: csv::Writer<W>,
    diagnostics: Option<csv::Writer<D>>,
    form: ResponseForm,
}

impl<W: Write, D: Write> ResponseWriter<W, D> {
    /// Writes the first line. `head` is the first line of an older request and the rows that follow.
    pub fn new(
        to: W,
        diagnostics: Option<D>,
        form: ResponseForm,
        head: Option<&OlderHead>,
        rows: u64,
    ) -> io::Result<Self> {
        let mut writer = Self {
            rows: csv(to, form.older),
            diagnostics: diagnostics.map(|to| csv(to, false)),
            form,
        };
        writer.begin(head, rows, ResultCode::Success)?;
        if let Some(diagnostics) = &mut writer.diagnostics {
            let reference = [ResponseColumn::Reference.name()];
            diagnostics.write_record(reference.iter().chain(&Answer::DIAGNOSTICS))?;
        }
        Ok(writer)
    }

    fn begin(&mut self, head: Option<&OlderHead>, rows: u64, code: ResultCode) -> io::Result<()> {
        if self.form.older {
            let head = head.cloned().unwrap_or_default();
            let fields = [
                head.reference,
                head.workflow,
                head.timestamp,
                rows.to_string(),
                code.to_string(),
            ];
            return Ok(self.rows.write_record(fields)?);
        }
        let columns = ResponseColumn::ALL.map(ResponseColumn::name);
        let many = if self.form.scores {
            columns.len()
        } else {
            ResponseColumn::OF_BATCH
        };
        let diagnostics: &[&str] = if self.form.diagnostics {
            &Answer::DIAGNOSTICS
        } else {
            &[]
        };
        let header = columns.iter().take(many).chain(diagnostics);
        Ok(self.rows.write_record(header)?)
    }

    /// Writes a row.
    pub fn row(&mut self, row: &ResponseRow, answer: &Answer) -> io::Result<()> {
        let diagnostics = answer.diagnostics();
        let form = self.form;
        let more = if form.diagnostics && !form.older {
            diagnostics.as_slice()
        } else {
            &[]
        };
        let cells = row.cells(form.scores && !form.older);
        self.rows
            .write_record(cells.chain(more.iter().map(String::as_str)))?;
        if let Some(to) = &mut self.diagnostics {
            let reference = [row.get(ResponseColumn::Reference)];
            to.write_record(
                reference
                    .into_iter()
                    .chain(diagnostics.iter().map(String::as_str)),
            )?;
        }
        Ok(())
    }

    /// Writes a row that was read, for which there are no diagnostics.
    pub fn row_alone(&mut self, row: &ResponseRow) -> io::Result<()> {
        let scores = self.form.scores && !self.form.older;
        Ok(self.rows.write_record(row.cells(scores))?)
    }

    /// Ends the files.
    pub fn finish(mut self) -> io::Result<()> {
        self.rows.flush()?;
        self.diagnostics.map_or(Ok(()), |mut to| to.flush())
    }

    /// Answers a file that is faulty as a whole: with a first line that has the code, or with one row that has
    /// nothing else.
    pub fn fault(to: W, form: ResponseForm, fault: &FileFault) -> io::Result<()> {
        let mut writer: Self = Self {
            rows: csv(to, form.older),
            diagnostics: None,
            form: ResponseForm {
                diagnostics: false,
                ..form
            },
        };
        writer.begin(fault.older.as_ref(), 0, fault.code)?;
        if !form.older {
            let mut row = ResponseRow::default();
            row.set(ResponseColumn::Code, fault.code.to_string());
            writer.rows.write_record(row.cells(form.scores))?;
        }
        writer.rows.flush()
    }
}

/// The first line of the older form has fields of its own.
fn csv<W: Write>(to: W, flexible: bool) -> csv::Writer<W> {
    csv::WriterBuilder::new()
        .flexible(flexible)
        .terminator(csv::Terminator::CRLF)
        .from_writer(to)
}
