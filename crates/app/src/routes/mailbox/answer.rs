//! What a sender is answered: the receipt and the report as machines get them at the other door, or why not.

use crate::routes::{
    api::{problem::Problem, report::report_document, submissions::receipt_document},
    site::Site,
};
use anyhow::{Result, anyhow};
use control::{SubmissionRecord, SubmissionState};
use serde_json::{Value, json};

/// An answer before it is put into a message.
pub(super) struct Answer {
    pub(super) document: Value,
    /// The whole of it in a few words, without a value of the file.
    pub(super) subject: &'static str,
    pub(super) why: Option<String>,
}

/// The answer about a file that was kept.
pub(super) async fn answer(
    site: &Site,
    record: &SubmissionRecord,
    problem: Option<&Problem>,
) -> Result<Answer> {
    let landed = record.state == SubmissionState::Landed;
    let receipt = landed
        .then(|| receipt_document(record))
        .transpose()
        .map_err(|fault| anyhow!("the receipt cannot be written: {fault:?}"))?;
    let (subject, next) = match record.state {
        SubmissionState::Landed => ("accepted", "Nothing. Keep the receipt."),
        SubmissionState::Checked => (
            "waits for your declaration",
            "The file has passed its check and does not count yet. Sign in to the site and send it on, or confirm it by the interface for machines.",
        ),
        _ => (
            "not accepted",
            "Mend what the report lists, and send the file again.",
        ),
    };
    let problem = problem.map(Problem::document);
    Ok(Answer {
        why: problem.as_ref().and_then(in_words),
        document: json!({
            "version": 1,
            "receipt": receipt,
            "report": report_document(site, record).await?,
            "problem": problem,
            "next": next,
        }),
        subject,
    })
}

/// The answer about a message of which nothing was kept.
pub(super) fn refusal(problem: &Problem) -> Answer {
    let problem = problem.document();
    Answer {
        why: in_words(&problem),
        document: json!({
            "version": 1,
            "receipt": null,
            "report": null,
            "problem": problem,
            "next": "Nothing of the file was kept. Do as the problem says, and send it again.",
        }),
        subject: "refused",
    }
}

fn in_words(problem: &Value) -> Option<String> {
    let part = |name: &str| problem.get(name).and_then(Value::as_str);
    match (part("title"), part("detail")) {
        (Some(title), Some(detail)) => Some(format!("{title}. {detail}")),
        (Some(title), None) => Some(format!("{title}.")),
        _ => None,
    }
}
