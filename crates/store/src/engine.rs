//! Running steps: one engine with a memory limit that spills to disk, over tables named by a step.

use crate::{
    KeptColumns, Store, StoreError, remembered::Remembered, spill::SpillFolder, tables::Snapshot,
};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray, StringBuilder},
        datatypes::DataType,
    },
    common::ScalarValue,
    config::SpillCompression,
    datasource::{
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::{DataFusionError, Result as EngineResult},
    execution::{
        disk_manager::DiskManagerBuilder,
        memory_pool::{FairSpillPool, TrackConsumersPool},
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    logical_expr::{ColumnarValue, Volatility, create_udf},
    prelude::{DataFrame, SQLOptions, SessionConfig, SessionContext},
};
use futures::StreamExt;
use model::{Function, FunctionKind, Step, Table, Zone};
use object_store::ObjectStore;
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, num::NonZeroUsize, path::PathBuf, sync::Arc};

/// Functions of the engine that make a value or rows of any size from a few letters of SQL.
const MULTIPLIERS: [&str; 11] = [
    "generate_series",
    "range",
    "gen_series",
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "space",
];

/// How much the engine may use.
#[derive(Debug, Clone)]
pub struct EngineSettings {
    /// Memory that operators may hold, in MB; beyond it they spill to disk.
    pub memory_mb: usize,
    /// How many partitions work at once.
    pub threads: usize,
    /// Where what does not fit is spilled.
    pub spill_folder: PathBuf,
    /// How much may be spilled, in MB.
    pub spill_mb: u64,
    /// What the results depend on beyond query and tables: the program's version and the ids of keys.
    /// When it changes, no step is skipped.
    pub version: String,
}

/// The query engine of one zone: its functions and its limits.
pub struct Engine {
    settings: EngineSettings,
    functions: Vec<Function>,
    runtime: Arc<RuntimeEnv>,
    kept: Arc<KeptColumns>,
}

/// What a step did.
#[derive(Debug)]
pub struct Ran<Z: Zone> {
    /// The table that it wrote.
    pub table: Table<Z>,
    /// How many rows the table has.
    pub rows: u64,
    /// Whether the same query over the same versions had been run before, so that nothing was done.
    pub skipped: bool,
}

impl Engine {
    /// An engine with the functions that queries may call by name: the one place where they are registered.
    pub fn new(settings: EngineSettings, functions: Vec<Function>) -> Result<Self, StoreError> {
        std::fs::create_dir_all(&settings.spill_folder).map_err(|source| StoreError::File {
            doing: "make the folder",
            path: settings.spill_folder.display().to_string(),
            source,
        })?;
        let spill = SpillFolder::new(
            settings.spill_folder.clone(),
            settings.spill_mb.saturating_mul(1024 * 1024),
        );
        let disk = DiskManagerBuilder::default().with_temp_file_factory(Arc::new(spill));
        let pool = FairSpillPool::new(settings.memory_mb.saturating_mul(1024 * 1024));
        let top = NonZeroUsize::new(5).unwrap_or(NonZeroUsize::MIN);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(TrackConsumersPool::new(pool, top)))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(StoreError::query("engine"))?;
        Ok(Self {
            settings,
            functions,
            runtime,
            kept: Arc::new(KeptColumns::new(0)),
        })
    }

    /// The same, with what is kept of governed tables from one question to the next. Nothing is, unless this says so.
    #[must_use]
    pub fn keeping(mut self, kept: Arc<KeptColumns>) -> Self {
        self.kept = kept;
        self
    }

    /// What is kept of governed tables.
    pub(crate) fn kept(&self) -> &Arc<KeptColumns> {
        &self.kept
    }

    /// The names of the functions that queries may call.
    pub(crate) fn function_names(&self) -> BTreeSet<String> {
        let names = self.functions.iter().map(|function| function.name);
        names.map(str::to_owned).collect()
    }

    /// The limits in force.
    pub fn settings(&self) -> &EngineSettings {
        &self.settings
    }

    /// Runs a step: reads the newest versions of the tables it names, in the first of `from` that has each, and
    /// writes its result as the new version of its table in `to`.
    pub async fn run<From: Zone, To: Zone>(
        &self,
        from: &[&Store<From>],
        to: &Store<To>,
        step: &Step<From, To>,
    ) -> Result<Ran<To>, StoreError> {
        let inputs = self.inputs(from, step).await?;
        let digest = provenance(&self.settings.version, step, &inputs);
        if let Some(present) = to.snapshot(&step.writes, None).await?
            && present
                .note
                .as_deref()
                .is_some_and(|note| note.contains(&digest))
        {
            let rows = rows_of(present.note.as_deref());
            return Ok(Ran {
                table: Table::at(&step.writes, present.version),
                rows,
                skipped: true,
            });
        }
        match self.run_once(from, to, step, &inputs, &digest, true).await {
            // A hash join cannot spill; a sort-merge join can, and is slower: so it is the second try.
            Err(e) if e.is_out_of_memory() => {
                self.run_once(from, to, step, &inputs, &digest, false).await
            }
            done => done,
        }
    }

    /// Rows of a query over named tables of a zone, for the desk that the zone belongs to: reports of a run,
    /// a sender's own findings. Analysts' questions go through [`Engine::answer`].
    pub async fn look<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        reads: &[&str],
        sql: &model::Sql,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let session = self.session(stores, true);
        let fault = StoreError::query("look");
        let frame = Self::framed(&session, stores, reads, sql, &fault).await?;
        frame.collect().await.map_err(&fault)
    }

    /// The same, one batch after the other and in the order in which the rows stand in their files, so that they
    /// need not fit into memory. Ends early where `take` says that it has enough.
    pub async fn each<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        reads: &[&str],
        sql: &model::Sql,
        mut take: impl FnMut(&RecordBatch) -> bool,
    ) -> Result<(), StoreError> {
        let session = self.session(stores, true);
        // One partition reads a file from its first row to its last.
        session
            .state_ref()
            .write()
            .config_mut()
            .options_mut()
            .execution
            .target_partitions = 1;
        let fault = StoreError::query("each");
        let frame = Self::framed(&session, stores, reads, sql, &fault).await?;
        let mut rows = frame.execute_stream().await.map_err(&fault)?;
        while let Some(batch) = rows.next().await {
            if !take(&batch.map_err(&fault)?) {
                break;
            }
        }
        Ok(())
    }

    async fn framed<Z: Zone>(
        session: &SessionContext,
        stores: &[&Store<Z>],
        reads: &[&str],
        sql: &model::Sql,
        fault: impl Fn(DataFusionError) -> StoreError,
    ) -> Result<DataFrame, StoreError> {
        for name in reads {
            let input = find(stores, name)
                .await?
                .ok_or_else(|| StoreError::NoTable {
                    table: (*name).to_owned(),
                    zone: Z::NAME,
                    hint: None,
                })?;
            register(session, &input).map_err(&fault)?;
        }
        session
            .sql_with_options(sql.as_str(), read_only())
            .await
            .map_err(&fault)
    }

    async fn inputs<From: Zone, To: Zone>(
        &self,
        from: &[&Store<From>],
        step: &Step<From, To>,
    ) -> Result<Vec<Input>, StoreError> {
        let mut inputs = Vec::new();
        for name in &step.reads {
            inputs.push(find(from, name).await?.ok_or_else(|| StoreError::NoTable {
                table: name.clone(),
                zone: From::NAME,
                hint: Some("land it, or run the step that makes it, first"),
            })?);
        }
        Ok(inputs)
    }

    async fn run_once<From: Zone, To: Zone>(
        &self,
        from: &[&Store<From>],
        to: &Store<To>,
        step: &Step<From, To>,
        inputs: &[Input],
        digest: &str,
        hash_joins: bool,
    ) -> Result<Ran<To>, StoreError> {
        let fault = StoreError::query(&step.name);
        let session = self.session(from, hash_joins);
        for input in inputs {
            register(&session, input).map_err(&fault)?;
        }
        let frame = session
            .sql_with_options(step.sql.as_str(), read_only())
            .await
            .map_err(&fault)?;
        let mut rows = frame.execute_stream().await.map_err(&fault)?;
        let mut writer = to.writer(&step.writes, &rows.schema())?;
        while let Some(batch) = rows.next().await {
            writer.write(&batch.map_err(&fault)?).await?;
        }
        let count = writer.rows();
        let note =
            serde_json::json!({"step": step.name, "inputs": digest, "rows": count}).to_string();
        let done = writer.replace(&note).await?;
        Ok(Ran {
            table: done.table,
            rows: done.rows,
            skipped: false,
        })
    }

    /// A session that can read the files of these stores and knows our functions, and no table yet.
    pub(crate) fn session<Z: Zone>(
        &self,
        stores: &[&Store<Z>],
        hash_joins: bool,
    ) -> SessionContext {
        let session = self.bare_session(hash_joins);
        for store in stores {
            session.register_object_store(&store.address, store.objects());
        }
        for function in &self.functions {
            session.register_udf(as_udf(function));
        }
        session
    }

    /// The session in which an asker's SQL is planned: it knows no table and none of our functions, since they
    /// make pseudonyms, and nothing that makes many values from one, since the memory for these is counted
    /// against no limit and could bring the program down.
    pub(crate) fn asker_session(&self, hash_joins: bool) -> SessionContext {
        let session = self.bare_session(hash_joins);
        for name in MULTIPLIERS {
            session.deregister_udf(name);
            session.deregister_udtf(name);
        }
        session
    }

    pub(crate) fn bare_session(&self, hash_joins: bool) -> SessionContext {
        let mut config = SessionConfig::new()
            .with_target_partitions(self.settings.threads)
            .with_information_schema(false)
            .with_create_default_catalog_and_schema(true);
        let options = config.options_mut();
        options.optimizer.prefer_hash_join = hash_joins;
        options.execution.parquet.schema_force_view_types = false;
        options.execution.parquet.pushdown_filters = true;
        options.execution.spill_compression = SpillCompression::Lz4Frame;
        options.sql_parser.map_string_types_to_utf8view = false;
        SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime))
    }
}

/// A table that a query reads, as files.
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) address: url::Url,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) snapshot: Snapshot,
}

impl Input {
    /// The same with one of its files alone.
    pub(crate) fn of_file(&self, file: &str) -> Self {
        Self {
            name: self.name.clone(),
            address: self.address.clone(),
            objects: Arc::clone(&self.objects),
            snapshot: Snapshot {
                version: self.snapshot.version,
                schema: Arc::clone(&self.snapshot.schema),
                files: vec![file.to_owned()],
                note: None,
            },
        }
    }
}

/// Looks a table up in the first store that has it.
pub(crate) async fn find<Z: Zone>(
    stores: &[&Store<Z>],
    name: &str,
) -> Result<Option<Input>, StoreError> {
    for store in stores {
        if let Some(snapshot) = store.snapshot(name, None).await? {
            return Ok(Some(Input {
                name: name.to_owned(),
                address: store.address.clone(),
                objects: store.objects(),
                snapshot,
            }));
        }
    }
    Ok(None)
}

/// A table as a listing of its Parquet files: what a cluster can read as well as we can.
pub(crate) fn listing(input: &Input) -> EngineResult<Arc<dyn datafusion::catalog::TableProvider>> {
    let schema = Arc::clone(&input.snapshot.schema);
    if input.snapshot.files.is_empty() {
        return Ok(Arc::new(datafusion::datasource::empty::EmptyTable::new(
            schema,
        )));
    }
    let urls = input
        .snapshot
        .files
        .iter()
        .map(|file| ListingTableUrl::parse(format!("{}{file}", input.address)))
        .collect::<EngineResult<Vec<_>>>()?;
    let options =
        ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
    let config = ListingTableConfig::new_with_multi_paths(urls)
        .with_listing_options(options)
        .with_schema(schema);
    Ok(Arc::new(ListingTable::try_new(config)?))
}

pub(crate) fn register(session: &SessionContext, input: &Input) -> EngineResult<()> {
    session
        .register_table(input.name.as_str(), listing(input)?)
        .map(|_| ())
}

/// Queries only: nothing that makes, changes, copies or sets.
pub(crate) fn read_only() -> SQLOptions {
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
}

/// Names the query and the exact versions that it reads.
pub(crate) fn provenance<From: Zone, To: Zone>(
    version: &str,
    step: &Step<From, To>,
    inputs: &[Input],
) -> String {
    let mut hash = Sha256::new();
    hash.update(version);
    hash.update(step.sql.as_str());
    for input in inputs {
        hash.update(format!("\n{} {} ", input.name, input.snapshot.version));
        // The files name the content: a table made anew has other files at the same version.
        input
            .snapshot
            .files
            .iter()
            .for_each(|file| hash.update(file));
    }
    hex::encode(hash.finalize())
}

pub(crate) fn rows_of(note: Option<&str>) -> u64 {
    note.and_then(|n| serde_json::from_str::<serde_json::Value>(n).ok())
        .and_then(|n| n.get("rows")?.as_u64())
        .unwrap_or_default()
}

/// Wraps a plain function for the engine. A null argument gives null.
fn as_udf(function: &Function) -> datafusion::logical_expr::ScalarUDF {
    let kind = function.kind.clone();
    let text = DataType::Utf8;
    match kind {
        FunctionKind::Text(f) => create_udf(
            function.name,
            vec![text.clone()],
            text,
            Volatility::Immutable,
            Arc::new(move |args| {
                over_rows(args, |cells| {
                    let mut out = StringBuilder::new();
                    for row in 0..cells.rows {
                        out.append_option(cells.one(row).and_then(|a| f(a)));
                    }
                    Ok(Arc::new(out.finish()) as ArrayRef)
                })
            }),
        ),
        FunctionKind::TextPair(f) => {
            let remembered = Remembered::default();
            create_udf(
                function.name,
                vec![text.clone(), text.clone()],
                text,
                Volatility::Immutable,
                Arc::new(move |args| {
                    over_rows(args, |cells| {
                        remembered.with(|memory| {
                            let mut out = StringBuilder::new();
                            for row in 0..cells.rows {
                                let pair = cells.two(row);
                                out.append_option(pair.and_then(|(a, b)| memory.get(a, b, &*f)));
                            }
                            Ok(Arc::new(out.finish()) as ArrayRef)
                        })
                    })
                }),
            )
        }
        FunctionKind::Pair(f) => create_udf(
            function.name,
            vec![text.clone(), text],
            DataType::Float64,
            Volatility::Immutable,
            Arc::new(move |args| {
                over_rows(args, |cells| {
                    let numbers = (0..cells.rows).map(|row| cells.two(row).map(|(a, b)| f(a, b)));
                    Ok(Arc::new(numbers.collect::<Float64Array>()) as ArrayRef)
                })
            }),
        ),
        FunctionKind::Texts(f) => create_udf(
            function.name,
            vec![text.clone()],
            text,
            Volatility::Immutable,
            Arc::new(move |args| {
                over_rows(args, |cells| {
                    many(cells.rows, |row| cells.one(row), |all| f(all))
                })
            }),
        ),
        FunctionKind::TextPairs(f) => create_udf(
            function.name,
            vec![text.clone(), text.clone()],
            text,
            Volatility::Immutable,
            Arc::new(move |args| {
                over_rows(args, |cells| {
                    many(cells.rows, |row| cells.two(row), |all| f(all))
                })
            }),
        ),
    }
}

/// Calls a function once for all rows that have a value, and puts what it gives back in their places.
fn many<T>(
    rows: usize,
    at: impl Fn(usize) -> Option<T>,
    function: impl Fn(&[T]) -> Result<Vec<Option<String>>, String>,
) -> EngineResult<ArrayRef> {
    let (mut places, mut values) = (Vec::new(), Vec::new());
    for row in 0..rows {
        if let Some(value) = at(row) {
            places.push(row);
            values.push(value);
        }
    }
    let made = if values.is_empty() {
        Vec::new()
    } else {
        function(&values).map_err(DataFusionError::Configuration)?
    };
    if made.len() != places.len() {
        return Err(DataFusionError::Execution(
            "a function of ours gave another number of values than it was given".to_owned(),
        ));
    }
    let mut out = StringBuilder::new();
    let mut next = places.into_iter().zip(made).peekable();
    for row in 0..rows {
        match next.next_if(|(place, _)| *place == row) {
            Some((_, value)) => out.append_option(value),
            None => out.append_null(),
        }
    }
    Ok(Arc::new(out.finish()))
}

/// The text arguments of a call, row by row.
struct Cells {
    columns: Vec<StringArray>,
    rows: usize,
}

impl Cells {
    fn at(&self, column: usize, row: usize) -> Option<&str> {
        let cells = self.columns.get(column)?;
        // A constant argument has a single row, which stands for all.
        let row = if cells.len() == 1 { 0 } else { row };
        (!cells.is_null(row)).then(|| cells.value(row))
    }

    fn one(&self, row: usize) -> Option<&str> {
        self.at(0, row)
    }

    fn two(&self, row: usize) -> Option<(&str, &str)> {
        Some((self.at(0, row)?, self.at(1, row)?))
    }
}

fn over_rows(
    args: &[ColumnarValue],
    work: impl Fn(&Cells) -> EngineResult<ArrayRef>,
) -> EngineResult<ColumnarValue> {
    let constant = args.iter().all(|a| matches!(a, ColumnarValue::Scalar(_)));
    let rows = args
        .iter()
        .find_map(|a| {
            if let ColumnarValue::Array(x) = a {
                Some(x.len())
            } else {
                None
            }
        })
        .unwrap_or(1);
    let columns = args
        .iter()
        .map(|arg| {
            let array = match arg {
                ColumnarValue::Array(array) => Arc::clone(array),
                ColumnarValue::Scalar(value) => value.to_array()?,
            };
            let text = datafusion::arrow::compute::cast(&array, &DataType::Utf8)?;
            text.as_any()
                .downcast_ref::<StringArray>()
                .cloned()
                .ok_or_else(|| {
                    DataFusionError::Execution(
                        "a function of ours was given something that is not text".to_owned(),
                    )
                })
        })
        .collect::<EngineResult<Vec<_>>>()?;
    let out = work(&Cells { columns, rows })?;
    if constant {
        Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&out, 0)?))
    } else {
        Ok(ColumnarValue::Array(out))
    }
}
