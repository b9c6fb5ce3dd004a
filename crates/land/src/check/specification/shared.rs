//! What several releases of a dataset share: rules, base rows and examples, written once in the values of the
//! latest release, and read by each release in its own.

use super::BaseRows;
use crate::check::{
    codes::{CodeBook, Standing},
    columns::Reading,
    rule_file::WrittenRule,
};
use model::{Content, ContentError, Dataset, Date};
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

/// The files of the room that the dataset shares with others, then its own: `rules.toml` and those in `rules/`.
pub(crate) fn rule_paths(content: &Content, dataset: &Dataset) -> Vec<String> {
    let folder = format!("datasets/{}", dataset.name);
    let single = format!("{folder}/rules.toml");
    let shared = dataset.shared_rules.as_ref();
    let rooms = shared
        .map(|shared| room(&shared.room))
        .into_iter()
        .chain(std::iter::once(format!("{folder}/rules")));
    let mut paths: Vec<String> = rooms
        .flat_map(|room| {
            let files = content.list(&room).into_iter();
            files
                .filter(|file| Path::new(file).extension().is_some_and(|e| e == "toml"))
                .map(|file| format!("{room}/{file}"))
                .collect::<Vec<_>>()
        })
        .collect();
    if content.has(&single) {
        paths.push(single);
    }
    paths
}

fn room(name: &str) -> String {
    format!("rules/{name}")
}

/// Whether a rule holds for a dataset that takes only some of the rules which it shares with others.
pub(crate) fn is_taken(dataset: &Dataset, path: &str, rule: &WrittenRule) -> bool {
    dataset.shared_rules.as_ref().is_none_or(|shared| {
        shared.only.is_empty()
            || !path.starts_with(&room(&shared.room))
            || shared.only.contains(rule.code.get_ref())
    })
}

/// `examples/base.toml`: the rows that examples start from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseFile {
    today: Date,
    #[serde(default)]
    sender: Option<String>,
    usual: String,
    row: BTreeMap<String, BTreeMap<String, String>>,
}

/// The dataset's own base rows, or those of the room that it shares, in its own columns and values.
pub(super) fn base_rows(
    content: &Content,
    dataset: &Dataset,
    readings: &[Reading],
) -> Result<BaseRows, ContentError> {
    let own = format!("datasets/{}/examples/base.toml", dataset.name);
    let shared = dataset.shared_rules.as_ref();
    let shared = shared.map(|shared| format!("{}/examples/base.toml", room(&shared.room)));
    let is_shared = !content.has(&own) && shared.as_ref().is_some_and(|path| content.has(path));
    let path = if is_shared {
        shared.unwrap_or(own)
    } else {
        own
    };
    if !content.has(&path) {
        return Ok(BaseRows::default());
    }
    let mut file: BaseFile = content.toml(&path)?;
    let place = |column: &str| dataset.fields.iter().position(|f| f.column == column);
    if is_shared {
        for row in file.row.values_mut() {
            row.retain(|column, _| place(column).is_some());
            for (column, cell) in row {
                translate(readings, place(column), cell);
            }
        }
    }
    let unknown = file
        .row
        .values()
        .flat_map(BTreeMap::keys)
        .find(|column| place(column).is_none());
    if let Some(column) = unknown {
        return Err(ContentError::Mistake {
            path,
            message: format!("unknown column `{column}`"),
        });
    }
    if !file.row.contains_key(&file.usual) {
        return Err(ContentError::Mistake {
            path,
            message: format!("`usual` names the row `{}`, which is not there", file.usual),
        });
    }
    Ok(BaseRows {
        today: Some(file.today),
        sender: file.sender,
        usual: file.usual,
        rows: file.row,
        are_shared: is_shared,
    })
}

/// An official value of the later release becomes the one that this release has for it. Anything else stays.
pub(crate) fn translate(readings: &[Reading], field: Option<usize>, cell: &mut String) {
    if let Some(Reading::Code(spellings)) = field.and_then(|at| readings.get(at))
        && let Some(here) = spellings.book().written_here(cell)
    {
        *cell = here.to_owned();
    }
}

/// The texts of a rule, with the values of the later release as this release spells them.
pub(super) struct TextsHere<'a> {
    /// Values of the later release and what they are here, longest first.
    spelled: Vec<(&'a str, &'a str)>,
}

impl<'a> TextsHere<'a> {
    /// For a rule about these columns: all values of their lists, and values of several words of any other.
    pub(super) fn new(readings: &'a [Reading], fields: &[usize]) -> Self {
        let mut spelled: Vec<(&str, &str)> = Vec::new();
        let own = fields.iter().filter_map(|at| readings.get(*at));
        for (is_own, reading) in own
            .map(|reading| (true, reading))
            .chain(readings.iter().map(|reading| (false, reading)))
        {
            let Reading::Code(spellings) = reading else {
                continue;
            };
            for (later, here) in pairs(spellings.book()) {
                let known = spelled.iter().any(|(value, _)| *value == later);
                if !known && (is_own || later.contains(' ')) {
                    spelled.push((later, here));
                }
            }
        }
        spelled.sort_by_key(|(later, _)| std::cmp::Reverse(later.len()));
        Self { spelled }
    }

    /// A text, with whole values only replaced, and none twice.
    pub(super) fn of(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let begins = !out.ends_with(char::is_alphanumeric);
            let found = self.spelled.iter().find(|(later, _)| {
                begins
                    && rest
                        .strip_prefix(later)
                        .is_some_and(|after| !after.starts_with(char::is_alphanumeric))
            });
            let taken = if let Some((later, here)) = found {
                out.push_str(here);
                later.len()
            } else {
                out.push(first);
                first.len_utf8()
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }
}

/// The values of a later release that are called otherwise on a list, and what they are called.
fn pairs(book: &CodeBook) -> impl Iterator<Item = (&str, &str)> {
    book.entries().iter().filter_map(|entry| {
        let later = match entry.standing {
            Standing::Later => entry.value.as_str(),
            Standing::Listed => entry.lands_as.as_deref()?,
            Standing::Withdrawn | Standing::Earlier { .. } => return None,
        };
        Some((later, book.written_here(later)?))
    })
}
