//! `haven correct`: decisions about links are applied, all that was made from the links is made again, what was released
//! from it is listed, and those who used it are told. Killed and run again, it ends the same.

use super::steps::Teller;
use crate::{
    config::Config,
    desks::corrections,
    fault::Exit,
    journey,
    output::{Output, table, thousands},
    workspace::Workspace,
};
use anyhow::Result;
use laptop::Defaults;
use link::LinkageModel;
use model::Content;
use std::sync::Arc;

pub(crate) async fn run(config: Config, content: Arc<Content>, output: &Output) -> Result<Exit> {
    let model = LinkageModel::read(&content, &Defaults::read(&content)?.linkage)?;
    let workspace = Workspace::open(config, content).await?;
    let mut teller = Teller::new(output);
    let identified = workspace.identified()?;
    identified.mend().await?;
    let changed = journey::link(&identified, &model, &mut teller).await?;
    journey::hand_over(&identified, &mut teller).await?;
    let all = identified.corrections().await?;
    drop(identified);
    journey::derive(&workspace.analysis()?, &mut teller).await?;

    let mut lines = Vec::new();
    let mut told = 0;
    for correction in &all {
        let touched = corrections::touched(&workspace, correction).await?;
        told += corrections::tell(&workspace, correction, &touched).await?;
        if correction.changed == changed && lines.is_empty() && !changed.is_empty() {
            lines.extend(
                touched
                    .releases
                    .into_iter()
                    .map(|r| (r.id, r.title, r.created_by)),
            );
        }
    }
    let sum = |counts: &std::collections::BTreeMap<String, u64>| counts.values().sum::<u64>();
    if output.json {
        let releases: Vec<_> = lines
            .iter()
            .map(|(id, title, by)| serde_json::json!({"id": id, "title": title, "made_by": by}))
            .collect();
        output.document(&serde_json::json!({
            "version": 1, "changed": changed, "releases": releases, "told": told, "steps": teller.steps,
        }));
        return Ok(Exit::Fine);
    }
    output.result(&format!(
        "{} records are about another person by decision, {} by new evidence; {} people told",
        thousands(sum(&changed.by_decision)),
        thousands(sum(&changed.by_evidence)),
        thousands(told)
    ));
    if !lines.is_empty() {
        let header = ["Release", "Title", "Made by"].map(str::to_owned);
        let rows: Vec<_> = lines
            .into_iter()
            .map(|(id, title, by)| vec![Some(id), Some(title), Some(by)])
            .collect();
        output.result(&format!(
            "Released before from what changed:\n{}",
            table(&header, &rows)
        ));
    }
    Ok(Exit::Fine)
}
