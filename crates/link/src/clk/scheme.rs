//! The scheme by which records become filters, read from `content/linkage/<name>.toml`.

use crate::{LinkError, people::Clean};
use model::Content;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeSet;

/// Bits of a filter at most.
const LONGEST: usize = 16_384;
/// Letters taken together at most.
const MOST_GRAMS: usize = 4;

/// How records become filters.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// What people call it.
    #[serde(skip_serializing)]
    pub title: String,
    /// One filter for a record, or one for each field.
    pub kind: Kind,
    /// The column that names a record.
    #[serde(skip_serializing)]
    pub id: String,
    /// Bits of a filter before hardening.
    pub length: usize,
    /// Filters as alike as this are one person.
    #[serde(skip_serializing)]
    pub threshold: f64,
    /// A record with fewer known fields has no filter.
    #[serde(default)]
    pub fewest_fields: usize,
    /// Texts that say that there is no value.
    #[serde(default)]
    pub no_values: NoValues,
    /// What is done against attacks.
    #[serde(default)]
    pub hardening: Hardening,
    /// The fields.
    #[serde(rename = "field")]
    pub fields: Vec<Field>,
}

/// Whether a record has one filter or several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One filter for a record.
    Record,
    /// One filter for each field.
    Fields,
}

/// Texts that say that there is no value.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoValues {
    /// Words that are no names.
    pub names: Vec<String>,
    /// Beginnings of postcodes that say no place.
    pub places: Vec<String>,
    /// Codes that say "not known".
    pub codes: Vec<String>,
    /// Dates that stand for "not known".
    pub dates: Vec<String>,
    /// Dates before this day count as missing.
    pub earliest_date: Option<String>,
}

/// A field and what is taken from it.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name: each name has a key of its own.
    pub name: String,
    /// The column of the file; the name, where it is left out. Owners may call it differently.
    #[serde(default, skip_serializing)]
    pub column: Option<String>,
    /// How its values are cleaned.
    #[serde(serialize_with = "word_of")]
    pub clean: Clean,
    /// Whether only the first word of a name counts.
    #[serde(default)]
    pub first_word: bool,
    /// Letters that are taken together; left out, the whole value is one feature.
    #[serde(default)]
    pub grams: Option<usize>,
    /// Whether a blank stands before the first letter and after the last.
    #[serde(default)]
    pub padded: bool,
    /// Whether the place of a letter counts.
    #[serde(default)]
    pub positional: bool,
    /// Bits that are set for the whole field.
    pub bits: usize,
    /// How much it counts where filters of fields are weighed.
    #[serde(default = "one", skip_serializing)]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

/// The word of a kind of cleaning, as a scheme has it.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde calls"
)]
fn word_of<S: Serializer>(clean: &Clean, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match clean {
        Clean::Name => "name",
        Clean::Postcode => "postcode",
        Clean::Date => "date",
        Clean::Number => "number",
        Clean::Code => "code",
        Clean::List => "list",
    })
}

impl Field {
    /// The column of the file.
    pub fn column(&self) -> &str {
        self.column.as_deref().unwrap_or(&self.name)
    }
}

/// What is done against attacks, in this order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hardening {
    /// Every hash depends on a field that does not change.
    pub salt: Option<Salt>,
    /// How often a filter is halved, one half laid over the other.
    pub fold: usize,
    /// Each bit becomes whether its two neighbours differ.
    pub rule90: bool,
    /// Bits that are turned at random.
    pub flips: Option<Flips>,
    /// The complement is appended and all bits are shuffled by key.
    pub balance: bool,
}

/// The field that salts every hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Salt {
    /// Its name.
    pub field: String,
    /// How many of its first letters count; 4 of a date are its year.
    pub first: usize,
}

/// Bits that are turned at random.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Flips {
    /// The privacy loss of one bit: it is turned with the chance 1 / (1 + e^epsilon).
    pub epsilon: f64,
}

impl Scheme {
    /// Reads and checks `content/linkage/<name>.toml`.
    pub fn read(content: &Content, name: &str) -> Result<Self, LinkError> {
        let path = format!("linkage/{name}.toml");
        Self::from_text(content.text(&path)?, &path)
    }

    /// From the text of a scheme.
    pub fn from_text(text: &str, path: &str) -> Result<Self, LinkError> {
        let mistake = |message: String| LinkError::Mistake {
            path: format!("content/{path}"),
            message,
        };
        let scheme: Self = toml::from_str(text).map_err(|fault| mistake(fault.to_string()))?;
        scheme.check().map_err(mistake)?;
        Ok(scheme)
    }

    fn check(&self) -> Result<(), String> {
        if !self.length.is_power_of_two() || !(64..=LONGEST).contains(&self.length) {
            return Err(format!(
                "length is {}; it must be a power of two from 64 to {LONGEST}",
                self.length
            ));
        }
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return Err(format!(
                "threshold is {}; it must be above 0 and at most 1",
                self.threshold
            ));
        }
        if self.fields.is_empty() || self.fields.len() > 64 {
            return Err("there must be from 1 to 64 fields".to_owned());
        }
        let mut seen = BTreeSet::new();
        for field in &self.fields {
            let name = &field.name;
            // The names are columns of the file with filters.
            if name.is_empty()
                || name.contains('\0')
                || ["id", "made_by", "filter"].contains(&name.as_str())
            {
                return Err(format!("no field can be called `{name}`"));
            }
            if !seen.insert(name) {
                return Err(format!("field `{name}` stands twice"));
            }
            if !(1..=self.length).contains(&field.bits) {
                return Err(format!(
                    "field `{name}` has {} bits; it must have from 1 to {}",
                    field.bits, self.length
                ));
            }
            if field
                .grams
                .is_some_and(|grams| !(1..=MOST_GRAMS).contains(&grams))
            {
                return Err(format!(
                    "grams of field `{name}` must be from 1 to {MOST_GRAMS}; leave the line out for the whole value"
                ));
            }
            if !(field.weight.is_finite() && field.weight >= 0.0) {
                return Err(format!("weight of field `{name}` must be a number from 0"));
            }
        }
        self.check_hardening()
    }

    fn check_hardening(&self) -> Result<(), String> {
        let hardening = &self.hardening;
        if let Some(salt) = &hardening.salt {
            if !self.fields.iter().any(|field| field.name == salt.field) {
                return Err(format!(
                    "salt names field `{}`, which is not there",
                    salt.field
                ));
            }
            if !(1..=64).contains(&salt.first) {
                return Err("first of the salt must be from 1 to 64 letters".to_owned());
            }
        }
        let left = u32::try_from(hardening.fold)
            .ok()
            .and_then(|fold| self.length.checked_shr(fold));
        if left.is_none_or(|left| left < 64) {
            return Err(format!(
                "fold is {}; at least 64 bits must be left",
                hardening.fold
            ));
        }
        if let Some(flips) = &hardening.flips
            && !(0.1..=10.0).contains(&flips.epsilon)
        {
            return Err(format!(
                "epsilon of flips is {}; it must be from 0.1 to 10",
                flips.epsilon
            ));
        }
        Ok(())
    }

    /// The filters of a record: their names, and bits of each once it is hardened.
    pub fn parts(&self) -> (Vec<&str>, usize) {
        let names = match self.kind {
            Kind::Record => vec!["filter"],
            Kind::Fields => self
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect(),
        };
        let folded = self.length >> self.hardening.fold;
        (
            names,
            if self.hardening.balance {
                folded * 2
            } else {
                folded
            },
        )
    }
}
