//! Agreements: read from `content/agreements/`, checked for sense, and unchangeable from then on.
//!
//! `<name>.toml` is an agreement, `<name>.cases.toml` the questions that it must allow and refuse,
//! and `house.toml` what holds for all of them.

mod check;
pub mod clauses;
mod locate;
pub mod name;
pub mod predicate;
pub mod state;
pub mod treatment;
mod words;

pub use clauses::{Clauses, DatasetTerms, FieldTerms, House};
pub use name::Name;
pub use state::{State, day_of};
pub use words::{day_in_words, list_in_words};

use crate::{Digest, GovernedView, compile};
use model::{Content, ContentError};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Deref,
};

const FOLDER: &str = "agreements";
const HOUSE: &str = "agreements/house.toml";

/// One agreement. Its clauses are read through it and cannot be changed: a change is a new file.
#[derive(Debug, Clone)]
pub struct Agreement {
    name: String,
    clauses: Clauses,
    house: House,
    digest: Digest,
}

/// Every agreement that content holds, by reference.
#[derive(Debug, Clone, Default)]
pub struct Agreements {
    by_reference: BTreeMap<String, Agreement>,
}

impl Agreement {
    /// Reads one agreement by the name of its file.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        let path = path_of(name);
        let house: House = content.toml(HOUSE)?;
        let clauses: Clauses = content.toml(&path)?;
        let text = content.text(&path)?;
        check::check(&clauses, &house).map_err(|mistake| ContentError::Mistake {
            message: locate::pointing_at(text, &mistake.clause, &mistake.says),
            path,
        })?;
        Ok(Self {
            name: name.to_owned(),
            clauses,
            house,
            digest: Digest::of(text),
        })
    }

    /// The name of its file, without the ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The digest of its file: the same as `sha256sum` gives.
    pub fn digest(&self) -> &Digest {
        &self.digest
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

    /// The tables and columns of the analysis zone that its views are made from. Where one is not
    /// there, the agreement cannot be honoured.
    pub fn sources(&self) -> BTreeMap<String, BTreeSet<String>> {
        compile::sources(self, &self.house)
    }

    pub(crate) fn house(&self) -> &House {
        &self.house
    }
}

impl Deref for Agreement {
    type Target = Clauses;
    fn deref(&self) -> &Clauses {
        &self.clauses
    }
}

impl Agreements {
    /// Reads all of them. One that makes no sense stops the rest: a half-read set of agreements
    /// would answer "there is no such agreement" where the truth is "there is, and it is broken".
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        let mut by_reference: BTreeMap<String, Agreement> = BTreeMap::new();
        for name in names(content) {
            let agreement = Agreement::read(content, &name)?;
            if let Some(other) = by_reference.get(&agreement.reference) {
                let path = path_of(&name);
                let says = format!(
                    "`{}` is the reference of `{}` too",
                    other.reference, other.name
                );
                return Err(ContentError::Mistake {
                    message: locate::pointing_at(content.text(&path)?, "reference", &says),
                    path,
                });
            }
            by_reference.insert(agreement.reference.clone(), agreement);
        }
        Ok(Self { by_reference })
    }

    /// The agreement with this reference.
    pub fn get(&self, reference: &str) -> Option<&Agreement> {
        self.by_reference.get(reference)
    }

    /// All of them, by reference.
    pub fn iter(&self) -> impl Iterator<Item = &Agreement> {
        self.by_reference.values()
    }
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
