//! The demographic index: everybody by number, what they were called and where they lived before, and which
//! numbers were replaced or cancelled. Held in sorted lists, so that a million people take a few hundred megabytes.

mod blocks;
mod build;
mod files;
mod names;
mod rows;
mod tables;
mod texts;

pub use build::IndexBuilder;
pub use files::{FilesReport, IndexFileError, read_history, read_people, read_superseded};
pub use rows::{HistoryField, HistoryRow, PersonRow, SupersededRow};
pub use tables::{IndexTable, IndexTables, IndexTablesError};

pub(crate) use blocks::Details;
pub(crate) use build::practice;
pub(crate) use names::{first_name, name_digest, outward, place, sector, sound_digest, whole_name};

use crate::trace::{BlockKey, Day, Settings};
use blocks::{Sorted, entries, exact_entries, exact_person, person};
use build::HistoryEvent;
use names::{Names, Places};
use texts::Texts;

/// The demographic index.
#[derive(Clone, PartialEq, Default)]
pub struct Index {
    /// By number.
    people: Vec<Person>,
    /// By person.
    past: Vec<Past>,
    /// Numbers that were replaced, and by what, in order.
    superseded: Vec<(u64, u64)>,
    /// The same the other way round.
    replaces: Vec<(u64, u64)>,
    /// What is known about numbers that nobody has yet.
    orphans: Vec<HistoryEvent>,
    names: Names,
    places: Places,
    practices: Texts,
    rest: Texts,
    confidentialities: Texts,
    exact: Sorted,
    blocks: Vec<(Vec<BlockKey>, Sorted)>,
}

/// A person as they are now. Numbers stand for texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Person {
    pub(crate) number: u64,
    pub(crate) born: Day,
    pub(crate) died: Day,
    family: u32,
    given: u32,
    other: u32,
    postcode: u32,
    practice: u32,
    address: u32,
    contact: u32,
    past_from: u32,
    confidentiality: u32,
    pub(crate) sex: u8,
    cancelled: bool,
}

/// What a person was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Past {
    value: u32,
    from: Day,
    to: Day,
    field: HistoryField,
}

/// Where a number leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// It was not replaced.
    Itself,
    /// It was replaced, and this is the number that holds.
    By(u64),
    /// It was cancelled, or leads to one that was.
    Cancelled,
    /// It leads back to itself, or to a number that does.
    Loop,
}

/// How large an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct IndexSize {
    /// How many people.
    pub people: u64,
    /// How many former details.
    pub former_details: u64,
    /// How many numbers were replaced.
    pub superseded: u64,
    /// How many numbers were cancelled.
    pub cancelled: u64,
    /// Former details of numbers that nobody has.
    pub details_of_nobody: u64,
    /// Replaced numbers that lead in a circle, so that nobody is found by them.
    pub superseded_in_a_circle: u64,
    /// Bytes taken.
    pub bytes: u64,
}

/// Details of a person on one day, as they are shown.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) family: &'a str,
    pub(crate) given: &'a str,
    pub(crate) other: &'a str,
    pub(crate) sex: u8,
    pub(crate) postcode: &'a str,
    pub(crate) practice: &'a str,
    /// Whether the practice is the one of now, so that the day of registration belongs to it.
    pub(crate) practice_is_current: bool,
    pub(crate) address: [&'a str; 5],
}

impl Index {
    /// More rows for this index.
    pub fn update(self, settings: &Settings) -> IndexBuilder {
        IndexBuilder::from(self, settings)
    }

    /// How large it is.
    pub fn size(&self) -> IndexSize {
        let count = |n: usize| n as u64;
        let lists: usize = self.blocks.iter().map(|(_, list)| list.bytes()).sum();
        let in_a_circle = |number: &&(u64, u64)| self.follow(number.0) == Followed::Loop;
        IndexSize {
            people: count(self.people.len()),
            former_details: count(self.past.len()),
            superseded: count(self.superseded.len()),
            cancelled: count(self.people.iter().filter(|p| p.cancelled).count()),
            details_of_nobody: count(self.orphans.len()),
            superseded_in_a_circle: count(self.superseded.iter().filter(in_a_circle).count()),
            bytes: count(
                self.people.capacity() * size_of::<Person>()
                    + self.past.capacity() * size_of::<Past>()
                    + (self.superseded.capacity() + self.replaces.capacity()) * 16
                    + self.exact.bytes()
                    + lists,
            ) + self.bytes_of_texts(),
        }
    }

    fn bytes_of_texts(&self) -> u64 {
        let bytes =
            self.names.bytes() + self.places.bytes() + self.practices.bytes() + self.rest.bytes();
        bytes as u64
    }

    /// The columns of the cached cross-check: numbers, dates of birth as days since 1970, superseded numbers.
    /// Cancelled numbers are left out.
    pub fn cross_check_columns(&self) -> (Vec<u64>, Vec<i32>, Vec<u64>) {
        let days = |born: Day| {
            let epoch = chrono::DateTime::UNIX_EPOCH.date_naive();
            born.date()
                .and_then(|date| i32::try_from(date.signed_duration_since(epoch).num_days()).ok())
                .unwrap_or(crate::trace::NO_DATE)
        };
        let held = self.people.iter().filter(|person| !person.cancelled);
        let (numbers, births) = held.map(|p| (p.number, days(p.born))).unzip();
        let superseded = self.superseded.iter().map(|(old, _)| *old).collect();
        (numbers, births, superseded)
    }

    /// Where a person is, by number.
    pub(crate) fn find(&self, number: u64) -> Option<u32> {
        let at = self
            .people
            .binary_search_by_key(&number, |person| person.number)
            .ok()?;
        u32::try_from(at).ok()
    }

    pub(crate) fn person(&self, at: u32) -> Option<&Person> {
        self.people.get(at as usize)
    }

    /// Whether a number was cancelled.
    pub(crate) fn is_cancelled(&self, number: u64) -> bool {
        self.find(number)
            .and_then(|at| self.person(at))
            .is_some_and(|person| person.cancelled)
    }

    fn replaced_by(&self, number: u64) -> Option<u64> {
        self.superseded
            .binary_search_by_key(&number, |(old, _)| *old)
            .ok()
            .and_then(|at| self.superseded.get(at))
            .map(|(_, new)| *new)
    }

    /// Follows a number to the one that holds.
    pub(crate) fn follow(&self, number: u64) -> Followed {
        // The hare goes on, the tortoise waits for longer each time; in a circle they meet.
        let (mut now, mut tortoise, mut steps, mut wait) = (number, number, 0u64, 1u64);
        loop {
            if self.is_cancelled(now) {
                return Followed::Cancelled;
            }
            match self.replaced_by(now) {
                None if now == number => return Followed::Itself,
                None => return Followed::By(now),
                Some(next) if next == tortoise => return Followed::Loop,
                Some(next) => now = next,
            }
            steps += 1;
            if steps == wait {
                (tortoise, steps, wait) = (now, 0, wait.saturating_mul(2));
            }
        }
    }

    /// All numbers that lead to this one, in order. None is followed from a cancelled number.
    pub(crate) fn earlier_numbers(&self, number: u64) -> Vec<u64> {
        let mut found = std::collections::BTreeSet::new();
        let mut waiting = vec![number];
        while let Some(now) = waiting.pop() {
            let first = self.replaces.partition_point(|(new, _)| *new < now);
            let those = self.replaces.iter().skip(first);
            for (_, old) in those.take_while(|(new, _)| *new == now) {
                if *old != number && !self.is_cancelled(*old) && found.insert(*old) {
                    waiting.push(*old);
                }
            }
        }
        found.into_iter().collect()
    }

    /// Whether details may lead to this person: neither replaced nor cancelled.
    fn may_be_found(&self, person: &Person) -> bool {
        !person.cancelled && self.replaced_by(person.number).is_none()
    }

    fn past(&self, at: u32) -> &[Past] {
        let from = |at: usize| self.people.get(at).map(|p| p.past_from as usize);
        let at = at as usize;
        from(at)
            .and_then(|first| {
                let last = from(at + 1).unwrap_or(self.past.len());
                self.past.get(first..last)
            })
            .unwrap_or_default()
    }

    /// The numbers of the values that a person has or had, the present one first.
    fn values(&self, at: u32, field: HistoryField, history: bool) -> impl Iterator<Item = u32> {
        let now = self.person(at).map(|person| person.value(field));
        let past = if history { self.past(at) } else { &[] };
        let past = past
            .iter()
            .filter(move |p| p.field == field && Some(p.value) != now);
        now.into_iter().chain(past.map(|past| past.value))
    }

    /// Family names of a person as they are compared.
    pub(crate) fn families(&self, at: u32, history: bool) -> impl Iterator<Item = &str> {
        let values = self.values(at, HistoryField::FamilyName, history);
        values.map(|name| self.names.whole(name)).filter(said)
    }

    /// Given names of a person as they are compared, each whole and by its first word.
    pub(crate) fn givens(&self, at: u32, history: bool) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values(at, HistoryField::GivenName, history);
        values
            .map(|name| (self.names.whole(name), self.names.first(name)))
            .filter(|(whole, _)| said(whole))
    }

    /// Other given names of a person as they are compared.
    pub(crate) fn others(&self, at: u32, history: bool) -> impl Iterator<Item = &str> {
        let values = self.values(at, HistoryField::OtherGivenName, history);
        values.map(|name| self.names.whole(name)).filter(said)
    }

    /// Postcodes of a person that say a place.
    pub(crate) fn postcodes(&self, at: u32, history: bool) -> impl Iterator<Item = &str> {
        let values = self.values(at, HistoryField::Postcode, history);
        values.map(|place| self.places.place(place)).filter(said)
    }

    /// Practices of a person.
    pub(crate) fn practices(&self, at: u32, history: bool) -> impl Iterator<Item = &str> {
        let values = self.values(at, HistoryField::GpPractice, history);
        values.map(|code| self.practices.get(code)).filter(said)
    }

    /// The confidentiality code of a person.
    pub(crate) fn confidentiality(&self, at: u32) -> &str {
        self.person(at)
            .map(|person| self.confidentialities.get(person.confidentiality))
            .unwrap_or_default()
    }

    /// Day of registration, posting, telephone, mobile and e-mail.
    pub(crate) fn contact(&self, at: u32) -> [&str; 5] {
        self.person(at)
            .map(|person| five(self.rest.get(person.contact)))
            .unwrap_or_default()
    }

    /// People of this family name, now or before, with a date of birth that agrees as far as it is known.
    pub(crate) fn exactly(&self, family: u64, born: Day) -> impl ExactSizeIterator<Item = u32> {
        let (from, to) = exact_entries(family, born);
        self.exact
            .between(from, to)
            .iter()
            .map(|e| exact_person(*e))
    }

    /// Digests of the cleaned names, of whichever kind, that fit.
    pub(crate) fn names_like(&self, fits: impl Fn(&str) -> bool) -> Vec<u64> {
        let keys = self.names.keys();
        keys.filter(|name| fits(name)).map(name_digest).collect()
    }

    /// Everybody to whom details may lead.
    pub(crate) fn all_who_may_be_found(&self) -> impl Iterator<Item = u32> {
        let all = (0u32..).zip(&self.people);
        all.filter_map(|(at, person)| self.may_be_found(person).then_some(at))
    }

    /// For each block for which the details suffice, the people in it.
    pub(crate) fn blocks(
        &self,
        details: Details,
    ) -> impl Iterator<Item = impl ExactSizeIterator<Item = u32>> {
        self.blocks.iter().filter_map(move |(keys, list)| {
            let (from, to) = entries(details.digest(keys)?);
            Some(list.between(from, to).iter().map(|entry| person(*entry)))
        })
    }

    /// A person's details as they are shown: now, or as they were on a day.
    pub(crate) fn shown(&self, at: u32, day: Day) -> Option<Shown<'_>> {
        let person = self.person(at)?;
        let value = |field| self.value_on(at, person, field, day);
        let practice = value(HistoryField::GpPractice);
        Some(Shown {
            family: self.names.shown(value(HistoryField::FamilyName)),
            given: self.names.shown(value(HistoryField::GivenName)),
            other: self.names.shown(value(HistoryField::OtherGivenName)),
            sex: u8::try_from(value(HistoryField::Sex)).unwrap_or_default(),
            postcode: self.places.shown(value(HistoryField::Postcode)),
            practice: self.practices.get(practice),
            practice_is_current: practice == person.practice,
            address: five(self.rest.get(value(HistoryField::Address))),
        })
    }

    /// What held on a day: of the rows with dates that cover it the one that began last. Where there is none, what
    /// holds now, unless that is known to have begun later.
    fn value_on(&self, at: u32, person: &Person, field: HistoryField, day: Day) -> u32 {
        let now = person.value(field);
        if day.is_none() {
            return now;
        }
        let rows = || self.past(at).iter().filter(|past| past.field == field);
        let dated = |past: &&Past| !past.from.is_none() || !past.to.is_none();
        let covers = |past: &&Past| past.from <= day && (past.to.is_none() || day < past.to);
        let then = rows()
            .filter(dated)
            .filter(covers)
            .max_by_key(|past| past.from);
        if let Some(then) = then {
            return then.value;
        }
        let begun = rows().any(|p| p.value == now && p.to.is_none() && !p.from.is_none());
        if begun { 0 } else { now }
    }
}

impl Person {
    const fn value(&self, field: HistoryField) -> u32 {
        match field {
            HistoryField::FamilyName => self.family,
            HistoryField::GivenName => self.given,
            HistoryField::OtherGivenName => self.other,
            HistoryField::Sex => self.sex as u32,
            HistoryField::Postcode => self.postcode,
            HistoryField::GpPractice => self.practice,
            HistoryField::Address => self.address,
        }
    }

    fn tracked(&self) -> [(HistoryField, u32); 7] {
        HistoryField::ALL.map(|field| (field, self.value(field)))
    }
}

/// The index is about people, so it does not print.
impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an index of {} people", self.people.len())
    }
}

const fn said(text: &&str) -> bool {
    !text.is_empty()
}

/// Five lines of a text.
fn five(text: &str) -> [&str; 5] {
    let mut lines = text.split('\n');
    std::array::from_fn(|_| lines.next().unwrap_or_default())
}
