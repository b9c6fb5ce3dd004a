//! `haven results`: what became of a submission, fetched from a server as files.

use super::server::{checked, in_words, open, path_of, patiently, word};
use crate::{cli::ResultsArgs, config::Settings, fault::Exit, output::Output};
use anyhow::{Context, Result};
use laptop::WholeFile;
use std::{io::Write, path::PathBuf};

pub(crate) async fn run(args: &ResultsArgs, settings: &Settings, output: &Output) -> Result<Exit> {
    let haven = open(&args.server, settings)?;
    let path = path_of(&args.id)?;
    let document = checked(&haven, &path, output).await?;
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from(&args.id));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let report = |format: &str| format!("{path}/report?format={format}");
    let mut wanted = vec![
        ("submission.json", path.clone()),
        ("findings.csv", report("csv")),
        ("findings.xlsx", report("xlsx")),
        ("findings.json", report("json")),
    ];
    if word(&document, "state") == "accepted" {
        wanted.push(("receipt.json", format!("{path}/receipt")));
    }
    let mut files = Vec::new();
    for (name, from) in wanted {
        let to = folder.join(name);
        patiently(output, async || {
            let mut file = WholeFile::new(&to).map_err(anyhow::Error::from);
            let mut kept = Ok(());
            haven
                .file(&from, |piece| {
                    if let Ok(file) = &mut file
                        && kept.is_ok()
                    {
                        kept = file.write_all(piece);
                    }
                    Ok::<_, remote::http::RemoteError>(())
                })
                .await?;
            Ok(file.and_then(|file| {
                kept?;
                Ok(file.keep()?)
            }))
        })
        .await?
        .with_context(|| to.display().to_string())?;
        files.push(to);
    }
    if output.json {
        output.document(&serde_json::json!({"version": 1, "submission": document, "files": files}));
    } else {
        output.result(&in_words(&document));
        for file in &files {
            output.result(&format!("  {}", file.display()));
        }
        let links = document.get("links");
        if let Some(returned) = links
            .and_then(|l| l.get("returned"))
            .and_then(|r| r.as_str())
        {
            output.result(&format!(
                "What tracing found about its records, once it was traced: GET {returned}, or the page of the file"
            ));
        }
    }
    Ok(Exit::Fine)
}
