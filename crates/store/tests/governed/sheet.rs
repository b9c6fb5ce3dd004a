//! Rows of plain values, for tables that a test makes and for answers that it compares.

use model::Date;
use std::sync::Arc;
use store::arrow::{
    array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
    Real,
    Day,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Text(String),
    Number(i64),
    Real(f64),
    Day(Date),
}

/// A table: named columns of one kind each, and rows.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<(String, Kind)>,
    pub(crate) rows: Vec<Vec<Value>>,
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The value as an answer is compared: null is empty, a real number has one decimal.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Real(number) => format!("{number:.1}"),
            Self::Day(day) => day.to_string(),
        }
    }
}

impl Sheet {
    pub(crate) fn new(columns: &[(&str, Kind)]) -> Self {
        Self {
            columns: columns.iter().map(|(n, k)| ((*n).to_owned(), *k)).collect(),
            rows: Vec::new(),
        }
    }

    /// Where a column stands.
    pub(crate) fn at(&self, column: &str) -> usize {
        self.columns
            .iter()
            .position(|(name, _)| name == column)
            .unwrap_or_else(|| panic!("there is no column {column}"))
    }

    /// The value of a row in a column.
    pub(crate) fn value<'a>(&self, row: &'a [Value], column: &str) -> &'a Value {
        &row[self.at(column)]
    }

    pub(crate) fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|(name, kind)| {
            let kind = match kind {
                Kind::Text => DataType::Utf8,
                Kind::Number => DataType::Int64,
                Kind::Real => DataType::Float64,
                Kind::Day => DataType::Date32,
            };
            Field::new(name, kind, true)
        });
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    pub(crate) fn batch(&self) -> RecordBatch {
        let epoch = Date::from_ymd_opt(1970, 1, 1).unwrap();
        let columns = self.columns.iter().enumerate().map(|(at, (name, kind))| {
            let wrong = |value: &Value| -> ! { panic!("{name} holds {value:?}") };
            let cells = self.rows.iter().map(|row| &row[at]);
            match kind {
                Kind::Text => Arc::new(
                    cells
                        .map(|value| match value {
                            Value::Null => None,
                            Value::Text(text) => Some(text.clone()),
                            other => wrong(other),
                        })
                        .collect::<StringArray>(),
                ) as ArrayRef,
                Kind::Number => Arc::new(
                    cells
                        .map(|value| match value {
                            Value::Null => None,
                            Value::Number(number) => Some(*number),
                            other => wrong(other),
                        })
                        .collect::<Int64Array>(),
                ),
                Kind::Real => Arc::new(
                    cells
                        .map(|value| match value {
                            Value::Null => None,
                            Value::Real(number) => Some(*number),
                            other => wrong(other),
                        })
                        .collect::<Float64Array>(),
                ),
                Kind::Day => Arc::new(
                    cells
                        .map(|value| match value {
                            Value::Null => None,
                            Value::Day(day) => {
                                Some(i32::try_from((*day - epoch).num_days()).unwrap())
                            }
                            other => wrong(other),
                        })
                        .collect::<Date32Array>(),
                ),
            }
        });
        RecordBatch::try_new(self.schema(), columns.collect()).unwrap()
    }
}
