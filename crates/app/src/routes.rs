//! The site: what answers at which address. One file per page below `routes/`.

use crate::workspace::Workspace;
use axum::Router;
use std::sync::Arc;

/// All addresses of the site.
pub(crate) fn router(workspace: Arc<Workspace>) -> Router {
    let _ = workspace;
    Router::new()
}
