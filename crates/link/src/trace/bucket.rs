//! Step 5: people who are in no index, told apart by what was sent of them, so that a later row about the same
//! person gets the same id.
//!
//! The bucket comes in with a run and goes out of it; the same rows against the same bucket give the same ids.
//! It is about people, so it belongs where names may be.

use crate::trace::{
    BucketSettings, Day,
    input::{Record, Records},
    subject::Subject,
};
use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
};

/// The first letter of ids; when the numbers of one are used up the next begins.
const LETTERS: [char; 2] = ['A', 'B'];
const NUMBERS: u64 = 999_999_999;
const COLUMNS: [&str; 7] = [
    "mps_id",
    "nhs_number",
    "family_name",
    "given_name",
    "sex",
    "dob",
    "postcode",
];
const LONGEST: usize = 1_000;

/// People who are in no index.
#[derive(Clone, Default, PartialEq)]
pub struct Bucket {
    entries: Vec<Entry>,
    /// Entries by date of birth and postcode.
    by_place: BTreeMap<(Day, String), Vec<usize>>,
    /// The number of the last id, counting on through the letters.
    last: u64,
}

#[derive(Clone, PartialEq)]
struct Entry {
    id: u64,
    number: Option<u64>,
    family: String,
    given: String,
    sex: u8,
    born: Day,
    postcode: String,
}

/// The id that a row gets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The first of those that fit, or a new one.
    pub(crate) id: String,
    /// All that fit, joined by `~~~`.
    pub(crate) all: String,
    pub(crate) several: bool,
}

/// Why a bucket cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// The bytes could not be read.
    #[error("the file of unmatched people cannot be read")]
    Read(#[from] io::Error),
    /// The header row is another.
    #[error("the file of unmatched people must have the columns {}", COLUMNS.join(", "))]
    Header,
    /// A row is none of ours.
    #[error(
        "row {row} of the file of unmatched people has no usable {column}; it was changed by something else"
    )]
    Row { row: u64, column: &'static str },
}

impl Bucket {
    /// How many people are in it.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody is in it.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Reads a bucket that was written.
    pub fn read(from: impl Read) -> Result<Self, BucketError> {
        let mut records = Records::new(from, LONGEST);
        let mut record = Record::default();
        let mut bucket = Self::default();
        if !records.next(&mut record)? {
            return Ok(bucket);
        }
        if !record.kept().eq(COLUMNS) {
            return Err(BucketError::Header);
        }
        let mut ids = std::collections::BTreeSet::new();
        while records.next(&mut record)? {
            let row = records.rows();
            let fault = |column| BucketError::Row { row, column };
            if record.fields != COLUMNS.len() || record.too_long {
                return Err(fault("number of cells"));
            }
            let id = number_of(record.get(0)).ok_or(fault("mps_id"))?;
            if !ids.insert(id) {
                return Err(fault("mps_id"));
            }
            let number = record.get(1);
            let born = Day::parse(record.get(5)).filter(|day| day.is_whole());
            bucket.add(Entry {
                id,
                number: match number {
                    "" => None,
                    _ => Some(number.parse().map_err(|_| fault("nhs_number"))?),
                },
                family: record.get(2).to_owned(),
                given: record.get(3).to_owned(),
                sex: record.get(4).bytes().next().unwrap_or_default(),
                born: born.ok_or(fault("dob"))?,
                postcode: record.get(6).to_owned(),
            });
        }
        Ok(bucket)
    }

    /// Writes the bucket so that it can be read again.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(COLUMNS)?;
        for entry in &self.entries {
            let number = entry.number.map(|n| format!("{n:010}"));
            let sex = (entry.sex != 0).then(|| char::from(entry.sex).to_string());
            writer.write_record([
                &id_of(entry.id).unwrap_or_default(),
                &number.unwrap_or_default(),
                &entry.family,
                &entry.given,
                &sex.unwrap_or_default(),
                &entry.born.iso(),
                &entry.postcode,
            ])?;
        }
        writer.flush()
    }

    /// The id of whoever these details are about; `None` where they do not suffice, or no id is left.
    pub(crate) fn place(&mut self, subject: &Subject, settings: &BucketSettings) -> Option<Placed> {
        let enough = settings.needs.iter().all(|field| subject.has(*field));
        if !enough || !subject.born.is_whole() || subject.postcode.is_empty() {
            return None;
        }
        let key = (subject.born, subject.postcode.clone());
        let near = self.by_place.get(&key).into_iter().flatten();
        let fitting: Vec<String> = near
            .filter_map(|at| self.entries.get(*at))
            .filter(|entry| entry.may_be(subject))
            .filter_map(|entry| id_of(entry.id))
            .collect();
        if let Some(first) = fitting.first() {
            return Some(Placed {
                id: first.clone(),
                all: fitting.join("~~~"),
                several: fitting.len() > 1,
            });
        }
        let id = id_of(self.last + 1)?;
        self.add(Entry {
            id: self.last + 1,
            number: subject.number,
            family: subject.family.clone(),
            given: subject.given.clone(),
            sex: subject.sex,
            born: subject.born,
            postcode: subject.postcode.clone(),
        });
        Some(Placed {
            all: id.clone(),
            id,
            several: false,
        })
    }

    fn add(&mut self, entry: Entry) {
        self.last = self.last.max(entry.id);
        self.by_place
            .entry((entry.born, entry.postcode.clone()))
            .or_default()
            .push(self.entries.len());
        self.entries.push(entry);
    }
}

impl Entry {
    /// Whether whatever both sides say is the same.
    fn may_be(&self, subject: &Subject) -> bool {
        let texts = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        let numbers =
            self.number.is_none() || subject.number.is_none() || self.number == subject.number;
        numbers
            && texts(&self.family, &subject.family)
            && texts(&self.given, &subject.given)
            && (self.sex == 0 || subject.sex == 0 || self.sex == subject.sex)
    }
}

/// The id with this number.
fn id_of(number: u64) -> Option<String> {
    let before = number.checked_sub(1)?;
    let letter = LETTERS.get(usize::try_from(before / NUMBERS).ok()?)?;
    Some(format!("{letter}{:09}", before % NUMBERS + 1))
}

fn number_of(id: &str) -> Option<u64> {
    let mut letters = (0..).zip(LETTERS);
    let (at, rest) = letters.find_map(|(at, letter)| Some((at, id.strip_prefix(letter)?)))?;
    let digits = rest.len() == 9 && rest.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = digits.then(|| rest.parse().ok())??;
    (number > 0).then_some(at * NUMBERS + number)
}

/// The bucket is about people, so it does not print.
impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} unmatched people", self.entries.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Column, Row, settings::tests::settings};
    use proptest::prelude::*;

    fn place(
        bucket: &mut Bucket,
        family: &str,
        given: &str,
        born: &str,
        postcode: &str,
    ) -> Option<Placed> {
        let row = Row::new(
            1,
            &[
                (Column::FamilyName, family),
                (Column::GivenName, given),
                (Column::DateOfBirth, born),
                (Column::Postcode, postcode),
            ],
        );
        let today = model::Date::from_ymd_opt(2026, 11, 22).unwrap();
        let settings = settings();
        let subject = Subject::of(&row, today, &settings.quality);
        bucket.place(&subject, &settings.bucket)
    }

    #[test]
    fn the_same_person_gets_the_same_id_and_a_twin_another() {
        let mut bucket = Bucket::default();
        let mut id = |given| place(&mut bucket, "Thornby", given, "19500302", "SS0 0AA").unwrap();
        assert_eq!(id("Ada").id, "A000000001");
        assert_eq!(id("Eve").id, "A000000002");
        assert_eq!(id("ada ").id, "A000000001");
        let both = id("");
        assert_eq!(both.all, "A000000001~~~A000000002");
        assert_eq!((both.id.as_str(), both.several), ("A000000001", true));
        assert_eq!(bucket.len(), 2);
    }

    #[test]
    fn too_few_details_get_no_id() {
        let mut bucket = Bucket::default();
        for (born, postcode) in [
            ("", "SS0 0AA"),
            ("1950", "SS0 0AA"),
            ("19500302", ""),
            ("19500302", "ZZ99 3VZ"),
        ] {
            assert!(place(&mut bucket, "Thornby", "Ada", born, postcode).is_none());
        }
        assert!(bucket.is_empty());
    }

    #[test]
    fn a_bucket_that_was_written_goes_on_where_it_was() {
        let mut bucket = Bucket::default();
        for (given, postcode) in [("Ada", "SS0 0AA"), ("Zoë", "SS0 0AB"), ("", "SS0 0AC")] {
            place(&mut bucket, "O'Brien", given, "19500302", postcode).unwrap();
        }
        let mut file = Vec::new();
        bucket.write(&mut file).unwrap();
        let mut back = Bucket::read(file.as_slice()).unwrap();
        assert!(back == bucket);
        let next = place(&mut back, "New", "", "19500302", "SS0 0AC").unwrap();
        assert_eq!(next.id, "A000000004");
        assert!(Bucket::read(&b""[..]).unwrap().is_empty());
    }

    #[test]
    fn ids_go_on_with_b_and_then_end() {
        assert_eq!(id_of(1).unwrap(), "A000000001");
        assert_eq!(id_of(999_999_999).unwrap(), "A999999999");
        assert_eq!(id_of(1_000_000_000).unwrap(), "B000000001");
        assert_eq!(id_of(1_999_999_998).unwrap(), "B999999999");
        assert_eq!(id_of(1_999_999_999), None);
        assert_eq!(id_of(0), None);
        for number in [1, 999_999_999, 1_000_000_000, 1_999_999_998] {
            assert_eq!(number_of(&id_of(number).unwrap()), Some(number));
        }
        for none in [
            "",
            "A",
            "A000000000",
            "C000000001",
            "A00000001",
            "A00000000x",
            "é",
        ] {
            assert_eq!(number_of(none), None, "{none}");
        }
    }

    #[test]
    fn a_file_that_was_changed_is_refused_without_its_values() {
        let header = COLUMNS.join(",");
        for (rows, says) in [
            (
                "A1,,,,,1950-03-02,SS0 0AA",
                "row 2 of the file of unmatched people has no usable mps_id; it was changed by something else",
            ),
            (
                "A000000001,,,,,1950,SS0 0AA",
                "row 2 of the file of unmatched people has no usable dob; it was changed by something else",
            ),
            (
                "A000000001,x,,,,1950-03-02,SS0 0AA",
                "row 2 of the file of unmatched people has no usable nhs_number; it was changed by something else",
            ),
            (
                "A000000001,,,,,1950-03-02,\nA000000001,,,,,1950-03-02,",
                "row 3 of the file of unmatched people has no usable mps_id; it was changed by something else",
            ),
            (
                "A000000001",
                "row 2 of the file of unmatched people has no usable number of cells; it was changed by something else",
            ),
        ] {
            let fault = Bucket::read(format!("{header}\n{rows}\n").as_bytes()).unwrap_err();
            assert_eq!(fault.to_string(), says);
        }
        assert!(matches!(
            Bucket::read(&b"a,b\n"[..]),
            Err(BucketError::Header)
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Bucket::read(bytes.as_slice());
            let _ = Bucket::read([COLUMNS.join(",").as_bytes(), b"\n", &bytes].concat().as_slice());
        }
    }
}
