//! Entries as files: CSV, a workbook, and JSON lines as the log has them.

use anyhow::Result;
use govern::Entry;
use rust_xlsxwriter::{Format, Workbook};

/// The columns, which are the parts of an entry.
const COLUMNS: [&str; 20] = [
    "Entry",
    "Time (UTC)",
    "Kind",
    "Who",
    "Role",
    "Organisation",
    "Agreement",
    "Version",
    "Purpose",
    "Tables",
    "Areas",
    "Rows",
    "Bytes",
    "Outcome",
    "Reason",
    "Decision",
    "Request",
    "State of opt-outs",
    "What it is about",
    "Leaf",
];

fn cells(entry: &Entry) -> [String; 20] {
    let b = &entry.body;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let word = |value: serde_json::Result<serde_json::Value>| {
        value
            .ok()
            .and_then(|v| v.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let number = |part: Option<u64>| part.map(|n| n.to_string()).unwrap_or_default();
    [
        entry.seq.to_string(),
        b.time.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        b.kind.word(),
        b.actor.clone(),
        text(&b.role),
        text(&b.on_behalf_of),
        text(&b.agreement),
        text(&b.agreement_version),
        text(&b.purpose),
        b.tables.join(", "),
        b.areas.join(", "),
        number(b.rows),
        number(b.bytes),
        word(serde_json::to_value(b.outcome)),
        text(&b.reason),
        text(&b.decision_id),
        text(&b.request),
        text(&b.preference_snapshot),
        b.object_digest
            .as_ref()
            .map(|digest| digest.as_str().to_owned())
            .unwrap_or_default(),
        entry.hash.as_str().to_owned(),
    ]
}

/// As CSV, with the mark by which spreadsheets know UTF-8.
pub(crate) fn csv(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS)?;
    for entry in entries {
        // What a spreadsheet would work out is made plain text.
        writer.write_record(cells(entry).map(|cell| {
            if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
                format!("'{cell}")
            } else {
                cell
            }
        }))?;
    }
    writer
        .into_inner()
        .map_err(|fault| anyhow::anyhow!("{fault}"))
}

/// As a workbook with one sheet, its header in view.
pub(crate) fn xlsx(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Entries")?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, name) in (0u16..).zip(COLUMNS) {
        sheet.set_column_width(column, 20.0)?;
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    for (row, entry) in (1u32..).zip(entries) {
        for (column, cell) in (0u16..).zip(cells(entry)) {
            let counts = matches!(column, 0 | 11 | 12);
            match cell.parse::<u32>() {
                Ok(number) if counts => sheet.write_number(row, column, number)?,
                // Written as text, so that what begins with `=` is not worked out.
                _ => sheet.write_string(row, column, cell)?,
            };
        }
    }
    Ok(book.save_to_buffer()?)
}

/// As JSON lines, each as the log has it.
pub(crate) fn jsonl(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend_from_slice(entry.line()?.as_bytes());
        bytes.push(b'\n');
    }
    Ok(bytes)
}
