//! Whole files: what lands, what is said about the file, and what the report looks like.

use super::{TestError, check_bytes, content, settings, specification};
use crate::{
    check::{Colour, Rendering, Report, Shown, examples::ShownExample, render, run},
    receive::{Detected, Encoding, FileKind, ReceiveSettings, Received, open},
};
use arrow_array::{Array, Date32Array, Decimal128Array, StringArray, cast::AsArray};
use expect_test::expect;
use model::{Level, finding::column_letters};
use std::io::Cursor;

/// The facts of a file that has nothing odd about it.
pub(super) fn received() -> Received {
    Received {
        detected: Detected {
            kind: FileKind::Csv,
            wrapping: None,
            encoding: Some(Encoding::Utf8),
            byte_order_mark: false,
            delimiter: Some(b','),
            sheet: None,
            other_sheets: 0,
        },
        sha256: String::new(),
        bytes: 0,
        rows: 0,
        unterminated_quote: false,
        open_quote: None,
        nul_bytes: 0,
        encoding_faults: 0,
    }
}

fn example(name: &str) -> Vec<u8> {
    let content = content();
    let path = format!("datasets/cld-r2/examples/{name}");
    content.bytes(&path).unwrap().to_vec()
}

/// The clean example with some text in place of another.
fn changed(from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8(example("example.csv")).unwrap();
    assert!(text.contains(from), "{from}");
    text.replace(from, to).into_bytes()
}

#[test]
fn accepted_rows_have_the_types_of_the_landed_table() {
    let specification = specification("cld-r2");
    let file = changed(",Female,", ",FEMALE ,");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let batch = &found.accepted[0];
    let whole = specification.dataset().schema();
    let expected: Vec<_> = whole
        .fields()
        .iter()
        .filter(|f| !["submission_id", "sender", "received_at"].contains(&f.name().as_str()))
        .map(|f| (f.name().clone(), f.data_type().clone()))
        .collect();
    let schema = batch.schema();
    let actual: Vec<_> = schema
        .fields()
        .iter()
        .map(|f| (f.name().clone(), f.data_type().clone()))
        .collect();
    assert_eq!(actual, expected);
    let text = |name: &str| {
        batch
            .column_by_name(name)
            .unwrap()
            .as_string::<i32>()
            .clone()
    };
    let genders: StringArray = text("gender");
    assert!(
        genders
            .iter()
            .flatten()
            .all(|g| ["Male", "Female", "Other", "Unknown"].contains(&g))
    );
    assert_eq!(text("nhs_number").value(0), "9995260182");
    assert_eq!(text("la_code").value(0), "503");
    let days: &Date32Array = batch
        .column_by_name("event_start_date")
        .unwrap()
        .as_primitive();
    // The 6th of January 2025 is 20,094 days after the 1st of January 1970.
    assert_eq!(days.value(0), 20_094);
    let ends: &Date32Array = batch
        .column_by_name("event_end_date")
        .unwrap()
        .as_primitive();
    assert!(ends.is_null(3));
    let costs: &Decimal128Array = batch.column_by_name("unit_cost").unwrap().as_primitive();
    assert!(costs.is_null(0));
    assert_eq!(costs.value(3), 2_350);
    let numbers = batch
        .column(0)
        .as_primitive::<arrow_array::types::Int64Type>();
    assert_eq!(numbers.value(0), 2);
}

#[test]
fn rows_are_all_accounted_for() {
    let specification = specification("cld-r2");
    let mut file = example("example_with_errors.csv");
    file.extend_from_slice(b",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n503,too short\n");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 10, 2);
    let outcome = &found.outcome;
    assert_eq!(outcome.rows_in, 64);
    assert_eq!(outcome.rows_skipped, 1);
    assert_eq!(
        outcome.rows_accepted + outcome.rows_rejected + outcome.rows_skipped,
        outcome.rows_in
    );
    let landed = |found: &super::Checked| -> u64 {
        let rows = found
            .accepted
            .iter()
            .map(arrow_array::RecordBatch::num_rows);
        rows.sum::<usize>() as u64
    };
    // The four rows of one person with two dates of birth, two of which have no other fault.
    assert_eq!(
        outcome.set_aside_across.len(),
        landed(&found) - outcome.rows_accepted
    );
    assert!(!outcome.set_aside_across.is_empty());
    let again = crate::check::CheckSettings {
        leave_out: Some(std::sync::Arc::new(outcome.set_aside_across.clone())),
        ..settings("2026-01-15", None)
    };
    let again = check_bytes(&specification, &file, again, 10, 2);
    assert_eq!(landed(&again), outcome.rows_accepted);
    assert_eq!(again.outcome.rows_accepted, outcome.rows_accepted);
    let alone: Vec<&str> = found
        .findings
        .iter()
        .filter(|f| f.row.is_some_and(|row| row > 63))
        .map(|f| f.rule.as_str())
        .collect();
    assert_eq!(alone, ["CLD-F012", "CLD-F011"]);
}

#[test]
fn a_missing_column_is_said_once_and_not_in_every_row() {
    let specification = specification("cld-r2");
    let file = changed("Gender", "Gendre");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let about_gender: Vec<&str> = found
        .findings
        .iter()
        .filter(|f| f.field.as_deref() == Some("Gender"))
        .map(|f| f.rule.as_str())
        .collect();
    assert_eq!(about_gender, ["CLD-F006"]);
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::Cells,
    );
    let missing = report
        .findings
        .iter()
        .find(|f| f.rule == "CLD-F006")
        .unwrap();
    assert_eq!(missing.suggestion.as_deref(), Some("Gendre (column J)"));
    assert_eq!(missing.message, "Column \"Gender\" is missing");
    let extra = report
        .findings
        .iter()
        .find(|f| f.rule == "CLD-F007")
        .unwrap();
    assert_eq!(
        extra.message,
        "Column \"Gendre\" is not in the specification; it is not stored"
    );
}

#[test]
fn cells_are_in_the_senders_own_report_only() {
    let specification = specification("cld-r2");
    let file = example("example_with_errors.csv");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let of = |shown| {
        Report::new(
            &specification,
            &found.outcome,
            &found.gathering,
            "x.csv",
            shown,
        )
    };
    let own = of(Shown::Cells);
    let elsewhere = of(Shown::PlacesOnly);
    let gender = own.findings.iter().find(|f| f.rule == "CLD-P014").unwrap();
    assert_eq!(gender.value.as_deref(), Some("F"));
    assert_eq!(gender.suggestion.as_deref(), Some("Female"));
    assert_eq!(gender.letter.as_deref(), Some("J"));
    assert_eq!((gender.row, gender.line), (Some(11), Some(11)));
    assert!(elsewhere.findings.iter().all(|f| f.value.is_none()));
    assert!(elsewhere.causes.iter().all(|c| c.most_common.is_empty()));
    let debug = format!("{elsewhere:?}{:?}", found.findings);
    for cell in ["9995260183", "01/01/1900", "LN999Z", "White British"] {
        assert!(format!("{own:?}").contains(cell), "{cell}");
        assert!(!debug.contains(cell), "{cell}");
    }
}

#[test]
fn unknown_column_names_are_in_the_senders_own_report_only() {
    let specification = specification("cld-r2");
    let file = changed("Gender", "Somebody");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::PlacesOnly,
    );
    let extra = report
        .findings
        .iter()
        .find(|f| f.rule == "CLD-F007")
        .unwrap();
    assert_eq!(
        extra.message,
        "Column \"(name not shown)\" is not in the specification; it is not stored"
    );
    assert!(!format!("{report:?}").contains("Somebody"));
}

#[test]
fn row_and_line_are_told_apart_where_cells_hold_line_breaks() {
    let specification = specification("cld-r2");
    let text = String::from_utf8(example("example_with_errors.csv")).unwrap();
    let file = text.replacen("Hospital discharge contact", "\"two\nlines\"", 1);
    let found = check_bytes(
        &specification,
        file.as_bytes(),
        settings("2026-01-15", None),
        8192,
        1,
    );
    let gender = found
        .findings
        .iter()
        .find(|f| f.rule == "CLD-P014")
        .unwrap();
    assert_eq!((gender.row, gender.line), (Some(11), Some(12)));
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::Cells,
    );
    let how = Rendering {
        colour: Colour::On,
        warnings: true,
        file: "x.csv",
        seconds: None,
    };
    let text = render(&report, how);
    assert!(text.contains("row 11 (line 12) J: F"), "{text}");
    assert!(text.contains("\u{1b}[1;31m"));
}

#[test]
fn earlier_values_come_with_the_value_that_replaced_them() {
    let specification = specification("cld-r2");
    let file = example("example_with_errors.csv");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x.csv",
        Shown::Cells,
    );
    let old = report
        .findings
        .iter()
        .find(|f| f.rule == "CLD-E028")
        .unwrap();
    assert_eq!(
        old.suggestion.as_deref(),
        Some("Progress to assessment, review or reassessment")
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "the whole report is one expected text"
)]
fn what_a_check_looks_like() {
    let specification = specification("cld-r2");
    let file = example("example_with_errors.csv");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "march.csv",
        Shown::Cells,
    );
    let how = Rendering {
        colour: Colour::Off,
        warnings: false,
        file: "march.csv",
        seconds: Some(0.04),
    };
    expect![[r#"
        march.csv  62 rows, 50 columns, UTF-8, comma   spec cld-r2 2.0 (May 2025)   0.0 s

        The whole file would be rejected: 1 cause
          CLD-S004  LA Code has more than one value in the file
                    Send one file for each council.

        Would be rejected: 24 causes, 25 rows
          CLD-X008  The person has more than one Date of Birth                        4 rows  6%
                    row 36 L (with rows 37, 38 and 39)
                    Check which is right and correct the others, or give each person a key of
                    their own.
          CLD-E018  Event Outcome is not on the list                                  2 rows  3%
                    row 46 AD: Progress to Reablement, perhaps "Progress to reablement/ST-Max"   row 49 AD: NFA - Other, perhaps "NFA: Other"
                    Use a value of the list in full.
          CLD-S002  LA Code is not the code of a council with adult social care duties  1 row  2%
                    row 38 A: 499
                    Use the three-digit CSSR code of the council, not an ONS code. If it is
                    right, ask us to add it.
          CLD-P002  NHS Number does not have ten digits                                1 row  2%
                    row 9 D: 999159083
                    Check it in your system, or leave it blank and we will try to find it.
          CLD-P003  NHS Number fails its check digit                                   1 row  2%
                    row 2 D: 9995260183
                    Check it in your system, or leave it blank and we will try to find it.
          CLD-P039  Postcode does not have the shape of a postcode                     1 row  2%
                    row 52 P: LN999Z
                    Write it as LN99 9ZA; ZZ99 3VZ where the person has no fixed abode.
          CLD-P021  Date of Birth makes the person 120 or older                        1 row  2%
                    row 36 L: 01/01/1900
                    Check the century of the date of birth, and whether a date of death is
                    missing.
          CLD-P026  Date of Death is before Date of Birth                              1 row  2%
                    row 13 M: 01/02/1930
                    Check both dates.
          CLD-P014  Gender is blank or not on the list                                 1 row  2%
                    row 11 J: F, perhaps "Female"
                    Use Male, Female, Other or Unknown in full.
          CLD-P015  Ethnicity is blank or not on the list                              1 row  2%
                    row 26 K: White British
                    Use the Census 2021 category in full, such as White: Irish.
          CLD-P046  Employment Status is blank for a person of 18 to 64 with a learning disability  1 row  2%
                    row 17 R: blank
                    Fill in the employment status, or Unknown.
          CLD-E008  Event End Date is blank on a request, assessment or review         1 row  2%
                    row 35 AB: blank
                    Fill in the day of completion, or leave the row for a later submission.
          CLD-E009  Event End Date is before Event Start Date                          1 row  2%
                    row 34 AB: 21/02/2025
                    Check both dates; the year may have been mistyped.
          CLD-E010  Event End Date is outside the reporting period                     1 row  2%
                    row 44 AB: 13/02/2026
                    Leave the row out, or check the date.
          CLD-E020  Event Outcome of an open service is not Continuation of support or services  1 row  2%
                    row 10 AD: NFA: Other
                    Fill in Event End Date, or use Continuation of support or services.
          CLD-E028  Event Outcome has a value of Release 1 in a file of Release 2  1 row  2%
                    row 25 AD: Progress to Re-assessment / Unpl…, perhaps "Progress to assessment, review or reassessment"
                    Use the Release 2 value that took its place, shown beside the finding where
                    there is one.
          CLD-Q001  Request: Route of Access is blank on a request                     1 row  2%
                    row 19 AE: blank
                    Fill in how the person came to ask for support.
          CLD-V005  Service Type is filled on an event that is no service              1 row  2%
                    row 23 AN: Long term support: Community
                    Leave it blank, or correct the event type.
          CLD-V007  Delivery Mechanism is a direct payment in prison                   1 row  2%
                    row 42 AP: Direct payment
                    Correct the delivery mechanism or the service type.
          CLD-L003  Adult 1 Linked Person_ID is the person's own key                   1 row  2%
                    row 57 AK: X2001
                    Fill in the key of the person cared for.
          CLD-C001  Unit Cost is not a plain number with at most two decimal places  1 row  2%
                    Likely cause: a currency sign before the number.
                    row 21 AV: £1,120
                    Write it as 1120.00.
          CLD-C007  Planned units per week is blank although the cost is by hour, day or session  1 row  2%
                    row 16 AX: blank
                    Fill in how many units a week are planned.
          CLD-C009  Unit Cost is blank although it is mandatory for this service  1 row  2%
                    row 42 AV: blank
                    Fill in the planned gross price, or correct the delivery mechanism.
          CLD-C010  Unit Cost is filled on an event that is no service                 1 row  2%
                    row 18 AV: 12.00
                    Leave it blank, or correct the event type.

        Warnings: 19 causes, 61 rows    haven check march.csv --warnings
        Notes: 4 causes, 5 rows    haven check march.csv --warnings
        Reporting period: you say 1 Jan 2025 to 31 Dec 2025; the dates agree.
        Not checked here, since the sender's account or earlier files are needed: CLD-S005, CLD-H001, CLD-H002, CLD-H003, CLD-H004, CLD-H005, CLD-H006, CLD-H008, CLD-H009, CLD-H010, CLD-H011, CLD-H012, CLD-H013, CLD-H014, CLD-H015

        Next: haven explain CLD-S004      haven check march.csv --report march-report.xlsx
    "#]].assert_eq(&render(&report, how));
}

#[test]
fn the_report_is_one_json_document() {
    let specification = specification("cld-r2");
    let file = example("example_with_errors.csv");
    let found = check_bytes(&specification, &file, settings("2026-01-15", None), 8192, 1);
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "march.csv",
        Shown::Cells,
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["rows_in"], 62);
    assert_eq!(json["file_rejected"], true);
    assert_eq!(json["file"]["columns"], 50);
    let findings = json["findings"].as_array().unwrap();
    assert_eq!(findings.len(), found.findings.len());
    let gender = findings.iter().find(|f| f["rule"] == "CLD-P014").unwrap();
    // The order of fields is not what is held: it differs with what else is built beside.
    let told = serde_json::json!({
      "rule": "CLD-P014",
      "level": "reject_row",
      "file": "march.csv",
      "sheet": null,
      "row": 11,
      "line": 11,
      "column": "Gender",
      "letter": "J",
      "value": "F",
      "message": "Gender is blank or not on the list",
      "fix": "Use Male, Female, Other or Unknown in full.",
      "suggestion": "Female",
      "detail": null,
      "dataset": "cld-r2",
      "specification": "2.0 (May 2025)"
    });
    assert_eq!(gender, &told);
}

#[test]
fn a_list_that_is_cut_short_says_how_much_is_left_out() {
    let specification = specification("cld-r2");
    let header = String::from_utf8(example("example.csv")).unwrap();
    let header = header.lines().next().unwrap();
    let row = "x,".repeat(49) + "x";
    let file = format!("{header}\n{}", format!("{row}\n").repeat(300));
    let found = check_bytes(
        &specification,
        file.as_bytes(),
        settings("2026-01-15", None),
        64,
        2,
    );
    let report = Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "x",
        Shown::Cells,
    );
    let in_rows = found.findings.iter().filter(|f| f.row.is_some()).count();
    assert!(in_rows > 1_000);
    let listed = report.findings.iter().filter(|f| f.row.is_some()).count();
    assert_eq!(listed, 1_000);
    assert_eq!(report.findings_left_out, (in_rows - listed) as u64);
    let by_cause: u64 = report.causes.iter().filter_map(|c| c.rows).sum();
    assert_eq!(by_cause, in_rows as u64);
}

#[test]
fn a_reader_who_gives_up_stops_the_check() {
    let specification = specification("cld-r2");
    let receive = ReceiveSettings {
        batch_rows: 1,
        ..ReceiveSettings::default()
    };
    let receiver = open(
        Box::new(Cursor::new(example("example.csv"))),
        specification.dataset(),
        &receive,
    )
    .unwrap();
    let mut taken = 0;
    let result = run::<TestError>(
        receiver,
        &specification,
        settings("2026-01-15", None),
        3,
        |_, batch| {
            taken += 1;
            if taken == 5 {
                return Err(TestError::Stop);
            }
            Ok(batch.raw)
        },
        |_| {},
    );
    assert!(matches!(result, Err(TestError::Stop)));
    assert_eq!(taken, 5);
}

#[test]
fn examples_are_shown_by_the_names_of_their_columns() {
    let specification = specification("cld-r2");
    let rule = specification.rule("cld-p014").unwrap();
    let (passes, fails) = specification.shown_examples(rule);
    assert_eq!(passes.len(), 2);
    assert_eq!(
        fails[0],
        ShownExample {
            rows: vec![vec![("Gender".to_owned(), "F".to_owned())]]
        }
    );
    assert_eq!(rule.level, Level::RejectRow);
    assert_eq!(column_letters(9), "J");
}
