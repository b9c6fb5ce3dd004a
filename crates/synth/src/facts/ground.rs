//! The ground: councils, small areas, postcodes and practices. One council is real; the others borrow the profile
//! of its areas and have codes and postcodes that nobody uses.

use super::Source;
use crate::{SynthError, days::digits, draw::Shares};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The letters of the inward part of a postcode: without C, I, K, M, O and V, which the post does not use.
const UNIT_LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";

/// An ethnic group of the census.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EthnicGroup {
    pub(crate) group: String,
    pub(crate) broad: String,
    pub(crate) residents: f64,
    pub(crate) hospital_code: String,
    pub(crate) council_value: String,
}

/// A council that sends files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Council {
    pub(crate) code: String,
    pub(crate) name: String,
    /// Its residents, as a share of the first council's.
    pub(crate) share: f64,
    pub(crate) key_prefix: String,
    pub(crate) key_width: u32,
    pub(crate) reference_prefix: String,
    #[serde(default)]
    pub(crate) resubmits: Option<u32>,
    #[serde(default)]
    invented: Option<Invented>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invented {
    first_area: String,
    areas: u32,
    postcodes_per_area: u32,
    district: String,
    wards: Vec<String>,
    practices: Vec<(String, String)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    elsewhere_district: String,
    hospital: String,
    council: Vec<Council>,
}

/// A small area.
#[derive(Debug)]
pub(crate) struct Area {
    pub(crate) code: String,
    pub(crate) wider: String,
    pub(crate) ward: String,
    /// Decile of deprivation, 1 the most deprived.
    pub(crate) decile: u8,
    pub(crate) council: u8,
    /// Residents by five-year band.
    pub(crate) bands: Vec<f64>,
    /// Ethnic groups of its residents, as places in the list of groups.
    pub(crate) ethnic: Shares<u8>,
    /// Where its residents are registered, as places in the list of practices.
    pub(crate) practices: Shares<u16>,
    /// Its postcodes, as places in the list of postcodes.
    pub(crate) postcodes: Vec<u32>,
}

/// A postcode.
#[derive(Debug)]
pub(crate) struct Postcode {
    pub(crate) text: String,
    /// The area it lies in, as a place in the list; `None` for elsewhere.
    pub(crate) area: Option<u16>,
}

/// A general practice.
#[derive(Debug)]
pub(crate) struct Practice {
    pub(crate) code: String,
    pub(crate) name: String,
}

/// All of it, each list pointed into by place.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) hospital: String,
    pub(crate) councils: Vec<Council>,
    pub(crate) areas: Vec<Area>,
    pub(crate) postcodes: Vec<Postcode>,
    pub(crate) practices: Vec<Practice>,
    /// Postcodes of nowhere in the place, for people who left.
    pub(crate) elsewhere: Vec<u32>,
    /// For each council, its areas by five-year band of age, weighted by residents of that band.
    pub(crate) by_band: Vec<Vec<Shares<u16>>>,
}

#[derive(Debug, Deserialize)]
struct PostcodeRow {
    postcode: String,
    lsoa21_code: String,
}

#[derive(Debug, Deserialize)]
struct PracticeRow {
    practice_code: String,
    practice_name: String,
}

#[derive(Debug, Deserialize)]
struct RegistrationRow {
    practice_code: String,
    lsoa21_code: String,
    patients: f64,
}

impl Ground {
    pub(crate) fn read(source: &Source<'_>, groups: &[EthnicGroup]) -> Result<Self, SynthError> {
        let place: PlaceFile = source.toml("place.toml")?;
        let profiles = profiles(source, groups)?;
        let mut ground = Self {
            hospital: place.hospital,
            councils: place.council,
            areas: Vec::new(),
            postcodes: Vec::new(),
            practices: Vec::new(),
            elsewhere: Vec::new(),
            by_band: Vec::new(),
        };
        let mut at = 0u8;
        for council in ground.councils.clone() {
            if let Some(invented) = &council.invented {
                ground.invent(at, &council.name, invented, &profiles)?;
            } else {
                ground.copy(at, source, &profiles)?;
            }
            at += 1;
        }
        for n in 0..200 {
            let place_in_list = u32::try_from(ground.postcodes.len()).unwrap_or(u32::MAX);
            ground.elsewhere.push(place_in_list);
            ground.postcodes.push(Postcode {
                text: postcode(&place.elsewhere_district, n),
                area: None,
            });
        }
        ground.by_band = (0..at).map(|council| ground.weigh(council)).collect();
        Ok(ground)
    }

    /// The real council: every profile is an area of its own.
    fn copy(
        &mut self,
        council: u8,
        source: &Source<'_>,
        profiles: &[Profile],
    ) -> Result<(), SynthError> {
        let mut places = BTreeMap::new();
        for practice in source.rows::<PracticeRow>("practices.csv")? {
            let at = u16::try_from(self.practices.len()).unwrap_or(u16::MAX);
            places.insert(practice.practice_code.clone(), at);
            self.practices.push(Practice {
                code: practice.practice_code,
                name: practice.practice_name,
            });
        }
        let mut registered: BTreeMap<String, Vec<(u16, f64)>> = BTreeMap::new();
        for row in source.rows::<RegistrationRow>("registrations.csv")? {
            if let Some(&at) = places.get(&row.practice_code) {
                registered
                    .entry(row.lsoa21_code)
                    .or_default()
                    .push((at, row.patients));
            }
        }
        let mut by_area: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for row in source.rows::<PostcodeRow>("postcodes.csv")? {
            let at = u32::try_from(self.postcodes.len()).unwrap_or(u32::MAX);
            by_area.entry(row.lsoa21_code.clone()).or_default().push(at);
            let area = profiles.iter().position(|p| p.code == row.lsoa21_code);
            let area = area.ok_or_else(|| {
                SynthError::facts(
                    "postcodes.csv",
                    format!("area `{}` is not in `areas.csv`", row.lsoa21_code),
                )
            })?;
            self.postcodes.push(Postcode {
                text: row.postcode,
                area: u16::try_from(self.areas.len() + area).ok(),
            });
        }
        for profile in profiles {
            let postcodes = by_area.remove(&profile.code).ok_or_else(|| {
                SynthError::facts(
                    "areas.csv",
                    format!("area `{}` has no postcode", profile.code),
                )
            })?;
            let practices = registered.remove(&profile.code).unwrap_or_default();
            self.areas.push(Area {
                code: profile.code.clone(),
                wider: profile.wider.clone(),
                ward: profile.ward.clone(),
                decile: profile.decile,
                council,
                bands: profile.bands.clone(),
                ethnic: profile.ethnic.clone(),
                practices: Shares::new(practices),
                postcodes,
            });
        }
        Ok(())
    }

    /// An invented council: areas with the profiles of real ones, spread evenly over them.
    fn invent(
        &mut self,
        council: u8,
        name: &str,
        invented: &Invented,
        profiles: &[Profile],
    ) -> Result<(), SynthError> {
        let fault = |message: &str| SynthError::facts("place.toml", format!("{name}: {message}"));
        let (letters, number) = invented
            .first_area
            .split_at_checked(3)
            .ok_or_else(|| fault("`first_area` is too short"))?;
        let first: u32 = number
            .parse()
            .map_err(|_| fault("`first_area` does not end in a number"))?;
        let first_practice = u16::try_from(self.practices.len()).unwrap_or(u16::MAX);
        for (code, title) in &invented.practices {
            self.practices.push(Practice {
                code: code.clone(),
                name: title.clone(),
            });
        }
        let practices = u32::try_from(invented.practices.len()).unwrap_or(0).max(1);
        let wards = u32::try_from(invented.wards.len()).unwrap_or(0).max(1);
        let borrowed = u32::try_from(profiles.len()).unwrap_or(0);
        for n in 0..invented.areas {
            // 37 shares no factor with the number of areas, so that the profiles spread over the whole range.
            let profile = (n * 37 + u32::from(council)) % borrowed.max(1);
            let profile = profiles
                .get(profile as usize)
                .ok_or_else(|| fault("there is no area to borrow from"))?;
            let mut code = letters.to_owned();
            digits(&mut code, first + n, 6);
            let mut wider = format!("{name} ");
            digits(&mut wider, n / 6 + 1, 3);
            let area = u16::try_from(self.areas.len()).ok();
            let mut postcodes = Vec::new();
            for k in 0..invented.postcodes_per_area {
                postcodes.push(u32::try_from(self.postcodes.len()).unwrap_or(u32::MAX));
                self.postcodes.push(Postcode {
                    text: postcode(&invented.district, n * invented.postcodes_per_area + k),
                    area,
                });
            }
            let main = n * practices / invented.areas.max(1);
            let weights = (0..practices).map(|p| {
                let weight = if p == main { 6.0 } else { 1.0 };
                (first_practice + u16::try_from(p).unwrap_or(0), weight)
            });
            let ward = invented
                .wards
                .get((n * wards / invented.areas.max(1)) as usize)
                .ok_or_else(|| fault("`wards` is empty"))?;
            self.areas.push(Area {
                code,
                wider,
                ward: ward.clone(),
                decile: profile.decile,
                council,
                bands: profile.bands.clone(),
                ethnic: profile.ethnic.clone(),
                practices: Shares::new(weights),
                postcodes,
            });
        }
        Ok(())
    }

    fn weigh(&self, council: u8) -> Vec<Shares<u16>> {
        (0..BANDS)
            .map(|band| {
                let areas = (0u16..).zip(&self.areas);
                Shares::new(
                    areas
                        .filter(|(_, area)| area.council == council)
                        .map(|(at, area)| (at, area.bands.get(band).copied().unwrap_or(0.0))),
                )
            })
            .collect()
    }

    /// The area of a postcode.
    pub(crate) fn area_of(&self, postcode: u32) -> Option<&Area> {
        let area = self.postcodes.get(postcode as usize)?.area?;
        self.areas.get(usize::from(area))
    }

    /// The council of a postcode; `None` for elsewhere.
    pub(crate) fn council_of(&self, postcode: u32) -> Option<u8> {
        self.area_of(postcode).map(|area| area.council)
    }

    /// The text of a postcode.
    pub(crate) fn postcode(&self, postcode: u32) -> &str {
        self.postcodes
            .get(postcode as usize)
            .map_or("", |p| p.text.as_str())
    }
}

/// The five-year bands of `areas.csv`, the last one open.
const BANDS: usize = 19;

/// The band of an age.
pub(crate) fn band(age: u32) -> usize {
    ((age / 5) as usize).min(BANDS - 1)
}

struct Profile {
    code: String,
    wider: String,
    ward: String,
    decile: u8,
    bands: Vec<f64>,
    ethnic: Shares<u8>,
}

/// Reads `areas.csv`, whose band columns all begin with `age_`.
fn profiles(source: &Source<'_>, groups: &[EthnicGroup]) -> Result<Vec<Profile>, SynthError> {
    let fault = |message: String| SynthError::facts("areas.csv", message);
    let mut profiles = Vec::new();
    for row in source.rows::<BTreeMap<String, String>>("areas.csv")? {
        let text = |column: &str| {
            row.get(column)
                .cloned()
                .ok_or_else(|| fault(format!("there is no column `{column}`")))
        };
        let number = |column: &str| {
            let text = text(column)?;
            text.parse::<f64>()
                .map_err(|_| fault(format!("`{text}` in `{column}` is not a number")))
        };
        let decile = text("imd_decile")?;
        let bands: Vec<f64> = row
            .keys()
            .filter(|k| k.starts_with("age_"))
            .map(|k| number(k))
            .collect::<Result<_, _>>()?;
        if bands.len() != BANDS {
            return Err(fault(format!(
                "{BANDS} bands of age are needed, {} are there",
                bands.len()
            )));
        }
        let mut ethnic = Vec::new();
        for (at, group) in (0u8..).zip(groups) {
            let of_broad: f64 = groups
                .iter()
                .filter(|g| g.broad == group.broad)
                .map(|g| g.residents)
                .sum();
            ethnic.push((at, number(&group.broad)? * group.residents / of_broad));
        }
        profiles.push(Profile {
            code: text("lsoa21_code")?,
            wider: text("msoa21_name")?,
            ward: text("ward_name")?,
            decile: decile
                .parse()
                .map_err(|_| fault(format!("`{decile}` is not a decile")))?,
            bands,
            ethnic: Shares::new(ethnic),
        });
    }
    Ok(profiles)
}

/// The nth postcode of an invented district: 400 units to a sector.
fn postcode(district: &str, n: u32) -> String {
    let letter = |k: u32| {
        let at = (k % 20) as usize;
        UNIT_LETTERS.get(at).copied().map_or('A', char::from)
    };
    format!(
        "{district} {}{}{}",
        (n / 400) % 10,
        letter(n / 20),
        letter(n)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_postcodes_differ_and_keep_to_the_letters_in_use() {
        let all: std::collections::BTreeSet<String> =
            (0..4000).map(|n| postcode("SS88", n)).collect();
        assert_eq!(all.len(), 4000);
        assert!(
            all.iter()
                .all(|p| !p[5..].contains(['C', 'I', 'K', 'M', 'O', 'V']))
        );
    }
}
