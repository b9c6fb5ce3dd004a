//! Targets that read what people write for the platform: rules, conditions, code lists; and headers.

use super::{content, dataset};
use crate::{
    check::{
        CheckSettings, Checker, CodeBook, Specification,
        expression::{parser::parse, slow},
    },
    receive::{HeaderMatch, RawBatch, RawColumn},
};
use model::{Content, ContentError, Date};
use std::collections::BTreeMap;

/// Names, one a line, against the fields of a dataset.
pub(super) fn header(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let names: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let Ok(found) = HeaderMatch::new(&names, 1, dataset(), None) else {
        return;
    };
    assert_eq!(found.width, names.len());
    assert_eq!(found.columns.len(), dataset().fields.len());
    let read: Vec<u32> = found.columns.iter().flatten().copied().collect();
    let mut distinct = read.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), read.len(), "no column is read twice");
    assert_eq!(read.is_sorted(), found.in_order);
    assert_eq!(
        read.len() + found.missing.len(),
        dataset().fields.len(),
        "a field is there or missing"
    );
    for missing in &found.missing {
        assert!(found.columns[missing.field].is_none());
        if let Some((name, position)) = &missing.nearest {
            assert_eq!(&names[*position as usize], name);
            assert!(!read.contains(position));
        }
    }
    let others = names.len() - read.len() - found.unnamed;
    assert!(found.extra.len() + found.duplicated.len() <= others);
    assert!(others == 0 || found.extra.len() + found.duplicated.len() > 0);
}

/// That a mistake shows a line of the file, with marks under it.
fn points_inside(fault: &ContentError, text: &str) {
    let ContentError::Mistake { message, .. } = fault else {
        return;
    };
    let mut lines = message.lines();
    // Mistakes in the form of the file are told by the reader of that form, in its own words.
    if lines
        .next()
        .is_none_or(|says| says.starts_with("TOML parse error"))
    {
        return;
    }
    let Some((number, shown)) = message.lines().find_map(|line| {
        line.split_once(" | ")
            .filter(|(n, _)| n.parse::<usize>().is_ok())
    }) else {
        return;
    };
    let number: usize = number.parse().unwrap();
    assert_eq!(text.lines().nth(number - 1), Some(shown), "{message}");
    assert!(message.contains('^'), "{message}");
}

/// A file of rules.
pub(super) fn rules(bytes: &[u8]) {
    let content = content(&[("datasets/visits/rules.toml", bytes)]);
    match (
        Specification::read(&content, "visits"),
        std::str::from_utf8(bytes),
    ) {
        (Ok(specification), Ok(_)) => {
            for rule in specification.rules() {
                assert!(!rule.says_of(Some("x")).is_empty());
            }
        }
        (Ok(_), Err(_)) => panic!("rules that are not text are read"),
        (Err(fault), Ok(text)) => {
            assert!(!fault.to_string().is_empty());
            points_inside(&fault, text);
        }
        (Err(fault), Err(_)) => assert!(!fault.to_string().is_empty()),
    }
}

/// A condition on the first line, rows of cells on the others: the fast evaluator against the slow one.
pub(super) fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (condition, rows) = text.split_once('\n').unwrap_or((text, ""));
    let tree = parse(condition);
    if let Err(mistake) = &tree {
        assert!(mistake.at.start <= condition.len() && mistake.at.end <= condition.len() + 1);
        assert!(condition.is_char_boundary(mistake.at.start));
        return;
    }
    let tree = tree.unwrap();
    let toml = format!(
        "[[rule]]\ncode = \"V1\"\nseverity = \"warning\"\nscope = \"record\"\nsays = \"x\"\nwhy = \"x\"\nfix = \"x\"\nsource = \"x\"\nkind = \"condition\"\nwhen = {}\n",
        toml::Value::String(condition.to_owned())
    );
    let content = content(&[("datasets/visits/rules.toml", toml.as_bytes())]);
    let specification = match Specification::read(&content, "visits") {
        Ok(specification) => specification,
        Err(fault) => return points_inside(&fault, &toml),
    };
    let fields = dataset().fields.len();
    let rows: Vec<Vec<String>> = rows
        .split('\n')
        .take(70)
        .map(|row| {
            let mut cells: Vec<String> = row.split('|').take(fields).map(str::to_owned).collect();
            cells.resize(fields, String::new());
            cells
        })
        .collect();
    let fast = fast(&specification, &rows);
    let expected: Vec<bool> = rows
        .iter()
        .map(|cells| {
            slow::Row {
                content: &content,
                specification: &specification,
                definitions: &BTreeMap::new(),
                cells,
                other: None,
                cell: None,
                today: today(),
                sender: "503",
                row_width: fields,
                header_width: fields,
                counted: &BTreeMap::new(),
            }
            .is_true(&tree)
        })
        .collect();
    assert_eq!(fast, expected, "{condition}\n{rows:?}");
}

fn today() -> Date {
    "2026-01-15".parse().unwrap()
}

/// For which rows the one rule finds something.
fn fast(specification: &Specification, rows: &[Vec<String>]) -> Vec<bool> {
    let fields = dataset().fields.len();
    let width = u32::try_from(fields).unwrap();
    let header = HeaderMatch {
        columns: (0..width).map(Some).collect(),
        in_order: true,
        width: fields,
        row: 1,
        ..HeaderMatch::default()
    };
    let settings = CheckSettings {
        sender: Some("503".to_owned()),
        ..CheckSettings::on(today())
    };
    let checker = Checker::new(specification, &header, settings);
    let mut columns = vec![RawColumn::default(); fields];
    for row in rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.bytes.extend_from_slice(cell.as_bytes());
            column.ends.push(u32::try_from(column.bytes.len()).unwrap());
        }
    }
    let numbers: Vec<u64> = (1..).take(rows.len()).collect();
    let batch = checker
        .check(RawBatch {
            rows: rows.len(),
            lines: numbers.clone(),
            row_numbers: numbers,
            widths: vec![width; rows.len()],
            columns,
        })
        .unwrap();
    let mut found = vec![false; rows.len()];
    for finding in checker.findings(&batch) {
        let row = usize::try_from(finding.row.unwrap()).unwrap();
        found[row - 1] = true;
    }
    found
}

/// A code list and, after a NUL, the file beside it; then a mapping of an earlier release.
pub(super) fn codes(bytes: &[u8]) {
    let mut parts = bytes.split(|b| *b == 0);
    let mut next = || parts.next().unwrap_or_default();
    let (list, about, earlier) = (next(), next(), next());
    let file = |path: &str, bytes: &[u8]| (path.to_owned(), bytes.to_vec());
    let content = Content::from_files([
        file("codes/list.csv", list),
        file("codes/list.toml", about),
        file("codes/old.csv", earlier),
        file("codes/other.csv", b"value,group\nother,one\n"),
    ]);
    let book = match CodeBook::read(&content, "list") {
        Ok(book) => book,
        Err(fault) => {
            assert!(!fault.to_string().is_empty());
            return;
        }
    };
    for value in book.values() {
        assert!(book.official(value).is_some(), "a value is on its own list");
        assert_eq!(
            book.official(value),
            book.official(&format!(" {}\t", value.to_lowercase())),
            "letter case and outer space do not matter"
        );
    }
    for entry in book.entries() {
        for name in book.attribute_names() {
            let position = book.position(&entry.value);
            let _ = position.and_then(|at| book.attribute(at, name));
        }
        let _ = book.equivalent(&entry.value);
    }
}
