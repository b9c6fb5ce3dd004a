//! The hard cases within one file: two records among five hundred others, whether they are about one person and why.

use super::{
    Desk, content,
    invented::{self, Row, World, at},
    quick, shipped,
};
use crate::{files::Learn, trained::Trained};

fn record(names: [&str; 3], sex: &str, born: &str, postcode: &str) -> Row {
    let [given, other, family] = names;
    let cells = ["", given, other, family, sex, born, postcode, "Z81009"];
    Row {
        id: String::new(),
        cells: cells.map(str::to_owned),
    }
}

fn grace() -> Row {
    record(["Grace", "", "Whitfield"], "2", "1984-06-17", "ZA4 4QT")
}

/// Whether each two of these records are linked, by the shipped numbers: first and second, first and third, ...
fn linked(records: &[Row]) -> Vec<bool> {
    let mut file = World::new(2027, 400, 100).one_file();
    for (n, record) in records.iter().enumerate() {
        let id = format!("case{n}");
        file.push(Row {
            id,
            ..record.clone()
        });
    }
    let model = quick(&shipped("person-dedupe"));
    let path = "linkage/trained/person-dedupe.toml";
    let trained = Trained::from_text(content().text(path).unwrap(), path).unwrap();
    let learn = Learn::Before(Box::new(trained.parameters(&model, path).unwrap()));
    let desk = Desk::new(&invented::csv(&file), None, None, None);
    let (_, rows) = desk.link(&model, &learn, 1).unwrap();
    let mut pairs = Vec::new();
    for one in 0..records.len() {
        for other in one + 1..records.len() {
            let of_both = rows.iter().find(|row| {
                row["left_id"] == format!("case{one}") && row["right_id"] == format!("case{other}")
            });
            pairs.push(of_both.is_some_and(|row| row["decision"] == "link"));
        }
    }
    pairs
}

#[test]
fn one_person_written_down_twice_with_a_slip_is_one() {
    // Nickname, a letter, day and month, an older postcode: any one of them by itself.
    let lives = record(
        ["Margaret", "Rose", "Whitfield"],
        "2",
        "1984-06-05",
        "ZA4 4QT",
    );
    for slip in [
        lives.clone(),
        lives.clone().with(at::GIVEN, "Peggy"),
        lives.clone().with(at::FAMILY, "Whitfeild"),
        lives.clone().with(at::DOB, "1984-05-06"),
        lives.clone().with(at::POSTCODE, "ZD8 2PL"),
        lives.clone().with(at::FAMILY, "Osbaldeston"),
        lives.clone().with(at::POSTCODE, "ZZ99 3WZ"),
    ] {
        assert_eq!(linked(&[lives.clone(), slip.clone()]), [true], "{slip:?}");
    }
}

#[test]
fn twins_are_two() {
    // Family name, birth date, sex and address agree; the given names are others.
    let hope = grace().with(at::GIVEN, "Hope");
    assert_eq!(linked(&[grace(), hope, grace()]), [false, true, false]);
}

#[test]
fn a_baby_without_a_name_is_not_made_one_with_both_twins() {
    // Either of them could be meant, so that a chain would make all three one.
    let (one, other) = (
        grace().with(at::DOB, "2026-10-30"),
        grace().with(at::GIVEN, "Hope").with(at::DOB, "2026-10-30"),
    );
    let pairs = linked(&[one.clone(), other, one.with(at::GIVEN, "Baby")]);
    assert!(!pairs[0]);
}

#[test]
fn father_and_son_of_one_name_at_one_address_are_two() {
    // The birth dates are a generation apart.
    let father = record(["Graham", "", "Whitfield"], "1", "1951-03-09", "ZA4 4QT");
    let son = father.clone().with(at::DOB, "1984-06-17");
    assert_eq!(linked(&[father, son]), [false]);
}

#[test]
fn a_couple_and_sisters_are_each_themselves() {
    // They share family name, address and practice, and nothing that is their own.
    let husband = grace()
        .with(at::GIVEN, "Martin")
        .with(at::SEX, "1")
        .with(at::DOB, "1982-11-23");
    let sister = grace().with(at::GIVEN, "Gwen").with(at::DOB, "1985-07-02");
    assert_eq!(linked(&[grace(), husband, sister]), [false, false, false]);
}

#[test]
fn namesakes_in_one_town_are_two() {
    // A common name, another birth date, another postcode of the same district.
    let one = record(["Mohammed", "", "Khan"], "1", "1984-06-17", "ZA4 4QT");
    let other = record(["Mohammed", "", "Khan"], "1", "1979-09-28", "ZA4 6XY");
    assert_eq!(linked(&[one, other]), [false]);
}

#[test]
fn two_people_under_one_number_are_told_apart_by_all_the_rest() {
    // The number of one was written down for the other, a stranger.
    let number = invented::number(7000);
    let stranger = record(["Martin", "", "Osbaldeston"], "1", "1949-12-02", "ZD8 2PL");
    let (one, other) = (
        grace().with(at::NUMBER, &number),
        stranger.with(at::NUMBER, &number),
    );
    assert_eq!(linked(&[one, other]), [false]);
}
