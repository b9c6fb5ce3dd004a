//! Varying the examples of a dataset: people, references, dates, codes and numbers.

use super::names::Names;
use anyhow::Result;
use chrono::{Datelike, TimeDelta};
use land::{
    check::Specification,
    receive::{RawBatch, ReceiveSettings, open},
};
use model::{Content, Date, Field, FieldKind, NhsNumber};
use std::{collections::BTreeSet, io::Cursor};

/// How many times a row is tried, each time with less that differs from the example.
pub(super) const LEVELS: u32 = 6;

/// Makes rows. The same seed and number give the same row.
pub(super) struct Maker<'a> {
    specification: &'a Specification,
    seed: u64,
    names: Names,
    examples: Vec<Vec<String>>,
    /// The day on which the examples pass their rules.
    day: Option<Date>,
    /// Fields that have one value throughout a file.
    fixed: BTreeSet<usize>,
    /// Fields by which a row is known again.
    key: BTreeSet<usize>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        specification: &'a Specification,
        content: &Content,
        seed: u64,
    ) -> Result<Self> {
        let dataset = specification.dataset();
        let mut examples = specification.example_rows();
        let path = format!("datasets/{}/examples/example.csv", dataset.name);
        if let Ok(text) = content.text(&path) {
            let text = Box::new(Cursor::new(text.as_bytes().to_vec()));
            let mut receiver = open(text, dataset, &ReceiveSettings::default())?;
            while let Some(batch) = receiver.next_batch(RawBatch::default())? {
                examples.extend((0..batch.rows).map(|row| {
                    let cells = batch.columns.iter().map(|c| c.cell(row));
                    cells
                        .map(|cell| String::from_utf8_lossy(cell).into_owned())
                        .collect()
                }));
            }
        }
        let columns = &dataset.compare.key;
        Ok(Self {
            specification,
            seed,
            names: Names::read(content),
            examples,
            day: specification.example_day(),
            fixed: specification
                .rules()
                .iter()
                .filter(|rule| rule.kind() == "one_value")
                .flat_map(|rule| rule.fields.iter().copied())
                .collect(),
            key: dataset
                .fields
                .iter()
                .enumerate()
                .filter(|(_, f)| columns.contains(&f.column))
                .map(|(at, _)| at)
                .collect(),
        })
    }

    /// Drops examples that are there to show a fault. Where the rules want dates nearer to the day, all dates are moved
    /// by whole years. `false` where nothing is left.
    pub(super) fn keep_those_that_fit(
        &mut self,
        today: Date,
        fit: impl Fn(&[Vec<String>]) -> Result<Vec<bool>>,
    ) -> Result<bool> {
        // A file has one value in some columns: that of the first example, so others are left out.
        let years = self.day.map_or(0, |day| today.year() - day.year());
        for shift in [0, years] {
            let moved: Vec<Vec<String>> = self
                .examples
                .iter()
                .map(|row| self.moved_by_years(row, shift))
                .collect();
            let fits = fit(&moved)?;
            let good: Vec<Vec<String>> = moved
                .into_iter()
                .zip(fits)
                .filter_map(|(row, fits)| fits.then_some(row))
                .collect();
            if let Some(first) = good.first().cloned() {
                let same = |row: &Vec<String>| {
                    self.fixed
                        .iter()
                        .all(|at| row.get(*at).is_none_or(|cell| Some(cell) == first.get(*at)))
                };
                self.examples = good.iter().filter(|row| same(row)).cloned().collect();
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn moved_by_years(&self, row: &[String], years: i32) -> Vec<String> {
        let fields = &self.specification.dataset().fields;
        row.iter()
            .zip(fields)
            .map(|(cell, field)| {
                if years == 0 || field.kind != FieldKind::Date {
                    return cell.clone();
                }
                read(field, cell)
                    .and_then(|(day, layout)| {
                        let moved = day
                            .with_year(day.year() + years)
                            .or_else(|| day.with_day(28)?.with_year(day.year() + years))?;
                        Some(moved.format(layout).to_string())
                    })
                    .unwrap_or_else(|| cell.clone())
            })
            .collect()
    }

    /// A row. At level 0 everything is varied, then less and less; at the last it is the example itself.
    pub(super) fn row(&self, number: u64, level: u32) -> Vec<String> {
        let mut chance = Chance::new(self.seed, number, level);
        let count = self.examples.len().max(1) as u64;
        let at = usize::try_from(chance.below(count)).unwrap_or_default();
        let Some(example) = self.examples.get(at) else {
            return Vec::new();
        };
        let all_dates = i64::try_from(chance.below(361)).unwrap_or_default() - 180;
        let birth = i64::try_from(chance.below(7_301)).unwrap_or_default() - 3_650;
        let fields = &self.specification.dataset().fields;
        let mut row = Vec::with_capacity(fields.len());
        for (at, (field, cell)) in fields.iter().zip(example).enumerate() {
            let drawn = chance.next();
            let varied = if cell.is_empty() || self.fixed.contains(&at) {
                None
            } else {
                match field.kind {
                    FieldKind::Text if level < 5 => self.text(at, field, example, number),
                    FieldKind::Date if field.identifying && level < 4 => moved(field, cell, birth),
                    FieldKind::Date if !field.identifying && level < 3 => {
                        moved(field, cell, all_dates)
                    }
                    FieldKind::Code if level < 2 => self.code(at, drawn, level),
                    FieldKind::Decimal | FieldKind::Number | FieldKind::Integer if level < 1 => {
                        scaled(cell, drawn)
                    }
                    _ => None,
                }
            };
            row.push(varied.unwrap_or_else(|| cell.clone()));
        }
        row
    }

    fn text(&self, at: usize, field: &Field, example: &[String], number: u64) -> Option<String> {
        let cell = example.get(at)?;
        if NhsNumber::parse(cell).is_ok() {
            return nhs_number(self.seed, number);
        }
        if !field.identifying && !self.key.contains(&at) {
            return None;
        }
        if cell.chars().all(|c| c.is_alphabetic() || c == '\'') {
            let draw = Chance::new(self.seed, number, u32::try_from(at).unwrap_or_default()).next();
            return Some(self.names.like(cell, draw));
        }
        let stem = stem(cell);
        let width = cell.len() - stem.len();
        // Keys that differ in the example still differ: nobody is linked with themselves.
        let mut alike: Vec<&String> = Vec::new();
        for other in example.iter().filter(|other| self::stem(other) == stem) {
            if !alike.contains(&other) {
                alike.push(other);
            }
        }
        let place = alike.iter().position(|other| *other == cell)? as u64;
        (width > 0).then(|| format!("{stem}{:0width$}", number * KEYS_IN_A_ROW + place + 1))
    }

    /// Another value of the list, for some of the cells.
    fn code(&self, at: usize, drawn: u64, level: u32) -> Option<String> {
        let share = if level == 0 { 3 } else { 8 };
        if !drawn.is_multiple_of(share) {
            return None;
        }
        let book = self.specification.code_book(at)?;
        let count = book.values().count().max(1) as u64;
        let pick = usize::try_from(drawn / share % count).unwrap_or_default();
        book.values().nth(pick).map(str::to_owned)
    }
}

/// A key without the digits at its end.
fn stem(key: &str) -> &str {
    key.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// A number of the range for tests, for each row another.
fn nhs_number(seed: u64, number: u64) -> Option<String> {
    const RANGE: u64 = 1_000_000;
    // One in eleven has no check digit, and then the next one is taken: numbers are spread so that it is free.
    let first = (seed % RANGE + number * 2) % RANGE;
    (0..12)
        .find_map(|step| {
            let n = u32::try_from((first + step) % RANGE).ok()?;
            NhsNumber::test_number(n)
        })
        .map(|number| number.reveal().to_owned())
}

/// A date and the layout in which it is written.
fn read<'f>(field: &'f Field, cell: &str) -> Option<(Date, &'f str)> {
    let usual = "%d/%m/%Y";
    let layouts = field.layouts.iter().map(String::as_str);
    layouts
        .chain(std::iter::once(usual))
        .find_map(|layout| Some((Date::parse_from_str(cell, layout).ok()?, layout)))
}

fn moved(field: &Field, cell: &str, days: i64) -> Option<String> {
    let (day, layout) = read(field, cell)?;
    let moved = day.checked_add_signed(TimeDelta::days(days))?;
    Some(moved.format(layout).to_string())
}

/// A number between half and one and a half of another, with as many places.
fn scaled(cell: &str, drawn: u64) -> Option<String> {
    let number: f64 = cell.parse().ok()?;
    let places = cell.split_once('.').map_or(0, |(_, places)| places.len());
    let hundredths = u32::try_from(drawn % 101).unwrap_or_default();
    let factor = 0.5 + f64::from(hundredths) / 100.0;
    Some(format!("{:.places$}", number * factor))
}

/// A row has so many keys of one form at most: a person and those who are linked.
const KEYS_IN_A_ROW: u64 = 4;

/// Numbers that look like chance and are the same for the same seed (`SplitMix64`, Steele and others 2014).
struct Chance(u64);

impl Chance {
    fn new(seed: u64, number: u64, level: u32) -> Self {
        let mut chance = Self(seed);
        let mixed = chance.next() ^ number.wrapping_mul(0xd134_2543_de82_ef95);
        Self(mixed.wrapping_add(u64::from(level) << 56))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        self.next() % most.max(1)
    }
}
