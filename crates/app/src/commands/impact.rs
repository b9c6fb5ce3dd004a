//! `haven spec impact`: past submissions under two specifications, and what would newly fail, sender by sender.
//!
//! Counts only: of files, of rows, by rule. No row and no file is named.

use crate::{
    cli::ImpactArgs,
    config::Config,
    fault::Exit,
    output::{Output, table, thousands},
    workspace::Workspace,
};
use anyhow::{Context, Result};
use control::{SubmissionRecord, SubmissionState};
use land::{
    LandError,
    check::{CheckSettings, RowSet, Specification, run as check_file},
    receive::{ReceiveSettings, open_seekable},
};
use laptop::{london_day, spec::named};
use model::{Content, Date};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::VaultReader;

/// The version of the JSON document. Fields are added over time, never renamed.
const SHAPE: u32 = 1;
/// How many rules are named for a sender on a terminal.
const RULES_SHOWN: usize = 4;

/// What would change for one sender.
#[derive(Debug, Default)]
struct Impact {
    files: u64,
    rows: u64,
    files_newly_rejected: u64,
    /// Files that cannot be read under the old specification either.
    files_unreadable: u64,
    rows_newly_rejected: u64,
    rules: BTreeMap<String, RuleImpact>,
}

#[derive(Debug, Default, Clone, Copy)]
struct RuleImpact {
    files: u64,
    rows: u64,
}

pub(crate) async fn run(
    args: &ImpactArgs,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let old = Arc::new(named(&args.old, &content)?);
    let new = Arc::new(named(&args.new, &content)?);
    let workspace = Workspace::open(config, content).await?;
    let desk = workspace.identified()?;
    let submissions = workspace.control.all_submissions().await?;
    let past: Vec<&SubmissionRecord> = submissions
        .iter()
        .filter(|s| s.dataset == old.dataset().name && s.state != SubmissionState::Withdrawn)
        // The file of a submission may have been destroyed since.
        .filter(|s| desk.vault.holds(&s.sha256))
        .collect();
    let progress = output.progress("Files", Some(past.len() as u64));
    let threads = workspace.config.threads();
    let mut senders: BTreeMap<String, Impact> = BTreeMap::new();
    for (done, submission) in (1..).zip(&past) {
        let impact = senders
            .entry(submission.sender.as_str().to_owned())
            .or_default();
        let file = File {
            sender: submission.sender.as_str().to_owned(),
            day: london_day(submission.received_at)?,
            threads,
        };
        impact.files += 1;
        let originals = [
            desk.vault.read(&submission.sha256)?,
            desk.vault.read(&submission.sha256)?,
        ];
        let (old, new) = (Arc::clone(&old), Arc::clone(&new));
        // On a thread of its own, so that Ctrl-C is heard between files.
        let judged = tokio::task::spawn_blocking(move || file.judge_both(originals, &old, &new));
        match judged.await.context("the check ended early")?? {
            None => impact.files_unreadable += 1,
            Some((before, now)) => impact.add(&before, now),
        }
        progress.at(done);
    }
    progress.end();
    if output.json {
        output.document(&document(&senders, &old, &new));
    } else {
        output.result(&text(&senders, &old, &new, past.len()));
    }
    Ok(Exit::Fine)
}

/// A file, and how it is checked.
struct File {
    sender: String,
    /// The day it came, so that rules about today say what they said then.
    day: Date,
    threads: usize,
}

/// What a specification says of one file.
#[derive(Debug, Default)]
struct Judged {
    rows: u64,
    is_rejected: bool,
    rejected: RowSet,
    /// By rule, rows that it rejects and that were not rejected before.
    by_rule: BTreeMap<String, u64>,
    /// Rules that reject the file as a whole.
    whole: Vec<String>,
    rows_newly_rejected: u64,
}

#[derive(Debug, thiserror::Error)]
enum ImpactFault {
    #[error(transparent)]
    Land(#[from] LandError),
    #[error(transparent)]
    Arrow(#[from] store::arrow::error::ArrowError),
}

impl File {
    /// Under both specifications; `None` where the file cannot be read under the old one.
    fn judge_both(
        &self,
        originals: [VaultReader; 2],
        old: &Specification,
        new: &Specification,
    ) -> Result<Option<(Judged, Option<Judged>)>> {
        let [first, second] = originals;
        let Some(before) = self.judge(first, old, None)? else {
            return Ok(None);
        };
        let now = self.judge(second, new, Some(&before))?;
        Ok(Some((before, now)))
    }

    /// `None` where the file cannot be read as one of this dataset.
    fn judge(
        &self,
        original: VaultReader,
        specification: &Specification,
        before: Option<&Judged>,
    ) -> Result<Option<Judged>> {
        let settings = CheckSettings {
            sender: Some(self.sender.clone()),
            ..CheckSettings::on(self.day)
        };
        let reading = ReceiveSettings::default();
        let Ok(receiver) = open_seekable(Box::new(original), specification.dataset(), &reading)
        else {
            return Ok(None);
        };
        let mut judged = Judged::default();
        let outcome = check_file::<ImpactFault>(
            receiver,
            specification,
            settings,
            self.threads,
            |checker, batch| {
                for finding in checker.findings(&batch).filter(|f| f.level.rejects()) {
                    let Some(row) = finding.row else { continue };
                    let is_new = judged.rejected.insert(row);
                    if before.is_none_or(|before| before.rejected.contains(row)) {
                        continue;
                    }
                    judged.rows_newly_rejected += u64::from(is_new);
                    *judged.by_rule.entry(finding.rule).or_default() += 1;
                }
                Ok(batch.raw)
            },
            |_| {},
        );
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(ImpactFault::Land(_)) => return Ok(None),
            Err(fault @ ImpactFault::Arrow(_)) => return Err(fault.into()),
        };
        judged.rows = outcome.rows_in;
        judged.is_rejected = outcome.is_file_rejected();
        let of_file = outcome.file_findings.iter().filter(|f| f.level.rejects());
        judged.whole = of_file.map(|f| f.rule.clone()).collect();
        Ok(Some(judged))
    }
}

impl Impact {
    /// Adds a file: as it was judged, and as it would be (`None` where it could not be read any more).
    fn add(&mut self, before: &Judged, now: Option<Judged>) {
        self.rows += before.rows;
        let Some(now) = now else {
            self.files_newly_rejected += u64::from(!before.is_rejected);
            return;
        };
        if now.is_rejected && !before.is_rejected {
            self.files_newly_rejected += 1;
            for rule in now.whole {
                self.rules.entry(rule).or_default().files += 1;
            }
        }
        self.rows_newly_rejected += now.rows_newly_rejected;
        for (rule, rows) in now.by_rule {
            let impact = self.rules.entry(rule).or_default();
            impact.files += 1;
            impact.rows += rows;
        }
    }

    /// Rules, those that hurt most first.
    fn worst(&self) -> Vec<(&str, RuleImpact)> {
        let mut rules: Vec<(&str, RuleImpact)> = self
            .rules
            .iter()
            .map(|(rule, impact)| (rule.as_str(), *impact))
            .collect();
        rules.sort_by_key(|(_, impact)| std::cmp::Reverse((impact.rows, impact.files)));
        rules
    }
}

fn text(
    senders: &BTreeMap<String, Impact>,
    old: &Specification,
    new: &Specification,
    files: usize,
) -> String {
    let edition = |s: &Specification| format!("{} {}", s.dataset().name, s.dataset().version);
    let mut text = format!(
        "{} submissions of {} held against {}\n\n",
        thousands(files as u64),
        edition(old),
        edition(new)
    );
    let header = [
        "Sender",
        "Files",
        "Newly rejected files",
        "Rows",
        "Newly rejected rows",
        "Unreadable before",
        "By rule",
    ];
    let rows: Vec<Vec<Option<String>>> = senders
        .iter()
        .map(|(sender, impact)| {
            let worst = impact.worst();
            let mut rules: Vec<String> = worst
                .iter()
                .take(RULES_SHOWN)
                .map(|(rule, i)| match i.rows {
                    0 => format!("{rule} whole file"),
                    rows => format!("{rule} {}", thousands(rows)),
                })
                .collect();
            if worst.len() > RULES_SHOWN {
                rules.push(format!("and {} more rules", worst.len() - RULES_SHOWN));
            }
            vec![
                Some(sender.clone()),
                Some(impact.files.to_string()),
                Some(impact.files_newly_rejected.to_string()),
                Some(impact.rows.to_string()),
                Some(impact.rows_newly_rejected.to_string()),
                Some(impact.files_unreadable.to_string()),
                Some(rules.join(", ")),
            ]
        })
        .collect();
    if rows.is_empty() {
        text.push_str("There is no past submission of this dataset.");
    } else {
        text.push_str(&table(&header.map(str::to_owned), &rows));
    }
    text
}

fn document(
    senders: &BTreeMap<String, Impact>,
    old: &Specification,
    new: &Specification,
) -> serde_json::Value {
    let edition = |s: &Specification| json!({"dataset": s.dataset().name, "specification": s.dataset().version});
    let senders: Vec<_> = senders
        .iter()
        .map(|(sender, impact)| {
            let rules: Vec<_> = impact
                .worst()
                .into_iter()
                .map(|(rule, i)| {
                    let says = new.rule(rule).map(|r| r.says_of(None));
                    json!({"rule": rule, "says": says, "files": i.files, "rows": i.rows})
                })
                .collect();
            json!({
                "sender": sender,
                "files": impact.files,
                "files_newly_rejected": impact.files_newly_rejected,
                "files_unreadable_before": impact.files_unreadable,
                "rows": impact.rows,
                "rows_newly_rejected": impact.rows_newly_rejected,
                "rules": rules,
            })
        })
        .collect();
    json!({"version": SHAPE, "from": edition(old), "to": edition(new), "senders": senders})
}
