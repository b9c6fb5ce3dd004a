//! The small typed tables of worked examples: CSV whose header says `name:type`.
//!
//! Types are `text`, `date`, `moment`, `integer`, `decimal` and `number`; an empty cell is null.
//! For tests and documentation, never for people's data.

use arrow_array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use chrono::{NaiveDate, NaiveDateTime};
use std::sync::Arc;

/// A table of an example that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExampleError {
    /// The CSV has a mistake.
    #[error("the example cannot be read")]
    Csv(#[from] csv::Error),
    /// A header is not `name:type`.
    #[error(
        "column `{0}` has no type; write it as `name:text`, `:date`, `:moment`, `:integer`, `:decimal` or `:number`"
    )]
    Untyped(String),
    /// A cell is not of its column's type.
    #[error("row {row}, column `{column}`: not a {kind}")]
    Cell {
        row: usize,
        column: String,
        kind: String,
    },
    /// The columns do not fit together.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// Reads a table of an example.
pub fn batch(text: &str) -> Result<RecordBatch, ExampleError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let headers: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let (name, kind) = header
            .split_once(':')
            .ok_or_else(|| ExampleError::Untyped(header.clone()))?;
        let cells: Vec<Option<&str>> = rows
            .iter()
            .map(|row| row.get(at).filter(|cell| !cell.is_empty()))
            .collect();
        let column = column(&cells, kind).map_err(|row| match row {
            Some(row) => ExampleError::Cell {
                row: row + 2,
                column: name.to_owned(),
                kind: kind.to_owned(),
            },
            None => ExampleError::Untyped(header.clone()),
        })?;
        fields.push(Field::new(name, column.data_type().clone(), true));
        columns.push(column);
    }
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}

/// A column from its cells; the fault is the row of the first bad cell, or none when the type is unknown.
fn column(cells: &[Option<&str>], kind: &str) -> Result<ArrayRef, Option<usize>> {
    Ok(match kind {
        "text" => Arc::new(cells.iter().copied().collect::<StringArray>()),
        "date" => Arc::new(Date32Array::from(each(cells, |c| {
            let date: NaiveDate = c.parse().ok()?;
            i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
        })?)),
        "moment" => {
            let moments = each(cells, |c| {
                Some(
                    c.parse::<NaiveDateTime>()
                        .ok()?
                        .and_utc()
                        .timestamp_micros(),
                )
            })?;
            Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC"))
        }
        "integer" => Arc::new(Int64Array::from(each(cells, |c| c.parse().ok())?)),
        "number" => Arc::new(Float64Array::from(each(cells, |c| c.parse().ok())?)),
        "decimal" => {
            let values = Decimal128Array::from(each(cells, hundredths)?);
            let typed = values.with_data_type(DataType::Decimal128(18, 2));
            Arc::new(typed)
        }
        _ => return Err(None),
    })
}

fn each<T>(
    cells: &[Option<&str>],
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Option<T>>, Option<usize>> {
    cells
        .iter()
        .enumerate()
        .map(|(row, cell)| match cell {
            None => Ok(None),
            Some(cell) => read(cell).map(Some).ok_or(Some(row)),
        })
        .collect()
}

fn hundredths(cell: &str) -> Option<i128> {
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    let part = format!("{part:0<2}");
    if part.len() != 2 {
        return None;
    }
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(whole.parse::<i128>().ok()? * 100 + sign * part.parse::<i128>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_take_the_type_of_their_header() {
        let table =
            batch("a:text,b:date,c:decimal,d:integer\nx,2026-04-01,310.5,3\n,,,\n").unwrap();
        assert_eq!(table.num_rows(), 2);
        assert_eq!(
            table.schema().field(2).data_type(),
            &DataType::Decimal128(18, 2)
        );
        assert_eq!(table.column(0).null_count(), 1);
    }

    #[test]
    fn a_bad_cell_is_named_by_row_and_column() {
        let fault = batch("a:date\n2026-04-01\n2026-13-01\n")
            .unwrap_err()
            .to_string();
        assert_eq!(fault, "row 3, column `a`: not a date");
        assert!(batch("a\nx\n").is_err());
    }
}
