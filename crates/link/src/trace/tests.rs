//! Tracing as a whole: every rule of the steps, a slow second implementation of the whole decision, the index in
//! increments, and files from end to end.

mod fhir;
mod files;
mod generate;
mod index;
mod plain;
mod rules;
mod tables;

use super::*;
use model::{Date, NhsNumber};
use settings::tests::settings;
use std::{collections::BTreeMap, io::Cursor, num::NonZero};

/// The nth number of the test range that exists, as digits.
fn n(place: usize) -> String {
    let mut all = (0..).filter_map(NhsNumber::test_number);
    all.nth(place).unwrap().reveal().to_owned()
}

/// `#0`, `#1` and so on in a text stand for numbers of the test range.
fn numbered(text: &str) -> String {
    let mut out = text.to_owned();
    for place in (0..30).rev() {
        out = out.replace(&format!("#{place}"), &n(place));
    }
    out
}

fn today() -> Date {
    Date::from_ymd_opt(2026, 11, 22).unwrap()
}

/// An index from the text of its files.
fn index_of(settings: &Settings, people: &str, history: &str, superseded: &str) -> Index {
    let mut builder = IndexBuilder::new(settings);
    let header = "nhs_number,given_name,other_given_name,family_name,sex,dob,postcode,gp_practice,date_of_death,confidentiality,status\n";
    let none_left_out = |report: FilesReport| assert!(report.left_out.is_empty(), "{report:?}");
    let people = numbered(&format!("{header}{people}"));
    none_left_out(read_people(people.as_bytes(), &mut builder).unwrap());
    let history = numbered(&format!("nhs_number,field,value,from,to\n{history}"));
    none_left_out(read_history(history.as_bytes(), &mut builder).unwrap());
    let superseded = numbered(&format!("nhs_number,replaced_by\n{superseded}"));
    none_left_out(read_superseded(superseded.as_bytes(), &mut builder).unwrap());
    builder.finish(NonZero::<usize>::MIN)
}

fn a_run(threads: usize) -> Run<'static> {
    Run {
        file_name: None,
        submission: 7,
        today: today(),
        threads: NonZero::new(threads).unwrap(),
        form: ResponseForm {
            scores: true,
            diagnostics: true,
            older: false,
        },
    }
}

/// The rows of a response by column, diagnostics and all.
fn rows_of(response: &[u8]) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(response);
    reader.deserialize().map(Result::unwrap).collect()
}

/// Traces a request.
fn traced(
    settings: &Settings,
    index: &Index,
    bucket: &mut Bucket,
    request: &str,
) -> Vec<BTreeMap<String, String>> {
    let mut response = Vec::new();
    let request = numbered(request);
    let none: Option<&mut Vec<u8>> = None;
    let report = run(
        Cursor::new(request.as_bytes()),
        &a_run(2),
        index,
        settings,
        bucket,
        &mut response,
        none,
    )
    .unwrap();
    assert!(report.refused.is_none(), "{:?}", report.refused);
    rows_of(&response)
}

/// Numbers that look like chance (`splitmix64`), the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}
