//! `haven incident`: what went wrong, who sees to it, who has to be told, and the whole of it as a file.

use super::agreement::{actor, done_line, what_of, write_out};
use crate::{
    cli::{AddArgs, IncidentVerb, LineKind, OpenArgs},
    config::Config,
    desks::incidents::{IncidentFault, Line, Opening, clocks, remind},
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table},
    routes::in_london,
    workspace::Workspace,
};
use anyhow::Result;
use chrono::{DateTime, NaiveDateTime, Utc};
use control::{Incident, IncidentFact, IncidentLineKind};
use govern::incident::{Clock, IncidentRules};
use model::Content;
use pages::format;
use std::sync::Arc;

pub(crate) async fn run(
    verb: &IncidentVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let rules = workspace.incident_rules()?;
    match verb {
        IncidentVerb::Open(args) => open(&workspace, &rules, args, output).await?,
        IncidentVerb::Add(args) => add(&workspace, &rules, args, output).await?,
        IncidentVerb::Assign {
            number,
            owner,
            due,
            act,
        } => {
            let who = actor(&workspace, &act.who, &rules.work).await?;
            let to = (owner.as_str(), *due);
            let done = workspace
                .assign_incident(&who, *number, to, &act.why)
                .await?;
            allowed(done)?;
            let document = serde_json::json!({"incident": number, "owner": owner, "due": due});
            done_line(
                output,
                &document,
                &format!("{owner} sees to incident {number} by {due}."),
            );
        }
        IncidentVerb::Stop { number, what, act } => {
            let who = actor(&workspace, &act.who, &rules.work).await?;
            let what = what_of(what)?;
            let done = workspace
                .stop_for_incident(&who, *number, &what, &act.why)
                .await?;
            allowed(done)?;
            let document =
                serde_json::json!({"incident": number, "kind": what.kind, "subject": what.subject});
            let words = format!("{} {} is suspended from now on.", what.kind, what.subject);
            done_line(output, &document, &words);
        }
        IncidentVerb::Close { number, act } => {
            let who = actor(&workspace, &act.who, &rules.work).await?;
            allowed(workspace.close_incident(&who, *number, &act.why).await?)?;
            let document = serde_json::json!({"incident": number, "closed": true});
            done_line(output, &document, &format!("Incident {number} is closed."));
        }
        IncidentVerb::List { who } => {
            actor(&workspace, who, &rules.work).await?;
            // Whoever looks at the list is told what the service would tell.
            remind(&workspace).await?;
            list(&workspace, &rules, output).await?;
        }
        IncidentVerb::Export { number, out, who } => {
            let who = actor(&workspace, who, &rules.work).await?;
            let incident = workspace.incident(*number).await?;
            let incident =
                incident.ok_or_else(|| Usage(format!("there is no incident {number}")))?;
            workspace.log_export(&who.username, &incident)?;
            let document = workspace.incident_document(&incident).await?;
            let text = format!("{}\n", serde_json::to_string_pretty(&document)?);
            write_out(&text, out.as_deref(), output)?;
        }
    }
    Ok(Exit::Fine)
}

async fn open(
    workspace: &Workspace,
    rules: &IncidentRules,
    args: &OpenArgs,
    output: &Output,
) -> Result<()> {
    let who = actor(workspace, &args.who, &rules.work).await?;
    let opening = Opening {
        category: args.category.clone(),
        title: args.title.clone(),
        noticed_at: moment(args.noticed.as_deref(), workspace)?,
        words: args.words.clone(),
        owner: args.owner.clone(),
        due: args.due,
    };
    let number = allowed(workspace.open_incident(&who, &opening).await?)?;
    let mut words = vec![format!("Incident {number} is on record.")];
    if let Some(incident) = workspace.incident(number).await? {
        words.extend(reports(workspace, rules, &incident));
    }
    let document = serde_json::json!({"incident": number});
    done_line(output, &document, &words.join("\n"));
    Ok(())
}

async fn add(
    workspace: &Workspace,
    rules: &IncidentRules,
    args: &AddArgs,
    output: &Output,
) -> Result<()> {
    let who = actor(workspace, &args.who, &rules.work).await?;
    let kind = match args.kind {
        LineKind::Noticed => IncidentLineKind::Noticed,
        LineKind::Contained => IncidentLineKind::Contained,
        LineKind::Assessed => IncidentLineKind::Assessed,
        LineKind::Told => IncidentLineKind::Told,
        LineKind::PutRight => IncidentLineKind::PutRight,
    };
    let fact = match (kind, &args.to, args.must_report) {
        (IncidentLineKind::Told, Some(code), None) => Some(IncidentFact::Reported(code.clone())),
        (IncidentLineKind::Assessed, None, Some(must)) => Some(IncidentFact::MustReport(must)),
        (_, None, None) => None,
        _ => {
            return Err(Usage(
                "`--to` is for what was told, and `--must-report` for what was assessed".to_owned(),
            )
            .into());
        }
    };
    let line = Line {
        kind,
        happened_at: moment(args.at.as_deref(), workspace)?,
        words: args.words.clone(),
        fact,
    };
    let number = args.number;
    let line = allowed(workspace.add_to_incident(&who, number, line).await?)?;
    let document = serde_json::json!({"incident": number, "line": line});
    let words = format!("Line {line} is in the timeline of incident {number}.");
    done_line(output, &document, &words);
    Ok(())
}

async fn list(workspace: &Workspace, rules: &IncidentRules, output: &Output) -> Result<()> {
    let all = workspace.control.incidents().await?;
    if output.json {
        let lines: Vec<_> = all
            .iter()
            .map(|incident| {
                let assigned = incident.assigned();
                serde_json::json!({
                    "incident": incident.number, "category": incident.category, "title": incident.title,
                    "noticed_at": incident.noticed_at(), "owner": assigned.map(|(owner, _)| owner),
                    "due": assigned.map(|(_, due)| due), "closed": incident.closed().is_some(),
                })
            })
            .collect();
        output.document(&serde_json::json!({"version": 1, "incidents": lines}));
        return Ok(());
    }
    let header = ["Incident", "Category", "State", "Owner", "Due", "Title"].map(str::to_owned);
    let rows: Vec<_> = all
        .iter()
        .map(|incident| {
            let assigned = incident.assigned();
            let state = if incident.closed().is_some() {
                "closed"
            } else {
                "open"
            };
            vec![
                Some(incident.number.to_string()),
                Some(incident.category.clone()),
                Some(state.to_owned()),
                assigned.map(|(owner, _)| owner.to_owned()),
                assigned.map(|(_, due)| due.to_string()),
                Some(incident.title.clone()),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    for incident in all.iter().filter(|i| i.closed().is_none()) {
        for says in reports(workspace, rules, incident) {
            output.tell(&format!("Incident {}: {says}", incident.number));
        }
    }
    Ok(())
}

/// Who still has to be told, each in a sentence.
fn reports(workspace: &Workspace, rules: &IncidentRules, incident: &Incident) -> Vec<String> {
    clocks(rules, incident, workspace.clock.now())
        .into_iter()
        .filter_map(|(report, clock)| match clock {
            Clock::Runs { until } => Some(format!(
                "report it to {} by {}.",
                report.to,
                format::moment(until)
            )),
            Clock::Overdue { since } => Some(format!(
                "it should have been reported to {} by {}.",
                report.to,
                format::moment(since)
            )),
            Clock::Waits => Some(format!("report it to {} without undue delay.", report.to)),
            Clock::Made { .. } | Clock::NotNeeded => None,
        })
        .collect()
}

/// A moment in London time, or now.
fn moment(typed: Option<&str>, workspace: &Workspace) -> Result<DateTime<Utc>> {
    let Some(typed) = typed else {
        return Ok(workspace.clock.now());
    };
    NaiveDateTime::parse_from_str(typed, "%Y-%m-%dT%H:%M")
        .ok()
        .and_then(|local| in_london(local.date(), local.time()))
        .ok_or_else(|| {
            Usage(format!(
                "`{typed}` is no moment; write one such as 2026-11-22T14:05"
            ))
            .into()
        })
}

/// What was refused, as an error: who may not is not allowed, all else is the question's.
fn allowed<T>(done: Result<T, IncidentFault>) -> Result<T> {
    done.map_err(|fault| match fault {
        IncidentFault::Role { .. }
        | IncidentFault::OwnClosing
        | IncidentFault::NotTold { .. }
        | IncidentFault::Stopping(_) => NotAllowed(fault.to_string()).into(),
        other => Usage(other.to_string()).into(),
    })
}
