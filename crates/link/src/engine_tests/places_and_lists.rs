//! Lists that share items, and postcodes that are near each other, from files to levels.

use super::Desk;
use crate::{
    LinkError,
    files::{FileError, How, Learn, run},
    match_model::MatchModel,
    weigh::Parameters,
};
use model::Content;

const MODEL: &str = r#"
title = "Phones and places"
kind = "dedupe"
left_id = "record_id"
coordinates = "places.csv"
[no_values]
codes = ["NONE"]
[[column]]
name = "born"
clean = "date"
[[column]]
name = "phones"
clean = "list"
[[column]]
name = "postcode"
clean = "postcode"
[[comparison]]
name = "phones"
column = "phones"
levels = [
  { name = "equal", when = "phones exact" },
  { name = "two", when = "phones shares 2" },
  { name = "one", when = "phones shares 1" },
]
[[comparison]]
name = "postcode"
column = "postcode"
levels = [
  { name = "equal", when = "postcode exact" },
  { name = "near", when = "postcode distance 1000" },
  { name = "in reach", when = "postcode distance 5000" },
]
[[block]]
same = ["born"]
[[class]]
name = "one person"
same_person = true
rate = 0.5
[decision]
probability = 0.9
keep_from = -1000.0
"#;

/// Made-up places: along a meridian a thousandth of a degree is 111.195 metres.
const PLACES: &str = "postcode,latitude,longitude\nZA1 1AA,51.500,0.7\nza11ab,51.508,0.7\nZA1 1AC,51.5089,0.7\nZA1 1AD,51.5091,0.7\nZA1 1AE,51.540,0.7\nZA1 1AF,51.550,0.7\nZZ1 1ZZ,51.500,0.7\n";

fn content(places: &str) -> Content {
    Content::from_files([(
        "linkage/lists/places.csv".to_owned(),
        places.as_bytes().to_vec(),
    )])
}

/// The levels of phones and postcode between two records.
fn levels(one: [&str; 2], other: [&str; 2], places: &str) -> Result<[String; 2], FileError> {
    let model = MatchModel::from_text(MODEL, "m.toml").unwrap();
    let row =
        |id: &str, [phones, postcode]: [&str; 2]| format!("{id},1984-06-17,{phones},{postcode}\n");
    let text = format!(
        "record_id,born,phones,postcode\n{}{}",
        row("a", one),
        row("b", other)
    );
    let desk = Desk::new(&text, None, None, None);
    let how = How {
        learn: Learn::Before(Box::new(Parameters::of(&model))),
        threads: 1,
        pictures: true,
        today: None,
        apart: Vec::new(),
    };
    let out = desk.folder.path().join("out.csv");
    run(
        &content(places),
        &model,
        &desk.inputs,
        &out,
        &how,
        &mut |_| {},
    )?;
    let mut reader = csv::Reader::from_path(&out).unwrap();
    let row: super::Cells = reader.deserialize().next().unwrap().unwrap();
    Ok(["phones_level", "postcode_level"].map(|name| row[name].clone()))
}

#[test]
fn lists_are_compared_by_the_items_they_share() {
    for (one, other, expected) in [
        (
            "07700 900001; 07700 900002",
            "07700 900002;07700 900001",
            "equal",
        ),
        ("a;b;c", "C|B|x", "two"),
        ("a;b", "b;c", "one"),
        ("a;a;a", "a;b", "one"),
        ("a", "b", "else"),
        // An item that is no value is none, and a list of none is no list.
        ("a;none", "b;none", "else"),
        ("none; ;", "b", "missing"),
        ("", "b", "missing"),
    ] {
        let found = levels([one, "ZA1 1AA"], [other, "ZA1 1AA"], PLACES).unwrap();
        assert_eq!(found[0], expected, "{one} | {other}");
        let found = levels([other, "ZA1 1AA"], [one, "ZA1 1AA"], PLACES).unwrap();
        assert_eq!(found[0], expected, "{other} | {one}");
    }
}

#[test]
fn postcodes_are_near_by_their_places() {
    for (one, other, expected) in [
        ("ZA1 1AA", "ZA1 1AA", "equal"),
        // 890, 990 and 1,012 metres; 4.4 and 5.6 kilometres.
        ("ZA1 1AA", "ZA1 1AB", "near"),
        ("ZA1 1AA", "ZA1 1AC", "near"),
        ("ZA1 1AA", "ZA1 1AD", "in reach"),
        ("ZA1 1AA", "ZA1 1AE", "in reach"),
        ("ZA1 1AA", "ZA1 1AF", "else"),
        ("ZA1 1AE", "ZA1 1AF", "in reach"),
        // Nobody says where it is.
        ("ZA1 1AA", "ZA9 9AA", "else"),
        ("ZA9 9AA", "ZA9 9AA", "equal"),
    ] {
        let found = levels(["a", one], ["b", other], PLACES).unwrap();
        assert_eq!(found[1], expected, "{one} | {other}");
        let found = levels(["a", other], ["b", one], PLACES).unwrap();
        assert_eq!(found[1], expected, "{other} | {one}");
    }
}

#[test]
fn a_list_of_places_that_is_none_is_refused_with_its_line() {
    for (places, says) in [
        (
            "postcode,latitude,longitude\nZA1 1AA,51.5,0.7\nZA1 1AB,99.999999,0\n",
            "line 3: the latitude",
        ),
        (
            "postcode,latitude,longitude\nZA1 1AA,north,0.7\n",
            "line 2: the latitude",
        ),
        ("postcode,latitude,longitude\nZA1 1AA,51.5\n", "line 2: "),
        (
            "postcode,north,east\n",
            "line 1: a list of places has the columns",
        ),
        ("", "line 1: a list of places has the columns"),
    ] {
        let fault = levels(["a", "ZA1 1AA"], ["b", "ZA1 1AB"], places)
            .unwrap_err()
            .to_string();
        assert!(fault.contains(says), "{fault}");
        assert!(!fault.contains("ZA1"), "{fault}");
    }
    let model = MatchModel::from_text(MODEL, "m.toml").unwrap();
    let desk = Desk::new("record_id,born\na,1984-06-17\n", None, None, None);
    let out = desk.folder.path().join("out.csv");
    let how = How {
        learn: Learn::Before(Box::new(Parameters::of(&model))),
        threads: 1,
        pictures: false,
        today: None,
        apart: Vec::new(),
    };
    let nothing = Content::from_files([]);
    let fault = run(&nothing, &model, &desk.inputs, &out, &how, &mut |_| {}).unwrap_err();
    assert!(
        matches!(fault, FileError::Model(LinkError::Content(_))),
        "{fault}"
    );
}

#[test]
fn a_distance_without_places_and_columns_of_two_kinds_are_pointed_at() {
    let message = |text: &str| {
        MatchModel::from_text(text, "m.toml")
            .unwrap_err()
            .to_string()
    };
    let without = MODEL.replace("coordinates = \"places.csv\"\n", "");
    let line = without
        .lines()
        .position(|line| line.contains("distance 1000"))
        .unwrap()
        + 1;
    let said = message(&without);
    assert!(
        said.contains(&format!("line {line}, ")) && said.contains("`coordinates`"),
        "{said}"
    );
    let mixed = MODEL.replace("phones shares 2", "phones~postcode exact");
    assert!(
        message(&mixed).contains("cleaned alike"),
        "{}",
        message(&mixed)
    );
    for wrong in [
        "shares 0",
        "shares 21",
        "shares",
        "shares two",
        "distance 0",
        "distance 1000001",
        "distance -5",
        "distance",
    ] {
        let text = MODEL.replace("shares 2", wrong);
        assert!(message(&text).contains("is no test"), "{wrong}");
    }
}
