//! The first line of an older request: reference, workflow, timestamp, record count.
//!
//! The reference is the name of the file without its ending: `MPTREQ_` and fourteen digits.

use super::{FileFault, Form, RequestError};
use crate::trace::{RequestSettings, ResultCode, input::Record};
use model::Date;

const MARK: &str = "MPTREQ";

/// The first line of an older request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OlderHead {
    /// `MPTREQ_` and the time.
    pub reference: String,
    /// The workflow id.
    pub workflow: String,
    /// The time, as fourteen digits.
    pub timestamp: String,
    /// How many rows follow, as it was written.
    pub count: String,
}

/// Whether a file is meant as an older one.
pub(super) fn is_older(
    first: &Record,
    file_name: Option<&str>,
    settings: &RequestSettings,
) -> bool {
    let marked = |text: &str| {
        text.get(..MARK.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(MARK))
    };
    let workflow = first.get(1).trim();
    marked(first.get(0).trim())
        || file_name.is_some_and(|name| marked(stem(name)))
        || settings.older_workflows.iter().any(|w| w == workflow)
}

/// Reads and checks the first line.
pub(super) fn head(
    first: &Record,
    file_name: Option<&str>,
    settings: &RequestSettings,
) -> Result<OlderHead, RequestError> {
    let field = |at: usize| first.get(at).trim().to_owned();
    let head = OlderHead {
        reference: field(0),
        workflow: field(1),
        timestamp: field(2),
        count: field(3),
    };
    let fault = if first.fields < 4 {
        Some((
            ResultCode::TooFewFields,
            "the first line must have reference, workflow id, timestamp and record count",
        ))
    } else if first.fields > 4 {
        Some((
            ResultCode::TooManyFields,
            "the first line must have reference, workflow id, timestamp and record count, and no more",
        ))
    } else if first.too_long {
        Some((ResultCode::TooLong, "a field of the first line is too long"))
    } else if head.reference.is_empty()
        || head.workflow.is_empty()
        || head.timestamp.is_empty()
        || head.count.is_empty()
    {
        Some((
            ResultCode::RequiredMissing,
            "a field of the first line is blank",
        ))
    } else if !is_reference(&head.reference) {
        Some((
            ResultCode::BadReference,
            "the reference in the first line must be `MPTREQ_` and fourteen digits",
        ))
    } else if !settings.older_workflows.contains(&head.workflow) {
        Some((
            ResultCode::BadWorkflow,
            "the workflow id in the first line is not known",
        ))
    } else if !is_timestamp(&head.timestamp) {
        Some((
            ResultCode::BadTimestamp,
            "the timestamp in the first line must be a time as YYYYMMDDHHMMSS",
        ))
    } else if !is_count(&head.count) {
        Some((
            ResultCode::CountDiffers,
            "the record count in the first line is no number",
        ))
    } else if file_name.is_some_and(|name| stem(name) != head.reference) {
        Some((
            ResultCode::NameDiffers,
            "the file is called otherwise than the reference in its first line",
        ))
    } else {
        None
    };
    match fault {
        None => Ok(head),
        Some((code, says)) => Err(RequestError::Fault(Box::new(FileFault {
            code,
            says: says.to_owned(),
            older: Some(head),
        }))),
    }
}

/// Whether the rows are as many as the first line promised.
pub(super) fn count(form: &Form, rows: u64) -> Result<(), RequestError> {
    match form {
        Form::Older(head) if head.count.parse() != Ok(rows) => Err(of(
            form,
            FileFault::found(
                ResultCode::CountDiffers,
                format!(
                    "the first line promises {} rows and {rows} follow",
                    head.count
                ),
            ),
        )),
        _ => Ok(()),
    }
}

/// The same fault with the first line of the file.
pub(super) fn of(form: &Form, fault: RequestError) -> RequestError {
    match (form, fault) {
        (Form::Older(head), RequestError::Fault(mut fault)) => {
            fault.older = Some(head.clone());
            RequestError::Fault(fault)
        }
        (_, fault) => fault,
    }
}

/// The name of a file without folders and ending.
fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

fn is_reference(text: &str) -> bool {
    text.strip_prefix(MARK)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(is_timestamp)
}

/// A day and a time of day, as fourteen digits.
fn is_timestamp(text: &str) -> bool {
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|t| t.parse::<u32>().ok());
    let day = || {
        let year = i32::try_from(part(0, 4)?).ok()?;
        Date::from_ymd_opt(year, part(4, 6)?, part(6, 8)?)?.and_hms_opt(
            part(8, 10)?,
            part(10, 12)?,
            part(12, 14)?,
        )
    };
    day().is_some()
}

fn is_count(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
