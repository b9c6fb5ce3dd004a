//! Building the index from rows in the order in which they come, at once or in increments.
//!
//! What a person is follows from their rows alone, taken one after the other; so any division into increments
//! gives the same index. A row about a person who is known changes them, and what it replaces becomes history.

use super::{
    HistoryField, HistoryRow, Index, Past, Person, PersonRow, SupersededRow,
    blocks::{Details, Sorted, entry, exact_entry},
};
use crate::trace::{AlgorithmicSettings, BlockKey, Day, Settings};
use std::{num::NonZero, panic::resume_unwind, thread};

/// Takes rows and makes an index of them.
pub struct IndexBuilder {
    index: Index,
    settings: Settings,
    people: Vec<PersonEvent>,
    history: Vec<HistoryEvent>,
    superseded: Vec<(u64, u64)>,
    sequence: u32,
}

struct PersonEvent {
    person: Person,
    valid_from: Day,
    sequence: u32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HistoryEvent {
    pub(super) number: u64,
    pub(super) past: Past,
    pub(super) sequence: u32,
}

/// One person while their rows are taken.
struct Life {
    person: Option<Person>,
    past: Vec<Past>,
}

impl IndexBuilder {
    /// Begins with nobody.
    pub fn new(settings: &Settings) -> Self {
        Self::from(Index::default(), settings)
    }

    pub(super) fn from(mut index: Index, settings: &Settings) -> Self {
        let history = std::mem::take(&mut index.orphans);
        Self {
            index,
            settings: settings.clone(),
            people: Vec::new(),
            history,
            superseded: Vec::new(),
            sequence: 1,
        }
    }

    /// A person as they are now: somebody new, or a change.
    pub fn person(&mut self, row: &PersonRow) {
        let quality = &self.settings.quality;
        let index = &mut self.index;
        let contact = [
            &row.gp_registration_date.compact(),
            row.posting_id.trim(),
            row.telephone_number.trim(),
            row.mobile_number.trim(),
            row.email_address.trim(),
        ]
        .map(without_marks)
        .join("\n");
        let person = Person {
            number: row.nhs_number,
            born: row.date_of_birth,
            died: row.date_of_death,
            family: index.names.keep(&row.family_name, quality),
            given: index.names.keep(&row.given_name, quality),
            other: index.names.keep(&row.other_given_name, quality),
            postcode: index.places.keep(&row.postcode, quality),
            practice: index.practices.keep(&practice(&row.gp_practice)),
            address: index.rest.keep(&lines(row.address.each_ref())),
            contact: index.rest.keep(contact.trim_end_matches('\n')),
            past_from: 0,
            confidentiality: index
                .confidentialities
                .keep(&row.confidentiality.trim().to_uppercase()),
            sex: sex(&row.sex),
            cancelled: row.cancelled,
        };
        self.people.push(PersonEvent {
            person,
            valid_from: row.valid_from,
            sequence: self.sequence,
        });
        self.sequence = self.sequence.saturating_add(1);
    }

    /// What a person was.
    pub fn history(&mut self, row: &HistoryRow) {
        let quality = &self.settings.quality;
        let index = &mut self.index;
        let value = match row.field {
            HistoryField::FamilyName | HistoryField::GivenName | HistoryField::OtherGivenName => {
                index.names.keep(&row.value, quality)
            }
            HistoryField::Sex => u32::from(sex(&row.value)),
            HistoryField::Postcode => index.places.keep(&row.value, quality),
            HistoryField::GpPractice => index.practices.keep(&practice(&row.value)),
            HistoryField::Address => {
                let mut parts = row.value.splitn(5, '|');
                let address: [&str; 5] = std::array::from_fn(|_| parts.next().unwrap_or_default());
                index.rest.keep(&lines(address))
            }
        };
        if value == 0 {
            return;
        }
        self.history.push(HistoryEvent {
            number: row.nhs_number,
            past: Past {
                value,
                from: row.from,
                to: row.to,
                field: row.field,
            },
            sequence: self.sequence,
        });
        self.sequence = self.sequence.saturating_add(1);
    }

    /// A number that was replaced. Of several rows about one number the last holds.
    pub fn superseded(&mut self, row: SupersededRow) {
        if row.nhs_number != row.replaced_by {
            self.superseded.push((row.nhs_number, row.replaced_by));
        }
    }

    /// About how many bytes the index takes while it is made, from what was taken so far.
    pub fn bytes(&self) -> u64 {
        let (index, count) = (&self.index, |n: usize| n as u64);
        let people = count(self.people.len() + index.people.len());
        let told = count(self.history.len() + index.past.len());
        // Each list holds a place for each person, and for each former form in which somebody is found.
        let lists = 8 * (1 + count(self.settings.algorithmic.blocks.len()));
        people * (count(size_of::<PersonEvent>() + size_of::<Person>()) + lists)
            + told * (count(size_of::<HistoryEvent>() + size_of::<Past>()) + lists)
            + count(self.superseded.len() + index.superseded.len()) * 32
            + index.bytes_of_texts()
    }

    /// Makes the index. Threads make no difference to it.
    pub fn finish(mut self, threads: NonZero<usize>) -> Index {
        self.take_superseded();
        self.people.sort_by_key(|event| event.person.number);
        self.history.sort_by_key(|event| event.number);
        self.take_people();
        let Self {
            mut index,
            settings,
            people,
            history,
            ..
        } = self;
        // The lists need the room that the rows have taken so far.
        drop((people, history));
        block(&mut index, &settings.algorithmic, threads);
        index
    }

    fn take_superseded(&mut self) {
        let held = &mut self.index.superseded;
        held.append(&mut self.superseded);
        // Rows about one number stand in the order in which they came, so the last is kept from the back.
        held.sort_by_key(|(number, _)| *number);
        held.reverse();
        held.dedup_by_key(|(number, _)| *number);
        held.reverse();
        held.shrink_to_fit();
        self.index.replaces = held.iter().map(|(old, new)| (*new, *old)).collect();
        self.index.replaces.sort_unstable();
    }

    /// Goes through people who are held and rows about them side by side, by number.
    fn take_people(&mut self) {
        let index = &mut self.index;
        let held = std::mem::take(&mut index.people);
        let past = std::mem::take(&mut index.past);
        index.people.reserve_exact(held.len() + self.people.len());
        let ends = held.iter().skip(1).map(|p| p.past_from as usize);
        let ends: Vec<usize> = ends.chain([past.len()]).collect();
        let mut held = held.iter().zip(ends).peekable();
        let mut people = self.people.iter().peekable();
        let mut history = self.history.iter().peekable();
        loop {
            let next = [
                held.peek().map(|(person, _)| person.number),
                people.peek().map(|event| event.person.number),
                history.peek().map(|event| event.number),
            ];
            let Some(number) = next.into_iter().flatten().min() else {
                break;
            };
            let mut life = Life {
                person: None,
                past: Vec::new(),
            };
            if let Some((person, end)) = held.next_if(|(person, _)| person.number == number) {
                let from = person.past_from as usize;
                life.past
                    .extend_from_slice(past.get(from..end).unwrap_or_default());
                life.person = Some(*person);
            }
            loop {
                let mine = |event: &&PersonEvent| event.person.number == number;
                let theirs = |event: &&HistoryEvent| event.number == number;
                let person = people.peek().filter(|e| mine(e)).map(|e| e.sequence);
                let told = history.peek().filter(|e| theirs(e)).map(|e| e.sequence);
                match (person, told) {
                    (None, None) => break,
                    (Some(person), Some(told)) if told < person => {
                        life.told(history.next());
                    }
                    (None, Some(_)) => life.told(history.next()),
                    (Some(_), _) => life.changed(people.next()),
                }
            }
            match life.person {
                Some(mut person) => {
                    person.past_from = u32::try_from(index.past.len()).unwrap_or(u32::MAX);
                    index.people.push(person);
                    index.past.append(&mut life.past);
                }
                // Nobody has this number yet; what is known waits, before anything that is to come.
                None => index
                    .orphans
                    .extend(life.past.into_iter().map(|past| HistoryEvent {
                        number,
                        past,
                        sequence: 0,
                    })),
            }
        }
        index.past.shrink_to_fit();
        index.people.shrink_to_fit();
    }
}

impl Life {
    fn told(&mut self, event: Option<&HistoryEvent>) {
        let Some(HistoryEvent { past: new, .. }) = event else {
            return;
        };
        if self.past.contains(new) {
            return;
        }
        // The same time in a person's life: an end that is known stays known, in whichever order the rows come.
        let mut same = self
            .past
            .iter_mut()
            .filter(|old| old.field == new.field && old.value == new.value && old.from == new.from);
        if new.to.is_none() {
            if same.next().is_some() {
                return;
            }
        } else if let Some(open) = same.find(|old| old.to.is_none()) {
            open.to = new.to;
            return;
        }
        self.past.push(*new);
    }

    fn changed(&mut self, event: Option<&PersonEvent>) {
        let Some(PersonEvent {
            person: new,
            valid_from,
            ..
        }) = event
        else {
            return;
        };
        let before = self.person.map(|old| old.tracked());
        for (place, (field, value)) in new.tracked().into_iter().enumerate() {
            let old = before.and_then(|old| old.get(place).map(|(_, value)| *value));
            if old == Some(value) {
                continue;
            }
            if let Some(old) = old.filter(|old| *old != 0) {
                self.replaced(field, old, *valid_from);
            }
            if value != 0 && !valid_from.is_none() {
                self.told(Some(&HistoryEvent {
                    number: new.number,
                    past: Past {
                        value,
                        from: *valid_from,
                        to: Day::NONE,
                        field,
                    },
                    sequence: 0,
                }));
            }
        }
        self.person = Some(*new);
    }

    /// A detail that holds no more, from a day on or from a day that nobody knows.
    fn replaced(&mut self, field: HistoryField, value: u32, until: Day) {
        let mut same = self
            .past
            .iter_mut()
            .filter(|old| old.field == field && old.value == value);
        if until.is_none() {
            if same.next().is_some() {
                return;
            }
        } else if let Some(open) = same.find(|old| old.to.is_none()) {
            open.to = until;
            return;
        }
        self.past.push(Past {
            value,
            from: Day::NONE,
            to: until,
            field,
        });
    }
}

/// Fills the lists by which people are found, several at once.
fn block(index: &mut Index, settings: &AlgorithmicSettings, threads: NonZero<usize>) {
    let findable: Vec<bool> = index.people.iter().map(|p| index.may_be_found(p)).collect();
    let threads = threads.get();
    let mut lists: Vec<(usize, Sorted)> = thread::scope(|scope| {
        let (index, findable) = (&*index, &findable);
        let running: Vec<_> = (0..threads)
            .map(|first| {
                let mine = (first..=settings.blocks.len()).step_by(threads);
                scope.spawn(move || {
                    mine.map(|at| {
                        let keys = at.checked_sub(1).and_then(|at| settings.blocks.get(at));
                        let entries = match keys {
                            Some(keys) => shared(index, findable, keys, settings.history),
                            None => exact(index, findable),
                        };
                        (at, Sorted::new(entries))
                    })
                    .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|cause| resume_unwind(cause)))
            .collect()
    });
    lists.sort_by_key(|(at, _)| *at);
    let mut lists = lists.into_iter().map(|(_, list)| list);
    index.exact = lists.next().unwrap_or_default();
    index.blocks = settings.blocks.iter().cloned().zip(lists).collect();
}

/// People who may be found, with their places.
fn people<'a>(index: &'a Index, findable: &'a [bool]) -> impl Iterator<Item = (u32, &'a Person)> {
    let all = (0u32..).zip(&index.people).zip(findable);
    all.filter_map(|(person, findable)| findable.then_some(person))
}

/// Entries by family name and date of birth.
fn exact(index: &Index, findable: &[bool]) -> Vec<u64> {
    let mut entries = Vec::with_capacity(index.people.len());
    for (at, person) in people(index, findable).filter(|(_, person)| !person.born.is_none()) {
        for family in index.values(at, HistoryField::FamilyName, true) {
            let [family, ..] = index.names.digests(family);
            if family != 0 {
                entries.push(exact_entry(family, person.born, at));
            }
        }
    }
    entries
}

/// Entries by the keys of a block, one for each form in which a person has stood.
fn shared(index: &Index, findable: &[bool], keys: &[BlockKey], history: bool) -> Vec<u64> {
    let uses = |any: &[BlockKey]| keys.iter().any(|key| any.contains(key));
    let by_family = uses(&[
        BlockKey::FamilyName,
        BlockKey::FamilySound,
        BlockKey::BothNames,
    ]);
    let by_given = uses(&[BlockKey::GivenName, BlockKey::BothNames]);
    let by_place = uses(&[BlockKey::Postcode, BlockKey::Outward]);
    let mut entries = Vec::with_capacity(index.people.len());
    for (at, person) in people(index, findable) {
        let forms = |used: bool, field| {
            let forms = if used { usize::MAX } else { 1 };
            index.values(at, field, history).take(forms)
        };
        for family in forms(by_family, HistoryField::FamilyName) {
            for given in forms(by_given, HistoryField::GivenName) {
                for postcode in forms(by_place, HistoryField::Postcode) {
                    let mut details = Details {
                        born: person.born,
                        sex: person.sex,
                        ..Details::default()
                    };
                    details.named(&index.names, family, given);
                    details.at(&index.places, postcode);
                    entries.extend(details.digest(keys).map(|digest| entry(digest, at)));
                }
            }
        }
    }
    entries
}

fn sex(text: &str) -> u8 {
    match text.trim() {
        "1" => b'1',
        "2" => b'2',
        "0" => b'0',
        "9" => b'9',
        _ => 0,
    }
}

/// The code of a practice as it is compared.
pub(crate) fn practice(code: &str) -> String {
    code.trim().to_uppercase()
}

fn without_marks(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

/// Lines of an address as one text.
fn lines<T: AsRef<str>>(address: [T; 5]) -> String {
    address
        .map(|line| without_marks(line.as_ref().trim()))
        .join("\n")
        .trim_end_matches('\n')
        .to_owned()
}
