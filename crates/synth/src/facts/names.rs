//! Names by origin, and how they are mixed by ethnic group.

use super::{Source, ground::EthnicGroup};
use crate::{
    SynthError,
    draw::{Draw, Shares},
    people::Sex,
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The lists and the mixes.
pub(crate) struct Names {
    pub(crate) given: Vec<String>,
    pub(crate) family: Vec<String>,
    given_of: BTreeMap<(String, Sex), Shares<u32>>,
    family_of: BTreeMap<String, Shares<u32>>,
    mixes: Vec<Mix>,
    /// For each ethnic group, the mixes it may draw.
    by_group: Vec<Shares<u16>>,
    /// The group of children of a white parent and one of another broad group, by that broad group.
    of_two_groups: BTreeMap<String, u8>,
    /// Short forms by full name.
    short: BTreeMap<String, Vec<String>>,
}

struct Mix {
    given: Shares<String>,
    family: Shares<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamesFile {
    group: Vec<GroupRow>,
    mixed: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupRow {
    groups: Vec<String>,
    mixes: Vec<MixRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MixRow {
    share: f64,
    given: Vec<(String, f64)>,
    family: Vec<(String, f64)>,
}

#[derive(Deserialize)]
pub(crate) struct GivenRow {
    pub(crate) origin: String,
    pub(crate) sex: String,
    pub(crate) name: String,
    pub(crate) weight: f64,
}

#[derive(Deserialize)]
pub(crate) struct FamilyRow {
    pub(crate) origin: String,
    pub(crate) name: String,
    pub(crate) weight: f64,
}

#[derive(Deserialize)]
pub(crate) struct ShortRow {
    pub(crate) name: String,
    pub(crate) short: String,
}

impl Names {
    pub(crate) fn read(source: &Source<'_>, groups: &[EthnicGroup]) -> Result<Self, SynthError> {
        let mut given = Vec::new();
        let mut given_of: BTreeMap<(String, Sex), Vec<(u32, f64)>> = BTreeMap::new();
        for (at, row) in (0u32..).zip(source.rows::<GivenRow>("given_names.csv")?) {
            let sex = if row.sex == "F" {
                Sex::Female
            } else {
                Sex::Male
            };
            given_of
                .entry((row.origin, sex))
                .or_default()
                .push((at, row.weight));
            given.push(row.name);
        }
        let mut family = Vec::new();
        let mut family_of: BTreeMap<String, Vec<(u32, f64)>> = BTreeMap::new();
        for (at, row) in (0u32..).zip(source.rows::<FamilyRow>("family_names.csv")?) {
            family_of
                .entry(row.origin)
                .or_default()
                .push((at, row.weight));
            family.push(row.name);
        }
        let mut short: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for row in source.rows::<ShortRow>("short_names.csv")? {
            short.entry(row.name).or_default().push(row.short);
        }
        let file: NamesFile = source.toml("names.toml")?;
        let mut mixes = Vec::new();
        let mut by_name: BTreeMap<String, Vec<(u16, f64)>> = BTreeMap::new();
        for row in file.group {
            for mix in row.mixes {
                for (origin, _) in mix.given.iter().chain(&mix.family) {
                    let known = family_of.contains_key(origin)
                        || given_of.contains_key(&(origin.clone(), Sex::Female));
                    if !known {
                        return Err(SynthError::facts(
                            "names.toml",
                            format!("origin `{origin}` has no names"),
                        ));
                    }
                }
                let at = u16::try_from(mixes.len()).unwrap_or(u16::MAX);
                for group in &row.groups {
                    by_name
                        .entry(group.clone())
                        .or_default()
                        .push((at, mix.share));
                }
                mixes.push(Mix {
                    given: Shares::new(mix.given),
                    family: Shares::new(mix.family),
                });
            }
        }
        let by_group = groups
            .iter()
            .map(|g| {
                by_name.remove(&g.group).map(Shares::new).ok_or_else(|| {
                    SynthError::facts("names.toml", format!("group `{}` has no mix", g.group))
                })
            })
            .collect::<Result<_, _>>()?;
        let of_two_groups = file
            .mixed
            .into_iter()
            .map(|(broad, group)| {
                let at = (0u8..).zip(groups).find(|(_, g)| g.group == group);
                at.map(|(at, _)| (broad, at)).ok_or_else(|| {
                    SynthError::facts("names.toml", format!("group `{group}` is not known"))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            given,
            family,
            given_of: given_of
                .into_iter()
                .map(|(k, v)| (k, Shares::new(v)))
                .collect(),
            family_of: family_of
                .into_iter()
                .map(|(k, v)| (k, Shares::new(v)))
                .collect(),
            mixes,
            by_group,
            of_two_groups,
            short,
        })
    }

    /// The mix of names for a household of this group.
    pub(crate) fn mix(&self, group: u8, draw: &mut Draw) -> u16 {
        self.by_group
            .get(usize::from(group))
            .and_then(|m| m.draw(draw))
            .copied()
            .unwrap_or(0)
    }

    /// A given name, as a place in the list.
    pub(crate) fn given(&self, mix: u16, sex: Sex, draw: &mut Draw) -> u32 {
        self.mixes
            .get(usize::from(mix))
            .and_then(|m| m.given.draw(draw))
            .and_then(|origin| self.given_of.get(&(origin.clone(), sex)))
            .and_then(|names| names.draw(draw))
            .copied()
            .unwrap_or(0)
    }

    /// A family name, as a place in the list.
    pub(crate) fn family(&self, mix: u16, draw: &mut Draw) -> u32 {
        self.mixes
            .get(usize::from(mix))
            .and_then(|m| m.family.draw(draw))
            .and_then(|origin| self.family_of.get(origin))
            .and_then(|names| names.draw(draw))
            .copied()
            .unwrap_or(0)
    }

    /// The group of children of parents of two groups, where one of them is white.
    pub(crate) fn mixed_group(&self, broad: &str) -> Option<u8> {
        self.of_two_groups.get(broad).copied()
    }

    /// The short forms of a given name.
    pub(crate) fn short_forms(&self, name: &str) -> &[String] {
        self.short.get(name).map_or(&[], Vec::as_slice)
    }
}
