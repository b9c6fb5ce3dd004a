//! Pairs between two files: those within one file are neither to be found nor false.

use super::*;
use std::collections::BTreeSet;

fn pairs(counted: Option<Counted>) -> Ask {
    let shape = TruthShape::Pairs {
        left: "left_id".to_owned(),
        right: "right_id".to_owned(),
    };
    Ask {
        counted,
        ..Ask::new(shape)
    }
}

/// One person has two records in each file; the run found all but one of the four pairs between them.
const TRUTH: &str = "left_id,right_id\na1,b1\na1,b2\na2,b1\na2,b2\n";
const LINKS: &str = "left_id,right_id,match_weight,decision\na1,b1,9,link\na1,b2,9,link\na2,b1,8,link\na3,b3,7,link\n";

#[test]
fn pairs_within_one_file_are_not_missed_where_two_files_were_linked() {
    let found = evaluated(LINKS, TRUTH, &pairs(None));
    assert_eq!(found.counted, Some(Counted::TwoFiles));
    let tally = found.operating[0].measures.tally;
    // Three records of each file: nine pairs between them.
    assert_eq!(
        (tally.right, tally.falsely, tally.positives, tally.negatives),
        (3, 1, 4, Some(5))
    );
    assert!(
        found.to_text().contains("Pairs of two files count"),
        "{}",
        found.to_text()
    );
    // As one file the pairs a1 with a2 and b1 with b2 are to be found as well.
    let one = evaluated(LINKS, TRUTH, &pairs(Some(Counted::OneFile)));
    assert_eq!(one.to_find, 6);
    assert_eq!(one.operating[0].measures.recall, Some(0.5));
    assert!(one.to_text().contains("Any two records count"));
}

#[test]
fn a_pair_that_follows_between_the_files_is_to_be_found() {
    let truth = "left_id,right_id\na1,b1\na1,b2\na2,b1\n";
    let found = evaluated(LINKS, truth, &pairs(None));
    assert_eq!(found.to_find, 4);
    let notice = found.notices.first().unwrap();
    assert!(notice.message.starts_with("pairs follow from others") && notice.count == 1);
}

#[test]
fn an_id_on_both_sides_says_one_file_unless_two_are_stated() {
    let truth = "left_id,right_id\n1,1\n2,3\n";
    let links = "left_id,right_id,match_weight\n1,1,9\n2,3,9\n2,2,5\n";
    let one = evaluated(links, truth, &pairs(None));
    assert_eq!(one.counted, Some(Counted::OneFile));
    // Row 1 of the one file is not row 1 of the other.
    let two = evaluated(links, truth, &pairs(Some(Counted::TwoFiles)));
    assert_eq!((two.records, two.to_find, two.in_links), (5, 2, 2));
    assert_eq!(
        two.by_threshold.last().map(|at| at.measures.tally.falsely),
        Some(1)
    );
}

#[test]
fn a_column_of_the_truth_can_name_the_file() {
    let truth = "record_id,person,system\nx,p,care\ny,p,care\nz,p,health\nv,q,health\n";
    let links =
        "left_id,right_id,match_weight,decision\nx,z,9,link\nx,y,9,link\ny,v,3,link\nz,v,1,weak\n";
    let mut ask = Ask::dedupe();
    ask.file_column = Some("system".to_owned());
    ask.groups = vec!["system".to_owned()];
    ask.least_of_a_group = 1;
    let found = evaluated(links, truth, &ask);
    let tally = found.operating[0].measures.tally;
    assert_eq!(
        (tally.right, tally.falsely, tally.positives, tally.negatives),
        (1, 1, 2, Some(2))
    );
    let notice = found.notices.first().unwrap();
    assert!(
        notice
            .message
            .starts_with("a link of two records of one file")
    );
    assert_eq!(notice.rows, [3, 5]);
    for row in &found.operating[0].groups[0].rows {
        assert_eq!((row.missed.count, row.missed.of), (1, 2), "{}", row.group);
    }
}

#[test]
fn pairs_have_no_groups_and_that_is_told() {
    let mut ask = pairs(None);
    ask.groups = vec!["sex".to_owned()];
    let found = evaluated(LINKS, TRUTH, &ask);
    assert!(
        found.notices[0]
            .message
            .contains("no groups and no outcomes")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Records l0, l1 … and r0, r1 … with a person each; the truth names every pair between the files.
    #[test]
    fn pairs_of_two_files_are_as_counted_one_by_one(
        left in prop::collection::vec(0_u8..4, 1..8), right in prop::collection::vec(0_u8..4, 1..8),
        links in prop::collection::vec((0_usize..8, 0_usize..8), 0..30),
    ) {
        let mut truth = "record_id,person,file\n".to_owned();
        for (file, people) in [("l", &left), ("r", &right)] {
            for (at, person) in people.iter().enumerate() {
                writeln!(truth, "{file}{at},p{person},{file}").unwrap();
            }
        }
        let given: BTreeSet<(usize, usize)> =
            links.into_iter().filter(|(a, b)| *a < left.len() && *b < right.len()).collect();
        let mut text = "left_id,right_id,match_weight,decision\n".to_owned();
        for (a, b) in &given {
            writeln!(text, "l{a},r{b},1,link").unwrap();
        }
        let all: Vec<(usize, usize)> =
            (0..left.len()).flat_map(|a| (0..right.len()).map(move |b| (a, b))).collect();
        let same = |pair: &(usize, usize)| left[pair.0] == right[pair.1];
        let count = |of: &dyn Fn(&(usize, usize)) -> bool| all.iter().filter(|pair| of(pair)).count() as u64;
        let expected = Tally {
            right: count(&|pair| same(pair) && given.contains(pair)),
            wrong: 0,
            falsely: count(&|pair| !same(pair) && given.contains(pair)),
            positives: count(&same),
            negatives: Some(count(&|pair| !same(pair))),
        };
        let mut ask = Ask::dedupe();
        ask.file_column = Some("file".to_owned());
        prop_assert_eq!(evaluated(&text, &truth, &ask).operating[0].measures.tally, expected);
        let mut as_pairs = "left_id,right_id\n".to_owned();
        for (a, b) in all.iter().filter(|pair| same(pair)) {
            writeln!(as_pairs, "l{a},r{b}").unwrap();
        }
        let tally = evaluated(&text, &as_pairs, &pairs(Some(Counted::TwoFiles))).operating[0].measures.tally;
        prop_assert_eq!((tally.right, tally.falsely, tally.positives), (expected.right, expected.falsely, expected.positives));
    }
}
