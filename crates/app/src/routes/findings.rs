//! All findings of a submission as a workbook, for the organisation that sent it and nobody else: causes, rows,
//! how to fix them. Cells are masked as on its pages.

use super::{
    Answer,
    fault::Fault,
    sheets::{self, Cover, Sheet, Value},
    submissions::{Cause, causes, file_name, find, line},
    visit::Visit,
};
use axum::extract::Request;
use control::{Role, SubmissionRecord};
use model::finding::column_letters;

/// How many rows the workbook holds; the rest are in the CSV of each cause.
const ROWS: usize = 50_000;
/// How many rows are read at a time.
const PER_PIECE: u64 = 10_000;

pub(super) async fn xlsx(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    let owner = visit.role() == Some(Role::Submitter) && *visit.organisation()? == record.sender;
    if !owner {
        return Err(Fault::NotFound);
    }
    let causes = causes(&record);
    let (rows, left_out) = rows(visit, &record, &causes).await?;
    let cover = cover(visit, &record, left_out);
    let body = sheets::workbook(&cover, &sheets_of(&record, &causes, rows))?;
    let name = format!("{}-findings.xlsx", record.id);
    Ok(Visit::file(sheets::KIND, &name, body))
}

/// The rows of all causes in the order of the file, and how many more there are.
async fn rows(
    visit: &Visit,
    record: &SubmissionRecord,
    causes: &[Cause],
) -> Result<(Vec<Vec<Value>>, u64), Fault> {
    let dataset = visit.site.datasets.get(&record.dataset);
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut left_out = 0u64;
    let mut seen: Vec<&str> = Vec::new();
    for cause in causes {
        let Some(rule) = cause.rule.as_deref().filter(|r| !seen.contains(r)) else {
            continue;
        };
        // One rule may be several causes, one for each column; its rows are read once.
        seen.push(rule);
        let mut piece = 0;
        loop {
            let (found, all) = visit
                .site
                .workspace
                .identified()?
                .findings(&record.id, rule, piece, PER_PIECE)
                .await?;
            let read = found.len();
            for row in found {
                if rows.len() >= ROWS {
                    left_out += 1;
                    continue;
                }
                let line = line(dataset, row);
                rows.push(vec![
                    line.row
                        .map_or_else(|| Value::text("whole file"), Value::Count),
                    Value::text(line.column.map(column_letters).unwrap_or_default()),
                    Value::text(line.field.unwrap_or_default()),
                    Value::text(rule),
                    Value::text(cause.level.words()),
                    Value::text(line.cell.unwrap_or_default()),
                    Value::text(cause.message.as_str()),
                    Value::text(cause.fix.as_str()),
                    Value::text(line.detail.unwrap_or_default()),
                ]);
            }
            piece += 1;
            if read == 0 || piece.saturating_mul(PER_PIECE) >= all {
                break;
            }
            if rows.len() >= ROWS {
                left_out += all.saturating_sub(piece.saturating_mul(PER_PIECE));
                break;
            }
        }
    }
    rows.sort_by_key(|row| match row.first() {
        Some(Value::Count(number)) => *number,
        _ => 0,
    });
    Ok((rows, left_out))
}

fn cover(visit: &Visit, record: &SubmissionRecord, left_out: u64) -> Cover {
    let title = visit.site.title_of(&record.dataset);
    Cover {
        title: format!("Findings in {}", file_name(visit, record)),
        facts: vec![
            ("Dataset".to_owned(), title),
            (
                "Specification".to_owned(),
                record.specification_version.clone(),
            ),
            ("Checker".to_owned(), record.engine_version.clone()),
            ("Reference".to_owned(), record.id.to_string()),
            (
                "Received".to_owned(),
                pages::format::moment(record.received_at),
            ),
            ("Fingerprint (SHA-256)".to_owned(), record.sha256.clone()),
            (
                "Rows in the file".to_owned(),
                pages::format::count(record.rows_in),
            ),
            (
                "Rows set aside".to_owned(),
                pages::format::count(record.rows_set_aside),
            ),
        ],
        notes: vec![
            "Row numbers are those of your own file; the row with the names is row 1.".to_owned(),
            "Values that point at a person are partly hidden with stars. Look the row up in your own system.".to_owned(),
            format!(
                "The sheet Rows has at most {} rows. {} more are in the CSV files of the causes.",
                pages::format::count(ROWS as u64),
                pages::format::count(left_out)
            ),
        ],
    }
}

fn sheets_of(record: &SubmissionRecord, causes: &[Cause], rows: Vec<Vec<Value>>) -> [Sheet; 3] {
    let causes_sheet = Sheet {
        name: "Causes".to_owned(),
        about: "One line for each kind of problem, worst first".to_owned(),
        columns: widths(&[
            ("Rule", 12.0),
            ("What it does", 14.0),
            ("What is wrong", 60.0),
            ("Rows", 10.0),
            ("Share of rows", 12.0),
        ]),
        rows: causes
            .iter()
            .map(|c| {
                vec![
                    Value::text(c.rule.clone().unwrap_or_default()),
                    Value::text(c.level.words()),
                    Value::text(c.message.as_str()),
                    c.rows
                        .map_or_else(|| Value::text("whole file"), Value::Count),
                    Value::share(share(c.rows, record.rows_in)),
                ]
            })
            .collect(),
    };
    let rows_sheet = Sheet {
        name: "Rows".to_owned(),
        about: "Every place where a rule is broken, in the order of your file".to_owned(),
        columns: widths(&[
            ("Row", 10.0),
            ("Column letter", 8.0),
            ("Column", 30.0),
            ("Rule", 12.0),
            ("What it does", 14.0),
            ("Cell", 30.0),
            ("What is wrong", 60.0),
            ("What to do", 60.0),
            ("Beside it", 30.0),
        ]),
        rows,
    };
    let fixes = Sheet {
        name: "How to fix".to_owned(),
        about: "What to do about each cause, and why it matters".to_owned(),
        columns: widths(&[
            ("Rule", 12.0),
            ("What to do", 80.0),
            ("Why it matters", 80.0),
        ]),
        rows: causes
            .iter()
            .map(|c| {
                vec![
                    Value::text(c.rule.clone().unwrap_or_default()),
                    Value::text(c.fix.as_str()),
                    Value::text(c.why.as_str()),
                ]
            })
            .collect(),
    };
    [causes_sheet, rows_sheet, fixes]
}

fn widths(columns: &[(&str, f64)]) -> Vec<(String, f64)> {
    columns
        .iter()
        .map(|(name, width)| ((*name).to_owned(), *width))
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows are far below 2^52"
)]
fn share(part: Option<u64>, whole: u64) -> Option<f64> {
    let part = part?;
    (whole > 0).then(|| part as f64 / whole as f64)
}
