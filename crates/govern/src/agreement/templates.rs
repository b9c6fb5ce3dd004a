//! Templates: agreements with blanks, from `content/agreements/templates/`. They are never in force; someone
//! copies one, fills it in, and has an agreement.

use model::{Content, ContentError};
use std::collections::{BTreeMap, BTreeSet};

const FOLDER: &str = "agreements/templates";

/// An agreement with blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The name of its file, without the ending.
    pub name: String,
    /// What it is for: the comment at its head.
    pub guide: String,
    pub text: String,
    /// The blanks, such as `<first day>`, in the order of the alphabet.
    pub blanks: BTreeSet<String>,
}

impl Template {
    /// Reads every template of content, by name.
    pub fn read_all(content: &Content) -> Result<Vec<Self>, ContentError> {
        content
            .list(FOLDER)
            .into_iter()
            .filter_map(|file| file.strip_suffix(".toml"))
            .filter(|name| !name.contains('.'))
            .map(|name| Self::read(content, name))
            .collect()
    }

    /// Reads one template by the name of its file.
    pub fn read(content: &Content, name: &str) -> Result<Self, ContentError> {
        let text = content.text(&format!("{FOLDER}/{name}.toml"))?.to_owned();
        let guide: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix('#'))
            .map(str::trim)
            .collect();
        Ok(Self {
            name: name.to_owned(),
            guide: guide.join("\n"),
            blanks: blanks(&text),
            text,
        })
    }

    /// The text with blanks filled in. What is not given stays blank.
    pub fn filled(&self, with: &BTreeMap<String, toml::Value>) -> String {
        let mut text = self.text.clone();
        for (blank, value) in with {
            text = text.replace(&format!("\"{blank}\""), &value.to_string());
        }
        text
    }
}

/// Texts that are a blank from one quote to the other.
fn blanks(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split('"'))
        .filter(|part| part.starts_with('<') && part.ends_with('>'))
        .map(str::to_owned)
        .collect()
}
