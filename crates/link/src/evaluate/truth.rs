//! Reading the truth: who each record is, and the groups that it belongs to.
//!
//! Three shapes: records with the person of the index that they are (empty: not in the index), records of one file
//! with a person, or pairs of records that are one person.

use super::{
    ids::Ids,
    links::{cell, name_of, need},
    outcomes::Outcomes,
    sides::{Counted, Sizes},
    told::Told,
};
use crate::{
    cluster::Forest,
    files::{FileError, open},
};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

/// The shape of the truth, with the names of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TruthShape {
    /// A row for each record that was traced.
    Trace {
        /// The column with the record.
        record: String,
        /// The column with the person in the index; empty where the person is not in it.
        person: String,
    },
    /// A row for each record of one file.
    People {
        /// The column with the record.
        record: String,
        /// The column with the person.
        person: String,
    },
    /// A row for each pair that is one person; records that stand in none are people of their own.
    Pairs {
        /// The column with the one record.
        left: String,
        /// The column with the other.
        right: String,
    },
}

/// Values of a group column beyond these are one group: a column with more is no group.
const MOST_VALUES: usize = 1000;
/// What stands for no value.
pub(crate) const NOT_STATED: &str = "(not stated)";
/// What stands for all values beyond the most.
pub(crate) const OTHERS: &str = "(others)";

/// A column of the truth that says which group a record belongs to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    pub name: String,
    pub values: Vec<String>,
    /// For each record its place in `values`.
    pub of: Vec<u32>,
}

/// Who each record is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Truth {
    /// The records, by id.
    pub records: Vec<u32>,
    /// The person of each; none where the person is not in the index.
    pub persons: Vec<Option<u32>>,
    pub groups: Vec<Groups>,
    pub outcomes: Vec<Outcomes>,
    /// The file of each record, where there are several.
    pub files: Vec<u32>,
    /// For each id the record that has it.
    places: Vec<u32>,
    /// Whether records without truth are people of their own.
    pub open: bool,
}

impl Truth {
    /// The record with an id, where there is truth about it.
    pub(crate) fn place(&self, id: u32) -> Option<usize> {
        self.places
            .get(id as usize)
            .filter(|place| **place != u32::MAX)
            .map(|place| *place as usize)
    }

    /// The file of the record at a place.
    pub(crate) fn file(&self, place: usize) -> u32 {
        self.files.get(place).copied().unwrap_or(0)
    }

    /// Adds a record of a file of which nothing more is known.
    pub(crate) fn add(&mut self, id: u32, person: Option<u32>, file: u32) {
        let at = id as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, u32::MAX);
        }
        if let Some(place) = self.places.get_mut(at) {
            *place = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        }
        self.records.push(id);
        self.persons.push(person);
        self.files.push(file);
    }
}

/// Numbers that gave way to others, followed to their end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replaced {
    ends: HashMap<u32, u32, ahash::RandomState>,
}

impl Replaced {
    /// The number in which a chain ends.
    pub(crate) fn follow(&self, number: u32) -> u32 {
        self.ends.get(&number).copied().unwrap_or(number)
    }

    /// Reads columns `nhs_number` and `replaced_by`.
    pub(crate) fn read(path: &Path, ids: &mut Ids, told: &mut Told) -> Result<Self, FileError> {
        let mut rows = open(path, &["nhs_number", "replaced_by"])?;
        need(&rows, path, &[(0, "nhs_number"), (1, "replaced_by")])?;
        let mut next: Vec<(u32, u32)> = Vec::new();
        while let Some((count, columns)) = rows.next_batch()? {
            for row in 0..count {
                let pair = (
                    ids.number(cell(&columns, 0, row)),
                    ids.number(cell(&columns, 1, row)),
                );
                if let (Some(old), Some(new)) = pair
                    && old != new
                {
                    next.push((old, new));
                }
            }
        }
        told.odd(&name_of(path), &rows);
        Ok(Self::of(&next, ids, &name_of(path), told))
    }

    fn of(pairs: &[(u32, u32)], ids: &Ids, file: &str, told: &mut Told) -> Self {
        let mut next: HashMap<u32, u32, ahash::RandomState> =
            HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
        let mut several = BTreeSet::new();
        for (old, new) in pairs {
            // Of several successors the first in order of text, whatever the order of rows.
            let least = next.entry(*old).or_insert(*new);
            if least != new {
                several.insert(*old);
            }
            if ids.text(*new) < ids.text(*least) {
                *least = *new;
            }
        }
        if !several.is_empty() {
            let message = "numbers give way to several others; the least of these counts";
            told.say(file, message.to_owned(), several.len() as u64);
        }
        let mut starts: Vec<u32> = next.keys().copied().collect();
        starts.sort_unstable();
        let (mut ends, mut circles) = (
            HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
            0,
        );
        for start in starts {
            let (mut way, mut at) = (vec![start], start);
            let mut places: HashMap<u32, usize, ahash::RandomState> =
                HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4));
            places.insert(start, 0);
            while let Some(to) = next.get(&at).copied() {
                if let Some(known) = ends.get(&to).copied() {
                    at = known;
                    break;
                }
                if let Some(from) = places.get(&to).copied() {
                    // A circle has no end: the first of its numbers in order of text stands for all.
                    circles += 1;
                    let circle = way.iter().skip(from).copied();
                    at = circle
                        .min_by(|a, b| ids.text(*a).cmp(ids.text(*b)))
                        .unwrap_or(to);
                    break;
                }
                places.insert(to, way.len());
                way.push(to);
                at = to;
            }
            for number in way {
                ends.insert(number, at);
            }
        }
        if circles > 0 {
            told.say(
                file,
                "superseded numbers lead in a circle; one of them stands for all".to_owned(),
                circles,
            );
        }
        Self { ends }
    }
}

/// What is read of a truth.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub shape: &'a TruthShape,
    pub groups: &'a [String],
    pub outcomes: &'a [String],
    /// The column that names the file of a record.
    pub file: Option<&'a str>,
    pub counted: Counted,
    pub replaced: &'a Replaced,
}

/// Reads a truth.
pub(crate) fn read(
    path: &Path,
    asked: Wanted<'_>,
    ids: &mut Ids,
    told: &mut Told,
) -> Result<Truth, FileError> {
    let Wanted {
        shape,
        groups,
        replaced,
        ..
    } = asked;
    let (first, second) = match shape {
        TruthShape::Trace { record, person } | TruthShape::People { record, person } => {
            (record.as_str(), person.as_str())
        }
        TruthShape::Pairs { left, right } => {
            if !groups.is_empty() || !asked.outcomes.is_empty() {
                let message = "pairs have no groups and no outcomes: for these the truth needs a row for each record, with its person";
                told.say(&name_of(path), message.to_owned(), 1);
            }
            return read_pairs(path, (left, right), asked.counted, ids, told);
        }
    };
    let blank_is_absent = matches!(shape, TruthShape::Trace { .. });
    let mut truth = Truth {
        outcomes: asked
            .outcomes
            .iter()
            .map(|name| Outcomes::new(name))
            .collect(),
        ..Truth::default()
    };
    let mut wanted = vec![first, second];
    wanted.extend(groups.iter().map(String::as_str));
    let outcomes_at = wanted.len();
    wanted.extend(asked.outcomes.iter().map(String::as_str));
    wanted.extend(asked.file);
    let file_at = wanted.len() - 1;
    let mut files = Column::new("");
    let mut rows = open(path, &wanted)?;
    let needed: Vec<(usize, &str)> = wanted.iter().copied().enumerate().collect();
    need(&rows, path, &needed)?;
    let file = name_of(path);
    let mut columns_of = groups
        .iter()
        .map(|name| Column::new(name))
        .collect::<Vec<_>>();
    let mut contradicted = Vec::new();
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let Some(record) = ids.number(cell(&columns, 0, row)) else {
                told.row(&file, "a record without an id; left out", row_number);
                continue;
            };
            let person = ids
                .number(cell(&columns, 1, row))
                .map(|person| replaced.follow(person));
            if person.is_none() && !blank_is_absent {
                told.row(&file, "a record without a person; left out", row_number);
                continue;
            }
            if let Some(place) = truth.place(record) {
                if truth.persons.get(place) == Some(&person) {
                    told.row(
                        &file,
                        "a record that stands there before with the same person; counted once",
                        row_number,
                    );
                } else {
                    told.row(&file, "a record that stands there before as somebody else; no truth about it counts", row_number);
                    contradicted.push(place);
                }
                continue;
            }
            if asked.file.is_some() {
                files.push(cell(&columns, file_at, row));
            }
            let of_file = files.groups.of.last().copied().unwrap_or(0);
            truth.add(record, person, of_file);
            for (at, column) in columns_of.iter_mut().enumerate() {
                column.push(cell(&columns, at + 2, row));
            }
            for (at, outcomes) in truth.outcomes.iter_mut().enumerate() {
                outcomes.push(
                    cell(&columns, at + outcomes_at, row),
                    &file,
                    row_number,
                    told,
                );
            }
        }
    }
    told.odd(&file, &rows);
    truth.groups = grouped(columns_of, &file, told);
    Ok(without(truth, contradicted))
}

fn grouped(columns: Vec<Column>, file: &str, told: &mut Told) -> Vec<Groups> {
    for Column { groups, .. } in &columns {
        if groups.values.iter().any(|value| value == OTHERS) {
            let message = format!(
                "column {} has more than {MOST_VALUES} values; the others are one group",
                groups.name
            );
            told.say(file, message, 1);
        }
    }
    columns.into_iter().map(|column| column.groups).collect()
}

struct Column {
    groups: Groups,
    places: HashMap<String, u32, ahash::RandomState>,
}

impl Column {
    fn new(name: &str) -> Self {
        Self {
            groups: Groups {
                name: name.to_owned(),
                ..Groups::default()
            },
            places: HashMap::with_hasher(ahash::RandomState::with_seeds(1, 2, 3, 4)),
        }
    }

    fn push(&mut self, value: &str) {
        let mut value = if value.is_empty() { NOT_STATED } else { value };
        if !self.places.contains_key(value) && self.places.len() >= MOST_VALUES {
            value = OTHERS;
        }
        let next = u32::try_from(self.groups.values.len()).unwrap_or(u32::MAX);
        let place = if let Some(place) = self.places.get(value) {
            *place
        } else {
            self.places.insert(value.to_owned(), next);
            self.groups.values.push(value.to_owned());
            next
        };
        self.groups.of.push(place);
    }
}

/// The truth without records that it contradicts itself about.
fn without(truth: Truth, mut places: Vec<usize>) -> Truth {
    if places.is_empty() {
        return truth;
    }
    places.sort_unstable();
    let stays = |place: &usize| places.binary_search(place).is_err();
    let mut kept = Truth {
        open: truth.open,
        ..Truth::default()
    };
    for (place, (record, person)) in truth.records.iter().zip(&truth.persons).enumerate() {
        if stays(&place) {
            kept.add(*record, *person, truth.file(place));
        }
    }
    for groups in truth.groups {
        let of = groups
            .of
            .iter()
            .enumerate()
            .filter(|(place, _)| stays(place))
            .map(|(_, of)| *of)
            .collect();
        kept.groups.push(Groups { of, ..groups });
    }
    for outcomes in truth.outcomes {
        let of = outcomes.of.iter().enumerate();
        let of = of
            .filter(|(place, _)| stays(place))
            .map(|(_, of)| *of)
            .collect();
        kept.outcomes.push(Outcomes { of, ..outcomes });
    }
    kept
}

/// Pairs that are one person: who is joined by several of them is one person as well.
fn read_pairs(
    path: &Path,
    (left, right): (&str, &str),
    counted: Counted,
    ids: &mut Ids,
    told: &mut Told,
) -> Result<Truth, FileError> {
    let two_files = counted == Counted::TwoFiles;
    let mut rows = open(path, &[left, right])?;
    need(&rows, path, &[(0, left), (1, right)])?;
    let file = name_of(path);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    let mut row_number = 1;
    while let Some((count, columns)) = rows.next_batch()? {
        for row in 0..count {
            row_number += 1;
            let pair = (
                ids.number(cell(&columns, 0, row)),
                ids.number_in(usize::from(two_files), cell(&columns, 1, row)),
            );
            match pair {
                (Some(left), Some(right)) if two_files => pairs.push((left, right)),
                (Some(left), Some(right)) => pairs.push((left.min(right), left.max(right))),
                _ => told.row(
                    &file,
                    "a pair without an id on both sides; left out",
                    row_number,
                ),
            }
        }
    }
    told.odd(&file, &rows);
    let given = pairs.len();
    pairs.sort_unstable();
    pairs.dedup();
    if pairs.len() < given {
        told.say(
            &file,
            "pairs stand there before; counted once".to_owned(),
            (given - pairs.len()) as u64,
        );
    }
    let mut forest = Forest::new(ids.len());
    for (left, right) in &pairs {
        forest.join(*left, *right);
    }
    let mut truth = Truth {
        open: true,
        ..Truth::default()
    };
    let mut records: Vec<(u32, u32)> = pairs
        .iter()
        .flat_map(|(left, right)| [(*left, 0), (*right, u32::from(two_files))])
        .collect();
    records.sort_unstable();
    records.dedup();
    let mut sizes = vec![Sizes::default(); ids.len()];
    for (record, of_file) in records {
        let person = forest.root(record);
        if let Some(sizes) = sizes.get_mut(person as usize) {
            sizes.add(of_file, 1);
        }
        truth.add(record, Some(person), of_file);
    }
    let joined: u64 = sizes.iter().map(|sizes| sizes.pairs(counted)).sum();
    let told_of = pairs.iter().filter(|(left, right)| left != right).count() as u64;
    if joined > told_of {
        told.say(
            &file,
            "pairs follow from others and are not there; they count as true".to_owned(),
            joined - told_of,
        );
    }
    Ok(truth)
}
