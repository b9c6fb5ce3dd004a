//! False links with their explanations, outcomes, and what cannot be answered.

use super::*;
use crate::explain::Explanations;

fn explanations() -> Explanations {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/linkage/explanations.toml");
    Explanations::from_text(&fs::read_to_string(path).unwrap(), "explanations.toml").unwrap()
}

const LINKS: &str = "\
left_id,right_id,match_weight,probability,margin,given_name_level,family_name_level,dob_level,postcode_level,decision
r1,P1,20,0.999,,equal,equal,equal,equal,link
r3,P9,11,0.98,9,else,equal,equal,equal,link
r4,P4,4,0.9,0.5,equal,equal,else,equal,close
r8,P8,10,0.97,6,equal,equal,else,equal,link
";
const TRUTH: &str = "record_id,nhs_number,sex,died\nr1,P1,1,1\nr3,P3,2,yes\nr4,P4,2,0\nr7,P7,1,\nr8,,1,no\nr9,,2,perhaps\n";

fn explained(ask: &Ask) -> (Evaluation, Vec<FalseLink>, Files) {
    let files = Files::new();
    let explaining = Explaining {
        explanations: &explanations(),
        classes: None,
    };
    let (links, truth) = (
        files.file("links.csv", LINKS),
        files.file("truth.csv", TRUTH),
    );
    let (evaluation, all) = evaluate_and_explain(&links, &truth, ask, &explaining).unwrap();
    (evaluation, all, files)
}

#[test]
fn every_false_link_has_its_row_its_levels_and_a_reason() {
    let (evaluation, all, files) = explained(&Ask::trace());
    let found: Vec<_> = all
        .iter()
        .map(|link| {
            (
                link.row,
                link.left.as_str(),
                link.right.as_str(),
                link.is,
                link.explanation.pattern.as_str(),
                link.margin,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (3, "r3", "P9", Falsehood::WrongPerson, "twins", Some(9.0)),
            (
                5,
                "r8",
                "P8",
                Falsehood::NotInTheIndex,
                "parent and child",
                Some(6.0)
            ),
        ]
    );
    let summary = evaluation.false_links.as_ref().unwrap();
    assert_eq!(
        (summary.under.as_str(), summary.count, summary.reasons.len()),
        ("as the run decided", 2, 2)
    );
    // The ids of records may be NHS numbers: they are in the file that was asked for and nowhere else.
    let json = serde_json::to_string(&evaluation).unwrap();
    assert!(json.contains("\"twins\"") && !json.contains("P9") && !json.contains("\"r3\""));
    let text = evaluation.to_text();
    assert!(
        text.contains("## False links, and why") && text.contains("| 3 | 11.00 | 0.9800 | 9.00 |"),
        "{text}"
    );
    let path = files.folder.path().join("false.csv");
    assert_eq!(write_false_links(&path, &all).unwrap(), 2);
    let csv = fs::read_to_string(path).unwrap();
    let mut lines = csv.lines();
    assert_eq!(
        lines.next().unwrap(),
        "row,left_id,right_id,match_weight,probability,margin,is,explanation,pattern,next_class,next_class_share,\
         given_name_level,family_name_level,dob_level,postcode_level"
    );
    assert_eq!(
        lines.next().unwrap(),
        "3,r3,P9,11,0.98,9,\"wrong person, the right one is in the index\",\"same family name, date of birth and postcode; \
         given name differs: twins, or two people of one household one of whose records has the other's date of \
         birth\",twins,,,else,equal,equal,equal"
    );
}

#[test]
fn without_levels_false_links_are_told_and_not_explained_away() {
    let files = Files::new();
    let explaining = Explaining {
        explanations: &explanations(),
        classes: None,
    };
    let links = files.file(
        "l.csv",
        "left_id,right_id,match_weight,decision\na,b,9,link\n",
    );
    let truth = files.file("t.csv", "record_id,person\na,p\nb,q\n");
    let (_, all) = evaluate_and_explain(&links, &truth, &Ask::dedupe(), &explaining).unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (all[0].is, all[0].explanation.facts.as_str()),
        (Falsehood::TwoPeople, "")
    );
    assert!(!all[0].explanation.says.is_empty());
}

/// Of the four who state it two died; of the three linked two; of the one who is not linked none.
#[test]
fn an_outcome_among_the_linked_is_held_against_all() {
    let mut ask = Ask::trace();
    ask.outcomes = vec!["died".to_owned()];
    let evaluation = evaluated(LINKS, TRUTH, &ask);
    let shift = &evaluation.operating[0].outcomes[0];
    assert_eq!((shift.all.count, shift.all.of), (2, 4));
    assert_eq!((shift.linked.count, shift.linked.of), (2, 3));
    assert_eq!((shift.not_linked.count, shift.not_linked.of), (0, 1));
    assert!((shift.shift.unwrap() - (2.0 / 3.0 - 0.5)).abs() < 1e-12);
    let notice = evaluation
        .notices
        .iter()
        .find(|notice| notice.message.starts_with("an outcome"));
    assert_eq!(notice.unwrap().rows, [7]);
    assert!(evaluation.to_text().contains("died among all: 2 of 4"));
}

#[test]
fn traces_that_are_wrong_and_false_have_their_own_rates() {
    let evaluation = evaluated(TRACE_LINKS, TRACE_TRUTH, &Ask::trace());
    let decided = &evaluation.operating[0];
    assert_eq!(
        (decided.wrong_person.count, decided.wrong_person.of),
        (1, 7)
    );
    assert_eq!(
        (decided.false_traces.count, decided.false_traces.of),
        (1, 2)
    );
    assert_eq!((decided.precision.count, decided.precision.of), (2, 4));
    assert_eq!(decided.unanswered, 4);
    let measures = decided.measures;
    assert_eq!(
        (measures.wrong_person_rate, measures.false_trace_rate),
        (Some(1.0 / 7.0), Some(0.5))
    );
    let text = evaluation.to_text();
    assert!(
        text.contains("A person for somebody who is not in it: 1 of 2"),
        "{text}"
    );
}

#[test]
fn a_reference_that_is_no_group_is_told() {
    let mut ask = Ask::trace();
    ask.groups = vec!["sex".to_owned()];
    ask.references = BTreeMap::from([("sex".to_owned(), "3".to_owned())]);
    let evaluation = evaluated(TRACE_LINKS, TRACE_TRUTH, &ask);
    assert!(
        evaluation
            .notices
            .iter()
            .any(|notice| notice.message.contains("no group of the name"))
    );
    ask.references = BTreeMap::from([("sex".to_owned(), "2".to_owned())]);
    let evaluation = evaluated(TRACE_LINKS, TRACE_TRUTH, &ask);
    let table = &evaluation.operating[0].groups[0];
    assert_eq!((table.reference.as_deref(), table.named), (Some("2"), true));
    // 1 of 3 against 4 of 4: of the 21 ways to place five misses, three are as far apart.
    let men = &table.rows[0];
    assert!(
        (men.missed_likely.unwrap() - 3.0 / 21.0).abs() < 1e-9,
        "{:?}",
        men.missed_likely
    );
    assert_eq!(men.missed_likely_of_all, men.missed_likely);
    assert!(table.all_alike.is_some());
}
