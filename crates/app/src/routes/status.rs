//! Service status (`/status`): public, and for those who govern with the state of the audit log.

use super::{Answer, fault::Fault, visit::Visit};
use crate::desks::agreements::{LifeRules, due_after_end};
use control::Role;
use pages::{Link, PartState, StatusPart, StatusView};
use std::sync::Arc;

pub(super) async fn page(visit: &Visit) -> Answer {
    let workspace = &visit.site.workspace;
    let part = |name: &str, works: bool, trouble: &str| StatusPart {
        name: name.to_owned(),
        state: if works {
            PartState::Working
        } else {
            PartState::NotWorking
        },
        note: if works {
            String::new()
        } else {
            trouble.to_owned()
        },
    };
    let config = &workspace.config;
    let folder = |path: &std::path::Path| {
        std::fs::metadata(config.place(path))
            .is_ok_and(|m| m.is_dir() && !m.permissions().readonly())
    };
    let book = workspace.control.recent_runs(1).await.is_ok();
    let audit = workspace.audit.checkpoint().is_ok();
    let mut parts = vec![
        part("Signing in", book, "Nobody can sign in at the moment."),
        part(
            "Sending files",
            book && audit && folder(&config.identified.folder),
            "Files cannot be taken in at the moment. Keep yours and send it later.",
        ),
        part(
            "Asking and releasing",
            book && audit && folder(&config.handover.folder),
            "Questions cannot be answered at the moment.",
        ),
        part("Register of data uses", true, ""),
    ];
    if matches!(visit.role(), Some(Role::IgLead | Role::Operator)) {
        parts.push(audit_log(visit).await);
    }
    let view = StatusView {
        checked_at: visit.now,
        parts,
        due: due(visit).await?,
    };
    Ok(Visit::page(&pages::status(&visit.frame(), &view)))
}

/// What is due to be destroyed: for those who are told of it.
async fn due(visit: &Visit) -> Result<Vec<Link>, Fault> {
    let workspace = &visit.site.workspace;
    let rules = LifeRules::read(&workspace.content)?;
    let told = |role: Role| rules.warn_destruction.iter().any(|r| r == role.as_str());
    if !visit.role().is_some_and(told) {
        return Ok(Vec::new());
    }
    let (book, certified) = (workspace.agreements().await?, workspace.certified().await?);
    let due = due_after_end(&book, &rules, &certified, visit.today());
    Ok(due
        .into_iter()
        .map(|due| Link::new(due.words, format!("/agreements/{}", due.reference)))
        .collect())
}

/// Reads the whole log and proves it.
async fn audit_log(visit: &Visit) -> StatusPart {
    let audit = Arc::clone(&visit.site.workspace.audit);
    let verified = tokio::task::spawn_blocking(move || {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        match audit.verify(&[], &[], threads, &|_| {}) {
            Ok(Ok(verified)) => (true, Some(verified.entries)),
            _ => (false, None),
        }
    });
    let (whole, entries) = verified.await.unwrap_or((false, None));
    let entries = pages::format::counted(entries.unwrap_or_default(), "entry", "entries");
    StatusPart {
        name: "Audit log".to_owned(),
        state: if whole {
            PartState::Working
        } else {
            PartState::NotWorking
        },
        note: if whole {
            format!(
                "{entries}. The tree is whole, and agrees with the checkpoint that is kept outside the log."
            )
        } else {
            "The log does not agree with itself or with its checkpoint. Run `haven audit verify` to see where.".to_owned()
        },
    }
}
