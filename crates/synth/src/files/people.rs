//! Files about people: deaths, opt-outs, and the truth about who is who. The index is in `index.rs`.

use super::{
    Desk, Pair, fill,
    index::{in_order, nhs_number},
};
use crate::{
    SynthError, days,
    draw::{Draw, Shares, Topic},
    facts::{
        Stage,
        shapes::{FileShape, Holds},
    },
    people::{NO_NAME, Person, Sex, write_nhs_number},
};

/// The code of a person's practice.
pub(super) fn practice<'a>(desk: &'a Desk<'_>, person: &Person) -> &'a str {
    desk.facts
        .ground
        .practices
        .get(usize::from(person.practice))
        .map_or("", |p| p.code.as_str())
}

/// Deaths of people who lived in the place, in the order of days.
pub(super) fn deaths(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let (facts, town) = (desk.facts, desk.town);
    let causes = |stage: Stage, sex: Sex| {
        let weight = |cause: &crate::facts::rates::Cause| match stage {
            Stage::Child => cause.child,
            Stage::WorkingAge => cause.working_age,
            Stage::Older => cause.older,
        };
        Shares::new(
            facts
                .rates
                .deaths
                .causes
                .iter()
                .filter(|c| c.sex.is_none_or(|s| s == sex))
                .map(|c| (c.code.as_str(), weight(c))),
        )
    };
    let shares: Vec<_> = Stage::ALL
        .into_iter()
        .flat_map(|stage| [causes(stage, Sex::Male), causes(stage, Sex::Female)])
        .collect();
    let mut dead: Vec<_> = (0u32..)
        .zip(&town.people)
        .filter_map(|(at, person)| person.died.map(|died| (died, at, person)))
        .collect();
    dead.sort_by_key(|(died, at, _)| (*died, *at));
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for (died, at, person) in dead {
        let mut draw = Draw::of(desk.seed, Topic::Deaths, u64::from(at));
        let postcode = town.postcode_on(person, died);
        if facts.ground.area_of(postcode).is_none() {
            continue;
        }
        let stage = Stage::of(days::age(person.born, died)) as usize;
        let cause = shares
            .get(stage * 2 + usize::from(person.sex == Sex::Female))
            .and_then(|s| s.draw(&mut draw))
            .copied()
            .unwrap_or_default();
        let known = !draw.chance(facts.rates.deaths_file.missing_nhs_number);
        fill(shape, &mut cells, |holds, text| {
            match holds {
                Holds::NhsNumber if !known => {}
                Holds::NhsNumber => write_nhs_number(person.nhs_number, text),
                Holds::Born => shape.dates.write(person.born, text),
                Holds::Sex => text.push_str(person.sex.code()),
                Holds::Postcode => text.push_str(facts.ground.postcode(postcode)),
                Holds::Died => shape.dates.write(died, text),
                Holds::Cause => text.push_str(cause),
                _ => return false,
            }
            true
        })?;
        pair.row(&cells, "", at)?;
    }
    pair.finish()
}

/// Opt-outs of people who live.
pub(super) fn opt_outs(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let facts = desk.facts;
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for at in in_order(desk) {
        let Some(person) = desk.town.person(at).filter(|p| p.died.is_none()) else {
            continue;
        };
        let mut draw = Draw::of(desk.seed, Topic::OptOuts, u64::from(at));
        let earliest = facts.rates.opt_outs.earliest.max(person.born);
        let width = days::between(earliest, facts.calendar.as_at).max(0);
        for kind in &facts.rates.opt_outs.kinds {
            let from = days::plus(earliest, draw.between(0, width));
            if !draw.chance(kind.rate) {
                continue;
            }
            fill(shape, &mut cells, |holds, text| {
                match holds {
                    Holds::NhsNumber => write_nhs_number(person.nhs_number, text),
                    Holds::OptOut => text.push_str(&kind.kind),
                    Holds::Start => shape.dates.write(from, text),
                    _ => return false,
                }
                true
            })?;
            pair.row(&cells, &nhs_number(person), at)?;
        }
    }
    pair.finish()
}

/// The truth: everyone, by number.
pub(super) fn who_is_who(desk: &Desk<'_>) -> Result<(), SynthError> {
    let (facts, town) = (desk.facts, desk.town);
    let header = [
        "person",
        "nhs_number",
        "given_name",
        "other_given_name",
        "family_name",
        "family_name_at_birth",
        "sex",
        "date_of_birth",
        "date_of_death",
        "ethnic_group",
        "household",
        "postcode",
        "former_postcode",
        "council",
    ];
    let mut sheet = desk.shelf.truth("people.csv", &header)?;
    for (at, person) in (0u32..).zip(&town.people) {
        let as_of = person.died.unwrap_or(facts.calendar.as_at);
        let postcode = town.postcode_on(person, as_of);
        let council = facts
            .ground
            .council_of(postcode)
            .and_then(|c| facts.ground.councils.get(usize::from(c)));
        let group = facts.ethnic_groups.get(usize::from(person.group));
        let other = if person.other_given == NO_NAME {
            ""
        } else {
            town.given_name(facts, person.other_given)
        };
        let date = |date: Option<model::Date>| date.map(|d| d.to_string()).unwrap_or_default();
        sheet.row(&[
            at.to_string(),
            nhs_number(person),
            town.given_name(facts, person.given).to_owned(),
            other.to_owned(),
            town.family_name(person.family).to_owned(),
            town.family_name(person.family_at_birth).to_owned(),
            person.sex.code().to_owned(),
            date(Some(person.born)),
            date(person.died),
            group.map(|g| g.group.clone()).unwrap_or_default(),
            person.household.to_string(),
            facts.ground.postcode(postcode).to_owned(),
            town.former_postcode(person)
                .map(|p| facts.ground.postcode(p).to_owned())
                .unwrap_or_default(),
            council.map(|c| c.code.clone()).unwrap_or_default(),
        ])?;
    }
    sheet.finish().map(|_| ())
}
