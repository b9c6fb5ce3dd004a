//! `haven agreement`: read, check, compare, write, approve, sign, suspend, and ask what would be.

mod offline;
mod told;

use crate::{
    cli::{ActArgs, AgreementVerb, SignArgs, SimulateArgs, WhatArgs, WhichArgs, WhoArgs},
    config::Config,
    desks::agreements::{
        AgreementBook, LifeRefusal, LifeRules, SuspendWhat, actor_of, due_after_end, warn,
        warn_of_retention,
    },
    fault::{Exit, NotAllowed, Usage},
    output::Output,
    workspace::Workspace,
};
use anyhow::{Context as _, Result};
use control::{ActKind, NewSignature, SuspendedKind};
use govern::{Agreement, agreement::day_of};
use model::{Content, WholeFile};
use std::{io::Write as _, path::Path, sync::Arc};

pub(crate) async fn run(
    verb: &AgreementVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    match verb {
        AgreementVerb::Check { file } => return offline::check(file, &content, output),
        AgreementVerb::Diff { old, new } => return offline::diff(old, new, &content, output),
        AgreementVerb::New { template, out } => {
            return offline::new(template.as_deref(), out.as_deref(), &content, output);
        }
        _ => {}
    }
    let workspace = Workspace::open(config, content).await?;
    match verb {
        AgreementVerb::List { state } => list(&workspace, state.as_deref(), output).await,
        AgreementVerb::Show { reference, version } => {
            let (book, found) = asked(&workspace, reference, version.as_deref()).await?;
            let today = day_of(workspace.clock.now());
            told::one(&book, &found, today, output);
            Ok(Exit::Fine)
        }
        AgreementVerb::Export {
            reference,
            version,
            rule,
            out,
        } => {
            let (book, found) = asked(&workspace, reference, version.as_deref()).await?;
            export(&workspace, &book, &found, *rule, out.as_deref(), output)
        }
        AgreementVerb::Simulate(args) => simulate(&workspace, args, output).await,
        acting => act(&workspace, acting, output).await,
    }
}

async fn act(workspace: &Workspace, verb: &AgreementVerb, output: &Output) -> Result<Exit> {
    let rules = LifeRules::read(&workspace.content)?;
    match verb {
        AgreementVerb::Submit { file, act } => {
            let who = actor(workspace, &act.who, &rules.write).await?;
            let text = text_of(file)?;
            let done = workspace
                .submit_agreement(&who, &text, &act.why, None)
                .await?;
            let handed = allowed(done)?;
            let how = if handed.already {
                "was handed in before"
            } else {
                "waits for two approvals"
            };
            done_line(
                output,
                &serde_json::json!({"agreement": handed.reference, "agreement_version": handed.version, "digest": handed.digest}),
                &format!(
                    "{} version {} {how}. Digest {}",
                    handed.reference, handed.version, handed.digest
                ),
            );
        }
        AgreementVerb::Approve { which, words, who } => {
            judge(
                workspace,
                ActKind::Approved,
                which,
                who,
                words,
                &rules.approve,
                output,
            )
            .await?;
        }
        AgreementVerb::Return { which, act } => {
            let may = &rules.approve;
            judge(
                workspace,
                ActKind::Returned,
                which,
                &act.who,
                &act.why,
                may,
                output,
            )
            .await?;
        }
        AgreementVerb::Withdraw { which, act } => {
            let may = &rules.write;
            judge(
                workspace,
                ActKind::Withdrawn,
                which,
                &act.who,
                &act.why,
                may,
                output,
            )
            .await?;
        }
        AgreementVerb::Sign(args) => sign(workspace, args, &rules, output).await?,
        AgreementVerb::Suspend { what, act } => {
            suspend(workspace, what, act, &rules, output).await?;
        }
        AgreementVerb::Lift { number, act } => {
            let who = actor(workspace, &act.who, &rules.suspend).await?;
            let done = workspace.lift_suspension(&who, *number, &act.why).await?;
            let what = allowed(done)?;
            done_line(
                output,
                &serde_json::json!({"suspension": number, "kind": what.kind, "subject": what.subject}),
                &format!("{} {} is no longer suspended.", what.kind, what.subject),
            );
        }
        AgreementVerb::Close { reference, act } => {
            let who = actor(workspace, &act.who, &rules.close).await?;
            allowed(workspace.close_agreement(&who, reference, &act.why).await?)?;
            done_line(
                output,
                &serde_json::json!({"agreement": reference, "state": "closing"}),
                &format!("{reference} is being wound up."),
            );
        }
        _ => {}
    }
    Ok(Exit::Fine)
}

async fn judge(
    workspace: &Workspace,
    kind: ActKind,
    which: &WhichArgs,
    who: &WhoArgs,
    words: &str,
    roles: &[String],
    output: &Output,
) -> Result<()> {
    let who = actor(workspace, who, roles).await?;
    let digest = whole_digest(workspace, &which.digest).await?;
    let done = workspace
        .judge_agreement(kind, &who, &digest, words)
        .await?;
    let version = allowed(done)?;
    let book = workspace.agreements().await?;
    let state = book
        .version(&version.reference, &version.version)
        .map(|a| a.state(day_of(workspace.clock.now())));
    done_line(
        output,
        &serde_json::json!({
            "agreement": version.reference, "agreement_version": version.version,
            "digest": version.digest, "act": kind, "state": state,
        }),
        &format!(
            "{} version {}: {kind}{}",
            version.reference,
            version.version,
            state.map(|s| format!("; now {s}")).unwrap_or_default()
        ),
    );
    Ok(())
}

async fn sign(
    workspace: &Workspace,
    args: &SignArgs,
    rules: &LifeRules,
    output: &Output,
) -> Result<()> {
    let who = actor(workspace, &args.who, &rules.sign).await?;
    let digest = whole_digest(workspace, &args.which.digest).await?;
    let signature = NewSignature {
        party: args.party.clone(),
        name: args.name.clone(),
        role: args.role.clone(),
        day: args.day,
        evidence: args.evidence.clone(),
    };
    let done = workspace.sign_agreement(&who, &digest, &signature).await?;
    let version = allowed(done)?;
    done_line(
        output,
        &serde_json::json!({
            "agreement": version.reference, "agreement_version": version.version,
            "digest": version.digest, "party": args.party, "signed": args.day,
        }),
        &format!(
            "{} version {}: {} signed on {}",
            version.reference, version.version, args.party, args.day
        ),
    );
    Ok(())
}

async fn suspend(
    workspace: &Workspace,
    what: &WhatArgs,
    act: &ActArgs,
    rules: &LifeRules,
    output: &Output,
) -> Result<()> {
    let who = actor(workspace, &act.who, &rules.suspend).await?;
    let what = what_of(what)?;
    let (kind, subject) = (what.kind, &what.subject);
    let number = allowed(workspace.suspend(&who, &what, &act.why).await?)?;
    done_line(
        output,
        &serde_json::json!({"suspension": number, "kind": kind, "subject": subject}),
        &format!(
            "{kind} {subject} is suspended from now on. It is lifted with `haven agreement lift {number} --why ...`"
        ),
    );
    Ok(())
}

/// What the flags name.
pub(super) fn what_of(what: &WhatArgs) -> Result<SuspendWhat> {
    let named = [
        (SuspendedKind::Agreement, &what.agreement),
        (SuspendedKind::Person, &what.person),
        (SuspendedKind::Release, &what.release),
    ];
    let Some((kind, Some(subject))) = named.into_iter().find(|(_, which)| which.is_some()) else {
        return Err(Usage("say what is to be suspended".to_owned()).into());
    };
    Ok(SuspendWhat {
        kind,
        subject: subject.clone(),
    })
}

pub(super) fn done_line(output: &Output, document: &serde_json::Value, words: &str) {
    if output.json {
        let mut document = document.clone();
        if let Some(fields) = document.as_object_mut() {
            fields.insert("version".to_owned(), 1.into());
        }
        output.document(&document);
    } else {
        output.result(words);
    }
}

/// The account that acts.
pub(super) async fn actor(
    workspace: &Workspace,
    who: &WhoArgs,
    roles: &[String],
) -> Result<control::AgreementActor> {
    let username = match &who.person {
        Some(name) => name.clone(),
        None => std::env::vars()
            .find(|(name, _)| name == "USER" || name == "USERNAME")
            .map(|(_, user)| user)
            .unwrap_or_default(),
    };
    actor_of(workspace, &username, roles).await
}

/// What was refused, as an error: what is wrong with a text is the text's, all else is not allowed.
fn allowed<T>(done: Result<T, LifeRefusal>) -> Result<T> {
    done.map_err(|refusal| match refusal {
        LifeRefusal::Text { message } => Usage(message).into(),
        LifeRefusal::Nothing { .. } => Usage(refusal.to_string()).into(),
        other => NotAllowed(other.to_string()).into(),
    })
}

/// The digest of a version that begins so.
async fn whole_digest(workspace: &Workspace, beginning: &str) -> Result<String> {
    let book = workspace.agreements().await?;
    let mut found = book
        .lives
        .iter()
        .map(|life| &life.version.digest)
        .filter(|digest| beginning.len() >= 12 && digest.starts_with(beginning));
    match (found.next(), found.next()) {
        (Some(digest), None) => Ok(digest.clone()),
        _ => Err(Usage(format!(
            "no version has the digest `{beginning}`; give at least twelve digits of the one that `haven agreement list` shows"
        ))
        .into()),
    }
}

async fn asked(
    workspace: &Workspace,
    reference: &str,
    version: Option<&str>,
) -> Result<(Arc<AgreementBook>, Agreement)> {
    let book = workspace.agreements().await?;
    let found = match version {
        Some(version) => book.version(reference, version),
        None => book.on(reference, day_of(workspace.clock.now())),
    };
    let Some(found) = found.cloned() else {
        let known: Vec<&str> = book.iter().map(|a| a.reference.as_str()).collect();
        return Err(Usage(format!(
            "there is no agreement `{reference}`{}; there are {}",
            version
                .map(|v| format!(" version `{v}`"))
                .unwrap_or_default(),
            known.join(", ")
        ))
        .into());
    };
    Ok((book, found))
}

async fn list(workspace: &Workspace, state: Option<&str>, output: &Output) -> Result<Exit> {
    // Whoever looks at the list is told what the service would tell.
    warn(workspace).await?;
    warn_of_retention(workspace).await?;
    let rules = LifeRules::read(&workspace.content)?;
    let book = workspace.agreements().await?;
    let today = day_of(workspace.clock.now());
    if let Some(wanted) = state
        && govern::State::ALL.iter().all(|s| s.code() != wanted)
    {
        let codes: Vec<&str> = govern::State::ALL.iter().map(|s| s.code()).collect();
        return Err(Usage(format!(
            "there is no state `{wanted}`; there are {}",
            codes.join(", ")
        ))
        .into());
    }
    let due = due_after_end(&book, &rules, &workspace.certified().await?, today);
    told::list(&book, &rules, (today, &due), state, output);
    Ok(Exit::Fine)
}

fn export(
    workspace: &Workspace,
    book: &AgreementBook,
    found: &Agreement,
    rule: bool,
    out: Option<&Path>,
    output: &Output,
) -> Result<Exit> {
    let text = if rule {
        format!(
            "{}\n",
            serde_json::to_string_pretty(&crate::routes::machine_rule(found))?
        )
    } else {
        book.text(&workspace.content, found.digest().as_str())
            .context("the text is not there")?
    };
    write_out(&text, out, output)?;
    Ok(Exit::Fine)
}

/// Writes a text to a file, whole or not at all, or to standard output.
pub(super) fn write_out(text: &str, out: Option<&Path>, output: &Output) -> Result<()> {
    match out {
        None => output.bytes(text.as_bytes()),
        Some(path) => {
            let written = || -> std::io::Result<()> {
                let mut file = WholeFile::new(path)?;
                file.write_all(text.as_bytes())?;
                file.keep()
            };
            written().with_context(|| format!("cannot write `{}`", path.display()))?;
            output.tell(&format!("Written to {}", path.display()));
        }
    }
    Ok(())
}

async fn simulate(workspace: &Workspace, args: &SimulateArgs, output: &Output) -> Result<Exit> {
    let book = workspace.agreements().await?;
    let on = args.on.unwrap_or_else(|| day_of(workspace.clock.now()));
    let column = args.column.as_deref();
    match (&args.ends, &args.table, args.why.as_deref()) {
        (Some(reference), _, _) => {
            if book.get(reference).is_none() {
                return Err(Usage(format!("there is no agreement `{reference}`")).into());
            }
            let found = book.if_ended(reference, on);
            told::ended(reference, on, found.as_ref(), output);
        }
        (None, Some(table), _) => {
            let sights = book.who_could_see(table, column, on);
            told::seen(&book, table, on, &sights, output);
        }
        (None, None, Some([person, table])) => {
            let chains = book.why_could_see(person, table, column, on);
            told::because(person, table, on, chains, output);
        }
        _ => {}
    }
    Ok(Exit::Fine)
}

/// The text of a file, or of standard input.
fn text_of(file: &Path) -> Result<String> {
    if file == Path::new("-") {
        return Ok(std::io::read_to_string(std::io::stdin())?);
    }
    let bytes = std::fs::read(file)
        .map_err(|e| Usage(format!("`{}` cannot be read: {e}", file.display())))?;
    String::from_utf8(bytes)
        .map_err(|_| Usage(format!("`{}` is not a text in UTF-8", file.display())).into())
}
