//! The findings of a check as a workbook for people: Summary, Causes, Rows, How to fix, About.

use anyhow::Result;
use land::check::{Report, ReportFinding};
use rust_xlsxwriter::{Format, Table, TableColumn, Workbook, Worksheet, XlsxError};
use std::path::Path;

/// How many findings the sheet of rows holds.
pub(crate) const ROWS: usize = 50_000;

/// Writes the workbook.
pub(crate) fn write(report: &Report, path: &Path) -> Result<()> {
    let mut book = Workbook::new();
    let facts = &report.file;
    let outcome = if report.file_rejected {
        "The file would be rejected"
    } else {
        "The file would be accepted"
    };
    let summary = [
        ("File", facts.name.clone()),
        ("Outcome", outcome.to_owned()),
        ("Rows in the file", report.rows_in.to_string()),
        ("Rows that would land", report.rows_accepted.to_string()),
        (
            "Rows that would be rejected",
            report.rows_rejected.to_string(),
        ),
        ("Empty rows", report.rows_skipped.to_string()),
        ("Rows with warnings", report.rows_with_warnings.to_string()),
        ("SHA-256", facts.sha256.clone()),
    ];
    pairs(
        book.add_worksheet().set_name("Summary")?,
        "What the check found",
        &summary,
    )?;

    tables(&mut book, report)?;
    let listed = report.findings.len().min(ROWS) as u64;
    let left_out = report.findings_left_out + (report.findings.len() as u64 - listed);
    let about = [
        (
            "Specification",
            format!("{} {}", report.title, report.specification),
        ),
        ("Program", format!("haven {}", crate::VERSION)),
        (
            "Row numbers",
            "As your spreadsheet shows them: the header is row 1".to_owned(),
        ),
        ("Findings listed", listed.to_string()),
        ("Findings counted but not listed", left_out.to_string()),
        ("Not checked here", report.not_checked.join(", ")),
    ];
    pairs(
        book.add_worksheet().set_name("About")?,
        "About this check",
        &about,
    )?;
    book.save(path)?;
    Ok(())
}

/// The sheets that are tables: causes, rows, and what to do.
fn tables(book: &mut Workbook, report: &Report) -> Result<(), XlsxError> {
    let causes: Vec<Vec<Value>> = report
        .causes
        .iter()
        .map(|c| {
            vec![
                Value::text(&c.rule),
                Value::text(c.level.words()),
                Value::text(c.letter.as_deref().unwrap_or_default()),
                Value::text(c.column.as_deref().unwrap_or_default()),
                Value::text(&c.message),
                c.rows
                    .map_or_else(|| Value::text("whole file"), Value::number),
            ]
        })
        .collect();
    sheet(
        book,
        "Causes",
        &[
            "Rule",
            "Level",
            "Column letter",
            "Column",
            "What is wrong",
            "Rows",
        ],
        &causes,
    )?;

    let rows: Vec<Vec<Value>> = report.findings.iter().take(ROWS).map(finding).collect();
    let header = [
        "Row",
        "Column letter",
        "Column",
        "Rule",
        "Level",
        "Cell",
        "What is wrong",
        "What to do",
    ];
    sheet(book, "Rows", &header, &rows)?;

    let fixes: Vec<Vec<Value>> = report
        .causes
        .iter()
        .map(|c| {
            vec![
                Value::text(&c.rule),
                Value::text(&c.fix),
                Value::text(&c.why),
            ]
        })
        .collect();
    sheet(
        book,
        "How to fix",
        &["Rule", "What to do", "Why it matters"],
        &fixes,
    )?;
    Ok(())
}

/// A cell of the workbook: a number as a number.
enum Value {
    Text(String),
    Number(u32),
}

impl Value {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A sheet has about a million rows; what is larger is shown as the largest.
    fn number(number: u64) -> Self {
        Self::Number(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

fn finding(f: &ReportFinding) -> Vec<Value> {
    vec![
        f.row
            .map_or_else(|| Value::text("whole file"), Value::number),
        Value::text(f.letter.as_deref().unwrap_or_default()),
        Value::text(f.column.as_deref().unwrap_or_default()),
        Value::text(&f.rule),
        Value::text(f.level.words()),
        // Written as text, so that a cell that begins with `=` is not worked out.
        Value::text(f.value.as_deref().unwrap_or_default()),
        Value::text(&f.message),
        Value::text(&f.fix),
    ]
}

fn pairs(sheet: &mut Worksheet, title: &str, lines: &[(&str, String)]) -> Result<(), XlsxError> {
    sheet.write_with_format(0, 0, title, &Format::new().set_bold())?;
    for (row, (name, value)) in (1..).zip(lines) {
        sheet.write(row, 0, *name)?;
        sheet.write(row, 1, value.as_str())?;
    }
    sheet.set_column_width(0, 34)?;
    sheet.set_column_width(1, 90)?;
    Ok(())
}

fn sheet(
    book: &mut Workbook,
    name: &str,
    header: &[&str],
    rows: &[Vec<Value>],
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(name)?;
    for (row, line) in (1u32..).zip(rows) {
        for (column, value) in (0u16..).zip(line) {
            match value {
                Value::Text(text) => sheet.write_string(row, column, text)?,
                Value::Number(number) => sheet.write_number(row, column, *number)?,
            };
        }
    }
    let columns: Vec<TableColumn> = header
        .iter()
        .map(|name| TableColumn::new().set_header(*name))
        .collect();
    let table = Table::new()
        .set_name(name.replace(' ', "_"))
        .set_columns(&columns);
    let (last_row, last_column) = (rows.len().max(1), header.len().saturating_sub(1));
    sheet.add_table(
        0,
        0,
        u32::try_from(last_row).unwrap_or(u32::MAX),
        u16::try_from(last_column).unwrap_or(u16::MAX),
        &table,
    )?;
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    Ok(())
}
