//! Evidence: the statements of a standard, and for each whether Haven meets it and what shows that.
//!
//! `content/evidence/<standard>.csv` holds the statements, `<standard>.toml` the answers. Tests and live facts are
//! named here; running them is for others.

use model::{Content, ContentError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A standard with an answer to each of its statements.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What it is called, with its version.
    pub title: String,
    /// Where its statements are from.
    pub source: String,
    /// In the order of the standard.
    pub statements: Vec<Statement>,
}

/// One statement with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub id: String,
    /// The chapter that it stands in.
    pub pillar: String,
    pub capability: String,
    /// As the standard says it: mandatory, recommended or optional.
    pub importance: String,
    pub role: SoftwareRole,
    pub gist: String,
    pub answer: Answer,
}

/// What software can do about a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftwareRole {
    /// The software makes it so.
    Enforces,
    /// The software shows that it is so.
    Evidences,
    /// The software helps people to make it so.
    Supports,
}

/// Whether a statement is met, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub met: Met,
    /// How it is met, or why it is not.
    pub how: String,
    /// Tests that show it, by name.
    #[serde(default)]
    pub tests: Vec<String>,
    /// Facts about the running service that show it.
    #[serde(default)]
    pub facts: Vec<LiveFact>,
    /// Guides that say more, as paths in the repository.
    #[serde(default)]
    pub guides: Vec<String>,
}

/// Whether a statement is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    Met,
    /// A part of it is; `how` says which is not.
    Partly,
    NotMet,
    /// It is for those who run the service; Haven neither helps nor hinders.
    Operator,
}

/// Something about the running service that can be looked up when the evidence is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveFact {
    /// How many entries the audit log has, and whether it is whole.
    AuditLog,
    /// How many agreements there are, by state.
    Agreements,
    /// How many accounts there are, and how many have several people's names: none can.
    Accounts,
    /// How many decisions allowed and refused something.
    Decisions,
    /// How many releases there are, by state.
    Releases,
    /// How many datasets are held, with their versions.
    Inventory,
    /// Whether readers reach the service over TLS.
    Encryption,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    title: String,
    source: String,
    statement: BTreeMap<String, Answer>,
}

#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    pillar: String,
    capability: String,
    importance: String,
    software_role: SoftwareRole,
    gist: String,
}

impl Evidence {
    /// Reads a standard with its answers: each statement has one, and no answer is to a statement that is not there.
    pub fn read(content: &Content, standard: &str) -> Result<Self, ContentError> {
        let (statements, answers) = (
            format!("evidence/{standard}.csv"),
            format!("evidence/{standard}.toml"),
        );
        let mistake = |path: &str, message: String| ContentError::Mistake {
            path: path.to_owned(),
            message,
        };
        let Answers {
            title,
            source,
            mut statement,
        } = content.toml(&answers)?;
        let mut found = Vec::new();
        let text = content.text(&statements)?;
        for line in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
            let Line {
                id,
                pillar,
                capability,
                importance,
                software_role: role,
                gist,
            } = line.map_err(|fault| mistake(&statements, fault.to_string()))?;
            let answer = statement
                .remove(&id)
                .ok_or_else(|| mistake(&answers, format!("statement {id} has no answer")))?;
            if answer.met == Met::Met
                && role != SoftwareRole::Supports
                && answer.tests.is_empty()
                && answer.facts.is_empty()
            {
                let message = format!("statement {id}: name a test or a fact that shows it");
                return Err(mistake(&answers, message));
            }
            found.push(Statement {
                id,
                pillar,
                capability,
                importance,
                role,
                gist,
                answer,
            });
        }
        if let Some(id) = statement.keys().next() {
            return Err(mistake(&answers, format!("there is no statement {id}")));
        }
        Ok(Self {
            title,
            source,
            statements: found,
        })
    }

    /// The tests that the answers name, each once.
    pub fn tests(&self) -> BTreeSet<&str> {
        self.statements
            .iter()
            .flat_map(|s| &s.answer.tests)
            .map(String::as_str)
            .collect()
    }

    /// How many statements of a role there are: all of them, and those that are met.
    pub fn count(&self, role: SoftwareRole) -> (usize, usize) {
        let of_it = || self.statements.iter().filter(|s| s.role == role);
        let met = of_it().filter(|s| s.answer.met == Met::Met).count();
        (of_it().count(), met)
    }
}

impl SoftwareRole {
    /// The role in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Enforces => "Haven makes it so",
            Self::Evidences => "Haven shows it",
            Self::Supports => "Haven helps people to do it",
        }
    }
}

impl Met {
    /// The answer in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Met => "Met",
            Self::Partly => "Partly met",
            Self::NotMet => "Not met",
            Self::Operator => "For those who run the service",
        }
    }
}
