//! What a run of the methods is told: days, and lists of moments.

use super::{MethodError, ROOM};
use chrono::{NaiveDate, NaiveDateTime};
use model::Content;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Parameters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// The file is not JSON.
    #[error("parameters.json cannot be read: it is not one JSON object")]
    NotJson,
    /// There is no such parameter.
    #[error("parameters.json: there is no parameter `{0}`")]
    Unknown(String),
    /// A value is not of its kind.
    #[error("parameters.json: `{name}` must be {wanted}")]
    Unreadable { name: String, wanted: &'static str },
}

/// The parameters that there are, and the modes in which methods run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    parameters: BTreeMap<String, Parameter>,
    /// The flags of each mode.
    pub modes: BTreeMap<String, BTreeMap<String, bool>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    kind: ParameterKind,
    default: toml::Value,
    /// What it is.
    #[expect(dead_code, reason = "for those who read the file")]
    title: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ParameterKind {
    Date,
    Moments,
}

/// The values of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A day.
    Date(NaiveDate),
    /// Moments, in order.
    Moments(Vec<NaiveDateTime>),
}

impl Parameters {
    /// Reads them from the content.
    pub fn read(content: &Content) -> Result<Self, MethodError> {
        Ok(content.toml(&format!("{ROOM}/parameters.toml"))?)
    }

    /// The values that hold: those of `parameters.json`, and the defaults of the rest.
    pub fn values(&self, json: Option<&str>) -> Result<BTreeMap<String, Given>, ParameterError> {
        let told: serde_json::Map<String, Value> = match json {
            None => serde_json::Map::new(),
            Some(text) => serde_json::from_str(text).map_err(|_| ParameterError::NotJson)?,
        };
        if let Some(unknown) = told
            .keys()
            .find(|name| !self.parameters.contains_key(*name))
        {
            return Err(ParameterError::Unknown(unknown.clone()));
        }
        let mut values = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let value = match told.get(name) {
                Some(value) => value.clone(),
                None => {
                    serde_json::to_value(&parameter.default).map_err(|_| ParameterError::NotJson)?
                }
            };
            values.insert(name.clone(), parameter.kind.given(name, &value)?);
        }
        Ok(values)
    }
}

impl ParameterKind {
    fn given(self, name: &str, value: &Value) -> Result<Given, ParameterError> {
        let fault = |wanted| ParameterError::Unreadable {
            name: name.to_owned(),
            wanted,
        };
        match self {
            Self::Date => {
                let day = value.as_str().and_then(|text| text.parse().ok());
                day.map(Given::Date)
                    .ok_or_else(|| fault("a date like \"2026-04-20\""))
            }
            Self::Moments => {
                let wanted = "a list of moments like \"2026-04-20 09:30:00.123\"";
                let list = value.as_array().ok_or_else(|| fault(wanted))?;
                let moments = list
                    .iter()
                    .map(|moment| moment.as_str().and_then(moment_of));
                let moments: Option<Vec<_>> = moments.collect();
                moments.map(Given::Moments).ok_or_else(|| fault(wanted))
            }
        }
    }
}

/// A moment from text.
pub(super) fn moment_of(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim().trim_end_matches('Z');
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|shape| NaiveDateTime::parse_from_str(text, shape).ok())
        .or_else(|| text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0))
}
