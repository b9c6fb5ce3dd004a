//! A truth where nobody has one: records whose NHS number and date of birth agree exactly. It is fair only where the run did
//! not see the number, so a copy of the file without it can be written as well.
//!
//! Those who come with a right number are not like those who do not; what is measured on them is an upper bound.

use super::{
    ids::Ids,
    links::{cell, name_of, need},
    told::{Notice, Told},
};
use crate::{
    files::{Cell, Column, FileError, open, write},
    nhs_number_key,
};
use model::Date;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, path::Path};

/// The columns that say who somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoldColumns {
    /// The column that names a record.
    pub record: String,
    /// The column with the NHS number.
    pub number: String,
    /// The column with the date of birth.
    pub birth: String,
}

impl Default for GoldColumns {
    fn default() -> Self {
        Self {
            record: "record_id".to_owned(),
            number: "nhs_number".to_owned(),
            birth: "dob".to_owned(),
        }
    }
}

/// How much truth was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gold {
    /// Records that were read.
    pub records: u64,
    /// Records with a valid number and a date of birth.
    pub with_both: u64,
    /// Records of which the truth is known.
    pub known: u64,
    /// What was wrong with the files.
    pub notices: Vec<Notice>,
}

struct Record {
    id: String,
    number: u32,
    birth: Date,
}

/// The truth of a trace: each record whose number is in the index with the same date of birth, in `record_id` and
/// `nhs_number`. A record whose number is in the index with another date has no truth.
pub fn gold_trace(
    left: &Path,
    index: &Path,
    columns: &GoldColumns,
    out: &Path,
) -> Result<Gold, FileError> {
    let (mut numbers, mut told) = (Ids::default(), Told::default());
    let (read, records) = read_records(left, columns, &mut numbers, &mut told)?;
    // For each number of the left side its date of birth in the index; none where there are several.
    let mut of_index: BTreeMap<u32, Option<Date>> = BTreeMap::new();
    let mut rows = open(index, &[&columns.number, &columns.birth])?;
    need(&rows, index, &[(0, &columns.number), (1, &columns.birth)])?;
    while let Some((count, cells)) = rows.next_batch()? {
        for row in 0..count {
            let number = nhs_number_key(cell(&cells, 0, row));
            let number = number.and_then(|number| numbers.known(&number));
            let (Some(number), Some(birth)) = (number, day(cell(&cells, 1, row))) else {
                continue;
            };
            let of_number = of_index.entry(number).or_insert(Some(birth));
            if *of_number != Some(birth) {
                *of_number = None;
            }
        }
    }
    told.odd(&name_of(index), &rows);
    let gold: Vec<&Record> = records
        .iter()
        .filter(|record| of_index.get(&record.number) == Some(&Some(record.birth)))
        .collect();
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let rows = gold
        .iter()
        .map(|record| vec![text(&record.id), text(numbers.text(record.number))]);
    write(out, &texts(&["record_id", "nhs_number"]), rows)?;
    Ok(Gold {
        records: read,
        with_both: records.len() as u64,
        known: gold.len() as u64,
        notices: told.notices(),
    })
}

/// The truth of one file: records with one number and one date of birth are one person, in `record_id` and `person`. A
/// number that stands with several dates is nobody's truth. Persons are counted; no number is written.
pub fn gold_people(input: &Path, columns: &GoldColumns, out: &Path) -> Result<Gold, FileError> {
    let (mut numbers, mut told) = (Ids::default(), Told::default());
    let (read, records) = read_records(input, columns, &mut numbers, &mut told)?;
    let mut births: BTreeMap<u32, Option<Date>> = BTreeMap::new();
    for record in &records {
        let of_number = births.entry(record.number).or_insert(Some(record.birth));
        if *of_number != Some(record.birth) {
            *of_number = None;
        }
    }
    let gold: Vec<&Record> = records
        .iter()
        .filter(|record| births.get(&record.number).is_some_and(Option::is_some))
        .collect();
    let rows = gold.iter().map(|record| {
        vec![
            Cell::Text(record.id.clone().into()),
            Cell::Text(format!("person {}", record.number + 1).into()),
        ]
    });
    write(out, &texts(&["record_id", "person"]), rows)?;
    Ok(Gold {
        records: read,
        with_both: records.len() as u64,
        known: gold.len() as u64,
        notices: told.notices(),
    })
}

/// Writes a file without one of its columns, so that a run cannot see it.
pub fn without_column(input: &Path, column: &str, out: &Path) -> Result<u64, FileError> {
    let columns = open(input, &[])?.columns().to_vec();
    let kept: Vec<&str> = columns
        .iter()
        .map(String::as_str)
        .filter(|name| *name != column)
        .collect();
    let mut rows = open(input, &kept)?;
    let mut all: Vec<Vec<Cell<'static>>> = Vec::new();
    while let Some((count, cells)) = rows.next_batch()? {
        for row in 0..count {
            let cells =
                (0..kept.len()).map(|at| Cell::Text(cell(&cells, at, row).to_owned().into()));
            all.push(cells.collect());
        }
    }
    write(out, &texts(&kept), all.into_iter())
}

fn texts(names: &[&str]) -> Vec<Column> {
    names
        .iter()
        .map(|name| Column {
            name: (*name).to_owned(),
            number: false,
        })
        .collect()
}

fn day(text: &str) -> Option<Date> {
    let forms = ["%Y-%m-%d", "%Y%m%d"];
    forms
        .iter()
        .find_map(|form| Date::parse_from_str(text, form).ok())
}

/// The records with a valid number and a date of birth, and how many there are in all.
fn read_records(
    path: &Path,
    columns: &GoldColumns,
    numbers: &mut Ids,
    told: &mut Told,
) -> Result<(u64, Vec<Record>), FileError> {
    let wanted = [columns.record.as_str(), &columns.number, &columns.birth];
    let mut rows = open(path, &wanted)?;
    let needed: Vec<(usize, &str)> = wanted.into_iter().enumerate().collect();
    need(&rows, path, &needed)?;
    let (mut read, mut records) = (0, Vec::new());
    while let Some((count, cells)) = rows.next_batch()? {
        for row in 0..count {
            read += 1;
            let id = cell(&cells, 0, row);
            let number = nhs_number_key(cell(&cells, 1, row));
            let number = number.and_then(|number| numbers.number(&number));
            let (Some(number), Some(birth)) = (number, day(cell(&cells, 2, row))) else {
                continue;
            };
            if !id.is_empty() {
                records.push(Record {
                    id: id.to_owned(),
                    number,
                    birth,
                });
            }
        }
    }
    told.odd(&name_of(path), &rows);
    Ok((read, records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn numbers_that_agree_with_the_date_of_birth_are_the_truth() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(
            path("l.csv"),
            "record_id,nhs_number,dob,given_name\nr1,999 000 0018,1980-03-04,Ada\nr2,9990000026,19810203,Bo\n\
             r3,9990000026,1981-02-04,Cy\nr4,9990000027,1980-03-04,Di\nr5,,1980-03-04,Ed\nr6,9990000034,1970-01-01,Fi\n",
        )
        .unwrap();
        fs::write(
            path("i.csv"),
            "nhs_number,dob\n9990000018,1980-03-04\n9990000026,1981-02-03\n9990000042,1970-01-01\n",
        )
        .unwrap();
        let columns = GoldColumns::default();
        let gold = gold_trace(&path("l.csv"), &path("i.csv"), &columns, &path("t.csv")).unwrap();
        assert_eq!((gold.records, gold.with_both, gold.known), (6, 4, 2));
        assert_eq!(
            fs::read_to_string(path("t.csv")).unwrap(),
            "record_id,nhs_number\nr1,9990000018\nr2,9990000026\n"
        );
        // Within the file 9990000026 stands with two dates and is nobody's truth.
        let gold = gold_people(&path("l.csv"), &columns, &path("p.csv")).unwrap();
        assert_eq!(gold.known, 2);
        assert_eq!(
            fs::read_to_string(path("p.csv")).unwrap(),
            "record_id,person\nr1,person 1\nr6,person 3\n"
        );
        assert_eq!(
            without_column(&path("l.csv"), "nhs_number", &path("h.csv")).unwrap(),
            6
        );
        let held_out = fs::read_to_string(path("h.csv")).unwrap();
        assert!(held_out.starts_with("record_id,dob,given_name\nr1,1980-03-04,Ada\n"));
    }
}
