//! What the verbs take when nothing else is said, and how their flags are read.

use crate::{
    cli::{EncodingArg, ReadingArgs},
    fault::Usage,
};
use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use land::receive::{Encoding, ReceiveSettings};
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

/// The dataset that is named, or the usual one; a name that is not known offers the nearest.
pub fn dataset(name: Option<&str>, content: &Content) -> Result<String> {
    let Some(name) = name else {
        return Ok(Defaults::read(content)?.dataset);
    };
    let names = Dataset::names(content);
    if names.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let near = nearest(name, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("there are {}", names.join(", ")),
        |n| format!("did you mean `{n}`?"),
    );
    Err(Usage(format!("there is no dataset `{name}`: {hint}")).into())
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
