//! `haven key`: which keys there are, how they are protected, changed and destroyed. No verb shows a key.

mod check;

pub(crate) use check::concerns;

use crate::{
    cli::KeyVerb,
    config::{Config, ProcessZone},
    desks::custody::{CustodyDesk, Keyholder, age, what_for},
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use control::{KeyChange, KeyRequest};
use custody::{Algorithm, KeyFacts, KeyState, imported};
use model::Content;
use std::{path::Path, sync::Arc};

pub(crate) async fn run(
    verb: KeyVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    if let KeyVerb::Check = verb {
        return check::run(&config, output);
    }
    let workspace = Workspace::open(config, content).await?;
    let everywhere = matches!(
        verb,
        KeyVerb::Protect
            | KeyVerb::Recipient
            | KeyVerb::Share { .. }
            | KeyVerb::People { .. }
            | KeyVerb::Credential { .. }
    );
    if !everywhere {
        workspace.of_zone(ProcessZone::Custody)?;
    }
    let desk = CustodyDesk::new(&workspace);
    match verb {
        KeyVerb::List => list(&workspace, &desk, output).await?,
        KeyVerb::New {
            domain,
            sealing,
            person,
        } => {
            let algorithm = if sealing {
                Algorithm::Aes256Siv
            } else {
                Algorithm::HmacSha256
            };
            let who = keyholder(&workspace, &person).await?;
            let id = desk.draw_first(&who, &domain, algorithm)?;
            told(output, &format!("Key {id} of {domain} is in use."), &id);
        }
        KeyVerb::Rotate {
            domain,
            person,
            why,
        } => {
            let who = keyholder(&workspace, &person).await?;
            let number = desk
                .ask(&who, &domain, KeyChange::Rotate, None, &why)
                .await?;
            waits(output, number);
        }
        KeyVerb::Destroy {
            domain,
            id,
            person,
            why,
        } => {
            let who = keyholder(&workspace, &person).await?;
            let id = id.as_deref();
            let number = desk
                .ask(&who, &domain, KeyChange::Destroy, id, &why)
                .await?;
            waits(output, number);
        }
        KeyVerb::Approve { number, person } => {
            let who = keyholder(&workspace, &person).await?;
            decided(output, &desk.decide(&who, number, true).await?);
        }
        KeyVerb::Refuse { number, person } => {
            let who = keyholder(&workspace, &person).await?;
            decided(output, &desk.decide(&who, number, false).await?);
        }
        KeyVerb::Bridge {
            domain,
            people,
            person,
        } => {
            let who = keyholder(&workspace, &person).await?;
            let people = match people {
                Some(file) => std::fs::read_to_string(&file)
                    .with_context(|| format!("cannot read `{}`", file.display()))?
                    .lines()
                    .map(str::to_owned)
                    .collect(),
                None => workspace.identified()?.people().await?,
            };
            let from = desk.bridge(&who, &domain, &people)?;
            let words = format!(
                "Pseudonyms of {domain} made under {} can be led to the key in use, for {} people. Only the keeper of the keys can use this.",
                from.join(", "),
                people.len()
            );
            told(output, &words, &domain);
        }
        other => files(other, &workspace, output).await?,
    }
    Ok(Exit::Fine)
}

/// The verbs about files of keys and credentials, which change no key.
async fn files(verb: KeyVerb, workspace: &Workspace, output: &Output) -> Result<()> {
    match verb {
        KeyVerb::People { out } => {
            let people = workspace.identified()?.people().await?;
            let text = people.join("\n");
            custody::write_whole(&out, text.as_bytes(), false)
                .with_context(|| format!("cannot write `{}`", out.display()))?;
            let words = format!(
                "{} people, by internal identities. Delete it once the bridge is made.",
                people.len()
            );
            told(output, &words, &people.len().to_string());
        }
        KeyVerb::Credential { out } => {
            let mut bytes = [0u8; 32];
            getrandom::fill(&mut bytes)
                .map_err(|e| anyhow::anyhow!("no random numbers could be had: {e}"))?;
            let credential = zeroize::Zeroizing::new(hex::encode(bytes));
            custody::write_whole(&out, credential.as_bytes(), false)
                .with_context(|| format!("cannot write `{}`", out.display()))?;
            let digest = custody::credential_digest(&credential);
            told(
                output,
                &format!("credential_sha256 = \"{digest}\""),
                &digest,
            );
        }
        KeyVerb::Protect => protect(workspace, output)?,
        KeyVerb::Recipient => {
            let recipient = workspace.keys.guard().recipient()?;
            told(output, &recipient, &recipient);
        }
        KeyVerb::Share { zone, to, out } => share(workspace, &zone, &to, &out, output)?,
        KeyVerb::Import { file, domain, out } => import(workspace, &file, &domain, &out, output)?,
        _ => {}
    }
    Ok(())
}

async fn list(workspace: &Workspace, desk: &CustodyDesk<'_>, output: &Output) -> Result<()> {
    let now = workspace.clock.now();
    let facts = desk.facts()?;
    let requests = workspace.control.key_requests().await?;
    if output.json {
        let keys: Vec<_> = facts
            .iter()
            .map(|key| {
                serde_json::json!({
                    "domain": key.domain, "id": key.id, "algorithm": key.algorithm.word(),
                    "state": state(key), "made": key.made, "days": age(key, now), "held": key.held,
                })
            })
            .collect();
        let requests: Vec<_> = requests
            .iter()
            .map(|r| {
                serde_json::json!({
                    "number": r.number, "domain": r.asked.domain, "change": r.asked.change,
                    "key": r.asked.key_id, "state": r.state(), "asked_by": r.asked.asked_by,
                    "decided_by": r.decided.as_ref().map(|(by, _)| by),
                })
            })
            .collect();
        output.document(&serde_json::json!({"version": 1, "keys": keys, "changes": requests}));
        return Ok(());
    }
    let header = [
        "Domain",
        "Key",
        "Algorithm",
        "State",
        "Made",
        "Days",
        "Held in",
        "For",
    ]
    .map(str::to_owned);
    let rows: Vec<_> = facts
        .iter()
        .map(|key| {
            let days = age(key, now).map(|days| days.to_string());
            vec![
                Some(key.domain.clone()),
                Some(key.id.clone()),
                Some(key.algorithm.word().to_owned()),
                Some(state(key).to_owned()),
                key.made.clone(),
                days,
                Some(key.held.to_owned()),
                Some(what_for(&key.domain)),
            ]
        })
        .collect();
    output.result(&table(&header, &rows));
    for request in requests.iter().filter(|r| r.done_at.is_none()) {
        output.tell(&format!(
            "Change {}: {} {} of {}, asked for by {}, is {}.",
            request.number,
            request.asked.change,
            request.asked.key_id,
            request.asked.domain,
            request.asked.asked_by,
            request.state()
        ));
    }
    Ok(())
}

const fn state(key: &KeyFacts) -> &'static str {
    match key.state {
        KeyState::InUse => "in use",
        KeyState::Earlier => "earlier",
        KeyState::Destroyed { .. } => "destroyed",
    }
}

/// Protects every key file of the settings that is plain, and the identity where there is a passphrase.
fn protect(workspace: &Workspace, output: &Output) -> Result<()> {
    let guard = workspace.keys.guard();
    let mut done = Vec::new();
    for path in workspace.config.key_files() {
        if path.exists() && guard.protect(&path)? {
            done.push(path.display().to_string());
        }
    }
    if guard.protect_identity()? {
        done.push(guard.identity_path().display().to_string());
    }
    if output.json {
        output.document(&serde_json::json!({"version": 1, "protected": done}));
        return Ok(());
    }
    for path in &done {
        output.result(&format!("protected {path}"));
    }
    if done.is_empty() {
        output.result("Every key file is protected already.");
    }
    output.tell(&format!(
        "They open with the identity in {}. Keep a copy of it away from this machine: without it the data cannot be read.",
        guard.identity_path().display()
    ));
    Ok(())
}

/// Writes a copy of a store's key for somebody else's recipient.
fn share(workspace: &Workspace, zone: &str, to: &str, out: &Path, output: &Output) -> Result<()> {
    let config = &workspace.config;
    let zone = match zone {
        "handover" => &config.handover,
        other => {
            return Err(Usage(format!(
                "the key of `{other}` is for its own zone alone; only `handover` has a key that two zones share"
            ))
            .into());
        }
    };
    let path = config.place(&zone.key);
    if !path.exists() {
        // Whoever comes first makes it.
        workspace.keys.of_store(config, zone, "handover")?;
    }
    let copy = workspace.keys.guard().copy_for(&path, to)?;
    custody::write_whole(out, &copy, false)
        .with_context(|| format!("cannot write `{}`", out.display()))?;
    told(
        output,
        &format!(
            "Written to {}. Only the holder of that identity can open it.",
            out.display()
        ),
        &out.display().to_string(),
    );
    Ok(())
}

/// Swaps values of `OpenPseudonymiser` for pseudonyms of a domain, line by line.
fn import(
    workspace: &Workspace,
    file: &Path,
    domain: &str,
    out: &Path,
    output: &Output,
) -> Result<()> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read `{}`", file.display()))?;
    let mut values = Vec::new();
    for (row, line) in (1..).zip(text.lines()) {
        // The first line may be the name of the column.
        match imported(line.trim_matches(['"', ','])) {
            Ok(value) => values.push(value),
            Err(_) if row == 1 || line.trim().is_empty() => {}
            Err(fault) => return Err(Usage(format!("row {row}: {fault}")).into()),
        }
    }
    let texts: Vec<&str> = values.iter().map(custody::Imported::as_str).collect();
    let made =
        workspace
            .keys
            .of_recipients()
            .pseudonyms(domain, custody::Kind::Recipient, &texts)?;
    let mut lines = String::from("pseudonym\n");
    for pseudonym in &made {
        lines.push_str(pseudonym);
        lines.push('\n');
    }
    custody::write_whole(out, lines.as_bytes(), true)
        .with_context(|| format!("cannot write `{}`", out.display()))?;
    let words = format!("{} values in, {} pseudonyms out.", values.len(), made.len());
    told(output, &words, &made.len().to_string());
    Ok(())
}

/// The person behind an account, in a position that has to do with keys.
async fn keyholder(workspace: &Workspace, username: &str) -> Result<Keyholder> {
    let account = workspace.control.account(username).await?;
    let account = account.ok_or_else(|| {
        NotAllowed(format!(
            "there is no account `{username}` here; name yours with `--as`"
        ))
    })?;
    Keyholder::of(&account)
}

fn told(output: &Output, words: &str, result: &str) {
    if output.json {
        output.document(&serde_json::json!({"version": 1, "result": result}));
    } else {
        output.result(words);
    }
}

fn waits(output: &Output, number: u64) {
    let words = format!(
        "Change {number} waits for another key custodian or an asset owner: `haven key approve {number} --as THEM`"
    );
    told(output, &words, &number.to_string());
}

fn decided(output: &Output, request: &KeyRequest) {
    let words = format!(
        "Change {} ({} {} of {}) is {}.",
        request.number,
        request.asked.change,
        request.asked.key_id,
        request.asked.domain,
        request.state()
    );
    told(output, &words, request.state().as_str());
    if request.asked.change == KeyChange::Rotate && request.done_at.is_some() {
        output.tell(&format!(
            "Run `haven key bridge {}`, then `haven pseudonymise` and `haven derive`, so that everything carries the new key.",
            request.asked.domain
        ));
    }
}
