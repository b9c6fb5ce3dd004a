//! What the report of a run shows of single pairs: bars that add up to the weight, chosen alike in any run, and nothing
//! about a person.

use super::{
    Cells, Desk,
    invented::{self, Dice, Row, World, at},
    learning, quick, shipped, untrained,
};
use crate::{
    compare::pair::{MOST, Record},
    files::{How, Learn},
    match_model::MatchModel,
    people::{Dictionary, Ids, Lists, People},
    pictures::{Example, Pictures},
    weigh::{BarKind, Counts, Parameters, Weigher},
};

/// The example of docs/linkage.md: four comparisons, four classes, 10,000 people in the index.
const BETH: &str = r#"
title = "The example of the guide"
kind = "trace"
left_id = "record_id"
[[column]]
name = "given_name"
clean = "name"
[[column]]
name = "family_name"
clean = "name"
[[column]]
name = "dob"
clean = "date"
[[column]]
name = "postcode"
clean = "postcode"
[[comparison]]
name = "given_name"
column = "given_name"
levels = [{ name = "equal", when = "given_name exact" }]
[[comparison]]
name = "family_name"
column = "family_name"
levels = [{ name = "equal", when = "family_name exact" }]
[[comparison]]
name = "dob"
column = "dob"
levels = [{ name = "equal", when = "dob exact" }]
[[comparison]]
name = "postcode"
column = "postcode"
levels = [{ name = "equal", when = "postcode exact" }]
[[block]]
same = ["dob"]
[strangers.levels]
given_name = [0.003, 0.997]
family_name = [0.002, 0.998]
dob = [0.00004, 0.99996]
postcode = [0.0001, 0.9999]
[[class]]
name = "one person"
same_person = true
rate = 0.9
[class.levels]
given_name = [0.97, 0.03]
family_name = [0.95, 0.05]
dob = [0.97, 0.03]
postcode = [0.85, 0.15]
[[class]]
name = "relatives"
same_person = false
rate = 1.2
[class.levels]
given_name = [0.003, 0.997]
family_name = [0.75, 0.25]
dob = [0.00004, 0.99996]
postcode = [0.83, 0.17]
[[class]]
name = "twins"
same_person = false
rate = 0.005
[class.levels]
given_name = [0.003, 0.997]
family_name = [0.9, 0.1]
dob = [0.97, 0.03]
postcode = [0.83, 0.17]
[decision]
probability = 0.9
"#;

/// The bars as worked by hand from the table of the guide: each is log2 of one share over the other.
#[test]
fn the_bars_of_the_guides_example_are_those_worked_by_hand() {
    let model = MatchModel::from_text(BETH, "m.toml").unwrap();
    let parameters = Parameters::of(&model);
    let nobody = People::new(
        4,
        Vec::new(),
        Ids::Texts {
            text: String::new(),
            ends: Vec::new(),
        },
    );
    let dictionary = Dictionary::new(Lists::default());
    let counts = Counts::of(&model, &dictionary, &nobody, Some(&nobody));
    let weigher = Weigher::new(&model, &parameters, &counts, 10_000.0);
    let mut levels = [0; MOST];
    levels[..4].copy_from_slice(&[2, 1, 1, 1]);
    let record = Record::new(&nobody, 0);
    let bars = weigher.bars(&model, &levels, &record, &record);
    let expected = [
        // 0.9 / 10,000; 0.03 / 0.997; 0.95 / 0.002; 0.97 / 0.00004; 0.85 / 0.0001
        (BarKind::Prior, "", -13.4397),
        (BarKind::Comparison, "else", -5.0546),
        (BarKind::Comparison, "equal", 8.8918),
        (BarKind::Comparison, "equal", 14.5657),
        (BarKind::Comparison, "equal", 13.0532),
        // 0.000000079760 / 0.003640
        (BarKind::LookAlikes, "", -15.4780),
    ];
    assert_eq!(bars.len(), expected.len());
    for (bar, (kind, level, bits)) in bars.iter().zip(expected) {
        assert_eq!((bar.kind, bar.level.as_str()), (kind, level));
        assert!((bar.bits - bits).abs() < 0.001, "{bar:?}, expected {bits}");
    }
    let sum: f64 = bars.iter().map(|bar| bar.bits).sum();
    assert!((sum - 2.54).abs() < 0.005, "{sum}");
}

fn pictured(desk: &Desk, model: &MatchModel, learn: &Learn) -> (Pictures, Vec<Cells>) {
    let how = How {
        learn: learn.clone(),
        threads: 2,
        pictures: true,
        today: None,
        apart: Vec::new(),
    };
    let (run, rows) = desk.linked(model, &how).unwrap();
    (run.pictures.unwrap(), rows)
}

fn traced(world: &World, model: &MatchModel, learn: &Learn) -> (Pictures, Vec<Cells>) {
    let desk = Desk::new(
        &invented::csv(&world.clients),
        Some(&invented::csv(&world.index)),
        Some(&invented::history(&world.history)),
        Some(&invented::superseded(&world.superseded)),
    );
    pictured(&desk, model, learn)
}

/// A trace in which everything happens: links, close ones, weak ones, a veto.
fn eventful() -> (World, MatchModel) {
    let veto = "[[veto]]\nwhen = \"sex exact and not dob year\"\nsays = \"another generation\"\n[decision]\nmargin = 2.0\n";
    let text = shipped("nhs-trace")
        .replace("[decision]\n", veto)
        .replace("\nmargin = 0.0\n", "\n");
    (World::new(7, 1000, 400), quick(&text))
}

fn sum(example: &Example) -> f64 {
    example.bars.iter().map(|bar| bar.bits).sum()
}

fn weight(row: &Cells) -> f64 {
    row["match_weight"].parse().unwrap()
}

fn row_of<'a>(rows: &'a [Cells], example: &Example) -> &'a Cells {
    let (_, ids) = example.why.rsplit_once(": record").unwrap();
    let ids: Vec<&str> = ids.trim_start_matches('s').trim().split(" and ").collect();
    let mut rows = rows.iter();
    rows.find(|row| row["left_id"] == ids[0] && ids.get(1).is_none_or(|id| row["right_id"] == **id))
        .unwrap()
}

#[test]
fn the_bars_of_every_example_add_up_to_the_weight_that_was_written() {
    let (world, model) = eventful();
    for learn in [untrained(&model), learning(&model)] {
        let (pictures, rows) = traced(&world, &model, &learn);
        assert!(pictures.examples.len() >= 8);
        for example in &pictures.examples {
            let row = row_of(&rows, example);
            assert!(
                (sum(example) - weight(row)).abs() < 1e-9,
                "{}: {} and {}",
                example.why,
                sum(example),
                row["match_weight"]
            );
            let probability: f64 = row["probability"].parse().unwrap();
            assert!((example.probability - probability).abs() < 1e-12);
        }
    }
    let model = quick(&shipped("person-dedupe"));
    let desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    let (pictures, rows) = pictured(&desk, &model, &untrained(&model));
    assert!(pictures.examples.len() >= 6);
    for example in &pictures.examples {
        assert!((sum(example) - weight(row_of(&rows, example))).abs() < 1e-9);
    }
}

#[test]
fn examples_come_from_every_part_of_the_weights() {
    let (world, model) = eventful();
    let (pictures, rows) = traced(&world, &model, &untrained(&model));
    let of = |why: &str| {
        let mut all = pictures.examples.iter();
        let example = all.find(|example| example.why.starts_with(why));
        row_of(
            &rows,
            example.unwrap_or_else(|| panic!("no example of `{why}`")),
        )
    };
    let decided = |decision: &str| {
        let rows = rows.iter().filter(|row| row["decision"] == decision);
        let mut bits: Vec<f64> = rows.map(weight).collect();
        bits.sort_by(f64::total_cmp);
        bits
    };
    let (links, weak, close) = (decided("link"), decided("weak"), decided("close"));
    let last = |bits: &[f64]| *bits.last().unwrap();
    for (why, decision, bits) in [
        ("The heaviest link", "link", last(&links)),
        ("The lightest link", "link", links[0]),
        ("The next lightest link", "link", links[1]),
        ("The heaviest pair that is no link", "weak", last(&weak)),
        ("The lightest pair that was written", "weak", weak[0]),
        ("No link, for another person", "close", last(&close)),
        (
            "Never a link: another generation",
            "veto",
            last(&decided("veto")),
        ),
    ] {
        let row = of(why);
        assert_eq!(row["decision"], decision, "{why}");
        assert!((weight(row) - bits).abs() < 1e-9, "{why}");
    }
    let half = f64::midpoint(9_f64.log2(), last(&links));
    let nearest = links.iter().map(|bits| (bits - half).abs());
    let nearest = nearest.fold(f64::INFINITY, f64::min);
    let row = of("A link of middling weight");
    assert!(((weight(row) - half).abs() - nearest).abs() < 1e-9);
}

#[test]
fn examples_do_not_depend_on_the_order_of_rows() {
    let (world, model) = eventful();
    let learn = untrained(&model);
    let whys = |world: &World| -> Vec<String> {
        let (pictures, _) = traced(world, &model, &learn);
        let all = pictures.examples.into_iter();
        all.map(|example| example.why).collect()
    };
    let mut other = world.clone();
    let dice = &mut Dice::new(3);
    dice.shuffle(&mut other.clients);
    dice.shuffle(&mut other.index);
    assert_eq!(whys(&world), whys(&other));
}

#[test]
fn nothing_about_a_person_is_shown_of_a_pair() {
    let (mut world, model) = eventful();
    // Ids that are NHS numbers are not shown either.
    for (at, client) in world.clients.iter_mut().enumerate().skip(200) {
        client.id = invented::number(2000 + at);
    }
    let (pictures, _) = traced(&world, &model, &untrained(&model));
    let mut said = Vec::new();
    for example in &pictures.examples {
        said.push(example.why.clone());
        said.extend(
            example
                .bars
                .iter()
                .map(|bar| format!("{} {}", bar.name, bar.level)),
        );
    }
    for pattern in &pictures.patterns {
        said.extend(pattern.levels.clone());
        assert_eq!(pattern.example, None);
    }
    let said = said.join("\n");
    let mut people: Vec<&Row> = world.clients.iter().chain(&world.index).collect();
    people.retain(|row| !row.id.is_empty());
    for row in people {
        assert!(
            row.id.starts_with('c') || !said.contains(&row.id),
            "{}",
            row.id
        );
        for column in [at::NUMBER, at::FAMILY, at::DOB, at::POSTCODE] {
            let cell = &row.cells[column];
            assert!(cell.len() < 4 || !said.contains(cell.as_str()), "{cell}");
        }
    }
    assert!(said.contains("record c"));
}

#[test]
fn patterns_have_examples_and_are_there_without_training() {
    let model = quick(&shipped("person-dedupe"));
    let world = World::new(31, 500, 150);
    let desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    for learn in [untrained(&model), learning(&model)] {
        let (pictures, rows) = pictured(&desk, &model, &learn);
        assert!(pictures.patterns.len() > 10);
        let mut held = 0;
        for pattern in &pictures.patterns {
            let (left, right) = pattern.example.clone().unwrap();
            assert_ne!(left, right);
            let written = rows
                .iter()
                .find(|row| row["left_id"] == left && row["right_id"] == right);
            // Pairs that weigh next to nothing are candidates of training, but are not written.
            let Some(row) = written else { continue };
            held += 1;
            let names = model.comparisons.iter();
            let levels: Vec<String> = names
                .map(|c| row[&format!("{}_level", c.name.get_ref())].clone())
                .collect();
            assert_eq!(levels, pattern.levels);
        }
        assert!(held > 0);
        if matches!(learn, Learn::Before(_)) {
            assert_eq!(held, pictures.patterns.len());
            let commonest = &pictures.patterns[0];
            let alike = rows.iter().filter(|row| {
                let mut levels = model.comparisons.iter().zip(&commonest.levels);
                levels.all(|(c, level)| row[&format!("{}_level", c.name.get_ref())] == *level)
            });
            assert_eq!(alike.count() as u64, commonest.pairs);
        }
    }
}
