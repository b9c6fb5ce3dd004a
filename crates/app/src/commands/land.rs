//! `haven land`: files into the workspace.

use super::today;
use crate::{
    cli::{Global, LandArgs},
    config::Config,
    desks::{Receipt, Submission},
    fault::Exit,
    output::{Output, thousands},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use laptop::{receive_settings, stated};
use model::{Content, Identifying, OrganisationCode};
use std::{fs::File, sync::Arc};

pub(crate) async fn run(
    args: &LandArgs,
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let sender =
        OrganisationCode::new(&args.from).map_err(|e| crate::fault::Usage(e.to_string()))?;
    let dataset = stated(args.reading.dataset.as_deref(), &content)?;
    for file in &args.files {
        let facts =
            std::fs::metadata(file).with_context(|| format!("cannot read `{}`", file.display()))?;
        if facts.is_dir() {
            return Err(land::LandError::Folder).with_context(|| file.display().to_string());
        }
    }
    if global.flags.dry_run {
        for file in &args.files {
            output.result(&format!(
                "would land {} as {} from {sender} in {}",
                file.display(),
                dataset.name(),
                config.home.display()
            ));
        }
        return Ok(Exit::Fine);
    }
    let workspace = Workspace::open(config, content).await?;
    let desk = workspace.identified()?;
    desk.mend().await?;
    let (mut exit, mut receipts) = (Exit::Fine, Vec::new());
    for file in &args.files {
        let submission = Submission {
            dataset: dataset.name().to_owned(),
            sender: sender.clone(),
            file_name: Identifying::new(
                file.file_name()
                    .map(|n| n.to_string_lossy().into_owned())
                    .unwrap_or_default(),
            ),
            received_by: "haven land".to_owned(),
            today: today(args.today)?,
            reading: receive_settings(&args.reading)?,
            straight: true,
            stated: None,
            recognised: None,
        };
        let keeping = output.progress("Keeping", Some(std::fs::metadata(file)?.len()));
        let original = desk
            .keep_original(File::open(file)?, |bytes| keeping.at(bytes))
            .with_context(|| file.display().to_string())?;
        keeping.end();
        let submission = desk
            .of_release(&original, submission)
            .with_context(|| file.display().to_string())?;
        let recognised = submission.recognised.clone();
        let progress = output.progress("Landing", None);
        let moving = progress.clone();
        let receipt = desk
            .land(&original, submission, move |rows| moving.at(rows))
            .await
            .with_context(|| file.display().to_string())?;
        progress.end();
        if !receipt.landed {
            exit = Exit::DataHasProblems;
        }
        if !output.json {
            if let Some(recognised) = recognised {
                output.tell(&recognised);
            }
            output.result(&format!("{}  {}", file.display(), in_words(&receipt)));
        }
        receipts.push(receipt);
    }
    if output.json {
        output.document(&serde_json::json!({"version": 1, "receipts": receipts}));
    }
    Ok(exit)
}

/// A receipt in a line.
pub(crate) fn in_words(receipt: &Receipt) -> String {
    let id = &receipt.id;
    if receipt.was_there {
        return format!("recognised: landed before as {id}, nothing was changed");
    }
    if !receipt.landed {
        return format!(
            "rejected: {} causes in {} rows; nothing was landed (attempt {id})",
            receipt.causes.len(),
            thousands(receipt.rows_in)
        );
    }
    format!(
        "landed {} of {} rows, {} set aside (submission {id})",
        thousands(receipt.rows_landed),
        thousands(receipt.rows_in),
        thousands(receipt.rows_set_aside)
    )
}
