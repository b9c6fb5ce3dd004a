//! The plain types that tables hold: no views, no dictionaries, one width of text and of whole number.
//!
//! The engine gives results in whichever form suited it; a table must have the same types on every run.

use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch},
        compute::cast,
        datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit},
    },
    error::DataFusionError,
};
use std::sync::Arc;

/// The type that a column of this type is kept in.
fn kept_as(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::Dictionary(_, value) => kept_as(value),
        DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32 => DataType::Int64,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Date64 => DataType::Date32,
        DataType::Timestamp(_, zone) => DataType::Timestamp(
            TimeUnit::Microsecond,
            zone.as_ref().map(|_| Arc::from("UTC")),
        ),
        DataType::Decimal256(..) => DataType::Decimal128(38, 2),
        other => other.clone(),
    }
}

/// A schema with the types that tables hold; every column may be null.
pub(crate) fn schema(schema: &Schema) -> SchemaRef {
    let fields = schema
        .fields()
        .iter()
        .map(|f| Field::new(f.name(), kept_as(f.data_type()), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A batch with its columns cast to a plain schema.
pub(crate) fn batch(batch: &RecordBatch, to: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let columns: Vec<ArrayRef> = batch
        .columns()
        .iter()
        .zip(to.fields())
        .map(|(column, field)| cast(column, field.data_type()))
        .collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(to), columns)?)
}
