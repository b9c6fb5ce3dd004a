//! What most likely went wrong, on rows that were spoilt on purpose.

use super::{check_bytes, content, settings, specification};
use crate::check::{LikelyKind, Report, Shown, codes::records};
use LikelyKind::{
    DayCount, DayMonthSwapped, LeadingZeros, LetterCase, OtherRelease, PreviousYear, Scientific,
};

/// The example file with cells changed: which row (as a spreadsheet counts), which column, what to.
fn spoilt(changes: &[(usize, &str, &str)]) -> Vec<u8> {
    let content = content();
    let text = content
        .text("datasets/cld-r2/examples/example.csv")
        .unwrap();
    let mut rows = records(text);
    for (row, column, cell) in changes {
        let at = rows[0].iter().position(|h| h == column).unwrap();
        (*cell).clone_into(&mut rows[row - 1][at]);
    }
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|c| format!("\"{}\"", c.replace('"', "\"\"")))
            .collect();
        out += &cells.join(",");
        out += "\n";
    }
    out.into_bytes()
}

/// The likely causes of a rule at a column.
fn likely(changes: &[(usize, &str, &str)], rule: &str, column: &str) -> Vec<(LikelyKind, u64)> {
    let specification = specification("cld-r2");
    let found = check_bytes(
        &specification,
        &spoilt(changes),
        settings("2026-01-15", None),
        10,
        2,
    );
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::PlacesOnly,
    );
    let cause = report
        .causes
        .iter()
        .find(|c| c.rule == rule && c.column.as_deref() == Some(column))
        .unwrap_or_else(|| panic!("{rule} finds nothing"));
    cause.likely.iter().map(|l| (l.cause, l.rows)).collect()
}

const END: &str = "Event End Date";

#[test]
fn an_end_typed_in_the_previous_year_is_told_from_one_with_day_and_month_swapped() {
    // Rows 2 and 3 of the example are a request from 6 to 7 January 2025 and a service from 8 January to 18
    // February.
    let changes = [
        (2, END, "07/01/2024"),
        (3, END, "18/02/2024"),
        // The 6th of May is before the 10th, and the 5th of June is not; the 6th of May of the next year is
        // past the reporting period.
        (6, "Event Start Date", "10/05/2025"),
        (6, END, "06/05/2025"),
        (7, "Event Start Date", "01/01/2025"),
        (7, END, "01/01/1999"),
    ];
    // A year later row 7 still ends before it starts, and so nobody knows.
    assert_eq!(
        likely(&changes, "CLD-E009", END),
        [(PreviousYear, 2), (DayMonthSwapped, 1)]
    );
}

#[test]
fn a_date_that_is_none_is_told_from_another_layout() {
    let birth = "Date of Birth";
    let changes = [
        (2, birth, "12/25/1949"),
        (3, birth, "12/26/1949"),
        (4, birth, "1/2/1950"),
        (5, birth, "18264"),
        (6, birth, "31/02/1950"),
    ];
    assert_eq!(
        likely(&changes, "CLD-P018", birth),
        [(DayMonthSwapped, 2), (DayCount, 1), (LeadingZeros, 1)]
    );
}

#[test]
fn codes_and_keys_are_explained_without_a_guess() {
    // No more than the rule says is known of "F".
    assert_eq!(likely(&[(3, "Gender", "F")], "CLD-P014", "Gender"), []);
    let practice = [
        (2, "GP Practice Code", "y99901"),
        (3, "GP Practice Code", "Y9990"),
    ];
    assert_eq!(
        likely(&practice, "CLD-P057", "GP Practice Code"),
        [(LetterCase, 1)]
    );
    let number = [
        (2, "NHS Number", "9.99E+09"),
        (3, "NHS Number", "999526018"),
    ];
    assert_eq!(likely(&number, "CLD-P002", "NHS Number"), [(Scientific, 1)]);
    let kind = [(4, "Assessment Type", "Financial Assessment")];
    assert_eq!(
        likely(&kind, "CLD-A003", "Assessment Type"),
        [(OtherRelease, 1)]
    );
}

#[test]
fn the_most_common_cause_is_said_in_a_line() {
    let specification = specification("cld-r2");
    let found = check_bytes(
        &specification,
        &spoilt(&[(2, END, "07/01/2024"), (3, END, "18/02/2024")]),
        settings("2026-01-15", None),
        10,
        1,
    );
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::Cells,
    );
    let cause = report.causes.iter().find(|c| c.rule == "CLD-E009").unwrap();
    assert_eq!(
        cause.likely_words().as_deref(),
        Some("Most common: Event End Date typed in the previous year (2 rows)")
    );
    assert_eq!(
        serde_json::to_value(&cause.likely).unwrap(),
        serde_json::json!([{
            "cause": "previous_year",
            "rows": 2,
            "words": "Event End Date typed in the previous year"
        }])
    );
}
