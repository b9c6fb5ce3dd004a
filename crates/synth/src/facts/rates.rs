//! How often things happen: `rates.toml`, typed. What each figure rests on is said there.

use super::ByAge;
use crate::people::Sex;
use model::Date;
use serde::Deserialize;

/// All of `rates.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rates {
    pub(crate) households: Households,
    pub(crate) moves: Moves,
    pub(crate) deaths: Deaths,
    pub(crate) need: Need,
    pub(crate) care: Care,
    pub(crate) hospital: Hospital,
    pub(crate) index: Index,
    pub(crate) deaths_file: DeathsFile,
    pub(crate) opt_outs: OptOuts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Households {
    pub(crate) lone_parents: f64,
    pub(crate) lone_fathers: f64,
    pub(crate) siblings: Vec<f64>,
    pub(crate) twins: f64,
    pub(crate) mother_age_at_birth: [i32; 2],
    pub(crate) father_older_by: [i32; 2],
    pub(crate) adult_children: Vec<(u32, f64)>,
    pub(crate) couples: Vec<(u32, f64)>,
    pub(crate) same_sex_couples: f64,
    pub(crate) shared_houses: f64,
    pub(crate) student_ages: [u32; 2],
    pub(crate) students: f64,
    pub(crate) shared_house_size: [i32; 2],
    pub(crate) wife_takes_name: Vec<(u32, f64)>,
    pub(crate) double_barrelled: f64,
    pub(crate) son_named_after_father: f64,
    pub(crate) partner_of_other_group: f64,
    pub(crate) second_given_name: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Moves {
    pub(crate) a_year: f64,
    pub(crate) within_council: f64,
    pub(crate) from_neighbour: f64,
    pub(crate) leaves: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deaths {
    rates: Vec<DeathBand>,
    pub(crate) in_hospital: f64,
    pub(crate) causes: Vec<Cause>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeathBand {
    from: u32,
    male: f64,
    female: f64,
}

impl Deaths {
    /// Deaths per person per year.
    pub(crate) fn rate(&self, age: u32, sex: Sex) -> f64 {
        self.rates
            .iter()
            .rfind(|b| b.from <= age)
            .map_or(0.0, |b| match sex {
                Sex::Male => b.male,
                Sex::Female => b.female,
            })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cause {
    pub(crate) code: String,
    pub(crate) child: f64,
    pub(crate) working_age: f64,
    pub(crate) older: f64,
    #[serde(default)]
    pub(crate) sex: Option<Sex>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Need {
    times: Vec<(f64, f64)>,
    pub(crate) ranks_of_the_dead: u32,
    deprivation: Vec<f64>,
}

impl Need {
    /// How many times as often as the average.
    pub(crate) fn times(&self, rank: f64) -> f64 {
        self.times
            .iter()
            .rfind(|(from, _)| *from <= rank)
            .map_or(1.0, |(_, times)| *times)
    }

    /// The same for a decile of deprivation.
    pub(crate) fn deprivation(&self, decile: u8) -> f64 {
        self.deprivation
            .get(usize::from(decile).saturating_sub(1))
            .copied()
            .unwrap_or(1.0)
    }
}

/// A rate from an age on.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Band {
    from: u32,
    rate: f64,
}

/// The rate at an age; none below the first band.
pub(crate) fn rate(bands: &[Band], age: u32) -> f64 {
    bands
        .iter()
        .rfind(|b| b.from <= age)
        .map_or(0.0, |b| b.rate)
}

/// The share at an age, from pairs of an age and a share.
pub(crate) fn share(steps: &[(u32, f64)], age: u32) -> f64 {
    steps
        .iter()
        .rfind(|(from, _)| *from <= age)
        .map_or(0.0, |(_, share)| *share)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Care {
    pub(crate) long_term: Vec<Band>,
    pub(crate) requests: Vec<Band>,
    pub(crate) long_term_ends: ByAge,
    pub(crate) started_before: [i32; 2],
    pub(crate) planned_review_after: [i32; 2],
    pub(crate) planned_review_every: [i32; 2],
    pub(crate) review_happens: f64,
    pub(crate) unplanned_reviews: f64,
    pub(crate) extra_service: f64,
    pub(crate) second_council: f64,
    pub(crate) has_carer: HasCarer,
    pub(crate) carer_in_own_right: f64,
    pub(crate) carer_known_by_association: f64,
    pub(crate) carer_reviews: f64,
    pub(crate) carers_asking: f64,
    pub(crate) ethnicity_unknown: f64,
    pub(crate) ethnicity_refused: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HasCarer {
    pub(crate) working_age: f64,
    pub(crate) older: f64,
    pub(crate) unknown: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hospital {
    pub(crate) emergency: Vec<Band>,
    pub(crate) planned: Vec<Band>,
    pub(crate) maternity: Vec<Band>,
    pub(crate) attendances: Vec<Band>,
    pub(crate) through_department: f64,
    pub(crate) emergency_nights: Nights,
    pub(crate) planned_nights: Nights,
    pub(crate) missing_nhs_number: Missing,
    pub(crate) stale_postcode: f64,
    pub(crate) wrong_birth_date: f64,
    pub(crate) wrong_sex: f64,
}

/// Nights of stay: each step is the least number of nights and its share.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nights {
    pub(crate) younger: Vec<(u32, f64)>,
    pub(crate) older: Vec<(u32, f64)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Missing {
    pub(crate) spells: f64,
    pub(crate) attendances: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Index {
    pub(crate) stale_postcode: f64,
    pub(crate) former_name: f64,
    pub(crate) death_missing: f64,
    pub(crate) sex_not_known: f64,
    pub(crate) sensitive: f64,
    pub(crate) renumbered: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeathsFile {
    pub(crate) missing_nhs_number: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOuts {
    pub(crate) kinds: Vec<OptOutKind>,
    pub(crate) earliest: Date,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptOutKind {
    pub(crate) kind: String,
    pub(crate) rate: f64,
}
