//! A plan carried out on a workbench, from the files of a folder to published tables.

use super::{Folder, Library, write};
use analyse::methods::{Given, Plan, RowError, Task};
use anyhow::{Context as _, Result};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use store::{
    StoreError, Workbench,
    arrow::{
        array::{ArrayRef, RecordBatch, TimestampMicrosecondArray},
        datatypes::{DataType, Field, Schema, TimeUnit},
    },
};

/// What is written of a run.
pub(crate) struct Wanted<'a> {
    /// Where the files go.
    pub(crate) out: &'a Path,
    /// Whether tables about single people are written.
    pub(crate) person_level: bool,
    /// Whether what each step made is written too, under the name of its table.
    pub(crate) every_step: bool,
}

/// What a run did.
pub(crate) struct Ran {
    /// The files that it wrote.
    pub(crate) files: Vec<PathBuf>,
    /// Steps and rows, in order.
    pub(crate) steps: Vec<(String, u64, f64)>,
}

/// Either end of what may go wrong while rows are taken in.
#[derive(Debug, thiserror::Error)]
enum TakeError {
    #[error(transparent)]
    Rows(#[from] RowError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries a plan out and writes what it publishes, as far as it is wanted.
pub(crate) async fn run(
    plan: &Plan,
    folder: &Folder,
    values: &BTreeMap<String, Given>,
    bench: &mut Workbench,
    wanted: &Wanted<'_>,
    told: &dyn Fn(&str, u64, f64),
) -> Result<Ran> {
    let mut ran = Ran {
        files: Vec::new(),
        steps: Vec::new(),
    };
    for list in &plan.lists {
        hold_list(bench, list, values).await?;
    }
    for layout in &plan.inputs {
        let begun = Instant::now();
        let source = folder
            .source(&layout.table)
            .with_context(|| format!("`{}` is not in the folder", layout.file))?;
        let rows = if let Some(path) = source.parquet() {
            let columns: Vec<(String, DataType)> = layout
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.kind.data_type()))
                .collect();
            bench.parquet(&layout.table, path, &columns).await?;
            0
        } else {
            let rows = source.rows(layout)?;
            let rows = rows.map(|batch| batch.map_err(TakeError::from));
            bench.hold(&layout.table, layout.schema(), rows).await?
        };
        told(&source.name(), rows, begun.elapsed().as_secs_f64());
    }
    let last = last_uses(&plan.tasks);
    for (at, task) in plan.tasks.iter().enumerate() {
        let begun = Instant::now();
        let rows = bench
            .make(&task.table, &task.reads, &task.sql)
            .await
            .with_context(|| format!("`{}` cannot be carried out", task.path))?;
        let seconds = begun.elapsed().as_secs_f64();
        told(&task.table, rows, seconds);
        ran.steps.push((task.table.clone(), rows, seconds));
        if let Some(published) = &task.published {
            ran.files
                .extend(write::published(bench, task, published, wanted).await?);
        }
        if wanted.every_step {
            ran.files.push(write::whole(bench, task, wanted.out).await?);
        }
        for table in last.get(&at).into_iter().flatten() {
            bench.let_go(table);
        }
    }
    Ok(ran)
}

/// The tables that no later task reads, by the place of the last that does.
fn last_uses(tasks: &[Task]) -> BTreeMap<usize, Vec<String>> {
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, task) in tasks.iter().enumerate() {
        last.insert(&task.table, at);
        for (_, table) in &task.reads {
            last.insert(table, at);
        }
    }
    let mut by_place: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (table, at) in last {
        by_place.entry(at).or_default().push(table.to_owned());
    }
    by_place
}

/// A list among the parameters, as a table of one column.
async fn hold_list(
    bench: &mut Workbench,
    name: &str,
    values: &BTreeMap<String, Given>,
) -> Result<()> {
    let moments: Vec<i64> = match values.get(name) {
        Some(Given::Moments(moments)) => moments
            .iter()
            .map(|moment| moment.and_utc().timestamp_micros())
            .collect(),
        _ => Vec::new(),
    };
    let kind = DataType::Timestamp(TimeUnit::Microsecond, None);
    let schema = Arc::new(Schema::new(vec![Field::new("value", kind, true)]));
    let column: ArrayRef = Arc::new(TimestampMicrosecondArray::from(moments));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column])?;
    let rows = std::iter::once(Ok::<_, StoreError>(batch));
    bench.hold(&format!("parameter_{name}"), schema, rows).await?;
    Ok(())
}

/// What the figures of a run come from: everything by which they can be worked out again.
pub(crate) fn lineage(
    library: &Library,
    plan: &Plan,
    folder: &Folder,
    values: &BTreeMap<String, Given>,
    mode: &str,
) -> Result<serde_json::Value> {
    let methods: BTreeSet<(&str, &str)> = plan
        .tasks
        .iter()
        .map(|task| (task.method.as_str(), task.version.as_str()))
        .collect();
    let methods: BTreeMap<&str, serde_json::Value> = library
        .methods
        .iter()
        .filter_map(|method| {
            let (_, version) = methods.iter().find(|(name, _)| *name == method.name)?;
            Some((
                method.name.as_str(),
                json!({"version": version, "source": method.source}),
            ))
        })
        .collect();
    let mut inputs = BTreeMap::new();
    for layout in &plan.inputs {
        if let Some(source) = folder.source(&layout.table) {
            inputs.insert(layout.file.clone(), json!({"file": source.name(), "sha256": source.digest()?}));
        }
    }
    let values: BTreeMap<&String, serde_json::Value> = values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Given::Date(day) => json!(day.to_string()),
                Given::Moments(moments) => {
                    json!(moments.iter().map(|m| m.format("%Y-%m-%d %H:%M:%S%.3f").to_string()).collect::<Vec<_>>())
                }
            };
            (name, value)
        })
        .collect();
    Ok(json!({
        "version": 1, "mode": mode, "code": crate::workspace::VERSION, "methods": methods, "parameters": values,
        "inputs": inputs,
    }))
}
