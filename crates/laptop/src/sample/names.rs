//! Names of people who do not exist, from the lists of the invented place.

use model::Content;
use std::collections::BTreeSet;

/// Given and family names.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: Vec<String>,
    family: Vec<String>,
    known_given: BTreeSet<String>,
}

impl Names {
    /// Reads the lists; where content has none, names stay as they are in the examples.
    pub(super) fn read(content: &Content) -> Self {
        let given = column(content, "place/given_names.csv", "name");
        Self {
            known_given: given.iter().cloned().collect(),
            given,
            family: column(content, "place/family_names.csv", "name"),
        }
    }

    /// Another name of the same sort: given for a given name, else a family name.
    pub(super) fn like(&self, name: &str, number: u64) -> String {
        let list = if self.known_given.contains(name) {
            &self.given
        } else {
            &self.family
        };
        let at = usize::try_from(number % (list.len().max(1) as u64)).unwrap_or_default();
        list.get(at).map_or_else(|| name.to_owned(), Clone::clone)
    }
}

/// One column of a small list of our own, which has no quotes.
fn column(content: &Content, path: &str, name: &str) -> Vec<String> {
    let Ok(text) = content.text(path) else {
        return Vec::new();
    };
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let Some(at) = header.split(',').position(|cell| cell == name) else {
        return Vec::new();
    };
    lines
        .filter_map(|line| line.split(',').nth(at))
        .filter(|cell| !cell.contains('"'))
        .map(str::to_owned)
        .collect()
}
