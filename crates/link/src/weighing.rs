//! How a workspace weighs what its passes leave: the model, the grades that links get and the bands of their weights.

use crate::{
    LinkError, LinkageModel, Pass, files::Learn, match_model::MatchModel, trained::Trained,
    weigh::Parameters,
};
use model::Content;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The part of a linkage model that says how records are weighed against the index.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weighing {
    /// The match model, a file of `content/linkage/`.
    pub model: String,
    /// Where its shares come from.
    #[serde(default)]
    pub trained: TrainedOn,
    /// The grade of a link that was weighed, by its probability; the surest first.
    #[serde(rename = "grade")]
    pub grades: Vec<Grade>,
    /// Where one band of match weights ends and the next begins, in bits, rising.
    pub bands: Vec<i32>,
    /// Of all content that decides what is weighed and how.
    #[serde(skip)]
    digest: String,
}

/// Where the shares of levels come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrainedOn {
    /// From what is shipped with the model. Only how many records have their person at all is learned from a run.
    #[default]
    Shipped,
    /// From the records of each run.
    EachRun,
}

/// A grade and the probability from which it is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Its name: `certain`, `probable` or `possible`, as FHIR names match grades.
    pub name: GradeName,
    /// From this probability on.
    pub from: f64,
}

/// The grades of links, as FHIR names them (`match-grade`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeName {
    /// It is hardly possible that they are two people.
    Certain,
    /// They are most likely one person.
    Probable,
    /// They may be one person.
    Possible,
}

impl GradeName {
    /// All of them, the surest first.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Probable, Self::Possible];

    /// The word that stands in tables.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Probable => "probable",
            Self::Possible => "possible",
        }
    }
}

/// A linkage model that takes index, sources and some passes of another, and weighs the rest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refined {
    title: String,
    based_on: String,
    passes: Vec<String>,
    weighing: Weighing,
}

/// The model of a file that says on which other it is based; `None` where it stands by itself.
pub(crate) fn refined(content: &Content, path: &str) -> Result<Option<LinkageModel>, LinkError> {
    let table: toml::Table = content.toml(path)?;
    if !table.contains_key("based_on") {
        return Ok(None);
    }
    let own: Refined = content.toml(path)?;
    let mistake = |message: String| LinkError::Mistake {
        path: format!("content/{path}"),
        message,
    };
    let mut model = LinkageModel::read(content, &own.based_on)?;
    if model.weighing.is_some() {
        return Err(mistake(format!(
            "based_on names `{}`, which is based on another itself: name that one",
            own.based_on
        )));
    }
    let passes: Result<Vec<Pass>, LinkError> = own
        .passes
        .iter()
        .map(|name| {
            let pass = model.passes.iter().find(|pass| pass.name == *name);
            pass.cloned()
                .ok_or_else(|| mistake(format!("`{}` has no pass `{name}`", own.based_on)))
        })
        .collect();
    model.passes = passes?;
    model.title = own.title;
    if let Some(message) = own.weighing.mistake() {
        return Err(mistake(message));
    }
    let mut weighing = own.weighing;
    weighing.digest = weighing.digest_of(content)?;
    model.weighing = Some(weighing);
    Ok(Some(model))
}

impl Weighing {
    /// Changes with anything that decides what is weighed and how.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The model and its version, as linked rows keep it: `nhs-trace 3f2a9c01`.
    pub fn version(&self) -> String {
        format!(
            "{} {}",
            self.model,
            self.digest.get(..8).unwrap_or_default()
        )
    }

    /// The match model.
    pub fn match_model(&self, content: &Content) -> Result<MatchModel, LinkError> {
        MatchModel::read(content, &self.model)
    }

    /// Where its shares come from.
    pub fn learn(&self, content: &Content, model: &MatchModel) -> Result<Learn, LinkError> {
        let path = self.trained_path();
        let shipped = || -> Result<Box<Parameters>, LinkError> {
            let text = content.text(&path)?;
            Ok(Box::new(
                Trained::from_text(text, &path)?.parameters(model, &path)?,
            ))
        };
        Ok(match self.trained {
            TrainedOn::Shipped => Learn::Before(shipped()?),
            TrainedOn::EachRun => {
                Learn::FromTheFiles(shipped().unwrap_or_else(|_| Box::new(Parameters::of(model))))
            }
        })
    }

    fn trained_path(&self) -> String {
        format!("linkage/trained/{}.toml", self.model)
    }

    fn digest_of(&self, content: &Content) -> Result<String, LinkError> {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        add(content.text(&format!("linkage/{}.toml", self.model))?);
        add(content.text(&self.trained_path()).unwrap_or_default());
        add(match self.trained {
            TrainedOn::Shipped => "shipped",
            TrainedOn::EachRun => "each run",
        });
        for file in self.match_model(content)?.lists.values() {
            add(content.text(&format!("linkage/lists/{file}"))?);
        }
        Ok(hex::encode(hash.finalize()))
    }

    fn mistake(&self) -> Option<String> {
        if self.grades.is_empty() {
            return Some(
                "weighing has no grade: give at least one, with `name` and `from`".to_owned(),
            );
        }
        if self.grades.iter().any(|g| !(g.from > 0.0 && g.from < 1.0)) {
            return Some("the `from` of a grade is a probability between 0 and 1".to_owned());
        }
        let falls = self.grades.windows(2).all(|two| match two {
            [surer, other] => surer.name < other.name && surer.from > other.from,
            _ => true,
        });
        if !falls {
            return Some(
                "grades stand from the surest to the least sure, each with a lower `from`"
                    .to_owned(),
            );
        }
        if !self
            .bands
            .windows(2)
            .all(|two| matches!(two, [a, b] if a < b))
        {
            return Some("bands are bits that rise from one to the next".to_owned());
        }
        None
    }
}
