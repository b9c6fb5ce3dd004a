//! `haven audit replay`: one decision judged again from what its entry keeps.

use crate::{
    fault::{Exit, Usage},
    output::Output,
    workspace::Workspace,
};
use anyhow::{Context, Result};
use govern::{Entry, ReplayError, Replayed, replay};

/// An entry with what came of judging its decision again, under the version of the agreement that was in force then, as
/// it stood at that moment. None where there is no such entry.
pub(crate) async fn again(workspace: &Workspace, entry: u64) -> Result<Option<Again>> {
    let line = match entry.checked_sub(1) {
        Some(index) => workspace.audit.line(index)?,
        None => None,
    };
    let Some(line) = line else {
        return Ok(None);
    };
    let read = Entry::read(&line).with_context(|| format!("entry {entry} cannot be read"))?;
    let book = workspace.agreements().await?;
    let agreement = read
        .body
        .policy_digest
        .as_ref()
        .and_then(|digest| book.as_it_stood(digest.as_str(), read.body.time));
    let replayed = replay(&read, agreement.as_ref(), &workspace.policies);
    Ok(Some(Again {
        entry: read,
        replayed,
    }))
}

/// An entry, and what came of judging it again.
pub(crate) struct Again {
    pub(crate) entry: Entry,
    pub(crate) replayed: Result<Replayed, ReplayError>,
}

/// Judges the decision of an entry again. Ends with status 1 where something else comes out.
pub(super) async fn run(workspace: &Workspace, entry: u64, output: &Output) -> Result<Exit> {
    let Some(Again {
        entry: read,
        replayed,
    }) = again(workspace, entry).await?
    else {
        let size = workspace.audit.size()?;
        return Err(Usage(format!("there is no entry {entry}: the log has {size}")).into());
    };
    let replayed = replayed.map_err(|fault| Usage(fault.to_string()))?;
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "entry": entry, "same": replayed.is_same(), "then": replayed.then, "now": replayed.now,
            "judged_by_others": replayed.judged_by_others,
        }));
    } else {
        for sentence in sentences(&read, &replayed) {
            output.result(&sentence);
        }
    }
    Ok(if replayed.is_same() {
        Exit::Fine
    } else {
        Exit::DataHasProblems
    })
}

/// What came of it, in sentences.
pub(crate) fn sentences(entry: &Entry, replayed: &Replayed) -> Vec<String> {
    let (seq, body) = (entry.seq, &entry.body);
    let under = match (&body.agreement, &body.agreement_version) {
        (Some(agreement), Some(version)) => format!("agreement {agreement} version {version}"),
        _ => "the rules of the house".to_owned(),
    };
    let mut said = vec![format!(
        "Entry {seq}, decided on {} under {under}, was judged again from the facts that it keeps.",
        body.time.format("%Y-%m-%d %H:%M:%S")
    )];
    let ended = |verdict: &govern::Verdict| {
        let outcome = format!("{:?}", verdict.outcome).to_lowercase();
        let reason = verdict.reason.as_deref();
        reason.map_or(outcome.clone(), |reason| format!("{outcome} ({reason})"))
    };
    let by = |verdict: &govern::Verdict| {
        let ids: Vec<&str> = verdict
            .determining_policies
            .iter()
            .map(String::as_str)
            .collect();
        if ids.is_empty() {
            "no policy".to_owned()
        } else {
            ids.join(", ")
        }
    };
    if replayed.is_same() {
        said.push(format!(
            "The same comes out: {}, by {}.",
            ended(&replayed.then),
            by(&replayed.then)
        ));
    } else {
        said.push(format!(
            "Something else comes out. Then: {}, by {}. Now: {}, by {}.",
            ended(&replayed.then),
            by(&replayed.then),
            ended(&replayed.now),
            by(&replayed.now)
        ));
        if replayed.then.row_filter != replayed.now.row_filter {
            said.push("Other rows would be opened.".to_owned());
        }
        if replayed.then.field_mask != replayed.now.field_mask {
            said.push("Columns would be shown in another way.".to_owned());
        }
    }
    if !replayed.judged_by_others.is_empty() {
        said.push(format!(
            "No longer what they were then: {}.",
            replayed.judged_by_others.join(", ")
        ));
    }
    said
}
