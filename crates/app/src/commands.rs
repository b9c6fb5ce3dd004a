//! One file per command.

pub(crate) mod account;
pub(crate) mod agreement;
pub(crate) mod ask;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod clk;
pub(crate) mod config;
pub(crate) mod correct;
pub(crate) mod demo;
pub(crate) mod destroy;
pub(crate) mod evidence;
pub(crate) mod impact;
pub(crate) mod incident;
pub(crate) mod key;
pub(crate) mod land;
mod link_evaluate;
pub(crate) mod link_files;
mod link_people;
pub(crate) mod link_report;
pub(crate) mod measure;
pub(crate) mod mesh;
pub(crate) mod preferences;
pub(crate) mod recall;
pub(crate) mod register;
pub(crate) mod results;
pub(crate) mod serve;
mod server;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod subject_access;
pub(crate) mod submit;
pub(crate) mod synth;
pub(crate) mod trace_file;

pub(crate) use key::concerns as key_concerns;

use crate::{clock::SystemClock, fault::Usage};
use anyhow::Result;
use laptop::london_day;
use model::{Clock, Date};

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
