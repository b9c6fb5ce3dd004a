//! The probabilistic linkage model: columns, comparisons with ordered levels, block rules, classes of pairs and the
//! decision, read from `content/linkage/<name>.toml`. A mistake is told with its line and character.

mod checks;
mod condition;

pub(crate) use checks::{MOST_COMPARISONS, STRANGERS};
pub(crate) use condition::Names;
pub use condition::{Atom, Condition, Test};

use crate::{LinkError, people::Clean};
use model::Content;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// A probabilistic linkage model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchModel {
    /// What people call it.
    pub title: String,
    /// What the records of the two sides have to do with each other.
    pub kind: Kind,
    /// The column that names a record on the left, or in the one file.
    pub left_id: String,
    /// The column that names a record on the right.
    #[serde(default)]
    pub right_id: Option<String>,
    /// Texts that say that there is no value.
    #[serde(default)]
    pub no_values: NoValues,
    /// Lists of names that mean one, by name: a file below `content/linkage/lists/`.
    #[serde(default)]
    pub lists: BTreeMap<String, String>,
    /// Where postcodes are: a file below `content/linkage/lists/`.
    #[serde(default)]
    pub coordinates: Option<String>,
    /// The columns that are compared.
    #[serde(rename = "column")]
    pub columns: Vec<Column>,
    /// The comparisons.
    #[serde(rename = "comparison")]
    pub comparisons: Vec<Comparison>,
    /// The block rules: a pair is compared where at least one of them brings it together.
    #[serde(rename = "block")]
    pub blocks: Vec<Block>,
    /// The classes of pairs beside those that have nothing to do with each other.
    #[serde(rename = "class")]
    pub classes: Vec<Class>,
    /// Pairs that are never linked, whatever their weight.
    #[serde(default, rename = "veto")]
    pub vetoes: Vec<Veto>,
    /// What training learned about pairs that have nothing to do with each other.
    #[serde(default)]
    pub strangers: Strangers,
    /// How training is done.
    #[serde(default)]
    pub training: Training,
    /// From when on a pair is a link.
    pub decision: Decision,
}

/// What the records of the two sides have to do with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Each record on the left has at most one person on the right, and nobody stands twice on the right.
    Trace,
    /// Records of two files, of which any number may be about one person.
    Link,
    /// Records of one file, of which any number may be about one person.
    Dedupe,
    /// Records of two files, of which any number may be about one person, those within one file too.
    #[serde(alias = "link-and-dedupe")]
    LinkAndDedupe,
}

/// Texts that say that there is no value.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoValues {
    /// Words that are no names.
    pub names: Vec<String>,
    /// Beginnings of postcodes that say no place.
    pub places: Vec<String>,
    /// Codes that say "not known".
    pub codes: Vec<String>,
    /// Dates that stand for "not known".
    pub dates: Vec<String>,
    /// Dates before this day count as missing.
    pub earliest_date: Option<String>,
    /// Dates after this day count as missing. A run may be told its own day as well: nobody is born after it.
    pub latest_date: Option<String>,
}

/// A column that is compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the files.
    pub name: Spanned<String>,
    /// How its values are cleaned.
    pub clean: Clean,
    /// The column to which words after the first one go.
    #[serde(default)]
    pub rest_to: Option<Spanned<String>>,
    /// Whether the history file may hold earlier values of it.
    #[serde(default)]
    pub earlier: bool,
}

/// How alike two values are: the first level that holds counts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Its name; the output has a column for it.
    pub name: Spanned<String>,
    /// The column without which it says nothing.
    pub column: Spanned<String>,
    /// A comparison before it on whose level the shares depend: practice on postcode, say.
    #[serde(default)]
    pub depends_on: Option<Spanned<String>>,
    /// Whether levels with a strength are weighed by how often the value occurs.
    #[serde(default)]
    pub term_frequency: bool,
    /// No value counts as rarer than this share.
    #[serde(default)]
    pub rarest: f64,
    /// The levels from the best to the worst; "else" comes after them by itself.
    pub levels: Vec<Level>,
}

/// One level of a comparison.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What people call it.
    pub name: String,
    /// When it holds.
    pub when: Spanned<String>,
    /// How strongly the frequency of the value counts, from 0 to 1.
    #[serde(default)]
    pub tf: f64,
    /// Comparisons that say nothing where this level holds, because it counts their evidence.
    #[serde(default)]
    pub takes: Vec<Spanned<String>>,
}

/// A block rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// What must be the same, each a column and what is taken from it.
    pub same: Vec<Spanned<String>>,
    /// What people call it; what must be the same, where it is left out.
    #[serde(default)]
    pub name: Option<String>,
}

/// A class of pairs: each has a rate, and for each comparison the share of each level.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// What people call it.
    pub name: Spanned<String>,
    /// Whether its pairs are one person.
    pub same_person: bool,
    /// Pairs for each record on the left (for each record, in one file).
    pub rate: f64,
    /// Comparisons whose rare values count for as much in this class as among strangers.
    #[serde(default)]
    pub term_frequency: Vec<Spanned<String>>,
    /// For each comparison, the share of each level; the last is "else". Those left out are learned from the
    /// shares among strangers.
    #[serde(default)]
    pub levels: BTreeMap<Spanned<String>, Shares>,
    /// For comparisons whose true values are the same or not: the probability that they are. The shares of levels are
    /// then those of one person where they are, for slips fall alike, and those of strangers where they are not.
    #[serde(default)]
    pub agrees: BTreeMap<Spanned<String>, f64>,
    /// Whether training leaves the shares as they are.
    #[serde(default)]
    pub fixed: bool,
    /// The class whose shares this one has, except for the comparisons of its `own`: `strangers` or one before it.
    #[serde(default)]
    pub like: Option<Spanned<String>>,
    /// The comparisons in which it differs from the class that it is like.
    #[serde(default)]
    pub own: Vec<Spanned<String>>,
}

/// Pairs that are never linked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Veto {
    /// When it holds.
    pub when: Spanned<String>,
    /// What is said of such a pair.
    pub says: String,
}

/// The shares of levels among pairs that have nothing to do with each other.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Strangers {
    /// For each comparison, the share of each level; the last is "else".
    pub levels: BTreeMap<Spanned<String>, Shares>,
}

/// The shares of a comparison's levels.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Shares {
    /// One row for all pairs.
    Alone(Vec<f64>),
    /// A row for each level of the comparison that it depends on: first where that one says nothing, then its levels
    /// from the best on, "else" last.
    Depending(Vec<Vec<f64>>),
}

/// How training is done.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// As many records as would have, on the whole right side, the candidates that are looked at.
    pub records: usize,
    /// Random pairs for the shares of levels among strangers.
    pub random_pairs: usize,
    /// Rounds of expectation and maximisation at most.
    pub rounds: usize,
    /// Training ends when no share changes by more.
    pub enough: f64,
    /// No share is smaller.
    pub least: f64,
    /// Fewer pairs than this in a class, and its shares stay as the model has them.
    pub fewest: f64,
    /// The seed of the random pairs.
    pub seed: u64,
    /// From which pairs the shares of one person come.
    pub combine: Combine,
    /// The training blocks, each one or several block rules by their names. Where there are none, each rule is one.
    pub blocks: Vec<Vec<Spanned<String>>>,
}

/// From which pairs the shares of one person come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// From all candidate pairs together.
    #[default]
    Union,
    /// From each training block by itself; of what they say, the middle counts.
    Median,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            records: 20_000,
            random_pairs: 400_000,
            rounds: 100,
            enough: 3e-5,
            least: 1e-7,
            fewest: 50.0,
            seed: 1,
            combine: Combine::Union,
            blocks: Vec::new(),
        }
    }
}

/// From when on a pair is a link.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The probability from which a pair is a link.
    pub probability: f64,
    /// The match weight by which the best must be ahead of the next different person.
    #[serde(default)]
    pub margin: f64,
    /// The match weight from which a pair is written at all.
    #[serde(default = "keep_from")]
    pub keep_from: f64,
    /// Pairs that one block may bring; larger blocks are left out, counted and told.
    #[serde(default = "largest_block")]
    pub largest_block: u64,
    /// Of a trace, how many people compete for each record: the heaviest ones.
    #[serde(default = "candidates")]
    pub candidates: u8,
    /// Of a linkage of two files, whether each person has at most one on the other side.
    #[serde(default)]
    pub one_to_one: bool,
}

fn keep_from() -> f64 {
    -10.0
}

fn largest_block() -> u64 {
    2_000_000
}

fn candidates() -> u8 {
    4
}

impl Block {
    /// What people call it.
    pub fn title(&self) -> String {
        let same = self.same.iter().map(|part| part.get_ref().as_str());
        self.name
            .clone()
            .unwrap_or_else(|| same.collect::<Vec<_>>().join(", "))
    }
}

impl MatchModel {
    /// Reads and checks `content/linkage/<name>.toml`.
    pub fn read(content: &Content, name: &str) -> Result<Self, LinkError> {
        let path = format!("linkage/{name}.toml");
        Self::from_text(content.text(&path)?, &path)
    }

    /// From the text of a model file.
    pub fn from_text(text: &str, path: &str) -> Result<Self, LinkError> {
        let model: Self = toml::from_str(text).map_err(|fault| LinkError::Mistake {
            path: path.to_owned(),
            message: fault.to_string(),
        })?;
        checks::check(&model, text, path)?;
        Ok(model)
    }

    /// Where a column stands.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.name.get_ref() == name)
    }

    /// Where a comparison stands.
    pub fn comparison(&self, name: &str) -> Option<usize> {
        self.comparisons
            .iter()
            .position(|comparison| comparison.name.get_ref() == name)
    }

    /// The comparison on which a comparison depends.
    pub fn depends_on(&self, comparison: usize) -> Option<usize> {
        let depends = self.comparisons.get(comparison)?.depends_on.as_ref()?;
        self.comparison(depends.get_ref())
    }

    /// How many rows of shares a comparison has: one, or one for each level of what it depends on and for "missing".
    pub fn share_rows(&self, comparison: usize) -> usize {
        self.depends_on(comparison)
            .map_or(1, |parent| self.level_names(parent).len() + 1)
    }

    /// The names of a comparison's levels, "else" among them.
    pub fn level_names(&self, comparison: usize) -> Vec<&str> {
        let levels = self.comparisons.get(comparison);
        let names = levels.iter().flat_map(|c| &c.levels);
        names
            .map(|level| level.name.as_str())
            .chain(["else"])
            .collect()
    }
}
