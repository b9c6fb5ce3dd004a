//! Invented streets: postcodes nested in sectors, districts and areas, with their practice, decile and people.

use super::facts::{Facts, GroundFacts};
use crate::{
    days::digits,
    draw::{Draw, Topic},
};

/// The letters of the inward part of a postcode: without C, I, K, M, O and V, which the post does not use.
const UNIT_LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
/// Letters that practice codes begin with.
const PRACTICE_LETTERS: &[u8] = b"ABCDEFGHJKLMNPVWY";

/// What a postcode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Street,
    CareHome,
    StudentHall,
}

/// What the households of a sector have in common.
pub(super) struct Sector {
    /// The group that many of them are of.
    pub(super) group: u8,
    /// Whether families stay here.
    pub(super) kin: bool,
    /// Decile of deprivation, 1 the most deprived.
    pub(super) decile: u8,
}

/// The ground of one run.
pub(super) struct Ground<'a> {
    facts: &'a GroundFacts,
    seed: u64,
    /// About so many postcodes have people.
    postcodes: u32,
}

impl<'a> Ground<'a> {
    pub(super) fn new(facts: &'a Facts, seed: u64, people: u64) -> Self {
        let postcodes = people / facts.people_per_postcode() + 1;
        Self {
            facts: &facts.ground,
            seed,
            postcodes: u32::try_from(postcodes).unwrap_or(u32::MAX),
        }
    }

    fn sector_number(&self, postcode: u32) -> u32 {
        postcode / self.facts.postcodes_per_sector
    }

    pub(super) fn sector(&self, facts: &Facts, postcode: u32) -> Sector {
        let number = u64::from(self.sector_number(postcode));
        // Steps of the golden ratio spread evenly, so even a few sectors have the groups in their shares.
        let mut draw = Draw::of(self.seed, Topic::Sectors, number);
        Sector {
            group: facts.group_at(
                scramble(self.seed).wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            ),
            kin: draw.chance(self.facts.kin_sectors),
            decile: u8::try_from(draw.between(1, 10)).unwrap_or(5),
        }
    }

    /// A family name's number in the sector: households that draw the same one bear the same name.
    pub(super) fn kin_stream(&self, postcode: u32, name: u32) -> Draw {
        let number = u64::from(self.sector_number(postcode)) * 64 + u64::from(name) + (1 << 40);
        Draw::of(self.seed, Topic::Sectors, number)
    }

    pub(super) fn kind(&self, postcode: u32) -> Kind {
        let mark = share_of(scramble(self.seed ^ u64::from(postcode)));
        if mark < self.facts.care_homes {
            Kind::CareHome
        } else if mark < self.facts.care_homes + self.facts.student_halls {
            Kind::StudentHall
        } else {
            Kind::Street
        }
    }

    /// A postcode that someone may have lived at before: often near.
    pub(super) fn another(&self, from: u32, draw: &mut Draw) -> u32 {
        let reach = self.facts.postcodes_per_sector * self.facts.sectors_per_district;
        for _ in 0..8 {
            let to = if draw.chance(0.6) {
                from.saturating_sub(reach / 2) + draw.below(reach)
            } else {
                draw.below(self.postcodes)
            };
            if to != from && self.kind(to) == Kind::Street {
                return to;
            }
        }
        from + 1
    }

    /// The postcode of a care home, not far where there is one.
    pub(super) fn care_home(&self, from: u32, draw: &mut Draw) -> Option<u32> {
        let start = from.saturating_sub(draw.below(400));
        (start..start + 4_000).find(|p| self.kind(*p) == Kind::CareHome)
    }

    /// The practice of a household.
    pub(super) fn practice(&self, postcode: u32, draw: &mut Draw) -> u32 {
        let own = postcode / self.facts.postcodes_per_practice;
        let rank = draw.rank();
        if rank < self.facts.practice_own {
            own
        } else if rank < self.facts.practice_own + self.facts.practice_beside {
            own ^ 1
        } else {
            let all = self.postcodes / self.facts.postcodes_per_practice + 2;
            (own.saturating_sub(5) + draw.below(11)).min(all)
        }
    }

    /// Writes a postcode with the blank between its halves.
    pub(super) fn write_postcode(&self, postcode: u32, text: &mut String) {
        let facts = self.facts;
        let unit = u64::from(postcode % facts.postcodes_per_sector);
        let sector = postcode / facts.postcodes_per_sector;
        let district = sector / facts.sectors_per_district;
        let areas = u32::try_from(facts.postcode_areas.len())
            .unwrap_or(1)
            .max(1);
        let area = district / facts.districts_per_area;
        let letters = facts.postcode_areas.get((area % areas) as usize);
        text.push_str(letters.map_or("ZZ", String::as_str));
        let number =
            district % facts.districts_per_area + facts.districts_per_area * (area / areas);
        let number = number + 1;
        digits(text, number, if number < 10 { 1 } else { 2 });
        text.push(' ');
        let skip = u32::try_from(scramble(u64::from(district)) % 3).unwrap_or(0);
        digits(
            text,
            (sector % facts.sectors_per_district * 2 + skip) % 10,
            1,
        );
        let pairs = (UNIT_LETTERS.len() * UNIT_LETTERS.len()) as u64;
        // 37 has no factor in common with the number of pairs, so units of a sector differ.
        let pair = (unit * 37 + scramble(u64::from(sector)) % pairs) % pairs;
        let side = UNIT_LETTERS.len() as u64;
        for at in [pair / side, pair % side] {
            let letter = usize::try_from(at).ok().and_then(|at| UNIT_LETTERS.get(at));
            text.push(char::from(letter.copied().unwrap_or(b'A')));
        }
    }

    /// Writes the code of a practice.
    pub(super) fn write_practice(practice: u32, text: &mut String) {
        let letters = u32::try_from(PRACTICE_LETTERS.len()).unwrap_or(1);
        let block = practice / 900 % letters;
        let letter = PRACTICE_LETTERS.get(block as usize);
        text.push(char::from(letter.copied().unwrap_or(b'A')));
        digits(
            text,
            80_000 + practice % 900 + 1_000 * (practice / (900 * letters)),
            5,
        );
    }
}

/// A number from a number, spread over all of them.
pub(super) fn scramble(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number as a share of all.
fn share_of(number: u64) -> f64 {
    f64::from(u32::try_from(number >> 32).unwrap_or(0)) / 4_294_967_296.0
}
