//! `haven status`: where each submission is.

use super::server;
use crate::{
    cli::StatusArgs,
    config::Settings,
    fault::{Exit, Usage},
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::Result;
use model::Content;
use std::sync::Arc;

pub(crate) async fn run(
    args: &StatusArgs,
    settings: Settings,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    if let Some(id) = &args.id
        && server::is_named(&args.server, &settings.config)
    {
        return of_server(args, id, &settings, output).await;
    }
    let workspace = Workspace::open(settings.config, content).await?;
    let all = workspace.control.all_submissions().await?;
    let submissions: Vec<_> = all
        .into_iter()
        .filter(|s| args.id.as_ref().is_none_or(|id| s.id.as_str() == id))
        .collect();
    if let (Some(id), true) = (&args.id, submissions.is_empty()) {
        return Err(Usage(format!("there is no submission `{id}` in this workspace")).into());
    }
    if output.json {
        let lines: Vec<_> = submissions
            .iter()
            .map(|s| crate::desks::receipt(s, false))
            .collect();
        output.document(&serde_json::json!({"version": 1, "submissions": lines}));
        return Ok(Exit::Fine);
    }
    let header = [
        "Submission",
        "Dataset",
        "From",
        "State",
        "Rows in",
        "Landed",
        "Set aside",
    ]
    .map(str::to_owned);
    let rows: Vec<_> = submissions
        .iter()
        .map(|s| {
            vec![
                Some(s.id.to_string()),
                Some(s.dataset.clone()),
                Some(s.sender.to_string()),
                Some(s.state.to_string()),
                Some(s.rows_in.to_string()),
                Some(s.rows_landed.to_string()),
                Some(s.rows_set_aside.to_string()),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    Ok(Exit::Fine)
}

/// How a submission stands on a server; with `--watch`, once its check has ended.
async fn of_server(
    args: &StatusArgs,
    id: &str,
    settings: &Settings,
    output: &Output,
) -> Result<Exit> {
    let haven = server::open(&args.server, settings)?;
    let path = server::path_of(id)?;
    let document = if args.watch {
        server::checked(&haven, &path, output).await?
    } else {
        server::patiently(output, async || haven.document(&path).await)
            .await?
            .0
    };
    if output.json {
        output.document(&document);
    } else {
        output.result(&server::in_words(&document));
    }
    Ok(match server::word(&document, "state") {
        "rejected" => Exit::DataHasProblems,
        _ => Exit::Fine,
    })
}
