//! What tracing found as files: CSV and a workbook, with the cells as they stand in the sender's file and the index.

use super::{Finding, Told, in_sentences};
use crate::routes::{
    sheets::{self, Cover, Sheet, Value},
    submissions::{file_name, safe},
    visit::Visit,
};
use anyhow::Result;
use control::SubmissionRecord;
use pages::format;

const COLUMNS: [(&str, f64); 12] = [
    ("Row", 10.0),
    ("Rows of the record", 10.0),
    ("Your reference", 20.0),
    ("What was found", 24.0),
    ("You have", 24.0),
    ("Found", 24.0),
    ("How sure (%)", 12.0),
    ("Step", 50.0),
    ("Decision", 12.0),
    ("Why", 40.0),
    ("Decided by", 16.0),
    ("Decided at", 24.0),
];

/// The findings as CSV.
pub(in crate::routes) fn csv_of(told: Option<&Told>) -> Result<Vec<u8>> {
    // The mark by which spreadsheets know UTF-8.
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    out.write_record(COLUMNS.map(|(name, _)| name))?;
    for finding in told.into_iter().flat_map(|t| &t.findings) {
        out.write_record(cells(finding).map(|cell| safe(&cell)))?;
    }
    out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))
}

/// The findings as a workbook.
pub(in crate::routes) fn workbook_of(
    visit: &Visit,
    record: &SubmissionRecord,
    told: Option<&Told>,
) -> Result<Vec<u8>> {
    let mut notes = vec![
        "Row numbers are those of your own file; the row with the names is row 1.".to_owned(),
        "Check in your own system before you change anything. This file holds details of people: keep it as safe as your own records.".to_owned(),
    ];
    notes.extend(told.iter().flat_map(|t| in_sentences(&t.withheld)));
    let cover = Cover {
        title: format!("What tracing found in {}", file_name(visit, record)),
        facts: vec![
            ("Dataset".to_owned(), visit.site.title_of(&record.dataset)),
            ("Reference".to_owned(), record.id.to_string()),
            (
                "Traced".to_owned(),
                told.map_or_else(|| "not yet".to_owned(), |t| format::moment(t.traced_at)),
            ),
        ],
        notes,
    };
    let rows = told
        .into_iter()
        .flat_map(|t| &t.findings)
        .map(|finding| {
            let mut row: Vec<Value> = cells(finding).into_iter().map(Value::text).collect();
            for (column, number) in [finding.row.row, finding.row.rows].into_iter().enumerate() {
                if let Some(cell) = row.get_mut(column) {
                    *cell = Value::Count(number);
                }
            }
            row
        })
        .collect();
    let sheet = Sheet {
        name: "Found".to_owned(),
        about: "One line for each finding, the surest first".to_owned(),
        columns: COLUMNS
            .iter()
            .map(|(name, width)| ((*name).to_owned(), *width))
            .collect(),
        rows,
    };
    sheets::workbook(&cover, &[sheet])
}

/// The cells of a finding, in the order of the columns.
fn cells(finding: &Finding) -> [String; 12] {
    let row = &finding.row;
    let decision = finding.decision.as_ref();
    [
        row.row.to_string(),
        row.rows.to_string(),
        row.reference.reveal().clone(),
        finding.kind.words().to_owned(),
        row.yours
            .as_ref()
            .map(|yours| yours.reveal().clone())
            .unwrap_or_default(),
        row.found.reveal().clone(),
        format::number(finding.confidence(), 1),
        finding.why.clone(),
        match decision {
            None => "",
            Some(d) if d.accepted => "accepted",
            Some(_) => "rejected",
        }
        .to_owned(),
        decision.map(|d| d.why.clone()).unwrap_or_default(),
        decision.map(|d| d.by.clone()).unwrap_or_default(),
        decision
            .map(|d| d.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
            .unwrap_or_default(),
    ]
}
