//! Nothing at person level, and nothing that is no count, becomes a count table.

use super::*;
use crate::{RefusalReason, Unit, shape_refusals};

fn reasons(text: &str) -> Vec<RefusalReason> {
    table(text).map_or_else(|refusal| refusal.reasons, |_| Vec::new())
}

#[test]
fn columns_that_are_not_counts_are_refused_all_at_once() {
    let pseudonym = ColumnDescription {
        person_level: true,
        ..column("person_pseudonym", ColumnKind::Dimension)
    };
    let mean = column("mean_cost", ColumnKind::Other("it is an average".into()));
    let refused = shape_refusals(&[pseudonym, mean]);
    assert_eq!(
        refused.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "column `person_pseudonym` is about single people; group them and count, and leave the column out",
            "column `mean_cost` is not a count: it is an average; only counts and the columns that they are grouped by may leave",
            "the table counts nothing; add a count of people or of rows",
        ]
    );
}

#[test]
fn a_count_of_pseudonyms_is_a_count() {
    let people = ColumnDescription {
        person_level: true,
        ..column("people", ColumnKind::CountOfPeople)
    };
    assert_eq!(
        shape_refusals(&[column("area", ColumnKind::Dimension), people]),
        []
    );
}

#[test]
fn a_person_level_column_of_any_other_kind_is_refused() {
    let born = ColumnDescription {
        person_level: true,
        ..column("birth_date", ColumnKind::Other("it is a date".into()))
    };
    let people = column("people", ColumnKind::CountOfPeople);
    assert_eq!(
        shape_refusals(&[born, people]),
        [RefusalReason::PersonLevelColumn {
            column: "birth_date".into()
        }]
    );
}

#[test]
fn a_row_for_each_person_is_refused() {
    let refused = reasons("area | people\nA | 1\nB | 1\nC | 0");
    assert_eq!(
        refused,
        [RefusalReason::OneInEachRow {
            column: "people".into(),
            unit: Unit::People
        }]
    );
}

#[test]
fn more_rows_than_people_are_refused() {
    let refused = reasons("area | people\nA | 2\nB | 0\nC | 0");
    assert_eq!(
        refused,
        [RefusalReason::MoreRowsThanCounted {
            column: "people".into(),
            unit: Unit::People
        }]
    );
    // Three people, each in two of the four groups: the parts alone would hide that.
    let refused = reasons("group | people\na | 2\nb | 2\nc | 1\nd | 1\nTotal | 3");
    assert_eq!(refused.len(), 1);
    // Partial totals are a table of their own.
    let refused = reasons("area | age | people\nA | Total | 1\nB | Total | 1\nTotal | Total | 2");
    assert_eq!(refused.len(), 1);
    let refused = reasons("area | events\nA | 1\nB | 1");
    assert_eq!(refused.len(), 1);
}

#[test]
fn small_honest_tables_are_not_refused() {
    for text in [
        "area | people\nA | 1",
        "area | people\nA | 0\nB | 0",
        "area | people\nA | 2\nB | 1",
        "people\n3",
        "area | things\nA | 1\nB | 1\nC | 0",
        "area | people\nA | 3\nB | 0\nTotal | 3",
    ] {
        assert_eq!(reasons(text), [], "{text}");
    }
}

#[test]
fn rows_that_repeat_labels_or_do_not_fit_are_refused() {
    assert_eq!(
        reasons("area | people\nA | 9\nA | 9"),
        [RefusalReason::RowTwice { row: 2 }]
    );
    let misfit = Row {
        labels: vec![],
        counts: vec![9],
    };
    let columns = [
        column("area", ColumnKind::Dimension),
        column("people", ColumnKind::CountOfPeople),
    ];
    let refused = CountTable::new("t", "s", &columns, vec![misfit]).unwrap_err();
    assert_eq!(refused.reasons, [RefusalReason::RowDoesNotFit { row: 1 }]);
}

#[test]
fn labels_that_mislead_are_refused_without_being_told() {
    let number = model::NhsNumber::test_number(1).unwrap();
    let text = format!("person | people\n{} | 9\nB | 9", number.reveal());
    let with_number = table(&text).unwrap_err();
    assert_eq!(
        with_number.reasons,
        [RefusalReason::LabelsLookLikeNhsNumbers {
            column: "person".into()
        }]
    );
    assert!(!with_number.to_string().contains(number.reveal()));
    // Ten digits that fail the check digit are no NHS number.
    assert_eq!(reasons("code | people\n1234567890 | 9\nB | 9"), []);
    let refused = reasons("area | people\ntotal | 9\nB | 9");
    assert_eq!(
        refused,
        [RefusalReason::LabelReadsAsTotal {
            column: "area".into()
        }]
    );
}
