//! Matching the header of a file to the fields of a dataset. What does not fit is data for the
//! checker; only a header in which nothing fits is an error.

use crate::LandError;
use model::{Dataset, content::nearest};
use std::collections::{BTreeMap, BTreeSet};

/// How the header of a file fits the dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderMatch {
    /// For each field of the dataset, its position in the file from 0.
    pub columns: Vec<Option<u32>>,
    /// Fields whose name differs in case, spaces, underscores or hyphens, with the name as sent.
    pub inexact: Vec<(usize, String)>,
    /// Fields that the file does not have.
    pub missing: Vec<MissingColumn>,
    /// Names in the file that the dataset does not have, as sent.
    pub extra: Vec<String>,
    /// Names that the file has more than once, as first sent. The first of them is read.
    pub duplicated: Vec<String>,
    /// Columns without a name: mostly delimiters at the end of the line.
    pub unnamed: usize,
    /// Whether the fields that are there stand in the dataset's order.
    pub in_order: bool,
    /// How many columns the header has.
    pub width: usize,
    /// The names as sent, in the order of the file.
    pub names: Vec<String>,
    /// The positions of the columns that are read into no field.
    pub rest: Vec<u32>,
    /// The spreadsheet row of the header: 1, unless blank lines or titles come before it.
    pub row: u64,
    /// How many rows in which something stands come before it; they are not read.
    pub rows_above: u64,
}

/// A field that the file does not have, and the name in the file that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingColumn {
    /// The position of the field in the dataset.
    pub field: usize,
    /// The unknown name most like it, and its position in the file.
    pub nearest: Option<(String, u32)>,
}

/// Longer names than this are no slip of the pen, and comparing them is slow.
const LONGEST_OFFERED: usize = 100;

impl HeaderMatch {
    /// Matches the names of a header row.
    pub(crate) fn new(
        names: &[String],
        row: u64,
        dataset: &Dataset,
        sheet: Option<&str>,
    ) -> Result<Self, LandError> {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        for (field, at) in dataset.fields.iter().zip(0..) {
            known.entry(alike(&field.name)).or_insert(at);
        }
        let mut found = Self {
            columns: vec![None; dataset.fields.len()],
            width: names.len(),
            names: names.to_vec(),
            row,
            ..Self::default()
        };
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        let mut extra: Vec<(u32, &str)> = Vec::new();
        let mut order = Vec::new();
        for (position, name) in (0u32..).zip(names) {
            let bare = alike(name);
            if bare.is_empty() {
                found.unnamed += 1;
                continue;
            }
            if let Some(reported) = seen.get_mut(&bare) {
                if !std::mem::replace(reported, true) {
                    found.duplicated.push(name.clone());
                }
                continue;
            }
            match known.get(&bare) {
                Some(&field) => {
                    if let Some(column) = found.columns.get_mut(field) {
                        *column = Some(position);
                    }
                    order.push(field);
                    if dataset.fields.get(field).is_some_and(|f| f.name != *name) {
                        found.inexact.push((field, name.clone()));
                    }
                }
                None => extra.push((position, name)),
            }
            seen.insert(bare, false);
        }
        if order.is_empty() {
            return Err(wrong(names.len(), dataset, sheet));
        }
        found.in_order = order.is_sorted();
        let read: BTreeSet<u32> = found.columns.iter().flatten().copied().collect();
        found.rest = (0u32..)
            .take(names.len())
            .filter(|position| !read.contains(position))
            .collect();
        found.missing = found
            .columns
            .iter()
            .zip(0..)
            .filter(|(position, _)| position.is_none())
            .map(|(_, field)| MissingColumn {
                field,
                nearest: dataset
                    .fields
                    .get(field)
                    .and_then(|f| offer(&f.name, &extra)),
            })
            .collect();
        found.extra = extra.iter().map(|(_, name)| (*name).to_owned()).collect();
        Ok(found)
    }

    /// How many columns would be unknown if the file, which was read as of one dataset, were of another.
    pub(crate) fn unknown_to(&self, read_as: &Dataset, other: &Dataset) -> usize {
        let present = read_as.fields.iter().zip(&self.columns);
        let mut names: BTreeSet<String> = present
            .filter(|(_, position)| position.is_some())
            .map(|(field, _)| alike(&field.name))
            .collect();
        names.extend(self.extra.iter().map(|name| alike(name)));
        let known: BTreeSet<String> = other.fields.iter().map(|f| alike(&f.name)).collect();
        names.difference(&known).count()
    }
}

/// The names of a dataset's columns, to be found again whatever their spelling.
pub(super) struct KnownNames(BTreeSet<String>);

impl KnownNames {
    pub(super) fn new(dataset: &Dataset) -> Self {
        Self(dataset.fields.iter().map(|f| alike(&f.name)).collect())
    }

    /// How many columns there are.
    pub(super) fn fields(&self) -> usize {
        self.0.len()
    }

    /// How many of the columns a row of names has.
    pub(super) fn score(&self, names: &[String]) -> usize {
        let found: BTreeSet<String> = names.iter().map(|name| alike(name)).collect();
        found.intersection(&self.0).count()
    }
}

/// A name without what may differ: case, spaces, underscores and hyphens.
pub(crate) fn alike(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The unknown column that was probably meant by a field.
fn offer(field: &str, extra: &[(u32, &str)]) -> Option<(String, u32)> {
    let bare: Vec<(String, u32, &str)> = extra
        .iter()
        .filter(|(_, name)| name.len() <= LONGEST_OFFERED)
        .map(|(position, name)| (alike(name), *position, *name))
        .collect();
    let near = nearest(&alike(field), bare.iter().map(|(name, ..)| name.as_str()))?;
    bare.iter()
        .find(|(name, ..)| name == near)
        .map(|(_, position, name)| ((*name).to_owned(), *position))
}

/// The first row may be a person's, in a file without a header: it is counted, never quoted.
fn wrong(found: usize, dataset: &Dataset, sheet: Option<&str>) -> LandError {
    let expected: Vec<String> = dataset
        .fields
        .iter()
        .take(3)
        .map(|f| format!("`{}`", f.name))
        .collect();
    LandError::WrongHeader {
        dataset: dataset.title.clone(),
        expected: expected.join(", "),
        found,
        sheet: sheet.map(str::to_owned),
    }
}
