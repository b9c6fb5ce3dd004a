//! Files of the hospital, and the list of postcodes with their areas.

use super::{Desk, Pair, fill, people::practice};
use crate::{
    SynthError,
    days::{self, digits},
    draw::{Draw, Topic},
    facts::shapes::{FileShape, Holds},
    people::{Person, write_nhs_number},
};
use model::Date;

/// What a hospital row says about its person, slips included.
struct Patient<'a> {
    person: &'a Person,
    number_known: bool,
    born: Date,
    sex: &'static str,
    postcode: &'a str,
    practice: &'a str,
}

impl<'a> Patient<'a> {
    fn new(
        desk: &'a Desk<'_>,
        person: &'a Person,
        on: Date,
        missing: f64,
        draw: &mut Draw,
    ) -> Self {
        let rates = &desk.facts.rates.hospital;
        let number_known = !draw.chance(missing);
        let mut postcode = desk.town.postcode_on(person, on);
        if draw.chance(rates.stale_postcode) {
            postcode = desk.town.former_postcode(person).unwrap_or(postcode);
        }
        let slip = if draw.chance(0.5) { 1 } else { -1 };
        let born = if draw.chance(rates.wrong_birth_date) && days::plus(person.born, slip) <= on {
            days::plus(person.born, slip)
        } else {
            person.born
        };
        let sex = if draw.chance(rates.wrong_sex) {
            person.sex.other()
        } else {
            person.sex
        };
        Self {
            person,
            number_known,
            born,
            sex: sex.code(),
            postcode: desk.facts.ground.postcode(postcode),
            practice: practice(desk, person),
        }
    }

    fn cell(&self, shape: &FileShape, holds: Holds, text: &mut String) -> bool {
        match holds {
            Holds::NhsNumber if !self.number_known => {}
            Holds::NhsNumber => write_nhs_number(self.person.nhs_number, text),
            Holds::Born => shape.dates.write(self.born, text),
            Holds::Sex => text.push_str(self.sex),
            Holds::Postcode => text.push_str(self.postcode),
            Holds::Practice => text.push_str(self.practice),
            _ => return false,
        }
        true
    }
}

fn numbered(prefix: &str, number: u64) -> String {
    let mut key = prefix.to_owned();
    digits(&mut key, u32::try_from(number).unwrap_or(u32::MAX), 8);
    key
}

/// Stays in hospital.
pub(super) fn spells(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let (facts, hospital) = (desk.facts, desk.hospital);
    let missing = facts.rates.hospital.missing_nhs_number.spells;
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for (nth, spell) in (1u64..).zip(&hospital.spells) {
        let Some(person) = desk.town.person(spell.person) else {
            continue;
        };
        let mut draw = Draw::of(desk.seed, Topic::HospitalRows, nth);
        let patient = Patient::new(desk, person, spell.admitted, missing, &mut draw);
        let key = numbered("SP", nth);
        let over = spell.discharged <= facts.calendar.as_at;
        let condition = facts.hospital.conditions.get(usize::from(spell.condition));
        let group = facts.ethnic_groups.get(usize::from(person.group));
        fill(shape, &mut cells, |holds, text| {
            match holds {
                Holds::LocalKey => text.push_str(&key),
                Holds::EthnicCategory => {
                    text.push_str(group.map_or("", |g| g.hospital_code.as_str()));
                }
                Holds::Hospital => text.push_str(&facts.ground.hospital),
                Holds::AdmissionMethod => text.push_str(hospital.code(spell.method)),
                Holds::Start => shape.dates.write(spell.admitted, text),
                // A stay that is not over has neither yet.
                Holds::End | Holds::DischargeDestination if !over => {}
                Holds::End => shape.dates.write(spell.discharged, text),
                Holds::DischargeDestination => text.push_str(hospital.code(spell.destination)),
                Holds::TreatmentFunction => {
                    text.push_str(condition.map_or("", |c| c.treatment.as_str()));
                }
                Holds::Diagnosis => text.push_str(condition.map_or("", |c| c.code.as_str())),
                _ => return patient.cell(shape, holds, text),
            }
            true
        })?;
        pair.row(&cells, &key, spell.person)?;
    }
    pair.finish()
}

/// Attendances at the emergency department.
pub(super) fn attendances(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let (facts, hospital) = (desk.facts, desk.hospital);
    let missing = facts.rates.hospital.missing_nhs_number.attendances;
    let mut pair = Pair::open(desk, shape, &shape.path)?;
    let mut cells = Vec::new();
    for (nth, attendance) in (1u64..).zip(&hospital.attendances) {
        let Some(person) = desk.town.person(attendance.person) else {
            continue;
        };
        let mut draw = Draw::of(desk.seed, Topic::HospitalRows, (1 << 40) + nth);
        let patient = Patient::new(desk, person, attendance.on, missing, &mut draw);
        let key = numbered("EA", nth);
        fill(shape, &mut cells, |holds, text| {
            match holds {
                Holds::LocalKey => text.push_str(&key),
                Holds::Hospital => text.push_str(&facts.ground.hospital),
                Holds::Department => text.push_str(hospital.code(attendance.department)),
                Holds::Start => shape.dates.write(attendance.on, text),
                Holds::ArrivalTime => {
                    digits(text, u32::from(attendance.minute / 60), 2);
                    text.push(':');
                    digits(text, u32::from(attendance.minute % 60), 2);
                }
                Holds::Acuity => text.push_str(hospital.code(attendance.acuity)),
                Holds::DischargeStatus => text.push_str(hospital.code(attendance.status)),
                Holds::ChiefComplaint => text.push_str(hospital.code(attendance.complaint)),
                _ => return patient.cell(shape, holds, text),
            }
            true
        })?;
        pair.row(&cells, &key, attendance.person)?;
    }
    pair.finish()
}

/// Postcodes and where they lie; not about people, so there is no truth to keep.
pub(super) fn postcodes(desk: &Desk<'_>, shape: &FileShape) -> Result<u64, SynthError> {
    let ground = &desk.facts.ground;
    let mut sheet = desk.shelf.sheet(&shape.path, &super::header(shape))?;
    let mut cells = Vec::new();
    for postcode in &ground.postcodes {
        let Some(area) = postcode.area.and_then(|a| ground.areas.get(usize::from(a))) else {
            continue;
        };
        let council = ground.councils.get(usize::from(area.council));
        fill(shape, &mut cells, |holds, text| {
            match holds {
                Holds::Postcode => text.push_str(&postcode.text),
                Holds::Area => text.push_str(&area.code),
                Holds::WiderArea => text.push_str(&area.wider),
                Holds::Ward => text.push_str(&area.ward),
                Holds::Deprivation => text.push_str(&area.decile.to_string()),
                Holds::Council => text.push_str(council.map_or("", |c| c.code.as_str())),
                _ => return false,
            }
            true
        })?;
        sheet.row(&cells)?;
    }
    sheet.finish()
}
