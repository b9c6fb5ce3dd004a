//! Splitting text into cells by RFC 4180, with the leniency that spreadsheets show: lines end in CR, LF
//! or both, a quote within an unquoted cell is a character, and what follows a closing quote is kept.
//!
//! A splitter keeps its place between pieces of text, so that no more than one cell has to be in memory.

use super::marks::Marks;
use crate::LandError;
use memchr::{memchr, memchr2, memchr3};
use model::finding::column_letters;

/// Takes cells and rows as they are found.
pub(super) trait Sink {
    /// A cell, in order; `column` counts from 0.
    fn cell(&mut self, column: usize, cell: &[u8]);
    /// The end of a row of `width` cells, 0 for an empty line.
    fn end_row(&mut self, row: u64, line: u64, width: usize);
    /// Whether to stop after this row.
    fn is_full(&self) -> bool;
    /// The limit of one row, if it has been passed.
    fn overfull(&self) -> Option<usize>;
}

/// Cells up to this length cannot make a row too long by themselves.
const SMALL_CELL: usize = 1024;

/// Where a splitter stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text ends within a row: more is needed.
    Hungry,
    /// The sink is full.
    Full,
    /// The text and its rows are at an end.
    Ended,
}

/// A place in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The spreadsheet row.
    pub row: u64,
    /// The physical line.
    pub line: u64,
}

/// Where in the file the splitter is.
#[derive(Debug)]
pub(super) struct Splitter {
    delimiter: u8,
    marks: Marks,
    most_cell_bytes: usize,
    /// The number of the row at hand, from 1.
    row: u64,
    /// The physical line at hand, from 1.
    line: u64,
    /// The line on which the row at hand began.
    row_line: u64,
    /// How many cells of the row at hand are done.
    column: usize,
    /// A delimiter was the last thing, so there is one more cell even if the text ends.
    in_row: bool,
    /// The last line ended in CR at the end of a piece: an LF that follows belongs to it.
    after_cr: bool,
    /// The quote that is still open at the end of the file.
    pub(super) open_quote: Option<Place>,
    /// Memory for cells with doubled quotes.
    unquoted: Vec<u8>,
}

/// A cell that was found: where the text goes on, and whether the row goes on.
struct Found {
    next: usize,
    ends: End,
}

#[derive(Clone, Copy)]
enum End {
    Delimiter,
    Line,
    Text,
}

impl Splitter {
    pub(super) fn new(delimiter: u8, most_cell_bytes: usize) -> Self {
        Self {
            delimiter,
            marks: Marks::new(delimiter),
            most_cell_bytes,
            row: 1,
            line: 1,
            row_line: 1,
            column: 0,
            in_row: false,
            after_cr: false,
            open_quote: None,
            unquoted: Vec::new(),
        }
    }

    /// Counts a line that is not part of the table.
    pub(super) fn skip_line(&mut self) {
        self.line += 1;
    }

    /// Splits `text` from the beginning. Gives how many bytes are done with, and why it stopped.
    /// `last` says that no text follows.
    pub(super) fn run(
        &mut self,
        text: &[u8],
        last: bool,
        sink: &mut impl Sink,
    ) -> Result<(usize, Stop), LandError> {
        self.marks.forget();
        let mut at = 0;
        loop {
            if self.after_cr {
                match text.get(at) {
                    Some(b'\n') => at += 1,
                    Some(_) => {}
                    None if last => {}
                    None => return Ok((at, Stop::Hungry)),
                }
                self.after_cr = false;
            }
            if !self.in_row {
                self.row_line = self.line;
                if sink.is_full() {
                    return Ok((at, Stop::Full));
                }
            }
            let Some(first) = text.get(at) else {
                if !last {
                    return Ok((at, Stop::Hungry));
                }
                if !self.in_row {
                    return Ok((at, Stop::Ended));
                }
                self.give(sink, &[])?;
                self.end_row(sink)?;
                continue;
            };
            if !self.in_row && matches!(first, b'\n' | b'\r') {
                at = self.line_end(text, at);
                self.end_row(sink)?;
                continue;
            }
            let found = if *first == b'"' {
                self.quoted(text, at, last, sink)?
            } else {
                self.plain(text, at, last, sink)?
            };
            let Some(found) = found else {
                self.check_length(text.len() - at, *first == b'"')?;
                return Ok((at, Stop::Hungry));
            };
            at = found.next;
            match found.ends {
                End::Delimiter => self.in_row = true,
                End::Line => {
                    at = self.line_end(text, at);
                    self.end_row(sink)?;
                }
                End::Text => self.end_row(sink)?,
            }
        }
    }

    /// A cell without quotes.
    #[inline]
    fn plain(
        &mut self,
        text: &[u8],
        at: usize,
        last: bool,
        sink: &mut impl Sink,
    ) -> Result<Option<Found>, LandError> {
        let Some(end) = self.marks.next(text, at) else {
            if !last {
                return Ok(None);
            }
            self.check_length(text.len() - at, false)?;
            self.give(sink, text.get(at..).unwrap_or_default())?;
            return Ok(Some(Found {
                next: text.len(),
                ends: End::Text,
            }));
        };
        self.check_length(end - at, false)?;
        self.give(sink, text.get(at..end).unwrap_or_default())?;
        Ok(Some(self.found(text, end)))
    }

    /// A cell that begins with a quote at `at`.
    fn quoted(
        &mut self,
        text: &[u8],
        at: usize,
        last: bool,
        sink: &mut impl Sink,
    ) -> Result<Option<Found>, LandError> {
        let start = at + 1;
        let mut from = start;
        let mut doubled = false;
        let close = loop {
            let Some(quote) = memchr(b'"', text.get(from..).unwrap_or_default()) else {
                if !last {
                    return Ok(None);
                }
                self.open_quote = Some(Place {
                    row: self.row,
                    line: self.line,
                });
                break text.len();
            };
            match text.get(from + quote + 1) {
                Some(b'"') => {
                    doubled = true;
                    from += quote + 2;
                }
                None if !last => return Ok(None),
                _ => break from + quote,
            }
        };
        let after = (close + 1).min(text.len());
        let rest = text.get(after..).unwrap_or_default();
        let tail = match memchr3(self.delimiter, b'\n', b'\r', rest) {
            Some(length) => length,
            None if last => rest.len(),
            None => return Ok(None),
        };
        self.check_length(after + tail - at, true)?;
        let inside = text.get(start..close).unwrap_or_default();
        self.count_lines(inside);
        if !doubled && tail == 0 {
            self.give(sink, inside)?;
        } else {
            let mut whole = std::mem::take(&mut self.unquoted);
            whole.clear();
            undouble(inside, &mut whole);
            whole.extend_from_slice(rest.get(..tail).unwrap_or_default());
            let given = self.give(sink, &whole);
            self.unquoted = whole;
            given?;
        }
        Ok(Some(self.found(text, after + tail)))
    }

    /// What stands at the end of a cell.
    #[inline]
    fn found(&self, text: &[u8], end: usize) -> Found {
        match text.get(end) {
            None => Found {
                next: end,
                ends: End::Text,
            },
            Some(byte) if *byte == self.delimiter => Found {
                next: end + 1,
                ends: End::Delimiter,
            },
            Some(_) => Found {
                next: end,
                ends: End::Line,
            },
        }
    }

    /// Hands a cell over.
    #[inline]
    fn give(&mut self, sink: &mut impl Sink, cell: &[u8]) -> Result<(), LandError> {
        sink.cell(self.column, cell);
        self.column += 1;
        // Small cells are added up at the end of the row.
        if cell.len() > SMALL_CELL {
            return self.check_row(sink);
        }
        Ok(())
    }

    fn end_row(&mut self, sink: &mut impl Sink) -> Result<(), LandError> {
        self.check_row(sink)?;
        sink.end_row(self.row, self.row_line, self.column);
        self.row += 1;
        self.column = 0;
        self.in_row = false;
        Ok(())
    }

    fn check_row(&self, sink: &impl Sink) -> Result<(), LandError> {
        match sink.overfull() {
            None => Ok(()),
            Some(limit) => Err(LandError::RowTooLong {
                row: self.row,
                line: self.row_line,
                limit: limit as u64,
            }),
        }
    }

    /// Goes past the line end at `at`.
    #[inline]
    fn line_end(&mut self, text: &[u8], at: usize) -> usize {
        self.line += 1;
        match (text.get(at), text.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at + 2,
            (Some(b'\r'), None) => {
                self.after_cr = true;
                at + 1
            }
            _ => at + 1,
        }
    }

    /// Counts the line breaks within a quoted cell.
    fn count_lines(&mut self, mut inside: &[u8]) {
        while let Some(at) = memchr2(b'\n', b'\r', inside) {
            let pair = inside.get(at..at + 2) == Some(b"\r\n");
            self.line += 1;
            inside = inside.get(at + 1 + usize::from(pair)..).unwrap_or_default();
        }
    }

    /// Looks at the length of a cell as it stands in the file, so that the answer does not depend on
    /// how much of it has been read yet. Its own two quotes are free.
    #[inline]
    fn check_length(&self, length: usize, quoted: bool) -> Result<(), LandError> {
        if length <= self.most_cell_bytes.saturating_add(2) {
            return Ok(());
        }
        Err(LandError::CellTooLong {
            row: self.row,
            line: self.row_line,
            column: column_letters(u32::try_from(self.column).unwrap_or(u32::MAX)),
            limit: self.most_cell_bytes as u64,
            quoted,
        })
    }
}

/// Copies text with each doubled quote made one.
fn undouble(mut inside: &[u8], whole: &mut Vec<u8>) {
    while let Some(quote) = memchr(b'"', inside) {
        whole.extend_from_slice(inside.get(..=quote).unwrap_or_default());
        inside = inside.get(quote + 2..).unwrap_or_default();
    }
    whole.extend_from_slice(inside);
}
