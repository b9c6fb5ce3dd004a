//! Reading CSV row by row. What is odd about a file is told and not passed over: a quote that is never closed, a cell of
//! many lines, rows that are shorter or longer than the header.

use super::FileError;
use csv::ByteRecord;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

/// What is handed on after the last byte of a file: a row of its own, unless a quote is still open.
const END: &[u8] = b"\n\x1eend of file\x1e\n";
/// Bytes of the longest row. One that is longer has a quote that is not closed, or is no row.
const LONGEST_ROW: u64 = 64 << 20;
/// Lines of the longest cell. What people write in a name or an address has fewer.
const MOST_LINES: usize = 100;

/// Something odd that a file has in one or several rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Odd {
    /// What it is and what was done about it.
    pub message: String,
    /// How many rows have it.
    pub count: u64,
    /// The line of the first of them, as a text editor numbers it.
    pub line: u64,
}

/// A file of CSV.
pub(super) struct CsvRows {
    path: PathBuf,
    reader: csv::Reader<Ending>,
    columns: Vec<String>,
    /// Whether the reader has passed the whole line break when it hands on a row; of two signs it leaves the second.
    passes_break: bool,
    /// The row that comes next, where it was read before its turn.
    ahead: Option<ByteRecord>,
    shorter: Option<Odd>,
    longer: Option<Odd>,
    broken: Option<Odd>,
    twice: Vec<Odd>,
}

/// A file, and what says that it ends.
struct Ending {
    file: BufReader<File>,
    end: &'static [u8],
    /// Whether the end came before that of the file, because a row was too long.
    cut: bool,
    /// Bytes that were handed on since the row began.
    of_row: u64,
}

impl Read for Ending {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        // A row without an end must not fill the memory: the file ends within it.
        self.cut |= self.of_row > LONGEST_ROW;
        if !self.cut && self.end.len() == END.len() {
            let read = self.file.read(buffer)?;
            if read > 0 {
                self.of_row += read as u64;
                return Ok(read);
            }
        }
        self.end.read(buffer)
    }
}

impl CsvRows {
    /// Reads the header. `text` makes a name of the bytes of a cell.
    pub(super) fn new(
        path: &Path,
        mut file: BufReader<File>,
        text: impl Fn(&[u8]) -> String,
    ) -> Result<Self, FileError> {
        let io = |source| FileError::Io {
            doing: "read",
            path: path.to_owned(),
            source,
        };
        let head = file.fill_buf().map_err(io)?;
        let end_of_line = head.iter().position(|byte| *byte == b'\n');
        let before = end_of_line.and_then(|at| head.get(at.checked_sub(1)?));
        let passes_break = before != Some(&b'\r');
        let ending = Ending {
            file,
            end: END,
            cut: false,
            of_row: 0,
        };
        let reader = csv::ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .from_reader(ending);
        let mut rows = Self {
            path: path.to_owned(),
            reader,
            columns: Vec::new(),
            passes_break,
            ahead: None,
            shorter: None,
            longer: None,
            broken: None,
            twice: Vec::new(),
        };
        let mut header = ByteRecord::new();
        if rows.next(&mut header)? {
            rows.columns = header.iter().map(text).collect();
        }
        for (at, name) in rows.columns.iter().enumerate() {
            if !name.is_empty() && rows.columns.iter().take(at).any(|before| before == name) {
                rows.twice.push(Odd {
                    message: format!("column `{name}` stands twice; the first is read"),
                    count: 1,
                    line: 1,
                });
            }
        }
        // What the header has is not of a row.
        (rows.shorter, rows.longer, rows.broken) = (None, None, None);
        Ok(rows)
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What was odd so far.
    pub(super) fn odd(&self) -> Vec<Odd> {
        let of_rows = [&self.shorter, &self.longer, &self.broken];
        let of_rows = of_rows.into_iter().flatten();
        self.twice.iter().chain(of_rows).cloned().collect()
    }

    /// Reads the next row; `false` at the end.
    pub(super) fn next(&mut self, row: &mut ByteRecord) -> Result<bool, FileError> {
        match self.ahead.take() {
            Some(ahead) => *row = ahead,
            None if !self.read(row)? => return Ok(false),
            None => {}
        }
        if is_end(row) {
            // A row that looks like the end is one only where nothing follows.
            let mut next = ByteRecord::new();
            if !self.read(&mut next)? {
                return Ok(false);
            }
            self.ahead = Some(next);
        }
        Ok(true)
    }

    fn read(&mut self, row: &mut ByteRecord) -> Result<bool, FileError> {
        self.reader.get_mut().of_row = 0;
        let more = self.reader.read_byte_record(row);
        if !more.map_err(|e| self.bad(&e))? {
            return Ok(false);
        }
        if self.several_lines(row) && row.iter().any(|cell| line_breaks(cell) > 0) {
            self.look_at_breaks(row)?;
        }
        if self.reader.get_ref().cut {
            return Err(FileError::NotReadable {
                path: self.path.clone(),
                kind: "CSV",
                message: format!(
                    "the row on line {} is longer than any row",
                    self.line_of(row, true)
                ),
            });
        }
        if !self.columns.is_empty() && row.len() != self.columns.len() && !is_end(row) {
            let line = self.line_of(row, true);
            if row.len() < self.columns.len() {
                let message =
                    "rows with fewer cells than the header; what is missing counts as empty";
                tell(&mut self.shorter, line, || message.to_owned());
            } else {
                let message = "rows with more cells than the header; the last ones are not read";
                tell(&mut self.longer, line, || message.to_owned());
            }
        }
        Ok(true)
    }

    fn bad(&self, fault: &csv::Error) -> FileError {
        FileError::NotReadable {
            path: self.path.clone(),
            kind: "CSV",
            message: fault.to_string(),
        }
    }

    /// Whether a row began on another line than the one that it ended on; blank lines before it count as well.
    fn several_lines(&self, row: &ByteRecord) -> bool {
        let from = row.position().map_or(0, csv::Position::line);
        self.reader.position().line() > from + 1 || row.as_slice().contains(&b'\r')
    }

    /// The line on which the row began that was read last; `ended` where it ended by a line break of its own.
    fn line_of(&self, row: &ByteRecord, ended: bool) -> u64 {
        let after = self.reader.position().line();
        let within = signs(row.as_slice(), b'\n') as u64;
        let passed = u64::from(ended && self.passes_break);
        after.saturating_sub(within + passed).max(1)
    }

    fn look_at_breaks(&mut self, row: &ByteRecord) -> Result<(), FileError> {
        let cells = row.iter().map(line_breaks).enumerate();
        let (at, lines) = cells
            .max_by_key(|(at, lines)| (*lines, std::cmp::Reverse(*at)))
            .unwrap_or_default();
        let column = match self.columns.get(at) {
            Some(column) if !column.is_empty() => column.clone(),
            _ => format!("number {}", at + 1),
        };
        let swallowed = row.iter().next_back().is_some_and(|cell| {
            // The end stands after what was swallowed.
            let end = END.trim_ascii_end();
            cell.trim_ascii_end().ends_with(end) && self.reader.get_ref().end.is_empty()
        });
        let line = self.line_of(row, !swallowed);
        if swallowed {
            let last = row.len().saturating_sub(1);
            let column = self.columns.get(last).cloned().unwrap_or(column);
            return Err(FileError::OpenQuote {
                path: self.path.clone(),
                line,
                column,
            });
        }
        if lines >= MOST_LINES {
            return Err(FileError::LongCell {
                path: self.path.clone(),
                line,
                column,
                lines: lines + 1,
            });
        }
        tell(&mut self.broken, line, || {
            format!(
                "rows with a line break in a cell, the first in column `{column}`; look whether a quote is missing there"
            )
        });
        Ok(())
    }
}

fn tell(odd: &mut Option<Odd>, line: u64, message: impl FnOnce() -> String) {
    match odd {
        Some(odd) => odd.count += 1,
        None => {
            *odd = Some(Odd {
                message: message(),
                count: 1,
                line,
            });
        }
    }
}

fn is_end(row: &ByteRecord) -> bool {
    row.len() == 1 && row.get(0) == Some(END.trim_ascii())
}

fn line_breaks(cell: &[u8]) -> usize {
    signs(cell, b'\n').max(signs(cell, b'\r'))
}

fn signs(bytes: &[u8], sign: u8) -> usize {
    bytes.split(|byte| *byte == sign).count() - 1
}

#[cfg(test)]
mod tests;
