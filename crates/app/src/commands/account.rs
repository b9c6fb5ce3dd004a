//! `haven account`: who may sign in to the site, as what, and until when.
//!
//! Whoever runs it has the machine itself. Each change is in the log; what takes two people is asked for here and
//! decided on the site, where it is known who decides.

mod machines;

use crate::{
    cli::{AccountVerb, FactArgs},
    config::Config,
    fault::{Exit, Usage},
    output::Output,
    roles::Roles,
    workspace::Workspace,
};
use anyhow::Result;
use control::{Fact, NewAccount, NewRequest, Password, Position};
use govern::{AuditKeeper, EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, OrganisationCode};
use serde_json::json;
use std::sync::Arc;

/// Who acts, in the log and in requests.
const ACTOR: &str = "haven account";

pub(crate) async fn run(
    verb: AccountVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    if matches!(verb, AccountVerb::List) {
        return list(&workspace, output).await;
    }
    let (username, done) = change(verb, &workspace, output).await?;
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::AccountChanged, ACTOR, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(format!("account {username} {done}"));
    workspace.audit.keep(entry)?;
    output.tell(&format!("Account {username} {done}."));
    Ok(Exit::Fine)
}

/// Changes something, and says whose account it was and what was done.
async fn change(
    verb: AccountVerb,
    workspace: &Workspace,
    output: &Output,
) -> Result<(String, String)> {
    let control = &workspace.control;
    let now = workspace.clock.now();
    Ok(match verb {
        add @ AccountVerb::Add { .. } => add_account(add, workspace).await?,
        AccountVerb::Token {
            username,
            revoke: true,
            ..
        } => {
            let ended = control.revoke_tokens(&username).await?;
            output.tell(&format!("{ended} tokens ended."));
            (username, "lost its tokens".to_owned())
        }
        AccountVerb::Token {
            username,
            organisation,
            role,
            days,
            ..
        } => {
            let position = position(&role, &organisation.unwrap_or_default())?;
            let ends_at = now + chrono::TimeDelta::days(i64::from(days));
            let token = control
                .create_token(&username, &position, now, ends_at)
                .await?;
            output.result(token.reveal());
            (username, "given a token".to_owned())
        }
        AccountVerb::Disable { username } => {
            control.disable_account(&username, now).await?;
            (username, "disabled".to_owned())
        }
        AccountVerb::Enable { username } => {
            control.enable_account(&username, now).await?;
            (username, "enabled".to_owned())
        }
        AccountVerb::Give {
            username,
            role,
            organisation,
            reason,
        } => give(workspace, username, position(&role, &organisation)?, reason).await?,
        AccountVerb::Take {
            username,
            role,
            organisation,
        } => {
            let position = position(&role, &organisation)?;
            let gone = control.take_position(&username, &position, now).await?;
            let done = if gone {
                "lost the role"
            } else {
                "did not have the role"
            };
            (username, format!("{done} {role} of {organisation}"))
        }
        AccountVerb::Record { username, facts } => {
            record(workspace, &username, &facts).await?;
            (username, "has new facts on record".to_owned())
        }
        AccountVerb::Reset { username, reason } => {
            ask(workspace, &username, None, reason).await?;
            (username, "asked to have its second factor reset".to_owned())
        }
        AccountVerb::Invite { username } => {
            let token = control.invite(&username, ACTOR, now).await?;
            let address = workspace.config.public_address();
            output.result(&format!("{address}/sign-in/first/{}", token.reveal()));
            (username, "given a link for a new password".to_owned())
        }
        verb @ (AccountVerb::Machine { .. } | AccountVerb::Directory { .. }) => {
            machines::change(verb, workspace, output).await?
        }
        AccountVerb::List => (String::new(), String::new()),
    })
}

/// Adds somebody, with a password from standard input.
async fn add_account(verb: AccountVerb, workspace: &Workspace) -> Result<(String, String)> {
    let AccountVerb::Add {
        username,
        name,
        organisation,
        roles,
        invented,
        facts,
    } = verb
    else {
        return Err(Usage("this adds nobody".to_owned()).into());
    };
    let positions = roles
        .iter()
        .map(|role| position(role, &organisation))
        .collect::<Result<Vec<_>>>()?;
    let text = std::io::read_to_string(std::io::stdin())?;
    let new = NewAccount {
        username: username.clone(),
        display_name: name,
        positions,
        password: Password::new(text.trim_end_matches(['\r', '\n']).to_owned()),
    };
    let now = workspace.clock.now();
    let made = workspace.control.create_account(&new, now).await?;
    if made && invented {
        workspace.control.mark_invented(&username).await?;
    }
    record(workspace, &username, &facts).await?;
    let done = if invented {
        "added as invented"
    } else {
        "added"
    };
    Ok((username, done.to_owned()))
}

fn position(role: &str, organisation: &str) -> Result<Position> {
    let organisation = OrganisationCode::new(organisation).map_err(|e| Usage(e.to_string()))?;
    Ok(Position {
        role: super::role(role)?,
        organisation,
    })
}

async fn give(
    workspace: &Workspace,
    username: String,
    position: Position,
    reason: String,
) -> Result<(String, String)> {
    let roles = Roles::read(&workspace.content, &workspace.config.accounts)?;
    let what = format!("{} of {}", position.role, position.organisation);
    if roles.of(position.role).approval {
        ask(workspace, &username, Some(position), reason).await?;
        return Ok((
            username,
            format!("is to have the role {what}; a second person decides"),
        ));
    }
    let now = workspace.clock.now();
    workspace
        .control
        .give_position(&username, &position, now)
        .await?;
    Ok((username, format!("given the role {what}")))
}

async fn ask(
    workspace: &Workspace,
    username: &str,
    position: Option<Position>,
    reason: String,
) -> Result<()> {
    let new = NewRequest {
        username: username.to_owned(),
        position,
        reason,
        asked_by: ACTOR.to_owned(),
    };
    let now = workspace.clock.now();
    workspace.control.ask_for_account(&new, now).await??;
    Ok(())
}

async fn record(workspace: &Workspace, username: &str, facts: &FactArgs) -> Result<()> {
    for (fact, value) in [
        (Fact::Employer, &facts.employer),
        (Fact::EmployedUntil, &facts.employed_until),
        (Fact::TrainedUntil, &facts.trained_until),
    ] {
        if let Some(value) = value {
            let now = workspace.clock.now();
            workspace
                .control
                .record_fact(username, fact, value, ACTOR, now)
                .await?;
        }
    }
    Ok(())
}

/// Everybody, a line each, or as a document.
async fn list(workspace: &Workspace, output: &Output) -> Result<Exit> {
    let mut people = Vec::new();
    for account in workspace.control.accounts().await? {
        let facts = workspace.control.person_facts(&account.username).await?;
        let second = workspace.control.second_factor(&account.username).await?;
        let roles: Vec<String> = account
            .positions
            .iter()
            .map(|p| format!("{}@{}", p.role, p.organisation))
            .collect();
        if !output.json {
            let state = if account.disabled_at.is_some() {
                "disabled"
            } else {
                "open"
            };
            let line = format!("{:<24} {state:<9} {}", account.username, roles.join(" "));
            output.result(&line);
        }
        people.push(json!({
            "username": account.username,
            "name": account.display_name,
            "roles": roles,
            "disabled": account.disabled_at.is_some(),
            "invented": account.invented,
            "second_factor": second.is_some(),
            "employed_until": facts.employed_until.map(|d| d.to_string()),
            "trained_until": facts.trained_until.map(|d| d.to_string()),
        }));
    }
    if output.json {
        output.document(&json!({ "version": 1, "people": people }));
    }
    Ok(Exit::Fine)
}
