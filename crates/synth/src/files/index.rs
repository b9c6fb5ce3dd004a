//! Files of the demographic index: everybody as it has heard of them, what they were before, and numbers that gave way
//! to others.

use super::{Desk, Pair, fill, people::practice};
use crate::{
    SynthError,
    draw::{Draw, Topic},
    facts::shapes::{FileShape, Holds},
    people::{NO_NAME, Person, Stay, write_nhs_number},
};
use model::Date;

/// People in the order of their NHS numbers, which says nothing about who lives with whom.
pub(super) fn in_order(desk: &Desk<'_>) -> Vec<u32> {
    let people = &desk.town.people;
    let mut order: Vec<u32> = (0..u32::try_from(people.len()).unwrap_or(u32::MAX)).collect();
    order.sort_by_key(|at| people.get(*at as usize).map(|p| p.nhs_number));
    order
}

pub(super) fn nhs_number(person: &Person) -> String {
    let mut text = String::new();
    write_nhs_number(person.nhs_number, &mut text);
    text
}

/// A person as the index has heard of them.
struct Heard {
    /// The places in which it has known them to live, earliest first; the last is the present one.
    places: Vec<Stay>,
    family: u32,
    died: Option<Date>,
    sex: &'static str,
}

fn heard(desk: &Desk<'_>, person: &Person, at: u32) -> Heard {
    let (facts, town) = (desk.facts, desk.town);
    let rates = &facts.rates.index;
    let mut draw = Draw::of(desk.seed, Topic::Index, u64::from(at));
    let as_of = person.died.unwrap_or(facts.calendar.as_at);
    let stays = town.stays(person);
    let mut places: Vec<Stay> = stays.iter().filter(|s| s.from <= as_of).copied().collect();
    if places.is_empty() {
        places.extend(stays.first());
    }
    if let Some((from, postcode)) = person.care_home.filter(|(from, _)| *from <= as_of) {
        places.retain(|stay| stay.from <= from);
        places.push(Stay { from, postcode });
    }
    if draw.chance(rates.stale_postcode)
        && let Some(former) = town.former_postcode(person)
    {
        // It has not heard of the last move.
        let known = places.iter().rposition(|stay| stay.postcode == former);
        places.truncate(known.map_or(places.len(), |known| known + 1));
        if known.is_none() {
            places = vec![Stay {
                from: Date::MIN,
                postcode: former,
            }];
        }
    }
    let former = draw.chance(rates.former_name);
    let death_missing = draw.chance(rates.death_missing);
    let sex = if draw.chance(rates.sex_not_known) {
        "0"
    } else {
        person.sex.code()
    };
    Heard {
        places,
        family: if former {
            person.family_at_birth
        } else {
            person.family
        },
        died: person.died.filter(|_| !death_missing),
        sex,
    }
}

/// The index: everyone, with what it has not heard of yet.
pub(super) fn people(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let (facts, town) = (desk.facts, desk.town);
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for at in in_order(desk) {
        let Some(person) = town.person(at) else {
            continue;
        };
        let heard = heard(desk, person, at);
        let place = heard.places.last();
        let mut draw = Draw::of(desk.seed, Topic::Confidentiality, u64::from(at));
        let sensitive = draw.chance(facts.rates.index.sensitive);
        fill(shape, &mut cells, |holds, text| {
            match holds {
                Holds::NhsNumber => write_nhs_number(person.nhs_number, text),
                Holds::GivenName => text.push_str(town.given_name(facts, person.given)),
                Holds::OtherGivenName if person.other_given == NO_NAME => {}
                Holds::OtherGivenName => {
                    text.push_str(town.given_name(facts, person.other_given));
                }
                Holds::FamilyName => text.push_str(town.family_name(heard.family)),
                Holds::Sex => text.push_str(heard.sex),
                Holds::Born => shape.dates.write(person.born, text),
                Holds::Died => {
                    if let Some(died) = heard.died {
                        shape.dates.write(died, text);
                    }
                }
                Holds::Postcode => {
                    text.push_str(place.map_or("", |p| facts.ground.postcode(p.postcode)));
                }
                Holds::Practice => text.push_str(practice(desk, person)),
                Holds::Confidentiality => text.push(if sensitive { 'S' } else { 'N' }),
                Holds::Start => {
                    if let Some(from) = place.map(|p| p.from).filter(|from| *from != Date::MIN) {
                        shape.dates.write(from, text);
                    }
                }
                _ => return false,
            }
            true
        })?;
        pair.row(&cells, &nhs_number(person), at)?;
    }
    pair.finish()
}

/// What the index knows of the past: former postcodes with their days, and names at birth.
pub(super) fn history(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let (facts, town) = (desk.facts, desk.town);
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for at in in_order(desk) {
        let Some(person) = town.person(at) else {
            continue;
        };
        let heard = heard(desk, person, at);
        let mut told: Vec<(&str, &str, Option<Date>, Option<Date>)> = Vec::new();
        let name = town.family_name(person.family_at_birth);
        if name != town.family_name(heard.family) {
            // The day of the change is not known, and so neither is when the name held.
            told.push(("family_name", name, None, None));
        }
        for pair in heard.places.windows(2) {
            if let [before, after] = pair
                && before.postcode != after.postcode
            {
                let from = Some(before.from).filter(|from| *from != Date::MIN);
                let postcode = facts.ground.postcode(before.postcode);
                told.push(("postcode", postcode, from, Some(after.from)));
            }
        }
        for (field, value, from, to) in told {
            fill(shape, &mut cells, |holds, text| {
                let day = match holds {
                    Holds::Start => from,
                    Holds::End => to,
                    _ => None,
                };
                match holds {
                    Holds::NhsNumber => write_nhs_number(person.nhs_number, text),
                    Holds::Field => text.push_str(field),
                    Holds::Value => text.push_str(value),
                    Holds::Start | Holds::End => {
                        if let Some(day) = day {
                            shape.dates.write(day, text);
                        }
                    }
                    _ => return false,
                }
                true
            })?;
            pair.row(&cells, &nhs_number(person), at)?;
        }
    }
    pair.finish()
}

/// Numbers that some people once had; a few of them had two.
pub(super) fn superseded(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let rate = desk.facts.rates.index.renumbered;
    let mut spare = desk.town.spare_numbers(desk.seed);
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for at in in_order(desk) {
        let Some(person) = desk.town.person(at) else {
            continue;
        };
        let mut draw = Draw::of(desk.seed, Topic::Renumbered, u64::from(at));
        if !draw.chance(rate) {
            continue;
        }
        let mut holds_now = person.nhs_number;
        for _ in 0..=u8::from(draw.chance(0.1)) {
            let Some(old) = spare.next() else {
                break;
            };
            fill(shape, &mut cells, |holds, text| {
                match holds {
                    Holds::NhsNumber => write_nhs_number(old, text),
                    Holds::ReplacedBy => write_nhs_number(holds_now, text),
                    _ => return false,
                }
                true
            })?;
            pair.row(&cells, &nhs_number(person), at)?;
            holds_now = old;
        }
    }
    pair.finish()
}
