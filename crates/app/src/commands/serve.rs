//! `haven serve`: the site.

use crate::{
    cli::ServeArgs,
    config::{Config, ProcessZone},
    fault::Exit,
    key_service,
    output::Output,
    routes, tls,
    workspace::Workspace,
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
    if let Some(zone) = args.zone {
        config.zone = zone.into();
    }
    let workspace = Arc::new(Workspace::open(config, content).await?);
    serve(workspace, output).await
}

/// Serves until the process is told to stop.
pub(crate) async fn serve(workspace: Arc<Workspace>, output: &Output) -> Result<Exit> {
    let zone = workspace.config.zone;
    let tls = tls::acceptor(&workspace.config)?;
    let site = routes::site(Arc::clone(&workspace))?;
    if zone.does(ProcessZone::Landing) {
        workspace.identified()?.mend().await?;
        routes::keep_house(Arc::clone(&workspace));
        routes::keep_mailbox(&site)?;
    }
    if zone.does(ProcessZone::Custody) {
        key_service::keep_keys(&workspace)?;
    }
    let address = workspace.config.site.address.clone();
    let listener = tokio::net::TcpListener::bind(&address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    let local = listener.local_addr()?;
    let scheme = if tls.is_some() {
        "https"
    } else {
        tls::plain_is_local(local)?;
        "http"
    };
    output.tell(&format!("Serving on {scheme}://{local}"));
    routes::serve(listener, tls, site).await?;
    Ok(Exit::Fine)
}
