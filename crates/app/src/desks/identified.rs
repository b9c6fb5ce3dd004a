//! The identified desk: landing, tracing, linking, and handing over. Runs where names may be.

use super::{StepDone, lease::RunUnderWay};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use govern::{AuditKeeper, EntryBody, Kind, ObjectKind, Outcome};
use model::{Identifiable, Pseudonymous, Sql, Step};
use store::{
    Engine, Partials, Store, Vault,
    arrow::{
        array::{Array, AsArray, RecordBatch},
        datatypes::Int64Type,
    },
};

/// The desk of the identified side. It writes the handover store and does not read it.
pub(crate) struct IdentifiedDesk<'w> {
    pub(crate) workspace: &'w Workspace,
    pub(crate) vault: Vault,
    /// Files that are on their way in parts.
    pub(crate) partials: Partials,
    pub(crate) store: Store<Identifiable>,
    pub(crate) handover: Store<Pseudonymous>,
    pub(crate) engine: Engine,
}

/// What linkage came to, as counts.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct LinkReport {
    /// Records and people by source and pass.
    pub(crate) passes: Vec<PassCount>,
}

/// One line of the report.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct PassCount {
    pub(crate) source: String,
    pub(crate) pass: String,
    pub(crate) records: u64,
    pub(crate) people: u64,
}

/// What was handed over of one table.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Handed {
    pub(crate) table: String,
    pub(crate) rows: u64,
    pub(crate) rows_without_identity: u64,
}

impl IdentifiedDesk<'_> {
    /// Runs the steps that cross, into the handover store.
    pub(crate) async fn hand_over(
        &self,
        steps: &[Step<Identifiable, Pseudonymous>],
        tell: &mut dyn FnMut(&StepDone),
    ) -> Result<Vec<StepDone>> {
        let run = self
            .begin(
                "pseudonymise",
                steps.iter().map(|s| s.name.clone()).collect(),
            )
            .await?;
        let work = async |step: &Step<Identifiable, Pseudonymous>| {
            self.engine.run(&[&self.store], &self.handover, step).await
        };
        let done = run.each(steps, tell, work).await?;
        self.keep(Kind::HandedOver, Some(done.iter().map(|d| d.rows).sum()))?;
        Ok(done)
    }

    /// The tables that have been landed.
    pub(crate) async fn landed(&self) -> Result<Vec<String>> {
        Ok(self.store.names().await?)
    }

    /// Records and people by source and pass.
    pub(crate) async fn link_report(&self, model: &link::LinkageModel) -> Result<LinkReport> {
        let rows = self
            .engine
            .look(&[&self.store], &[link::LINKS], &link::link_report(model))
            .await?;
        let passes = rows
            .iter()
            .flat_map(|batch| {
                (0..batch.num_rows()).map(|row| PassCount {
                    source: text(batch, 0, row),
                    pass: text(batch, 1, row),
                    records: count(batch, 2, row),
                    people: count(batch, 3, row),
                })
            })
            .collect();
        Ok(LinkReport { passes })
    }

    /// For each sender and source, what tracing found: names of the columns, then the rows.
    pub(crate) async fn trace_report(
        &self,
    ) -> Result<Vec<serde_json::Map<String, serde_json::Value>>> {
        let rows = self
            .engine
            .look(
                &[&self.store],
                &[link::RECORDS, link::CHOICES],
                &link::trace_report(),
            )
            .await?;
        let mut lines = Vec::new();
        for batch in &rows {
            for row in 0..batch.num_rows() {
                let mut line = serde_json::Map::new();
                for (at, field) in batch.schema().fields().iter().enumerate() {
                    let value = match field.name().as_str() {
                        "sender" | "source" => serde_json::Value::from(text(batch, at, row)),
                        _ => serde_json::Value::from(count(batch, at, row)),
                    };
                    line.insert(field.name().clone(), value);
                }
                lines.push(line);
            }
        }
        Ok(lines)
    }

    /// For each table that crosses, whether every row has an identity.
    pub(crate) async fn account(
        &self,
        handovers: &[pseudonymise::Handover],
        landed: &[&str],
    ) -> Result<Vec<Handed>> {
        let mut lines = Vec::new();
        for handover in handovers.iter().filter(|h| landed.contains(&h.table())) {
            let Some(query) = pseudonymise::account(handover) else {
                continue;
            };
            let reads: Vec<&str> = match handover.person() {
                Some(pseudonymise::Person::Linked { .. }) => vec![handover.table(), link::LINKS],
                _ => vec![handover.table()],
            };
            let rows = self.engine.look(&[&self.store], &reads, &query).await?;
            if let Some(batch) = rows.iter().find(|b| b.num_rows() > 0) {
                lines.push(Handed {
                    table: handover.table().to_owned(),
                    rows: count(batch, 1, 0),
                    rows_without_identity: count(batch, 2, 0),
                });
            }
        }
        Ok(lines)
    }

    /// Everyone to whom records are linked, by their internal identities: what pseudonyms are made of.
    pub(crate) async fn people(&self) -> Result<Vec<String>> {
        let sql = Sql::fixed("select distinct person_id from person_link order by person_id");
        let rows = self
            .engine
            .look(&[&self.store], &[link::LINKS], &sql)
            .await?;
        Ok(rows
            .iter()
            .flat_map(|batch| (0..batch.num_rows()).map(|row| text(batch, 0, row)))
            .collect())
    }

    /// Keeps an entry about work of this desk.
    pub(crate) fn keep(&self, kind: Kind, rows: Option<u64>) -> Result<()> {
        let mut entry = EntryBody::new(self.workspace.clock.now(), kind, "pipeline", Outcome::Done);
        entry.object_kind = Some(ObjectKind::Table);
        entry.rows = rows;
        self.workspace
            .audit
            .keep(entry)
            .context("nothing goes on while the audit log cannot be written")?;
        Ok(())
    }

    pub(super) async fn begin(&self, kind: &str, steps: Vec<String>) -> Result<RunUnderWay> {
        let w = self.workspace;
        RunUnderWay::begin(&w.control, &w.clock, w.config.run_lease(), kind, steps).await
    }
}

pub(super) fn text(batch: &RecordBatch, column: usize, row: usize) -> String {
    let cells = batch.column(column);
    cells
        .as_string_opt::<i32>()
        .filter(|c| c.is_valid(row))
        .map(|c| c.value(row).to_owned())
        .unwrap_or_default()
}

pub(crate) fn count(batch: &RecordBatch, column: usize, row: usize) -> u64 {
    let cells = batch.column(column);
    cells
        .as_primitive_opt::<Int64Type>()
        .filter(|c| c.is_valid(row))
        .and_then(|c| u64::try_from(c.value(row)).ok())
        .unwrap_or_default()
}
