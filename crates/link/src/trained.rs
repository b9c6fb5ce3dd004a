//! What training learned, as a file: the rates of the classes of pairs and the shares of levels in each.
//!
//! A model says what is compared and how; this file holds numbers that a machine found. Both are needed to run with
//! a model that was trained before.

use crate::{LinkError, match_model::MatchModel, weigh::Parameters};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What training learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trained {
    /// The title of the model that was trained.
    pub model: String,
    /// On what it was trained, in words.
    pub trained_on: String,
    /// The classes of pairs, strangers first.
    #[serde(rename = "class")]
    pub classes: Vec<TrainedClass>,
}

/// What training learned of one class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedClass {
    /// What it is called.
    pub name: String,
    /// Pairs for each record.
    pub rate: f64,
    /// For each comparison, rows of shares: one, or one for each level of the comparison that it depends on.
    pub levels: BTreeMap<String, Vec<Vec<f64>>>,
}

impl Trained {
    /// From what a run used.
    pub fn of(model: &MatchModel, parameters: &Parameters, trained_on: &str) -> Self {
        let classes = parameters.names.iter().enumerate().map(|(class, name)| {
            let levels = model
                .comparisons
                .iter()
                .enumerate()
                .map(|(at, comparison)| {
                    let length = model.level_names(at).len();
                    let rows = parameters
                        .shares_of(class, at)
                        .chunks(length)
                        .map(|row| row.iter().map(|share| rounded(*share)).collect());
                    (comparison.name.get_ref().clone(), rows.collect())
                });
            TrainedClass {
                name: name.clone(),
                rate: rounded(parameters.rates.get(class).copied().unwrap_or(0.0)),
                levels: levels.collect(),
            }
        });
        Self {
            model: model.title.clone(),
            trained_on: trained_on.to_owned(),
            classes: classes.collect(),
        }
    }

    /// Reads such a file.
    pub fn from_text(text: &str, path: &str) -> Result<Self, LinkError> {
        toml::from_str(text).map_err(|fault| LinkError::Mistake {
            path: path.to_owned(),
            message: fault.to_string(),
        })
    }

    /// The file as text.
    pub fn to_text(&self) -> Result<String, LinkError> {
        toml::to_string(self).map_err(|fault| LinkError::Mistake {
            path: self.model.clone(),
            message: fault.to_string(),
        })
    }

    /// The parameters of a model with these numbers.
    pub fn parameters(&self, model: &MatchModel, path: &str) -> Result<Parameters, LinkError> {
        let mut parameters = Parameters::of(model);
        let mistake = |message: String| LinkError::Mistake {
            path: path.to_owned(),
            message,
        };
        let here: Vec<&str> = self
            .classes
            .iter()
            .map(|class| class.name.as_str())
            .collect();
        if here != parameters.names {
            return Err(mistake(format!(
                "it has the classes {}, and the model has {}: train again",
                here.join(", "),
                parameters.names.join(", ")
            )));
        }
        for (class, trained) in self.classes.iter().enumerate() {
            // How many strangers there are is counted anew in every run.
            let sound = trained.rate > 0.0 || (class == 0 && trained.rate >= 0.0);
            if !sound || trained.rate > 1e12 {
                return Err(mistake(format!(
                    "class `{}` has the rate {}, which is no number of pairs above 0: train again",
                    trained.name, trained.rate
                )));
            }
            if let Some(rate) = parameters.rates.get_mut(class) {
                *rate = trained.rate;
            }
            for (at, comparison) in model.comparisons.iter().enumerate() {
                let name = comparison.name.get_ref();
                let rows = trained
                    .levels
                    .get(name)
                    .map(Vec::as_slice)
                    .unwrap_or_default();
                let length = model.level_names(at).len();
                let fits = rows.len() == model.share_rows(at)
                    && rows.iter().all(|row| row.len() == length);
                let sound = rows.iter().all(|row| {
                    let sum: f64 = row.iter().sum();
                    (sum - 1.0).abs() < 0.001 && row.iter().all(|share| (0.0..=1.0).contains(share))
                });
                if !fits || !sound {
                    return Err(mistake(format!(
                        "class `{}` has shares of `{name}` that do not fit the model: train again",
                        trained.name
                    )));
                }
                let slot = parameters
                    .shares
                    .get_mut(class)
                    .and_then(|of| of.get_mut(at));
                if let Some(slot) = slot {
                    *slot = rows.concat();
                }
            }
        }
        Ok(parameters)
    }
}

/// Six digits that count: no sample gives more, and the file can be read.
fn rounded(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}
