//! What must hold of any people and any model: the order of rows, threads and batches do not matter, shares sum to one,
//! the rarest value has a floor, tests are symmetric, what is packed comes out again, readers of models never panic.

use super::{
    Cells, Desk, content,
    invented::{self, Dice, Row, World, at, number},
    learning, quick, shipped, untrained,
};
use crate::{
    compare::pair::{Levels, MOST, value_test},
    compare::{jaro, jaro_winkler, osa_distance, unrestricted_distance},
    files::dictionary,
    match_model::{Atom, Condition, MatchModel, Names, Test},
    people::{Clean, Split},
    train::{level_in, pattern},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn desk(world: &World) -> Desk {
    Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        Some(&invented::history(&world.history)),
        Some(&invented::superseded(&world.superseded)),
    )
}

/// The rows of an output by what they are about; the order within a pair of one file is that of the file.
fn by_pair(rows: Vec<Cells>, within: bool) -> BTreeMap<Vec<String>, Cells> {
    let keyed = rows.into_iter().map(|mut row| {
        let mut key = vec![row.remove("left_id").unwrap()];
        if within {
            key.push(row.remove("right_id").unwrap());
            key.sort();
        }
        (key, row)
    });
    keyed.collect()
}

#[track_caller]
fn alike(one: &BTreeMap<Vec<String>, Cells>, other: &BTreeMap<Vec<String>, Cells>) {
    assert!(!one.is_empty());
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        other.keys().collect::<Vec<_>>()
    );
    for (key, row) in one {
        for (column, cell) in row {
            let found = &other[key][column];
            match (cell.parse::<f64>(), found.parse::<f64>()) {
                (Ok(a), Ok(b)) if column != "right_id" => {
                    assert!((a - b).abs() < 1e-9, "{key:?} {column}: {a} and {b}");
                }
                _ => assert_eq!(cell, found, "{key:?} {column}"),
            }
        }
    }
}

fn shuffled(world: &World, seed: u64) -> World {
    let (mut world, dice) = (world.clone(), &mut Dice::new(seed));
    dice.shuffle(&mut world.index);
    dice.shuffle(&mut world.clients);
    dice.shuffle(&mut world.history);
    dice.shuffle(&mut world.superseded);
    world
}

#[test]
fn a_trace_does_not_depend_on_the_order_of_rows() {
    let model = quick(&shipped("nhs-trace"));
    for learn in [untrained(&model), learning(&model)] {
        let world = World::new(21, 800, 300);
        let trace = |world: &World| by_pair(desk(world).link(&model, &learn, 2).unwrap().1, false);
        alike(&trace(&world), &trace(&shuffled(&world, 5)));
    }
}

#[test]
fn a_deduplication_does_not_depend_on_the_order_of_rows() {
    let model = quick(&shipped("person-dedupe"));
    for learn in [untrained(&model), learning(&model)] {
        let mut file = World::new(22, 500, 150).one_file();
        let mut found = Vec::new();
        for seed in 1..=2 {
            Dice::new(seed).shuffle(&mut file);
            let desk = Desk::new(&invented::csv(&file), None, None, None);
            found.push(by_pair(desk.link(&model, &learn, 2).unwrap().1, true));
        }
        alike(&found[0], &found[1]);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let world = World::new(23, 800, 300);
    let trace = quick(&shipped("nhs-trace"));
    let within = quick(&shipped("person-dedupe"));
    let one_file = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    for learn in [true, false] {
        for (model, desk) in [(&trace, &desk(&world)), (&within, &one_file)] {
            let learn = if learn {
                learning(model)
            } else {
                untrained(model)
            };
            let one = desk.link(model, &learn, 1).unwrap().1;
            for threads in [0, 2, 5] {
                assert_eq!(
                    one,
                    desk.link(model, &learn, threads).unwrap().1,
                    "{threads} threads"
                );
            }
        }
    }
}

#[test]
fn where_a_batch_ends_changes_nothing() {
    // More rows than are read or compared at a time, turned round so that other rows meet the borders.
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(24, 9000, 60);
    let mut turned = world.clone();
    turned.index.rotate_left(4321);
    let learn = untrained(&model);
    let trace = |world: &World| by_pair(desk(world).link(&model, &learn, 2).unwrap().1, false);
    alike(&trace(&world), &trace(&turned));
}

#[test]
fn shares_of_every_class_sum_to_one_after_training() {
    let model = quick(&shipped("nhs-trace"));
    let (run, _) = desk(&World::new(25, 600, 200))
        .link(&model, &learning(&model), 2)
        .unwrap();
    let trained = run.parameters;
    assert_eq!(trained.shares.len(), trained.names.len());
    for (class, of_class) in trained.names.iter().zip(&trained.shares) {
        for (at, shares) in of_class.iter().enumerate() {
            let rows = shares.chunks_exact(model.level_names(at).len());
            assert_eq!(rows.len(), model.share_rows(at));
            for row in rows {
                let sum: f64 = row.iter().sum();
                assert!((sum - 1.0).abs() < 1e-9, "{class} {at}: {sum}");
                assert!(
                    row.iter().all(|share| (0.0..=1.0).contains(share)),
                    "{class} {at}"
                );
            }
        }
    }
    assert!(
        trained
            .rates
            .iter()
            .all(|rate| *rate > 0.0 && rate.is_finite())
    );
}

/// Pairs of one file that differ in nothing but how rare the family name is.
fn pairs_of_names(names: &[(&str, &str, usize)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (pair, (one, other, others)) in names.iter().enumerate() {
        let mut row = |family: &str, unlike: Option<usize>| {
            let n = rows.len();
            let born = format!(
                "19{}-{:02}-{:02}",
                30 + pair,
                1 + unlike.unwrap_or(0) % 12,
                1 + n % 28
            );
            let mut cells: [String; 8] = Default::default();
            cells[at::FAMILY] = family.to_owned();
            cells[at::GIVEN] = format!("{}A", ["KI", "BO", "TU", "VE"][pair]);
            cells[at::DOB] = if unlike.is_some() {
                born
            } else {
                format!("19{}-05-05", 30 + pair)
            };
            rows.push(Row {
                id: format!("r{n}"),
                cells,
            });
        };
        row(one, None);
        row(other, None);
        for n in 0..*others {
            row(one, Some(n));
        }
    }
    rows
}

fn weights(model: &str, rows: &[Row], pairs: &[[&str; 2]]) -> Vec<f64> {
    let model = quick(model);
    let desk = Desk::new(&invented::csv(rows), None, None, None);
    let (_, found) = desk.link(&model, &untrained(&model), 1).unwrap();
    let found = by_pair(found, true);
    let of = |pair: &[&str; 2]| {
        found[&pair.map(str::to_owned).to_vec()]["match_weight"]
            .parse()
            .unwrap()
    };
    pairs.iter().map(of).collect()
}

#[test]
fn agreement_on_a_rare_name_weighs_more_down_to_a_floor() {
    let rows = pairs_of_names(&[
        ("ORDINARY", "ORDINARY", 60),
        ("SELDOM", "SELDOM", 10),
        ("ONCE", "ONCE", 0),
    ]);
    let pairs = [["r0", "r1"], ["r62", "r63"], ["r74", "r75"]];
    let model = shipped("person-dedupe");
    let bits = weights(&model, &rows, &pairs);
    assert!(bits[0] < bits[1] && bits[1] < bits[2], "{bits:?}");
    // With a floor between the shares of the two rarer names and that of the first, those two weigh the same, and what
    // differs is the given name and the birth date of each pair, which have the same frequencies.
    let floor = model
        .replace("rarest = 1e-6", "rarest = 0.4")
        .replace("rarest = 1e-5", "rarest = 0.9");
    let bits = weights(&floor, &rows, &pairs);
    assert!((bits[1] - bits[2]).abs() < 1e-9, "{bits:?}");
    assert!(bits[0] < bits[1], "{bits:?}");
}

#[test]
fn of_two_frequencies_the_larger_counts() {
    // A rare slip of a common name is not rewarded for being rare.
    let rows = pairs_of_names(&[("ORDINARY", "ORDINERY", 60), ("SELDOMLY", "SELDUMLY", 0)]);
    let model = shipped("person-dedupe").replace("rarest = 1e-5", "rarest = 0.9");
    let model = model.replacen("rarest = 1e-6", "rarest = 0.9", 1);
    let model = model.replace("[decision]", "[decision]\nkeep_from = -1000.0");
    let bits = weights(&model, &rows, &[["r0", "r1"], ["r62", "r63"]]);
    assert!(bits[0] + 1.0 < bits[1], "{bits:?}");
}

// Superseded numbers.

fn with_chain(chain: &[[String; 2]], known_by: &str) -> Vec<Cells> {
    let model = quick(&shipped("nhs-trace"));
    let mut world = World::new(26, 100, 0);
    let mut client = world.index[40].clone();
    client.id = "c".to_owned();
    known_by.clone_into(&mut client.cells[at::NUMBER]);
    world.clients = vec![client];
    world.superseded = chain.to_vec();
    desk(&world).link(&model, &untrained(&model), 1).unwrap().1
}

#[test]
fn a_chain_of_superseded_numbers_is_followed_to_its_end() {
    let end = World::new(26, 100, 0).index[40].id.clone();
    let mut chain: Vec<[String; 2]> = (300..320).map(|n| [number(n), number(n + 1)]).collect();
    chain.push([number(320), end.clone()]);
    for from in [300, 310, 320] {
        let found = &with_chain(&chain, &number(from))[0];
        assert_eq!(
            (&found["nhs_number_level"], &found["right_id"]),
            (&"equal".to_owned(), &end)
        );
    }
}

#[test]
fn superseded_numbers_in_a_circle_end_and_are_told() {
    let model = quick(&shipped("nhs-trace"));
    let mut world = World::new(27, 100, 50);
    // One number leads into a circle of three, of which one is somebody in the index; one leads to itself.
    let circle = [number(501), world.index[7].id.clone(), number(502)];
    world.superseded = vec![
        [number(500), circle[0].clone()],
        [circle[0].clone(), circle[1].clone()],
        [circle[1].clone(), circle[2].clone()],
        [circle[2].clone(), circle[0].clone()],
        [number(503), number(503)],
    ];
    let (run, _) = desk(&world).link(&model, &untrained(&model), 2).unwrap();
    assert!(
        run.notes
            .iter()
            .any(|note| note.starts_with("4 superseded numbers lead in a circle")),
        "{:?}",
        run.notes
    );
}

#[test]
fn a_chain_of_fifty_thousand_superseded_numbers_ends_quickly() {
    // Quadratic work would be more than a thousand million steps.
    let numbers: Vec<String> = (0..u32::MAX)
        .filter_map(::model::NhsNumber::test_number)
        .take(50_000)
        .map(|n| n.reveal().to_owned())
        .collect();
    let chain: Vec<[String; 2]> = numbers
        .windows(2)
        .skip(200)
        .map(|pair| [pair[0].clone(), pair[1].clone()])
        .collect();
    let rows = with_chain(&chain, &numbers[300]);
    assert!(!rows.is_empty());
}

#[test]
fn rows_of_the_index_about_one_person_do_not_compete() {
    // The number stands twice, once with an earlier name; and once more under a number that was superseded.
    let model = quick(&shipped("nhs-trace"));
    let mut world = World::new(28, 300, 0);
    let person = world.index[9].clone();
    let mut again = person.clone();
    "Featherstonehaugh".clone_into(&mut again.cells[at::FAMILY]);
    let mut old = person.clone();
    (old.id, old.cells[at::NUMBER]) = (number(900), number(900));
    let mut client = person.clone();
    client.cells[at::NUMBER].clear();
    world.clients = vec![client.clone()];
    let alone = &desk(&world).link(&model, &untrained(&model), 1).unwrap().1[0].clone();
    world.index.extend([again, old]);
    world.superseded = vec![[number(900), person.id.clone()]];
    let found = &desk(&world).link(&model, &untrained(&model), 1).unwrap().1[0].clone();
    assert_eq!(found["right_id"], person.id);
    let bits = |row: &Cells| row["match_weight"].parse::<f64>().unwrap();
    // Two rows more are more strangers and more of each value; a rival who weighs the same would take two bits.
    assert!(
        (bits(alone) - bits(found)).abs() < 1.5,
        "{} {}",
        bits(alone),
        bits(found)
    );
    assert_eq!(alone["decision"], found["decision"]);
}

// Comparisons.

const TESTS: [Test; 23] = [
    Test::Exact,
    Test::JaroWinkler(0.9),
    Test::JaroWinkler(0.8),
    Test::JaroWinkler(0.6),
    Test::Edits(1),
    Test::Edits(2),
    Test::Initial,
    Test::FirstWord,
    Test::SameLetters,
    Test::SharesWord,
    Test::Soundex,
    Test::Prefix(3),
    Test::Exchanged,
    Test::OneDigit,
    Test::TwoParts,
    Test::Century,
    Test::NewYear,
    Test::WithinDays(40),
    Test::Year,
    Test::Sector,
    Test::Area,
    Test::Distance(1000),
    Test::Shares(1),
];

/// Text of few letters, so that much of it agrees; and any text.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ABC ]{0,12}",
        "[AEIOURSTLN]{1,9}",
        "(MAR|ANN|O'|MAC)[A-E -]{0,6}",
        "[А-Я李小龙ÉŁ ]{0,8}",
        "\\PC{0,20}",
        "[A-Z]{60,70}",
    ]
}

fn dates() -> impl Strategy<Value = String> {
    prop_oneof![
        "19[0-9]{2}-[01][0-9]-[0-3][0-9]",
        "(19|20)2[12]-0[12]-0[12]"
    ]
}

fn postcodes() -> impl Strategy<Value = String> {
    "Z[AB]?[12]{1,2} [01][AB][AB]"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_test_is_symmetric(
        (name, other_name) in (texts(), texts()),
        (date, other_date) in (dates(), dates()),
        (place, other_place) in (postcodes(), postcodes()),
        (digits, other_digits) in ("99900[01]{5}", "99900[01]{5}"),
    ) {
        let model = quick(&shipped("nhs-trace"));
        let mut words = dictionary(content(), &model).unwrap();
        let values = [
            (Clean::List, name.replace(' ', ";"), other_name.replace(' ', "|")),
            (Clean::Name, name, other_name),
            (Clean::Date, date, other_date),
            (Clean::Postcode, place.clone(), other_place.clone()),
            (Clean::Code, place, other_place),
            (Clean::Number, digits, other_digits),
        ];
        let codes: Vec<(Clean, u32, u32)> = values
            .iter()
            .map(|(clean, a, b)| {
                let mut code = |text: &str| words.clean(*clean, text, Split::Whole).code;
                (*clean, code(a), code(b))
            })
            .collect();
        words.describe();
        let lists = ["nicknames", "spellings"].map(|list| words.lists().bounds(list).unwrap());
        let lists = lists.map(|(from, to)| Test::List(from, to));
        for (clean, a, b) in codes {
            if a == 0 || b == 0 {
                continue;
            }
            let domain = words.domain(clean);
            for test in TESTS.iter().chain(&lists) {
                prop_assert_eq!(value_test(*test, domain, a, b), value_test(*test, domain, b, a), "{:?}", test);
            }
            prop_assert!(value_test(Test::Exact, domain, a, a));
        }
    }

    #[test]
    fn measures_are_symmetric_and_bounded(a in texts(), b in texts()) {
        for measure in [jaro, jaro_winkler] {
            prop_assert_eq!(measure(&a, &b).to_bits(), measure(&b, &a).to_bits());
            prop_assert!((0.0..=1.0).contains(&measure(&a, &b)));
            prop_assert!((measure(&a, &a) - 1.0).abs() < 1e-12);
        }
        for distance in [osa_distance, unrestricted_distance] {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert!(distance(&a, &b) <= a.chars().count().max(b.chars().count()));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
        }
    }

    #[test]
    fn levels_come_out_of_a_pattern_as_they_went_in(levels in proptest::array::uniform12(0u8..32)) {
        let levels: Levels = levels;
        let packed = pattern(&levels);
        for (at, level) in levels.iter().enumerate() {
            prop_assert_eq!(level_in(packed, at), *level);
        }
    }

    #[test]
    fn a_condition_is_read_as_it_was_written(
        any in proptest::collection::vec(proptest::collection::vec((0usize..4, 0usize..4, any::<bool>(), any::<bool>(), 0usize..22), 1..4), 1..4),
    ) {
        let all: Vec<Vec<Atom>> = any
            .iter()
            .map(|all| all.iter().map(|(left, right, earlier, not, test)| Atom {
                left: *left,
                right: *right,
                earlier: *earlier,
                not: *not,
                test: written()[*test].1,
            }).collect())
            .collect();
        let text = |atom: &Atom| {
            let columns = if atom.left == atom.right {
                COLUMNS[atom.left].to_owned()
            } else {
                format!("{}~{}", COLUMNS[atom.left], COLUMNS[atom.right])
            };
            let (not, earlier) = (if atom.not { "not " } else { "" }, if atom.earlier { "earlier " } else { "" });
            let written = written();
            let words = written.iter().find(|(_, test)| *test == atom.test).unwrap();
            format!("{not}{columns} {earlier}{}", words.0)
        };
        let texts: Vec<String> = all.iter().map(|all| all.iter().map(text).collect::<Vec<_>>().join(" and ")).collect();
        let read = read(&texts.join(" or ")).unwrap();
        prop_assert_eq!(read, Condition { any: all });
    }

    #[test]
    fn reading_a_condition_never_panics_and_points_into_it(
        text in prop_oneof!["\\PC{0,40}", "(one|two~three| earlier|not | and | or |exact|edits|jaro_winkler|list| |9|0.5|é){0,12}"],
    ) {
        if let Err(at) = read(&text) {
            prop_assert!(at <= text.len() && text.is_char_boundary(at), "{at} in {text:?}");
        }
    }

    #[test]
    fn reading_any_text_as_a_model_never_panics(text in prop_oneof!["\\PC{0,200}", "[\\[\\]a-z=\"{}\n .0-9#']{0,200}"]) {
        let _ = MatchModel::from_text(&text, "m.toml");
    }
}

const COLUMNS: [&str; 4] = ["one", "two", "three", "four"];

/// Every test as it is written.
fn written() -> Vec<(&'static str, Test)> {
    vec![
        ("exact", Test::Exact),
        ("jaro_winkler 0.875", Test::JaroWinkler(0.875)),
        ("edits 1", Test::Edits(1)),
        ("edits 5", Test::Edits(5)),
        ("initial", Test::Initial),
        ("first_word", Test::FirstWord),
        ("same_letters", Test::SameLetters),
        ("shares_word", Test::SharesWord),
        ("list names", Test::List(3, 9)),
        ("soundex", Test::Soundex),
        ("prefix 3", Test::Prefix(3)),
        ("day_and_month_exchanged", Test::Exchanged),
        ("one_digit", Test::OneDigit),
        ("two_parts", Test::TwoParts),
        ("other_century", Test::Century),
        ("first_of_january", Test::NewYear),
        ("within_days 30", Test::WithinDays(30)),
        ("year", Test::Year),
        ("sector", Test::Sector),
        ("outward", Test::Outward),
        ("area", Test::Area),
        ("distance 1000", Test::Distance(1000)),
        ("shares 2", Test::Shares(2)),
        ("jaro_winkler 1", Test::JaroWinkler(1.0)),
        ("prefix 20", Test::Prefix(20)),
    ]
}

/// A condition over four columns and one list; where it is wrong, the place.
fn read(text: &str) -> Result<Condition, usize> {
    let columns = |name: &str| COLUMNS.iter().position(|column| *column == name);
    let lists = |name: &str| (name == "names").then_some((3, 9));
    let names = Names {
        columns: &columns,
        lists: &lists,
        all_columns: COLUMNS.to_vec(),
    };
    Condition::read(text, &names).map_err(|wrong| wrong.at)
}

#[test]
fn as_many_comparisons_as_a_pattern_holds() {
    let levels: Levels = [31; MOST];
    assert!((0..MOST).all(|at| level_in(pattern(&levels), at) == 31));
}

// Models that somebody got wrong.

/// The text of a model with a line gone, twice, exchanged with another, or with a sign changed or gone.
fn altered(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..=dice.below(2) {
        let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
        match dice.below(6) {
            0 => drop(lines.remove(one)),
            1 => lines.insert(other, lines[one].clone()),
            2 => lines.swap(one, other),
            3 => lines[one] = invented::slip(dice, &lines[one], "\"[]{}=-0123456789.~ eaé"),
            4 => lines[one] = lines[one].replacen("0.", "-0.", 1),
            _ => {
                let words: Vec<&str> = lines[one].split(' ').collect();
                let (gone, put) = (dice.below(words.len()), dice.below(words.len()));
                let mut words = words.clone();
                words[gone] = words[put];
                lines[one] = words.join(" ");
            }
        }
    }
    lines.join("\n")
}

#[test]
fn altered_models_are_refused_with_a_reason_or_run() {
    let world = World::new(29, 60, 20);
    let (mut ran, mut refused) = (0, 0);
    for (name, seed) in [("nhs-trace", 1), ("person-dedupe", 2), ("nhs-trace", 3)] {
        let text = shipped(name);
        let dice = &mut Dice::new(seed);
        for _ in 0..400 {
            let text = altered(&text, dice);
            match MatchModel::from_text(&text, "m.toml") {
                Err(fault) => {
                    refused += 1;
                    assert!(!fault.to_string().is_empty());
                }
                Ok(model) if ran < 60 => {
                    ran += 1;
                    let right = (model.kind != crate::match_model::Kind::Dedupe)
                        .then(|| invented::csv(&world.index));
                    let desk =
                        Desk::new(&invented::csv(&world.clients), right.as_deref(), None, None);
                    // It may be refused for want of a list or a column; it must not panic.
                    if let Ok((_, rows)) = desk.link(&model, &untrained(&model), 1) {
                        assert!(
                            rows.iter()
                                .all(|row| row["probability"].parse::<f64>().unwrap() <= 1.0)
                        );
                    }
                }
                Ok(_) => {}
            }
        }
    }
    assert!(
        ran > 30 && refused > 100,
        "{ran} ran, {refused} were refused"
    );
}
