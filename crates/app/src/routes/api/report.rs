//! What a check found, as JSON, CSV or a workbook: causes with counts, and rows with masked cells.

use super::{Problem, Reply, json, submissions::shown};
use crate::routes::{
    site::Site,
    submissions::{causes, find, line, safe},
    visit::Visit,
};
use axum::{body::Body, extract::Request, http::StatusCode};
use control::SubmissionRecord;
use model::{Dataset, finding::column_letters};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::{Value, json};
use std::sync::Arc;

/// How many rows of findings a JSON document, an answer to a mailbox and a workbook list; CSV lists all.
const LISTED: u64 = 1_000;
const IN_A_MESSAGE: u64 = 20_000;
const IN_A_WORKBOOK: u64 = 50_000;
/// How many rows of CSV are read at a time.
const PIECE: u64 = 20_000;
const HEADER: [&str; 8] = [
    "Rule",
    "Level",
    "Row",
    "Column",
    "Name of the column",
    "What it holds",
    "Message",
    "What to do",
];

pub(super) async fn report(visit: &Visit, mut request: Request) -> Reply {
    let record = find(visit, &mut request).await?;
    let accepts = super::text(&request, "accept").unwrap_or_default();
    let wanted = match visit.query("format") {
        Some(named) => named,
        None if accepts.contains("text/csv") => "csv",
        None if accepts.contains("spreadsheetml") => "xlsx",
        None => "json",
    };
    let reading = Reading::new(&visit.site, &record);
    match wanted {
        "json" => as_json(visit, &record, &reading).await,
        "csv" => Ok(as_csv(&record, reading)),
        "xlsx" => as_workbook(visit, &record, &reading).await,
        _ => Err(Problem::new("not-understood").detail("State `format` as json, csv or xlsx.")),
    }
}

/// Where the rows of a report come from.
struct Reading {
    workspace: Arc<crate::workspace::Workspace>,
    dataset: Option<Dataset>,
    record: SubmissionRecord,
    /// Code, level, message and what to do, for each cause that has rows.
    causes: Vec<[String; 4]>,
}

impl Reading {
    fn new(site: &Site, record: &SubmissionRecord) -> Self {
        let mut causes: Vec<[String; 4]> = causes(record)
            .into_iter()
            .filter_map(|c| Some([c.rule?, c.level.words().to_owned(), c.message, c.fix]))
            .collect();
        // Findings are kept by rule; a rule may have a cause for each column.
        causes.dedup_by(|a, b| a[0] == b[0]);
        Self {
            workspace: Arc::clone(&site.workspace),
            dataset: site.datasets.get(&record.dataset).cloned(),
            record: record.clone(),
            causes,
        }
    }

    /// A piece of the rows of a cause, and whether there are more.
    async fn piece(
        &self,
        cause: &[String; 4],
        piece: u64,
        size: u64,
    ) -> anyhow::Result<(Vec<[String; 8]>, bool)> {
        let [rule, level, message, fix] = cause;
        let desk = self.workspace.identified()?;
        let (found, all) = desk.findings(&self.record.id, rule, piece, size).await?;
        let lines = found
            .into_iter()
            .map(|row| {
                let line = line(self.dataset.as_ref(), row);
                [
                    rule.clone(),
                    level.clone(),
                    line.row.map(|r| r.to_string()).unwrap_or_default(),
                    line.column.map(column_letters).unwrap_or_default(),
                    line.field.unwrap_or_default(),
                    line.cell.unwrap_or_default(),
                    message.clone(),
                    fix.clone(),
                ]
            })
            .collect();
        Ok((lines, (piece + 1).saturating_mul(size) < all))
    }

    /// The first rows of all causes.
    async fn first(&self, most: u64) -> anyhow::Result<Vec<[String; 8]>> {
        let mut rows = Vec::new();
        for cause in &self.causes {
            let left = most.saturating_sub(u64::try_from(rows.len())?);
            if left == 0 {
                break;
            }
            rows.extend(self.piece(cause, 0, left).await?.0);
        }
        Ok(rows)
    }
}

async fn as_json(visit: &Visit, record: &SubmissionRecord, reading: &Reading) -> Reply {
    let document = written(&visit.site, record, reading, LISTED).await?;
    Ok(json(StatusCode::OK, &document))
}

/// The report with the first rows of its findings.
pub(in crate::routes) async fn report_document(
    site: &Site,
    record: &SubmissionRecord,
) -> anyhow::Result<Value> {
    written(site, record, &Reading::new(site, record), IN_A_MESSAGE).await
}

async fn written(
    site: &Site,
    record: &SubmissionRecord,
    reading: &Reading,
    most: u64,
) -> anyhow::Result<Value> {
    let findings: Vec<Value> = reading
        .first(most)
        .await?
        .into_iter()
        .map(|[rule, level, row, letter, column, cell, message, fix]| {
            json!({
                "rule": rule, "level": level, "row": row.parse::<u64>().ok(), "letter": letter,
                "column": column, "value": cell, "message": message, "fix": fix,
            })
        })
        .collect();
    Ok(json!({"version": 1, "submission": shown(site, record), "findings": findings}))
}

fn as_csv(record: &SubmissionRecord, reading: Reading) -> axum::response::Response {
    let name = format!("{}-findings.csv", record.id);
    let state = (reading, 0usize, 0u64, true);
    let pieces = futures::stream::try_unfold(state, async |(reading, at, piece, first)| {
        let (mut rows, mut next) = (Vec::new(), None);
        if let Some(cause) = reading.causes.get(at) {
            let (found, more) = reading
                .piece(cause, piece, PIECE)
                .await
                // The download breaks off rather than look whole.
                .map_err(|_| std::io::Error::other("the rows could not be read"))?;
            rows = found;
            next = Some(if more { (at, piece + 1) } else { (at + 1, 0) });
        }
        if !first && next.is_none() {
            return Ok::<_, std::io::Error>(None);
        }
        let text = csv_of(&rows, first).map_err(std::io::Error::other)?;
        let (at, piece) = next.unwrap_or((reading.causes.len(), 0));
        Ok(Some((text, (reading, at, piece, false))))
    });
    Visit::file("text/csv; charset=utf-8", &name, Body::from_stream(pieces))
}

fn csv_of(rows: &[[String; 8]], first: bool) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if first {
        out.write_record(HEADER)?;
    }
    for row in rows {
        out.write_record(row.iter().map(|cell| safe(cell)))?;
    }
    out.into_inner()
        .map_err(|e| csv::Error::from(std::io::Error::other(e.to_string())))
}

async fn as_workbook(visit: &Visit, record: &SubmissionRecord, reading: &Reading) -> Reply {
    let rows = reading.first(IN_A_WORKBOOK).await?;
    let made = workbook(&shown(&visit.site, record), &rows).map_err(anyhow::Error::from)?;
    let name = format!("{}-findings.xlsx", record.id);
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(Visit::file(kind, &name, made))
}

/// Sheets of a table each: about the file, causes, rows.
fn workbook(about: &Value, rows: &[[String; 8]]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name("Summary")?;
    let facts = [
        "id",
        "dataset",
        "organisation",
        "state",
        "received_at",
        "rows_in",
        "rows_accepted",
        "rows_set_aside",
        "sha256",
        "specification",
        "engine",
    ];
    sheet.write_string_with_format(0, 0, "What", &bold)?;
    sheet.write_string_with_format(0, 1, "Value", &bold)?;
    for (at, name) in (1u32..).zip(facts) {
        sheet.write_string(at, 0, name.replace('_', " "))?;
        match about.get(name) {
            Some(Value::Number(number)) => {
                sheet.write_number(at, 1, number.as_f64().unwrap_or_default())?
            }
            Some(Value::String(text)) => sheet.write_string(at, 1, text)?,
            _ => sheet.write_string(at, 1, "")?,
        };
    }
    sheet.set_column_width(0, 20)?.set_column_width(1, 70)?;
    let sheet = book.add_worksheet();
    sheet.set_name("Rows")?;
    for (column, title) in (0u16..).zip(HEADER) {
        sheet.write_string_with_format(0, column, title, &bold)?;
        sheet.set_column_width(column, if column > 5 { 60 } else { 18 })?;
    }
    for (at, row) in (1u32..).zip(rows) {
        for (column, cell) in (0u16..).zip(row) {
            match cell.parse::<u32>() {
                Ok(number) if column == 2 => sheet.write_number(at, column, number)?,
                // As text: a cell that begins like a formula is none.
                _ => sheet.write_string(at, column, cell)?,
            };
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    sheet.autofilter(0, 0, last.max(1), 7)?;
    book.save_to_buffer()
}
