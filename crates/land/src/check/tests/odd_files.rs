//! Files that are tables with something odd about them: what is said, and that nothing odd lands.

use super::{Checked, check_bytes, content, csv, settings, specification};
use crate::check::Specification;
use flate2::{Compression, write::GzEncoder};
use model::Level;
use rust_xlsxwriter::Workbook;
use std::io::{Cursor, Write};

fn example() -> String {
    let content = content();
    let bytes = content
        .bytes("datasets/cld-r2/examples/example.csv")
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn check(bytes: &[u8]) -> Checked {
    let specification = specification("cld-r2");
    check_bytes(
        &specification,
        bytes,
        settings("2026-01-15", None),
        8_192,
        2,
    )
}

/// What an odd file gives beside what the clean one does: codes with rows.
fn beside(text: &str) -> Vec<(String, Option<u64>)> {
    let clean = check(example().as_bytes());
    let odd = check(text.as_bytes());
    assert_eq!(odd.outcome.rows_accepted, clean.outcome.rows_accepted);
    assert_eq!(odd.outcome.rows_rejected, 0);
    assert!(!odd.outcome.is_file_rejected());
    let usual: Vec<&str> = clean.findings.iter().map(|f| f.rule.as_str()).collect();
    odd.findings
        .iter()
        .filter(|f| !usual.contains(&f.rule.as_str()))
        .map(|f| (f.rule.clone(), f.row))
        .collect()
}

#[test]
fn a_second_header_is_named_by_its_row_and_does_not_land() {
    let text = example();
    let header = text.lines().next().unwrap();
    let twice = format!("{header}\n{text}");
    assert_eq!(beside(&twice), [("CLD-F021".to_owned(), Some(2))]);
    let machine = header.to_lowercase().replace(' ', "_");
    let both = text.replacen('\n', &format!("\n{machine}\n"), 1);
    assert_eq!(beside(&both), [("CLD-F021".to_owned(), Some(2))]);
    // Two extracts in one file.
    let rows = text.lines().count() as u64;
    let joined = format!("{text}{header}\n");
    assert_eq!(beside(&joined), [("CLD-F021".to_owned(), Some(rows + 1))]);
}

#[test]
fn a_total_is_named_by_its_row_and_does_not_land() {
    let text = example();
    let row = text.lines().count() as u64 + 1;
    let width = specification("cld-r2").dataset().fields.len();
    let wide = |first: &str, last: &str| format!("{first}{}{last}", ",".repeat(width - 1));
    for total in [
        wide("Total", "61"),
        wide("TOTALS:", "\"1,204.50\""),
        wide("Grand total", "£61"),
        wide("", "Count"),
        "Sum,61".to_owned(),
        "Record count: 61".to_owned(),
        "(61 rows affected)".to_owned(),
    ] {
        let odd = format!("{text}{total}\n");
        assert_eq!(
            beside(&odd),
            [("CLD-F022".to_owned(), Some(row))],
            "{total}"
        );
    }
}

#[test]
fn a_record_is_not_taken_for_a_total() {
    let specification = specification("cld-r2");
    let rule = specification.rule("CLD-F022").unwrap();
    assert_eq!(rule.level, Level::Warning);
    let text = example();
    // A person of that name, and a council that is not one.
    for (from, to) in [("Thornby", "Total"), ("503,", "Total,")] {
        let odd = text.replace(from, to);
        let found = check(odd.as_bytes());
        assert!(found.findings.iter().all(|f| f.rule != "CLD-F022"), "{to}");
    }
}

#[test]
fn titles_above_the_header_are_told_with_the_row_of_the_header() {
    let text = format!("Client level data\n\nMade on 1 April\n{}", example());
    assert_eq!(beside(&text), [("CLD-F023".to_owned(), Some(4))]);
}

#[test]
fn errors_of_a_spreadsheet_are_named_as_such() {
    let text = example().replacen("Female", "#REF!", 1);
    let found = check(text.as_bytes());
    let named = found
        .findings
        .iter()
        .find(|f| f.rule == "CLD-F024")
        .unwrap();
    assert_eq!((named.level, named.row), (Level::RejectRow, Some(2)));
}

#[test]
fn dates_as_counts_of_days_are_named_as_such() {
    let clean = check(example().as_bytes());
    // 14 March 1941 is day 15,049 of a spreadsheet, and the first person's day of birth.
    let found = check(example().replace("14/03/1941", "15049").as_bytes());
    assert!(found.outcome.rows_rejected > clean.outcome.rows_rejected);
    let specification = specification("cld-r2");
    let shown = crate::check::Shown::PlacesOnly;
    let report = crate::check::Report::new(
        &specification,
        &found.outcome,
        &found.gathering,
        "march.csv",
        shown,
    );
    let cause = report.causes.iter().find(|c| c.rule == "CLD-P018").unwrap();
    assert_eq!(
        cause.detail.as_deref(),
        Some("Likely cause: a spreadsheet's count of days in place of a date.")
    );
}

/// The stated period was told only where one batch held both of its days.
#[test]
fn the_stated_period_may_stand_in_different_rows() {
    let text = example();
    let mut lines = text.lines();
    let header = lines.next().unwrap();
    let row = lines.next().unwrap();
    let without_end = row.replacen("31/12/2025", "never", 1);
    let without_start = row.replacen("01/01/2025", "never", 1);
    let file = format!("{header}\n{without_end}\n{without_start}\n");
    let specification = specification("cld-r2");
    let told = |batch_rows: usize| {
        let settings = settings("2026-01-15", None);
        check_bytes(&specification, file.as_bytes(), settings, batch_rows, 1).findings
    };
    let whole = told(8_192);
    assert!(whole.iter().any(|f| f.rule == "CLD-S015"));
    assert_eq!(told(1), whole);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn zip(bytes: &[u8]) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("a.csv", options).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn workbook(specification: &Specification, rows: &[Vec<String>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let names = specification
        .dataset()
        .fields
        .iter()
        .map(|f| f.name.clone());
    let header: Vec<String> = names.collect();
    for (at, row) in (0..).zip(std::iter::once(&header).chain(rows)) {
        for (column, cell) in (0..).zip(row) {
            sheet.write_string(at, column, cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_file_has_the_same_findings_in_whatever_it_comes() {
    let specification = specification("cld-r2");
    let mut rows = super::agreement::rows(&specification, 300, 5);
    for cell in rows.iter_mut().flatten() {
        // A workbook cannot hold control characters as such, and has no NULs.
        cell.retain(|c| !c.is_control());
    }
    // A workbook ends with the last row in which something stands.
    rows.push(vec!["503".to_owned(); specification.dataset().fields.len()]);
    let text = csv(&specification, &rows);
    let semicolons = String::from_utf8(text.clone())
        .unwrap()
        .replace("\",\"", "\";\"");
    let wide: Vec<u8> = String::from_utf8(text.clone())
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let told = |bytes: &[u8]| {
        let found = check(bytes);
        let places: Vec<_> = found
            .findings
            .iter()
            .filter(|f| f.rule != "CLD-F004" && f.rule != "CLD-F005")
            .map(|f| (f.rule.clone(), f.row, f.field.clone(), f.cell.clone()))
            .collect();
        let outcome = found.outcome;
        (
            places,
            outcome.rows_accepted,
            outcome.rows_rejected,
            outcome.rows_skipped,
        )
    };
    let expected = told(&text);
    assert!(expected.0.len() > 300);
    for (name, bytes) in [
        ("gzip", gzip(&text)),
        ("zip", zip(&text)),
        ("workbook", workbook(&specification, &rows)),
        ("semicolons", semicolons.into_bytes()),
        ("utf-16", wide),
    ] {
        assert!(told(&bytes) == expected, "{name}");
    }
}

#[test]
fn millions_of_blank_rows_cost_little_and_are_counted() {
    let blank = 3_000_000;
    let text = format!("{}{}", example(), "\n".repeat(blank));
    let rows = example().lines().count() as u64 - 1;
    let specification = specification("cld-r2");
    let source = Box::new(Cursor::new(gzip(text.as_bytes())));
    let settings_in = crate::receive::ReceiveSettings::default();
    let receiver = crate::receive::open(source, specification.dataset(), &settings_in).unwrap();
    let outcome = crate::check::run::<super::TestError>(
        receiver,
        &specification,
        settings("2026-01-15", None),
        2,
        |_, batch| Ok(batch.raw),
        |_| {},
    )
    .unwrap();
    assert_eq!(outcome.rows_in, rows + blank as u64);
    assert_eq!(outcome.rows_skipped, blank as u64);
    assert_eq!(outcome.rows_accepted, rows);
}
