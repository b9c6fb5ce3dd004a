//! `haven evidence`: the page that shows how each statement of the standard is met.

use crate::{
    cli::EvidenceArgs, config::Config, evidence, fault::Exit, output::Output, workspace::Workspace,
};
use anyhow::{Context, Result};
use model::{Content, WholeFile};
use pages::{EvidenceView, Frame};
use std::{io::Write as _, path::Path, sync::Arc};

pub(crate) async fn run(
    args: &EvidenceArgs,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let view = evidence::view(&workspace).await?;
    if output.json {
        output.document(&document(&view));
        return Ok(Exit::Fine);
    }
    let frame = Frame {
        service: workspace.config.site.name.clone(),
        operator: String::new(),
        navigation: Vec::new(),
        reader: None,
        help_href: "/help".to_owned(),
        logo: None,
    };
    let page = pages::evidence(&frame, &view).0;
    if args.out == "-" {
        output.bytes(page.as_bytes());
    } else {
        let cannot = || format!("cannot write `{}`", args.out);
        let mut file = WholeFile::new(Path::new(&args.out)).with_context(cannot)?;
        file.write_all(page.as_bytes()).with_context(cannot)?;
        file.keep().with_context(cannot)?;
        for (role, all, met) in &view.totals {
            output.tell(&format!("{role}: {met} of {all} statements met"));
        }
    }
    Ok(Exit::Fine)
}

fn document(view: &EvidenceView) -> serde_json::Value {
    let statements: Vec<serde_json::Value> = view
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.statements)
        .map(|s| {
            serde_json::json!({
                "id": s.id, "asks": s.gist, "importance": s.importance, "role": s.role,
                "met": format!("{:?}", s.met).to_lowercase(), "how": s.how,
                "tests": s.tests, "facts": s.facts, "guides": s.guides,
            })
        })
        .collect();
    serde_json::json!({"version": 1, "standard": view.title, "at": view.at, "statements": statements})
}
