//! Two files: at most one on the other side where a model says so, and pairs within the files beside those between them.

use super::{
    Cells, Desk,
    invented::{self, Dice, Row, World},
    learning, quick, shipped, untrained,
};
use crate::{
    best::Outcome,
    compare::pair::MOST,
    dedupe::{Pair, one_to_one},
    match_model::{Kind, MatchModel},
    people::{Ids, People},
};
use std::collections::BTreeMap;

fn people(ids: &[String]) -> People {
    let (mut text, mut ends) = (String::new(), Vec::new());
    for id in ids {
        text.push_str(id);
        ends.push(text.len());
    }
    People::new(0, Vec::new(), Ids::Texts { text, ends })
}

/// Pairs with few different weights, so that many tie, against every other pair of either record.
#[test]
fn a_link_is_the_best_of_both_its_people() {
    let dice = &mut Dice::new(61);
    for _ in 0..200 {
        let names = |prefix: &str| -> Vec<String> {
            let mut all: Vec<String> = (0..6).map(|n| format!("{prefix}{n}")).collect();
            all.reverse();
            all
        };
        let (left, right) = (people(&names("a")), people(&names("b")));
        let mut pairs = Vec::new();
        for l in 0..6 {
            for r in 0..6 {
                if dice.chance(60) {
                    let outcome = match dice.below(5) {
                        0 => Outcome::Weak,
                        1 => Outcome::Vetoed(0),
                        _ => Outcome::Link,
                    };
                    #[expect(clippy::cast_precision_loss, reason = "small numbers of a test")]
                    let bits = 5.0 + dice.below(4) as f64;
                    pairs.push(Pair {
                        left: l,
                        right: r,
                        bits,
                        probability: 0.99,
                        levels: [0; MOST],
                        outcome,
                    });
                }
            }
        }
        let before = pairs.clone();
        one_to_one(&mut pairs, &left, &right);
        for (pair, was) in pairs.iter().zip(&before) {
            let id = |pair: &Pair| {
                (
                    left.ids().of(pair.left as usize).into_owned(),
                    right.ids().of(pair.right as usize).into_owned(),
                )
            };
            let rival = before.iter().any(|other| {
                let shares = other.left == was.left || other.right == was.right;
                let other_pair = (other.left, other.right) != (was.left, was.right);
                let ahead = other.bits > was.bits
                    || ((other.bits - was.bits).abs() < 0.5 && id(other) < id(was));
                other.outcome == Outcome::Link && shares && other_pair && ahead
            });
            let expected = match was.outcome {
                Outcome::Link if rival => Outcome::Close,
                other => other,
            };
            assert_eq!(pair.outcome, expected, "{pair:?}");
        }
    }
}

fn named(rows: &[Row], prefix: &str) -> Vec<Row> {
    let rows = rows.iter().enumerate();
    rows.map(|(at, row)| Row {
        id: format!("{prefix}{at}"),
        cells: row.cells.clone(),
    })
    .collect()
}

fn between(model: &MatchModel, left: &[Row], right: &[Row]) -> BTreeMap<(String, String), Cells> {
    let desk = Desk::new(
        &invented::csv(left),
        Some(&invented::csv(right)),
        None,
        None,
    );
    let rows = desk.link(model, &untrained(model), 2).unwrap().1;
    let rows = rows.into_iter();
    rows.map(|row| ((row["left_id"].clone(), row["right_id"].clone()), row))
        .collect()
}

#[test]
fn one_to_one_leaves_each_record_at_most_one_link() {
    let world = World::new(62, 400, 250);
    // Clients twice, so that there is much to choose from.
    let left = named(
        &[world.clients.clone(), world.clients[..100].to_vec()].concat(),
        "c",
    );
    let right = named(&world.index, "p");
    let model = quick(&shipped("care-records"));
    let text = shipped("care-records").replace("[decision]\n", "[decision]\none_to_one = true\n");
    let strict = quick(&text);
    let (all, one) = (
        between(&model, &left, &right),
        between(&strict, &left, &right),
    );
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        one.keys().collect::<Vec<_>>()
    );
    let links = |rows: &BTreeMap<(String, String), Cells>| -> Vec<(String, String)> {
        let links = rows.iter().filter(|(_, row)| row["decision"] == "link");
        links.map(|(pair, _)| pair.clone()).collect()
    };
    let (many, few) = (links(&all), links(&one));
    assert!(
        few.len() > 100 && many.len() > few.len() + 50,
        "{} {}",
        many.len(),
        few.len()
    );
    let mut ends: Vec<&String> = few.iter().flat_map(|(left, right)| [left, right]).collect();
    let length = ends.len();
    ends.sort_unstable();
    ends.dedup();
    assert_eq!(ends.len(), length, "a record has two links");
    for (pair, row) in &one {
        let before = &all[pair]["decision"];
        match row["decision"].as_str() {
            "close" => assert_eq!(before, "link"),
            decision => assert_eq!(before, decision),
        }
    }
    let (mut shuffled_left, mut shuffled_right) = (left, right);
    let dice = &mut Dice::new(4);
    dice.shuffle(&mut shuffled_left);
    dice.shuffle(&mut shuffled_right);
    let again = between(&strict, &shuffled_left, &shuffled_right);
    assert_eq!(links(&again), few, "the order of rows matters");
}

#[test]
fn one_to_one_is_for_linking_two_files() {
    for name in ["nhs-trace", "person-dedupe"] {
        let text = shipped(name).replace("[decision]\n", "[decision]\none_to_one = true\n");
        let message = MatchModel::from_text(&text, "m.toml")
            .unwrap_err()
            .to_string();
        assert!(message.contains("kind `link`"), "{message}");
    }
}

/// Pairs within and between two files are those of one file that holds both.
#[test]
fn pairs_within_and_between_two_files_are_those_of_one_file() {
    let world = World::new(63, 400, 250);
    let (left, right) = (named(&world.clients, "c"), named(&world.index, "p"));
    let dedupe = quick(&shipped("person-dedupe"));
    for kind in ["link_and_dedupe", "link-and-dedupe"] {
        let text = shipped("person-dedupe").replace("\"dedupe\"", &format!("\"{kind}\""));
        let model = quick(&text);
        assert_eq!(model.kind, Kind::LinkAndDedupe);
        for learn in [untrained(&model), learning(&model)] {
            let one_file = [left.clone(), right.clone()].concat();
            let whole = Desk::new(&invented::csv(&one_file), None, None, None);
            let (expected_run, expected) = whole.link(&dedupe, &learn, 2).unwrap();
            let (left, right) = (invented::csv(&left), invented::csv(&right));
            let desk = Desk::new(&left, Some(&right), None, None);
            let (run, found) = desk.link(&model, &learn, 2).unwrap();
            assert_eq!(run.records, (250, Some(400)));
            assert_eq!(run.compared, expected_run.compared);
            // The right file is read first, so that sums over values may differ in the last digit.
            for (rate, expected) in run
                .parameters
                .rates
                .iter()
                .zip(&expected_run.parameters.rates)
            {
                assert!((rate - expected).abs() < 1e-9);
            }
            let mut seen = BTreeMap::<String, u64>::new();
            assert_eq!(found.len(), expected.len());
            for (row, expected) in found.iter().zip(&expected) {
                let mut row = row.clone();
                let sides = row.remove("sides").unwrap();
                for (column, cell) in &row {
                    match (cell.parse::<f64>(), expected[column].parse::<f64>()) {
                        (Ok(found), Ok(expected)) => {
                            assert!((found - expected).abs() < 1e-6, "{row:?}");
                        }
                        _ => assert_eq!(*cell, expected[column], "{row:?}"),
                    }
                }
                let of = |id: &str| row[id].starts_with('c');
                let wanted = match (of("left_id"), of("right_id")) {
                    (true, true) => "left",
                    (false, false) => "right",
                    _ => "between",
                };
                assert_eq!(sides, wanted);
                *seen.entry(sides).or_default() += 1;
            }
            assert_eq!(seen.len(), 3, "{seen:?}");
        }
    }
}

#[test]
fn ids_that_stand_in_both_files_are_told() {
    let world = World::new(64, 200, 60);
    let (left, right) = (named(&world.clients, "r"), named(&world.index, "r"));
    let model = quick(&shipped("person-dedupe").replace("\"dedupe\"", "\"link_and_dedupe\""));
    let (left, right) = (invented::csv(&left), invented::csv(&right));
    let desk = Desk::new(&left, Some(&right), None, None);
    let (run, _) = desk.link(&model, &untrained(&model), 1).unwrap();
    let told = run
        .notes
        .iter()
        .any(|note| note.starts_with("60 ids stand in both files"));
    assert!(told, "{:?}", run.notes);
}
