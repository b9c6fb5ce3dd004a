//! The index of a workspace: which landed tables hold it, from `content/linkage/index.toml`, the queries that read
//! them landing by landing, and their rows as they come.
//!
//! Each landing is read by a query of its own, so that nobody has to sort a table of everybody: what an engine sorts
//! beyond its memory lies on the disk for a while.

use super::{
    FilesReport, IndexBuilder,
    files::{
        Cells, HISTORY, LONGEST, MOST_COLUMNS, PEOPLE, SUPERSEDED, TOO_LONG, take_history,
        take_person, take_superseded,
    },
};
use arrow_array::{Array, RecordBatch, StringArray, cast::AsArray};
use model::{Content, ContentError, Ident, Sql, content::nearest, sql};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where the description is, below `content/`.
const PATH: &str = "linkage/index.toml";

/// The landed tables that hold an index.
#[derive(Debug, Clone)]
pub struct IndexTables {
    tables: Vec<IndexTable>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct IndexTable {
    part: Part,
    table: Ident,
    /// For each column that tracing knows, where the table has it.
    columns: Vec<Option<Ident>>,
}

/// Why the description cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IndexTablesError {
    /// The file is missing or has a mistake; the message points at it.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A column that tracing does not know.
    #[error("`[{part}.columns]` of content/{PATH} has `{column}`, which is no column of an index{}", nearest.map(|n| format!(", nearest is `{n}`")).unwrap_or_default())]
    Unknown {
        part: &'static str,
        column: String,
        nearest: Option<&'static str>,
    },
    /// A column without which rows mean nothing.
    #[error("`[{part}.columns]` of content/{PATH} must have `{column}`")]
    Missing {
        part: &'static str,
        column: &'static str,
    },
    /// The name of a table or column is none.
    #[error(
        "`{name}` in content/{PATH} is no name: lower-case letters, digits and underscores make one"
    )]
    Name { name: String },
}

/// What a table tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    People,
    History,
    Superseded,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::History => "history",
            Self::Superseded => "superseded",
        }
    }

    /// The columns that tracing knows, and how many of them must be there.
    const fn columns(self) -> (&'static [&'static str], usize) {
        match self {
            Self::People => (&PEOPLE, 1),
            Self::History => (&HISTORY, 3),
            Self::Superseded => (&SUPERSEDED, 2),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[expect(dead_code, reason = "for people who read the file")]
    title: String,
    people: WrittenTable,
    #[serde(default)]
    history: Option<WrittenTable>,
    #[serde(default)]
    superseded: Option<WrittenTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTable {
    table: String,
    columns: BTreeMap<String, String>,
}

impl IndexTables {
    /// Reads and checks the description.
    pub fn read(content: &Content) -> Result<Self, IndexTablesError> {
        let written: Written = content.toml(PATH)?;
        let parts = [
            (Part::People, Some(written.people)),
            (Part::History, written.history),
            (Part::Superseded, written.superseded),
        ];
        let tables = parts
            .into_iter()
            .filter_map(|(part, table)| Some(IndexTable::of(part, table?)))
            .collect::<Result<_, _>>()?;
        Ok(Self { tables })
    }

    /// The tables in the order in which they are read. The first holds the people; without it there is no index.
    pub fn all(&self) -> &[IndexTable] {
        &self.tables
    }
}

impl IndexTable {
    fn of(part: Part, written: WrittenTable) -> Result<Self, IndexTablesError> {
        let (known, required) = part.columns();
        let mut columns = vec![None; known.len()];
        for (column, held) in written.columns {
            let place = known.iter().position(|known| *known == column);
            let Some(place) = place.and_then(|at| columns.get_mut(at)) else {
                return Err(IndexTablesError::Unknown {
                    part: part.name(),
                    nearest: nearest(&column, known.iter().copied()),
                    column,
                });
            };
            *place = Some(ident(held)?);
        }
        let mut must = known.iter().zip(&columns).take(required);
        if let Some((column, _)) = must.find(|(_, held)| held.is_none()) {
            return Err(IndexTablesError::Missing {
                part: part.name(),
                column,
            });
        }
        Ok(Self {
            part,
            table: ident(written.table)?,
            columns,
        })
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        self.table.as_str()
    }

    /// The landings whose rows the table holds, the first that came first.
    pub fn landings(&self) -> Sql {
        sql!(
            "select \"submission_id\" from {} group by \"submission_id\" order by min(\"received_at\"), \"submission_id\"",
            self.table
        )
    }

    /// The rows of one landing as text. What the table has not got is blank: it may have been landed before there
    /// was such a column.
    pub fn rows_of(&self, landing: &str, held: &[&str]) -> Sql {
        let (known, _) = self.part.columns();
        let cells = known.iter().zip(&self.columns).map(|(known, column)| {
            let named = Sql::content(format!("\"{known}\""));
            match column {
                Some(column) if held.contains(&column.as_str()) => {
                    sql!("cast({}.{} as varchar) as {}", self.table, *column, named)
                }
                _ => sql!("'' as {}", named),
            }
        });
        let cells = Sql::join(cells, ", ");
        sql!(
            "select {} from {} where {}.\"submission_id\" = {}",
            cells,
            self.table,
            self.table,
            Sql::text(landing)
        )
    }

    /// Takes rows of a landing into a builder, and counts them with those before.
    pub fn take(&self, batch: &RecordBatch, into: &mut IndexBuilder, report: &mut FilesReport) {
        let columns: Vec<Option<&StringArray>> = batch
            .columns()
            .iter()
            .map(|column| column.as_string_opt::<i32>())
            .collect();
        for row in 0..batch.num_rows() {
            let mut cells = Cells([""; MOST_COLUMNS]);
            for (cell, column) in cells.0.iter_mut().zip(&columns) {
                if let Some(column) = column.filter(|column| column.is_valid(row)) {
                    *cell = column.value(row);
                }
            }
            let place = report.rows + report.left_out.values().map(|(n, _)| n).sum::<u64>() + 1;
            let too_long = |cell: &&str| cell.chars().nth(LONGEST).is_some();
            let taken = if cells.0.iter().any(too_long) {
                Err(TOO_LONG)
            } else {
                match self.part {
                    Part::People => take_person(&cells, into),
                    Part::History => take_history(&cells, into),
                    Part::Superseded => take_superseded(&cells, into),
                }
            };
            report.count(place, taken);
        }
    }
}

fn ident(name: String) -> Result<Ident, IndexTablesError> {
    Ident::new(&name).ok_or(IndexTablesError::Name { name })
}
