//! Programs that sign assertions, and directories: registered by whoever has the machine itself.

use crate::{cli::AccountVerb, fault::Usage, output::Output, workspace::Workspace};
use anyhow::{Context, Result};
use control::KeyAlgorithm;

/// Changes one, and says whose account it was and what was done.
pub(super) async fn change(
    verb: AccountVerb,
    workspace: &Workspace,
    output: &Output,
) -> Result<(String, String)> {
    let control = &workspace.control;
    let now = workspace.clock.now();
    match verb {
        AccountVerb::Machine {
            client_id,
            disable: true,
            ..
        } => {
            let done = control.disable_machine(&client_id, now).await?;
            let words = if done {
                "disabled"
            } else {
                "not there, or disabled before"
            };
            Ok((client_id, words.to_owned()))
        }
        AccountVerb::Machine {
            client_id,
            key_id,
            end_key: true,
            ..
        } => {
            let done = control.end_machine_key(&client_id, &key_id, now).await?;
            let words = if done {
                "ended"
            } else {
                "not there, or ended before"
            };
            Ok((client_id, format!("key {key_id} {words}")))
        }
        AccountVerb::Machine {
            client_id,
            name,
            organisation,
            role,
            key,
            key_id,
            algorithm,
            ..
        } => {
            if control.machine(&client_id).await?.is_none() {
                let code = organisation.unwrap_or_default();
                let position = super::position(&role, &code)?;
                let name = name.unwrap_or_else(|| client_id.clone());
                let made = control
                    .create_machine(&client_id, &name, &position, super::ACTOR, now)
                    .await?;
                if !made {
                    return Err(Usage(format!("`{client_id}` is the name of a person")).into());
                }
            }
            let Some(file) = key else {
                return Ok((client_id, "registered as a program".to_owned()));
            };
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("cannot read `{}`", file.display()))?;
            let algorithm = KeyAlgorithm::from_word(&algorithm)
                .ok_or_else(|| Usage(format!("there is no algorithm `{algorithm}`")))?;
            let added = control
                .add_machine_key(&client_id, &key_id, algorithm, &text, super::ACTOR, now)
                .await?;
            if !added {
                let fault = format!(
                    "`{client_id}` has or had a key `{key_id}`; give this one another name with --key-id"
                );
                return Err(Usage(fault).into());
            }
            Ok((client_id, format!("given the key {key_id}")))
        }
        AccountVerb::Directory { name, days } => {
            let ends_at = now + chrono::TimeDelta::days(i64::from(days));
            let token = control
                .create_directory(&name, super::ACTOR, now, ends_at)
                .await?;
            output.result(token.reveal());
            Ok((name, "given the credential of a directory".to_owned()))
        }
        _ => Err(Usage("this is no program and no directory".to_owned()).into()),
    }
}
