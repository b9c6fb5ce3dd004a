//! Linkage on files alone: people in as Parquet or CSV, links out, no workspace.

mod batches;
mod csv_rows;
mod learn;
mod run;
mod sides;
mod table;
mod write;

pub use batches::Weighed;
pub use csv_rows::Odd;
pub use run::{How, Learn, LinkRun, dictionary, link_batches, lists, run};
pub use sides::{Inputs, Loaded, load, load_batches};
pub use table::{Batch, Batches, Rows, open};
pub use write::{Cell, Column, writable, write};

use std::path::PathBuf;

/// Why files could not be linked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened, read or written.
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    /// The file is not what its name says.
    #[error("{} cannot be read as {kind}: {message}", path.display())]
    NotReadable {
        path: PathBuf,
        kind: &'static str,
        message: String,
    },
    /// A column without which nothing can be done is not there.
    #[error("{} has no column `{column}`; {}", path.display(), those_there(columns))]
    NoColumn {
        path: PathBuf,
        column: String,
        columns: String,
    },
    /// None of the model's columns is there.
    #[error("{} has none of the columns of this model: {wanted}", path.display())]
    NothingToCompare { path: PathBuf, wanted: String },
    /// An id is missing or stands twice.
    #[error("{}, row {row}: {message}", path.display())]
    Row {
        path: PathBuf,
        row: usize,
        message: &'static str,
    },
    /// A quote is opened and never closed.
    #[error("{}, line {line}, column `{column}`: a quote is opened here and never closed", path.display())]
    OpenQuote {
        path: PathBuf,
        line: u64,
        column: String,
    },
    /// A cell has so many lines that a quote must be missing.
    #[error("{}, line {line}, column `{column}`: a cell of {lines} lines begins here; a quote is missing where it should end", path.display())]
    LongCell {
        path: PathBuf,
        line: u64,
        column: String,
        lines: usize,
    },
    /// The model has a mistake.
    #[error(transparent)]
    Model(#[from] crate::LinkError),
}

/// The columns that a file does have, in words.
fn those_there(columns: &str) -> String {
    if columns.is_empty() {
        "the file is empty".to_owned()
    } else {
        format!("it has {columns}")
    }
}
