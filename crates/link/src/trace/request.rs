//! Batch trace requests: the current file with a header row, and the older one whose first line tells of the file.
//!
//! A fault of the file is a [`FileFault`], which is answered with a file; a fault of a row is a code on that row.
//! A request is read twice: [`survey`] counts rows and finds references that repeat, then [`Request`] hands out
//! row after row, so that no more than one row and eight bytes for each reference are held.

mod older;
mod row;
mod write;

pub use older::OlderHead;
pub use row::Row;
pub use write::write_request;

use crate::trace::{
    Column, RequestSettings, ResultCode, UnknownColumns,
    input::{Record, Records},
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read},
};

/// What is wrong with a whole file, and the code that answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The code.
    pub code: ResultCode,
    /// What is wrong, where, and what to do; without anything from a row.
    pub says: String,
    /// The first line of an older file, which its answer repeats.
    pub older: Option<OlderHead>,
}

/// Why a request is not read.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The file could not be read to its end.
    #[error("the request cannot be read")]
    Read(#[from] io::Error),
    /// The file is faulty. It is answered with a code.
    #[error("{}", .0.says)]
    Fault(Box<FileFault>),
}

impl FileFault {
    pub(crate) fn found(code: ResultCode, says: impl Into<String>) -> RequestError {
        RequestError::Fault(Box::new(Self {
            code,
            says: says.into(),
            older: None,
        }))
    }
}

/// Which of the two forms a file has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A header row with names.
    Current,
    /// A first line about the file, and columns in a fixed order.
    Older(OlderHead),
}

/// A request that is being read.
pub struct Request<R> {
    records: Records<R>,
    form: Form,
    /// Where each column stands.
    places: [Option<usize>; 24],
    width: usize,
    unknown: Vec<String>,
    record: Record,
    /// Whether `record` is a row that was read ahead.
    ahead: bool,
    refuse_malformed_numbers: bool,
}

/// What the first reading of a file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Which form the file has.
    pub form: Form,
    /// How many rows it has.
    pub rows: u64,
    /// How many rows held text that was read as Windows-1252.
    pub rows_in_windows_1252: u64,
    /// Columns that are none of a request's and are read past.
    pub unknown_columns: Vec<String>,
    /// Digests of references that stand more than once, in order.
    repeated: Vec<u64>,
}

impl Survey {
    /// Whether the reference of this row stands in the file more than once.
    pub fn is_repeated(&self, row: &Row) -> bool {
        !self.repeated.is_empty()
            && self
                .repeated
                .binary_search(&digest(row.raw(Column::Reference)))
                .is_ok()
    }
}

impl<R: Read> Request<R> {
    /// Reads as far as the first row. `file_name` is what the sender called the file, where that is known.
    pub fn open(
        bytes: R,
        file_name: Option<&str>,
        settings: &RequestSettings,
    ) -> Result<Self, RequestError> {
        let mut request = Self {
            records: Records::new(bytes, settings.maximum_field_length),
            form: Form::Current,
            places: [None; 24],
            width: 0,
            unknown: Vec::new(),
            record: Record::default(),
            ahead: false,
            refuse_malformed_numbers: settings.malformed_number
                == crate::trace::MalformedNumber::Refuse,
        };
        if !request.records.next(&mut request.record)? {
            return Err(FileFault::found(
                ResultCode::NotParsed,
                "the file is empty; the first row must have the names of columns",
            ));
        }
        if older::is_older(&request.record, file_name, settings) {
            let head = older::head(&request.record, file_name, settings)?;
            request.form = Form::Older(head);
            request.fixed_order(settings);
            request.ahead = request.records.next(&mut request.record)?;
            let header = |field: &str| Column::named(field) == Some(Column::Reference);
            if request.ahead && request.record.kept().any(header) {
                request.header(settings)?;
                request.ahead = false;
            }
        } else {
            request.header(settings)?;
        }
        Ok(request)
    }

    /// Which form the file has.
    pub const fn form(&self) -> &Form {
        &self.form
    }

    /// The next row, with the fault that it has on its own.
    pub fn next_row(&mut self) -> io::Result<Option<Row>> {
        Ok(self.next()?.then(|| self.row()))
    }

    fn next(&mut self) -> io::Result<bool> {
        if self.ahead {
            self.ahead = false;
            return Ok(true);
        }
        self.records.next(&mut self.record)
    }

    fn row(&self) -> Row {
        let cells = self
            .places
            .map(|place| place.map_or("", |place| self.record.get(place)));
        let place = self.records.rows();
        let fault = match self.record.fields {
            fields if fields < self.width => Some(ResultCode::TooFewFields),
            fields if fields > self.width => Some(ResultCode::TooManyFields),
            _ if self.record.too_long => Some(ResultCode::TooLong),
            _ => None,
        };
        Row::checked(place, &cells, fault, self.refuse_malformed_numbers)
    }

    fn fixed_order(&mut self, settings: &RequestSettings) {
        self.width = settings.older_columns.len();
        for (place, column) in settings.older_columns.iter().enumerate() {
            if let Some(held) = self.places.get_mut(*column as usize) {
                *held = Some(place);
            }
        }
    }

    fn header(&mut self, settings: &RequestSettings) -> Result<(), RequestError> {
        self.places = [None; 24];
        self.width = self.record.fields;
        let mut unknown = Vec::new();
        for (place, name) in self.record.kept().enumerate() {
            let Some(column) = Column::named(name) else {
                unknown.push(name.trim().to_owned());
                continue;
            };
            if let Some(held) = self.places.get_mut(column as usize)
                && held.replace(place).is_some()
            {
                return Err(FileFault::found(
                    ResultCode::NotParsed,
                    format!("column `{}` stands twice; leave one out", column.name()),
                ));
            }
        }
        // What is no header may be a person, so nothing of it is repeated.
        if self.places.iter().all(Option::is_none) {
            return Err(FileFault::found(
                ResultCode::NotParsed,
                "the first row has none of the column names of a request; the first of them is `UNIQUE REFERENCE`",
            ));
        }
        if self.places.first().copied().flatten().is_none() {
            return Err(FileFault::found(
                ResultCode::RequiredMissing,
                "column `UNIQUE REFERENCE` is missing; give every row a reference of its own",
            ));
        }
        if let (Some(first), UnknownColumns::Refuse) = (unknown.first(), settings.unknown_columns) {
            let near = model::content::nearest(first, Column::ALL.map(Column::name))
                .map(|name| format!(", nearest is `{name}`"))
                .unwrap_or_default();
            return Err(FileFault::found(
                ResultCode::NotParsed,
                format!("column `{first}` is none of a request's{near}"),
            ));
        }
        self.unknown = unknown;
        Ok(())
    }
}

/// Reads a whole request once: how many rows, which references repeat, and whether the file as a whole is faulty.
pub fn survey(
    bytes: impl Read,
    file_name: Option<&str>,
    settings: &RequestSettings,
) -> Result<Survey, RequestError> {
    let mut request = Request::open(bytes, file_name, settings)?;
    let place = request
        .places
        .first()
        .copied()
        .flatten()
        .unwrap_or_default();
    let (mut references, mut rows, mut rows_in_windows_1252) = (Vec::new(), 0u64, 0);
    while request.next()? {
        rows += 1;
        if rows > u64::from(settings.maximum_records) {
            return Err(older::of(
                &request.form,
                FileFault::found(
                    ResultCode::TooManyRecords,
                    format!(
                        "the file has more than {} rows; divide it",
                        settings.maximum_records
                    ),
                ),
            ));
        }
        rows_in_windows_1252 += u64::from(request.record.other_encoding);
        references.push(digest(request.record.get(place)));
    }
    older::count(&request.form, rows)?;
    references.sort_unstable();
    let mut repeated: Vec<u64> = references
        .iter()
        .zip(references.iter().skip(1))
        .filter(|(a, b)| a == b)
        .map(|(a, _)| *a)
        .collect();
    repeated.dedup();
    Ok(Survey {
        form: request.form,
        rows,
        rows_in_windows_1252,
        unknown_columns: request.unknown,
        repeated,
    })
}

/// Eight bytes that stand for a reference.
fn digest(reference: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    reference.trim().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
