//! A set to be deduplicated: whole households, about a third of the people with several records.

use super::{
    LinkageFiles,
    deck::{Deck, Sheet},
    facts::World,
    numbers::Numbers,
    record::{self, COLUMNS, Record},
    spoil::{self, Move, Subject},
    street::{Person, Street},
    trace::{TRUTH, count, give_numbers, write_client, write_truth},
};
use crate::{
    SynthError,
    draw::{Draw, Shares, Topic},
};
use std::{collections::BTreeMap, path::Path};

/// Records that are held to be shuffled.
const DECK: u32 = 1 << 20;

/// Writes the set.
pub(super) fn write(
    world: &World<'_>,
    out: &Path,
    files: &mut LinkageFiles,
    progress: &mut dyn FnMut(u64, u64, &str),
) -> Result<(), SynthError> {
    let seed = world.wishes.seed;
    let total = world.wishes.dedupe_records;
    let offset = Draw::of(seed, Topic::NhsNumbers, 0).below(1_000_000);
    let copies = world.facts.records.copies.map(f64::from);
    let mut set = Set {
        world,
        left: total,
        numbers: Numbers::new(offset),
        copies: Shares::new((1u8..).zip(copies)),
        people: Sheet::open(out, "people.csv", &format!("record_id,{COLUMNS}"))?,
        truth: Sheet::open(
            out,
            "people_truth.csv",
            &format!("record_id,person,{TRUTH}"),
        )?,
        deck: Deck::new(DECK, Draw::of(seed, Topic::Shuffle, 2)),
        cases: BTreeMap::new(),
    };
    let mut street = Street::default();
    let mut told = 0;
    for postcode in 0..u32::MAX {
        if set.left == 0 {
            break;
        }
        street.fill(world, postcode);
        set.street(&mut street)?;
        let done = total - set.left;
        if done - told > 100_000 {
            told = done;
            progress(done, total, "records to be deduplicated");
        }
    }
    for record in set.deck.rest() {
        write_client(&mut set.people, &mut set.truth, &record, 'R')?;
    }
    for (name, sheet) in [("people.csv", set.people), ("people_truth.csv", set.truth)] {
        files.rows.insert(name.to_owned(), sheet.finish()?);
    }
    files.dedupe_cases = set.cases;
    progress(total, total, "records to be deduplicated");
    Ok(())
}

struct Set<'a> {
    world: &'a World<'a>,
    left: u64,
    numbers: Numbers,
    copies: Shares<u8>,
    people: Sheet,
    truth: Sheet,
    deck: Deck<(String, String)>,
    cases: BTreeMap<String, u64>,
}

impl Set<'_> {
    fn street(&mut self, street: &mut Street) -> Result<(), SynthError> {
        let number = u64::from(street.postcode);
        let seed = self.world.wishes.seed;
        let mut draw = Draw::of(seed, Topic::Copies, number);
        let mut slips = Draw::of(seed, Topic::Slips, number);
        for at in 0..street.households.len() {
            let Some(household) = street.households.get(at).cloned() else {
                continue;
            };
            let members = street.people.get_mut(household).unwrap_or_default();
            give_numbers(self.world, &mut self.numbers, members, &mut draw);
            let mut lots = [Move::draw(self.world, street.postcode, &mut draw); 4];
            let [first, later @ ..] = &mut lots;
            for later in later {
                // A household that moved did so once, whichever of its records were made before.
                later.elsewhere = first.elsewhere;
                later.rank = draw.rank();
            }
            let members: &[Person] = members;
            for person in members {
                let copies = self.copies.draw(&mut draw).copied().unwrap_or(1);
                self.person(person, members, street.decile, &lots, copies, &mut slips)?;
            }
        }
        Ok(())
    }

    fn person(
        &mut self,
        person: &Person,
        household: &[Person],
        decile: u8,
        lots: &[Move; 4],
        copies: u8,
        draw: &mut Draw,
    ) -> Result<(), SynthError> {
        let world = self.world;
        for lot in lots.iter().take(usize::from(copies)) {
            if self.left == 0 {
                return Ok(());
            }
            self.left -= 1;
            let mut record = Record::of(world, person);
            if !draw.chance(world.wishes.with_number) {
                record.number.clear();
            }
            let moved = *lot;
            let subject = Subject {
                person,
                household,
                decile,
                moved,
                numbers: &self.numbers,
            };
            let mut cases = spoil::client(world, &subject, &mut record, draw);
            cases.extend(spoil::plight(person, household));
            for case in &cases {
                count(&mut self.cases, case);
            }
            let (mut row, mut truth) = (String::new(), String::new());
            record.write(&mut row);
            record::write_number(person.number, &mut truth);
            write_truth(world, person, decile, &cases, &mut truth);
            if let Some(record) = self.deck.push((row, truth)) {
                write_client(&mut self.people, &mut self.truth, &record, 'R')?;
            }
        }
        Ok(())
    }
}
