//! Linkage at the identified desk: decisions of people first, then the steps, of which one weighs; then the figures of
//! the run, and what changed for whom.

use super::{IdentifiedDesk, StepDone, identified::text};
use crate::commands::link_report;
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use control::time::to_millis;
use govern::Kind;
use link::{
    LinkageModel,
    files::{Batches, How, link_batches},
    weighing::Weighing,
};
use model::{Content, Identifiable, Sql, Step, sql};
use pages::{LinkageReportView, TruthView};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use store::{
    Incoming, StoreError, Worked,
    arrow::{
        array::{ArrayRef, Int64Array, RecordBatch, StringArray},
        error::ArrowError,
    },
};

/// The table with how the links stand beside a truth, as one document.
const TRUTH: &str = "link_truth";
/// The table of records that came to be about another person.
const CHANGES: &str = "link_change";
/// What stands for a decision that was taken back.
const TAKEN_BACK: &str = "taken_back";
/// Names that are looked up at a time.
const AT_A_TIME: usize = 500;

/// A run that gave records another person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Correction {
    /// The version of the links that it made.
    pub(crate) links: u64,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Which records, as counts.
    pub(crate) changed: Changed,
}

/// Records that came to be about another person in one run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Changed {
    /// Because a person decided so, by source.
    pub(crate) by_decision: BTreeMap<String, u64>,
    /// Because the evidence is another now, by source.
    pub(crate) by_evidence: BTreeMap<String, u64>,
}

impl Changed {
    /// Whether nobody's identity changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_decision.is_empty() && self.by_evidence.is_empty()
    }
}

impl IdentifiedDesk<'_> {
    /// Gives every record an identity, with `model` for the tables that are here.
    pub(crate) async fn link(
        &self,
        model: &LinkageModel,
        tell: &mut dyn FnMut(&StepDone),
    ) -> Result<Changed> {
        self.settle_pairs().await?;
        let steps = link::steps(model);
        let run = self
            .begin("link", steps.iter().map(|s| s.name.clone()).collect())
            .await?;
        let work = async |step: &Step<Identifiable>| match &model.weighing {
            Some(weighing) if step.name == link::WEIGH => self.weigh(step, weighing).await,
            _ => self.engine.run(&[&self.store], &self.store, step).await,
        };
        let done = run.each(&steps, tell, work).await?;
        self.keep(Kind::Linked, done.last().map(|d| d.rows))?;
        self.keep_changes().await
    }

    async fn weigh(
        &self,
        step: &Step<Identifiable>,
        weighing: &Weighing,
    ) -> Result<store::Ran<Identifiable>, StoreError> {
        let content = Arc::clone(&self.workspace.content);
        let weighing = weighing.clone();
        let now = self.workspace.clock.now();
        let threads = self.workspace.config.threads();
        let others = [link::people(), link::apart()];
        let work = move |incoming: Vec<Incoming>| {
            weigh(&content, &weighing, threads, now, incoming).map_err(|e| format!("{e:#}"))
        };
        self.engine.run_work(&self.store, step, &others, work).await
    }

    /// Writes down which pairs people decided about, with whom they are about, so that a run keeps to them. Pairs are
    /// tokens elsewhere; here is the one place where they are led back.
    async fn settle_pairs(&self) -> Result<()> {
        let settled = self.settled().await?;
        let here = self.landed().await?;
        let there = |name: &str| here.iter().any(|table| table == name);
        let mut known = BTreeMap::new();
        let mut before = None;
        if there(link::DECIDED) {
            let sql = Sql::fixed(
                "select pair, subject, person_number, decision from link_decided order by pair",
            );
            let mut rows = BTreeMap::new();
            for [pair, subject, person, decision] in self.cells(link::DECIDED, &sql).await? {
                known.insert(pair.clone(), (subject, person));
                rows.insert(pair, decision);
            }
            before = Some(rows);
        }
        let unknown: Vec<&String> = settled
            .keys()
            .filter(|pair| !known.contains_key(*pair))
            .collect();
        if there(link::PAIRS) {
            for some in unknown.chunks(AT_A_TIME) {
                let some = Sql::join(some.iter().map(|pair| Sql::text(pair)), ", ");
                let sql = sql!(
                    "select pair, subject, person_number, '' as decision from link_pair where pair in ({})",
                    some
                );
                for [pair, subject, person, _] in self.cells(link::PAIRS, &sql).await? {
                    known.insert(pair, (subject, person));
                }
            }
        }
        let mut after = settled;
        after.retain(|pair, _| known.contains_key(pair));
        // One that was taken back stays, so that what it changes back is known for a decision's doing.
        for pair in before.iter().flat_map(BTreeMap::keys) {
            after
                .entry(pair.clone())
                .or_insert_with(|| TAKEN_BACK.to_owned());
        }
        if before.as_ref() == Some(&after) {
            return Ok(());
        }
        let texts = |of: &dyn Fn(&str, &str) -> Option<String>| -> ArrayRef {
            Arc::new(
                after
                    .iter()
                    .map(|(pair, decision)| of(pair, decision))
                    .collect::<StringArray>(),
            )
        };
        let who = |pair: &str| known.get(pair).cloned();
        let batch = RecordBatch::try_from_iter([
            ("pair", texts(&|pair, _| Some(pair.to_owned()))),
            ("subject", texts(&|pair, _| Some(who(pair)?.0))),
            ("person_number", texts(&|pair, _| Some(who(pair)?.1))),
            ("decision", texts(&|_, decision| Some(decision.to_owned()))),
        ])?;
        self.put(link::DECIDED, &batch).await
    }

    /// The figures of the last run that weighed, where there was one, with how its links stand beside a truth.
    pub(crate) async fn linkage_figures(&self) -> Result<Option<LinkageReportView>> {
        #[derive(Deserialize)]
        struct Note {
            told: LinkageReportView,
        }
        let Some(note) = self.store.newest_note(link::WEIGHED).await? else {
            return Ok(None);
        };
        let note: Note = serde_json::from_str(&note).context(
            "the figures of the last linkage cannot be read: they are of another version of Haven",
        )?;
        let mut view = note.told;
        if self.landed().await?.iter().any(|table| table == TRUTH) {
            let sql = Sql::fixed("select truth from link_truth");
            let rows = self.engine.look(&[&self.store], &[TRUTH], &sql).await?;
            let batch = rows.iter().find(|batch| batch.num_rows() > 0);
            view.truth = batch.and_then(|batch| serde_json::from_str(&text(batch, 0, 0)).ok());
        }
        Ok(Some(view))
    }

    /// Keeps how the links stand beside a truth.
    pub(crate) async fn keep_truth(&self, truth: &TruthView) -> Result<()> {
        let text = StringArray::from(vec![serde_json::to_string(truth)?]);
        let batch = RecordBatch::try_from_iter([("truth", Arc::new(text) as ArrayRef)])?;
        self.put(TRUTH, &batch).await
    }

    /// Writes down which records the last version of the links gives another person. The key is that version, so a run
    /// that was killed in between writes it once, whoever comes next.
    async fn keep_changes(&self) -> Result<Changed> {
        let mut changed = Changed::default();
        let Some(version) = self
            .store
            .table(link::LINKS)
            .await?
            .map(|links| links.version())
        else {
            return Ok(changed);
        };
        let key = format!("{}-{version}", link::LINKS);
        let Some(earlier) = version.checked_sub(1) else {
            return Ok(changed);
        };
        if self.store.has_commit(CHANGES, &key).await? {
            return Ok(changed);
        }
        let others = [link::CHOICES, link::DECIDED];
        let rows = self
            .engine
            .look_between(
                &self.store,
                link::LINKS,
                (earlier, version),
                &others,
                &link::changes(),
            )
            .await?;
        let Some(schema) = rows.first().map(RecordBatch::schema) else {
            return Ok(changed);
        };
        let at = to_millis(self.workspace.clock.now());
        let mut batches = Vec::new();
        for batch in &rows {
            batches.push(with_moment(batch, at)?);
            for row in 0..batch.num_rows() {
                let (source, cause) = (text(batch, 0, row), text(batch, 6, row));
                let by = if cause == "decision" {
                    &mut changed.by_decision
                } else {
                    &mut changed.by_evidence
                };
                *by.entry(source).or_insert(0) += 1;
            }
        }
        if changed.is_empty() {
            return Ok(changed);
        }
        let schema = batches.first().map_or(schema, RecordBatch::schema);
        let mut writer = self.store.writer_for(CHANGES, &schema, &key)?;
        for batch in &batches {
            writer.write(batch).await?;
        }
        let correction = Correction {
            links: version,
            at: self.workspace.clock.now(),
            changed,
        };
        writer
            .append(&key, &serde_json::to_string(&correction)?)
            .await?;
        Ok(correction.changed)
    }

    /// Every run that gave records another person, newest first.
    pub(crate) async fn corrections(&self) -> Result<Vec<Correction>> {
        if !self.landed().await?.iter().any(|table| table == CHANGES) {
            return Ok(Vec::new());
        }
        let notes = self.store.notes(CHANGES).await?;
        let mut all: Vec<Correction> = notes
            .iter()
            .filter_map(|note| serde_json::from_str(note).ok())
            .collect();
        all.sort_by_key(|correction| std::cmp::Reverse(correction.links));
        Ok(all)
    }

    /// How many pairs people settled that the last run did not know of, or knew otherwise.
    pub(crate) async fn decisions_to_apply(&self) -> Result<u64> {
        let mut settled = self.settled().await?;
        if self
            .landed()
            .await?
            .iter()
            .any(|table| table == link::DECIDED)
        {
            let sql = Sql::fixed("select pair, subject, person_number, decision from link_decided");
            for [pair, _, _, decision] in self.cells(link::DECIDED, &sql).await? {
                let now = settled.remove(&pair);
                let now = now.unwrap_or_else(|| TAKEN_BACK.to_owned());
                if now != decision {
                    settled.insert(pair, now);
                }
            }
        }
        Ok(settled.len() as u64)
    }

    /// What people settled: pairs with what they are.
    async fn settled(&self) -> Result<BTreeMap<String, String>> {
        let settled = self.workspace.control.settled_pairs().await?;
        let settled = settled.into_iter();
        Ok(settled
            .map(|(pair, decision)| (pair, decision.as_str().to_owned()))
            .collect())
    }

    /// Rows of four texts.
    async fn cells(&self, table: &str, sql: &Sql) -> Result<Vec<[String; 4]>> {
        let rows = self.engine.look(&[&self.store], &[table], sql).await?;
        let rows = rows.iter().flat_map(|batch| {
            (0..batch.num_rows()).map(|row| [0, 1, 2, 3].map(|column| text(batch, column, row)))
        });
        Ok(rows.collect())
    }

    /// Puts rows in the place of a table's.
    async fn put(&self, table: &str, batch: &RecordBatch) -> Result<()> {
        let mut writer = self.store.writer(table, &batch.schema())?;
        writer.write(batch).await?;
        writer.replace("").await?;
        Ok(())
    }
}

/// The rows with the moment at which they were written down, in milliseconds since 1970.
fn with_moment(batch: &RecordBatch, at: i64) -> Result<RecordBatch, ArrowError> {
    let moments = Int64Array::from_value(at, batch.num_rows());
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let columns = columns.map(|(field, column)| (field.name().clone(), Arc::clone(column)));
    let first = ("at".to_owned(), Arc::new(moments) as ArrayRef);
    RecordBatch::try_from_iter(std::iter::once(first).chain(columns))
}

/// Weighs rows: the subjects, the people of the index, and the pairs that were set apart.
fn weigh(
    content: &Content,
    weighing: &Weighing,
    threads: usize,
    now: DateTime<Utc>,
    incoming: Vec<Incoming>,
) -> Result<Worked> {
    let Ok([subjects, people, set_apart]) = <[Incoming; 3]>::try_from(incoming) else {
        anyhow::bail!("the step has other queries than it should");
    };
    let mut apart = Vec::new();
    for batch in set_apart {
        let batch = batch.map_err(anyhow::Error::msg)?;
        apart.extend((0..batch.num_rows()).map(|row| (text(&batch, 0, row), text(&batch, 1, row))));
    }
    let model = weighing.match_model(content)?;
    let how = How {
        learn: weighing.learn(content, &model)?,
        threads,
        pictures: true,
        today: Some(now.date_naive()),
        apart,
    };
    let rows = |name: &str, rows: Incoming| Batches {
        name: name.to_owned(),
        columns: rows.columns.clone(),
        rows: Box::new(rows),
    };
    let (left, right) = (rows(link::SUBJECTS, subjects), rows(link::INDEX, people));
    let (run, weighed) = link_batches(content, &model, left, right, &how, &mut |_| {})?;
    let view = link_report::of_run(&model, &run, &weighing.version(), now);
    Ok(Worked {
        batches: weighed.into_batches()?,
        told: serde_json::to_value(&view)?,
    })
}
