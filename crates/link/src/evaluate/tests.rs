//! Whole evaluations on small files, worked out by hand, and against a second version that counts one by one.

mod false_links;
mod two_files;

use super::*;
use proptest::prelude::*;
use std::{fmt::Write as _, fs};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

fn evaluated(links: &str, truth: &str, ask: &Ask) -> Evaluation {
    let files = Files::new();
    evaluate(
        &files.file("links.csv", links),
        &files.file("truth.csv", truth),
        ask,
    )
    .unwrap()
}

/// Nine records; the people 9990000018 to 9990000069 stand for whoever is in the index.
const TRACE_LINKS: &str =
    "left_id,right_id,match_weight,probability,margin,given_name_level,decision
r1,P1,20,0.999,,equal,link
r2,P2,12,0.99,8,equal,link
r3,P9,11,0.98,9,else,link
r4,P4,4,0.9,0.5,equal,close
r5,P5,1,0.6,3,equal,weak
r6,P6,15,0.99,,equal,veto
r8,P8,10,0.97,6,equal,link
";
const TRACE_TRUTH: &str = "record_id,nhs_number,sex
r1,P1,1
r2,P2,1
r3,P3,2
r4,P4,2
r5,P5,2
r6,P6,2
r7,P7,1
r8,,1
r9,,2
";

#[test]
fn a_trace_is_judged_as_worked_out_by_hand() {
    let mut ask = Ask::trace();
    ask.groups = vec!["sex".to_owned()];
    ask.least_of_a_group = 1;
    ask.index = Some(1000);
    ask.compared = Some(90);
    let evaluation = evaluated(TRACE_LINKS, TRACE_TRUTH, &ask);
    assert_eq!(
        (evaluation.records, evaluation.to_find, evaluation.in_links),
        (9, 7, 5)
    );
    let decided = &evaluation.operating[0];
    assert_eq!(
        decided.measures.tally,
        Tally {
            right: 2,
            wrong: 1,
            falsely: 1,
            positives: 7,
            negatives: Some(2)
        }
    );
    let causes = Causes {
        blocked_out: 1,
        below_threshold: 1,
        margin: 1,
        veto: 1,
        wrong_best: 1,
    };
    assert_eq!(decided.causes, causes);
    assert!((decided.expected_false - (0.001 + 0.01 + 0.02 + 0.03)).abs() < 1e-12);
    assert_eq!(decided.observed_false, 2);
    let [men, women] = &decided.groups[0].rows[..] else {
        panic!()
    };
    assert_eq!(
        (
            men.group.as_str(),
            men.missed.count,
            men.missed.of,
            men.causes.blocked_out
        ),
        ("1", 1, 3, 1)
    );
    assert_eq!((men.false_links.count, men.false_links.of), (1, 3));
    assert_eq!((men.false_traces.count, men.false_traces.of), (1, 1));
    assert_eq!(
        (women.missed.count, women.missed.of, women.causes.wrong_best),
        (4, 4, 1)
    );
    assert_eq!((women.false_links.count, women.false_links.of), (1, 1));
    assert_eq!((women.false_traces.count, women.false_traces.of), (0, 1));
    let table = &decided.groups[0];
    assert_eq!(
        (
            table.reference.as_deref(),
            table.worst.as_deref(),
            table.named
        ),
        (Some("1"), Some("2"), false)
    );
    assert!((table.worst_gap.unwrap().difference - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(table.worst_gap.unwrap().ratio, Some(3.0));
    // At a precision of 99.9 % only r1 and r2 are given; the veto is given nowhere.
    let shared = &evaluation.operating[1];
    assert_eq!(shared.threshold, Some(12.0));
    assert_eq!(
        (shared.measures.tally.right, shared.measures.tally.given()),
        (2, 2)
    );
    assert_eq!(shared.causes, causes);
    assert_eq!(evaluation.blocking.all, Some(9000));
    assert_eq!(evaluation.blocking.reduction_ratio, Some(0.99));
    assert_eq!(
        (
            evaluation.blocking.at_least.count,
            evaluation.blocking.at_least.of
        ),
        (5, 7)
    );
}

#[test]
fn of_candidates_that_weigh_the_same_the_first_by_id_is_the_answer() {
    let truth = "record_id,nhs_number\nr1,B\n";
    let links = "left_id,right_id,match_weight\nr1,B,7\nr1,A,7\nr1,C,6\n";
    let evaluation = evaluated(links, truth, &Ask::trace());
    assert_eq!(evaluation.best_f1.map(|at| at.measures.tally.right), None);
    assert_eq!(evaluation.in_links, 0);
    assert_eq!(evaluation.blocking.at_least.count, 1);
    // Over pairs the right one is there as well.
    assert_eq!(
        evaluation
            .over_pairs
            .unwrap()
            .best_f1
            .unwrap()
            .measures
            .tally
            .right,
        1
    );
}

#[test]
fn superseded_numbers_are_followed_even_in_a_circle() {
    let files = Files::new();
    let links = files.file(
        "links.csv",
        "left_id,right_id,match_weight\nr1,N1,7\nr2,N4,7\n",
    );
    let truth = files.file("truth.csv", "record_id,nhs_number\nr1,N3\nr2,N5\n");
    let mut ask = Ask::trace();
    ask.superseded = Some(files.file(
        "s.csv",
        "nhs_number,replaced_by\nN1,N2\nN2,N3\nN4,N5\nN5,N4\n",
    ));
    let evaluation = evaluate(&links, &truth, &ask).unwrap();
    assert_eq!(evaluation.in_links, 2);
    assert!(
        evaluation
            .notices
            .iter()
            .any(|notice| notice.message.contains("circle") && notice.count == 1)
    );
}

#[test]
fn a_truth_that_contradicts_itself_is_told_with_its_rows() {
    let truth = "record_id,nhs_number\nr1,P1\nr1,P1\nr2,P2\nr2,P3\n,P4\nr5,P5\n";
    let links = "left_id,right_id,match_weight,probability,decision\nr1,P1,5,0.9,link\nr1,P1,6,0.95,link\nr2,P2,5,0.9,link\n,P1,5,0.9,link\nr5,P5,much,2,link\nr5,P5,3,2,maybe\n";
    let evaluation = evaluated(links, truth, &Ask::trace());
    assert_eq!((evaluation.records, evaluation.to_find), (2, 2));
    let told: Vec<(&str, &str, &[u64])> = evaluation
        .notices
        .iter()
        .map(|notice| {
            (
                notice.file.as_str(),
                notice.message.split(';').next().unwrap(),
                notice.rows.as_slice(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                "truth.csv",
                "a record that stands there before with the same person",
                &[3][..]
            ),
            (
                "truth.csv",
                "a record that stands there before as somebody else",
                &[5]
            ),
            ("truth.csv", "a record without an id", &[6]),
            ("links.csv", "a link without an id on both sides", &[5]),
            (
                "links.csv",
                "a link whose match weight is not a number",
                &[6]
            ),
            (
                "links.csv",
                "a probability that is not between 0 and 1",
                &[7]
            ),
            (
                "links.csv",
                "a decision that is none of link, close, weak, veto",
                &[7]
            ),
            ("links.csv", "a pair that stands there before", &[3]),
            (
                "links.csv",
                "a link of a record about which there is no truth",
                &[4]
            ),
        ]
    );
}

#[test]
fn a_missing_column_is_an_error_that_names_it() {
    let files = Files::new();
    let links = files.file("links.csv", "left_id,right_id,match_weight\n");
    let truth = files.file("truth.csv", "record_id,nhs_number\n");
    let mut ask = Ask::trace();
    ask.groups = vec!["decile".to_owned()];
    let error = evaluate(&links, &truth, &ask).unwrap_err().to_string();
    assert!(error.contains("no column `decile`"), "{error}");
}

#[test]
fn empty_files_measure_nothing_and_do_no_harm() {
    for ask in [Ask::trace(), Ask::dedupe()] {
        let truth = "record_id,nhs_number,person\n";
        let evaluation = evaluated("left_id,right_id,match_weight,decision\n", truth, &ask);
        assert_eq!((evaluation.records, evaluation.to_find), (0, 0));
        assert_eq!(evaluation.best_f1, None);
    }
}

#[test]
fn true_pairs_join_into_people_and_whoever_is_in_none_is_alone() {
    let shape = TruthShape::Pairs {
        left: "left_id".to_owned(),
        right: "right_id".to_owned(),
    };
    let truth = "left_id,right_id\na,b\nb,c\nb,a\n";
    let links = "left_id,right_id,match_weight\nb,a,9\nc,d,8\na,a,7\n";
    let evaluation = evaluated(links, truth, &Ask::new(shape));
    assert_eq!(
        (evaluation.records, evaluation.to_find, evaluation.in_links),
        (4, 3, 1)
    );
    let messages: Vec<&str> = evaluation
        .notices
        .iter()
        .map(|notice| notice.message.as_str())
        .collect();
    assert!(
        messages
            .iter()
            .any(|message| message.starts_with("pairs follow from others")),
        "{messages:?}"
    );
    assert!(
        messages
            .iter()
            .any(|message| message.contains("with itself")),
        "{messages:?}"
    );
}

#[test]
fn links_in_parquet_give_what_links_in_csv_give() {
    use crate::files::{Cell, Column, write};
    let files = Files::new();
    let column = |name: &str, number: bool| Column {
        name: name.to_owned(),
        number,
    };
    let columns = [
        column("left_id", false),
        column("right_id", false),
        column("match_weight", true),
        column("probability", true),
        column("margin", true),
        column("decision", false),
    ];
    let rows = || {
        TRACE_LINKS.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let number = |at: usize| Cell::Number(cells[at].parse().unwrap_or(f64::INFINITY));
            let text = |at: usize| Cell::Text(cells[at].to_owned().into());
            vec![text(0), text(1), number(2), number(3), number(4), text(6)]
        })
    };
    let path = files.folder.path().join("links.parquet");
    write(&path, &columns, rows()).unwrap();
    let truth = files.file("truth.csv", TRACE_TRUTH);
    let from_parquet = evaluate(&path, &truth, &Ask::trace()).unwrap();
    assert_eq!(
        from_parquet,
        evaluated(TRACE_LINKS, TRACE_TRUTH, &Ask::trace())
    );
}

/// A generated file: for each record a person and a group; links of random pairs with few weights.
type Made = (Vec<(u8, u8)>, Vec<(u8, u8, i8, u8)>);

fn made() -> impl Strategy<Value = Made> {
    let people = prop::collection::vec((0_u8..8, 0_u8..3), 2..20);
    let links = prop::collection::vec((0_u8..20, 0_u8..20, -3_i8..4, 0_u8..4), 0..40);
    (people, links)
}

const WORDS: [&str; 4] = ["link", "close", "weak", "veto"];

fn dedupe_files(made: &Made) -> (String, String) {
    let mut truth = "record_id,person,group\n".to_owned();
    for (at, (person, group)) in made.0.iter().enumerate() {
        writeln!(truth, "r{at},p{person},g{group}").unwrap();
    }
    let mut links = "left_id,right_id,match_weight,decision\n".to_owned();
    for (a, b, weight, word) in &made.1 {
        writeln!(links, "r{a},r{b},{weight},{}", WORDS[usize::from(*word)]).unwrap();
    }
    (links, truth)
}

/// Each pair once by its heaviest row, then the first of the words, as a table from pair to weight and word.
fn heaviest(made: &Made) -> BTreeMap<(usize, usize), (i8, u8)> {
    let mut heaviest: BTreeMap<(usize, usize), (i8, u8)> = BTreeMap::new();
    for (a, b, weight, word) in &made.1 {
        let (a, b) = (usize::from(*a.min(b)), usize::from(*a.max(b)));
        if a == b || b >= made.0.len() {
            continue;
        }
        let kept = heaviest.entry((a, b)).or_insert((*weight, *word));
        if (*weight, std::cmp::Reverse(*word)) > (kept.0, std::cmp::Reverse(kept.1)) {
            *kept = (*weight, *word);
        }
    }
    heaviest
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pairs_of_one_file_are_as_counted_one_by_one(made in made(), threshold in -3_i8..4) {
        let (links, truth) = dedupe_files(&made);
        let mut ask = Ask::dedupe();
        ask.groups = vec!["group".to_owned()];
        ask.thresholds = vec![f64::from(threshold)];
        let evaluation = evaluated(&links, &truth, &ask);
        let heaviest = heaviest(&made);
        let same = |a: usize, b: usize| made.0[a].0 == made.0[b].0;
        let all: Vec<(usize, usize)> =
            (0..made.0.len()).flat_map(|a| (a + 1..made.0.len()).map(move |b| (a, b))).collect();
        let at_threshold = evaluation.operating.last().unwrap();
        for (point, decided) in [(&evaluation.operating[0], true), (at_threshold, false)] {
            let given = |pair: &(usize, usize)| {
                heaviest.get(pair).is_some_and(|(weight, word)| {
                    *word != 3 && if decided { *word == 0 } else { *weight >= threshold }
                })
            };
            let count = |of: &dyn Fn(&(usize, usize)) -> bool| all.iter().filter(|pair| of(pair)).count() as u64;
            let tally = point.measures.tally;
            prop_assert_eq!(tally.right, count(&|pair| given(pair) && same(pair.0, pair.1)));
            prop_assert_eq!(tally.falsely, count(&|pair| given(pair) && !same(pair.0, pair.1)));
            prop_assert_eq!(tally.positives, count(&|pair| same(pair.0, pair.1)));
            prop_assert_eq!(tally.negatives, Some(count(&|pair| !same(pair.0, pair.1))));
            let causes = point.causes;
            prop_assert_eq!(causes.blocked_out, count(&|pair| same(pair.0, pair.1) && !heaviest.contains_key(pair)));
            let of_causes = causes.blocked_out + causes.below_threshold + causes.margin + causes.veto;
            prop_assert_eq!(of_causes, tally.missed());
            for row in &point.groups[0].rows {
                let group: u8 = row.group[1..].parse().unwrap();
                let touches = |pair: &(usize, usize)| made.0[pair.0].1 == group || made.0[pair.1].1 == group;
                let missed = count(&|pair| touches(pair) && same(pair.0, pair.1) && !given(pair));
                prop_assert_eq!(row.missed.count, missed);
                prop_assert_eq!(row.missed.of, count(&|pair| touches(pair) && same(pair.0, pair.1)));
                let causes = row.causes;
                let of_causes = causes.blocked_out + causes.below_threshold + causes.margin + causes.veto;
                prop_assert_eq!(of_causes, missed);
                let falsely = count(&|pair| touches(pair) && !same(pair.0, pair.1) && given(pair));
                prop_assert_eq!((row.false_links.count, row.false_links.of), (falsely, count(&|pair| touches(pair) && given(pair))));
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_show(made in made()) {
        let (links, truth) = dedupe_files(&made);
        let turned = |text: &str| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines[1..].reverse();
            lines.join("\n") + "\n"
        };
        let mut ask = Ask::dedupe();
        ask.groups = vec!["group".to_owned()];
        let mut one = evaluated(&links, &truth, &ask);
        let mut other = evaluated(&turned(&links), &turned(&truth), &ask);
        // Rows have other numbers then.
        one.notices.clear();
        other.notices.clear();
        for evaluation in [&mut one, &mut other] {
            for point in &mut evaluation.operating {
                point.expected_false = (point.expected_false * 1e9).round();
                let clusters = point.clusters.as_mut().unwrap();
                for balance in [&mut clusters.b_cubed, &mut clusters.closest] {
                    for share in [&mut balance.precision, &mut balance.recall, &mut balance.f1] {
                        *share = share.map(|share| (share * 1e9).round());
                    }
                }
            }
            for band in &mut evaluation.calibration.bands {
                band.said = (band.said * 1e9).round();
            }
            evaluation.calibration.error = evaluation.calibration.error.map(|error| (error * 1e9).round());
            evaluation.calibration.brier = evaluation.calibration.brier.map(|brier| (brier * 1e9).round());
        }
        prop_assert_eq!(one, other);
    }

    #[test]
    fn a_trace_is_as_counted_one_by_one(
        persons in prop::collection::vec(prop::option::of(0_u8..6), 1..12),
        links in prop::collection::vec((0_u8..12, 0_u8..6, -3_i8..4, 0_u8..4), 0..30),
    ) {
        let mut truth = "record_id,nhs_number\n".to_owned();
        for (at, person) in persons.iter().enumerate() {
            writeln!(truth, "r{at},{}", person.map(|person| format!("p{person}")).unwrap_or_default()).unwrap();
        }
        let mut text = "left_id,right_id,match_weight,decision\n".to_owned();
        for (left, right, weight, word) in &links {
            writeln!(text, "r{left},p{right},{weight},{}", WORDS[usize::from(*word)]).unwrap();
        }
        let evaluation = evaluated(&text, &truth, &Ask::trace());
        let mut tally = Tally { negatives: Some(0), ..Tally::default() };
        let mut causes = Causes::default();
        for (at, person) in persons.iter().enumerate() {
            match person {
                Some(_) => tally.positives += 1,
                None => tally.negatives = tally.negatives.map(|all| all + 1),
            }
            // Heaviest, then first by id, then the first of the words.
            let mut of_record: Vec<&(u8, u8, i8, u8)> = links.iter().filter(|link| usize::from(link.0) == at).collect();
            of_record.sort_by_key(|link| (-link.2, link.1, link.3));
            match (of_record.first(), person) {
                (None, Some(_)) => causes.blocked_out += 1,
                (None, None) => {}
                (Some((_, right, _, word)), person) => match (person, WORDS[usize::from(*word)]) {
                    (Some(person), "link") if person == right => tally.right += 1,
                    (Some(person), "close") if person == right => causes.margin += 1,
                    (Some(person), "weak") if person == right => causes.below_threshold += 1,
                    (Some(person), _) if person == right => causes.veto += 1,
                    (Some(_), word) => {
                        causes.wrong_best += 1;
                        tally.wrong += u64::from(word == "link");
                    }
                    (None, word) => tally.falsely += u64::from(word == "link"),
                },
            }
        }
        prop_assert_eq!(evaluation.operating[0].measures.tally, tally);
        prop_assert_eq!(evaluation.operating[0].causes, causes);
    }
}

fn shown() -> Evaluation {
    let mut ask = Ask::trace();
    ask.groups = vec!["sex".to_owned()];
    ask.least_of_a_group = 1;
    ask.index = Some(1000);
    ask.compared = Some(90);
    evaluated(TRACE_LINKS, TRACE_TRUTH, &ask)
}

#[test]
fn the_text_says_who_is_missed_and_why() {
    let text = shown().to_text();
    for wanted in [
        "9 records were judged; the person of 7 is in the index.",
        "2 right, 1 wrong person though the right one is in the index, 1 false for people not in the index.",
        "5 missed: 1 blocked out (not in the links at all), 1 below the threshold, 1 by the margin to another person, 1 by a veto, 1 because another person is the best.",
        "| 2 | 5 | 4 of 4: 100.000 % (51.011 to 100.000) |",
        "Most are missed of 2: +66.667",
        "90 of 9000 pairs were compared; 99.000 % were not (reduction ratio).",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[test]
fn names_of_groups_cannot_break_the_text() {
    let mut ask = Ask::trace();
    ask.groups = vec!["sex".to_owned()];
    let truth = "record_id,nhs_number,sex\nr1,P1,\"a|b\n<script>\"\n";
    let text = evaluated(TRACE_LINKS, truth, &ask).to_text();
    assert!(
        text.contains("| a\\|b &lt;script> (too few to rank) |"),
        "{text}"
    );
}

#[test]
fn the_model_card_has_its_parameters_measures_and_limits() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/nhs-trace.toml");
    let model = crate::match_model::MatchModel::from_text(
        &fs::read_to_string(path).unwrap(),
        "nhs-trace.toml",
    )
    .unwrap();
    let parameters = crate::weigh::Parameters::of(&model);
    let evaluation = shown();
    let data = [("left".to_owned(), "9 invented records".to_owned())];
    let card = Card {
        name: "nhs-trace",
        version: "1",
        date: "2026-11-22",
        purpose: "To find the NHS number of a client.",
        data: &data,
        limits: &[],
        model: &model,
        parameters: &parameters,
        evaluation: Some(&evaluation),
    };
    let text = model_card(&card);
    for wanted in [
        "# Model card: Trace against a demographic index",
        "| date | 2026-11-22 |",
        "| left | 9 invented records |",
        "| strangers | two people |",
        "| recall at a precision of 99.9 % | 28.571 % |",
        "### By sex",
        "## Limits",
    ] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    let without = model_card(&Card {
        evaluation: None,
        ..card
    });
    assert!(without.contains("Not measured: there was no truth"));
    assert!(without.contains("Not measured by group"));
}
