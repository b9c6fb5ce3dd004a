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
use std::sync::Arc;

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
    link_steps(global, config, content, output, true).await
}

pub(crate) async fn link(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
) -> Result<Exit> {
    link_steps(global, config, content, output, false).await
}

async fn link_steps(
    global: &Global,
    config: Config,
    content: Arc<Content>,
    output: &Output,
    tracing: bool,
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
    journey::link(&desk, &model, &mut teller).await?;
    if tracing {
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
    } else {
        let report = desk.link_report(&model).await?;
        if output.json {
            output.document(
                &serde_json::json!({"version": 1, "steps": teller.steps, "passes": report.passes}),
            );
        } else {
            output.result(&passes(&report));
        }
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
        for step in ::pseudonymise::steps(&handovers, &here) {
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
