//! A set to be traced: clients, an index with its history and superseded numbers, and the truth.

use super::{
    LinkageFiles,
    deck::{Deck, Sheet},
    facts::World,
    numbers::Numbers,
    record::{self, COLUMNS, Record},
    spoil::{self, Move, Subject},
    street::{Person, Street},
};
use crate::{
    SynthError,
    draw::{Draw, Topic},
};
use std::{collections::BTreeMap, path::Path};

/// Rows of the index that are held to be shuffled, and those of the clients.
const INDEX_DECK: u32 = 1 << 18;
const CLIENT_DECK: u32 = 1 << 20;

/// Columns of the truth after those that say whose the record is.
pub(super) const TRUTH: &str = "group,decile,age_band,sex,case";

/// A row of the clients without its id, and the truth about it.
type Client = (String, String);

/// Writes the set.
pub(super) fn write(
    world: &World<'_>,
    out: &Path,
    files: &mut LinkageFiles,
    progress: &mut dyn FnMut(u64, u64, &str),
) -> Result<(), SynthError> {
    let mut set = Set::open(world, out)?;
    let total = world.wishes.index_people;
    let mut street = Street::default();
    let mut told = 0;
    for postcode in 0..u32::MAX {
        if set.left.people == 0 && set.left.alone == 0 {
            break;
        }
        street.fill(world, postcode);
        set.street(&mut street)?;
        let done = total - set.left.people;
        if done - told > 200_000 {
            told = done;
            progress(done, total, "index people");
        }
    }
    set.finish(files)?;
    progress(total, total, "index people");
    Ok(())
}

/// How many are still needed.
struct Left {
    people: u64,
    /// Clients in the index, not in it though a relative is, and not in it at all.
    present: u64,
    relatives: u64,
    alone: u64,
}

struct Set<'a> {
    world: &'a World<'a>,
    left: Left,
    numbers: Numbers,
    index: Sheet,
    index_deck: Deck<String>,
    history: Sheet,
    superseded: Sheet,
    clients: Sheet,
    truth: Sheet,
    client_deck: Deck<Client>,
    cases: BTreeMap<String, u64>,
    row: String,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count far below the precision of a float"
)]
fn share_of(count: u64, share: f64) -> u64 {
    (count as f64 * share).round() as u64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts far below the precision of a float"
)]
fn ratio(needed: u64, left: u64) -> f64 {
    needed as f64 / left.max(1) as f64
}

impl<'a> Set<'a> {
    fn open(world: &'a World<'a>, out: &Path) -> Result<Self, SynthError> {
        let wishes = world.wishes;
        let absent = share_of(wishes.clients, wishes.not_in_index);
        let shuffle = |number| Draw::of(wishes.seed, Topic::Shuffle, number);
        let offset = Draw::of(wishes.seed, Topic::NhsNumbers, 0).below(1_000_000);
        Ok(Self {
            world,
            left: Left {
                people: wishes.index_people,
                present: wishes.clients - absent,
                relatives: absent / 2,
                alone: absent - absent / 2,
            },
            numbers: Numbers::new(offset),
            index: Sheet::open(out, "index.csv", COLUMNS)?,
            index_deck: Deck::new(INDEX_DECK, shuffle(0)),
            history: Sheet::open(out, "history.csv", "nhs_number,field,value")?,
            superseded: Sheet::open(out, "superseded.csv", "nhs_number,replaced_by")?,
            clients: Sheet::open(out, "clients.csv", &format!("record_id,{COLUMNS}"))?,
            truth: Sheet::open(out, "truth.csv", &format!("record_id,nhs_number,{TRUTH}"))?,
            client_deck: Deck::new(CLIENT_DECK, shuffle(1)),
            cases: BTreeMap::new(),
            row: String::new(),
        })
    }

    fn street(&mut self, street: &mut Street) -> Result<(), SynthError> {
        let number = u64::from(street.postcode);
        let seed = self.world.wishes.seed;
        let mut draw = Draw::of(seed, Topic::Clients, number);
        // Errors are drawn apart, so that people, numbers and clients are the same at any strength.
        let mut slips = Draw::of(seed, Topic::Slips, number);
        for at in 0..street.households.len() {
            let Some(household) = street.households.get(at).cloned() else {
                continue;
            };
            let members = street.people.get_mut(household).unwrap_or_default();
            give_numbers(self.world, &mut self.numbers, members, &mut draw);
            let moved = Move::draw(self.world, street.postcode, &mut draw);
            self.household(members, street.decile, moved, &mut draw, &mut slips)?;
        }
        Ok(())
    }

    fn household(
        &mut self,
        members: &[Person],
        decile: u8,
        moved: Move,
        draw: &mut Draw,
        slips: &mut Draw,
    ) -> Result<(), SynthError> {
        // Half the people, and as many with somebody else: near enough to reach the counts, as the rest follows.
        let homes = self.left.people / 2;
        let size = u32::try_from(members.len()).unwrap_or(0);
        let chosen = draw.below(size) as usize;
        if self.left.alone > 0 && (homes == 0 || draw.chance(ratio(self.left.alone, homes))) {
            if let Some(person) = members.get(chosen) {
                self.left.alone -= 1;
                self.client(person, members, decile, moved, Some("not_in_index"), slips)?;
            }
            return Ok(());
        }
        let has_relative = members.get(chosen).is_some_and(|own| {
            let related = |p: &&Person| p.number != own.number && p.family == own.family;
            self.left.people > 1 && members.iter().any(|p| related(&p))
        });
        let absent = (has_relative
            && self.left.relatives > 0
            && draw.chance(ratio(self.left.relatives * 2, homes)))
        .then_some(chosen);
        for (at, person) in members.iter().enumerate() {
            if self.left.people == 0 {
                break;
            }
            if absent == Some(at) {
                self.left.relatives -= 1;
                let case = Some("not_in_index_relative_is");
                self.client(person, members, decile, moved, case, slips)?;
                continue;
            }
            let wanted = draw.chance(ratio(self.left.present, self.left.people))
                || self.left.present >= self.left.people;
            self.left.people -= 1;
            self.index_row(person, members, decile, moved, slips)?;
            if wanted && self.left.present > 0 {
                self.left.present -= 1;
                self.client(person, members, decile, moved, None, slips)?;
            }
        }
        if self.left.people == 0 {
            // Too few households were left for the last relatives.
            self.left.alone += std::mem::take(&mut self.left.relatives);
        }
        Ok(())
    }

    fn index_row(
        &mut self,
        person: &Person,
        household: &[Person],
        decile: u8,
        moved: Move,
        draw: &mut Draw,
    ) -> Result<(), SynthError> {
        let world = self.world;
        self.row.clear();
        let strength = world.wishes.strength;
        if draw.chance(world.facts.records.index_careless * strength.min(1.0)) {
            let mut record = Record::of(world, person);
            let subject = Subject {
                person,
                household,
                decile,
                moved,
                numbers: &self.numbers,
            };
            spoil::index_row(world, &subject, &mut record, draw);
            record.write(&mut self.row);
        } else {
            record::write_plain(world, person, &mut self.row);
        }
        let row = std::mem::take(&mut self.row);
        if let Some(row) = self.index_deck.push(row) {
            self.index.row(row.as_bytes())?;
            self.row = row;
        }
        let mut rows = String::new();
        let count = record::write_history(world, person, &mut rows);
        if count > 0 {
            self.history.rows_of(rows.as_bytes(), count)?;
        }
        let mut next = person.number;
        for earlier in person.superseded.into_iter().filter(|n| *n != 0) {
            rows.clear();
            record::write_number(earlier, &mut rows);
            rows.push(',');
            record::write_number(next, &mut rows);
            rows.push('\n');
            self.superseded.row(rows.as_bytes())?;
            next = earlier;
        }
        Ok(())
    }

    fn client(
        &mut self,
        person: &Person,
        household: &[Person],
        decile: u8,
        moved: Move,
        absent: Option<&'static str>,
        draw: &mut Draw,
    ) -> Result<(), SynthError> {
        let world = self.world;
        let mut record = Record::of(world, person);
        if !draw.chance(world.wishes.with_number) {
            record.number.clear();
        }
        let subject = Subject {
            person,
            household,
            decile,
            moved,
            numbers: &self.numbers,
        };
        let mut cases = spoil::client(world, &subject, &mut record, draw);
        cases.extend(spoil::plight(person, household));
        cases.extend(absent);
        for case in &cases {
            count(&mut self.cases, case);
        }
        let (mut row, mut truth) = (String::new(), String::new());
        record.write(&mut row);
        if absent.is_none() {
            record::write_number(person.number, &mut truth);
        }
        write_truth(world, person, decile, &cases, &mut truth);
        if let Some(client) = self.client_deck.push((row, truth)) {
            write_client(&mut self.clients, &mut self.truth, &client, 'C')?;
        }
        Ok(())
    }

    fn finish(mut self, files: &mut LinkageFiles) -> Result<(), SynthError> {
        for row in self.index_deck.rest() {
            self.index.row(row.as_bytes())?;
        }
        for client in self.client_deck.rest() {
            write_client(&mut self.clients, &mut self.truth, &client, 'C')?;
        }
        let sheets = [
            ("index.csv", self.index),
            ("history.csv", self.history),
            ("superseded.csv", self.superseded),
            ("clients.csv", self.clients),
            ("truth.csv", self.truth),
        ];
        for (name, sheet) in sheets {
            files.rows.insert(name.to_owned(), sheet.finish()?);
        }
        files.client_cases = self.cases;
        Ok(())
    }
}

/// Counts a case.
pub(super) fn count(cases: &mut BTreeMap<String, u64>, case: &str) {
    match cases.get_mut(case) {
        Some(count) => *count += 1,
        None => {
            cases.insert(case.to_owned(), 1);
        }
    }
}

/// Writes a record and the truth about it, both with an id that says nothing but where they stand.
pub(super) fn write_client(
    records: &mut Sheet,
    truths: &mut Sheet,
    (record, truth): &Client,
    letter: char,
) -> Result<(), SynthError> {
    let id = format!("{letter}{:08},", records.rows() + 1);
    for (sheet, rest) in [(records, record), (truths, truth)] {
        sheet.write(id.as_bytes())?;
        sheet.row(rest.as_bytes())?;
    }
    Ok(())
}

/// Adds what analysts group by, and what is difficult about the record.
pub(super) fn write_truth(
    world: &World<'_>,
    person: &Person,
    decile: u8,
    cases: &[&str],
    row: &mut String,
) {
    let group = world
        .facts
        .group(person.group)
        .map_or("", |g| g.code.as_str());
    let band = match person.age {
        0 => "0",
        1..=15 => "1-15",
        16..=24 => "16-24",
        25..=44 => "25-44",
        45..=64 => "45-64",
        65..=74 => "65-74",
        75..=84 => "75-84",
        _ => "85+",
    };
    let decile = decile.to_string();
    for part in [group, &decile, band, person.sex.code()] {
        row.push(',');
        row.push_str(part);
    }
    row.push(',');
    row.push_str(&cases.join(";"));
    row.push('\n');
}

/// Gives everyone a number, and some an earlier one, or two.
pub(super) fn give_numbers(
    world: &World<'_>,
    numbers: &mut Numbers,
    people: &mut [Person],
    draw: &mut Draw,
) {
    let household = &world.facts.household;
    for person in people {
        person.number = numbers.take();
        if draw.chance(household.superseded) {
            let first = numbers.take();
            let twice = draw.chance(household.superseded_twice);
            person.superseded = [first, if twice { numbers.take() } else { 0 }];
        }
    }
}
