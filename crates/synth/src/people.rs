//! The people of the place: who they are, whom they live with, where, and until when.

mod households;
mod moves;
mod numbers;
mod pool;

use crate::{
    Wishes, days,
    draw::{Draw, Topic},
    facts::{
        Facts,
        ground::{self, Ground},
    },
    files::Pace,
};
use model::Date;
use serde::Deserialize;

pub(crate) use numbers::write_nhs_number;

/// Sex as the records of the place know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sex {
    Male,
    Female,
}

impl Sex {
    /// The other one.
    pub(crate) const fn other(self) -> Self {
        match self {
            Self::Male => Self::Female,
            Self::Female => Self::Male,
        }
    }

    /// The code of the national data dictionary.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// No name.
pub(crate) const NO_NAME: u32 = u32::MAX;

/// Someone who does not exist. Small, because there are hundreds of thousands.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) nhs_number: u64,
    pub(crate) born: Date,
    pub(crate) died: Option<Date>,
    pub(crate) sex: Sex,
    /// Ethnic group, as a place in the list.
    pub(crate) group: u8,
    pub(crate) given: u32,
    pub(crate) other_given: u32,
    pub(crate) family: u32,
    /// The family name at birth.
    pub(crate) family_at_birth: u32,
    pub(crate) household: u32,
    /// Rank of need among people of the same age, 0 to 65,535.
    need: u16,
    pub(crate) practice: u16,
    first_stay: u32,
    stays: u8,
    /// From when, and at which postcode, a care home is the address.
    pub(crate) care_home: Option<(Date, u32)>,
}

impl Person {
    /// Rank of need, 0 to 1.
    pub(crate) fn need(&self) -> f64 {
        f64::from(self.need) / 65_536.0
    }

    /// Whether the person lives on this day.
    pub(crate) fn alive(&self, on: Date) -> bool {
        self.born <= on && self.died.is_none_or(|died| died > on)
    }
}

/// From when a person lived at a postcode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stay {
    pub(crate) from: Date,
    pub(crate) postcode: u32,
}

/// Everyone, and where they lived.
pub(crate) struct Town {
    pub(crate) people: Vec<Person>,
    stays: Vec<Stay>,
    /// For each household its first person and how many there are; they stand together in the list.
    pub(crate) households: Vec<(u32, u32)>,
    /// Family names beyond the lists, such as double-barrelled ones.
    family_names: Vec<String>,
}

/// Settles the place: households of people, with those who died or left in these years.
pub(crate) fn settle(facts: &Facts, wishes: &Wishes, pace: &mut Pace<'_>) -> Town {
    let mut town = Town {
        people: Vec::new(),
        stays: Vec::new(),
        households: Vec::new(),
        family_names: facts.names.family.clone(),
    };
    for (at, council) in (0u8..).zip(&facts.ground.councils) {
        let residents = pool::scaled(wishes.people, council.share);
        let doing = format!("people of {}", council.name);
        households::fill(facts, wishes.seed, at, residents, &mut town);
        pace.step(u64::from(residents), &doing);
    }
    numbers::give(wishes.seed, &mut town.people);
    town
}

impl Town {
    /// Numbers that nobody has, for people who once had another.
    pub(crate) fn spare_numbers(&self, seed: u64) -> impl Iterator<Item = u64> {
        numbers::spare(seed, self.people.len())
    }

    /// A person by number.
    pub(crate) fn person(&self, at: u32) -> Option<&Person> {
        self.people.get(at as usize)
    }

    /// Where a person lived, earliest first.
    pub(crate) fn stays(&self, person: &Person) -> &[Stay] {
        let first = person.first_stay as usize;
        self.stays
            .get(first..first + usize::from(person.stays))
            .unwrap_or_default()
    }

    /// The postcode of a person on a day.
    pub(crate) fn postcode_on(&self, person: &Person, on: Date) -> u32 {
        if let Some((from, postcode)) = person.care_home
            && from <= on
        {
            return postcode;
        }
        let stays = self.stays(person);
        stays
            .iter()
            .rfind(|s| s.from <= on)
            .or_else(|| stays.first())
            .map_or(0, |s| s.postcode)
    }

    /// The postcode before the last move, if there was one.
    pub(crate) fn former_postcode(&self, person: &Person) -> Option<u32> {
        let stays = self.stays(person);
        let before = if person.care_home.is_some() { 1 } else { 2 };
        let at = stays.len().checked_sub(before)?;
        stays.get(at).map(|s| s.postcode)
    }

    /// The text of a given name.
    #[expect(
        clippy::unused_self,
        reason = "reads like `family_name`, whose list the town owns"
    )]
    pub(crate) fn given_name<'a>(&self, facts: &'a Facts, name: u32) -> &'a str {
        facts
            .names
            .given
            .get(name as usize)
            .map_or("", String::as_str)
    }

    /// The text of a family name.
    pub(crate) fn family_name(&self, name: u32) -> &str {
        self.family_names
            .get(name as usize)
            .map_or("", String::as_str)
    }

    /// The members of a household, by number.
    pub(crate) fn members(&self, household: u32) -> std::ops::Range<u32> {
        self.households
            .get(household as usize)
            .map_or(0..0, |(first, count)| *first..first + count)
    }

    /// The times a person lived in a council's area within the history: from, to, and whether they moved away then.
    pub(crate) fn times_in(&self, facts: &Facts, person: &Person, council: u8) -> Vec<TimeIn> {
        let calendar = &facts.calendar;
        let mut times: Vec<TimeIn> = Vec::new();
        let stays = self.stays(person);
        for (at, stay) in stays.iter().enumerate() {
            if facts.ground.council_of(stay.postcode) != Some(council) {
                continue;
            }
            let next = stays.get(at + 1);
            let to = next.map_or(calendar.as_at, |n| days::plus(n.from, -1));
            if to < calendar.begins {
                continue;
            }
            let moved_in = stay.from > calendar.begins && at > 0;
            match times.last_mut() {
                Some(last) if days::plus(last.to, 1) == stay.from => {
                    last.to = to;
                    last.moved_away = next.is_some();
                }
                _ => times.push(TimeIn {
                    from: stay.from.max(calendar.begins),
                    to,
                    moved_in,
                    moved_away: next.is_some(),
                }),
            }
        }
        times
    }
}

/// A time that a person lived in a council's area.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TimeIn {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) moved_in: bool,
    pub(crate) moved_away: bool,
}

/// A home in a council's area for a household whose head is of this age.
fn home(ground: &Ground, council: u8, age: u32, draw: &mut Draw) -> Option<u32> {
    let by_band = ground.by_band.get(usize::from(council))?;
    let area = *by_band.get(ground::band(age))?.draw(draw)?;
    let area = ground.areas.get(usize::from(area))?;
    draw.pick(&area.postcodes).copied()
}

/// The stream of a council's town.
fn stream(seed: u64, council: u8) -> Draw {
    Draw::of(seed, Topic::Households, u64::from(council))
}
