//! Why a file could not be read. A fault in the data is a finding, not an error.

/// Why a file could not be read. No variant carries a cell, so that every message may be logged.
#[derive(Debug, thiserror::Error)]
pub enum LandError {
    /// Reading the bytes failed.
    #[error("the file could not be read")]
    Unreadable(#[from] std::io::Error),
    /// No file of that name.
    #[error("there is no file of that name, check the name and the folder")]
    NoSuchFile,
    /// The file may not be read by whoever runs this.
    #[error("you may not read this file, ask its owner to let you or to make a copy")]
    NotPermitted,
    /// Another program, mostly Excel, holds the file.
    #[error("another program has the file open, close it there and try again")]
    InUse,
    /// The file was being written while it was read.
    #[error("the file changed while it was read, wait until it is whole and try again")]
    Changed,
    /// What rules across rows compare did not fit into memory, and not on the disk either.
    #[error(
        "there is no room to compare the rows of the file with each other, free some space in the folder for temporary files or name another"
    )]
    Scratch(#[source] std::io::Error),
    /// A folder was given where a file was meant.
    #[error("this is a folder, name the file inside it")]
    Folder,
    /// There is nothing to read.
    #[error("the file is empty")]
    Empty,
    /// The bytes are those of another kind of file.
    #[error("this looks like {looks_like}, not a CSV or Excel file")]
    OtherKind { looks_like: &'static str },
    /// A table, in a form that has to be saved another way first.
    #[error("this looks like {looks_like}, save it as {instead} and send that")]
    SaveAs {
        looks_like: &'static str,
        instead: &'static str,
    },
    /// The file cannot be opened without a password.
    #[error("the {what} has a password, save it without one and send it again")]
    Password { what: &'static str },
    /// The file is cut short, or its parts do not fit together.
    #[error("the {what} is cut short or damaged ({why}), make it again and send that")]
    Damaged {
        what: &'static str,
        why: &'static str,
    },
    /// An archive of several files.
    #[error("the zip file holds {files} files, put exactly one CSV or Excel file in it")]
    SeveralFiles { files: usize },
    /// An archive of none.
    #[error("the zip file holds no file, put exactly one CSV or Excel file in it")]
    NoFileInside,
    /// A compressed file inside a compressed file.
    #[error("the {what} holds another compressed file, compress the CSV or Excel file once only")]
    CompressedTwice { what: &'static str },
    /// A method of compression that is not read here.
    #[error(
        "the zip file is compressed in a way that is not read here, make it with the usual method (deflate)"
    )]
    UnknownCompression,
    /// More comes out of a compressed file than is read.
    #[error(
        "the {what} is larger than {} when uncompressed, split it by quarter",
        size_in_words(*limit)
    )]
    ExpandsTooFar { what: &'static str, limit: u64 },
    /// So much comes out of so little that it looks like an attack.
    #[error(
        "the {what} grows more than {ratio} times when uncompressed, send the file uncompressed"
    )]
    ExpandsTooMuch { what: &'static str, ratio: u64 },
    /// A part of a workbook that has to be held in memory is too large.
    #[error(
        "the Excel workbook holds more text than {} in one part, save it as CSV and send that",
        size_in_words(*limit)
    )]
    WorkbookTooLarge { limit: u64 },
    /// An archive or workbook that came as a stream does not fit in memory.
    #[error(
        "a zip or Excel file that is not on disk may have at most {}, save it to a file first",
        size_in_words(*limit)
    )]
    StreamTooLarge { limit: u64 },
    /// A header with more names than any dataset has.
    #[error("the header has more than {limit} columns, check the delimiter and the line ends")]
    TooManyColumns { limit: usize },
    /// The first line does not end.
    #[error(
        "no header ends within the first {}, check that the file is a table that begins with the names of its columns",
        size_in_words(*limit)
    )]
    HeaderTooLong { limit: u64 },
    /// One cell is larger than any cell should be.
    #[error(
        "row {row} (line {line}), column {column} is longer than {}{}",
        size_in_words(*limit),
        if *quoted { ", look for a quote that is opened and never closed, or shorten the text" } else { ", check the delimiter and the line ends, or shorten the text" }
    )]
    CellTooLong {
        row: u64,
        line: u64,
        column: String,
        limit: u64,
        quoted: bool,
    },
    /// One row is larger than any row should be.
    #[error("row {row} (line {line}) is longer than {}, check the line ends", size_in_words(*limit))]
    RowTooLong { row: u64, line: u64, limit: u64 },
    /// Not one name of the header is known: another file, or one without a header.
    #[error(
        "no column of {dataset} is named in the first row{}, which has {found} {}: put the names of the columns there, beginning {expected}",
        sheet.as_ref().map(|s| format!(" of sheet `{s}`")).unwrap_or_default(),
        if *found == 1 { "cell" } else { "cells" }
    )]
    WrongHeader {
        dataset: String,
        expected: String,
        found: usize,
        sheet: Option<String>,
    },
    /// A formula whose result is not in the workbook, as programs that are not spreadsheets write it.
    #[error(
        "a cell of the Excel workbook{} holds a formula that was never worked out, open the workbook in Excel, save it and send it again",
        if cell.is_empty() { String::new() } else { format!(" ({cell})") }
    )]
    FormulaWithoutResult { cell: String },
    /// The workbook has no sheet of that name.
    #[error(
        "the workbook has no sheet `{asked}`{}",
        nearest.as_ref().map(|n| format!(", nearest is `{n}`")).unwrap_or_default()
    )]
    NoSuchSheet {
        asked: String,
        nearest: Option<String>,
    },
    /// The workbook has nothing but charts and macros.
    #[error("the workbook has no sheet with cells")]
    NoSheet,
    /// A delimiter that cannot be one.
    #[error("a delimiter is one ASCII character other than a quote or a line end")]
    BadDelimiter,
}

impl LandError {
    /// The message as a sentence of its own, for a page.
    pub fn sentence(&self) -> String {
        let message = self.to_string();
        let mut letters = message.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }
}

/// A number of bytes as people say it.
fn size_in_words(bytes: u64) -> String {
    let units = ["bytes", "KiB", "MiB", "GiB"];
    let mut size = bytes;
    let mut unit = 0;
    while size >= 1024 && size.is_multiple_of(1024) && unit + 1 < units.len() {
        size /= 1024;
        unit += 1;
    }
    format!("{size} {}", units.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_what_to_do() {
        let pdf = LandError::OtherKind {
            looks_like: "a PDF",
        };
        assert_eq!(
            pdf.sentence(),
            "This looks like a PDF, not a CSV or Excel file."
        );
        let open = LandError::CellTooLong {
            row: 3,
            line: 4,
            column: "B".to_owned(),
            limit: 1 << 20,
            quoted: true,
        };
        assert_eq!(
            open.to_string(),
            "row 3 (line 4), column B is longer than 1 MiB, look for a quote that is opened and never closed, or shorten the text"
        );
    }
}
