//! Work between tables that no query does: rows of queries go in as they come, batches come out as a table's new
//! version. What was done with the same inputs before is not done again.

use crate::{
    Engine, Ran, Store, StoreError,
    engine::{find, provenance, read_only, register, rows_of},
    may_quote_a_row,
};
use datafusion::{arrow::array::RecordBatch, error::DataFusionError};
use futures::StreamExt as _;
use model::{Sql, Step, Table, Zone};
use tokio::sync::mpsc;

/// Batches that wait for the work at a time, so that reading and working go on together in little memory.
const WAITING: usize = 4;

/// The rows of one query, as they come. It blocks, so it is read where blocking is allowed.
#[derive(Debug)]
pub struct Incoming {
    /// The names of the columns.
    pub columns: Vec<String>,
    rows: mpsc::Receiver<Result<RecordBatch, String>>,
}

/// What work made.
#[derive(Debug)]
pub struct Worked {
    /// The rows; at least one batch, so that the columns are known.
    pub batches: Vec<RecordBatch>,
    /// What it tells about itself, as a document.
    pub told: serde_json::Value,
}

impl Iterator for Incoming {
    type Item = Result<RecordBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.blocking_recv()
    }
}

/// Why rows could not be read, without a value of any.
fn in_words(fault: &DataFusionError) -> String {
    if may_quote_a_row(fault) {
        "its rows could not be read".to_owned()
    } else {
        fault.to_string()
    }
}

impl Engine {
    /// Runs a step that a plain function does: `work` is given the rows of the step's own query and of `others`, in
    /// this order, and its batches become the new version of the table that the step writes. What it tells beside them
    /// stands in the note of that version, under `told`.
    ///
    /// `others` and the function belong to the program, whose version is part of what is compared with the last run.
    pub async fn run_work<Z: Zone>(
        &self,
        store: &Store<Z>,
        step: &Step<Z>,
        others: &[Sql],
        work: impl FnOnce(Vec<Incoming>) -> Result<Worked, String> + Send + 'static,
    ) -> Result<Ran<Z>, StoreError> {
        let mut inputs = Vec::new();
        for name in &step.reads {
            inputs.push(
                find(&[store], name)
                    .await?
                    .ok_or_else(|| StoreError::NoTable {
                        table: name.clone(),
                        zone: Z::NAME,
                        hint: Some("land it, or run the step that makes it, first"),
                    })?,
            );
        }
        let digest = provenance(&self.settings().version, step, &inputs);
        if let Some(present) = store.snapshot(&step.writes, None).await?
            && present
                .note
                .as_deref()
                .is_some_and(|note| note.contains(&digest))
        {
            return Ok(Ran {
                table: Table::at(&step.writes, present.version),
                rows: rows_of(present.note.as_deref()),
                skipped: true,
            });
        }
        let fault = StoreError::query(&step.name);
        let mut incoming = Vec::new();
        let mut readers = tokio::task::JoinSet::new();
        for sql in std::iter::once(&step.sql).chain(others) {
            let session = self.session(&[store], true);
            for input in &inputs {
                register(&session, input).map_err(&fault)?;
            }
            let frame = session
                .sql_with_options(sql.as_str(), read_only())
                .await
                .map_err(&fault)?;
            let columns = frame
                .schema()
                .fields()
                .iter()
                .map(|f| f.name().clone())
                .collect();
            let (give, take) = mpsc::channel(WAITING);
            incoming.push(Incoming {
                columns,
                rows: take,
            });
            readers.spawn(async move {
                let mut rows = match frame.execute_stream().await {
                    Ok(rows) => rows,
                    Err(e) => {
                        let _ = give.send(Err(in_words(&e))).await;
                        return;
                    }
                };
                while let Some(batch) = rows.next().await {
                    // Nobody listens any more where the work has ended early.
                    if give.send(batch.map_err(|e| in_words(&e))).await.is_err() {
                        return;
                    }
                }
            });
        }
        let named = step.name.clone();
        let failed = |message: String| StoreError::Work {
            step: named.clone(),
            message,
        };
        let Worked { batches, told } = tokio::task::spawn_blocking(move || work(incoming))
            .await
            .map_err(|e| failed(e.to_string()))?
            .map_err(&failed)?;
        readers.shutdown().await;
        let first = batches
            .first()
            .ok_or_else(|| failed("it made no columns".to_owned()))?;
        let mut writer = store.writer(&step.writes, &first.schema())?;
        for batch in &batches {
            writer.write(batch).await?;
        }
        let count = writer.rows();
        let note =
            serde_json::json!({"step": step.name, "inputs": digest, "rows": count, "told": told});
        let done = writer.replace(&note.to_string()).await?;
        Ok(Ran {
            table: done.table,
            rows: done.rows,
            skipped: false,
        })
    }

    /// Rows of a query over two versions of one table, named `before` and `after`, and the newest of others.
    pub async fn look_between<Z: Zone>(
        &self,
        store: &Store<Z>,
        table: &str,
        versions: (u64, u64),
        others: &[&str],
        sql: &Sql,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let fault = StoreError::query("look between versions");
        let session = self.session(&[store], true);
        for name in others {
            if let Some(input) = find(&[store], name).await? {
                register(&session, &input).map_err(&fault)?;
            }
        }
        for (name, version) in [("before", versions.0), ("after", versions.1)] {
            let snapshot =
                store
                    .snapshot(table, Some(version))
                    .await?
                    .ok_or_else(|| StoreError::NoTable {
                        table: table.to_owned(),
                        zone: Z::NAME,
                        hint: None,
                    })?;
            let input = crate::engine::Input {
                name: name.to_owned(),
                address: store.address.clone(),
                objects: store.objects(),
                snapshot,
            };
            register(&session, &input).map_err(&fault)?;
        }
        let frame = session
            .sql_with_options(sql.as_str(), read_only())
            .await
            .map_err(&fault)?;
        frame.collect().await.map_err(&fault)
    }
}
