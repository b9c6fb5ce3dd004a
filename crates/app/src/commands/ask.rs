//! `haven ask` and `haven release`: questions under an agreement.

use super::text_or_input;
use crate::{
    cli::{AskArgs, Global, ReleaseArgs},
    config::Config,
    desks::{Person, Question, Released, Standing},
    fault::{Exit, NotAllowed},
    journey,
    output::{Output, table, thousands},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use control::ReleaseState;
use govern::{LeavingFacts, agreement::clauses::FileKind, decide_leaving};
use model::Content;
use std::{path::Path, sync::Arc};

pub(crate) async fn ask(
    args: &AskArgs,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let question = question(args, &workspace).await?;
    let asked = workspace.analysis()?.ask(&question).await?;
    let header: Vec<String> = asked.columns().into_iter().map(|(name, _)| name).collect();
    let rows = asked.cells()?;
    let terms = asked.permit.terms();
    if output.json {
        output.document(&serde_json::json!({
            "version": 1,
            "agreement": terms.agreement(), "agreement_version": terms.version(), "purpose": terms.purpose(),
            "permit": asked.permit.id(), "columns": header, "rows": rows, "cut_off": asked.cut_off(),
            "notes": asked.notes(),
        }));
    } else {
        output.result(&table(&header, &rows));
        for note in asked.notes() {
            output.tell(&note);
        }
        output.tell(&format!(
            "{} rows in {:.2} s under {} version {} for {} (permit {}). For use inside this environment only.",
            thousands(asked.rows() as u64),
            asked.seconds,
            terms.agreement(),
            terms.version(),
            terms.purpose(),
            asked.permit.id()
        ));
        if asked.cut_off() {
            output.tell(&format!(
                "There are more rows; the limit is {}.",
                thousands(asked.rows() as u64)
            ));
        }
    }
    Ok(Exit::Fine)
}

pub(crate) async fn release(
    args: &ReleaseArgs,
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let question = question(&args.ask, &workspace).await?;
    if global.flags.dry_run {
        output.result(&format!(
            "would ask under {} for {} and release what the rules let out",
            question.agreement, question.purpose
        ));
        return Ok(Exit::Fine);
    }
    let released = journey::answer(&workspace.analysis()?, &question, &args.title).await?;
    let published = released.table.published();
    if let Some(path) = &args.out
        && released.state == ReleaseState::InReview
    {
        return Err(NotAllowed(format!(
            "nothing is written to `{}`: release {} waits for a checker, who decides on `/releases`",
            path.display(),
            released.id
        ))
        .into());
    }
    if let Some(path) = &args.out {
        leaves(&workspace, &question, &released, path).await?;
        std::fs::write(path, published.csv())
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        let notes = path.with_extension("notes.txt");
        std::fs::write(&notes, published.notes_text())
            .with_context(|| format!("cannot write `{}`", notes.display()))?;
        output.tell(&format!(
            "Written to {} and {}",
            path.display(),
            notes.display()
        ));
    }
    if output.json {
        output.document(&serde_json::json!({
            "version": 1, "release": released.id, "state": released.state.to_string(), "table": published,
        }));
    } else {
        output.result(&published.terminal());
        let state = match released.state {
            ReleaseState::InReview => "waits for a checker",
            _ => "may leave and is in the register",
        };
        output.tell(&format!("Release {} {state}.", released.id));
    }
    Ok(Exit::Fine)
}

/// Decides whether the table may leave as the file that was named, and as the text beside it.
async fn leaves(
    workspace: &Workspace,
    question: &Question,
    released: &Released,
    path: &Path,
) -> Result<()> {
    let agreements = workspace.agreements().await?;
    let agreement = agreements
        .get(&question.agreement)
        .context("the agreement is no longer there")?;
    let digest = govern::Digest::of(released.table.published().json()?);
    for kind in [FileKind::Csv, FileKind::Txt] {
        let facts = LeavingFacts {
            who: question.person.asker(),
            agreement: question.agreement.clone(),
            purpose: question.purpose.clone(),
            kind,
        };
        let told = format!("release {} .{}", released.id, kind.code());
        let (audit, now) = (workspace.audit.as_ref(), workspace.clock.now());
        let release = (digest.clone(), told);
        decide_leaving(audit, agreement, &workspace.policies, &facts, release, now)
            .with_context(|| format!("nothing is written to `{}`", path.display()))?;
    }
    Ok(())
}

/// The question of the arguments, with the account of the person who asks.
pub(crate) async fn question(args: &AskArgs, workspace: &Workspace) -> Result<Question> {
    let username = match &args.person {
        Some(name) => name.clone(),
        None => std::env::vars()
            .find(|(name, _)| name == "USER" || name == "USERNAME")
            .map(|(_, user)| user)
            .unwrap_or_default(),
    };
    Ok(Question {
        agreement: args.agreement.clone(),
        purpose: args.purpose.clone(),
        person: person(&username, workspace).await?,
        sql: text_or_input(&args.sql)?,
    })
}

/// The person behind an account, in a position from which questions are asked.
async fn person(username: &str, workspace: &Workspace) -> Result<Person> {
    let account = workspace
        .control
        .account(username)
        .await?
        .filter(|a| a.disabled_at.is_none());
    let Some(account) = account else {
        return Err(NotAllowed(format!(
            "there is no account `{username}` here; name yours with `--as`, or ask the operator to add it with `haven account add`"
        ))
        .into());
    };
    let position = account
        .positions
        .iter()
        .find(|p| p.role == control::Role::Analyst)
        .or_else(|| account.positions.first())
        .ok_or_else(|| NotAllowed(format!("account `{username}` has no role")))?;
    Ok(Person {
        username: account.username.clone(),
        organisation: position.organisation.clone(),
        role: position.role.to_string(),
        standing: Standing::of_account(workspace, &account.username).await?,
    })
}
