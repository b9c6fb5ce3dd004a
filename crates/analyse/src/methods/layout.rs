//! The layouts of the tables that methods read: `content/measures/inputs/`.

use super::{MethodError, ROOM};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use model::Content;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// The columns of a numbered layout.
const ROW_NUMBER: &str = "row_number";
const FILE_NUMBER: &str = "file_number";

/// A table that comes from outside.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The name in queries.
    pub table: String,
    /// What it is.
    pub title: String,
    /// The name of its file, without what follows the dot.
    pub file: String,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Whether rows and files are numbered, in two more columns: of files as they come from outside.
    pub numbered: bool,
}

/// A column of a layout.
#[derive(Debug, Clone)]
pub struct Column {
    /// The name in the file.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Text; blanks at its end count for nothing.
    Text,
    /// A day, `2026-04-20`.
    Date,
    /// A moment, `2026-04-20 09:30:00.123`.
    Moment,
    /// A whole number.
    Integer,
    /// A number.
    Number,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutFile {
    title: String,
    file: String,
    columns: Vec<String>,
    #[serde(default)]
    numbered: bool,
}

impl Layout {
    /// All layouts, by the names that queries use.
    pub fn all(content: &Content) -> Result<BTreeMap<String, Self>, MethodError> {
        let mut layouts = BTreeMap::new();
        for name in content.list(&format!("{ROOM}/inputs")) {
            if let Some(table) = name.strip_suffix(".toml") {
                let path = format!("{ROOM}/inputs/{name}");
                let file: LayoutFile = content.toml(&path)?;
                let columns = file.columns.iter().map(|column| {
                    let (name, kind) = column.rsplit_once(':').unwrap_or((column, "text"));
                    Column {
                        name: name.trim().to_owned(),
                        kind: Kind::named(kind.trim()),
                    }
                });
                let layout = Self {
                    table: table.to_owned(),
                    title: file.title,
                    file: file.file,
                    columns: columns.collect(),
                    numbered: file.numbered,
                };
                layouts.insert(table.to_owned(), layout);
            }
        }
        Ok(layouts)
    }

    /// The types of its columns, by their names in lower case.
    pub fn schema(&self) -> SchemaRef {
        let numbers = [ROW_NUMBER, FILE_NUMBER].map(|name| Field::new(name, DataType::Int64, true));
        let fields = self
            .columns
            .iter()
            .map(|column| Field::new(column.name.to_lowercase(), column.kind.data_type(), true));
        let fields = fields.chain(numbers.into_iter().filter(|_| self.numbered));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "date" => Self::Date,
            "moment" => Self::Moment,
            "integer" => Self::Integer,
            "number" => Self::Number,
            _ => Self::Text,
        }
    }

    /// What it is called in a message.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Date => "a date like 2026-04-20",
            Self::Moment => "a moment like 2026-04-20 09:30:00.123",
            Self::Integer => "a whole number",
            Self::Number => "a number",
        }
    }

    /// The type that it is held in.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::Integer => DataType::Int64,
            Self::Number => DataType::Float64,
        }
    }
}
