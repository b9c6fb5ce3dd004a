//! Treatments: how a column is shown. The kinds are here; which column gets which is in the agreement.

use super::name::Name;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the values of a column are coarsened before anyone sees them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Treatment {
    /// As it stands in the analysis zone.
    AsIs,
    /// An age as a band. The column holds the age in years, or, with `on`, the month of birth.
    AgeBand {
        /// The date on which the age is taken, where the column is a month of birth.
        #[serde(default)]
        on: Option<Name>,
        bands: Bands,
    },
    /// A date as the first day of its month.
    Month,
    /// A date as the first day of its calendar quarter.
    Quarter,
    /// A date as the first day of its year.
    Year,
    /// A postcode without its last two letters.
    PostcodeSector,
    /// The outward part of a postcode.
    PostcodeDistrict,
    /// The code of a small area (LSOA); anything of another shape becomes blank.
    Lsoa,
    /// The pseudonym swapped for one that only this recipient has.
    Pseudonym,
    /// A number rounded to a multiple.
    Rounded { to: std::num::NonZeroU32 },
}

impl Treatment {
    /// The treatment in words, for people who read the agreement.
    pub fn words(&self) -> String {
        match self {
            Self::AsIs => "as it is held".to_owned(),
            Self::AgeBand { bands, .. } => format!("as an age band ({bands})"),
            Self::Month => "as a month".to_owned(),
            Self::Quarter => "as a quarter".to_owned(),
            Self::Year => "as a year".to_owned(),
            Self::PostcodeSector => "as a postcode without its last two letters".to_owned(),
            Self::PostcodeDistrict => "as the first half of a postcode".to_owned(),
            Self::Lsoa => "as a small area of about 1,500 people".to_owned(),
            Self::Pseudonym => "as a pseudonym made for this recipient".to_owned(),
            Self::Rounded { to } => format!("rounded to the nearest {to}"),
        }
    }
}

/// Age bands in ascending order, without overlaps. An age in no band becomes blank.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Bands(Vec<Band>);

/// One band, from and to inclusive, in whole years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Band {
    pub label: String,
    pub from: u16,
    /// Without one, everyone of that age and over.
    pub to: Option<u16>,
}

/// Bands that cannot be read, or that overlap.
#[derive(Debug, thiserror::Error)]
pub enum NotBands {
    /// One of them is in no form that we know.
    #[error("`{0}` is not an age band: write `under 18`, `18 to 64` or `85 and over`")]
    Band(String),
    /// They overlap or are out of order.
    #[error("age band `{0}` does not begin after the band before it ends")]
    Overlap(String),
    /// There are none.
    #[error("there are no age bands")]
    None,
}

impl Bands {
    /// The bands, youngest first.
    pub fn iter(&self) -> impl Iterator<Item = &Band> {
        self.0.iter()
    }
}

impl From<Bands> for Vec<String> {
    fn from(bands: Bands) -> Self {
        bands.0.into_iter().map(|band| band.label).collect()
    }
}

impl fmt::Display for Bands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<&str> = self.0.iter().map(|b| b.label.as_str()).collect();
        f.write_str(&labels.join(", "))
    }
}

impl TryFrom<Vec<String>> for Bands {
    type Error = NotBands;

    fn try_from(labels: Vec<String>) -> Result<Self, NotBands> {
        let mut bands: Vec<Band> = Vec::with_capacity(labels.len());
        for label in labels {
            let band = Band::read(&label).ok_or_else(|| NotBands::Band(label.clone()))?;
            if let Some(before) = bands.last()
                && before.to.is_none_or(|to| to >= band.from)
            {
                return Err(NotBands::Overlap(label));
            }
            bands.push(band);
        }
        if bands.is_empty() {
            return Err(NotBands::None);
        }
        Ok(Self(bands))
    }
}

impl Band {
    fn read(label: &str) -> Option<Self> {
        let words: Vec<&str> = label.split_whitespace().collect();
        let (from, to) = match words.as_slice() {
            ["under", to] => (0, Some(to.parse::<u16>().ok()?.checked_sub(1)?)),
            [from, "to", to] => (from.parse().ok()?, Some(to.parse().ok()?)),
            [from, "and", "over"] => (from.parse().ok()?, None),
            _ => return None,
        };
        to.is_none_or(|to| from <= to && to <= 200).then(|| Self {
            label: label.to_owned(),
            from,
            to,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &[&str]) -> Result<Vec<(u16, Option<u16>)>, String> {
        Bands::try_from(labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>())
            .map(|b| b.iter().map(|b| (b.from, b.to)).collect())
            .map_err(|e| e.to_string())
    }

    #[test]
    fn bands_are_read_from_words() {
        assert_eq!(
            read(&["under 18", "18 to 64", "65 and over"]),
            Ok(vec![(0, Some(17)), (18, Some(64)), (65, None)])
        );
    }

    #[test]
    fn bands_that_overlap_or_mean_nothing_are_refused() {
        for wrong in [
            &["18 to 64", "64 to 70"] as &[_],
            &["65 and over", "70 to 80"],
            &["64 to 18"],
            &["18-64"],
            &["under 0"],
            &["elderly"],
            &[],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
