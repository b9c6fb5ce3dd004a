//! Corrections of links (`/linkage/corrections`), and the notices that they send.

use super::{Answer, visit::Visit};
use crate::desks::corrections::{about, touched};
use axum::{
    extract::Request,
    response::{IntoResponse as _, Redirect},
};
use control::Role;
use pages::{CorrectionView, CorrectionsView};
use std::collections::BTreeMap;

/// How many of the newest corrections are shown.
const SHOWN: usize = 24;

pub(super) async fn page(visit: &Visit) -> Answer {
    let workspace = &visit.site.workspace;
    let desk = workspace.identified()?;
    let session = visit.session()?;
    // Others' releases and who was told are for those who answer for them.
    let all = matches!(session.position.role, Role::Operator | Role::IgLead);
    let theirs = |username: &str| all || username == session.username;
    let mut view = CorrectionsView {
        waiting: desk.decisions_to_apply().await?,
        ..CorrectionsView::default()
    };
    for correction in desk.corrections().await?.into_iter().take(SHOWN) {
        let touched = touched(workspace, &correction).await?;
        let mut records: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for (table, count) in &correction.changed.by_decision {
            records.entry(table.clone()).or_default().0 = *count;
        }
        for (table, count) in &correction.changed.by_evidence {
            records.entry(table.clone()).or_default().1 = *count;
        }
        let told = workspace.control.told_of(&about(&correction)).await?;
        view.corrections.push(CorrectionView {
            links: correction.links,
            at: correction.at,
            records: records
                .into_iter()
                .map(|(table, (decided, evidence))| (table, decided, evidence))
                .collect(),
            tables: touched.tables.into_iter().collect(),
            releases: touched
                .releases
                .into_iter()
                .filter(|r| theirs(&r.created_by))
                .map(|r| (r.title, format!("/releases/{}", r.id), r.created_by))
                .collect(),
            told: told
                .into_iter()
                .filter(|n| theirs(&n.username))
                .map(|n| (n.username, n.read_at))
                .collect(),
        });
    }
    Ok(Visit::page(&pages::corrections(&visit.frame(), &view)))
}

/// A person has read a notice.
pub(super) async fn read(visit: &Visit, request: Request) -> Answer {
    let fields = visit.form(request).await?;
    let session = visit.session()?;
    let about = fields.get("about").map_or("", String::as_str);
    visit
        .site
        .workspace
        .control
        .mark_read(&session.username, about, visit.now)
        .await?;
    Ok(Redirect::to("/").into_response())
}
