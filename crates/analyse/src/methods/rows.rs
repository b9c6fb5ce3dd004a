//! Rows of a CSV file in a layout, as typed batches: a wrong cell is named by row and column, and its value is not shown.

use super::{Column, Kind, Layout, parameters::moment_of};
use arrow_array::{
    ArrayRef, Int64Array, RecordBatch,
    builder::{
        Date32Builder, Float64Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
    },
};
use arrow_schema::{ArrowError, SchemaRef};
use chrono::NaiveDate;
use flate2::read::MultiGzDecoder;
use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// How many rows stand in a batch.
const AT_A_TIME: usize = 16 * 1024;

/// A file cannot be read as its layout says.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// The file cannot be opened.
    #[error("cannot read `{path}`")]
    File { path: String, source: io::Error },
    /// The text is not CSV in UTF-8.
    #[error("`{path}` row {row}: {what}")]
    Csv {
        path: String,
        row: u64,
        what: String,
    },
    /// A column that must be there is not.
    #[error("`{path}` has no column of the layout `{layout}`; its first row must name them")]
    NoColumns { path: String, layout: String },
    /// A column is there twice.
    #[error("`{path}` has the column `{column}` twice")]
    Twice { path: String, column: String },
    /// A cell is not of its column's kind.
    #[error("`{path}` row {row}, column `{column}`: not {wanted}")]
    Cell {
        path: String,
        row: u64,
        column: String,
        wanted: &'static str,
    },
    /// The columns do not fit together.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// The rows of a file, a batch at a time. Columns that the layout does not know are passed over; those that the file
/// lacks are empty.
pub struct Rows {
    path: PathBuf,
    reader: csv::Reader<Box<dyn Read + Send>>,
    schema: SchemaRef,
    columns: Vec<(Column, Option<usize>)>,
    row: u64,
    /// The number of this file and of its first row, where rows are numbered.
    numbers: Option<(i64, i64)>,
}

impl Rows {
    /// Opens a file, `.csv` or `.csv.gz`.
    pub fn open(path: &Path, layout: &Layout) -> Result<Self, RowError> {
        let file = File::open(path).map_err(|source| RowError::File {
            path: shown(path),
            source,
        })?;
        Self::of(Box::new(BufReader::new(file)), path, layout)
    }

    /// The same of bytes that are read already; `path` is what messages call them, and says whether they are packed.
    pub fn of(bytes: Box<dyn Read + Send>, path: &Path, layout: &Layout) -> Result<Self, RowError> {
        let plain: Box<dyn Read + Send> = if path.extension().is_some_and(|end| end == "gz") {
            Box::new(BufReader::new(MultiGzDecoder::new(bytes)))
        } else {
            bytes
        };
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(plain);
        let headers = reader.byte_headers().map_err(|e| csv_fault(path, 1, &e))?;
        let headers: Vec<String> = headers
            .iter()
            .map(|header| {
                let text = String::from_utf8_lossy(header);
                text.trim_start_matches('\u{feff}').trim().to_lowercase()
            })
            .collect();
        let mut columns = Vec::new();
        for column in &layout.columns {
            let mut places = headers
                .iter()
                .enumerate()
                .filter(|(_, header)| **header == column.name.to_lowercase());
            let place = places.next().map(|(place, _)| place);
            if places.next().is_some() {
                return Err(RowError::Twice {
                    path: shown(path),
                    column: column.name.clone(),
                });
            }
            columns.push((column.clone(), place));
        }
        if columns.iter().all(|(_, place)| place.is_none()) {
            return Err(RowError::NoColumns {
                path: shown(path),
                layout: layout.file.clone(),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            reader,
            schema: layout.schema(),
            columns,
            row: 1,
            numbers: layout.numbered.then_some((1, 1)),
        })
    }

    /// The columns of the layout that the file has, in lower case.
    pub fn columns(&self) -> BTreeSet<String> {
        let there = self.columns.iter().filter(|(_, place)| place.is_some());
        there
            .map(|(column, _)| column.name.to_lowercase())
            .collect()
    }

    /// The same, where rows are numbered, as this file in a row of files, from this number on.
    #[must_use]
    pub fn numbered(mut self, file: i64, first: i64) -> Self {
        self.numbers = self.numbers.map(|_| (file, first));
        self
    }

    /// The next rows; none at the end.
    fn batch(&mut self) -> Result<Option<RecordBatch>, RowError> {
        let mut cells: Vec<Cells> = self
            .columns
            .iter()
            .map(|(column, _)| Cells::of(column.kind))
            .collect();
        let mut record = csv::ByteRecord::new();
        let mut rows = 0_usize;
        while rows < AT_A_TIME {
            let more = self.reader.read_byte_record(&mut record);
            if !more.map_err(|e| csv_fault(&self.path, self.row + 1, &e))? {
                break;
            }
            self.row += 1;
            rows += 1;
            for ((column, place), cells) in self.columns.iter().zip(&mut cells) {
                let cell = place.and_then(|place| record.get(place)).unwrap_or(b"");
                let taken = std::str::from_utf8(cell)
                    .map_err(|_| "text in UTF-8")
                    .and_then(|text| {
                        let text = text.trim_end_matches(' ');
                        let fits = cells.take((!text.is_empty()).then_some(text));
                        fits.map_err(|()| column.kind.in_words())
                    });
                taken.map_err(|wanted| RowError::Cell {
                    path: shown(&self.path),
                    row: self.row,
                    column: column.name.clone(),
                    wanted,
                })?;
            }
        }
        if rows == 0 {
            return Ok(None);
        }
        let mut arrays: Vec<ArrayRef> = cells.into_iter().map(Cells::finish).collect();
        if let Some((file, next)) = &mut self.numbers {
            let after = *next + i64::try_from(rows).unwrap_or(0);
            arrays.push(Arc::new((*next..after).collect::<Int64Array>()));
            arrays.push(Arc::new(Int64Array::from(vec![*file; rows])));
            *next = after;
        }
        Ok(Some(RecordBatch::try_new(
            Arc::clone(&self.schema),
            arrays,
        )?))
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch, RowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// A column that is being filled.
enum Cells {
    Text(StringBuilder),
    Date(Date32Builder),
    Moment(TimestampMicrosecondBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
}

impl Cells {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
            Kind::Moment => Self::Moment(TimestampMicrosecondBuilder::new()),
            Kind::Integer => Self::Integer(Int64Builder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
        }
    }

    fn take(&mut self, cell: Option<&str>) -> Result<(), ()> {
        match self {
            Self::Text(cells) => cells.append_option(cell),
            Self::Date(cells) => cells.append_option(each(cell, day)?),
            Self::Moment(cells) => cells.append_option(each(cell, |text| {
                moment_of(text).map(|moment| moment.and_utc().timestamp_micros())
            })?),
            Self::Integer(cells) => cells.append_option(each(cell, whole)?),
            Self::Number(cells) => cells.append_option(each(cell, |text| {
                text.trim().parse::<f64>().ok().filter(|n| n.is_finite())
            })?),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut cells) => Arc::new(cells.finish()),
            Self::Date(mut cells) => Arc::new(cells.finish()),
            Self::Moment(mut cells) => Arc::new(cells.finish()),
            Self::Integer(mut cells) => Arc::new(cells.finish()),
            Self::Number(mut cells) => Arc::new(cells.finish()),
        }
    }
}

/// Reads a cell that is not empty.
fn each<T>(cell: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ()> {
    cell.map(|text| read(text).ok_or(())).transpose()
}

/// Days since 1970, written as ISO or as councils do (`20/04/2026`); a time of midnight behind the day is no fault.
fn day(text: &str) -> Option<i32> {
    let text = text.trim();
    let date = text
        .parse::<NaiveDate>()
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, "%d/%m/%Y").ok())
        .or_else(|| moment_of(text).map(|moment| moment.date()))?;
    i32::try_from(date.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

/// A whole number, also where it was written as `4.0`.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    rest.bytes()
        .all(|b| b == b'0')
        .then(|| whole.parse().ok())?
}

fn csv_fault(path: &Path, row: u64, fault: &csv::Error) -> RowError {
    let row = fault.position().map_or(row, csv::Position::line);
    let what = match fault.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("it has {len} cells where the first row has {expected_len}"),
        csv::ErrorKind::Io(_) => "it cannot be read to its end".to_owned(),
        _ => "it is not CSV".to_owned(),
    };
    RowError::Csv {
        path: shown(path),
        row,
        what,
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
