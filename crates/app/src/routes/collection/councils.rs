//! The councils of the collection and the steps they take, from `content/collection.toml` and code lists.

use crate::routes::preview::Jump;
use anyhow::{Context, Result, bail};
use model::{Content, Dataset, OrganisationCode};
use pages::{CouncilState, map::Outlines};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The collection.
pub(in crate::routes) struct Collection {
    pub(in crate::routes) title: String,
    pub(in crate::routes) datasets: Vec<String>,
    /// By name.
    pub(in crate::routes) councils: Vec<Council>,
    pub(super) facts: Vec<Fact>,
    pub(super) steps: Vec<Step>,
    pub(super) attribution: String,
    /// How many others are needed for a comparison.
    pub(in crate::routes) fewest: usize,
    /// A share of good cells below this is low.
    pub(in crate::routes) low: f64,
    /// Where bands of shares begin, best first.
    pub(in crate::routes) bands: Vec<f64>,
    pub(in crate::routes) jump: Jump,
    pub(in crate::routes) outlines: Arc<Outlines>,
    pub(in crate::routes) hexagons: Arc<Outlines>,
    drawn: BTreeSet<String>,
}

/// A council.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::routes) struct Council {
    /// The code it sends under; its ONS code where the other is not known.
    pub(in crate::routes) code: String,
    pub(in crate::routes) name: String,
    pub(super) region: String,
    pub(in crate::routes) gss_code: String,
}

/// A single fact on a council's record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) hint: String,
}

/// A step on the way to submitting.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) hint: String,
    pub(super) gives: Gives,
}

/// The least state of a council that has taken a step.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Gives {
    InContact,
    Agreed,
    Testing,
}

impl Gives {
    pub(super) const fn state(self) -> CouncilState {
        match self {
            Self::InContact => CouncilState::InContact,
            Self::Agreed => CouncilState::Agreed,
            Self::Testing => CouncilState::Testing,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    title: String,
    datasets: Vec<String>,
    lists: Vec<String>,
    outlines: String,
    hexagons: String,
    attribution: String,
    fewest: usize,
    low: f64,
    bands: Vec<f64>,
    jump: Jump,
    #[serde(default)]
    without_code: Vec<WithoutCode>,
    #[serde(rename = "fact")]
    facts: Vec<Fact>,
    #[serde(rename = "step")]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WithoutCode {
    name: String,
    region: String,
    gss_code: String,
}

const PATH: &str = "collection.toml";

impl Collection {
    pub(in crate::routes) fn read(content: &Content) -> Result<Self> {
        let written: Written = content.toml(PATH)?;
        let mut datasets = Vec::new();
        for name in &written.datasets {
            let meant = Dataset::meant_by(content, name)?;
            if meant.is_empty() {
                bail!("`content/{PATH}` names the dataset `{name}`, and there is none");
            }
            datasets.extend(meant);
        }
        let mut councils: Vec<Council> = written
            .without_code
            .into_iter()
            .map(|c| Council {
                code: c.gss_code.clone(),
                name: c.name,
                region: c.region,
                gss_code: c.gss_code,
            })
            .collect();
        for list in &written.lists {
            councils.extend(of_list(content, list)?);
        }
        let mut seen = BTreeSet::new();
        for council in &councils {
            OrganisationCode::new(&council.code)
                .with_context(|| format!("`content/{PATH}` or one of its lists"))?;
            if !seen.insert(&council.code) {
                bail!(
                    "the council code `{}` is in the lists of `content/{PATH}` twice",
                    council.code
                );
            }
        }
        councils.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.code.cmp(&b.code)));
        let outlines = |path: &str| -> Result<Arc<Outlines>> {
            Ok(Arc::new(Outlines::from_json(content.bytes(path)?)?))
        };
        let shapes = outlines(&written.outlines)?;
        Ok(Self {
            drawn: shapes.areas.iter().map(|a| a.code.clone()).collect(),
            outlines: shapes,
            hexagons: outlines(&written.hexagons)?,
            title: written.title,
            datasets,
            facts: written.facts,
            steps: written.steps,
            attribution: written.attribution,
            fewest: written.fewest,
            low: written.low,
            bands: written.bands,
            jump: written.jump,
            councils,
        })
    }

    /// Whether the maps have an area of this code.
    pub(in crate::routes) fn is_drawn(&self, gss_code: &str) -> bool {
        self.drawn.contains(gss_code)
    }

    /// A council by its code.
    pub(in crate::routes) fn council(&self, code: &str) -> Option<&Council> {
        self.councils.iter().find(|c| c.code == code)
    }
}

/// The councils of a code list that are not a thing of the past.
fn of_list(content: &Content, list: &str) -> Result<Vec<Council>> {
    let path = format!("codes/{list}.csv");
    let mut councils = Vec::new();
    let mut rows = csv::Reader::from_reader(content.bytes(&path)?);
    for row in rows.deserialize::<BTreeMap<String, String>>() {
        let mut row = row.with_context(|| format!("`content/{path}`"))?;
        if row.get("status").is_some_and(|s| s != "current") {
            continue;
        }
        let mut cell = |name: &str| {
            row.remove(name)
                .with_context(|| format!("`content/{path}` has no column `{name}`"))
        };
        councils.push(Council {
            code: cell("value")?,
            name: cell("name")?,
            region: cell("region")?,
            gss_code: cell("gss_code")?,
        });
    }
    Ok(councils)
}
