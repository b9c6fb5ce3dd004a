//! The shipped sentences on the hard cases, and that no pair goes without one.

use super::*;
use crate::trained::Trained;
use std::{fs, path::Path};

fn text(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage");
    fs::read_to_string(root.join(path)).unwrap()
}

fn shipped() -> Explanations {
    Explanations::from_text(&text("explanations.toml"), "explanations.toml").unwrap()
}

fn model(name: &str) -> MatchModel {
    MatchModel::from_text(&text(&format!("{name}.toml")), name).unwrap()
}

/// The words of patterns that are no levels.
const WORDS: [&str; 6] = ["same", "near", "different", "missing", "alike", "apart"];

const MODELS: [&str; 3] = ["nhs-trace", "person-dedupe", "care-records"];

/// Comparisons that are not named are equal.
fn explained(levels: &[(&str, &str)]) -> Explanation {
    let model = model("nhs-trace");
    let names = model.comparisons.iter().map(|c| c.name.get_ref().as_str());
    let all: Vec<(&str, &str)> = names
        .map(|name| {
            let known = levels.iter().find(|(known, _)| *known == name);
            (name, known.map_or("equal", |(_, level)| *level))
        })
        .collect();
    shipped().explain(&all)
}

#[test]
fn hard_cases_are_called_by_what_they_are() {
    for (levels, pattern) in [
        (
            &[("nhs_number", "missing"), ("given_name", "else")][..],
            "twins",
        ),
        (
            &[("nhs_number", "else"), ("given_name", "initial")],
            "twins with an initial",
        ),
        (
            &[("nhs_number", "missing"), ("given_name", "missing")],
            "twins without a name",
        ),
        (
            &[
                ("nhs_number", "missing"),
                ("given_name", "else"),
                ("postcode", "else"),
            ],
            "twins apart",
        ),
        (
            &[("nhs_number", "missing"), ("dob", "else")],
            "parent and child",
        ),
        (
            &[("nhs_number", "missing"), ("postcode", "same area")],
            "namesakes of one day",
        ),
        (
            &[("given_name", "else"), ("dob", "else")],
            "number of another person",
        ),
        (&[], "one number and like details"),
        (
            &[("nhs_number", "missing"), ("family_name", "else")],
            "another family name",
        ),
        (
            &[
                ("nhs_number", "missing"),
                ("given_name", "else"),
                ("family_name", "else"),
            ],
            "one birthday at one address",
        ),
        (
            &[
                ("nhs_number", "missing"),
                ("given_name", "else"),
                ("dob", "else"),
            ],
            "one household",
        ),
        (
            &[
                ("nhs_number", "missing"),
                ("given_name", "given and family name exchanged"),
                ("family_name", "missing"),
            ],
            "names exchanged",
        ),
    ] {
        assert_eq!(explained(levels).pattern, pattern, "{levels:?}");
    }
}

#[test]
fn a_sentence_says_what_is_the_same_what_is_near_what_differs_and_what_is_missing() {
    let sentence = explained(&[
        ("nhs_number", "missing"),
        ("given_name", "else"),
        ("other_given_name", "missing"),
        ("postcode", "one edit"),
    ])
    .sentence();
    assert_eq!(
        sentence,
        "same sex, family name, date of birth and practice; postcode: one edit; given name differs; nothing by NHS number and \
         other given names: twins, or two people of one household one of whose records has the other's date of birth"
    );
}

#[test]
fn every_comparison_and_level_that_a_pattern_names_is_in_a_shipped_model() {
    let models = MODELS.map(model);
    let has = |comparison: &str, word: &str| {
        models.iter().any(|model| {
            model
                .comparison(comparison)
                .is_some_and(|at| WORDS.contains(&word) || model.level_names(at).contains(&word))
        })
    };
    let explanations = shipped();
    for pattern in &explanations.patterns {
        assert!(!pattern.says.is_empty() && !pattern.when.is_empty());
        for (comparison, wanted) in &pattern.when {
            let words = match wanted {
                Wanted::One(word) => vec![word],
                Wanted::OneOf(words) => words.iter().collect(),
            };
            for word in words {
                assert!(
                    has(comparison, word),
                    "{}: {comparison} {word}",
                    pattern.name
                );
            }
        }
    }
    for name in explanations.names.keys() {
        assert!(has(name, "same"), "{name}");
    }
}

/// Levels stand in few ways to each other, so every way of a model is tried: the first and the last level that is same, near
/// or different, and missing.
#[test]
fn no_pair_goes_without_a_sentence_and_nearly_all_linked_ones_have_a_pattern() {
    let (explanations, model) = (shipped(), model("person-dedupe"));
    let names: Vec<&str> = ["nhs_number", "given_name", "family_name", "dob", "postcode"].to_vec();
    let choices = ["equal", "one edit", "else", "missing"];
    for number in 0..choices.len().pow(5) {
        let levels: Vec<(&str, &str)> = names
            .iter()
            .enumerate()
            .map(|(at, name)| {
                (
                    *name,
                    choices[number / choices.len().pow(u32::try_from(at).unwrap()) % 4],
                )
            })
            .collect();
        assert!(names.iter().all(|name| model.comparison(name).is_some()));
        let explanation = explanations.explain(&levels);
        assert!(!explanation.says.is_empty());
        // Two of the four details at least are alike where an engine links.
        let alike = levels[1..]
            .iter()
            .filter(|(_, level)| ["equal", "one edit"].contains(level))
            .count();
        if alike >= 3 {
            assert_ne!(explanation.pattern, "", "{levels:?}");
        }
    }
}

#[test]
fn a_mistake_in_the_sentences_points_at_its_line() {
    let error = Explanations::from_text("otherwise = 1\n", "e.toml").unwrap_err();
    assert!(error.to_string().contains("e.toml") || error.to_string().contains("line 1"));
}

/// The model's own shares on the levels of twins: against the rate and product of each class, worked out one by one.
#[test]
fn the_next_likeliest_class_of_twins_is_twins() {
    let model = model("nhs-trace");
    let trained = Trained::from_text(&text("trained/nhs-trace.toml"), "t").unwrap();
    let parameters = trained.parameters(&model, "t").unwrap();
    let classes = Classes {
        model: &model,
        parameters: &parameters,
        strangers: 10_000.0,
    };
    let mut levels = Levels::default();
    for (at, comparison) in model.comparisons.iter().enumerate() {
        levels[at] = match comparison.name.get_ref().as_str() {
            "given_name" => u8::try_from(model.level_names(at).len()).unwrap(),
            "nhs_number" | "other_given_name" => SAYS_NOTHING,
            _ => 1,
        };
    }
    let next = classes.next(&levels).unwrap();
    assert_eq!(next.class, "twins");
    let product = |class: usize| -> f64 {
        let rate = if class == 0 {
            10_000.0
        } else {
            parameters.rates[class]
        };
        let shares = model.comparisons.iter().enumerate().map(|(at, _)| {
            if levels[at] == SAYS_NOTHING {
                return 1.0;
            }
            let rows: Vec<&[f64]> = parameters
                .shares_of(class, at)
                .chunks(model.level_names(at).len())
                .collect();
            let row = model
                .depends_on(at)
                .map_or(0, |parent| usize::from(levels[parent]));
            rows[row][usize::from(levels[at]) - 1].max(1e-12)
        });
        rate * shares.product::<f64>()
    };
    let all: Vec<f64> = (0..parameters.classes()).map(product).collect();
    let twins = parameters
        .names
        .iter()
        .position(|name| name == "twins")
        .unwrap();
    assert!((next.share - all[twins] / all.iter().sum::<f64>()).abs() < 1e-9);
    let named = named(&model, &levels);
    assert_eq!(classes.levels(&named), Some(levels));
    assert_eq!(classes.levels(&named[1..]), None);
}

#[test]
fn records_are_explained_by_their_values_and_no_value_is_said() {
    let model = model("nhs-trace");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content");
    let content = Content::from_folder(&root).unwrap();
    let record = |given: &'static str, dob: &'static str| {
        vec![
            "",
            given,
            "",
            "Thornby-Quill",
            "2",
            dob,
            "ZA4 4QT",
            "Z81009",
        ]
    };
    let pairs = [
        (record("Ada", "1984-06-17"), record("Beth", "1984-06-17")),
        (record("Ada", "1984-06-17"), record("Ada", "1951-01-30")),
    ];
    let explained = shipped()
        .explain_records(&content, &model, None, &pairs)
        .unwrap();
    let patterns: Vec<&str> = explained.iter().map(|e| e.pattern.as_str()).collect();
    assert_eq!(patterns, ["twins", "parent and child"]);
    for explanation in &explained {
        let all = format!("{explanation:?}");
        for value in ["Ada", "ADA", "THORNBY", "1984", "ZA4", "Z81009"] {
            assert!(!all.contains(value), "{all}");
        }
    }
}
