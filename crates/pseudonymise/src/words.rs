//! The words of the code lists, as far as the crossing must know them: a coded column lets through
//! words of its list and nothing else, since anything can be typed where a code is meant.

use model::{Content, ContentError};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What takes the place of a word that its list does not hold.
pub(crate) const NOT_LISTED: &str = "not on the list";

/// The words that each code list holds, those of earlier releases and other spellings included.
#[derive(Debug, Clone, Default)]
pub struct KnownWords {
    lists: BTreeMap<String, BTreeMap<String, String>>,
}

/// What the crossing needs of the file beside a list.
#[derive(Debug, Default, Deserialize)]
struct About {
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    also: BTreeMap<String, String>,
    #[serde(default)]
    earlier: Option<Earlier>,
}

#[derive(Debug, Deserialize)]
struct Earlier {
    mapping: String,
}

impl KnownWords {
    /// Reads all code lists of `content/codes`.
    pub fn read(content: &Content) -> Result<Self, ContentError> {
        let mut known = Self::default();
        for file in content.list("codes") {
            if let Some(list) = file.strip_suffix(".csv") {
                let words = words_of(content, list)?;
                known.lists.insert(
                    list.to_owned(),
                    words
                        .into_iter()
                        .map(|word| (folded(&word), word))
                        .collect(),
                );
            }
        }
        Ok(known)
    }

    /// The word as its list spells it, or that it is not on the list.
    pub(crate) fn listed(&self, list: &str, word: &str) -> String {
        self.lists
            .get(list)
            .and_then(|words| words.get(&folded(word)))
            .map_or_else(|| NOT_LISTED.to_owned(), Clone::clone)
    }

    /// Whether there is such a list.
    pub fn has(&self, list: &str) -> bool {
        self.lists.contains_key(list)
    }
}

/// The words of a list, its own last, so that their spelling holds.
fn words_of(content: &Content, list: &str) -> Result<Vec<String>, ContentError> {
    let path = format!("codes/{list}.toml");
    let about: About = if content.has(&path) {
        content.toml(&path)?
    } else {
        About::default()
    };
    let mut words: Vec<String> = about.also.into_keys().collect();
    if let Some(earlier) = about.earlier {
        let rows = rows(content, &earlier.mapping)?;
        let of_list = rows
            .iter()
            .filter(|row| row.get("list").is_some_and(|l| l == list));
        words.extend(of_list.filter_map(|row| row.get("value").cloned()));
    }
    for name in about.with.iter().map(String::as_str).chain([list]) {
        for row in rows(content, name)? {
            words.extend(row.get("value").cloned());
        }
    }
    Ok(words)
}

fn rows(content: &Content, name: &str) -> Result<Vec<BTreeMap<String, String>>, ContentError> {
    let path = format!("codes/{name}.csv");
    let text = content.text(&path)?;
    csv::Reader::from_reader(text.as_bytes())
        .deserialize()
        .collect::<Result<_, csv::Error>>()
        .map_err(|fault| ContentError::Mistake {
            message: fault.to_string(),
            path,
        })
}

fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}
