//! Names of tables and columns as an agreement writes them, and days without a time.

use model::{Date, Ident, Sql};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Borrow, fmt};

/// The name of a table or a column: lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Ident);

impl Name {
    /// The bare name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name as a part of a query.
    pub fn ident(&self) -> &Ident {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.as_str()
    }
}

impl From<&Name> for Sql {
    fn from(name: &Name) -> Self {
        Self::from(&name.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ident::new(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!(
                "`{text}` is not the name of a table or a column: use lower-case letters, digits and underscores"
            ))
        })
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A day as TOML writes it, read and written.
pub(crate) mod whole_day {
    use super::{Date, Deserializer, Serialize, Serializer};
    use serde::ser::Error as _;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        super::day(from)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes what it writes by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        let written: toml::value::Datetime = day
            .to_string()
            .parse()
            .map_err(|_| S::Error::custom(format!("`{day}` cannot be written as a day")))?;
        written.serialize(to)
    }
}

/// A day that may be left out, read and written.
pub(crate) mod whole_day_if_any {
    use super::{Date, Deserializer, Serializer};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Date>, D::Error> {
        super::day(from).map(Some)
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::ref_option,
        reason = "serde passes what it writes by reference"
    )]
    pub(crate) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => super::whole_day::serialize(day, to),
            None => to.serialize_none(),
        }
    }
}

/// Reads a day as TOML writes it: `2026-04-01`, without quotes and without a time.
pub(crate) fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let written = toml::value::Datetime::deserialize(deserializer)?;
    match (written.date, written.time, written.offset) {
        (Some(d), None, None) => {
            Date::from_ymd_opt(i32::from(d.year), u32::from(d.month), u32::from(d.day))
        }
        _ => None,
    }
    .ok_or_else(|| D::Error::custom(format!("`{written}` is not a day such as 2026-04-01")))
}
