//! `haven preferences`: lists that the check service of the National Data Opt-out cleans.

use super::subject_access::has_role;
use crate::{
    cli::PreferencesVerb,
    config::Config,
    desks::preferences::refusal,
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table, thousands},
    routes::send_list,
    workspace::Workspace,
};
use anyhow::{Context, Result};
use control::{ListState, PreferenceList};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, WholeFile};
use std::{fs::File, io::Write as _, path::Path, sync::Arc};

/// Who acts, where it is the command line.
const BY: &str = "haven preferences";

pub(crate) async fn run(
    verb: &PreferencesVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    match verb {
        PreferencesVerb::Check {
            request: Some(path),
            ..
        } => ask(&workspace, path, output).await,
        PreferencesVerb::Check {
            answer: Some(path), ..
        } => answer(&workspace, path, output).await,
        PreferencesVerb::Check { send: true, .. } => send(&workspace, output).await,
        PreferencesVerb::Check { .. } | PreferencesVerb::Lists => lists(&workspace, output).await,
        PreferencesVerb::Apply => apply(&workspace, output).await,
        PreferencesVerb::TakenInAgain { by } => taken_in_again(&workspace, by, output).await,
        PreferencesVerb::Report => report(&workspace, output).await,
    }
}

async fn ask(workspace: &Workspace, path: &Path, output: &Output) -> Result<Exit> {
    let asked = workspace.identified()?.ask_about_everyone(BY).await?;
    let written = WholeFile::new(path).and_then(|mut file| {
        file.write_all(&asked.file)?;
        file.keep()
    });
    written.with_context(|| format!("cannot write `{}`", path.display()))?;
    let list = &asked.list;
    if output.json {
        output.document(&serde_json::json!({"version": 1, "list": document(list)}));
    } else {
        output.result(&format!(
            "{} asks about {} NHS numbers (list {}). Send it to the check service, and bring its answer with `haven preferences check --answer FILE`.",
            path.display(),
            thousands(list.count_in),
            list.number
        ));
    }
    Ok(Exit::Fine)
}

async fn send(workspace: &Workspace, output: &Output) -> Result<Exit> {
    if workspace.config.mesh.address.is_empty() {
        return Err(Usage("there is no mailbox: set `mesh.address`, `mesh.mailbox` and the rest of docs/mesh.md in haven.toml".to_owned()).into());
    }
    let asked = workspace.identified()?.ask_about_everyone(BY).await?;
    let list = &asked.list;
    let message = send_list(workspace, list.number, &asked.file).await?;
    workspace
        .control
        .list_went_out(list.number, &message)
        .await?;
    if output.json {
        output.document(
            &serde_json::json!({"version": 1, "list": document(list), "message": message}),
        );
    } else {
        output.result(&format!(
            "Asked {} about {} NHS numbers (list {}, message {message}).",
            workspace.config.preferences.recipient,
            thousands(list.count_in),
            list.number
        ));
    }
    Ok(Exit::Fine)
}

async fn answer(workspace: &Workspace, path: &Path, output: &Output) -> Result<Exit> {
    let desk = workspace.identified()?;
    let file = File::open(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let taken = match desk.take_answer(file, BY).await {
        Ok(taken) => taken,
        Err(fault) => {
            let Some(why) = refusal(&fault) else {
                return Err(fault);
            };
            output.fault(&format!("{}: {why}", path.display()));
            return Ok(Exit::DataHasProblems);
        }
    };
    desk.hand_over_preferences(&mut |_| {}).await?;
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "list": document(&taken.list), "was_there": taken.was_there,
        }));
    } else {
        output.result(&format!(
            "{} of {} NHS numbers may be used; it holds until {}{}.",
            thousands(taken.answer.count_out),
            thousands(taken.list.count_in),
            pages::format::moment(taken.answer.expires_at),
            if taken.was_there {
                " (taken before, nothing was changed)"
            } else {
                ""
            }
        ));
    }
    Ok(Exit::Fine)
}

async fn apply(workspace: &Workspace, output: &Output) -> Result<Exit> {
    let desk = workspace.identified()?;
    let done = desk.hand_over_preferences(&mut |_| {}).await?;
    output.result(&format!(
        "What people said was brought across: {}.",
        pages::format::counted(done.len() as u64, "table", "tables")
    ));
    Ok(Exit::Fine)
}

/// After a backup was put back: what people said since is taken in again, and a privacy officer vouches for it.
async fn taken_in_again(workspace: &Workspace, by: &str, output: &Output) -> Result<Exit> {
    has_role(workspace, by, &["privacy_officer"]).await?;
    if workspace.control.put_back_waiting().await?.is_none() {
        return Err(NotAllowed("no backup was put back that waits for this".to_owned()).into());
    }
    let desk = workspace.identified()?;
    desk.hand_over_preferences(&mut |_| {}).await?;
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::PreferenceTaken, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Preference);
    entry.reason = Some("what people said after a backup was made was taken in again".to_owned());
    workspace.audit.keep(entry)?;
    workspace.control.taken_in_again(by, now).await?;
    output.result("Questions are answered again.");
    Ok(Exit::Fine)
}

async fn lists(workspace: &Workspace, output: &Output) -> Result<Exit> {
    let lists = workspace.control.preference_lists().await?;
    let now = workspace.clock.now();
    if output.json {
        let all: Vec<_> = lists.iter().map(document).collect();
        output.document(&serde_json::json!({"version": 1, "lists": all}));
        return Ok(Exit::Fine);
    }
    let header = [
        "List",
        "Kind",
        "Asked for",
        "Numbers",
        "May be used",
        "State",
    ]
    .map(str::to_owned);
    let rows: Vec<_> = lists
        .iter()
        .map(|list| {
            let state = match (&list.answer, list.state) {
                (Some(answer), ListState::Answered) if answer.expires_at <= now => {
                    format!(
                        "out of date since {}",
                        pages::format::moment(answer.expires_at)
                    )
                }
                (Some(answer), ListState::Answered) => {
                    format!("holds until {}", pages::format::moment(answer.expires_at))
                }
                (_, state) => state.to_string(),
            };
            vec![
                Some(list.number.to_string()),
                Some(list.kind.clone()),
                Some(pages::format::moment(list.requested_at)),
                Some(thousands(list.count_in)),
                list.answer.as_ref().map(|a| thousands(a.count_out)),
                Some(state),
            ]
        })
        .collect();
    if rows.is_empty() {
        output.tell("No list was asked for yet.");
    } else {
        output.result(&table(&header, &rows));
    }
    Ok(Exit::Fine)
}

async fn report(workspace: &Workspace, output: &Output) -> Result<Exit> {
    let report = workspace.analysis()?.left_out().await?;
    if output.json {
        output.document(
            &serde_json::json!({"version": 1, "left_out": report.rows, "rules": report.rules}),
        );
        return Ok(Exit::Fine);
    }
    let header = ["Agreement", "Table", "Preference", "People"].map(str::to_owned);
    let rows: Vec<_> = report
        .rows
        .into_iter()
        .map(|row| {
            vec![
                Some(row.agreement),
                Some(row.table),
                Some(row.kind),
                Some(row.people),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    output.tell(&report.rules);
    Ok(Exit::Fine)
}

/// A list for machines: facts and counts.
fn document(list: &PreferenceList) -> serde_json::Value {
    let answer = list.answer.as_ref();
    serde_json::json!({
        "number": list.number,
        "kind": list.kind,
        "state": list.state,
        "requested_at": list.requested_at,
        "count_in": list.count_in,
        "answered_at": answer.map(|a| a.answered_at),
        "count_out": answer.map(|a| a.count_out),
        "digest": answer.map(|a| a.digest.clone()),
        "expires_at": answer.map(|a| a.expires_at),
    })
}
