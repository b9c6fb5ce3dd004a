//! `haven subject-access`: what people ask about their own records, from taking it in to the sealed answer.

use super::destroy::number_typed;
use crate::{
    cli::SubjectAccessVerb,
    config::Config,
    fault::{Exit, NotAllowed, Usage},
    output::{Output, table},
    subject_access,
    workspace::Workspace,
};
use anyhow::{Context as _, Result};
use control::{NewRightsCase, RightsActed, RightsKind, RightsOutcome};
use custody::{SealedFor, write_whole};
use govern::{AuditKeeper as _, EntryBody, Kind, ObjectKind, Outcome, agreement::day_of};
use model::Content;
use std::{path::Path, sync::Arc};

/// Who works on what people ask.
const WORKING: [&str; 1] = ["privacy_officer"];
/// Who may look at who is asking, as the second person.
const CHECKING: [&str; 2] = ["privacy_officer", "caldicott_guardian"];

pub(crate) async fn run(
    verb: &SubjectAccessVerb,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let workspace = Workspace::open(config, content).await?;
    let now = workspace.clock.now();
    match verb {
        SubjectAccessVerb::Take {
            kind,
            asked,
            channel,
            identity,
            words,
            by,
        } => {
            has_role(&workspace, by, &WORKING).await?;
            let kind = RightsKind::from_word(kind).with_context(|| {
                format!("`{kind}` is none of access, rectification and restriction")
            })?;
            let number = number_typed()?;
            let asked_on = match asked {
                Some(day) => day
                    .parse()
                    .map_err(|_| Usage(format!("`{day}` is no day; write it as 2026-04-01")))?,
                None => day_of(now),
            };
            if asked_on > day_of(now) {
                return Err(Usage("the day of the request lies ahead".to_owned()).into());
            }
            let new = NewRightsCase {
                kind,
                subject: workspace.person_digests()?.of(number.reveal())?,
                asked_on,
                channel: channel.clone(),
                identity: identity.clone(),
                words: words.clone(),
                by: by.clone(),
                at: now,
            };
            let case = workspace.control.take_rights_case(&new).await?;
            keep(&workspace, by, case, "taken in")?;
            if kind == RightsKind::Restriction {
                brought_across(&workspace).await?;
            }
            output.result(&format!(
                "Case {case}, to be answered by {}. A second person looks at who is asking: haven subject-access check {case} --as USERNAME",
                pages::format::date(control::rights::due_on(asked_on))
            ));
        }
        SubjectAccessVerb::Check { case, identity, by } => {
            has_role(&workspace, by, &CHECKING).await?;
            keep(&workspace, by, *case, "looked at by a second person")?;
            let control = &workspace.control;
            stands(
                control
                    .check_rights_case(*case, identity, (by, now))
                    .await?,
            )?;
            output.result(&format!("Two people know who asks in case {case}."));
        }
        SubjectAccessVerb::Answer {
            case,
            out,
            passphrase_file,
            recipient,
            by,
        } => {
            has_role(&workspace, by, &WORKING).await?;
            let to = sealed_for(passphrase_file.as_deref(), recipient.as_deref())?;
            answer(&workspace, *case, out, &to, by, output).await?;
        }
        SubjectAccessVerb::Close {
            case,
            outcome,
            words,
            by,
        } => {
            has_role(&workspace, by, &WORKING).await?;
            let outcome = RightsOutcome::from_word(outcome).with_context(|| {
                format!("`{outcome}` is none of answered, done, not_done and withdrawn")
            })?;
            keep(&workspace, by, *case, "closed")?;
            let control = &workspace.control;
            stands(
                control
                    .close_rights_case(*case, outcome, words, (by, now))
                    .await?,
            )?;
            let closed = control.rights_case(*case).await?;
            if closed.is_some_and(|case| case.taken.kind == RightsKind::Restriction) {
                brought_across(&workspace).await?;
            }
            output.result(&format!("Case {case} is closed."));
        }
        SubjectAccessVerb::List => list(&workspace, output).await?,
    }
    Ok(Exit::Fine)
}

/// What stands of restrictions reaches the analysis side at once. Until it has, nobody is answered.
async fn brought_across(workspace: &Workspace) -> Result<()> {
    let desk = workspace.identified()?;
    desk.hand_over_preferences(&mut |_| {}).await?;
    Ok(())
}

/// For whom an answer is sealed. A passphrase comes from a file, never from a flag.
fn sealed_for(passphrase: Option<&Path>, recipient: Option<&str>) -> Result<SealedFor> {
    match (passphrase, recipient) {
        (Some(file), None) => {
            let text =
                zeroize::Zeroizing::new(std::fs::read_to_string(file).with_context(|| {
                    format!("cannot read the passphrase in `{}`", file.display())
                })?);
            Ok(SealedFor::passphrase(&text)?)
        }
        (None, Some(recipient)) => Ok(SealedFor::recipient(recipient)?),
        _ => Err(Usage(
            "say `--passphrase-file FILE` or `--recipient age1…`: an answer leaves sealed"
                .to_owned(),
        )
        .into()),
    }
}

async fn answer(
    workspace: &Workspace,
    number: u64,
    out: &Path,
    to: &SealedFor,
    by: &str,
    output: &Output,
) -> Result<()> {
    let case = workspace.control.rights_case(number).await?;
    let case = case.with_context(|| format!("there is no case {number}"))?;
    if case.checked.is_none() {
        stands(RightsActed::NotChecked)?;
    }
    let made = subject_access::answer(workspace, &case, by, to).await?;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make `{}`", out.display()))?;
    for (ending, bytes) in [("html", &made.page), ("json", &made.data)] {
        let path = out.join(format!("answer-{number}.{ending}.age"));
        write_whole(&path, bytes, true)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        output.result(&path.display().to_string());
    }
    let now = workspace.clock.now();
    stands(
        workspace
            .control
            .answer_rights_case(number, (by, now))
            .await?,
    )?;
    output.tell(&format!(
        "{}, sealed for the person.",
        pages::format::counted(made.rows, "row", "rows")
    ));
    Ok(())
}

async fn list(workspace: &Workspace, output: &Output) -> Result<()> {
    let all = workspace.control.rights_cases().await?;
    let today = day_of(workspace.clock.now());
    let left = |case: &control::RightsCase| (case.due_on - today).num_days();
    if output.json {
        let cases: Vec<_> = all
            .iter()
            .map(|case| {
                serde_json::json!({
                    "case": case.number, "kind": case.taken.kind, "asked_on": case.taken.asked_on,
                    "due_on": case.due_on, "days_left": left(case), "taken_by": case.taken.by,
                    "checked_by": case.checked.as_ref().map(|(_, by, _)| by), "answers": case.answers,
                    "outcome": case.closed.as_ref().map(|(outcome, ..)| outcome),
                })
            })
            .collect();
        output.document(&serde_json::json!({"version": 1, "cases": cases}));
        return Ok(());
    }
    let header = ["Case", "Asked for", "Answer by", "State"].map(str::to_owned);
    let rows: Vec<_> = all
        .iter()
        .map(|case| {
            let due = match (&case.closed, left(case)) {
                (Some(_), _) => case.due_on.to_string(),
                (None, days) if days < 0 => format!("{}, overdue", case.due_on),
                (None, days) => format!("{}, {days} days left", case.due_on),
            };
            let state = match (&case.closed, &case.checked) {
                (Some((outcome, ..)), _) => outcome.to_string(),
                (None, None) => "waits for a second person".to_owned(),
                (None, Some(_)) => "open".to_owned(),
            };
            [
                case.number.to_string(),
                case.taken.kind.to_string(),
                due,
                state,
            ]
            .map(Some)
            .to_vec()
        })
        .collect();
    output.result(&table(&header, &rows));
    Ok(())
}

fn stands(came_to: RightsActed) -> Result<()> {
    let says = match came_to {
        RightsActed::Done => return Ok(()),
        RightsActed::OwnCase => "nobody looks at who is asking in a case that they took in",
        RightsActed::NotChecked => "a second person has to look at who is asking first",
        RightsActed::Over => "it was done before, or the case is closed",
        RightsActed::Unknown => "there is no such case",
    };
    Err(NotAllowed(says.to_owned()).into())
}

fn keep(workspace: &Workspace, by: &str, case: u64, says: &str) -> Result<()> {
    let now = workspace.clock.now();
    let mut entry = EntryBody::new(now, Kind::RightsCase, by, Outcome::Done);
    entry.object_kind = Some(ObjectKind::Subject);
    entry.reason = Some(format!("case {case} of what people ask: {says}"));
    workspace.audit.keep(entry)?;
    Ok(())
}

/// Refuses whoever has none of these roles.
pub(super) async fn has_role(workspace: &Workspace, username: &str, roles: &[&str]) -> Result<()> {
    let account = workspace.control.account(username).await?;
    let is = account.is_some_and(|account| {
        account.disabled_at.is_none()
            && account
                .positions
                .iter()
                .any(|p| roles.contains(&p.role.as_str()))
    });
    if is {
        return Ok(());
    }
    Err(NotAllowed(format!(
        "`{username}` has none of the roles that may: {}",
        roles.join(", ")
    ))
    .into())
}
