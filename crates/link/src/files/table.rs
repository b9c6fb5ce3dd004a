//! Reading columns of text from Parquet or CSV, a batch at a time.

use super::{
    FileError,
    csv_rows::{CsvRows, Odd},
};
use arrow_array::{
    Array, ArrayRef, RecordBatch, StringArray,
    builder::StringBuilder,
    cast::AsArray,
    types::{Date32Type, Float32Type, Float64Type, Int32Type, Int64Type},
};
use arrow_schema::{DataType, Schema};
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};
use std::{
    borrow::Cow,
    fs::File,
    io::{BufReader, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Rows that are in memory at a time.
const BATCH: usize = 8192;

/// How many rows a batch has, and for each wanted column its texts; `None` for a column that the file has not.
pub type Batch = (usize, Vec<Option<StringArray>>);

/// The columns that were asked for, a batch at a time; those that the file has not are `None`.
pub struct Rows {
    path: PathBuf,
    source: Source,
    /// For each wanted column its place in the batches.
    places: Vec<Option<usize>>,
    columns: Vec<String>,
}

/// Rows that another part of the program reads: what they are called in messages, their columns, and the rows.
pub struct Batches {
    /// What they are called in messages.
    pub name: String,
    /// The names of their columns.
    pub columns: Vec<String>,
    /// The rows; an error says why there are no more.
    pub rows: Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>,
}

enum Source {
    Batches(Box<dyn Iterator<Item = Result<RecordBatch, String>> + Send>),
    Parquet(ParquetRecordBatchReader),
    Csv {
        rows: Box<CsvRows>,
        /// For each place in a batch, the place in the file.
        fields: Vec<usize>,
    },
}

/// Opens a file by its ending: `.parquet`, else CSV.
pub fn open(path: &Path, wanted: &[&str]) -> Result<Rows, FileError> {
    let parquet = path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("parquet"));
    if parquet {
        open_parquet(path, wanted)
    } else {
        open_csv(path, wanted)
    }
}

impl Batches {
    /// The wanted columns of the rows.
    pub(super) fn open(self, wanted: &[&str]) -> Rows {
        let at = |name: &&str| self.columns.iter().position(|column| column == name);
        Rows {
            path: PathBuf::from(self.name),
            places: wanted.iter().map(at).collect(),
            columns: self.columns,
            source: Source::Batches(self.rows),
        }
    }
}

fn fault(path: &Path) -> impl Fn(std::io::Error) -> FileError + '_ {
    move |source| FileError::Io {
        doing: "read",
        path: path.to_owned(),
        source,
    }
}

fn open_parquet(path: &Path, wanted: &[&str]) -> Result<Rows, FileError> {
    let bad = |e: &dyn std::fmt::Display| FileError::NotReadable {
        path: path.to_owned(),
        kind: "Parquet",
        message: e.to_string(),
    };
    let file = File::open(path).map_err(fault(path))?;
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
        .map_err(|e| bad(&e))?;
    let schema: Arc<Schema> = Arc::clone(builder.schema());
    let columns: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let found: Vec<Option<usize>> = wanted
        .iter()
        .map(|name| columns.iter().position(|column| column == name))
        .collect();
    let mut kept: Vec<usize> = found.iter().copied().flatten().collect();
    kept.sort_unstable();
    kept.dedup();
    let places = found
        .iter()
        .map(|at| at.and_then(|at| kept.iter().position(|kept| *kept == at)))
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), kept);
    let reader = builder
        .with_projection(mask)
        .with_batch_size(BATCH)
        .build()
        .map_err(|e| bad(&e))?;
    Ok(Rows {
        path: path.to_owned(),
        source: Source::Parquet(reader),
        places,
        columns,
    })
}

fn open_csv(path: &Path, wanted: &[&str]) -> Result<Rows, FileError> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path).map_err(fault(path))?);
    skip_mark(&mut file, path)?;
    let rows = CsvRows::new(path, file, |name| text(name).trim().to_owned())?;
    let columns = rows.columns().to_vec();
    let mut fields = Vec::new();
    let mut places = Vec::new();
    for name in wanted {
        let at = columns.iter().position(|column| column == name);
        places.push(at.map(|at| {
            fields.push(at);
            fields.len() - 1
        }));
    }
    Ok(Rows {
        path: path.to_owned(),
        source: Source::Csv {
            rows: Box::new(rows),
            fields,
        },
        places,
        columns,
    })
}

/// Passes over the mark of UTF-8; a file in UTF-16 is told as such.
fn skip_mark(file: &mut BufReader<File>, path: &Path) -> Result<(), FileError> {
    use std::io::BufRead as _;
    let head = file.fill_buf().map_err(fault(path))?;
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        let mut mark = [0; 3];
        file.read_exact(&mut mark).map_err(fault(path))?;
    } else if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
        return Err(FileError::NotReadable {
            path: path.to_owned(),
            kind: "CSV",
            message: "it is in UTF-16; save it as \"CSV UTF-8\"".to_owned(),
        });
    } else if head.contains(&0) {
        return Err(FileError::NotReadable {
            path: path.to_owned(),
            kind: "CSV",
            message: "it holds zero bytes, which text does not".to_owned(),
        });
    }
    Ok(())
}

/// Text in UTF-8, or in Windows-1252 where it is not.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
        }
    }
}

impl Rows {
    /// Whether the file has the wanted column at this place.
    pub fn has(&self, wanted: usize) -> bool {
        self.places.get(wanted).copied().flatten().is_some()
    }

    /// The columns of the file.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// What was odd about the rows that were read so far.
    pub fn odd(&self) -> Vec<Odd> {
        match &self.source {
            Source::Batches(_) | Source::Parquet(_) => Vec::new(),
            Source::Csv { rows, .. } => rows.odd(),
        }
    }

    /// The same as sentences.
    pub fn notes(&self) -> Vec<String> {
        let file = self.path.display();
        let odd = self.odd().into_iter();
        odd.map(
            |Odd {
                 message,
                 count,
                 line,
             }| { format!("{file}: {message} ({count}, the first on line {line})") },
        )
        .collect()
    }

    /// The next batch: for each wanted column its texts, and how many rows there are. `None` at the end.
    pub fn next_batch(&mut self) -> Result<Option<Batch>, FileError> {
        let path = &self.path;
        let bad = |kind, message: String| FileError::NotReadable {
            path: path.clone(),
            kind,
            message,
        };
        let (rows, arrays) = match &mut self.source {
            Source::Batches(rows) => match rows.next() {
                None => return Ok(None),
                Some(batch) => as_texts(&batch.map_err(|e| bad("a table", e))?)
                    .ok_or_else(|| bad("a table", NO_TEXT.to_owned()))?,
            },
            Source::Parquet(reader) => match reader.next() {
                None => return Ok(None),
                Some(batch) => as_texts(&batch.map_err(|e| bad("Parquet", e.to_string()))?)
                    .ok_or_else(|| bad("Parquet", NO_TEXT.to_owned()))?,
            },
            Source::Csv {
                rows: reader,
                fields,
            } => {
                let mut builders: Vec<StringBuilder> =
                    fields.iter().map(|_| StringBuilder::new()).collect();
                let mut record = csv::ByteRecord::new();
                let mut rows = 0;
                while rows < BATCH && reader.next(&mut record)? {
                    for (field, builder) in fields.iter().zip(&mut builders) {
                        match record.get(*field) {
                            Some(value) if !value.is_empty() => builder.append_value(text(value)),
                            _ => builder.append_null(),
                        }
                    }
                    rows += 1;
                }
                if rows == 0 {
                    return Ok(None);
                }
                (
                    rows,
                    builders.iter_mut().map(StringBuilder::finish).collect(),
                )
            }
        };
        let columns = self
            .places
            .iter()
            .map(|place| arrays.get((*place)?).cloned());
        Ok(Some((rows, columns.collect())))
    }
}

const NO_TEXT: &str = "a column holds neither text, dates nor numbers";

fn as_texts(batch: &RecordBatch) -> Option<(usize, Vec<StringArray>)> {
    let texts: Option<Vec<StringArray>> = batch.columns().iter().map(texts).collect();
    Some((batch.num_rows(), texts?))
}

/// A column as text: dates in ISO form, numbers in digits so that none is lost.
fn texts(array: &ArrayRef) -> Option<StringArray> {
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().clone(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().collect(),
        DataType::Utf8View => array.as_string_view().iter().collect(),
        DataType::Int32 => {
            let numbers = array.as_primitive::<Int32Type>().iter();
            numbers.map(|n| n.map(|n| n.to_string())).collect()
        }
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>().iter();
            numbers.map(|n| n.map(|n| n.to_string())).collect()
        }
        DataType::Float32 => {
            let numbers = array.as_primitive::<Float32Type>().iter();
            numbers.map(|n| n.map(|n| n.to_string())).collect()
        }
        DataType::Float64 => {
            let numbers = array.as_primitive::<Float64Type>().iter();
            numbers.map(|n| n.map(|n| n.to_string())).collect()
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let epoch = model::Date::from_ymd_opt(1970, 1, 1)?;
            let day = |days: i32| epoch.checked_add_signed(chrono::TimeDelta::days(days.into()));
            days.iter()
                .map(|days| days.and_then(day).map(|day| day.to_string()))
                .collect()
        }
        DataType::Binary => {
            let bytes = array.as_binary::<i32>().iter();
            bytes.map(|bytes| bytes.map(text)).collect()
        }
        DataType::Null => std::iter::repeat_n(None::<&str>, array.len()).collect(),
        _ => return None,
    })
}
