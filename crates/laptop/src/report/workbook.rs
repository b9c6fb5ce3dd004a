//! The findings as a workbook for people: Summary, Causes, Rows, How to fix, About.

use super::{about, counts, outcome};
use crate::WholeFile;
use anyhow::Result;
use land::check::{Cause, Report, ReportFinding};
use rust_xlsxwriter::{
    DocProperties, Format, FormatAlign, Table, TableColumn, TableStyle, Workbook, Worksheet,
    XlsxError,
};
use std::path::Path;

/// How many findings the sheet of rows holds, beside those of the file as a whole.
pub(super) const ROWS: usize = 50_000;
/// Longer texts are not shown in a cell.
const MOST_CHARACTERS: usize = 32_767;

/// Writes the workbook; `beside` has the rows that it does not hold.
pub(super) fn write(report: &Report, path: &Path, beside: Option<&Path>) -> Result<()> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_title(format!("Check of {}", report.file.name)));
    summary(book.add_worksheet(), report)?;
    causes(&mut book, report)?;
    let rows: Vec<Vec<Value>> = report.findings.iter().map(finding).collect();
    sheet(&mut book, "Rows", &ROW_COLUMNS, &rows)?;
    fixes(&mut book, report)?;
    about_sheet(book.add_worksheet(), report, beside)?;
    let mut file = WholeFile::new(path)?;
    std::io::Write::write_all(&mut file, &book.save_to_buffer()?)?;
    Ok(file.keep()?)
}

/// The name of a column and how wide it is, in characters.
type Column = (&'static str, f64);

const CAUSE_COLUMNS: [Column; 10] = [
    ("Rule", 12.0),
    ("Level", 12.0),
    ("Column letter", 8.0),
    ("Column", 30.0),
    ("What is wrong", 60.0),
    ("Rows", 10.0),
    ("Share of rows", 10.0),
    ("Most common", 50.0),
    ("What most likely happened", 50.0),
    ("First rows", 24.0),
];

const ROW_COLUMNS: [Column; 14] = [
    ("Row", 10.0),
    ("Column letter", 8.0),
    ("Column", 30.0),
    ("Rule", 12.0),
    ("Level", 12.0),
    ("Cell", 30.0),
    ("What is wrong", 60.0),
    ("What to do", 60.0),
    ("Perhaps meant", 30.0),
    ("Other rows", 20.0),
    ("Sheet", 14.0),
    ("Line", 10.0),
    ("File", 30.0),
    ("Specification", 24.0),
];

const FIX_COLUMNS: [Column; 4] = [
    ("Rule", 12.0),
    ("Column", 30.0),
    ("What to do", 80.0),
    ("Why it matters", 80.0),
];

fn summary(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    sheet.set_name("Summary")?;
    title(sheet, &format!("Check of {}", report.file.name))?;
    sheet.write_string(1, 0, outcome(report))?;
    sheet.write_string(2, 0, "Sheets: Causes has one line for each kind of problem, Rows the cells, How to fix what to do, About what was checked with.")?;
    let mut rows: Vec<Vec<Value>> = counts(report)
        .iter()
        .map(|(name, count)| vec![Value::text(name), Value::number(*count)])
        .collect();
    let listed = report.causes.len() as u64;
    rows.push(vec![Value::text("Causes"), Value::number(listed)]);
    table(
        sheet,
        4,
        "Counts",
        &[("What", 34.0), ("How many", 90.0)],
        &rows,
    )
}

fn causes(book: &mut Workbook, report: &Report) -> Result<(), XlsxError> {
    let rows: Vec<Vec<Value>> = report
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
                c.share.map_or(Value::Blank, Value::Share),
                Value::text(&most_common(c)),
                Value::text(&c.likely_words().unwrap_or_default()),
                Value::text(&first_rows(c)),
            ]
        })
        .collect();
    sheet(book, "Causes", &CAUSE_COLUMNS, &rows)
}

/// `"Male " (12 rows, perhaps "Male")`
pub(super) fn most_common(cause: &Cause) -> String {
    let values = cause.most_common.iter().map(|v| {
        let meant = v
            .suggestion
            .as_ref()
            .map_or_else(String::new, |s| format!(", perhaps \"{s}\""));
        let rows = if v.rows == 1 { "row" } else { "rows" };
        format!("\"{}\" ({} {rows}{meant})", v.value, v.rows)
    });
    values.collect::<Vec<_>>().join("; ")
}

pub(super) fn first_rows(cause: &Cause) -> String {
    let rows = cause.first.iter().filter_map(|f| f.row);
    rows.map(|row| row.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

fn fixes(book: &mut Workbook, report: &Report) -> Result<(), XlsxError> {
    let rows: Vec<Vec<Value>> = report
        .causes
        .iter()
        .map(|c| {
            vec![
                Value::text(&c.rule),
                Value::text(c.column.as_deref().unwrap_or_default()),
                Value::text(&c.fix),
                Value::text(&c.why),
            ]
        })
        .collect();
    sheet(book, "How to fix", &FIX_COLUMNS, &rows)
}

fn about_sheet(
    sheet: &mut Worksheet,
    report: &Report,
    beside: Option<&Path>,
) -> Result<(), XlsxError> {
    sheet.set_name("About")?;
    title(sheet, "About this check")?;
    let mut rows: Vec<Vec<Value>> = about(report)
        .iter()
        .map(|(name, text)| vec![Value::text(name), Value::text(text)])
        .collect();
    let in_sheet = report.findings.len() as u64;
    rows.push(vec![
        Value::text("Findings in the sheet Rows"),
        Value::number(in_sheet),
    ]);
    rows.push(vec![
        Value::text("Findings beyond those"),
        Value::number(report.findings_left_out),
    ]);
    if let Some(name) = beside.and_then(Path::file_name) {
        rows.push(vec![
            Value::text("Those are in the file"),
            Value::text(&name.to_string_lossy()),
        ]);
    }
    table(
        sheet,
        2,
        "About",
        &[("What", 34.0), ("Answer", 90.0)],
        &rows,
    )
}

/// A cell of the workbook: a number as a number.
enum Value {
    Text(String),
    Number(u32),
    Share(f64),
    Blank,
}

impl Value {
    fn text(text: &str) -> Self {
        if text.is_empty() {
            return Self::Blank;
        }
        Self::Text(text.chars().take(MOST_CHARACTERS).collect())
    }

    /// A sheet has about a million rows; what is larger is shown as the largest.
    fn number(number: u64) -> Self {
        Self::Number(u32::try_from(number).unwrap_or(u32::MAX))
    }
}

fn finding(f: &ReportFinding) -> Vec<Value> {
    let text = |t: &Option<String>| Value::text(t.as_deref().unwrap_or_default());
    vec![
        f.row
            .map_or_else(|| Value::text("whole file"), Value::number),
        text(&f.letter),
        text(&f.column),
        Value::text(&f.rule),
        Value::text(f.level.words()),
        // Written as text, so that a cell that begins with `=` is not worked out.
        text(&f.value),
        Value::text(&f.message),
        Value::text(&f.fix),
        text(&f.suggestion),
        text(&f.detail),
        text(&f.sheet),
        f.line.map_or(Value::Blank, Value::number),
        Value::text(&f.file),
        Value::text(&format!("{} {}", f.dataset, f.specification)),
    ]
}

fn title(sheet: &mut Worksheet, text: &str) -> Result<(), XlsxError> {
    let large = Format::new().set_bold().set_font_size(14);
    sheet.write_string_with_format(0, 0, text, &large)?;
    Ok(())
}

/// A sheet that is one table from A1, with its header in view.
fn sheet(
    book: &mut Workbook,
    name: &str,
    columns: &[Column],
    rows: &[Vec<Value>],
) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet().set_name(name)?;
    table(sheet, 0, name, columns, rows)?;
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// A real table, whose header is in row `top`; filters are on.
fn table(
    sheet: &mut Worksheet,
    top: u32,
    name: &str,
    columns: &[Column],
    rows: &[Vec<Value>],
) -> Result<(), XlsxError> {
    let wrap = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let upper = Format::new().set_align(FormatAlign::Top);
    let grouped = Format::new()
        .set_num_format("#,##0")
        .set_align(FormatAlign::Top);
    let share = Format::new()
        .set_num_format("0.0%")
        .set_align(FormatAlign::Top);
    for (row, line) in (top + 1..).zip(rows) {
        for ((column, value), (column_name, width)) in (0u16..).zip(line).zip(columns) {
            // Row numbers are looked up, not added up: no commas in them.
            let number = if matches!(*column_name, "Row" | "Line") {
                &upper
            } else {
                &grouped
            };
            let format = if *width > 40.0 { &wrap } else { &upper };
            match value {
                Value::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
                Value::Number(n) => sheet.write_number_with_format(row, column, *n, number)?,
                Value::Share(s) => sheet.write_number_with_format(row, column, *s, &share)?,
                Value::Blank => sheet,
            };
        }
    }
    let headers: Vec<TableColumn> = columns
        .iter()
        .map(|(name, _)| TableColumn::new().set_header(*name))
        .collect();
    for (at, (_, width)) in (0u16..).zip(columns) {
        sheet.set_column_width(at, *width)?;
    }
    let object = Table::new()
        .set_name(name.replace(' ', "_"))
        .set_style(TableStyle::Light1)
        .set_columns(&headers);
    let last = top + u32::try_from(rows.len().max(1)).unwrap_or(u32::MAX);
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.add_table(top, 0, last, last_column, &object)?;
    Ok(())
}
