//! Workbooks for people: a cover, the contents, notes, then one table a sheet from A1, as real tables with
//! their headers in view, numbers as numbers, and nothing said by colour alone.

use anyhow::Result;
use rust_xlsxwriter::{
    DocProperties, Format, FormatAlign, Table, TableColumn, TableStyle, Workbook, Worksheet,
    XlsxError,
};

/// Longer texts do not fit in a cell.
const MOST_CHARACTERS: usize = 32_767;

/// What stands on the sheets before the tables.
pub(super) struct Cover {
    pub(super) title: String,
    /// Facts about the whole, such as who and when.
    pub(super) facts: Vec<(String, String)>,
    /// How to read it, and what its signs mean.
    pub(super) notes: Vec<String>,
}

/// One sheet with one table.
pub(super) struct Sheet {
    /// Its name, at most 31 letters.
    pub(super) name: String,
    /// What it shows, for the contents.
    pub(super) about: String,
    /// The names of the columns and how wide they are, in characters.
    pub(super) columns: Vec<(String, f64)>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Count(u64),
    /// From 0 to 1, shown per cent.
    Share(f64),
    Blank,
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        let text: String = text.into();
        if text.is_empty() {
            Self::Blank
        } else {
            Self::Text(text)
        }
    }

    pub(super) fn share(share: Option<f64>) -> Self {
        share
            .filter(|s| s.is_finite())
            .map_or_else(|| Self::text("[x]"), Self::Share)
    }
}

/// The kind of file that a workbook is.
pub(super) const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The workbook as a file.
pub(super) fn workbook(cover: &Cover, sheets: &[Sheet]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    book.set_properties(&DocProperties::new().set_title(&cover.title));
    let first = book.add_worksheet().set_name("Cover")?;
    words(first, &cover.title, &cover.facts)?;
    let contents: Vec<(String, String)> = [
        ("Cover".to_owned(), "What this is".to_owned()),
        ("Contents".to_owned(), "This sheet".to_owned()),
        ("Notes".to_owned(), "How to read the figures".to_owned()),
    ]
    .into_iter()
    .chain(sheets.iter().map(|s| (s.name.clone(), s.about.clone())))
    .collect();
    words(
        book.add_worksheet().set_name("Contents")?,
        "Contents",
        &contents,
    )?;
    let notes: Vec<(String, String)> = cover
        .notes
        .iter()
        .enumerate()
        .map(|(at, note)| (format!("Note {}", at + 1), note.clone()))
        .collect();
    words(book.add_worksheet().set_name("Notes")?, "Notes", &notes)?;
    for sheet in sheets {
        table(book.add_worksheet(), sheet)?;
    }
    Ok(book.save_to_buffer()?)
}

/// A sheet of pairs under a title.
fn words(sheet: &mut Worksheet, title: &str, pairs: &[(String, String)]) -> Result<(), XlsxError> {
    let large = Format::new().set_bold().set_font_size(14);
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let upper = Format::new().set_bold().set_align(FormatAlign::Top);
    sheet.write_string_with_format(0, 0, fitting(title), &large)?;
    sheet.set_column_width(0, 28.0)?;
    sheet.set_column_width(1, 90.0)?;
    for (row, (key, text)) in (1u32..).zip(pairs) {
        sheet.write_string_with_format(row, 0, fitting(key), &upper)?;
        sheet.write_string_with_format(row, 1, fitting(text), &wrapped)?;
    }
    Ok(())
}

fn table(sheet: &mut Worksheet, of: &Sheet) -> Result<(), XlsxError> {
    sheet.set_name(&of.name)?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let count = Format::new()
        .set_num_format("#,##0")
        .set_align(FormatAlign::Top);
    let share = Format::new()
        .set_num_format("0.0%")
        .set_align(FormatAlign::Top);
    for (row, cells) in (1u32..).zip(&of.rows) {
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                // Written as text, so that what begins with `=` is not worked out.
                Value::Text(text) => {
                    sheet.write_string_with_format(row, column, fitting(text), &wrapped)?;
                }
                Value::Count(number) => {
                    // What a spreadsheet holds exactly; no count of ours is larger.
                    let number = u32::try_from(*number).unwrap_or(u32::MAX);
                    sheet.write_number_with_format(row, column, number, &count)?;
                }
                Value::Share(part) => {
                    sheet.write_number_with_format(row, column, *part, &share)?;
                }
                Value::Blank => {}
            }
        }
    }
    for (column, (_, width)) in (0u16..).zip(&of.columns) {
        sheet.set_column_width(column, *width)?;
    }
    let last_row = u32::try_from(of.rows.len().max(1)).unwrap_or(u32::MAX);
    let last_column = u16::try_from(of.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let name: String = of
        .name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let headers: Vec<TableColumn> = of
        .columns
        .iter()
        .map(|(name, _)| TableColumn::new().set_header(name))
        .collect();
    let table = Table::new()
        .set_name(format!("Table_{name}"))
        .set_columns(&headers)
        .set_style(TableStyle::Light1);
    sheet.add_table(0, 0, last_row, last_column, &table)?;
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn fitting(text: &str) -> String {
    text.chars().take(MOST_CHARACTERS).collect()
}
