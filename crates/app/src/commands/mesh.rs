//! `haven mesh`: files that come to a MESH mailbox.

use crate::{
    cli::MeshVerb,
    config::Config,
    fault::{Exit, Usage},
    output::Output,
    routes::{Done, Outcome, Post},
    workspace::Workspace,
};
use anyhow::Result;
use model::Content;
use std::{sync::Arc, time::Duration};

pub(crate) async fn run(
    verb: &MeshVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    if config.mesh.address.is_empty() {
        return Err(Usage(
            "there is no mailbox: set `mesh.address`, `mesh.mailbox` and the rest of docs/mesh.md in haven.toml".to_owned(),
        )
        .into());
    }
    let name = config.mesh.mailbox.clone();
    let every = Duration::from_secs(config.mesh.poll_seconds.max(1));
    let workspace = Arc::new(Workspace::open(config, content).await?);
    let post = Post::open(Arc::clone(&workspace))?;
    match verb {
        MeshVerb::Check => {
            let waiting = post.check().await?;
            if output.json {
                output.document(
                    &serde_json::json!({"version": 1, "mailbox": name, "waiting": waiting}),
                );
            } else {
                output.result(&format!(
                    "The mailbox {name} opens. Messages that wait: {waiting}."
                ));
            }
        }
        MeshVerb::Track { message } => {
            let stands = post.track(message).await?;
            if output.json {
                output.document(&stands);
            } else {
                let status = stands.get("status").and_then(|s| s.as_str());
                output.result(&format!("{message}  {}", status.unwrap_or("unknown")));
            }
        }
        MeshVerb::Poll { once } => {
            workspace.identified()?.mend().await?;
            let mut opened = None;
            loop {
                let mut tell = |done: &Done| {
                    if !output.json {
                        output.result(&in_words(done));
                    }
                };
                let round = post.again(&mut opened, &mut tell).await;
                if *once {
                    let all = round?;
                    if output.json {
                        output.document(&serde_json::json!({"version": 1, "messages": all}));
                    } else if all.is_empty() {
                        output.tell("No message waits.");
                    }
                    break;
                }
                if let Err(fault) = round {
                    output.tell(&format!(
                        "{fault:#}; trying again in {} seconds",
                        every.as_secs()
                    ));
                }
                tokio::time::sleep(every).await;
            }
        }
    }
    Ok(Exit::Fine)
}

/// A message in a line.
fn in_words(done: &Done) -> String {
    let what = match done.outcome {
        Outcome::Accepted => "accepted",
        Outcome::Waiting => "passed, waits for its declaration",
        Outcome::Rejected => "not accepted",
        Outcome::Refused => "refused",
        Outcome::NoFile => "no file",
        Outcome::Left => "left in the inbox",
    };
    let submission = done
        .submission
        .as_ref()
        .map(|id| format!(" (submission {id})"));
    let why = done.why.as_ref().map(|why| format!(": {why}"));
    let Done { message, from, .. } = done;
    format!(
        "{message}  {from}  {what}{}{}",
        submission.unwrap_or_default(),
        why.unwrap_or_default()
    )
}
