//! The methods of official figures, read from `content/measures/`.

mod layout;
mod parameters;
mod plan;
mod rows;

pub use layout::{Column, Kind, Layout};
pub use parameters::{Given, ParameterError, Parameters};
pub use plan::{Missing, Plan, PlanError, Published, Task, There};
pub use rows::{RowError, Rows};

use crate::front::front_matter;
use model::{Content, ContentError, Ident};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// Where the methods are in the content.
const ROOM: &str = "measures";

/// Why methods cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MethodError {
    /// Content is missing or has a mistake.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The front matter lacks something.
    #[error("`{path}` has no line `-- {key}: …` in its first comment")]
    NoKey { path: String, key: &'static str },
    /// A table name is not one.
    #[error("`{path}` names the table `{table}`; use lower-case letters, digits and underscores")]
    BadTable { path: String, table: String },
    /// Two steps write one table.
    #[error("`{0}` is written by two steps")]
    WrittenTwice(String),
}

/// One method: its steps in order, and what it is.
#[derive(Debug, Clone)]
pub struct Method {
    /// The name of its folder.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it tells, in a sentence or two.
    pub why: String,
    /// The version of the method.
    pub version: String,
    /// Where the method comes from.
    pub source: String,
    /// The names by which people ask for it.
    pub measures: Vec<String>,
    /// Columns that must be known for it, by table.
    pub needs: BTreeMap<String, Vec<String>>,
    /// The ways in which it runs; a method that runs once has one way without a name.
    pub runs: Vec<Run>,
    /// Its steps, in the order of their files.
    pub steps: Vec<MethodStep>,
}

/// One way in which a method runs: each of its tables gets the name as a suffix.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// The suffix.
    #[serde(default)]
    pub name: String,
    /// Names of parameters in the steps, and those of the folder that stand for them.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// Flags that are set in this run.
    #[serde(default)]
    pub flags: BTreeMap<String, bool>,
}

/// One query of a method.
#[derive(Debug, Clone)]
pub struct MethodStep {
    /// The file in the content.
    pub path: String,
    /// What the step is called.
    pub title: String,
    /// Why it is there.
    pub why: String,
    /// The part of the source that it carries out.
    pub source: String,
    /// The tables that it reads, by the names in its query.
    pub reads: Vec<String>,
    /// The table that it writes.
    pub writes: String,
    /// The file that its result is published as, if it is.
    pub publishes: Option<String>,
    /// Whether the result is about single people or rows.
    pub person_level: bool,
    /// The functions by which later steps look texts up in its table.
    pub functions: Vec<Lookup>,
    /// The query, without its first comment.
    pub sql: String,
    front: BTreeMap<String, String>,
}

/// A function of two keys that gives a value of a table: `name(first, second) = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// What queries call it.
    pub name: String,
    /// The columns of its keys.
    pub keys: [String; 2],
    /// The column that it gives.
    pub gives: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MethodFile {
    title: String,
    why: String,
    version: String,
    source: String,
    measures: Vec<String>,
    #[serde(default)]
    needs: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    runs: Vec<Run>,
}

impl Method {
    /// All methods, by the names of their folders.
    pub fn all(content: &Content) -> Result<Vec<Self>, MethodError> {
        let mut methods = Vec::new();
        for name in content.list(ROOM) {
            let path = format!("{ROOM}/{name}/method.toml");
            if content.has(&path) {
                methods.push(Self::read(content, name)?);
            }
        }
        Ok(methods)
    }

    fn read(content: &Content, name: &str) -> Result<Self, MethodError> {
        let file: MethodFile = content.toml(&format!("{ROOM}/{name}/method.toml"))?;
        let mut steps = Vec::new();
        for step in content.list(&format!("{ROOM}/{name}")) {
            if Path::new(step).extension().is_some_and(|end| end == "sql") {
                steps.push(MethodStep::read(content, &format!("{ROOM}/{name}/{step}"))?);
            }
        }
        Ok(Self {
            name: name.to_owned(),
            title: file.title,
            why: file.why,
            version: file.version,
            source: file.source,
            measures: file.measures,
            needs: file.needs,
            runs: if file.runs.is_empty() {
                vec![Run::default()]
            } else {
                file.runs
            },
            steps,
        })
    }
}

impl MethodStep {
    fn read(content: &Content, path: &str) -> Result<Self, MethodError> {
        let text = content.text(path)?;
        let front = front_matter(text);
        let value = |key: &'static str| {
            front.get(key).cloned().ok_or_else(|| MethodError::NoKey {
                path: path.to_owned(),
                key,
            })
        };
        let table = |table: &str| {
            Ident::new(table)
                .map(|name| name.as_str().to_owned())
                .ok_or_else(|| MethodError::BadTable {
                    path: path.to_owned(),
                    table: table.to_owned(),
                })
        };
        let reads = list(&value("reads")?);
        Ok(Self {
            title: value("title")?,
            why: value("why")?,
            source: value("source")?,
            reads: reads.iter().map(|t| table(t)).collect::<Result<_, _>>()?,
            writes: table(&value("writes")?)?,
            publishes: front.get("publishes").cloned(),
            person_level: front.get("level").is_some_and(|level| level == "person"),
            functions: lookups(front.get("functions").map_or("", String::as_str), path)?,
            sql: text
                .lines()
                .skip_while(|line| line.starts_with("--"))
                .collect::<Vec<_>>()
                .join("\n"),
            path: path.to_owned(),
            front,
        })
    }

    /// The columns that are published in a run, in order.
    fn columns(&self, run: &str) -> Vec<String> {
        let named = self.front.get(&format!("columns-{run}"));
        named
            .or_else(|| self.front.get("columns"))
            .map(|columns| list(columns))
            .unwrap_or_default()
    }

    /// The columns of its table that it cannot tell.
    fn unknown(&self) -> Vec<String> {
        self.front
            .get("unknown")
            .map(|columns| list(columns))
            .unwrap_or_default()
    }

    /// The columns by which people are counted for publication, and those that say who is one.
    fn counts(&self) -> Option<(Vec<String>, Vec<String>)> {
        let by = list(self.front.get("counts")?);
        let of = self
            .front
            .get("counts-of")
            .map_or_else(|| vec!["ID".to_owned()], |of| list(of));
        Some((by, of))
    }
}

/// Reads `name(first, second) = value, …`.
fn lookups(line: &str, path: &str) -> Result<Vec<Lookup>, MethodError> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let parts = rest.split_once('(').and_then(|(name, rest)| {
            let (keys, rest) = rest.split_once(')')?;
            let (first, second) = keys.split_once(',')?;
            let rest = rest.trim_start().strip_prefix('=')?;
            let (gives, rest) = rest.split_once(',').unwrap_or((rest, ""));
            let parts = [name, first, second, gives];
            let parts = parts.map(|part| Ident::new(part.trim()).map(|i| i.as_str().to_owned()));
            Some((parts, rest.trim()))
        });
        match parts {
            Some(([Some(name), Some(first), Some(second), Some(gives)], more)) => {
                found.push(Lookup {
                    name,
                    keys: [first, second],
                    gives,
                });
                rest = more;
            }
            _ => {
                return Err(MethodError::NoKey {
                    path: path.to_owned(),
                    key: "functions",
                });
            }
        }
    }
    Ok(found)
}

/// The parts of a line with commas.
fn list(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}
