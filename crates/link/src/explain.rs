//! Why two records were taken for one person, in words: how their values stand to each other, what usually lies behind
//! such a pattern, and what class of pairs was the next likeliest.
//!
//! Sentences and patterns are content (`content/linkage/explanations.toml`). They speak of comparisons and levels, never of
//! a value.

use crate::{
    LinkError,
    compare::pair::{Comparer, Levels, Memory, Record, SAYS_NOTHING},
    files::{FileError, dictionary},
    match_model::MatchModel,
    people::{Ids, MISSING, People, Split},
    weigh::Parameters,
};
use model::Content;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the sentences stand.
const PATH: &str = "linkage/explanations.toml";

/// The sentences, with the patterns that they explain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanations {
    /// Said of a pair that no pattern fits.
    otherwise: String,
    /// Which levels are of which standing; all others are near.
    levels: Standings,
    /// What comparisons are called.
    #[serde(default)]
    names: BTreeMap<String, String>,
    #[serde(rename = "explanation")]
    patterns: Vec<Pattern>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Standings {
    same: Vec<String>,
    different: Vec<String>,
    missing: Vec<String>,
}

/// A pattern of levels, and what usually lies behind it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    name: String,
    when: BTreeMap<String, Wanted>,
    says: String,
}

/// How the values of a comparison are to stand to each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Wanted {
    One(String),
    OneOf(Vec<String>),
}

/// How two values stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They are the same.
    Same,
    /// They are alike.
    Near,
    /// They are different.
    Different,
    /// One is not there, or another comparison has counted it.
    Missing,
}

impl Standing {
    /// Whether a word of a pattern means it.
    fn is(self, word: &str) -> bool {
        match word {
            "same" => self == Self::Same,
            "near" => self == Self::Near,
            "different" => self == Self::Different,
            "missing" => self == Self::Missing,
            "alike" => matches!(self, Self::Same | Self::Near),
            "apart" => matches!(self, Self::Near | Self::Different),
            _ => false,
        }
    }
}

/// Why two records were taken for one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The pattern; empty where none fits.
    pub pattern: String,
    /// How the values stand to each other.
    pub facts: String,
    /// What usually lies behind it.
    pub says: String,
    /// The level of each comparison.
    pub levels: Vec<(String, String)>,
    /// The class of two people that such a pair is likeliest to be of, where the shares of classes are known.
    pub next: Option<LikelyClass>,
}

/// A class of pairs, and how likely a pair is of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LikelyClass {
    /// The class.
    pub class: String,
    /// Its share among all pairs that look so, by their levels alone: how rare the values are does not count.
    pub share: f64,
}

impl Explanation {
    /// The whole sentence.
    pub fn sentence(&self) -> String {
        if self.facts.is_empty() {
            self.says.clone()
        } else {
            format!("{}: {}", self.facts, self.says)
        }
    }
}

/// What is known of the classes of pairs: without it no class is named.
#[derive(Debug, Clone, Copy)]
pub struct Classes<'a> {
    /// The model.
    pub model: &'a MatchModel,
    /// What it learned.
    pub parameters: &'a Parameters,
    /// How many records a record is held against.
    pub strangers: f64,
}

impl Explanations {
    /// Reads `content/linkage/explanations.toml`.
    pub fn read(content: &Content) -> Result<Self, LinkError> {
        Self::from_text(content.text(PATH)?, PATH)
    }

    /// From the text of such a file.
    pub fn from_text(text: &str, path: &str) -> Result<Self, LinkError> {
        toml::from_str(text).map_err(|fault| LinkError::Mistake {
            path: path.to_owned(),
            message: fault.to_string(),
        })
    }

    /// Explains a pair by the name of each comparison and of its level.
    pub fn explain(&self, levels: &[(&str, &str)]) -> Explanation {
        let standing = |comparison: &str| {
            let of = levels.iter().find(|(name, _)| *name == comparison);
            of.map_or((Standing::Missing, ""), |(_, level)| {
                (self.standing(level), *level)
            })
        };
        let fits = |pattern: &&Pattern| {
            pattern.when.iter().all(|(comparison, wanted)| {
                let (standing, level) = standing(comparison);
                let fits = |word: &String| standing.is(word) || word == level;
                match wanted {
                    Wanted::One(word) => fits(word),
                    Wanted::OneOf(words) => words.iter().any(fits),
                }
            })
        };
        let pattern = self.patterns.iter().find(fits);
        Explanation {
            pattern: pattern.map_or_else(String::new, |pattern| pattern.name.clone()),
            facts: self.facts(levels),
            says: pattern
                .map_or(&self.otherwise, |pattern| &pattern.says)
                .clone(),
            levels: levels
                .iter()
                .map(|(name, level)| ((*name).to_owned(), (*level).to_owned()))
                .collect(),
            next: None,
        }
    }

    /// Explains a pair by its levels in a model.
    pub fn explain_levels(&self, model: &MatchModel, levels: &Levels) -> Explanation {
        self.explain(&named(model, levels))
    }

    /// The same, with the class of two people that is next likeliest.
    pub fn explain_with(&self, classes: &Classes<'_>, levels: &Levels) -> Explanation {
        Explanation {
            next: classes.next(levels),
            ..self.explain_levels(classes.model, levels)
        }
    }

    /// Explains pairs of records by their values: for each record a value for each column of the model, in its order, empty
    /// where there is none. Earlier values are not looked at.
    pub fn explain_records(
        &self,
        content: &Content,
        model: &MatchModel,
        parameters: Option<(&Parameters, f64)>,
        pairs: &[(Vec<&str>, Vec<&str>)],
    ) -> Result<Vec<Explanation>, FileError> {
        let mut dictionary = dictionary(content, model)?;
        let mut side = |records: &mut dyn Iterator<Item = &Vec<&str>>| {
            let (mut codes, mut ids) = (Vec::new(), Vec::new());
            for (number, record) in (1..).zip(records) {
                let first = codes.len();
                codes.resize(first + model.columns.len(), MISSING);
                for (at, column) in model.columns.iter().enumerate() {
                    let rest = column.rest_to.as_ref();
                    let rest = rest.and_then(|rest| model.column(rest.get_ref()));
                    let split = if rest.is_some() {
                        Split::FirstApart
                    } else {
                        Split::Whole
                    };
                    let text = record.get(at).copied().unwrap_or("");
                    let cleaned = dictionary.clean(column.clean, text, split);
                    for (place, code) in [(Some(at), cleaned.code), (rest, cleaned.rest)] {
                        let Some(slot) = place.and_then(|at| codes.get_mut(first + at)) else {
                            continue;
                        };
                        // A column that got words from another keeps them where it has none of its own.
                        if *slot == MISSING || (place == Some(at) && code != MISSING) {
                            *slot = code;
                        }
                    }
                }
                ids.push(number);
            }
            (codes, ids)
        };
        let left = side(&mut pairs.iter().map(|(left, _)| left));
        let right = side(&mut pairs.iter().map(|(_, right)| right));
        dictionary.describe();
        let width = model.columns.len();
        let [left, right] =
            [left, right].map(|(codes, ids)| People::new(width, codes, Ids::Numbers(ids)));
        let comparer = Comparer::new(model, &dictionary)?;
        let mut memory = Memory::default();
        let explained = (0..pairs.len()).map(|at| {
            let (one, other) = (Record::new(&left, at), Record::new(&right, at));
            let levels = comparer.levels(&dictionary, &one, &other, &mut memory);
            match parameters {
                None => self.explain_levels(model, &levels),
                Some((parameters, strangers)) => {
                    let classes = Classes {
                        model,
                        parameters,
                        strangers,
                    };
                    self.explain_with(&classes, &levels)
                }
            }
        });
        Ok(explained.collect())
    }

    fn standing(&self, level: &str) -> Standing {
        let has = |names: &[String]| names.iter().any(|name| name == level);
        if level.is_empty() || has(&self.levels.missing) {
            Standing::Missing
        } else if has(&self.levels.same) {
            Standing::Same
        } else if has(&self.levels.different) {
            Standing::Different
        } else {
            Standing::Near
        }
    }

    fn name<'a>(&'a self, comparison: &'a str) -> &'a str {
        self.names
            .get(comparison)
            .map_or(comparison, String::as_str)
    }

    /// How the values stand to each other: "same family name and date of birth; given name: initial; sex differs".
    fn facts(&self, levels: &[(&str, &str)]) -> String {
        let of = |wanted: Standing| {
            let of = levels
                .iter()
                .filter(move |(_, level)| self.standing(level) == wanted);
            of.map(|(comparison, level)| (self.name(comparison), *level))
        };
        let listed = |names: Vec<&str>| match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [all @ .., last] => format!("{} and {last}", all.join(", ")),
        };
        let names = |wanted: Standing| of(wanted).map(|(name, _)| name).collect::<Vec<_>>();
        let mut facts = Vec::new();
        let same = names(Standing::Same);
        if !same.is_empty() {
            facts.push(format!("same {}", listed(same)));
        }
        facts.extend(of(Standing::Near).map(|(name, level)| format!("{name}: {level}")));
        let different = names(Standing::Different);
        if !different.is_empty() {
            let differ = if different.len() == 1 {
                "differs"
            } else {
                "differ"
            };
            facts.push(format!("{} {differ}", listed(different)));
        }
        let missing = names(Standing::Missing);
        if !missing.is_empty() {
            facts.push(format!("nothing by {}", listed(missing)));
        }
        facts.join("; ")
    }
}

/// The name of each comparison and of its level.
fn named<'a>(model: &'a MatchModel, levels: &Levels) -> Vec<(&'a str, &'a str)> {
    let comparisons = model.comparisons.iter().zip(levels);
    comparisons
        .map(|(comparison, level)| {
            let level = match *level {
                SAYS_NOTHING => "missing",
                level => comparison
                    .levels
                    .get(usize::from(level) - 1)
                    .map_or("else", |level| level.name.as_str()),
            };
            (comparison.name.get_ref().as_str(), level)
        })
        .collect()
}

impl Classes<'_> {
    /// The class of two people that a pair with these levels is likeliest to be of.
    pub fn next(&self, levels: &Levels) -> Option<LikelyClass> {
        let parameters = self.parameters;
        let level_of = |at: usize| levels.get(at).copied().map_or(0, usize::from);
        let expected: Vec<f64> = (0..parameters.classes())
            .map(|class| {
                let rate = match class {
                    0 => self.strangers,
                    _ => parameters.rates.get(class).copied().unwrap_or(0.0),
                };
                let bits = (0..self.model.comparisons.len()).map(|at| {
                    if level_of(at) == 0 {
                        return 0.0;
                    }
                    let row = self.model.depends_on(at).map_or(0, level_of);
                    let place = row * self.model.level_names(at).len() + level_of(at) - 1;
                    let share = parameters.shares_of(class, at).get(place).copied();
                    share.unwrap_or(1e-9).max(1e-12).log2()
                });
                rate.max(1e-12).log2() + bits.sum::<f64>()
            })
            .collect();
        let highest = expected.iter().copied().fold(f64::MIN, f64::max);
        let all: f64 = expected.iter().map(|bits| (bits - highest).exp2()).sum();
        let classes = parameters.names.iter().zip(&parameters.same_person);
        let of_two = classes.zip(&expected).filter(|((_, same), _)| !**same);
        let ((name, _), bits) = of_two.max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(LikelyClass {
            class: name.clone(),
            share: (bits - highest).exp2() / all,
        })
    }

    /// The levels that a file names, in the model's order; none where it names one that the model does not have.
    pub(crate) fn levels(&self, of_file: &[(&str, &str)]) -> Option<Levels> {
        let mut levels = Levels::default();
        for (at, (comparison, slot)) in self.model.comparisons.iter().zip(&mut levels).enumerate() {
            let name = comparison.name.get_ref();
            let (_, level) = of_file.iter().find(|(known, _)| known == name)?;
            *slot = match *level {
                "missing" | "" => SAYS_NOTHING,
                level => {
                    let known_names = self.model.level_names(at);
                    let place = known_names.iter().position(|known| *known == level)?;
                    u8::try_from(place + 1).ok()?
                }
            };
        }
        Some(levels)
    }
}

#[cfg(test)]
mod tests;
