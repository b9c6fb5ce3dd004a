//! A place where steps run one after the other over tables that live only as long as the work: what the methods of
//! official figures need. Small tables stay in memory; larger ones lie in a folder of their own, encrypted under a key
//! that is never written, and go with the workbench.

mod days;
mod lookup;

use crate::{
    Engine, StoreError, WritePoints, ZoneKey, encrypted::EncryptedFolder, engine::read_only,
};
use datafusion::{
    arrow::{
        array::RecordBatch,
        datatypes::{DataType, SchemaRef},
    },
    catalog::TableProvider,
    datasource::{
        MemTable,
        file_format::parquet::ParquetFormat,
        listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl},
    },
    error::DataFusionError,
    execution::SendableRecordBatchStream,
    parquet::{
        arrow::{AsyncArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
        basic::Compression,
        file::properties::{EnabledStatistics, WriterProperties},
    },
    prelude::{ParquetReadOptions, SessionContext},
};
use futures::StreamExt;
use model::Sql;
use object_store::{ObjectStore, buffered::BufWriter, path::Path as Location};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use url::Url;

/// Where the tables that do not fit into memory are, for the engine.
const ADDRESS: &str = "haven-workbench://tables/";

/// The workbench.
pub struct Workbench {
    folder: PathBuf,
    objects: Arc<EncryptedFolder>,
    memory: Arc<Memory>,
    tables: BTreeMap<String, Held>,
    session: SessionContext,
    /// The second try of a step that does not fit: joins by sorting, which can spill.
    sorting: SessionContext,
}

/// What tables may take of memory, and what they take.
struct Memory {
    limit: usize,
    used: AtomicUsize,
}

/// A table of the workbench.
struct Held {
    table: Arc<dyn TableProvider>,
    /// Bytes in memory.
    bytes: usize,
    files: Vec<String>,
}

impl Workbench {
    /// An empty workbench of an engine; its larger tables lie in a new folder below the engine's spill folder.
    pub fn new(engine: &Engine) -> Result<Self, StoreError> {
        let settings = engine.settings();
        let name = format!("workbench-{}", uuid::Uuid::new_v4().simple());
        let folder = settings.spill_folder.join(name);
        let key = ZoneKey::generate().map_err(|source| StoreError::File {
            doing: "make a key for",
            path: folder.display().to_string(),
            source,
        })?;
        let points = Arc::new(WritePoints::default());
        let objects = Arc::new(EncryptedFolder::open(&folder, "workbench", key, points)?);
        let session = |hash_joins| -> Result<SessionContext, StoreError> {
            let session = engine.bare_session(hash_joins);
            let address = Url::parse(ADDRESS).map_err(|e| StoreError::File {
                doing: "name the workbench",
                path: ADDRESS.to_owned(),
                source: std::io::Error::other(e),
            })?;
            let store = Arc::clone(&objects) as Arc<dyn ObjectStore>;
            session.register_object_store(&address, store);
            for function in days::functions() {
                session.register_udf(function);
            }
            Ok(session)
        };
        Ok(Self {
            memory: Arc::new(Memory {
                limit: settings.memory_mb.saturating_mul(1024 * 1024) / 3,
                used: AtomicUsize::new(0),
            }),
            session: session(true)?,
            sorting: session(false)?,
            tables: BTreeMap::new(),
            folder,
            objects,
        })
    }

    /// Takes rows in as a table.
    pub async fn hold<E: From<StoreError>>(
        &mut self,
        name: &str,
        schema: SchemaRef,
        rows: impl Iterator<Item = Result<RecordBatch, E>>,
    ) -> Result<u64, E> {
        let mut sink = self.sink(name, 0, &schema);
        for batch in rows {
            sink.take(batch?).await?;
        }
        Ok(self.keep(name, &schema, vec![sink]).await?)
    }

    /// Takes a Parquet file of somebody else's in, each of these columns with its type, text without blanks at its end;
    /// those that the file lacks are empty.
    pub async fn parquet(
        &mut self,
        name: &str,
        path: &Path,
        columns: &[(String, DataType)],
    ) -> Result<(), StoreError> {
        let fault = StoreError::query(name);
        let options = ParquetReadOptions::default();
        let end = if path.is_dir() { "/" } else { "" };
        let given = format!("{}{end}", path.display());
        let given = self.session.read_parquet(given, options);
        let given = given.await.map_err(&fault)?;
        let view = given.clone().into_view();
        let parts = columns.iter().map(|(column, kind)| {
            let there = given
                .schema()
                .fields()
                .iter()
                .find(|field| field.name().eq_ignore_ascii_case(column));
            let to = column.to_lowercase();
            let kind = kind.to_string();
            match there {
                None => format!("arrow_cast(null, '{kind}') as \"{to}\""),
                Some(field) => {
                    let from = format!("\"{}\"", field.name().replace('"', "\"\""));
                    match kind.as_str() {
                        "Utf8" => format!("nullif(rtrim(cast({from} as varchar)), '') as \"{to}\""),
                        _ => format!("arrow_cast({from}, '{kind}') as \"{to}\""),
                    }
                }
            }
        });
        let sql = format!("select {} from given", parts.collect::<Vec<_>>().join(", "));
        let table = async {
            self.session.register_table("given", view)?;
            let typed = self.session.sql_with_options(&sql, read_only()).await;
            self.session.deregister_table("given")?;
            Ok(typed?.into_view())
        };
        let table = table.await.map_err(&fault)?;
        self.put(name, table, 0, Vec::new());
        Ok(())
    }

    /// Whether a table is here.
    pub fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// Makes a table by a query; `reads` are the names in the query and the tables that they stand for.
    pub async fn make(
        &mut self,
        name: &str,
        reads: &[(String, String)],
        sql: &Sql,
    ) -> Result<u64, StoreError> {
        let fault = StoreError::query(name);
        let made = match self.sinks(&self.session, name, reads, sql).await {
            Err(e) if is_memory(&e) => self.sinks(&self.sorting, name, reads, sql).await,
            made => made,
        };
        let (schema, sinks) = made.map_err(&fault)?;
        self.keep(name, &schema, sinks).await
    }

    /// Lets queries look texts up in a table: `name(a, b)` gives the value of the row whose first key is `a` and whose
    /// second is `b`, without regard to case.
    pub async fn look_up(
        &self,
        name: &str,
        table: &str,
        [first, second]: [&str; 2],
        gives: &str,
    ) -> Result<(), StoreError> {
        let sql = format!("select \"{first}\", \"{second}\", \"{gives}\" from \"{table}\"");
        let rows = self.collected(&[table], &Sql::content(sql)).await?;
        let function = lookup::function(name, &rows).map_err(StoreError::query(name))?;
        self.sorting.register_udf(function.clone());
        self.session.register_udf(function);
        Ok(())
    }

    /// Rows of a query over tables of the workbench, by their own names.
    pub async fn rows(
        &self,
        reads: &[&str],
        sql: &Sql,
    ) -> Result<SendableRecordBatchStream, StoreError> {
        let fault = StoreError::query("rows");
        let reads: Vec<(String, String)> = reads
            .iter()
            .map(|name| ((*name).to_owned(), (*name).to_owned()))
            .collect();
        let frame = self.framed(&self.session, &reads, sql).await;
        frame
            .map_err(&fault)?
            .execute_stream()
            .await
            .map_err(&fault)
    }

    /// The same, all of them.
    pub async fn collected(
        &self,
        reads: &[&str],
        sql: &Sql,
    ) -> Result<Vec<RecordBatch>, StoreError> {
        let mut rows = self.rows(reads, sql).await?;
        let mut batches = Vec::new();
        while let Some(batch) = rows.next().await {
            batches.push(batch.map_err(StoreError::query("rows"))?);
        }
        Ok(batches)
    }

    /// The columns of a table.
    pub fn columns(&self, name: &str) -> Vec<String> {
        let schema = self.tables.get(name).map(|held| held.table.schema());
        schema.map_or_else(Vec::new, |schema| {
            schema.fields().iter().map(|f| f.name().clone()).collect()
        })
    }

    /// Lets a table go that no step reads any more.
    pub fn let_go(&mut self, name: &str) {
        if let Some(held) = self.tables.remove(name) {
            self.memory.used.fetch_sub(held.bytes, Ordering::Relaxed);
            for file in held.files {
                // What cannot be removed now goes with the folder.
                let _ = std::fs::remove_file(self.objects.path(&Location::from(file)));
            }
        }
    }

    async fn framed(
        &self,
        session: &SessionContext,
        reads: &[(String, String)],
        sql: &Sql,
    ) -> Result<datafusion::prelude::DataFrame, DataFusionError> {
        for (alias, real) in reads {
            if let Some(held) = self.tables.get(real) {
                session.register_table(alias.as_str(), Arc::clone(&held.table))?;
            }
        }
        let frame = session.sql_with_options(sql.as_str(), read_only()).await;
        for (alias, _) in reads {
            session.deregister_table(alias.as_str())?;
        }
        frame
    }

    async fn sinks(
        &self,
        session: &SessionContext,
        name: &str,
        reads: &[(String, String)],
        sql: &Sql,
    ) -> Result<(SchemaRef, Vec<Sink>), DataFusionError> {
        let frame = self.framed(session, reads, sql).await?;
        let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
        let streams = frame.execute_stream_partitioned().await?;
        let schema = streams.first().map_or(schema, |stream| stream.schema());
        let mut working = tokio::task::JoinSet::new();
        for (at, mut rows) in streams.into_iter().enumerate() {
            let mut sink = self.sink(name, at, &schema);
            working.spawn(async move {
                while let Some(batch) = rows.next().await {
                    sink.take(batch?)
                        .await
                        .map_err(|e| DataFusionError::External(Box::new(e)))?;
                }
                Ok::<_, DataFusionError>((at, sink))
            });
        }
        let mut sinks = BTreeMap::new();
        while let Some(done) = working.join_next().await {
            let done = done.map_err(|e| DataFusionError::External(Box::new(e)))?;
            let (at, sink) = done?;
            sinks.insert(at, sink);
        }
        Ok((schema, sinks.into_values().collect()))
    }

    fn sink(&self, name: &str, part: usize, schema: &SchemaRef) -> Sink {
        Sink {
            file: format!("{name}/{part}.parquet"),
            schema: Arc::clone(schema),
            objects: Arc::clone(&self.objects),
            memory: Arc::clone(&self.memory),
            batches: Vec::new(),
            bytes: 0,
            rows: 0,
            writer: None,
        }
    }

    /// Makes a table of what the sinks took.
    async fn keep(
        &mut self,
        name: &str,
        schema: &SchemaRef,
        mut sinks: Vec<Sink>,
    ) -> Result<u64, StoreError> {
        let rows = sinks.iter().map(|sink| sink.rows).sum();
        if sinks.iter().all(|sink| sink.writer.is_none()) {
            let bytes = sinks.iter().map(|sink| sink.bytes).sum();
            let parts = sinks.iter_mut().map(|s| std::mem::take(&mut s.batches));
            let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
            let parts = if parts.is_empty() {
                vec![vec![]]
            } else {
                parts
            };
            let table = MemTable::try_new(Arc::clone(schema), parts);
            let table = table.map_err(StoreError::query(name))?;
            for sink in &mut sinks {
                sink.bytes = 0;
            }
            self.put(name, Arc::new(table), bytes, Vec::new());
            return Ok(rows);
        }
        let mut files = Vec::new();
        for mut sink in sinks {
            if sink.rows > 0 {
                sink.spill().await?;
                files.push(sink.close().await?);
            }
        }
        let listing = || {
            let urls = files
                .iter()
                .map(|file| ListingTableUrl::parse(format!("{ADDRESS}{file}")))
                .collect::<Result<Vec<_>, _>>()?;
            let options = ListingOptions::new(Arc::new(ParquetFormat::default()))
                .with_file_extension(".parquet");
            let config = ListingTableConfig::new_with_multi_paths(urls)
                .with_listing_options(options)
                .with_schema(Arc::clone(schema));
            ListingTable::try_new(config)
        };
        let table = listing().map_err(StoreError::query(name))?;
        self.put(name, Arc::new(table), 0, files);
        Ok(rows)
    }

    fn put(&mut self, name: &str, table: Arc<dyn TableProvider>, bytes: usize, files: Vec<String>) {
        let held = Held {
            table,
            bytes,
            files,
        };
        if let Some(before) = self.tables.insert(name.to_owned(), held) {
            self.memory.used.fetch_sub(before.bytes, Ordering::Relaxed);
        }
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // Nobody can read what is left: its key goes with the process.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The names of the columns of a Parquet file.
pub fn parquet_columns(path: &Path) -> Result<Vec<String>, StoreError> {
    let file = std::fs::File::open(path).map_err(|source| StoreError::File {
        doing: "read",
        path: path.display().to_string(),
        source,
    })?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet)?;
    let schema = reader.schema();
    Ok(schema.fields().iter().map(|f| f.name().clone()).collect())
}

/// What one stream of rows becomes: batches in memory, or a file once there are too many.
struct Sink {
    file: String,
    schema: SchemaRef,
    objects: Arc<EncryptedFolder>,
    memory: Arc<Memory>,
    batches: Vec<RecordBatch>,
    bytes: usize,
    rows: u64,
    writer: Option<AsyncArrowWriter<BufWriter>>,
}

impl Sink {
    async fn take(&mut self, batch: RecordBatch) -> Result<(), StoreError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows() as u64;
        if let Some(writer) = &mut self.writer {
            return write(writer, &batch).await;
        }
        let bytes = batch.get_array_memory_size();
        self.bytes += bytes;
        self.batches.push(batch);
        let used = self.memory.used.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if used > self.memory.limit {
            self.spill().await?;
        }
        Ok(())
    }

    /// Moves what is in memory to the file.
    async fn spill(&mut self) -> Result<(), StoreError> {
        let objects = Arc::clone(&self.objects) as Arc<dyn ObjectStore>;
        let target = BufWriter::new(objects, Location::from(self.file.as_str()));
        let mut writer = match self.writer.take() {
            Some(writer) => writer,
            None => AsyncArrowWriter::try_new(target, Arc::clone(&self.schema), Some(quick()))
                .map_err(parquet)?,
        };
        for batch in std::mem::take(&mut self.batches) {
            write(&mut writer, &batch).await?;
        }
        self.forget();
        self.writer = Some(writer);
        Ok(())
    }

    async fn close(&mut self) -> Result<String, StoreError> {
        if let Some(writer) = self.writer.take() {
            writer.close().await.map_err(parquet)?;
        }
        Ok(self.file.clone())
    }

    fn forget(&mut self) {
        self.memory.used.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = 0;
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.forget();
    }
}

async fn write(
    writer: &mut AsyncArrowWriter<BufWriter>,
    batch: &RecordBatch,
) -> Result<(), StoreError> {
    writer.write(batch).await.map_err(parquet)
}

fn parquet(source: datafusion::parquet::errors::ParquetError) -> StoreError {
    StoreError::query("workbench")(source.into())
}

/// How tables of the workbench are written: quickly, since they are read once or twice.
fn quick() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(128 * 1024))
        .build()
}

fn is_memory(fault: &DataFusionError) -> bool {
    matches!(fault.find_root(), DataFusionError::ResourcesExhausted(_))
}
