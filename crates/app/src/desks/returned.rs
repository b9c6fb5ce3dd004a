//! What tracing found about the records of one submission, read for its sender's own pages.

use super::{
    IdentifiedDesk,
    identified::{count, text},
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use control::{RunState, SubmissionRecord};
use link::{About, LinkageModel, Returning, Tables};
use model::Identifying;
use store::arrow::{
    array::{Array, AsArray, RecordBatch},
    datatypes::Float64Type,
};

/// The most findings that are read for one submission.
pub(crate) const MOST_FINDINGS: u64 = 100_000;

/// How many runs are looked through for the last one that linked.
const RUNS_LOOKED_AT: u32 = 500;

/// One finding that may be told.
#[derive(Debug, Clone)]
pub(crate) struct FoundRow {
    /// Its name: a keyed token, the same whenever the same is found for the same record.
    pub(crate) token: String,
    pub(crate) about: About,
    /// The first row concerned, and how many there are.
    pub(crate) row: u64,
    pub(crate) rows: u64,
    pub(crate) reference: Identifying<String>,
    pub(crate) yours: Option<Identifying<String>>,
    pub(crate) found: Identifying<String>,
    /// The names of the record and of the person, so that no reason repeats them.
    pub(crate) named: Identifying<String>,
    pub(crate) pass: String,
    /// From 0 to 1.
    pub(crate) confidence: f64,
}

/// What was found about a submission.
#[derive(Debug, Clone)]
pub(crate) struct FoundInAll {
    pub(crate) traced_at: DateTime<Utc>,
    pub(crate) findings: Vec<FoundRow>,
    /// Findings that are not told: the link is not sure enough, or the person is marked in the index.
    pub(crate) held_back: u64,
    pub(crate) not_found: u64,
    pub(crate) several: u64,
    /// Whether there are more findings than are read.
    pub(crate) cut: bool,
}

impl IdentifiedDesk<'_> {
    /// What was found about the rows of a submission; `None` where they were not traced yet, or never are.
    pub(crate) async fn found_for_sender(
        &self,
        record: &SubmissionRecord,
        table: &str,
        model: &LinkageModel,
        settings: &Returning,
    ) -> Result<Option<FoundInAll>> {
        let Some(traced_at) = self.linked_since(record).await? else {
            return Ok(None);
        };
        let here = self.landed().await?;
        let is_here = |name: &str| here.iter().any(|n| n == name);
        if !is_here(link::CHOICES) || !is_here(model.index.name()) || !is_here(table) {
            return Ok(None);
        }
        let mut model = model.clone();
        // An index that was landed by an earlier version has not got these columns.
        let index = model.index.name().to_owned();
        let held = &mut model.index.columns;
        for column in [&mut held.confidentiality, &mut held.status] {
            if let Some(name) = &column
                && !self.has(&index, name.as_str()).await?
            {
                *column = None;
            }
        }
        let Some(source) = model.sources.iter().find(|s| s.name() == table) else {
            return Ok(None);
        };
        let tables = Tables {
            model: &model,
            source,
            weights: self.has(link::CHOICES, "match_weight").await?,
            pairs: is_here(link::PAIRS) && self.has(link::CHOICES, "subject").await?,
        };
        let most = i64::try_from(MOST_FINDINGS + 1)?;
        let query = settings.findings(&tables, &record.id, most);
        let reads = Returning::reads(&tables);
        let batches = self.engine.look(&[&self.store], &reads, &query).await?;
        let counted = self
            .engine
            .look(
                &[&self.store],
                &[table, link::CHOICES],
                &Returning::records(&tables, &record.id),
            )
            .await?;
        let counted = counted.iter().find(|batch| batch.num_rows() > 0);
        let counted = |column| counted.map_or(0, |batch| count(batch, column, 0));
        let mut found = FoundInAll {
            traced_at,
            findings: Vec::new(),
            held_back: 0,
            not_found: counted(1),
            several: counted(2),
            cut: false,
        };
        for batch in &batches {
            for row in 0..batch.num_rows() {
                match one(batch, row) {
                    Some(finding) => found.findings.push(finding),
                    None => found.held_back += 1,
                }
            }
        }
        let all = u64::try_from(found.findings.len())? + found.held_back;
        if all > MOST_FINDINGS {
            found.cut = true;
            if found.held_back == 0 {
                found.findings.pop();
            } else {
                found.held_back -= 1;
            }
        }
        Ok(Some(found))
    }

    /// When records were linked last, if that was after the submission had landed.
    async fn linked_since(&self, record: &SubmissionRecord) -> Result<Option<DateTime<Utc>>> {
        let landed = record
            .confirmed
            .as_ref()
            .map(|c| c.at)
            .max(record.settled_at);
        let runs = self.workspace.control.recent_runs(RUNS_LOOKED_AT).await?;
        Ok(runs
            .iter()
            .filter(|run| run.kind == "link" && run.state == RunState::Done)
            .filter(|run| landed.is_some_and(|landed| run.started_at >= landed))
            .filter_map(|run| run.ended_at)
            .max())
    }

    async fn has(&self, table: &str, column: &str) -> Result<bool> {
        let schema = self.store.schema(table).await?;
        Ok(schema.is_some_and(|s| s.field_with_name(column).is_ok()))
    }
}

/// A line of the query; `None` where it is not to be told.
fn one(batch: &RecordBatch, row: usize) -> Option<FoundRow> {
    let cell = |column| Some(text(batch, column, row)).filter(|cell| !cell.is_empty());
    let about = text(batch, 0, row);
    Some(FoundRow {
        about: About::ALL.into_iter().find(|a| a.word() == about)?,
        row: count(batch, 1, row),
        rows: count(batch, 2, row),
        reference: Identifying::new(text(batch, 3, row)),
        yours: cell(4).map(Identifying::new),
        found: Identifying::new(cell(5)?),
        named: Identifying::new(text(batch, 10, row)),
        pass: text(batch, 6, row),
        confidence: batch
            .column(7)
            .as_primitive_opt::<Float64Type>()
            .filter(|cells| cells.is_valid(row))
            .map(|cells| cells.value(row))?,
        token: cell(8)?,
    })
}
