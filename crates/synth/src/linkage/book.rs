//! The book of names: every name once, with the tables from which those of a mix of origins are drawn.

use crate::{
    SynthError,
    draw::{Draw, Shares},
    facts::{
        Source,
        names::{FamilyRow, GivenRow, ShortRow},
    },
    people::Sex,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// No name.
pub(super) const NONE: u32 = u32::MAX;

/// The first year of birth of each cohort after the first: given names go out of fashion.
const COHORTS: [u16; 4] = [1940, 1960, 1980, 2000];

/// What a name is used as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Use {
    #[serde(rename = "given_m")]
    Man,
    #[serde(rename = "given_f")]
    Woman,
    #[serde(rename = "family")]
    Family,
}

#[derive(Deserialize)]
struct NameRow {
    origin: String,
    #[serde(rename = "use")]
    used: Use,
    born_from: Option<u16>,
    born_to: Option<u16>,
    name: String,
    weight: f64,
}

#[derive(Deserialize)]
struct SpellingRow {
    set: u32,
    name: String,
}

/// Origins with their weights.
pub(super) type Origins = [(String, f64)];

/// The names of a mix of origins.
#[derive(Debug, Default)]
pub(super) struct Tables {
    /// By sex and cohort.
    given: [[Shares<u32>; 5]; 2],
    others: [Shares<u32>; 2],
    family: Shares<u32>,
}

impl Tables {
    pub(super) fn given(&self, sex: Sex, year: u16, draw: &mut Draw) -> u32 {
        let cohort = COHORTS.iter().filter(|from| **from <= year).count();
        let table = self.given.get(sex as usize).and_then(|t| t.get(cohort));
        table.and_then(|t| t.draw(draw)).copied().unwrap_or(NONE)
    }

    pub(super) fn other(&self, sex: Sex, draw: &mut Draw) -> u32 {
        let table = self.others.get(sex as usize);
        table.and_then(|t| t.draw(draw)).copied().unwrap_or(NONE)
    }

    pub(super) fn family(&self, draw: &mut Draw) -> u32 {
        self.family.draw(draw).copied().unwrap_or(NONE)
    }
}

/// Names as read, by origin and use.
pub(super) struct Lists(BTreeMap<(String, Use), Vec<NameRow>>);

impl Lists {
    pub(super) fn read(
        source: &Source<'_>,
        invented: impl Iterator<Item = String>,
    ) -> Result<Self, SynthError> {
        let mut lists: BTreeMap<(String, Use), Vec<NameRow>> = BTreeMap::new();
        let mut add = |row: NameRow| {
            let list = lists.entry((row.origin.clone(), row.used)).or_default();
            list.push(row);
        };
        for row in source.rows::<NameRow>("linkage_names.csv")? {
            add(row);
        }
        let plain = |origin, used, name, weight| NameRow {
            origin,
            used,
            born_from: None,
            born_to: None,
            name,
            weight,
        };
        for row in source.rows::<GivenRow>("given_names.csv")? {
            let used = if row.sex == "F" { Use::Woman } else { Use::Man };
            add(plain(row.origin, used, row.name, row.weight));
        }
        for row in source.rows::<FamilyRow>("family_names.csv")? {
            add(plain(row.origin, Use::Family, row.name, row.weight));
        }
        for name in invented {
            add(plain("invented".to_owned(), Use::Family, name, 1.0));
        }
        Ok(Self(lists))
    }
}

/// Every name once.
#[derive(Debug, Default)]
pub(super) struct Book {
    texts: Vec<String>,
    places: BTreeMap<String, u32>,
    short: BTreeMap<String, Vec<String>>,
    spellings: BTreeMap<String, Vec<String>>,
}

impl Book {
    pub(super) fn read(source: &Source<'_>) -> Result<Self, SynthError> {
        let mut book = Self::default();
        for row in source.rows::<ShortRow>("short_names.csv")? {
            book.short.entry(row.name).or_default().push(row.short);
        }
        let mut sets: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for row in source.rows::<SpellingRow>("spellings.csv")? {
            sets.entry(row.set).or_default().push(row.name);
        }
        for set in sets.values() {
            for name in set {
                let others = set.iter().filter(|other| *other != name).cloned();
                let known = book.spellings.entry(name.to_lowercase()).or_default();
                known.extend(others);
            }
        }
        Ok(book)
    }

    /// The place of a name, which is entered if it is new.
    pub(super) fn place(&mut self, name: &str) -> Result<u32, SynthError> {
        if let Some(place) = self.places.get(name) {
            return Ok(*place);
        }
        if name.is_empty() || name.contains([',', '"', '\n', '\r']) {
            let message = format!("name `{name}` cannot be written into a plain CSV file");
            return Err(SynthError::facts("linkage_names.csv", message));
        }
        let place = u32::try_from(self.texts.len()).unwrap_or(NONE);
        self.texts.push(name.to_owned());
        self.places.insert(name.to_owned(), place);
        Ok(place)
    }

    /// The text of a name.
    pub(super) fn text(&self, place: u32) -> &str {
        self.texts.get(place as usize).map_or("", String::as_str)
    }

    /// Short forms of a given name.
    pub(super) fn short(&self, name: &str) -> &[String] {
        self.short.get(name).map_or(&[], Vec::as_slice)
    }

    /// Other spellings of a name.
    pub(super) fn spellings(&self, name: &str) -> &[String] {
        self.spellings
            .get(&name.to_lowercase())
            .map_or(&[], Vec::as_slice)
    }

    /// Names with weights, as places.
    pub(super) fn shares(&mut self, names: &Origins) -> Result<Shares<u32>, SynthError> {
        let places = names.iter().map(|(n, w)| Ok((self.place(n)?, *w)));
        Ok(Shares::new(places.collect::<Result<Vec<_>, SynthError>>()?))
    }

    /// The tables of a mix.
    pub(super) fn tables(
        &mut self,
        lists: &Lists,
        given: &Origins,
        others: &Origins,
        family: &Origins,
    ) -> Result<Tables, SynthError> {
        let mut tables = Tables {
            family: self.table(lists, family, Use::Family, 2)?,
            ..Tables::default()
        };
        let uses = [Use::Man, Use::Woman];
        for (used, by_cohort) in uses.into_iter().zip(&mut tables.given) {
            for (cohort, table) in by_cohort.iter_mut().enumerate() {
                *table = self.table(lists, given, used, cohort)?;
            }
        }
        for (used, table) in uses.into_iter().zip(&mut tables.others) {
            *table = self.table(lists, others, used, 2)?;
        }
        Ok(tables)
    }

    /// One table. A name that two origins have counts with the first.
    fn table(
        &mut self,
        lists: &Lists,
        origins: &Origins,
        used: Use,
        cohort: usize,
    ) -> Result<Shares<u32>, SynthError> {
        let first = cohort
            .checked_sub(1)
            .and_then(|c| COHORTS.get(c))
            .copied()
            .unwrap_or(0);
        let after = COHORTS.get(cohort).copied().unwrap_or(u16::MAX);
        let mut seen = BTreeSet::new();
        let mut weighted = Vec::new();
        for (origin, share) in origins {
            let mut list = Vec::new();
            for row in lists.0.get(&(origin.clone(), used)).into_iter().flatten() {
                let worn = row.born_from.is_none_or(|from| from < after)
                    && row.born_to.is_none_or(|to| to >= first);
                let place = self.place(&row.name)?;
                if worn && seen.insert(place) {
                    list.push((place, row.weight));
                }
            }
            let total: f64 = list.iter().map(|(_, weight)| weight).sum();
            weighted.extend(
                list.into_iter()
                    .map(|(place, w)| (place, w / total * share)),
            );
        }
        if weighted.is_empty() {
            let message = format!("no names of use `{used:?}` in `{origins:?}`");
            return Err(SynthError::facts("linkage.toml", message));
        }
        // As parts of a thousand, so that the rarest still have a weight.
        Ok(Shares::new(
            weighted.into_iter().map(|(p, w)| (p, w * 1000.0)),
        ))
    }
}
