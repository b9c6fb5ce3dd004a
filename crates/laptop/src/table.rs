//! Writing CSV: for people with a byte-order mark and no cell that a spreadsheet works out, for programs without.

use std::io::{Result, Write};

/// Who will open the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// A person with a spreadsheet: a byte-order mark, and no cell is taken for a formula.
    Person,
    /// A program, of whoever it is passed on to: the cells as they are, and no mark, which some programs take for a name.
    Forwarded,
}

/// Writes rows: RFC 4180, commas, CRLF, UTF-8.
#[derive(Debug)]
pub(crate) struct Table<W: Write> {
    out: W,
    reader: Reader,
    started: bool,
}

impl<W: Write> Table<W> {
    /// A table without rows.
    pub(crate) fn new(mut out: W, reader: Reader) -> Result<Self> {
        if reader == Reader::Person {
            out.write_all("\u{feff}".as_bytes())?;
        }
        Ok(Self {
            out,
            reader,
            started: false,
        })
    }

    /// Adds a cell to the row at hand.
    pub(crate) fn cell(&mut self, cell: &str) -> Result<()> {
        if self.started {
            self.out.write_all(b",")?;
        }
        self.started = true;
        let risky = self.reader == Reader::Person && is_risky(cell);
        // Looked at as bytes, which lets the common plain cell through fast.
        let plain = !risky
            && !cell
                .bytes()
                .any(|b| matches!(b, b'"' | b',' | b'\r' | b'\n'));
        if plain {
            return self.out.write_all(cell.as_bytes());
        }
        self.out.write_all(b"\"")?;
        if risky {
            self.out.write_all(b"'")?;
        }
        for (at, part) in cell.split('"').enumerate() {
            if at > 0 {
                self.out.write_all(b"\"\"")?;
            }
            self.out.write_all(part.as_bytes())?;
        }
        self.out.write_all(b"\"")
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        self.started = false;
        self.out.write_all(b"\r\n")
    }

    /// Writes a whole row.
    pub(crate) fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<()> {
        for cell in cells {
            self.cell(cell)?;
        }
        self.end_row()
    }

    /// What the rows were written to.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

/// Whether a spreadsheet would work the cell out. A plain number is none the worse for its sign.
fn is_risky(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(reader: Reader, cells: &[&str]) -> String {
        let mut table = Table::new(Vec::new(), reader).unwrap();
        table.row(cells.iter().copied()).unwrap();
        String::from_utf8(table.into_inner()).unwrap()
    }

    #[test]
    fn people_get_no_formulas_and_programs_get_the_cells() {
        let cells = ["=1+1", "-5", "-cmd", "a,b", "say \"no\"", ""];
        assert_eq!(
            written(Reader::Person, &cells),
            "\u{feff}\"'=1+1\",-5,\"'-cmd\",\"a,b\",\"say \"\"no\"\"\",\r\n"
        );
        assert_eq!(
            written(Reader::Forwarded, &cells),
            "=1+1,-5,-cmd,\"a,b\",\"say \"\"no\"\"\",\r\n"
        );
    }
}
