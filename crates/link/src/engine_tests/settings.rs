//! Settings of a model and of a run that change who is found: how many candidates compete, and days that are no days.

use super::{
    Cells, Desk,
    invented::{self, World, at, number},
    quick, shipped, untrained,
};
use crate::{files::How, match_model::MatchModel};

fn model_with(decision: &str) -> MatchModel {
    let text = shipped("nhs-trace");
    quick(&text.replace("[decision]\n", &format!("[decision]\n{decision}\n")))
}

/// One client, and an index in which so many people have all of the client's details.
fn rivals(people: usize) -> World {
    let mut world = World::new(41, 300, 0);
    let mut person = world.index[9].clone();
    person.cells[at::NUMBER].clear();
    let mut client = person.clone();
    "c1".clone_into(&mut client.id);
    world.clients = vec![client];
    for rival in 1..people {
        let mut rival_row = person.clone();
        rival_row.id = number(800 + rival);
        rival_row.cells[at::NUMBER].clone_from(&rival_row.id);
        world.index.push(rival_row);
    }
    world.history.clear();
    world.superseded.clear();
    world
}

fn traced(world: &World, model: &MatchModel) -> Vec<Cells> {
    let (left, right) = (invented::csv(&world.clients), invented::csv(&world.index));
    let desk = Desk::new(&left, Some(&right), None, None);
    desk.link(model, &untrained(model), 2).unwrap().1
}

/// Of so many who weigh the same, each that competes has an equal part: `1 / (1 / o + n)` with odds of `o`.
#[test]
fn as_many_candidates_compete_as_the_model_says() {
    for (candidates, rivals_there, share) in [
        (2, 6, 2.0),
        (4, 6, 4.0),
        (6, 6, 6.0),
        (40, 6, 6.0),
        (40, 12, 12.0),
    ] {
        let model = model_with(&format!("candidates = {candidates}"));
        let found = traced(&rivals(rivals_there), &model);
        let probability: f64 = found[0]["probability"].parse().unwrap();
        assert!(
            (probability - 1.0 / share).abs() < 0.001,
            "{candidates} of {rivals_there}: {probability}"
        );
        assert_eq!(found[0]["decision"], "close");
        assert_eq!(found[0]["margin"], "0");
    }
    // As it is shipped, four compete.
    let found = traced(&rivals(6), &quick(&shipped("nhs-trace")));
    let probability: f64 = found[0]["probability"].parse().unwrap();
    assert!((probability - 0.25).abs() < 0.001, "{probability}");
}

#[test]
fn a_model_in_which_nobody_or_everybody_competes_is_refused() {
    for candidates in ["0", "1", "65", "-1", "1000"] {
        let text = shipped("nhs-trace").replace(
            "[decision]\n",
            &format!("[decision]\ncandidates = {candidates}\n"),
        );
        assert!(
            MatchModel::from_text(&text, "m.toml").is_err(),
            "{candidates}"
        );
    }
}

fn level_of_birth_date(born: &str, model: &MatchModel, today: Option<&str>) -> String {
    let mut world = World::new(42, 300, 0);
    born.clone_into(&mut world.index[9].cells[at::DOB]);
    let mut client = world.index[9].clone();
    "c1".clone_into(&mut client.id);
    world.clients = vec![client];
    let (left, right) = (invented::csv(&world.clients), invented::csv(&world.index));
    let desk = Desk::new(&left, Some(&right), None, None);
    let how = How {
        learn: untrained(model),
        threads: 1,
        pictures: false,
        today: today.map(|day| day.parse().unwrap()),
        apart: Vec::new(),
    };
    desk.linked(model, &how).unwrap().1[0]["dob_level"].clone()
}

#[test]
fn a_birth_date_after_the_day_of_the_run_is_none() {
    let model = quick(&shipped("nhs-trace"));
    for (born, today, level) in [
        ("2031-05-01", None, "equal"),
        ("2031-05-01", Some("2026-11-22"), "missing"),
        ("2026-11-23", Some("2026-11-22"), "missing"),
        ("2026-11-22", Some("2026-11-22"), "equal"),
        ("20261122", Some("2026-11-22"), "equal"),
        ("1984-06-17", Some("2026-11-22"), "equal"),
    ] {
        assert_eq!(
            level_of_birth_date(born, &model, today),
            level,
            "{born} {today:?}"
        );
    }
    let text = shipped("nhs-trace").replace(
        "earliest_date =",
        "latest_date = \"2020-12-31\"\nearliest_date =",
    );
    let model = quick(&text);
    // Of the two days the earlier one counts.
    for (born, today, level) in [
        ("2021-01-01", None, "missing"),
        ("2020-12-31", Some("2026-11-22"), "equal"),
        ("2021-01-01", Some("2026-11-22"), "missing"),
        ("2020-12-31", Some("2020-12-30"), "missing"),
    ] {
        assert_eq!(
            level_of_birth_date(born, &model, today),
            level,
            "{born} {today:?}"
        );
    }
    let wrong = text.replace("2020-12-31", "2020-02-30");
    let message = MatchModel::from_text(&wrong, "m.toml")
        .unwrap_err()
        .to_string();
    assert!(message.contains("`2020-02-30` is no day"), "{message}");
}
