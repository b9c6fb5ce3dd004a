//! What holds for every agreement of this safe haven: `content/agreements/house.toml` and the sets of
//! codes beside it. Facts of law and policy that change are here, so that no release of Haven is
//! needed when they do.

use super::{
    clauses::{ConfidentialityAnswer, PurposeCode, Sector},
    name::Name,
    predicate::{CodeSet, NamedCodes},
};
use model::{Content, ContentError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const HOUSE: &str = "agreements/house.toml";
const CODE_SETS: &str = "agreements/code-sets";

/// What holds for every agreement of this safe haven.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// The table of the analysis zone that holds who has opted out: a pseudonym and a kind.
    pub preferences_table: Name,
    /// The table of the analysis zone that holds who is on which list: a pseudonym and a `cohort`.
    #[serde(default)]
    pub cohorts_table: Option<Name>,
    /// By table of the analysis zone, the columns that point at other people than the one a row is about. A row that
    /// points at somebody who is left out goes whole.
    #[serde(default)]
    pub points_at: BTreeMap<Name, Vec<Name>>,
    /// How long an agreement may run, by purpose.
    #[serde(default)]
    pub longest_terms: Vec<LongestTerm>,
    /// What approvals never open, whatever an agreement says.
    #[serde(default)]
    pub approval_limits: Vec<ApprovalLimit>,
    /// Words that say nothing: an agreement may not use them to say what, why or how.
    #[serde(default)]
    pub vague_terms: Vec<String>,
    /// The most that a clause on re-identification may allow.
    #[serde(default)]
    pub reidentification: ReidentificationLimits,
    #[serde(skip)]
    code_sets: BTreeMap<String, NamedCodes>,
    #[serde(skip)]
    restricting: bool,
    #[serde(skip)]
    put_back: bool,
}

/// How long an agreement for a purpose may run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongestTerm {
    pub purpose: PurposeCode,
    /// Only where the duty of confidence is answered like this.
    #[serde(default)]
    pub answer: Option<ConfidentialityAnswer>,
    pub months: u32,
    pub source: String,
}

/// What an approval never opens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalLimit {
    pub reference: String,
    pub never_opens: BTreeSet<Sector>,
    pub why: String,
}

/// The most that a clause on re-identification may allow.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReidentificationLimits {
    pub longest_days: u16,
    pub most_people: u32,
}

impl Default for ReidentificationLimits {
    fn default() -> Self {
        Self {
            longest_days: 28,
            most_people: 500,
        }
    }
}

/// A set of codes, as its file writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeSetFile {
    title: String,
    /// Where the set comes from.
    #[serde(rename = "source")]
    _source: String,
    codes: CodeSet,
}

impl House {
    /// Reads what holds for every agreement.
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        let mut house: Self = content.toml(HOUSE)?;
        for file in content.list(CODE_SETS) {
            let Some(name) = file.strip_suffix(".toml") else {
                continue;
            };
            let read: CodeSetFile = content.toml(&format!("{CODE_SETS}/{file}"))?;
            let set = NamedCodes {
                name: name.to_owned(),
                title: read.title,
                codes: read.codes,
            };
            house.code_sets.insert(name.to_owned(), set);
        }
        Ok(house)
    }

    /// The same while somebody's records may only be kept, by a restriction: whoever it is leaves every table of every
    /// agreement.
    #[must_use]
    pub fn while_restricting(mut self, stands: bool) -> Self {
        self.restricting = stands;
        self
    }

    /// The same after a backup was put back, until what people said since is taken in again: nobody is answered.
    #[must_use]
    pub fn while_put_back(mut self, waits: bool) -> Self {
        self.put_back = waits;
        self
    }

    /// Whether every agreement needs to know what people said, whichever preferences it applies.
    pub fn always_asks(&self) -> bool {
        self.restricting || self.put_back
    }

    /// Whether a backup was put back, and what people said since is not taken in again.
    pub fn put_back(&self) -> bool {
        self.put_back
    }

    /// Whether a restriction stands.
    pub fn restricting(&self) -> bool {
        self.restricting
    }

    /// The set of codes with this name.
    pub fn code_set(&self, name: &str) -> Option<&NamedCodes> {
        self.code_sets.get(name)
    }

    /// The names of the sets of codes.
    pub fn code_set_names(&self) -> impl Iterator<Item = &str> {
        self.code_sets.keys().map(String::as_str)
    }
}
