//! `haven recall`: withdraws a release for good and tells everybody who had it. Tried dry, it says who that is.

use super::agreement::{actor, done_line};
use crate::{
    cli::{Global, RecallArgs},
    config::Config,
    desks::recall::RecallFault,
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::Result;
use model::Content;
use pages::format;
use std::sync::Arc;

pub(crate) async fn run(
    args: &RecallArgs,
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let rules = workspace.incident_rules()?;
    let who = actor(&workspace, &args.act.who, &rules.recall).await?;
    if global.flags.dry_run {
        had(&workspace, &args.release, output).await?;
        return Ok(Exit::Fine);
    }
    let (release, why) = (args.release.as_str(), args.act.why.as_str());
    let done = workspace.recall(&who, release, why, args.incident).await?;
    let recall = done.map_err(|fault| -> anyhow::Error {
        match fault {
            RecallFault::Role { .. } | RecallFault::SentBack => {
                NotAllowed(fault.to_string()).into()
            }
            other => Usage(other.to_string()).into(),
        }
    })?;
    let how = if recall.already {
        "was withdrawn before"
    } else {
        "is withdrawn"
    };
    let people = u64::try_from(recall.told.len()).unwrap_or(u64::MAX);
    let mut words = vec![format!(
        "Release {release} {how}; {} told.",
        format::counted(people, "person was", "people were")
    )];
    if !recall.out_of_reach.is_empty() {
        words.push(format!(
            "Tell these by other means, for they have no account here any more: {}",
            recall.out_of_reach.join(", ")
        ));
    }
    let document = serde_json::json!({
        "release": release, "already": recall.already, "told": recall.told, "out_of_reach": recall.out_of_reach,
    });
    done_line(output, &document, &words.join("\n"));
    Ok(Exit::Fine)
}

/// Who had a release, as the audit log has it.
async fn had(workspace: &Workspace, release: &str, output: &Output) -> Result<()> {
    if workspace.control.any_release(release).await?.is_none() {
        return Err(Usage(format!("there is no release `{release}`")).into());
    }
    let all = workspace.who_had(release).await?;
    let header = ["Who", "How", "First", "Last"].map(str::to_owned);
    let rows: Vec<_> = all
        .into_iter()
        .map(|had| {
            let how: Vec<String> = had.how.into_iter().collect();
            vec![
                Some(had.username),
                Some(format::listed(&how)),
                Some(format::moment(had.first)),
                Some(format::moment(had.last)),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    Ok(())
}
