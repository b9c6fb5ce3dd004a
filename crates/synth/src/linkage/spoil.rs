//! Cases: what is different about a record, drawn at the rates of content.

use super::{
    facts::{FILE, World},
    letters,
    numbers::Numbers,
    record::{self, Record},
    street::{NOWHERE, Person},
};
use crate::{SynthError, draw::Draw, people::Sex};
use chrono::Datelike;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What happens to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    FormerKnown,
    FormerUnknown,
    HouseholdName,
    Half,
    Joined,
    Spelling,
    Sound,
    Typo,
    Scan,
    Accent,
    Missing,
    Unnamed,
    SecondAsFirst,
    Short,
    InOne,
    Initial,
    Title,
    Exchanged,
    DayAndMonth,
    Digit,
    YearBeside,
    Decade,
    Century,
    FirstOfJanuary,
    Filler,
    Impossible,
    Elsewhere,
    CareHome,
    Pseudo,
    LookAlike,
    Outward,
    Wrong,
    OfHouseholdMember,
    OfStranger,
    Superseded,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Field {
    NhsNumber,
    GivenName,
    OtherGivenName,
    FamilyName,
    Sex,
    Dob,
    Postcode,
    GpPractice,
}

/// A case as content writes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaseRow {
    code: String,
    kind: Kind,
    field: Field,
    rate: f64,
    #[serde(default)]
    index: bool,
    #[serde(default)]
    by_group: BTreeMap<String, f64>,
}

/// A case, with its rate by group.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) code: String,
    kind: Kind,
    field: Field,
    index: bool,
    rates: Vec<f64>,
}

impl Case {
    pub(super) fn new(row: CaseRow, groups: &[&str]) -> Result<Self, SynthError> {
        let mistake = |message: String| Err(SynthError::facts(FILE, message));
        if !fits(row.kind, row.field) {
            return mistake(format!(
                "case `{}`: its kind does not fit its field",
                row.code
            ));
        }
        if let Some(unknown) = row.by_group.keys().find(|g| !groups.contains(&g.as_str())) {
            return mistake(format!(
                "case `{}`: group `{unknown}` is not known",
                row.code
            ));
        }
        let times = |group: &&str| row.by_group.get(*group).copied().unwrap_or(1.0);
        Ok(Self {
            rates: groups.iter().map(|g| row.rate * times(g)).collect(),
            code: row.code,
            kind: row.kind,
            field: row.field,
            index: row.index,
        })
    }

    fn rate(&self, group: u8) -> f64 {
        self.rates.get(usize::from(group)).copied().unwrap_or(0.0)
    }
}

fn fits(kind: Kind, field: Field) -> bool {
    use Field as F;
    use Kind as K;
    let name = matches!(field, F::FamilyName | F::GivenName);
    match kind {
        K::Missing => field != F::NhsNumber,
        K::Half | K::Joined | K::Spelling | K::Sound | K::Scan | K::Accent => name,
        K::Typo => name || field == F::Postcode,
        K::FormerKnown => matches!(field, F::FamilyName | F::Postcode),
        K::FormerUnknown | K::HouseholdName => field == F::FamilyName,
        K::Initial => matches!(field, F::GivenName | F::OtherGivenName),
        K::Unnamed | K::SecondAsFirst | K::Short | K::InOne | K::Title | K::Exchanged => {
            field == F::GivenName
        }
        K::Digit | K::Filler => matches!(field, F::Dob | F::NhsNumber),
        K::DayAndMonth
        | K::YearBeside
        | K::Decade
        | K::Century
        | K::FirstOfJanuary
        | K::Impossible => field == F::Dob,
        K::Elsewhere | K::CareHome | K::Pseudo | K::LookAlike | K::Outward => field == F::Postcode,
        K::Wrong => matches!(field, F::Sex | F::GpPractice),
        K::OfHouseholdMember | K::OfStranger | K::Superseded => field == F::NhsNumber,
    }
}

/// What a household's records have in common: whether its address changed, and where to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    /// A rank, 0 to 1: the lowest moved.
    pub(super) rank: f64,
    pub(super) elsewhere: u32,
}

impl Move {
    pub(super) fn draw(world: &World<'_>, postcode: u32, draw: &mut Draw) -> Self {
        Self {
            rank: draw.rank(),
            elsewhere: world.ground.another(postcode, draw),
        }
    }
}

/// Whom a record is about.
pub(super) struct Subject<'a> {
    pub(super) person: &'a Person,
    pub(super) household: &'a [Person],
    pub(super) decile: u8,
    pub(super) moved: Move,
    /// The run's numbers, for those of strangers.
    pub(super) numbers: &'a Numbers,
}

/// Spoils a client's record; returns the cases.
pub(super) fn client<'w>(
    world: &World<'w>,
    subject: &Subject<'_>,
    record: &mut Record,
    draw: &mut Draw,
) -> Vec<&'w str> {
    let facts = &world.facts.records;
    let careless = draw.chance(facts.careless);
    let times = if careless {
        facts.careless_times
    } else {
        facts.careful_times
    };
    let ground = &world.facts.ground;
    let slope = (ground.least_deprived_times - ground.most_deprived_times) / 9.0;
    let deprived = ground.most_deprived_times + slope * f64::from(subject.decile.saturating_sub(1));
    spoil(world, subject, record, times * deprived, false, draw)
}

/// Spoils a row of the index, which few are.
pub(super) fn index_row<'w>(
    world: &World<'w>,
    subject: &Subject<'_>,
    record: &mut Record,
    draw: &mut Draw,
) -> Vec<&'w str> {
    spoil(
        world,
        subject,
        record,
        world.facts.records.index_times,
        true,
        draw,
    )
}

fn spoil<'w>(
    world: &World<'w>,
    subject: &Subject<'_>,
    record: &mut Record,
    times: f64,
    index: bool,
    draw: &mut Draw,
) -> Vec<&'w str> {
    let facts = world.facts;
    let mut moved = subject.moved;
    let together = draw.chance(facts.records.moved_together);
    if !together {
        moved = Move::draw(world, subject.person.postcode, draw);
    }
    let mut slip = Slip {
        world,
        subject,
        moved,
        draw,
    };
    let times = times * world.wishes.strength;
    let mut lot = moved.rank;
    let mut cases = Vec::new();
    for case in facts.cases.iter().filter(|c| c.index || !index) {
        let rate = (case.rate(subject.person.group) * times).min(0.95);
        // People of a household share the lot that decides whether they moved.
        let by_lot = case.field == Field::Postcode
            && matches!(case.kind, Kind::FormerKnown | Kind::Elsewhere);
        let hit = if by_lot {
            let fits = case.kind != Kind::FormerKnown || subject.person.past[0] != NOWHERE;
            let hit = fits && lot < rate && lot >= 0.0;
            if fits {
                lot -= rate;
            }
            hit
        } else {
            slip.draw.chance(rate)
        };
        if !hit {
            continue;
        }
        let before = record.clone();
        if slip.apply(case.kind, case.field, record).is_some() && *record != before {
            cases.push(case.code.as_str());
            if by_lot && together && subject.household.len() > 1 {
                cases.push("moved_with_household");
            }
        } else {
            *record = before;
        }
    }
    cases
}

/// One case at work.
struct Slip<'a, 'b> {
    world: &'a World<'a>,
    subject: &'a Subject<'a>,
    moved: Move,
    draw: &'b mut Draw,
}

impl Slip<'_, '_> {
    /// Changes the record; `None` where the case does not fit it.
    fn apply(&mut self, kind: Kind, field: Field, record: &mut Record) -> Option<()> {
        match field {
            Field::FamilyName => {
                record.family = match kind {
                    Kind::FormerKnown | Kind::FormerUnknown => {
                        let (name, known) = self.subject.person.former?;
                        if known != (kind == Kind::FormerKnown) {
                            return None;
                        }
                        record::family(&self.world.facts.book, name)
                    }
                    Kind::HouseholdName => {
                        let name = self.subject.person.households?;
                        record::family(&self.world.facts.book, name)
                    }
                    _ => self.name(kind, &record.family)?,
                };
            }
            Field::GivenName => self.given(kind, record)?,
            Field::OtherGivenName => record.other = self.name(kind, &record.other)?,
            Field::Sex => {
                record.sex = match kind {
                    Kind::Wrong => self.subject.person.sex.other().code(),
                    _ => *self.draw.pick(&["", "0", "9", "0"])?,
                }
                .to_owned();
            }
            Field::Dob if kind == Kind::Missing => record.dob = None,
            Field::Dob => record.dob = Some(self.date(kind, record.dob?)?),
            Field::Postcode => record.postcode = self.postcode(kind, &record.postcode)?,
            Field::GpPractice => {
                record.practice.clear();
                if kind == Kind::Wrong {
                    let own = self.subject.person.practice;
                    let other = own.saturating_sub(3) + self.draw.below(7);
                    super::ground::Ground::write_practice(other, &mut record.practice);
                }
            }
            Field::NhsNumber => record.number = self.number(kind, &record.number)?,
        }
        Some(())
    }

    /// Another text for a name.
    fn name(&mut self, kind: Kind, name: &str) -> Option<String> {
        if name.is_empty() {
            return None;
        }
        let letters = &self.world.facts.letters;
        match kind {
            Kind::Half => letters::half(name, self.draw),
            Kind::Joined => letters::joined(name, self.draw),
            Kind::Spelling => {
                let set = self.world.facts.book.spellings(name);
                match self.draw.pick(set) {
                    Some(other) => Some(other.clone()),
                    None if self.transliterated() => {
                        letters::exchange(name, &letters.spellings, self.draw)
                    }
                    None => None,
                }
            }
            Kind::Sound => letters::exchange(name, &letters.sounds, self.draw),
            Kind::Scan => letters::exchange(name, &letters.scans, self.draw),
            Kind::Typo => letters::typo(name, self.draw),
            Kind::Accent => letters::accent(name, &letters.accents, self.draw),
            Kind::Initial => name.chars().next().map(String::from),
            Kind::Missing => Some(String::new()),
            _ => None,
        }
    }

    fn transliterated(&self) -> bool {
        let group = self.world.facts.group(self.subject.person.group);
        group.is_some_and(|g| g.transliterated)
    }

    fn given(&mut self, kind: Kind, record: &mut Record) -> Option<()> {
        let letters = &self.world.facts.letters;
        match kind {
            Kind::Unnamed => {
                if self.subject.person.age > 0 {
                    return None;
                }
                let unnamed = match self.subject.person.sex {
                    _ if self.subject.person.twin => &letters.unnamed_twins,
                    Sex::Male => &letters.unnamed_boys,
                    Sex::Female => &letters.unnamed_girls,
                };
                record.given.clone_from(self.draw.pick(unnamed)?);
                record.other.clear();
            }
            Kind::SecondAsFirst => {
                let (second, rest) = split(&record.other)?;
                let first = std::mem::take(&mut record.given);
                let keeps = self.draw.chance(0.4);
                record.given = second.to_owned();
                record.other = if keeps {
                    format!("{first} {rest}").trim().to_owned()
                } else {
                    String::new()
                };
            }
            Kind::Short => {
                let short = self.world.facts.book.short(&record.given);
                record.given = self.draw.pick(short)?.clone();
            }
            Kind::InOne => {
                let (second, rest) = split(&record.other)?;
                record.given = format!("{} {second}", record.given);
                record.other = rest.to_owned();
            }
            Kind::Title => {
                let title = self.draw.pick(match self.subject.person.sex {
                    Sex::Male => &letters.titles_men,
                    Sex::Female => &letters.titles_women,
                })?;
                record.given = format!("{title} {}", record.given);
            }
            Kind::Exchanged => std::mem::swap(&mut record.given, &mut record.family),
            _ => record.given = self.name(kind, &record.given)?,
        }
        Some(())
    }

    /// Another date.
    fn date(&mut self, kind: Kind, date: (u16, u8, u8)) -> Option<(u16, u8, u8)> {
        let (year, month, day) = date;
        let other = match kind {
            Kind::DayAndMonth => (year, day, month),
            Kind::Digit => letters::date_slip(date, self.draw)?,
            Kind::YearBeside => (
                if self.draw.chance(0.5) {
                    year + 1
                } else {
                    year - 1
                },
                month,
                day,
            ),
            Kind::Decade => (
                if self.draw.chance(0.5) {
                    year + 10
                } else {
                    year - 10
                },
                month,
                day,
            ),
            Kind::Century if year + 100 <= self.this_year() => (year + 100, month, day),
            Kind::Century => (year - 100, month, day),
            Kind::FirstOfJanuary => (year, 1, 1),
            Kind::Filler => {
                *self
                    .draw
                    .pick(&[(1900, 1, 1), (1901, 1, 1), (1800, 1, 1), (1900, 1, 1)])?
            }
            Kind::Impossible => (year, 2, 30 + day % 2),
            _ => return None,
        };
        // Systems refuse dates that are still to come, and some those that never come.
        let taken =
            other.0 <= self.this_year() && (kind == Kind::Impossible || letters::is_date(other));
        taken.then_some(other)
    }

    fn this_year(&self) -> u16 {
        u16::try_from(self.world.facts.as_at.year()).unwrap_or(u16::MAX)
    }

    fn postcode(&mut self, kind: Kind, postcode: &str) -> Option<String> {
        if postcode.is_empty() {
            return None;
        }
        let person = self.subject.person;
        match kind {
            Kind::FormerKnown => {
                let past: Vec<u32> = person.past.into_iter().filter(|p| *p != NOWHERE).collect();
                // The last address is the likeliest.
                let last = *past.first()?;
                let any = *self.draw.pick(&past)?;
                let at = if self.draw.chance(0.7) { last } else { any };
                Some(record::postcode(self.world, at))
            }
            Kind::Elsewhere => Some(record::postcode(self.world, self.moved.elsewhere)),
            Kind::CareHome => {
                if person.age < 75 || person.care_home {
                    return None;
                }
                let home = self.world.ground.care_home(person.postcode, self.draw)?;
                Some(record::postcode(self.world, home))
            }
            Kind::Pseudo => self
                .draw
                .pick(&self.world.facts.letters.pseudo_postcodes)
                .cloned(),
            Kind::LookAlike => letters::look_alike(postcode, self.draw),
            Kind::Typo => letters::postcode_typo(postcode, self.draw),
            Kind::Outward => postcode
                .split_once(' ')
                .map(|(outward, _)| outward.to_owned()),
            Kind::Missing => Some(String::new()),
            _ => None,
        }
    }

    fn number(&mut self, kind: Kind, number: &str) -> Option<String> {
        if number.is_empty() {
            return None;
        }
        let person = self.subject.person;
        let other = match kind {
            Kind::OfHouseholdMember => {
                let others: Vec<u64> = self
                    .subject
                    .household
                    .iter()
                    .map(|p| p.number)
                    .filter(|n| *n != person.number && *n != 0)
                    .collect();
                *self.draw.pick(&others)?
            }
            Kind::OfStranger => {
                let passed = self.subject.numbers.passed();
                let below = u32::try_from(passed).unwrap_or(u32::MAX);
                self.subject.numbers.near(u64::from(self.draw.below(below)))
            }
            Kind::Superseded => {
                let earlier: Vec<u64> = person.superseded.into_iter().filter(|n| *n != 0).collect();
                *self.draw.pick(&earlier)?
            }
            Kind::Digit => return letters::digit_slip(number, self.draw),
            Kind::Filler => {
                let digit = char::from_digit(self.draw.below(10), 10)?;
                return Some(std::iter::repeat_n(digit, 10).collect());
            }
            _ => return None,
        };
        let mut text = String::new();
        record::write_number(other, &mut text);
        Some(text)
    }
}

/// The first word and the rest.
fn split(text: &str) -> Option<(&str, &str)> {
    let text = Some(text).filter(|t| !t.is_empty())?;
    Some(text.split_once(' ').unwrap_or((text, "")))
}

/// What is difficult about a person whatever a record says.
pub(super) fn plight(person: &Person, household: &[Person]) -> Vec<&'static str> {
    let mut cases = Vec::new();
    let others = || household.iter().filter(|p| p.number != person.number);
    if person.twin {
        let twin = others().find(|p| p.born == person.born);
        cases.push(match twin {
            Some(twin) if twin.sex == person.sex => "twin_of_one_sex",
            _ => "twin_of_two_sexes",
        });
    }
    let alike = |p: &Person| p.given[0] == person.given[0] && p.family == person.family;
    if let Some(other) = others().find(|p| alike(p)) {
        cases.push(if other.age.abs_diff(person.age) >= 16 {
            "namesake_of_another_generation"
        } else {
            "namesake_at_address"
        });
    }
    if household.len() > 1 && person.households.is_some() {
        cases.push("woman_with_other_family_name");
    }
    if person.sex == Sex::Female && household.len() > 1 && others().any(|p| p.households.is_some())
    {
        cases.push("women_with_several_family_names");
    }
    if person.care_home {
        cases.push("care_home");
    }
    if person.first_of_january {
        cases.push("born_first_of_january");
    }
    if person.superseded[0] != 0 {
        cases.push(if person.superseded[1] == 0 {
            "has_superseded_number"
        } else {
            "has_superseded_chain"
        });
    }
    cases
}
