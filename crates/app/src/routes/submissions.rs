//! Submissions: the list, the result of one, the rows of one cause.
//!
//! A submitter's pages are found by their organisation in the query itself; another's id is not found,
//! as if there were none. Cells come only to the owning organisation, and masked where they point at people.

mod wrong;

use super::{
    Answer,
    fault::Fault,
    sending::{can_be_taken_back, may_withdraw, period_in_words, window_in_words},
    visit::Visit,
};
use axum::{body::Body, extract::Request};
use control::{Role, SubmissionRecord, SubmissionState};
use model::{Dataset, Level, SubmissionId, finding::column_letters, nhs_number};
use pages::{
    CauseLine, CauseRow, CauseView, Due, Link, NextSteps, Paging, ResultView, SubmissionRow,
    SubmissionsView,
};
use serde::Deserialize;
use std::sync::Arc;
use wrong::Wrong;

pub(super) use wrong::in_words;

use crate::{
    desks::FindingRow,
    windows::{Standing, Window},
    workspace::Workspace,
};

const PER_PAGE: usize = 50;
const ROWS_PER_PAGE: u64 = 100;
/// How many rows of a download are read at a time.
const ROWS_PER_PIECE: u64 = 50_000;

/// A cause as the record of a submission keeps it: no cell.
#[derive(Debug, Deserialize)]
pub(super) struct Cause {
    pub(super) rule: Option<String>,
    pub(super) level: Level,
    #[serde(default)]
    column: Option<String>,
    pub(super) message: String,
    #[serde(default)]
    pub(super) why: String,
    #[serde(default)]
    pub(super) fix: String,
    pub(super) rows: Option<u64>,
    /// What most likely went wrong, in words.
    #[serde(default)]
    likely: Option<String>,
}

pub(super) async fn page(visit: &Visit) -> Answer {
    let control = &visit.site.workspace.control;
    let sends = visit.role() == Some(Role::Submitter);
    let records = if sends {
        control.submissions_of(visit.organisation()?).await?
    } else {
        control.all_submissions().await?
    };
    let page = visit.page_number();
    let pages = u64::try_from(records.len().div_ceil(PER_PAGE)).unwrap_or(1);
    let skip = usize::try_from(page - 1)
        .unwrap_or(0)
        .saturating_mul(PER_PAGE);
    let view = SubmissionsView {
        organisation: if sends {
            visit.site.name_of(visit.organisation()?)
        } else {
            "All organisations".to_owned()
        },
        due: if sends {
            due(visit, &records)
        } else {
            Vec::new()
        },
        submissions: records
            .iter()
            .skip(skip)
            .take(PER_PAGE)
            .map(|r| SubmissionRow {
                href: format!("/submissions/{}", r.id),
                file: file_name(visit, r),
                dataset: visit.site.title_of(&r.dataset),
                received_at: r.received_at,
                rows: r.rows_in,
                state: state_of(r),
                period: r.stated.as_ref().map(period_in_words),
                late: r.confirmed.as_ref().is_some_and(|c| c.late),
                partial: r.confirmed.as_ref().is_some_and(|c| c.partial),
            })
            .collect(),
        paging: Some(Paging {
            page,
            pages,
            href: "/submissions?page=".to_owned(),
        }),
        can_send: sends,
        notice: None,
    };
    Ok(Visit::page(&pages::submissions(&visit.frame(), &view)))
}

/// For how long after its close a window that nothing came to is shown as due.
const DUE_AFTER_CLOSE: chrono::TimeDelta = chrono::TimeDelta::days(60);

/// What this sender has not sent yet to the windows that take files now, or closed lately.
fn due(visit: &Visit, records: &[SubmissionRecord]) -> Vec<Due> {
    let site = &visit.site;
    let sent = |window: &Window| {
        records.iter().any(|r| {
            let of_window = match &r.stated {
                Some(stated) => stated.window.as_deref() == Some(window.name.as_str()),
                // An operator has landed it, and states no window.
                None => window.standing(r.received_at) == Standing::Open,
            };
            window.is_for(&r.dataset) && r.state == SubmissionState::Landed && of_window
        })
    };
    let mut due: Vec<Due> = Vec::new();
    for dataset in &site.service.datasets {
        for window in site.windows.taking(dataset, visit.now) {
            let lately = window.closes + DUE_AFTER_CLOSE > visit.now;
            if lately && !sent(window) {
                due.push(Due {
                    dataset: site.title_of(dataset),
                    period: format!(
                        "{} to {}",
                        pages::format::date(window.from),
                        pages::format::date(window.to)
                    ),
                    closes: window.closes,
                    late: window.closes <= visit.now,
                    afterwards: window.after.clone(),
                });
            }
        }
    }
    due.sort_by_key(|d| d.closes);
    due
}

pub(super) async fn result(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    let result_href = format!("/submissions/{}", record.id);
    let fact = |name: &str| {
        record
            .summary
            .get(name)
            .and_then(|v| v.as_str())
            .map(str::to_owned)
    };
    let columns = record
        .summary
        .get("columns")
        .and_then(serde_json::Value::as_u64);
    let listed = |name: &str| -> Vec<String> {
        let all = record.summary.get(name).and_then(|v| v.as_array());
        all.into_iter()
            .flatten()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    let wrong = Wrong::of_submission(visit, &record).await?;
    let view = ResultView {
        file: file_name(visit, &record),
        dataset: visit.site.title_of(&record.dataset),
        period: record.stated.as_ref().map(period_in_words),
        received_at: record.received_at,
        state: state_of(&record),
        rows_in: record.rows_in,
        rows_landed: record.rows_landed,
        rows_set_aside: record.rows_set_aside,
        sha256: record.sha256.clone(),
        specification: format!(
            "{}, version {}",
            visit.site.title_of(&record.dataset),
            record.specification_version
        ),
        engine: record.engine_version.clone(),
        recognised: fact("recognised"),
        detected: [
            fact("kind").map(|k| k.to_uppercase()),
            fact("encoding").map(|e| e.to_uppercase()),
            columns.map(|n| pages::format::counted(n, "column", "columns")),
            fact("delimiter").map(|d| delimiter_in_words(&d)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        causes: causes(&record)
            .into_iter()
            .map(|c| {
                let values = wrong.of(&c);
                let rule = c.rule.unwrap_or_default();
                CauseRow {
                    href: if rule.is_empty() {
                        result_href.clone()
                    } else {
                        format!("{result_href}/findings/{rule}")
                    },
                    rule,
                    says: c.message,
                    level: c.level,
                    rows: c.rows.unwrap_or_default(),
                    fix: c.fix,
                    values,
                    likely: c.likely,
                }
            })
            .collect(),
        not_checked: visit
            .site
            .library
            .named(&record.dataset, &listed("not_checked")),
        receipt_href: (record.state == SubmissionState::Landed)
            .then(|| format!("{result_href}/receipt")),
        downloads: if visit.role() == Some(Role::Submitter) && !record.summary.is_null() {
            vec![Link::new(
                "All findings as Excel",
                format!("{result_href}/findings.xlsx"),
            )]
        } else {
            Vec::new()
        },
        can_send: visit.role() == Some(Role::Submitter),
        next: next_steps(visit, &record),
    };
    Ok(Visit::page(&pages::result(&visit.frame(), &view)))
}

/// What the sender of a file can do with it now.
fn next_steps(visit: &Visit, record: &SubmissionRecord) -> NextSteps {
    let here = format!("/submissions/{}", record.id);
    let confirmed = record.confirmed.as_ref();
    let told = NextSteps {
        here_href: here.clone(),
        window: window_in_words(visit, record),
        late: confirmed.is_some_and(|c| c.late),
        partial: confirmed.is_some_and(|c| c.partial),
        replaced_href: record
            .replaced_by
            .as_ref()
            .map(|id| format!("/submissions/{id}")),
        ..NextSteps::default()
    };
    if visit.role() != Some(Role::Submitter) {
        return told;
    }
    let attempt = record.state == SubmissionState::Checked;
    let landed = record.state == SubmissionState::Landed;
    let may_withdraw = can_be_taken_back(record) && may_withdraw(visit, record);
    let days = i64::try_from(visit.site.workspace.config.attempt_days).ok();
    NextSteps {
        confirm_href: attempt.then(|| format!("{here}/confirm")),
        preview_href: (attempt || landed).then(|| format!("{here}/preview")),
        returned_href: landed.then(|| format!("{here}/returned")),
        withdraw_href: (may_withdraw && (attempt || landed)).then(|| format!("{here}/withdraw")),
        replace_href: (landed && may_withdraw).then(|| match window_of_record(record) {
            Some(window) => format!("/submissions/new?window={window}"),
            None => "/submissions/new".to_owned(),
        }),
        kept_until: record
            .settled_at
            .zip(days.and_then(chrono::TimeDelta::try_days))
            .and_then(|(at, days)| at.checked_add_signed(days)),
        ..told
    }
}

fn window_of_record(record: &SubmissionRecord) -> Option<&str> {
    record.stated.as_ref()?.window.as_deref()
}

pub(super) async fn cause(visit: &Visit, mut request: Request) -> Answer {
    let record = find(visit, &mut request).await?;
    let asked = visit.part(&mut request, "rule").await?;
    let (rule, ending) = visit.without_ending(&asked);
    let of_rule: Vec<Cause> = causes(&record)
        .into_iter()
        .filter(|c| c.rule.as_deref() == Some(rule))
        .collect();
    let first = of_rule.first().ok_or(Fault::NotFound)?;
    let owner = is_owner(visit, &record);
    if !ending.is_empty() {
        return if owner {
            Ok(download(visit, &record, rule))
        } else {
            Err(Fault::NotFound)
        };
    }
    let result_href = format!("/submissions/{}", record.id);
    let href = format!("{result_href}/findings/{rule}");
    let page = visit.page_number();
    let (lines, found) = if owner {
        let dataset = visit.site.datasets.get(&record.dataset);
        let desk = visit.site.workspace.identified()?;
        let (rows, found) = desk
            .findings(&record.id, rule, page - 1, ROWS_PER_PAGE)
            .await?;
        (
            rows.into_iter().map(|row| line(dataset, row)).collect(),
            found,
        )
    } else {
        (Vec::new(), 0)
    };
    let wrong = Wrong::of_submission(visit, &record).await?;
    let says: Vec<&str> = of_rule.iter().map(|c| c.message.as_str()).collect();
    let view = CauseView {
        result_href,
        rule: rule.to_owned(),
        says: says.join("; "),
        level: first.level,
        why: first.why.clone(),
        fix: first.fix.clone(),
        rows: of_rule.iter().filter_map(|c| c.rows).sum(),
        rows_in: record.rows_in,
        values: of_rule.iter().flat_map(|c| wrong.of(c)).collect(),
        likely: of_rule.iter().find_map(|c| c.likely.clone()),
        lines_differ: lines
            .iter()
            .any(|l: &CauseLine| l.line.is_some() && l.line != l.row),
        lines,
        paging: Some(Paging {
            page,
            pages: found.div_ceil(ROWS_PER_PAGE).max(1),
            href: format!("{href}?page="),
        }),
        downloads: if owner && of_rule.iter().any(|c| c.rows.is_some()) && found > 0 {
            vec![Link::new("All rows as CSV", format!("{href}.csv"))]
        } else {
            Vec::new()
        },
    };
    Ok(Visit::page(&pages::cause(&visit.frame(), &view)))
}

/// The submission of the path, as this reader may know of it.
pub(super) async fn find(visit: &Visit, request: &mut Request) -> Result<SubmissionRecord, Fault> {
    let asked = visit.part(request, "id").await?;
    let id = SubmissionId::from_digest(&asked);
    if id.as_str() != asked {
        return Err(Fault::NotFound);
    }
    let control = &visit.site.workspace.control;
    let record = match visit.role() {
        Some(Role::Submitter) => control.submission(&id, visit.organisation()?).await?,
        Some(Role::Operator) => control.any_submission(&id).await?,
        _ => None,
    };
    record.ok_or(Fault::NotFound)
}

/// What the file is called: its own name for those who sent it, its reference for everybody else.
pub(super) fn file_name(visit: &Visit, record: &SubmissionRecord) -> String {
    let owner = visit.organisation().is_ok_and(|o| *o == record.sender);
    if owner {
        record.file_name.reveal().clone()
    } else {
        format!("{}, {}", visit.site.name_of(&record.sender), record.id)
    }
}

/// Whoever is not of the owning organisation sees counts and causes, and no row.
fn is_owner(visit: &Visit, record: &SubmissionRecord) -> bool {
    visit.role() == Some(Role::Submitter) && visit.organisation().is_ok_and(|o| *o == record.sender)
}

pub(super) fn causes(record: &SubmissionRecord) -> Vec<Cause> {
    let all = record
        .summary
        .get("causes")
        .and_then(|c| c.as_array())
        .cloned()
        .unwrap_or_default();
    all.into_iter()
        .filter_map(|c| serde_json::from_value(c).ok())
        .collect()
}

/// Where a submission stands, for its tag.
pub(super) fn state_of(record: &SubmissionRecord) -> pages::SubmissionState {
    match record.state {
        SubmissionState::Received => pages::SubmissionState::Running,
        SubmissionState::Checked => pages::SubmissionState::NotSent,
        SubmissionState::Landed if record.rows_set_aside == 0 => pages::SubmissionState::Accepted,
        SubmissionState::Landed => pages::SubmissionState::NeedsYou,
        SubmissionState::Rejected => pages::SubmissionState::NotAccepted,
        SubmissionState::Withdrawn => pages::SubmissionState::Withdrawn,
        SubmissionState::Replaced => pages::SubmissionState::Replaced,
        SubmissionState::Expired => pages::SubmissionState::Expired,
    }
}

pub(super) fn delimiter_in_words(delimiter: &str) -> String {
    let word = match delimiter {
        "," => "commas",
        ";" => "semicolons",
        "\t" => "tabs",
        "|" => "pipes",
        other => other,
    };
    format!("{word} between the cells")
}

/// A line for the owner's page.
pub(super) fn line(dataset: Option<&Dataset>, row: FindingRow) -> CauseLine {
    let cell = shown(dataset, &row);
    CauseLine {
        row: row.row,
        line: row.line,
        column: row.column,
        field: (!row.field.is_empty()).then_some(row.field),
        cell,
        detail: row.detail,
    }
}

/// The cell as its sender's page shows it: what points at a person is masked, and so is anything that
/// could be an NHS number, whatever its column; a column that is not known may hold anything.
fn shown(dataset: Option<&Dataset>, row: &FindingRow) -> Option<String> {
    if row.field.is_empty() {
        return None;
    }
    let field = dataset.and_then(|d| d.fields.iter().find(|f| f.name == row.field));
    let cell = row.cell.as_ref()?.reveal();
    let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
    let like_a_number =
        nhs_number::ten_digits(&digits).is_some_and(|d| nhs_number::check_digit_holds(&d));
    let plain = field.is_some_and(|f| !f.identifying) && !like_a_number;
    Some(if plain { cell.clone() } else { masked(cell) })
}

/// Enough of a cell to find it again and to see its form: the first six of ten digits, the first third
/// of letters. The rest are stars.
fn masked(cell: &str) -> String {
    let counted = cell.chars().filter(|c| c.is_alphanumeric()).count();
    let letters = cell.chars().any(char::is_alphabetic);
    let mut left = if letters {
        counted.div_ceil(3)
    } else {
        counted * 6 / 10
    };
    cell.chars()
        .map(|c| {
            if !c.is_alphanumeric() {
                return c;
            }
            if left == 0 {
                return '*';
            }
            left -= 1;
            c
        })
        .collect()
}

/// All rows of a cause as CSV, read a piece at a time.
fn download(visit: &Visit, record: &SubmissionRecord, rule: &str) -> axum::response::Response {
    let workspace = Arc::clone(&visit.site.workspace);
    let dataset = visit.site.datasets.get(&record.dataset).cloned();
    let state = (
        workspace,
        dataset,
        record.id.clone(),
        rule.to_owned(),
        0u64,
        false,
    );
    let pieces = futures::stream::unfold(
        state,
        |(workspace, dataset, id, rule, piece, done)| async move {
            if done {
                return None;
            }
            match piece_of(&workspace, dataset.as_ref(), &id, &rule, piece).await {
                Ok((text, more)) => {
                    Some((Ok(text), (workspace, dataset, id, rule, piece + 1, !more)))
                }
                // The download breaks off rather than look whole.
                Err(_) => Some((
                    Err(std::io::Error::other("the rows could not be read")),
                    (workspace, dataset, id, rule, piece, true),
                )),
            }
        },
    );
    let name = format!("{}-{rule}.csv", record.id);
    Visit::file("text/csv; charset=utf-8", &name, Body::from_stream(pieces))
}

async fn piece_of(
    workspace: &Workspace,
    dataset: Option<&Dataset>,
    id: &SubmissionId,
    rule: &str,
    piece: u64,
) -> anyhow::Result<(Vec<u8>, bool)> {
    let desk = workspace.identified()?;
    let (rows, found) = desk.findings(id, rule, piece, ROWS_PER_PIECE).await?;
    let mut out = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    if piece == 0 {
        // The mark by which spreadsheets know UTF-8.
        out = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer("\u{feff}".as_bytes().to_vec());
        out.write_record([
            "Row",
            "Column",
            "Name of the column",
            "What it holds",
            "Beside it",
        ])?;
    }
    for row in rows {
        let line = line(dataset, row);
        out.write_record([
            line.row.map(|r| r.to_string()).unwrap_or_default(),
            line.column.map(column_letters).unwrap_or_default(),
            safe(&line.field.unwrap_or_default()),
            safe(&line.cell.unwrap_or_default()),
            safe(&line.detail.unwrap_or_default()),
        ])?;
    }
    let more = (piece + 1).saturating_mul(ROWS_PER_PIECE) < found;
    Ok((out.into_inner().map_err(|e| anyhow::anyhow!("{e}"))?, more))
}

/// A cell that no spreadsheet takes for a formula.
pub(crate) fn safe(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_keep_the_form_and_hide_the_person() {
        for (cell, expected) in [
            ("999 123 4560", "999 123 ****"),
            ("9991234560", "999123****"),
            ("12/25/1949", "12/25/****"),
            ("Thornby", "Tho****"),
            ("SS0 7AB", "SS* ***"),
            ("", ""),
            ("-", "-"),
        ] {
            assert_eq!(masked(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn formulas_are_made_safe() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("plain", "plain"),
        ] {
            assert_eq!(safe(cell), expected);
        }
    }
}
