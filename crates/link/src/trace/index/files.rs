//! What an index is read from: people, history, superseded numbers; CSV with a header row, or the same columns of
//! landed tables (`tables.rs`).
//!
//! | file | columns |
//! | --- | --- |
//! | people | `nhs_number`; all others may be left out: `given_name`, `other_given_name`, `family_name`, `sex`, `dob`, `postcode`, `gp_practice`, `date_of_death`, `confidentiality`, `status` (`cancelled` or blank), `address_line1` to `address_line5`, `gp_registration_date`, `posting_id`, `telephone_number`, `mobile_number`, `email_address`, `valid_from` |
//! | history | `nhs_number`, `field`, `value`, and `from`, `to` |
//! | superseded | `nhs_number`, `replaced_by` |
//!
//! Dates are `YYYY-MM-DD` or `YYYYMMDD`, or a month or year alone. A row that cannot be used is left out and
//! counted; one bad row must not keep a million people out of the index.

use super::{HistoryField, HistoryRow, IndexBuilder, PersonRow, SupersededRow};
use crate::{
    clean::nhs_number_key,
    trace::{
        Day,
        column::same_name,
        input::{Record, Records},
    },
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io::{self, Read},
};

pub(super) const PEOPLE: [&str; MOST_COLUMNS] = [
    "nhs_number",
    "given_name",
    "other_given_name",
    "family_name",
    "sex",
    "dob",
    "postcode",
    "gp_practice",
    "date_of_death",
    "confidentiality",
    "status",
    "address_line1",
    "address_line2",
    "address_line3",
    "address_line4",
    "address_line5",
    "gp_registration_date",
    "posting_id",
    "telephone_number",
    "mobile_number",
    "email_address",
    "valid_from",
];
pub(super) const HISTORY: [&str; 5] = ["nhs_number", "field", "value", "from", "to"];
pub(super) const SUPERSEDED: [&str; 2] = ["nhs_number", "replaced_by"];
/// How many columns the widest of them has.
pub(super) const MOST_COLUMNS: usize = 22;
/// The most characters of a cell.
pub(super) const LONGEST: usize = 1_000;
pub(super) const TOO_LONG: &str = "a cell is longer than 1,000 characters";

/// A file of the index cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum IndexFileError {
    /// The bytes could not be read.
    #[error("the file of {file} cannot be read")]
    Read {
        file: &'static str,
        source: io::Error,
    },
    /// A column that must be there is not.
    #[error("the file of {file} has no column `{column}`")]
    Missing {
        file: &'static str,
        column: &'static str,
    },
    /// A column that nobody reads, or the same one twice.
    #[error("the file of {file} has a column `{column}` that is unknown or stands twice{}", nearest.map(|n| format!(", nearest is `{n}`")).unwrap_or_default())]
    Unknown {
        file: &'static str,
        column: String,
        nearest: Option<&'static str>,
    },
}

/// What was read, and what was left out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct FilesReport {
    /// Rows that were taken.
    pub rows: u64,
    /// Rows that were left out, by reason: how many, and the first of them as a spreadsheet numbers it.
    pub left_out: BTreeMap<&'static str, (u64, u64)>,
}

/// Reads people into a builder.
pub fn read_people(
    from: impl Read,
    into: &mut IndexBuilder,
) -> Result<FilesReport, IndexFileError> {
    read(from, "people", &PEOPLE, 1, |row| take_person(row, into))
}

/// Reads former details into a builder.
pub fn read_history(
    from: impl Read,
    into: &mut IndexBuilder,
) -> Result<FilesReport, IndexFileError> {
    read(from, "history", &HISTORY, 3, |row| take_history(row, into))
}

/// Reads superseded numbers into a builder.
pub fn read_superseded(
    from: impl Read,
    into: &mut IndexBuilder,
) -> Result<FilesReport, IndexFileError> {
    read(from, "superseded", &SUPERSEDED, 2, |row| {
        take_superseded(row, into)
    })
}

pub(super) fn take_person(row: &Cells<'_>, into: &mut IndexBuilder) -> Result<(), &'static str> {
    into.person(&PersonRow {
        nhs_number: number(row.get(0))?,
        given_name: row.get(1).to_owned(),
        other_given_name: row.get(2).to_owned(),
        family_name: row.get(3).to_owned(),
        sex: row.get(4).to_owned(),
        date_of_birth: day(row.get(5), "dob is no date")?,
        postcode: row.get(6).to_owned(),
        gp_practice: row.get(7).to_owned(),
        date_of_death: day(row.get(8), "date_of_death is no date")?,
        confidentiality: row.get(9).to_owned(),
        cancelled: match row.get(10).to_ascii_lowercase().as_str() {
            "cancelled" => true,
            "" | "active" => false,
            _ => return Err("status is neither `cancelled` nor `active`"),
        },
        address: [11, 12, 13, 14, 15].map(|at| row.get(at).to_owned()),
        gp_registration_date: day(row.get(16), "gp_registration_date is no date")?,
        posting_id: row.get(17).to_owned(),
        telephone_number: row.get(18).to_owned(),
        mobile_number: row.get(19).to_owned(),
        email_address: row.get(20).to_owned(),
        valid_from: day(row.get(21), "valid_from is no date")?,
    });
    Ok(())
}

pub(super) fn take_history(row: &Cells<'_>, into: &mut IndexBuilder) -> Result<(), &'static str> {
    into.history(&HistoryRow {
        nhs_number: number(row.get(0))?,
        field: HistoryField::named(row.get(1)).ok_or("field is none that has a history")?,
        value: row.get(2).to_owned(),
        from: day(row.get(3), "from is no date")?,
        to: day(row.get(4), "to is no date")?,
    });
    Ok(())
}

pub(super) fn take_superseded(
    row: &Cells<'_>,
    into: &mut IndexBuilder,
) -> Result<(), &'static str> {
    into.superseded(SupersededRow {
        nhs_number: number(row.get(0))?,
        replaced_by: number(row.get(1)).map_err(|_| "replaced_by is no NHS number")?,
    });
    Ok(())
}

fn number(text: &str) -> Result<u64, &'static str> {
    nhs_number_key(text)
        .and_then(|digits| digits.parse().ok())
        .ok_or("nhs_number is no NHS number")
}

fn day(text: &str, otherwise: &'static str) -> Result<Day, &'static str> {
    if text.is_empty() {
        Ok(Day::NONE)
    } else {
        Day::parse(text).ok_or(otherwise)
    }
}

/// The cells of a row, by the place of their column in the list of columns.
pub(super) struct Cells<'a>(pub(super) [&'a str; MOST_COLUMNS]);

impl<'a> Cells<'a> {
    fn get(&self, column: usize) -> &'a str {
        self.0.get(column).map_or("", |cell| cell.trim())
    }
}

impl FilesReport {
    /// Counts a row that was taken, or the reason why it was not.
    pub(super) fn count(&mut self, row: u64, taken: Result<(), &'static str>) {
        match taken {
            Ok(()) => self.rows += 1,
            Err(reason) => self.left_out.entry(reason).or_insert((0, row)).0 += 1,
        }
    }
}

/// Reads a file whose first `required` columns must be there.
fn read(
    from: impl Read,
    file: &'static str,
    columns: &'static [&'static str],
    required: usize,
    mut take: impl FnMut(&Cells<'_>) -> Result<(), &'static str>,
) -> Result<FilesReport, IndexFileError> {
    let mut records = Records::new(from, LONGEST);
    let mut record = Record::default();
    let fault = |source| IndexFileError::Read { file, source };
    let mut places = vec![None; columns.len()];
    records.next(&mut record).map_err(fault)?;
    for (place, name) in record.kept().enumerate() {
        let at = columns.iter().position(|column| same_name(column, name));
        let held = at.and_then(|at| places.get_mut(at));
        if held.is_none_or(|held| held.replace(place).is_some()) {
            return Err(IndexFileError::Unknown {
                file,
                column: name.trim().to_owned(),
                nearest: model::content::nearest(name, columns.iter().copied()),
            });
        }
    }
    let mut must = columns.iter().zip(&places).take(required);
    if let Some((column, _)) = must.find(|(_, place)| place.is_none()) {
        return Err(IndexFileError::Missing { file, column });
    }
    let width = record.fields;
    let mut report = FilesReport::default();
    while records.next(&mut record).map_err(fault)? {
        let mut cells = Cells([""; MOST_COLUMNS]);
        for (cell, place) in cells.0.iter_mut().zip(&places) {
            *cell = place.map_or("", |place| record.get(place));
        }
        let taken = if record.fields != width {
            Err("the row has not as many fields as the header")
        } else if record.too_long {
            Err(TOO_LONG)
        } else {
            take(&cells)
        };
        report.count(records.rows(), taken);
    }
    Ok(report)
}
