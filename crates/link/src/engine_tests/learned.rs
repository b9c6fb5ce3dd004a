//! Where shares come from beside one training over all candidates: training blocks one by one, and judged pairs.

use super::{
    Cells, Desk, content,
    invented::{self, World},
    learning, quick, shipped, untrained,
};
use crate::{
    best::{Apart, Sides},
    block::{BlockCount, Keys, LeftBlocks, OwnBlocks},
    compare::pair::Comparer,
    files::{How, Learn, LinkRun, dictionary, load},
    match_model::MatchModel,
    train::{self, Candidates},
    weigh::Parameters,
};
use std::{collections::BTreeMap, fmt::Write as _, fs};

fn how(learn: &Learn, threads: usize, pictures: bool) -> How {
    How {
        learn: learn.clone(),
        threads,
        pictures,
        today: None,
        apart: Vec::new(),
    }
}

/// Each pair is counted under the first rule that makes it; the least of the rules that candidates tell is that rule.
fn agree(candidates: &Candidates, counts: &[BlockCount]) {
    let mut first = vec![0; counts.len()];
    for ((_, rules), pairs) in &candidates.by_rules {
        first[rules.trailing_zeros() as usize] += pairs;
    }
    let expected: Vec<u64> = counts.iter().map(|count| count.pairs).collect();
    assert_eq!(first, expected);
    assert!(first.iter().filter(|pairs| **pairs > 0).count() > 3);
    let by_rules: u64 = candidates.by_rules.values().sum();
    assert_eq!(by_rules, candidates.patterns.values().sum::<u64>());
    let more = candidates.by_rules.keys();
    assert!(more.filter(|(_, rules)| rules.count_ones() > 1).count() > 10);
}

#[test]
fn the_rules_of_a_pair_are_those_that_bring_it() {
    let model = quick(&shipped("person-dedupe"));
    let world = World::new(51, 500, 150);
    let desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    let loaded = load(&model, dictionary(content(), &model).unwrap(), &desk.inputs).unwrap();
    let (words, people) = (&loaded.dictionary, &loaded.left);
    let comparer = Comparer::new(&model, words).unwrap();
    let keys = Keys::new(&model, words);
    let mut blocks = OwnBlocks::new(&keys, words, people, u64::MAX, 2);
    let of = (&model, &comparer, &mut blocks);
    let found = train::candidates_within(of.0, of.1, of.2, words, people, 2, Some(&keys));
    agree(&found, blocks.counts());

    let model = quick(&shipped("nhs-trace"));
    let history = invented::history(&world.history);
    let (left, right) = (invented::csv(&world.clients), invented::csv(&world.index));
    let desk = Desk::new(&left, Some(&right), Some(&history), None);
    let loaded = load(&model, dictionary(content(), &model).unwrap(), &desk.inputs).unwrap();
    let words = &loaded.dictionary;
    let comparer = Comparer::new(&model, words).unwrap();
    let keys = Keys::new(&model, words);
    let sides = Sides {
        model: &model,
        dictionary: words,
        comparer: &comparer,
        keys: &keys,
        left: &loaded.left,
        right: loaded.right.as_ref().unwrap(),
        threads: 2,
        apart: &Apart::default(),
    };
    let mut blocks = LeftBlocks::new(&keys, words, sides.left, &|_| true);
    let found = train::candidates_of_sample(&sides, &blocks, Some(&keys));
    blocks.pairs(&keys, words, sides.right, 1, || (), |(), _| {});
    agree(&found, blocks.counts());
    // Without being asked for, they are not told.
    let found = train::candidates_of_sample(&sides, &blocks, None);
    assert!(found.by_rules.is_empty() && !found.patterns.is_empty());
}

#[test]
fn what_blocks_say_is_pictured_and_may_be_taken() {
    let world = World::new(52, 600, 300);
    let desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    let text = shipped("person-dedupe");
    let of = |combine: &str| {
        let training = format!("\n[training]\nrandom_pairs = 20000\ncombine = \"{combine}\"\n");
        MatchModel::from_text(&format!("{text}{training}"), "m.toml").unwrap()
    };
    let (union, median) = (of("union"), of("median"));
    let run = |model: &MatchModel, threads, pictures| {
        desk.linked(model, &how(&learning(model), threads, pictures))
            .unwrap()
    };
    let (plain, rows) = run(&union, 2, false);
    let (drawn, same_rows) = run(&union, 2, true);
    assert_eq!(
        plain.parameters, drawn.parameters,
        "a picture changes nothing"
    );
    assert_eq!(rows, same_rows);
    let pictures = drawn.pictures.unwrap();
    assert_eq!(pictures.training_blocks.len(), union.blocks.len());
    assert!(!pictures.spread.is_empty());
    for spread in &pictures.spread {
        assert_eq!(spread.class, "one person");
        assert_eq!(spread.blocks.len(), union.blocks.len());
        for (block, said) in union.blocks.iter().zip(&spread.blocks) {
            let mut columns = block.same.iter();
            let own =
                columns.any(|part| part.get_ref().split(' ').next() == Some(&spread.comparison));
            assert!(
                !own || said.is_none(),
                "{} of {}",
                spread.comparison,
                block.title()
            );
        }
    }
    let (one, rows) = run(&median, 1, false);
    let (other, other_rows) = run(&median, 3, false);
    assert_eq!((&one.parameters, &rows), (&other.parameters, &other_rows));
    assert_ne!(one.parameters, plain.parameters);
    for (at, (levels, _)) in one.parameters.shape.iter().enumerate() {
        for row in one.parameters.shares_of(1, at).chunks(*levels) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

// Judged pairs.

fn labelled(
    desk: &mut Desk,
    model: &MatchModel,
    learn: &Learn,
    labels: &str,
) -> (LinkRun, Vec<Cells>) {
    let path = desk.folder.path().join("labels.csv");
    fs::write(&path, labels).unwrap();
    desk.inputs.labels = vec![path];
    desk.linked(model, &how(learn, 2, false)).unwrap()
}

/// So many judged pairs more are seen of what training found.
const DRAWN: f64 = 20.0;

/// Of pairs that were judged one person the levels are counted in the output, and the shares worked out from that.
#[test]
fn the_shares_of_one_person_are_those_of_the_judged_pairs() {
    let model = quick(&shipped("person-dedupe"));
    let world = World::new(53, 500, 200);
    let mut desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    let learn = untrained(&model);
    let (_, rows) = desk.link(&model, &learn, 1).unwrap();
    let judged: Vec<&Cells> = rows
        .iter()
        .filter(|row| row["decision"] == "link")
        .collect();
    assert!(judged.len() > 60);
    // The ids in either order, beside what does not count.
    let mut labels = String::from("left_id,right_id,decision,reviewer\n");
    for (at, row) in judged.iter().enumerate() {
        let (a, b) = (&row["left_id"], &row["right_id"]);
        let (a, b) = if at % 2 == 0 { (a, b) } else { (b, a) };
        writeln!(labels, "{a},{b},same,ana").unwrap();
    }
    labels.push_str("r1,r2,different,ana\nr1,r3,unsure,ana\nr4,nobody,same,ana\nr5,r6,,ana\nr7,r8,perhaps not,ana\n");
    let (run, _) = labelled(&mut desk, &model, &learn, &labels);
    let told = run.labelled.unwrap();
    assert_eq!(
        (told.same, told.different, told.unsure, told.unknown),
        (judged.len() as u64, 1, 1, 1)
    );
    assert_eq!(told.notes.len(), 1, "{:?}", told.notes);
    let said = format!(
        "the shares of `one person` come from {} judged pairs",
        judged.len()
    );
    assert!(
        run.notes.iter().any(|note| note.starts_with(&said)),
        "{:?}",
        run.notes
    );

    let before = Parameters::of(&model);
    for (at, comparison) in model.comparisons.iter().enumerate() {
        let names = model.level_names(at);
        let level = |row: &Cells, comparison: &str| row[&format!("{comparison}_level")].clone();
        let mut counts: BTreeMap<(String, String), f64> = BTreeMap::new();
        let parent = model
            .depends_on(at)
            .map(|at| model.comparisons[at].name.get_ref());
        for row in &judged {
            let own = level(row, comparison.name.get_ref());
            let of = parent.map_or("all".to_owned(), |parent| level(row, parent));
            *counts.entry((of, own.clone())).or_default() += 1.0;
            if parent.is_some() {
                *counts.entry(("all".to_owned(), own)).or_default() += 1.0;
            }
        }
        let mut rows = vec!["all".to_owned()];
        if let Some(parent) = model.depends_on(at) {
            rows.extend(
                model
                    .level_names(parent)
                    .iter()
                    .map(|name| (*name).to_owned()),
            );
        }
        let mut expected = Vec::new();
        for (row, before) in rows.iter().zip(before.shares_of(1, at).chunks(names.len())) {
            let seen = |name: &str| {
                counts
                    .get(&(row.clone(), name.to_owned()))
                    .copied()
                    .unwrap_or(0.0)
            };
            let all: f64 = names.iter().map(|name| seen(name)).sum();
            let shares = names.iter().zip(before);
            expected
                .extend(shares.map(|(name, before)| (seen(name) + DRAWN * before) / (all + DRAWN)));
        }
        for (found, expected) in run.parameters.shares_of(1, at).iter().zip(&expected) {
            assert!(
                (found - expected).abs() < 1e-5,
                "{}: {found}, expected {expected}",
                comparison.name.get_ref()
            );
        }
    }
    // What follows from one person follows from the judged pairs too.
    let twins = run
        .parameters
        .names
        .iter()
        .position(|name| name == "twins")
        .unwrap();
    assert_ne!(
        run.parameters.shares_of(twins, 5),
        before.shares_of(twins, 5)
    );
}

#[test]
fn judged_pairs_count_beside_training_and_nothing_depends_on_threads() {
    let model = quick(&shipped("nhs-trace"));
    let world = World::new(54, 800, 400);
    let (left, right) = (invented::csv(&world.clients), invented::csv(&world.index));
    let mut desk = Desk::new(&left, Some(&right), None, None);
    let learn = learning(&model);
    let (plain, rows) = desk.link(&model, &learn, 2).unwrap();
    let links = rows
        .iter()
        .filter(|row| row["decision"] == "link")
        .take(100);
    let mut labels = String::from("left_id,right_id,decision\n");
    for row in links {
        // A number in groups, as people write it.
        let number = &row["right_id"];
        let number = format!("{} {} {}", &number[..3], &number[3..6], &number[6..]);
        writeln!(labels, "{},{number},same", row["left_id"]).unwrap();
    }
    let (run, found) = labelled(&mut desk, &model, &learn, &labels);
    assert_eq!(run.labelled.as_ref().unwrap().same, 100);
    assert_ne!(run.parameters, plain.parameters);
    let again = desk.linked(&model, &how(&learn, 5, false)).unwrap();
    assert_eq!((&run.parameters, &found), (&again.0.parameters, &again.1));
    for (at, (levels, _)) in run.parameters.shape.iter().enumerate() {
        for row in run.parameters.shares_of(1, at).chunks(*levels) {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}

#[test]
fn a_file_of_judgements_that_is_none_is_refused() {
    let model = quick(&shipped("person-dedupe"));
    let world = World::new(55, 200, 50);
    let mut desk = Desk::new(&invented::csv(&world.one_file()), None, None, None);
    let path = desk.folder.path().join("labels.csv");
    fs::write(&path, "left_id,right_id\nr1,r2\n").unwrap();
    desk.inputs.labels = vec![path];
    let fault = desk
        .linked(&model, &how(&untrained(&model), 1, false))
        .unwrap_err();
    assert!(fault.to_string().contains("`decision`"), "{fault}");
}
