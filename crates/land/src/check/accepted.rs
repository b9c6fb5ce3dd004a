//! The rows that may land, as typed Arrow columns.

use super::{
    bits::Bits,
    codes::CodeBook,
    columns::{Columns, Typed},
    layout::NO_DAY,
    spellings::UNKNOWN,
};
use arrow_array::{
    Array, ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, Schema};
use std::sync::Arc;

/// `row_number`, then every field, for the rows that are kept.
pub(super) fn build(
    columns: &Columns<'_>,
    kept: &Bits,
    schema: &Arc<Schema>,
) -> Result<RecordBatch, ArrowError> {
    if kept.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::clone(schema)));
    }
    let numbers = &columns.raw().row_numbers;
    let row_numbers: Vec<i64> = kept
        .iter()
        .map(|row| {
            let number = numbers.get(row).copied().unwrap_or_default();
            i64::try_from(number).unwrap_or(i64::MAX)
        })
        .collect();
    let mut arrays: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(row_numbers))];
    for field in 0..schema.fields().len().saturating_sub(1) {
        arrays.push(array(columns, field, kept)?);
    }
    RecordBatch::try_new(Arc::clone(schema), arrays)
}

fn array(columns: &Columns<'_>, field: usize, kept: &Bits) -> Result<ArrayRef, ArrowError> {
    Ok(match columns.typed(field) {
        Some(Typed::Days(days)) => Arc::new(
            kept.iter()
                .map(|row| days.get(row).copied().filter(|day| *day != NO_DAY))
                .collect::<Date32Array>(),
        ),
        Some(Typed::Hundredths(values)) => Arc::new(
            kept.iter()
                .map(|row| values.get(row).copied().flatten().map(i128::from))
                .collect::<Decimal128Array>()
                .with_precision_and_scale(18, 2)?,
        ),
        Some(Typed::Integers(values)) => Arc::new(
            kept.iter()
                .map(|row| values.get(row).copied().flatten())
                .collect::<Int64Array>(),
        ),
        Some(Typed::Numbers(values)) => Arc::new(
            kept.iter()
                .map(|row| values.get(row).copied().flatten())
                .collect::<Float64Array>(),
        ),
        Some(Typed::Code { ids, inexact })
            if inexact.is_some()
                || columns
                    .book(field)
                    .is_some_and(CodeBook::changes_on_landing) =>
        {
            let book = columns.book(field);
            texts(kept, |row| {
                let id = ids.get(row).copied().unwrap_or_default();
                let official = book
                    .filter(|_| id != UNKNOWN)
                    .and_then(|book| book.entry(id.checked_sub(1)?)?.landing());
                official.map_or_else(|| columns.cell(field, row), str::as_bytes)
            })?
        }
        Some(Typed::Text | Typed::Code { .. }) => match whole(columns, field, kept)? {
            Some(array) => array,
            None => texts(kept, |row| columns.cell(field, row))?,
        },
        None => Arc::new(StringArray::new_null(kept.count())),
    })
}

/// A text column of which every row is kept as sent: its bytes are taken over in one piece.
fn whole(columns: &Columns<'_>, field: usize, kept: &Bits) -> Result<Option<ArrayRef>, ArrowError> {
    let (Some(column), Some(trimmed)) = (columns.raw_column(field), columns.trimmed(field)) else {
        return Ok(None);
    };
    if trimmed.any_outer_space() || !kept.is_full() {
        return Ok(None);
    }
    let mut offsets = Vec::with_capacity(column.ends.len() + 1);
    offsets.push(0);
    for end in &column.ends {
        offsets.push(offset(*end as usize)?);
    }
    let filled = trimmed.blank.not();
    let array = StringArray::try_new(
        OffsetBuffer::new(offsets.into()),
        column.bytes.clone().into(),
        Some(
            (0..kept.rows())
                .map(|row| filled.has(row))
                .collect::<NullBuffer>(),
        ),
    )?;
    Ok(Some(Arc::new(array)))
}

/// A text column made cell by cell; an empty cell is null.
fn texts<'a>(kept: &Bits, cell: impl Fn(usize) -> &'a [u8]) -> Result<ArrayRef, ArrowError> {
    let rows = kept.count();
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0);
    let mut bytes = Vec::new();
    let mut filled = Vec::with_capacity(rows);
    for row in kept.iter() {
        let text = cell(row);
        bytes.extend_from_slice(text);
        offsets.push(offset(bytes.len())?);
        filled.push(!text.is_empty());
    }
    let array = StringArray::try_new(
        OffsetBuffer::new(offsets.into()),
        bytes.into(),
        Some(NullBuffer::from(filled)),
    )?;
    debug_assert_eq!(array.len(), rows);
    Ok(Arc::new(array))
}

fn offset(length: usize) -> Result<i32, ArrowError> {
    i32::try_from(length).map_err(|_| ArrowError::OffsetOverflowError(length))
}
