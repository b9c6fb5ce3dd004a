//! Minimisation: which rows an agreement is about, as predicates joined by `all` and `any`.
//!
//! A predicate speaks of a fact (the council, the day of the event). Where each table keeps that
//! fact is said by the table's `facts`, so one sentence of the agreement holds for all its tables.

use super::name::{Name, whole_day_if_any};
use model::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A condition on rows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Predicate {
    /// Each of these holds.
    All(Vec<Predicate>),
    /// At least one of these holds.
    Any(Vec<Predicate>),
    /// The record belongs to one of these councils.
    Council(CodeSet),
    /// The person lives in one of these areas.
    ResidentIn(CodeSet),
    /// The person is registered with one of these GP practices.
    RegisteredWith(CodeSet),
    /// The care was given by one of these providers.
    TreatedBy(CodeSet),
    /// The care was paid for by one of these bodies.
    CommissionedBy(CodeSet),
    /// The record carries one of these codes.
    HasCode(CodeSet),
    /// The record carries one of the codes of a set that content holds.
    HasCodeFrom(NamedCodes),
    /// The person is on one of these lists, such as the people who agreed to a study.
    InCohort(CodeSet),
    /// The record was linked with one of these grades: how sure it is whose record it is.
    LinkedWith(CodeSet),
    /// The record's day falls within these days, both included.
    Period(Period),
    /// The person's age falls within these years, both included.
    Age(Ages),
    /// Every row, for the reason given.
    Everyone(String),
}

/// Codes, each with what people call it.
pub type CodeSet = BTreeMap<String, String>;

/// A set of codes that content holds, by its name. An agreement writes the name; the codes are put
/// in when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "String", into = "String")]
pub struct NamedCodes {
    pub name: String,
    /// What the set is called.
    pub title: String,
    pub codes: CodeSet,
}

impl From<String> for NamedCodes {
    fn from(name: String) -> Self {
        Self {
            name,
            title: String::new(),
            codes: CodeSet::new(),
        }
    }
}

impl From<NamedCodes> for String {
    fn from(set: NamedCodes) -> Self {
        set.name
    }
}

/// A span of days, both ends included, open where an end is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    #[serde(default, with = "whole_day_if_any")]
    pub from: Option<Date>,
    #[serde(default, with = "whole_day_if_any")]
    pub to: Option<Date>,
}

/// A span of ages in whole years, both ends included, open where an end is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    #[serde(default)]
    pub from: Option<u16>,
    #[serde(default)]
    pub to: Option<u16>,
}

/// What a predicate asks of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    Council,
    ResidentIn,
    RegisteredWith,
    TreatedBy,
    CommissionedBy,
    HasCode,
    LinkedWith,
    Period,
    Age,
}

/// Where a table keeps a fact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "write the name of a column, or `{ through = table, matching = column, column = column }`, or for an age `{ born = column, on = column }`"
)]
pub enum Found {
    /// In a column of its own.
    Column(Name),
    /// In a column of another table, reached by a column that both have.
    Through(Through),
    /// An age, from the month of birth and a date.
    Aged(Aged),
}

/// A fact that another table holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Through {
    pub through: Name,
    pub matching: Name,
    pub column: Name,
}

/// An age that is worked out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Aged {
    pub born: Name,
    pub on: Name,
}

impl Predicate {
    /// The fact that this predicate alone asks for.
    pub fn fact(&self) -> Option<Fact> {
        match self {
            Self::All(_) | Self::Any(_) | Self::InCohort(_) | Self::Everyone(_) => None,
            Self::Council(_) => Some(Fact::Council),
            Self::ResidentIn(_) => Some(Fact::ResidentIn),
            Self::RegisteredWith(_) => Some(Fact::RegisteredWith),
            Self::TreatedBy(_) => Some(Fact::TreatedBy),
            Self::CommissionedBy(_) => Some(Fact::CommissionedBy),
            Self::HasCode(_) | Self::HasCodeFrom(_) => Some(Fact::HasCode),
            Self::LinkedWith(_) => Some(Fact::LinkedWith),
            Self::Period(_) => Some(Fact::Period),
            Self::Age(_) => Some(Fact::Age),
        }
    }

    /// Calls `change` for this predicate and all below it.
    pub(crate) fn walk_mut(&mut self, change: &mut dyn FnMut(&mut Self)) {
        change(self);
        if let Self::All(below) | Self::Any(below) = self {
            for predicate in below {
                predicate.walk_mut(change);
            }
        }
    }

    /// Calls `visit` for this predicate and all below it, each with its path in the agreement.
    pub fn walk(&self, path: &str, visit: &mut dyn FnMut(&str, &Predicate)) {
        visit(path, self);
        let (word, below) = match self {
            Self::All(below) => ("all", below),
            Self::Any(below) => ("any", below),
            _ => return,
        };
        for (index, predicate) in below.iter().enumerate() {
            predicate.walk(&format!("{path}.{word}.{index}"), visit);
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Council => "council",
            Self::ResidentIn => "resident_in",
            Self::RegisteredWith => "registered_with",
            Self::TreatedBy => "treated_by",
            Self::CommissionedBy => "commissioned_by",
            Self::HasCode => "has_code",
            Self::LinkedWith => "linked_with",
            Self::Period => "period",
            Self::Age => "age",
        })
    }
}
