//! The cases beside an agreement: questions that it must allow and refuse, run as tests.
//!
//! `content/agreements/<name>.cases.toml`. Someone who changes a clause sees which of them change.

use crate::{
    Action, Agreement, Asker, Circumstances, Connection, Digest, Question,
    agreement::{cases_path_of, name::day},
    judge,
};
use model::{Content, ContentError, Date, OrganisationCode};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The cases of one agreement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// Beside a template: an example of each blank filled in.
    #[serde(default)]
    pub filled: BTreeMap<String, toml::Value>,
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// One question, and what must come of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows, in a sentence.
    pub says: String,
    /// The day on which it is asked.
    #[serde(deserialize_with = "day")]
    pub on: Date,
    pub who: Who,
    pub purpose: String,
    #[serde(default = "ask")]
    pub action: Action,
    /// The tables that it touches, each with its columns.
    pub reads: BTreeMap<String, BTreeSet<String>>,
    /// Whether a list of opt-outs is loaded.
    #[serde(default = "yes")]
    pub opt_outs_loaded: bool,
    /// Whether the training of whoever asks counts on the day.
    #[serde(default = "yes")]
    pub trained: bool,
    /// Whether they connect from where the agreement says.
    #[serde(default = "yes")]
    pub there: bool,
    /// The clause that refuses; without one, the question is allowed.
    #[serde(default)]
    pub refused_by: Option<String>,
}

/// Who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    pub account: String,
    pub organisation: OrganisationCode,
    pub role: String,
}

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    pub says: String,
    /// The clause that was to refuse, if any.
    pub expected: Option<String>,
    /// The clause that refused, if any.
    pub found: Option<String>,
}

impl CaseOutcome {
    /// Whether the agreement did what the case says.
    pub fn holds(&self) -> bool {
        self.expected == self.found
    }
}

impl Cases {
    /// Reads the cases of an agreement by the name of its file.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        Self::read_beside(content, name)
    }

    /// Reads the cases beside a file below the folder of agreements, such as `templates/research`.
    pub fn read_beside(content: &Content, name: &str) -> Result<Self, ContentError> {
        content.toml(&cases_path_of(name))
    }

    /// Holds each case against the agreement.
    pub fn run(&self, agreement: &Agreement) -> Vec<CaseOutcome> {
        self.cases
            .iter()
            .map(|case| {
                let noon = case.on.and_time(chrono::NaiveTime::MIN).and_utc()
                    + chrono::TimeDelta::hours(12);
                CaseOutcome {
                    says: case.says.clone(),
                    expected: case.refused_by.clone(),
                    found: judge(agreement, &case.question(agreement), noon)
                        .err()
                        .map(|refusal| refusal.clause().to_owned()),
                }
            })
            .collect()
    }
}

impl Case {
    fn question(&self, agreement: &Agreement) -> Question {
        Question {
            agreement: agreement.reference.clone(),
            purpose: self.purpose.clone(),
            person: Asker {
                username: self.who.account.clone(),
                organisation: self.who.organisation.clone(),
                role: self.who.role.clone(),
            },
            tables: self.reads.keys().cloned().collect(),
            columns: self.reads.clone(),
            action: self.action,
            sql_digest: Digest::of(&self.says),
            preference_snapshot: self.opt_outs_loaded.then(|| "case".to_owned()),
            circumstances: Circumstances {
                training_valid_to: self.trained.then_some(self.on),
                connection: self.there.then(|| from_where(agreement)).flatten(),
                ..Circumstances::default()
            },
        }
    }
}

/// A connection from where an agreement says.
fn from_where(agreement: &Agreement) -> Option<Connection> {
    let location = agreement.access.location.as_ref()?;
    Some(Connection {
        territory: *location.territory.first()?,
        places: location.places.iter().cloned().collect(),
    })
}

const fn ask() -> Action {
    Action::Ask
}

const fn yes() -> bool {
    true
}
