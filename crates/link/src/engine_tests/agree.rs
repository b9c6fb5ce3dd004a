//! The engine and the second implementation agree on generated people: which pairs are compared, their levels,
//! weights, probabilities, margins and decisions.

use super::{
    Cells, Desk,
    invented::{self, World},
    learning,
    plain::{Expected, Files, Plain, rows, table},
    quick, shipped, untrained,
};
use crate::{files::Learn, match_model::MatchModel, weigh::Parameters};

const CLOSE: f64 = 1e-9;

/// A veto and a margin, which the shipped models leave to whoever wants them.
const STRICT: &str = "[[veto]]\nwhen = \"sex exact and not dob year\"\nsays = \"another generation\"\n[decision]\nmargin = 2.0\n";

fn strict(name: &str) -> String {
    shipped(name)
        .replace("[decision]\n", STRICT)
        .replace("\nmargin = 0.0\n", "\n")
}

fn number(row: &Cells, column: &str) -> Option<f64> {
    let text = &row[column];
    (!text.is_empty()).then(|| text.parse().unwrap())
}

fn near(of: &str, found: f64, expected: f64) {
    let far = (found - expected).abs();
    assert!(far < CLOSE, "{of}: {found}, expected {expected}");
}

fn same(model: &MatchModel, of: &str, found: &Cells, expected: &Expected) {
    let names = model
        .comparisons
        .iter()
        .map(|c| format!("{}_level", c.name.get_ref()));
    let levels: Vec<String> = names.map(|name| found[&name].clone()).collect();
    let best = expected.best.get(&found["right_id"]);
    assert_eq!(best, Some(&levels), "levels of {of}");
    near(of, number(found, "match_weight").unwrap(), expected.bits);
    near(
        of,
        number(found, "probability").unwrap(),
        expected.probability,
    );
    if found.contains_key("margin") {
        match (number(found, "margin"), expected.margin) {
            (Some(found), Some(expected)) => near(of, found, expected),
            (found, expected) => assert_eq!(found, expected, "margin of {of}"),
        }
    }
    assert_eq!(found["decision"], expected.decision, "decision of {of}");
}

/// Traces and holds every row of the output against the second implementation; gives back the decisions.
fn traced(model: &MatchModel, world: &World, extras: bool, learn: &Learn) -> Vec<String> {
    let history = invented::history(&world.history);
    let superseded = invented::superseded(&world.superseded);
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        extras.then_some(history.as_str()),
        extras.then_some(superseded.as_str()),
    );
    let (run, found) = desk.link(model, learn, 2).unwrap();
    let mut files = Files {
        left: rows(&world.clients),
        right: Some(rows(&world.index)),
        ..Files::default()
    };
    if extras {
        files.history = table(["nhs_number", "field", "value"], &world.history);
        files.superseded = table(["nhs_number", "replaced_by"], &world.superseded);
    }
    let plain = Plain::new(model, &run.parameters, &files);
    let (compared, expected) = plain.trace();
    assert_eq!(run.compared, compared as u64);
    let ids: Vec<&str> = found.iter().map(|row| row["left_id"].as_str()).collect();
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(ids.len(), distinct.len(), "one row for each record");
    let wanted: Vec<&str> = expected.keys().map(String::as_str).collect();
    assert_eq!(distinct, wanted);
    for row in &found {
        same(model, &row["left_id"], row, &expected[&row["left_id"]]);
    }
    found.iter().map(|row| row["decision"].clone()).collect()
}

fn deduplicated(model: &MatchModel, world: &World, learn: &Learn) -> usize {
    let file = world.one_file();
    let desk = Desk::new(&invented::csv(&file), None, None, None);
    let (run, found) = desk.link(model, learn, 2).unwrap();
    let files = Files {
        left: rows(&file),
        ..Files::default()
    };
    let plain = Plain::new(model, &run.parameters, &files);
    let (compared, expected) = plain.within();
    assert_eq!(run.compared, compared as u64);
    assert_eq!(found.len(), expected.len());
    for row in &found {
        let ids = (row["left_id"].clone(), row["right_id"].clone());
        same(model, &format!("{ids:?}"), row, &expected[&ids]);
    }
    found.iter().filter(|row| row["decision"] == "link").count()
}

#[test]
fn traces_untrained_agree_with_the_plain_implementation() {
    let model = quick(&shipped("nhs-trace"));
    for seed in 1..=4 {
        let world = World::new(seed, 1000, 300);
        let decisions = traced(&model, &world, false, &untrained(&model));
        assert!(decisions.iter().filter(|d| *d == "link").count() > 100);
    }
}

#[test]
fn traces_with_history_and_superseded_numbers_agree() {
    let model = quick(&shipped("nhs-trace"));
    for seed in 5..=8 {
        traced(
            &model,
            &World::new(seed, 1000, 300),
            true,
            &untrained(&model),
        );
    }
}

#[test]
fn traces_trained_within_the_run_agree() {
    let model = quick(&shipped("nhs-trace"));
    for seed in 9..=12 {
        let world = World::new(seed, 1000, 300);
        traced(&model, &world, seed % 2 == 0, &learning(&model));
    }
}

#[test]
fn a_margin_and_a_veto_decide_as_in_the_plain_implementation() {
    let model = quick(&strict("nhs-trace"));
    let decisions = traced(&model, &World::new(7, 1000, 400), true, &untrained(&model));
    for wanted in ["link", "close", "weak", "veto"] {
        assert!(
            decisions.iter().any(|d| d == wanted),
            "{wanted} did not come up"
        );
    }
}

#[test]
fn deduplication_agrees_trained_and_untrained() {
    let model = quick(&shipped("person-dedupe"));
    for (seed, learn) in [
        (8, untrained(&model)),
        (9, untrained(&model)),
        (10, learning(&model)),
    ] {
        assert!(deduplicated(&model, &World::new(seed, 500, 150), &learn) > 50);
    }
}

#[test]
fn values_are_cleaned_alike() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(3, 1000, 300);
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        None,
        None,
    );
    let empty = crate::files::dictionary(super::content(), &model).unwrap();
    let loaded = crate::files::load(&model, empty, &desk.inputs).unwrap();
    let parameters = Parameters::of(&model);
    let files = Files {
        left: rows(&world.clients),
        right: Some(rows(&world.index)),
        ..Files::default()
    };
    let plain = Plain::new(&model, &parameters, &files);
    for (people, known) in [
        (Some(&loaded.left), plain.left()),
        (loaded.right.as_ref(), plain.right()),
    ] {
        for (row, known) in known.iter().enumerate() {
            let written = model.columns.iter().zip(people.unwrap().row(row));
            let written =
                written.map(|(column, code)| loaded.dictionary.domain(column.clean).written(*code));
            assert_eq!(written.collect::<Vec<_>>(), known.values, "{}", known.id);
        }
    }
}
