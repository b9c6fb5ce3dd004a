//! Reading responses, of this service or another.

use super::ResponseRow;
use crate::trace::{
    OlderHead, ResponseColumn, ResultCode,
    input::{Record, Records},
};
use std::io::{self, Read};

/// The most characters of a cell.
const LONGEST: usize = 4_000;

/// A response cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ResponseError {
    /// The bytes could not be read.
    #[error("the response cannot be read")]
    Read(#[from] io::Error),
    /// It has not the form of a response.
    #[error("the first row has no column `{column}`, which every response has")]
    NoResponse { column: &'static str },
    /// The request was faulty as a whole.
    #[error("the request was refused with code {code}: {}", code.means())]
    Refused { code: ResultCode },
    /// A row is not readable.
    #[error("row {row} of the response {says}")]
    Row { row: u64, says: &'static str },
}

/// Reads a response row by row.
pub struct Responses<R> {
    records: Records<R>,
    record: Record,
    places: Vec<Option<ResponseColumn>>,
    older: Option<OlderHead>,
}

impl<R: Read> Responses<R> {
    /// Reads as far as the first row. Columns that are none of a response's are read past.
    pub fn open(bytes: R) -> Result<Self, ResponseError> {
        let mut all = Self {
            records: Records::new(bytes, LONGEST),
            record: Record::default(),
            places: Vec::new(),
            older: None,
        };
        all.records.next(&mut all.record)?;
        let first = &all.record;
        if first
            .get(0)
            .trim()
            .get(..3)
            .is_some_and(|mark| mark.eq_ignore_ascii_case("MPT"))
        {
            let field = |at: usize| first.get(at).trim().to_owned();
            let code = ResultCode::parse(&field(4)).ok_or(ResponseError::Row {
                row: 1,
                says: "has no result code in its fifth field",
            })?;
            if code != ResultCode::Success {
                return Err(ResponseError::Refused { code });
            }
            all.older = Some(OlderHead {
                reference: field(0),
                workflow: field(1),
                timestamp: field(2),
                count: field(3),
            });
            let columns = ResponseColumn::ALL.into_iter();
            all.places = columns.take(ResponseColumn::OF_BATCH).map(Some).collect();
            return Ok(all);
        }
        all.places = first.kept().map(ResponseColumn::named).collect();
        for column in [ResponseColumn::Reference, ResponseColumn::Code] {
            if !all.places.contains(&Some(column)) {
                let column = column.name();
                return Err(ResponseError::NoResponse { column });
            }
        }
        Ok(all)
    }

    /// The first line of a response of the older form.
    pub const fn older(&self) -> Option<&OlderHead> {
        self.older.as_ref()
    }

    /// The next row.
    pub fn next_row(&mut self) -> Result<Option<ResponseRow>, ResponseError> {
        if !self.records.next(&mut self.record)? {
            return Ok(None);
        }
        let fault = |says| ResponseError::Row {
            row: self.records.rows(),
            says,
        };
        if self.record.fields != self.places.len() {
            return Err(fault("has not as many fields as the header"));
        }
        if self.record.too_long {
            return Err(fault("has a cell of more than 4,000 characters"));
        }
        let mut row = ResponseRow::default();
        for (at, column) in self.places.iter().enumerate() {
            if let Some(column) = column {
                row.set(*column, self.record.get(at));
            }
        }
        let code = row.code().ok_or_else(|| fault("has no result code"))?;
        if row.get(ResponseColumn::Reference).is_empty() && code.is_of_file() && !code.is_usable() {
            return Err(ResponseError::Refused { code });
        }
        Ok(Some(row))
    }
}
