//! Datasets as content: fields, their kinds and code lists. The rules about them belong to `land`.

use crate::{Content, ContentError};
use arrow_schema::{DataType, Schema};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// One dataset in one release, from `content/datasets/<name>/dataset.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// The name of its folder, such as `cld-r2`.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// The version of this specification.
    pub version: String,
    /// Where the facts come from.
    pub source: String,
    /// The table that rows land in.
    pub table: String,
    /// Whether the file must have every field as a column; otherwise absent columns are blank.
    #[serde(default = "yes")]
    pub all_columns_required: bool,
    /// How the quality of cells is counted, beside what each field says of itself.
    #[serde(default)]
    pub quality: Quality,
    /// The headline counts: what the file says about its sender.
    #[serde(default, rename = "headline")]
    pub headlines: Vec<Headline>,
    /// What is counted by month.
    #[serde(default)]
    pub monthly: Option<Monthly>,
    /// The family of releases that it is one of, where a dataset has several.
    #[serde(default)]
    pub family: Option<Family>,
    /// The rules that it shares with other releases, beside its own.
    #[serde(default)]
    pub shared_rules: Option<SharedRules>,
    /// Whether its rules warn where others would reject: so little is known of it that a file may be right
    /// where the specification is wrong.
    #[serde(default)]
    pub rules_never_reject: bool,
    /// How two files of it are compared.
    #[serde(default)]
    pub compare: Compare,
    /// The fields, in the official order.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// One of several releases of a dataset. A file that does not say which it follows is recognised by its
/// header and its values.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Family {
    /// The name of the family, by which a sender may name any of its releases, such as `cld`.
    pub name: String,
    /// What people call the family.
    pub title: String,
    /// The name of this release, as rules write it, such as `r2`.
    pub release: String,
    /// What people call this release, such as `Release 2`.
    pub called: String,
    /// Whether a file that fits several releases alike is taken for this one.
    #[serde(default)]
    pub usual: bool,
}

/// Rules that several datasets share, from `content/rules/<room>/`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedRules {
    /// The name of the folder.
    pub room: String,
    /// The codes of the rules that hold here, where not all do.
    #[serde(default)]
    pub only: Vec<String>,
}

/// One field of a dataset.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// The name in the header of the file.
    pub name: String,
    /// The column of the landed table.
    pub column: String,
    /// How its cells are read.
    pub kind: FieldKind,
    /// The code list it draws on, by name.
    #[serde(default)]
    pub codes: Option<String>,
    /// How many characters fit.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// Layouts of a date, tried in order (chrono's letters); `%d/%m/%Y` unless stated.
    #[serde(default)]
    pub layouts: Vec<String>,
    /// Whether it points at a person.
    #[serde(default)]
    pub identifying: bool,
    /// Whether it is a number that people write in groups: spaces and hyphens between its digits mean nothing.
    #[serde(default)]
    pub grouped: bool,
    /// In which rows it must be filled, as a condition; in none unless stated.
    #[serde(default)]
    pub mandatory: Option<String>,
    /// In which rows it has no meaning, as a condition.
    #[serde(default)]
    pub not_applicable: Option<String>,
    /// In which rows nobody can tell whether it applies, as a condition.
    #[serde(default)]
    pub undetermined: Option<String>,
    /// Which of its cells hold no usable value, beside those that its kind cannot read.
    #[serde(default)]
    pub invalid: Vec<Invalid>,
    /// What it means.
    pub means: String,
}

/// One way in which a cell holds no usable value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invalid {
    /// What is wrong, by the name of one of the kinds that `land` counts.
    pub reason: String,
    /// For which cells, as a condition; `cell` stands for the field.
    pub when: String,
}

/// One headline count.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Headline {
    /// Its name, which does not change.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Which rows are counted, as a condition; all, unless stated.
    #[serde(default)]
    pub rows: Option<String>,
    /// Where different values are counted and not rows: columns, of which the first that is filled counts.
    #[serde(default)]
    pub distinct: Vec<String>,
}

/// What is counted by month.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monthly {
    /// The columns with the first and the last day of the period that the file states.
    #[serde(default)]
    pub stated: Option<(String, String)>,
    /// How the period is derived from the months.
    #[serde(default)]
    pub derived: Option<DerivedPeriod>,
    /// What is counted.
    pub series: Vec<MonthlySeries>,
}

/// How a period is derived from months: from the first to the last month that qualifies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DerivedPeriod {
    /// The series whose rows count, one for each kind of row.
    pub series: Vec<String>,
    /// The share of all rows that a month must have.
    pub share: f64,
    /// How many kinds of row a month may lack of the most that any month has.
    pub may_lack: usize,
    /// In a file with fewer rows every month that has any qualifies.
    pub small_file: u64,
}

/// Rows that are counted by month.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonthlySeries {
    /// Its name, which does not change.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// Which rows, as a condition.
    pub rows: String,
    /// The date that puts a row into a month.
    #[serde(default)]
    pub on: Option<String>,
    /// The dates between which a row is in every month; without the second it goes on.
    #[serde(default)]
    pub through: Option<(String, String)>,
}

/// How the quality of cells is counted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// The column by whose values counts are also given, such as the type of event.
    #[serde(default)]
    pub by: Option<String>,
}

/// How two files of a dataset are compared: by which columns a row is known again, and how changes are counted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// The columns whose values together say which row it is; where there is none, only whole rows are compared.
    #[serde(default)]
    pub key: Vec<String>,
    /// The column by whose values changes are counted, such as the type of event.
    #[serde(default)]
    pub by: Option<String>,
    /// The date by whose month changes are counted.
    #[serde(default)]
    pub month: Option<String>,
}

/// How a cell is read, and so how its column is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text, kept as sent with outer white space trimmed.
    Text,
    /// A value of a code list, kept in the list's own spelling where it is on the list.
    Code,
    /// A civil date.
    Date,
    /// A whole number.
    Integer,
    /// A decimal number with two places.
    Decimal,
    /// A number with a fractional part.
    Number,
}

impl FieldKind {
    /// The Arrow type of the column.
    pub const fn arrow(self) -> DataType {
        match self {
            Self::Text | Self::Code => DataType::Utf8,
            Self::Date => DataType::Date32,
            Self::Integer => DataType::Int64,
            Self::Decimal => DataType::Decimal128(18, 2),
            Self::Number => DataType::Float64,
        }
    }
}

/// A code list, from `content/codes/<name>.csv`.
#[derive(Debug, Clone, Default)]
pub struct CodeList {
    /// The values in their official spelling, in order.
    pub values: Vec<String>,
}

impl Dataset {
    /// Reads a dataset by name.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        content.toml(&format!("datasets/{name}/dataset.toml"))
    }

    /// The names of all datasets.
    pub fn names(content: &Content) -> Vec<String> {
        content
            .list("datasets")
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The datasets of a family, in the order of their names.
    pub fn family(content: &Content, name: &str) -> Result<Vec<Self>, ContentError> {
        let mut members = Vec::new();
        for dataset in Self::names(content) {
            let dataset = Self::read(content, &dataset)?;
            if dataset.family.as_ref().is_some_and(|f| f.name == name) {
                members.push(dataset);
            }
        }
        Ok(members)
    }

    /// The names of the datasets that a name means: its own, or those of all releases of a family.
    pub fn meant_by(content: &Content, name: &str) -> Result<Vec<String>, ContentError> {
        let members = Self::family(content, name)?;
        Ok(if members.is_empty() {
            Self::names(content)
                .into_iter()
                .filter(|known| known == name)
                .collect()
        } else {
            members.into_iter().map(|member| member.name).collect()
        })
    }

    /// The release, where there are several.
    pub fn release(&self) -> Option<&str> {
        self.family.as_ref().map(|family| family.release.as_str())
    }

    /// The schema of the landed table: the submission, the sender, the moment and the row, then the fields.
    pub fn schema(&self) -> Arc<Schema> {
        let own = [
            arrow_schema::Field::new("submission_id", DataType::Utf8, false),
            arrow_schema::Field::new("sender", DataType::Utf8, false),
            arrow_schema::Field::new(
                "received_at",
                DataType::Timestamp(arrow_schema::TimeUnit::Microsecond, Some("UTC".into())),
                false,
            ),
            arrow_schema::Field::new("row_number", DataType::Int64, false),
        ];
        let fields = self
            .fields
            .iter()
            .map(|f| arrow_schema::Field::new(&f.column, f.kind.arrow(), true));
        Arc::new(Schema::new(
            own.into_iter().chain(fields).collect::<Vec<_>>(),
        ))
    }

    /// A field by the name of its column.
    pub fn field(&self, column: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.column == column)
    }
}

/// The code lists that content holds, by name.
pub type CodeLists = BTreeMap<String, CodeList>;

const fn yes() -> bool {
    true
}
