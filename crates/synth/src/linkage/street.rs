//! People of one postcode, household after household.

use super::{book::NONE, facts::World, ground::Kind, households::Builder};
use crate::{
    draw::{Draw, Topic},
    people::Sex,
};
use std::ops::Range;

/// A family name of one part or two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) first: u32,
    pub(super) second: u32,
}

impl Family {
    pub(super) const fn single(name: u32) -> Self {
        Self {
            first: name,
            second: NONE,
        }
    }

    /// Both names, with a hyphen; the first alone where they are one.
    pub(super) fn both(one: Self, other: Self) -> Self {
        Self {
            first: one.first,
            second: if one.first == other.first {
                NONE
            } else {
                other.first
            },
        }
    }
}

/// No postcode.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Someone who does not exist.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// Given once it is known whether the person is needed.
    pub(super) number: u64,
    /// Earlier numbers that this one replaced, the last first; 0 for none.
    pub(super) superseded: [u64; 2],
    pub(super) sex: Sex,
    pub(super) group: u8,
    pub(super) age: u8,
    pub(super) born: (u16, u8, u8),
    pub(super) given: [u32; 3],
    pub(super) family: Family,
    /// A former family name, and whether the index knows it.
    pub(super) former: Option<(Family, bool)>,
    /// The family name of the household, where custom gives the woman another.
    pub(super) households: Option<Family>,
    pub(super) postcode: u32,
    pub(super) practice: u32,
    /// Former postcodes that the index knows.
    pub(super) past: [u32; 3],
    pub(super) twin: bool,
    pub(super) care_home: bool,
    pub(super) first_of_january: bool,
}

/// The people of one postcode. Kept and filled again, so that nothing is allocated per person.
#[derive(Default)]
pub(super) struct Street {
    pub(super) people: Vec<Person>,
    pub(super) households: Vec<Range<usize>>,
    /// Decile of deprivation.
    pub(super) decile: u8,
    pub(super) postcode: u32,
}

impl Street {
    /// Puts the people of another postcode in the place of these.
    pub(super) fn fill(&mut self, world: &World<'_>, postcode: u32) {
        self.people.clear();
        self.households.clear();
        self.postcode = postcode;
        let sector = world.ground.sector(world.facts, postcode);
        self.decile = sector.decile;
        let mut builder = Builder {
            facts: world.facts,
            ground: &world.ground,
            draw: Draw::of(world.wishes.seed, Topic::Streets, u64::from(postcode)),
            sector,
            postcode,
            people: &mut self.people,
            past: [NOWHERE; 3],
            practice: 0,
        };
        let kind = world.ground.kind(postcode);
        let ground = &world.facts.ground;
        let bounds = match kind {
            Kind::Street => ground.households,
            Kind::CareHome => ground.care_home_people,
            Kind::StudentHall => ground.student_hall_people,
        };
        for _ in 0..builder.draw.within(bounds) {
            let first = builder.people.len();
            match kind {
                Kind::Street => builder.household(),
                Kind::CareHome => builder.resident(),
                Kind::StudentHall => builder.student(),
            }
            self.households.push(first..builder.people.len());
        }
    }
}
