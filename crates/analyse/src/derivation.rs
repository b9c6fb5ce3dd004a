//! A derivation: SQL with front matter, read from content.

use crate::front::front_matter;
use model::{Content, ContentError, Ident, Pseudonymous, Sql, Step};
use std::collections::BTreeSet;

/// Why derivations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnalyseError {
    /// Content is missing or has a mistake.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The front matter lacks something.
    #[error("`{path}` has no line `-- {key}: …` in its first comment")]
    NoKey { path: String, key: &'static str },
    /// A table name is not one.
    #[error("`{path}` names the table `{table}`; use lower-case letters, digits and underscores")]
    BadTable { path: String, table: String },
    /// Derivations read one another in a circle.
    #[error("derivations read one another in a circle: {}", .0.join(", "))]
    Circle(Vec<String>),
}

/// One derived table.
#[derive(Debug, Clone)]
pub struct Derivation {
    /// The name of its folder.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it is for, in a sentence.
    pub why: String,
    /// The version of the method.
    pub version: String,
    /// Where the method comes from.
    pub source: String,
    /// The tables that it reads.
    pub reads: Vec<String>,
    /// The table that it writes.
    pub writes: String,
    /// The query.
    pub sql: Sql,
}

impl Derivation {
    /// Reads one derivation by the name of its folder.
    pub fn read(content: &Content, name: &str) -> Result<Self, AnalyseError> {
        let path = format!("derivations/{name}/derive.sql");
        let text = content.text(&path)?;
        let front = front_matter(text);
        let value = |key: &'static str| {
            front.get(key).cloned().ok_or_else(|| AnalyseError::NoKey {
                path: path.clone(),
                key,
            })
        };
        let table = |table: &str| {
            Ident::new(table)
                .map(|name| name.as_str().to_owned())
                .ok_or_else(|| AnalyseError::BadTable {
                    path: path.clone(),
                    table: table.to_owned(),
                })
        };
        Ok(Self {
            name: name.to_owned(),
            title: value("title")?,
            why: value("why")?,
            version: value("version")?,
            source: value("source")?,
            reads: value("reads")?
                .split(',')
                .map(|t| table(t.trim()))
                .collect::<Result<_, _>>()?,
            writes: table(&value("writes")?)?,
            sql: Sql::content(text),
        })
    }

    /// All derivations, by name.
    pub fn all(content: &Content) -> Result<Vec<Self>, AnalyseError> {
        content
            .list("derivations")
            .into_iter()
            .map(|name| Self::read(content, name))
            .collect()
    }

    /// The step that makes its table.
    pub fn step(&self) -> Step<Pseudonymous> {
        Step::within(
            format!("derive.{}", self.name),
            self.why.clone(),
            &self.reads,
            &self.writes,
            self.sql.clone(),
        )
    }
}

/// The steps of derivations, each after those whose tables it reads.
pub fn steps(derivations: &[Derivation]) -> Result<Vec<Step<Pseudonymous>>, AnalyseError> {
    let mut waiting: Vec<&Derivation> = derivations.iter().collect();
    let mut steps = Vec::new();
    while !waiting.is_empty() {
        let unmade: BTreeSet<&str> = waiting.iter().map(|d| d.writes.as_str()).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|d| d.reads.iter().all(|table| !unmade.contains(table.as_str())));
        if ready.is_empty() {
            return Err(AnalyseError::Circle(
                rest.iter().map(|d| d.name.clone()).collect(),
            ));
        }
        steps.extend(ready.iter().map(|d| d.step()));
        waiting = rest;
    }
    Ok(steps)
}

/// A derivation that cannot be made yet, and the tables that it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The derivation's name.
    pub name: String,
    /// The tables that are neither there nor made by another derivation.
    pub lacks: Vec<String>,
}

/// The derivations that can be made from the tables that are there, and those that cannot.
pub fn ready(
    derivations: Vec<Derivation>,
    present: &BTreeSet<String>,
) -> (Vec<Derivation>, Vec<LeftOut>) {
    let (mut ready, mut waiting) = (Vec::new(), derivations);
    let mut there = present.clone();
    loop {
        let (more, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|d| d.reads.iter().all(|table| there.contains(table)));
        waiting = rest;
        if more.is_empty() {
            break;
        }
        there.extend(more.iter().map(|d| d.writes.clone()));
        ready.extend(more);
    }
    let left_out = waiting.into_iter().map(|d| LeftOut {
        lacks: d
            .reads
            .into_iter()
            .filter(|table| !there.contains(table))
            .collect(),
        name: d.name,
    });
    (ready, left_out.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivation(name: &str, reads: &str, writes: &str) -> (String, Vec<u8>) {
        let sql = format!(
            "-- title: t\n-- why: because\n--   it is so\n-- version: 1\n-- source: s\n-- reads: {reads}\n-- writes: {writes}\nselect 1"
        );
        (format!("derivations/{name}/derive.sql"), sql.into_bytes())
    }

    #[test]
    fn each_derivation_comes_after_what_it_reads() {
        let content = Content::from_files([
            derivation("a", "b_table", "a_table"),
            derivation("b", "landed", "b_table"),
        ]);
        let all = Derivation::all(&content).unwrap();
        assert_eq!(all[0].why, "because it is so");
        let order: Vec<String> = steps(&all).unwrap().into_iter().map(|s| s.writes).collect();
        assert_eq!(order, ["b_table", "a_table"]);
    }

    #[test]
    fn what_lacks_a_table_is_left_out_with_all_that_needs_it() {
        let content = Content::from_files([
            derivation("a", "landed", "a_table"),
            derivation("b", "a_table", "b_table"),
            derivation("c", "landed, absent", "c_table"),
            derivation("d", "c_table", "d_table"),
        ]);
        let present = BTreeSet::from(["landed".to_owned()]);
        let (made, left_out) = ready(Derivation::all(&content).unwrap(), &present);
        let made: Vec<String> = made.into_iter().map(|d| d.name).collect();
        assert_eq!(made, ["a", "b"]);
        let lacks = |name: &str, table: &str| LeftOut {
            name: name.to_owned(),
            lacks: vec![table.to_owned()],
        };
        assert_eq!(left_out, [lacks("c", "absent"), lacks("d", "c_table")]);
    }

    #[test]
    fn a_circle_is_named() {
        let content = Content::from_files([derivation("a", "y", "x"), derivation("b", "x", "y")]);
        let circle = steps(&Derivation::all(&content).unwrap()).unwrap_err();
        assert_eq!(
            circle.to_string(),
            "derivations read one another in a circle: a, b"
        );
    }

    #[test]
    fn a_missing_line_is_named() {
        let content = Content::from_files([(
            "derivations/a/derive.sql".to_owned(),
            b"-- title: t\nselect 1".to_vec(),
        )]);
        let fault = Derivation::all(&content).unwrap_err().to_string();
        assert_eq!(
            fault,
            "`derivations/a/derive.sql` has no line `-- why: …` in its first comment"
        );
    }
}
