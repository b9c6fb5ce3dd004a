//! A plan carried out on a workbench, from the files of a folder to published tables.

use super::{Folder, Library, folder::Source, write};
use analyse::methods::{Given, Layout, Plan, RowError, Task};
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

/// Rows of each file are numbered from its own hundred million on.
const FILE_NUMBERS: i64 = 100_000_000;

/// Either end of what may go wrong while rows are taken in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    #[error(transparent)]
    Rows(#[from] RowError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Carries a plan out and writes what it publishes, as far as it is wanted; gives the files.
pub(crate) async fn run(
    plan: &Plan,
    folder: &Folder,
    values: &BTreeMap<String, Given>,
    bench: &mut Workbench,
    wanted: &Wanted<'_>,
    told: &dyn Fn(&str, u64, f64),
) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    prepare(plan, folder, values, bench, told).await?;
    let last = last_uses(&plan.tasks);
    for (at, task) in plan.tasks.iter().enumerate() {
        let begun = Instant::now();
        let rows = make(bench, task).await?;
        told(&task.table, rows, begun.elapsed().as_secs_f64());
        if let Some(published) = &task.published {
            files.extend(write::published(bench, task, published, wanted).await?);
        }
        if wanted.every_step {
            files.push(write::whole(bench, task, wanted.out).await?);
        }
        for table in last.get(&at).into_iter().flatten() {
            bench.let_go(table);
        }
    }
    Ok(files)
}

/// Carries one task out.
pub(super) async fn make(bench: &mut Workbench, task: &Task) -> Result<u64> {
    let cannot = || format!("`{}` cannot be carried out", task.path);
    let made = bench.make(&task.table, &task.reads, &task.sql).await;
    let rows = made.with_context(cannot)?;
    for function in &task.functions {
        let [first, second] = &function.keys;
        let keys = [first.as_str(), second.as_str()];
        let known = bench.look_up(&function.name, &task.table, keys, &function.gives);
        known.await.with_context(cannot)?;
    }
    Ok(rows)
}

/// Takes in everything that a plan reads from outside.
pub(super) async fn prepare(
    plan: &Plan,
    folder: &Folder,
    values: &BTreeMap<String, Given>,
    bench: &mut Workbench,
    told: &dyn Fn(&str, u64, f64),
) -> Result<()> {
    for list in &plan.lists {
        hold_list(bench, list, values).await?;
    }
    for layout in &plan.inputs {
        let begun = Instant::now();
        let rows = take(bench, layout, folder.sources(&layout.table)).await?;
        told(&layout.file, rows, begun.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Takes the files of a table in.
async fn take(bench: &mut Workbench, layout: &Layout, sources: &[Source]) -> Result<u64> {
    if let Some(path) = sources.first().and_then(Source::parquet) {
        let columns: Vec<(String, DataType)> = layout
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.kind.data_type()))
            .collect();
        bench.parquet(&layout.table, path, &columns).await?;
        return Ok(0);
    }
    let mut opened = Vec::new();
    let mut file = 0;
    for source in sources {
        file += 1;
        opened.push(source.rows(layout)?.numbered(file, file * FILE_NUMBERS));
    }
    let rows = opened.into_iter().flatten();
    let rows = rows.map(|batch| batch.map_err(TakeError::from));
    Ok(bench.hold(&layout.table, layout.schema(), rows).await?)
}

/// The tables that no later task reads, by the place of the last that does.
pub(super) fn last_uses(tasks: &[Task]) -> BTreeMap<usize, Vec<String>> {
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
    bench
        .hold(&format!("parameter_{name}"), schema, rows)
        .await?;
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
        let mut files = Vec::new();
        for source in folder.sources(&layout.table) {
            files.push(json!({"file": source.name(), "sha256": source.digest()?}));
        }
        inputs.insert(layout.file.clone(), files);
    }
    let values: BTreeMap<&String, serde_json::Value> = values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Given::Date(day) => json!(day.to_string()),
                Given::Moments(moments) => {
                    json!(
                        moments
                            .iter()
                            .map(|m| m.format("%Y-%m-%d %H:%M:%S%.3f").to_string())
                            .collect::<Vec<_>>()
                    )
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
