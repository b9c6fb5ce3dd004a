//! What the public pages are made from: every specification, compiled once, with the help written about it.

use super::specs::says;
use anyhow::{Context, Result, bail};
use land::check::{Rule, Specification};
use model::{Content, Dataset};
use pages::Link;
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc};

/// Every specification, with what is written about it.
pub(super) struct Library {
    pub(super) entries: Vec<Entry>,
    pub(super) faq: Faq,
    sources: BTreeMap<String, Origin>,
    /// Help by dataset and column.
    help: BTreeMap<(String, String), Vec<String>>,
}

/// One specification.
pub(super) struct Entry {
    pub(super) specification: Arc<Specification>,
    /// The version as it stands in addresses: its first word.
    pub(super) version: String,
    /// The names of the files in its `examples/` that anybody may have.
    pub(super) examples: Vec<String>,
}

/// The questions that people ask, from `content/guidance/faq.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Faq {
    #[serde(default, rename = "topic")]
    pub(super) topics: Vec<Topic>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Topic {
    pub(super) title: String,
    #[serde(rename = "question")]
    pub(super) questions: Vec<FaqQuestion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaqQuestion {
    pub(super) ask: String,
    pub(super) answer: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    sources: BTreeMap<String, Origin>,
}

/// Where a rule comes from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    says: String,
    #[serde(default)]
    href: String,
}

/// One file of `content/guidance/fields/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldHelp {
    datasets: Vec<String>,
    #[serde(rename = "field")]
    fields: Vec<ColumnHelp>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnHelp {
    column: String,
    says: Vec<String>,
}

const FAQ: &str = "guidance/faq.toml";
const SOURCES: &str = "guidance/sources.toml";
const FIELDS: &str = "guidance/fields";

impl Library {
    /// Reads everything; a mistake in content is told at the start, not on a page.
    pub(super) fn read(content: &Content) -> Result<Self> {
        let mut entries = Vec::new();
        for name in Dataset::names(content) {
            let specification = Specification::read(content, &name)?;
            entries.push(Entry {
                version: slug(&specification.dataset().version),
                examples: content
                    .list(&format!("datasets/{name}/examples"))
                    .into_iter()
                    .filter(|file| is_example(file))
                    .map(str::to_owned)
                    .collect(),
                specification: Arc::new(specification),
            });
        }
        let sources: Sources = optional(content, SOURCES)?.unwrap_or(Sources {
            sources: BTreeMap::new(),
        });
        let help = help(content, &entries)?;
        Ok(Self {
            entries,
            faq: optional(content, FAQ)?.unwrap_or_default(),
            sources: sources.sources,
            help,
        })
    }

    /// The specification of a dataset in a version.
    pub(super) fn entry(&self, dataset: &str, version: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|e| e.name() == dataset && e.version == version)
    }

    /// The specification of a dataset.
    pub(super) fn of(&self, dataset: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.name() == dataset)
    }

    /// Every specification that has a rule of this code, with the rule.
    pub(super) fn rules(&self, code: &str) -> Vec<(&Entry, &Rule)> {
        self.entries
            .iter()
            .filter_map(|e| Some((e, e.specification.rule(code)?)))
            .collect()
    }

    /// Rules of a dataset by their codes, in words, each with a link to its page.
    pub(super) fn named(&self, dataset: &str, codes: &[String]) -> Vec<Link> {
        let entry = self.of(dataset);
        let link = |code: &String| {
            let rule = entry.and_then(|e| e.specification.rule(code));
            let says = rule.map_or_else(|| code.clone(), |r| says(r, None));
            Link::new(says, format!("/rules/{code}"))
        };
        codes.iter().map(link).collect()
    }

    /// What is written about a column beside its meaning.
    pub(super) fn help(&self, dataset: &str, column: &str) -> &[String] {
        self.help
            .get(&(dataset.to_owned(), column.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Where a rule comes from: in words, and with an address where there is a public one.
    pub(super) fn source(&self, tags: &str) -> Vec<Link> {
        let link = |tag: &str| match self.sources.get(tag) {
            Some(origin) => Link::new(origin.says.clone(), origin.href.clone()),
            None => Link::new(tag, ""),
        };
        tags.split(';').map(str::trim).map(link).collect()
    }
}

impl Entry {
    /// The name of the dataset.
    pub(super) fn name(&self) -> &str {
        &self.specification.dataset().name
    }

    /// Its page.
    pub(super) fn href(&self) -> String {
        format!("/specs/{}/{}", self.name(), self.version)
    }
}

/// The first word of a version, in letters that an address may have.
fn slug(version: &str) -> String {
    let word = version.split_whitespace().next().unwrap_or_default();
    let slug: String = word
        .to_lowercase()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') {
                c
            } else {
                '-'
            }
        })
        .collect();
    if slug.is_empty() {
        "current".to_owned()
    } else {
        slug
    }
}

/// Whether a file of `examples/` is for people to download, and not for our own tests.
fn is_example(file: &str) -> bool {
    let named_so = !file.contains(".expected.");
    named_so
        && [".csv", ".csv.gz", ".xlsx"]
            .iter()
            .any(|e| file.ends_with(e))
}

fn optional<T: serde::de::DeserializeOwned>(content: &Content, path: &str) -> Result<Option<T>> {
    if content.has(path) {
        Ok(Some(content.toml(path)?))
    } else {
        Ok(None)
    }
}

fn help(content: &Content, entries: &[Entry]) -> Result<BTreeMap<(String, String), Vec<String>>> {
    let mut help = BTreeMap::new();
    for file in content.list(FIELDS) {
        let path = format!("{FIELDS}/{file}");
        let read: FieldHelp = content.toml(&path)?;
        for dataset in &read.datasets {
            let entry = entries
                .iter()
                .find(|e| e.name() == dataset)
                .with_context(|| {
                    format!("`content/{path}` names the dataset `{dataset}`, and there is none")
                })?;
            for field in &read.fields {
                if entry.specification.dataset().field(&field.column).is_none() {
                    bail!(
                        "`content/{path}` names the column `{}`, which `{dataset}` does not have",
                        field.column
                    );
                }
                help.insert((dataset.clone(), field.column.clone()), field.says.clone());
            }
        }
    }
    Ok(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_addresses_as_their_first_word() {
        for (version, expected) in [
            ("2.0 (May 2025)", "2.0"),
            ("1", "1"),
            ("2025/26 draft", "2025-26"),
            ("", "current"),
        ] {
            assert_eq!(slug(version), expected);
        }
    }

    #[test]
    fn every_source_that_a_rule_names_is_explained() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
        let library = Library::read(&Content::from_folder(&root).unwrap()).unwrap();
        let mut used = std::collections::BTreeSet::new();
        for entry in &library.entries {
            for rule in entry.specification.rules() {
                used.extend(rule.source.split(';').map(|tag| tag.trim().to_owned()));
            }
        }
        let missing: Vec<&String> = used
            .iter()
            .filter(|t| !library.sources.contains_key(*t))
            .collect();
        assert!(missing.is_empty(), "no line in `{SOURCES}` for {missing:?}");
        let unused: Vec<&String> = library
            .sources
            .keys()
            .filter(|t| !used.contains(*t))
            .collect();
        assert!(
            unused.is_empty(),
            "`{SOURCES}` explains {unused:?}, which no rule names"
        );
        for origin in library.sources.values() {
            let to = &origin.href;
            assert!(to.is_empty() || to.starts_with("https://"), "{origin:?}");
        }
    }

    #[test]
    fn what_our_tests_expect_is_no_example() {
        assert!(is_example("example.csv"));
        assert!(is_example("sample.csv.gz"));
        assert!(!is_example("example_with_errors.expected.csv"));
        assert!(!is_example("base.toml"));
    }
}
