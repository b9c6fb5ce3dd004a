//! One file per command.

pub(crate) mod account;
pub(crate) mod ask;
pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod land;
pub(crate) mod manual;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod synth;

use crate::{
    cli::{EncodingArg, ReadingArgs},
    clock::SystemClock,
    desks::london_day,
    fault::Usage,
};
use ::land::receive::{Encoding, ReceiveSettings};
use anyhow::Result;
use model::{Clock, Content, Date};
use serde::Deserialize;

/// What commands take when nothing else is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Defaults {
    pub(crate) dataset: String,
    pub(crate) linkage: String,
}

impl Defaults {
    pub(crate) fn read(content: &Content) -> Result<Self> {
        Ok(content.toml("defaults.toml")?)
    }
}

/// The dataset that is named, or the usual one; a name that is not known offers the nearest.
pub(crate) fn dataset(reading: &ReadingArgs, content: &Content) -> Result<String> {
    let Some(name) = &reading.dataset else {
        return Ok(Defaults::read(content)?.dataset);
    };
    let names = model::Dataset::names(content);
    if names.contains(name) {
        return Ok(name.clone());
    }
    let near = model::content::nearest(name, names.iter().map(String::as_str));
    let hint = near.map_or_else(
        || format!("there are {}", names.join(", ")),
        |n| format!("did you mean `{n}`?"),
    );
    Err(Usage(format!("there is no dataset `{name}`: {hint}")).into())
}

/// How files are read, from the flags.
pub(crate) fn receive_settings(reading: &ReadingArgs) -> Result<ReceiveSettings> {
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

/// The day to take for today.
pub(crate) fn today(stated: Option<Date>) -> Result<Date> {
    stated.map_or_else(|| london_day(SystemClock.now()), Ok)
}

/// A text argument, or standard input where it is `-`.
pub(crate) fn text_or_input(argument: &str) -> Result<String> {
    if argument == "-" {
        return Ok(std::io::read_to_string(std::io::stdin())?);
    }
    Ok(argument.to_owned())
}

/// A role by its word.
pub(crate) fn role(word: &str) -> Result<control::Role> {
    control::Role::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = control::Role::ALL.iter().map(|r| r.as_str()).collect();
        Usage(format!(
            "there is no role `{word}`; there are {}",
            words.join(", ")
        ))
        .into()
    })
}
