//! Writing links as Parquet or CSV: to a file beside the target first, which takes its name when it is whole.

use super::FileError;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use model::WholeFile;
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, ZstdLevel},
    file::properties::WriterProperties,
};
use std::{borrow::Cow, path::Path, sync::Arc};

/// Rows that are in memory at a time.
const BATCH: usize = 65_536;

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A number; one that is not finite is written as empty.
    Number(f64),
}

/// A column of the output: its name and whether it holds numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// Whether it holds numbers.
    pub number: bool,
}

/// Whether a file can be written there: to be asked before the work for it begins. Nothing is left behind.
pub fn writable(path: &Path) -> Result<(), FileError> {
    let file = WholeFile::new(path).map_err(|source| FileError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    });
    file.map(drop)
}

/// Writes rows to a file, Parquet where its name ends so, else CSV.
pub fn write<'a>(
    path: &Path,
    columns: &[Column],
    mut rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<u64, FileError> {
    let fault = |source| FileError::Io {
        doing: "write",
        path: path.to_owned(),
        source,
    };
    let mut file = WholeFile::new(path).map_err(fault)?;
    let parquet = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
    let written = if parquet {
        write_parquet(&mut file, columns, &mut rows)
    } else {
        write_csv(&mut file, columns, &mut rows)
    };
    let written = written.map_err(fault)?;
    file.keep().map_err(fault)?;
    Ok(written)
}

fn write_csv(
    file: &mut WholeFile,
    columns: &[Column],
    rows: &mut dyn Iterator<Item = Vec<Cell<'_>>>,
) -> std::io::Result<u64> {
    let mut writer = csv::Writer::from_writer(file);
    writer.write_record(columns.iter().map(|column| column.name.as_str()))?;
    let mut written = 0;
    for row in rows {
        let cells = row.into_iter().map(|cell| match cell {
            Cell::Text(text) => text,
            Cell::Number(number) if number.is_finite() => Cow::Owned(number.to_string()),
            Cell::Number(_) => Cow::Borrowed(""),
        });
        for cell in cells {
            writer.write_field(cell.as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
        written += 1;
    }
    writer.flush()?;
    Ok(written)
}

fn write_parquet<'a>(
    file: &mut WholeFile,
    columns: &[Column],
    rows: &mut dyn Iterator<Item = Vec<Cell<'a>>>,
) -> std::io::Result<u64> {
    let fault = |e: &dyn std::fmt::Display| std::io::Error::other(e.to_string());
    let level = ZstdLevel::try_new(1).map_err(|e| fault(&e))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .build();
    let schema = record_batch(columns, &[]).map_err(|e| fault(&e))?.schema();
    let mut writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(|e| fault(&e))?;
    let mut written = 0;
    loop {
        let batch: Vec<Vec<Cell<'a>>> = rows.take(BATCH).collect();
        if batch.is_empty() {
            break;
        }
        written += batch.len() as u64;
        let batch = record_batch(columns, &batch).map_err(|e| fault(&e))?;
        writer.write(&batch).map_err(|e| fault(&e))?;
    }
    writer.close().map_err(|e| fault(&e))?;
    Ok(written)
}

fn record_batch(
    columns: &[Column],
    rows: &[Vec<Cell<'_>>],
) -> Result<RecordBatch, arrow_schema::ArrowError> {
    let arrays = columns.iter().enumerate().map(|(at, column)| {
        let cells = rows.iter().map(|row| row.get(at));
        let array: ArrayRef = if column.number {
            let numbers = cells.map(|cell| match cell {
                Some(Cell::Number(number)) if number.is_finite() => Some(*number),
                _ => None,
            });
            Arc::new(numbers.collect::<Float64Array>())
        } else {
            let texts = cells.map(|cell| match cell {
                Some(Cell::Text(text)) => Some(&**text),
                _ => None,
            });
            Arc::new(texts.collect::<StringArray>())
        };
        (column.name.as_str(), array)
    });
    RecordBatch::try_from_iter(arrays)
}
