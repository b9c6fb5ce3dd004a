//! What differs between two versions of a specification, in plain words and as data.
//!
//! Columns are the same column when they land in the same column of the table, rules when they have the same
//! code, values when they are spelled alike but for capitals, dashes and spaces. Everything is told once,
//! in one sentence: columns first, then code lists, then what rules share, then rules.

mod columns;
mod lists;
mod rules;

use super::Specification;
use serde::Serialize;
use std::fmt;

/// The version of the document's shape. Fields are added over time, never renamed.
const SHAPE: u32 = 1;

/// What differs between two specifications.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The version of this document's shape.
    pub version: u32,
    /// The specification that was.
    pub from: Edition,
    /// The specification that is.
    pub to: Edition,
    /// Everything that differs, in the order of its groups and within a group in that of the newer specification.
    pub changes: Vec<Change>,
}

/// One version of a dataset's specification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// The dataset's name.
    pub dataset: String,
    /// The dataset's title.
    pub title: String,
    /// The version.
    pub version: String,
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// The dataset as a whole.
    Dataset,
    /// The columns of the file.
    Columns,
    /// The values of code lists.
    CodeLists,
    /// Names that rules share.
    Definitions,
    /// The rules.
    Rules,
}

/// What happened to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It is new.
    Added,
    /// It is no longer there.
    Removed,
    /// A value that another one took the place of.
    Replaced,
    /// It stands elsewhere.
    Moved,
    /// It goes by another name.
    Renamed,
    /// Only capitals differ.
    CapitalsOnly,
    /// Only dashes or spaces differ, and perhaps capitals.
    SpellingOnly,
    /// What a finding does.
    Level,
    /// When a rule finds something.
    Condition,
    /// What a rule says, why, or what to do.
    Words,
    /// Anything else about it.
    Changed,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What it is about.
    pub group: Group,
    /// The name of what changed: a column, a value, a name or the code of a rule.
    pub subject: String,
    /// For a value of a code list: the columns that take their values from it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// What happened to it.
    pub happened: Happened,
    /// What it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// All of this in a sentence.
    pub says: String,
}

impl Difference {
    /// Compares two versions of a specification, or two releases of a dataset.
    pub fn between(from: &Specification, to: &Specification) -> Self {
        let mut changes = Vec::new();
        let (old, new) = (from.dataset(), to.dataset());
        for (subject, before, after) in [
            ("title", &old.title, &new.title),
            ("table", &old.table, &new.table),
        ] {
            if before != after {
                changes.push(Change::new(
                    Group::Dataset,
                    subject,
                    Happened::Changed,
                    (Some(before), Some(after)),
                    format!("The {subject} is \"{after}\", and was \"{before}\"."),
                ));
            }
        }
        columns::compare(from, to, &mut changes);
        lists::compare(from, to, &mut changes);
        rules::compare_definitions(from, to, &mut changes);
        rules::compare(from, to, &mut changes);
        changes.sort_by_key(|change| change.group);
        Self {
            version: SHAPE,
            from: Edition::of(from),
            to: Edition::of(to),
            changes,
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes by group, in order; groups in which nothing differs are left out.
    pub fn groups(&self) -> impl Iterator<Item = (Group, &[Change])> {
        self.changes
            .chunk_by(|a, b| a.group == b.group)
            .filter_map(|changes| Some((changes.first()?.group, changes)))
    }

    /// How many changes of a kind there are in a group.
    pub fn count(&self, group: Group, happened: Happened) -> usize {
        self.changes
            .iter()
            .filter(|c| c.group == group && c.happened == happened)
            .count()
    }
}

/// The whole in plain words: a heading for each group and a sentence for each change.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "From {} {} to {} {}",
            self.from.dataset, self.from.version, self.to.dataset, self.to.version
        )?;
        if self.is_empty() {
            return writeln!(f, "\nNothing differs.");
        }
        for (group, changes) in self.groups() {
            writeln!(f, "\n{} ({})", group.heading(), changes.len())?;
            for change in changes {
                writeln!(f, "  {}", change.says)?;
            }
        }
        Ok(())
    }
}

impl Edition {
    fn of(specification: &Specification) -> Self {
        let dataset = specification.dataset();
        Self {
            dataset: dataset.name.clone(),
            title: dataset.title.clone(),
            version: dataset.version.clone(),
        }
    }
}

impl Group {
    /// What people call it.
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Dataset => "Dataset",
            Self::Columns => "Columns",
            Self::CodeLists => "Code lists",
            Self::Definitions => "Names that rules share",
            Self::Rules => "Rules",
        }
    }
}

impl Change {
    fn new(
        group: Group,
        subject: &str,
        happened: Happened,
        (before, after): (Option<&str>, Option<&str>),
        says: String,
    ) -> Self {
        Self {
            group,
            subject: subject.to_owned(),
            within: Vec::new(),
            happened,
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            says,
        }
    }
}

/// Names in a sentence: `A, B and C`.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
