//! Several releases of one dataset: rules written once, values mapped on landing, and a partial one that
//! never rejects.

use super::{check_bytes, content, csv, settings, specification};
use crate::check::{
    Difference, Group, Happened, Specification,
    codes::records,
    rule_file::{Example, RuleFile},
    specification::shared::rule_paths,
};
use arrow_array::{Array, StringArray};
use model::{Dataset, Level};
use std::collections::BTreeMap;

fn example_of(name: &str) -> Vec<u8> {
    let path = format!("datasets/{name}/examples/example.csv");
    content().bytes(&path).unwrap().to_vec()
}

/// A file of one row: the usual base row of the dataset, with some cells in place of its own.
fn one_row(specification: &Specification, cells: &[(&str, &str)]) -> Vec<u8> {
    let written: BTreeMap<String, String> = cells
        .iter()
        .map(|(column, cell)| ((*column).to_owned(), (*cell).to_owned()))
        .collect();
    let release = specification.dataset().release();
    let row = specification.whole_row(&written, release).unwrap();
    let fields = specification.dataset().fields.iter();
    let cells = fields.map(|f| row.get(&f.column).cloned().unwrap_or_default());
    csv(specification, &[cells.collect()])
}

fn codes_found(specification: &Specification, cells: &[(&str, &str)]) -> Vec<String> {
    let file = one_row(specification, cells);
    let found = check_bytes(specification, &file, settings("2026-01-15", None), 10, 1);
    found.findings.into_iter().map(|f| f.rule).collect()
}

#[test]
fn rules_of_one_release_hold_for_that_release_alone() {
    let (r1, r2) = (specification("cld-r1"), specification("cld-r2"));
    let only = |a: &Specification, b: &Specification| -> Vec<String> {
        let codes = a.rules().iter().map(|rule| rule.code.clone());
        let mut codes: Vec<String> = codes.filter(|code| b.rule(code).is_none()).collect();
        codes.sort();
        codes
    };
    assert_eq!(
        only(&r1, &r2),
        ["CLD-E017", "CLD-Q002", "CLD-V008", "CLD-W002"]
    );
    assert_eq!(
        only(&r2, &r1),
        ["CLD-A003", "CLD-E028", "CLD-E030", "CLD-Q003", "CLD-W003"]
    );
}

#[test]
fn releases_that_rules_and_examples_name_exist() {
    let content = content();
    let releases: Vec<String> = Dataset::family(&content, "cld")
        .unwrap()
        .iter()
        .filter_map(|dataset| dataset.release().map(str::to_owned))
        .collect();
    assert_eq!(releases, ["r1", "r2", "v5"]);
    let usual = Dataset::family(&content, "cld").unwrap();
    let usual = usual.iter().filter(|d| d.family.as_ref().unwrap().usual);
    assert_eq!(usual.count(), 1);
    let mut named = 0;
    for path in rule_paths(&content, specification("cld-r2").dataset()) {
        let file: RuleFile = content.toml(&path).unwrap();
        let mut known = |release: &str, of: &str| {
            named += 1;
            assert!(releases.iter().any(|r| r == release), "{of}: {release}");
        };
        for definition in &file.definitions {
            for release in &definition.releases {
                known(release.get_ref(), definition.name.get_ref());
            }
        }
        for rule in &file.rules {
            for release in &rule.releases {
                known(release.get_ref(), rule.code.get_ref());
            }
            for release in rule
                .passes
                .iter()
                .chain(&rule.fails)
                .filter_map(Example::release)
            {
                known(release, rule.code.get_ref());
            }
        }
    }
    assert!(named > 10);
}

#[test]
fn what_rules_say_is_in_the_values_of_the_release() {
    let (r1, r2) = (specification("cld-r1"), specification("cld-r2"));
    for (code, in_r1, in_r2) in [
        (
            "CLD-E020",
            "Event Outcome of an open service is not Provision of service",
            "Event Outcome of an open service is not Continuation of support or services",
        ),
        (
            "CLD-P034",
            "Fill in the reason; for carers it is Social Support: Support to Carer.",
            "Fill in the reason; for carers it is Social support: Support to unpaid carer.",
        ),
        (
            "CLD-P033",
            "Use Service User, Carer or Carer known by association.",
            "Use Service user, Unpaid carer or Unpaid carer known by association.",
        ),
        (
            "CLD-P047",
            "Fill in Yes, No or Unknown.",
            "Fill in Yes, No or Unknown.",
        ),
        (
            "CLD-P054",
            "Fill in who pays for the long term care, or Unknown - Individual Level.",
            "Fill in who pays for the long term care, or Unknown.",
        ),
    ] {
        let has = |specification: &Specification, text: &str| {
            let rule = specification.rule(code).unwrap();
            rule.says == text || rule.fix == text
        };
        assert!(has(&r1, in_r1), "{code}: {:?}", r1.rule(code));
        assert!(has(&r2, in_r2), "{code}: {:?}", r2.rule(code));
    }
}

/// Every value of the reference's list is on the list of Release 1, and goes to the value that the reference says.
#[test]
fn every_value_of_an_earlier_release_lands_as_the_later_one() {
    let content = content();
    let specification = specification("cld-r1");
    let mapping = records(content.text("codes/cld-r1-to-r2.csv").unwrap());
    assert_eq!(mapping.len(), 194);
    let mut mapped = 0;
    for (at, field) in specification.dataset().fields.iter().enumerate() {
        let Some(list) = field.codes.as_ref().filter(|l| l.starts_with("cld-r1")) else {
            continue;
        };
        let book = specification.code_book(at).unwrap();
        let of_list = list.replace("cld-r1", "cld-r2");
        let lines = mapping.iter().filter(|line| line[0] == of_list);
        let mut values = Vec::new();
        for line in lines {
            let expected = if line[2].is_empty() {
                &line[1]
            } else {
                &line[2]
            };
            assert_eq!(book.official(&line[1]), Some(line[1].as_str()));
            assert_eq!(book.lands_as(&line[1]), Some(expected.as_str()));
            values.push(line[1].as_str());
            mapped += 1;
        }
        assert_eq!(book.values().collect::<Vec<_>>(), values, "{list}");
    }
    // The list of yes, no and unknown serves two columns.
    assert_eq!(mapped, 193 + 3);
}

#[test]
fn an_earlier_file_lands_in_later_values() {
    let (r1, r2) = (specification("cld-r1"), specification("cld-r2"));
    assert_eq!(r1.dataset().table, r2.dataset().table);
    assert_eq!(r1.dataset().schema(), r2.dataset().schema());
    let settings = settings("2026-01-15", Some("503"));
    let from_r1 = check_bytes(&r1, &example_of("cld-r1"), settings.clone(), 20, 2);
    let from_r2 = check_bytes(&r2, &example_of("cld-r2"), settings, 7, 1);
    let cells = |accepted: &[arrow_array::RecordBatch]| -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for batch in accepted {
            for row in 0..batch.num_rows() {
                let texts = batch.columns().iter().filter_map(|column| {
                    let text = column.as_any().downcast_ref::<StringArray>()?;
                    Some(if text.is_valid(row) {
                        text.value(row)
                    } else {
                        ""
                    })
                });
                rows.push(texts.map(str::to_owned).collect());
            }
        }
        rows
    };
    let (old, new) = (cells(&from_r1.accepted), cells(&from_r2.accepted));
    assert_eq!((old.len(), new.len()), (61, 61));
    // Two cells have values that Release 1 has not; the example of Release 1 has others there.
    let differ: Vec<(&String, &String)> = old
        .iter()
        .flatten()
        .zip(new.iter().flatten())
        .filter(|(a, b)| a != b)
        .collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let (first, second) = (
        pair(
            "NFA: Information and advice or signposting",
            "NFA: Referral to other service within the local authority",
        ),
        pair("Unplanned: Other reason", "Review of short term support"),
    );
    let mut expected = vec![(&first.0, &first.1), (&second.0, &second.1)];
    expected.sort();
    let mut differ = differ;
    differ.sort();
    assert_eq!(differ, expected);
}

#[test]
fn a_value_without_equivalent_lands_as_it_is_and_is_noted() {
    let r1 = specification("cld-r1");
    let cells = [
        ("event_outcome", "Progress to End of Life Care"),
        ("event_end_date", "01/06/2025"),
    ];
    let file = one_row(&r1, &cells);
    let found = check_bytes(&r1, &file, settings("2026-01-15", None), 10, 1);
    let notes: Vec<&str> = found
        .findings
        .iter()
        .filter(|f| f.level == Level::Note && f.row.is_some())
        .map(|f| f.rule.as_str())
        .collect();
    assert!(notes.contains(&"CLD-E029"), "{notes:?}");
    assert_eq!(found.outcome.rows_accepted, 1);
    let outcome = found.accepted[0].column_by_name("event_outcome").unwrap();
    let outcome = outcome.as_any().downcast_ref::<StringArray>().unwrap();
    assert_eq!(outcome.value(0), "Progress to End of Life Care");
}

#[test]
fn values_of_a_later_release_are_not_on_the_earlier_list() {
    let r1 = specification("cld-r1");
    let found = codes_found(
        &r1,
        &[("event_outcome", "Continuation of support or services")],
    );
    assert!(found.contains(&"CLD-E018".to_owned()), "{found:?}");
    let outcome = r1.dataset().fields.iter();
    let outcome = outcome.zip(0..).find(|(f, _)| f.column == "event_outcome");
    let suggestion = |cell| r1.suggestion(outcome.unwrap().1, cell);
    assert_eq!(
        suggestion("Continuation of support or services").as_deref(),
        Some("Provision of service")
    );
    assert_eq!(
        suggestion("NFA: Referral to other service within the local authority"),
        None
    );
}

#[test]
fn a_partial_release_never_rejects() {
    let v5 = specification("cld-v5");
    assert!(v5.rules().len() > 80);
    assert!(v5.rules().iter().all(|rule| !rule.level.rejects()));
    let file = one_row(
        &v5,
        &[
            ("nhs_number", "1"),
            ("date_of_birth", "soon"),
            ("ethnicity", "Martian"),
            ("la_code", ""),
        ],
    );
    let found = check_bytes(&v5, &file, settings("2026-01-15", Some("503")), 10, 1);
    assert!(found.findings.len() > 4);
    assert!(!found.outcome.is_file_rejected());
    assert_eq!(found.outcome.rows_accepted, 1);
}

/// The official mapping has three classes: no change, capitals only, and changed. Counted again from the files.
#[test]
fn the_difference_of_two_releases_is_that_of_their_mapping() {
    let content = content();
    let (r1, r2) = (specification("cld-r1"), specification("cld-r2"));
    let difference = Difference::between(&r1, &r2);
    let mapping = records(content.text("codes/cld-r1-to-r2.csv").unwrap());
    let (mut same, mut capitals, mut replaced, mut gone) = (0, 0, 0, 0);
    for line in &mapping[1..] {
        let (was, is) = (line[1].as_str(), line[2].as_str());
        match () {
            () if is.is_empty() => gone += 1,
            () if was == is => same += 1,
            () if was.to_lowercase() == is.to_lowercase() => capitals += 1,
            () => replaced += 1,
        }
    }
    let count = |happened| difference.count(Group::CodeLists, happened);
    assert_eq!(same + capitals + replaced + gone, 193);
    assert_eq!(count(Happened::CapitalsOnly), capitals);
    assert_eq!(count(Happened::Removed), gone);
    assert_eq!(count(Happened::Replaced), replaced);
    assert_eq!(difference.count(Group::Rules, Happened::Added), 5);
    assert_eq!(difference.count(Group::Rules, Happened::Removed), 4);
    assert_eq!(difference.count(Group::Columns, Happened::Added), 0);
}
