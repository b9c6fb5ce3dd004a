//! Functions that look a text up in a table that a step made: the value that stands for it, without regard to case.

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, RecordBatch, StringBuilder},
        compute::cast,
        datatypes::DataType,
    },
    error::Result as EngineResult,
    logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf},
};
use std::{collections::HashMap, sync::Arc};

/// Values by a first and a second key; the second in lower case.
type Values = HashMap<String, HashMap<String, String>>;

/// A function of two texts, from rows of three: both keys, and the value that it gives.
pub(super) fn function(name: &str, rows: &[RecordBatch]) -> EngineResult<ScalarUDF> {
    let mut values = Values::new();
    for batch in rows {
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok(cast(column, &DataType::Utf8)?))
            .collect::<EngineResult<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            let mut cells = columns.iter().map(|column| text(column, row));
            if let (Some(Some(first)), Some(Some(second)), Some(Some(value))) =
                (cells.next(), cells.next(), cells.next())
            {
                let of_first = values.entry(first.to_owned()).or_default();
                of_first.insert(second.to_lowercase(), value.to_owned());
            }
        }
    }
    Ok(create_udf(
        name,
        vec![DataType::Utf8, DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(move |arguments: &[ColumnarValue]| looked_up(&values, arguments)),
    ))
}

fn looked_up(values: &Values, arguments: &[ColumnarValue]) -> EngineResult<ColumnarValue> {
    let constant = arguments
        .iter()
        .all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
    let arrays = ColumnarValue::values_to_arrays(arguments)?
        .iter()
        .map(|array| Ok(cast(array, &DataType::Utf8)?))
        .collect::<EngineResult<Vec<_>>>()?;
    let mut out = StringBuilder::new();
    if let [first, second] = arrays.as_slice() {
        // Columns hold few different values: each is looked up once.
        let mut known: HashMap<(&str, &str), Option<&str>> = HashMap::new();
        for row in 0..first.len() {
            let found = match (text(first, row), text(second, row)) {
                (Some(a), Some(b)) => *known
                    .entry((a, b))
                    .or_insert_with(|| Some(values.get(a)?.get(&b.to_lowercase())?.as_str())),
                _ => None,
            };
            out.append_option(found);
        }
    }
    let out: ArrayRef = Arc::new(out.finish());
    if constant {
        let one = datafusion::common::ScalarValue::try_from_array(&out, 0)?;
        return Ok(ColumnarValue::Scalar(one));
    }
    Ok(ColumnarValue::Array(out))
}

fn text(array: &ArrayRef, row: usize) -> Option<&str> {
    let array = array.as_string_opt::<i32>()?;
    (!array.is_null(row)).then(|| array.value(row))
}
