//! `haven serve`: the site.

use crate::{
    cli::ServeArgs, config::Config, fault::Exit, output::Output, routes, workspace::Workspace,
};
use anyhow::{Context, Result};
use model::Content;
use std::sync::Arc;

pub(crate) async fn run(
    args: &ServeArgs,
    mut config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    if let Some(address) = &args.address {
        config.site.address.clone_from(address);
    }
    let workspace = Arc::new(Workspace::open(config, content).await?);
    serve(workspace, output).await
}

/// Serves until the process is told to stop.
pub(crate) async fn serve(workspace: Arc<Workspace>, output: &Output) -> Result<Exit> {
    let site = routes::site(Arc::clone(&workspace))?;
    workspace.identified()?.mend().await?;
    routes::keep_house(Arc::clone(&workspace));
    routes::keep_mailbox(&site)?;
    let address = workspace.config.site.address.clone();
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    output.tell(&format!("Serving on http://{}", listener.local_addr()?));
    routes::serve(listener, site).await?;
    Ok(Exit::Fine)
}
