//! A question: who asks, under which agreement, for what, and what it would touch.

use crate::{Circumstances, Digest};
use model::OrganisationCode;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Something that a person wants to know or to let out. Nothing in it has been allowed yet.
#[derive(Debug, Clone)]
pub struct Question {
    /// The reference of the agreement that the person names.
    pub agreement: String,
    /// The code of the purpose that the person names.
    pub purpose: String,
    pub person: Asker,
    /// The governed tables that it touches.
    pub tables: BTreeSet<String>,
    /// The columns that it touches, per table, by the names that the agreement gives them.
    pub columns: BTreeMap<String, BTreeSet<String>>,
    pub action: Action,
    /// The digest of the text of the question.
    pub sql_digest: Digest,
    /// Which state of the table of preferences the answer would be made from, such as its version
    /// or digest. Without one, an agreement that applies opt-outs refuses.
    pub preference_snapshot: Option<String>,
    /// What is known beside this of the person, the session and the moment.
    pub circumstances: Circumstances,
}

/// The person who asks, as their session knows them: one organisation and one role at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asker {
    pub username: String,
    pub organisation: OrganisationCode,
    pub role: String,
}

/// What is to be done with the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Rows are shown to the person, inside the safe haven.
    Ask,
    /// Counts are protected by the agreement's rule set and shown to the person, inside the safe haven.
    Count,
    /// Counts are protected by the agreement's rule set and let out.
    Release,
    /// People are found for their care; nothing is shown of them but a protected number.
    Find,
}

impl Action {
    /// The action by its stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Count => "count",
            Self::Release => "release",
            Self::Find => "find",
        }
    }
}

impl Question {
    /// Every table that it touches, whether named alone or with columns.
    pub(crate) fn touched(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut touched: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for table in &self.tables {
            touched.entry(table).or_default();
        }
        for (table, columns) in &self.columns {
            touched
                .entry(table)
                .or_default()
                .extend(columns.iter().map(String::as_str));
        }
        touched
    }
}
