//! `haven trace`, `link`, `pseudonymise` and `derive`: the operator's steps.

use crate::{
    cli::Global,
    config::Config,
    desks::{Receipt, StepDone},
    fault::Exit,
    journey::{self, Watcher},
    output::{Output, table, thousands},
    workspace::Workspace,
};
use analyse::LeftOut;
use anyhow::Result;
use laptop::Defaults;
use link::LinkageModel;
use model::Content;
use pseudonymise::Handover;
use std::{path::Path, sync::Arc};

/// Tells each step on standard error as it is done.
pub(crate) struct Teller<'o> {
    pub(crate) output: &'o Output,
    pub(crate) steps: Vec<StepDone>,
}

impl<'o> Teller<'o> {
    pub(crate) fn new(output: &'o Output) -> Self {
        Self {
            output,
            steps: Vec::new(),
        }
    }
}

impl Watcher for Teller<'_> {
    fn landed(&mut self, receipt: &Receipt) {
        self.output.tell(&format!(
            "  {} {}",
            receipt.dataset,
            super::land::in_words(receipt)
        ));
    }

    fn left_out(&mut self, derivation: &LeftOut) {
        self.output.tell(&format!(
            "  derive.{} is left out until there is {}",
            derivation.name,
            derivation.lacks.join(" and ")
        ));
    }

    fn stepped(&mut self, step: &StepDone) {
        let how = if step.skipped {
            "as it was".to_owned()
        } else {
            format!("{:.1} s", step.seconds)
        };
        self.output.tell(&format!(
            "  {:<36} {:>12} rows  {how}",
            step.step,
            thousands(step.rows)
        ));
        self.steps.push(step.clone());
    }

    fn progress(&self) -> Box<dyn Fn(u64) + Send> {
        let progress = self.output.progress("Landing", None);
        Box::new(move |rows| progress.at(rows))
    }
}

pub(crate) async fn trace(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    link_steps(global, config, content, output, Wanted::Trace).await
}

pub(crate) async fn link(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
    truth: Option<&Path>,
) -> Result<Exit> {
    link_steps(global, config, content, output, Wanted::Links { truth }).await
}

/// What is told when the steps of linkage are done.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// What tracing found, by sender.
    Trace,
    /// Records and people by pass; and how the links stand beside a truth, where there is one.
    Links { truth: Option<&'a Path> },
}

async fn link_steps(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
    wanted: Wanted<'_>,
) -> Result<Exit> {
    let model = LinkageModel::read(&content, &Defaults::read(&content)?.linkage)?;
    let workspace = Workspace::open(config, content).await?;
    let desk = workspace.identified()?;
    desk.mend().await?;
    if global.flags.dry_run {
        let landed = desk.landed().await?;
        let here: Vec<&str> = landed.iter().map(String::as_str).collect();
        for step in link::steps(&model.for_tables(&here)) {
            output.result(&format!("would run {}: {}", step.name, step.why));
        }
        return Ok(Exit::Fine);
    }
    let mut teller = Teller::new(output);
    let changed = journey::link(&desk, &model, &mut teller).await?;
    if !changed.is_empty() {
        output.tell("  records are about another person than before: `haven correct` makes again what was made from them");
    }
    let Wanted::Links { truth } = wanted else {
        let lines = desk.trace_report().await?;
        if output.json {
            output.document(&serde_json::json!({"version": 1, "trace": lines}));
        } else if let Some(first) = lines.first() {
            let header: Vec<String> = first.keys().cloned().collect();
            let cell = |value: &serde_json::Value| {
                Some(
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            };
            let rows: Vec<_> = lines
                .iter()
                .map(|line| line.values().map(cell).collect())
                .collect();
            output.result(&table(&header, &rows));
        }
        return Ok(Exit::Fine);
    };
    let beside = match truth {
        Some(folder) => Some(desk.beside_truth(&model, folder).await?),
        None => None,
    };
    let report = desk.link_report(&model).await?;
    for (outcome, count) in desk
        .linkage_figures()
        .await?
        .into_iter()
        .flat_map(|f| f.outcomes)
    {
        output.tell(&format!("  weighed, {outcome:<6} {:>12}", thousands(count)));
    }
    if output.json {
        output.document(
            &serde_json::json!({"version": 1, "steps": teller.steps, "passes": report.passes, "truth": beside}),
        );
    } else {
        output.result(&passes(&report));
        if let Some(beside) = &beside {
            output.result(&beside_truth(beside));
        }
    }
    if let Some(beside) = beside {
        desk.keep_truth(&beside).await?;
    }
    Ok(Exit::Fine)
}

/// The report of linkage as a table.
pub(crate) fn passes(report: &crate::desks::LinkReport) -> String {
    let header = ["Source", "Pass", "Records", "People"].map(str::to_owned);
    let rows: Vec<_> = report
        .passes
        .iter()
        .map(|p| {
            vec![
                Some(p.source.clone()),
                Some(p.pass.clone()),
                Some(p.records.to_string()),
                Some(p.people.to_string()),
            ]
        })
        .collect();
    table(&header, &rows)
}

/// Links beside the truth as tables: by source, then each wrong one with why it came about.
pub(crate) fn beside_truth(beside: &pages::TruthView) -> String {
    let header = ["Source", "Right", "Wrong", "Missed", "Rightly alone"].map(str::to_owned);
    let rows: Vec<_> = beside
        .sources
        .iter()
        .map(|s| {
            let counts = [s.right, s.wrong, s.missed, s.rightly_alone];
            let mut row = vec![Some(s.source.clone())];
            row.extend(counts.map(|count| Some(thousands(count))));
            row
        })
        .collect();
    let mut told = format!("Beside the truth\n{}", table(&header, &rows));
    for wrong in &beside.wrong {
        let bits = wrong
            .bits
            .map(|bits| format!(", {bits:.1} bits"))
            .unwrap_or_default();
        let there = if wrong.person_in_index {
            ""
        } else {
            "; the right person is not in the index"
        };
        let line = format!(
            "\nwrong: {} of {}, {} ({}{bits}){there}\n  {}",
            thousands(wrong.records),
            wrong.source,
            wrong.pass,
            wrong.grade,
            wrong.why
        );
        told.push_str(&line);
    }
    told
}

pub(crate) async fn pseudonymise(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    let handovers = Handover::read_all(&content)?;
    let workspace = Workspace::open(config, content).await?;
    let desk = workspace.identified()?;
    let landed = desk.landed().await?;
    let here: Vec<&str> = landed.iter().map(String::as_str).collect();
    if global.flags.dry_run {
        for step in desk.crossings().await? {
            output.result(&format!("would run {}: {}", step.name, step.why));
        }
        return Ok(Exit::Fine);
    }
    let mut teller = Teller::new(output);
    journey::hand_over(&desk, &mut teller).await?;
    let account = desk.account(&handovers, &here).await?;
    if output.json {
        output.document(
            &serde_json::json!({"version": 1, "steps": teller.steps, "handed_over": account}),
        );
    } else {
        let header = ["Table", "Rows", "Rows without an identity"].map(str::to_owned);
        let rows: Vec<_> = account
            .iter()
            .map(|h| {
                vec![
                    Some(h.table.clone()),
                    Some(h.rows.to_string()),
                    Some(h.rows_without_identity.to_string()),
                ]
            })
            .collect();
        output.result(&table(&header, &rows));
    }
    Ok(Exit::Fine)
}

pub(crate) async fn derive(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    if global.flags.dry_run {
        for step in analyse::steps(&analyse::Derivation::all(&content)?)? {
            output.result(&format!("would run {}: {}", step.name, step.why));
        }
        return Ok(Exit::Fine);
    }
    let workspace = Workspace::open(config, content).await?;
    let desk = workspace.analysis()?;
    let mut teller = Teller::new(output);
    journey::derive(&desk, &mut teller).await?;
    if output.json {
        output.document(&serde_json::json!({"version": 1, "steps": teller.steps}));
    } else {
        let header = ["Table", "Rows"].map(str::to_owned);
        let rows: Vec<_> = teller
            .steps
            .iter()
            .map(|s| vec![Some(s.table.clone()), Some(s.rows.to_string())])
            .collect();
        output.result(&table(&header, &rows));
    }
    Ok(Exit::Fine)
}
