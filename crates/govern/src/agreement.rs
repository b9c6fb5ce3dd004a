//! Agreements: read from `content/agreements/` or from a text, checked for sense, and unchangeable from
//! then on.
//!
//! `<name>.toml` is an agreement, `<name>.cases.toml` the questions that it must allow and refuse,
//! and `house.toml` what holds for all of them. `templates/` are none: they have blanks.

mod after_end;
mod changes;
mod check;
pub mod clauses;
pub mod facts;
pub mod house;
mod list;
mod locate;
pub mod name;
pub mod national;
pub mod predicate;
mod simulate;
pub mod state;
mod templates;
pub mod treatment;
mod versions;
mod words;

pub use after_end::AfterEnd;
pub use changes::{Change, Effect, changes, in_words};
pub use check::{Finding, Level};
pub use clauses::{Clauses, DatasetTerms, FieldTerms};
pub use facts::Facts;
pub use house::House;
pub use name::Name;
pub use simulate::{Because, IfEnded, Loss, Sight};
pub use state::{State, Stop, day_of};
pub use templates::Template;
pub use versions::{Agreements, version_order};
pub use words::{Section, day_in_words, list_in_words};

use crate::preferences::{PUT_BACK, RESTRICTION, state::PreferenceState};
use crate::{Digest, GovernedView, RegisterEntry, compile};
use clauses::Party;
use model::{Content, ContentError, Date, Sql};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
    sync::Arc,
};

const FOLDER: &str = "agreements";

/// One version of an agreement. Its clauses are read through it and cannot be changed: a change is a
/// new version.
#[derive(Debug, Clone)]
pub struct Agreement {
    name: String,
    clauses: Clauses,
    house: Arc<House>,
    facts: Facts,
    digest: Digest,
}

/// Why a text is not an agreement: everything that was found, of which at least one thing stops it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .findings.first().map_or("nothing was found", |f| f.message.as_str()))]
pub struct NotAnAgreement {
    /// In the order of the clauses; the first is the one to mend first.
    pub findings: Vec<Finding>,
}

impl Agreement {
    /// Reads one agreement of content by the name of its file. What the file says of approvals and
    /// signatures counts.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        Self::of_content(content, name, &Arc::new(House::read(content)?))
    }

    fn of_content(content: &Content, name: &str, house: &Arc<House>) -> Result<Self, ContentError> {
        let path = path_of(name);
        let text = content.text(&path)?;
        Self::from_text(name, text, house)
            .map(|agreement| agreement.with_facts(Facts::of_a_file()))
            .map_err(|no| ContentError::Mistake {
                message: no.to_string(),
                path,
            })
    }

    /// Reads one agreement from a text. It is a draft until [`with_facts`](Self::with_facts) says
    /// otherwise: a text cannot vouch for its own approvals and signatures.
    pub fn from_text(name: &str, text: &str, house: &Arc<House>) -> Result<Self, NotAnAgreement> {
        let (clauses, findings) = review(text, house);
        match clauses {
            Some(clauses) if findings.iter().all(|f| f.level != Level::Stops) => Ok(Self {
                name: name.to_owned(),
                clauses,
                house: Arc::clone(house),
                facts: Facts::default(),
                digest: Digest::of(text),
            }),
            _ => Err(NotAnAgreement {
                findings: findings
                    .into_iter()
                    .filter(|f| f.level == Level::Stops)
                    .collect(),
            }),
        }
    }

    /// The same agreement with what is known of it from outside its text.
    #[must_use]
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// The same agreement under rules of the house that may have changed since its text was read.
    #[must_use]
    pub fn in_house(mut self, house: &Arc<House>) -> Self {
        self.house = Arc::clone(house);
        self
    }

    /// The same agreement under what the house knew when a decision kept this state of preferences.
    pub(crate) fn known_in(&self, snapshot: Option<&str>) -> Self {
        let state = PreferenceState::read(snapshot.unwrap_or_default());
        let house = House::clone(&self.house)
            .while_restricting(state.list(RESTRICTION).is_some())
            .while_put_back(state.list(PUT_BACK).is_some());
        self.clone().in_house(&Arc::new(house))
    }

    /// What is known of it from outside its text.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The name of its file, without the ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of its file: the same as `sha256sum` gives.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The state on a day.
    pub fn state(&self, on: Date) -> State {
        self.clauses.state_with(&self.facts, on)
    }

    /// The parties that have not signed by a day.
    pub fn unsigned(&self, on: Date) -> Vec<&Party> {
        self.clauses.unsigned_with(&self.facts, on)
    }

    /// What stops it on a day.
    pub fn stops(&self, on: Date) -> Vec<Stop> {
        self.clauses.stops_with(&self.facts, on)
    }

    /// The last day on which it holds.
    pub fn ends(&self) -> Date {
        self.clauses.last_day(&self.facts)
    }

    /// How many days are left after this one; negative once it has ended.
    pub fn days_left(&self, on: Date) -> i64 {
        (self.ends() - on).num_days()
    }

    /// The entry of the public register, as on a day.
    pub fn register_entry(&self, on: Date) -> RegisterEntry {
        self.clauses.register_entry_with(&self.facts, on)
    }

    /// The columns that it shows of a table; none where it does not open the table.
    pub fn columns(&self, table: &str) -> BTreeSet<String> {
        self.datasets
            .get(table)
            .into_iter()
            .flat_map(|terms| terms.fields.keys())
            .map(|column| column.as_str().to_owned())
            .collect()
    }

    /// The views of these tables with every column, to plan a question with before it is decided. They are
    /// text and open nothing; a permit's own views are made when it is decided.
    pub fn planning_views(&self, tables: &BTreeSet<String>) -> Vec<GovernedView> {
        let (Some(organisation), Some(purpose)) =
            (self.access.organisations.first(), self.purposes.first())
        else {
            return Vec::new();
        };
        let recipient = compile::Recipient {
            organisation,
            purpose: purpose.code,
            on: self.term.start,
        };
        self.datasets
            .iter()
            .filter(|(table, _)| tables.contains(table.as_str()))
            .filter_map(|dataset| {
                let columns = self.columns(dataset.0.as_str());
                compile::view(self, &self.house, dataset, &columns, recipient).ok()
            })
            .collect()
    }

    /// For each kind of preference that it applies, and for restrictions while one stands, how many people it leaves out
    /// of a table on a day, as a query with the tables that it reads: for the first of its organisations and purposes.
    /// None where nobody is left out.
    pub fn people_left_out(&self, table: &str, on: Date) -> Option<(Sql, BTreeSet<String>)> {
        let recipient = compile::Recipient {
            organisation: self.access.organisations.first()?,
            purpose: self.purposes.first()?.code,
            on,
        };
        let dataset = self.datasets.get_key_value(table)?;
        compile::people_left_out(self, &self.house, dataset, recipient)
    }

    /// The tables and columns of the analysis zone that its views are made from. Where one is not
    /// there, the agreement cannot be honoured.
    pub fn sources(&self) -> BTreeMap<String, BTreeSet<String>> {
        compile::sources(self, &self.house)
    }

    /// What holds for every agreement of this safe haven.
    pub fn house(&self) -> &House {
        &self.house
    }
}

impl Deref for Agreement {
    type Target = Clauses;
    fn deref(&self) -> &Clauses {
        &self.clauses
    }
}

/// Reads a text and says everything that is wrong with it, for someone who is still writing it. The
/// clauses are there where the text could be read at all.
pub fn review(text: &str, house: &House) -> (Option<Clauses>, Vec<Finding>) {
    let mut clauses: Clauses = match check::read(text) {
        Ok(clauses) => clauses,
        Err(finding) => return (None, vec![finding]),
    };
    clauses.minimisation.walk_mut(&mut |predicate| {
        if let predicate::Predicate::HasCodeFrom(set) = predicate
            && let Some(known) = house.code_set(&set.name)
        {
            *set = known.clone();
        }
    });
    let findings = check::check(text, &clauses, house);
    (Some(clauses), findings)
}

/// The names of the agreements that content holds. A name has no full stop: `<name>.cases.toml`
/// stands beside an agreement and is none.
pub fn names(content: &Content) -> Vec<String> {
    content
        .list(FOLDER)
        .into_iter()
        .filter_map(|file| file.strip_suffix(".toml"))
        .filter(|name| *name != "house" && !name.contains('.'))
        .map(str::to_owned)
        .collect()
}

fn path_of(name: &str) -> String {
    format!("{FOLDER}/{name}.toml")
}

pub(crate) fn cases_path_of(name: &str) -> String {
    format!("{FOLDER}/{name}.cases.toml")
}
