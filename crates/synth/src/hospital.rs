//! Hospital: stays, and attendances at the emergency department, of everyone who lives in the place.

use crate::{
    Wishes,
    care::Care,
    days,
    draw::{Draw, Shares, Topic},
    facts::{Facts, Stage, hospital::SpellKind, rates},
    files::Pace,
    people::{Person, Sex, Town},
};
use model::Date;

/// The length of the steps in which chance is asked, and their number in a year.
const STEP: i32 = 30;
const STEPS_A_YEAR: f64 = 365.25 / 30.0;

/// A stay in hospital. Codes are places in `Activity::codes`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spell {
    pub(crate) person: u32,
    pub(crate) admitted: Date,
    pub(crate) discharged: Date,
    pub(crate) condition: u16,
    pub(crate) method: u16,
    pub(crate) destination: u16,
}

/// An attendance at an emergency department.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attendance {
    pub(crate) person: u32,
    pub(crate) on: Date,
    pub(crate) minute: u16,
    pub(crate) department: u16,
    pub(crate) acuity: u16,
    pub(crate) status: u16,
    pub(crate) complaint: u16,
}

/// All of it, in the order of days.
pub(crate) struct Activity {
    pub(crate) spells: Vec<Spell>,
    pub(crate) attendances: Vec<Attendance>,
    codes: Vec<String>,
}

impl Activity {
    /// The text of a code.
    pub(crate) fn code(&self, at: u16) -> &str {
        self.codes.get(usize::from(at)).map_or("", String::as_str)
    }
}

/// Shares that need working out once.
struct Mixes {
    codes: Vec<String>,
    /// By kind of spell, stage of life and sex.
    conditions: Vec<Shares<u16>>,
    complaints: Vec<Shares<u16>>,
    by_department: u16,
    emergency_other: Shares<u16>,
    planned: Shares<u16>,
    maternity: Shares<u16>,
    home: u16,
    care_home: u16,
    died: u16,
    other: Shares<u16>,
    departments: Shares<u16>,
    acuity: Shares<u16>,
    acuity_admitted: Shares<u16>,
    admitted: u16,
    status: Shares<u16>,
    hours: Shares<u16>,
    emergency_nights: [Shares<(u32, u32)>; 2],
    planned_nights: [Shares<(u32, u32)>; 2],
}

const KINDS: [SpellKind; 3] = [
    SpellKind::Emergency,
    SpellKind::Planned,
    SpellKind::Maternity,
];

impl Mixes {
    fn new(facts: &Facts) -> Self {
        let hospital = &facts.hospital;
        let department = &hospital.emergency_department;
        let mut codes: Vec<String> = Vec::new();
        let mut keep = |text: &str| {
            let found = codes.iter().position(|c| c == text);
            let at = found.unwrap_or_else(|| {
                codes.push(text.to_owned());
                codes.len() - 1
            });
            u16::try_from(at).unwrap_or(0)
        };
        let mut shares =
            |texts: &crate::facts::Texts| Shares::new(texts.iter().map(|(t, s)| (keep(t), *s)));
        let emergency_other = shares(&hospital.admission_emergency_other);
        let planned = shares(&hospital.admission_planned);
        let maternity = shares(&hospital.admission_maternity);
        let other = shares(&hospital.destination_other);
        let departments = shares(&department.types);
        let acuity = shares(&department.acuity);
        let acuity_admitted = shares(&department.acuity_admitted);
        let status = shares(&department.status);
        let complaints = Stage::ALL
            .into_iter()
            .map(|stage| {
                Shares::new(
                    department
                        .complaints
                        .iter()
                        .map(|c| (keep(&c.value), c.weight(stage))),
                )
            })
            .collect();
        let mut conditions = Vec::new();
        for kind in KINDS {
            for stage in Stage::ALL {
                for sex in [Sex::Male, Sex::Female] {
                    conditions.push(Shares::new(
                        (0u16..)
                            .zip(&hospital.conditions)
                            .filter(|(_, c)| c.sex.is_none_or(|s| s == sex))
                            .map(|(at, c)| (at, c.weight(kind, stage))),
                    ));
                }
            }
        }
        Self {
            conditions,
            complaints,
            by_department: keep(&hospital.admission_emergency_department),
            emergency_other,
            planned,
            maternity,
            home: keep(&hospital.destination_home),
            care_home: keep(&hospital.destination_care_home),
            died: keep(&hospital.destination_died),
            other,
            departments,
            acuity,
            acuity_admitted,
            admitted: keep(&department.status_admitted),
            status,
            hours: Shares::new((0u16..).zip(department.hours.iter().copied())),
            emergency_nights: nights(&facts.rates.hospital.emergency_nights),
            planned_nights: nights(&facts.rates.hospital.planned_nights),
            codes,
        }
    }

    fn condition(&self, kind: SpellKind, age: u32, sex: Sex, draw: &mut Draw) -> u16 {
        let kind = KINDS.iter().position(|k| *k == kind).unwrap_or(0);
        let stage = Stage::of(age) as usize;
        let sex = usize::from(sex == Sex::Female);
        self.conditions
            .get((kind * Stage::ALL.len() + stage) * 2 + sex)
            .and_then(|c| c.draw(draw))
            .copied()
            .unwrap_or(0)
    }
}

/// Steps of nights as ranges, for younger and for older people.
fn nights(rates: &rates::Nights) -> [Shares<(u32, u32)>; 2] {
    [&rates.younger, &rates.older].map(|steps| {
        let uppers = steps
            .iter()
            .skip(1)
            .map(|(from, _)| from.saturating_sub(1))
            // The longest stays run to half as long again.
            .chain(steps.last().map(|(from, _)| from + from / 2));
        Shares::new(
            steps
                .iter()
                .zip(uppers)
                .map(|((from, share), upper)| ((*from, upper.max(*from)), *share)),
        )
    })
}

/// Invents it.
pub(crate) fn activity(
    facts: &Facts,
    wishes: &Wishes,
    town: &Town,
    care: &Care,
    pace: &mut Pace<'_>,
) -> Activity {
    let mixes = Mixes::new(facts);
    let mut spells = Vec::new();
    let mut attendances = Vec::new();
    let mut forced = care.discharges.as_slice();
    for (at, person) in (0u32..).zip(&town.people) {
        if at % 8_192 == 0 {
            pace.step(8_192, "hospital activity");
        }
        let mine = forced.partition_point(|(p, _)| *p <= at);
        let (discharges, rest) = forced.split_at(mine);
        forced = rest;
        let mut life = Life {
            facts,
            mixes: &mixes,
            town,
            at,
            person,
            draw: Draw::of(wishes.seed, Topic::Hospital, u64::from(at)),
            spells: Vec::new(),
            attendances: &mut attendances,
        };
        life.live(discharges);
        spells.append(&mut life.spells);
    }
    spells.sort_by_key(|s| (s.admitted, s.person, s.discharged));
    attendances.sort_by_key(|a| (a.on, a.minute, a.person));
    Activity {
        spells,
        attendances,
        codes: mixes.codes,
    }
}

struct Life<'a> {
    facts: &'a Facts,
    mixes: &'a Mixes,
    town: &'a Town,
    at: u32,
    person: &'a Person,
    draw: Draw,
    spells: Vec<Spell>,
    attendances: &'a mut Vec<Attendance>,
}

impl Life<'_> {
    fn live(&mut self, discharges: &[(u32, Date)]) {
        let calendar = &self.facts.calendar;
        let rates = &self.facts.rates.hospital;
        let first = calendar.begins.max(self.person.born);
        let last = self.person.died.unwrap_or(calendar.as_at);
        if self.draw.chance(self.facts.rates.deaths.in_hospital)
            && let Some(died) = self.person.died
        {
            self.stay(SpellKind::Emergency, None, died, true);
        }
        for (_, day) in discharges {
            self.stay(SpellKind::Emergency, None, *day, false);
        }
        let need = self.facts.rates.need.times(self.person.need());
        let mut day = first;
        while day < last {
            let age = days::age(self.person.born, day);
            let into = self.draw.between(0, STEP - 1);
            let on = days::plus(day, into);
            day = days::plus(day, STEP);
            if on >= last {
                break;
            }
            let postcode = self.town.postcode_on(self.person, on);
            let Some(area) = self.facts.ground.area_of(postcode) else {
                continue;
            };
            let times = need * self.facts.rates.need.deprivation(area.decile);
            let emergency = rates::rate(&rates.emergency, age) * times;
            if self.draw.chance(emergency / STEPS_A_YEAR) {
                self.stay(SpellKind::Emergency, Some(on), last, false);
                continue;
            }
            let planned = rates::rate(&rates.planned, age) * (0.5 + need / 2.0);
            if self.draw.chance(planned / STEPS_A_YEAR) {
                self.stay(SpellKind::Planned, Some(on), last, false);
                continue;
            }
            let births = rates::rate(&rates.maternity, age);
            if self.person.sex == Sex::Female && self.draw.chance(births / STEPS_A_YEAR) {
                self.stay(SpellKind::Maternity, Some(on), last, false);
                continue;
            }
            let attends = rates::rate(&rates.attendances, age) * times;
            if self.draw.chance(attends / STEPS_A_YEAR) && self.free(on, on) {
                self.attend(on, false);
            }
        }
    }

    /// Whether no stay touches these days.
    fn free(&self, from: Date, to: Date) -> bool {
        self.spells
            .iter()
            .all(|s| s.discharged < from || s.admitted > to)
    }

    /// A stay from a day, or one that ends on `last` where no day is given.
    fn stay(&mut self, kind: SpellKind, from: Option<Date>, last: Date, dies: bool) {
        let age = days::age(self.person.born, from.unwrap_or(last));
        let older = usize::from(age >= 65);
        let nights = match kind {
            SpellKind::Emergency => self.mixes.emergency_nights.get(older),
            SpellKind::Planned | SpellKind::Maternity => self.mixes.planned_nights.get(older),
        };
        let (low, high) = nights
            .and_then(|n| n.draw(&mut self.draw))
            .copied()
            .unwrap_or((0, 0));
        let low = if kind == SpellKind::Maternity || from.is_none() {
            low.max(1)
        } else {
            low
        };
        let signed = |n: u32| i32::try_from(n).unwrap_or(0);
        let nights = self.draw.between(signed(low), signed(high.max(low)));
        let begins = self.facts.calendar.begins;
        let (admitted, discharged) = match from {
            Some(from) => (from, days::plus(from, nights)),
            None => (
                days::plus(last, -nights).max(begins).max(self.person.born),
                last,
            ),
        };
        let alive_until = self.person.died;
        if !self.free(admitted, discharged)
            || (!dies && alive_until.is_some_and(|died| discharged >= died))
        {
            return;
        }
        let through = kind == SpellKind::Emergency
            && self
                .draw
                .chance(self.facts.rates.hospital.through_department);
        let mixes = self.mixes;
        let method = match kind {
            SpellKind::Emergency if through => Some(mixes.by_department),
            SpellKind::Emergency => mixes.emergency_other.draw(&mut self.draw).copied(),
            SpellKind::Planned => mixes.planned.draw(&mut self.draw).copied(),
            SpellKind::Maternity => mixes.maternity.draw(&mut self.draw).copied(),
        };
        let in_care = self
            .person
            .care_home
            .is_some_and(|(from, _)| from <= discharged);
        let destination = if dies {
            mixes.died
        } else if in_care {
            mixes.care_home
        } else if kind == SpellKind::Planned {
            mixes.home
        } else {
            mixes
                .other
                .draw(&mut self.draw)
                .copied()
                .unwrap_or(mixes.home)
        };
        let condition = mixes.condition(kind, age, self.person.sex, &mut self.draw);
        self.spells.push(Spell {
            person: self.at,
            admitted,
            discharged,
            condition,
            method: method.unwrap_or(mixes.by_department),
            destination,
        });
        if through {
            self.attend(admitted, true);
        }
    }

    fn attend(&mut self, on: Date, admitted: bool) {
        let mixes = self.mixes;
        let draw = &mut self.draw;
        let age = days::age(self.person.born, on);
        let hour = mixes.hours.draw(draw).copied().unwrap_or(12);
        let minute = u16::try_from(draw.below(60)).unwrap_or(0);
        let stage = Stage::of(age) as usize;
        let acuity = if admitted {
            &mixes.acuity_admitted
        } else {
            &mixes.acuity
        };
        let department = mixes.departments.draw(draw).copied().unwrap_or(0);
        let acuity = acuity.draw(draw).copied().unwrap_or(0);
        let status = mixes.status.draw(draw).copied().unwrap_or(0);
        let complaint = mixes
            .complaints
            .get(stage)
            .and_then(|c| c.draw(draw))
            .copied()
            .unwrap_or(0);
        self.attendances.push(Attendance {
            person: self.at,
            on,
            minute: hour * 60 + minute,
            department,
            acuity,
            status: if admitted { mixes.admitted } else { status },
            complaint,
        });
    }
}
