//! Records: what an index or a council writes down about a person.

use super::{
    book::{Book, NONE},
    facts::World,
    ground::Ground,
    street::{Family, NOWHERE, Person},
};
use crate::{days::digits, people::Sex};

/// The columns of an index and of a set to be deduplicated; a record to be traced has `record_id` before them.
pub(super) const COLUMNS: &str =
    "nhs_number,given_name,other_given_name,family_name,sex,dob,postcode,gp_practice";

/// A record. An empty text is a value that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) number: String,
    pub(super) given: String,
    pub(super) other: String,
    pub(super) family: String,
    pub(super) sex: String,
    pub(super) dob: Option<(u16, u8, u8)>,
    pub(super) postcode: String,
    pub(super) practice: String,
}

impl Record {
    /// As it should be.
    pub(super) fn of(world: &World<'_>, person: &Person) -> Self {
        let book = &world.facts.book;
        let mut other = String::new();
        write_others(book, person, &mut other);
        let mut practice = String::new();
        Ground::write_practice(person.practice, &mut practice);
        Self {
            number: person.number.to_string(),
            given: book.text(person.given[0]).to_owned(),
            other,
            family: family(book, person.family),
            sex: code(person.sex).to_owned(),
            dob: Some(person.born),
            postcode: postcode(world, person.postcode),
            practice,
        }
    }

    /// Adds the row, with its line end.
    pub(super) fn write(&self, row: &mut String) {
        for part in [
            &self.number,
            &self.given,
            &self.other,
            &self.family,
            &self.sex,
        ] {
            row.push_str(part);
            row.push(',');
        }
        if let Some(date) = self.dob {
            write_date(date, row);
        }
        for part in [&self.postcode, &self.practice] {
            row.push(',');
            row.push_str(part);
        }
        row.push('\n');
    }
}

/// Adds the row of a person as it should be, without a record in between: nearly all of an index is written so.
pub(super) fn write_plain(world: &World<'_>, person: &Person, row: &mut String) {
    let book = &world.facts.book;
    write_number(person.number, row);
    row.push(',');
    row.push_str(book.text(person.given[0]));
    row.push(',');
    write_others(book, person, row);
    row.push(',');
    write_family(book, person.family, row);
    row.push(',');
    row.push_str(code(person.sex));
    row.push(',');
    write_date(person.born, row);
    row.push(',');
    world.ground.write_postcode(person.postcode, row);
    row.push(',');
    Ground::write_practice(person.practice, row);
    row.push('\n');
}

/// Adds what the index remembers about a person; returns the rows.
pub(super) fn write_history(world: &World<'_>, person: &Person, rows: &mut String) -> u64 {
    let mut count = 0;
    if let Some((former, true)) = person.former {
        write_number(person.number, rows);
        rows.push_str(",family_name,");
        write_family(&world.facts.book, former, rows);
        rows.push('\n');
        count += 1;
    }
    for past in person.past.into_iter().filter(|p| *p != NOWHERE) {
        write_number(person.number, rows);
        rows.push_str(",postcode,");
        world.ground.write_postcode(past, rows);
        rows.push('\n');
        count += 1;
    }
    count
}

/// A family name as text.
pub(super) fn family(book: &Book, family: Family) -> String {
    let mut text = String::new();
    write_family(book, family, &mut text);
    text
}

/// A postcode as text.
pub(super) fn postcode(world: &World<'_>, postcode: u32) -> String {
    let mut text = String::new();
    world.ground.write_postcode(postcode, &mut text);
    text
}

/// Ten digits.
pub(super) fn write_number(number: u64, row: &mut String) {
    let (high, low) = (number / 100_000, number % 100_000);
    for half in [high, low] {
        digits(row, u32::try_from(half).unwrap_or(0), 5);
    }
}

fn write_family(book: &Book, family: Family, row: &mut String) {
    row.push_str(book.text(family.first));
    if family.second != NONE {
        row.push('-');
        row.push_str(book.text(family.second));
    }
}

fn write_others(book: &Book, person: &Person, row: &mut String) {
    let [_, others @ ..] = person.given;
    for (at, other) in others.into_iter().filter(|o| *o != NONE).enumerate() {
        if at > 0 {
            row.push(' ');
        }
        row.push_str(book.text(other));
    }
}

fn write_date((year, month, day): (u16, u8, u8), row: &mut String) {
    digits(row, u32::from(year), 4);
    row.push('-');
    digits(row, u32::from(month), 2);
    row.push('-');
    digits(row, u32::from(day), 2);
}

fn code(sex: Sex) -> &'static str {
    sex.code()
}
