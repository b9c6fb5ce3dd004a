//! The linkage model: which tables need identities, and the passes that find them, read from
//! `content/linkage/<name>.toml` and checked before anything is generated from it.

use crate::{
    LinkError,
    weighing::{self, Weighing},
};
use model::{Content, Date, Ident};
use serde::{Deserialize, Deserializer, de::Error as _};
use std::collections::{BTreeMap, BTreeSet};

/// A linkage model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkageModel {
    /// What people call it.
    pub title: String,
    /// Dates of birth before this day count as missing.
    pub earliest_birth_date: Date,
    /// Words that stand where a name should be, as the name key gives them.
    #[serde(default)]
    pub not_names: Vec<String>,
    /// Outward parts of postcodes that say no place.
    #[serde(default)]
    pub not_places: Vec<String>,
    /// The index of people.
    pub index: Source,
    /// What people of the index were before.
    #[serde(default)]
    pub history: Option<Past>,
    /// Numbers of the index that gave way to others.
    #[serde(default)]
    pub superseded: Option<Superseded>,
    /// The tables whose records need an identity.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// The passes, in order.
    #[serde(rename = "pass")]
    pub passes: Vec<Pass>,
    /// How records are weighed that no pass settles; they are not where there is none.
    #[serde(default)]
    pub weighing: Option<Weighing>,
}

/// A landed table and where it holds what is compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The landed table.
    #[serde(deserialize_with = "ident")]
    pub table: Ident,
    /// The columns that name a record.
    #[serde(deserialize_with = "idents")]
    pub source_key: Vec<Ident>,
    /// The columns that order the rows of one record, the most important first; latest wins.
    #[serde(default, deserialize_with = "idents")]
    pub latest_by: Vec<Ident>,
    /// Where each detail is.
    pub columns: Columns,
    /// The source's words for male and female.
    #[serde(default)]
    pub sex: BTreeMap<String, Sex>,
}

/// A landed table with what people of the index were before: one row for each earlier value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    /// The landed table.
    #[serde(deserialize_with = "ident")]
    pub table: Ident,
    /// The column of the number.
    #[serde(deserialize_with = "ident")]
    pub nhs_number: Ident,
    /// The column that says which detail it was: `given_name`, `family_name` or `postcode`; others are passed over.
    #[serde(deserialize_with = "ident")]
    pub field: Ident,
    /// The column of the value.
    #[serde(deserialize_with = "ident")]
    pub value: Ident,
}

/// A landed table of numbers that gave way to others.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Superseded {
    /// The landed table.
    #[serde(deserialize_with = "ident")]
    pub table: Ident,
    /// The column of the old number.
    #[serde(deserialize_with = "ident")]
    pub nhs_number: Ident,
    /// The column of the number that took its place.
    #[serde(deserialize_with = "ident")]
    pub replaced_by: Ident,
}

/// The columns that hold the details of a person; what a source does not send is left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The NHS number.
    #[serde(default, deserialize_with = "some_ident")]
    pub nhs_number: Option<Ident>,
    /// The given name or names.
    #[serde(default, deserialize_with = "some_ident")]
    pub given_name: Option<Ident>,
    /// The family name.
    #[serde(default, deserialize_with = "some_ident")]
    pub family_name: Option<Ident>,
    /// Sex or gender, as the source codes it.
    #[serde(default, deserialize_with = "some_ident")]
    pub sex: Option<Ident>,
    /// The date of birth.
    #[serde(default, deserialize_with = "some_ident")]
    pub date_of_birth: Option<Ident>,
    /// The postcode of the usual address.
    #[serde(default, deserialize_with = "some_ident")]
    pub postcode: Option<Ident>,
    /// The code of the GP practice; not compared, told to senders.
    #[serde(default, deserialize_with = "some_ident")]
    pub gp_practice: Option<Ident>,
    /// The date of death; not compared, told to senders.
    #[serde(default, deserialize_with = "some_ident")]
    pub date_of_death: Option<Ident>,
    /// The confidentiality code, in the index: nothing is told of whom it marks.
    #[serde(default, deserialize_with = "some_ident")]
    pub confidentiality: Option<Ident>,
    /// Whether a number was cancelled, in the index: nothing is told of whom it was.
    #[serde(default, deserialize_with = "some_ident")]
    pub status: Option<Ident>,
}

/// What a source's word for sex means in comparisons. Anything else is not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

/// One rule by which a record finds a person in the index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// The name shown in reports.
    pub name: String,
    /// Why it may link, in a sentence.
    pub why: String,
    /// What must be there and the same.
    pub equal: Vec<Equality>,
    /// What is asked of the date of birth.
    pub birth_date: BirthDate,
    /// Groups of which at least one must be equal throughout.
    #[serde(default)]
    pub any_of: Vec<Vec<Equality>>,
    /// What may be missing, but not different.
    #[serde(default)]
    pub may_not_disagree: Vec<Equality>,
    /// Birthdays that prove little.
    #[serde(default)]
    pub not_born_on: Vec<Birthday>,
    /// What happens where it finds several people.
    #[serde(default)]
    pub several: Several,
    /// The tables it is for; all where none is named.
    #[serde(default)]
    pub sources: Vec<String>,
}

/// What is asked of the date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BirthDate {
    /// The same day.
    Equal,
    /// Two of day, month and year the same, or day and month exchanged.
    Partly,
    /// Day and month exchanged.
    Exchanged,
    /// The record has none.
    NotSupplied,
}

/// What happens where a pass finds several people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Several {
    /// Nobody is chosen, and no later pass is asked.
    #[default]
    Stop,
    /// The next pass is asked.
    GoOn,
}

/// A detail of the record held against a detail of the index: `a`, or `a = b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Equality {
    /// The record's side.
    pub record: Detail,
    /// The index's side.
    pub index: Detail,
}

/// What can be compared, cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// A valid NHS number.
    NhsNumber,
    /// All given names.
    GivenName,
    /// The first of the given names.
    FirstName,
    /// The first letter of the given name.
    GivenInitial,
    /// The family name.
    FamilyName,
    /// The first three letters of the family name.
    FamilyStart,
    /// Male or female.
    Sex,
    /// The full postcode.
    Postcode,
    /// The outward part of the postcode.
    Outward,
}

impl Detail {
    /// The column of the cleaned tables that holds it.
    pub const fn column(self) -> &'static str {
        match self {
            Self::NhsNumber => "nhs_number",
            Self::GivenName => "given_name",
            Self::FirstName => "first_name",
            Self::GivenInitial => "given_initial",
            Self::FamilyName => "family_name",
            Self::FamilyStart => "family_start",
            Self::Sex => "sex",
            Self::Postcode => "postcode",
            Self::Outward => "outward",
        }
    }
}

/// A day of a month, written `01-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Birthday {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl LinkageModel {
    /// Reads and checks a model by name.
    pub fn read(content: &Content, name: &str) -> Result<Self, LinkError> {
        let path = format!("linkage/{name}.toml");
        if let Some(model) = weighing::refined(content, &path)? {
            return Ok(model);
        }
        let model: Self = content.toml(&path)?;
        model.check(&path)?;
        Ok(model)
    }

    /// The same model for those of its tables that have been landed. The index must be there; an
    /// empty one will do.
    #[must_use]
    pub fn for_tables(&self, landed: &[&str]) -> Self {
        let mut model = self.clone();
        model
            .sources
            .retain(|source| landed.contains(&source.table.as_str()));
        model.history = model
            .history
            .filter(|past| landed.contains(&past.table.as_str()));
        model.superseded = model
            .superseded
            .filter(|old| landed.contains(&old.table.as_str()));
        model
    }

    fn check(&self, path: &str) -> Result<(), LinkError> {
        let mut names: BTreeSet<&str> = crate::steps::OUTCOMES.into_iter().collect();
        for pass in &self.passes {
            if !names.insert(&pass.name) {
                return Err(LinkError::NameTaken {
                    path: path.to_owned(),
                    pass: pass.name.clone(),
                });
            }
            if let Some(lacking) = pass.lacks() {
                return Err(LinkError::TooLoose {
                    path: path.to_owned(),
                    pass: pass.name.clone(),
                    lacking,
                });
            }
            for source in &pass.sources {
                if !self.sources.iter().any(|s| s.table.as_str() == source) {
                    return Err(LinkError::UnknownSource {
                        path: path.to_owned(),
                        pass: pass.name.clone(),
                        source_table: source.clone(),
                    });
                }
            }
        }
        if self.index.columns.nhs_number.is_none() {
            return Err(LinkError::IndexWithoutNumber {
                path: path.to_owned(),
            });
        }
        let mut tables = BTreeSet::new();
        for source in std::iter::once(&self.index).chain(&self.sources) {
            if source.source_key.is_empty() {
                return Err(LinkError::NoKey {
                    path: path.to_owned(),
                    table: source.name().to_owned(),
                });
            }
            if !tables.insert(source.table.as_str()) {
                return Err(LinkError::TableTwice {
                    path: path.to_owned(),
                    table: source.table.as_str().to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl Pass {
    /// Whether it compares this detail of both sides for equality.
    pub fn compares(&self, detail: Detail) -> bool {
        self.equal
            .iter()
            .any(|e| e.record == detail && e.index == detail)
    }

    /// What a pass would need so that relatives and strangers are not taken for one person.
    // INVARIANT: no pass links on names and postcode alone, or on a date of birth with one other
    // weak detail. Twins, and parents and children of one name at one address, depend on it.
    fn lacks(&self) -> Option<&'static str> {
        let number = self.compares(Detail::NhsNumber);
        let place = self.compares(Detail::Postcode);
        let both_names = [Detail::FamilyName, Detail::GivenName, Detail::FirstName]
            .map(|name| self.equal.iter().any(|e| e.index == name));
        let [family, given, first] = both_names;
        let both_names = family && (given || first);
        match self.birth_date {
            BirthDate::Partly if !number => {
                Some("the NHS number, since the date of birth agrees in part only")
            }
            BirthDate::NotSupplied if !number => {
                Some("the NHS number, since there is no date of birth")
            }
            BirthDate::Exchanged if !(both_names && place) => {
                Some("both names and the postcode, since day and month of birth are exchanged")
            }
            BirthDate::Equal
                if !(number || both_names || (place && self.compares(Detail::Sex))) =>
            {
                Some(
                    "the NHS number, or both names, or sex and full postcode, beside the date of birth",
                )
            }
            _ => None,
        }
    }
}

impl Source {
    /// The name of the table.
    pub fn name(&self) -> &str {
        self.table.as_str()
    }
}

impl<'de> Deserialize<'de> for Equality {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let (record, index) = text.split_once('=').unwrap_or((&text, &text));
        let side = |name: &str| {
            Detail::deserialize(serde::de::value::StrDeserializer::<D::Error>::new(
                name.trim(),
            ))
        };
        Ok(Self {
            record: side(record)?,
            index: side(index)?,
        })
    }
}

impl<'de> Deserialize<'de> for Birthday {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.split_once('-')
            .and_then(|(month, day)| {
                Some(Self {
                    month: month.parse().ok().filter(|m| (1..=12).contains(m))?,
                    day: day.parse().ok().filter(|d| (1..=31).contains(d))?,
                })
            })
            .ok_or_else(|| {
                D::Error::custom(format!("`{text}` is no birthday, write it as `01-31`"))
            })
    }
}

fn ident<'de, D: Deserializer<'de>>(from: D) -> Result<Ident, D::Error> {
    checked(&String::deserialize(from)?)
}

fn some_ident<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Ident>, D::Error> {
    ident(from).map(Some)
}

fn idents<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Ident>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    names.iter().map(|name| checked(name)).collect()
}

fn checked<E: serde::de::Error>(name: &str) -> Result<Ident, E> {
    Ident::new(name).ok_or_else(|| {
        E::custom(format!(
            "`{name}` is no table or column: use lower-case letters, digits and underscores"
        ))
    })
}
