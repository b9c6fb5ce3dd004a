//! `haven account`: who may sign in to the site.

use crate::{
    cli::AccountVerb,
    config::Config,
    fault::{Exit, Usage},
    output::Output,
    workspace::Workspace,
};
use anyhow::Result;
use control::{NewAccount, Password, Position};
use govern::{AuditKeeper, EntryBody, Kind, ObjectKind, Outcome};
use model::{Content, OrganisationCode};
use std::sync::Arc;

pub(crate) async fn run(
    verb: AccountVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let now = workspace.clock.now();
    let (username, done) = match verb {
        AccountVerb::Add {
            username,
            name,
            organisation,
            roles,
        } => {
            let organisation =
                OrganisationCode::new(&organisation).map_err(|e| Usage(e.to_string()))?;
            let positions = roles
                .iter()
                .map(|role| {
                    let role = super::role(role.as_str())?;
                    Ok(Position {
                        role,
                        organisation: organisation.clone(),
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            let text = std::io::read_to_string(std::io::stdin())?;
            let password = Password::new(text.trim_end_matches(['\r', '\n']).to_owned());
            let new = NewAccount {
                username: username.clone(),
                display_name: name,
                positions,
                password,
            };
            workspace.control.create_account(&new, now).await?;
            (username, "added")
        }
        AccountVerb::Token {
            username,
            revoke: true,
            ..
        } => {
            let ended = workspace.control.revoke_tokens(&username).await?;
            output.tell(&format!("{ended} tokens ended."));
            (username, "lost its tokens")
        }
        AccountVerb::Token {
            username,
            organisation,
            role,
            days,
            ..
        } => {
            let organisation = OrganisationCode::new(&organisation.unwrap_or_default())
                .map_err(|e| Usage(e.to_string()))?;
            let role = super::role(&role)?;
            let position = Position { role, organisation };
            let ends_at = now + chrono::TimeDelta::days(i64::from(days));
            let token = workspace
                .control
                .create_token(&username, &position, now, ends_at)
                .await?;
            output.result(token.reveal());
            (username, "given a token")
        }
        AccountVerb::Disable { username } => {
            workspace.control.disable_account(&username, now).await?;
            (username, "disabled")
        }
    };
    let mut entry = EntryBody::new(now, Kind::AccountChanged, "haven account", Outcome::Done);
    entry.object_kind = Some(ObjectKind::Account);
    entry.reason = Some(format!("account {username} {done}"));
    workspace.audit.keep(entry)?;
    output.tell(&format!("Account {username} {done}."));
    Ok(Exit::Fine)
}
