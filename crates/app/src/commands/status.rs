//! `haven status`: where each submission is.

use crate::{
    config::Config,
    fault::Exit,
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::Result;
use model::Content;
use std::sync::Arc;

pub(crate) async fn run(config: Config, content: Arc<Content>, output: &Output) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let submissions = workspace.control.all_submissions().await?;
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
