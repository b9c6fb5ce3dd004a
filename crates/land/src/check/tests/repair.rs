//! Repairs, on many cells of every dataset: a second repair finds nothing, and no value that could be read changes.

use super::content;
use crate::{
    check::{
        Specification,
        columns::{Columns, Typed},
    },
    receive::{RawBatch, RawColumn},
};
use model::{Dataset, FieldKind};

/// What the checker reads out of one cell of a field, as a text to compare.
fn read(specification: &Specification, field: usize, cell: &str) -> Option<String> {
    let fields = specification.dataset().fields.len();
    let mut columns = vec![
        RawColumn {
            bytes: Vec::new(),
            ends: vec![0],
        };
        fields
    ];
    columns[field] = RawColumn {
        bytes: cell.as_bytes().to_vec(),
        ends: vec![u32::try_from(cell.len()).unwrap()],
    };
    let raw = RawBatch {
        rows: 1,
        row_numbers: vec![2],
        lines: vec![2],
        widths: vec![u32::try_from(fields).unwrap()],
        columns,
    };
    let columns = Columns::new(&raw, &specification.readings);
    match columns.typed(field).unwrap() {
        // A text is its words: how wide the gaps are, or where a number is divided, says nothing.
        Typed::Text => {
            let words: Vec<&str> = cell.split_whitespace().collect();
            let grouped = specification.dataset().fields[field].grouped;
            let is_number = grouped && cell.bytes().filter(u8::is_ascii_digit).count() > 3;
            Some(if is_number {
                words.concat().replace('-', "")
            } else {
                words.join(" ")
            })
        }
        Typed::Code { ids, .. } => (ids[0] != u16::MAX).then(|| ids[0].to_string()),
        Typed::Days(days) => (days[0] != i32::MIN).then(|| days[0].to_string()),
        Typed::Hundredths(values) => values[0].map(|v| v.to_string()),
        Typed::Integers(values) => values[0].map(|v| v.to_string()),
        Typed::Numbers(values) => values[0].map(|v| v.to_string()),
    }
}

/// A cell in forms that people and programs give it.
fn forms(cell: &str) -> Vec<String> {
    vec![
        cell.to_owned(),
        format!("  {cell}\u{a0}"),
        cell.to_uppercase(),
        cell.to_lowercase(),
        cell.replace(' ', "\u{a0} "),
        cell.replace('-', "\u{2013}"),
        cell.replace('/', "-"),
        format!("{cell} 00:00:00"),
        format!("{cell}T00:00:00.000"),
        cell.chars().rev().collect(),
    ]
}

fn cells(specification: &Specification, field: usize) -> Vec<String> {
    match specification.dataset().fields[field].kind {
        FieldKind::Code => {
            let book = specification.code_book(field).unwrap();
            book.values().take(40).map(str::to_owned).collect()
        }
        FieldKind::Date => [
            "2025-03-04",
            "25/12/2024",
            "04/03/2025",
            "4/3/2025",
            "12/25/2024",
            "4 March 2025",
            "20250304",
            "04-MAR-2025",
            "45720",
            "31/02/2025",
            "0001-01-01",
        ]
        .map(str::to_owned)
        .to_vec(),
        FieldKind::Text => [
            "999 526 0182",
            "9995260182",
            "999-526-018X",
            "Mary  Ann - O'Neil",
            "-5",
            "NULL",
            "",
        ]
        .map(str::to_owned)
        .to_vec(),
        FieldKind::Integer | FieldKind::Decimal | FieldKind::Number => {
            ["12", " 1,234.50", "-0.5", "1e3", "+7", "£20"]
                .map(str::to_owned)
                .to_vec()
        }
    }
}

#[test]
fn a_repair_needs_no_second_one_and_changes_no_value() {
    let content = content();
    let mut mended_cells = 0;
    for name in Dataset::names(&content) {
        let specification = Specification::read(&content, &name).unwrap();
        for field in 0..specification.dataset().fields.len() {
            for cell in cells(&specification, field)
                .iter()
                .flat_map(|cell| forms(cell))
            {
                let Some(mended) = specification.mend(field, &cell) else {
                    continue;
                };
                mended_cells += 1;
                let column = &specification.dataset().fields[field].column;
                assert_ne!(mended.cell, cell, "{name} {column}");
                assert_eq!(
                    specification.mend(field, &mended.cell),
                    None,
                    "{name} {column} {cell}"
                );
                if let Some(value) = read(&specification, field, cell.trim()) {
                    let now = read(&specification, field, &mended.cell);
                    assert_eq!(now, Some(value), "{name} {column} {cell}");
                }
            }
        }
    }
    assert!(mended_cells > 1_000, "{mended_cells}");
}
