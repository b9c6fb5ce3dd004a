//! The national Data Uses Register: a text of one organisation's entries becomes drafts.
//!
//! An entry says less than an agreement: what it does not say is a blank of the draft. Nothing here is in
//! force, and nothing is guessed in favour of opening more.

mod draft;

pub use draft::Draft;

use model::{Content, ContentError, Date};
use serde::Deserialize;
use std::collections::BTreeMap;

const LABELS: &str = "agreements/register/national.toml";

/// The most bytes of a text, and the most entries: the whole register has a tenth of it.
const LONGEST: usize = 50_000_000;
const MOST: usize = 20_000;

/// What the labels of the register are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labels {
    /// How a reference begins.
    reference: String,
    labels: BTreeMap<Part, Vec<String>>,
}

/// A part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    TypeOfData,
    OptOuts,
    LegalBasis,
    Commercial,
    Sensitive,
    When,
    AccessMethod,
    Controllers,
    SubLicensing,
    Datasets,
    Objectives,
    Processing,
    Outputs,
    Benefits,
    Files,
}

/// One entry of the register, as it was published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    pub reference: String,
    pub title: String,
    /// The line on which it begins, from 1.
    pub line: usize,
    pub type_of_data: String,
    pub opt_outs: String,
    pub legal_basis: String,
    pub commercial: String,
    pub sensitive: String,
    pub starts: Option<Date>,
    pub ends: Option<Date>,
    pub access_method: String,
    pub controllers: Vec<String>,
    pub sub_licensing: String,
    pub datasets: Vec<String>,
    pub objectives: String,
    pub processing: String,
    pub outputs: Vec<String>,
    pub benefits: Vec<String>,
    /// One line for each file that was released.
    pub files: Vec<String>,
}

/// Why a text is not one of the register.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NationalError {
    /// It is larger than the whole register could be.
    #[error("the text has more than {LONGEST} bytes or {MOST} entries, and the register has not")]
    TooLong,
    /// No entry begins in it.
    #[error(
        "no entry was found: an entry begins with a line such as `Title of the use {dash} {example}`"
    )]
    NoEntry { dash: char, example: String },
    /// One entry is there twice.
    #[error("line {line}: `{reference}` has an entry at line {before} already")]
    Twice {
        reference: String,
        line: usize,
        before: usize,
    },
}

impl Labels {
    /// Reads them from content.
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        content.toml(LABELS)
    }

    /// The part that a line begins, with what follows the label.
    fn begun<'t>(&self, line: &'t str) -> Option<(Part, &'t str)> {
        let (before, after) = line.split_once(':')?;
        let label = before.trim();
        self.labels
            .iter()
            .find(|(_, names)| names.iter().any(|name| name.eq_ignore_ascii_case(label)))
            .map(|(part, _)| (*part, after.trim()))
    }

    /// The title and the reference, where a line begins an entry.
    fn heading<'t>(&self, line: &'t str) -> Option<(&'t str, &'t str)> {
        let at = line.rfind(&self.reference)?;
        let (title, reference) = (line.get(..at)?, line.get(at..)?.trim());
        let rest = reference.strip_prefix(&self.reference)?;
        let shaped = (3..=30).contains(&rest.len())
            && rest.contains('-')
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let title = title.trim_end();
        let title = title
            .strip_suffix(['—', '–', '-'])
            .map(str::trim)
            .filter(|title| !title.is_empty())?;
        shaped.then_some((title, reference))
    }
}

/// The entries of a text, in its order.
pub fn entries(text: &str, labels: &Labels) -> Result<Vec<Entry>, NationalError> {
    if text.len() > LONGEST {
        return Err(NationalError::TooLong);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut part: Option<(Part, Vec<&str>)> = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some((title, reference)) = labels.heading(line) {
            close(entries.last_mut(), part.take());
            let number = index + 1;
            if let Some(before) = seen.insert(reference.to_owned(), number) {
                return Err(NationalError::Twice {
                    reference: reference.to_owned(),
                    line: number,
                    before,
                });
            }
            if entries.len() == MOST {
                return Err(NationalError::TooLong);
            }
            entries.push(Entry {
                reference: reference.to_owned(),
                title: plain(title),
                line: number,
                ..Entry::default()
            });
        } else if let Some((begun, rest)) = labels.begun(line) {
            close(entries.last_mut(), part.take());
            part = Some((begun, vec![rest]));
        } else if let Some((_, lines)) = &mut part {
            lines.push(line);
        }
    }
    close(entries.last_mut(), part);
    if entries.is_empty() {
        return Err(NationalError::NoEntry {
            dash: '—',
            example: format!("{}000000-ABCDE", labels.reference),
        });
    }
    Ok(entries)
}

/// Puts what was read of a part into its entry. What stands before the first entry belongs to none.
fn close(entry: Option<&mut Entry>, part: Option<(Part, Vec<&str>)>) {
    let (Some(entry), Some((part, lines))) = (entry, part) else {
        return;
    };
    let line = || plain(&lines.join(" "));
    let words = || {
        let kept: Vec<String> = lines
            .iter()
            .map(|line| plain(line))
            .filter(|line| !line.is_empty())
            .collect();
        kept.join("\n")
    };
    match part {
        Part::TypeOfData => entry.type_of_data = line(),
        Part::OptOuts => entry.opt_outs = line(),
        Part::LegalBasis => entry.legal_basis = line(),
        Part::Commercial => entry.commercial = line(),
        Part::Sensitive => entry.sensitive = line(),
        Part::When => {
            let days = days(&line());
            entry.starts = days.first().copied();
            entry.ends = days.get(1).copied();
        }
        Part::AccessMethod => entry.access_method = line(),
        Part::Controllers => entry.controllers = several(&line(), [',', ';']),
        Part::SubLicensing => entry.sub_licensing = line(),
        Part::Datasets => entry.datasets = items(&lines),
        Part::Objectives => append(&mut entry.objectives, words()),
        Part::Processing => append(&mut entry.processing, words()),
        Part::Outputs => entry.outputs.extend(items(&lines)),
        Part::Benefits => entry.benefits.extend(items(&lines)),
        Part::Files => entry.files = items(&lines),
    }
}

fn append(to: &mut String, more: String) {
    if to.is_empty() {
        *to = more;
    } else if !more.is_empty() {
        to.push('\n');
        to.push_str(&more);
    }
}

/// One line without control characters and with single spaces.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The items of a list: each line is one, without its number or its mark.
fn items(lines: &[&str]) -> Vec<String> {
    lines
        .iter()
        .map(|line| plain(line))
        .map(|line| {
            let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let unnumbered = rest
                .strip_prefix(['.', ')'])
                .filter(|after| rest.len() < line.len() && after.starts_with(' '))
                .unwrap_or(&line);
            unnumbered
                .trim_start_matches(['•', '*', '-', ' '])
                .to_owned()
        })
        .filter(|item| !item.is_empty())
        .collect()
}

/// Names between separators, each once.
fn several<const N: usize>(text: &str, separators: [char; N]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in text.split(separators).map(str::trim) {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The days in a text, such as `2011-09-27`.
fn days(text: &str) -> Vec<Date> {
    text.split(|c: char| !c.is_ascii_digit() && c != '-')
        .filter(|word| word.len() == 10)
        .filter_map(|word| word.parse().ok())
        .collect()
}
