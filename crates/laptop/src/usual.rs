//! What the verbs take when nothing else is said, and how their flags are read.

use crate::{
    cli::{EncodingArg, ReadingArgs},
    fault::Usage,
};
use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use land::{
    check::usual_release,
    receive::{Encoding, ReceiveSettings},
};
use model::{Content, Dataset, Date, content::nearest};
use serde::Deserialize;

/// What commands take when nothing else is said, from `content/defaults.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The dataset of files.
    pub dataset: String,
    /// The model by which people are linked.
    pub linkage: String,
}

impl Defaults {
    /// Reads them.
    pub fn read(content: &Content) -> Result<Self> {
        Ok(content.toml("defaults.toml")?)
    }
}

/// What a file is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stated {
    /// A dataset, or one release of it.
    Dataset(String),
    /// One of the releases of a family; which, the file itself tells.
    Family(String),
}

/// The dataset or family that is named, or the usual one; a name that is not known offers the nearest.
pub fn stated(name: Option<&str>, content: &Content) -> Result<Stated> {
    let Some(name) = name else {
        let usual = Dataset::read(content, &Defaults::read(content)?.dataset)?;
        return Ok(match usual.family {
            Some(family) => Stated::Family(family.name),
            None => Stated::Dataset(usual.name),
        });
    };
    let mut names = Dataset::names(content);
    if names.iter().any(|known| known == name) {
        return Ok(Stated::Dataset(name.to_owned()));
    }
    if !Dataset::family(content, name)?.is_empty() {
        return Ok(Stated::Family(name.to_owned()));
    }
    names.sort();
    let near = nearest(name, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("there are {}", names.join(", ")),
        |n| format!("did you mean `{n}`?"),
    );
    Err(Usage(format!("there is no dataset `{name}`: {hint}")).into())
}

impl Stated {
    /// The name of the dataset or of the family.
    pub fn name(&self) -> &str {
        match self {
            Self::Dataset(name) | Self::Family(name) => name,
        }
    }
}

/// The dataset that is named, or the usual one, where the file is not asked which release it follows.
pub fn dataset(name: Option<&str>, content: &Content) -> Result<String> {
    match (name, stated(name, content)?) {
        (Some(_), Stated::Dataset(dataset)) => Ok(dataset),
        (Some(_), Stated::Family(family)) => Ok(usual_release(content, &family)?.dataset),
        (None, _) => Ok(Defaults::read(content)?.dataset),
    }
}

/// How files are read, from the flags.
pub fn receive_settings(reading: &ReadingArgs) -> Result<ReceiveSettings> {
    let delimiter = match reading.delimiter {
        None => None,
        Some(c) => Some(
            u8::try_from(c).map_err(|_| Usage("a delimiter is one ASCII character".to_owned()))?,
        ),
    };
    Ok(ReceiveSettings {
        encoding: reading.encoding.map(|e| match e {
            EncodingArg::Utf8 => Encoding::Utf8,
            EncodingArg::Utf16Le => Encoding::Utf16Le,
            EncodingArg::Utf16Be => Encoding::Utf16Be,
            EncodingArg::Windows1252 => Encoding::Windows1252,
        }),
        delimiter,
        sheet: reading.sheet.clone(),
        ..ReceiveSettings::default()
    })
}

/// The day of a moment in London, where the collection is.
pub fn london_day(moment: DateTime<Utc>) -> Result<Date> {
    let zone: chrono_tz::Tz = "Europe/London".parse().map_err(|e| anyhow!("{e}"))?;
    Ok(moment.with_timezone(&zone).date_naive())
}
